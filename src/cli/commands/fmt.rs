//! `fmt`: formats files.

use crate::{
    check::{LoadError, Loader},
    cli::{
        args::{Common, Fmt},
        exit::Exit,
        failure::Failure,
        open_offline,
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

/// A file that can't be formatted. The other files are formatted nevertheless.
struct Broken {
    file: String,
    /// The line of the first mistake, from 1.
    line: usize,
    message: String,
    /// All mistakes as a person reads them.
    screen: String,
}

impl Broken {
    fn json(&self) -> serde_json::Value {
        json!({ "file": self.file, "line": self.line, "error": self.message })
    }
}

/// Formats files, or lists those that are not formatted.
pub fn fmt(args: &Fmt, common: &Common, terminal: &Terminal) -> Result<Exit, Failure> {
    if args.files.iter().any(|file| file == Path::new("-")) {
        return from_input(args, terminal);
    }
    let files = if args.files.is_empty() { all(&open_offline(common, terminal)?.project)? } else { args.files.clone() };
    let (mut broken, mut changed) = (Vec::new(), Vec::new());
    for file in &files {
        match formatted_file(file, terminal) {
            Err(why) => broken.push(why),
            Ok((before, after)) if before != after => {
                if !args.check && !args.diff {
                    write(file, &after)?;
                }
                changed.push(Changed { file: shown(file), before, after });
            }
            Ok(_) => {}
        }
    }
    Ok(finish(args, &changed, &broken, files.len(), terminal))
}

/// Prints the result, and gives its exit code.
fn finish(args: &Fmt, changed: &[Changed], broken: &[Broken], files: usize, terminal: &Terminal) -> Exit {
    broken.iter().for_each(|one| terminal.err(one.screen.trim_end()));
    terminal.print(&printed(args, changed, broken, files, terminal));
    if args.check && !changed.is_empty() {
        terminal.next(&Hint::new(Verb::Fmt));
    }
    if !broken.is_empty() || args.check && !changed.is_empty() { Exit::File } else { Exit::Done }
}

/// The files that were formatted, or would be.
fn printed(args: &Fmt, changed: &[Changed], broken: &[Broken], files: usize, terminal: &Terminal) -> String {
    let names = || changed.iter().map(|one| one.file.as_str());
    match terminal.format {
        Format::Json => {
            let errors: Vec<_> = broken.iter().map(Broken::json).collect();
            let all = json!({ "format": 1, "files": files, "not_formatted": names().collect::<Vec<_>>(), "errors": errors });
            format!("{all:#}\n")
        }
        Format::Jsonl => {
            let unformatted = names().map(|file| json!({ "file": file, "formatted": false }));
            unformatted.chain(broken.iter().map(Broken::json)).map(|one| format!("{one}\n")).collect()
        }
        Format::Github => {
            let unformatted = changed.iter().map(|one| annotation(one, terminal));
            unformatted.chain(broken.iter().map(|one| github::error(&one.file, one.line, "can't be formatted", &one.message))).collect()
        }
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

/// A file's text before and after formatting.
fn formatted_file(file: &Path, terminal: &Terminal) -> Result<(String, String), Broken> {
    let text = DiskLoader::default().load(file).map_err(|error| unreadable(file, &error, terminal))?;
    formatted(file, &text, terminal).map(|after| (text, after))
}

fn formatted(file: &Path, text: &str, terminal: &Terminal) -> Result<String, Broken> {
    if let Some(after) = syntax::format(text) {
        return Ok(after);
    }
    let mut sources = Sources::default();
    let id = sources.add(file, text);
    let (_, diagnostics) = syntax::parse(id, text);
    let first = diagnostics.first();
    Err(Broken {
        file: shown(file),
        line: first.map_or(1, |one| sources.position(one.span).0 as usize),
        message: first.map_or_else(|| "it does not parse".to_owned(), |one| one.message.clone()),
        screen: text::all(diagnostics.iter().map(|one| (one, &sources)), terminal.style),
    })
}

fn unreadable(file: &Path, error: &LoadError, terminal: &Terminal) -> Broken {
    let message = load_words(error);
    let screen = format!("{}: `{}` {message}", terminal.style.paint(Ink::Red, "error"), file.display());
    Broken { file: shown(file), line: 1, message, screen }
}

/// The name of a file as results print it.
fn shown(file: &Path) -> String {
    file.strip_prefix(".").unwrap_or(file).display().to_string()
}

fn write(file: &Path, text: &str) -> Result<(), ProjectError> {
    Host::real().disk().replace(file, text).map_err(|error| ProjectError::unwritable(file, &error))
}

/// Why a file can't be read, after its name.
fn load_words(error: &LoadError) -> String {
    match error {
        LoadError::NotFound => "is not there".to_owned(),
        LoadError::NotUtf8(at) => format!("is not UTF-8 text: byte {at} is where it goes wrong"),
        LoadError::NotAdmitted(why) => why.to_string(),
        LoadError::TooLarge => "can't be read: it has more than 4 MB".to_owned(),
        LoadError::Unreadable(why) => format!("can't be read: {why}"),
    }
}

fn from_input(args: &Fmt, terminal: &Terminal) -> Result<Exit, Failure> {
    let mut before = String::new();
    std::io::stdin().read_to_string(&mut before).map_err(|error| Failure::command(format!("standard input can't be read: {error}")))?;
    let after = match formatted(Path::new("standard input"), &before, terminal) {
        Err(why) => return Ok(finish(args, &[], &[why], 1, terminal)),
        Ok(after) => after,
    };
    if !args.check && !args.diff {
        terminal.raw(&after);
        return Ok(Exit::Done);
    }
    let changed = if before == after { Vec::new() } else { vec![Changed { file: "standard input".to_owned(), before, after }] };
    Ok(finish(args, &changed, &[], 1, terminal))
}
