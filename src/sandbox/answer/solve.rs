//! Makes an answer for which a condition holds, or does not: its equalities say what status, headers and members it has.

use super::{Answer, Body, build};
use crate::{
    compile::program::{Comparator, Name, Program},
    value::{Value, path::JsonPath},
};
use serde_json::{Value as Json, json};

/// Gives an answer what makes a condition hold, or what makes it fail; false where that can't be worked out.
pub fn make(answer: &mut Answer, condition: &Program, holds: bool) -> bool {
    match condition {
        Program::Constant(value) => value.is_true() == holds,
        Program::Not(inner) => make(answer, inner, !holds),
        Program::And(both) if holds && let Some(header) = emptied(both) => put(answer, &header, json!("")),
        Program::And(both) if holds => make(answer, &both.0, true) && make(answer, &both.1, true),
        Program::Or(both) if !holds => make(answer, &both.0, false) && make(answer, &both.1, false),
        Program::And(both) | Program::Or(both) => make(answer, &both.0, holds) || make(answer, &both.1, holds),
        Program::Compare(how, both) => compared(answer, *how, both, holds),
        Program::In { negated, both } => within(answer, both, holds != *negated),
        Program::IsPresent(value) => present(answer, value, holds),
        Program::IsMissing(value) | Program::IsAbsent(value) => present(answer, value, !holds),
        Program::Matches(..) => false,
        other => place_of(other).is_some_and(|place| put(answer, &place, json!(holds))),
    }
}

/// The header of `header "X" == ""`: it is missing, and not absent.
fn emptied(both: &(Program, Program)) -> Option<Place> {
    let Program::IsMissing(value) = &both.0 else { return None };
    let is_there = matches!(&both.1, Program::Not(inner) if matches!(**inner, Program::IsAbsent(_)));
    place_of(value).filter(|place| is_there && matches!(place, Place::Header(_)))
}

/// Puts a value where an expression reads it.
pub fn put_at(answer: &mut Answer, place: &Program, value: Json) {
    if let Some(place) = place_of(place) {
        put(answer, &place, value);
    }
}

/// Something of an answer that a condition asks about.
#[derive(Clone, Debug)]
pub enum Place {
    Status,
    Header(String),
    Path(JsonPath),
    /// How many records the page has, which the page itself tells.
    Count,
}

/// The one place that a condition without parts asks about; none where it names several, or compares with something else than constants.
pub fn place_of_leaf(leaf: &Program) -> Option<Place> {
    match leaf {
        Program::Compare(_, both) => match (&both.0, &both.1) {
            (place, Program::Constant(_)) | (Program::Constant(_), place) => place_of(place),
            _ => None,
        },
        Program::In { both, .. } => listed(&both.1).and_then(|_| place_of(&both.0)),
        Program::IsPresent(value) | Program::IsMissing(value) | Program::IsAbsent(value) => place_of(value),
        Program::Matches(..) => None,
        other => place_of(other),
    }
    .filter(|place| *place != Place::Count)
}

/// The constants that a condition without parts compares a place with.
pub fn constants(leaf: &Program) -> Vec<Json> {
    match leaf {
        Program::Compare(_, both) => match (&both.0, &both.1) {
            (_, Program::Constant(value)) | (Program::Constant(value), _) => json_of(value).into_iter().collect(),
            _ => Vec::new(),
        },
        Program::In { both, .. } => listed(&both.1).unwrap_or_default().iter().filter_map(json_of).collect(),
        _ => Vec::new(),
    }
}

/// The values of a list of constants.
fn listed(list: &Program) -> Option<Vec<Value>> {
    match list {
        Program::Constant(Value::List(items)) => Some(items.to_vec()),
        Program::List(items) => {
            items.iter().map(|item| if let Program::Constant(value) = item { Some(value.clone()) } else { None }).collect()
        }
        _ => None,
    }
}

impl PartialEq for Place {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Status, Self::Status) | (Self::Count, Self::Count) => true,
            (Self::Header(one), Self::Header(other)) => one.eq_ignore_ascii_case(other),
            (Self::Path(one), Self::Path(other)) => one.text == other.text,
            _ => false,
        }
    }
}

