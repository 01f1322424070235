//! Content codings of an answer (RFC 9110, 8.4.1), undone to the last byte: each member of a gzip file (RFC 1952, 2.2), and nothing
//! after it, because what is passed over may be what was to come. Zeros that fill up a block are nothing.

use super::{NetError, NetErrorKind};
use flate2::bufread::{GzDecoder, ZlibDecoder};
use reqwest::header::{CONTENT_ENCODING, CONTENT_LENGTH, HeaderMap};
use std::io::{self, Read};

/// What requests say that they take.
pub const TAKEN: &str = "gzip, deflate";

/// A coding that is undone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Coding {
    Gzip,
    Deflate,
}

/// The codings of an answer, in their order; none where one of them is not known, and its body is left as it is.
fn codings(headers: &HeaderMap) -> Vec<Coding> {
    let named = headers.get_all(CONTENT_ENCODING).iter().filter_map(|value| value.to_str().ok()).flat_map(|value| value.split(','));
    let named = named.map(|name| name.trim().to_ascii_lowercase()).filter(|name| !name.is_empty() && name != "identity");
    let known = named.map(|name| match name.as_str() {
        "gzip" | "x-gzip" => Some(Coding::Gzip),
        "deflate" => Some(Coding::Deflate),
        _ => None,
    });
    known.collect::<Option<_>>().unwrap_or_default()
}

/// Whether a body has a sign of its end in itself: that of its coding.
pub fn ends_itself(headers: &HeaderMap) -> bool {
    !codings(headers).is_empty()
}

/// The body without its codings, and the headers without what they said of it.
///
/// # Errors
/// It is not in the coding, is broken off, goes on after its end, or is larger than `largest`.
pub fn undone(headers: &mut HeaderMap, mut body: Vec<u8>, largest: usize) -> Result<Vec<u8>, NetError> {
    let codings = codings(headers);
    if codings.is_empty() || body.is_empty() {
        return Ok(body);
    }
    for coding in codings.into_iter().rev() {
        let received = Some(body.len());
        let broken = |error: io::Error| NetError { kind: NetErrorKind::Broken, received, why: error.to_string() };
        body = coding.undo(&body, largest).map_err(broken)?;
        if body.len() > largest {
            return Err(NetError { kind: NetErrorKind::TooLarge, received: Some(body.len()), why: String::new() });
        }
    }
    headers.remove(CONTENT_ENCODING);
    headers.remove(CONTENT_LENGTH);
    Ok(body)
}

impl Coding {
    /// What was coded; at most one byte more than `largest`.
    fn undo(self, body: &[u8], largest: usize) -> io::Result<Vec<u8>> {
        let (mut rest, mut out) = (body, Vec::new());
        loop {
            let room = (largest + 1).saturating_sub(out.len()) as u64;
            rest = match self {
                Self::Gzip => {
                    let mut decoder = GzDecoder::new(rest);
                    decoder.by_ref().take(room).read_to_end(&mut out)?;
                    decoder.into_inner()
                }
                Self::Deflate => {
                    let mut decoder = ZlibDecoder::new(rest);
                    decoder.by_ref().take(room).read_to_end(&mut out)?;
                    decoder.into_inner()
                }
            };
            if rest.is_empty() || out.len() > largest || self == Self::Gzip && is_padding(rest) {
                return Ok(out);
            }
            if self == Self::Deflate || !rest.starts_with(&[0x1f, 0x8b]) {
                return Err(io::Error::other("it goes on after the end of what was compressed"));
            }
        }
    }
}

/// Zeros after the last member of a gzip file, with which writers fill up a block of 512 bytes and which gzip itself passes over. More
/// of them may be what a lost member has left.
fn is_padding(rest: &[u8]) -> bool {
    const BLOCK: usize = 512;
    rest.len() < BLOCK && rest.iter().all(|byte| *byte == 0)
}
