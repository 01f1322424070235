//! Serves the systems' declarations on loopback over real HTTP. Client and stand-in use the same declaration, but share no code
//! that interprets it.
//!
//! In: a compiled [`System`] and seed records. Out: an origin that answers as the declaration says: credentials, budget, pages,
//! fields, look-ups, creates, updates and deletes. Written records stay in the sandbox's own database.
//!
//! A stand-in does only what its declaration says: Lucca, for example, hides former employees unless it is asked for them,
//! which no declaration expresses.

pub(crate) mod auth;
pub(crate) mod fake_data;
pub(crate) mod read;
pub(crate) mod request;
pub(crate) mod scope;

mod account_calls;
mod answer;
mod batch;
mod below;
mod curl;
mod elements;
mod error;
mod files;
mod forced;
mod jobs;
mod page;
mod route;
mod seed;
mod server;
mod store;
mod template;
mod trial;
mod write;

#[cfg(test)]
pub(crate) mod tests;

#[cfg(test)]
pub(crate) use store::key_of;

pub use error::SandboxError;
pub use forced::ForcedAnswer;
pub use store::{Effect, Request, Store};
pub use trial::Trials;

use crate::{
    compile::{
        ExecutionPlan, Live, Side,
        program::{Name, Program},
        system::{AuthKind, System},
    },
    host::{Disk, Host},
    value::functions::Algorithm,
};
use account_calls::AccountCall;
use jiff::civil::Date;
use server::Site;
use std::{
    collections::BTreeMap,
    net::{Ipv4Addr, TcpListener},
    path::{Path, PathBuf},
    sync::Arc,
    thread::JoinHandle,
};
use store::CollectionStore;
use tokio::sync::oneshot;

/// The name of the database in the sandbox's folder.
pub const DATABASE: &str = "sandbox.db";

/// How the stand-ins behave.
#[derive(Clone, Debug)]
pub struct Options {
    /// The port of the first stand-in; 0 for any free one. The second takes the next port.
    pub port: u16,
    /// How many times the declared budget of requests is served before 429. 1 is what the vendor does.
    pub budget_factor: u64,
    /// The number of requests that a token is valid for; none for any number.
    pub token_uses: Option<u64>,
    /// How long a token is valid, in seconds, sent as `expires_in`; none for as long as the stand-in runs.
    pub token_seconds: Option<u64>,
    /// Outcomes that calls are answered with.
    pub answers: Vec<ForcedAnswer>,
    /// The calls by which the pipeline closes and opens accounts.
    pub account_calls: Vec<AccountCall>,
    /// Files that hold secrets of the project, which the sandbox does not copy.
    pub secret_files: Vec<PathBuf>,
}

impl Default for Options {
    fn default() -> Self {
        Self { budget_factor: 1000, ..Self::strict() }
    }
}

impl Options {
    /// As strict as the declaration: the budget is what it says.
    #[must_use]
    pub const fn strict() -> Self {
        Self {
            port: 0,
            budget_factor: 1,
            token_uses: None,
            token_seconds: Some(1800),
            answers: Vec::new(),
            account_calls: Vec::new(),
            secret_files: Vec::new(),
        }
    }
}

/// A running stand-in; it stops when this is dropped.
#[derive(Debug)]
pub struct Running {
    /// `http://127.0.0.1:PORT`
    pub origin: String,
    /// The system it stands in for.
    pub system: String,
    /// The secrets it accepts, by name.
    pub secrets: BTreeMap<String, String>,
    /// A request that it answers, as a `curl` command.
    pub curl: String,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Running {
    /// The URL of the page that shows its requests.
    #[must_use]
    pub fn page(&self) -> String {
        format!("{}{}", self.origin, page::PATH)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            // A panic of that thread was reported when it happened.
            let _ = thread.join();
        }
    }
}

