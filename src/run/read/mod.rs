//! Reading: what is requested of the source, the values taken from each page, and the joins. The pages come from `systems`.

pub(crate) mod details;
pub mod extract;
pub mod incremental;
pub mod joins;
pub mod partial;
pub mod sides;
