//! Lines about answers that hold for many calls, and the expressions in them: where an answer has its records, totals and pages.

use crate::{
    check::{
        environment::Environment,
        model::{
            expr::{Expr, ExprKind, Operator},
            place::{Page, PageBy, Place as AnswerPlace},
            rules::Outcome,
            system::{Attribute, Call},
        },
        system::{
            elements::names_the_answer,
            list_evidence::{Lists, tells_of_list},
            rules::answer_place,
        },
        types::{OuterLines, Place, SystemPlace, Typing, a_kind},
    },
    diagnose::{Diagnostic, Fix, Span},
    syntax::{
        catalogue,
        tree::{self, CallItem as I, CollectionItem as C, HttpItem, Role, SystemItem},
    },
    value::{Kind, Value, functions::headed, path::JsonPath},
};

/// What an expression about an answer is meant to give.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wanted {
    Items,
    Item,
    Total,
    /// The account that is signed in.
    Account,
    /// A cursor or a link.
    Next,
}

impl Wanted {
    const fn may_be(self, kind: &Kind) -> bool {
        match self {
            Self::Items => matches!(kind, Kind::Json | Kind::List(_)),
            Self::Item => matches!(kind, Kind::Json),
            Self::Total | Self::Next | Self::Account => matches!(kind, Kind::Json | Kind::Text | Kind::Int),
        }
    }

    /// As messages name it.
    const fn words(self) -> &'static str {
        match self {
            Self::Items => "the list of records",
            Self::Item => "a record",
            Self::Total => "a number of records",
            Self::Next => "the mark of the next page",
            Self::Account => "the account that is signed in",
        }
    }
}

/// The lines of calls in a collection or a part.
pub(crate) fn of_collection(items: &[C]) -> Vec<&I> {
    items.iter().filter_map(|item| if let C::Line(line) = item { Some(line) } else { None }).collect()
}

/// The lines of calls in `http`.
pub(crate) fn of_http(system: &tree::System) -> Vec<&I> {
    let https = system.items.iter().filter_map(|item| if let SystemItem::Http(http) = item { Some(http) } else { None });
    https.flat_map(in_http).collect()
}

/// The lines of calls in one `http` block.
pub(crate) fn in_http(http: &tree::Http) -> impl Iterator<Item = &I> {
    http.items.iter().filter_map(|item| if let HttpItem::Line(line) = item { Some(line) } else { None })
}

/// What the format of answers says of the place of a list in them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum AnswerFormat {
    /// It may be anywhere.
    #[default]
    Tree,
    /// Below the one root.
    Xml,
    /// There is nothing else.
    Rows,
}

/// The format of the answers of a system.
pub(crate) fn answer_format(system: &tree::System) -> AnswerFormat {
    let https = system.items.iter().filter_map(|item| if let SystemItem::Http(http) = item { Some(http) } else { None });
    let mut lines = https.flat_map(|http| &http.items);
    let named = lines.find_map(|item| if let HttpItem::Format(name) = item { Some(&*name.text) } else { None });
    match named {
        Some("csv" | "json_lines") => AnswerFormat::Rows,
        Some("xml") => AnswerFormat::Xml,
        _ => AnswerFormat::Tree,
    }
}

/// `missing as VALUE,…` of `http`.
pub(crate) fn missing_in(system: &tree::System) -> Vec<serde_json::Value> {
    let https = system.items.iter().filter_map(|item| if let SystemItem::Http(http) = item { Some(http) } else { None });
    let lines = https.flat_map(|http| &http.items);
    lines.filter_map(|item| if let HttpItem::MissingAs(missing) = item { Some(&missing.values) } else { None }).flatten().cloned().collect()
}

/// Gives an attribute the values that stand for missing in its system, unless it has its own, but for ordinary ones of its type.
pub(crate) fn reads_as_missing(attribute: &mut Attribute, missing: &[serde_json::Value]) {
    if !attribute.codec.missing_as.is_empty() {
        return;
    }
    let ordinary = |value: &serde_json::Value| match attribute.ty.kind {
        Kind::Bool => value.is_boolean(),
        Kind::Int | Kind::Decimal => value.is_number(),
        Kind::List(_) => value.is_array(),
        // Raw JSON is of no type, so any value in it may be meant. Who knows better says so at the attribute.
        Kind::Json => true,
        _ => false,
    };
    attribute.codec.missing_as = missing.iter().filter(|value| !ordinary(value)).cloned().collect();
    if attribute.is_clearable() && attribute.clear_as.is_none() {
        attribute.clear_as = attribute.codec.missing_as.first().cloned();
    }
}

