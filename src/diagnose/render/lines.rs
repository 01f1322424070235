//! For pipes: one diagnostic per line, never wrapped.

use super::{Tally, severity, text::place};
use crate::diagnose::screen_text::printable;
use crate::diagnose::{Diagnostic, Sources};

/// `file:line:col: error[E0203]: … (did you mean …)`
#[must_use]
pub fn diagnostic(diagnostic: &Diagnostic, sources: &Sources) -> String {
    let help = hint(diagnostic).map(|help| format!(" ({help})")).unwrap_or_default();
    let (place, word) = (place(sources, diagnostic.span), severity(diagnostic.severity));
    format!("{}\n", printable(&format!("{place}: {word}[{}]: {}{help}", diagnostic.code, diagnostic.message)))
}

/// `result errors=2 lints=1 files=3 exit=1`
#[must_use]
pub fn result(tally: Tally, files: usize, exit: u8) -> String {
    format!("result errors={} lints={} files={files} exit={exit}\n", tally.errors, tally.lints)
}

/// What to do about an error, to the end of its question if it asks one; a choice takes more room than a line has.
fn hint(diagnostic: &Diagnostic) -> Option<&str> {
    let help = diagnostic.help.as_deref().filter(|_| diagnostic.is_error() && diagnostic.fixes.len() < 2)?;
    Some(&help[..end_of_question(help).unwrap_or(help.len())])
}

/// Where a question ends; a `?` between backticks is one of the language.
fn end_of_question(help: &str) -> Option<usize> {
    let quoted = |at: usize| help[..at].matches('`').count() % 2 == 1;
    help.match_indices('?').map(|(at, _)| at).find(|at| !quoted(*at)).map(|at| at + 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnose::{FileId, Fix, Span};

    fn line(one: Diagnostic) -> String {
        let mut sources = Sources::default();
        sources.add("a.sync", "first\n  second\n");
        diagnostic(&one, &sources)
    }

    #[test]
    fn one_line_each_with_the_short_hint_only() {
        let span = Span { file: FileId(0), start: 8, end: 14 };
        let one = Diagnostic::error("E0203", span, "no attribute `mail`").help("did you mean `email`? b.sync:43 reads it");
        assert_eq!(line(one.clone()), "a.sync:2:3: error[E0203]: no attribute `mail` (did you mean `email`?)\n");
        let types = one.clone().help("say what may be missing: `name : text?` or `e.name ?? \"\"`");
        assert_eq!(
            line(types),
            "a.sync:2:3: error[E0203]: no attribute `mail` (say what may be missing: `name : text?` or `e.name ?? \"\"`)\n"
        );
        let choice = one.clone().fix(Fix::replace(span, "a", "")).fix(Fix::replace(span, "b", ""));
        assert_eq!(line(choice), "a.sync:2:3: error[E0203]: no attribute `mail`\n");
        assert_eq!(line(Diagnostic { message: "two\nlines".to_owned(), help: None, ..one }), "a.sync:2:3: error[E0203]: two lines\n");
        assert_eq!(line(Diagnostic::lint("L0701", span, "no guard").help("write it")), "a.sync:2:3: lint[L0701]: no guard\n");
    }
}
