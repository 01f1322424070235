//! Every example of the language parses without a word.

use crate::{diagnose::FileId, syntax::parse};
use std::path::{Path, PathBuf};

/// All `.sync` files under a folder.
pub(super) fn sync_files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).expect("the folder is there").map(|entry| entry.expect("readable").path());
    let mut files: Vec<PathBuf> = entries.flat_map(|path| if path.is_dir() { sync_files(&path) } else { vec![path] }).collect();
    files.retain(|path| path.extension().is_some_and(|extension| extension == "sync"));
    files.sort();
    files
}

/// The examples of the language's design.
pub(super) fn examples() -> Vec<(PathBuf, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/language");
    let read = |path: PathBuf| {
        let text = std::fs::read_to_string(&path).expect("readable");
        (path, text)
    };
    sync_files(&folder).into_iter().map(read).collect()
}

#[test]
fn all_examples_parse() {
    let examples = examples();
    assert!(examples.len() >= 16, "the examples are there");
    for (path, text) in examples {
        let (tree, faults) = parse(FileId(0), &text);
        assert!(faults.is_empty(), "{}: {:#?}", path.display(), faults);
        assert!(!tree.items.is_empty());
        assert!(!format!("{tree:?}").contains("Broken"), "{}", path.display());
    }
}
