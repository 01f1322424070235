//! The colours and characters that a screen may use.

use super::screen_text::steers;
use std::{
    hash::{BuildHasher, RandomState},
    sync::OnceLock,
};

/// Colour, characters and width.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Style {
    pub color: bool,
    pub ascii: bool,
    /// Columns, from 60 to 200.
    pub width: usize,
}

/// The meaning of a colour. A sign or a word always says the same, so that nothing depends on colour alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ink {
    Green,
    Yellow,
    Red,
    Cyan,
    Dim,
    Bold,
    /// White on red.
    Alarm,
}

/// ASCII replacements for terminals without UTF-8.
const PLAIN: [(&str, &str); 16] = [
    ("→", "->"),
    ("…", "..."),
    ("✓", "ok"),
    ("✗", "x"),
    ("▸", ">"),
    ("·", "|"),
    ("•", "*"),
    ("█", "#"),
    ("░", "."),
    ("›", ">"),
    ("╭─", ",-"),
    ("╰─", "`-"),
    ("├─", "|-"),
    ("│", "|"),
    ("────", "^^^^"),
    ("─", "^"),
];

impl Style {
    /// No colour, UTF-8, 100 columns: what tests and documents show.
    #[must_use]
    pub const fn plain() -> Self {
        Self { color: false, ascii: false, width: 100 }
    }

    /// The text in a colour, where there are colours.
    #[must_use]
    pub fn paint(&self, ink: Ink, text: &str) -> String {
        if !self.color {
            return text.to_owned();
        }
        let code = match ink {
            Ink::Green => "32",
            Ink::Yellow => "33",
            Ink::Red => "31",
            Ink::Cyan => "36",
            Ink::Dim => "2",
            Ink::Bold => "1",
            Ink::Alarm => "97;41",
        };
        let start = color_start();
        format!("{start}{code}m{text}{start}0m")
    }

    /// The text with its arrows, ticks, dots and lines replaced where there is no UTF-8.
    #[must_use]
    pub fn plainly(&self, text: &str) -> String {
        if !self.ascii {
            return text.to_owned();
        }
        PLAIN.iter().fold(text.to_owned(), |text, (from, to)| text.replace(from, to))
    }
}

/// The start of each colour of this process. The numbers in it are random, so that no text from elsewhere can contain it, and of four
/// digits each, since what measures a text knows no longer ones in an escape.
fn color_start() -> &'static str {
    static START: OnceLock<String> = OnceLock::new();
    START.get_or_init(|| {
        let random = RandomState::new().hash_one(());
        let numbers = (0..4).map(|at| format!("{:04};", (random >> (16 * at)) % 10_000));
        format!("\u{1b}[{}", numbers.collect::<String>())
    })
}

/// A screen as it may be sent to a terminal: the colours of [`Style::paint`], line ends and tabs stay. Every other character that
/// would steer the terminal or turn the direction of writing becomes `\u{fffd}`, because it comes from a record or a file.
#[must_use]
pub fn for_terminal(screen: &str) -> String {
    let harmless = |c: char| if steers(c) && !matches!(c, '\n' | '\t') { '\u{fffd}' } else { c };
    let parts = screen.split(color_start()).map(|part| part.chars().map(harmless).collect::<String>());
    parts.collect::<Vec<_>>().join("\u{1b}[")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_colours_of_this_program_reach_a_terminal() {
        let style = Style { color: true, ..Style::plain() };
        let screen = format!("{}\tA\u{1b}[31mB\u{9b}2J\u{202e}\r\n", style.paint(Ink::Green, "ok"));
        assert_eq!(super::super::layout::columns(&style.paint(Ink::Alarm, "four")), 4);
        assert_eq!(for_terminal(&screen), "\u{1b}[32mok\u{1b}[0m\tA\u{fffd}[31mB\u{fffd}2J\u{fffd}\u{fffd}\n");
    }
}
