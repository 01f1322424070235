/// A length of time as the language writes it: whole days, or an exact number of seconds.
///
/// Days stay days: added to a date they move the calendar, whatever a clock does that night.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Span {
    Seconds(i64),
    Days(i64),
}

impl Span {
    /// Its length in seconds, a day taken as 24 hours.
    #[must_use]
    pub const fn seconds(self) -> i64 {
        match self {
            Self::Seconds(seconds) => seconds,
            Self::Days(days) => days.saturating_mul(86_400),
        }
    }

    /// As [`Span::seconds`]; `None` if there are too many to count.
    #[must_use]
    pub const fn seconds_checked(self) -> Option<i64> {
        match self {
            Self::Seconds(seconds) => Some(seconds),
            Self::Days(days) => days.checked_mul(86_400),
        }
    }
}
