//! What `explain` prints: the page of a code, or the meaning of a word.

use crate::diagnose::codes::Page;
use unicode_width::UnicodeWidthStr;

/// The width of prose in columns, where there is room for it.
pub const WIDTH: usize = 96;

/// Title, meaning, what to do, and a wrong and a right example.
#[must_use]
pub fn text(width: usize, page: Page) -> String {
    let mut out = term(width, page.code, page.title());
    for paragraph in [page.meaning(), page.remedy()].into_iter().flat_map(|part| part.split("\n\n")) {
        out.push_str(&format!("\n{}\n", wrapped(width, paragraph)));
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
pub fn term(width: usize, word: &str, meaning: &str) -> String {
    wrapped(width, &format!("{word}\u{a0} {meaning}")).replacen('\u{a0}', " ", 1) + "\n"
}

/// The text wrapped between words.
#[must_use]
pub fn wrapped(width: usize, text: &str) -> String {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split([' ', '\n']).filter(|word| !word.is_empty()) {
        match lines.last_mut().filter(|line| line.width() + 1 + word.width() <= width) {
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
        let text = wrapped(WIDTH, &"words of eight ".repeat(20));
        assert!(text.lines().count() > 2 && text.lines().all(|line| line.width() <= WIDTH && !line.ends_with(' ')), "{text}");
        assert_eq!(term(WIDTH, "create", "a record"), "create  a record\n");
    }
}
