//! `fmt`: the one layout.

use crate::{
    check::{LoadError, Loader},
    cli::{
        args::{Common, Fmt},
        failure::{Exit, Failure},
        open,
        terminal::Terminal,
    },
    diagnose::{Sources, render::text},
    host::Host,
    project::{Project, ProjectError},
    reload::disk::Disk,
    syntax,
};
use std::{
    io::Read,
    path::{Path, PathBuf},
};

/// Lays files out, or says which are not.
pub fn fmt(args: &Fmt, common: &Common, terminal: &Terminal) -> Result<Exit, Failure> {
    if args.files.iter().any(|file| file == Path::new("-")) {
        return from_input(args.check, terminal);
    }
    let files = if args.files.is_empty() { all(&open(common, terminal)?.0.project)? } else { args.files.clone() };
    let mut worst = Exit::Done;
    let mut changed = Vec::new();
    for file in &files {
        match laid_out(file, terminal)? {
            None => worst = Exit::File,
            Some((before, after)) if before != after => {
                if args.check {
                    worst = Exit::File;
                } else {
                    write(file, &after)?;
                }
                changed.push(file.display().to_string());
            }
            Some(_) => {}
        }
    }
    for file in &changed {
        terminal.print(&format!("{} {file}\n", if args.check { "not laid out" } else { "laid out" }));
    }
    if args.check && !changed.is_empty() {
        terminal.next_words("fmt");
    }
    Ok(worst)
}

/// The pipelines of the folder and the systems below it.
fn all(project: &Project) -> Result<Vec<PathBuf>, Failure> {
    let mut files = project.pipeline_files()?;
    let systems = project.folder.join("systems");
    if let Ok(entries) = std::fs::read_dir(&systems) {
        let mut below: Vec<PathBuf> =
            entries.flatten().map(|entry| entry.path()).filter(|path| path.extension().is_some_and(|ext| ext == "sync")).collect();
        below.sort();
        files.extend(below);
    }
    Ok(files)
}

/// A file's text before and after; none if it does not parse, which is said.
fn laid_out(file: &Path, terminal: &Terminal) -> Result<Option<(String, String)>, Failure> {
    let text =
        Disk::default().load(file).map_err(|error| Failure::new(Exit::File, format!("`{}` {}", file.display(), load_words(&error))))?;
    Ok(formatted(file, &text, terminal).map(|after| (text, after)))
}

fn formatted(file: &Path, text: &str, terminal: &Terminal) -> Option<String> {
    let after = syntax::format(text);
    if after.is_none() {
        let mut sources = Sources::default();
        let id = sources.add(file, text);
        let (_, diagnostics) = syntax::parse(id, text);
        eprint!("{}", text::all(diagnostics.iter().map(|one| (one, &sources)), terminal.style));
    }
    after
}

fn write(file: &Path, text: &str) -> Result<(), ProjectError> {
    Host::real().disk().replace(file, text).map_err(|error| ProjectError::unwritable(file, &error))
}

/// Why a file can't be read, after its name.
fn load_words(error: &LoadError) -> String {
    match error {
        LoadError::NotFound => "is not there".to_owned(),
        LoadError::NotUtf8(at) => format!("is not UTF-8 text: byte {at} is where it goes wrong"),
        LoadError::Unreadable(why) => format!("can't be read: {why}"),
    }
}

fn from_input(check: bool, terminal: &Terminal) -> Result<Exit, Failure> {
    let mut text = String::new();
    std::io::stdin().read_to_string(&mut text).map_err(|error| Failure::command(format!("standard input can't be read: {error}")))?;
    let Some(after) = formatted(Path::new("standard input"), &text, terminal) else { return Ok(Exit::File) };
    if check {
        return Ok(if after == text { Exit::Done } else { Exit::File });
    }
    terminal.print(&after);
    Ok(Exit::Done)
}
