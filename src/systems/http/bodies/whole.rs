//! For vendors that replace everything at a path: it is read, merged with what we write, and sent as a whole.

use super::BodyInput;
use crate::{
    compile::system::{Collection, Direction, ErrorClass},
    systems::CallError,
    value::path::{self, Found, JsonPath, Step},
};
use serde_json::Value as Json;

impl BodyInput<'_> {
    /// A body that begins with the current value at `replaces`, if anything below it is written. What is read only is never sent back.
    pub(crate) fn merged(&self, mut start: Json) -> Result<Json, CallError> {
        let wholes = self.call.replaces.iter().filter_map(|whole| whole.steps.as_deref());
        let mut wholes = wholes.filter(|whole| !self.new && self.writes_below(whole)).peekable();
        if wholes.peek().is_none() {
            return Ok(start);
        }
        let record = self.record.ok_or_else(|| {
            CallError::unsent(ErrorClass::Invalid, "this call replaces the existing value, and without a `get` that value is unknown")
        })?;
        let mut sendable = record.clone();
        prune(self.collection, &mut sendable);
        for whole in wholes {
            if whole.is_empty() {
                keep(&mut sendable, start);
                return Ok(sendable);
            }
            if let Some(found) = at(whole, &sendable) {
                path::place(whole, &mut start, found);
            }
        }
        Ok(start)
    }

    /// The whole record as it can be sent, with what this write changes.
    pub(crate) fn whole_record(&self) -> Result<Json, CallError> {
        let record = self.record.ok_or_else(|| {
            CallError::unsent(ErrorClass::Invalid, "this call sends the whole record, and without a `get` that is unknown")
        })?;
        let mut sendable = record.clone();
        prune(self.collection, &mut sendable);
        self.place(&mut sendable)?;
        Ok(sendable)
    }

    fn writes_below(&self, whole: &[Step]) -> bool {
        let below = |path: &JsonPath| path.steps.as_deref().is_some_and(|steps| steps.starts_with(whole));
        self.write.values.iter().any(|(index, _)| below(self.path(&self.collection.attributes[*index])))
    }
}

/// Removes what can't be written, and moves values that are written at another place than they are read.
pub(crate) fn prune(collection: &Collection, record: &mut Json) {
    for attribute in &collection.attributes {
        let Some(read) = attribute.path.steps.as_deref() else { continue };
        let moved = attribute.written_at.as_ref().filter(|to| **to != attribute.path);
        if attribute.direction != Direction::ReadOnly && moved.is_none() && attribute.is_in_body() {
            continue;
        }
        let now = if let Found::One(now) = attribute.path.find(record) { Some(now.clone()) } else { None };
        path::remove(read, record);
        if let (Some(to), Some(now)) = (moved.filter(|_| attribute.direction != Direction::ReadOnly), now) {
            to.place(record, now);
        }
    }
}

/// What the steps lead to.
fn at(steps: &[Step], record: &Json) -> Option<Json> {
    let next = |at: &Json, step: &Step| match step {
        Step::Name(name) => at.get(name).cloned(),
        Step::Index(index) => at.get(usize::try_from(*index).ok()?).cloned(),
        Step::Where(conditions) => at.as_array()?.iter().find(|element| conditions.are_met(element)).cloned(),
    };
    steps.iter().try_fold(record.clone(), |at, step| next(&at, step))
}

/// What the format itself puts into a body stays, unless the record has it: the type and the id of a resource.
fn keep(record: &mut Json, start: Json) {
    let (Some(members), Json::Object(own)) = (record.as_object_mut(), start) else { return };
    for (name, value) in own {
        if name != "attributes" || !members.contains_key(&name) {
            members.insert(name, value);
        }
    }
}
