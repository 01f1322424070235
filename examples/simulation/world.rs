//! One company with its two systems and the engine between them, from a seed: day after day.

use super::{
    company::Company,
    files::Files,
    host::Host,
    machine::Machine,
    model::{Invariant, Model, Seen, Violation},
    power,
    random::Random,
    trace::Trace,
    vendor::{Vendors, Weather},
    vfs,
};
use counterpart::{
    engine::{Cancel, Engine, EngineError, IgnoreEvents, Ran, RunEnd, RunReport, Workspace},
    project::ProjectOptions,
    run::change_set::{ChangeSet, Verdict},
};
use jiff::{ToSpan, civil::Date, tz::TimeZone};
use std::{
    collections::BTreeMap,
    pin::pin,
    sync::{Arc, Mutex, MutexGuard},
    task::{Context, Poll},
    time::{Duration, Instant},
};

pub const PIPELINE: &str = "people";
/// Turns of a run: many times what the longest takes.
const TURNS: u32 = 1_000_000;

/// What was counted while a world went on.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    pub days: u64,
    pub runs: u64,
    pub kills: u64,
    pub held: u64,
    pub approved: u64,
    pub stopped: u64,
    pub writes: u64,
    pub waits: BTreeMap<String, u64>,
    /// What people did, and what they could not do.
    pub desk: BTreeMap<String, u64>,
}

impl Tally {
    pub fn add(&mut self, other: &Self) {
        self.days += other.days;
        self.runs += other.runs;
        self.kills += other.kills;
        self.held += other.held;
        self.approved += other.approved;
        self.stopped += other.stopped;
        self.writes += other.writes;
        for (why, days) in &other.waits {
            *self.waits.entry(why.clone()).or_default() += days;
        }
        for (what, times) in &other.desk {
            *self.desk.entry(what.clone()).or_default() += times;
        }
    }
}

/// How the engine ended.
pub enum Ended<T> {
    /// The power failed before.
    Killed,
    By(T),
}

pub struct World {
    machine: Machine,
    vendors: Arc<Mutex<Vendors>>,
    files: Files,
    pub model: Model,
    pub random: Random,
    kills: bool,
    today: Date,
    /// Moments of the last run that was not killed; milliseconds, if it was a process.
    moments: u64,
    /// Nights for which the machine is switched off.
    off: u64,
    pub tally: Tally,
}

impl World {
    /// A world on a simulated machine, or with `processes` on this one.
    pub fn new(seed: u64, kills: bool, processes: bool) -> Self {
        let mut random = Random::new(seed);
        let start: Date = "2026-01-05".parse().unwrap();
        let files = Files::draw(&mut random);
        let company = Company::found(files.leaving, 15 + random.below(25), &mut random, start);
        let vendors = Vendors::new(company, files.refuses_doubles, start, random.fork(), Trace::default());
        let vendors = Arc::new(Mutex::new(vendors));
        let machine = if processes { Machine::real(&vendors) } else { Machine::simulated(seed, &vendors) };
        let (model, tally) = (Model::default(), Tally::default());
        let world = Self { machine, vendors, files, model, random, kills, today: start, moments: 300, off: 0, tally };
        world.write_files();
        world.people_of_old();
        world
    }

