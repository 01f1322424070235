//! The refusals of each vendor, received by the shipped pipelines as real processes: the message, the exit code, and how many records were
//! written and failed.
//!
//! Each answer contains the credentials of its request; they are neither shown nor stored.

use crate::vendors::{
    VendorFixture,
    server::{Answer, StandIn, Switch, Then, Vendor},
};
use serde_json::{Value as Json, json};

/// How often a request is refused.
const ONCE: usize = 1;
const ALWAYS: usize = 1000;

/// Which requests are refused, how often and with which answer; and the result: `code written/failed: message`, unless the run was stopped.
type Row<'a> = (&'a [&'a str], usize, Answer, &'a str);

/// A fixture and the stand-in that refuses.
struct Given<V: Vendor> {
    fixture: VendorFixture,
    refusing: StandIn<V>,
    /// Kept so that it answers.
    _other: Box<dyn std::any::Any>,
}

fn error(status: u16, body: Json) -> Answer {
    Answer::json(status, body)
}

fn text(status: u16, body: &str) -> Answer {
    Answer::new(status, "text/plain", body)
}

/// Retries once, so that the test does not wait long.
fn hasty(fixture: &VendorFixture) {
    for system in ["lucca", "reward_gateway", "sage_people", "sage_people_soql", "oomnitza", "wicket", "arlo"] {
        let file = format!("systems/{system}.sync");
        fixture.project.write(&file, crate::project::hasty(&fixture.project.read(&file)));
    }
}

impl<V: Vendor> Given<V> {
    /// Plans and applies; returns the result in one line.
    fn comes_to(&self, pipeline: &str) -> String {
        let plan = self.fixture.counterpart(&["plan", pipeline]);
        let answer = match plan.out.split_whitespace().find(|word| word.starts_with("c-")) {
            Some(set) if plan.code == 0 => self.fixture.counterpart(&["apply", set, "--people", "full"]),
            _ => plan,
        };
        let errors = self.fixture.counterpart(&["errors", "--format", "jsonl"]);
        self.assert_no_secret(&format!("{}{}{}{}", answer.out, answer.err, errors.out, errors.err));
        let failed =
            answer.out.lines().find(|line| ["failed ", "not_known "].iter().any(|begin| line.starts_with(begin))).unwrap_or_default();
        let stopped = answer.err.lines().find_map(|line| line.strip_prefix("error: ")).unwrap_or_default();
        let said = if stopped.is_empty() { failed } else { stopped };
        if answer.code == 5 {
            // How many of the others were in flight when it stopped depends on timing.
            return format!("5: {said}");
        }
        let not_done = answer.count("result", "failed") + answer.count("result", "not_known");
        format!("{} {}/{not_done}: {said}", answer.code, answer.count("result", "written"))
    }

    /// No secret appears in the output or in any file except the user's own secret files.
    fn assert_no_secret(&self, said: &str) {
        let sent = self.refusing.log();
        let words = sent.iter().flat_map(|request| request.signed_with().split([' ', '=']).map(str::to_owned).collect::<Vec<_>>());
        let secrets: std::collections::BTreeSet<String> = words.filter(|word| word.len() > 12).collect();
        assert!(!secrets.is_empty(), "nothing was signed");
        let kept =
            self.fixture.project.everything().into_iter().filter(|(path, _)| {
                !path.components().any(|part| ["secrets", "tokens", "seed"].iter().any(|own| part.as_os_str() == *own))
            });
        let stored: Vec<(String, String)> =
            kept.map(|(path, bytes)| (path.display().to_string(), String::from_utf8_lossy(&bytes).into_owned())).collect();
        for secret in &secrets {
            assert!(!said.contains(secret), "{secret} is shown: {said}");
            let holds = stored.iter().find(|(_, text)| text.contains(secret.as_str()));
            assert!(holds.is_none(), "{secret} is stored in {}", holds.unwrap().0);
        }
    }
}

