//! SARIF 2.1.0, for code scanning: rules with their pages, results with regions and fixes.

use crate::diagnose::{Diagnostic, Edit, FileId, Fix, Severity, Sources, Span, codes};
use serde_json::{Value as Json, json};
use std::collections::{BTreeMap, BTreeSet};

const ERROR: &str = "error";
const LINT: &str = "warning";

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
            "invocations": [{ "executionSuccessful": true }],
            "results": results,
        }],
    })
}

fn rule(code: &str) -> Json {
    let (title, meaning, remedy, page) =
        codes::page(code).map_or((code, code, "", code), |page| (page.title(), page.meaning(), page.remedy(), page.markdown));
    let level = if code.starts_with('L') { LINT } else { ERROR };
    json!({
        "id": code,
        "shortDescription": { "text": title },
        "fullDescription": { "text": meaning },
        "help": { "text": format!("{meaning}\n\n{remedy}\n\ncounterpart explain {code}"), "markdown": page },
        "defaultConfiguration": { "level": level },
    })
}

fn result(one: &Diagnostic, sources: &Sources, codes: &[&str]) -> Json {
    let level = if one.severity == Severity::Error { ERROR } else { LINT };
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
    let mut files: BTreeMap<FileId, Vec<&Edit>> = BTreeMap::new();
    way.edits.iter().for_each(|edit| files.entry(edit.span.file).or_default().push(edit));
    let changes: Vec<Json> = files.values().map(|edits| change(edits, sources)).collect();
    let words = if way.words.is_empty() { "fix it" } else { &way.words };
    json!({ "description": { "text": words }, "artifactChanges": changes })
}

/// What an edit does to one file.
fn change(edits: &[&Edit], sources: &Sources) -> Json {
    let replacement = |edit: &&Edit| json!({ "deletedRegion": region(edit.span, sources), "insertedContent": { "text": edit.text } });
    let replacements: Vec<Json> = edits.iter().map(replacement).collect();
    json!({ "artifactLocation": artifact(edits[0].span, sources), "replacements": replacements })
}

#[cfg(test)]
mod tests {
    use super::*;
    use boon::{Compiler, Schemas};

    const SCHEMA: &str = include_str!("../../../tests/fixtures/sarif/sarif-schema-2.1.0.json");

    fn faults(log: &Json) -> Option<String> {
        let schema = serde_json::from_str(SCHEMA).unwrap();
        let (mut schemas, mut compiler) = (Schemas::new(), Compiler::new());
        compiler.add_resource("sarif.json", schema).unwrap();
        let schema = compiler.compile("sarif.json", &mut schemas).unwrap();
        schemas.validate(log, schema).err().map(|fault| format!("{fault:#}"))
    }

    fn sample() -> Json {
        let mut sources = Sources::default();
        let file = sources.add("systems/café au lait.sync", "one\n  \u{1f600} two\nthree\n");
        let span = |start, end| Span { file, start, end };
        let both = vec![Edit { span: span(0, 3), text: "1".to_owned() }, Edit { span: span(11, 14), text: "2".to_owned() }];
        let error = Diagnostic::error("E0203", span(11, 14), "no `two`").help("did you mean `2`?").related(span(0, 3), "first here");
        let error = error.fix(Fix { words: String::new(), edits: both });
        let lint = Diagnostic::lint("L0701", span(21, 21), "no guard").fix(Fix::replace(span(21, 21), "guard { }\n", "writes it down"));
        log([(&error, &sources), (&lint, &sources)])
    }

    #[test]
    fn a_log_is_valid_by_the_schema_of_the_standard() {
        assert_eq!(faults(&sample()), None);
        assert_eq!(faults(&log([])), None);
    }

    #[test]
    fn the_schema_is_looked_at() {
        let mut log = sample();
        log["runs"][0]["results"][0]["level"] = json!("fatal");
        assert!(faults(&log).is_some_and(|fault| fault.contains("level")));
    }

    #[test]
    fn columns_count_characters_and_edits_of_one_file_stand_together() {
        let log = sample();
        let result = &log["runs"][0]["results"][0];
        let place = &result["locations"][0]["physicalLocation"];
        assert_eq!(place["region"], json!({ "startLine": 2, "startColumn": 5, "endLine": 2, "endColumn": 8 }));
        assert_eq!(place["artifactLocation"]["uri"], "systems/caf%C3%A9%20au%20lait.sync");
        assert_eq!(result["fixes"][0]["artifactChanges"].as_array().unwrap().len(), 1);
        assert_eq!(result["fixes"][0]["artifactChanges"][0]["replacements"].as_array().unwrap().len(), 2);
    }
}
