//! Change sets in files: as they were, or refused.

use super::{
    fixture::{Fixture, render, replaced},
    scenarios::{member, person},
};
use crate::run::change_set::{ChangeSet, Verdict};

fn fixture() -> Fixture {
    let source = person("1", "B", "a@x.com", r#""department": "Sales""#)
        + &person("2", "New", "n@x.com", "")
        + &person("3", "Ends", "e@x.com", r#""contract_end": "2026-03-20""#)
        + &person("4", "Bad", "b@x.com", r#""contract_end": "20th""#);
    let target = member("m1", "1", "A", "a@x.com", "") + &member("m3", "3", "Ends", "e@x.com", "");
    Fixture::new(&source, &target, "1=m1\n5=m5")
}

fn saved(set: &ChangeSet) -> String {
    let mut bytes = Vec::new();
    set.save(&mut bytes).unwrap();
    String::from_utf8(bytes).unwrap()
}

fn load(text: &str) -> Result<ChangeSet, String> {
    ChangeSet::load(&mut text.as_bytes()).map_err(|error| error.to_string())
}

#[test]
fn a_saved_change_set_loads_unchanged() {
    let set = fixture().plan_changes();
    let text = saved(&set);
    let loaded = load(&text).unwrap();
    assert_eq!(render(&loaded), render(&set));
    assert_eq!(saved(&loaded), text);
    assert_eq!(text.lines().count(), 1 + set.operations.len() + set.findings.len() + set.updates.links.len() + 1);
}

#[test]
fn a_file_that_was_touched_or_cut_is_refused() {
    let text = saved(&fixture().plan_changes());
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(load(&replaced(&text, "Sales", "Finance")).unwrap_err(), "its file is not as it was saved");
    assert_eq!(load(&lines[..lines.len() - 1].join("\n")).unwrap_err(), "its file is cut short");
    assert_eq!(load("").unwrap_err(), "its file is cut short");
    assert_eq!(load(&text[..text.len() / 2]).unwrap_err(), "its file is not as it was saved");
    let without_one: String = lines.iter().enumerate().filter(|(at, _)| *at != 2).map(|(_, line)| format!("{line}\n")).collect();
    assert_eq!(load(&without_one).unwrap_err(), "its file is not as it was saved");
}

#[test]
fn a_file_of_another_form_asks_for_a_new_plan() {
    let text = saved(&fixture().plan_changes());
    let newer = load(&text.replacen("\"form\":4", "\"form\":5", 1)).unwrap_err();
    let expected = "it was saved by a newer version of counterpart (form 5, this version reads form 4): `plan` makes a new one";
    assert_eq!(newer, expected);
    let earlier = "it was saved by an earlier version of counterpart, in another form: `plan` makes a new one";
    assert_eq!(load(&text.replacen("\"form\":4", "\"form\":3", 1)).unwrap_err(), earlier);
    // How files began before, with the words of then in the lines that follow.
    let before = text.replacen("{\"head\":{\"form\":4,\"change_set\":{", "{\"change_set\":{", 1).replacen("}}}\n", "}}\n", 1);
    assert_eq!(load(&replaced(&before, "\"create\"", "\"join\"")).unwrap_err(), earlier);
}

#[test]
fn a_verdict_has_one_word_in_files_and_pipes() {
    for verdict in Verdict::ALL {
        assert_eq!(serde_json::to_value(verdict).unwrap(), verdict.token());
    }
    let mut all = Verdict::ALL;
    all.sort_unstable();
    assert_eq!(all, Verdict::ALL, "none twice, in the order of the ledger");
}

#[test]
fn a_forged_sum_does_not_help_a_forged_operation() {
    let text = replaced(&saved(&fixture().plan_changes()), "Sales", "Finance");
    let body: String = text.lines().filter(|line| !line.starts_with("{\"end\"")).map(|line| format!("{line}\n")).collect();
    let sum = blake3::hash(body.as_bytes()).to_hex();
    let forged = format!("{body}{{\"end\":{{\"lines\":{},\"sum\":\"{sum}\"}}}}\n", body.lines().count());
    assert_eq!(load(&forged).unwrap_err(), "its file is not as it was saved");
}

#[test]
fn secrets_stay_out_of_files() {
    let fixture = fixture().edit("last_name    : text   ", "last_name    : text secret   ");
    let set = fixture.plan_changes();
    let text = saved(&set);
    assert!(!text.lines().any(|line| line.starts_with("{\"operation\"") && line.contains("\"after\":\"B\"")), "{text}");
    let loaded = load(&text).unwrap();
    assert!(loaded.lacks_secrets());
    assert_eq!(loaded.head.hash, set.head.hash);
}

#[test]
fn hold_leavers_applies_only_if_leaver_guards_alone_are_exceeded() {
    let mut set = fixture().plan_changes();
    set.head.guards[0].within = false;
    assert!(set.is_held() && !set.holds_leavers_only());
    set.head.hold_leavers_only = true;
    assert!(set.holds_leavers_only());
    set.head.guards[1].within = false;
    assert!(!set.holds_leavers_only(), "creates are past theirs, too");
    set.head.guards[1].within = true;
    set.head.doubts.push("an attribute has vanished".into());
    assert!(!set.holds_leavers_only());
}
