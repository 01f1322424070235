//! Lucca: API v3 with its key, and the read-only v5 with client credentials (developers.lucca.fr).
//!
//! What it does, and a test that meets it:
//! - 401 on a bad key: `keys_pages_and_limits_are_kept`
//! - leavers hidden unless `formerEmployees=true`: `leavers_are_hidden_and_the_count_is_told_on_demand`
//! - `fields`, dotted ones and those of `extendedData` too: `a_list_of_chosen_fields`
//! - pages of 1000 at most: `keys_pages_and_limits_are_kept`
//! - `data.count` only where it is asked for: `leavers_are_hidden_and_the_count_is_told_on_demand`
//! - 429 with `Retry-After` after so many in a minute: `keys_pages_and_limits_are_kept`
//! - times without zone and with uneven fractions, last names in capitals, mail in mixed case, ids that are numbers: `a_list_of_chosen_fields`

use super::server::{Answer, Request, Vendor};
use jiff::{Timestamp, civil::Date};
use serde_json::{Map, Value as Json, json};
use std::collections::HashSet;

pub const KEY: &str = "00000000-0000-4000-8000-000000000001";
pub const CLIENT: (&str, &str) = ("lucca-client", "SECRET-lucca-client");
const USERS: &str = "/api/v3/users";
const LARGEST_PAGE: usize = 1000;

/// The service, with whole users as in v3.
#[derive(Debug)]
pub struct Lucca {
    pub users: Vec<Json>,
    pub today: Date,
    /// Requests in any minute; none: no limit.
    pub per_minute: Option<usize>,
    asked: Vec<Timestamp>,
    tokens: HashSet<String>,
    issued: usize,
}

impl Lucca {
    pub fn new(users: Vec<Json>) -> Self {
        Self { users, today: jiff::civil::date(2025, 3, 1), per_minute: None, asked: Vec::new(), tokens: HashSet::new(), issued: 0 }
    }

    /// One employee and one leaver: zoneless times with uneven fractions, names in capitals, mail as typed.
    pub fn sample() -> Self {
        Self::new(vec![
            json!({ "id": 416, "name": "Jeanne MARTIN", "url": "https://acme.ilucca.net/api/v3/users/416", "displayName": "Jeanne Martin",
                "firstName": "Jeanne", "lastName": "MARTIN", "mail": "jeanne.martin@example.com", "login": "jmartin",
                "dtContractStart": "2014-09-01T00:00:00", "dtContractEnd": null, "employeeNumber": "00057",
                "department": { "id": 3, "name": "Sales" }, "legalEntity": { "id": 1, "name": "Acme France" }, "manager": { "id": 12 },
                "extendedData": { "e_badge": "B-101" }, "modifiedAt": "2024-09-07T10:20:06.583" }),
            json!({ "id": 417, "name": "Paul DURAND", "url": "https://acme.ilucca.net/api/v3/users/417", "displayName": "Paul Durand",
                "firstName": "Paul", "lastName": "DURAND", "mail": "Paul.Durand@example.com", "login": "pdurand",
                "dtContractStart": "2019-02-04T00:00:00", "dtContractEnd": "2025-03-31T00:00:00", "employeeNumber": "00112",
                "department": { "id": 4, "name": "IT" }, "legalEntity": { "id": 1, "name": "Acme France" }, "manager": null,
                "extendedData": {}, "modifiedAt": "2025-03-02T16:01:44.03" }),
        ])
    }

    /// No token is good any more.
    pub fn expire_tokens(&mut self) {
        self.tokens.clear();
    }

    fn over_the_limit(&mut self) -> bool {
        let now = Timestamp::now();
        self.asked.retain(|asked| now.duration_since(*asked).as_secs() < 60);
        self.asked.push(now);
        self.per_minute.is_some_and(|most| self.asked.len() > most)
    }

    fn left(&self, user: &Json) -> bool {
        day(&user["dtContractEnd"]).is_some_and(|end| end < self.today)
    }