/// The secrets of a system in the sandbox: invented, always the same, and useless elsewhere.
#[must_use]
pub fn secrets(system: &System) -> BTreeMap<String, String> {
    let (signing, certificates) = (signing_keys(system), certificates(system, true));
    let made_up = |name: &str| match (signing.iter().any(|key| key == name), certificates.iter().any(|one| one == name)) {
        (true, _) => KEY.to_owned(),
        (_, true) => CERTIFICATE.to_owned(),
        _ => format!("sandbox-{}", &blake3::hash(format!("{}.{name}", system.name).as_bytes()).to_hex()[..16]),
    };
    system.secrets().map(|(name, _)| (name.to_owned(), made_up(name))).collect()
}

/// A private RSA key that is not secret. Clients sign their assertions to a stand-in with it.
const KEY: &str = include_str!("key.pem");

/// A certificate of that key, which no stand-in asks for: it speaks without encryption.
const CERTIFICATE: &str = include_str!("certificate.pem");

/// The secrets that sign with a private key, or go with a certificate.
fn signing_keys(system: &System) -> Vec<String> {
    programs(system)
        .into_iter()
        .flat_map(Program::parts)
        .filter_map(|part| match part {
            Program::Jwt { algorithm: Algorithm::Rs256, key, .. } => secret_of(key),
            _ => None,
        })
        .chain(certificates(system, false))
        .collect()
}

/// The secrets that are certificates, or their keys.
fn certificates(system: &System, themselves: bool) -> Vec<String> {
    let ways = system.http().into_iter().flat_map(|http| http.auth.iter().chain(http.tokens.iter().flat_map(|token| &token.auth)));
    ways.filter_map(|way| match &way.kind {
        AuthKind::Certificate { cert, key } => secret_of(if themselves { cert } else { key }),
        _ => None,
    })
    .collect()
}

fn secret_of(program: &Program) -> Option<String> {
    if let Program::Name(Name::Secret(name)) = program { Some(name.clone()) } else { None }
}

/// What the requests of a system are made of.
fn programs(system: &System) -> Vec<&Program> {
    let http = system.http().into_iter();
    let lines = http.clone().flat_map(|http| http.headers.iter().chain(&http.queries)).map(|line| &line.value);
    let tokens = http.clone().flat_map(|http| &http.tokens);
    let ways = http.flat_map(|http| http.auth.iter()).chain(tokens.clone().flat_map(|token| &token.auth));
    let calls = system
        .collections
        .iter()
        .flat_map(route::requests)
        .chain(tokens.map(|token| &token.call))
        .chain(system.http().and_then(|http| http.verify.as_ref()));
    lines.chain(ways.flat_map(|way| way.parts())).chain(calls.flat_map(|call| call.sent())).collect()
}

/// Serves a system on loopback.
///
/// # Errors
/// It is no HTTP system, the port is taken, the seed can't be read.
pub fn start(system: &Arc<System>, store: &Arc<Store>, today: Date, options: &Options) -> Result<Running, SandboxError> {
    let listener = listen(options.port)?;
    let address = listener.local_addr().map_err(|error| format!("the sandbox has no address: {error}"))?;
    let (origin, secrets) = (format!("http://{address}"), secrets(system));
    let site = Site::new(Arc::clone(system), Arc::clone(store), origin.clone(), secrets.clone(), today, options)?;
    let curl = site.curl();
    let runtime = runtime().map_err(|error| format!("the sandbox can't be started: {error}"))?;
    let (stop, stopped) = oneshot::channel();
    let server = move || serve(&runtime, listener, Arc::new(site), stopped);
    let thread = store
        .host()
        .thread(&format!("sandbox {}", system.name), Box::new(server))
        .map_err(|error| format!("the sandbox can't be started: {error}"))?;
    Ok(Running { origin, system: system.name.clone(), secrets, curl, stop: Some(stop), thread: Some(thread) })
}

#[expect(clippy::disallowed_methods, reason = "a sandbox server listens on a socket of its own")]
fn listen(port: u16) -> Result<TcpListener, SandboxError> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).map_err(|error| taken(port, &error))?;
    listener.set_nonblocking(true).map_err(|error| taken(port, &error))?;
    Ok(listener)
}

