//! SARIF 2.1.0, for code scanning: rules with their pages, results with regions and fixes.

use crate::diagnose::{Diagnostic, Fix, Severity, Sources, Span, codes};
use serde_json::{Value as Json, json};
use std::collections::BTreeSet;

/// One run of the checker as a SARIF log.
#[must_use]
pub fn log<'a>(diagnostics: impl IntoIterator<Item = (&'a Diagnostic, &'a Sources)>) -> Json {
    let all: Vec<_> = diagnostics.into_iter().collect();
    let codes: Vec<&str> = all.iter().map(|(one, _)| one.code).collect::<BTreeSet<_>>().into_iter().collect();
    let rules: Vec<Json> = codes.iter().map(|code| rule(code)).collect();
    let results: Vec<Json> = all.iter().map(|(one, sources)| result(one, sources, &codes)).collect();
    json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": { "name": "counterpart", "semanticVersion": env!("CARGO_PKG_VERSION"), "rules": rules } },
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    })
}

fn rule(code: &str) -> Json {
    let (title, text) = codes::page(code).map_or((code, code), |page| (page.title, page.text));
    json!({ "id": code, "shortDescription": { "text": title }, "fullDescription": { "text": text }, "help": { "text": text } })
}

fn result(one: &Diagnostic, sources: &Sources, codes: &[&str]) -> Json {
    let level = if one.severity == Severity::Error { "error" } else { "warning" };
    let text = one.help.as_ref().map_or_else(|| one.message.clone(), |help| format!("{}; {help}", one.message));
    let mut result = json!({
        "ruleId": one.code,
        "ruleIndex": codes.iter().position(|code| *code == one.code).unwrap_or(0),
        "level": level,
        "message": { "text": text },
        "locations": [location(one.span, sources)],
    });
    if !one.related.is_empty() {
        let related: Vec<Json> = one.related.iter().map(|(span, words)| related(*span, words, sources)).collect();
        result["relatedLocations"] = Json::Array(related);
    }
    if !one.fixes.is_empty() {
        result["fixes"] = one.fixes.iter().map(|way| fix(way, sources)).collect();
    }
    result
}

fn related(span: Span, words: &str, sources: &Sources) -> Json {
    let mut location = location(span, sources);
    location["message"] = json!({ "text": words });
    location
}

fn location(span: Span, sources: &Sources) -> Json {
    json!({ "physicalLocation": { "artifactLocation": artifact(span, sources), "region": region(span, sources) } })
}

/// A file as SARIF wants it: a relative URI with forward slashes, percent-encoded.
fn artifact(span: Span, sources: &Sources) -> Json {
    let path = sources.file(span.file).path.to_string_lossy().replace('\\', "/");
    let uri: String = path.bytes().map(encoded).collect();
    json!({ "uri": uri })
}

fn encoded(byte: u8) -> String {
    let plain = byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte);
    if plain { char::from(byte).to_string() } else { format!("%{byte:02X}") }
}

fn region(span: Span, sources: &Sources) -> Json {
    let file = sources.file(span.file);
    let ((line, column), (end_line, end_column)) = (file.position(span.start), file.position(span.end));
    json!({ "startLine": line, "startColumn": column, "endLine": end_line, "endColumn": end_column })
}

fn fix(way: &Fix, sources: &Sources) -> Json {
    let changes: Vec<Json> = way
        .edits
        .iter()
        .map(|edit| {
            let replacement = json!({ "deletedRegion": region(edit.span, sources), "insertedContent": { "text": edit.text } });
            json!({ "artifactLocation": artifact(edit.span, sources), "replacements": [replacement] })
        })
        .collect();
    let words = if way.words.is_empty() { "mend it" } else { &way.words };
    json!({ "description": { "text": words }, "artifactChanges": changes })
}
