//! Hot reload: watches files, compiles them aside, and replaces the live plan only if that succeeded.
//!
//! In: a pipeline file and a function that compiles it. Out: a [`Live`] value that is always complete, and an [`Answer`] to each save.

pub mod disk;
pub mod generations;
#[cfg(test)]
mod tests;
pub mod watcher;

pub use generations::{Generation, Live, Swapped};

use crate::{
    check::{Checked, Folder, Project},
    host::Host,
};
use disk::{DiscoverySource, FileState, RecordingLoader, WatchedFile};
use std::{path::PathBuf, sync::Arc, time::Duration};
use watcher::Watcher;

/// A pipeline file kept compiled while it is edited.
pub struct Reload<T, E> {
    host: Host,
    file: PathBuf,
    /// Keeps the syntax trees of files that a save did not change.
    folder: Folder,
    review: Review,
    compile: Compile<T, E>,
    watcher: Watcher,
    live: Arc<Live<T>>,
    discovery: DiscoverySource,
}

/// Compiles a file without errors to its hash and value, or says why it can't (a setting without a value).
pub type Compile<T, E> = Box<dyn FnMut(&Project) -> Result<(String, T), E> + Send>;

/// Adds to a checked file what only the rooms above can find.
pub type Review = Box<dyn Fn(&mut Checked) + Send>;

/// The result of a save.
#[derive(Debug)]
pub struct Answer<E> {
    /// The file with every file that it uses, as of its compilation, with its diagnostics.
    pub checked: Checked,
    /// Why it could not be compiled although it has no errors.
    pub refusal: Option<E>,
    pub swapped: Swapped,
    /// How long checking and compiling took.
    pub took: Duration,
}

impl<T, E> Reload<T, E> {
    /// Compiles the file for the first time and watches it with every file that it uses.
    /// `discovery` is the store of discovered attributes; its file is watched too.
    pub fn open(host: &Host, file: PathBuf, discovery: DiscoverySource, review: Review, compile: Compile<T, E>) -> (Self, Answer<E>) {
        let watcher = Watcher::new(host, disk::Seen::new());
        let (host, folder) = (host.clone(), Folder::of(&file));
        let mut reload = Self { host, file, folder, review, compile, watcher, live: Arc::default(), discovery };
        let answer = reload.answer();
        (reload, answer)
    }

    /// The last good value. A run takes the current generation when it starts and keeps it to its end.
    #[must_use]
    pub fn live(&self) -> Arc<Live<T>> {
        Arc::clone(&self.live)
    }

    /// Waits for a save and compiles it; none if there is no save within the time.
    pub fn wait(&mut self, at_most: Duration) -> Option<Answer<E>> {
        self.watcher.follow_too((self.discovery.watched_files)().iter().map(|file| WatchedFile::as_used(file, self.host.disk())));
        self.watcher.wait(at_most).then(|| self.answer())
    }

    fn answer(&mut self) -> Answer<E> {
        let (begun, disk) = (self.host.instant(), self.host.disk());
        // These are looked at first, so that a write during the check is noticed the next time.
        let watched_files: Vec<_> = (self.discovery.watched_files)().iter().map(|file| file.look(disk)).collect();
        let look = self.discovery.file.as_ref().filter(|file| disk.is_file(file)).map(|file| (file.clone(), FileState::at(disk, file)));
        let loader = RecordingLoader::new(&self.host, self.discovery.roots.clone(), (self.discovery.read)());
        self.folder.read_again();
        let mut checked = self.folder.check(&loader, &self.file);
        (self.review)(&mut checked);
        self.watcher.follow(loader.seen().into_iter().chain(look).chain(watched_files).collect());
        let compiled = checked.project.as_deref().map(&mut self.compile).transpose();
        let (compiled, refusal) = match compiled {
            Ok(compiled) => (compiled, None),
            Err(refusal) => (None, Some(refusal)),
        };
        let swapped = self.live.offer(compiled, self.host.now());
        Answer { checked, refusal, swapped, took: self.host.since(begun) }
    }
}
