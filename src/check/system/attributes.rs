//! `NAME : TYPE …`: how an attribute is read and written, and what its words allow.

use crate::check::{
    environment::Environment,
    model::{
        Owner, SettingId,
        request::InPart,
        system::{Attribute, Encoding, FormSource},
        wire::{Access, Direction},
    },
    types::{SystemPlace, a_kind},
};
use crate::{
    diagnose::{Diagnostic, Fix, Span},
    syntax::tree::{self, AttributeWord as W, ExprKind, FormatName},
    value::{
        Kind, Type, Value,
        civil::{self, PatternError, PatternParts},
        format::Form,
        path::JsonPath,
    },
};
use thiserror::Error;

/// The part that an attribute belongs to.
#[derive(Clone, Copy)]
pub(crate) struct Part<'a> {
    /// In the collection.
    pub index: usize,
    pub name: &'a str,
    /// Where the part is in the record.
    pub at: Option<&'a JsonPath>,
    pub written_at: Option<&'a JsonPath>,
    /// It is written by calls of its own.
    pub has_calls: bool,
}

impl Environment<'_> {
    pub fn attribute_declared(&self, written: &tree::Attribute, place: &SystemPlace<'_>, part: Option<Part<'_>>) -> Attribute {
        let before = self.report.len();
        let (own_path, unshown) = self.path_of(written, place);
        let mut attribute = self.attribute_at(&written.name.text, written.ty.ty.clone(), own_path, part, written.name.span);
        attribute.unshown = unshown;
        written.words.iter().for_each(|word| self.word(&mut attribute, written, word, place));
        self.no_contradiction(&attribute, written);
        read_only_unless_writable(&mut attribute, part);
        attribute.broken = self.report.len() > before;
        attribute
    }

    /// The path of an attribute, and whether no element shows it.
    fn path_of(&self, written: &tree::Attribute, place: &SystemPlace<'_>) -> (JsonPath, bool) {
        let at = written.words.iter().find_map(|word| if let W::At(path, others, _) = word { Some((path, others)) } else { None });
        let Some((at, others)) = at else {
            let name = &written.name.text;
            if place.fixed.contains(name) {
                return (unshown_path(name), true);
            }
            let message = format!("`{name}` does not say where it is in the record");
            let help = format!("add its JSON path, such as `at $.{name}`");
            self.report.error_help("E0508", written.name.span, message, help);
            return (JsonPath::record(), false);
        };
        let first = self.path_or_root(at);
        let others: Vec<_> = others.iter().filter_map(|other| self.path(other)).collect();
        let path = match others.into_iter().rev().reduce(|last, one| one.or(last)) {
            Some(rest) => first.or(rest),
            None => first,
        };
        (path, false)
    }

    /// An attribute that the system listed.
    pub fn attribute_told(&self, name: &str, ty: &Type, path: JsonPath, part: Option<Part<'_>>, span: Span) -> Attribute {
        let ty = Type { optional: true, ..ty.clone() };
        let mut attribute = Attribute { discovered: true, ..self.attribute_at(name, ty, path, part, span) };
        read_only_unless_writable(&mut attribute, part);
        attribute
    }

    /// An attribute at a path of the record, or of the part that it belongs to.
    fn attribute_at(&self, name: &str, ty: Type, path: JsonPath, part: Option<Part<'_>>, span: Span) -> Attribute {
        let Some(part) = part else { return Attribute::new(name, ty, path, Encoding::default(), span) };
        let (name, whole) = (format!("{}.{name}", part.name), self.path_below(part.at, &path));
        Attribute {
            written_at: part.written_at.map(|at| self.path_below(Some(at), &path)),
            part: Some(InPart { part: part.index, path }),
            ..Attribute::new(&name, ty, whole, Encoding::default(), span)
        }
    }

    fn word(&self, attribute: &mut Attribute, written: &tree::Attribute, word: &W, place: &SystemPlace<'_>) {
        match word {
            W::Unique(_) => attribute.unique = true,
            W::ReadOnly(span) => self.direction(attribute, Direction::ReadOnly, *span),
            W::WriteOnly(span) => self.direction(attribute, Direction::WriteOnly, *span),
            W::CreateOnly(_) => attribute.create_only = true,
            W::IgnoringCase(span) => {
                attribute.comparison.ignoring_case = true;
                self.only_for(attribute, *span, "`ignoring case`", &["text", "list of text"]);
            }
            W::IgnoringOrder(span) => {
                attribute.comparison.ignoring_order = true;
                self.only_for_lists(attribute, *span, "`ignoring order`");
            }
            W::Secret(_) => attribute.secret = true,
            W::Public(_) => attribute.public = true,
            W::Effect(words) => attribute.effect = Some(words.text.clone()),
            W::Opens { when, span } => attribute.access = self.access(attribute, true, when.as_ref(), *span),
            W::Closes { when, span } => attribute.access = self.access(attribute, false, when.as_ref(), *span),
            W::UpTo(length, span) => {
                attribute.up_to = Some(*length);
                self.only_for(attribute, *span, "`up to`", &["text", "list of text"]);
            }
            W::OneOf(values, span) => {
                if values.is_empty() && !self.report.syntax.is_in(*span) {
                    let message = format!("`{}` has no value after `one of`", attribute.name);
                    self.report.error_help("E0510", *span, message, "name the values that it takes, or leave `one of` out");
                }
                attribute.one_of = self.values_of(attribute, values);
            }
            W::Matches(pattern) => {
                attribute.matches = self.regex(pattern);
                self.only_for(attribute, pattern.span, "`matches`", &["text"]);
            }
            W::At(.., absent) => attribute.codec.absent = absent.as_ref().and_then(|value| self.absent(attribute, value)),
            W::WrittenAt(path) => attribute.written_at = self.write_path(path),
            W::Format(format) => self.forms(attribute, written, format, place),
            W::MissingAs(missing) => {
                attribute.clear_as = missing.values.first().cloned();
                attribute.codec.missing_as.clone_from(&missing.values);
            }
            W::FromGet(_) => attribute.from_get = true,
            W::RequestedAs(words) => attribute.requested_as = Some(words.text.clone()),
        }
    }

    fn direction(&self, attribute: &mut Attribute, direction: Direction, span: Span) {
        if attribute.direction != Direction::Both && attribute.direction != direction {
            self.report.error_help(
                "E0510",
                span,
                format!("`{}` can't be both read only and write only", attribute.name),
                "leave one of the two out",
            );
        }
        attribute.direction = direction;
    }

    fn only_for(&self, attribute: &Attribute, span: Span, word: &str, kinds: &[&str]) {
        let kind = attribute.ty.kind.to_string();
        if !kinds.contains(&kind.as_str()) {
            let message = format!("{word} is for {}, and `{}` is {}", kinds[0], attribute.name, a_kind(&attribute.ty.kind));
            self.report.error_help("E0510", span, message, "leave it out");
        }
    }

    fn only_for_lists(&self, attribute: &Attribute, span: Span, word: &str) {
        if !matches!(attribute.ty.kind, Kind::List(_)) {
            let message = format!("{word} is for lists, and `{}` is {}", attribute.name, a_kind(&attribute.ty.kind));
            self.report.error_help("E0510", span, message, "leave it out");
        }
    }

    fn values_of(&self, attribute: &Attribute, values: &[tree::Expr]) -> Vec<Value> {
        let kind = match &attribute.ty.kind {
            Kind::List(item) => item,
            kind => kind,
        };
        values.iter().filter_map(|value| self.constant(value, kind, "E0510")).collect()
    }

    fn access(&self, attribute: &Attribute, opens: bool, when: Option<&tree::Expr>, span: Span) -> Option<Access> {
        let word = if opens { "opens" } else { "closes" };
        let value = match when {
            Some(when) => self.constant(when, &attribute.ty.kind, "E0510")?,
            None if attribute.ty.kind == Kind::Bool => Value::Bool(true),
            None => {
                let message = format!("`{}` is {}: say at which value it {word} the account", attribute.name, a_kind(&attribute.ty.kind));
                self.report.error_help("E0510", span, message, format!("write `{word} when \"…\"`"));
                return None;
            }
        };
        Some(Access { opens, value })
    }

    /// `at $.active ?? false`: the value of an attribute that the record leaves out.
    fn absent(&self, attribute: &Attribute, written: &tree::Expr) -> Option<Value> {
        let name = &attribute.name;
        let (message, help) = if attribute.ty.optional {
            (
                format!("`{name}` is never missing, because it has a value where the record has none"),
                format!("write `{}` without `?`", attribute.ty.kind),
            )
        } else if attribute.part.is_some() {
            (format!("`{name}` belongs to a part, and a record without the part has no `{name}`"), "leave the value out".to_owned())
        } else {
            return self.constant(written, &attribute.ty.kind, "E0510");
        };
        self.report.error_help("E0510", written.span, message, help);
        None
    }

    pub(crate) fn write_path(&self, written: &tree::PathText) -> Option<JsonPath> {
        let path = self.path(written)?;
        if !path.is_writable() {
            let help = "a path that is written has names, indexes and equality filters alone";
            self.report.error_help("E0509", written.span, format!("nothing can be written at `{}`", written.text), help);
        }
        Some(path)
    }

    fn no_contradiction(&self, attribute: &Attribute, written: &tree::Attribute) {
        let name = &attribute.name;
        if attribute.create_only && attribute.direction == Direction::ReadOnly {
            let message = format!("`{name}` can't be both read only and create only");
            self.report.error_help("E0510", written.name.span, message, "leave one of the two out");
        }
        if attribute.clear_as.is_some() && !attribute.ty.optional {
            let message = format!("`{name}` is never empty, so `missing as` does nothing");
            self.report.error_help("E0510", written.name.span, message, format!("make it `{}?`, or leave `missing as` out", attribute.ty));
        }
        if attribute.codec.absent.is_some() && attribute.unique {
            let message = format!("all records without `{name}` would have the same one, and `unique` says that no two do");
            self.report.error_help("E0510", written.name.span, message, "leave out `unique`, or the value after `??`");
        }
        if attribute.ty.kind == Kind::Schedule {
            self.report.error_help("E0510", written.ty.span, "only a setting can be a schedule", "give the attribute another type");
        }
    }

    fn forms(&self, attribute: &mut Attribute, written: &tree::Attribute, format: &FormatName, place: &SystemPlace<'_>) {
        attribute.codec.zone = format.zone.as_ref().and_then(|zone| self.zone(zone));
        let zoned = attribute.codec.zone.is_some() || format.zone.is_some();
        match item_kind(&attribute.ty.kind) {
            Kind::Bool => attribute.codec.forms = self.truth(format),
            Kind::Date | Kind::DateTime => {
                let kind = item_kind(&attribute.ty.kind).clone();
                attribute.codec.forms = format.forms.iter().filter_map(|form| self.time_form(form, &kind, zoned, place)).collect();
                self.tells_forms_apart(&attribute.codec.forms, &kind, format.span);
            }
            kind => {
                let message = format!("`{}` is {}, and only dates, datetimes and bools have a format", written.name.text, a_kind(kind));
                self.report.error_help("E0505", format.span, message, "leave `format` out");
            }
        }
    }

    /// Of several forms each value has one reading: the first form that fits would decide silently.
    fn tells_forms_apart(&self, forms: &[FormSource], kind: &Kind, span: Span) {
        let fixed: Vec<&Form> =
            forms.iter().filter_map(|form| if let FormSource::Fixed(form) = form { Some(form) } else { None }).collect();
        let pairs = fixed.iter().enumerate().flat_map(|(at, one)| fixed[at + 1..].iter().map(move |other| (*one, *other)));
        let twofold = pairs.into_iter().find_map(|(one, other)| Some((one, other, Form::read_differently(kind, one, other)?)));
        if let Some((one, other, text)) = twofold {
            let what = if *kind == Kind::DateTime { "instants" } else { "days" };
            let message = format!("`{text}` has two meanings: `{}` and `{}` read different {what} from it", one.written(), other.written());
            self.report.error_help("E0505", span, message, "keep the one that the system writes");
        }
    }

    /// A zone by its name, or none once it has been refused.
    pub fn zone(&self, written: &tree::Words) -> Option<String> {
        if civil::zone(&written.text).is_some() {
            return Some(written.text.clone());
        }
        let known = jiff::tz::db().available().map(|name| name.to_string()).filter(|name| civil::zone(name).is_some()).collect::<Vec<_>>();
        let diagnostic = Diagnostic::error("E0506", written.span, format!("`{}` is not the name of a time zone", written.text));
        self.report.say(match crate::check::suggest::closest(&written.text, known.iter().map(String::as_str))[..] {
            [near] => diagnostic.help(format!("did you mean `{near}`?")).fix(Fix::replace(written.span, format!("\"{near}\""), "")),
            _ => diagnostic.help("write a region and a city, such as `Europe/Paris`, or `UTC`"),
        });
        None
    }

    fn truth(&self, format: &FormatName) -> Vec<FormSource> {
        let texts: Vec<_> = format.forms.iter().filter_map(|form| self.plain(form)).collect();
        if let ([yes, no], 2) = (&texts[..], format.forms.len()) {
            if yes == no {
                self.report.error_help("E0505", format.span, "true and false can't be written alike", "write two different texts");
            }
            return vec![FormSource::Fixed(Form::Truth(yes.clone(), no.clone()))];
        }
        self.report.error_help(
            "E0505",
            format.span,
            "the format of a bool is two texts",
            "write the text of true, then that of false: `format \"yes\" or \"no\"`",
        );
        Vec::new()
    }

    fn time_form(&self, form: &tree::Expr, kind: &Kind, zoned: bool, place: &SystemPlace<'_>) -> Option<FormSource> {
        match &form.kind {
            ExprKind::Text(_) => {
                let pattern = self.plain(form)?;
                self.pattern_fits(&pattern, kind, zoned, form.span);
                Some(FormSource::Fixed(Form::Pattern(pattern)))
            }
            ExprKind::Name(names) if names.len() == 1 && matches!(names[0].text.as_str(), "unix_seconds" | "unix_milliseconds") => {
                let unit = names[0].text.as_str();
                if *kind == Kind::Date && !zoned {
                    let help = format!("add the zone of the day: `format {unit} in \"UTC\"`");
                    let what = unit.trim_start_matches("unix_");
                    let message = format!("{what} since 1970 are an instant, and a date is a day of some zone");
                    self.report.error_help("E0505", form.span, message, help);
                }
                Some(FormSource::Fixed(if unit == "unix_seconds" { Form::UnixSeconds } else { Form::UnixMilliseconds }))
            }
            ExprKind::Name(names) if names.len() == 2 && names[0].text == "setting" => self.setting_form(&names[1], kind, zoned, place),
            ExprKind::Broken => None,
            _ => {
                let help = "write a pattern such as `\"%d/%m/%Y\"`, `unix_seconds`, `unix_milliseconds`, or `setting.x`";
                self.report.error_help("E0505", form.span, "this is not a format", help);
                None
            }
        }
    }

    fn setting_form(&self, name: &tree::Ident, kind: &Kind, zoned: bool, place: &SystemPlace<'_>) -> Option<FormSource> {
        let Some(setting) = place.settings.iter().find(|setting| setting.name == name.text && !setting.secret) else {
            let diagnostic =
                Diagnostic::error("E0205", name.span, format!("there is no setting `{}` here", name.text)).label("not declared");
            let there_is = place.settings.iter().filter(|one| !one.secret).map(|one| one.name.as_str());
            self.report.say(crate::check::suggest::suggest(diagnostic, &name.text, name.span, there_is));
            return None;
        };
        let patterns = setting.choices.iter().chain(&setting.default).filter_map(Value::as_text);
        for pattern in patterns {
            self.pattern_fits(pattern, kind, zoned, setting.span);
        }
        self.report.uses(setting.span);
        Some(FormSource::Setting(SettingId { owner: Owner::System(place.system.to_owned()), name: setting.name.clone() }))
    }

    fn pattern_fits(&self, pattern: &str, kind: &Kind, zoned: bool, span: Span) {
        if let Err(why) = check_format(pattern, kind, zoned) {
            self.report.error_help(
                "E0505",
                span,
                format!("the format `{pattern}` {why}"),
                "write it as in `\"%d/%m/%Y\"` or `\"%Y-%m-%dT%H:%M:%S\" in \"UTC\"`",
            );
        }
    }
}