/// The lines that hold for a call: its own, then those of the collection and of `http` that fit it and that nothing nearer says.
pub(crate) fn for_call<'t>(written: &'t tree::Call, outer: OuterLines<'t>) -> Vec<&'t I> {
    let mut lines: Vec<&I> = written.items.iter().collect();
    for further in [outer.collection, outer.http] {
        let near = lines.clone();
        lines.extend(further.iter().filter(|line| fits(line, &written.role) && !near.iter().any(|own| says_the_same(own, line))));
    }
    let pages = lines.iter().any(|line| matches!(line, I::Page(_)));
    let is_own = |line: &I| written.items.iter().any(|own| std::ptr::eq(own, line));
    lines.retain(|line| pages || is_own(line) || !names_pages(line));
    // Calls of one system may have pages of several kinds: each sends the position of its own.
    if let Some(position) = position_in(&lines).filter(|position| lines.iter().any(|line| position_of(line) == Some(position))) {
        lines.retain(|line| is_own(line) || position_of(line).is_none_or(|other| other == position || other == "size"));
    }
    lines
}

/// The position by which the pages of a call follow one another. A mark is sent as a cursor, beside any other.
fn position_in(lines: &[&I]) -> Option<&'static str> {
    let page = lines.iter().find_map(|line| if let I::Page(page) = line { Some(page) } else { None })?;
    let position = match page.by {
        tree::PageBy::Offset => "offset",
        tree::PageBy::Number => "number",
        tree::PageBy::Cursor(_) => "cursor",
        tree::PageBy::Link(_) => return None,
    };
    (!lines.iter().any(|line| matches!(line, I::Since(_)))).then_some(position)
}

/// What a parameter sends of the page, if it is that alone: `offset` of `query "skip" = page.offset`.
fn position_of(line: &I) -> Option<&str> {
    let (I::Query(sent) | I::Header(sent)) = line else { return None };
    match &sent.value.kind {
        tree::ExprKind::Name(names) if names.len() == 2 && names[0].text == "page" => Some(&names[1].text),
        _ => None,
    }
}

fn fits(line: &I, role: &Role) -> bool {
    let word = match line {
        // What it names is the account, and no record.
        I::Item(_) if matches!(role, Role::Verify) => return false,
        I::Items(_) => "items",
        I::Item(_) => "item",
        I::Total { .. } => "total",
        I::Page(_) => "page",
        I::Since(_) => "since",
        _ if names_pages(line) => return matches!(role, Role::List | Role::Find(_)),
        _ => return true,
    };
    catalogue::only_in("a call", word).contains(&role.word())
}

fn says_the_same(own: &I, line: &I) -> bool {
    match (own, line) {
        (I::Query(own), I::Query(line)) => own.name.text == line.name.text,
        (I::Header(own), I::Header(line)) => own.name.text.eq_ignore_ascii_case(&line.name.text),
        _ => std::mem::discriminant(own) == std::mem::discriminant(line),
    }
}

/// Whether a parameter names what only lists have.
fn names_pages(line: &I) -> bool {
    match line {
        I::Query(line) | I::Header(line) => line.names_a_page(),
        _ => false,
    }
}

