//! Systems of public APIs (`tests/fixtures/apis`), which are not shipped: what the language has to be able to say.

use super::{
    come_back::{Size, systems, tried},
    outcomes::taken_otherwise,
};
use crate::{
    check::{Checked, check},
    compile::texts::Texts,
    host::Host,
    sandbox::trial::Trials,
    syntax::format::format,
};
use std::{fs, path::Path};

/// Every file, by its name.
fn texts() -> Vec<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/apis");
    let mut all: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    all.sort();
    let read = |path: &std::path::PathBuf| (path.file_name().unwrap().to_str().unwrap().to_owned(), fs::read_to_string(path).unwrap());
    all.iter().map(read).collect()
}

fn checked() -> Vec<(String, Checked)> {
    let mut trials = Trials::new(Host::real());
    let one = |(name, text): (String, String)| {
        let mut checked = check(&Texts { files: vec![(&name, &text)], told: &[] }, Path::new(&name));
        trials.add_to(&mut checked);
        (name, checked)
    };
    texts().into_iter().map(one).collect()
}

#[test]
fn each_has_neither_errors_nor_lints() {
    let said: Vec<_> = checked()
        .into_iter()
        .flat_map(|(name, checked)| checked.diagnostics.into_iter().map(move |one| format!("{name}: {} {}", one.code, one.message)))
        .collect();
    assert_eq!(said, [""; 0]);
}

#[test]
fn each_has_the_layout_of_fmt() {
    let other: Vec<_> = texts().into_iter().filter(|(_, text)| format(text).as_deref() != Some(text)).map(|(name, _)| name).collect();
    assert_eq!(other, [""; 0]);
}

#[test]
fn every_outcome_that_is_built_is_judged_as_it() {
    let (mut built, mut wrong) = (0, Vec::new());
    for (_, checked) in checked() {
        systems(&checked).iter().for_each(|system| built += taken_otherwise(system, &mut wrong));
    }
    assert!(wrong.is_empty(), "{} of {built}:\n{}", wrong.len(), wrong.join("\n"));
    assert!(built > 200, "{built}");
}

#[tokio::test]
async fn records_of_each_come_back_as_they_are() {
    let (wrong, count) = tried(&checked(), Size { records: 40, one_by_one: 6 }).await;
    assert!(wrong.is_empty(), "{} of {count}:\n{}", wrong.len(), wrong.join("\n"));
    assert!(count > 1000, "{count}");
}
