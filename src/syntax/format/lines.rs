//! Pieces to lines: where each begins and how far it is indented.

use super::pieces::{Column, Piece, Statement};
use crate::syntax::{grammar::Rule, words};
use std::ops::Range;
use unicode_width::UnicodeWidthStr;

/// A line as it will be printed.
#[derive(Debug)]
pub(super) struct Line {
    pub pieces: Range<usize>,
    pub indent: Indent,
    pub blank: bool,
    /// A comment on a line of its own.
    pub comment: Option<String>,
    /// The statement that begins here.
    pub statement: Option<Statement>,
    /// Columns to fill with blanks before a piece, besides the one blank between two.
    pub pads: Vec<(usize, usize)>,
    /// Blanks before the comment at the end.
    pub comment_pad: usize,
}

/// How far a line is indented.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Indent {
    Depth(usize),
    /// Under a piece of an earlier line.
    Under {
        line: usize,
        piece: usize,
    },
    /// As an earlier line, and so much more.
    After {
        line: usize,
        more: usize,
    },
}

/// Breaks the pieces into lines.
pub(super) fn lines(pieces: &[Piece]) -> Vec<Line> {
    let mut breaker = Breaker { pieces, lines: Vec::new(), depth: 0, blocks: Vec::new(), brackets: Vec::new(), statement: None };
    for at in 0..pieces.len() {
        breaker.piece(at);
    }
    breaker.lines
}

struct Breaker<'p> {
    pieces: &'p [Piece],
    lines: Vec<Line>,
    depth: usize,
    /// Whether each of the blocks that are open takes several lines.
    blocks: Vec<bool>,
    /// The lines on which the brackets that are open were opened.
    brackets: Vec<usize>,
    /// The line and the piece on which the statement began.
    statement: Option<(usize, usize)>,
}

impl Breaker<'_> {
    fn piece(&mut self, at: usize) {
        let piece = &self.pieces[at];
        let closes = piece.rule == Rule::p_close && piece.tall;
        self.comments(at);
        if closes {
            self.depth = self.depth.saturating_sub(1);
        }
        if piece.rule == Rule::EOI {
            return;
        }
        if self.breaks(at) {
            self.begin(at, closes);
        } else if let Some(line) = self.lines.last_mut() {
            line.pieces.end = at + 1;
        }
        self.enter(at);
    }

    /// Keeps track of what is open after a piece.
    fn enter(&mut self, at: usize) {
        let piece = &self.pieces[at];
        match piece.rule {
            Rule::p_open => {
                self.depth += usize::from(piece.tall);
                self.blocks.push(piece.tall);
            }
            Rule::p_close => {
                self.blocks.pop();
            }
            Rule::p_lparen | Rule::p_lbracket => self.brackets.push(self.lines.len() - 1),
            Rule::p_rparen | Rule::p_rbracket => {
                self.brackets.pop();
            }
            _ => {}
        }
    }

    fn comments(&mut self, at: usize) {
        for comment in &self.pieces[at].above {
            let first = self.lines.is_empty() || self.follows_open(at) && self.last_is_code();
            let indent = if self.is_inside(at) { self.continuation(at) } else { Indent::Depth(self.depth) };
            self.push(at..at, indent, comment.blank && !first, Some(comment.text.clone()));
        }
    }

    fn last_is_code(&self) -> bool {
        self.lines.last().is_some_and(|line| line.comment.is_none())
    }

    fn follows_open(&self, at: usize) -> bool {
        at > 0 && self.pieces[at - 1].rule == Rule::p_open
    }

    /// Whether a piece goes on with a statement.
    fn is_inside(&self, at: usize) -> bool {
        let piece = &self.pieces[at];
        piece.begins.is_none() && !(piece.rule == Rule::p_close && piece.tall) && piece.rule != Rule::EOI && !self.follows_tall(at)
    }

    fn follows_tall(&self, at: usize) -> bool {
        at > 0 && self.pieces[at - 1].tall && self.pieces[at - 1].rule == Rule::p_open
    }

    fn breaks(&self, at: usize) -> bool {
        let piece = &self.pieces[at];
        let Some(before) = at.checked_sub(1).map(|before| &self.pieces[before]) else { return true };
        let forced = match piece.begins {
            Some(statement) => !statement.may_share && (self.block_is_tall() || before.rule == Rule::p_close),
            None => piece.rule == Rule::p_close && piece.tall,
        };
        forced || self.follows_tall(at) || before.beside.is_some() || !piece.above.is_empty() || piece.broken
    }

    /// Whether the block around the piece takes several lines: then each statement has its own.
    fn block_is_tall(&self) -> bool {
        self.blocks.last().copied().unwrap_or(true)
    }

    fn begin(&mut self, at: usize, closes: bool) {
        let piece = &self.pieces[at];
        let indent = if self.is_inside(at) { self.continuation(at) } else { Indent::Depth(self.depth) };
        let structural = piece.begins.is_some() && !(self.follows_open(at) && piece.above.is_empty());
        self.push(at..at + 1, indent, piece.blank && structural && !self.lines.is_empty(), None);
        if let Some(line) = self.lines.last_mut() {
            line.statement = piece.begins;
        }
        if piece.begins.is_some() {
            self.statement = Some((self.lines.len() - 1, at));
        } else if closes {
            self.statement = None;
        }
    }

    /// Inside brackets two more than where they opened; else under what follows `=`, or the first word.
    fn continuation(&self, at: usize) -> Indent {
        let closing = matches!(self.pieces[at].rule, Rule::p_rparen | Rule::p_rbracket);
        if let Some(line) = self.brackets.last() {
            return Indent::After { line: *line, more: if closing { 0 } else { 2 } };
        }
        match self.statement {
            Some((line, first)) => Indent::Under { line, piece: self.anchor(line, first) },
            None => Indent::Depth(self.depth + 1),
        }
    }

    fn anchor(&self, line: usize, first: usize) -> usize {
        let end = self.lines[line].pieces.end;
        if let Some(colon) = (first..end).find(|at| self.pieces[*at].rule == Rule::p_colon).filter(|_| self.is_attribute(first)) {
            return (colon + 1).min(end - 1);
        }
        let equals = (first..end).find(|at| self.pieces[*at].column == Some(Column::Equals)).map(|at| at + 1);
        let second = words::keyword(self.pieces[first].rule).map(|_| first + 1);
        equals.filter(|at| *at < end).or(second.filter(|at| *at < end)).unwrap_or(first)
    }

    /// An attribute goes on under its type, so that its name is easy to see.
    fn is_attribute(&self, first: usize) -> bool {
        self.pieces[first].begins.is_some_and(|statement| statement.rule == Rule::attribute_line)
    }

    fn push(&mut self, pieces: Range<usize>, indent: Indent, blank: bool, comment: Option<String>) {
        self.lines.push(Line { pieces, indent, blank, comment, statement: None, pads: Vec::new(), comment_pad: 0 });
    }
}

