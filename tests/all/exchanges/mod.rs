//! Golden exchanges: what the client sends to each vendor, to the letter, and what it makes of the answer. The files stand in
//! `tests/fixtures/exchanges`.

mod arlo;
mod covered;
mod github;
mod graph;
mod json;
mod odoo;
mod snipeit;
mod wicket;
mod zoom;

use crate::vendors::{
    script::Script,
    tools::{hs256_claims, rs256_claims, rsa_key},
};
use counterpart::{
    check::{DiscoveredAttribute, LoadError, Loader, check},
    compile::{
        ExecutionPlan,
        pipeline::{SettingValues, compile},
        system::System,
    },
    systems::{
        CallError, Connection, ConnectionConfig, Discovered, End, GetResult, Observer, ReadRequest, Snapshot, Write, WriteKind, Written,
    },
    value::Value,
};
use serde_json::Value as Json;
use std::{collections::BTreeMap, fs, future::Future, path::Path, sync::Arc};

/// The HMAC secret that tokens are signed with.
const SECRET: &str = "SECRET-wicket";

const SETTINGS: &[(&str, &str, &str)] = &[
    ("lucca", "domain", "acme.ilucca.net"),
    ("reward_gateway", "base_url", "https://api.rewardgateway.net/11111111-2222-4333-8444-555555555555/scim/v2.0"),
    ("sage_people", "hostname", "acme.my.salesforce.com"),
    ("sage_people", "client_id", "sage-client"),
    ("sage_people_soql", "hostname", "acme.my.salesforce.com"),
    ("sage_people_soql", "client_id", "sage-client"),
    ("sage_people_soql", "user_name", "sync@example.com"),
    ("oomnitza", "organisation", "acme"),
    ("wicket", "tenant", "acme"),
    ("wicket", "person", "3f0a8c52-7d3e-4a51-9c1e-2b6a0f4d1e77"),
    ("arlo", "platform", "acme"),
    ("arlo", "user", "sync@example.com"),
    ("snipeit", "host", "assets.example.com"),
    ("odoo", "host", "erp.example.com"),
    ("odoo", "database", "main"),
    ("odoo", "user", "2"),
    ("github", "organisation", "acme"),
    ("graph", "tenant", "00000000-0000-4000-8000-000000000001"),
    ("graph", "client_id", "graph-client"),
    ("zoom", "account", "zoom-account"),
    ("zoom", "client_id", "zoom-client"),
];
const SECRETS: &[(&str, &str, &str)] = &[
    ("lucca", "api_key", "00000000-0000-4000-8000-000000000001"),
    ("reward_gateway", "token", "TOKEN"),
    ("sage_people", "client_secret", "sage-secret"),
    ("oomnitza", "token", "TOKEN"),
    ("wicket", "api_secret", SECRET),
    ("arlo", "password", "arlo-password"),
    ("arlo", "client_secret", "arlo-client-secret"),
    ("arlo", "refresh_token", "refresh-1"),
    ("sage_people", "password", "pass+word&SECURITYTOKEN"),
    ("snipeit", "token", "TOKEN"),
    ("odoo", "key", "KEY"),
    ("github", "token", "TOKEN"),
    ("graph", "client_secret", "graph-secret"),
    ("zoom", "client_secret", "zoom-secret"),
];

/// The settings of an account that is made up, and the fields that Arlo told.
struct Given {
    probe: String,
    /// Settings that take the place of the usual ones.
    chosen: &'static [(&'static str, &'static str)],
}

impl SettingValues for Given {
    fn setting(&self, system: Option<&str>, name: &str) -> Option<Value> {
        let chosen = self.chosen.iter().find(|(key, _)| *key == name).map(|(_, value)| *value);
        let usual = || SETTINGS.iter().find(|(owner, key, _)| Some(*owner) == system && *key == name).map(|(_, _, value)| *value);
        let whole = |value: &str| value.parse().ok().filter(|_| (system, name) == (Some("odoo"), "user")).map(Value::Int);
        chosen.or_else(usual).map(|value| whole(value).unwrap_or_else(|| Value::text(value)))
    }
}