#[expect(clippy::disallowed_methods, reason = "a sandbox server waits on its socket in a thread of its own")]
fn runtime() -> std::io::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_current_thread().enable_all().build()
}

fn taken(port: u16, error: &std::io::Error) -> String {
    match error.kind() {
        std::io::ErrorKind::AddrInUse => format!("port {port} is taken, perhaps by another sandbox; --port names another"),
        _ => format!("port {port} can't be used: {error}"),
    }
}

fn serve(runtime: &tokio::runtime::Runtime, listener: TcpListener, site: Arc<Site>, stopped: oneshot::Receiver<()>) {
    runtime.block_on(async {
        let Ok(listener) = tokio::net::TcpListener::from_std(listener) else { return };
        let server = axum::serve(listener, site.router());
        tokio::select! {
            _ = server => {}
            _ = stopped => {}
        }
    });
}

/// The sandbox of one pipeline.
#[derive(Debug)]
pub struct Sandbox {
    /// One for each system that is spoken to over HTTP, the source's first.
    pub running: Vec<Running>,
    /// The number of records generated at this start, for sources without a seed.
    pub generated: usize,
    /// The folder with the copies of a system of files.
    pub files: PathBuf,
    pub store: Arc<Store>,
    systems: Vec<Arc<System>>,
    seeds: PathBuf,
    folder: PathBuf,
    secret_files: Vec<PathBuf>,
}

/// Starts the stand-ins of a pipeline's source, joins and target, and loads their seed unless they were seeded before.
/// `folder` is the sandbox's own folder; `seeds` contains files named `SYSTEM.COLLECTION.jsonl`.
///
/// # Errors
/// The folder can't be written, the seed is wrong, a file is outside the pipeline's folder.
pub fn start_for(
    host: &Host,
    plan: &ExecutionPlan,
    folder: &Path,
    seeds: &Path,
    today: Date,
    options: &Options,
) -> Result<Sandbox, SandboxError> {
    let options = &Options { account_calls: account_calls::of(plan), ..options.clone() };
    let mut sandbox = prepared(host, plan, folder, seeds, today, options)?;
    for (at, system) in sandbox.systems.iter().filter(|system| system.http().is_some()).enumerate() {
        let port = if options.port == 0 { 0 } else { options.port + u16::try_from(at).unwrap_or(0) };
        sandbox.running.push(start(system, &sandbox.store, today, &Options { port, ..options.clone() })?);
    }
    Ok(sandbox)
}

/// The sandbox of a pipeline with its records, before its stand-ins listen.
pub(crate) fn prepared(
    host: &Host,
    plan: &ExecutionPlan,
    folder: &Path,
    seeds: &Path,
    today: Date,
    options: &Options,
) -> Result<Sandbox, SandboxError> {
    let store = Arc::new(Store::open(host, &folder.join(DATABASE))?);
    let files = folder.join("files");
    files::copy(host.disk(), plan, &files, &options.secret_files)?;
    let mut sandbox = Sandbox {
        running: Vec::new(),
        generated: 0,
        files,
        store,
        systems: systems(plan),
        seeds: seeds.to_path_buf(),
        folder: folder.to_path_buf(),
        secret_files: options.secret_files.clone(),
    };
    sandbox.generated = sandbox.fill(plan, today)?;
    sandbox.knows(&options.answers)?;
    Ok(sandbox)
}

/// The sides of a plan, the source first and the target last.
fn sides(plan: &ExecutionPlan) -> impl Iterator<Item = &Side> {
    std::iter::once(&plan.source).chain(plan.joins.iter().map(|join| &join.end)).chain([&plan.target])
}

/// The systems of a plan, each once.
fn systems(plan: &ExecutionPlan) -> Vec<Arc<System>> {
    let mut systems: Vec<Arc<System>> = Vec::new();
    for side in sides(plan) {
        if !systems.iter().any(|known| known.name == side.system.name) {
            systems.push(Arc::clone(&side.system));
        }
    }
    systems
}

