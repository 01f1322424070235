//! Where an answer has its records, a single record, the total and the next page: paths, `??`, records and `+`.

use super::{
    declared::{api, ask, opened, read, shown, system},
    *,
};
use serde_json::{Value as Json, json};

fn things(ids: std::ops::Range<u64>) -> Json {
    ids.map(|id| json!({ "id": format!("t{id}"), "name": "x" })).collect()
}

async fn all(system: &Arc<System>, standin: &StandIn) -> ReadRecords {
    read(system, standin, "things", &ReadRequest::default()).await
}

fn list(lines: &str) -> Arc<System> {
    api("", &format!("list GET \"/things\" {{\n{lines}\n}}"))
}

/// Vendors that leave an empty list out.
#[tokio::test]
async fn a_list_that_may_be_missing_is_empty_only_with_evidence() {
    let ruled = list("items $.users ?? []\ndone when $.kind == \"users\"");
    for (answer, expected) in [
        (json!({ "kind": "users", "users": things(0..2) }), "one answer holds all, 2"),
        (json!({ "kind": "users" }), "one answer holds all, 0"),
        (json!({ "kind": "users", "users": null }), "one answer holds all, 0"),
    ] {
        let got = all(&ruled, &StandIn::giving([Reply::ok(answer)])).await;
        assert_eq!(format!("{}, {}", got.evidence(), got.records.len()), expected);
    }
    for answer in [json!({}), json!({ "users": things(0..1) }), json!({ "kind": "users", "users": { "a": 1 } }), json!(null)] {
        let got = all(&ruled, &StandIn::new(move |_, _| Reply::ok(&answer))).await;
        got.reason();
    }
    let totalled = list("items $.users ?? []\ntotal $.total ?? $.count");
    let got = all(&totalled, &StandIn::giving([Reply::ok(json!({ "count": 0 }))])).await;
    assert_eq!(got.evidence(), "the announced total of 0 was met");
    let lacking = all(&totalled, &StandIn::new(|_, _| Reply::ok(json!({ "total": 5 })))).await;
    assert!(lacking.reason().contains("announced 5 and gave 0"), "{}", lacking.reason());
    let silent = all(&totalled, &StandIn::new(|_, _| Reply::ok(json!({})))).await;
    assert!(silent.reason().contains("nothing at $.total or $.count"), "{}", silent.reason());
}

