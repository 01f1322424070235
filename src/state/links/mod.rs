//! Links in the database: loaded whole for a run, written one by one as they change.

pub mod added;
pub mod agreed;
pub mod claims;
pub mod holders;
pub mod link;
pub mod missing;
pub mod rebind;

use self::{
    added::Added,
    agreed::{Agreed, Pair},
    link::{Absence, Bases, Life, Link, Links},
};
use crate::state::{
    error::StateError,
    facts::{fact, set_fact},
    sql::{day_text, parsed, parsed_if_there, text, unknown_word},
    store::{Store, Transaction},
};
use jiff::{Timestamp, civil::Date};
use rusqlite::{Connection, OptionalExtension, Row, params};

/// What a link set belongs to.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct LinkSetIdentity {
    pub pipeline: String,
    /// The key expression as written.
    pub key: String,
    /// Identity of the source system, as `Connection::identity` gives it, and the collection.
    pub source: String,
    pub target: String,
}

impl LinkSetIdentity {
    /// The name of the link set: `l-` and sixteen hexadecimal digits over all four.
    #[must_use]
    pub fn id(&self) -> String {
        let mut hasher = blake3::Hasher::new();
        for part in [&self.pipeline, &self.key, &self.source, &self.target] {
            hasher.update(&(part.len() as u64).to_le_bytes());
            hasher.update(part.as_bytes());
        }
        format!("l-{}", &hasher.finalize().to_hex()[..16])
    }
}

/// The links of one pipeline between two systems.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LinkSet {
    /// As [`LinkSetIdentity::id`].
    pub id: String,
    /// No run of it was applied yet, so that the next run is a first run (*First run*).
    pub new: bool,
}

/// The name of the fact of what the key of a link set is made of.
fn form_of(set: &str) -> String {
    format!("key form {set}")
}

/// In the order that [`link_of`] takes them.
const COLUMNS: &str = "key, target, life, made_by, since_run, since, stage, stage_done, next_day, next_hash, by_scope, \
                       absent_runs, absent_first, absent_last, due, bases, agreed, added";

impl Store {
    /// The link set of a pipeline between these two systems. Changes nothing.
    ///
    /// # Errors
    /// The pipeline's links belong to another system or key; or the database fails.
    pub fn link_set(&self, identity: &LinkSetIdentity) -> Result<LinkSet, StateError> {
        let id = identity.id();
        if let Some(other) = self.other_identity(identity, &id)? {
            return Err(moved(identity, &other));
        }
        // A first change set that a person has applied publishes the link set, even if the process ended in the middle.
        let sql = format!(
            "SELECT {} OR NOT EXISTS (SELECT 1 FROM runs JOIN link_sets ON link_sets.number = runs.link_set WHERE id = ?1 AND applied = 1)
                   AND NOT EXISTS (SELECT 1 FROM change_sets WHERE link_set = ?1 AND status IN ('applying', 'interrupted')
                     AND EXISTS (SELECT 1 FROM intents JOIN link_sets ON link_sets.number = intents.link_set WHERE link_sets.id = ?1))",
            rebind::WAITS
        );
        let new = self.connection.query_row(&sql, [&id], |row| row.get(0))?;
        Ok(LinkSet { id, new })
    }

    /// The link set of a pipeline by the name under which its links are stored: a key that is written in another way is the same key.
    ///
    /// # Errors
    /// The database fails.
    pub fn as_stored(&self, identity: LinkSetIdentity, key_form: &str) -> Result<LinkSetIdentity, StateError> {
        let Some(other) = self.other_identity(&identity, &identity.id())? else { return Ok(identity) };
        let same_ends = other.source == identity.source && other.target == identity.target;
        let form = fact(&self.connection, &form_of(&other.id()))?;
        Ok(if same_ends && form.is_some_and(|form| form == key_form) { other } else { identity })
    }

