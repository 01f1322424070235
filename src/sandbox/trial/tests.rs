//! What the trial of a system says of it.

use super::Trials;
use crate::{check::check, compile::texts::Texts, host::Host};
use std::path::Path;

mod pages;
mod prevailing;

/// The diagnostics of a system: `E0570 at its text: message`.
fn said(text: &str) -> Vec<String> {
    let mut checked = check(&Texts { files: vec![("test.sync", text)], told: &[] }, Path::new("test.sync"));
    assert!(checked.diagnostics.iter().all(|one| !one.is_error()), "{:#?}", checked.diagnostics);
    Trials::new(Host::real()).add_to(&mut checked);
    let line = |one: &crate::diagnose::Diagnostic| {
        let at = checked.sources.text(one.span).split_whitespace().collect::<Vec<_>>().join(" ");
        format!("{} `{at}`: {}", one.code, one.message)
    };
    checked.diagnostics.iter().map(line).collect()
}

/// A system with these lines in `http`, in the collection and in its `create`.
fn system(http: &str, collection: &str, create: &str) -> String {
    format!(
        r#"
system app {{
  http "https://app.example.com" {{
    {http}
  }}
  collection users {{
    key id
    lists all
    {collection}
    list GET "/users" {{ items $.users }}
    get GET "/users/{{id}}" {{ item $.user }}
    create POST "/users" {{
      item $.user
      {create}
    }}
    delete DELETE "/users/{{id}}"
    attributes {{
      id     : text read only at $.id
      name   : text? at $.name
      active : bool at $.active
    }}
  }}
}}
"#
    )
}

#[test]
fn rules_that_mean_what_they_say_are_left_alone() {
    let http = r#"error $.error.message code $.error.code {
      "taken" is conflict
      "slow" is limit
    }
    auth when status == 419
    gone when $.error.reason == "no such user""#;
    let create = "error $.problems[0].message when $.problems[0] is present\n      done when $.user.id is present";
    assert_eq!(said(&system(http, "", create)), [""; 0]);
}

#[test]
fn an_error_that_also_holds_for_a_success_is_named() {
    let found = said(&system("error $.message", "", "error $.why when $.user.active == false"));
    assert_eq!(
        found,
        [
            "E0570 `error $.why when $.user.active == false`: this also holds for a successful `create` of `users`, which is then taken for `invalid`"
        ]
    );
    let found = said(&system("limit when $.user is present", "", ""));
    assert_eq!(
        found,
        ["E0570 `limit when $.user is present`: this also holds for a successful `get` of `users`, which is then taken for `limit`"]
    );
}

#[test]
fn words_in_a_success_prove_nothing() {
    let found = said(&system("error $.user.name", "", ""));
    assert_eq!(
        found,
        [
            "E0570 `error $.user.name`: a successful `get` of `users` has a value where this rule looks for the words of an error, so nothing proves that it was done"
        ]
    );
    assert_eq!(said(&system("error $.user.name when status >= 400", "", "")), [""; 0]);
}

