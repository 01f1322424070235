//! `body = EXPR`: what a call sends, as one expression.

use super::{
    shipped::{call, connected, write},
    *,
};

const APP: &str = r#"
system app {
  secret  api_key
  http "https://app.example.com" { }
  collection users {
    key id
    list GET "/users" { items $ }
    get GET "/users/{id}"
    create POST "/users" { body = record + { profile = { kind = "person" }, source = "sync" } }
    update PATCH "/users/{id}" { body = { data = changes } }
    delete DELETE "/users" { body = { ids = [id], hard = true } }
    call manager PUT "/manager" { body = { "@odata.id" = "https://app.example.com/users/{boss}" } }
    call ring POST "/ring" {
      batch 10
      body = { requests = [{ id = id, method = "RING", url = "/users/{id}" } for each record] }
      items $ by $.id = id
    }
    attributes {
      id    : text read only at $.id
      name  : text? at $.name
      title : text? at $.profile.title
      boss  : text? at $.boss
      tags  : list of text? at $.tags
    }
  }
  collection logs {
    key id
    list GET "/logs" { items $ }
    get GET "/logs/{id}"
    create POST "/logs" { body form { lists = "numbered" } = { logs = [record] } }
    update PUT "/logs/{id}" { body = record }
    attributes {
      id   : text read only at $.id
      name : text? at $.name
      tags : list of text? at $.tags
    }
  }
  collection rows {
    key id
    list GET "/rows" { items $ }
    create POST "/rows" {
      batch 10
      body = { inputs = [{ properties = record } for each record], count = 2 }
      items $ by $.name = name { key $.id }
    }
    update PATCH "/rows" {
      batch 10
      body = { inputs = [{ id = id, properties = changes } for each record], merged = [changes + { id = id } for each record] }
      items $ by $.id = id
    }
    attributes {
      id   : text read only at $.id
      name : text? at $.name
    }
  }
}
"#;

fn app(collection: &str) -> Arc<System> {
    declared::system(APP, "app", collection)
}

/// What was sent for writes of a collection: the request line and the body.
async fn sent(of: &str, writes: impl Fn(&System, usize) -> Vec<Write>, replies: impl Into<Vec<Reply>>) -> Vec<String> {
    let system = app(of);
    let at = declared::collection(&system, of);
    let standin = StandIn::giving(replies);
    let outcomes = connected(&system, &standin.origin).write(at, &writes(&system, at)).await;
    assert!(outcomes.iter().all(Result::is_ok), "{outcomes:?}");
    standin.seen().iter().map(|seen| format!("{} {}", seen.line(), seen.text().rsplit("\n\n").next().unwrap_or_default())).collect()
}

fn named(name: &str) -> Vec<(&'static str, Value)> {
    vec![("name", Value::text(name))]
}

