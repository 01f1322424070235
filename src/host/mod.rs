//! The platform as one value: clock, randomness, disk, network, variables of the environment, tasks, threads and other programs.
//!
//! In: nothing. Out: a [`Host`] that every room below the engine is handed. Clippy's `disallowed_methods` refuses the clock, the disk and
//! the start of anything elsewhere, so that a test can put a simulation in its place: one thread, simulated time, a network of its own.
//!
//! Three things stay outside, each with an `expect` at its one function: the listening socket of a sandbox server and its runtime (`sandbox`), the
//! runtime of an exchange with a vault (`project/secrets`), because secrets are fetched by calls that block, and the random generator
//! that ring requires for an RSA signature (`systems/http/auth/jwt`), which the signature does not depend on.

#![expect(clippy::disallowed_methods, reason = "the one place that touches the real platform")]

mod coding;
mod disk;
mod net;
mod own_folder;
mod real;
mod real_disk;
mod roots;
#[cfg(test)]
#[allow(dead_code, reason = "the example `simulation` uses more of it")]
pub(crate) mod simulation;
mod watch;

pub use disk::{About, Access, Disk, FileLock, Kind, TemporaryFile, folder_of};
pub use net::{Exchange, HttpClient, HttpOptions, HttpReply, HttpRequest, Identity, NetError, NetErrorKind, is_loopback, is_private};
pub use own_folder::NAME as OWN_FOLDER;
pub use real::{Real, client_of, http_client, of_certificate};
pub use roots::{NotAdmitted, Roots};
pub use watch::FolderWatcher;

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

/// Everything that the program uses of the machine.
pub trait Platform: Send + Sync {
    /// The time of day.
    fn now(&self) -> Timestamp;
    /// A clock that never goes back, to measure durations. A simulation returns one fixed instant plus its simulated time.
    fn instant(&self) -> Instant;
    /// Unpredictable random bytes. A simulation draws them from a seed.
    fn random(&self) -> [u8; 32];
    /// Ends after some time.
    fn sleep(&self, time: Duration) -> BoxFuture<'static, ()>;
    /// Blocks this thread for some time.
    fn pause(&self, time: Duration);
    /// A variable of the environment, if it is set.
    fn variable(&self, name: &str) -> Option<String>;
    /// Starts a task that runs on its own.
    fn spawn(&self, task: BoxFuture<'static, ()>);
    /// Starts work that blocks, apart from the tasks.
    fn spawn_blocking(&self, work: Box<dyn FnOnce() + Send>);
    /// Starts a thread with a name.
    ///
    /// # Errors
    /// The system provides none.
    fn thread(&self, name: &str, work: Box<dyn FnOnce() + Send>) -> io::Result<JoinHandle<()>>;
    /// Files and folders.
    fn disk(&self) -> &dyn Disk;
    /// What notices changes in folders.
    ///
    /// # Errors
    /// The system provides none; the files have to be looked at from time to time.
    fn watcher(&self) -> io::Result<Box<dyn FolderWatcher>>;
    /// The name of this machine, for messages.
    fn machine_name(&self) -> String;
    /// The VFS of SQLite for databases; none for its default.
    fn vfs(&self) -> Option<&str>;
    /// A client for HTTP requests.
    ///
    /// # Errors
    /// The options can't be satisfied.
    fn http(&self, options: &HttpOptions) -> Result<Arc<dyn HttpClient>, NetError>;
    /// Runs another program to its end, with a text on its standard input.
    ///
    /// # Errors
    /// It can't be started, or its output can't be read.
    fn program(&self, name: &str, args: &[&str], input: &str) -> io::Result<Output>;
}

/// The platform, shared by cloning.
#[derive(Clone)]
pub struct Host(Arc<dyn Platform>);

impl Host {
    /// Any platform, such as a simulation.
    pub fn new(platform: impl Platform + 'static) -> Self {
        Self(Arc::new(platform))
    }

    /// This machine.
    #[must_use]
    pub fn real() -> Self {
        Self::new(Real)
    }

    /// A random name: 64 hexadecimal digits.
    #[must_use]
    pub fn random_name(&self) -> String {
        blake3::Hash::from_bytes(self.random()).to_hex().to_string()
    }

    /// The time since an instant.
    #[must_use]
    pub fn since(&self, begun: Instant) -> Duration {
        self.instant().saturating_duration_since(begun)
    }

    /// The time since an instant in milliseconds, as reports give it.
    #[must_use]
    pub fn milliseconds_since(&self, begun: Instant) -> u64 {
        u64::try_from(self.since(begun).as_millis()).unwrap_or(u64::MAX)
    }
}

impl Default for Host {
    fn default() -> Self {
        Self::real()
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
