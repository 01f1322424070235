//! The unpleasant answers of each vendor, in the shapes that they document: what class they have, what a reader is told, how often was asked.
//!
//! The systems are those of the repository, as their files declare them.

use super::{
    shipped::{call, collection, declared, part, write},
    *,
};
use serde_json::{Value as Json, json};

const KEY: &str = "MARKED-7f3c/key+1";

/// What is asked of a system when it refuses.
#[derive(Clone)]
enum Operation {
    Read(&'static str),
    Write(&'static str, Write),
}

/// One vendor, under test.
struct Vendor {
    system: Arc<System>,
    /// What everything but the first request of a sign-in is answered.
    reply: Reply,
}

impl Vendor {
    fn new(name: &str, first: &str, key: &str) -> Self {
        let mut system = declared(&format!("use \"systems/{name}.sync\""), &format!("{name}.{first}"), key, &[]);
        let changed = Arc::get_mut(&mut system).expect("nobody else holds it yet");
        let system::Connection::Http(http) = &mut changed.connection else { panic!("an HTTP system") };
        http.retries = 1;
        Self { system, reply: Reply::ok("") }
    }

    fn answering(&self, reply: Reply) -> Self {
        Self { system: Arc::clone(&self.system), reply }
    }

    fn update(&self, of: &'static str, id: Value, attribute: &str, value: Value) -> Operation {
        let at = collection(&self.system, of);
        let kind = match attribute.split_once('.') {
            Some((of, _)) => part(&self.system, at, of),
            None => WriteKind::Update,
        };
        Operation::Write(of, self.write(of, kind, Some(id), &[(attribute, value)]))
    }

    fn create(&self, of: &'static str, values: &[(&str, Value)]) -> Operation {
        Operation::Write(of, self.write(of, WriteKind::Create, None, values))
    }

    fn write(&self, of: &str, kind: WriteKind, id: Option<Value>, values: &[(&str, Value)]) -> Write {
        let record = id.is_some().then(|| Snapshot::of(Box::from(&b"{}"[..])));
        Write { record, ..write(&self.system, collection(&self.system, of), kind, id, values) }
    }

    fn standin(&self) -> StandIn {
        let reply = self.reply.clone();
        StandIn::new(move |_, seen| match seen.target.as_str() {
            "/services/oauth2/token" => Reply::ok(json!({
                "access_token": "MARKED-token", "instance_url": "https://acme.my.salesforce.com", "token_type": "Bearer"
            })),
            _ => reply.echoing(seen),
        })
    }

    /// `auth 1: …`: the class, how often was asked, what was waited for, and what is said.
    async fn says(&self, doing: &Operation) -> String {
        let (standin, events) = (self.standin(), Arc::new(RecordedEvents::default()));
        let secret = |name: &str| if name == "private_key" { access::signin::private_key() } else { KEY.to_owned() };
        let secrets = self.system.secrets().map(|(name, _)| (name.to_owned(), secret(name))).collect();
        let around = ConnectionConfig { secrets, observer: Arc::clone(&events) as Arc<dyn Observer>, ..config(&standin.origin) };
        let connection = Connection::open(&self.system, around).unwrap();
        let (class, message) = match doing {
            Operation::Read(of) => {
                let read = connection.read(collection(&self.system, of), &ReadRequest::default(), &mut |_, _| ()).await;
                match read.end {
                    End::Broken { reason, class } => (format!("{:?}", class.unwrap()), reason),
                    end => (format!("{end:?}"), String::new()),
                }
            }
            Operation::Write(of, write) => {
                let outcome = connection.write(collection(&self.system, of), std::slice::from_ref(write)).await.remove(0);
                match outcome {
                    Err(error) if error.effect == Effect::Unknown => (format!("{:?}, unknown", error.class), error.message),
                    Err(error) => (format!("{:?}", error.class), error.message),
                    Ok(_) => ("Done".to_owned(), String::new()),
                }
            }
        };
        let asked = standin.seen().iter().filter(|seen| !seen.target.ends_with("/token")).count();
        let events = events.0.lock().unwrap();
        let waits: Vec<_> = events.iter().filter_map(|line| line.split_once(" waits ")).map(|(_, wait)| format!(", {wait}")).collect();
        let all = format!("{class} {asked}{}: {message}", waits.concat());
        assert!(!all.contains("MARKED") && !standin.seen().is_empty(), "{all}");
        all
    }

    /// Asserts what is said of each reply.
    async fn refuses(&self, rows: &[(&Operation, Reply, &str)]) {
        let mut said = Vec::new();
        for (doing, reply, _) in rows {
            said.push(self.answering(reply.clone()).says(doing).await);
        }
        let expected: Vec<_> = rows.iter().map(|(.., expected)| (*expected).to_owned()).collect();
        assert_eq!(said, expected, "\n{}", said.join("\n"));
    }
}

impl Reply {
    /// `{sent}` in the body is what the request was signed with.
    fn echoing(&self, seen: &standin::Seen) -> Self {
        let sent = ["authorization", "authorization2"].iter().find_map(|name| seen.header(name)).unwrap_or_default();
        self.filled("{sent}", sent)
    }
}

fn words(text: &str) -> Value {
    Value::text(text)
}

fn error(status: u16, body: Json) -> Reply {
    Reply::new(status, body).with("Content-Type", "application/json")
}

fn page(status: u16, title: &str) -> Reply {
    Reply::new(status, format!("<!DOCTYPE html><html><head><title>{title}</title></head><body><h1>{title}</h1></body></html>"))
        .with("Content-Type", "text/html; charset=utf-8")
}

/// developers.lucca.fr, `using-api/errors`; texts of `LuccaSA/RestDrivenDomain`.
#[tokio::test]
async fn lucca() {
    let lucca = Vendor::new("lucca", "users", "id");
    let list = Operation::Read("users");
    let update = lucca.update("users", Value::Int(417), "contract_end", Value::Date(jiff::civil::date(2025, 3, 31)));
    let paging = "Paging does not respect limit=start,count format";
    let problem = json!({ "type": "x", "title": "One or more validation errors occurred.", "status": 400,
        "errors": { "Id": ["The id field is required."] } });
    lucca
        .refuses(&[
            (&list, Reply::new(401, ""), "Auth 1: `lucca` refuses the credentials (401): check the secret `api_key`"),
            (&list, Reply::new(401, "key {sent} is unknown"), "Auth 1: `lucca` refuses the credentials (401, \"key lucca application=•••• is unknown\"): check the secret `api_key`"),
            (&list, Reply::new(403, "You may not see users"), "Auth 1: `lucca` forbids this (403, \"You may not see users\"): check the secret `api_key` and what it may do"),
            (&list, Reply::new(400, paging).with("Content-Type", "application/json"), "Invalid 1: the first page was not given (400): Paging does not respect limit=start,count format"),
            (&list, error(400, problem), "Invalid 1: the first page was not given (400): One or more validation errors occurred: Id: The id field is required."),
            (&list, Reply::new(408, ""), "Temporary 2, 0 s (it has trouble of its own): `lucca` answers 408 to GET /api/v3/users, and says no more (tried 2 times)"),
            (&list, Reply::new(429, "").with("Retry-After", "1"), "Limit 2, 1 s (429, Retry-After): `lucca` answers 429: too many requests (tried 2 times)"),
            (
                &list,
                Reply::new(429, "Too many")
                    .with("Date", "Sun, 01 Mar 2026 09:00:00 GMT")
                    .with("Retry-After", "Sun, 01 Mar 2026 09:00:01 GMT"),
                "Limit 2, 1 s (429, Retry-After): `lucca` answers 429: Too many (tried 2 times)",
            ),
            (&list, Reply::new(429, "").with("Retry-After", "86400"), "Limit 1: `lucca` answers 429: too many requests (it asks to wait 24 h: run again then)"),
            (&list, Reply::new(431, ""), "Invalid 1: `lucca` answers 431 to GET /api/v3/users, and says no more"),
            (&list, Reply::new(500, ""), "Temporary 2, 0 s (it has trouble of its own): `lucca` answers 500 to GET /api/v3/users, and says no more (tried 2 times)"),
            (&list, page(502, "502 Bad Gateway"), "Temporary 2, 0 s (it has trouble of its own): 502 Bad Gateway (tried 2 times)"),
            (&list, page(200, "Sign in to Lucca"), "Temporary 1: `lucca` answers GET /api/v3/users with a web page, \"Sign in to Lucca\": check the base address, and whether a sign-in page is in front of it"),
            (&list, Reply::ok(r#"{"data":{"message":"no rights"}}"#), "Temporary 1: `lucca` answers GET /api/v3/users with 200 and no list at `$.data.items`, which is not taken for an empty one: it is an object with `data` (an object with `message` (a text))"),
            (&list, Reply::ok(r#"{"data":{"items":[{"id":1}"#), "Temporary 1: `lucca` answers GET /api/v3/users with what is not JSON: it ends in the middle, after 26 bytes"),
            (&list, Reply::ok(r#"{"data":{"items":[]}}"#).cut(9), "Temporary 2, 0 s (broken connection): `lucca` broke off its answer at `127.0.0.1`: end of file before message length reached after 9 bytes (tried 2 times)"),
            (&list, Reply::silence(), "Temporary 2, 0 s (broken connection): `lucca` broke the connection at `127.0.0.1`: connection closed before message completed (tried 2 times)"),
            (&list, Reply::new(302, "").with("Location", "https://acme.ilucca.net/identity/login"), "Temporary 1: `lucca` answers 302 and points to `acme.ilucca.net`, which is not followed: check the base address, and whether a sign-in page is in front of it"),
            (&list, Reply::new(301, "").with("Location", "/api/v3/users/"), "Temporary 1: `lucca` answers 301 to `/api/v3/users` and points to `/api/v3/users/`, which is not followed: write the path as it is there"),
            (&list, Reply::new(304, "").with("ETag", "\"7\""), "Temporary 1: `lucca` answers 304 (not modified), which has no content: nothing is asked on a condition here, so take headers such as `If-None-Match` out, or pass by the cache that answers so"),
            (&update, Reply::new(304, ""), "Temporary, unknown 1: `lucca` answers 304 (not modified), which has no content: if that says that nothing had to be changed, add `done when status in [200, 304]` to the call"),
            (&update, Reply::new(400, "e_badge is too long"), "Invalid 1: e_badge is too long"),
            (&update, Reply::new(404, ""), "Gone 1: `lucca` answers 404 to PUT /api/v3/users/417, and says no more"),
            (&update, Reply::new(405, ""), "Invalid 1: `lucca` answers 405 to PUT /api/v3/users/417, and says no more"),
            (&update, Reply::new(500, ""), "Temporary, unknown 2, 0 s (it has trouble of its own): `lucca` answers 500 to PUT /api/v3/users/417, and says no more (tried 2 times)"),
            (&update, page(200, "Maintenance"), "Temporary, unknown 1: `lucca` answers PUT /api/v3/users/417 with a web page, \"Maintenance\": check the base address, and whether a sign-in page is in front of it"),
            (&update, Reply::silence(), "Temporary, unknown 2, 0 s (broken connection): `lucca` broke the connection at `127.0.0.1`: connection closed before message completed (tried 2 times)"),
        ])
        .await;
}

/// RFC 7644, 3.12, where `status` is a text.
#[tokio::test]
async fn reward_gateway() {
    let vendor = Vendor::new("reward_gateway", "members", "id");
    let list = Operation::Read("members");
    let create = vendor.create("members", &[("external_id", words("00057")), ("user_name", words("00057")), ("active", Value::Bool(true))]);
    let update = vendor.update("members", words("83021"), "last_name", words("Durand"));
    let scim = |status: u16, kind: &str, detail: &str| {
        let schemas = ["urn:ietf:params:scim:api:messages:2.0:Error"];
        Reply::new(status, json!({ "schemas": schemas, "status": status.to_string(), "scimType": kind, "detail": detail }))
            .with("Content-Type", "application/scim+json")
    };
    let inside = |detail: &str| scim(400, "invalidValue", detail).but(200);
    vendor
        .refuses(&[
            (&create, scim(409, "uniqueness", "userName is taken"), "Conflict 1: userName is taken"),
            (&create, scim(400, "invalidValue", "emails: <b>bad</b> value"), "Invalid 1: emails: bad value"),
            (&list, scim(400, "tooMany", "too many"), "Invalid 1: the first page was not given (400): too many"),
            (&create, scim(401, "", "token {sent} has been revoked"), "Auth 1: `reward_gateway` refuses the credentials (401, \"token Bearer •••• has been revoked\"): check the secret `token`"),
            (&create, scim(403, "", "read only token"), "Auth 1: `reward_gateway` forbids this (403, \"read only token\"): check the secret `token` and what it may do"),
            (&create, scim(413, "", "payload too large"), "Invalid 1: payload too large"),
            (&create, scim(501, "", "not implemented"), "Invalid 1: not implemented"),
            (&create, scim(500, "", "Internal error 7f3c"), "Temporary, unknown 1: Internal error 7f3c"),
            (&create, inside("givenName is required"), "Invalid 1: givenName is required"),
            (&create, page(200, "Maintenance"), "Temporary, unknown 1: `reward_gateway` answers POST /11111111-2222-4333-8444-555555555555/scim/v2.0/Users with a web page, \"Maintenance\": check the base address, and whether a sign-in page is in front of it"),
            (&create, Reply::new(308, "").with("Location", "https://api.example.net/scim/v2.0/Users"), "Temporary, unknown 1: `reward_gateway` answers 308 and points to `api.example.net`, which is not followed: check the base address, and whether a sign-in page is in front of it"),
            (&update, scim(404, "", "Resource 83021 not found"), "Gone 1: Resource 83021 not found"),
            (&update, scim(412, "", "the tag is stale"), "Conflict 1: the tag is stale"),
            (&update, scim(400, "noTarget", "nothing is selected"), "Invalid 1: nothing is selected"),
            (&update, scim(400, "mutability", "userName is read only"), "Invalid 1: userName is read only"),
            (&update, inside("familyName: letters only"), "Invalid 1: familyName: letters only"),
            (&update, error(400, json!({ "Errors": [{ "description": "bad", "code": "1104" }] })), "Invalid 1: bad"),
            (&update, Reply::new(502, "upstream connect error"), "Temporary, unknown 2, 0 s (it has trouble of its own): upstream connect error (tried 2 times)"),
            (&list, inside("count is too large"), "Invalid 1: count is too large"),
            (&list, scim(400, "invalidFilter", "no such attribute"), "Invalid 1: the first page was not given (400): no such attribute"),
        ])
        .await;
}

/// The REST API's object and the array of Salesforce (`errorcodes`); the same with 403 where the daily quota is spent.
#[tokio::test]
async fn sage_people() {
    let vendor = Vendor::new("sage_people", "employees", "id");
    let list = Operation::Read("employees");
    let own = |status: u16, code: &str, inner: &str, message: &str| {
        error(
            status,
            json!({ "error": { "code": code, "message": message, "target": "marker", "innererror": { "code": inner }, "details": [] } }),
        )
    };
    let array = |status: u16, code: &str, message: &str| error(status, json!([{ "message": message, "errorCode": code }]));
    vendor
        .refuses(&[
            (&list, own(400, "REQUEST_ERROR", "INVALID_MARKER", "Invalid marker"), "Invalid 1: the first page was not given (400): Invalid marker"),
            (&list, own(400, "REQUEST_ERROR", "SYNTAX_ERROR", "unexpected token"), "Invalid 1: the first page was not given (400): unexpected token"),
            (&list, own(403, "SALESFORCE_ERROR", "MISSING_API_PERMISSION", "No access to employees"), "Auth 1: `sage_people` forbids this (403, \"No access to employees\"): check the secret `client_secret` and what it may do"),
            (&list, own(400, "REQUEST_ERROR", "INACCESSIBLE_FIELD", "hrDepartment is not accessible"), "Auth 1: `sage_people` forbids this (400, \"hrDepartment is not accessible\"): check the secret `client_secret` and what it may do"),
            (&list, own(404, "REQUEST_ERROR", "", "no such resource"), "Gone 1: the first page was not given (404): no such resource"),
            (&list, own(406, "REQUEST_ERROR", "INVALID_ACCEPT_HEADER", "Accept must be application/json"), "Invalid 1: the first page was not given (406): Accept must be application/json"),
            (&list, own(500, "INTERNAL_API_ERROR", "", "Something failed"), "Temporary 2, 0 s (it has trouble of its own): the first page was not given (500): Something failed (tried 2 times)"),
            (&list, array(401, "INVALID_SESSION_ID", "Session {sent} expired or invalid"), "Auth 2: `sage_people` refuses a token that it has just given (401, \"Session Bearer •••• expired or invalid\"): check what the application and its user may do"),
            (&list, array(403, "REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded."), "Limit 2, 0 s (its limit is spent): `sage_people` says that its limit is spent (403, \"TotalRequests Limit exceeded.\"): run again when it is renewed (tried 2 times)"),
            (&list, array(403, "API_DISABLED_FOR_ORG", "The REST API is not enabled for this Organization."), "Auth 1: `sage_people` forbids this (403, \"The REST API is not enabled for this Organization.\"): check the secret `client_secret` and what it may do"),
            (&list, page(503, "Down for maintenance"), "Temporary 2, 0 s (it has trouble of its own): the first page was not given (503): Down for maintenance (tried 2 times)"),
            (&list, own(200, "SAGE_PEOPLE_CONFIGURATION", "", "not configured"), "Temporary 1: `sage_people` answers GET /services/apexrest/spapi/v4/employees with 200 and a message, and no rule says that it was done: it says \"not configured\""),
            (&list, array(200, "UNKNOWN_EXCEPTION", "An unexpected error occurred"), "Temporary 1: `sage_people` answers GET /services/apexrest/spapi/v4/employees with 200 and a message, and no rule says that it was done: it says \"An unexpected error occurred\""),
        ])
        .await;
}

/// What SOQL refuses with (Salesforce REST API guide, `errorcodes`).
#[tokio::test]
async fn sage_people_soql() {
    let vendor = Vendor::new("sage_people_soql", "team_members", "id");
    let list = Operation::Read("team_members");
    let array = |status: u16, code: &str, message: &str| error(status, json!([{ "message": message, "errorCode": code, "fields": [] }]));
    vendor
        .refuses(&[
            (&list, array(400, "MALFORMED_QUERY", "unexpected token: FORM"), "Invalid 1: the first page was not given (400): unexpected token: FORM"),
            (&list, array(400, "INVALID_FIELD", "No such column 'Foo__c'"), "Invalid 1: the first page was not given (400): No such column 'Foo__c'"),
            (&list, array(401, "INVALID_SESSION_ID", "Session expired or invalid"), "Auth 2: `sage_people_soql` refuses a token that it has just given (401, \"Session expired or invalid\"): check what the application and its user may do"),
            (&list, array(403, "REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded."), "Limit 2, 0 s (its limit is spent): `sage_people_soql` says that its limit is spent (403, \"TotalRequests Limit exceeded.\"): run again when it is renewed (tried 2 times)"),
            (&list, array(404, "NOT_FOUND", "The requested resource does not exist"), "Gone 1: the first page was not given (404): The requested resource does not exist"),
            (&list, array(300, "", "several"), "Temporary 1: several"),
            (&list, array(500, "UNKNOWN_EXCEPTION", "An unexpected error occurred. Please include this ErrorId"), "Temporary 2, 0 s (it has trouble of its own): the first page was not given (500): An unexpected error occurred. Please include this ErrorId (tried 2 times)"),
            (&list, array(200, "OPERATION_TOO_LARGE", "exceeded 100000 distinct ids"), "Temporary 1: `sage_people_soql` answers GET /services/data/v58.0/query with 200 and a message, and no rule says that it was done: it says \"exceeded 100000 distinct ids\""),
        ])
        .await;
}

/// The body is not published: `error` or `message`, or a text.
#[tokio::test]
async fn oomnitza() {
    let vendor = Vendor::new("oomnitza", "users", "user_id");
    let list = Operation::Read("users");
    let create =
        vendor.create("users", &[("username", words("j@example.com")), ("email", words("j@example.com")), ("role", Value::Int(25))]);
    let update = vendor.update("users", words("7d2c"), "position", words("Manager"));
    let kind = call(&vendor.system, collection(&vendor.system, "saas_users"), "deactivate");
    let saas = Operation::Write("saas_users", vendor.write("saas_users", kind, Some(words("a2")), &[]));
    vendor
        .refuses(&[
            (&list, error(401, json!({ "error": "Unauthorized: {sent}" })), "Auth 1: `oomnitza` refuses the credentials (401, \"Unauthorized: ••••\"): check the secret `token`"),
            (&list, error(403, json!({ "message": "must have appropriate permissions" })), "Auth 1: `oomnitza` forbids this (403, \"must have appropriate permissions\"): check the secret `token` and what it may do"),
            (&list, error(400, json!({ "error": "Unable to parse filter" })), "Invalid 1: the first page was not given (400): Unable to parse filter"),
            (&list, error(429, json!({ "message": "slow down" })).with("Retry-After", "0"), "Limit 2: `oomnitza` answers 429: slow down (tried 2 times)"),
            (&list, Reply::new(504, ""), "Temporary 2, 0 s (it has trouble of its own): `oomnitza` answers 504 to GET /api/v3/users, and says no more (tried 2 times)"),
            (&list, error(200, json!({ "error": "no such view" })), "Temporary 1: `oomnitza` answers GET /api/v3/users with 200 and a message, and no rule says that it was done: it says \"no such view\""),
            (&create, error(409, json!({ "message": "email is not unique" })), "Conflict 1: email is not unique"),
            (&create, error(400, json!({ "errors": { "position": ["Unknown value 'Boss'"] } })), "Invalid 1: position: Unknown value 'Boss'"),
            (&create, error(400, json!({ "error": { "message": "role is required" } })), "Invalid 1: role is required"),
            (&create, Reply::new(400, "username already exists"), "Invalid 1: username already exists"),
            (&create, error(200, json!({ "error": "username already exists" })), "Temporary, unknown 1: `oomnitza` answers POST /api/v3/users with 200 and a message, and no rule says that it was done: it says \"username already exists\""),
            (&create, error(503, json!({ "message": "try later" })), "Temporary, unknown 1: try later"),
            (&update, error(404, json!({ "message": "User not found" })), "Gone 1: User not found"),
            (&update, page(403, "Forbidden"), "Auth 1: `oomnitza` forbids this (403, \"Forbidden\"): check the secret `token` and what it may do"),
            (&saas, error(200, json!([{ "saas_user_id": "a2", "error": "SaaS user not found" }])), "Invalid 1: SaaS user not found"),
            (&saas, error(200, json!([{ "saas_user_id": "a2", "error": { "code": 7, "text": "locked" } }])), "Invalid 1: locked"),
            (&saas, error(200, json!([{ "saas_user_id": "a9", "error": null }])), "Temporary, unknown 1: the answer does not say what became of this record"),
            (&saas, error(200, json!([])), "Temporary, unknown 1: the answer does not say what became of this record"),
            (&saas, error(200, json!({ "message": "accepted" })), "Temporary, unknown 1: `oomnitza` answers PATCH /api/v3/saas_users/deactivate with 200 and a message, and no rule says that it was done: it says \"accepted\""),
            (&saas, error(400, json!({ "message": "a2 is no id" })), "Invalid 1: a2 is no id"),
        ])
        .await;
}

/// JSON:API 1.0, `errors`; the codes of Wicket's own SDKs.
#[tokio::test]
async fn wicket() {
    let vendor = Vendor::new("wicket", "people", "id");
    let list = Operation::Read("people");
    let create = vendor.create("people", &[("first_name", words("Jeanne")), ("last_name", words("Martin"))]);
    let update = vendor.update("people", words("9b1f"), "title", words("Lead"));
    let errors = |status: u16, title: &str, detail: &str, code: &str| {
        let one = json!({ "status": status.to_string(), "title": title, "detail": detail,
            "source": { "pointer": "/data/attributes/address" }, "meta": { "field": "address", "error": code } });
        Reply::new(status, json!({ "errors": [one] })).with("Content-Type", "application/vnd.api+json")
    };
    vendor
        .refuses(&[
            (&create, errors(422, "has already been taken", "address - has already been taken", "taken"), "Conflict 1: address - has already been taken"),
            (&create, errors(409, "conflict", "address is in use", ""), "Conflict 1: address is in use"),
            (&update, errors(422, "must be after", "ends_at - must be after starts_at", "after"), "Invalid 1: ends_at - must be after starts_at"),
            (&update, error(422, json!({ "errors": [{ "title": "is invalid" }] })), "Invalid 1: is invalid"),
            (&update, error(422, json!({ "errors": [] })), "Invalid 1: `wicket` answers 422 to PATCH /people/9b1f, and says no more"),
            (&update, errors(404, "not found", "Couldn't find Person", ""), "Gone 1: Couldn't find Person"),
            (&update, errors(403, "forbidden", "attributes must be an object", ""), "Auth 1: `wicket` forbids this (403, \"attributes must be an object\"): check the secret `api_secret` and what it may do"),
            (&update, errors(415, "unsupported", "use application/vnd.api+json", ""), "Invalid 1: use application/vnd.api+json"),
            (&update, errors(500, "internal", "Internal server error", ""), "Temporary, unknown 2, 0 s (it has trouble of its own): Internal server error (tried 2 times)"),
            (&list, errors(401, "unauthorized", "{sent}: Signature has expired", ""), "Auth 1: `wicket` refuses the credentials (401, \"Bearer ••••: Signature has expired\"): check the secret `api_secret`"),
            (&list, Reply::new(429, "Retry later\n").with("Retry-After", "0"), "Limit 2: `wicket` answers 429: Retry later (tried 2 times)"),
            (&list, page(503, "Application error"), "Temporary 2, 0 s (it has trouble of its own): the first page was not given (503): Application error (tried 2 times)"),
            (&list, errors(200, "bad", "no such include", ""), "Temporary 1: `wicket` answers GET /people with 200 and a message, and no rule says that it was done: it says \"no such include\""),
        ])
        .await;
}

/// developer.arlo.co, `responses` and `ratelimiting`: exceptions in XML, too many requests in JSON.
#[tokio::test]
async fn arlo() {
    let vendor = Vendor::new("arlo", "contacts", "id");
    let list = Operation::Read("contacts");
    let update = vendor.update("contacts", Value::Int(53), "phone_work", words("+33100000000"));
    let city = vendor.update("contacts", Value::Int(53), "address.city", words("Lyon"));
    let exception = |status: u16, code: &str, message: &str| {
        let xml = format!("<?xml version=\"1.0\"?><ApiException><Code>{code}</Code><Message>{message}</Message></ApiException>");
        Reply::new(status, xml).with("Content-Type", "application/xml; charset=utf-8")
    };
    let limit = json!({ "error": "rate_limit_exceeded", "message": "Rate limit exceeded", "retryAfter": 0 });
    vendor
        .refuses(&[
            (&update, exception(400, "InvalidDiff", "The node Contact/PhoneWork is there already"), "Invalid 1: The node Contact/PhoneWork is there already"),
            (&city, exception(400, "InvalidDiff", "City &amp; &lt;Country&gt; do not fit"), "Invalid 1: City & do not fit"),
            (&update, exception(404, "NotFound", "the resource is not there"), "Gone 1: the resource is not there"),
            (&update, Reply::new(308, "").with("Location", "https://acme.arlo.co/api/2012-02-01/auth/resources/contacts/77/"), "Gone 1: the account was merged into another: the next run goes on with that one"),
            (&update, Reply::new(415, ""), "Invalid 1: `arlo` answers 415 to PATCH /api/2012-02-01/auth/resources/contacts/53/, and says no more"),
            (&update, exception(500, "Unexpected", "Object reference not set"), "Temporary, unknown 2, 0 s (it has trouble of its own): Object reference not set (tried 2 times)"),
            (&list, exception(401, "Unauthorized", "{sent} is no service account"), "Auth 1: `arlo` refuses the credentials (401, \"Basic •••• is no service account\"): check the secret `password`"),
            (&list, Reply::new(403, ""), "Auth 1: `arlo` forbids this (403): check the secret `password` and what it may do"),
            (&list, Reply::new(406, ""), "Invalid 1: `arlo` answers 406 to GET /api/2012-02-01/auth/resources/contacts/, and says no more"),
            (&list, exception(400, "InvalidFilter", "No property 'Mail'"), "Invalid 1: the first page was not given (400): No property 'Mail'"),
            (&list, error(429, limit).with("Retry-After", "0"), "Limit 2: `arlo` answers 429: Rate limit exceeded (tried 2 times)"),
            (&list, exception(503, "Busy", "try again"), "Temporary 2, 0 s (it has trouble of its own): the first page was not given (503): try again (tried 2 times)"),
            (&list, page(502, "Bad Gateway"), "Temporary 2, 0 s (it has trouble of its own): the first page was not given (502): Bad Gateway (tried 2 times)"),
            (&list, exception(200, "Unexpected", "not what was asked for"), "Temporary 1: `arlo` answers GET /api/2012-02-01/auth/resources/contacts/ with 200 and a message, and no rule says that it was done: it says \"not what was asked for\""),
            (&list, Reply::ok("<Contacts><Link"), "Temporary 1: `arlo` answers GET /api/2012-02-01/auth/resources/contacts/ with what is not XML: syntax error: tag not closed: `>` not found before end of input, at line 1 column 11"),
            (&list, Reply::ok("<Contacts></Contacts>").cut(5), "Temporary 2, 0 s (broken connection): `arlo` broke off its answer at `127.0.0.1`: end of file before message length reached after 5 bytes (tried 2 times)"),
            (&list, Reply::ok(r#"{"error":"x"}"#), "Temporary 1: `arlo` answers GET /api/2012-02-01/auth/resources/contacts/ with what is not XML: there is text outside of the document, at line 1 column 14"),
        ])
        .await;
}
