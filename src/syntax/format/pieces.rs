//! The words and signs of a file in order, each with what the layout must know of it.

use crate::syntax::{
    blocks,
    grammar::{Pair, Rule},
    words,
};
use std::ops::Range;

/// A column that statements following each other share.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Column {
    /// What follows the first word.
    Head,
    Colon,
    Equals,
    Is,
    At,
    Format,
    /// Modifiers, and the words after `as`.
    Tail,
}

/// A word or sign, as it is printed.
#[derive(Debug)]
pub(super) struct Piece {
    pub text: String,
    pub rule: Rule,
    /// No blank before it.
    pub tight: bool,
    /// A brace whose block takes several lines.
    pub tall: bool,
    pub column: Option<Column>,
    /// The statement that begins here, with whether it takes several blocks' lines.
    pub begins: Option<Statement>,
    /// A clause begins here, of a statement of this rule: the line may go on before it, over a comma.
    pub clause_of: Option<Rule>,
    /// Whether the author began a line here.
    pub broken: bool,
    /// Whether a blank line precedes it, or the comments over it.
    pub blank: bool,
    /// Comments on lines of their own above it.
    pub above: Vec<Comment>,
    /// The comment at the end of its line.
    pub beside: Option<String>,
    place: Range<usize>,
}

/// A statement that begins at a piece.
#[derive(Clone, Copy, Debug)]
pub(super) struct Statement {
    pub rule: Rule,
    /// It holds a block of several lines.
    pub tall: bool,
    /// It may share a line with the one before: a record's pair.
    pub may_share: bool,
}

/// A comment on a line of its own.
#[derive(Debug)]
pub(super) struct Comment {
    pub text: String,
    pub blank: bool,
}

/// All pieces of a file; the last is its end, which holds the comments before it.
pub(super) fn pieces(text: &str, comments: &[Range<usize>], all: &Pair<'_>) -> Vec<Piece> {
    let mut walk = Walk { text, pieces: Vec::new(), open: Vec::new() };
    walk.inner(all);
    let mut pieces = walk.pieces;
    pieces.push(piece(String::new(), Rule::EOI, text.len()..text.len()));
    attach(text, comments, &mut pieces);
    reorder(all, &mut pieces);
    commas(&mut pieces);
    pieces
}

/// Writes the comma over which a line goes on, where one ends before a clause; no other is kept.
fn commas(pieces: &mut [Piece]) {
    for at in 1..pieces.len() {
        let (before, piece) = (&pieces[at - 1], &pieces[at]);
        let ends = piece.broken || !piece.above.is_empty() || before.beside.is_some();
        if ends && piece.clause_of.is_some() {
            pieces[at - 1].text.push(',');
        }
    }
}

/// Begins a new line with a clause that stood in the middle of one.
pub(super) fn break_before(pieces: &mut [Piece], clause: usize) {
    pieces[clause].broken = true;
    pieces[clause - 1].text.push(',');
}

fn piece(text: String, rule: Rule, place: Range<usize>) -> Piece {
    Piece {
        text,
        rule,
        tight: matches!(rule, Rule::p_comma | Rule::p_rparen | Rule::p_rbracket | Rule::p_optional),
        tall: false,
        column: None,
        begins: None,
        clause_of: None,
        broken: false,
        blank: false,
        above: Vec::new(),
        beside: None,
        place,
    }
}

struct Walk<'t> {
    text: &'t str,
    pieces: Vec<Piece>,
    /// The opening braces that are not closed yet.
    open: Vec<usize>,
}

