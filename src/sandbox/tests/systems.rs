//! Stand-ins of the system files, as the declarations are written.

use super::{Got, TODAY};
use crate::{
    check::{self, LoadError, Loader, Told},
    plan::{
        Plan,
        compile::{SettingValues, compile},
    },
    sandbox::{DATABASE, Options, Running, Store, seed, start},
    value::Value,
};
use serde_json::Value as Json;
use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

/// The system files of the repository and one pipeline.
struct Files {
    pipeline: String,
    told: Vec<Told>,
}

impl Loader for Files {
    fn load(&self, path: &Path) -> Result<String, LoadError> {
        if path == Path::new("test.sync") {
            return Ok(self.pipeline.clone());
        }
        let systems = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("pipelines/systems");
        fs::read_to_string(systems.join(path)).map_err(|_| LoadError::NotFound)
    }

    fn discovered(&self, _: &str, _: &str, part: Option<&str>) -> Option<Vec<Told>> {
        part.map(|_| self.told.clone())
    }
}

impl SettingValues for &[(&str, &str)] {
    fn setting(&self, system: Option<&str>, name: &str) -> Option<Value> {
        let full = format!("{}.{name}", system?);
        self.iter().find(|(known, _)| *known == name || *known == full).map(|(_, value)| Value::text(value))
    }
}

const OUT: &str = r#"
system out {
  title "Out"
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

const SETTINGS: &[(&str, &str)] = &[
    ("hostname", "acme.my.salesforce.com"),
    ("client_id", "client"),
    ("user_name", "integration@example.com"),
    ("organisation", "acme"),
    ("tenant", "acme"),
    ("person", "3f0a8c52-7d3e-4a51-9c1e-2b6a0f4d1e77"),
    ("platform", "acme"),
    ("user", "api@example.com"),
    ("lucca.domain", "acme.ilucca.net"),
    ("base_url", "https://scim.example.com/scim/v2"),
];

/// A plan that reads a collection of a system file.
pub fn reading(system: &str, collection: &str, key: &str, settings: &[(&str, &str)], told: &[Told]) -> Plan {
    let pipeline = format!(
        "use \"{system}.sync\"\n{OUT}\npipeline test {{\n  from {system}.{collection} as one\n  to   out.rows\n  match {{ id = \"{{one.{key}}}\" }}\n  \
         mode update\n  map {{ seen = \"{{one.{key}}}\" keep when missing }}\n}}\n"
    );
    let checked = check::check(&Files { pipeline, told: told.to_vec() }, Path::new("test.sync"));
    let project = checked.project.unwrap_or_else(|| panic!("{:#?}", checked.diagnostics));
    let settings: Vec<_> = settings.iter().chain(SETTINGS).copied().collect();
    compile(&project, "test", &settings.as_slice(), false).unwrap_or_else(|error| panic!("{error:#?}"))
}

/// The stand-in of a system file.
pub struct Stage {
    _folder: tempfile::TempDir,
    pub running: Running,
    pub store: Arc<Store>,
    /// Origin and base path.
    pub base: String,
    /// What every request sends.
    pub headers: Vec<(String, String)>,
}

impl Stage {
    /// With seed files by their names: a list of records each.
    pub fn set(plan: &Plan, seeds: &[(&str, Json)], options: &Options) -> Self {
        let folder = tempfile::tempdir().unwrap();
        for (name, records) in seeds {
            let lines: Vec<_> = records.as_array().unwrap().iter().map(Json::to_string).collect();
            fs::write(folder.path().join(name), lines.join("\n")).unwrap();
        }
        let store = Arc::new(Store::open(&folder.path().join(DATABASE)).unwrap());
        let system = Arc::clone(&plan.source.system);
        seed::seed(&store, &system, folder.path(), TODAY).unwrap();
        let running = start(&system, &store, TODAY, options).unwrap();
        Self { base: running.origin.clone(), _folder: folder, running, store, headers: Vec::new() }
    }

    /// Requests go below this path, with this header.
    pub fn with(mut self, path: &str, name: &str, value: impl Into<String>) -> Self {
        self.base = format!("{}{path}", self.running.origin);
        self.headers.push((name.to_owned(), value.into()));
        self
    }

    pub fn secret(&self, name: &str) -> &str {
        &self.running.secrets[name]
    }

    pub fn send(&self, method: &str, url: &str, headers: &[(&str, &str)], body: &str) -> Got {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
            let mut request = client.request(method.parse().unwrap(), url);
            for (name, value) in headers {
                request = request.header(*name, *value);
            }
            let response = request.body(body.to_owned()).send().await.unwrap();
            Got { status: response.status().as_u16(), headers: response.headers().clone(), text: response.text().await.unwrap() }
        })
    }

    pub fn ask(&self, method: &str, path: &str, body: &str) -> Got {
        let headers: Vec<_> = self.headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let url = if path.starts_with("http") { path.to_owned() } else { format!("{}{path}", self.base) };
        self.send(method, &url, &headers, body)
    }

    pub fn get(&self, path: &str) -> Got {
        self.ask("GET", path, "")
    }

    /// A request for a token.
    pub fn token(&self, path: &str, form: &[(&str, &str)]) -> Got {
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
        let form = ("Content-Type", "application/x-www-form-urlencoded");
        self.send("POST", &format!("{}{path}", self.running.origin), &[form], &body)
    }
}
