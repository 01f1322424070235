//! The page of a code, as `explain` prints it.

use crate::diagnose::codes::Page;

/// Title, meaning, and the wrong beside the right.
#[must_use]
pub fn text(page: &Page) -> String {
    let mut out = format!("{}  {}\n\n{}\n", page.code, page.title, page.text.trim());
    for (word, example) in [("wrong", page.bad), ("right", page.good)] {
        if !example.is_empty() {
            out.push_str(&format!("\n{word}\n{}\n", indented(example)));
        }
    }
    out
}

fn indented(text: &str) -> String {
    text.trim_matches('\n').lines().map(|line| format!("    {line}")).collect::<Vec<_>>().join("\n")
}
