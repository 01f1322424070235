//! `check`: what is wrong with the files, and how to mend it.

use crate::{
    check::{self, Checked},
    cli::{
        args::{Check, Common},
        failure::{Exit, Failure},
        terminal::Terminal,
        views::diagnostics::{distinct, print},
    },
    diagnose::{edit, render::Tally},
    project::{files::write, folder::Project},
};
use std::path::{Path, PathBuf};

/// Checks the files that were named, or all.
pub fn check(args: &Check, common: &Common, terminal: &Terminal) -> Result<Exit, Failure> {
    let project = Project::open(common)?;
    let files = files(args, &project)?;
    let mended = if args.fix { mend(&project, &files)? } else { 0 };
    let checked: Vec<Checked> = files.iter().map(|file| checked(&project, file)).collect();
    let all: Vec<&Checked> = checked.iter().collect();
    let exit = if distinct(&all).iter().any(|(one, _)| one.is_error()) { Exit::File } else { Exit::Done };
    if mended > 0 {
        terminal.say(&format!("fixed {mended}"));
    }
    print(&all, terminal, exit);
    if !args.fix && Tally::of(distinct(&all).iter().map(|(one, _)| *one)).fixable > 0 {
        terminal.next("counterpart check --fix");
    }
    Ok(exit)
}

fn files(args: &Check, project: &Project) -> Result<Vec<PathBuf>, Failure> {
    if args.pipelines.is_empty() {
        let files = project.files()?;
        return if files.is_empty() {
            Err(Failure::command("there is no file here that ends in .sync").next("counterpart new"))
        } else {
            Ok(files)
        };
    }
    let file = |asked: &String| match project.as_file(asked) {
        Some(file) => Ok(file),
        None => project.choose(Some(asked)).map(|found| found.file),
    };
    args.pipelines.iter().map(file).collect()
}

/// Checks a file; whatever it uses is named from here, so that editors and annotations find it. Systems are asked when a pipeline
/// is planned or run, not here: what they were never asked for is no mistake of the file.
fn checked(project: &Project, file: &Path) -> Checked {
    let mut checked = project.check(file).named_from_here();
    checked.diagnostics.retain(|one| one.code != check::UNASKED);
    checked
}

/// Makes the edits that can only be meant one way, round after round while they help; returns how many were made.
fn mend(project: &Project, files: &[PathBuf]) -> Result<usize, Failure> {
    let mut total = 0;
    for _ in 0..10 {
        let mut round = 0;
        for file in files {
            let checked = checked(project, file);
            let (texts, mended) = edit::mend(&checked.diagnostics, &checked.sources);
            for (id, text) in texts {
                write(&checked.sources.file(id).path, &text)?;
            }
            round += mended;
        }
        total += round;
        if round == 0 {
            break;
        }
    }
    Ok(total)
}
