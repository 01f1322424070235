//! Whether an account is still as the change set found it.

use super::{reader::Reader, writes::write_kind};
use crate::{
    compile::{
        program::{Name, Names},
        system::Attribute,
    },
    run::{
        change_set::{Operation, Step, Verdict, Whose, Written},
        record_scope::Clock,
    },
    systems,
    value::{Fault, FaultCode, Kind, Value, canonical::same, trie::Row},
};
use jiff::{SignedDuration, Timestamp};
use std::{borrow::Cow, cell::Cell};

/// Maximum age of the read for a closing, deletion or return: the costliest mistakes get the freshest data.
const CLOSING_FRESH: SignedDuration = SignedDuration::from_hours(6);
const WRITE_FRESH: SignedDuration = SignedDuration::from_hours(24);

/// How the current account compares with what an operation writes.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum AccountState {
    AsPlanned,
    /// The account has all of the values already.
    AlreadyDone,
    /// This attribute has neither the old nor the new value, so it was changed by somebody else.
    Moved(String),
}

/// Whether an operation closes, deletes or opens an account.
pub(crate) fn is_closing(reader: &Reader<'_>, operation: &Operation) -> bool {
    matches!(operation.verdict, Verdict::Leave | Verdict::Return | Verdict::Stage) || operation.closes(reader.collection())
}

/// The attribute that shows that an account which a later step of a leave deletes was opened again, or does not show that it is closed.
pub(crate) fn opened_again(reader: &Reader<'_>, operation: &Operation, row: &Row) -> Option<String> {
    let (at, access) = reader.collection().access().filter(|_| operation.was_closed && operation.may_delete(reader.collection()))?;
    let is_open = reader.held(row, at).is_some_and(|value| value.map_or(true, |value| access.is_open(value) || !access.is_shown(value)));
    is_open.then(|| reader.collection().attributes[at].name.clone())
}

/// The attribute that shows that an account which an operation takes from somebody is another person's by now, or can't be read any more.
/// What the look does not show, or what was only emptied, tells nothing.
pub(crate) fn given_away(reader: &Reader<'_>, operation: &Operation, row: &Row) -> Option<String> {
    let has_moved = |whose: &&Whose| {
        let Some(at) = reader.attribute(&whose.attribute) else { return false };
        reader.held(row, at).is_some_and(|now| match now {
            Ok(now) => !now.is_missing() && !same(now, &whose.value.0, reader.comparison(at)),
            Err(_) => true,
        })
    };
    operation.whose.iter().find(has_moved).map(|whose| whose.attribute.to_string())
}

/// Whether the account has to be read again before it is written.
pub(crate) fn needs_look(reader: &Reader<'_>, operation: &Operation, is_old: bool) -> bool {
    let from_record = |step: &Step| write_kind(reader, step).is_ok_and(|kind| systems::made_from_record(reader.collection(), kind));
    is_closing(reader, operation)
        || operation.steps.iter().any(|step| matches!(step, Step::Call { .. }))
        || operation.steps.iter().any(from_record)
        || is_old
        || operation.written().any(|written| is_delicate(reader, written))
}

/// Whether a wrong write would do harm: the attribute opens or closes the account, is unique, or is a list that others add to.
fn is_delicate(reader: &Reader<'_>, written: &Written) -> bool {
    let attribute = reader.attribute(&written.attribute).map(|at| &reader.collection().attributes[at]);
    let is_shared_list = |attribute: &Attribute| matches!(attribute.ty.kind, Kind::List(_)) && !reader.is_whole_list(&attribute.name);
    attribute.is_some_and(|attribute| attribute.unique || attribute.access.is_some() || is_shared_list(attribute))
}

/// Why an operation is out of date; `None` if it is not.
pub(crate) fn stale(reader: &Reader<'_>, operation: &Operation, made: Timestamp, now: Timestamp) -> Option<String> {
    let asked = reader.plan().maximum_age.map(|span| SignedDuration::from_secs(span.seconds()));
    let limit = asked.unwrap_or(if is_closing(reader, operation) { CLOSING_FRESH } else { WRITE_FRESH });
    let age = now.duration_since(made);
    (age > limit).then(|| format!("what was read is {} h old, and that is too old for it", age.as_hours()))
}

/// Compares the attributes that an operation writes with the account.
pub(crate) fn account_state(reader: &Reader<'_>, operation: &Operation, row: &Row) -> AccountState {
    compare(reader, operation.written(), row)
}

/// Compares written attributes with the current account. One that was not read is taken as planned; one that can't be read has changed,
/// because the plan was made with a value that could be read.
pub(crate) fn compare<'w>(reader: &Reader<'_>, values: impl Iterator<Item = &'w Written>, row: &Row) -> AccountState {
    let mut done = true;
    for written in values {
        let attribute = reader.attribute(&written.attribute);
        let now = attribute.and_then(|at| Some((reader.held(row, at)?, reader.comparison(at))));
        let Some((now, how)) = now.filter(|_| !written.secret) else {
            done = false;
            continue;
        };
        if now.is_ok_and(|now| same(now, &written.after.0, how)) {
            continue;
        }
        done = false;
        if !now.is_ok_and(|now| same(now, &written.before.0, how)) {
            return AccountState::Moved(written.attribute.to_string());
        }
    }
    if done { AccountState::AlreadyDone } else { AccountState::AsPlanned }
}

/// Why the current account must not be touched. A `protect` condition that also needs the source was evaluated with the change
/// set.
pub(crate) fn protected(reader: &Reader<'_>, row: &Row, clock: Clock) -> Option<String> {
    let plan = reader.plan();
    let account = Account { row, clock, lacks: Cell::new(false) };
    plan.leavers.iter().flat_map(|leaver| &leaver.protect).find_map(|protect| {
        account.lacks.set(false);
        let holds = protect.condition.holds(&account);
        (!account.lacks.get() && holds.unwrap_or(true)).then(|| protect.reason.clone())
    })
}

struct Account<'r> {
    row: &'r Row,
    clock: Clock,
    lacks: Cell<bool>,
}

impl Names for Account<'_> {
    fn value(&self, name: &Name) -> Result<Cow<'_, Value>, Box<Fault>> {
        match name {
            Name::Current(slot) => self.row[*slot].as_ref().map(Cow::Borrowed).map_err(Clone::clone),
            Name::Today => Ok(Cow::Owned(Value::Date(self.clock.today))),
            Name::Now => Ok(Cow::Owned(Value::DateTime(self.clock.now))),
            _ => {
                self.lacks.set(true);
                Err(Fault::new(FaultCode::RequestIncomplete, "only the account is looked at here"))
            }
        }
    }
}
