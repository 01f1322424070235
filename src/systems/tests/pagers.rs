//! Pagers, each to its end and to what is not taken for one.

use super::{
    declared::{api, read, shown, system},
    *,
};
use serde_json::{Value as Json, json};

fn things(ids: std::ops::Range<u64>) -> Json {
    ids.map(|id| json!({ "id": format!("t{id}"), "name": "x" })).collect()
}

async fn all(system: &Arc<System>, standin: &StandIn) -> ReadRecords {
    read(system, standin, "things", &ReadRequest::default()).await
}

fn cursor(place: &str) -> Arc<System> {
    api(
        "",
        &format!(
            "list GET \"/things\" {{\n query \"cursor\" = page.cursor\n query \"n\" = page.size\n page by cursor {place} size 2\n items $.data\n }}"
        ),
    )
}

fn link(more: &str) -> Arc<System> {
    api(
        "query \"tenant\" = \"7\"",
        &format!("list GET \"/things\" {{\n query \"n\" = page.size\n page by link $.next size 50\n items $.data\n {more}\n }}"),
    )
}

#[tokio::test]
async fn by_cursor_which_the_first_page_does_not_send() {
    let pages = [
        json!({ "data": things(0..2), "meta": { "after": "c&1" } }),
        json!({ "data": [], "meta": { "after": 7 } }),
        json!({ "data": things(2..3), "meta": { "after": null } }),
    ];
    let standin = StandIn::new(move |at, _| Reply::ok(&pages[at]));
    let got = all(&cursor("$.meta.after"), &standin).await;
    assert_eq!((got.evidence(), got.records.len()), ("there was no cursor for another page", 3));
    assert_eq!(standin.lines(), ["GET /v1/things?n=2", "GET /v1/things?cursor=c%261&n=2", "GET /v1/things?cursor=7&n=2"]);
}

#[tokio::test]
async fn a_cursor_in_a_header() {
    let standin = StandIn::new(|at, _| {
        let reply = Reply::ok(json!({ "data": things(at as u64..at as u64 + 1) }));
        if at < 2 { reply.with("X-Next-Cursor", &format!("c{at}")) } else { reply }
    });
    let got = all(&cursor("header \"X-Next-Cursor\""), &standin).await;
    assert_eq!((got.evidence(), got.records.len()), ("there was no cursor for another page", 3));
}

#[tokio::test]
async fn the_same_cursor_twice_is_broken() {
    let standin = StandIn::new(|at, _| Reply::ok(json!({ "data": things(at as u64..at as u64 + 1), "after": (["a", "b", "a"][at]) })));
    let got = all(&cursor("$.after"), &standin).await;
    assert_eq!(got.reason(), "page 3 ends with the same cursor as a page before it, so the list would never end");
    assert_eq!(standin.count(), 3);
}

#[tokio::test]
async fn links_absolute_and_relative_are_followed_as_they_stand() {
    let origin = Arc::new(Mutex::new(String::new()));
    let own = Arc::clone(&origin);
    let standin = StandIn::new(move |at, _| {
        let next = match at {
            0 => json!(format!("{}/v1/things?after=t1&sig=a%2Bb", own.lock().unwrap())),
            1 => json!("https://api.example.com/v1/things?after=t2"),
            2 => json!("?after=t3#top"),
            3 => json!("/other/things"),
            _ => json!(""),
        };
        // Fewer than 50 on a page are no end while there is a link.
        Reply::ok(json!({ "data": things(at as u64..at as u64 + 1), "next": next }))
    });
    origin.lock().unwrap().clone_from(&standin.origin);
    let got = all(&link(""), &standin).await;
    assert_eq!((got.evidence(), got.records.len()), ("there was no link to another page", 5));
    let lines =
        ["/v1/things?tenant=7&n=50", "/v1/things?after=t1&sig=a%2Bb", "/v1/things?after=t2", "/v1/things?after=t3", "/other/things"];
    assert_eq!(standin.lines(), lines.map(|line| format!("GET {line}")));
}

#[tokio::test]
async fn the_link_header_of_rfc_8288() {
    let system = api("", "list GET \"/things\" {\n query \"n\" = page.size\n page by link header \"Link\" size 2\n items $\n }");
    let standin = StandIn::new(|at, _| {
        let reply = Reply::ok(things(at as u64..at as u64 + 1));
        let last = r#"</v1/things?page=2>; rel="last""#;
        if at == 0 { reply.with("Link", &format!("{last}, </v1/things?page=2>; rel=\"next\"")) } else { reply.with("Link", last) }
    });
    let got = all(&system, &standin).await;
    assert_eq!((got.evidence(), got.records.len()), ("there was no link to another page", 2));
    assert_eq!(standin.lines(), ["GET /v1/things?n=2", "GET /v1/things?page=2"]);
}

