//! The store of Wicket: resources of JSON:API, some of which belong to others.

use jiff::Timestamp;
use serde_json::{Map, Value as Json, json};

/// One resource.
#[derive(Clone, Debug)]
pub struct Resource {
    pub kind: &'static str,
    pub id: String,
    pub attributes: Json,
    /// The resource it is a contact point of.
    pub owner: Option<String>,
    /// Relationships to one: name, type, id.
    pub to: Vec<(&'static str, &'static str, String)>,
}

#[derive(Debug, Default)]
pub struct Store {
    pub all: Vec<Resource>,
    made: u64,
}

/// Kinds that belong to a person or an organization.
pub const OWNED: &[&str] = &["emails", "phones", "addresses", "web_addresses"];

/// As the service writes times.
pub fn time(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string()
}

impl Store {
    /// Makes a resource; its id is also its `uuid`.
    pub fn insert(
        &mut self,
        kind: &'static str,
        attributes: Json,
        owner: Option<&str>,
        to: Vec<(&'static str, &'static str, String)>,
    ) -> String {
        self.made += 1;
        let id = format!("9b1f4c0e-5c0d-4b3c-8f57-{:012x}", self.made);
        self.insert_as(&id, kind, attributes, owner, to);
        id
    }

    pub fn insert_as(
        &mut self,
        id: &str,
        kind: &'static str,
        given: Json,
        owner: Option<&str>,
        to: Vec<(&'static str, &'static str, String)>,
    ) {
        let now = time(Timestamp::now());
        let mut attributes = json!({ "uuid": id });
        merge(&mut attributes, given);
        for name in ["created_at", "updated_at"] {
            if attributes.get(name).is_none() {
                attributes[name] = now.clone().into();
            }
        }
        self.all.push(Resource { kind, id: id.to_owned(), attributes, owner: owner.map(str::to_owned), to });
    }

    pub fn get(&self, kind: &str, id: &str) -> Option<&Resource> {
        self.all.iter().find(|one| one.kind == kind && one.id == id)
    }

    pub fn of(&self, kind: &str) -> impl Iterator<Item = &Resource> {
        self.all.iter().filter(move |one| one.kind == kind)
    }

    pub fn owned<'a>(&'a self, kind: &'a str, owner: &'a str) -> impl Iterator<Item = &'a Resource> {
        self.of(kind).filter(move |one| one.owner.as_deref() == Some(owner))
    }

    /// What people call each resource, for those who read an answer: the name before the `@` of somebody's primary address, and who
    /// a contact point belongs to.
    pub fn names(&self) -> Vec<(String, String)> {
        let person = |id: &str| {
            let address = self.owned("emails", id).find(|email| email.attributes["primary"] == true)?.attributes["address"].as_str()?;
            Some(address.split('@').next().unwrap_or_default().to_owned())
        };
        let name = |one: &Resource| match &one.owner {
            None => person(&one.id),
            Some(owner) => person(owner).map(|owner| format!("of-{owner}")),
        };
        self.all.iter().filter_map(|one| Some((one.id.clone(), name(one)?))).collect()
    }

    /// Changes a resource, and marks it and its owner as changed now.
    pub fn change(&mut self, id: &str, change: impl FnOnce(&mut Json)) {
        let now = time(Timestamp::now());
        let owner = self.all.iter_mut().find(|one| one.id == id).and_then(|one| {
            change(&mut one.attributes);
            one.attributes["updated_at"] = now.clone().into();
            one.owner.clone()
        });
        if let Some(owner) = owner.and_then(|owner| self.all.iter_mut().find(|one| one.id == owner)) {
            owner.attributes["updated_at"] = now.into();
        }
    }

    pub fn remove(&mut self, id: &str) {
        self.all.retain(|one| one.id != id);
    }

    /// A resource as an answer shows it: it names those that are included with it.
    pub fn shown(&self, one: &Resource, include: &[String]) -> Json {
        let mut relationships = Map::new();
        for (name, kind, id) in &one.to {
            relationships.insert((*name).into(), json!({ "data": { "type": kind, "id": id } }));
        }
        for kind in OWNED.iter().filter(|kind| include.iter().any(|asked| asked == *kind)) {
            let data: Json = self.owned(kind, &one.id).map(|owned| json!({ "type": kind, "id": owned.id })).collect();
            relationships.insert((*kind).into(), json!({ "data": data }));
        }
        json!({ "type": one.kind, "id": one.id, "attributes": self.attributes(one), "relationships": relationships })
    }

    /// With those that are worked out: full name and primary address.
    fn attributes(&self, one: &Resource) -> Json {
        let mut attributes = one.attributes.clone();
        if one.kind == "people" {
            let name = |name: &str| one.attributes[name].as_str().unwrap_or_default().to_owned();
            attributes["full_name"] = format!("{} {}", name("given_name"), name("family_name")).trim().into();
            let primary = self.owned("emails", &one.id).find(|email| email.attributes["primary"] == true);
            attributes["primary_email_address"] = primary.map_or(Json::Null, |email| email.attributes["address"].clone());
        }
        attributes
    }

    /// What is included with these.
    pub fn included(&self, shown: &[&Resource], include: &[String]) -> Vec<Json> {
        let owned = |one: &Resource| -> Vec<Json> {
            let kinds = OWNED.iter().filter(|kind| include.iter().any(|asked| asked == *kind));
            kinds.flat_map(|kind| self.owned(kind, &one.id).map(|owned| self.shown(owned, &[]))).collect()
        };
        let linked = |one: &Resource| -> Vec<Json> {
            let named = one.to.iter().filter(|(name, ..)| include.iter().any(|asked| asked == name));
            named.filter_map(|(_, kind, id)| self.get(kind, id)).map(|one| self.shown(one, &[])).collect()
        };
        let mut all: Vec<Json> = shown.iter().flat_map(|one| [owned(one), linked(one)].concat()).collect();
        let mut seen = std::collections::HashSet::new();
        all.retain(|one| seen.insert(one["id"].as_str().map(str::to_owned)));
        all
    }
}

/// Puts attributes over those there are; `data_fields` are replaced for each schema, whole.
pub fn merge(attributes: &mut Json, given: Json) {
    let Json::Object(given) = given else { return };
    for (name, value) in given {
        match (name.as_str(), &mut attributes["data_fields"], value) {
            ("data_fields", Json::Array(held), Json::Array(new)) => {
                for one in new {
                    held.retain(|held| held["schema_slug"] != one["schema_slug"]);
                    held.push(one);
                }
            }
            (_, _, value) => attributes[&name] = value,
        }
    }
}
