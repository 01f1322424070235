//! Wicket: people, organizations and touchpoints over JSON:API, with a token that its client signs (its PHP and Ruby clients).
//!
//! What it does, and a test that meets it:
//! - HS256, `exp`, and where it is switched on `aud`: `tokens_are_held_to_their_claims`
//! - an absolute `links.next`: `pages_are_linked_absolutely`
//! - an address inline in a create: `a_person_is_made_with_an_address_inline`
//! - 422 with the errors of JSON:API: `a_person_is_made_with_an_address_inline`
//! - attributes that are read only are refused: `what_is_read_only_or_empty_is_refused`
//! - `data_fields` are replaced for each schema: `data_fields_are_replaced_for_each_schema`
//! - a touchpoint is made once: `a_touchpoint_is_made_once`
//! - addresses are kept in lower case: `a_person_is_made_with_an_address_inline`

mod store;
#[cfg(test)]
mod tests;

use super::{
    server::{Answer, Request, Vendor},
    tools::{Lag, hs256_claims},
};
use jiff::Timestamp;
use serde_json::{Value as Json, json};
pub use store::{Resource, Store};

pub const SECRET: &str = "SECRET-wicket";
pub const PERSON: &str = "3f0a8c52-7d3e-4a51-9c1e-2b6a0f4d1e77";
pub const HOST: &str = "https://acme-api.wicketcloud.com";
const MEDIA: &str = "application/vnd.api+json";
const LARGEST_PAGE: usize = 100;

/// The service.
#[derive(Debug, Default)]
pub struct Wicket {
    pub store: Store,
    /// Whether a token must say for whom it is.
    pub wants_audience: bool,
    /// What an address that is taken is answered with: 422 or 409.
    pub taken: u16,
    pub lag: Lag,
}

/// What may be sent of each kind. An attribute that is not among them is read only.
const WRITABLE: &[(&str, &[&str])] = &[
    (
        "people",
        &[
            "additional_name",
            "family_name",
            "given_name",
            "honorific_prefix",
            "honorific_suffix",
            "job_function",
            "job_level",
            "job_title",
            "nickname",
            "status",
            "suffix",
            "tags",
            "data_fields",
            "language",
        ],
    ),
    ("emails", &["address", "type", "primary"]),
    ("phones", &["type", "number", "primary"]),
    (
        "addresses",
        &[
            "type",
            "address1",
            "address2",
            "city",
            "state_name",
            "zip_code",
            "country_code",
            "company_name",
            "department",
            "division",
            "primary",
            "mailing",
        ],
    ),
    ("web_addresses", &["type", "address"]),
    ("organizations", &["type", "legal_name", "alternate_name", "slug", "description", "tags", "data_fields", "identifying_number"]),
    ("services", &["name", "description", "status", "integration_type"]),
    ("touchpoints", &["action", "code", "details", "data", "external_event_id"]),
    ("connections", &["type", "starts_at", "ends_at", "description", "tags"]),
    ("person_memberships", &["starts_at", "ends_at", "grace_period_days", "max_assignments"]),
];
const FILTERS: &[&str] = &[
    "filter[emails_primary_eq]",
    "filter[emails_address_eq]",
    "filter[uuid_in][]",
    "filter[updated_at_gteq]",
    "filter[slug_eq]",
    "filter[name_eq]",
    "filter[service_id]",
    "filter[active_at]",
];

impl Wicket {
    pub fn new() -> Self {
        Self { wants_audience: true, taken: 422, ..Self::default() }
    }

    /// A person with a primary address, which is stored in lower case.
    pub fn person(&mut self, given: &str, family: &str, email: &str) -> String {
        let attributes = json!({ "given_name": given, "family_name": family, "job_title": null, "language": "en", "status": "active", "data_fields": [] });
        let id = self.store.insert("people", attributes, None, Vec::new());
        let email = json!({ "address": email.to_lowercase(), "primary": true, "type": "work", "unique": true });
        self.store.insert("emails", email, Some(&id), Vec::new());
        id
    }

