//! Each example of the catalogue in the smallest file that it can stand in: what the reference shows must check.

use super::support::{check_in, rendered};
use crate::syntax::{
    catalogue::{self, Entry, Often, formats::FORMATS},
    tree::DataFormat,
};
use std::{collections::HashMap, path::PathBuf};

const STAFF: &str = include_str!("catalogue/staff.txt");
const OTHERS: &str = include_str!("catalogue/others.txt");

const SETTINGS: &str = "  setting id : text?\n  setting user : text?\n  setting tenant : text?\n  secret token\n  secret password\n  \
                        secret secret\n  secret refresh\n  secret key\n  secret certificate\n";

/// The beginning of a call for many records.
const CLOSE: &str = "call close POST \"/close\" {\nbatch 100\nbody = { ids = [id for each record] }";

const ATTRIBUTES: &str = "attributes {\n  id : text unique read only at $.id\n  email : text? at $.email\n  updated_at : datetime? at \
                          $.updated_at\n  request_id : text? at $.request_id\n}";

const GUARD: &str = "guard {\n  leavers at most 10% or 5\n}\n";

/// The statements that a pipeline needs.
const NEEDED: [&str; 6] = [
    "zone \"Europe/Paris\"",
    "from staff.people as person",
    "to library.readers",
    "match { card = person.number }",
    "mode create and update",
    MAP,
];

const MAP: &str = "map { card = person.number }";

/// The pipeline of the other direction.
const BACK: &str = "pipeline back {\n  from library.readers as reader\n  include when reader.email is present\n  key reader.id\n  to \
                    staff.people\n  match { number = reader.card }\n  mode update\n  map { email = reader.email keep when missing on \
                    conflict newest then other }\n}\n";

/// A file with a pipeline that says this besides what it needs; what it says itself takes the place of that.
fn pipeline(says: &str) -> String {
    let first = says.split_whitespace().next().unwrap_or_default();
    // Accounts that are closed by an attribute are opened by it first.
    let map = if says.contains("set active = false") { "map {\ncard = person.number\nactive = true on create\n}" } else { MAP };
    let needed = NEEDED.into_iter().map(|line| if line == MAP { map } else { line });
    let lines: Vec<_> = needed.filter(|line| line.split(' ').next() != Some(first)).collect();
    let setting = "setting on : bool = true\nsetting language : text = \"en\"";
    format!("{STAFF}{OTHERS}pipeline readers {{\n{setting}\n{}\n{says}\n}}\n", lines.join("\n"))
}

/// A file with a system of one collection.
fn collection(http: &str, says: &str) -> String {
    format!("system desk {{\n  title \"Desk\"\n{SETTINGS}{http}\n  collection people {{\n{says}\n  }}\n}}\n")
}

const HTTP: &str = "http \"https://desk.example.com\" { }";

fn leaver(says: &str) -> String {
    let when = if says.starts_with("when") { "" } else { "when person.left_on < today\n" };
    let acts = ["set ", "call ", "delete"].iter().any(|word| says.starts_with(word));
    let action = if acts { "" } else { "set active = false\n" };
    pipeline(&format!("leaver {{\n{when}{action}{says}\n}}\n{GUARD}"))
}

fn of_file(entry: &Entry) -> String {
    let example = entry.example;
    match entry.words {
        "extend" | "pipeline" => format!("{STAFF}{OTHERS}{example}\n"),
        "test" => format!("{}{example}\n", pipeline("")),
        "require" => format!("setting limit : int = 1\n{example}\n"),
        "attribute of" => format!("{}{example}\n", OTHERS.replace("system crm", "system portal").replace("contacts", "members")),
        _ => format!("{example}\n"),
    }
}

fn of_pipeline(entry: &Entry) -> String {
    let example = entry.example;
    match entry.words {
        "for each" => pipeline(&format!("{example}\nkey \"{{person.number}}-{{team}}\"")),
        "leaver" => pipeline(&format!("{example}\n{GUARD}")),
        _ => pipeline(example),
    }
}

fn of_system(entry: &Entry) -> String {
    let title = if entry.words == "title" { "" } else { "  title \"Desk\"\n" };
    let http = if entry.words == "collection" { HTTP } else { "" };
    format!("system desk {{\n{title}  setting database : text?\n{SETTINGS}{http}\n{}\n}}\n", entry.example)
}

