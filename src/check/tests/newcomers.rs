//! What people write in their first files, and what they are answered: the lines, the message as it is printed, and what `check --fix`
//! makes of them.

use super::support::{check_in, rendered};
use crate::{check::Checked, diagnose::edit};
use std::{collections::HashMap, path::PathBuf};

const FILE: &str = include_str!("fixtures/newcomers.sync.txt");

const ATTRIBUTES: &str = "    attributes {
      number : text  at $.number
      name   : text  at $.name
      email  : text? at $.mail
      left   : date? at $.left
    }
";

/// What is written instead of what, in the file of two systems and a pipeline.
const WRITTEN: &[(&str, &str)] = &[
    // Attributes outside of their block.
    (
        ATTRIBUTES,
        "    number : text at $.number # of HR\n    name : text at $.name\n    email : text? at $.mail\n    left : date? at $.left\n",
    ),
    ("      left   : date? at $.left\n    }\n", "    }\n    left : date? at $.left\n"),
    (ATTRIBUTES, ""),
    ("      active : bool opens     at $.active\n    }\n  }\n", "    }\n  }\n  attributes {\n    active : bool opens at $.active\n  }\n"),
    // Two sides of a line of `match`.
    ("email = person.email | lower\n  }", "person.email = email\n  }"),
    ("email = person.email | lower\n  }", "person.name = name\n  }"),
    ("email = person.email | lower\n  }", "email == person.email\n  }"),
    ("email = person.email | lower\n  }", "email is person.email\n  }"),
    ("email = person.email | lower\n  }", "person.email == email\n  }"),
    ("email = person.email | lower\n  }", "users.email = person.email\n  }"),
    ("match {\n    email = person.email | lower\n  }", "match email = person.email"),
    ("match {\n    email = person.email | lower\n  }", "match on email"),
    // YAML and JSON.
    ("page by number", "page by page"),
    ("system hr {\n", "system:\n  name: hr\n  collections:\n    - people\n---\nsystem hr {\n"),
    ("auth   bearer secret.token", "auth: bearer secret.token"),
    ("name   = person.name", "name: person.name"),
    (
        "create POST \"/users\"",
        "create POST \"/users\" {\n      {\n        \"email\": \"{email}\",\n        \"name\": \"{name}\",\n        \"active\": active\n      }\n    }",
    ),
    ("create POST \"/users\"", "create POST \"/users\" {\n      body = { \"email\": email, \"name\": name, \"active\": active }\n    }"),
    // Names.
    ("name   = person.name", "name   = zzz"),
    ("name   = person.name", "name   = hr.people.name"),
    ("auth   bearer secret.token", "auth   bearer token"),
    ("  include when", "  keep when"),
    ("create POST \"/users\"", "create POST \"/users\" {\n      query \"dept\" = dept ?? null\n    }"),
    ("    query \"page\" = page.number", "    query \"filterByFormula\" = \"{Email} = 'x'\"\n      query \"page\" = page.number"),
    ("    query \"page\" = page.number", "    query \"filterByFormula\" = \"AND({Full Name} = 'x')\"\n      query \"page\" = page.number"),
    ("at $.name\n      active", "at $.fields.{Full Name}\n      active"),
    // `verify`.
    ("    verify GET \"/me\"\n  }\n", "  }\n  verify GET \"/me\"\n"),
    ("verify GET \"/me\"", "verify \"/me\""),
    // `is` before a value.
    ("include when person.email is present", "include when person.email is present and person.left is today"),
    ("include when person.email is present", "include when person.email is lower"),
    ("include when person.email is present", "include when person.email is (\"x\")"),
    ("include when person.email is present", "include when person.email is in [\"a\", \"b\"]"),
    ("include when person.email is present", "include when person.email is active"),
    ("when person.left < today", "when person.left is before today"),
    // SQL, jq, Terraform.
    ("email  : text? at $.mail", "email : text? at .mail"),
    ("items $.data", "items .data[]"),
    ("auth   bearer secret.token", "auth bearer var.token"),
    ("auth   bearer secret.token", "auth bearer env.DESK_TOKEN"),
    ("secret token", "secret token = \"abc\""),
    ("from hr.people as person", "from hr.people as person where person.left is missing"),
    ("file \"people.csv\" csv", "file \"people.csv\" csv delimiter \";\""),
    ("number : text  at", "number : text primary key at"),
    // One message for one mistake.
    ("from hr.people as person", "from hr.people person"),
    ("mode create and update", "mode update and create"),
    ("mode create and update", "mode create and update and delete"),
    ("email  : text? at", "email : text optional at"),
    ("number : text  at", "number : number at"),
    ("number : text  at $.number", "number : text at($.a[0)"),
    ("number : text  at $.number", "number : text at($.number)"),
    ("zone \"Europe/Paris\"", "field today = today"),
    // A credential in place, as other tools have it.
    ("system desk {\n", "system desk {\n  token = \"${HR_TOKEN}\"\n"),
    ("system desk {\n", "system desk {\n  api_key = \"abc\"\n"),
];

fn checked(text: &str) -> Checked {
    check_in(&HashMap::from([(PathBuf::from("p.sync"), text.to_owned())]), "p.sync")
}

/// What `check --fix` leaves.
fn fixed(mut text: String) -> String {
    for _ in 0..10 {
        let checked = checked(&text);
        match edit::apply_fixes(&checked.diagnostics, &checked.sources) {
            (_, 0) => break,
            (files, _) => text = files.into_values().next().unwrap(),
        }
    }
    text
}

/// The lines of a text that another does not have.
fn others(text: &str, than: &str) -> String {
    let known: Vec<&str> = than.lines().collect();
    text.lines().filter(|line| !known.contains(line)).map(|line| format!("  {}\n", line.trim_end())).collect()
}

#[test]
fn first_files_are_answered_with_what_to_write() {
    assert_eq!(rendered(&checked(FILE)), "");
    let mut all = String::new();
    for (meant, written) in WRITTEN {
        assert_eq!(FILE.matches(meant).count(), 1, "{meant}");
        let text = FILE.replacen(meant, written, 1);
        let after = fixed(text.clone());
        all.push_str(&format!("==== {}\n\n{}\n", written.trim(), rendered(&checked(&text)).trim_end()));
        if after != text {
            let left = rendered(&checked(&after));
            let left = if left.is_empty() { "nothing is left to say\n".to_owned() } else { format!("and then:\n{left}") };
            all.push_str(&format!("---- check --fix writes\n{}{left}", others(&after, &text)));
        }
        all.push('\n');
    }
    insta::assert_snapshot!("newcomers", all);
}

/// What a message says to write is checked as it is written there.
#[test]
fn advice_that_is_followed_to_the_letter_is_understood() {
    for (meant, advised) in [
        ("include when person.email is present", "include when person.email is present and person.email == (person.email | lower)"),
        ("include when person.email is present", "include when person.email is present and person.email == \"active\""),
        ("email = person.email | lower\n  }", "email = person.email\n  }"),
        ("from hr.people as person", "from hr.people as person"),
    ] {
        assert_eq!(rendered(&checked(&FILE.replacen(meant, advised, 1))), "", "{advised}");
    }
}
