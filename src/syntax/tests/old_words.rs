//! The words that the language had before: each is told what it is now, once, and the fix writes it.

use super::said;
use crate::{
    diagnose::FileId,
    syntax::{explain::OLD_WORDS, format, parse},
};

/// A statement of old in its block, and the same in the words of now.
const OLD_AND_NEW: [(&str, &str, &str); 23] = [
    ("pipeline p {\n  ?\n}\n", "keep when a.b is present as \"x\"", "include when a.b is present as \"x\""),
    ("pipeline p {\n  ?\n}\n", "skip when a.b == 1\n    or a.c == 2", "exclude when a.b == 1\n          or a.c == 2"),
    ("pipeline p {\n  ?\n}\n", "with a.b as c many on c.d == e.f", "join a.b as c many on c.d == e.f"),
    ("pipeline p {\n  ?\n}\n", "each a in [\n    1,\n  ]", "for each a in [\n    1,\n  ]"),
    ("pipeline p {\n  ?\n}\n", "fresh  for 2 h", "maximum age 2 h"),
    ("system s {\n  http \"https://a.b\" {\n    ?\n  }\n}\n", "limit 40 per min, 4 at once", "limit 40 per min, 4 concurrent"),
    ("system s {\n  collection c {\n    ?\n  }\n}\n", "lists closed", "lists all"),
    ("system s {\n  collection c {\n    ?\n  }\n}\n", "settles within 3 s", "consistent within 3 s"),
    ("system s {\n  collection c {\n    ?\n  }\n}\n", "rows \"people\"", "list \"people\""),
    ("system s {\n  collection c {\n    ?\n  }\n}\n", "entries \"ou=a\" where \"(b=c)\"", "list \"ou=a\" where \"(b=c)\""),
    ("system s {\n  collection c {\n    part p {\n      ?\n    }\n  }\n}\n", "asked as \"p\"", "requested as \"p\""),
    ("extend s.c {\n  ?\n}\n", "a : text asked as \"b\" at $.a", "a : text requested as \"b\" at $.a"),
    ("system s {\n  collection c {\n    create POST \"/a\" { ? }\n  }\n}\n", "once", "never repeat"),
    ("system s {\n  collection c {\n    create POST \"/a\" {\n      ?\n    }\n  }\n}\n", "repeatable by a", "idempotent by a"),
    ("system s {\n  collection c {\n    update PUT \"/a\" {\n      ?\n    }\n  }\n}\n", "whole $", "replaces $"),
    ("system s {\n  http \"https://a.b\" {\n    error code $.c {\n      ?\n    }\n  }\n}\n", "\"x\" is missing", "\"x\" is gone"),
    ("pipeline p {\n  guard {\n    ?\n  }\n}\n", "changes of a.b at most 5% or 3", "updates of a.b at most 5% or 3"),
    ("test \"t\" for p {\n  ?\n}\n", "expect gone \"1\" as \"x\"", "expect already left \"1\" as \"x\""),
    (
        "system s {\n  collection c {\n    list GET \"/a\" {\n      ?\n    }\n  }\n}\n",
        "ends  when $.a == 1\n        or $.b == 2",
        "last page when $.a == 1\n           or $.b == 2",
    ),
    (
        "system s {\n  collection c {\n    list GET \"/a\" {\n      ?\n    }\n  }\n}\n",
        "ends on empty page",
        "last page when page.count == 0",
    ),
    (
        "system s {\n  collection c {\n    list GET \"/a\" {\n      ?\n    }\n  }\n}\n",
        "ends on  short page",
        "last page when page.count < page.size",
    ),
    ("system s {\n  collection c {\n    create POST \"/a\" {\n      ?\n    }\n  }\n}\n", "on unknown report", "never repeat"),
    ("extend s.c {\n  ?\n}\n", "a : text? at $.a clear as \"\"", "a : text? at $.a missing as \"\""),
];

