//! For a terminal: the source line, the message below it, and what to do.
//!
//! A report handler of our own; it uses only what miette's protocol provides for a [`Report`].

use super::{Tally, report::Report};
use crate::diagnose::screen_text::printable;
use crate::diagnose::{
    Diagnostic, Sources, Span, layout,
    style::{Ink, Style},
};
use miette::{LabeledSpan, ReportHandler, SpanContents};
use std::fmt::{self, Display, Write};
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// One diagnostic, over several lines.
#[must_use]
pub fn diagnostic(diagnostic: &Diagnostic, sources: &Sources, style: Style) -> String {
    Shown(&Handler { style }, &Report::new(diagnostic, sources)).to_string()
}

/// All diagnostics of several files, a blank line after each.
#[must_use]
pub fn all<'a>(diagnostics: impl IntoIterator<Item = (&'a Diagnostic, &'a Sources)>, style: Style) -> String {
    let mut out = String::new();
    for (one, sources) in diagnostics {
        let _ = writeln!(out, "{}", diagnostic(one, sources, style));
    }
    out
}

/// `2 errors, 1 lint in 1 of 3 files; --fix fixes 2 of the 3`
#[must_use]
pub fn summary(tally: Tally, with: usize, files: usize) -> String {
    let plural = |n: usize, word: &str| format!("{n} {word}{}", if n == 1 { "" } else { "s" });
    let total = tally.errors + tally.lints;
    if total == 0 {
        return format!("no errors in {}", plural(files, "file"));
    }
    let parts: Vec<String> =
        [(tally.errors, "error"), (tally.lints, "lint")].iter().filter(|(n, _)| *n > 0).map(|(n, word)| plural(*n, word)).collect();
    let place = if files == 1 { String::new() } else { format!(" in {with} of {files} files") };
    let fixes = match tally.fixable {
        0 => String::new(),
        n if n == total && total == 1 => "; --fix fixes it".to_owned(),
        n if n == total => format!("; --fix fixes all {total}"),
        n => format!("; --fix fixes {n} of the {total}"),
    };
    format!("{}{place}{fixes}", parts.join(", "))
}

/// Where a span begins, as `file:line:column`.
#[must_use]
pub fn place(sources: &Sources, span: Span) -> String {
    let (line, column) = sources.position(span);
    format!("{}:{line}:{column}", sources.file(span.file).path.display())
}

struct Handler {
    style: Style,
}

struct Shown<'a>(&'a Handler, &'a Report<'a>);

impl Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.debug(self.1, f)
    }
}

impl ReportHandler for Handler {
    fn debug(&self, report: &dyn miette::Diagnostic, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (word, ink) = match report.severity() {
            Some(miette::Severity::Warning | miette::Severity::Advice) => ("lint", Ink::Yellow),
            _ => ("error", Ink::Red),
        };
        let code = report.code().map(|code| code.to_string()).unwrap_or_default();
        writeln!(f, "{}: {}", self.style.paint(ink, &format!("{word}[{code}]")), self.said(&report.to_string()))?;
        let Some(label) = report.labels().and_then(|mut labels| labels.next()) else { return Ok(()) };
        let Some(contents) = report.source_code().and_then(|source| source.read_span(label.inner(), 0, 0).ok()) else { return Ok(()) };
        let gutter = (contents.line() + 1).to_string().len().max(2);
        self.excerpt(f, &*contents, &label, ink, gutter)?;
        self.advice(f, &self.tail(report), gutter)
    }
}

impl Handler {
    /// A sentence of ours, with words of the user's in it.
    fn said(&self, text: &str) -> String {
        self.style.plainly(&printable(text))
    }

    /// A line as an edit leaves it, with the characters of an excerpt.
    fn edited(&self, line: &str) -> String {
        self.said(line).chars().map(|c| cell(c, self.style.ascii)).collect()
    }

    fn sign(&self, sign: &str) -> String {
        self.style.paint(Ink::Dim, &self.style.plainly(sign))
    }

