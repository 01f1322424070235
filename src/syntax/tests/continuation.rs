//! Where a line goes on, and where it ends.

use super::said;

fn in_pipeline(lines: &str) -> String {
    said(&format!("pipeline p {{\n{lines}\n}}\n"))
}

#[test]
fn a_line_goes_on_inside_brackets_after_commas_and_operators_and_before_leading_words() {
    for lines in [
        "key (\na\n+\nb\n)",
        "key [\n1,\n\n# why\n2\n]",
        "key a | replace(\n\"a\",\n\"b\"\n)",
        "key $.a[?@.b ==\n1]",
        "key a +\nb",
        "key a ??\nb",
        "key a |\nlower",
        "key a and\nnot b or\nc",
        "key a == # why\nb",
        "key a in\n[1]",
        "key a starts with\n\"b\"",
        "key a\n| lower\n?? b\n  and c\n  or d",
        "key if a\nthen b\nelse if c\nthen d\nelse e",
        "key (if a then { b = 1 } else { b = 2 })",
        "key x + (if a\nthen {\n  b = [1, { c = 2 }]\n}\nelse { b = (if d then { e = 1 } else { e = 2 }) })",
        "show a,\nb",
        "since last run,\nlookback 1 h,\nfull every 7 days",
        "match {\na = b\nand c = d\n}",
    ] {
        assert_eq!(in_pipeline(lines), "", "{lines}");
    }
}

#[test]
fn a_line_never_goes_on_before_a_modifier_or_an_operator() {
    for lines in [
        "include when a\nas \"words\"",
        "map {\na = b\non create\n}",
        "key a\n+ b",
        "key a\n== b",
        "setting a : text\n= \"b\"",
        "field a\n= b",
        "from a.b\nas c",
    ] {
        assert_ne!(in_pipeline(lines), "", "{lines}");
    }
}

#[test]
fn a_statement_that_starts_like_a_leading_word_is_its_own() {
    assert_eq!(in_pipeline("map {\nandy = 1\norder = 2\nthenceforth = 3\nelsewhere = 4\n}"), "");
}
