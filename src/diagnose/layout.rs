//! Lines that fit a width. Words, ids and numbers are never cut: what is too long goes on below, under where it began.

use super::style::{Ink, Style};
use textwrap::{Options, WordSeparator, WordSplitter, WrapAlgorithm};
use unicode_width::UnicodeWidthStr as _;

/// A reference at the right edge is no further out than this: on a wide terminal the eye would lose the line.
pub const EDGE: usize = 120;
/// A text beside its columns wants this much room; with less it goes below them.
const LEAST: usize = 30;
/// What holds two words together until they are printed.
const GLUE: char = '\u{a0}';

/// Columns on the screen; escapes of colours take none.
#[must_use]
pub fn columns(text: &str) -> usize {
    console::measure_text_width(text)
}

/// A text with every line within the width.
#[must_use]
pub fn fit(text: &str, width: usize) -> String {
    text.split_inclusive('\n')
        .map(|line| match line.strip_suffix('\n') {
            Some(line) => fit_line(line, width) + "\n",
            None => fit_line(line, width),
        })
        .collect()
}

fn fit_line(line: &str, width: usize) -> String {
    if columns(line) <= width {
        return line.to_owned();
    }
    let text = line.trim_start_matches(' ');
    let blanks = line.len() - text.len();
    wrap(text, width, &" ".repeat(blanks), (blanks + 4).min(width / 3))
}

/// A text behind what leads it; what does not fit goes on under where the text began.
#[must_use]
pub fn hanging(style: Style, lead: &str, text: &str) -> String {
    let at = columns(lead);
    if text.is_empty() {
        return lead.trim_end().to_owned();
    }
    if at + columns(text) > style.width && at + LEAST > style.width {
        let blanks = lead.len() - lead.trim_start_matches(' ').len();
        let below = wrap(text, style.width, &" ".repeat(blanks + 4), blanks + 4);
        return format!("{}\n{below}", fit_line(lead.trim_end(), style.width));
    }
    wrap(text, style.width, lead, at)
}

/// The same, with a dim reference at the right edge.
#[must_use]
pub fn row(style: Style, lead: &str, text: &str, right: &str) -> String {
    ended(style, &hanging(style, lead, text), right)
}

/// A line with a dim reference at the right edge; what does not fit goes on below, further in.
#[must_use]
pub fn line(style: Style, left: &str, right: &str) -> String {
    ended(style, &fit_line(left, style.width), right)
}

fn ended(style: Style, left: &str, right: &str) -> String {
    if right.is_empty() {
        return format!("{left}\n");
    }
    let used = columns(left.lines().last().unwrap_or_default()) + right.width();
    let right_ink = style.paint(Ink::Dim, right);
    if used + 2 > style.width {
        let edge = style.width.min(EDGE).saturating_sub(right.width());
        return format!("{left}\n{}{right_ink}\n", " ".repeat(edge));
    }
    format!("{left}{}{right_ink}\n", " ".repeat(style.width.min(EDGE).saturating_sub(used).max(2)))
}

/// Breaks at gaps of several blanks where all between them fits, else at any blank that is not inside a number.
fn wrap(text: &str, width: usize, first: &str, rest: usize) -> String {
    let room = width.saturating_sub(rest.max(columns(first)));
    let together = parts(text).iter().all(|part| columns(part) <= room);
    let glued = if together { glue_parts(text) } else { glue_numbers(text) };
    let indent = " ".repeat(rest);
    let options = Options::new(width)
        .initial_indent(first)
        .subsequent_indent(&indent)
        .break_words(false)
        .word_separator(WordSeparator::AsciiSpace)
        .word_splitter(WordSplitter::NoHyphenation)
        .wrap_algorithm(WrapAlgorithm::FirstFit);
    textwrap::fill(&glued, options).replace(GLUE, " ")
}

/// The text between gaps of two blanks and more.
fn parts(text: &str) -> Vec<&str> {
    text.split("  ").map(str::trim).filter(|part| !part.is_empty()).collect()
}

/// Single blanks hold, wider gaps do not. A text without gaps is one sentence: its numbers hold.
fn glue_parts(text: &str) -> String {
    if parts(text).len() < 2 {
        return glue_numbers(text);
    }
    glue(text, |before, after| before != ' ' && !after.starts_with(' '))
}

