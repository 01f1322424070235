//! `last page when …` of two members of an answer, and what newcomers write into calls.

use super::support::{check_in, rendered};
use std::collections::HashMap;

fn said(lines: &str, get: &str) -> String {
    let text = format!(
        "system desk {{\n  http \"https://desk.example.com\" {{\n    error $.message\n  }}\n  collection users {{\n    key id\n    lists all\n    \
         list GET \"/users\" {{\n      query \"page\" = page.number\n      page by number size 10\n      {lines}\n    }}\n    {get}\n    \
         attributes {{\n      id : text at $.id\n    }}\n  }}\n}}\n"
    );
    rendered(&check_in(&HashMap::from([("p/desk.sync".into(), text)]), "p/desk.sync"))
}

#[test]
fn two_members_of_an_answer_are_compared_in_order_where_one_tells_of_all() {
    for when in ["$.page >= $.pages", "$.meta.current >= $.meta.last_page", "$.to >= $.total", "$.pageCount <= $.page"] {
        let said = said(&format!("items $.data\n      last page when {when}"), "");
        assert!(!said.contains("error"), "{when}\n{said}");
    }
    for when in ["$.offset >= $.limit", "$.page > $.size", "$.count < $.per_page"] {
        let said = said(&format!("items $.data\n      last page when {when}"), "");
        assert!(
            said.contains("E0570") && said.contains("neither of these tells how many pages or records there are in all"),
            "{when}\n{said}"
        );
    }
    let said = said("items $.data\n      last page when $.offset + page.count >= $.total", "");
    assert!(said.contains("write `total $.total`, without this rule"), "{said}");
}

#[test]
fn what_other_products_write_in_calls_is_told() {
    let get = said("items $.data", "get GET \"/users/:id\"");
    assert!(get.contains("a value in an address is written in braces: `{id}` in place of `:id`"), "{get}");
    for path in ["$.data[]", "$[]"] {
        let items = said(&format!("items {path}"), "");
        let help = format!("write `{}` for the list itself, or `[*]` for each element", path.replace("[]", ""));
        assert!(items.contains("`[]` is no part of a JSON path") && items.contains(&help), "{items}");
    }
    for block in ["headers { \"X-A\" = \"b\" }", "headers {\n \"X-A\": \"b\"\n }", "headers = { a = \"b\" }"] {
        let said = said(&format!("items $.data\n      {block}"), "");
        assert!(said.contains("write a line for each of them: `header \"X-Name\" = …`"), "{block}\n{said}");
    }
}
