//! Systems as their files declare them.

use super::*;
use crate::{
    compile::texts,
    value::trie::{Cell, Trie},
};

/// The system of a text, by way of a pipeline that reads one of its collections.
pub fn system(text: &str, name: &str, collection: &str) -> Arc<System> {
    texts::system(text, &format!("{name}.{collection}"), "id")
}

/// A system of the integrations.
pub fn vendor(name: &str, collection: &str) -> Arc<System> {
    system(&format!("use \"systems/{name}.sync\"\n"), name, collection)
}

/// A small system: its format, its list, and further attributes.
pub fn api(http: &str, list: &str) -> Arc<System> {
    let text = format!(
        "system api {{\n  http \"https://api.example.com/v1\" {{\n    retry 1 times\n    {http}\n  }}\n  collection things {{\n    key id\n    \
         {list}\n    attributes {{\n      id   : text  at $.id\n      name : text? at $.name\n      size : int?  at $.size\n    }}\n  }}\n}}\n"
    );
    system(&text, "api", "things")
}

/// The rules of a list that has these lines.
pub fn rules_of_a_list(lines: &str) -> Arc<system::Rules> {
    let list = format!(
        "list GET \"/things\" {{\n      items $\n      query \"page\" = page.number\n      page by number size 2\n      {lines}\n    }}"
    );
    Arc::clone(&api("", &list).collections[0].list.as_ref().unwrap().rules)
}

/// The index of a collection.
pub fn collection(system: &System, name: &str) -> usize {
    system.collections.iter().position(|one| one.name == name).unwrap()
}

/// Asks for some attributes of a collection.
pub fn ask(system: &System, of: &str, names: &[&str]) -> ReadRequest {
    let attributes = &system.collections[collection(system, of)];
    ReadRequest {
        attributes: names.iter().map(|name| attributes.attribute(name).unwrap_or_else(|| panic!("{name}"))).collect(),
        ..ReadRequest::default()
    }
}

pub fn opened(system: &Arc<System>, standin: &StandIn) -> Connection {
    let secrets = ["api_secret", "client_secret", "password", "token", "api_key"].map(|name| (name.to_owned(), build::SECRET.to_owned()));
    Connection::open(system, ConnectionConfig { secrets: secrets.into(), ..config(&standin.origin) }).unwrap()
}

/// Reads a collection with all its attributes but `unasked` ones.
pub async fn read(system: &Arc<System>, standin: &StandIn, of: &str, ask: &ReadRequest) -> ReadRecords {
    let mut records = Vec::new();
    let mut sink = |page: &[&[u8]], _: Option<u64>| records.extend(page.iter().map(|record| String::from_utf8(record.to_vec()).unwrap()));
    let read = opened(system, standin).read(collection(system, of), ask, &mut sink).await;
    ReadRecords { read, records }
}

/// How reading the things ended.
pub async fn came_to(system: &Arc<System>, standin: &StandIn, ask: &ReadRequest) -> String {
    match read(system, standin, "things", ask).await.read.end {
        End::Complete { evidence } => format!("complete: {evidence}"),
        End::Delta => "changes".to_owned(),
        End::Broken { reason, .. } => reason,
    }
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
