//! Rules that every answer, every page, every failure or every job meets, and a dozen of each kind that real APIs need.

use super::{
    absence::{codes, ends, job},
    support::check_in,
};
use std::{collections::HashMap, path::PathBuf};

/// What is said of a list whose records may be missing, with a rule for `done`.
fn empty_list(done: &str) -> Vec<&'static str> {
    let text = format!(
        r#"
system app {{
  http "https://app.example.com" {{ }}
  collection users {{
    key id
    list GET "/users" {{
      items $.data.users ?? []
      done when {done}
    }}
    attributes {{ id : text at $.id }}
  }}
}}
"#
    );
    let checked = check_in(&HashMap::from([(PathBuf::from("p/p.sync"), text)]), "p/p.sync");
    checked.diagnostics.iter().filter(|one| one.is_error()).map(|one| one.code).collect()
}

#[test]
fn what_an_outage_has_too_does_not_show_an_empty_list() {
    for wrong in [
        "$.error is present",
        "$.code == 500",
        "$.status == \"error\"",
        "$.status == \"ok\"",
        "$.status == 200",
        "$.success == false",
        "$.success == true",
        "$.message is present",
        "$.message == \"users\"",
        "$.request_id is present",
        "$.jsonrpc == \"2.0\"",
        "$.jsonrpc == \"2.0\" and $.took > 0",
        "$.apiVersion == \"v1\"",
        "$.kind == \"Status\"",
        "$.type == \"about:blank\"",
        "$.schemas[0] == \"urn:ietf:params:scim:api:messages:2.0:Error\"",
        "$.error.source == \"users\"",
        "$.error.count == 1",
        "$.error.total >= 0",
        "$.limit >= 1",
        "$.page >= 0",
        "$.service == \"users\"",
        "$.kind == \"users\" or $.ok == true",
        "$.timestamp is present",
        "$.x is present",
        "not ($.x is missing)",
        "$.live == true",
        "$.kind matches \".\"",
        "status == 200 and $.error is missing and $.x is present",
        "$.failed_count == 0",
        "$.failedCount >= 0",
        "$.errors_total == 0",
        "$.totalErrors == 0",
        "$.error_count is present",
        "$.skipped_count == 0",
        "$.numWarnings == 0",
        "$.meta.rejected_count == 0",
        "$.pending == 0",
    ] {
        assert!(empty_list(wrong).contains(&"E0552"), "{wrong}");
    }
    for fine in [
        "$.kind == \"admin#directory#users\"",
        "$.object == \"list\"",
        "$.type == \"users\"",
        "$.schemas[0] == \"urn:ietf:params:scim:api:messages:2.0:ListResponse\"",
        "$.data is present",
        "not ($.data is missing)",
        "$.total == 0",
        "$.totalResults is present",
        "$.meta.count >= 0",
        "$.retrieved_count == 0",
        "$.has_more == false",
        "$.paging.next is present",
        "$.range is present",
        "$.entity in [\"user\", \"users\"]",
        "$.kind matches \"users$\"",
        "$.kind starts with \"admin#directory\"",
        "$.success == true and $.kind == \"users\"",
        "$.data is present or $.total == 0",
    ] {
        assert_eq!(empty_list(fine), [""; 0], "{fine}");
    }
}

#[test]
fn a_page_that_is_smaller_than_something_is_short_whatever_that_is_called() {
    for weak in [
        "page.count < $.limit",
        "page.count != $.per_page",
        "page.count < $.max",
        "page.count < $.page_size and $.data is present",
        "page.count < $.limit or $.more == false",
        "$.most > page.count",
        "page.count + 1 <= $.most",
        "(header \"x-most\" | parse_int) - page.count > 0",
        "page.count - (header \"x-most\" | parse_int) < 0",
        "page.count < header \"x-most\"",
        "page.count < (header \"x-most\" | parse_int)",
        "not (page.count >= $.most)",
        "page.count == $.n",
        "$.n < page.size",
        "$.n < $.limit",
    ] {
        assert!(ends(&format!("last page when {weak}")).contains(&"E0555"), "{weak}");
    }
    for strong in [
        "$.total == page.count",
        "page.count >= $.total",
        "(header \"x-offset\" | parse_int) + page.count >= $.total",
        "(header \"x-start\" | parse_int) + page.count > $.totalResults",
        "(header \"x-total\" | parse_int) - page.count <= $.offset",
        "page.count + (header \"x-from\" | parse_int) == $.numFound",
        "page.count < $.limit and $.more == false",
        "$.remaining < page.size and $.remaining == 0",
        "$.total <= page.count",
        "page.count == $.hits.total",
        "page.count == 0",
        "$.pages == $.page and $.page is present",
    ] {
        assert_eq!(ends(&format!("last page when {strong}")), [""; 0], "{strong}");
    }
    for header in ["date", "Content-Type", "server"] {
        assert_eq!(ends(&format!("last page when $.next is missing and header \"{header}\" is present")), ["E0524", "E0555"], "{header}");
    }
    assert_eq!(ends("last page when $.next is missing and header \"x-page\" is present"), [""; 0]);
}

