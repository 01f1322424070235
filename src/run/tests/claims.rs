//! Whose account it is: what the key says, which record claims it, and which writes count as taking it away.

use super::{
    fixture::*,
    scenarios::{many, member, person},
};

/// Only the number is asked, as in the first pipeline that people write.
const BY_NUMBER: (&str, &str) = ("    email       = email and last_name = employee.last_name\n", "");
const DELETES: (&str, &str) = ("    set  active = false\n    on return { set active = true }", "    delete");

#[test]
fn a_filter_on_the_key_hides_no_row_from_its_link() {
    let (source, target, links) = many(12);
    let filter = "include when employee.number starts with \"0000\" as \"of the first nine\"";
    let fixture = |leaver: &str| {
        Fixture::new(&source, &target, &links).leaver(leaver).edit("  key employee.number", &format!("  {filter}\n  key employee.number"))
    };
    let here = "12 read: 9 unchanged, 3 out of scope";
    assert_eq!(fixture("when missing for 1 runs").verdicts(), here, "they are in the read");
    let leaves = fixture("when out of scope").verdicts();
    assert!(leaves.contains("leave 00011 = m11 (out of scope: not of the first nine) active:true→false"), "{leaves}");
    let ended = replaced(&source, "\"00011\",", "\"00011\", \"contract_end\": \"2026-02-01\",");
    let fixture = Fixture { source: ended.clone(), ..fixture("") };
    assert!(fixture.verdicts().starts_with("leave 00011 = m11 (contract ended 2026-02-01)"), "{}", fixture.verdicts());
    let unlinked = Fixture { links: Default::default(), ..fixture };
    assert!(unlinked.verdicts().contains("3 out of scope"), "without a link it is nobody's leaver: {}", unlinked.verdicts());
}

/// A row without a key that a filter names is no unknown row, and of several rows with one key those that a filter excludes do not count.
#[test]
fn rows_that_a_filter_on_the_key_names_do_not_stand_in_the_way() {
    let source = person("1", "A", "a@x.com", "") + "{\"id\": 7, \"number\": null, \"last_name\": \"X\"}\n";
    let target = member("m1", "1", "A", "a@x.com", "") + &member("m2", "2", "B", "b@x.com", "");
    let without = "exclude when employee.number is missing as \"no number\"";
    let fixture = Fixture::new(&source, &target, "1=m1\n2=m2").leaver("when missing for 1 runs");
    let fixture = fixture.edits(&[
        ("number       : text  at", "number       : text? at"),
        ("  key employee.number", &format!("  {without}\n  key employee.number")),
    ]);
    assert!(fixture.verdicts().starts_with("leave 2 = m2 (missing for 1 run)"), "{}", fixture.verdicts());

    let source = person("1-A", "A", "a@x.com", "") + &person("1-B", "A", "a@x.com", "");
    let key = "  include when employee.number ends with \"A\" as \"a first contract\"\n  key employee.number | slice(0, 1)";
    let edits = [("  key employee.number", key), ("external_id = employee.number\n", "external_id = employee.number | slice(0, 1)\n")];
    let edits = [edits[0], edits[1], ("external_id  = employee.number", "external_id  = employee.number | slice(0, 1) keep when missing")];
    let fixture = Fixture::edited(&edits, &source, &target, "1=m1");
    assert_eq!(fixture.verdicts(), "2 read: 1 unchanged, 1 out of scope");
}

