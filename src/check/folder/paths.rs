//! Names of files, without a disk.

use std::path::{Component, Path, PathBuf};

/// A path that a file names, as it counts from the folder of that file.
pub(crate) fn beside(file: &Path, name: &str) -> PathBuf {
    normalised(&file.parent().unwrap_or(Path::new("")).join(name))
}

/// Without `.` and, where it is known without a disk, without `..`.
pub(crate) fn normalised(path: &Path) -> PathBuf {
    let mut out = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir if matches!(out.components().next_back(), Some(Component::Normal(_))) => {
                out.pop();
            }
            other => out.push(other),
        }
    }
    out
}

/// A path as it is named from a folder: `systems/lucca.sync`, `../shared/lucca.sync`. As it is where there is no way back up.
pub(crate) fn shown_from(folder: &Path, path: &Path) -> PathBuf {
    let (folder, path) = (normalised(folder), normalised(path));
    let mut up = folder.components().peekable();
    let mut down = path.components().peekable();
    while up.peek().is_some() && up.peek() == down.peek() {
        up.next();
        down.next();
    }
    let up: Vec<_> = up.collect();
    if up.iter().any(|part| !matches!(part, Component::Normal(_))) || path.is_absolute() != folder.is_absolute() {
        return path;
    }
    up.iter().map(|_| Component::ParentDir).chain(down).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_normalised_without_a_disk() {
        for (from, name, expected) in [
            ("a/b.sync", "c.sync", "a/c.sync"),
            ("a/b.sync", "../c.sync", "c.sync"),
            ("b.sync", "../c.sync", "../c.sync"),
            ("../b.sync", "../c.sync", "../../c.sync"),
            ("b.sync", "./x/./c.sync", "x/c.sync"),
        ] {
            assert_eq!(beside(Path::new(from), name), Path::new(expected), "{name} beside {from}");
        }
    }

    #[test]
    fn files_are_shown_as_their_folder_names_them() {
        for (folder, path, expected) in [
            ("", "a.sync", "a.sync"),
            (".", "./a.sync", "a.sync"),
            ("p", "p/a.sync", "a.sync"),
            ("p", "p/systems/a.sync", "systems/a.sync"),
            ("p/q", "p/a.sync", "../a.sync"),
            ("/p/q", "/p/r/a.sync", "../r/a.sync"),
            ("", "../a.sync", "../a.sync"),
            ("../p", "../a.sync", "../a.sync"),
            ("p", "/a.sync", "/a.sync"),
        ] {
            assert_eq!(shown_from(Path::new(folder), Path::new(path)), Path::new(expected), "{path} from {folder}");
        }
    }
}
