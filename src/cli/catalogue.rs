//! What each command takes: its group in `--help`, its options, its formats and its examples. The one place that says so.

use super::{
    args::{Cli, Command, Fmt, Format, Settings, SettingsCommand, Show},
    failure::Failure,
    terminal,
};
use crate::diagnose::{layout, style::Style};
use clap::{ArgMatches, CommandFactory, FromArgMatches, parser::ValueSource};
use unicode_width::UnicodeWidthStr as _;

/// One command as the help lists it.
struct Entry {
    name: &'static str,
    group: &'static str,
    /// The common options that have an effect on this command.
    options: &'static [&'static [&'static str]],
    examples: &'static str,
}

const PLACE: &[&str] = &["env", "sandbox", "folder"];
const RESULT: &[&str] = &["format", "quiet", "color", "ascii"];
const SCREEN: &[&str] = &["quiet", "color", "ascii"];
const RECORDS: &[&str] = &["all", "people"];
const NAMES: &[&str] = &["people"];
const REQUESTS: &[&str] = &["verbose"];
const QUESTIONS: &[&str] = &["no_input"];

/// The width of the help in documents.
const DOCUMENT_WIDTH: usize = 100;
/// Longer lines are hard to read, however wide the terminal is.
const WIDEST: usize = 100;

/// The groups of `--help`, in their order.
const GROUPS: [&str; 4] = ["Write", "Look", "Do", "Around"];

const ENTRIES: &[Entry] = &[
    Entry {
        name: "new",
        group: "Write",
        options: &[PLACE, RESULT, QUESTIONS],
        examples: "counterpart new
  counterpart new --source people.csv --target accounts.jsonl --match number=id --leavers none",
    },
    Entry {
        name: "check",
        group: "Write",
        options: &[PLACE, RESULT],
        examples: "counterpart check
  counterpart check --fix
  counterpart check --deny lints --format github",
    },
    Entry {
        name: "fmt",
        group: "Write",
        options: &[PLACE, RESULT],
        examples: "counterpart fmt
  counterpart fmt --check --diff
  counterpart fmt - < people.sync",
    },
    Entry {
        name: "suggest",
        group: "Write",
        options: &[PLACE, RESULT, RECORDS, REQUESTS],
        examples: "counterpart suggest lucca_to_reward_gateway
  counterpart suggest lucca_to_reward_gateway --write",
    },
    Entry {
        name: "watch",
        group: "Write",
        options: &[PLACE, RESULT, RECORDS, REQUESTS, QUESTIONS],
        examples: "counterpart watch lucca_to_reward_gateway --sandbox",
    },
    Entry {
        name: "explain",
        group: "Write",
        options: &[RESULT],
        examples: "counterpart explain E0311
  counterpart explain title_case
  counterpart explain held",
    },
    Entry {
        name: "show",
        group: "Look",
        options: &[PLACE, RESULT, RECORDS],
        examples: "counterpart show lucca_to_reward_gateway
  counterpart show c-4e81d2b7 --filter leave
  counterpart show 214",
    },
    Entry {
        name: "history",
        group: "Look",
        options: &[PLACE, RESULT, NAMES],
        examples: "counterpart history
  counterpart history lucca_to_reward_gateway -n 50",
    },
    Entry {
        name: "errors",
        group: "Look",
        options: &[PLACE, RESULT, RECORDS],
        examples: "counterpart errors
  counterpart errors 214 --format csv > errors.csv",
    },
    Entry {
        name: "held",
        group: "Look",
        options: &[PLACE, RESULT, RECORDS],
        examples: "counterpart held
  counterpart held lucca_to_reward_gateway --format csv > held.csv",
    },
    Entry {
        name: "plan",
        group: "Do",
        options: &[PLACE, RESULT, RECORDS, REQUESTS],
        examples: "counterpart plan lucca_to_reward_gateway
  counterpart plan lucca_to_reward_gateway --filter leave --all
  counterpart plan lucca_to_reward_gateway --format markdown >> \"$GITHUB_STEP_SUMMARY\"",
    },
    Entry { name: "apply", group: "Do", options: &[PLACE, RESULT, RECORDS, REQUESTS, QUESTIONS], examples: "counterpart apply c-4e81d2b7" },
    Entry {
        name: "run",
        group: "Do",
        options: &[PLACE, RESULT, RECORDS, REQUESTS, QUESTIONS],
        examples: "counterpart run lucca_to_reward_gateway
  counterpart run lucca_to_reward_gateway --sandbox",
    },
    Entry {
        name: "approve",
        group: "Do",
        options: &[PLACE, RESULT, RECORDS, REQUESTS, QUESTIONS],
        examples: "counterpart approve c-4e81d2b7 --why \"the department closes\"
  counterpart approve c-4e81d2b7 --without 00112 --without 00290",
    },
    Entry {
        name: "decline",
        group: "Do",
        options: &[PLACE, RESULT],
        examples: "counterpart decline c-4e81d2b7 --why \"half of the export is missing\"",
    },
    Entry {
        name: "decide",
        group: "Do",
        options: &[PLACE, RESULT, QUESTIONS],
        examples: "counterpart decide 00290 link 83021
  counterpart decide 00311 new --why \"rehired, and wants a new account\"
  counterpart decide - < decisions.csv",
    },
    Entry {
        name: "retry",
        group: "Do",
        options: &[PLACE, RESULT],
        examples: "counterpart retry
  counterpart retry 00112 00231 --pipeline lucca_to_reward_gateway",
    },
    Entry {
        name: "resend",
        group: "Do",
        options: &[PLACE, RESULT],
        examples: "counterpart resend 00112 invite
  counterpart resend 00112 invite --done",
    },
    Entry {
        name: "settings",
        group: "Around",
        options: &[PLACE, RESULT, REQUESTS, QUESTIONS],
        examples: "counterpart settings
  counterpart settings set lucca.domain acme.ilucca.net
  counterpart settings set lucca.api_key < key.txt
  counterpart settings verify",
    },
    Entry {
        name: "forget",
        group: "Around",
        options: &[PLACE, RESULT],
        examples: "counterpart forget 00112
  counterpart forget 00112 --pipeline lucca_to_reward_gateway --lift",
    },
    Entry {
        name: "export",
        group: "Around",
        options: &[PLACE, RESULT],
        examples: "counterpart export lucca_to_reward_gateway > links.csv",
    },
    Entry {
        name: "import",
        group: "Around",
        options: &[PLACE, RESULT, REQUESTS],
        examples: "counterpart import lucca_to_reward_gateway < links.csv",
    },
    Entry { name: "rebind", group: "Around", options: &[PLACE, RESULT, REQUESTS], examples: "counterpart rebind lucca_to_reward_gateway" },
    Entry {
        name: "restage",
        group: "Around",
        options: &[PLACE, RESULT, NAMES],
        examples: "counterpart restage lucca_to_reward_gateway
  counterpart restage lucca_to_reward_gateway --confirm 35",
    },
    Entry {
        name: "sandbox",
        group: "Around",
        options: &[PLACE, SCREEN, REQUESTS],
        examples: "counterpart sandbox lucca_to_reward_gateway
  counterpart sandbox lucca_to_reward_gateway --load next_day
  counterpart sandbox lucca_to_reward_gateway --reset",
    },
    Entry { name: "completions", group: "Around", options: &[], examples: "counterpart completions bash > counterpart.bash" },
    Entry { name: "man", group: "Around", options: &[], examples: "counterpart man ./man" },
];

/// Without a command: the status.
const STATUS: &[&[&str]] = &[PLACE, RESULT];

/// The options that clap accepts for every command; [`ENTRIES`] says which have an effect.
const COMMON: [&str; 11] = ["env", "sandbox", "format", "all", "people", "quiet", "verbose", "no_input", "color", "ascii", "folder"];

fn takes(options: &[&[&str]], option: &str) -> bool {
    options.iter().any(|some| some.contains(&option))
}

/// The commands with their help as documents print it: grouped, each with its own options and examples.
#[must_use]
pub fn command() -> clap::Command {
    command_for(DOCUMENT_WIDTH)
}

/// The commands with their help for a terminal of this width.
fn command_for(width: usize) -> clap::Command {
    let mut command = Cli::command().term_width(width);
    command.build();
    let groups = groups(&command, Style { width, ..Style::plain() });
    for entry in ENTRIES {
        command = command.mut_subcommand(entry.name, |one| helped(one, entry, width));
    }
    let command = command.mut_args(|arg| fitted(arg, STATUS, "status"));
    command.help_template("{about}\n\n{usage-heading} {usage}\n{before-help}Options:\n{options}{after-help}").before_help(groups)
}

/// A command, and the commands below it, with what belongs to them alone.
fn helped(command: clap::Command, entry: &Entry, width: usize) -> clap::Command {
    let below: Vec<String> = command.get_subcommands().map(|one| one.get_name().to_owned()).collect();
    let own = |command: clap::Command| command.mut_args(|arg| fitted(arg, entry.options, entry.name));
    let examples: String = entry.examples.lines().map(|example| to_paste(example.trim(), width)).collect();
    let command = own(command).after_help(format!("Examples:{examples}"));
    below.into_iter().fold(command, |command, name| command.mut_subcommand(name, own))
}

/// A command on lines that fit the width; where it is broken, a backslash continues it, so that it can still be pasted.
fn to_paste(command: &str, width: usize) -> String {
    let (mut lines, mut used) = (String::from("\n "), 1);
    for word in command.split(' ') {
        // Two columns for a blank and the backslash.
        if used + 1 + word.width() + 2 > width && used > 1 {
            lines.push_str(" \\\n     ");
            used = 5;
        }
        lines.push(' ');
        lines.push_str(word);
        used += 1 + word.width();
    }
    lines
}

/// A common option as one command has it: behind its own ones, or not at all; `--format` with what can be asked for.
fn fitted(arg: clap::Arg, options: &[&[&str]], name: &str) -> clap::Arg {
    let id = arg.get_id().to_string();
    if !is_common(&id) {
        return arg;
    }
    let arg = arg.hide(!takes(options, &id)).display_order(100);
    if id != "format" {
        return arg;
    }
    let of = |one: &&Printed| one.typed.first().copied().unwrap_or("status") == name;
    let mut words: Vec<&str> = PRINTED.iter().filter(of).flat_map(|one| one.formats).map(|one| one.word()).collect();
    words.sort_unstable();
    words.dedup();
    arg.hide_possible_values(true)
        .help(format!("How the result is printed: {}; by default text on a terminal, else lines", words.join(", ")))
}

fn groups(command: &clap::Command, style: Style) -> String {
    let row = |entry: &Entry| {
        let about = command.find_subcommand(entry.name).and_then(clap::Command::get_about).map(ToString::to_string);
        layout::row(style, &format!("  {:<13}", entry.name), &about.unwrap_or_default(), "")
    };
    let group = |name: &str| {
        let rows: String = ENTRIES.iter().filter(|entry| entry.group == name).map(row).collect();
        format!("\n{name}:\n{rows}")
    };
    GROUPS.map(group).concat().trim_end().to_owned()
}

/// Parses the arguments. The inner result refuses options and formats that the command does not have.
///
/// # Errors
/// A mistake in the arguments, or the help or version text that was asked for.
pub fn parse(words: impl IntoIterator<Item = std::ffi::OsString>) -> Result<(Cli, Result<(), Failure>), clap::Error> {
    let matches = command_for(terminal::width().min(WIDEST)).try_get_matches_from(words)?;
    let cli = Cli::from_arg_matches(&matches)?;
    let fits = options_fit(&matches).and_then(|()| format_fits(&cli));
    Ok((cli, fits))
}

/// The format for programs that the words ask for, where they can't be parsed as a whole.
#[must_use]
pub fn format_for_programs(words: impl Iterator<Item = String>) -> Option<Format> {
    let words: Vec<String> = words.collect();
    let values = words.iter().zip(words.iter().skip(1)).filter(|(option, _)| *option == "--format").map(|(_, value)| value.as_str());
    let joined = words.iter().filter_map(|word| word.strip_prefix("--format="));
    let asked = values.chain(joined).last()?;
    [Format::Json, Format::Jsonl].into_iter().find(|format| format.word() == asked)
}

/// Refuses options that have no effect on the command, because a user who gives one relies on it.
fn options_fit(matches: &ArgMatches) -> Result<(), Failure> {
    let (name, options, matches) = match matches.subcommand() {
        None => ("the status", STATUS, matches),
        Some((name, matches)) => match ENTRIES.iter().find(|entry| entry.name == name) {
            Some(entry) => (entry.name, entry.options, matches),
            None => return Ok(()),
        },
    };
    if ["sandbox", "env"].iter().all(|option| is_typed(matches, option)) {
        return Err(Failure::command("the sandbox is an environment of its own: leave out `--env`, or `--sandbox`"));
    }
    match COMMON.iter().filter(|option| !takes(options, option)).find(|option| is_typed(matches, option)) {
        None => Ok(()),
        Some(option) => {
            let words = if name == STATUS_WORDS { name.to_owned() } else { format!("`{name}`") };
            Err(Failure::command(format!("{words} has no --{}", option.replace('_', "-"))))
        }
    }
}

/// Whether an option was given on the command line, and not by a variable.
fn is_typed(matches: &ArgMatches, option: &str) -> bool {
    matches.try_contains_id(option).is_ok() && matches.value_source(option) == Some(ValueSource::CommandLine)
}

const STATUS_WORDS: &str = "the status";
const WORDS: &[Format] = &[Format::Text, Format::Lines];
const DOCUMENT: &[Format] = &[Format::Text, Format::Lines, Format::Json, Format::Jsonl];

/// The formats of one command's result.
struct Printed {
    /// The command as a refusal names it.
    name: &'static str,
    /// How it is typed.
    typed: &'static [&'static str],
    formats: &'static [Format],
}