#[tokio::test]
async fn a_link_to_another_host_is_never_followed() {
    for (next, host) in [
        ("https://evil.example.net/v1/things", "https://evil.example.net"),
        ("//evil.example.net/x", "http://evil.example.net"),
        ("http://api.example.com/v1/things", "http://api.example.com"),
        ("https://api.example.com:8443/", "https://api.example.com:8443"),
    ] {
        let standin = StandIn::giving([Reply::ok(json!({ "data": things(0..1), "next": next }))]);
        let got = all(&link(""), &standin).await;
        assert!(got.reason().contains(&format!("is at `{host}`")), "{}", got.reason());
        assert_eq!((standin.count(), got.records.len()), (1, 0));
    }
    let standin = StandIn::giving([Reply::ok(json!({ "data": things(0..1), "next": "https://a:b@api.example.com/v1/things" }))]);
    assert!(all(&link(""), &standin).await.reason().contains("brings credentials of its own, so it was not followed"));
}

#[tokio::test]
async fn the_same_link_twice_is_broken() {
    let standin = StandIn::new(|at, _| Reply::ok(json!({ "data": things(at as u64..at as u64 + 1), "next": "/v1/things?page=2" })));
    let got = all(&link(""), &standin).await;
    assert_eq!(got.reason(), "page 2 ends with the same link as a page before it, so the list would never end");
}

/// Another link, the same records: the total would be met, and somebody was not shown.
#[tokio::test]
async fn a_page_that_comes_again_later_is_broken() {
    let standin = StandIn::new(|at, _| {
        let (from, next) = if at == 1 { (2, json!("?p=3")) } else { (0, json!(if at == 0 { "?p=2" } else { "" })) };
        Reply::ok(json!({ "data": things(from..from + 2), "total": 6, "next": next }))
    });
    let got = all(&link("total $.total"), &standin).await;
    assert!(got.reason().starts_with("the same page came twice"), "{}", got.reason());
}

#[tokio::test]
async fn a_link_and_a_total_must_agree() {
    let page =
        |ids: std::ops::Range<u64>, total: u64, next: Option<&str>| Reply::ok(json!({ "data": things(ids), "total": total, "next": next }));
    let totalled = link("total $.total");
    let standin = StandIn::new(move |at, _| if at == 0 { page(0..2, 3, Some("?p=2")) } else { page(2..3, 3, None) });
    assert_eq!(all(&totalled, &standin).await.evidence(), "the announced total of 3 was met");
    let got = all(&totalled, &StandIn::giving([page(0..2, 3, None)])).await;
    assert!(got.reason().starts_with("announced 3 and gave 2"), "{}", got.reason());
    // The total says the end, the link says there is more: it is looked at.
    let standin = StandIn::new(move |at, _| if at == 0 { page(0..2, 2, Some("?p=2")) } else { page(0..0, 2, Some("?p=3")) });
    assert_eq!(all(&totalled, &standin).await.evidence(), "the announced total of 2 was met");
    let standin = StandIn::new(move |at, _| if at == 0 { page(0..2, 2, Some("?p=2")) } else { page(2..3, 2, None) });
    assert!(all(&totalled, &standin).await.reason().starts_with("announced 2 and gave 3"));
}

#[tokio::test]
async fn a_declared_sign_of_the_end_must_come() {
    let link_until_done = link("last page when $.done == true");
    let page =
        |ids: std::ops::Range<u64>, done: bool, next: Option<&str>| Reply::ok(json!({ "data": things(ids), "done": done, "next": next }));
    let standin = StandIn::new(move |at, _| if at == 0 { page(0..2, false, Some("?p=2")) } else { page(2..3, true, Some("?p=3")) });
    let got = all(&link_until_done, &standin).await;
    assert_eq!((got.evidence(), got.records.len()), ("the system said that it was the end", 3));
    let got = all(&link_until_done, &StandIn::giving([page(0..2, false, None)])).await;
    assert_eq!(got.reason(), "there was no link to another page, and the system did not say that it was the end");
}

