//! What happens to people who leave.

use super::{expr::Expr, hashed::debugged, setting::Chosen};
use crate::{diagnose::Span, value::Span as Time};
use serde::Serialize;

/// One `leaver` block. `X` is the type of expressions, `A` names a target attribute.
#[derive(Debug, Serialize)]
pub struct Leaver<X = Expr, A = Chosen> {
    pub conditions: Vec<LeaverCondition<X>>,
    /// Stage 1.
    pub actions: Vec<Action<X, A>>,
    /// `after D { … }`, in order.
    pub stages: Vec<Stage<X, A>>,
    pub on_return: Option<Vec<Action<X, A>>>,
    pub create_again: bool,
    pub protect: Vec<Protect<X>>,
    pub enforce: bool,
    #[serde(skip)]
    pub span: Span,
}

impl<X, A> Leaver<X, A> {
    /// Whether being out of scope makes people leave.
    pub fn by_scope(&self) -> bool {
        self.conditions.iter().any(|condition| matches!(condition.kind, LeaverKind::OutOfScope))
    }
}

#[derive(Debug, Serialize)]
pub struct LeaverCondition<X = Expr> {
    pub kind: LeaverKind<X>,
    /// `contract ended`, or the condition as written.
    pub reason: String,
    /// As written, for `show`.
    #[serde(skip)]
    pub text: String,
    /// For `X < today` and its like: X, so that reports can say on which day it becomes true.
    pub due: Option<X>,
    #[serde(skip)]
    pub span: Span,
}

#[derive(Debug, Serialize)]
pub enum LeaverKind<X = Expr> {
    When(X),
    MissingForRuns {
        runs: u64,
        #[serde(serialize_with = "debugged")]
        at_least_apart: Option<Time>,
    },
    MissingFor(#[serde(serialize_with = "debugged")] Time),
    OutOfScope,
}

impl<X> LeaverKind<X> {
    /// The same over other expressions.
    pub fn map<Y>(&self, to: &impl Fn(&X) -> Y) -> LeaverKind<Y> {
        match self {
            Self::When(when) => LeaverKind::When(to(when)),
            Self::MissingForRuns { runs, at_least_apart } => LeaverKind::MissingForRuns { runs: *runs, at_least_apart: *at_least_apart },
            Self::MissingFor(time) => LeaverKind::MissingFor(*time),
            Self::OutOfScope => LeaverKind::OutOfScope,
        }
    }
}

#[derive(Debug, Serialize)]
pub struct Stage<X = Expr, A = Chosen> {
    #[serde(serialize_with = "debugged")]
    pub delay: Time,
    pub actions: Vec<Action<X, A>>,
    #[serde(skip)]
    pub span: Span,
}

/// What a leaver block does to the account.
#[derive(Debug, Serialize)]
pub enum Action<X = Expr, A = Chosen> {
    Set {
        attribute: A,
        value: X,
        #[serde(skip)]
        text: String,
        #[serde(skip)]
        span: Span,
    },
    /// A named call: index in the collection's named calls.
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
pub struct Protect<X = Expr> {
    pub condition: X,
    pub reason: String,
    #[serde(skip)]
    pub span: Span,
}
