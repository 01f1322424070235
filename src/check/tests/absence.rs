//! What shows that a record is absent, and not that the system has an outage (E0524).

use super::support::check_in;
use std::{collections::HashMap, path::PathBuf};

/// The codes of the errors of a system with these lines for all calls, and in its `get`.
pub(super) fn codes(http: &str, get: &str) -> Vec<&'static str> {
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
        "$.status == \"ok\"",
        "$.status == \"Success\"",
        "$.code == 200",
        "$.code == 0",
        "$.errorCode == \"0\"",
        "$.success == true",
        "$.result == \"success\"",
        "$.error == false",
        "$.errors == []",
        "status == 200 and $.status == \"ok\"",
        "$.found == false or $.code in [4, 200]",
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
        "$.success == true and $.data == []",
        "$.code == 0 and $.found == false",
        "$.result == []",
        "$.total == 0",
    ] {
        assert_eq!(codes("", &format!("gone when {fine}")), [""; 0], "{fine}");
    }
    for (code, refused) in [("500", true), ("error", true), ("E500", false), ("404", false)] {
        let found = codes(&format!("error $.message code $.code {{\n      \"{code}\" is gone\n    }}"), "");
        assert_eq!(!found.is_empty(), refused, "{code} {found:?}");
    }
}

/// The words of an outage, however they are spelled, say nothing of a record; those of a vendor for a record that is not there do.
#[test]
fn the_words_of_an_outage_are_no_evidence_of_absence() {
    for words in [
        "Service Unavailable",
        "Internal Server Error",
        "INTERNAL_SERVER_ERROR",
        "internalServerError",
        "503 Service Unavailable",
        "HTTP Version Not Supported",
        "unavailable",
        "timeout",
        "Timed out.",
        "Unauthorized",
        "Forbidden",
        "Too Many Requests",
        "too-many-requests",
        "Bad Gateway",
        "Gateway Timeout",
        "Please try again later!",
        "access_denied",
        "failure",
        "Error 500",
        "ECONNREFUSED",
        "ETIMEDOUT",
        "Service is unavailable",
        "The service is currently unavailable.",
        "insufficient_scope",
        "login required",
        "backend error",
        "soap:Server",
        "SOAP-ENV:Server",
        "HTTP_500",
        "HTTP status 503",
        "Requested range not satisfiable",
    ] {
        for rule in [format!("$.message == \"{words}\""), format!("status == 400 and $.error in [\"none\", \"{words}\"]")] {
            assert_eq!(codes("", &format!("gone when {rule}")), ["E0524"], "{rule}");
        }
        let listed = format!("error $.message code $.code {{\n      \"{words}\" is gone\n    }}");
        assert_eq!(codes(&listed, ""), ["E0524"], "{words}");
    }
    for pattern in ["unavailable", "Unavailable", "gone|unavailable", "(?i)TIMEOUT", "^BAD_GATEWAY$", "too many", "e"] {
        assert_eq!(codes("", &format!("gone when $.error matches \"{pattern}\"")), ["E0524"], "{pattern}");
    }
    for fine in [
        "Not Found",
        "Gone",
        "404 Not Found",
        "no_such_user",
        "Error 1042",
        "error 404",
        "User is unavailable",
        "deleted",
        "HTTP 404",
        "soap:NoSuchUser",
    ] {
        assert_eq!(codes("", &format!("gone when $.message == \"{fine}\"")), [""; 0], "{fine}");
    }
    assert_eq!(codes("", "gone when $.error matches \"no such (user|employee)\""), [""; 0]);
}

/// The codes of what is said of a pipeline that makes people leave by absence from a list of pages of ten with this rule.
pub(super) fn ends(rule: &str) -> Vec<&'static str> {
    let text = format!(
        r#"
system hr {{
  http "https://hr.example.com" {{ }}
  collection people {{
    key id
    lists all
    list GET "/people" {{
      query "page" = page.number
      page by number size 10
      items $.data
      {rule}
    }}
    attributes {{ id : text at $.id }}
  }}
}}
system files {{
  collection users {{
    file "users.csv" csv
    key id
    lists all
    attributes {{
      id     : text       at $.id
      active : bool opens at $.active
    }}
  }}
}}
pipeline p {{
  from hr.people as e
  to files.users
  key "{{e.id}}"
  match {{ id = e.id }}
  mode update
  map {{ active = true on create }}
  leaver {{
    when missing for 3 runs
    set active = false
  }}
  guard {{ leavers at most 10% or 5 }}
}}
"#
    );
    let checked = check_in(&HashMap::from([(PathBuf::from("p/p.sync"), text)]), "p/p.sync");
    checked.diagnostics.iter().map(|one| one.code).filter(|code| matches!(*code, "E0524" | "E0555" | "E0570")).collect()
}

