//! Saved change sets: found by their id or its beginning, read from their files.

use crate::{
    cli::failure::{Exit, Failure},
    project::folder::Project,
    run::change_set::ChangeSet,
    state::{
        Store,
        change_sets::{ChangeSetRow, Status},
    },
};

/// The change set that an id, or the beginning of one, names.
///
/// # Errors
/// None, or several.
pub fn find(id: &str, project: &Project) -> Result<(Store, ChangeSetRow), Failure> {
    let none = || {
        let place =
            if project.sandbox { "in the sandbox".to_owned() } else { format!("in the environment `{}`", project.config.environment) };
        Failure::command(format!("there is no change set `{id}` {place}"))
    };
    let store = Store::open_existing(&project.state_folder())?.ok_or_else(none)?;
    let mut rows = store.change_sets_like(id)?;
    match rows.len() {
        0 => Err(none()),
        1 => Ok((store, rows.remove(0))),
        n => Err(Failure::command(format!(
            "`{id}` begins {n} change sets: {}",
            rows.iter().map(|row| row.id.as_str()).collect::<Vec<_>>().join(", ")
        ))),
    }
}

/// Reads the file of a change set; one that was touched is refused.
///
/// # Errors
/// Unreadable, or its content is not what its hash says.
pub fn load(row: &ChangeSetRow, project: &Project) -> Result<ChangeSet, Failure> {
    let path = project.state_folder().join(&row.file);
    let file = std::fs::File::open(&path)
        .map_err(|error| Failure::new(Exit::OutOfDate, format!("nothing was written: the file of {} can't be read: {error}", row.id)))?;
    ChangeSet::load(&mut std::io::BufReader::new(file))
        .map_err(|error| Failure::new(Exit::OutOfDate, format!("nothing was written: {}: {error}", row.id)))
}

/// Saves a change set as a file and in the list of those that wait.
///
/// # Errors
/// The folder or the state can't be written.
pub fn save(set: &ChangeSet, store: &Store, project: &Project) -> Result<(), Failure> {
    let fail = |error: std::io::Error| Failure::stopped(format!("the change set can't be saved, nothing was written: {error}"));
    let folder = project.state_folder();
    let file = format!("changes/{}.jsonl", set.id);
    std::fs::create_dir_all(folder.join("changes")).map_err(fail)?;
    let aside = tempfile::NamedTempFile::new_in(folder.join("changes")).map_err(fail)?;
    let mut writer = std::io::BufWriter::new(aside.as_file());
    set.save(&mut writer).map_err(fail)?;
    std::io::Write::flush(&mut writer).map_err(fail)?;
    drop(writer);
    aside.persist(folder.join(&file)).map_err(|error| fail(error.error))?;
    let held = set.is_held() || set.adoption && !set.sandbox;
    let status = if held { Status::Held } else { Status::Ready };
    store.save_change_set(&ChangeSetRow {
        id: set.id.clone(),
        hash: set.hash.clone(),
        pipeline: set.pipeline.clone(),
        link_set: set.link_set.clone(),
        file,
        status,
        made: set.made_at,
        run: None,
    })?;
    Ok(())
}
