//! Reads from an answer what its call declares: records, one record, totals and the way to the next page.

use super::{
    answers::Answer,
    document::Document,
    items::{self, BodyError},
    list::{
        evidence::{self, Leads, Onward, Shape},
        link,
    },
};
use crate::{
    compile::{
        program::{Name, Program},
        system::{Call, Place},
    },
    systems::scope::{Head, Scope},
    value::{Fault, Value, functions::headed, path::JsonPath},
};
use serde_json::Value as Json;
use std::borrow::Cow;

/// An answer with its body read.
pub struct Reading<'a, 'd> {
    pub answer: &'a Answer,
    pub document: &'d Document<'d>,
    /// What is known beside the answer.
    pub scope: Scope<'a>,
}

impl<'d> Reading<'_, 'd> {
    /// The total of a page; none where its call declares none, or says that it may be left out and it is.
    pub fn total_of(&self, call: &Call) -> Option<Result<u64, BodyError>> {
        let total = self.count(call.total.as_ref()?);
        let is_left_out = call.total_is_optional && matches!(&total, Err(BodyError::NoTotal(_, shape)) if shape.is_nothing());
        (!is_left_out).then_some(total)
    }

    /// The number of records that is announced.
    ///
    /// # Errors
    /// What is there is no whole number.
    fn count(&self, place: &Place) -> Result<u64, BodyError> {
        let found = match place {
            Place::Path(path) => evidence::announced(self.document.look(path)),
            Place::Header(name) => {
                evidence::announced(Ok(self.answer.header(name.as_str()).map(|text| Json::from(text).to_string().into())))
            }
            Place::Made(value) => self.looked(value).and_then(|found| evidence::announced(Ok(found.map(Cow::Owned)))),
        };
        found.map_err(|shape| BodyError::NoTotal(named(place), shape))
    }

    /// The cursor or the link to the next page.
    ///
    /// # Errors
    /// What is there is neither that nor a sign of the end.
    pub fn next(&self, place: &Place, leads: Leads) -> Result<Onward, BodyError> {
        self.onward(place, leads).map_err(|shape| BodyError::NoWay(named(place), shape))
    }

    fn onward(&self, place: &Place, leads: Leads) -> Result<Onward, Shape> {
        match place {
            Place::Path(path) => evidence::onward(self.document.look(path).map(|found| self.document.without_blanks(found)), leads),
            Place::Header(name) => link::in_header(&self.answer.headers, name),
            Place::Made(value) => {
                let mut onward = Onward::Absent;
                for one in alternatives(value) {
                    let here = match named_place(one) {
                        Some(place) => self.onward(&place, leads)?,
                        None => evidence::onward(Ok(self.looked(one)?.map(Cow::Owned)), leads)?,
                    };
                    match here {
                        Onward::To(_) => return Ok(here),
                        Onward::End => onward = here,
                        Onward::Absent => {}
                    }
                }
                Ok(onward)
            }
        }
    }

    /// What an expression makes of the answer, as JSON text.
    fn looked(&self, program: &Program) -> Result<Option<String>, Shape> {
        let found = self.run(program).map_err(|fault| Shape::Fault(fault.message.to_string()))?;
        Ok(match found {
            Value::Absent => None,
            Value::Json(json) => Some(json.to_string()),
            Value::Int(_) | Value::Decimal(_) | Value::Bool(_) => found.to_text().map(Cow::into_owned),
            Value::List(_) => Some("[]".to_owned()),
            other => Some(other.to_text().map_or(Json::Null, Json::from).to_string()),
        })
    }

    /// The text at a place.
    pub fn text(&self, place: &Place) -> Option<String> {
        match place {
            Place::Path(path) => self.document.text_at(path),
            Place::Header(name) => self.answer.header(name.as_str()).map(str::to_owned),
            Place::Made(value) => text_of(&self.value(value)?),
        }
    }

    /// The records of a page; none where there is no list.
    ///
    /// # Errors
    /// What is there is not what a list holds.
    pub fn records(&self, place: Option<&Place>) -> Result<Option<Vec<Cow<'d, [u8]>>>, BodyError> {
        match place {
            None => self.document.records(None),
            Some(Place::Path(path)) => self.document.records(Some(path)),
            Some(Place::Header(_)) => Ok(None),
            Some(Place::Made(value)) => {
                for one in alternatives(value) {
                    match path_of(one) {
                        Some(path) if self.is_missing(path) => {}
                        Some(path) => return self.document.records(Some(path)),
                        None if rows_of(one).is_some_and(|path| self.is_missing(path)) => {}
                        None => match self.made(one)? {
                            Some(Value::List(list)) if list.is_empty() => return Ok(Some(Vec::new())),
                            Some(Value::Json(json)) => {
                                let records = json.as_array().map(items::objects).transpose()?;
                                return Ok(records.map(|all| all.into_iter().map(|one| self.document.as_it_came(one)).collect()));
                            }
                            _ => return Ok(None),
                        },
                    }
                }
                Ok(None)
            }
        }
    }

    /// The one record of an answer, as JSON text.
    ///
    /// # Errors
    /// Nothing is there, or no object.
    pub fn record(&self, place: Option<&Place>) -> Result<Box<[u8]>, BodyError> {
        let Some(Place::Made(value)) = place else { return self.document.record(place.and_then(Place::path)) };
        for one in alternatives(value) {
            match path_of(one) {
                Some(path) if self.is_missing(path) => {}
                Some(path) => return self.document.record(Some(path)),
                None => {
                    return match self.value(one) {
                        Some(Value::Json(json)) if json.is_object() => {
                            Ok(self.document.as_it_came(Cow::Owned(json.to_string().into_bytes())).into_owned().into())
                        }
                        _ => Err(BodyError::NoRecord),
                    };
                }
            }
        }
        Err(BodyError::Nothing(place.map(named).unwrap_or_default()))
    }

    fn is_missing(&self, path: &JsonPath) -> bool {
        self.document.look(path).is_ok_and(|found| found.is_none_or(|found| found == "null"))
    }

    /// The value; what `headed` says of its rows is an error.
    fn made(&self, program: &Program) -> Result<Option<Value>, BodyError> {
        match self.run(program) {
            Ok(value) => Ok(Some(value).filter(|value| !value.is_missing())),
            Err(fault) => match rows_of(program) {
                Some(path) => Err(BodyError::Unmade(path.text.clone(), fault.message.clone())),
                None => Ok(None),
            },
        }
    }

    fn run(&self, program: &Program) -> Result<Value, Box<Fault>> {
        let head = Head { status: self.answer.status, headers: &self.answer.headers };
        program.run(&Scope { answer: self.document.body(), head: Some(head), ..self.scope.clone() })
    }

    fn value(&self, program: &Program) -> Option<Value> {
        self.made(program).ok().flatten()
    }
}