fn place_of(program: &Program) -> Option<Place> {
    match program {
        Program::Name(Name::Status) => Some(Place::Status),
        Program::Name(Name::Header(name)) => Some(Place::Header(name.clone())),
        Program::Name(Name::Answer(path)) => Some(Place::Path(path.clone())),
        Program::Name(Name::PageCount | Name::PageSize) => Some(Place::Count),
        Program::ReadAs { value, .. } => place_of(value),
        Program::Default(both) => place_of(&both.0),
        _ => None,
    }
}

/// Puts a value at a place; false where that can't be.
pub fn put(answer: &mut Answer, place: &Place, value: Json) -> bool {
    match place {
        Place::Status => match value.as_u64().and_then(|status| u16::try_from(status).ok()) {
            Some(status) => answer.status = status,
            None => return false,
        },
        Place::Header(name) => {
            answer.headers.retain(|(known, _)| known != name);
            answer.headers.push((name.clone(), build::text(&value)));
        }
        Place::Path(path) => match &mut answer.body {
            Body::Json(body) | Body::Plain(body) => build::put(path, body, value),
            // Words that nothing reads make way for a body that a rule asks for.
            body @ (Body::None | Body::Text(_) | Body::Html(_)) => {
                let mut json = Json::Null;
                build::put(path, &mut json, value);
                *body = Body::Json(json);
            }
        },
        Place::Count => {}
    }
    true
}

/// Takes out what is at a place; false where that can't be.
pub fn take(answer: &mut Answer, place: &Place) -> bool {
    match (place, &mut answer.body) {
        (Place::Header(name), _) => answer.headers.retain(|(known, _)| known != name),
        (Place::Path(path), Body::Json(body) | Body::Plain(body)) => build::take(path, body),
        (Place::Path(_), _) => {}
        (Place::Status | Place::Count, _) => return false,
    }
    true
}

fn present(answer: &mut Answer, value: &Program, is_there: bool) -> bool {
    match place_of(value) {
        Some(place) if !is_there => take(answer, &place),
        Some(Place::Status | Place::Count) => true,
        Some(Place::Path(path)) if answer.has(&path) => true,
        Some(place) => put(answer, &place, json!("1")),
        None => false,
    }
}

fn compared(answer: &mut Answer, how: Comparator, both: &(Program, Program), holds: bool) -> bool {
    let sides = match (place_of(&both.0), &both.1, place_of(&both.1), &both.0) {
        (Some(place), Program::Constant(value), ..) => Some((place, value, false)),
        (_, _, Some(place), Program::Constant(value)) => Some((place, value, true)),
        (Some(Place::Count), ..) | (_, _, Some(Place::Count), _) => return true,
        _ => None,
    };
    let Some((place, constant, turned)) = sides else { return false };
    let Some(value) = meeting(how, constant, turned, holds) else { return false };
    if value.is_null() { take(answer, &place) } else { put(answer, &place, value) }
}

/// A value that a comparison with a constant holds for, or fails for; null for one that is missing.
fn meeting(how: Comparator, constant: &Value, turned: bool, holds: bool) -> Option<Json> {
    let equal = json_of(constant)?;
    let mut candidates = vec![equal.clone()];
    match &equal {
        Json::Bool(truth) => candidates.push(json!(!truth)),
        Json::Number(number) => candidates.extend(number.as_i64().into_iter().flat_map(|number| [json!(number + 1), json!(number - 1)])),
        Json::String(text) => candidates.extend([json!(format!("not {text}")), json!("")]),
        _ => candidates.push(json!("another")),
    }
    candidates.push(Json::Null);
    candidates.into_iter().find(|candidate| {
        let value = Value::Json(Box::new(candidate.clone()));
        let (left, right) = if turned { (constant, &value) } else { (&value, constant) };
        how.holds(left, right) == holds
    })
}

fn within(answer: &mut Answer, both: &(Program, Program), is_in: bool) -> bool {
    let Some(place) = place_of(&both.0) else { return false };
    let Some(items) = listed(&both.1) else { return false };
    match items.first().filter(|_| is_in).and_then(json_of) {
        Some(first) => put(answer, &place, first),
        None => !is_in && take(answer, &place),
    }
}

fn json_of(value: &Value) -> Option<Json> {
    crate::value::format::Codec::natural(crate::value::Kind::Json).write(value).ok()
}
