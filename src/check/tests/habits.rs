//! What people bring from other languages: one message each that says what to write, and the edit where there is one reading.

use super::support::check_in;
use crate::diagnose::{Diagnostic, edit};
use std::{collections::HashMap, path::PathBuf};

const FILE: &str = r#"
system files {
  collection people {
    file "people.csv" csv
    key id
    attributes {
      id     : text       at $.id
      name   : text?      at $.name
      first  : text       at $.first
      active : bool opens at $.active
      ATTRIBUTE
    }
  }
}
system api {
  setting domain : text
  http "https://api.example.com" {
    HTTP
  }
  secret token
  collection things {
    key id
    list GET "/things" { items $.items }
    attributes { id : text at $.id }
  }
}
table groups {
  "a" = "b"
  ROW
}
pipeline p {
  zone "Europe/Paris"
  setting org : text = "acme"
  from files.people as e
  to   files.people
  STATEMENT
  key e.id
  match { id = e.id }
  mode create and update
  map {
    MAP
    first  = e.first
    active = true on create
  }
  leaver {
    when e.id == "1"
    LEAVER
    on return { RETURN }
  }
  guard { leavers at most 10% or 5 }
}
"#;

/// Each place of the file, and what stands there unless a case says otherwise.
const PLACES: [(&str, &str); 7] = [
    ("ATTRIBUTE", ""),
    ("HTTP", "verify GET \"/me\""),
    ("ROW", ""),
    ("STATEMENT", ""),
    ("MAP", "id     = e.id"),
    ("LEAVER", "set active = false"),
    ("RETURN", "set active = true"),
];

