//! Why a record is not written. Decisions use the variant; reports show its word.

use crate::{
    state::errors::{ErrorCode, ErrorStep, RequestError},
    value::{FaultCode, fault::UnknownCode},
};
use serde::{Deserialize, Serialize};
use std::fmt;

/// Why a record is held, waiting, unread or rejected.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub enum Reason {
    Ambiguous,
    RulesDisagree,
    /// The account that was found is linked to another record.
    Taken,
    /// Two records find the same account.
    Shared,
    DuplicateKey,
    ProbableRehire,
    /// A record with the key of a person who left is somebody else.
    KeyReused,
    /// An earlier write has no known outcome.
    Unknown,
    /// The account was merged into an account that is linked to another record.
    Merged,
    AccountMissing,
    Return,
    ClosedByHand,
    OpenedAgain,
    /// The person left, and another pipeline holds the account.
    StillHeld,
    /// Its leave waits for an approval of the change set.
    GuardExceeded,
    BothChanged,
    /// The target does not keep what is written.
    NotKept,
    /// The account has a value that can't be read.
    Unreadable,
    /// A call was sent and not answered.
    PerhapsNotSent,
    /// A person wants a call of a leave to be made after all, and nothing shows that its person is still gone.
    CallWaits,
    ProcedureChanged,
    /// The account is not the one that was closed, or somebody has opened it again.
    ChangedHands,
    Protected,
    SamePerson,
    ValueTaken,
    /// The target refused the same operation before.
    Failing,
    /// The target refused a create because an account has its values.
    Exists,
    /// A person asked that it is forgotten.
    Forgotten,
    /// A person took the record off its account.
    Unlinked,
    /// A person decided that nothing is written for it yet.
    LeftOut,
    Cycle,
    /// Its account and others exchange unique values.
    Swap,
    NoCounterpart,
    Reference,
    Missing,
    Unread,
    /// Only a read of everything tells, and the next run makes one.
    ReadAgain,
    /// A look-up failed, so that nothing is known.
    NotAnswered,
    LeaverWithAccount,
    /// A value that can't be made.
    Fault(FaultCode),
}

/// How the words end in which a record claims the account of a leaver, as *same person?*.
pub(crate) const WOULD_CLOSE: &str = "would close on leaving";

/// The words of each, as reports, pipes and files have them.
const WORDS: [(Reason, &str); 39] = [
    (Reason::Ambiguous, "ambiguous"),
    (Reason::RulesDisagree, "rules disagree"),
    (Reason::Taken, "taken"),
    (Reason::Shared, "shared"),
    (Reason::DuplicateKey, "duplicate key"),
    (Reason::ProbableRehire, "probable rehire"),
    (Reason::KeyReused, "key reused"),
    (Reason::Unknown, "unknown"),
    (Reason::Merged, "merged"),
    (Reason::AccountMissing, "account missing"),
    (Reason::Return, "return"),
    (Reason::ClosedByHand, "closed by hand"),
    (Reason::OpenedAgain, "opened again"),
    (Reason::StillHeld, "still held"),
    (Reason::GuardExceeded, "guard exceeded"),
    (Reason::BothChanged, "both changed"),
    (Reason::NotKept, "not kept"),
    (Reason::Unreadable, "unreadable"),
    (Reason::PerhapsNotSent, "perhaps not sent"),
    (Reason::CallWaits, "call waits"),
    (Reason::ProcedureChanged, "procedure changed"),
    (Reason::ChangedHands, "account changed hands"),
    (Reason::Protected, "protected"),
    (Reason::SamePerson, "same person?"),
    (Reason::ValueTaken, "value taken"),
    (Reason::Failing, "failing"),
    (Reason::Exists, "exists"),
    (Reason::Forgotten, "forgotten"),
    (Reason::Unlinked, "unlinked"),
    (Reason::LeftOut, "left out"),
    (Reason::Cycle, "cycle"),
    (Reason::Swap, "swap"),
    (Reason::NoCounterpart, "no counterpart"),
    (Reason::Reference, "reference"),
    (Reason::Missing, "missing"),
    (Reason::Unread, "unread"),
    (Reason::ReadAgain, "read again"),
    (Reason::NotAnswered, "not answered"),
    (Reason::LeaverWithAccount, "leaver with an account"),
];

impl Reason {
    /// Every reason but the faults of values.
    #[cfg(test)]
    pub fn all() -> impl Iterator<Item = Self> {
        WORDS.iter().map(|(reason, _)| reason.clone())
    }

    /// As it is shown.
    #[must_use]
    pub fn word(&self) -> &str {
        match self {
            Self::Fault(code) => code.as_str(),
            other => WORDS.iter().find(|(reason, _)| reason == other).map_or("", |(_, word)| word),
        }
    }

    /// The code of the error list.
    #[must_use]
    pub fn code(&self) -> ErrorCode {
        match self {
            Self::NotAnswered => ErrorCode::Request(RequestError::Temporary),
            Self::Fault(code) => ErrorCode::Fault(*code),
            other => ErrorCode::Other(other.word().to_owned()),
        }
    }

    /// The step at which the record was given up.
    #[must_use]
    pub fn step(&self) -> ErrorStep {
        match self {
            Self::NotAnswered | Self::Unread => ErrorStep::LookUp,
            Self::Fault(code) if code.is_of_value() => ErrorStep::Extract,
            _ => ErrorStep::Judge,
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

impl From<Reason> for String {
    fn from(reason: Reason) -> Self {
        reason.word().to_owned()
    }
}

impl TryFrom<String> for Reason {
    type Error = UnknownCode;

    fn try_from(word: String) -> Result<Self, UnknownCode> {
        let known = WORDS.iter().find(|(_, each)| *each == word).map(|(reason, _)| reason.clone());
        known.map_or_else(|| word.parse().map(Self::Fault), Ok)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_reason_is_explained() {
        for (_, word) in &WORDS {
            assert!(crate::diagnose::words::meaning(word).is_some(), "{word}");
        }
        assert_eq!(crate::diagnose::words::meaning("same_person"), crate::diagnose::words::meaning("same person?"));
    }

    #[test]
    fn each_reason_has_one_word_and_is_read_back() {
        for (at, (reason, word)) in WORDS.iter().enumerate() {
            assert_eq!(Reason::try_from(String::from(reason.clone())), Ok(reason.clone()));
            assert!(WORDS[..at].iter().all(|(_, earlier)| earlier != word), "{word}");
        }
        assert_eq!(Reason::try_from("R0204".to_owned()).unwrap().step(), ErrorStep::Extract);
        assert_eq!(Reason::try_from("R0301".to_owned()).unwrap().step(), ErrorStep::Judge);
        assert_eq!((Reason::NotAnswered.step(), Reason::NotAnswered.code().as_str()), (ErrorStep::LookUp, "W0906"));
    }
}
