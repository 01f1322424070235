//! Hints of the engine as commands to paste, with the options that select the same project and environment.

use super::args::Common;
use crate::project::{Hint, Verb};

/// The words of a hint after `counterpart`.
#[must_use]
pub fn words(hint: &Hint) -> String {
    let verb = match hint.verb {
        Verb::New => "new",
        Verb::Check => "check",
        Verb::Fix => "check --fix",
        Verb::Fmt => "fmt",
        Verb::Plan => "plan",
        Verb::Show => "show",
        Verb::Apply => "apply",
        Verb::History => "history",
        Verb::Errors => "errors",
        Verb::Settings => "settings",
        Verb::SetSetting => "settings set",
        Verb::Suggest => "suggest",
        Verb::ResetSandbox => "sandbox --reset",
    };
    let args: String = hint.args.iter().map(|arg| format!(" {}", quoted(arg))).collect();
    format!("{verb}{args}")
}

/// The options that select the same project and environment in a pasted command: ` --sandbox`, ` --env test`, ` --folder DIR`.
#[must_use]
pub fn options(flags: &Common) -> String {
    let mut words = String::new();
    if flags.sandbox {
        words.push_str(" --sandbox");
    }
    if let Some(env) = &flags.env {
        words = format!("{words} --env {}", quoted(env));
    }
    if let Some(folder) = &flags.folder {
        words = format!("{words} --folder {}", quoted(&folder.display().to_string()));
    }
    words
}

/// A word quoted for a shell.
fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "_-./:,=+@%".contains(c);
    if !word.is_empty() && word.chars().all(plain) { word.to_owned() } else { format!("'{}'", word.replace('\'', "'\\''")) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    fn command(flags: &[&str], hint: &Hint) -> String {
        let words_of_flags = [&["counterpart"], flags].concat();
        let flags = super::super::args::Cli::parse_from(words_of_flags).common;
        format!("counterpart {}{}", words(hint), options(&flags))
    }

    #[test]
    fn a_hint_carries_the_options_of_the_command_that_gave_it() {
        let hint = Hint::of(Verb::SetSetting, "hr.company").and("VALUE");
        assert_eq!(command(&["--sandbox"], &hint), "counterpart settings set hr.company VALUE --sandbox");
        assert_eq!(
            command(&["--env", "test", "--folder", "my pipelines"], &Hint::new(Verb::Fix)),
            "counterpart check --fix --env test --folder 'my pipelines'"
        );
        assert_eq!(
            command(&["--sandbox"], &Hint::filtered("c-4e81d2b7", "update:first name")),
            "counterpart show c-4e81d2b7 --filter 'update:first name' --all --sandbox"
        );
        assert_eq!(command(&[], &Hint::of(Verb::Errors, 214)), "counterpart errors 214");
    }
}
