//! What stays unknown because of syntax errors, so that one mistake brings one message.
//!
//! A line that was not understood may declare a name, or be the statement that seems to be lacking. Errors that rest on its silence are
//! left out until it is understood, and no edit is offered for any other error: it was made without knowing what the line says.

use crate::diagnose::{Diagnostic, Sources, Span, codes::Trait};
use std::collections::HashMap;

/// The lines of some files that were not understood.
#[derive(Clone, Debug, Default)]
pub(crate) struct SyntaxErrors {
    lines: Vec<Span>,
    /// Those of them that open a block.
    heads: Vec<Span>,
    /// The places of their words: each may be a name that was to be declared there.
    words: HashMap<String, Vec<Span>>,
}

impl SyntaxErrors {
    pub fn of<'d>(mistakes: impl IntoIterator<Item = &'d Diagnostic>, sources: &Sources) -> Self {
        let broken = mistakes.into_iter().filter(|one| one.has(Trait::Unparsed));
        let lines: Vec<_> = broken.map(|one| whole_lines(one.span, sources)).collect();
        let mut words: HashMap<String, Vec<Span>> = HashMap::new();
        for line in &lines {
            let declared = block_of_attributes(*line, sources);
            for (word, span) in names(declared, sources.text(declared)) {
                words.entry(word.to_owned()).or_default().push(span);
            }
        }
        let heads = lines.iter().filter(|line| sources.text(**line).trim_end().ends_with('{')).copied().collect();
        Self { lines, heads, words }
    }

    /// Whether a line that was not understood may declare a name: it holds the word, and not as the use itself.
    pub fn may_declare(&self, name: &str, used_at: Span) -> bool {
        let apart = |span: &Span| span.file != used_at.file || span.end <= used_at.start || span.start >= used_at.end;
        name.split('.').any(|part| self.words.get(part).is_some_and(|spans| spans.iter().any(apart)))
    }

    /// Whether a line in a stretch of a file was not understood.
    pub fn is_in(&self, block: Span) -> bool {
        self.lines.iter().any(|line| touches(*line, block))
    }

    /// Whether a whole block in a stretch of a file was not understood, and so nothing that it declares.
    pub fn hides_block(&self, block: Span) -> bool {
        self.heads.iter().any(|line| touches(*line, block))
    }

    /// Without the errors that may only follow from these, and without edits that they may make wrong; and where those errors were.
    /// `items` are those of the files.
    pub fn without_what_follows(&self, mut all: Vec<Diagnostic>, items: &[Span], sources: &Sources) -> (Vec<Diagnostic>, Vec<Span>) {
        if self.lines.is_empty() {
            return (all, Vec::new());
        }
        let follows = all.extract_if(.., |one| self.may_hold_what_lacks(one, items, sources)).map(|one| one.span).collect();
        all.iter_mut().filter(|one| one.guesses_a_name()).for_each(|one| one.fixes.clear());
        (all, follows)
    }

    fn may_hold_what_lacks(&self, one: &Diagnostic, items: &[Span], sources: &Sources) -> bool {
        let item = |span: Span| items.iter().any(|item| holds(*item, span) && self.is_in(*item));
        (one.has(Trait::MissingInStatement) && self.is_in(statement(one.span, sources)))
            || (one.has(Trait::MissingInItem) && item(one.span))
            || (one.has(Trait::MissingInDeclaration) && one.related.iter().any(|(span, _)| item(*span)))
    }
}

const fn touches(line: Span, block: Span) -> bool {
    line.file.0 == block.file.0 && line.start < block.end && line.end > block.start
}

fn holds(block: Span, span: Span) -> bool {
    block.file == span.file && block.start <= span.start && span.end <= block.end
}

/// The lines that a stretch touches.
fn whole_lines(span: Span, sources: &Sources) -> Span {
    let text: &str = sources.file(span.file).text.as_ref();
    let (start, end) = (span.start as usize, (span.end as usize).min(text.len()));
    let start = text[..start].rfind('\n').map_or(0, |at| at + 1);
    let end = text[end..].find('\n').map_or(text.len(), |at| end + at);
    Span { file: span.file, start: start as u32, end: end as u32 }
}

/// The lines of a statement that begins at a stretch: where the first opens a block, to the line that is indented no deeper.
fn statement(span: Span, sources: &Sources) -> Span {
    let head = whole_lines(span, sources);
    let text = sources.text(head);
    if !text.trim_end().ends_with('{') {
        return head;
    }
    let indent = |line: &str| line.len() - line.trim_start().len();
    let all: &str = sources.file(span.file).text.as_ref();
    let mut end = head.end as usize;
    for line in all[end..].split_inclusive('\n').skip(1) {
        end += line.len();
        if !line.trim().is_empty() && indent(line) <= indent(text) {
            break;
        }
    }
    Span { end: end.min(all.len()) as u32, ..head }
}

/// A line with its whole block, where it begins a block of attributes: all of them are declared there.
fn block_of_attributes(line: Span, sources: &Sources) -> Span {
    let text = sources.text(line).trim_start();
    if text.starts_with("attributes") && text.trim_end().ends_with('{') { statement(line, sources) } else { line }
}

/// The words of a line, each with its place.
fn names(line: Span, text: &str) -> impl Iterator<Item = (&str, Span)> {
    let words = text.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|word| !word.is_empty());
    words.map(move |word| {
        let start = line.start + (word.as_ptr() as usize - text.as_ptr() as usize) as u32;
        (word, Span { start, end: start + word.len() as u32, ..line })
    })
}
