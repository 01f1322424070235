//! Turns a decision into the steps of an operation, or into a link that needs none.
//!
//! [`creates`], [`updates`], [`returns`], [`leaves`] and [`events`] each handle one kind of decision. They share [`build`] and
//! [`calls`]. [`order`] and [`parts`] work on the operations that remain once conflicts are resolved.

pub(crate) mod build;
pub(crate) mod calls;
pub(crate) mod creates;
pub(crate) mod events;
mod hands;
mod holders;
pub(crate) mod leaves;
mod opened_again;
pub(crate) mod order;
pub(crate) mod parts;
pub(crate) mod returns;
pub(crate) mod updates;
