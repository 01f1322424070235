//! The model of checked files: names are resolved, types are known. The room `compile` turns it into execution plans.

pub mod expr;
pub mod pipeline;
pub mod request;
pub mod system;
mod walk;
pub mod wire;

use crate::{
    diagnose::{Sources, Span},
    syntax::tree::Schedule,
    value::{Type, Value, equal::equal},
};
use expr::Expr;
use serde::{Serialize, Serializer};
use std::{path::PathBuf, sync::Arc};

/// The declarations of checked files; only the room `compile` looks inside.
#[derive(Debug)]
pub struct Project {
    pub(crate) sources: Sources,
    pub(crate) files: Vec<PathBuf>,
    /// The path of each of the sources.
    pub(crate) paths: Arc<[PathBuf]>,
    pub(crate) systems: Arc<Vec<Arc<system::System>>>,
    pub(crate) tables: Arc<Vec<Table>>,
    /// Settings that stand at the top of a file.
    pub(crate) settings: Arc<Vec<Setting>>,
    pub(crate) requires: Vec<Require>,
    pub(crate) pipelines: Vec<pipeline::Pipeline>,
}

/// `setting NAME : TYPE …` or `secret NAME`
#[derive(Clone, Debug)]
pub struct Setting {
    pub name: String,
    pub secret: bool,
    pub ty: Type,
    pub default: Option<Value>,
    pub schedule: Option<Schedule>,
    pub choices: Vec<Value>,
    pub matches: Option<regex::Regex>,
    pub words: Option<String>,
    pub span: Span,
    /// Where its choices come from, if a system has to be asked.
    pub live: Option<Live>,
    /// What the choices are called, beside their values.
    pub choice_words: Vec<Option<String>>,
}

/// Why a value of the right type is refused by its setting.
pub enum Misfit<'v> {
    /// It is not one of the choices.
    NotAChoice(&'v Value),
    /// The text does not match the pattern.
    NoMatch(&'v str),
}

impl Setting {
    /// What is wrong with a value of the right type. The check asks of the default, and each plan of what the configuration gives.
    pub fn misfit<'v>(&self, value: &'v Value) -> Option<Misfit<'v>> {
        let items = if let Value::List(items) = value { items.as_slice() } else { std::slice::from_ref(value) };
        items.iter().filter(|item| !item.is_missing()).find_map(|item| {
            let chosen = self.choices.is_empty() || self.choices.iter().any(|choice| equal(choice, item));
            match (item.as_text(), &self.matches) {
                _ if !chosen => Some(Misfit::NotAChoice(item)),
                (Some(text), Some(pattern)) if !pattern.is_match(text) => Some(Misfit::NoMatch(text)),
                _ => None,
            }
        })
    }
}

/// Choices that come from a system.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Live {
    /// `attribute of arlo.contacts`: one of the attributes that the system itself tells, by its bare name.
    AttributeOf { system: String, collection: String, span: Span },
    /// `one of wicket.services`: the key of one of its records.
    RecordOf { system: String, collection: String, span: Span },
}

/// Whose setting.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
pub enum Owner {
    System(String),
    Pipeline,
    Shared,
}

/// A setting by its owner and name.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
pub struct SettingId {
    pub owner: Owner,
    pub name: String,
}

/// `table NAME …`
#[derive(Clone, Debug, Serialize)]
pub struct Table {
    pub name: String,
    #[serde(serialize_with = "values")]
    pub rows: Vec<(Value, Value)>,
    #[serde(serialize_with = "optional_value")]
    pub default: Option<Value>,
    #[serde(skip)]
    pub key: Type,
    #[serde(skip)]
    pub value: Type,
    #[serde(skip)]
    pub span: Span,
}

/// `require COND as "words"`
#[derive(Clone, Debug, Serialize)]
pub struct Require {
    pub condition: Expr,
    pub words: String,
    #[serde(skip)]
    pub span: Span,
}

/// A value in the canonical text that plans are hashed over.
pub(crate) fn value<S: Serializer>(value: &Value, to: S) -> Result<S::Ok, S::Error> {
    crate::value::stored::serialize(value, to)
}

#[derive(Serialize)]
struct Canonical<'a>(#[serde(serialize_with = "value")] &'a Value);

pub(crate) fn optional_value<S: Serializer>(of: &Option<Value>, to: S) -> Result<S::Ok, S::Error> {
    of.as_ref().map(Canonical).serialize(to)
}

pub(crate) fn value_list<S: Serializer>(of: &[Value], to: S) -> Result<S::Ok, S::Error> {
    to.collect_seq(of.iter().map(Canonical))
}

fn values<S: Serializer>(rows: &[(Value, Value)], to: S) -> Result<S::Ok, S::Error> {
    to.collect_seq(rows.iter().map(|(left, right)| (Canonical(left), Canonical(right))))
}

pub(crate) fn shown<T: std::fmt::Display, S: Serializer>(of: &T, to: S) -> Result<S::Ok, S::Error> {
    to.collect_str(of)
}

pub(crate) fn debugged<T: std::fmt::Debug, S: Serializer>(of: &T, to: S) -> Result<S::Ok, S::Error> {
    to.collect_str(&format_args!("{of:?}"))
}

pub(crate) fn path<S: Serializer>(of: &crate::value::path::JsonPath, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(&of.text)
}

pub(crate) fn optional_path<S: Serializer>(of: &Option<crate::value::path::JsonPath>, to: S) -> Result<S::Ok, S::Error> {
    of.as_ref().map(|path| &path.text).serialize(to)
}

pub(crate) fn regex<S: Serializer>(of: &Option<regex::Regex>, to: S) -> Result<S::Ok, S::Error> {
    of.as_ref().map(regex::Regex::as_str).serialize(to)
}