/// A line of old in its block, and the lines that it is now.
const LINES: [(&str, &str, &str); 25] = [
    (
        "system s {\n  http \"https://a.b\" {\n    ?\n  }\n}\n",
        "error $.m {\n      4xx is invalid\n      404, 410 is gone\n    }",
        "error $.m\n    invalid when status >= 400 and status < 500 and status not in [404, 410]",
    ),
    (
        "system s {\n  http \"https://a.b\" {\n    ?\n  }\n}\n",
        "error $.m { 302, 5xx is temporary }",
        "error $.m\n    temporary when status == 302 or status >= 500",
    ),
    (
        "system s {\n  http \"https://a.b\" {\n    ?\n  }\n}\n",
        "error $.m code $.c {\n      \"B\", 409 is conflict\n      \"X\" is gone }",
        "error $.m code $.c {\n      \"B\" is conflict\n      \"X\" is gone }\n    conflict when status == 409",
    ),
    (
        "system s {\n  http \"https://a.b\" {\n    ?\n  }\n}\n",
        "error $.m code $.c { \"A\" is gone · 409 is conflict · \"B\" is auth } # two\n    format xml",
        "error $.m code $.c {\n      \"A\" is gone\n      \"B\" is auth\n    } # two\n    conflict when status == 409\n    format xml",
    ),
    (
        "system s {\n  http \"https://a.b\" {\n    ?\n  }\n}\n",
        "error $.m {\n      409 is conflict # one\n      410 is gone }",
        "error $.m\n      # one\n      conflict when status == 409\n    gone when status == 410",
    ),
    (
        "system s {\n  http \"https://a.b\" {\n    ?\n  }\n}\n",
        "error $.m code $.c { \"A\\\"B\", 409 is conflict }",
        "error $.m code $.c { \"A\\\"B\" is conflict }\n    conflict when status == 409",
    ),
    (
        "system s {\n  http \"https://a.b\" {\n    ?\n  }\n}\n",
        "error $.m code $.c {\n      \"\\}\\\"\\\\\", 409 is conflict\n      410 is gone\n    }",
        "error $.m code $.c {\n      \"\\}\\\"\\\\\" is conflict\n    }\n    conflict when status == 409\n    gone when status == 410",
    ),
    ("system s {\n  http \"https://a.b\" {\n    ?\n  }\n}\n", "verify GET \"/me\" identity $.name", "verify GET \"/me\" { item $.name }"),
    ("system s {\n  collection c {\n    get GET \"/a\" {\n      ?\n    }\n  }\n}\n", "good 200, 304", "done when status in [200, 304]"),
    ("system s {\n  collection c {\n    get GET \"/a\" {\n      ?\n    }\n  }\n}\n", "good 204", "done when status == 204"),
    (
        "system s {\n  collection c {\n    get GET \"/a\" {\n      ?\n    }\n  }\n}\n",
        "good 304",
        "done when status in [200, 201, 202, 204, 304]",
    ),
    ("system s {\n  collection c {\n    list GET \"/a\" {\n      ?\n    }\n  }\n}\n", "good 404", "last page when status == 404"),
    ("system s {\n  collection c {\n    get GET \"/a\" {\n      ?\n    }\n  }\n}\n", "merged 308", "moved when status == 308"),
    ("system s {\n  collection c {\n    list GET \"/a\" {\n      ?\n    }\n  }\n}\n", "ends on 204", "last page when status == 204"),
    ("system s {\n  http \"https://a.b\" {\n    ?\n  }\n}\n", "limit 40 per minute, 4 concurrent", "limit 40 per min, 4 concurrent"),
    ("system s {\n  http \"https://a.b\" {\n    ?\n  }\n}\n", "limit 40 per hour", "limit 40 per h"),
    ("system s {\n  http \"https://a.b\" {\n    ?\n  }\n}\n", "limit 40 per second", "limit 40 per s"),
    ("system s {\n  http \"https://a.b\" {\n    ?\n  }\n}\n", "retry 429, 5xx, timeout up to 3 times", "retry 3 times"),
    ("system s {\n  http \"https://a.b\" {\n    ?\n  }\n}\n", "retry 500, 5xx up to 3 times", "retry 3 times"),
    (
        "system s {\n  http \"https://a.b\" {\n    ?\n  }\n}\n",
        "format xml\n    retry 429, 5xx, timeout up to 6 times # as agreed",
        "format xml\n    # as agreed",
    ),
    (
        "system s {\n  http \"https://a.b\" {\n    ?\n  }\n}\n",
        "format xml\n    retry 429, 5xx, timeout up to 6 times\n    limit 4 per s",
        "format xml\n    limit 4 per s",
    ),
    (
        "system s {\n  http \"https://a.b\" {\n    ?\n  }\n}\n",
        "error $.m {\n      409, 412 is conflict # both\n    }",
        "error $.m\n    # both\n    conflict when status in [409, 412]",
    ),
    (
        "system s {\n  http \"https://a.b\" {\n    ?\n  }\n}\n",
        "error $.m {\n      \"full\", 409 is conflict\n      404 is missing\n    }\n    format xml",
        "error $.m {\n      \"full\" is conflict\n    }\n    conflict when status == 409\n    format xml",
    ),
    (
        "system s {\n  collection c {\n    get GET \"/a\" {\n      ?\n    }\n  }\n}\n",
        "error code $.code { 409 is conflict }",
        "error code $.code\n      conflict when status == 409",
    ),
    (
        "system s {\n  collection c {\n    items $.data\n    ?\n    attributes {\n      id : text at $.a.id\n    }\n  }\n}\n",
        "page by last id size 10",
        "page by cursor $.data[-1].a.id size 10",
    ),
];

