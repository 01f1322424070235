//! File systems.
/// The files of one system.
pub struct Files {}
