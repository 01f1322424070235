//! From the bytes of an answer to text: the character set that an answer names, or that its XML declares, becomes UTF-8, in which
//! everything behind this reads.

use crate::value::encoding::{CharacterEncoding, Decoded, MARK};
use reqwest::header::{CONTENT_TYPE, HeaderMap};
use std::{borrow::Cow, io::Read as _};

/// The body of an answer in UTF-8. One that can't be decoded stays as it is, so that its reader says where it is no text.
pub fn in_utf8(headers: &HeaderMap, body: Vec<u8>) -> Vec<u8> {
    let Some(encoding) = encoding_of(headers, &body).filter(|encoding| *encoding != CharacterEncoding::Utf8) else { return body };
    let mut text = String::with_capacity(body.len());
    if Decoded::new(&*body, encoding).read_to_string(&mut text).is_err() {
        return body;
    }
    without_declaration(&text).as_bytes().to_vec()
}

/// The character set that an answer names and that can't be read: most of its bytes look like UTF-8, and some of them mean something else.
pub fn unreadable(headers: &HeaderMap, body: &[u8]) -> Option<String> {
    label_of(headers, body).filter(|label| CharacterEncoding::of_label(label).is_none())
}

/// The encoding of a body: by its byte order mark, then by the header (RFC 7303), then by its XML declaration. `None` where nothing says
/// so, or nothing that is known.
fn encoding_of(headers: &HeaderMap, body: &[u8]) -> Option<CharacterEncoding> {
    match body {
        [0xFF, 0xFE, ..] => return Some(CharacterEncoding::Utf16Le),
        [0xFE, 0xFF, ..] => return Some(CharacterEncoding::Utf16Be),
        _ => {}
    }
    Some(match CharacterEncoding::of_label(&label_of(headers, body)?)? {
        // Without a mark the first character, which is in ASCII, tells the order of bytes.
        CharacterEncoding::Utf16 if body.get(1) == Some(&0) => CharacterEncoding::Utf16Le,
        CharacterEncoding::Utf16 => CharacterEncoding::Utf16Be,
        known => known,
    })
}

/// The name of the character set, where no byte order mark says it.
fn label_of(headers: &HeaderMap, body: &[u8]) -> Option<String> {
    if matches!(body, [0xFF, 0xFE, ..] | [0xFE, 0xFF, ..] | [0xEF, 0xBB, 0xBF, ..]) {
        return None;
    }
    let media = headers.get(CONTENT_TYPE).and_then(|media| media.to_str().ok());
    media.and_then(charset).or_else(|| declared(body))
}

/// `text/csv; charset="ISO-8859-1"`
fn charset(media: &str) -> Option<String> {
    let mut parameters = media.split(';').skip(1).filter_map(|each| each.split_once('='));
    let (_, label) = parameters.find(|(name, _)| name.trim().eq_ignore_ascii_case("charset"))?;
    Some(label.trim().trim_matches(['"', '\'']).trim().to_owned()).filter(|label| !label.is_empty())
}

/// `<?xml version="1.0" encoding="ISO-8859-1"?>`
fn declared(body: &[u8]) -> Option<String> {
    let start = String::from_utf8_lossy(body.get(..256).unwrap_or(body));
    let (declaration, _) = start.trim_start().strip_prefix("<?xml")?.split_once("?>")?;
    let (_, value) = declaration.split_once("encoding")?;
    let value = value.trim_start().strip_prefix('=')?.trim_start();
    let quote = value.chars().next().filter(|quote| matches!(quote, '"' | '\''))?;
    Some(value[1..].split_once(quote)?.0.to_owned())
}

