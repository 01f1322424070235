//! Sage People: its REST API v4 on Salesforce, and the SOQL route (developer.sage.com, Salesforce REST API guide).
//!
//! What it does, and a test that meets it:
//! - a token without `expires_in`: `a_token_without_a_lifetime_or_a_refusal`
//! - tokens that expire, and then the array of a 401: `what_is_refused`
//! - 406 without the Accept: `what_is_refused`
//! - markers that end in 204: `markers_lead_to_204`
//! - objects that are null: `markers_lead_to_204`
//! - addresses in mixed case: `all_19_tracked_fields_arrive_and_a_second_run_writes_nothing`
//! - a record without an address: `the_first_run_finds_who_is_there_and_makes_who_is_not`
//! - SOQL with a relative `nextRecordsUrl`: `soql_gives_relative_links_and_null_relations`

use super::{
    server::{Answer, Request, Vendor},
    tools::rs256_claims,
};
use serde_json::{Map, Value as Json, json};
use std::collections::HashSet;

pub const CLIENT: (&str, &str) = ("sage-client", "SECRET-sage-client");
pub const USER: (&str, &str) = ("sync@example.com", "SECRET-sage-password");
const BASE: &str = "/services/apexrest/spapi/v4";
const OBJECT: &str = "fHCM2__Team_Member__c";

/// The service: employees as the REST API gives them, team members as SOQL does.
#[derive(Debug)]
pub struct SagePeople {
    pub employees: Vec<Json>,
    pub team_members: Vec<Json>,
    /// What the token's answer says of where to go.
    pub instance_url: String,
    pub page_size: usize,
    /// The public key of the connected app, for the JWT bearer grant.
    pub public_key: Vec<u8>,
    /// Requests a day; none: no limit.
    pub daily: Option<usize>,
    pub asked: usize,
    tokens: HashSet<String>,
    /// How many tokens were had.
    pub issued: usize,
    cursors: Vec<Vec<Json>>,
}

impl SagePeople {
    pub fn new(employees: Vec<Json>) -> Self {
        let instance_url = "https://acme.my.salesforce.com".to_owned();
        Self {
            employees,
            team_members: Vec::new(),
            instance_url,
            page_size: 100,
            public_key: Vec::new(),
            daily: None,
            asked: 0,
            tokens: HashSet::new(),
            issued: 0,
            cursors: Vec::new(),
        }
    }

    /// One person with every value, and one with only a name.
    pub fn sample() -> Self {
        Self::new(vec![
            json!({ "id": "a2G000000000001AAA", "fullName": "Jeanne Martin", "firstName": "Jeanne", "lastName": "Martin",
                "emailAddress": "Jeanne.Martin@example.com", "hrDepartment": "Finance",
                "currentEmployment": { "name": "2019.02 #35", "active": true, "startDate": "2018-01-02", "endDate": null, "jobTitle": "Analyst" },
                "workAddress": { "name": "Paris HQ", "line1": "1 rue Exemple", "line2": null, "line3": null,
                    "city": "Paris", "region": "IDF", "postalCode": "75001", "country": "France" },
                "additionalFields": [{ "name": "badge", "value": "B-204", "source": "Badge__c" }] }),
            json!({ "id": "a2G000000000002AAA", "fullName": "Paul Durand", "firstName": "Paul", "lastName": "Durand",
                "emailAddress": null, "hrDepartment": null, "currentEmployment": null, "workAddress": null, "additionalFields": [] }),
        ])
    }

    /// No token is good any more: the next call gets the array of a 401.
    pub fn expire_tokens(&mut self) {
        self.tokens.clear();
    }

    fn token(&mut self, request: &Request) -> Answer {
        let given = |name: &str| request.form(name).unwrap_or_default();
        let refused = |error: &str, words: &str| Answer::json(400, json!({ "error": error, "error_description": words }));
        let client = (given("client_id").as_str() == CLIENT.0, given("client_secret").as_str() == CLIENT.1);
        let good = match given("grant_type").as_str() {
            "client_credentials" | "password" if !client.0 => return refused("invalid_client_id", "client identifier invalid"),
            "client_credentials" | "password" if !client.1 => return refused("invalid_client", "invalid client credentials"),
            "client_credentials" => true,
            "password" => (given("username").as_str(), given("password").as_str()) == USER,
            "urn:ietf:params:oauth:grant-type:jwt-bearer" => is_assertion(&given("assertion"), &self.public_key),
            _ => return refused("unsupported_grant_type", "grant type not supported"),
        };
        if !good {
            return refused("invalid_grant", "authentication failure");
        }
        self.issued += 1;
        let token = format!("SECRET-sage-token-{}", self.issued);
        self.tokens.insert(token.clone());
        Answer::json(
            200,
            json!({ "access_token": token, "signature": "c2ln", "scope": "api", "instance_url": self.instance_url,
            "id": "https://login.salesforce.com/id/00D000000000001EAA/005000000000001AAA", "token_type": "Bearer", "issued_at": "1735689600000" }),
        )
    }

