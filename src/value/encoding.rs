//! Encodings of text files, by their names.

mod tables;

use serde::{Serialize, Serializer};
use std::io::{self, Read};
use tables::TABLES;

/// The byte order mark.
pub const MARK: char = '\u{feff}';

/// The same in UTF-8.
pub const UTF8_MARK: &[u8] = b"\xEF\xBB\xBF";

/// Text in UTF-8 without the byte order mark before it.
#[must_use]
pub fn without_mark(text: &[u8]) -> &[u8] {
    text.strip_prefix(UTF8_MARK).unwrap_or(text)
}

/// How the characters of a text are written as bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum CharacterEncoding {
    #[default]
    Utf8,
    /// Whose byte order mark says which of the two it is.
    Utf16,
    Utf16Le,
    Utf16Be,
    /// One byte a character: the name of a table.
    Table(&'static str, &'static str),
}

/// A byte, or a unit of two, that is no character.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("0x{unit:02X} in line {line} is no character of {encoding}: check that `encoding` is the one of the file")]
pub struct Undecodable {
    pub unit: u16,
    pub line: u64,
    pub encoding: &'static str,
}

/// Why an encoding and the byte order mark of a file don't fit.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum MarkError {
    #[error("is in UTF-16: write `encoding = \"utf-16\"`, or save it as UTF-8")]
    IsUtf16,
    #[error("begins with the byte order mark of {mark}, and `encoding` is `{declared}`: correct one of the two")]
    Contradicted { mark: &'static str, declared: &'static str },
    #[error("has no byte order mark: write `utf-16le` (as Windows does) or `utf-16be`")]
    Unmarked,
}

impl CharacterEncoding {
    /// The names, in the order in which messages list them.
    #[must_use]
    pub fn names() -> Vec<&'static str> {
        ["utf-8", "utf-16", "utf-16le", "utf-16be"].into_iter().chain(TABLES.iter().map(|(name, _)| *name)).collect()
    }

    /// The encoding of a name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        let known = [Self::Utf8, Self::Utf16, Self::Utf16Le, Self::Utf16Be].into_iter().find(|one| one.name() == name);
        known.or_else(|| TABLES.iter().find(|(known, _)| *known == name).map(|(name, table)| Self::Table(name, table)))
    }

    /// The encoding of a label of the web (<https://encoding.spec.whatwg.org>): Latin-1 and ASCII are read as `windows-1252`, of which they
    /// are parts.
    #[must_use]
    pub fn of_label(label: &str) -> Option<Self> {
        let label = label.trim().to_ascii_lowercase();
        let name = match label.as_str() {
            "utf8" => "utf-8",
            "us-ascii" | "ascii" | "latin1" | "l1" | "iso-8859-1" | "iso8859-1" | "iso_8859-1" | "cp1252" => "windows-1252",
            "latin2" | "l2" | "iso8859-2" => "iso-8859-2",
            "latin-9" | "latin9" | "iso8859-15" => "iso-8859-15",
            other => match other.strip_prefix("cp125").or_else(|| other.strip_prefix("x-cp125")) {
                Some(page) => return Self::parse(&format!("windows-125{page}")),
                None => other,
            },
        };
        Self::parse(name)
    }

    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Utf8 => "utf-8",
            Self::Utf16 => "utf-16",
            Self::Utf16Le => "utf-16le",
            Self::Utf16Be => "utf-16be",
            Self::Table(name, _) => name,
        }
    }

    /// The encoding to read a file with that begins with these bytes. A byte order mark decides what is left open, and is never
    /// overruled.
    ///
    /// # Errors
    /// The mark is that of another encoding, or is missing where it is needed.
    pub fn marked(self, start: &[u8]) -> Result<Self, MarkError> {
        let mark = match start {
            [0xEF, 0xBB, 0xBF, ..] => Some(Self::Utf8),
            [0xFF, 0xFE, ..] => Some(Self::Utf16Le),
            [0xFE, 0xFF, ..] => Some(Self::Utf16Be),
            _ => None,
        };
        match (self, mark) {
            (Self::Utf16, None) => Err(MarkError::Unmarked),
            (Self::Utf16, Some(mark)) if mark != Self::Utf8 => Ok(mark),
            (Self::Utf8, Some(Self::Utf16Le | Self::Utf16Be)) => Err(MarkError::IsUtf16),
            (declared, Some(mark)) if declared != mark => Err(MarkError::Contradicted { mark: mark.name(), declared: declared.name() }),
            (declared, _) => Ok(declared),
        }
    }

    /// Which UTF-16 a text without a mark seems to be in, by its first bytes: of Latin letters, every second byte is 0.
    #[must_use]
    pub fn seems_utf_16(start: &[u8]) -> Option<Self> {
        let zeros = |from: usize| start.iter().skip(from).step_by(2).filter(|byte| **byte == 0).count();
        let is_most = |zeros: usize| start.len() >= 4 && zeros * 8 >= start.len() * 3;
        match (zeros(0), zeros(1)) {
            (0, low) if is_most(low) => Some(Self::Utf16Le),
            (high, 0) if is_most(high) => Some(Self::Utf16Be),
            _ => None,
        }
    }

    /// The bytes of a text.
    ///
    /// # Errors
    /// The first character that can't be written so.
    pub fn encode(self, text: &str) -> Result<Vec<u8>, char> {
        match self {
            Self::Utf8 => Ok(text.as_bytes().to_vec()),
            Self::Utf16 | Self::Utf16Le => Ok(text.encode_utf16().flat_map(u16::to_le_bytes).collect()),
            Self::Utf16Be => Ok(text.encode_utf16().flat_map(u16::to_be_bytes).collect()),
            Self::Table(_, table) => text.chars().map(|c| byte_of(table, c).ok_or(c)).collect(),
        }
    }

    /// Whether a new file of it begins with a byte order mark.
    #[must_use]
    pub fn begins_with_mark(self) -> bool {
        self == Self::Utf16
    }
}

