//! Records that are sent back whole: what their `get` shows is what stays of them, so it has to be believed in every member.

use crate::{
    compile::system::{Attribute, Call, Collection, ErrorClass, WireFormat},
    systems::{
        CallError, Snapshot, Write,
        http::{
            Client,
            bodies::whole::prune,
            write::{keys_of, sends_diff, sends_whole},
        },
        keys::KeyReader,
    },
    value::{
        Text, is_blank,
        path::{Found, JsonPath, Step},
        unique,
    },
};
use serde_json::Value as Json;
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

/// A collection, and the key of a record of it.
type Named = (usize, Text);

/// What the lists of this run have shown of records that are sent back whole.
#[derive(Debug, Default)]
pub struct Listed(Mutex<Shown>);

#[derive(Debug, Default)]
struct Shown {
    records: HashMap<Named, ShownRecord>,
    /// Each outline once, since the records of a list are mostly alike.
    outlines: HashMap<String, Arc<Json>>,
}

#[derive(Debug)]
struct ShownRecord {
    /// The attributes that have a value.
    attributes: Box<[usize]>,
    /// The members that have a value, declared or not, without what is not sent back.
    outline: Arc<Json>,
}

impl Client {
    /// Keeps what a list shows of the records of a collection, where an update sends them back whole.
    pub(in crate::systems::http) fn note_listed(&self, index: usize, records: &[&[u8]]) {
        let collection = self.collection(index);
        let Some(call) = collection.update.as_ref().filter(|call| sends_back(call)) else { return };
        let attributes: Vec<_> = attributes_of(collection, call).filter(|at| !collection.attributes[*at].from_get).collect();
        let (reader, mut listed) = (KeyReader::of(collection), self.listed.0.lock().unwrap_or_else(PoisonError::into_inner));
        for record in records {
            let (Some(key), Ok(mut tree)) = (reader.key_of(record), serde_json::from_slice::<Json>(record)) else { continue };
            let shown = attributes.iter().copied().filter(|at| has_value(&collection.attributes[*at].path, &tree)).collect();
            prune(collection, &mut tree);
            let outline = listed.kept(outline(&tree, self.deepest()));
            listed.records.insert((index, key), ShownRecord { attributes: shown, outline });
        }
    }

    /// How deep the members of a record are compared. In JSON:API the included resources stand below that, and a `get` need not include
    /// them.
    fn deepest(&self) -> usize {
        if self.http().format == WireFormat::JsonApi { 2 } else { usize::MAX }
    }

    /// Refuses a record that would be sent back otherwise than it is.
    ///
    /// # Errors
    /// A member is in it more than once, or it lacks what the list of this run showed of it.
    pub(super) fn is_whole(&self, index: usize, call: &Call, write: &Write, snapshot: Option<&Snapshot>) -> Result<(), CallError> {
        let Some(snapshot) = snapshot.filter(|_| sends_back(call) || sends_diff(call)) else { return Ok(()) };
        let refuse = |why: String| CallError::unsent(ErrorClass::Temporary, format!("the record is sent back whole, and its `get` {why}"));
        let Ok((tree, twice)) = unique::tree(&String::from_utf8_lossy(&snapshot.json)) else { return Ok(()) };
        if let Some(member) = twice {
            return Err(refuse(format!("has the member `{member}` more than once (R0219), so it is not written")));
        }
        let collection = self.collection(index);
        let own = keys_of(collection, write);
        let Some(key) = collection.key_of(|at| own.iter().find(|(known, _)| *known == at).map(|(_, value)| value)) else { return Ok(()) };
        let listed = self.listed.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(shown) = listed.records.get(&(index, key)).filter(|_| sends_back(call)) else { return Ok(()) };
        let lost = |what: String| Err(refuse(format!("leaves out {what}, so it is not written: what it leaves out would be lost")));
        if let Some(at) = shown.attributes.iter().find(|at| matches!(collection.attributes[**at].path.find(&tree), Found::Nothing)) {
            return lost(format!("`{}`, which the list showed", collection.attributes[*at].name));
        }
        // As the list was taken: with what is written at another place there, and without what is not sent back.
        let mut sendable = tree;
        prune(collection, &mut sendable);
        match lacking(&shown.outline, &sendable, &[], &|way| is_replaced(call, way)) {
            Some(way) => lost(format!(
                "`$.{}`, which the list showed (if the system sets it by itself, declare it as a `read only` attribute)",
                way.join(".")
            )),
            None => Ok(()),
        }
    }
}

impl Shown {
    fn kept(&mut self, outline: Json) -> Arc<Json> {
        Arc::clone(self.outlines.entry(outline.to_string()).or_insert_with(|| Arc::new(outline)))
    }
}

/// The members of a record that have a value, each but the objects as `true`.
fn outline(record: &Json, deepest: usize) -> Json {
    match record.as_object().filter(|_| deepest > 0) {
        Some(members) => {
            let shown = members.iter().filter(|(_, value)| !is_missing(value));
            Json::Object(shown.map(|(name, value)| (name.clone(), outline(value, deepest - 1))).collect())
        }
        None => Json::Bool(true),
    }
}

/// Whether a member of JSON has no value (rule 23): null, blank, an empty list, or an object in which nothing has one.
fn is_missing(value: &Json) -> bool {
    match value {
        Json::Null => true,
        Json::String(text) => is_blank(text),
        Json::Array(items) => items.is_empty(),
        Json::Object(members) => members.values().all(is_missing),
        Json::Bool(_) | Json::Number(_) => false,
    }
}

/// The way to a member of an outline that a record leaves out, of those that count. One that is null was cleared since.
fn lacking<'o>(outline: &'o Json, record: &Json, way: &[&'o str], counts: &dyn Fn(&[&str]) -> bool) -> Option<Vec<&'o str>> {
    let (shown, there) = (outline.as_object()?, record.as_object()?);
    shown.iter().find_map(|(name, inside)| {
        let way = [way, &[name.as_str()]].concat();
        match there.get(name) {
            Some(value) => lacking(inside, value, &way, counts),
            None => counts(&way).then_some(way),
        }
    })
}

/// Whether a call replaces the value that names lead to, with all that it lacks.
fn is_replaced(call: &Call, way: &[&str]) -> bool {
    let leads = |steps: &[Step]| {
        steps.len() <= way.len() && steps.iter().zip(way).all(|(step, name)| matches!(step, Step::Name(own) if own == name))
    };
    sends_whole(call) || call.replaces.iter().filter_map(|whole| whole.steps.as_deref()).any(leads)
}

/// Whether a call sends back what it does not change.
fn sends_back(call: &Call) -> bool {
    !call.replaces.is_empty() || sends_whole(call)
}

/// The attributes that such a call sends back as they were read.
pub(super) fn attributes_of<'c>(collection: &'c Collection, call: &'c Call) -> impl Iterator<Item = usize> + 'c {
    let inside = move |path: &JsonPath| {
        let mut wholes = call.replaces.iter().filter_map(|whole| whole.steps.as_deref());
        sends_whole(call) || path.steps.as_deref().is_some_and(|steps| wholes.any(|whole| steps.starts_with(whole)))
    };
    let counts = move |one: &Attribute| one.is_read() && one.is_written() && one.is_in_body() && !one.unshown && inside(&one.path);
    (0..collection.attributes.len()).filter(move |at| counts(&collection.attributes[*at]))
}

fn has_value(path: &JsonPath, record: &Json) -> bool {
    match path.find(record) {
        Found::One(value) => !is_missing(value),
        Found::Nothing => false,
        Found::Several(_) => true,
    }
}
