//! A project for tests: a folder of pipelines and the command at hand.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};
use tempfile::TempDir;

/// Integration A.
pub const INTEGRATION_A: &str = "lucca_to_reward_gateway";

/// A temporary folder, removed when the test ends.
pub struct TestProject {
    folder: TempDir,
}

/// The exit code and output of a command.
#[derive(Debug)]
pub struct Answer {
    pub code: i32,
    pub out: String,
    pub err: String,
}

impl From<Output> for Answer {
    fn from(output: Output) -> Self {
        let text = |bytes| String::from_utf8(bytes).unwrap();
        Self { code: output.status.code().unwrap_or(-1), out: text(output.stdout), err: text(output.stderr) }
    }
}

impl Answer {
    /// The value of `name=` in the line that begins with `word`.
    pub fn fact(&self, word: &str, name: &str) -> Option<String> {
        let line = self.out.lines().find(|line| line.split(' ').next() == Some(word))?;
        line.split(' ').find_map(|part| part.strip_prefix(&format!("{name}="))).map(str::to_owned)
    }

    /// The same as a number; 0 where it is left out.
    pub fn count(&self, word: &str, name: &str) -> u64 {
        self.fact(word, name).and_then(|value| value.parse().ok()).unwrap_or(0)
    }

    /// The keys of the lines that begin with `word`.
    pub fn keys(&self, word: &str) -> Vec<String> {
        let lines = self.out.lines().filter_map(|line| line.strip_prefix(word).and_then(|rest| rest.strip_prefix(' ')));
        lines.filter_map(|rest| rest.split(' ').next()).map(str::to_owned).collect()
    }
}

impl TestProject {
    /// An empty folder.
    pub fn empty() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    /// A copy of the repository's pipelines.
    pub fn with_pipelines() -> Self {
        let project = Self::empty();
        copy(&Path::new(env!("CARGO_MANIFEST_DIR")).join("pipelines"), project.path());
        project
    }

    /// The quickstart pipeline over these people and these accounts.
    pub fn quickstart(people: &str, accounts: &str) -> Self {
        let project = Self::empty();
        let pipeline = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/pipelines/quickstart.sync")).unwrap();
        project.write("quickstart.sync", pipeline).write("people.csv", people).write("accounts.jsonl", accounts);
        project
    }

    /// The folder.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// A file in it.
    pub fn file(&self, name: &str) -> PathBuf {
        self.path().join(name)
    }

    /// Writes a file.
    pub fn write(&self, name: &str, text: impl AsRef<[u8]>) -> &Self {
        let path = self.file(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
        self
    }

    /// The text of a file.
    pub fn read(&self, name: &str) -> String {
        fs::read_to_string(self.file(name)).unwrap()
    }

    /// The command, ready to be given.
    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_counterpart"));
        command
            .args(args)
            .current_dir(self.path())
            .stdin(Stdio::null())
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("LANG", "C.UTF-8");
        command
    }

    /// Runs the command and waits for its answer.
    pub fn counterpart(&self, args: &[&str]) -> Answer {
        self.command(args).output().unwrap().into()
    }

    /// Runs the command in the sandbox, as a pipe sees it.
    pub fn sandboxed(&self, args: &[&str]) -> Answer {
        let all: Vec<&str> = args.iter().copied().chain(["--sandbox"]).collect();
        self.counterpart(&all)
    }

    /// A count from the sandbox's database.
    pub fn counted(&self, sql: &str) -> u64 {
        let database = rusqlite::Connection::open(self.file(".counterpart/stand-ins/sandbox.db")).unwrap();
        database.busy_timeout(std::time::Duration::from_secs(5)).unwrap();
        database.query_row(sql, [], |row| row.get::<_, i64>(0)).unwrap().try_into().unwrap()
    }

    /// A row of the sandbox's database, as JSON.
    pub fn told(&self, sql: &str) -> serde_json::Value {
        let database = rusqlite::Connection::open(self.file(".counterpart/stand-ins/sandbox.db")).unwrap();
        database.busy_timeout(std::time::Duration::from_secs(5)).unwrap();
        serde_json::from_str(&database.query_row(sql, [], |row| row.get::<_, String>(0)).unwrap()).unwrap()
    }

    /// What the state of the sandbox remembers, as JSON.
    pub fn remembered(&self, sql: &str) -> serde_json::Value {
        let database = rusqlite::Connection::open(self.file(".counterpart/sandbox/state.db")).unwrap();
        serde_json::from_str(&database.query_row(sql, [], |row| row.get::<_, String>(0)).unwrap()).unwrap()
    }

    /// The number of writing requests that the stand-ins received.
    pub fn writing_requests(&self) -> u64 {
        self.counted("SELECT count(*) FROM requests WHERE method NOT IN ('GET', 'HEAD', 'OPTIONS')")
    }

    /// Every file below the folder with its content, to prove that nothing changed.
    pub fn everything(&self) -> Vec<(PathBuf, Vec<u8>)> {
        let mut all = Vec::new();
        walk(self.path(), &mut all);
        all.sort();
        all
    }

    /// How many leases look as if their process had died.
    pub fn unreleased_leases(&self) -> u32 {
        let database = rusqlite::Connection::open(self.file(".counterpart/production/state.db")).unwrap();
        database.query_row("SELECT count(*) FROM leases WHERE released IS NULL", [], |row| row.get(0)).unwrap()
    }
}

fn walk(folder: &Path, all: &mut Vec<(PathBuf, Vec<u8>)>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            walk(&path, all);
        } else {
            all.push((path.clone(), fs::read(&path).unwrap()));
        }
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let there = to.join(path.file_name().unwrap());
        if path.file_name().is_some_and(|name| name == ".counterpart") {
            continue;
        }
        if path.is_dir() {
            copy(&path, &there);
        } else {
            fs::copy(&path, &there).unwrap();
        }
    }
}

/// The text of a system that repeats a failed request once instead of six times.
pub fn hasty(system: &str) -> String {
    let lines = system.lines().filter(|line| !line.trim_start().starts_with("retry "));
    lines.map(|line| if line.starts_with("  http ") { format!("{line}\n    retry 1 times\n") } else { format!("{line}\n") }).collect()
}
