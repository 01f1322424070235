//! The value of the `Authorization` header, and how long it is valid.

use reqwest::header::HeaderValue;
use std::{
    sync::atomic::{AtomicBool, Ordering},
    time::{Duration, Instant},
};

/// Tokens are renewed this long before they expire; short-lived ones after nine tenths of their lifetime.
const MARGIN: Duration = Duration::from_secs(60);

/// The value of the `Authorization` header.
pub struct Token {
    pub header: HeaderValue,
    ends: Option<Instant>,
    /// Whether the system has ever accepted it.
    pub(super) proved: AtomicBool,
}

impl Token {
    pub(super) fn new(header: HeaderValue, life: Option<Duration>, now: Instant) -> Self {
        let ends = life.map(|life| now + life.saturating_sub(MARGIN.min(life / 10)));
        Self { header, ends, proved: AtomicBool::new(false) }
    }

    /// Records that the system accepted it.
    pub fn prove(&self) {
        self.proved.store(true, Ordering::Relaxed);
    }

    pub(super) fn is_good(&self, now: Instant) -> bool {
        self.ends.is_none_or(|ends| now < ends)
    }
}
