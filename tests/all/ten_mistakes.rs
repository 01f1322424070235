//! A file with ten different mistakes: ten answers, each on its line, each saying what to do. `check --fix` makes the edits that can
//! mean one thing only; what is left offers a choice, and with either choice the file checks.

use counterpart::{
    check::{Checked, LoadError, Loader, check},
    diagnose::{Diagnostic, Fix, edit, render, style::Style},
};
use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

const FILE: &str = "people.sync";

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/ten_mistakes")
}

fn fixture(name: &str) -> String {
    fs::read_to_string(folder().join(name)).unwrap_or_default()
}

/// The folder, with the file as it would be saved.
struct Saved<'a>(&'a str);

impl Loader for Saved<'_> {
    fn load(&self, path: &Path) -> Result<String, LoadError> {
        if path == Path::new(FILE) {
            Ok(self.0.to_owned())
        } else {
            fs::read_to_string(folder().join(path)).map_err(|_| LoadError::NotFound)
        }
    }
}

fn checked(text: &str) -> Checked {
    check(&Saved(text), Path::new(FILE))
}

fn rendered(checked: &Checked) -> String {
    render::text::all(checked.diagnostics.iter().map(|one| (one, &checked.sources)), Style { width: 140, ..Style::plain() })
}

/// What `check --fix` leaves: edits are made until none is left that can only mean one thing.
fn fixed(text: &str) -> String {
    let mut text = text.to_owned();
    for _ in 0..10 {
        let checked = checked(&text);
        let (files, fixed) = edit::apply_fixes(&checked.diagnostics, &checked.sources);
        if fixed == 0 {
            return text;
        }
        text = files.into_values().next().unwrap();
    }
    panic!("edits without end:\n{text}");
}

/// Compares with a file beside the fixture; `UPDATE=1` writes it.
fn as_kept(name: &str, text: &str) {
    if std::env::var_os("UPDATE").is_some() {
        fs::write(folder().join(name), text).unwrap();
    }
    assert_eq!(fixture(name), text, "{name}");
}

#[test]
fn ten_mistakes_are_ten_answers_each_on_its_line_with_what_to_do() {
    let text = fixture(FILE);
    let checked = checked(&text);
    let line_of = |one: &Diagnostic| text.lines().nth(checked.sources.position(one.span).0 as usize - 1).unwrap();
    for one in &checked.diagnostics {
        assert!(line_of(one).ends_with(&format!("# {}", one.code)), "{} {}: {}", one.code, one.message, line_of(one));
        let names = matches!(one.code, "E0203" | "E0204" | "E0205" | "E0207" | "E0506");
        assert!(one.help.is_some() && one.fixes.is_empty() == names, "{} {}", one.code, one.message);
    }
    let codes: BTreeSet<_> = checked.diagnostics.iter().map(|one| one.code).collect();
    assert_eq!((checked.diagnostics.len(), codes.len()), (10, 10), "{}", rendered(&checked));
    as_kept("said.txt", &rendered(&checked));
}

/// A line that is not understood may declare a name or give another its meaning, so that names are edited only once all lines are.
#[test]
fn each_mistake_has_an_edit_once_every_line_is_understood() {
    let of_syntax = |one: &&Diagnostic| one.code.starts_with("E01");
    let first = checked(&fixture(FILE));
    assert!(first.diagnostics.iter().filter(of_syntax).all(|one| one.fixes.len() == 1), "{}", rendered(&first));
    let (files, _) = edit::apply_fixes(first.diagnostics.iter().filter(of_syntax), &first.sources);
    let next = checked(&files.into_values().next().unwrap());
    assert_eq!(next.diagnostics.len() + first.diagnostics.iter().filter(of_syntax).count(), 10, "{}", rendered(&next));
    assert!(next.diagnostics.iter().all(|one| !one.fixes.is_empty()), "{}", rendered(&next));
}

#[test]
fn fix_makes_what_can_mean_one_thing_and_leaves_the_choice() {
    let text = fixed(&fixture(FILE));
    let left = checked(&text);
    let choices: Vec<_> = left.diagnostics.iter().map(|one| (one.code, one.fixes.len())).collect();
    assert_eq!(choices, [("E0311", 2)], "{}", rendered(&left));
    as_kept("fixed.sync.txt", &text);
}

#[test]
fn with_either_choice_the_file_checks() {
    let text = fixed(&fixture(FILE));
    for choice in 0..2 {
        let left = checked(&text);
        let Fix { edits, .. } = &left.diagnostics[0].fixes[choice];
        let chosen = edit::apply(&text, &edits.iter().collect::<Vec<_>>());
        let checked = checked(&chosen);
        assert!(checked.diagnostics.is_empty() && checked.project.is_some(), "{}", rendered(&checked));
    }
}

#[test]
fn what_code_scanning_is_told_is_valid_by_the_schema_of_the_standard() {
    let checked = checked(&fixture(FILE));
    let log = render::sarif::log(checked.diagnostics.iter().map(|one| (one, &checked.sources)));
    let schema = folder().join("../sarif/sarif-schema-2.1.0.json");
    let (mut schemas, mut compiler) = (boon::Schemas::new(), boon::Compiler::new());
    compiler.add_resource("sarif.json", serde_json::from_str(&fs::read_to_string(schema).unwrap()).unwrap()).unwrap();
    let schema = compiler.compile("sarif.json", &mut schemas).unwrap();
    assert_eq!(schemas.validate(&log, schema).err().map(|fault| fault.to_string()), None);
    assert_eq!(log["runs"][0]["results"].as_array().unwrap().len(), 10);
    assert_eq!(log["runs"][0]["tool"]["driver"]["rules"].as_array().unwrap().len(), 10);
}
