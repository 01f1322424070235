//! The tree of a file, as written: names are not looked up, nothing is judged.

use crate::diagnose::Span;
use rust_decimal::Decimal;

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

/// What stands at the top of a file.
#[derive(Clone, Debug, PartialEq)]
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

// ---------------------------------------------------------------- systems

/// `system NAME { … }`
#[derive(Clone, Debug, PartialEq)]
pub struct System {
    pub name: Ident,
    pub items: Vec<SystemItem>,
    pub span: Span,
}

#[derive(Clone, Debug, PartialEq)]
pub enum SystemItem {
    Title(Words),
    Setting(Setting),
    Http(Http),
    /// `sqlite | postgres | ldap BASE`
    Database {
        kind: Ident,
        base: Expr,
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
pub enum HttpItem {
    Auth(Auth),
    Header(Line),
    Query(Line),
    Format(Ident),
    Verify { method: Ident, path: Template, identity: Option<PathText>, span: Span },
    Limit { amount: u64, per: Ident, at_once: Option<u64>, span: Span },
    Retry { classes: Vec<Ident>, times: u64, span: Span },
    Error(ErrorShape),
    Broken(Broken),
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
    /// `auth jwt hs256 KEY { CLAIM = EXPR… }`
    Jwt {
        key: Expr,
        claims: Vec<(Ident, Expr)>,
    },
    /// `auth oauth2 GRANT { … }`
    OAuth2 {
        grant: Ident,
        items: Vec<OAuthItem>,
    },
}

#[derive(Clone, Debug, PartialEq)]
pub enum OAuthItem {
    Token(Expr),
    Client(Expr, Expr),
    User(Expr, Expr),
    Scope(Expr),
    Refresh(Expr),
    Key(Expr),
    Claims(Vec<(Ident, Expr)>),
}

/// `header "H" = EXPR [when COND]` or `query "Q" = EXPR [when COND]`
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    pub name: Words,
    pub value: Expr,
    pub when: Option<Expr>,
    pub span: Span,
}

/// `$path` or `header "…"`
#[derive(Clone, Debug, PartialEq)]
pub enum Place {
    Path(PathText),
    Header(Words),
}

/// `error [PLACE] [code PLACE] [{ "CODE", STATUS is CLASS … }]`
#[derive(Clone, Debug, PartialEq)]
pub struct ErrorShape {
    pub message: Option<Place>,
    pub code: Option<Place>,
    pub classes: Vec<(Vec<ErrorSign>, Ident)>,
    pub span: Span,
}

#[derive(Clone, Debug, PartialEq)]
pub enum ErrorSign {
    Code(Words),
    Status(u16, Span),
}

/// `collection NAME { … }` or, inside one, `part NAME { … }`
#[derive(Clone, Debug, PartialEq)]
pub struct Collection {
    pub name: Ident,
    pub items: Vec<CollectionItem>,
    pub span: Span,
}

#[derive(Clone, Debug, PartialEq)]
pub enum CollectionItem {
    Key(Ident),
    Label(Expr),
    Changed(Ident),
    ListsClosed(Span),
    SettlesWithin {
        span_of_time: crate::value::Span,
        span: Span,
    },
    Attributes(Vec<Attribute>),
    /// `attributes from METHOD "PATH" { items · name · type }`
    Discovered(Discovered),
    Part(Collection),
    Call(Call),
    File(FileSource),
    /// `rows "TABLE"` or `rows """SQL"""`
    Rows {
        text: Words,
        sql: bool,
    },
    /// `entries "DN" where "FILTER"`
    Entries {
        dn: Expr,
        filter: Expr,
        span: Span,
    },
    /// of a part
    AskedAs(Words),
    /// of a part
    At(PathText),
    /// of a part
    WrittenAt(PathText),
    Broken(Broken),
}

/// `file "F" csv [{ delimiter "…" }] | json | json_lines | xml`
#[derive(Clone, Debug, PartialEq)]
pub struct FileSource {
    pub file: Expr,
    pub format: Ident,
    pub delimiter: Option<Words>,
    pub items: Option<PathText>,
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
    Opens { when: Option<Expr>, span: Span },
    Closes { when: Option<Expr>, span: Span },
    UpTo(u64, Span),
    OneOf(Vec<Expr>, Span),
    Matches(Words),
    At(PathText),
    WrittenAt(PathText),
    Format(FormatName),
    ClearAs(Words),
    AskedAs(Words),
}

/// `format "F" | unix_seconds | "yes" or "no" | setting.x [or "F"] [in "ZONE"]`
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
    /// `list for each COLL`
    pub for_each: Option<Ident>,
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
}

