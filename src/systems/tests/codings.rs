//! Answers that are compressed, or in another character set.

use super::{build::*, *};
use flate2::{
    Compression,
    write::{DeflateEncoder, GzEncoder, ZlibEncoder},
};
use serde_json::json;
use std::io::Write as _;

fn gzip(text: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(text).unwrap();
    encoder.finish().unwrap()
}

fn users() -> String {
    json!({ "data": { "count": 1, "items": [{ "id": 7, "mail": "hélène@example.com" }] } }).to_string()
}

/// `users()` in Brotli, and in a frame of Zstandard with a checksum, as their own tools write them.
const BROTLI: &[u8] = b"\x1bD\x00 \x1d\x87q,\xb2\x8d\xa2H\xd3\x87\xe0\x7fy\xe4\x8f\x93(M<\x1d\xac\xbb6\x90\x8f\xb2\xa5NW_\x0e\x97\x85\xc1\x06\x1c8\x04\x16\xe0\xe3\x80|cD\xa4\x13\x05\x85\xa8\x1e\xdc0_(\xd1\x0ba\x9cz\xc0\xf6\xc7\xbb\xe7\x00\x9c\x9e{";
const FRAME: &[u8] = b"(\xb5/\xfd$E)\x02\x00{\x22data\x22:{\x22count\x22:1,\x22items\x22:[{\x22id\x22:7,\x22mail\x22:\x22h\xc3\xa9l\xc3\xa8ne@example.com\x22}]}}4&\xb4*";

async fn read_of(reply: Reply) -> ReadRecords {
    let standin = StandIn::giving([reply]);
    taken(&opened(&Arc::new(lucca()), &standin), &ReadRequest::default()).await
}

