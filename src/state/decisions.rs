//! Decisions: what people said about single records, by name. They are never widened to anybody else.

use super::{
    error::StateError,
    links::link::{Absence, Life, Link},
    sql::{parsed, parsed_if_there, text},
    store::{Store, Transaction},
};
use crate::value::key::form;
use jiff::{SignedDuration, Timestamp};
use rusqlite::{OptionalExtension, Row, params};
use std::{collections::HashMap, fmt, str::FromStr};
use thiserror::Error;

/// What is done with a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Choice {
    /// It belongs to this account.
    Link,
    /// It belongs to none of the accounts there are: it gets a new one, and claims none.
    New,
    /// It leaves, although something speaks against it.
    Leave,
    /// It does not belong to its account, and nothing is created for it.
    Unlink,
    /// Its account is missing, and is created again.
    Recreate,
    /// Link and account stay as they are, and nobody is asked again until the question changes.
    Keep,
    /// Nothing is written for it until somebody decides otherwise.
    Wait,
}

impl Choice {
    /// All of them, in the order in which they are offered.
    pub const ALL: [Self; 7] = [Self::Link, Self::New, Self::Leave, Self::Recreate, Self::Unlink, Self::Keep, Self::Wait];

    /// The word on the command line and in the state.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Link => "link",
            Self::New => "new",
            Self::Leave => "leave",
            Self::Unlink => "unlink",
            Self::Recreate => "recreate",
            Self::Keep => "keep",
            Self::Wait => "wait",
        }
    }
}

impl fmt::Display for Choice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// A word that is no choice.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("`{0}` is not a choice: write link, new, leave, recreate, unlink, keep or wait")]
pub struct NoChoice(pub String);

impl FromStr for Choice {
    type Err = NoChoice;

    fn from_str(word: &str) -> Result<Self, NoChoice> {
        Self::ALL.into_iter().find(|choice| choice.word() == word).ok_or_else(|| NoChoice(word.to_owned()))
    }
}

/// What a person decided about a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    pub key: String,
    pub choice: Choice,
    /// The account that it is about.
    pub account: Option<String>,
    /// A keyed hash of the question that was answered, as [`crate::run::change_set::hash::Digester::question`] makes it; several, with blanks
    /// between them, of a leave that more than one doubt held.
    pub question: Option<String>,
    pub by: String,
    pub made: Timestamp,
    /// In the words of the person; may be empty.
    pub why: String,
}

impl Decision {
    /// `link 83021`, `keep`
    #[must_use]
    pub fn words(&self) -> String {
        match (&self.account, self.choice) {
            (Some(account), Choice::Link | Choice::Unlink) => format!("{} {account}", self.choice),
            _ => self.choice.to_string(),
        }
    }

    /// Whether it was made about this question.
    #[must_use]
    pub fn answers(&self, question: &str) -> bool {
        self.question.iter().flat_map(|all| all.split(' ')).any(|answered| answered == question)
    }

    /// `anna left it out on 2026-03-02: asked HR`
    #[must_use]
    pub fn left_out_words(&self) -> String {
        let why = if self.why.is_empty() { String::new() } else { format!(": {}", self.why) };
        format!("{} left it out on {}{why}", self.by, self.made.strftime("%Y-%m-%d"))
    }
}

/// The decisions of a link set that are in force, by key.
#[derive(Clone, Debug, Default)]
pub struct Decisions(HashMap<String, Decision>);

impl Decisions {
    /// What was decided about a record.
    #[must_use]
    pub fn of_key(&self, key: &str) -> Option<&Decision> {
        if self.0.is_empty() { None } else { self.0.get(&*form(key)) }
    }

    /// All of them, in the order of their keys.
    #[must_use]
    pub fn all(&self) -> Vec<&Decision> {
        let mut all: Vec<&Decision> = self.0.values().collect();
        all.sort_unstable_by(|one, other| one.key.cmp(&other.key));
        all
    }
}

impl FromIterator<Decision> for Decisions {
    fn from_iter<T: IntoIterator<Item = Decision>>(all: T) -> Self {
        Self(all.into_iter().map(|decision| (form(&decision.key).into_owned(), decision)).collect())
    }
}

/// A decision in the history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PastDecision {
    pub pipeline: String,
    pub decision: Decision,
    /// When it was carried out or replaced; `None` while it is in force.
    pub ended: Option<Timestamp>,
}

const COLUMNS: &str = "key, choice, account, question, made_by, made, why";

