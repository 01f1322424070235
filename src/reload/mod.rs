//! Hot reload: files are watched, compiled aside, and swapped in whole, or not at all.
//!
//! In: the files of the last compilation. Out: a [`generations::Live`] value that is never half of anything.

pub mod disk;
pub mod generations;
pub mod watcher;