/// Whether the vendor says that another page follows is not asked by any of these.
#[test]
fn a_rule_that_a_short_page_meets_proves_no_end() {
    for weak in [
        "",
        "last page when page.count < page.size",
        "last page when $.more == false or page.count < page.size",
        "last page when page.count < 10",
        "last page when page.count in [3]",
        "last page when $.count < 10",
        "last page when $.meta.count <= 9",
        "last page when page.count < page.size and $.data is present",
        "last page when page.count < page.size and header \"date\" is present and $.total >= 0",
        "last page when $.data[9] is missing and $.data is present",
        "last page when $.data[9].id is missing and $.data is present",
        "last page when not ($.data[9] is present) and page.count > 0",
        "last page when $.more == false\n      last page when page.count != page.size",
        "last page when $.itemsPerPage < 10",
        "last page when $.Count < 10",
        "last page when $.ItemCount < 10",
        "last page when $[\"item-count\"] < 10",
        "last page when $.length < 10",
        "last page when $.size < $.limit",
        "last page when $.per_page < 10",
        "last page when page.count < $.pageSize",
        "last page when $.resultCount <= 9",
        "last page when $.page.NumberOfElements < 10",
        "last page when header \"X-Result-Count\" < \"5\"",
        "last page when (header \"x-count\" | parse_int) < 10",
    ] {
        assert_eq!(ends(weak), ["E0555"], "{weak}");
    }
    for strong in [
        "total $.total",
        "last page when page.count == 0",
        "last page when $.data == []",
        "last page when $.data[0] is missing and $.data is present",
        "last page when $.more == false",
        "last page when $.more == false and page.count < page.size",
        "last page when $.meta is present and $.meta.next is missing",
        "last page when $.data[-1].id == \"end\"",
        "last page when $.total == page.count",
        "last page when $.count == 0",
        "last page when $.totalCount == page.count",
        "last page when $.page is present and $.page == $.pages",
    ] {
        assert_eq!(ends(strong), [""; 0], "{strong}");
    }
}

/// A status may never be met, so the list still ends with a short page, and the message says so.
#[test]
fn a_status_alone_is_no_other_end() {
    for status in [204, 404, 410, 416] {
        assert_eq!(ends(&format!("last page when status == {status}")), ["E0555"], "{status}");
        assert_eq!(ends(&format!("last page when status == {status}\n      last page when page.count == 0")), [""; 0], "{status}");
    }
}

/// The codes of a system whose look-up goes to an address and has a line, with a line for all calls.
fn looking_up(http: &str, address: &str, find: &str) -> Vec<&'static str> {
    let text = format!(
        r#"
system app {{
  http "https://app.example.com" {{
    {http}
  }}
  collection users {{
    key id
    list GET "/users" {{ items $.users }}
    get GET "/users/{{id}}"
    find by email GET {address} {{
      items $.users
      {find}
    }}
    attributes {{
      id    : text at $.id
      email : text at $.email
    }}
  }}
}}
"#
    );
    let checked = check_in(&HashMap::from([(PathBuf::from("p/p.sync"), text)]), "p/p.sync");
    checked.diagnostics.iter().filter(|one| one.is_error()).map(|one| one.code).collect()
}

/// It is what a wrong address answers as well. Only a look-up whose address names the value may say that it means nobody.
#[test]
fn a_bare_404_does_not_say_that_a_look_up_found_nobody() {
    let by_query = ("\"/find\"", "query \"email\" = email");
    for rule in ["gone when status == 404", "gone when status in [404, 410]", "gone when status >= 404 and status < 405"] {
        assert_eq!(looking_up(rule, by_query.0, by_query.1), ["E0524"], "{rule}");
        assert_eq!(looking_up("", by_query.0, &format!("{}\n      {rule}", by_query.1)), ["E0524"], "{rule}");
        assert_eq!(looking_up(rule, "\"/users/{email}\"", ""), ["E0524"], "{rule}");
        assert_eq!(looking_up("", "\"/users/{email}\"", rule), [""; 0], "{rule}");
    }
    for fine in [
        "gone when status == 404 and $.code == \"no_user\"",
        "gone when $.code == 40404",
        "gone when $.users == []",
        "gone when $.errorCode == 201",
        "gone when $.reason == \"202\"",
    ] {
        assert_eq!(looking_up(fine, by_query.0, by_query.1), [""; 0], "{fine}");
    }
}

/// The codes of what is said of a job with a rule for its end.
pub(super) fn job(done: &str) -> Vec<&'static str> {
    let text = format!(
        r#"
system app {{
  http "https://app.example.com" {{ }}
  collection users {{
    key id
    list GET "/users" {{ items $.users }}
    update PATCH "/users/{{id}}" {{
      follow GET "/jobs/{{$.job}}" {{ done when {done} }}
    }}
    attributes {{
      id   : text read only at $.id
      name : text at $.name
    }}
  }}
}}
"#
    );
    let checked = check_in(&HashMap::from([(PathBuf::from("p/p.sync"), text)]), "p/p.sync");
    checked.diagnostics.iter().filter(|one| one.is_error()).map(|one| one.code).collect()
}

