//! Each code of this room has a page, and its example is what the page says.

use super::said;
use crate::diagnose::codes;

#[test]
fn the_bad_example_is_refused_with_its_code_and_the_good_one_parses() {
    let pages: Vec<_> = codes::all().filter(|page| page.code.starts_with("E01")).collect();
    assert_eq!(pages.len(), 10);
    for page in pages.into_iter().filter(|page| !page.wrong().is_empty()) {
        assert!(said(page.wrong()).contains(page.code), "{}: {}", page.code, said(page.wrong()));
        assert_eq!(said(page.right()), "", "{}", page.code);
    }
}