    /// Place, line and underline.
    fn excerpt(&self, f: &mut fmt::Formatter<'_>, at: &dyn SpanContents<'_>, label: &LabeledSpan, ink: Ink, gutter: usize) -> fmt::Result {
        let text = String::from_utf8_lossy(at.data());
        let start = boundary(&text, label.offset().saturating_sub(at.span().offset()));
        let (line, column) = (at.line() + 1, text[..start].chars().count() + 1);
        let blank = " ".repeat(gutter);
        let excerpt = Excerpt::new(&text, start, label.len(), self.style.width.saturating_sub(gutter + 3), self.style.ascii);
        let underline = if self.style.ascii { "^" } else { "─" }.repeat(excerpt.width);
        let words = label.label().map(|words| self.said(words)).unwrap_or_default();
        let beside = gutter + 3 + excerpt.before + excerpt.width + 1 + words.width() <= self.style.width;
        let marked = self.style.paint(ink, &if beside { format!("{underline} {words}").trim_end().to_owned() } else { underline });
        writeln!(f, "{blank} {} {}:{line}:{column}", self.sign("╭─"), printable(at.name().unwrap_or_default()))?;
        writeln!(f, "{line:>gutter$} {} {}", self.sign("│"), excerpt.text)?;
        writeln!(f, "{blank} {} {}{marked}", self.sign("│"), " ".repeat(excerpt.before))?;
        let bar = format!("{blank} {} ", self.sign("│"));
        if beside { Ok(()) } else { write!(f, "{}", self.under(&bar, &words, ink)) }
    }

    /// Words that have no room beside their underline, behind the bar.
    fn under(&self, bar: &str, words: &str, ink: Ink) -> String {
        let narrow = Style { width: self.style.width.saturating_sub(layout::columns(bar)), ..self.style };
        let wrapped = layout::hanging(narrow, "", words);
        wrapped.lines().map(|line| format!("{bar}{}\n", self.style.paint(ink, line))).collect()
    }

    /// What to do, the other places, the edits.
    fn tail(&self, report: &dyn miette::Diagnostic) -> Vec<String> {
        let help = report.help().map(|help| help.to_string()).unwrap_or_default();
        let (words, fixes) = help.split_once('\n').unwrap_or((&help, ""));
        let mut lines: Vec<String> = (!words.is_empty()).then(|| self.said(words)).into_iter().collect();
        lines.extend(report.related().into_iter().flatten().filter_map(|other| self.other_place(other)));
        lines.extend(fixes.lines().map(|line| self.style.paint(Ink::Green, &self.edited(line))));
        lines
    }

    /// `systems/lucca.sync:43 declared here`
    fn other_place(&self, other: &dyn miette::Diagnostic) -> Option<String> {
        let label = other.labels()?.next()?;
        let contents = other.source_code()?.read_span(label.inner(), 0, 0).ok()?;
        let place = format!("{}:{}", printable(contents.name().unwrap_or_default()), contents.line() + 1);
        Some(format!("{} {}", self.style.paint(Ink::Dim, &place), self.said(&other.to_string())))
    }

    fn advice(&self, f: &mut fmt::Formatter<'_>, lines: &[String], gutter: usize) -> fmt::Result {
        let blank = " ".repeat(gutter);
        for (at, line) in lines.iter().enumerate() {
            match at {
                0 => write!(f, "{}", layout::row(self.style, &format!("{blank} {} ", self.sign("╰─")), line, ""))?,
                _ => write!(f, "{}", layout::row(self.style, &format!("{blank}    "), line, ""))?,
            }
        }
        Ok(())
    }
}

/// A source line as it can be shown, and the place of its underline.
struct Excerpt {
    text: String,
    /// Columns before the underline.
    before: usize,
    /// Columns of the underline.
    width: usize,
}

impl Excerpt {
    /// Of a line, the `length` bytes from `start`; only the part around them where the line has more than `most` columns.
    fn new(line: &str, start: usize, length: usize, most: usize, ascii: bool) -> Self {
        let end = boundary(line, start + length);
        let marked = line[..start].chars().count() + line[start..end].trim_end().chars().count();
        let start = line[..start].chars().count();
        let cells: Vec<String> = line.chars().map(|c| cell(c, ascii)).collect();
        let (from, to) = window(&cells, start, most);
        let cut = |is: bool| if is { if ascii { "..." } else { "…" } } else { "" };
        let (head, foot) = (cut(from > 0), cut(to < cells.len()));
        Self {
            text: format!("{head}{}{foot}", cells[from..to].concat().trim_end()),
            before: head.width() + columns(&cells[from..start]),
            width: columns(&cells[start..marked.clamp(start, to)]).max(1),
        }
    }
}

