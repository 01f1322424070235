//! For a terminal: the line, what is wrong under it, what to do.
//!
//! The diagnostic speaks miette's protocol (code, labels, source, help); the look is a report handler of our own.

use super::Tally;
use crate::diagnose::{
    Diagnostic, Edit, Fix, Severity, Source, Sources, Span, edit,
    style::{Ink, Style},
};
use miette::{LabeledSpan, MietteError, MietteSpanContents, ReportHandler, SourceCode, SourceSpan, SpanContents};
use std::fmt::{self, Display, Write};
use unicode_width::UnicodeWidthStr;

/// One diagnostic, over several lines.
#[must_use]
pub fn diagnostic(diagnostic: &Diagnostic, sources: &Sources, style: Style) -> String {
    let shown = Shown { diagnostic, sources, file: sources.file(diagnostic.span.file) };
    let text = Rendered { handler: &Handler { style }, shown: &shown }.to_string();
    style.plainly(&text)
}

/// `2 errors, 1 lint in 1 of 3 files; --fix mends 2 of the 3`
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
    let mends = match tally.fixable {
        0 => String::new(),
        n if n == total && total == 1 => "; --fix mends it".to_owned(),
        n if n == total => format!("; --fix mends all {total}"),
        n => format!("; --fix mends {n} of the {total}"),
    };
    format!("{}{place}{mends}", parts.join(", "))
}

/// A diagnostic with the file it points into, in miette's terms.
struct Shown<'a> {
    diagnostic: &'a Diagnostic,
    sources: &'a Sources,
    file: &'a Source,
}

impl fmt::Debug for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.diagnostic.message)
    }
}

impl Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.diagnostic.message)
    }
}

impl std::error::Error for Shown<'_> {}

impl miette::Diagnostic for Shown<'_> {
    fn code<'a>(&'a self) -> Option<Box<dyn Display + 'a>> {
        Some(Box::new(self.diagnostic.code))
    }

    fn severity(&self) -> Option<miette::Severity> {
        Some(if self.diagnostic.severity == Severity::Error { miette::Severity::Error } else { miette::Severity::Warning })
    }

    fn help<'a>(&'a self) -> Option<Box<dyn Display + 'a>> {
        let mut lines: Vec<String> =
            self.diagnostic.related.iter().map(|(span, words)| format!("{}: {words}", self.sources.place(*span))).collect();
        lines.extend(self.diagnostic.help.clone());
        lines.extend(fix_lines(&self.diagnostic.fixes, self.sources));
        (!lines.is_empty()).then(|| Box::new(lines.join("\n")) as Box<dyn Display>)
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        Some(self)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        let span = self.diagnostic.span;
        let at = SourceSpan::from(span.start as usize..span.end as usize);
        Some(Box::new(std::iter::once(LabeledSpan::new_primary_with_span(self.diagnostic.label.clone(), at))))
    }
}

/// The whole line that a span begins on.
impl SourceCode for Shown<'_> {
    fn read_span<'a>(&'a self, span: &SourceSpan, _before: usize, _after: usize) -> Result<Box<dyn SpanContents<'a> + 'a>, MietteError> {
        let (line, column) = self.file.position(span.offset() as u32);
        let text = self.file.line(line);
        let name = self.file.path.display().to_string();
        Ok(Box::new(MietteSpanContents::new_named(name, text.as_bytes(), *span, line as usize, column as usize, 1)))
    }
}

/// `fix    …` for the one edit that can be meant, `a      …`, `b      …` where the author chooses.
fn fix_lines(fixes: &[Fix], sources: &Sources) -> Vec<String> {
    let width = fixes.iter().map(|fix| edited(fix, sources).width()).max().unwrap_or(0);
    let mark = |at: usize| if fixes.len() == 1 { "fix".to_owned() } else { char::from(b'a' + at as u8 % 26).to_string() };
    let line = |(at, fix): (usize, &Fix)| {
        let text = edited(fix, sources);
        let words = if fix.words.is_empty() { String::new() } else { format!("{}   # {}", " ".repeat(width - text.width()), fix.words) };
        format!("{:<6} {text}{words}", mark(at))
    };
    fixes.iter().enumerate().map(line).collect()
}

/// The line as the edit leaves it; of an insertion of lines, the lines.
fn edited(fix: &Fix, sources: &Sources) -> String {
    let Some(first) = fix.edits.first() else { return String::new() };
    let file = sources.file(first.span.file);
    let line = file.position(first.span.start).0;
    let within =
        |edit: &Edit| !edit.text.contains('\n') && file.position(edit.span.start).0 == line && file.position(edit.span.end).0 == line;
    if !fix.edits.iter().all(within) {
        return fix.edits.iter().map(|edit| edit.text.split_whitespace().collect::<Vec<_>>().join(" ")).collect::<Vec<_>>().join(" … ");
    }
    let edits: Vec<&Edit> = fix.edits.iter().collect();
    let whole = edit::apply(&file.text, &edits);
    whole.lines().nth(line as usize - 1).unwrap_or_default().trim().to_owned()
}