    pub fn vendors(&self) -> MutexGuard<'_, Vendors> {
        self.vendors.lock().unwrap()
    }

    pub fn today(&self) -> Date {
        self.today
    }

    /// Half of the people have an account already, some of them without a number; and there are strangers.
    fn people_of_old(&self) {
        let mut random = Random::new(self.random.clone().draw());
        let mut vendors = self.vendors();
        let rows = vendors.company.rows.clone();
        for row in rows.iter().filter(|row| row.email.is_some()) {
            if random.chance(500) {
                vendors.add(Some(row), random.chance(700));
            }
        }
        (0..random.below(4)).for_each(|_| vendors.add(None, false));
    }

    fn write_files(&self) {
        for (name, text) in self.files.systems() {
            self.machine.write(name, &text);
        }
        let (name, text) = self.files.pipeline();
        self.machine.write(name, &text);
    }

    fn host(&self) -> Host {
        self.machine.host()
    }

    pub fn vendors_of(&self) -> Arc<Mutex<Vendors>> {
        Arc::clone(&self.vendors)
    }

    /// A moment at which the power fails, so often in a thousand times.
    pub fn a_moment(&mut self, often: u64) -> Option<u64> {
        (self.kills && self.random.chance(often)).then(|| self.random.below(self.moments + self.moments / 4 + 1))
    }

    /// Counts what a person did, or why it was refused.
    pub fn count(&mut self, what: &str) {
        let what: String = what.chars().map(|one| if one.is_ascii_digit() { '#' } else { one }).collect();
        *self.tally.desk.entry(what).or_default() += 1;
    }

    pub fn note(&self, line: &str) {
        let now = self.host().now();
        self.vendors().trace.line(&format!("{now} {line}"));
    }

    /// Goes on to the next day and lives through it.
    pub fn day(&mut self) -> Result<(), Violation> {
        self.tally.days += 1;
        self.today += 1.day();
        self.wake();
        self.news();
        if self.off == 0 && self.random.chance(40) {
            // Mostly one night; else long enough that the next run can't trust what it remembers.
            self.off = if self.random.chance(800) { 1 } else { 2 + self.random.below(8) };
        }
        if self.off > 0 {
            self.off -= 1;
            self.note("no run today");
            return Ok(());
        }
        let report = self.scheduled()?;
        let Some(report) = report else { return self.at_the_desk() };
        if self.is_good() && self.random.chance(300) && is_settled(&report) {
            self.run_again(&report)?;
        }
        self.at_the_desk()
    }

    /// It is night, and the time of the run.
    fn wake(&mut self) {
        let minute = i64::try_from(self.random.below(180)).unwrap_or(0);
        let due = self.today.to_zoned(TimeZone::UTC).unwrap().timestamp() + 2.hours().minutes(minute);
        let now = self.host().now();
        if due > now {
            self.host().pause(due.duration_since(now).unsigned_abs());
        }
    }

    /// What has happened since the last night.
    fn news(&mut self) {
        let mut random = self.random.fork();
        if random.chance(25) {
            self.files.edit(&mut random);
            self.write_files();
            self.note("the pipeline is edited");
        }
        let today = self.today;
        let mut vendors = self.vendors();
        vendors.today = today;
        vendors.company.live(&mut random, today);
        if random.chance(40) {
            vendors.meddle(&mut random);
        }
        // A leave that finds the account closed takes over the closing: whoever returns then gets it back.
        let here = |human: u32| vendors.company.rows.iter().any(|row| row.human == human && row.listed && row.is_here(today));
        let left: Vec<u64> =
            vendors.accounts.iter().filter(|account| account.human.is_some_and(|human| !here(human))).map(|account| account.id).collect();
        vendors
            .accounts
            .iter_mut()
            .filter(|account| !account.active && left.contains(&account.id))
            .for_each(|account| account.closed_here = true);
        vendors.hr = Weather::draw(&mut random);
        vendors.crm = Weather::draw(&mut random);
        if random.chance(40) {
            let often = *random.pick(&[50, 50, 400, 1000]);
            let keys: Vec<String> = vendors.company.rows.iter().map(|row| row.key.clone()).collect();
            vendors.hr.hidden = keys.into_iter().filter(|_| random.chance(often)).collect();
        }
        let line = format!("{today} hr {:?} crm {:?}", vendors.hr, vendors.crm);
        vendors.trace.line(&line);
    }

    /// No request went wrong today, and the source showed everybody, once.
    pub fn is_good(&self) -> bool {
        let vendors = self.vendors();
        let doubled = vendors.company.rows.iter().any(|row| row.listed && (row.doubled || row.nameless));
        vendors.hr.struck + vendors.crm.struck == 0 && vendors.hr.hidden.is_empty() && !doubled
    }

    /// The run of the night, and if it was killed, mostly another one.
    fn scheduled(&mut self) -> Result<Option<RunReport>, Violation> {
        let moment = self.a_moment(80);
        match self.run(moment)? {
            Ended::By(Some(Ran::Carried(report))) => Ok(Some(*report)),
            Ended::By(Some(Ran::Held { set, .. })) => self.person(&set).map(|()| None),
            Ended::By(None) => Ok(None),
            Ended::Killed if self.random.chance(700) => match self.run(None)? {
                Ended::By(Some(Ran::Carried(report))) => Ok(Some(*report)),
                _ => Ok(None),
            },
            Ended::Killed => Ok(None),
        }
    }

    fn open(&self) -> Result<Workspace, EngineError> {
        let options = ProjectOptions { folder: Some(self.machine.folder().to_path_buf()), ..ProjectOptions::default() };
        Ok(Engine::new(self.host()).open(options, Arc::new(IgnoreEvents))?)
    }

    /// One run, from the start of a process to its end. None if it stopped.
    pub fn run(&mut self, moment: Option<u64>) -> Result<Ended<Option<Ran>>, Violation> {
        self.tally.runs += 1;
        let ran = match self.process(moment)? {
            Ended::Killed => None,
            Ended::By(ran) => Some(ran),
        };
        let applied = matches!(&ran, Some(Ok(Ran::Carried(report))) if report.end != RunEnd::Stopped);
        if let Some(Ok(Ran::Carried(report))) = &ran {
            let words = report.set.operations.iter().map(|one| format!("{:?} {} {:?} {:?}", one.verdict, one.key, one.target, one.reason));
            self.note(&format!("planned: {}", words.collect::<Vec<_>>().join("; ")));
            let said = report.set.findings.iter().map(|one| format!("{} {} {} {}", one.key, one.verdict.token(), one.kind, one.detail));
            self.note(&format!("said: {}", said.collect::<Vec<_>>().join("; ")));
        }
        // A run that stopped or was killed may have read everything before.
        self.read(applied);
        self.judge_writes()?;
        let Some(ran) = ran else { return Ok(Ended::Killed) };
        match ran {
            Ok(Ran::Carried(report)) => {
                self.note(&format!("run {} ends: {:?}, {:?}", report.run, report.end, report.outcomes));
                if self.vendors().hr.hidden.is_empty() {
                    self.judge_end(&report)?;
                }
                Ok(Ended::By(Some(Ran::Carried(report))))
            }
            Ok(held) => {
                self.tally.held += 1;
                self.note("the run is held");
                Ok(Ended::By(Some(held)))
            }
            Err(error) => {
                self.tally.stopped += 1;
                self.note(&format!("the run stops: {error}"));
                if self.is_good() && !self.is_empty() {
                    return Err(fails(&error));
                }
                Ok(Ended::By(None))
            }
        }
    }

    /// One run, on the simulated machine or as a process of this one.
    fn process(&mut self, moment: Option<u64>) -> Result<Ended<Result<Ran, String>>, Violation> {
        if let Machine::Real(machine) = &self.machine {
            let begun = Instant::now();
            let report = machine.run(PIPELINE, moment.map(Duration::from_millis));
            let Some(report) = report else {
                self.tally.kills += 1;
                self.note("the process was killed");
                return Ok(Ended::Killed);
            };
            self.moments = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX);
            return Ok(Ended::By(report.ran()));
        }
        let ended = self.drive(moment, |workspace| async move {
            let mut workspace = workspace?;
            workspace.run(Some(PIPELINE), "schedule", Cancel::never(), &|_| ()).await
        })?;
        Ok(match ended {
            Ended::Killed => Ended::Killed,
            Ended::By(ran) => Ended::By(ran.map_err(|error| error.to_string())),
        })
    }

    fn is_empty(&self) -> bool {
        self.vendors().company.rows.iter().all(|row| !row.listed)
    }

    /// Starts a process and lets it go on until it ends or the power fails. On this machine it is done here, and no power fails.
    pub fn drive<T, F: Future<Output = T>>(
        &mut self,
        moment: Option<u64>,
        work: impl FnOnce(Result<Workspace, EngineError>) -> F,
    ) -> Result<Ended<T>, Violation> {
        if let Machine::Real(machine) = &self.machine {
            return Ok(Ended::By(machine.work(work(self.open()))));
        }
        power::fail_at(moment);
        let mut context = Context::from_waker(std::task::Waker::noop());
        let result = {
            let mut future = pin!(work(self.open()));
            let mut turns = 0;
            loop {
                if power::is_dead() {
                    break None;
                }
                match future.as_mut().poll(&mut context) {
                    Poll::Ready(value) => break Some(value),
                    Poll::Pending => turns += 1,
                }
                if turns > TURNS {
                    let what = "the run waits for something that never comes".to_owned();
                    return Err(Violation { invariant: Invariant::Fails, key: String::new(), what });
                }
            }
        };
        if power::is_dead() {
            drop(result);
            self.power_is_back();
            return Ok(Ended::Killed);
        }
        self.moments = power::moments();
        power::fail_at(None);
        vfs::after_failure(None);
        Ok(result.map_or(Ended::Killed, Ended::By))
    }

    /// The process is gone: killed, or with the power of the whole machine.
    fn power_is_back(&mut self) {
        self.tally.kills += 1;
        let mut random = self.random.fork();
        let cut = random.chance(500);
        vfs::after_failure(cut.then_some(&mut random));
        power::fail_at(None);
        self.note(if cut { "the power failed" } else { "the process was killed" });
    }

    /// A person looks at what a run holds, and applies it if it is right about everybody.
    fn person(&mut self, held: &ChangeSet) -> Result<(), Violation> {
        if !self.random.chance(700) {
            return Ok(());
        }
        if !held.head.adoption && self.random.chance(400) {
            return self.approves(held);
        }
        if !self.is_right(held) {
            return Ok(());
        }
        let moment = self.a_moment(150);
        let ended = self.drive(moment, |workspace| async move {
            let mut workspace = workspace?;
            let planned = workspace.plan(Some(PIPELINE), None).await?;
            let id = planned.set.head.id.clone();
            let (row, set, session) = workspace.publish(&id).await?;
            let prepared = session.prepare(&row, set, "person", Cancel::never()).await?;
            let numbers = prepared.needs().map(|needed| needed.answers()).unwrap_or_default();
            Ok::<_, EngineError>((planned, prepared.apply(&numbers, false).await?))
        })?;
        let Ended::By(applied) = ended else {
            self.read(false);
            return self.judge_writes();
        };
        self.read(applied.as_ref().is_ok_and(|(_, report)| report.end != RunEnd::Stopped));
        self.judge_writes()?;
        match applied {
            Ok((_, report)) => {
                self.tally.approved += 1;
                self.note(&format!("a person applies: {:?} {:?}", report.end, report.outcomes));
            }
            Err(error) => {
                self.note(&format!("a person can't apply: {error}"));
                if self.is_good() {
                    return Err(fails(&error.to_string()));
                }
            }
        }
        Ok(())
    }

    /// Whether all leavers of a change set have left.
    fn is_right(&self, set: &ChangeSet) -> bool {
        let vendors = self.vendors();
        let leaves = set.operations.iter().filter(|operation| matches!(operation.verdict, Verdict::Leave | Verdict::Stage));
        let is_here = |key: &str| vendors.company.row(key).is_some_and(|row| row.is_here(self.today));
        vendors.hr.hidden.is_empty() && leaves.into_iter().all(|operation| !is_here(&operation.key))
    }

    fn seen<'a>(&'a self, vendors: &'a Vendors) -> Seen<'a> {
        Seen { vendors, files: &self.files, now: self.host().now(), today: self.local_day() }
    }

    /// The day in the zone of the pipeline.
    pub fn local_day(&self) -> Date {
        self.host().now().to_zoned(TimeZone::get("Europe/Paris").unwrap()).date()
    }

    fn read(&mut self, applied: bool) {
        let mut model = std::mem::take(&mut self.model);
        {
            let vendors = self.vendors();
            model.read(&self.seen(&vendors), applied);
        }
        self.model = model;
    }

    fn judge_writes(&mut self) -> Result<(), Violation> {
        let writes = std::mem::take(&mut self.vendors().writes);
        self.tally.writes += writes.len() as u64;
        let vendors = self.vendors();
        self.model.judge_writes(&self.seen(&vendors), &writes).into_iter().next().map_or(Ok(()), Err)
    }

    fn judge_end(&mut self, report: &RunReport) -> Result<(), Violation> {
        let mut model = std::mem::take(&mut self.model);
        let found = {
            let vendors = self.vendors();
            model.judge_end(&self.seen(&vendors), report)
        };
        self.tally.waits.clone_from(&model.waits);
        self.model = model;
        found.into_iter().next().map_or(Ok(()), Err)
    }

    /// A second run on the same day and data.
    fn run_again(&mut self, first: &RunReport) -> Result<(), Violation> {
        let before = self.tally.writes;
        // Whoever was unlinked is matched anew, as the first run has said of them: they wait.
        let announced = (first.set.head.coming.len() + first.set.updates.unlinked.len()) as u64;
        let ran = self.run(None)?;
        let written = self.tally.writes - before;
        if written > announced {
            let Ended::By(Some(Ran::Carried(second))) = ran else { return Ok(()) };
            let what: Vec<String> =
                second.set.operations.iter().map(|one| format!("{} {:?} {:?}", one.key, one.verdict, one.steps)).collect();
            let key = second.set.operations.first().map(|one| one.key.clone()).unwrap_or_default();
            return Err(Violation { invariant: Invariant::WritesAgain, key, what: format!("a second run writes: {}", what.join("; ")) });
        }
        Ok(())
    }
}

/// Whether nothing of a run is left for the next one.
fn is_settled(report: &RunReport) -> bool {
    let done = report.outcomes.iter().all(|outcome| *outcome == counterpart::run::change_set::Outcome::Done);
    done && report.stopped.is_none()
}

fn fails(error: &str) -> Violation {
    Violation { invariant: Invariant::Fails, key: String::new(), what: format!("a run stops on a good day: {error}") }
}
