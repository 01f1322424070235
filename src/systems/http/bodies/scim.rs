//! SCIM patches (RFC 7644, 3.5.2).

use crate::{
    compile::system::{Attribute, Collection},
    systems::{
        CallError, Write,
        place::{encoded, invalid},
    },
    value::path::{self, JsonPath, Step},
};
use serde_json::{Value as Json, json};

const PATCH: &str = "urn:ietf:params:scim:api:messages:2.0:PatchOp";

/// One patch with an operation for each attribute; none if nothing is left to be changed.
///
/// # Errors
/// A value cannot be written in its attribute's form, or its attribute has no path in SCIM.
pub fn patch(collection: &Collection, write: &Write) -> Result<Option<Json>, CallError> {
    let mut operations = Vec::new();
    let mut new = NewElements::default();
    for (index, value) in &write.values {
        let attribute = &collection.attributes[*index];
        let current = write.current.iter().find(|(known, _)| known == index).map(|(_, value)| value);
        let gone = current.is_some_and(crate::value::Value::is_missing);
        let clears = value.is_missing() && attribute.clear_as.is_none();
        match (clears, gone) {
            (true, true) => {}
            (true, false) => operations.push(json!({ "op": "remove", "path": removed_path(attribute)? })),
            (false, true) if new.take(attribute.write_path(), &encoded(attribute, value)?) => {}
            (false, _) => operations.push(json!({ "op": "replace", "path": patch_path(attribute)?, "value": encoded(attribute, value)? })),
        }
    }
    operations.extend(new.operations());
    Ok((!operations.is_empty()).then(|| json!({ "schemas": [PATCH], "Operations": operations })))
}

fn patch_path(attribute: &Attribute) -> Result<String, CallError> {
    attribute.write_path().scim().ok_or_else(|| pathless(attribute))
}

/// Together with the element that a filter selects, because an address without a value makes no sense.
fn removed_path(attribute: &Attribute) -> Result<String, CallError> {
    let steps = attribute.write_path().steps.as_deref().unwrap_or_default();
    let upto = steps.iter().rposition(|step| matches!(step, Step::Where(_))).map_or(steps.len(), |at| at + 1);
    path::scim(&steps[..upto]).ok_or_else(|| pathless(attribute))
}

fn pathless(attribute: &Attribute) -> CallError {
    invalid(attribute, &format!("can't be changed by a SCIM patch: it has no path for `{}`", attribute.write_path().text))
}

/// List elements that do not exist yet. Replacing a value in one of them would be refused, so they are added whole.
#[derive(Default)]
struct NewElements {
    record: Json,
    /// The lists that get new elements, each as the steps to it.
    lists: Vec<Vec<Step>>,
}

impl NewElements {
    /// Takes a value that belongs to an element; false if it belongs elsewhere.
    fn take(&mut self, path: &JsonPath, value: &Json) -> bool {
        let Some(steps) = &path.steps else { return false };
        let Some(list) = steps.iter().position(|step| matches!(step, Step::Where(_))).map(|at| &steps[..at]) else { return false };
        path.place(&mut self.record, value.clone());
        if !self.lists.iter().any(|known| known == list) {
            self.lists.push(list.to_vec());
        }
        true
    }

    fn operations(&self) -> Vec<Json> {
        let elements =
            |list: &[Step]| list.iter().try_fold(&self.record, |at, step| if let Step::Name(name) = step { at.get(name) } else { None });
        let one = |list: &Vec<Step>| Some(json!({ "op": "add", "path": path::scim(list)?, "value": elements(list)? }));
        self.lists.iter().filter_map(one).collect()
    }
}