/// Lines of which a person has to decide what they are now, and what the message says.
const DECIDED: [(&str, &str, &str); 9] = [
    (
        "system s {\n  http \"https://a.b\" {\n    ?\n  }\n}\n",
        "error $.m code $.c {\n      \"A\" is done\n    }",
        "`done when $.c == \"A\"`",
    ),
    (
        "system s {\n  http \"https://a.b\" {\n    ?\n  }\n}\n",
        "error $.m code $.c { \"A\" is last page }",
        "`last page` is not a class of errors",
    ),
    ("system s {\n  http \"https://a.b\" {\n    ?\n  }\n}\n", "error $.m code $.c { \"A\\\"B\" is done }", "`done when $.c == \"A\\\"B\"`"),
    ("system s {\n  http \"https://a.b\" {\n    ?\n  }\n}\n", "error $.m { 409 is done }", "`done` is not a class of errors"),
    (
        "system s {\n  http \"https://a.b\" {\n    ?\n  }\n}\n",
        "error $.m { 409 is conflict\n 410 }",
        "a status in `error` is written as a rule",
    ),
    ("system s {\n  http \"https://a.b\" {\n    ?\n  }\n}\n", "retry 429, timeout up to 3 times", "`retry` takes no list of failures"),
    ("system s {\n  http \"https://a.b\" {\n    ?\n  }\n}\n", "retry 423, 5xx up to 3 times", "`temporary when status == 423`"),
    (
        "system s {\n  collection c {\n    list GET \"/a\" {\n      ?\n    }\n  }\n}\n",
        "on unknown repeat",
        "`never repeat` to leave it to a person",
    ),
    ("system s {\n  collection c {\n    list GET \"/a\" {\n      ?\n    }\n  }\n}\n", "page by last id", "`page by cursor $.data[-1].id`"),
];

/// The file as its fixes leave it.
pub(super) fn fixed(text: &str) -> String {
    let (_, faults) = parse(FileId(0), text);
    let mut edits: Vec<_> = faults.iter().flat_map(|fault| &fault.fixes).flat_map(|fix| &fix.edits).collect();
    edits.sort_by_key(|edit| std::cmp::Reverse(edit.span.start));
    let mut fixed = text.to_owned();
    for edit in edits {
        fixed.replace_range(edit.span.start as usize..edit.span.end as usize, &edit.text);
    }
    fixed
}

#[test]
fn each_word_of_old_is_told_once_and_its_fix_writes_the_new_one() {
    for (around, old, new) in OLD_AND_NEW {
        let text = around.replace('?', old);
        let said = said(&text);
        assert_eq!(said.lines().count(), 1, "{text}\n{said}");
        assert!(said.contains("E0105") && said.contains("is written"), "{text}\n{said}");
        assert_eq!(format(&fixed(&text)), format(&around.replace('?', new)), "{text}\n{said}");
        assert!(format(&fixed(&text)).is_some_and(|laid_out| laid_out.contains(new)), "{:?}", format(&fixed(&text)));
    }
}

