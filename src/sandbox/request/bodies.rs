//! The body of a request in its declared format, as JSON in the shape in which records are read.

use crate::{
    compile::{
        program::{Name, Program},
        system::{BodyFormat, Call, Collection},
    },
    sandbox::answer::{Refusal, build},
    systems::formats::{lists::Lists, rows, xml},
    value::path::{Found, JsonPath},
};
use serde_json::{Map, Value as Json};

/// The record in a body.
///
/// # Errors
/// 400: the body is not in the declared format.
pub fn record(call: &Call, lists: &Lists, body: &[u8]) -> Result<Json, Refusal> {
    let record = match call.body.as_ref().map(|body| &body.format) {
        Some(BodyFormat::JsonApi(kind)) => resource(json(body)?, kind)?,
        Some(BodyFormat::Xml(root) | BodyFormat::XmlDiff(root)) => element(body, root, lists)?,
        Some(BodyFormat::Form) => form(body),
        Some(BodyFormat::Csv) => row(body)?,
        Some(BodyFormat::Json | BodyFormat::ScimPatch) | None => json(body)?,
    };
    let record = inner(call, record);
    if record.is_object() { Ok(record) } else { Err(syntax("the body is not an object")) }
}

/// The body of a call for many records.
///
/// # Errors
/// 400: the body is not in the declared format.
pub fn many(call: &Call, body: &[u8]) -> Result<Json, Refusal> {
    match call.body.as_ref().map(|body| &body.format) {
        Some(BodyFormat::Csv) => {
            let rows = rows::csv(body, "the body").map_err(|why| syntax(&why.to_string()))?;
            rows.iter().map(|row| json(row)).collect::<Result<Vec<_>, _>>().map(Json::Array)
        }
        Some(BodyFormat::Form) => Ok(form(body)),
        _ => json(body),
    }
}

/// A body that is JSON.
///
/// # Errors
/// 400.
pub fn json(body: &[u8]) -> Result<Json, Refusal> {
    serde_json::from_slice(body).map_err(|error| syntax(&format!("the body is no JSON: {error}")))
}

/// Which elements are lists in a record below `root`, by all paths that lead into it.
pub fn lists(root: &str, paths: impl Iterator<Item = JsonPath>) -> Lists {
    let mut lists = Lists::default();
    let base = JsonPath::parse(&format!("$[{}]", Json::from(root))).ok();
    paths.for_each(|path| lists.add_below(base.as_ref(), &path));
    lists
}

/// The paths that lead into a record.
pub fn paths(collection: &Collection) -> impl Iterator<Item = JsonPath> + '_ {
    let parts = collection.parts.iter().map(|part| part.at.clone());
    collection.attributes.iter().map(|attribute| attribute.path.clone()).chain(parts)
}

/// The paths that lead into a part.
pub fn part_paths(collection: &Collection, part: usize) -> impl Iterator<Item = JsonPath> + '_ {
    let own = collection.attributes.iter().filter_map(|attribute| attribute.part.as_ref());
    let discovered = collection.parts[part].discovery.iter().flat_map(|discovery| discovery.types.iter().map(|one| one.path.clone()));
    own.filter(move |own| own.part == part).map(|own| own.path.clone()).chain(discovered)
}

fn syntax(message: &str) -> Refusal {
    Refusal::invalid("invalidSyntax", message)
}

/// What is found where a line of the body places the record.
fn inner(call: &Call, body: Json) -> Json {
    let mut lines = call.body.iter().flat_map(|body| &body.lines);
    let place = lines.find(|(_, program)| matches!(program, Program::Name(Name::Sent)));
    match place.map(|(path, _)| path.find(&body)) {
        Some(Found::One(record)) => record.clone(),
        _ => body,
    }
}

