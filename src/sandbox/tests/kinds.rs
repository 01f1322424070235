//! What APIs do in ways of their own, by kind: what the stand-in answers, and that it goes through the client. Each kind has at least two
//! variants for each of the two.

use super::{
    come_back::{Size, tried},
    local::local,
    systems::Stage,
};
use crate::{
    check::check,
    compile::texts::{self, Texts},
    sandbox::Options,
    systems::{GetResult, ReadRequest},
    value::Value,
};
use serde_json::{Value as Json, json};
use std::{collections::BTreeSet, fs, path::Path};

/// A kind, and the tests that show it: of the client and of whole runs, and of the stand-in.
const INDEX: [(&str, &[&str], &[&str]); 24] = [
    (
        "values of the record in the address of a create",
        &["values_of_the_record_fill_the_address_of_a_create", "a_create_names_its_record_by_what_it_sends"],
        &["a_create_takes_what_its_address_names", "records_of_each_come_back_as_they_are"],
    ),
    (
        "the key of a result at a place of its own",
        &["the_key_of_a_result_is_read_at_its_own_path", "a_result_with_another_key_than_was_sent_proves_nothing"],
        &["each_record_is_in_the_list_that_tells_its_outcome", "what_is_sent_in_any_format_comes_back"],
    ),
    (
        "a refusal in an answer with status 200",
        &["an_error_counts_wherever_it_is_and_words_alone_prove_nothing", "the_message_is_found_where_vendors_put_it"],
        &["a_refusal_is_told_as_declared", "every_outcome_that_is_built_is_judged_as_it"],
    ),
    (
        "words that a success has, too",
        &[
            "an_error_counts_wherever_it_is_and_words_alone_prove_nothing",
            "a_rule_of_an_error_that_can_t_be_worked_out_proves_no_success_and_no_absence",
        ],
        &["a_refusal_is_told_as_declared", "words_in_a_success_prove_nothing"],
    ),
    (
        "a code that has its class in any status",
        &["a_listed_code_has_its_class_in_any_status", "classes_by_header_and_status"],
        &["a_refusal_is_told_as_declared", "every_outcome_that_is_built_is_judged_as_it"],
    ),
    (
        "nothing that names a record is left out of a write",
        &["nothing_that_names_a_record_is_dropped_from_a_write", "a_record_of_a_batch_that_lacks_a_value_fails_alone"],
        &["a_delete_without_what_it_names_is_refused", "a_value_that_is_named_is_taken_from_its_place"],
    ),
    (
        "a secret that is not saved with a change set",
        &["a_change_set_with_secrets_is_applied_and_no_secret_is_saved_or_shown", "what_a_secret_is_made_of_must_not_have_changed"],
        &["a_secret_of_a_call_is_taken_and_never_shown", "a_create_gives_an_id_and_welcomes_once"],
    ),
    (
        "a key of several attributes",
        &["the_key_of_the_record_above_is_a_part_of_the_key_below", "a_write_goes_to_the_record_that_both_values_name"],
        &["records_of_each_come_back_as_they_are", "calls_at_one_address_are_told_apart_by_what_their_bodies_fix"],
    ),
    (
        "nobody, told by null, by an empty list or by words",
        &["a_null_record_is_gone_and_nothing_else_is", "errors_prevail_over_absence_and_absence_over_success"],
        &["nobody_is_told_as_declared", "every_outcome_that_is_built_is_judged_as_it"],
    ),
    (
        "a shape for each call, and the key of a new record",
        &["the_key_of_a_new_record_is_where_the_call_says", "a_record_is_made_from_its_element"],
        &["a_create_answers_with_its_key_where_it_is_declared", "a_record_is_answered_where_each_of_its_members_is_read"],
    ),
    (
        "a list that leaves values out",
        &[
            "one_get_for_each_record_and_nothing_written_the_second_time",
            "a_get_that_fails_or_finds_nothing_leaves_its_record_unread_and_nobody_leaves",
        ],
        &["lists_leave_out_what_get_alone_shows", "records_of_each_come_back_as_they_are"],
    ),
    (
        "calls that sign in",
        &["a_grant_of_a_vendors_own_with_basic", "a_session_is_its_cookies"],
        &["a_client_signs_in_with_its_own_secrets_and_with_no_others", "a_call_carries_what_its_own_lines_say"],
    ),
    (
        "several lists",
        &[
            "several_lists_are_read_together_and_each_tells_what_it_shows",
            "an_element_that_contradicts_its_list_or_a_list_that_fails_breaks_the_read",
        ],
        &["a_list_shows_what_it_is_declared_to_show", "records_of_each_come_back_as_they_are"],
    ),
    (
        "results in several lists, by their status",
        &["the_rules_of_a_list_judge_its_elements", "the_operations_of_a_bulk_have_a_status_each"],
        &["each_record_is_in_the_list_that_tells_its_outcome", "what_is_sent_in_any_format_comes_back"],
    ),
    (
        "a secret that a call makes",
        &["each_call_has_a_secret_of_its_own", "a_secret_in_any_place_is_new_in_each_call"],
        &["a_secret_of_a_call_is_taken_and_never_shown", "records_of_each_come_back_as_they_are"],
    ),
    (
        "values that stand for missing",
        &[
            "values_that_stand_for_missing_and_values_at_either_of_two_places",
            "what_stands_for_missing_in_all_attributes_leaves_ordinary_values_alone",
        ],
        &["what_is_missing_is_shown_and_written_as_declared", "records_of_each_come_back_as_they_are"],
    ),
    (
        "marks and removed records",
        &["an_increment_begins_with_the_link_as_it_was_given_and_names_what_was_removed", "a_cursor_begins_where_the_last_page_ended"],
        &["a_link_leads_to_what_changed_since_the_read_began", "a_cursor_is_taken_as_the_mark_of_the_last_page"],
    ),
    (
        "jobs",
        &["a_batch_is_judged_by_the_results_of_its_job", "one_write_takes_its_record_from_the_answer_of_the_job_alone"],
        &["a_job_says_not_done_once_and_then_what_came_of_it", "records_of_each_come_back_as_they_are"],
    ),
    (
        "a list that is not there where nobody is",
        &["a_list_that_may_be_missing_is_empty_only_with_evidence", "records_are_at_the_first_place_that_has_them"],
        &["an_empty_list_has_its_evidence", "records_of_each_come_back_as_they_are"],
    ),
    (
        "several places that are replaced",
        &["each_of_several_places_is_read_and_sent_whole", "replaced_places_that_nothing_is_written_below_are_left_out"],
        &["each_of_several_places_is_replaced", "what_is_whole_is_replaced_and_the_rest_is_merged"],
    ),
    (
        "times as numbers",
        &["values_that_stand_for_missing_and_values_at_either_of_two_places", "times_are_sent_as_numbers"],
        &["times_are_numbers", "records_of_each_come_back_as_they_are"],
    ),
    (
        "lists in forms",
        &["a_form_numbers_its_lists_and_a_whole_record_is_read_first", "lists_of_a_form_are_numbered_or_bracketed"],
        &["lists_of_a_form_are_numbered_or_bracketed", "what_is_sent_in_any_format_comes_back"],
    ),
    (
        "a body of its own, without the record",
        &["a_call_sends_its_expression_alone", "a_body_without_a_value_that_it_names_is_not_sent"],
        &["a_value_that_is_named_is_taken_from_its_place", "calls_at_one_address_are_told_apart_by_what_their_bodies_fix"],
    ),
    (
        "rows below a heading, and the newest of several files",
        &["rows_below_a_heading_are_records", "the_newest_file_is_read"],
        &["a_sheet_answers_rows_below_the_names_of_its_columns", "records_of_each_come_back_as_they_are"],
    ),
];

