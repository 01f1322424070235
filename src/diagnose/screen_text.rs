//! Texts from elsewhere, such as names, keys and the words of a vendor, made harmless for each format.
//!
//! A text from elsewhere must not steer a terminal, begin a line of its own, or be taken for a command by the program that reads a
//! build log. Each format has one function here, and every screen uses it.

use std::{
    borrow::Cow,
    fmt::Write as _,
    io::{self, Write},
};

/// Whether a character would steer a terminal, end a line or turn the direction of writing.
#[must_use]
pub fn steers(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Whether [`printable`] would change the text, or might: a cheap test.
#[must_use]
pub fn may_harm(text: &str) -> bool {
    text.contains(steers) || text.contains("::") || text.contains("##")
}

/// The text on one line and harmless: line ends as a space, what would steer a terminal or turn the direction of writing as `\u{fffd}`.
/// What a build server takes for a command, `::error` and `##[error]`, gets a space.
#[must_use]
pub fn printable(text: &str) -> Cow<'_, str> {
    if !may_harm(text) {
        return Cow::Borrowed(text);
    }
    let each = |c: char| match c {
        '\n' | '\r' | '\t' | '\u{2028}' | '\u{2029}' | '\u{85}' => ' ',
        c if steers(c) => '\u{fffd}',
        c => c,
    };
    Cow::Owned(without_commands(&text.chars().map(each).collect::<String>()))
}

/// GitHub reads `::NAME` at the start of a line, where a wrapped text may put any word, and `##[NAME` anywhere, as Azure does with `##vso[`.
fn without_commands(line: &str) -> String {
    let mut out = String::with_capacity(line.len() + 1);
    let mut before = ' ';
    let mut rest = line;
    while let Some(c) = rest.chars().next() {
        let next = rest[c.len_utf8()..].chars().next();
        let is_command = rest.starts_with("::") && before.is_whitespace() && rest[2..].starts_with(char::is_alphabetic);
        out.push(c);
        if is_command || c == '#' && next == Some('#') {
            out.push(' ');
        }
        before = c;
        rest = &rest[c.len_utf8()..];
    }
    out
}

/// Each line of a text of several lines as [`printable`]; their indentation stays.
#[must_use]
pub fn printable_lines(text: &str) -> String {
    text.split('\n').map(printable).collect::<Vec<_>>().join("\n")
}

/// The text in Markdown and HTML: without markup of its own, by character references, which both read.
#[must_use]
pub fn in_markdown(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in printable(text).chars() {
        match c {
            '&' | '<' | '>' | '|' | '`' | '*' | '_' | '[' | ']' | '~' | '\\' | '"' | '\'' => drop(write!(out, "&#{};", u32::from(c))),
            c => out.push(c),
        }
    }
    out
}

/// The text as a cell of a file for a spreadsheet, which computes what begins as a formula: such a text gets an apostrophe.
#[must_use]
pub fn in_spreadsheet(text: &str) -> Cow<'_, str> {
    let text = printable(text);
    if is_formula(&text) { Cow::Owned(format!("'{text}")) } else { text }
}

/// Whether a spreadsheet would compute a cell with this text.
#[must_use]
pub fn is_formula(text: &str) -> bool {
    text.trim_start().starts_with(['=', '+', '-', '@'])
}

/// Rows of cells, the names of the columns first, as a file in CSV. The cells are written as they are: see [`in_spreadsheet`].
#[must_use]
pub fn csv_text<C: AsRef<[u8]>, R: IntoIterator<Item = C>>(names: &[&str], rows: impl IntoIterator<Item = R>) -> String {
    let mut writer = ::csv::Writer::from_writer(Vec::new());
    // Writing into memory does not fail.
    let _ = writer.write_record(names);
    for row in rows {
        let _ = writer.write_record(row);
    }
    writer.into_inner().ok().and_then(|bytes| String::from_utf8(bytes).ok()).unwrap_or_default()
}

