//! The shipped files with the former words of the language: `check --fix` and `fmt` turn them into the present files.

use super::project::TestProject;
use std::{
    fs,
    path::{Path, PathBuf},
};

fn of(folder: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(folder)
}

/// The names of the `.sync` files of a folder and of its `systems`.
fn sync_files(folder: &Path) -> Vec<String> {
    let names = |inner: &str| {
        let entries = fs::read_dir(folder.join(inner)).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
        entries.filter(|name| name.ends_with(".sync")).map(|name| format!("{inner}{name}")).collect::<Vec<_>>()
    };
    let mut all = [names(""), names("systems/")].concat();
    all.sort();
    all
}

#[test]
fn fix_turns_the_files_of_old_into_those_of_now() {
    let project = TestProject::with_pipelines();
    let old = of("tests/fixtures/old_words");
    let files = sync_files(&old);
    let shipped = sync_files(project.path());
    assert!(files.len() > 15 && files.iter().all(|file| shipped.contains(file)), "{files:?} are shipped: {shipped:?}");
    for file in &files {
        project.write(file, fs::read(old.join(file)).unwrap());
    }
    let refused = project.counterpart(&["check"]);
    assert_eq!(refused.code, 1);
    assert!(refused.out.contains("`keep` is written `include` here"), "{}", refused.out);

    let fix: Vec<&str> = ["check", "--fix"].into_iter().chain(files.iter().map(String::as_str)).collect();
    let fixed = project.counterpart(&fix);
    assert_eq!(fixed.code, 0, "{fixed:?}");
    assert_eq!(project.counterpart(&["fmt"]).code, 0);
    for file in &files {
        let now = fs::read_to_string(of("pipelines").join(file)).unwrap();
        assert!(
            project.read(file) == now,
            "{file}: whoever changes a shipped file changes it in tests/fixtures/old_words too\n{}",
            project.read(file)
        );
    }
}
