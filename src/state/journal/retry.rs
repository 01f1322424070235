//! What a person says about records that wait: that they are tried again, or what became of a call.

use crate::state::{error::StateError, store::Store};
use jiff::Timestamp;
use rusqlite::params;

/// The link sets of a pipeline.
const OF_PIPELINE: &str = "link_set IN (SELECT number FROM link_sets WHERE pipeline = ?1)";

impl Store {
    /// Lifts what keeps records of a pipeline from being written: refusals, and values that the target did not keep. All
    /// records, if no key is named; whoever a person left out is let go by name alone. Returns how many waited.
    ///
    /// # Errors
    /// The database fails.
    pub fn retry(&self, pipeline: &str, keys: &[String], now: Timestamp) -> Result<u64, StateError> {
        let transaction = self.transaction()?;
        let is_asked = |key: &str| keys.is_empty() || keys.iter().any(|asked| asked == key);
        let mut waited: Vec<String> = Vec::new();
        for set in self.link_sets_of(pipeline)? {
            for key in self.refused(&set)?.into_keys().filter(|key| is_asked(key)) {
                transaction.set_refused(&set, &key, None)?;
                waited.push(key);
            }
            for link in self.links(&set)?.iter().filter(|link| is_asked(&link.key)) {
                let mut link = link.clone();
                if link.bases.try_again() {
                    transaction.put_link(&set, &link)?;
                    waited.push(link.key);
                }
            }
        }
        for key in transaction.let_go(pipeline, keys, now)? {
            waited.push(key);
        }
        transaction.commit()?;
        waited.sort_unstable();
        waited.dedup();
        Ok(waited.len() as u64)
    }

    fn link_sets_of(&self, pipeline: &str) -> Result<Vec<String>, StateError> {
        let mut statement = self.connection.prepare("SELECT id FROM link_sets WHERE pipeline = ?1")?;
        let rows = statement.query_map([pipeline], |row| row.get(0))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Says what became of a call that was never answered: it was made, or the next run makes it. Returns whether there was one.
    ///
    /// # Errors
    /// The database fails.
    pub fn resend(&self, pipeline: &str, key: &str, call: &str, made: bool) -> Result<bool, StateError> {
        let is_it = format!(
            "{OF_PIPELINE} AND key = ?2 AND state = 'perhaps' AND (effect = 'call ' || ?3 OR effect GLOB 'call ' || ?3 || ', stage *')"
        );
        let transaction = self.transaction()?;
        let done = match made {
            true => transaction.0.execute(&format!("UPDATE effects SET state = 'sent' WHERE {is_it}"), params![pipeline, key, call])?,
            false => {
                // Whoever has left already is not planned again, so the call is remembered as a step that remains.
                let left = format!(
                    "INSERT INTO pending_steps SELECT link_set, key, json_array(json_object('call', json_object('name', ?3,
                       'once', json(CASE once WHEN 1 THEN 'true' ELSE 'false' END)))) FROM effects WHERE {is_it}
                     AND EXISTS (SELECT 1 FROM links WHERE links.link_set = effects.link_set AND links.key = ?2 AND life = 'left')
                     ON CONFLICT (link_set, key) DO UPDATE SET steps = json_insert(steps, '$[#]', json_extract(excluded.steps, '$[0]'))
                     WHERE NOT EXISTS (SELECT 1 FROM json_each(pending_steps.steps) WHERE json_extract(value, '$.call.name') = ?3)"
                );
                transaction.0.execute(&left, params![pipeline, key, call])?;
                transaction.0.execute(&format!("DELETE FROM effects WHERE {is_it}"), params![pipeline, key, call])?
            }
        };
        transaction.commit()?;
        Ok(done > 0)
    }
}
