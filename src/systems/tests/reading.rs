//! Lists: paging, proofs of the end, and all that is not taken for one.

use super::{build::*, declared::api, *};
use crate::compile::system::{Call, Limit, Page, PageBy, Place};
use serde_json::{Value as Json, json};

fn user(id: u64) -> Json {
    json!({ "id": id, "mail": format!("u{id}@example.com") })
}

/// A page of Lucca's list, as it would cut it.
fn users(seen: &standin::Seen, total: u64) -> Reply {
    let paging = seen.query("paging").unwrap();
    let (offset, size) = paging.split_once(',').unwrap();
    let (offset, size): (u64, u64) = (offset.parse().unwrap(), size.parse().unwrap());
    page(total, offset..total.min(offset + size))
}

fn page(count: u64, ids: impl Iterator<Item = u64>) -> Reply {
    Reply::ok(json!({ "data": { "count": count, "items": ids.map(user).collect::<Vec<_>>() } }))
}

fn members(total: u64, ids: &[u64]) -> Json {
    json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"], "totalResults": total, "startIndex": 1,
            "itemsPerPage": ids.len(), "Resources": ids.iter().map(|id| json!({ "id": id.to_string() })).collect::<Vec<_>>() })
}

fn listing(list: impl FnOnce(&mut Call)) -> Arc<System> {
    but(lucca(), |_, users| list(users.list.as_mut().unwrap()))
}

async fn read_of(system: &Arc<System>, standin: &StandIn) -> ReadRecords {
    taken(&opened(system, standin), &ReadRequest::default()).await
}

#[tokio::test]
async fn a_list_is_read_to_its_announced_total() {
    let standin = StandIn::new(|_, seen| users(seen, 5).with("Date", "Sun, 01 Mar 2026 09:00:00 GMT"));
    let got = read_of(&Arc::new(lucca()), &standin).await;
    assert_eq!(got.evidence(), "the announced total of 5 was met");
    assert_eq!((got.records.len(), got.read.records, got.read.requests, got.read.total), (5, 5, 3, Some(5)));
    assert_eq!(got.records[4], user(4).to_string());
    let paging: Vec<_> = standin.seen().iter().filter_map(|seen| seen.query("paging")).collect();
    assert_eq!(paging, ["0,2", "2,2", "4,2"]);
}

/// What changes while later pages are read is not older than the clock that is told.
#[tokio::test]
async fn the_clock_of_a_read_is_that_of_its_beginning() {
    let standin = StandIn::new(|at, seen| {
        let date = ["Sun, 01 Mar 2026 09:00:02 GMT", "Sun, 01 Mar 2026 09:10:00 GMT", "Sun, 01 Mar 2026 09:20:00 GMT"][at];
        let slow = Duration::from_millis(if at == 0 { 1200 } else { 0 });
        users(seen, 5).with("Date", date).late(slow)
    });
    let clock = read_of(&Arc::new(lucca()), &standin).await.read.clock.unwrap();
    let asked: jiff::Timestamp = "2026-03-01T09:00:00.8Z".parse().unwrap();
    assert!(clock <= asked && asked.duration_since(clock).as_secs() < 30, "{clock}");
}

#[tokio::test]
async fn the_offset_moves_by_what_was_received() {
    // SCIM may give fewer than asked for; the first index is 1.
    let standin = StandIn::new(|at, _| Reply::ok(members(4, [&[1, 2][..], &[3], &[4]][at])));
    let got = read_of(&Arc::new(scim()), &standin).await;
    assert_eq!(got.evidence(), "the announced total of 4 was met");
    let starts: Vec<_> = standin.seen().iter().filter_map(|seen| seen.query("startIndex")).collect();
    assert_eq!(starts, ["1", "3", "4"]);
}

#[tokio::test]
async fn no_match_may_lack_its_list() {
    let nothing = json!({ "schemas": [], "totalResults": 0 });
    let got = read_of(&Arc::new(scim()), &StandIn::giving([Reply::ok(&nothing)])).await;
    assert_eq!((got.evidence(), got.records.len()), ("the announced total of 0 was met", 0));
    let some = json!({ "schemas": [], "totalResults": 3 });
    let got = read_of(&Arc::new(scim()), &StandIn::giving([Reply::ok(&some)])).await;
    assert!(got.reason().starts_with("announced 3 and gave 0"), "{}", got.reason());
}

