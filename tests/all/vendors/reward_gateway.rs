//! Reward Gateway: provisioning by SCIM 2.0 (RFC 7643, RFC 7644), with the checks of its employee file and without groups.
//!
//! What it does, and a test that meets it:
//! - a bearer token, or 401: `no_groups_no_token_nobody`
//! - SCIM, found by `userName`, `externalId`, `emails.value`: `look_ups_fold_case_where_the_standard_does`
//! - 409 `uniqueness`: `a_create_answers_as_the_standard_says_and_welcomes_once`
//! - names and addresses that break the rules of the file: 400 `invalidValue`: `the_checks_of_the_employee_file_hold`
//! - no `/Groups`: `no_groups_no_token_nobody`
//! - welcome e-mails are counted: `joined_once_then_nothing_then_a_leaver`

use super::{
    server::{Answer, Request, Vendor},
    tools::{Escape, Grammar, Lag, Literal},
};
use jiff::Timestamp;
use serde_json::{Map, Value as Json, json};

pub const TOKEN: &str = "SECRET-reward-gateway";
pub const BASE: &str = "/11111111-2222-4333-8444-555555555555/scim/v2.0";
const HOST: &str = "https://api.rewardgateway.net";
const MEDIA: &str = "application/scim+json";
const LARGEST_PAGE: usize = 100;
const GRAMMAR: Grammar = Grammar { quotes: &['"'], escape: Escape::Json };

/// The service.
#[derive(Debug, Default)]
pub struct RewardGateway {
    pub users: Vec<Json>,
    /// The programme's "New users to receive welcome emails?".
    pub welcomes: bool,
    /// Who was sent a welcome e-mail, in order.
    pub welcomed: Vec<String>,
    /// Whether a PATCH answers 204 without a body.
    pub patches_quietly: bool,
    pub lag: Lag,
    issued: u64,
}

impl RewardGateway {
    pub fn new() -> Self {
        Self { welcomes: true, issued: 83_020, ..Self::default() }
    }

    fn users(&mut self, request: &Request) -> Answer {
        let steps = request.steps();
        match (request.method.as_str(), &steps[3..]) {
            ("GET", ["Users"]) => self.list(request),
            ("POST", ["Users"]) => self.create(request),
            (_, ["Users", id]) => self.one(request, id),
            ("GET", ["ServiceProviderConfig"]) => Answer::new(200, MEDIA, json!({ "patch": { "supported": true } })),
            _ => error(404, None, "this resource is not there"),
        }
    }

