//! Records with what is joined to them, and a row for each element: the files at the left of each test, the rows at its right.

use crate::{
    compile::{
        ExecutionPlan,
        texts::{self, Texts},
    },
    run::{
        proofs::Proofs,
        read::{
            extract::{Extractor, Table},
            joins::{Joined, relate},
            sides::Reads,
        },
        record_scope::{Clock, RecordScope, Refer},
        suggest::pair,
    },
    state::link::Links,
    systems::End,
    value::{Fault, Value},
};

const SYSTEMS: &str = r#"
system club {
  collection members {
    file "members.jsonl" json_lines
    key id
    attributes {
      id    : text  at $.id
      email : text? at $.email
      state : text? at $.state
    }
  }
  collection tiers {
    file "tiers.jsonl" json_lines
    key id
    attributes {
      id     : text  at $.id
      member : text? at $.member
      name   : text? at $.name
      ends   : date? at $.ends
    }
  }
  collection mails {
    file "mails.jsonl" json_lines
    key id
    attributes {
      id   : text unique at $.id
      text : text?       at $.text
    }
  }
}
"#;

struct NoLinks;

impl Refer for NoLinks {
    fn refer(&self, _pipeline: &str, _key: &Value) -> Result<Value, Box<Fault>> {
        unreachable!("nothing refers")
    }
}

fn plan(lines: &str, key: &str) -> ExecutionPlan {
    plan_of(SYSTEMS, lines, key)
}

fn plan_of(systems: &str, lines: &str, key: &str) -> ExecutionPlan {
    let text = format!(
        "{systems}\npipeline p {{\n  zone \"UTC\"\n  from club.members as member\n{lines}\n  to club.mails\n  key {key}\n  match {{ id = {key} }}\n  mode create and update\n  map {{ id = {key} }}\n}}\n"
    );
    texts::plan(&Texts { files: vec![("p.sync", &text)], ..Texts::default() }.project(), "p", &[])
}

fn table(extractor: Extractor, records: &str) -> Table {
    let mut extractor = extractor;
    extractor.take(&records.lines().map(str::as_bytes).collect::<Vec<_>>());
    extractor.finish(End::Complete { evidence: "given".into() }, 1, 1)
}

fn clock() -> Clock {
    Clock { now: "2026-03-01T09:00:00Z".parse().unwrap(), today: jiff::civil::date(2026, 3, 1) }
}

fn related(plan: &ExecutionPlan, members: &str, tiers: &str, end: Option<End>) -> Table {
    let source = table(Extractor::source(&plan.source, false), members);
    let joined = plan.joins.iter().map(|join| {
        let table = table(Extractor::target(&join.end, false), tiers);
        Joined { collection: join.end.name(), table: Table { end: end.clone().unwrap_or(table.end.clone()), ..table } }
    });
    relate(plan, source, &joined.collect::<Vec<_>>(), clock())
}

/// Each row as its values, `-` for a missing one, `!` for a fault.
fn rows(plan: &ExecutionPlan, members: &str, tiers: &str) -> Vec<String> {
    let table = related(plan, members, tiers, None);
    let cell = |cell: &crate::value::trie::Cell| match cell {
        Ok(Value::List(items)) => {
            format!("[{}]", items.iter().map(|item| item.to_text().unwrap_or("-".into()).into_owned()).collect::<Vec<_>>().join(" "))
        }
        Ok(value) => value.to_text().map_or_else(|| "-".to_owned(), |text| text.into_owned()),
        Err(fault) => format!("! {fault}"),
    };
    table.rows.iter().map(|row| row.iter().map(cell).collect::<Vec<_>>().join(" | ")).collect()
}

const MEMBERS: &str = r#"{"id": "1", "email": "A@example.com", "state": "done"}
{"id": "2", "email": "b@example.com"}
{"id": "3"}"#;

const TIERS: &str = r#"{"id": "t1", "member": "1", "name": "Fellow"}
{"id": "t2", "member": "1", "name": "Student", "ends": "2025-12-31"}
{"id": "t3", "member": "2", "name": "Member"}
{"id": "t4", "name": "Nobody's"}"#;

#[test]
fn many_gives_a_list_of_those_that_fit() {
    let plan = plan(
        "  join club.tiers as tiers many on tiers.member == member.id and (tiers.ends is missing or tiers.ends > today)\n  field names = tiers.name | present | join(\" \")\n  exclude when names is missing as \"no tier\"",
        "member.id",
    );
    assert_eq!(
        rows(&plan, MEMBERS, TIERS),
        ["1 | [t1] | [1] | [Fellow] | [-]", "2 | [t3] | [2] | [Member] | [-]", "3 | [] | [] | [] | []"]
    );
}

#[test]
fn without_many_there_is_one_or_none_and_two_are_a_fault_of_that_record_alone() {
    let plan =
        plan("  join club.tiers as tier on tier.member == member.id\n  exclude when tier.name is missing as \"no tier\"", "member.id");
    let rows = rows(&plan, MEMBERS, TIERS);
    assert!(rows[0].contains("! 2 records of `tier` fit where one is wanted"), "{}", rows[0]);
    assert_eq!(rows[1..], ["2 | t3 | 2 | Member".to_owned(), "3 | - | - | -".to_owned()]);
}

