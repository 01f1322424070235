//! Looks up what the classification asks for, until it asks for nothing; then the planner decides. Sends no writing request.

use super::{Wanted, decide};
use crate::run::{
    change_set::{ChangeSet, hash::Digester},
    classify::{classification::Classification, matching::lacking},
    input::{Identity, Input, PendingWork, RelatedState},
    read::{
        extract::{Extractor, RecordError, Table},
        sides::{Reads, ask, id_value},
    },
    record_scope::{Clock, cell, own_key},
};
use crate::{
    compile::{ExecutionPlan, Mode, Side, system::ErrorClass},
    state::{baselines::Baselines, events::Events, link::Links},
    systems::{CallError, Connection, End, GetResult},
    value::{Text, Value, canonical::same},
};
use futures_util::{StreamExt, stream};
use std::{cell::Cell, collections::HashSet};
use thiserror::Error;

/// The maximum number of rounds of look-ups: a result can require another look-up, but not for ever.
const ROUNDS: usize = 8;

/// What the state has of earlier runs, for one plan.
pub struct Memory {
    pub links: Links,
    pub baselines: Baselines,
    /// Keys with an earlier write whose outcome is not known.
    pub blocked: HashSet<String>,
    /// Of `mode append`: what was sent.
    pub events: Events,
    pub identity: Identity,
    pub digester: Digester,
    /// No run of this link set has been applied.
    pub adoption: bool,
    pub clock: Clock,
    pub related: RelatedState,
    pub pending_work: PendingWork,
}

impl Memory {
    /// Why a read of the source that gave no record can't be believed (*An empty source*); `None` if it can, or gave records.
    ///
    /// Events leave nothing behind that could be missing, and an incremental read without changes is the usual case.
    fn doubts_empty(&self, plan: &ExecutionPlan, source: &Table) -> Option<String> {
        let is_empty = source.records == 0 && source.delta.is_none() && source.end.is_complete();
        if !is_empty || plan.mode == Mode::Append {
            return None;
        }
        let linked = self.links.iter().filter(|link| !link.is_retired()).count();
        match (linked, self.baselines.highest_read.unwrap_or(0)) {
            (0, 0) => None,
            (0, read) => Some(format!("no record was returned, and an earlier run read {read}")),
            (linked, _) => Some(format!("no record was returned, and {linked} linked before")),
        }
    }

    fn input<'a>(&'a self, plan: &'a ExecutionPlan, reads: &'a Reads, links: &'a Links) -> Input<'a> {
        Input {
            plan,
            source: &reads.source,
            target: &reads.target,
            joined: &reads.joined,
            links,
            proofs: &reads.proofs,
            blocked: &self.blocked,
            events: &self.events,
            baseline: &self.baselines,
            clock: self.clock,
            identity: self.identity.clone(),
            adoption: self.adoption,
            digester: &self.digester,
            related: &self.related,
            pending_work: &self.pending_work,
        }
    }
}

/// Classifies all records, makes the look-ups that this needs until none are left, and decides on the last classification.
pub async fn resolve_lookups(
    plan: &ExecutionPlan,
    reads: &mut Reads,
    memory: &Memory,
    source: &Connection,
    target: &Connection,
) -> ChangeSet {
    if let Some(reason) = memory.doubts_empty(plan, &reads.source) {
        reads.source.end = End::Broken { reason, class: None };
    }
    let mut round = 0;
    loop {
        let links = reads.proofs.follow(&memory.links);
        let input = memory.input(plan, reads, &links);
        let classification = Classification::of(&input);
        let wanted = classification.wanted();
        if wanted.is_empty() || round == ROUNDS {
            return decide(classification);
        }
        drop(classification);
        look_up(plan, &wanted, reads, source, target).await;
        round += 1;
    }
}