#[test]
fn a_new_number_with_the_same_mail_claims_the_account() {
    let source = person("C-17", "A", "a@x.com", r#""contract_end": "2026-02-28""#) + &person("E-204", "A", "A@x.com", "");
    let target = member("501", "C-17", "A", "a@x.com", "");
    let held = "\
held E-204 same person?: email is that of 501, which C-17 would close on leaving [24]
held C-17 same person?: E-204 wants a value of member 501 [36,37]
2 read: 2 held";
    let fixture = Fixture::new(&source, &target, "C-17=501").edits(&[BY_NUMBER]);
    assert_eq!(fixture.verdicts(), held);
    // Deleted, the address would be free, and the same person would get a second account.
    let deletes = Fixture::new(&source, &target, "C-17=501").edits(&[BY_NUMBER, DELETES]).verdicts();
    assert!(deletes.ends_with("2 read: 2 held") && deletes.contains("held C-17 same person?"), "{deletes}");
}

/// Security has closed the account, and HR gives its person another number: a link to one who has left would open it.
#[test]
fn a_leave_that_has_nothing_to_write_is_claimed_too() {
    let target = member("501", "C-17", "A", "a@x.com", r#""active": false"#);
    let ended = person("C-17", "A", "a@x.com", r#""contract_end": "2026-02-28""#);
    let verdicts = |source: String| Fixture::new(&source, &target, "C-17=501").leaver("when missing for 1 runs").verdicts();
    assert_eq!(verdicts(ended.clone()), "left C-17\n1 read: 1 already left");
    for old in [ended, String::new()] {
        let claimed = verdicts(old + &person("E-204", "A", "a@x.com", ""));
        assert!(claimed.contains("held C-17 same person?: E-204 still matches member 501") && !claimed.contains("left C-17"), "{claimed}");
    }
}

#[test]
fn the_old_number_may_be_missing() {
    let source = person("E-204", "A", "a@x.com", "");
    let target = member("501", "C-17", "A", "a@x.com", "");
    let fixture = Fixture::new(&source, &target, "C-17=501").edits(&[BY_NUMBER]).leaver("when missing for 1 runs");
    let verdicts = fixture.verdicts();
    assert!(verdicts.ends_with("1 read: 1 held; not read: 1 held"), "{verdicts}");
    assert!(verdicts.contains("held C-17 same person?: E-204 wants a value of member 501"), "{verdicts}");
}

/// The second line of `match` asks for the name too, which HR corrects; and the account may have an older address than its own record.
#[test]
fn a_corrected_name_still_claims() {
    let source = person("C-17", "Smith", "a@x.com", r#""contract_end": "2026-02-28""#) + &person("E-204", "Smyth", "a@x.com", "");
    for held in ["a@x.com", "before@x.com"] {
        let target = member("501", "C-17", "Smith", held, "");
        let verdicts = Fixture::new(&source, &target, "C-17=501").verdicts();
        assert!(verdicts.ends_with("2 read: 2 held") && verdicts.contains("held C-17 same person?"), "{verdicts}");
    }
}

/// Rejected and duplicate rows are somebody, and who leaves himself is nobody's claimant.
#[test]
fn who_is_rejected_claims_and_who_leaves_does_not() {
    let leaver = person("C-17", "A", "a@x.com", r#""contract_end": "2026-02-28""#);
    let target = member("501", "C-17", "A", "a@x.com", "") + &member("502", "9", "B", "b@x.com", "");
    let verdicts = |other: String| {
        let source = leaver.clone() + &other + &person("9", "B", "b@x.com", "");
        Fixture::new(&source, &target, "C-17=501\n9=502").edits(&[BY_NUMBER]).verdicts()
    };
    assert!(verdicts(person("E-204", "A", "a@x.com", r#""contract_end": "soon""#)).contains("held C-17 same person?"));
    assert!(verdicts(person("E-204", "A", "a@x.com", "") + &person("E-204", "A", "a@x.com", "")).contains("held C-17 same person?"));
    assert!(verdicts(person("E-204", "A", "a@x.com", r#""contract_end": "2026-01-01""#)).starts_with("leave C-17 = 501"));
    assert!(verdicts(person("E-204", "A", "other@x.com", "")).contains("leave C-17 = 501"));
}

#[test]
fn a_later_step_and_a_close_that_is_repeated_are_claimed_too() {
    let leaver = r#""contract_end": "2026-01-01""#;
    let source = person("C-17", "A", "a@x.com", leaver) + &person("E-204", "A", "a@x.com", "") + &person("9", "B", "b@x.com", "");
    let target = member("501", "C-17", "A", "a@x.com", "") + &member("502", "9", "B", "b@x.com", "");
    let fixture = Fixture::new(&source, &target, "C-17=501 left 2026-01-31\n9=502")
        .edit("    set  active = false", "    enforce\n    set  active = false");
    let verdicts = fixture.verdicts();
    assert!(verdicts.contains("held C-17 same person?") && !verdicts.contains("active:true→false"), "{verdicts}");
    let alone = Fixture { source: source.replace("a@x.com", "c@x.com").replacen("c@x.com", "a@x.com", 1), ..fixture };
    let verdicts = alone.verdicts();
    assert!(verdicts.starts_with("stage C-17 = 501 (was opened again by somebody) active:true→false"), "{verdicts}");
    assert!(verdicts.contains("exceeded leavers 1 of 1"), "a guard counts it: {verdicts}");
}

/// Values that each wants from the next: if the last can't be given up, none is taken.
#[test]
fn what_is_held_gives_nothing_up() {
    let source = person("1", "A", "b@x.com", "")
        + &person("2", "B", "c@x.com", "")
        + &person("3", "C", "d@x.com", "")
        + &person("4", "D", "d@x.com", "");
    let target = ["a", "b", "c", "d"].iter().zip(1..).map(|(mail, at)| {
        let name = mail.to_uppercase();
        member(&format!("m{at}"), &at.to_string(), &name, &format!("{mail}@x.com"), "")
    });
    let fixture = Fixture::new(&source, &target.collect::<String>(), "1=m1\n2=m2\n3=m3\n4=m4");
    let verdicts = fixture.verdicts();
    assert!(verdicts.ends_with("4 read: 3 held, 1 unchanged"), "{verdicts}");
}

/// An account that somebody has opened again is not what was closed.
#[test]
fn a_delete_that_is_due_spares_an_account_that_was_opened_again() {
    let source = person("1", "A", "a@x.com", r#""contract_end": "2026-01-01""#);
    let hash = crate::run::change_set::hash::words(&["delete".to_owned()]);
    let verdicts = |active: &str, external: &str| {
        let target = member("m1", external, "A", "a@x.com", &format!("\"active\": {active}"));
        let fixture = Fixture::new(&source, &target, "").edit("on return", "after 30 days { delete }\n    on return");
        let next = Some(("2026-03-01".parse().unwrap(), hash));
        let done = "2026-01-30T02:00:00Z".parse().unwrap();
        let life = crate::state::link::Life::Left { stage: 1, done, next, by_scope: false };
        fixture.with(|fixture| fixture.links.insert(crate::state::link::Link { life, ..link("1=m1") })).verdicts()
    };
    assert!(verdicts("false", "1").starts_with("stage 2 1 = m1 (left 2026-01-30) delete"));
    let open = verdicts("true", "1");
    assert!(open.starts_with("held 1 account changed hands: member m1 was closed when 1 left, and is open again"), "{open}");
    let other = verdicts("false", "77");
    assert!(other.starts_with("held 1 account changed hands: member m1 has the external_id 77 now"), "{other}");
}

/// The day after both were held, the list leaves out the new record.
#[test]
fn a_claim_is_not_forgotten_in_a_night() {
    let leaver = person("C-17", "A", "a@x.com", r#""contract_end": "2026-02-28""#);
    let claimant = person("E-204", "A", "a@x.com", "");
    let target = member("501", "C-17", "A", "a@x.com", "");
    let mut fixture = Fixture::new(&(leaver.clone() + &claimant), &target, "C-17=501").edits(&[BY_NUMBER]);
    let mut said = Vec::new();
    for (day, source) in
        [(2, leaver.clone() + &claimant), (3, leaver.clone()), (4, leaver.clone()), (5, leaver.clone()), (6, leaver.clone())]
    {
        fixture.source = source;
        fixture = fixture.today(&format!("2026-03-0{day}"));
        let set = fixture.plan_changes();
        fixture.pending_work.claims = set.updates.claims.clone();
        said.push(render(&set).lines().find(|line| line.starts_with("held C-17") || line.starts_with("leave C-17")).unwrap().to_owned());
    }
    let held = "held C-17 same person?: E-204 claimed member 501, and nothing shows that E-204 is gone [36,37]";
    assert!(said[0].starts_with("held C-17 same person?: E-204 wants a value of member 501"), "{said:?}");
    assert_eq!([&said[1], &said[2]], [held, held], "two nights without it");
    assert!(said[3].starts_with("leave C-17 = 501"), "three complete reads show it gone: {said:?}");

    let claims = |source: &str, end: crate::systems::End| {
        let fixture = Fixture::new(source, &target, "C-17=501").edits(&[BY_NUMBER]).today("2026-03-09");
        let absence = crate::state::link::Absence { runs: 2, first: None, last: Some("2026-03-02T09:00:00Z".parse().unwrap()) };
        let claim = crate::state::claims::Claim { key: "E-204".into(), target: "501".into(), absence };
        fixture.with(|fixture| (fixture.pending_work.claims, fixture.source_end) = (vec![claim], end)).plan_changes().updates.claims.len()
    };
    assert_eq!(claims(&leaver, complete()), 0, "the third read");
    assert_eq!(claims(&leaver, broken()), 1, "a broken read shows nobody gone");
    let nameless = r#"{"id": 7, "number": "", "email": "", "last_name": "X"}"#;
    assert_eq!(claims(&(leaver.clone() + nameless), complete()), 1, "nor does one with an unreadable key");
    assert_eq!(claims(&(leaver.clone() + &person("E-204", "A", "other@x.com", "")), complete()), 0, "it wants something else now");
}

/// The pipeline lets people leave after one read without them; whoever claimed an account is not shown gone by one.
#[test]
fn a_claim_outlives_a_night_whatever_the_pipeline_says_of_absence() {
    let leaver = person("C-17", "A", "a@x.com", r#""contract_end": "2026-02-28""#);
    let claimant = person("E-204", "A", "a@x.com", "");
    let target = member("501", "C-17", "A", "a@x.com", "");
    for rule in ["when missing for 1 runs", "when missing for 1 runs at least 1 h apart", "when missing for 2 runs at least 1 h apart"] {
        let mut fixture = Fixture::new(&(leaver.clone() + &claimant), &target, "C-17=501").edits(&[BY_NUMBER]).leaver(rule);
        let mut said = Vec::new();
        for (at, source) in [
            ("02T09:00", leaver.clone() + &claimant),
            ("02T10:00", leaver.clone()),
            ("02T12:00", leaver.clone()),
            ("03T04:00", leaver.clone()),
            ("03T06:01", leaver.clone()),
        ] {
            fixture.source = source;
            fixture.now = format!("2026-03-{at}:00Z").parse().unwrap();
            let set = fixture.plan_changes();
            fixture.pending_work.claims = set.updates.claims.clone();
            said.push(
                render(&set).lines().find(|line| line.starts_with("held C-17") || line.starts_with("leave C-17")).unwrap()[..9].to_owned(),
            );
        }
        assert_eq!(said, ["held C-17", "held C-17", "held C-17", "held C-17", "leave C-1"], "{rule}");
        // Its `get` says that it is gone.
        let claim =
            crate::state::claims::Claim { key: "E-204".into(), target: "501".into(), absence: crate::state::link::Absence::default() };
        fixture.pending_work.claims = vec![claim];
        fixture.proofs.source_gone.insert("E-204".into());
        assert!(fixture.verdicts().starts_with("leave C-17"), "{rule}");
    }
}

/// A person who asked to be forgotten leaves no claim, and is in no list of what is read again, as long as the source has the record.
#[test]
fn a_forgotten_person_is_not_remembered_by_the_next_run() {
    let source = person("C-17", "A", "a@x.com", r#""contract_end": "2026-02-28""#)
        + &person("E-204", "A", "a@x.com", "")
        + &person("E-205", "B", "a@x.com", "");
    let target = member("501", "C-17", "A", "a@x.com", "");
    let folder = tempfile::tempdir().unwrap();
    let store = crate::state::Store::open(folder.path()).unwrap();
    let fixture = Fixture::new(&source, &target, "C-17=501").edits(&[BY_NUMBER]).with(|fixture| {
        let span = fixture.plan.key_span;
        fixture.plan.since = Some(crate::compile::Since { lookback: None, full_every: None, from: None, span });
    });
    let remembered = |fixture: &Fixture| {
        let updates = fixture.plan_changes().updates;
        let again: Vec<String> = updates.next_read.unwrap().unsettled.into_iter().map(|record| record.key).collect();
        (updates.claims.into_iter().map(|claim| claim.key).collect::<Vec<_>>(), again)
    };
    let all = |keys: &[&str]| keys.iter().map(|key| (*key).to_owned()).collect::<Vec<_>>();
    assert_eq!(remembered(&fixture), (all(&["E-204", "E-205"]), all(&["C-17", "E-204", "E-205"])));
    let person = crate::state::retention::Keyed { pipeline: fixture.plan.name.clone(), key: "E-204".into() };
    let transaction = store.transaction().unwrap();
    transaction.forget(store.key(), &[person], "admin", fixture.now).unwrap();
    transaction.commit().unwrap();
    let fixture = fixture.with(|fixture| fixture.related.forgotten = store.forgotten().unwrap());
    assert_eq!(remembered(&fixture), (all(&["E-205"]), all(&["C-17", "E-205"])));
    assert!(fixture.verdicts().contains("held E-204 forgotten"), "{}", fixture.verdicts());
}

/// Somebody whose own account was deleted is back and wants a value of the account of a leaver; the next day the list leaves this one out.
#[test]
fn a_claim_of_who_was_linked_before_is_not_forgotten_either() {
    let leaver = person("C-17", "A", "a@x.com", r#""contract_end": "2026-02-28""#);
    let claimant = person("E-204", "B", "a@x.com", "");
    let target = member("501", "C-17", "A", "a@x.com", "");
    let first = |line: &str, links: &str, claims: Vec<crate::state::claims::Claim>, source: &str| {
        let fixture = Fixture::new(source, &target, links).edits(&[BY_NUMBER]).today("2026-03-02");
        let set = fixture.with(|fixture| fixture.pending_work.claims = claims).plan_changes();
        let said = render(&set).lines().find(|said| said.starts_with(line)).map(str::to_owned);
        (said, set.updates.claims)
    };
    for own in ["E-204=777 retired 2026-01-31", "E-204=777 left 2026-01-31"] {
        let links = format!("C-17=501\n{own}");
        let (said, claims) = first("held C-17", &links, Vec::new(), &(leaver.clone() + &claimant));
        assert!(said.as_ref().is_some_and(|said| said.starts_with("held C-17 same person?: E-204")), "{own}: {said:?}");
        assert_eq!(claims.len(), 1, "{own}");
        let (said, claims) = first("held C-17", &links, claims, &leaver);
        assert!(said.is_some_and(|said| said.contains("nothing shows that E-204 is gone")), "{own}");
        assert_eq!(claims.len(), 1, "{own}");
        let (said, claims) = first("leave C-17", &links, claims, &(leaver.clone() + &person("E-204", "B", "b@x.com", "")));
        assert!(said.is_some() && claims.is_empty(), "{own}: it wants something else now");
    }
}

/// On the day before the leaver is due, the claim is known already.
#[test]
fn a_claim_of_who_was_linked_before_is_known_before_anybody_leaves() {
    let source = person("C-17", "A", "a@x.com", r#""contract_end": "2026-03-02""#) + &person("E-204", "B", "a@x.com", "");
    let target = member("501", "C-17", "A", "a@x.com", "");
    let fixture = Fixture::new(&source, &target, "C-17=501\nE-204=777 retired 2026-01-31").edits(&[BY_NUMBER]).today("2026-03-02");
    let claims = fixture.plan_changes().updates.claims;
    assert_eq!(claims.iter().map(|claim| (claim.key.as_str(), claim.target.as_str())).collect::<Vec<_>>(), [("E-204", "501")]);
}
