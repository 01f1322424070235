//! New links. A link is permanent, so the first review shows each pair with the line of `match` that found it.

use super::{count, more, number};
use crate::{
    cli::terminal::{Ink, Terminal},
    diagnose::{
        layout::{self, Column, Table},
        screen_text::{csv_text, is_formula},
    },
    run::change_set::{ChangeSet, Operation},
    state::{link::Link, links::rebind::Rebound},
};
use serde_json::json;
use std::{borrow::Cow, collections::BTreeMap, fmt::Write as _};

/// The number of pairs that are listed unless `--all` is given.
const SHOWN: usize = 20;

/// What became of the links of a pipeline that a person has bound again.
#[must_use]
pub fn rebound(pipeline: &str, rebound: &Rebound) -> String {
    let links = count(rebound.links, "link");
    let keys = match rebound.with_new_key {
        None => String::new(),
        Some(all) if all == rebound.links => " to the key that the pipeline has now".to_owned(),
        Some(some) => {
            let stay = number(rebound.links - some);
            format!(
                ", {} to the key that the pipeline has now and {stay} under the old one, which wait until a person links them",
                number(some)
            )
        }
    };
    format!("{links} of {pipeline} moved along{keys}; the next change set waits until a person applies it\n")
}

/// A record and the account that `match` found for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pair<'s> {
    pub key: &'s str,
    pub target: &'s str,
    /// The line of `match`: `external_id`.
    pub by: &'s str,
    label: Option<&'s str>,
}

/// The new pairs. Those of the rule that found the fewest come first, because a mistake is likelier there.
#[must_use]
pub fn pairs(set: &ChangeSet) -> Vec<Pair<'_>> {
    let alone = set.updates.links.iter().map(|link| Pair { key: &link.key, target: &link.target, by: &link.by, label: None });
    let mut all: Vec<Pair<'_>> = alone.chain(set.operations.iter().filter_map(of_operation)).collect();
    let mut found: BTreeMap<&str, usize> = BTreeMap::new();
    all.iter().for_each(|pair| *found.entry(pair.by).or_default() += 1);
    all.sort_by_key(|pair| (found[pair.by], pair.by, pair.key));
    all
}

fn of_operation(operation: &Operation) -> Option<Pair<'_>> {
    let (target, by) = (operation.target.as_deref()?, operation.linked_by.as_deref()?);
    operation.links_now.then_some(Pair { key: &operation.key, target, by, label: operation.label.as_deref() })
}

/// `= 254 linked`, and the pairs below it.
#[must_use]
pub fn text(set: &ChangeSet, terminal: &Terminal) -> String {
    let (all, style) = (pairs(set), terminal.style);
    if all.is_empty() {
        return String::new();
    }
    let shown = if terminal.all || all.len() <= SHOWN + 1 { all.len() } else { SHOWN };
    let noun = set.head.target.collection.rsplit('.').next().unwrap_or("account");
    let head = style.paint(Ink::Bold, &format!("= {} linked", number(all.len() as u64)));
    let mut out = layout::row(style, &format!("{head}   "), &format!("each record with its counterpart in {noun}, and what found it"), "");
    let mut table = Table::new(4, [Column::text(""), Column::text("").dropped(1), Column::text(""), Column::text("")]);
    for pair in &all[..shown] {
        let name = pair.label.filter(|_| terminal.people).unwrap_or_default();
        table.row(vec![pair.key.to_owned(), name.to_owned(), format!("= {}", pair.target), format!("by {}", pair.by)], "");
    }
    out.push_str(&table.text(style));
    out.push_str(&more(all.len() - shown, &set.head.id, "linked", terminal));
    out.push('\n');
    out
}

/// `link 00112 target=83021 by=external_id`, one a line.
#[must_use]
pub fn lines(set: &ChangeSet) -> String {
    pairs(set).iter().fold(String::new(), |mut out, Pair { key, target, by, .. }| {
        let (key, target) = (super::lines::one_word(key), super::lines::one_word(target));
        let _ = writeln!(out, "link {key} target={target} by={}", by.replace(' ', "_"));
        out
    })
}

/// `254 linked: 2 by email, 252 by external_id`
#[must_use]
pub fn summary(set: &ChangeSet) -> Option<String> {
    let all = pairs(set);
    let groups = all.chunk_by(|one, other| one.by == other.by);
    let parts: Vec<String> = groups.map(|group| format!("{} by {}", number(group.len() as u64), group[0].by)).collect();
    (!all.is_empty()).then(|| format!("{} linked: {}", number(all.len() as u64), parts.join(", ")))
}

/// Links as a list in JSON lines.
#[must_use]
pub fn listed_jsonl(links: &[Link]) -> String {
    let one = |link: &Link| json!({ "key": link.key, "account": link.target, "life": link.life.word(), "since": link.since.to_string(), "by": link.by });
    links.iter().map(|link| format!("{}\n", one(link))).collect()
}

/// Links as a list in CSV, which `import` reads and a spreadsheet does not compute.
#[must_use]
pub fn listed_csv(links: &[Link]) -> String {
    let row = |link: &Link| {
        let (key, account, by) = (for_spreadsheet(&link.key), for_spreadsheet(&link.target), for_spreadsheet(&link.by));
        [key, account, link.life.word().into(), link.since.to_string().into(), by].map(Cow::into_owned)
    };
    csv_text(&["key", "account", "life", "since", "by"], links.iter().map(row))
}

/// A cell that is a text for a spreadsheet, and that [`from_spreadsheet`] reads back as it was.
fn for_spreadsheet(text: &str) -> Cow<'_, str> {
    if is_formula(text) || text.starts_with('\'') { Cow::Owned(format!("'{text}")) } else { Cow::Borrowed(text) }
}

/// The text of a cell, without the apostrophe that kept a spreadsheet from computing it.
#[must_use]
pub fn from_spreadsheet(cell: &str) -> &str {
    cell.strip_prefix('\'').filter(|text| is_formula(text) || text.starts_with('\'')).unwrap_or(cell)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_is_read_back_as_it_was() {
        for text in ["00112", "-1", "=1+1", "'-1", "'x", "''", " @x", "", "a'b"] {
            assert_eq!(from_spreadsheet(&for_spreadsheet(text)), text);
            assert!(!is_formula(&for_spreadsheet(text)));
        }
    }
}
