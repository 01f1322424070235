//! Keeps the people in one system in step with their counterparts in another.
//!
//! ```text
//! pipeline file --parse--> tree --check--> checked pipeline --compile--> execution plan
//! execution plan --read--> pages --extract--> rows --classify--> verdicts --compare--> changes --guard--> change set --apply--> outcomes
//! ```
//!
//! Rooms, from the top floor down; each knows only those below it:
//! `cli`, `engine`, `project`, `run`, `sandbox`, `systems`, `reload`, `compile`, `check`, `syntax`, `state`, `diagnose`, `value`, `host`.

pub mod check;
pub mod cli;
pub mod compile;
pub mod diagnose;
pub mod engine;
pub mod host;
pub mod project;
pub mod reload;
pub mod run;
pub mod sandbox;
pub mod state;
pub mod syntax;
pub mod systems;
pub mod value;
