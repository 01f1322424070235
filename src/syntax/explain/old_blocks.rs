//! Lines of old that need the lines around them: statuses in the block of an `error`, and the last record of a page.

use super::{
    Explained, Unit,
    old_lines::{is_status, status_rule, words_of},
};
use crate::syntax::faults;
use std::ops::Range;

/// A line of an `error` block: `"full", 409 is conflict`.
struct ErrorLine<'t> {
    range: Range<usize>,
    /// From the first code or status to the last.
    signs: Range<usize>,
    codes: Vec<&'t str>,
    statuses: Vec<&'t str>,
    class: &'t str,
}

/// Whether the block of an `error` statement lists statuses.
pub(in crate::syntax) fn lists_statuses(text: &str) -> bool {
    block_of(text).is_some_and(|block| lines_of(text, block).iter().any(|line| !line.statuses.is_empty()))
}

/// `error $.message { 409 is conflict }`: each status is a rule of its own, after the statement.
pub(super) fn statuses_in_error(unit: Unit<'_>) -> Option<Explained> {
    let text = unit.text;
    let block = block_of(text)?;
    let lines = lines_of(text, block.clone());
    let listed: Vec<&ErrorLine<'_>> = lines.iter().filter(|line| !line.statuses.is_empty()).collect();
    let first = listed.first()?;
    let rules: Vec<String> = listed.iter().map(|line| status_rule(line.class, &line.statuses)).collect();
    let message = format!("a status in `error` is now a rule: `{}`", rules[0]);
    let mut explained =
        Explained::new(faults::FOREIGN, first.range.clone(), message, format!("write `{}` after the statement", rules.join("` and `")));
    let emptied = lines.iter().all(|line| line.codes.is_empty());
    let inner = &text[block.clone()];
    let indent = inner.rfind('\n').map_or("", |at| &inner[at + 1..inner.len() - 1]);
    let rules = rules.join(&format!("\n{indent}"));
    for line in &listed {
        let kept = line.codes.join(", ");
        explained.edits.push(if line.codes.is_empty() { (line.range.clone(), String::new()) } else { (line.signs.clone(), kept) });
    }
    if emptied {
        let before = text[..block.start].trim_end().len();
        explained.edits.push((before..block.start + 1, String::new()));
        let rules = if inner.contains('\n') { rules } else { format!("\n{rules}") };
        explained.edits.push((block.end - 1..block.end, rules));
    } else {
        explained.edits.push((block.end..block.end, format!("\n{indent}{rules}")));
    }
    explained.edits.sort_by_key(|(range, _)| range.start);
    Some(explained)
}

/// The block that a statement ends in, with its braces.
fn block_of(text: &str) -> Option<Range<usize>> {
    let text = text.trim_end();
    let mut opened = Vec::new();
    let mut quoted = false;
    let mut block = None;
    for (at, c) in text.char_indices() {
        match c {
            '"' => quoted = !quoted,
            '{' if !quoted => opened.push(at),
            '}' if !quoted => block = opened.pop().map(|open| open..at + 1),
            _ => {}
        }
    }
    block.filter(|block| block.end == text.len())
}

fn lines_of(text: &str, block: Range<usize>) -> Vec<ErrorLine<'_>> {
    let mut lines = Vec::new();
    let mut start = block.start + 1;
    let ends = text[start..block.end].char_indices().filter(|(_, c)| matches!(c, '\n' | '}')).map(|(at, _)| block.start + 1 + at);
    for at in ends {
        if text[start..at].trim_end().ends_with(',') {
            continue;
        }
        lines.extend(error_line(text, start..at));
        start = at + 1;
    }
    lines
}

fn error_line(text: &str, range: Range<usize>) -> Option<ErrorLine<'_>> {
    let words = words_of(&text[range.clone()]).into_iter().map(|word| range.start + word.start..range.start + word.end);
    let words: Vec<Range<usize>> = words.collect();
    let [signs @ .., is, class] = &words[..] else { return None };
    let signs: Vec<&Range<usize>> = signs.iter().filter(|sign| text[(*sign).clone()] != *",").collect();
    let said = signs.iter().map(|sign| &text[(*sign).clone()]);
    let (statuses, codes): (Vec<_>, Vec<_>) = said.partition(|sign| is_status(sign));
    let (first, last) = (signs.first()?, signs.last()?);
    let class_named = &text[class.clone()];
    (&text[is.clone()] == "is").then(|| ErrorLine {
        range: first.start..class.end,
        signs: first.start..last.end,
        codes,
        statuses,
        class: if class_named == "missing" { "gone" } else { class_named },
    })
}

/// Where the last record of a page has an attribute: `$.users[-1].id`. The blocks around the line say it, the nearest first.
pub(super) fn last_record(unit: Unit<'_>, name: &str) -> Option<String> {
    let items = unit.blocks().find_map(|(_, block)| lines_at(block, 0).find_map(|line| plain_path(line.strip_prefix("items ")?)))?;
    let at = unit.blocks().find_map(|(_, block)| lines_at(block, 1).find_map(|line| attribute_at(line, name)))?;
    Some(format!("{items}[-1]{}", at.strip_prefix('$')?))
}

/// The lines of a block at a depth of brackets.
fn lines_at(block: &str, depth: usize) -> impl Iterator<Item = &str> {
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

fn plain_path(text: &str) -> Option<&str> {
    let path = text.trim();
    (path.starts_with('$') && !path.contains([' ', '{'])).then_some(path)
}
