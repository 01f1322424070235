//! A pipeline, in both of its forms. `X` is the type of expressions, `A` names a target attribute.

pub use super::{
    leaver::{Action, Leaver, LeaverCondition, LeaverKind, Protect, Stage},
    setting::Chosen,
    words::{Conflict, Guarded, ListOwnership, Missing, Mode, On, OnConflict, OnLost},
};

use super::{
    expr::Expr,
    hashed::{debugged, path, shown},
    setting::{Setting, SettingId},
};
use crate::{
    diagnose::{FileId, Span},
    syntax::tree::Schedule,
    value::{Span as Time, Type, canonical::Comparison, path::JsonPath},
};
use rust_decimal::Decimal;
use serde::Serialize;
use std::fmt::Debug;

/// What differs between the two forms of a pipeline.
pub trait Form {
    type Expr: Debug;
    /// A target attribute that is written or matched.
    type Attribute: Debug;
    /// A collection that is read or written.
    type End: Debug;
    /// When a record is joined.
    type JoinCondition: Debug;
    type Mode: Debug;
    /// From when on events are sent.
    type Instant: Debug;
}

/// A pipeline as checked: settings are open.
#[derive(Debug)]
pub struct Checked;

impl Form for Checked {
    type Expr = Expr;
    type Attribute = Chosen;
    type End = End;
    type JoinCondition = Expr;
    type Mode = ModeChoice;
    type Instant = Expr;
}

#[derive(Debug, Serialize)]
#[serde(bound(
    serialize = "F::Expr: Serialize, F::Attribute: Serialize, F::End: Serialize, F::JoinCondition: Serialize, F::Mode: Serialize, F::Instant: Serialize"
))]
pub struct Pipeline<F: Form = Checked> {
    pub name: String,
    #[serde(skip)]
    pub file: FileId,
    #[serde(skip)]
    pub span: Span,
    /// As written, else the name.
    pub title: String,
    /// The name of its time zone.
    #[serde(rename = "zone")]
    pub zone_name: Option<String>,
    pub enabled: Option<Condition<F::Expr>>,
    #[serde(skip)]
    pub schedule: Option<(Schedule, Span)>,
    /// The settings that it declares itself.
    #[serde(skip)]
    pub settings: Vec<Setting>,
    /// Once compiled, also those that the project requires of all.
    pub requires: Vec<Require<F::Expr>>,
    pub source: F::End,
    pub target: F::End,
    pub since: Option<Since<F::Instant>>,
    pub joins: Vec<Join<F::End, F::JoinCondition>>,
    pub each: Option<Each<F::Expr>>,
    pub raws: Vec<Raw>,
    pub fields: Vec<Field<F::Expr>>,
    pub key: F::Expr,
    /// The key expression as written, part of the link set's identity.
    pub key_text: String,
    /// The same for every way to write this key.
    #[serde(skip)]
    pub key_form: String,
    #[serde(skip)]
    pub key_span: Span,
    pub scope: Vec<Scope<F::Expr>>,
    pub one_per_key: Option<OnePerKey<F::Expr>>,
    /// Once compiled, without those that name an attribute by a setting that has no value; the same holds for `map` and for actions.
    pub rules: Vec<Rule<F::Expr, F::Attribute>>,
    /// `match one by one`
    pub one_by_one: bool,
    #[serde(skip)]
    pub match_span: Span,
    pub mode: F::Mode,
    #[serde(skip)]
    pub mode_span: Span,
    pub map: Vec<Mapping<F::Expr, F::Attribute>>,
    pub map_calls: Vec<MapCall<F::Expr>>,
    #[serde(skip)]
    pub map_span: Span,
    pub leavers: Vec<Leaver<F::Expr, F::Attribute>>,
    pub guards: Vec<Guard>,
    /// `hold leavers`: a guard that is exceeded holds closings and deletes alone.
    pub hold_leavers_only: bool,
    pub on_lost: OnLost,
    pub on_closed_by_hand: Option<Vec<Action<F::Expr, F::Attribute>>>,
    pub on_incomplete_read_continue: bool,
    #[serde(serialize_with = "debugged")]
    pub maximum_age: Option<Time>,
    /// Target attributes shown beside each leaver.
    pub show: Vec<usize>,
    /// The pipelines whose links are asked.
    pub references: Vec<Reference>,
    /// The other direction between the same two collections.
    pub twin: Option<Twin>,
}

/// `enabled when COND`
#[derive(Debug, Serialize)]
pub struct Condition<X = Expr> {
    pub value: X,
    #[serde(skip)]
    pub span: Span,
}

/// One of the two ends: a collection of a system, by their indexes.
#[derive(Debug, Serialize)]
pub struct End {
    pub system: usize,
    pub collection: usize,
    pub alias: String,
    #[serde(skip)]
    pub span: Span,
}

/// `since last run, lookback D, full every D from DATE`
#[derive(Debug, Serialize)]
pub struct Since<I = Expr> {
    #[serde(serialize_with = "debugged")]
    pub lookback: Option<Time>,
    #[serde(serialize_with = "debugged")]
    pub full_every: Option<Time>,
    /// Events before it are marked as seen and not sent.
    pub from: Option<I>,
    #[serde(skip)]
    pub span: Span,
}

/// `join SYS.COLL as NAME [many] on COND`
#[derive(Debug, Serialize)]
pub struct Join<E = End, C = Expr> {
    pub end: E,
    pub many: bool,
    /// In it, [`ExprKind::Joined`](super::expr::ExprKind::Joined) of this join is one record's value, and not a list.
    pub on: C,
    /// The condition as written.
    #[serde(skip)]
    pub text: String,
}

