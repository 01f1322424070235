//! HTTP systems: one client each, with its credentials, its budget and its paging.

mod answers;
pub mod auth;
mod base;
mod bodies;
mod client;
mod discover;
mod document;
pub(crate) mod items;
pub mod limits;
pub(crate) mod list;
mod request;
mod requested;
mod send;
pub(crate) mod write;

pub use client::Client;
pub(crate) use write::{is_diff, made_from_record};