    fn rest(&self, request: &Request, steps: &[&str]) -> Answer {
        if !request.header("Accept").is_some_and(|accept| accept.split(',').any(|media| media.trim() == "application/json")) {
            return error(406, "REQUEST_ERROR", "Accept header must be application/json", "Accept", "INVALID_ACCEPT_HEADER");
        }
        match steps {
            ["employees"] => self.employees(request),
            ["employees", id] => match self.employees.iter().find(|employee| employee["id"] == *id) {
                Some(employee) => Answer::json(200, employee),
                None => error(404, "REQUEST_ERROR", "Employee not found", "employeeId", "UNKNOWN_IDENTIFIER"),
            },
            ["salaries" | "bonuses" | "absences" | "absenceBalances" | "timesheets", ..] => {
                error(403, "REQUEST_ERROR", "You do not have permission to use this API", "permission", "MISSING_API_PERMISSION")
            }
            _ => error(404, "REQUEST_ERROR", "Not found", "path", "UNKNOWN_IDENTIFIER"),
        }
    }

    /// A page begins after the record whose id is the marker; nothing more is 204.
    fn employees(&self, request: &Request) -> Answer {
        if request.query("$filter").is_some() {
            return error(400, "REQUEST_ERROR", "Invalid filter", "$filter", "INVALID_FILTER");
        }
        let from = match request.query("marker") {
            None => 0,
            Some(marker) => match self.employees.iter().position(|employee| employee["id"] == *marker) {
                Some(at) => at + 1,
                None => return error(400, "REQUEST_ERROR", "Invalid marker", "marker", "INVALID_MARKER"),
            },
        };
        let page: Vec<_> = self.employees.iter().skip(from).take(self.page_size).collect();
        if page.is_empty() { Answer::empty(204) } else { Answer::json(200, json!({ "data": page, "version": "4.8" })) }
    }

    fn soql(&mut self, request: &Request, version: &str) -> Answer {
        let size = match request.header("Sforce-Query-Options").map(|options| options.strip_prefix("batchSize=").map(str::parse::<usize>)) {
            None => 2000,
            Some(Some(Ok(size))) if (200..=2000).contains(&size) => size,
            Some(_) => return array(400, "INVALID_QUERY_OPTIONS", "batchSize must be between 200 and 2000"),
        };
        let Some(query) = Soql::parse(&request.query("q").unwrap_or_default()) else {
            return array(400, "MALFORMED_QUERY", "unexpected token in the query");
        };
        let known: HashSet<String> = self.team_members.iter().flat_map(names).collect();
        if let Some(unknown) = query.fields.iter().find(|field| !known.is_empty() && !known.contains(*field)) {
            return array(400, "INVALID_FIELD", &format!("No such column '{unknown}' on entity '{OBJECT}'"));
        }
        let mut records: Vec<&Json> = self.team_members.iter().filter(|record| query.keeps(record)).collect();
        records.sort_by_key(|record| query.order.iter().map(|name| record[name.as_str()].to_string()).collect::<Vec<_>>());
        let chosen: Vec<Json> = records.iter().map(|record| query.chosen(record, version)).collect();
        let total = chosen.len();
        self.batch(chosen, total, size.min(self.page_size), version)
    }

    /// Some records, and the way to the others: relative, on the instance.
    fn batch(&mut self, mut records: Vec<Json>, total: usize, size: usize, version: &str) -> Answer {
        let rest = records.split_off(size.min(records.len()));
        let mut body = json!({ "totalSize": total, "done": rest.is_empty() });
        if !rest.is_empty() {
            let gone = total - rest.len();
            self.cursors.push(rest);
            body["nextRecordsUrl"] = format!("/services/data/{version}/query/01g{:012}AAA-{gone}", self.cursors.len()).into();
        }
        body["records"] = records.into();
        Answer::json(200, body)
    }

