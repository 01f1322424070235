//! A diagnostic in miette's terms: any of miette's handlers can show it, ours among them.

use super::fixes;
use crate::diagnose::screen_text::printable;
use crate::diagnose::{Diagnostic, Severity, Source, Sources, Span};
use miette::{LabeledSpan, MietteError, MietteSpanContents, SourceCode, SourceSpan, SpanContents};
use std::{
    error::Error,
    fmt::{self, Debug, Display},
};

/// A diagnostic together with the files it points into.
pub struct Report<'a> {
    diagnostic: &'a Diagnostic,
    sources: &'a Sources,
    related: Vec<Related<'a>>,
}

/// A second place of a report: where it is, and what is there.
struct Related<'a> {
    source: &'a Source,
    span: Span,
    words: &'a str,
}

impl<'a> Report<'a> {
    /// Joins the two.
    #[must_use]
    pub fn new(diagnostic: &'a Diagnostic, sources: &'a Sources) -> Self {
        let related = |(span, words): &'a (Span, String)| Related { source: sources.file(span.file), span: *span, words };
        Self { diagnostic, sources, related: diagnostic.related.iter().map(related).collect() }
    }
}

impl miette::Diagnostic for Report<'_> {
    fn code<'a>(&'a self) -> Option<Box<dyn Display + 'a>> {
        Some(Box::new(self.diagnostic.code))
    }

    fn severity(&self) -> Option<miette::Severity> {
        Some(match self.diagnostic.severity {
            Severity::Error => miette::Severity::Error,
            Severity::Lint => miette::Severity::Warning,
        })
    }

    /// What to do on the first line (which may be empty), then a line for each way to do it.
    fn help<'a>(&'a self) -> Option<Box<dyn Display + 'a>> {
        let advice = self.diagnostic.help.as_deref().map(|words| printable(words).into_owned()).unwrap_or_default();
        let lines: Vec<String> = std::iter::once(advice).chain(fixes::lines(self.diagnostic, self.sources)).collect();
        let help = lines.join("\n");
        (!help.is_empty()).then(|| Box::new(help) as Box<dyn Display>)
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        Some(self.sources.file(self.diagnostic.span.file))
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        let label = LabeledSpan::new_primary_with_span(self.diagnostic.label.clone(), range(self.diagnostic.span));
        Some(Box::new(std::iter::once(label)))
    }

    fn related<'a>(&'a self) -> Option<Box<dyn Iterator<Item = &'a dyn miette::Diagnostic> + 'a>> {
        Some(Box::new(self.related.iter().map(|one| one as &dyn miette::Diagnostic)))
    }
}

impl miette::Diagnostic for Related<'_> {
    fn source_code(&self) -> Option<&dyn SourceCode> {
        Some(self.source)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        Some(Box::new(std::iter::once(LabeledSpan::new_primary_with_span(None, range(self.span)))))
    }
}

fn range(span: Span) -> SourceSpan {
    SourceSpan::from(span.start as usize..span.end as usize)
}

/// The whole line that a span begins on; as everywhere in miette, lines and columns count from 0.
impl SourceCode for Source {
    fn read_span<'a>(&'a self, span: &SourceSpan, _before: usize, _after: usize) -> Result<Box<dyn SpanContents<'a> + 'a>, MietteError> {
        let offset = u32::try_from(span.offset()).ok().filter(|offset| *offset as usize <= self.text.len());
        let (line, _) = self.position(offset.ok_or(MietteError::OutOfBounds)?);
        let text = self.line(line);
        let whole = SourceSpan::from((self.line_start(line), text.len()));
        let name = self.path.display().to_string();
        Ok(Box::new(MietteSpanContents::new_named(name, text.as_bytes(), whole, line as usize - 1, 0, 1)))
    }
}

macro_rules! says {
    ($type:ty, $words:expr) => {
        impl Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                let words: fn(&Self) -> &str = $words;
                f.write_str(words(self))
            }
        }

        impl Debug for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                Display::fmt(self, f)
            }
        }

        impl Error for $type {}
    };
}

says!(Report<'_>, |report| &report.diagnostic.message);
says!(Related<'_>, |related| related.words);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnose::FileId;
    use miette::NarratableReportHandler;

    #[test]
    fn a_handler_of_miette_tells_it_too() {
        let mut sources = Sources::default();
        sources.add("a.sync", "use \"b.sync\"\npipeline a { titel \"A\" }\n");
        let span = Span { file: FileId(0), start: 26, end: 31 };
        let one = Diagnostic::error("E0104", span, "`titel` is not known here").label("misspelt").help("did you mean `title`?");
        let mut told = String::new();
        NarratableReportHandler::new().render_report(&mut told, &Report::new(&one, &sources)).unwrap();
        for words in ["`titel` is not known here", "a.sync", "line 2", "misspelt", "did you mean `title`?", "E0104"] {
            assert!(told.contains(words), "{words} in {told}");
        }
    }
}