impl Walk<'_> {
    fn inner(&mut self, pair: &Pair<'_>) {
        for inner in pair.clone().into_inner() {
            let first = self.pieces.len();
            self.pair(&inner, pair.as_rule());
            if is_block(pair.as_rule()) && is_statement(inner.as_rule()) {
                self.statement(&inner, first);
            } else if inner.as_rule() == Rule::record_member && self.begins_line(first) {
                self.member(&inner, first);
            }
        }
    }

    /// Whether a piece is the first of its line.
    fn begins_line(&self, at: usize) -> bool {
        let Some(piece) = self.pieces.get(at) else { return false };
        at.checked_sub(1).is_some_and(|before| self.text[self.pieces[before].place.end..piece.place.start].contains('\n'))
    }

    /// A member on a line of its own is laid out as a statement of a block.
    fn member(&mut self, pair: &Pair<'_>, first: usize) {
        let tall = self.pieces[first..].iter().any(|piece| piece.tall);
        self.pieces[first].begins = Some(Statement { rule: pair.as_rule(), tall, may_share: true });
        if let Some(sign) = self.pieces[first..].iter().position(|piece| piece.rule == Rule::p_eq) {
            self.mark(first + sign, Column::Equals);
        }
    }

    fn pair(&mut self, pair: &Pair<'_>, parent: Rule) {
        let first = self.pieces.len();
        if matches!(pair.as_rule(), Rule::EOI | Rule::go_on) {
            return;
        }
        match printed(pair) {
            Some(text) => self.leaf(pair, parent, text),
            None => self.inner(pair),
        }
        if let Some(column) = column(pair.as_rule()) {
            self.mark(first, column);
        }
        if is_clause(pair.as_rule(), parent)
            && let Some(piece) = self.pieces.get_mut(first)
        {
            piece.clause_of = Some(parent);
        }
    }

    fn leaf(&mut self, pair: &Pair<'_>, parent: Rule, text: String) {
        let start = pair.as_span().start();
        let mut piece = piece(text, pair.as_rule(), start..start + pair.as_str().trim_end().len());
        let before = self.pieces.last().map(|piece| piece.rule);
        piece.tight |=
            matches!(before, Some(Rule::p_lparen | Rule::p_lbracket)) || (pair.as_rule() == Rule::p_lparen && parent == Rule::arg_list);
        match pair.as_rule() {
            Rule::p_open => self.open.push(self.pieces.len()),
            Rule::p_close => self.close(&mut piece),
            _ => {}
        }
        self.pieces.push(piece);
    }

    /// A closing brace finds the one it closes; both are tall if a line ends between them.
    fn close(&mut self, close: &mut Piece) {
        let Some(open) = self.open.pop().map(|open| &mut self.pieces[open]) else { return };
        open.tall = self.text[open.place.end..close.place.start].contains('\n');
        close.tall = open.tall;
    }

    fn mark(&mut self, at: usize, column: Column) {
        if let Some(piece) = self.pieces.get_mut(at) {
            piece.column = piece.column.or(Some(column));
        }
    }

    fn statement(&mut self, pair: &Pair<'_>, first: usize) {
        let rule = pair.as_rule();
        let tall = self.pieces[first..].iter().any(|piece| piece.tall);
        if let Some(piece) = self.pieces.get_mut(first) {
            piece.begins = Some(Statement { rule, tall, may_share: rule == Rule::record_pair });
        }
        if let Some(offset) = head_length(rule, &self.pieces[first..]) {
            self.mark(first + offset, Column::Head);
        }
        if let Some((sign, column)) = separator(pair) {
            let found = self.pieces[first..].iter().position(|piece| piece.rule == sign);
            if let Some(offset) = found {
                self.mark(first + offset, column);
            }
        }
        self.first_tail(first, rule);
    }

    /// Of the modifiers of a statement only the first begins the column.
    fn first_tail(&mut self, first: usize, rule: Rule) {
        let has_tail = matches!(
            rule,
            Rule::map_set
                | Rule::map_call
                | Rule::include_stmt
                | Rule::exclude_stmt
                | Rule::leaver_when
                | Rule::attribute_line
                | Rule::found_line
        );
        let mut seen = Vec::new();
        for piece in self.pieces[first..].iter_mut().take_while(|piece| piece.rule != Rule::p_open) {
            let Some(column @ (Column::Tail | Column::At | Column::Format)) = piece.column else { continue };
            let at_first = column != Column::Format || seen.contains(&Column::At);
            if !has_tail || seen.contains(&column) || !at_first {
                piece.column = None;
            }
            seen.push(column);
        }
    }
}

