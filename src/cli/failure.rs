//! Failures of commands, and their exit codes.

use super::{
    exit::Exit,
    terminal::{Format, Ink, Terminal},
    views::diagnostics,
};
use crate::{
    diagnose::screen_text::{in_markdown, printable_lines},
    engine::{Class, EngineError, RunEnd, SettingError},
    project::{Hint, ProjectError},
    run::change_set::questions,
};
use serde_json::json;
use std::{fmt, io};

/// Why a command failed: one sentence, what can be done about it, and the exit code.
#[derive(Clone, Debug)]
pub struct Failure {
    pub exit: Exit,
    message: Message,
    /// The command to try next, if one helps.
    next: Option<Next>,
}

#[derive(Clone, Debug)]
enum Message {
    /// Everything was printed.
    None,
    Text(String),
    Engine(Box<EngineError>),
}

#[derive(Clone, Debug)]
enum Next {
    Hint(Hint),
    /// Words after `counterpart`.
    Words(String),
}

impl Failure {
    /// A failure with its exit code and sentence.
    #[must_use]
    pub fn new(exit: Exit, message: impl Into<String>) -> Self {
        Self { exit, message: Message::Text(message.into()), next: None }
    }

    /// The command is wrong.
    #[must_use]
    pub fn command(message: impl Into<String>) -> Self {
        Self::new(Exit::Command, message)
    }

    /// A question at the terminal got no answer. `undone`: what has not happened.
    #[must_use]
    pub fn unanswered(error: &io::Error, undone: &str) -> Self {
        match error.kind() {
            io::ErrorKind::Interrupted => Self::new(Exit::Interrupted, format!("{undone}: interrupted")),
            _ => Self::new(Exit::Stopped, format!("{undone}: the answer can't be read: {error}")),
        }
    }

    /// Something outside the program stopped the command.
    #[must_use]
    pub fn stopped(message: impl Into<String>) -> Self {
        Self::new(Exit::Stopped, message)
    }

    /// Everything is printed already; only the exit code is left.
    #[must_use]
    pub const fn silent(exit: Exit) -> Self {
        Self { exit, message: Message::None, next: None }
    }

    /// The command that helps.
    #[must_use]
    pub fn hint(mut self, hint: Hint) -> Self {
        self.next = Some(Next::Hint(hint));
        self
    }

    /// The same in words, for something that is not a hint of the engine: `--help`.
    #[must_use]
    pub fn next(mut self, words: impl Into<String>) -> Self {
        self.next = Some(Next::Words(words.into()));
        self
    }

    /// Prints the failure: on standard error as a sentence, and in the requested format on standard output.
    pub fn print(&self, terminal: &Terminal) {
        match &self.message {
            Message::None => {}
            Message::Text(text) => self.report(text, terminal),
            Message::Engine(error) => match &**error {
                EngineError::Project(ProjectError::WrongFiles(files)) => {
                    diagnostics::print(&files.iter().collect::<Vec<_>>(), terminal, self.exit);
                }
                error => self.report(&words(error, terminal), terminal),
            },
        }
        match &self.next {
            Some(Next::Hint(hint)) => terminal.next(hint),
            Some(Next::Words(words)) => terminal.next_words(words),
            None => {}
        }
    }

    fn report(&self, message: &str, terminal: &Terminal) {
        let next = self.next.as_ref().map(|next| match next {
            Next::Hint(hint) => terminal.command(hint),
            Next::Words(words) => format!("counterpart {words}"),
        });
        match terminal.format {
            Format::Json | Format::Jsonl => terminal.print(&error_object(self.exit, message, next.as_deref(), terminal.format)),
            Format::Markdown if self.exit != Exit::Command => {
                terminal.print(&format!("### {}\n{}\n", self.exit.word(), in_markdown(message)))
            }
            _ => {}
        }
        self.say(message, terminal);
    }

    fn said(&self) -> String {
        match &self.message {
            Message::None => String::new(),
            Message::Text(text) => text.clone(),
            Message::Engine(error) => error.to_string(),
        }
    }

    fn say(&self, message: &str, terminal: &Terminal) {
        let label = match self.exit {
            Exit::Done => terminal.style.paint(Ink::Yellow, "note"),
            _ => terminal.style.paint(Ink::Red, "error"),
        };
        terminal.err(&format!("{label}: {}", terminal.style.plainly(&printable_lines(message))));
    }
}

/// The object that programs read in place of a result: `{"format":1,"error":{…}}`; `note` where nothing is wrong.
#[must_use]
pub fn error_object(exit: Exit, message: &str, next: Option<&str>, format: Format) -> String {
    let name = if exit == Exit::Done { "note" } else { "error" };
    let object = json!({ "format": 1, name: { "class": exit.word(), "message": message, "next": next, "exit": exit.code() } });
    if format == Format::Json { format!("{object:#}\n") } else { format!("{object}\n") }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.said())
    }
}

/// The message of the engine, with the flags and commands of this program.
fn words(error: &EngineError, terminal: &Terminal) -> String {
    let command = error.hint().map(|hint| terminal.command(&hint)).unwrap_or_default();
    match error {
        EngineError::Project(ProjectError::Settings { problems, file, section }) => {
            let each = if problems.len() == 1 { "it" } else { "each" };
            format!("{error}. Set {each} by `{command}`, or in `{}` under {section}", file.display())
        }
        EngineError::Project(ProjectError::SandboxIsNoEnvironment) => "the sandbox is not an environment; say --sandbox".to_owned(),
        EngineError::Project(ProjectError::NoPipeline(_)) => format!("{error}; --folder names another place"),
        EngineError::Setting(SettingError::NoSetting { .. }) => format!("{error}: `{command}` lists them"),
        EngineError::Setting(SettingError::NoSuchSetting { meant: None, .. }) => format!("{error}; `{command}` lists them"),
        EngineError::NotConfirmed { why, what } => {
            format!("nothing was written: {why}; a person at a terminal has to say {}", questions(what))
        }
        error => error.to_string(),
    }
}

impl From<Class> for Exit {
    fn from(class: Class) -> Self {
        match class {
            Class::Usage => Self::Command,
            Class::File => Self::File,
            Class::Held => Self::Held,
            Class::Stopped => Self::Stopped,
            Class::OutOfDate => Self::OutOfDate,
            Class::Paused => Self::Done,
            Class::Interrupted => Self::Interrupted,
        }
    }
}

impl From<RunEnd> for Exit {
    fn from(end: RunEnd) -> Self {
        match end {
            RunEnd::Done | RunEnd::NothingToDo => Self::Done,
            RunEnd::LeaversHeld => Self::Held,
            RunEnd::SomeFailed => Self::SomeFailed,
            RunEnd::Stopped => Self::Stopped,
            RunEnd::Interrupted => Self::Interrupted,
        }
    }
}

impl<E: Into<EngineError>> From<E> for Failure {
    fn from(error: E) -> Self {
        let error = error.into();
        let (exit, next) = (error.class().into(), error.hint().map(Next::Hint));
        Self { exit, message: Message::Engine(Box::new(error)), next }
    }
}
