//! Percent-encoding and base64.

/// One segment of a path, or one value of a query: all but what RFC 3986 never reserves is encoded. `also` stays readable.
#[must_use]
pub fn percent(text: &str, also: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) || also.as_bytes().contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

/// Reverses [`percent`]; `None` if the result is not UTF-8.
#[must_use]
pub fn decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let digits = after.get(..2).filter(|_| *first == b'%').and_then(|digits| std::str::from_utf8(digits).ok());
        match digits.and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            Some(byte) => {
                bytes.push(byte);
                rest = &after[2..];
            }
            None => {
                bytes.push(*first);
                rest = after;
            }
        }
    }
    String::from_utf8(bytes).ok()
}

/// Base64 with padding (RFC 4648, section 4).
#[must_use]
pub fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let bits = chunk.iter().fold(0_u32, |bits, byte| bits << 8 | u32::from(*byte)) << (8 * (3 - chunk.len()));
        for at in 0..4 {
            let digit = DIGITS[(bits >> (18 - 6 * at) & 63) as usize];
            out.push(if at <= chunk.len() { char::from(digit) } else { '=' });
        }
    }
    out
}

/// Base64 for addresses and tokens, without padding (RFC 4648, section 5).
#[must_use]
pub fn base64_url(bytes: &[u8]) -> String {
    base64(bytes).trim_end_matches('=').replace('+', "-").replace('/', "_")
}

/// Base64 as tokens have it, without padding (RFC 4648, section 5); the usual alphabet is read as well.
#[must_use]
pub fn unbase64(text: &str) -> Option<Vec<u8>> {
    let (mut bytes, mut bits, mut held) = (Vec::new(), 0_u32, 0);
    for character in text.trim_end_matches('=').bytes() {
        let digit = match character {
            b'A'..=b'Z' => character - b'A',
            b'a'..=b'z' => character - b'a' + 26,
            b'0'..=b'9' => character - b'0' + 52,
            b'-' | b'+' => 62,
            b'_' | b'/' => 63,
            _ => return None,
        };
        bits = bits << 6 | u32::from(digit);
        held += 6;
        if held >= 8 {
            held -= 8;
            bytes.push((bits >> held & 0xff) as u8);
        }
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_as_in_rfc_4648() {
        assert_eq!(["", "f", "fo", "foo", "foobar"].map(|text| base64(text.as_bytes())), ["", "Zg==", "Zm8=", "Zm9v", "Zm9vYmFy"]);
    }

    #[test]
    fn base64_for_addresses_needs_no_encoding() {
        assert_eq!((base64(&[0xfb, 0xff, 0xfe, 0]), base64_url(&[0xfb, 0xff, 0xfe, 0])), ("+//+AA==".into(), "-__-AA".into()));
    }

    #[test]
    fn a_part_can_t_bring_syntax_in() {
        assert_eq!(percent("a/b?c=d&e #é", ""), "a%2Fb%3Fc%3Dd%26e%20%23%C3%A9");
        assert_eq!(percent("id,mail:x", ",:"), "id,mail:x");
        assert_eq!(decoded(&percent("a/b?c=d&e #é%41", "")).as_deref(), Some("a/b?c=d&e #é%41"));
        assert_eq!(decoded("100%").as_deref(), Some("100%"));
    }

    #[test]
    fn base64_without_padding() {
        assert_eq!(["", "Zg", "Zm8", "Zm9v", "Zm9vYg=="].map(|text| unbase64(text).unwrap()), [&b""[..], b"f", b"fo", b"foo", b"foob"]);
        assert_eq!((unbase64("-_8"), unbase64("+/8=")), (Some(vec![0xfb, 0xff]), Some(vec![0xfb, 0xff])));
        assert_eq!(unbase64("a b"), None);
    }
}
