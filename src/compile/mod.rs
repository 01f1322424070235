//! The execution plan: a checked pipeline, compiled. Immutable, hashed, swapped whole.
//!
//! In: a checked pipeline and the values of its settings. Out: a [`ExecutionPlan`]. Pure.

pub(crate) mod connections;
pub(crate) mod dynamic_attributes;
mod evaluate;
mod identity;
mod layout;
mod lower;
pub mod pipeline;
pub mod program;
pub(crate) mod row_sources;
mod settings;
mod slots;
pub mod system;
#[cfg(test)]
pub mod texts;

pub use crate::check::model::Live;
pub use crate::check::model::pipeline::{Conflict, Guarded, ListOwnership, Missing, Mode, On, OnConflict, OnLost};
use crate::{
    diagnose::Span as Place,
    value::{Kind, Span, Type, canonical::Comparison, format::Codec, path::JsonPath},
};
use jiff::tz::TimeZone;
use program::Program;
use rust_decimal::Decimal;
use std::{path::PathBuf, sync::Arc};
use system::{Collection, Connection, System};

/// A line of a file, as reports name it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Default, serde::Serialize, serde::Deserialize)]
pub struct Line {
    /// Path from the pipeline's folder; empty for the pipeline's own file.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub file: String,
    /// From 1.
    pub line: u32,
}

/// A compiled pipeline.
#[derive(Debug)]
pub struct ExecutionPlan {
    /// `p-` and eight hexadecimal digits of [`ExecutionPlan::hash`].
    pub id: String,
    /// Where it differs between two plans, what one has read is not what the other would read.
    pub read_basis: String,
    /// Over the meaning: comments and layout do not count, included files, tables and non-secret settings do.
    pub hash: String,
    pub name: String,
    pub title: String,
    /// The pipeline's file, and all files that it uses, itself first.
    pub files: Vec<PathBuf>,
    pub line: Line,
    pub zone: Option<TimeZone>,
    pub zone_name: Option<String>,
    /// As it is shown: `daily at 02:00`.
    pub schedule: Option<String>,
    pub source: Side,
    pub target: Side,
    pub since: Option<Since>,
    /// The other direction between the same two collections.
    pub twin: Option<Twin>,
    pub joins: Vec<Join>,
    pub each: Option<Each>,
    pub fields: Vec<Field>,
    pub key: Program,
    pub key_line: Line,
    /// The key expression as written, part of the link set's identity.
    pub key_text: String,
    pub scope: Vec<Scope>,
    pub one_per_key: Option<OnePerKey>,
    pub rules: Vec<Rule>,
    /// `match one by one`
    pub one_by_one: bool,
    pub match_line: Line,
    pub mode: Mode,
    pub mode_line: Line,
    pub map: Vec<Mapping>,
    pub map_calls: Vec<MapCall>,
    pub map_line: Line,
    pub leavers: Vec<Leaver>,
    pub guards: Vec<Guard>,
    /// `hold leavers`: a tripped guard holds closings and deletes alone.
    pub hold_leavers_only: bool,
    pub on_lost: OnLost,
    pub on_closed_by_hand: Option<Vec<Action>>,
    pub on_incomplete_read_continue: bool,
    /// `maximum age`
    pub maximum_age: Option<Span>,
    /// Target attributes shown beside each leaver.
    pub show: Vec<usize>,
    pub enabled: Option<(Program, Line)>,
    pub requires: Vec<(Program, String, Line)>,
    /// Settings and secrets with what is known of them.
    pub settings: Vec<SettingUse>,
    pub references: Vec<Reference>,
    /// Whether `today` or `now` decides anything.
    pub uses_today: bool,
}

/// One of the two systems, as this plan uses it.
#[derive(Debug)]
pub struct Side {
    pub system: Arc<System>,
    /// Index in [`System::collections`].
    pub collection: usize,
    /// The name the pipeline gives it: `employee`; of the target `current`.
    pub alias: String,
    /// What a row holds, in this order: one cell for each slot.
    pub slots: Vec<Slot>,
    pub line: Line,
}

impl ExecutionPlan {
    /// The key as written, without the fields that it is made of.
    #[must_use]
    pub fn key_words(&self) -> &str {
        self.key_text.lines().next().unwrap_or_default()
    }

    /// The day of an instant, in the pipeline's zone.
    #[must_use]
    pub fn day(&self, now: jiff::Timestamp) -> jiff::civil::Date {
        now.to_zoned(self.zone.clone().unwrap_or(TimeZone::UTC)).date()
    }
}

