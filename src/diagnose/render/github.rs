//! Annotations of a pull request: the worst ten first; the log holds all.

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

/// The escapes of a workflow command's message.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// The escapes of a workflow command's property.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
