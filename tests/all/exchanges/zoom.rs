//! Zoom: a grant of its own, a list for each status, users without an id.

use super::*;
use counterpart::{compile::system::ErrorClass, systems::Effect};

#[test]
fn users_are_listed_status_by_status() {
    let zoom = opened("zoom.users", "zoom/list");
    let (end, users) = zoom.list("users", &["id", "email", "department", "status"], None);
    zoom.script.content();
    assert!(end.is_complete(), "{end:?}");
    assert_eq!(users.iter().map(|user| &user["status"]).collect::<Vec<_>>(), ["active", "active", "pending"]);
}

#[test]
fn one_user_shows_more_than_the_list() {
    let zoom = opened("zoom.users", "zoom/get");
    let GetResult::Record(user) = zoom.get("users", text("KDcuGIm1QgePTO8WbOqwIQ"), &["title", "number"]).unwrap() else {
        panic!("it is there")
    };
    assert_eq!(serde_json::from_slice::<Json>(&user.json).unwrap()["employee_unique_id"], "00057");
    assert_eq!(zoom.get("users", text("nobody@example.com"), &["title"]).unwrap(), GetResult::Gone);
    zoom.script.content();
}

#[test]
fn a_user_is_invited_changed_closed_opened_and_removed() {
    let zoom = opened("zoom.users", "zoom/write");
    let values = [("email", text("ann.lee@example.com")), ("first", text("Ann")), ("last", text("Lee")), ("type", Value::Int(1))];
    let id = "kFFvsJc-Q1OSxaJQLvaa_A";
    assert_eq!(zoom.create("users", &values).unwrap().id, Some(text(id)));
    zoom.update("users", text(id), &[("department", text("Finance")), ("title", text("Analyst"))]).unwrap();
    for call in ["deactivate", "activate"] {
        assert!(zoom.call("users", call, &[(id, &[])])[0].is_ok(), "{call}");
    }
    zoom.write("users", WriteKind::Delete, Some(text(id)), &[], None).unwrap();
    zoom.script.content();
}

#[test]
fn a_number_says_why_it_was_refused() {
    let zoom = opened("zoom.users", "zoom/refused");
    let values = [("email", text("ann.lee@example.com")), ("first", text("Ann")), ("last", text("Lee")), ("type", Value::Int(1))];
    let taken = zoom.create("users", &values).unwrap_err();
    assert_eq!((taken.class, taken.code.as_deref(), taken.effect), (ErrorClass::Conflict, Some("1005"), Effect::None));
    let long = zoom.update("users", text("kFFvsJc-Q1OSxaJQLvaa_A"), &[("department", text("A very long name"))]).unwrap_err();
    assert_eq!((long.class, long.message.as_str()), (ErrorClass::Invalid, "Department can contain a maximum of 10 characters."));
    zoom.script.content();
}
