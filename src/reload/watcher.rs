//! Tells that a file may have changed: rename-saves, truncate-saves, removals, symlink swaps and all.
//!
//! Folders are watched, not files: a file that is replaced is another file. What the system's events miss
//! (an overflow, a swapped link to elsewhere) a look at the files themselves finds within a second.

use notify_debouncer_full::{DebounceEventResult, Debouncer, RecommendedCache, new_debouncer, notify};
use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
    sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel},
    time::{Duration, Instant, SystemTime},
};

/// Long enough for the two writes of an editor to be one save, short enough not to be felt.
const QUIET: Duration = Duration::from_millis(20);
/// How often the files themselves are looked at.
const LOOK: Duration = Duration::from_secs(1);

/// What a file looks like from outside.
type Look = Option<(SystemTime, u64, Option<PathBuf>)>;

/// Watches the files of a compilation.
pub struct Watcher {
    debouncer: Debouncer<notify::RecommendedWatcher, RecommendedCache>,
    events: Receiver<()>,
    folders: BTreeSet<PathBuf>,
    files: Vec<PathBuf>,
    seen: Vec<Look>,
}

impl Watcher {
    /// Watches these files and whatever takes their place.
    ///
    /// # Errors
    /// The system gives no watch, in one sentence.
    pub fn new(files: &[PathBuf]) -> Result<Self, String> {
        let (sender, events) = channel();
        let debouncer =
            new_debouncer(QUIET, Some(QUIET / 4), notifier(sender)).map_err(|error| format!("files can't be watched: {error}"))?;
        let mut watcher = Self { debouncer, events, folders: BTreeSet::new(), files: Vec::new(), seen: Vec::new() };
        watcher.follow(files);
        Ok(watcher)
    }

    /// From now on, these files: what a save includes or leaves out.
    pub fn follow(&mut self, files: &[PathBuf]) {
        self.files = files.to_vec();
        self.seen = self.look();
        let folders: BTreeSet<PathBuf> = files.iter().flat_map(|file| folders_of(file)).collect();
        for gone in self.folders.difference(&folders) {
            let _ = self.debouncer.unwatch(gone);
        }
        for new in folders.difference(&self.folders) {
            // A folder that is not there yet is found by looking.
            let _ = self.debouncer.watch(new, notify::RecursiveMode::NonRecursive);
        }
        self.folders = folders;
    }

    /// Waits until a file may have changed; false if nothing did within the time.
    pub fn wait(&mut self, at_most: Duration) -> bool {
        let end = Instant::now() + at_most;
        loop {
            let left = end.saturating_duration_since(Instant::now());
            match self.events.recv_timeout(left.min(LOOK)) {
                Ok(()) => self.drain(),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => std::thread::sleep(left.min(LOOK)),
            }
            if self.differs() {
                return true;
            }
            if left.is_zero() {
                return false;
            }
        }
    }

    fn drain(&self) {
        while self.events.try_recv().is_ok() {}
    }

    fn look(&self) -> Vec<Look> {
        self.files.iter().map(|file| look(file)).collect()
    }

    fn differs(&mut self) -> bool {
        let now = self.look();
        let differs = now != self.seen;
        self.seen = now;
        differs
    }
}

fn notifier(sender: Sender<()>) -> impl FnMut(DebounceEventResult) + Send + 'static {
    move |_events| {
        let _ = sender.send(());
    }
}

fn look(file: &Path) -> Look {
    let data = fs::metadata(file).ok()?;
    Some((data.modified().ok()?, data.len(), fs::canonicalize(file).ok()))
}

/// The folder of a file, and that of the file a link leads to.
fn folders_of(file: &Path) -> Vec<PathBuf> {
    let folder =
        |path: &Path| path.parent().map(|parent| if parent.as_os_str().is_empty() { PathBuf::from(".") } else { parent.to_path_buf() });
    let real = fs::canonicalize(file).ok();
    [folder(file), real.as_deref().and_then(folder)].into_iter().flatten().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reload::generations::{Live, Swapped};
    use jiff::Timestamp;

    /// Content is good if it says so; what is compiled is its number.
    fn compile(file: &Path) -> Option<(String, u64)> {
        let text = fs::read_to_string(file).ok()?;
        let number = text.strip_prefix("good ")?.trim().parse().ok()?;
        Some((text, number))
    }

    fn save(folder: &Path, file: &Path, way: usize, text: &str) {
        let aside = folder.join("aside.tmp");
        match way % 5 {
            0 => fs::write(file, text).unwrap(),
            1 => {
                fs::write(&aside, text).unwrap();
                fs::rename(&aside, file).unwrap();
            }
            2 => {
                fs::write(file, "").unwrap();
                fs::write(file, text).unwrap();
            }
            3 => {
                let real = folder.join(format!("real-{}", text.len()));
                let _ = fs::remove_file(&real);
                fs::write(&real, text).unwrap();
                let _ = fs::remove_file(&aside);
                std::os::unix::fs::symlink(&real, &aside).unwrap();
                fs::rename(&aside, file).unwrap();
            }
            _ => {
                let _ = fs::remove_file(file);
                fs::write(file, text).unwrap();
            }
        }
    }

    #[test]
    fn after_200_saves_breakages_renames_and_removals_the_last_valid_content_is_live() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a.sync");
        fs::write(&file, "good 0").unwrap();
        let mut watcher = Watcher::new(std::slice::from_ref(&file)).unwrap();
        let live = Live::default();
        live.offer(compile(&file), Timestamp::UNIX_EPOCH);
        let (mut last_good, mut slowest) = (0, Duration::ZERO);
        for step in 1..=200_usize {
            let broken = step * 7 % 5 == 0;
            let begun = Instant::now();
            match (broken, step % 3) {
                (true, 0) => fs::remove_file(&file).unwrap(),
                (true, _) => save(folder.path(), &file, step, &format!("bad {step}")),
                (false, _) => {
                    save(folder.path(), &file, step, &format!("good {step}"));
                    last_good = step as u64;
                }
            }
            while watcher.wait(Duration::from_secs(5)) {
                let swapped = live.offer(compile(&file), Timestamp::UNIX_EPOCH);
                if broken && matches!(swapped, Swapped::Refused(_)) || !broken && matches!(swapped, Swapped::Taken(_) | Swapped::Same) {
                    break;
                }
            }
            slowest = slowest.max(begun.elapsed());
            assert_eq!(live.current().unwrap().value, last_good, "after step {step}");
        }
        println!("slowest answer to a save: {} ms", slowest.as_millis());
    }
}
