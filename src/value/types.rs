use std::fmt;

/// The kind of a value, without whether it may be missing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    Text,
    Bool,
    Int,
    Decimal,
    Date,
    DateTime,
    Duration,
    Json,
    List(Box<Kind>),
    /// The type of a setting that holds a schedule; no expression can use it.
    Schedule,
    /// The kind of `null`: fits every optional type.
    Nothing,
}

/// The type of a field, an attribute or an expression.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Type {
    pub kind: Kind,
    /// Written `?`: the value may be missing.
    pub optional: bool,
}

impl Type {
    /// A value that is always there.
    #[must_use]
    pub const fn present(kind: Kind) -> Self {
        Self { kind, optional: false }
    }

    /// A value that may be missing.
    #[must_use]
    pub const fn optional(kind: Kind) -> Self {
        Self { kind, optional: true }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text => f.write_str("text"),
            Self::Bool => f.write_str("bool"),
            Self::Int => f.write_str("int"),
            Self::Decimal => f.write_str("decimal"),
            Self::Date => f.write_str("date"),
            Self::DateTime => f.write_str("datetime"),
            Self::Duration => f.write_str("duration"),
            Self::Json => f.write_str("json"),
            Self::List(item) => write!(f, "list of {item}"),
            Self::Schedule => f.write_str("schedule"),
            Self::Nothing => f.write_str("null"),
        }
    }
}

impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.kind, if self.optional { "?" } else { "" })
    }
}