/// Asserts the result of each refusal, each in its own fixture; all of them wait at the same time.
#[track_caller]
fn assert_refused<V: Vendor>(given: impl Fn() -> Given<V> + Sync, pipeline: &str, rows: &[Row<'_>]) {
    let comes_of = |(words, times, answer, _): &Row<'_>| {
        let given = given();
        hasty(&given.fixture);
        let switch = words[1..].iter().fold(Switch::next(words[0], Then::Answer(answer.clone())), |switch, words| switch.and(words));
        given.refusing.switch(switch.times(*times));
        given.comes_to(pipeline)
    };
    let came: Vec<String> = std::thread::scope(|scope| {
        let waiting: Vec<_> = rows.iter().map(|row| scope.spawn(|| comes_of(row))).collect();
        waiting.into_iter().map(|one| one.join().expect("it says what comes of it")).collect()
    });
    let expected: Vec<_> = rows.iter().map(|(.., expected)| (*expected).to_owned()).collect();
    assert_eq!(came, expected, "\n{}", came.join("\n"));
}

mod lucca_and_reward_gateway {
    use super::*;
    use crate::vendors::{lucca::Lucca, reward_gateway::RewardGateway};

    const PIPELINE: &str = "lucca_to_reward_gateway";

    fn people() -> Vec<Json> {
        let user = |id: u64| {
            json!({ "id": 400 + id, "displayName": "P", "firstName": "Zoé", "lastName": "MARTIN", "mail": format!("user{id}@example.com"),
                "login": format!("u{id}"), "dtContractStart": "2014-09-01T00:00:00", "dtContractEnd": null, "employeeNumber": format!("{id:05}"),
                "birthDate": "1986-07-04T00:00:00", "department": { "name": "Sales" }, "legalEntity": null, "manager": null, "extendedData": {},
                "modifiedAt": "2024-09-07T10:20:06.58" })
        };
        (1..=3).map(user).collect()
    }

    fn both() -> (StandIn<Lucca>, StandIn<RewardGateway>, VendorFixture) {
        let (lucca, reward) = (StandIn::new(Lucca::new(people())), StandIn::new(RewardGateway::new()));
        lucca.vendor().today = jiff::Zoned::now().date();
        let fixture = VendorFixture::new("").served("lucca", &lucca).served("reward_gateway", &reward);
        (lucca, reward, fixture)
    }

