//! An operation on one account: its steps, and its outcome.

use super::verdict::Verdict;
use crate::{
    compile::{
        SourceLine,
        system::{Call, Collection, ErrorClass},
    },
    state::agreed::Pair,
    value::Value,
};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// One verdict that writes.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Operation {
    pub verdict: Verdict,
    /// Key of the source record, as text.
    pub key: String,
    /// How people name this one; personal.
    pub label: Option<String>,
    /// The target's id; none for one to be created.
    pub target: Option<String>,
    /// Leavers: 1 for entering, k + 1 for `after` number k.
    pub stage: u32,
    pub steps: Vec<Step>,
    /// `contract ended 2026-02-27`
    pub reason: Option<String>,
    pub lines: Vec<SourceLine>,
    /// Links the record with the target record it found, in the same change set.
    pub links_now: bool,
    /// Over kind, stage, key, target, each written attribute with before and after, effects, calls.
    pub hash: String,
    /// Its effects on a person: `a welcome e-mail`.
    pub effects: Vec<String>,
    /// The day the record would come due again, kept with the link.
    pub due: Option<Date>,
    /// Of a new link: the line of `match` that found it, or `created`.
    pub linked_by: Option<String>,
    /// Of leaves and stages: the stage that comes next.
    pub next: Option<NextStage>,
    /// Of leaves: it was being out of scope that did it.
    pub by_scope: bool,
    /// Of later steps of a leave: an earlier one closed the account, so that it is not deleted where it is open again.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub was_closed: bool,
    /// Of a step of a leave: no line closes or deletes the account, so its calls are to do it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub closes_by_call: bool,
    /// Keys whose operations must be finished first: a record to be created that this one refers to ([`Value::Pending`]),
    /// or an account that gives up a unique value. Operations are sorted so that these come before.
    pub after: Vec<String>,
    /// Steps that wait until a person says what became of a call before them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub waiting: Vec<Step>,
    /// An earlier run made this write, and the read after it shows what was there before: only an answer that shows it proves it now.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub again: bool,
    /// Of attributes that two directions share and that are not written here: what both records hold, by a hash of both names.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub agreed: Vec<(u64, Pair)>,
    /// Of a link that it makes: what the account had of all that tells people apart, as hashes of names and values.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub seen: Vec<(u64, u64)>,
    /// Of an operation that takes an account from somebody: what the account had, when it was read, by which people are told apart. It is
    /// done only while the account has that; a change set of an earlier version has none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub whose: Vec<Whose>,
}

impl Operation {
    /// All values that it writes.
    pub fn written(&self) -> impl Iterator<Item = &Written> + Clone {
        self.steps.iter().flat_map(Step::values)
    }

    /// The lists of values that it writes, to be changed.
    pub fn written_mut(&mut self) -> impl Iterator<Item = &mut Vec<Written>> {
        self.steps.iter_mut().filter_map(Step::values_mut)
    }

    /// Whether it writes a secret, which is not saved.
    #[must_use]
    pub fn has_secret(&self) -> bool {
        self.written().any(|value| value.secret)
    }

    /// Whether the account is deleted.
    #[must_use]
    pub fn deletes(&self, collection: &Collection) -> bool {
        self.steps.iter().any(|step| step.deletes(collection))
    }

    /// Whether the account is perhaps deleted: asked before a write, because a delete can't be taken back.
    #[must_use]
    pub fn may_delete(&self, collection: &Collection) -> bool {
        self.steps.iter().any(|step| step.may_delete(collection))
    }

    /// Whether it takes an account from a person, whichever line says so: it is a step of a leave, closes, or deletes.
    #[must_use]
    pub fn closes(&self, collection: &Collection) -> bool {
        match self.verdict {
            Verdict::Leave => true,
            Verdict::Stage => !self.steps.is_empty(),
            Verdict::Update | Verdict::Return => self.steps.iter().any(|step| step.closes(collection)),
            _ => false,
        }
    }

    /// Whether it ends what another pipeline that holds the account still needs: it closes or deletes the account, makes calls of a leave, or
    /// clears a unique value. Where no attribute says that an account is open, each step of a leave may be what closes it.
    #[must_use]
    pub fn ends_use(&self, collection: &Collection) -> bool {
        let calls = |step: &Step| matches!(step, Step::Call { .. });
        let leaving = matches!(self.verdict, Verdict::Leave | Verdict::Stage);
        let may_close = leaving && !self.steps.is_empty() && collection.access().is_none();
        may_close
            || leaving && self.steps.iter().any(calls)
            || self.steps.iter().any(|step| step.closes(collection))
            || self.written().any(|written| written.blanks_unique(collection))
    }

    /// Whether a guard on leavers counts it: it takes an account, or clears a unique value.
    #[must_use]
    pub fn leaves(&self, collection: &Collection) -> bool {
        let changes = matches!(self.verdict, Verdict::Update | Verdict::Return);
        self.closes(collection) || changes && self.written().any(|written| written.blanks_unique(collection))
    }
}

/// The `after D { … }` that follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NextStage {
    /// Days from the day this one is done.
    pub days: i64,
    /// Of what it does.
    pub hash: u64,
}

/// The name under which a link keeps that calls were made to close its account, and that nothing has shown it closed.
pub(crate) const CALLED_TO_CLOSE: &str = "(called to close)";