/// The names of all tests.
fn known() -> BTreeSet<String> {
    let (mut open, mut found) = (vec![Path::new(env!("CARGO_MANIFEST_DIR")).to_owned()], BTreeSet::new());
    open = open.iter().flat_map(|root| ["src", "tests"].map(|part| root.join(part))).collect();
    while let Some(path) = open.pop() {
        if path.is_dir() {
            open.extend(fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path()));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = fs::read_to_string(path).unwrap();
            let name = |line: &str| Some(line.trim_start_matches("async ").strip_prefix("fn ")?.split_once('(')?.0.to_owned());
            found.extend(text.lines().filter_map(|line| name(line.trim())));
        }
    }
    found
}

#[test]
fn every_kind_has_tests_of_both() {
    let known = known();
    for (kind, client, stand_in) in INDEX {
        let missing: Vec<_> = client.iter().chain(stand_in).filter(|name| !known.contains(**name)).collect();
        assert!(missing.is_empty(), "{kind}: {missing:?}");
    }
}

/// A system with these lines in `http`, and these in its collection.
fn app(http: &str, collection: &str) -> String {
    format!(
        "system app {{\n  http \"https://app.example.com\" {{\n    {http}\n  }}\n  collection users {{\n    key id\n    lists all\n{collection}\n  }}\n}}\n"
    )
}