    #[test]
    fn lucca() {
        let given = || {
            let (refusing, other, fixture) = both();
            Given { fixture, refusing, _other: Box::new(other) }
        };
        let list: &[&str] = &["formerEmployees"];
        let problem = json!({ "type": "x", "title": "One or more validation errors occurred.", "status": 400,
            "errors": { "Id": ["The id field is required for {sent}."] } });
        assert_refused(
            given,
            PIPELINE,
            &[
                (list, ONCE, text(429, "Too many, {sent}").with("Retry-After", 0), "0 3/0: "),
                (list, ONCE, Answer::empty(500), "0 3/0: "),
                (list, ONCE, text(408, "{sent}"), "0 3/0: "),
                (
                    list,
                    ALWAYS,
                    Answer::empty(500),
                    "5: lucca.users: `lucca` answers 500 to GET /api/v3/users, and says no more (tried 2 times); nobody counts as missing, nothing was written",
                ),
                (
                    list,
                    ALWAYS,
                    text(429, "Too many, {sent}").with("Retry-After", 86400),
                    "5: lucca.users: `lucca` answers 429: Too many, lucca application=•••• (it asks to wait 24 h: run again then); nobody counts as missing, nothing was written",
                ),
                (
                    list,
                    ALWAYS,
                    text(401, "key {sent} is unknown"),
                    r#"5: lucca.users: `lucca` refuses the credentials (401, "key lucca application=•••• is unknown"): check the secret `api_key`; nobody counts as missing, nothing was written"#,
                ),
                (
                    list,
                    ALWAYS,
                    text(403, "{sent} may not see users"),
                    r#"5: lucca.users: `lucca` forbids this (403, "lucca application=•••• may not see users"): check the secret `api_key` and what it may do; nobody counts as missing, nothing was written"#,
                ),
                (
                    list,
                    ALWAYS,
                    error(400, problem),
                    "5: lucca.users: the first page was not given (400): One or more validation errors occurred: Id: The id field is required for lucca application=••••.; nobody counts as missing, nothing was written",
                ),
                (
                    list,
                    ALWAYS,
                    Answer::empty(404),
                    "5: lucca.users: `lucca` answers 404 to GET /api/v3/users, and says no more; nobody counts as missing, nothing was written",
                ),
                (
                    list,
                    ALWAYS,
                    text(413, "{sent}"),
                    "5: lucca.users: the first page was not given (413): lucca application=••••; nobody counts as missing, nothing was written",
                ),
                (
                    list,
                    ALWAYS,
                    Answer::empty(431),
                    "5: lucca.users: `lucca` answers 431 to GET /api/v3/users, and says no more; nobody counts as missing, nothing was written",
                ),
                (
                    list,
                    ALWAYS,
                    Answer::new(200, "text/html", "<html><title>Sign in, {sent}</title></html>"),
                    r#"5: lucca.users: `lucca` answers GET /api/v3/users with a web page, "Sign in, lucca application=••••": check the base address, and whether a sign-in page is in front of it; nobody counts as missing, nothing was written"#,
                ),
            ],
        );
    }

    #[test]
    fn reward_gateway() {
        let given = || {
            let (other, refusing, fixture) = both();
            Given { fixture, refusing, _other: Box::new(other) }
        };
        let scim = |status: u16, kind: &str, detail: &str| {
            let schemas = ["urn:ietf:params:scim:api:messages:2.0:Error"];
            let body = json!({ "schemas": schemas, "status": status.to_string(), "scimType": kind, "detail": detail });
            Answer::new(status, "application/scim+json", body)
        };
        let second: &[&str] = &["POST", "user2@example.com"];
        let list: &[&str] = &["startIndex=1&count=100"];
        assert_refused(
            given,
            PIPELINE,
            &[
                (list, ONCE, scim(500, "", "Internal error for {sent}"), "0 3/0: "),
                (second, ONCE, scim(429, "", "slow down, {sent}").with("Retry-After", 0), "0 3/0: "),
                (second, ONCE, scim(500, "", "Internal error for {sent}"), "0 3/0: "),
                (
                    second,
                    ALWAYS,
                    scim(400, "invalidValue", "name.givenName: {sent} has sent what can't be a name"),
                    r#"4 2/1: failed 00002 verdict=create line=38 why="invalid  'name.givenName: Bearer •••• has sent what can't be a name'""#,
                ),
                (
                    second,
                    ALWAYS,
                    scim(409, "uniqueness", "userName is taken, {sent}"),
                    r#"4 2/1: failed 00002 verdict=create line=38 why="conflict  refused as not unique (userName is taken, Bearer ••••), and no account with the same values is found""#,
                ),
                (
                    second,
                    ALWAYS,
                    scim(413, "", "payload of {sent} is too large"),
                    r#"4 2/1: failed 00002 verdict=create line=38 why="invalid  'payload of Bearer •••• is too large'""#,
                ),
                (
                    second,
                    ALWAYS,
                    scim(501, "", "not implemented for {sent}"),
                    r#"4 2/1: failed 00002 verdict=create line=38 why="invalid  'not implemented for Bearer ••••'""#,
                ),
                (
                    second,
                    ALWAYS,
                    Answer::empty(307).with("Location", "https://api.example.net/scim/v2.0/Users"),
                    r#"4 2/1: failed 00002 verdict=create line=38 why="temporary  '`reward_gateway` answers 307 and points to `api.example.net`, which is not followed: check the base address, and whether a sign-in page is in front of it, and nothing was written'""#,
                ),
                (
                    second,
                    ALWAYS,
                    scim(401, "", "token {sent} has been revoked"),
                    r#"5: failed 00002 verdict=create line=38 why="auth  '`reward_gateway` refuses the credentials (401, 'token Bearer •••• has been revoked'): check the secret `token`'""#,
                ),
                (
                    second,
                    ALWAYS,
                    scim(403, "", "{sent} may only read"),
                    r#"5: failed 00002 verdict=create line=38 why="auth  '`reward_gateway` forbids this (403, 'Bearer •••• may only read'): check the secret `token` and what it may do'""#,
                ),
                (
                    list,
                    ALWAYS,
                    scim(401, "", "token {sent} has been revoked"),
                    r#"5: reward_gateway.members: `reward_gateway` refuses the credentials (401, "token Bearer •••• has been revoked"): check the secret `token`; nobody counts as missing, nothing was written"#,
                ),
                (
                    list,
                    ALWAYS,
                    scim(400, "invalidFilter", "no such attribute, {sent}"),
                    "5: reward_gateway.members: the first page was not given (400): no such attribute, Bearer ••••; nobody counts as missing, nothing was written",
                ),
            ],
        );
    }
}

