//! Where secrets are kept: an environment variable, a file, the system's keyring, a vault. `counterpart.toml` contains only the reference.

pub mod error;
pub mod keyring;
pub mod vault;

pub use error::{ReferenceError, SecretError};

use crate::host::Host;
use std::path::Path;
use toml::{Table, Value as Toml};

/// The words that a reference begins with.
pub const PLACES: [&str; 4] = ["env", "file", "keyring", "vault"];

/// Where a secret is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reference {
    /// `{ env = "LUCCA_API_KEY" }`
    Env(String),
    /// `{ file = "secrets/lucca" }`, from the folder of `counterpart.toml`.
    File(String),
    /// `{ keyring = "production/lucca.api_key" }`: the account of the service `counterpart`.
    Keyring(String),
    /// `{ vault = "secret/data/counterpart#api_key" }`: what the address of the vault goes on with, and the key there.
    Vault { path: String, key: String },
}

impl Reference {
    /// Whether a table of the file looks like a reference. A section with one setting of such a name does too: the declarations decide.
    #[must_use]
    pub fn is_one(table: &Table) -> bool {
        table.len() == 1 && table.iter().all(|(name, value)| PLACES.contains(&name.as_str()) && value.is_str())
    }

    /// What a table of the file says.
    ///
    /// # Errors
    /// The table is not a reference.
    pub fn read(table: &Table) -> Result<Self, ReferenceError> {
        let text = |place: &str| table.get(place).and_then(Toml::as_str).map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned);
        if let Some(path) = text("vault") {
            let parts = path.split_once('#').filter(|(path, key)| !path.is_empty() && !key.is_empty());
            let (path, key) = parts.ok_or_else(|| ReferenceError::NoKey { path: path.clone() })?;
            return Ok(Self::Vault { path: path.trim_matches('/').to_owned(), key: key.to_owned() });
        }
        let found = text("env").map(Self::Env).or_else(|| text("file").map(Self::File)).or_else(|| text("keyring").map(Self::Keyring));
        found.ok_or_else(|| ReferenceError::NoPlace(table.keys().next().map_or("nothing", String::as_str).to_owned()))
    }
}

impl std::fmt::Display for Reference {
    /// As messages say it: `environment variable LUCCA_API_KEY`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Env(variable) => write!(f, "environment variable {variable}"),
            Self::File(file) => write!(f, "file {file}"),
            Self::Keyring(account) => write!(f, "keyring {account}"),
            Self::Vault { path, key } => write!(f, "vault {path}#{key}"),
        }
    }
}

/// The value of an environment variable.
///
/// # Errors
/// It is not set.
pub fn from_environment(host: &Host, variable: &str) -> Result<String, SecretError> {
    match host.variable(variable) {
        Some(value) if !value.trim().is_empty() => Ok(value.trim().to_owned()),
        _ => Err(SecretError::Unset(variable.to_owned())),
    }
}

/// The text of a file, named from a folder.
///
/// # Errors
/// It can't be read, or is empty.
pub fn from_file(host: &Host, folder: &Path, file: &str) -> Result<String, SecretError> {
    let unreadable = |error: std::io::Error| SecretError::Unreadable { file: file.to_owned(), why: error.to_string() };
    let text = host.disk().read_text(&folder.join(file)).map_err(unreadable)?;
    match text.trim() {
        "" => Err(SecretError::EmptyFile(file.to_owned())),
        text => Ok(text.to_owned()),
    }
}

/// Writes a secret to a file that only its owner can read. Missing folders are created with the same protection.
///
/// # Errors
/// The file can't be written.
pub fn into_file(host: &Host, folder: &Path, file: &str, secret: &str) -> Result<(), SecretError> {
    let written = host.disk().replace_private(&folder.join(file), secret.as_bytes());
    written.map_err(|error| SecretError::Unwritable { file: file.to_owned(), why: error.to_string() })
}

/// Keeps a folder of secrets out of git.
pub fn not_for_git(host: &Host, folder: &Path) {
    let file = folder.join(".gitignore");
    if !host.disk().is_taken(&file) {
        // Secrets work without git, so a failure here is not an error.
        let _ = host.disk().replace(&file, "*\n");
    }
}

#[cfg(test)]
#[cfg_attr(unix, expect(clippy::disallowed_methods, reason = "a test looks at the permissions of a file"))]
mod tests {
    use super::*;
    use std::fs;

    fn read(toml: &str) -> Result<Reference, ReferenceError> {
        Reference::read(&toml.parse::<Table>().unwrap())
    }

    #[test]
    fn a_reference_names_one_of_four_places() {
        assert_eq!(read("env = \"A\""), Ok(Reference::Env("A".into())));
        assert_eq!(read("keyring = \"production/lucca.api_key\"").unwrap().to_string(), "keyring production/lucca.api_key");
        assert_eq!(read("vault = \"/secret/data/a#b\""), Ok(Reference::Vault { path: "secret/data/a".into(), key: "b".into() }));
        for wrong in ["vault = \"secret/data/a\"", "vault = \"#b\""] {
            assert!(matches!(read(wrong), Err(ReferenceError::NoKey { .. })), "{wrong}");
        }
        assert!(read("aws = \"x\"").unwrap_err().to_string().starts_with("is kept in `aws`, which is no place for one"));
        assert!(Reference::is_one(&"file = \"a\"".parse().unwrap()));
        assert!(!Reference::is_one(&"file = \"a\"\ndomain = \"b\"".parse().unwrap()));
    }

    #[cfg(unix)]
    #[test]
    fn a_secret_in_a_file_is_its_owners() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        into_file(&Host::real(), folder.path(), "secrets/production/lucca.api_key", "MARKED").unwrap();
        let mode = |path: &str| fs::metadata(folder.path().join(path)).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode("secrets/production/lucca.api_key"), mode("secrets")), (0o600, 0o700));
        assert_eq!(from_file(&Host::real(), folder.path(), "secrets/production/lucca.api_key").unwrap(), "MARKED");
    }
}
