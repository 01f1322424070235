//! What ends a list, and what is not taken for an end: each shape of cursor, link and total, and each status of a page.

use super::{
    declared::{self, api, read},
    *,
};
use serde_json::{Value as Json, json};

fn list(lines: &str) -> Arc<System> {
    api("error $.errors[0].message", &format!("list GET \"/things\" {{\n items $.data\n {lines}\n }}"))
}

const CURSOR: &str = "query \"after\" = page.cursor\n page by cursor $.meta.next size 37";
const LINK: &str = "query \"n\" = page.size\n page by link $.meta.next size 37";

fn things(ids: std::ops::Range<u64>) -> Json {
    ids.map(|id| json!({ "id": format!("t{id}") })).collect()
}

async fn came_to(system: &Arc<System>, standin: &StandIn) -> String {
    declared::came_to(system, standin, &ReadRequest::default()).await
}

#[tokio::test]
async fn a_cursor_or_a_link_of_a_wrong_kind_is_no_end() {
    for (lines, what) in [(CURSOR, "cursor for another page"), (LINK, "link to another page")] {
        for (next, shape) in [
            (json!({}), "an object"),
            (json!([]), "a list"),
            (json!(["p2"]), "a list"),
            (json!(false), "`false`"),
            (json!(true), "`true`"),
            (json!(" "), "a blank text"),
        ] {
            let came =
                came_to(&list(lines), &StandIn::giving([Reply::ok(json!({ "data": things(0..3), "meta": { "next": next } }))])).await;
            let expected =
                format!("`api` answers GET /v1/things with 200 and {shape} at $.meta.next, which neither leads to the next page");
            assert!(came.starts_with(&expected), "{next}: {came}");
        }
        for end in [json!({ "next": null }), json!({ "next": "" }), json!({}), json!(null)] {
            let came = came_to(&list(lines), &StandIn::giving([Reply::ok(json!({ "data": things(0..3), "meta": end }))])).await;
            assert_eq!(came, format!("complete: there was no {what}"), "{end}");
        }
    }
    let zero = || StandIn::giving([Reply::ok(json!({ "data": things(0..3), "meta": { "next": 0 } }))]);
    assert!(came_to(&list(CURSOR), &zero()).await.starts_with("the same page came twice"), "a number may be a cursor, and is no end");
    assert!(came_to(&list(LINK), &zero()).await.contains("and `0` at $.meta.next"));
    // What the vendor writes for none can be declared.
    let declared = list(&format!("{CURSOR}\n last page when $.meta.next == false"));
    let standin = StandIn::giving([Reply::ok(json!({ "data": things(0..3), "meta": { "next": false } }))]);
    assert_eq!(came_to(&declared, &standin).await, "complete: the system said that it was the end");
}

/// A sign of the end counts on a page, and not in the answer of a refusal or an outage that has the same member.
#[tokio::test]
async fn an_error_that_has_the_sign_of_the_end_ends_nothing() {
    let number = "query \"page\" = page.number\n page by number size 3";
    for (lines, sign) in [
        (format!("{number}\n last page when $.more == false"), json!({ "more": false, "why": "down" })),
        (format!("{number}\n last page when $.next == false"), json!({ "next": false })),
        (format!("{CURSOR}\n last page when $.next == \"end\" or status == 404"), json!({ "next": "end" })),
    ] {
        for status in [301, 400, 401, 403, 429, 500, 503] {
            for at in [0, 1] {
                let page = |from: u64| Reply::ok(json!({ "data": things(from..from + 3), "more": true, "meta": { "next": from + 3 } }));
                let sign = sign.clone();
                let standin = StandIn::new(
                    move |before, _| if before >= at { Reply::new(status, sign.to_string()) } else { page(3 * before as u64) },
                );
                let came = came_to(&list(&lines), &standin).await;
                assert!(!came.starts_with("complete"), "{status} at page {at} of `{lines}`: {came}");
            }
        }
    }
    let named = list(&format!("{number}\n last page when status == 404 and $.code == 3"));
    let ending = |status: u16, code: u64| {
        StandIn::new(move |before, _| match before {
            0 => Reply::ok(json!({ "data": things(0..3) })),
            _ => Reply::new(status, json!({ "code": code }).to_string()),
        })
    };
    assert_eq!(came_to(&named, &ending(404, 3)).await, "complete: the declared status came");
    for (status, code) in [(404, 4), (410, 3), (500, 3)] {
        assert!(!came_to(&named, &ending(status, code)).await.starts_with("complete"), "{status} {code}");
    }
}

