//! The system files of the repository, compiled.

use super::build::around;
use crate::{
    check::{self, LoadError, Loader, Told},
    plan::{
        compile::{SettingValues, compile},
        system::System,
    },
    systems::{Connection, Surroundings, Write, WriteKind},
    value::Value,
};
use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

struct Files {
    pipeline: String,
    told: Vec<Told>,
}

impl Loader for Files {
    fn load(&self, path: &Path) -> Result<String, LoadError> {
        if path == Path::new("test.sync") {
            return Ok(self.pipeline.clone());
        }
        fs::read_to_string(PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("pipelines").join(path)).map_err(|_| LoadError::NotFound)
    }

    fn discovered(&self, _: &str, _: &str, part: Option<&str>) -> Option<Vec<Told>> {
        part.map(|_| self.told.clone())
    }
}

struct Settings;

impl SettingValues for Settings {
    fn setting(&self, owner: Option<&str>, name: &str) -> Option<Value> {
        let value = match name {
            "organisation" | "tenant" | "platform" => "acme",
            "domain" if owner == Some("lucca") => "acme.ilucca.net",
            "base_url" => "https://api.rewardgateway.net/11111111-2222-4333-8444-555555555555/scim/v2.0",
            "hostname" => "acme.my.salesforce.com",
            "client_id" => "CLIENT.id",
            "user_name" => "sync@example.com",
            "person" => "3f0a8c52-7d3e-4a51-9c1e-2b6a0f4d1e77",
            "user" => "api@example.com",
            _ => return None,
        };
        Some(Value::text(value))
    }
}

/// A system declared in these lines, or in the file that they use; its first collection is read by `from`, as `x`.
pub fn declared(lines: &str, from: &str, key: &str, told: &[(&str, &str, &str)]) -> Arc<System> {
    let pipeline = format!(
        "{lines}\nsystem out {{\n  collection rows {{\n    key id\n    file \"rows.csv\" csv\n    attributes {{\n      id   : text  at $.id\n      \
         seen : text? at $.seen\n    }}\n  }}\n}}\n\npipeline test {{\n  from {from} as x\n  to   out.rows\n  match {{ id = \"{{x.{key}}}\" }}\n  \
         mode update\n  map {{ seen = \"{{x.{key}}}\" keep when missing }}\n}}\n"
    );
    let told = told.iter().map(|(name, ty, path)| Told { name: (*name).into(), ty: (*ty).into(), path: (*path).into() }).collect();
    let checked = check::check(&Files { pipeline, told }, Path::new("test.sync"));
    let project = checked.project.unwrap_or_else(|| panic!("{:#?}", checked.diagnostics));
    let plan = compile(&project, "test", &Settings, false).unwrap_or_else(|error| panic!("{error:#?}"));
    Arc::clone(&plan.source.system)
}

pub fn arlo(told: &[(&str, &str, &str)]) -> Arc<System> {
    declared("use \"systems/arlo.sync\"", "arlo.contacts", "id", told)
}

pub fn wicket() -> Arc<System> {
    declared("use \"systems/wicket.sync\"", "wicket.people", "id", &[])
}

pub fn oomnitza() -> Arc<System> {
    declared("use \"systems/oomnitza.sync\"", "oomnitza.users", "user_id", &[])
}

/// A connection with all secrets given.
pub fn connected(system: &Arc<System>, origin: &str) -> Connection {
    let secrets = system.secrets.iter().map(|(name, _)| (name.clone(), "SECRET".to_owned())).collect();
    Connection::open(system, Surroundings { secrets, ..around(origin) }).unwrap()
}

pub fn collection(system: &System, name: &str) -> usize {
    system.collections.iter().position(|collection| collection.name == name).unwrap()
}

/// A write by the names of attributes.
pub fn write(system: &System, collection: usize, kind: WriteKind, id: Option<Value>, values: &[(&str, Value)]) -> Write {
    let of = &system.collections[collection];
    let values = values.iter().map(|(name, value)| (of.attribute(name).unwrap_or_else(|| panic!("{name}")), value.clone())).collect();
    Write { kind, id, values, current: Vec::new(), token: None, record: None }
}

pub fn part(system: &System, collection: usize, name: &str) -> WriteKind {
    WriteKind::Part(system.collections[collection].parts.iter().position(|part| part.name == name).unwrap())
}

pub fn call(system: &System, collection: usize, name: &str) -> WriteKind {
    WriteKind::Call(system.collections[collection].named.iter().position(|(known, _)| known == name).unwrap())
}
