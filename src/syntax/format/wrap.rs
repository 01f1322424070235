//! Attributes that are too long for a line: they go on before one of their words, over a comma.

use super::{
    align::align,
    lines::{Line, indents, lines},
    pieces::{Piece, break_before},
};
use crate::syntax::grammar::Rule;
use unicode_width::UnicodeWidthStr;

/// An attribute may reach this far.
const WIDEST: usize = 120;

/// The lines of a file, aligned, none of them too long that could be broken. What is too long by itself is broken first: it does not
/// push the columns of its neighbours aside.
pub(super) fn wrapped(pieces: &mut [Piece]) -> Vec<Line> {
    let plain = |_: &[Piece], _: &mut [Line]| {};
    settled(pieces, plain);
    settled(pieces, align)
}

/// Breaks lines until none is too long. A second time nothing is left to break, so that the layout is stable.
fn settled(pieces: &mut [Piece], aligned: impl Fn(&[Piece], &mut [Line])) -> Vec<Line> {
    loop {
        let mut lines = lines(pieces);
        aligned(pieces, &mut lines);
        let breaks = breaks(pieces, &lines);
        if breaks.is_empty() {
            return lines;
        }
        for clause in breaks {
            break_before(pieces, clause);
        }
    }
}

fn breaks(pieces: &[Piece], lines: &[Line]) -> Vec<usize> {
    let indented = lines.iter().zip(indents(pieces, lines));
    indented.filter_map(|(line, indent)| best_break(pieces, line, indent)).collect()
}

/// The last clause of a line that is too long before which all fits; else its first.
fn best_break(pieces: &[Piece], line: &Line, indent: usize) -> Option<usize> {
    if indent + line.text(pieces, line.pieces.clone()).width() <= WIDEST {
        return None;
    }
    let mut clauses = line.pieces.clone().skip(1).filter(|at| pieces[*at].clause_of == Some(Rule::attribute_line));
    let first = clauses.next()?;
    // the text before it, with the comma
    let fits = |at: &usize| indent + line.text(pieces, line.pieces.start..*at).width() < WIDEST;
    Some(clauses.take_while(fits).last().unwrap_or(first))
}
