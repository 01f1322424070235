//! `since by link | cursor`: reads that begin with the mark of the last one, and what they name as removed.

use super::{shipped::connected, *};

const DIRECTORY: &str = r#"
system directory {
  http "https://directory.example.com/v1" { retry 1 times }
  collection users {
    key id
    lists all
    list GET "/users/delta" {
      query "$select" = requested.fields | join
      page by link $["@odata.nextLink"] size 2
      since by link $["@odata.deltaLink"]
      full when status == 410
      items $.value { removed when $["@removed"] is present }
    }
    attributes {
      id   : text at $.id
      name : text? at $.name
    }
  }
}
"#;

const TICKETS: &str = r#"
system tickets {
  http "https://tickets.example.com" { retry 1 times }
  collection users {
    key id
    lists all
    list GET "/incremental/users" {
      query "cursor" = page.cursor
      page by cursor $.after_cursor size 2
      last page when $.end_of_stream == true
      since by cursor $.after_cursor
      items $.users { removed when $.active == false }
    }
    attributes {
      id   : int at $.id
      name : text? at $.name
    }
  }
}
"#;

const CALENDAR: &str = r#"
system calendar {
  http "https://calendar.example.com" { retry 1 times }
  collection users {
    key id
    lists all
    list GET "/events" {
      query "syncToken" = since
      query "pageToken" = page.cursor
      page by cursor $.nextPageToken size 2
      since by cursor $.nextSyncToken
      full when status == 410
      items $.items { removed when $.status == "cancelled" }
    }
    attributes {
      id : text at $.id
    }
  }
}
"#;

async fn read(system: &str, mark: Option<&str>, replies: impl Into<Vec<Reply>>) -> (ReadRecords, Vec<String>) {
    let name = system.trim_start().split(' ').nth(1).unwrap().to_owned();
    let system = declared::system(system, &name, "users");
    let standin = StandIn::giving(replies);
    let mark = mark.map(|mark| Mark::new(mark.to_owned()));
    let ask = ReadRequest { attributes: vec![0], mark, wants_mark: true, since: None, ..ReadRequest::default() };
    let read = taken(&connected(&system, &standin.origin), &ask).await;
    (read, standin.lines())
}

fn mark(read: &ReadRecords) -> Option<&str> {
    read.read.mark.as_ref().map(Mark::text)
}

fn removed(read: &ReadRecords) -> Vec<(String, usize)> {
    read.read.removed.iter().map(|one| (one.key.canonical_key().unwrap().to_string(), one.after)).collect()
}