/// `for each NAME in LIST`
#[derive(Debug, Serialize)]
pub struct Each<X = Expr> {
    pub name: String,
    pub list: X,
    /// The list as written.
    #[serde(skip)]
    pub text: String,
    #[serde(serialize_with = "shown")]
    pub ty: Type,
    #[serde(skip)]
    pub span: Span,
}

/// `call NAME MODIFIER…` in `map`: index in the target's named calls.
#[derive(Debug, Serialize)]
pub struct MapCall<X = Expr> {
    pub call: usize,
    pub on: On,
    pub when: Option<X>,
    pub once: bool,
    #[serde(skip)]
    pub span: Span,
}

/// `x | counterpart(PIPELINE)`: links of which pipeline are asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
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
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Twin {
    pub pipeline: String,
    /// Its key expression as written, part of its link set's identity.
    pub key_text: String,
    /// The same for every way to write that key.
    #[serde(skip)]
    pub key_form: String,
    #[serde(skip)]
    pub span: Span,
}

/// The attribute of the source that the other direction writes from what a line writes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Shared {
    /// A source attribute.
    pub attribute: usize,
    /// The line of the other direction.
    #[serde(skip)]
    pub span: Span,
}

/// A raw path of the source record and how it is read.
#[derive(Clone, Debug, Serialize)]
pub struct Raw {
    #[serde(serialize_with = "path")]
    pub path: JsonPath,
    #[serde(serialize_with = "shown")]
    pub ty: Type,
    #[serde(skip)]
    pub span: Span,
}

/// `field NAME = EXPR`
#[derive(Debug, Serialize)]
pub struct Field<X = Expr> {
    pub name: String,
    #[serde(serialize_with = "shown")]
    pub ty: Type,
    pub value: X,
    /// How large it is at least, where it is not missing: characters of a text, values of a list.
    #[serde(skip)]
    pub least_size: u64,
    /// As written, for `show`.
    #[serde(skip)]
    pub text: String,
    #[serde(skip)]
    pub name_span: Span,
    #[serde(skip)]
    pub span: Span,
}

/// `include when` or `exclude when`
#[derive(Debug, Serialize)]
pub struct Scope<X = Expr> {
    pub include: bool,
    pub condition: X,
    /// As written, for `show`.
    #[serde(skip)]
    pub text: String,
    /// Why somebody is out: `contractor`, or `not has an e-mail address`; without `as`, the condition as written.
    pub reason: String,
    /// Depends on the key alone (`exclude when number is missing`), so it is asked before the key is read: a record without one that it
    /// excludes is out, and its key is not asked for.
    pub before_key: bool,
    #[serde(skip)]
    pub span: Span,
}

/// `one per key prefer COND, then latest ATTR`
#[derive(Debug, Serialize)]
pub struct OnePerKey<X = Expr> {
    pub prefer: Option<X>,
    /// An attribute of the source.
    pub latest: Option<usize>,
    #[serde(skip)]
    pub span: Span,
}

/// One line of `match`.
#[derive(Debug, Serialize)]
pub struct Rule<X = Expr, A = Chosen> {
    pub parts: Vec<RulePart<X, A>>,
    #[serde(skip)]
    pub span: Span,
}

/// `ATTR = EXPR` in a line of `match`
#[derive(Debug, Serialize)]
pub struct RulePart<X = Expr, A = Chosen> {
    pub attribute: A,
    pub value: X,
    /// As written here; once compiled, with what the attribute declares.
    #[serde(serialize_with = "debugged")]
    pub comparison: Comparison,
}

/// A mode, or the setting that says which.
#[derive(Debug, Serialize)]
pub enum ModeChoice {
    Fixed(Mode),
    Setting(SettingId),
}

impl ModeChoice {
    /// Whether records without a counterpart may get one.
    #[must_use]
    pub const fn may_create(&self) -> bool {
        match self {
            Self::Fixed(mode) => mode.creates(),
            Self::Setting(_) => true,
        }
    }

    /// Whether records are sent as events, and never touched again.
    #[must_use]
    pub const fn appends(&self) -> bool {
        matches!(self, Self::Fixed(Mode::Append))
    }

    /// Whether counterparts may be changed.
    #[must_use]
    pub const fn may_update(&self) -> bool {
        match self {
            Self::Fixed(mode) => mode.updates(),
            Self::Setting(_) => true,
        }
    }
}

/// One line of `map`.
#[derive(Debug, Serialize)]
pub struct Mapping<X = Expr, A = Chosen> {
    pub attribute: A,
    pub value: X,
    /// As written, for `show`.
    #[serde(skip)]
    pub text: String,
    pub on: On,
    pub when: Option<X>,
    pub missing: Missing,
    pub once: bool,
    /// As written here; once compiled, with what the attribute declares.
    #[serde(serialize_with = "debugged")]
    pub comparison: Comparison,
    pub list: ListOwnership,
    /// Where the other direction writes what this line reads.
    pub shared: Option<Shared>,
    /// As written. Once pipelines have been compared with each other: who wins where both sides changed what they share, as this
    /// direction sees it (the line's own word, or that of the other direction's line, turned round); none where nothing is shared.
    pub on_conflict: Option<OnConflict>,
    #[serde(skip)]
    pub span: Span,
}

/// One limit of `guard`.
#[derive(Clone, Debug, Serialize)]
pub struct Guard {
    pub what: Guarded,
    pub percent: Option<Decimal>,
    pub number: Option<u64>,
    #[serde(serialize_with = "debugged")]
    pub over: Option<Time>,
    /// None: the default, which is not in the file.
    #[serde(skip)]
    pub span: Option<Span>,
}

/// `require COND as "words"`
#[derive(Clone, Debug, Serialize)]
pub struct Require<X = Expr> {
    pub condition: X,
    pub words: String,
    #[serde(skip)]
    pub span: Span,
}
