//! Effects on a person, each at most once: a welcome e-mail, a call marked `once`, an action of a stage.
//!
//! A row becomes durable together with the intent, so that a crash can't cause the effect twice. It is deleted only on proof
//! that nothing was sent. If an account is created again after the old one ceased to exist, a new life begins, in which every
//! effect is allowed once more.

use crate::{
    state::{
        error::StateError,
        store::{Store, Transaction},
    },
    value::key::form,
};
use rusqlite::{OptionalExtension, params};

/// The state of an effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EffectState {
    /// About to be sent.
    Open,
    Sent,
    /// Sent, and it is unknown whether it arrived.
    Perhaps,
}

impl EffectState {
    const fn word(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Sent => "sent",
            Self::Perhaps => "perhaps",
        }
    }
}

const OF_PERSON: &str = "link_set = (SELECT number FROM link_sets WHERE id = ?1) AND key = ?2
    AND life = (SELECT coalesce(max(life), 1) FROM effects e WHERE e.link_set = effects.link_set AND e.key = effects.key)";

impl Transaction<'_> {
    /// Whether an effect happened, or may have happened, in the present life of a person.
    ///
    /// # Errors
    /// The database fails.
    pub fn had_effect(&self, set: &str, key: &str, effect: &str) -> Result<bool, StateError> {
        let sql = format!("SELECT 1 FROM effects WHERE {OF_PERSON} AND effect = ?3");
        Ok(self.0.prepare_cached(&sql)?.query_row([set, key, effect], |_| Ok(())).optional()?.is_some())
    }

    /// Whether an effect that happens once happened, or may have happened, to an account for another pipeline that links it.
    ///
    /// # Errors
    /// The database fails.
    pub fn had_effect_elsewhere(&self, set: &str, account: &str, effect: &str) -> Result<bool, StateError> {
        let sql = "SELECT 1 FROM link_sets AS own
                   JOIN link_sets AS other ON other.target = own.target AND other.pipeline <> own.pipeline
                   JOIN links ON links.link_set = other.number AND links.life <> 'retired'
                   JOIN effects ON effects.link_set = other.number AND effects.key = links.key
                   WHERE own.id = ?1 AND links.target IN (?2, ?3) AND effects.effect = ?4 AND effects.once = 1
                   AND effects.life = (SELECT max(life) FROM effects e WHERE e.link_set = effects.link_set AND e.key = effects.key)";
        let mut statement = self.0.prepare_cached(sql)?;
        Ok(statement.query_row([set, account, &*form(account), effect], |_| Ok(())).optional()?.is_some())
    }

    /// Records that an effect is about to happen. Effects that are not `once` are deleted when their operation is done.
    ///
    /// # Errors
    /// The database fails.
    pub fn open_effect(&self, set: &str, key: &str, effect: &str, once: bool, run: i64) -> Result<(), StateError> {
        let sql = "INSERT OR REPLACE INTO effects SELECT number, ?2,
                     coalesce((SELECT max(life) FROM effects WHERE link_set = number AND key = ?2), 1), ?3, ?4, ?5, 'open'
                   FROM link_sets WHERE id = ?1";
        self.0.prepare_cached(sql)?.execute(params![set, key, effect, once, run])?;
        Ok(())
    }

    /// Records the outcome of an effect that was about to happen.
    ///
    /// # Errors
    /// The database fails.
    pub fn set_effect(&self, set: &str, key: &str, effect: &str, state: EffectState) -> Result<(), StateError> {
        let sql = format!("UPDATE effects SET state = ?4 WHERE {OF_PERSON} AND effect = ?3");
        self.0.prepare_cached(&sql)?.execute([set, key, effect, state.word()])?;
        Ok(())
    }

    /// Deletes an effect, because it is proved that nothing was sent.
    ///
    /// # Errors
    /// The database fails.
    pub fn give_effect_back(&self, set: &str, key: &str, effect: &str) -> Result<(), StateError> {
        let sql = format!("DELETE FROM effects WHERE {OF_PERSON} AND effect = ?3 AND state = 'open'");
        self.0.prepare_cached(&sql)?.execute([set, key, effect])?;
        Ok(())
    }

    /// Deletes all effects of a person that were about to happen: a complete read will show whether the account exists.
    ///
    /// # Errors
    /// The database fails.
    pub fn forget_open_effects(&self, set: &str, key: &str) -> Result<(), StateError> {
        let sql = "DELETE FROM effects WHERE link_set = (SELECT number FROM link_sets WHERE id = ?1) AND key = ?2 AND state = 'open'";
        self.0.prepare_cached(sql)?.execute([set, key])?;
        Ok(())
    }

    /// Deletes the effects of an operation that is done, except those marked `once`, and those of which nobody knows whether they happened.
    ///
    /// # Errors
    /// The database fails.
    pub fn forget_repeatable_effects(&self, set: &str, key: &str) -> Result<(), StateError> {
        let sql = "DELETE FROM effects WHERE link_set = (SELECT number FROM link_sets WHERE id = ?1) AND key = ?2 AND once = 0 AND state <> 'perhaps'";
        self.0.prepare_cached(sql)?.execute([set, key])?;
        Ok(())
    }

    /// Begins a new life of a person whose account ceased to exist: every effect is allowed once more.
    ///
    /// # Errors
    /// The database fails.
    pub fn begin_life(&self, set: &str, key: &str) -> Result<(), StateError> {
        let sql =
            "INSERT INTO effects SELECT number, ?2, coalesce((SELECT max(life) FROM effects WHERE link_set = number AND key = ?2), 1) + 1,
                     'life', 1, 0, 'sent' FROM link_sets WHERE id = ?1";
        self.0.prepare_cached(sql)?.execute([set, key])?;
        Ok(())
    }
}

impl Store {
    /// Effects of a link set that may not have happened: the key, and the effect.
    ///
    /// # Errors
    /// The database fails.
    pub fn perhaps(&self, set: &str) -> Result<Vec<(String, String)>, StateError> {
        let sql = "SELECT key, effect FROM effects WHERE state = 'perhaps' AND link_set = (SELECT number FROM link_sets WHERE id = ?1)";
        let mut statement = self.connection.prepare(sql)?;
        let rows = statement.query_map([set], |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}
