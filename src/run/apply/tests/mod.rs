//! Change sets carried out on a target that can be slow or failing, by a process that may be killed.

#![expect(clippy::disallowed_methods, reason = "the members of a test lie in a file, and its child is told where by the environment")]

mod agreement;
mod another;
mod apply_fixture;
mod directions;
mod events;
mod holders;
mod incremental;
mod kill;
mod lists;
mod not_kept;
mod outcomes;
mod pair;
mod pending_steps;
mod perhaps;
mod policies;
mod procedures;
mod rebase;
mod recovery;
mod registrations;
mod saved;
mod together;
