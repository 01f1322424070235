//! Systems: connections, collections, calls.

use super::{Broken, Expr, Ident, PathText, Setting, Template, TypeName, Words};
use crate::diagnose::Span;

/// `system NAME { … }`
#[derive(Clone, Debug, PartialEq)]
pub struct System {
    pub name: Ident,
    pub items: Vec<SystemItem>,
    pub span: Span,
}

#[derive(Clone, Debug, PartialEq)]
#[expect(clippy::large_enum_variant, reason = "a file has few of them")]
pub enum SystemItem {
    Title(Words),
    Setting(Setting),
    Http(Http),
    /// `connect "postgres://…"`
    Connect {
        address: Expr,
        span: Span,
    },
    Collection(Collection),
    Broken(Broken),
}

/// `http BASE { … }`
#[derive(Clone, Debug, PartialEq)]
pub struct Http {
    pub base: Expr,
    pub items: Vec<HttpItem>,
    pub span: Span,
}

#[derive(Clone, Debug, PartialEq)]
#[expect(clippy::large_enum_variant, reason = "a file has few of them")]
pub enum HttpItem {
    Auth(Auth),
    Token(TokenCall),
    Header(Line),
    Query(Line),
    Format(Ident),
    /// `verify METHOD "PATH" { … }`
    Verify(Call),
    /// `limit N per DURATION [, N concurrent]`; of `per min` the amount of time is one.
    Limit {
        amount: u64,
        per: LimitTime,
        concurrent: Option<u64>,
        span: Span,
    },
    /// `retry N times`
    Retry {
        times: u64,
        span: Span,
    },
    Error(ErrorShape),
    Outcome(Outcome),
    /// Around the body of each call, which it names as `body`.
    Body(Body),
    /// `missing as VALUE,…`
    MissingAs(MissingAs),
    /// `items`, `item`, `total`, `page`, or a parameter that names pages, for the calls that don't say it themselves.
    Line(CallItem),
    Broken(Broken),
}

/// The time that a limit is counted over.
#[derive(Clone, Debug, PartialEq)]
pub enum LimitTime {
    /// `min`
    Unit(Ident),
    /// `10 s`
    Duration(crate::value::Span),
}

/// `OUTCOME when COND`
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    /// `done`, `gone`, `last page`
    pub outcome: Ident,
    pub when: Expr,
    pub span: Span,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Auth {
    pub kind: AuthKind,
    pub when: Option<Expr>,
    pub span: Span,
}

#[derive(Clone, Debug, PartialEq)]
pub enum AuthKind {
    Basic {
        user: Expr,
        password: Expr,
    },
    Bearer {
        token: Expr,
    },
    /// `auth certificate CERT, KEY`
    Certificate {
        cert: Expr,
        key: Expr,
    },
}

/// `token METHOD "URL" [when COND] { … }`
#[derive(Clone, Debug, PartialEq)]
pub struct TokenCall {
    pub method: Ident,
    pub address: Template,
    pub when: Option<Expr>,
    pub items: Vec<TokenItem>,
    pub span: Span,
}

#[derive(Clone, Debug, PartialEq)]
pub enum TokenItem {
    Auth(Auth),
    Header(Line),
    Query(Line),
    Body(Body),
    Lasts(Expr),
    Error(ErrorShape),
    Outcome(Outcome),
    Broken(Broken),
}

/// `header "H" = EXPR [when COND]` or `query "Q" = EXPR [when COND]`
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    pub name: Words,
    pub value: Expr,
    pub when: Option<Expr>,
    pub span: Span,
}

impl Line {
    /// Whether it names what only lists have.
    #[must_use]
    pub fn names_a_page(&self) -> bool {
        self.value.names_a_page() || self.when.as_ref().is_some_and(Expr::names_a_page)
    }
}

/// `error [EXPR] [code EXPR] [when COND] [{ "CODE", … is CLASS … }]`
#[derive(Clone, Debug, PartialEq)]
pub struct ErrorShape {
    pub message: Option<Expr>,
    pub code: Option<Expr>,
    pub when: Option<Expr>,
    pub classes: Vec<(Vec<Words>, Ident)>,
    /// The braces with the classes, where they are written; they may be empty.
    pub table: Option<Span>,
    pub span: Span,
}

