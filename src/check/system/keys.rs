//! `key ATTR,…`: the attributes that name a record, what they may be, and which calls have to name all of them.

use super::call_names::always_sent;
use crate::{
    check::{
        environment::Environment,
        model::{
            expr::{Expr, ExprKind},
            key::Key,
            system::{Attribute, Call, Collection},
            wire::Direction,
        },
        types::{SystemPlace, a_kind, joined},
    },
    diagnose::{Diagnostic, Span},
    syntax::tree,
    value::Kind,
};

impl Environment<'_> {
    /// The attributes that a `key` names.
    pub fn key(&self, names: &[Vec<tree::Ident>], place: &SystemPlace<'_>) -> Key {
        let attributes = place.attributes.unwrap_or_default();
        let (mut key, mut fits) = (Key::default(), true);
        for name in names {
            let Some(at) = self.attribute_named(place, &joined(name), span_of(name)) else { continue };
            if key.has(at) {
                let message = format!("`{}` is named twice in this key", attributes[at].name);
                self.report.error_help("E0513", span_of(name), message, "name each attribute once");
            } else {
                key.0.push(at);
            }
            fits &= self.fits_a_key(&attributes[at], span_of(name), names.len() > 1);
        }
        // A key that was refused is not known, so no call is asked to name it.
        if fits { key } else { Key::default() }
    }

    fn fits_a_key(&self, attribute: &Attribute, span: Span, several: bool) -> bool {
        let name = &attribute.name;
        let (message, help) = if !matches!(attribute.ty.kind, Kind::Text | Kind::Int) {
            let message = format!("a key is a text or a whole number, and `{name}` is {}", a_kind(&attribute.ty.kind));
            (message, "name the attribute that the system calls a record by")
        } else if attribute.direction == Direction::WriteOnly {
            (format!("`{name}` is write only, so no record can be named by it"), "name an attribute that can be read")
        } else if attribute.codec.absent.is_some() {
            (format!("all records without `{name}` would have the same key"), "leave out the value after `??`")
        } else if attribute.part.is_some() {
            (format!("`{name}` belongs to a part, which a record may lack"), "name an attribute of the record itself")
        } else if attribute.ty.optional {
            let why = if several { "a record is named by all of its key" } else { "without its key no record is known" };
            (format!("`{name}` may be missing, and {why}"), "take the `?` out, or leave it out of the key")
        } else {
            return true;
        };
        self.report.say(Diagnostic::error("E0513", span, message).related(attribute.span, "declared here").help(help));
        false
    }

    /// A look-up that does not send what it looks for answers the same for everybody: its silence would prove that nobody is there.
    pub fn finds_send_what_they_look_for(&self, collection: &Collection) {
        for (by, call) in &collection.finds {
            let mut sent = always_sent(call).filter(|(_, expr)| is_made_of(expr, &|named| named == *by));
            if sent.any(|(_, expr)| !self.is_the_same_for_many(expr, *by)) || self.report.has_error_in(call.span) {
                continue;
            }
            let name = &collection.attributes[*by].name;
            let message = format!("`find by {name}` does not send `{name}`: it is not in its address, a query, a header or its body");
            let help = format!("name `{name}` where nothing leaves it out, such as `query \"{name}\" = {name}`");
            let attribute = collection.attributes[*by].span;
            self.report.say(Diagnostic::error("E0545", call.span, message).related(attribute, "declared here").help(help));
        }
    }

    /// A table with `else` gives one value for all that it does not list, so nobody may have that value though somebody has the other.
    fn is_the_same_for_many(&self, sent: &Expr, by: usize) -> bool {
        let with_else = |table: &usize| self.tables.get(*table).is_some_and(|table| table.default.is_some());
        sent.any(&|part| match &part.kind {
            ExprKind::Lookup { value, table } => with_else(table) && value.any(&|part| matches!(part.kind, ExprKind::Own(at) if at == by)),
            _ => false,
        })
    }

    /// What reads or changes one record needs to know which one that is.
    pub fn has_a_key(&self, collection: &Collection) {
        let Collection { get, update, delete, .. } = collection;
        let calls = [("get", get), ("update", update), ("delete", delete)];
        let Some((what, call)) = calls.into_iter().find_map(|(what, call)| Some((what, call.as_ref()?))) else { return };
        if collection.key.is_none() && collection.key_span.is_none() && !collection.broken {
            let message = format!("`{}` has no key, so `{what}` can't say which of its records it is for", collection.name);
            let diagnostic = Diagnostic::error("E0401", collection.name_span, message).related(call.span, "declared here");
            self.report.say(diagnostic.help("add a line such as `key id` to the collection"));
        }
    }

    /// A call for one record names it, or it would concern other records too: by all attributes of a key of several.
    pub fn calls_name_the_key(&self, collection: &Collection) {
        let Collection { get, create, update, delete, named, .. } = collection;
        let others = [("get", get), ("update", update), ("delete", delete)];
        let others = others.into_iter().filter_map(|(what, call)| Some((what, call.as_ref()?)));
        if let Some(key) = collection.key.alone() {
            return others.for_each(|(what, call)| self.names_one_record(collection, key, what, call));
        }
        if !collection.key.is_several() {
            return;
        }
        others.for_each(|(what, call)| self.names_all_of_key(collection, what, call));
        named.iter().for_each(|(name, call)| self.names_all_of_key(collection, name, call));
        create.iter().for_each(|call| self.create_tells_key(collection, call));
        let told = [create, update].into_iter().flatten().filter_map(|call| call.key.as_ref());
        for key in told
            .filter(|key| !self.report.has_error_in(key.span))
            .chain([create, update, delete].into_iter().flatten().flat_map(|call| call.each.iter().filter_map(|each| each.key.as_ref())))
        {
            let message = format!("a record of `{}` is named by {} together, and this is one value", collection.name, both(collection));
            self.report.error_help(
                "E0545",
                key.span,
                message,
                "take it out: the key is what was sent, and what the record of the answer shows",
            );
        }
    }

    /// What no element shows is known where lists fix it, and where a call asks by it.
    pub fn unshown_is_known(&self, collection: &Collection) {
        for (at, attribute) in collection.attributes.iter().enumerate().filter(|(_, attribute)| attribute.unshown) {
            let by_get = collection.get.is_some() && !collection.key.is_none() && !collection.key.has(at);
            let by_find =
                || collection.finds.iter().find(|(by, _)| *by != at).map(|(by, _)| format!("find by {}", collection.attributes[*by].name));
            let Some(call) = by_get.then(|| "get".to_owned()).or_else(by_find) else { continue };
            let name = &attribute.name;
            let message = format!("`{name}` is known from the `where` of the lists alone, and `{call}` would not show it");
            self.report.error_help("E0508", attribute.span, message, format!("say where the record has it, such as `at $.{name}`"));
        }
    }

    /// The key, or another attribute that only one record has. What an update changes says neither.
    fn names_one_record(&self, collection: &Collection, key: usize, what: &str, call: &Call) {
        let names_one = |at: usize| at == key || collection.attributes[at].unique;
        // An address that was refused may be meant to name it, and so may the results of a batch that are missing.
        if self.report.has_error_in(call.path.span)
            || self.report.has_said("E0521", call.span)
            || names_always(call, &names_one)
            || sends_key(collection, key, call)
            || batch_names_its_records(what, call)
        {
            return;
        }
        let name = &collection.attributes[key].name;
        let message = format!("`{what}` does not name its record: `{name}` is not in its address, a query, a header or its body");
        let help = match foreign_name(call) {
            Some(foreign) => format!("a value in an address is written in braces: `{{{name}}}` in place of `:{foreign}`"),
            None => format!("name `{name}`, or another attribute that is `unique`, where nothing leaves it out"),
        };
        self.report.say(Diagnostic::error("E0545", call.span, message).related(key_span(collection), "the key").help(help));
    }

    /// A call that a pipeline makes for one record: by a name that several have it would concern each of them. A key of several is
    /// asked of the system itself.
    pub fn used_call_names_one_record(&self, collection: &Collection, name: &tree::Ident, call: &Call) {
        let Some(key) = collection.key.alone() else { return };
        let names_one = |at: usize| at == key || collection.attributes[at].unique;
        if self.report.has_error_in(call.span) || names_always(call, &names_one) {
            return;
        }
        let mut sent = (0..collection.attributes.len()).filter(|at| names_always(call, &|named| named == *at));
        let names = match sent.next() {
            Some(at) => format!("names its record by `{}`, which several records may have", collection.attributes[at].name),
            None => "does not name its record".to_owned(),
        };
        let key = &collection.attributes[key].name;
        let help = format!("name `{key}`, or another attribute that is `unique`, in its address, a query or its body");
        let message = format!("`call {}` {names}", name.text);
        self.report.say(Diagnostic::error("E0545", name.span, message).related(call.span, "declared here").help(help));
    }

    fn names_all_of_key(&self, collection: &Collection, what: &str, call: &Call) {
        let missing = collection.key.attributes().find(|at| !names_always(call, &|named| named == *at));
        let missing = missing.filter(|_| !self.report.has_error_in(call.path.span));
        if let Some(at) = missing {
            let name = &collection.attributes[at].name;
            let message =
                format!("`{what}` does not name `{name}`, and a record of `{}` is named by {} together", collection.name, both(collection));
            let help = format!("put `{name}` into its address, a query or its body");
            self.report.say(Diagnostic::error("E0545", call.span, message).related(key_span(collection), "the key").help(help));
        }
    }

    /// The key of a new record is what its create sends, or what the answer shows of it.
    fn create_tells_key(&self, collection: &Collection, call: &Call) {
        let unknown = collection.key.attributes().find(|at| {
            let attribute = &collection.attributes[*at];
            let in_record = call.carried.record && attribute.direction != Direction::ReadOnly && attribute.is_in_body();
            attribute.unshown && !in_record && !names_always(call, &|named| named == *at)
        });
        if let Some(at) = unknown {
            let name = &collection.attributes[at].name;
            let message = format!("`create` neither sends `{name}` nor gets it back, so nothing would say which record it made");
            let help = format!("put `{name}` into its address, a query or its body, or say where the record has it: `at $.{name}`");
            self.report.say(
                Diagnostic::error("E0545", call.span, message).related(collection.attributes[at].span, "no element shows it").help(help),
            );
        }
    }
}