/// The place is mistyped, or was renamed by the vendor.
#[tokio::test]
async fn a_place_that_is_never_found_is_no_end_of_a_full_page() {
    let page = |seen: &standin::Seen| {
        let size = seen.query("n").map_or(37, |size| size.parse().unwrap());
        json!({ "data": things(0..size), "meta": { "further": "37" } })
    };
    let wrong = "the page is full, and no page ever had anything at $.meta.nxt, where the next one is declared to be: if the place is right, \
                 declare a `total`, `last page when …`, or another page size";
    for lines in [CURSOR, LINK, "query \"n\" = page.size\n query \"after\" = page.cursor\n page by cursor $.meta.next size 37"] {
        let mistyped = list(&lines.replace("next", "nxt"));
        assert_eq!(came_to(&mistyped, &StandIn::new(move |_, seen| Reply::ok(page(seen)))).await, wrong, "{lines}");
    }
    // A system that cuts pages to its own size is found out too.
    let capped = StandIn::new(|_, seen| {
        Reply::ok(json!({ "data": things(0..25.min(seen.query("n").unwrap().parse().unwrap())), "further": "?p=2" }))
    });
    assert_eq!(came_to(&list(&LINK.replace("next", "nxt")), &capped).await, wrong);
}

/// A list of exactly one page, whose system leaves the place out on the last one: a smaller page shows that the place is right.
#[tokio::test]
async fn a_full_page_that_is_the_last_is_proved_by_a_smaller_one() {
    let exactly = |all: u64| {
        StandIn::new(move |_, seen| {
            let size: u64 = seen.query("n").unwrap().parse().unwrap();
            let reply = json!({ "data": things(0..all.min(size)), "meta": { "total": all } });
            let next = |reply: Json| {
                let mut reply = reply;
                reply["meta"]["next"] = json!("?p=2");
                reply
            };
            Reply::ok(if size < all { next(reply) } else { reply })
        })
    };
    for (all, asked) in [(37, 2), (25, 2), (12, 1), (0, 1)] {
        let standin = exactly(all);
        assert_eq!(came_to(&list(LINK), &standin).await, "complete: there was no link to another page", "{all}");
        assert_eq!(standin.count(), asked, "{all}");
    }
    let totalled = exactly(37);
    assert_eq!(came_to(&list(&format!("{LINK}\n total $.meta.total")), &totalled).await, "complete: the announced total of 37 was met");
    // The total may be that of the page, and the place a wrong one.
    assert_eq!(totalled.count(), 2);
}

/// Nothing says how many records a page has, or the system does not ask: a place that is not found may be a wrong one (rule 28).
#[tokio::test]
async fn a_place_that_is_never_found_is_a_weak_end_of_a_page_that_may_be_cut() {
    let sent = "query \"n\" = page.size\n";
    let cursor = |size: &str| format!("query \"after\" = page.cursor\n page by cursor $.meta.nxt{size}");
    let link = |size: &str| format!("page by link $.meta.nxt{size}");
    let lines = [cursor(""), link(""), link(" size 1000"), format!("{sent} {}", link("")), format!("{sent} {}", cursor(""))];
    for lines in &lines {
        for (count, weak) in [(0, false), (9, false), (10, true), (15, true), (20, true), (37, true), (50, true), (75, true), (99, true)] {
            let standin = StandIn::new(move |_, _| Reply::ok(json!({ "data": things(0..count), "meta": { "further": "p2" } })));
            let got = read(&list(lines), &standin, "things", &ReadRequest::default()).await;
            assert_eq!((got.read.end.is_complete(), got.read.weak.is_some()), (true, weak), "{count} {lines}");
        }
    }
    let standin = StandIn::giving([Reply::ok(json!({ "data": things(0..37), "meta": { "further": "p2" } }))]);
    let got = read(&list(&lines[1]), &standin, "things", &ReadRequest::default()).await;
    insta::assert_snapshot!(got.read.weak.unwrap(), @"the list ends after its first page of 37 records because there is nothing at $.meta.nxt, where the next one is declared to be, which may be the wrong place: add the `size N` of a page and send it by `page.size`, a `total`, or `last page when …`");
}

