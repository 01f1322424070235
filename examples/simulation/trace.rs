//! What happened, line by line: the same seed gives the same bytes.

use std::collections::VecDeque;

/// Lines that are kept to be shown.
const KEPT: usize = 400;

#[derive(Default)]
pub struct Trace {
    hasher: blake3::Hasher,
    recent: VecDeque<String>,
}

impl Trace {
    pub fn line(&mut self, line: &str) {
        self.hasher.update(line.as_bytes());
        self.hasher.update(b"\n");
        if self.recent.len() == KEPT {
            self.recent.pop_front();
        }
        self.recent.push_back(line.to_owned());
    }

    pub fn hash(&self) -> String {
        self.hasher.finalize().to_hex().to_string()
    }

    pub fn last(&self, lines: usize) -> impl Iterator<Item = &str> {
        self.recent.iter().skip(self.recent.len().saturating_sub(lines)).map(String::as_str)
    }
}