impl Loader for Given {
    fn load(&self, path: &Path) -> Result<String, LoadError> {
        if path == Path::new("probe.sync") {
            return Ok(self.probe.clone());
        }
        fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("pipelines").join(path)).map_err(|_| LoadError::NotFound)
    }

    fn discovered(&self, system: &str, collection: &str, _part: Option<&str>) -> Option<Vec<DiscoveredAttribute>> {
        let number = if collection == "contacts" { 1 } else { 2 };
        let name = if collection == "contacts" { "MemberTier" } else { "WicketOrgId" };
        let href =
            format!("https://acme.arlo.co/api/2012-02-01/auth/resources/fielddescriptions/8c3a0000-0000-4000-8000-00000000000{number}/");
        let rel = "http://schemas.arlo.co/api/2012/02/auth/related/FieldDescription";
        let path = format!(r#"$.Field[?@.Name == "{name}" && @.Link["@rel"] == "{rel}" && @.Link["@href"] == "{href}"].Value.String"#);
        (system == "arlo").then(|| vec![DiscoveredAttribute { name: name.into(), ty: "String".into(), path }])
    }
}

/// A vendor's system, connected to a script.
struct Opened {
    plan: ExecutionPlan,
    connection: Connection,
    script: Script,
    /// The public half of the key that assertions are signed with.
    public_key: Vec<u8>,
}

struct Silent;

impl Observer for Silent {}

/// Connects the system of a `system.collection` to the exchanges of a file.
fn opened(ends: &str, file: &str) -> Opened {
    opened_with(ends, file, &[])
}

/// The same, with these settings.
fn opened_with(ends: &str, file: &str, chosen: &'static [(&'static str, &'static str)]) -> Opened {
    let (system, _) = ends.split_once('.').unwrap();
    let probe = format!(
        "use \"systems/{system}.sync\"\n\nsystem files {{\n  collection out {{\n    file \"out.jsonl\" json_lines\n    key id\n    attributes {{\n      \
         id : text unique at $.id\n    }}\n  }}\n}}\n\npipeline probe {{\n  zone \"UTC\"\n  from {ends} as one\n  to files.out\n  match {{\n    \
         id = \"{{one.id}}\"\n  }}\n  mode create and update\n  map {{\n    id = \"{{one.id}}\"\n  }}\n}}\n"
    );
    let key = match ends {
        "oomnitza.users" => "user_id",
        "wicket.touchpoints" => "external_event_id",
        "github.members" => "login",
        _ => "id",
    };
    let probe = if key == "id" { probe } else { probe.replace("{one.id}", &format!("{{one.{key}}}")) };
    let given = Given { probe, chosen };
    let checked = check(&given, Path::new("probe.sync"));
    let project = checked.project.as_ref().unwrap_or_else(|| panic!("{:#?}", checked.diagnostics));
    let plan = compile(project, "probe", &given, false).unwrap();
    let script = Script::of(file, SECRET);
    let secrets = SECRETS.iter().filter(|(owner, ..)| *owner == system).map(|(_, name, value)| ((*name).to_owned(), (*value).to_owned()));
    let (private_key, public_key) = rsa_key();
    let config = ConnectionConfig {
        secrets: secrets.chain((system == "sage_people_soql").then(|| ("private_key".to_owned(), private_key))).collect::<BTreeMap<_, _>>(),
        origin: Some(script.origin.clone()),
        folder: ".".into(),
        roots: counterpart::host::Roots::default(),
        tokens: None,
        now: "2026-03-01T09:00:00Z".parse().unwrap(),
        today: jiff::civil::date(2026, 3, 1),
        observer: Arc::new(Silent),
        host: counterpart::host::Host::real(),
        budgets: counterpart::systems::Budgets::default(),
        stop: counterpart::systems::StopSignal::default(),
    };
    let connection = Connection::open(&plan.source.system, config).unwrap();
    Opened { plan, connection, script, public_key }
}

fn wait<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
}

impl Opened {
    fn system(&self) -> &Arc<System> {
        &self.plan.source.system
    }

    fn at(&self, collection: &str) -> usize {
        self.system().collections.iter().position(|one| one.name == collection).unwrap()
    }

    fn attribute(&self, collection: usize, name: &str) -> usize {
        self.system().collections[collection].attribute(name).unwrap_or_else(|| panic!("no attribute {name}"))
    }

    fn ask(&self, collection: usize, attributes: &[&str]) -> ReadRequest {
        ReadRequest { attributes: attributes.iter().map(|name| self.attribute(collection, name)).collect(), ..ReadRequest::default() }
    }

