//! The blocks around a line of a call: the call and its collection, read from their text.

use super::Unit;
use std::ops::Range;

/// The call and the collection of a line.
pub(super) struct Around<'t> {
    /// `create`, `update`, or the word before the method of any other call.
    pub role: &'t str,
    /// Whether the call takes many records at once.
    pub batch: bool,
    collection: &'t str,
}

impl<'t> Unit<'t> {
    pub(super) fn around(&self) -> Around<'t> {
        let nothing = Around { role: "", batch: false, collection: "" };
        let Some(call) = open_before(self.file, self.start) else { return nothing };
        let header = self.file[..call].rsplit('\n').next().unwrap_or_default();
        let words: Vec<&str> = header.split_whitespace().collect();
        let method = words.iter().rposition(|word| ["GET", "POST", "PUT", "PATCH", "DELETE"].contains(word)).unwrap_or(0);
        let role = words[..method].last().copied().unwrap_or_default();
        let named = method > 1 && words[method - 2] == "call";
        let inside = block(self.file, call);
        let batch = inside.lines().any(|line| line.trim_start().starts_with("batch "));
        let outer =
            std::iter::successors(Some(call), |at| open_before(self.file, *at)).find(|at| head(self.file, *at).contains("collection "));
        Around { role: if named { "call" } else { role }, batch, collection: outer.map_or("", |at| block(self.file, at)) }
    }
}

impl<'t> Unit<'t> {
    /// The blocks around it, the nearest first: what stands before the bracket on its line, and what is inside.
    pub(super) fn blocks(&self) -> impl Iterator<Item = (&'t str, &'t str)> + use<'t> {
        let file = self.file;
        let opens = std::iter::successors(open_before(file, self.start), move |at| open_before(file, *at));
        opens.map(move |at| (head(file, at).trim(), block(file, at)))
    }
}

impl<'t> Around<'t> {
    /// The attribute that is read at a path.
    pub(super) fn attribute_at(&self, path: &str) -> Option<&'t str> {
        self.collection.lines().find_map(|line| {
            let (name, words) = innermost(line).split_once(':')?;
            let mut words = words.split_whitespace();
            let is_there = words.any(|word| word == "at") && words.next() == Some(path);
            is_there.then(|| name.trim()).filter(|name| is_name(name))
        })
    }

    /// The key of the collection, if it is one attribute.
    pub(super) fn key(&self) -> Option<&'t str> {
        self.collection.lines().find_map(|line| line.trim().strip_prefix("key ")).map(str::trim).filter(|name| is_name(name))
    }
}

/// What is inside the last block that opens on a line: `id : text` of `attributes { id : text }`.
fn innermost(line: &str) -> &str {
    let inside = line.rsplit('{').next().unwrap_or(line);
    inside.split('}').next().unwrap_or(inside).trim()
}

fn is_name(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '.'))
}

fn head(file: &str, open: usize) -> &str {
    file[..open].rsplit(['\n', '}']).next().unwrap_or_default()
}

/// The bracket of the block around a place.
fn open_before(file: &str, at: usize) -> Option<usize> {
    let mut depth = 0_usize;
    file[..at].char_indices().rev().find_map(|(at, c)| match c {
        '}' => {
            depth += 1;
            None
        }
        '{' if depth == 0 => Some(at),
        '{' => {
            depth -= 1;
            None
        }
        _ => None,
    })
}

/// The inside of the block around a place.
pub(super) fn block_around(file: &str, at: usize) -> Range<usize> {
    open_before(file, at).map_or(0..file.len(), |open| open + 1..open + 1 + block(file, open).len())
}

/// The inside of a block that a statement of a stretch opens, as `attributes` of a collection does.
pub(super) fn statement_in(file: &str, outer: &Range<usize>, word: &str) -> Option<Range<usize>> {
    let mut depth = 0_usize;
    let at = file[outer.clone()].char_indices().find_map(|(at, c)| {
        match c {
            '{' if depth == 0 && file[..outer.start + at].trim_end().ends_with(word) => return Some(outer.start + at),
            '{' => depth += 1,
            '}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        None
    })?;
    Some(at + 1..at + 1 + block(file, at).len())
}

/// What is in the block that opens at a place.
fn block(file: &str, open: usize) -> &str {
    let mut depth = 0_usize;
    let end = file[open..].char_indices().find_map(|(at, c)| {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => {}
        }
        (depth == 0).then_some(open + at)
    });
    &file[open + 1..end.unwrap_or(file.len())]
}
