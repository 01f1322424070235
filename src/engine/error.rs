//! Errors of the engine: one enum, with a sentence, a class and a hint for each error.

use crate::{
    diagnose::screen_text::printable,
    project::{ConfigError, Hint, HintPlace, ProjectError, Verb, error::variable, secrets::SecretError},
    run::change_set::{Guarded, questions},
    sandbox::SandboxError,
    state::{StateError, lease::LeaseError, origins::TrustedOrigin},
    systems::OpenError,
};
use std::{fmt, sync::Arc};
use thiserror::Error;

/// The class of an error; the command line maps it to an exit code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// The request is wrong: a name, a setting, a secret.
    Usage,
    /// A pipeline file has errors.
    File,
    /// A guard holds it, or a person has to agree.
    Held,
    /// An external cause: a sign-in, the network, an incomplete read, another run.
    Stopped,
    /// The change set is out of date.
    OutOfDate,
    /// The pipeline is switched off; nothing is wrong.
    Paused,
    /// A person cancelled it.
    Interrupted,
}

/// Why a request failed.
#[derive(Clone, Debug, Error)]
pub enum EngineError {
    #[error(transparent)]
    Project(#[from] ProjectError),
    #[error(transparent)]
    State(#[from] StateError),
    #[error("`{pipeline}` is switched off by a setting ({line}): it is paused, nothing was read or written, and nobody leaves")]
    Paused { pipeline: String, line: String },
    #[error("the settings do not go together, nothing was read or written: {words} ({line})")]
    SettingsDisagree { words: String, line: String },
    #[error(transparent)]
    Open(#[from] OpenError),
    /// A secret or an address of a system can't be taken from the configuration.
    #[error("{0}; nothing was read or written")]
    Configuration(ConfigError),
    /// Required secrets that the configuration does not mention, each by its system and name.
    #[error("{}; nothing was read or written. Say in `counterpart.toml`{}", are_missing(missing), where_secrets_are(missing, environment))]
    NoSecret { missing: Vec<(String, String)>, environment: String },
    /// The secrets of a system would go to another origin than before.
    #[error(
        "the secrets of `{system}` would be sent to {}, and so far {}: nothing was sent. If that is right, a person agrees by name",
        listed(wanted),
        so_far(trusted)
    )]
    OtherOrigin { system: String, wanted: Vec<String>, trusted: Vec<TrustedOrigin> },
    /// A secret of a system is that of another one, and would go to another origin.
    #[error(
        "the secrets of `{system}` would be sent to {}, and one of them is a secret of {owner}, which {}: nothing was sent. \
         Give `{system}` a secret of its own; or if that is right, a person agrees by name",
        listed(wanted),
        so_far(trusted).replacen("they go", "goes", 1)
    )]
    SecretOfAnother { system: String, wanted: Vec<String>, owner: String, trusted: Vec<TrustedOrigin> },
    #[error("`{0}` is not an origin that secrets may be sent to: write `https://` and a host only, as in https://api.example.com")]
    NotAnOrigin(String),
    #[error("a request about `{key}` has no known outcome yet, nothing was removed: run `{pipeline}` first")]
    UnderWay { key: String, pipeline: String },
    #[error("nothing is kept of `{0}` here: it never ran in this environment")]
    NothingKnown(String),
    #[error("no system with secrets is called `{0}`")]
    NoSystem(String),
    #[error("`{system}` is not used by `{pipeline}`")]
    UnusedSystem { system: String, pipeline: String },
    #[error("`{system}` has no `{collection}`")]
    NoCollection { system: String, collection: String },
    #[error("`{system}.{collection}` has no key")]
    NoKey { system: String, collection: String },
    /// The records that a setting may name could not be read: the reason that the read broke.
    #[error("{0}")]
    NotListed(String),
    /// A system refused the sign-in or did not answer before anything was read.
    #[error("{0}; nothing was read or written")]
    System(String),
    /// A system that was asked for its attributes gave no usable answer.
    #[error("{0}")]
    NotDiscovered(String),
    #[error("the operating system gives no thread to watch with: {0}")]
    NoThread(#[source] Arc<std::io::Error>),
    /// A read broke off, and planning needs it.
    #[error("{}; nobody counts as missing, nothing was written", .0.join("; "))]
    Incomplete(Vec<String>),
    #[error("nothing was written: {0}")]
    Busy(String),
    #[error("{0}; what was under way is looked up by the next run")]
    BrokenOff(StateError),
    #[error("interrupted, nothing was written")]
    Cancelled,
    #[error("there is no change set `{id}` {place}{elsewhere}")]
    NoChangeSet { id: String, place: String, elsewhere: Elsewhere },
    #[error("`{id}` begins {} change sets: {}", all.len(), all.join(", "))]
    AmbiguousChangeSet { id: String, all: Vec<String> },
    #[error("nothing was written: {id}: {why}")]
    UnreadableChangeSet { id: String, why: String },
    #[error("the change set can't be saved, nothing was written: {0}")]
    Unsaved(String),
    #[error("refused, nothing was written: {id} was made at {made} and {why}{}", below(moved))]
    OutOfDate { id: String, pipeline: String, made: String, why: String, moved: Vec<String> },
    #[error("nothing was written: {id} waits, and {said}; approve it if it is to be done after all")]
    Declined { id: String, said: String },
    #[error("nothing was declined: {id} was made at {made}, and {why}")]
    NotDeclined { id: String, pipeline: String, made: String, why: String },
    /// The first change set of two systems has no effect, so that nobody has seen what the pipeline does.
    #[error("nothing was published: the source returned no record, so {id} does not show what `{pipeline}` would do")]
    NothingToPublish { id: String, pipeline: String },
    #[error("nothing was written: a leaver could not be asked for at the source: {0}")]
    LeaverNotAsked(String),
    /// Guards hold it: a person has to confirm the number that each of them counts.
    #[error("nothing was written: {why}; a person has to say {}", questions(.what))]
    NotConfirmed { why: String, what: Vec<Guarded> },
    #[error("nothing was written: the answer was `{answer}`, and {number} {}", .what.asked())]
    WronglyConfirmed { what: Guarded, number: u64, answer: String },
    #[error("no call `{call}` of {key} is in doubt")]
    NoCallInDoubt { key: String, call: String },
    #[error("`{0}` sends events, so it has no links")]
    NoLinks(String),
    /// A list of links that contradicts itself or the state; what is wrong, one line each.
    #[error("nothing was linked: the list can't be used as it is{}", below(.0))]
    ListRefused(Vec<String>),
    #[error("nothing holds {0}: `apply` does it after a review, and so does the next run")]
    NotHeld(String),
    /// What a person wanted for one record or several can't be done; why, one line each.
    #[error("nothing was decided{}", below(.0))]
    NothingDecided(Vec<String>),
    #[error("there was no run {} yet{elsewhere}", place(*.sandbox, environment))]
    NoRuns {
        sandbox: bool,
        environment: String,
        /// Another environment that has some.
        elsewhere: Elsewhere,
        /// The pipeline to begin with, where a command has to name one.
        first: Option<String>,
    },
    #[error("there is no run {0}")]
    NoSuchRun(i64),
    #[error("{reason}; nothing was suggested, nothing was written")]
    NothingToCompare { reason: String },
    #[error("{0}")]
    Suggestion(String),
    #[error(transparent)]
    Setting(#[from] SettingError),
    #[error("{0}")]
    StandIn(#[source] Arc<SandboxError>),
    /// A stand-in can't do what it was asked.
    #[error("{0}")]
    Seed(#[source] Arc<SandboxError>),
}

impl From<LeaseError> for EngineError {
    fn from(error: LeaseError) -> Self {
        match error {
            LeaseError::Held(_) | LeaseError::Beginning => Self::Busy(error.to_string()),
            LeaseError::State(error) => error.into(),
        }
    }
}

/// Another environment that has what this one lacks, if there is one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Elsewhere(pub Option<String>);

/// The environment of the stand-ins.
const SANDBOX: &str = "sandbox";

impl Elsewhere {
    /// The runs there.
    fn hint(&self) -> Option<Hint> {
        let place = |other: &String| if other == SANDBOX { HintPlace::Sandbox } else { HintPlace::Environment(other.clone()) };
        self.0.as_ref().map(|other| Hint::new(Verb::History).in_place(place(other)))
    }
}

impl fmt::Display for Elsewhere {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.as_deref() {
            None => Ok(()),
            Some(SANDBOX) => out.write_str("; the sandbox has one: select it with `--sandbox`"),
            Some(other) => write!(out, "; the environment `{other}` has one: select it with `--env {other}`"),
        }
    }
}

/// `in the sandbox`, ``in the environment `production` ``
pub(super) fn place(sandbox: bool, environment: &str) -> String {
    if sandbox { "in the sandbox".to_owned() } else { format!("in the environment `{environment}`") }
}

/// The error of a named setting, or of the value that it was given.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum SettingError {
    #[error("there is neither a setting, a system nor a pipeline `{name}`{}", meant.as_ref().map(|meant| format!("; did you mean `{meant}`?")).unwrap_or_default())]
    NoSuchSetting { name: String, meant: Option<String> },
    #[error("several settings are called `{name}`: name one of {}", all.iter().map(|one| format!("`{one}`")).collect::<Vec<_>>().join(", "))]
    Ambiguous { name: String, all: Vec<String> },
    #[error("`{name}` is a {kind}: say which of its settings")]
    NoSetting { name: String, kind: &'static str },
    #[error("`{name}` stays as it was: {why}")]
    Refused { name: String, why: String },
    #[error("`{0}` has no value")]
    NoValue(String),
    #[error(transparent)]
    Configuration(#[from] ConfigError),
    #[error("`{0}` is not a place for a secret: keyring, file, env:VARIABLE or vault:PATH#KEY")]
    NoPlace(String),
    #[error("the secret was not kept: {0}")]
    NotKept(SecretError),
}

fn are_missing(missing: &[(String, String)]) -> String {
    let names: Vec<_> = missing.iter().map(|(system, name)| format!("`{system}.{name}`")).collect();
    match names.split_last() {
        Some((last, others)) if !others.is_empty() => format!("secrets {} and {last} are missing", others.join(", ")),
        _ => format!("secret {} is missing", names.concat()),
    }
}

/// The lines of the configuration that say where secrets are, each under its system.
fn where_secrets_are(missing: &[(String, String)], environment: &str) -> String {
    let mut said = String::new();
    let mut last = None;
    for (system, name) in missing {
        let section = if last == Some(system) { "," } else { &format!(", under [env.{environment}.{system}]:") };
        said += &format!("{section} {name} = {{ env = \"{}\" }}", variable(system, name));
        last = Some(system);
    }
    said
}

impl EngineError {
    /// The class of the error.
    #[must_use]
    pub fn class(&self) -> Class {
        match self {
            Self::Project(ProjectError::WrongFiles(_) | ProjectError::EmptyFile(_)) => Class::File,
            Self::Project(ProjectError::Unwritable { .. }) | Self::Setting(SettingError::NotKept(_)) => Class::Stopped,
            Self::Project(_)
            | Self::Setting(_)
            | Self::Open(_)
            | Self::Configuration(_)
            | Self::NoSecret { .. }
            | Self::UnusedSystem { .. }
            | Self::NotAnOrigin(_)
            | Self::NothingKnown(_)
            | Self::NoSystem(_)
            | Self::Seed(_)
            | Self::SettingsDisagree { .. }
            | Self::NoChangeSet { .. }
            | Self::AmbiguousChangeSet { .. }
            | Self::NoRuns { .. }
            | Self::NoCallInDoubt { .. }
            | Self::NoLinks(_)
            | Self::ListRefused(_)
            | Self::NothingDecided(_)
            | Self::NotHeld(_)
            | Self::NoSuchRun(_) => Class::Usage,
            Self::Paused { .. } => Class::Paused,
            Self::Cancelled => Class::Interrupted,
            Self::Declined { .. }
            | Self::OtherOrigin { .. }
            | Self::SecretOfAnother { .. }
            | Self::NotConfirmed { .. }
            | Self::WronglyConfirmed { .. }
            | Self::NothingToPublish { .. } => Class::Held,
            Self::UnreadableChangeSet { .. } | Self::OutOfDate { .. } | Self::NotDeclined { .. } => Class::OutOfDate,
            Self::Suggestion(_) => Class::File,
            Self::StandIn(error) if error.is_request() => Class::Usage,
            _ => Class::Stopped,
        }
    }

    /// The command that helps.
    #[must_use]
    pub fn hint(&self) -> Option<Hint> {
        match self {
            Self::Project(error) => error.hint(),
            Self::OtherOrigin { system, wanted, .. } | Self::SecretOfAnother { system, wanted, .. } => {
                Some(wanted.iter().fold(Hint::of(Verb::Trust, system), Hint::and))
            }
            Self::State(StateError::Moved { pipeline, .. }) => Some(Hint::of(Verb::Rebind, pipeline)),
            Self::Paused { pipeline, .. } => Some(Hint::of(Verb::Settings, pipeline)),
            Self::Declined { id, .. } => Some(Hint::of(Verb::Approve, id)),
            Self::OutOfDate { pipeline, .. } | Self::NotDeclined { pipeline, .. } | Self::NothingToPublish { pipeline, .. } => {
                Some(Hint::of(Verb::Plan, pipeline))
            }
            Self::NoRuns { elsewhere, first, .. } => {
                let plan = || first.iter().fold(Hint::new(Verb::Plan), Hint::and);
                Some(elsewhere.hint().unwrap_or_else(plan))
            }
            Self::NoSuchRun(_) => Some(Hint::new(Verb::History)),
            Self::Setting(SettingError::NoSuchSetting { meant: None, .. }) => Some(Hint::new(Verb::Settings)),
            Self::Setting(SettingError::NoSetting { name, .. } | SettingError::Refused { name, .. }) => {
                Some(Hint::of(Verb::Settings, name))
            }
            _ => None,
        }
    }
}

fn below(lines: &[String]) -> String {
    lines.iter().map(|line| format!("\n  {}", printable(line))).collect()
}

fn listed(origins: &[String]) -> String {
    origins.iter().map(|origin| format!("`{origin}`")).collect::<Vec<_>>().join(" and ")
}

/// ``they go to `https://a.example.com` (agreed by ada on 2026-03-01)``
fn so_far(trusted: &[TrustedOrigin]) -> String {
    let each =
        trusted.iter().map(|TrustedOrigin { origin, by, since }| format!("`{origin}` (agreed by {by} on {})", since.strftime("%Y-%m-%d")));
    format!("they go to {}", each.collect::<Vec<_>>().join(" and "))
}