/// `12 400`, `1.2 %` and `2 min` are one word.
fn glue_numbers(text: &str) -> String {
    let unit = |after: &str| ["%", "s", "ms", "min", "h"].contains(&after.split([' ', ',', ';', ')']).next().unwrap_or_default());
    let group = |after: &str| after.chars().take_while(char::is_ascii_digit).count() == 3;
    glue(text, |before, after| before.is_ascii_digit() && (group(after) || unit(after)))
}

fn glue(text: &str, holds: impl Fn(char, &str) -> bool) -> String {
    let mut before = ' ';
    text.char_indices()
        .map(|(at, c)| {
            let glued = c == ' ' && holds(before, &text[at + 1..]);
            before = c;
            if glued { GLUE } else { c }
        })
        .collect()
}

/// How a column gives way where the screen is narrow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Narrow {
    /// It is always shown.
    Stays,
    /// It is dropped; those with the highest number first.
    Dropped(u8),
}

/// A column of a table.
#[derive(Clone, Copy, Debug)]
pub struct Column {
    pub head: &'static str,
    /// Numbers are at the right of their column.
    pub number: bool,
    pub narrow: Narrow,
    /// The column grows no wider than this for the sake of a cell; a longer cell pushes the rest of its row to the right.
    pub most: usize,
}

impl Column {
    /// Words that are always shown.
    #[must_use]
    pub const fn text(head: &'static str) -> Self {
        Self { head, number: false, narrow: Narrow::Stays, most: usize::MAX }
    }

    /// Numbers that are always shown.
    #[must_use]
    pub const fn number(head: &'static str) -> Self {
        Self { head, number: true, narrow: Narrow::Stays, most: usize::MAX }
    }

    /// Dropped where there is no room; those with the highest number first.
    #[must_use]
    pub const fn dropped(self, order: u8) -> Self {
        Self { narrow: Narrow::Dropped(order), ..self }
    }

    /// A column for cells of very different length, laid out for the usual ones.
    #[must_use]
    pub const fn at_most(self, most: usize) -> Self {
        Self { most, ..self }
    }
}

/// Rows in columns as wide as what they hold. The last column takes the room that is left and wraps in it.
#[derive(Clone, Debug)]
pub struct Table {
    columns: Vec<Column>,
    rows: Vec<Row>,
    indent: usize,
}

#[derive(Clone, Debug)]
struct Row {
    cells: Vec<String>,
    right: String,
    below: String,
}

impl Table {
    /// An empty table.
    #[must_use]
    pub fn new(indent: usize, columns: impl Into<Vec<Column>>) -> Self {
        Self { columns: columns.into(), rows: Vec::new(), indent }
    }

    /// A row, with a reference at the right edge.
    pub fn row(&mut self, cells: Vec<String>, right: impl Into<String>) {
        self.rows.push(Row { cells, right: right.into(), below: String::new() });
    }

    /// A line of its own between rows, as it is: the title of those below it.
    pub fn title(&mut self, line: &str) {
        self.rows.push(Row { cells: Vec::new(), right: String::new(), below: line.to_owned() });
    }

    /// Lines below the last row, as they are.
    pub fn below(&mut self, lines: &str) {
        if let Some(row) = self.rows.last_mut() {
            row.below.push_str(lines);
        }
    }

    /// The table, with its heads if it has any.
    #[must_use]
    pub fn text(&self, style: Style) -> String {
        let shown = self.shown(style.width);
        let head = if self.columns.iter().any(|column| !column.head.is_empty()) {
            let cells: Vec<String> = self.columns.iter().map(|column| style.paint(Ink::Bold, column.head)).collect();
            self.line(&cells, "", &shown, style)
        } else {
            String::new()
        };
        let text = |row: &Row| {
            let line = if row.cells.is_empty() { String::new() } else { self.line(&row.cells, &row.right, &shown, style) };
            line + &row.below
        };
        std::iter::once(head).chain(self.rows.iter().map(text)).collect()
    }

    fn width_of(&self, at: usize) -> usize {
        let cells = self.rows.iter().map(|row| columns(row.cells.get(at).map_or("", String::as_str)));
        cells.chain([self.columns[at].head.width()]).max().unwrap_or(0).min(self.columns[at].most)
    }

