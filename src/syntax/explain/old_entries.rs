//! The entries of an old `error` block: `"full", 409 is conflict`, on lines of their own or several on one.

use super::{
    Unit,
    old_lines::{is_status, words_of},
};
use crate::syntax::tree::ErrorClass;
use std::ops::Range;

/// Signs between two entries on a line.
const BETWEEN: [&str; 3] = ["·", ";", ","];

/// An entry of an `error` block.
pub(super) struct Entry<'t> {
    pub range: Range<usize>,
    /// From the first code or status to the last.
    signs: Range<usize>,
    pub codes: Vec<&'t str>,
    /// `409`, or `4xx`.
    pub statuses: Vec<&'t str>,
    pub class: &'t str,
}

impl Entry<'_> {
    pub(super) fn is_class(&self) -> bool {
        ErrorClass::NAMES.contains(&self.named_now())
    }

    /// The class by its name of now.
    pub(super) fn named_now(&self) -> &str {
        if self.class == "missing" { "gone" } else { self.class }
    }

    /// `404 is gone`, which a call that names one record says by itself.
    pub(super) fn is_absence(&self) -> bool {
        self.named_now() == "gone" && self.statuses.contains(&"404") && self.statuses.iter().all(|status| matches!(*status, "404" | "410"))
    }

    const fn is_removed(&self) -> bool {
        self.codes.is_empty()
    }
}

/// All statuses of a hundred: `4xx`.
pub(super) fn is_hundred(word: &str) -> bool {
    word.len() == 3 && word.starts_with(|c: char| c.is_ascii_digit()) && word[1..].eq_ignore_ascii_case("xx")
}

/// The block that a statement ends in, with its braces.
pub(super) fn block_of(text: &str) -> Option<Range<usize>> {
    let text = text.trim_end();
    let mut opened = Vec::new();
    let (mut quoted, mut escaped) = (false, false);
    let mut block = None;
    for (at, c) in text.char_indices() {
        match c {
            '"' if !escaped => quoted = !quoted,
            '{' if !quoted => opened.push(at),
            '}' if !quoted => block = opened.pop().map(|open| open..at + 1),
            _ => {}
        }
        escaped = quoted && c == '\\' && !escaped;
    }
    block.filter(|block| block.end == text.len())
}

/// The first status of a block that stands where a code may: before `is` or a comma.
pub(super) fn first_status(text: &str, block: &Range<usize>) -> Option<Range<usize>> {
    let words = words_in(text, block);
    let listed = |pair: &&[Range<usize>]| {
        let (sign, next) = (&text[pair[0].clone()], &text[pair[1].clone()]);
        (is_status(sign) || is_hundred(sign)) && matches!(next, "is" | ",")
    };
    words.windows(2).find(listed).map(|pair| pair[0].clone())
}

/// The entries of a block; none if there is anything else in it.
pub(super) fn entries<'t>(text: &'t str, block: &Range<usize>) -> Option<Vec<Entry<'t>>> {
    let words = words_in(text, block);
    let mut rest = &words[..];
    let mut entries = Vec::new();
    while !rest.is_empty() {
        let (entry, after) = entry(text, rest)?;
        entries.push(entry);
        let parted = after.iter().take_while(|word| BETWEEN.contains(&&text[(*word).clone()])).count();
        rest = &after[parted..];
    }
    Some(entries)
}

fn entry<'t, 'w>(text: &'t str, words: &'w [Range<usize>]) -> Option<(Entry<'t>, &'w [Range<usize>])> {
    let is = words.iter().position(|word| &text[word.clone()] == "is")?;
    let class = words.get(is + 1)?;
    let signs: Vec<&Range<usize>> = words[..is].iter().filter(|word| &text[(*word).clone()] != ",").collect();
    let (first, last) = (signs.first()?, signs.last()?);
    let (statuses, codes): (Vec<&str>, Vec<&str>) =
        signs.iter().map(|sign| &text[(*sign).clone()]).partition(|sign| is_status(sign) || is_hundred(sign));
    let commas = is - signs.len();
    let sound = commas + 1 == signs.len() && codes.iter().all(|code| code.starts_with('"'));
    let word = text[class.clone()].starts_with(|c: char| c.is_ascii_alphabetic());
    (sound && word).then(|| {
        let entry = Entry { range: first.start..class.end, signs: first.start..last.end, codes, statuses, class: &text[class.clone()] };
        (entry, &words[is + 2..])
    })
}

fn words_in(text: &str, block: &Range<usize>) -> Vec<Range<usize>> {
    let start = block.start + 1;
    words_of(&text[start..block.end - 1]).into_iter().map(|word| start + word.start..start + word.end).collect()
}

/// The edits that take the statuses out, and give each entry that stays a line of its own.
pub(super) fn without_statuses(text: &str, entries: &[Entry<'_>], new_line: &str) -> Vec<(Range<usize>, String)> {
    let mut edits = Vec::new();
    for line in entries.chunk_by(|one, next| !text[one.range.end..next.range.start].contains('\n')) {
        let kept: Vec<&Entry<'_>> = line.iter().filter(|entry| !entry.is_removed()).collect();
        let mut from = line[0].range.start;
        for (nth, entry) in kept.iter().enumerate() {
            let before = if nth == 0 { String::new() } else { new_line.to_owned() };
            edits.push((from..entry.range.start, before));
            if !entry.statuses.is_empty() {
                edits.push((entry.signs.clone(), entry.codes.join(", ")));
            }
            from = entry.range.end;
        }
        edits.push((from..line[line.len() - 1].range.end, String::new()));
    }
    edits.retain(|(range, _)| !range.is_empty());
    edits
}

impl Unit<'_> {
    /// The blanks before the line on which it begins.
    pub(super) fn indent(&self) -> &str {
        let line = &self.file[self.file[..self.start].rfind('\n').map_or(0, |at| at + 1)..];
        &line[..line.len() - line.trim_start_matches([' ', '\t']).len()]
    }

    /// Where the line of a place in it ends, behind a comment, if nothing else follows.
    pub(super) fn end_of_line(&self, at: usize) -> usize {
        let rest = &self.file[self.start + at..];
        let line = rest.find('\n').unwrap_or(rest.len());
        if rest[..line].trim().is_empty() { at + line } else { at }
    }
}