/// The commands whose result has formats. All others print text for people.
const PRINTED: [Printed; 28] = {
    use Format::{Csv, Github, Json, Jsonl, Lines, Markdown, Sarif, Text};
    const fn row(name: &'static str, typed: &'static [&'static str], formats: &'static [Format]) -> Printed {
        Printed { name, typed, formats }
    }
    [
        row(STATUS_WORDS, &[], DOCUMENT),
        row("`new`", &["new"], WORDS),
        row("`check`", &["check"], &[Text, Lines, Json, Jsonl, Github, Sarif]),
        row("`fmt`", &["fmt"], WORDS),
        row("`fmt --check`", &["fmt", "--check"], &[Text, Lines, Json, Jsonl, Github]),
        row("`show`", &["show"], DOCUMENT),
        row("`show` of a change set", &["show", "c-4e81d2b7"], &[Text, Lines, Json, Jsonl, Markdown]),
        row("`plan`", &["plan"], &[Text, Lines, Json, Jsonl, Markdown]),
        row("`suggest`", &["suggest"], DOCUMENT),
        row("`apply`", &["apply", "c-4e81d2b7"], DOCUMENT),
        row("`run`", &["run"], DOCUMENT),
        row("`watch`", &["watch"], WORDS),
        row("`settings`", &["settings"], DOCUMENT),
        row("`settings set`", &["settings", "set", "lucca.domain"], WORDS),
        row("`history`", &["history"], DOCUMENT),
        row("`errors`", &["errors"], &[Text, Lines, Json, Jsonl, Csv]),
        row("`held`", &["held"], &[Text, Lines, Json, Jsonl, Csv]),
        row("`approve`", &["approve", "c-4e81d2b7"], DOCUMENT),
        row("`decline`", &["decline", "c-4e81d2b7", "--why", "no"], WORDS),
        row("`decide`", &["decide", "00290", "keep"], WORDS),
        row("`retry`", &["retry"], WORDS),
        row("`resend`", &["resend", "00112", "invite"], WORDS),
        row("`forget`", &["forget", "00112"], WORDS),
        row("`export`", &["export"], &[Csv, Jsonl]),
        row("`import`", &["import"], WORDS),
        row("`rebind`", &["rebind"], WORDS),
        row("`restage`", &["restage"], WORDS),
        row("`explain`", &["explain", "held"], DOCUMENT),
    ]
};

/// The name of a command among [`PRINTED`].
fn printed_name(command: Option<&Command>) -> &'static str {
    match command {
        None => STATUS_WORDS,
        Some(Command::New(_)) => "`new`",
        Some(Command::Check(_)) => "`check`",
        Some(Command::Fmt(Fmt { check: true, .. })) => "`fmt --check`",
        Some(Command::Fmt(_)) => "`fmt`",
        Some(Command::Show(Show { what: Some(id), .. })) if id.starts_with("c-") => "`show` of a change set",
        Some(Command::Show(_)) => "`show`",
        Some(Command::Plan(_)) => "`plan`",
        Some(Command::Suggest(_)) => "`suggest`",
        Some(Command::Apply(_)) => "`apply`",
        Some(Command::Run(_)) => "`run`",
        Some(Command::Watch(_)) => "`watch`",
        Some(Command::Settings(Settings { command: Some(SettingsCommand::Set(_)), .. })) => "`settings set`",
        Some(Command::Settings(_)) => "`settings`",
        Some(Command::History(_)) => "`history`",
        Some(Command::Errors(_)) => "`errors`",
        Some(Command::Held(_)) => "`held`",
        Some(Command::Approve(_)) => "`approve`",
        Some(Command::Decline(_)) => "`decline`",
        Some(Command::Decide(_)) => "`decide`",
        Some(Command::Retry(_)) => "`retry`",
        Some(Command::Resend(_)) => "`resend`",
        Some(Command::Forget(_)) => "`forget`",
        Some(Command::Export(_)) => "`export`",
        Some(Command::Import(_)) => "`import`",
        Some(Command::Rebind(_)) => "`rebind`",
        Some(Command::Restage(_)) => "`restage`",
        Some(Command::Explain(_)) => "`explain`",
        Some(Command::Sandbox(_) | Command::Completions(_) | Command::Man(_) | Command::Other(_)) => "this command",
    }
}

