//! Keys of several attributes: memberships below groups, read, made and taken away by both of their values.

use super::{
    declared::read,
    shipped::{connected, write},
    *,
};
use crate::{compile::texts, systems::keys};

const DIRECTORY: &str = r#"
system directory {
  http "https://directory.example.com" { retry 1 times }
  collection groups {
    key id
    lists all
    list GET "/groups" { items $ }
    attributes {
      id   : int  at $.id
      name : text at $.name
    }
  }
  collection members {
    key group, account
    lists all
    list for each groups GET "/groups/{groups.id}/members" where group == groups.id { items $ }
    get GET "/groups/{group}/members/{account}"
    create PUT "/groups/{group}/members/{account}" { body = {} }
    update PATCH "/groups/{group}/members/{account}"
    delete DELETE "/groups/{group}/members/{account}"
    attributes {
      group   : int  create only
      account : text create only at $.id
      role    : text? at $.role
    }
  }
  collection roles {
    key group, account, role
    lists all
    list for each members GET "/groups/{members.group}/members/{members.account}/roles" where group == members.group and account == members.account {
      items $
    }
    attributes {
      group   : int
      account : text
      role    : text at $.role
    }
  }
}
"#;

fn directory() -> Arc<System> {
    texts::system(DIRECTORY, "directory.groups", "id")
}

