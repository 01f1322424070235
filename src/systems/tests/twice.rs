//! Answers with a member that is there twice: where a list, its end, a rule or a key looks at it, neither of the two is believed.

use super::{
    declared::{api, came_to, read},
    *,
};

async fn came(lines: &str, body: &str) -> String {
    let system = api("error $.message when $.error is present", &format!("list GET \"/things\" {{\n {lines}\n }}"));
    came_to(&system, &StandIn::giving([Reply::ok(body)]), &ReadRequest::default()).await
}

const CURSOR: &str = "items $.data\n query \"after\" = page.cursor\n page by cursor $.next size 37";
const TOTAL: &str = "items $.data\n total $.total";

#[tokio::test]
async fn a_list_whose_place_is_there_twice_is_not_read() {
    for (items, body) in [
        ("items $.data", r#"{"data": [{"id": "a"}], "data": []}"#),
        ("items $.data ?? $.others", r#"{"data": null, "data": [{"id": "a"}], "others": []}"#),
        ("items $.data ?? []\n done when $.kind == \"things\"", r#"{"kind": "things", "data": null, "data": [{"id": "a"}]}"#),
        ("items $.data[*].it", r#"{"data": [{"it": {"id": "a"}}], "data": []}"#),
        ("items $.data[0].it", r#"{"data": [{"it": [], "it": [{"id": "a"}]}]}"#),
    ] {
        let came = came(items, body).await;
        assert!(came.contains("the member `data` more than once") || came.contains("the member `it` more than once"), "{items}: {came}");
    }
}

#[tokio::test]
async fn an_end_that_is_told_twice_is_none() {
    let data = r#""data": [{"id": "a"}]"#;
    for (lines, members, member) in [
        (CURSOR, r#""next": null, "next": "b""#, "next"),
        (CURSOR, r#""next": "b", "next": null"#, "next"),
        (TOTAL, r#""total": 2, "total": 1"#, "total"),
        (
            "items $.data\n query \"n\" = page.number\n page by number size 1\n last page when $.more == false",
            r#""more": true, "more": false"#,
            "more",
        ),
        (
            "items $.data\n query \"n\" = page.number\n page by number size 1\n last page when $.meta[0].more == false",
            r#""meta": [{"more": true, "more": false}]"#,
            "more",
        ),
    ] {
        let came = came(lines, &format!("{{{data}, {members}}}")).await;
        assert!(came.contains(&format!("the member `{member}`")) && came.contains("more than once"), "{lines}: {came}");
    }
}

#[tokio::test]
async fn a_rule_that_looks_at_it_decides_nothing() {
    for (lines, members) in [
        ("", r#""error": "x", "error": null"#),
        ("done when $.state == \"ok\"", r#""state": "failed", "state": "ok""#),
        ("temporary when $.state == \"busy\"", r#""state": "busy", "state": "ok""#),
        ("error $.why code $.code { \"E1\" is temporary }", r#""code": "E1", "code": "E2""#),
        ("error $.why code ($.code ?? \"none\") { \"E1\" is temporary }", r#""code": "E1", "code": "E2""#),
    ] {
        let came = came(&format!("items $.data\n {lines}"), &format!("{{\"data\": [], {members}}}")).await;
        assert!(came.contains("more than once"), "{lines}: {came}");
    }
}

#[tokio::test]
async fn what_nobody_looks_at_may_be_there_twice() {
    for lines in [CURSOR, "items $.data", "items $.data[*]\n done when $.data[0] is present or $.data == []"] {
        let came = came(lines, r#"{"x": 1, "data": [{"id": "a"}], "x": {"y": 1, "y": 2}}"#).await;
        assert!(came.starts_with("complete"), "{lines}: {came}");
    }
    let system = api("", "list GET \"/things\" { items $ }");
    let got =
        read(&system, &StandIn::giving([Reply::ok(r#"[{"id": "a", "id": "b"}, {"id": "c"}]"#)]), "things", &ReadRequest::default()).await;
    assert_eq!((got.records.len(), &*got.records[0]), (2, r#"{"id": "a", "id": "b"}"#), "of one record, its row tells");
}

#[tokio::test]
async fn an_element_whose_meaning_is_told_twice_breaks_its_page() {
    let lines = "items $.data {\n item $.it\n removed when $.gone == true\n }";
    for element in [r#"{"it": {"id": "a"}, "gone": true, "gone": false}"#, r#"{"it": {"id": "a"}, "it": {"id": "b"}, "gone": false}"#] {
        let came = came(lines, &format!("{{\"data\": [{element}]}}")).await;
        assert!(came.contains("more than once"), "{came}");
    }
}