#[tokio::test]
async fn a_read_of_everything_ends_with_the_mark_of_the_next() {
    let pages = [
        Reply::ok(r#"{"value": [{"id": "a"}, {"id": "b"}], "@odata.nextLink": "/v1/users/delta?$skiptoken=s1"}"#),
        Reply::ok(r#"{"value": [{"id": "c"}], "@odata.deltaLink": "https://directory.example.com/v1/users/delta?$deltatoken=d1"}"#),
    ];
    let (all, lines) = read(DIRECTORY, None, pages).await;
    assert_eq!(all.evidence(), "there was no link to another page");
    assert_eq!(mark(&all), Some("/v1/users/delta?$deltatoken=d1"));
    assert_eq!(
        lines,
        ["GET /users/delta?$select=id", "GET /v1/users/delta?$skiptoken=s1"].map(|line| line.replace("GET /users", "GET /v1/users"))
    );
}

#[tokio::test]
async fn an_increment_begins_with_the_link_as_it_was_given_and_names_what_was_removed() {
    let page = Reply::ok(
        r#"{"value": [{"id": "a"}, {"id": "b", "@removed": {"reason": "deleted"}}, {"id": "c"}], "@odata.deltaLink": "/v1/users/delta?$deltatoken=d2"}"#,
    );
    let (some, lines) = read(DIRECTORY, Some("/v1/users/delta?$deltatoken=d1"), [page]).await;
    assert_eq!(lines, ["GET /v1/users/delta?$deltatoken=d1"]);
    assert_eq!((&some.read.end, some.records.len(), removed(&some)), (&End::Delta, 2, vec![("b".to_owned(), 1)]));
    assert_eq!(mark(&some), Some("/v1/users/delta?$deltatoken=d2"));
}

#[tokio::test]
async fn a_mark_that_is_not_known_any_more_asks_for_a_complete_read() {
    let (some, _) = read(DIRECTORY, Some("/v1/users/delta?$deltatoken=d1"), [Reply::new(410, "{}")]).await;
    assert!(some.read.full && mark(&some).is_none() && !some.reason().is_empty());
    let (all, _) = read(DIRECTORY, None, [Reply::new(410, "{}")]).await;
    assert!(!all.read.full && !all.read.end.is_complete(), "a read that is complete already can't be begun again: {:?}", all.read.end);
    let (broken, _) = read(DIRECTORY, Some("/v1/users/delta?$deltatoken=d1"), [Reply::new(500, "{}")]).await;
    assert!(!broken.read.full && !broken.read.end.is_complete(), "an outage is no complete read: {:?}", broken.read.end);
}

#[tokio::test]
async fn a_last_page_without_its_mark_proves_nothing() {
    for mark in [None, Some("/v1/users/delta?$deltatoken=d1")] {
        let (read, _) = read(DIRECTORY, mark, [Reply::ok(r#"{"value": [{"id": "a"}]}"#)]).await;
        assert_eq!(read.reason(), "the last page has nothing at `$[\"@odata.deltaLink\"]`, which the next read is to begin with");
    }
}

#[tokio::test]
async fn a_mark_leads_to_its_own_system_alone_and_a_removed_element_needs_a_key() {
    let page = Reply::ok(r#"{"value": [], "@odata.deltaLink": "https://elsewhere.example.com/users"}"#);
    let (read_, _) = read(DIRECTORY, None, [page]).await;
    assert!(read_.reason().contains("elsewhere.example.com"), "{}", read_.reason());
    let page = Reply::ok(r#"{"value": [{"@removed": {}}], "@odata.deltaLink": "/v1/users/delta?x=1"}"#);
    let (read_, _) = read(DIRECTORY, Some("/v1/users/delta?x=0"), [page]).await;
    assert_eq!(read_.reason(), "element 1 of a page names a removed record, and has no key");
}

/// The element is a change with a number of its own, so that its `id` names nobody.
#[tokio::test]
async fn a_removed_record_has_its_key_where_item_takes_it() {
    let changes = DIRECTORY.replace("items $.value { removed", "items $.value { item $.user · removed").replace(" · ", "\n");
    let changes = changes.replace("$[\"@removed\"] is present", "$.type == \"deleted\"");
    let page = |user: &str| {
        let change = format!(r#"{{"id": "55", "type": "deleted"{user}}}"#);
        Reply::ok(format!(r#"{{"value": [{change}], "@odata.deltaLink": "/v1/users/delta?x=1"}}"#))
    };
    for user in [r#", "user": null"#, "", r#", "user": {}"#, r#", "user": "7""#] {
        let (read_, _) = read(&changes, Some("/v1/users/delta?x=0"), [page(user)]).await;
        assert_eq!((read_.reason(), removed(&read_)), ("element 1 of a page names a removed record, and has no key", vec![]));
    }
    let (read_, _) = read(&changes, Some("/v1/users/delta?x=0"), [page(r#", "user": {"id": "7"}"#)]).await;
    assert_eq!(removed(&read_), [("7".to_owned(), 0)]);
}

#[tokio::test]
async fn a_cursor_begins_where_the_last_page_ended() {
    let page = |users: &str, cursor: &str, end: bool| {
        Reply::ok(format!(r#"{{"users": [{users}], "after_cursor": "{cursor}", "end_of_stream": {end}}}"#))
    };
    let pages = [page(r#"{"id": 1}, {"id": 2}"#, "c1", false), page(r#"{"id": 3, "active": false}"#, "c2", true)];
    let (some, lines) = read(TICKETS, Some("c0"), pages).await;
    assert_eq!(lines, ["GET /incremental/users?cursor=c0", "GET /incremental/users?cursor=c1"]);
    assert_eq!((mark(&some), removed(&some)), (Some("c2"), vec![("3".to_owned(), 2)]));
    let (nothing, _) = read(TICKETS, Some("c2"), [page("", "c2", true)]).await;
    assert_eq!((&nothing.read.end, mark(&nothing)), (&End::Delta, Some("c2")), "nothing changed, so the mark may be the same");
    let (stuck, _) = read(TICKETS, Some("c2"), [page(r#"{"id": 1}"#, "c2", true)]).await;
    assert_eq!((&stuck.read.end, mark(&stuck)), (&End::Delta, None), "a mark that would show the same again leads nowhere");
    let (round, _) = read(TICKETS, Some("c2"), [page(r#"{"id": 1}, {"id": 2}"#, "c2", false)]).await;
    assert!(round.reason().contains("the same cursor as a page before it"), "{}", round.reason());
}

#[tokio::test]
async fn a_token_that_is_sent_as_since_stays_beside_the_cursor_of_pages() {
    let pages = [
        Reply::ok(r#"{"items": [{"id": "a"}, {"id": "b"}], "nextPageToken": "p2"}"#),
        Reply::ok(r#"{"items": [{"id": "c", "status": "cancelled"}], "nextSyncToken": "t2"}"#),
    ];
    let (some, lines) = read(CALENDAR, Some("t1"), pages).await;
    assert_eq!(lines, ["GET /events?syncToken=t1", "GET /events?syncToken=t1&pageToken=p2"]);
    assert_eq!((mark(&some), removed(&some), &some.read.end), (Some("t2"), vec![("c".to_owned(), 2)], &End::Delta));
    let (all, lines) = read(CALENDAR, None, [Reply::ok(r#"{"items": [{"id": "a"}], "nextSyncToken": "t1"}"#)]).await;
    assert_eq!((lines, mark(&all)), (vec!["GET /events".to_owned()], Some("t1")));
    assert!(read(CALENDAR, Some("t1"), [Reply::new(410, "{}")]).await.0.read.full);
}

#[tokio::test]
async fn a_mark_is_shown_nowhere() {
    let system = declared::system(DIRECTORY, "directory", "users");
    let standin = StandIn::giving([Reply::new(400, r#"{"error": "the token SECRET-MARK is wrong"}"#)]);
    let events = Arc::new(RecordedEvents::default());
    let config = ConnectionConfig { observer: Arc::clone(&events) as Arc<dyn Observer>, ..config(&standin.origin) };
    let mark = Some(Mark::new("/v1/users/delta?SECRET-MARK".to_owned()));
    let ask = ReadRequest { attributes: vec![0], mark, wants_mark: true, ..ReadRequest::default() };
    let read = taken(&Connection::open(&system, config).unwrap(), &ask).await;
    let shown = format!("{} {:?} {:?} {:?}", read.reason(), events.0.lock().unwrap(), ask, read.read);
    assert!(standin.lines()[0].ends_with("SECRET-MARK") && !shown.contains("SECRET-MARK"), "{shown}");
}
