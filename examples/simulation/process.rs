//! A run as a process: this program, started again, with the library's engine, this machine's disk and network, and a given time.

use super::host::{Disk, FolderWatcher, Host, HttpClient, HttpOptions, NetError, Platform, Real};
use counterpart::{
    engine::{Cancel, Engine, EngineError, IgnoreEvents, Ran, RunEnd, RunReport},
    project::ProjectOptions,
    run::change_set::{ChangeSet, Outcome},
};
use futures_util::future::BoxFuture;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::{
    collections::BTreeSet,
    fs, io,
    path::{Path, PathBuf},
    process::{ExitCode, Output},
    sync::{Arc, Mutex},
    thread::JoinHandle,
    time::{Duration, Instant},
};

/// What starts this program as a run: `--as-run FOLDER REPORT PIPELINE NOW`.
pub const FLAG: &str = "--as-run";

/// What a process tells of its run.
#[derive(Serialize, Deserialize)]
pub struct Report {
    /// The time at its end.
    pub now: Timestamp,
    told: Told,
}

#[derive(Serialize, Deserialize)]
enum Told {
    Carried { run: i64, end: String, set: Box<ChangeSet>, outcomes: Vec<Outcome>, stopped: Option<String> },
    Held { run: i64, set: Box<ChangeSet> },
    Error(String),
}

const ENDS: [RunEnd; 6] =
    [RunEnd::Done, RunEnd::NothingToDo, RunEnd::LeaversHeld, RunEnd::SomeFailed, RunEnd::Stopped, RunEnd::Interrupted];

impl Told {
    fn of(ran: Result<Ran, EngineError>) -> Self {
        match ran {
            Ok(Ran::Carried(report)) => {
                let RunReport { run, end, set, outcomes, stopped, .. } = *report;
                Self::Carried { run, end: format!("{end:?}"), set: Box::new(set), outcomes, stopped }
            }
            Ok(Ran::Held { run, set, .. }) => Self::Held { run, set },
            Err(error) => Self::Error(error.to_string()),
        }
    }
}

impl Report {
    /// What the engine gave to the process.
    pub fn ran(self) -> Result<Ran, String> {
        match self.told {
            Told::Error(why) => Err(why),
            Told::Held { run, set } => Ok(Ran::Held { run, set, public: BTreeSet::new() }),
            Told::Carried { run, end, set, outcomes, stopped } => Ok(Ran::Carried(Box::new(RunReport {
                run,
                end: ENDS.into_iter().find(|known| format!("{known:?}") == end).unwrap(),
                set: *set,
                outcomes,
                rekeyed: Vec::new(),
                open_references: Vec::new(),
                milliseconds: 0,
                stopped,
                held_back: None,
                errors: 0,
            }))),
        }
    }
}

/// The process: runs a pipeline and writes its report.
pub fn run(args: &[String]) -> ExitCode {
    let [folder, report, pipeline, now] = args else { return ExitCode::from(2) };
    let clock = Clock::at(now.parse().unwrap());
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let ran = runtime.block_on(async {
        let options = ProjectOptions { folder: Some(PathBuf::from(folder)), ..ProjectOptions::default() };
        let mut workspace = Engine::new(clock.host()).open(options, Arc::new(IgnoreEvents))?;
        workspace.run(Some(pipeline), "schedule", Cancel::never(), &|_| ()).await
    });
    let told = Report { now: clock.now(), told: Told::of(ran) };
    // Renamed into its place, so that what a kill cuts is no report.
    let unfinished = Path::new(report).with_extension("part");
    fs::write(&unfinished, serde_json::to_vec(&told).unwrap()).unwrap();
    fs::rename(unfinished, report).unwrap();
    ExitCode::SUCCESS
}

/// The time of this machine, begun elsewhere, and with every sleep passed at once.
#[derive(Clone)]
pub struct Clock(Arc<Mutex<(Timestamp, Instant, Duration)>>);

impl Clock {
    pub fn at(now: Timestamp) -> Self {
        Self(Arc::new(Mutex::new((now, Instant::now(), Duration::ZERO))))
    }

    pub fn set(&self, now: Timestamp) {
        *self.0.lock().unwrap() = (now, Instant::now(), Duration::ZERO);
    }

    pub fn host(&self) -> Host {
        Host::new(self.clone())
    }
}

impl Platform for Clock {
    fn now(&self) -> Timestamp {
        let (start, begun, slept) = *self.0.lock().unwrap();
        start + begun.elapsed() + slept
    }

    fn instant(&self) -> Instant {
        Instant::now() + self.0.lock().unwrap().2
    }

    fn random(&self) -> [u8; 32] {
        Real.random()
    }

    fn sleep(&self, time: Duration) -> BoxFuture<'static, ()> {
        self.pause(time);
        Box::pin(tokio::task::yield_now())
    }

    fn pause(&self, time: Duration) {
        self.0.lock().unwrap().2 += time;
    }

    fn variable(&self, _: &str) -> Option<String> {
        None
    }

    fn spawn(&self, task: BoxFuture<'static, ()>) {
        Real.spawn(task);
    }

    fn spawn_blocking(&self, work: Box<dyn FnOnce() + Send>) {
        Real.spawn_blocking(work);
    }

    fn thread(&self, name: &str, work: Box<dyn FnOnce() + Send>) -> io::Result<JoinHandle<()>> {
        Real.thread(name, work)
    }

    fn disk(&self) -> &dyn Disk {
        static REAL: Real = Real;
        REAL.disk()
    }

    fn watcher(&self) -> io::Result<Box<dyn FolderWatcher>> {
        Real.watcher()
    }

    fn machine_name(&self) -> String {
        "this machine".to_owned()
    }

    fn vfs(&self) -> Option<&str> {
        None
    }

    fn http(&self, options: &HttpOptions) -> Result<Arc<dyn HttpClient>, NetError> {
        Real.http(&HttpOptions { proxy: false, ..options.clone() })
    }

    fn program(&self, name: &str, args: &[&str], input: &str) -> io::Result<Output> {
        Real.program(name, args, input)
    }
}
