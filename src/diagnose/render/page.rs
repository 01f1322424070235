//! What `explain` prints: the page of a code, or the meaning of a word.

use crate::diagnose::codes::Page;
use unicode_width::UnicodeWidthStr;

/// Width of prose in columns.
const WIDTH: usize = 96;

/// Title, meaning, what to do, and a wrong and a right example.
#[must_use]
pub fn text(page: Page) -> String {
    let mut out = term(page.code, page.title());
    for paragraph in [page.meaning(), page.remedy()].into_iter().flat_map(|part| part.split("\n\n")) {
        out.push_str(&format!("\n{}\n", wrapped(paragraph)));
    }
    for (word, example) in [("wrong", page.wrong()), ("right", page.right())] {
        if !example.is_empty() {
            out.push_str(&format!("\n{word}\n{}\n", indented(example)));
        }
    }
    out
}

/// `create  a record that has no counterpart …`
#[must_use]
pub fn term(word: &str, meaning: &str) -> String {
    wrapped(&format!("{word}\u{a0} {meaning}")).replacen('\u{a0}', " ", 1) + "\n"
}

/// The text wrapped between words.
#[must_use]
pub fn wrapped(text: &str) -> String {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split([' ', '\n']).filter(|word| !word.is_empty()) {
        match lines.last_mut().filter(|line| line.width() + 1 + word.width() <= WIDTH) {
            Some(line) => line.extend([" ", word]),
            None => lines.push(word.to_owned()),
        }
    }
    lines.join("\n")
}

fn indented(text: &str) -> String {
    text.trim_matches('\n').lines().map(|line| format!("    {line}")).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_broken_between_words() {
        let text = wrapped(&"words of eight ".repeat(20));
        assert!(text.lines().count() > 2 && text.lines().all(|line| line.width() <= WIDTH && !line.ends_with(' ')), "{text}");
        assert_eq!(term("create", "a record"), "create  a record\n");
    }
}