fn of_token(entry: &Entry) -> String {
    let body = if entry.words == "body" { "" } else { "body form = { key = secret.secret }" };
    let http = format!("token POST \"https://example.com/token\" {{\n{body}\n{}\n}}\nauth bearer token.access_token", entry.example);
    collection(&format!("http \"https://desk.example.com\" {{\n{http}\n}}"), &format!("key id\n{ATTRIBUTES}"))
}

fn of_collection(entry: &Entry) -> String {
    let example = entry.example;
    match entry.words {
        "at" | "requested as" | "written at" => {
            let at = if entry.words == "at" { "" } else { "at $.address\n" };
            let part = format!("part address {{\n{at}{example}\nattributes {{\n  city : text? at $.city\n}}\n}}");
            collection(HTTP, &format!("key id\n{ATTRIBUTES}\n{part}"))
        }
        "key" => collection(HTTP, &format!("{example}\n{ATTRIBUTES}")),
        "attributes" => collection(HTTP, &format!("key id\n{example}")),
        "consistent within" => collection(HTTP, &format!("key id\n{example}\ncreate POST \"/people\"\n{ATTRIBUTES}")),
        "file" => collection("", &format!("key id\n{example}\n{ATTRIBUTES}")),
        "list" if example.starts_with("list \"") => collection("connect \"sqlite:people.db\"", &format!("key id\n{example}\n{ATTRIBUTES}")),
        _ => collection(HTTP, &format!("key id\n{example}\n{ATTRIBUTES}")),
    }
}

/// The call that an example is a line of, open, with the lines that it needs besides.
fn call_around(words: &str) -> &'static str {
    match words {
        "item" | "merged" => "get GET \"/people/{id}\" {",
        "replaces" => "update PUT \"/people/{id}\" {",
        "on unknown" | "idempotent" | "never repeat" | "body" | "key" | "secret" | "follow" => "create POST \"/people\" {",
        "good" => "delete DELETE \"/people/{id}\" {",
        "batch" => "call close POST \"/close\" {\nbody = { ids = [id for each record] }\nitems $.results by $.id = id",
        "items" => "list GET \"/people\" {",
        "ends" => "list GET \"/people\" {\nitems $.data\npage by number size 100\nquery \"page\" = page.number",
        "query" => "list GET \"/people\" {\nitems $.data\npage by offset size 100\nquery \"offset\" = page.offset",
        "page" | "size" => "list GET \"/people\" {\nitems $.data\nquery \"offset\" = page.offset",
        "from" => "list GET \"/people\" {\nitems $.data\nquery \"page\" = page.number",
        _ => "list GET \"/people\" {\nitems $.data",
    }
}

fn of_found(entry: &Entry) -> String {
    let lines = ["items $.fields", "name $.name", "type $.type"].into_iter().filter(|line| !line.starts_with(entry.words));
    let lines: Vec<_> = lines.chain([entry.example]).collect();
    collection(HTTP, &format!("key id\nattributes from GET \"/fields\" {{\n{}\n}}\n{ATTRIBUTES}", lines.join("\n")))
}

fn of_attributes(entry: &Entry) -> String {
    let id = if entry.example.starts_with("id ") { "" } else { "id : text unique read only at $.id\n" };
    let get = if entry.words == "from get" { "get GET \"/people/{id}\"\n" } else { "" };
    collection(HTTP, &format!("key id\n{get}attributes {{\n{id}{}\n}}", entry.example))
}

fn of_guard(entry: &Entry) -> String {
    let limited = entry.example.starts_with("leavers") || entry.example.starts_with("approve");
    let limit = if limited { "" } else { "leavers at most 5\n" };
    pipeline(&format!("leaver {{\nwhen person.left_on < today\nset active = false\n}}\nguard {{\n{limit}{}\n}}", entry.example))
}

