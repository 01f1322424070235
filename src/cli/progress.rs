//! Progress of long work: a bar for each stage on a terminal, one line for each stage elsewhere.

#![expect(clippy::disallowed_methods, reason = "bars are drawn by the clock of the terminal")]

use super::{
    terminal::{Ink, Style, Terminal},
    views::{self, duration, number, pad},
};
use crate::{
    diagnose::{layout, screen_text::printable, style::for_terminal},
    engine::{self, Event, Listener, Notice, StageEnd, events::Counts},
    project::{Hint, Verb},
};
use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

/// The interval of the lines about a long stage where nothing can be repainted.
const HEARTBEAT: Duration = Duration::from_secs(30);
const BAR: usize = 24;

/// Progress on standard error.
#[derive(Clone)]
pub struct Progress {
    bars: MultiProgress,
    style: Style,
    live: bool,
    quiet: bool,
    verbose: bool,
    /// The stage at which a wait is shown.
    current: Arc<Mutex<Option<ProgressBar>>>,
}

impl Progress {
    /// Progress for this terminal.
    #[must_use]
    pub fn new(terminal: &Terminal) -> Arc<Self> {
        let target = if terminal.live { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        Arc::new(Self {
            bars: MultiProgress::with_draw_target(target),
            style: terminal.style,
            live: terminal.live,
            quiet: terminal.quiet,
            verbose: terminal.verbose,
            current: Arc::default(),
        })
    }

    /// Begins a stage: `read`, `lucca.users`.
    #[must_use]
    pub fn stage(&self, verb: &'static str, name: &str) -> Stage {
        let bar = self.bars.add(ProgressBar::new_spinner());
        bar.set_style(ProgressStyle::with_template("{msg}").unwrap_or_else(|_| ProgressStyle::default_spinner()));
        *self.current.lock().unwrap_or_else(PoisonError::into_inner) = Some(bar.clone());
        let stage =
            Stage { progress: self.clone(), bar, verb, name: name.to_owned(), begun: Instant::now(), said: Mutex::new(Instant::now()) };
        stage.at(0, None, "");
        stage
    }

    fn requested(&self, system: &str, method: &str, url: &str, status: Option<u16>, took: Duration) {
        if self.verbose {
            let status = status.map_or_else(|| "no answer".to_owned(), |status| status.to_string());
            self.line(&printable(&format!("  {system}  {method} {url}  {status}  {} ms", took.as_millis())));
        }
    }

    fn waiting(&self, system: &str, wait: Duration, why: &str) {
        if wait < Duration::from_secs(1) {
            return;
        }
        let words = printable(&format!("waiting {} for {system} ({why})", duration(wait.as_millis() as u64))).into_owned();
        let current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        match (&*current, self.live) {
            (Some(bar), true) => {
                let first = bar.message().lines().next().unwrap_or_default().to_owned();
                bar.set_message(format!("{first}\n         {}", for_terminal(&self.style.paint(Ink::Yellow, &words))));
            }
            _ => self.line(&words),
        }
    }

    /// A line above the bars.
    pub fn line(&self, text: &str) {
        if self.quiet {
            return;
        }
        if self.live {
            let _ = self.bars.println(for_terminal(&layout::fit(text, self.style.width)));
        } else {
            eprintln!("{}", for_terminal(text));
        }
    }
}

/// A listener that shows the engine's events as they occur.
pub struct Shown {
    progress: Arc<Progress>,
    stages: Mutex<BTreeMap<engine::Stage, Stage>>,
    terminal: Terminal,
}

impl Shown {
    /// For this terminal.
    #[must_use]
    pub fn new(terminal: &Terminal) -> Arc<Self> {
        Arc::new(Self { progress: Progress::new(terminal), stages: Mutex::default(), terminal: terminal.clone() })
    }

    fn begin(&self, stage: engine::Stage) {
        let verb = if matches!(stage, engine::Stage::Read(_)) { "read" } else { "write" };
        let shown = self.progress.stage(verb, stage.collection());
        self.stages.lock().unwrap_or_else(PoisonError::into_inner).insert(stage, shown);
    }

    fn at(&self, stage: &engine::Stage, done: u64, of: Option<u64>, note: &str) {
        if let Some(shown) = self.stages.lock().unwrap_or_else(PoisonError::into_inner).get(stage) {
            shown.at(done, of, note);
        }
    }

    fn end(&self, stage: &engine::Stage, done: u64, end: &StageEnd) {
        let Some(shown) = self.stages.lock().unwrap_or_else(PoisonError::into_inner).remove(stage) else { return };
        let write = matches!(stage, engine::Stage::Write(_));
        match end {
            StageEnd::Complete => shown.done(done, Some(done), if write { "done" } else { "complete" }),
            StageEnd::Since { since, again } => shown.done(done, None, &views::since(*since, done, *again)),
            StageEnd::OneByOne => shown.done(done, None, "one by one"),
            StageEnd::Broken(why) => shown.broken(done, &printable(&broken_words(done, why))),
            StageEnd::Unfinished(rest) => shown.done(done, Some(done + rest), &format!("{rest} not done")),
        }
    }