mod sage_people_and_oomnitza {
    use super::*;
    use crate::vendors::{oomnitza::Oomnitza, sage_people::SagePeople, tools::rsa_key};

    fn employee(number: u32) -> Json {
        json!({ "id": format!("a2G{number:012}AAA"), "fullName": "P N", "firstName": "P", "lastName": "N",
            "emailAddress": format!("P{number}@Example.com"), "hrDepartment": "Finance",
            "currentEmployment": { "name": "1", "active": true, "startDate": "2018-01-02", "endDate": null, "jobTitle": "Analyst" },
            "workAddress": { "name": "HQ", "line1": "1 rue Exemple", "line2": null, "line3": null, "city": "Paris", "region": "IDF", "postalCode": "75001", "country": "France" },
            "additionalFields": [] })
    }

    fn both() -> (StandIn<SagePeople>, StandIn<Oomnitza>, VendorFixture) {
        let (sage, oomnitza) = (StandIn::new(SagePeople::new((1..=3).map(employee).collect())), StandIn::new(Oomnitza::new()));
        let fixture = VendorFixture::new("").served("sage_people", &sage).served("oomnitza", &oomnitza);
        (sage, oomnitza, fixture)
    }

    #[test]
    fn sage_people() {
        let given = || {
            let (refusing, other, fixture) = both();
            Given { fixture, refusing, _other: Box::new(other) }
        };
        let own = |status: u16, code: &str, inner: &str, message: &str| {
            error(
                status,
                json!({ "error": { "code": code, "message": message, "target": "marker", "innererror": { "code": inner }, "details": [] } }),
            )
        };
        let array = |status: u16, code: &str, message: &str| error(status, json!([{ "message": message, "errorCode": code }]));
        let list: &[&str] = &["/employees"];
        assert_refused(
            given,
            "sage_people_to_oomnitza",
            &[
                (list, ONCE, array(401, "INVALID_SESSION_ID", "Session {sent} expired or invalid"), "0 3/0: "),
                (list, ONCE, own(500, "INTERNAL_API_ERROR", "", "Something failed for {sent}"), "0 3/0: "),
                (list, ONCE, array(403, "REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded."), "0 3/0: "),
                (
                    list,
                    ALWAYS,
                    array(401, "INVALID_SESSION_ID", "Session {sent} expired or invalid"),
                    r#"5: `sage_people` refuses a token that it has just given (401, "Session Bearer •••• expired or invalid"): check what the application and its user may do; nothing was read or written"#,
                ),
                (
                    list,
                    ALWAYS,
                    array(403, "REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded, {sent}."),
                    r#"5: `sage_people` says that its limit is spent (403, "TotalRequests Limit exceeded, Bearer ••••."): run again when it is renewed (tried 2 times); nothing was read or written"#,
                ),
                (
                    list,
                    ALWAYS,
                    own(403, "SALESFORCE_ERROR", "MISSING_API_PERMISSION", "{sent} has no access to employees"),
                    r#"5: `sage_people` forbids this (403, "Bearer •••• has no access to employees"): check the secret `client_secret` and what it may do; nothing was read or written"#,
                ),
                (
                    list,
                    ALWAYS,
                    own(400, "REQUEST_ERROR", "INVALID_MARKER", "Invalid marker of {sent}"),
                    "5: `sage_people` answers GET /services/apexrest/spapi/v4/employees, its `verify`, with Invalid marker of Bearer ••••; nothing was read or written",
                ),
                (
                    list,
                    ALWAYS,
                    own(404, "REQUEST_ERROR", "UNKNOWN_IDENTIFIER", "Not found"),
                    "5: `sage_people` answers GET /services/apexrest/spapi/v4/employees, its `verify`, with Not found; nothing was read or written",
                ),
                (
                    list,
                    ALWAYS,
                    own(406, "REQUEST_ERROR", "INVALID_ACCEPT_HEADER", "Accept must be application/json"),
                    "5: `sage_people` answers GET /services/apexrest/spapi/v4/employees, its `verify`, with Accept must be application/json; nothing was read or written",
                ),
                (
                    list,
                    ALWAYS,
                    own(500, "UNKNOWN_ERROR", "", "Something failed for {sent}"),
                    "5: `sage_people` answers GET /services/apexrest/spapi/v4/employees, its `verify`, with Something failed for Bearer •••• (tried 2 times); nothing was read or written",
                ),
            ],
        );
    }

