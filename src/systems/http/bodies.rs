//! What a write sends: a JSON record, or a SCIM patch.

use crate::{
    plan::system::{Attribute, Body, BodyFormat, Call, Collection, ErrorClass},
    systems::{
        CallError, Write, WriteKind,
        place::{encoded, invalid, place},
        scope::Scope,
    },
    value::{
        Kind,
        format::Codec,
        path::{self, JsonPath, Step},
    },
};
use serde_json::{Map, Value as Json, json};

const PATCH: &str = "urn:ietf:params:scim:api:messages:2.0:PatchOp";

/// What there is to send.
#[derive(Debug, PartialEq)]
pub enum Content {
    /// The call has no body.
    None,
    Json(Json),
    /// Nothing is left to be changed, so nothing is to be sent.
    Nothing,
}

/// The body of a write. `scope` knows the record that is sent first, the one that is there second.
///
/// # Errors
/// A value can't stand in its attribute's form.
pub fn content(call: &Call, collection: &Collection, write: &Write, scope: &Scope<'_>) -> Result<Content, CallError> {
    let lines = call.body.as_ref();
    match (write.kind, lines.map(|body| &body.format)) {
        (WriteKind::Create, _) => record(lines, collection, write, scope, true).map(Content::Json),
        (WriteKind::Update, Some(BodyFormat::ScimPatch)) => patch(lines, collection, write, scope),
        (WriteKind::Update, _) => record(lines, collection, write, scope, false).map(Content::Json),
        (WriteKind::Delete | WriteKind::Call(_), Some(_)) => {
            let mut body = Json::Object(Map::new());
            add_lines(&mut body, lines, scope)?;
            Ok(Content::Json(body))
        }
        (WriteKind::Delete | WriteKind::Call(_), None) => Ok(Content::None),
    }
}

fn record(lines: Option<&Body>, collection: &Collection, write: &Write, scope: &Scope<'_>, new: bool) -> Result<Json, CallError> {
    let mut body = Json::Object(Map::new());
    add_lines(&mut body, lines, scope)?;
    place(&mut body, collection, &write.values, new)?;
    Ok(body)
}

fn add_lines(body: &mut Json, lines: Option<&Body>, scope: &Scope<'_>) -> Result<(), CallError> {
    let plain = Codec::natural(Kind::Json);
    for (path, program) in lines.map(|body| body.lines.as_slice()).unwrap_or_default() {
        let fault = |fault| CallError::unsent(ErrorClass::Invalid, format!("the body at `{}`: {fault}", path.text));
        let value = program.run(scope).map_err(fault)?;
        if !value.is_missing() {
            path.place(body, plain.write(&value).map_err(fault)?);
        }
    }
    Ok(())
}

/// One patch with an operation for each attribute (RFC 7644, 3.5.2).
fn patch(lines: Option<&Body>, collection: &Collection, write: &Write, scope: &Scope<'_>) -> Result<Content, CallError> {
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
    if operations.is_empty() {
        return Ok(Content::Nothing);
    }
    let mut body = json!({ "schemas": [PATCH], "Operations": operations });
    add_lines(&mut body, lines, scope)?;
    Ok(Content::Json(body))
}

fn patch_path(attribute: &Attribute) -> Result<String, CallError> {
    attribute.write_path().scim().ok_or_else(|| pathless(attribute))
}

/// With the element that a filter selects: an address without a value is none.
fn removed_path(attribute: &Attribute) -> Result<String, CallError> {
    let steps = attribute.write_path().steps.as_deref().unwrap_or_default();
    let upto = steps.iter().rposition(|step| matches!(step, Step::Where(_))).map_or(steps.len(), |at| at + 1);
    path::scim(&steps[..upto]).ok_or_else(|| pathless(attribute))
}

fn pathless(attribute: &Attribute) -> CallError {
    invalid(attribute, &format!("can't be changed by a SCIM patch: it has no path for `{}`", attribute.write_path().text))
}

/// Elements of lists that are not there yet: to replace a value in one of them would be refused, so they are added whole.
#[derive(Default)]
struct NewElements {
    record: Json,
    /// The lists that get new elements, each as the steps to it.
    lists: Vec<Vec<Step>>,
}

impl NewElements {
    /// Takes a value that stands in an element; false if it stands elsewhere.
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
