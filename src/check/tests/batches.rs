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
        "create POST \"/items\" { batch 10 body = { items = record } items $.out by $.id = id }",
        "create POST \"/items\" { batch 10 body = { a = { b = record } } items $.out by $.id = id }",
        "create POST \"/items\" { batch 10 body = record items $.out by $.id = id }",
        "create POST \"/items\" { batch 10 body = { source = \"sync\" } items $.out by $.id = id }",
        "create POST \"/items\" { batch 10 body = { names = [\"x\"] } items $.out by $.id = id }",
        "update PATCH \"/items\" { batch 10 body = { items = record } items $.out by $.id = id }",
        "create POST \"/items\" { batch 10 body form = { items = record } items $.out by $.id = id }",
        "create POST \"/items\" { batch 10 body = { items = [record for each record], copy = record } items $.out by $.id = id }",
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
        "create POST \"/items\" { batch 10 body = { items = [record for each record] } items $.out by $.id = id }",
        "create POST \"/items\" { batch 10 body = { items = [{ item = record } for each record], source = \"sync\" } items $.out by $.id = id }",
        "create POST \"/items\" { batch 10 body = [{ label = name } for each record] items $.out by $.id = id }",
        "create POST \"/items\" { batch 10 body csv = [record for each record] items $.out by $.id = id }",
        "create POST \"/items\" { batch 10 items $.out by $.id = id }",
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
