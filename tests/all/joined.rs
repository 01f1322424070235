//! A record and what is joined to it: the same path of both is two places.

use super::project::{Answer, TestProject};

const PIPELINE: &str = r#"system files {
  collection people {
    file "people.jsonl" json_lines
    key  number
    attributes {
      number : text  at $.number
      ends   : text? at $.ends
    }
  }
  collection contracts {
    file "contracts.jsonl" json_lines
    key  number
    attributes {
      number : text  at $.number
      ends   : text? at $.ends
    }
  }
  collection accounts {
    file  "accounts.jsonl" json_lines
    key   id
    lists all
    attributes {
      id     : text unique at $.id
      until  : text?       at $.until
      active : bool opens  at $.active
    }
  }
}

pipeline staff {
  from files.people as person
  join files.contracts as contract on contract.number == person.number
  to   files.accounts
  key  person.number
  match { id = person.number }
  mode create and update
  map {
    id     = person.number on create
    until  = contract.ends keep when missing
    active = true on create
  }
  leaver {
    when person.ends == "gone" as "ended"
    set  active = false
    on return { set active = true }
  }
  guard { leavers at most 50% or 5 }
}
"#;

/// Sixty records, of which the first so many have something at `$.ends`.
fn with_ends(count: usize) -> String {
    let ends = |n: usize| if n < count { r#", "ends": "later""# } else { "" };
    (0..60).map(|n| format!("{{\"number\": \"{n}\"{}}}\n", ends(n))).collect()
}

/// What a run says after people and contracts had so many values before, and have so many now.
fn read(before: (usize, usize), now: (usize, usize)) -> Answer {
    let project = TestProject::empty();
    project.write("staff.sync", PIPELINE).write("accounts.jsonl", "");
    project.write("people.jsonl", with_ends(before.0)).write("contracts.jsonl", with_ends(before.1));
    let plan = project.counterpart(&["plan"]);
    let applied = project.counterpart(&["apply", plan.keys("id").first().unwrap_or_else(|| panic!("{plan:?}"))]);
    assert_eq!(applied.code, 0, "{applied:?}");
    project.write("people.jsonl", with_ends(now.0)).write("contracts.jsonl", with_ends(now.1));
    project.counterpart(&["run"])
}

#[test]
fn a_column_that_is_lost_is_seen_beside_a_join_of_the_same_path() {
    let lost = "`$.ends` has a value in 0 of 60 records; the last run found it in 12 of 60";
    for (before, now, doubt) in [
        ((12, 60), (12, 60), None),
        ((12, 60), (0, 60), Some(lost)),
        ((60, 60), (0, 60), Some("`$.ends` has a value in 0 of 60 records")),
        ((60, 60), (60, 0), Some("`$.ends of files.contracts` has a value in 0 of 60 records")),
        // Of people without a contract, nothing is lost.
        ((12, 0), (12, 0), None),
    ] {
        let run = read(before, now);
        assert_eq!(run.code, if doubt.is_some() { 3 } else { 0 }, "{before:?} {now:?}: {run:?}");
        assert!(doubt.is_none_or(|doubt| run.out.contains(doubt)), "{before:?} {now:?}: {run:?}");
    }
}
