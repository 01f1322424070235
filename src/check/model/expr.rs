//! Expressions with names resolved and types known.

use super::{
    hashed::{shown, value},
    setting::SettingId,
};
use crate::{
    diagnose::Span,
    syntax::tree::State,
    value::{Kind, Type, Value, functions::Function, path::JsonPath},
};
use serde::{Serialize, Serializer};

pub use crate::value::{arithmetic::Operator, comparator::Comparator};

/// A checked expression.
#[derive(Clone, Debug, Serialize)]
pub struct Expr {
    pub kind: ExprKind,
    #[serde(skip)]
    pub ty: Type,
    #[serde(skip)]
    pub span: Span,
}

/// What a text has to match.
#[derive(Clone, Debug, Serialize)]
pub enum Pattern {
    Written(#[serde(serialize_with = "shown")] regex::Regex),
    /// The value of a setting of the type `text`.
    Setting(Box<Expr>),
}

#[derive(Clone, Debug, Serialize)]
pub enum ExprKind {
    Constant(#[serde(serialize_with = "value")] Value),
    /// An attribute of the source record, by its index in the collection.
    Source(usize),
    /// An attribute of the counterpart, by its index in the collection.
    Current(usize),
    /// A raw path of the source record, by its index in the pipeline.
    Raw(usize),
    /// A field of the pipeline.
    Field(usize),
    /// In a system: an attribute of the record in the call.
    Own(usize),
    /// The value of `list for each NAME in LIST`.
    LoopValue,
    /// In a list below each record of another collection: an attribute of that record.
    Parent(usize),
    /// The record as it would be sent.
    Sent,
    /// `changes`: the members of the record that an update changes.
    Changes,
    /// `{ name = EXPR }`
    Record(Vec<(String, Expr)>),
    /// The key of the source, of several attributes by their names, as one text.
    Key(Vec<(String, Expr)>),
    /// `[EXPR for each record]`: a list with one item for each record of a batch.
    Each(Box<Expr>),
    /// A place of the last answer of the token call; all of it without names.
    Token(Vec<String>),
    /// An attribute of a joined record: the join and the attribute; a list of them where the join is `many`.
    Joined(usize, usize),
    /// The element of `for each`.
    Element,
    Setting(SettingId),
    Secret(String),
    Today,
    Now,
    Since,
    Page(PageName),
    RequestedFields,
    RequestedParts,
    /// A path of the answer just received.
    Answer(#[serde(serialize_with = "super::hashed::path")] JsonPath),
    /// The status of the answer.
    Status,
    /// A header of the answer.
    Header(String),
    Template(Vec<Part>),
    List(Vec<Expr>),
    Not(Box<Expr>),
    And(Box<Expr>, Box<Expr>),
    Or(Box<Expr>, Box<Expr>),
    Compare(Comparator, Box<Expr>, Box<Expr>),
    In {
        negated: bool,
        value: Box<Expr>,
        list: Box<Expr>,
    },
    Matches(Box<Expr>, Pattern),
    Is(#[serde(serialize_with = "super::hashed::debugged")] State, Box<Expr>),
    Arithmetic(#[serde(serialize_with = "super::hashed::debugged")] Operator, Box<Expr>, Box<Expr>),
    Apply {
        value: Box<Expr>,
        #[serde(serialize_with = "function_name")]
        function: FunctionRef,
        args: Vec<Expr>,
    },
    Lookup {
        value: Box<Expr>,
        table: usize,
    },
    Counterpart {
        value: Box<Expr>,
        pipeline: String,
    },
    At {
        value: Box<Expr>,
        #[serde(serialize_with = "super::hashed::path")]
        path: JsonPath,
    },
    /// Raw JSON read as a kind.
    ReadAs {
        value: Box<Expr>,
        #[serde(serialize_with = "shown")]
        kind: Kind,
    },
    Default(Box<Expr>, Box<Expr>),
    If(Box<Expr>, Box<Expr>, Option<Box<Expr>>),
    /// Marks a reported mistake, so that errors which only follow from it are not reported.
    Broken,
}

/// One of the functions that `|` applies.
#[derive(Clone, Copy)]
pub struct FunctionRef(pub &'static Function);

/// A function of which the check knows more than its type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Special {
    /// Its result changes with the day.
    Age,
    /// Whether one of a list is true.
    Any,
    /// Whether all of a list are true; a missing one counts as false.
    All,
    /// Leaves missing values out of a list.
    Present,
    /// Makes a list without missing values.
    Split,
}

impl Special {
    const ALL: [(Self, &'static str); 5] =
        [(Self::Age, "age"), (Self::Any, "any"), (Self::All, "all"), (Self::Present, "present"), (Self::Split, "split")];
}

impl FunctionRef {
    /// What the check knows of this function beyond its type, if it is one of those.
    #[must_use]
    pub fn special(self) -> Option<Special> {
        Special::ALL.into_iter().find(|(_, name)| *name == self.0.name).map(|(special, _)| special)
    }
}

impl std::fmt::Debug for FunctionRef {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.0.name)
    }
}

fn function_name<S: Serializer>(function: &FunctionRef, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(function.0.name)
}

#[derive(Clone, Debug, Serialize)]
pub enum Part {
    Text(String),
    Expr(Expr),
}

/// `page.offset` and its like.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum PageName {
    Offset,
    Number,
    Size,
    Cursor,
    /// In an answer: how many records the page has.
    Count,
}

impl Expr {
    /// An expression of a type.
    #[must_use]
    pub const fn new(kind: ExprKind, ty: Type, span: Span) -> Self {
        Self { kind, ty, span }
    }

    /// A placeholder for something that was reported.
    #[must_use]
    pub const fn broken(span: Span) -> Self {
        Self { kind: ExprKind::Broken, ty: Type::optional(Kind::Nothing), span }
    }

    /// A value known now.
    #[must_use]
    pub const fn constant(value: Value, ty: Type, span: Span) -> Self {
        Self { kind: ExprKind::Constant(value), ty, span }
    }

    /// A condition: always yes or no.
    #[must_use]
    pub const fn truth(kind: ExprKind, span: Span) -> Self {
        Self { kind, ty: Type::present(Kind::Bool), span }
    }

    /// Whether an error about it was reported.
    #[must_use]
    pub const fn is_broken(&self) -> bool {
        matches!(self.kind, ExprKind::Broken)
    }

    /// The value, if it is known now.
    #[must_use]
    pub const fn as_constant(&self) -> Option<&Value> {
        if let ExprKind::Constant(value) = &self.kind { Some(value) } else { None }
    }

    /// Whether anything in it depends on a record.
    #[must_use]
    pub fn asks_a_record(&self) -> bool {
        use ExprKind as K;
        self.any(&|part| {
            matches!(part.kind, K::Source(_) | K::Current(_) | K::Raw(_) | K::Field(_) | K::Joined(..) | K::Element | K::Counterpart { .. })
        })
    }

    /// The expressions it is made of, one level down.
    #[must_use]
    pub fn children(&self) -> Vec<&Self> {
        use ExprKind as K;
        match &self.kind {
            K::Template(parts) => parts.iter().filter_map(|part| if let Part::Expr(e) = part { Some(e) } else { None }).collect(),
            K::List(items) => items.iter().collect(),
            K::Record(members) | K::Key(members) => members.iter().map(|(_, value)| value).collect(),
            K::Matches(value, Pattern::Setting(pattern)) => vec![value, pattern],
            K::Not(e) | K::Matches(e, _) | K::Is(_, e) | K::Each(e) => vec![e],
            K::And(l, r) | K::Or(l, r) | K::Compare(_, l, r) | K::Arithmetic(_, l, r) | K::Default(l, r) => vec![l, r],
            K::In { value, list, .. } => vec![value, list],
            K::Apply { value, args, .. } => std::iter::once(&**value).chain(args).collect(),
            K::Lookup { value, .. } | K::Counterpart { value, .. } | K::At { value, .. } | K::ReadAs { value, .. } => vec![value],
            K::If(condition, then, otherwise) => {
                [Some(condition), Some(then), otherwise.as_ref()].into_iter().flatten().map(|e| &**e).collect()
            }
            _ => Vec::new(),
        }
    }

    /// Calls `see` with this expression and all inside it.
    pub fn walk<'a>(&'a self, see: &mut dyn FnMut(&'a Self)) {
        see(self);
        for child in self.children() {
            child.walk(see);
        }
    }

    /// Whether this or anything inside it answers `test`.
    #[must_use]
    pub fn any(&self, test: &dyn Fn(&Self) -> bool) -> bool {
        test(self) || self.children().iter().any(|child| child.any(test))
    }
}

/// The attributes that an expression names, of one record or of each.
pub(crate) fn all_names(expr: &Expr) -> Vec<(usize, Span)> {
    let mut found = Vec::new();
    expr.walk(&mut |part| {
        if let ExprKind::Own(at) = part.kind {
            found.push((at, part.span));
        }
    });
    found
}
