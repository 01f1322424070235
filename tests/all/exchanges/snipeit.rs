//! Snipe-IT: 200 for what is refused as well, with words in either case.

use super::*;
use counterpart::{compile::system::ErrorClass, systems::Effect};
use serde_json::json;

#[test]
fn users_are_listed_to_the_total() {
    let snipeit = opened("snipeit.users", "snipeit/list");
    let (end, users) = snipeit.list("users", &["id", "number", "department", "updated_at"], None);
    snipeit.script.content();
    assert_eq!(end, End::Complete { evidence: "the announced total of 3 was met".into() });
    assert_eq!(users.iter().map(|user| &user["activated"]).collect::<Vec<_>>(), [true, true, false]);
}

/// Only the words for nobody mean absence.
#[test]
fn nobody_is_told_in_words() {
    let snipeit = opened("snipeit.users", "snipeit/get");
    assert!(matches!(snipeit.get("users", Value::Int(7), &["email"]).unwrap(), GetResult::Record(_)));
    assert_eq!(snipeit.get("users", Value::Int(9), &["email"]).unwrap(), GetResult::Gone);
    let refused = snipeit.get("users", Value::Int(10), &["email"]).unwrap_err();
    assert_eq!((refused.class, refused.message.as_str()), (ErrorClass::Invalid, "The database is being upgraded."));
    snipeit.script.content();
}

#[test]
fn a_number_finds_one_or_nobody() {
    let snipeit = opened("snipeit.users", "snipeit/find");
    assert_eq!(snipeit.find("users", "number", "00057", &[]).unwrap()[0]["id"], 7);
    assert_eq!(snipeit.find("users", "number", "00099", &[]).unwrap(), Vec::<Json>::new());
    snipeit.script.content();
}

/// Two objects are read and written at different places, and each new user has a password of his own.
#[test]
fn a_user_is_created_changed_and_deleted() {
    let snipeit = opened("snipeit.users", "snipeit/write");
    let values = [
        ("username", text("jmartin")),
        ("first", text("Jeanne")),
        ("number", text("00057")),
        ("department", Value::Int(3)),
        ("active", Value::Bool(true)),
        ("start", date(2014, 9, 1)),
    ];
    assert_eq!(snipeit.create("users", &values).unwrap().id, Some(Value::Int(7)));
    snipeit.update("users", Value::Int(7), &[("title", text("Analyst")), ("manager", Value::Int(1))]).unwrap();
    snipeit.write("users", WriteKind::Delete, Some(Value::Int(7)), &[], None).unwrap();
    snipeit.script.content();
}

#[test]
fn what_is_refused_in_a_200_was_not_done() {
    let snipeit = opened("snipeit.users", "snipeit/refused");
    let taken = snipeit.create("users", &[("username", text("jmartin")), ("first", text("Jeanne"))]).unwrap_err();
    assert_eq!((taken.status, taken.effect), (Some(200), Effect::None));
    assert_eq!(taken.message, "The username has already been taken.");
    let kept = snipeit.write("users", WriteKind::Delete, Some(Value::Int(7)), &[], None).unwrap_err();
    assert_eq!((kept.class, kept.effect), (ErrorClass::Invalid, Effect::None));
    snipeit.script.content();
    let sent: Vec<Json> = snipeit.script.heard().iter().filter_map(|request| serde_json::from_str(&request.body).ok()).collect();
    assert_eq!(sent[0]["password"].as_str().map(str::len), Some(24), "{}", json!(sent));
}
