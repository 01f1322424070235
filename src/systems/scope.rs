//! The names that expressions of a call may use.

use super::{
    ConnectionConfig,
    formats::members::{self, Unclear},
    http::auth::{jwt, secrets_in, token::TokenCell},
    redact::{Learning, Redactor},
};
use crate::{
    compile::{
        program::{Name, Names, Program},
        system::Call,
    },
    value::{
        Fault, FaultCode, Text, Value,
        encoding::without_mark,
        functions::{Algorithm, LONGEST_RANDOM, SHORTEST_RANDOM},
        halves,
        path::{Found, JsonPath},
    },
};
use jiff::Timestamp;
use reqwest::header::HeaderMap;
use serde_json::{Value as Json, value::RawValue};
use std::borrow::Cow;

/// The current page of a list.
#[derive(Clone, Debug)]
pub struct Position {
    pub offset: u64,
    pub number: u64,
    pub size: u64,
    /// None on the first page.
    pub cursor: Option<Text>,
}

impl Position {
    /// The beginning of a list whose pages have a size.
    pub const fn of_size(size: u64) -> Self {
        Self { offset: 0, number: 0, size, cursor: None }
    }
}

/// Values of the record in a call, by attribute.
pub type RecordValues<'a> = &'a [(usize, Value)];

/// Status and headers of an answer.
#[derive(Clone, Copy, Debug)]
pub struct Head<'a> {
    pub status: u16,
    pub headers: &'a HeaderMap,
}

/// The body of an answer, for rules about it.
#[derive(Clone, Copy, Debug, Default)]
pub enum AnswerBody<'a> {
    /// None, or one that is neither JSON nor XML.
    #[default]
    Nothing,
    Tree(&'a Json),
    /// JSON of which only what a rule names is looked at.
    Raw(&'a RawValue),
}

impl<'a> AnswerBody<'a> {
    /// Of a body that may be JSON.
    pub fn of(body: &'a [u8]) -> Self {
        let body = without_mark(body);
        serde_json::from_slice(body).map_or(Self::Nothing, Self::Raw)
    }

    /// What was read as a tree, or a body that may be JSON.
    pub fn read(tree: Option<&'a Json>, body: &'a [u8]) -> Self {
        tree.map_or_else(|| Self::of(body), Self::Tree)
    }

    /// What is at a path.
    ///
    /// # Errors
    /// There is more than one value, a member on the way is there twice, or what is there can't be built.
    fn find(self, path: &JsonPath) -> Result<Option<Json>, Box<Fault>> {
        if let (Self::Raw(raw), Some(names)) = (self, path.names()) {
            let found = members::named(raw, &names).map_err(|why| unclear(why, path))?;
            return found.map(|found| members::loose(found).map_err(|why| unclear(why, path))).transpose();
        }
        match self.tree_at(path)?.as_deref().map_or(Found::Nothing, |tree| path.find(tree)) {
            Found::Nothing => Ok(None),
            Found::One(found) => Ok(Some(found.clone())),
            Found::Several(count) => {
                Err(Fault::new(FaultCode::SeveralFound, format!("{count} values where one is expected")).at(&path.text))
            }
        }
    }

    /// Whether anything is at a path, or may be there.
    pub fn may_have(self, path: &JsonPath) -> bool {
        !matches!(self.find(path), Ok(None))
    }

    /// All values at a path.
    ///
    /// # Errors
    /// A member on the way is there twice, or what is there can't be built.
    pub fn find_all(self, path: &JsonPath) -> Result<Vec<Json>, Box<Fault>> {
        Ok(self.tree_at(path)?.map_or_else(Vec::new, |tree| path.find_all(&tree).into_iter().cloned().collect()))
    }

    /// A tree of what a path looks at.
    fn tree_at(self, path: &JsonPath) -> Result<Option<Cow<'a, Json>>, Box<Fault>> {
        Ok(match self {
            Self::Nothing => None,
            Self::Tree(tree) => Some(Cow::Borrowed(tree)),
            Self::Raw(raw) => Some(Cow::Owned(members::tree(raw, path).map_err(|why| unclear(why, path))?)),
        })
    }

    /// All of it; none if it can't be built.
    pub fn tree(self) -> Option<Cow<'a, Json>> {
        match self {
            Self::Nothing => None,
            Self::Tree(tree) => Some(Cow::Borrowed(tree)),
            Self::Raw(raw) => halves::tree(raw.get()).ok().map(Cow::Owned),
        }
    }
}

fn unclear(why: Unclear, path: &JsonPath) -> Box<Fault> {
    match why {
        Unclear::Twice(member) => Fault::twice(&member),
        Unclear::Undecodable(why) => Fault::undecodable(&why),
    }
    .at(&path.text)
}