#[tokio::test]
async fn no_content_is_an_end_only_where_it_is_declared() {
    let ends = |more: &str| {
        api("", &format!("list GET \"/things\" {{\n query \"skip\" = page.offset\n page by offset size 2\n items $\n {more}\n }}"))
    };
    let standin = || StandIn::new(|at, _| if at == 0 { Reply::ok(things(0..2)) } else { Reply::new(204, "") });
    assert_eq!(all(&ends("last page when status == 204"), &standin()).await.evidence(), "the declared status came");
    let got = all(&ends(""), &standin()).await;
    assert!(
        got.reason().ends_with("and no content: where that is the end of a list, say `last page when status == 204`"),
        "{}",
        got.reason()
    );
    assert_eq!(
        all(
            &ends("total header \"X-Total\"\n last page when status == 204"),
            &StandIn::giving([Reply::ok(things(0..2)).with("X-Total", "3"), Reply::new(204, "").with("X-Total", "3")])
        )
        .await
        .reason(),
        "announced 3 and gave 2: ask for smaller pages, or for fewer records, or run it again"
    );
}

#[tokio::test]
async fn the_last_record_must_have_what_the_next_page_begins_after() {
    let system = api("", "list GET \"/things\" {\n query \"after\" = page.cursor\n page by cursor $[-1].name\n items $\n }");
    let got = all(&system, &StandIn::giving([Reply::ok(json!([{ "id": "1" }]))])).await;
    assert_eq!(got.reason(), "the last record of a page has no `name`, which the next page begins after");
    let standin =
        StandIn::new(|at, _| Reply::ok(if at < 2 { json!([{ "id": at.to_string(), "name": format!("n {at}") }]) } else { json!([]) }));
    assert_eq!(all(&system, &standin).await.evidence(), "the last page was empty");
    assert_eq!(standin.lines(), ["GET /v1/things", "GET /v1/things?after=n%200", "GET /v1/things?after=n%201"]);
}

#[tokio::test]
async fn one_query_for_a_full_read_and_another_since() {
    let system = api(
        "",
        "list GET \"/things\" {\n query \"q\" = \"SELECT {requested.fields | join} WHERE t >= {since}\" when since is present\n query \"q\" = \"SELECT {requested.fields | join}\" when since is missing\n items $\n }",
    );
    let standin = StandIn::giving([Reply::ok("[]")]);
    let ask = ReadRequest { attributes: vec![0, 1], ..ReadRequest::default() };
    assert_eq!(read(&system, &standin, "things", &ask).await.evidence(), "one answer holds all");
    let since = ReadRequest { since: Some("2026-03-01T09:00:00Z".parse().unwrap()), ..ask };
    assert_eq!(read(&system, &standin, "things", &since).await.read.end, End::Delta);
    let asked: Vec<_> = standin.seen().iter().map(|seen| seen.query("q").unwrap()).collect();
    assert_eq!(asked, ["SELECT id,name", "SELECT id,name WHERE t >= 2026-03-01T09:00:00Z"]);
}

/// Touchpoints below each person.
fn below(more: &str) -> Arc<System> {
    below_keyed_by("int", more)
}

fn below_keyed_by(key: &str, more: &str) -> Arc<System> {
    let text = format!(
        r#"system api {{
  http "https://api.example.com/v1" {{
    limit 1000 per s, 4 concurrent
    retry 1 times
  }}
  collection people {{
    key id
    list GET "/people" {{
      query "fields" = requested.fields | join
      query "skip"   = page.offset
      page by offset size 2
      items $.data
      total $.total
    }}
    attributes {{
      id   : {key}  at $.id
      slug : text? at $.profile.slug
      rest : text? at $.rest
    }}
  }}
  collection touchpoints {{
    key id
    list for each people GET "/people/{{people.slug}}/touchpoints" {{
      query "person" = people.id
      query "since"  = since
      query "page"   = page.number
      page by number size 2
      items $
      {more}
    }}
    attributes {{ id : text at $.id }}
  }}
}}
"#
    );
    system(&text, "api", "touchpoints")
}

fn persons(seen: &standin::Seen) -> Option<Reply> {
    seen.target.starts_with("/v1/people?").then(|| {
        let skip: u64 = seen.query("skip").unwrap().parse().unwrap();
        let data: Vec<_> = (skip..3.min(skip + 2)).map(|id| json!({ "id": id, "profile": { "slug": format!("s {id}") } })).collect();
        Reply::ok(json!({ "data": data, "total": 3 }))
    })
}