#[test]
fn each_line_of_old_is_told_once_and_its_fix_writes_the_new_lines() {
    for (around, old, new) in LINES {
        let text = around.replace('?', old);
        let said = said(&text);
        assert_eq!(said.lines().count(), 1, "{text}\n{said}");
        assert!(said.contains("E0105") && said.contains("is written"), "{text}\n{said}");
        assert_eq!(format(&fixed(&text)), format(&around.replace('?', new)), "{text}\n{said}");
    }
}

#[test]
fn where_a_person_has_to_decide_no_fix_is_offered() {
    for (around, old, told) in DECIDED {
        let text = around.replace('?', old);
        let (_, faults) = parse(FileId(0), &text);
        assert_eq!(faults.len(), 1, "{text}\n{}", said(&text));
        assert!(faults[0].fixes.is_empty() && said(&text).contains(told), "{text}\n{}", said(&text));
    }
}

#[test]
fn the_table_of_old_words_is_tested_whole() {
    for word in OLD_WORDS {
        let first = word.new.split(' ').next().expect("a word");
        let known = |(_, old, new): &(&str, &str, &str)| {
            old.split_whitespace().collect::<Vec<_>>().join(" ").contains(word.old) && new.contains(first)
        };
        assert!(OLD_AND_NEW.iter().any(known), "{} has no case", word.old);
    }
}

#[test]
fn what_still_means_something_else_is_left_alone() {
    let text = "pipeline p {\n  map {\n    a = b keep when missing\n    c = d once\n    call x once\n  }\n  on closed by hand hold\n}\n";
    assert_eq!(said(text), "");
}

#[test]
fn a_word_of_old_may_still_name_something() {
    let text = "pipeline p {\n  from each.with as keep\n  map {\n    skip = keep.once\n    fresh = keep.whole\n  }\n}\n";
    assert_eq!(said(text), "");
}

#[test]
fn the_next_mistake_in_the_statement_is_told_once_the_word_is_right() {
    let text = "pipeline p {\n  keep when a.b is presnt\n}\n";
    assert_eq!(said(text).lines().count(), 1, "{}", said(text));
    assert!(said(&fixed(text)).contains("`present`"), "{}", said(&fixed(text)));
}

/// Ways to sign in of old, and those of now.
const SIGN_IN: [(&str, &str); 5] = [
    (
        "auth jwt hs256 secret.key {\n      sub = setting.user\n      exp = now + 10 min\n    }",
        "auth bearer {\n      sub = setting.user\n      exp = now + 10 min\n    } | jwt(\"HS256\", secret.key)",
    ),
    (
        "auth jwt hs256 secret.key when setting.way == \"token\" { sub = \"a{b}\" }",
        "auth bearer { sub = \"a{b}\" } | jwt(\"HS256\", secret.key) when setting.way == \"token\"",
    ),
    (
        "auth oauth2 client_credentials {\n      token \"https://c.d/t\"\n      client setting.id, secret.s\n    }",
        "token POST \"https://c.d/t\" {\n      body form = { grant_type = \"client_credentials\", client_id = setting.id, client_secret = secret.s }\n    }\n    auth bearer token.access_token",
    ),
    (
        "auth oauth2 refresh_token when setting.way == \"o\" {\n      token setting.url\n      client setting.id, secret.s\n      refresh secret.r\n      scope \"a, b\"\n    }",
        "token POST \"{setting.url}\" when setting.way == \"o\" {\n      body form = {\n        grant_type    = \"refresh_token\"\n        client_id     = setting.id\n        client_secret = secret.s\n        refresh_token = token.refresh_token ?? secret.r\n        scope         = \"a, b\"\n      }\n    }\n    auth bearer token.access_token when setting.way == \"o\"",
    ),
    (
        "auth oauth2 jwt_bearer {\n      key secret.k\n      token \"https://c.d/t\"\n      claims {\n        iss = setting.id\n        exp = now + 3 min\n      }\n    }",
        "token POST \"https://c.d/t\" {\n      body form = {\n        grant_type = \"urn:ietf:params:oauth:grant-type:jwt-bearer\"\n        assertion  = { iss = setting.id, exp = now + 3 min } | jwt(\"RS256\", secret.k)\n      }\n    }\n    auth bearer token.access_token",
    ),
];

