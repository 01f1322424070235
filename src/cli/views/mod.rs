//! The screens. Each view takes finished data and returns text; no view decides anything.

pub mod changes;
pub mod collection;
pub mod diagnostics;
pub mod execution;
pub mod filter;
pub mod held;
pub mod history;
pub mod ledger;
pub mod lines;
pub mod links;
pub mod markdown;
pub mod noted;
pub mod proof;
pub mod report;
pub mod settings;
pub mod suggest;

pub use crate::engine::error_file::without_value;

use super::terminal::{Ink, Style, Terminal};
use crate::{
    diagnose::{layout, screen_text::printable},
    project::Hint,
    run::change_set::ReadReport,
};
use std::collections::BTreeSet;
use unicode_width::UnicodeWidthStr;

/// `12 400`: groups of three, a space between.
#[must_use]
pub fn number(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) && digits.len() > 4 {
            out.push(' ');
        }
        out.push(digit);
    }
    out
}

/// `2 failed`, `2 failed, 1 not known`, or `some look-ups failed` where each operation was done.
#[must_use]
pub fn not_done(failed: u64, not_known: u64) -> String {
    let counted = [(failed, "failed"), (not_known, "not known")];
    let parts: Vec<String> = counted.into_iter().filter(|(n, _)| *n > 0).map(|(n, what)| format!("{} {what}", number(n))).collect();
    if parts.is_empty() { "some look-ups failed".to_owned() } else { parts.join(", ") }
}

/// `since 2026-03-01 08:00, 12 changed records and 3 pending ones`
#[must_use]
pub fn since(since: jiff::Timestamp, changed: u64, pending: u64) -> String {
    let since = since.strftime("%Y-%m-%d %H:%M");
    let pending = match pending {
        0 => String::new(),
        1 => " and 1 pending one".to_owned(),
        pending => format!(" and {} pending ones", number(pending)),
    };
    format!("since {since}, {}{pending}", count(changed, "changed record"))
}

/// `3 s`, `2 min 12 s`, `1 h 4 min`.
#[must_use]
pub fn duration(milliseconds: u64) -> String {
    let seconds = milliseconds.div_ceil(1000).max(u64::from(milliseconds > 0));
    match seconds {
        0..60 if milliseconds < 1000 => format!("0.{:02} s", milliseconds / 10),
        0..60 => format!("{seconds} s"),
        60..3600 if seconds.is_multiple_of(60) => format!("{} min", seconds / 60),
        60..3600 => format!("{} min {} s", seconds / 60, seconds % 60),
        _ => format!("{} h {} min", seconds / 3600, seconds % 3600 / 60),
    }
}

/// `1 error`, `2 errors`.
#[must_use]
pub fn count(n: u64, one: &str) -> String {
    format!("{} {one}{}", number(n), if n == 1 { "" } else { "s" })
}

/// `3 of 255 leave, 1.2 %`: the percentage of a fraction, one decimal.
#[must_use]
pub fn percent(count: u64, of: u64) -> String {
    if of == 0 {
        return "0 %".to_owned();
    }
    let tenths = (count * 1000 + of / 2) / of;
    if tenths.is_multiple_of(10) { format!("{} %", tenths / 10) } else { format!("{}.{} %", tenths / 10, tenths % 10) }
}

/// `    … 12 more              counterpart show c-1 --filter linked --all`; empty if there is nothing more.
#[must_use]
pub fn more(n: usize, id: &str, filter: &str, terminal: &Terminal) -> String {
    if n == 0 {
        return String::new();
    }
    let command = terminal.style.paint(Ink::Cyan, &terminal.command(&Hint::filtered(id, filter)));
    format!("    … {} more              {command}\n", number(n as u64))
}

/// A line with a text at the left and a dim reference at the right edge.
#[must_use]
pub fn row(style: Style, left: &str, right: &str) -> String {
    layout::line(style, left, right)
}

