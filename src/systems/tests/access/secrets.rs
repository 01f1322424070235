//! Secrets stay where they are.

use super::{build::*, *};
use serde_json::json;

#[tokio::test]
async fn no_secret_in_what_comes_back() {
    let echo = format!("key {SECRET} is unknown, {SECRET}");
    for reply in [
        Reply::new(400, &echo),
        Reply::new(401, json!({ "detail": echo, "scimType": SECRET })),
        Reply::new(500, format!("<html><title>{SECRET}</title>{echo}")),
        Reply::ok(json!({ "detail": echo })),
        Reply::ok(format!("<html><title>{SECRET}</title>")),
        Reply::new(429, &echo).with("Retry-After", "0"),
    ] {
        let standin = StandIn::giving([reply]);
        let events = Arc::new(RecordedEvents::default());
        let secret = format!("/Users/{SECRET}");
        let system = but(scim(), |http, members| {
            http.queries.push(parameter("key", name(crate::compile::program::Name::Secret("token".into()))));
            members.list.as_mut().unwrap().path = text(&secret);
        });
        let connection_config = ConnectionConfig { observer: Arc::clone(&events) as Arc<dyn Observer>, ..config(&standin.origin) };
        let connection = Connection::open(&system, connection_config).unwrap();
        let mut said = vec![format!("{:?}", taken(&connection, &ReadRequest::default()).await.read)];
        said.push(format!("{:?}", connection.get(0, &Value::text("1"), &ReadRequest::default()).await));
        said.push(format!("{:?}", connection.find(0, 1, &Value::text("1"), &ReadRequest::default()).await));
        said.push(format!("{:?}", events.0.lock().unwrap()));
        for said in &said[..] {
            let said = if said.starts_with("Ok(") { "" } else { said };
            assert!(!said.contains("MARKED"), "{said}");
        }
        assert!(standin.seen().iter().all(|seen| seen.target.contains("MARKED")), "the secret itself was sent");
    }
}

#[test]
fn a_secret_without_a_value_is_named_and_never_shown() {
    let connection_config = ConnectionConfig { secrets: BTreeMap::from([("api_key".into(), " ".into())]), ..config("http://127.0.0.1:1") };
    let Err(why) = Connection::open(&Arc::new(lucca()), connection_config) else { panic!("it was opened") };
    assert_eq!(why.to_string(), "the secret `lucca.api_key` has no value: say in `counterpart.toml` where it is kept");
}

#[tokio::test]
async fn a_secret_with_a_line_break_is_not_sent() {
    let standin = StandIn::giving([Reply::ok("{}")]);
    let secrets = BTreeMap::from([("api_key".into(), "MARKED\r\nX-Admin: yes".into())]);
    let connection = Connection::open(&Arc::new(lucca()), ConnectionConfig { secrets, ..config(&standin.origin) }).unwrap();
    let error = connection.identity().await.unwrap_err();
    assert_eq!(error.message, "the header `Authorization` would hold a line break or a control character, so nothing was sent");
    assert_eq!((standin.count(), error.effect), (0, Effect::None));
}

#[test]
fn a_base_address_is_one_of_the_web_without_credentials() {
    let open = |base| {
        let connection_config = ConnectionConfig { origin: None, ..config("") };
        let system = but(lucca(), |http, _| http.base = base);
        Connection::open(&system, connection_config).err()
    };
    let settings = |setting: &str| template([Err("https://"), Ok(text(setting)), Err(".ilucca.net")]);
    assert_eq!(open(settings("acme")), None);
    assert_eq!(open(template([Ok(text("https://a.example.com/scim/")), Err("/v2")])), None);
    assert!(open(settings("evil.example.com/")).is_some(), "a value can't end the host");
    assert!(open(settings("me@evil")).is_some());
    for (base, why) in [
        ("ftp://a.example.com", "begins neither with `https://` nor with `http://`"),
        ("https://me:MARKED@a.example.com", "holds credentials"),
        ("https://a.example.com?key=1", "holds a query"),
        ("a.example.com", "is no address"),
    ] {
        let said = open(text(base)).unwrap().to_string();
        assert!(said.starts_with("the base address of `lucca` ") && said.contains(why) && !said.contains("MARKED"), "{said}");
    }
}
