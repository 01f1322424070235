//! System files of old, put together at random: `--fix` leaves a file that is understood, keeps every comment, and settles.

use super::support::{check_in, rendered};
use crate::{check::Checked, diagnose::edit};
use proptest::prelude::*;
use std::collections::HashMap;

/// Marks the end of a line: a comment may follow, or stand on a line of its own.
const END: char = '\u{1}';
/// Marks a place between two entries of a table of codes: a new line, or a sign on the same one.
const NEXT: char = '\u{2}';
/// Marks a place beside a brace: a new line, or none.
const EDGE: char = '\u{3}';

/// Statements of old in `http`.
const HTTP: &[&str] = &[
    "limit 40 per minute, 4 at once",
    "limit 40 per hour",
    "retry 429, 5xx, timeout up to 6 times",
    "retry 429, 5xx up to 3 times",
    "verify GET \"/me\" identity $.name",
    "error $.m code $.c {\u{3}409 is conflict\u{2}404 is missing\u{3}}",
    "error $.m code $.c {\u{3}\"A\", 409 is conflict\u{2}\"B\" is gone\u{3}}",
    "error $.m code $.c {\u{3}\"A\" is missing\u{2}4xx is invalid\u{2}404, 410 is gone\u{3}}",
    "error $.m {\u{3}4xx is invalid\u{2}503 is limit\u{2}5xx is temporary\u{3}}",
    "auth jwt hs256 secret.token {\u{1}sub = setting.user\u{1}exp = now + 10 min\u{1}}",
    "auth oauth2 client_credentials {\u{1}token \"https://c.example.com/t\"\u{1}client setting.user, secret.token\u{1}}",
    "auth oauth2 jwt_bearer {\u{1}key secret.token\u{1}token \"https://c.example.com/t\"\u{1}claims {\u{1}iss = setting.user\u{1}}\u{1}}",
    "auth oauth2 password {\u{1}token setting.user\u{1}client setting.user, secret.token\u{1}user setting.user, secret.token\u{1}scope \"a, b\"\u{1}}",
    "format json",
    "header \"A\" = \"b # c\"",
];

/// Lines of old in a collection.
const COLLECTION: &[&str] =
    &["lists closed", "settles within 3 s", "error $.m {\u{3}409 is conflict\u{3}}", "changed stamp", "error $.why code $.c"];

/// Lines of old in a call, by its role.
const LIST: &[&str] = &["ends on empty page", "ends  when $.a == 1", "good 200, 204", "ends on 204", "query \"a\" = \"b\""];
const CREATE: &[&str] = &["once", "repeatable by mail", "on unknown report", "good 200, 201", "merged 308", "key $.id"];
/// Bodies of old, of which a call has one.
const BODY: &[&str] = &[
    "body json",
    "body json {\u{3}$.a.b = \"x\"\u{3}}",
    "body json {\u{1}$.a.b = \"x\"\u{1}$.a.c = \"y\"\u{1}}",
    "body json_api \"people\" {\u{3}$.data = record\u{3}}",
    "body xml \"Person\"",
    "body form",
];
const UPDATE: &[&str] = &["whole $", "good 200"];
const CHANGED: &[&str] = &["", "body scim_patch", "body xml_diff \"Person\"", "body json {\u{3}$.data = record\u{3}}"];
const DELETE: &[&str] = &["results $.out {\u{1}id $.id\u{1}error $.why\u{1}}", "body json {\u{3}$.ids = batch.id\u{3}}", "good 204, 404"];

/// Some of the lines in some order, none twice.
fn some(lines: &'static [&'static str]) -> impl Strategy<Value = String> {
    let all = prop::sample::subsequence(lines, 0..=lines.len().min(7)).prop_shuffle();
    all.prop_map(|lines| {
        let word = |line: &str| line.split(' ').next().unwrap_or_default().to_owned();
        let first = |at: &usize| lines[..*at].iter().all(|before| word(before) != word(lines[*at]));
        (0..lines.len()).filter(first).map(|at| format!("{}{END}", lines[at])).collect()
    })
}

