//! Accounts that a run has proved to be missing. A pipeline that refers to these people does not read them, and can't see it by itself.

use super::link::{Life, Link, Links};
use crate::state::{
    error::StateError,
    facts::{fact, set_fact},
    store::{Store, Transaction},
};
use jiff::Timestamp;
use rusqlite::{OptionalExtension, params};
use std::collections::BTreeMap;

/// By the key of the link: the account that was missing. If the link has another one by now, that one is not.
pub type MissingAccounts = BTreeMap<String, String>;

impl Store {
    /// The accounts of a link set that were missing in the last run that looked for them.
    ///
    /// # Errors
    /// The database fails.
    pub fn missing_accounts(&self, set: &str) -> Result<MissingAccounts, StateError> {
        let known = fact(&self.connection, &fact_of(set))?;
        Ok(known.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default())
    }

    /// The links of a pipeline that has these ends, as references see them: one whose account is missing has ended.
    ///
    /// # Errors
    /// The database fails.
    pub fn usable_links_between(&self, pipeline: &str, source: Option<&str>, target: Option<&str>) -> Result<Option<Links>, StateError> {
        let Some(set) = self.newest_between(pipeline, source, target)? else { return Ok(None) };
        let mut links = self.links(&set)?;
        for (key, account) in self.missing_accounts(&set)? {
            if let Some(link) = links.of_key(&key).filter(|link| link.target == account).cloned() {
                links.insert(Link { life: Life::Retired { since: Timestamp::UNIX_EPOCH }, ..link });
            }
        }
        Ok(Some(links))
    }

    /// The account of a record of any pipeline, by that pipeline's newest link set; none if it is not linked, if it left for good, or if its
    /// account is missing.
    ///
    /// # Errors
    /// The database fails.
    pub fn counterpart(&self, pipeline: &str, key: &str) -> Result<Option<String>, StateError> {
        let sql = "SELECT links.target, link_sets.id FROM links JOIN link_sets ON number = link_set
                   WHERE pipeline = ?1 AND key = ?2 AND life <> 'retired' ORDER BY number DESC LIMIT 1";
        let mut statement = self.connection.prepare_cached(sql)?;
        let row = statement.query_row([pipeline, key], |row| Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?)));
        let Some((account, set)) = row.optional()? else { return Ok(None) };
        let is_missing = self.missing_accounts(&set)?.get(key) == Some(&account);
        Ok(Some(account).filter(|_| !is_missing))
    }
}

impl Transaction<'_> {
    /// Remembers which accounts of a link set are missing.
    ///
    /// # Errors
    /// The database fails.
    pub fn set_missing_accounts(&self, set: &str, missing: &MissingAccounts) -> Result<(), StateError> {
        if missing.is_empty() {
            self.0.execute("DELETE FROM facts WHERE name = ?1", [fact_of(set)])?;
            return Ok(());
        }
        set_fact(&self.0, &fact_of(set), &serde_json::json!(missing).to_string())
    }

    /// Forgets that the account of a record was missing.
    pub(in crate::state) fn forget_missing(&self, pipeline: &str, key: &str) -> Result<(), StateError> {
        let mut sets = self.0.prepare("SELECT id FROM link_sets WHERE pipeline = ?1")?;
        let sets: Vec<String> = sets.query_map(params![pipeline], |row| row.get(0))?.collect::<Result<_, _>>()?;
        for set in sets {
            let Some(text) = fact(&self.0, &fact_of(&set))? else { continue };
            let mut missing: MissingAccounts = serde_json::from_str(&text).unwrap_or_default();
            missing.remove(key);
            self.set_missing_accounts(&set, &missing)?;
        }
        Ok(())
    }
}

fn fact_of(set: &str) -> String {
    format!("missing accounts of {set}")
}