fn with(place: &str, line: &str) -> String {
    let line_at = |(name, usual): &(&str, &'static str)| if *name == place { line.to_owned() } else { (*usual).to_owned() };
    PLACES.iter().fold(FILE.to_owned(), |text, one| text.replacen(one.0, &line_at(one), 1))
}

fn said(text: &str) -> (Vec<Diagnostic>, String) {
    let files = HashMap::from([(PathBuf::from("p.sync"), text.to_owned())]);
    let checked = check_in(&files, "p.sync");
    let (texts, _) = edit::apply_fixes(&checked.diagnostics, &checked.sources);
    let fixed = texts.into_values().next().unwrap_or_else(|| text.to_owned());
    (checked.diagnostics, fixed)
}

fn is_one_message(diagnostics: &[Diagnostic], written: &str, help: &str) {
    let words: Vec<_> =
        diagnostics.iter().map(|one| format!("{} {} ({})", one.code, one.message, one.help.as_deref().unwrap_or(""))).collect();
    assert!(words.len() == 1 && words[0].contains(help), "{written}\n{words:#?}");
}

/// One message, with these words in it, and the edit that makes the line what is expected, with nothing more to say.
fn is_fixed(place: &str, written: &str, help: &str, expected: &str) {
    let (diagnostics, fixed) = said(&with(place, written));
    is_one_message(&diagnostics, written, help);
    assert_eq!(fixed, with(place, expected), "{written}");
    let (left, _) = said(&fixed);
    assert!(left.is_empty(), "{written}\n{fixed}\n{left:#?}");
}

/// One message, with these words in it, and no edit: what is meant is the author's to say.
fn advises(place: &str, written: &str, help: &str) {
    let (diagnostics, _) = said(&with(place, written));
    is_one_message(&diagnostics, written, help);
    assert!(diagnostics[0].fixes.is_empty(), "{written}");
}

#[test]
fn functions_follow_their_value() {
    for (written, expected) in [
        ("field x = lower(e.name)", "field x = e.name | lower"),
        ("field x = Upper(trim(e.name))", "field x = e.name | trim | upper"),
        ("field x = replace(e.name, \"a\", \"b\")", "field x = e.name | replace(\"a\", \"b\")"),
        ("field x = e.name.trim()", "field x = e.name | trim"),
        ("field x = e.name.trim().toLowerCase()", "field x = e.name | trim | lower"),
        ("field x = e.name.replace(\"a\", \"(\")", "field x = e.name | replace(\"a\", \"(\")"),
        ("field x = \"{lower(e.first)}\"", "field x = \"{e.first | lower}\""),
        ("include when lower(e.name) == upper(e.first)", "include when e.name | lower == e.first | upper"),
        ("include when not lower(e.name) starts with \"a\"", "include when not e.name | lower starts with \"a\""),
        ("field x = lower(e.name) ?? \"none\"", "field x = e.name | lower ?? \"none\""),
        ("field x = e.first ?? lower(e.name)", "field x = e.first ?? (e.name | lower)"),
    ] {
        is_fixed("STATEMENT", written, "write `", expected);
    }
    is_fixed("MAP", "id = trim(e.id)", "write `e.id | trim`", "id = e.id | trim");
}

#[test]
fn what_is_no_function_here_has_its_own_form() {
    for (written, help, expected) in [
        ("field x = today()", "write `today`", "field x = today"),
        ("include when Now() > 2026-01-01T00:00:00Z", "write `now`", "include when now > 2026-01-01T00:00:00Z"),
        ("include when exists(e.name)", "write `e.name is present`", "include when e.name is present"),
        ("include when not is_empty(e.name)", "write `e.name is missing`", "include when not e.name is missing"),
        ("field x = exists(lower(e.name))", "write `e.name | lower is present`", "field x = e.name | lower is present"),
        ("include when exists(e.name) == true", "write `(e.name is present)`", "include when (e.name is present) == true"),
        ("field x = coalesce(e.name, \"x\")", "write `e.name ?? \"x\"`", "field x = e.name ?? \"x\""),
        ("field x = ifNull(trim(e.name), upper(e.first))", "write `", "field x = e.name | trim ?? (e.first | upper)"),
        ("field x = nvl(e.name, e.first, \"x\")", "write `", "field x = e.name ?? e.first ?? \"x\""),
        (
            "field x = concat(e.first, \" \", upper(e.name))",
            "write `\"{e.first} {e.name | upper}\"`",
            "field x = \"{e.first} {e.name | upper}\"",
        ),
        ("field x = e.name | default(\"x\")", "write `?? \"x\"`", "field x = e.name ?? \"x\""),
        ("field x = e.name | default \"x\"", "write `?? \"x\"`", "field x = e.name ?? \"x\""),
        ("field x = e.name | lower | fallback(e.first)", "write `?? e.first`", "field x = e.name | lower ?? e.first"),
    ] {
        is_fixed("STATEMENT", written, help, expected);
    }
    advises("STATEMENT", "field x = shorten(e.name)", "functions follow the value");
    advises("STATEMENT", "field x = e.name.frobnicate(3)", "functions follow the value");
    advises("STATEMENT", "include when size() > 1", "functions follow the value");
}

#[test]
fn signs_of_other_languages() {
    for (written, help, expected) in [
        ("field x = e.name |> lower", "write `|`", "field x = e.name | lower"),
        ("include when e.name in (\"A\", \"B\")", "write `[\"A\", \"B\"]`", "include when e.name in [\"A\", \"B\"]"),
        ("include when e.name not in (\"A\", e.first)", "write `[\"A\", e.first]`", "include when e.name not in [\"A\", e.first]"),
        ("include when e.name in (\"A\")", "write the values in `[ ]`", "include when e.name in [\"A\"]"),
        ("field x = True", "write `true`", "field x = true"),
        ("include when e.active == FALSE", "write `false`", "include when e.active == false"),
        ("include when e.name == None", "write `null`", "include when e.name == null"),
        ("field x? : text = e.first", "write `: text?`", "field x : text? = e.first"),
        ("field x? = e.first", "remove it", "field x = e.first"),
        ("setting badges? : list of text", "write `: list of text?`", "setting badges : list of text?"),
        ("field x = \"{org}-1\"", "did you mean `setting.org`?", "field x = \"{setting.org}-1\""),
        ("include when e.name == org", "did you mean `setting.org`?", "include when e.name == setting.org"),
        ("field x = “hello”", "write `\"hello\"`", "field x = \"hello\""),
        ("include when e.name == ‘A’", "write `\"A\"`", "include when e.name == \"A\""),
        ("title „Leute“", "write `\"Leute\"`", "title \"Leute\""),
        ("field x = “{e.first} «x»”", "write `\"{e.first} «x»\"`", "field x = \"{e.first} «x»\""),
        ("- field x = e.first", "remove it", "field x = e.first"),
    ] {
        is_fixed("STATEMENT", written, help, expected);
    }
    is_fixed("MAP", "- id     = e.id", "remove it", "id     = e.id");
    is_fixed("MAP", "* id     = e.id", "remove it", "id     = e.id");
    is_fixed("ATTRIBUTE", "nick? : text at $.nick", "write `: text?`", "nick : text? at $.nick");
    is_fixed("ATTRIBUTE", "- nick : text? at $.nick", "remove it", "nick : text? at $.nick");
    is_fixed("LEAVER", "- set active = false", "remove it", "set active = false");
    advises("STATEMENT", "field x = “hello", "enclose the text in");
}

#[test]
fn members_of_a_path_with_blanks_and_hyphens() {
    for (written, help, expected) in [
        ("fn : text? at $.[\"First name\"]", "write `$[\"First name\"]`", "fn : text? at $[\"First name\"]"),
        ("fn : text? at $.a.['First name'].b", "write `$.a['First name']`", "fn : text? at $.a['First name'].b"),
        ("fn : text? at $.First name", "write `$[\"First name\"]`", "fn : text? at $[\"First name\"]"),
        (
            "fn : text? at $.person.First name of all unique",
            "write `$.person[\"First name of all\"]`",
            "fn : text? at $.person[\"First name of all\"] unique",
        ),
        ("left : date? at $.Left on format \"%d/%m/%Y\"", "write `$[\"Left on\"]`", "left : date? at $[\"Left on\"] format \"%d/%m/%Y\""),
        ("fn : text? at $.first-name", "write `$[\"first-name\"]`", "fn : text? at $[\"first-name\"]"),
        ("fn : text? at $.x.first-name.y unique", "write `$.x[\"first-name\"]`", "fn : text? at $.x[\"first-name\"].y unique"),
    ] {
        is_fixed("ATTRIBUTE", written, help, expected);
    }
    is_fixed("STATEMENT", "field x : text? = $.a-b", "write `$[\"a-b\"]`", "field x : text? = $[\"a-b\"]");
    is_fixed("STATEMENT", "field x : text? = $.list.a-b ?? \"c\"", "write `$.list[\"a-b\"]`", "field x : text? = $.list[\"a-b\"] ?? \"c\"");
    advises("ATTRIBUTE", "fn : text? at $.first name", "write `$[\"first name\"]` for a name with a blank");
}

#[test]
fn rows_leavers_and_credentials() {
    for written in ["default = \"c\"", "otherwise = \"c\"", "_ = \"c\"", "* = \"c\"", "others = \"c\""] {
        is_fixed("ROW", written, "write `else`", "else = \"c\"");
    }
    is_fixed("LEAVER", "active = false", "write `set active = …`", "set active = false");
    is_fixed("RETURN", "active = true", "write `set active = …`", "set active = true");
    for written in ["auth basic \"user\"", "auth basic \"user:password\"", "auth basic secret.token", "auth basic \"a\" when true"] {
        advises("HTTP", written, "write `auth basic USER, PASSWORD`");
    }
    is_fixed("HTTP", "header \"X-Tenant\" = domain", "did you mean `setting.domain`?", "header \"X-Tenant\" = setting.domain");
}

#[test]
fn a_comma_in_a_number_is_never_taken_out() {
    for (place, written) in [
        ("STATEMENT", "field x = 1,5"),
        ("STATEMENT", "field x = 100000,50 + 1"),
        ("STATEMENT", "field x = if e.first == \"a\" then 1,5 else 2"),
        ("STATEMENT", "include when 2,5 > 1"),
        ("STATEMENT", "field x = 1,000,000"),
        ("STATEMENT", "field x = today + 1,5 d"),
    ] {
        advises(place, written, "write `");
    }
    let (diagnostics, fixed) = said(&with("", "").replace("10% or 5", "2,5% or 5"));
    assert!(diagnostics.len() == 1 && fixed.contains("2,5%"), "{fixed}\n{diagnostics:#?}");
}

#[test]
fn a_value_is_looked_up_whichever_comes_first() {
    for written in ["lookup(groups, e.first)", "lookup(e.first, groups)", "e.first.lookup(groups)", "groups.lookup(e.first)"] {
        let help = "write `e.first | lookup(groups)`";
        is_fixed("STATEMENT", &format!("field x = {written}"), help, "field x = e.first | lookup(groups)");
    }
    is_fixed("STATEMENT", "field x = lookup(groups, trim(e.first))", "write `", "field x = e.first | trim | lookup(groups)");
    advises("STATEMENT", "field y = e.first\n  field x = lookup(groups, y)", "functions follow the value");
    advises("STATEMENT", "field x = groups | lookup(e.first)", "the value comes first: `employee.department | lookup(groups)`");
}

#[test]
fn two_bars_between_values_are_a_fallback() {
    for line in ["field x = e.name || e.first", "field x = e.name || e.first || \"none\"", "field x = (e.name || e.first) | lower"] {
        advises("STATEMENT", line, "write `??` if the value after it is to be used where the one before it is missing");
    }
    is_fixed("STATEMENT", "include when e.active || e.first == \"a\"", "write `or`", "include when e.active or e.first == \"a\"");
}

#[test]
fn words_with_a_hyphen_and_a_policy_before_its_condition() {
    is_fixed("ATTRIBUTE", "nick : text? read-only at $.nick", "write `read only`", "nick : text? read only at $.nick");
    is_fixed("ATTRIBUTE", "nick : text? create-only at $.nick", "write `create only`", "nick : text? create only at $.nick");
    for (written, policy) in [("if missing keep", "keep"), ("if null keep", "keep"), ("when empty clear", "clear")] {
        let line = |policy: &str| format!("id     = e.id\n    name   = e.name {policy}");
        let native = format!("{policy} when missing");
        is_fixed("MAP", &line(written), &format!("write `{native}`"), &line(&native));
    }
    advises("STATEMENT", "field x = e.first | truncate(40)", "did you mean `slice`?");
}

/// A plural and a singular are both words: which one is a slip is not said by how often they are written.
#[test]
fn a_slip_at_the_use_is_told_at_the_use() {
    let lines = "field group = e.first\n  include when group is present\n  field x = e.first | lookup(group)";
    advises("STATEMENT", lines, "did you mean `groups`?");
    let (diagnostics, _) = said(&with("STATEMENT", lines));
    assert_eq!(diagnostics[0].message, "there is no table `group`");
}

/// A value is compared, whatever it is: what `is` may ask for is never put in its place.
#[test]
fn is_before_a_value_is_a_comparison() {
    for (written, expected) in [
        ("e.name is \"left\"", "e.name == \"left\""),
        ("e.name is not \"left\"", "e.name != \"left\""),
        ("e.name is \"absent\" and e.id == \"1\"", "e.name == \"absent\" and e.id == \"1\""),
        ("e.active is true", "e.active == true"),
        ("e.active is not false", "e.active != false"),
        ("e.name is e.first", "e.name == e.first"),
        ("e.name is null", "e.name is missing"),
        ("e.name is not null", "e.name is present"),
    ] {
        is_fixed("STATEMENT", &format!("include when {written}"), "", &format!("include when {expected}"));
        is_fixed("STATEMENT", &format!("include when {written} as \"those\""), "", &format!("include when {expected} as \"those\""));
    }
    let (diagnostics, fixed) = said(&with("LEAVER", "when e.name is \"left\"\n    set active = false"));
    assert_eq!(fixed, with("LEAVER", "when e.name == \"left\"\n    set active = false"), "{diagnostics:#?}");
    let (_, fixed) = said(&with("LEAVER", "when e.name is as \"left\"\n    set active = false"));
    assert!(!fixed.contains("absent") && !fixed.contains("missing"), "{fixed}");
}

/// Each message names the cause, and what to write.
#[test]
fn what_is_said_elsewhere_is_told_with_its_place() {
    advises("HTTP", "auth header \"X-Api-Key\" secret.token", "write `header \"X-Api-Key\" = secret.NAME` without `auth`");
    advises("HTTP", "secret other", "put the line in front of `http`");
    advises("HTTP", "setting other : text", "put the line in front of `http`");
    let collection = |line: &str| FILE_OF_A_COLLECTION.replace("LINE", line);
    for (written, expected) in [("remove DELETE \"/things/{id}\"", "delete DELETE \"/things/{id}\""), ("list all", "lists all")] {
        assert_eq!(said(&collection(written)).1, collection(expected), "{written}");
    }
    advises("HTTP", "gone when status == \"404\" and $.code == 7", "a number is written without quotes: `404`");
    let attribute =
        |line: &str| FILE_OF_A_COLLECTION.replace("LINE", "").replace("id : text at $.id", &format!("id : text at $.id\n{line}"));
    for written in ["default false", "default = false"] {
        let (diagnostics, fixed) = said(&attribute(&format!("on : bool at $.on {written}")));
        is_one_message(&diagnostics, written, "write `?? false` after its path");
        assert_eq!(fixed, attribute("on : bool at $.on ?? false"), "{written}");
    }
    let (diagnostics, fixed) = said(&collection("format = \"csv\""));
    is_one_message(&diagnostics, "format", "write `file \"people.csv\" csv`");
    assert_eq!(fixed, collection("format = \"csv\""));
}

const FILE_OF_A_COLLECTION: &str = r#"
system api {
  http "https://api.example.com" { }
  collection things {
    key id
    LINE
    list GET "/things" { items $.items }
    attributes { id : text at $.id }
  }
}
"#;

#[test]
fn the_word_of_a_sign_in_is_sent_once() {
    for word in ["Bearer", "bearer", "BEARER", " Bearer"] {
        let written = format!("auth bearer \"{word} {{secret.token}}\"");
        is_fixed("HTTP", &written, "write `secret.token`", "auth bearer secret.token");
    }
    is_fixed("HTTP", "auth bearer \"Bearer {secret.token | trim}\"", "write `secret.token | trim`", "auth bearer secret.token | trim");
    for (written, help) in [
        ("auth bearer \"Token {secret.token}\"", "write `header \"Authorization\" = \"Token {secret.token}\"`"),
        ("auth bearer \"Basic {secret.token}\"", "write `header \"Authorization\" = \"Basic {secret.token}\"`"),
        ("auth bearer \"Bearer {secret.token}-{setting.domain}\"", "take `Bearer` out"),
        ("auth bearer \"Bearer {secret.token}\" | trim", "take `Bearer` out"),
        ("auth basic \"Basic {secret.token}\", \"\"", "write `header \"Authorization\" = \"Basic {secret.token}\"`"),
        ("auth basic setting.domain, \"basic {secret.token}\"", "write `header \"Authorization\" = \"basic {secret.token}\"`"),
    ] {
        advises("HTTP", written, help);
    }
    for meant in ["auth bearer \"{secret.token}\"", "auth bearer \"v1.{secret.token}\"", "auth basic \"My user\", secret.token"] {
        assert!(said(&with("HTTP", meant)).0.is_empty(), "{meant}: {:#?}", said(&with("HTTP", meant)).0);
    }
}

#[test]
fn forms_of_a_day_that_read_one_text_differently_are_refused() {
    for forms in [
        r#""%d/%m/%Y" or "%m/%d/%Y""#,
        r#""%Y-%m-%d" or "%d/%m/%Y" or "%m/%d/%Y""#,
        r#""%Y-%m-%d" or "%d/%m/%Y" or "%d.%m.%Y" or "%m/%d/%Y""#,
    ] {
        let (said, _) = said(&with("ATTRIBUTE", &format!("left : date? at $.left format {forms}")));
        assert!(said.len() == 1 && said[0].code == "E0505", "{forms}: {said:#?}");
    }
    for forms in [r#""%d/%m/%Y""#, r#""%Y-%m-%d" or "%d/%m/%Y""#, r#""%Y-%m-%d" or "%d/%m/%Y" or "%d.%m.%Y""#] {
        let (said, _) = said(&with("ATTRIBUTE", &format!("left : date? at $.left format {forms}")));
        assert!(said.is_empty(), "{forms}: {said:#?}");
    }
}