    fn other_identity(&self, identity: &LinkSetIdentity, id: &str) -> Result<Option<LinkSetIdentity>, StateError> {
        let sql = "SELECT pipeline, key_expression, source, target FROM link_sets
                   WHERE pipeline = ?1 AND id <> ?2 AND (EXISTS (SELECT 1 FROM links WHERE link_set = number) OR EXISTS (SELECT 1 FROM sent WHERE link_set = number))
                   ORDER BY number DESC LIMIT 1";
        let identity_of =
            |row: &Row<'_>| Ok(LinkSetIdentity { pipeline: row.get(0)?, key: row.get(1)?, source: row.get(2)?, target: row.get(3)? });
        Ok(self.connection.query_row(sql, [&identity.pipeline, id], identity_of).optional()?)
    }

    /// What the links of a pipeline belong to, if it is something else.
    ///
    /// # Errors
    /// The database fails.
    pub fn bound_elsewhere(&self, identity: &LinkSetIdentity) -> Result<Option<LinkSetIdentity>, StateError> {
        self.other_identity(identity, &identity.id())
    }

    /// What the key of a link set is made of, if that is stored.
    ///
    /// # Errors
    /// The database fails.
    pub fn key_form(&self, set: &str) -> Result<Option<String>, StateError> {
        fact(&self.connection, &form_of(set))
    }

    /// All links of a link set; empty for one that is new.
    ///
    /// # Errors
    /// The database fails.
    pub fn links(&self, set: &str) -> Result<Links, StateError> {
        let mut links = Links::default();
        let sql = format!("SELECT {COLUMNS} FROM links WHERE link_set = (SELECT number FROM link_sets WHERE id = ?1)");
        let mut statement = self.connection.prepare_cached(&sql)?;
        let mut rows = statement.query([set])?;
        while let Some(row) = rows.next()? {
            links.insert(link_of(row)?);
        }
        Ok(links)
    }

    /// One link.
    ///
    /// # Errors
    /// The database fails.
    pub fn link(&self, set: &str, key: &str) -> Result<Option<Link>, StateError> {
        link_in(&self.connection, set, key)
    }

    /// The link to an account: open or left.
    ///
    /// # Errors
    /// The database fails.
    pub fn link_of_target(&self, set: &str, target: &str) -> Result<Option<Link>, StateError> {
        let sql = format!(
            "SELECT {COLUMNS} FROM links WHERE link_set = (SELECT number FROM link_sets WHERE id = ?1) AND target = ?2 AND life <> 'retired'"
        );
        Ok(self.connection.prepare_cached(&sql)?.query_row([set, target], link_of).optional()?)
    }

    /// Whether two link sets are the two directions of one already.
    ///
    /// # Errors
    /// The database fails.
    pub fn are_paired(&self, one: &str, other: &str) -> Result<bool, StateError> {
        let sql = "SELECT count(*) = 2 FROM link_sets AS own JOIN link_sets AS twin ON own.twin = twin.number
                   WHERE own.id = ?1 AND twin.id = ?2 OR own.id = ?2 AND twin.id = ?1";
        Ok(self.connection.query_row(sql, [one, other], |row| row.get(0))?)
    }

    /// The links of a pipeline that has these ends, where `None` is any: those of its newest link set.
    ///
    /// # Errors
    /// The database fails.
    pub fn links_between(&self, pipeline: &str, source: Option<&str>, target: Option<&str>) -> Result<Option<Links>, StateError> {
        self.newest_between(pipeline, source, target)?.map(|set| self.links(&set)).transpose()
    }

    fn newest_between(&self, pipeline: &str, source: Option<&str>, target: Option<&str>) -> Result<Option<String>, StateError> {
        let sql = "SELECT id FROM link_sets WHERE pipeline = ?1 AND source = coalesce(?2, source) AND target = coalesce(?3, target)
                   AND EXISTS (SELECT 1 FROM links WHERE link_set = number) ORDER BY number DESC LIMIT 1";
        Ok(self.connection.query_row(sql, [Some(pipeline), source, target], |row| row.get(0)).optional()?)
    }
}