#[test]
fn what_is_equal_may_be_made_by_functions() {
    let plan = plan(
        "  join club.tiers as tier on member.email | lower == tier.name | lower\n  exclude when tier.id is missing as \"none\"",
        "member.id",
    );
    let tiers = r#"{"id": "t1", "name": "a@EXAMPLE.com"}"#;
    assert_eq!(rows(&plan, MEMBERS, tiers), ["1 | A@example.com | t1 | a@EXAMPLE.com", "2 | b@example.com | - | -", "3 | - | - | -"]);
}

/// A key is read without the blanks around it, and what names it in another collection is not.
#[test]
fn what_names_a_key_is_compared_in_the_form_of_a_key() {
    let members = "{\"id\": \"1   \"}\n{\"id\": \"2\"}\n{\"id\": \"3\"}";
    let tiers = "{\"id\": \"t1\", \"member\": \"1   \"}\n{\"id\": \"t2\", \"member\": \"\\u200b2 \"}\n{\"id\": \"t3\", \"member\": \"03\"}";
    for on in ["tier.member == member.id", "member.id == tier.member", "tier.member | lower == member.id | lower"] {
        let plan = plan(&format!("  join club.tiers as tier on {on}\n  exclude when tier.id is missing as \"none\""), "member.id");
        let found = rows(&plan, members, tiers);
        let ids: Vec<_> = found.iter().map(|row| row.split(" | ").take(2).collect::<Vec<_>>().join(" ")).collect();
        assert_eq!(ids, ["1 t1", "2 t2", "3 -"], "{on}");
    }
}

/// `ignoring case` of an attribute counts wherever its values are compared: in a join as in `match`, on whichever side it is said.
#[test]
fn a_join_ignores_case_where_an_attribute_says_so() {
    let members = r#"{"id": "1", "email": "Ann@x.org", "state": "DONE"}"#;
    let tiers = r#"{"id": "t1", "member": "ann@X.org", "name": "done"}"#;
    let (plain, without_case) = ("email : text? at $.email", "email : text? ignoring case at $.email");
    let (member, member_without) = ("member : text? at $.member", "member : text? ignoring case at $.member");
    for (edits, on, joined) in [
        (vec![(plain, without_case)], "tier.member == member.email", true),
        (vec![(member, member_without)], "tier.member == member.email", true),
        (vec![(member, member_without)], "member.email == tier.member", true),
        (vec![], "tier.member == member.email", false),
        (vec![(plain, without_case)], "tier.name == member.state", false),
        (vec![(plain, without_case)], "tier.member == member.email and tier.name == member.state", false),
        (vec![(plain, without_case)], "tier.member == member.email and tier.name == (member.state | lower)", true),
    ] {
        let systems = edits.iter().fold(SYSTEMS.to_owned(), |text, (from, to)| text.replace(from, to));
        let plan =
            plan_of(&systems, &format!("  join club.tiers as tier on {on}\n  exclude when tier.id is missing as \"none\""), "member.id");
        let found = rows(&plan, members, tiers)[0].contains("t1");
        assert_eq!(found, joined, "{on} {edits:?}");
    }
}

#[test]
fn each_element_has_a_row_and_an_empty_list_has_none() {
    let plan = plan("  for each state in [\"made\", if member.state == \"done\" then \"done\"] | present", "\"{member.id}-{state}\"");
    assert_eq!(rows(&plan, MEMBERS, ""), ["1 | done | made", "1 | done | done", "2 | - | made", "3 | - | made"]);
    let only_done = self::plan("  for each state in [if member.state == \"done\" then \"done\"] | present", "\"{member.id}-{state}\"");
    assert_eq!(rows(&only_done, MEMBERS, ""), ["1 | done | done"]);
}

#[test]
fn a_join_that_broke_breaks_the_read() {
    let plan =
        plan("  join club.tiers as tier on tier.member == member.id\n  exclude when tier.name is missing as \"no tier\"", "member.id");
    let broken = End::Broken { reason: "page 3 was answered with 500".into(), class: None };
    let End::Broken { reason, .. } = related(&plan, MEMBERS, TIERS, Some(broken)).end else { panic!("whole") };
    assert_eq!(reason, "what it is joined with, club.tiers: page 3 was answered with 500");
}

/// A pipeline may go on after that: then what the join would give is not taken for missing, by a default neither.
#[test]
fn values_of_a_broken_join_are_unknown() {
    let lines = "  join club.tiers as tier on tier.member == member.id\n  field name = tier.name ?? \"none\"\n  exclude when name == \"none\" as \"no tier\"";
    let plan = plan(lines, "member.id");
    let broken = End::Broken { reason: "page 3 was answered with 500".into(), class: None };
    let table = related(&plan, MEMBERS, TIERS, Some(broken));
    for row in &table.rows {
        assert!(row[1..].iter().all(|cell| cell.as_ref().is_err_and(|fault| fault.is_unread())), "{row:?}");
        let person = RecordScope::new(&plan, clock(), &NoLinks, Some(row), None);
        assert!(plan.scope[0].condition.holds(&person).is_err_and(|fault| fault.is_unread()));
    }
}

