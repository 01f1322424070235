//! Paths that are written: what they point at is created, replaced or removed.

use super::{Equalities, JsonPath, Step};
use serde_json::{Map, Value as Json};

impl JsonPath {
    /// Puts a value where the path points, building objects, lists and the element an equality filter describes.
    /// A path that can't be written to changes nothing.
    pub fn place(&self, record: &mut Json, value: Json) {
        if let Some(steps) = &self.steps {
            place(steps, record, value);
        }
    }

    /// Removes what the path points at, together with the element that an equality filter selects.
    pub fn remove(&self, record: &mut Json) {
        let Some(steps) = &self.steps else { return };
        let last_filter = steps.iter().rposition(|step| matches!(step, Step::Where(_)));
        let upto = last_filter.map_or(steps.len(), |at| at + 1);
        remove(&steps[..upto], record);
    }
}

/// As [`JsonPath::place`], by some of the steps of a path.
pub fn place(steps: &[Step], at: &mut Json, value: Json) {
    match steps {
        [] => *at = value,
        [Step::Where(conditions)] => place_element(element_for(list(at), conditions), conditions, value),
        [Step::Where(conditions), rest @ ..] => place(rest, element_for(list(at), conditions), value),
        [Step::Name(name), rest @ ..] => place(rest, object(at).entry(name.as_str()).or_insert(Json::Null), value),
        [Step::Index(index), rest @ ..] => place(rest, item(list(at), *index), value),
    }
}

/// An object put as the element itself keeps what the filter describes.
fn place_element(element: &mut Json, conditions: &[(Vec<String>, Json)], value: Json) {
    *element = value;
    if element.is_object() {
        describe(element, conditions);
    }
}

fn element_for<'a>(list: &'a mut Vec<Json>, conditions: &Equalities) -> &'a mut Json {
    let at = list.iter().position(|element| conditions.are_met(element)).unwrap_or_else(|| {
        list.push(element(conditions));
        list.len() - 1
    });
    &mut list[at]
}

/// The element an equality filter describes: `{"type": "work"}`.
pub(super) fn element(conditions: &[(Vec<String>, Json)]) -> Json {
    let mut element = Json::Object(Map::new());
    describe(&mut element, conditions);
    element
}

fn describe(element: &mut Json, conditions: &[(Vec<String>, Json)]) {
    for (names, value) in conditions {
        let place = names.iter().fold(&mut *element, |at, name| object(at).entry(name.as_str()).or_insert(Json::Null));
        *place = value.clone();
    }
}

fn object(at: &mut Json) -> &mut Map<String, Json> {
    if !at.is_object() {
        *at = Json::Object(Map::new());
    }
    at.as_object_mut().expect("it has just been made one")
}

fn list(at: &mut Json) -> &mut Vec<Json> {
    if !at.is_array() {
        *at = Json::Array(Vec::new());
    }
    at.as_array_mut().expect("it has just been made one")
}

fn item(list: &mut Vec<Json>, index: i64) -> &mut Json {
    let index = usize::try_from(index).unwrap_or(0);
    if index >= list.len() {
        list.resize(index + 1, Json::Null);
    }
    &mut list[index]
}

/// Removes exactly what the steps lead to.
pub fn remove(steps: &[Step], at: &mut Json) {
    match (steps, at) {
        ([Step::Name(name)], Json::Object(object)) => drop(object.shift_remove(name)),
        ([Step::Name(name), rest @ ..], Json::Object(object)) => {
            if let Some(next) = object.get_mut(name) {
                remove(rest, next);
            }
        }
        ([Step::Index(index)], Json::Array(list)) => {
            if let Ok(index) = usize::try_from(*index)
                && index < list.len()
            {
                list.remove(index);
            }
        }
        ([Step::Index(index), rest @ ..], Json::Array(list)) => {
            if let Some(next) = usize::try_from(*index).ok().and_then(|index| list.get_mut(index)) {
                remove(rest, next);
            }
        }
        ([Step::Where(conditions)], Json::Array(list)) => list.retain(|element| !conditions.are_met(element)),
        ([Step::Where(conditions), rest @ ..], Json::Array(list)) => {
            list.iter_mut().filter(|element| conditions.are_met(element)).for_each(|element| remove(rest, element));
        }
        _ => {}
    }
}
