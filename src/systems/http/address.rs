//! Which record an address is about: an answer may name any address, and only one at which the collection has its records tells a key.

use super::{Client, answers::Answer, request::Request};
use crate::{
    compile::{
        program::Program,
        system::{Call, Collection},
    },
    systems::{encode::decoded, scope::Scope},
    value::{Kind, Value},
};
use reqwest::header::LOCATION;
use url::Url;

/// Stands for the value of an attribute in the address of a call, with the index of the attribute after it: a number, because keys are
/// texts or numbers, and one that no address has by itself.
const PLACEHOLDER: i64 = 7_104_883_260_915_000;

impl Client {
    /// The key of the record that an address is about: it is the address of `call` but for the key. None if it is not.
    pub(super) fn key_in(&self, collection: &Collection, call: &Call, address: &Url) -> Option<Value> {
        let own: Vec<_> = collection.key.attributes().map(|at| Some((at, placeholder(collection, at)?))).collect::<Option<_>>()?;
        let pattern = self.address(&call.path, &call.queries, &Scope { own: vec![&own], ..self.scope() }).ok()?;
        let mut found = Vec::new();
        let (expected, given) = (segments(&pattern), segments(address));
        if expected.len() != given.len() {
            return None;
        }
        for (expected, given) in expected.into_iter().zip(given) {
            match key_at(&own, &decoded(expected)?, &decoded(given)?) {
                SegmentMatch::Key(at, text) => found.push((at, text)),
                SegmentMatch::Same => {}
                SegmentMatch::Differs => return None,
            }
        }
        for (name, expected) in pattern.query_pairs() {
            let Some((_, given)) = address.query_pairs().find(|(known, _)| *known == name) else { continue };
            match key_at(&own, &expected, &given) {
                SegmentMatch::Key(at, text) => found.push((at, text)),
                SegmentMatch::Differs if is_constant(call, &name) => return None,
                // The fields and parts that are asked for do not name a record.
                SegmentMatch::Same | SegmentMatch::Differs => {}
            }
        }
        let value = |at: usize| {
            let mut texts = found.iter().filter(|(known, _)| *known == at).map(|(_, text)| text);
            let text = texts.next()?;
            texts.all(|other| other == text).then(|| typed(collection, at, text)).flatten()
        };
        collection.id_of(value)
    }

    /// The key of a record that was created, from where it is said to be (RFC 9110, 10.2.2): an address of this system at which the
    /// collection has its records, or one below that of the create.
    pub(super) fn key_of_created(&self, collection: &Collection, answer: &Answer, request: &Request) -> Option<Value> {
        let address = self.at_home(request.url.join(answer.header(LOCATION)?).ok()?).ok()?;
        let calls = [&collection.get, &collection.update, &collection.delete];
        let by_call = calls.into_iter().flatten().find_map(|call| self.key_in(collection, call, &address));
        by_call.or_else(|| key_below(collection, request, &address))
    }
}

/// The key in an address that is that of a create with one more segment. The address of a job has nothing to do with that of its record.
fn key_below(collection: &Collection, create: &Request, address: &Url) -> Option<Value> {
    let (above, given) = (segments(&create.url), segments(address));
    let (last, given) = given.split_last().filter(|_| create.writes())?;
    (above == given).then(|| typed(collection, collection.key.alone()?, &decoded(last)?)).flatten()
}

/// Whether a query has the same value in each request of a call.
fn is_constant(call: &Call, query: &str) -> bool {
    call.queries.iter().any(|line| line.name == query && matches!(line.value, Program::Constant(_)))
}

/// What a part of an address has where one of the key is expected.
enum SegmentMatch {
    /// The value of an attribute, as text.
    Key(usize, String),
    /// The same text, and no key is expected there.
    Same,
    Differs,
}

fn key_at(own: &[(usize, Value)], expected: &str, given: &str) -> SegmentMatch {
    for (at, value) in own {
        let Some(placeholder) = value.to_text() else { continue };
        if let Some((before, after)) = expected.split_once(&*placeholder) {
            let text = given.strip_prefix(before).and_then(|rest| rest.strip_suffix(after)).filter(|text| !text.trim().is_empty());
            return text.map_or(SegmentMatch::Differs, |text| SegmentMatch::Key(*at, text.to_owned()));
        }
    }
    if expected == given { SegmentMatch::Same } else { SegmentMatch::Differs }
}

fn placeholder(collection: &Collection, at: usize) -> Option<Value> {
    let number = PLACEHOLDER + i64::try_from(at).ok()?;
    match collection.attributes[at].ty.kind {
        Kind::Int => Some(Value::Int(number)),
        Kind::Text => Some(Value::text(number.to_string())),
        _ => None,
    }
}

/// A text of an address as the value of an attribute.
fn typed(collection: &Collection, at: usize, text: &str) -> Option<Value> {
    match collection.attributes[at].ty.kind {
        Kind::Int => text.parse().ok().map(Value::Int),
        _ => Some(Value::text(text)).filter(|value| !value.is_missing()),
    }
}

/// The segments of a path; a slash at its end makes none.
fn segments(url: &Url) -> Vec<&str> {
    url.path().trim_end_matches('/').split('/').collect()
}
