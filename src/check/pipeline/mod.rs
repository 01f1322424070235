//! `pipeline NAME { … }`: checks its statements in the order in which they depend on each other.

pub(crate) mod fields;
pub(crate) mod guard;
pub(crate) mod judged;
pub(crate) mod least_size;
pub(crate) mod leaver;
pub(crate) mod lints;
pub(crate) mod map;
pub(crate) mod matching;
pub(crate) mod row_sources;
pub(crate) mod scope;
pub(crate) mod settings;
pub(crate) mod statements;
pub(crate) mod test_blocks;
pub(crate) mod three_valued;
use super::{
    environment::Environment,
    model::{
        Require, SettingId,
        expr::Expr,
        pipeline::{Action, Condition, Each, End, Join, Leaver, Mode, ModeChoice, OnLost, OnePerKey, Pipeline},
    },
    pipeline::{
        judged::{Judged, Said},
        map::Mapped,
        statements::Statements,
        three_valued::lint_out_of_scope_by_absence,
    },
    types::{Draft, Facts, FieldSlot, Place, Subject, Typing, a_kind},
};
use crate::{
    diagnose::{Diagnostic, FileId, Span},
    syntax::tree::{self, ExprKind as T, ModeName, PipelineItem as I},
    value::{Kind, Value},
};

/// One pipeline under check.
pub(crate) struct Checking<'a> {
    pub env: &'a Environment<'a>,
    pub written: &'a tree::Pipeline,
    pub statements: Statements<'a>,
    pub draft: Draft,
    joins: Vec<Option<Join>>,
    each: Option<Each>,
}

impl Environment<'_> {
    /// A pipeline; none where something that all else stands on is missing.
    pub fn pipeline(&self, written: &tree::Pipeline, file: FileId) -> Option<Pipeline> {
        let statements = Statements::of(self, written);
        let draft = Draft { name: written.name.text.clone(), ..Draft::default() };
        let mut checking = Checking { env: self, written, statements, draft, joins: Vec::new(), each: None };
        checking.begin();
        checking.finish(file)
    }
}