/// Lists the folders of a folder, for a message.
fn folders(disk: &dyn Disk, of: &Path) -> String {
    let entries = disk.list(of).unwrap_or_default().into_iter().filter(|entry| disk.is_folder(entry));
    let names: Vec<_> = entries.filter_map(|entry| Some(format!("`{}`", entry.file_name()?.to_string_lossy()))).collect();
    if names.is_empty() { "there is none".to_owned() } else { format!("there is {}", names.join(", ")) }
}

impl Sandbox {
    /// The stand-in of a system; none for a system of files.
    #[must_use]
    pub fn stand_in(&self, system: &str) -> Option<&Running> {
        self.running.iter().find(|running| running.system == system)
    }

    /// Loads what a folder below the seeds has, for example `next_day`; returns how many lines there were.
    ///
    /// # Errors
    /// The folder does not exist, or contains a record that can't be loaded.
    pub fn load(&self, name: &str, today: Date) -> Result<usize, SandboxError> {
        let folder = self.seeds.join(name);
        let disk = self.store.host().disk();
        if !disk.is_folder(&folder) {
            return Err(format!("there is no seed `{name}` below `{}`; {}", self.seeds.display(), folders(disk, &self.seeds)).into());
        }
        self.systems.iter().map(|system| seed::load(&self.store, system, &folder, today)).sum()
    }

    /// Restores everything to the seed.
    ///
    /// # Errors
    /// The database fails, or the seed is wrong.
    pub fn reset(&self, plan: &ExecutionPlan, today: Date) -> Result<(), SandboxError> {
        self.store.reset()?;
        let disk = self.store.host().disk();
        files::forget(disk, &self.files)?;
        files::copy(disk, plan, &self.files, &self.secret_files)?;
        self.fill(plan, today).map(drop)
    }

    /// Seeds the systems that were not seeded before. A source without a seed gets generated records; returns their number.
    fn fill(&self, plan: &ExecutionPlan, today: Date) -> Result<usize, SandboxError> {
        let mut new = Vec::new();
        for system in self.systems.iter().filter(|system| system.http().is_some()) {
            if !self.store.is_seeded(&system.name)? {
                new.push(system.name.as_str());
            }
            seed::seed(&self.store, system, &self.seeds, today)?;
            self.report_attributes(plan, system)?;
        }
        let mut generated = 0;
        for side in sides(plan).take(1 + plan.joins.len()).filter(|side| new.contains(&side.system.name.as_str())) {
            generated += fake_data::fill(&self.store, &side.system, side.collection(), today)?;
        }
        Ok(generated)
    }

    /// Whether each answer on request is one of a call that is served.
    fn knows(&self, answers: &[ForcedAnswer]) -> Result<(), SandboxError> {
        for answer in answers {
            let calls: Vec<_> = self.systems.iter().map(|system| answer.calls(system)).collect::<Result<_, _>>()?;
            if calls.iter().all(Vec::is_empty) {
                return Err(answer.unknown(self.systems.iter().map(|system| &**system)));
            }
        }
        Ok(())
    }

    /// Makes a system report the attributes that the settings of a pipeline name.
    fn report_attributes(&self, plan: &ExecutionPlan, system: &System) -> Result<(), SandboxError> {
        for setting in &plan.setting_uses {
            if let (Some(Live::AttributeOf { system: of, collection, .. }), Some(name)) = (&setting.live, &setting.value)
                && *of == system.name
                && let Some(collection) = system.collections.iter().find(|known| known.name == *collection)
            {
                self.store.at_once(|on| read::discovery::report(CollectionStore::of(on, system, collection), name))?;
            }
        }
        Ok(())
    }

    /// The systems of its pipeline.
    #[cfg(test)]
    pub(crate) fn systems(&self) -> &[Arc<System>] {
        &self.systems
    }

    /// The sandbox's own folder.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }
}
