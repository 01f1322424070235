//! `counterpart.toml` beside the pipelines: the values of settings, for each environment, and where secrets are kept.
//!
//! ```toml
//! default = "production"
//! [env.production]                 # settings shared by pipelines
//! [env.production.lucca]           # settings and secrets of a system, or of a pipeline, by its name
//! domain  = "acme.ilucca.net"
//! api_key = { env = "LUCCA_API_KEY" }  # or file, keyring, vault
//! origin  = "http://127.0.0.1:8080" # a proxy or a test server that stands in for the system's own address
//! ```

use crate::{
    compile::pipeline::SettingValues,
    host::Host,
    project::{
        error::ConfigError,
        secrets::{self, Reference, SecretError, keyring, vault::Vault},
    },
    systems::is_private,
    value::Value,
};
use rust_decimal::Decimal;
use serde_json::Value as Json;
use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
    str::FromStr,
};
use toml::{Table, Value as Toml};
use url::Url;

/// The name of the file.
pub const FILE: &str = "counterpart.toml";

/// The setting of every system that says where its requests go instead.
pub const ORIGIN: &str = "origin";

/// The environment that `--sandbox` takes its settings from.
pub const SANDBOX: &str = "sandbox";

/// What the file says for one environment.
#[derive(Clone, Debug)]
pub struct Config {
    host: Host,
    /// The environment's name.
    pub environment: String,
    folder: PathBuf,
    values: Table,
    /// `[vault]`: where it is, and who we are there.
    vault: Option<Table>,
    /// `[files] roots`: the folders beside the project's own in which files may be read and written.
    pub roots: Vec<PathBuf>,
    /// The files that secrets of any environment are kept in.
    pub secret_files: Vec<PathBuf>,
}

impl Config {
    /// Reads the file of a folder, for the requested environment or its `default`.
    ///
    /// # Errors
    /// The file is unreadable, is not TOML, or lacks the environment.
    pub fn read(host: &Host, folder: &Path, asked: Option<&str>) -> Result<Self, ConfigError> {
        Self::of(host, &text_of(host, folder)?, folder, asked)
    }

    /// The same for what needs no value: an environment that nobody named may be missing from the file.
    ///
    /// # Errors
    /// The file is unreadable, is not TOML, or lacks the environment that was named.
    pub fn read_without_values(host: &Host, folder: &Path, asked: Option<&str>) -> Result<Self, ConfigError> {
        Self::parsed(host, &text_of(host, folder)?, folder, asked, asked.is_some())
    }

    /// The same for a text that is not written yet.
    ///
    /// # Errors
    /// As [`Config::read`].
    pub fn of(host: &Host, text: &str, folder: &Path, asked: Option<&str>) -> Result<Self, ConfigError> {
        Self::parsed(host, text, folder, asked, true)
    }

    fn parsed(host: &Host, text: &str, folder: &Path, asked: Option<&str>, needed: bool) -> Result<Self, ConfigError> {
        let file: Table = text.parse().map_err(|error: toml::de::Error| not_toml(text, &error))?;
        let environment = asked.or_else(|| file.get("default").and_then(Toml::as_str)).unwrap_or("production").to_owned();
        if let Some(stray) = file.keys().find(|name| !TOP.contains(&name.as_str())) {
            return Err(ConfigError::StrayKey { key: stray.clone(), environment });
        }
        if !is_name(&environment) {
            return Err(ConfigError::NoName(environment));
        }
        let all = file.get("env").and_then(Toml::as_table);
        let values = all.and_then(|all| all.get(&environment)).and_then(Toml::as_table).cloned();
        if values.is_none() && environment != SANDBOX && needed {
            no_environment(&environment, asked.is_some(), all)?;
        }
        let vault = file.get("vault").and_then(Toml::as_table).cloned();
        let (roots, secret_files) = (roots(&file, folder)?, secret_files(&file, folder));
        let (host, folder, values) = (host.clone(), folder.to_path_buf(), values.unwrap_or_default());
        Ok(Self { host, environment, folder, values, vault, roots, secret_files })
    }