/// `collection NAME { … }` or, inside one, `part NAME { … }`
#[derive(Clone, Debug, PartialEq)]
pub struct Collection {
    pub name: Ident,
    pub items: Vec<CollectionItem>,
    pub span: Span,
}

#[derive(Clone, Debug, PartialEq)]
#[expect(clippy::large_enum_variant, reason = "a file has few of them")]
pub enum CollectionItem {
    /// `key ATTR,…`, each with the name of its part, if it has one.
    Key(Vec<Vec<Ident>>),
    Label(Expr),
    Changed(Ident),
    /// `lists all | open only`
    Lists {
        all: bool,
        span: Span,
    },
    /// `consistent within D`
    ConsistentWithin {
        span_of_time: crate::value::Span,
        span: Span,
    },
    Attributes(Vec<Attribute>),
    /// `attributes from METHOD "PATH" { items · name · type }`
    Discovered(Discovered),
    Part(Collection),
    Call(Call),
    File(FileSource),
    List(ListSource),
    Error(ErrorShape),
    Outcome(Outcome),
    /// A line of a call, for the calls that don't say it themselves.
    Line(CallItem),
    /// of a part
    RequestedAs(Words),
    /// of a part
    At(PathText),
    /// of a part
    WrittenAt(PathText),
    Broken(Broken),
}

/// `file [newest] "F" FORMAT [{ OPTION = VALUE }]`
#[derive(Clone, Debug, PartialEq)]
pub struct FileSource {
    pub file: Expr,
    /// The word `newest`.
    pub newest: Option<Span>,
    pub format: Ident,
    pub options: Vec<(Words, Expr)>,
    pub span: Span,
}

/// `list "TABLE" | """SQL""" | "DN" [where "FILTER"]`
#[derive(Clone, Debug, PartialEq)]
pub struct ListSource {
    pub of: Expr,
    /// Whether it is written in three quotation marks, as SQL is.
    pub sql: bool,
    pub filter: Option<Expr>,
    pub span: Span,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Discovered {
    pub method: Ident,
    pub path: Template,
    pub items: Option<PathText>,
    pub name: Option<PathText>,
    pub ty: Option<PathText>,
    /// `"T" is TYPE at $path`; the path may hold `{$.Name}`.
    pub types: Vec<(Words, TypeName, PathText)>,
    pub span: Span,
}

/// `NAME : TYPE …`
#[derive(Clone, Debug, PartialEq)]
pub struct Attribute {
    pub name: Ident,
    pub ty: TypeName,
    pub words: Vec<AttributeWord>,
    pub span: Span,
}

#[derive(Clone, Debug, PartialEq)]
pub enum AttributeWord {
    Unique(Span),
    ReadOnly(Span),
    WriteOnly(Span),
    CreateOnly(Span),
    IgnoringCase(Span),
    IgnoringOrder(Span),
    Secret(Span),
    Public(Span),
    Effect(Words),
    Opens {
        when: Option<Expr>,
        span: Span,
    },
    Closes {
        when: Option<Expr>,
        span: Span,
    },
    UpTo(u64, Span),
    OneOf(Vec<Expr>, Span),
    Matches(Words),
    /// `at $a ?? $b ?? VALUE`
    At(PathText, Vec<PathText>, Option<Expr>),
    WrittenAt(PathText),
    /// `from get`
    FromGet(Span),
    Format(FormatName),
    /// `missing as VALUE,…`
    MissingAs(MissingAs),
    RequestedAs(Words),
}

/// `missing as VALUE,…`
#[derive(Clone, Debug, PartialEq)]
pub struct MissingAs {
    pub values: Vec<serde_json::Value>,
    pub span: Span,
}

/// `format "F" | unix_seconds | unix_milliseconds | "yes" or "no" | setting.x [or "F"] [in "ZONE"]`
#[derive(Clone, Debug, PartialEq)]
pub struct FormatName {
    /// One or two alternatives: texts, `unix_seconds`, `setting.x`.
    pub forms: Vec<Expr>,
    pub zone: Option<Words>,
    pub span: Span,
}

/// A call: `list GET "/users" { … }`
#[derive(Clone, Debug, PartialEq)]
pub struct Call {
    pub role: Role,
    /// `list for each COLL`, or the name in `list for each NAME in LIST`
    pub for_each: Option<Ident>,
    /// The values of `for each NAME in LIST`.
    pub each_of: Option<Vec<Expr>>,
    /// `where COND`
    pub shows: Option<Expr>,
    pub method: Ident,
    pub path: Template,
    pub items: Vec<CallItem>,
    pub span: Span,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Role {
    List,
    Get,
    Create,
    Update,
    Delete,
    /// `find by ATTR`, the attribute dotted where it is of a part.
    Find(Vec<Ident>),
    /// `call NAME`
    Named(Ident),
    /// `verify`, in `http`
    Verify,
}

impl Role {
    /// The words that the call is declared by, without its name.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self {
            Self::List => "list",
            Self::Get => "get",
            Self::Create => "create",
            Self::Update => "update",
            Self::Delete => "delete",
            Self::Find(_) => "find by",
            Self::Named(_) => "call",
            Self::Verify => "verify",
        }
    }
}

