//! Each file in `fixtures/` with what is said about it, side by side: `names.sync` and `names.txt`.
//!
//! To add a case, write a `.sync` file and run the tests with `UPDATE=1`; then read the `.txt`.

use super::support::{Disk, check_in, rendered};
use std::{fs, path::PathBuf};

pub fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("src/check/tests/fixtures")
}

pub fn cases() -> Vec<String> {
    let mut cases = cases_in("");
    cases.extend(cases_in("folder/"));
    cases
}

/// Files that stand side by side in a folder of their own know each other.
fn cases_in(inner: &str) -> Vec<String> {
    let names = fs::read_dir(folder().join(inner)).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut cases: Vec<_> = names.filter_map(|name| name.strip_suffix(".sync").map(|name| format!("{inner}{name}"))).collect();
    cases.sort();
    cases
}

#[test]
fn each_mistake_is_said_where_it_stands() {
    let mut differing = Vec::new();
    for case in cases() {
        let said = rendered(&check_in(&Disk(folder()), &format!("{case}.sync")));
        let file = folder().join(format!("{case}.txt"));
        if std::env::var_os("UPDATE").is_some() {
            fs::write(&file, &said).unwrap();
        }
        let expected = fs::read_to_string(&file).unwrap_or_default();
        if said != expected {
            differing.push(format!("{case}.sync\n--- expected\n{expected}\n--- said\n{said}"));
        }
    }
    assert!(differing.is_empty(), "{}", differing.join("\n"));
}

#[test]
fn ten_mistakes_are_ten_diagnostics_each_with_what_to_do() {
    let checked = check_in(&Disk(folder()), "ten.sync");
    let errors: Vec<_> = checked.diagnostics.iter().filter(|one| one.is_error()).collect();
    let mut codes: Vec<_> = errors.iter().map(|one| one.code).collect();
    codes.sort_unstable();
    codes.dedup();
    assert_eq!((errors.len(), codes.len()), (10, 10), "{}", rendered(&checked));
    assert!(errors.iter().all(|one| one.help.is_some()), "{}", rendered(&checked));
}

#[test]
fn every_mistake_says_what_to_do_and_has_a_page() {
    for case in cases() {
        for one in check_in(&Disk(folder()), &format!("{case}.sync")).diagnostics {
            assert!(one.help.is_some(), "{case}.sync: {} {} has no help", one.code, one.message);
            assert!(crate::diagnose::codes::page(one.code).is_some(), "{} has no page", one.code);
        }
    }
}
