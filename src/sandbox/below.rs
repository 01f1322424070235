//! Records below those of another collection, and what the `where` of their lists says of them.

use super::{
    answer::build,
    store::{CollectionStore, read},
};
use crate::{
    compile::{
        program::{Name, Names},
        system::{Call, Collection},
    },
    sandbox::error::SandboxError,
    value::{Fault, Value, path::Found},
};
use serde_json::Value as Json;
use std::borrow::Cow;

/// What is known of the record above: its key, and all of it if it is there.
pub struct ParentRecord<'a> {
    above: &'a Collection,
    key: Vec<(usize, Value)>,
    record: Option<Json>,
}

impl<'a> ParentRecord<'a> {
    /// By its key.
    pub fn of(store: CollectionStore<'a>, above: &'a Collection, key: &str) -> Result<Self, SandboxError> {
        let record = CollectionStore { collection: above, ..store }.by_key(key)?.map(|record| record.json);
        Ok(Self { above, key: above.key_values(&above.id_value(key)), record })
    }

    /// One of its values.
    pub fn value(&self, attribute: usize) -> Value {
        let known = self.key.iter().find(|(at, _)| *at == attribute).map(|(_, value)| value.clone());
        let read = || self.record.as_ref().map(|record| read(&self.above.attributes[attribute], record));
        known.or_else(read).unwrap_or(Value::Null)
    }
}

impl Names for ParentRecord<'_> {
    fn value(&self, name: &Name) -> Result<Cow<'_, Value>, Box<Fault>> {
        Ok(Cow::Owned(if let Name::Parent(at) = name { Self::value(self, *at) } else { Value::Null }))
    }
}

/// Whether a list says by `where` which records are below a parent.
pub fn is_said(call: &Call) -> bool {
    call.shows.as_ref().is_some_and(|when| when.uses(|name| matches!(name, Name::Parent(_))))
}

/// Gives a new record what the lists say of each record below its parent.
pub fn belong(store: CollectionStore<'_>, record: &mut Json, parent: &str, made_up: bool) -> Result<(), SandboxError> {
    for call in store.collection.all_lists() {
        let Some(above) = call.for_each.map(|at| &store.system.collections[at]) else { continue };
        let parent = ParentRecord::of(store, above, parent)?;
        for (at, program) in &call.fixed {
            let attribute = &store.collection.attributes[*at];
            let value = program.run(&parent).unwrap_or(Value::Null);
            let open = made_up || matches!(attribute.path.find(record), Found::Nothing);
            if let (true, false, Ok(json)) = (open, value.is_missing(), attribute.codec.write(&value)) {
                build::put(&attribute.path, record, json);
            }
        }
    }
    Ok(())
}
