//! Systems of files in the sandbox: copies, so that the real files are never touched.

use super::scope::Scope;
use crate::compile::{
    ExecutionPlan, Side,
    system::{Connection, File},
};
use crate::{
    host::{Disk, NotAdmitted, Roots},
    sandbox::error::SandboxError,
};
use jiff::{Timestamp, civil::Date};
use std::{
    collections::BTreeMap,
    io,
    path::{Component, Path, PathBuf},
};

/// Copies the files of a pipeline: a source's each time, a target's once, so that what was written to it stays.
/// A file that holds a secret is not copied.
pub fn copy(disk: &dyn Disk, plan: &ExecutionPlan, to: &Path, secrets: &[PathBuf]) -> Result<(), SandboxError> {
    let from = plan.files.first().and_then(|file| file.parent()).unwrap_or(Path::new("."));
    let roots = Roots::of(disk, [from.to_path_buf()]).without(disk, secrets.iter().cloned());
    let copy_one = |path: &Path| {
        let (from, to) = (from.join(path), to.join(path));
        roots.admit(disk, &from).map_err(|why| refused(path, why))?;
        copy_one(disk, &from, &to)
    };
    let target = relative(&plan.target)?;
    if let Some(path) = &target
        && !disk.exists(&to.join(path))
    {
        copy_one(path)?;
    }
    let read = std::iter::once(&plan.source).chain(plan.joins.iter().map(|join| &join.end));
    for path in read.map(relative) {
        if let Some(path) = path?.filter(|path| Some(path) != target.as_ref()) {
            copy_one(&path)?;
        }
    }
    Ok(())
}

fn refused(path: &Path, why: NotAdmitted) -> SandboxError {
    let help = match why {
        NotAdmitted::Outside | NotAdmitted::Nowhere => "the sandbox uses the files of the pipeline's folder alone",
        other => other.help(),
    };
    format!("`{}` {why}: {help}", path.display()).into()
}

/// Forgets all copies.
pub fn forget(disk: &dyn Disk, folder: &Path) -> Result<(), SandboxError> {
    match disk.remove_folder(folder) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(format!("the sandbox's files can't be removed: {error}").into()),
        _ => Ok(()),
    }
}

/// The path of a side's file below the pipeline's folder; none for a system that is not of files.
fn relative(side: &Side) -> Result<Option<PathBuf>, SandboxError> {
    let (Connection::Files, Some(file)) = (&side.system.connection, &side.collection().file) else { return Ok(None) };
    let path = PathBuf::from(text(file));
    let inside = path.components().all(|part| matches!(part, Component::Normal(_) | Component::CurDir));
    if inside {
        Ok(Some(path))
    } else {
        Err(format!("`{}` of `{}` is outside the pipeline's folder, and the sandbox uses nothing else", path.display(), side.name()).into())
    }
}

fn text(file: &File) -> String {
    let scope = Scope { secrets: &BTreeMap::new(), today: Date::default(), now: Timestamp::UNIX_EPOCH, origin: "", token: None };
    scope.text(&file.path).unwrap_or_default()
}

fn copy_one(disk: &dyn Disk, from: &Path, to: &Path) -> Result<(), SandboxError> {
    let folder = to.parent().unwrap_or(to);
    disk.make_folder(folder).map_err(|error| SandboxError::Folder { folder: folder.to_path_buf(), error })?;
    let copied = disk.open(from).and_then(|mut file| disk.replace_with(to, &mut |out| io::copy(&mut file, out).map(drop)));
    match copied {
        // A missing target is created by the first write.
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(format!("`{}` can't be copied into the sandbox: {error}", from.display()).into()),
        Ok(()) => Ok(()),
    }
}