#[tokio::test]
async fn an_empty_list_that_announces_nobody_is_complete() {
    let got = read_of(&Arc::new(lucca()), &StandIn::giving([page(0, 0..0)])).await;
    assert_eq!((got.evidence(), got.read.records), ("the announced total of 0 was met", 0));
}

#[tokio::test]
async fn fewer_than_announced_is_broken() {
    let standin = StandIn::new(|at, seen| if at < 2 { users(seen, 317) } else { page(317, 0..0) });
    let got = read_of(&Arc::new(lucca()), &standin).await;
    assert!(got.reason().starts_with("announced 317 and gave 4:"), "{}", got.reason());
    assert_eq!((got.read.total, got.read.records), (Some(317), 4));
}

#[tokio::test]
async fn a_page_cut_short_by_the_system_is_no_end() {
    let standin = StandIn::new(|at, _| page(3, [0..1, 1..2, 2..3][at].clone()));
    let got = read_of(&Arc::new(lucca()), &standin).await;
    assert_eq!((got.evidence(), got.read.records), ("the announced total of 3 was met", 3));
}

#[tokio::test]
async fn more_than_announced_is_broken() {
    let got = read_of(&Arc::new(lucca()), &StandIn::giving([page(1, 0..2)])).await;
    assert_eq!(got.reason(), "announced 1 and gave 2: the pages overlap, or run it again");
}

#[tokio::test]
async fn a_total_that_moves_is_broken() {
    let standin = StandIn::new(|at, seen| users(seen, 20 - at as u64));
    let got = read_of(&Arc::new(lucca()), &standin).await;
    assert!(got.reason().contains("the total moved from 20 to 19 while it was read"), "{}", got.reason());
}

#[tokio::test]
async fn the_same_page_twice_is_broken() {
    let standin = StandIn::giving([page(100, 0..2)]);
    let got = read_of(&Arc::new(lucca()), &standin).await;
    assert!(got.reason().contains("the same page came twice"), "{}", got.reason());
    assert_eq!(standin.count(), 2);
}

#[tokio::test]
async fn an_error_on_page_7_after_its_repeats_is_broken() {
    let standin = StandIn::new(|at, seen| if at < 6 { users(seen, 100) } else { Reply::new(500, "no database") });
    let got = read_of(&Arc::new(lucca()), &standin).await;
    assert_eq!(got.reason(), "page 7 was not given (500): no database (tried 3 times)");
    assert_eq!((standin.count(), got.read.requests, got.records.len()), (9, 9, 12));
}

#[tokio::test]
async fn a_moment_of_trouble_is_passed_over() {
    let standin = StandIn::new(|at, seen| match at {
        1 => Reply::new(503, ""),
        2 => users(seen, 4).cut(10),
        3 => Reply::silence(),
        _ => users(seen, 4),
    });
    let system = but(lucca(), |http, _| http.retries = 3);
    let got = read_of(&system, &standin).await;
    assert_eq!((got.evidence(), got.records.len(), standin.count()), ("the announced total of 4 was met", 4, 5));
}

#[tokio::test]
async fn an_error_with_a_200_is_no_empty_list() {
    let got = read_of(&Arc::new(lucca()), &StandIn::giving([Reply::ok(json!({ "error": "rate exceeded" }))])).await;
    let reason = "`lucca` answers GET /api/v3/users with 200 and no list at `$.data.items`, which is not taken for an empty one: \
                  it is an object with `error` (a text)";
    assert_eq!(got.reason(), reason);
}

#[tokio::test]
async fn a_declared_error_with_a_200_keeps_its_class() {
    let body = json!({ "detail": "no such token", "scimType": "uniqueness" });
    let got = read_of(&Arc::new(scim()), &StandIn::giving([Reply::ok(body)])).await;
    assert!(matches!(got.read.end, End::Broken { class: Some(ErrorClass::Conflict), .. }), "{:?}", got.read.end);
}

