//! Hot reload: watches files, compiles them aside, and replaces the live plan only if that succeeded.
//!
//! In: a pipeline file and what to compile it to. Out: a [`Live`] value that is never half of anything, and an [`Answer`] to each save.

#![expect(clippy::disallowed_methods, reason = "the system tells of saves in its own time: files are watched and looked at by its clock")]

pub mod disk;
pub mod generations;
#[cfg(test)]
mod tests;
pub mod watcher;

pub use generations::{Generation, Live, Swapped};

use crate::check::{Checked, Folder, Project};
use disk::{DiscoverySource, FileState, RecordingLoader, WatchedFile};
use jiff::Timestamp;
use std::{
    path::PathBuf,
    sync::Arc,
    time::{Duration, Instant},
};
use watcher::Watcher;

/// A pipeline file kept compiled while it is edited.
pub struct Reload<T, E> {
    file: PathBuf,
    /// Keeps the trees of files that a save left as they were.
    folder: Folder,
    compile: Compile<T, E>,
    watcher: Watcher,
    live: Arc<Live<T>>,
    discovery: DiscoverySource,
}

/// What to make of a file without errors: its hash and value, or why there is none (a setting without a value).
pub type Compile<T, E> = Box<dyn FnMut(&Project) -> Result<(String, T), E> + Send>;

/// What came of a save.
#[derive(Debug)]
pub struct Answer<E> {
    /// The file with all that it uses, as it was when it was compiled: what is wrong with it, or worth a look.
    pub checked: Checked,
    /// Why it could not be compiled although it is free of errors.
    pub refusal: Option<E>,
    pub swapped: Swapped,
    /// What checking and compiling took.
    pub took: Duration,
}

impl<T, E> Reload<T, E> {
    /// Compiles the file for the first time and watches it with all that it uses.
    /// `discovery`: where discovered attributes are stored; the file is watched too.
    pub fn open(file: PathBuf, discovery: DiscoverySource, compile: Compile<T, E>) -> (Self, Answer<E>) {
        let mut reload =
            Self { folder: Folder::of(&file), file, compile, watcher: Watcher::new(disk::Seen::new()), live: Arc::default(), discovery };
        let answer = reload.answer();
        (reload, answer)
    }

    /// The last good value: whoever starts something takes the generation of now and keeps it to the end.
    #[must_use]
    pub fn live(&self) -> Arc<Live<T>> {
        Arc::clone(&self.live)
    }

    /// Waits for a save and answers it; none if there is none within the time.
    pub fn wait(&mut self, at_most: Duration) -> Option<Answer<E>> {
        self.watcher.follow_too((self.discovery.watched_files)().iter().map(WatchedFile::as_used));
        self.watcher.wait(at_most).then(|| self.answer())
    }

    fn answer(&mut self) -> Answer<E> {
        let begun = Instant::now();
        // Looked at first: what is written while the rest is read is seen the next time.
        let watched_files: Vec<_> = (self.discovery.watched_files)().iter().map(WatchedFile::look).collect();
        let look = self.discovery.file.as_ref().filter(|file| file.is_file()).map(|file| (file.clone(), FileState::at(file)));
        let loader = RecordingLoader::knowing((self.discovery.read)());
        self.folder.read_again();
        let checked = self.folder.check(&loader, &self.file);
        self.watcher.follow(loader.seen().into_iter().chain(look).chain(watched_files).collect());
        let compiled = checked.project.as_deref().map(&mut self.compile).transpose();
        let (compiled, refusal) = match compiled {
            Ok(compiled) => (compiled, None),
            Err(refusal) => (None, Some(refusal)),
        };
        let swapped = self.live.offer(compiled, Timestamp::now());
        Answer { checked, refusal, swapped, took: begun.elapsed() }
    }
}