impl Environment<'_> {
    /// Where an answer has something: one place, or an expression that can be read backwards.
    pub fn answer_value(&self, written: &tree::Expr, place: &SystemPlace<'_>, wanted: Wanted) -> Option<AnswerPlace<Expr>> {
        match &written.kind {
            tree::ExprKind::Path(path) => {
                let path = self.path(path)?;
                return (wanted != Wanted::Items || self.is_one_list(&path, written.span)).then_some(AnswerPlace::Path(path));
            }
            tree::ExprKind::Header(name) if matches!(wanted, Wanted::Total | Wanted::Next | Wanted::Account) => {
                return Some(AnswerPlace::Header(name.text.clone()));
            }
            tree::ExprKind::Name(names) => {
                self.lacks_dollar(names, written);
                return None;
            }
            _ => {}
        }
        let value = Typing::new(self, Place::System(answer_place(place))).expr(written);
        if value.is_broken() || !self.reads_backwards(&value) || !self.is_what_is_wanted(&value, wanted) {
            return None;
        }
        Some(AnswerPlace::Made(value))
    }

    /// `items data.items`
    fn lacks_dollar(&self, names: &[tree::Ident], written: &tree::Expr) {
        let native = format!("$.{}", crate::check::types::joined(names));
        let diagnostic = Diagnostic::error("E0105", written.span, "a path begins with `$`");
        // What an answer has beside its body has a name of its own, and may have been meant.
        if let Some(name) = names.first().filter(|name| matches!(&*name.text, "status" | "header" | "page")) {
            let help = format!("write `{native}` for a member of the body: `{}` alone is that of the answer, and no record", name.text);
            return self.report.say(diagnostic.help(help));
        }
        self.report.say(diagnostic.help(format!("write `{native}`")).fix(Fix::replace(written.span, native, "")));
    }

    /// The stand-in of a system writes answers by the same lines, so only what can be undone may be in them.
    pub fn reads_backwards(&self, value: &Expr) -> bool {
        let mut wrong = None;
        value.walk(&mut |part| {
            let undone = match &part.kind {
                ExprKind::Answer(_) | ExprKind::Header(_) | ExprKind::Constant(_) | ExprKind::Default(..) => true,
                ExprKind::Record(_) | ExprKind::List(_) | ExprKind::Lookup { .. } | ExprKind::ReadAs { .. } | ExprKind::At { .. } => true,
                ExprKind::Apply { function, .. } => headed::is_headed(function.0.name),
                ExprKind::Arithmetic(operator, ..) => *operator == Operator::Add && part.ty.kind == Kind::Json,
                _ => false,
            };
            if !undone {
                wrong.get_or_insert(part.span);
            }
        });
        if let Some(span) = wrong {
            let message = "this can't be read backwards, so no answer can be made from it";
            let help = "use paths, `??`, records in `{ }`, `+` between records, `lookup` and `headed`";
            self.report.error_help("E0550", span, message, help);
        }
        wrong.is_none()
    }

    fn is_what_is_wanted(&self, value: &Expr, wanted: Wanted) -> bool {
        let kind = &value.ty.kind;
        if !wanted.may_be(kind) {
            let message = format!("this is to give {}, and it is {}", wanted.words(), a_kind(kind));
            self.report.error_help("E0303", value.span, message, "write a path such as `$.data`");
            return false;
        }
        self.rows_are_headed(value, wanted) && self.no_lists_are_added(value, wanted) && self.is_of_the_answer(value, wanted)
    }

    /// `headed` is said of the rows of a list, in `items` alone.
    fn rows_are_headed(&self, value: &Expr, wanted: Wanted) -> bool {
        let is_headed = |part: &Expr| matches!(&part.kind, ExprKind::Apply { function, .. } if headed::is_headed(function.0.name));
        let is_no_list = |rows: &Expr| !matches!(rows.kind, ExprKind::Answer(_) | ExprKind::Default(..));
        let wrong = value.any(&|part| is_headed(part) && (wanted != Wanted::Items || part.children().into_iter().any(is_no_list)));
        if wrong {
            let message = "`headed` makes records of the rows in an answer, and this is something else";
            self.report.error_help("E0303", value.span, message, "write it after the place of the rows: `items $.values | headed`");
        }
        !wrong
    }

    fn no_lists_are_added(&self, value: &Expr, wanted: Wanted) -> bool {
        let wrong = wanted == Wanted::Items && value.any(&|part| matches!(part.kind, ExprKind::Arithmetic(..)));
        if wrong {
            let message = "lists of an answer can't be added: of two JSON values, the right one takes the place of the left one";
            let help = "write a `list` statement for each list, or `??` between places of which one has it";
            self.report.error_help("E0550", value.span, message, help);
        }
        !wrong
    }

    fn is_of_the_answer(&self, value: &Expr, wanted: Wanted) -> bool {
        let invented = match wanted {
            Wanted::Total | Wanted::Next | Wanted::Account => invents(value),
            Wanted::Items => invents_records(value),
            Wanted::Item => !value.any(&names_the_answer),
        };
        if invented {
            self.is_invented(wanted.words(), value);
        }
        !invented && self.is_at_one_place(value, wanted)
    }

    /// A list, a number and a mark are read as they are, at one place or another; of a record alone something may be made.
    fn is_at_one_place(&self, value: &Expr, wanted: Wanted) -> bool {
        if wanted == Wanted::Item {
            return true;
        }
        let makes = |part: &Expr| match &part.kind {
            ExprKind::Record(_) | ExprKind::Arithmetic(..) | ExprKind::Lookup { .. } => true,
            ExprKind::List(_) => !is_empty_list(part),
            _ => false,
        };
        if value.any(&makes) {
            let message = format!("{} is at a place of the answer, and this makes something else of it", wanted.words());
            let help = match (&value.kind, wanted) {
                (ExprKind::List(places), Wanted::Items) if places.len() == 1 => {
                    format!("write `items {}`: a `find by` may have its one record there, without a list", self.text(places[0].span))
                }
                (_, Wanted::Items) => {
                    "write the path of the list, such as `items $.data`; what a record is made of is said inside of it: `items $.data { item { … } }`".into()
                }
                _ => "write its path, or `??` between the places of which one has it".into(),
            };
            self.report.error_help("E0550", value.span, message, help);
            return false;
        }
        let paths = paths_in(value);
        wanted != Wanted::Items || paths.iter().all(|path| self.is_one_list(path, value.span))
    }

    /// All records of a page are in one list. What takes some of its elements, or finds them at any depth, shows no list.
    fn is_one_list(&self, path: &JsonPath, span: Span) -> bool {
        let Some(what) = path.strays() else { return true };
        let message = format!("the records of a page are one list, and {what}");
        let help = "write the path of the whole list, such as `items $.data`; which records it shows is said by `where`";
        self.report.error_help("E0550", span, message, help);
        false
    }

    /// A total is beside the list that it counts, and a format of its own has its list at a place of its own.
    pub fn places_fit(&self, call: &Call, lines: &[&I], (format, role): (AnswerFormat, &Role)) {
        let items = call.items.as_ref().map(paths_of).unwrap_or_default();
        let written = |wanted: fn(&&I) -> Option<Span>| lines.iter().find_map(wanted);
        let total = call.total.as_ref().map(paths_of).unwrap_or_default();
        let inside = |total: &JsonPath| !items.is_empty() && items.iter().all(|items| is_of_list(&total.text, &items.text));
        if let Some(span) = written(|line| if let I::Total { at, .. } = line { Some(at.span) } else { None })
            && total.iter().any(inside)
        {
            let help = "name the place of the number, such as `total $.total`, or leave the line out";
            self.report.error_help("E0550", span, "here are the records themselves, and no number of them", help);
        }
        let Some(span) = written(|line| if let I::Items(items) = line { Some(items.at.span) } else { None }) else { return };
        // A look-up may answer with the one record itself.
        let is_shallow = |path: &JsonPath| path.outline().len() < if matches!(role, Role::Find(_)) { 1 } else { 2 };
        match format {
            AnswerFormat::Rows if items.iter().any(|path| path.text != "$") => {
                let message = "an answer of rows is nothing but the list, so there is no such place in it";
                self.report.error_help("E0550", span, message, "write `items $`, or take the line out");
            }
            AnswerFormat::Xml if items.iter().any(is_shallow) => {
                let message = "an XML document has one root, and the list is inside of it";
                self.report.error_help("E0550", span, message, "name the root and the elements: `items $.people.person`");
            }
            _ => {}
        }
    }

    pub(super) fn is_invented(&self, what: &str, value: &Expr) {
        let message = format!("{what} has to be in the answer: a value that is written here would be taken for one that was read");
        self.report.error_help("E0551", value.span, message, "name only places of the answer");
    }

    /// Records that may be missing, `items $.users ?? []`, need other evidence that the answer is a page at all.
    pub fn emptiness_is_proved(&self, call: &Call, lines: &[&I]) {
        let Some(AnswerPlace::Made(value)) = &call.items else { return };
        let may_be_empty = value.any(&|part| matches!(&part.kind, ExprKind::Default(_, default) if is_empty_list(default)));
        if !may_be_empty || lines.iter().any(|line| matches!(line, I::Total { optional: false, .. })) {
            return;
        }
        let help = "add a `total`, or a rule such as `done when $.kind == \"users\"`";
        let places = call.items.as_ref().map(paths_of).unwrap_or_default();
        let is_in_record = call.path.any(&|part| matches!(part.kind, ExprKind::Parent(_)));
        let lists = Lists { places: &places, is_in_record };
        let idle = call
            .rules
            .outcomes
            .iter()
            .find(|rule| rule.outcome == Outcome::Done && !rule.when.any(&Expr::is_broken) && !tells_of_list(&rule.when, &lists));
        let message = "an answer without its records is taken for an empty list, and nothing shows that it is a page at all";
        let diagnostic = Diagnostic::error("E0552", value.span, message).help(help);
        match idle {
            Some(rule) => self.report.say(
                diagnostic.related(rule.span, "this may also hold for an outage: it asks for nothing that is there with the list alone"),
            ),
            None if !call.rules.are_closed() => self.report.say(diagnostic),
            None => {}
        }
    }

    /// `page by cursor $.users[-1].id`: the cursor is an attribute of the last record.
    pub fn cursor_of_last_record(&self, call: &mut Call, place: &SystemPlace<'_>) {
        // The attributes of a record that is made from an element are at other places than in the answer.
        let items = call.items.as_ref().filter(|_| call.element.as_ref().is_none_or(|element| element.item.is_none()));
        let items = items.map(paths_of).unwrap_or_default();
        let Some(Page { by, .. }) = &mut call.page else { return };
        let PageBy::Cursor(AnswerPlace::Path(cursor)) = &*by else { return };
        let Some(rest) = items.iter().find_map(|items| cursor.text.strip_prefix(&*items.text)?.strip_prefix("[-1]")) else { return };
        let attributes = place.attributes.unwrap_or_default();
        if let Some(at) = attributes.iter().position(|attribute| attribute.path.text.strip_prefix('$') == Some(rest)) {
            *by = PageBy::Last(at);
        }
    }
}

