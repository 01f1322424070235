//! The formatter: one layout, the same after a second time, and the same tree.

use super::examples::{examples, sync_files};
use crate::{
    diagnose::FileId,
    syntax::{format, parse},
};
use std::{path::Path, sync::LazyLock};

static PLACES: LazyLock<regex::Regex> =
    LazyLock::new(|| regex::Regex::new(r"Span \{ file: FileId\(0\), start: \d+, end: \d+ \}").expect("a pattern"));

/// The tree as text, without its places.
pub(super) fn shape(text: &str) -> String {
    let (tree, faults) = parse(FileId(0), text);
    assert!(faults.is_empty(), "{text}\n{faults:#?}");
    PLACES.replace_all(&format!("{tree:?}"), "_").into_owned()
}

/// Formatting changes the layout only, and a second time nothing.
pub(super) fn assert_law(text: &str, name: &str) -> String {
    let once = format(text).unwrap_or_else(|| panic!("{name} parses"));
    assert!(shape(text) == shape(&once), "{name} keeps its tree:\n{once}");
    assert_eq!(format(&once).as_deref(), Some(once.as_str()), "{name} is stable");
    once
}

#[test]
fn every_file_keeps_its_tree_and_settles_at_once() {
    let pipelines = sync_files(&Path::new(env!("CARGO_MANIFEST_DIR")).join("pipelines"));
    let others = pipelines.into_iter().map(|path| (path.clone(), std::fs::read_to_string(&path).expect("readable")));
    for (path, text) in examples().into_iter().chain(others) {
        let formatted = assert_law(&text, &path.display().to_string());
        assert_eq!(text.matches('#').count(), formatted.matches('#').count(), "{} keeps its comments", path.display());
    }
}

#[test]
fn examples_look_as_they_should() {
    for (path, text) in examples() {
        let name = format!("layout_{}", path.file_stem().expect("a file").to_string_lossy());
        insta::assert_snapshot!(name, format(&text).expect("parses"));
    }
}

#[test]
fn a_file_with_mistakes_is_left_alone() {
    assert_eq!(format("pipeline p {\n  titel \"x\"\n}\n"), None);
}