#[test]
fn what_an_envelope_has_or_any_refusal_says_makes_nobody_gone() {
    for wrong in [
        "$.jsonrpc == \"2.0\" and $.error is present",
        "$.schemas[0] == \"urn:ietf:params:scim:api:messages:2.0:Error\"",
        "$.type == \"about:blank\"",
        "$.kind == \"Status\"",
        "$.error.code == -32603",
        "$.error.code == -32000",
        "$.code == -1",
        "$.authenticated == false",
        "$.retryable == false",
        "$.version == \"1.0\"",
        "$.path == \"/users\"",
        "$.success == \"N\"",
        "$.timeout == true",
        "$.degraded == true",
        "$.message starts with \"No\"",
        "$.message contains \"error\"",
        "$.message ends with \"\"",
        "$.message contains \"server\"",
    ] {
        assert_eq!(codes("", &format!("gone when {wrong}")), ["E0524"], "{wrong}");
    }
    for words in [
        "INTERNAL",
        "REQUEST_LIMIT_EXCEEDED",
        "INVALID_SESSION_ID",
        "ThrottlingException",
        "ExpiredToken",
        "OAuthException",
        "generalException",
        "ENOTFOUND",
        "EAI_AGAIN",
        "upstream connect error",
        "no healthy upstream",
        "Missing Authentication Token",
        "INSUFFICIENT_ACCESS",
        "license_expired",
        "tenant_suspended",
        "Service is offline",
        "SERVICE_NOT_AVAILABLE",
        "activityLimitReached",
        "Authorization_RequestDenied",
        "Authentication_MissingOrMalformed",
        "InvalidAuthenticationToken",
        "Request_ThrottledTemporarily",
        "Service_InternalServerError",
        "com.example#ThrottlingException",
        "DEADLOCK_DETECTED",
        "CIRCUIT_OPEN",
        "UNKNOWN_HOST",
        "DB_DOWN",
    ] {
        assert_eq!(codes("", &format!("gone when $.code == \"{words}\"")), ["E0524"], "{words}");
    }
    for fine in [
        "no_such_user",
        "Request_ResourceNotFound",
        "ResourceNotFoundException",
        "UserNotFoundException",
        "com.example#UserNotFoundException",
        "odoo.exceptions.MissingError",
        "INVALID_USER_ID",
        "EMPLOYEE_NOT_FOUND",
        "ENTITY_IS_DELETED",
        "DoesNotExist",
        "account_inactive",
        "USER_DELETED",
        "1001",
        "User does not exist or you do not have permission to view them.",
    ] {
        assert_eq!(codes("", &format!("gone when $.code == \"{fine}\"")), [""; 0], "{fine}");
    }
    for fine in [
        "$.found == false",
        "$.deleted == true",
        "$.result == []",
        "$.count == 0",
        "$.code == 1042",
        "$.active == 0",
        "$.error.code == \"no_such_user\" and $.data == null",
        "$.errors[0].extensions.code == \"NOT_FOUND\" and $.data == null",
        "$.success == true and $.data == []",
        "$.message starts with \"No employee\"",
        "$.error.message contains \"does not exist\"",
    ] {
        assert_eq!(codes("", &format!("gone when {fine}")), [""; 0], "{fine}");
    }
}

