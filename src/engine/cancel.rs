//! Stopping a run from outside.

use crate::systems::StopSignal;
use tokio::sync::watch as flag;

/// Cancels a run: requests under way are finished, waits end, and nothing more is begun.
#[derive(Clone, Debug)]
pub struct Cancel(pub(super) flag::Receiver<bool>);

/// The other end of a [`Cancel`].
#[derive(Debug)]
pub struct Canceller(flag::Sender<bool>);

impl Cancel {
    /// For a run that can't be cancelled.
    #[must_use]
    pub fn never() -> Self {
        Self(flag::channel(false).1)
    }

    /// Whether the run was cancelled.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        *self.0.borrow()
    }

    /// For the waits of a session.
    pub(super) fn stop(&self) -> StopSignal {
        let stop = StopSignal::default();
        stop.obey(self.0.clone());
        stop
    }

    /// A pair: one for the run, and one that cancels it.
    #[must_use]
    pub fn pair() -> (Canceller, Self) {
        let (sender, receiver) = flag::channel(false);
        (Canceller(sender), Self(receiver))
    }
}

impl Canceller {
    /// Cancels the run.
    pub fn cancel(&self) {
        self.0.send_replace(true);
    }
}
