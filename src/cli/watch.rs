//! `watch`: each save is checked and judged again on the data last read, and answered with a generation.
//!
//! The last good plan stays: a mistake is shown beside it and changes nothing. Sends no writing request.

use super::{
    args::{Common, Watch as Args},
    check,
    failure::{Exit, Failure},
    plan::print_change_set,
    screens::{changes, duration, ledger, ledger::Tense, number},
    session::Session,
    terminal::{Format, Ink, Terminal},
};
use crate::{
    check::{self as checking, Checked},
    diagnose::{edit, render::Tally},
    plan::{Plan, compile::compile},
    reload::{
        disk::Disk,
        generations::{Live, Swapped},
        watcher::Watcher,
    },
    run::{
        changes::ChangeSet,
        extract::{Extractor, Table},
        look::{Breadth, Memory, Reads},
    },
    systems::End,
};
use jiff::Timestamp;
use std::{
    path::PathBuf,
    sync::mpsc::{Receiver, Sender, channel},
    time::{Duration, Instant},
};

/// What the loop wakes up for.
enum Event {
    Saved,
    Key(char),
    Stop,
}

/// Watches until somebody quits.
pub async fn watch(args: &Args, common: &Common, terminal: &Terminal) -> Result<Exit, Failure> {
    let session = Session::open(args.pipeline.as_deref(), common, terminal, None).await?;
    let mut desk = Desk::open(&session, terminal).await?;
    desk.first().await;
    let (sender, events) = channel();
    let files = watch_files(&session.checked.files, sender.clone())?;
    listen(terminal, sender);
    loop {
        let Ok(event) = tokio::task::block_in_place(|| events.recv()) else { return Ok(Exit::Done) };
        match event {
            Event::Saved => {
                desk.saved().await;
                let _ = files.send(desk.files.clone());
            }
            Event::Key('q') | Event::Stop => return Ok(Exit::Done),
            Event::Key('r') => desk.read_again().await,
            Event::Key('\n') => desk.list(),
            Event::Key('f') => desk.fix()?,
            Event::Key(_) => {}
        }
    }
}

/// Tells of saves from a thread of its own; takes the files to follow from now on.
fn watch_files(files: &[PathBuf], events: Sender<Event>) -> Result<Sender<Vec<PathBuf>>, Failure> {
    let mut watcher = Watcher::new(files).map_err(Failure::stopped)?;
    let (sender, follow): (_, Receiver<Vec<PathBuf>>) = channel();
    std::thread::spawn(move || {
        loop {
            if watcher.wait(Duration::from_millis(200)) && events.send(Event::Saved).is_err() {
                return;
            }
            if let Some(files) = follow.try_iter().last() {
                watcher.follow(&files);
            }
        }
    });
    Ok(sender)
}

/// Keys at a terminal, Ctrl-C everywhere.
fn listen(terminal: &Terminal, events: Sender<Event>) {
    let stop = events.clone();
    tokio::spawn(async move {
        let _ = tokio::signal::ctrl_c().await;
        let _ = stop.send(Event::Stop);
    });
    if !terminal.can_ask {
        return;
    }
    std::thread::spawn(move || {
        let keys = console::Term::stdout();
        while let Ok(key) = keys.read_key() {
            let event = match key {
                console::Key::Char(key) => Event::Key(key),
                console::Key::Enter => Event::Key('\n'),
                console::Key::CtrlC | console::Key::Escape => Event::Stop,
                _ => continue,
            };
            if events.send(event).is_err() {
                return;
            }
        }
    });
}

/// What is compiled and judged of one save.
struct Good {
    plan: Plan,
    set: ChangeSet,
}

/// The data last read, the generations, and the screen.
struct Desk<'a> {
    session: &'a Session,
    terminal: &'a Terminal,
    live: Live<Good>,
    reads: Reads,
    memory: Memory,
    read_at: Timestamp,
    checked: Checked,
    files: Vec<PathBuf>,
}

impl<'a> Desk<'a> {
    async fn open(session: &'a Session, terminal: &'a Terminal) -> Result<Self, Failure> {
        let reads = session.read(Breadth::Everything).await;
        let checked = checking::check(&Disk, &session.found.file);
        let files = checked.files.clone();
        Ok(Self { session, terminal, live: Live::default(), reads, memory: session.memory()?, read_at: Timestamp::now(), checked, files })
    }

    async fn first(&mut self) {
        self.saved().await;
    }

    /// Checks, compiles and judges what the files say now, aside; then swaps it in whole, or not at all.
    async fn saved(&mut self) {
        let begun = Instant::now();
        self.checked = checking::check(&Disk, &self.session.found.file);
        if self.checked.project.is_some() {
            self.files.clone_from(&self.checked.files);
        }
        let (compiled, problem) = self.compile();
        let good = match compiled {
            Some(plan) => {
                let set = self.judge(&plan).await;
                Some((plan.hash.clone(), Good { plan, set }))
            }
            None => None,
        };
        let swapped = self.live.offer(good, Timestamp::now());
        self.show(swapped, begun.elapsed(), problem.as_deref());
    }

    fn compile(&self) -> (Option<Plan>, Option<String>) {
        let Some(project) = &self.checked.project else { return (None, None) };
        match compile(project, &self.session.found.name, &self.session.project.config, false) {
            Ok(plan) => (Some(plan), None),
            Err(error) => (None, Some(self.session.project.explain(error, &self.session.found.file).message)),
        }
    }

    /// Judges by a plan that may ask for other values than the one that read.
    async fn judge(&mut self, plan: &Plan) -> ChangeSet {
        let source = again(&self.reads.source, Extractor::source(&plan.source, true));
        let target = again(&self.reads.target, Extractor::target(&plan.target, true));
        let mut reads = Reads { source, target, proofs: self.reads.proofs.clone() };
        let set = self.session.judge(plan, &mut reads, &self.memory).await;
        self.reads.proofs = reads.proofs;
        set
    }