/// The random texts of a call. They are taken out of whatever comes back: no secret that was made is stored or shown.
#[derive(Debug, Default)]
pub struct MadeSecrets(std::sync::Mutex<Vec<String>>);

impl MadeSecrets {
    fn keep(&self, text: &str) {
        self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner).push(text.to_owned());
    }

    /// A text without them.
    pub fn redacted(&self, text: &str) -> String {
        let made = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        Redactor::new(made.iter().map(String::as_str)).redact(text)
    }
}

/// The names of one call.
#[derive(Clone)]
pub struct Scope<'a> {
    pub config: &'a ConnectionConfig,
    /// Searched in this order.
    pub own: Vec<RecordValues<'a>>,
    pub since: Option<Timestamp>,
    /// In a list that sends the mark of the last read as `since`.
    pub mark: Option<&'a str>,
    pub page: Option<&'a Position>,
    /// `requested.fields`
    pub fields: &'a [String],
    /// `requested.parts`
    pub parts: &'a [String],
    /// In a nested list: the known values of the parent record.
    pub parent: RecordValues<'a>,
    /// In a `list for each NAME in LIST`: the value.
    pub each: Option<&'a Value>,
    pub answer: AnswerBody<'a>,
    /// What came with the token.
    pub token: Option<&'a TokenCell>,
    /// The record as it would be sent.
    pub record: Option<&'a Json>,
    /// In a batch: the records as they would be sent, or what is changed of them, in the order of `batch`.
    pub records: &'a [Json],
    /// The members of the record that an update changes.
    pub changes: Option<&'a Json>,
    /// In a rule about an answer: its status and headers.
    pub head: Option<Head<'a>>,
    /// In a rule about an answer: how many records the page has.
    pub count: Option<u64>,
    /// The secrets that the call makes itself.
    pub secrets: &'a [(String, Value)],
    /// Where random texts are noted.
    pub made: Option<&'a MadeSecrets>,
    /// What keeps signed tokens out of everything that is shown.
    pub redactor: Option<&'a Learning>,
    /// The clock, where it matters more than the instant of the run.
    pub clock: Option<Timestamp>,
    /// In a batch: the known values of each record, in the form of `own`.
    pub batch: &'a [Vec<RecordValues<'a>>],
}

impl<'a> Scope<'a> {
    /// Secrets and the day of the run, no record and no page.
    pub const fn new(config: &'a ConnectionConfig) -> Self {
        Self {
            config,
            own: Vec::new(),
            since: None,
            mark: None,
            page: None,
            fields: &[],
            parts: &[],
            parent: &[],
            each: None,
            answer: AnswerBody::Nothing,
            token: None,
            record: None,
            records: &[],
            changes: None,
            head: None,
            count: None,
            secrets: &[],
            made: None,
            redactor: None,
            clock: None,
            batch: &[],
        }
    }

    /// What is known of an attribute of the record in the call.
    pub fn own_value(&self, attribute: usize) -> Option<&'a Value> {
        self.own(attribute)
    }

    fn own(&self, attribute: usize) -> Option<&'a Value> {
        own(&self.own, attribute)
    }

    fn answer(&self, path: &JsonPath) -> Result<Value, Box<Fault>> {
        self.answer.find(path).map(|found| found.map_or(Value::Absent, |found| Value::Json(Box::new(found))))
    }
}