/// Rows are lists, and the first of each answer names the columns.
#[tokio::test]
async fn rows_below_a_heading_are_records() {
    let sheet = list("items $.values | headed");
    let answer = json!({ "range": "A1:C4", "values": [["id", "name", "size"], ["t1", "Ann", 12], [], ["t2", ""], ["t3", "Bob", ""]] });
    let got = all(&sheet, &StandIn::giving([Reply::ok(answer)])).await;
    assert_eq!(got.evidence(), "one answer holds all");
    assert_eq!(shown(&sheet, "things", &["id", "name", "size"], &got.records[0]), ["t1", "Ann", "12"]);
    assert_eq!(shown(&sheet, "things", &["id", "name", "size"], &got.records[1]), ["t2", "-", "-"]);
    assert_eq!(got.records[2], r#"{"id":"t3","name":"Bob"}"#);
    let nobody = all(&sheet, &StandIn::giving([Reply::ok(json!({ "values": [["id", "name"]] }))])).await;
    assert_eq!((nobody.evidence(), nobody.records.len()), ("one answer holds all", 0));
    for (values, said) in [
        (json!([["id", "id"], ["t1", "t2"]]), "what is at `$.values` names the column `id` twice"),
        (json!([["id", " "], ["t1", "Ann"]]), "what is at `$.values` has no name for column 2"),
        (json!([["id"], ["t1", "Ann"]]), "what is at `$.values` has a value in column 2 of row 2, which has no name"),
        (json!([]), "what is at `$.values` has no row that names the columns"),
        (json!([{ "id": "t1" }]), "what is at `$.values` has no list in row 1"),
        (json!({ "id": "t1" }), "what is at `$.values` is no list of rows"),
    ] {
        let got = all(&sheet, &StandIn::new(move |_, _| Reply::ok(json!({ "values": values })))).await;
        assert!(got.reason().contains(said), "{}", got.reason());
    }
    // An empty range has no `values`: it is not taken for an empty sheet.
    let empty = all(&sheet, &StandIn::new(|_, _| Reply::ok(json!({ "range": "A1:C4" })))).await;
    assert!(empty.reason().contains("no list at `$.values`"), "{}", empty.reason());
    let ruled = list("items ($.values | headed) ?? []\ndone when $.range is present");
    let got = all(&ruled, &StandIn::giving([Reply::ok(json!({ "range": "A1:C4" }))])).await;
    assert_eq!((got.evidence(), got.records.len()), ("one answer holds all", 0));
    let got = all(&ruled, &StandIn::new(|_, _| Reply::ok(json!({ "range": "A1:C4", "values": [["id", "id"]] })))).await;
    assert!(got.reason().contains("twice"), "a sheet that can't be read is no empty one: {}", got.reason());
}

#[tokio::test]
async fn records_are_at_the_first_place_that_has_them() {
    let system = list("items $.data ?? $.result.items");
    let got = all(&system, &StandIn::giving([Reply::ok(json!({ "result": { "items": things(0..2) } }))])).await;
    assert_eq!(got.records.len(), 2);
    let got = all(&system, &StandIn::giving([Reply::ok(json!({ "data": things(0..1), "result": { "items": things(0..2) } }))])).await;
    assert_eq!(got.records, [r#"{"id":"t0","name":"x"}"#]);
    let got = all(&system, &StandIn::new(|_, _| Reply::ok(json!({ "other": [] })))).await;
    assert!(got.reason().contains("no list at `$.data or $.result.items`"), "{}", got.reason());
}

#[tokio::test]
async fn the_next_page_begins_after_the_last_record() {
    let system = list("query \"after\" = page.cursor\npage by cursor $.data[-1].id size 2\nitems $.data");
    let pages = [json!({ "data": things(0..2) }), json!({ "data": things(2..3) }), json!({ "data": [] })];
    let standin = StandIn::new(move |at, _| Reply::ok(&pages[at]));
    let got = all(&system, &standin).await;
    assert_eq!((got.evidence(), got.records.len()), ("the last page was empty", 3));
    assert_eq!(standin.lines(), ["GET /v1/things", "GET /v1/things?after=t1", "GET /v1/things?after=t2"]);
    let again = StandIn::new(|_, _| Reply::ok(json!({ "data": things(0..2) })));
    assert!(all(&system, &again).await.reason().contains("the same page came twice"));
}

#[tokio::test]
async fn a_cursor_at_either_of_two_places() {
    let system = list("query \"c\" = page.cursor\npage by cursor $.next ?? $.meta.next\nitems $.data");
    let pages = [
        json!({ "data": things(0..1), "next": "a" }),
        json!({ "data": things(1..2), "meta": { "next": 7 } }),
        json!({ "data": things(2..3), "next": null }),
    ];
    let standin = StandIn::new(move |at, _| Reply::ok(&pages[at]));
    let got = all(&system, &standin).await;
    assert_eq!((got.evidence(), got.records.len()), ("there was no cursor for another page", 3));
    assert_eq!(standin.lines(), ["GET /v1/things", "GET /v1/things?c=a", "GET /v1/things?c=7"]);
}

const SHARED: &str = r#"
system api {
  http "https://api.example.com/v1" {
    retry 1 times
    query "tenant" = "7"
    query "n"      = page.size
    page  by link header "Link" size 2
    missing as false
  }
  collection things {
    key   id
    items $.data
    item  $.data
    header "Accept" = "application/json"
    list GET "/things"
    get GET "/things/{id}" { item $ + { id = $.user.login, name = $.profile.name ?? $.name } }
    find by name GET "/things" {
      query "name" = name
    }
    update PATCH "/things/{id}"
    attributes {
      id   : text  at $.id
      name : text? at $.name
      size : int?  at $.size
      left : date? at $.left missing as "0000-00-00", 0
      seen : datetime? at $.seen ?? $.meta.seen format unix_milliseconds
      on   : bool? at $.on
      raw  : json? at $.raw
    }
  }
}
"#;

/// `missing as false` in `http` hides nothing that may be meant: a bool, and any value of raw JSON.
#[test]
fn what_stands_for_missing_in_all_attributes_leaves_ordinary_values_alone() {
    let system = system(SHARED, "api", "things");
    let record = r#"{"id":"a","name":false,"size":false,"seen":false,"on":false,"raw":false}"#;
    assert_eq!(shown(&system, "things", &["name", "size", "seen", "on", "raw"], record), ["-", "-", "-", "false", "false"]);
}

#[tokio::test]
async fn lines_of_the_collection_and_of_http_hold_where_nothing_nearer_says_otherwise() {
    let system = system(SHARED, "api", "things");
    let standin = StandIn::new(|at, _| {
        let reply = Reply::ok(json!({ "data": things(at as u64..at as u64 + 1) }));
        if at == 0 { reply.with("Link", "</v1/things?page=2>; rel=\"next\"") } else { reply }
    });
    let got = all(&system, &standin).await;
    assert_eq!((got.evidence(), got.records.len()), ("there was no link to another page", 2));
    assert_eq!(standin.lines(), ["GET /v1/things?tenant=7&n=2", "GET /v1/things?page=2"]);
    let one = StandIn::giving([Reply::ok(json!({ "name": "Ada", "user": { "login": "ada" }, "size": 3 }))]);
    let got = opened(&system, &one).get(0, &Value::text("ada"), &ask(&system, "things", &["id"])).await.unwrap().record().unwrap();
    let record = String::from_utf8(got.to_vec()).unwrap();
    assert_eq!(shown(&system, "things", &["id", "name", "size"], &record), ["ada", "Ada", "3"]);
    assert_eq!(one.lines(), ["GET /v1/things/ada?tenant=7"]);
}

#[test]
fn values_that_stand_for_missing_and_values_at_either_of_two_places() {
    let system = system(SHARED, "api", "things");
    let names = ["name", "size", "left", "seen", "on"];
    let read = |record: Json| shown(&system, "things", &names, &record.to_string());
    let missing = json!({ "id": "a", "name": false, "size": false, "left": "0000-00-00", "seen": false, "on": false });
    assert_eq!(read(missing), ["-", "-", "-", "-", "false"]);
    let there = json!({ "id": "a", "name": "x", "size": 0, "left": "2026-03-01", "meta": { "seen": 1_772_000_000_500_i64 }, "on": true });
    assert_eq!(read(there), ["x", "0", "2026-03-01", "2026-02-25T06:13:20.5Z", "true"]);
    let zero = json!({ "id": "a", "left": 0, "seen": null, "meta": { "seen": 0 } });
    assert_eq!(read(zero), ["-", "-", "-", "1970-01-01T00:00:00Z", "-"]);
}

const SHOP: &str = r#"
system shop {
  http "https://shop.example.com" {
    retry 1 times
    error $.errors[0].message when $.errors[0] is present
  }
  collection customers {
    key id
    list GET "/customers" { items $.data.customers }
    get GET "/customers/{id}" {
      item $.data.customer
      gone when $.data is present and $.data.customer is missing
    }
    find by email GET "/customers" {
      query "email" = email
      items $.data.customers
    }
    attributes {
      id    : text  at $.id
      email : text? at $.email
    }
  }
}
"#;

/// A record that is shown is there, whatever a rule finds beside it; what the record itself says of a deletion is believed.
#[tokio::test]
async fn an_answer_that_shows_the_record_does_not_say_that_it_is_gone() {
    let get = async |rule: &str, status: u16, answer: Json| {
        let text = SHOP.replace("$.data is present and $.data.customer is missing", rule);
        let (system, standin) = (system(&text, "shop", "customers"), StandIn::new(move |_, _| Reply::ok(&answer).but(status)));
        opened(&system, &standin).get(0, &Value::text("7"), &ask(&system, "customers", &["id"])).await
    };
    let record = json!({ "id": "7", "email": "a@example.com" });
    let found = json!({ "found": false, "data": { "customer": record } });
    let error = get("$.found == false", 200, found.clone()).await.unwrap_err();
    assert_eq!(error.class, ErrorClass::Temporary);
    assert!(error.message.contains("with the record that was asked for, and says that it is gone"), "{}", error.message);
    for nobody in [json!({ "customer": null }), json!({ "customer": { "id": "8" } }), json!({ "customer": { "id": null } }), json!({})] {
        assert_eq!(get("$.found == false", 200, json!({ "found": false, "data": nobody })).await.unwrap(), GetResult::Gone);
    }
    assert_eq!(get("$.found == false", 404, found).await.unwrap(), GetResult::Gone, "it repeats what was asked");
    let deleted = json!({ "data": { "customer": { "id": "7", "deleted": true } } });
    assert_eq!(get("$.data.customer.deleted == true", 200, deleted).await.unwrap(), GetResult::Gone);
}

/// Absence told in a 200.
#[tokio::test]
async fn a_null_record_is_gone_and_nothing_else_is() {
    let system = system(SHOP, "shop", "customers");
    let get = async |answer: Json| {
        let standin = StandIn::new(move |_, _| Reply::ok(&answer));
        opened(&system, &standin).get(0, &Value::text("7"), &ask(&system, "customers", &["id"])).await
    };
    assert_eq!(get(json!({ "data": { "customer": null } })).await.unwrap(), GetResult::Gone);
    assert_eq!(get(json!({ "data": { "shop": 1 } })).await.unwrap(), GetResult::Gone);
    assert!(get(json!({ "data": { "customer": { "id": "7" } } })).await.unwrap().record().is_some());
    for doubtful in [json!({}), json!({ "data": null }), json!({ "data": { "customer": null }, "errors": [{ "message": "throttled" }] })] {
        get(doubtful).await.unwrap_err();
    }
    let find = async |answer: Json| {
        let standin = StandIn::new(move |_, _| Reply::ok(&answer));
        let ask = ask(&system, "customers", &["id"]);
        opened(&system, &standin).find(0, 1, &Value::text("a@example.com"), &ask).await.map(|found| found.len())
    };
    assert_eq!(find(json!({ "data": { "customers": [] } })).await.unwrap(), 0);
    assert_eq!(find(json!({ "data": { "customers": [{ "id": "7" }] } })).await.unwrap(), 1);
    find(json!({ "data": {} })).await.unwrap_err();
    find(json!({ "data": { "customers": [] }, "errors": [{ "message": "throttled" }] })).await.unwrap_err();
}

const ZOOM: &str = r#"
system zoom {
  http "https://zoom.example.com" {
    retry 1 times
    query "size"  = page.size
    query "after" = page.cursor
    page by cursor $.next size 2
    items $.users
  }
  collection users {
    key id
    lists all
    list for each s in ["active", "inactive"] GET "/users" where status == s and kind == "person" {
      query "status" = s
    }
    list GET "/invitations" where status == "pending" {
      items $.invitations
    }
    attributes {
      id     : text  at $.id ?? $.email
      email  : text? at $.email
      status : text one of ["active", "inactive", "pending"] at $.status
      kind   : text? at $.kind
    }
  }
}
"#;

/// One collection from several lists.
#[tokio::test]
async fn several_lists_are_read_together_and_each_tells_what_it_shows() {
    let system = system(ZOOM, "zoom", "users");
    let pages = [
        json!({ "users": [{ "id": "1", "status": "active" }], "next": "c" }),
        json!({ "users": [{ "id": "2" }] }),
        json!({ "users": [] }),
        json!({ "invitations": [{ "email": "p@example.com" }] }),
    ];
    let standin = StandIn::new(move |at, _| Reply::ok(&pages[at]));
    let got = read(&system, &standin, "users", &ReadRequest::default()).await;
    assert_eq!(got.evidence(), "each of its 3 lists was read to its end");
    let all: Vec<_> = got.records.iter().map(|record| shown(&system, "users", &["id", "status", "kind"], record).join(" ")).collect();
    assert_eq!(all, ["1 active person", "2 active person", "p@example.com pending -"]);
    assert_eq!(
        standin.lines(),
        [
            "GET /users?status=active&size=2",
            "GET /users?status=active&size=2&after=c",
            "GET /users?status=inactive&size=2",
            "GET /invitations?size=2"
        ]
    );
}

#[tokio::test]
async fn an_element_that_contradicts_its_list_or_a_list_that_fails_breaks_the_read() {
    let system = system(ZOOM, "zoom", "users");
    let other = StandIn::new(|_, _| Reply::ok(json!({ "users": [{ "id": "1", "status": "inactive" }] })));
    let got = read(&system, &other, "users", &ReadRequest::default()).await;
    assert!(got.reason().starts_with("the list for `active`: an element has `status` inactive"), "{}", got.reason());
    let pages = [json!({ "users": [] }), json!({ "users": [] }), json!({ "error": "no" })];
    let broken = StandIn::new(move |at, _| Reply::ok(&pages[at.min(2)]));
    let got = read(&system, &broken, "users", &ReadRequest::default()).await;
    assert!(got.reason().contains("no list at `$.invitations`"), "{}", got.reason());
}

/// Rules that a page meets which is merely short.
const SHORT: [&str; 7] = [
    "last page when $.more == false or page.count < page.size",
    "last page when page.count < 2",
    "last page when page.count == 1",
    "last page when page.count < page.size and $.data is present",
    "last page when $.data[1] is missing and $.data is present",
    "last page when page.count < page.size and $.total >= 0",
    "last page when $.more == false\nlast page when page.count in [0, 1]",
];

/// A short page alone is weak evidence, however it is declared.
#[tokio::test]
async fn a_short_page_is_weak_and_a_sign_of_the_vendor_is_not() {
    let paged = |lines: &str| list(&format!("query \"page\" = page.number\npage by number size 2\nitems $.data\n{lines}"));
    let ends = async |lines: &str, answer: Json| {
        let standin = StandIn::new(move |_, _| Reply::ok(&answer));
        let got = all(&paged(lines), &standin).await;
        (got.read.end.is_complete(), got.read.weak.is_some())
    };
    assert_eq!(ends("", json!({ "data": things(0..1) })).await, (true, true));
    assert_eq!(ends("last page when page.count < page.size", json!({ "data": things(0..1) })).await, (true, true));
    assert_eq!(ends("", json!({ "data": [] })).await, (true, true));
    for rule in SHORT {
        let mut answer = json!({ "data": things(0..1), "more": true, "total": 9 });
        // What no line reads would say that this page is not the last.
        answer.as_object_mut().unwrap().retain(|name, _| rule.contains(&format!("$.{name}")) || name == "data");
        assert_eq!(ends(rule, answer).await, (true, true), "{rule}");
    }
    for rule in ["last page when $.more == false and page.count < page.size", "last page when $.total == page.count"] {
        assert_eq!(ends(rule, json!({ "data": things(0..1), "more": false, "total": 1 })).await, (true, false), "{rule}");
    }
    assert_eq!(ends("total $.total", json!({ "data": things(0..1), "total": 1 })).await, (true, false));
    assert_eq!(ends("last page when $.more == false", json!({ "data": things(0..1), "more": false })).await, (true, false));
}

/// Several lists, of which one can't ask for changes: all are read whole.
#[tokio::test]
async fn changes_are_asked_for_only_where_every_list_can() {
    let lists = "list GET \"/a\" {\nitems $.data\nquery \"since\" = since\n}\nlist GET \"/b\" {\nitems $.data\n}";
    let system = api("", lists);
    let standin = StandIn::new(|_, _| Reply::ok(json!({ "data": [] })));
    let ask = ReadRequest { since: Some("2026-01-01T00:00:00Z".parse().unwrap()), ..ReadRequest::default() };
    let got = read(&system, &standin, "things", &ask).await;
    assert_eq!(
        (got.evidence(), standin.lines()),
        ("each of its 2 lists was read to its end", vec!["GET /v1/a".into(), "GET /v1/b".into()])
    );
}

/// A look-up whose answer is the record itself.
#[tokio::test]
async fn a_look_up_may_answer_one_record_without_a_list() {
    for (items, wrapped) in [("$.customer", true), ("$", false), ("$.customer ?? []", true)] {
        let lines =
            if items.contains("[]") { format!("items {items}\n      done when $.kind == \"customer\"") } else { format!("items {items}") };
        let system = system(&SHOP.replacen("items $.data.customers\n    }", &format!("{lines}\n    }}"), 1), "shop", "customers");
        let find = async |one: Json| {
            let answer = if wrapped { json!({ "customer": one, "kind": "customer" }) } else { one };
            let standin = StandIn::new(move |_, _| Reply::ok(&answer));
            let ask = ask(&system, "customers", &["id"]);
            opened(&system, &standin).find(0, 1, &Value::text("a@example.com"), &ask).await.map(|found| found.len())
        };
        assert_eq!(find(json!({ "id": "7" })).await.unwrap(), 1, "{items}");
        assert_eq!(find(json!([{ "id": "7" }])).await.unwrap(), 1, "{items}");
        for none in [json!("7"), json!({ "message": "try later" }), json!({})] {
            find(none).await.unwrap_err();
        }
        assert_eq!(find(Json::Null).await.ok(), items.contains("[]").then_some(0), "{items}");
    }
}

#[tokio::test]
async fn a_list_is_never_one_record() {
    let standin = StandIn::giving([Reply::ok(json!({ "data": { "id": "7" } }))]);
    let got = all(&list("items $.data"), &standin).await;
    assert!(got.reason().contains("no list"), "{}", got.reason());
}
