//! Mishaps that others had with such programs, one test each: records in, verdicts out. The rules are in `docs/semantics.md`.

use super::fixture::*;
use crate::value::Value;

/// `00112=Durand p@x.com`, with more attributes of the source as JSON members.
pub(crate) fn person(number: &str, name: &str, email: &str, more: &str) -> String {
    let id: u32 = 1000
        + number.bytes().map(u32::from).sum::<u32>()
        + number.trim_start_matches(|c: char| !c.is_ascii_digit()).parse::<u32>().unwrap_or(0);
    format!(
        "{{\"id\": {id}, \"number\": \"{number}\", \"email\": \"{email}\", \"last_name\": \"{name}\"{}{more}}}\n",
        if more.is_empty() { "" } else { ", " }
    )
}

pub(crate) fn member(id: &str, external: &str, name: &str, email: &str, more: &str) -> String {
    let active = if more.contains("active") { "" } else { ", \"active\": true" };
    format!(
        "{{\"id\": \"{id}\", \"external_id\": \"{external}\", \"email\": \"{email}\", \"last_name\": \"{name}\"{active}{}{more}}}\n",
        if more.is_empty() { "" } else { ", " }
    )
}

pub(crate) fn many(count: usize) -> (String, String, String) {
    let each = |at: usize| {
        (
            person(&format!("{at:05}"), "N", &format!("p{at}@x.com"), ""),
            member(&format!("m{at}"), &format!("{at:05}"), "N", &format!("p{at}@x.com"), ""),
            format!("{at:05}=m{at}\n"),
        )
    };
    let all: Vec<_> = (1..=count).map(each).collect();
    (
        all.iter().map(|(person, ..)| person.as_str()).collect(),
        all.iter().map(|(_, member, _)| member.as_str()).collect(),
        all.iter().map(|(.., link)| link.as_str()).collect(),
    )
}

