//! Expressions, compiled: names are slots, functions are bound, paths are parsed. [`super::evaluate`] evaluates them.

use crate::value::{
    Fault, FaultCode, Kind, Text, Value,
    functions::{Algorithm, Apply},
    path::JsonPath,
};
use std::{borrow::Cow, collections::HashMap, fmt, sync::Arc};

pub use crate::value::{arithmetic::Operator, comparator::Comparator};

/// The names that a program may use.
#[derive(Clone, Debug, PartialEq)]
pub enum Name {
    /// A slot of the source record.
    Source(usize),
    /// A slot of the counterpart as it is now; missing on create.
    Current(usize),
    /// A field of the pipeline, computed when it is first used.
    Field(usize),
    /// In a system: an attribute of the record in the call, by its index.
    Own(usize),
    /// The value of `list for each NAME in LIST`.
    LoopValue,
    /// In a list below each record of another collection: an attribute of that record.
    Parent(usize),
    /// The record as it would be sent.
    Sent,
    /// `changes`: the members of the record that an update changes.
    Changes,
    /// A place of the last answer of the token call; all of it without names.
    Token(Vec<String>),
    /// In a system: a secret, by its name.
    Secret(String),
    Today,
    Now,
    /// `since`: the cursor of an incremental read; missing in a full one.
    Since,
    PageOffset,
    PageNumber,
    PageSize,
    PageCursor,
    /// In an answer: how many records the page has.
    PageCount,
    /// `requested.fields`
    RequestedFields,
    /// `requested.parts`
    RequestedParts,
    /// A path of the answer just received.
    Answer(JsonPath),
    /// The status of the answer just received.
    Status,
    /// A header of the answer just received.
    Header(String),
}

/// Gives names their values: of a record that is classified, or of a call that is made.
pub trait Names {
    /// The value of a name.
    ///
    /// # Errors
    /// The fault that the value has, if it could not be read.
    fn value(&self, name: &Name) -> Result<Cow<'_, Value>, Box<Fault>>;

    /// The counterpart of a record of `pipeline`: its id, missing or [`Value::Pending`].
    ///
    /// # Errors
    /// Links are not available in this scope.
    fn counterpart(&self, _pipeline: &str, _key: &Value) -> Result<Value, Box<Fault>> {
        Err(Fault::new(FaultCode::NameUnavailable, "links can't be asked here"))
    }

    /// A random text of a length, another one each time.
    ///
    /// # Errors
    /// No request is made here.
    fn random_text(&self, _length: i64) -> Result<Value, Box<Fault>> {
        Err(Fault::new(FaultCode::NameUnavailable, "nothing random can be made here"))
    }

    /// A token with claims, signed with a key.
    ///
    /// # Errors
    /// A claim has a fault, there is no key, or no request is made here.
    fn signed(&self, _algorithm: Algorithm, _claims: &[(String, Program)], _key: &Program) -> Result<Value, Box<Fault>> {
        Err(Fault::new(FaultCode::NameUnavailable, "nothing can be signed here"))
    }

    /// The value of an expression for each record of a batch, in their order.
    ///
    /// # Errors
    /// The first fault of one of them, or there is no batch.
    fn each_record(&self, _program: &Program) -> Result<Value, Box<Fault>> {
        Err(Fault::new(FaultCode::NameUnavailable, "there is no batch here"))
    }
}

/// A scope with settings only, which are constants in a program: for `enabled when`, `require` and the ways to sign in.
#[derive(Debug)]
pub struct SettingsOnly;

impl Names for SettingsOnly {
    fn value(&self, _name: &Name) -> Result<Cow<'_, Value>, Box<Fault>> {
        Ok(Cow::Owned(Value::Null))
    }
}

/// A compiled expression.
#[derive(Clone)]
pub enum Program {
    Constant(Value),
    Name(Name),
    /// Text made of parts; missing if a part is missing. The caller encodes each part for its place.
    Template(Arc<[TemplatePart]>),
    List(Arc<[Program]>),
    /// `[EXPR for each record]`
    Each(Box<Program>),
    /// `{ name = EXPR }`: a member whose value is missing is left out.
    Record(Arc<[(String, Program)]>),
    /// The key of the source, of several attributes by their names: missing if one of them is.
    Key(Arc<[(String, Program)]>),
    Not(Box<Program>),
    And(Box<(Program, Program)>),
    Or(Box<(Program, Program)>),
    Compare(Comparator, Box<(Program, Program)>),
    In {
        negated: bool,
        both: Box<(Program, Program)>,
    },
    Matches(Box<Program>, regex::Regex),
    IsMissing(Box<Program>),
    IsPresent(Box<Program>),
    IsAbsent(Box<Program>),
    Arithmetic(Operator, Box<(Program, Program)>),
    Apply {
        value: Box<Program>,
        function: &'static str,
        apply: Arc<Apply>,
    },
    /// `| age`: whole years from a birthday to today.
    Age(Box<Program>),
    /// `| random_text`: of this length.
    Random(Box<Program>),
    /// `{ claims } | jwt(ALGORITHM, KEY)`
    Jwt {
        algorithm: Algorithm,
        claims: Arc<[(String, Program)]>,
        key: Box<Program>,
    },
    Lookup {
        value: Box<Program>,
        table: Arc<Table>,
    },
    Counterpart {
        value: Box<Program>,
        pipeline: Text,
    },
    /// `| at($.path)` on raw JSON; the kind that the value is then used as.
    At {
        value: Box<Program>,
        path: JsonPath,
    },
    /// Raw JSON read as a kind.
    ReadAs {
        value: Box<Program>,
        kind: Kind,
    },
    Default(Box<(Program, Program)>),
    If(Box<(Program, Program, Option<Program>)>),
}

#[derive(Clone, Debug)]
pub enum TemplatePart {
    Text(Text),
    Program(Program),
}

/// `table NAME { … }`
#[derive(Debug)]
pub struct Table {
    pub name: String,
    /// By [`canonical::index_key`](crate::value::canonical::index_key) of the value, compared exactly.
    pub rows: HashMap<Box<[u8]>, Value>,
    /// The rows as they are written: the first with a result is the one that a stand-in answers with.
    pub written: Vec<(Value, Value)>,
    pub default: Option<Value>,
}

impl fmt::Debug for Program {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Program")
    }
}