impl<'a> Names for Scope<'a> {
    fn value(&self, name: &Name) -> Result<Cow<'_, Value>, Box<Fault>> {
        let page = |number: fn(&Position) -> u64| self.page.map_or(Value::Null, |page| integer(number(page)));
        Ok(Cow::Owned(match name {
            Name::Own(attribute) => return Ok(self.own(*attribute).map_or(Cow::Owned(Value::Absent), Cow::Borrowed)),
            Name::Secret(name) if self.secrets.iter().any(|(made, _)| made == name) => {
                let made = self.secrets.iter().find(|(made, _)| made == name);
                return Ok(made.map_or(Cow::Owned(Value::Null), |(_, value)| Cow::Borrowed(value)));
            }
            Name::Secret(name) => self.config.secrets.get(name).map_or(Value::Null, |secret| Value::text(secret.trim())),
            Name::Today => Value::Date(self.config.today),
            Name::Now => Value::DateTime(self.clock.unwrap_or(self.config.now)),
            Name::Since => self.mark.map(Value::text).or(self.since.map(Value::DateTime)).unwrap_or(Value::Null),
            Name::PageOffset => page(|page| page.offset),
            Name::PageNumber => page(|page| page.number),
            Name::PageSize => page(|page| page.size),
            Name::PageCursor => self.page.and_then(|page| page.cursor.clone()).map_or(Value::Null, Value::Text),
            Name::RequestedFields => Value::list(self.fields.iter().map(Value::text).collect()),
            Name::RequestedParts => Value::list(self.parts.iter().map(Value::text).collect()),
            Name::LoopValue => self.each.cloned().unwrap_or(Value::Null),
            Name::Parent(attribute) => own(&[self.parent], *attribute).cloned().unwrap_or(Value::Null),
            Name::Token(path) => self.token.map_or(Value::Null, |token| token.value(path)),
            Name::Answer(path) => self.answer(path)?,
            Name::Sent => json(self.record),
            Name::Changes => json(self.changes),
            Name::PageCount => self.count.map_or(Value::Null, integer),
            Name::Status => self.head.map_or(Value::Null, |head| Value::Int(head.status.into())),
            Name::Header(name) => self.head.and_then(|head| head.headers.get(name)?.to_str().ok()).map_or(Value::Absent, Value::text),
            Name::Source(_) | Name::Current(_) | Name::Field(_) => Value::Null,
        }))
    }

    fn random_text(&self, length: i64) -> Result<Value, Box<Fault>> {
        if !(SHORTEST_RANDOM..=LONGEST_RANDOM).contains(&length) {
            let message = format!("a random text has {SHORTEST_RANDOM} to {LONGEST_RANDOM} characters, and not {length}");
            return Err(Fault::new(FaultCode::TooLarge, message));
        }
        let length = usize::try_from(length).unwrap_or(0);
        let text = random_text(self.config, length);
        if let Some(made) = self.made {
            made.keep(&text);
        }
        Ok(Value::text(text))
    }

    /// The claims are those of now: a run may last longer than a token.
    fn signed(&self, algorithm: Algorithm, claims: &[(String, Program)], key: &Program) -> Result<Value, Box<Fault>> {
        let claims = jwt::claims(claims, &Self { clock: Some(self.config.host.now()), ..self.clone() })?;
        let secret = key.run(self)?;
        let named = || secrets_in(key).first().map(|name| format!("`{name}`")).unwrap_or_default();
        let fault = |why: &str| Fault::new(FaultCode::NameUnavailable, format!("the key {} that signs the token {why}", named()));
        let secret = secret.to_text().filter(|secret| !secret.trim().is_empty()).ok_or_else(|| fault("has no value"))?;
        let token = match algorithm {
            Algorithm::Hs256 => jwt::hs256(&secret, &claims),
            Algorithm::Rs256 => jwt::rs256(&secret, &claims).map_err(|why| fault(&why.to_string()))?,
        };
        self.redactor.iter().for_each(|redactor| redactor.learn(&token));
        Ok(Value::text(token))
    }

    fn each_record(&self, program: &Program) -> Result<Value, Box<Fault>> {
        let one = |(at, known): (usize, &Vec<RecordValues<'a>>)| {
            let record = self.records.get(at);
            program.run(&Self { own: known.clone(), record, changes: record, ..self.clone() })
        };
        Ok(Value::list(self.batch.iter().enumerate().map(one).collect::<Result<_, _>>()?))
    }
}

/// Letters and digits without those that look alike; from three characters on, with a small letter, a capital and a digit, as many
/// vendors want of a password.
fn random_text(config: &ConnectionConfig, length: usize) -> String {
    const LETTERS: &[u8; 57] = b"abcdefghijkmnopqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789";
    loop {
        let mut bytes = blake3::Hasher::new().update(&config.host.random()).finalize_xof();
        let mut text = String::with_capacity(length);
        while text.len() < length {
            let mut one = [0];
            bytes.fill(&mut one);
            // Bytes beyond a multiple of the letters would make some of them more likely.
            if usize::from(one[0]) < 256 / LETTERS.len() * LETTERS.len() {
                text.push(char::from(LETTERS[usize::from(one[0]) % LETTERS.len()]));
            }
        }
        let has = |class: fn(&u8) -> bool| text.bytes().any(|byte| class(&byte));
        if length < 3 || has(u8::is_ascii_lowercase) && has(u8::is_ascii_uppercase) && has(u8::is_ascii_digit) {
            return text;
        }
    }
}

fn json(value: Option<&Json>) -> Value {
    value.map_or(Value::Null, |json| Value::Json(Box::new(json.clone())))
}

fn own<'k>(known: &[RecordValues<'k>], attribute: usize) -> Option<&'k Value> {
    known.iter().flat_map(|known| known.iter()).find(|(index, _)| *index == attribute).map(|(_, value)| value)
}

fn integer(number: u64) -> Value {
    Value::Int(i64::try_from(number).unwrap_or(i64::MAX))
}

/// Whether a call sends `since`: the time, or the mark, from which on changes are requested.
pub fn asks_since(call: &Call) -> bool {
    call.sent().any(|program| program.uses(|name| *name == Name::Since))
}
