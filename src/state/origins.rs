//! The origins that a system's secrets may be sent to, with the person who agreed, and which secrets that agreement is about.

use super::{
    error::StateError,
    facts::{fact, facts_of, set_fact},
    store::{Store, Transaction, connect},
};
use crate::host::Host;
use jiff::Timestamp;
use rusqlite::Connection;
use serde::{Deserialize, Serialize};
use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

/// One origin, such as `https://api.example.com`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrustedOrigin {
    pub origin: String,
    /// Who agreed: by publishing a first change set, or by name.
    pub by: String,
    pub since: Timestamp,
}

/// The secrets that an agreement is about: of each a hash of where it is kept, which is the same by whatever name a system calls it.
pub type Kept = BTreeSet<String>;

/// What was agreed on for one system.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Agreement {
    /// None where nothing was agreed on.
    pub origins: Vec<TrustedOrigin>,
    pub secrets: Kept,
}

impl Agreement {
    /// Whether it lets secrets go to all of these origins.
    #[must_use]
    pub fn covers(&self, wanted: &[String]) -> bool {
        wanted.iter().all(|wanted| self.origins.iter().any(|trusted| trusted.origin == *wanted))
    }
}

/// The agreements of the state in a folder, by system; none where there is no state, or none that can be read.
#[must_use]
pub fn agreements_in(host: &Host, folder: &Path) -> BTreeMap<String, Agreement> {
    let database = folder.join("state.db");
    if !host.disk().is_file(&database) {
        return BTreeMap::new();
    }
    connect(host, &database).ok().and_then(|connection| agreements(&connection).ok()).unwrap_or_default()
}

impl Store {
    /// What was agreed on for each system.
    ///
    /// # Errors
    /// The database fails.
    pub fn agreements(&self) -> Result<BTreeMap<String, Agreement>, StateError> {
        agreements(&self.connection)
    }

    /// The origins that a system's secrets may be sent to; none before anything was published.
    ///
    /// # Errors
    /// The database fails.
    pub fn trusted_origins(&self, system: &str) -> Result<Vec<TrustedOrigin>, StateError> {
        trusted(&self.connection, system)
    }
}

impl Transaction<'_> {
    /// Remembers where a system's secrets go, unless something is remembered already, and that these are among its secrets.
    ///
    /// # Errors
    /// The database fails.
    pub fn trust_first(&self, system: &str, origins: &[String], secrets: &Kept, by: &str, now: Timestamp) -> Result<(), StateError> {
        if origins.is_empty() {
            return Ok(());
        }
        if trusted(&self.0, system)?.is_empty() {
            return self.trust(system, origins, secrets, by, now);
        }
        let all = kept(&self.0, system)?.union(secrets).cloned().collect();
        self.keep(system, &all)
    }

    /// Makes these the origins that a system's secrets may be sent to, and these the secrets. An origin that was known keeps its person
    /// and time.
    ///
    /// # Errors
    /// The database fails.
    pub fn trust(&self, system: &str, origins: &[String], secrets: &Kept, by: &str, now: Timestamp) -> Result<(), StateError> {
        let known = trusted(&self.0, system)?;
        let new = |origin: &String| TrustedOrigin { origin: origin.clone(), by: by.to_owned(), since: now };
        let kept = |origin: &String| known.iter().find(|known| known.origin == *origin).cloned().unwrap_or_else(|| new(origin));
        let all: Vec<_> = origins.iter().map(kept).collect();
        set_fact(&self.0, &name(system), &serde_json::to_string(&all).unwrap_or_default())?;
        self.keep(system, secrets)
    }

    fn keep(&self, system: &str, secrets: &Kept) -> Result<(), StateError> {
        set_fact(&self.0, &format!("{SECRETS_OF}{system}"), &serde_json::to_string(secrets).unwrap_or_default())
    }
}

/// A fact whose content can't be read trusts nothing, and is not taken for one that is missing.
fn trusted(connection: &Connection, system: &str) -> Result<Vec<TrustedOrigin>, StateError> {
    Ok(fact(connection, &name(system))?.map(|text| read(&text)).unwrap_or_default())
}

fn read(origins: &str) -> Vec<TrustedOrigin> {
    let nowhere = || vec![TrustedOrigin { origin: String::new(), by: String::new(), since: Timestamp::UNIX_EPOCH }];
    serde_json::from_str(origins).unwrap_or_else(|_| nowhere())
}

fn kept(connection: &Connection, system: &str) -> Result<Kept, StateError> {
    let text = fact(connection, &format!("{SECRETS_OF}{system}"))?;
    Ok(text.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default())
}

fn agreements(connection: &Connection) -> Result<BTreeMap<String, Agreement>, StateError> {
    let mut all: BTreeMap<String, Agreement> = BTreeMap::new();
    for (system, text) in facts_of(connection, ORIGINS_OF)? {
        let secrets = kept(connection, &system)?;
        all.insert(system, Agreement { origins: read(&text), secrets });
    }
    Ok(all)
}

const ORIGINS_OF: &str = "origins of ";
const SECRETS_OF: &str = "secrets of ";

fn name(system: &str) -> String {
    format!("{ORIGINS_OF}{system}")
}