#[tokio::test]
async fn members_beside_the_record_are_merged_into_it() {
    let create = |system: &System, at: usize| {
        vec![write(system, at, WriteKind::Create, None, &[("name", Value::text("Ann")), ("title", Value::text("CEO"))])]
    };
    assert_eq!(
        sent("users", create, [Reply::new(201, r#"{"id": "1"}"#)]).await,
        [r#"POST /users {"name":"Ann","profile":{"title":"CEO","kind":"person"},"source":"sync"}"#]
    );
    let update = |system: &System, at: usize| vec![write(system, at, WriteKind::Update, Some(Value::text("7")), &[("title", Value::Null)])];
    assert_eq!(sent("users", update, [Reply::new(204, "")]).await, [r#"PATCH /users/7 {"data":{"profile":{"title":null}}}"#]);
}

/// What is compared is what is sent: a system that fills its ids up with blanks shows one id in two spellings.
#[tokio::test]
async fn a_key_is_sent_in_the_form_in_which_it_is_compared() {
    for written in ["7 ", " 7", "7\u{a0}", "\u{feff}7", "7\t", "7"] {
        let system = app("users");
        let users = &system.collections[0];
        let shown = |id: &str| serde_json::json!({ "id": id, "name": "Ann" }).to_string();
        let id = keys::id_of(users, shown(written).as_bytes(), &[]).unwrap();
        assert_eq!((&id, users.id_value(written)), (&Value::text("7"), Value::text("7")), "{written:?}");
        let standin = StandIn::giving([Reply::ok(shown(written)), Reply::new(204, "")]);
        let connection = connected(&system, &standin.origin);
        let got = connection.get(0, &id, &ReadRequest::default()).await.unwrap();
        assert!(matches!(got, GetResult::Record(_)), "{written:?}");
        connection.write(0, &[write(&system, 0, WriteKind::Update, Some(id), &[("name", Value::text("Bo"))])]).await;
        assert_eq!(standin.lines(), ["GET /users/7", "PATCH /users/7"], "{written:?}");
    }
}

#[tokio::test]
async fn the_key_of_a_new_record_has_the_same_form() {
    let system = app("rows");
    let at = declared::collection(&system, "rows");
    let standin = StandIn::giving([Reply::ok(r#"[{"name": "a", "id": "r1  "}]"#)]);
    let made = connected(&system, &standin.origin).write(at, &[write(&system, at, WriteKind::Create, None, &named("a"))]).await;
    assert_eq!(made[0].as_ref().unwrap().id, Some(Value::text("r1")));
}

#[tokio::test]
async fn a_call_sends_its_expression_alone() {
    let delete = |system: &System, at: usize| vec![write(system, at, WriteKind::Delete, Some(Value::text("7")), &[])];
    assert_eq!(sent("users", delete, [Reply::new(204, "")]).await, [r#"DELETE /users {"ids":["7"],"hard":true}"#]);
    let manager = |system: &System, at: usize| {
        let boss = system.collections[at].attribute("boss").unwrap();
        let write = write(system, at, call(system, at, "manager"), Some(Value::text("7")), &[]);
        vec![Write { current: vec![(boss, Value::text("u/9"))], ..write }]
    };
    assert_eq!(sent("users", manager, [Reply::new(204, "")]).await, [r#"PUT /manager {"@odata.id":"https://app.example.com/users/u/9"}"#]);
}

#[tokio::test]
async fn a_body_without_a_value_that_it_names_is_not_sent() {
    let system = app("users");
    let standin = StandIn::giving([Reply::new(204, "")]);
    let manager = write(&system, 0, call(&system, 0, "manager"), Some(Value::text("7")), &[]);
    let error = connected(&system, &standin.origin).write(0, &[manager]).await.remove(0).unwrap_err();
    assert_eq!(error.message, "the body of `manager` needs `boss`, which has no value, so nothing was sent");
    assert_eq!(standin.count(), 0);
}

#[tokio::test]
async fn a_batch_says_what_is_made_for_each_record() {
    let ring =
        |system: &System, at: usize| ["1", "2"].map(|id| write(system, at, call(system, at, "ring"), Some(Value::text(id)), &[])).to_vec();
    assert_eq!(
        sent("users", ring, [Reply::ok(r#"[{"id": "2", "name": "Bob"}, {"id": "1", "name": "Ann"}]"#)]).await,
        [r#"POST /ring {"requests":[{"id":"1","method":"RING","url":"/users/1"},{"id":"2","method":"RING","url":"/users/2"}]}"#]
    );
    let create = |system: &System, at: usize| ["Ann", "Bob"].map(|name| write(system, at, WriteKind::Create, None, &named(name))).to_vec();
    assert_eq!(
        sent("rows", create, [Reply::ok(r#"[{"id": "2", "name": "Bob"}, {"id": "1", "name": "Ann"}]"#)]).await,
        [r#"POST /rows {"inputs":[{"properties":{"name":"Ann"}},{"properties":{"name":"Bob"}}],"count":2}"#]
    );
}

#[tokio::test]
async fn a_batch_changes_of_each_record_what_differs() {
    let update = |system: &System, at: usize| {
        let one = |id: &str, name: Value| write(system, at, WriteKind::Update, Some(Value::text(id)), &[("name", name)]);
        vec![one("1", Value::text("Ann")), one("2", Value::Null)]
    };
    assert_eq!(
        sent("rows", update, [Reply::ok(r#"[{"id": "1"}, {"id": "2"}]"#)]).await,
        [
            r#"PATCH /rows {"inputs":[{"id":"1","properties":{"name":"Ann"}},{"id":"2","properties":{"name":null}}],"merged":[{"name":"Ann","id":"1"},{"name":null,"id":"2"}]}"#
        ]
    );
}

#[tokio::test]
async fn a_form_numbers_its_lists_and_a_whole_record_is_read_first() {
    let tags = Value::list(vec![Value::text("a"), Value::text("b")]);
    let create = |system: &System, at: usize| {
        vec![write(system, at, WriteKind::Create, None, &[("name", Value::text("x")), ("tags", tags.clone())])]
    };
    let numbered = sent("logs", create, [Reply::new(201, r#"{"id": "1"}"#)]).await;
    assert_eq!(numbered[0].replace("%5B", "[").replace("%5D", "]"), "POST /logs logs[0][name]=x&logs[0][tags][0]=a&logs[0][tags][1]=b");
    let update = |system: &System, at: usize| vec![write(system, at, WriteKind::Update, Some(Value::text("7")), &named("new"))];
    let whole = sent("logs", update, [Reply::ok(r#"{"id": "7", "name": "old", "tags": ["a"]}"#), Reply::new(204, "")]).await;
    assert_eq!(whole[1], r#"PUT /logs/7 {"name":"new","tags":["a"]}"#);
}

const RPC: &str = r#"
system erp {
  setting database : text = "main"
  secret  api_key
  http "https://erp.example.com" {
    body = { method = "call", params = { model = "hr", args = [setting.database, secret.api_key] + body } }
  }
  collection employees {
    key id
    list POST "/rpc" {
      body = ["search_read", { offset = page.offset, limit = page.size }]
      page by offset size 2
      items $.result
    }
    get POST "/rpc" {
      body = ["read", [id]]
      item $.result[0]
    }
    create POST "/rpc" {
      body = ["create", [record]]
      item $.result
    }
    update POST "/rpc" { body = ["write", [id], changes] }
    delete DELETE "/rpc/{id}"
    attributes {
      id   : text read only at $.id
      name : text? at $.name
    }
  }
}
"#;

/// The `body` of `http` goes around that of each call that has one.
#[tokio::test]
async fn the_envelope_of_a_system() {
    let system = declared::system(RPC, "erp", "employees");
    let standin = StandIn::giving([Reply::ok(r#"{"result": {"id": "1"}}"#)]);
    let writes = [
        write(&system, 0, WriteKind::Create, None, &named("Ann")),
        write(&system, 0, WriteKind::Update, Some(Value::text("7")), &named("Bob")),
        write(&system, 0, WriteKind::Delete, Some(Value::text("7")), &[]),
    ];
    let connection = connected(&system, &standin.origin);
    for outcome in connection.write(0, &writes).await {
        outcome.unwrap();
    }
    let body = |seen: &standin::Seen| seen.text().rsplit("\n\n").next().unwrap_or_default().to_owned();
    let bodies: Vec<_> = standin.seen().iter().map(body).collect();
    assert_eq!(bodies[0], r#"{"method":"call","params":{"model":"hr","args":["main","SECRET","create",[{"name":"Ann"}]]}}"#);
    assert_eq!(bodies[1], r#"{"method":"call","params":{"model":"hr","args":["main","SECRET","write",["7"],{"name":"Bob"}]}}"#);
    assert!(standin.seen()[2].line().starts_with("DELETE /rpc/7"), "{}", standin.seen()[2].line());
}

const REPLACED: &str = r#"
system app {
  http "https://app.example.com" { }
  collection users {
    key id
    list GET "/users" { items $ }
    get GET "/users/{id}"
    update PATCH "/users/{id}" { replaces $.jobs, $.ids }
    attributes {
      id     : text read only at $.id
      title  : text? at $.jobs[?@.main == true].title
      number : text? at $.ids[?@.kind == "own"].value
      seen   : datetime? at $.seen format unix_milliseconds
      since  : datetime? at $.since format unix_seconds
    }
  }
}
"#;

/// What is sent for an update of a record with two lists.
async fn replaced(values: &[(&str, Value)]) -> String {
    let system = declared::system(REPLACED, "app", "users");
    let record = r#"{"id":"1","jobs":[{"main":true,"title":"A"},{"main":false}],"ids":[{"kind":"own","value":"7"},{"kind":"other"}]}"#;
    let standin = StandIn::new(move |at, _| if at == 0 { Reply::ok(record) } else { Reply::new(204, "") });
    let update = write(&system, 0, WriteKind::Update, Some(Value::text("1")), values);
    connected(&system, &standin.origin).write(0, &[update]).await.remove(0).unwrap();
    standin.seen().last().unwrap().text().rsplit("\n\n").next().unwrap().to_owned()
}

#[tokio::test]
async fn each_of_several_places_is_read_and_sent_whole() {
    assert_eq!(
        replaced(&[("title", Value::text("B")), ("number", Value::text("8"))]).await,
        r#"{"jobs":[{"main":true,"title":"B"},{"main":false}],"ids":[{"kind":"own","value":"8"},{"kind":"other"}]}"#
    );
}

#[tokio::test]
async fn replaced_places_that_nothing_is_written_below_are_left_out() {
    assert_eq!(replaced(&[("number", Value::text("8"))]).await, r#"{"ids":[{"kind":"own","value":"8"},{"kind":"other"}]}"#);
}

#[tokio::test]
async fn times_are_sent_as_numbers() {
    let at = |text: &str| Value::DateTime(text.parse().unwrap());
    assert_eq!(
        replaced(&[("seen", at("2026-03-01T09:00:00.25Z")), ("since", at("2026-03-01T09:00:00Z"))]).await,
        r#"{"seen":1772355600250,"since":1772355600}"#
    );
}

/// XML has no null: what is emptied is an element without content.
#[tokio::test]
async fn what_is_emptied_in_xml_is_an_empty_element() {
    let app = r#"
system app {
  http "https://app.example.com" { format xml }
  collection users {
    key id
    list GET "/users" { items $.users.user }
    get GET "/users/{id}" { item $.user }
    update PUT "/users/{id}" { BODY }
    create POST "/users" {
      body xml = { user = record }
      key $.user.id
    }
    attributes {
      id    : int read only at $.id
      name  : text? at $.name
      city  : text? at $.address.city
    }
  }
}
"#;
    let put = async |body: &str, values: &[(&str, Value)]| {
        let system = declared::system(&app.replace("BODY", body), "app", "users");
        let record = "<user><id>1</id><name>Ann</name><address><city>Lyon</city></address></user>";
        let standin = StandIn::new(move |_, seen| if seen.line().starts_with("GET") { Reply::ok(record) } else { Reply::new(204, "") });
        let update = write(&system, 0, WriteKind::Update, Some(Value::Int(1)), values);
        connected(&system, &standin.origin).write(0, &[update]).await.remove(0).unwrap();
        standin.seen().last().unwrap().text().rsplit("\n\n").next().unwrap().to_owned()
    };
    let changed = [("name", Value::Null), ("city", Value::text("Lille"))];
    assert_eq!(put("body xml = { user = changes }", &changed).await, "<user><name/><address><city>Lille</city></address></user>");
    assert_eq!(put("body xml = { user = changes }", &[("city", Value::Null)]).await, "<user><address><city/></address></user>");
    assert_eq!(
        put("body xml = { user = record }", &changed).await,
        "<user><address><city>Lille</city></address></user>",
        "a whole record lacks it"
    );
}

#[tokio::test]
async fn keys_results_and_jobs_are_read_in_xml_too() {
    let app = r#"
system app {
  http "https://app.example.com" { format xml }
  collection users {
    key id
    list GET "/users" { items $.users.user }
    create POST "/users" {
      body xml = { user = record }
      key $.user.id
    }
    update PUT "/users/{id}" {
      body xml = { user = changes }
      follow GET "{$.job.url}" {
        done when $.job.state == "done"
      }
    }
    call close POST "/close" {
      batch 5
      body = { ids = [id for each record] }
      items $.results.result by $.id = id { error $.why when $.why is present }
    }
    attributes {
      id   : int read only at $.id
      name : text? at $.name
    }
  }
}
"#;
    let system = declared::system(app, "app", "users");
    let answers = |seen: &standin::Seen| match seen.line().as_str() {
        "POST /users" => Reply::new(201, "<user><id>7</id></user>"),
        "PUT /users/7" => Reply::new(202, "<job><url>/jobs/3</url></job>"),
        "GET /jobs/3" => Reply::ok("<job><state>done</state></job>"),
        _ => Reply::ok("<results><result><id>7</id></result></results>"),
    };
    let standin = StandIn::new(move |_, seen| answers(seen));
    let connection = connected(&system, &standin.origin);
    let create = write(&system, 0, WriteKind::Create, None, &named("Ann"));
    assert_eq!(connection.write(0, &[create]).await.remove(0).unwrap().id, Some(Value::Int(7)));
    let update = write(&system, 0, WriteKind::Update, Some(Value::Int(7)), &named("Bob"));
    assert!(connection.write(0, &[update]).await.remove(0).is_ok());
    let close = write(&system, 0, call(&system, 0, "close"), Some(Value::Int(7)), &[]);
    assert!(connection.write(0, &[close]).await.remove(0).is_ok(), "one result is a list too");
}
