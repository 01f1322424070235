//! Oomnitza, API v3: users, and their accounts in SaaS products (its own connector and API description).
//!
//! What it does, and a test that meets it:
//! - `Authorization2`, and 401 where only `Authorization` is sent: `the_token_goes_into_a_header_of_its_own`
//! - a bare list with `X-Total-Count`: `a_user_is_made_once_and_found_by_a_filter`
//! - a filter by `eq` on email and username: `a_user_is_made_once_and_found_by_a_filter`
//! - 400 on a filter that is not encoded or not understood: `filters_that_are_not_encoded_or_not_understood_are_refused`
//! - 400 on a choice that is not known: `choices_are_checked_and_zones_passed_over`
//! - zones are passed over: `choices_are_checked_and_zones_passed_over`
//! - an error for each inside a 200: `saas_users_are_answered_one_by_one`
//! - duplicates are refused, by 409 or 400: `an_address_that_is_taken_meanwhile`

use super::{
    server::{Answer, Request, Vendor},
    tools::{Escape, Filter, Grammar, Lag, Literal, compares},
};
use jiff::Timestamp;
use serde_json::{Value as Json, json};

pub const TOKEN: &str = "SECRET-oomnitza";
const BASE: &str = "/api/v3/";
const LARGEST_PAGE: usize = 500;
/// How a quote inside a value is written is not known: it can't be.
const GRAMMAR: Grammar = Grammar { quotes: &['\'', '"'], escape: Escape::None };
const READ_ONLY: &[&str] = &["user_id", "uid", "version", "creation_date", "change_date", "created_by", "changed_by"];

