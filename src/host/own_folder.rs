//! The folder `.counterpart`, which is nobody's business but ours: whatever makes it first keeps it out of version control.

use std::{fs, io, path::Path};

const NAME: &str = ".counterpart";

/// Makes a folder and those above it. In `.counterpart` a `.gitignore` keeps it out of git: it holds names,
/// keys and what was written.
///
/// # Errors
/// What the system says.
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
    fn what_makes_it_first_hides_it_and_nothing_else() {
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