    /// The sections of the environment: systems and pipelines. `is_owner` says which names are theirs: a section with the one setting
    /// `file` looks like a reference to a secret.
    pub fn sections<'c>(&'c self, is_owner: &'c dyn Fn(&str) -> bool) -> impl Iterator<Item = &'c str> {
        self.values.iter().filter(|(name, value)| is_section_of(name, value, is_owner)).map(|(name, _)| name.as_str())
    }

    /// What a section sets.
    pub fn names(&self, section: &str) -> impl Iterator<Item = &str> {
        self.values.get(section).and_then(Toml::as_table).into_iter().flatten().map(|(name, _)| name.as_str())
    }

    /// What the top of the environment sets.
    pub fn top_names<'c>(&'c self, is_owner: &'c dyn Fn(&str) -> bool) -> impl Iterator<Item = &'c str> {
        self.values.iter().filter(|(name, value)| !is_section_of(name, value, is_owner)).map(|(name, _)| name.as_str())
    }

    fn entry(&self, owner: Option<&str>, name: &str) -> Option<&Toml> {
        match owner {
            Some(owner) => self.values.get(owner)?.as_table()?.get(name),
            None => self.values.get(name).filter(|value| !is_section(value)),
        }
    }

    /// The value of a secret, fetched from where its reference points.
    ///
    /// # Errors
    /// The secret is not a reference, or can't be fetched from there. The error never contains its value.
    pub fn secret(&self, system: &str, name: &str) -> Result<Option<String>, ConfigError> {
        let Some(entry) = self.entry(Some(system), name) else { return Ok(None) };
        let (system, name) = (system.to_owned(), name.to_owned());
        let Some(reference) = entry.as_table() else { return Err(ConfigError::PlainSecret { system, name }) };
        match Reference::read(reference) {
            Err(why) => Err(ConfigError::Reference { system, name, why }),
            Ok(reference) => {
                let missing = |why| ConfigError::MissingSecret { system, name, why: Box::new(why) };
                self.fetch(&reference).map(Some).map_err(missing)
            }
        }
    }

    /// Where a secret is kept; none if the file does not say.
    #[must_use]
    pub fn reference(&self, system: &str, name: &str) -> Option<Reference> {
        Reference::read(self.entry(Some(system), name)?.as_table()?).ok()
    }

    /// Which secrets these are, by whatever name a system calls them: of each that has a reference, a hash of where it is kept.
    #[must_use]
    pub fn kept<'n>(&self, system: &str, names: impl Iterator<Item = &'n str>) -> BTreeSet<String> {
        names.filter_map(|name| Some(self.hash_of(&self.reference(system, name)?))).collect()
    }

    /// One file has one hash, however it is written, and wherever the project is.
    fn hash_of(&self, reference: &Reference) -> String {
        let real = |path: &Path| self.host.disk().real_path(path).unwrap_or_else(|_| path.to_path_buf());
        let place = match reference {
            Reference::File(file) => {
                let (file, folder) = (real(&self.folder.join(file)), real(on_disk(&self.folder)));
                format!("file {}", file.strip_prefix(&folder).unwrap_or(&file).display())
            }
            Reference::Vault { path, key } => {
                let parts: Vec<_> = path.split('/').filter(|part| !part.is_empty()).collect();
                format!("vault {}#{key}", parts.join("/"))
            }
            Reference::Env(_) | Reference::Keyring(_) => reference.to_string(),
        };
        blake3::hash(place.as_bytes()).to_hex()[..32].to_owned()
    }

    fn fetch(&self, reference: &Reference) -> Result<String, SecretError> {
        match reference {
            Reference::Env(variable) => secrets::from_environment(&self.host, variable),
            Reference::File(file) => secrets::from_file(&self.host, &self.folder, file),
            Reference::Keyring(account) => keyring::get(&self.host, account)?.ok_or_else(|| SecretError::NotInKeyring(account.clone())),
            Reference::Vault { path, key } => Ok(Vault::open(&self.host, self.vault.as_ref(), &self.folder)?.read(path, key)?),
        }
    }

    /// The origin that takes a system's requests in place of its own: a proxy, or a test server. The paths stay as they are declared.
    ///
    /// # Errors
    /// It is neither `https` nor on this machine, or more than an origin.
    pub fn origin(&self, system: &str) -> Result<Option<String>, ConfigError> {
        let Some(entry) = self.entry(Some(system), ORIGIN) else { return Ok(None) };
        let url = entry.as_str().and_then(|text| Url::parse(text).ok()).filter(is_bare_origin);
        let url = url.ok_or_else(|| ConfigError::NotAnOrigin(system.to_owned()))?;
        if is_private(&url) { Ok(Some(url.origin().ascii_serialization())) } else { Err(ConfigError::OriginInTheClear(system.to_owned())) }
    }
}

