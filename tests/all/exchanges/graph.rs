//! Microsoft Graph: delta queries, a manager by reference, deletes twenty at a time.

use super::*;
use counterpart::{compile::system::ErrorClass, systems::Effect};

const JEANNE: &str = "87d349ed-44d7-43e1-9a83-5f2406dee5bd";
const PAUL: &str = "6ea91a8d-e32e-41a1-b7bd-d2d185eed0e0";

#[test]
fn users_are_listed_up_to_the_mark() {
    let graph = opened("graph.users", "graph/list");
    let (end, users) = graph.list("users", &["id", "upn", "name", "enabled"], None);
    graph.script.content();
    assert!(end.is_complete(), "{end:?}");
    assert_eq!(users.iter().map(|user| &user["id"]).collect::<Vec<_>>(), [JEANNE, PAUL]);
}

/// A read begins with the mark of the one before: it tells what has changed and who was removed, until the mark is too old.
#[test]
fn an_increment_begins_with_a_mark() {
    let graph = opened("graph.users", "graph/since");
    let at = graph.at("users");
    let read = |mark| {
        let ask = ReadRequest { mark, wants_mark: true, ..graph.ask(at, &["id", "upn", "name", "enabled"]) };
        let mut names = Vec::new();
        let mut sink =
            |page: &[&[u8]], _| names.extend(page.iter().map(|one| serde_json::from_slice::<Json>(one).unwrap()["displayName"].clone()));
        let read = wait(graph.connection.read(at, &ask, &mut sink));
        (read, names)
    };
    let (whole, all) = read(None);
    assert_eq!((all.len(), whole.mark.is_some()), (2, true), "{:?}", whole.end);
    let (increment, changed) = read(whole.mark);
    assert_eq!((&increment.end, changed, increment.removed.len()), (&End::Delta, vec![Json::from("Jeanne Roux")], 1));
    let (old, _) = read(increment.mark);
    graph.script.content();
    assert!(old.full && !old.end.is_complete(), "{:?}", old.end);
}

#[test]
fn one_user_is_read_with_the_manager() {
    let graph = opened("graph.users", "graph/get");
    let GetResult::Record(user) = graph.get("users", text(JEANNE), &["name", "manager.id"]).unwrap() else { panic!("it is there") };
    assert_eq!(serde_json::from_slice::<Json>(&user.json).unwrap()["manager"]["id"], PAUL);
    assert_eq!(graph.get("users", text("00000000-0000-4000-8000-000000000009"), &["name"]).unwrap(), GetResult::Gone);
    graph.script.content();
}

#[test]
fn a_user_is_found_with_quotes_doubled() {
    let graph = opened("graph.users", "graph/find");
    assert_eq!(graph.find("users", "upn", "o'neill@example.com", &["upn", "name"]).unwrap(), Vec::<Json>::new());
    assert_eq!(graph.find("users", "number", "00057", &["upn", "number"]).unwrap()[0]["id"], JEANNE);
    graph.script.content();
}

#[test]
fn a_user_is_created_changed_and_signed_out() {
    let graph = opened("graph.users", "graph/write");
    let values = [
        ("upn", text("jeanne.martin@example.com")),
        ("login", text("jmartin")),
        ("name", text("Jeanne Martin")),
        ("number", text("00057")),
        ("enabled", Value::Bool(true)),
    ];
    assert_eq!(graph.create("users", &values).unwrap().id, Some(text(JEANNE)));
    let phones = Value::list(vec![text("+33100000000")]);
    graph.update("users", text(JEANNE), &[("department", text("Finance")), ("phones", phones)]).unwrap();
    graph.write_part("users", "manager", text(JEANNE), &[("manager.id", text(PAUL))], Some(&serde_json::json!({ "id": JEANNE })));
    let nobody = [("manager.id", text("00000000-0000-4000-8000-000000000009"))];
    let refused = graph.write("users", WriteKind::Part(0), Some(text(JEANNE)), &nobody, Some(&serde_json::json!({ "id": JEANNE })));
    assert_eq!(refused.unwrap_err().class, ErrorClass::Invalid, "the manager is not there, and the user is");
    graph.write_part("users", "manager", text(JEANNE), &[("manager.id", Value::Null)], None);
    assert!(graph.call("users", "sign_out", &[(JEANNE, &[])])[0].is_ok());
    graph.script.content();
}

/// Each of a batch has a status of its own: deleted, refused, or not there any more.
#[test]
fn users_are_deleted_together() {
    let graph = opened("graph.users", "graph/batch");
    let outcomes = graph.delete("users", &[JEANNE, PAUL, "00000000-0000-4000-8000-000000000009"]);
    graph.script.content();
    let class = |at: usize| outcomes[at].as_ref().err().map(|error| (error.class, error.effect));
    assert_eq!([class(0), class(1), class(2)], [None, Some((ErrorClass::Auth, Effect::None)), Some((ErrorClass::Gone, Effect::None))]);
}
