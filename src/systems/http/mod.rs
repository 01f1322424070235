//! HTTP systems: one client each, with its credentials, its budget and its paging.

mod address;
pub(crate) mod answers;
pub mod auth;
mod base;
pub(crate) mod bodies;
mod charset;
mod client;
mod discover;
mod document;
pub(crate) mod failing;
pub(crate) mod items;
pub(crate) mod judge;
pub mod limits;
pub(crate) mod list;
mod member_names;
pub(crate) mod reading;
pub(crate) mod request;
mod requested;
mod send;
mod sent;
pub(crate) mod stated;
pub(crate) mod write;

pub use base::AddressError;
pub use client::Client;
pub(crate) use write::{is_diff, made_from_record};
