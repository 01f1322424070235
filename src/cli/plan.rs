//! stub
use super::{terminal::Terminal, failure::Exit};
use crate::run::changes::ChangeSet;
pub fn print_change_set(_set: &ChangeSet, _public: Option<&std::collections::BTreeSet<String>>, _terminal: &Terminal, _exit: Exit) { todo!() }