impl Line {
    /// The column of a piece, from the line's start without its indent, with what is padded so far.
    pub(super) fn column(&self, pieces: &[Piece], piece: usize) -> usize {
        let text: String = self.text(pieces, self.pieces.start..piece);
        let blank = usize::from(piece > self.pieces.start && !pieces[piece].tight);
        text.width() + blank + self.pad(piece)
    }

    fn pad(&self, piece: usize) -> usize {
        self.pads.iter().filter(|(at, _)| *at == piece).map(|(_, blanks)| blanks).sum()
    }

    /// The text of some of its pieces.
    pub(super) fn text(&self, pieces: &[Piece], range: Range<usize>) -> String {
        let mut text = String::new();
        for at in range {
            let blank = usize::from(at > self.pieces.start && !pieces[at].tight);
            text.extend(std::iter::repeat_n(' ', blank + self.pad(at)));
            text.push_str(&pieces[at].text);
        }
        text
    }
}

/// The lines as one text.
pub(super) fn print(pieces: &[Piece], lines: &[Line]) -> String {
    let mut printed = String::new();
    for (line, indent) in lines.iter().zip(indents(pieces, lines)) {
        if line.blank {
            printed.push('\n');
        }
        printed.extend(std::iter::repeat_n(' ', indent));
        printed.push_str(line.comment.as_deref().unwrap_or_default());
        printed.push_str(&line.text(pieces, line.pieces.clone()));
        if let Some(comment) = line.pieces.clone().next_back().and_then(|last| pieces[last].beside.as_deref()) {
            printed.extend(std::iter::repeat_n(' ', 2 + line.comment_pad));
            printed.push_str(comment);
        }
        printed.push('\n');
    }
    printed
}

/// How many blanks each line begins with.
pub(super) fn indents(pieces: &[Piece], lines: &[Line]) -> Vec<usize> {
    let mut indents = Vec::with_capacity(lines.len());
    for line in lines {
        indents.push(indent(pieces, lines, &indents, line.indent));
    }
    indents
}

fn indent(pieces: &[Piece], lines: &[Line], indents: &[usize], indent: Indent) -> usize {
    match indent {
        Indent::Depth(depth) => depth * 2,
        Indent::Under { line, piece } => indents[line] + lines[line].column(pieces, piece),
        Indent::After { line, more } => indents[line] + more,
    }
}
