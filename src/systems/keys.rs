//! The key of a record as a system tells it: from the record itself, from what was sent, or from what was asked for.

use crate::{
    compile::system::Collection,
    value::{Kind, Text, Value, canonical, trie::Trie},
};
use serde_json::Value as Json;
use std::borrow::Cow;

/// The key of a record; what it does not show of a key of several attributes is taken from what is known of it.
pub(crate) fn id_of(collection: &Collection, record: &[u8], known: &[(usize, Value)]) -> Option<Value> {
    let shown = shown_by(collection, record);
    collection.id_of(|at| known_of(&shown, at).or_else(|| known_of(known, at).filter(|_| collection.key.is_several())))
}

/// The values of the attributes of the key that a record shows.
pub(crate) fn shown_by(collection: &Collection, record: &[u8]) -> Vec<(usize, Value)> {
    let own: Vec<_> = collection.key.attributes().collect();
    let cells = own.iter().map(|at| (collection.attributes[*at].path.clone(), collection.attributes[*at].codec.clone()));
    let row = Trie::new(&cells.collect::<Vec<_>>()).read(record).unwrap_or_default();
    own.into_iter().zip(row).filter_map(|(at, cell)| Some((at, cell.ok().filter(|value| !value.is_missing())?))).collect()
}

/// Reads the keys of many records.
#[derive(Debug)]
pub(crate) struct KeyReader<'c> {
    collection: &'c Collection,
    attributes: Vec<usize>,
    trie: Trie,
}

impl<'c> KeyReader<'c> {
    pub(crate) fn of(collection: &'c Collection) -> Self {
        let attributes: Vec<_> = collection.key.attributes().collect();
        let cells = attributes.iter().map(|at| &collection.attributes[*at]).map(|one| (one.path.clone(), one.codec.clone()));
        let trie = Trie::new(&cells.collect::<Vec<_>>());
        Self { collection, attributes, trie }
    }

    /// The key of a record; none where it is missing or can't be read.
    pub(crate) fn key_of(&self, record: &[u8]) -> Option<Text> {
        let row = self.trie.read(record).ok()?;
        let cell = |at: usize| row.get(self.attributes.iter().position(|known| *known == at)?)?.as_ref().ok();
        self.collection.key_of(|at| cell(at).filter(|value| !value.is_missing()))
    }
}

/// Where a record shows another value of the key than was sent: it may be another record, such as the membership that a person got.
pub(crate) fn contradiction(collection: &Collection, shown: &[(usize, Value)], sent: &[(usize, Value)]) -> Option<String> {
    let differs = |at: usize, value: &Value| {
        let sent = known_of(sent, at).filter(|sent| !canonical::same(sent, value, collection.attributes[at].comparison))?;
        (sent.canonical_key() != value.canonical_key()).then_some(sent)
    };
    let (at, value, sent) = shown.iter().find_map(|(at, value)| Some((*at, value, differs(*at, value)?)))?;
    let text = |value: &Value| value.canonical_key().unwrap_or_default().to_string();
    Some(format!("shows `{}` {} where {} was expected", collection.attributes[at].name, text(value), text(&sent)))
}

/// A record with its key as it was asked for, where it spells the same key otherwise: in other letters, if case does not count.
pub(crate) fn as_asked<'r>(
    collection: &Collection,
    record: Cow<'r, [u8]>,
    shown: &[(usize, Value)],
    asked: &[(usize, Value)],
) -> Cow<'r, [u8]> {
    let other = |(at, value): &(usize, Value)| {
        let own = known_of(asked, *at).filter(|own| own.canonical_key() != value.canonical_key())?;
        Some((&collection.attributes[*at], own))
    };
    let other: Vec<_> = shown.iter().filter_map(other).collect();
    let tree = if other.is_empty() { None } else { serde_json::from_slice::<Json>(&record).ok() };
    let Some(mut tree) = tree else { return record };
    for (attribute, own) in other {
        if let Ok(json) = attribute.codec.write(&own) {
            attribute.path.place(&mut tree, json);
        }
    }
    Cow::Owned(tree.to_string().into_bytes())
}

/// That a record does not show all of its key that records of its collection show, so that it may be another record, or none at all.
pub(crate) fn hidden_key(collection: &Collection, shown: &[(usize, Value)]) -> Option<String> {
    let mut own = collection.key.attributes().filter(|at| !collection.attributes[*at].unshown);
    let hidden = own.find(|at| !shown.iter().any(|(known, _)| known == at))?;
    let may_be = if shown.is_empty() { "any" } else { "another" };
    Some(format!("what shows no `{}` that can be read, so it may be {may_be} record", collection.attributes[hidden].name))
}

/// The key that a create sends, where the client chooses it.
pub(crate) fn sent_key(collection: &Collection, values: &[(usize, Value)]) -> Option<Value> {
    collection.id_of(|at| known_of(values, at))
}

fn known_of(values: &[(usize, Value)], attribute: usize) -> Option<Value> {
    values.iter().find(|(at, value)| *at == attribute && !value.is_missing()).map(|(_, value)| value.clone())
}

/// A record with the attributes that no element shows, from what is known of it.
pub(crate) fn completed<'r>(collection: &Collection, record: &'r [u8], known: &[(usize, Value)]) -> Cow<'r, [u8]> {
    let unshown = || known.iter().filter(|(at, value)| collection.attributes[*at].unshown && !value.is_missing());
    if unshown().next().is_none() {
        return Cow::Borrowed(record);
    }
    let Ok(mut tree) = serde_json::from_slice::<Json>(record) else { return Cow::Borrowed(record) };
    for (at, value) in unshown() {
        let attribute = &collection.attributes[*at];
        if let Ok(json) = attribute.codec.write(value) {
            attribute.path.place(&mut tree, json);
        }
    }
    Cow::Owned(tree.to_string().into_bytes())
}

/// A value of an answer as the key of a collection, if one attribute is the key.
pub(crate) fn key_value(collection: &Collection, found: &Value) -> Option<Value> {
    let attribute = &collection.attributes[collection.key.alone()?];
    let value = match found {
        Value::Json(json) => match (&attribute.ty.kind, &**json) {
            (Kind::Text, Json::Number(number)) => Value::text(number.to_string()),
            (Kind::Int, Json::String(text)) => Value::text(text),
            (_, json) => attribute.codec.read(Some(json)).ok()?,
        },
        other => other.clone(),
    };
    match (&attribute.ty.kind, &value) {
        (Kind::Int, Value::Text(text)) => text.trim().parse().ok().map(Value::Int),
        _ => Some(value.in_key_form()).filter(|value| !value.is_missing()),
    }
}
