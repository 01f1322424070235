//! `setting`, `secret` and `require`.

use crate::check::{
    environment::Environment,
    model::{Live, Misfit, Require, Setting, system::Collection},
    schedule,
    suggest::suggest,
    types::{Place, Typing, a_kind, plain_text},
};
use crate::{
    diagnose::{Diagnostic, Fix, Span},
    syntax::tree::{self, Choices, ExprKind, Schedule, SettingDefault},
    value::{Kind, Value},
};

impl Environment<'_> {
    /// The settings of one owner.
    pub fn settings<'t>(&self, written: impl IntoIterator<Item = &'t tree::Setting> + Clone) -> Vec<Setting> {
        self.no_doubles("the setting", written.clone().into_iter().filter(|one| !one.secret).map(name_of));
        self.no_doubles("the secret", written.clone().into_iter().filter(|one| one.secret).map(name_of));
        written.into_iter().map(|one| self.one_setting(one)).collect()
    }

    fn one_setting(&self, written: &tree::Setting) -> Setting {
        let (default, schedule) = self.default_of(written);
        let setting = Setting {
            name: written.name.text.clone(),
            secret: written.secret,
            ty: written.ty.ty.clone(),
            default,
            schedule,
            choices: self.choices(written),
            matches: written.matches.as_ref().and_then(|pattern| self.regex(pattern)),
            words: written.words.as_ref().map(|words| words.text.clone()),
            span: written.name.span,
            live: live(written),
            choice_words: choice_words(written),
        };
        if let (Some(value), Some(at)) = (&setting.default, default_span(written)) {
            self.default_fits(&setting, value, at);
        }
        setting
    }

    fn choices(&self, written: &tree::Setting) -> Vec<Value> {
        let Some(Choices::Values(choices)) = &written.choices else { return Vec::new() };
        if choices.is_empty() && !self.report.has_error_in(written.span) && !self.report.syntax.is_in(written.span) {
            let message = format!("`{}` has no choice after `one of`", written.name.text);
            self.report.error_help("E0707", written.name.span, message, "name its choices, or leave `one of` out");
        }
        let item = match &written.ty.ty.kind {
            Kind::List(item) => (**item).clone(),
            kind => kind.clone(),
        };
        choices.iter().filter_map(|(value, _)| self.constant(value, &item, "E0707")).collect()
    }

    /// A literal of a kind; none once it has been refused.
    pub fn constant(&self, written: &tree::Expr, kind: &Kind, code: &'static str) -> Option<Value> {
        let typing = Typing::new(self, Place::Constants);
        let expr = typing.expr(written);
        if expr.is_broken() {
            return None;
        }
        match typing.as_kind(expr, kind) {
            Ok(expr) => self.known(&expr),
            Err(expr) => {
                let message = format!("this is {}, and {} is wanted", a_kind(&expr.ty.kind), a_kind(kind));
                let diagnostic = Diagnostic::error(code, written.span, message).label(expr.ty.to_string());
                let help = match kind {
                    Kind::Json => "raw JSON cannot be written here: leave the value out, or choose another type".to_owned(),
                    _ => format!("write {}", a_kind(kind)),
                };
                self.report.say(diagnostic.help(help));
                None
            }
        }
    }

    fn known(&self, expr: &crate::check::model::expr::Expr) -> Option<Value> {
        let value = expr.as_constant().cloned();
        if value.is_none() {
            let help = "write it out, without names and `{ }`";
            self.report.error_help("E0214", expr.span, "only a literal value can be written here", help);
        }
        value
    }

    fn default_of(&self, written: &tree::Setting) -> (Option<Value>, Option<Schedule>) {
        match &written.default {
            None => (None, None),
            Some(SettingDefault::Schedule(schedule)) => {
                if written.ty.ty.kind != Kind::Schedule {
                    let message = format!("`{}` is {}, and its default is a schedule", written.name.text, a_kind(&written.ty.ty.kind));
                    self.report.error_help("E0707", written.ty.span, message, "give the setting the type `schedule`");
                }
                self.keepable(schedule);
                (None, Some(schedule.clone()))
            }
            Some(SettingDefault::Value(value)) => (self.default_value(written, value), None),
        }
    }

    fn default_value(&self, written: &tree::Setting, value: &tree::Expr) -> Option<Value> {
        if written.secret {
            let help = format!("take it out; `counterpart.toml` says where `{}` is kept", written.name.text);
            self.report.error_help("E0708", value.span, "a secret is never written in a file", help);
            return None;
        }
        self.constant(value, &written.ty.ty.kind, "E0707")
    }

    fn default_fits(&self, setting: &Setting, value: &Value, span: Span) {
        if value.is_missing() && !setting.ty.optional {
            let message = format!("`{}` is required, and its default is no value", setting.name);
            let help = format!("leave the default out, or make the setting optional: `{}?`", setting.ty.kind);
            return self.report.error_help("E0707", span, message, help);
        }
        let (message, help) = match setting.misfit(value) {
            None => return,
            Some(Misfit::NotAChoice(_)) => ("is not one of its choices", "name one of the values after `one of`"),
            Some(Misfit::NoMatch(_)) => ("does not match its own pattern", "write a default that matches, or leave it out"),
        };
        self.report.error_help("E0707", span, format!("the default of `{}` {message}", setting.name), help);
    }

    /// `require COND as "words"`
    pub fn require(&self, written: &tree::Require, place: Place<'_>) -> Require {
        let condition = Typing::new(self, place).condition(&written.condition);
        if condition.asks_a_record() {
            let help = "a record is asked by `include when`";
            self.report.error_help("E0214", written.condition.span, "`require` asks of settings, not of records", help);
        }
        let words = written.words.as_ref().map_or_else(|| self.text(written.condition.span), |words| words.text.clone());
        Require { condition, words, span: written.span }
    }

    /// What a system is asked for has to be there, and be of the setting's type.
    pub fn live_choices<'t>(&self, written: impl IntoIterator<Item = &'t tree::Setting>) {
        for one in written {
            let records = if let Some(Choices::Collection(of)) = &one.choices { Some(of) } else { None };
            if let (Some(of), Some(_)) = (&one.attribute_of, &one.choices) {
                let message = format!("`{}` chooses an attribute of `{}`, so it has no other choices", one.name.text, of.collection.text);
                self.report.error_help("E0707", one.name.span, message, "leave `attribute of` or `one of` out");
            }
            if let Some(at) = one.attribute_of.as_ref().and_then(|of| self.collection(of)) {
                self.live_type(one, &Kind::Text, "the name of an attribute");
                self.default_is_an_attribute(one, &self.systems[at.0].collections[at.1]);
            }
            if let Some(at) = records.and_then(|of| self.collection(of)) {
                self.record_of(one, &self.systems[at.0].collections[at.1]);
            }
        }
    }

    /// The default names an attribute that is declared; what a system tells of its attributes is known later.
    fn default_is_an_attribute(&self, written: &tree::Setting, of: &Collection) {
        let Some(SettingDefault::Value(value)) = &written.default else { return };
        let tells = of.discovery.is_some() || of.parts.iter().any(|part| part.discovery.is_some());
        let Some(name) =
            self.plain(value).filter(|name| !tells && !self.report.syntax.hides_block(of.span) && of.attribute(name).is_none())
        else {
            return;
        };
        let message = format!("`{}` has no attribute `{name}`, which is the default of `{}`", of.name, written.name.text);
        let diagnostic = Diagnostic::error("E0707", value.span, message).related(of.name_span, "declared here");
        let names = || of.attributes.iter().map(|one| one.name.as_str());
        self.report.say(match crate::check::suggest::closest(&name, names())[..] {
            [near] => diagnostic.help(format!("did you mean `{near}`?")).fix(Fix::replace(value.span, format!("\"{near}\""), "")),
            _ => diagnostic.help(crate::check::suggest::list(names()).map_or_else(String::new, |list| format!("there is {list}"))),
        });
    }

    fn record_of(&self, written: &tree::Setting, of: &Collection) {
        match of.key.is_none() {
            false => self.live_type(written, &of.key_kind(), &format!("the key of one of `{}`", of.name)),
            true if of.broken => {}
            true => {
                let message = format!("`{}` declares no key, so none of its records can be chosen", of.name);
                let diagnostic = Diagnostic::error("E0707", written.name.span, message).related(of.name_span, "declared here");
                self.report.say(diagnostic.help("add a `key` to the collection"));
            }
        }
    }

    fn live_type(&self, written: &tree::Setting, wanted: &Kind, what: &str) {
        let kind = match &written.ty.ty.kind {
            Kind::List(item) if written.attribute_of.is_none() => item,
            kind => kind,
        };
        if kind != wanted {
            let message = format!("`{}` is {}, and {what} is {}", written.name.text, a_kind(&written.ty.ty.kind), a_kind(wanted));
            self.report.error_help("E0707", written.ty.span, message, format!("give the setting the type `{wanted}`"));
        }
    }

    /// Whether a schedule can be kept; one that names a setting needs a setting of that type.
    pub fn schedule(&self, written: &Schedule, settings: &[Setting], pipeline: &str) {
        match written {
            Schedule::Setting(name) => self.schedule_setting(name, settings),
            Schedule::After(other) if other.text == pipeline => {
                let message = format!("`{pipeline}` can't wait for itself");
                self.report.error_help("E0704", other.span, message, "name another pipeline, or a time");
            }
            Schedule::After(other) => drop(self.known_pipeline(&other.text, other.span)),
            other => self.keepable(other),
        }
    }

    fn keepable(&self, written: &Schedule) {
        if let Some(fault) = schedule::fault(written) {
            self.report.error_help(fault.code, fault.at, fault.message, fault.help);
        }
    }

    fn schedule_setting(&self, name: &tree::Expr, settings: &[Setting]) {
        let ExprKind::Name(names) = &name.kind else { return };
        let [word, setting] = &names[..] else { return self.not_a_setting(name.span, None) };
        if word.text != "setting" {
            return self.not_a_setting(word.span, Some(&setting.text));
        }
        match settings.iter().chain(self.settings.iter()).find(|one| one.name == setting.text) {
            None => {
                let there_is = settings.iter().chain(self.settings.iter()).map(|one| one.name.as_str());
                let diagnostic = Diagnostic::error("E0205", setting.span, format!("there is no setting `{}` here", setting.text));
                let declared = settings.iter().chain(self.settings.iter()).map(|one| (one.name.as_str(), one.span));
                self.report.unknown(suggest(diagnostic, &setting.text, setting.span, there_is), &setting.text, declared);
            }
            Some(one) if one.ty.kind != Kind::Schedule => {
                let message = format!("`{}` is {}, and a schedule is wanted", setting.text, a_kind(&one.ty.kind));
                self.report.say(
                    Diagnostic::error("E0304", name.span, message)
                        .related(one.span, "declared here")
                        .help("give the setting the type `schedule`"),
                );
            }
            Some(one) => self.report.uses(one.span),
        }
    }

    /// `schedule settings.frequency`, which names nothing.
    fn not_a_setting(&self, span: Span, setting: Option<&str>) {
        let name = setting.unwrap_or("…");
        let message = "a schedule is given by a setting, or written out";
        let said = Diagnostic::error("E0205", span, message).help(format!("write `setting.{name}`, or a time such as `daily at 02:00`"));
        self.report.say(if setting.is_some() { said.fix(Fix::replace(span, "setting", "")) } else { said });
    }

    /// The text of a literal, for a place that allows nothing else.
    pub fn plain(&self, written: &tree::Expr) -> Option<String> {
        let ExprKind::Text(template) = &written.kind else { return None };
        plain_text(template)
    }
}

fn name_of(setting: &tree::Setting) -> (&str, Span) {
    (&setting.name.text, setting.name.span)
}

fn default_span(written: &tree::Setting) -> Option<Span> {
    if let Some(SettingDefault::Value(value)) = &written.default { Some(value.span) } else { None }
}

fn live(written: &tree::Setting) -> Option<Live> {
    let named =
        |name: &tree::CollectionName| (name.system.text.clone(), name.collection.text.clone(), name.system.span.to(name.collection.span));
    match (&written.choices, &written.attribute_of) {
        (_, Some(of)) => {
            let (system, collection, span) = named(of);
            Some(Live::AttributeOf { system, collection, span })
        }
        (Some(Choices::Collection(of)), _) => {
            let (system, collection, span) = named(of);
            Some(Live::RecordOf { system, collection, span })
        }
        _ => None,
    }
}

fn choice_words(written: &tree::Setting) -> Vec<Option<String>> {
    let Some(Choices::Values(choices)) = &written.choices else { return Vec::new() };
    choices.iter().map(|(_, words)| words.as_ref().map(|words| words.text.clone())).collect()
}
