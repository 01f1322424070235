//! What a check needs beyond one pipeline: the files of a folder, the pipelines in them, and what these mean for each other.

pub(crate) mod directions;
pub(crate) mod disjoint_scopes;
pub(crate) mod files;
pub(crate) mod pipeline_context;
pub(crate) mod pipeline_index;
pub(crate) mod sibling_files;
pub(crate) mod tables;
