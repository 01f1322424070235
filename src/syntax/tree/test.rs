//! Tests of pipelines.

use super::{CollectionName, Expr, Ident, Words};
use crate::diagnose::Span;

/// `test "words" for PIPELINE { … }`
#[derive(Clone, Debug, PartialEq)]
pub struct Test {
    pub words: Words,
    pub pipeline: Ident,
    pub lines: Vec<TestLine>,
    pub span: Span,
}

#[derive(Clone, Debug, PartialEq)]
pub enum TestLine {
    Today(Expr),
    Now(Expr),
    Setting { name: Ident, value: Expr, span: Span },
    Given { what: GivenWhat, records: GivenRecords, span: Span },
    Answers { system: Ident, dir: Words, span: Span },
    Linked { key: Words, id: Words, left: Option<Expr>, pipeline: Option<Ident>, span: Span },
    FirstRun(Span),
    Expect { verdict: Expectation, span: Span },
}

#[derive(Clone, Debug, PartialEq)]
pub enum GivenWhat {
    Source,
    Target,
    Collection(CollectionName),
}

#[derive(Clone, Debug, PartialEq)]
pub enum GivenRecords {
    None,
    File(Words),
    Raw(Words),
    Attributes(Vec<(Vec<Ident>, Expr)>),
}

#[derive(Clone, Debug, PartialEq)]
pub enum Expectation {
    /// `expect VERDICT "KEY" [after D] [{ ATTR = V,… }] [as "words"]`; the verdict in its words: `out of scope`
    Verdict {
        verdict: String,
        key: Words,
        after: Option<crate::value::Span>,
        attributes: Vec<(Vec<Ident>, Expr)>,
        words: Option<Words>,
    },
    NoChanges {
        other: bool,
    },
    IncompleteRead,
    HeldBy(Ident),
}
