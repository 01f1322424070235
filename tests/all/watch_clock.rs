//! `watch` past midnight: the day follows the clock that the engine is given.

use super::project::TestProject;
use counterpart::{
    engine::{
        Cancel, Engine, EngineError, IgnoreEvents, Workspace,
        watch::{Change, Data},
    },
    host::{Disk, FolderWatcher, Host, HttpClient, HttpOptions, NetError, Platform, Real},
    project::{ProjectError, ProjectOptions},
    reload::Swapped,
    run::change_set::Verdict,
};
use futures_util::future::BoxFuture;
use jiff::{SignedDuration, Timestamp, civil::date};
use std::{
    io,
    process::Output,
    sync::{Arc, Mutex},
    thread::JoinHandle,
    time::{Duration, Instant},
};

/// This machine, except for the time of day, which advances only by sleeping.
#[derive(Clone)]
struct HandedClock {
    now: Arc<Mutex<Timestamp>>,
    slept: Arc<Mutex<Vec<Duration>>>,
}

impl HandedClock {
    fn at(now: &str) -> Self {
        Self { now: Arc::new(Mutex::new(now.parse().unwrap())), slept: Arc::default() }
    }
}

impl Platform for HandedClock {
    fn now(&self) -> Timestamp {
        *self.now.lock().unwrap()
    }

    fn instant(&self) -> Instant {
        Real.instant()
    }

    fn random(&self) -> [u8; 32] {
        Real.random()
    }

    fn sleep(&self, time: Duration) -> BoxFuture<'static, ()> {
        self.slept.lock().unwrap().push(time);
        let now = Arc::clone(&self.now);
        Box::pin(async move {
            *now.lock().unwrap() += SignedDuration::try_from(time).unwrap();
        })
    }

    fn pause(&self, time: Duration) {
        Real.pause(time);
    }

    fn variable(&self, name: &str) -> Option<String> {
        Real.variable(name)
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
        &Real
    }

    fn watcher(&self) -> io::Result<Box<dyn FolderWatcher>> {
        Real.watcher()
    }

    fn machine_name(&self) -> String {
        Real.machine_name()
    }

    fn vfs(&self) -> Option<&str> {
        None
    }

    fn http(&self, options: &HttpOptions) -> Result<Arc<dyn HttpClient>, NetError> {
        Real.http(options)
    }

    fn program(&self, name: &str, args: &[&str], input: &str) -> io::Result<Output> {
        Real.program(name, args, input)
    }
}

fn open(project: &TestProject, clock: &HandedClock) -> Workspace {
    let options = ProjectOptions { folder: Some(project.path().to_path_buf()), ..ProjectOptions::default() };
    Engine::new(Host::new(clock.clone())).open(options, Arc::new(IgnoreEvents)).unwrap()
}

async fn publish(workspace: &mut Workspace) {
    let planned = workspace.plan(None, None).await.unwrap();
    let (row, set, session) = workspace.publish(&planned.set.head.id).await.unwrap();
    session.prepare(&row, set, "anna", Cancel::never()).await.unwrap().apply(&[], false).await.unwrap();
}

/// Ann's last day is the first of March: she leaves on the second.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn past_midnight_today_is_the_next_day_and_who_leaves_on_it_leaves() {
    let people =
        "Number;First name;Last name;Email;Left on;Manager\n1;Ann;Lee;ann@example.com;01/03/2026;no\n2;Ben;Ray;ben@example.com;;no\n";
    let project = TestProject::quickstart(people, "");
    // 23:59:30 in Paris, where the pipeline's day ends; in UTC it lasts another hour.
    let clock = HandedClock::at("2026-03-01T22:59:30Z");
    let mut workspace = open(&project, &clock);
    publish(&mut workspace).await;
    let (mut watch, first) = workspace.watch(None).await.unwrap();
    assert!(first.is_some());
    let leaves = |watch: &counterpart::engine::watch::Watch| watch.set().unwrap().of(Verdict::Leave).count();
    assert_eq!((watch.set().unwrap().head.today, leaves(&watch)), (Some(date(2026, 3, 1)), 0));

    let change = watch.next().await.unwrap();
    assert!(matches!(change, Change::NewDay), "the pipeline's midnight is half a minute away");
    let slept = clock.slept.lock().unwrap().last().copied().unwrap();
    assert!(slept > Duration::from_secs(30) && slept < Duration::from_secs(33), "{slept:?}");
    let answer = watch.take(change).await.expect("a new day is something to say");
    assert_eq!((answer.swapped, answer.data), (Swapped::Same, Data::OfThisPlan), "the same generation, judged on what it reads");
    assert_eq!((watch.set().unwrap().head.today, leaves(&watch)), (Some(date(2026, 3, 2)), 1));

    let next = watch.next().await.unwrap();
    assert!(watch.take(next).await.is_some(), "and so each day");
    assert_eq!(watch.set().unwrap().head.today, Some(date(2026, 3, 3)));
    let slept = clock.slept.lock().unwrap().last().copied().unwrap();
    assert!(slept > Duration::from_secs(23 * 3600), "one answer a day, not one after another: {slept:?}");
}

/// The files are looked at before they are checked, so that a save during the check ends the wait at once.
#[tokio::test]
async fn a_save_during_the_check_is_not_waited_for() {
    let project = TestProject::quickstart("Number;First name;Last name;Email;Left on;Manager\n", "");
    let good = project.read("quickstart.sync");
    let broken = format!("\u{feff}{}", good.replace("field email", "feild email").replace('\n', "\r\n"));
    project.write("quickstart.sync", &broken).write("counterpart.toml", "");
    let clock = HandedClock::at("2026-03-01T12:00:00Z");
    let mut workspace = open(&project, &clock);
    let files = workspace.watched_files(None);
    assert!(files.contains(&project.file("quickstart.sync")), "{files:?}");
    for (name, saved) in [("quickstart.sync", &*good), ("counterpart.toml", "default = \"production\"\n")] {
        project.write("quickstart.sync", &broken);
        let before = workspace.states(&files);
        let Err(EngineError::Project(ProjectError::WrongFiles(wrong))) = workspace.watch(None).await else { panic!("it is broken") };
        project.write(name, saved);
        workspace.saved(&wrong[0].files, &before).await;
        assert_eq!(*clock.slept.lock().unwrap(), [], "{name}");
    }
}