/// A system that cuts a page to a size of its own, whatever is asked for.
#[tokio::test]
async fn a_page_that_a_system_cuts_to_a_usual_size_is_a_weak_end() {
    for (asked, cut, weak) in [(500, 400, true), (500, 37, false), (100, 40, true), (37, 15, true), (37, 10, true), (37, 11, false)] {
        for way in ["page by link $.meta.nxt", "query \"after\" = page.cursor\n page by cursor $.meta.nxt"] {
            let system = list(&format!("query \"n\" = page.size\n {way} size {asked}"));
            let standin = StandIn::new(move |_, _| Reply::ok(json!({ "data": things(0..cut), "meta": { "further": "p2" } })));
            let got = read(&system, &standin, "things", &ReadRequest::default()).await;
            assert_eq!((got.read.end.is_complete(), got.read.weak.is_some()), (true, weak), "{cut} of {asked} {way}");
        }
    }
    // What is there says that this is the last page: null, a blank text, and the declared sign.
    for (line, meta) in
        [("", json!({ "nxt": null })), ("", json!({ "nxt": "" })), ("last page when $.meta.more == false", json!({ "more": false }))]
    {
        let standin = StandIn::giving([Reply::ok(json!({ "data": things(0..50), "meta": meta }))]);
        let got = read(&list(&format!("page by link $.meta.nxt\n {line}")), &standin, "things", &ReadRequest::default()).await;
        assert_eq!((got.read.end.is_complete(), got.read.weak), (true, None), "{line}");
    }
}

#[tokio::test]
async fn a_cursor_in_the_last_element_is_there_or_the_read_is_broken() {
    let lines = "query \"after\" = page.cursor\n page by cursor $.data[-1].no size 2";
    let none = "the last record of a page has nothing at $.data[-1].no, which the next page begins after";
    for last in [json!({ "id": "t2" }), json!({ "id": "t2", "no": null })] {
        let body = json!({ "data": [{ "id": "t1", "no": "1" }, last] });
        assert_eq!(came_to(&list(lines), &StandIn::giving([Reply::ok(body)])).await, none);
    }
    let standin =
        StandIn::new(|at, _| Reply::ok(if at == 0 { json!({ "data": [{ "id": "t1", "no": "1" }] }) } else { json!({ "data": [] }) }));
    assert_eq!(came_to(&list(lines), &standin).await, "complete: there was no cursor for another page");
}

/// A total that is not a whole number proves nothing, and null is no list whatever the total says.
#[tokio::test]
async fn a_total_is_proved_or_the_read_is_broken() {
    let totalled = list("total $.count");
    for count in [json!(3), json!("3"), json!(3.0)] {
        let came = came_to(&totalled, &StandIn::giving([Reply::ok(json!({ "data": things(0..3), "count": count }))])).await;
        assert_eq!(came, "complete: the announced total of 3 was met", "{count}");
    }
    for (count, shape) in [
        (json!(null), "null"),
        (json!(3.5), "`3.5`"),
        (json!(-1), "`-1`"),
        (json!({ "value": 3 }), "an object"),
        (json!("many"), "a text"),
        (json!(true), "`true`"),
    ] {
        let came = came_to(&totalled, &StandIn::giving([Reply::ok(json!({ "data": things(0..3), "count": count }))])).await;
        assert_eq!(came, format!("`api` answers GET /v1/things with 200 and {shape} at $.count, where the total is declared to be"));
    }
    let came = came_to(&totalled, &StandIn::giving([Reply::ok(json!({ "data": things(0..3) }))])).await;
    assert!(came.contains("and nothing at $.count"), "{came}");
    let null = || StandIn::giving([Reply::ok(json!({ "data": null, "count": 0 }))]);
    assert!(came_to(&totalled, &null()).await.contains("no list at `$.data`, which is not taken for an empty one"));
    let declared = api("", "list GET \"/things\" {\n items $.data ?? []\n total $.count\n }");
    assert_eq!(came_to(&declared, &null()).await, "complete: the announced total of 0 was met");
    let absent = || StandIn::giving([Reply::ok(json!({ "count": 0 }))]);
    assert!(came_to(&totalled, &absent()).await.contains("no list at `$.data`, which is not taken for an empty one"));
    assert_eq!(came_to(&declared, &absent()).await, "complete: the announced total of 0 was met");
}

