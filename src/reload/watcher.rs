//! Tells that the content of a file differs: rename-saves, truncate-saves, removals, symlink swaps and all.
//!
//! Folders are watched, not files: a file that is replaced is another file. An event is only a reason to look; what counts is
//! the content. What the system's events miss (an overflow, a link swapped elsewhere, a network folder) a look every second finds.

use super::disk::{FileState, Seen};
use notify_debouncer_full::{
    DebounceEventResult, Debouncer, RecommendedCache, new_debouncer,
    notify::{RecommendedWatcher, RecursiveMode},
};
use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
    sync::mpsc::{Receiver, RecvTimeoutError, channel},
    time::{Duration, Instant},
};

/// Long enough for the two writes of an editor to be one save, short enough not to be felt.
/// The debouncer wakes as often, saves or not: a shorter time would keep an idle watch busy.
const QUIET: Duration = Duration::from_millis(20);
/// How long a file that was emptied or removed may take to be there again before that is taken for what is meant.
const HOLLOW: Duration = Duration::from_millis(40);
/// How often the files are looked at without an event.
const LOOK: Duration = Duration::from_secs(1);
/// The same where a folder can't be watched.
const LOOK_OFTEN: Duration = Duration::from_millis(50);

/// Watches the files of a compilation.
pub struct Watcher {
    /// None where the system gives no watch: then looking has to do.
    debouncer: Option<Debouncer<RecommendedWatcher, RecommendedCache>>,
    events: Receiver<()>,
    folders: BTreeSet<PathBuf>,
    /// Every folder of interest is watched.
    covered: bool,
    seen: Seen,
}

impl Watcher {
    /// Watches these files and whatever takes their place.
    #[must_use]
    pub fn new(seen: Seen) -> Self {
        let (sender, events) = channel();
        let tell = move |_: DebounceEventResult| {
            // Nobody listens any more: the watcher is going down.
            let _ = sender.send(());
        };
        let debouncer = new_debouncer(QUIET, Some(QUIET), tell).ok();
        let mut watcher = Self { debouncer, events, folders: BTreeSet::new(), covered: false, seen: Seen::new() };
        watcher.follow(seen);
        watcher
    }

    /// From now on, these files with the content that was made use of. What differs from it already is reported at once.
    pub fn follow(&mut self, seen: Seen) {
        self.seen = seen;
        self.watch_folders();
    }

    /// Watches these too, unless they are watched already.
    pub fn follow_too(&mut self, watched_files: impl IntoIterator<Item = (PathBuf, FileState)>) {
        for (path, look) in watched_files {
            self.seen.entry(path).or_insert(look);
        }
        self.watch_folders();
    }

    /// Waits until the content of a file differs from what was made use of; false if none does within the time.
    pub fn wait(&mut self, at_most: Duration) -> bool {
        let end = Instant::now() + at_most;
        loop {
            let now = self.look();
            if now != self.seen {
                self.settle();
                // Unless it was filled again with what it had.
                if self.look() != self.seen {
                    return true;
                }
            }
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return false;
            }
            if !self.event_within(left) && self.look() != self.seen {
                // An event was missed: the watches are not to be relied on.
                self.folders.clear();
                self.watch_folders();
            }
        }
    }

    /// Waits for an event, or until it is time to look without one.
    fn event_within(&mut self, left: Duration) -> bool {
        let patience = if self.covered { LOOK } else { LOOK_OFTEN };
        let event_came = match self.events.recv_timeout(left.min(patience)) {
            Ok(()) => true,
            Err(RecvTimeoutError::Timeout) => false,
            Err(RecvTimeoutError::Disconnected) => {
                std::thread::sleep(left.min(patience));
                false
            }
        };
        while self.events.try_recv().is_ok() {}
        if event_came {
            self.watch_folders();
        }
        event_came
    }

    /// Gives a file that was emptied or removed a moment to be filled.
    fn settle(&self) {
        let end = Instant::now() + HOLLOW;
        let hollow = |path: &PathBuf, before: &FileState| !before.is_hollow() && before.again(path).is_hollow();
        while self.seen.iter().any(|(path, before)| hollow(path, before)) && Instant::now() < end {
            let _ = self.events.recv_timeout(QUIET / 4);
        }
    }

    fn look(&self) -> Seen {
        self.seen.iter().map(|(path, before)| (path.clone(), before.again(path))).collect()
    }

    /// Watches the folders that the files are in now; folders that are gone are watched again when they are back.
    fn watch_folders(&mut self) {
        let wanted: BTreeSet<PathBuf> = self.seen.keys().flat_map(|file| folders_of(file)).collect();
        let there: BTreeSet<PathBuf> = wanted.iter().filter(|folder| folder.is_dir()).cloned().collect();
        let Some(debouncer) = &mut self.debouncer else { return };
        for gone in self.folders.difference(&there) {
            let _ = debouncer.unwatch(gone);
        }
        let mut watched: BTreeSet<PathBuf> = self.folders.intersection(&there).cloned().collect();
        for new in there.difference(&self.folders) {
            if debouncer.watch(new, RecursiveMode::NonRecursive).is_ok() {
                watched.insert(new.clone());
            }
        }
        self.covered = watched == wanted;
        self.folders = watched;
    }
}

