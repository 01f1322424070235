//! Resolves names at their place.

use super::{Draft, Expr, ExprKind, Place, SystemPlace, Typing, place::raw_type};
use crate::{
    check::{
        model::{
            Owner, Setting, SettingId,
            expr::PageName,
            system::{Attribute, Collection},
        },
        suggest::{closest, list, suggest},
        unknown::forgotten_alias,
    },
    diagnose::{Diagnostic, Fix, Span},
    syntax::tree::{Ident, PathText, Words},
    value::{Kind, Type},
};

impl Typing<'_> {
    pub(crate) fn name(&self, names: &[Ident], span: Span) -> Expr {
        let (first, rest) = names.split_first().expect("a name has a first part");
        match (first.text.as_str(), rest) {
            ("today", []) => self.today(span),
            ("now", []) if !matches!(self.place, Place::Constants) => Expr::new(ExprKind::Now, Type::present(Kind::DateTime), span),
            ("setting", [name]) => self.setting(name, span),
            ("secret", [name]) => self.secret(name, span),
            _ => match self.place {
                Place::Constants | Place::Shared => self.no_names_here(names, span),
                Place::System(place) => self.system_name(&place, names, span),
                Place::Pipeline(draft) => self.pipeline_name(draft, first, rest, span),
            },
        }
    }

    pub(crate) fn raw_path(&self, written: &PathText) -> Expr {
        let Some(path) = self.env.path(written) else { return Expr::broken(written.span) };
        match self.place {
            Place::Pipeline(draft) => Expr::new(ExprKind::Raw(draft.raw(path, raw_type(), written.span)), raw_type(), written.span),
            Place::System(place) if place.in_call || place.answer => Expr::new(ExprKind::Answer(path), raw_type(), written.span),
            _ => self.not_here(written.span, "a JSON path needs a record or an answer, and there is none here", "write the value itself"),
        }
    }

    /// `header "X"`: of the answer.
    pub(crate) fn answer_header(&self, name: &Words, span: Span) -> Expr {
        match self.place {
            Place::System(place) if place.answer => Expr::new(ExprKind::Header(name.text.clone()), Type::optional(Kind::Text), span),
            _ => self.not_here(span, "a header is part of an answer, and there is none here", "write the value itself"),
        }
    }

    fn today(&self, span: Span) -> Expr {
        match self.place {
            Place::Constants => return self.not_here(span, "`today` is not known here", "write the day itself, as `2026-03-01`"),
            // Which of the two is meant is said where the field is declared.
            Place::Pipeline(draft) if draft.fields.iter().any(|field| field.name == "today") => {
                self.env.report.follows(span);
                return Expr::broken(span);
            }
            Place::Pipeline(draft) if !draft.zone => self.ask_for_zone(draft, span),
            _ => {}
        }
        Expr::new(ExprKind::Today, Type::present(Kind::Date), span)
    }

    /// Requires a `zone` where a day is used; reported once for a pipeline.
    pub fn ask_for_zone(&self, draft: &Draft, span: Span) {
        if !draft.zone_asked.replace(true) {
            let message = format!("`{}` is a day, and nothing says by whose clocks", self.env.text(span));
            self.env.report.error_help("E0407", span, message, "add a line such as `zone \"Europe/Paris\"` to the pipeline");
        }
    }

    pub(crate) fn not_here(&self, span: Span, message: &str, help: &str) -> Expr {
        self.env.report.error_help("E0214", span, message, help);
        Expr::broken(span)
    }

    fn no_names_here(&self, names: &[Ident], span: Span) -> Expr {
        let name = joined(names);
        self.not_here(
            span,
            &format!("`{name}` can't be named here"),
            "there is no record here: write a value, or name a setting as `setting.…`",
        )
    }

    pub(super) fn settings(&self) -> Vec<(Owner, &[Setting])> {
        match &self.place {
            Place::Constants => Vec::new(),
            Place::Shared => vec![(Owner::Shared, &self.env.settings)],
            Place::System(place) => vec![(Owner::System(place.system.to_owned()), place.settings)],
            Place::Pipeline(draft) => vec![(Owner::Pipeline, &draft.settings), (Owner::Shared, &self.env.settings)],
        }
    }

    fn setting(&self, name: &Ident, span: Span) -> Expr {
        let all = self.settings();
        for (owner, settings) in &all {
            if let Some(setting) = settings.iter().find(|setting| setting.name == name.text && !setting.secret) {
                self.env.report.uses(setting.span);
                return self.known_setting(setting, owner.clone(), span);
            }
        }
        if self.env.unread && !matches!(self.place, Place::System(_)) {
            return Expr::broken(span);
        }
        let diagnostic = Diagnostic::error("E0205", name.span, format!("there is no setting `{}` here", name.text)).label("not declared");
        let declared = || all.iter().flat_map(|(_, settings)| settings.iter().filter(|one| !one.secret)).map(|one| (&*one.name, one.span));
        let there_is: Vec<_> = declared().map(|(name, _)| name).collect();
        self.env.report.unknown(suggest(diagnostic, &name.text, name.span, there_is.iter().copied()), &name.text, declared());
        Expr::broken(span)
    }

    /// A setting that an expression names.
    pub(in crate::check) fn setting_of(&self, id: &SettingId) -> Option<&Setting> {
        let (_, settings) = self.settings().into_iter().find(|(owner, _)| *owner == id.owner)?;
        settings.iter().find(|setting| setting.name == id.name)
    }

    fn known_setting(&self, setting: &Setting, owner: Owner, span: Span) -> Expr {
        let ty = Type { optional: setting.ty.optional && setting.default.is_none(), ..setting.ty.clone() };
        Expr::new(ExprKind::Setting(SettingId { owner, name: setting.name.clone() }), ty, span)
    }

    fn secret(&self, name: &Ident, span: Span) -> Expr {
        let Place::System(place) = &self.place else {
            let message = "a secret is used only where a system is called";
            self.env.report.error_help("E0215", span, message, "use it in the `http` block of its system");
            return Expr::broken(span);
        };
        if !place.secrets {
            return self.not_here(span, "a secret cannot be used here", "use it in `auth`, a header, a query or a body");
        }
        if place.own_secrets.contains(&name.text.as_str()) {
            return Expr::new(ExprKind::Secret(name.text.clone()), Type::present(Kind::Text), span);
        }
        let secrets = place.settings.iter().filter(|setting| setting.secret);
        if let Some(secret) = secrets.clone().find(|secret| secret.name == name.text) {
            self.env.report.uses(secret.span);
            return Expr::new(ExprKind::Secret(secret.name.clone()), secret.ty.clone(), span);
        }
        let diagnostic =
            Diagnostic::error("E0206", name.span, format!("`{}` has no secret `{}`", place.system, name.text)).label("not declared");
        let diagnostic = suggest(diagnostic, &name.text, name.span, secrets.clone().map(|secret| secret.name.as_str()));
        self.env.report.unknown(diagnostic, &name.text, secrets.map(|secret| (secret.name.as_str(), secret.span)));
        Expr::broken(span)
    }

    fn system_name(&self, place: &SystemPlace<'_>, names: &[Ident], span: Span) -> Expr {
        let name = joined(names);
        if place.answer
            && let Some((kind, ty)) = answer_name(&name)
        {
            return Expr::new(kind, ty, span);
        }
        if let Some((known, ty)) = place.each
            && known == name
        {
            return Expr::new(ExprKind::LoopValue, ty.clone(), span);
        }
        if let Some(attributes) = place.attributes
            && let Some(at) = attributes.iter().position(|attribute| attribute.name == name)
        {
            self.env.report.uses(attributes[at].span);
            return self.own(attributes, at, span);
        }
        if place.in_call
            && let Some((kind, ty)) = call_name(&name)
        {
            let ty = if place.mark && matches!(kind, ExprKind::Since) { Type::optional(Kind::Text) } else { ty };
            return Expr::new(kind, ty, span);
        }
        match names {
            [first, path @ ..] if first.text == "token" && (!place.answer || place.secrets) => return self.token(place, path, span),
            [first, rest @ ..] if first.text == "batch" && place.in_call && !rest.is_empty() => {
                return self.was_batched(&joined(rest), span);
            }
            [first, rest @ ..] if !rest.is_empty() && place.parent.is_some_and(|(parent, _)| parent == first.text) => {
                return self.of_parent(place, rest, span);
            }
            _ => {}
        }
        self.unknown_in_system(place, &name, span)
    }

    /// `token.data.session`, `token.cookies`; `token` is the whole answer.
    fn token(&self, place: &SystemPlace<'_>, path: &[Ident], span: Span) -> Expr {
        if !place.tokens {
            let message = "`token` is the answer of a token call, and this system has none";
            let diagnostic = Diagnostic::error("E0520", span, message);
            let secret = place.settings.iter().find(|setting| setting.secret && setting.name == "token" && path.is_empty());
            self.env.report.say(match secret {
                Some(secret) => {
                    self.env.report.uses(secret.span);
                    diagnostic.help("did you mean `secret.token`?").fix(Fix::replace(span, "secret.token", ""))
                }
                None => diagnostic.help("add `token POST \"https://…\" { … }` to `http`"),
            });
            return Expr::broken(span);
        }
        let kind = if path.is_empty() { Kind::Json } else { Kind::Text };
        Expr::new(ExprKind::Token(path.iter().map(|name| name.text.clone()).collect()), Type::optional(kind), span)
    }

    /// `batch.id`, as an attribute of each record of a batch was written before.
    fn was_batched(&self, name: &str, span: Span) -> Expr {
        let now = format!("[{name} for each record]");
        let diagnostic = Diagnostic::error("E0105", span, format!("`batch.{name}` is written `{now}` here")).help(format!("write `{now}`"));
        self.env.report.say(diagnostic.fix(Fix::replace(span, now, "")));
        Expr::broken(span)
    }

    /// `people.id`, in a list below each of them.
    fn of_parent(&self, place: &SystemPlace<'_>, names: &[Ident], span: Span) -> Expr {
        let attributes = place.parent.map(|(_, attributes)| attributes);
        let parent = SystemPlace { attributes, ..*place };
        let Some(at) = self.env.own_attribute(&parent, &one_name(names)) else { return Expr::broken(span) };
        Expr::new(ExprKind::Parent(at), attributes.unwrap_or_default()[at].ty.clone(), span)
    }

    fn own(&self, attributes: &[Attribute], at: usize, span: Span) -> Expr {
        let attribute = &attributes[at];
        Expr::new(ExprKind::Own(at), attribute.ty.clone(), span)
    }

    fn unknown_in_system(&self, place: &SystemPlace<'_>, name: &str, span: Span) -> Expr {
        if place.attributes.is_some_and(<[_]>::is_empty) && place.in_call && !name.contains('.') {
            self.env.report.follows(span);
            return Expr::broken(span);
        }
        let diagnostic = Diagnostic::error("E0204", span, format!("unknown name `{name}`")).label("not declared");
        let declared = place.attributes.unwrap_or_default().iter().map(|attribute| (attribute.name.as_str(), attribute.span));
        let words = match (place.answer, place.in_call) {
            (true, _) => ANSWER_NAMES,
            (false, true) => CALL_NAMES,
            (false, false) => &[],
        };
        let there_is = declared.clone().map(|(name, _)| name).chain(words.iter().copied());
        let diagnostic = match self.meant_elsewhere(name, span) {
            _ if self.is_of_a_formula(name, span) => {
                let help = format!("write `\\{{{name}\\}}` for braces that belong to the text; without `\\` they hold a name of this file");
                diagnostic.help(help)
            }
            _ if name.starts_with("var.") || name.starts_with("env.") => {
                let known = name.get(4..).unwrap_or_default().to_lowercase();
                diagnostic.help(format!(
                    "declare `setting {known} : text` or `secret {known}` in the system, and write `setting.{known}` or `secret.{known}`"
                ))
            }
            _ if name == "page.last" && place.in_call => name_of_old(span, name, "page.cursor"),
            Some(meant) if closest(name, there_is.clone()).is_empty() => meant.applied(diagnostic),
            _ => suggest(diagnostic, name, span, there_is),
        };
        self.env.report.unknown(diagnostic, name, declared);
        Expr::broken(span)
    }

    /// Whether a name is alone between the braces of a text, and begins as no name here does: `{Email}` in a formula of the vendor.
    fn is_of_a_formula(&self, name: &str, span: Span) -> bool {
        let text: &str = self.env.sources.file(span.file).text.as_ref();
        let (before, after) = (&text[..span.start as usize], &text[span.end as usize..]);
        name.starts_with(char::is_uppercase) && before.ends_with('{') && after.starts_with('}')
    }

    fn pipeline_name(&self, draft: &Draft, first: &Ident, rest: &[Ident], span: Span) -> Expr {
        if rest.is_empty() {
            return self.field_name(draft, first, span);
        }
        if draft.alias.as_deref() == Some(first.text.as_str()) {
            self.env.report.uses(draft.alias_span.unwrap_or(first.span));
            return self.attribute_name(draft.source, rest, span, Of::Source);
        }
        if first.text == "current" {
            return self.current(draft, rest, span);
        }
        if let Some(join) = draft.joins.iter().position(|join| join.alias == first.text) {
            self.env.report.uses(draft.joins[join].alias_span);
            return self.joined_name(draft, join, rest, span);
        }
        self.unknown_alias(draft, first, rest, span)
    }

    fn field_name(&self, draft: &Draft, name: &Ident, span: Span) -> Expr {
        if let Some(at) = draft.fields.iter().position(|field| field.name == name.text) {
            self.env.report.uses(draft.fields[at].name_span);
            return match draft.field(at) {
                Some(field) if !field.value.is_broken() => Expr::new(ExprKind::Field(at), field.ty.clone(), span),
                None if !draft.fields_known => {
                    let message = format!("`{}` is a field, and fields are made once joins and `for each` are there", name.text);
                    self.not_here(span, &message, "make this from the record itself")
                }
                _ => Expr::broken(span),
            };
        }
        if let Some(element) = draft.element.as_ref().filter(|element| element.name == name.text) {
            self.env.report.uses(element.name_span);
            return element.ty.clone().map_or_else(|| Expr::broken(span), |ty| Expr::new(ExprKind::Element, ty, span));
        }
        let declared = draft.fields.iter().map(|field| (field.name.as_str(), field.name_span));
        let element = draft.element.iter().map(|element| (element.name.as_str(), element.name_span));
        self.env.report.unknown(self.unknown_field(draft, name), &name.text, declared.chain(element));
        Expr::broken(span)
    }

    fn unknown_field(&self, draft: &Draft, name: &Ident) -> Diagnostic {
        let joined = draft.joins.iter().any(|join| join.alias == name.text);
        if joined || draft.alias.as_ref() == Some(&name.text) || name.text == "current" {
            return Diagnostic::error("E0214", name.span, format!("`{}` is a whole record", name.text))
                .help(format!("name one of its attributes: `{}.…`", name.text));
        }
        if self.env.tables.iter().any(|table| table.name == name.text) {
            return Diagnostic::error("E0204", name.span, format!("`{}` is a table, and no value", name.text))
                .help(format!("the value comes first: `employee.department | lookup({})`", name.text));
        }
        let diagnostic = Diagnostic::error("E0204", name.span, format!("there is no field `{}`", name.text)).label("not declared");
        let fields = draft.fields.iter().enumerate().filter(|(at, _)| draft.defining != Some(*at)).map(|(_, field)| field.name.as_str());
        if !closest(&name.text, fields.clone()).is_empty() {
            return suggest(diagnostic, &name.text, name.span, fields);
        }
        if let Some(meant) = self.meant_elsewhere(&name.text, name.span) {
            return meant.applied(diagnostic);
        }
        match self.attribute_meant(draft, &name.text) {
            Some(meant) => {
                let help = format!("an attribute of the source is named with its alias: `{meant}`");
                let diagnostic = diagnostic.help(help);
                // A field that was forgotten may have been meant as well, unless the name is spelled so.
                if meant.ends_with(&format!(".{}", name.text)) { diagnostic.fix(Fix::replace(name.span, meant, "")) } else { diagnostic }
            }
            None => diagnostic.help(self.what_there_is(draft, &name.text, fields)),
        }
    }

    /// What can stand where a name is not known: the fields, then the attributes of the source, of each the nearest first.
    fn what_there_is<'f>(&self, draft: &Draft, name: &str, fields: impl Iterator<Item = &'f str>) -> String {
        let near = |one: &str| strsim::damerau_levenshtein(one, name);
        let mut fields: Vec<_> = fields.collect();
        fields.sort_by_key(|one| near(one));
        let source = self.collection(draft.source).map(|source| &source.attributes[..]).unwrap_or_default();
        let mut attributes: Vec<_> = source.iter().filter(|one| one.is_read()).map(|one| &*one.name).collect();
        attributes.sort_by_key(|one| near(one));
        let alias = draft.alias.as_deref().unwrap_or_default();
        let attributes: Vec<String> = attributes.iter().filter(|_| !alias.is_empty()).map(|one| format!("{alias}.{one}")).collect();
        let all = fields.iter().copied().chain(attributes.iter().map(String::as_str));
        list(all).map_or_else(|| "there is none: declare it first".to_owned(), |all| format!("there is {all}"))
    }

    /// The one attribute of the source that a bare name was meant to be.
    fn attribute_meant(&self, draft: &Draft, name: &str) -> Option<String> {
        let source = self.collection(draft.source)?;
        let names = || source.attributes.iter().map(|attribute| attribute.name.as_str());
        let meant = match names().find(|known| *known == name) {
            Some(known) => known,
            None => match closest(name, names())[..] {
                [near] => near,
                _ => return None,
            },
        };
        Some(format!("{}.{meant}", draft.alias.as_deref()?))
    }

    fn current(&self, draft: &Draft, rest: &[Ident], span: Span) -> Expr {
        if !draft.current {
            let message = "the counterpart is not known before `match`, so `current` can't be used here";
            return self.not_here(span, message, "use it in `map`, `leaver` or `protect when`");
        }
        self.attribute_name(draft.target, rest, span, Of::Current)
    }

    /// An attribute of a joined record: of one record in the `on` of its own join, of none or one after it, of all where it is `many`.
    fn joined_name(&self, draft: &Draft, join: usize, rest: &[Ident], span: Span) -> Expr {
        let slot = &draft.joins[join];
        if draft.joining.is_some_and(|joining| joining < join) {
            let message = format!("`{}` is joined further down", slot.alias);
            return self.not_here(span, &message, "put its `join` before this one");
        }
        let expr = self.attribute_name(slot.at, rest, span, Of::Joined(join));
        if expr.is_broken() || draft.joining == Some(join) {
            return expr;
        }
        let kind = expr.ty.kind.clone();
        let ty = if slot.many { Type::present(Kind::List(Box::new(kind))) } else { Type::optional(kind) };
        Expr { ty, ..expr }
    }

    pub(crate) fn collection(&self, at: Option<(usize, usize)>) -> Option<&Collection> {
        at.map(|(system, collection)| &self.env.systems[system].collections[collection])
    }

    fn attribute_name(&self, of: Option<(usize, usize)>, names: &[Ident], span: Span, whose: Of) -> Expr {
        let Some(of) = of else { return Expr::broken(span) };
        let Some(at) = self.env.attribute(of, names) else { return Expr::broken(span) };
        let attribute = &self.env.systems[of.0].collections[of.1].attributes[at];
        if !attribute.is_read() {
            let message = format!("`{}` is write only: the system never tells it", attribute.name);
            let diagnostic = Diagnostic::error("E0216", span, message).related(attribute.span, "declared here");
            self.env.report.say(diagnostic.help("use an attribute that can be read"));
            return Expr::broken(span);
        }
        if attribute.broken {
            return Expr::broken(span);
        }
        let kind = attribute.ty.kind.clone();
        match whose {
            Of::Current => Expr::new(ExprKind::Current(at), Type::optional(kind), span),
            Of::Source => Expr::new(ExprKind::Source(at), attribute.read_type(), span),
            Of::Joined(join) => Expr::new(ExprKind::Joined(join, at), attribute.read_type(), span),
        }
    }

    fn unknown_alias(&self, draft: &Draft, first: &Ident, rest: &[Ident], span: Span) -> Expr {
        if draft.unnamed.is_some_and(|from| self.env.report.syntax.is_in(from)) {
            return Expr::broken(span);
        }
        let known =
            draft.alias.as_deref().into_iter().chain(["current", "setting"]).chain(draft.joins.iter().map(|join| join.alias.as_str()));
        let message = format!("`{}` is not known here", first.text);
        let diagnostic = Diagnostic::error("E0204", first.span, message).label("not declared");
        let there_is: Vec<_> = known.collect();
        let of_source = self.collection(draft.source).is_some_and(|source| source.attribute(&joined(rest)).is_some());
        let near = closest(&first.text, there_is.iter().copied());
        if let (Some(from), true, true) = (draft.unnamed, near.is_empty(), of_source) {
            return self.forgotten_alias(first, from, span);
        }
        if let (Some(alias), Some(end)) = (&draft.alias, self.names_the_collection(draft, first, rest)) {
            let diagnostic = Diagnostic { span: first.span.to(end), ..diagnostic };
            let fix = Fix::replace(diagnostic.span, alias, "");
            self.env.report.say(diagnostic.help(format!("the source record is called `{alias}`")).fix(fix));
            return Expr::broken(span);
        }
        let diagnostic = match &draft.alias {
            Some(alias) if near.is_empty() && of_source => {
                diagnostic.help(format!("the source record is called `{alias}`")).fix(Fix::replace(first.span, alias, ""))
            }
            _ => suggest(diagnostic, &first.text, first.span, there_is.iter().copied()),
        };
        let source = draft.alias.as_deref().zip(draft.alias_span);
        let joins = draft.joins.iter().map(|join| (join.alias.as_str(), join.alias_span));
        self.env.report.unknown_record(diagnostic, &first.text, source.into_iter().chain(joins));
        Expr::broken(span)
    }
}