    /// A contact point of a person or an organization.
    pub fn point(&mut self, kind: &'static str, owner: &str, attributes: Json) -> String {
        self.store.insert(kind, attributes, Some(owner), Vec::new())
    }

    pub fn touchpoints(&self) -> Vec<&Resource> {
        self.store.of("touchpoints").collect()
    }

    fn signed_in(&self, request: &Request) -> Result<(), String> {
        let claims = hs256_claims(request.bearer().ok_or("no token")?, SECRET)?;
        let now = Timestamp::now().as_second();
        match claims["exp"].as_i64() {
            None => return Err("exp is missing".into()),
            Some(exp) if exp <= now => return Err("the token has expired".into()),
            Some(_) => {}
        }
        if claims["sub"] != PERSON {
            return Err("sub is nobody".into());
        }
        if self.wants_audience && claims["aud"] != HOST {
            return Err("aud is not this API".into());
        }
        if claims.get("nbf").is_some() { Err("nbf is not trusted".into()) } else { Ok(()) }
    }

    fn list(&mut self, request: &Request, kind: &'static str, owner: Option<&str>) -> Answer {
        let queries = request.queries();
        let unknown = queries.iter().find(|(name, _)| name.starts_with("filter") && !FILTERS.contains(&name.as_str()));
        if let Some((name, _)) = unknown {
            return errors(400, "is not a filter", name, "invalid");
        }
        let size = request.number("page[size]").unwrap_or(50).clamp(1, LARGEST_PAGE);
        let number = request.number("page[number]").unwrap_or(1).max(1);
        let mut found: Vec<&Resource> = self.store.of(kind).filter(|one| owner.is_none_or(|owner| belongs(one, owner))).collect();
        let searched = queries.iter().any(|(name, _)| name.starts_with("filter"));
        found.retain(|one| !(searched && self.lag.hides(&one.id)) && self.passes(one, request));
        sort(&mut found, &request.query("sort").unwrap_or_default());
        let answer = self.page(request, &found, number, size);
        if searched {
            self.lag.searched();
        }
        answer
    }

    fn passes(&self, one: &Resource, request: &Request) -> bool {
        let asked = |name: &str| request.query(&format!("filter[{name}]"));
        let eq = |name: &str, attribute: &str| asked(name).is_none_or(|value| one.attributes[attribute] == *value);
        let ids: Vec<_> = request.queries().into_iter().filter(|(name, _)| name == "filter[uuid_in][]").map(|(_, id)| id).collect();
        let since = asked("updated_at_gteq").and_then(|text| text.parse::<Timestamp>().ok());
        let changed = one.attributes["updated_at"].as_str().and_then(|text| text.parse::<Timestamp>().ok());
        eq("slug_eq", "slug")
            && eq("name_eq", "name")
            && (ids.is_empty() || ids.contains(&one.id))
            && since.is_none_or(|since| changed.is_some_and(|changed| changed >= since))
            && asked("service_id").is_none_or(|id| one.to.iter().any(|(name, _, held)| *name == "service" && *held == id))
            && self.has_address(one, asked("emails_address_eq"), asked("emails_primary_eq"))
    }

    /// Addresses are compared as they are stored, in lower case.
    fn has_address(&self, one: &Resource, address: Option<String>, primary: Option<String>) -> bool {
        (address.is_none() && primary.is_none())
            || self.store.owned("emails", &one.id).any(|email| {
                address.as_ref().is_none_or(|address| email.attributes["address"] == **address)
                    && primary.as_ref().is_none_or(|primary| email.attributes["primary"] == (primary == "true"))
            })
    }