fn resource(mut body: Json, kind: &str) -> Result<Json, Refusal> {
    let resource = body.get_mut("data").map(Json::take).filter(Json::is_object).ok_or_else(|| syntax("the document has no `data`"))?;
    match resource.get("type").and_then(Json::as_str) {
        Some(given) if given == kind => {}
        other => return Err(syntax(&format!("the resource is of the type `{}`, not `{kind}`", other.unwrap_or_default()))),
    }
    // An empty map that was sent as a list is dropped.
    if resource.get("attributes").is_some_and(|attributes| !attributes.is_object()) {
        return Err(syntax("`attributes` is not an object"));
    }
    Ok(resource)
}

fn element(body: &[u8], root: &str, lists: &Lists) -> Result<Json, Refusal> {
    let mut document = xml::parse(body, lists).map_err(|why| syntax(&format!("the body is no XML: {why}")))?;
    match document.get_mut(root).map(Json::take) {
        Some(Json::String(text)) if text.trim().is_empty() => Ok(Json::Object(Map::new())),
        Some(record) => Ok(record),
        None => Err(syntax(&format!("the root of the document is not `{root}`"))),
    }
}

/// `a=1&b[c]=2`; a name that comes several times is a list.
fn form(body: &[u8]) -> Json {
    let mut record = Json::Object(Map::new());
    for (name, value) in url::form_urlencoded::parse(body) {
        let steps: Vec<_> = name.split('[').map(|step| step.trim_end_matches(']')).filter(|step| !step.is_empty()).collect();
        let place = steps.iter().fold(&mut record, |at, step| {
            if !at.is_object() {
                *at = Json::Object(Map::new());
            }
            &mut at[*step]
        });
        let value = Json::from(value.as_ref());
        *place = match place.take() {
            Json::Null => value,
            Json::Array(items) => items.into_iter().chain([value]).collect(),
            first => Json::Array(vec![first, value]),
        };
    }
    record
}

fn row(body: &[u8]) -> Result<Json, Refusal> {
    let rows = rows::csv(body, "the body").map_err(|why| syntax(&why.to_string()))?;
    let [row] = rows.as_slice() else { return Err(syntax("the table is to hold one row")) };
    json(row)
}

/// A body that replaces a record contains all of it; only read-only values are kept.
pub fn replaces_all(call: &Call) -> bool {
    call.replaces.as_ref().is_some_and(|path| path.text.trim() == "$")
}

/// A merge by members: lists and plain values are replaced, `null` is kept. The value at `replaces` is replaced, not merged.
pub fn merged(before: &Json, mut new: Json, whole: Option<&JsonPath>) -> Json {
    let mut after = before.clone();
    let replaced = whole.and_then(|path| if let Found::One(value) = path.find(&new) { Some((path, value.clone())) } else { None });
    if let Some((path, value)) = replaced {
        build::take(path, &mut new);
        build::put(path, &mut after, value);
    }
    if let (Json::Object(fields), Json::Object(new)) = (&mut after, new) {
        merge(fields, new);
    }
    after
}

fn merge(fields: &mut Map<String, Json>, new: Map<String, Json>) {
    for (name, value) in new {
        match (fields.get_mut(&name), value) {
            (Some(Json::Object(old)), Json::Object(new)) => merge(old, new),
            (_, value) => drop(fields.insert(name, value)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_form_nests_by_brackets_and_repeats_lists() {
        let record = form(b"name=Ann+%26+Bob&tags=a&tags=b&address%5Bcity%5D=Lyon&phone=");
        assert_eq!(record, json!({ "name": "Ann & Bob", "tags": ["a", "b"], "address": { "city": "Lyon" }, "phone": "" }));
    }

    #[test]
    fn what_is_whole_is_replaced_and_the_rest_is_merged() {
        let before = json!({ "a": { "x": 1, "y": 2 }, "b": { "x": 1, "y": 2 } });
        let path = JsonPath::parse("$.b").unwrap();
        let new = json!({ "a": { "x": 9 }, "b": { "x": 9 } });
        assert_eq!(merged(&before, new, Some(&path)), json!({ "a": { "x": 9, "y": 2 }, "b": { "x": 9 } }));
    }
}