/// One round of look-ups. A failed look-up proves nothing, so its record remains unread; a refused sign-in ends the round.
async fn look_up(plan: &ExecutionPlan, asked: &Wanted, reads: &mut Reads, source: &Connection, target: &Connection) {
    let (from, to) = (&ask(&plan.source), &ask(&plan.target));
    let mut known: HashSet<Text> = reads.target.rows.iter().filter_map(|row| own_key(&plan.target, row)).collect();
    let gets = asked.gets.iter().map(|id| async move {
        let value = id_value(&plan.target, id);
        (id, target.get(plan.target.collection, &value, to).await)
    });
    let gets: Vec<_> = stream::iter(gets).buffered(target.at_once()).collect().await;
    for (id, answer) in gets {
        reads.proofs.asked.insert(id.clone());
        match answer {
            Ok(GetResult::Record(record)) => add(&mut reads.target, &plan.target, &mut known, &record.json),
            Ok(GetResult::Gone) => drop(reads.proofs.gone.insert(id.clone())),
            Ok(GetResult::Merged { id: survivor, record }) => match survivor_of(&plan.target, &survivor, &record.json) {
                Ok(survivor) => {
                    add(&mut reads.target, &plan.target, &mut known, &record.json);
                    reads.proofs.merged.insert(id.clone(), survivor);
                }
                Err(why) => drop(reads.proofs.failed.insert(id.clone(), why.to_string())),
            },
            Err(error) => {
                give_up(&mut reads.target, &error);
                reads.proofs.failed.insert(id.clone(), error.message);
            }
        }
    }
    find(plan, asked, reads, target, &mut known).await;
    let confirmed = asked.source_gets.iter().map(|key| async move {
        let value = id_value(&plan.source, key);
        (key, source.get(plan.source.collection, &value, from).await)
    });
    let confirmed: Vec<_> = stream::iter(confirmed).buffered(source.at_once()).collect().await;
    for (key, answer) in confirmed {
        reads.proofs.source_asked.insert(key.clone());
        match answer {
            Ok(GetResult::Gone) => drop(reads.proofs.source_gone.insert(key.clone())),
            Ok(GetResult::Record(_) | GetResult::Merged { .. }) => {}
            Err(error) => {
                give_up(&mut reads.source, &error);
                reads.proofs.source_failed.insert(key.clone(), error.message);
            }
        }
    }
}

/// After this many failed look-ups in a row the target is not asked any more.
const IN_A_ROW: u32 = 20;

/// The look-ups by a value. One that fails, or whose answer can't be compared, proves nothing.
async fn find(plan: &ExecutionPlan, asked: &Wanted, reads: &mut Reads, target: &Connection, known: &mut HashSet<Text>) {
    let (side, to, in_a_row) = (&plan.target, &ask(&plan.target), &Cell::new(0));
    let finds = asked.finds.iter().map(|(attribute, value)| async move {
        if in_a_row.get() >= IN_A_ROW {
            return (*attribute, value, None);
        }
        let answer = target.find(side.collection, *attribute, value, to).await;
        let ill = answer.as_ref().is_err_and(|error| matches!(error.class, ErrorClass::Temporary | ErrorClass::Limit));
        in_a_row.set(if ill { in_a_row.get() + 1 } else { 0 });
        (*attribute, value, Some(answer))
    });
    let finds: Vec<_> = stream::iter(finds).buffered(target.at_once()).collect().await;
    for (attribute, value, answer) in finds {
        let found = match answer {
            None => continue,
            Some(Ok(records)) => comparable(plan, (attribute, value), &records).map(|()| records).map_err(|why| why.to_string()),
            Some(Err(error)) => {
                give_up(&mut reads.target, &error);
                if in_a_row.get() >= IN_A_ROW {
                    let reason = format!("{} look-ups in a row failed: {}", in_a_row.get(), error.message);
                    reads.target.end = End::Broken { reason, class: Some(error.class) };
                }
                Err(error.message)
            }
        };
        match found {
            Ok(records) => {
                reads.proofs.note_look_up(plan, attribute, value);
                records.iter().for_each(|record| add(&mut reads.target, side, known, record));
            }
            Err(why) => reads.proofs.note_failure(plan, attribute, value, why),
        }
    }
}

/// Why an answer to a look-up proves nothing.
#[derive(Debug, Error)]
enum LookupError {
    #[error("`{side}` was looked up, and {why}")]
    Unreadable { side: String, why: RecordError },
    #[error("`{side}` was looked up by `{by}`, and what was found has no `{lacks}` that can be read")]
    Incomplete { side: String, by: String, lacks: String },
    #[error("`{side}` was looked up by `{by}`, and what was found has other values: if they mean the same, say how `{by}` is compared")]
    Others { side: String, by: String },
    #[error("an account was merged into another, and that one can't be read: it {0}")]
    Survivor(String),
}

/// Whether each record that a look-up found can be identified and compared with the requested value, and one of them has it. Otherwise
/// the requested record may be one that can't be compared, or the system has ignored the filter.
fn comparable(plan: &ExecutionPlan, (attribute, value): (usize, &Value), records: &[Box<[u8]>]) -> Result<(), LookupError> {
    let side = &plan.target;
    let extractor = Extractor::target(side, false);
    let attributes = &side.collection().attributes;
    let parts = plan.rules.iter().flat_map(|rule| &rule.parts).filter(|part| part.attribute == attribute);
    let ways: Vec<_> = parts.map(|part| part.comparison).chain([attributes[attribute].comparison]).collect();
    let mut others = 0;
    for record in records {
        let row = extractor.row(record).map_err(|why| LookupError::Unreadable { side: side.name(), why })?;
        let key = Some(lacking(side, &row)).filter(|_| own_key(side, &row).is_none());
        let blank = side.slot_of(attribute).filter(|slot| cell(&row, *slot).ok().is_none_or(Value::is_missing)).map(|_| attribute);
        let blank = blank.map(|at| attributes[at].name.as_str());
        if let Some(lacks) = key.or(blank) {
            let (by, lacks) = (attributes[attribute].name.clone(), lacks.to_owned());
            return Err(LookupError::Incomplete { side: side.name(), by, lacks });
        }
        let found = side.slot_of(attribute).and_then(|slot| cell(&row, slot).ok());
        others += usize::from(found.is_some_and(|found| !ways.iter().any(|how| same(found, value, *how))));
    }
    if others > 0 && others == records.len() {
        return Err(LookupError::Others { side: side.name(), by: attributes[attribute].name.clone() });
    }
    Ok(())
}