/// The name under which a link keeps that its account was deleted, and that no read has shown it gone.
pub(crate) const DELETED: &str = "(deleted)";

/// A call as the state names it: once in a life, or once in an operation.
pub(crate) fn effect_of_call(name: &str, once: bool, stage: u32) -> String {
    if once { format!("call {name}") } else { format!("call {name}, stage {stage}") }
}

/// The name of the call in such an effect; any other effect is its own name.
pub(crate) fn call_of_effect(effect: &str) -> &str {
    effect.strip_prefix("call ").map_or(effect, |call| call.split_once(", stage ").map_or(call, |(name, _)| name))
}

/// One request of an operation.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    Create { values: Vec<Written> },
    Update { values: Vec<Written> },
    Delete,
    Call { name: String, once: bool },
}

impl Step {
    /// Whether it closes or deletes an account.
    fn closes(&self, collection: &Collection) -> bool {
        match self {
            Self::Update { values } => values.iter().any(|written| written.closes(collection)),
            step => step.may_delete(collection),
        }
    }

    /// Whether it deletes the account: by `delete`, or by a call that is one. What follows from a delete follows from both.
    #[must_use]
    pub fn deletes(&self, collection: &Collection) -> bool {
        match self {
            Self::Delete => true,
            Self::Call { name, .. } => collection.named_call(name).is_some_and(|call| collection.deletes_account(call)),
            Self::Create { .. } | Self::Update { .. } => false,
        }
    }

    /// Whether it deletes the account, or may: a call deletes something, and nothing says whether that is the account.
    #[must_use]
    pub fn may_delete(&self, collection: &Collection) -> bool {
        match self {
            Self::Delete => true,
            Self::Call { name, .. } => collection.named_call(name).is_some_and(Call::deletes_record),
            Self::Create { .. } | Self::Update { .. } => false,
        }
    }

    /// The attributes it writes.
    #[must_use]
    pub fn values(&self) -> &[Written] {
        match self {
            Self::Create { values } | Self::Update { values } => values,
            Self::Delete | Self::Call { .. } => &[],
        }
    }

    /// The same, to be changed; `None` if it writes no attributes.
    pub const fn values_mut(&mut self) -> Option<&mut Vec<Written>> {
        match self {
            Self::Create { values } | Self::Update { values } => Some(values),
            Self::Delete | Self::Call { .. } => None,
        }
    }
}

/// One attribute that is written.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Written {
    pub attribute: Arc<str>,
    pub before: Stored,
    pub after: Stored,
    pub line: Arc<SourceLine>,
    /// Never shown and never saved: a saved change set has no value here, and applying it works the value out again.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub secret: bool,
    /// Of an attribute that two directions share.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shared: Option<SharedWrite>,
}

impl Written {
    /// Whether it clears a value that is unique in the target.
    fn blanks_unique(&self, collection: &Collection) -> bool {
        let is_unique = || collection.attribute(&self.attribute).is_some_and(|at| collection.attributes[at].unique);
        self.after.0.is_missing() && !self.before.0.is_missing() && is_unique()
    }

    /// Whether it closes an account that was open, or that may have been.
    #[must_use]
    pub fn closes(&self, collection: &Collection) -> bool {
        let Some((_, access)) = collection.access().filter(|(at, _)| *collection.attributes[*at].name == *self.attribute) else {
            return false;
        };
        let before = &self.before.0;
        !access.is_open(&self.after.0) && (before.is_missing() || access.is_open(before))
    }
}

/// A value of an account by which people are told apart.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Whose {
    pub attribute: Arc<str>,
    pub value: Stored,
}

/// What the state stores about a value that two directions share, once it is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SharedWrite {
    /// Hash of the attribute's names on both sides.
    pub pair: u64,
    /// Keyed hash of what the source held.
    pub source: u64,
}

/// A value in a saved change set, with its kind, so that it is read back as the same value.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Stored(#[serde(with = "crate::value::stored")] pub Value);

/// How an operation ended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "outcome")]
pub enum Outcome {
    Done,
    Failed {
        class: ErrorClass,
        message: String,
        attribute: Option<String>,
    },
    /// No request could be made of it: a value has no form that can be sent, or the call names one that is missing. The target has
    /// refused nothing, so it is tried in each run.
    NotMade {
        message: String,
        attribute: Option<String>,
    },
    /// The target record is no longer as the change set found it.
    Conflict {
        message: String,
        /// The same create would be refused again, so it is not sent again until something changes.
        #[serde(default)]
        waits: bool,
    },
    /// Sent, and what became of it is not known: there was no answer, or one that proves nothing. The next run finds it out.
    Unknown {
        message: String,
    },
    NotAttempted {
        why: String,
    },
    /// A call that can't be looked up was sent and not answered. It is not sent again, and what follows it waits, until a person says
    /// what became of it.
    Perhaps {
        call: String,
    },
    /// The target took the write, and still shows what was there before it; written again by the next run.
    NotKept {
        message: String,
        attribute: Option<String>,
    },
    /// The target took what closes or deletes an account, and nothing shows the account until the next read, which decides.
    NotShown {
        message: String,
    },
}

impl Outcome {
    /// Whether it was sent, and what became of it is not known.
    #[must_use]
    pub const fn is_not_known(&self) -> bool {
        matches!(self, Self::Unknown { .. } | Self::Perhaps { .. } | Self::NotShown { .. })
    }
}