/// The smallest file that an example can stand in.
fn framed(entry: &Entry) -> String {
    let example = entry.example;
    match entry.places()[0] {
        "a value" if entry.words == "for each record" => collection(
            HTTP,
            &format!(
                "key id\n{ATTRIBUTES}\ncall close POST \"/close\" {{\nbatch 100\nbody = {{ people = {example} }}\nitems $ by $.id = id\n}}"
            ),
        ),
        "a value" => pipeline(&format!("field example = {example}")),
        "a file" => of_file(entry),
        "a table" => format!("table divisions {{\n  \"A\" = \"B\"\n  {example}\n}}\n"),
        "a system" => of_system(entry),
        "an `http` block" => collection(&format!("http \"https://desk.example.com\" {{\n{example}\n}}"), &format!("key id\n{ATTRIBUTES}")),
        "a `token` block" => of_token(entry),
        "a collection" => of_collection(entry),
        "a block of attributes" => of_attributes(entry),
        "a block of discovered attributes" => of_found(entry),
        "a call" if example.contains(" by $.id = id") => collection(HTTP, &format!("key id\n{CLOSE}\n{example}\n}}\n{ATTRIBUTES}")),
        "a call" => collection(HTTP, &format!("key id\n{}\n{example}\n}}\n{ATTRIBUTES}", call_around(entry.words))),
        "an `items` block" if entry.words == "key" => collection(
            HTTP,
            &format!(
                "key id\ncreate POST \"/people\" {{\nbatch 100\nitems $.results by $.email = email {{\n{example}\n}}\n}}\n{ATTRIBUTES}"
            ),
        ),
        "an `items` block" => {
            collection(HTTP, &format!("key id\n{CLOSE}\nitems $.results by $.id = id {{\n{example}\n}}\n}}\n{ATTRIBUTES}"))
        }
        "a pipeline" => of_pipeline(entry),
        "a `match` block" => pipeline(&format!("match {{\n{example}\n}}")),
        "a `map` block" if entry.words == "on conflict" => pipeline(&format!("map {{\n{example}\n}}")) + BACK,
        // What is written on update alone is nothing to create.
        "a `map` block" if entry.words == "on update" => pipeline(&format!("map {{\ncard = person.number\n{example}\n}}")),
        "a `map` block" => pipeline(&format!("map {{\n{example}\n}}")),
        "a `leaver` block" => leaver(example),
        "a block of `leaver`" => leaver(&format!("on return {{\n{example}\n}}")),
        "a `guard` block" => of_guard(entry),
        "a test" => format!("{}test \"example\" for readers {{\n  {example}\n}}\n", pipeline("")),
        other => panic!("no frame for {other}"),
    }
}

fn said(text: &str) -> String {
    let file = |name: &str, text: &str| (PathBuf::from(name), text.to_owned());
    let files = [
        file("example.sync", text),
        file("systems/staff.sync", STAFF),
        file("divisions.csv", "Department,Code\nA,B\n"),
        file("answers.json", "[]"),
    ];
    let checked = check_in(&HashMap::from(files), "example.sync");
    // That a statement has no effect yet is said in its help, too.
    let others = checked.diagnostics.iter().filter(|one| one.code != "L0705").count();
    if others == 0 { String::new() } else { rendered(&checked) }
}

#[test]
fn every_example_checks_in_a_file_of_its_own() {
    let mut wrong = Vec::new();
    for entry in catalogue::all() {
        let text = framed(entry);
        let said = said(&text);
        if !said.is_empty() {
            wrong.push(format!("{} in {}:\n{}\n{said}", entry.words, entry.places()[0], entry.example));
        }
    }
    assert!(catalogue::all().count() > 180 && wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_example_of_a_format_checks() {
    for format in FORMATS {
        let text = if format.example.starts_with("file") {
            collection("", &format!("key id\n{}\n{ATTRIBUTES}", format.example))
        } else {
            collection(HTTP, &format!("key id\ncreate POST \"/people\" {{\n{}\n}}\n{ATTRIBUTES}", format.example))
        };
        let said = said(&text);
        assert!(said.is_empty() && format.example.contains(format.kind.name()), "{text}\n{said}");
    }
    assert_eq!(FORMATS.len(), DataFormat::ALL.len());
}

#[test]
fn a_statement_that_may_be_given_once_is_refused_a_second_time() {
    let once = catalogue::all().filter(|entry| entry.often == Often::OnceChecked && entry.places().contains(&"a pipeline"));
    let mut tried = 0;
    for entry in once {
        let example = entry.example;
        let said = said(&pipeline(&format!("{example}\n{example}")));
        assert!(said.contains(&format!("E0210 the statement `{}` is declared twice", entry.words)), "{}: {said}", entry.words);
        tried += 1;
    }
    assert_eq!(tried, 17);
    for entry in ["field", "join", "show", "guard"] {
        assert!(!catalogue::is_checked_once("a pipeline", entry), "{entry}");
    }
}
