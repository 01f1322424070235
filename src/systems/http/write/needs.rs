//! What a write needs of its record. Nothing that names a record is dropped from a write: without it, the write would concern other
//! records, or all of them.

use crate::{
    compile::{
        program::{Name, Program},
        system::{Call, Collection, ErrorClass, Parameter},
    },
    systems::{
        CallError, Write, WriteKind,
        scope::{RecordValues, Scope},
    },
    value::Value,
};

/// The two orders in which a write looks up a name.
pub(crate) struct Known<'a> {
    /// For the address, the queries and the headers: a record is addressed by what it has now, a new one by what is sent.
    pub there: Vec<RecordValues<'a>>,
    /// For the body: what is sent comes first.
    pub sent: Vec<RecordValues<'a>>,
}

impl<'a> Known<'a> {
    /// Of one write; `new` says that it creates something, and `fresh` is what its record shows.
    pub fn of(write: &'a Write, new: bool, id: RecordValues<'a>, fresh: RecordValues<'a>) -> Self {
        let sent = vec![write.values.as_slice(), fresh, &write.current, id];
        let there = if new { sent.clone() } else { vec![id, fresh, &write.current, &write.values] };
        Self { there, sent }
    }
}

/// The error of a write that names a value which is missing; none where all are there.
pub(crate) fn lacking(call: &Call, collection: &Collection, kind: WriteKind, there: &Scope<'_>, sent: &Scope<'_>) -> Option<CallError> {
    let goes = |parameter: &&Parameter| parameter.when.as_ref().is_none_or(|when| when.holds(there).unwrap_or(true));
    let path = missing_in(&call.path, there).map(|at| ("the URL".to_owned(), at));
    let query = || named(call.queries.iter().filter(goes), "query", there);
    let header = || named(call.headers.iter().filter(goes), "header", there);
    let value = || {
        let value = call.body.as_ref().and_then(|body| body.value.as_ref())?;
        Some(("the body".to_owned(), missing_in_body(value, sent)?))
    };
    let (place, attribute) = path.or_else(query).or_else(header).or_else(value)?;
    let (name, call) = (&collection.attributes[attribute].name, call_name(collection, kind));
    let message = format!("{place} of `{call}` needs `{name}`, which has no value, so nothing was sent");
    Some(CallError::unsent(ErrorClass::Invalid, message))
}

/// The error of a write with a value that no line of its call carries: the answer to it would say nothing of that value.
pub(crate) fn uncarried(call: &Call, collection: &Collection, write: &Write, new: bool) -> Option<CallError> {
    let writes = matches!(write.kind, WriteKind::Create | WriteKind::Update | WriteKind::Part(_));
    let carried = |at: usize| call.carried.writes(at, &collection.attributes[at], new);
    let mut lost = write.values.iter().filter(|(at, value)| !(carried(*at) || new && value.is_missing()));
    let (at, _) = lost.next().filter(|_| writes)?;
    let (name, call) = (&collection.attributes[*at].name, call_name(collection, write.kind));
    Some(CallError::unsent(ErrorClass::Invalid, format!("no line of `{call}` carries `{name}`, so nothing was sent")))
}

fn named<'a>(mut parameters: impl Iterator<Item = &'a Parameter>, what: &str, scope: &Scope<'_>) -> Option<(String, usize)> {
    parameters.find_map(|one| Some((format!("the {what} `{}`", one.name), missing_in(&one.value, scope)?)))
}

/// The same inside a body: each member and each item has its own value.
fn missing_in_body(program: &Program, scope: &Scope<'_>) -> Option<usize> {
    match program {
        Program::Record(members) => members.iter().find_map(|(_, value)| missing_in_body(value, scope)),
        Program::List(items) => items.iter().find_map(|item| missing_in_body(item, scope)),
        Program::Each(one) => missing_in_body(one, scope),
        Program::Arithmetic(_, both) => missing_in_body(&both.0, scope).or_else(|| missing_in_body(&both.1, scope)),
        // It says itself when it has no value.
        Program::If(_) => None,
        other => missing_in(other, scope),
    }
}

/// The attribute for whose sake an expression has no value.
fn missing_in(program: &Program, scope: &Scope<'_>) -> Option<usize> {
    let mut missing = None;
    program.names(&mut |name| {
        if let Name::Own(attribute) = name
            && scope.own_value(*attribute).is_none_or(Value::is_missing)
        {
            missing.get_or_insert(*attribute);
        }
    });
    missing.filter(|_| program.run(scope).is_ok_and(|value| value.is_missing()))
}

fn call_name(collection: &Collection, kind: WriteKind) -> &str {
    match kind {
        WriteKind::Create => "create",
        WriteKind::Update => "update",
        WriteKind::Delete => "delete",
        WriteKind::Call(index) => collection.named.get(index).map_or("call", |(name, _)| name),
        WriteKind::Part(part) => &collection.parts[part].name,
    }
}
