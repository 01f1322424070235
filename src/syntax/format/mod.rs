//! One canonical layout: two spaces a block, columns aligned among the single-line statements that follow each other, comments
//! where they were, at most one blank line. Line breaks inside a statement are the author's; an attribute that is too long for a line gets
//! some of its own.

mod align;
mod lines;
mod pieces;
mod wrap;

use super::{parse, scan::scan};
use crate::diagnose::FileId;

/// The text in its one layout, comments kept; none if it does not parse.
#[must_use]
pub fn format(text: &str) -> Option<String> {
    let (_, faults) = parse(FileId::default(), text);
    if !faults.is_empty() {
        return None;
    }
    let scan = scan(FileId::default(), text);
    let all = super::parse::whole(&scan.base).ok()?;
    let mut pieces = pieces::pieces(text, &scan.comments, &all);
    let lines = wrap::wrapped(&mut pieces);
    Some(lines::print(&pieces, &lines))
}