/// `total?`: a page may leave its total out, and no other shape is taken for one that does.
#[tokio::test]
async fn a_total_that_may_be_left_out_counts_where_it_is_there() {
    let paged = api("", "list GET \"/things\" {\n items $.data\n total? $.count\n query \"at\" = page.offset\n page by offset size 2\n }");
    let pages = |totals: &[Json]| {
        let page = |(at, total): (u64, &Json)| Reply::ok(json!({ "data": things(at * 2..(at * 2 + 2).min(3)), "count": total }));
        let mut pages: Vec<Reply> = (0..).zip(totals).map(page).collect();
        pages.push(Reply::ok(json!({ "data": [] })));
        StandIn::giving(pages)
    };
    for totals in [[json!(3), json!(null)], [json!(null), json!(3)], [json!(3), json!(3)]] {
        assert_eq!(came_to(&paged, &pages(&totals)).await, "complete: the announced total of 3 was met", "{totals:?}");
    }
    let came = came_to(&paged, &pages(&[json!(9), json!(null)])).await;
    assert!(came.contains("9") && !came.starts_with("complete"), "{came}");
    let came = came_to(&paged, &pages(&[json!(null), json!(null)])).await;
    assert!(!came.contains("total"), "no total is met: {came}");
    for odd in [json!(-1), json!("many"), json!([3]), json!(true)] {
        let came = came_to(&paged, &pages(&[odd.clone(), json!(3)])).await;
        assert!(came.contains("where the total is declared to be"), "{odd}: {came}");
    }
}

/// A total is declared for each page: one that a later page leaves out, or has in another form, is not known to be the same.
#[tokio::test]
async fn a_total_on_the_first_page_alone_breaks_the_read() {
    for lines in [
        "query \"page\" = page.number\n page by number size 2\n total $.meta.count",
        "query \"skip\" = page.offset\n page by offset size 2\n total $.meta.count",
        "query \"after\" = page.cursor\n page by cursor $.meta.next\n total $.meta.count",
        "page by link $.meta.next\n total $.meta.count",
    ] {
        for (later, shape) in [
            (json!({}), "nothing"),
            (json!({ "count": null }), "null"),
            (json!({ "count": "" }), "a blank text"),
            (json!({ "count": [4] }), "a list"),
        ] {
            let later = later.clone();
            let standin = StandIn::new(move |at, _| match at {
                0 => Reply::ok(json!({ "data": things(0..2), "meta": { "count": 4, "next": "?p=2" } })),
                _ => Reply::ok(json!({ "data": things(2..4), "meta": later })),
            });
            let came = came_to(&list(lines), &standin).await;
            assert!(came.contains(&format!("and {shape} at $.meta.count, where the total is declared to be")), "{lines} {shape}: {came}");
        }
    }
}

/// Part of a result, and an error beside it, as GraphQL answers.
#[tokio::test]
async fn an_error_beside_a_list_breaks_the_read() {
    for body in [
        json!({ "data": things(0..3), "errors": [{ "message": "shard 3 timed out" }] }),
        json!({ "data": [], "errors": [{ "message": "shard 3 timed out" }, { "message": "and shard 4" }] }),
    ] {
        let came = came_to(&list(""), &StandIn::giving([Reply::ok(body)])).await;
        assert!(came.contains("shard 3 timed out"), "{came}");
    }
    let none = StandIn::giving([Reply::ok(json!({ "data": things(0..3), "errors": [] }))]);
    assert_eq!(came_to(&list(""), &none).await, "complete: one answer holds all");
}

/// A list of what a system calls messages or notices: they are the records, whatever kind each of them has.
#[tokio::test]
async fn records_about_failures_are_records() {
    for name in ["messages", "notices", "errors"] {
        let list = api("", &format!("list GET \"/things\" {{\n items $.{name}\n }}"));
        let records: Vec<Json> = (0..2).map(|id| json!({ "id": id.to_string(), "type": "error", "severity": "error" })).collect();
        let own = StandIn::giving([Reply::ok(json!({ (name): records }))]);
        assert_eq!(came_to(&list, &own).await, "complete: one answer holds all", "{name}");
        let beside = StandIn::giving([Reply::ok(json!({ (name): records, "warnings": [{ "type": "error" }] }))]);
        assert!(!came_to(&list, &beside).await.starts_with("complete"), "{name}");
    }
}

