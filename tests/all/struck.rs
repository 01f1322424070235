//! A system on loopback that kills its client, or sends it a signal, after a write was done and before its answer came.

use super::project::TestProject;
use serde_json::Value as Json;
use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    process::{Child, Command, Stdio},
    sync::{Arc, Mutex, MutexGuard},
    time::{Duration, Instant},
};

/// The status of an answer that never comes: the connection is cut.
pub const CUT: u16 = 0;

/// The records of the system, and what it answers.
pub trait Records: Default + Send + 'static {
    fn answer(&mut self, method: &str, path: &str, body: &Json) -> (u16, Json);
}

struct Shared<R> {
    records: R,
    writes: usize,
    /// The client is killed after this write was done and before it gets the answer.
    strike_at: usize,
    /// The client gets this signal instead, and then its answer.
    signal: Option<i32>,
    child: Option<Child>,
}

/// The system, with the project of one pipeline that writes to it.
pub struct Struck<R> {
    pub project: TestProject,
    shared: Arc<Mutex<Shared<R>>>,
}

/// The records of the system while it stands still.
pub struct Held<'a, R>(MutexGuard<'a, Shared<R>>);

impl<R> std::ops::Deref for Held<'_, R> {
    type Target = R;

    fn deref(&self) -> &R {
        &self.0.records
    }
}

impl<R> std::ops::DerefMut for Held<'_, R> {
    fn deref_mut(&mut self) -> &mut R {
        &mut self.0.records
    }
}

impl<R: Records> Struck<R> {
    /// A project with a pipeline whose target is this system, by its setting `base`.
    pub fn new(file: &str, pipeline: &str, target: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let shared = Arc::new(Mutex::new(Shared { records: R::default(), writes: 0, strike_at: 0, signal: None, child: None }));
        let served = Arc::clone(&shared);
        std::thread::spawn(move || {
            for connection in listener.incoming().map_while(Result::ok) {
                let served = Arc::clone(&served);
                std::thread::spawn(move || serve(connection, &served));
            }
        });
        let project = TestProject::empty();
        project.write(file, pipeline).write("counterpart.toml", format!("[env.production.{target}]\nbase = \"{base}\"\n"));
        Self { project, shared }
    }

    pub fn held(&self) -> Held<'_, R> {
        Held(self.shared.lock().unwrap())
    }

    /// Makes the first change set, reads it and applies it.
    pub fn publish(&self, pipeline: &str) {
        let plan = self.project.counterpart(&["plan", pipeline]);
        let applied = self.project.counterpart(&["apply", &plan.keys("id")[0]]);
        assert_eq!(applied.code, 0, "{plan:?} {applied:?}");
    }

    /// Runs until the write of this number is done. Returns whether there was one.
    pub fn struck_at(&self, pipeline: &str, write: usize) -> bool {
        self.ended(&["run", pipeline], write, None).is_none()
    }

    /// The same while a change set is applied.
    pub fn apply_struck_at(&self, id: &str, write: usize) -> bool {
        self.ended(&["apply", id], write, None).is_none()
    }

    /// Runs, and sends a signal after the write of this number was done and before it is answered. Returns the exit code.
    pub fn signalled_at(&self, pipeline: &str, write: usize, signal: i32) -> Option<i32> {
        self.ended(&["run", pipeline], write, Some(signal))
    }

    /// Runs, and is killed after this time, unless it has ended by then. Whether it was killed.
    pub fn killed_after(&self, pipeline: &str, time: Duration) -> bool {
        let begun = Instant::now();
        let mut child = self.started(&["run", pipeline]);
        loop {
            if child.try_wait().unwrap().is_some() {
                return false;
            }
            if begun.elapsed() >= time {
                child.kill().unwrap();
                child.wait().unwrap();
                return true;
            }
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    fn started(&self, args: &[&str]) -> Child {
        self.project.command(args).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
    }

    fn ended(&self, args: &[&str], write: usize, signal: Option<i32>) -> Option<i32> {
        {
            let mut shared = self.shared.lock().unwrap();
            (shared.writes, shared.strike_at, shared.signal) = (0, write, signal);
            shared.child = Some(self.started(args));
        }
        let begun = Instant::now();
        loop {
            assert!(begun.elapsed() < Duration::from_secs(30), "never ended");
            let mut shared = self.shared.lock().unwrap();
            let ended = shared.child.as_mut().and_then(|child| child.try_wait().unwrap());
            if let Some(status) = ended {
                shared.strike_at = 0;
                return status.code();
            }
            drop(shared);
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

fn serve<R: Records>(connection: TcpStream, shared: &Mutex<Shared<R>>) {
    let mut reader = BufReader::new(connection.try_clone().unwrap());
    let mut head = Vec::new();
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).unwrap_or(0) == 0 {
            return;
        }
        if line.trim().is_empty() {
            break;
        }
        head.push(line.trim().to_owned());
    }
    let length = head.iter().find_map(|line| line.to_lowercase().strip_prefix("content-length:").map(|length| length.trim().to_owned()));
    let mut body = vec![0; length.map_or(0, |length| length.parse().unwrap())];
    reader.read_exact(&mut body).unwrap();
    let mut words = head[0].split(' ');
    let (method, path) = (words.next().unwrap().to_owned(), words.next().unwrap().to_owned());
    let body = serde_json::from_slice(&body).unwrap_or(Json::Null);
    let mut shared = shared.lock().unwrap();
    let (status, answer) = shared.records.answer(&method, &path, &body);
    if method != "GET" {
        shared.writes += 1;
        if shared.writes == shared.strike_at {
            let Some(signal) = shared.signal else {
                shared.child.as_mut().unwrap().kill().unwrap();
                return;
            };
            let process = shared.child.as_ref().unwrap().id().to_string();
            assert!(Command::new("kill").args([&format!("-{signal}"), &process]).status().unwrap().success());
            drop(shared);
            std::thread::sleep(Duration::from_millis(300));
        }
    }
    if status == CUT {
        return;
    }
    let text = answer.to_string();
    let head =
        format!("HTTP/1.1 {status} So\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", text.len());
    let _ = (&connection).write_all((head + &text).as_bytes());
}
