//! Checks and plans again after each save, and answers with a generation. Sends no writing request.
//!
//! The last good plan remains in force after a mistake. Everything that a run would use is watched: the pipeline's files, the
//! configuration, the names of the folder's pipelines, discovered attributes, files of records. Links are read again for each answer,
//! and the day is today. If the source has changed, it is read again if that sends no request; else [`Data::Other`] says so.
//!
//! `saves` waits for them in a thread, `live` answers them, `replan` plans again, and `basis` says on which reads.

mod basis;
mod live;
mod replan;
mod saves;

pub use live::{Change, Data, Watch, Watched};
