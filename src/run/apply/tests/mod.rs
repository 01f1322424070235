//! Change sets carried out on a target that can be slow, ill or struck by lightning.

#![expect(clippy::disallowed_methods, reason = "the members of a test lie in a file, and its child is told where by the environment")]

mod agreement;
mod anew;
mod directions;
mod events;
mod incremental;
mod kill;
mod lists;
mod outcomes;
mod pair;
mod policies;
mod recovery;
mod registrations;
mod together;
mod unfinished;
mod world;
