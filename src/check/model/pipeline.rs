//! A checked pipeline, with settings still open.

use super::{Require, Setting, expr::Expr, path, shown};
use crate::{
    diagnose::{FileId, Span},
    syntax::tree::Schedule,
    value::{Span as Time, Type, canonical::Comparison, path::JsonPath},
};
use rust_decimal::Decimal;
use serde::Serialize;

#[derive(Debug, Serialize)]
pub struct Pipeline {
    pub name: String,
    #[serde(skip)]
    pub file: FileId,
    #[serde(skip)]
    pub span: Span,
    pub title: Option<String>,
    pub zone: Option<String>,
    pub enabled: Option<Condition>,
    #[serde(skip)]
    pub schedule: Option<(Schedule, Span)>,
    #[serde(skip)]
    pub settings: Vec<Setting>,
    pub requires: Vec<Require>,
    pub source: End,
    pub target: End,
    pub since: Option<Since>,
    pub joins: Vec<Join>,
    pub each: Option<Each>,
    pub raws: Vec<Raw>,
    pub fields: Vec<Field>,
    pub key: Expr,
    pub key_text: String,
    #[serde(skip)]
    pub key_span: Span,
    pub scope: Vec<Scope>,
    pub one_per_key: Option<OnePerKey>,
    pub rules: Vec<Rule>,
    pub one_by_one: bool,
    #[serde(skip)]
    pub match_span: Span,
    pub mode: ModeChoice,
    #[serde(skip)]
    pub mode_span: Span,
    pub map: Vec<Mapping>,
    pub map_calls: Vec<MapCall>,
    #[serde(skip)]
    pub map_span: Span,
    pub leavers: Vec<Leaver>,
    pub guards: Vec<Guard>,
    pub hold_leavers_only: bool,
    pub on_lost: OnLost,
    pub on_closed_by_hand: Option<Vec<Action>>,
    pub on_incomplete_read_continue: bool,
    #[serde(serialize_with = "super::debugged")]
    pub maximum_age: Option<Time>,
    pub show: Vec<usize>,
    /// The pipelines whose links are asked.
    pub references: Vec<Reference>,
    pub twin: Option<Twin>,
}

/// A condition with its reason.
#[derive(Debug, Serialize)]
pub struct Condition {
    pub value: Expr,
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
pub struct Since {
    #[serde(serialize_with = "super::debugged")]
    pub lookback: Option<Time>,
    #[serde(serialize_with = "super::debugged")]
    pub full_every: Option<Time>,
    /// Events before it are marked as seen and not sent.
    pub from: Option<Expr>,
    #[serde(skip)]
    pub span: Span,
}

/// `join SYS.COLL as NAME [many] on COND`
#[derive(Debug, Serialize)]
pub struct Join {
    pub end: End,
    pub many: bool,
    /// In it, [`super::expr::ExprKind::Joined`] of this join is one record's value, and not a list.
    pub on: Expr,
    /// The condition as written.
    #[serde(skip)]
    pub text: String,
}

/// `for each NAME in LIST`
#[derive(Debug, Serialize)]
pub struct Each {
    pub name: String,
    pub list: Expr,
    /// The list as written.
    #[serde(skip)]
    pub text: String,
    #[serde(serialize_with = "shown")]
    pub ty: Type,
    #[serde(skip)]
    pub span: Span,
}

/// A target attribute by its index, or one that a setting chooses.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub enum Chosen {
    Fixed(usize),
    /// `[setting.field]`: nothing chosen, nothing written.
    BySetting(super::SettingId),
}

impl Chosen {
    /// The attribute, if no setting chooses it.
    #[must_use]
    pub const fn fixed(&self) -> Option<usize> {
        if let Self::Fixed(at) = self { Some(*at) } else { None }
    }

    /// The setting that chooses it.
    #[must_use]
    pub const fn setting(&self) -> Option<&super::SettingId> {
        if let Self::BySetting(id) = self { Some(id) } else { None }
    }
}

