//! Stopping a run from outside.

use tokio::sync::watch as flag;

/// Asks a run to stop: requests under way are finished, nothing more is begun.
#[derive(Clone, Debug)]
pub struct Cancel(pub(super) flag::Receiver<bool>);

/// The other end of a [`Cancel`].
#[derive(Debug)]
pub struct Canceller(flag::Sender<bool>);

impl Cancel {
    /// A run that nobody stops.
    #[must_use]
    pub fn never() -> Self {
        Self(flag::channel(false).1)
    }

    /// A pair: what a run is given, and what stops it.
    #[must_use]
    pub fn pair() -> (Canceller, Self) {
        let (sender, receiver) = flag::channel(false);
        (Canceller(sender), Self(receiver))
    }
}

impl Canceller {
    /// Asks for the stop.
    pub fn cancel(&self) {
        self.0.send_replace(true);
    }
}
