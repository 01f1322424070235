//! The journal: an intent is durable before its request is sent, and its outcome is written in one transaction with everything
//! that follows from it, so that a crash leaves either both or neither.
//!
//! [`intents`] are the requests themselves. [`effects`] happen to a person at most once, [`events`] are sent at most once, and
//! [`pending_steps`] are the steps that an interrupted operation still has to make.

pub mod effects;
pub mod events;
pub mod intents;
pub mod pending_steps;
mod retry;

pub use intents::{Intent, IntentKind, IntentOutcome, OpenIntent};
