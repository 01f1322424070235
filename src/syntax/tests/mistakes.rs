//! Mistakes: each is said once, where it stands, with what to do.

use super::{examples::sync_files, said};
use std::path::Path;

#[test]
fn mistakes_are_explained() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/mistakes");
    for path in sync_files(&folder) {
        let text = std::fs::read_to_string(&path).expect("readable");
        let name = path.file_stem().expect("a file").to_string_lossy().into_owned();
        insta::assert_snapshot!(name, said(&text));
    }
}

#[test]
fn no_clock_ends_within_a_length_of_time() {
    for days in ["99999999999 days", "36526 days", "876601 h", "3155760001 s"] {
        for line in [
            format!("leaver {{\n set active = false\n after {days} {{ delete }}\n}}"),
            format!("guard {{ leavers at most 5 over {days} }}"),
        ] {
            let said = said(&format!("pipeline x {{\n{line}\n}}\n"));
            assert!(said.contains(&format!("`{days}` E0107")) && said.contains("at most 36525 days"), "{line}: {said}");
        }
    }
    let longest = said("pipeline x {\n leaver {\n set active = false\n after 36525 days { delete }\n }\n}\n");
    assert!(!longest.contains("E0107"), "{longest}");
}

/// Ten lines with a mistake each, among lines without.
const TEN: &str = r#"import "systems/lucca.sync"

pipline lucca_to_reward_gateway {
  titel "Lucca"
  zone "Europe/Paris"
  schedule daily at 2:00
  from lucca.users as employee;
  to reward_gateway.members
  field email := employee.email | trim
  include when email = null as "has an address"
  exclude when email is present && true
  map {
    email => email
    first_name = 'Jeanne'
    last_name = lower(employee.last_name
  }
}
"#;

#[test]
fn ten_mistakes_give_ten_diagnostics_each_on_its_line() {
    let said = said(TEN);
    let lines: Vec<&str> = said.lines().map(|line| line.split(':').next().expect("a line number")).collect();
    assert_eq!(lines, ["1", "3", "4", "6", "7", "9", "10", "11", "13", "14", "15"], "{said}");
    for line in said.lines() {
        assert!(!line.contains("()"), "each says what to do: {line}");
    }
}

#[test]
fn at_most_twenty_are_listed() {
    assert_eq!(said(&"nonsense here\n".repeat(100)).lines().count(), 20);
}

#[test]
fn the_fixes_mend_the_file() {
    let text = "pipline p {\n  titel \"A\"\n  from a.b; \n  to c.d\n  map {\n    x := 'y'\n    z => 1 && 2\n  }\n}\n";
    let mut fixed = text.to_owned();
    for _ in 0..10 {
        let (_, faults) = crate::syntax::parse(crate::diagnose::FileId(0), &fixed);
        let Some(edit) = faults.first().map(|fault| fault.fixes[0].edits[0].clone()) else { break };
        fixed.replace_range(edit.span.start as usize..edit.span.end as usize, &edit.text);
    }
    assert_eq!(fixed, "pipeline p {\n  title \"A\"\n  from a.b \n  to c.d\n  map {\n    x = \"y\"\n    z = 1 and 2\n  }\n}\n");
}

#[test]
fn what_is_unclosed_is_reported_where_it_opens() {
    for (text, at) in [
        ("pipeline p {\n  title \"A\"\n", "1:12 `{`"),
        ("pipeline p {\n  map {\n    a = b\n  guard {\n    hold leavers\n  }\n}\n", "2:7 `{`"),
        ("pipeline p {\n  title \"A\n  zone \"B\"\n}\n", "2:9 `\"`"),
        ("pipeline p {\n  key (a\n  zone \"B\"\n}\n", "2:7 `(`"),
        ("pipeline p {\n  key [a,\n  b\n  zone \"B\"\n}\n", "2:7 `[`"),
        ("pipeline p {\n  key $.a[?@.b == 1\n  zone \"B\"\n}\n", "2:10 `[`"),
        ("pipeline p {\n  zone \"\"\"B\n}\n", "2:8 `\"\"\"`"),
        ("pipeline p {\n  key \"a {b | f(c} d\"\n}\n", "2:16 `(`"),
    ] {
        let said = said(text);
        assert!(said.starts_with(at), "{text}\n{said}");
    }
}

#[test]
fn windows_line_ends_and_a_byte_order_mark_are_no_mistakes() {
    assert_eq!(said("\u{feff}use \"a.sync\"\r\n\r\npipeline x {\r\n  title \"A\" # b\r\n  zone \"\"\"x\r\ny\"\"\"\r\n}\r\n"), "");
}

#[test]
fn what_can_begin_a_line_of_a_collection_is_told_in_full_and_once() {
    let told =
        |word: &str| said(&format!("system s {{\n  http \"https://a.example\" {{ }}\n  collection c {{\n    {word} /users\n  }}\n}}\n"));
    for word in ["whatever", "deactivate", "fetch_all"] {
        let said = told(word);
        let help = said.split_once("(begin the line with ").unwrap_or_else(|| panic!("{said}")).1;
        for one in
            ["`list`", "`get`", "`find by`", "`create`", "`update`", "`delete`", "`call`", "`key`", "`attributes`", "`file`", "`part`"]
        {
            assert_eq!(help.matches(one).count(), 1, "{one}: {said}");
        }
    }
    let near = told("deactivate");
    assert!(near.contains("begin the line with `delete`") || near.contains("begin the line with `create`"), "the nearest first: {near}");
}