impl Transaction<'_> {
    /// Makes sure that a link set is there.
    ///
    /// # Errors
    /// The database fails.
    pub fn ensure_link_set(&self, identity: &LinkSetIdentity, now: Timestamp) -> Result<(), StateError> {
        let sql = "INSERT INTO link_sets (id, pipeline, key_expression, source, target, since) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
                   ON CONFLICT (id) DO NOTHING";
        self.0.execute(sql, params![identity.id(), identity.pipeline, identity.key, identity.source, identity.target, text(now)])?;
        Ok(())
    }

    /// Stores what the key of a link set is made of, so that it is known however it is written later.
    ///
    /// # Errors
    /// The database fails.
    pub fn set_key_form(&self, set: &str, key_form: &str) -> Result<(), StateError> {
        set_fact(&self.0, &form_of(set), key_form)
    }

    /// Pairs two link sets as two directions: a record that is linked in one is linked in both.
    ///
    /// # Errors
    /// The database fails.
    pub fn pair_link_sets(&self, one: &LinkSetIdentity, other: &LinkSetIdentity, now: Timestamp) -> Result<(), StateError> {
        for identity in [one, other] {
            self.ensure_link_set(identity, now)?;
        }
        for (own, other) in [(one.id(), other.id()), (other.id(), one.id())] {
            let point = "UPDATE link_sets SET twin = (SELECT number FROM link_sets WHERE id = ?2) WHERE id = ?1";
            self.0.execute(point, [&own, &other])?;
            let share = "INSERT OR IGNORE INTO links (link_set, key, target, life, made_by, since_run, since)
                         SELECT twin, links.target, key, 'open', made_by, since_run, links.since
                         FROM links JOIN link_sets ON number = link_set WHERE id = ?1 AND life <> 'retired'";
            self.0.execute(share, [&own])?;
        }
        Ok(())
    }

    /// One link, as it is within this transaction.
    ///
    /// # Errors
    /// The database fails.
    pub fn link(&self, set: &str, key: &str) -> Result<Option<Link>, StateError> {
        link_in(&self.0, set, key)
    }

    /// Writes a link, in place of the one of the same key. Many are written fastest in the order of their keys.
    ///
    /// # Errors
    /// The account is linked to another record; or the database fails.
    pub fn put_link(&self, set: &str, link: &Link) -> Result<(), StateError> {
        let sql = format!(
            "INSERT INTO links (link_set, {COLUMNS})
             VALUES ((SELECT number FROM link_sets WHERE id = ?1), ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19)
             ON CONFLICT (link_set, key) DO UPDATE SET (target, life, made_by, since_run, since, stage, stage_done, next_day, next_hash,
               by_scope, absent_runs, absent_first, absent_last, due, bases, agreed, added) = (excluded.target, excluded.life, excluded.made_by,
               excluded.since_run, excluded.since, excluded.stage, excluded.stage_done, excluded.next_day, excluded.next_hash,
               excluded.by_scope, excluded.absent_runs, excluded.absent_first, excluded.absent_last, excluded.due, excluded.bases,
               excluded.agreed, excluded.added)"
        );
        let life = LifeColumns::of(&link.life);
        let absence = &link.absence;
        self.0.prepare_cached(&sql)?.execute(params![
            set,
            link.key,
            link.target,
            life.word,
            link.by,
            link.since_run,
            text(link.since),
            life.stage,
            life.done,
            life.next_day,
            life.next_hash,
            life.by_scope,
            absence.runs,
            absence.first.map(text),
            absence.last.map(text),
            link.due.map(day_text),
            link.bases.pack(),
            link.agreed.pack(),
            link.added.pack(),
        ])?;
        self.mirror(set, link)
    }

    /// The link of the other direction between the same two records, if there is one. Life, absence and bases belong to that
    /// direction, and start fresh if it linked another pair before.
    fn mirror(&self, set: &str, link: &Link) -> Result<(), StateError> {
        let twin = "SELECT twin FROM link_sets WHERE id = ?1 AND twin IS NOT NULL";
        let twin: Option<i64> = self.0.prepare_cached(twin)?.query_row([set], |row| row.get(0)).optional()?;
        let Some(twin) = twin.filter(|_| !link.is_retired()) else { return Ok(()) };
        let part = "UPDATE links SET life = 'retired', stage_done = ?4, stage = NULL, next_day = NULL, next_hash = NULL, by_scope = NULL
                    WHERE link_set = ?1 AND target = ?2 AND key <> ?3 AND life <> 'retired'";
        self.0.prepare_cached(part)?.execute(params![twin, link.key, link.target, text(link.since)])?;
        let anew = "DELETE FROM links WHERE link_set = ?1 AND key = ?3 AND target <> ?2";
        self.0.prepare_cached(anew)?.execute(params![twin, link.key, link.target])?;
        let join =
            "INSERT INTO links (link_set, key, target, life, made_by, since_run, since, agreed) VALUES (?1, ?3, ?2, 'open', ?4, ?5, ?6, ?7)
                    ON CONFLICT (link_set, key) DO UPDATE SET agreed = excluded.agreed,
                      life = CASE life WHEN 'retired' THEN 'open' ELSE life END,
                      stage_done = CASE life WHEN 'retired' THEN NULL ELSE stage_done END";
        let agreed = link.agreed.swapped().pack();
        self.0.prepare_cached(join)?.execute(params![twin, link.key, link.target, link.by, link.since_run, text(link.since), agreed])?;
        Ok(())
    }

    /// Moves a link to the account that replaced its own (a merge). A link that has moved on already is left alone.
    ///
    /// # Errors
    /// The account is linked to another record; or the database fails.
    pub fn rekey_link(&self, set: &str, key: &str, from: &str, to: &str) -> Result<(), StateError> {
        let Some(mut link) = self.link(set, key)?.filter(|link| link.target == from) else { return Ok(()) };
        to.clone_into(&mut link.target);
        self.put_link(set, &link)
    }

    /// Ends a link because its account no longer exists; the key is kept.
    ///
    /// # Errors
    /// The database fails.
    pub fn retire(&self, set: &str, key: &str, now: Timestamp) -> Result<(), StateError> {
        let sql = "UPDATE links SET life = 'retired', stage_done = ?3, stage = NULL, next_day = NULL, next_hash = NULL, by_scope = NULL
                   WHERE link_set = (SELECT number FROM link_sets WHERE id = ?1) AND key = ?2";
        self.0.prepare_cached(sql)?.execute(params![set, key, text(now)])?;
        Ok(())
    }

    /// Forgets a link: its record is matched again, as if it had never been linked.
    ///
    /// # Errors
    /// The database fails.
    pub fn unlink(&self, set: &str, key: &str) -> Result<(), StateError> {
        let sql = "DELETE FROM links WHERE link_set = (SELECT number FROM link_sets WHERE id = ?1) AND key = ?2";
        self.0.prepare_cached(sql)?.execute([set, key])?;
        Ok(())
    }

    /// Sets the absence counter of a link.
    ///
    /// # Errors
    /// The database fails.
    pub fn set_absence(&self, set: &str, key: &str, absence: &Absence) -> Result<(), StateError> {
        let sql = "UPDATE links SET absent_runs = ?3, absent_first = ?4, absent_last = ?5
                   WHERE link_set = (SELECT number FROM link_sets WHERE id = ?1) AND key = ?2";
        let columns = params![set, key, absence.runs, absence.first.map(text), absence.last.map(text)];
        self.0.prepare_cached(sql)?.execute(columns)?;
        Ok(())
    }

    /// Sets the day on which a condition on `today` becomes true.
    ///
    /// # Errors
    /// The database fails.
    pub fn set_due(&self, set: &str, key: &str, due: Option<Date>) -> Result<(), StateError> {
        let sql = "UPDATE links SET due = ?3 WHERE link_set = (SELECT number FROM link_sets WHERE id = ?1) AND key = ?2";
        self.0.prepare_cached(sql)?.execute(params![set, key, due.map(day_text)])?;
        Ok(())
    }

    /// Sets the day of the next step of a leave.
    ///
    /// # Errors
    /// The database fails.
    pub fn set_next(&self, set: &str, key: &str, day: Date) -> Result<(), StateError> {
        let sql =
            "UPDATE links SET next_day = ?3 WHERE link_set = (SELECT number FROM link_sets WHERE id = ?1) AND key = ?2 AND life = 'left'";
        self.0.prepare_cached(sql)?.execute(params![set, key, day_text(day)])?;
        Ok(())
    }

    /// Stores the values of both records for an attribute that two directions share.
    ///
    /// # Errors
    /// The database fails.
    pub fn set_agreed(&self, set: &str, key: &str, attribute: u64, pair: Pair) -> Result<(), StateError> {
        let Some(mut link) = self.link(set, key)? else { return Ok(()) };
        link.agreed.insert(attribute, pair);
        self.put_link(set, &link)
    }

    /// Stores what the account of a record shows of all that tells people apart, if it is still linked to it.
    ///
    /// # Errors
    /// The database fails.
    pub fn set_seen(&self, set: &str, (key, target): (&str, &str), seen: &[(u64, u64)]) -> Result<(), StateError> {
        let Some(mut link) = self.link(set, key)?.filter(|link| link.target == target) else { return Ok(()) };
        seen.iter().for_each(|(name, value)| link.bases.see(*name, *value));
        self.put_link(set, &link)
    }

    /// Stores what the target has for an attribute that we wrote.
    ///
    /// # Errors
    /// The database fails.
    pub fn set_held(&self, set: &str, key: &str, attribute: u64, held: u64) -> Result<(), StateError> {
        let Some(mut link) = self.link(set, key)? else { return Ok(()) };
        let Some(base) = link.bases.get(&attribute).copied() else { return Ok(()) };
        link.bases.insert(attribute, base.seen(held));
        self.put_link(set, &link)
    }
}

