//! What a write needs of its record: values fill its address, and nothing that names a record is dropped.

use super::{
    shipped::{call, connected, write},
    *,
};

const APP: &str = r#"
system app {
  http "https://app.example.com" { }
  collection users {
    key id
    list GET "/users" { items $ }
    create PUT "/users/{id}" { query "mail" = mail when mail is present }
    update PATCH "/users/{id}" { header "X-Group" = grp }
    delete DELETE "/users/{id}" { query "group" = grp }
    call lock POST "/lock" { body = { group = grp } }
    call ring POST "/ring" {
      batch 10
      body = { users = [{ id = id, group = grp } for each record] }
      items $ by $.id = id
    }
    attributes {
      id   : text create only unique at $.id
      grp  : text? at $.grp
      mail : text? at $.mail
    }
  }
}
"#;

fn app() -> Arc<System> {
    declared::system(APP, "app", "users")
}

fn users(system: &System, kind: WriteKind, id: Option<&str>, values: &[(&str, &str)], now: &[(usize, Value)]) -> Write {
    let values: Vec<_> = values.iter().map(|(name, value)| (*name, Value::text(*value))).collect();
    Write { current: now.to_vec(), ..write(system, 0, kind, id.map(Value::text), &values) }
}

async fn made(writes: Vec<Write>, reply: Reply) -> (Vec<Result<Written, CallError>>, Vec<String>) {
    made_by(&app(), writes, reply).await
}

async fn made_by(system: &Arc<System>, writes: Vec<Write>, reply: Reply) -> (Vec<Result<Written, CallError>>, Vec<String>) {
    let standin = StandIn::giving([reply]);
    let outcomes = connected(system, &standin.origin).write(0, &writes).await;
    let body = |seen: &standin::Seen| seen.text().rsplit("\n\n").next().filter(|body| body.starts_with(['{', '['])).map(str::to_owned);
    let sent = |seen: &standin::Seen| [Some(seen.line()), body(seen)].into_iter().flatten().collect::<Vec<_>>().join(" ");
    (outcomes, standin.seen().iter().map(sent).collect())
}