    #[test]
    fn oomnitza() {
        let given = || {
            let (other, refusing, fixture) = both();
            Given { fixture, refusing, _other: Box::new(other) }
        };
        let second: &[&str] = &["POST", "p2@example.com"];
        let list: &[&str] = &["skip=0"];
        assert_refused(
            given,
            "sage_people_to_oomnitza",
            &[
                (list, ONCE, error(504, json!({ "message": "{sent}" })), "0 3/0: "),
                (second, ONCE, error(429, json!({ "message": "slow down, {sent}" })).with("Retry-After", 0), "0 3/0: "),
                (second, ONCE, error(503, json!({ "error": "try later, {sent}" })), "0 3/0: "),
                (
                    second,
                    ALWAYS,
                    error(400, json!({ "error": "'Employee' is not a valid choice for position, {sent}" })),
                    r#"4 2/1: failed a2G000000000002AAA verdict=create line=9 why="position  invalid  ''Employee' is not a valid choice for position, ••••'""#,
                ),
                (
                    second,
                    ALWAYS,
                    text(400, "{sent}: username already exists"),
                    r#"4 2/1: failed a2G000000000002AAA verdict=create line=9 why="username  invalid  '••••: username already exists'""#,
                ),
                (
                    second,
                    ALWAYS,
                    error(409, json!({ "message": "email is not unique, {sent}" })),
                    r#"4 2/1: failed a2G000000000002AAA verdict=create line=9 why="conflict  refused as not unique (email is not unique, ••••), and no account with the same values is found""#,
                ),
                (
                    second,
                    ALWAYS,
                    error(200, json!({ "error": "{sent}: username already exists" })),
                    r#"4 2/1: not_known a2G000000000002AAA verdict=create line=9 why="unknown  `oomnitza` answers POST /api/v3/users with 200 and a message, and no rule says that it was done: it says '••••: username already exists'; it is not to be found yet; the next run looks it up""#,
                ),
                (
                    second,
                    ALWAYS,
                    error(403, json!({ "message": "{sent} must have appropriate permissions" })),
                    r#"5: failed a2G000000000002AAA verdict=create line=9 why="auth  '`oomnitza` forbids this (403, '•••• must have appropriate permissions'): check the secret `token` and what it may do'""#,
                ),
                (
                    list,
                    ALWAYS,
                    error(401, json!({ "error": "{sent} is not valid" })),
                    r#"5: oomnitza.users: `oomnitza` refuses the credentials (401, "•••• is not valid"): check the secret `token`; nobody counts as missing, nothing was written"#,
                ),
                (
                    list,
                    ALWAYS,
                    error(400, json!({ "error": "{sent}: unable to parse" })),
                    "5: oomnitza.users: the first page was not given (400): ••••: unable to parse; nobody counts as missing, nothing was written",
                ),
                (
                    list,
                    ALWAYS,
                    error(404, json!({ "error": "{sent}: not found" })),
                    "5: oomnitza.users: the first page was not given (404): ••••: not found; nobody counts as missing, nothing was written",
                ),
                (list, ALWAYS, error(200, json!([])).with("X-Total-Count", 0), "0 3/0: "),
            ],
        );
    }

