//! A setting, its value and choices, and the answers of systems.

use crate::{
    compile::SettingUse,
    engine::{Class, EngineError},
    project::{Hint, Verb, config::FILE},
    value::Kind,
};
use std::{collections::BTreeSet, time::Duration};

/// A setting or a secret, with its value and choices.
#[derive(Clone, Debug)]
pub struct Entry {
    /// `lucca.domain`
    pub name: String,
    pub used: SettingUse,
    /// The pipelines that use it.
    pub pipelines: Vec<String>,
    /// Where a secret is kept.
    pub stored_in: Option<String>,
    /// The error of the value, or why a secret can't be fetched.
    pub wrong: Option<String>,
    /// The choices in the system, or why it could not be asked.
    pub live: Option<Result<Vec<Choice>, EngineError>>,
}

/// One choice of a setting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    pub value: String,
    pub words: Option<String>,
}

/// The answer of a system to `verify`.
#[derive(Clone, Debug)]
pub struct Verified {
    pub system: String,
    /// The name of our account there, and the duration; no duration if nothing had to be asked.
    pub answer: Result<(String, Option<Duration>), (Class, String)>,
    /// The secrets that the requests carried, if they were answered.
    pub tried: BTreeSet<String>,
}

impl Verified {
    /// The check failed.
    pub fn failed(system: &str, why: &EngineError) -> Self {
        Self { system: system.to_owned(), answer: Err((why.class(), why.to_string())), tried: BTreeSet::new() }
    }

    /// It was asked, and refused or did not answer.
    pub fn unanswered(system: &str, why: String) -> Self {
        Self { system: system.to_owned(), answer: Err((Class::Stopped, why)), tried: BTreeSet::new() }
    }
}

/// Whether a setting is valid.
pub enum State<'e> {
    Ok,
    Wrong(&'e str),
    Missing,
    /// Why it is unknown.
    Unknown(&'e EngineError),
}

impl Entry {
    /// Whether a pipeline has it.
    #[must_use]
    pub fn is_of(&self, pipeline: &str) -> bool {
        self.pipelines.iter().any(|one| one == pipeline)
    }

    /// The section of the file that holds it: a system or a pipeline; none for what pipelines share.
    #[must_use]
    pub fn section(&self) -> Option<&str> {
        let pipeline = || if self.used.shared { None } else { self.pipelines.first().map(String::as_str) };
        self.used.system.as_deref().or_else(pipeline)
    }

    /// Whether it is valid, if the system was asked.
    #[must_use]
    pub fn state(&self, sandbox: bool) -> State<'_> {
        match (&self.wrong, &self.live) {
            (Some(why), _) => State::Wrong(why),
            _ if self.is_open() && !(sandbox && self.used.secret) => State::Missing,
            (None, Some(Err(why))) if self.used.given => State::Unknown(why),
            _ => State::Ok,
        }
    }

    /// Whether it needs a value, and has none.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.used.required && if self.used.secret { self.stored_in.is_none() } else { self.used.value.is_none() }
    }

    /// The command that sets it; it prompts for a secret.
    #[must_use]
    pub fn set_by(&self) -> Hint {
        let hint = Hint::of(Verb::SetSetting, &self.name);
        if self.used.secret { hint } else { hint.and("VALUE") }
    }

    pub fn kind(&self) -> String {
        match &self.used.kind {
            _ if self.used.secret => "secret".to_owned(),
            Kind::Bool => "true or false".to_owned(),
            kind => kind.to_string(),
        }
    }

    pub fn value(&self, sandbox: bool) -> String {
        match (&self.used.value, self.used.secret) {
            (_, true) if sandbox || self.stored_in.is_some() => "••••".to_owned(),
            (Some(value), false) => value.clone(),
            _ if self.used.required => "not set".to_owned(),
            _ => "none".to_owned(),
        }
    }

    pub fn source(&self, sandbox: bool) -> String {
        match (&self.stored_in, self.used.secret) {
            (_, true) if sandbox => "sandbox".to_owned(),
            (Some(stored_in), true) => stored_in.clone(),
            _ if self.used.given => FILE.to_owned(),
            // It has no default, so the sandbox has made it up.
            _ if sandbox && self.used.required && self.used.value.is_some() => "sandbox".to_owned(),
            _ if self.used.value.is_some() => "default".to_owned(),
            _ => String::new(),
        }
    }

    /// Its choices, if they are declared or the system was asked.
    pub fn choices(&self) -> Vec<Choice> {
        let declared = self.used.choices.iter().map(|(value, words)| Choice { value: value.clone(), words: words.clone() });
        let live = self.live.iter().flatten().flatten().cloned();
        declared.chain(live).collect()
    }

    pub fn owner(&self) -> String {
        self.section().unwrap_or_default().to_owned()
    }
}
