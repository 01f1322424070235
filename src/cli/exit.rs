//! The exit codes.

use super::signals;
use std::process::ExitCode;

/// The exit codes (they are documented in the reference and never change meaning).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    /// Done, with or without changes.
    Done = 0,
    /// A file contains errors.
    File = 1,
    /// The command is wrong.
    Command = 2,
    /// A person has to agree: it is held by a guard or a doubt, was declined, is not published yet, or secrets would be sent elsewhere.
    Held = 3,
    /// Done, but a record failed or could not be judged, the outcome of a write is not known, or the account of a leaver stays open.
    SomeFailed = 4,
    /// Stopped from outside: sign-in, network, incomplete read, another run, a file that can't be used.
    Stopped = 5,
    /// The change set is out of date, was applied or replaced, or can't be read.
    OutOfDate = 6,
    /// `plan --exit-code`: there is something to write.
    Changes = 10,
    /// Interrupted by the user.
    Interrupted = 130,
}

impl Exit {
    /// All exit codes, with their texts in the reference.
    pub const ALL: [(Self, &'static str); 9] = [
        (Self::Done, "done, with changes or without"),
        (Self::File, "a file contains errors"),
        (Self::Command, "the command is wrong, or a setting or secret is missing or wrong"),
        (
            Self::Held,
            "a person has to agree: held by a guard or a doubt, declined, not yet published, or secrets would be sent elsewhere; nothing \
             was written, or, with `hold leavers`, everything except leavers",
        ),
        (
            Self::SomeFailed,
            "done, but some records failed or could not be judged, the outcome of a write is not known, the account of a leaver stays \
             open, or a joined collection could not be read",
        ),
        (
            Self::Stopped,
            "stopped: sign-in, network, an incomplete read, an empty source, links of another system, a file or the state that can't be used, a result that can't be printed, another run",
        ),
        (
            Self::OutOfDate,
            "out of date: the change set was applied or replaced, something that it was made from has changed, it can't be read, or \
             another pipeline holds an account that it would close",
        ),
        (Self::Changes, "`plan --exit-code`: there is something to write"),
        (Self::Interrupted, "interrupted; 143 by SIGTERM, 129 by SIGHUP"),
    ];
}

impl Exit {
    /// The number that the process ends with: of an interrupted command it depends on the signal.
    #[must_use]
    pub fn code(self) -> u8 {
        if self == Self::Interrupted { signals::exit_code() } else { self as u8 }
    }

    /// The class of a command that ended so, as JSON names it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Done => "nothing_done",
            Self::File => "file",
            Self::Command => "command",
            Self::Held => "held",
            Self::SomeFailed => "some_failed",
            Self::Stopped => "stopped",
            Self::OutOfDate => "out_of_date",
            Self::Changes => "changes",
            Self::Interrupted => "interrupted",
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}