#[test]
fn one_run_with_a_bit_of_everything() {
    let source = person("00112", "Durand", "p@x.com", r#""contract_end": "2026-02-27""#)
        + &person("00306", "Roux", "a.roux@x.com", r#""department": "Sales""#)
        + &person("00188", "Ng", "Amy.Ng@x.com", r#""department": "Finance""#)
        + &person("00001", "Same", "s@x.com", "")
        + &person("00002", "Nobody", "", "")
        + &person("00003", "Contractor", "c@x.com", r#""department": "Contractors""#)
        + &person("00264", "Lindqvist", "e@x.com", r#""contract_end": "2026-02-30""#);
    let target = member("83021", "00112", "Durand", "p@x.com", "")
        + &member("83022", "00188", "Ng", "a.ng@x.com", r#""division": "Sales""#)
        + &member("83023", "00001", "Same", "s@x.com", "")
        + &member("83024", "", "Other", "o@x.com", "");
    let links = "00112=83021\n00188=83022\n00001=83023\n00999=83024";
    assert_eq!(
        Fixture::new(&source, &target, links).verdicts(),
        "\
leave 00112 = 83021 (contract ended 2026-02-27) active:true→false
update 00188 = 83022 email:a.ng@x.com→amy.ng@x.com division:Sales→Finance
create 00306 external_id=00306 email=a.roux@x.com last_name=Roux division=Sales active=true welcome_mail=true
rejected 00264 R0204 contract_end: \"2026-02-30\" is not a date [file:14]
missing 00999 missing: no rule acts on it
7 read: 1 leave, 1 create, 1 update, 1 rejected, 1 unchanged, 2 out of scope; not read: 1 missing"
    );
}

/// Whether somebody who is missing is gone could not be asked: that is no quiet day.
#[test]
fn who_is_missing_and_cannot_be_asked_for_is_not_judged() {
    let (_, target, links) = many(3);
    let source = person("00002", "N", "p2@x.com", "") + &person("00003", "N", "p3@x.com", "");
    let fixture = Fixture::new(&source, &target, &links).leaver("when missing for 3 runs");
    assert!(fixture.verdicts().contains("missing 00001 missing: for 1 of 3 runs, counted once in 20 h"), "{}", fixture.verdicts());
    let fixture = fixture.with(|fixture| drop(fixture.proofs.source_failed.insert("00001".into(), "`hr` answers 500".into())));
    let expected = "unread 00001 not answered: is missing, and asking whether it is gone failed: `hr` answers 500 [21]";
    assert!(fixture.verdicts().contains(expected), "{}", fixture.verdicts());
}

#[test]
fn an_empty_response_makes_no_one_leave_at_once() {
    let (_, target, links) = many(120);
    let fixture = Fixture::new("", &target, &links).leaver("when missing for 1 run");
    let set = fixture.plan_changes();
    assert_eq!(set.operations.len(), 120);
    assert!(fixture.verdicts().contains("(missing for 1 run)"), "{}", fixture.verdicts());
    let past: Vec<String> = set.head.guards.iter().filter(|guard| !guard.within).map(|guard| guard.what.to_string()).collect();
    assert_eq!(past, ["leavers", "leavers over 7 days"]);
}

#[test]
fn pages_that_are_cut_freeze_by_the_guard_and_by_the_total() {
    let (source, target, links) = many(263);
    let read: String = source.lines().take(200).map(|line| format!("{line}\n")).collect();
    let fixture = Fixture::new(&read, &target, &links).leaver("when missing for 1 runs");
    assert!(fixture.verdicts().contains("exceeded leavers 63 of 263, at most 10% or 5"));
    let incomplete = fixture.with(|fixture| fixture.source_end = broken());
    assert_eq!(incomplete.verdicts(), "200 read: 200 unread; not read: 63 unread");
}

#[test]
fn an_error_on_a_page_stops_everything_unless_updates_are_asked_for() {
    let source = person("00001", "New Name", "a@x.com", "")
        + &person("00002", "Gone", "b@x.com", r#""contract_end": "2026-01-01""#)
        + &person("00003", "New", "c@x.com", "");
    let target = member("m1", "00001", "Old", "a@x.com", "") + &member("m2", "00002", "Gone", "b@x.com", "");
    let fixture = Fixture::new(&source, &target, "00001=m1\n00002=m2\n00004=m4").with(|fixture| fixture.source_end = broken());
    assert_eq!(fixture.verdicts(), "3 read: 3 unread; not read: 1 unread");
    let fixture = fixture.line("on incomplete read continue");
    assert_eq!(
        fixture.verdicts(),
        "\
update 00001 = m1 last_name:Old→New_Name
unread 00002 unread: was not read [21]
unread 00003 unread: cannot tell whether an account exists [21]
3 read: 1 update, 2 unread; not read: 1 already left"
    );
}

#[test]
fn a_broken_target_read_creates_no_account() {
    let fixture = Fixture::new(&person("00001", "A", "a@x.com", ""), "", "").line("on incomplete read continue");
    let fixture = fixture.with(|fixture| fixture.target_end = broken());
    assert_eq!(fixture.verdicts(), "unread 00001 unread: cannot tell whether an account exists [21]\n1 read: 1 unread");
}

#[test]
fn no_match_needs_a_list_with_closed_accounts_or_a_look_up() {
    let calls = r#"
    list GET "/members" { items $.items }
    find by external_id GET "/members?external={external_id}" { items $.items }
    find by email GET "/members?email={email}" { items $.items }
    create POST "/members" { body = record }
    update PATCH "/members/{id}" { body = changes }"#;
    let fixture = Fixture::new(&person("00001", "A", "a@x.com", ""), "", "").edits(&[
        ("title \"Rewards\"", "title \"Rewards\"\n  http \"https://rewards.example.com\" { format json }"),
        ("file  \"members.jsonl\" json_lines", calls),
        ("external_id  : text?  ", "external_id  : text? unique  "),
    ]);
    assert!(fixture.verdicts().ends_with("1 read: 1 unread"), "the list may hide closed accounts");
    let asked = fixture.wanted().finds;
    assert_eq!(asked.len(), 2, "one for each line of match");
    let shown = fixture.edit(
        "label last_name\n    attributes {\n      id           : text",
        "label last_name\n    lists all\n    attributes {\n      id           : text",
    );
    assert!(shown.wanted().is_empty() && shown.verdicts().starts_with("create 00001"), "this one does not");
    let weak = shown.with(|fixture| fixture.target_weak = true);
    assert_eq!(weak.wanted().finds, asked, "a list that may have been cut shows nobody's absence");
    assert!(
        weak.verdicts().starts_with("unread 00001 not answered: cannot tell whether an account exists: the list ends with a page"),
        "{}",
        weak.verdicts()
    );
    let shown = weak.with(|fixture| fixture.target_weak = false);
    let fixture = shown.edit("    lists all\n", "").with(|fixture| {
        for (attribute, value) in &asked {
            fixture.proofs.note_look_up(&fixture.plan, *attribute, value);
        }
    });
    assert!(fixture.wanted().is_empty());
    assert!(fixture.verdicts().starts_with("create 00001"), "each line was looked up");
}

#[test]
fn a_changed_mail_is_one_update() {
    let source = person("42", "A", "b@x.com", "");
    let target = member("m1", "42", "A", "a@x.com", "");
    assert_eq!(Fixture::new(&source, &target, "42=m1").verdicts(), "update 42 = m1 email:a@x.com→b@x.com\n1 read: 1 update");
}

#[test]
fn a_case_variant_is_a_match_and_no_change() {
    let source = person("42", "Ann", "Ann@X.com", "");
    let target = member("m1", "", "Ann", "ANN@x.com", "");
    assert_eq!(
        Fixture::new(&source, &target, "").verdicts(),
        "update 42 = m1 linked by email and last_name external_id:-→42\n1 read: 1 update"
    );
    let target = member("m1", "42", "Ann", "ANN@x.com", "");
    assert_eq!(Fixture::new(&source, &target, "42=m1").verdicts(), "1 read: 1 unchanged");
}

#[test]
fn two_records_for_one_account_are_both_held() {
    let source = person("1", "Shared", "shared@x.com", "") + &person("2", "Shared", "shared@x.com", "");
    let target = member("m1", "", "Shared", "shared@x.com", "");
    assert_eq!(
        Fixture::new(&source, &target, "").verdicts(),
        "\
held 1 shared: email finds m1 for 1 and 2 [22]
held 2 shared: email finds m1 for 1 and 2 [22]
2 read: 2 held"
    );
    let nobody = Fixture::new(&source, "", "");
    assert_eq!(
        nobody.verdicts(),
        "\
held 1 value taken: email is wanted by 2 too [25]
held 2 value taken: email is wanted by 1 too [25]
2 read: 2 held"
    );
}

#[test]
fn two_accounts_for_one_record_are_ambiguous() {
    let source = person("1", "A", "a@x.com", "");
    let target = member("m1", "1", "A", "a@x.com", "") + &member("m2", "1", "A", "b@x.com", "");
    assert_eq!(
        Fixture::new(&source, &target, "").verdicts(),
        "held 1 ambiguous: external_id finds m1, m2, email finds m1 [21,22]\n1 read: 1 held"
    );
}

#[test]
fn lines_that_disagree_hold_the_person() {
    let source = person("00290", "Schmidt", "a@x.com", "");
    let target = member("83021", "00290", "Schmidt", "b@x.com", "") + &member("90417", "", "Schmidt", "a@x.com", "");
    assert_eq!(
        Fixture::new(&source, &target, "").verdicts(),
        "held 00290 rules disagree: external_id finds 83021, email finds 90417 [21,22]\n1 read: 1 held"
    );
}

#[test]
fn a_reused_mail_does_not_open_another_persons_account() {
    let john = person("00900", "John", "j@x.com", "");
    let target = member("m1", "00041", "John", "j@x.com", r#""active": false"#);
    assert_eq!(
        Fixture::new(&john, &target, "").verdicts(),
        "held 00900 rules disagree: email finds m1, whose external_id is 00041 [21,22]\n1 read: 1 held"
    );
    assert_eq!(
        Fixture::new(&john, &target, "00041=m1 left 2026-01-31").verdicts(),
        "\
held 00900 probable rehire: member m1 left 2026-01-31 [22]
1 read: 1 held; not read: 1 already left"
    );
    let open = member("m1", "00041", "John", "j@x.com", "");
    assert_eq!(
        Fixture::new(&john, &open, "00041=m1").verdicts(),
        "\
held 00900 taken: email finds m1, which belongs to 00041 [22]
missing 00041 missing: no rule acts on it
1 read: 1 held; not read: 1 missing"
    );
}

#[test]
fn a_return_within_grace_includes_the_update() {
    let source = person("1", "Ann", "a@x.com", r#""department": "Sales""#);
    let target = member("m1", "1", "Ann", "a@x.com", r#""active": false, "division": "IT""#);
    let fixture = Fixture::new(&source, &target, "1=m1 left 2026-02-28").edit("on return", "after 30 days { delete }\n    on return");
    assert_eq!(
        fixture.verdicts(),
        "return 1 = m1 (left 2026-02-28) active:false→true division:IT→Sales\nexceeded returns 1 of 0, at most 10% or 5\n1 read: 1 return"
    );
    let fixture = fixture.edit("on return { set active = true }", "");
    assert_eq!(fixture.verdicts(), "held 1 return: member m1 left 2026-02-28, and no `on return` says what comes back\n1 read: 1 held");
}

#[test]
fn numbers_and_texts_are_never_one() {
    let source = person("0042", "A", "a@x.com", "");
    let target = member("m1", "42", "A", "b@x.com", "") + &member("m2", "0042", "A", "c@x.com", "");
    assert_eq!(
        Fixture::new(&source, &target, "").verdicts(),
        "update 0042 = m2 linked by external_id email:c@x.com→a@x.com\n1 read: 1 update"
    );
}

#[test]
fn records_without_a_key_are_rejected_and_no_record_counts_as_missing() {
    let nameless = r#"{"id": 918, "number": null, "email": "", "last_name": "X"}"#.to_owned()
        + "\n"
        + r#"{"id": 919, "number": " ", "last_name": "Y"}"#;
    let source = person("1", "A", "a@x.com", "") + &nameless;
    let target = member("m1", "1", "A", "a@x.com", "") + &member("m2", "2", "B", "b@x.com", "");
    let fixture = Fixture::new(&source, &target, "1=m1\n2=m2").leaver("when missing for 1 runs");
    assert_eq!(
        fixture.verdicts(),
        "\
rejected id 918 R0301 number: number is missing [19]
rejected id 919 R0301 number: number is missing [19]
unread 2 unread: was not read [21]
3 read: 2 rejected, 1 unchanged; not read: 1 unread"
    );
    assert!(fixture.plan_changes().updates.absences.is_empty());
}

#[test]
fn the_last_day_ends_where_the_pipeline_says() {
    let source = person("1", "A", "a@x.com", r#""contract_end": "2025-05-14""#);
    let target = member("m1", "1", "A", "a@x.com", "");
    let at = |instant: &str, zone: &str| {
        let fixture = Fixture::new(&source, &target, "1=m1").edit("Europe/Paris", zone);
        let fixture = fixture.with(|fixture| fixture.now = instant.parse().unwrap());
        fixture.plan_changes().operations.len()
    };
    assert_eq!(at("2025-05-14T14:30:00Z", "Australia/Melbourne"), 1, "the 15th, 00:30 there");
    assert_eq!(at("2025-05-14T13:30:00Z", "Australia/Melbourne"), 0, "still the 14th there");
    assert_eq!(at("2025-05-14T14:30:00Z", "Europe/Paris"), 0);
}

#[test]
fn null_blank_and_absent_are_missing_and_the_line_says_what_then() {
    let target = member("m1", "1", "A", "a@x.com", r#""division": "Sales""#);
    let verdict = |more: &str, missing: &str| {
        let source = person("1", "A", "a@x.com", more);
        Fixture::new(&source, &target, "1=m1").edit("keep when missing", missing).verdicts()
    };
    let [keep, clear, keep_absent, clear_absent] = ["keep when missing", "clear when missing", "keep when absent", "clear when absent"];
    let cleared = "update 1 = m1 division:Sales→-\nexceeded clears of division 1 of 1, at most 10% or 5\n1 read: 1 update";
    let kept = "1 read: 1 unchanged";
    for null in [r#""department": null"#, r#""department": "  ""#] {
        assert_eq!(
            [verdict(null, keep), verdict(null, clear), verdict(null, keep_absent), verdict(null, clear_absent)],
            [kept, cleared, cleared, kept]
        );
    }
    assert_eq!(
        [verdict("", keep), verdict("", clear), verdict("", keep_absent), verdict("", clear_absent)],
        [kept, cleared, kept, cleared]
    );
}

#[test]
fn a_leaver_without_mail_leaves_whatever_the_filters_say() {
    for more in [r#""contract_end": "2026-02-28""#, r#""contract_end": "2026-02-28", "department": "Contractors""#] {
        let source = person("00112", "P", "", more) + &person("00113", "Twin", "", more);
        let target = member("83021", "00112", "P", "p@x.com", "");
        let fixture = Fixture::new(&source, &target, "00112=83021").today("2026-03-01");
        assert_eq!(
            fixture.verdicts(),
            "\
leave 00112 = 83021 (contract ended 2026-02-28) active:true→false
exceeded leavers 1 of 1, at most 10% or 5
exceeded leavers over 7 days 1 of 1, at most 20% or 10
2 read: 1 leave, 1 already left"
        );
    }
}

#[test]
fn on_conversion_day_the_account_of_a_person_who_stays_is_not_closed() {
    let source = person("C-17", "A", "a@x.com", r#""contract_end": "2026-03-31""#) + &person("E-204", "A", "a@x.com", "");
    let target = member("501", "C-17", "A", "a@x.com", "");
    assert_eq!(
        Fixture::new(&source, &target, "C-17=501").today("2026-04-01").verdicts(),
        "\
held E-204 taken: email finds 501, which belongs to C-17 [22]
held C-17 same person?: E-204 still matches member 501 [37,38]
2 read: 2 held"
    );
}

#[test]
fn an_attribute_that_is_gone_holds_everything_and_is_named() {
    let (source, target, links) = many(60);
    let with = |source: &str| replaced(source, "\"last_name\"", "\"department\": \"Sales\", \"last_name\"");
    let target = replaced(&target, "\"active\"", "\"division\": \"Sales\", \"active\"");
    let before = Fixture::new(&with(&source), &target, &links).plan_changes();
    let baseline =
        crate::state::baselines::Baselines { present: Some((60, before.updates.present.into_iter().collect())), ..Default::default() };
    let fixture = Fixture::new(&source, &target, &links).with(|fixture| fixture.baseline = baseline);
    assert_eq!(
        fixture.verdicts(),
        "doubt `$.department` has a value in 0 of 60 records; the last run found it in 60 of 60\n60 read: 60 unchanged"
    );
}

/// What clears values and what lets people leave are lost on one day; three people of four hundred without a value are nothing unusual.
#[test]
fn all_attributes_that_are_gone_are_named_at_once() {
    let (source, target, links) = many(400);
    let full = replaced(&source, "\"last_name\"", "\"department\": \"Sales\", \"contract_end\": \"2030-01-01\", \"last_name\"");
    let target = replaced(&target, "\"active\"", "\"division\": \"Sales\", \"active\"");
    let fixture = |source: &str| Fixture::new(source, &target, &links).edit("keep when missing", "clear when missing");
    let present = fixture(&full).plan_changes().updates.present.into_iter().collect();
    let baseline = crate::state::baselines::Baselines { present: Some((400, present)), ..Default::default() };
    let judged = |source: &str| fixture(source).with(|fixture| fixture.baseline = baseline.clone()).plan_changes();
    let gone = judged(&source);
    assert!(gone.is_held() && gone.operations.iter().all(|operation| operation.verdict != crate::run::change_set::Verdict::Leave));
    for path in ["$.department", "$.contract_end"] {
        assert!(
            gone.head.doubts.iter().any(|doubt| doubt.starts_with(&format!("`{path}` has a value in 0 of 400"))),
            "{:?}",
            gone.head.doubts
        );
    }
    let some = judged(&full.replacen("\"department\": \"Sales\", ", "", 3));
    assert_eq!((some.is_held(), some.operations.len()), (false, 3), "{}", render(&some));
}

/// Five of thirty have left, and for a day nobody has an end date.
#[test]
fn a_column_that_decides_who_leaves_may_be_lost_in_a_small_company_too() {
    let with_end = |ends: usize| -> Fixture {
        let (source, target, links) = many(30);
        let ended = |(at, line): (usize, &str)| {
            let end = if at < ends { "\"contract_end\": \"2026-01-31\", \"last_name\"" } else { "\"last_name\"" };
            line.replace("\"last_name\"", end) + "\n"
        };
        let source: String = source.lines().enumerate().map(ended).collect();
        let closed = |(at, line): (usize, &str)| if at < 5 { line.replace("true", "false") } else { line.to_owned() } + "\n";
        let target: String = target.lines().enumerate().map(closed).collect();
        let left = |(at, line): (usize, &str)| if at < 5 { format!("{line} left 2026-02-01\n") } else { format!("{line}\n") };
        Fixture::new(&source, &target, &links.lines().enumerate().map(left).collect::<String>())
    };
    let before = |ends| {
        let present = with_end(ends).plan_changes().updates.present.into_iter().collect();
        crate::state::baselines::Baselines { present: Some((30, present)), ..Default::default() }
    };
    let after = |ends| with_end(0).with(|fixture| fixture.baseline = before(ends)).verdicts();
    assert!(after(5).contains("doubt `$.contract_end` has a value in 0 of 30 records; the last run found it in 5 of 30"), "{}", after(5));
    assert!(!after(2).contains("doubt"), "two may well have been taken back");
}

#[test]
fn an_unlinked_leaver_with_an_account_is_linked_now_and_leaves_next() {
    let source = person("00112", "P", "p@x.com", r#""contract_end": "2026-02-27""#)
        + &person("00113", "Q", "q@x.com", r#""contract_end": "2026-02-27""#);
    let target = member("83021", "00112", "P", "p@x.com", "") + &member("83022", "", "Q", "q@x.com", "");
    let fixture = Fixture::new(&source, &target, "");
    assert_eq!(
        fixture.verdicts(),
        "\
link 00112 = 83021 by external_id
already left 00113 leaver with an account: email finds 83022
coming 2026-03-02 00112: contract ended 2026-02-27: leaves in the next run
2 read: 1 unchanged, 1 already left"
    );
    assert!(Fixture::new(&source, &target, "00112=83021").verdicts().starts_with("leave 00112 = 83021"));
}

#[test]
fn an_account_closed_by_hand_is_not_opened() {
    let source = person("1", "Eve", "e@x.com", r#""department": "Sales""#);
    let target = member("m1", "1", "Eve", "e@x.com", r#""active": false, "division": "IT""#);
    let fixture = Fixture::new(&source, &target, "1=m1");
    assert_eq!(fixture.verdicts(), "update 1 = m1 (closed by hand, stays closed) division:IT→Sales\n1 read: 1 update");
    let target = replaced(&target, "IT", "Sales");
    assert_eq!(
        Fixture::new(&source, &target, "1=m1").verdicts(),
        "held 1 closed by hand: member m1 is closed, and not by us: `active` is false\n1 read: 1 held"
    );
    let asked = Fixture::new(&source, &target, "1=m1").line("on closed by hand set active = true");
    assert!(asked.verdicts().starts_with("return 1 = m1 (was closed by hand) active:false→true\n"), "{}", asked.verdicts());
}

#[test]
fn a_leaver_closed_by_hand_is_recorded_and_nothing_is_written() {
    let source = person("1", "Eve", "e@x.com", r#""contract_end": "2026-01-01""#);
    let target = member("m1", "1", "Eve", "e@x.com", r#""active": false"#) + &member("m2", "2", "F", "f@x.com", "");
    let source = source + &person("2", "F", "f@x.com", "");
    assert_eq!(Fixture::new(&source, &target, "1=m1\n2=m2").verdicts(), "left 1\n2 read: 1 unchanged, 1 already left");
}

/// The first line said at each instant, each plan counting on from the absences that the one before it found.
fn said_at(fixture: &mut Fixture, instants: &[&str]) -> Vec<String> {
    let mut said = Vec::new();
    for instant in instants {
        fixture.now = instant.parse().unwrap();
        let set = fixture.plan_changes();
        for (key, absence) in set.updates.absences.clone() {
            let mut link = fixture.links.of_key(&key).unwrap().clone();
            link.absence = absence;
            fixture.links.insert(link);
        }
        said.push(render(&set).lines().next().unwrap().to_owned());
    }
    said
}

#[test]
fn a_missing_record_leaves_after_three_complete_reads_twenty_hours_apart() {
    let (source, target, links) = many(12);
    let read: String = source.lines().skip(1).map(|line| format!("{line}\n")).collect();
    let mut fixture = Fixture::new(&read, &target, &links).leaver("when missing for 3 runs");
    assert_eq!(
        said_at(&mut fixture, &["2026-03-02T02:00:00Z", "2026-03-02T09:00:00Z", "2026-03-03T02:00:00Z", "2026-03-04T02:00:00Z"]),
        [
            "missing 00001 missing: for 1 of 3 runs, counted once in 20 h",
            "missing 00001 missing: for 1 of 3 runs, counted once in 20 h",
            "missing 00001 missing: for 2 of 3 runs, counted once in 20 h",
            "leave 00001 = m1 (missing for 3 of 3 runs) active:true→false",
        ]
    );
    fixture.source = source;
    let set = fixture.plan_changes();
    assert_eq!(set.updates.absences, [("00001".to_owned(), crate::state::link::Absence::default())], "seen again");
}

#[test]
fn out_of_scope_is_not_missing_and_leaves_only_if_asked() {
    let (source, target, links) = many(11);
    let source = source.replacen("p1@x.com", "", 1);
    let fixture = Fixture::new(&source, &target, &links);
    assert_eq!(fixture.verdicts(), "11 read: 10 unchanged, 1 out of scope");
    let fixture = fixture.leaver("when out of scope");
    assert_eq!(
        fixture.verdicts(),
        "leave 00001 = m1 (out of scope: not has an e-mail address) active:true→false\n11 read: 1 leave, 10 unchanged"
    );
    let edited = fixture.with(|fixture| fixture.baseline.binding = Some("another".into()));
    assert!(
        edited
            .verdicts()
            .contains("doubt 1 would leave for being out of scope, and the file or a setting has changed since the last applied run")
    );
}

fn left(stage: u32, done: &str, next: Option<(&str, u64)>) -> crate::state::link::Link {
    let next = next.map(|(day, hash)| (day.parse().unwrap(), hash));
    let done = format!("{done}T02:00:00Z").parse().unwrap();
    crate::state::link::Link { life: crate::state::link::Life::Left { stage, done, next, by_scope: false }, ..link("1=m1") }
}

#[test]
fn a_stage_waits_for_its_day_and_is_held_when_the_file_says_something_else() {
    let source = person("1", "A", "a@x.com", r#""contract_end": "2026-01-01""#);
    let target = member("m1", "1", "A", "a@x.com", r#""active": false"#);
    let fixture = |days: i64, next: Option<(&str, u64)>, today: &str| {
        let stage = format!("after {days} days {{ delete }}\n    on return");
        let fixture = Fixture::new(&source, &target, "")
            .today(today)
            .edit("on return", &stage)
            .with(|fixture| fixture.links.insert(left(1, "2026-01-02", next)));
        fixture.verdicts().lines().next().unwrap().to_owned()
    };
    let hash = crate::run::change_set::hash::words(&["delete".to_owned()]);
    assert_eq!(fixture(60, Some(("2026-03-03", hash)), "2026-03-02"), "1 read: 1 already left");
    assert_eq!(fixture(60, Some(("2026-03-03", hash)), "2026-03-03"), "stage 2 1 = m1 (left 2026-01-02) delete");
    assert_eq!(
        fixture(6, Some(("2026-03-03", hash)), "2026-03-02"),
        "1 read: 1 already left",
        "a shorter delay holds for those who leave from now on"
    );
    assert_eq!(fixture(90, Some(("2026-03-03", hash)), "2026-03-03"), "1 read: 1 already left", "a longer one holds at once");
    let changed =
        "held 1 procedure changed: the step after the leave is now `delete` after 60 days, and was another when this one left [39]";
    assert_eq!(fixture(60, Some(("2026-03-03", hash + 1)), "2026-03-03"), changed);
    assert_eq!(fixture(60, None, "2026-03-03"), changed, "a stage that is new");
}

/// A person who left is back without being in scope; the list leaves the record out on the day on which the account would be deleted.
#[test]
fn a_stage_waits_until_the_source_says_that_who_is_not_listed_is_gone() {
    let target = |active: &str| member("m1", "1", "A", "a@x.com", &format!("\"active\": {active}"));
    let hash = crate::run::change_set::hash::words(&["delete".to_owned()]);
    let asks = [
        ("  title \"HR\"", "  title \"HR\"\n  http \"https://hr.example.com\" { }"),
        (
            "    file  \"people.jsonl\" json_lines\n    key   id",
            "    list GET \"/people\" { items $ }\n    get GET \"/people/{number}\"\n    key number",
        ),
        ("manager      : int?  at", "manager      : text? at"),
    ];
    let fixture = |active: &str, lines: &str| {
        let edited = Fixture::new("", &target(active), "").edits(&asks).today("2026-03-03").edit("    on return", lines);
        edited.with(|fixture| fixture.links.insert(left(1, "2026-01-02", Some(("2026-03-03", hash)))))
    };
    let gone = |fixture: Fixture| {
        fixture.with(|fixture| {
            fixture.proofs.source_gone.insert("1".into());
        })
    };
    let asked = |fixture: Fixture| {
        fixture.with(|fixture| {
            fixture.proofs.source_asked.insert("1".into());
        })
    };
    let deletes = || fixture("false", "after 60 days { delete }\n    on return");
    assert_eq!(deletes().wanted().source_gets, ["1"]);
    assert_eq!(asked(deletes()).plan_changes().operations.len(), 0, "the source has it");
    assert_eq!(gone(asked(deletes())).plan_changes().operations.len(), 1, "it is gone");
    let closes = || fixture("true", "enforce\n    on return");
    assert_eq!(closes().wanted().source_gets, ["1"]);
    assert_eq!(asked(closes()).plan_changes().operations.len(), 0, "nobody who is here is closed again");
    assert_eq!(gone(asked(closes())).plan_changes().operations.len(), 1);
    // Whatever the source answers, an account that is open is not passed over without a word.
    let said = |fixture: Fixture| fixture.verdicts().lines().next().unwrap_or_default().to_owned();
    let waits = "held 1 opened again: member m1 left and is open again: it is closed once the source shows that this person is still gone";
    assert_eq!([said(closes()), said(asked(closes()))], [waits, waits]);
    // Asking failed: that is no quiet day.
    let failed = |fixture: Fixture| asked(fixture).with(|fixture| drop(fixture.proofs.source_failed.insert("1".into(), "500".into())));
    let due = "unread 1 not answered: the next step of the leave is due, and asking whether it is gone failed: 500";
    let open = "unread 1 not answered: member m1 left and is open again, and asking whether it is gone failed: 500";
    assert!(said(failed(deletes())).starts_with(due), "{}", said(failed(deletes())));
    assert!(said(failed(closes())).starts_with(open), "{}", said(failed(closes())));
    let open = "held 1 opened again: member m1 left and is open again";
    let reports = || fixture("true", "on return");
    assert_eq!([said(reports()), said(asked(reports())), said(gone(asked(reports())))], [open; 3]);
    let waits = fixture("false", "after 90 days { delete }\n    on return").with(|fixture| {
        fixture.links.insert(left(1, "2026-01-02", Some(("2026-04-02", hash))));
    });
    assert_eq!(waits.wanted().source_gets, [] as [&str; 0], "nothing is due, so nobody is asked");
}

/// A delete was believed, and the account is there all the same: it was never gone, or somebody has restored it.
#[test]
fn an_account_that_was_gone_and_is_there_again_is_reported_on_each_day() {
    let judged = |source: &str, active: bool| {
        let target = member("m1", "1", "A", "a@x.com", &format!("\"active\": {active}"));
        Fixture::new(source, &target, "1=m1 retired 2026-01-31").verdicts()
    };
    let left = person("1", "A", "a@x.com", r#""contract_end": "2026-01-30""#);
    let there = "held 1 opened again: member m1 was gone when this one left, and is there again";
    for source in [left.as_str(), ""] {
        let open = judged(source, true);
        assert!(open.starts_with(there), "{source}: {open}");
        assert!(!judged(source, false).contains("opened again"), "{source}: it is closed");
    }
    let back = judged(&person("1", "A", "a@x.com", ""), true);
    assert!(!back.contains("there again"), "who is back is judged as one who is hired again: {back}");
    let target = member("m1", "2", "B", "b@x.com", "");
    let of_another = Fixture::new(&(left + &person("2", "B", "b@x.com", "")), &target, "1=m1 retired 2026-01-31\n2=m1").verdicts();
    assert!(!of_another.contains("there again"), "{of_another}");
}

/// A record without its number may be anybody's, so that nobody is known to be gone: what is seen of an account is said all the same.
#[test]
fn an_account_that_is_open_again_is_reported_while_nobody_is_known_to_be_gone() {
    let nameless = "{\"id\": 7, \"number\": null, \"last_name\": \"X\"}\n";
    let fixture = |source: &str, line: &str| {
        Fixture::new(source, &member("m1", "1", "A", "a@x.com", ""), "1=m1 left 2026-01-31").edit("    on return", line)
    };
    let open = "held 1 opened again: member m1 left and is open again";
    for source in ["", nameless] {
        let verdicts = fixture(source, "    on return").verdicts();
        assert!(verdicts.lines().any(|line| line == open), "{verdicts}");
    }
    assert!(fixture("", "    enforce\n    on return").verdicts().starts_with("stage 1 = m1 (was opened again by somebody)"));
    let waits = fixture(nameless, "    enforce\n    on return").verdicts();
    assert!(waits.contains(&format!("{open}: it is closed once the source shows that this person is still gone")), "{waits}");
    assert!(!waits.contains("stage 1"), "nobody is closed again who may be there without a number: {waits}");
}

#[test]
fn a_protected_account_is_not_touched() {
    let source = person("1", "Admin", "new@x.com", "") + &person("2", "Boss", "b@x.com", r#""contract_end": "2026-01-01""#);
    let target = member("m1", "1", "Admin", "old@x.com", r#""division": "Admins""#)
        + &member("m2", "2", "Boss", "b@x.com", r#""division": "Admins""#);
    let fixture = Fixture::new(&source, &target, "1=m1\n2=m2")
        .edit("on return", "protect when current.division == \"Admins\" as \"administrator\"\n    on return");
    assert_eq!(fixture.verdicts(), "held 1 protected: administrator [39]\nheld 2 protected: administrator [39]\n2 read: 2 held");
    assert_eq!(fixture.plan_changes().head.guards[0].of, 0, "protected accounts are no part of what may leave");
}

/// Whoever decides about an account of somebody who leaves has to know of it, so no run ends well until then.
#[test]
fn a_doubt_that_keeps_the_account_of_a_leaver_open_is_an_open_matter() {
    let open = |fixture: &Fixture| {
        let set = fixture.plan_changes();
        set.findings
            .into_iter()
            .filter(|finding| finding.leaves_open)
            .map(|finding| format!("{} {}", finding.key, finding.kind))
            .collect::<Vec<_>>()
    };
    let ended = r#""contract_end": "2026-02-28""#;
    let account = member("501", "C-17", "A", "a@x.com", "");
    let pair = person("C-17", "A", "a@x.com", ended) + &person("E-204", "A", "a@x.com", "");
    let same = Fixture::new(&pair, &account, "C-17=501").today("2026-03-01");
    assert_eq!(open(&same), ["C-17 same person?"]);
    let closed = member("501", "C-17", "A", "a@x.com", r#""active": false"#);
    assert_eq!(open(&Fixture::new(&pair, &closed, "C-17=501").today("2026-03-01")), [""; 0], "it is closed");
    let here = pair.replace("2026-02-28", "2026-12-31");
    assert_eq!(open(&Fixture::new(&here, &account, "C-17=501").today("2026-03-01")), [""; 0], "nobody leaves");
    let left = person("C-17", "A", "a@x.com", ended);
    let links = "C-17=501 left 2026-02-28";
    assert_eq!(open(&Fixture::new(&left, &account, links).today("2026-03-01")), ["C-17 opened again"]);
    assert_eq!(open(&Fixture::new(&left, &closed, links).today("2026-03-01")), [""; 0]);
    let protect = ("on return", "protect when current.last_name == \"A\" as \"administrator\"\n    on return");
    let kept = Fixture::new(&left, &account, "C-17=501").today("2026-03-01").edit(protect.0, protect.1);
    assert!(kept.verdicts().starts_with("held C-17 protected"));
    assert_eq!(open(&kept), [""; 0], "the file says that it stays open");
}

/// Whether `Ada@x.com` and `ada@x.com` are one person is for the file to say, and until it does nobody gets a second account.
#[test]
fn a_person_whose_account_differs_in_case_alone_is_held() {
    let exact = ("text unique ignoring case       at $.email", "text unique                     at $.email");
    let source = person("1", "A", "ada@x.com", "");
    let of = |email: &str, links: &str| Fixture::new(&source, &member("m1", "", "A", email, ""), links).edits(&[exact]);
    let differs = of("Ada@x.com", "").verdicts();
    let held = "held 1 ambiguous: email finds m1 but for upper and lower case, and `email` is not `ignoring case` [22]\n1 read: 1 held";
    assert_eq!(differs, held);
    let linked = of("ada@x.com", "").verdicts();
    assert!(linked.starts_with("update 1 = m1 linked by email"), "{linked}");
    assert!(of("bob@x.com", "").verdicts().starts_with("create 1 "));
    assert!(of("Ada@x.com", "2=m1").verdicts().starts_with("create 1 "), "it is that of another person");
    let declared = Fixture::new(&source, &member("m1", "", "A", "Ada@x.com", ""), "").verdicts();
    assert!(declared.starts_with("update 1 = m1 linked by email"), "{declared}");
}

#[test]
fn a_lost_account_is_held_created_again_or_unlinked() {
    let source = person("1", "A", "a@x.com", "");
    let verdicts = |lines: &str| Fixture::new(&source, "", "1=m1").line(lines).verdicts();
    let held = "held 1 account missing: member m1 is no longer there\n1 read: 1 held";
    assert_eq!(Fixture::new(&source, "", "1=m1").verdicts(), held);
    assert_eq!(verdicts("on lost counterpart hold"), held);
    assert!(verdicts("on lost counterpart create again").starts_with("create 1 (again: the earlier account is missing) external_id=1"));
    assert_eq!(verdicts("on lost counterpart unlink"), "unlink 1\nwaiting 1 account missing: the link is given up\n1 read: 1 waiting");
}

#[test]
fn many_accounts_gone_at_once_are_a_permission_lost() {
    let (source, _, links) = many(20);
    let fixture = Fixture::new(&source, "", &links).line("on lost counterpart create again");
    let set = fixture.plan_changes();
    assert!(set.operations.is_empty());
    assert_eq!(set.head.doubts, ["20 of 20 linked accounts are missing at once: look whether the credential may still see them"]);
}

#[test]
fn a_retired_key_that_comes_back_is_a_probable_rehire() {
    let source = person("1", "A", "a@x.com", "");
    let fixture = Fixture::new(&source, "", "1=m1 retired 2026-01-31");
    assert_eq!(fixture.verdicts(), "held 1 probable rehire: member m1 left 2026-01-31 [19]\n1 read: 1 held");
    let again = fixture.edit("set active = true }", "create again }");
    assert!(again.verdicts().starts_with("create 1 "));
}

#[test]
fn two_rows_with_one_key_are_both_held_and_their_account_is_left_alone() {
    let source = person("1", "A", "a@x.com", r#""contract_end": "2025-01-01""#) + &person("1", "A", "a@x.com", "");
    let target = member("m1", "1", "A", "a@x.com", "");
    assert_eq!(
        Fixture::new(&source, &target, "1=m1").verdicts(),
        "held 1 duplicate key: 2 records have this key [19]\nheld 1 duplicate key: 2 records have this key [19]\n2 read: 2 held"
    );
}

#[test]
fn an_open_journal_entry_holds_its_key() {
    let source = person("1", "B", "a@x.com", "");
    let target = member("m1", "1", "A", "a@x.com", "");
    let fixture = Fixture::new(&source, &target, "1=m1").with(|fixture| _ = fixture.blocked.insert("1".into()));
    assert_eq!(fixture.verdicts(), "held 1 unknown: an earlier write has no known outcome yet\n1 read: 1 held");
}

#[test]
fn a_value_that_another_account_holds_is_taken_after_it_is_given_up() {
    let target = member("m1", "1", "A", "a@x.com", "") + &member("m2", "2", "B", "b@x.com", "");
    let held = person("1", "A", "b@x.com", "") + &person("2", "B", "b@x.com", "");
    assert_eq!(
        Fixture::new(&held, &target, "1=m1\n2=m2").verdicts(),
        "held 1 value taken: email is held by member m2 [28]\n2 read: 1 held, 1 unchanged"
    );
    let given = person("1", "A", "b@x.com", "") + &person("2", "B", "c@x.com", "");
    assert_eq!(
        Fixture::new(&given, &target, "1=m1\n2=m2").verdicts(),
        "update 2 = m2 email:b@x.com→c@x.com\nupdate 1 = m1 email:a@x.com→b@x.com\n2 read: 2 update"
    );
    let swapped = person("1", "A", "b@x.com", "") + &person("2", "B", "a@x.com", "");
    assert_eq!(
        Fixture::new(&swapped, &target, "1=m1\n2=m2").verdicts(),
        "held 1 swap: wants a unique value that 2 has to give up first, and 2 waits for one of this account [28]\n\
         held 2 swap: wants a unique value that 1 has to give up first, and 1 waits for one of this account [28]\n2 read: 2 held"
    );
    let by_hand = target.replacen("a@x.com", "other@x.com", 1);
    let cured = Fixture::new(&swapped, &by_hand, "1=m1\n2=m2").verdicts();
    assert!(cured.ends_with("2 read: 2 update"), "{cured}");
}

#[test]
fn managers_come_first_and_a_circle_is_closed_by_a_second_step() {
    let boss = |number: &str, id: u32, manager: u32| {
        format!(r#"{{"id": {id}, "number": "{number}", "email": "{number}@x.com", "last_name": "N", "manager": {manager}}}"#) + "\n"
    };
    let joins = |source: String, target: &str, links: &str| {
        let set = Fixture::new(&source, target, links).plan_changes();
        render(&set).lines().map(|line| line.replace("welcome_mail=true", "").replace("active=true", "")).collect::<Vec<_>>()
    };
    let chain = joins(boss("1", 11, 12) + &boss("2", 12, 13) + &boss("3", 13, 99), "", "");
    let keys: Vec<&str> = chain.iter().map(|line| &line[..8]).collect();
    assert_eq!(keys, ["create 3", "create 2", "create 1", "later ma", "3 read: "]);
    assert!(chain[2].contains("manager=new_2"));
    assert!(!chain[0].contains("manager"), "99 is nobody");
    let circle = joins(boss("1", 11, 12) + &boss("2", 12, 11), "", "");
    assert!(circle[0].starts_with("create 1") && circle[0].ends_with("; manager:-→new_2"), "{circle:?}");
    assert!(circle[1].starts_with("create 2") && circle[1].contains("manager=new_1"));
    let linked = joins(
        boss("1", 11, 12) + &boss("2", 12, 12),
        &(member("m1", "1", "N", "1@x.com", "") + &member("m2", "2", "N", "2@x.com", r#""manager": "m2""#)),
        "1=m1",
    );
    assert_eq!(linked, ["update 1 = m1 manager:-→m2", "link 2 = m2 by external_id", "2 read: 1 update, 1 unchanged"]);
}

#[test]
fn an_adoption_links_and_creates_without_leaves() {
    let source = person("1", "A", "a@x.com", r#""contract_end": "2026-01-01""#) + &person("2", "B", "b@x.com", "");
    let target = member("m1", "1", "A", "a@x.com", "");
    let fixture = Fixture::new(&source, &target, "1=m1").with(|fixture| fixture.adoption = true);
    let verdicts = fixture.verdicts();
    assert!(verdicts.starts_with("create 2 "), "{verdicts}");
    assert!(verdicts.contains("coming 2026-03-02 1: contract ended 2026-01-01: leaves in the next run"));
}

#[test]
fn a_known_end_is_announced_for_the_day_after() {
    let source = person("00219", "Blanc", "h@x.com", r#""contract_end": "2026-03-31""#);
    let target = member("m1", "00219", "Blanc", "h@x.com", "");
    assert_eq!(
        Fixture::new(&source, &target, "00219=m1").verdicts(),
        "coming 2026-04-01 00219: contract ended 2026-03-31\n1 read: 1 unchanged"
    );
}

#[test]
fn the_same_effect_has_the_same_hash_on_another_day_and_another_one_has_not() {
    let source = person("1", "B", "a@x.com", "");
    let target = member("m1", "1", "A", "a@x.com", "");
    let set = |day: &str, source: &str| Fixture::new(source, &target, "1=m1").today(day).plan_changes();
    let first = set("2026-03-02", &source);
    let later = set("2026-03-03", &source);
    assert_eq!((&first.head.hash, &first.operations[0].hash), (&later.head.hash, &later.operations[0].hash));
    let other = set("2026-03-02", &source.replace('B', "C"));
    assert_ne!(first.head.hash, other.head.hash);
    assert_eq!(first.head.id, format!("c-{}", &first.head.hash[..8]));
}

#[test]
fn modes_create_and_update_keep_to_themselves() {
    let source = person("1", "A2", "a@x.com", "") + &person("2", "B", "b@x.com", "");
    let target = member("m1", "1", "A", "a@x.com", "");
    let create = Fixture::new(&source, &target, "1=m1").edit("mode create and update", "mode create");
    assert!(create.verdicts().starts_with("create 2 ") && create.verdicts().ends_with("2 read: 1 create, 1 unchanged"));
    let on_create =
        "    active       = true                             on create\n    welcome_mail = true                             on create\n";
    let update = Fixture::new(&source, &target, "1=m1").edits(&[("mode create and update", "mode update"), (on_create, "")]);
    assert_eq!(
        update.verdicts(),
        "update 1 = m1 last_name:A→A2\nwaiting 2 no counterpart: no member has been found, and this pipeline creates none\n2 read: 1 update, 1 waiting"
    );
}

#[test]
fn a_value_that_the_target_would_refuse_is_rejected_before_it_is_sent() {
    let source = person("1", "Longer", "a@x.com", "");
    let fixture = Fixture::new(&source, "", "").edit("last_name    : text   ", "last_name    : text up to 5   ");
    assert_eq!(fixture.verdicts(), "rejected 1 R0303 last_name: \"Longer\" is longer than 5 characters [file:12]\n1 read: 1 rejected");
    let linked = fixture.with(|fixture| {
        fixture.target = member("m1", "1", "Old", "a@x.com", "");
        fixture.links.insert(link("1=m1"));
    });
    let refused = "rejected 1 R0303 last_name: \"Longer\" is longer than 5 characters [file:12]\n1 read: 1 rejected";
    assert_eq!(linked.verdicts(), refused, "of an account that is there, too");
}

#[test]
fn reformatted_values_are_unchanged_and_dropped_values_are_named() {
    use crate::state::link::Base;
    let source = person("1", "A", "a@x.com", r#""department": "sales""#);
    let target = member("m1", "1", "A", "a@x.com", r#""division": "SALES""#);
    let fixture = |base: Option<Base>| {
        let fixture = Fixture::new(&source, &target, "1=m1").with(|fixture| {
            let mut link = fixture.links.of_key("1").unwrap().clone();
            if let Some(base) = base {
                link.bases.insert(digester().attribute("division"), base);
            }
            fixture.links.insert(link);
        });
        let set = fixture.plan_changes();
        (render(&set).lines().next().unwrap().to_owned(), set.updates.observed.len(), set.head.unsettled.len())
    };
    let hash = |text: &str| digester().value(&crate::value::Value::text(text), Default::default());
    let base = |sent: &str, held: Option<&str>, tries| Some(Base { sent: hash(sent), held: held.map(hash), before: None, tries });
    let over = |before: &str, tries| Some(Base { sent: hash("sales"), held: None, before: Some(hash(before)), tries });
    let change = "update 1 = m1 division:SALES→sales".to_owned();
    let unchanged = "1 read: 1 unchanged".to_owned();
    let held = "held 1 not kept: division is not kept by rewards.members, although it was written 3 times [31]".to_owned();
    assert_eq!(fixture(None), (change.clone(), 0, 0));
    assert_eq!(fixture(base("sales", Some("SALES"), 1)), (unchanged.clone(), 0, 0), "it held that after our write");
    assert_eq!(fixture(base("sales", None, 1)), (unchanged.clone(), 1, 0), "seen for the first time since our write");
    assert_eq!(fixture(base("sales", Some("other"), 1)), (change.clone(), 0, 0), "somebody changed it since");
    assert_eq!(fixture(base("sales", Some("sales"), 3)), (held.clone(), 0, 1), "written three times and never kept");
    assert_eq!(fixture(over("Support", 1)), (unchanged, 1, 0), "the target made something new of it");
    let again = "update 1 = m1 (was not kept when it was written before) division:SALES→sales".to_owned();
    assert_eq!(fixture(over("SALES", 1)), (again, 0, 0), "it is what it was before the write");
    assert_eq!(fixture(over("SALES", 3)), (held, 0, 1), "it is what it was before three writes");
    assert_eq!(fixture(over("Support", 3)), (change.clone(), 0, 0), "given up, and changed by somebody since");
    assert_eq!(fixture(base("marketing", Some("SALES"), 3)), (change, 0, 0), "another value is wanted");
}

#[test]
fn guards_of_the_file_are_reported_within_and_past() {
    let (source, target, links) = many(20);
    let source = replaced(&source, "\"last_name\": \"N\"", "\"last_name\": \"M\"");
    let fixture = Fixture::new(&source, &target, &links).edit("creates at most 500", "updates at most 50%");
    assert_eq!(
        fixture.verdicts().lines().skip(20).collect::<Vec<_>>(),
        ["exceeded updates 20 of 20, at most 50%", "exceeded updates of last_name 20 of 20, at most 30% or 10", "20 read: 20 update"]
    );
}

/// The check refuses lines that are not apart; were one to slip through, nothing would be written rather than now this and now that.
#[test]
fn two_lines_that_apply_and_differ_reject_the_record() {
    let people = r#"{"id": 1, "number": "00001", "email": "a@example.com", "last_name": "Ay", "department": "Sales"}
{"id": 2, "number": "00002", "email": "b@example.com", "last_name": "Bee", "department": "Bee"}"#;
    let members = r#"{"id": "m1", "external_id": "00001", "email": "a@example.com", "last_name": "Ay", "active": true}
{"id": "m2", "external_id": "00002", "email": "b@example.com", "last_name": "Bee", "active": true}"#;
    let lines =
        "division = employee.department when employee.id < 2 keep when missing\n division = employee.last_name when employee.id >= 2";
    let edit = [("division     = employee.department              keep when missing", lines)];
    let fixture = Fixture::edited(&edit, people, members, "00001=m1\n00002=m2");
    assert_eq!(fixture.plan_changes().operations.len(), 2, "{}", fixture.verdicts());
    let both = fixture.with(|fixture| fixture.plan.map.iter_mut().for_each(|line| line.when = None));
    let said = both.verdicts();
    assert!(said.contains("R0307") && said.contains("00001") && !said.contains("change 00001"), "{said}");
    assert!(said.contains("change 00002") || said.contains("update 00002"), "{said}");
}

/// `12345-1` has ended and `12345-2` has not: a read of what changed may show the first alone.
#[test]
fn a_part_of_the_key_of_a_record_is_the_key_of_several() {
    let edits = |key| [("key   id", "key   number"), ("manager      : int? ", "manager      : text?"), ("key employee.number\n", key)];
    let verdicts = |key: &'static str, link: &str| {
        let source = person("12345-1", "N", "p@x.com", r#""contract_end": "2026-02-27""#);
        let mut fixture = Fixture::edited(&edits(key), &source, &member("m1", "12345-1", "N", "p@x.com", ""), link);
        fixture.source_end = crate::systems::End::Delta;
        fixture.delta = Some(crate::run::read::extract::Delta::default());
        fixture.verdicts()
    };
    let perhaps = verdicts("key employee.number | slice(0, 5)\n", "12345=m1");
    assert!(perhaps.starts_with("unread 12345 read again: leaves, unless another record of this key denies it"), "{perhaps}");
    for (key, link) in [("key employee.number\n", "12345-1=m1"), ("key \"e-{employee.number}\"\n", "e-12345-1=m1")] {
        let leaves = verdicts(key, link);
        assert!(leaves.starts_with("leave "), "{leaves}");
    }
}

#[test]
fn less_than_two_days_are_counted_in_hours() {
    let (source, target, links) = many(12);
    let read: String = source.lines().skip(1).map(|line| format!("{line}\n")).collect();
    let mut fixture = Fixture::new(&read, &target, &links).leaver("when missing for 36 h");
    assert_eq!(
        said_at(&mut fixture, &["2026-03-02T00:00:00Z", "2026-03-02T21:00:00Z", "2026-03-03T18:00:00Z"]),
        [
            "missing 00001 missing: for 0 of 36 h",
            "missing 00001 missing: for 21 of 36 h",
            "leave 00001 = m1 (missing for 42 of 36 h) active:true→false",
        ]
    );
}

/// A wanted value that the target can't tell from none, or can hold in part only, is there already.
#[test]
fn a_value_is_compared_as_the_target_stores_it() {
    for (declared, wanted, held, writes) in [
        ("division     : text? at $.division missing as \"-\"", "\"-\"", "null", false),
        ("division     : text? at $.division missing as \"-\"", "\"Sales\"", "\"-\"", true),
        ("division     : text? at $.division missing as \"-\"", "\"-\"", "\"Sales\"", true),
        ("division     : text? at $.division", "\"-\"", "null", true),
    ] {
        let source = person("1", "A", "a@x.com", &format!(r#""department": {wanted}"#));
        let target = member("m1", "1", "A", "a@x.com", &format!(r#""division": {held}"#));
        let edit = [("division     : text?                           at $.division", declared)];
        let set = Fixture::edited(&edit, &source, &target, "1=m1").plan_changes();
        assert_eq!(set.operations.len(), usize::from(writes), "{declared} {wanted} {held}");
    }
}

/// One linked person whose account is not in the list of the target.
fn unlisted(ended: &str, lists: &str) -> Fixture {
    let end = if ended.is_empty() { String::new() } else { format!(r#""contract_end": "{ended}""#) };
    let calls = format!(
        r#"{lists}
    list GET "/members" {{ items $.items }}
    find by external_id GET "/members?external={{external_id}}" {{ items $.items }}
    find by email GET "/members?email={{email}}" {{ items $.items }}
    create POST "/members" {{ body = record }}
    update PATCH "/members/{{id}}" {{ body = changes }}"#
    );
    Fixture::new(&person("00001", "A", "a@x.com", &end), "", "00001=m1")
        .edits(&[
            ("title \"Rewards\"", "title \"Rewards\"\n  http \"https://rewards.example.com\" { format json }"),
            ("file  \"members.jsonl\" json_lines", &calls),
            ("external_id  : text?  ", "external_id  : text? unique  "),
        ])
        .with(|fixture| target_of(&mut fixture.plan).finds.retain(|(by, _)| *by == T_EXTERNAL))
}

#[test]
fn a_list_that_may_have_been_cut_says_of_no_account_that_it_is_gone() {
    let fixture = unlisted("", "lists all");
    assert!(fixture.verdicts().starts_with("held 00001 account missing"), "{}", fixture.verdicts());
    let fixture = fixture.with(|fixture| fixture.target_weak = true);
    assert!(fixture.verdicts().starts_with("unread 00001 unread: member m1 was not read"), "{}", fixture.verdicts());
}

/// Without a `get`, what `match` compares may find the account.
#[test]
fn the_account_of_a_leaver_that_is_not_listed_is_looked_up() {
    assert!(unlisted("", "").wanted().is_empty(), "nothing is to be done to it");
    let fixture = unlisted("2026-01-31", "");
    let asked = fixture.wanted().finds;
    assert_eq!(asked, [(T_EXTERNAL, Value::text("00001"))]);
    let unfound = fixture.with(|fixture| fixture.proofs.note_look_up(&fixture.plan, asked[0].0, &asked[0].1));
    assert!(unfound.wanted().is_empty(), "asked once");
    assert!(
        unfound.verdicts().starts_with("unread 00001 not answered: member m1 was not read, and nothing proves that it was deleted"),
        "no run ends well while a leaver waits: {}",
        unfound.verdicts()
    );
    let found = unfound.with(|fixture| fixture.target = member("m1", "00001", "A", "a@x.com", ""));
    assert!(found.verdicts().starts_with("leave 00001 = m1"), "{}", found.verdicts());
}

/// Nobody is missing from a list whose end is no proof, where nobody can be asked for one by one.
#[test]
fn nobody_is_missing_from_a_list_whose_end_is_weak() {
    let source = person("1", "A", "a@x.com", "");
    let target = member("m1", "1", "A", "a@x.com", "") + &member("m2", "2", "B", "b@x.com", "");
    let fixture = Fixture::new(&source, &target, "1=m1\n2=m2").leaver("when missing for 1 runs");
    let weak = crate::systems::WeakEnd::NoWayOn { place: "$.meta.nxt".to_owned(), records: 37 };
    let fixture = fixture.with(|fixture| fixture.source_weak = Some(weak));
    insta::assert_snapshot!(fixture.verdicts(), @r#"
unread 2 not answered: the list of hr.people ends after its first page of 37 records because there is nothing at $.meta.nxt, where the next one is declared to be, which may be the wrong place: add the `size N` of a page and send it by `page.size`, a `total`, or `last page when …` [21]
2 read: 1 unread, 1 unchanged
"#);
}

/// The days of a rule are whole days of 24 hours.
#[test]
fn two_days_and_more_are_counted_in_days() {
    let (source, target, links) = many(12);
    let read: String = source.lines().skip(1).map(|line| format!("{line}\n")).collect();
    let mut fixture = Fixture::new(&read, &target, &links).leaver("when missing for 14 days");
    assert_eq!(
        said_at(&mut fixture, &["2026-03-02T00:00:00Z", "2026-03-03T23:00:00Z", "2026-03-15T23:00:00Z"]),
        ["missing 00001 missing: for 0 of 14 days", "missing 00001 missing: for 1 of 14 days", "missing 00001 missing: for 13 of 14 days",]
    );
}

/// A later stage that is delayed by hours is due on the first day that is not too early.
#[test]
fn a_delay_in_hours_is_rounded_up_to_whole_days() {
    for (hours, days) in [(24, 1), (25, 2), (36, 2), (48, 2), (49, 3)] {
        let source = person("1", "A", "a@x.com", r#""contract_end": "2026-02-28""#);
        let fixture = Fixture::new(&source, &member("m1", "1", "A", "a@x.com", ""), "1=m1").with(|fixture| {
            fixture.plan.leavers[0].stages =
                vec![crate::compile::Stage { delay: crate::value::Span::Seconds(hours * 3_600), ..delete_after(0) }];
        });
        let set = fixture.plan_changes();
        assert_eq!(set.operations[0].next.unwrap().days, days, "after {hours} h: {}", render(&set));
    }
}
