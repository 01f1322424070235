//! The model of the files: names are resolved, types are known.
//!
//! Pipelines and systems have one model for both of their forms. As checked, their expressions are [`expr::Expr`] and settings are
//! open; the room `compile` folds settings in and makes programs of the expressions, and all else stays as it is, spans included.

pub mod carried;
pub mod expr;
pub(crate) mod hashed;
pub mod key;
pub mod leaver;
pub(crate) mod page_counts;
pub mod pipeline;
pub mod place;
mod project;
pub mod proof;
pub mod request;
pub mod rules;
mod setting;
mod short_page;
pub mod system;
pub(crate) mod unfinished;
pub(crate) mod usual;
mod walk;
pub mod wire;
pub mod words;
pub(crate) mod wrong_address;

pub use pipeline::Require;
pub use project::{Project, Table};
pub use setting::{Live, Misfit, Owner, Setting, SettingId};