/// A system whose statements are of old, with its marks.
fn system() -> impl Strategy<Value = String> {
    let create = (some(CREATE), prop::sample::select(BODY)).prop_map(|(lines, body)| format!("{body}{END}{lines}"));
    let update = (some(UPDATE), prop::sample::select(CHANGED)).prop_map(|(lines, body)| format!("{lines}{body}{END}"));
    let calls = (some(LIST), create, update, some(DELETE));
    (some(HTTP), some(COLLECTION), calls, any::<bool>()).prop_map(|(http, collection, (list, create, update, delete), flat)| {
        let attribute = "id : text read only at $.id";
        let more = format!("mail : text? at $.mail clear as \"\"{END}stamp : date? at $.stamp asked as \"s\"{END}");
        let attributes =
            if flat { format!("attributes {{ {attribute} }}{END}") } else { format!("attributes {{{END}{attribute}{END}{more}}}{END}") };
        format!(
            "system s {{{END}title \"S\"{END}setting user : text as \"User\"{END}secret token as \"Token\"{END}\
             http \"https://a.example.com\" {{{END}{http}}}{END}\
             collection c {{{END}key id{END}{collection}\
             list GET \"/a\" {{{END}items $.data{END}page by number{END}query \"page\" = page.number{END}{list}}}{END}\
             create POST \"/a\" {{{END}{create}}}{END}\
             update PUT \"/a/{{id}}\" {{{END}{update}}}{END}\
             delete POST \"/a\" {{{END}batch 10{END}{delete}}}{END}\
             {attributes}}}{END}}}{END}"
        )
    })
}

/// The text with its marks laid out by the bytes, each comment with a number of its own.
fn laid_out(text: &str, layout: &[u8]) -> String {
    let mut layout = layout.iter().cycle();
    let mut comments = 0;
    let mut out = String::new();
    for c in text.chars() {
        let choices: &[&str] = match c {
            END => &["\n", "\n", "\n      ", "  # beside\n", "\n  # above\n", "\n\n", "\n\t"],
            NEXT => &["\n", "\n      ", "  # beside\n", " · ", "\n  # above\n"],
            EDGE => &["\n", " ", "", "\n    ", " # beside\n"],
            c => {
                out.push(c);
                continue;
            }
        };
        let picked = layout.next().map_or("", |byte| choices[usize::from(*byte) % choices.len()]);
        comments += usize::from(picked.contains('#'));
        out.push_str(&picked.replace("# ", &format!("# {comments} ")));
    }
    out
}

fn checked(text: &str) -> Checked {
    check_in(&HashMap::from([("p/s.sync".into(), text.to_owned())]), "p/s.sync")
}

/// The text as `--fix` leaves it: edits in rounds while there are any.
fn fixed(text: &str) -> String {
    let mut text = text.to_owned();
    for _ in 0..10 {
        let checked = checked(&text);
        let (mut texts, edits) = edit::apply_fixes(&checked.diagnostics, &checked.sources);
        match texts.pop_first() {
            Some((_, new)) if edits > 0 => text = new,
            _ => return text,
        }
    }
    panic!("`--fix` does not settle:\n{text}");
}

/// What `--fix` has to keep of a file of old.
fn assert_kept(text: &str) {
    let after = fixed(text);
    let syntax: Vec<_> = checked(&after).diagnostics.iter().filter(|one| one.is_syntax()).map(|one| one.message.clone()).collect();
    assert!(syntax.is_empty(), "{syntax:?}\n{text}\n----\n{after}\n{}", rendered(&checked(&after)));
    let comments = |text: &str| text.matches("# ").count();
    for number in 1..=comments(text) {
        let of = |text: &str| text.matches(&format!("# {number} ")).count();
        assert_eq!(of(text), of(&after), "comment {number}\n{text}\n----\n{after}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_file_of_old_is_rewritten_whole(system in system(), layout in prop::collection::vec(any::<u8>(), 64)) {
        assert_kept(&laid_out(&system, &layout));
    }
}