#[test]
fn what_a_running_job_says_is_not_its_end() {
    for wrong in [
        "$.progress >= 0",
        "$.progress > 0",
        "$.percent >= 50",
        "$.percent < 100",
        "100 > $.percent",
        "$.steps >= 0",
        "$.state == \"running\"",
        "$.state == \"IN_PROGRESS\"",
        "$.status == \"pending\"",
        "$.job.state == \"queued\"",
        "$.state in [\"done\", \"running\"]",
        "$.state == \"done\" or $.state == \"queued\"",
        "$.state matches \"done|running\"",
        "status == 200 and $.state == \"running\"",
        "$.created > \"2020\"",
        "$.job.state == \"active\"",
        "$.state starts with \"run\"",
        "$.state ends with \"ING\"",
        "$.status contains \"progress\"",
        "$.state matches \"^run\"",
        "$.errors == []",
        "$.error == false",
        "$.status == \"ok\"",
        "$.success == true",
        "$.code == 200",
        "$.code == 0",
        "$.type == \"job\"",
        "$.done == false",
        "$.running == true",
        "$.running == false",
        "$.pending == 0",
    ] {
        assert_eq!(job(wrong), ["E0580"], "{wrong}");
    }
    for fine in [
        "$.state == \"done\"",
        "$.state == \"completed\"",
        "$.status == \"finished\"",
        "$.status == \"success\"",
        "$.state in [\"succeeded\", \"completed\"]",
        "$.state matches \"^(done|completed)$\"",
        "$.progress == 100",
        "$.percent >= 100",
        "$.finished == true",
        "$.finished_at > \"2020\"",
        "$.success == true and $.state == \"done\"",
        "status == 200 and $.state == \"done\"",
        "status == 303",
        "$.status starts with \"COMPLETED\"",
        "$.state ends with \"succeeded\"",
        "$.result.text contains \"finished\"",
        "$.status == \"ACTIVE\"",
        "$.status in [\"ACTIVE\", \"READY\"]",
        "$.status matches \"^ACTIVE$\"",
        "status == 200 and $.status == \"active\"",
        "$.state == \"created\"",
        "$.account.state == \"open\"",
    ] {
        assert_eq!(job(fine), [""; 0], "{fine}");
    }
}

/// What a server or a gateway says of an address that it does not know, in whatever words and wherever the rule stands.
#[test]
fn the_words_for_a_wrong_address_do_not_say_that_a_look_up_found_nobody() {
    let query = "query \"email\" = email";
    for rule in [
        "gone when status == 410",
        "gone when status == 404 and $.error is present",
        "gone when status == 404 and $.error is present and $.users is missing",
        "gone when status in [404, 410] and $.message == \"Not Found\"",
        "gone when $.message == \"Not Found\"",
        "gone when $.message == \"404 not found.\"",
        "gone when $.title in [\"no_user\", \"GONE\"]",
        "gone when $.code == 404",
        "gone when $.code == \"410\"",
        "gone when $.message == \"Cannot GET /find\"",
        "gone when $.message matches \"(?i)^not found$\"",
        "gone when status == 404 and $.message matches \"^no Route\"",
        "gone when status == 404 and $.success == false",
        "gone when status == 404 and $.code != \"x\"",
        "gone when $.code == \"no_user\" or status == 404 and header \"x-request-id\" is present",
        "error $.message code $.error {\n      \"Not Found\" is gone\n    }",
        "error $.message code $.status {\n      \"no_user\", \"404\" is gone\n    }",
    ] {
        assert_eq!(looking_up(rule, "\"/find\"", query), ["E0524"], "{rule}");
        assert_eq!(looking_up("", "\"/find\"", &format!("{query}\n      {rule}")), ["E0524"], "{rule}");
        assert_eq!(looking_up("", "\"/find?email={email}\"", rule), ["E0524"], "{rule}");
        assert_eq!(looking_up("", "\"/users/{email}?all=1\"", rule), [""; 0], "{rule}");
    }
    for fine in [
        "gone when status == 404 and $.error == \"no such user\"",
        "gone when $.message == \"User not found\"",
        "gone when $.message matches \"^No user\"",
        "gone when $.data is present and $.data.user is missing",
        "gone when status == 200 and $.data is present and $.data.user == null",
        "error $.message code $.error {\n      \"NOT_FOUND\", \"no_user\" is gone\n      \"Not Found\" is invalid\n    }",
    ] {
        assert_eq!(looking_up(fine, "\"/find\"", query), [""; 0], "{fine}");
    }
}
