//! For programs: every field of a diagnostic, with lines, columns (from 1) and byte offsets.

use super::{Tally, severity};
use crate::diagnose::{Diagnostic, Fix, Sources, Span};
use serde_json::{Value as Json, json};

/// All diagnostics; `"format": 1`.
#[must_use]
pub fn all<'a>(diagnostics: impl IntoIterator<Item = (&'a Diagnostic, &'a Sources)>, tally: Tally, files: usize) -> Json {
    let each: Vec<Json> = diagnostics.into_iter().map(|(one, sources)| diagnostic(one, sources)).collect();
    json!({ "format": 1, "errors": tally.errors, "lints": tally.lints, "files": files, "diagnostics": each })
}

/// One diagnostic.
#[must_use]
pub fn diagnostic(one: &Diagnostic, sources: &Sources) -> Json {
    json!({
        "code": one.code,
        "severity": severity(one.severity),
        "message": one.message,
        "label": one.label,
        "help": one.help,
        "at": span(one.span, sources),
        "related": one.related.iter().map(|(at, words)| json!({ "at": span(*at, sources), "message": words })).collect::<Vec<_>>(),
        "fixes": one.fixes.iter().map(|way| fix(way, sources)).collect::<Vec<_>>(),
    })
}

fn fix(way: &Fix, sources: &Sources) -> Json {
    let edits: Vec<Json> = way.edits.iter().map(|edit| json!({ "at": span(edit.span, sources), "text": edit.text })).collect();
    json!({ "words": way.words, "edits": edits })
}

fn span(span: Span, sources: &Sources) -> Json {
    let file = sources.file(span.file);
    let ((line, column), (end_line, end_column)) = (file.position(span.start), file.position(span.end));
    json!({
        "file": file.path.display().to_string(),
        "line": line, "column": column, "end_line": end_line, "end_column": end_column,
        "start": span.start, "end": span.end,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnose::{FileId, Span};

    #[test]
    fn lines_and_columns_from_one_offsets_in_bytes() {
        let mut sources = Sources::default();
        sources.add("a.sync", "é\n  é two\n");
        let span = Span { file: FileId(0), start: 8, end: 11 };
        let one = Diagnostic::error("E0203", span, "no `two`").fix(Fix::replace(span, "2", "writes 2"));
        let all = all([(&one, &sources)], Tally::of([&one]), 1);
        let at = json!({ "file": "a.sync", "line": 2, "column": 5, "end_line": 2, "end_column": 8, "start": 8, "end": 11 });
        assert_eq!((&all["format"], &all["errors"], &all["lints"]), (&json!(1), &json!(1), &json!(0)));
        assert_eq!(all["diagnostics"][0]["at"], at);
        assert_eq!(all["diagnostics"][0]["fixes"], json!([{ "words": "writes 2", "edits": [{ "at": at, "text": "2" }] }]));
    }
}
