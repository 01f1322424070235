//! When values are equal, and their order: between two systems ([`canonical`]), in the language ([`equal`], [`comparator`]), and as
//! keys ([`key`]).

pub mod canonical;
pub mod comparator;
pub mod equal;
pub mod key;
