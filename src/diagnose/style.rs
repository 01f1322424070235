//! The colours and characters that a screen may use.

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
const PLAIN: [(&str, &str); 15] = [
    ("→", "->"),
    ("…", "..."),
    ("✓", "ok"),
    ("✗", "x"),
    ("▸", ">"),
    ("·", "|"),
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
        format!("\u{1b}[{code}m{text}\u{1b}[0m")
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
