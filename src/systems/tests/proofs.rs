//! What a list shows beside its records, and what is no proof of its end: a foreign element, a link to elsewhere, a total that is that of
//! the page, an answer that ends with its connection.

use super::{
    declared::{self, ask, came_to, read, system},
    *,
};
use serde_json::{Value as Json, json};

fn things(ids: std::ops::Range<u64>) -> Json {
    ids.map(|id| json!({ "id": format!("t{id}") })).collect()
}

fn list(http: &str, lines: &str) -> Arc<System> {
    declared::api(http, &format!("list GET \"/things\" {{\n {lines}\n }}"))
}

async fn came(system: &Arc<System>, standin: &StandIn) -> String {
    came_to(system, standin, &ReadRequest::default()).await
}

async fn weak(system: &Arc<System>, standin: &StandIn) -> Option<String> {
    let got = read(system, standin, "things", &ReadRequest::default()).await;
    assert!(got.read.end.is_complete(), "{:?}", got.read.end);
    got.read.weak.map(|weak| weak.to_string())
}

#[tokio::test]
async fn what_a_list_of_xml_has_beside_its_elements_breaks_the_read() {
    let users = list("format xml", "items $.r.users.user");
    let page = |inside: &str| {
        StandIn::giving([
            Reply::ok(format!("<r><page>1</page><users><user><id>t1</id></user>{inside}</users></r>")).with("Content-Type", "text/xml")
        ])
    };
    assert_eq!(came(&users, &page("")).await, "complete: one answer holds all");
    for (inside, what) in [
        ("<error>cut</error>", "an element `error`"),
        ("<User><id>t2</id></User>", "an element `User`"),
        ("<batch><user><id>t2</id></user></batch>", "an element `batch`"),
        ("Fatal error: out of memory", "text"),
    ] {
        let came = came(&users, &page(inside)).await;
        assert!(came.contains(&format!("and {what} between the elements at `$.r.users.user`, which nothing reads")), "{came}");
    }
    for (http, lines) in [
        ("format xml", "items $.r.users.user\n total $.r.users.total"),
        ("format xml\n error $.r.users.total when $.r.users.total == \"0\"", "items $.r.users.user"),
    ] {
        let came = came(&list(http, lines), &page("<total>1</total>")).await;
        assert!(came.starts_with("complete"), "{lines}: {came}");
    }
}

#[tokio::test]
async fn what_says_an_error_beside_a_list_breaks_the_read() {
    let empty = |body: &str| StandIn::giving([Reply::ok(body.to_owned()).with("Content-Type", "text/xml")]);
    let users = list("format xml", "items $.r.users.user");
    for (body, why) in [
        ("<r><users/><error>timeout</error></r>", "something in `error` beside the list at `$.r.users.user`"),
        ("<r><Errors><e>no quota</e></Errors><users><user><id>t1</id></user></users></r>", "something in `Errors` beside the list"),
        ("<r><users/>Fatal error: out of memory</r>", "and text between the elements at `$.r.users.user`"),
        ("<r><Users><user><id>t1</id></user></Users><users/></r>", "and both `users` and `Users` on the way"),
        ("<r><users><user><id>t1</id><user><id>t2</id></user></user></users></r>", "an element `user` with others in it inside another"),
        ("<r><users><user><id>t1</id></user><count>1</count></users></r>", "add `total $.r.users.count`"),
    ] {
        let came = came(&users, &empty(body)).await;
        assert!(came.contains(why), "{body}: {came}");
    }
    for fine in [
        "<r><users/><error/></r>",
        "<r><error>0</error><page>1</page><users><user><id>t1</id><user>ann</user></user></users></r>",
        "<r>\n <users> </users><errors></errors></r>",
    ] {
        assert!(came(&users, &empty(fine)).await.starts_with("complete"), "{fine}");
    }
    let told = list("format xml\n error $.r.error when $.r.error != \"none\"", "items $.r.users.user");
    assert!(came(&told, &empty("<r><users/><error>none</error></r>")).await.starts_with("complete"));
    assert!(came(&told, &empty("<r><users/><error>timeout</error></r>")).await.contains("timeout"));
}

