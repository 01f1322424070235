//! The one door to all that the program does: sessions over a project, their connections, runs, settings, discovery.
//!
//! Whoever has an interface (the command line, later a service and a language server) calls the functions of this room.

#![expect(clippy::disallowed_methods, reason = "saved change sets are files, and a run begins at the clock's time")]

pub mod change_sets;
pub mod connections;
pub mod discovery;
pub mod requirements;
pub mod run_session;
pub mod session;
pub mod settings;
pub mod stand_ins;
pub mod systems_probe;
