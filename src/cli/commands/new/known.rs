//! The systems that come with the program, and files that describe themselves.

use super::columns::{self, Column, name_of};
use crate::{
    cli::failure::Failure,
    diagnose::FileId,
    host::Host,
    reload::disk::words as system_words,
    syntax::{
        parse,
        tree::{self, AttributeWord, Collection, CollectionItem, Item, Role, SystemItem},
    },
    systems::file::read::{Named, ordinary},
    value::{Kind, Type, csv::RowProblem, encoding::MARK},
};
use std::{collections::HashSet, path::Path};

const LIBRARY: [(&str, &str); 3] = [
    ("lucca", include_str!("../../../../pipelines/systems/lucca.sync")),
    ("reward_gateway", include_str!("../../../../pipelines/systems/reward_gateway.sync")),
    ("scim", include_str!("../../../../pipelines/systems/scim.sync")),
];

/// The names of the systems that come with the program.
fn names() -> String {
    LIBRARY.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ")
}

/// The names of the systems below a folder.
fn own(folder: &Path) -> Vec<String> {
    let entries = Host::real().disk().list(&folder.join("systems")).unwrap_or_default().into_iter();
    let files = entries.filter(|path| path.extension().is_some_and(|extension| extension == "sync"));
    let mut names: Vec<String> = files.filter_map(|path| Some(path.file_stem()?.to_str()?.to_owned())).collect();
    names.sort();
    names
}

/// The possible answers, for the question.
pub fn choices(folder: &Path) -> String {
    let own = own(folder);
    let here = if own.is_empty() { String::new() } else { format!(", one of this folder ({})", own.join(", ")) };
    format!("{}{here}, or a CSV or JSON lines file", names())
}

/// One of the two systems of a new pipeline.
#[derive(Clone, Debug)]
pub struct Side {
    pub system: String,
    pub collection: String,
    pub attributes: Vec<Attribute>,
    /// Settings without a default.
    pub settings: Vec<String>,
    pub secrets: Vec<String>,
    /// The system file to write beside the pipeline: path and text.
    pub file: Option<(String, String)>,
    /// A `system` block to put into the pipeline's own file.
    pub block: Option<String>,
    pub is_file: bool,
}

#[derive(Clone, Debug)]
pub struct Attribute {
    pub name: String,
    pub ty: Type,
    pub unique: bool,
    pub read_only: bool,
    /// With which values an account is open and closed, if it says so.
    pub access: Option<Access>,
}

/// The values of an attribute with which an account is open and closed, as they are written; none that the declaration does not tell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Access {
    pub open: Option<String>,
    pub closed: Option<String>,
}

impl Attribute {
    /// Whether its values are days or instants.
    pub const fn is_date(&self) -> bool {
        matches!(self.ty.kind, Kind::Date | Kind::DateTime)
    }
}

/// The system that a word means: a known one, or a file.
pub fn side(word: &str, folder: &Path, source: bool) -> Result<Side, Failure> {
    let name = word.strip_prefix("systems/").unwrap_or(word).trim_end_matches(".sync");
    if own(folder).iter().any(|own| own == name) {
        let text = read(&format!("systems/{name}.sync"), folder)?;
        return known(name, &text, source);
    }
    if let Some((name, text)) = LIBRARY.iter().find(|(name, _)| *name == word) {
        return known(name, text, source);
    }
    let extension = Path::new(word).extension().and_then(|extension| extension.to_str()).unwrap_or_default();
    match extension {
        "csv" | "jsonl" | "ndjson" => described(word, extension, folder, source),
        _ => Err(Failure::command(format!("unknown system `{word}`: say {}", choices(folder)))),
    }
}

fn known(name: &str, text: &str, source: bool) -> Result<Side, Failure> {
    let (file, _) = parse(FileId::default(), text);
    let system = file.items.iter().find_map(|item| if let Item::System(system) = item { Some(system) } else { None });
    let system = system.ok_or_else(|| Failure::command(format!("`{name}` holds no system")))?;
    let collection = system.items.iter().find_map(|item| match item {
        SystemItem::Collection(collection) if fits(collection, source) => Some(collection),
        _ => None,
    });
    let role = if source { "read" } else { "written" };
    let collection = collection.ok_or_else(|| Failure::command(format!("`{name}` has no collection that can be {role}")))?;
    let mut side = of_collection(&system.name.text, collection, text);
    for item in &system.items {
        if let SystemItem::Setting(setting) = item {
            match (setting.secret, &setting.default, setting.ty.ty.optional) {
                (true, _, _) => side.secrets.push(setting.name.text.clone()),
                (false, None, false) => side.settings.push(setting.name.text.clone()),
                _ => {}
            }
        }
    }
    side.file = Some((format!("systems/{name}.sync"), text.to_owned()));
    Ok(side)
}