#[tokio::test]
async fn compressed_answers_are_undone() {
    let text = users();
    let mut zlib = ZlibEncoder::new(Vec::new(), Compression::fast());
    zlib.write_all(text.as_bytes()).unwrap();
    let codings = [
        ("gzip", gzip(text.as_bytes())),
        ("deflate", zlib.finish().unwrap()),
        ("br", BROTLI.to_vec()),
        ("zstd", FRAME.to_vec()),
        ("zstd", [&b"\x5a\x2a\x4d\x18\x02\x00\x00\x00no"[..], FRAME].concat()),
        ("br, gzip", gzip(BROTLI)),
        ("identity", text.clone().into_bytes()),
    ];
    for (coding, bytes) in codings {
        let got = read_of(Reply::ok("").bytes(bytes).with("Content-Encoding", coding)).await;
        assert_eq!(got.evidence(), "the announced total of 1 was met", "{coding}");
        assert_eq!(got.records, [r#"{"id":7,"mail":"hélène@example.com"}"#], "{coding}");
    }
}

#[tokio::test]
async fn compressed_answers_are_asked_for() {
    let standin = StandIn::giving([Reply::ok(users())]);
    taken(&opened(&Arc::new(lucca()), &standin), &ReadRequest::default()).await;
    let asked = &standin.seen()[0].codings;
    assert!(["gzip", "deflate", "br", "zstd"].iter().all(|coding| asked.split(',').any(|one| one.trim() == *coding)), "{asked}");
}

/// 200 MB of blanks in some hundred kilobytes: what is undone is counted, and not what was sent.
#[tokio::test]
async fn what_grows_beyond_the_limit_is_refused() {
    let bomb = gzip(&[b"[", &vec![b' '; 200 << 20][..]].concat());
    assert!(bomb.len() < 1 << 20);
    let got = read_of(Reply::ok("").bytes(bomb).with("Content-Encoding", "gzip")).await;
    assert!(got.reason().contains("more than 100 MB"), "{}", got.reason());
}

#[tokio::test]
async fn a_compressed_answer_that_is_broken_off_breaks_the_read() {
    let whole = gzip(users().as_bytes());
    let short = whole[..whole.len() - 12].to_vec();
    let got = read_of(Reply::ok("").bytes(short).with("Content-Encoding", "gzip")).await;
    assert!(!got.read.end.is_complete(), "{:?}", got.read.end);
    let raw = {
        let mut raw = DeflateEncoder::new(Vec::new(), Compression::fast());
        raw.write_all(b"not what it says").unwrap();
        raw.finish().unwrap()
    };
    let got = read_of(Reply::ok("").bytes(raw).with("Content-Encoding", "gzip")).await;
    assert!(!got.read.end.is_complete(), "{:?}", got.read.end);
}

/// RFC 1952, 2.2: a file is a series of members. Each of them counts, and what follows the last one may be the rest that was lost.
#[tokio::test]
async fn each_member_of_a_compressed_answer_counts() {
    let text = users();
    let (one, other) = text.split_at(text.len() / 2);
    let members = [gzip(one.as_bytes()), gzip(other.as_bytes()), gzip(b"\n")].concat();
    for coding in ["gzip", "x-gzip", "identity, GZip"] {
        let got = read_of(Reply::ok("").bytes(members.clone()).with("Content-Encoding", coding)).await;
        assert_eq!(got.evidence(), "the announced total of 1 was met", "{coding}");
    }
    let mut zlib = ZlibEncoder::new(Vec::new(), Compression::fast());
    zlib.write_all(text.as_bytes()).unwrap();
    let zlib = zlib.finish().unwrap();
    let cut = members[..members.len() - 3].to_vec();
    for (coding, whole, after) in [
        ("gzip", gzip(text.as_bytes()), &b"garbage"[..]),
        ("gzip", gzip(text.as_bytes()), b"\0\0\0\x1f"),
        ("gzip", gzip(text.as_bytes()), &[0; 512]),
        ("deflate", zlib.clone(), b"\0\0\0\0"),
        ("gzip", gzip(text.as_bytes()), b"\x1f\x8b"),
        ("gzip", cut, b""),
        ("deflate", zlib.clone(), b"garbage"),
        ("deflate", zlib.clone(), &zlib),
    ] {
        let got = read_of(Reply::ok("").bytes([&whole, after].concat()).with("Content-Encoding", coding)).await;
        assert!(got.reason().contains("broke off its answer"), "{coding}: {}", got.reason());
    }
}

/// A file of gzip that is filled up to the end of a block is whole.
#[tokio::test]
async fn zeros_that_fill_up_a_block_follow_a_compressed_answer() {
    for zeros in [1, 4, 511] {
        let filled = [gzip(users().as_bytes()), vec![0; zeros]].concat();
        let got = read_of(Reply::ok("").bytes(filled).with("Content-Encoding", "gzip")).await;
        assert_eq!(got.evidence(), "the announced total of 1 was met", "{zeros}");
    }
}

/// What a write made of it is not known then, and nothing is signed in by it.
#[tokio::test]
async fn what_follows_a_compressed_answer_breaks_that_of_a_write_too() {
    let whole = [gzip(b"{\"id\":\"83021\"}"), b"{}".to_vec()].concat();
    let standin = StandIn::giving([Reply::new(201, "").bytes(whole).with("Content-Encoding", "gzip")]);
    let create = super::golden::write(WriteKind::Create, None, &[(1, Value::text("00057"))], &[]);
    let error = opened(&Arc::new(scim()), &standin).write(0, &[create]).await.remove(0).unwrap_err();
    assert_eq!(error.effect, Effect::Unknown, "{error:?}");
}

#[tokio::test]
async fn an_answer_in_another_character_set_is_read() {
    let latin: Vec<u8> = users().chars().map(|c| u8::try_from(u32::from(c)).unwrap()).collect();
    let got = read_of(Reply::ok("").bytes(latin).with("Content-Type", "application/json; charset=iso-8859-1")).await;
    assert_eq!(got.records, [r#"{"id":7,"mail":"hélène@example.com"}"#]);
    let wide: Vec<u8> = users().encode_utf16().flat_map(u16::to_be_bytes).collect();
    let got = read_of(Reply::ok("").bytes(wide).with("Content-Type", "application/json; charset=utf-16")).await;
    assert_eq!(got.records.len(), 1);
}

/// Its bytes may be those of another text in UTF-8.
#[tokio::test]
async fn a_character_set_that_is_not_known_breaks_the_read() {
    for label in ["utf-7", "iso-2022-jp", "shift_jis", "klingon"] {
        let got = read_of(Reply::ok(users()).with("Content-Type", &format!("application/json; charset={label}"))).await;
        let says = format!("text in the character set `{label}`, which is not read: ask for it in UTF-8");
        assert!(got.reason().contains(&says), "{}", got.reason());
    }
    for media in ["application/json", "application/json; charset=", "application/json; charset='utf-8'"] {
        let got = read_of(Reply::ok(users()).with("Content-Type", media)).await;
        assert!(got.read.end.is_complete(), "{media} {:?}", got.read.end);
    }
}

/// What a cut, a changed byte or something after the end does to an answer in the other codings.
#[tokio::test]
async fn brotli_and_zstandard_are_undone_whole_or_not_at_all() {
    for (coding, whole) in [("br", BROTLI), ("zstd", FRAME)] {
        let mut broken: Vec<Vec<u8>> = (1..whole.len()).step_by(7).map(|end| whole[..end].to_vec()).collect();
        broken.push([whole, b"\n"].concat());
        broken.push([whole, whole].concat());
        let mut changed = whole.to_vec();
        *changed.last_mut().unwrap() ^= 0xff;
        broken.push(changed);
        for bytes in broken {
            let got = read_of(Reply::ok("").bytes(bytes.clone()).with("Content-Encoding", coding)).await;
            assert!(!got.read.end.is_complete(), "{coding} {bytes:?}");
        }
    }
}
