//! The codes of faults: stable, one page each in `docs/codes`.

use std::{fmt, str::FromStr};

/// Declares the codes, with their text both ways.
macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $code:literal,)*) => {
        /// What is wrong with a value or with its use.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum FaultCode {
            $($(#[$doc])* $name,)*
        }

        impl FaultCode {
            /// Every code, in order.
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            /// As it is shown and documented: `R0204`.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => $code,)*
                }
            }
        }
    };
}

codes! {
    /// A value is not text.
    NotText = "R0201",
    /// A required value is missing.
    Missing = "R0202",
    /// A value is not a number.
    NotNumber = "R0203",
    /// A value is not a date.
    NotDate = "R0204",
    /// A value is not an instant.
    NotInstant = "R0205",
    /// A value is neither true nor false.
    NotTruth = "R0206",
    /// A path finds several values where one is expected.
    SeveralFound = "R0207",
    /// A value is not a list.
    NotList = "R0208",
    /// A text is not a phone number.
    NotPhone = "R0210",
    /// A value cannot be quoted.
    NotQuotable = "R0211",
    /// A list has several values where one is expected.
    SeveralItems = "R0212",
    /// A result is too large.
    TooLarge = "R0213",
    /// A division by zero.
    DivisionByZero = "R0214",
    /// A value is not in the table.
    NotInTable = "R0215",
    /// A value is not a duration.
    NotDuration = "R0216",
    /// A date cannot be moved by a part of a day.
    PartOfDay = "R0217",
    /// A record holds what can't be decoded.
    Undecodable = "R0218",
    /// A member is in a record or an answer more than once.
    MemberTwice = "R0219",
    /// The key is missing.
    KeyMissing = "R0301",
    /// A value that the target requires is missing.
    RequiredMissing = "R0302",
    /// The target would refuse the value.
    Refused = "R0303",
    /// Several joined records where one is expected.
    SeveralJoined = "R0305",
    /// The time of this event is unknown.
    NoEventTime = "R0306",
    /// Two lines give one attribute two values.
    TwoValues = "R0307",
    /// A name is not available for this record.
    NameUnavailable = "R0901",
    /// The other record has no account yet.
    NoCounterpart = "R0903",
    /// A leaver condition that needs links cannot be confirmed.
    LinksUnavailable = "R0904",
    /// Something that the request needs is not available.
    RequestIncomplete = "R0905",
    /// A joined collection was not read completely.
    Unread = "R0906",
    /// A value of the target can't be read.
    Unreadable = "R0907",
    /// An internal error.
    Internal = "R0999",
}

/// No such code.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not the code of a fault")]
pub struct UnknownCode(pub String);

impl FaultCode {
    /// Whether the value itself is wrong, as it was read or computed. If not, it violates a rule or a requirement of the target.
    #[must_use]
    pub const fn is_of_value(self) -> bool {
        match self {
            Self::NotText
            | Self::Missing
            | Self::NotNumber
            | Self::NotDate
            | Self::NotInstant
            | Self::NotTruth
            | Self::SeveralFound
            | Self::NotList
            | Self::NotPhone
            | Self::NotQuotable
            | Self::SeveralItems
            | Self::TooLarge
            | Self::DivisionByZero
            | Self::NotInTable
            | Self::NotDuration
            | Self::PartOfDay
            | Self::Undecodable
            | Self::MemberTwice => true,
            Self::KeyMissing
            | Self::RequiredMissing
            | Self::Refused
            | Self::SeveralJoined
            | Self::NoEventTime
            | Self::TwoValues
            | Self::NameUnavailable
            | Self::NoCounterpart
            | Self::LinksUnavailable
            | Self::RequestIncomplete
            | Self::Unread
            | Self::Unreadable
            | Self::Internal => false,
        }
    }
}

impl FromStr for FaultCode {
    type Err = UnknownCode;

    fn from_str(code: &str) -> Result<Self, UnknownCode> {
        Self::ALL.iter().copied().find(|known| known.as_str() == code).ok_or_else(|| UnknownCode(code.to_owned()))
    }
}

impl fmt::Display for FaultCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_code_is_read_back() {
        assert!(FaultCode::ALL.iter().all(|code| code.as_str().parse() == Ok(*code)));
        assert_eq!("R0299".parse::<FaultCode>(), Err(UnknownCode("R0299".into())));
        assert!(FaultCode::NotDate.is_of_value() && !FaultCode::KeyMissing.is_of_value());
    }
}
