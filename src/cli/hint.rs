//! Hints of the engine as commands to paste, with the options that select the same project and environment.

use super::args::Common;
use crate::project::{Hint, HintPlace, Verb};
use std::path::PathBuf;

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
        Verb::Approve => "approve",
        Verb::History => "history",
        Verb::Errors => "errors",
        Verb::Held => "held",
        Verb::Decide => "decide",
        Verb::Rebind => "rebind",
        Verb::Restage => "restage",
        Verb::Retry => "retry",
        Verb::Resend => "resend",
        Verb::Forget => "forget",
        Verb::Settings => "settings",
        Verb::SetSetting => "settings set",
        Verb::Trust => "settings trust",
        Verb::Suggest => "suggest",
        Verb::ResetSandbox => "sandbox --reset",
    };
    let args: String = hint.args.iter().map(|arg| format!(" {}", quoted(arg))).collect();
    format!("{verb}{args}")
}

/// The project and environment of a command.
#[derive(Clone, Debug)]
#[cfg_attr(test, derive(Default))]
pub struct Selection {
    place: HintPlace,
    folder: Option<PathBuf>,
}

impl Selection {
    /// As the flags select them. The sandbox is an environment of its own, so that it takes precedence over `COUNTERPART_ENV`.
    #[must_use]
    pub fn of(flags: &Common) -> Self {
        let place = match &flags.env {
            _ if flags.sandbox => HintPlace::Sandbox,
            Some(environment) => HintPlace::Environment(environment.clone()),
            None => HintPlace::Same,
        };
        Self { place, folder: flags.folder.clone() }
    }

    /// The options that select the project and the place of a hint: ` --sandbox`, ` --env test`, ` --folder DIR`.
    #[must_use]
    pub fn options(&self, place: &HintPlace) -> String {
        let place = if *place == HintPlace::Same { &self.place } else { place };
        let place = match place {
            HintPlace::Same => String::new(),
            HintPlace::Sandbox => " --sandbox".to_owned(),
            HintPlace::Environment(environment) => format!(" --env {}", quoted(environment)),
        };
        let folder = self.folder.as_ref().map(|folder| format!(" --folder {}", quoted(&folder.display().to_string())));
        place + &folder.unwrap_or_default()
    }
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
        format!("counterpart {}{}", words(hint), Selection::of(&flags).options(&hint.place))
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

    #[test]
    fn a_hint_to_another_environment_replaces_the_options_of_the_command() {
        let elsewhere = Hint::new(Verb::History).in_place(HintPlace::Environment("production".to_owned()));
        assert_eq!(command(&["--sandbox"], &elsewhere), "counterpart history --env production");
        assert_eq!(command(&["--env", "test"], &Hint::new(Verb::History).in_place(HintPlace::Sandbox)), "counterpart history --sandbox");
    }
}
