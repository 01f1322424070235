//! `watch`: each save is checked and judged again on the data last read, and answered with a generation.
//!
//! The last good plan stays: a mistake is shown beside it and changes nothing. Sends no writing request.

use crate::{
    check::{Checked, Project},
    cli::{
        args::{Common, Watch as Args},
        commands::plan::print_change_set,
        failure::{Exit, Failure},
        terminal::{Format, Ink, Terminal},
        views::{
            changes, diagnostics, duration,
            ledger::{self, Tense},
            number,
        },
    },
    compile::{ExecutionPlan, pipeline::compile},
    diagnose::{edit, render::Tally},
    engine::{discovery, session::Session},
    project::{discovery_cache::DiscoveryCache, files::write},
    reload::{Answer, Live, Reload, Swapped},
    run::{
        change_set::ChangeSet,
        plan::lookups::{Breadth, Memory, Reads},
        read::{
            extract::{Extractor, Table},
            joins,
        },
    },
    systems::End,
};
use jiff::Timestamp;
use std::{
    sync::{
        Arc,
        mpsc::{Sender, channel},
    },
    time::{Duration, Instant},
};

/// What the loop wakes up for.
enum Event {
    Saved(Box<Answer<String>>),
    Key(char),
    Stop,
}

/// Watches until somebody quits.
pub async fn watch(args: &Args, common: &Common, terminal: &Terminal) -> Result<Exit, Failure> {
    let session = Session::open(args.pipeline.as_deref(), common, terminal, None).await?;
    let (sender, events) = channel();
    let (live, first) = reload(&session, sender.clone());
    let mut desk = Desk::open(&session, terminal, live, first).await?;
    listen(terminal, sender);
    loop {
        let Ok(event) = tokio::task::block_in_place(|| events.recv()) else { return Ok(Exit::Done) };
        match event {
            Event::Saved(answer) => desk.saved(*answer).await,
            Event::Key('q') | Event::Stop => return Ok(Exit::Done),
            Event::Key('r') => desk.read_again().await?,
            Event::Key('\n') => desk.list(),
            Event::Key('f') => desk.fix()?,
            Event::Key(_) => {}
        }
    }
}

/// Compiles each save aside, in a thread of its own.
fn reload(session: &Session, events: Sender<Event>) -> (Arc<Live<ExecutionPlan>>, Answer<String>) {
    let (name, file, config) = (session.found.name.clone(), session.found.file.clone(), session.project.config.clone());
    let words = session.project.compile_words();
    let path = file.clone();
    let compile = Box::new(move |project: &Project| match compile(project, &name, &config, false) {
        Ok(plan) => Ok((plan.hash.clone(), plan)),
        Err(error) => Err(words(error, &path).message),
    });
    let (mut reload, first) = Reload::open(file, DiscoveryCache::source(&session.project.state_folder()), compile);
    let live = reload.live();
    std::thread::spawn(move || {
        loop {
            if let Some(answer) = reload.wait(Duration::from_secs(3600))
                && events.send(Event::Saved(Box::new(answer))).is_err()
            {
                return;
            }
        }
    });
    (live, first)
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

/// The data last read, the generation in force with what it would change, and the screen.
struct Desk<'a> {
    session: &'a Session,
    terminal: &'a Terminal,
    live: Arc<Live<ExecutionPlan>>,
    reads: Reads,
    memory: Memory,
    read_at: Timestamp,
    /// What the generation in force would do, once it is judged.
    set: Option<ChangeSet>,
    /// The last answer: what is wrong with the file now.
    checked: Checked,
}

impl<'a> Desk<'a> {
    async fn open(
        session: &'a Session,
        terminal: &'a Terminal,
        live: Arc<Live<ExecutionPlan>>,
        first: Answer<String>,
    ) -> Result<Self, Failure> {
        let reads = session.read(Breadth::Everything).await?;
        let checked = session.project.check(&session.found.file);
        let mut desk = Self { session, terminal, live, reads, memory: session.memory()?, read_at: Timestamp::now(), set: None, checked };
        desk.saved(first).await;
        Ok(desk)
    }

    /// Judges what was swapped in, and shows what came of the save.
    async fn saved(&mut self, answer: Answer<String>) {
        let begun = Instant::now();
        self.checked = answer.checked;
        if let (Swapped::Taken(_), Some(generation)) = (&answer.swapped, self.live.current()) {
            self.set = Some(self.judge(&generation.value).await);
        }
        self.show(&answer.swapped, answer.took + begun.elapsed(), answer.refusal.as_deref());
    }

    /// Judges by a plan that may ask for other values than the one that read.
    async fn judge(&mut self, plan: &ExecutionPlan) -> ChangeSet {
        let target = again(&self.reads.target, Extractor::target(&plan.target, true));
        let joined = joins::again(plan, &self.reads.joined, again);
        let source = again(&self.reads.source, Extractor::source(&plan.source, true));
        let source = joins::relate(plan, source, &joined, self.session.clock);
        let mut reads = Reads { source, target, joined, proofs: self.reads.proofs.clone() };
        let set = self.session.judge(plan, &mut reads, &self.memory).await;
        self.reads.proofs = reads.proofs;
        set
    }