/// The folder of a file, and that of the file a link leads to.
fn folders_of(file: &Path) -> Vec<PathBuf> {
    let real = fs::canonicalize(file).ok();
    [folder(file), real.as_deref().and_then(folder)].into_iter().flatten().collect()
}

fn folder(path: &Path) -> Option<PathBuf> {
    let parent = path.parent()?;
    Some(if parent.as_os_str().is_empty() { PathBuf::from(".") } else { parent.to_path_buf() })
}

#[cfg(test)]
mod tests {
    use super::*;

    const LONG: Duration = Duration::from_secs(5);
    const SHORT: Duration = Duration::from_millis(150);

    fn look(files: &[&Path]) -> Seen {
        files.iter().map(|file| (file.to_path_buf(), FileState::at(file))).collect()
    }

    /// A folder with one watched file that says `one`.
    fn watched() -> (tempfile::TempDir, PathBuf, Watcher) {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a.sync");
        fs::write(&file, "one").unwrap();
        let watcher = Watcher::new(look(&[&file]));
        (folder, file, watcher)
    }

    #[test]
    fn the_same_content_is_no_save() {
        let (folder, file, mut watcher) = watched();
        fs::write(&file, "one").unwrap();
        fs::write(folder.path().join("b.sync"), "of no interest").unwrap();
        assert!(!watcher.wait(SHORT));
        fs::write(&file, "two").unwrap();
        assert!(watcher.wait(LONG));
    }

    #[test]
    fn emptied_and_filled_again_with_the_same_is_no_save() {
        let (_folder, file, mut watcher) = watched();
        fs::write(&file, "").unwrap();
        let again = std::thread::spawn({
            let file = file.clone();
            move || {
                std::thread::sleep(HOLLOW / 4);
                fs::write(&file, "one").unwrap();
            }
        });
        assert!(!watcher.wait(SHORT));
        again.join().unwrap();
        fs::write(&file, "").unwrap();
        assert!(watcher.wait(LONG), "what stays empty is meant");
    }

    #[test]
    fn what_was_saved_while_nobody_looked_is_told_at_once() {
        let (_folder, file, mut watcher) = watched();
        let stale = look(&[&file]);
        fs::write(&file, "two").unwrap();
        watcher.follow(stale);
        assert!(watcher.wait(Duration::ZERO));
    }

    #[test]
    fn a_file_that_is_not_there_yet_and_a_folder_that_comes_back() {
        let (folder, file, mut watcher) = watched();
        let later = folder.path().join("systems/b.sync");
        watcher.follow(look(&[&file, &later]));
        fs::create_dir(folder.path().join("systems")).unwrap();
        fs::write(&later, "there").unwrap();
        assert!(watcher.wait(LONG));
        watcher.follow(look(&[&file, &later]));
        fs::remove_dir_all(folder.path().join("systems")).unwrap();
        assert!(watcher.wait(LONG));
        watcher.follow(look(&[&file, &later]));
        fs::create_dir(folder.path().join("systems")).unwrap();
        fs::write(&later, "again").unwrap();
        assert!(watcher.wait(LONG));
    }

    #[cfg(unix)]
    #[test]
    fn a_folder_behind_a_link_is_swapped_as_a_whole() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        for version in ["v1", "v2"] {
            fs::create_dir(path(version)).unwrap();
            fs::write(path(version).join("a.sync"), version).unwrap();
        }
        std::os::unix::fs::symlink("v1", path("now")).unwrap();
        let file = path("now/a.sync");
        let mut watcher = Watcher::new(look(&[&file]));
        std::os::unix::fs::symlink("v2", path("next")).unwrap();
        fs::rename(path("next"), path("now")).unwrap();
        assert!(watcher.wait(LONG), "found by looking at the latest");
        watcher.follow(look(&[&file]));
        fs::write(path("v2/a.sync"), "v3").unwrap();
        assert!(watcher.wait(LONG));
    }

    #[test]
    fn without_a_watch_looking_has_to_do() {
        let (_folder, file, mut watcher) = watched();
        watcher.debouncer = None;
        watcher.covered = false;
        fs::write(&file, "two").unwrap();
        assert!(watcher.wait(LONG));
    }
}
