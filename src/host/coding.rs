//! Content codings of an answer (RFC 9110, 8.4.1), undone to the last byte: each member of a gzip file (RFC 1952, 2.2), and nothing
//! after it, because what is passed over may be what was to come. Zeros that fill up a block are nothing.

use super::{NetError, NetErrorKind};
use brotli_decompressor::{BrotliDecompressStream, BrotliResult, BrotliState, StandardAlloc};
use flate2::bufread::{GzDecoder, ZlibDecoder};
use reqwest::header::{CONTENT_ENCODING, CONTENT_LENGTH, HeaderMap};
use ruzstd::decoding::StreamingDecoder;
use std::io::{self, Read};

/// What requests say that they take.
pub const TAKEN: &str = "gzip, deflate, br, zstd";

/// A coding that is undone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Coding {
    Gzip,
    Deflate,
    Brotli,
    Zstandard,
}

/// The codings of an answer, in their order; none where one of them is not known, and its body is left as it is.
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
            rest = self.undo_once(rest, &mut out, largest + 1)?;
            if rest.is_empty() || out.len() > largest || self == Self::Gzip && is_padding(rest) {
                return Ok(out);
            }
            if !self.may_go_on(rest) {
                return Err(io::Error::other("it goes on after the end of what was compressed"));
            }
        }
    }

    /// Undoes what is coded up to its first end, and gives what follows it. `most`: the bytes after which it may stop.
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

/// Undoes a stream of Brotli (RFC 7932).
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

/// Undoes a frame of Zstandard (RFC 8878, 3.1.1), or passes over one that holds nothing for its reader (3.1.2).
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

/// The most bytes that a server may look back in a content coding (RFC 9659, 2).
const LARGEST_WINDOW: u64 = 8 << 20;

/// How much of Brotli is undone at once, in bytes.
const PIECE: usize = 64 << 10;

/// Zeros after the last member of a gzip file, with which writers fill up a block of 512 bytes and which gzip itself passes over. More
/// of them may be what a lost member has left.
fn is_padding(rest: &[u8]) -> bool {
    const BLOCK: usize = 512;
    rest.len() < BLOCK && rest.iter().all(|byte| *byte == 0)
}
