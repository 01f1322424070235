//! Claims: records without an account of their own that claim one which is linked to another record. They are remembered until they are
//! shown to be gone, because a list that leaves somebody out for a night proves nothing.

use super::link::Absence;
use crate::state::{
    error::StateError,
    sql::{parsed_if_there, text},
    store::{Store, Transaction},
};
use rusqlite::{Row, params};
use serde::{Deserialize, Serialize};

/// A record that claims an account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claim {
    pub key: String,
    /// The account's id.
    pub target: String,
    /// How long the record has not been seen.
    pub absence: Absence,
}

impl Store {
    /// All claims of a link set.
    ///
    /// # Errors
    /// The database fails.
    pub fn claims(&self, set: &str) -> Result<Vec<Claim>, StateError> {
        let sql = "SELECT key, target, absent_runs, absent_first, absent_last FROM claims
                   WHERE link_set = (SELECT number FROM link_sets WHERE id = ?1) ORDER BY key, target";
        let mut statement = self.connection.prepare(sql)?;
        let claims = statement.query_map([set], claim_of)?;
        Ok(claims.collect::<Result<_, _>>()?)
    }
}

impl Store {
    /// The claims of other pipelines on accounts of a collection, each with its pipeline.
    ///
    /// # Errors
    /// The database fails.
    pub fn claims_beside(&self, pipeline: &str, target: &str) -> Result<Vec<(String, Claim)>, StateError> {
        let sql = "SELECT claims.key, claims.target, absent_runs, absent_first, absent_last, pipeline
                   FROM claims JOIN link_sets ON number = link_set
                   WHERE pipeline <> ?1 AND link_sets.target = ?2
                   AND NOT EXISTS (SELECT 1 FROM links WHERE links.link_set = number AND links.key = claims.key AND links.target = claims.target)
                   ORDER BY pipeline, claims.key, claims.target";
        let mut statement = self.connection.prepare_cached(sql)?;
        let claims = statement.query_map([pipeline, target], |row| Ok((row.get(5)?, claim_of(row)?)))?;
        Ok(claims.collect::<Result<_, _>>()?)
    }
}

impl Transaction<'_> {
    /// Stores the claims of a link set in place of those before.
    ///
    /// # Errors
    /// The database fails.
    pub fn set_claims(&self, set: &str, claims: &[Claim]) -> Result<(), StateError> {
        self.0.execute("DELETE FROM claims WHERE link_set = (SELECT number FROM link_sets WHERE id = ?1)", [set])?;
        let sql = "INSERT INTO claims SELECT number, ?2, ?3, ?4, ?5, ?6 FROM link_sets WHERE id = ?1";
        for Claim { key, target, absence } in claims {
            let columns = params![set, key, target, absence.runs, absence.first.map(text), absence.last.map(text)];
            self.0.prepare_cached(sql)?.execute(columns)?;
        }
        Ok(())
    }
}

impl Transaction<'_> {
    /// Stores claims that are new, and leaves those that are known as they are.
    ///
    /// # Errors
    /// The database fails.
    pub fn add_claims(&self, set: &str, claims: &[Claim]) -> Result<(), StateError> {
        let sql = "INSERT OR IGNORE INTO claims (link_set, key, target) SELECT number, ?2, ?3 FROM link_sets WHERE id = ?1";
        for Claim { key, target, .. } in claims {
            self.0.prepare_cached(sql)?.execute(params![set, key, target])?;
        }
        Ok(())
    }
}

fn claim_of(row: &Row<'_>) -> rusqlite::Result<Claim> {
    let absence = Absence { runs: row.get(2)?, first: parsed_if_there(row, 3)?, last: parsed_if_there(row, 4)? };
    Ok(Claim { key: row.get(0)?, target: row.get(1)?, absence })
}
