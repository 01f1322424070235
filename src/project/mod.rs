//! A folder with pipelines and one environment of it: configuration, secrets, unsaved texts, discovered attributes.
//!
//! In: a [`Host`](crate::host::Host) and [`ProjectOptions`]. Out: a [`Project`] that finds its pipelines by name or file and compiles them.
//! `folder` is the middle; `config` and `secrets` are what `counterpart.toml` says; `hint` and `error` are what goes wrong and helps.

pub mod config;
pub mod config_edit;
pub mod discovery_cache;
pub mod error;
pub mod folder;
pub mod hint;
pub mod overlay;
pub mod secrets;
pub mod unknown_keys;

pub use crate::check::PipelineRef;
pub use error::{ConfigError, ProjectError};
pub use folder::{Project, ProjectOptions};
pub use hint::{Hint, HintPlace, Verb};
pub use overlay::{Files, Overlay};