impl Store {
    /// The decisions of a link set that are in force.
    ///
    /// # Errors
    /// The database fails.
    pub fn decisions(&self, set: &str) -> Result<Decisions, StateError> {
        let sql = format!(
            "SELECT {COLUMNS} FROM decisions WHERE ended IS NULL AND link_set = (SELECT number FROM link_sets WHERE id = ?1) ORDER BY number"
        );
        let mut statement = self.connection.prepare(&sql)?;
        let all = statement.query_map([set], decision_of)?;
        Ok(all.collect::<Result<_, _>>()?)
    }

    /// The last decisions of a pipeline, or of all, the newest first.
    ///
    /// # Errors
    /// The database fails.
    pub fn past_decisions(&self, pipeline: Option<&str>, last: usize) -> Result<Vec<PastDecision>, StateError> {
        let sql = format!(
            "SELECT {COLUMNS}, ended, pipeline FROM decisions JOIN link_sets ON link_sets.number = link_set
             WHERE pipeline = coalesce(?1, pipeline) ORDER BY decisions.number DESC LIMIT ?2"
        );
        let mut statement = self.connection.prepare(&sql)?;
        let past = |row: &Row<'_>| Ok(PastDecision { decision: decision_of(row)?, ended: parsed_if_there(row, 7)?, pipeline: row.get(8)? });
        let all = statement.query_map(params![pipeline, i64::try_from(last).unwrap_or(i64::MAX)], past)?;
        Ok(all.collect::<Result<_, _>>()?)
    }

    /// The key about which a person has decided since an instant, if there is one: what was planned before is not what they decided.
    ///
    /// # Errors
    /// The database fails.
    pub fn decided_since(&self, set: &str, since: Timestamp, now: Timestamp) -> Result<Option<String>, StateError> {
        // One that is dated later than now was made while the clock was ahead.
        let soon = now + SignedDuration::from_mins(5);
        let sql =
            "SELECT key FROM decisions WHERE made >= ?2 AND made <= ?3 AND link_set = (SELECT number FROM link_sets WHERE id = ?1) LIMIT 1";
        Ok(self.connection.query_row(sql, params![set, text(since), text(soon)], |row| row.get(0)).optional()?)
    }
}

