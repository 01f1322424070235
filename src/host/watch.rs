//! Notices changes in folders.

use notify_debouncer_full::{
    DebounceEventResult, Debouncer, RecommendedCache, new_debouncer,
    notify::{RecommendedWatcher, RecursiveMode},
};
use std::{
    io,
    path::Path,
    sync::mpsc::{Receiver, RecvTimeoutError, channel},
    time::Duration,
};

/// Long enough for the two writes of an editor to be one save, short enough not to be felt.
/// The debouncer wakes as often, saves or not: a shorter time would keep an idle watch busy.
const QUIET: Duration = Duration::from_millis(20);

/// Notices changes in folders. It may miss some (an overflow, a network folder), so its user looks at the files from time to time too.
pub trait FolderWatcher: Send {
    /// Starts to watch the files directly in a folder.
    ///
    /// # Errors
    /// The system's error: the folder is missing, or its file system can't be watched.
    fn watch(&mut self, folder: &Path) -> io::Result<()>;
    /// Stops to watch a folder.
    fn unwatch(&mut self, folder: &Path);
    /// Waits for a change in any of the folders, at most for some time, and says whether there was one. Changes before the call
    /// count; several are reported as one.
    fn wait(&mut self, at_most: Duration) -> bool;
}

/// The events of the operating system.
pub(super) struct SystemWatcher {
    debouncer: Debouncer<RecommendedWatcher, RecommendedCache>,
    events: Receiver<()>,
}

impl SystemWatcher {
    pub(super) fn new() -> io::Result<Self> {
        let (sender, events) = channel();
        let report = move |_: DebounceEventResult| {
            // The receiver is gone only when the watcher is being dropped.
            let _ = sender.send(());
        };
        let debouncer = new_debouncer(QUIET, Some(QUIET), report).map_err(io::Error::other)?;
        Ok(Self { debouncer, events })
    }
}

impl FolderWatcher for SystemWatcher {
    fn watch(&mut self, folder: &Path) -> io::Result<()> {
        self.debouncer.watch(folder, RecursiveMode::NonRecursive).map_err(io::Error::other)
    }

    fn unwatch(&mut self, folder: &Path) {
        // A folder that was removed is unwatched already.
        let _ = self.debouncer.unwatch(folder);
    }

    fn wait(&mut self, at_most: Duration) -> bool {
        let event_came = match self.events.recv_timeout(at_most) {
            Ok(()) => true,
            Err(RecvTimeoutError::Timeout) => false,
            Err(RecvTimeoutError::Disconnected) => {
                // The thread of the debouncer ended: without this pause the caller would spin.
                std::thread::sleep(at_most);
                false
            }
        };
        while self.events.try_recv().is_ok() {}
        event_came
    }
}