impl Side {
    /// The collection itself.
    #[must_use]
    pub fn collection(&self) -> &Collection {
        &self.system.collections[self.collection]
    }

    /// The slot that holds an attribute of the record itself, if it is read.
    #[must_use]
    pub fn slot_of(&self, attribute: usize) -> Option<usize> {
        self.slots.iter().position(|slot| slot.origin == Origin::Record && slot.attribute == Some(attribute))
    }

    /// Whether records can be asked for by an attribute of theirs: there is a call for it, or it is a file.
    #[must_use]
    pub fn can_be_asked_by(&self, attribute: usize) -> bool {
        matches!(self.system.connection, Connection::Files) || self.collection().find_by(attribute).is_some()
    }

    /// `lucca.users`
    #[must_use]
    pub fn name(&self) -> String {
        format!("{}.{}", self.system.name, self.collection().name)
    }
}

/// Where the value of a slot comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// The record itself. These slots come first.
    Record,
    /// A joined record, by the index of the join; a list where the join is `many`.
    Join(usize),
    /// The element of `for each`. This slot comes last.
    Each,
}

/// One value taken from each record.
#[derive(Clone, Debug)]
pub struct Slot {
    pub origin: Origin,
    /// Index in the collection's attributes; none for a raw path of the pipeline.
    pub attribute: Option<usize>,
    /// As reports name it: `contract_end`, or the path.
    pub name: String,
    pub path: JsonPath,
    pub codec: Codec,
    /// Where it is declared.
    pub line: Line,
}

/// `field NAME = EXPR`
#[derive(Debug)]
pub struct Field {
    pub name: String,
    pub ty: Type,
    pub program: Program,
    /// As written, for `show`.
    pub text: String,
    pub line: Line,
}

/// `include when` or `exclude when`
#[derive(Debug)]
pub struct Scope {
    pub include: bool,
    pub condition: Program,
    /// As written, for `show`.
    pub text: String,
    /// Why somebody is out: `contractor`, or `not has an e-mail address`; without `as`, the condition as written.
    pub reason: String,
    pub line: Line,
    /// Asked before the key (`exclude when number is missing`): it uses nothing that a row without a key could lack.
    pub before_key: bool,
}

/// `one per key prefer COND, then latest ATTR`
#[derive(Debug)]
pub struct OnePerKey {
    pub prefer: Option<Program>,
    /// A source slot.
    pub latest: Option<usize>,
    pub line: Line,
}

/// One line of `match`.
#[derive(Debug)]
pub struct Rule {
    pub parts: Vec<RulePart>,
    /// As reports name it: `external_id`, `email and last_name`.
    pub name: String,
    pub line: Line,
}

/// `ATTR = EXPR` in a line of `match`
#[derive(Debug)]
pub struct RulePart {
    /// A target attribute.
    pub attribute: usize,
    /// The target slot it is read into.
    pub slot: usize,
    pub value: Program,
    pub comparison: Comparison,
}

/// One line of `map`.
#[derive(Debug)]
pub struct Mapping {
    /// A target attribute.
    pub attribute: usize,
    /// The target slot it is compared with; none if it is write only.
    pub slot: Option<usize>,
    pub value: Program,
    /// As written, for `show`.
    pub text: String,
    pub on: On,
    pub when: Option<Program>,
    pub missing: Missing,
    pub once: bool,
    pub comparison: Comparison,
    pub list: ListOwnership,
    /// Where the other direction writes what this line reads.
    pub shared: Option<Shared>,
    /// Who wins where both sides changed what they share, as this direction sees it: the line's own word, or that of the other
    /// direction's line, turned round. None where nothing is shared.
    pub on_conflict: Option<OnConflict>,
    pub line: Line,
}

/// `call NAME MODIFIER…` in `map`.
#[derive(Debug)]
pub struct MapCall {
    /// Index in the target's named calls.
    pub call: usize,
    pub on: On,
    pub when: Option<Program>,
    pub once: bool,
    pub line: Line,
}

/// `since last run, lookback D, full every D from DATE`
#[derive(Clone, Debug)]
pub struct Since {
    pub lookback: Option<Span>,
    pub full_every: Option<Span>,
    /// Events before it are marked as seen and not sent.
    pub from: Option<jiff::Timestamp>,
    pub line: Line,
}

