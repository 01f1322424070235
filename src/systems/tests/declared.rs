//! Systems as their files declare them.

use super::*;
use crate::{
    check::{self, LoadError, Loader},
    plan::compile::{SettingValues, compile},
    value::trie::{Cell, Trie},
};
use std::path::Path;

/// Where the system files of the integrations stand.
const FILES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/language/systems");

struct Files(String);

impl Loader for Files {
    fn load(&self, path: &Path) -> Result<String, LoadError> {
        if path == Path::new("test.sync") {
            return Ok(self.0.clone());
        }
        std::fs::read_to_string(Path::new(FILES).join(path)).map_err(|_| LoadError::NotFound)
    }
}

struct Settings;

impl SettingValues for Settings {
    fn setting(&self, _: Option<&str>, name: &str) -> Option<Value> {
        let text = match name {
            "hostname" => "acme.my.salesforce.com",
            "client_id" => "CLIENT",
            "user" => "api@example.com",
            "person" => "3f0a8c52-7d3e-4a51-9c1e-2b6a0f4d1e77",
            "tenant" | "platform" | "organisation" => "acme",
            _ => return None,
        };
        Some(Value::text(text))
    }
}

const OUT: &str = r#"
system out {
  collection rows {
    key  id
    file "rows.jsonl" json_lines
    attributes {
      id   : text  at $.id
      seen : text? at $.seen
    }
  }
}
"#;

/// The system of a text, by way of a pipeline that reads one of its collections.
pub fn system(text: &str, name: &str, collection: &str) -> Arc<System> {
    let text = format!(
        "{text}{OUT}\npipeline test {{\n  from {name}.{collection} as one\n  to   out.rows\n  match {{ id = \"{{one.id}}\" }}\n  mode update\n  \
         map {{ seen = \"{{one.id}}\" keep when missing }}\n}}\n"
    );
    let checked = check::check(&Files(text), Path::new("test.sync"));
    let project = checked.project.unwrap_or_else(|| panic!("{:#?}", checked.diagnostics));
    compile(&project, "test", &Settings, false).unwrap_or_else(|error| panic!("{error:#?}")).source.system
}

/// A system of the integrations.
pub fn vendor(name: &str, collection: &str) -> Arc<System> {
    system(&format!("use \"{name}.sync\"\n"), name, collection)
}

/// A small system: its format, its list, and further attributes.
pub fn api(http: &str, list: &str) -> Arc<System> {
    let text = format!(
        "system api {{\n  http \"https://api.example.com/v1\" {{\n    retry 429, 5xx, timeout up to 1 times\n    {http}\n  }}\n  collection things {{\n    key id\n    \
         {list}\n    attributes {{\n      id   : text  at $.id\n      name : text? at $.name\n      size : int?  at $.size\n    }}\n  }}\n}}\n"
    );
    system(&text, "api", "things")
}

/// The index of a collection.
pub fn collection(system: &System, name: &str) -> usize {
    system.collections.iter().position(|one| one.name == name).unwrap()
}

/// Asks for some attributes of a collection.
pub fn ask(system: &System, of: &str, names: &[&str]) -> Ask {
    let attributes = &system.collections[collection(system, of)];
    Ask { attributes: names.iter().map(|name| attributes.attribute(name).unwrap_or_else(|| panic!("{name}"))).collect(), ..Ask::default() }
}

pub fn opened(system: &Arc<System>, standin: &StandIn) -> Connection {
    let secrets = ["api_secret", "client_secret", "password", "token", "api_key"].map(|name| (name.to_owned(), build::SECRET.to_owned()));
    Connection::open(system, Surroundings { secrets: secrets.into(), ..around(&standin.origin) }).unwrap()
}

/// Reads a collection with all its attributes but `unasked` ones.
pub async fn read(system: &Arc<System>, standin: &StandIn, of: &str, ask: &Ask) -> Taken {
    let mut records = Vec::new();
    let mut sink = |page: &[&[u8]], _: Option<u64>| records.extend(page.iter().map(|record| String::from_utf8(record.to_vec()).unwrap()));
    let read = opened(system, standin).read(collection(system, of), ask, &mut sink).await;
    Taken { read, records }
}

/// The values of a record, as a plan would read them.
pub fn values(system: &System, of: &str, names: &[&str], record: &str) -> Vec<Cell> {
    let attributes = &system.collections[collection(system, of)].attributes;
    let slots = ask(system, of, names).attributes.into_iter().map(|at| (attributes[at].path.clone(), attributes[at].codec.clone()));
    Trie::new(&slots.collect::<Vec<_>>()).read(record.as_bytes()).unwrap().into_vec()
}

/// They, as text; `-` where one is missing.
pub fn shown(system: &System, of: &str, names: &[&str], record: &str) -> Vec<String> {
    let text =
        |cell: Cell| cell.unwrap_or_else(|fault| panic!("{fault}")).to_text().map_or_else(|| "-".to_owned(), |text| text.into_owned());
    values(system, of, names, record).into_iter().map(text).collect()
}