    fn list(&mut self, request: &Request) -> Answer {
        let mut users: Vec<&Json> = self.users.iter().collect();
        if let Some(text) = request.query("filter") {
            let Some(filter) = GRAMMAR.parse(&text).filter(|filter| filter.names().iter().all(|name| FILTERED.contains(name))) else {
                return error(400, Some("invalidFilter"), "the filter can't be understood");
            };
            users.retain(|user| !self.lag.hides(user["id"].as_str().unwrap_or_default()));
            users.retain(|user| filter.holds(&|name, operator, literal| is(user, name, operator, literal)));
        }
        let from = request.number("startIndex").unwrap_or(1).max(1);
        let count = request.number("count").unwrap_or(LARGEST_PAGE).min(LARGEST_PAGE);
        let page: Vec<Json> = users.iter().skip(from - 1).take(count).map(|user| (*user).clone()).collect();
        let mut body = json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"], "totalResults": users.len(),
            "startIndex": from, "itemsPerPage": page.len() });
        if !users.is_empty() {
            body["Resources"] = page.into();
        }
        if request.query("filter").is_some() {
            self.lag.searched();
        }
        Answer::new(200, MEDIA, body)
    }

    fn create(&mut self, request: &Request) -> Answer {
        let Some(body) = request.json().filter(Json::is_object) else { return error(400, Some("invalidSyntax"), "the body is no JSON") };
        if let Err(wrong) = self.check(&body, None) {
            return wrong;
        }
        self.issued += 1;
        let (id, now) = (self.issued.to_string(), seconds());
        let mut user = body;
        user["id"] = id.clone().into();
        user["meta"] = json!({ "resourceType": "User", "created": now, "lastModified": now });
        if user.get("active").is_none() {
            user["active"] = true.into();
        }
        self.welcome(&mut user);
        self.users.push(user.clone());
        self.lag.created(&id);
        Answer::new(201, MEDIA, &user).with("Location", format!("{HOST}{BASE}/Users/{id}"))
    }

    /// A create may send a real e-mail to a person; a programme's extension may say no.
    fn welcome(&mut self, user: &mut Json) {
        let extension = "urn:ietf:params:scim:schemas:extension:rewardgateway:2.0:User";
        let refused = user.get(extension).is_some_and(|own| own["sendWelcomeEmail"] == false);
        if let Some(own) = user.get_mut(extension).and_then(Json::as_object_mut) {
            own.remove("sendWelcomeEmail");
        }
        if self.welcomes && !refused && user["active"] == true {
            self.welcomed.extend(work_mail(user));
        }
    }

    fn one(&mut self, request: &Request, id: &str) -> Answer {
        let Some(at) = self.users.iter().position(|user| user["id"] == id) else { return error(404, None, &format!("no user {id}")) };
        let changed = match request.method.as_str() {
            "GET" => return Answer::new(200, MEDIA, &self.users[at]),
            "DELETE" => {
                self.users.remove(at);
                return Answer::empty(204);
            }
            "PUT" => request.json().filter(Json::is_object).ok_or_else(|| error(400, Some("invalidSyntax"), "the body is no JSON")),
            "PATCH" => patched(&self.users[at], request),
            _ => Err(error(501, None, "not implemented")),
        };
        let checked = changed.and_then(|user| self.check(&user, Some(id)).map(|()| user));
        match checked {
            Err(wrong) => wrong,
            Ok(mut user) => {
                user["id"] = id.into();
                user["meta"] = self.users[at]["meta"].clone();
                user["meta"]["lastModified"] = seconds().into();
                self.users[at] = user.clone();
                if request.method == "PATCH" && self.patches_quietly { Answer::empty(204) } else { Answer::new(200, MEDIA, user) }
            }
        }
    }

    /// The checks of the employee file, and that what is unique is.
    fn check(&self, user: &Json, own: Option<&str>) -> Result<(), Answer> {
        let invalid = |what: &str| Err(error(400, Some("invalidValue"), what));
        let name = |part: &str| user["name"][part].as_str().unwrap_or_default().to_owned();
        let Some(mail) = work_mail(user) else { return invalid("emails is required") };
        if user["externalId"].as_str().is_none_or(str::is_empty) || user["userName"].as_str().is_none_or(str::is_empty) {
            return invalid("userName and externalId are required");
        }
        if !is_mail(&mail) {
            return invalid("emails.value is not a valid e-mail address");
        }
        for part in ["givenName", "familyName"] {
            if !is_name(&name(part)) {
                return invalid(&format!("name.{part} may hold 1 to 50 letters, spaces, hyphens, dots and apostrophes"));
            }
        }
        let others = || self.users.iter().filter(|other| own != other["id"].as_str());
        let taken = |name: &str, is: &dyn Fn(&Json) -> bool| {
            if others().any(is) { Err(error(409, Some("uniqueness"), &format!("{name} is taken"))) } else { Ok(()) }
        };
        taken("userName", &|other| same(&other["userName"], &user["userName"]))?;
        taken("externalId", &|other| other["externalId"] == user["externalId"])?;
        taken("emails", &|other| work_mail(other).is_some_and(|other| other.eq_ignore_ascii_case(&mail)))
    }
}

const FILTERED: &[&str] = &["userName", "externalId", "emails.value", "id"];

