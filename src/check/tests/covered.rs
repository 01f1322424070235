//! Rules that an earlier one of the same block leaves nothing to decide (E0527).

use super::support::check_in;
use std::{collections::HashMap, path::PathBuf};

/// How many rules of a `get` with these lines never decide.
fn dead(lines: &[&str]) -> usize {
    let text = format!(
        "system app {{\n  http \"https://app.example.com\" {{ }}\n  collection users {{\n    key id\n    list GET \"/users\" {{ items $.users }}\n    \
         get GET \"/users/{{id}}\" {{\n      item $.user\n      {}\n    }}\n    attributes {{\n      id : text at $.id\n    }}\n  }}\n}}\n",
        lines.join("\n      ")
    );
    let checked = check_in(&HashMap::from([(PathBuf::from("p/p.sync"), text.clone())]), "p/p.sync");
    let others: Vec<_> = checked.diagnostics.iter().filter(|one| one.is_error() && one.code != "E0527").collect();
    assert!(others.is_empty(), "{lines:?}: {others:?}");
    checked.diagnostics.iter().filter(|one| one.code == "E0527").count()
}

#[test]
fn a_narrower_rule_after_a_wider_one_never_decides() {
    for (wide, narrow) in [
        ("invalid when $.a == 1", "invalid when $.a == 1 and $.b == 2"),
        ("invalid when $.a == 1", "invalid when $.b == 2 and $.a == 1"),
        ("invalid when $.a == 1 or $.b == 2", "invalid when $.b == 2"),
        ("invalid when $.a == 1 or $.b == 2", "invalid when $.a == 1 and $.c == 3"),
        ("invalid when $.a == 1", "invalid when ($.a == 1 and $.b == 2) or ($.a == 1 and $.c == 3)"),
        ("invalid when status >= 400 and status < 500", "invalid when status == 404"),
        ("invalid when status >= 400", "invalid when status in [409, 412] and $.a == 1"),
        ("invalid when status in [400, 422]", "invalid when status == 422"),
        ("gone when status == 404", "gone when status == 404 and $.code == \"no_user\""),
        ("invalid when $.a in [\"x\", \"y\"]", "invalid when $.a == \"y\""),
        ("invalid when $.a in [\"x\", \"y\"]", "invalid when $.a in [\"y\", \"x\"] and $.b is present"),
        ("invalid when $.a is present", "invalid when $.a == \"y\""),
        ("invalid when $.a == 1", "invalid when $.a == 1"),
        ("invalid when $.list[*].a == 1", "invalid when $.list[*].a == 1 and $.b == 2"),
        ("invalid when $.n > 5", "invalid when $.n > 7"),
        ("invalid when $.n > 5", "invalid when 5 < $.n and $.b == 2"),
        ("invalid when $.n >= 5", "invalid when $.n > 5"),
        ("invalid when 9 > $.n", "invalid when $.n <= 8"),
        ("invalid when $.n > 5 and $.n < 9", "invalid when $.n > 6 and $.n < 8"),
        ("invalid when $.n > 5 or $.b == 2", "invalid when $.n > 6"),
    ] {
        assert_eq!(dead(&[wide, narrow]), 1, "{wide}, then {narrow}");
    }
}

#[test]
fn a_rule_that_may_hold_alone_is_asked() {
    for (first, second) in [
        ("invalid when $.a == 1 and $.b == 2", "invalid when $.a == 1"),
        ("invalid when $.a == 1", "invalid when $.a == 2"),
        ("invalid when $.a == 1", "gone when $.a == 1 and $.b == 2 and status == 404"),
        ("invalid when $.a == 1 and $.b == 2", "invalid when $.a == 1 and $.c == 2"),
        ("invalid when status == 404", "invalid when status >= 400"),
        ("invalid when status >= 400 and $.x == 1", "invalid when status == 404"),
        ("invalid when status in [400, 422]", "invalid when status in [422, 423]"),
        ("invalid when $.a in [\"x\", \"y\"]", "invalid when $.a in [\"y\", \"z\"]"),
        ("invalid when $.n > 5", "invalid when $.n >= 5"),
        ("invalid when $.n > 7", "invalid when $.n > 5"),
        ("invalid when $.n > 5", "invalid when $.n < 7"),
        ("invalid when $.n > 5", "invalid when $.m > 7"),
        ("invalid when $.n > 5 and $.b == 2", "invalid when $.n > 7"),
        // Several values at the first place leave all of it undecided.
        ("invalid when $.list[*].a == 1 or $.b == 2", "invalid when $.b == 2"),
        // Of an answer with the status of an outage only the second says anything: it names it.
        ("gone when $.code == \"no_user\"", "gone when $.code == \"no_user\" and status == 500"),
    ] {
        assert_eq!(dead(&[first, second]), 0, "{first}, then {second}");
    }
}