    fn more(&mut self, cursor: &str, version: &str) -> Answer {
        let parts = cursor.strip_prefix("01g").and_then(|rest| rest.split_once("AAA-"));
        let found = parts.and_then(|(number, gone)| Some((number.parse::<usize>().ok()?.checked_sub(1)?, gone.parse::<usize>().ok()?)));
        match found.and_then(|(at, gone)| Some((self.cursors.get(at)?.clone(), gone))) {
            Some((rest, gone)) => {
                let total = gone + rest.len();
                self.batch(rest, total, self.page_size, version)
            }
            None => array(400, "INVALID_QUERY_LOCATOR", "invalid query locator"),
        }
    }

    fn data(&mut self, request: &Request, steps: &[&str]) -> Answer {
        let (asked, most) = (self.asked, self.daily.unwrap_or(100_000));
        let answer = match steps {
            [version, "query"] => self.soql(request, version),
            [version, "query", cursor] => self.more(cursor, version),
            [_, "limits"] => Answer::json(200, json!({ "DailyApiRequests": { "Max": most, "Remaining": most.saturating_sub(asked) } })),
            _ => array(404, "NOT_FOUND", "The requested resource does not exist"),
        };
        answer.with("Sforce-Limit-Info", format!("api-usage={asked}/{most}"))
    }
}

impl Vendor for SagePeople {
    fn answer(&mut self, request: &Request) -> Answer {
        if request.path() == "/services/oauth2/token" && request.method == "POST" {
            return self.token(request);
        }
        if !request.bearer().is_some_and(|token| self.tokens.contains(token)) {
            return array(401, "INVALID_SESSION_ID", "Session expired or invalid");
        }
        self.asked += 1;
        if self.daily.is_some_and(|most| self.asked > most) {
            return array(403, "REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded.");
        }
        if request.method != "GET" {
            return array(405, "METHOD_NOT_ALLOWED", "HTTP Method not allowed");
        }
        let steps = request.steps();
        match (request.path().starts_with(BASE), &steps[..]) {
            (true, [_, _, _, _, rest @ ..]) => self.rest(request, rest),
            (_, ["services", "data", rest @ ..]) => self.data(request, rest),
            _ => array(404, "NOT_FOUND", "The requested resource does not exist"),
        }
    }

    /// Too much is a 403 here.
    fn too_many(&self, _seconds: u64) -> Answer {
        array(403, "REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded.")
    }

    fn broken(&self) -> Answer {
        error(500, "INTERNAL_API_ERROR", "An unexpected error occurred", "", "UNKNOWN_ERROR")
    }
}

/// The REST API's own errors.
fn error(status: u16, code: &str, message: &str, target: &str, inner: &str) -> Answer {
    Answer::json(
        status,
        json!({ "error": { "code": code, "message": message, "target": target, "innererror": { "code": inner }, "details": [] } }),
    )
}

/// Salesforce's errors.
fn array(status: u16, code: &str, message: &str) -> Answer {
    Answer::json(status, json!([{ "message": message, "errorCode": code }]))
}

/// The claims of the JWT bearer grant, in time.
fn is_assertion(assertion: &str, public: &[u8]) -> bool {
    let Some(claims) = rs256_claims(assertion, public) else { return false };
    let left = claims["exp"].as_i64().unwrap_or(0) - jiff::Timestamp::now().as_second();
    claims["iss"] == CLIENT.0 && claims["sub"] == USER.0 && claims["aud"] == "https://login.salesforce.com" && (1..=300).contains(&left)
}

/// `SELECT a,b.c FROM o [WHERE f > t] [ORDER BY a, b]`
struct Soql {
    fields: Vec<String>,
    since: Option<(String, String, String)>,
    order: Vec<String>,
}

impl Soql {
    fn parse(text: &str) -> Option<Self> {
        let rest = text.strip_prefix("SELECT ")?;
        let (fields, rest) = rest.split_once(" FROM ")?;
        let (rest, order) = rest.split_once(" ORDER BY ").unwrap_or((rest, ""));
        let (object, condition) = rest.split_once(" WHERE ").map_or((rest, None), |(object, condition)| (object, Some(condition)));
        let list = |text: &str| text.split(',').map(|one| one.trim().to_owned()).filter(|one| !one.is_empty()).collect::<Vec<_>>();
        let since = match condition.map(|condition| condition.split_whitespace().collect::<Vec<_>>()) {
            None => None,
            Some(words) => match words[..] {
                [name, operator @ (">" | ">="), time] if time.parse::<jiff::Timestamp>().is_ok() => {
                    Some((name.to_owned(), operator.to_owned(), time.to_owned()))
                }
                _ => return None,
            },
        };
        let well = object.trim() == OBJECT && !list(fields).is_empty() && !text.contains("OFFSET");
        well.then(|| Self { fields: list(fields), since, order: list(order) })
    }

