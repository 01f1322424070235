//! Each cell of the decision table, reached by one record among thirty that stay as they are. `cells.txt` has what becomes of it, by the
//! number of the cell: row and column of the table in `docs/semantics.md`.

use super::{
    fixture::{Fixture, broken, link},
    scenarios::{many, member, person},
};
use crate::{run::read::extract::Delta, state::link::Links, systems::End};

const KEY: &str = "70001";

/// The rows of the table: the state of the link and of the account.
const ROWS: [&str; 13] = [
    "no match",
    "target not read",
    "free by the first line",
    "free by a later line",
    "contested",
    "open",
    "closed by hand",
    "account not read",
    "account missing",
    "left",
    "left, not listed",
    "left, account missing",
    "ended",
];

/// The columns of the table: the state of the record.
const COLUMNS: [&str; 6] = ["in scope", "out of scope", "leaver", "rejected", "missing", "unread"];

fn record(column: &str) -> String {
    let more = match column {
        "out of scope" => r#""department": "Contractors""#,
        "leaver" => r#""contract_end": "2026-02-27""#,
        "rejected" => r#""contract_end": "2026-02-30""#,
        "missing" | "unread" => return String::new(),
        _ => r#""department": "Sales""#,
    };
    person(KEY, "Ames", "ames@x.com", more)
}

/// The accounts that are listed for a row, and the link.
fn accounts(row: &str) -> (String, Option<&'static str>) {
    let account = |id: &str, number: &str, more: &str| member(id, number, "Ames", "ames@x.com", more);
    let closed = r#""active": false"#;
    match row {
        "free by the first line" => (account("a1", KEY, ""), None),
        "free by a later line" => (account("a1", "", ""), None),
        "contested" => (account("a1", KEY, "") + &member("a2", KEY, "Other", "other@x.com", ""), None),
        "open" => (account("a1", KEY, ""), Some("70001=a1")),
        "closed by hand" => (account("a1", KEY, closed), Some("70001=a1")),
        "account not read" | "account missing" => (String::new(), Some("70001=a1")),
        "left" => (account("a1", KEY, closed), Some("70001=a1 left 2026-02-01")),
        "left, not listed" | "left, account missing" => (String::new(), Some("70001=a1 left 2026-02-01")),
        "ended" => (String::new(), Some("70001=a1 retired 2026-02-01")),
        _ => (String::new(), None),
    }
}

const OPEN_ONLY: [(&str, &str); 2] = [
    ("title \"Rewards\"", "title \"Rewards\"\n  http \"https://rewards.example.com\" { format json }"),
    (
        "file  \"members.jsonl\" json_lines",
        r#"lists open only
    list GET "/members" { items $.items }
    find by email GET "/members?email={email}" { items $.items }
    find by external_id GET "/members?external_id={external_id}" { items $.items }
    create POST "/members" { body = record }
    update PATCH "/members/{id}" { body = changes }"#,
    ),
];

fn fixture(row: &str, column: &str) -> Fixture {
    let (source, target, links) = many(30);
    let (own, own_link) = accounts(row);
    let mut fixture = Fixture::new(&(source + &record(column)), &(target + &own), &links).leaver("when missing for 1 run");
    if row == "left, not listed" {
        fixture = fixture.edits(&OPEN_ONLY);
    }
    own_link.into_iter().for_each(|own| fixture.links.insert(link(own)));
    if ["target not read", "account not read"].contains(&row) {
        fixture.target_end = broken();
    }
    if column == "unread" {
        (fixture.source_end, fixture.delta) = (End::Delta, Some(Delta::default()));
    }
    fixture
}

/// What is said of the record: its operations, links and findings.
fn said(fixture: &Fixture) -> String {
    let verdicts = fixture.verdicts();
    let (lines, ledger) = verdicts.rsplit_once('\n').unwrap_or(("", &verdicts));
    let of_it: Vec<&str> = lines.lines().filter(|line| line.contains(KEY)).collect();
    if of_it.is_empty() { format!("nothing ({})", others_left_out(ledger)) } else { of_it.join("; ") }
}

/// The ledger without the thirty.
fn others_left_out(ledger: &str) -> String {
    ledger.replace("30 unchanged, ", "").replace(", 30 unchanged", "").replace("30 unchanged", "")
}

#[test]
fn each_cell_is_reached_by_a_record() {
    let mut lines = String::new();
    for (at, row) in ROWS.iter().enumerate() {
        for (column_at, column) in COLUMNS.iter().enumerate() {
            // Without a link, a key that is not read is not known.
            let known = at >= 5 || column_at < 4;
            let what = if known { said(&fixture(row, column)) } else { "cannot occur".to_owned() };
            lines.push_str(&format!("{}.{} {row}, {column}: {what}\n", at + 1, column_at + 1));
        }
    }
    let expected = include_str!("cells.txt");
    assert!(lines == expected, "cells.txt should be\n{lines}");
}

/// A link makes the row of the table: without one, nobody who is not read has a cell.
#[test]
fn nobody_without_a_link_is_judged_without_a_record() {
    let fixture = fixture("no match", "missing").with(|fixture| fixture.links = Links::default());
    assert!(!fixture.verdicts().contains(KEY));
}
