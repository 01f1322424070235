//! The platform as one value: clock, randomness, disk, network, variables of the environment, tasks, threads and other programs.
//!
//! In: nothing. Out: a [`Host`] that every room below the engine is handed. Clippy's `disallowed_methods`
//! refuses the clock, the disk and the start of anything elsewhere, but for what is listed below, so that a test can put a simulation in its place: one thread, simulated time, a network of its own.
//!
//! Not handed in yet: the stand-ins (a server with a socket, a thread and a clock of its own), the watching of files (`reload`), files of
//! records (`systems/file`: streams), refresh tokens, the key and the locks of the state (locks between processes), and the runtime that
//! an exchange with a vault needs, since secrets are fetched by steps that don't wait.

#![expect(clippy::disallowed_methods, reason = "the one place that touches the real platform")]

mod disk;
mod net;
pub mod own_folder;
mod real;

pub use disk::{About, Disk, Kind, not_a_pipe};
pub use net::{Exchange, HttpClient, HttpOptions, HttpReply, HttpRequest, NetError, NetErrorKind};
pub use real::{Real, http_client};

use futures_util::future::BoxFuture;
use jiff::Timestamp;
use std::{
    fmt, io,
    ops::Deref,
    process::Output,
    sync::Arc,
    thread::JoinHandle,
    time::{Duration, Instant},
};

/// Everything that the program gets from outside, in one place.
pub trait Platform: Send + Sync {
    /// The time of day.
    fn now(&self) -> Timestamp;
    /// A clock that only goes forward: for what takes how long. A simulation gives one instant plus its own time.
    fn instant(&self) -> Instant;
    /// Random bytes that nobody can guess. A simulation draws its own from a seed.
    fn random(&self) -> [u8; 32];
    /// Ends after some time.
    fn sleep(&self, time: Duration) -> BoxFuture<'static, ()>;
    /// Blocks this thread for some time.
    fn pause(&self, time: Duration);
    /// A variable of the environment, if it is set.
    fn variable(&self, name: &str) -> Option<String>;
    /// Begins a task beside this one; it goes on when nobody waits for it.
    fn spawn(&self, task: BoxFuture<'static, ()>);
    /// Begins work that blocks, out of the way of tasks.
    fn spawn_blocking(&self, work: Box<dyn FnOnce() + Send>);
    /// Begins a thread with a name.
    ///
    /// # Errors
    /// The system gives none.
    fn thread(&self, name: &str, work: Box<dyn FnOnce() + Send>) -> io::Result<JoinHandle<()>>;
    /// Files and folders.
    fn disk(&self) -> &dyn Disk;
    /// The VFS of SQLite that databases lie in; none for its usual one.
    fn vfs(&self) -> Option<&str>;
    /// What requests are sent with.
    ///
    /// # Errors
    /// The options can't be met.
    fn http(&self, options: &HttpOptions) -> Result<Arc<dyn HttpClient>, NetError>;
    /// Runs another program to its end, with a text on its standard input.
    ///
    /// # Errors
    /// It can't be started, or broke off.
    fn program(&self, name: &str, args: &[&str], input: &str) -> io::Result<Output>;
}

/// The platform, shared by cloning.
#[derive(Clone)]
pub struct Host(Arc<dyn Platform>);

impl Host {
    /// Any platform: a simulation's.
    pub fn new(platform: impl Platform + 'static) -> Self {
        Self(Arc::new(platform))
    }

    /// The real one.
    #[must_use]
    pub fn real() -> Self {
        Self::new(Real)
    }

    /// A random name: 64 hexadecimal digits.
    #[must_use]
    pub fn random_name(&self) -> String {
        blake3::Hash::from_bytes(self.random()).to_hex().to_string()
    }

    /// How long ago an instant was.
    #[must_use]
    pub fn since(&self, begun: Instant) -> Duration {
        self.instant().saturating_duration_since(begun)
    }

    /// The same in milliseconds, as reports have it.
    #[must_use]
    pub fn milliseconds_since(&self, begun: Instant) -> u64 {
        u64::try_from(self.since(begun).as_millis()).unwrap_or(u64::MAX)
    }
}

impl Deref for Host {
    type Target = dyn Platform;

    fn deref(&self) -> &Self::Target {
        &*self.0
    }
}

impl fmt::Debug for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Host")
    }
}