/// Whether the body of a batch is made of its records, which have their keys. An update sends what it changes of them, without a key.
fn batch_names_its_records(what: &str, call: &Call) -> bool {
    let has = |wanted: fn(&ExprKind) -> bool| call.sent().any(|sent| sent.any(&|part| wanted(&part.kind)));
    let by_default = || what != "update" && !has(|kind| matches!(kind, ExprKind::Each(_)));
    call.batch.is_some() && (has(|kind| matches!(kind, ExprKind::Sent)) || by_default())
}

/// Whether a call sends the record with its key.
fn sends_key(collection: &Collection, key: usize, call: &Call) -> bool {
    let attribute = &collection.attributes[key];
    let sends_record = call.sent().any(|sent| sent.any(&|part| matches!(part.kind, ExprKind::Sent)));
    sends_record && attribute.direction != Direction::ReadOnly && attribute.is_in_body()
}

/// Whether a call names such an attribute, whatever the record and the settings have.
fn names_always(call: &Call, wanted: &dyn Fn(usize) -> bool) -> bool {
    always_sent(call).any(|(_, expr)| is_made_of(expr, wanted))
}

/// Whether a value is made of such an attribute in each case. What is only asked about is not told.
fn is_made_of(expr: &Expr, wanted: &dyn Fn(usize) -> bool) -> bool {
    match &expr.kind {
        ExprKind::Own(at) => wanted(*at),
        ExprKind::If(_, then, Some(otherwise)) => is_made_of(then, wanted) && is_made_of(otherwise, wanted),
        ExprKind::Default(value, _) => is_made_of(value, wanted),
        ExprKind::If(_, _, None) | ExprKind::Not(_) | ExprKind::And(..) | ExprKind::Or(..) | ExprKind::Compare(..) => false,
        ExprKind::In { .. } | ExprKind::Matches(..) | ExprKind::Is(..) => false,
        _ => expr.children().into_iter().any(|part| is_made_of(part, wanted)),
    }
}

/// The key as a sentence names it: `group` and `account`.
fn both(collection: &Collection) -> String {
    let names: Vec<_> = collection.key_names().iter().map(|name| format!("`{name}`")).collect();
    match names.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} and {last}", rest.join(", ")),
        _ => names.concat(),
    }
}

fn key_span(collection: &Collection) -> Span {
    collection.key_span.unwrap_or(collection.name_span)
}

fn span_of(name: &[tree::Ident]) -> Span {
    match name {
        [] => Span::default(),
        [first, .., last] => Span { end: last.span.end, ..first.span },
        [only] => only.span,
    }
}

/// The name in `/users/:id`, as other products write what is filled into an address.
fn foreign_name(call: &Call) -> Option<&str> {
    let segments = call.path.as_constant()?.as_text()?.split(['/', '?', '&', '=']);
    segments.filter_map(|segment| segment.strip_prefix(':')).find(|name| name.starts_with(char::is_alphabetic))
}