/// `on conflict newest then this`
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct OnConflict {
    pub first: Conflict,
    /// Of `newest`, where the times do not decide.
    pub then: Option<Conflict>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum Conflict {
    Newest,
    This,
    Other,
    Hold,
}

/// `call NAME MODIFIER…` in `map`: index in the target's named calls.
#[derive(Debug, Serialize)]
pub struct MapCall {
    pub call: usize,
    pub on: On,
    pub when: Option<Expr>,
    pub once: bool,
    #[serde(skip)]
    pub span: Span,
}

/// `counterpart(PIPELINE)`: between what the links of that pipeline go.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Reference {
    pub pipeline: String,
    /// Its key expression as written.
    pub key_text: String,
    /// System and collection.
    pub source: (String, String),
    pub target: (String, String),
}

/// The pipeline of the other direction.
#[derive(Debug, Serialize)]
pub struct Twin {
    pub pipeline: String,
    /// Its key expression as written.
    pub key_text: String,
    #[serde(skip)]
    pub span: Span,
}

/// The attribute of the source that the other direction writes from what a line writes.
#[derive(Debug, Serialize)]
pub struct Shared {
    pub attribute: usize,
    /// The line of the other direction.
    #[serde(skip)]
    pub span: Span,
}

/// A raw path of the source record and how it is read.
#[derive(Debug, Serialize)]
pub struct Raw {
    #[serde(serialize_with = "path")]
    pub path: JsonPath,
    #[serde(serialize_with = "shown")]
    pub ty: Type,
    #[serde(skip)]
    pub span: Span,
}

#[derive(Debug, Serialize)]
pub struct Field {
    pub name: String,
    #[serde(serialize_with = "shown")]
    pub ty: Type,
    pub value: Expr,
    /// How large it is at least, where it is not missing: characters of a text, values of a list.
    #[serde(skip)]
    pub least_size: u64,
    #[serde(skip)]
    pub text: String,
    #[serde(skip)]
    pub name_span: Span,
    #[serde(skip)]
    pub span: Span,
}

#[derive(Debug, Serialize)]
pub struct Scope {
    pub include: bool,
    pub condition: Expr,
    #[serde(skip)]
    pub text: String,
    pub reason: String,
    pub before_key: bool,
    #[serde(skip)]
    pub span: Span,
}

#[derive(Debug, Serialize)]
pub struct OnePerKey {
    pub prefer: Option<Expr>,
    /// An attribute of the source.
    pub latest: Option<usize>,
    #[serde(skip)]
    pub span: Span,
}

#[derive(Debug, Serialize)]
pub struct Rule {
    pub parts: Vec<RulePart>,
    #[serde(skip)]
    pub span: Span,
}

#[derive(Debug, Serialize)]
pub struct RulePart {
    pub attribute: Chosen,
    pub value: Expr,
    #[serde(serialize_with = "super::debugged")]
    pub comparison: Comparison,
}

