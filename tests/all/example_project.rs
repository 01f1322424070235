//! A small project for examples: two systems of files, one behind HTTP, a pipeline. An example is put into it, and the statements
//! of the example replace those of the same names.

use counterpart::{
    check::{Checked, LoadError, Loader, check},
    host::Host,
    sandbox::Trials,
};
use std::path::Path;

const SYSTEMS: &[&str] = &[
    r#"system hr {
  collection employees {
    file "employees.jsonl" json_lines
    key number
    attributes {
      number          : text           at $.number
      email           : text?          at $.email
      first_name      : text           at $.first_name
      last_name       : text           at $.last_name
      department      : text?          at $.department
      manager         : text?          at $.manager
      badge           : text?          at $.badge
      room            : text?          at $.room
      phone           : text?          at $.phone
      starts_text     : text?          at $.starts
      floor           : int?           at $.floor
      hours           : decimal?       at $.hours
      full_time_hours : decimal?       at $.full_time_hours
      active          : bool?          at $.active
      hired           : date?          at $.hired
      contract_end    : date?          at $.contract_end
      seen            : datetime?      at $.seen
      teams           : list of text?  at $.teams[*] read only
    }
  }
  collection names {
    file "names.csv" csv
    attributes {
      number : text at $.number
    }
  }
}"#,
    r#"system portal {
  collection members {
    file "members.jsonl" json_lines
    key id
    attributes {
      id       : text                            at $.id
      name     : text?                           at $.name
      email    : text?                           at $.email
      division : text?                           at $.division
      country  : text? one of ["FR", "DE"]       at $.country
      badges   : list of text?                   at $.badges
      active   : bool? opens                     at $.active
      welcome  : bool? create only write only    at $.welcome
      made_at  : datetime? read only             at $.made_at
    }
  }
}"#,
    r#"system crm {
  http "https://crm.example.com" {
  }
  collection contacts {
    key id
    list GET "/contacts" {
      items $.data
    }
    find by number GET "/contacts" {
      query "number" = number
      items $.data
    }
    create POST "/contacts"
    update PATCH "/contacts/{id}"
    attributes {
      id     : text read only   at $.id
      number : text unique      at $.number
      email  : text?            at $.email
    }
  }
  collection notes {
    key id
    lists all
    list GET "/notes" {
      items $.data
    }
    create POST "/notes"
    attributes {
      id     : text read only   at $.id
      number : text unique      at $.number
    }
  }
}"#,
    "table divisions {\n  \"Sales\" = \"S1\"\n}",
];
const PIPELINE: &[&str] = &[
    "from hr.employees as employee",
    "to portal.members",
    "match {\n  id = employee.number\n}",
    "mode create and update",
    "map {\n  id = employee.number\n}",
];
const OPENS: &str = "map {\n  id = employee.number\n  active = true on create\n}";
const VENDOR: &[&str] = &["http \"https://api.example.com\" {\n}"];
const PEOPLE: &[&str] = &["key id", "list GET \"/people\" {\n  items $.data\n}", "attributes {\n  id : text at $.id\n}"];

/// The files that examples name.
struct Files(String);

impl Loader for Files {
    fn load(&self, path: &Path) -> Result<String, LoadError> {
        match path.to_str() {
            Some("example.sync") => Ok(self.0.clone()),
            Some("systems/crm.sync") => Ok("system other {\n}\n".to_owned()),
            Some("systems/both.sync") => Ok("system one {\n}\nsystem two {\n}\n".to_owned()),
            _ => Err(LoadError::NotFound),
        }
    }
}

/// The statements of a text: lines with their continuation lines and the blocks that they open.
fn statements(text: &str) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    let mut depth = 0;
    for line in text.lines() {
        match all.last_mut() {
            Some(statement) if depth > 0 || line.starts_with(' ') => *statement = format!("{statement}\n{line}"),
            _ => all.push(line.to_owned()),
        }
        depth += line.trim_end().ends_with('{') as i32 - i32::from(line.trim() == "}");
    }
    all
}