/// The service.
#[derive(Debug)]
pub struct Oomnitza {
    pub users: Vec<Json>,
    pub saas_users: Vec<Json>,
    /// Fields with choices, and those.
    pub drop_downs: Vec<(&'static str, &'static [&'static str])>,
    /// The tenant's own fields that hold a date.
    pub dates: Vec<&'static str>,
    /// What a duplicate is answered with: 409 or 400.
    pub duplicate: u16,
    /// SaaS users that can't be changed, with the reason.
    pub stubborn: Vec<(String, String)>,
    pub lag: Lag,
    issued: usize,
}

impl Oomnitza {
    pub fn new() -> Self {
        Self {
            users: Vec::new(),
            saas_users: Vec::new(),
            drop_downs: vec![("position", &["Employee", "Contractor", "Manager"])],
            dates: vec!["employment_start_date", "employment_end_date"],
            duplicate: 409,
            stubborn: Vec::new(),
            lag: Lag::default(),
            issued: 0,
        }
    }

    /// A user as a create would leave it, without a request.
    pub fn add(&mut self, fields: &Json) -> String {
        self.insert(fields).expect("a user that may be made")["user_id"].as_str().expect("an id").to_owned()
    }

    pub fn user(&self, email: &str) -> Option<&Json> {
        self.users.iter().find(|user| user["email"].as_str().is_some_and(|held| held.eq_ignore_ascii_case(email)))
    }

    fn list(&self, request: &Request, all: &[Json], hides: &dyn Fn(&Json) -> bool) -> Answer {
        let filter = match filter(request) {
            Ok(filter) => filter,
            Err(wrong) => return wrong,
        };
        let mut found: Vec<&Json> =
            all.iter().filter(|one| filter.as_ref().is_none_or(|filter| holds(filter, one) && !hides(one))).collect();
        if let Some(sort) = request.query("sortby") {
            let (field, direction) = sort.split_once(' ').unwrap_or((&sort, "asc"));
            found.sort_by_key(|one| one[field].as_i64().map_or_else(|| one[field].to_string(), |number| format!("{number:020}")));
            if direction.eq_ignore_ascii_case("desc") {
                found.reverse();
            }
        }
        let limit = request.number("limit").unwrap_or(200).min(LARGEST_PAGE);
        let page: Vec<_> = found.iter().skip(request.number("skip").unwrap_or(0)).take(limit).collect();
        Answer::json(200, Json::from_iter(page.into_iter().map(|one| (*one).clone()))).with("X-Total-Count", found.len())
    }

    fn insert(&mut self, fields: &Json) -> Result<Json, Answer> {
        for name in ["username", "email", "role"] {
            if fields[name].is_null() || fields[name] == "" {
                return Err(error(400, &format!("{name} is required")));
            }
        }
        self.issued += 1;
        let (number, now) = (self.issued, Timestamp::now().as_second());
        let id = format!("7d2c0f3e9a6b4f6c8e1a2b3c4d5e{number:04x}");
        let mut user = json!({ "user_id": id, "uid": 1041 + number, "username": "", "email": "", "first_name": "", "last_name": "",
            "full_name": "", "position": "", "role": 25, "suspended": false, "external_id": "", "deleted": "0", "version": 1,
            "address": "", "phone_number": "", "creation_date": now, "change_date": now, "last_login_date": 0 });
        self.take(&mut user, fields)?;
        self.unique(&user)?;
        self.users.push(user.clone());
        self.lag.created(&id);
        Ok(user)
    }

    /// Fields of a request, as they are stored: drop-downs checked, zones of dates passed over.
    fn take(&self, user: &mut Json, fields: &Json) -> Result<(), Answer> {
        let fields = fields.as_object().ok_or_else(|| error(400, "the body is no JSON object"))?;
        for (name, value) in fields.iter().filter(|(name, _)| !READ_ONLY.contains(&name.as_str())) {
            let choices = self.drop_downs.iter().find(|(field, _)| field == name).map(|(_, choices)| choices);
            let text = value.as_str().unwrap_or_default();
            if choices.is_some_and(|choices| !text.is_empty() && !choices.contains(&text)) {
                return Err(error(400, &format!("\"{text}\" is not a valid choice for {name}")));
            }
            user[name] = match self.dates.contains(&name.as_str()) {
                true => stored_date(value).ok_or_else(|| error(400, &format!("{name} is not a date")))?,
                false => value.clone(),
            };
        }
        Ok(())
    }

    fn unique(&self, user: &Json) -> Result<(), Answer> {
        let others = || self.users.iter().filter(|other| other["user_id"] != user["user_id"]);
        let folded = |user: &Json, name: &str| user[name].as_str().unwrap_or_default().to_lowercase();
        let taken = ["username", "email"].into_iter().find(|name| others().any(|other| folded(other, name) == folded(user, name)));
        taken.map_or(Ok(()), |name| Err(error(self.duplicate, &format!("a user with this {name} already exists"))))
    }

    fn one(&mut self, request: &Request, id: &str) -> Answer {
        let Some(at) = self.users.iter().position(|user| user["user_id"] == id) else { return error(404, "user not found") };
        match request.method.as_str() {
            "GET" => Answer::json(200, &self.users[at]),
            "DELETE" => Answer::json(200, self.users.remove(at)),
            "PATCH" => {
                let mut user = self.users[at].clone();
                let changed = self.take(&mut user, &request.json().unwrap_or_default()).and_then(|()| self.unique(&user));
                if let Err(wrong) = changed {
                    return wrong;
                }
                user["version"] = (user["version"].as_i64().unwrap_or(0) + 1).into();
                user["change_date"] = Timestamp::now().as_second().into();
                self.users[at] = user;
                Answer::json(200, &self.users[at])
            }
            _ => error(405, "method not allowed"),
        }
    }

    /// 200, and for each what became of it.
    fn switched(&mut self, request: &Request, active: bool) -> Answer {
        let body = request.json().unwrap_or_default();
        let Some(ids) = body["saas_user_ids"].as_array() else { return error(400, "saas_user_ids is required") };
        let each = ids.iter().map(|id| {
            let refused = self.stubborn.iter().find(|(stubborn, _)| *id == **stubborn).map(|(_, why)| why.clone());
            let held = self.saas_users.iter_mut().find(|user| user["saas_user_id"] == *id);
            let error = match (refused, held) {
                (Some(why), _) => Some(why),
                (None, None) => Some("SaaS user not found".to_owned()),
                (None, Some(user)) => {
                    user["active"] = active.into();
                    None
                }
            };
            json!({ "saas_user_id": id, "error": error })
        });
        Answer::json(200, each.collect::<Json>())
    }

    fn assigned(&self, request: &Request) -> Answer {
        let body = request.json().unwrap_or_default();
        let Some(all) = body.as_array() else { return error(400, "a list is required") };
        let each = all.iter().map(|one| {
            let known = self.users.iter().any(|user| user["user_id"] == one["user_id"]);
            json!({ "user_id": one["user_id"], "error": (!known).then_some("User not found") })
        });
        Answer::json(200, each.collect::<Json>())
    }
}

impl Vendor for Oomnitza {
    fn answer(&mut self, request: &Request) -> Answer {
        if request.header("Authorization2") != Some(TOKEN) {
            return error(401, "authentication failed");
        }
        let Some(rest) = request.path().strip_prefix(BASE) else { return error(404, "not found") };
        let steps: Vec<_> = rest.split('/').filter(|step| !step.is_empty()).collect();
        match (request.method.as_str(), &steps[..]) {
            ("GET", ["users"]) => {
                let answer = self.list(request, &self.users, &|user| self.lag.hides(user["user_id"].as_str().unwrap_or_default()));
                if request.query("filter").is_some() {
                    self.lag.searched();
                }
                answer
            }
            ("POST", ["users"]) => match self.insert(&request.json().unwrap_or_default()) {
                Ok(user) => Answer::json(200, user),
                Err(wrong) => wrong,
            },
            (_, ["users", id]) => self.one(request, id),
            ("GET", ["saas_users"]) => self.list(request, &self.saas_users, &|_| false),
            ("PATCH", ["saas_users", "activate"]) => self.switched(request, true),
            ("PATCH", ["saas_users", "deactivate"]) => self.switched(request, false),
            ("POST", ["saas", _, "users"]) => self.assigned(request),
            _ => error(404, "not found"),
        }
    }

    fn too_many(&self, seconds: u64) -> Answer {
        error(429, "too many requests").with("Retry-After", seconds)
    }

    fn broken(&self) -> Answer {
        Answer::new(502, "text/html", "<html><body><h1>502 Bad Gateway</h1></body></html>")
    }
}

/// The shape is not published: an object with `error`.
fn error(status: u16, message: &str) -> Answer {
    Answer::json(status, json!({ "error": message }))
}

/// A filter must be encoded, and must be understood.
fn filter(request: &Request) -> Result<Option<Filter>, Answer> {
    let raw = request.raw_query().split('&').find_map(|pair| pair.strip_prefix("filter="));
    let Some(raw) = raw else { return Ok(None) };
    let encoded = raw.chars().all(|sign| sign.is_ascii_alphanumeric() || "-._~%+".contains(sign));
    let filter = request.query("filter").filter(|_| encoded).and_then(|text| GRAMMAR.parse(&text));
    filter.map(Some).ok_or_else(|| error(400, "the filter can't be parsed"))
}

fn holds(filter: &Filter, one: &Json) -> bool {
    filter.holds(&|name, operator, literal| match (operator, literal) {
        ("is", Literal::Null) => one[name].is_null() || one[name] == "",
        ("in", Literal::In(all)) => all.iter().any(|literal| is(one, name, "eq", literal)),
        (operator, literal) => is(one, name, operator, literal),
    })
}

fn is(one: &Json, name: &str, operator: &str, literal: &Literal) -> bool {
    match literal {
        Literal::Text(text) if operator == "like" => {
            let held = one[name].as_str().unwrap_or_default();
            text.strip_suffix('%').map_or(held == text, |start| held.starts_with(start))
        }
        Literal::Text(text) => one[name].as_str().is_some_and(|held| compares(operator, held.cmp(text))),
        Literal::Number(number) => one[name].as_i64().is_some_and(|held| compares(operator, held.cmp(number))),
        Literal::Bool(truth) => one[name].as_bool().is_some_and(|held| compares(operator, held.cmp(truth))),
        _ => false,
    }
}

/// Unix seconds; the zone of an ISO 8601 time is passed over, so that 09:00+02:00 becomes 09:00 UTC.
fn stored_date(value: &Json) -> Option<Json> {
    if value.is_null() || value.is_i64() || value == "" {
        return Some(value.clone());
    }
    let text = value.as_str()?;
    let wall: jiff::civil::DateTime = text.get(..19).unwrap_or(text).parse().ok()?;
    Some(wall.in_tz("UTC").ok()?.timestamp().as_second().into())
}

#[cfg(test)]
mod tests {
    use super::{super::server::StandIn, *};

    const HEAD: &str = "HTTP/1.1\nAuthorization2: SECRET-oomnitza\nContent-Type: application/json";
    const JEANNE: &str = r#"{ "username": "jeanne.martin@example.com", "email": "jeanne.martin@example.com", "first_name": "Jeanne",
      "last_name": "Martin", "position": "Employee", "role": 25 }"#;

    #[test]
    fn a_user_is_made_once_and_found_by_a_filter() {
        let standing = StandIn::new(Oomnitza::new());
        let made = standing.say(&format!("POST /api/v3/users {HEAD}\n\n{JEANNE}"));
        assert_eq!((made.status, &made.read()["uid"], &made.read()["suspended"]), (200, &json!(1042), &json!(false)));
        let found = standing.say(&format!("GET /api/v3/users?filter=email%20eq%20%27jeanne.martin%40example.com%27&limit=2 {HEAD}"));
        assert_eq!((found.header("X-Total-Count"), found.read().as_array().unwrap().len()), (Some("1"), 1));
        assert_eq!(found.read()[0]["user_id"], made.read()["user_id"]);
        assert_eq!(standing.say(&format!("POST /api/v3/users {HEAD}\n\n{}", JEANNE.replace("jeanne.", "Jeanne."))).status, 409);
        standing.vendor().duplicate = 400;
        assert_eq!(standing.say(&format!("POST /api/v3/users {HEAD}\n\n{JEANNE}")).status, 400);
    }

    #[test]
    fn the_token_goes_into_a_header_of_its_own() {
        let standing = StandIn::new(Oomnitza::new());
        for head in ["Authorization: Bearer SECRET-oomnitza", "Authorization: SECRET-oomnitza", "Authorization2: Bearer SECRET-oomnitza"] {
            assert_eq!(standing.say(&format!("GET /api/v3/users HTTP/1.1\n{head}")).status, 401, "{head}");
        }
        assert_eq!(standing.say(&format!("GET /api/v3/users {HEAD}")).status, 200);
    }

    #[test]
    fn filters_that_are_not_encoded_or_not_understood_are_refused() {
        let standing = StandIn::new(Oomnitza::new());
        standing.vendor().add(&serde_json::from_str(JEANNE).unwrap());
        let status = |filter: &str| standing.say(&format!("GET /api/v3/users?filter={filter} {HEAD}"));
        for wrong in
            ["email%20eq%20'a'", "email%20eq%20%27a@b%27", "email%20eq", "email%20eq%20%27o%27neill%27", "email%20eq%20%27a%27%27b%27"]
        {
            assert_eq!(status(wrong).status, 400, "{wrong}");
        }
        for (right, count) in [
            ("role%20eq%2025", "1"),
            ("first_name%20LIKE%20%22J%25%22", "1"),
            ("%28role%20gt%2025%29%20or%20%28username%20IN%20%5B%22a%22%5D%29", "0"),
            ("external_id%20IS%20NULL", "1"),
        ] {
            assert_eq!(status(right).header("X-Total-Count"), Some(count), "{right}");
        }
    }

    #[test]
    fn choices_are_checked_and_zones_passed_over() {
        let standing = StandIn::new(Oomnitza::new());
        let id = standing.vendor().add(&serde_json::from_str(JEANNE).unwrap());
        let patch = |body: Json| standing.say(&format!("PATCH /api/v3/users/{id} {HEAD}\n\n{body}"));
        assert_eq!(patch(json!({ "position": "Astronaut" })).status, 400);
        let done = patch(json!({ "suspended": true, "employment_start_date": "2025-03-02T09:00:00+02:00" }));
        assert_eq!((&done.read()["suspended"], &done.read()["employment_start_date"]), (&json!(true), &json!(1_740_906_000)));
        assert_eq!(standing.vendor().user("Jeanne.Martin@example.com").unwrap()["suspended"], true);
        assert_eq!((&done.read()["version"], patch(json!({ "employment_start_date": 1_514_851_200 })).status), (&json!(2), 200));
        assert_eq!(standing.say(&format!("DELETE /api/v3/users/{id} {HEAD}")).status, 200);
        assert_eq!(standing.say(&format!("GET /api/v3/users/{id} {HEAD}")).status, 404);
    }

    #[test]
    fn saas_users_are_answered_one_by_one() {
        let standing = StandIn::new(Oomnitza::new());
        standing.vendor().saas_users = vec![json!({ "saas_user_id": "a1", "saas_id": "s1", "email": "a@example.com", "active": true })];
        let done = standing.say(&format!("PATCH /api/v3/saas_users/deactivate {HEAD}\n\n{}", json!({ "saas_user_ids": ["a1", "a2"] })));
        let each = json!([{ "saas_user_id": "a1", "error": null }, { "saas_user_id": "a2", "error": "SaaS user not found" }]);
        assert_eq!((done.status, done.read()), (200, each));
        assert_eq!(standing.say(&format!("GET /api/v3/saas_users {HEAD}")).read()[0]["active"], false);
        let assigned = standing.say(&format!("POST /api/v3/saas/s1/users {HEAD}\n\n{}", json!([{ "user_id": "nobody", "assign": true }])));
        assert_eq!(assigned.read(), json!([{ "user_id": "nobody", "error": "User not found" }]));
    }
}