fn fits(collection: &Collection, source: bool) -> bool {
    collection.items.iter().any(|item| match item {
        CollectionItem::Call(call) if source => call.role == Role::List,
        CollectionItem::Call(call) => call.role == Role::Create,
        CollectionItem::File(_) => true,
        _ => false,
    })
}

fn of_collection(system: &str, collection: &Collection, text: &str) -> Side {
    let mut attributes = Vec::new();
    for item in &collection.items {
        if let CollectionItem::Attributes(all) = item {
            attributes.extend(all.iter().map(|one| attribute(one, text)));
        }
    }
    let (collection, system) = (collection.name.text.clone(), system.to_owned());
    Side { system, collection, attributes, settings: Vec::new(), secrets: Vec::new(), file: None, block: None, is_file: false }
}

fn attribute(written: &tree::Attribute, text: &str) -> Attribute {
    let has = |wanted: fn(&AttributeWord) -> bool| written.words.iter().any(wanted);
    Attribute {
        name: written.name.text.clone(),
        ty: written.ty.ty.clone(),
        unique: has(|word| matches!(word, AttributeWord::Unique(_))),
        read_only: has(|word| matches!(word, AttributeWord::ReadOnly(_))),
        access: access(written, text),
    }
}

/// `opens` and `closes` with their values. Of a truth value the other one is known, and of two choices.
fn access(written: &tree::Attribute, text: &str) -> Option<Access> {
    let said = |value: &tree::Expr| text.get(value.span.start as usize..value.span.end as usize).unwrap_or_default().to_owned();
    let (opens, when) = written.words.iter().find_map(|word| match word {
        AttributeWord::Opens { when, .. } => Some((true, when.as_ref())),
        AttributeWord::Closes { when, .. } => Some((false, when.as_ref())),
        _ => None,
    })?;
    let choices: Vec<String> = match written.ty.ty.kind {
        Kind::Bool => vec!["true".to_owned(), "false".to_owned()],
        _ => written
            .words
            .iter()
            .find_map(|word| if let AttributeWord::OneOf(all, _) = word { Some(all) } else { None })
            .map_or_else(Vec::new, |all| all.iter().map(said).collect()),
    };
    let value = when.map_or_else(|| "true".to_owned(), said);
    let mut others = choices.into_iter().filter(|choice| *choice != value);
    let other = others.next().filter(|_| others.next().is_none());
    let value = Some(value);
    Some(if opens { Access { open: value, closed: other } } else { Access { open: other, closed: value } })
}

/// A file that names its columns itself: the header of a CSV file, the first record of a JSON lines file.
fn described(word: &str, extension: &str, folder: &Path, source: bool) -> Result<Side, Failure> {
    let text = if source || Host::real().disk().exists(&folder.join(word)) { read(word, folder)? } else { String::new() };
    let first = text.trim_start_matches(MARK).lines().next().unwrap_or_default();
    let delimiter = if first.matches(';').count() > first.matches(',').count() { ';' } else { ',' };
    let (columns, records) = match extension {
        "csv" => csv_columns(&text, delimiter),
        _ => json_columns(&text),
    };
    if columns.is_empty() && source {
        return Err(Failure::command(format!("`{word}` is empty: its first line must name the columns")));
    }
    let mut names = HashSet::new();
    if let Some(twice) = columns.iter().find(|name| !names.insert(*name)) {
        return Err(Failure::command(format!("`{word}` has two columns named `{twice}`: rename one of them")));
    }
    let columns = if columns.is_empty() { ["id", "first_name", "last_name", "email"].map(str::to_owned).to_vec() } else { columns };
    let columns = columns::columns(columns, &records);
    let system = Path::new(word).file_stem().and_then(|stem| stem.to_str()).map(name_of).unwrap_or_default();
    let system = if columns::is_name(&system) { system } else { format!("files_{system}").trim_end_matches('_').to_owned() };
    Ok(of_columns(word, extension, delimiter, &system, &columns, source))
}

/// The text of a file. Its errors have the same words as in a run.
fn read(file: &str, folder: &Path) -> Result<String, Failure> {
    let (host, path) = (Host::real(), folder.join(file));
    if host.disk().exists(&path) {
        ordinary(host.disk(), &path, &Named(file)).map_err(|error| Failure::command(error.to_string()))?;
    }
    let bytes = host.disk().read(&path);
    let bytes = bytes.map_err(|error| Failure::command(format!("`{file}` can't be read: {}", system_words(&error))))?;
    String::from_utf8(bytes).map_err(|error| {
        let before = &error.as_bytes()[..error.utf8_error().valid_up_to()];
        let line = before.iter().filter(|byte| **byte == b'\n').count() + 1;
        Failure::command(Named(file).line(line as u64, RowProblem::NotUtf8.into()).to_string())
    })
}

