//! Notices that the content of a file differs, however it was saved: rename-saves, truncate-saves, removals, symlink swaps.
//!
//! It watches folders, not files, because a replaced file is another file. An event is only a reason to look; the content decides.
//! Changes that the events miss (an overflow, a link that points elsewhere, a network folder) are found by a look every second.

use super::disk::{FileState, Seen};
use crate::host::{Disk, FolderWatcher, Host};
use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
    time::Duration,
};

/// How long a file that was emptied or removed may take to be filled before its absence counts as intended.
const HOLLOW: Duration = Duration::from_millis(40);
/// How often the files are looked at meanwhile.
const HOLLOW_LOOK: Duration = Duration::from_millis(5);
/// How often the files are looked at without an event.
const LOOK: Duration = Duration::from_secs(1);
/// The same where a folder can't be watched.
const LOOK_OFTEN: Duration = Duration::from_millis(50);

/// Watches the files of a compilation.
pub struct Watcher {
    host: Host,
    /// None where the system can't watch: the files are looked at more often then.
    events: Option<Box<dyn FolderWatcher>>,
    folders: BTreeSet<PathBuf>,
    /// Whether every folder with a file is watched.
    covered: bool,
    seen: Seen,
}

impl Watcher {
    /// Watches these files and their replacements.
    #[must_use]
    pub fn new(host: &Host, seen: Seen) -> Self {
        let (host, events) = (host.clone(), host.watcher().ok());
        let mut watcher = Self { host, events, folders: BTreeSet::new(), covered: false, seen: Seen::new() };
        watcher.follow(seen);
        watcher
    }

    /// Watches these files from now on, given with the state that was compiled. A file that differs already is reported at once.
    pub fn follow(&mut self, seen: Seen) {
        self.seen = seen;
        self.watch_folders();
    }

    /// Watches these files too, unless they are watched already.
    pub fn follow_too(&mut self, watched_files: impl IntoIterator<Item = (PathBuf, FileState)>) {
        for (path, look) in watched_files {
            self.seen.entry(path).or_insert(look);
        }
        self.watch_folders();
    }

    /// Waits until the content of a file differs from the state that was compiled; false if none does within the time.
    pub fn wait(&mut self, at_most: Duration) -> bool {
        let end = self.host.instant() + at_most;
        loop {
            let now = self.look();
            if now != self.seen {
                self.wait_until_filled();
                // The same content again is no save.
                if self.look() != self.seen {
                    return true;
                }
            }
            let left = end.saturating_duration_since(self.host.instant());
            if left.is_zero() {
                return false;
            }
            if !self.event_within(left) && self.look() != self.seen {
                // An event was missed, so the watches can't be relied on.
                self.folders.clear();
                self.watch_folders();
            }
        }
    }

    /// Waits for an event, or until it is time to look without one.
    fn event_within(&mut self, left: Duration) -> bool {
        let interval = if self.covered { LOOK } else { LOOK_OFTEN };
        let event_came = self.event(left.min(interval));
        if event_came {
            self.watch_folders();
        }
        event_came
    }

    fn event(&mut self, at_most: Duration) -> bool {
        match &mut self.events {
            Some(events) => events.wait(at_most),
            None => {
                self.host.pause(at_most);
                false
            }
        }
    }

    /// Gives a file that was emptied or removed a moment to be filled.
    fn wait_until_filled(&mut self) {
        let end = self.host.instant() + HOLLOW;
        while self.any_hollow() && self.host.instant() < end {
            self.event(HOLLOW_LOOK);
        }
    }

    fn any_hollow(&self) -> bool {
        let disk = self.host.disk();
        self.seen.iter().any(|(path, before)| !before.is_hollow() && before.again(disk, path).is_hollow())
    }

    fn look(&self) -> Seen {
        let disk = self.host.disk();
        self.seen.iter().map(|(path, before)| (path.clone(), before.again(disk, path))).collect()
    }

    /// Watches the folders of the files; removed folders are watched again when they are back.
    fn watch_folders(&mut self) {
        let disk = self.host.disk();
        let wanted: BTreeSet<PathBuf> = self.seen.keys().flat_map(|file| folders_of(disk, file)).collect();
        let present: BTreeSet<PathBuf> = wanted.iter().filter(|folder| disk.is_folder(folder)).cloned().collect();
        let Some(events) = &mut self.events else { return };
        for removed in self.folders.difference(&present) {
            events.unwatch(removed);
        }
        let mut watched: BTreeSet<PathBuf> = self.folders.intersection(&present).cloned().collect();
        for new in present.difference(&self.folders) {
            if events.watch(new).is_ok() {
                watched.insert(new.clone());
            }
        }
        self.covered = watched == wanted;
        self.folders = watched;
    }
}

/// The folder of a file, and that of the file a link leads to.
fn folders_of(disk: &dyn Disk, file: &Path) -> Vec<PathBuf> {
    let real = disk.real_path(file).ok();
    [folder(file), real.as_deref().and_then(folder)].into_iter().flatten().collect()
}

fn folder(path: &Path) -> Option<PathBuf> {
    let parent = path.parent()?;
    Some(if parent.as_os_str().is_empty() { PathBuf::from(".") } else { parent.to_path_buf() })
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "tests write files of their own")]
mod tests {
    use super::*;
    use std::fs;

    const LONG: Duration = Duration::from_secs(5);
    const SHORT: Duration = Duration::from_millis(150);

    fn look(files: &[&Path]) -> Seen {
        files.iter().map(|file| (file.to_path_buf(), FileState::at(Host::real().disk(), file))).collect()
    }

    /// A folder with one watched file that says `one`.
    fn watched() -> (tempfile::TempDir, PathBuf, Watcher) {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a.sync");
        fs::write(&file, "one").unwrap();
        let watcher = Watcher::new(&Host::real(), look(&[&file]));
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
        assert!(watcher.wait(LONG), "a file that stays empty is a save");
    }

    #[test]
    fn a_save_between_two_waits_is_reported_at_once() {
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
        let mut watcher = Watcher::new(&Host::real(), look(&[&file]));
        std::os::unix::fs::symlink("v2", path("next")).unwrap();
        fs::rename(path("next"), path("now")).unwrap();
        assert!(watcher.wait(LONG), "found by looking at the latest");
        watcher.follow(look(&[&file]));
        fs::write(path("v2/a.sync"), "v3").unwrap();
        assert!(watcher.wait(LONG));
    }

    #[test]
    fn simulated_time_passes_and_a_simulated_save_is_seen() {
        let machine = crate::host::simulation::Simulation::at("2026-03-02T09:00:00Z");
        machine.write("a.sync", "one");
        let (host, file) = (machine.host(), machine.folder().join("a.sync"));
        let seen = Seen::from([(file.clone(), FileState::at(host.disk(), &file))]);
        let (begun, mut watcher) = (host.instant(), Watcher::new(&host, seen));
        assert!(!watcher.wait(Duration::from_secs(60)));
        assert_eq!(host.since(begun), Duration::from_secs(60));
        machine.write("a.sync", "two");
        assert!(watcher.wait(Duration::ZERO));
    }

    #[test]
    fn without_events_the_files_are_looked_at() {
        let (_folder, file, mut watcher) = watched();
        watcher.events = None;
        watcher.covered = false;
        fs::write(&file, "two").unwrap();
        assert!(watcher.wait(LONG));
    }
}
