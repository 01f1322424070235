//! Lists that move while they are read: a record that comes twice shows that another may have been left out.

use super::{
    declared::{api, came_to, system},
    *,
};
use serde_json::{Value as Json, json};

const OFFSET: &str = "query \"skip\" = page.offset\n page by offset size 2\n items $.data";
const NUMBER: &str = "query \"page\" = page.number\n page by number size 2\n items $.data";
const CURSOR: &str = "query \"after\" = page.cursor\n page by cursor $.next size 2\n items $.data";
const LINK: &str = "query \"n\" = page.size\n page by link $.next size 2\n items $.data";
const LAST: &str = "query \"after\" = page.cursor\n page by cursor $.data[-1].size size 2\n items $.data";

fn list(lines: &str) -> Arc<System> {
    api("", &format!("list GET \"/things\" {{\n {lines}\n }}"))
}

/// Pages of things by their ids, and with the size that a thing has on that page: `a1 b2`. After them, empty pages.
fn pages(pages: &'static [&'static str], total: Option<u64>) -> StandIn {
    StandIn::new(move |at, _| {
        let thing = |thing: &str| json!({ "id": thing[..1], "size": thing[1..].parse::<u64>().unwrap() });
        let data: Vec<Json> = pages.get(at).map(|page| page.split_whitespace().map(thing).collect()).unwrap_or_default();
        let next = (at + 1 < pages.len()).then(|| format!("?p={}", at + 1));
        let mut body = json!({ "data": data, "next": next });
        if let Some(total) = total {
            body["total"] = json!(total);
        }
        Reply::ok(body)
    })
}

#[tokio::test]
async fn a_list_that_shows_one_twice_and_leaves_another_out_is_no_complete_read() {
    let moved = "`b` is on page 1 and again on page 2, so the list moved while it was read and may have left somebody out: run it again, \
                 or have it sorted by what does not change";
    for lines in [OFFSET, NUMBER, CURSOR, LINK, LAST] {
        for (shown, total) in [(&["a1 b2", "b2 d4"], Some(4)), (&["a1 b2", "b3 d4"], Some(4)), (&["a1 b2", "b2 d4"], None)] {
            let total_line = if total.is_some() { "total $.total" } else { "" };
            let came = came_to(&list(&format!("{lines}\n {total_line}")), &pages(shown, total), &ReadRequest::default()).await;
            assert_eq!(came, moved, "{lines} {total:?}");
        }
        let came = came_to(&list(lines), &pages(&["a1 b2", "c3 d4", "e5 a1"], None), &ReadRequest::default()).await;
        assert!(came.starts_with("`a` is on page 1 and again on page 3"), "{lines}: {came}");
    }
}

#[tokio::test]
async fn a_total_is_met_by_different_records() {
    let totalled = |lines: &str| list(&format!("{lines}\n total $.total"));
    for (shown, total, expected) in [
        (&["a1 a1", "c3"][..], 3, "announced 3 and gave 2, and `a` more than once: run it again"),
        (&["a1 b2", "c3 c3"], 4, "announced 4 and gave 3, and `c` more than once: run it again"),
        (&["a1 a2", "c3"], 3, "complete: the announced total of 3 was met"),
        (&["a1 b2", "c3"], 3, "complete: the announced total of 3 was met"),
    ] {
        for lines in [OFFSET, CURSOR] {
            assert_eq!(came_to(&totalled(lines), &pages(shown, Some(total)), &ReadRequest::default()).await, expected, "{lines} {shown:?}");
        }
    }
}

/// `one per key`: the pipeline says which record counts, so several of them may be on several pages. The same one may not.
#[tokio::test]
async fn several_records_of_one_key_may_be_declared() {
    let several = ReadRequest { several_per_key: true, ..ReadRequest::default() };
    let system = list(&format!("{OFFSET}\n total $.total"));
    assert_eq!(came_to(&system, &pages(&["a1 b2", "b3 d4"], Some(4)), &several).await, "complete: the announced total of 4 was met");
    assert!(came_to(&system, &pages(&["a1 b2", "b2 d4"], Some(4)), &several).await.starts_with("`b` is on page 1 and again on page 2"));
}

/// A record that changes while its list is read moves to a later page of a list that goes on after what it has shown.
#[tokio::test]
async fn a_record_that_changed_may_come_again_in_its_new_version() {
    let with_changed = |lines: &str| {
        system(
            &format!(
                "system api {{ http \"https://api.example.com/v1\" {{ retry 1 times }}\n collection things {{\n key id\n changed size\n \
                 list GET \"/things\" {{\n {lines}\n total $.total\n }}\n attributes {{\n id : text at $.id\n size : datetime? at $.size format unix_seconds\n }} }} }}\n"
            ),
            "api",
            "things",
        )
    };
    let version = || pages(&["a1 b2", "c3 b9"], Some(3));
    assert_eq!(came_to(&with_changed(CURSOR), &version(), &ReadRequest::default()).await, "complete: the announced total of 3 was met");
    assert!(came_to(&with_changed(OFFSET), &version(), &ReadRequest::default()).await.starts_with("`b` is on page 1 and again on page 2"));
    let same = pages(&["a1 b2", "c3 b2"], Some(3));
    assert!(came_to(&with_changed(LINK), &same, &ReadRequest::default()).await.starts_with("`b` is on page 1 and again on page 2"));
}

/// Changes are no inventory: what changed twice is listed twice.
#[tokio::test]
async fn a_list_of_changes_may_repeat_what_it_likes() {
    let since = ReadRequest { since: Some("2026-03-01T09:00:00Z".parse().unwrap()), ..ReadRequest::default() };
    let system = list(&format!("query \"since\" = since\n {CURSOR}"));
    assert_eq!(came_to(&system, &pages(&["a1 b2", "b2 a3", "a3"], None), &since).await, "changes");
    assert!(came_to(&system, &pages(&["a1 b2", "b2 a3"], None), &ReadRequest::default()).await.starts_with("`b` is on page 1"));
}

#[tokio::test]
async fn pages_without_a_new_record_are_a_loop_after_three() {
    for lines in [CURSOR, LINK] {
        let twice = pages(&["a1 b2", "", "", "c3"], None);
        assert!(came_to(&list(lines), &twice, &ReadRequest::default()).await.starts_with("complete: there was no "), "{lines}");
        let endless = StandIn::new(|at, _| Reply::ok(json!({ "data": [], "next": format!("?p={at}") })));
        let came = came_to(&list(lines), &endless, &ReadRequest::default()).await;
        assert_eq!(came, "3 pages in a row brought no new record, and there is still another: the list may never end");
        assert_eq!(endless.count(), 3, "{lines}");
    }
}
