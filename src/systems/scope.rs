//! The names that expressions of a call may use.

use super::ConnectionConfig;
use crate::{
    compile::{
        program::{Name, Names, Program},
        system::Call,
    },
    value::{
        Fault, FaultCode, Text, Value,
        path::{Found, JsonPath},
    },
};
use jiff::Timestamp;
use serde_json::Value as Json;
use std::borrow::Cow;

/// The current page of a list.
#[derive(Clone, Debug)]
pub struct Position {
    pub offset: u64,
    pub number: u64,
    pub size: u64,
    /// None on the first page.
    pub cursor: Option<Text>,
    /// Of the last record received; missing on the first page.
    pub last: Value,
}

/// Values of the record in a call, by attribute.
pub type RecordValues<'a> = &'a [(usize, Value)];

/// The names of one call.
#[derive(Clone)]
pub struct Scope<'a> {
    pub config: &'a ConnectionConfig,
    /// Searched in this order.
    pub own: Vec<RecordValues<'a>>,
    pub since: Option<Timestamp>,
    pub page: Option<&'a Position>,
    /// `requested.fields`
    pub fields: &'a [String],
    /// `requested.parts`
    pub parts: &'a [String],
    /// In a list below another record: what is known of that one.
    pub parent: RecordValues<'a>,
    pub answer: Option<&'a Json>,
    /// What came with the token.
    pub token: Option<&'a Json>,
    /// The record as it would be sent.
    pub record: Option<&'a Json>,
    /// In a batch: what is known of each of its records, as `own`.
    pub batch: &'a [Vec<RecordValues<'a>>],
}

impl<'a> Scope<'a> {
    /// Secrets and the day of the run, no record and no page.
    pub const fn new(config: &'a ConnectionConfig) -> Self {
        Self {
            config,
            own: Vec::new(),
            since: None,
            page: None,
            fields: &[],
            parts: &[],
            parent: &[],
            answer: None,
            token: None,
            record: None,
            batch: &[],
        }
    }

    fn own(&self, attribute: usize) -> Option<&'a Value> {
        own(&self.own, attribute)
    }

    fn batched(&self, attribute: usize) -> Value {
        Value::list(self.batch.iter().map(|known| own(known, attribute).cloned().unwrap_or(Value::Null)).collect())
    }

    fn answer(&self, path: &JsonPath) -> Result<Value, Box<Fault>> {
        match self.answer.map_or(Found::Nothing, |answer| path.find(answer)) {
            Found::Nothing => Ok(Value::Absent),
            Found::One(found) => Ok(Value::Json(Box::new(found.clone()))),
            Found::Several(count) => {
                Err(Fault::new(FaultCode::SeveralFound, format!("{count} values where one is expected")).at(&path.text))
            }
        }
    }
}

impl Names for Scope<'_> {
    fn value(&self, name: &Name) -> Result<Cow<'_, Value>, Box<Fault>> {
        let page = |number: fn(&Position) -> u64| self.page.map_or(Value::Null, |page| integer(number(page)));
        Ok(Cow::Owned(match name {
            Name::Own(attribute) => return Ok(self.own(*attribute).map_or(Cow::Owned(Value::Absent), Cow::Borrowed)),
            Name::Secret(name) => self.config.secrets.get(name).map_or(Value::Null, |secret| Value::text(secret.trim())),
            Name::Today => Value::Date(self.config.today),
            Name::Now => Value::DateTime(self.config.now),
            Name::Since => self.since.map_or(Value::Null, Value::DateTime),
            Name::PageOffset => page(|page| page.offset),
            Name::PageNumber => page(|page| page.number),
            Name::PageSize => page(|page| page.size),
            Name::PageCursor => self.page.and_then(|page| page.cursor.clone()).map_or(Value::Null, Value::Text),
            Name::PageLast => self.page.map_or(Value::Null, |page| page.last.clone()),
            Name::RequestedFields => Value::list(self.fields.iter().map(Value::text).collect()),
            Name::RequestedParts => Value::list(self.parts.iter().map(Value::text).collect()),
            Name::Parent(attribute) => own(&[self.parent], *attribute).cloned().unwrap_or(Value::Null),
            Name::Token(member) => {
                self.token.and_then(|token| token.get(member)?.as_str()).map_or(Value::Null, |text| Value::text(text.trim()))
            }
            Name::Answer(path) => self.answer(path)?,
            Name::Record => self.record.map_or(Value::Null, |record| Value::Json(Box::new(record.clone()))),
            Name::Batched(attribute) => self.batched(*attribute),
            Name::Source(_) | Name::Current(_) | Name::Field(_) => Value::Null,
        }))
    }
}

fn own<'k>(known: &[RecordValues<'k>], attribute: usize) -> Option<&'k Value> {
    known.iter().flat_map(|known| known.iter()).find(|(index, _)| *index == attribute).map(|(_, value)| value)
}

fn integer(number: u64) -> Value {
    Value::Int(i64::try_from(number).unwrap_or(i64::MAX))
}

/// Whether a call asks for what changed since a time.
pub fn asks_since(call: &Call) -> bool {
    call.sent().any(uses_since)
}

fn uses_since(program: &Program) -> bool {
    let mut uses = false;
    program.names(&mut |name| uses |= *name == Name::Since);
    uses
}
