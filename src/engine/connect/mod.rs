//! From a compiled plan to open systems: whether it may run, the stand-ins, the connections, discovered attributes.

pub mod connections;
pub mod discovery;
pub mod requirements;
pub mod stand_ins;
pub mod systems_probe;
