//! HTTP systems.
/// A client of one system.
pub struct Client {}