    /// Who the connection is, as `verify` asks for it.
    fn verified(&self) -> Result<String, CallError> {
        wait(self.connection.identity())
    }

    fn discover(&self, collection: &str) -> Discovered {
        let at = self.at(collection);
        let part = self.system().collections[at].parts.iter().position(|part| part.discovery.is_some());
        wait(self.connection.discover(at, part)).unwrap()
    }

    /// A part of a record that has it so far.
    fn write_part(&self, collection: &str, part: &str, id: Value, values: &[(&str, Value)], record: Option<&Json>) {
        let parts = &self.system().collections[self.at(collection)].parts;
        let part = parts.iter().position(|known| known.name == part).unwrap();
        self.write(collection, WriteKind::Part(part), Some(id), values, record).unwrap();
    }

    /// A named call for some records at once.
    fn call(&self, collection: &str, name: &str, writes: &[(&str, &[(&str, Value)])]) -> Vec<Result<Written, CallError>> {
        let at = self.at(collection);
        let call = self.system().collections[at].named.iter().position(|(known, _)| known == name).unwrap();
        let one = |(id, values): &(&str, &[(&str, Value)])| Write {
            kind: WriteKind::Call(call),
            id: Some(text(id)),
            values: values.iter().map(|(name, value)| (self.attribute(at, name), value.clone())).collect(),
            current: Vec::new(),
            token: None,
            record: None,
        };
        wait(self.connection.write(at, &writes.iter().map(one).collect::<Vec<_>>()))
    }

    /// Deletes records together.
    fn delete(&self, collection: &str, ids: &[&str]) -> Vec<Result<Written, CallError>> {
        let one = |id: &&str| Write {
            kind: WriteKind::Delete,
            id: Some(text(id)),
            values: Vec::new(),
            current: Vec::new(),
            token: None,
            record: None,
        };
        wait(self.connection.write(self.at(collection), &ids.iter().map(one).collect::<Vec<_>>()))
    }

    fn list(&self, collection: &str, attributes: &[&str], since: Option<&str>) -> (End, Vec<Json>) {
        let at = self.at(collection);
        let ask = ReadRequest { since: since.map(|since| since.parse().unwrap()), ..self.ask(at, attributes) };
        let mut records = Vec::new();
        let mut sink = |page: &[&[u8]], _| records.extend(page.iter().map(|record| serde_json::from_slice::<Json>(record).unwrap()));
        let read = wait(self.connection.read(at, &ask, &mut sink));
        (read.end, records)
    }

    fn get(&self, collection: &str, id: Value, attributes: &[&str]) -> Result<GetResult, CallError> {
        let at = self.at(collection);
        wait(self.connection.get(at, &id, &self.ask(at, attributes)))
    }

    fn find(&self, collection: &str, attribute: &str, value: &str, attributes: &[&str]) -> Result<Vec<Json>, CallError> {
        let at = self.at(collection);
        let found = wait(self.connection.find(at, self.attribute(at, attribute), &Value::text(value), &self.ask(at, attributes)));
        found.map(|all| all.iter().map(|record| serde_json::from_slice(record).unwrap()).collect())
    }

    fn write(
        &self,
        collection: &str,
        kind: WriteKind,
        id: Option<Value>,
        values: &[(&str, Value)],
        record: Option<&Json>,
    ) -> Result<Written, CallError> {
        let at = self.at(collection);
        let values = values.iter().map(|(name, value)| (self.attribute(at, name), value.clone())).collect();
        let record = record.map(|record| Snapshot::of(record.to_string().into_bytes().into()));
        let one = Write { kind, id, values, current: Vec::new(), token: None, record };
        wait(self.connection.write(at, &[one])).remove(0)
    }

    fn create(&self, collection: &str, values: &[(&str, Value)]) -> Result<Written, CallError> {
        self.write(collection, WriteKind::Create, None, values, None)
    }

    fn update(&self, collection: &str, id: Value, values: &[(&str, Value)]) -> Result<Written, CallError> {
        self.write(collection, WriteKind::Update, Some(id), values, None)
    }
}

fn text(text: &str) -> Value {
    Value::text(text)
}

fn date(year: i16, month: i8, day: i8) -> Value {
    Value::Date(jiff::civil::date(year, month, day))
}