#[derive(Clone, Debug, PartialEq)]
pub enum CallItem {
    Query(Line),
    Header(Line),
    Items(PathText),
    Item(PathText),
    Total(Place),
    Whole(PathText),
    Merged(u16, Span),
    Good(Vec<u16>, Span),
    Once(Span),
    /// `repeatable [by ATTR]`
    Repeatable(Option<Ident>, Span),
    /// `on unknown report | repeat`
    OnUnknown(Ident),
    Page(Page),
    Ends(Ends),
    Body(Body),
    /// `batch N [by ATTR]`
    Batch {
        size: u64,
        by: Option<Ident>,
        span: Span,
    },
    /// `results $path { id $path · error $path }`
    Results {
        at: PathText,
        id: Option<PathText>,
        error: Option<PathText>,
        span: Span,
    },
    Broken(Broken),
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
    Link(Place),
    Cursor(Place),
    Last(Ident),
}

#[derive(Clone, Debug, PartialEq)]
pub enum Ends {
    When(Expr),
    OnStatus(u16, Span),
    OnEmptyPage(Span),
    OnShortPage(Span),
}

/// `body json | form | csv | scim_patch | json_api "TYPE" | xml "E" | xml_diff "E" [{ $path = EXPR… }]`
#[derive(Clone, Debug, PartialEq)]
pub struct Body {
    pub format: Ident,
    pub element: Option<Words>,
    pub lines: Vec<(PathText, Expr)>,
    pub span: Span,
}

// ---------------------------------------------------------------- pipelines

/// `pipeline NAME { … }`
#[derive(Clone, Debug, PartialEq)]
pub struct Pipeline {
    pub name: Ident,
    pub items: Vec<PipelineItem>,
    pub span: Span,
}

