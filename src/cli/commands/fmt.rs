//! `fmt`: formats files.

use crate::{
    check::{LoadError, Loader},
    cli::{
        args::{Common, Fmt},
        exit::Exit,
        failure::Failure,
        open,
        terminal::{Format, Ink, Style, Terminal},
    },
    diagnose::{
        Sources,
        render::{github, text},
    },
    host::Host,
    project::{Hint, Project, ProjectError, Verb},
    reload::disk::DiskLoader,
    syntax,
};
use serde_json::json;
use similar::TextDiff;
use std::{
    io::Read,
    path::{Path, PathBuf},
};

/// A file whose text differs from its formatted text.
struct Changed {
    file: String,
    before: String,
    after: String,
}

/// Formats files, or lists those that are not formatted.
pub fn fmt(args: &Fmt, common: &Common, terminal: &Terminal) -> Result<Exit, Failure> {
    if args.files.iter().any(|file| file == Path::new("-")) {
        return from_input(args, terminal);
    }
    let files = if args.files.is_empty() { all(&open(common, terminal)?.0.project)? } else { args.files.clone() };
    let (mut broken, mut changed) = (false, Vec::new());
    for file in &files {
        match formatted_file(file, terminal)? {
            None => broken = true,
            Some((before, after)) if before != after => {
                if !args.check && !args.diff {
                    write(file, &after)?;
                }
                let file = file.strip_prefix(".").unwrap_or(file).display().to_string();
                changed.push(Changed { file, before, after });
            }
            Some(_) => {}
        }
    }
    terminal.print(&printed(args, &changed, files.len(), terminal));
    if args.check && !changed.is_empty() {
        terminal.next(&Hint::new(Verb::Fmt));
    }
    Ok(if broken || args.check && !changed.is_empty() { Exit::File } else { Exit::Done })
}

/// The files that were formatted, or would be.
fn printed(args: &Fmt, changed: &[Changed], files: usize, terminal: &Terminal) -> String {
    let names = || changed.iter().map(|one| one.file.as_str());
    match terminal.format {
        Format::Json => {
            format!("{:#}\n", json!({ "format": 1, "files": files, "not_formatted": names().collect::<Vec<_>>() }))
        }
        Format::Jsonl => names().map(|file| format!("{}\n", json!({ "file": file, "formatted": false }))).collect(),
        Format::Github => changed.iter().map(|one| annotation(one, terminal)).collect(),
        _ if args.diff => changed.iter().map(|one| diff(one, terminal.style)).collect(),
        _ => names().map(|file| format!("{} {file}\n", if args.check { "not formatted" } else { "formatted" })).collect(),
    }
}

/// The diagnostic at the first line that differs.
fn annotation(one: &Changed, terminal: &Terminal) -> String {
    let same = one.before.lines().zip(one.after.lines()).take_while(|(before, after)| before == after).count();
    github::error(&one.file, same + 1, "not formatted", &format!("`{}` formats it", terminal.command(&Hint::new(Verb::Fmt))))
}

/// The change as a patch.
fn diff(one: &Changed, style: Style) -> String {
    let diff = TextDiff::from_lines(&one.before, &one.after);
    let text = diff.unified_diff().header(&one.file, &one.file).to_string();
    let ink = |line: &str| match line.as_bytes().first() {
        Some(b'+') => Some(Ink::Green),
        Some(b'-') => Some(Ink::Red),
        _ => None,
    };
    text.lines().map(|line| ink(line).map_or_else(|| line.to_owned(), |ink| style.paint(ink, line)) + "\n").collect()
}

/// The pipelines of the folder and the systems below it.
fn all(project: &Project) -> Result<Vec<PathBuf>, Failure> {
    let mut files = project.pipeline_files()?;
    let below = project.host.disk().list(&project.folder.join("systems")).unwrap_or_default();
    files.extend(below.into_iter().filter(|path| path.extension().is_some_and(|ext| ext == "sync")));
    Ok(files)
}

/// A file's text before and after formatting; none if it does not parse, after printing why.
fn formatted_file(file: &Path, terminal: &Terminal) -> Result<Option<(String, String)>, Failure> {
    let text = DiskLoader::default()
        .load(file)
        .map_err(|error| Failure::new(Exit::File, format!("`{}` {}", file.display(), load_words(&error))))?;
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

fn from_input(args: &Fmt, terminal: &Terminal) -> Result<Exit, Failure> {
    let mut before = String::new();
    std::io::stdin().read_to_string(&mut before).map_err(|error| Failure::command(format!("standard input can't be read: {error}")))?;
    let Some(after) = formatted(Path::new("standard input"), &before, terminal) else { return Ok(Exit::File) };
    if !args.check && !args.diff {
        terminal.raw(&after);
        return Ok(Exit::Done);
    }
    let changed = if before == after { Vec::new() } else { vec![Changed { file: "standard input".to_owned(), before, after }] };
    terminal.print(&printed(args, &changed, 1, terminal));
    Ok(if args.check && !changed.is_empty() { Exit::File } else { Exit::Done })
}