/// The last place at or before an offset where a character begins or the text ends.
fn boundary(text: &str, offset: usize) -> usize {
    (0..=offset.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0)
}

/// Which cells are shown: all, or those around the place.
fn window(cells: &[String], place: usize, most: usize) -> (usize, usize) {
    if columns(cells) <= most {
        return (0, cells.len());
    }
    let from = place - how_many_fit(cells[..place].iter().rev(), most / 3);
    let to = from + how_many_fit(cells[from..].iter(), most.saturating_sub(6));
    (from, to.max(place))
}

/// How many of the first cells have room in so many columns; each is looked at once, since a line may be megabytes long.
fn how_many_fit<'c>(cells: impl Iterator<Item = &'c String>, room: usize) -> usize {
    let sums = cells.scan(0, |sum, cell| {
        *sum += cell.width();
        Some(*sum)
    });
    sums.take_while(|sum| *sum <= room).count()
}

fn columns(cells: &[String]) -> usize {
    cells.iter().map(|cell| cell.width()).sum()
}

/// One character in its own columns: a tab as one space, what can't be shown as a sign that says so.
fn cell(c: char, ascii: bool) -> String {
    match c {
        '\t' => " ".to_owned(),
        _ if ascii && !c.is_ascii() => "?".repeat(c.width().unwrap_or(1)),
        _ => printable(c.encode_utf8(&mut [0; 4])).into_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnose::{FileId, Fix, style::for_terminal};
    use proptest::prelude::*;

    fn sources(text: &str) -> Sources {
        let mut sources = Sources::default();
        sources.add("a.sync", text);
        sources
    }

    fn at(text: &str, word: &str) -> Span {
        let start = text.find(word).unwrap() as u32;
        Span { file: FileId(0), start, end: start + word.len() as u32 }
    }

    const TEXT: &str = "pipeline a {\n  field email     = employee.mail | trim\n}\n";

    fn sample() -> (Sources, Diagnostic) {
        let span = Span { end: at(TEXT, "mail |").start + 4, ..at(TEXT, "mail |") };
        let diagnostic = Diagnostic::error("E0203", span, "`lucca.users` has no attribute `mail`")
            .label("not declared")
            .help("did you mean `email`?")
            .fix(Fix::replace(span, "email", ""));
        (sources(TEXT), diagnostic)
    }

    #[test]
    fn the_line_the_place_and_the_way_to_mend_it() {
        let (sources, one) = sample();
        let expected = "\
error[E0203]: `lucca.users` has no attribute `mail`
   ╭─ a.sync:2:30
 2 │   field email     = employee.mail | trim
   │                              ──── not declared
   ╰─ did you mean `email`?
      fix    field email     = employee.email | trim
";
        assert_eq!(diagnostic(&one, &sources, Style::plain()), expected);
    }

    #[test]
    fn an_edit_in_ascii_is_ascii() {
        let text = "pipeline a {\n  field nom = e.prénom_é\n}\n";
        let one = Diagnostic::error("E0203", at(text, "nom"), "no `prénom`").fix(Fix::replace(at(text, "nom"), "name", ""));
        let said = diagnostic(&one, &sources(text), Style { ascii: true, ..Style::plain() });
        let fix = said.lines().last().unwrap_or_default();
        assert!(fix.contains("fix    field name = e.pr?nom_?") && fix.is_ascii(), "{said}");
    }

    #[test]
    fn other_places_stand_between_help_and_edits() {
        let (sources, one) = sample();
        let one = one.related(at(TEXT, "pipeline"), "opened here");
        let told = diagnostic(&one, &sources, Style::plain());
        assert!(told.contains("   ╰─ did you mean `email`?\n      a.sync:1 opened here\n      fix    field"), "{told}");
        let bare = Diagnostic::error("E0210", at(TEXT, "email"), "twice").related(at(TEXT, "pipeline"), "first here");
        assert!(diagnostic(&bare, &sources, Style::plain()).ends_with("   ╰─ a.sync:1 first here\n"));
    }

    #[test]
    fn ascii_has_the_same_columns() {
        let text = "  title \"Salariés → équipe\" zone\n";
        let one = Diagnostic::error("E0101", at(text, "zone"), "one → a line").help("…");
        let told = diagnostic(&one, &sources(text), Style { ascii: true, ..Style::plain() });
        assert!(told.is_ascii(), "{told}");
        assert_eq!(told.lines().nth(2), Some(" 1 |   title \"Salari?s ? ?quipe\" zone"));
        assert_eq!(told.lines().nth(3), Some("   |                             ^^^^"));
    }

    #[test]
    fn a_source_can_not_speak_to_the_terminal() {
        let text = "a \u{1b}[2J\u{202e}b\tc x\n";
        let one = Diagnostic::error("E0101", at(text, "x"), "`\u{1b}[31m` is\nnothing");
        let told = diagnostic(&one, &sources(text), Style::plain());
        assert!(!told.contains('\u{1b}') && !told.contains('\u{202e}'), "{told:?}");
        assert!(told.starts_with("error[E0101]: `\u{fffd}[31m` is nothing\n"), "{told}");
    }

    #[test]
    fn of_a_very_long_line_the_part_that_matters_is_shown() {
        let text = format!("{}here{}\n", "x ".repeat(300), " y".repeat(300));
        let one = Diagnostic::error("E0101", at(&text, "here"), "");
        let told = diagnostic(&one, &sources(&text), Style { width: 60, ..Style::plain() });
        let line: Vec<&str> = told.lines().collect();
        assert!(line[2].width() <= 60 && line[2].contains("here") && line[2].ends_with('…'), "{told}");
        assert_eq!(line[2].chars().position(|c| c == 'h'), line[3].chars().position(|c| c == '─'), "{told}");
    }

    /// The square of a length of a million would take hours.
    #[test]
    #[expect(clippy::disallowed_methods, reason = "a test takes the time of the work")]
    fn a_line_of_megabytes_is_cut_as_fast_as_it_is_read() {
        let half = "x or ".repeat(200_000);
        for text in [format!("{half}here\n"), format!("here {half}\n"), format!("{half}here {half}\n"), format!("{half}\u{300}here\n")] {
            let begun = std::time::Instant::now();
            let told =
                diagnostic(&Diagnostic::error("E0101", at(&text, "here"), "m"), &sources(&text), Style { width: 60, ..Style::plain() });
            assert!(told.contains("here") && told.len() < 400, "{told}");
            assert!(begun.elapsed() < std::time::Duration::from_secs(30), "{:?}", begun.elapsed());
        }
    }

    #[test]
    fn colour_repeats_what_words_say() {
        let (sources, one) = sample();
        let coloured = diagnostic(&one, &sources, Style { color: true, ..Style::plain() });
        let plain = regex::Regex::new("\u{1b}\\[[0-9;]*m").unwrap().replace_all(&coloured, "").into_owned();
        assert!(for_terminal(&coloured).starts_with("\u{1b}[31merror[E0203]\u{1b}[0m"));
        assert_eq!(plain, diagnostic(&one, &sources, Style::plain()));
    }

    #[test]
    fn the_summary_counts() {
        assert_eq!(summary(Tally { errors: 2, lints: 1, fixable: 2 }, 1, 3), "2 errors, 1 lint in 1 of 3 files; --fix fixes 2 of the 3");
        assert_eq!(summary(Tally { errors: 0, lints: 1, fixable: 1 }, 1, 2), "1 lint in 1 of 2 files; --fix fixes it");
        assert_eq!(summary(Tally::default(), 0, 3), "no errors in 3 files");
    }

    proptest! {
        /// Any place of any text can be shown, under any width.
        #[test]
        fn every_span_can_be_shown(text in "[a-z\t\n é漢\u{1b}{}\"]{0,80}", start in 0..90_usize, length in 0..90_usize, width in 10..80_usize, ascii: bool) {
            let sources = sources(&text);
            let start = boundary(&text, start);
            let end = boundary(&text, start + length);
            let span = Span { file: FileId(0), start: start as u32, end: end as u32 };
            let told = diagnostic(&Diagnostic::error("E0101", span, "m").fix(Fix::replace(span, "z", "")), &sources, Style { color: false, ascii, width });
            // Its four lines, and what to do, which wraps on a narrow screen.
            prop_assert!(told.lines().count() >= 5, "{told}");
        }
    }
}
