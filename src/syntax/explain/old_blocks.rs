//! Lines of old that need the lines around them: statuses in the block of an `error`, and the last record of a page.

use super::{Explained, Stop, Unit, old_entries::*, old_lines::status_rule, token::*};
use crate::syntax::{faults, grammar::Rule};
use std::ops::Range;

/// A rule for all calls would hold for look-ups, too, of which a 404 may be a wrong address.
const OF_LOOK_UPS: &str = "; a 404 of a call that names one record is `gone` by itself, and a `find by` needs a rule of its own that names \
                           something of the body, such as `gone when $.code == \"not_found\"`";

/// What an answer may mean beside the classes of errors.
const OUTCOMES: [&str; 5] = ["done", "moved", "removed", "full", "last"];

/// Whether the block of an `error` statement lists statuses.
pub(in crate::syntax) fn lists_statuses(text: &str) -> bool {
    block_of(text).is_some_and(|block| first_status(text, &block).is_some())
}

/// `error $.message { 409 is conflict }`: each status is a rule of its own, after the statement.
pub(super) fn statuses_in_error(unit: Unit<'_>) -> Option<Explained> {
    let text = unit.text;
    let block = block_of(text)?;
    let first = first_status(text, &block)?;
    let told = |at: Range<usize>, help: String| {
        Explained::new(faults::FOREIGN, at, "a status in `error` is written as a rule: `conflict when status == 409`", help)
    };
    let Some(entries) = entries(text, &block) else {
        return Some(told(first, "write a rule for each status after the statement, and one line for each entry that is left".to_owned()));
    };
    if let Some(odd) = entries.iter().find(|entry| !entry.statuses.is_empty() && !entry.is_class()) {
        let help =
            format!("`{}` is not a class of errors: write a rule after the statement, if an answer with this status means it", odd.class);
        return Some(told(odd.range.clone(), help));
    }
    let rules = rules_of(&entries);
    let listed = entries.iter().find(|entry| !entry.statuses.is_empty())?;
    let (message, help) = match rules.first() {
        Some(first) => (
            format!("a status in `error` is written as a rule: `{first}`"),
            format!("write `{}` after the statement", rules.join("` and `")),
        ),
        None => ("a 404 needs no rule: where a call names one record, it is `gone` by itself".to_owned(), "remove it".to_owned()),
    };
    let absent = if entries.iter().any(Entry::is_absence) { OF_LOOK_UPS } else { "" };
    let mut explained = Explained::new(faults::FOREIGN, listed.range.clone(), message, format!("{help}{absent}"));
    explained.edits = rewritten(unit, &block, &entries, &rules);
    Some(explained)
}

/// The rules of all statuses. One for a hundred leaves out those that have a rule of their own, because errors are asked before `gone`.
fn rules_of(entries: &[Entry<'_>]) -> Vec<String> {
    let all: Vec<&str> = entries.iter().flat_map(|entry| entry.statuses.iter().copied()).collect();
    let listed = entries.iter().filter(|entry| !entry.statuses.is_empty() && !entry.is_absence());
    listed.map(|entry| status_rule(entry.named_now(), &entry.statuses, &all)).collect()
}

/// The edits that take the statuses out of a block and write their rules after it, the block removed if nothing is left in it.
fn rewritten(unit: Unit<'_>, block: &Range<usize>, entries: &[Entry<'_>], rules: &[String]) -> Vec<(Range<usize>, String)> {
    let (text, indent) = (unit.text, unit.indent());
    let rules: String = rules.iter().map(|rule| format!("\n{indent}{rule}")).collect();
    let mut edits = without_statuses(text, entries, &format!("\n{indent}  "));
    let before = text[..block.start].trim_end().len();
    if entries.iter().any(|entry| !entry.codes.is_empty()) {
        let end = unit.end_of_line(block.end);
        edits.push((end..end, rules));
    } else if rules.is_empty() && !text[block.clone()].contains('#') {
        edits = vec![(before..block.end, rules)];
    } else if let Some(line) = text[block.clone()].rfind('\n') {
        // What is on the line of the `}` goes as well.
        let start = block.start + line + 1;
        let start = skip_blanks(text, start);
        edits.retain(|(range, _)| range.start < start);
        edits.iter_mut().for_each(|(range, _)| range.end = range.end.min(start));
        edits.push((before..block.start + 1, String::new()));
        edits.push((start..block.end, rules.trim_start().to_owned()));
    } else {
        edits = vec![(before..block.end, rules)];
    }
    edits.sort_by_key(|(range, _)| range.start);
    edits
}

impl Stop<'_> {
    /// `"A" is done`: one letter from `gone`, which means the contrary.
    pub(super) fn outcome_of_a_code(&self) -> Option<Explained> {
        let text = self.unit.text;
        let is = token_before(text, self.at);
        if self.unit.block != Rule::error_block || text[is.clone()] != *"is" || !OUTCOMES.contains(&self.found()) {
            return None;
        }
        let outcome = if self.found() == "last" { "last page" } else { self.found() };
        let head = self.unit.blocks().next().map_or("", |(head, _)| head);
        let place = head.split_once(" code ").map_or("$.code", |(_, place)| place.split(" when ").next().unwrap_or(place).trim());
        let code = text[..is.start].split(',').next().unwrap_or_default().trim();
        let message = format!("`{outcome}` is not a class of errors");
        let help = format!(
            "an answer with this code is an error here: remove the code, and write the rule `{outcome} when {place} == {code}` in the call if \
             it means that"
        );
        Some(Explained::new(faults::NOT_UNDERSTOOD, self.found.clone(), message, help))
    }
}

/// Where the last record of a page has an attribute: `$.users[-1].id`. The blocks around the line say it, the nearest first.
pub(super) fn last_record(unit: Unit<'_>, name: &str) -> Option<String> {
    let items = unit.blocks().find_map(|(_, block)| lines_at(block, 0).find_map(|line| plain_path(line.strip_prefix("items ")?)))?;
    let at = unit.blocks().find_map(|(_, block)| lines_at(block, 1).find_map(|line| attribute_at(line, name)))?;
    Some(format!("{items}[-1]{}", at.strip_prefix('$')?))
}

/// The lines of a block at a depth of brackets.
pub(super) fn lines_at(block: &str, depth: usize) -> impl Iterator<Item = &str> {
    let mut open = 0_usize;
    block.lines().filter_map(move |line| {
        let before = open;
        open = (open + line.matches('{').count()).saturating_sub(line.matches('}').count());
        (before == depth).then(|| line.trim())
    })
}

fn attribute_at<'t>(line: &'t str, name: &str) -> Option<&'t str> {
    let said = line.strip_prefix(name)?.trim_start().strip_prefix(':')?;
    let (before, at) = said.split_once(" at ")?;
    let path = at.split_whitespace().next()?;
    let alone = !before.trim_end().ends_with("written") && !at[path.len() + (at.len() - at.trim_start().len())..].contains("??");
    plain_path(path).filter(|_| alone)
}

/// A path that is written without a blank, and nothing else.
pub(super) fn plain_path(text: &str) -> Option<&str> {
    let path = text.trim();
    (path.starts_with('$') && !path.contains([' ', '{'])).then_some(path)
}
