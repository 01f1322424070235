//! The execution plan.

use super::{
    program::Program,
    system::{Attribute, Collection, Connection, System},
};
use crate::{
    check::model::{
        Live, leaver,
        pipeline::{self as model, Form, Pipeline},
        words::Mode,
    },
    diagnose::{FileId, Sources, Span as Place},
    syntax::tree::Schedule,
    value::{Kind, canonical::Comparison, format::Codec, path::JsonPath},
};
use jiff::tz::TimeZone;
use std::{
    ops::{Deref, DerefMut},
    path::PathBuf,
    sync::Arc,
};

pub use model::{Guard, Reference, Shared, Twin};

pub type Action = leaver::Action<Program, usize>;
pub type Each = model::Each<Program>;
pub type Field = model::Field<Program>;
pub type Join = model::Join<Side, JoinCondition>;
pub type Leaver = leaver::Leaver<Program, usize>;
pub type LeaverCondition = leaver::LeaverCondition<Program>;
pub type LeaverKind = leaver::LeaverKind<Program>;
pub type MapCall = model::MapCall<Program>;
pub type Mapping = model::Mapping<Program, usize>;
pub type OnePerKey = model::OnePerKey<Program>;
pub type Protect = leaver::Protect<Program>;
pub type Condition = model::Condition<Program>;
pub type Require = model::Require<Program>;
pub type Rule = model::Rule<Program, usize>;
pub type RulePart = model::RulePart<Program, usize>;
pub type Scope = model::Scope<Program>;
pub type Since = model::Since<jiff::Timestamp>;
pub type Stage = leaver::Stage<Program, usize>;

/// A pipeline as a plan has it: settings are folded in, expressions are programs.
#[derive(Debug)]
pub struct Compiled;

impl Form for Compiled {
    type Expr = Program;
    type Attribute = usize;
    type End = Side;
    type JoinCondition = JoinCondition;
    type Mode = Mode;
    type Instant = jiff::Timestamp;
}

/// A line of a file, as reports name it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Default, serde::Serialize, serde::Deserialize)]
pub struct SourceLine {
    /// Path from the pipeline's folder; empty for the pipeline's own file.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub file: String,
    /// From 1.
    pub line: u32,
}

impl SourceLine {
    /// The line that a span begins on, as the file `own` names it.
    pub(super) fn of(sources: &Sources, own: FileId, span: Place) -> Self {
        let file = if span.file == own { String::new() } else { sources.file(span.file).path.display().to_string() };
        Self { file, line: sources.line(span) }
    }
}

impl std::fmt::Display for SourceLine {
    /// `line 37`, or `lucca.sync:47` in another file than the pipeline's own.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.file.is_empty() { write!(f, "line {}", self.line) } else { write!(f, "{}:{}", self.file, self.line) }
    }
}

/// A compiled pipeline with everything else that a run needs: immutable, hashed, swapped as a whole. Dereferences to the pipeline.
#[derive(Debug)]
pub struct ExecutionPlan {
    /// `p-` and eight hexadecimal digits of [`ExecutionPlan::hash`].
    pub id: String,
    /// If it differs between two plans, they read different records.
    pub read_basis: String,
    /// A hash of what decides which records the source lists.
    pub source_basis: String,
    /// Over the meaning: comments and layout do not count, included files, tables and non-secret settings do.
    pub hash: String,
    /// The pipeline's file, and all files that it uses, itself first.
    pub files: Vec<PathBuf>,
    pub zone: Option<TimeZone>,
    /// As it is shown: `daily at 02:00`.
    pub schedule_words: Option<String>,
    /// When it is meant to run, with the value of a setting in its place; of one that runs after another pipeline, when that one does.
    pub(super) pace: Option<Schedule>,
    /// Settings and secrets, with their values.
    pub setting_uses: Vec<SettingUse>,
    /// Whether `today` or `now` decides anything.
    pub uses_today: bool,
    pub pipeline: Pipeline<Compiled>,
    /// The texts that its spans are of.
    pub(super) sources: Sources,
}

impl Deref for ExecutionPlan {
    type Target = Pipeline<Compiled>;

    fn deref(&self) -> &Self::Target {
        &self.pipeline
    }
}

impl DerefMut for ExecutionPlan {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.pipeline
    }
}

impl ExecutionPlan {
    /// The text of the key, without the fields that it uses.
    #[must_use]
    pub fn key_words(&self) -> &str {
        self.key_text.lines().next().unwrap_or_default()
    }

    /// Where a value of the source's row is read, as runs remember it: `$.ends`, and of what is joined `$.ends of club.tiers`. The same
    /// path of two collections is two places.
    #[must_use]
    pub fn place_of(&self, slot: usize) -> String {
        let Slot { origin, path, .. } = &self.source.slots[slot];
        let Origin::Join(join) = *origin else { return path.text.clone() };
        let collection = self.joins[join].end.name();
        let again = self.joins[..join].iter().filter(|other| other.end.name() == collection).count();
        let nth = if again == 0 { String::new() } else { format!(", joined {} times", again + 1) };
        format!("{} of {collection}{nth}", path.text)
    }