impl Typing<'_> {
    /// `hr.people.name`, with the collection instead of the alias: where the collection is named to.
    fn names_the_collection(&self, draft: &Draft, first: &Ident, rest: &[Ident]) -> Option<Span> {
        let (system, source) = (draft.source?, self.collection(draft.source)?);
        let [collection, attribute @ ..] = rest else { return None };
        let is_source = self.env.systems[system.0].name == first.text && source.name == collection.text;
        (is_source && source.attribute(&joined(attribute)).is_some()).then_some(collection.span)
    }

    /// A name that can only be meant for the source's record, which `from` does not give it: said once, there, and not at each use.
    fn forgotten_alias(&self, first: &Ident, from: Span, span: Span) -> Expr {
        let name = &first.text;
        self.env.report.say(forgotten_alias(name, from));
        Expr::broken(span)
    }
}

/// Whose attribute a name is.
#[derive(Clone, Copy)]
enum Of {
    Source,
    Current,
    Joined(usize),
}

/// The error for what a later version makes run.
pub(crate) fn not_yet(code: &'static str, span: Span, what: &str) -> Diagnostic {
    Diagnostic::error(code, span, format!("{what} is not supported yet")).help("leave it out for now")
}

pub(crate) fn joined(names: &[Ident]) -> String {
    names.iter().map(|name| name.text.as_str()).collect::<Vec<_>>().join(".")
}

