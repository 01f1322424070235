//! Generated files, laid out at random: formatting keeps their tree and their comments, and settles at once.

use super::layout::assert_law;
use proptest::prelude::*;

/// Stands for one blank or more.
const BLANK: char = '\u{1}';
/// Stands for nothing, a blank, or, as it is inside brackets, the end of a line.
const BREAK: char = '\u{2}';
/// Ends a statement.
const END: char = '\u{3}';

fn name() -> impl Strategy<Value = String> {
    prop::sample::select(vec!["email", "title", "key", "from", "at", "format", "x", "employee.last_name", "current.matches", "when_1"])
        .prop_map(str::to_owned)
}

fn leaf() -> impl Strategy<Value = String> {
    let fixed = vec![
        "1",
        "-2.50",
        "10%",
        "30\u{1}s",
        "7 days",
        "2026-03-01",
        "2026-03-01T09:00:00Z",
        "02:00",
        "true",
        "null",
        "\"\"",
        "\"a # b\"",
        "\"\\{\\u{e9}\\\"\"",
        "\"\"\"raw {x}\"\"\"",
        "$.a.b",
        "$.a[?@.b == 'c' && @.d > 1]..*",
        "{{response.job.title}}",
        "\"é {{response.a}} x\"",
        "today",
        "[]",
    ];
    prop_oneof![3 => name(), 2 => prop::sample::select(fixed).prop_map(str::to_owned)]
}

fn expr() -> impl Strategy<Value = String> {
    leaf().prop_recursive(4, 24, 4, |inner| {
        let ops = vec!["and", "or", "==", "!=", "<", ">=", "in", "not\u{1}in", "starts\u{1}with", "contains", "??", "+", "*"];
        let two = (inner.clone(), prop::sample::select(ops), inner.clone());
        let list = prop::collection::vec(inner.clone(), 1..5);
        let args = prop::collection::vec(inner.clone(), 1..3);
        prop_oneof![
            two.prop_map(|(a, op, b)| format!("({BREAK}{a}{BLANK}{op}{BREAK}{BLANK}{b}{BREAK})")),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("({a}{BLANK}-\n{b}{BREAK}\n{BLANK}or{BLANK}{b})")),
            list.prop_map(|items| format!("[{BREAK}{}{BREAK}]", items.join(&format!("{BREAK},{BREAK}")))),
            (inner.clone(), args).prop_map(|(a, args)| format!("({a}{BREAK}|{BREAK}join{BLANK}({BREAK}{}{BREAK}))", args.join(","))),
            (inner.clone(), inner.clone(), inner.clone())
                .prop_map(|(a, b, c)| format!("(if{BLANK}{a}{BLANK}then{BLANK}{b}{BREAK}{BLANK}else{BLANK}{c})")),
            inner.clone().prop_map(|a| format!("(not{BLANK}{a}{BLANK}is{BLANK}missing)")),
            inner.clone().prop_map(|a| format!("({a}{BLANK}matches{BLANK}\"^\\d{{2}}#$\")")),
            inner
                .prop_filter("a hole has one line", |a| !a.contains('\n'))
                .prop_map(|a| format!("\"a {{ {} }} b\"", a.replace(BREAK, " "))),
        ]
    })
}

fn map_line() -> impl Strategy<Value = String> {
    let words = vec![
        "",
        "on create",
        "keep\u{1}when missing",
        "when x",
        "once ignoring case",
        "on conflict newest then\u{1}this",
        "only add exactly",
    ];
    let line =
        (name(), expr(), prop::sample::select(words)).prop_map(|(name, value, words)| format!("{name}{BLANK}={BLANK}{value} {words}{END}"));
    line.prop_recursive(2, 8, 3, |inner| {
        let lines = prop::collection::vec(inner, 0..3);
        lines.prop_map(|lines| format!("clear when missing{BLANK}{{{END}{}}}{END}", lines.concat()))
    })
}

