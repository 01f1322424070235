//! Pipelines: what is read, matched, mapped, and what happens to leavers.

use super::{Broken, CollectionName, Expr, Ident, Require, Setting, TypeName, Words};
use crate::diagnose::Span;
use rust_decimal::Decimal;

/// `pipeline NAME { … }`
#[derive(Clone, Debug, PartialEq)]
pub struct Pipeline {
    pub name: Ident,
    pub items: Vec<PipelineItem>,
    pub span: Span,
}

#[derive(Clone, Debug, PartialEq)]
#[expect(clippy::large_enum_variant, reason = "a file has few of them")]
pub enum PipelineItem {
    Title(Words),
    Zone(Words),
    Setting(Setting),
    Require(Require),
    Enabled(Expr),
    Schedule(Schedule),
    From {
        collection: CollectionName,
        alias: Option<Ident>,
        span: Span,
    },
    To {
        collection: CollectionName,
        span: Span,
    },
    Since {
        lookback: Option<crate::value::Span>,
        full_every: Option<crate::value::Span>,
        from: Option<Expr>,
        span: Span,
    },
    /// `join X as m [many] on COND`
    Join {
        collection: CollectionName,
        alias: Ident,
        many: bool,
        on: Expr,
        span: Span,
    },
    /// `for each NAME in LIST`
    ForEach {
        name: Ident,
        list: Expr,
        span: Span,
    },
    Field {
        name: Ident,
        ty: Option<TypeName>,
        value: Expr,
        span: Span,
    },
    /// `include when COND [as "words"]`
    Include {
        when: Expr,
        words: Option<Words>,
        span: Span,
    },
    /// `exclude when COND [as "words"]`
    Exclude {
        when: Expr,
        words: Option<Words>,
        span: Span,
    },
    Key {
        value: Expr,
        span: Span,
    },
    /// `one per key prefer COND, then latest ATTR`
    OnePerKey {
        prefer: Option<Expr>,
        latest: Option<Vec<Ident>>,
        span: Span,
    },
    Match {
        one_by_one: bool,
        rules: Vec<MatchRule>,
        span: Span,
    },
    Mode {
        mode: ModeName,
        span: Span,
    },
    Map {
        lines: Vec<MapLine>,
        span: Span,
    },
    Leaver(Leaver),
    Guard {
        lines: Vec<GuardLine>,
        span: Span,
    },
    /// `maximum age D`
    MaximumAge {
        duration: crate::value::Span,
        span: Span,
    },
    Show {
        attributes: Vec<Vec<Ident>>,
        span: Span,
    },
    Notify {
        to: Expr,
        when: NotifyWhen,
        span: Span,
    },
    /// `on lost counterpart hold | create again | unlink`
    OnLost {
        word: Ident,
        span: Span,
    },
    /// `on closed by hand hold | set ATTR = EXPR`, or a block of such lines
    OnClosedByHand {
        set: Option<Vec<LeaverAction>>,
        span: Span,
    },
    /// `on incomplete read stop | continue`
    OnIncompleteRead {
        word: Ident,
        span: Span,
    },
    Broken(Broken),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotifyWhen {
    AfterEachRun,
    AfterFailedRun,
    WhenHeld,
}

#[derive(Clone, Debug, PartialEq)]
pub enum ModeName {
    CreateAndUpdate,
    Create,
    Update,
    Append,
    /// `mode setting.x`
    Setting(Expr),
}

#[derive(Clone, Debug, PartialEq)]
pub enum Schedule {
    /// `every D`
    Every(crate::value::Span, Span),
    /// `daily at T`
    Daily(jiff::civil::Time, Span),
    /// `weekly on DAY at T`
    Weekly(Ident, jiff::civil::Time, Span),
    /// `cron "…"`
    Cron(Words),
    /// `after PIPELINE`
    After(Ident),
    /// `setting.x`
    Setting(Expr),
}

/// `ATTR = EXPR [ignoring case] [and ATTR = EXPR]…`
#[derive(Clone, Debug, PartialEq)]
pub struct MatchRule {
    pub parts: Vec<MatchPart>,
    pub span: Span,
}

#[derive(Clone, Debug, PartialEq)]
pub struct MatchPart {
    pub attribute: Target,
    pub value: Expr,
    pub ignoring_case: bool,
}

/// What is written: `email`, `address.line_1`, or `[setting.field]`.
#[derive(Clone, Debug, PartialEq)]
pub enum Target {
    Attribute(Vec<Ident>),
    Chosen(Expr),
}

impl Target {
    /// Its place in the file.
    #[must_use]
    pub fn span(&self) -> Span {
        match self {
            Self::Attribute(names) => names[0].span.to(names[names.len() - 1].span),
            Self::Chosen(value) => value.span,
        }
    }
}

#[derive(Clone, Debug, PartialEq)]
pub enum MapLine {
    /// `ATTR = EXPR MODIFIER…`
    Set {
        target: Target,
        value: Expr,
        modifiers: Vec<Modifier>,
        span: Span,
    },
    /// `call NAME MODIFIER…`
    Call {
        name: Ident,
        modifiers: Vec<Modifier>,
        span: Span,
    },
    /// `MODIFIER… { … }`
    Block {
        modifiers: Vec<Modifier>,
        lines: Vec<MapLine>,
        span: Span,
    },
    Broken(Broken),
}

#[derive(Clone, Debug, PartialEq)]
pub struct Modifier {
    pub kind: ModifierKind,
    pub span: Span,
}

#[derive(Clone, Debug, PartialEq)]
pub enum ModifierKind {
    OnCreate,
    OnUpdate,
    When(Expr),
    KeepWhenMissing,
    KeepWhenAbsent,
    ClearWhenMissing,
    ClearWhenAbsent,
    Once,
    IgnoringCase,
    IgnoringOrder,
    Exactly,
    OnlyAdd,
    /// `on conflict newest [then this | other] | this | other | hold`
    OnConflict {
        word: Ident,
        then: Option<Ident>,
    },
}

/// `leaver { … }`
#[derive(Clone, Debug, PartialEq)]
pub struct Leaver {
    pub lines: Vec<LeaverLine>,
    pub span: Span,
}

#[derive(Clone, Debug, PartialEq)]
pub enum LeaverLine {
    When { condition: Expr, words: Option<Words>, span: Span },
    WhenMissing { for_: Absence, at_least_apart: Option<crate::value::Span>, span: Span },
    WhenOutOfScope(Span),
    Action(LeaverAction),
    After { delay: crate::value::Span, lines: Vec<LeaverAction>, span: Span },
    OnReturn { lines: Vec<LeaverAction>, span: Span },
    Protect { when: Expr, words: Option<Words>, span: Span },
    Enforce(Span),
    Broken(Broken),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Absence {
    Runs(u64),
    For(crate::value::Span),
}

#[derive(Clone, Debug, PartialEq)]
pub enum LeaverAction {
    Set {
        target: Target,
        value: Expr,
        span: Span,
    },
    Call {
        name: Ident,
        once: bool,
        span: Span,
    },
    Delete(Span),
    /// only in `on return`
    CreateAgain(Span),
}

#[derive(Clone, Debug, PartialEq)]
pub enum GuardLine {
    /// `leavers … at most N | P% [or N] [over D]`; `updates of ATTR` has the attribute.
    AtMost {
        what: Ident,
        attribute: Option<Vec<Ident>>,
        limit: Limit,
        over: Option<crate::value::Span>,
        span: Span,
    },
    /// `source at least P% of last run`
    SourceAtLeast {
        percent: Decimal,
        span: Span,
    },
    /// `approve every run | leavers`
    Approve {
        what: Ident,
        span: Span,
    },
    /// `hold leavers`
    HoldLeavers(Span),
    Broken(Broken),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limit {
    /// `P%`
    pub percent: Option<Decimal>,
    /// `N`, or the floor after `or`
    pub number: Option<u64>,
}
