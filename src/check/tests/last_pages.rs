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
    for when in [
        "$.page >= $.pages",
        "$.meta.current >= $.meta.last_page",
        "$.to >= $.total",
        "$.pageCount <= $.page",
        "$.page >= $.numberOfPages",
        "$.page >= $.maxPage",
    ] {
        let said = said(&format!("items $.data\n      last page when {when}"), "");
        assert!(!said.contains(" E0"), "{when}\n{said}");
    }
    for when in [
        "$.offset >= $.limit",
        "$.page > $.size",
        "$.count <= $.per_page",
        "$.startAt >= $.maxResults",
        "$.lastIndex >= $.limit",
        "$.last_id >= $.max_id",
    ] {
        let said = said(&format!("items $.data\n      last page when {when}"), "");
        assert!(
            said.contains("E0570") && said.contains("neither of these tells how many pages or records there are in all"),
            "{when}\n{said}"
        );
    }
}

/// Two members that are both missing are equal: what helps is said, with the edit.
#[test]
fn two_places_that_may_both_be_missing_are_told_how_to_be_compared() {
    for (when, cure, order) in [
        (
            "$.meta.current_page == $.meta.last_page",
            "$.meta.current_page is present and $.meta.current_page == $.meta.last_page",
            ", or compare by order: `$.meta.current_page >= $.meta.last_page`",
        ),
        ("$.totalPages == $.no", "$.totalPages is present and $.totalPages == $.no", ", or compare by order: `$.totalPages <= $.no`"),
        ("$.to == $.total", "$.to is present and $.to == $.total", ", or compare by order: `$.to >= $.total`"),
        (
            "$.number + 1 == $.totalPages",
            "$.totalPages is present and $.number + 1 == $.totalPages",
            ", or compare by order: `$.number + 1 >= $.totalPages`",
        ),
        // Headers are texts, which have another order.
        (
            "header \"X-Page\" == header \"X-Total-Pages\"",
            "header \"X-Page\" is present and header \"X-Page\" == header \"X-Total-Pages\"",
            "",
        ),
    ] {
        let found = said(&format!("items $.data\n      last page when {when}"), "");
        let lines: Vec<_> = found.lines().map(str::trim).filter(|line| line.starts_with("help") || line.starts_with("fix")).collect();
        let help = format!("help   both may be missing, and are equal then: write `{cure}`{order}");
        assert_eq!(lines, [help, format!("fix    {cure:?}")], "{found}");
        let cured = said(&format!("items $.data\n      last page when {cure}"), "");
        assert!(!cured.contains(" E0"), "{cured}");
    }
}

/// A filter gives what it finds, and where it finds nothing there is nothing.
#[test]
fn what_a_filter_finds_is_missing_and_no_empty_list() {
    let cure = "$.links is present and $.links[?@.rel == \"next\"] is missing";
    for when in ["$.links[?@.rel == \"next\"] == []", "[] == $.links[?@.rel == \"next\"]"] {
        let found = said(&format!("items $.data\n      last page when {when}"), "");
        let expected = format!(
            "desk.sync:12:22 E0527 where the filter finds nothing, nothing is there: that is no `[]`, so this never holds\n    \
             at     {when}\n    help   write `{cure}`\n    fix    {cure:?}\n"
        );
        assert_eq!(found, expected);
    }
    assert_eq!(said(&format!("items $.data\n      last page when {cure}"), ""), "");
    assert_eq!(said("items $.data\n      last page when $.data == []", ""), "");
}

/// Beside a number, and where they are compared, members are numbers: of one file, one message says so, and no other the contrary.
#[test]
fn numbers_are_made_of_members_where_they_are_compared() {
    for when in [
        "$.page * $.size >= $.total",
        "$.page * 10 >= $.total",
        "$.page * page.size >= $.meta.total",
        "$.total <= $.page * $.per_page",
        "$.offset + page.count >= $.total",
        "$.offset + $.limit >= $.total",
        "($.offset + $.count) * 1 >= $.total",
        "$.total - $.offset <= page.size",
        "$.total - $.offset - page.count <= 0",
        "$.number + 1 >= $.totalPages",
        "$.page is present and $.offset + page.count == $.total",
        "(header \"x-offset\" | parse_int) + page.count >= $.total",
    ] {
        let said = said(&format!("items $.data\n      last page when {when}"), "");
        assert!(!said.contains(" E0"), "{when}\n{said}");
    }
    for (when, code, help) in [
        ("$.page * $.size >= $.offset", "E0570", "compare with the number of all"),
        ("$.offset + $.limit >= $.max", "E0570", "compare with the number of all"),
        ("header \"x-offset\" + page.count >= $.total", "E0303", "`(header \"x-offset\" | parse_int)` makes a number of it"),
        ("$.page * \"10\" >= $.total", "E0303", "texts are put together in one"),
        ("$.page * $.size == $.total", "E0524", "both may be missing, and are equal then"),
    ] {
        let said = said(&format!("items $.data\n      last page when {when}"), "");
        assert!(said.contains(code) && said.contains(help), "{when}\n{said}");
        assert_eq!(said.matches(" E0").count(), 1, "{when}\n{said}");
    }
    let said = said("items $.data\n      last page when ($.page | parse_int) * 10 >= $.total", "");
    assert!(said.contains("E0602") && said.contains("write it without the function"), "{said}");
}