fn link_in(connection: &Connection, set: &str, key: &str) -> Result<Option<Link>, StateError> {
    let sql = format!("SELECT {COLUMNS} FROM links WHERE link_set = (SELECT number FROM link_sets WHERE id = ?1) AND key = ?2");
    Ok(connection.prepare_cached(&sql)?.query_row([set, key], link_of).optional()?)
}

fn moved(now: &LinkSetIdentity, before: &LinkSetIdentity) -> StateError {
    let what =
        [("its key", &before.key, &now.key), ("its source", &before.source, &now.source), ("its target", &before.target, &now.target)];
    let differs: Vec<_> = what
        .iter()
        .filter(|(_, before, now)| before != now)
        .map(|(what, before, now)| format!("{what} was `{}` and is `{}`", before.replace('\n', ", "), now.replace('\n', ", ")))
        .collect();
    StateError::Moved { pipeline: now.pipeline.clone(), moved: differs.join(", ") }
}

#[derive(Default)]
struct LifeColumns {
    word: &'static str,
    stage: Option<u32>,
    done: Option<String>,
    next_day: Option<String>,
    next_hash: Option<i64>,
    by_scope: Option<bool>,
}

impl LifeColumns {
    fn of(life: &Life) -> Self {
        let word = life.word();
        match life {
            Life::Open => Self { word, ..Self::default() },
            Life::Retired { since } => Self { word, done: Some(text(*since)), ..Self::default() },
            Life::Left { stage, done, next, by_scope } => Self {
                word,
                stage: Some(*stage),
                done: Some(text(*done)),
                next_day: next.map(|(day, _)| day_text(day)),
                next_hash: next.map(|(_, hash)| hash.cast_signed()),
                by_scope: Some(*by_scope),
            },
        }
    }
}

