//! The systems that come with the program, and files that describe themselves.

use crate::{
    cli::failure::Failure,
    diagnose::FileId,
    syntax::{
        parse,
        tree::{self, AttributeWord, Collection, CollectionItem, Item, Role, SystemItem},
    },
    systems::file::read::{NOT_UTF8, Named, ordinary},
    value::{Kind, Type},
};
use std::{fs, path::Path};

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
    let entries = fs::read_dir(folder.join("systems")).into_iter().flatten().flatten().map(|entry| entry.path());
    let files = entries.filter(|path| path.extension().is_some_and(|extension| extension == "sync"));
    let mut names: Vec<String> = files.filter_map(|path| Some(path.file_stem()?.to_str()?.to_owned())).collect();
    names.sort();
    names
}

/// What can be answered, as the question says it.
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
    pub opens: bool,
}

impl Attribute {
    /// Whether it holds a day or an instant.
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
    let mut side = of_collection(&system.name.text, collection);
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

fn of_collection(system: &str, collection: &Collection) -> Side {
    let mut attributes = Vec::new();
    for item in &collection.items {
        if let CollectionItem::Attributes(all) = item {
            attributes.extend(all.iter().map(attribute));
        }
    }
    let (collection, system) = (collection.name.text.clone(), system.to_owned());
    Side { system, collection, attributes, settings: Vec::new(), secrets: Vec::new(), file: None, block: None, is_file: false }
}

fn attribute(written: &tree::Attribute) -> Attribute {
    let has = |wanted: fn(&AttributeWord) -> bool| written.words.iter().any(wanted);
    Attribute {
        name: written.name.text.clone(),
        ty: written.ty.ty.clone(),
        unique: has(|word| matches!(word, AttributeWord::Unique(_))),
        read_only: has(|word| matches!(word, AttributeWord::ReadOnly(_))),
        opens: has(|word| matches!(word, AttributeWord::Opens { .. })),
    }
}

/// A file that names its columns itself: the header of a CSV file, the first record of a JSON lines file.
fn described(word: &str, extension: &str, folder: &Path, source: bool) -> Result<Side, Failure> {
    let text = if source || folder.join(word).exists() { read(word, folder)? } else { String::new() };
    let first = text.trim_start_matches('\u{feff}').lines().next().unwrap_or_default();
    let delimiter = if first.matches(';').count() > first.matches(',').count() { ';' } else { ',' };
    let columns = match extension {
        "csv" => csv_columns(first, delimiter),
        _ => json_columns(first),
    };
    if columns.is_empty() && source {
        return Err(Failure::command(format!("`{word}` is empty: its first line must name the columns")));
    }
    let columns = if columns.is_empty() { ["id", "first_name", "last_name", "email"].map(str::to_owned).to_vec() } else { columns };
    let system = Path::new(word).file_stem().and_then(|stem| stem.to_str()).map(name_of).unwrap_or_default();
    let system = if system.is_empty() { "files".to_owned() } else { system };
    Ok(of_columns(word, extension, delimiter, &system, &columns, source))
}

/// The text of a file; what is wrong with it is said as a run says it.
fn read(file: &str, folder: &Path) -> Result<String, Failure> {
    let path = folder.join(file);
    // To open a pipe would wait until somebody writes to it.
    if path.exists() {
        ordinary(&path, &Named(file)).map_err(Failure::command)?;
    }
    let bytes = fs::read(path).map_err(|error| Failure::command(format!("`{file}` can't be read: {error}")))?;
    String::from_utf8(bytes).map_err(|error| {
        let before = &error.as_bytes()[..error.utf8_error().valid_up_to()];
        let line = before.iter().filter(|byte| **byte == b'\n').count() + 1;
        Failure::command(format!("`{file}`, line {line}: {NOT_UTF8}"))
    })
}

fn csv_columns(header: &str, delimiter: char) -> Vec<String> {
    let mut reader = csv::ReaderBuilder::new().delimiter(delimiter as u8).has_headers(false).from_reader(header.as_bytes());
    let first = reader.records().next().and_then(Result::ok);
    first.map(|record| record.iter().map(|cell| cell.trim().to_owned()).filter(|cell| !cell.is_empty()).collect()).unwrap_or_default()
}

fn json_columns(line: &str) -> Vec<String> {
    let record: Option<serde_json::Map<String, serde_json::Value>> = serde_json::from_str(line).ok();
    record.map(|record| record.into_iter().map(|(name, _)| name).collect()).unwrap_or_default()
}

/// `First name` as the language writes a name: `first_name`.
fn name_of(column: &str) -> String {
    let mut name = String::new();
    for c in column.trim().chars() {
        if c.is_alphanumeric() && c.is_ascii() {
            name.push(c.to_ascii_lowercase());
        } else if !name.ends_with('_') && !name.is_empty() {
            name.push('_');
        }
    }
    let name = name.trim_end_matches('_');
    if name.starts_with(|c: char| c.is_ascii_digit()) { format!("column_{name}") } else { name.to_owned() }
}

fn of_columns(word: &str, extension: &str, delimiter: char, system: &str, columns: &[String], source: bool) -> Side {
    let collection = if source { "people" } else { "accounts" };
    let names: Vec<String> = columns.iter().map(|column| name_of(column)).collect();
    let key = names.first().cloned();
    let ty = |at: usize| if at == 0 { Type::present(Kind::Text) } else { Type::optional(Kind::Text) };
    let width = names.iter().map(String::len).max().unwrap_or(0);
    let lines: Vec<String> = names
        .iter()
        .zip(columns)
        .enumerate()
        .map(|(at, (name, column))| {
            let path = if name_of(column) == *column { format!("$.{column}") } else { format!("$[{column:?}]") };
            let ty = if at == 0 { "text unique".to_owned() } else { "text?".to_owned() };
            format!("      {name:<width$} : {ty:<11} at {path}")
        })
        .collect();
    let format = match extension {
        "csv" if delimiter != ',' => format!("csv {{ delimiter \"{delimiter}\" }}"),
        "csv" => "csv".to_owned(),
        _ => "json_lines".to_owned(),
    };
    let named = names.iter().any(|name| name == "first_name") && names.iter().any(|name| name == "last_name");
    let label = if named { "    label \"{first_name} {last_name}\"\n" } else { "" };
    let closed = if source { "" } else { "    lists all\n" };
    let block = format!(
        "system {system} {{\n  collection {collection} {{\n    file \"{word}\" {format}\n    key  {}\n{label}{closed}    attributes {{\n{}\n    }}\n  }}\n}}\n",
        key.clone().unwrap_or_default(),
        lines.join("\n")
    );
    let attributes = names
        .into_iter()
        .enumerate()
        .map(|(at, name)| Attribute { name, ty: ty(at), unique: at == 0, read_only: false, opens: false })
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
