//! The commands, one file each: reads its flags, calls the engine, prints a view, gives an exit code.

pub mod apply;
pub mod approve;
pub mod check;
pub mod decide;
pub mod explain;
pub mod fmt;
pub mod forget;
pub mod held;
pub mod history;
pub mod links;
pub mod new;
pub mod plan;
pub mod restage;
pub mod retry;
pub mod run;
pub mod sandbox;
pub mod settings;
pub mod shell;
pub mod show;
pub mod status;
pub mod suggest;
pub mod watch;
