//! Creates, changes and removes values at the paths of a declaration, including `*`.

use crate::value::path::{JsonPath, Step};
use serde_json::{Map, Value as Json};

/// Puts a value where a path leads. Through `*` it leads to the element that has what follows, else to a new one.
pub fn put(path: &JsonPath, record: &mut Json, value: Json) {
    if let Some(steps) = path.loose_steps() {
        put_at(&steps, record, value);
    }
}

/// The same by steps.
pub fn put_at(steps: &[Step], at: &mut Json, value: Json) {
    match steps {
        [] => *at = value,
        [Step::Name(name), rest @ ..] => put_at(rest, member(at, name), value),
        [Step::Index(index), rest @ ..] => put_at(rest, item(list(at), *index), value),
        [Step::Where(conditions), rest @ ..] => {
            let list = list(at);
            let found = list.iter().position(|element| fits(element, conditions, rest));
            let place = found.unwrap_or_else(|| {
                let mut new = Json::Null;
                satisfy(&mut new, conditions);
                list.push(new);
                list.len() - 1
            });
            put_at(rest, &mut list[place], value);
            satisfy(&mut list[place], conditions);
        }
    }
}

/// Removes what a path leads to, and containers that are empty without it.
pub fn take(path: &JsonPath, record: &mut Json) {
    if let Some(steps) = path.loose_steps() {
        take_at(&steps, record);
    }
}

fn take_at(steps: &[Step], at: &mut Json) {
    match (steps, at) {
        ([Step::Name(name), rest @ ..], Json::Object(fields)) => {
            let Some(inner) = fields.get_mut(name) else { return };
            take_at(rest, inner);
            if rest.is_empty() || is_hollow(inner) {
                fields.shift_remove(name);
            }
        }
        ([Step::Index(index), rest @ ..], Json::Array(items)) => {
            let Some(at) = usize::try_from(*index).ok().filter(|at| *at < items.len()) else { return };
            take_at(rest, &mut items[at]);
            if rest.is_empty() || is_hollow(&items[at]) {
                items.remove(at);
            }
        }
        ([Step::Where(conditions), rest @ ..], Json::Array(items)) => items.retain_mut(|item| {
            if !meets(item, conditions) {
                return true;
            }
            take_at(rest, item);
            !rest.is_empty() && !is_hollow(item)
        }),
        _ => {}
    }
}

fn is_hollow(json: &Json) -> bool {
    match json {
        Json::Object(fields) => fields.is_empty(),
        Json::Array(items) => items.is_empty(),
        _ => false,
    }
}

/// Whether an element meets the conditions; where there are none, whether it has what follows.
fn fits(element: &Json, conditions: &[(Vec<String>, Json)], rest: &[Step]) -> bool {
    match (conditions, rest) {
        ([], [Step::Name(name), ..]) => element.get(name).is_some(),
        _ => meets(element, conditions),
    }
}

/// Whether an element meets all equalities of a filter; a number and its text are one, as in XML.
pub fn meets(element: &Json, conditions: &[(Vec<String>, Json)]) -> bool {
    conditions.iter().all(|(names, wanted)| {
        let found = names.iter().try_fold(element, |at, name| at.get(name));
        found.is_some_and(|found| found == wanted || text(found) == text(wanted))
    })
}

/// A plain value as text.
pub fn text(json: &Json) -> String {
    json.as_str().map_or_else(|| json.to_string(), str::to_owned)
}

/// Gives an element what a filter says of it.
pub fn satisfy(element: &mut Json, conditions: &[(Vec<String>, Json)]) {
    for (names, value) in conditions {
        let place = names.iter().fold(&mut *element, |at, name| member(at, name));
        if text(place) != text(value) {
            *place = value.clone();
        }
    }
}

/// The records of a list, each where the path says: the list itself, or inside of elements that the path describes.
pub fn put_items(path: &JsonPath, body: &mut Json, records: Vec<Json>) {
    let Some(ways) = path.ways() else {
        // A filter that asks for no certain value is left to the records: they are put where it begins to select.
        let names = path.outline().into_iter().map_while(|name| name.map(|name| Step::Name(name.to_owned())));
        return put_at(&names.collect::<Vec<_>>(), body, Json::Array(records));
    };
    let Some(at) = ways[0].iter().rposition(|step| matches!(step, Step::Where(_))) else {
        return put_at(&ways[0], body, Json::Array(records));
    };
    put_at(&ways[0][..at], body, Json::Array(records.into_iter().map(|record| element_of(&ways, at, record)).collect()));
}