#[tokio::test]
async fn a_sign_in_page_with_a_200_is_no_empty_list() {
    let page = Reply::ok("<!DOCTYPE html><html><title>Sign in</title><body>…").with("Content-Type", "text/html");
    let got = read_of(&Arc::new(lucca()), &StandIn::giving([page])).await;
    let reason = "`lucca` answers GET /api/v3/users with a web page, \"Sign in\": check the base address, and whether a sign-in page is in front of it";
    assert_eq!(got.reason(), reason);
}

#[tokio::test]
async fn what_is_not_whole_json_is_broken() {
    for (body, why) in
        [(r#"{"data":{"items":[{"id":1"#, "it ends in the middle, after 25 bytes"), ("", "it is empty"), ("id;name", "at line 1")]
    {
        let got = read_of(&Arc::new(lucca()), &StandIn::giving([Reply::ok(body)])).await;
        assert!(got.reason().contains("with what is not JSON: ") && got.reason().contains(why), "{}", got.reason());
    }
}

#[tokio::test]
async fn a_body_that_breaks_off_is_broken() {
    let got = read_of(&Arc::new(lucca()), &StandIn::giving([page(2, 0..2).cut(30)])).await;
    assert!(got.reason().contains("broke off its answer at `127.0.0.1`"), "{}", got.reason());
    assert!(got.reason().ends_with("after 30 bytes (tried 3 times)"), "{}", got.reason());
}

#[tokio::test]
async fn wrong_credentials_are_one_request() {
    let standin = StandIn::giving([Reply::new(401, "")]);
    let connection = opened(&Arc::new(lucca()), &standin);
    let error = connection.identity().await.unwrap_err();
    assert_eq!((error.class, error.status), (ErrorClass::Auth, Some(401)));
    assert_eq!(error.message, "`lucca` refuses the credentials (401): check the secret `api_key`");
    for _ in 0..3 {
        let got = taken(&connection, &ReadRequest::default()).await;
        assert!(got.reason().contains("check the secret `api_key`"), "{}", got.reason());
    }
    assert_eq!(standin.lines(), ["GET /api/v3/users?paging=0,1"]);
}

#[tokio::test]
async fn too_many_requests_are_waited_for() {
    let standin = StandIn::new(|at, seen| if at == 1 { Reply::new(429, "").with("Retry-After", "1") } else { users(seen, 4) });
    let events = Arc::new(RecordedEvents::default());
    let connection_config = ConnectionConfig { observer: Arc::clone(&events) as Arc<dyn Observer>, ..config(&standin.origin) };
    let connection = Connection::open(&Arc::new(lucca()), connection_config).unwrap();
    let began = std::time::Instant::now();
    let got = taken(&connection, &ReadRequest::default()).await;
    assert_eq!((got.evidence(), standin.count()), ("the announced total of 4 was met", 3));
    assert!(began.elapsed() >= Duration::from_secs(1));
    let events = events.0.lock().unwrap();
    let list = "lucca GET /api/v3/users?formerEmployees&orderBy&fields&paging";
    let wanted = [format!("{list} 200"), format!("{list} 429"), "lucca waits 1 s (429, Retry-After)".into(), format!("{list} 200")];
    assert_eq!(*events, wanted);
}

#[tokio::test]
async fn a_limit_that_stays_ends_the_read() {
    let standin = StandIn::giving([Reply::new(429, "slow down").with("Retry-After", "0")]);
    let got = read_of(&Arc::new(lucca()), &standin).await;
    assert_eq!(got.reason(), "`lucca` answers 429: slow down (tried 3 times)");
    let hours = StandIn::giving([Reply::new(429, "").with("Retry-After", "7200")]);
    read_of(&Arc::new(lucca()), &hours).await;
    assert_eq!(hours.count(), 1, "nobody waits two hours");
}

#[tokio::test]
async fn a_budget_that_the_headers_say_is_spent_is_waited_for() {
    let standin = StandIn::new(|_, seen| users(seen, 4).with("X-RateLimit-Remaining", "0").with("X-RateLimit-Reset", "1"));
    let began = std::time::Instant::now();
    read_of(&Arc::new(lucca()), &standin).await;
    assert!(began.elapsed() >= Duration::from_secs(1));
}

#[tokio::test]
async fn the_declared_budget_holds_for_a_system_of_its_own() {
    let standin = StandIn::new(|_, seen| users(seen, 8));
    let system = but(lucca(), |http, _| {
        http.base = text(&standin.origin);
        http.limit = Some(Limit { amount: 3, per_seconds: 1, concurrent: Some(2) });
    });
    // One engine asks, through two projects: the vendor counts requests, not connections.
    let budgets = crate::systems::Budgets::default();
    let connection_config = || ConnectionConfig { origin: None, budgets: budgets.clone(), ..config("") };
    let (one, other) = (Connection::open(&system, connection_config()).unwrap(), Connection::open(&system, connection_config()).unwrap());
    assert_eq!(one.at_once(), 2);
    let began = std::time::Instant::now();
    let ask = ReadRequest::default();
    let (first, second) = tokio::join!(taken(&one, &ask), taken(&other, &ask));
    assert!(first.read.end.is_complete() && second.read.end.is_complete());
    assert!(began.elapsed() >= Duration::from_secs(2), "8 requests at 3 a second, over two connections");
}

#[tokio::test]
async fn a_redirect_is_told_and_not_followed() {
    let standin = StandIn::giving([Reply::new(302, "").with("Location", "https://login.example.com/sso?next=secret")]);
    let got = read_of(&Arc::new(lucca()), &standin).await;
    let reason = "`lucca` answers 302 and points to `login.example.com`, which is not followed: check the base address, and whether a sign-in page is in front of it";
    assert_eq!((got.reason(), standin.count()), (reason, 1));
}

#[tokio::test]
async fn who_can_t_be_reached_is_told_at_once() {
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let connection = Connection::open(&Arc::new(lucca()), config(&format!("http://{free}"))).unwrap();
    let got = taken(&connection, &ReadRequest::default()).await;
    assert!(got.reason().starts_with("`lucca` can't be reached at `127.0.0.1`: "), "{}", got.reason());
    assert_eq!(got.read.requests, 1);
}

#[tokio::test]
async fn since_is_sent_where_it_is_known_and_proves_no_absence() {
    let standin = StandIn::giving([page(0, 0..0)]);
    let connection = opened(&Arc::new(lucca()), &standin);
    let ask = ReadRequest { since: Some("2026-02-28T22:30:00Z".parse().unwrap()), ..ReadRequest::default() };
    assert_eq!(taken(&connection, &ask).await.read.end, End::Delta);
    assert_eq!(standin.seen()[0].query("modifiedAt").as_deref(), Some("since,2026-02-28T22:30:00"));
    let whole = listing(|list| list.queries.retain(|query| query.name != "modifiedAt"));
    assert!(taken(&opened(&whole, &standin), &ask).await.read.end.is_complete(), "a list that can't be asked so is read whole");
}

#[tokio::test]
async fn fields_in_use_are_asked_for_once() {
    let standin = StandIn::giving([page(0, 0..0)]);
    let system = but(lucca(), |_, users| users.attributes[4].requested_as = Some("department.label".into()));
    let paths = vec![path("$.mail"), path("$.extendedData.e_site")];
    taken(&opened(&system, &standin), &ReadRequest { attributes: vec![0, 2, 4, 5, 2], paths, ..ReadRequest::default() }).await;
    let fields = "id,mail,department.label,extendedData.e_badge,extendedData.e_site,collection.count";
    assert_eq!(standin.seen()[0].query("fields").as_deref(), Some(fields));
}

fn by_number() -> Arc<System> {
    listing(|list| {
        list.queries = vec![parameter("page", name(crate::compile::program::Name::PageNumber))];
        list.page = Some(Page { by: PageBy::Number, from: 1, size: 2, sized: true });
        list.total = None;
    })
}

fn numbered(counts: &'static [u64]) -> StandIn {
    StandIn::new(move |at, _| {
        let start = at as u64 * 10;
        Reply::ok(json!({ "data": { "items": (start..start + counts[at]).map(user).collect::<Vec<_>>() } }))
    })
}

#[tokio::test]
async fn pages_by_number_end_with_a_short_one() {
    let standin = numbered(&[2, 2, 1]);
    let got = read_of(&by_number(), &standin).await;
    assert_eq!((got.evidence(), got.read.records), ("the last page was short", 5));
    assert_eq!(standin.lines(), ["GET /api/v3/users?page=1", "GET /api/v3/users?page=2", "GET /api/v3/users?page=3"]);
    let got = read_of(&by_number(), &numbered(&[2, 0])).await;
    assert_eq!((got.evidence(), got.read.records), ("the last page was empty", 2));
}

#[tokio::test]
async fn a_declared_end_decides() {
    let ending = |line: &str| {
        let mut system = by_number();
        Arc::get_mut(&mut system).unwrap().collections[0].list.as_mut().unwrap().rules = declared::rules_of_a_list(line);
        system
    };
    let got = read_of(&ending("last page when page.count == 0"), &numbered(&[2, 1, 0])).await;
    assert_eq!((got.evidence(), got.read.records), ("the system said that it was the end", 3));
    let standin = StandIn::new(|at, _| if at == 0 { page(0, 0..2) } else { Reply::new(204, "") });
    let got = read_of(&ending("last page when status == 204"), &standin).await;
    assert_eq!((got.evidence(), got.read.records), ("the declared status came", 2));
    let standin =
        StandIn::new(|at, _| Reply::ok(json!({ "done": at == 1, "data": { "items": [user(at as u64 * 2), user(at as u64 * 2 + 1)] } })));
    let got = read_of(&ending("last page when $.done == true"), &standin).await;
    assert_eq!((got.evidence(), got.read.records), ("the system said that it was the end", 4));
}

#[tokio::test]
async fn a_total_may_stand_in_a_header_and_a_list_at_the_root() {
    let system = listing(|list| {
        list.total = Some(Place::Header("X-Total-Count".into()));
        list.items = None;
    });
    let standin = StandIn::giving([Reply::ok(json!([user(1)])).with("X-Total-Count", "1")]);
    let got = read_of(&system, &standin).await;
    assert_eq!((got.evidence(), &got.records), ("the announced total of 1 was met", &vec![user(1).to_string()]));
}

#[tokio::test]
async fn one_record_or_none_but_never_none_by_mistake() {
    let standin = StandIn::new(|at, _| match at {
        0 => Reply::ok(json!({ "data": user(7) })),
        1 => Reply::new(404, ""),
        2 => Reply::new(410, ""),
        _ => Reply::new(500, ""),
    });
    let connection = opened(&Arc::new(lucca()), &standin);
    let ask = ReadRequest { attributes: vec![0, 2], ..ReadRequest::default() };
    let got = connection.get(0, &Value::Int(7), &ask).await.unwrap().record().unwrap();
    assert_eq!(&*got, user(7).to_string().as_bytes());
    assert_eq!(connection.get(0, &Value::Int(8), &ask).await.unwrap(), GetResult::Gone);
    assert_eq!(connection.get(0, &Value::Int(9), &ask).await.unwrap(), GetResult::Gone);
    assert_eq!(connection.get(0, &Value::Int(9), &ask).await.unwrap_err().class, ErrorClass::Temporary);
    assert_eq!(standin.lines()[0], "GET /api/v3/users/7?fields=id,mail");
}

/// An answer is the record only if its status says that it is whole, and it shows the key that was asked for.
#[tokio::test]
async fn an_answer_that_does_not_show_the_record_is_not_believed() {
    let calls = |rule: &str| format!("list GET \"/things\" {{ items $ }}\n get GET \"/things/{{id}}\" {{ {rule} }}");
    let get = async |rule: &str, reply: Reply| {
        let standin = StandIn::new(move |_, _| reply.clone());
        let system = super::declared::api("", &calls(rule));
        super::declared::opened(&system, &standin).get(0, &Value::text("t4"), &ReadRequest::default()).await
    };
    let own = r#"{"id":"t4","name":"x"}"#;
    let others = [r"{}", r#"{"name":"x"}"#, r#"{"id":null}"#, r#"{"id":" "}"#, r#"{"id":{"v":"t4"}}"#, r#"{"id":"t5"}"#, "[]", ""];
    for body in others {
        let error = get("", Reply::new(200, body)).await.unwrap_err();
        assert_eq!(error.class, ErrorClass::Temporary, "{body}: {}", error.message);
    }
    let hidden = get("", Reply::new(200, r"{}")).await.unwrap_err().message;
    assert_eq!(hidden, "`api` answers GET /v1/things/t4 with what shows no `id` that can be read, so it may be any record");
    for status in [201, 202, 203, 204, 205, 206, 207, 226] {
        assert!(get("", Reply::new(status, own)).await.is_err(), "{status}");
    }
    let part = get("", Reply::new(206, own)).await.unwrap_err().message;
    assert!(
        part.contains("with 206, which is not taken for a whole record: where it is one, say `done when status in [200, 206]`"),
        "{part}"
    );
    assert!(get("done when status in [200, 203]", Reply::new(203, own)).await.unwrap().record().is_some());
    assert!(get("done when status in [200, 203]", Reply::new(203, "{}")).await.is_err());
    assert!(get("", Reply::new(200, own)).await.unwrap().record().is_some());
}

#[tokio::test]
async fn one_record_may_be_asked_for_by_post() {
    let system = super::declared::api(
        "",
        "list GET \"/things\" { items $ }\n get POST \"/things/search\" {\n body = { id = id }\n item $.found\n }",
    );
    let standin = StandIn::giving([Reply::new(503, ""), Reply::ok(json!({ "found": { "id": "t7" } }))]);
    let got = super::declared::opened(&system, &standin).get(0, &Value::text("t7"), &ReadRequest::default()).await.unwrap();
    assert_eq!(&*got.record().unwrap(), br#"{"id":"t7"}"#);
    // It only asks, so it may be asked again.
    assert_eq!(standin.lines(), ["POST /v1/things/search"; 2]);
    assert_eq!(standin.seen()[0].body, r#"{"id":"t7"}"#);
}

#[tokio::test]
async fn a_look_up_that_failed_is_not_no_match() {
    let found = StandIn::giving([Reply::ok(members(1, &[5]))]);
    let look =
        async |standin: &StandIn| opened(&Arc::new(scim()), standin).find(0, 1, &Value::text("00\"57"), &ReadRequest::default()).await;
    assert_eq!(look(&found).await.unwrap().len(), 1);
    assert_eq!(found.seen()[0].query("filter").as_deref(), Some(r#"externalId eq "00\"57""#));
    assert_eq!(look(&StandIn::giving([Reply::ok(json!({ "totalResults": 0 }))])).await.unwrap().len(), 0);
    assert!(look(&StandIn::giving([Reply::ok(members(2, &[5]))])).await.is_err(), "announced two and gave one");
    assert!(look(&StandIn::giving([Reply::ok(json!({ "message": "busy" }))])).await.is_err());
    assert!(look(&StandIn::giving([Reply::new(503, "")])).await.is_err());
}

#[tokio::test]
async fn a_value_can_t_lead_elsewhere() {
    let standin = StandIn::giving([Reply::new(404, "")]);
    let connection = opened(&Arc::new(scim()), &standin);
    for id in ["..", ".", "%2e%2e"] {
        let answer = connection.get(0, &Value::text(id), &ReadRequest::default()).await;
        assert_eq!(answer.is_err(), id != "%2e%2e", "{id}");
    }
    connection.get(0, &Value::text("a/../../b?c=d#é"), &ReadRequest::default()).await.unwrap();
    let base = "GET /11111111-2222-4333-8444-555555555555/scim/v2.0/Users";
    assert_eq!(standin.lines(), [format!("{base}/%252e%252e"), format!("{base}/a%2F..%2F..%2Fb%3Fc%3Dd%23%C3%A9")]);
    assert!(connection.get(0, &Value::Null, &ReadRequest::default()).await.unwrap_err().message.contains("needs a value that is missing"));
}

/// Who is signed in is told by an answer that rules judge, as that of any other call.
#[tokio::test]
async fn the_account_is_read_from_an_answer_that_rules_judge() {
    let http = "error $.error.text when $.error is present\n    verify POST \"/rpc\" {\n      body = { method = \"whoami\" }\n      item $.result.login ?? $.result.name\n      gone when $.result == []\n    }";
    let system = api(http, "list GET \"/things\" { items $ }");
    let said = |body: &'static str| {
        let system = Arc::clone(&system);
        async move {
            let standin = StandIn::giving([Reply::ok(body)]);
            let identity = opened(&system, &standin).identity().await;
            assert_eq!(standin.seen()[0].body, r#"{"method":"whoami"}"#);
            identity.map_err(|error| (error.class, error.message))
        }
    };
    assert!(said(r#"{"result": {"name": "sync"}}"#).await.unwrap().ends_with(" as sync"));
    let whole = said(r#"{"result": {"name": "hr+sync@example.com <1>"}}"#).await.unwrap();
    assert!(whole.ends_with(" as hr+sync@example.com <1>"), "links belong to one account, so that its name stays whole: {whole}");
    assert_eq!(
        said(r#"{"error": {"text": "unknown key"}}"#).await,
        Err((ErrorClass::Invalid, "`api` answers POST /v1/rpc, its `verify`, with unknown key".to_owned()))
    );
    assert_eq!(said(r#"{"result": []}"#).await.unwrap_err().0, ErrorClass::Gone);
    let nobody = said(r#"{"result": {}}"#).await.unwrap_err().1;
    assert_eq!(nobody, "`api` does not say who we are: its answer to POST /v1/rpc has nothing at `$.result.login or $.result.name`");
}

/// However many repeats are declared, the attempts at one answer end after three times the time of one.
#[tokio::test]
async fn an_answer_that_comes_drop_by_drop_ends_in_bounded_time() {
    let pace = Duration::from_millis(300);
    let dripping = page(2, 0..2).dripping(Duration::from_millis(20));
    for reply in [dripping, page(2, 0..2).late(Duration::from_millis(700))] {
        let mut system = lucca();
        let system::Connection::Http(http) = &mut system.connection else { panic!("an HTTP system") };
        http.retries = 6;
        let standin = StandIn::giving([reply]);
        let client = http::Client::impatient(&Arc::new(system), config(&standin.origin), pace);
        let began = std::time::Instant::now();
        let read = client.read(0, &ReadRequest::default(), &mut |_, _| ()).await;
        assert!(matches!(read.end, End::Broken { .. }), "{:?}", read.end);
        assert!((3..=4).contains(&standin.count()), "{}", standin.count());
        assert!(began.elapsed() < pace * 12, "{:?}", began.elapsed());
    }
}

/// A system that says in a 200 that it was asked too often, and for how long that holds.
fn throttling() -> Arc<System> {
    let text = "system api {\n  http \"https://api.example.com/v1\" {\n    retry 3 times\n    error $.errors[0].message code $.errors[0].code \
                {\n      \"THROTTLED\" is limit\n      \"BAD_FILTER\" is invalid\n    }\n  }\n  collection things {\n    key id\n    list GET \"/things\" { items $.things }\n    \
                attributes { id : text at $.id }\n  }\n}\n";
    super::declared::system(text, "api", "things")
}

#[tokio::test]
async fn an_error_of_the_class_limit_in_a_200_is_waited_for() {
    let refused = |code: &str| Reply::ok(json!({ "errors": [{ "code": code, "message": "not now" }] })).with("Retry-After", "1");
    let throttled = refused("THROTTLED");
    let standin = StandIn::new(move |at, _| if at < 2 { throttled.clone() } else { Reply::ok(json!({ "things": [{ "id": "1" }] })) });
    let began = std::time::Instant::now();
    let got = super::declared::read(&throttling(), &standin, "things", &ReadRequest::default()).await;
    assert!(!matches!(got.read.end, End::Broken { .. }), "{:?}", got.read.end);
    assert_eq!((standin.count(), got.records.len()), (3, 1));
    assert!(began.elapsed() >= Duration::from_secs(2), "it waits as long as it is asked to");

    let other = StandIn::giving([refused("BAD_FILTER")]);
    let got = super::declared::read(&throttling(), &other, "things", &ReadRequest::default()).await;
    assert!(matches!(got.read.end, End::Broken { class: Some(ErrorClass::Invalid), .. }), "{:?}", got.read.end);
    assert_eq!(other.count(), 1, "what is wrong with the request is not repeated");
}