/// An origin that secrets may be sent to, as it is compared; none if it is more than an origin, or neither `https` nor on this machine.
#[must_use]
pub fn safe_origin(text: &str) -> Option<String> {
    let url = Url::parse(text).ok().filter(|url| is_bare_origin(url) && is_private(url))?;
    Some(url.origin().ascii_serialization())
}

/// The path of a folder for the disk: an empty path is the current folder.
fn on_disk(folder: &Path) -> &Path {
    if folder.as_os_str().is_empty() { Path::new(".") } else { folder }
}

/// What the top of the file sets.
const TOP: [&str; 4] = ["default", "env", "files", "vault"];

/// Whether it can be the name of an environment: it is the name of a folder too.
fn is_name(environment: &str) -> bool {
    let is_part = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.');
    environment.starts_with(char::is_alphanumeric) && environment.chars().all(is_part)
}

/// `[files] roots = ["../shared"]`, as they count from the folder.
fn roots(file: &Table, folder: &Path) -> Result<Vec<PathBuf>, ConfigError> {
    let Some(files) = file.get("files") else { return Ok(Vec::new()) };
    let listed = files.as_table().filter(|files| files.len() == 1).and_then(|files| files.get("roots")).and_then(Toml::as_array);
    let named: Option<Vec<_>> = listed.and_then(|roots| roots.iter().map(|root| root.as_str().map(|root| folder.join(root))).collect());
    named.ok_or(ConfigError::NoRoots)
}

/// The files that secrets refer to: those of the systems of every environment, and the vault's own.
fn secret_files(file: &Table, folder: &Path) -> Vec<PathBuf> {
    let tables = |table: &Table| table.values().filter_map(Toml::as_table).cloned().collect::<Vec<_>>();
    let environments = file.get("env").and_then(Toml::as_table).map(tables).unwrap_or_default();
    let vault = file.get("vault").and_then(Toml::as_table).cloned();
    let sections = environments.iter().flat_map(tables).chain(vault);
    let references = sections.flat_map(|section| tables(&section)).filter_map(|table| Reference::read(&table).ok());
    references.filter_map(|reference| if let Reference::File(file) = reference { Some(folder.join(file)) } else { None }).collect()
}

/// Refuses an environment that the file lacks, unless the file has none at all.
fn no_environment(environment: &str, named: bool, all: Option<&Table>) -> Result<(), ConfigError> {
    let there: Vec<_> = all.into_iter().flatten().map(|(name, _)| name).filter(|name| *name != SANDBOX).cloned().collect();
    if there.is_empty() {
        return Ok(());
    }
    Err(ConfigError::NoEnvironment { environment: environment.to_owned(), there, named })
}

/// The text of the file of a folder; empty where there is none.
///
/// # Errors
/// It can't be read.
pub fn text_of(host: &Host, folder: &Path) -> Result<String, ConfigError> {
    match host.disk().read_text(&folder.join(FILE)) {
        Ok(text) => Ok(text),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(String::new()),
        Err(error) => Err(ConfigError::Unreadable(error.to_string())),
    }
}

