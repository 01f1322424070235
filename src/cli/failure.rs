//! Why a command did not do its work, and the exit code that says so.

use super::terminal::{Ink, Terminal};
use std::process::ExitCode;

/// The exit codes (they are documented in the reference and never change meaning).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    /// Done, changes or none.
    Done = 0,
    /// A file or a test is wrong.
    File = 1,
    /// The command is wrong.
    Command = 2,
    /// Held by a guard, or not yet approved.
    Held = 3,
    /// Done, some failed.
    SomeFailed = 4,
    /// Stopped: sign-in, network, incomplete read, another run.
    Stopped = 5,
    /// Out of date.
    OutOfDate = 6,
    /// `plan --exit-code`: there is something to write.
    Changes = 10,
    /// Interrupted by the user.
    Interrupted = 130,
}

impl Exit {
    /// All of them, with what the reference says of each.
    pub const ALL: [(Self, &'static str); 9] = [
        (Self::Done, "done, with changes or without"),
        (Self::File, "a file or a test is wrong"),
        (Self::Command, "the command is wrong, or a setting or secret is missing"),
        (Self::Held, "held by a guard, or not yet published; nothing was written, or with `hold leavers` all but they"),
        (Self::SomeFailed, "done, and some records failed, or could not be looked up"),
        (Self::Stopped, "stopped: sign-in, network, an incomplete read, another run"),
        (Self::OutOfDate, "out of date: the change set is no longer true"),
        (Self::Changes, "`plan --exit-code`: there is something to write"),
        (Self::Interrupted, "interrupted"),
    ];
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

/// One clear sentence, what can be done, and the exit code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    pub exit: Exit,
    pub message: String,
    /// The command to try next, if one helps.
    pub next: Option<String>,
}

impl Failure {
    /// A failure with its exit code and sentence.
    #[must_use]
    pub fn new(exit: Exit, message: impl Into<String>) -> Self {
        Self { exit, message: message.into(), next: None }
    }

    /// The command is wrong.
    #[must_use]
    pub fn command(message: impl Into<String>) -> Self {
        Self::new(Exit::Command, message)
    }

    /// Something outside stopped it.
    #[must_use]
    pub fn stopped(message: impl Into<String>) -> Self {
        Self::new(Exit::Stopped, message)
    }

    /// Already printed: only the exit code is left to say.
    #[must_use]
    pub fn silent(exit: Exit) -> Self {
        Self::new(exit, "")
    }

    /// The command that helps.
    #[must_use]
    pub fn next(mut self, command: impl Into<String>) -> Self {
        self.next = Some(command.into());
        self
    }

    /// Prints it on standard error.
    pub fn print(&self, terminal: &Terminal) {
        if !self.message.is_empty() {
            let message = terminal.style.plainly(&self.message);
            let label = match self.exit {
                Exit::Done => terminal.style.paint(Ink::Yellow, "note"),
                _ => terminal.style.paint(Ink::Red, "error"),
            };
            eprintln!("{label}: {message}");
        }
        if let Some(next) = &self.next {
            terminal.next(next);
        }
    }
}

impl From<crate::state::StateError> for Failure {
    fn from(error: crate::state::StateError) -> Self {
        Self::stopped(error.to_string())
    }
}