/// What a rule asks for is not there, so it has said nothing of what is.
#[tokio::test]
async fn an_error_of_another_shape_than_its_rule_asks_for_breaks_the_read() {
    let of = |error: &str| api(error, "list GET \"/things\" {\n items $.data\n }");
    let first = "error $.errors[0].message";
    for (error, name, beside) in [
        (first, "errors", json!(["shard 3 timed out"])),
        (first, "errors", json!([{ "text": "cut" }])),
        (first, "errors", json!({ "message": "cut" })),
        (first, "errors", json!("cut")),
        (first, "errors", json!([{ "message": "", "extensions": { "code": "TIMEOUT" } }])),
        ("error $.error.message", "error", json!("cut")),
        ("error $.error.message code $.error.code { \"7\" is temporary }", "error", json!({ "text": "cut" })),
        ("error $.errors[0].message when $.errors[0].message is present", "errors", json!(["cut"])),
        ("error $.why when $.error.code == 7", "error", json!({ "number": 7 })),
    ] {
        let body = json!({ "data": things(0..3), name: beside });
        let came = came_to(&of(error), &StandIn::giving([Reply::ok(body.clone())])).await;
        assert!(came.contains(&format!("and something in `{name}` beside the list at `$.data`")), "{error} {body}: {came}");
    }
    for (error, name, beside) in [
        (first, "errors", json!([])),
        (first, "errors", json!(null)),
        (first, "errors", json!([{ "code": 0, "message": "" }])),
        ("error $.error.message", "error", json!(false)),
        ("error $.error.message", "error", json!({ "code": "none", "text": "OK", "time": 3 })),
        ("error $.messages[0].text when $.status == \"error\"", "messages", json!([{ "text": "sorted by name" }])),
        ("error $.why when $.error.code == 7", "error", json!({ "code": 3, "text": "nothing new" })),
        ("error $.why when $.errors[?@.grave == true] is present", "errors", json!([{ "grave": false, "text": "slow" }])),
        ("error $.errors[0].text when $.status == \"failed\"", "errors", json!(["of somebody"])),
        ("", "messages", json!(["sorted by name"])),
    ] {
        let body = json!({ "data": things(0..3), name: beside });
        let came = came_to(&of(error), &StandIn::giving([Reply::ok(body.clone())])).await;
        assert_eq!(came, "complete: one answer holds all", "{error} {body}");
    }
    // What records have of that name is theirs.
    let records = json!({ "data": [{ "id": "t1", "errors": ["late"], "next": "t2", "messages": ["hello"] }] });
    assert_eq!(came_to(&of(first), &StandIn::giving([Reply::ok(records)])).await, "complete: one answer holds all");
}