    /// The day of an instant, in the pipeline's zone.
    #[must_use]
    pub fn day(&self, now: jiff::Timestamp) -> jiff::civil::Date {
        now.to_zoned(self.zone.clone().unwrap_or(TimeZone::UTC)).date()
    }

    /// How values of an attribute of the target are compared: as the last line of `map` that writes it says, else as it is declared.
    #[must_use]
    pub fn comparison(&self, attribute: usize) -> Comparison {
        let line = self.map.iter().rev().find(|mapping| mapping.attribute == attribute);
        line.map_or_else(|| self.target.attribute(attribute).comparison, |mapping| mapping.comparison)
    }

    /// Whether a part of a line of `match` compares the key of a record, as it is.
    #[must_use]
    pub fn compares_key(&self, part: &RulePart) -> bool {
        matches!((&part.value, &self.key), (Program::Name(own), Program::Name(key)) if own == key)
    }

    /// A line of `match` as reports name it: `external_id`, `email and last_name`.
    #[must_use]
    pub fn rule_name(&self, rule: &Rule) -> String {
        let names = rule.parts.iter().map(|part| self.target.attribute(part.attribute).name.as_str());
        names.collect::<Vec<_>>().join(" and ")
    }

    /// The line that something begins on.
    #[must_use]
    pub fn line(&self, span: Place) -> SourceLine {
        SourceLine::of(&self.sources, self.file, span)
    }
}

/// One of the systems, as this plan uses it.
#[derive(Debug)]
pub struct Side {
    pub system: Arc<System>,
    /// Index in [`System::collections`].
    pub collection: usize,
    /// The name the pipeline gives it: `employee`; of the target `current`.
    pub alias: String,
    /// What a row holds, in this order: one cell for each slot.
    pub slots: Vec<Slot>,
    pub span: Place,
    /// The slot of each attribute, so that none has to be searched for each record.
    by_attribute: Box<[Option<usize>]>,
    /// The slots whose values `get` alone shows.
    from_get: Box<[usize]>,
}

impl Side {
    /// A side that reads these slots.
    ///
    /// # Panics
    /// If the system has no such collection.
    #[must_use]
    pub fn new(system: Arc<System>, collection: usize, alias: String, slots: Vec<Slot>, span: Place) -> Self {
        let of_record = |slot: &Slot, at: usize| slot.origin == Origin::Record && slot.attribute == Some(at);
        let slot_of = |at: usize| slots.iter().position(|slot| of_record(slot, at));
        let by_attribute = (0..system.collections[collection].attributes.len()).map(slot_of).collect();
        let shown = |slot: &Slot| slot.attribute.is_some_and(|at| system.collections[collection].attributes[at].from_get);
        let own = slots.iter().enumerate().filter(|(_, slot)| slot.origin == Origin::Record && shown(slot));
        let from_get = own.map(|(at, _)| at).collect();
        Self { system, collection, alias, slots, span, by_attribute, from_get }
    }

    /// The slots whose values `get` alone shows: each record costs one more call.
    #[must_use]
    pub const fn from_get(&self) -> &[usize] {
        &self.from_get
    }

    /// The collection itself.
    #[must_use]
    pub fn collection(&self) -> &Collection {
        &self.system.collections[self.collection]
    }

    /// An attribute of the collection.
    ///
    /// # Panics
    /// If there is none of this index.
    #[must_use]
    pub fn attribute(&self, at: usize) -> &Attribute {
        &self.collection().attributes[at]
    }

    /// The slot that holds an attribute of the record itself, if it is read.
    #[must_use]
    pub fn slot_of(&self, attribute: usize) -> Option<usize> {
        self.by_attribute.get(attribute).copied().flatten()
    }

    /// Whether records can be looked up by an attribute: there is a call for it, or the system is a file.
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

/// When a record is joined. Its values are in the slots of the source's row that have [`Origin::Join`] of its index.
#[derive(Debug)]
pub struct JoinCondition {
    /// Pairs that must be equal and are hashed: over the source's row (its own slots and those of earlier joins), and over the row with
    /// this join's values in it. Empty if the condition has no such part. As in `match`, a missing value finds nothing.
    pub keys: Vec<(Program, Program)>,
    /// The rest of the condition, over the source's row with one joined record's values in it.
    pub rest: Option<Program>,
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
    pub span: Place,
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
    /// As shown; `None` if it has no value, and always none for a secret.
    pub value: Option<String>,
    /// Whether the configuration gives the value.
    pub given: bool,
    /// Its choices as shown, with their words.
    pub choices: Vec<(String, Option<String>)>,
    /// The pattern that it has to match.
    pub matches: Option<String>,
    /// Where its choices come from, if a system has to be asked.
    pub live: Option<Live>,
    pub place: Place,
}
