//! Why a secret can't be fetched or kept.

use reqwest::StatusCode;
use thiserror::Error;
use url::ParseError;

/// Why a secret can't be fetched from its place, or not be kept there.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum SecretError {
    #[error("the environment variable `{0}` is not set")]
    Unset(String),
    #[error("the file `{file}` can't be read: {why}")]
    Unreadable { file: String, why: String },
    #[error("the file `{0}` is empty")]
    EmptyFile(String),
    #[error("the file `{file}` can't be written: {why}")]
    Unwritable { file: String, why: String },
    #[error("the keyring has no secret for the account `{0}` of the service `counterpart`")]
    NotInKeyring(String),
    #[error(transparent)]
    Keyring(#[from] KeyringError),
    #[error(transparent)]
    Vault(#[from] VaultError),
}

/// Why a table of `counterpart.toml` is no reference to a secret, worded to follow "secret `lucca.api_key`".
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ReferenceError {
    #[error("is kept at `{path}` of the vault, which names no key: write `path#key`, as in `secret/data/counterpart#api_key`")]
    NoKey { path: String },
    #[error(
        "is kept in `{0}`, which is no place for one: use {{ env = \"…\" }}, {{ file = \"…\" }}, {{ keyring = \"…\" }} or {{ vault = \"…\" }}"
    )]
    NoPlace(String),
}

/// Why the keyring can't be used.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum KeyringError {
    #[error("the keyring of {0} can't be asked: keep the secret in a file or an environment variable")]
    Unsupported(&'static str),
    #[error(
        "the keyring is asked by `{0}`, which is not installed (on Debian and Ubuntu: libsecret-tools): install it, or keep the secret in a file"
    )]
    NoTool(&'static str),
    #[error("`{tool}`, which asks the keyring, can't be run: {why}")]
    NotRun { tool: &'static str, why: String },
    /// What the tool said, if it said anything.
    #[error("no keyring can be reached from here{}; where nobody is signed in, keep the secret in a file or a vault", first_line(.0))]
    Unreachable(String),
}

fn first_line(said: &str) -> String {
    said.lines().next().map(|line| format!(": {line}")).unwrap_or_default()
}

/// Why the vault can't be used.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum VaultError {
    #[error("nothing says where the vault is: write address = \"https://…\" under [vault], or set VAULT_ADDR")]
    NoAddress,
    #[error("the address of the vault is not a URL: {0}")]
    NotAUrl(#[from] ParseError),
    #[error("the vault would get its token in the clear: begin its address with https://")]
    InTheClear,
    #[error("the token for the vault is missing: {0}")]
    NoToken(Box<SecretError>),
    #[error(
        "the token for the vault is missing: write token = {{ env = \"…\" }} or {{ file = \"…\" }} under [vault], never the token itself"
    )]
    PlainToken,
    #[error("the token for the vault holds a line break or a control character")]
    UnsendableToken,
    #[error("the namespace of the vault holds a control character")]
    UnsendableNamespace,
    /// The host gives no thread, no client or no runtime.
    #[error("the vault can't be asked: {0}")]
    NotAsked(String),
    #[error("the vault could not be asked")]
    ThreadEnded,
    #[error("the vault at `{host}` did not answer in time")]
    Timeout { host: String },
    #[error("the vault at `{host}` broke off its answer")]
    BrokenOff { host: String },
    #[error("the vault at `{host}` can't be reached")]
    Unreachable { host: String },
    #[error("the vault's answer for `{path}` is not one of its key-value engine")]
    NotKeyValue { path: String },
    #[error("`{key}` at `{path}` in the vault is empty, or no text")]
    NotText { path: String, key: String },
    #[error("the newest version of `{path}` in the vault was deleted")]
    Deleted { path: String },
    #[error("`{path}` in the vault has no key `{key}`")]
    NoKey { path: String, key: String },
    #[error(transparent)]
    Refused(#[from] Refusal),
}

/// An answer of the vault that gives no secret.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{}", self.words())]
pub struct Refusal {
    pub host: String,
    pub path: String,
    pub kind: RefusalKind,
    pub status: StatusCode,
    /// The vault's own words, quoted and after a comma; nothing where it has none.
    pub said: String,
}

/// What the status of a refusal means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RefusalKind {
    /// The newest version was deleted: version 2 of the engine answers with its history.
    Destroyed,
    BadRequest,
    Forbidden,
    Missing,
    Redirect,
    Sealed,
    Other,
}

impl Refusal {
    fn words(&self) -> String {
        let Self { host, path, kind, status, said } = self;
        match kind {
            RefusalKind::Destroyed => format!("the newest version of `{path}` in the vault at `{host}` was deleted or destroyed (404)"),
            RefusalKind::BadRequest => format!("the vault at `{host}` can't read `{path}` (400{said}): check the path, and the namespace"),
            RefusalKind::Forbidden => {
                format!("the vault at `{host}` forbids `{path}` (403{said}): check its token, and what the token may read")
            }
            RefusalKind::Missing => format!(
                "the vault at `{host}` has nothing at `{path}` (404{said}): with version 2 of the engine, `data/` comes after its name"
            ),
            RefusalKind::Redirect => {
                format!("the vault at `{host}` points elsewhere ({status}), which is not followed: check its address")
            }
            RefusalKind::Sealed => format!("the vault at `{host}` is sealed or under maintenance (503{said})"),
            RefusalKind::Other => format!("the vault at `{host}` answers {}{said}", status.as_u16()),
        }
    }
}
