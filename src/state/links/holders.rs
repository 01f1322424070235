//! Which other pipelines hold an account: it is closed when the last of them lets go.

use crate::{
    state::{StateError, Store},
    value::key::form,
};
use std::collections::HashMap;

/// The pipelines that have an open link to an account, by account, in the form in which ids are compared.
#[derive(Clone, Debug, Default)]
pub struct Holders(HashMap<String, Vec<Holder>>);

/// Another pipeline with an open link to an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holder {
    pub pipeline: String,
    /// It is no longer in the folder, so that no run of it will let go.
    pub removed: bool,
}

impl Holders {
    /// Adds a pipeline that has open links to these accounts.
    pub fn add(&mut self, holder: &Holder, accounts: impl IntoIterator<Item = String>) {
        for account in accounts {
            self.0.entry(form(&account).into_owned()).or_default().push(holder.clone());
        }
    }

    /// Whether no other pipeline holds any.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The accounts that other pipelines hold.
    pub fn accounts(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// The other pipelines that hold an account.
    #[must_use]
    pub fn of(&self, account: &str) -> &[Holder] {
        if self.0.is_empty() { &[] } else { self.0.get(&*form(account)).map_or(&[], Vec::as_slice) }
    }
}

impl Store {
    /// The other pipelines that have open links to accounts of a collection.
    ///
    /// # Errors
    /// The database fails.
    pub fn pipelines_beside(&self, pipeline: &str, target: &str) -> Result<Vec<String>, StateError> {
        let sql = "SELECT DISTINCT pipeline FROM link_sets WHERE pipeline <> ?1 AND target = ?2
                   AND EXISTS (SELECT 1 FROM links WHERE link_set = number AND life = 'open') ORDER BY pipeline";
        let mut statement = self.connection.prepare_cached(sql)?;
        let names = statement.query_map([pipeline, target], |row| row.get(0))?;
        Ok(names.collect::<Result<_, _>>()?)
    }

    /// The accounts of a collection to which a pipeline has open links.
    ///
    /// # Errors
    /// The database fails.
    pub fn accounts_held_by(&self, pipeline: &str, target: &str) -> Result<Vec<String>, StateError> {
        let sql = "SELECT links.target FROM links JOIN link_sets ON number = link_set
                   WHERE pipeline = ?1 AND link_sets.target = ?2 AND life = 'open'";
        let mut statement = self.connection.prepare_cached(sql)?;
        let accounts = statement.query_map([pipeline, target], |row| row.get(0))?;
        Ok(accounts.collect::<Result<_, _>>()?)
    }

    /// The other pipelines that have an open link to an account at this moment. `set`: the link set that asks.
    ///
    /// # Errors
    /// The database fails.
    pub fn holders_of(&self, set: &str, account: &str) -> Result<Vec<String>, StateError> {
        let sql = "SELECT DISTINCT other.pipeline FROM link_sets AS own
                   JOIN link_sets AS other ON other.target = own.target AND other.pipeline <> own.pipeline
                   JOIN links ON links.link_set = other.number
                   WHERE own.id = ?1 AND links.target IN (?2, ?3) AND life = 'open' ORDER BY other.pipeline";
        let mut statement = self.connection.prepare_cached(sql)?;
        let names = statement.query_map([set, account, &*form(account)], |row| row.get(0))?;
        Ok(names.collect::<Result<_, _>>()?)
    }
}