    /// A page, with absolute links to itself and to the next.
    fn page(&self, request: &Request, found: &[&Resource], number: usize, size: usize) -> Answer {
        let include = request.list("include");
        let shown: Vec<&Resource> = found.iter().skip((number - 1) * size).take(size).copied().collect();
        let pages = found.len().div_ceil(size);
        let link = |number: usize| {
            let mut queries: Vec<_> = request.queries().into_iter().filter(|(name, _)| name != "page[number]").collect();
            queries.insert(0, ("page[number]".into(), number.to_string()));
            let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(queries).finish();
            format!("{HOST}{}?{query}", request.path())
        };
        let data: Json = shown.iter().map(|one| self.store.shown(one, &include)).collect();
        let mut body = json!({ "data": data });
        if !include.is_empty() {
            body["included"] = self.store.included(&shown, &include).into();
        }
        body["meta"] = json!({ "page": { "number": number, "size": size, "total_items": found.len(), "total_pages": pages } });
        body["links"] = json!({ "self": link(number), "next": (number < pages).then(|| link(number + 1)) });
        Answer::new(200, MEDIA, body)
    }

    /// `POST /people/query`: the filter is in the body.
    fn query(&self, request: &Request, kind: &'static str) -> Answer {
        let body = request.json().unwrap_or_default();
        let ids = body["filter"]["uuid_in"].as_array();
        let active = body["filter"].get("active_at");
        let at = active.map(|at| at.as_str().and_then(|text| text.parse().ok()).unwrap_or_else(Timestamp::now));
        let found: Vec<&Resource> = self.store.of(kind).filter(|one| ids.is_none_or(|ids| ids.iter().any(|id| *id == *one.id))).collect();
        let found: Vec<&Resource> = found.into_iter().filter(|one| at.is_none_or(|at| is_active(one, at))).collect();
        let number = |name: &str, usual: u64| usize::try_from(body["page"][name].as_u64().unwrap_or(usual)).unwrap_or(1);
        self.page(request, &found, number("number", 1).max(1), number("size", 50).clamp(1, LARGEST_PAGE))
    }

    fn read(&self, request: &Request, kind: &str, id: &str) -> Answer {
        self.store.get(kind, id).map_or_else(nowhere, |one| self.document(200, one, &request.list("include")))
    }

    fn document(&self, status: u16, one: &Resource, include: &[String]) -> Answer {
        let mut body = json!({ "data": self.store.shown(one, include) });
        if !include.is_empty() {
            body["included"] = self.store.included(&[one], include).into();
        }
        Answer::new(status, MEDIA, body)
    }

    fn create(&mut self, request: &Request, kind: &'static str, owner: Option<&str>) -> Answer {
        let data = match self.data(request, kind, true) {
            Ok(data) => data,
            Err(wrong) => return wrong,
        };
        if kind == "touchpoints"
            && let Some(known) =
                self.store.of(kind).find(|one| one.attributes["external_event_id"] == data["attributes"]["external_event_id"])
        {
            return self.document(201, known, &[]);
        }
        let to = match self.linked(kind, &data) {
            Ok(to) => to,
            Err(wrong) => return wrong,
        };
        let mails = data["relationships"]["emails"]["data"].as_array().cloned().unwrap_or_default();
        let mut given = data["attributes"].clone();
        if kind == "emails" {
            given["address"] = given["address"].as_str().unwrap_or_default().to_lowercase().into();
        }
        if kind == "people" {
            given["status"] = given.get("status").cloned().unwrap_or_else(|| "active".into());
        }
        let addresses = mails.iter().map(|mail| &mail["attributes"]["address"]).chain((kind == "emails").then_some(&given["address"]));
        if let Some(taken) = addresses.into_iter().find_map(|address| self.address_taken(address, None)) {
            return taken;
        }
        let id = self.store.insert(kind, given, owner, to);
        for mail in mails {
            let mut attributes = mail["attributes"].clone();
            attributes["address"] = attributes["address"].as_str().unwrap_or_default().to_lowercase().into();
            self.store.insert("emails", attributes, Some(&id), Vec::new());
        }
        self.lag.created(&id);
        let made = self.store.get(kind, &id).expect("it was just made").clone();
        let include = if kind == "people" { vec!["emails".to_owned()] } else { Vec::new() };
        self.document(201, &made, &include)
    }