/// A part of a text that outages have as well shows no absence, by whatever it is asked for; a text of the vendor does.
#[test]
fn a_part_of_a_text_and_a_pattern_are_judged_alike() {
    let asked = |part: &str| {
        [
            format!("$.message contains \"{part}\""),
            format!("$.error.detail matches \"{part}\""),
            format!("$.errors[0].message matches \"(?i){part}\""),
            format!("header \"x-reason\" contains \"{part}\""),
            format!("(header \"x-reason\" | lower) contains \"{part}\""),
            format!("(header \"x-reason\" | lower) matches \"{part}\""),
        ]
    };
    for part in ["not found", "found", "fault", "deadlock", "denied", "server", "session not found", "an error"] {
        for when in asked(part) {
            assert_eq!(codes("", &format!("gone when {when}")), ["E0524"], "{when}");
        }
    }
    for part in ["user not found", "no such user", "does not exist", "was deleted", "employee"] {
        for when in asked(part) {
            assert_eq!(codes("", &format!("gone when {when}")), [""; 0], "{when}");
        }
    }
    for (begins, ends) in [("server", "denied"), ("host", "not found"), ("dead", "fault")] {
        for when in [
            format!("$.message starts with \"{begins}\""),
            format!("$.message matches \"(?i)^{begins}\""),
            format!("$.message ends with \"{ends}\""),
            format!("$.message matches \"(?i){ends}$\""),
        ] {
            assert_eq!(codes("", &format!("gone when {when}")), ["E0524"], "{when}");
        }
    }
    for whole in ["Host not found", "SESSION_NOT_FOUND", "Tenant not found."] {
        assert_eq!(codes("", &format!("gone when $.message == \"{whole}\"")), ["E0524"], "{whole}");
        assert_eq!(codes("", &format!("gone when $.message in [\"no user\", \"{whole}\"]")), ["E0524"], "{whole}");
    }
    // Who is asked for by its address is not there: the whole text of a 404 says no more, and no less.
    for fine in ["$.message == \"Not found\"", "$.message in [\"not found\"]", "$.message matches \"^not found$\""] {
        assert_eq!(codes("", &format!("gone when {fine}")), [""; 0], "{fine}");
    }
    for wrong in ["header \"x-user\" == \"\"", "$.failed_count == 0", "$.code - 500 == 0"] {
        assert_eq!(codes("", &format!("gone when {wrong}")), ["E0524"], "{wrong}");
    }
}

#[test]
fn a_job_that_failed_or_has_not_begun_is_not_done() {
    for wrong in [
        "$.state == \"failed\"",
        "$.state == \"notStarted\"",
        "$.state == \"NOT_STARTED\"",
        "$.state == \"retrying\"",
        "$.state == \"paused\"",
        "$.state == \"busy\"",
        "$.state == \"validating\"",
        "$.state == \"cancelled\"",
        "$.state == \"expired\"",
        "$.startedAt is present",
        "$.created_at != null",
        "$.result is present",
        "$.state == \"draft\"",
        "$.state == \"registered\"",
        "$.state == \"skipped\"",
        "$.state in [\"done\", \"failed\"]",
        "$.failed == true",
        "$.jsonrpc == \"2.0\"",
        "$.error is missing and $.state is present",
        "header \"retry-after\" is missing and $.state is present",
        "$.attempt == 1",
        "$.retry == false",
        "$.queue == \"users\"",
        "$.message == \"Your request has been queued\"",
        "status == 302",
        "status == 301",
        "status == 206",
        "status == 302 and header \"location\" is present",
        "$.state == \"validated\"",
        "$.state == \"Parsed\"",
        "$.state == \"importing\"",
        "$.state in [\"done\", \"under_review\"]",
        "$.state starts with \"valid\"",
        "$.pending == 0",
        "$.pending <= 0",
        "$.pending < 1",
        "0 == $.pending",
        "$.remaining == 0",
        "$.remaining_items == 0",
        "$.jobs.pendingCount == 0",
        "$.numberOfPendingJobs == 0",
        "$.queue_length == 0",
        "$.in_progress == false",
        "$.failed_count == 0",
        "$.errors_total == 0",
        "$.done + $.failed >= $.total",
        "header \"x-pending\" == \"\"",
    ] {
        assert_eq!(job(wrong), ["E0580"], "{wrong}");
    }
    for fine in [
        "$.state == \"done\"",
        "$.state == \"COMPLETE\"",
        "$.status == \"success\"",
        "$.state in [\"done\", \"finished\"]",
        "$.error is missing and $.state == \"done\"",
        "$.jsonrpc == \"2.0\" and $.result.state == \"closed\"",
        "$.progress >= 100",
        "$.completed == true",
        "$.completedAt != null",
        "$.finished_at is present",
        "$.job.endTime is present",
        "$.pending == 0 and $.state == \"done\"",
        "$.remaining == 0 and $.finished_at is present",
        "$.succeeded == true",
        "$.message == \"Nothing is left to do\"",
        "$.message == \"The user was updated\"",
        "status == 303",
        "status == 303 and header \"location\" is present",
        "status == 302 and $.state == \"done\"",
    ] {
        assert_eq!(job(fine), [""; 0], "{fine}");
    }
}