    /// The columns that are shown, each with its width: as many as there is room for.
    fn shown(&self, width: usize) -> Vec<(usize, usize)> {
        let last = self.columns.len() - 1;
        let wide = |at: usize| if at == last && !self.columns[at].number { self.width_of(at).min(LEAST) } else { self.width_of(at) };
        let mut shown: Vec<(usize, usize)> = (0..=last).map(|at| (at, wide(at))).filter(|(_, width)| *width > 0).collect();
        let right = self.rows.iter().map(|row| row.right.width()).max().map_or(0, |right| if right > 0 { right + 2 } else { 0 });
        while self.indent + shown.iter().map(|(_, width)| width + 2).sum::<usize>() + right > width + 2 {
            let order = |(at, _): &(usize, usize)| if let Narrow::Dropped(order) = self.columns[*at].narrow { order } else { 0 };
            let Some(last) = shown.iter().map(order).max().filter(|order| *order > 0) else { break };
            shown.retain(|column| order(column) != last);
        }
        shown
    }

    fn line(&self, cells: &[String], right: &str, shown: &[(usize, usize)], style: Style) -> String {
        let cell = |at: usize| cells.get(at).map_or("", String::as_str);
        let Some(((last, width), before)) = shown.split_last() else { return String::new() };
        let (mut lead, mut end) = (" ".repeat(self.indent), self.indent);
        for (at, width) in before {
            // The room behind a cell that is too long is what the cells after it do not need.
            end += width;
            lead += &self.padded(*at, cell(*at), end.saturating_sub(columns(&lead)));
            lead += "  ";
            end += 2;
        }
        let text = if self.columns[*last].number { self.padded(*last, cell(*last), *width) } else { cell(*last).to_owned() };
        row(style, &lead, &text, right)
    }

    fn padded(&self, at: usize, cell: &str, width: usize) -> String {
        let missing = " ".repeat(width.saturating_sub(columns(cell)));
        if self.columns[at].number { format!("{missing}{cell}") } else { format!("{cell}{missing}") }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn style(width: usize) -> Style {
        Style { width, ..Style::plain() }
    }

    #[test]
    fn a_line_breaks_at_its_gaps_first() {
        let line = "    00290  Anna Schmidt    rules disagree: external_id finds 83021, email finds 90417";
        assert_eq!(fit(line, 70), "    00290  Anna Schmidt\n        rules disagree: external_id finds 83021, email finds 90417");
        assert_eq!(fit("short\n\n", 70), "short\n\n");
    }

    #[test]
    fn a_number_is_one_word() {
        let text = fit("there are 12 400 of them, which is 1.2 % of all, in 2 min 12 s", 12);
        for whole in ["12 400", "1.2 %", "2 min", "12 s"] {
            assert!(text.contains(whole), "{text}");
        }
    }

    #[test]
    fn a_text_goes_on_under_where_it_began() {
        assert_eq!(
            row(style(40), "  230  ", "209 unchanged, 21 already left, three waiting", ""),
            "  230  209 unchanged, 21 already left,\n       three waiting\n"
        );
        assert_eq!(row(style(30), "", "- 3 leave", "lines 37, 38"), "- 3 leave         lines 37, 38\n");
        assert_eq!(
            row(style(30), "", "a text of thirty columns, full", "line 3"),
            format!("a text of thirty columns, full\n{:>30}\n", "line 3")
        );
    }

    #[test]
    fn a_table_drops_what_may_go_and_keeps_the_rest() {
        let mut table = Table::new(
            0,
            [Column::number("run"), Column::text("by").dropped(1), Column::number("read").dropped(2), Column::text("result")],
        );
        table.row(vec!["214".to_owned(), "somebody".to_owned(), "12 400".to_owned(), "2 failed".to_owned()], "");
        assert_eq!(table.text(style(60)), "run  by          read  result\n214  somebody  12 400  2 failed\n");
        assert_eq!(table.text(style(26)), "run  by        result\n214  somebody  2 failed\n");
        assert_eq!(table.text(style(14)), "run  result\n214  2 failed\n");
    }

    proptest! {
        /// Whatever is printed: no line is longer than the screen, unless one word is, and every word is whole.
        #[test]
        fn lines_fit_and_words_are_whole(lead in "[a-z ]{0,20}", text in "([a-zé0-9]{1,12}( {1,4}|, )){0,20}", right in "[a-z]{0,8}", width in 60..200_usize) {
            let told = row(style(width), &lead, text.trim(), &right);
            for line in told.lines() {
                prop_assert!(columns(line) <= width, "{told}");
            }
            let all = format!("{lead} {text} {right}");
            let words = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
            if lead.is_empty() || lead.ends_with(' ') {
                prop_assert_eq!(words(&told), words(&all));
            }
        }
    }
}