/// The stand-in of a system.
fn stage(text: &str, seed: Json) -> Stage {
    let plan = texts::reading(text, "app.users", "id", &[], &[]);
    Stage::set(&plan, &[("app.users.jsonl", seed)], &Options::default())
}

/// `200 {"a":1}`: the answer to a request.
fn asked(stage: &Stage, method: &str, path: &str, body: &Json) -> String {
    let body = if body.is_null() { String::new() } else { body.to_string() };
    let reply = stage.ask(method, path, &body);
    format!("{} {}", reply.status, reply.text)
}

/// Whether random records go through the client and the stand-in of a system.
fn goes_through(text: &str) {
    let checked = check(&Texts { files: vec![("test.sync", text)], told: &[] }, Path::new("test.sync"));
    assert!(checked.diagnostics.iter().all(|one| !one.is_error()), "{:#?}\n{text}", checked.diagnostics);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let (wrong, count) = runtime.block_on(tried(&[("test".to_owned(), checked)], Size { records: 12, one_by_one: 8 }));
    assert!(wrong.is_empty() && count > 12, "{count}:\n{}\n{text}", wrong.join("\n"));
}

const USERS: &str = "    list GET \"/users\" { items $.users }\n    get GET \"/users/{id}\" { item $.user }\n    \
                     attributes {\n      id   : text read only at $.id\n      name : text up to 9 at $.name\n    }\n";