fn read_only_unless_writable(attribute: &mut Attribute, part: Option<Part<'_>>) {
    let inline = attribute.written_at.as_ref().unwrap_or(&attribute.path).is_writable();
    let by_calls = part.is_some_and(|part| part.has_calls) && attribute.part.as_ref().is_some_and(|own| own.path.is_writable());
    if !inline && !by_calls {
        attribute.direction = Direction::ReadOnly;
    }
}

/// Why a pattern is not the format of a day or an instant, worded to follow the pattern.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub(crate) enum FormatError {
    #[error(transparent)]
    Pattern(#[from] PatternError),
    #[error("needs a day, a month and a year")]
    NoDay,
    #[error("has no time of day, and a datetime needs one")]
    NoTime,
    #[error("has no offset, so it needs a zone after it")]
    NoOffset,
}

/// Checks that a pattern is the format of a day or an instant.
///
/// # Errors
/// What the pattern lacks.
pub(crate) fn check_format(pattern: &str, kind: &Kind, zoned: bool) -> Result<(), FormatError> {
    let PatternParts { day, time, offset } = civil::check_pattern(pattern)?;
    match kind {
        _ if !day => Err(FormatError::NoDay),
        Kind::DateTime if !time => Err(FormatError::NoTime),
        Kind::DateTime if !offset && !zoned => Err(FormatError::NoOffset),
        _ => Ok(()),
    }
}

fn item_kind(kind: &Kind) -> &Kind {
    if let Kind::List(item) = kind { item } else { kind }
}

/// Where the value of an attribute is put that no element shows: at a member that no system has.
fn unshown_path(name: &str) -> JsonPath {
    JsonPath::parse(&format!("$[\"({name})\"]")).unwrap_or_else(|_| JsonPath::record())
}
