//! What goes on while the engine works, as a stream: whoever opened the project hears it.

use crate::{run::change_set::Verdict, systems::Observer};
use std::{fmt, path::PathBuf, sync::Arc, time::Duration};

/// Something that happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// A stage has begun.
    Begun(Stage),
    /// How far a stage is; a stage that can't know its end has no `of`.
    Progress { stage: Stage, done: u64, of: Option<u64>, counts: Counts },
    /// A stage has ended.
    Ended { stage: Stage, done: u64, end: StageEnd },
    /// Nothing is sent to a system for some time: for how long, and why (`429, Retry-After`).
    Waiting { system: String, wait: Duration, why: String },
    /// A request was answered; without a status, it was not.
    Requested { system: String, method: String, url: String, status: Option<u16>, took: Duration },
    /// A record that somebody has to look at: why.
    Finding { key: String, verdict: Verdict, detail: String },
    /// A change set was judged: how many records it would write.
    Judged { change_set: String, operations: u64 },
    /// Something that people should know, and that stops nothing.
    Notice(Notice),
    /// A run has ended, or what was asked for is done.
    Done { run: Option<i64> },
}

/// What takes its time.
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
    pub sent: u64,
}

/// How a stage ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StageEnd {
    /// All of it.
    Complete,
    /// What changed since a time, and so many records requested one by one.
    Since { since: jiff::Timestamp, again: u64 },
    /// Record by record, as they were asked for.
    OneByOne,
    /// It broke off: why.
    Broken(String),
    /// So many operations are not done.
    Unfinished(u64),
}

/// Something that people should know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Notice {
    /// Requests of an earlier run, whose answers it never saw, were looked up.
    LookedUp { requests: u64, made: u64 },
    /// Events of an earlier run are sent again.
    SentAgain(u64),
    /// The requests under way are finished, and nothing more is begun.
    Finishing,
    /// A system could not be asked for its attributes, and the ones that it reported before are used.
    OldAttributes { place: String, why: String },
    /// A file has errors and is left out.
    FileLeftOut(PathBuf),
    /// The configuration sets what nothing asks for.
    UnknownKey(String),
    /// A discovered attribute that can't be chosen.
    NotChoosable { attribute: String, collection: String, why: String },
    /// A value could not be compared with what the system has.
    NotLookedUp(String),
    /// A secret is kept in a file, because the keyring can't be had.
    KeptInFile(String),
    /// A system announces something.
    Announced { system: String, words: String },
}

impl fmt::Display for Notice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::LookedUp { requests, made } => {
                write!(f, "looked up {requests} requests of an earlier run: {made} had been made, {} had not", requests - made)
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
            Self::Announced { system, words } => write!(f, "{system}: {words}"),
        }
    }
}

/// Hears events, in the order in which they happen.
pub trait Listener: Send + Sync {
    /// One event.
    fn on_event(&self, event: Event);
}

impl<F: Fn(Event) + Send + Sync> Listener for F {
    fn on_event(&self, event: Event) {
        self(event);
    }
}

/// Nobody listens.
#[derive(Clone, Copy, Debug, Default)]
pub struct IgnoreEvents;

impl Listener for IgnoreEvents {
    fn on_event(&self, _event: Event) {}
}

/// What the connections say, as events.
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