/// JSON in which every character that [`steers`] is written as `\uXXXX`, and so is the second of `##`, so that the text stays what it is;
/// line ends between values stay.
#[must_use]
pub fn escaped_json(json: &str) -> Cow<'_, str> {
    let steers = |c: char| c != '\n' && steers(c);
    if !json.contains(steers) && !json.contains("##") {
        return Cow::Borrowed(json);
    }
    let mut out = String::with_capacity(json.len() + 16);
    let mut before = ' ';
    for c in json.chars() {
        if steers(c) || c == '#' && before == '#' {
            let _ = write!(out, "\\u{:04x}", u32::from(c));
        } else {
            out.push(c);
        }
        before = c;
    }
    Cow::Owned(out)
}

/// Writes JSON as [`escaped_json`] has it.
pub struct EscapedJson<W> {
    to: W,
    /// The beginning of a character whose end has not come yet.
    begun: Vec<u8>,
}

impl<W: Write> EscapedJson<W> {
    /// Writes to another writer.
    pub const fn new(to: W) -> Self {
        Self { to, begun: Vec::new() }
    }
}

impl<W: Write> Write for EscapedJson<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.begun.extend_from_slice(bytes);
        let whole = match std::str::from_utf8(&self.begun) {
            Ok(text) => text.len(),
            Err(error) => error.valid_up_to(),
        };
        let rest = self.begun.split_off(whole);
        let text = std::str::from_utf8(&self.begun).unwrap_or_default();
        self.to.write_all(escaped_json(text).as_bytes())?;
        self.begun = rest;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.to.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STEERING: &str = "\u{7}\u{1b}\u{7f}\u{85}\u{9b}\u{61c}\u{200e}\u{200f}\u{2028}\u{2029}\u{202a}\u{202e}\u{2066}\u{2069}";

    #[test]
    fn no_character_steers_in_any_format() {
        let text = format!("a{STEERING}\r\n\tb");
        for out in [printable(&text).into_owned(), in_markdown(&text), in_spreadsheet(&text).into_owned()] {
            assert!(!out.contains(steers) && out.starts_with('a') && out.ends_with('b'), "{out:?}");
        }
    }

    #[test]
    fn json_keeps_the_text_and_escapes_what_steers() {
        let text = format!("é{STEERING}\r\n€##vso[x]");
        let mut out = Vec::new();
        let mut writer = EscapedJson::new(&mut out);
        serde_json::to_string(&text).unwrap().bytes().for_each(|byte| writer.write_all(&[byte]).unwrap());
        let out = String::from_utf8(out).unwrap();
        assert!(!out.contains(steers), "{out:?}");
        assert!(!escaped_json(&serde_json::to_string(&text).unwrap()).contains("##"));
        assert_eq!(serde_json::from_str::<String>(&out).unwrap(), text);
    }

    #[test]
    fn a_build_server_finds_no_command() {
        let commands = ["::error file=x::hi", " ::add-mask::x", "a ::stop-commands::x", "##[error]x", "a##vso[task.complete]", "###[x"];
        let said =
            ["\u{3a} :error file=x::hi", " : :add-mask::x", "a : :stop-commands::x", "# #[error]x", "a# #vso[task.complete]", "# # #[x"];
        assert_eq!(commands.map(|text| printable(text).into_owned()), said.map(str::to_owned));
        for harmless in ["a::b", "::1", "12:30", "#4", "C::new()"] {
            assert_eq!(printable(harmless), harmless);
        }
    }

    #[test]
    fn markup_and_formulas_are_texts() {
        assert_eq!(in_markdown("a|b <i>_x_</i> `c`"), "a&#124;b &#60;i&#62;&#95;x&#95;&#60;/i&#62; &#96;c&#96;");
        assert_eq!(
            ["=1+1", "+49", "-1", "@x", "\t=1", "00112"].map(|text| in_spreadsheet(text).into_owned()),
            ["'=1+1", "'+49", "'-1", "'@x", "' =1", "00112"]
        );
    }
}