    fn change(&mut self, request: &Request, kind: &'static str, id: &str) -> Answer {
        if self.store.get(kind, id).is_none() {
            return nowhere();
        }
        let data = match self.data(request, kind, false) {
            Ok(data) if data["id"] == id => data,
            Ok(_) => return errors(409, "does not match the address", "id", "conflict"),
            Err(wrong) => return wrong,
        };
        let mut given = data["attributes"].clone();
        if let Some(address) = given.get("address").filter(|_| kind == "emails").cloned() {
            if let Some(taken) = self.address_taken(&address, Some(id)) {
                return taken;
            }
            given["address"] = address.as_str().unwrap_or_default().to_lowercase().into();
        }
        let mut after = self.store.get(kind, id).expect("it is there").attributes.clone();
        store::merge(&mut after, given.clone());
        if let (Some(starts), Some(ends)) = (after["starts_at"].as_str(), after["ends_at"].as_str())
            && ends <= starts
        {
            return errors(422, &format!("must be after {starts}"), "ends_at", "invalid");
        }
        self.store.change(id, |attributes| store::merge(attributes, given));
        self.read(request, kind, id)
    }

    /// The resource in a request, if all of it may be sent.
    fn data(&self, request: &Request, kind: &str, new: bool) -> Result<Json, Answer> {
        let media = request.header("Content-Type").unwrap_or_default();
        if !media.contains(MEDIA) && !media.contains("application/json") {
            return Err(errors(415, "Unsupported Media Type", "content-type", "invalid"));
        }
        let data = request.json().map(|body| body["data"].clone()).unwrap_or_default();
        if data["type"] != kind {
            return Err(errors(409, "does not match the address", "type", "conflict"));
        }
        if data["attributes"].is_array() {
            return Err(errors(403, "Forbidden", "attributes", "forbidden"));
        }
        let empty = serde_json::Map::new();
        let attributes = data["attributes"].as_object().unwrap_or(&empty);
        let writable = WRITABLE.iter().find(|(name, _)| *name == kind).map_or(&[][..], |(_, all)| all);
        let refused = attributes.keys().find(|name| !(writable.contains(&name.as_str()) || new && kind == "emails" && *name == "unique"));
        if let Some(name) = refused {
            return Err(errors(422, "is read-only", name, "read_only"));
        }
        if let Some((name, _)) = attributes.iter().find(|(_, value)| **value == "") {
            return Err(errors(422, "can't be an empty string", name, "invalid"));
        }
        let required: &[&str] = match kind {
            "people" => &["given_name", "family_name"],
            "touchpoints" => &["action", "code"],
            "services" => &["name"],
            "phones" => &["number"],
            _ => &[],
        };
        let blank = |name: &&&str| attributes.get(**name).map_or(new, Json::is_null);
        if let Some(name) = required.iter().find(blank) {
            return Err(errors(422, "can't be blank", name, "blank"));
        }
        match attributes.get("number").and_then(Json::as_str) {
            Some(number) if kind == "phones" && !is_e164(number) => Err(errors(422, "is invalid", "number", "invalid")),
            _ => Ok(data),
        }
    }

    fn linked(&self, kind: &str, data: &Json) -> Result<Vec<(&'static str, &'static str, String)>, Answer> {
        let named: &[(&str, &str)] = match kind {
            "touchpoints" => &[("person", "people"), ("service", "services")],
            "person_memberships" => &[("person", "people"), ("membership", "memberships")],
            "connections" => &[("from", "people"), ("to", "organizations")],
            _ => &[],
        };
        let link = |(name, kind): &(&'static str, &'static str)| {
            let one = &data["relationships"][*name]["data"];
            let known = one["type"] == *kind && one["id"].as_str().is_some_and(|id| self.store.get(kind, id).is_some());
            match known {
                true => Ok((*name, *kind, one["id"].as_str().unwrap_or_default().to_owned())),
                false => Err(errors(422, "must exist", name, "required")),
            }
        };
        named.iter().map(link).collect()
    }

