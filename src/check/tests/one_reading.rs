//! What `check --fix` makes of lines that can be read in more than one way: the line that was meant, or nothing.

use super::support::check_in;
use crate::diagnose::edit;
use std::{collections::HashMap, path::PathBuf};

/// A pipeline between two files, with lines in place of its own.
pub fn file(replaced: &[(&str, &str)]) -> String {
    let text = r#"system hr {
  collection people {
    file "people.jsonl" json_lines
    key number
    attributes {
      number : text at $.number
      name   : text? at $.name
      email  : text? at $.email
      since  : date? at $.since format "%Y-%m-%d"
      active : bool? at $.active
    }
  }
}
system app {
  http "https://app.example.com" {
  }
  collection users {
    key   id
    lists all
    list GET "/users" {
      items $.data
      page by link $.next
      query "all" = true
    }
    create POST "/users" { idempotent }
    update PATCH "/users/{id}"
    attributes {
      id     : text unique at $.id
      name   : text? at $.name
      email  : text? at $.email ignoring case
      active : bool opens at $.active
    }
  }
}
pipeline p {
  zone "Europe/Paris"
  from hr.people as e
  to app.users
  field email = e.email | trim
  include when e.email is present
  key e.number
  match { id = e.number }
  mode create and update
  map {
    id = e.number
    name = e.name keep when missing
    email = email
    active = true on create
  }
  leaver {
    when e.since < today as "left"
    set active = false
  }
  guard { leavers at most 10% or 5 }
}
"#;
    replaced.iter().fold(text.to_owned(), |text, (old, new)| {
        assert_eq!(text.matches(old).count(), 1, "{old}");
        text.replace(old, new)
    })
}

/// The file after all edits that can be meant one way.
fn fixed(text: &str) -> String {
    let mut text = text.to_owned();
    for _ in 0..8 {
        let checked = check_in(&HashMap::from([(PathBuf::from("p/p.sync"), text.clone())]), "p/p.sync");
        let (texts, fixes) = edit::apply_fixes(checked.diagnostics.iter().filter(|one| one.is_error()), &checked.sources);
        match texts.into_values().next() {
            Some(made) if fixes > 0 => text = made,
            _ => break,
        }
    }
    text
}

fn is_sound(text: &str) -> bool {
    check_in(&HashMap::from([(PathBuf::from("p/p.sync"), text.to_owned())]), "p/p.sync").diagnostics.iter().all(|one| !one.is_error())
}