    #[test]
    fn sage_people_by_soql() {
        let given = || {
            let (sage, oomnitza) = (StandIn::new(SagePeople::new(Vec::new())), StandIn::new(Oomnitza::new()));
            let (pem, public) = rsa_key();
            sage.vendor().team_members = (1..=2)
                .map(|number| {
                    json!({ "Id": format!("a2G{number:012}AAA"), "Name": "P Martin", "fHCM2__Unique_Id__c": format!("{number:05}"),
                        "fHCM2__First_Name__c": "P", "fHCM2__Surname__c": "Martin", "fHCM2__Email__c": format!("p{number}@example.com"),
                        "fHCM2__Employment_Status__c": "Active", "fHCM2__Job_Title__c": "Analyst", "fHCM2__Division__c": "Finance",
                        "fHCM2__Country__c": "France", "fHCM2__Hire_Date__c": "2018-01-02", "fHCM2__Manager__r": null,
                        "fHCM2__Current_Employment__r": { "Name": "1", "fHCM2__Start_Date__c": "2018-02-01", "fHCM2__Work_Location__r": { "Name": "HQ" } }, "SystemModstamp": "2025-03-02T09:00:00.000+0000" })
                })
                .collect();
            sage.vendor().public_key = public;
            let fixture = VendorFixture::new("[env.production]\nroute = \"SOQL\"\n")
                .served("oomnitza", &oomnitza)
                .served("sage_people_soql", &sage)
                .with_secret("private_key", &pem);
            Given { fixture, refusing: sage, _other: Box::new(oomnitza) }
        };
        let array =
            |status: u16, code: &str, message: &str| error(status, json!([{ "message": message, "errorCode": code, "fields": [] }]));
        let list: &[&str] = &["/query?q="];
        assert_refused(
            given,
            "sage_people_soql_to_oomnitza",
            &[
                (list, ONCE, array(401, "INVALID_SESSION_ID", "Session {sent} expired or invalid"), "0 2/0: "),
                (
                    list,
                    ALWAYS,
                    array(400, "MALFORMED_QUERY", "unexpected token: {sent}"),
                    "5: sage_people_soql.team_members: the first page was not given (400): unexpected token: Bearer ••••; nobody counts as missing, nothing was written",
                ),
                (
                    list,
                    ALWAYS,
                    array(403, "REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded, {sent}."),
                    r#"5: sage_people_soql.team_members: `sage_people_soql` says that its limit is spent (403, "TotalRequests Limit exceeded, Bearer ••••."): run again when it is renewed (tried 2 times); nobody counts as missing, nothing was written"#,
                ),
                (
                    list,
                    ALWAYS,
                    array(405, "METHOD_NOT_ALLOWED", "HTTP Method not allowed"),
                    "5: sage_people_soql.team_members: the first page was not given (405): HTTP Method not allowed; nobody counts as missing, nothing was written",
                ),
                (
                    list,
                    ALWAYS,
                    array(412, "", "{sent}"),
                    "5: sage_people_soql.team_members: the first page was not given (412): Bearer ••••; nobody counts as missing, nothing was written",
                ),
                (
                    list,
                    ALWAYS,
                    array(415, "UNSUPPORTED_MEDIA_TYPE", "{sent}"),
                    "5: sage_people_soql.team_members: the first page was not given (415): Bearer ••••; nobody counts as missing, nothing was written",
                ),
            ],
        );
    }
}

