//! Whole files checked: what is accepted compiles, what is wrong is said where it stands.

mod fixes;
mod fixtures;
mod plans;
mod sound;
mod support;
