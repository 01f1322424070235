//! Decodes the content codings of an answer (RFC 9110, 8.4.1). All members of a gzip file are read (RFC 1952, 2.2). Other bytes after the
//! end are an error, because they may be a part of the answer; only zeros that fill up a block of gzip are ignored.

use super::{NetError, NetErrorKind};
use brotli_decompressor::{BrotliDecompressStream, BrotliResult, BrotliState, StandardAlloc};
use flate2::bufread::{GzDecoder, ZlibDecoder};
use reqwest::header::{CONTENT_ENCODING, CONTENT_LENGTH, HeaderMap};
use ruzstd::decoding::StreamingDecoder;
use std::io::{self, Read};

/// The codings that requests accept.
pub const TAKEN: &str = "gzip, deflate, br, zstd";

/// A coding that can be decoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Coding {
    Gzip,
    Deflate,
    Brotli,
    Zstandard,
}

/// The codings of an answer, in the order in which they were applied. Empty if one of them is unknown, so that the body is left as it is.
fn codings(headers: &HeaderMap) -> Vec<Coding> {
    let named = headers.get_all(CONTENT_ENCODING).iter().filter_map(|value| value.to_str().ok()).flat_map(|value| value.split(','));
    let named = named.map(|name| name.trim().to_ascii_lowercase()).filter(|name| !name.is_empty() && name != "identity");
    let known = named.map(|name| match name.as_str() {
        "gzip" | "x-gzip" => Some(Coding::Gzip),
        "deflate" => Some(Coding::Deflate),
        "br" => Some(Coding::Brotli),
        "zstd" => Some(Coding::Zstandard),
        _ => None,
    });
    known.collect::<Option<_>>().unwrap_or_default()
}

/// Whether a body shows its own end, because it has a content coding.
pub fn ends_itself(headers: &HeaderMap) -> bool {
    !codings(headers).is_empty()
}

/// Decodes a body, and removes the headers that describe its coding.
///
/// # Errors
/// The body is not in the coding, is cut off, goes on after its end, or is larger than `largest`.
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
    /// Decodes a body; may stop once there are more than `largest` bytes.
    fn undo(self, body: &[u8], largest: usize) -> io::Result<Vec<u8>> {
        let (mut rest, mut out) = (body, Vec::new());
        loop {
            rest = self.undo_once(rest, &mut out, largest + 1)?;
            if rest.is_empty() || out.len() > largest || self == Self::Gzip && is_padding(rest) {
                return Ok(out);
            }
            if !self.may_go_on(rest) {
                return Err(io::Error::other("it goes on after the end of what was compressed"));
            }
        }
    }

    /// Decodes up to the first end, and returns what follows it; may stop once there are `most` bytes.
    fn undo_once<'b>(self, coded: &'b [u8], out: &mut Vec<u8>, most: usize) -> io::Result<&'b [u8]> {
        let room = most.saturating_sub(out.len()) as u64;
        match self {
            Self::Gzip => {
                let mut decoder = GzDecoder::new(coded);
                decoder.by_ref().take(room).read_to_end(out)?;
                Ok(decoder.into_inner())
            }
            Self::Deflate => {
                let mut decoder = ZlibDecoder::new(coded);
                decoder.by_ref().take(room).read_to_end(out)?;
                Ok(decoder.into_inner())
            }
            Self::Brotli => undo_brotli(coded, out, most),
            Self::Zstandard => undo_frame(coded, out, room),
        }
    }

    /// Whether what follows an end is another member of a gzip file, or another frame of Zstandard.
    fn may_go_on(self, rest: &[u8]) -> bool {
        match self {
            Self::Gzip => rest.starts_with(&[0x1f, 0x8b]),
            Self::Zstandard => rest.starts_with(&FRAME) || is_skippable(rest),
            Self::Deflate | Self::Brotli => false,
        }
    }
}

/// Decodes a stream of Brotli (RFC 7932).
fn undo_brotli<'b>(coded: &'b [u8], out: &mut Vec<u8>, most: usize) -> io::Result<&'b [u8]> {
    let mut state = BrotliState::new(StandardAlloc::default(), StandardAlloc::default(), StandardAlloc::default());
    let (mut left, mut at, mut total) = (coded.len(), 0, 0);
    let mut piece = vec![0; PIECE];
    loop {
        let (mut room, mut filled) = (piece.len(), 0);
        let result = BrotliDecompressStream(&mut left, &mut at, coded, &mut room, &mut filled, &mut piece, &mut total, &mut state);
        out.extend_from_slice(&piece[..filled]);
        match result {
            BrotliResult::NeedsMoreOutput if out.len() < most => {}
            BrotliResult::ResultSuccess | BrotliResult::NeedsMoreOutput => return Ok(&coded[at..]),
            BrotliResult::NeedsMoreInput => return Err(io::ErrorKind::UnexpectedEof.into()),
            BrotliResult::ResultFailure => return Err(io::Error::other("it is not in the coding `br`")),
        }
    }
}

/// Decodes a frame of Zstandard (RFC 8878, 3.1.1), or skips one without content (3.1.2).
fn undo_frame<'b>(coded: &'b [u8], out: &mut Vec<u8>, room: u64) -> io::Result<&'b [u8]> {
    if is_skippable(coded) {
        let length = coded.get(4..8).and_then(|length| Some(u32::from_le_bytes(length.try_into().ok()?) as usize));
        return length.and_then(|length| coded.get(8 + length..)).ok_or_else(|| io::ErrorKind::UnexpectedEof.into());
    }
    let mut decoder = StreamingDecoder::new_with_max_window_size(coded, LARGEST_WINDOW).map_err(io::Error::other)?;
    decoder.by_ref().take(room).read_to_end(out)?;
    let (rest, frame) = decoder.into_parts();
    if frame.is_finished() && frame.get_checksum_from_data().is_some_and(|told| frame.get_calculated_checksum() != Some(told)) {
        return Err(io::Error::other("its checksum is another one"));
    }
    Ok(rest)
}

fn is_skippable(coded: &[u8]) -> bool {
    matches!(coded, [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..])
}

/// How a frame of Zstandard begins.
const FRAME: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];

/// The largest window of Zstandard as a content coding, in bytes (RFC 9659, 2).
const LARGEST_WINDOW: u64 = 8 << 20;

/// How many bytes of Brotli are decoded at once.
const PIECE: usize = 64 << 10;

/// Whether these are zeros with which a writer has filled up a block of 512 bytes after the last member of a gzip file; gzip itself
/// ignores them. More zeros may stand for a member that was lost.
fn is_padding(rest: &[u8]) -> bool {
    const BLOCK: usize = 512;
    rest.len() < BLOCK && rest.iter().all(|byte| *byte == 0)
}
