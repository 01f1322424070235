//! Every code that the program can print has one page, and every page is about such a code.

use counterpart::diagnose::codes;
use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

/// All source files except the pages and the tests.
fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        if path.is_dir() && name != "tests" {
            sources(&path, found);
        } else if name.ends_with(".rs") && !["tests.rs", "codes.rs"].contains(&name) {
            found.push(path);
        }
    }
}

/// Codes such as `"E0203"` in the sources before `mod tests`.
fn said() -> BTreeSet<String> {
    let literal = regex::Regex::new(r#""([ELRW]\d{4})""#).unwrap();
    let mut files = Vec::new();
    sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut files);
    let mut codes = BTreeSet::new();
    for file in files {
        let text = fs::read_to_string(file).unwrap();
        let said = text.split("mod tests {").next().unwrap();
        codes.extend(literal.captures_iter(said).map(|found| found[1].to_owned()));
    }
    codes
}

#[test]
fn every_code_has_one_page_and_every_page_a_code() {
    let pages: Vec<_> = codes::all().map(|page| page.code.to_owned()).collect();
    let unique: BTreeSet<_> = pages.iter().cloned().collect();
    assert_eq!(pages.len(), unique.len(), "a code has two pages");
    let said = said();
    assert_eq!(said.difference(&unique).collect::<Vec<_>>(), Vec::<&String>::new(), "codes without a page");
    assert_eq!(unique.difference(&said).collect::<Vec<_>>(), Vec::<&String>::new(), "pages without a code");
}

/// Every file of `docs/codes` is in the program's list, has its own code as heading, and has no section that `explain` would leave out.
#[test]
fn each_file_of_a_page_is_shown_whole() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/codes");
    let mut files: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    files.sort();
    let mut listed: Vec<_> = codes::all().map(|page| format!("{}.md", page.code)).collect();
    listed.sort();
    assert_eq!(files, listed);
    for page in codes::all() {
        assert!(page.markdown.starts_with(&format!("# {}: ", page.code)), "{}", page.code);
        let shown = [page.meaning(), page.remedy(), page.wrong(), page.right()].join("\n");
        let text = |markdown: &str| markdown.lines().filter(|line| !line.is_empty() && !line.starts_with(['#', '`'])).count();
        assert_eq!(text(page.markdown), text(&shown), "{}", page.code);
    }
}

#[test]
fn pages_speak_in_whole_sentences_and_their_titles_do_not() {
    for page in codes::all() {
        let title = page.title();
        assert!(!title.ends_with('.') && !title.is_empty(), "{}", page.code);
        assert!(title.starts_with(|first: char| first.is_lowercase() || first == '`'), "{}: {title}", page.code);
        assert!(page.meaning().ends_with('.') && page.meaning().len() > 60, "{}", page.code);
        assert!(page.remedy().ends_with('.') && page.remedy().len() > 10, "{}", page.code);
        assert_eq!(page.wrong().is_empty(), page.right().is_empty(), "{}", page.code);
    }
}
