//! JSON:API documents (<https://jsonapi.org/format/1.0/>), with `included` resources in place of their references.

use serde_json::{Map, Value as Json};
use std::collections::HashMap;

/// Included resources, by type and id.
type Included<'a> = HashMap<(&'a str, &'a str), &'a Json>;

/// How far references are followed: those of the records, and those of the included resources. The limit ends circles.
const DEPTH: usize = 2;

/// Puts what is `included` in place of its references in `data`. What is not included stays a reference.
pub fn resolve(document: &mut Json) {
    let Some(members) = document.as_object_mut() else { return };
    let included = members.get_mut("included").map(Json::take).unwrap_or_default();
    let known = by_identity(&included);
    if !known.is_empty()
        && let Some(data) = members.get_mut("data")
    {
        each(data, &mut |resource| in_relationships(resource, &known, DEPTH));
    }
    if let Some(place) = members.get_mut("included") {
        *place = included;
    }
}

fn by_identity(included: &Json) -> Included<'_> {
    included.as_array().into_iter().flatten().filter_map(|resource| Some((identity(resource)?, resource))).collect()
}

fn identity(resource: &Json) -> Option<(&str, &str)> {
    Some((resource.get("type")?.as_str()?, resource.get("id")?.as_str()?))
}

/// One resource, or each of a list.
fn each(data: &mut Json, change: &mut dyn FnMut(&mut Json)) {
    match data {
        Json::Array(all) => all.iter_mut().for_each(change),
        one => change(one),
    }
}

fn in_relationships(resource: &mut Json, known: &Included<'_>, depth: usize) {
    let relationships = resource.get_mut("relationships").and_then(Json::as_object_mut);
    for data in relationships.into_iter().flat_map(Map::values_mut).filter_map(|relationship| relationship.get_mut("data")) {
        each(data, &mut |reference| {
            let Some(found) = identity(reference).and_then(|identity| known.get(&identity)) else { return };
            let mut found = (*found).clone();
            if depth > 1 {
                in_relationships(&mut found, known, depth - 1);
            }
            *reference = found;
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn resolved(mut document: Json) -> Json {
        resolve(&mut document);
        document
    }

    #[test]
    fn included_resources_stand_in_place_of_their_references() {
        let document = json!({
            "data": [{"type": "people", "id": "1", "relationships": {
                "emails": {"data": [{"type": "emails", "id": "e1"}, {"type": "emails", "id": "e2"}]},
                "org": {"data": {"type": "organizations", "id": "o1"}},
                "boss": {"data": null}, "links": {"links": {"self": "x"}}}}],
            "included": [{"type": "emails", "id": "e2", "attributes": {"primary": true}},
                         {"type": "organizations", "id": "o1", "attributes": {"name": "Acme"}}]});
        let relationships = &resolved(document)["data"][0]["relationships"];
        assert_eq!(
            relationships["emails"]["data"],
            json!([{"type": "emails", "id": "e1"}, {"type": "emails", "id": "e2", "attributes": {"primary": true}}])
        );
        assert_eq!(relationships["org"]["data"]["attributes"]["name"], "Acme");
        assert_eq!((&relationships["boss"]["data"], &relationships["links"]), (&Json::Null, &json!({"links": {"self": "x"}})));
    }

    #[test]
    fn one_resource_and_its_memberships_tier() {
        let document = json!({
            "data": {"type": "entries", "id": "1", "relationships": {"membership": {"data": {"type": "memberships", "id": "m"}}}},
            "included": [{"type": "memberships", "id": "m", "attributes": {"name": "Gold"}}]});
        assert_eq!(resolved(document)["data"]["relationships"]["membership"]["data"]["attributes"]["name"], "Gold");
    }

    #[test]
    fn circles_end() {
        let person = |id: &str, friend: &str| json!({"type": "people", "id": id, "relationships": {"friend": {"data": {"type": "people", "id": friend}}}});
        let read = resolved(json!({"data": [person("1", "2")], "included": [person("2", "3"), person("3", "2")]}));
        let second = &read["data"][0]["relationships"]["friend"]["data"];
        assert_eq!(second["id"], "2");
        let third = &second["relationships"]["friend"]["data"];
        assert_eq!((&third["id"], &third["relationships"]["friend"]["data"]), (&json!("3"), &json!({"type": "people", "id": "2"})));
    }

    #[test]
    fn what_is_no_such_document_stays() {
        for document in [json!([1]), json!({"data": []}), json!({"included": [1, {"type": "x"}], "data": 3}), json!("x"), Json::Null] {
            assert_eq!(resolved(document.clone()), document);
        }
    }
}
