//! Two lines of `map` write one attribute only where they are provably apart (E0310).

use super::support::check_in;
use std::collections::HashMap;

const AROUND: &str = r#"
system files {
  collection people {
    file "people.csv" csv
    key number
    attributes {
      number : text   at $.number
      name   : text?  at $.name
      email  : text?  at $.email
      status : text?  at $.status
      level  : int?   at $.level
      flag   : bool?  at $.flag
      ends   : date?  at $.ends
      starts : date?  at $.starts
    }
  }
  collection users {
    file "users.csv" csv
    key id
    attributes {
      id   : text  at $.id
      name : text? at $.name
    }
  }
}
pipeline doubles {
  zone "Europe/Paris"
  setting x : bool = true
  setting y : bool = true
  setting word : text = "a"
  from files.people as e
  to   files.users
  field leading  = e.level > 3
  field led      = not leading
  field state    = e.status
  match { id = e.number }
  mode update
  map {
    LINES
  }
}
"#;

fn codes(lines: &str) -> Vec<&'static str> {
    let text = AROUND.replace("LINES", lines);
    check_in(&HashMap::from([("doubles.sync".into(), text)]), "doubles.sync").diagnostics.iter().map(|one| one.code).collect()
}

fn with(one: &str, other: &str) -> Vec<&'static str> {
    let lines = |first: &str, second: &str| codes(&format!("{first}\n{second}"));
    let line = |value: &str, when: &str| format!("name = e.{value} when {when} keep when missing");
    let block = |value: &str, when: &str| format!("when {when} {{ keep when missing {{ name = e.{value} }} }}");
    let all = [
        lines(&line("name", one), &line("email", other)),
        lines(&line("name", other), &line("email", one)),
        lines(&block("name", one), &line("email", other)),
        lines(&block("name", one), &block("email", other)),
    ];
    assert!(all.iter().all(|codes| *codes == all[0]), "{one} / {other}: {all:?}");
    all[0].clone()
}

#[test]
fn lines_of_one_group_are_not_apart() {
    for lines in [
        "when setting.x {\n name = e.name keep when missing\n name = e.email keep when missing\n }",
        "keep when missing {\n name = e.name\n name = e.email\n }",
        "when setting.x {\n when setting.y {\n name = e.name keep when missing\n }\n name = e.email keep when missing\n }",
        "when e.flag {\n name = e.name keep when missing when e.level > 3\n name = e.email keep when missing when e.level > 2\n }",
        "name = e.name keep when missing\n name = e.email when setting.x keep when missing",
    ] {
        assert_eq!(codes(lines), ["E0310"], "{lines}");
    }
    for lines in [
        "when e.flag {\n name = e.name keep when missing when e.level > 3\n name = e.email keep when missing when not (e.level > 3)\n }",
        "when e.flag {\n name = e.name keep when missing\n }\n when not e.flag {\n name = e.email keep when missing\n }",
    ] {
        assert_eq!(codes(lines), [""; 0], "{lines}");
    }
}

#[test]
fn conditions_that_can_hold_together_are_refused() {
    for (one, other) in [
        ("setting.x", "setting.x"),
        ("setting.x", "setting.y"),
        ("e.flag", "e.flag == true"),
        ("e.status == \"a\"", "e.status == \"a\""),
        ("e.status == \"a\"", "e.name == \"b\""),
        ("e.status == \"a\"", "e.status != \"b\""),
        ("e.status in [\"a\", \"b\"]", "e.status in [\"b\", \"c\"]"),
        ("e.email == \"p@X.org\"", "e.email == \"p@x.org\""),
        ("e.level > 3", "e.level > 5"),
        ("e.level >= 3", "e.level <= 3"),
        ("e.level < 5", "e.level > 3"),
        ("e.level < 5", "e.level == 4"),
        ("e.level < 5", "not (e.level < 3)"),
        ("e.ends < today", "e.starts < today"),
        ("leading", "e.level > 3"),
        ("e.flag or e.status == \"a\"", "not e.flag"),
        ("e.flag and e.status == \"a\"", "e.flag"),
        ("e.status is present", "e.status is present"),
        ("e.status starts with \"a\"", "e.status starts with \"ab\""),
        ("e.status == setting.word", "e.status == \"b\""),
    ] {
        assert_eq!(with(one, other), ["E0310"], "{one} / {other}");
    }
}

#[test]
fn conditions_that_are_provably_apart_are_accepted() {
    for (one, other) in [
        ("setting.x", "not setting.x"),
        ("e.flag", "not e.flag"),
        ("e.flag == true", "e.flag == false"),
        ("e.status == \"a\"", "e.status == \"b\""),
        ("e.status == \"a\"", "e.status != \"a\""),
        ("e.status == \"a\"", "state == \"b\""),
        ("e.status in [\"a\", \"b\"]", "e.status in [\"c\"]"),
        ("e.status in [\"a\", \"b\"]", "e.status not in [\"a\", \"b\", \"c\"]"),
        ("e.status is missing", "e.status is present"),
        ("e.status is missing", "e.status == \"a\""),
        ("e.status is missing", "e.status starts with \"a\""),
        ("e.level is missing", "e.level < 3"),
        ("e.status == null", "e.status != null"),
        ("e.level < 3", "e.level >= 3"),
        ("e.level < 3", "e.level > 5"),
        ("e.level < 3", "e.level == 3"),
        ("3 > e.level", "e.level >= 3"),
        ("e.ends < today", "e.ends >= today"),
        ("e.ends < today", "today <= e.ends"),
        ("e.ends < e.starts", "e.ends > e.starts"),
        ("leading", "led"),
        ("leading", "not (e.level > 3)"),
        ("e.flag and e.status == \"a\"", "e.flag and e.status == \"b\""),
        ("e.flag and e.level > 3", "not (e.flag and e.level > 3)"),
        ("e.flag or e.status == \"a\"", "not e.flag and e.status == \"b\""),
        ("e.status starts with \"a\"", "not (e.status starts with \"a\")"),
    ] {
        assert_eq!(with(one, other), [""; 0], "{one} / {other}");
    }
}

#[test]
fn create_and_update_are_apart() {
    assert_eq!(codes("name = e.name on update keep when missing\nname = e.email on update keep when missing"), ["E0310"]);
}

/// Fields that use each other many times over are given up on, soon.
#[test]
fn proving_has_an_end() {
    let mut fields = String::from("field g0 = e.level > 3 or e.flag\n  field h0 = e.level > 4 or e.flag\n");
    for at in 1..40 {
        fields += &format!("  field g{at} = g{0} or g{0} and e.flag\n  field h{at} = h{0} or h{0} and e.flag\n", at - 1);
    }
    let text = AROUND
        .replace("LINES", "name = e.name when g39 keep when missing\nname = e.email when h39 keep when missing")
        .replace("  match", &format!("  {fields}  match"));
    let checked = check_in(&HashMap::from([("doubles.sync".into(), text)]), "doubles.sync");
    assert_eq!(checked.diagnostics.iter().map(|one| one.code).collect::<Vec<_>>(), ["E0310"]);
}