/// `join SYS.COLL as NAME [many] on COND`. Its values stand in the slots of the source's row that have [`Origin::Join`] of its index.
#[derive(Debug)]
pub struct Join {
    /// What is read of it: slots of its own, in the order in which the source's row holds them.
    pub side: Side,
    pub many: bool,
    /// What must be equal, over the source's row (its own slots and those of earlier joins) and over the row with this join's values in it:
    /// what a hash is made of. Empty where the condition has no such part. As in `match`, what is missing finds nobody.
    pub keys: Vec<(Program, Program)>,
    /// What must hold besides, over the source's row with one joined record's values in it.
    pub rest: Option<Program>,
    /// The condition as written, for `show`.
    pub text: String,
    pub line: Line,
}

/// `for each NAME in LIST`: a row for each element, which stands in the slot with [`Origin::Each`].
#[derive(Debug)]
pub struct Each {
    pub name: String,
    /// Over the source's row with its joins.
    pub list: Program,
    /// As written, for `show`.
    pub text: String,
    pub line: Line,
}

/// One `leaver` block.
#[derive(Debug)]
pub struct Leaver {
    pub conditions: Vec<LeaverCondition>,
    /// Stage 1.
    pub actions: Vec<Action>,
    /// `after D { … }`, in order.
    pub stages: Vec<Stage>,
    pub on_return: Option<Vec<Action>>,
    pub create_again: bool,
    pub protect: Vec<Protect>,
    pub enforce: bool,
    pub line: Line,
}

#[derive(Debug)]
pub struct LeaverCondition {
    pub kind: LeaverKind,
    /// `contract ended`, or the condition as written.
    pub reason: String,
    /// As written, for `show`.
    pub text: String,
    pub line: Line,
    /// For `X < today` and its like: X, so that the day it becomes true can be told.
    pub due: Option<Program>,
}

#[derive(Debug)]
pub enum LeaverKind {
    When(Program),
    MissingForRuns { runs: u64, at_least_apart: Option<Span> },
    MissingFor(Span),
    OutOfScope,
}

#[derive(Debug)]
pub struct Stage {
    pub delay: Span,
    pub actions: Vec<Action>,
    pub line: Line,
}

/// What a leaver block does to the account.
#[derive(Debug)]
pub enum Action {
    /// A target attribute and its value.
    Set {
        attribute: usize,
        slot: Option<usize>,
        value: Program,
        text: String,
        line: Line,
    },
    /// A named call: index in the collection's named calls.
    Call {
        call: usize,
        once: bool,
        line: Line,
    },
    Delete {
        line: Line,
    },
}

#[derive(Debug)]
pub struct Protect {
    pub condition: Program,
    pub reason: String,
    pub line: Line,
}

/// One limit of `guard`.
#[derive(Clone, Debug)]
pub struct Guard {
    pub what: Guarded,
    pub percent: Option<Decimal>,
    pub number: Option<u64>,
    pub over: Option<Span>,
    /// None: a default that nobody wrote.
    pub line: Option<Line>,
}

/// A setting or a secret that the plan needs.
#[derive(Clone, Debug)]
pub struct SettingUse {
    /// The system it belongs to; none for the pipeline and its shared settings.
    pub system: Option<String>,
    /// Whether pipelines share it.
    pub shared: bool,
    pub name: String,
    pub secret: bool,
    pub required: bool,
    pub words: Option<String>,
    pub kind: Kind,
    /// As shown; none if it has no value, and always none for a secret.
    pub value: Option<String>,
    /// Whether the configuration gives the value.
    pub given: bool,
    /// What it may be, as shown, and what that is called.
    pub choices: Vec<(String, Option<String>)>,
    /// The pattern that it has to match.
    pub matches: Option<String>,
    /// Where its choices come from, if a system has to be asked.
    pub live: Option<Live>,
    pub place: Place,
}

/// `x | counterpart`: links of which pipeline are asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reference {
    pub pipeline: String,
    /// Its key expression as written, part of its link set's identity.
    pub key_text: String,
    /// System and collection that `x` is the key of.
    pub source: (String, String),
    /// System and collection that the result is the key of.
    pub target: (String, String),
}

/// The pipeline of the other direction, from this one's target to its source: its links are the same, seen from the other end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Twin {
    pub pipeline: String,
    /// Its key expression as written, part of its link set's identity.
    pub key_text: String,
    /// Where it is declared.
    pub line: Line,
}

/// An attribute of the source that the other direction writes from what a line of `map` writes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shared {
    /// A source attribute.
    pub attribute: usize,
    /// The source slot it is read into.
    pub slot: usize,
    /// The line of the other direction that writes it.
    pub line: Line,
}

impl std::fmt::Display for Line {
    /// `line 37`, or `lucca.sync:47` in another file than the pipeline's own.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.file.is_empty() { write!(f, "line {}", self.line) } else { write!(f, "{}:{}", self.file, self.line) }
    }
}