impl Vendor for RewardGateway {
    fn answer(&mut self, request: &Request) -> Answer {
        if request.bearer() != Some(TOKEN) {
            return error(401, None, "the token is not valid");
        }
        let has_body = matches!(request.method.as_str(), "POST" | "PUT" | "PATCH");
        if has_body && !request.header("Content-Type").is_some_and(|media| media.contains(MEDIA) || media.contains("application/json")) {
            return error(415, None, "send application/scim+json");
        }
        match request.path().starts_with(&format!("{BASE}/")) {
            true => self.users(request),
            false => error(404, None, "this programme is not there"),
        }
    }

    fn too_many(&self, seconds: u64) -> Answer {
        error(429, None, "too many requests").with("Retry-After", seconds)
    }

    fn broken(&self) -> Answer {
        error(500, None, "an unexpected error occurred")
    }
}

/// RFC 7644, 3.12: the status is a text.
fn error(status: u16, kind: Option<&str>, detail: &str) -> Answer {
    let mut body = json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"], "status": status.to_string() });
    if let Some(kind) = kind {
        body["scimType"] = kind.into();
    }
    body["detail"] = detail.into();
    Answer::new(status, MEDIA, body)
}

fn seconds() -> String {
    Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

fn same(one: &Json, other: &Json) -> bool {
    one.as_str().map(str::to_lowercase) == other.as_str().map(str::to_lowercase)
}

fn work_mail(user: &Json) -> Option<String> {
    let mails = user["emails"].as_array()?;
    let work = mails.iter().find(|mail| same(&mail["type"], &json!("work"))).or(mails.first())?;
    work["value"].as_str().map(str::to_owned)
}

/// 1 to 200 characters, neither `<` nor `>`, one `@` between two parts.
fn is_mail(mail: &str) -> bool {
    let parts: Vec<_> = mail.split('@').collect();
    (1..=200).contains(&mail.chars().count())
        && !mail.contains(['<', '>', ' '])
        && matches!(parts[..], [name, host] if !name.is_empty() && host.contains('.'))
}

/// 1 to 50 letters, white space, hyphens, dots and apostrophes.
fn is_name(name: &str) -> bool {
    (1..=50).contains(&name.chars().count())
        && name.chars().all(|sign| sign.is_alphabetic() || sign.is_whitespace() || "'’-.".contains(sign))
}

fn is(user: &Json, name: &str, operator: &str, literal: &Literal) -> bool {
    let Literal::Text(asked) = literal else { return false };
    let asked = Json::from(asked.as_str());
    operator == "eq"
        && match name {
            "userName" => same(&user["userName"], &asked),
            "emails.value" => user["emails"].as_array().is_some_and(|mails| mails.iter().any(|mail| same(&mail["value"], &asked))),
            "type" => same(&user["type"], &asked),
            name => user[name] == asked,
        }
}

/// RFC 7644, 3.5.2: all operations, or none.
fn patched(user: &Json, request: &Request) -> Result<Json, Answer> {
    let body = request.json().unwrap_or_default();
    if body["schemas"] != json!(["urn:ietf:params:scim:api:messages:2.0:PatchOp"]) {
        return Err(error(400, Some("invalidSyntax"), "the schema of a PatchOp is missing"));
    }
    let mut user = user.clone();
    for operation in body["Operations"].as_array().into_iter().flatten() {
        let op = operation["op"].as_str().unwrap_or_default().to_lowercase();
        operate(&mut user, &op, operation["path"].as_str(), &operation["value"])?;
    }
    Ok(user)
}

fn operate(user: &mut Json, op: &str, path: Option<&str>, value: &Json) -> Result<(), Answer> {
    let no_target = || error(400, Some("noTarget"), "the path meets nothing");
    let Some(path) = path else {
        let attributes = value.as_object().filter(|_| op != "remove").ok_or_else(no_target)?;
        return attributes.iter().try_for_each(|(name, value)| operate(user, op, Some(name), value));
    };
    match (op, place(user, path)) {
        ("add" | "replace" | "remove", None) => Err(no_target()),
        ("add", Some(Spot::Member(object, name))) => {
            match (object.get_mut(&name), value) {
                (Some(Json::Array(held)), Json::Array(more)) => held.extend(more.iter().cloned()),
                _ => drop(object.insert(name, value.clone())),
            }
            Ok(())
        }
        ("replace", Some(Spot::Member(object, name))) => {
            object.insert(name, value.clone());
            Ok(())
        }
        ("remove", Some(Spot::Member(object, name))) => {
            object.remove(&name);
            Ok(())
        }
        (_, Some(Spot::Nothing)) => Err(no_target()),
        _ => Err(error(400, Some("invalidSyntax"), "this op is not known")),
    }
}

enum Spot<'a> {
    Member(&'a mut Map<String, Json>, String),
    /// A value filter that meets nothing.
    Nothing,
}

/// `active`, `name.givenName`, `emails[type eq "work"].value`, `urn:…:User:department`
fn place<'a>(user: &'a mut Json, path: &str) -> Option<Spot<'a>> {
    if let Some(rest) = path.strip_prefix("urn:") {
        let (schema, name) = rest.rsplit_once(':')?;
        let schema = format!("urn:{schema}");
        return match user.as_object_mut()?.entry(schema).or_insert_with(|| json!({})) {
            Json::Object(object) => Some(Spot::Member(object, name.to_owned())),
            _ => None,
        };
    }
    if let Some((list, rest)) = path.split_once('[') {
        let (filter, name) = rest.split_once("].")?;
        let filter = GRAMMAR.parse(filter)?;
        let mut items = user.get_mut(list).and_then(Json::as_array_mut).into_iter().flatten();
        let met = items.find(|item| filter.holds(&|name, operator, literal| is(item, name, operator, literal)));
        return Some(met.and_then(Json::as_object_mut).map_or(Spot::Nothing, |item| Spot::Member(item, name.to_owned())));
    }
    match path.split_once('.') {
        Some((outer, inner)) => {
            let object = user.as_object_mut()?.entry(outer).or_insert_with(|| json!({}));
            Some(Spot::Member(object.as_object_mut()?, inner.to_owned()))
        }
        None => Some(Spot::Member(user.as_object_mut()?, path.to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::{super::server::StandIn, *};

    const HEAD: &str = "HTTP/1.1\nAuthorization: Bearer SECRET-reward-gateway\nContent-Type: application/scim+json";
    const USERS: &str = "/11111111-2222-4333-8444-555555555555/scim/v2.0/Users";

    fn body(id: &str, mail: &str, family: &str) -> Json {
        json!({ "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "externalId": id, "userName": id,
            "name": { "givenName": "Jeanne", "familyName": family }, "emails": [{ "value": mail, "type": "work", "primary": true }], "active": true })
    }

    fn create(standing: &StandIn<RewardGateway>, body: &Json) -> Answer {
        standing.say(&format!("POST {USERS} {HEAD}\n\n{body}"))
    }

    #[test]
    fn a_create_answers_as_the_standard_says_and_welcomes_once() {
        let standing = StandIn::new(RewardGateway::new());
        let made = create(&standing, &body("00057", "jeanne.martin@example.com", "Martin"));
        let location = "https://api.rewardgateway.net/11111111-2222-4333-8444-555555555555/scim/v2.0/Users/83021";
        assert_eq!(
            (made.status, made.header("Location"), made.header("Content-Type")),
            (201, Some(location), Some("application/scim+json"))
        );
        let user = made.read();
        assert_eq!((&user["id"], &user["active"], &user["meta"]["resourceType"]), (&json!("83021"), &json!(true), &json!("User")));
        let again = create(&standing, &body("00057", "other@example.com", "Martin"));
        assert_eq!((again.status, &again.read()["scimType"], &again.read()["status"]), (409, &json!("uniqueness"), &json!("409")));
        assert_eq!(create(&standing, &body("00058", "JEANNE.martin@example.com", "Martin")).status, 409);
        assert_eq!(standing.vendor().welcomed, ["jeanne.martin@example.com"]);
    }

    #[test]
    fn the_checks_of_the_employee_file_hold() {
        let standing = StandIn::new(RewardGateway::new());
        let long = "x".repeat(51);
        for (mail, family) in
            [("a@example.com", "Martin2"), ("a@example.com", &long), ("a@example.com", ""), ("<a@example.com>", "M"), ("a", "M")]
        {
            let answer = create(&standing, &body("1", mail, family));
            assert_eq!((answer.status, &answer.read()["scimType"]), (400, &json!("invalidValue")), "{mail} {family}");
        }
        assert_eq!(create(&standing, &body("1", "a@example.com", "d’Arc-O'Neill Jr.")).status, 201);
    }

    #[test]
    fn look_ups_fold_case_where_the_standard_does() {
        let standing = StandIn::new(RewardGateway::new());
        create(&standing, &body("Ab1", "a@example.com", "M"));
        let found = |filter: &str| standing.say(&format!("GET {USERS}?filter={filter}&startIndex=1&count=2 {HEAD}")).read();
        assert_eq!(found("userName%20eq%20%22AB1%22")["totalResults"], 1);
        assert_eq!(
            found("externalId%20eq%20%22AB1%22"),
            json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"],
            "totalResults": 0, "startIndex": 1, "itemsPerPage": 0 })
        );
        assert_eq!(found("emails.value%20eq%20%22A@example.com%22")["Resources"][0]["externalId"], "Ab1");
        assert_eq!(found("emails.value%20sounds%20%22a%22")["scimType"], "invalidFilter");
        standing.vendor().lag.searches = 1;
        create(&standing, &body("2", "b@example.com", "M"));
        assert_eq!(["2", "2"].map(|id| found(&format!("externalId%20eq%20%22{id}%22"))["totalResults"].as_i64()), [Some(0), Some(1)]);
    }

    #[test]
    fn patches_are_made_whole_or_not_at_all() {
        let standing = StandIn::new(RewardGateway::new());
        create(&standing, &body("00057", "a@example.com", "Martin"));
        let patch = |operations: Json| {
            let body = json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": operations });
            standing.say(&format!("PATCH {USERS}/83021 {HEAD}\n\n{body}"))
        };
        let department = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department";
        let done = patch(json!([{ "op": "replace", "path": "active", "value": false },
            { "op": "replace", "path": "emails[type eq \"work\"].value", "value": "j.martin@example.com" },
            { "op": "replace", "path": department, "value": "IT" }]));
        let user = done.read();
        assert_eq!((done.status, &user["active"], &user["emails"][0]["value"]), (200, &json!(false), &json!("j.martin@example.com")));
        assert_eq!(user["urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"]["department"], "IT");
        for wrong in
            [json!([{ "op": "remove" }]), json!([{ "op": "replace", "path": "emails[type eq \"home\"].value", "value": "x@example.com" }])]
        {
            assert_eq!(patch(wrong).read()["scimType"], "noTarget");
        }
        standing.vendor().patches_quietly = true;
        assert_eq!(patch(json!([{ "op": "Replace", "value": { "active": true } }])).status, 204);
        assert_eq!(standing.vendor().users[0]["active"], true);
    }

    #[test]
    fn no_groups_no_token_nobody() {
        let standing = StandIn::new(RewardGateway::new());
        let status = |line: &str, head: &str| standing.say(&format!("{line} {head}")).status;
        assert_eq!(status(&format!("GET {BASE}/Groups"), HEAD), 404);
        assert_eq!(status(&format!("GET {USERS}/1"), HEAD), 404);
        assert_eq!(status(&format!("GET {USERS}"), "HTTP/1.1\nAuthorization: Bearer another"), 401);
        create(&standing, &body("1", "a@example.com", "M"));
        assert_eq!([status(&format!("DELETE {USERS}/83021"), HEAD), status(&format!("GET {USERS}/83021"), HEAD)], [204, 404]);
    }
}
