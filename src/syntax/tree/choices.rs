//! Words of which one is written in a place: each list is declared once, here, and read by the grammar's catalogue, the check and the run.

use serde::{Deserialize, Serialize};

/// Declares an enum of words. `ALL` has its values and `NAMES` their words, both in the order in which messages list them.
macro_rules! choices {
    ($($(#[$meta:meta])* $name:ident { $($(#[$variant_meta:meta])* $variant:ident = $word:literal,)+ })+) => {$(
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum $name {
            $($(#[$variant_meta])* $variant,)+
        }

        impl $name {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];
            /// All of them, as they are written.
            pub const NAMES: &'static [&'static str] = &[$($word),+];

            /// As it is written.
            #[must_use]
            pub const fn name(self) -> &'static str {
                Self::NAMES[self as usize]
            }

            /// What is written so.
            #[must_use]
            pub fn parse(word: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|one| one.name() == word)
            }
        }
    )+};
}

choices! {
    /// The method of a request.
    #[derive(Serialize)]
    #[serde(rename_all = "UPPERCASE")]
    Method {
        Get = "GET",
        Post = "POST",
        Put = "PUT",
        Patch = "PATCH",
        Delete = "DELETE",
    }

    /// `format` of `http`
    HttpFormat {
        Json = "json",
        JsonApi = "json_api",
        Xml = "xml",
        Csv = "csv",
        JsonLines = "json_lines",
    }

    /// The name of a format of data, as `file`, `body` and `format` take it.
    DataFormat {
        Json = "json",
        JsonLines = "json_lines",
        Csv = "csv",
        Xml = "xml",
        Form = "form",
    }

    /// What is spoken to by `connect`: the beginning of its address.
    Scheme {
        Sqlite = "sqlite",
        Postgres = "postgres",
        Ldaps = "ldaps",
    }

    /// The unit of `limit N per UNIT`.
    LimitUnit {
        S = "s",
        Min = "min",
        H = "h",
        Day = "day",
    }

    /// The six classes of a vendor's error.
    #[derive(Serialize, Deserialize)]
    #[serde(rename_all = "lowercase")]
    ErrorClass {
        Auth = "auth",
        Limit = "limit",
        Invalid = "invalid",
        Conflict = "conflict",
        /// There is no such record.
        #[serde(alias = "missing")]
        Gone = "gone",
        Temporary = "temporary",
    }

    /// The day of a weekly schedule.
    Weekday {
        Monday = "monday",
        Tuesday = "tuesday",
        Wednesday = "wednesday",
        Thursday = "thursday",
        Friday = "friday",
        Saturday = "saturday",
        Sunday = "sunday",
    }

    /// What a line of `guard` limits.
    GuardedCount {
        Leavers = "leavers",
        Creates = "creates",
        Updates = "updates",
        Returns = "returns",
        Rekeys = "rekeys",
        Clears = "clears",
        Failures = "failures",
    }

    /// What `approve` leaves to a person.
    Approved {
        EveryRun = "every run",
        Leavers = "leavers",
    }

    /// What becomes of a link whose account is missing.
    #[derive(Serialize)]
    OnLost {
        Hold = "hold",
        CreateAgain = "create again",
        Unlink = "unlink",
    }

    /// How a run goes on after an incomplete read.
    OnIncomplete {
        Stop = "stop",
        Continue = "continue",
    }

    /// Which side wins where both have changed.
    #[derive(Serialize)]
    Conflict {
        Newest = "newest",
        This = "this",
        Other = "other",
        Hold = "hold",
    }

    /// What a test expects to become of a record.
    ExpectedVerdict {
        Create = "create",
        Update = "update",
        Leave = "leave",
        Delete = "delete",
        Return = "return",
        Unchanged = "unchanged",
        Waiting = "waiting",
        Held = "held",
        Missing = "missing",
        Rejected = "rejected",
        AlreadyLeft = "already left",
        Unread = "unread",
        OutOfScope = "out of scope",
        Done = "done",
        Failed = "failed",
        Conflict = "conflict",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_word_stands_for_its_value() {
        for (at, method) in Method::ALL.iter().enumerate() {
            assert_eq!((Method::NAMES[at], Method::parse(method.name())), (method.name(), Some(*method)));
        }
        assert_eq!(ExpectedVerdict::parse("already left"), Some(ExpectedVerdict::AlreadyLeft));
        assert_eq!(Weekday::parse(""), None);
    }
}
