//! Columns: statements of one line that follow each other without a blank line share them.

use super::{
    lines::Line,
    pieces::{Column, Piece},
};
use crate::syntax::grammar::Rule;
use std::ops::Range;
use unicode_width::UnicodeWidthStr;

const COLUMNS: [Column; 7] = [Column::Head, Column::Colon, Column::Equals, Column::Is, Column::At, Column::Format, Column::Tail];

/// Aligns all runs of lines.
pub(super) fn align(pieces: &[Piece], lines: &mut [Line]) {
    for run in runs(lines) {
        for column in COLUMNS {
            align_column(pieces, lines, &run, column);
        }
        align_comments(pieces, lines, &run);
    }
}

/// The lines on which statements begin, as long as nothing comes between them but comments and their own further lines.
fn runs(lines: &[Line]) -> Vec<Vec<usize>> {
    let mut runs = vec![Vec::new()];
    for (at, line) in lines.iter().enumerate() {
        let ends_before = line.blank || (line.statement.is_none() && line.comment.is_none() && is_block_end(line));
        if ends_before || line.statement.is_some_and(|statement| statement.tall) {
            runs.push(Vec::new());
        }
        if let (Some(run), Some(_)) = (runs.last_mut(), line.statement.filter(|statement| !statement.tall)) {
            run.push(at);
        }
    }
    runs.retain(|run| run.len() > 1);
    runs
}

fn is_block_end(line: &Line) -> bool {
    matches!(line.indent, super::lines::Indent::Depth(_))
}

/// The rightmost place of a column: longer lines are not aligned.
fn furthest(column: Column) -> usize {
    match column {
        Column::Head | Column::Colon | Column::Equals => 48,
        Column::Is => 40,
        Column::At | Column::Tail => 64,
        Column::Format => 88,
    }
}

/// A line that takes part in a column.
struct Member {
    line: usize,
    piece: usize,
    width: usize,
}

fn align_column(pieces: &[Piece], lines: &mut [Line], run: &[usize], column: Column) {
    let mut groups: Vec<(Option<Rule>, Vec<Member>)> = Vec::new();
    for line in run {
        let Some((piece, width)) = standing(pieces, &lines[*line], column) else { continue };
        let kind = lines[*line].statement.map(|statement| group(statement.rule)).filter(|_| column != Column::Head);
        let member = Member { line: *line, piece, width };
        match groups.iter_mut().find(|(rule, _)| *rule == kind) {
            Some((_, members)) => members.push(member),
            None => groups.push((kind, vec![member])),
        }
    }
    for (_, members) in groups {
        let widest = members.iter().map(|member| member.width).max().unwrap_or(0);
        for member in members {
            lines[member.line].pads.push((member.piece, widest - member.width));
        }
    }
}

/// Where a line has a column, if it takes part in it.
fn standing(pieces: &[Piece], line: &Line, column: Column) -> Option<(usize, usize)> {
    let has_two = line.pieces.clone().filter(|at| pieces[*at].begins.is_some()).count() > 1;
    let piece = line.pieces.clone().find(|at| pieces[*at].column == Some(column)).filter(|_| !has_two)?;
    let long = line.text(pieces, line.pieces.start..piece).contains('\n');
    let width = line.column(pieces, piece);
    (!long && width <= furthest(column)).then_some((piece, width))
}

/// Statements that read as one kind.
fn group(rule: Rule) -> Rule {
    match rule {
        Rule::exclude_stmt => Rule::include_stmt,
        Rule::map_call => Rule::map_set,
        other => other,
    }
}

fn align_comments(pieces: &[Piece], lines: &mut [Line], run: &[usize]) {
    let beside = |line: &Line| line.pieces.clone().next_back().is_some_and(|last| pieces[last].beside.is_some());
    let width = |line: &Line| line.text(pieces, Range { ..line.pieces.clone() }).width();
    let members: Vec<(usize, usize)> = run.iter().filter(|at| beside(&lines[**at])).map(|at| (*at, width(&lines[*at]))).collect();
    let members: Vec<(usize, usize)> = members.into_iter().filter(|(_, width)| *width <= 88).collect();
    let widest = members.iter().map(|(_, width)| *width).max().unwrap_or(0);
    for (line, width) in members {
        lines[line].comment_pad = widest - width;
    }
}