/// The formats of a command, with the name that a refusal gives it.
#[must_use]
pub fn formats(command: Option<&Command>) -> (&'static str, &'static [Format]) {
    let name = printed_name(command);
    (name, PRINTED.iter().find(|one| one.name == name).map_or(WORDS, |one| one.formats))
}

/// Each command with its formats, for the reference.
#[must_use]
pub fn format_table() -> Vec<(&'static str, Vec<&'static str>)> {
    PRINTED.iter().map(|one| (one.name, one.formats.iter().map(|format| format.word()).collect())).collect()
}

/// Whether the option is one of those that clap accepts for every command.
#[must_use]
pub fn is_common(option: &str) -> bool {
    COMMON.contains(&option)
}

/// Refuses a format that the command does not have, instead of printing another one.
fn format_fits(cli: &Cli) -> Result<(), Failure> {
    let (name, formats) = formats(cli.command.as_ref());
    match cli.common.format {
        Some(format) if !formats.contains(&format) => {
            let words: Vec<&str> = formats.iter().map(|format| format.word()).collect();
            Err(Failure::command(format!("{name} has no {}; it has {}", format.word(), words.join(", "))))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser as _;

    fn refusal(words: &[&str]) -> Option<String> {
        let (_, fits) = parse(["counterpart"].iter().chain(words).map(Into::into)).unwrap();
        fits.err().map(|failure| failure.to_string())
    }

    #[test]
    fn every_command_has_its_entry() {
        let command = Cli::command();
        let names: Vec<&str> = command.get_subcommands().map(clap::Command::get_name).collect();
        for name in &names {
            assert!(ENTRIES.iter().any(|entry| entry.name == *name), "{name} has no entry");
        }
        assert_eq!(names.len(), ENTRIES.len());
        assert!(ENTRIES.iter().all(|entry| GROUPS.contains(&entry.group)));
        let silent = ["sandbox", "completions", "man"];
        for name in names.iter().filter(|name| !silent.contains(name)) {
            assert!(PRINTED.iter().any(|one| one.typed.first() == Some(name)), "{name} has no formats");
        }
    }

    #[test]
    fn a_command_that_is_typed_is_found_under_its_name() {
        for one in &PRINTED {
            let cli = Cli::try_parse_from(["counterpart"].iter().chain(one.typed)).unwrap();
            assert_eq!(printed_name(cli.command.as_ref()), one.name);
        }
    }

    #[test]
    fn a_format_or_an_option_that_means_nothing_is_refused() {
        assert_eq!(refusal(&["plan", "--format", "csv"]).as_deref(), Some("`plan` has no csv; it has text, lines, json, jsonl, markdown"));
        assert_eq!(refusal(&["--format", "sarif"]).as_deref(), Some("the status has no sarif; it has text, lines, json, jsonl"));
        assert_eq!(refusal(&["show", "c-1", "--format", "markdown"]), None);
        assert_eq!(refusal(&["completions", "bash", "--sandbox"]).as_deref(), Some("`completions` has no --sandbox"));
        assert_eq!(refusal(&["history", "--no-input"]).as_deref(), Some("`history` has no --no-input"));
        assert_eq!(refusal(&["--sandbox", "plan", "--people", "full"]), None);
        assert_eq!(
            refusal(&["settings", "verify", "--format", "csv"]).as_deref(),
            Some("`settings` has no csv; it has text, lines, json, jsonl")
        );
    }

    #[test]
    fn the_help_of_a_command_shows_what_belongs_to_it() {
        let help = |name: &str| command().find_subcommand_mut(name).unwrap().render_help().to_string();
        assert!(help("plan").contains("--sandbox") && help("plan").contains("Examples:\n  counterpart plan"), "{}", help("plan"));
        assert!(!help("completions").contains("--sandbox") && !help("completions").contains("--format"), "{}", help("completions"));
        assert!(!help("history").contains("--no-input"), "{}", help("history"));
        for entry in ENTRIES {
            assert!(help(entry.name).lines().count() < 50, "{}", help(entry.name));
        }
    }

    #[test]
    fn the_first_help_groups_the_commands() {
        let help = command().render_long_help().to_string();
        let at = GROUPS.map(|group| help.find(&format!("\n{group}:\n")).unwrap_or_else(|| panic!("{help}")));
        assert!(at.is_sorted(), "{help}");
        assert!(help.contains("\n  check        Say what is wrong"), "{help}");
    }
}
