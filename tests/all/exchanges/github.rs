//! GitHub: two lists for one collection, absence and limits told by headers.

use super::*;
use counterpart::{compile::system::ErrorClass, systems::Effect};

#[test]
fn members_are_listed_by_role_and_then_those_invited() {
    let github = opened("github.members", "github/list");
    let (end, members) = github.list("members", &["login", "role", "state"], None);
    github.script.content();
    assert!(end.is_complete(), "{end:?}");
    assert_eq!(members.iter().map(|one| &one["login"]).collect::<Vec<_>>(), ["octavia", "JMartin", "pdurand", "alee"]);
    assert_eq!(members[3]["role"], "member", "a direct member");
}

#[test]
fn a_membership_names_its_user_elsewhere_than_the_list() {
    let github = opened("github.members", "github/get");
    let GetResult::Record(found) = github.get("members", text("JMartin"), &["role"]).unwrap() else { panic!("it is there") };
    let found: Json = serde_json::from_slice(&found.json).unwrap();
    assert_eq!((&found["login"], &found["role"]), (&Json::from("JMartin"), &Json::from("member")));
    assert_eq!(github.get("members", text("nobody"), &["role"]).unwrap(), GetResult::Gone);
    github.script.content();
}

#[test]
fn the_address_names_who_is_invited_changed_and_removed() {
    let github = opened("github.members", "github/write");
    let made = github.create("members", &[("login", text("alee")), ("role", text("member"))]).unwrap();
    assert_eq!(made.id.unwrap_or_else(|| text("alee")), text("alee"));
    github.update("members", text("alee"), &[("role", text("admin"))]).unwrap();
    github.write("members", WriteKind::Delete, Some(text("alee")), &[], None).unwrap();
    github.script.content();
}

/// The same status means a limit or a missing permission; headers tell which.
#[test]
fn a_limit_is_waited_for_and_a_missing_permission_is_not() {
    let github = opened("github.members", "github/limited");
    let denied = github.write("members", WriteKind::Delete, Some(text("alee")), &[], None).unwrap_err();
    assert_eq!((denied.class, denied.effect), (ErrorClass::Auth, Effect::None));
    let refused = github.update("members", text("alee"), &[("role", text("member"))]).unwrap_err();
    assert_eq!((refused.class, refused.message.as_str()), (ErrorClass::Invalid, "Validation Failed"));
    github.script.content();
}