/// The key of the account that another was merged into. A link moves only to an account that can be read.
fn survivor_of(side: &Side, survivor: &Value, record: &[u8]) -> Result<String, LookupError> {
    let key = survivor.canonical_key().map(String::from);
    let row = Extractor::target(side, false).row(record).map_err(|why| LookupError::Survivor(why.to_string()))?;
    let own = own_key(side, &row).map(String::from);
    key.filter(|key| own.as_ref() == Some(key)).ok_or_else(|| LookupError::Survivor("has no key that can be read".to_owned()))
}

/// A record that a look-up found joins those that were read, once.
fn add(table: &mut Table, side: &Side, known: &mut HashSet<Text>, record: &[u8]) {
    let Ok(row) = Extractor::target(side, false).row(record) else { return };
    if own_key(side, &row).is_some_and(|id| known.insert(id)) {
        table.rows.push(row);
    }
}

fn give_up(table: &mut Table, error: &CallError) {
    if error.class == ErrorClass::Auth {
        table.end = End::Broken { reason: error.message.clone(), class: Some(error.class) };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compile::texts::{self, Texts};
    use serde_json::{Value as Json, json};

    /// People who are looked up by their numbers, compared as declared here.
    fn plan(attribute: &str, matched: &str) -> ExecutionPlan {
        let text = format!(
            r#"
system staff {{
  collection people {{
    file "people.jsonl" json_lines
    key  number
    attributes {{
      number : text at $.number
    }}
  }}
}}

system crm {{
  http "https://crm.example.com" {{ }}
  collection users {{
    key id
    get GET "/users/{{id}}"
    find by number GET "/users" {{
      query "n" = number
      items $
    }}
    create POST "/users" {{ never repeat }}
    update PATCH "/users/{{id}}"
    attributes {{
      id     : text read only at $.id
      number : text {attribute} at $.number
    }}
  }}
}}

pipeline people {{
  from staff.people as person
  to   crm.users
  key  person.number
  match one by one {{
    number = person.number {matched}
  }}
  mode create and update
  map {{
    number = person.number
  }}
}}
"#
        );
        texts::plan(&Texts { files: vec![("test.sync", &text)], told: &[] }.project(), "people", &[])
    }

    fn looked_up(plan: &ExecutionPlan, records: &[Json]) -> Result<(), String> {
        let records: Vec<Box<[u8]>> = records.iter().map(|record| record.to_string().into_bytes().into()).collect();
        let number = plan.target.collection().attribute("number").unwrap();
        comparable(plan, (number, &Value::text("A7")), &records).map_err(|why| why.to_string())
    }

    #[test]
    fn what_a_look_up_finds_has_the_value_as_it_is_compared() {
        let (own, other) = (json!({ "id": "1", "number": "A7" }), json!({ "id": "2", "number": "a7" }));
        let exact = plan("unique", "");
        let why = "`crm.users` was looked up by `number`, and what was found has other values: if they mean the same, say how `number` is compared";
        assert_eq!(looked_up(&exact, std::slice::from_ref(&other)), Err(why.to_owned()));
        assert_eq!(looked_up(&exact, &[other.clone(), other.clone()]), Err(why.to_owned()));
        assert_eq!(looked_up(&exact, &[other.clone(), own]), Ok(()));
        assert_eq!(looked_up(&exact, &[]), Ok(()));
        for plan in [plan("unique ignoring case", ""), plan("unique", "ignoring case")] {
            assert_eq!(looked_up(&plan, std::slice::from_ref(&other)), Ok(()));
        }
    }

    #[test]
    fn a_link_moves_to_an_account_that_has_the_key() {
        let plan = plan("unique", "");
        let survivor =
            |id: &str, record: &str| survivor_of(&plan.target, &Value::text(id), record.as_bytes()).map_err(|why| why.to_string());
        let unread = |what: &str| Err(format!("an account was merged into another, and that one can't be read: it {what}"));
        assert_eq!(survivor("7", r#"{ "id": "7", "number": "A7" }"#), Ok("7".to_owned()));
        assert_eq!(survivor("7", r#"{ "id": "8", "number": "A7" }"#), unread("has no key that can be read"));
        assert_eq!(survivor("7", r#"{ "title": "Admins" }"#), unread("has no key that can be read"));
    }
}