#[tokio::test]
async fn what_says_an_error_beside_a_list_of_json_breaks_the_read() {
    let giving = |body: &str| StandIn::giving([Reply::ok(body.to_owned())]);
    let data = list("", "items $.data.users");
    for (body, why) in [
        (r#"{"data":{"users":[]},"errors":[{"message":"timeout"}]}"#, "something in `errors` beside the list at `$.data.users`"),
        (r#"{"data":{"users":[{"id":"t1"}],"Error":"cut"}}"#, "something in `Error` beside the list"),
        (r#"{"data":{"users":[],"Users":[{"id":"t1"}]}}"#, "and both `users` and `Users` on the way"),
    ] {
        let came = came(&data, &giving(body)).await;
        assert!(came.contains(why), "{body}: {came}");
    }
    for fine in [
        r#"{"data":{"users":[],"error":null},"errors":[]}"#,
        r#"{"error":false,"errors":{"count":0,"text":""},"data":{"users":[{"id":"t1","error":"late"}]}}"#,
    ] {
        assert!(came(&data, &giving(fine)).await.starts_with("complete"), "{fine}");
    }
}

/// Each kind of API that tells its failure with a 200, in a member that is named after errors, beside its list.
#[tokio::test]
async fn a_failure_beside_an_empty_list_breaks_the_read() {
    use crate::check::model::usual;
    let all: Vec<(u16, Json)> = serde_json::from_str(include_str!("../../sandbox/trial/failures.json")).unwrap();
    // They say it in another member, which no list of names can know.
    let elsewhere = ["isp.unknown-error", "\"errorMessages\":[]"];
    let named = |body: &Json| body.as_object().is_some_and(|body| body.keys().any(|name| usual::telling(name).is_some()));
    let mut count = 0;
    for (_, body) in all.into_iter().filter(|(status, body)| *status == 200 && named(body)) {
        let mut reply = body.clone();
        reply["people"] = json!([]);
        let came = came(&list("", "items $.people"), &StandIn::giving([Reply::ok(reply)])).await;
        let text = body.to_string();
        let is_exception = elsewhere.iter().any(|part| text.contains(part));
        assert_eq!(came.starts_with("complete"), is_exception, "{text}: {came}");
        count += 1;
    }
    assert!(count > 25, "{count}");
    let fine = json!({ "failed": 0, "error": false, "errorcode": 0, "errmsg": "ok", "errors": [], "timeout": 30, "retry": 3,
        "partial": false, "is_error": "N", "odata.error": null, "failures": {}, "people": [] });
    assert!(came(&list("", "items $.people"), &StandIn::giving([Reply::ok(fine)])).await.starts_with("complete"));
}

#[tokio::test]
async fn what_says_an_error_behind_an_index_or_in_an_attribute_breaks_the_read() {
    let first = list("", "items $[0].data.users");
    let results = list("", "items $.results[0].users");
    let last = list("", "items $.results[-1].users");
    let xml = list("format xml", "items $.r.users.user");
    for (system, body, place) in [
        (&first, r#"[{"data":{"users":[]},"errors":[{"message":"timeout"}]}]"#, "errors"),
        (&first, r#"[{"data":{"users":[],"failed":true}}]"#, "failed"),
        (&results, r#"{"results":[{"users":[],"errors":["x"]},{"users":[]}]}"#, "errors"),
        (&last, r#"{"results":[{},{"users":[],"hasError":true}]}"#, "hasError"),
        (&xml, "<r><users error=\"timeout\"/></r>", "@error"),
        (&xml, "<r><users errorCode=\"7\"><user><id>t1</id></user></users></r>", "@errorCode"),
        (&xml, "<r failed=\"true\"><users/></r>", "@failed"),
    ] {
        let came = came(system, &StandIn::giving([Reply::ok(body.to_owned())])).await;
        assert!(came.contains(&format!("something in `{place}` beside the list")), "{body}: {came}");
    }
    for (system, body) in [
        (&results, r#"{"results":[{"users":[]},{"users":[],"errors":["x"]}]}"#),
        (&last, r#"{"results":[{"errors":["x"]},{"users":[],"errors":[]}]}"#),
        (&list("", "items $.rows[*].user"), r#"{"rows":[{"user":{"id":"t1"},"error":"late"}]}"#),
        (&xml, "<r><users error=\"\" n=\"0\"><user error=\"x\"><id>t1</id></user></users></r>"),
    ] {
        let came = came(system, &StandIn::giving([Reply::ok(body.to_owned())])).await;
        assert!(came.starts_with("complete"), "{body}: {came}");
    }
}

#[tokio::test]
async fn what_is_there_twice_or_can_not_be_read_says_an_error() {
    let users = list("", "items $.data.users");
    let deep = format!("{}{}", "[".repeat(200), "]".repeat(200));
    for rest in [
        r#""errors":[{"m":"x"}],"errors":[]"#,
        r#""errors":[],"errors":[{"m":"x"}]"#,
        r#""error":{"m":"x","m":""}"#,
        r#""error":1e999"#,
        r#""fault":1e999,"failure":"x""#,
        &format!("\"error\":{deep}"),
    ] {
        for body in [format!(r#"{{"data":{{"users":[]}},{rest}}}"#), format!(r#"{{"data":{{{rest},"users":[]}}}}"#)] {
            let came = came(&users, &StandIn::giving([Reply::ok(body.clone())])).await;
            assert!(!came.starts_with("complete") && came.contains("beside the list at `$.data.users`"), "{body}: {came}");
        }
    }
}

/// Such a list may have grown beyond what its system gives at once.
#[tokio::test]
async fn a_list_that_is_read_as_one_page_breaks_where_its_answer_announces_more() {
    let one = list("", "items $.data");
    let giving = |more: Json| {
        let mut body = json!({ "data": things(0..3) });
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        StandIn::giving([Reply::ok(body)])
    };
    for (more, sign) in [
        (json!({ "has_more": true }), "`$.has_more`"),
        (json!({ "meta": { "pagination": 1, "nextPageToken": "abc" } }), "`$.meta.nextPageToken`"),
        (json!({ "links": { "next": "/v1/things?page=2" } }), "`$.links.next`"),
        (json!({ "links": { "next": { "href": "/v1/things?page=2" } } }), "`$.links.next`"),
        (json!({ "total": 110 }), "`$.total` (110)"),
        (json!({ "paging": { "total": "110" } }), "`$.paging.total` (110)"),
        (json!({ "meta": { "pagination": { "links": { "next": "/2" } } } }), "`$.meta.pagination.links.next`"),
        (json!({ "@odata.nextLink": "https://api.example.com/things?$skiptoken=x" }), "`$.@odata.nextLink`"),
        (json!({ "next_page": 2 }), "`$.next_page`"),
        (json!({ "links": [{ "rel": "self", "href": "/1" }, { "rel": "next", "href": "/2" }] }), "`$.links`"),
    ] {
        let came = came(&one, &giving(more)).await;
        assert!(came.contains(&format!("says in {sign} that there are more records, while the call reads one page")), "{came}");
    }
    for fine in [
        json!({ "has_more": false, "next": null, "links": { "next": "", "self": "/v1/things" } }),
        json!({ "total": 3, "page": 1, "meta": { "total": 2, "limit": 100 } }),
        json!({ "other": { "next": "/x" }, "next": [], "next_page": 0 }),
        json!({ "next": "none", "links": { "next": { "href": null, "rel": "next", "title": "Next" } }, "total_cost": 9999 }),
    ] {
        assert!(came(&one, &giving(fine.clone())).await.starts_with("complete"), "{fine}");
    }
    for (header, value, sign) in [
        ("Link", "</v1/things?page=2>; rel=\"next\"", Some("the header `link`")),
        ("X-Total-Count", "110", Some("the header `x-total-count` (110)")),
        ("Link", "</v1/things>; rel=\"first\"", None),
        ("X-Total-Count", "3", None),
        ("Content-Range", "items 0-2/110", Some("the header `content-range` (110)")),
        ("Content-Range", "0-2/110", Some("the header `content-range` (110)")),
        ("Content-Range", "items 0-2/3", None),
        ("Content-Range", "0-2/3", None),
        ("Content-Range", "items 0-2/*", None),
        ("Content-Range", "bytes 0-41/4711", None),
    ] {
        let standin = StandIn::giving([Reply::ok(json!({ "data": things(0..3) })).with(header, value)]);
        let came = came(&one, &standin).await;
        assert_eq!(came.starts_with("complete"), sign.is_none(), "{header}: {value}: {came}");
        assert!(sign.is_none_or(|sign| came.contains(sign)), "{came}");
    }
    let paged = list("", "query \"page\" = page.number\n page by number size 2\n items $.data");
    for (all, complete) in [(3, true), (110, false)] {
        let page = move |from: u64, upto: u64| {
            Reply::ok(json!({ "data": things(from..upto) })).with("Content-Range", &format!("items {from}-{}/{all}", upto - 1))
        };
        let came = came(&paged, &StandIn::giving([page(0, 2), page(2, 3)])).await;
        assert_eq!(came.starts_with("complete"), complete, "{came}");
    }
    let nested = list("", "items $.data.users.nodes");
    let page = |more: bool| json!({ "data": { "users": { "nodes": things(0..3), "pageInfo": { "hasNextPage": more } } } });
    assert!(came(&nested, &StandIn::giving([Reply::ok(page(true))])).await.contains("`$.data.users.pageInfo.hasNextPage`"));
    assert!(came(&nested, &StandIn::giving([Reply::ok(page(false))])).await.starts_with("complete"));
    let some = list("", "items $.data[?@.kind == \"a\"]");
    let kinds = json!({ "data": [{ "id": "t1", "kind": "a" }, { "id": "t2", "kind": "b" }], "total": 2 });
    assert!(came(&some, &StandIn::giving([Reply::ok(kinds)])).await.starts_with("complete"), "it counts what is left out, too");
    let xml = list("format xml", "items $.r.users.user");
    for (body, complete) in [
        ("<r more='true'><users><user><id>t1</id></user></users></r>", false),
        ("<r><users hasMore='true'><user><id>t1</id></user></users></r>", false),
        ("<r><more>false</more><users><user><id>t1</id></user></users></r>", true),
    ] {
        let came = came(&xml, &StandIn::giving([Reply::ok(body.to_owned())])).await;
        assert_eq!(came.starts_with("complete"), complete, "{body}: {came}");
    }
    let read = list("", "items $.data\n done when $.has_more is present");
    assert!(came(&read, &giving(json!({ "has_more": true }))).await.starts_with("complete"), "the author reads it");
}

/// A first page that is full, with a header that a system writes where another page follows.
async fn linked(header: &'static str) -> String {
    let lines = "query \"limit\" = page.size\n page by link header \"Link\" size 10\n items $.data";
    let standin = StandIn::new(move |_, seen| {
        let size: u64 = seen.query("limit").map_or(10, |size| size.parse().unwrap());
        let page = if seen.query("o").is_some() { things(10..14) } else { things(0..size.min(10)) };
        let header = if seen.query("o").is_some() { "</v1/things>; rel=\"first\"" } else { header };
        Reply::ok(json!({ "data": page })).with("Link", header)
    });
    came(&list("", lines), &standin).await
}

#[tokio::test]
async fn a_link_header_leads_on_is_the_end_or_proves_nothing() {
    for next in [
        "</v1/things?o=10>; rel='next'",
        "</v1/things?o=10>; rel=\"next last\"",
        "</v1/things?o=10>; title=\"x, y\"; REL=Next",
        "</v1/things>; rel=first, </v1/things?o=10>; rel=\"https://example.com/rels/page next\"",
    ] {
        assert_eq!(linked(next).await, "complete: there was no link to another page", "{next}");
    }
    for (lost, why) in [
        ("</v1/things?o=10>; rel=\"https://example.com/rels/next\"", "a link of another relation, whose name ends in `next`"),
        ("</v1/things?o=10>; rel=\"last\"", "names another page as the last one and none as the next"),
        ("</v1/things>; rel=\"first\", </v1/things?o=10>; rel=\"last\"", "names another page as the last one"),
        ("", "no page ever had anything at header \"link\""),
        ("</style.css>; rel=preload", "no page ever had anything at header \"link\""),
    ] {
        let came = linked(lost).await;
        assert!(came.to_lowercase().contains(&why.to_lowercase()), "{lost}: {came}");
    }
    let only = "</v1/things?limit=10&sort=id>; rel=\"first\", </v1/things?limit=10&sort=id>; rel=\"last\"";
    assert_eq!(linked(only).await, "complete: there was no link to another page");
}

#[tokio::test]
async fn rows_that_end_with_their_connection_prove_no_end() {
    let says = "the list comes with neither a length nor chunks, so nothing says that its last row is the last one: have the system send \
                `Content-Length`, declare a `get`, or add a `total` in a header";
    for (format, body) in [("csv", "id,name\r\nt1,Ann\r\n"), ("json_lines", "{\"id\":\"t1\"}\n")] {
        let system = list(&format!("format {format}"), "items $");
        let reply = Reply::ok(body);
        assert_eq!(weak(&system, &StandIn::giving([reply.clone().unframed()])).await.as_deref(), Some(says), "{format}");
        assert_eq!(weak(&system, &StandIn::giving([reply.clone()])).await, None, "{format}");
        assert_eq!(weak(&system, &StandIn::giving([reply.chunked()])).await, None, "{format}");
        let counted = list(&format!("format {format}"), "items $\n total header \"X-Total\"");
        let standin = StandIn::giving([Reply::ok(body).with("X-Total", "1").unframed()]);
        assert_eq!(weak(&counted, &standin).await, None, "{format}");
    }
    // What ends by itself needs no other sign.
    let json = list("", "items $.data");
    assert_eq!(weak(&json, &StandIn::giving([Reply::ok(json!({ "data": things(0..3) })).unframed()])).await, None);
}

#[tokio::test]
async fn a_total_that_is_the_size_of_the_first_page_is_proved_by_another_one() {
    let offset = "query \"offset\" = page.offset\n query \"limit\" = page.size\n page by offset size 10\n items $.data\n total $.total";
    let number = "query \"page\" = page.number\n page by number size 10\n items $.data\n total $.total";
    let paged = |all: u64, total: fn(u64) -> u64, beyond: fn() -> Reply| {
        StandIn::new(move |_, seen| {
            let from = seen
                .query("offset")
                .map_or_else(|| 10 * (seen.query("page").unwrap().parse::<u64>().unwrap() - 1), |at| at.parse().unwrap());
            let page = things(from..all.min(from + 10).max(from));
            let count = page.as_array().unwrap().len() as u64;
            if count == 0 { beyond() } else { Reply::ok(json!({ "data": page, "total": if total(0) == 0 { count } else { all } })) }
        })
    };
    let empty = || Reply::ok(json!({ "data": [], "total": 0 }));
    for lines in [offset, number] {
        let system = list("error $.why", lines);
        let came_of_page = came(&system, &paged(14, |_| 0, empty)).await;
        let lie = "announced 10 and gave that many, and another page has more: the total seems to be the number of records on the page, so \
                   declare the one of the whole list";
        assert_eq!(came_of_page, lie, "{lines}");
        for beyond in [empty, || Reply::new(404, ""), || Reply::new(400, "{\"why\":\"beyond\"}"), || Reply::new(204, "")] {
            let standin = paged(10, |_| 1, beyond);
            assert_eq!(came(&system, &standin).await, "complete: the announced total of 10 was met", "{lines}");
            assert_eq!(standin.count(), 2);
        }
        assert!(!came(&system, &paged(10, |_| 1, || Reply::new(503, ""))).await.starts_with("complete"));
        // One with fewer records than systems cut a page to needs no other page, and a system that gives its last page again shows nobody new.
        let standin = paged(7, |_| 1, empty);
        assert_eq!((came(&system, &standin).await.starts_with("complete"), standin.count()), (true, 1));
        let same = StandIn::giving([Reply::ok(json!({ "data": things(0..10), "total": 10 }))]);
        assert_eq!(came(&system, &same).await, "complete: the announced total of 10 was met");
    }
}

/// People of whom a system gives at most so many on a page, and a total that is of the page or of all.
fn capped(all: u64, cap: u64, of_page: bool) -> StandIn {
    StandIn::new(move |_, seen| {
        let asked = seen.query("limit").map_or(100, |size| size.parse::<u64>().unwrap());
        let from = match (seen.query("offset"), seen.query("page")) {
            (Some(offset), _) => offset.parse().unwrap(),
            (_, Some(page)) => asked * (page.parse::<u64>().unwrap() - 1),
            _ => 0,
        };
        let page = things(from.min(all)..all.min(from + asked.min(cap)).max(from.min(all)));
        let count = page.as_array().unwrap().len();
        Reply::ok(json!({ "data": page, "total": if of_page { count } else { all as usize } }))
    })
}

#[tokio::test]
async fn a_total_of_a_page_that_was_cut_below_its_size_breaks_the_read() {
    let size = "query \"limit\" = page.size\n items $.data\n total $.total";
    let offset = format!("query \"offset\" = page.offset\n {size}\n page by offset size 100");
    let number = format!("query \"page\" = page.number\n {size}\n page by number size 100");
    let cursor = format!("query \"after\" = page.cursor\n {size}\n page by cursor $.nxt size 100");
    let unsent = "query \"offset\" = page.offset\n items $.data\n total $.total\n page by offset size 100";
    let lie = "announced 95 and gave that many, and ";
    for lines in [&*offset, &number, &cursor, unsent] {
        let system = list("", lines);
        let came_of_page = came(&system, &capped(100, 95, true)).await;
        assert!(came_of_page.starts_with(lie), "{lines}: {came_of_page}");
        let standin = capped(95, 1_000, false);
        assert_eq!(came(&system, &standin).await, "complete: the announced total of 95 was met", "{lines}");
        assert_eq!(standin.count(), 2, "{lines}");
        // Fewer than systems cut a page to.
        let few = capped(9, 1_000, false);
        assert_eq!((came(&system, &few).await.starts_with("complete"), few.count()), (true, 1), "{lines}");
    }
}

/// The place of the way on is mistyped, or renamed: a total that is that of the page must not make the end stronger.
#[tokio::test]
async fn a_total_without_a_way_on_proves_no_end_where_nothing_can_be_asked() {
    let lines = |size: &str| {
        let cursor = format!("query \"after\" = page.cursor\n page by cursor $.nxt{size}\n items $.data\n total $.total");
        [cursor, format!("page by link $.nxt{size}\n items $.data\n total $.total")]
    };
    for lines in lines("").iter().chain(&lines(" size 100")) {
        // Of a page and of all, which can't be told apart.
        for standin in [capped(1_000, 95, true), capped(95, 1_000, false)] {
            let says = weak(&list("", lines), &standin).await.unwrap_or_default();
            assert!(says.contains("95 records because there is nothing at $.nxt"), "{lines}: {says}");
            assert_eq!(standin.count(), 1, "{lines}");
        }
        assert_eq!(weak(&list("", lines), &capped(9, 1_000, false)).await, None, "{lines}");
    }
    let full = "the page is full, and no page ever had anything at $.nxt";
    for lines in &lines(" size 95") {
        let came = came(&list("", lines), &capped(1_000, 95, true)).await;
        assert!(came.starts_with(full), "{lines}: {came}");
    }
    // A system that gives the same page, whatever is asked for, or refuses a smaller one.
    for lines in lines(" size 100").map(|lines| format!("query \"limit\" = page.size\n {lines}")) {
        let same = || Reply::ok(json!({ "data": things(0..95), "total": 95 }));
        assert!(weak(&list("", &lines), &StandIn::giving([same()])).await.is_some(), "{lines}");
        let refusing = StandIn::new(move |before, _| if before == 0 { same() } else { Reply::new(400, "") });
        assert!(weak(&list("", &lines), &refusing).await.is_some(), "{lines}");
        // A smaller page that leads on shows that the place is right.
        let leading =
            StandIn::new(
                move |before, _| {
                    if before == 0 { same() } else { Reply::ok(json!({ "data": things(0..47), "total": 47.5, "nxt": "p2" })) }
                },
            );
        assert_eq!(weak(&list("", &lines), &leading).await, None, "{lines}");
    }
}

#[tokio::test]
async fn an_empty_page_that_another_one_led_to_proves_no_end() {
    let cursor = |more: &str| list("", &format!("query \"after\" = page.cursor\n page by cursor $.next size 10\n items $.data\n {more}"));
    let giving = |last: Json| StandIn::giving([Reply::ok(json!({ "data": things(0..10), "next": "10", "total": 10 })), Reply::ok(last)]);
    let empty = || giving(json!({ "data": [], "next": null, "total": 10 }));
    let says = weak(&cursor(""), &empty()).await.unwrap();
    assert!(says.starts_with("the list ends with an empty page that another one led to"), "{says}");
    assert!(weak(&cursor(""), &giving(json!({ "data": [] }))).await.is_some());
    assert_eq!(weak(&cursor("total $.total"), &empty()).await, None);
    assert_eq!(weak(&cursor(""), &giving(json!({ "data": things(10..12), "next": null }))).await, None);
    let said = giving(json!({ "data": [], "next": null, "more": false }));
    assert_eq!(weak(&cursor("last page when $.more == false"), &said).await, None);
}

const PEOPLE: &str = r#"
system hr {
  http "https://hr.example.com" {
    retry 1 times
  }
  collection people {
    key id
    list for each s in ["here", "left"] GET "/users" where status == s {
      query "status" = s
      items $.data
      total $.total
    }
    attributes {
      id     : text at $.id
      status : text at $.status
    }
  }
  collection teams {
    key id
    list GET "/teams" { items $.data }
    attributes {
      id : text at $.id
    }
  }
  collection members {
    key id
    list for each teams GET "/members" where team == teams.id {
      query "team" = teams.id
      items $.data
    }
    attributes {
      id   : text at $.id
      team : text at $.team
    }
  }
}
"#;

#[tokio::test]
async fn lists_that_exclude_each_other_and_show_the_same_break_the_read() {
    let people = system(PEOPLE, "hr", "people");
    let giving = |here: Json, left: Json| {
        StandIn::new(move |_, seen| {
            let data = if seen.query("status").as_deref() == Some("here") { here.clone() } else { left.clone() };
            let total = data.as_array().unwrap().len();
            Reply::ok(json!({ "data": data, "total": total }))
        })
    };
    let ended = async |standin: StandIn| read(&people, &standin, "people", &ask(&people, "people", &["id", "status"])).await.read.end;
    for (here, left, who) in [(things(0..6), things(0..6), "t0"), (things(0..6), things(5..7), "t5")] {
        let End::Broken { reason, .. } = ended(giving(here, left)).await else { panic!() };
        assert!(reason.starts_with(&format!("`{who}` is in the list for `status` here and in that for `status` left")), "{reason}");
    }
    assert!(ended(giving(things(0..6), things(6..9))).await.is_complete());
}

#[tokio::test]
async fn lists_below_records_that_all_show_the_same_break_the_read() {
    let members = system(PEOPLE, "hr", "members");
    let giving = |of_second: std::ops::Range<u64>| {
        StandIn::new(move |_, seen| match seen.query("team").as_deref() {
            None => Reply::ok(json!({ "data": [{ "id": "a" }, { "id": "b" }] })),
            Some("a") => Reply::ok(json!({ "data": things(0..3) })),
            Some(_) => Reply::ok(json!({ "data": things(of_second.clone()) })),
        })
    };
    let ended = async |standin: StandIn| read(&members, &standin, "members", &ask(&members, "members", &["id", "team"])).await.read.end;
    let End::Broken { reason, .. } = ended(giving(0..3)).await else { panic!() };
    assert_eq!(reason, "all 2 lists show the same records, so the system seems to ignore what it is asked by");
    // Somebody may be in two teams.
    for second in [2..5, 3..5, 0..0] {
        assert!(ended(giving(second.clone())).await.is_complete(), "{second:?}");
    }
}