/// XML that is in UTF-8 by now has no declaration that says otherwise.
fn without_declaration(text: &str) -> Cow<'_, str> {
    let text = text.trim_start_matches(MARK);
    match text.trim_start().strip_prefix("<?xml").and_then(|rest| rest.split_once("?>")) {
        Some((declaration, rest)) => Cow::Owned("\n".repeat(declaration.matches('\n').count()) + rest),
        None => Cow::Borrowed(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(media: &str, body: &[u8]) -> String {
        let mut headers = HeaderMap::new();
        if !media.is_empty() {
            headers.insert(CONTENT_TYPE, media.parse().unwrap());
        }
        String::from_utf8_lossy(&in_utf8(&headers, body.to_vec())).into_owned()
    }

    fn utf16(text: &str, unit: impl Fn(u16) -> [u8; 2]) -> Vec<u8> {
        text.encode_utf16().flat_map(unit).collect()
    }

    #[test]
    fn an_answer_is_read_in_the_character_set_that_it_names() {
        for media in ["text/csv; charset=windows-1252", "text/csv;header=present; Charset=\"ISO-8859-1\"", "text/csv; charset=latin1"] {
            assert_eq!(read(media, b"name\nH\xE9l\xE8ne\n"), "name\nHélène\n", "{media}");
        }
        assert_eq!(read("text/csv; charset=iso-8859-15", b"\xA4"), "€");
        assert_eq!(read("text/csv; charset=windows-1251", b"\xC0\xED\xED\xE0"), "Анна");
        assert_eq!(read("application/json; charset=utf-8", "{\"n\": \"é\"}".as_bytes()), "{\"n\": \"é\"}");
        assert_eq!(read("application/json", "{\"n\": \"é\"}".as_bytes()), "{\"n\": \"é\"}");
        let json = "{\"n\": \"Hélène\"}";
        assert_eq!(read("application/json; charset=utf-16", &utf16(json, u16::to_le_bytes)), json);
        assert_eq!(read("application/json; charset=UTF-16", &utf16(json, u16::to_be_bytes)), json);
        assert_eq!(read("application/json", &utf16(&format!("\u{feff}{json}"), u16::to_le_bytes)), json);
    }

    #[test]
    fn xml_is_read_by_its_declaration() {
        let latin = b"<?xml version=\"1.0\"\n encoding='iso-8859-1'?>\n<a>\xE9</a>";
        assert_eq!(read("application/xml", latin), "\n\n<a>é</a>", "lines are counted as they are sent");
        assert_eq!(
            read("text/xml; charset=windows-1251", b"<?xml version=\"1.0\" encoding=\"iso-8859-1\"?><a>\xC0</a>"),
            "<a>А</a>",
            "the header prevails"
        );
        let wide = "\u{feff}<?xml version=\"1.0\" encoding=\"UTF-16\"?><a>é</a>";
        for unit in [u16::to_le_bytes as fn(u16) -> [u8; 2], u16::to_be_bytes] {
            assert_eq!(read("application/xml", &utf16(wide, unit)), "<a>é</a>");
        }
    }

    #[test]
    fn a_character_set_that_is_not_known_is_told() {
        let told = |media: &str, body: &[u8]| unreadable(&[(CONTENT_TYPE, media.parse().unwrap())].into_iter().collect(), body);
        for label in ["utf-7", "iso-2022-jp", "Shift_JIS", "klingon", "gb18030"] {
            assert_eq!(told(&format!("application/json; charset={label}"), b"{}").as_deref(), Some(label));
            assert_eq!(told("text/xml", format!("<?xml version='1.0' encoding='{label}'?><a/>").as_bytes()).as_deref(), Some(label));
        }
        for media in ["text/csv", "text/csv; charset=", "text/csv; charset=\"\"", "text/csv; charset='UTF-8'", "text/csv; charset=latin1"] {
            assert_eq!(told(media, b"a"), None, "{media}");
        }
        assert_eq!(told("text/csv; charset=klingon", "\u{feff}a".as_bytes()), None, "the mark says what it is");
        assert_eq!(told("text/xml; charset=utf-8", b"<?xml version='1.0' encoding='klingon'?><a/>"), None, "the header prevails");
    }

    #[test]
    fn what_can_t_be_decoded_stays_as_it_is() {
        assert_eq!(read("text/csv; charset=klingon", b"a"), "a");
        assert_eq!(read("text/csv; charset=windows-1252", b"\x81"), "\u{fffd}", "it is no character there");
        assert_eq!(read("", b"\xE9"), "\u{fffd}");
    }
}
