//! Each save is checked and judged again, and answered with a generation. Sends no writing request.
//!
//! The last good plan stays: a mistake changes nothing. Watched is all that a run would use: the pipeline's files, the configuration,
//! the names of the folder's pipelines, discovered attributes, files of records. Links are read again for each answer, and the day is today's.
//! What was read is read again by itself where that costs nobody a request; else [`Data::Other`] says that it is of another source.
//!
//! `saves` waits for them in a thread, `live` answers them, `judge` judges, `basis` says on what.

mod basis;
mod judge;
mod live;
mod saves;

pub use live::{Change, Data, Watch, Watched};
