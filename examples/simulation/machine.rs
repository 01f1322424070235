//! The machine that the engine runs on: a simulated one, or this one, where each run is a process and both systems are servers.

use super::{
    host::{Host, simulation::Simulation},
    power, process,
    server::Servers,
    vendor::{Network, Vendors},
    vfs,
};
use std::{
    fs,
    path::Path,
    process::{Child, Command, Stdio},
    sync::{Arc, Mutex},
    time::Duration,
};
use tempfile::TempDir;

/// When both systems are first read.
pub const START: &str = "2026-01-05T02:00:00Z";

pub enum Machine {
    Simulated(Simulation),
    /// This machine, with its disk, its network and its processes.
    Real(Box<ThisMachine>),
}

pub struct ThisMachine {
    folder: TempDir,
    clock: process::Clock,
    servers: Servers,
}

impl Machine {
    pub fn simulated(seed: u64, vendors: &Arc<Mutex<Vendors>>) -> Self {
        vfs::register();
        vfs::forget();
        power::fail_at(None);
        let machine = Simulation::at(START).with_vfs(vfs::NAME).with_seed(seed);
        machine.before_write(Arc::new(power::before_write));
        machine.connect(Arc::new(Network { machine: machine.clone(), vendors: Arc::clone(vendors) }));
        // The state's database is not on the disk of other files, and only its name has to be there.
        machine.write(".counterpart/production/state.db", "");
        Self::Simulated(machine)
    }

    pub fn real(vendors: &Arc<Mutex<Vendors>>) -> Self {
        let (folder, clock) = (TempDir::new().unwrap(), process::Clock::at(START.parse().unwrap()));
        Self::Real(Box::new(ThisMachine { folder, clock, servers: Servers::start(vendors) }))
    }

    pub fn host(&self) -> Host {
        match self {
            Self::Simulated(machine) => machine.host(),
            Self::Real(machine) => machine.clock.host(),
        }
    }

    pub fn folder(&self) -> &Path {
        match self {
            Self::Simulated(machine) => machine.folder(),
            Self::Real(machine) => machine.folder.path(),
        }
    }

    /// Writes a file of the project.
    pub fn write(&self, name: &str, text: &str) {
        match self {
            Self::Simulated(machine) => machine.write(name, text),
            Self::Real(machine) => fs::write(machine.folder.path().join(name), machine.servers.placed(text)).unwrap(),
        }
    }
}

impl ThisMachine {
    /// Work of this process; its connections end with it.
    pub fn work<T>(&self, work: impl Future<Output = T>) -> T {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let done = runtime.block_on(work);
        drop(runtime);
        self.servers.settle();
        done
    }

    /// A run as a process of its own, killed after a while where one is given. None if it was killed before it ended.
    pub fn run(&self, pipeline: &str, kill: Option<Duration>) -> Option<process::Report> {
        let now = self.clock.host().now().to_string();
        let program = std::env::current_exe().unwrap();
        let report = self.folder.path().join("report.json");
        let _ = fs::remove_file(&report);
        let child = Command::new(program)
            .arg(process::FLAG)
            .args([self.folder.path().as_os_str(), report.as_os_str()])
            .args([pipeline, &now])
            .stdin(Stdio::null())
            .spawn()
            .unwrap();
        wait(child, kill);
        self.servers.settle();
        let report = serde_json::from_slice::<process::Report>(&fs::read(report).ok()?).ok()?;
        self.clock.set(report.now);
        Some(report)
    }
}

/// Waits until a process ends, or kills it.
fn wait(mut child: Child, kill: Option<Duration>) {
    if let Some(kill) = kill {
        std::thread::sleep(kill);
        child.kill().unwrap();
    }
    child.wait().unwrap();
}
