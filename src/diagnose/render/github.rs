//! Annotations of a pull request, errors first, because GitHub shows only ten; the log contains all.

use super::severity;
use crate::diagnose::{Diagnostic, Severity, Sources};

/// GitHub shows ten annotations of a step.
const SHOWN: usize = 10;

/// Workflow commands, one a line.
#[must_use]
pub fn annotations<'a>(diagnostics: impl IntoIterator<Item = (&'a Diagnostic, &'a Sources)>) -> String {
    let mut all: Vec<_> = diagnostics.into_iter().collect();
    all.sort_by_key(|(one, _)| one.severity);
    let rest = all.split_off(all.len().min(SHOWN));
    let shown = all.iter().map(|(one, sources)| annotation(one, sources));
    let logged = rest.iter().map(|(one, sources)| super::lines::diagnostic(one, sources));
    shown.chain(logged).collect()
}

fn annotation(one: &Diagnostic, sources: &Sources) -> String {
    let command = if one.severity == Severity::Error { "error" } else { "warning" };
    let file = sources.file(one.span.file);
    let ((line, column), (end_line, end_column)) = (file.position(one.span.start), file.position(one.span.end));
    let title = format!("{}[{}]", severity(one.severity), one.code);
    let message = one.help.as_ref().map_or_else(|| one.message.clone(), |help| format!("{}\n{help}", one.message));
    format!(
        "::{command} file={},line={line},endLine={end_line},col={column},endColumn={end_column},title={}::{}\n",
        property(&file.path.to_string_lossy()),
        property(&title),
        data(&message)
    )
}

/// An error of a file that is no diagnostic of its text.
#[must_use]
pub fn error(file: &str, line: usize, title: &str, message: &str) -> String {
    format!("::error file={},line={line},title={}::{}\n", property(file), property(title), data(message))
}

/// The escapes of a workflow command's message.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// The escapes of a workflow command's property.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnose::{FileId, Span};

    fn told(diagnostics: &[Diagnostic]) -> String {
        let mut sources = Sources::default();
        sources.add("a,b:c.sync", "first\n  second\n");
        annotations(diagnostics.iter().map(|one| (one, &sources)))
    }

    fn second() -> Span {
        Span { file: FileId(0), start: 8, end: 14 }
    }

    #[test]
    fn what_would_end_a_command_early_is_escaped() {
        let one = Diagnostic::error("E0203", second(), "100%\n::error::x").help("say so");
        let expected = "::error file=a%2Cb%3Ac.sync,line=2,endLine=2,col=3,endColumn=9,title=error[E0203]::100%25%0A::error::x%0Asay so\n";
        assert_eq!(told(&[one]), expected);
    }

    #[test]
    fn the_worst_ten_are_annotations_the_rest_is_in_the_log() {
        let mut all: Vec<Diagnostic> = (0..8).map(|_| Diagnostic::lint("L0701", second(), "no guard")).collect();
        all.extend((0..4).map(|_| Diagnostic::error("E0203", second(), "no attribute")));
        let told = told(&all);
        assert_eq!(told.lines().filter(|line| line.starts_with("::error ")).count(), 4);
        assert_eq!(told.lines().filter(|line| line.starts_with("::warning ")).count(), 6);
        assert_eq!(told.lines().filter(|line| line.starts_with("a,b:c.sync:2:3: lint")).count(), 2);
        assert!(told.starts_with("::error "));
    }
}