    fn list(&self, request: &Request) -> Answer {
        let Some((offset, limit)) = paging(request) else { return plain(400, "paging does not respect limit=start,count format") };
        let unknown = request.queries().into_iter().find(|(name, _)| !KNOWN.contains(&name.as_str()));
        if let Some((name, _)) = unknown {
            return plain(400, &format!("{name} is not a known property"));
        }
        let asks_for_ends = request.query("dtContractEnd").is_some();
        let all = request.query("formerEmployees").is_some_and(|value| value == "true") || asks_for_ends;
        let mut users: Vec<&Json> = self.users.iter().filter(|user| all || !self.left(user)).collect();
        users.retain(|user| ["dtContractStart", "dtContractEnd", "modifiedAt"].iter().all(|name| period(request, name, user)));
        users.retain(|user| ["mail", "login"].iter().all(|name| text(request, name, user)));
        order(&mut users, &request.query("orderBy").unwrap_or_default());
        let fields = request.list("fields");
        let page = users.iter().skip(offset).take(limit.min(LARGEST_PAGE));
        let mut data = Map::new();
        if fields.iter().any(|field| field == "collection.count") {
            data.insert("count".into(), users.len().into());
        }
        data.insert("items".into(), page.map(|user| chosen(user, &fields)).collect());
        Answer::json(200, json!({ "data": data }))
    }

    fn one(&mut self, request: &Request, id: &str) -> Answer {
        let Some(at) = self.users.iter().position(|user| is(user, id)) else { return Answer::empty(404) };
        match request.method.as_str() {
            "GET" => {}
            "PUT" => match request.json() {
                Some(body) => change(&mut self.users[at], body),
                None => return plain(400, "the body is no JSON"),
            },
            _ => return Answer::empty(405),
        }
        Answer::json(200, json!({ "data": chosen(&self.users[at], &request.list("fields")) }))
    }

    fn create(&mut self, request: &Request) -> Answer {
        let Some(body) = request.json() else { return plain(400, "the body is no JSON") };
        let id = self.users.iter().filter_map(|user| user["id"].as_i64()).max().unwrap_or(0) + 1;
        let mut user = json!({ "id": id, "dtContractEnd": null, "extendedData": {} });
        change(&mut user, body);
        self.users.push(user.clone());
        Answer::json(200, json!({ "data": user }))
    }

    fn token(&mut self, request: &Request) -> Answer {
        let given = |name: &str| request.form(name).unwrap_or_default();
        if given("grant_type") != "client_credentials" {
            return Answer::json(400, json!({ "error": "unsupported_grant_type" }));
        }
        if (given("client_id").as_str(), given("client_secret").as_str()) != CLIENT {
            return Answer::json(400, json!({ "error": "invalid_client" }));
        }
        self.issued += 1;
        let token = format!("SECRET-lucca-token-{}", self.issued);
        self.tokens.insert(token.clone());
        Answer::json(200, json!({ "access_token": token, "token_type": "Bearer", "expires_in": 1800 }))
    }

    fn v5(&self, request: &Request) -> Answer {
        if !request.bearer().is_some_and(|token| self.tokens.contains(token)) {
            return problem(401, "Unauthorized");
        }
        if request.header("Api-Version") != Some("2024-11-01") {
            return problem(400, "The Api-Version header is required.");
        }
        match request.steps()[..] {
            ["lucca-api", "employees"] => self.employees(request),
            ["lucca-api", "employees", id] => match self.users.iter().find(|user| is(user, id)) {
                Some(user) => Answer::json(200, self.employee(user)),
                None => problem(404, "Not Found"),
            },
            _ => problem(404, "Not Found"),
        }
    }

    fn employees(&self, request: &Request) -> Answer {
        let limit = request.number("limit").unwrap_or(25);
        if !(1..=100).contains(&limit) {
            return problem(400, "The field limit must be between 1 and 100.");
        }
        let Some(from) = cursor(request.query("page")) else { return problem(400, "The page is invalid.") };
        let (status, mail) = (request.list("status"), request.query("email"));
        let mut all: Vec<Json> = self.users.iter().map(|user| self.employee(user)).collect();
        all.retain(|one| status.is_empty() || status.iter().any(|status| one["status"] == **status));
        all.retain(|one| mail.as_ref().is_none_or(|mail| mail.split(',').any(|mail| one["email"] == *mail)));
        let include = request.list("include");
        let asked = |name: &str| include.iter().any(|one| one == name);
        let mut body = json!({ "type": "employees", "url": "https://acme.ilucca.net/lucca-api/employees" });
        if asked("totalCount") {
            body["totalCount"] = all.len().into();
        }
        body["items"] = all.iter().skip(from).take(limit).cloned().collect();
        if asked("links") {
            let next = (from + limit < all.len()).then(|| {
                let page = url::form_urlencoded::Serializer::new(String::new())
                    .extend_pairs(request.queries().into_iter().filter(|(name, _)| name != "page"))
                    .append_pair("page", &format!("!S{}", from + limit))
                    .finish();
                json!({ "href": format!("https://acme.ilucca.net/lucca-api/employees?{page}") })
            });
            body["links"] = json!({ "prev": null, "next": next });
        }
        Answer::json(200, body)
    }