/// The element that holds a record, as the first way describes it that the record meets already, else as the first of all does.
fn element_of(ways: &[Vec<Step>], at: usize, record: Json) -> Json {
    let mut asked = ways.iter().filter_map(|way| if let Step::Where(conditions) = &way[at] { Some(conditions) } else { None });
    let Some(first) = asked.next() else { return record };
    let conditions = if ways.len() == 1 {
        first
    } else {
        let mut bare = Json::Null;
        put_at(&ways[0][at + 1..], &mut bare, record.clone());
        std::iter::once(first).chain(asked).find(|conditions| meets(&bare, conditions)).unwrap_or(first)
    };
    let mut element = Json::Null;
    satisfy(&mut element, conditions);
    put_at(&ways[0][at + 1..], &mut element, record);
    satisfy(&mut element, conditions);
    element
}

fn member<'a>(at: &'a mut Json, name: &str) -> &'a mut Json {
    if !at.is_object() {
        *at = Json::Object(Map::new());
    }
    at.as_object_mut().expect("it was made one").entry(name).or_insert(Json::Null)
}

fn list(at: &mut Json) -> &mut Vec<Json> {
    if !at.is_array() {
        *at = if at.is_null() { Json::Array(Vec::new()) } else { Json::Array(vec![at.take()]) };
    }
    at.as_array_mut().expect("it was made one")
}

fn item(list: &mut Vec<Json>, index: i64) -> &mut Json {
    let from_end = || list.len().checked_sub(usize::try_from(index.unsigned_abs()).ok()?);
    let index = usize::try_from(index).ok().or_else(from_end).unwrap_or(0);
    if index >= list.len() {
        list.resize(index + 1, Json::Null);
    }
    &mut list[index]
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn path(text: &str) -> JsonPath {
        JsonPath::parse(text).unwrap()
    }

    #[test]
    fn a_part_gets_an_element_of_its_own_and_leaves_none_behind() {
        let mut record = json!({ "Link": [{ "@rel": "self" }] });
        let (position, city) = (path("$.Link[*].Employment.Position"), path("$.Link[*].PostalAddress.City"));
        put(&position, &mut record, json!("Nurse"));
        put(&city, &mut record, json!("Lyon"));
        put(&position, &mut record, json!("Doctor"));
        assert_eq!(
            record,
            json!({ "Link": [{ "@rel": "self" }, { "Employment": { "Position": "Doctor" } }, { "PostalAddress": { "City": "Lyon" } }] })
        );
        take(&path("$.Link[*].Employment"), &mut record);
        assert_eq!(record, json!({ "Link": [{ "@rel": "self" }, { "PostalAddress": { "City": "Lyon" } }] }));
    }

    #[test]
    fn items_stand_among_the_links_that_their_path_describes() {
        let mut body = Json::Null;
        put_items(&path(r#"$.Contacts.Link[?@["@rel"] == "c"].Contact"#), &mut body, vec![json!({ "id": 1 }), json!({ "id": 2 })]);
        put(&path(r#"$.Contacts.Link[?@["@rel"] == "next"]["@href"]"#), &mut body, json!("/x"));
        let item = |id: i64| json!({ "@rel": "c", "Contact": { "id": id } });
        assert_eq!(body, json!({ "Contacts": { "Link": [item(1), item(2), { "@rel": "next", "@href": "/x" }] } }));
        let either = path(r#"$.all[?@.f.many == "no" || @.f.type == "list"].f"#);
        let mut fields = Json::Null;
        put_items(&either, &mut fields, vec![json!({ "type": "text" }), json!({ "type": "list", "many": "yes" })]);
        let expected = [json!({ "f": { "type": "text", "many": "no" } }), json!({ "f": { "type": "list", "many": "yes" } })];
        assert_eq!(fields, json!({ "all": expected }));
        let mut empty = Json::Null;
        put_items(&path("$.data"), &mut empty, Vec::new());
        assert_eq!(empty, json!({ "data": [] }));
    }
}