    async fn read_again(&mut self) {
        self.reads = self.session.read(Breadth::Everything).await;
        self.read_at = Timestamp::now();
        if let Ok(memory) = self.session.memory() {
            self.memory = memory;
        }
        self.live = Live::default();
        self.saved().await;
    }

    fn list(&self) {
        if let Some(generation) = self.live.current() {
            print_change_set(&generation.value.set, None, self.terminal, Exit::Done);
        }
    }

    fn fix(&self) -> Result<(), Failure> {
        let (texts, _) = edit::mend(&self.checked.diagnostics, &self.checked.sources);
        texts.iter().try_for_each(|(file, text)| check::write(&self.checked.sources.file(*file).path, text))
    }

    fn show(&self, swapped: Swapped, took: Duration, problem: Option<&str>) {
        if swapped == Swapped::Same {
            return;
        }
        let text = if self.terminal.format == Format::Text { self.screen(&swapped, took, problem) } else { self.lines(&swapped, took, problem) };
        self.terminal.print(&self.terminal.style.plainly(&text));
        if matches!(swapped, Swapped::Refused(_)) {
            check::print(&[&self.checked], self.terminal, Exit::File);
        }
        if self.terminal.format == Format::Text && self.terminal.can_ask {
            let fix = if Tally::of(&self.checked.diagnostics).fixable > 0 { "f fix   " } else { "" };
            self.terminal.say(&self.terminal.style.paint(Ink::Dim, &format!("{fix}enter list   r read again   q quit")));
        }
    }

    fn screen(&self, swapped: &Swapped, took: Duration, problem: Option<&str>) -> String {
        let style = self.terminal.style;
        let place = if self.session.project.sandbox { "SANDBOX".to_owned() } else { self.session.project.config.environment.to_uppercase() };
        let clock = |at: Timestamp| at.to_zoned(jiff::tz::TimeZone::system()).strftime("%H:%M:%S").to_string();
        let left = format!("{}   {}   data of {}, {place}, read only", style.paint(Ink::Bold, "counterpart watch"), self.session.found.name, clock(self.read_at));
        let mut out = String::from("\n") + &super::screens::row(style, &left, &clock(Timestamp::now()));
        let took = duration(took.as_millis() as u64);
        if let Swapped::Refused(number) = swapped {
            let errors = Tally::of(&self.checked.diagnostics).errors;
            let why = problem.map_or_else(|| format!("has {}", super::screens::count(errors as u64, "error")), str::to_owned);
            out += &super::screens::row(style, &style.paint(Ink::Red, &format!("✗ not taken: generation {number} {why}")), &took);
        }
        let Some(generation) = self.live.current() else { return out };
        let since = format!("{}, generation {} since {}", generation.value.plan.id, generation.number, clock(generation.since));
        let refused = matches!(swapped, Swapped::Refused(_));
        let note = if refused { ", unchanged: a run now would use this one".to_owned() } else { format!("    0 errors   {}", super::screens::count(Tally::of(&self.checked.diagnostics).lints as u64, "lint")) };
        out += &super::screens::row(style, &format!("{} {since}{note}", style.paint(Ink::Green, "✓ live  ")), if refused { "" } else { &took });
        if !refused {
            out += &self.effect(&generation.value.set);
        }
        out
    }

    fn effect(&self, set: &ChangeSet) -> String {
        let style = self.terminal.style;
        let ledger = &set.ledger;
        let impact = ledger::impact(ledger, style, Tense::Future);
        let sum = format!(
            "  {} = {} to write + {} need you + {} nothing to do + {} out of scope\n",
            number(ledger.read),
            number(ledger.to_write()),
            number(ledger.need_you()),
            number(ledger.nothing_to_do()),
            number(ledger.count(crate::run::changes::Verdict::OutOfScope))
        );
        let broken: String = crate::run::look::broken(set).iter().map(|why| format!("  {} {why}\n", style.paint(Ink::Red, "!"))).collect();
        super::screens::row(style, &format!("  {impact}"), &changes::guard_summary(set)) + &sum + &broken
    }

    fn lines(&self, swapped: &Swapped, took: Duration, problem: Option<&str>) -> String {
        let milliseconds = took.as_millis();
        let live = self.live.current();
        let (plan, number) = live.as_ref().map_or(("none", 0), |live| (live.value.plan.id.as_str(), live.number));
        match swapped {
            Swapped::Refused(refused) => {
                let why = problem.map(|why| format!(" why=\"{}\"", why.replace('"', "'"))).unwrap_or_default();
                format!("refused generation={refused} live={number} execution_plan={plan} milliseconds={milliseconds}{why}\n")
            }
            _ => {
                let ledger = live.as_ref().map(|live| &live.value.set.ledger);
                let counts = ledger.map(|ledger| {
                    format!(" to_write={} need_you={} nothing_to_do={} out_of_scope={}", ledger.to_write(), ledger.need_you(), ledger.nothing_to_do(), ledger.count(crate::run::changes::Verdict::OutOfScope))
                });
                format!("live generation={number} execution_plan={plan} milliseconds={milliseconds}{}\n", counts.unwrap_or_default())
            }
        }
    }
}

/// The same records, taken by another plan.
fn again(table: &Table, mut extractor: Extractor) -> Table {
    for record in &table.raw {
        extractor.take(&[record]);
    }
    let end = match &table.end {
        End::Broken { reason, class } => End::Broken { reason: reason.clone(), class: *class },
        other => other.clone(),
    };
    extractor.finish(end, table.requests, table.milliseconds)
}