#[derive(Clone, Debug, PartialEq)]
pub enum PipelineItem {
    Title(Words),
    Zone(Words),
    Setting(Setting),
    Require(Require),
    Enabled(Expr),
    Schedule(Schedule),
    From {
        collection: CollectionName,
        alias: Option<Ident>,
        span: Span,
    },
    To {
        collection: CollectionName,
        span: Span,
    },
    Since {
        lookback: Option<crate::value::Span>,
        full_every: Option<crate::value::Span>,
        from: Option<Expr>,
        span: Span,
    },
    With {
        collection: CollectionName,
        alias: Ident,
        many: bool,
        on: Expr,
        span: Span,
    },
    Each {
        name: Ident,
        list: Expr,
        span: Span,
    },
    Field {
        name: Ident,
        ty: Option<TypeName>,
        value: Expr,
        span: Span,
    },
    Keep {
        when: Expr,
        words: Option<Words>,
        span: Span,
    },
    Skip {
        when: Expr,
        words: Option<Words>,
        span: Span,
    },
    Key {
        value: Expr,
        span: Span,
    },
    /// `one per key prefer COND, then latest ATTR`
    OnePerKey {
        prefer: Option<Expr>,
        latest: Option<Vec<Ident>>,
        span: Span,
    },
    Match {
        one_by_one: bool,
        rules: Vec<MatchRule>,
        span: Span,
    },
    Mode {
        mode: ModeName,
        span: Span,
    },
    Map {
        lines: Vec<MapLine>,
        span: Span,
    },
    Leaver(Leaver),
    Guard {
        lines: Vec<GuardLine>,
        span: Span,
    },
    FreshFor {
        duration: crate::value::Span,
        span: Span,
    },
    Show {
        attributes: Vec<Vec<Ident>>,
        span: Span,
    },
    Notify {
        to: Expr,
        when: NotifyWhen,
        span: Span,
    },
    /// `on lost counterpart hold | create again | unlink`
    OnLost {
        word: Ident,
        span: Span,
    },
    /// `on closed by hand hold | set ATTR = EXPR`, or a block of such lines
    OnClosedByHand {
        set: Option<Vec<LeaverAction>>,
        span: Span,
    },
    /// `on incomplete read stop | continue`
    OnIncompleteRead {
        word: Ident,
        span: Span,
    },
    Broken(Broken),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotifyWhen {
    AfterEachRun,
    AfterFailedRun,
    WhenHeld,
}

#[derive(Clone, Debug, PartialEq)]
pub enum ModeName {
    CreateAndUpdate,
    Create,
    Update,
    Append,
    /// `mode setting.x`
    Setting(Expr),
}

#[derive(Clone, Debug, PartialEq)]
pub enum Schedule {
    /// `every D`
    Every(crate::value::Span, Span),
    /// `daily at T`
    Daily(jiff::civil::Time, Span),
    /// `weekly on DAY at T`
    Weekly(Ident, jiff::civil::Time, Span),
    /// `cron "…"`
    Cron(Words),
    /// `after PIPELINE`
    After(Ident),
    /// `setting.x`
    Setting(Expr),
}

/// `ATTR = EXPR [ignoring case] [and ATTR = EXPR]…`
#[derive(Clone, Debug, PartialEq)]
pub struct MatchRule {
    pub parts: Vec<MatchPart>,
    pub span: Span,
}

#[derive(Clone, Debug, PartialEq)]
pub struct MatchPart {
    pub attribute: Target,
    pub value: Expr,
    pub ignoring_case: bool,
}

/// What is written: `email`, `address.line_1`, or `[setting.field]`.
#[derive(Clone, Debug, PartialEq)]
pub enum Target {
    Attribute(Vec<Ident>),
    Chosen(Expr),
}

impl Target {
    /// Where it stands.
    #[must_use]
    pub fn span(&self) -> Span {
        match self {
            Self::Attribute(names) => names[0].span.to(names[names.len() - 1].span),
            Self::Chosen(value) => value.span,
        }
    }
}

#[derive(Clone, Debug, PartialEq)]
pub enum MapLine {
    /// `ATTR = EXPR MODIFIER…`
    Set {
        target: Target,
        value: Expr,
        modifiers: Vec<Modifier>,
        span: Span,
    },
    /// `call NAME MODIFIER…`
    Call {
        name: Ident,
        modifiers: Vec<Modifier>,
        span: Span,
    },
    /// `MODIFIER… { … }`
    Block {
        modifiers: Vec<Modifier>,
        lines: Vec<MapLine>,
        span: Span,
    },
    Broken(Broken),
}

#[derive(Clone, Debug, PartialEq)]
pub struct Modifier {
    pub kind: ModifierKind,
    pub span: Span,
}

#[derive(Clone, Debug, PartialEq)]
pub enum ModifierKind {
    OnCreate,
    OnUpdate,
    When(Expr),
    KeepWhenMissing,
    KeepWhenAbsent,
    ClearWhenMissing,
    ClearWhenAbsent,
    Once,
    IgnoringCase,
    IgnoringOrder,
    Exactly,
    OnlyAdd,
    /// `on conflict newest [then this | other] | this | other | hold`
    OnConflict {
        word: Ident,
        then: Option<Ident>,
    },
}

/// `leaver { … }`
#[derive(Clone, Debug, PartialEq)]
pub struct Leaver {
    pub lines: Vec<LeaverLine>,
    pub span: Span,
}

#[derive(Clone, Debug, PartialEq)]
pub enum LeaverLine {
    When { condition: Expr, words: Option<Words>, span: Span },
    WhenMissing { for_: Absence, at_least_apart: Option<crate::value::Span>, span: Span },
    WhenOutOfScope(Span),
    Action(LeaverAction),
    After { delay: crate::value::Span, lines: Vec<LeaverAction>, span: Span },
    OnReturn { lines: Vec<LeaverAction>, span: Span },
    Protect { when: Expr, words: Option<Words>, span: Span },
    Enforce(Span),
    Broken(Broken),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Absence {
    Runs(u64),
    For(crate::value::Span),
}

#[derive(Clone, Debug, PartialEq)]
pub enum LeaverAction {
    Set {
        target: Target,
        value: Expr,
        span: Span,
    },
    Call {
        name: Ident,
        once: bool,
        span: Span,
    },
    Delete(Span),
    /// only in `on return`
    CreateAgain(Span),
}

#[derive(Clone, Debug, PartialEq)]
pub enum GuardLine {
    /// `leavers … at most N | P% [or N] [over D]`; `changes of ATTR` has the attribute.
    AtMost {
        what: Ident,
        attribute: Option<Vec<Ident>>,
        limit: Limit,
        over: Option<crate::value::Span>,
        span: Span,
    },
    /// `source at least P% of last run`
    SourceAtLeast {
        percent: Decimal,
        span: Span,
    },
    /// `approve every run | leavers`
    Approve {
        what: Ident,
        span: Span,
    },
    /// `hold leavers`
    HoldLeavers(Span),
    Broken(Broken),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limit {
    /// `P%`
    pub percent: Option<Decimal>,
    /// `N`, or the floor after `or`
    pub number: Option<u64>,
}

// ---------------------------------------------------------------- tests

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

// ---------------------------------------------------------------- expressions

#[derive(Clone, Debug, PartialEq)]
pub struct Expr {
    pub kind: ExprKind,
    pub span: Span,
}

/// A text with interpolations.
#[derive(Clone, Debug, PartialEq)]
pub struct Template {
    pub parts: Vec<TemplatePart>,
    pub span: Span,
}

#[derive(Clone, Debug, PartialEq)]
pub enum TemplatePart {
    /// Escapes are resolved.
    Text(String),
    Expr(Expr),
}

#[derive(Clone, Debug, PartialEq)]
pub enum ExprKind {
    Null,
    Bool(bool),
    Int(i64),
    Decimal(Decimal),
    /// `10%`
    Percent(Decimal),
    Duration(crate::value::Span),
    Date(jiff::civil::Date),
    DateTime(jiff::Timestamp),
    Time(jiff::civil::Time),
    /// `"…"` with its interpolations, `"""…"""` without.
    Text(Template),
    List(Vec<Expr>),
    /// `email`, `employee.email`, `current.address.line_1`, `setting.x`, `page.offset`, `today`: one or more names.
    Name(Vec<Ident>),
    Path(PathText),
    Not(Box<Expr>),
    Binary {
        op: Op,
        op_span: Span,
        left: Box<Expr>,
        right: Box<Expr>,
    },
    /// `matches "RE"`
    Matches {
        value: Box<Expr>,
        pattern: Words,
    },
    /// `is missing | is present | is absent`
    Is {
        value: Box<Expr>,
        state: State,
    },
    /// `value | name(args)`
    Pipe {
        value: Box<Expr>,
        function: Ident,
        args: Vec<Expr>,
    },
    /// `a ?? b`
    Default {
        value: Box<Expr>,
        default: Box<Expr>,
    },
    If {
        condition: Box<Expr>,
        then: Box<Expr>,
        otherwise: Option<Box<Expr>>,
    },
    /// Stands for what could not be understood; an error has been reported.
    Broken,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    Missing,
    Present,
    Absent,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Op {
    Or,
    And,
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    In,
    NotIn,
    StartsWith,
    EndsWith,
    Contains,
    Add,
    Subtract,
    Multiply,
    Divide,
}