mod wicket_and_arlo {
    use super::*;
    use crate::vendors::{arlo::Arlo, wicket::Wicket};

    fn both() -> (StandIn<Wicket>, StandIn<Arlo>, VendorFixture) {
        let (wicket, arlo) = (StandIn::new(Wicket::new()), StandIn::new(Arlo::new()));
        for id in 53..=55 {
            let email = format!("p{id}@example.com");
            let own = [("FirstName", "P"), ("LastName", "Martin"), ("Email", email.as_str()), ("Status", "Active")];
            arlo.vendor().store.insert("contacts", id, &own).modified = "2025-03-02T09:00:00Z".parse().unwrap();
        }
        let fixture = VendorFixture::new("[env.production]\nintegration = true\n").served("wicket", &wicket).served("arlo", &arlo);
        (wicket, arlo, fixture)
    }

    #[test]
    fn wicket() {
        let given = || {
            let (refusing, other, fixture) = both();
            Given { fixture, refusing, _other: Box::new(other) }
        };
        let errors = |status: u16, title: &str, detail: &str, code: &str| {
            let one = json!({ "status": status.to_string(), "title": title, "detail": detail,
                "source": { "pointer": "/data/attributes/address" }, "meta": { "field": "address", "error": code } });
            Answer::new(status, "application/vnd.api+json", json!({ "errors": [one] }))
        };
        let second: &[&str] = &["POST", "p54@example.com"];
        let find: &[&str] = &["GET", "p54"];
        assert_refused(
            given,
            "arlo_contacts_to_wicket",
            &[
                (second, ONCE, errors(429, "Too Many Requests", "slow down, {sent}", "").with("Retry-After", 0), "0 3/0: "),
                (second, ONCE, errors(500, "internal", "Internal server error, {sent}", ""), "0 3/0: "),
                (find, ONCE, errors(503, "internal", "{sent}", ""), "0 3/0: "),
                (
                    second,
                    ALWAYS,
                    errors(422, "is invalid", "address - is invalid, {sent}", "invalid"),
                    r#"4 2/1: failed 54 verdict=create line=24 why="invalid  'address - is invalid, Bearer ••••'""#,
                ),
                (
                    second,
                    ALWAYS,
                    errors(422, "has already been taken", "address - has already been taken, {sent}", "taken"),
                    r#"4 2/1: failed 54 verdict=create line=24 why="conflict  refused as not unique (address - has already been taken, Bearer ••••), and no account with the same values is found""#,
                ),
                (
                    second,
                    ALWAYS,
                    errors(409, "conflict", "address is in use, {sent}", ""),
                    r#"4 2/1: failed 54 verdict=create line=24 why="conflict  refused as not unique (address is in use, Bearer ••••), and no account with the same values is found""#,
                ),
                (
                    second,
                    ALWAYS,
                    errors(400, "bad", "no data, {sent}", ""),
                    r#"4 2/1: failed 54 verdict=create line=24 why="invalid  'no data, Bearer ••••'""#,
                ),
                (
                    second,
                    ALWAYS,
                    errors(404, "not found", "Couldn't find Person, {sent}", ""),
                    r#"4 2/1: failed 54 verdict=create line=24 why="gone  'Couldn't find Person, Bearer ••••'""#,
                ),
                (
                    second,
                    ALWAYS,
                    errors(405, "not allowed", "{sent}", ""),
                    r#"4 2/1: failed 54 verdict=create line=24 why="invalid  'Bearer ••••'""#,
                ),
                (
                    second,
                    ALWAYS,
                    errors(415, "unsupported", "{sent}: use application/vnd.api+json", ""),
                    r#"4 2/1: failed 54 verdict=create line=24 why="invalid  'Bearer ••••: use application/vnd.api+json'""#,
                ),
                (
                    second,
                    ALWAYS,
                    errors(401, "unauthorized", "{sent}: Signature has expired", ""),
                    r#"5: failed 54 verdict=create line=24 why="auth  '`wicket` refuses the credentials (401, 'Bearer ••••: Signature has expired'): check the secret `api_secret`'""#,
                ),
                (
                    second,
                    ALWAYS,
                    errors(403, "forbidden", "{sent}: attributes must be an object", ""),
                    r#"5: failed 54 verdict=create line=24 why="auth  '`wicket` forbids this (403, 'Bearer ••••: attributes must be an object'): check the secret `api_secret` and what it may do'""#,
                ),
            ],
        );
    }

