//! All that checked files declare.

use super::{
    hashed::{optional_value, values},
    pipeline::{Pipeline, Require},
    setting::Setting,
    system::System,
};
use crate::{
    diagnose::{Sources, Span},
    value::{Type, Value},
};
use serde::Serialize;
use std::{path::PathBuf, sync::Arc};

/// The declarations of checked files; only the room `compile` looks inside.
#[derive(Debug)]
pub struct Project {
    pub(crate) sources: Sources,
    pub(crate) files: Vec<PathBuf>,
    /// The path of each of the sources.
    pub(crate) paths: Arc<[PathBuf]>,
    pub(crate) systems: Arc<Vec<Arc<System>>>,
    pub(crate) tables: Arc<Vec<Table>>,
    /// Settings at the top of a file.
    pub(crate) settings: Arc<Vec<Setting>>,
    pub(crate) requires: Vec<Require>,
    pub(crate) pipelines: Vec<Pipeline>,
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
