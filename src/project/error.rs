//! Why a project can't be opened or a pipeline of it not compiled.

use super::{
    hint::{Hint, Verb},
    secrets::{ReferenceError, SecretError},
};
use crate::check::Checked;
use std::{
    io,
    path::{Path, PathBuf},
    sync::Arc,
};
use thiserror::Error;

/// One clear sentence for each; what can be done about it is [`ProjectError::hint`].
#[derive(Clone, Debug, Error)]
pub enum ProjectError {
    #[error("there is no folder `{}`", .0.display())]
    NoFolder(PathBuf),
    #[error("the sandbox is not an environment: it is asked for as the sandbox")]
    SandboxIsNoEnvironment,
    /// The default environment of `counterpart.toml` changed while it was in use.
    #[error("`counterpart.toml` selects the environment `{now}` now, and this command began in `{before}`: start it again")]
    OtherEnvironment { before: String, now: String },
    #[error(transparent)]
    Config(#[from] ConfigError),
    #[error("`{}` can't be read: {why}", folder.display())]
    UnreadableFolder { folder: PathBuf, why: String },
    #[error("there is no file `{}`", .0.display())]
    NoFile(PathBuf),
    #[error("`{}` holds {} pipelines; name one: {}", file.display(), names.len(), names.join(", "))]
    SeveralInFile { file: PathBuf, names: Vec<String> },
    #[error("there is no pipeline {}: no file that ends in .sync", place(.0))]
    NoPipeline(PathBuf),
    #[error("there is no pipeline `{name}`; {}{}", instead(near, all), each_double(doubles))]
    NoSuchPipeline {
        name: String,
        near: Vec<String>,
        all: Vec<String>,
        /// What is declared more than once.
        doubles: Vec<String>,
    },
    #[error("there are {} pipelines; name one: {}", .0.len(), .0.join(", "))]
    SeveralPipelines(Vec<String>),
    /// Files have errors: their diagnostics.
    #[error("the file has errors")]
    WrongFiles(Arc<Vec<Checked>>),
    #[error("`{}` holds no pipeline", .0.display())]
    EmptyFile(PathBuf),
    #[error("`{}` has {}", file.display(), names.join(", "))]
    NotInFile { file: PathBuf, names: Vec<String> },
    #[error("{}; nothing was read or written", each_setting(problems))]
    Settings {
        /// The names of settings, and what is wrong with each.
        problems: Vec<(String, String)>,
        /// Where they can be given a value by hand.
        file: PathBuf,
        section: String,
    },
    /// Unknown keys of the configuration.
    #[error("{}; nothing was read or written", .0.join("; "))]
    UnknownKeys(Vec<String>),
    #[error("`{}` can't be written, it is as it was: {why}", path.display())]
    Unwritable { path: PathBuf, why: String },
}

/// Why `counterpart.toml` can't be used or changed.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ConfigError {
    #[error("`counterpart.toml` can't be read: {0}")]
    Unreadable(String),
    #[error("`counterpart.toml`, line {line}: {message}")]
    NotToml { line: usize, message: String },
    #[error(
        "`counterpart.toml` has `{key}` at its top, where only `default`, `env`, `files` and `vault` are known: settings belong under [env.{environment}]"
    )]
    StrayKey { key: String, environment: String },
    /// `named`: requested by name, and not by default.
    #[error("`counterpart.toml` has no environment `{environment}`; it has {}{}", quoted(there), add_environment(environment, *named))]
    NoEnvironment { environment: String, there: Vec<String>, named: bool },
    #[error(
        "secret `{system}.{name}` is in `counterpart.toml` as a value; write a reference instead: {name} = {{ env = \"{}\" }}",
        variable(system, name)
    )]
    PlainSecret { system: String, name: String },
    #[error("secret `{system}.{name}` {why}")]
    Reference { system: String, name: String, why: ReferenceError },
    #[error("secret `{system}.{name}` is missing: {why}")]
    MissingSecret { system: String, name: String, why: Box<SecretError> },
    #[error("`{0}.origin` in `counterpart.toml` is not an origin: write a scheme, a host and a port only, as in \"http://127.0.0.1:8080\"")]
    NotAnOrigin(String),
    #[error("`{0}.origin` in `counterpart.toml` would get the credentials in the clear: begin it with https://")]
    OriginInTheClear(String),
    #[error("`{0}` is not the name of an environment: write letters, digits, `-`, `_` and `.`")]
    NoName(String),
    #[error("`[files]` in `counterpart.toml` has one line: roots = [\"FOLDER\"]")]
    NoRoots,
    /// It can't be edited.
    #[error("`counterpart.toml` is not TOML: {0}")]
    NotEditable(String),
    #[error("`{0}` in `counterpart.toml` is a value where a section is wanted")]
    NotASection(String),
}

/// The environment variable that is proposed for a secret: `LUCCA_API_KEY`.
pub fn variable(system: &str, name: &str) -> String {
    format!("{system}_{name}").to_uppercase()
}

fn quoted(names: &[String]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

fn add_environment(environment: &str, named: bool) -> String {
    if named { format!("; to begin it, write [env.{environment}]") } else { "; `default = \"…\"` or --env says which".to_owned() }
}

impl ProjectError {
    /// A file or folder that can't be written.
    pub fn unwritable(path: &Path, error: &io::Error) -> Self {
        Self::Unwritable { path: path.to_path_buf(), why: error.to_string() }
    }

    /// What helps.
    #[must_use]
    pub fn hint(&self) -> Option<Hint> {
        match self {
            Self::NoPipeline(_) => Some(Hint::new(Verb::New)),
            Self::NoSuchPipeline { doubles, .. } if !doubles.is_empty() => Some(Hint::new(Verb::Check)),
            Self::Settings { problems, .. } => {
                let name = if let [(name, _)] = problems.as_slice() { name } else { "NAME" };
                Some(Hint::of(Verb::SetSetting, name).and("VALUE"))
            }
            _ => None,
        }
    }
}

fn place(folder: &Path) -> String {
    if folder == Path::new(".") { "here, nor in `pipelines`".to_owned() } else { format!("in `{}`", folder.display()) }
}

fn instead(near: &[String], all: &[String]) -> String {
    match near {
        [] => format!("there {} {}", if all.len() == 1 { "is" } else { "are" }, all.join(", ")),
        near => format!("did you mean {}", near.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(" or ")),
    }
}

fn each_double(doubles: &[String]) -> String {
    doubles.iter().map(|name| format!("; `{name}` is declared twice (E0210): take one of the two out")).collect()
}

/// What is wrong with each setting.
pub fn each_setting(problems: &[(String, String)]) -> String {
    problems.iter().map(|(name, what)| format!("setting `{name}`: {what}")).collect::<Vec<_>>().join("; ")
}
