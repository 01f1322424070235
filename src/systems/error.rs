//! Why a system can't be opened; why a call failed, and whether it may have had its effect.

use super::http::{AddressError, auth::CertificateError};
use crate::{compile::system::ErrorClass, value::Fault};
use thiserror::Error;

/// Why a system can't be opened. Nothing was sent.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum OpenError {
    /// Required secrets without a value.
    #[error("{}", no_value(system, secrets))]
    MissingSecrets { system: String, secrets: Vec<String> },
    #[error("the base address of `{system}` {why}")]
    Base { system: String, why: AddressError },
    /// The base address comes with a token, and nothing signs in.
    #[error("the base address of `{0}` comes with its token, and no token call applies with these settings")]
    NoToken(String),
    /// The condition of a way to sign in can't be evaluated.
    #[error("the sign-in of `{system}`: {why}")]
    SignIn { system: String, why: Box<Fault> },
    #[error("the token address of `{system}` {why}")]
    TokenAddress { system: String, why: AddressError },
    #[error("the client certificate of `{system}` {why}")]
    Certificate { system: String, why: CertificateError },
    /// The host gives no HTTP client.
    #[error("`{system}` can't be opened: {why}")]
    NoClient { system: String, why: String },
}

fn no_value(system: &str, secrets: &[String]) -> String {
    match secrets {
        [one] => format!("the secret `{system}.{one}` has no value: say in `counterpart.toml` where it is kept"),
        several => {
            let names: Vec<_> = several.iter().map(|name| format!("`{system}.{name}`")).collect();
            format!("the secrets {} have no value: say in `counterpart.toml` where they are kept", names.join(" and "))
        }
    }
}

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
    /// Never sent, because this system has refused all requests of the run.
    Unsent,
    /// Proved to have had none: never sent, or refused.
    None,
    /// May have happened: no answer, or a 5xx.
    Unknown,
}

impl CallError {
    /// An error before anything was sent.
    pub(crate) fn unsent(class: ErrorClass, message: impl Into<String>) -> Self {
        Self { class, status: None, code: None, message: message.into(), effect: Effect::None }
    }

    /// Whether the request could not even be made: the other side has refused nothing, and never saw it.
    #[must_use]
    pub fn is_unmade(&self) -> bool {
        self.class == ErrorClass::Invalid && self.status.is_none() && self.effect == Effect::None
    }
}

impl std::fmt::Display for CallError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for CallError {}
