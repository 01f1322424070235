//! Completions, manual pages, and words that are not commands.

use crate::{
    check::closest,
    cli::{args::Cli, catalogue, exit::Exit, failure::Failure},
};
use clap::CommandFactory;
use std::{fs, io, path::Path};

/// Prints the completions of a shell.
pub fn completions(shell: clap_complete::Shell) -> Result<Exit, Failure> {
    clap_complete::generate(shell, &mut catalogue::command(), "counterpart", &mut io::stdout());
    Ok(Exit::Done)
}

/// Writes a manual page for each command into a folder.
#[expect(clippy::disallowed_methods, reason = "manual pages are written as an editor writes files")]
pub fn man(folder: &Path) -> Result<Exit, Failure> {
    let fail = |error: io::Error| Failure::stopped(format!("the manual pages can't be written to `{}`: {error}", folder.display()));
    fs::create_dir_all(folder).map_err(fail)?;
    clap_mangen::generate_to(catalogue::command(), folder).map_err(fail)?;
    Ok(Exit::Done)
}

/// Commands of other tools, with their names here.
const ELSEWHERE: [(&str, &str); 11] = [
    ("lint", "check"),
    ("validate", "check"),
    ("build", "check"),
    ("format", "fmt"),
    ("init", "new"),
    ("diff", "plan"),
    ("preview", "plan"),
    ("sync", "run"),
    ("status", ""),
    ("logs", "history"),
    ("help", "--help"),
];

/// The right word for a command that does not exist.
pub fn no_such_command(words: &[String]) -> Failure {
    let word = words.first().map_or("", String::as_str);
    if word == "destroy" {
        return Failure::command(
            "there is no `destroy`: nothing here deletes what a pipeline did not say, and people leave one change set at a time",
        );
    }
    if let Some((_, here)) = ELSEWHERE.iter().find(|(elsewhere, _)| *elsewhere == word) {
        let command = format!("counterpart {here}").trim_end().to_owned();
        return Failure::command(format!("there is no `{word}`; it is `{command}`")).next(*here);
    }
    let names: Vec<String> = Cli::command().get_subcommands().map(|command| command.get_name().to_owned()).collect();
    match closest(word, names.iter().map(String::as_str)).first() {
        Some(name) => Failure::command(format!("there is no `{word}`; did you mean `{name}`?")).next((*name).to_owned()),
        None => Failure::command(format!("there is no `{word}`; there are {}", names.join(", "))).next("--help"),
    }
}
