//! The simulated machine of the library's own tests, and the rooms that it refers to.

pub use counterpart::host::*;

#[allow(dead_code, reason = "tests of the library use more of it")]
#[path = "../../src/host/simulation.rs"]
pub mod simulation;