/// The text of what is printed as one piece.
fn printed(pair: &Pair<'_>) -> Option<String> {
    Some(match pair.as_rule() {
        Rule::text_lit => text(pair),
        Rule::foreign_path => format!("${}", pair.clone().into_inner().next().map_or("", |tail| tail.as_str())),
        Rule::duration_lit => {
            let unit = pair.clone().into_inner().next()?;
            let amount = pair.as_str()[..pair.as_str().len() - unit.as_str().len()].trim();
            format!("{amount} {}", unit.as_str())
        }
        Rule::dotted_name | Rule::coll_name | Rule::setting_ref => pair.as_str().trim_end().to_owned(),
        _ if pair.clone().into_inner().next().is_none() && !is_hollow(pair.as_rule()) => pair.as_str().trim_end().to_owned(),
        _ => return None,
    })
}

/// Whether a line may go on before this part of a statement.
fn is_clause(rule: Rule, parent: Rule) -> bool {
    match parent {
        Rule::attribute_line => !matches!(rule, Rule::name_word | Rule::p_colon | Rule::type_name),
        Rule::setting_item => !matches!(rule, Rule::k_setting | Rule::name_word | Rule::p_colon | Rule::type_name),
        Rule::map_set | Rule::map_call => column(rule) == Some(Column::Tail),
        Rule::join_stmt => rule == Rule::k_on,
        _ => matches!(rule, Rule::as_words | Rule::when_clause | Rule::page_from | Rule::page_size),
    }
}

/// Rules that may have no children and print nothing of their own.
fn is_hollow(rule: Rule) -> bool {
    matches!(rule, Rule::file_all)
}

fn text(pair: &Pair<'_>) -> String {
    let Some(plain) = pair.clone().into_inner().next().filter(|inner| inner.as_rule() == Rule::text_plain) else {
        return pair.as_str().replace("\r\n", "\n");
    };
    let parts: String = plain.into_inner().map(|part| text_part(&part)).collect();
    format!("\"{parts}\"")
}

fn text_part(part: &Pair<'_>) -> String {
    match part.as_rule() {
        Rule::text_foreign => {
            part.clone().into_inner().next().and_then(|path| printed(&path)).map_or_else(String::new, |path| format!("{{{path}}}"))
        }
        Rule::text_hole => format!("{{{}}}", hole(part)),
        _ => part.as_str().to_owned(),
    }
}

/// The text between the braces of a text, on one line.
fn hole(part: &Pair<'_>) -> String {
    let mut walk = Walk { text: part.get_input(), pieces: Vec::new(), open: Vec::new() };
    for inner in part.clone().into_inner().filter(|inner| !matches!(inner.as_rule(), Rule::p_open | Rule::p_close)) {
        walk.pair(&inner, Rule::text_hole);
    }
    let mut printed = String::new();
    for piece in &walk.pieces {
        if !printed.is_empty() && !piece.tight {
            printed.push(' ');
        }
        printed.push_str(&piece.text);
    }
    printed
}

fn is_block(rule: Rule) -> bool {
    matches!(blocks::statement_of(rule), (only, _) if only != Rule::only_item) || rule == Rule::file_all
}

fn is_statement(rule: Rule) -> bool {
    !matches!(rule, Rule::p_open | Rule::p_close | Rule::p_comma | Rule::EOI)
}

/// How many pieces the first words take before the column of what follows them; none takes no part.
fn head_length(rule: Rule, pieces: &[Piece]) -> Option<usize> {
    let first = pieces.first()?.rule;
    let of_an_attribute = rule == Rule::guard_most && pieces.get(1).is_some_and(|second| second.rule == Rule::k_of);
    match (rule, first) {
        (Rule::coll_requested_as | Rule::coll_written_at | Rule::coll_consistent, _) => Some(2),
        (_, Rule::k_on | Rule::k_one | Rule::k_first | Rule::k_find) | (Rule::outcome_stmt, Rule::k_last) => None,
        (
            Rule::table_row
            | Rule::map_group
            | Rule::attribute_line
            | Rule::for_each_stmt
            | Rule::maximum_age_stmt
            | Rule::call_never_repeat,
            _,
        ) => None,
        _ if of_an_attribute => None,
        _ => words::keyword(first).map(|_| 1),
    }
}