    fn keeps(&self, record: &Json) -> bool {
        let Some((name, operator, time)) = &self.since else { return true };
        let held = record[name.as_str()].as_str().and_then(|text| jiff::Timestamp::strptime("%Y-%m-%dT%H:%M:%S%.f%z", text).ok());
        let asked: jiff::Timestamp = time.parse().expect("it was parsed before");
        held.is_some_and(|held| if operator == ">" { held > asked } else { held >= asked })
    }

    /// The fields asked for; a relationship is an object of its own, or null.
    fn chosen(&self, record: &Json, version: &str) -> Json {
        let url = format!("/services/data/{version}/sobjects/{OBJECT}/{}", record["Id"].as_str().unwrap_or_default());
        let mut out = json!({ "attributes": { "type": OBJECT, "url": url } });
        self.fields.iter().for_each(|field| choose(&mut out, record, field));
        out
    }
}

fn choose(out: &mut Json, record: &Json, field: &str) {
    match field.split_once('.') {
        None => out[field] = record[field].clone(),
        Some((relation, _)) if record[relation].is_null() => out[relation] = Json::Null,
        Some((relation, rest)) => {
            if !out[relation].is_object() {
                out[relation] = json!({ "attributes": { "type": OBJECT } });
            }
            choose(&mut out[relation], &record[relation], rest);
        }
    }
}

/// The paths that some record has.
fn names(record: &Json) -> Vec<String> {
    fn walk(object: &Map<String, Json>, before: &str, all: &mut Vec<String>) {
        for (name, value) in object {
            all.push(format!("{before}{name}"));
            if let Json::Object(inner) = value {
                walk(inner, &format!("{before}{name}."), all);
            }
        }
    }
    let mut all = Vec::new();
    walk(record.as_object().expect("a record"), "", &mut all);
    all
}

#[cfg(test)]
mod tests {
    use super::{super::server::StandIn, *};

    fn token(standing: &StandIn<SagePeople>) -> String {
        let form = "grant_type=client_credentials&client_id=sage-client&client_secret=SECRET-sage-client";
        let answer =
            standing.say(&format!("POST /services/oauth2/token HTTP/1.1\nContent-Type: application/x-www-form-urlencoded\n\n{form}"));
        let body = answer.read();
        assert_eq!((body.get("expires_in"), &body["instance_url"]), (None, &json!("https://acme.my.salesforce.com")));
        format!("HTTP/1.1\nAccept: application/json\nAuthorization: Bearer {}", body["access_token"].as_str().unwrap())
    }

    #[test]
    fn a_token_without_a_lifetime_or_a_refusal() {
        let standing = StandIn::new(SagePeople::sample());
        token(&standing);
        let refused = |form: &str| standing.say(&format!("POST /services/oauth2/token HTTP/1.1\n\n{form}"));
        let wrong = refused("grant_type=password&client_id=sage-client&client_secret=SECRET-sage-client&username=a&password=b");
        assert_eq!((wrong.status, wrong.read()), (400, json!({ "error": "invalid_grant", "error_description": "authentication failure" })));
        assert_eq!(refused("grant_type=client_credentials&client_id=x").read()["error"], "invalid_client_id");
    }