#[test]
fn a_refusal_is_told_as_declared() {
    for (rules, answer) in [
        ("error $.errors[0].text when $.success == false", r#"400 {"success":false,"errors":[{"text":"WHY"}]}"#),
        ("error $.why when status == 200 and $.ok == false", r#"200 {"ok":false,"why":"WHY"}"#),
        (
            "error $.errors[0].message code $.errors[0].code {\n\"BAD\" is invalid\n\"BUSY\" is limit\n}",
            r#"400 {"errors":[{"message":"WHY","code":"BAD"}]}"#,
        ),
        ("error $.message when $.success == false\n invalid when $.code in [40, 41]", r#"400 {"success":false,"message":"WHY","code":40}"#),
    ] {
        let text = app("", &format!("{USERS}    create POST \"/users\" {{\n item $.user\n {rules}\n }}\n"));
        let stage = stage(&text, json!([]));
        let said = asked(&stage, "POST", "/users", &json!({ "name": "much too long" }));
        let why = said.split('"').find(|part| part.contains("name")).unwrap_or("?");
        assert_eq!(said.replace(why, "WHY"), answer, "{rules}");
        goes_through(&text);
    }
}

#[test]
fn nobody_is_told_as_declared() {
    for get in [
        "item $.data.user\n gone when $.data is present and $.data.user is missing",
        "item $.result[0]\n gone when $.result == []",
        "item $.user\n gone when $.found == false and status == 200",
        "item $.user\n error $.why code $.why when $.ok == false {\n\"nobody\" is gone\n}",
    ] {
        let calls = format!("    list GET \"/users\" {{ items $.users }}\n    get GET \"/users/{{id}}\" {{\n {get}\n }}\n");
        let text = app("", &format!("{calls}    attributes {{\n      id : text read only at $.id\n      name : text at $.name\n    }}\n"));
        goes_through(&text);
        let local = local(&texts::system(&text, "app.users", "id"));
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let got = runtime.block_on(local.connection.get(0, &Value::text("9"), &ReadRequest::default()));
        assert!(matches!(got, Ok(GetResult::Gone)), "{get}: {got:?}");
    }
}

/// The client reads each list of the stand-in to its end, whatever shows the end.
#[test]
fn an_end_is_shown_as_declared() {
    let by = |by: &str| match by {
        "link" => "page by link $.next size 5".to_owned(),
        "cursor" => "query \"after\" = page.cursor\n page by cursor $.next size 5".to_owned(),
        _ => "query \"page\" = page.number\n page by number size 5".to_owned(),
    };
    for (pages, items, sign) in [
        ("link", "$.users", "$.next == false"),
        ("link", "$.users", "$.next == \"-1\""),
        ("cursor", "$.users", "$.next == false"),
        ("cursor", "$.users", "$.next == \"-1\""),
        ("cursor", "$.users", "$.next in [\"-1\", \"end\"]"),
        ("cursor", "$.users", "$.users == []"),
        ("link", "$.users", "status == 404 and $.code == 3"),
        ("number", "$.users", "$.users == []"),
        ("number", "$.data.users", "$.data.users == []"),
        ("number", "$", "$ == []"),
        ("number", "$.users", "$.users_left == 0"),
        ("number", "$.users", "status == 404 and $.code == 3"),
        ("number", "$.users", "status == 500 and $.code == 3"),
        ("number", "$.users", "status in [404, 410]"),
        ("number", "$.users", "$.more == false"),
        ("number", "$.users", "header \"x-last\" == \"true\""),
        ("number", "$.users", "header \"x-next-page\" == \"\""),
        ("link", "$.users", "header \"x-next-page\" in [\"\", \"0\"]"),
        ("number", "$.users", "$.more == false and header \"x-last\" != \"no\" and $ is present"),
    ] {
        let list = format!("    list GET \"/users\" {{\n items {items}\n {}\n last page when {sign}\n }}\n", by(pages));
        let text = app("", &USERS.replace("    list GET \"/users\" { items $.users }\n", &list));
        assert!(text.contains(sign));
        goes_through(&text);
    }
}

/// Two calls of two collections at one address: one takes anything, the other what it is made for.
#[test]
fn calls_at_one_address_are_told_apart_by_what_their_bodies_fix() {
    let text = r#"
system app {
  http "https://app.example.com" { }
  collection users {
    key id
    list GET "/users" { items $ }
    update PATCH "/users/{id}" { body = changes | scim_patch }
    attributes {
      id   : text read only at $.id
      name : text at $.name
    }
  }
  collection members {
    key group, account
    lists all
    list for each users GET "/users/{users.id}/members" where group == users.id { items $ }
    create PATCH "/users/{group}" { body = { Operations = [{ op = "add", path = "members", value = [{ value = account }] }] } }
    delete PATCH "/users/{group}" { body = { Operations = [{ op = "remove", path = "members[value eq {account | json_quoted}]" }] } }
    attributes {
      group   : text create only
      account : text create only at $.value
    }
  }
}
"#;
    let stage = stage(text, json!([{ "id": "g", "name": "Old" }]));
    let schema = "urn:ietf:params:scim:api:messages:2.0:PatchOp";
    let patch =
        |operation: Json| asked(&stage, "PATCH", "/users/g", &json!({ "schemas": [schema], "Operations": [operation] }))[..3].to_owned();
    assert_eq!(patch(json!({ "op": "add", "path": "members", "value": [{ "value": "a" }] })), "201");
    assert_eq!(patch(json!({ "op": "replace", "path": "name", "value": "New" })), "200");
    assert!(asked(&stage, "GET", "/users/g/members", &Json::Null).starts_with(r#"200 [{"value":"a""#));
    assert_eq!(patch(json!({ "op": "remove", "path": "members[value eq \"a\"]" })), "204");
    assert_eq!(asked(&stage, "GET", "/users/g/members", &Json::Null), "200 []");
    assert!(asked(&stage, "GET", "/users", &Json::Null).starts_with(r#"200 [{"id":"g","name":"New""#));
}

#[test]
fn a_secret_of_a_call_is_taken_and_never_shown() {
    for (lines, sent) in [
        (
            "secret password = 24 | random_text\n body = record + { password = secret.password, again = secret.password }",
            json!({ "name": "Ann", "password": "x", "again": "x" }),
        ),
        (
            "body = record + { profile = { password = 24 | random_text, change = true } }",
            json!({ "name": "Ann", "profile": { "password": "x", "change": true } }),
        ),
        (
            "secret password = 12 | random_text\n body = { user = record, credentials = [{ kind = \"password\", value = secret.password }] }",
            json!({ "user": { "name": "Ann" }, "credentials": [{ "kind": "password", "value": "x" }] }),
        ),
    ] {
        let text = app("", &format!("{USERS}    create POST \"/users\" {{\n item $.user\n {lines}\n }}\n"));
        let stage = stage(&text, json!([]));
        let said = asked(&stage, "POST", "/users", &sent);
        assert!(said.starts_with("201 ") && !said.contains("\"x\""), "{lines}: {said}");
        let without = asked(&stage, "POST", "/users", &json!({ "name": "Bob" }));
        assert!(without.starts_with("400 "), "{lines}: {without}");
        assert!(!asked(&stage, "GET", "/users", &Json::Null).contains("\"x\""), "{lines}");
        goes_through(&text);
    }
}

#[test]
fn what_is_missing_is_shown_and_written_as_declared() {
    for (http, hired, stored) in [
        ("", "date? at $.hired missing as \"0000-00-00\"", json!("0000-00-00")),
        ("missing as false", "date? at $.hired", json!(false)),
        ("", "int? at $.hired missing as 0, \"\"", json!(0)),
    ] {
        let calls = "    list GET \"/users\" { items $ }\n    get GET \"/users/{id}\"\n    create POST \"/users\"\n    update PATCH \"/users/{id}\"\n";
        let text = app(http, &format!("{calls}    attributes {{\n      id : text read only at $.id\n      hired : {hired}\n    }}\n"));
        goes_through(&text);
        let stage = stage(&text, json!([{ "id": "1", "hired": stored }]));
        assert_eq!(asked(&stage, "GET", "/users/1", &Json::Null), format!("200 {}", json!({ "id": "1", "hired": stored })), "{hired}");
        let cleared = asked(&stage, "PATCH", "/users/1", &json!({ "hired": stored }));
        assert!(cleared.starts_with("200 "), "{hired}: {cleared}");
    }
}

#[test]
fn what_absence_says_is_left_out_and_read() {
    for (active, said, other) in [
        ("bool opens at $.fields.active ?? false", json!(false), json!(true)),
        ("text at $.fields.active ?? \"no\"", json!("no"), json!("yes")),
        ("int at $.fields.active ?? 0", json!(0), json!(7)),
    ] {
        let calls = "    list GET \"/users\" { items $ }\n    get GET \"/users/{id}\"\n    create POST \"/users\"\n    update PATCH \"/users/{id}\"\n";
        let text = app("", &format!("{calls}    attributes {{\n      id : text read only at $.id\n      active : {active}\n    }}\n"));
        goes_through(&text);
        let own = |value: &Json| json!({ "active": value });
        let users = json!([{ "id": "1", "fields": own(&said) }, { "id": "2" }, { "id": "3", "fields": own(&other) }]);
        let stage = stage(&text, users);
        let shown = json!([{ "id": "1" }, { "id": "2" }, { "id": "3", "fields": own(&other) }]);
        assert_eq!(asked(&stage, "GET", "/users", &Json::Null), format!("200 {shown}"), "{active}");
        let written = |id: &str, value: &Json| asked(&stage, "PATCH", &format!("/users/{id}"), &json!({ "fields": own(value) }));
        assert_eq!(written("3", &said), format!("200 {}", json!({ "id": "3" })), "{active}");
        assert_eq!(written("2", &other), format!("200 {}", json!({ "id": "2", "fields": own(&other) })), "{active}");
    }
}

#[test]
fn an_empty_list_has_its_evidence() {
    for (lines, answer) in [
        ("items $.users ?? []\n total $.count", r#"200 {"users":[],"count":0}"#),
        ("items $.users ?? []\n done when $.kind == \"users\"", r#"200 {"users":[],"kind":"users"}"#),
        ("items $.data.users ?? []\n done when $.data is present", r#"200 {"data":{"users":[]}}"#),
    ] {
        let calls = format!("    list GET \"/users\" {{\n {lines}\n }}\n    get GET \"/users/{{id}}\"\n");
        let text = app("", &format!("{calls}    attributes {{\n      id : text read only at $.id\n      name : text at $.name\n    }}\n"));
        assert_eq!(asked(&stage(&text, json!([])), "GET", "/users", &Json::Null), answer, "{lines}");
        goes_through(&text);
    }
}

const LISTS: &str = "    list GET \"/users\" { items $ }\n    get GET \"/users/{id}\"\n    create POST \"/users\"\n    update PATCH \"/users/{id}\" { replaces $.jobs, $.ids }\n    \
                     attributes {\n      id    : text read only at $.id\n      title : text? at $.jobs[?@.main == true].title\n      \
                     number : text? at $.ids[?@.kind == \"own\"].value\n      name : text at $.name.full\n    }\n";

#[test]
fn each_of_several_places_is_replaced() {
    goes_through(&app("", LISTS));
    let before = json!({ "id": "1", "jobs": [{ "main": true, "title": "A" }, { "main": false }], "ids": [{ "kind": "own", "value": "7" }], "name": { "full": "Ann", "short": "A" } });
    let stage = stage(&app("", LISTS), json!([before]));
    let said = asked(&stage, "PATCH", "/users/1", &json!({ "jobs": [{ "main": true, "title": "B" }], "name": { "full": "Anna" } }));
    let after = json!({ "id": "1", "jobs": [{ "main": true, "title": "B" }], "ids": [{ "kind": "own", "value": "7" }], "name": { "full": "Anna", "short": "A" } });
    assert_eq!(said, format!("200 {after}"), "what is replaced loses its second job, and the rest is merged");
    let said = asked(&stage, "PATCH", "/users/1", &json!({ "ids": [] }));
    assert!(said.contains(r#""ids":[]"#) && said.contains(r#""title":"B""#), "{said}");
}

#[test]
fn times_are_numbers() {
    for (format, stored) in [("unix_milliseconds", json!(1_772_355_600_000_i64)), ("unix_seconds", json!(1_772_355_600))] {
        let calls = "    list GET \"/users\" { items $ }\n    get GET \"/users/{id}\"\n    create POST \"/users\"\n    update PATCH \"/users/{id}\"\n";
        let text = app(
            "",
            &format!(
                "{calls}    attributes {{\n      id : text read only at $.id\n      seen : datetime? at $.seen format {format}\n    }}\n"
            ),
        );
        goes_through(&text);
        let said = asked(&stage(&text, json!([{ "id": "1", "seen": stored }])), "GET", "/users/1", &Json::Null);
        assert_eq!(said, format!("200 {}", json!({ "id": "1", "seen": stored })));
    }
}