/// The sign between the two sides of a statement.
fn separator(pair: &Pair<'_>) -> Option<(Rule, Column)> {
    let typed = pair.clone().into_inner().any(|inner| inner.as_rule() == Rule::p_colon);
    Some(match pair.as_rule() {
        Rule::attribute_line | Rule::setting_item => (Rule::p_colon, Column::Colon),
        Rule::field_stmt if typed => (Rule::p_colon, Column::Colon),
        Rule::table_row
        | Rule::header_stmt
        | Rule::query_stmt
        | Rule::field_stmt
        | Rule::match_rule
        | Rule::map_set
        | Rule::set_action
        | Rule::record_pair => (Rule::p_eq, Column::Equals),
        Rule::error_line | Rule::found_line => (Rule::k_is, Column::Is),
        _ => return None,
    })
}

fn column(rule: Rule) -> Option<Column> {
    Some(match rule {
        Rule::attr_at | Rule::attr_written_at => Column::At,
        Rule::attr_format => Column::Format,
        Rule::as_words
        | Rule::mod_on_create
        | Rule::mod_on_update
        | Rule::mod_on_conflict
        | Rule::mod_keep
        | Rule::mod_clear
        | Rule::mod_when
        | Rule::mod_once
        | Rule::mod_case
        | Rule::mod_order
        | Rule::mod_exactly
        | Rule::mod_only_add => Column::Tail,
        _ => return None,
    })
}

/// Gives each comment to the piece before it on its line, else to the piece below.
fn attach(text: &str, comments: &[Range<usize>], pieces: &mut [Piece]) {
    let mut comments = comments.iter().peekable();
    let mut end = 0;
    for at in 0..pieces.len() {
        while let Some(comment) = comments.next_if(|comment| comment.start < pieces[at].place.start.max(1) || pieces[at].rule == Rule::EOI)
        {
            let said = text[comment.clone()].to_owned();
            let lines = newlines(text, end, comment.start);
            if lines == 0 && at > 0 && pieces[at].above.is_empty() {
                pieces[at - 1].beside = Some(said);
            } else {
                pieces[at].above.push(Comment { text: said, blank: lines > 1 });
            }
            end = comment.end;
        }
        let lines = newlines(text, end, pieces[at].place.start);
        pieces[at].broken = lines > 0;
        pieces[at].blank = lines > 1;
        end = pieces[at].place.end;
    }
}

fn newlines(text: &str, start: usize, end: usize) -> usize {
    text[start.min(end)..end].matches('\n').count()
}

/// Puts the clauses of each setting in their one order.
fn reorder(pair: &Pair<'_>, pieces: &mut [Piece]) {
    if pair.as_rule() == Rule::setting_item {
        return sort_clauses(pair, pieces);
    }
    if is_block(pair.as_rule()) || matches!(pair.as_rule(), Rule::pipeline_item | Rule::system_item) {
        for inner in pair.clone().into_inner() {
            reorder(&inner, pieces);
        }
    }
}

fn sort_clauses(setting: &Pair<'_>, pieces: &mut [Piece]) {
    let order = |rule| {
        [Rule::attribute_of, Rule::one_of_choices, Rule::matches_clause, Rule::default_clause, Rule::as_words]
            .iter()
            .position(|clause| *clause == rule)
    };
    let clauses: Vec<(usize, usize)> =
        setting.clone().into_inner().filter_map(|clause| Some((order(clause.as_rule())?, clause.as_span().start()))).collect();
    let Some((_, first)) = clauses.first() else { return };
    let end = setting.as_span().start() + setting.as_str().trim_end().len();
    let range = position(pieces, *first)..position(pieces, end);
    let beside = pieces[range.end - 1].beside.take();
    let rank = |piece: &Piece| clauses.iter().rev().find(|(_, start)| *start <= piece.place.start).map_or(0, |(rank, _)| *rank);
    pieces[range.clone()].sort_by_key(rank);
    pieces[range.end - 1].beside = beside;
}

/// The first piece at or behind a place.
fn position(pieces: &[Piece], place: usize) -> usize {
    // Clauses are moved within their setting only, so the pieces before a place that is not sorted yet are those above it.
    pieces.partition_point(|piece| piece.place.start < place).min(pieces.len() - 1)
}