/// A line, how it is written wrongly, and what `--fix` makes of that; none where it makes nothing.
const LINES: &[(&str, &str, Option<&str>)] = &[
    // Braces and backslashes between other quotes.
    ("name = e.name keep", "name = '{e.name} {e.number}' keep", None),
    ("name = e.name keep", "name = 'application={e.number}' keep", None),
    ("name = e.name keep", r"name = 'a\tb' keep", None),
    ("GET \"/users\"", "GET '/users/{id}'", None),
    ("GET \"/users\"", "GET '/users'", Some("GET \"/users\"")),
    ("as \"left\"", "as 'left'", Some("as \"left\"")),
    ("as \"left\"", "as 'has \"left\"'", Some("as \"has \\\"left\\\"\"")),
    // Patterns of SQL and of other languages.
    ("when e.email is present", "when e.email like \"%@example.com\"", Some("when e.email ends with \"@example.com\"")),
    ("when e.email is present", "when e.email like \"anna%\"", Some("when e.email starts with \"anna\"")),
    ("when e.email is present", "when e.email LIKE \"%@example%\"", Some("when e.email contains \"@example\"")),
    ("when e.email is present", "when e.email like \"%@%.com\"", None),
    ("when e.email is present", "when e.email like \"a_b%\"", None),
    ("when e.email is present", "when e.email like \"anna\"", None),
    ("when e.email is present", "when e.email like e.name", None),
    ("when e.email is present", "when e.email matches /@/", Some("when e.email matches \"@\"")),
    ("when e.email is present", "when e.email matches /^a\\/b$/", Some("when e.email matches \"^a/b$\"")),
    ("when e.email is present", "when e.email matches /@/i", None),
    (
        "when e.email is present",
        "when e.email matches /@/ and e.email matches /^a\\/b$/",
        Some("when e.email matches \"@\" and e.email matches \"^a/b$\""),
    ),
    // A statement that lost its first word.
    ("field email = e.email | trim", "email = e.email | trim", None),
    ("field email = e.email | trim", "email = e.email", None),
    ("field email = e.email | trim", "feild email = e.email | trim", Some("field email = e.email | trim")),
    // A guard that is there, though it is not understood.
    ("leavers at most 10% or 5", "leavers roughly 10% or 5", None),
    ("leavers at most 10% or 5", "leavers max 10% or 5", Some("leavers at most 10% or 5")),
    ("leavers at most 10% or 5", "leavers 10% or 5", Some("leavers at most 10% or 5")),
    // A word that lacks its value, and one that stands there twice.
    ("page by link $.next", "page by link size 30", None),
    ("page by link $.next", "page by cursor", None),
    ("items $.data", "items data", Some("items $.data")),
    ("since  : date? at $.since format", "since : date? at at $.since format", Some("since : date? at $.since format")),
    ("as \"left\"", "as as \"left\"", Some("as \"left\"")),
    ("mode create and update", "mode mode create and update", Some("mode create and update")),
    ("    email = email\n", "    email = email email\n", Some("    email = email\n")),
    ("e.email is present", "when e.email is present", Some("e.email is present")),
    ("from hr.people as e", "from hr.people as as e", Some("from hr.people as e")),
    // A value that lacks before a word which can be a name as well.
    ("e.since < today as", "e.since < as", None),
    ("from hr.people as e", "from hr. as e", None),
    // A comma beside a value that lacks.
    ("app.example.com\" {\n", "app.example.com\" {\n missing as , 0\n", None),
    ("app.example.com\" {\n", "app.example.com\" {\n missing as false, \n", None),
    ("app.example.com\" {\n", "app.example.com\" {\n missing as false, ,  0\n", None),
    // Two ways to find, or one that needs both.
    ("match { id = e.number }", "match { id = e.number email = email }", None),
    ("match { id = e.number }", "match { id = e.number, email = email }", None),
    ("match { id = e.number }", "match {\n id = e.number, email = email\n }", None),
    // Two readings of a doubled `|`, and what a type in brackets asks for.
    ("field email = e.email | trim", "field email = e.email | trim || lower", None),
    ("name   : text? at $.name\n      email  : text? at $.email\n", "name : varchar(20) at $.name\n email : text? at $.email\n", None),
    ("include when e.email", "only when e.email", Some("include when e.email")),
    ("e.since < today as", "e.name is not present as", Some("e.name is missing as")),
    ("active = true on create", "active = true on create on create", None),
    ("id     : text unique at", "id : text unique unique at", None),
    (
        "zone \"Europe/Paris\"\n",
        "zone \"Europe/Paris\"\n schedule setting.every\n setting evry : schedule = daily at 02:00 as \"x\"\n",
        None,
    ),
    (
        "zone \"Europe/Paris\"\n",
        "zone \"Europe/Paris\"\n schedule settings.often\n setting often : schedule = daily at 02:00 as \"x\"\n",
        Some("zone \"Europe/Paris\"\n schedule setting.often\n setting often : schedule = daily at 02:00 as \"x\"\n"),
    ),
    ("guard { leavers at most 10% or 5 }\n}\n", "guard { leavers at most 10% or 5 }\n}\ntest \"t\" for pp {\n}\n", None),
    // Signs of other languages.
    ("name = e.name keep when missing", "name = e.active ? true : false on create", None),
    ("active = true on create", "active = e.active ? true : false on create", None),
    ("zone \"Europe/Paris\"", "zone: \"Europe/Paris\"", Some("zone \"Europe/Paris\"")),
    ("as \"left\"", "as: \"left\"", Some("as \"left\"")),
    (
        "name   : text? at $.name\n      email  : text? at $.email\n",
        "name : text? at $.Left on format \"x\"\n      email : text? at $.email\n",
        None,
    ),
    // What another language calls a function, or gives it.
    ("e.email | trim", "e.email | substring(0, 3)", None),
    ("e.email | trim", "e.email | substr(1, 3)", None),
    ("e.email | trim", "e.email | lowercase", Some("e.email | lower")),
    ("ignoring case", "ignoring \"case\"", Some("ignoring case")),
];

/// Lines that are edited although they can be read in another way. What each becomes is still an error, and is not run.
const EDITED: &[&str] = &[
    "page by link size 30",
    "match { id = e.number email = email }",
    "field email = e.email | trim || lower",
    "name : text? at $.Left on format \"x\"\n      email : text? at $.email\n",
];

#[test]
fn a_fix_makes_the_line_that_was_meant_or_none_is_offered() {
    assert!(is_sound(&file(&[])), "what is broken here is sound");
    let mut wrong = Vec::new();
    for (meant, written, expected) in LINES {
        let broken = file(&[(*meant, *written)]);
        let fixed = fixed(&broken);
        match expected {
            Some(line) if fixed == file(&[(*meant, *line)]) && is_sound(&fixed) => {}
            None if fixed == broken || EDITED.contains(written) && !is_sound(&fixed) => {}
            _ => wrong.push(difference(&broken, &fixed)),
        }
    }
    assert_eq!(wrong, [""; 0], "{}", wrong.join("\n"));
}

fn difference(before: &str, after: &str) -> String {
    let changed = before.lines().zip(after.lines()).filter(|(before, after)| before != after);
    let lines: Vec<_> = changed.map(|(before, after)| format!("{}\n  -> {}", before.trim(), after.trim())).collect();
    if lines.is_empty() { format!("no edit: {before}") } else { lines.join("\n") }
}
