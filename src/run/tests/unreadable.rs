//! A value of an account that can't be read is neither written nor cleared, proves nothing, and is named.

use super::{
    fixture::*,
    scenarios::{member, person},
};
use crate::{
    run::{change_set::Reason, classify::leavers::next_stage},
    state::link::Life,
};

/// One linked pair whose account has these members, which are not as the target declares them; the name differs, too.
fn linked(name: &str, more: &str) -> Fixture {
    Fixture::new(&person("1", "Ng", "a@x.com", r#""department": "Sales""#), &member("m1", "1", name, "a@x.com", more), "1=m1")
}

#[test]
fn an_account_whose_state_cant_be_read_is_not_closed_by_hand() {
    for active in [r#""active": "yes""#, r#""active": "True""#, r#""active": 1"#, r#""active": {"now": true}"#] {
        let same = linked("Ng", &format!(r#""division": "Sales", {active}"#)).verdicts();
        let held = "held 1 unreadable: `active` of the account can't be read (is not true or false, R0206)\n1 read: 1 held";
        assert_eq!(same, held, "{active}");
        let other = linked("Old", &format!(r#""division": "Sales", {active}"#)).verdicts();
        let updated = "update 1 = m1 (`active` of the account can't be read (is not true or false, R0206)) last_name:Old→Ng\n";
        assert!(other.starts_with(updated), "{other}");
    }
}

/// A missing value of what opens accounts says nothing: nobody closed the account, and nobody opened it again.
#[test]
fn an_account_that_does_not_show_whether_it_is_open_is_not_closed_by_hand() {
    let optional = ("active       : bool opens ", "active       : bool? opens ");
    let fixture = |end: &str, links: &str| {
        let account = member("m1", "1", "Ng", "a@x.com", r#""active": null"#);
        let end = if end.is_empty() { String::new() } else { format!(r#""contract_end": "{end}""#) };
        Fixture::new(&person("1", "Ng", "a@x.com", &end), &account, links).edits(&[optional]).verdicts()
    };
    assert_eq!(fixture("", "1=m1"), "1 read: 1 unchanged");
    assert_eq!(fixture("", ""), "link 1 = m1 by external_id\n1 read: 1 unchanged");
    let leaves = fixture("2026-02-27", "1=m1");
    assert!(leaves.starts_with("leave 1 = m1 (contract ended 2026-02-27) active:-→false\n"), "{leaves}");
    let left = "held 1 unreadable: member m1 does not show whether it is closed: `active` is missing [38]\n1 read: 1 held";
    assert_eq!(fixture("2026-02-27", "1=m1 left 2026-02-28"), left);
}

#[test]
fn what_cant_be_read_is_neither_written_nor_cleared() {
    let object = linked("Old", r#""division": {"name": "Sales"}"#).verdicts();
    assert!(
        object.starts_with("update 1 = m1 (`division` of the account can't be read (is not a text, R0201)) last_name:Old→Ng\n"),
        "{object}"
    );
    let cleared = Fixture::new(&person("1", "Ng", "a@x.com", ""), &member("m1", "1", "Ng", "a@x.com", r#""division": [{"a": 1}]"#), "1=m1");
    let cleared = cleared.edit("employee.department              keep when missing", "employee.department clear when missing");
    assert!(cleared.verdicts().starts_with("held 1 unreadable: `division` of the account can't be read ("), "{}", cleared.verdicts());
    let several = linked("Ng", r#""divisions": [{"type": "main", "name": "A"}, {"type": "main", "name": "B"}]"#)
        .edit("at $.division\n", "at $.divisions[?@.type == \"main\"].name\n");
    assert!(several.verdicts().starts_with("held 1 unreadable: `division` of the account can't be read ("), "{}", several.verdicts());
    assert!(several.verdicts().contains("R0207"), "{}", several.verdicts());
}

/// A date in another form is somebody's date, although the source has none.
#[test]
fn a_date_that_cant_be_read_is_not_cleared() {
    for date in ["01/02/2026", "soon", "2026-02-30"] {
        let account = member("m1", "1", "Ng", "a@x.com", &format!(r#""division": "{date}""#));
        let fixture = Fixture::new(&person("1", "Ng", "a@x.com", ""), &account, "1=m1").edits(&[
            ("division     : text?                           at", "division : date? at"),
            ("employee.department              keep when missing", "employee.contract_end clear when missing"),
        ]);
        let verdicts = fixture.verdicts();
        assert!(verdicts.starts_with("held 1 unreadable: `division` of the account can't be read ("), "{date}: {verdicts}");
        assert!(verdicts.contains("R0204"), "{date}: {verdicts}");
    }
}

#[test]
fn a_list_that_cant_be_read_keeps_its_items() {
    for list in [r#""division": "a,b""#, r#""division": [{"name": "a"}]"#] {
        let list = linked("Ng", list).edits(&[
            ("division     : text?                           at", "division : list of text? at"),
            ("employee.department              keep when missing", "[employee.last_name]"),
        ]);
        assert!(list.verdicts().starts_with("held 1 unreadable: `division` of the account can't be read ("), "{}", list.verdicts());
    }
}

#[test]
fn a_leaver_whose_account_cant_be_read_is_held_with_the_line_by_which_he_leaves() {
    let source = person("1", "Ng", "a@x.com", r#""contract_end": "2026-02-27""#);
    let account = |active: &str| Fixture::new(&source, &member("m1", "1", "Ng", "a@x.com", active), "1=m1").verdicts();
    let held = account(r#""active": "yes""#);
    assert!(held.starts_with("held 1 unreadable: `active` of the account can't be read (is not true or false, R0206) ["), "{held}");
    assert!(account(r#""active": true"#).starts_with("leave 1 = m1"), "one that can be read is closed");
}

#[test]
fn a_condition_on_what_cant_be_read_holds_the_record() {
    let protect = "protect when current.division == \"Board\" as \"board\"";
    let fixture = |division: &str| {
        let source = person("1", "Ng", "a@x.com", r#""contract_end": "2026-02-27""#);
        Fixture::new(&source, &member("m1", "1", "Ng", "a@x.com", division), "1=m1").leaver(protect).verdicts()
    };
    assert!(fixture(r#""division": ["Board"]"#).starts_with("held 1 protected: board"), "{}", fixture(r#""division": ["Board"]"#));
    assert!(fixture(r#""division": "Sales""#).starts_with("leave 1 = m1"));
}

#[test]
fn a_value_made_of_one_that_cant_be_read_is_not_written_and_nothing_stands_in_for_it() {
    let fallback =
        linked("Ng", r#""division": {"a": 1}"#).edit("employee.department              keep when missing", "current.division ?? \"None\"");
    assert!(
        fallback.verdicts().starts_with("held 1 unreadable: `division` of the account can't be read (is not a text, R0201)\n"),
        "{}",
        fallback.verdicts()
    );
}

#[test]
fn an_account_is_not_linked_by_a_later_line_if_what_an_earlier_one_compares_cant_be_read() {
    let account = member("m1", "1", "Ng", "a@x.com", "").replace("\"external_id\": \"1\"", "\"external_id\": {\"of\": \"2\"}");
    let verdicts = Fixture::new(&person("1", "Ng", "a@x.com", ""), &account, "").verdicts();
    assert!(
        verdicts.starts_with("held 1 unreadable: email finds m1, whose external_id can't be read (is not a text, R0201)"),
        "{verdicts}"
    );
}

#[test]
fn an_account_whose_owner_cant_be_told_is_not_deleted() {
    let person = person("1", "Ng", "a@x.com", r#""contract_end": "2026-02-27""#);
    let account = member("m1", "1", "Ng", "a@x.com", "").replace("\"email\": \"a@x.com\"", "\"email\": [\"a@x.com\", \"b@x.com\"]");
    let verdicts = Fixture::new(&person, &account, "1=m1")
        .edit("set  active = false", "delete")
        .edit("on return { set active = true }", "")
        .verdicts();
    assert!(verdicts.starts_with("held 1 unreadable: `email` of the account can't be read ("), "{verdicts}");
}

#[test]
fn a_value_that_is_not_kept_hides_no_other_that_cant_be_read() {
    use crate::state::link::Base;
    let account = |name: &str| {
        linked(name, r#""division": "SALES", "active": "yes""#)
            .with(|fixture| {
                let mut link = fixture.links.of_key("1").unwrap().clone();
                let hash = |text: &str| digester().value(&crate::value::Value::text(text), Default::default());
                let base = Base { sent: hash("Sales"), held: None, before: Some(hash("SALES")), tries: 3 };
                link.bases.insert(digester().attribute("division"), base);
                fixture.links.insert(link);
            })
            .verdicts()
    };
    let both = "division is not kept by rewards.members, although it was written 3 times; `active` of the account can't be read (is not true or false, R0206)";
    let (held, updated) = (account("Ng"), account("Old"));
    assert!(held.starts_with(&format!("held 1 not kept: {both}")), "{held}");
    assert!(updated.starts_with(&format!("update 1 = m1 ({both}) last_name:Old→Ng")), "{updated}");
}

/// HR gives somebody another number, and the account holds two addresses, or one in another shape: that it is one person is unseen.
#[test]
fn an_account_that_may_be_of_somebody_with_a_new_number_is_not_closed() {
    let new = person("E-204", "A", "a@x.com", "");
    let two_of = "at $.emails[?@.type == \"work\"].value";
    for (email, path) in [
        (r#""email": ["a@x.com", "b@x.com"]"#, "at $.email"),
        (r#""email": {"value": "a@x.com"}"#, "at $.email"),
        (r#""emails": [{"type": "work", "value": "a@x.com"}, {"type": "work", "value": "b@x.com"}]"#, two_of),
    ] {
        let account = member("501", "C-17", "A", "a@x.com", "").replace("\"email\": \"a@x.com\"", email);
        let email = format!("email : text unique ignoring case {path}");
        let other = member("502", "E-1", "B", "c@x.com", r#""emails": [{"type": "work", "value": "c@x.com"}]"#);
        let verdicts = |source: &str| {
            Fixture::new(source, &(account.clone() + &other), "C-17=501\nE-1=502")
                .edits(&[("email        : text unique ignoring case       at $.email", &email)])
                .leaver("when missing for 1 runs")
                .verdicts()
        };
        let settled = person("E-1", "B", "c@x.com", "");
        let held = verdicts(&(new.clone() + &settled));
        assert!(held.contains("held C-17 unreadable: `email` of the account can't be read ("), "{email}: {held}");
        assert!(held.contains("and it may be of somebody who has no account yet") && !held.contains("leave C-17"), "{email}: {held}");
        let alone = verdicts(&settled);
        assert!(alone.contains("leave C-17 = 501 (missing for 1 run"), "{email}: nobody else has no account: {alone}");
    }
    let readable = member("501", "C-17", "A", "old@x.com", "");
    let verdicts = Fixture::new(&new, &readable, "C-17=501").leaver("when missing for 1 runs").verdicts();
    assert!(verdicts.contains("leave C-17 = 501 (missing for 1 run"), "another's address is read: {verdicts}");
}

/// What we closed may be open by now, and nobody can tell.
#[test]
fn an_account_that_was_closed_and_cant_be_read_any_more_is_held() {
    let source = person("1", "Ng", "a@x.com", r#""contract_end": "2026-01-27""#);
    let left = |active: &str| Fixture::new(&source, &member("m1", "1", "Ng", "a@x.com", active), "1=m1 left 2026-01-28").verdicts();
    for active in [r#""active": "yes""#, r#""active": 1"#, r#""active": {"now": true}"#] {
        let held = left(active);
        assert!(held.starts_with("held 1 unreadable: `active` of the account can't be read ("), "{held}");
        assert!(held.ends_with("1 read: 1 held"), "{held}");
    }
    assert_eq!(left(r#""active": false"#), "1 read: 1 already left");
    for active in [r#""active": "yes""#, r#""active": null"#] {
        let optional = ("active       : bool opens ", "active       : bool? opens ");
        let fixture = Fixture::new(&source, &member("m1", "1", "Ng", "a@x.com", active), "1=m1 left 2026-01-28").edits(&[optional]);
        let set = fixture.plan_changes();
        assert!(set.findings.iter().all(|finding| finding.leaves_open && finding.kind == Reason::Unreadable), "{active}: {set:?}");
        assert_eq!(set.findings.len(), 1, "{active}");
    }
    let gone = Fixture::new("", &member("m1", "1", "Ng", "a@x.com", r#""active": "yes""#), "1=m1 left 2026-01-28").verdicts();
    assert!(gone.starts_with("held 1 unreadable: ") && gone.ends_with("not read: 1 held"), "{gone}");
}

/// A delete can't be taken back: whether somebody opened the account again has to be seen.
#[test]
fn an_account_that_does_not_show_whether_it_is_closed_is_not_deleted() {
    let optional = ("active       : bool opens ", "active       : bool? opens ");
    let steps = ("set  active = false", "set  active = false\n    after 20 days { delete }");
    let judged = |active: &str| {
        let account = member("m1", "1", "Ng", "a@x.com", &format!(r#""active": {active}"#));
        let source = person("1", "Ng", "a@x.com", r#""contract_end": "2026-01-31""#);
        let fixture = Fixture::edited(&[optional, steps], &source, &account, "1=m1 left 2026-02-01").with(|fixture| {
            let next = next_stage(&fixture.plan.leavers[0], 1).unwrap();
            let mut link = fixture.links.of_key("1").unwrap().clone();
            if let Life::Left { next: due, .. } = &mut link.life {
                *due = Some(("2026-02-21".parse().unwrap(), next.hash));
            }
            fixture.links.insert(link);
        });
        fixture.verdicts()
    };
    assert!(judged("false").starts_with("stage 2 1 = m1 (left 2026-02-01) delete\n"), "{}", judged("false"));
    let held = "held 1 unreadable: member m1 does not show whether it is closed: `active` is missing";
    assert!(judged("null").starts_with(held), "{}", judged("null"));
    assert!(judged("true").starts_with("held 1 "), "{}", judged("true"));
}
