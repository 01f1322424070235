//! Each encoding read and written, in pieces of any size.

use super::*;
use proptest::prelude::*;

/// Gives one byte at a time, so that no character comes whole.
struct Slowly<'b>(&'b [u8]);

impl Read for Slowly<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.0.len().min(buffer.len()).min(1);
        buffer[..count].copy_from_slice(&self.0[..count]);
        self.0 = &self.0[count..];
        Ok(count)
    }
}

fn decoded(encoding: CharacterEncoding, bytes: &[u8]) -> Result<String, String> {
    let mut text = String::new();
    Decoded::new(Slowly(bytes), encoding).read_to_string(&mut text).map_err(|error| error.to_string())?;
    Ok(text)
}

fn named(name: &str) -> CharacterEncoding {
    CharacterEncoding::parse(name).unwrap_or_else(|| panic!("{name}"))
}

#[test]
fn bytes_are_the_characters_of_their_encoding() {
    for (name, bytes, text) in [
        ("windows-1252", &b"H\xe9l\xe8ne \x80 \x9e"[..], "Hélène € ž"),
        ("windows-1250", b"\xa3\xf3d\x9f", "Łódź"),
        ("windows-1251", b"\xcc\xee\xf1\xea\xe2\xe0", "Москва"),
        ("iso-8859-1", b"Ren\xe9e", "Renée"),
        ("iso-8859-15", b"\xa4 \xbd", "€ œ"),
        ("ibm850", b"Fran\x87ois", "François"),
        ("macintosh", b"Ren\x8e", "René"),
        ("koi8-r", b"\xed\xc9\xd2", "Мир"),
        ("utf-16le", b"A\0\x3d\xd8\x00\xde", "A😀"),
        ("utf-16be", b"\0A\xd8\x3d\xde\x00", "A😀"),
    ] {
        assert_eq!(decoded(named(name), bytes).as_deref(), Ok(text), "{name}");
        assert_eq!(named(name).encode(text).as_deref(), Ok(bytes), "{name}");
    }
}

#[test]
fn what_is_no_character_is_told_with_its_line() {
    let said = |name: &str, bytes: &[u8]| decoded(named(name), bytes).unwrap_err();
    let cause = "is no character of windows-1252: check that `encoding` is the one of the file";
    // A capital letter with an accent in UTF-8.
    assert_eq!(said("windows-1252", "a\nb\nÁ".as_bytes()), format!("0x81 in line 3 {cause}"));
    assert!(said("iso-8859-1", b"caf\x85").starts_with("0x85 in line 1 is no character of iso-8859-1"));
    assert!(said("utf-16le", b"A\0\n\0\x3d\xd8B\0").starts_with("0xD83D in line 2"));
    assert!(said("utf-16le", b"A\0B").starts_with("0x42 in line 1"));
    assert!(said("utf-16be", b"\0A\xd8\x3d").starts_with("0xD8 in line 1"));
    assert_eq!(named("windows-1252").encode("Łódź"), Err('Ł'));
    assert_eq!(named("iso-8859-1").encode("a\u{fffd}"), Err('\u{fffd}'));
}

#[test]
fn a_mark_decides_or_contradicts() {
    let marked = |name: &str, start: &[u8]| named(name).marked(start).map(CharacterEncoding::name).map_err(|error| error.to_string());
    assert_eq!(marked("utf-16", b"\xff\xfeA\0").as_deref(), Ok("utf-16le"));
    assert_eq!(marked("utf-16", b"\xfe\xff\0A").as_deref(), Ok("utf-16be"));
    assert!(marked("utf-16", b"A\0").unwrap_err().contains("utf-16le"));
    assert_eq!(marked("utf-8", b"\xef\xbb\xbfid").as_deref(), Ok("utf-8"));
    assert!(marked("utf-8", b"\xff\xfei\0").unwrap_err().starts_with("is in UTF-16"));
    for (name, start, mark) in [
        ("windows-1252", &b"\xef\xbb\xbfid"[..], "utf-8"),
        ("iso-8859-1", b"\xff\xfei\0", "utf-16le"),
        ("utf-16le", b"\xfe\xff\0i", "utf-16be"),
        ("utf-16", b"\xef\xbb\xbfid", "utf-8"),
    ] {
        let said = marked(name, start).unwrap_err();
        assert!(said.contains(mark) && said.contains(name), "{said}");
    }
    assert_eq!(marked("windows-1252", b"id;name").as_deref(), Ok("windows-1252"));
}

#[test]
fn each_name_is_known_and_each_table_is_whole() {
    for name in CharacterEncoding::names() {
        assert_eq!(named(name).name(), name);
    }
    for (name, table) in TABLES {
        assert_eq!(table.chars().count(), 128, "{name}");
        let known: Vec<char> = table.chars().filter(|c| *c != char::REPLACEMENT_CHARACTER).collect();
        let once: std::collections::BTreeSet<_> = known.iter().collect();
        assert_eq!(once.len(), known.len(), "{name}: two bytes of one character");
        assert!(known.iter().all(|c| !c.is_ascii() && !c.is_control()), "{name}");
    }
    assert_eq!(CharacterEncoding::parse("Windows-1252"), None);
}

proptest! {
    #[test]
    fn what_is_read_is_written_as_it_was(bytes in proptest::collection::vec(any::<u8>(), 0..12), at in 2..26_usize) {
        let encoding = named(CharacterEncoding::names()[at]);
        if let Ok(text) = decoded(encoding, &bytes) {
            prop_assert_eq!(encoding.encode(&text), Ok(bytes));
        }
    }
}