#[test]
fn a_way_to_sign_in_is_rewritten_whole() {
    let around = "system s {\n  http \"https://a.b\" {\n    ?\n    limit 3 per min\n  }\n}\n";
    for (old, new) in SIGN_IN {
        let text = around.replace('?', old);
        let said = said(&text);
        assert_eq!(said.lines().count(), 1, "{text}\n{said}");
        assert!(said.contains("E0105") && said.contains("is written"), "{text}\n{said}");
        assert_eq!(format(&fixed(&text)), format(&around.replace('?', new)), "{said}");
    }
}

#[test]
fn comments_of_a_way_to_sign_in_stand_above_what_it_is_now() {
    let old = "system s {\n  http \"https://a.b\" {\n    auth oauth2 client_credentials { # ours\n      token \"https://c.d/t\"\n      \
               # of the app\n      client setting.id, secret.s # kept\n    } # end\n  }\n}\n";
    let new = fixed(old);
    let above = "    # ours\n    # of the app\n    # kept\n    token POST \"https://c.d/t\" {";
    assert!(new.contains(above) && new.contains("auth bearer token.access_token # end\n"), "{new}");
}

#[test]
fn a_line_of_a_sign_in_that_is_not_known_is_left_to_a_person() {
    let old = "system s {\n  http \"https://a.b\" {\n    auth oauth2 client_credentials {\n      token \"https://c.d/t\"\n      \
               client setting.id, secret.s\n      audience \"e\"\n    }\n  }\n}\n";
    assert_eq!(fixed(old), old);
}

/// A statement about a file or a database in its block, and the same in the words of now.
const OLD_SOURCES: [(&str, &str, &str); 8] = [
    ("system", "sqlite \"hr.db\"", "connect \"sqlite:hr.db\""),
    ("system", "sqlite setting.file", "connect \"sqlite:{setting.file}\""),
    ("system", "postgres \"postgres://db.example.com/hr\"", "connect \"postgres://db.example.com/hr\""),
    ("system", "ldap \"ldaps://directory.example.com\"", "connect \"ldaps://directory.example.com\""),
    ("collection", "file \"a.csv\" csv { delimiter \";\" }", "file \"a.csv\" csv { delimiter = \";\" }"),
    ("collection", "file \"a.csv\" csv {\n      delimiter \";\"\n    }", "file \"a.csv\" csv {\n      delimiter = \";\"\n    }"),
    ("collection", "file \"a.json\" json { items $.people }", "file  \"a.json\" json\n    items $.people"),
    ("collection", "file setting.file json {\n      items $[\"a b\"]\n    }", "file  setting.file json\n    items $[\"a b\"]"),
];

fn in_block(block: &str, statement: &str) -> String {
    match block {
        "system" => format!("system s {{\n  {statement}\n}}\n"),
        _ => format!("system s {{\n  collection c {{\n    {statement}\n  }}\n}}\n"),
    }
}

#[test]
fn files_and_databases_of_old_are_told_once_and_the_fix_writes_the_new_form() {
    for (block, old, new) in OLD_SOURCES {
        let text = in_block(block, old);
        let said = said(&text);
        assert_eq!(said.lines().count(), 1, "{text}\n{said}");
        assert!(said.contains("E0105"), "{text}\n{said}");
        assert_eq!(format(&fixed(&text)), format(&in_block(block, new)), "{text}\n{said}\n{}", fixed(&text));
        assert!(format(&fixed(&text)).is_some_and(|laid_out| laid_out.contains(new)), "{}", fixed(&text));
    }
}

#[test]
fn what_a_database_of_old_is_connected_to_is_left_to_a_person() {
    for old in ["postgres setting.database", "postgres \"host=db.example.com dbname=hr\"", "ldap \"ldap://directory.example.com\""] {
        let said = said(&in_block("system", old));
        assert_eq!(said.lines().count(), 1, "{said}");
        assert!(said.contains("is written `connect`"), "{said}");
        let (_, faults) = parse(FileId(0), &in_block("system", old));
        assert!(faults.iter().all(|fault| fault.fixes.is_empty()), "{said}");
    }
}