fn touchpoints(seen: &standin::Seen) -> Reply {
    let (person, page) = (seen.query("person").unwrap(), seen.query("page").unwrap());
    let ids = if page == "1" { vec![1, 2] } else { vec![3] };
    Reply::ok(json!(ids.iter().map(|id| json!({ "id": format!("{person}-{id}") })).collect::<Vec<_>>()))
}

#[tokio::test]
async fn one_list_below_each_record_of_another() {
    let system = below("");
    let standin = StandIn::new(|_, seen| persons(seen).unwrap_or_else(|| touchpoints(seen)));
    let mut got = read(&system, &standin, "touchpoints", &ReadRequest::default()).await;
    got.records.sort();
    assert_eq!((got.evidence(), got.read.records, got.read.requests), ("each list below the 3 people was read to its end", 9, 8));
    assert_eq!(got.records[8], r#"{"id":"2-3"}"#);
    let lines = standin.lines();
    assert_eq!(lines[..2], ["GET /v1/people?fields=id,profile.slug&skip=0", "GET /v1/people?fields=id,profile.slug&skip=2"]);
    assert!(lines.contains(&"GET /v1/people/s%200/touchpoints?person=0&page=1".to_owned()), "{lines:?}");
    let since = ReadRequest { since: Some("2026-03-01T09:00:00Z".parse().unwrap()), ..ReadRequest::default() };
    assert_eq!(read(&system, &standin, "touchpoints", &since).await.read.end, End::Delta);
    assert!(standin.lines()[8..].iter().all(|line| line.contains("people?") || line.contains("since=2026-03-01T09:00:00Z")));
}

#[tokio::test]
async fn one_broken_list_breaks_them_all_and_who_has_gone_has_none_where_that_is_said() {
    let gone = |status: u16| {
        StandIn::new(move |_, seen| {
            persons(seen).unwrap_or_else(|| {
                if seen.target.contains("person=1") { Reply::new(status, "{\"message\":\"no such person\"}") } else { touchpoints(seen) }
            })
        })
    };
    let got = read(&below(""), &gone(404), "touchpoints", &ReadRequest::default()).await;
    assert_eq!(got.reason(), "below `1` of people: the first page was not given (404): no such person");
    {
        let said = "last page when status == 404";
        let got = read(&below(said), &gone(404), "touchpoints", &ReadRequest::default()).await;
        assert_eq!((got.evidence(), got.read.records), ("each list below the 3 people was read to its end", 6));
        assert!(!read(&below(said), &gone(500), "touchpoints", &ReadRequest::default()).await.read.end.is_complete());
    }
    let short = StandIn::new(|_, seen| {
        persons(seen).map_or_else(|| touchpoints(seen), |_| Reply::ok(json!({ "data": [{ "id": 1 }], "total": 2 })))
    });
    let got = read(&below(""), &short, "touchpoints", &ReadRequest::default()).await;
    assert!(got.reason().starts_with("below people: "), "{}", got.reason());
}

#[tokio::test]
async fn csv_and_lines_of_json() {
    let list = "list GET \"/export\" { items $ }";
    let csv = api("format csv", list);
    let text = "\u{feff}id,name,size\r\n00057,\"Martin, J\",12\r\n00112,,\r\n";
    let standin = StandIn::giving([Reply::ok(text).with("Content-Type", "text/csv")]);
    let got = all(&csv, &standin).await;
    assert_eq!((got.evidence(), got.records.len()), ("one answer holds all", 2));
    assert_eq!(shown(&csv, "things", &["id", "name", "size"], &got.records[0]), ["00057", "Martin, J", "12"]);
    assert_eq!(shown(&csv, "things", &["id", "name", "size"], &got.records[1]), ["00112", "-", "-"]);
    assert!(standin.seen()[0].headers.contains(&"accept: text/csv".to_owned()));
    // A format of rows is nothing but the list, so nothing has to say where it is.
    let plain = api("format csv", "list GET \"/export\"");
    assert_eq!(all(&plain, &StandIn::giving([Reply::ok(text)])).await.records.len(), 2);
    let got = all(&csv, &StandIn::giving([Reply::ok("id,name\n1\n")])).await;
    assert!(got.reason().contains("with what is not CSV: `GET /v1/export`, line 2: it has 1 of 2 cells"), "{}", got.reason());
    let lines = api("format json_lines", list);
    let standin = StandIn::giving([Reply::ok("{\"id\":\"1\",\"size\":7}\n{\"id\":\"2\"}\n")]);
    let got = all(&lines, &standin).await;
    assert_eq!(shown(&lines, "things", &["id", "size"], &got.records[0]), ["1", "7"]);
    assert!(standin.seen()[0].headers.contains(&"accept: application/x-ndjson".to_owned()));
    let got = all(&lines, &StandIn::giving([Reply::ok("{\"id\":\"1\"}\n{\"id\"")])).await;
    assert!(got.reason().contains("with what is not lines of JSON: line 2 ends in the middle"), "{}", got.reason());
}

/// Any text has a first line, so that line has to have what the records are known by.
#[tokio::test]
async fn what_is_no_table_is_no_page_of_csv() {
    let csv = api("format csv", "list GET \"/export\"");
    let page = "<!DOCTYPE html>\n<html><head><title>Sign in</title></head>\n<body><p>Sign in</p></body></html>\n";
    for (kind, body, why) in [
        ("text/html", page, "with a web page"),
        ("text/csv", page, "with a web page"),
        ("text/html", "Sign in\n", "with a web page"),
        ("text/plain", "Service temporarily unavailable\nplease retry\n", "its first line has no column for `id` ($.id)"),
        ("text/csv", "Service temporarily unavailable", "its first line has no column for `id`"),
        ("text/csv", "{\"error\":\"down\"}\n", "with what is not CSV"),
        ("text/csv", "name,size\nx,1\n", "its first line has no column for `id`"),
        ("text/csv", "", "it is empty"),
        ("text/csv", "\n \n", "it is empty"),
    ] {
        let got = all(&csv, &StandIn::giving([Reply::ok(body).with("Content-Type", kind)])).await;
        assert!(got.reason().contains(why), "{kind} {body:?}: {}", got.reason());
    }
    for body in ["id,name\n", "name,id\nx,t1\n", "\u{feff}\"id\"\n"] {
        let got = all(&csv, &StandIn::giving([Reply::ok(body).with("Content-Type", "text/html")])).await;
        assert!(got.read.end.is_complete(), "{body:?}: {:?}", got.read.end);
    }
    let paged = api("format csv", "list GET \"/export\" {\n query \"p\" = page.number\n page by number size 1\n }");
    for (second, complete) in
        [("", false), (" \n", false), ("\n", false), ("id\n", true), ("id,name\n", true), ("Service temporarily unavailable", false)]
    {
        let got = all(&paged, &StandIn::new(move |at, _| Reply::ok(if at == 0 { "id,name\nt1,x\n" } else { second }))).await;
        assert_eq!(got.read.end.is_complete(), complete, "{second:?}: {:?}", got.read.end);
    }
    for (rule, complete) in [
        ("page.count == 0", false),
        ("page.count != page.size", false),
        ("status == 200 and page.count != page.size", false),
        ("header \"X-End\" == \"yes\" or page.count == 0", true),
        ("status == 200 and header \"X-End\" == \"yes\"", true),
    ] {
        let list = format!("list GET \"/export\" {{\n query \"p\" = page.number\n page by number size 1\n last page when {rule}\n }}");
        let paged = api("format csv", &list);
        let end = |at| if at == 0 { Reply::ok("id,name\nt1,x\n") } else { Reply::ok("").with("X-End", "yes") };
        let got = all(&paged, &StandIn::new(move |at, _| end(at))).await;
        assert_eq!(got.read.end.is_complete(), complete, "{rule}: {:?}", got.read.end);
    }
    for (format, list) in [("json_lines", ""), ("xml", " { items $.things.thing }")] {
        let system = api(&format!("format {format}"), &format!("list GET \"/export\"{list}"));
        for body in [page, "Service temporarily unavailable\nplease retry\n"] {
            let got = all(&system, &StandIn::giving([Reply::ok(body)])).await;
            assert!(!got.read.end.is_complete(), "{format} {body:?}");
        }
    }
}

/// What `where` fixes is known of each record, and needs no column.
#[tokio::test]
async fn a_key_that_the_list_fixes_needs_no_column() {
    let text = r#"system api {
  http "https://api.example.com/v1" {
    retry 1 times
    format csv
  }
  collection things {
    key team, id
    list for each team in ["a", "b"] GET "/teams/{team}/things" where team == team
    attributes {
      team : text at $.team
      id   : text at $.id
    }
  }
}
"#;
    let text = text.replace("for each team in", "for each one in").replace("{team}/", "{one}/").replace("team == team", "team == one");
    let system = system(&text, "api", "things");
    let got = all(&system, &StandIn::new(|at, _| Reply::ok(if at == 0 { "id,name\n1,x\n" } else { "id,name\n" }))).await;
    assert!(got.read.end.is_complete(), "{:?}", got.read.end);
    assert_eq!(shown(&system, "things", &["team", "id"], &got.records[0]), ["a", "1"]);
    let got = all(&system, &StandIn::new(|_, _| Reply::ok("name\nx\n"))).await;
    assert!(got.reason().contains("no column for `id`"), "{}", got.reason());
}