/// The names in the first line, and the records below it.
fn csv_columns(text: &str, delimiter: char) -> (Vec<String>, Vec<Vec<String>>) {
    let text = text.trim_start_matches(MARK);
    let mut reader = csv::ReaderBuilder::new().delimiter(delimiter as u8).has_headers(false).flexible(true).from_reader(text.as_bytes());
    let mut rows = reader.records().map_while(Result::ok).map(|row| row.iter().map(|cell| cell.trim().to_owned()).collect::<Vec<_>>());
    let mut header: Vec<String> = rows.next().unwrap_or_default();
    // A column without a name is not read.
    let named: Vec<usize> = (0..header.len()).filter(|at| !header[*at].is_empty()).collect();
    let pick = |row: &Vec<String>| named.iter().map(|at| row.get(*at).cloned().unwrap_or_default()).collect::<Vec<_>>();
    let records = rows.map(|row| pick(&row)).collect();
    header.retain(|name| !name.is_empty());
    (header, records)
}

/// The members of the first record, and the values of all records in them.
fn json_columns(text: &str) -> (Vec<String>, Vec<Vec<String>>) {
    let record = |line: &str| serde_json::from_str::<serde_json::Map<String, serde_json::Value>>(line).ok();
    let records: Vec<_> = text.trim_start_matches(MARK).lines().map_while(record).collect();
    let names: Vec<String> = records.first().map(|first| first.keys().cloned().collect()).unwrap_or_default();
    let cell = |value: Option<&serde_json::Value>| match value {
        None | Some(serde_json::Value::Null) => String::new(),
        Some(serde_json::Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    };
    let cells = records.iter().map(|record| names.iter().map(|name| cell(record.get(name))).collect()).collect();
    (names, cells)
}

/// `left_on : date? at $["Left on"] format "%d/%m/%Y"`
fn attribute_line(column: &Column, key: bool, width: usize) -> String {
    let Column { written, name, day } = column;
    let path = if name == written { format!("$.{written}") } else { format!("$[{written:?}]") };
    let (ty, format) = match day {
        _ if key => ("text unique", String::new()),
        // A date without a format is read as ISO 8601.
        Some("%Y-%m-%d") => ("date?", String::new()),
        Some(pattern) => ("date?", format!(" format {pattern:?}")),
        None => ("text?", String::new()),
    };
    format!("      {name:<width$} : {ty:<11} at {path}{format}")
}

fn of_columns(word: &str, extension: &str, delimiter: char, system: &str, columns: &[Column], source: bool) -> Side {
    let collection = if source { "people" } else { "accounts" };
    let names: Vec<&str> = columns.iter().map(|column| column.name.as_str()).collect();
    let key = names.first().copied();
    let ty = |at: usize| match columns[at].day {
        _ if at == 0 => Type::present(Kind::Text),
        Some(_) => Type::optional(Kind::Date),
        None => Type::optional(Kind::Text),
    };
    let width = names.iter().map(|name| name.len()).max().unwrap_or(0);
    let lines: Vec<String> = columns.iter().enumerate().map(|(at, column)| attribute_line(column, at == 0, width)).collect();
    let format = match extension {
        "csv" if delimiter != ',' => format!("csv {{ delimiter = \"{delimiter}\" }}"),
        "csv" => "csv".to_owned(),
        _ => "json_lines".to_owned(),
    };
    let named = names.contains(&"first_name") && names.contains(&"last_name");
    let label = if named { "    label \"{first_name} {last_name}\"\n" } else { "" };
    let closed = if source { "" } else { "    lists all\n" };
    let block = format!(
        "system {system} {{\n  collection {collection} {{\n    file \"{word}\" {format}\n    key  {}\n{label}{closed}    attributes {{\n{}\n    }}\n  }}\n}}\n",
        key.unwrap_or_default(),
        lines.join("\n")
    );
    let attributes = names
        .iter()
        .enumerate()
        .map(|(at, name)| Attribute { name: (*name).to_owned(), ty: ty(at), unique: at == 0, read_only: false, access: None })
        .collect();
    Side {
        system: system.to_owned(),
        collection: collection.to_owned(),
        attributes,
        settings: Vec::new(),
        secrets: Vec::new(),
        file: None,
        block: Some(block),
        is_file: true,
    }
}
