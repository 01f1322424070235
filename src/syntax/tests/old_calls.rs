//! Bodies and results as calls had them before: one message for each, and the fix writes what is meant the same.

use super::{old_words::fixed, said};
use crate::syntax::format;

const AROUND: &str = "system s {\n  collection c {\n    key id\n    CALL {\n      ?\n    }\n    attributes {\n      id   : text read only at $.id\n      \
                      mail : text at $.mail\n    }\n  }\n}\n";

/// A call, a line of it as it was, and the same as it is now; empty where a person decides.
const OLD_AND_NEW: [(&str, &str, &str); 28] = [
    ("delete DELETE \"/a\"", "results $.out {\n        id $.id\n        status $.state\n      }", ""),
    ("delete DELETE \"/a\"", "results $.out {\n        id $.id\n        error $.why and more\n      }", ""),
    ("delete DELETE \"/a\"", "results $.out {\n        id mail\n        error $.why\n      }", ""),
    ("delete DELETE \"/a\"", "results $.out { id $.mail }", "items $.out by $.mail = mail"),
    ("create POST \"/a\"", "body json", "body = record"),
    ("update PATCH \"/a/{id}\"", "body json", "body = changes"),
    ("call go POST \"/a\"", "body json", "body = { }"),
    ("create POST \"/a\"", "body form", "body form = record"),
    ("create POST \"/a\"", "body xml \"Person\"", "body xml = { Person = record }"),
    ("update PATCH \"/a/{id}\"", "body json_api \"people\"", "body = changes | json_api(\"people\")"),
    ("update PATCH \"/a/{id}\"", "body xml_diff \"Person\"", "body = changes | xml_diff(\"Person\")"),
    ("update PATCH \"/a/{id}\"", "body scim_patch", "body = changes | scim_patch"),
    ("create POST \"/a\"", "body scim_patch", ""),
    ("update PATCH \"/a/{id}\"", "body scim_patch { $.failOnErrors = 1 }", ""),
    ("create POST \"/a\"", "body json { $.a.b = \"x\" }", "body = record + { a = { b = \"x\" } }"),
    ("create POST \"/a\"", "body json { $.mail = \"x\" }", "body = { mail = \"x\" } + record"),
    ("create POST \"/a\"", "body json { $.data = record }", "body = { data = record }"),
    ("update PUT \"/a/{id}\"", "body json { $.data = record }", "body = { data = changes }"),
    (
        "call go POST \"/a\"",
        "body json {\n        $[\"@odata.id\"] = \"/{id}\"\n        $.list[0].a = 1\n        $.list[0].b = 2\n      }",
        "body = { \"@odata.id\" = \"/{id}\", list = [{ a = 1, b = 2 }] }",
    ),
    (
        "create POST \"/a\"",
        "body json_api \"people\" {\n        $.a.b = \"x\"\n        $.a.is = 1\n      }",
        "body = record + { a = { b = \"x\", \"is\" = 1 } } | json_api(\"people\")",
    ),
    ("create POST \"/a\"", "body json { $.list[?@.kind == \"x\"].a = 1 }", ""),
    (
        "update PATCH \"/a\"",
        "batch 10\n      body json { $.rows[*].item = record }",
        "batch 10\n      body  = { rows = [{ item = changes } for each record] }",
    ),
    ("delete DELETE \"/a\"", "batch 10\n      body json { $.ids = batch.id }", "batch 10\n      body  = { ids = [id for each record] }"),
    (
        "call go POST \"/a\"",
        "batch 10\n      body json {\n        $[*].user_id = id\n        $[*].on = true\n      }",
        "batch 10\n      body  = [{ user_id = id, on = true } for each record]",
    ),
    ("create POST \"/a\"", "batch 10\n      body csv", "batch 10\n      body  csv = [record for each record]"),
    (
        "delete DELETE \"/a\"",
        "results $.out {\n        id    $.id\n        error $.why\n      }",
        "items $.out by $.id = id { error $.why when $.why is present }",
    ),
    ("update PATCH \"/a\"", "results $.out { id $.mail }", "items $.out by $.mail = mail"),
    ("create POST \"/a\"", "results $.out { id $.id }", ""),
];

#[test]
fn each_is_told_once_and_its_fix_means_the_same() {
    for (call, old, new) in OLD_AND_NEW {
        let around = AROUND.replace("CALL", call);
        let text = around.replace('?', old);
        let said = said(&text);
        assert_eq!(said.lines().count(), 1, "{text}\n{said}");
        assert!(said.contains("E0105") && said.contains("is written"), "{text}\n{said}");
        if new.is_empty() {
            assert_eq!(fixed(&text), text, "a person decides");
            continue;
        }
        let laid_out = format(&fixed(&text));
        assert!(laid_out.as_deref().is_some_and(|laid_out| laid_out.contains(new)), "{}\n{said}", fixed(&text));
        assert_eq!(laid_out, format(&around.replace('?', new)), "{text}\n{said}");
    }
}

/// A block of attributes on one line names them as well.
#[test]
fn an_attribute_is_found_in_a_block_of_one_line() {
    let text = "system s {\n  collection c {\n    key id\n    delete DELETE \"/a\" {\n      results $.r { id $.no }\n    }\n    \
                attributes { number : text at $.no }\n  }\n}\n";
    assert!(fixed(text).contains("items $.r by $.no = number"), "{}", fixed(text));
}

#[test]
fn results_are_those_of_the_key_where_no_attribute_is_read_at_their_id() {
    let text = AROUND.replace("CALL", "delete DELETE \"/a\"").replace('?', "results $ { id $.user }");
    assert!(fixed(&text).contains("items $ by $.user = id"), "{}", fixed(&text));
}
