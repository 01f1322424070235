//! Why a value could not be read or computed.

mod code;

use super::Text;
pub use code::{FaultCode, UnknownCode};

/// The words of [`Fault::unshown`].
const UNSHOWN: &str = "is not shown by what shows only the changes";

/// Why a value could not be read or computed. It rejects the record, unless `??` follows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    pub code: FaultCode,
    /// One sentence in lower case, without the value: `is not a date`.
    pub message: String,
    /// The value with the fault, as text; redacted if it is secret.
    pub value: Option<Text>,
    /// The attribute or path of the value, if it is known.
    pub at: Option<Text>,
}

impl Fault {
    /// A fault with a stable code and a sentence.
    #[must_use]
    pub fn new(code: FaultCode, message: impl Into<String>) -> Box<Self> {
        Box::new(Self { code, message: message.into(), value: None, at: None })
    }

    /// The collection that would supply the value was not read completely, so it is unknown whether the value is missing.
    #[must_use]
    pub fn unread(message: impl Into<String>) -> Box<Self> {
        Self::new(FaultCode::Unread, message)
    }

    /// Whether this is a [`Fault::unread`]. It rejects no record, because the next complete read may supply the value.
    #[must_use]
    pub fn is_unread(&self) -> bool {
        self.code == FaultCode::Unread
    }

    /// What shows only the changes of a record leaves the value out: what the target has of it stays, and nothing is decided by it.
    #[must_use]
    pub fn unshown() -> Box<Self> {
        Self::unread(UNSHOWN)
    }

    /// Whether this is a [`Fault::unshown`].
    #[must_use]
    pub fn is_unshown(&self) -> bool {
        self.is_unread() && self.message == UNSHOWN
    }

    /// A member is there more than once, so which of its values counts is unknown.
    #[must_use]
    pub fn twice(member: &str) -> Box<Self> {
        Self::new(FaultCode::MemberTwice, format!("is unknown: the member `{member}` is there more than once"))
    }

    /// What is there can't be built: a number out of range, or too many levels.
    #[must_use]
    pub fn undecodable(why: &str) -> Box<Self> {
        Self::new(FaultCode::Undecodable, format!("can't be decoded: {why}"))
    }

    /// Whether something is there, and it is unknown what.
    #[must_use]
    pub fn is_unclear(&self) -> bool {
        matches!(self.code, FaultCode::MemberTwice | FaultCode::Undecodable)
    }

    /// The account has a value that can't be read as its attribute is declared, for this reason. The message has its shape, and not what
    /// it is.
    #[must_use]
    pub fn unreadable(attribute: &str, why: &Self) -> Box<Self> {
        let message = format!("`{attribute}` of the account can't be read ({}, {})", why.message, why.code);
        Self::new(FaultCode::Unreadable, message).at(attribute)
    }

    /// Whether this is a [`Fault::unreadable`].
    #[must_use]
    pub fn is_unreadable(&self) -> bool {
        self.code == FaultCode::Unreadable
    }

    /// Whether there may be a value nevertheless, so that no fallback replaces it.
    #[must_use]
    pub fn hides_a_value(&self) -> bool {
        self.is_unread() || self.is_unreadable() || self.is_unclear()
    }

    /// The same fault with its value.
    #[must_use]
    pub fn of(mut self: Box<Self>, value: impl AsRef<str>) -> Box<Self> {
        self.value = Some(Text::new(value.as_ref()));
        self
    }

    /// The same fault with the attribute or path of its value, unless it has one already.
    #[must_use]
    pub fn at(mut self: Box<Self>, place: impl AsRef<str>) -> Box<Self> {
        self.at.get_or_insert_with(|| Text::new(place.as_ref()));
        self
    }
}

impl std::fmt::Display for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if let Some(value) = &self.value {
            write!(f, "\"{value}\" ")?;
        }
        f.write_str(&self.message)
    }
}
