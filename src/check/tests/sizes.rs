//! Fields that outgrow every record are refused, with the cause.

use super::support::{check_in, rendered};
use std::{collections::HashMap, time::Instant};

fn checked(fields: &str) -> crate::check::Checked {
    let text = format!(
        r#"
system files {{
  collection people {{
    file "people.csv" csv
    key number
    attributes {{
      number : text          at $.number
      name   : text?         at $.name
      tags   : list of text? at $.tags
    }}
  }}
}}
pipeline sizes {{
  from files.people as e
  to   files.people
  {fields}
  match {{ number = e.number }}
  mode update
  map {{ name = e.name keep when missing }}
}}
"#
    );
    check_in(&HashMap::from([("sizes.sync".into(), text)]), "sizes.sync")
}

fn doubled(first: &str, next: impl Fn(usize) -> String, times: usize) -> String {
    let more: Vec<_> = (1..=times).map(|at| format!("field f{at} = {}", next(at - 1))).collect();
    format!("field f0 = {first}\n  {}", more.join("\n  "))
}

#[test]
fn what_doubles_for_every_record_is_refused_where_it_becomes_too_large() {
    for (first, next) in [("e.number", "\"{F}{F}\""), ("e.name", "\"{F}-{F}\""), ("[e.number]", "F + F"), ("e.name ?? \"x\"", "\"{F}{F}\"")]
    {
        let fields = doubled(first, |at| next.replace('F', &format!("f{at}")), 35);
        let checked = checked(&fields);
        let codes: Vec<_> = checked.diagnostics.iter().map(|one| one.code).collect();
        assert_eq!(codes, ["E0609"], "{first} {next}: {}", rendered(&checked));
    }
}

#[test]
fn what_may_stay_small_is_accepted() {
    for (first, next) in [("e.tags", "F + F"), ("e.name", "if e.number == \"1\" then F else e.name"), ("e.number", "F | trim")] {
        let fields = doubled(first, |at| next.replace('F', &format!("f{at}")), 35);
        assert!(checked(&fields).project.is_some(), "{}", rendered(&checked(&fields)));
    }
}

#[test]
fn a_chain_of_fields_is_refused_where_a_run_could_not_follow_it() {
    let chain = |count: usize| doubled("e.number", |at| format!("f{at} | trim"), count);
    assert!(checked(&chain(250)).project.is_some());
    let backwards = |count: usize| chain(count).lines().rev().collect::<Vec<_>>().join("\n");
    for fields in [chain(300), chain(5_000), backwards(5_000)] {
        let checked = checked(&fields);
        let codes: Vec<_> = checked.diagnostics.iter().map(|one| one.code).collect();
        assert_eq!(codes, ["E0106"], "{}", rendered(&checked));
    }
}

#[test]
fn a_table_is_checked_in_the_time_that_its_rows_take() {
    let table = |rows: usize| (0..rows).map(|at| format!("  \"{at}\" = \"a{at}\"\n")).collect::<String>();
    let timed = |rows| {
        let files = HashMap::from([("sizes.sync".into(), format!("table t {{\n{}}}\npipeline p {{ }}\n", table(rows)))]);
        let start = Instant::now();
        assert!(!rendered(&check_in(&files, "sizes.sync")).contains("table"));
        start.elapsed()
    };
    let is_linear = |_| timed(4_000) < timed(1_000) * 9;
    assert!((0..5).any(is_linear), "{:?} for 1,000 rows, and {:?} for 4,000", timed(1_000), timed(4_000));
}