/// What a statement replaces: its first word, with the name of what is declared.
fn name(statement: &str) -> String {
    let mut words = statement.split_whitespace();
    let first = words.next().unwrap_or_default();
    let many = ["field", "keep", "skip", "setting", "find", "use", "test"];
    match first {
        "system" | "pipeline" | "collection" | "table" => format!("{first} {}", words.next().unwrap_or_default()),
        _ if many.contains(&first) => statement.to_owned(),
        _ => first.to_owned(),
    }
}

/// The base, in which the example's statements replace those of the same names.
fn with(base: &[&str], own: &[String]) -> String {
    let kept = base.iter().filter(|one| !own.iter().any(|other| name(other) == name(one))).map(|one| (*one).to_owned());
    kept.chain(own.iter().cloned()).collect::<Vec<_>>().join("\n")
}

/// The statements of one level.
fn taken(all: &mut Vec<String>, words: &[&str]) -> Vec<String> {
    let (own, rest) = std::mem::take(all).into_iter().partition(|one| words.contains(&one.split_whitespace().next().unwrap_or_default()));
    *all = rest;
    own
}

/// An example as a whole file.
fn whole(example: &str) -> String {
    let mut rest = statements(example);
    let top = taken(&mut rest, &["system", "extend", "pipeline", "use", "test", "table"]);
    let (mut attributes, other): (Vec<String>, _) = rest.into_iter().partition(|one| one.split_whitespace().nth(1) == Some(":"));
    rest = other;
    let in_system = taken(&mut rest, &["http", "secret"]);
    let mut in_collection = taken(&mut rest, &["attributes", "list", "get", "create", "update", "file"]);
    if in_collection.iter().any(|one| one.starts_with("attributes")) {
        in_collection.extend(taken(&mut rest, &["key"]));
    }
    if !attributes.is_empty() {
        attributes.insert(0, "id : text at $.id".to_owned());
        in_collection.push(format!("attributes {{\n{}\n}}", attributes.join("\n")));
    }
    let mut file = with(SYSTEMS, &top);
    if !in_system.is_empty() || !in_collection.is_empty() {
        let collection = collection(&in_collection);
        file = format!("{file}\nsystem vendor {{\n{}\n{collection}\n}}", with(VENDOR, &in_system));
    }
    if !top.iter().any(|one| one.starts_with("pipeline")) {
        // Accounts that an example closes are opened first.
        let closes = rest.iter().any(|one| one.contains("set active = false"));
        let base: Vec<&str> = PIPELINE.iter().copied().map(|one| if closes && one.starts_with("map ") { OPENS } else { one }).collect();
        file = format!("{file}\npipeline people {{\n{}\n}}", with(&base, &rest));
    }
    file + "\n"
}

fn collection(own: &[String]) -> String {
    let base: Vec<&str> =
        PEOPLE.iter().copied().filter(|one| !one.starts_with("list") || !own.iter().any(|own| own.starts_with("file"))).collect();
    format!("collection people {{\n{}\n}}", with(&base, own))
}

/// The codes of the diagnostics of a file, and the whole output.
pub fn answered(example: &str) -> (Vec<&'static str>, String) {
    said_of(example, |_| ())
}

/// The same, with what the trial of its systems finds.
pub fn tried(example: &str) -> (Vec<&'static str>, String) {
    said_of(example, |checked| Trials::new(Host::real()).add_to(checked))
}

fn said_of(example: &str, more: impl FnOnce(&mut Checked)) -> (Vec<&'static str>, String) {
    let file = whole(example);
    let mut checked = check(&Files(file.clone()), Path::new("example.sync"));
    more(&mut checked);
    let mut codes: Vec<_> = checked.diagnostics.iter().map(|one| one.code).collect();
    codes.dedup();
    let said: String = checked
        .diagnostics
        .iter()
        .map(|one| format!("  {} {} {}: {:?}\n", checked.sources.place(one.span), one.code, one.message, one.help))
        .collect();
    (codes, format!("{said}{file}"))
}