/// Half of a character, a number out of range, too many levels: there is something, and it is not known to be nothing.
#[tokio::test]
async fn what_can_not_be_built_is_not_taken_for_nothing() {
    let deep = format!("{}{}", "[".repeat(200), "]".repeat(200));
    let message = "error $.error.message";
    for (error, rest) in [
        (message, r#""error": {"message": "cut\ud83d"}"#),
        (message, r#""error": {"message": 1e999}"#),
        (message, &format!(r#""error": {{"message": {deep}}}"#)),
        (message, r#""x\ud83d": 1, "error": {"message": "cut"}"#),
        ("error $.why when $.error.message is present", r#""error": {"message": "cut\ud83d"}"#),
        ("error $.why when $.error.message is present", r#""error": {"message": 1e999}"#),
        ("error $.errors[0].message", r#""errors": [{"message": "cut", "more": 1e999}]"#),
        ("error $.errors[0].message", &format!(r#""errors": [{{"message": "cut", "more": {deep}}}]"#)),
        ("error $.errors[*].message", r#""errors": [{"message": "a"}, {"message": "b\ud83d"}]"#),
        ("", r#""meta": {"errors": [{"message": "cut\ud83d"}]}"#),
        ("", r#""meta": {"errors": ["cut"], "errors": []}"#),
        ("", r#""meta": {"status": 1e999}"#),
        ("", r#""x\ud83d": 1, "errors": ["cut"]"#),
        ("", r#""meta": {"next": "/2", "title": "x\ud83d"}"#),
        ("", r#""meta": {"next": "/2", "next": null}"#),
        ("", r#""meta": {"next": 1e999}"#),
        ("", r#""total": 1e999"#),
        ("", r#""x\ud83d": 1, "next": "/2""#),
    ] {
        let system = api(error, "list GET \"/things\" {\n items $.data\n }");
        for body in
            [format!(r#"{{"data": [], {rest}}}"#), format!(r#"{{"data": [{{"id": "t1"}}], {rest}}}"#), format!(r#"{{{rest}, "data": []}}"#)]
        {
            let came = came_to(&system, &StandIn::giving([Reply::ok(body.clone())])).await;
            assert!(!came.starts_with("complete"), "{error} {body}: {came}");
        }
    }
    for (error, rest) in [
        (message, r#""error": null, "title": "x\ud83d""#),
        (message, r#""x\ud83d": 1e999, "error": {"code": 0, "message": ""}"#),
        ("error $.errors[*].message", r#""errors": [], "deep": 1e999"#),
        ("", r#""meta": {"next": null, "errors": [], "title": "x\ud83d"}, "messages": ["x\ud83d"]"#),
    ] {
        let system = api(error, "list GET \"/things\" {\n items $.data\n }");
        let came = came_to(&system, &StandIn::giving([Reply::ok(format!(r#"{{"data": [{{"id": "t1", "x": 1e999}}], {rest}}}"#))])).await;
        assert_eq!(came, "complete: one answer holds all", "{error} {rest}");
    }
}

/// A part of a list, a list that is still made, and one that a proxy has changed.
#[tokio::test]
async fn a_page_has_the_status_200_or_one_that_is_declared() {
    let page = |status: u16| Reply::new(status, json!({ "data": things(0..3), "ok": true }).to_string());
    for status in [201, 202, 203, 206] {
        let came = came_to(&list(""), &StandIn::giving([page(status)])).await;
        let expected = format!(
            "`api` answers GET /v1/things with {status}, which is not taken for a whole page: where it is one, say `done when status in [200, {status}]`"
        );
        assert_eq!(came, expected);
        let declared = list(&format!("done when status in [200, {status}]"));
        assert_eq!(came_to(&declared, &StandIn::giving([page(status)])).await, "complete: one answer holds all");
        // A rule about something else says nothing of the status.
        let other = list("done when $.ok == true");
        assert_eq!(came_to(&other, &StandIn::giving([page(status)])).await, expected);
    }
    assert!(came_to(&list(""), &StandIn::giving([Reply::new(204, "")])).await.contains("and no content"));
    let later = StandIn::new(move |at, _| {
        let body = json!({ "data": things(at as u64..at as u64 + 1), "meta": { "next": format!("p{at}") } });
        if at == 0 { Reply::ok(body) } else { Reply::new(206, body.to_string()) }
    });
    assert!(came_to(&list(CURSOR), &later).await.contains("with 206, which is not taken for a whole page"));
}

/// Pages of nothing but removed records lead on like any other: the cursor is that of the last element, and an empty page is the end.
#[tokio::test]
async fn a_page_of_removed_records_leads_to_the_next() {
    let row = |row: &str| if let Some(gone) = row.strip_prefix('-') { json!({ "id": gone, "gone": true }) } else { json!({ "id": row }) };
    for (item, pages) in [
        ("", &["t1 t2", "-t3 -t4", "t5 -t6", ""][..]),
        ("item { id = $.id }", &["-t1 -t2", "-t3 -t4", "t5 -t6", ""]),
        ("", &["-t1 -t2", "-t3 -t4", "-t5 -t6", "-t7 -t8", "t9", ""]),
    ] {
        let system = api(
            "",
            &format!(
                "list GET \"/things\" {{\n query \"after\" = page.cursor\n page by cursor $.data[-1].id size 2\n items $.data {{\n removed when $.gone == true\n {item}\n }}\n }}"
            ),
        );
        let standin = StandIn::new(move |at, _| Reply::ok(json!({ "data": pages[at].split_whitespace().map(row).collect::<Json>() })));
        let got = read(&system, &standin, "things", &ReadRequest::default()).await;
        assert!(got.read.end.is_complete(), "{pages:?}: {:?}", got.read.end);
        let lasts: Vec<_> = standin.seen().iter().filter_map(|seen| seen.query("after")).collect();
        let expected: Vec<_> =
            pages.iter().filter_map(|page| Some(page.split_whitespace().last()?.trim_start_matches('-').to_owned())).collect();
        assert_eq!(lasts, expected, "{pages:?}");
        let shown = |gone: bool| pages.join(" ").split_whitespace().filter(|row| row.starts_with('-') == gone).count();
        assert_eq!((got.records.len(), got.read.removed.len()), (shown(false), shown(true)), "{pages:?}");
    }
}

/// An empty page is no sign of the end where another one is declared: it goes on, and is broken where nothing new comes.
#[tokio::test]
async fn an_empty_page_does_not_end_a_list_that_says_there_is_more() {
    const BARREN: &str = "3 pages in a row brought no new record, and there is still another: the list may never end";
    let by = |pager: &str| list(&format!("query \"p\" = page.{pager}\n page by {pager} size 2\n last page when $.more == false"));
    for system in [by("number"), by("offset")] {
        for more in [Some("true"), Some("\"maybe\""), Some("null"), None] {
            let more = more.map(|more| serde_json::from_str::<Json>(more).unwrap());
            for before in [0, 2] {
                let more = more.clone();
                let standin = StandIn::new(move |at, _| {
                    let ids = if at == 0 { 0..before } else { 0..0 };
                    let data = json!({ "data": things(ids) });
                    let said = |more: &Json| json!({ "data": data["data"], "more": more });
                    Reply::ok(more.as_ref().map_or(data.clone(), said))
                });
                assert_eq!(came_to(&system, &standin).await, BARREN, "after {before}: {:?}", standin.lines());
            }
        }
    }
    // One or two empty pages are usual: a system may filter a page after it was cut.
    let filtered = StandIn::new(|at, _| {
        Reply::ok(match at {
            0 => json!({ "data": things(0..2), "more": true }),
            1 => json!({ "data": [], "more": true }),
            _ => json!({ "data": things(2..3), "more": false }),
        })
    });
    let by_number = by("number");
    let got = read(&by_number, &filtered, "things", &ReadRequest::default()).await;
    assert_eq!((got.evidence(), got.records.len()), ("the system said that it was the end", 3));
    let after = list("query \"after\" = page.cursor\n page by cursor $.data[-1].id size 2\n last page when $.more == false");
    let standin = StandIn::new(|at, _| Reply::ok(json!({ "data": things(0..if at == 0 { 2 } else { 0 }), "more": true })));
    assert_eq!(came_to(&after, &standin).await, "the last page was empty, and the system did not say that it was the end");
}

#[tokio::test]
async fn a_total_of_zero_is_no_end_where_a_page_leads_on() {
    let nothing = "the answer announces no record at all, and says that there is another page";
    for (lines, page) in [
        (CURSOR, json!({ "data": [], "total": 0, "meta": { "next": "c2" } })),
        (LINK, json!({ "data": [], "total": 0, "meta": { "next": "?p=2" } })),
        (
            "query \"p\" = page.number\n page by number size 2\n last page when $.more == false",
            json!({ "data": [], "total": 0, "more": true }),
        ),
    ] {
        let system = list(&format!("{lines}\n total $.total"));
        assert_eq!(came_to(&system, &StandIn::new(move |_, _| Reply::ok(&page))).await, nothing, "{lines}");
    }
    let system = list(&format!("{CURSOR}\n total $.total"));
    let none = StandIn::giving([Reply::ok(json!({ "data": [], "total": 0, "meta": {} }))]);
    assert_eq!(came_to(&system, &none).await, "complete: the announced total of 0 was met");
}

/// An answer that was cut looks like a page that is not full, with records or without.
#[tokio::test]
async fn a_page_that_is_not_full_is_a_weak_end() {
    for (line, ids, weak) in [
        ("", 0..1, true),
        ("", 0..0, true),
        ("last page when page.count < page.size", 0..1, true),
        ("last page when page.count < page.size", 0..0, true),
        ("last page when page.count == 0", 0..0, false),
        ("last page when $.more == false", 0..1, false),
    ] {
        let system = list(&format!("query \"p\" = page.number\n page by number size 2\n {line}"));
        let page = json!({ "data": things(ids.clone()), "more": false });
        let got = read(&system, &StandIn::new(move |_, _| Reply::ok(&page)), "things", &ReadRequest::default()).await;
        assert_eq!(got.read.weak.is_some(), weak, "{line} {ids:?}");
    }
}

/// Whether a record was removed can't be told by a rule that can't be worked out.
#[tokio::test]
async fn an_element_that_may_be_of_a_removed_record_breaks_its_page() {
    let system = api(
        "",
        "list GET \"/things\" {\n items $.data {\n removed when $.deleted is present and (\"{$.deleted}\" | lower) == \"true\"\n }\n }",
    );
    for (deleted, removed) in [("\"TRUE\"", Some(1)), ("\"no\"", Some(0)), ("null", Some(0)), ("true", None), ("{}", None)] {
        let body = format!("{{\"data\": [{{\"id\": \"a\", \"deleted\": {deleted}}}]}}");
        let got = read(&system, &StandIn::giving([Reply::ok(body)]), "things", &ReadRequest::default()).await;
        assert_eq!(got.read.end.is_complete(), removed.is_some(), "{deleted}: {:?}", got.read.end);
        assert_eq!(removed.unwrap_or(0), got.read.removed.len(), "{deleted}");
    }
}

/// GitLab sends `x-next-page` with nothing in it on the last page. Where a proxy takes the header away, nothing says that it is the end.
#[tokio::test]
async fn a_header_with_nothing_in_it_ends_a_list_and_one_that_is_not_sent_does_not() {
    let pages = |last: Option<&'static str>| {
        StandIn::new(move |before, _| {
            let page = Reply::ok(json!({ "data": things(before as u64 * 3..before as u64 * 3 + 3) }));
            match (before, last) {
                (0, _) => page.with("x-next-page", "2"),
                (1, Some(next)) => page.with("x-next-page", next),
                (1, None) => page,
                _ => Reply::new(500, ""),
            }
        })
    };
    for sign in ["header \"x-next-page\" == \"\"", "header \"x-next-page\" in [\"\", \"0\"]"] {
        let system = list(&format!("query \"page\" = page.number\n page by number size 3\n last page when {sign}"));
        assert_eq!(came_to(&system, &pages(Some(""))).await, "complete: the system said that it was the end", "{sign}");
        assert!(!came_to(&system, &pages(None)).await.starts_with("complete"), "{sign}");
        assert!(!came_to(&system, &pages(Some("3"))).await.starts_with("complete"), "{sign}");
    }
}

/// Numbers that are made of members end a list; what is no number says nothing.
#[tokio::test]
async fn a_last_page_rule_may_calculate_with_members() {
    let came = async |sign: &str, last: Json| {
        let pages = StandIn::new(move |before, _| {
            let mut page = json!({ "data": things(before as u64 * 3..before as u64 * 3 + 3), "page": 1, "size": 3, "total": 6 });
            if before > 0 {
                page.as_object_mut().unwrap().extend(last.as_object().unwrap().clone());
            }
            if before < 2 { Reply::ok(page) } else { Reply::new(500, "") }
        });
        let system = list(&format!("query \"page\" = page.number\n page by number size 3\n last page when {sign}"));
        came_to(&system, &pages).await
    };
    for sign in ["$.page * $.size >= $.total", "$.page * page.size >= $.total", "$.total - $.page * $.size <= 0"] {
        assert_eq!(came(sign, json!({ "page": 2 })).await, "complete: the system said that it was the end", "{sign}");
        for last in
            [json!({ "page": null }), json!({ "page": "two" }), json!({ "page": "2" }), json!({ "total": [] }), json!({ "page": 1 })]
        {
            assert!(!came(sign, last.clone()).await.starts_with("complete"), "{sign} {last}");
        }
    }
    // The sum of two members is no merge of them.
    for sign in ["$.page + $.size >= $.total", "$.page is present and $.page + $.size == $.total"] {
        assert_eq!(came(sign, json!({ "page": 3 })).await, "complete: the system said that it was the end", "{sign}");
        assert!(!came(sign, json!({ "page": 2, "size": 3 })).await.starts_with("complete"), "{sign}");
    }
}
