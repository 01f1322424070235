//! Two real servers: whatever the first one answers, the second never sees a request, and so no credential and nobody's data.

use super::{
    declared::api,
    shipped::{arlo, connected, part, wicket, write},
    *,
};
use serde_json::json;

fn strangers() -> StandIn {
    StandIn::giving([Reply::ok(r#"{"data": [{"id": "9"}], "id": "9", "access_token": "taken"}"#)])
}

fn words(text: &str) -> Value {
    Value::text(text)
}

/// Every way that a list tells where its next page is.
#[tokio::test]
async fn the_next_page_is_not_fetched_from_another_server() {
    let stranger = strangers();
    let other = &stranger.origin;
    let by = |page: &str| {
        api("header \"X-Marked\" = \"Bearer MARKED\"", &format!("list GET \"/things\" {{ items $.data\n page by {page} size 2\n }}"))
    };
    let mut seen = Vec::new();
    for (system, reply) in [
        (by("link $.next"), Reply::ok(json!({ "data": [{ "id": "1" }], "next": format!("{other}/v1/things?page=2") }))),
        (
            by("link $.next"),
            Reply::ok(json!({ "data": [{ "id": "1" }], "next": format!("//{}/v1/things", other.trim_start_matches("http://")) })),
        ),
        (
            by("link header \"Link\""),
            Reply::ok(json!({ "data": [{ "id": "1" }] })).with("Link", &format!("<{other}/v1/things>; rel=\"next\"")),
        ),
        (by("link header \"X-Next\""), Reply::ok(json!({ "data": [{ "id": "1" }] })).with("X-Next", &format!("{other}/v1/things"))),
    ] {
        let standin = StandIn::giving([reply]);
        let got = taken(&connected(&system, &standin.origin), &ReadRequest::default()).await;
        assert!(got.reason().contains(&format!("is at `{other}`")), "{}", got.reason());
        seen.push(standin.count());
    }
    assert_eq!((seen, stranger.count()), (vec![1; 4], 0));
}

#[tokio::test]
async fn the_vendors_own_links_are_not_followed_to_another_server() {
    let stranger = strangers();
    let other = &stranger.origin;
    let xml = format!("<Contacts><Link rel=\"next\" type=\"application/xml\" href=\"{other}/contacts/?skip=1\" /></Contacts>");
    let json = json!({ "data": [], "meta": { "page": { "total_items": 9 } }, "links": { "next": format!("{other}/people?page=2") } });
    for (system, body) in [(arlo(&[]), xml), (wicket(), json.to_string())] {
        let standin = StandIn::giving([Reply::ok(body)]);
        let got = taken(&connected(&system, &standin.origin), &ReadRequest::default()).await;
        assert!(got.reason().contains("not followed"), "{}", got.reason());
        assert_eq!(standin.count(), 1);
    }
    assert_eq!(stranger.count(), 0);
}

/// A redirect is no next page: neither a read nor a write goes after it, whatever the status.
#[tokio::test]
async fn nothing_is_sent_after_a_redirect_to_another_server() {
    let stranger = strangers();
    let people = wicket();
    let create = || write(&people, 0, WriteKind::Create, None, &[("first_name", words("Jeanne")), ("last_name", words("Martin"))]);
    let update = || write(&people, 0, WriteKind::Update, Some(words("9b1f")), &[("title", words("Lead"))]);
    for status in [301, 302, 303, 307, 308] {
        let standin = StandIn::giving([Reply::new(status, "").with("Location", &format!("{}/people", stranger.origin))]);
        let connection = connected(&people, &standin.origin);
        for one in [create(), update()] {
            let error = connection.write(0, &[one]).await.remove(0).unwrap_err();
            assert!(error.message.contains("points to `127.0.0.1`, which is not followed"), "{}", error.message);
        }
        assert!(taken(&connection, &ReadRequest::default()).await.reason().contains("which is not followed"));
        assert!(connection.get(0, &words("9b1f"), &ReadRequest::default()).await.is_err());
        assert!(connection.identity().await.is_err());
    }
    assert_eq!(stranger.count(), 0);
}

#[tokio::test]
async fn a_merge_does_not_lead_to_another_server() {
    let stranger = strangers();
    let contacts = arlo(&[]);
    let standin = StandIn::giving([Reply::new(308, "").with("Location", &format!("{}/contacts/77/", stranger.origin))]);
    let connection = connected(&contacts, &standin.origin);
    let error = connection.get(0, &Value::Int(53), &ReadRequest::default()).await.unwrap_err();
    assert!(error.message.contains("says that a record was merged and points to `127.0.0.1`, which is not followed"), "{}", error.message);
    let change = |kind| write(&contacts, 0, kind, Some(Value::Int(53)), &[]);
    for kind in [WriteKind::Update, part(&contacts, 0, "address")] {
        assert!(connection.write(0, &[change(kind)]).await.remove(0).is_err());
    }
    assert_eq!(stranger.count(), 0);
}

/// A value that stands in a path stays there, even one that looks like an address.
#[tokio::test]
async fn a_value_in_the_address_of_an_upload_leads_nowhere_else() {
    let stranger = strangers();
    let people = wicket();
    let host = stranger.origin.trim_start_matches("http://").to_owned();
    for id in [stranger.origin.clone(), format!("//{host}/x"), format!("@{host}/"), format!("../../{host}"), format!("\\\\{host}")] {
        let standin = StandIn::giving([Reply::new(404, "")]);
        let one = write(&people, 0, WriteKind::Update, Some(words(&id)), &[("title", words("Lead"))]);
        connected(&people, &standin.origin).write(0, &[one]).await.remove(0).unwrap_err();
        assert!(standin.lines().iter().all(|line| line.contains(" /people/")), "{:?}", standin.lines());
    }
    assert_eq!(stranger.count(), 0);
}

/// Where a created record is said to stand is not asked, and tells a key only at home.
#[tokio::test]
async fn the_place_of_a_new_record_is_not_visited() {
    let stranger = strangers();
    let people = wicket();
    let standin = StandIn::giving([Reply::new(201, "").with("Location", &format!("{}/people/9b1f", stranger.origin))]);
    let one = write(&people, 0, WriteKind::Create, None, &[("first_name", words("Jeanne")), ("last_name", words("Martin"))]);
    let written = connected(&people, &standin.origin).write(0, &[one]).await.remove(0).unwrap();
    assert_eq!((written.id, stranger.count()), (None, 0));
}
