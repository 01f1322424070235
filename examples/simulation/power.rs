//! The power supply of the simulated machine: it fails at a chosen moment, and from then on nothing that the engine does reaches the
//! disk or the network. Each world has a thread to itself.

use std::{cell::Cell, io};

thread_local! {
    static LEFT: Cell<Option<u64>> = const { Cell::new(None) };
    static DEAD: Cell<bool> = const { Cell::new(false) };
    static SEEN: Cell<u64> = const { Cell::new(0) };
}

/// The power fails at the n-th moment from now, the first being 0; never without one.
pub fn fail_at(moment: Option<u64>) {
    LEFT.set(moment);
    DEAD.set(false);
    SEEN.set(0);
}

/// A moment at which the power may fail: before a change of the disk, before and after a request. False if it has.
pub fn moment() -> bool {
    SEEN.set(SEEN.get() + 1);
    match LEFT.get() {
        Some(0) => DEAD.set(true),
        Some(left) => LEFT.set(Some(left - 1)),
        None => {}
    }
    !DEAD.get()
}

/// Whether the power has failed.
pub fn is_dead() -> bool {
    DEAD.get()
}

/// How many moments there were since [`fail_at`].
pub fn moments() -> u64 {
    SEEN.get()
}

/// As [`moment`], for the disk.
pub fn before_write() -> io::Result<()> {
    if moment() { Ok(()) } else { Err(io::Error::other("the power has failed")) }
}
