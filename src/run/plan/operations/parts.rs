//! Splits steps by parts: a part of a record with its own calls needs its own request.

use crate::{
    compile::system::Collection,
    run::change_set::{Step, Written},
};
use std::collections::BTreeMap;

/// The same steps, with the values of each such part in a step of their own, after the record's.
pub(crate) fn split(collection: &Collection, steps: Vec<Step>) -> Vec<Step> {
    if collection.parts.is_empty() {
        return steps;
    }
    steps.into_iter().flat_map(|step| apart(collection, step)).collect()
}

fn apart(collection: &Collection, step: Step) -> Vec<Step> {
    let (values, new) = match step {
        Step::Create { values } => (values, true),
        Step::Update { values } => (values, false),
        other => return vec![other],
    };
    let (mut own, mut parts): (Vec<Written>, BTreeMap<usize, Vec<Written>>) = Default::default();
    for written in values {
        match part_of(collection, &written, new) {
            None => own.push(written),
            Some(_) if new && written.after.0.is_missing() => {}
            Some(part) => parts.entry(part).or_default().push(written),
        }
    }
    let first = if new { Some(Step::Create { values: own }) } else { (!own.is_empty()).then_some(Step::Update { values: own }) };
    first.into_iter().chain(parts.into_values().map(|values| Step::Update { values })).collect()
}

/// The part whose own calls write a value. A value of a part without its own `create` is written with a new record, if it can be.
fn part_of(collection: &Collection, written: &Written, new: bool) -> Option<usize> {
    let attribute = &collection.attributes[collection.attribute(&written.attribute)?];
    let at = attribute.part.as_ref()?.part;
    let part = &collection.parts[at];
    let goes_along = new && attribute.write_path().is_writable();
    (part.create.is_some() || part.update.is_some() && !goes_along).then_some(at)
}