/// What is missing in the plan's reading of a record that is to be created must not win over what is created.
#[tokio::test]
async fn values_of_the_record_fill_the_address_of_a_create() {
    let create = |values: &[(&str, &str)]| users(&app(), WriteKind::Create, None, values, &[(0, Value::Null), (2, Value::Null)]);
    let (outcomes, sent) = made(vec![create(&[("id", "p/1"), ("mail", "p1@example.com")])], Reply::new(204, "")).await;
    assert_eq!(sent, [r#"PUT /users/p%2F1?mail=p1%40example.com {"id":"p/1","mail":"p1@example.com"}"#]);
    assert_eq!(outcomes[0].as_ref().unwrap().id, Some(Value::text("p/1")), "the key that was sent");
    let (outcomes, _) = made(vec![create(&[("id", "p1")])], Reply::new(201, r#"{"id": "P-1"}"#)).await;
    assert_eq!(outcomes[0].as_ref().unwrap_err().effect, Effect::Unknown, "another key than was sent may be that of something else");
    let (outcomes, _) = made(vec![create(&[("id", "p1")])], Reply::new(201, r#"{"id": "p1"}"#)).await;
    assert_eq!(outcomes[0].as_ref().unwrap().id, Some(Value::text("p1")));
    let (outcomes, sent) = made(vec![create(&[("mail", "p1@example.com")])], Reply::new(204, "")).await;
    let error = outcomes[0].as_ref().unwrap_err();
    assert_eq!(
        (error.message.as_str(), error.effect),
        ("the URL of `create` needs `id`, which has no value, so nothing was sent", Effect::None)
    );
    assert!(sent.is_empty());
}

#[tokio::test]
async fn nothing_that_names_a_record_is_dropped_from_a_write() {
    let system = app();
    let delete = |now: &[(usize, Value)]| users(&system, WriteKind::Delete, Some("p1"), &[], now);
    let group = (1, Value::text("g1"));
    let (outcomes, sent) =
        made(vec![delete(&[]), delete(&[(1, Value::Null)]), delete(std::slice::from_ref(&group))], Reply::new(204, "")).await;
    assert_eq!(sent, ["DELETE /users/p1?group=g1"]);
    let said = |at: usize| outcomes[at].as_ref().unwrap_err().message.clone();
    assert_eq!(said(0), "the query `group` of `delete` needs `grp`, which has no value, so nothing was sent");
    assert_eq!(said(1), said(0));
    let update = users(&system, WriteKind::Update, Some("p1"), &[("mail", "x@example.com")], &[]);
    let lock = users(&system, call(&system, 0, "lock"), Some("p1"), &[], &[]);
    let (outcomes, sent) = made(vec![update, lock], Reply::new(204, "")).await;
    let said = |at: usize| outcomes[at].as_ref().unwrap_err().message.clone();
    assert_eq!(said(0), "the header `X-Group` of `update` needs `grp`, which has no value, so nothing was sent");
    assert_eq!(said(1), "the body of `lock` needs `grp`, which has no value, so nothing was sent");
    assert!(sent.is_empty());
}

#[tokio::test]
async fn a_record_of_a_batch_that_lacks_a_value_fails_alone() {
    let system = app();
    let ring = |id: &str, now: &[(usize, Value)]| users(&system, call(&system, 0, "ring"), Some(id), &[], now);
    let group = (1, Value::text("g1"));
    let writes = vec![ring("p1", std::slice::from_ref(&group)), ring("p2", &[]), ring("p3", &[group])];
    let (outcomes, sent) = made(writes, Reply::ok(r#"[{"id": "p1"}, {"id": "p3"}]"#)).await;
    assert_eq!(sent, [r#"POST /ring {"users":[{"id":"p1","group":"g1"},{"id":"p3","group":"g1"}]}"#]);
    assert_eq!(outcomes.iter().map(Result::is_ok).collect::<Vec<_>>(), [true, false, true]);
}

const MEMBERS: &str = r#"
system app {
  http "https://app.example.com" { }
  collection users {
    key id
    list GET "/members" { items $ }
    create PUT "/members/{id}" { body = { role = role } }
    update PUT "/members/{id}" {
      query "team" = team
      body = { role = role }
    }
    attributes {
      id   : text create only unique at $.id
      role : text at $.role
      team : text? at $.team
    }
    part desk {
      at $.desk
      create PUT "/members/{id}/desk/{desk.room}" { body = {} }
      attributes { room : text? at $.room }
    }
  }
}
"#;

/// The answer to a write says nothing of a value that it did not bring, and an update addresses a record by what it has now.
#[tokio::test]
async fn a_value_that_no_line_of_a_call_carries_is_never_believed_written() {
    let system = declared::system(MEMBERS, "app", "users");
    let team = [(2, Value::text("t1"))];
    let of = |kind, values: &[(&str, &str)]| users(&system, kind, Some("m1"), values, &team);
    let new = |values: &[(&str, &str)]| users(&system, WriteKind::Create, None, values, &[]);
    let writes = vec![
        new(&[("id", "m1"), ("role", "admin")]),
        new(&[("id", "m2"), ("role", "admin"), ("team", "t2")]),
        of(WriteKind::Update, &[("role", "member")]),
        of(WriteKind::Update, &[("team", "t2")]),
        of(WriteKind::Update, &[("role", "member"), ("team", "t2")]),
    ];
    let (outcomes, sent) = made_by(&system, writes, Reply::new(204, "")).await;
    assert_eq!(sent, [r#"PUT /members/m1 {"role":"admin"}"#, r#"PUT /members/m1?team=t1 {"role":"member"}"#]);
    let said: Vec<_> = outcomes.iter().map(|outcome| outcome.as_ref().map_or_else(|error| error.message.as_str(), |_| "done")).collect();
    let (create, update) =
        ("no line of `create` carries `team`, so nothing was sent", "no line of `update` carries `team`, so nothing was sent");
    assert_eq!(said, ["done", create, "done", update, update]);
}

#[tokio::test]
async fn a_new_part_may_be_named_by_the_address_of_its_create() {
    let system = declared::system(MEMBERS, "app", "users");
    let desk = users(&system, WriteKind::Part(0), Some("m1"), &[("desk.room", "101")], &[(3, Value::Null)]);
    let (_, sent) = made_by(&system, vec![desk], Reply::new(204, "")).await;
    assert_eq!(sent, ["PUT /members/m1/desk/101 {}"]);
}

#[tokio::test]
async fn in_a_batch_what_is_not_carried_fails_alone() {
    let bulk = MEMBERS.replace(
        "update PUT \"/members/{id}\" {\n      query \"team\" = team\n      body = { role = role }",
        "update POST \"/bulk\" {\n      batch 10\n      items $ by $.id = id\n      body = [{ id = id, role = role } for each record]",
    );
    let system = declared::system(&bulk, "app", "users");
    let update = |id: &str, name: &str| users(&system, WriteKind::Update, Some(id), &[(name, "x")], &[]);
    let writes = vec![update("m1", "role"), update("m2", "team")];
    let (outcomes, sent) = made_by(&system, writes, Reply::ok(r#"[{"id": "m1"}, {"id": "m2"}]"#)).await;
    assert_eq!(sent, [r#"POST /bulk [{"id":"m1","role":"x"}]"#]);
    assert_eq!(outcomes.iter().map(Result::is_ok).collect::<Vec<_>>(), [true, false]);
}