fn is_bare_origin(url: &Url) -> bool {
    let bare = matches!(url.path(), "/" | "") && url.query().is_none() && url.fragment().is_none();
    bare && matches!(url.scheme(), "https" | "http") && url.username().is_empty() && url.password().is_none()
}

fn is_section_of(name: &str, value: &Toml, is_owner: &dyn Fn(&str) -> bool) -> bool {
    is_section(value) || value.is_table() && is_owner(name)
}

fn is_section(value: &Toml) -> bool {
    value.as_table().is_some_and(|table| !Reference::is_one(table))
}

fn not_toml(text: &str, error: &toml::de::Error) -> ConfigError {
    let line = error.span().map_or(1, |span| text[..span.start.min(text.len())].matches('\n').count() + 1);
    ConfigError::NotToml { line, message: error.message().to_owned() }
}

impl SettingValues for Config {
    fn setting(&self, owner: Option<&str>, name: &str) -> Option<Value> {
        self.entry(owner, name).map(to_value)
    }

    fn makes_up(&self) -> bool {
        self.environment == SANDBOX
    }
}

fn to_value(toml: &Toml) -> Value {
    match toml {
        Toml::String(text) => Value::text(text),
        Toml::Integer(number) => Value::Int(*number),
        Toml::Float(number) => Decimal::from_str(&number.to_string()).map_or(Value::Null, Value::Decimal),
        Toml::Boolean(truth) => Value::Bool(*truth),
        Toml::Datetime(time) => Value::text(time.to_string()),
        Toml::Array(items) => Value::list(items.iter().map(to_value).collect()),
        Toml::Table(_) => Value::Json(Box::new(to_json(toml))),
    }
}

/// A table as the object that a setting of the type `json` takes.
fn to_json(toml: &Toml) -> Json {
    match toml {
        Toml::String(text) => Json::from(text.as_str()),
        Toml::Integer(number) => Json::from(*number),
        Toml::Float(number) => Json::from(*number),
        Toml::Boolean(truth) => Json::from(*truth),
        Toml::Datetime(time) => Json::from(time.to_string()),
        Toml::Array(items) => items.iter().map(to_json).collect(),
        Toml::Table(table) => Json::Object(table.iter().map(|(name, value)| (name.clone(), to_json(value))).collect()),
    }
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "tests write files of their own")]
mod tests {
    use super::*;
    use std::fs;

