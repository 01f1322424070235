//! Progress of the engine as a stream of events, sent to the listener with which the project was opened.

use crate::{run::change_set::Verdict, systems::Observer};
use std::{fmt, path::PathBuf, sync::Arc, time::Duration};

/// Something that happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// A stage has begun.
    Begun(Stage),
    /// The progress of a stage; `of` is `None` if its size is unknown.
    Progress { stage: Stage, done: u64, of: Option<u64>, counts: Counts },
    /// A stage has ended.
    Ended { stage: Stage, done: u64, end: StageEnd },
    /// The engine waits before the next request to a system: for how long, and why (`429, Retry-After`).
    Waiting { system: String, wait: Duration, why: String },
    /// A request has ended; without a status, it got no response.
    Requested { system: String, method: String, url: String, status: Option<u16>, took: Duration },
    /// A record needs attention: why.
    Finding { key: String, verdict: Verdict, detail: String },
    /// A change set was made: how many records it would write.
    Judged { change_set: String, operations: u64 },
    /// A notice for people; nothing stops.
    Notice(Notice),
    /// A run has ended, or the request is done.
    Done { run: Option<i64> },
}

/// A stage that takes time.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stage {
    /// A collection is read: `lucca.users`.
    Read(String),
    /// A collection is written.
    Write(String),
}

impl Stage {
    /// The collection.
    #[must_use]
    pub fn collection(&self) -> &str {
        let (Self::Read(name) | Self::Write(name)) = self;
        name
    }
}

/// Operations that have ended, by what they did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    pub created: u64,
    pub updated: u64,
    pub left: u64,
    pub failed: u64,
    /// Sent, and what became of it is not known.
    pub not_known: u64,
    pub sent: u64,
}

/// How a stage ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StageEnd {
    /// All of it.
    Complete,
    /// Records changed since a time, and the number of records requested one by one.
    Since { since: jiff::Timestamp, again: u64 },
    /// Single records, as they were requested.
    OneByOne,
    /// It broke off: why.
    Broken(String),
    /// So many operations are not done.
    Unfinished(u64),
}

/// A notice for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Notice {
    /// Requests of an earlier run without a response were looked up.
    LookedUp { requests: u64, made: u64 },
    /// Calls of an earlier run without a response can't be looked up, and are not made again.
    PerhapsNotSent(u64),
    /// Events of an earlier run are sent again.
    SentAgain(u64),
    /// The requests under way are finished, and nothing more is begun.
    Finishing,
    /// A system could not be asked for its attributes, and the ones that it reported before are used.
    OldAttributes { place: String, why: String },
    /// A file has errors and is left out.
    FileLeftOut(PathBuf),
    /// The configuration has a value that nothing uses.
    UnknownKey(String),
    /// A discovered attribute that can't be chosen.
    NotChoosable { attribute: String, collection: String, why: String },
    /// A value could not be compared with what the system has.
    NotLookedUp(String),
    /// A secret is kept in a file, because the keyring is not available.
    KeptInFile(String),
    /// The error file of a run could not be written; the state has its errors.
    NoErrorFile { run: i64, why: String },
    /// Others could read the state, and can't any more.
    Narrowed { folder: PathBuf, count: usize },
    /// Others may read the state.
    NotNarrowed { folder: PathBuf, why: String },
    /// It is uncertain what was done before.
    Recovery(String),
    /// An approval does not cover what a run would do, and no run may use it any more.
    ApprovalEnded { id: String, why: String },
    /// A system announces something.
    Announced { system: String, words: String },
}

impl fmt::Display for Notice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::LookedUp { requests, made } => {
                write!(f, "looked up {requests} requests of an earlier run: {made} had been made, {} had not", requests - made)
            }
            Self::PerhapsNotSent(calls) => {
                write!(f, "{calls} calls of an earlier run were never answered and can't be looked up: they are not made again")
            }
            Self::SentAgain(events) => {
                write!(f, "{events} events of an earlier run were never answered: each is sent again, and the target drops doubles")
            }
            Self::Finishing => f.write_str("finishing the requests under way; the next run goes on from there"),
            Self::OldAttributes { place, why } => {
                write!(f, "`{place}` could not be asked which attributes it has: {why}; the ones that it reported before are used")
            }
            Self::FileLeftOut(file) => write!(f, "`{}` has errors and is left out", file.display()),
            Self::UnknownKey(words) => f.write_str(words),
            Self::NotChoosable { attribute, collection, why } => {
                write!(f, "`{attribute}` of `{collection}` can't be chosen: it {why}")
            }
            Self::NotLookedUp(why) => write!(f, "not looked up: {why}"),
            Self::KeptInFile(why) => write!(f, "kept in a file, because {why}"),
            Self::Recovery(why) => write!(f, "{why}; nobody leaves until a person has looked at a change set and applied it"),
            Self::NoErrorFile { run, why } => {
                write!(f, "the error file of run {run} can't be written: {why}; the state keeps its errors")
            }
            Self::Narrowed { folder, count } => {
                write!(f, "others could read {count} files and folders in `{}`: now only their owner can", folder.display())
            }
            Self::NotNarrowed { folder, why } => {
                write!(f, "others may read files in `{}`, and that can't be changed: {why}", folder.display())
            }
            Self::ApprovalEnded { id, why } => write!(f, "the approval of {id} has ended: {why}"),
            Self::Announced { system, words } => write!(f, "{system}: {words}"),
        }
    }
}

/// Receives events, in the order in which they happen.
pub trait Listener: Send + Sync {
    /// One event.
    fn on_event(&self, event: Event);
}

impl<F: Fn(Event) + Send + Sync> Listener for F {
    fn on_event(&self, event: Event) {
        self(event);
    }
}

/// Ignores all events.
#[derive(Clone, Copy, Debug, Default)]
pub struct IgnoreEvents;

impl Listener for IgnoreEvents {
    fn on_event(&self, _event: Event) {}
}

/// Turns observations of connections into events.
pub(super) struct Connections(pub Arc<dyn Listener>);

impl Observer for Connections {
    fn requested(&self, system: &str, method: &str, url: &str, status: Option<u16>, took: Duration) {
        let (system, method, url) = (system.to_owned(), method.to_owned(), url.to_owned());
        self.0.on_event(Event::Requested { system, method, url, status, took });
    }

    fn waiting(&self, system: &str, wait: Duration, why: &str) {
        self.0.on_event(Event::Waiting { system: system.to_owned(), wait, why: why.to_owned() });
    }

    fn noticed(&self, system: &str, words: &str) {
        self.0.on_event(Event::Notice(Notice::Announced { system: system.to_owned(), words: words.to_owned() }));
    }
}
