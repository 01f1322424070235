//! Why a call failed, and whether it may have had its effect.

use crate::compile::system::ErrorClass;

/// Why a call failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallError {
    pub class: ErrorClass,
    pub status: Option<u16>,
    /// The vendor's code.
    pub code: Option<String>,
    /// The vendor's message, redacted, or one sentence of ours.
    pub message: String,
    /// Whether the request may have had its effect.
    pub effect: Effect,
}

/// The effect of a failed request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Proved to have had none: never sent, or refused.
    None,
    /// May have happened: no answer, or a 5xx.
    Unknown,
}

impl CallError {
    /// An error before anything was sent.
    pub(super) fn unsent(class: ErrorClass, message: impl Into<String>) -> Self {
        Self { class, status: None, code: None, message: message.into(), effect: Effect::None }
    }
}

impl std::fmt::Display for CallError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for CallError {}