    fn employee(&self, user: &Json) -> Json {
        let id = user["id"].to_string();
        let upcoming = day(&user["dtContractStart"]).is_some_and(|start| start > self.today);
        let status = if self.left(user) {
            "deactivated"
        } else if upcoming {
            "upcoming"
        } else {
            "active"
        };
        let time = format!("{}Z", user["modifiedAt"].as_str().unwrap_or_default().split('.').next().unwrap_or_default());
        json!({ "id": id, "type": "employee", "url": format!("https://acme.ilucca.net/lucca-api/employees/{id}"), "remoteId": null,
            "givenName": user["firstName"], "familyName": user["lastName"], "employeeNumber": user["employeeNumber"], "status": status,
            "email": user["mail"], "phoneNumber": null, "lastUpdatedAt": time })
    }
}

const KNOWN: &[&str] =
    &["paging", "fields", "formerEmployees", "orderBy", "mail", "login", "dtContractStart", "dtContractEnd", "modifiedAt"];

impl Vendor for Lucca {
    fn answer(&mut self, request: &Request) -> Answer {
        if self.over_the_limit() {
            return self.too_many(30);
        }
        match request.steps()[..] {
            ["connect", "token"] if request.method == "POST" => return self.token(request),
            ["lucca-api", ..] if request.method == "GET" => return self.v5(request),
            ["lucca-api", ..] => return problem(405, "Method Not Allowed"),
            _ => {}
        }
        if !has_key(request) {
            return Answer::empty(401);
        }
        match (request.method.as_str(), request.path().strip_prefix(USERS).map(|rest| rest.trim_start_matches('/'))) {
            ("GET", Some("")) => self.list(request),
            ("POST", Some("")) if request.query("contract").is_some() => self.create(request),
            (_, Some(id)) if !id.is_empty() => self.one(request, id),
            (_, Some(_)) => Answer::empty(405),
            (_, None) => Answer::empty(404),
        }
    }

    fn too_many(&self, seconds: u64) -> Answer {
        problem(429, "Too Many Requests").with("Retry-After", seconds)
    }

    fn broken(&self) -> Answer {
        Answer::empty(500)
    }
}

fn is(user: &Json, id: &str) -> bool {
    id.parse::<i64>().is_ok_and(|id| user["id"] == id)
}

/// `lucca application=KEY`, the scheme in any case.
fn has_key(request: &Request) -> bool {
    let given = request.header("Authorization").and_then(|value| value.split_once(' '));
    given.is_some_and(|(scheme, rest)| scheme.eq_ignore_ascii_case("lucca") && rest == format!("application={KEY}"))
}

fn paging(request: &Request) -> Option<(usize, usize)> {
    let Some(paging) = request.query("paging") else { return Some((0, LARGEST_PAGE)) };
    let (offset, limit) = paging.split_once(',')?;
    Some((offset.parse().ok()?, limit.parse().ok()?))
}

fn cursor(page: Option<String>) -> Option<usize> {
    page.map_or(Some(0), |page| page.strip_prefix("!S")?.parse().ok())
}

fn day(value: &Json) -> Option<Date> {
    value.as_str()?.split('T').next()?.parse().ok()
}

/// `mail=a@example.com`, `mail=like,jdoe`
fn text(request: &Request, name: &str, user: &Json) -> bool {
    let value = user[name].as_str().unwrap_or_default();
    match request.query(name) {
        None => true,
        Some(asked) => match asked.strip_prefix("like,") {
            Some(part) => value.contains(part),
            None => value == asked,
        },
    }
}

/// `since,2025-01-01`, `until,…`, `between,a,b`, `notequal,null`, `null`; times without zone compare as their texts do.
fn period(request: &Request, name: &str, user: &Json) -> bool {
    let Some(asked) = request.query(name) else { return true };
    let value = user[name].as_str();
    let parts: Vec<_> = asked.split(',').collect();
    match (&parts[..], value) {
        (["null"], value) => value.is_none(),
        (["notequal", "null"], value) => value.is_some(),
        (["since", from], Some(value)) => value >= *from,
        (["until", to], Some(value)) => value <= *to,
        (["between", from, to], Some(value)) => value >= *from && value <= *to,
        _ => false,
    }
}