impl Checking<'_> {
    pub fn typing(&self) -> Typing<'_> {
        Typing::new(self.env, Place::Pipeline(&self.draft))
    }

    fn typing_knowing(&self, facts: &Facts) -> Typing<'_> {
        Typing::with(self.env, Place::Pipeline(&self.draft), facts.clone())
    }

    /// Names first: settings, both ends, joins, fields.
    fn begin(&mut self) {
        let settings = self.written.items.iter().filter_map(|item| if let I::Setting(one) = item { Some(one) } else { None });
        self.draft.settings = self.env.settings(settings.clone());
        self.env.live_choices(settings);
        self.draft.zone = self.statements.zone.is_some() || self.statements.broken("zone");
        self.source();
        self.draft.target = self.statements.to.and_then(|(collection, _)| self.env.collection(collection));
        self.field_names();
        self.joins = self.joins();
        self.each = self.each();
        self.fields();
        self.env.clashes(&self.draft, self.statements.alias_span());
    }

    fn source(&mut self) {
        let Some((collection, alias, span)) = self.statements.from else { return };
        self.draft.unnamed = alias.is_none().then_some(span);
        self.draft.source = self.env.collection(collection);
        self.draft.alias = Some(alias.map_or_else(|| collection.collection.text.clone(), |alias| alias.text.clone()));
        self.draft.alias_span = Some(alias.map_or_else(|| span.after(), |alias| alias.span));
    }

    fn field_names(&mut self) {
        let names = || self.statements.fields.iter().map(|field| field.name);
        self.draft.fields = names().map(|name| FieldSlot { name: name.text.clone(), name_span: name.span, checked: None }).collect();
        self.env.no_doubles("the field", names().map(|name| (name.text.as_str(), name.span)));
    }

    fn fields(&mut self) {
        self.draft.fields_known = true;
        let written: Vec<_> = self.statements.fields.clone();
        for at in super::pipeline::fields::order(self.env, &written) {
            self.draft.defining = Some(at);
            let checked = super::pipeline::fields::field(&self.typing(), &written[at]);
            self.draft.fields[at].checked = checked;
        }
        self.draft.defining = None;
    }

    fn finish(mut self, file: FileId) -> Option<Pipeline> {
        self.statements.all_there(self.env, self.written);
        self.schedule();
        let judged = self.judged();
        let Judged { key, scope, leavers, map, map_calls, .. } = &judged;
        let said = Said { key: &key.0, scope, leavers, map, calls: map_calls };
        self.since_is_enough(&said);
        self.only_appends(&said);
        super::pipeline::map::required_calls::needed(self.env, &self.draft, &self.statements, judged.mode.as_ref(), map, leavers);
        lints::lints(self.env, &self.statements, &self.draft, self.written);
        self.whole(judged, file)
    }

    /// Checks what is evaluated for each record, in that order: each statement may add to what is known to be present.
    fn judged(&mut self) -> Judged {
        let key = self.key();
        let key_facts = Facts::from_iter(self.typing().needed_for(&key.0));
        if let Some(each) = &self.statements.each {
            self.key_tells_elements(&key.0, each);
        }
        let (scope, mut facts) = self.scope(&key.0);
        facts.extend(self.typing().needed_for(&key.0));
        let rules = super::pipeline::matching::rules(&self.typing_knowing(&facts), &self.statements, &self.draft);
        self.draft.current = true;
        let mode = self.mode();
        let typing = self.typing_knowing(&facts);
        let Mapped { lines: map, calls: map_calls, .. } = Mapped::of(&typing, &self.statements, mode.as_ref());
        let typing = self.typing_knowing(&key_facts);
        let leavers: Vec<_> =
            self.statements.leavers.iter().map(|leaver| super::pipeline::leaver::leaver(&typing, leaver, mode.as_ref())).collect();
        if leavers.iter().any(Leaver::by_scope) {
            lint_out_of_scope_by_absence(&typing, &scope);
        }
        let (on_closed_by_hand, one_per_key) = (self.closed_by_hand(&typing), self.one_per_key(&typing));
        let guards = super::pipeline::guard::guards(&typing, &self.statements);
        Judged { key, scope, rules, mode, map, map_calls, leavers, on_closed_by_hand, one_per_key, guards }
    }

    fn whole(self, judged: Judged, file: FileId) -> Option<Pipeline> {
        let zone_name = self.statements.zone.and_then(|zone| self.env.zone(zone));
        let (since, requires, enabled, show) = (self.since(), self.requires(), self.enabled(), self.show());
        let (on_lost, incomplete) = (self.on_lost(judged.mode.as_ref()), self.on_incomplete_read());
        let (key, key_text, key_span) = judged.key;
        let (guards, hold_leavers_only) = judged.guards;
        let (source, target) = (self.draft.source?, self.draft.target?);
        let mut pipeline = Pipeline {
            name: self.written.name.text.clone(),
            file,
            span: self.written.name.span,
            title: self.statements.title.map_or_else(|| self.written.name.text.clone(), |title| title.text.clone()),
            zone_name,
            enabled,
            schedule: self.statements.schedule.map(|(schedule, span)| (schedule.clone(), span)),
            requires,
            source: End { system: source.0, collection: source.1, alias: self.draft.alias.clone()?, span: self.statements.from?.2 },
            target: End { system: target.0, collection: target.1, alias: "current".to_owned(), span: self.statements.to?.1 },
            since,
            joins: self.joins.into_iter().collect::<Option<_>>()?,
            each: self.each,
            raws: self.draft.raws.take(),
            fields: self.draft.fields.into_iter().map(|slot| slot.checked).collect::<Option<_>>()?,
            settings: self.draft.settings,
            key,
            key_text,
            key_span,
            scope: judged.scope,
            one_per_key: judged.one_per_key,
            rules: judged.rules,
            one_by_one: self.statements.matching.is_some_and(|matching| matching.one_by_one),
            match_span: self.statements.matching.map_or(self.written.name.span, |matching| matching.span),
            mode: judged.mode?,
            mode_span: self.statements.mode?.1,
            map: judged.map,
            map_calls: judged.map_calls,
            map_span: self.statements.map.map_or(self.written.name.span, |(_, span)| span),
            leavers: judged.leavers,
            guards,
            hold_leavers_only,
            on_lost,
            on_closed_by_hand: judged.on_closed_by_hand,
            on_incomplete_read_continue: incomplete,
            maximum_age: self.statements.maximum_age,
            show,
            references: Vec::new(),
            twin: None,
        };
        pipeline.references = self.env.references(&pipeline);
        Some(pipeline)
    }

    fn schedule(&self) {
        use tree::Schedule as S;
        let Some((schedule, span)) = self.statements.schedule else { return };
        self.env.schedule(schedule, &self.draft.settings, &self.draft.name);
        let by_setting = |name: &tree::Expr| match &name.kind {
            T::Name(names) => {
                self.draft.settings.iter().find(|one| names.get(1).is_some_and(|name| name.text == one.name))?.schedule.clone()
            }
            _ => None,
        };
        let kept = if let S::Setting(name) = schedule { by_setting(name) } else { Some(schedule.clone()) };
        if matches!(kept, Some(S::Daily(..) | S::Weekly(..) | S::Cron(_))) && !self.draft.zone {
            self.typing().ask_for_zone(&self.draft, span);
        }
    }

    /// `key EXPR`, else the key of the collection.
    fn key(&self) -> (Expr, String, Span) {
        let Some((written, span)) = self.statements.key else { return self.key_of_source() };
        let key = self.typing().expr(written);
        if matches!(key.kind, super::model::expr::ExprKind::Constant(_)) {
            let help = "name an attribute that tells one record from another";
            self.env.report.error_help("E0402", written.span, "this key is the same for every record", help);
        }
        let text = self.key_words(&key, written.span);
        (self.fit_for_a_key(key), text, span)
    }

    /// The key as written, and the fields that it is made of: another one of those makes another key.
    fn key_words(&self, key: &Expr, span: Span) -> String {
        let words = |span: Span| self.env.text(span).split_whitespace().collect::<Vec<_>>().join(" ");
        let made_of = |subject: &Subject| {
            let Subject::Field(at) = subject else { return None };
            let field = self.statements.fields.get(*at)?;
            Some(format!("\n{} = {}", field.name.text, words(field.value.span)))
        };
        let fields: String = self.typing().names_in(key).iter().filter_map(made_of).collect();
        self.env.text(span) + &fields
    }

    fn fit_for_a_key(&self, key: Expr) -> Expr {
        if key.is_broken() || matches!(key.ty.kind, Kind::Text | Kind::Int) {
            return key;
        }
        if key.ty.kind == Kind::Json {
            return self.typing().read_as(key, &Kind::Text);
        }
        let message = format!("a key is a text or a whole number, and this is {}", a_kind(&key.ty.kind));
        let diagnostic = Diagnostic::error("E0402", key.span, message).label(key.ty.to_string());
        self.env.report.say(diagnostic.help("name what the source calls the record by, such as a number"));
        Expr::broken(key.span)
    }

    fn key_of_source(&self) -> (Expr, String, Span) {
        let span = self.statements.from.map_or(self.written.name.span, |(_, _, span)| span);
        let typing = self.typing();
        let Some(collection) = typing.collection(self.draft.source).filter(|_| !self.statements.broken("key")) else {
            return (Expr::broken(span), String::new(), span);
        };
        let Some(at) = collection.key else {
            if !collection.broken && collection.key_span.is_none() {
                let message = format!("`{}` declares no key, so the pipeline has to say what identifies a record", collection.name);
                self.env.report.error_help("E0401", span, message, "add a line such as `key employee.number`");
            }
            return (Expr::broken(span), String::new(), span);
        };
        let attribute = &collection.attributes[at];
        let text = format!("{}.{}", self.draft.alias.as_deref().unwrap_or_default(), attribute.name);
        (Expr::new(super::model::expr::ExprKind::Source(at), attribute.ty.clone(), span), text, span)
    }

    fn mode(&self) -> Option<ModeChoice> {
        let (mode, _) = self.statements.mode?;
        Some(ModeChoice::Fixed(match mode {
            ModeName::CreateAndUpdate => Mode::CreateAndUpdate,
            ModeName::Create => Mode::Create,
            ModeName::Update => Mode::Update,
            ModeName::Append => Mode::Append,
            ModeName::Setting(setting) => return self.mode_setting(setting),
        }))
    }

    fn mode_setting(&self, written: &tree::Expr) -> Option<ModeChoice> {
        let expr = self.typing().expr(written);
        let super::model::expr::ExprKind::Setting(id) = expr.kind else { return None };
        let setting = self.setting(&id)?;
        let words: Vec<_> = setting.choices.iter().filter_map(Value::as_text).collect();
        let strange = words.iter().find(|word| Mode::of_words(word).is_none());
        if words.is_empty() || strange.is_some() || setting.ty.kind != Kind::Text {
            let message = strange.map_or_else(
                || format!("`{}` may be any text, and a mode is one of three", id.name),
                |word| format!("`{word}` is not a mode"),
            );
            let help = "give the setting `one of [\"create and update\", \"create\", \"update\"]`";
            self.env.report.say(Diagnostic::error("E0413", written.span, message).related(setting.span, "declared here").help(help));
        }
        Some(ModeChoice::Setting(id))
    }

    fn setting(&self, id: &SettingId) -> Option<&super::model::Setting> {
        let own = self.draft.settings.iter().chain(self.env.settings.iter());
        own.into_iter().find(|setting| setting.name == id.name)
    }

    fn one_per_key(&self, typing: &Typing<'_>) -> Option<OnePerKey> {
        let line = self.statements.one_per_key?;
        let latest = line.latest.and_then(|names| {
            let after_alias = names.len() > 1 && Some(&names[0].text) == self.draft.alias.as_ref();
            self.env.attribute(self.draft.source?, if after_alias { &names[1..] } else { names })
        });
        Some(OnePerKey { prefer: line.prefer.map(|prefer| typing.condition(prefer)), latest, span: line.span })
    }

    fn requires(&self) -> Vec<Require> {
        let requires = self.written.items.iter().filter_map(|item| if let I::Require(one) = item { Some(one) } else { None });
        requires.map(|one| self.env.require(one, Place::Pipeline(&self.draft))).collect()
    }

    fn enabled(&self) -> Option<Condition> {
        let written = self.statements.enabled?;
        let value = self.typing().condition(written);
        if value.asks_a_record() {
            let help = "a record is asked by `include when`";
            self.env.report.error_help("E0214", written.span, "`enabled when` asks of settings, not of records", help);
        }
        Some(Condition { value, span: written.span })
    }

    fn closed_by_hand(&self, typing: &Typing<'_>) -> Option<Vec<Action>> {
        let actions = self.statements.on_closed_by_hand?;
        Some(super::pipeline::leaver::actions(typing, actions))
    }

    fn on_lost(&self, mode: Option<&ModeChoice>) -> OnLost {
        let Some((word, span)) = self.statements.on_lost else { return OnLost::Hold };
        match word.text.as_str() {
            "hold" => OnLost::Hold,
            "unlink" => OnLost::Unlink,
            "create again" | "create" => {
                if mode.is_some_and(|mode| !mode.may_create()) {
                    let help = "write `on lost counterpart hold` or `unlink`, or let the mode create";
                    self.env.report.error_help("E0413", span, "`mode update` never creates, so nothing can be created again", help);
                }
                OnLost::CreateAgain
            }
            _ => {
                self.env.no_such_word("way to go on", word, &["hold", "create again", "unlink"]);
                OnLost::Hold
            }
        }
    }

    fn on_incomplete_read(&self) -> bool {
        let Some(word) = self.statements.on_incomplete_read else { return false };
        if !["stop", "continue"].contains(&word.text.as_str()) {
            self.env.no_such_word("way to go on", word, &["stop", "continue"]);
        }
        word.text == "continue"
    }

    fn show(&self) -> Vec<usize> {
        let Some(target) = self.draft.target else { return Vec::new() };
        self.statements.show.iter().filter_map(|names| self.env.attribute(target, names)).collect()
    }
}