/// Whether a value is, or may be, one that is written in the file.
pub(super) fn invents(value: &Expr) -> bool {
    !value.is_broken() && (!value.any(&names_the_answer) || value.any(&|part| part.as_constant().is_some()))
}

/// Whether a list has records that are written in the file. That it may be empty is another matter.
fn invents_records(value: &Expr) -> bool {
    match &value.kind {
        ExprKind::Default(first, rest) => invents_records(first) || !is_empty_list(rest) && invents_records(rest),
        _ => invents(value),
    }
}

fn is_empty_list(value: &Expr) -> bool {
    match &value.kind {
        ExprKind::List(items) => items.is_empty(),
        ExprKind::Constant(Value::List(items)) => items.is_empty(),
        ExprKind::Constant(Value::Json(json)) => json.as_array().is_some_and(Vec::is_empty),
        _ => false,
    }
}

/// The paths that a place tries, in their order.
fn paths_of(place: &AnswerPlace<Expr>) -> Vec<JsonPath> {
    match place {
        AnswerPlace::Path(path) => vec![path.clone()],
        AnswerPlace::Header(_) => Vec::new(),
        AnswerPlace::Made(value) => paths_in(value),
    }
}

/// The paths of the answer that an expression names.
fn paths_in(value: &Expr) -> Vec<JsonPath> {
    let mut paths = Vec::new();
    value.walk(&mut |part| {
        if let ExprKind::Answer(path) = &part.kind {
            paths.push(path.clone());
        }
    });
    paths
}

/// Whether a path leads to a list, or to a member of the list itself. A list has no members, so the second finds nothing.
fn is_of_list(path: &str, list: &str) -> bool {
    path.strip_prefix(list).is_some_and(|rest| rest.is_empty() || rest.starts_with('.') || rest.starts_with("[\""))
}
