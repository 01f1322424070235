//! Compiles pipelines and systems that a test gives as text.

#![expect(clippy::disallowed_methods, reason = "a test uses the system files of the repository")]

use super::{
    ExecutionPlan,
    pipeline::{SettingValues, compile},
    system::System,
};
use crate::{
    check::{DiscoveredAttribute, LoadError, Loader, Project, check},
    value::Value,
};
use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

/// The system files of the repository, each with one of its collections and the key of that.
pub const SHIPPED: [(&str, &str, &str); 13] = [
    ("arlo", "contacts", "id"),
    ("github", "members", "login"),
    ("graph", "users", "id"),
    ("lucca", "users", "id"),
    ("odoo", "employees", "id"),
    ("oomnitza", "users", "user_id"),
    ("reward_gateway", "members", "id"),
    ("sage_people", "employees", "id"),
    ("sage_people_soql", "team_members", "id"),
    ("scim", "users", "id"),
    ("snipeit", "users", "id"),
    ("wicket", "people", "id"),
    ("zoom", "users", "id"),
];

/// Files by name; other files are read from `pipelines` in the repository.
#[derive(Default)]
pub struct Texts<'t> {
    pub files: Vec<(&'t str, &'t str)>,
    /// The attributes that each system reports, for each of its parts.
    pub told: &'t [(&'t str, &'t str, &'t str)],
}

impl Loader for Texts<'_> {
    fn load(&self, path: &Path) -> Result<String, LoadError> {
        match self.files.iter().find(|(name, _)| path.ends_with(name)) {
            Some((_, text)) => Ok((*text).to_owned()),
            None => {
                let shipped = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("pipelines").join(path);
                fs::read_to_string(shipped).map_err(|_| LoadError::NotFound)
            }
        }
    }

    fn discovered(&self, _system: &str, _collection: &str, part: Option<&str>) -> Option<Vec<DiscoveredAttribute>> {
        let told =
            |(name, ty, path): &(&str, &str, &str)| DiscoveredAttribute { name: (*name).into(), ty: (*ty).into(), path: (*path).into() };
        part.map(|_| self.told.iter().map(told).collect())
    }
}

impl Texts<'_> {
    /// The first file, checked.
    #[track_caller]
    pub fn project(&self) -> Arc<Project> {
        let checked = check(self, Path::new(self.files[0].0));
        checked.project.unwrap_or_else(|| panic!("{:#?}", checked.diagnostics))
    }
}

/// The values of settings, by name or as `lucca.domain`.
pub struct Settings<'t>(pub &'t [(&'t str, &'t str)]);

impl SettingValues for Settings<'_> {
    fn setting(&self, owner: Option<&str>, name: &str) -> Option<Value> {
        let full = owner.map(|owner| format!("{owner}.{name}"));
        let known = |name: &str| self.0.iter().find(|(known, _)| *known == name);
        let (_, value) = full.as_deref().and_then(known).or_else(|| known(name))?;
        Some(value.parse().map_or_else(|_| Value::text(value), Value::Int))
    }
}

/// One of the pipelines of a project.
#[track_caller]
pub fn plan(project: &Project, pipeline: &str, settings: &[(&str, &str)]) -> ExecutionPlan {
    compile(project, pipeline, &Settings(settings), false).unwrap_or_else(|error| panic!("{error:#?}"))
}

/// Values for the settings of the systems in the repository.
pub const SETTINGS: &[(&str, &str)] = &[
    ("hostname", "acme.my.salesforce.com"),
    ("client_id", "client"),
    ("user_name", "integration@example.com"),
    ("organisation", "acme"),
    ("tenant", "acme"),
    ("person", "3f0a8c52-7d3e-4a51-9c1e-2b6a0f4d1e77"),
    ("platform", "acme"),
    ("user", "api@example.com"),
    ("lucca.domain", "acme.ilucca.net"),
    ("snipeit.host", "assets.example.com"),
    ("odoo.host", "erp.example.com"),
    ("odoo.database", "main"),
    ("odoo.user", "2"),
    ("zoom.account", "acme"),
    ("base_url", "https://api.rewardgateway.net/11111111-2222-4333-8444-555555555555/scim/v2.0"),
];

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

/// A plan that reads `from`, a collection of a system in these lines or in a file that they use.
#[track_caller]
pub fn reading(lines: &str, from: &str, key: &str, told: &[(&str, &str, &str)], settings: &[(&str, &str)]) -> ExecutionPlan {
    let text = format!(
        "{lines}\n{OUT}\npipeline test {{\n  from {from} as one\n  to   out.rows\n  match {{ id = \"{{one.{key}}}\" }}\n  mode update\n  \
         map {{ seen = \"{{one.{key}}}\" keep when missing }}\n}}\n"
    );
    let project = Texts { files: vec![("test.sync", &text)], told }.project();
    plan(&project, "test", &[settings, SETTINGS].concat())
}

/// The system in these lines.
#[track_caller]
pub fn system(lines: &str, from: &str, key: &str) -> Arc<System> {
    Arc::clone(&reading(lines, from, key, &[], &[]).source.system)
}
