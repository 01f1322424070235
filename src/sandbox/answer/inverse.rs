//! Expressions about answers, read backwards: what an answer has to hold so that they give a value.

use super::{Answer, Body, build, solve};
use crate::{
    compile::{
        program::{Name, Operator, Program},
        system::Place,
    },
    value::{Kind, Value, format::Codec, functions::headed},
};
use serde_json::{Map, Value as Json};

/// Puts a value where an expression reads it: of `??` the first place, of `+` each member where the right side has it.
pub fn give(answer: &mut Answer, program: &Program, value: Json) {
    match program {
        Program::Default(both) => give(answer, &both.0, value),
        Program::ReadAs { value: inner, .. } => give(answer, inner, value),
        Program::Record(members) => {
            for (name, inner) in members.iter() {
                if let Some(member) = value.get(name) {
                    give(answer, inner, member.clone());
                }
            }
        }
        Program::Arithmetic(Operator::Add, both) => {
            let (left, right) = apart(value, &both.1);
            give(answer, &both.0, left);
            give(answer, &both.1, right);
        }
        Program::Lookup { value: inner, table } => {
            let row = table.written.iter().find(|(_, result)| json(result).as_ref() == Some(&value));
            if let Some(key) = row.and_then(|(key, _)| json(key)) {
                give(answer, inner, key);
            }
        }
        other => solve::put_at(answer, other, value),
    }
}

/// The members of a record that the right side of `+` does not have, and those that it has.
fn apart(value: Json, right: &Program) -> (Json, Json) {
    let (Json::Object(members), Program::Record(named)) = (value, right) else { return (Json::Object(Map::new()), Json::Null) };
    let (right, left) = members.into_iter().partition(|(name, _)| named.iter().any(|(known, _)| known == name));
    (Json::Object(left), Json::Object(right))
}

fn json(value: &Value) -> Option<Json> {
    Codec::natural(Kind::Json).write(value).ok()
}

/// Puts the records of a list where they are read. Of rows below a heading, these columns are there without a record, too.
pub fn give_list(body: &mut Json, place: Option<&Place>, records: Vec<Json>, columns: &[String]) {
    match place {
        Some(Place::Path(path)) => build::put_items(path, body, records),
        Some(Place::Made(made)) => give_records(body, made, records, columns),
        Some(Place::Header(_)) | None => *body = Json::Array(records),
    }
}

fn give_records(body: &mut Json, program: &Program, records: Vec<Json>, columns: &[String]) {
    match program {
        Program::Default(both) => give_records(body, &both.0, records, columns),
        Program::ReadAs { value, .. } => give_records(body, value, records, columns),
        Program::Apply { value, function, .. } if headed::is_headed(function) => {
            let Json::Array(rows) = headed::rows(columns, &records) else { return };
            give_records(body, value, rows, columns);
        }
        Program::Name(Name::Answer(path)) => build::put_items(path, body, records),
        _ => *body = Json::Array(records),
    }
}

/// The body of an answer whose one record is at a place.
pub fn with_record(place: &Place, record: Json) -> Json {
    let mut answer = Answer { body: Body::Json(Json::Null), ..Answer::default() };
    super::place(place, record, &mut answer);
    if let Body::Json(body) = answer.body { body } else { Json::Null }
}