#[derive(Clone, Debug, PartialEq)]
pub enum CallItem {
    Query(Line),
    Header(Line),
    Items(Items),
    Item(Expr),
    /// `total PLACE`; with `total?` a page may leave it out.
    Total {
        at: Expr,
        optional: bool,
    },
    /// `replaces $path, …`
    Replaces(Vec<PathText>),
    /// `secret NAME = EXPR`: made for this call.
    Secret {
        name: Ident,
        value: Expr,
        span: Span,
    },
    /// `key EXPR`: where the answer has the key of a new record.
    Key(Expr),
    /// `items EXPR by EXPR = EXPR { … }`
    Each(EachResult),
    /// `never repeat`
    NeverRepeat(Span),
    /// `idempotent [by ATTR]`
    Idempotent(Option<Ident>, Span),
    Page(Page),
    Since(SinceBy),
    /// `body [FORMAT] = EXPR`
    Body(Body),
    /// `follow METHOD "URL" { … }`
    Follow(Follow),
    /// `batch N [by ATTR]`
    Batch {
        size: u64,
        by: Option<Ident>,
        span: Span,
    },
    Error(ErrorShape),
    Outcome(Outcome),
    Broken(Broken),
}

/// `since by link EXPR` or `since by cursor EXPR`
#[derive(Clone, Debug, PartialEq)]
pub struct SinceBy {
    pub link: bool,
    pub mark: Expr,
    pub span: Span,
}

/// `follow METHOD "URL" [every D] [up to D] { … }`: how the outcome of a job is asked for.
#[derive(Clone, Debug, PartialEq)]
pub struct Follow {
    pub method: Ident,
    pub path: Template,
    pub every: Option<crate::value::Span>,
    pub up_to: Option<crate::value::Span>,
    pub items: Vec<CallItem>,
    pub span: Span,
}

/// `page by …`
#[derive(Clone, Debug, PartialEq)]
pub struct Page {
    pub by: PageBy,
    pub from: Option<u64>,
    pub size: Option<u64>,
    pub span: Span,
}

#[derive(Clone, Debug, PartialEq)]
pub enum PageBy {
    Offset,
    Number,
    Link(Expr),
    Cursor(Expr),
}

/// `body [FORMAT [{ OPTION = VALUE }]] = EXPR`
#[derive(Clone, Debug, PartialEq)]
pub struct Body {
    /// Without it, JSON.
    pub format: Option<Ident>,
    pub options: Vec<(Words, Expr)>,
    pub value: Expr,
    pub span: Span,
}

/// `items EXPR by EXPR = EXPR { key EXPR · status EXPR · error … · OUTCOME when … }`: the results of a batch.
#[derive(Clone, Debug, PartialEq)]
pub struct EachResult {
    /// The list in the answer.
    pub items: Expr,
    /// In an element: what names its record.
    pub by: Expr,
    /// The same of a record that was sent.
    pub own: Expr,
    pub element: Element,
    pub span: Span,
}

/// `items EXPR [{ … }]`
#[derive(Clone, Debug, PartialEq)]
pub struct Items {
    pub at: Expr,
    pub element: Element,
}

/// What is said of one element: `item EXPR · key EXPR · status EXPR · error … · OUTCOME when …`
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Element {
    pub item: Option<Expr>,
    pub key: Option<Expr>,
    pub status: Option<Expr>,
    pub errors: Vec<ErrorShape>,
    pub outcomes: Vec<Outcome>,
}
