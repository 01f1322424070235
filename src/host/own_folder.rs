//! The folder `.counterpart`: it ignores itself in git from its creation.

use std::{fs, io, path::Path};

const NAME: &str = ".counterpart";

/// Creates a folder and those above it. In `.counterpart` it adds a `.gitignore`, because the folder holds names, keys and written values.
///
/// # Errors
/// The system's error.
pub fn make(folder: &Path) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    let own = folder.ancestors().find(|above| above.file_name().is_some_and(|name| name == NAME));
    match own.map(|own| own.join(".gitignore")).filter(|file| !file.exists()) {
        Some(file) => fs::write(file, "*\n"),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn creation_ignores_the_folder_once_and_nothing_else() {
        let here = tempfile::tempdir().unwrap();
        make(&here.path().join("other")).unwrap();
        make(&here.path().join(".counterpart/production/changes")).unwrap();
        let file = here.path().join(".counterpart/.gitignore");
        assert_eq!(fs::read_to_string(&file).unwrap(), "*\n");
        assert!(!here.path().join("other/.gitignore").exists() && !here.path().join(".gitignore").exists());
        fs::write(&file, "# mine\n").unwrap();
        make(&here.path().join(".counterpart/sandbox")).unwrap();
        assert_eq!(fs::read_to_string(&file).unwrap(), "# mine\n");
    }
}