impl Serialize for CharacterEncoding {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

fn byte_of(table: &str, c: char) -> Option<u8> {
    if c.is_ascii() {
        return Some(c as u8);
    }
    let at = table.chars().position(|one| one == c && c != char::REPLACEMENT_CHARACTER)?;
    u8::try_from(at + 0x80).ok()
}

/// A text as UTF-8, whatever it is written in. A byte order mark stays.
pub struct Decoded<R> {
    from: R,
    /// The characters of the bytes from 0x80 on; none for UTF-16.
    table: Option<Vec<char>>,
    encoding: CharacterEncoding,
    line: u64,
    /// Bytes that were read and not yet decoded.
    raw: Vec<u8>,
    /// Text that was decoded and not yet passed on, from the place after it on.
    text: String,
    at: usize,
}

impl<R: Read> Decoded<R> {
    /// Of an encoding other than UTF-8, which has nothing to decode.
    pub fn new(from: R, encoding: CharacterEncoding) -> Self {
        let table = if let CharacterEncoding::Table(_, table) = encoding { Some(table.chars().collect()) } else { None };
        Self { from, table, encoding, line: 1, raw: Vec::new(), text: String::new(), at: 0 }
    }

    /// Decodes what comes next; false at the end.
    fn go_on(&mut self) -> io::Result<bool> {
        self.text.clear();
        self.at = 0;
        let mut chunk = [0; 1 << 13];
        while self.text.is_empty() {
            let count = self.from.read(&mut chunk)?;
            if count == 0 {
                return if self.raw.is_empty() { Ok(false) } else { Err(self.undecodable(u16::from(self.raw[0]))) };
            }
            self.raw.extend_from_slice(&chunk[..count]);
            if self.table.is_some() { self.single_bytes() } else { self.pairs_of_bytes() }?;
        }
        Ok(true)
    }

    fn single_bytes(&mut self) -> io::Result<()> {
        for byte in std::mem::take(&mut self.raw) {
            let c = match self.table.as_ref().and_then(|table| table.get(usize::from(byte).wrapping_sub(0x80))) {
                Some(&char::REPLACEMENT_CHARACTER) => return Err(self.undecodable(u16::from(byte))),
                Some(c) => *c,
                None => char::from(byte),
            };
            self.push(c);
        }
        Ok(())
    }

    /// Leaves half a character for the next time.
    fn pairs_of_bytes(&mut self) -> io::Result<()> {
        let unit = if self.encoding == CharacterEncoding::Utf16Be { u16::from_be_bytes } else { u16::from_le_bytes };
        let units: Vec<u16> = self.raw.chunks_exact(2).map(|pair| unit([pair[0], pair[1]])).collect();
        let whole = units.len() - usize::from(units.last().is_some_and(|unit| (0xD800..0xDC00).contains(unit)));
        for decoded in char::decode_utf16(units[..whole].iter().copied()) {
            match decoded {
                Ok(c) => self.push(c),
                Err(error) => return Err(self.undecodable(error.unpaired_surrogate())),
            }
        }
        self.raw.drain(..whole * 2);
        Ok(())
    }

    fn push(&mut self, c: char) {
        self.line += u64::from(c == '\n');
        self.text.push(c);
    }

    fn undecodable(&self, unit: u16) -> io::Error {
        io::Error::new(io::ErrorKind::InvalidData, Undecodable { unit, line: self.line, encoding: self.encoding.name() })
    }
}

impl<R: Read> Read for Decoded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.at == self.text.len() && !self.go_on()? {
            return Ok(0);
        }
        let rest = &self.text.as_bytes()[self.at..];
        let count = rest.len().min(buffer.len());
        buffer[..count].copy_from_slice(&rest[..count]);
        self.at += count;
        Ok(count)
    }
}

#[cfg(test)]
mod tests;