    #[test]
    fn arlo_when_it_is_read() {
        let given = || {
            let (other, refusing, fixture) = both();
            Given { fixture, refusing, _other: Box::new(other) }
        };
        let exception = |status: u16, code: &str, message: &str| {
            let xml = format!("<?xml version=\"1.0\"?><ApiException><Code>{code}</Code><Message>{message}</Message></ApiException>");
            Answer::new(status, "application/xml; charset=utf-8", xml)
        };
        let limit = |seconds: u64| {
            error(429, json!({ "error": "rate_limit_exceeded", "message": "Rate limit exceeded, {sent}", "retryAfter": seconds }))
                .with("Retry-After", seconds)
        };
        let list: &[&str] = &["contacts/?top=250"];
        assert_refused(
            given,
            "arlo_contacts_to_wicket",
            &[
                (list, ONCE, limit(0), "0 3/0: "),
                (list, ONCE, exception(503, "Busy", "try again, {sent}"), "0 3/0: "),
                (
                    list,
                    ALWAYS,
                    exception(401, "Unauthorized", "{sent} is no service account"),
                    r#"5: arlo.contacts: `arlo` refuses the credentials (401, "Basic •••• is no service account"): check the secret `password`; nobody counts as missing, nothing was written"#,
                ),
                (
                    list,
                    ALWAYS,
                    exception(403, "Forbidden", "{sent} lacks the role API User"),
                    r#"5: arlo.contacts: `arlo` forbids this (403, "Basic •••• lacks the role API User"): check the secret `password` and what it may do; nobody counts as missing, nothing was written"#,
                ),
                (
                    list,
                    ALWAYS,
                    exception(400, "InvalidFilter", "No property 'Mail', {sent}"),
                    r#"5: arlo.contacts: the first page was not given (400): No property 'Mail', Basic ••••; nobody counts as missing, nothing was written"#,
                ),
                (
                    list,
                    ALWAYS,
                    Answer::empty(406),
                    r#"5: arlo.contacts: `arlo` answers 406 to GET /api/2012-02-01/auth/resources/contacts/, and says no more; nobody counts as missing, nothing was written"#,
                ),
                (
                    list,
                    ALWAYS,
                    limit(86400),
                    r#"5: arlo.contacts: `arlo` answers 429: Rate limit exceeded, Basic •••• (it asks to wait 24 h: run again then); nobody counts as missing, nothing was written"#,
                ),
                (
                    list,
                    ALWAYS,
                    exception(503, "Busy", "try again, {sent}"),
                    r#"5: arlo.contacts: the first page was not given (503): try again, Basic •••• (tried 2 times); nobody counts as missing, nothing was written"#,
                ),
            ],
        );
    }
}
