//! The body of a request in its declared format, as JSON in the shape in which records are read.

use crate::{
    compile::{
        program::Name,
        system::{BodyFormat, Call, Collection, ListStyle},
    },
    sandbox::{
        answer::{Refusal, build},
        request::reverse::{self, Taken},
    },
    systems::formats::{lists::Lists, rows, xml},
    value::path::{Found, JsonPath},
};
use serde_json::{Map, Value as Json};

/// The record in a body; of a part, if the call is one of a part.
///
/// # Errors
/// 400: the body is not in the declared format, or not made as declared.
pub fn record(collection: &Collection, part: Option<usize>, call: &Call, lists: &Lists, body: &[u8]) -> Result<Json, Refusal> {
    let sent = document(call, lists, body)?;
    if let Some(value) = call.body.as_ref().and_then(|body| body.value.as_ref()) {
        return Ok(record_of(collection, part, reverse::read(value, &sent)?));
    }
    if sent.is_object() { Ok(sent) } else { Err(syntax("the body is not an object")) }
}

/// The record that a body was made of: what was sent as such, and the values that were named.
pub fn record_of(collection: &Collection, part: Option<usize>, taken: Taken) -> Json {
    let mut record = taken.record.filter(Json::is_object).unwrap_or_else(|| Json::Object(Map::new()));
    for (name, value) in taken.values {
        let Name::Own(at) = name else { continue };
        let attribute = &collection.attributes[at];
        let path = match (part, &attribute.part) {
            (Some(part), Some(own)) if own.part == part => &own.path,
            (Some(_), _) => continue,
            (None, _) => &attribute.path,
        };
        build::put(path, &mut record, value);
    }
    record
}

/// A body in its declared format, as JSON.
fn document(call: &Call, lists: &Lists, body: &[u8]) -> Result<Json, Refusal> {
    Ok(match call.body.as_ref().map(|body| &body.format) {
        Some(BodyFormat::JsonApi(kind)) => resource(json(body)?, kind)?,
        Some(BodyFormat::Xml(root) | BodyFormat::XmlDiff(root)) => element(body, root, lists)?,
        Some(BodyFormat::Form(lists)) => form(body, *lists),
        Some(BodyFormat::Csv) => row(body)?,
        Some(BodyFormat::Json | BodyFormat::ScimPatch) | None => json(body)?,
    })
}

/// What a body says of its call; none of a format that says nothing.
///
/// # Errors
/// 400: the body is not in that format.
pub fn told(format: &BodyFormat, body: &[u8]) -> Result<Option<Json>, Refusal> {
    match format {
        BodyFormat::Json => json(body).map(Some),
        BodyFormat::Form(lists) => Ok(Some(form(body, *lists))),
        BodyFormat::JsonApi(_) | BodyFormat::Xml(_) | BodyFormat::XmlDiff(_) | BodyFormat::Csv | BodyFormat::ScimPatch => Ok(None),
    }
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
        Some(BodyFormat::Form(lists)) => Ok(form(body, *lists)),
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

/// `a=1&b[c]=2`; a name that comes several times is a list, unless lists are numbered or bracketed.
fn form(body: &[u8], lists: ListStyle) -> Json {
    let mut record = Json::Object(Map::new());
    for (name, value) in url::form_urlencoded::parse(body) {
        let steps: Vec<_> = name.split('[').map(|step| step.trim_end_matches(']')).collect();
        put_in_form(&mut record, &steps, Json::from(value.as_ref()), lists);
    }
    record
}

fn put_in_form(at: &mut Json, steps: &[&str], value: Json, lists: ListStyle) {
    let Some((step, rest)) = steps.split_first() else {
        *at = match at.take() {
            Json::Null => value,
            Json::Array(items) => items.into_iter().chain([value]).collect(),
            first => Json::Array(vec![first, value]),
        };
        return;
    };
    let index = match lists {
        ListStyle::Numbered => step.parse().ok(),
        ListStyle::Bracketed if step.is_empty() => Some(open_item(at, rest)),
        _ => None,
    };
    if let Some(index) = index {
        put_in_form(item(at, index), rest, value, lists);
    } else if step.is_empty() {
        put_in_form(at, rest, value, lists);
    } else {
        if !at.is_object() {
            *at = Json::Object(Map::new());
        }
        put_in_form(&mut at[*step], rest, value, lists);
    }
}

/// The item that a bracketed name goes on: the last one, unless it has that member already.
fn open_item(at: &Json, rest: &[&str]) -> usize {
    let Some(items) = at.as_array() else { return 0 };
    let goes_on =
        matches!((items.last(), rest.first()), (Some(Json::Object(last)), Some(name)) if rest.len() > 1 || !last.contains_key(*name));
    if goes_on { items.len() - 1 } else { items.len() }
}

fn item(at: &mut Json, index: usize) -> &mut Json {
    if !at.is_array() {
        *at = Json::Array(Vec::new());
    }
    let items = at.as_array_mut().expect("it is one now");
    // A number far beyond the end is that of the next item.
    let index = index.min(items.len());
    if index == items.len() {
        items.push(Json::Null);
    }
    &mut items[index]
}

fn row(body: &[u8]) -> Result<Json, Refusal> {
    let rows = rows::csv(body, "the body").map_err(|why| syntax(&why.to_string()))?;
    let [row] = rows.as_slice() else { return Err(syntax("the table is to hold one row")) };
    json(row)
}

/// A body that replaces a record contains all of it; only read-only values are kept.
pub fn replaces_all(call: &Call) -> bool {
    call.replaces.iter().any(|path| path.text.trim() == "$")
}

/// A merge by members: lists and plain values are replaced, `null` is kept. The value at `replaces` is replaced, not merged.
pub fn merged(before: &Json, mut new: Json, wholes: &[JsonPath]) -> Json {
    let mut after = before.clone();
    for path in wholes {
        let Found::One(value) = path.find(&new) else { continue };
        let value = value.clone();
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
        let record = form(b"name=Ann+%26+Bob&tags=a&tags=b&address%5Bcity%5D=Lyon&phone=", ListStyle::Repeated);
        assert_eq!(record, json!({ "name": "Ann & Bob", "tags": ["a", "b"], "address": { "city": "Lyon" }, "phone": "" }));
    }

    #[test]
    fn lists_of_a_form_are_numbered_or_bracketed() {
        let expected = json!({ "users": [{ "name": "Ann", "tags": ["a", "b"] }, { "name": "Bob" }] });
        let numbered = form(b"users[0][name]=Ann&users[0][tags][0]=a&users[0][tags][1]=b&users[1][name]=Bob", ListStyle::Numbered);
        assert_eq!(numbered, expected);
        let bracketed = form(b"users[][name]=Ann&users[][tags][]=a&users[][tags][]=b&users[][name]=Bob", ListStyle::Bracketed);
        assert_eq!(bracketed, expected);
    }

    #[test]
    fn what_is_whole_is_replaced_and_the_rest_is_merged() {
        let before = json!({ "a": { "x": 1, "y": 2 }, "b": { "x": 1, "y": 2 } });
        let path = JsonPath::parse("$.b").unwrap();
        let new = json!({ "a": { "x": 9 }, "b": { "x": 9 } });
        assert_eq!(merged(&before, new, &[path]), json!({ "a": { "x": 9, "y": 2 }, "b": { "x": 9 } }));
    }
}
