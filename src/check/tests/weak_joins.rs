//! What may not rest on a joined list whose end is weak: a record that was cut from it looks like one that is not there.

use super::support::check_in;
use std::{collections::HashMap, path::PathBuf};

/// The codes of what is said of a pipeline with a joined record and a joined list that may be cut.
fn said(mode: &str, scope: &str, key: &str, matching: &str, map: &str) -> Vec<&'static str> {
    let list = |name: &str, end: &str| {
        format!("    list GET \"/{name}\" {{\n query \"page\" = page.number\n page by number size 50\n items $.data\n {end}\n }}")
    };
    let text = format!(
        r#"
system hr {{
  http "https://hr.example.com" {{ }}
  collection staff {{
    key id
    lists all
{staff}
    attributes {{ id : text at $.id
      vip : bool? at $.vip
      mail : text at $.mail }}
  }}
  collection contacts {{
    key id
    lists all
{contacts}
    attributes {{
      id : text at $.id
      person : text at $.person
      mail : text? at $.mail
      state : text? at $.state
      ok : bool? at $.ok
    }}
  }}
}}
system portal {{
  http "https://portal.example.com" {{ }}
  collection users {{
    key id
    lists all
{users}
    get GET "/users/{{id}}"
    create POST "/users"
    update PATCH "/users/{{id}}"
    call welcome POST "/users/{{id}}/welcome"
    attributes {{
      id : text read only at $.id
      number : text? unique at $.number
      mail : text? at $.mail
      vip : bool? at $.vip
    }}
  }}
}}
pipeline p {{
  zone "UTC"
  from hr.staff as e
  to portal.users
  join hr.contacts as c on c.person == e.id
  join hr.contacts as tag many on tag.person == e.id
  {scope}
  key {key}
  match {{ {matching} }}
  mode {mode}
  map {{
    number = e.id
    {map}
  }}
}}
"#,
        staff = list("staff", "total $.total"),
        contacts = list("contacts", ""),
        users = list("users", "total $.total"),
    );
    let checked = check_in(&HashMap::from([(PathBuf::from("p/p.sync"), text)]), "p/p.sync");
    checked.diagnostics.iter().filter(|one| one.is_error()).map(|one| one.code).collect()
}

const BOTH: &str = "create and update";
const NUMBER: &str = "number = e.id";

#[test]
fn nobody_is_found_by_what_a_cut_list_shows() {
    for matching in ["mail = c.mail", "number = e.id\n mail = c.mail", "number = e.id and mail = c.mail", "mail = c.mail ?? e.mail"] {
        assert_eq!(said(BOTH, "", "e.id", matching, ""), ["E0555"], "{matching}");
    }
    let by_field = "field mail = c.mail";
    assert_eq!(said(BOTH, by_field, "e.id", "mail = mail", ""), ["E0555"]);
    assert_eq!(said("update", "", "e.id", "number = e.id\n mail = c.mail", ""), ["E0555"], "the lines may disagree");
    assert_eq!(said("update", "", "e.id", "mail = c.mail", ""), [""; 0], "nobody is created, and whoever is not found waits");
    assert_eq!(said(BOTH, "", "c.mail ?? e.id", NUMBER, ""), ["E0555"], "another key, and so a second account");
    assert_eq!(said(BOTH, "", "e.id", NUMBER, "mail = c.mail keep when missing"), [""; 0]);
}

