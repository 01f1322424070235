//! The origins that a system's secrets may be sent to, with the person who agreed.

use super::{
    error::StateError,
    facts::{fact, set_fact},
    store::{Store, Transaction},
};
use jiff::Timestamp;
use rusqlite::Connection;
use serde::{Deserialize, Serialize};

/// One origin, such as `https://api.example.com`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrustedOrigin {
    pub origin: String,
    /// Who agreed: by publishing a first change set, or by name.
    pub by: String,
    pub since: Timestamp,
}

impl Store {
    /// The origins that a system's secrets may be sent to; none before anything was published.
    ///
    /// # Errors
    /// The database fails.
    pub fn trusted_origins(&self, system: &str) -> Result<Vec<TrustedOrigin>, StateError> {
        trusted(&self.connection, system)
    }
}

impl Transaction<'_> {
    /// Remembers where a system's secrets go, unless something is remembered already.
    ///
    /// # Errors
    /// The database fails.
    pub fn trust_first(&self, system: &str, origins: &[String], by: &str, now: Timestamp) -> Result<(), StateError> {
        if origins.is_empty() || !trusted(&self.0, system)?.is_empty() {
            return Ok(());
        }
        self.trust(system, origins, by, now)
    }

    /// Makes these the origins that a system's secrets may be sent to. One that was known keeps its person and time.
    ///
    /// # Errors
    /// The database fails.
    pub fn trust(&self, system: &str, origins: &[String], by: &str, now: Timestamp) -> Result<(), StateError> {
        let known = trusted(&self.0, system)?;
        let new = |origin: &String| TrustedOrigin { origin: origin.clone(), by: by.to_owned(), since: now };
        let kept = |origin: &String| known.iter().find(|known| known.origin == *origin).cloned().unwrap_or_else(|| new(origin));
        let all: Vec<_> = origins.iter().map(kept).collect();
        set_fact(&self.0, &name(system), &serde_json::to_string(&all).unwrap_or_default())
    }
}

/// A fact whose content can't be read trusts nothing, and is not taken for one that is missing.
fn trusted(connection: &Connection, system: &str) -> Result<Vec<TrustedOrigin>, StateError> {
    let Some(text) = fact(connection, &name(system))? else { return Ok(Vec::new()) };
    let nowhere = || vec![TrustedOrigin { origin: String::new(), by: String::new(), since: Timestamp::UNIX_EPOCH }];
    Ok(serde_json::from_str(&text).unwrap_or_else(|_| nowhere()))
}

fn name(system: &str) -> String {
    format!("origins of {system}")
}