fn statement() -> impl Strategy<Value = String> {
    let map = prop::collection::vec(map_line(), 0..4);
    prop_oneof![
        Just(format!("title{BLANK}\"A {{\\}}\"{END}").replace("{\\}", "\\{\\}")),
        (name(), expr()).prop_map(|(a, e)| format!("field{BLANK}{}{BLANK}={BLANK}{e}{END}", a.replace('.', "_"))),
        (name(), expr()).prop_map(|(a, e)| format!("field {} : list of text? = {e}{END}", a.replace('.', "_"))),
        expr().prop_map(|e| format!("include when {e} as{BLANK}\"words\"{END}")),
        expr().prop_map(|e| format!("exclude{BLANK}when {e}\n {BLANK}and x{END}")),
        (name(), expr()).prop_map(|(a, e)| format!(
            "setting {} : text = {e} as \"A\" one{BLANK}of [\"a\" as \"A\",{BREAK}\"b\"] matches \"x\"{END}",
            a.replace('.', "_")
        )),
        (name(), expr()).prop_map(|(a, e)| format!("match{BLANK}{{{END}{a} = {e} and {a} = {e}{END}}}{END}")),
        name().prop_map(|a| format!("match {{ {a} = {a} }}{END}")),
        map.prop_map(|lines| format!("map {{{END}{}}}{END}", lines.concat())),
        Just(format!("since last run,{BLANK}lookback 1 h,\n full every 7 days{END}")),
        Just(format!("guard {{{END}leavers at most 10%{BLANK}or 5{END}updates of email at most 5{END}hold leavers{END}}}{END}")),
    ]
}

fn item() -> impl Strategy<Value = String> {
    let attribute = (name(), 0..4_usize).prop_map(|(a, words)| {
        let words =
            ["at $.a", "up to 3 at $.b[0] format \"%d\" in \"UTC\"", "unique matches \"a\\.b\" at $.c", "one of [1,\u{2}2] at $.d"][words];
        format!("{}{BLANK}: text?{BLANK}{words}{END}", a.replace('.', "_"))
    });
    let pair = (name(), expr()).prop_map(|(a, e)| format!("{a} ={BLANK}{e}"));
    prop_oneof![
        prop::collection::vec(statement(), 0..8).prop_map(|all| format!("pipeline{BLANK}x {{{END}{}}}{END}", all.concat())),
        prop::collection::vec(attribute, 0..5).prop_map(|all| format!("extend a.b {{{END}{}}}{END}", all.concat())),
        (prop::collection::vec(pair, 1..4), prop::bool::ANY).prop_map(|(pairs, tall)| {
            let (start, between) = if tall { (END.to_string(), END.to_string()) } else { (BLANK.to_string(), format!(",{BLANK}")) };
            format!("test \"a\" for x {{{END}given source {{{start}{}{start}}}{END}expect no changes{END}}}{END}", pairs.join(&between))
        }),
        Just(format!("use \"a.sync\"{BLANK}as b{END}")),
        Just(format!("table t {{{END}\"a\" = 1{END}\"long one\" ={BLANK}2{END}else = 3{END}}}{END}")),
        Just(format!(
            "system s {{{END}http \"x\" {{{END}error $.a {{{END}\"A\",\n\"B\" is auth{END}\"E\" is conflict{END}}}{END}}}{END}}}{END}"
        )),
    ]
}

/// Text with its marks laid out by the bytes.
fn laid_out(text: &str, layout: &[u8]) -> String {
    let mut layout = layout.iter().cycle();
    let mut pick = |choices: &[&'static str]| layout.next().map_or("", |byte| choices[usize::from(*byte) % choices.len()]);
    let mut out = String::new();
    for c in text.chars() {
        match c {
            BLANK => out.push_str(pick(&[" ", "  ", "     ", "\t"])),
            BREAK => out.push_str(pick(&["", " ", "", "\n", "\n\n   ", " # inside\n"])),
            END => out.push_str(pick(&["\n", "\n", "\n      ", "\n\n\n\n", "   # beside\n", "\n # above\n", "\r\n", "\n\n#x\n\n# y  \n"])),
            c => out.push(c),
        }
    }
    out
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn generated_files_keep_their_tree_and_settle_at_once(items in prop::collection::vec(item(), 0..4), layout in prop::collection::vec(any::<u8>(), 32)) {
        let text = laid_out(&items.concat(), &layout);
        let formatted = assert_law(&text, &text);
        for comment in ["# inside", "# beside", "# above", "#x", "# y"] {
            assert_eq!(text.matches(comment).count(), formatted.matches(comment).count(), "{comment} in\n{text}\n{formatted}");
        }
        assert!(!formatted.contains("\n\n\n") && !formatted.contains('\t') && !formatted.contains(" \n"), "{formatted}");
    }
}
