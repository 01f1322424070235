//! Stand-ins of the system files, as the declarations are written.

use super::{Reply, TODAY};
use crate::{
    compile::{ExecutionPlan, texts},
    sandbox::{DATABASE, Options, Running, Store, seed, start},
};
use serde_json::Value as Json;
use std::{fs, sync::Arc};

/// A plan that reads a collection of a system file.
pub fn reading(system: &str, collection: &str, key: &str, settings: &[(&str, &str)], discovered: &[(&str, &str, &str)]) -> ExecutionPlan {
    texts::reading(&format!("use \"systems/{system}.sync\""), &format!("{system}.{collection}"), key, discovered, settings)
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
    pub fn set(plan: &ExecutionPlan, seeds: &[(&str, Json)], options: &Options) -> Self {
        let folder = tempfile::tempdir().unwrap();
        for (name, records) in seeds {
            let lines: Vec<_> = records.as_array().unwrap().iter().map(Json::to_string).collect();
            fs::write(folder.path().join(name), lines.join("\n")).unwrap();
        }
        let store = Arc::new(Store::open(&crate::host::Host::real(), &folder.path().join(DATABASE)).unwrap());
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

    pub fn send(&self, method: &str, url: &str, headers: &[(&str, &str)], body: &str) -> Reply {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let client = crate::host::http_client().redirect(reqwest::redirect::Policy::none()).build().unwrap();
            let mut request = client.request(method.parse().unwrap(), url);
            for (name, value) in headers {
                request = request.header(*name, *value);
            }
            let response = request.body(body.to_owned()).send().await.unwrap();
            Reply { status: response.status().as_u16(), headers: response.headers().clone(), text: response.text().await.unwrap() }
        })
    }

    pub fn ask(&self, method: &str, path: &str, body: &str) -> Reply {
        let headers: Vec<_> = self.headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let url = if path.starts_with("http") { path.to_owned() } else { format!("{}{path}", self.base) };
        self.send(method, &url, &headers, body)
    }

    pub fn get(&self, path: &str) -> Reply {
        self.ask("GET", path, "")
    }

    /// A request for a token.
    pub fn token(&self, path: &str, form: &[(&str, &str)]) -> Reply {
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
        let form = ("Content-Type", "application/x-www-form-urlencoded");
        self.send("POST", &format!("{}{path}", self.running.origin), &[form], &body)
    }
}
