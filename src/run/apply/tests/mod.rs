//! Change sets carried out on a target that can be slow, ill or struck by lightning.

mod kill;
mod outcomes;
mod recovery;
mod world;
