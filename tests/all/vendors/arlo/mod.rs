//! Arlo: its private API of 2012-02-01, XML only (developer.arlo.co).
//!
//! What it does, and a test that meets it:
//! - XML or 406: `xml_or_nothing`
//! - lists of `Link`, with `rel="next"` among them: `a_collection_of_links`
//! - empty properties are left out: `a_collection_of_links`
//! - a strict diff: 400 where the verb does not fit: `changes_by_diff_are_strict_and_a_put_blanks`
//! - a `PUT` blanks: `changes_by_diff_are_strict_and_a_put_blanks`
//! - 308 on a contact that was merged: `a_merged_contact_points_to_the_one_that_is_left`
//! - 429 in JSON: `too_many_requests_are_answered_in_json`
//! - custom fields: `custom_fields_have_their_descriptions`
//! - deliveries that are signed: `deliveries_are_signed`

mod diff;
mod store;
#[cfg(test)]
mod tests;
mod xml;

use super::{
    server::{Answer, Request, Vendor},
    tools::{Escape, Grammar, Lag, Literal, base64, compares, hmac_sha512},
};
use jiff::Timestamp;
use std::collections::HashSet;
use store::{ADDRESS, EMPLOYMENT, Kind, custom_fields, kind, link, part_shown, properties};
pub use store::{Description, RESOURCES, Resource, SCHEMA, Store};
pub use xml::Element;

pub const ACCOUNT: (&str, &str) = ("sync@example.com", "SECRET-arlo-password");
pub const CLIENT: (&str, &str) = ("arlo-client", "SECRET-arlo-client");
pub const REFRESH: &str = "SECRET-arlo-refresh-0";
const BASE: &str = "/api/2012-02-01/auth/resources/";
const MEDIA: &str = "application/xml; charset=utf-8";
const LARGEST_PAGE: usize = 250;
const GRAMMAR: Grammar = Grammar { quotes: &['\''], escape: Escape::Doubled };

/// The service.
#[derive(Debug)]
pub struct Arlo {
    pub store: Store,
    /// Requests in any minute; none: no limit.
    pub per_minute: Option<usize>,
    pub lag: Lag,
    asked: Vec<Timestamp>,
    refresh: String,
    tokens: HashSet<String>,
    /// How many tokens were had.
    pub issued: usize,
}

impl Arlo {
    pub fn new() -> Self {
        let (tokens, lag) = (HashSet::new(), Lag::default());
        Self { store: Store::default(), per_minute: None, lag, asked: Vec::new(), refresh: REFRESH.into(), tokens, issued: 0 }
    }

    /// A custom field that contacts or organisations may have.
    pub fn describe(&mut self, place: &'static str, name: &'static str, ty: &'static str) {
        let guid = format!("8c3a0000-0000-4000-8000-{:012x}", self.store.descriptions.len() + 1);
        self.store.descriptions.push(Description { place, name, guid, ty });
    }

    /// Gives a resource a value of a custom field.
    pub fn set_custom(&mut self, place: &str, id: u64, name: &str, texts: &[&str]) {
        let field = self.store.description(place, name).expect("a field that is described").field(texts);
        let one = self.store.get_mut(place, id).expect("a resource");
        let fields = one.parts.entry("CustomFields").or_insert_with(|| Element::new("CustomFields"));
        fields.children.retain(|held| held.text_of("Name") != name);
        fields.children.push(field);
    }

    /// One contact is taken over by another.
    pub fn merge(&mut self, from: u64, into: u64) {
        self.store.get_mut("contacts", from).expect("a contact").merged_into = Some(into);
    }

    pub fn expire_tokens(&mut self) {
        self.tokens.clear();
    }

    /// `X-Arlo-Signature` of a delivery.
    pub fn signature(key: &str, body: &str) -> String {
        hmac_sha512(key, body)
    }

    fn signed_in(&self, request: &Request) -> bool {
        let basic = format!("Basic {}", base64(format!("{}:{}", ACCOUNT.0, ACCOUNT.1).as_bytes()));
        request.header("Authorization") == Some(&basic) || request.bearer().is_some_and(|token| self.tokens.contains(token))
    }

