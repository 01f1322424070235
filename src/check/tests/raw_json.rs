//! Raw JSON where a type is needed: a system file has no `field`, so it is told what can be written there.

use super::support::{check_in, rendered};
use std::collections::HashMap;

const SYSTEM: &str = r#"system b {
  title "B"
  secret token as "T"
  http "https://b.example.com" {
    auth bearer secret.token
    error $.m when $.failed
  }
  collection people {
    key id
    lists all
    list GET "/a" {
      items $.data { removed when $.gone }
      last page when $.more
      done when $.state | lower == "ok"
    }
    create POST "/a" {
      body = { z = payload | lower }
      query "q" = id when payload
    }
    attributes {
      id      : text at $.id
      payload : json at $.payload
    }
  }
}
"#;

/// What an answer has beside its body is not taken for a member of it.
#[test]
fn the_status_of_an_answer_is_no_path_that_lacks_its_sign() {
    for (line, fixed) in [("items status", false), ("items data.rows", true)] {
        let text = SYSTEM.replace("items $.data { removed when $.gone }", line);
        let checked = check_in(&HashMap::from([("p/b.sync".into(), text)]), "p/b.sync");
        let said = checked.diagnostics.iter().find(|one| one.message == "a path begins with `$`");
        assert_eq!(said.map(|said| !said.fixes.is_empty()), Some(fixed), "{line}\n{}", rendered(&checked));
    }
}

#[test]
fn each_place_is_told_what_it_has() {
    let checked = check_in(&HashMap::from([("p/b.sync".into(), SYSTEM.to_owned())]), "p/b.sync");
    let said = rendered(&checked);
    assert!(!said.contains("field"), "{said}");
    for help in [
        "compare it with a literal, as in `$.failed == true`",
        "compare it with a literal, as in `$.gone == true`",
        "compare it with a literal, as in `$.more == true`",
        "write it without the function",
        "where it is declared: `payload : text?`",
        "where it is declared: `payload : bool?`",
    ] {
        assert!(said.contains(help), "{help}\n{said}");
    }
}