/// A mode, or the setting that says which.
#[derive(Debug, Serialize)]
pub enum ModeChoice {
    Fixed(Mode),
    Setting(super::SettingId),
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

#[derive(Debug, Serialize)]
pub struct Mapping {
    pub attribute: Chosen,
    pub value: Expr,
    #[serde(skip)]
    pub text: String,
    pub on: On,
    pub when: Option<Expr>,
    pub missing: Missing,
    pub once: bool,
    #[serde(serialize_with = "super::debugged")]
    pub comparison: Comparison,
    pub list: ListOwnership,
    /// Where the other direction writes what this line reads.
    pub shared: Option<Shared>,
    /// As written; once pipelines have been held beside each other, who wins where something is shared, and none elsewhere.
    pub on_conflict: Option<OnConflict>,
    #[serde(skip)]
    pub span: Span,
}

#[derive(Debug, Serialize)]
pub struct Leaver {
    pub conditions: Vec<LeaverCondition>,
    pub actions: Vec<Action>,
    pub stages: Vec<Stage>,
    pub on_return: Option<Vec<Action>>,
    pub create_again: bool,
    pub protect: Vec<Protect>,
    pub enforce: bool,
    #[serde(skip)]
    pub span: Span,
}

impl Leaver {
    /// Whether being out of scope makes people leave.
    pub fn by_scope(&self) -> bool {
        self.conditions.iter().any(|condition| matches!(condition.kind, LeaverKind::OutOfScope))
    }
}

#[derive(Debug, Serialize)]
pub struct LeaverCondition {
    pub kind: LeaverKind,
    pub reason: String,
    #[serde(skip)]
    pub text: String,
    pub due: Option<Expr>,
    #[serde(skip)]
    pub span: Span,
}

#[derive(Debug, Serialize)]
pub enum LeaverKind {
    When(Expr),
    MissingForRuns {
        runs: u64,
        #[serde(serialize_with = "super::debugged")]
        at_least_apart: Option<Time>,
    },
    MissingFor(#[serde(serialize_with = "super::debugged")] Time),
    OutOfScope,
}

#[derive(Debug, Serialize)]
pub struct Stage {
    #[serde(serialize_with = "super::debugged")]
    pub delay: Time,
    pub actions: Vec<Action>,
    #[serde(skip)]
    pub span: Span,
}

#[derive(Debug, Serialize)]
pub enum Action {
    Set {
        attribute: Chosen,
        value: Expr,
        #[serde(skip)]
        text: String,
        #[serde(skip)]
        span: Span,
    },
    Call {
        call: usize,
        once: bool,
        #[serde(skip)]
        span: Span,
    },
    Delete {
        #[serde(skip)]
        span: Span,
    },
}

#[derive(Debug, Serialize)]
pub struct Protect {
    pub condition: Expr,
    pub reason: String,
    #[serde(skip)]
    pub span: Span,
}

#[derive(Debug, Serialize)]
pub struct Guard {
    pub what: Guarded,
    pub percent: Option<Decimal>,
    pub number: Option<u64>,
    #[serde(serialize_with = "super::debugged")]
    pub over: Option<Time>,
    #[serde(skip)]
    pub span: Option<Span>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum Mode {
    CreateAndUpdate,
    Create,
    Update,
    Append,
}

impl Mode {
    /// A mode by its words, as a setting chooses it.
    pub(crate) fn of_words(words: &str) -> Option<Self> {
        Some(match words {
            "create and update" => Self::CreateAndUpdate,
            "create" => Self::Create,
            "update" => Self::Update,
            _ => return None,
        })
    }

    /// Whether a record without a counterpart gets one.
    #[must_use]
    pub const fn creates(self) -> bool {
        !matches!(self, Self::Update)
    }

    /// Whether a counterpart is changed.
    #[must_use]
    pub const fn updates(self) -> bool {
        matches!(self, Self::CreateAndUpdate | Self::Update)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum On {
    Both,
    Create,
    Update,
}

/// What happens when the value is missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum Missing {
    /// It can't be.
    Never,
    /// `keep when missing`
    Keep,
    /// `clear when missing`
    Clear,
    /// `keep when absent`, else cleared
    KeepAbsent,
    /// `clear when absent`, else kept
    ClearAbsent,
}

impl Missing {
    /// Whether a missing value empties what the target holds.
    #[must_use]
    pub const fn clears(self) -> bool {
        matches!(self, Self::Clear | Self::KeepAbsent | Self::ClearAbsent)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum ListOwnership {
    /// By value: what we did not add we do not remove.
    Owned,
    Exactly,
    OnlyAdd,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub enum Guarded {
    Leavers,
    Creates,
    Updates,
    Returns,
    Rekeys,
    Clears,
    Failures,
    /// `updates of ATTR`: a target attribute.
    UpdatesOf(usize),
    /// `source at least P% of last run`
    Source,
    /// `approve every run`
    EveryRun,
    /// `approve leavers`
    EveryLeaver,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum OnLost {
    Hold,
    CreateAgain,
    Unlink,
}
