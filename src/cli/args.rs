//! The commands and their flags.

use crate::state::decisions::Choice;
use clap::{Args, Parser, Subcommand, ValueEnum};
use jiff::civil::Date;
use std::path::PathBuf;

/// Keeps the people in one system in step with their counterparts in another.
#[derive(Debug, Parser)]
#[command(name = "counterpart", version, about, disable_help_subcommand = true)]
#[command(after_help = "Without a command: the status of the pipelines here.")]
pub struct Cli {
    #[command(flatten)]
    pub common: Common,
    #[command(subcommand)]
    pub command: Option<Command>,
}

/// Flags that every command takes.
#[derive(Args, Clone, Debug)]
pub struct Common {
    /// The environment, as `counterpart.toml` names it
    #[arg(long, global = true, env = "COUNTERPART_ENV", value_name = "NAME")]
    pub env: Option<String>,
    /// Use stand-ins of both systems on this machine, with data and state of their own
    #[arg(long, global = true)]
    pub sandbox: bool,
    /// In the sandbox, answer a call with an outcome: 'create conflict', 'find by email temporary'
    #[arg(long, global = true, value_name = "'CALL OUTCOME'")]
    pub answer: Vec<String>,
    /// How the result is printed: text on a terminal, lines in a pipe, or what is asked for
    #[arg(long, global = true, value_enum, value_name = "F")]
    pub format: Option<Format>,
    /// Print all rows, not three examples of each group
    #[arg(long, global = true)]
    pub all: bool,
    /// Whether names and personal values are printed; `full` on a terminal, `keys` elsewhere
    #[arg(long, global = true, value_enum, value_name = "WHO")]
    pub people: Option<People>,
    /// Print only the result
    #[arg(short, long, global = true)]
    pub quiet: bool,
    /// Print each request with its status and time
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub verbose: u8,
    /// Never ask a question; a missing answer is an error that names its flag
    #[arg(long, global = true)]
    pub no_input: bool,
    /// When to use colour
    #[arg(long, global = true, value_enum, value_name = "WHEN")]
    pub color: Option<ColorWhen>,
    /// Plain ASCII in place of box drawing and arrows
    #[arg(long, global = true)]
    pub ascii: bool,
    /// The folder of the pipelines; by default this one, or `pipelines` in it
    #[arg(long, global = true, value_name = "DIR")]
    pub folder: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    Text,
    Lines,
    Json,
    Jsonl,
    Github,
    Sarif,
    Markdown,
    Csv,
}