    fn address_taken(&self, address: &Json, own: Option<&str>) -> Option<Answer> {
        let address = address.as_str().unwrap_or_default().to_lowercase();
        let mut others = self.store.of("emails").filter(|email| own != Some(email.id.as_str()));
        others
            .any(|email| email.attributes["address"] == *address)
            .then(|| errors(self.taken, "has already been taken", "address", "taken"))
    }
}

impl Vendor for Wicket {
    fn answer(&mut self, request: &Request) -> Answer {
        if let Err(why) = self.signed_in(request) {
            return errors(401, &format!("Unauthorized: {why}"), "authorization", "unauthorized");
        }
        let steps = request.steps();
        let kind = |name: &str| KINDS.iter().find(|kind| **kind == name).copied();
        let (first, rest) = (steps.first().and_then(|name| kind(name)), steps.get(1..).unwrap_or_default());
        match (request.method.as_str(), first, rest) {
            ("POST", Some(kind), ["query"]) => self.query(request, kind),
            ("GET", Some(kind), []) => self.list(request, kind, None),
            ("POST", Some(kind), []) if !store::OWNED.contains(&kind) => self.create(request, kind, None),
            ("GET", Some(kind), [id]) => self.read(request, kind, id),
            ("PATCH", Some(kind), [id]) => self.change(request, kind, id),
            ("DELETE", Some(kind), [id]) if kind != "people" && self.store.get(kind, id).is_some() => {
                self.store.remove(id);
                Answer::empty(204)
            }
            ("GET" | "POST", Some(owner), [id, below]) => match (kind(below), self.store.get(owner, id).is_some()) {
                (Some(below), true) if request.method == "GET" => self.list(request, below, Some(id)),
                (Some(below), true) if store::OWNED.contains(&below) => self.create(request, below, Some(id)),
                _ => nowhere(),
            },
            _ => nowhere(),
        }
    }

    fn too_many(&self, seconds: u64) -> Answer {
        errors(429, "Too Many Requests", "base", "throttled").with("Retry-After", seconds)
    }

    fn broken(&self) -> Answer {
        errors(500, "Internal Server Error", "base", "internal")
    }
}

const KINDS: &[&str] = &[
    "people",
    "emails",
    "phones",
    "addresses",
    "web_addresses",
    "organizations",
    "memberships",
    "person_memberships",
    "services",
    "touchpoints",
    "connections",
];

fn nowhere() -> Answer {
    errors(404, "Record not found", "base", "not_found")
}

fn errors(status: u16, title: &str, field: &str, code: &str) -> Answer {
    let error = json!({ "status": status.to_string(), "title": title, "detail": format!("{field} - {title}"),
        "source": { "pointer": format!("/data/attributes/{field}") }, "meta": { "field": field, "error": code } });
    Answer::new(status, MEDIA, json!({ "errors": [error] }))
}

fn belongs(one: &Resource, owner: &str) -> bool {
    one.owner.as_deref() == Some(owner) || one.to.iter().any(|(_, _, id)| id == owner)
}

fn sort(found: &mut [&Resource], by: &str) {
    let name = by.trim_start_matches('-');
    if !name.is_empty() {
        found.sort_by_key(|one| one.attributes[name].to_string());
    }
    if by.starts_with('-') {
        found.reverse();
    }
}

fn is_active(one: &Resource, at: Timestamp) -> bool {
    let instant = |name: &str| one.attributes[name].as_str().and_then(|text| text.parse::<Timestamp>().ok());
    instant("starts_at").is_none_or(|starts| starts <= at) && instant("ends_at").is_none_or(|ends| ends > at)
}

fn is_e164(number: &str) -> bool {
    number.strip_prefix('+').is_some_and(|digits| (6..=15).contains(&digits.len()) && digits.chars().all(|sign| sign.is_ascii_digit()))
}