    fn notice(&self, notice: &Notice) {
        match notice {
            Notice::FileLeftOut(_) => {
                self.progress.line(&format!("{}: {}", printable(&notice.to_string()), self.terminal.command(&Hint::new(Verb::Check))))
            }
            notice => self.progress.line(&printable(&notice.to_string())),
        }
    }
}

impl Listener for Shown {
    fn on_event(&self, event: Event) {
        match event {
            Event::Begun(stage) => self.begin(stage),
            Event::Progress { stage, done, of, counts } => self.at(&stage, done, of, &note(counts)),
            Event::Ended { stage, done, end } => self.end(&stage, done, &end),
            Event::Waiting { system, wait, why } => self.progress.waiting(&system, wait, &why),
            Event::Requested { system, method, url, status, took } => self.progress.requested(&system, &method, &url, status, took),
            Event::Notice(notice) => self.notice(&notice),
            Event::Finding { .. } | Event::Judged { .. } | Event::Done { .. } => {}
        }
    }
}

/// `12 created, 12 updated`
fn note(counts: Counts) -> String {
    let Counts { created, updated, left, failed, not_known, sent } = counts;
    let done = [(created, "created"), (updated, "updated"), (left, "left")];
    let parts = done.into_iter().chain([(failed, "failed"), (not_known, "not known"), (sent, "sent")]);
    parts.filter(|(n, _)| *n > 0).map(|(n, word)| format!("{n} {word}")).collect::<Vec<_>>().join(", ")
}

/// A running stage.
pub struct Stage {
    progress: Progress,
    bar: ProgressBar,
    verb: &'static str,
    name: String,
    begun: Instant,
    said: Mutex<Instant>,
}

impl Stage {
    /// The progress of the stage. A stage whose end is unknown shows a counter.
    pub fn at(&self, n: u64, of: Option<u64>, note: &str) {
        let style = self.progress.style;
        if self.progress.live {
            let left = of.and_then(|of| time_left(self.begun.elapsed(), n, of)).unwrap_or_default();
            self.bar.set_message(for_terminal(&style.plainly(&self.words("▸", Ink::Cyan, n, of, note, &left))));
        } else {
            self.heartbeat(n, of);
        }
    }

    fn heartbeat(&self, n: u64, of: Option<u64>) {
        let mut said = self.said.lock().unwrap_or_else(PoisonError::into_inner);
        if said.elapsed() >= HEARTBEAT {
            *said = Instant::now();
            self.progress.line(&format!(
                "{} {} {}",
                self.verb,
                self.name,
                of.map_or_else(|| number(n), |of| format!("{} of {}", number(n), number(of)))
            ));
        }
    }

    fn words(&self, sign: &str, ink: Ink, n: u64, of: Option<u64>, note: &str, time: &str) -> String {
        let style = self.progress.style;
        let head = format!("{} {} {}", style.paint(ink, sign), pad(self.verb, 6), pad(&self.name, 24));
        let count = of.map_or_else(|| format!("{:>6}", number(n)), |of| format!("{:>6} of {}", number(n), number(of)));
        let tail = [note, time].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("   ");
        let room = style.width.saturating_sub(layout::columns(&head) + 2 + 16 + 2 + layout::columns(&tail).max(40));
        let bar = pad(&of.map_or_else(String::new, |of| bar(n, of, room.min(BAR))), room.min(BAR));
        let gap = if bar.is_empty() { "" } else { "  " };
        layout::hanging(style, &format!("{head}{bar}{gap}"), &format!("{}  {tail}", pad(&count, 16)))
    }

    /// The stage succeeded.
    pub fn done(self, n: u64, of: Option<u64>, note: &str) {
        self.end("✓", Ink::Green, n, of, note);
    }

    /// The stage failed.
    pub fn broken(self, n: u64, note: &str) {
        self.end("✗", Ink::Red, n, None, note);
    }

    fn end(self, sign: &str, ink: Ink, n: u64, of: Option<u64>, note: &str) {
        let took = duration(self.begun.elapsed().as_millis() as u64);
        let words = self.progress.style.plainly(&self.words(sign, ink, n, of, note, &took));
        self.bar.finish_and_clear();
        self.progress.bars.remove(&self.bar);
        if self.progress.live {
            self.progress.line(words.trim_end());
        } else {
            self.progress.line(&format!("{} {} {} {note} {took}", self.verb, self.name, number(n)));
        }
    }
}

/// A bar of this many columns; none on a narrow screen.
fn bar(n: u64, of: u64, columns: usize) -> String {
    if columns < 6 {
        return String::new();
    }
    let full = if of == 0 { columns } else { (n.min(of) as usize * columns) / of as usize };
    format!("{}{}", "█".repeat(full), "░".repeat(columns - full))
}

/// `about 1 min 15 s left`, once enough is done for an estimate.
fn time_left(elapsed: Duration, n: u64, of: u64) -> Option<String> {
    if n < 10 || n >= of || elapsed < Duration::from_secs(3) {
        return None;
    }
    let left = elapsed.as_millis() as u64 / n * (of - n);
    Some(format!("about {} left", duration(left)))
}

/// `could not be read: …`, with the number of records read before, if any.
fn broken_words(done: u64, why: &str) -> String {
    if done == 0 { format!("could not be read: {why}") } else { format!("{} read, the rest could not be: {why}", number(done)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_is_as_full_as_the_work() {
        assert_eq!(bar(12, 24, 24), format!("{}{}", "█".repeat(12), "░".repeat(12)));
        assert_eq!(bar(0, 0, 24), "█".repeat(24));
    }

    #[test]
    fn time_left_is_told_only_when_it_can_be() {
        assert_eq!(time_left(Duration::from_secs(1), 50, 100), None);
        assert_eq!(time_left(Duration::from_secs(10), 50, 100).as_deref(), Some("about 10 s left"));
    }

    #[test]
    fn a_read_that_broke_says_how_much_was_read() {
        assert_eq!(broken_words(0, "no answer"), "could not be read: no answer");
        assert_eq!(broken_words(12, "no answer"), "12 read, the rest could not be: no answer");
    }
}