    #[test]
    fn markers_lead_to_204() {
        let standing = StandIn::new(SagePeople::sample());
        standing.vendor().page_size = 1;
        let head = token(&standing);
        let page = standing.say(&format!("GET /services/apexrest/spapi/v4/employees {head}")).read();
        assert_eq!((&page["version"], &page["data"][0]["currentEmployment"]["jobTitle"]), (&json!("4.8"), &json!("Analyst")));
        let next = standing.say(&format!("GET /services/apexrest/spapi/v4/employees?marker=a2G000000000001AAA {head}")).read();
        assert_eq!(
            next["data"],
            json!([{ "id": "a2G000000000002AAA", "fullName": "Paul Durand", "firstName": "Paul", "lastName": "Durand",
            "emailAddress": null, "hrDepartment": null, "currentEmployment": null, "workAddress": null, "additionalFields": [] }])
        );
        let last = standing.say(&format!("GET /services/apexrest/spapi/v4/employees?marker=a2G000000000002AAA {head}"));
        assert_eq!((last.status, last.body.as_str()), (204, ""));
        let wrong = standing.say(&format!("GET /services/apexrest/spapi/v4/employees?marker=x {head}")).read();
        let expected = json!({ "error": { "code": "REQUEST_ERROR", "message": "Invalid marker", "target": "marker",
            "innererror": { "code": "INVALID_MARKER" }, "details": [] } });
        assert_eq!(wrong, expected);
    }

    #[test]
    fn what_is_refused() {
        let standing = StandIn::new(SagePeople::sample());
        let head = token(&standing);
        let status = |path: &str, head: &str| standing.say(&format!("GET /services/apexrest/spapi/v4/{path} {head}")).status;
        assert_eq!(status("employees", &head.replace("application/json", "*/*")), 406);
        assert_eq!([status("salaries", &head), status("employees/a2G000000000009AAA", &head)], [403, 404]);
        standing.vendor().expire_tokens();
        let expired = standing.say(&format!("GET /services/apexrest/spapi/v4/employees {head}"));
        let array = json!([{ "message": "Session expired or invalid", "errorCode": "INVALID_SESSION_ID" }]);
        assert_eq!((expired.status, expired.read()), (401, array));
        standing.vendor().daily = Some(0);
        let spent = standing.say(&format!("GET /services/apexrest/spapi/v4/employees {}", token(&standing)));
        assert_eq!((spent.status, &spent.read()[0]["errorCode"]), (403, &json!("REQUEST_LIMIT_EXCEEDED")));
    }

    #[test]
    fn soql_gives_relative_links_and_null_relations() {
        let standing = StandIn::new(SagePeople::sample());
        standing.vendor().page_size = 1;
        standing.vendor().team_members = vec![
            json!({ "Id": "a2G000000000001AAA", "fHCM2__Surname__c": "Martin", "fHCM2__Manager__r": { "fHCM2__Unique_Id__c": "00012" },
                "SystemModstamp": "2025-03-02T09:00:00.000+0000" }),
            json!({ "Id": "a2G000000000002AAA", "fHCM2__Surname__c": "Durand", "fHCM2__Manager__r": null, "SystemModstamp": "2025-03-01T09:00:00.000+0000" }),
        ];
        let head = token(&standing) + "\nSforce-Query-Options: batchSize=2000";
        let ask = |query: &str| standing.say(&format!("GET /services/data/v58.0/query?q={query} {head}"));
        let fields = "SELECT+Id,fHCM2__Surname__c,fHCM2__Manager__r.fHCM2__Unique_Id__c+FROM+fHCM2__Team_Member__c";
        let page = ask(&format!("{fields}+ORDER+BY+Id"));
        assert_eq!(page.header("Sforce-Limit-Info"), Some("api-usage=1/100000"));
        let page = page.read();
        assert_eq!((&page["totalSize"], &page["done"]), (&json!(2), &json!(false)));
        assert_eq!(page["records"][0]["fHCM2__Manager__r"], json!({ "attributes": { "type": OBJECT }, "fHCM2__Unique_Id__c": "00012" }));
        let next = page["nextRecordsUrl"].as_str().unwrap();
        assert_eq!(next, "/services/data/v58.0/query/01g000000000001AAA-1");
        let last = standing.say(&format!("GET {next} {head}")).read();
        assert_eq!(
            (&last["done"], &last["records"][0]["fHCM2__Manager__r"], last.get("nextRecordsUrl")),
            (&json!(true), &Json::Null, None)
        );
        let since = ask(&format!("{fields}+WHERE+SystemModstamp+>+2025-03-02T00:00:00Z+ORDER+BY+SystemModstamp,+Id")).read();
        assert_eq!((&since["totalSize"], &since["records"][0]["Id"]), (&json!(1), &json!("a2G000000000001AAA")));
        assert_eq!(ask("SELECT+Nothing+FROM+fHCM2__Team_Member__c").read()[0]["errorCode"], "INVALID_FIELD");
        assert_eq!(ask("SELECT+Id+FROM+Other").read()[0]["errorCode"], "MALFORMED_QUERY");
    }
}
