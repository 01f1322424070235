//! The tree of a file as written: names are not resolved and nothing is checked.

mod choices;
mod expr;
mod pipeline;
mod system;
mod test;

pub use choices::*;
pub use expr::*;
pub use pipeline::*;
pub use system::*;
pub use test::*;

use crate::diagnose::Span;

/// A name as written, with its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ident {
    pub text: String,
    pub span: Span,
}

/// A text that allows no interpolation (a title, words after `as`, a file name, a regular expression).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Words {
    pub text: String,
    pub span: Span,
}

/// A JSON path as written, always in its `$` form; `{{response.x}}` has become `$.x`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PathText {
    pub text: String,
    pub span: Span,
}

/// One file.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct File {
    pub items: Vec<Item>,
}

/// A statement at the top of a file.
#[derive(Clone, Debug, PartialEq)]
#[expect(clippy::large_enum_variant, reason = "a file has few of them")]
pub enum Item {
    Use(Use),
    System(System),
    Extend(Extend),
    Pipeline(Pipeline),
    Test(Test),
    Setting(Setting),
    Require(Require),
    Table(Table),
    Broken(Broken),
}

impl Item {
    /// Its place in the file.
    #[must_use]
    pub const fn span(&self) -> Span {
        match self {
            Self::Use(one) => one.span,
            Self::System(one) => one.span,
            Self::Extend(one) => one.span,
            Self::Pipeline(one) => one.span,
            Self::Test(one) => one.span,
            Self::Setting(one) => one.span,
            Self::Require(one) => one.span,
            Self::Table(one) => one.span,
            Self::Broken(one) => one.span,
        }
    }
}

/// A statement that could not be understood; an error has been reported.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Broken {
    /// Its first word: what it was meant to say is then not called missing.
    pub word: String,
    pub span: Span,
}

/// `use "FILE" [as NAME]`
#[derive(Clone, Debug, PartialEq)]
pub struct Use {
    pub file: Words,
    pub alias: Option<Ident>,
    pub span: Span,
}

/// `extend SYS.COLL { ATTRIBUTE… }`
#[derive(Clone, Debug, PartialEq)]
pub struct Extend {
    pub collection: CollectionName,
    pub attributes: Vec<Attribute>,
    pub span: Span,
}

/// `SYS.COLL`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CollectionName {
    pub system: Ident,
    pub collection: Ident,
}

/// `require COND as "words"`
#[derive(Clone, Debug, PartialEq)]
pub struct Require {
    pub condition: Expr,
    pub words: Option<Words>,
    pub span: Span,
}

/// `table NAME { … }` or `table NAME from "FILE" key "COLUMN" value "COLUMN"`
#[derive(Clone, Debug, PartialEq)]
pub struct Table {
    pub name: Ident,
    pub body: TableBody,
    pub span: Span,
}

#[derive(Clone, Debug, PartialEq)]
pub enum TableBody {
    Rows { rows: Vec<(Expr, Expr)>, default: Option<Expr> },
    File { file: Words, key: Words, value: Words },
}

/// `setting NAME : TYPE …` or `secret NAME[?] [as "words"]`
#[derive(Clone, Debug, PartialEq)]
pub struct Setting {
    pub name: Ident,
    pub secret: bool,
    /// Of a secret: text, optional if written with `?`.
    pub ty: TypeName,
    /// `attribute of SYS.COLL`
    pub attribute_of: Option<CollectionName>,
    pub choices: Option<Choices>,
    pub matches: Option<Words>,
    pub default: Option<SettingDefault>,
    pub words: Option<Words>,
    pub span: Span,
}

#[derive(Clone, Debug, PartialEq)]
pub enum SettingDefault {
    Value(Expr),
    Schedule(Schedule),
}

#[derive(Clone, Debug, PartialEq)]
pub enum Choices {
    /// `one of ["a" as "A"]`
    Values(Vec<(Expr, Option<Words>)>),
    /// `one of SYS.COLL`: live.
    Collection(CollectionName),
}

/// A type as written: `list of text?`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TypeName {
    pub ty: crate::value::Type,
    pub span: Span,
}
