//! The end of a list, tried on the pages of APIs of many styles: a rule has to tell the last page from all before it.

use super::{ends, system};
use crate::{check::check, compile::texts::Texts, host::Host, sandbox::Trials};
use std::path::Path;

/// What is said of a rule, but for that no answer is made for two places that are compared.
fn said(rule: &str) -> Vec<String> {
    let all = ends(&format!("items $.users\n last page when {rule}"));
    let message = |line: String| line.rsplit_once("`: ").map(|(_, message)| message.to_owned()).unwrap_or(line);
    all.into_iter().filter(|line| !line.starts_with("L0711")).map(message).collect()
}

#[test]
fn a_rule_that_an_early_page_meets_names_the_page() {
    for (rule, page) in [
        ("$.has_prev == true", "page 2 of 3"),
        ("$.meta.pagination.has_previous_page == \"true\"", "page 2 of 3"),
        ("header \"X-Has-Previous\" == \"yes\"", "page 2 of 3"),
        ("$.first == false", "page 2 of 3"),
        ("$.page_info.isFirstPage == false", "page 2 of 3"),
        ("$.is_first == \"N\"", "page 2 of 3"),
        ("$.prev_page >= 1", "page 2 of 3"),
        ("$.pages <= 5", "page 1 of 3"),
        ("$.pagination.totalPages < 25", "page 1 of 3"),
        ("$.total_pages <= $.per_page", "page 1 of 3"),
        ("$.limit >= $.lastPage", "page 1 of 3"),
        ("$.page_total <= $.size", "page 1 of 3"),
        ("$.page <= $.pages", "page 1 of 3"),
        ("$.offset < $.total", "page 1 of 3"),
        ("$.count < $.total", "page 1 of 3"),
        ("$.next_page <= $.pages", "page 1 of 3"),
        ("$.page + 2 >= $.pages", "page 1 of 3"),
        ("$.remaining <= 5", "page 2 of 3"),
        ("$.more == false or $.pages_left <= 1", "page 2 of 3"),
        ("header \"x-page-size\" >= header \"x-total-pages\"", "page 1 of 10"),
        ("header \"x-page\" >= header \"x-total-pages\"", "page 2 of 10"),
    ] {
        let expected = [format!("this also holds for {page}, so the list would end there")];
        let said = said(rule);
        // Some also hold for a page of which less is known.
        assert!(
            said == expected || said == ["this also holds for a page that is not the last, so the list would end there"],
            "{rule}: {said:?}"
        );
        assert!(said == expected || !rule.contains("first") && !rule.contains("header"), "{rule}: {said:?}");
    }
}

/// Whether something was cut, is limited or is about requests that are left: it says nothing of the pages.
#[test]
fn what_may_be_true_of_any_page_ends_no_list() {
    for rule in [
        "$.aborted == true",
        "$.interrupted == true",
        "$.meta.expired == \"true\"",
        "$.is_rate_limited == true",
        "$.degraded == true",
        "$.read_only == true",
        "$.readonly == false",
        "$.result.incomplete == false",
        "$.status == \"partial\"",
        "$.state == \"processing\"",
        "$.status == \"COMPLETED_WITH_WARNINGS\"",
        "$.rate.remaining == 0",
        "$.rateLimit.left < 10",
        "$.quota_remaining == 0",
        "$.requests_left == 0",
        "header \"x-quota-remaining\" == \"0\"",
    ] {
        assert_eq!(said(rule), ["this also holds for a page that is not the last, so the list would end there"], "{rule}");
    }
    for fine in
        ["$.state == \"complete\"", "$.has_partial_last == true", "$.incomplete == false and $.has_more == false", "$.letzte == true"]
    {
        assert_eq!(said(fine), [""; 0], "{fine}");
    }
}

/// In the style of API that each of these is written for, it holds for the last page alone.
#[test]
fn a_rule_that_tells_the_last_page_in_some_style_stays() {
    for rule in [
        "$.page >= $.pages",
        "$.current_page >= $.last_page",
        "$.pagination.total_pages <= $.pagination.page",
        "$.number + 1 >= $.totalPages",
        "$.number >= $.totalPages - 1",
        "$.current >= $.total",
        "$.page * $.size >= $.total",
        "($.number + 1) * $.size >= $.totalElements",
        "$.page_number * $.page_size >= $.total_employees",
        "$.page >= $.total_admins",
        "$.offset + page.count >= $.total",
        "$.skip + $.take >= $.totalCount",
        "$.from + $.size > $.total",
        "$.startIndex + $.itemsPerPage > $.totalResults",
        "$.meta.to >= $.meta.total",
        "$.page is present and $.page == $.pages",
        "header \"X-Page\" is present and header \"X-Page\" == header \"X-Total-Pages\"",
        "(header \"x-page\" | parse_int) >= (header \"x-total-pages\" | parse_int)",
        "header \"x-next-page\" == \"\"",
        "$.has_more == false",
        "$.pageInfo.hasNextPage == \"false\"",
        "$.last == true",
        "$.lastPage == 1",
        "$.isLast == true",
        "$.no_more == true",
        "$.first == true and $.last == true",
        "$.data is present and $.next_page_url == null",
        "$.next == false",
        "$.next_offset == 0",
        "$.remaining == 0",
        "$.remaining_pages == 0",
        "$.pages < 2",
        "$.rows == []",
        "$.total <= page.count",
    ] {
        assert_eq!(said(rule), [""; 0], "{rule}");
    }
}

/// `"10" >= "2"` is false of texts, and true of numbers.
#[test]
fn of_headers_the_message_says_that_they_are_texts() {
    let list = "list GET \"/users\" {\n query \"page\" = page.number\n page by number size 10\n items $.users\n \
                last page when header \"X-Page\" >= header \"X-Pages\"\n }";
    let text = system("", "", "").replace(r#"list GET "/users" { items $.users }"#, list);
    let mut checked = check(&Texts { files: vec![("test.sync", &text)], told: &[] }, Path::new("test.sync"));
    Trials::new(Host::real()).add_to(&mut checked);
    let helps: Vec<_> = checked.diagnostics.iter().filter_map(|one| one.help.as_deref()).collect();
    let help = "headers are texts, and `\"10\"` comes before `\"2\"`: make numbers of them, as in `(header \"X-Page\" | parse_int) >= …`";
    assert_eq!(helps, [help]);
}