impl Format {
    /// The word on the command line.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Lines => "lines",
            Self::Json => "json",
            Self::Jsonl => "jsonl",
            Self::Github => "github",
            Self::Sarif => "sarif",
            Self::Markdown => "markdown",
            Self::Csv => "csv",
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum People {
    Full,
    Keys,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ColorWhen {
    Auto,
    Always,
    Never,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Write a first pipeline, from questions or flags
    New(New),
    /// Say what is wrong with the files, and how to fix it
    Check(Check),
    /// Format the files
    Fmt(Fmt),
    /// Show the execution plan, a change set (c-…) or a run (its number)
    Show(Show),
    /// Show what a run would do, and save it as a change set
    Plan(Plan),
    /// Suggest lines for `map`, from the values of linked records
    Suggest(Suggest),
    /// Do exactly what a change set says, or refuse
    Apply(Apply),
    /// Plan and apply, unattended
    Run(Run),
    /// Approve what holds a change set, and start a run: runs may do the same or less of it for 72 hours
    Approve(Approve),
    /// Say that a held change set is not to be done, and end an approval of it
    Decline(Decline),
    /// Say after each save what is wrong, or what would change
    Watch(Watch),
    /// Show settings and secrets, set one, or verify them with the systems
    Settings(Settings),
    /// List the runs
    History(History),
    /// List what went wrong in a run, record by record
    Errors(Errors),
    /// List what waits for a person: change sets and records, each with its reason and what ends the wait
    Held(Held),
    /// Decide about a record that waits, or about those of a list from standard input (`-`), for the next run
    Decide(Decide),
    /// Let the next run write records again that the target refused or did not keep
    Retry(Retry),
    /// Say what became of a call that was never answered: make it again, or count it as made
    Resend(Resend),
    /// Remove what is kept here of one person, and hold its key from then on; nothing is sent to any system
    Forget(Forget),
    /// Print the links of a pipeline as a list: each record with its account
    Export(Export),
    /// Link records with the accounts of a list from standard input, in CSV or JSON lines; nothing is sent to any system
    Import(Import),
    /// Say that a pipeline which has other systems or another key now has the same people: its links move along
    Rebind(Rebind),
    /// Let the later steps of those who have left come earlier, where the file has a shorter delay by now
    Restage(Restage),
    /// Serve the stand-ins of both systems to other clients
    Sandbox(Sandbox),
    /// Explain a code (E0311), a function (title_case), a word of the language (leaver) or of the screens (held)
    Explain(Explain),
    /// Print shell completions
    Completions(Completions),
    /// Write the manual pages into a folder
    Man(Man),
    /// A word that is not a command
    #[command(external_subcommand)]
    Other(Vec<String>),
}

#[derive(Args, Debug)]
pub struct New {
    /// Name of the pipeline
    pub name: Option<String>,
    /// The system that people come from: a known one (lucca), or a CSV or JSON lines file
    #[arg(long, value_name = "SYSTEM")]
    pub source: Option<String>,
    /// The system that people go to: a known one (reward_gateway, scim), or a JSON lines or CSV file
    #[arg(long, value_name = "SYSTEM")]
    pub target: Option<String>,
    /// The attributes that identify the same person on both sides
    #[arg(long = "match", value_name = "SOURCE=TARGET")]
    pub who_is_who: Option<String>,
    /// The source attribute with the last day, or `none` if nobody leaves
    #[arg(long, value_name = "ATTRIBUTE")]
    pub leavers: Option<String>,
    /// The guard on leavers
    #[arg(long, value_name = "LIMIT", default_value = "10% or 5")]
    pub at_most: String,
    /// The time zone of the pipeline
    #[arg(long, value_name = "ZONE")]
    pub zone: Option<String>,
    /// A setting of one of the systems: SYSTEM.NAME=VALUE
    #[arg(long = "set", value_name = "SYSTEM.NAME=VALUE")]
    pub set: Vec<String>,
}

#[derive(Args, Debug)]
#[command(args_conflicts_with_subcommands = true)]
pub struct Settings {
    #[command(subcommand)]
    pub command: Option<SettingsCommand>,
    /// A pipeline or a setting; its choices are fetched from the system
    pub name: Option<String>,
    /// A setting of that pipeline
    pub setting: Option<String>,
    /// Fetch all choices from the systems
    #[arg(long)]
    pub live: bool,
}

#[derive(Debug, Subcommand)]
pub enum SettingsCommand {
    /// Set a value in `counterpart.toml`; a secret is read from standard input
    Set(SetSetting),
    /// Check whether each system accepts the credentials, and each setting
    Verify(Verify),
    /// Agree that the secrets of a system are sent to another address; without an address, list those agreed on
    Trust(Trust),
}

#[derive(Args, Debug)]
pub struct Trust {
    /// A system
    pub system: String,
    /// All origins that its secrets may be sent to, such as https://api.example.com
    pub origins: Vec<String>,
}

#[derive(Args, Debug)]
pub struct SetSetting {
    /// SYSTEM.NAME, PIPELINE.NAME, PIPELINE NAME, or NAME if only one setting has it
    pub name: String,
    /// The value, several values for a list (`[]` for an empty one), or none for a secret; `--` before a value that begins with `-`
    #[arg(allow_negative_numbers = true)]
    pub values: Vec<String>,
    /// Where a secret is kept: keyring, file, env:VARIABLE, vault:PATH#KEY; by default the keyring, or a file if there is no keyring
    #[arg(long = "in", value_name = "PLACE")]
    pub place: Option<String>,
}

#[derive(Args, Debug)]
pub struct Forget {
    /// The key of the person in the source, as it is shown
    pub key: String,
    /// The pipeline, by name or file
    #[arg(long, value_name = "PIPELINE")]
    pub pipeline: Option<String>,
    /// Let a forgotten key be planned again
    #[arg(long)]
    pub lift: bool,
}

#[derive(Args, Debug)]
pub struct Verify {
    /// A pipeline; all by default
    pub pipeline: Option<String>,
}

#[derive(Args, Debug)]
pub struct Check {
    /// Pipelines by name or file; all by default
    pub pipelines: Vec<String>,
    /// Make every edit for which there is only one reading
    #[arg(long)]
    pub fix: bool,
    /// Also exit 1 on `lints`, or on single lints by their codes (L0701,L0702)
    #[arg(long, value_name = "WHAT", value_delimiter = ',')]
    pub deny: Vec<String>,
}

#[derive(Args, Debug)]
pub struct Fmt {
    /// Files, or `-` for standard input; all files by default
    pub files: Vec<PathBuf>,
    /// Change nothing, and exit 1 if a file is not formatted
    #[arg(long)]
    pub check: bool,
    /// Change nothing, and print what would change
    #[arg(long)]
    pub diff: bool,
}

#[derive(Args, Debug)]
pub struct Show {
    /// A pipeline, a change set (c-…) or the number of a run
    pub what: Option<String>,
    #[command(flatten)]
    pub filter: Filter,
}

#[derive(Args, Clone, Debug, Default)]
pub struct Filter {
    /// Print only these rows: linked, leave, create, update:division, key:00112, line:17, held; a comma is or, repeating is and
    #[arg(long, value_name = "X")]
    pub filter: Vec<String>,
}

#[derive(Args, Debug)]
pub struct Plan {
    /// The pipeline, by name or file
    pub pipeline: Option<String>,
    /// Plan for this day instead of today
    #[arg(long, value_name = "DATE", value_parser = day)]
    pub today: Option<Date>,
    /// Exit 10 if there is anything to write
    #[arg(long)]
    pub exit_code: bool,
    #[command(flatten)]
    pub filter: Filter,
}

#[derive(Args, Debug)]
pub struct Suggest {
    /// The pipeline, by name or file
    pub pipeline: Option<String>,
    /// Write the sure lines into the file
    #[arg(long)]
    pub write: bool,
}

#[derive(Args, Debug)]
pub struct Apply {
    /// The change set (c-…)
    pub change_set: String,
}

#[derive(Args, Debug)]
pub struct Run {
    /// The pipeline, by name or file
    pub pipeline: Option<String>,
}

#[derive(Args, Debug)]
pub struct Approve {
    /// The change set (c-…)
    pub change_set: String,
    /// The key of a record that is left out, and waits by name; may be given several times
    #[arg(long, value_name = "KEY")]
    pub without: Vec<String>,
    /// The reason, for the history
    #[arg(long, value_name = "TEXT")]
    pub why: Option<String>,
}

#[derive(Args, Debug)]
pub struct Decline {
    /// The change set (c-…)
    pub change_set: String,
    /// The reason, for the history
    #[arg(long, value_name = "TEXT")]
    pub why: String,
}

#[derive(Args, Debug)]
pub struct Watch {
    /// The pipeline, by name or file
    pub pipeline: Option<String>,
}

#[derive(Args, Debug)]
pub struct History {
    /// The pipeline, by name or file
    pub pipeline: Option<String>,
    /// The number of runs
    #[arg(short = 'n', long, default_value_t = 20, value_name = "N", value_parser = count)]
    pub last: u32,
}

#[derive(Args, Debug)]
pub struct Errors {
    /// The number of the run; the last one by default
    #[arg(value_parser = run_number)]
    pub run: Option<i64>,
}

#[derive(Args, Debug)]
pub struct Held {
    /// The pipeline, by name or file; all by default
    pub pipeline: Option<String>,
}

#[derive(Args, Debug)]
pub struct Export {
    /// The pipeline, by name or file
    pub pipeline: Option<String>,
}

#[derive(Args, Debug)]
pub struct Import {
    /// The pipeline, by name or file
    pub pipeline: Option<String>,
}

#[derive(Args, Debug)]
pub struct Decide {
    /// The key of the record, or `-` for a list in CSV or JSON lines with `key`, `choice`, `account` and `why`
    pub key: String,
    /// link, new, leave, recreate, unlink, keep or wait; asked at the terminal if it is left out
    pub choice: Option<Choice>,
    /// The id of the account, for `link` and `leave`
    pub account: Option<String>,
    /// The reason, for the history
    #[arg(long, value_name = "TEXT")]
    pub why: Option<String>,
    /// The pipeline, by name or file
    #[arg(long, value_name = "PIPELINE")]
    pub pipeline: Option<String>,
}

#[derive(Args, Debug)]
pub struct Rebind {
    /// The pipeline, by name or file
    pub pipeline: Option<String>,
}

#[derive(Args, Debug)]
pub struct Restage {
    /// The pipeline, by name or file
    pub pipeline: Option<String>,
    /// How many people's steps come earlier, as shown without this option: then they do
    #[arg(long, value_name = "NUMBER")]
    pub confirm: Option<usize>,
}

#[derive(Args, Debug)]
pub struct Retry {
    /// The keys of the records; all that wait by default
    #[arg(value_name = "KEY")]
    pub keys: Vec<String>,
    /// The pipeline, by name or file
    #[arg(long, value_name = "PIPELINE")]
    pub pipeline: Option<String>,
}

#[derive(Args, Debug)]
pub struct Resend {
    /// The key of the record
    pub key: String,
    /// The name of the call, as the pipeline has it
    pub call: String,
    /// It was made: do not make it again
    #[arg(long)]
    pub done: bool,
    /// The pipeline, by name or file
    #[arg(long, value_name = "PIPELINE")]
    pub pipeline: Option<String>,
}

#[derive(Args, Debug)]
pub struct Sandbox {
    /// The pipeline whose systems are served, by name or file
    pub pipeline: Option<String>,
    /// Load a folder of seed data (`next_day`) over the existing data, and stop
    #[arg(long, value_name = "SEED", conflicts_with = "reset")]
    pub load: Option<String>,
    /// Restore the seed data, forget the runs of the sandbox, and stop
    #[arg(long)]
    pub reset: bool,
    /// The first port; the second system takes the one after it
    #[arg(long, value_name = "PORT", default_value_t = 8710, value_parser = port)]
    pub port: u16,
}

#[derive(Args, Debug)]
pub struct Explain {
    /// A code, a function, a word of the language or of the screens, or a collection such as `lucca.users`; `functions` lists all functions
    pub what: Vec<String>,
}

#[derive(Args, Debug)]
pub struct Completions {
    /// The shell
    pub shell: clap_complete::Shell,
}

#[derive(Args, Debug)]
pub struct Man {
    /// The folder
    #[arg(value_name = "FOLDER")]
    pub into: PathBuf,
}

/// What an argument has to be, where it is something else.
#[derive(Debug, thiserror::Error)]
enum Misfit {
    #[error("write a day of the calendar, such as 2026-03-01")]
    Day,
    #[error("write the number of a run, as `history` lists it")]
    RunNumber,
    #[error("write a whole number")]
    Count,
    #[error("write a port, from 1 to 65535")]
    Port,
}

fn day(word: &str) -> Result<Date, Misfit> {
    word.parse().map_err(|_| Misfit::Day)
}

fn run_number(word: &str) -> Result<i64, Misfit> {
    word.parse().map_err(|_| Misfit::RunNumber)
}

fn count(word: &str) -> Result<u32, Misfit> {
    word.parse().map_err(|_| Misfit::Count)
}

fn port(word: &str) -> Result<u16, Misfit> {
    word.parse().map_err(|_| Misfit::Port)
}