#[test]
fn nobody_comes_into_scope_by_what_a_cut_list_does_not_show() {
    for condition in [
        "c.state == null",
        "null == c.state",
        "c.state in [null, \"on\"]",
        "c.state is missing",
        "not (c.state == \"off\")",
        "not (c.ok)",
        "c.state != \"off\"",
        "c.state not in [\"off\"]",
        "(c.state ?? \"on\") == \"on\"",
        "(tag.state | count) == 0",
        "(tag.state | count) < 1",
        "1 > (tag.state | count)",
        "(tag.state | count) <= 2",
        "(tag.state | count) == 1",
        "not ((tag.state | count) > 0)",
        "not (\"off\" in tag.state)",
        "tag.state == []",
        "c.state == \"on\" or c.mail == null",
    ] {
        assert_eq!(said(BOTH, &format!("include when {condition}"), "e.id", NUMBER, ""), ["E0555"], "{condition}");
        assert_eq!(said(BOTH, "", "e.id", NUMBER, &format!("call welcome on create when {condition}")), ["E0555"], "call {condition}");
        let line = format!("mail = e.mail when {condition} keep when missing");
        assert_eq!(said(BOTH, "", "e.id", NUMBER, &line), ["E0555"], "{line}");
    }
    for condition in [
        "c.state == \"on\"",
        "c.state is present",
        "c.state != null",
        "not (c.state is missing)",
        "not (c.state == null)",
        "c.state in [\"on\", \"new\"]",
        "c.ok",
        "c.state starts with \"o\"",
        "c.state == e.mail",
        "e.vip or c.state == \"on\"",
        "not (e.vip) and c.state == \"on\"",
        "(tag.state | count) > 0",
        "1 <= (tag.state | count)",
        "\"on\" in tag.state",
        "(c.state | lower) == \"on\"",
    ] {
        assert_eq!(said(BOTH, &format!("include when {condition}"), "e.id", NUMBER, ""), [""; 0], "{condition}");
        assert_eq!(said(BOTH, "", "e.id", NUMBER, &format!("call welcome on create when {condition}")), [""; 0], "call {condition}");
    }
}

#[test]
fn no_value_is_made_from_what_a_cut_list_does_not_show() {
    for value in [
        "vip = c.state == \"vip\"",
        "vip = c.state is present",
        "vip = c.state in [\"vip\"]",
        "vip = not (c.state is missing)",
        "vip = e.vip or c.ok",
        "vip = \"vip\" in tag.state",
        "mail = if c.ok then e.mail else \"none\"",
        "mail = c.mail ?? \"none\"",
        "mail = (c.mail ?? e.mail) | lower",
    ] {
        let line = format!("{value} keep when missing");
        assert_eq!(said(BOTH, "", "e.id", NUMBER, &line), ["E0555"], "{line}");
    }
    assert_eq!(said(BOTH, "field vip = c.state == \"vip\"", "e.id", NUMBER, "vip = vip"), ["E0555"]);
    for value in ["vip = c.ok", "mail = c.mail", "mail = c.mail | lower", "mail = \"{c.state}@example.com\""] {
        let line = format!("{value} keep when missing");
        assert_eq!(said(BOTH, "", "e.id", NUMBER, &line), [""; 0], "{line}");
    }
}

/// A create without a line for it would hold nothing at all.
#[test]
fn a_create_of_lines_that_are_written_on_update_alone_is_refused() {
    let optional = |map: &str| {
        let text = format!(
            r#"
system files {{
  collection people {{
    file "people.csv" csv
    key id
    lists all
    attributes {{ id : text at $.id
      mail : text? at $.mail }}
  }}
}}
system portal {{
  http "https://portal.example.com" {{ }}
  collection users {{
    key id
    lists all
    list GET "/users" {{ items $.data }}
    create POST "/users"
    update PATCH "/users/{{id}}"
    find by mail GET "/users" {{ query "m" = mail
      items $.data }}
    attributes {{
      id : text read only at $.id
      mail : text? unique at $.mail
    }}
  }}
}}
pipeline p {{
  from files.people as e
  to portal.users
  key e.id
  match {{ mail = e.mail }}
  mode create and update
  map {{ {map} }}
}}
"#
        );
        let checked = check_in(&HashMap::from([(PathBuf::from("p/p.sync"), text)]), "p/p.sync");
        checked.diagnostics.iter().filter(|one| one.is_error()).map(|one| one.code).collect::<Vec<_>>()
    };
    assert_eq!(optional("mail = e.mail on update keep when missing"), ["E0312"]);
    assert_eq!(optional("mail = e.mail keep when missing"), [""; 0]);
    assert_eq!(optional("mail = e.mail on create keep when missing"), [""; 0]);
}