/// A value that is there and can't be read is not replaced by what the list is declared to show.
#[tokio::test]
async fn an_element_whose_value_cannot_be_read_keeps_it() {
    let list = "list for each one in [\"a\", \"b\"] GET \"/things\" where name == one {\n query \"n\" = one\n items $\n }";
    let system = api("", list);
    for (value, kept) in [("[\"a\"]", true), ("{\"code\":\"a\"}", true), ("null", false), ("\" \"", false)] {
        let body = format!("[{{\"id\":\"t3\",\"name\":{value}}}]");
        let got = all(&system, &StandIn::new(move |at, _| Reply::ok(if at == 0 { "[]" } else { &body }))).await;
        let [record] = &got.records[..] else { panic!("{value}: {}", got.reason()) };
        assert_eq!([record.contains(value), record.contains("\"name\":\"b\"")], [kept, !kept], "{value}: {record}");
    }
    let got = all(&system, &StandIn::new(|at, _| Reply::ok(if at == 0 { "[]" } else { r#"[{"id":"t3","name":"a"}]"# }))).await;
    assert!(got.reason().contains("declared not to show"), "{}", got.reason());
}

#[tokio::test]
async fn a_header_line_wins_over_the_format() {
    let system = api("format xml\n header \"Accept\" = \"text/xml\"", "list GET \"/things\" { items $.things.thing }");
    let standin = StandIn::giving([Reply::ok("<things><thing><id>1</id><size>7</size></thing></things>")]);
    let got = all(&system, &standin).await;
    assert_eq!(shown(&system, "things", &["id", "name", "size"], &got.records[0]), ["1", "-", "7"]);
    assert!(standin.seen()[0].headers.contains(&"accept: text/xml".to_owned()));
    assert_eq!(all(&system, &StandIn::giving([Reply::ok("<things/>")])).await.records.len(), 0);
    let cut = all(&system, &StandIn::giving([Reply::ok("<things><thing>")])).await;
    assert!(cut.reason().contains("with what is not XML: it ends in the middle, after 15 bytes"), "{}", cut.reason());
    let bomb = "<!DOCTYPE a [<!ENTITY x \"y\">]><things>&x;</things>";
    assert!(all(&system, &StandIn::giving([Reply::ok(bomb)])).await.reason().contains("it declares a document type, which is not read"));
}

/// Each record above has a list of its own, and one without a key could not be told from another.
#[tokio::test]
async fn a_record_above_without_its_key_breaks_the_lists_below() {
    let system = below_keyed_by("int", "");
    let keyless = StandIn::new(|_, seen| {
        let data = json!([{ "profile": { "slug": "a" } }, { "profile": { "slug": "b" } }]);
        if seen.target.starts_with("/v1/people?") { Reply::ok(json!({ "data": data, "total": 2 })) } else { Reply::ok("[]") }
    });
    let got = read(&system, &keyless, "touchpoints", &ReadRequest::default()).await;
    assert_eq!(got.reason(), "a record of `people` can't be listed below: is missing, and must be there");
}

#[tokio::test]
async fn the_requests_of_lists_that_failed_are_counted() {
    let standin = StandIn::new(|_, seen| persons(seen).unwrap_or_else(|| Reply::new(404, "{}")));
    let got = read(&below(""), &standin, "touchpoints", &ReadRequest::default()).await;
    assert!(!got.read.end.is_complete());
    let lists = standin.lines().iter().filter(|line| line.contains("/touchpoints")).count() as u64;
    assert!(lists > 0 && got.read.requests >= 2 + lists, "{} requests, {lists} of them to lists", got.read.requests);
}

/// Teams by number, without a sign of their end, and the people below each.
fn below_teams(end: &str) -> Arc<System> {
    let text = format!(
        r#"system api {{
  http "https://api.example.com/v1" {{ retry 0 times }}
  collection teams {{
    key id
    list GET "/teams" {{
      query "page" = page.number
      page by number size 3
      items $.data
      {end}
    }}
    attributes {{ id : text at $.id }}
  }}
  collection people {{
    key id
    list for each teams GET "/teams/{{teams.id}}/people" {{
      items $.data
      total $.total
    }}
    attributes {{ id : text at $.id }}
  }}
}}
"#
    );
    system(&text, "api", "people")
}

/// Below each team there is a person of its name.
fn teams(ids: &'static [&'static str], more: bool) -> StandIn {
    StandIn::new(move |_, seen| match seen.target.strip_prefix("/v1/teams/") {
        Some(team) => Reply::ok(json!({ "data": [{ "id": format!("of {}", team.trim_end_matches("/people")) }], "total": 1 })),
        None if seen.query("page").as_deref() == Some("1") => {
            let data: Vec<_> = ids.iter().map(|id| json!({ "id": id })).collect();
            Reply::ok(json!({ "data": data, "total": ids.len(), "more": more }))
        }
        None => Reply::ok(json!({ "data": [], "total": ids.len(), "more": more })),
    })
}

/// Whoever is below a record that was left out is not shown, so the end of the list above counts.
#[tokio::test]
async fn what_is_listed_below_a_weak_list_is_weak() {
    for (end, weak) in [("", true), ("total $.total", false), ("last page when $.more == false", false)] {
        let got = read(&below_teams(end), &teams(&["a", "b"], false), "people", &ReadRequest::default()).await;
        assert_eq!((got.records.len(), got.read.end.is_complete(), got.read.weak.is_some()), (2, true, weak), "{end}");
    }
    let got = read(&below_teams("last page when $.more == false"), &teams(&["a", "b"], true), "people", &ReadRequest::default()).await;
    assert!(got.reason().starts_with("below teams: 3 pages in a row brought no new record"), "{}", got.reason());
}

#[tokio::test]
async fn a_record_above_that_one_page_shows_twice_may_hide_another() {
    for end in ["", "last page when $.more == false"] {
        let got = read(&below_teams(end), &teams(&["a", "a", "b"], false), "people", &ReadRequest::default()).await;
        assert_eq!(got.reason(), "one page of `teams` shows `a` twice, so it may have left out another one: run it again", "{end}");
    }
    let got = read(&below_teams("total $.total"), &teams(&["a", "a", "b"], false), "people", &ReadRequest::default()).await;
    assert_eq!(got.reason(), "below teams: announced 3 and gave 2, and `a` more than once: run it again");
}

const KEYED: &str = r#"
system api {
  secret token
  http "https://api.example.com/v1" {
    retry 1 times
  }
  collection things {
    key id
    list GET "/things" {
      QUERY
      items $.data
      page by link $.next
    }
    attributes {
      id : text at $.id
    }
  }
}
"#;

/// The key of an API stands in the query, and the link to the next page leaves it out: the secret is right.
#[tokio::test]
async fn a_link_without_the_query_of_the_first_request_is_told_where_it_is_refused() {
    let key = "query \"key\" = secret.token";
    for (query, next, status, lacks) in [
        (key, "?page=2", 401, Some("`key`")),
        (key, "?page=2&Key=x", 403, Some("`key`")),
        ("query \"key\" = secret.token\n query \"tenant\" = \"acme\"", "?page=2", 400, Some("`key` and `tenant`")),
        (key, "?page=2&key=k", 401, None),
        (key, "?page=2", 500, None),
        ("query \"sort\" = \"id\"", "?page=2&sort=id", 401, None),
    ] {
        let system = system(&KEYED.replace("QUERY", query), "api", "things");
        let standin = StandIn::new(move |at, _| match at {
            0 => Reply::ok(json!({ "data": [{ "id": "a" }], "next": next })),
            _ => Reply::new(status, ""),
        });
        let came = declared::came_to(&system, &standin, &ReadRequest::default()).await;
        let told = lacks.map(|lacks| format!("; the link to this page lacks the query {lacks}, which the first request sends: "));
        assert_eq!(came.contains("the link to this page lacks"), lacks.is_some(), "{query} {next}: {came}");
        assert!(told.is_none_or(|told| came.contains(&told)), "{query} {next}: {came}");
    }
}