fn groups(seen: &standin::Seen) -> Option<Reply> {
    (seen.line() == "GET /groups").then(|| Reply::ok(r#"[{"id": 7, "name": "Seven"}, {"id": 8, "name": "Eight"}]"#))
}

fn members(seen: &standin::Seen) -> Reply {
    match seen.line().as_str() {
        "GET /groups/7/members" => Reply::ok(r#"[{"id": "ada", "role": "owner"}, {"id": "a/b, c=\"d\""}]"#),
        "GET /groups/8/members" => Reply::ok(r#"[{"id": "ada"}]"#),
        _ => Reply::new(404, r#"{"message": "no such group"}"#),
    }
}

fn keys(system: &System, records: &[String]) -> Vec<String> {
    let collection = &system.collections[1];
    let mut keys: Vec<_> =
        records.iter().map(|record| keys::id_of(collection, record.as_bytes(), &[]).unwrap().to_text().unwrap().into_owned()).collect();
    keys.sort();
    keys
}

#[tokio::test]
async fn the_key_of_the_record_above_is_a_part_of_the_key_below() {
    let system = directory();
    let standin = StandIn::new(|_, seen| groups(seen).unwrap_or_else(|| members(seen)));
    let got = read(&system, &standin, "members", &ReadRequest::default()).await;
    assert_eq!(got.evidence(), "each list below the 2 groups was read to its end");
    assert_eq!(keys(&system, &got.records), ["group=7 account=\"a/b, c=\\\"d\\\"\"", "group=7 account=ada", "group=8 account=ada"]);
    let listed: Vec<_> = got.read.read_for.0[&0].iter().map(ToString::to_string).collect();
    assert_eq!(listed.len(), 2);
    assert!(got.read.read_for.shows(&[(0, Value::Int(7))]) && !got.read.read_for.shows(&[(0, Value::Int(9))]));
}

#[tokio::test]
async fn a_parent_with_a_key_of_several_attributes_has_a_list_below_it() {
    let system = directory();
    let roles = |seen: &standin::Seen| match seen.line().as_str() {
        "GET /groups/7/members/ada/roles" => Reply::ok(r#"[{"role": "owner"}]"#),
        line if line.ends_with("/roles") => Reply::ok("[]"),
        _ => members(seen),
    };
    let standin = StandIn::new(move |_, seen| groups(seen).unwrap_or_else(|| roles(seen)));
    let got = read(&system, &standin, "roles", &ReadRequest::default()).await;
    assert_eq!(got.evidence(), "each list below the 3 members was read to its end");
    let id = keys::id_of(&system.collections[2], got.records[0].as_bytes(), &[]).unwrap();
    assert_eq!(id, Value::text("group=7 account=ada role=owner"));
    assert!(standin.lines().contains(&"GET /groups/7/members/a%2Fb%2C%20c%3D%22d%22/roles".to_owned()), "{:?}", standin.lines());
}

/// Nobody is missing because the record above has gone while it was read.
#[tokio::test]
async fn a_parent_that_is_gone_by_then_breaks_the_read() {
    let gone = |text: &'static str| {
        StandIn::new(move |_, seen| match seen.line().as_str() {
            "GET /groups" => groups(seen).unwrap(),
            "GET /groups/8/members" => Reply::new(404, text),
            _ => members(seen),
        })
    };
    let got = read(&directory(), &gone(r#"{"message": "no such group"}"#), "members", &ReadRequest::default()).await;
    assert_eq!(got.reason(), "below `8` of groups: the first page was not given (404): no such group");
    let listed = DIRECTORY.replace("retry 1 times", "retry 1 times\n    error $.message code $.code { \"E7\" is gone }");
    let system = texts::system(&listed, "directory.groups", "id");
    let got = read(&system, &gone(r#"{"code": "E7", "message": "no such group"}"#), "members", &ReadRequest::default()).await;
    assert_eq!(got.reason(), "below `8` of groups: the first page was not given (404): no such group");
}

#[tokio::test]
async fn an_element_that_contradicts_its_parent_breaks_the_read() {
    let system = texts::system(
        &DIRECTORY.replace("group   : int  create only\n", "group   : int  create only at $.gid\n"),
        "directory.groups",
        "id",
    );
    let standin = StandIn::new(|_, seen| groups(seen).unwrap_or_else(|| Reply::ok(r#"[{"id": "ada", "gid": 9}]"#)));
    let got = read(&system, &standin, "members", &ReadRequest::default()).await;
    assert!(got.reason().contains("an element has `group` 9, which its list is declared not to show"), "{}", got.reason());
}

async fn made(write: Write, reply: Reply) -> (Result<Written, CallError>, Vec<String>) {
    let standin = StandIn::giving([reply]);
    let mut outcomes = connected(&directory(), &standin.origin).write(1, &[write]).await;
    let sent = |seen: &standin::Seen| {
        let body = seen.text().rsplit("\n\n").next().filter(|body| body.starts_with('{')).map(str::to_owned);
        [Some(seen.line()), body].into_iter().flatten().collect::<Vec<_>>().join(" ")
    };
    (outcomes.remove(0), standin.seen().iter().map(sent).collect())
}

#[tokio::test]
async fn a_create_names_its_record_by_what_it_sends() {
    let system = directory();
    let values = [("group", Value::Int(7)), ("account", Value::text("a/b ö"))];
    let create = write(&system, 1, WriteKind::Create, None, &values);
    let (outcome, sent) = made(create.clone(), Reply::new(204, "")).await;
    assert_eq!(sent, ["PUT /groups/7/members/a%2Fb%20%C3%B6 {}"]);
    assert_eq!(outcome.unwrap().id, Some(Value::text("group=7 account=\"a/b ö\"")));
    let (outcome, _) = made(create, Reply::new(201, r#"{"id": "a/b ö"}"#)).await;
    let written = outcome.unwrap();
    assert_eq!(written.id, Some(Value::text("group=7 account=\"a/b ö\"")), "what the answer leaves out was sent");
    assert_eq!(keys::id_of(&system.collections[1], &written.record.unwrap(), &[]), written.id);
}

/// The answer may be about the membership, which has a number of its own.
#[tokio::test]
async fn a_create_whose_answer_has_another_key_is_unknown() {
    let values = [("group", Value::Int(7)), ("account", Value::text("ada"))];
    let create = write(&directory(), 1, WriteKind::Create, None, &values);
    let (outcome, _) = made(create, Reply::new(201, r#"{"id": "991", "state": "active"}"#)).await;
    let error = outcome.unwrap_err();
    assert_eq!(error.effect, Effect::Unknown);
    assert_eq!(error.message, "the answer does not say what became of this record: it shows `account` 991 where ada was expected");
}

#[tokio::test]
async fn a_write_goes_to_the_record_that_both_values_name() {
    let system = directory();
    let id = Some(Value::text(r#"group=7 account="x=\"1\"""#));
    let delete = write(&system, 1, WriteKind::Delete, id.clone(), &[]);
    assert_eq!(made(delete, Reply::new(204, "")).await.1, ["DELETE /groups/7/members/x%3D%221%22"]);
    let update = write(&system, 1, WriteKind::Update, id, &[("role", Value::text("owner"))]);
    assert_eq!(made(update, Reply::ok("{}")).await.1, [r#"PATCH /groups/7/members/x%3D%221%22 {"role":"owner"}"#]);
}

/// Nothing that names a record is dropped: with one value of the two, it would be a delete of all memberships.
#[tokio::test]
async fn without_both_values_nothing_is_sent() {
    for id in ["group=7", "ada", "group=7 account=", "account=ada group=7", "group=7 account=ada more=1"] {
        let delete = write(&directory(), 1, WriteKind::Delete, Some(Value::text(id)), &[]);
        let (outcome, sent) = made(delete, Reply::new(204, "")).await;
        assert_eq!(sent, Vec::<String>::new(), "{id}");
        assert_eq!(outcome.unwrap_err().message, "the URL of `delete` needs `group`, which has no value, so nothing was sent", "{id}");
    }
}

#[tokio::test]
async fn one_record_is_asked_for_by_all_of_its_key() {
    let system = directory();
    let standin = StandIn::giving([Reply::ok(r#"{"id": "ada", "role": "owner"}"#), Reply::new(404, "{}")]);
    let connection = connected(&system, &standin.origin);
    let id = Value::text("group=7 account=ada");
    let GetResult::Record(record) = connection.get(1, &id, &ReadRequest::default()).await.unwrap() else { panic!("it is there") };
    assert_eq!(keys::id_of(&system.collections[1], &record.json, &[]), Some(id.clone()), "what it leaves out was asked for");
    assert_eq!(connection.get(1, &id, &ReadRequest::default()).await.unwrap(), GetResult::Gone);
    assert_eq!(standin.lines(), ["GET /groups/7/members/ada", "GET /groups/7/members/ada"]);
}

/// A record that shows one half of its key alone may be that of anybody.
#[tokio::test]
async fn a_get_that_shows_half_of_the_key_shows_nobody() {
    let shown = DIRECTORY.replace("group   : int  create only\n", "group   : int  create only at $.gid\n").replace(
        "list for each groups GET \"/groups/{groups.id}/members\" where group == groups.id { items $ }\n    get",
        "list GET \"/members\" { items $ }\n    get",
    );
    let system = texts::system(&shown, "directory.groups", "id");
    let id = Value::text("group=7 account=ada");
    for (body, whole) in [
        (r#"{"gid": 7, "id": "ada", "role": "owner"}"#, true),
        (r#"{"gid": 7, "role": "owner"}"#, false),
        (r#"{"id": "ada"}"#, false),
        (r#"{"gid": 7, "id": {"x": 1}}"#, false),
        (r#"{"role": "owner"}"#, false),
    ] {
        let standin = StandIn::giving([Reply::ok(body)]);
        let got = connected(&system, &standin.origin).get(1, &id, &ReadRequest::default()).await;
        assert_eq!(matches!(got, Ok(GetResult::Record(_))), whole, "{body}: {got:?}");
    }
    // An attribute that no record shows is known from what was asked.
    let standin = StandIn::giving([Reply::ok(r#"{"id": "ada"}"#)]);
    let got = connected(&directory(), &standin.origin).get(1, &id, &ReadRequest::default()).await;
    assert!(matches!(got, Ok(GetResult::Record(_))), "{got:?}");
}
