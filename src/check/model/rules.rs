//! What an answer means: conditions over its status, headers and body, each with an outcome. `X` is the type of expressions.

use super::wire::ErrorClass;
use crate::diagnose::Span;
use serde::Serialize;

/// All rules that hold for the answers of a call, the nearest first: those of an element, of the call, of its collection, of `http`.
#[derive(Clone, Debug, Serialize)]
pub struct Rules<X> {
    pub errors: Vec<ErrorRule<X>>,
    pub outcomes: Vec<OutcomeRule<X>>,
}

/// `error [EXPR] [code EXPR] [when COND] [{ "CODE" is CLASS }]`
#[derive(Clone, Debug, Serialize)]
pub struct ErrorRule<X> {
    /// The vendor's words.
    pub message: Option<X>,
    pub code: Option<X>,
    /// With it, the rule decides whenever it holds.
    pub when: Option<X>,
    /// A listed code decides wherever it is found.
    pub classes: Vec<(String, ErrorClass)>,
    #[serde(skip)]
    pub span: Span,
}

/// `OUTCOME when COND`
#[derive(Clone, Debug, Serialize)]
pub struct OutcomeRule<X> {
    pub outcome: Outcome,
    pub when: X,
    #[serde(skip)]
    pub span: Span,
}

/// What an answer can mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It was done, or here is what was asked for.
    Done,
    /// It was not done, and this is the class of the error. The class `gone` says that there is no such record.
    Error(ErrorClass),
    /// Another record has taken this one over.
    Moved,
    /// This page is the last.
    LastPage,
    /// The element names a record that was deleted.
    Removed,
    /// The mark of the last read is no longer known: everything has to be read.
    Full,
}

impl Outcome {
    /// Whether a status says otherwise.
    #[must_use]
    pub fn is_denied_by(self, status: u16) -> bool {
        match self {
            Self::Done => status >= 400,
            // An answer without content, or that is no page, has no records that could be the last ones.
            Self::LastPage => !matches!(status, 200..=203 | 206..=299),
            Self::Error(ErrorClass::Gone) | Self::Moved | Self::Full => is_failure(status.into()),
            Self::Error(_) | Self::Removed => false,
        }
    }

    /// All of them.
    pub const ALL: [Self; 11] = [
        Self::Done,
        Self::Error(ErrorClass::Auth),
        Self::Error(ErrorClass::Limit),
        Self::Error(ErrorClass::Invalid),
        Self::Error(ErrorClass::Conflict),
        Self::Error(ErrorClass::Gone),
        Self::Error(ErrorClass::Temporary),
        Self::Moved,
        Self::LastPage,
        Self::Removed,
        Self::Full,
    ];

    /// As files say it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Error(class) => class.name(),
            Self::Moved => "moved",
            Self::LastPage => "last page",
            Self::Removed => "removed",
            Self::Full => "full",
        }
    }

    /// The outcome that is written so.
    #[must_use]
    pub fn of(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.word() == word)
    }

    /// Whether it may be believed only if something in the answer says it: an empty answer must not mean it.
    #[must_use]
    pub const fn needs_evidence(self) -> bool {
        matches!(self, Self::Done | Self::Error(ErrorClass::Gone) | Self::Moved | Self::Removed | Self::LastPage | Self::Full)
    }
}

/// Whether a status is that of a refusal, a limit or an outage, which says nothing about a record.
#[must_use]
pub const fn is_failure(status: i64) -> bool {
    matches!(status, 401 | 403 | 407 | 408 | 425 | 429) || status >= 500 || status < 200
}

impl<X> Default for Rules<X> {
    fn default() -> Self {
        Self { errors: Vec::new(), outcomes: Vec::new() }
    }
}

impl<X> Rules<X> {
    /// The same over other expressions.
    pub fn map<Y>(&self, to: &impl Fn(&X) -> Y) -> Rules<Y> {
        let some = |one: &Option<X>| one.as_ref().map(to);
        let error = |rule: &ErrorRule<X>| ErrorRule {
            message: some(&rule.message),
            code: some(&rule.code),
            when: some(&rule.when),
            classes: rule.classes.clone(),
            span: rule.span,
        };
        let outcome = |rule: &OutcomeRule<X>| OutcomeRule { outcome: rule.outcome, when: to(&rule.when), span: rule.span };
        Rules { errors: self.errors.iter().map(error).collect(), outcomes: self.outcomes.iter().map(outcome).collect() }
    }

    /// The rules with an outcome, the nearest first.
    pub fn of(&self, outcome: Outcome) -> impl Iterator<Item = &X> {
        self.outcomes.iter().filter(move |rule| rule.outcome == outcome).map(|rule| &rule.when)
    }

    /// Whether anything else than what they name is an error: there is a rule for `done`.
    #[must_use]
    pub fn are_closed(&self) -> bool {
        self.of(Outcome::Done).next().is_some()
    }

    /// Every expression in them.
    pub fn expressions(&self) -> impl Iterator<Item = &X> {
        let errors = self.errors.iter().flat_map(|rule| [&rule.message, &rule.code, &rule.when].into_iter().flatten());
        errors.chain(self.outcomes.iter().map(|rule| &rule.when))
    }
}

impl<X: Clone> Rules<X> {
    /// These, and after them those that stand further away.
    #[must_use]
    pub fn before(mut self, further: &Self) -> Self {
        self.errors.extend_from_slice(&further.errors);
        self.outcomes.extend_from_slice(&further.outcomes);
        self
    }
}
