//! Fields that outgrow every record are refused, with the cause.

use super::support::{check_in, rendered};
use std::collections::HashMap;

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
