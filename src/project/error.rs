//! Why a project can't be opened or a pipeline of it not compiled.

use super::hint::{Hint, Verb};
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
    /// What `counterpart.toml` says can't be used.
    #[error("{0}")]
    Config(String),
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
    /// Keys of the configuration that nothing asks for.
    #[error("{}; nothing was read or written", .0.join("; "))]
    UnknownKeys(Vec<String>),
    #[error("`{}` can't be written, it is as it was: {why}", path.display())]
    Unwritable { path: PathBuf, why: String },
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
                let name = problems.first().map_or("NAME", |(name, _)| name);
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

fn each_setting(problems: &[(String, String)]) -> String {
    problems.iter().map(|(name, what)| format!("setting `{name}`: {what}")).collect::<Vec<_>>().join("; ")
}