fn one_name(names: &[Ident]) -> Ident {
    Ident { text: joined(names), span: names[0].span.to(names[names.len() - 1].span) }
}

/// The error for a name that has another one now.
fn name_of_old(span: Span, old: &str, new: &str) -> Diagnostic {
    let diagnostic = Diagnostic::error("E0105", span, format!("`{old}` is written `{new}` here"));
    diagnostic.help(format!("write `{new}`")).fix(Fix::replace(span, new, ""))
}

/// The names that a call may use.
pub(crate) const CALL_NAMES: &[&str] =
    &["since", "page.offset", "page.number", "page.size", "page.cursor", "requested.fields", "requested.parts"];

/// The names that a rule about an answer may use, beside its paths and headers.
pub(crate) const ANSWER_NAMES: &[&str] = &["status", "page.count", "page.size"];

fn answer_name(name: &str) -> Option<(ExprKind, Type)> {
    Some(match name {
        "status" => (ExprKind::Status, Type::present(Kind::Int)),
        "page.count" => (ExprKind::Page(PageName::Count), Type::present(Kind::Int)),
        "page.size" => (ExprKind::Page(PageName::Size), Type::present(Kind::Int)),
        _ => return None,
    })
}

fn call_name(name: &str) -> Option<(ExprKind, Type)> {
    let texts = || Type::present(Kind::List(Box::new(Kind::Text)));
    let page = |name, ty| (ExprKind::Page(name), ty);
    Some(match name {
        "since" => (ExprKind::Since, Type::optional(Kind::DateTime)),
        "page.offset" => page(PageName::Offset, Type::present(Kind::Int)),
        "page.number" => page(PageName::Number, Type::present(Kind::Int)),
        "page.size" => page(PageName::Size, Type::present(Kind::Int)),
        "page.cursor" => page(PageName::Cursor, Type::optional(Kind::Text)),
        "record" => (ExprKind::Sent, Type::present(Kind::Json)),
        "changes" => (ExprKind::Changes, Type::present(Kind::Json)),
        "requested.fields" => (ExprKind::RequestedFields, texts()),
        "requested.parts" => (ExprKind::RequestedParts, texts()),
        _ => return None,
    })
}