fn link_of(row: &Row<'_>) -> rusqlite::Result<Link> {
    Ok(Link {
        key: row.get(0)?,
        target: row.get(1)?,
        life: life_of(row)?,
        by: row.get(3)?,
        since_run: row.get(4)?,
        since: parsed(row, 5)?,
        absence: Absence { runs: row.get(11)?, first: parsed_if_there(row, 12)?, last: parsed_if_there(row, 13)? },
        due: parsed_if_there(row, 14)?,
        bases: Bases::unpack(row.get_ref(15)?.as_blob()?),
        agreed: Agreed::unpack(row.get_ref(16)?.as_blob()?),
        added: Added::unpack(row.get_ref(17)?.as_blob()?),
    })
}

fn life_of(row: &Row<'_>) -> rusqlite::Result<Life> {
    Ok(match row.get_ref(2)?.as_str()? {
        "left" => Life::Left {
            stage: row.get(6)?,
            done: parsed(row, 7)?,
            next: parsed_if_there(row, 8)?.zip(row.get::<_, Option<i64>>(9)?.map(i64::cast_unsigned)),
            by_scope: row.get(10)?,
        },
        "retired" => Life::Retired { since: parsed(row, 7)? },
        "open" => Life::Open,
        word => return Err(unknown_word(2, "life of a link", word)),
    })
}
