//! Files, written whole or not at all.

use crate::cli::failure::Failure;
use std::{fs, path::Path};

/// Replaces a file whole: who reads it meanwhile sees the old text or the new.
///
/// # Errors
/// It is as it was.
pub fn write(path: &Path, text: &str) -> Result<(), Failure> {
    let fail = |error: std::io::Error| Failure::stopped(format!("`{}` can't be written, it is as it was: {error}", path.display()));
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let aside = tempfile::NamedTempFile::new_in(folder).map_err(fail)?;
    fs::write(aside.path(), text).map_err(fail)?;
    if let Ok(data) = fs::metadata(path) {
        fs::set_permissions(aside.path(), data.permissions()).map_err(fail)?;
    }
    aside.persist(path).map_err(|error| fail(error.error))?;
    Ok(())
}
