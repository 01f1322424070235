//! The body of a batch names each of its records (E0521).

use super::support::check_in;
use std::collections::HashMap;

/// A call in one line, its statements each on a line of its own.
fn laid_out(call: &str) -> String {
    let words = [" batch ", " body ", " items ", " query "];
    words.iter().fold(call.to_owned(), |text, word| text.replace(word, &format!("\n{word}")))
}

fn codes(call: &str) -> Vec<&'static str> {
    let call = laid_out(call);
    let text = format!(
        r#"
system shop {{
  http "https://shop.example.com" {{ }}
  collection items {{
    key id
    list GET "/items" {{ items $.data }}
    {call}
    attributes {{
      id   : text read only at $.id
      name : text            at $.name
      team : text?           at $.team
    }}
  }}
}}
"#
    );
    check_in(&HashMap::from([("shop.sync".into(), text)]), "shop.sync").diagnostics.iter().map(|one| one.code).collect()
}

#[test]
fn a_body_without_a_place_for_each_record_is_refused() {
    for call in [
        "create POST \"/items\" { batch 10 body = { items = record } items $.out by $.name = name { key $.id } }",
        "create POST \"/items\" { batch 10 body = { a = { b = record } } items $.out by $.name = name { key $.id } }",
        "create POST \"/items\" { batch 10 body = record items $.out by $.name = name { key $.id } }",
        "create POST \"/items\" { batch 10 body = { source = \"sync\" } items $.out by $.name = name { key $.id } }",
        "create POST \"/items\" { batch 10 body = { names = [\"x\"] } items $.out by $.name = name { key $.id } }",
        "update PATCH \"/items\" { batch 10 body = { items = record } items $.out by $.id = id }",
        "create POST \"/items\" { batch 10 body form = { items = record } items $.out by $.name = name { key $.id } }",
        "create POST \"/items\" { batch 10 body = { items = [record for each record], copy = record } items $.out by $.name = name { key $.id } }",
        "update PATCH \"/items\" { batch 10 body = { items = [record + { id = id } for each record] } items $.out by $.id = id }",
        "update PATCH \"/items\" { batch 10 body = { items = [{ id = id, item = record } for each record] } items $.out by $.id = id }",
        "update PATCH \"/items\" { batch 10 body csv = [changes + { id = id } for each record] items $.out by $.id = id }",
        "call close POST \"/close\" { batch 10 body = { all = true } items $.out by $.id = id }",
        "call close POST \"/close\" { batch 10 items $.out by $.id = id }",
        "delete DELETE \"/items\" { batch 10 body = { all = true } items $.out by $.id = id }",
    ] {
        assert_eq!(codes(call), ["E0521"], "{call}");
    }
}

#[test]
fn a_body_with_a_place_for_each_record_is_accepted() {
    for call in [
        "create POST \"/items\" { batch 10 body = { items = [record for each record] } items $.out by $.name = name { key $.id } }",
        "create POST \"/items\" { batch 10 body = { items = [{ item = record } for each record], source = \"sync\" } items $.out by $.name = name { key $.id } }",
        "create POST \"/items\" { batch 10 body = [{ label = name } for each record] items $.out by $.name = name { key $.id } }",
        "create POST \"/items\" { batch 10 body csv = [record for each record] items $.out by $.name = name { key $.id } }",
        "create POST \"/items\" { batch 10 items $.out by $.name = name { key $.id } }",
        "create POST \"/items\" { body = { items = record } }",
        "update PATCH \"/items\" { batch 10 body = { items = [changes + { id = id } for each record] } items $.out by $.id = id }",
        "update PATCH \"/items\" { batch 10 body = [{ id = id, item = changes } for each record] items $.out by $.id = id }",
        "call close POST \"/close\" { batch 10 body = { ids = [id for each record] } items $.out by $.id = id }",
        "call close POST \"/close\" { batch 10 query \"ids\" = [id for each record] | join(\",\") items $.out by $.id = id }",
        "call close POST \"/close/{team}\" { batch 10 by team items $.out by $.id = id }",
        "delete DELETE \"/items\" { batch 10 body = { ids = [id for each record] } items $.out by $.id = id }",
    ] {
        assert_eq!(codes(call), [""; 0], "{call}");
    }
}

#[test]
fn a_batched_update_names_each_record_beside_what_it_changes() {
    for call in [
        "update PATCH \"/items\" { batch 10 body = { items = [changes for each record] } items $.out by $.id = id }",
        "update PATCH \"/items\" { batch 10 items $.out by $.id = id }",
    ] {
        assert_eq!(codes(call), ["E0545"], "{call}");
    }
}

/// What is said of the `create` of a batch whose collection also has these lines, with an id that is made so.
fn said_of_keys(create: &str, others: &str, id: &str) -> Vec<String> {
    let text = format!(
        "system shop {{\n  http \"https://shop.example.com\" {{ }}\n  collection items {{\n    key id\n    list GET \"/items\" {{ items $.data }}\n    \
         {others}\n    create POST \"/items\" {{\n      batch 10\n      {create}\n    }}\n    attributes {{\n      id : text {id} at $.id\n      \
         name : text at $.name\n    }}\n  }}\n}}\n"
    );
    let checked = check_in(&HashMap::from([("shop.sync".into(), text)]), "shop.sync");
    checked.diagnostics.iter().map(|one| format!("{}: {}", one.code, one.help.as_deref().unwrap_or_default())).collect()
}

#[test]
fn a_batch_tells_the_key_of_each_new_record() {
    assert_eq!(
        said_of_keys("items $.out by $.name = name", "", "read only"),
        ["L0713: say where an element has it: `items $.out by $.name = name { key $.id }`, or add a `find by` to the collection"]
    );
    let find = "find by name GET \"/items\" {\n query \"name\" = name\n items $.data\n }";
    for (create, others, id) in [
        ("items $.out by $.name = name { key $.id }", "", "read only"),
        ("items $.out by $.name = name { item $.record }", "", "read only"),
        ("items $.failed by $.name = name { invalid when $.why is present }\n items $.out by $.name = name { key $.id }", "", "read only"),
        ("items $.out by $.name = name", find, "read only"),
        ("items $.out by $.id = id", "", "create only"),
    ] {
        assert_eq!(said_of_keys(create, others, id), [""; 0], "{create} {others} {id}");
    }
    let unsent = said_of_keys("items $.out by $.id = id { key $.id }", "", "read only");
    assert_eq!(unsent, ["E0521: name something that is sent and that an element repeats, such as `by $.name = name`"]);
    // A look-up by the key that is not known yet, and results that another value names, tell nothing.
    let by_id = "find by id GET \"/items\" {\n query \"id\" = id\n items $.data\n }";
    for (create, others, id) in [("items $.out by $.name = name", by_id, "read only"), ("items $.out by $.name = name", "", "create only")]
    {
        let said = said_of_keys(create, others, id);
        assert!(said.len() == 1 && said[0].starts_with("L0713"), "{create} {others} {id}: {said:?}");
    }
    let job = "follow GET \"/jobs/{$.job}\" {\n done when $.state == \"done\"\n items $.out by $.name = name KEY\n }";
    assert_eq!(said_of_keys(&job.replace("KEY", "{ key $.id }"), "", "read only"), [""; 0]);
    assert!(said_of_keys(&job.replace("KEY", ""), "", "read only")[0].starts_with("L0713"));
}