fn order(users: &mut [&Json], by: &str) {
    let (field, direction) = by.split_once(',').unwrap_or(("id", "asc"));
    let key = |user: &&Json| user[field].as_i64().map_or_else(|| user[field].to_string(), |number| format!("{number:020}"));
    users.sort_by_key(key);
    if direction == "desc" {
        users.reverse();
    }
}

/// Only these fields; dotted ones inside their objects. Without any, `id`, `name` and `url`.
fn chosen(user: &Json, fields: &[String]) -> Json {
    let usual = ["id", "name", "url"].map(str::to_owned);
    let fields = if fields.is_empty() { &usual[..] } else { fields };
    let mut out = Map::new();
    for field in fields.iter().filter(|field| *field != "collection.count") {
        match field.split_once('.') {
            Some((outer, inner)) => match &user[outer] {
                Json::Object(object) => {
                    let held = out.entry(outer).or_insert_with(|| json!({}));
                    if let Some(value) = object.get(inner) {
                        held[inner] = value.clone();
                    }
                }
                _ => drop(out.insert(outer.into(), Json::Null)),
            },
            None => drop(out.insert(field.clone(), user[field].clone())),
        }
    }
    Json::Object(out)
}

/// Only what is sent changes; custom fields come at the root, and stand in `extendedData`.
fn change(user: &mut Json, body: Json) {
    let body = body.get("data").cloned().unwrap_or(body);
    for (name, value) in body.as_object().into_iter().flatten() {
        match name.as_str() {
            custom if custom.starts_with("e_") => user["extendedData"][custom] = value.clone(),
            "managerId" => user["manager"] = json!({ "id": value }),
            "id" | "modifiedAt" | "extendedData" => {}
            name => user[name] = value.clone(),
        }
    }
    user["modifiedAt"] = Timestamp::now().strftime("%Y-%m-%dT%H:%M:%S.%3f").to_string().into();
}

fn plain(status: u16, text: &str) -> Answer {
    Answer::new(status, "text/plain", text)
}

/// RFC 7807
fn problem(status: u16, title: &str) -> Answer {
    let body = json!({ "type": "about:blank", "title": title, "status": status });
    Answer::new(status, "application/problem+json", body)
}

#[cfg(test)]
mod tests {
    use super::{super::server::StandIn, *};

    const HEAD: &str = "HTTP/1.1\nAuthorization: lucca application=00000000-0000-4000-8000-000000000001\nAccept: application/json";

    #[test]
    fn a_list_of_chosen_fields() {
        let lucca = StandIn::new(Lucca::sample());
        let fields = "id,firstName,lastName,mail,login,dtContractStart,dtContractEnd,employeeNumber,department.name,legalEntity.name,manager.id,modifiedAt,collection.count";
        let answer = lucca.say(&format!("GET /api/v3/users?formerEmployees=true&paging=0,1000&fields={fields} {HEAD}"));
        let expected = json!({ "data": { "count": 2, "items": [
            { "id": 416, "firstName": "Jeanne", "lastName": "MARTIN", "mail": "jeanne.martin@example.com", "login": "jmartin",
              "dtContractStart": "2014-09-01T00:00:00", "dtContractEnd": null, "employeeNumber": "00057", "department": { "name": "Sales" },
              "legalEntity": { "name": "Acme France" }, "manager": { "id": 12 }, "modifiedAt": "2024-09-07T10:20:06.583" },
            { "id": 417, "firstName": "Paul", "lastName": "DURAND", "mail": "Paul.Durand@example.com", "login": "pdurand",
              "dtContractStart": "2019-02-04T00:00:00", "dtContractEnd": "2025-03-31T00:00:00", "employeeNumber": "00112",
              "department": { "name": "IT" }, "legalEntity": { "name": "Acme France" }, "manager": null, "modifiedAt": "2025-03-02T16:01:44.03" } ] } });
        assert_eq!((answer.status, answer.read()), (200, expected));
    }

