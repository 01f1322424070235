//! Ends the waits of a run that is stopped.

use crate::host::Host;
use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use tokio::sync::watch;

/// Tells the connections of one session to end their waits. Requests under way are finished all the same.
#[derive(Clone, Debug, Default)]
pub struct StopSignal(Arc<Mutex<Option<watch::Receiver<bool>>>>);

impl StopSignal {
    /// From now on these waits end once the flag is true.
    pub fn obey(&self, cancel: watch::Receiver<bool>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(cancel);
    }

    fn flag(&self) -> Option<watch::Receiver<bool>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Waits; false if the run was stopped meanwhile.
    pub async fn sleep(&self, host: &Host, time: Duration) -> bool {
        tokio::select! {
            biased;
            () = cancelled(self.flag()) => false,
            () = host.sleep(time) => true,
        }
    }
}

/// Ends once a person stops the run; never, if nobody can.
pub async fn cancelled(cancel: Option<watch::Receiver<bool>>) {
    let ended = match cancel {
        Some(mut cancel) => cancel.wait_for(|cancelled| *cancelled).await.is_ok(),
        None => false,
    };
    if !ended {
        std::future::pending::<()>().await;
    }
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "a test runs in a runtime of its own")]
mod tests {
    use super::*;
    use futures_util::FutureExt;

    /// A run that nobody can stop waits like any other: a sender that is gone stops nothing.
    #[test]
    fn only_a_person_stops_a_run() {
        let (sender, cancel) = watch::channel(false);
        assert_eq!(cancelled(Some(cancel.clone())).now_or_never(), None);
        drop(sender);
        assert_eq!(cancelled(Some(cancel)).now_or_never(), None);
        assert_eq!(cancelled(None).now_or_never(), None);
        let (sender, cancel) = watch::channel(false);
        sender.send_replace(true);
        assert_eq!(cancelled(Some(cancel)).now_or_never(), Some(()));
    }

    #[tokio::test]
    async fn a_wait_ends_when_the_run_is_stopped() {
        let (stop, host, (sender, cancel)) = (StopSignal::default(), Host::real(), watch::channel(false));
        assert!(stop.sleep(&host, Duration::ZERO).await, "nobody can stop it");
        stop.obey(cancel);
        assert!(stop.sleep(&host, Duration::ZERO).await, "nobody has stopped it");
        assert_eq!(stop.clone().sleep(&host, Duration::from_secs(3_600)).now_or_never(), None);
        sender.send_replace(true);
        assert!(!stop.sleep(&host, Duration::from_secs(3_600)).await);
    }
}
