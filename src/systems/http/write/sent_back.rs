//! Records that are sent back whole: what their `get` shows is what stays of them, so it has to be believed in every member.

use crate::{
    compile::system::{Attribute, Call, Collection, ErrorClass},
    systems::{
        CallError, Snapshot, Write,
        http::{
            Client,
            write::{keys_of, sends_diff, sends_whole},
        },
        keys::KeyReader,
    },
    value::{
        Text,
        path::{Found, JsonPath},
        unique,
    },
};
use serde_json::Value as Json;
use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

/// A collection, and the key of a record of it.
type Named = (usize, Text);

/// By collection and key: the attributes of which a list of this run has shown a value.
#[derive(Debug, Default)]
pub struct Listed(Mutex<HashMap<Named, Box<[usize]>>>);

impl Client {
    /// Keeps what a list shows of the records of a collection, where an update sends them back whole.
    pub(in crate::systems::http) fn note_listed(&self, index: usize, records: &[&[u8]]) {
        let collection = self.collection(index);
        let Some(call) = collection.update.as_ref().filter(|call| sends_back(call)) else { return };
        let attributes: Vec<_> = attributes_of(collection, call).filter(|at| !collection.attributes[*at].from_get).collect();
        let (reader, mut listed) = (KeyReader::of(collection), self.listed.0.lock().unwrap_or_else(PoisonError::into_inner));
        for record in records {
            let (Some(key), Ok(tree)) = (reader.key_of(record), serde_json::from_slice::<Json>(record)) else { continue };
            let shown = attributes.iter().copied().filter(|at| has_value(&collection.attributes[*at].path, &tree));
            listed.insert((index, key), shown.collect());
        }
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
        let lacks = |at: &&usize| matches!(collection.attributes[**at].path.find(&tree), Found::Nothing);
        match listed.get(&(index, key)).and_then(|shown| shown.iter().find(lacks)).filter(|_| sends_back(call)) {
            Some(at) => {
                let name = &collection.attributes[*at].name;
                Err(refuse(format!("leaves out `{name}`, which the list showed, so it is not written: what it leaves out would be lost")))
            }
            None => Ok(()),
        }
    }
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
        Found::One(value) => !value.is_null(),
        Found::Nothing => false,
        Found::Several(_) => true,
    }
}
