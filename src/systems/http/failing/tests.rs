//! What answers of many kinds tell of a failure, and what of honest ones tells none.

use super::*;

fn key_at(path: &str) -> KeyPlace {
    KeyPlace { path: JsonPath::parse(path).unwrap(), own: None }
}

/// What an answer tells, where a rule reads `$.state` and the records of the collection have their key at `$.id`.
fn told(look: Look, body: &str) -> Option<String> {
    let key = [key_at("$.id")];
    Question { look, key: &key, own: &[], is_named: &|way| way == ["state"] }.told(AnswerBody::of(body.as_bytes()))
}

#[track_caller]
fn all_tell(look: Look, cases: &[(&str, &str)]) {
    for (body, words) in cases {
        assert_eq!(told(look, body).as_deref(), Some(*words), "{body}");
    }
}

#[track_caller]
fn none_tell(look: Look, cases: &[&str]) {
    for body in cases {
        assert_eq!(told(look, body), None, "{body}");
    }
}

#[test]
fn what_says_a_failure_at_the_top_is_found() {
    all_tell(
        Look::All,
        &[
            (r#"{"success": false, "data": []}"#, "success: false"),
            (r#"{"ok": false, "error": "channel_not_found"}"#, "ok: false"),
            (r#"{"status": "error", "message": "db timeout"}"#, "status: error"),
            (r#"{"errors": [{"message": "cut"}], "data": null}"#, "something in `errors`"),
            (r#"{"errcode": 40013, "errmsg": "invalid"}"#, "something in `errcode`"),
            (r#"{"found": false, "error": "db timeout"}"#, "something in `error`"),
            (r#"{"isError": true}"#, "something in `isError`"),
            (r#"{"timed_out": true, "hits": {}}"#, "something in `timed_out`"),
            (r#"{"error": "x", "error": null}"#, "something in `error`"),
            (r#"{"success": "no"}"#, "success: no"),
            (r#"{"result": "FAIL"}"#, "result: FAIL"),
            (r#"{"status": 423, "id": "7"}"#, "status: 423"),
            (r#"{"statusCode": "503"}"#, "statusCode: 503"),
            (r#"{"code": 500, "data": null}"#, "code: 500"),
            (r#"{"code": 50012, "msg": "Illegal token", "data": []}"#, "code: 50012"),
            (r#"{"code": "-9", "message": "no rights"}"#, "code: -9"),
        ],
    );
}

#[test]
fn what_says_nothing_of_a_failure_is_none() {
    none_tell(
        Look::All,
        &[
            r#"{"success": true, "errors": [], "data": []}"#,
            r#"{"error": null, "errors": {"count": 0, "text": ""}, "fault": ""}"#,
            r#"{"error": false, "errcode": 0, "errmsg": "ok"}"#,
            r#"{"errorCode": "0", "status": "active", "result": {"id": 7, "status": "error"}}"#,
            r#"{"failed": 0, "timed_out": false, "status": 200, "state": "failed"}"#,
            r#"{"data": [{"id": 7, "state": "failed"}]}"#,
            r#"[{"success": false}]"#,
            r#"{"success": 3, "failed": 0}"#,
            r#"{"code": 200, "msg": "OK", "status": 201}"#,
            r#"{"code": 0, "message": "x"}"#,
            r#"{"code": 20000, "msg": "success"}"#,
            r#"{"code": 20000, "data": []}"#,
            r#"{"code": "DE", "message": "Hallo"}"#,
            r#"{"status": 7, "message": "made"}"#,
            "",
            "none",
        ],
    );
}

#[test]
fn of_a_list_what_says_it_of_the_whole_is_enough() {
    none_tell(Look::Verdicts, &[r#"{"errors": ["no"], "data": []}"#, r#"{"status": "not_found", "data": []}"#]);
    none_tell(Look::Verdicts, &[r#"{"data": [], "warnings": ["sort is deprecated"], "message": "2 users", "code": "USERS_LISTED"}"#]);
    all_tell(
        Look::Verdicts,
        &[
            (r#"{"success": false, "data": []}"#, "success: false"),
            (r#"{"status": "failed", "data": []}"#, "status: failed"),
            (r#"{"queryStatus": "TIMEOUT", "data": []}"#, "queryStatus: TIMEOUT"),
            (r#"{"code": "INTERNAL", "message": "x", "data": []}"#, "code: INTERNAL"),
            (r#"{"status": 0, "message": "db down", "data": []}"#, "status: 0"),
            (r#"{"authenticated": false, "data": []}"#, "authenticated: false"),
            (r#"{"message": "search unavailable", "data": []}"#, "message: search unavailable"),
            (r#"{"warnings": ["partial results"], "data": []}"#, "something in `warnings`"),
            (r#"{"diagnostics": [{"severity": "error", "text": "x"}], "data": []}"#, "something in `diagnostics`"),
        ],
    );
}

#[test]
fn what_does_not_show_the_key_is_an_envelope() {
    all_tell(
        Look::Record,
        &[
            (r#"{"status": "failed"}"#, "status: failed"),
            (r#"{"outcome": "failure"}"#, "outcome: failure"),
            (r#"{"result": "KO"}"#, "result: KO"),
            (r#"{"result": false}"#, "result: false"),
            (r#"{"status": -1}"#, "status: -1"),
            (r#"{"statusCode": 500, "body": "x"}"#, "statusCode: 500"),
            (r#"{"httpStatus": 503}"#, "httpStatus: 503"),
            (r#"{"code": "INTERNAL", "message": "x"}"#, "code: INTERNAL"),
            (r#"{"retcode": 1001, "retmsg": "denied"}"#, "retcode: 1001"),
            (r#"{"resultCode": "ERR01", "resultMessage": "bad"}"#, "resultCode: ERR01"),
            (r#"{"validationErrors": [{"field": "name"}]}"#, "something in `validationErrors`"),
            (r#"{"rejected": 1, "accepted": 0}"#, "something in `rejected`"),
            (r#"{"message": "Internal server error"}"#, "message: Internal server error"),
            (r#"{"detail": "Not authenticated."}"#, "detail: Not authenticated."),
            (r#"{"type": "error", "text": "x"}"#, "type: error"),
            (r#"{"accepted": false}"#, "accepted: false"),
            (r#"{"status": "not_found"}"#, "status: not_found"),
            (r#"{"messages": [{"type": "error", "text": "x"}]}"#, "something in `messages`"),
            (r#"{"id": null, "state_of": "x", "exit_code": 2}"#, "exit_code: 2"),
        ],
    );
    none_tell(
        Look::Record,
        &[
            r#"{"code": "USER_UPDATED", "message": "User updated"}"#,
            r#"{"code": 1000, "message": "Operation successful"}"#,
            r#"{"code": "A0000", "message": "success"}"#,
            r#"{"status": "OK", "code": "EMP-7", "message": "saved"}"#,
            r#"{"status": 1, "message": "saved"}"#,
            r#"{"status": "200 OK"}"#,
            r#"{"status": "suspended", "active": false}"#,
            r#"{"result": "noop", "updated": 0}"#,
            r#"{"messages": [{"type": "info", "text": "saved"}], "warnings": ["name was trimmed"]}"#,
            r#"{"failed_logins": 3, "last_errors": ["x"], "error_rate": 0.5, "max_failures": 5}"#,
            r#"{"message": "User has been updated successfully"}"#,
        ],
    );
}

#[test]
fn of_a_record_its_own_state_is_none() {
    none_tell(
        Look::Record,
        &[
            r#"{"id": 7, "status": "failed", "offline": true, "result": "B+", "stale": true}"#,
            r#"{"id": 7, "code": 500, "message": "Access denied", "accepted": false, "rejected": 2, "type": "error"}"#,
            r#"{"id": 7, "sync_errors": ["mail bounced"], "data": {"success": false}}"#,
        ],
    );
    all_tell(
        Look::Record,
        &[
            (r#"{"id": 7, "status": "error"}"#, "status: error"),
            (r#"{"id": 7, "ok": false}"#, "ok: false"),
            (r#"{"id": 7, "errors": ["cut"]}"#, "something in `errors`"),
        ],
    );
}

#[test]
fn an_envelope_tells_it_inside() {
    all_tell(
        Look::Record,
        &[
            (r#"{"data": {"success": false}}"#, "success: false in `data`"),
            (r#"{"response": {"status": "error"}}"#, "status: error in `response`"),
            (r#"{"meta": {"code": 500}}"#, "code: 500 in `meta`"),
            (r#"{"ResponseStatus": {"ErrorCode": "Denied"}}"#, "something in `ErrorCode` in `ResponseStatus`"),
            (r#"{"results": [{"status": "ok"}, {"status": "error"}]}"#, "status: error in `results`"),
            (r#"{"results": [{"id": 7, "success": false}]}"#, "success: false in `results`"),
            (r#"{"data": {"updateUser": {"userErrors": [{"message": "x"}]}}}"#, "something in `userErrors` in `updateUser` in `data`"),
            (r#"{"summary": {"failed": 1}}"#, "something in `failed` in `summary`"),
        ],
    );
    none_tell(
        Look::Record,
        &[
            r#"{"data": {"id": 7, "status": "failed", "errors": ["of the record"]}}"#,
            r#"{"data": {"updateUser": {"userErrors": [], "user": {"id": 7, "state": "failed"}}}}"#,
            r#"{"results": [{"id": 7, "status": "failed"}]}"#,
            r#"{"meta": {"code": 200, "message": "OK"}, "summary": {"failed": 0}}"#,
        ],
    );
}

#[test]
fn what_a_rule_reads_is_left_to_it() {
    let by = |read: &[&str], body: &str| {
        let is_named = |way: &[&str]| read.iter().zip(way).all(|(own, name)| own == name);
        Question { look: Look::All, key: &[], own: &[], is_named: &is_named }.told(AnswerBody::of(body.as_bytes()))
    };
    assert_eq!(by(&["meta", "code"], r#"{"meta": {"code": 500}}"#), None);
    assert_eq!(by(&["meta", "code"], r#"{"meta": {"error": "x"}}"#).as_deref(), Some("something in `error` in `meta`"));
    assert_eq!(by(&["meta"], r#"{"meta": {"error": "x"}}"#), None);
}

#[test]
fn of_xml_the_root_and_its_attributes_tell() {
    let of = |tree: Json| Question { look: Look::Record, key: &[], own: &[], is_named: &|_| false }.told(AnswerBody::Tree(&tree));
    let json = |text| serde_json::from_str::<Json>(text).unwrap();
    assert_eq!(of(json(r#"{"response": {"@status": "error", "users": ""}}"#)).as_deref(), Some("status: error"));
    assert_eq!(of(json(r#"{"response": {"users": {"user": []}, "Error": "cut"}}"#)).as_deref(), Some("something in `Error`"));
    assert_eq!(of(json(r#"{"error": "bad"}"#)).as_deref(), Some("something in `error`"));
    assert_eq!(of(json(r#"{"response": {"@status": "ok"}}"#)), None);
    let fault = json(r#"{"Envelope": {"Header": "", "Body": {"Fault": {"faultstring": "x"}}}}"#);
    let key = [key_at("$.Id")];
    let soap = Question { look: Look::Record, key: &key, own: &[], is_named: &|_| false }.told(AnswerBody::Tree(&fault));
    assert_eq!(soap.as_deref(), Some("something in `Fault` in `Body`"));
    let record = json(r#"{"Registration": {"Id": "7", "Outcome": "Fail", "Status": "failed"}}"#);
    assert_eq!(Question { look: Look::All, key: &key, own: &[], is_named: &|_| false }.told(AnswerBody::Tree(&record)), None);
}

/// What the file reads of a record is the record's own, in an answer that shows its key; in an envelope it is said of the request.
#[test]
fn a_declared_attribute_of_a_record_tells_no_failure() {
    let (key, own) = ([key_at("$.id")], ["$.errors", "$.status", "$.sync.failed"].map(|path| JsonPath::parse(path).unwrap()));
    let of = |body: &str| Question { look: Look::Record, key: &key, own: &own, is_named: &|_| false }.told(AnswerBody::of(body.as_bytes()));
    for record in [r#""errors": ["late"]"#, r#""status": "error""#, r#""sync": {"failed": true}"#] {
        assert_eq!(of(&format!(r#"{{"id": "101", {record}}}"#)), None, "{record}");
    }
    for envelope in [r#"{"errors": ["late"]}"#, r#"{"status": "error"}"#, r#"{"id": "", "errors": ["late"]}"#] {
        assert!(of(envelope).is_some(), "{envelope}");
    }
    assert!(of(r#"{"id": "101", "errors": [], "exception": "NullPointer"}"#).is_some(), "no attribute is there");
}

/// An id of something else, or none, is not the key of the record.
#[test]
fn an_answer_with_another_key_is_an_envelope() {
    let of = |id: &str| {
        let key = [KeyPlace { own: Some("101".into()), ..key_at("$.id") }];
        let body = format!(r#"{{"id": {id}, "status": "failed"}}"#);
        Question { look: Look::Record, key: &key, own: &[], is_named: &|_| false }.told(AnswerBody::of(body.as_bytes()))
    };
    assert_eq!([of("101"), of("\"101\"")], [None, None], "the state of the record");
    for id in ["\"job-9001\"", "\"\"", "102", "null"] {
        assert_eq!(of(id).as_deref(), Some("status: failed"), "{id}");
    }
}

#[test]
fn a_code_that_a_rule_reads_is_left_to_it() {
    let of = |body: &str| {
        Question { look: Look::All, key: &[], own: &[], is_named: &|way| way == ["status"] }.told(AnswerBody::of(body.as_bytes()))
    };
    assert_eq!(of(r#"{"status": 500}"#), None);
    assert_eq!(of(r#"{"code": 500}"#).as_deref(), Some("code: 500"));
}