/// If a value in the condition can't be read, the record does not count as one without a joined record.
#[test]
fn a_value_that_decides_and_cannot_be_read_is_a_fault_of_its_record_alone() {
    let lines =
        "  join club.tiers as tier on tier.member == member.id and tier.ends > today\n  exclude when tier.name is missing as \"no tier\"";
    let plan = plan(lines, "member.id");
    let tiers = r#"{"id": "t1", "member": "1", "name": "Fellow", "ends": "soon"}
{"id": "t2", "member": "2", "name": "Member", "ends": "2027-01-01"}"#;
    let rows = rows(&plan, MEMBERS, tiers);
    assert!(rows[0].contains("! \"soon\" is not a date"), "{}", rows[0]);
    assert_eq!(rows[1..], ["2 | t2 | 2 | Member | 2027-01-01".to_owned(), "3 | - | - | - | -".to_owned()]);
}

/// It may be the record of anybody for whom none is found. Who has one, or has nothing to be joined by, is known.
#[test]
fn a_joined_record_that_does_not_tell_what_it_belongs_to_leaves_open_who_has_none() {
    let lines = "  join club.tiers as tier on tier.member == member.id\n  exclude when tier.name == \"x\" as \"x\"";
    let many = "  join club.tiers as tier many on tier.member == member.id\n  exclude when tier.name is missing as \"x\"";
    let required = SYSTEMS.replace("member : text? at", "member : text at");
    for (member, systems, open) in [
        (r#""member": {"id": "3"}, "#, SYSTEMS, true),
        (r#""member": ["3"], "#, SYSTEMS, true),
        (r#""member": null, "#, &required, true),
        ("", &required, true),
        (r#""member": " ", "#, &required, true),
        (r#""member": null, "#, SYSTEMS, false),
        ("", SYSTEMS, false),
        (r#""member": "99", "#, &required, false),
    ] {
        let tiers =
            format!("{{\"id\": \"t3\", \"member\": \"2\", \"name\": \"Member\"}}\n{{\"id\": \"t4\", {member}\"name\": \"Fellow\"}}");
        let plan = plan_of(systems, lines, "member.id");
        let found = rows(&plan, "{\"id\": \"2\"}\n{\"id\": \"3\"}", &tiers);
        assert_eq!(found[0], "2 | t3 | 2 | Member", "{member}");
        assert_eq!(found[1].contains("a record of `tier` does not tell what it belongs to"), open, "{member} {}", found[1]);
        let table = related(&plan, "{\"id\": \"3\"}", &tiers, None);
        assert!(!open || table.rows[0][1..].iter().all(|cell| cell.as_ref().is_err_and(|fault| fault.is_unread())), "{member}");
        let found = rows(&plan_of(systems, many, "member.id"), "{\"id\": \"2\"}\n{\"id\": \"3\"}", &tiers);
        assert!(found.iter().all(|row| row.contains("does not tell") == open), "of a list nobody has all: {member} {found:?}");
    }
    let by_mail = "  join club.tiers as tier on tier.name == member.email\n  exclude when tier.id is missing as \"none\"";
    let found = rows(&plan(by_mail, "member.id"), "{\"id\": \"3\"}", r#"{"id": "t1", "name": {}}"#);
    assert_eq!(found, ["3 | - | - | -"], "nothing is joined by a missing value");
}

#[test]
fn a_hundred_thousand_are_joined_with_as_many_in_moments() {
    let plan =
        plan("  join club.tiers as tier on tier.member == member.id\n  exclude when tier.name is missing as \"no tier\"", "member.id");
    let members: String = (0..100_000).map(|at| format!("{{\"id\": \"{at}\"}}\n")).collect();
    let tiers: String = (0..100_000).map(|at| format!("{{\"id\": \"t{at}\", \"member\": \"{at}\", \"name\": \"x\"}}\n")).collect();
    let table = related(&plan, &members, &tiers, None);
    assert!(table.rows.iter().all(|row| row[1..].iter().all(|cell| cell.as_ref().is_ok_and(|value| !value.is_missing()))));
}

/// A list of two and a missing one are two rows of two records, and still neither row is the record at its place.
#[test]
fn rows_of_elements_are_not_paired_for_suggest() {
    let plan = plan("  for each name in if member.state == \"done\" then [member.id, \"x{member.id}\"]", "name");
    let members = "{\"id\": \"1\", \"email\": \"a@x.com\", \"state\": \"done\"}\n{\"id\": \"2\", \"email\": \"b@x.com\"}";
    let mails = "{\"id\": \"1\", \"text\": \"b@x.com\"}\n{\"id\": \"x1\", \"text\": \"b@x.com\"}";
    let reads = Reads {
        source: table(Extractor::source(&plan.source, true), members),
        target: table(Extractor::target(&plan.target, true), mails),
        joined: Vec::new(),
        proofs: Proofs::default(),
    };
    let pairs = pair(&plan, &reads, &Links::default(), clock());
    assert_eq!((pairs.all, pairs.rows.len()), (0, 0));
}