    async fn read_again(&mut self) -> Result<(), Failure> {
        let begun = Instant::now();
        if let Err(failure) = discovery::ask_anew(&mut self.session.project.clone(), &self.session.found, self.terminal).await {
            self.terminal.say(&failure.message);
        }
        self.reads = self.session.read(Breadth::Everything).await?;
        self.memory = self.session.memory()?;
        self.read_at = Timestamp::now();
        if let Some(generation) = self.live.current() {
            self.set = Some(self.judge(&generation.value).await);
            self.show(&Swapped::Taken(generation.number), begun.elapsed(), None);
        }
        Ok(())
    }

    fn list(&self) {
        if let Some(set) = &self.set {
            print_change_set(set.clone(), None, self.terminal, Exit::Done);
        }
    }

    fn fix(&self) -> Result<(), Failure> {
        let (texts, _) = edit::mend(&self.checked.diagnostics, &self.checked.sources);
        texts.iter().try_for_each(|(file, text)| write(&self.checked.sources.file(*file).path, text))
    }

    fn show(&self, swapped: &Swapped, took: Duration, problem: Option<&str>) {
        let text =
            if self.terminal.format == Format::Text { self.screen(swapped, took, problem) } else { self.lines(swapped, took, problem) };
        self.terminal.print(&self.terminal.style.plainly(&text));
        if matches!(swapped, Swapped::Refused(_)) {
            diagnostics::print(&[&self.checked], self.terminal, Exit::File);
        }
        if self.terminal.format == Format::Text && self.terminal.can_ask {
            let fix = if Tally::of(&self.checked.diagnostics).fixable > 0 { "f fix   " } else { "" };
            self.terminal.say(&self.terminal.style.paint(Ink::Dim, &format!("{fix}enter list   r read again   q quit")));
        }
    }

    fn screen(&self, swapped: &Swapped, took: Duration, problem: Option<&str>) -> String {
        let style = self.terminal.style;
        let place =
            if self.session.project.sandbox { "SANDBOX".to_owned() } else { self.session.project.config.environment.to_uppercase() };
        let clock = |at: Timestamp| at.to_zoned(jiff::tz::TimeZone::system()).strftime("%H:%M:%S").to_string();
        let left = format!(
            "{}   {}   data of {}, {place}, read only",
            style.paint(Ink::Bold, "counterpart watch"),
            self.session.found.name,
            clock(self.read_at)
        );
        let mut out = String::from("\n") + &crate::cli::views::row(style, &left, &clock(Timestamp::now()));
        let took = duration(took.as_millis() as u64);
        if let Swapped::Refused(number) = swapped {
            let errors = Tally::of(&self.checked.diagnostics).errors;
            let why = problem.map_or_else(|| format!("has {}", crate::cli::views::count(errors as u64, "error")), str::to_owned);
            out += &crate::cli::views::row(style, &style.paint(Ink::Red, &format!("✗ not taken: generation {number} {why}")), &took);
        }
        let Some(generation) = self.live.current() else { return out };
        let since = format!("{}, generation {} since {}", generation.value.id, generation.number, clock(generation.since));
        let refused = matches!(swapped, Swapped::Refused(_));
        let note = if refused {
            ", unchanged: a run now would use this one".to_owned()
        } else {
            format!("    0 errors   {}", crate::cli::views::count(Tally::of(&self.checked.diagnostics).lints as u64, "lint"))
        };
        out += &crate::cli::views::row(
            style,
            &format!("{} {since}{note}", style.paint(Ink::Green, "✓ live  ")),
            if refused { "" } else { &took },
        );
        if let (false, Some(set)) = (refused, &self.set) {
            out += &self.effect(set);
        }
        out
    }

    fn effect(&self, set: &ChangeSet) -> String {
        let style = self.terminal.style;
        let ledger = &set.ledger;
        let impact = ledger::impact(ledger, style, Tense::Future);
        let sum = format!(
            "  {} = {} to write + {} + {} nothing to do + {} out of scope\n",
            number(ledger.read),
            number(ledger.to_write()),
            ledger::attention(ledger.needs_attention()),
            number(ledger.nothing_to_do()),
            number(ledger.count(crate::run::change_set::Verdict::OutOfScope))
        );
        let broken: String =
            crate::run::plan::lookups::broken(set).iter().map(|why| format!("  {} {why}\n", style.paint(Ink::Red, "!"))).collect();
        crate::cli::views::row(style, &format!("  {impact}"), &changes::guard_summary(set)) + &sum + &broken
    }

    fn lines(&self, swapped: &Swapped, took: Duration, problem: Option<&str>) -> String {
        let milliseconds = took.as_millis();
        let live = self.live.current();
        let (plan, number) = live.as_ref().map_or(("none", 0), |live| (live.value.id.as_str(), live.number));
        match swapped {
            Swapped::Refused(refused) => {
                let why = problem.map(|why| format!(" why=\"{}\"", why.replace('"', "'"))).unwrap_or_default();
                format!("refused generation={refused} live={number} execution_plan={plan} milliseconds={milliseconds}{why}\n")
            }
            _ => {
                let counts = self.set.as_ref().map(|set| &set.ledger).map(|ledger| {
                    format!(
                        " to_write={} needs_attention={} nothing_to_do={} out_of_scope={}",
                        ledger.to_write(),
                        ledger.needs_attention(),
                        ledger.nothing_to_do(),
                        ledger.count(crate::run::change_set::Verdict::OutOfScope)
                    )
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