/// GitLab sends `x-next-page` with nothing in it on the last page. A header that is not sent at all says nothing.
#[test]
fn a_header_that_is_there_and_empty_is_a_sign() {
    for fine in [
        "header \"x-next-page\" == \"\"",
        "\"\" == header \"x-next-page\"",
        "header \"x-next-page\" == \"\" or $.more == false",
        "header \"x-next-page\" in [\"\", \"0\"]",
        "page.count == 0 or header \"x-next\" == \" \"",
    ] {
        let said = said(&format!("items $.data\n      last page when {fine}"), "");
        assert!(!said.contains(" E0"), "{fine}\n{said}");
    }
    for wrong in [
        "header \"x-next-page\" is missing",
        "not (header \"x-next-page\" != \"\")",
        "header \"x-next-page\" not in [\"2\"]",
        "header \"retry-after\" == \"\"",
        "$.next == \"\"",
        "header \"x-next-page\" == null",
    ] {
        let said = said(&format!("items $.data\n      last page when {wrong}"), "");
        assert!(said.contains("E0524"), "{wrong}\n{said}");
    }
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
    for word in ["queries", "params"] {
        for block in [format!("{word} {{ \"a\" = \"b\" }}"), format!("{word} = {{ a = \"b\" }}")] {
            let said = said(&format!("items $.data\n      {block}"), "");
            assert!(said.contains("write a line for each of them: `query \"name\" = …`"), "{block}\n{said}");
        }
    }
    for block in ["headers { \"X-A\" = \"b\" }", "headers {\n \"X-A\": \"b\"\n }", "headers = { a = \"b\" }"] {
        let said = said(&format!("items $.data\n      {block}"), "");
        assert!(said.contains("write a line for each of them: `header \"X-Name\" = …`"), "{block}\n{said}");
    }
}

#[test]
fn an_address_inside_of_http_is_one_mistake() {
    let file = |http: &str| {
        let text = format!(
            "system desk {{\n  http {http}\n  collection users {{\n    key id\n    lists all\n    list GET \"/users\" {{ items $.data }}\n    \
             attributes {{\n      id : text at $.id\n    }}\n  }}\n}}\n"
        );
        rendered(&check_in(&HashMap::from([("p/desk.sync".into(), text)]), "p/desk.sync"))
    };
    for http in [
        "{\n    base_url \"https://desk.example.com\"\n    limit 60 per min\n  }",
        "{\n    url = \"https://desk.example.com\"\n  }",
        "{ base_url: \"https://desk.example.com\" }",
    ] {
        let said = file(http);
        assert!(said.contains("the address of a system is written after `http`"), "{http}\n{said}");
        assert_eq!(said.matches("E0").count(), 1, "{http}\n{said}");
    }
}

#[test]
fn lines_of_http_for_pages_hold_for_the_calls_that_page_so() {
    let said = |http: &str, own: &str| {
        let text = format!(
            "system desk {{\n  http \"https://desk.example.com\" {{\n    {http}\n    query \"limit\" = page.size\n  }}\n  \
             collection users {{\n    key id\n    lists all\n    list GET \"/users\" {{\n      items $.data\n      page by offset size 10\n      \
             total $.total\n    }}\n    attributes {{\n      id : text at $.id\n    }}\n  }}\n  collection groups {{\n    key id\n    lists all\n    \
             list GET \"/groups\" {{\n      items $.data\n      page by number size 10\n      total $.total\n      {own}\n    }}\n    \
             attributes {{\n      id : text at $.id\n    }}\n  }}\n}}\n"
        );
        rendered(&check_in(&HashMap::from([("p/desk.sync".into(), text)]), "p/desk.sync"))
    };
    let offset = "query \"offset\" = page.offset";
    let number = "query \"page\" = page.number";
    for (http, own) in [(offset, number), (&*format!("{offset}\n    {number}"), "")] {
        let said = said(http, own);
        assert!(!said.contains(" E0"), "{http} {own}\n{said}");
    }
    // A call that sends no position of its own, or that names another one itself, is told.
    for (http, own) in [(offset, ""), (number, offset)] {
        let said = said(http, own);
        assert!(said.contains("E0503"), "{http} {own}\n{said}");
    }
}
