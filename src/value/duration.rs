use std::{fmt, str::FromStr};

/// A length of time as the language writes it: whole days, or an exact number of seconds.
///
/// Days remain days: added to a date they move the calendar, even if a clock changes that night.
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

    /// Whether it can move a date.
    #[must_use]
    pub const fn is_whole_days(self) -> bool {
        matches!(self, Self::Days(_)) || self.seconds() % 86_400 == 0
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

/// Reads a length of time as the language writes it, `7 days`, or as ISO 8601 does, `P7D` and `PT1H30M`.
///
/// Months and years are refused, because they are not always equally long.
impl FromStr for Span {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let span: jiff::Span = text.trim().parse().map_err(|_| ())?;
        let parts_of_seconds = [i64::from(span.get_milliseconds() != 0), span.get_microseconds(), span.get_nanoseconds()];
        if span.get_years() != 0 || span.get_months() != 0 || parts_of_seconds != [0; 3] {
            return Err(());
        }
        let days = i64::from(span.get_weeks()) * 7 + i64::from(span.get_days());
        let seconds = i64::from(span.get_hours()) * 3_600 + span.get_minutes() * 60 + span.get_seconds();
        Ok(if seconds == 0 { Self::Days(days) } else { Self::Seconds(days * 86_400 + seconds) })
    }
}

/// As the language writes it, in the largest unit that it is a whole number of.
impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Days(1) => f.write_str("1 day"),
            Self::Days(days) => write!(f, "{days} days"),
            Self::Seconds(seconds) if seconds % 3_600 == 0 => write!(f, "{} h", seconds / 3_600),
            Self::Seconds(seconds) if seconds % 60 == 0 => write!(f, "{} min", seconds / 60),
            Self::Seconds(seconds) => write!(f, "{seconds} s"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_length_of_time_is_read_in_both_ways() {
        for (text, span) in [
            ("7 days", Span::Days(7)),
            ("1 day", Span::Days(1)),
            ("7d", Span::Days(7)),
            ("P7D", Span::Days(7)),
            ("P2W", Span::Days(14)),
            ("-P7D", Span::Days(-7)),
            (" 2 h ", Span::Seconds(7_200)),
            ("90 min", Span::Seconds(5_400)),
            ("30 s", Span::Seconds(30)),
            ("PT1H30M", Span::Seconds(5_400)),
            ("P1DT2H", Span::Seconds(93_600)),
            ("P0D", Span::Days(0)),
        ] {
            assert_eq!(text.parse(), Ok(span), "{text}");
        }
        for wrong in ["", "7", "604800", "P1M", "P1Y", "1 month", "PT1.5S", "soon", "P", "7 days and more", "P99999999999999999999D"] {
            assert_eq!(wrong.parse::<Span>(), Err(()), "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_the_same(days in -3_000_000_i64..3_000_000, seconds in -600_000_000_i64..600_000_000) {
            for span in [Span::Days(days), Span::Seconds(seconds)] {
                prop_assert_eq!(span.to_string().parse::<Span>().map(Span::seconds), Ok(span.seconds()));
            }
        }
    }
}