/// The sides of `??`, in their order.
pub(crate) fn alternatives(program: &Program) -> Vec<&Program> {
    match program {
        Program::Default(both) => [alternatives(&both.0), alternatives(&both.1)].concat(),
        Program::ReadAs { value, .. } => alternatives(value),
        one => vec![one],
    }
}

const fn path_of(program: &Program) -> Option<&JsonPath> {
    if let Program::Name(Name::Answer(path)) = program { Some(path) } else { None }
}

/// The place of the rows that `headed` makes records of.
pub(crate) fn rows_of(program: &Program) -> Option<&JsonPath> {
    match program {
        Program::Apply { value, function, .. } if headed::is_headed(function) => path_of(value),
        _ => None,
    }
}

fn named_place(program: &Program) -> Option<Place> {
    if let Some(path) = rows_of(program) {
        return Some(Place::Path(path.clone()));
    }
    match program {
        Program::Name(Name::Answer(path)) => Some(Place::Path(path.clone())),
        Program::Name(Name::Header(name)) => Some(Place::Header(name.clone())),
        _ => None,
    }
}

fn text_of(value: &Value) -> Option<String> {
    match value {
        Value::Json(json) if matches!(**json, Json::Array(_) | Json::Object(_) | Json::Null) => None,
        value => value.to_text().map(Cow::into_owned).filter(|text| !text.trim().is_empty()),
    }
}

/// The paths that a place tries, in their order.
pub(crate) fn paths_of(place: &Place) -> Vec<&str> {
    match place {
        Place::Path(path) => vec![&path.text],
        Place::Header(_) => Vec::new(),
        Place::Made(value) => {
            alternatives(value).into_iter().filter_map(|one| path_of(one).or_else(|| rows_of(one))).map(|path| &*path.text).collect()
        }
    }
}

fn header_of(program: &Program) -> Option<&str> {
    if let Program::Name(Name::Header(name)) = program { Some(name.as_str()) } else { None }
}

/// The headers that a place tries, in their order.
pub(crate) fn headers_of(place: &Place) -> Vec<&str> {
    match place {
        Place::Path(_) => Vec::new(),
        Place::Header(name) => vec![name.as_str()],
        Place::Made(value) => {
            let headers = alternatives(value).into_iter().filter_map(header_of);
            headers.collect()
        }
    }
}

/// A place, as messages name it.
pub(crate) fn named(place: &Place) -> String {
    match place {
        Place::Path(path) => path.text.clone(),
        Place::Header(name) => format!("header \"{name}\""),
        Place::Made(value) => {
            let names = alternatives(value).into_iter().filter_map(named_place).map(|place| named(&place));
            names.collect::<Vec<_>>().join(" or ")
        }
    }
}
