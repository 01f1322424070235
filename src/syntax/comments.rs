//! Comments in and around what an edit replaces: no edit loses one.

use super::scan::scan;
use crate::diagnose::{Edit, FileId, Span};
use std::ops::Range;

/// Whether each comment of a text is there after its edits as well, as often as before. Where no line that is edited has one, the text is
/// not read again.
pub(crate) fn keeps_comments<'e>(before: &str, mut edits: impl Iterator<Item = &'e Edit>, after: &str) -> bool {
    let near = |edit: &Edit| {
        let (start, end) = (edit.span.start as usize, edit.span.end as usize);
        let line = before[..start].rfind('\n').map_or(0, |at| at + 1);
        before[line..end + before[end..].find('\n').unwrap_or(before.len() - end)].contains('#')
    };
    if !edits.any(near) {
        return true;
    }
    let said = |text: &str| {
        let mut said: Vec<String> = scan(FileId(0), text).comments.into_iter().map(|range| text[range].to_owned()).collect();
        said.sort();
        said
    };
    let mut after = said(after).into_iter();
    said(before).into_iter().all(|comment| after.any(|other| other == comment))
}

/// Moves the comments inside of what is replaced to lines of their own above it. False where an edit would cut a comment, or write
/// behind one on its line.
pub(super) fn move_comments(text: &str, comments: &[Range<usize>], edits: &mut Vec<Edit>) -> bool {
    let mut above = Vec::new();
    for edit in &mut *edits {
        let Some(inside) = inside(text, comments, edit) else { return false };
        if inside.is_empty() {
            continue;
        }
        let start = edit.span.start as usize;
        let line = text[..start].rfind('\n').map_or(0, |at| at + 1);
        let indent = &text[line..line + text[line..].find(|c| !matches!(c, ' ' | '\t')).unwrap_or(0)];
        if is_raw(text, comments, line) {
            return false;
        }
        if line + indent.len() >= start {
            let lines: String = inside.iter().map(|comment| format!("{comment}\n{indent}")).collect();
            edit.text.insert_str(0, &lines);
        } else {
            let lines = inside.iter().map(|comment| format!("{indent}{comment}\n")).collect();
            above.push(Edit { span: Span { start: line as u32, end: line as u32, ..edit.span }, text: lines });
        }
    }
    edits.extend(above);
    edits.sort_by_key(|edit| edit.span.start);
    true
}

/// The comments in what an edit replaces; none if it cuts one, or begins behind one on its line.
fn inside<'t>(text: &'t str, comments: &[Range<usize>], edit: &Edit) -> Option<Vec<&'t str>> {
    let (start, end) = (edit.span.start as usize, edit.span.end as usize);
    let mut inside = Vec::new();
    for comment in &comments[comments.partition_point(|comment| comment.end < start)..] {
        let new_line = comment.end == start && edit.text.starts_with('\n');
        match comment.start {
            at if at >= end.max(start) => break,
            at if at < start && new_line => {}
            at if at < start || comment.end > end => return None,
            _ => inside.push(&text[comment.clone()]),
        }
    }
    Some(inside)
}

/// Whether a line begins inside a text of several lines.
fn is_raw(text: &str, comments: &[Range<usize>], line: usize) -> bool {
    let quotes = text[..line].match_indices("\"\"\"").filter(|(at, _)| !comments.iter().any(|comment| comment.contains(at)));
    quotes.count() % 2 == 1
}