    /// The refresh token changes with each use.
    fn token(&mut self, request: &Request) -> Answer {
        let given = |name: &str| request.form(name).unwrap_or_default();
        let client = (given("client_id").as_str(), given("client_secret").as_str()) == CLIENT;
        if given("grant_type") != "refresh_token" || !client {
            return Answer::json(400, r#"{"error":"invalid_client"}"#);
        }
        if given("refresh_token") != self.refresh {
            return Answer::json(400, r#"{"error":"invalid_grant"}"#);
        }
        self.issued += 1;
        self.refresh = format!("SECRET-arlo-refresh-{}", self.issued);
        let token = format!("SECRET-arlo-token-{}", self.issued);
        self.tokens.insert(token.clone());
        let (refresh, ty) = (&self.refresh, "Bearer");
        Answer::json(200, format!(r#"{{"access_token":"{token}","token_type":"{ty}","expires_in":3600,"refresh_token":"{refresh}"}}"#))
    }

    fn over_the_limit(&mut self) -> bool {
        let now = Timestamp::now();
        self.asked.retain(|asked| now.duration_since(*asked).as_secs() < 60);
        self.asked.push(now);
        self.per_minute.is_some_and(|most| self.asked.len() > most)
    }

    fn list(&mut self, request: &Request, kind: &'static Kind) -> Answer {
        let unknown =
            request.queries().into_iter().find(|(name, _)| !["top", "skip", "filter", "orderby", "expand"].contains(&name.as_str()));
        if let Some((name, _)) = unknown {
            return refused(&format!("{name} is not a parameter"));
        }
        let mut found: Vec<&Resource> = self.store.of(kind.place).collect();
        if let Some(text) = request.query("filter") {
            let known = |name: &&str| found.first().is_none_or(|one| one.has(name));
            let Some(filter) = GRAMMAR.parse(&text).filter(|filter| filter.names().iter().all(known)) else {
                return refused(&format!("the filter {text} is not understood"));
            };
            found.retain(|one| !self.lag.hides(&one.id.to_string()));
            found.retain(|one| filter.holds(&|name, operator, literal| is(one, name, operator, literal)));
        }
        if let Err(why) = order(&mut found, &request.query("orderby").unwrap_or_default()) {
            return refused(&why);
        }
        let (top, skip) = (request.number("top").unwrap_or(100).min(LARGEST_PAGE), request.number("skip").unwrap_or(0));
        let expand: HashSet<String> = request.list("expand").into_iter().collect();
        let mut root = Element::new(&format!("{}s", kind.element));
        for one in found.iter().skip(skip).take(top) {
            let mut item = link(&format!("{SCHEMA}/{}", kind.element), Some(kind.element), &one.href());
            if expand.contains(kind.element) {
                item.children.push(self.store.shown(one, &expand, &format!("{}/", kind.element)));
            }
            root.children.push(item);
        }
        root.children.push(link("self", None, &page_link(request, skip)));
        if skip + top < found.len() {
            root.children.push(link("next", None, &page_link(request, skip + top)));
        }
        if request.query("filter").is_some() {
            self.lag.searched();
        }
        document(200, &root)
    }

    fn describe_fields(&self, request: &Request, place: &str) -> Answer {
        let expanded = request.list("expand").iter().any(|path| path == "FieldDescription");
        let fields = self.store.descriptions.iter().filter(|one| one.place == place);
        let root = fields.fold(Element::new("FieldDescriptions"), |root, one| {
            let item = link(&format!("{SCHEMA}/FieldDescription"), Some("FieldDescription"), &one.href());
            root.child(if expanded { item.child(one.shown()) } else { item })
        });
        document(200, &root)
    }

    /// A request to a resource or a sub-resource of it.
    fn one(&mut self, request: &Request, kind: &'static Kind, id: u64, below: &[&str]) -> Answer {
        let Some(one) = self.store.get(kind.place, id) else { return exception(404, "NotFound", "the resource is not there") };
        if let Some(into) = one.merged_into {
            let location = format!("{RESOURCES}/contacts/{into}/");
            return Answer::empty(308)
                .with("Location", location)
                .with("X-Arlo-Merge-Request", format!("{RESOURCES}/contactmergerequests/{id}/"));
        }
        let part = match below {
            [] => None,
            [name] => match kind.parts.iter().find(|part| part.to_lowercase() == *name) {
                Some(part) => Some(*part),
                None => return exception(404, "NotFound", "the resource is not there"),
            },
            _ => return exception(404, "NotFound", "the resource is not there"),
        };
        let expand: HashSet<String> = request.list("expand").into_iter().collect();
        let shown = |store: &Store, one: &Resource| part.map_or_else(|| store.shown(one, &expand, ""), |part| part_shown(one, part));
        let before = shown(&self.store, one);
        let after = match request.method.as_str() {
            "GET" => return document(200, &before),
            "PUT" => sent(request),
            "PATCH" => sent(request).and_then(|diff| diff::applied(&before, &diff).map_err(|why| refused(&why))),
            _ => return exception(405, "MethodNotAllowed", "the resource does not support this method"),
        };
        let kept = after.and_then(|after| self.keep(kind, id, part, &before, &after).map_err(|why| refused(&why)));
        match kept {
            Err(wrong) => wrong,
            Ok(()) => document(200, &shown(&self.store, self.store.get(kind.place, id).expect("it is there"))),
        }
    }

    /// Takes over a changed document, if it may be so.
    fn keep(&mut self, kind: &'static Kind, id: u64, part: Option<&'static str>, before: &Element, after: &Element) -> Result<(), String> {
        if after.name != before.name {
            return Err(format!("the document is a {} and not a {}", before.name, after.name));
        }
        let new = match part {
            None => own(kind, before, after)?,
            Some("CustomFields") => custom_fields(&self.store, kind.place, after)?,
            Some("Employment") => properties(after, "Employment", EMPLOYMENT)?,
            Some(address) => properties(after, address, ADDRESS)?,
        };
        let one = self.store.get_mut(kind.place, id).expect("it is there");
        match part {
            None => one.own = new,
            Some(part) => drop(one.parts.insert(part, new)),
        }
        one.modified = Timestamp::now();
        Ok(())
    }

    fn create(&mut self, request: &Request, kind: &'static Kind) -> Answer {
        let made = sent(request).and_then(|element| match element.name == kind.element {
            true => own(kind, &Element::default(), &element).map_err(|why| refused(&why)),
            false => Err(refused(&format!("the document is a {}", element.name))),
        });
        let mut own = match made {
            Ok(own) => own,
            Err(wrong) => return wrong,
        };
        if kind.place == "contacts" && own.text_of("Status").is_empty() {
            own.set("Status", "Active");
        }
        let id = self.store.of(kind.place).map(|one| one.id).max().unwrap_or(52) + 1;
        self.store.insert(kind.place, id, &[]).own = own;
        self.lag.created(&id.to_string());
        let one = self.store.get(kind.place, id).expect("it was just made");
        document(201, &self.store.shown(one, &HashSet::new(), "")).with("Location", one.href())
    }

    fn merges(&self) -> Answer {
        let root = self.store.all.iter().filter(|one| one.merged_into.is_some()).fold(Element::new("ContactMergeRequests"), |root, one| {
            let info = |name: &str, id: u64| Element::new(name).child(Element::with_text("ContactID", id));
            let request = Element::new("ContactMergeRequest")
                .child(info("SourceContactInfo", one.id))
                .child(info("DestinationContactInfo", one.merged_into.unwrap_or_default()))
                .child(Element::with_text("CreatedDateTime", one.modified.strftime("%Y-%m-%dT%H:%M:%S%.3f+00:00")));
            let href = format!("{RESOURCES}/contactmergerequests/{}/", one.id);
            root.child(link(&format!("{SCHEMA}/ContactMergeRequest"), Some("ContactMergeRequest"), &href).child(request))
        });
        document(200, &root)
    }

    fn webhook(&self, request: &Request) -> Answer {
        match sent(request) {
            Err(wrong) => wrong,
            Ok(mut endpoint) => {
                endpoint.set("WebhookEndpointID", "1");
                endpoint.set("Key", "c3RhbmQtaW4tc2VjcmV0");
                document(201, &endpoint)
            }
        }
    }
}

impl Vendor for Arlo {
    fn answer(&mut self, request: &Request) -> Answer {
        if request.path() == "/oauth/connect/token" && request.method == "POST" {
            return self.token(request);
        }
        if self.over_the_limit() {
            return self.too_many(60);
        }
        if !self.signed_in(request) {
            return exception(401, "Unauthorized", "the credentials are not valid");
        }
        if !request.header("Accept").is_some_and(|accept| accept.split([',', ';']).any(|media| media.trim() == "application/xml")) {
            return Answer::empty(406);
        }
        let Some(rest) = request.path().strip_prefix(BASE) else { return exception(404, "NotFound", "the resource is not there") };
        let steps: Vec<_> = rest.split('/').filter(|step| !step.is_empty()).collect();
        match (request.method.as_str(), &steps[..]) {
            ("GET", ["contactmergerequests"]) => self.merges(),
            ("POST", ["webhookendpoints"]) => self.webhook(request),
            ("GET", ["fielddescriptions", guid]) => match self.store.descriptions.iter().find(|one| one.guid == *guid) {
                Some(one) => document(200, &one.shown()),
                None => exception(404, "NotFound", "the resource is not there"),
            },
            ("GET", [place, "describe", "customfields"]) => self.describe_fields(request, place),
            (method, [place, rest @ ..]) => match (kind(place), rest) {
                (Some(kind), []) if method == "GET" => self.list(request, kind),
                (Some(kind), []) if method == "POST" => self.create(request, kind),
                (Some(kind), [id, below @ ..]) if id.parse::<u64>().is_ok() => self.one(request, kind, id.parse().unwrap_or(0), below),
                _ => exception(404, "NotFound", "the resource is not there"),
            },
            _ => exception(404, "NotFound", "the resource is not there"),
        }
    }

    /// The one JSON body of this API.
    fn too_many(&self, seconds: u64) -> Answer {
        let body = format!(r#"{{"error":"rate_limit_exceeded","message":"Too many requests.","retryAfter":{seconds}}}"#);
        Answer::json(429, body).with("Retry-After", seconds)
    }

    fn broken(&self) -> Answer {
        exception(503, "ServiceUnavailable", "The platform is being upgraded.")
    }
}

fn document(status: u16, element: &Element) -> Answer {
    Answer::new(status, MEDIA, element.document())
}

fn exception(status: u16, code: &str, message: &str) -> Answer {
    let exception = Element::new("ApiException").child(Element::with_text("Code", code)).child(Element::with_text("Message", message));
    document(status, &exception)
}

fn refused(why: &str) -> Answer {
    exception(400, "BadRequest", why)
}

/// The document in a request.
fn sent(request: &Request) -> Result<Element, Answer> {
    if !request.header("Content-Type").is_some_and(|media| media.starts_with("application/xml")) {
        return Err(Answer::empty(415));
    }
    Element::parse(&request.body).ok_or_else(|| refused("the body is not well-formed"))
}

/// The properties of a resource after a change, if only those that may be written have moved.
fn own(kind: &'static Kind, before: &Element, after: &Element) -> Result<Element, String> {
    let fixed = [kind.id, "UniqueIdentifier", "CreatedDateTime", "LastModifiedDateTime"];
    if let Some(name) = fixed.iter().find(|name| after.first(name).is_some() && after.text_of(name) != before.text_of(name)) {
        return Err(format!("{name} can't be written"));
    }
    let mut writable = after.clone();
    writable.children.retain(|child| !fixed.contains(&child.name.as_str()));
    let own = properties(&writable, kind.element, kind.properties)?;
    match kind.required.iter().find(|name| own.text_of(name).is_empty()) {
        Some(name) => Err(format!("{name} is required")),
        None => Ok(own),
    }
}

fn is(one: &Resource, name: &str, operator: &str, literal: &Literal) -> bool {
    let Some(value) = one.value(name) else { return *literal == Literal::Null && operator == "eq" };
    match literal {
        Literal::Text(text) => compares(operator, value.as_str().cmp(text)),
        Literal::Number(number) => value.parse::<i64>().is_ok_and(|value| compares(operator, value.cmp(number))),
        Literal::Time(time) => value.parse::<Timestamp>().is_ok_and(|value| compares(operator, value.cmp(time))),
        Literal::Null => operator == "ne",
        _ => false,
    }
}

/// `LastModifiedDateTime ASC,ContactID ASC`
fn order(found: &mut [&Resource], by: &str) -> Result<(), String> {
    for part in by.split(',').rev().filter(|part| !part.trim().is_empty()) {
        let (name, direction) = part.trim().split_once(' ').unwrap_or((part.trim(), "ASC"));
        if found.first().is_some_and(|one| !one.has(name)) {
            return Err(format!("{name} can't be ordered by"));
        }
        let key = |one: &&Resource| {
            let value = one.value(name).unwrap_or_default();
            value.parse::<u64>().map_or(value, |number| format!("{number:020}"))
        };
        found.sort_by_key(key);
        if direction.eq_ignore_ascii_case("DESC") {
            found.reverse();
        }
    }
    Ok(())
}

/// The same list from another place on.
fn page_link(request: &Request, skip: usize) -> String {
    let mut queries: Vec<_> = request.queries().into_iter().filter(|(name, _)| name != "skip").collect();
    if skip > 0 {
        let at = queries.iter().position(|(name, _)| name == "top").map_or(0, |at| at + 1);
        queries.insert(at, ("skip".into(), skip.to_string()));
    }
    let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(queries).finish();
    format!("https://acme.arlo.co{}?{}", request.path(), query.replace('+', "%20"))
}