struct Handler {
    style: Style,
}

struct Rendered<'a> {
    handler: &'a Handler,
    shown: &'a Shown<'a>,
}

impl Display for Rendered<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.handler.debug(self.shown, f)
    }
}

impl ReportHandler for Handler {
    fn debug(&self, report: &dyn miette::Diagnostic, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (word, ink) = match report.severity() {
            Some(miette::Severity::Warning | miette::Severity::Advice) => ("lint", Ink::Yellow),
            _ => ("error", Ink::Red),
        };
        let code = report.code().map(|code| code.to_string()).unwrap_or_default();
        writeln!(f, "{}: {report}", self.style.paint(ink, &format!("{word}[{code}]")))?;
        let label = report.labels().and_then(|mut labels| labels.next());
        if let (Some(source), Some(label)) = (report.source_code(), label) {
            self.place(f, source, &label, ink, report.help().map(|help| help.to_string()).as_deref())?;
        }
        Ok(())
    }
}

impl Handler {
    fn place(&self, f: &mut fmt::Formatter<'_>, source: &dyn SourceCode, label: &LabeledSpan, ink: Ink, help: Option<&str>) -> fmt::Result {
        let Ok(contents) = source.read_span(label.inner(), 0, 0) else { return Ok(()) };
        let (line, column) = (contents.line(), contents.column());
        let gutter = line.to_string().len().max(2);
        let dim = |text: &str| self.style.paint(Ink::Dim, text);
        writeln!(f, "{} {} {}:{line}:{column}", " ".repeat(gutter), dim("╭─"), contents.name().unwrap_or_default())?;
        let text = String::from_utf8_lossy(contents.data()).replace('\t', " ");
        writeln!(f, "{line:>gutter$} {} {text}", dim("│"))?;
        writeln!(f, "{} {} {}", " ".repeat(gutter), dim("│"), self.underline(&text, column, label, ink))?;
        let mut help = help.unwrap_or_default().lines();
        let first = help.next().unwrap_or_default();
        writeln!(f, "{} {} {first}", " ".repeat(gutter), dim("╰─"))?;
        for line in help {
            writeln!(f, "{}    {}", " ".repeat(gutter), self.style.paint(Ink::Green, line))?;
        }
        Ok(())
    }

    fn underline(&self, text: &str, column: usize, label: &LabeledSpan, ink: Ink) -> String {
        let before: String = text.chars().take(column - 1).collect();
        let rest: String = text.chars().skip(column - 1).collect();
        let end = (0..=label.len().min(rest.len())).rev().find(|end| rest.is_char_boundary(*end)).unwrap_or(0);
        let width = rest[..end].trim_end().width().max(1);
        let words = label.label().map(|words| format!(" {words}")).unwrap_or_default();
        let line = if self.style.ascii { "^".repeat(width) } else { "─".repeat(width) };
        format!("{}{}", " ".repeat(before.width()), self.style.paint(ink, &format!("{line}{words}")))
    }
}

/// All diagnostics of several files, a blank line between.
#[must_use]
pub fn all<'a>(diagnostics: impl IntoIterator<Item = (&'a Diagnostic, &'a Sources)>, style: Style) -> String {
    let mut out = String::new();
    for (one, sources) in diagnostics {
        let _ = writeln!(out, "{}", diagnostic(one, sources, style));
    }
    out
}

/// Where a span begins, for whoever lists places.
#[must_use]
pub fn place(sources: &Sources, span: Span) -> String {
    let (line, column) = sources.position(span);
    format!("{}:{line}:{column}", sources.file(span.file).path.display())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnose::FileId;

    fn sample() -> (Sources, Diagnostic) {
        let mut sources = Sources::default();
        let file = sources.add("a.sync", "pipeline a {\n  field email     = employee.mail | trim\n}\n");
        let start = sources.file(file).text.find("mail |").unwrap() as u32;
        let span = Span { file: FileId(0), start, end: start + 4 };
        let diagnostic = Diagnostic::error("E0203", span, "`lucca.users` has no attribute `mail`")
            .label("not declared")
            .help("did you mean `email`?")
            .fix(Fix::replace(span, "email", ""));
        (sources, diagnostic)
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
    fn ascii_has_the_same_columns() {
        let (sources, one) = sample();
        let text = diagnostic(&one, &sources, Style { ascii: true, ..Style::plain() });
        assert!(text.is_ascii(), "{text}");
        assert!(text.contains(" 2 |   field") && text.contains("^^^^ not declared"), "{text}");
    }

    #[test]
    fn the_summary_counts() {
        assert_eq!(summary(Tally { errors: 2, lints: 1, fixable: 2 }, 1, 3), "2 errors, 1 lint in 1 of 3 files; --fix mends 2 of the 3");
        assert_eq!(summary(Tally::default(), 0, 3), "no errors in 3 files");
    }
}
