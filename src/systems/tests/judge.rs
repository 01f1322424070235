//! What an answer means by the rules of a file, and by its status where no rule holds.

use super::*;
use crate::{
    compile::system::Rules,
    systems::{
        http::{
            answers::{Answer, Meaning, tidy},
            failing::Look,
            judge::{Unproved, Verdict, judge, judge_element},
        },
        scope::Scope,
    },
};
use reqwest::header::HeaderName;

/// What an answer means by the lines of an `http` block.
fn means(lines: &str, status: u16, headers: &[(&str, &str)], body: &str) -> String {
    words(judged_by(judge, lines, status, headers, body))
}

/// The same, where it is also asked whether it tells a failure that no rule looks for.
fn means_of_one(lines: &str, status: u16, headers: &[(&str, &str)], body: &str) -> String {
    words(judged_by(|rules, answer, scope| judge_element(rules, (&[], Look::All), answer, scope), lines, status, headers, body))
}

type Judging = fn(&Rules, &Answer, Scope<'_>) -> Verdict;

fn judged_by(judge: Judging, lines: &str, status: u16, headers: &[(&str, &str)], body: &str) -> Verdict {
    let system = declared::api(lines, "list GET \"/things\" { items $ }");
    let pairs = headers.iter().map(|(name, value)| (name.parse::<HeaderName>().unwrap(), value.parse().unwrap()));
    let answer = Answer { status, headers: pairs.collect(), body: body.into(), framed: true, meaning: Meaning::Done };
    let config = config("http://127.0.0.1:1");
    judge(&system.http().unwrap().rules, &answer, Scope::new(&config))
}

fn words(verdict: Verdict) -> String {
    let said = |message: Option<String>| message.map(|message| format!(": {}", tidy(&message))).unwrap_or_default();
    match verdict {
        Verdict::Means(Meaning::Gone(error)) => format!("gone{}", said(error.message)),
        Verdict::Means(meaning) => format!("{meaning:?}").to_lowercase(),
        Verdict::Error(error) => {
            let code = error.code.map(|code| format!(" {code}")).unwrap_or_default();
            format!("{}{code}{}", error.class, said(error.message))
        }
        Verdict::Unproved(Unproved::Words(error)) => format!("not proved{}", said(error.message)),
        Verdict::Unproved(Unproved::NoRule(message)) => format!("no rule{}", said(message)),
        Verdict::Unproved(Unproved::Broken(format)) => format!("no {format}"),
        Verdict::Unproved(Unproved::Undecided(why)) => format!("undecided: {why}"),
    }
}

/// The lines of one API, and the meanings of some of its answers.
fn all_mean(lines: &str, cases: &[(u16, &str, &str)]) {
    for (status, body, meaning) in cases {
        assert_eq!(means(lines, *status, &[], body), *meaning, "{status} {body}\n{lines}");
    }
}

/// Two errors are not fewer than one: a rule that they make undecidable proves no success.
#[test]
fn several_errors_are_errors() {
    let two = r#"{"errors": [{"code": "A1", "message": "a"}, {"code": "B2", "message": "b"}]}"#;
    let one = r#"{"errors": [{"code": "B2", "message": "b"}]}"#;
    all_mean(
        "error $.errors[*].message",
        &[(200, two, "not proved: a; b"), (200, one, "not proved: b"), (200, r#"{"errors": []}"#, "done")],
    );
    let present = "error $.errors[*].message when $.errors[*] is present";
    all_mean(present, &[(200, two, "invalid: a; b"), (200, one, "invalid: b"), (200, r#"{"errors": []}"#, "done")]);
    let listed = "error $.errors[*].message code $.errors[*].code { \"B2\" is conflict }";
    all_mean(listed, &[(200, two, "conflict B2: a; b"), (200, one, "conflict B2: b")]);
    let filtered = "error $.results[?@.ok == false].why when $.results[?@.ok == false] is present";
    all_mean(filtered, &[(200, r#"{"results": [{"ok": false, "why": "x"}, {"ok": true}, {"ok": false, "why": "y"}]}"#, "invalid: x; y")]);
}

#[test]
fn a_rule_of_an_error_that_can_t_be_worked_out_proves_no_success_and_no_absence() {
    let lines = "error $.message when $.errors[*].level == \"fatal\"\n    gone when $.item == []\n    done when $.ok == true";
    let several = r#"{"ok": true, "item": [], "errors": [{"level": "fatal"}, {"level": "warning"}]}"#;
    let undecided = "undecided: `$.errors[*].level` 2 values where one is expected";
    all_mean(lines, &[(200, several, undecided), (200, r#"{"ok": true}"#, "done"), (503, "", "temporary")]);
}

#[test]
fn without_rules_the_status_decides() {
    let status = |status| means("", status, &[], "{}");
    assert_eq!([200, 201, 204].map(status), ["done", "done", "done"]);
    let auth = [401, 403].map(status);
    assert_eq!(auth, ["auth", "auth"]);
    assert_eq!([404, 410, 409, 412].map(status), ["gone", "gone", "conflict", "conflict"]);
    assert_eq!([429, 400, 422, 500, 503].map(status), ["limit", "invalid", "invalid", "temporary", "temporary"]);
}

#[test]
fn what_tells_a_failure_where_no_rule_looks_was_not_done_and_shows_no_absence() {
    let absent = "gone when $.data == []";
    for (lines, body, meaning) in [
        ("", r#"{"id": 7}"#, "done"),
        ("", r#"{"ok": false, "id": 7}"#, "not proved: ok: false"),
        ("", r#"{"status": "error", "id": 7}"#, "not proved: status: error"),
        ("", r#"{"success": 0, "rows": []}"#, "not proved: success: 0"),
        ("", r#"{"errorCode": "0000", "errorMessage": "N/A", "error": {"code": 0, "message": "OK", "time": "12:00"}}"#, "done"),
        ("", r#"{"errcode": 40013, "errmsg": "invalid appid"}"#, "not proved: something in `errcode`"),
        ("error $.message", r#"{"errors": ["cut"]}"#, "not proved: something in `errors`"),
        ("done when status == 200", r#"{"ok": false}"#, "done"),
        ("invalid when $.ok == false", r#"{"ok": false}"#, "invalid"),
        ("error $.why when $.ok == 0", r#"{"ok": false}"#, "done"),
        (absent, r#"{"data": []}"#, "gone"),
        (absent, r#"{"data": [], "error": "db timeout"}"#, "not proved: something in `error`"),
        (absent, r#"{"data": [], "success": false}"#, "not proved: success: false"),
        ("gone when $.success == false and $.code == \"no_user\"", r#"{"success": false, "code": "no_user"}"#, "gone"),
        ("gone when $.error == \"users_not_found\"", r#"{"ok": false, "error": "users_not_found"}"#, "gone"),
        ("gone when $.code == \"no_user\" or $.data == []", r#"{"success": false, "code": "no_user", "error": "Not found"}"#, "gone"),
        ("gone when $.code == \"no_user\" or $.data == []", r#"{"success": false, "data": []}"#, "not proved: success: false"),
        ("error code $.error { \"no_user\" is gone }", r#"{"error": "no_user"}"#, "gone"),
    ] {
        assert_eq!(means_of_one(lines, 200, &[], body), meaning, "{body}\n{lines}");
    }
}

/// A server or a gateway that does not know the address says nothing of what was asked for there.
#[test]
fn a_404_about_the_address_shows_nobody_gone_and_ends_no_list() {
    let page = "<html><title>404 Not Found</title><body>nginx</body></html>";
    let route = r#"{"message": "no Route matched with those values"}"#;
    let last = "last page when status == 404";
    for (lines, body, meaning) in [
        (
            "",
            page,
            "invalid: 404 Not Found, which is about the address: where it says that a record is gone, add `gone when status == 404`",
        ),
        (
            "",
            route,
            "invalid: no Route matched with those values, which is about the address: where it says that a record is gone, add `gone when status == 404`",
        ),
        (
            "",
            "Cannot GET /users/7",
            "invalid: Cannot GET /users/7, which is about the address: where it says that a record is gone, add `gone when status == 404`",
        ),
        (
            last,
            page,
            "invalid: 404 Not Found, which is about the address: where it says that a record is gone, add `gone when status == 404`",
        ),
        (last, r#"{"detail": "Invalid page."}"#, "lastpage"),
        ("", r#"{"error": "Not Found"}"#, "gone: Not Found"),
        ("", r#"{"message": "Endpoint 7 is not there"}"#, "gone: Endpoint 7 is not there"),
        ("", "", "gone"),
        ("gone when status == 404", page, "gone: 404 Not Found"),
    ] {
        assert_eq!(means(lines, 404, &[], body), meaning, "{body}\n{lines}");
    }
}

/// The decided order: errors, absence, success, the status.
#[test]
fn errors_prevail_over_absence_and_absence_over_success() {
    let lines = "error $.error when $.error is present\n    gone when $.item == []\n    done when $.ok == true";
    all_mean(
        lines,
        &[
            (200, r#"{"ok": true, "item": {"id": 1}}"#, "done"),
            (200, r#"{"ok": true, "item": []}"#, "gone"),
            (200, r#"{"ok": true, "item": [], "error": "backend is down"}"#, "invalid: backend is down"),
            (500, r#"{"ok": true}"#, "temporary"),
            (500, "", "temporary"),
            (200, "", "no rule"),
            (200, r#"{"item": {"id": 1}}"#, "no rule"),
            (200, "<html><title>Sign in</title></html>", "no rule"),
        ],
    );
}

/// What is in the body of a refusal or an outage says no success, no absence and no end of a list: its status decides.
#[test]
fn the_status_of_an_error_prevails_unless_a_rule_names_it() {
    let meant = |lines: &str, cases: &[(u16, &str, &str)]| {
        for (status, body, meaning) in cases {
            let said = means(lines, *status, &[], body);
            assert_eq!(said.split(':').next(), Some(*meaning), "{status} {body}\n{lines}");
        }
    };
    let all = r#"{"state": "done", "found": false, "to": "other"}"#;
    let done = r#"{"state": "done"}"#;
    let lines = "done when $.state == \"done\"\n    gone when $.found == false\n    moved when $.to == \"other\"";
    meant(lines, &[(200, all, "gone"), (422, all, "gone"), (200, done, "done"), (400, done, "invalid"), (404, done, "gone")]);
    meant(lines, &[(401, all, "auth"), (403, all, "auth"), (429, all, "limit"), (500, all, "temporary"), (503, all, "temporary")]);
    let named = "gone when status == 500 and $.fault == \"NotFound\" or status == 404 or $.found == false\n    \
                 done when status in [303, 409, 500] and $.state == \"done\" or status == 200";
    meant(
        named,
        &[
            (500, r#"{"fault": "NotFound"}"#, "gone"),
            (500, r#"{"fault": "Other"}"#, "temporary"),
            (503, r#"{"fault": "NotFound"}"#, "temporary"),
            (500, r#"{"found": false}"#, "temporary"),
            (404, "", "gone"),
            (409, done, "done"),
            (409, "{}", "conflict"),
            (502, done, "temporary"),
            (500, done, "done"),
        ],
    );
    // A status counts where it is named itself, and a listed code wherever it is found.
    meant("done when status < 500 and $.a == 1", &[(409, r#"{"a": 1}"#, "conflict"), (200, r#"{"a": 1}"#, "done")]);
    meant("error $.why code $.code { \"NOT_FOUND\" is gone }", &[(500, r#"{"code": "NOT_FOUND", "why": "no"}"#, "gone")]);
}

/// An error beside a record, of any shape, and words of a success.
#[test]
fn an_error_counts_wherever_it_is_and_words_alone_prove_nothing() {
    let lines = "error $.userErrors[0].message when $.userErrors[0] is present";
    all_mean(
        lines,
        &[
            (200, r#"{"id": "u1", "userErrors": [{"message": "name is taken"}]}"#, "invalid: name is taken"),
            (200, r#"{"id": "u1", "userErrors": []}"#, "done"),
        ],
    );
    let lines = "error $.errors";
    all_mean(
        lines,
        &[
            (200, r#"{"errors": {"name": ["too short", "too plain"]}}"#, "not proved: too short; too plain"),
            (200, r#"{"errors": []}"#, "done"),
            (200, r#"{"errors": null, "id": 1}"#, "done"),
            (422, r#"{"errors": {"name": ["too short"]}}"#, "invalid: too short"),
        ],
    );
    let lines = "error $.message when $.success == false";
    all_mean(
        lines,
        &[
            (200, r#"{"success": true, "message": "The account was created."}"#, "done"),
            (200, r#"{"success": false, "message": "no"}"#, "invalid: no"),
        ],
    );
}

/// A listed code has its class in any status, and a condition alone the class of the status.
#[test]
fn a_listed_code_has_its_class_in_any_status() {
    let lines = "error $.errors[0].message code $.errors[0].code {\n      \"THROTTLED\" is limit\n      \"NOT_FOUND\" is gone\n      \"ACCESS_DENIED\" is auth\n    }";
    all_mean(
        lines,
        &[
            (200, r#"{"data": null, "errors": [{"message": "Throttled", "code": "THROTTLED"}]}"#, "limit THROTTLED: Throttled"),
            (200, r#"{"errors": [{"message": "none", "code": "NOT_FOUND"}]}"#, "gone: none"),
            (500, r#"{"errors": [{"message": "no", "code": "ACCESS_DENIED"}]}"#, "auth ACCESS_DENIED: no"),
            (400, r#"{"errors": [{"message": "no", "code": "OTHER"}]}"#, "invalid OTHER: no"),
            (200, r#"{"errors": [{"message": "odd", "code": "OTHER"}]}"#, "not proved: odd"),
        ],
    );
    let lines = "error $.messages code $.messages when $.status == \"error\" {\n      \"User does not exist.\" is gone\n    }";
    all_mean(
        lines,
        &[
            (200, r#"{"status": "error", "messages": "User does not exist."}"#, "gone: User does not exist."),
            (200, r#"{"status": "ok", "messages": "User does not exist."}"#, "done"),
            (503, r#"{"status": "error", "messages": {"name": ["taken"]}}"#, "temporary taken: taken"),
        ],
    );
}

#[test]
fn classes_by_header_and_status() {
    let lines = "limit when status in [403, 429] and (header \"x-ratelimit-remaining\" == \"0\" or header \"retry-after\" is present)\n    error $.message";
    assert_eq!(means(lines, 403, &[("x-ratelimit-remaining", "0")], r#"{"message": "slow down"}"#), "limit: slow down");
    assert_eq!(means(lines, 403, &[("retry-after", "5")], ""), "limit");
    assert_eq!(means(lines, 403, &[], r#"{"message": "forbidden"}"#), "auth: forbidden");
    let lines =
        "error $.message code $.code\n    conflict when status == 418\n    moved when status == 308\n    last page when status == 404";
    all_mean(lines, &[(418, "{}", "conflict"), (308, "", "moved"), (404, "", "lastpage")]);
}

/// The first rule that fits, whatever the body is written in.
#[test]
fn several_shapes_for_one_system() {
    let lines = "error $.ApiException.Message code $.ApiException.Code { \"InvalidFilter\" is invalid }\n    error $.message code $.error { \"rate_limit_exceeded\" is limit }\n    \
                 error $[0].message code $[0].errorCode { \"REQUEST_LIMIT_EXCEEDED\" is limit }";
    let xml = r#"<?xml version="1.0"?><ApiException><Code>InvalidFilter</Code><Message>No &lt;b&gt; here</Message></ApiException>"#;
    all_mean(
        lines,
        &[
            (500, xml, "invalid InvalidFilter: No here"),
            (429, r#"{"error":"rate_limit_exceeded","message":"Slow down"}"#, "limit rate_limit_exceeded: Slow down"),
            (
                403,
                r#"[{"message":"Limit exceeded.","errorCode":"REQUEST_LIMIT_EXCEEDED"}]"#,
                "limit REQUEST_LIMIT_EXCEEDED: Limit exceeded.",
            ),
            (403, "<html><title>Forbidden</title></html>", "auth: Forbidden"),
            (503, "<Error><Reason>x</Reason><Message>Down</Message></Error>", "temporary: Down"),
            (400, "<not closed", "invalid: <not closed"),
        ],
    );
}

#[test]
fn the_message_is_found_where_vendors_put_it() {
    all_mean(
        "",
        &[
            (400, r#"{"error":{"message":"no such field"}}"#, "invalid: no such field"),
            (400, r#"[{"errorCode":"X","message":"session expired"}]"#, "invalid: session expired"),
            (400, "paging does not respect\n limit", "invalid: paging does not respect limit"),
            (502, "<html><head><title>502 Bad Gateway</title></head><p>x", "temporary: 502 Bad Gateway"),
            (500, "  ", "temporary"),
            (
                400,
                r#"{"title":"One or more validation errors occurred.","status":400,"errors":{"Id":["The id field is required."]}}"#,
                "invalid: One or more validation errors occurred: Id: The id field is required.",
            ),
            (404, r#"{"title":"Not found","detail":"no employee 7"}"#, "gone: no employee 7"),
        ],
    );
}
