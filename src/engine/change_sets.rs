//! Saved change sets: found by their id or its beginning, read from their files.

use crate::engine::{
    Workspace,
    error::{Elsewhere, EngineError, place},
};
use crate::{
    host::Disk,
    project::Project,
    run::{apply::preflight, change_set::ChangeSet},
    state::{
        Store,
        change_sets::{ChangeSetRow, Status},
    },
};
use std::{
    io,
    io::{BufReader, Write},
    path::{Path, PathBuf},
};

impl Workspace {
    /// A saved change set, by its id or the beginning of one.
    ///
    /// # Errors
    /// No change set or several have this id; its file was changed.
    pub fn change_set(&self, id: &str) -> Result<(ChangeSetRow, ChangeSet), EngineError> {
        let row = find(id, &self.project)?;
        let set = load(&row, &self.project)?;
        Ok((row, set))
    }
}

impl Workspace {
    /// Why a saved change set can't be applied any more; `None` if it may still be valid.
    #[must_use]
    pub fn expired(&self, row: &ChangeSetRow, set: &ChangeSet) -> Option<String> {
        preflight::expired(set, row, self.project.host.now())
    }
}

fn find(id: &str, project: &Project) -> Result<ChangeSetRow, EngineError> {
    let none = || EngineError::NoChangeSet {
        id: id.to_owned(),
        place: place(project.sandbox, &project.config.environment),
        elsewhere: elsewhere(project, |store| store.change_sets_like(id).is_ok_and(|rows| !rows.is_empty())),
    };
    let store = Store::open_existing(&project.host, &project.state_folder())?.ok_or_else(none)?;
    let mut rows = store.change_sets_like(id)?;
    match rows.len() {
        0 => Err(none()),
        1 => Ok(rows.remove(0)),
        _ => Err(EngineError::AmbiguousChangeSet { id: id.to_owned(), all: rows.into_iter().map(|row| row.id).collect() }),
    }
}

/// Another environment of this folder whose state has the change set.
pub(super) fn elsewhere(project: &Project, has: impl Fn(&Store) -> bool) -> Elsewhere {
    let opened = |folder: &PathBuf| Store::open_existing(&project.host, folder).ok().flatten();
    let mut others = project.other_states().into_iter();
    Elsewhere(others.find(|(_, folder)| opened(folder).is_some_and(|store| has(&store))).map(|(name, _)| name))
}

/// Reads the file of a change set; a file that was changed is refused.
fn load(row: &ChangeSetRow, project: &Project) -> Result<ChangeSet, EngineError> {
    let unreadable = |why: String| EngineError::UnreadableChangeSet { id: row.id.clone(), why };
    if row.file.is_empty() {
        return Err(unreadable("its content was removed: it is kept for 30 days, or until a person in it is forgotten".to_owned()));
    }
    let file = project.host.disk().open(&project.state_folder().join(&row.file));
    let file = file.map_err(|error| unreadable(format!("its file can't be read: {error}")))?;
    ChangeSet::load(&mut BufReader::new(file)).map_err(|error| unreadable(error.to_string()))
}

/// Why nothing can be written in a folder, and what to do about it.
pub(super) fn unwritable(folder: &Path, error: &io::Error) -> String {
    let place = folder.display();
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            format!("the disk of `{place}` is full: free some space and run again")
        }
        _ => format!("`{place}` can't be written ({error})"),
    }
}

/// Saves a change set as a file and in the list of those that wait.
///
/// # Errors
/// The folder or the state can't be written.
pub fn save(set: &ChangeSet, store: &Store, project: &Project) -> Result<(), EngineError> {
    let (folder, disk) = (project.state_folder(), project.host.disk());
    let fail = |error: io::Error| EngineError::Unsaved(unwritable(&folder.join("changes"), &error));
    let file = format!("changes/{}.jsonl", set.head.id);
    disk.make_folder(&folder.join("changes")).map_err(fail)?;
    disk.replace_with(&folder.join(&file), &mut |mut out: &mut dyn Write| set.save(&mut out)).map_err(fail)?;
    let held = set.is_held() || set.waits_to_be_published();
    store.save_change_set(&ChangeSetRow {
        id: set.head.id.clone(),
        hash: set.head.hash.clone(),
        pipeline: set.head.pipeline.clone(),
        link_set: set.head.link_set.clone(),
        file,
        status: if held { Status::Held } else { Status::Ready },
        made: set.head.made_at,
        run: None,
    })?;
    Ok(())
}

/// Removes files; one that is gone already is no error, so that it can be done again after a kill.
///
/// # Errors
/// A file can't be removed.
pub fn remove_files(disk: &dyn Disk, files: &[impl AsRef<Path>]) -> Result<(), EngineError> {
    files.iter().try_for_each(|file| match disk.remove_file(file.as_ref()) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(EngineError::Unsaved(error.to_string())),
        _ => Ok(()),
    })
}