    #[test]
    fn leavers_are_hidden_and_the_count_is_told_on_demand() {
        let lucca = StandIn::new(Lucca::sample());
        lucca.vendor().today = jiff::civil::date(2025, 4, 1);
        let ids = |query: &str| lucca.say(&format!("GET /api/v3/users?{query} {HEAD}")).read()["data"].to_string();
        assert_eq!(ids("fields=id"), r#"{"items":[{"id":416}]}"#);
        assert_eq!(ids("fields=id,collection.count"), r#"{"count":1,"items":[{"id":416}]}"#);
        assert_eq!(ids("fields=id&dtContractEnd=notequal,null"), r#"{"items":[{"id":417}]}"#);
        assert_eq!(ids("fields=id&formerEmployees=true&orderBy=id,desc&paging=0,1"), r#"{"items":[{"id":417}]}"#);
        assert_eq!(ids("fields=id,extendedData.e_badge&mail=like,jeanne"), r#"{"items":[{"id":416,"extendedData":{"e_badge":"B-101"}}]}"#);
        assert_eq!(ids("fields=id&formerEmployees=true&modifiedAt=since,2025-01-01T08:45:23"), r#"{"items":[{"id":417}]}"#);
    }

    #[test]
    fn keys_pages_and_limits_are_kept() {
        let lucca = StandIn::new(Lucca::new((1..=1200).map(|id| json!({ "id": id })).collect()));
        assert_eq!(lucca.say("GET /api/v3/users HTTP/1.1\nAuthorization: Bearer x").status, 401);
        let wrong = lucca.say(&format!("GET /api/v3/users?paging=5 {HEAD}"));
        assert_eq!((wrong.status, wrong.header("Content-Type"), wrong.body.contains("limit=start,count")), (400, Some("text/plain"), true));
        let page = lucca.say(&format!("GET /api/v3/users?paging=0,5000&fields=id {HEAD}")).read();
        assert_eq!(page["data"]["items"].as_array().unwrap().len(), 1000);
        lucca.vendor().per_minute = Some(4);
        let statuses = [1, 2].map(|_| lucca.say(&format!("GET /api/v3/users {HEAD}")));
        assert_eq!((statuses[0].status, statuses[1].status, statuses[1].header("Retry-After")), (200, 429, Some("30")));
    }

    #[test]
    fn a_put_is_partial_and_custom_fields_are_written_at_the_root() {
        let lucca = StandIn::new(Lucca::sample());
        let body = r#"{ "dtContractEnd": "2025-03-31T00:00:00", "e_badge": "B-204" }"#;
        assert_eq!(lucca.say(&format!("PUT /api/v3/users/417 {HEAD}\nContent-Type: application/json\n\n{body}")).status, 200);
        let user = lucca.say(&format!("GET /api/v3/users/417?fields=mail,extendedData.e_badge {HEAD}")).read();
        assert_eq!(user, json!({ "data": { "mail": "Paul.Durand@example.com", "extendedData": { "e_badge": "B-204" } } }));
        assert_eq!(lucca.say(&format!("GET /api/v3/users/9 {HEAD}")).status, 404);
    }

    #[test]
    fn v5_pages_by_its_own_links() {
        let lucca = StandIn::new(Lucca::sample());
        let form = "grant_type=client_credentials&client_id=lucca-client&client_secret=SECRET-lucca-client&scope=employees.readonly";
        let token = lucca.say(&format!("POST /connect/token HTTP/1.1\nContent-Type: application/x-www-form-urlencoded\n\n{form}")).read();
        assert_eq!((&token["token_type"], &token["expires_in"]), (&json!("Bearer"), &json!(1800)));
        let head = format!("HTTP/1.1\nAuthorization: Bearer {}\nApi-Version: 2024-11-01", token["access_token"].as_str().unwrap());
        let page = lucca.say(&format!("GET /lucca-api/employees?include=totalCount,links&limit=1 {head}")).read();
        assert_eq!((&page["totalCount"], &page["items"][0]["id"]), (&json!(2), &json!("416")));
        let next = page["links"]["next"]["href"].as_str().unwrap().strip_prefix("https://acme.ilucca.net").unwrap();
        let last = lucca.say(&format!("GET {next} {head}")).read();
        assert_eq!((&last["items"][0]["status"], &last["links"]["next"]), (&json!("active"), &Json::Null));
        let bare = lucca.say(&format!("GET /lucca-api/employees {head}")).read();
        assert_eq!((bare.get("totalCount"), bare.get("links")), (None, None));
        let without = lucca.say(&format!("GET /lucca-api/employees {}", head.replace("Api-Version", "X")));
        assert_eq!((without.status, without.header("Content-Type")), (400, Some("application/problem+json")));
        lucca.vendor().expire_tokens();
        assert_eq!(lucca.say(&format!("GET /lucca-api/employees {head}")).status, 401);
        assert_eq!(lucca.say(&format!("PATCH /lucca-api/employees/416 {head}")).status, 405);
    }
}