#[test]
fn a_rule_that_another_always_precedes_is_dead() {
    let found = said(&system("conflict when status == 409\n    invalid when status in [409]", "", ""));
    assert_eq!(found, ["E0527 `invalid when status in [409]`: this rule never decides: another one always decides before it"]);
    for (wide, narrow) in [
        ("invalid when status >= 400 and status < 500", "conflict when status == 404"),
        ("invalid when $.a == 1", "conflict when $.a == 1 and $.b == 2"),
        ("invalid when $.a == 1 or $.b == 2", "conflict when $.b == 2"),
    ] {
        let found = said(&system(&format!("{wide}\n    {narrow}"), "", ""));
        assert_eq!(found, [format!("E0527 `{narrow}`: this rule never decides: another one always decides before it")]);
    }
    let found = said(&system("error $.message", "", r#"conflict when $.code == "a" and $.code == "b""#));
    assert_eq!(found, [r#"E0527 `conflict when $.code == "a" and $.code == "b"`: this rule never decides: no answer meets its condition"#]);
}

/// A code that a nearer line gives another class decides in the other calls.
#[test]
fn a_nearer_line_wins_and_the_further_one_is_not_dead() {
    let http = "error $.error.message code $.error.code {\n      \"none\" is invalid\n    }";
    let nearer = "error $.error.message code $.error.code {\n        \"none\" is conflict\n      }";
    assert_eq!(said(&system(http, "", nearer)), [""; 0]);
    assert_eq!(said(&system("invalid when status == 400", "", "conflict when status == 400")), [""; 0]);
}

#[test]
fn what_can_not_be_solved_is_a_lint() {
    let found = said(&system("error $.message", "", "conflict when $.message matches \"taken$\""));
    assert_eq!(
        found,
        [
            "L0711 `conflict when $.message matches \"taken$\"`: no answer can be made for this rule, so it is not tried here and the sandbox never gives it"
        ]
    );
    let codes = |line: &String| line[..5].to_owned();
    let found = said(&system("error $.message", "", "conflict when $.code != $.user.id"));
    assert_eq!(found.iter().map(codes).collect::<Vec<_>>(), ["E0570"], "one message for one rule: {found:?}");
}

#[test]
fn calls_that_send_the_same_are_named() {
    let calls = "call lock POST \"/users/{id}/state\"\n    call unlock POST \"/users/{id}/state\"";
    let found = said(&system("error $.message", calls, ""));
    assert_eq!(
        found,
        [
            "E0572 `call unlock POST \"/users/{id}/state\"`: `unlock` of `users` can't be told apart from `lock` of `users`: method, URL and constants are the same"
        ]
    );
    let bodies = "call lock POST \"/users/{id}/state\" { body = { state = \"locked\" } }\n    \
                  call unlock POST \"/users/{id}/state\" { body = { state = \"open\" } }";
    assert_eq!(said(&system("error $.message", bodies, "")), [""; 0]);
}

/// One address for all calls, told apart by a constant in the body; and two lists that no constant tells apart.
#[test]
fn constants_in_body_and_query_tell_calls_apart() {
    let rpc = |verb: &str| {
        format!(
            r#"
system erp {{
  http "https://erp.example.com" {{
    error $.error.message when $.error is present
  }}
  collection employees {{
    key id
    lists all
    list POST "/rpc" {{
      body = ["search_read", {{}}]
      items $.result
    }}
    get POST "/rpc" {{
      body = ["{verb}", [id]]
      item $.result[0]
      gone when $.result == []
    }}
    update POST "/rpc" {{
      body = ["write", [id]]
    }}
    attributes {{
      id : int at $.id
    }}
  }}
}}
"#
        )
    };
    assert_eq!(said(&rpc("read")), [""; 0]);
    let found = said(&rpc("write"));
    assert!(found.len() == 1 && found[0].starts_with("E0572"), "{found:?}");
    let lists = |value: &str| {
        format!("list GET \"/users\" where name == \"x\" {{\n      query \"state\" = \"{value}\"\n      items $.users\n    }}")
    };
    let two = |one: &str, other: &str| system("error $.message", &format!("{}\n    {}", lists(one), lists(other)), "");
    assert_eq!(said(&two("active", "left")), [""; 0]);
    let found = said(&two("active", "active"));
    assert!(found.len() == 1 && found[0].starts_with("E0572"), "{found:?}");
}

/// The codes of what is said of a `get` with these lines, with a list whose elements have some.
fn codes_of(get: &str, element: &str) -> Vec<String> {
    let text = system("error $.error when $.error is present", "", "");
    let text = text.replace("{ item $.user }", &format!("{{\n      item $.user\n      {get}\n    }}"));
    let text = text.replace("{ items $.users }", &format!("{{\n      items $.users {{ {element} }}\n    }}"));
    said(&text).iter().map(|line| line.rsplit_once("`: ").unwrap().0.to_owned()).collect()
}

#[test]
fn an_ordinary_record_is_not_removed() {
    for all in [
        "$.id is present",
        "$.active is present",
        "$.id != \"\"",
        "$.id is present and $.name is missing",
        "$.version >= 0",
        "$.version < 100",
    ] {
        let found = codes_of("", &format!("removed when {all}"));
        assert_eq!(found, [format!("E0570 `removed when {all}")]);
    }
    for some in [
        "$.active == false",
        "$.deleted == true",
        "$[\"@removed\"] is present",
        "$.name == \"(deleted)\"",
        "$.deleted > 0",
        "$.deleted >= 1",
    ] {
        assert_eq!(codes_of("", &format!("removed when {some}")), [""; 0], "{some}");
    }
    let done = "done when $.kind == \"user\"";
    let lacks = "removed when $.id is present and $.kind is missing";
    assert_eq!(codes_of("", &format!("{lacks}\n      {done}")), [""; 0], "an ordinary one is as `done` says");
    assert_eq!(codes_of("", lacks), [format!("E0570 `{lacks}")]);
    let no_status = "status $.code\n      removed when $.id is present and $.code is missing";
    assert_eq!(codes_of("", &format!("{no_status}\n      {done}")), [""; 0]);
    assert_eq!(codes_of("", &format!("removed when $.kind == \"user\"\n      {done}")), ["E0570 `removed when $.kind == \"user\""]);
    assert_eq!(codes_of("", "item $.user\n      removed when $.user is present"), ["E0570 `removed when $.user is present"]);
    assert_eq!(codes_of("", "item $.user\n      removed when $.kind == \"deleted\""), [""; 0]);
}

/// A closed account is there: taken for gone, it would be created again. What no attribute shows may say that a record was deleted.
#[test]
fn a_record_that_is_inactive_is_not_gone() {
    assert_eq!(codes_of("gone when $.user.active == false", "status $.status"), ["E0570 `gone when $.user.active == false"]);
    for deleted in ["$.user.deleted == true", "$.user.active == false and $.user.deleted_at is present", "$.state == \"deleted\""] {
        assert_eq!(codes_of(&format!("gone when {deleted}"), "status $.status"), [""; 0], "{deleted}");
    }
}

/// The attribute that opens accounts, one of a vendor's words, and a list of codes, with the record at the place of the answer and below it.
#[test]
fn a_record_is_not_gone_by_any_attribute() {
    for item in ["", "item $.user"] {
        let of = |get: &str, http: &str| {
            let text = system(&http.replace("$.", if item.is_empty() { "$." } else { "$.user." }), "", "");
            let text = text.replace("active : bool at $.active", "active : bool opens at $.active\n      note : text? at $.note");
            let get = get.replace("$.", if item.is_empty() { "$." } else { "$.user." });
            let text = text.replace("{ item $.user }", &format!("{{\n      {item}\n      {get}\n    }}"));
            let text = if item.is_empty() { text.replace("item $.user\n", "") } else { text };
            said(&text).iter().map(|line| line.split(' ').next().unwrap().to_owned()).collect::<Vec<_>>()
        };
        for wrong in ["gone when $.active == false", "gone when $.note == \"deleted\"", "gone when $.name in [\"removed\", \"void\"]"] {
            assert_eq!(of(wrong, ""), ["E0570"], "{wrong} {item}");
        }
        assert_eq!(of("", "error $.message code $.active {\n      \"false\" is gone\n    }"), ["E0570"], "{item}");
        for fine in ["gone when $.deleted == true", "gone when $.note == \"deleted\" and $.deleted_at == \"x\"", "gone when status == 404"]
        {
            assert_eq!(of(fine, ""), [""; 0], "{fine} {item}");
        }
    }
}

/// A look-up that takes a person for gone has the account created again, and so has an answer of many records.
#[test]
fn a_record_of_a_look_up_a_list_or_a_batch_is_not_gone_by_an_attribute() {
    let codes = |lines: &str| {
        let text = system("", lines, "")
            .replace("active : bool at $.active", "active : bool opens at $.active\n      mail : text unique at $.mail");
        said(&text).iter().map(|line| line.split(' ').next().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let find = |rule: &str| {
        format!(
            "find by mail GET \"/search\" {{\n      query \"mail\" = mail\n      items $.found\n      total $.total\n      {rule}\n    }}"
        )
    };
    let batch = |rule: &str| {
        format!(
            "update POST \"/batch\" {{\n      batch 10\n      body = {{ inputs = [changes + {{ id = id }} for each record] }}\n      items $.done by $.id = id {{\n        item $.user\n        {rule}\n      }}\n    }}"
        )
    };
    for wrong in [find("gone when $.found[0].active == false"), batch("gone when $.user.active == false")] {
        assert_eq!(codes(&wrong), ["E0570"], "{wrong}");
    }
    for fine in [
        find("gone when $.found == []"),
        find("gone when $.total == 0"),
        find("gone when $.found[0].deleted == true"),
        batch("gone when $.error == \"no_user\""),
        batch("gone when $.user.deleted == true"),
    ] {
        assert_eq!(codes(&fine), [""; 0], "{fine}");
    }
}

#[test]
fn a_write_without_content_makes_nobody_gone() {
    let delete = |lines: &str| system("", lines, "").replace("delete DELETE \"/users/{id}\"", "update PATCH \"/users/{id}\"");
    assert_eq!(
        said(&delete("gone when status == 204")),
        ["E0570 `gone when status == 204`: this also holds for a successful `create` of `users`, which is then taken for `gone`"]
    );
    assert_eq!(said(&system("", "", "gone when status in [204, 404]")).len(), 1);
    assert_eq!(codes_of("gone when status == 204", "status $.status"), [""; 0], "a read may answer so that there is nobody");
}

/// Of a write, any status of a success may be the one that its rules allow; a read succeeds with 200.
#[test]
fn a_success_has_a_status_that_the_rules_allow() {
    for create in ["done when status == 200", "done when status in [200, 202]", "invalid when status != 200", "conflict when status == 201"]
    {
        assert_eq!(said(&system("", "", create)), [""; 0], "{create}");
    }
    assert_eq!(codes_of("done when status == 203 and $.user is present", "status $.status"), [""; 0]);
    let found = codes_of("invalid when status == 200 and $.user.id is present", "status $.status");
    assert_eq!(found, ["E0570 `invalid when status == 200 and $.user.id is present"]);
}

/// What only follows from a rule that is refused is not said beside it.
#[test]
fn a_rule_that_is_refused_brings_no_other_message() {
    for (get, found) in [
        ("invalid when true\n      limit when $.x is present", "E0570 `invalid when true"),
        ("limit when $.user is present\n      invalid when $.user is present", "E0570 `limit when $.user is present"),
        ("conflict when status == 200\n      done when status == 200", "E0570 `conflict when status == 200"),
        ("done when status >= 400 and $.ok == true", "E0571 `done when status >= 400 and $.ok == true"),
        ("moved when $.to == \"x\" or $.user is present", "E0570 `moved when $.to == \"x\" or $.user is present"),
    ] {
        assert_eq!(codes_of(get, "status $.status"), [found]);
    }
}

/// A batch with these lines about its results.
fn batch(results: &str) -> String {
    let call =
        format!("call close POST \"/close\" {{\n      batch 10\n      body = {{ ids = [id for each record] }}\n      {results}\n    }}");
    system("", &call, "")
}

#[test]
fn the_results_of_a_batch_are_tried() {
    let fine = [
        "items $.out by $.id = id { error $.why when $.why is present }",
        "items $.out by $.id = id {\n status $.code\n error $.why\n }",
        "items $.out by $.id = id\n items $.bad by $.id = id {\n error $.why code $.code {\n \"A\" is gone\n }\n }",
        "items $.out by $.id = id { done when $.ok == true }",
    ];
    for results in fine {
        assert_eq!(said(&batch(results)), [""; 0], "{results}");
    }
    let taken =
        "E0570 `error $.id when $.id is present`: this also holds for a successful `close` of `users`, which is then taken for `invalid`";
    assert_eq!(said(&batch("items $.out by $.id = id { error $.id when $.id is present }")), [taken]);
    let found = said(&batch("items $.out by $.id = id { error $.id }"));
    assert!(found.len() == 1 && found[0].starts_with("E0570 `error $.id`: a successful `close` of `users` has a value"), "{found:?}");
    let found = said(&batch("error $.out[0].id when $.out[0].id is present\n items $.out by $.id = id"));
    assert!(found.len() == 1 && found[0].starts_with("E0570 `error $.out[0].id when"), "{found:?}");
    let dead = "items $.out by $.id = id {\n conflict when $.code == 1\n invalid when $.code == 1\n }";
    let found = said(&batch(dead));
    assert!(found.len() == 1 && found[0].starts_with("E0527 `invalid when $.code == 1`"), "{found:?}");
}

#[test]
fn the_elements_of_a_list_and_the_answer_of_a_job_are_tried() {
    let list = |lines: &str| system("", &format!("list GET \"/more\" where name == \"x\" {{\n items $.users {{\n {lines}\n }}\n }}"), "");
    assert_eq!(said(&list("error $.why when $.why is present")), [""; 0]);
    let found = said(&list("error $.name when $.id is present"));
    assert!(found.len() == 1 && found[0].starts_with("E0570 `error $.name when $.id is present`"), "{found:?}");
    let job = |lines: &str| {
        system("", &format!("update PATCH \"/users/{{id}}\" {{\n follow GET \"/jobs/{{$.job}}\" {{\n {lines}\n item $.user\n }}\n }}"), "")
    };
    assert_eq!(said(&job("done when $.state == \"done\"\n error $.why when $.state == \"failed\"")), [""; 0]);
    let found = said(&job("done when $.state == \"done\"\n error $.why when $.user is present"));
    assert!(found.len() == 1 && found[0].starts_with("E0570 `error $.why when $.user is present`"), "{found:?}");
    let found = said(&job(
        "done when $.state == \"done\"\n error $.why when $.state == \"failed\"\n conflict when $.state == \"failed\" and $.state == \"x\"",
    ));
    assert!(found.len() == 1 && found[0].starts_with("E0527 `conflict when"), "{found:?}");
}

#[test]
fn rules_of_token_calls_and_of_verify_are_tried() {
    let token = |lines: &str| format!("token POST \"https://id.example.com/token\" {{\n {lines}\n }}\n auth bearer token.access_token");
    assert_eq!(said(&system(&token("error $.why when $.why is present"), "", "")), [""; 0]);
    let dead = "invalid when status == 400\n conflict when status == 400";
    let found = said(&system(&token(dead), "", ""));
    assert!(found.iter().any(|one| one.starts_with("E0527 `")), "{found:?}");
    let found = said(&system(&format!("verify GET \"/me\" {{\n {dead}\n }}"), "", ""));
    assert!(found.iter().any(|one| one.starts_with("E0527 `")), "{found:?}");
}

/// A body with these lines for a create and an update, of a record with an address.
fn with_bodies(create: &str, update: &str, attribute: &str) -> String {
    format!(
        r#"
system app {{
  http "https://app.example.com" {{ }}
  collection users {{
    key id
    lists all
    list GET "/users" {{ items $.users }}
    get GET "/users/{{id}}"
    create POST "/users" {{
      {create}
    }}
    update PATCH "/users/{{id}}" {{
      {update}
    }}
    attributes {{
      id   : text read only at $.id
      name : text at $.name
      {attribute}
    }}
  }}
}}
"#
    )
}

#[test]
fn bodies_that_can_not_be_made_are_named() {
    let city = "city : text at $.address.city";
    for (create, update) in [
        ("body csv = record", "body csv = { name = name }"),
        ("body form = record", "body form = changes"),
        ("body xml = { User = record }", "body = changes | xml_diff(\"User\")"),
        ("body = record", "body = changes | scim_patch"),
        ("body = record | json_api(\"users\")", "body = changes | json_api(\"users\")"),
    ] {
        let found = said(&with_bodies(create, update, city));
        match create {
            "body csv = record" => assert!(
                found.len() == 1 && found[0].contains("`create` of `users` can't be sent: `address` holds more than one value"),
                "{found:?}"
            ),
            _ => assert_eq!(found, [""; 0], "{create}"),
        }
    }
    let moved = "city : text at $.address.city written at $.city";
    assert_eq!(said(&with_bodies("body csv = record", "body csv = changes", moved)), [""; 0]);
    let blank = "city : text at $[\"home town\"]";
    let found = said(&with_bodies("body xml = { User = record }", "body xml = { User = changes }", blank));
    assert_eq!(found.len(), 2, "{found:?}");
    assert!(found.iter().all(|one| one.starts_with("E0573") && one.contains("can't be sent")), "{found:?}");
    let found = said(&with_bodies("body = record", "body = changes | scim_patch", "city : text at $.cities[1]"));
    assert!(found.len() == 1 && found[0].contains("`update` of `users` can't be sent: `city`"), "{found:?}");
}

/// The lines of a list of pages of ten, and what is said of them.
fn ends(lines: &str) -> Vec<String> {
    let list = format!("list GET \"/users\" {{\n query \"page\" = page.number\n page by number size 10\n {lines}\n }}");
    said(&system("", "", "").replace(r#"list GET "/users" { items $.users }"#, &list))
}

#[test]
fn a_rule_that_holds_for_a_page_before_the_last_is_refused() {
    for sign in [
        "page.count > 0",
        "page.count >= 0",
        "page.count <= page.size",
        "page.count == page.size",
        "page.count < 11",
        "$.users is present",
        "$.users[0].id is present",
        "$.error is present",
        "$.has_more == false or $.error is present",
        "$.next != \"\" and $.next is present",
        "$.total >= 0",
        "$.total > 0",
        "$.page >= 1",
        "$.page == 1",
        "$.offset == 0",
        "$.firstResult == 0",
        "$.begin == 1",
        "$.position == 0",
        "$.tenant == \"acme\"",
        "$.to < 11",
        "$.lastIndex < 12",
        "$.numFound < 12",
        "$.success == true",
        "$.error == false and $.total >= 0",
        "$.users[0].id == \"1\"",
        "$.users[3].name in [\"x\", \"y\"]",
        "$.generated is present and $.generated <= \"9999-12-31\"",
        "header \"x-page\" >= \"1\"",
        "$.count == page.count",
        "$.count == 10",
        "$.status == \"ok\"",
        "$.meta.status in [\"none\", \"OK\"]",
        "$.code == 200",
        "$.code == 0",
        "$.error == 0",
        "$.errors == []",
        "$.object == \"list\"",
        "$.version == \"1\"",
        "$.more == true",
        "$.last == false",
        "$.result == \"success\"",
        "$.users[-1].id == \"9\"",
        "$.page > 3",
        "$.page == 7",
        "$.offset >= 100",
        "$.users[-1].id in [\"end\", \"9\"]",
        "$.users[*].id contains \"y\"",
        "$.users[*].id == \"9\"",
        "$.users[*].id in [\"end\", \"x\"]",
        "$.first == true",
        "$.isFirst == true",
        "$.startIndex == 1",
        "$.from == 1",
        "$.meta.current == 1",
        "$.hasPrevious == false",
        "$.previous == null and $.users is present",
        "$.previous is missing and $.users is present",
        "$.links.prev == null and $.users is present",
        "$.errors is missing and $.users is present",
        "$.error == null and $.users is present",
        "$.error is absent and page.count > 0",
        "$.warning is missing and page.count > 0",
        "$.included == []",
        "$.jsonrpc == \"2.0\"",
        "$.code == \"0000\"",
        "$.resultCode == \"00\"",
        "$.took < 5",
        "$.took > 20",
        "$.limit == 100",
        "$.sort == \"id\"",
        "$.locale == \"en\"",
        "$.schemas[0] == \"urn:ietf:params:scim:api:messages:2.0:ListResponse\"",
    ] {
        let said = ends(&format!("items $.users\n last page when {sign}"));
        let expected =
            format!("E0570 `last page when {sign}`: this also holds for a page that is not the last, so the list would end there");
        assert_eq!(said, [expected], "{sign}");
    }
    for sign in [
        "page.count < page.size",
        "page.count == 0",
        "page.count != page.size",
        "page.count < 10",
        "$.has_more == false",
        "$.meta is present and $.meta.next is missing",
        "$.total == page.count",
        "$.users == []",
        "$.users[9].id is missing and $.users is present",
        "$.users[-1].id == \"end\"",
        "status == 204",
        "status == 404 and $.code == 3",
        "header \"x-last\" == \"true\"",
        "$.remaining == 0",
        "$.remaining < 1",
        "$.done == true",
        "$.last == true and $.total >= 0",
        "$.last == true",
        "$.isLast == true",
        "$.more == false",
        "$.users is present and $.nextPage == \"\"",
        "$.users is present and $.next == null",
        "$.status == \"complete\"",
        "$.status == \"ok\" and $.more == false",
        "$.count == 0",
        "$.count < 10",
        "$.first == true and $.last == true",
        "$.error == null and $.more == false",
        "$.previous is missing and page.count < page.size",
        "(header \"x-offset\" | parse_int) + page.count >= $.total",
        "$.paging is present and $.paging.next is missing",
        "not ($.more == true) and $.users is present",
        "$.next == -1",
        "$.pages < 2",
        "$.truncated == false",
        "$.eof == \"true\"",
        "$.code == \"end\"",
        "status == 404 and $.error is present",
        "$.took < 5 and $.hasNextPage == false",
        "header \"x-next-page\" == \"\"",
        "$.offset + page.count >= $.total",
    ] {
        assert_eq!(ends(&format!("items $.users\n last page when {sign}")), [""; 0], "{sign}");
    }
    // No answer is made for two places that are compared, but neither is such a rule refused.
    for sign in [
        "$.page == $.pages",
        "$.pages == $.page",
        "$.page == $.pageCount",
        "$.page * $.size >= $.total",
        "($.number + 1) * $.size >= $.totalElements",
        "$.offset + $.limit >= $.total",
        "$.startIndex + $.itemsPerPage > $.totalResults",
    ] {
        let said = ends(&format!("items $.users\n last page when $.page is present and {sign}"));
        assert!(said.iter().all(|one| one.starts_with("L0711")), "{said:?}");
    }
    for sign in ["$.page * $.total >= $.size", "$.total - $.offset >= page.size", "$.page * 100 >= $.total", "$.failed_count == 0"] {
        let said = ends(&format!("items $.users\n last page when {sign}"));
        assert!(said.iter().any(|one| one.starts_with("E0570")), "{sign}: {said:?}");
    }
    // However large a page is.
    let large = |sign: &str| {
        let list = format!(
            "list GET \"/users\" {{\n query \"p\" = page.number\n page by number size 5000\n items $.users\n last page when {sign}\n }}"
        );
        said(&system("", "", "").replace(r#"list GET "/users" { items $.users }"#, &list))
    };
    assert!(large("$.page * $.size >= $.total").iter().all(|one| one.starts_with("L0711")));
    // A mark is in the last page alone.
    let marked = "items $.users\n page by link $.next\n since by link $.mark\n last page when $.mark is present";
    let list = format!("list GET \"/users\" {{\n {marked}\n }}");
    assert_eq!(said(&system("", "", "").replace(r#"list GET "/users" { items $.users }"#, &list)), [""; 0]);
}

/// A failure in an answer with the status 200 and an empty list meets such a rule as well.
#[test]
fn a_rule_that_a_failure_meets_ends_no_list() {
    for sign in [
        "$.success == false",
        "$.success == false or $.more == false",
        "$.ok == \"N\"",
        "$.status == \"error\"",
        "$.code == 500",
        "$.message == \"Service Unavailable\"",
        "$.error.code == -32603",
        "$.failed == true",
        "$.code == \"DB_DOWN\" or $.more == false",
    ] {
        let said = ends(&format!("items $.users\n last page when {sign}"));
        let expected =
            format!("E0570 `last page when {sign}`: this also holds for an answer that tells a failure, so the list would end there");
        assert_eq!(said, [expected], "{sign}");
    }
    for sign in ["$.success == false and $.code == \"no_more\"", "$.error == \"past_end\"", "$.code == 3"] {
        assert_eq!(ends(&format!("items $.users\n last page when {sign}")), [""; 0], "{sign}");
    }
}

#[test]
fn a_read_that_is_done_without_content_alone_never_has_a_record() {
    let get = |rule: &str| said(&system("", "", "").replace("{ item $.user }", &format!("{{\n item $.user\n {rule}\n }}")));
    for rule in ["done when status == 204", "done when status in [204, 205]", "done when status == 304"] {
        assert_eq!(
            get(rule),
            [format!("E0570 `{rule}`: `get` of `users` is done by this without content alone, so it never has a record")]
        );
    }
    for rule in ["done when status in [200, 204]", "done when status == 204 or $.user.id is present"] {
        assert_eq!(get(rule), [""; 0], "{rule}");
    }
    assert_eq!(said(&system("", "", "done when status == 204")), [""; 0], "the answer to a write may have no record");
}

/// What is said of a `get` with a rule, in a system that declares no errors; by the trial only where the check found nothing.
fn of_get(rule: &str) -> Vec<String> {
    let text = system("", "", "").replace("{ item $.user }", &format!("{{\n item $.user\n {rule}\n }}"));
    let mut checked = check(&Texts { files: vec![("test.sync", &text)], told: &[] }, Path::new("test.sync"));
    Trials::new(Host::real()).add_to(&mut checked);
    checked.diagnostics.iter().map(|one| format!("{}: {}", one.code, one.message)).collect()
}

#[test]
fn what_apis_answer_when_they_have_failed_makes_nobody_gone() {
    for wrong in [
        "$.data == null and $.errors is present",
        "$.data.user == null and $.errors is present",
        "$.result == [] and $.error is present",
        "$.jsonrpc == \"2.0\" and $.result == null and $.error.code is present",
        "$.errors[0].path[0] == \"users\" and $.data == null",
        "$.response.status == \"error\" and $.response.docs == []",
        "$.data == [] and not ($.meta.error_type is missing)",
        "$.errorCode == \"E0000009\"",
        "$.errorCode == \"ORA-00060\"",
        "$.data is missing and $.status == \"ok\"",
        "$.data == null and $.success == true",
        "$.found == false and $.requestId is present or $.error.data.name == \"SessionExpired\"",
        "$.error.message matches \"(?i)rollbacked$\"",
        "$.error.message ends with \"rollbacked\"",
        "$.error.message contains \"rollbacked\"",
    ] {
        let found = of_get(&format!("gone when {wrong}"));
        assert!(found.iter().any(|one| one.starts_with("E0524")), "{wrong}: {found:?}");
    }
    assert_eq!(
        of_get("gone when $.user == null and $.__type is present"),
        [concat!(
            r#"E0524: this also holds for a failure such as `{"__type":"InternalServerException","message":"internal"}`, "#,
            "so people would be taken for gone while the system has an outage"
        )]
    );
    for fine in [
        "$.error.code == \"no_such_user\" and $.data == null",
        "$.errors[0].extensions.code == \"NOT_FOUND\" and $.data == null",
        "$.found == false",
        "$.result == []",
        "$.success == true and $.data == []",
        "$.data == null and $.errors == []",
    ] {
        let found = of_get(&format!("gone when {fine}"));
        assert!(!found.iter().any(|one| one.starts_with("E0524")), "{fine}: {found:?}");
    }
}
