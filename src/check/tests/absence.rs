//! What shows that a record is absent, and not that the system has an outage (E0524).

use super::support::check_in;
use std::{collections::HashMap, path::PathBuf};

/// The codes of the errors of a system with these lines for all calls, and in its `get`.
fn codes(http: &str, get: &str) -> Vec<&'static str> {
    let text = format!(
        r#"
system app {{
  http "https://app.example.com" {{
    {http}
  }}
  collection users {{
    key id
    list GET "/users" {{
      items $.users
    }}
    get GET "/users/{{id}}" {{
      item $.user
      {get}
    }}
    attributes {{
      id : text at $.id
    }}
  }}
}}
"#
    );
    let checked = check_in(&HashMap::from([(PathBuf::from("p/p.sync"), text)]), "p/p.sync");
    checked.diagnostics.iter().filter(|one| one.is_error()).map(|one| one.code).collect()
}

#[test]
fn a_code_in_a_header_is_evidence_as_the_rule_that_compares_it_is() {
    for header in ["content-type", "server", "x-cache", "x-error"] {
        for when in ["", "status >= 400", "status == 400"] {
            let code = format!(
                "error $.error code header \"{header}\" {} {{\n      \"gone\" is gone\n    }}",
                if when.is_empty() { String::new() } else { format!("when {when}") }
            );
            let rule = format!(
                "gone when {}header \"{header}\" == \"gone\"",
                if when.is_empty() { String::new() } else { format!("{when} and ") }
            );
            assert_eq!(codes(&code, ""), codes("", &rule), "{header} {when}");
        }
    }
    assert_eq!(codes("error $.error code header \"Content-Type\" {\n      \"text/html\" is gone\n    }", ""), ["E0524"]);
    assert_eq!(codes("error $.error code header \"x-error\" {\n      \"no_such_user\" is gone\n    }", ""), [""; 0]);
    assert_eq!(codes("error $.error code $.code when status >= 400 {\n      \"no_such_user\" is gone\n    }", ""), [""; 0]);
}

#[test]
fn what_any_failure_says_is_no_evidence_of_absence() {
    for wrong in [
        "$.error == true",
        "$.success == false",
        "$.meta.ok == 0",
        "$.hasErrors == true",
        "$.status == \"error\"",
        "$.state in [\"missing\", \"failed\"]",
        "$.code == 500",
        "$.code == \"503\"",
        "false == $.is_success",
        "status == 400 and $.success == false",
        "status == 500 and $.error == true",
    ] {
        assert_eq!(codes("", &format!("gone when {wrong}")), ["E0524"], "{wrong}");
    }
    for fine in [
        "$.found == false",
        "$.deleted == true",
        "$.exists == false",
        "$.code == 404",
        "$.code == 1042",
        "$.error == \"no_such_user\"",
        "$.status == \"not found\"",
        "$.success == false and $.code == \"E17\"",
        "status == 404 and $.success == false",
        "status == 500 and $.fault.code == \"NotFound\"",
    ] {
        assert_eq!(codes("", &format!("gone when {fine}")), [""; 0], "{fine}");
    }
    for (code, refused) in [("500", true), ("error", true), ("E500", false), ("404", false)] {
        let found = codes(&format!("error $.message code $.code {{\n      \"{code}\" is gone\n    }}"), "");
        assert_eq!(!found.is_empty(), refused, "{code} {found:?}");
    }
}