    fn config(text: &str, environment: Option<&str>) -> Result<Config, ConfigError> {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join(FILE), text).unwrap();
        Config::read(&Host::real(), folder.path(), environment)
    }

    #[test]
    fn an_environment_gives_its_own_values() {
        let text = "[env.production.lucca]\ndomain = \"acme.ilucca.net\"\n[env.test.lucca]\ndomain = \"acme.ilucca-test.net\"\n";
        let test = config(text, Some("test")).unwrap();
        assert_eq!(test.setting(Some("lucca"), "domain"), Some(Value::text("acme.ilucca-test.net")));
        assert_eq!(test.setting(None, "lucca"), None);
        assert_eq!(config(text, None).unwrap().setting(Some("lucca"), "domain"), Some(Value::text("acme.ilucca.net")));
    }

    #[test]
    fn an_unknown_environment_is_refused_with_those_there_are() {
        let error = config("[env.production]\n", Some("prod")).unwrap_err().to_string();
        assert_eq!(error, "`counterpart.toml` has no environment `prod`; it has `production`; to begin it, write [env.prod]");
        let error = config("default = \"prod\"\n[env.production]\n", None).unwrap_err().to_string();
        assert_eq!(error, "`counterpart.toml` has no environment `prod`; it has `production`; `default = \"…\"` or --env says which");
        assert!(config("[env.sandbox]\n", None).is_ok(), "nothing but the sandbox has been set yet");
    }

    #[test]
    fn a_system_with_the_one_setting_file_has_a_section_and_no_reference() {
        let config = config("[env.production.letters]\nfile = \"letters.csv\"\n", None).unwrap();
        let is_owner = |name: &str| name == "letters";
        assert_eq!(config.sections(&is_owner).collect::<Vec<_>>(), ["letters"]);
        assert_eq!(config.top_names(&is_owner).count(), 0);
        let is_nobody = |_: &str| false;
        assert_eq!((config.sections(&is_nobody).count(), config.top_names(&is_nobody).collect::<Vec<_>>()), (0, vec!["letters"]));
    }

    #[test]
    fn a_section_at_the_top_says_where_it_belongs() {
        let error = config("[lucca]\ndomain = \"acme.ilucca.net\"\n", None).unwrap_err().to_string();
        assert!(error.contains("has `lucca` at its top") && error.contains("under [env.production]"), "{error}");
    }

    #[test]
    fn a_missing_secret_is_named_and_a_plain_one_refused() {
        let text = "[env.production.lucca]\napi_key = { env = \"COUNTERPART_TEST_NOT_SET\" }\nother = \"hunter2\"\n";
        let config = config(text, None).unwrap();
        let missing = config.secret("lucca", "api_key").unwrap_err().to_string();
        assert_eq!(missing, "secret `lucca.api_key` is missing: the environment variable `COUNTERPART_TEST_NOT_SET` is not set");
        let plain = config.secret("lucca", "other").unwrap_err().to_string();
        assert!(plain.contains("LUCCA_OTHER") && !plain.contains("hunter2"), "{plain}");
    }

    #[test]
    fn an_environment_is_a_name_and_no_path() {
        for name in ["../other", "/tmp/x", "a/b", "..", ".hidden", "", "a b", "a\\b"] {
            assert_eq!(config("", Some(name)).unwrap_err(), ConfigError::NoName(name.to_owned()));
            assert_eq!(config(&format!("default = {name:?}\n"), None).unwrap_err(), ConfigError::NoName(name.to_owned()));
        }
        assert!(config("", Some("prod-2.eu_west")).is_ok());
    }

    #[test]
    fn roots_are_folders_that_count_from_the_configuration() {
        let roots = config("[files]\nroots = [\"../shared\", \"/srv/hr\"]\n", None).unwrap().roots;
        assert!(roots[0].ends_with("../shared") && roots[1] == Path::new("/srv/hr"), "{roots:?}");
        for wrong in ["[files]\n", "[files]\nroots = \"a\"\n", "[files]\nroots = [1]\n", "[files]\nroots = []\nroot = 1\n", "files = 1\n"] {
            assert_eq!(config(wrong, None).unwrap_err(), ConfigError::NoRoots, "{wrong}");
        }
    }

    #[test]
    fn an_origin_is_safe_and_nothing_more() {
        let origin = |value: &str| config(&format!("[env.production.arlo]\norigin = {value}\n"), None).unwrap().origin("arlo");
        assert_eq!(origin("\"http://127.0.0.1:8080/\""), Ok(Some("http://127.0.0.1:8080".into())));
        assert_eq!(origin("\"https://proxy.example.com\""), Ok(Some("https://proxy.example.com".into())));
        assert_eq!(config("", None).unwrap().origin("arlo"), Ok(None));
        assert_eq!(origin("\"http://proxy.example.com\""), Err(ConfigError::OriginInTheClear("arlo".to_owned())));
        for wrong in ["\"https://proxy.example.com/arlo\"", "\"https://a:b@example.com\"", "\"file:///etc\"", "8080", "\"8080\""] {
            assert!(origin(wrong).unwrap_err().to_string().starts_with("`arlo.origin` in `counterpart.toml` is not an origin"), "{wrong}");
        }
    }

    #[test]
    fn what_is_not_toml_is_named_by_line() {
        assert!(config("a = 1\nb = \n", None).unwrap_err().to_string().starts_with("`counterpart.toml`, line 2"));
    }
}