/// `1 person`, `3 people`, `1 account`: a number of records of a collection, whose name is usually a plural.
#[must_use]
pub fn records(n: u64, collection: &str) -> String {
    let name = collection.rsplit('.').next().unwrap_or("records");
    format!("{} {}", number(n), if n == 1 { singular(name) } else { name.to_owned() })
}

/// ` from drop/people-2.csv`, where the collection is one of several files.
pub fn from_file(report: &ReadReport) -> String {
    report.file.as_ref().map_or_else(String::new, |file| format!(" from {file}"))
}

/// The name of one record of a collection.
fn singular(name: &str) -> String {
    let one = name.strip_suffix('s').filter(|one| !one.is_empty() && !one.ends_with(['s', 'u']));
    match (name.strip_suffix("people"), name.strip_suffix("ies"), one) {
        (Some(before), ..) => format!("{before}person"),
        (_, Some(before), _) => format!("{before}y"),
        (.., Some(one)) => one.strip_suffix("se").filter(|one| one.ends_with('s')).map_or_else(|| one.to_owned(), |one| format!("{one}s")),
        _ => name.to_owned(),
    }
}

/// The first line of a screen: its title at the left, id and environment at the right.
#[must_use]
pub fn heading(style: Style, title: &str, id: &str, environment: &str, sandbox: bool) -> String {
    let title = &printable(title);
    let (words, ink) = if sandbox { ("SANDBOX".to_owned(), Ink::Bold) } else { environment_words(environment) };
    let used = title.width() + id.width() + words.width() + 3;
    let gap =
        if used + 2 > style.width { "\n  ".to_owned() } else { " ".repeat(style.width.min(layout::EDGE).saturating_sub(used).max(2)) };
    let id = if id.is_empty() { String::new() } else { format!("{}   ", style.paint(Ink::Cyan, id)) };
    format!("{}{gap}{id}{}\n", style.paint(Ink::Bold, title), style.paint(ink, &words))
}

fn environment_words(environment: &str) -> (String, Ink) {
    let words = format!("env {}", environment.to_uppercase());
    let ink = if environment == "production" { Ink::Alarm } else { Ink::Bold };
    (words, ink)
}

/// Text padded to a number of columns. A wider text is followed by one blank.
#[must_use]
pub fn pad(text: &str, width: usize) -> String {
    let missing = width.saturating_sub(text.width());
    format!("{text}{}", " ".repeat(missing.max(usize::from(text.width() > width))))
}

/// `00002, 00007 and 4 more`
#[must_use]
pub fn few(names: &BTreeSet<&str>) -> String {
    let shown: Vec<&str> = names.iter().copied().take(3).collect();
    match names.len() - shown.len() {
        0 => shown.join(", "),
        more => format!("{} and {} more", shown.join(", "), number(more as u64)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_times_read_well() {
        assert_eq!([number(7), number(1234), number(12400), number(1_000_000)], ["7", "1234", "12 400", "1 000 000"]);
        assert_eq!([duration(40), duration(3000), duration(132_000), duration(3_840_000)], ["0.04 s", "3 s", "2 min 12 s", "1 h 4 min"]);
        assert_eq!([percent(3, 255), percent(41, 264), percent(1, 10), percent(0, 0)], ["1.2 %", "15.5 %", "10 %", "0 %"]);
    }

    #[test]
    fn one_record_is_named_in_the_singular() {
        let one = |name: &str| records(1, name);
        assert_eq!(["lucca.people", "accounts", "companies", "addresses"].map(one), ["1 person", "1 account", "1 company", "1 address"]);
        assert_eq!(["staff", "status", "class"].map(one), ["1 staff", "1 status", "1 class"]);
        assert_eq!([records(0, "people"), records(12_400, "crm.accounts")], ["0 people", "12 400 accounts"]);
    }

    #[test]
    fn a_reference_stands_at_the_right_edge() {
        for (width, edge) in [(60, 60), (100, 100), (200, 120)] {
            let style = Style { width, ..Style::plain() };
            assert_eq!(row(style, "- 3 leave", "lines 37, 38").trim_end().chars().count(), edge);
        }
    }
}
