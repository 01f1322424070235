//! From a stored record to the answer: the requested fields and parts, and references of JSON:API.

use super::build;
use crate::{
    compile::system::{Collection, WireFormat},
    sandbox::{route::RequestParams, store::read},
};
use serde_json::{Map, Value as Json};

/// Which fields and parts of a collection an answer contains.
pub struct Shape<'a> {
    pub collection: &'a Collection,
    pub params: &'a RequestParams,
    pub format: WireFormat,
}

impl Shape<'_> {
    /// The record for an answer; included resources are added to `included`.
    pub fn of(&self, mut record: Json, included: &mut Vec<Json>) -> Json {
        for attribute in self.collection.attributes.iter().filter(|attribute| attribute.unshown) {
            build::take(&attribute.path, &mut record);
        }
        self.without_what_absence_says(&mut record);
        if self.format == WireFormat::JsonApi {
            self.identify(&mut record);
            identify_related(&mut record);
            refer(&mut record, &self.params.includes, included);
        } else {
            self.without_unasked_parts(&mut record);
        }
        self.chosen(record)
    }

    /// `at $.active ?? false`: a vendor leaves out what its absence says.
    fn without_what_absence_says(&self, record: &mut Json) {
        for attribute in &self.collection.attributes {
            if let Some(absent) = &attribute.codec.absent
                && read(attribute, record) == *absent
            {
                build::take(&attribute.path, record);
            }
        }
    }

    /// A resource of JSON:API has a type and an id, though its attributes may name it by something else.
    fn identify(&self, record: &mut Json) {
        let key = crate::sandbox::store::key_of(self.collection, record);
        if let (Json::Object(fields), Some(key)) = (record, key) {
            fields.entry("id").or_insert_with(|| Json::from(key));
            fields.entry("type").or_insert_with(|| Json::from(self.collection.name.as_str()));
        }
    }

    /// Parts are answered if they were requested, or if they can't be requested.
    fn without_unasked_parts(&self, record: &mut Json) {
        if !self.params.parts_can_be_asked {
            return;
        }
        for part in &self.collection.parts {
            if !self.params.parts.iter().any(|asked| is_asked_by(&part.requested_as, asked)) {
                build::take(&part.at, record);
            }
        }
    }

    /// The requested fields, or those that name the record if none were requested.
    fn chosen(&self, record: Json) -> Json {
        if !self.params.chooses_fields {
            return record;
        }
        let names = self.params.fields.clone().unwrap_or_else(|| self.short());
        let mut choice = Json::Object(Map::new());
        for name in names {
            let asked = self.collection.attributes.iter().find(|attribute| attribute.requested_as.as_ref() == Some(&name));
            let path = asked.map_or(name, |attribute| attribute.path.dotted());
            copy(&record, &mut choice, &path.split('.').collect::<Vec<_>>());
        }
        choice
    }

    fn short(&self) -> Vec<String> {
        self.collection.key.attributes().map(|key| self.collection.attributes[key].path.dotted()).collect()
    }
}

/// A request for one record names its parts by the last step of their path: `PostalAddress` instead of `Contact/PostalAddress`.
fn is_asked_by(part: &str, asked: &str) -> bool {
    part == asked || part.strip_suffix(asked).is_some_and(|path| path.ends_with('/'))
}

/// What is related has a type and an id, too, by which it is found among what is included: those of its place where it has none.
fn identify_related(record: &mut Json) {
    let owner = record["id"].clone();
    let relationships = record.get_mut("relationships").and_then(Json::as_object_mut);
    for (name, relationship) in relationships.into_iter().flatten() {
        let resources = match relationship.get_mut("data") {
            Some(Json::Array(resources)) => &mut resources[..],
            Some(resource) => std::slice::from_mut(resource),
            None => &mut [],
        };
        for (at, resource) in resources.iter_mut().enumerate() {
            if let Json::Object(fields) = resource {
                fields.entry("type").or_insert_with(|| Json::from(name.as_str()));
                fields.entry("id").or_insert_with(|| Json::from(format!("{}-{name}-{at}", build::text(&owner))));
            }
        }
    }
}

/// The content of `relationships` becomes references, and is included on request (JSON:API 1.0, compound documents).
fn refer(record: &mut Json, includes: &[String], included: &mut Vec<Json>) {
    let relationships = record.get_mut("relationships").and_then(Json::as_object_mut);
    for (name, relationship) in relationships.into_iter().flatten() {
        let asked = includes.iter().any(|include| include == name);
        match relationship.get_mut("data") {
            Some(Json::Array(resources)) => resources.iter_mut().for_each(|resource| refer_one(resource, asked, included)),
            Some(resource) => refer_one(resource, asked, included),
            None => {}
        }
    }
}

fn refer_one(resource: &mut Json, asked: bool, included: &mut Vec<Json>) {
    let Json::Object(fields) = &mut *resource else { return };
    if !fields.keys().any(|name| name != "type" && name != "id") {
        return;
    }
    let mut reference = fields.clone();
    reference.retain(|name, _| name == "type" || name == "id");
    let whole = std::mem::replace(resource, Json::Object(reference));
    let same = |other: &Json| other["type"] == whole["type"] && other["id"] == whole["id"];
    if asked && !included.iter().any(same) {
        included.push(whole);
    }
}

/// Copies the value at a dotted path; in each element where a list is on the way.
fn copy(from: &Json, to: &mut Json, path: &[&str]) {
    let Some((name, rest)) = path.split_first() else { return };
    let Some(value) = from.get(name) else { return };
    let slot = &mut to[*name];
    match value {
        value if rest.is_empty() => *slot = value.clone(),
        Json::Array(items) => copy_each(items, slot, rest),
        Json::Object(_) => {
            if !slot.is_object() {
                *slot = Json::Object(Map::new());
            }
            copy(value, slot, rest);
        }
        _ => *slot = value.clone(),
    }
}

fn copy_each(items: &[Json], slot: &mut Json, rest: &[&str]) {
    if !slot.is_array() {
        *slot = Json::Array(vec![Json::Object(Map::new()); items.len()]);
    }
    for (at, item) in items.iter().enumerate() {
        copy(item, &mut slot[at], rest);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_is_inside_of_a_relationship_is_included_once_where_it_is_asked_for() {
        let member = json!({ "type": "memberships", "id": "m", "attributes": { "name": "Member" } });
        let record = json!({ "id": "1", "relationships": { "membership": { "data": member }, "person": { "data": { "type": "people", "id": "9" } } } });
        let mut included = Vec::new();
        let (mut first, mut second) = (record.clone(), record);
        refer(&mut first, &["membership".to_owned()], &mut included);
        refer(&mut second, &["membership".to_owned()], &mut included);
        assert_eq!(first["relationships"]["membership"]["data"], json!({ "type": "memberships", "id": "m" }));
        assert_eq!((included, first["relationships"]["person"]["data"].clone()), (vec![member], json!({ "type": "people", "id": "9" })));
    }
}