impl FromIterator<super::types::Subject> for Facts {
    fn from_iter<I: IntoIterator<Item = super::types::Subject>>(subjects: I) -> Self {
        let mut facts = Self::default();
        facts.extend(subjects);
        facts
    }
}

impl Environment<'_> {
    /// The first line of a stretch: a block is pointed at by how it begins.
    pub fn first_line(&self, span: Span) -> Span {
        let text = self.sources.text(span);
        let length = text.find(['\n', '{']).map_or(text.len(), |end| text[..end].trim_end().len());
        Span { end: span.start + u32::try_from(length.max(1)).unwrap_or(1), ..span }
    }

    /// The first word of a stretch.
    pub fn first_word(&self, span: Span) -> Span {
        let text = self.sources.text(span);
        let length = text.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(text.len());
        Span { end: span.start + u32::try_from(length.max(1)).unwrap_or(1), ..span }
    }

    /// Names that would have two meanings.
    fn clashes(&self, draft: &Draft, alias: Option<Span>) {
        let source = draft.alias.as_deref().zip(alias);
        let joined = draft.joins.iter().map(|join| (join.alias.as_str(), join.alias_span));
        let records: Vec<_> = source.into_iter().chain(joined).collect();
        let element = draft.element.iter().map(|element| (&element.name, element.name_span, "an element of `for each`"));
        for (name, span, what) in draft.fields.iter().map(|field| (&field.name, field.name_span, "a field")).chain(element.clone()) {
            if let Some((_, record)) = records.iter().find(|(known, _)| known == name) {
                let message = format!("`{name}` is the name of a record and of {what}");
                let diagnostic = Diagnostic::error("E0211", span, message).help("give one of the two another name");
                self.report.say(diagnostic.related(*record, "the record"));
            } else if Typing::reserved(name) {
                self.report.error_help("E0211", span, format!("`{name}` means something already"), "give it another name");
            }
        }
        for (name, span, _) in element {
            let field = draft.fields.iter().find(|field| field.name == *name);
            let message = || format!("`{name}` is the name of a field and of an element of `for each`");
            let twice = |field: &FieldSlot| Diagnostic::error("E0210", field.name_span, message()).related(span, "the element");
            field.into_iter().for_each(|field| self.report.say(twice(field).help("give one of the two another name")));
        }
        for (alias, span) in records.iter().filter(|(alias, _)| Typing::reserved(alias)) {
            self.report.error_help(
                "E0211",
                *span,
                format!("`{alias}` means something already"),
                "call the record something else after `as`",
            );
        }
    }
}