impl Transaction<'_> {
    /// Stores a decision, in place of an earlier one about the same record.
    ///
    /// # Errors
    /// The database fails.
    pub fn decide(&self, set: &str, decision: &Decision) -> Result<(), StateError> {
        let Decision { key, choice, account, question, by, made, why } = decision;
        let replaced = "UPDATE decisions SET ended = ?3
                        WHERE ended IS NULL AND key = ?2 AND link_set = (SELECT number FROM link_sets WHERE id = ?1)";
        self.0.execute(replaced, params![set, key, text(*made)])?;
        let sql =
            format!("INSERT INTO decisions (link_set, {COLUMNS}) SELECT number, ?2, ?3, ?4, ?5, ?6, ?7, ?8 FROM link_sets WHERE id = ?1");
        self.0.execute(&sql, params![set, key, choice.word(), account, question, by, text(*made), why])?;
        Ok(())
    }

    /// Links a record with the account that a person named. If another record has the account, its link moves with all that is known of
    /// it; returns the key of that record.
    ///
    /// # Errors
    /// The database fails.
    pub fn link_by_decision(&self, set: &str, decision: &Decision) -> Result<Option<String>, StateError> {
        let (key, account) = (&decision.key, decision.account.as_deref().unwrap_or_default());
        let other = self.link_of_account(set, account)?.filter(|link| link.key != *key);
        let (own, from) = (self.link(set, key)?, other.as_ref().map(|other| other.key.clone()));
        if let Some(from) = &from {
            self.unlink(set, from)?;
        }
        let known = other.or_else(|| own.filter(|link| form(&link.target) == form(account)));
        let fresh = Link {
            key: key.clone(),
            target: account.to_owned(),
            life: Life::Open,
            by: format!("decided by {}", decision.by),
            since_run: 0,
            since: decision.made,
            absence: Absence::default(),
            due: None,
            bases: Default::default(),
            agreed: Default::default(),
            added: Default::default(),
        };
        let link = match known {
            Some(known) => Link {
                // Whoever left with this account returns with it, as `on return` says.
                life: match known.life {
                    Life::Retired { since } => Life::Left { stage: 1, done: since, next: None, by_scope: false },
                    life => life,
                },
                bases: known.bases,
                agreed: known.agreed,
                added: known.added,
                ..fresh
            },
            None => fresh,
        };
        self.put_link(set, &link)?;
        Ok(from)
    }

    /// Ends the link of a record with an account, in the other direction too, which is told the same decision.
    ///
    /// # Errors
    /// The database fails.
    pub fn unlink_by_decision(&self, set: &str, decision: &Decision) -> Result<(), StateError> {
        let Decision { key, account, .. } = decision;
        self.unlink(set, key)?;
        let twin = "SELECT there.id FROM link_sets AS here JOIN link_sets AS there ON there.number = here.twin WHERE here.id = ?1";
        let twin: Option<String> = self.0.query_row(twin, [set], |row| row.get(0)).optional()?;
        if let Some((twin, account)) = twin.zip(account.clone()) {
            self.unlink(&twin, &account)?;
            self.decide(&twin, &Decision { key: account, account: Some(key.clone()), question: None, ..decision.clone() })?;
        }
        Ok(())
    }

    /// Ends the decisions by which these records of a pipeline wait. Returns their keys.
    ///
    /// # Errors
    /// The database fails.
    pub fn let_go(&self, pipeline: &str, keys: &[String], now: Timestamp) -> Result<Vec<String>, StateError> {
        let waiting = "SELECT number, key FROM decisions WHERE choice = 'wait' AND ended IS NULL
                       AND link_set IN (SELECT number FROM link_sets WHERE pipeline = ?1)";
        let mut statement = self.0.prepare(waiting)?;
        let rows = statement.query_map([pipeline], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, String>(1)?)))?;
        let mut waited = Vec::new();
        for row in rows {
            let (number, key) = row?;
            if keys.iter().any(|asked| form(asked) == form(&key)) {
                self.0.execute("UPDATE decisions SET ended = ?2 WHERE number = ?1", params![number, text(now)])?;
                waited.push(key);
            }
        }
        Ok(waited)
    }

    /// After an applied run: ends the decisions that it has carried out, and those of `settled` keys, that no question is left for.
    /// `begun`: when the run began.
    ///
    /// # Errors
    /// The database fails.
    pub fn end_decisions(&self, set: &str, settled: &[String], begun: Timestamp, now: Timestamp) -> Result<(), StateError> {
        let own = "links.link_set = decisions.link_set AND links.key = decisions.key";
        let sql = format!(
            "UPDATE decisions SET ended = ?3 WHERE ended IS NULL AND made < ?2 AND link_set = (SELECT number FROM link_sets WHERE id = ?1)
             AND (choice = 'link'
               OR choice IN ('new', 'recreate') AND EXISTS (SELECT 1 FROM links WHERE {own} AND life = 'open' AND since > made)
               OR choice = 'leave' AND (NOT EXISTS (SELECT 1 FROM links WHERE {own})
                 OR EXISTS (SELECT 1 FROM links WHERE {own} AND life <> 'open' AND stage_done > made)))"
        );
        self.0.execute(&sql, params![set, text(begun), text(now)])?;
        let sql = "UPDATE decisions SET ended = ?3 WHERE ended IS NULL AND made < ?2 AND key = ?4
                   AND link_set = (SELECT number FROM link_sets WHERE id = ?1)";
        settled.iter().try_for_each(|key| self.0.execute(sql, params![set, text(begun), text(now), key]).map(drop))?;
        Ok(())
    }

    /// The link to an account, whatever its life; the one that is not retired if there are several.
    fn link_of_account(&self, set: &str, account: &str) -> Result<Option<Link>, StateError> {
        let sql = "SELECT key FROM links WHERE link_set = (SELECT number FROM link_sets WHERE id = ?1) AND target = ?2
                   ORDER BY life = 'retired', since DESC LIMIT 1";
        let key: Option<String> = self.0.query_row(sql, [set, account], |row| row.get(0)).optional()?;
        key.map_or(Ok(None), |key| self.link(set, &key))
    }

    /// Lets the next run read everything: an increment contains no record that has not changed.
    ///
    /// # Errors
    /// The database fails.
    pub fn read_everything(&self, set: &str) -> Result<(), StateError> {
        let sql = "UPDATE cursors SET plan = NULL WHERE link_set = (SELECT number FROM link_sets WHERE id = ?1)";
        self.0.execute(sql, [set])?;
        Ok(())
    }
}

fn decision_of(row: &Row<'_>) -> rusqlite::Result<Decision> {
    Ok(Decision {
        key: row.get(0)?,
        choice: parsed(row, 1)?,
        account: row.get(2)?,
        question: row.get(3)?,
        by: row.get(4)?,
        made: parsed(row, 5)?,
        why: row.get(6)?,
    })
}
