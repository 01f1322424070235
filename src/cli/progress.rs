//! Long work, as it goes on: a bar for each stage on a terminal, one line for each stage elsewhere.

use super::{
    terminal::{Ink, Style, Terminal},
    views::{duration, number, pad},
};
use crate::systems::Observer;
use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::{
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

/// How often a stage that goes on for long says so where nothing can be repainted.
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
    /// The stage that a wait is shown at.
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

    /// A line above the bars.
    pub fn line(&self, text: &str) {
        if self.quiet {
            return;
        }
        if self.live {
            let _ = self.bars.println(text);
        } else {
            eprintln!("{text}");
        }
    }
}

impl Observer for Progress {
    fn requested(&self, system: &str, method: &str, url: &str, status: Option<u16>, took: Duration) {
        if self.verbose {
            let status = status.map_or_else(|| "no answer".to_owned(), |status| status.to_string());
            self.line(&format!("  {system}  {method} {url}  {status}  {} ms", took.as_millis()));
        }
    }

    fn noticed(&self, system: &str, words: &str) {
        self.line(&format!("{system}: {words}"));
    }

    fn waiting(&self, system: &str, wait: Duration, why: &str) {
        if wait < Duration::from_secs(1) {
            return;
        }
        let words = format!("waiting {} for {system} ({why})", duration(wait.as_millis() as u64));
        let current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        match (&*current, self.live) {
            (Some(bar), true) => {
                let first = bar.message().lines().next().unwrap_or_default().to_owned();
                bar.set_message(format!("{first}\n         {}", self.style.paint(Ink::Yellow, &words)));
            }
            _ => self.line(&words),
        }
    }
}

/// One stage under way.
pub struct Stage {
    progress: Progress,
    bar: ProgressBar,
    verb: &'static str,
    name: String,
    begun: Instant,
    said: Mutex<Instant>,
}

impl Stage {
    /// How far it is. A stage that can't know its end is a counter.
    pub fn at(&self, n: u64, of: Option<u64>, note: &str) {
        let style = self.progress.style;
        if self.progress.live {
            let left = of.and_then(|of| time_left(self.begun.elapsed(), n, of)).unwrap_or_default();
            self.bar.set_message(style.plainly(&self.words("▸", Ink::Cyan, n, of, note, &left)));
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
        let bar = of.map_or_else(String::new, |of| bar(n, of));
        format!("{head}{}  {}  {}{time}", pad(&bar, BAR), pad(&count, 16), pad(note, 28))
    }

    /// It ended well.
    pub fn done(self, n: u64, of: Option<u64>, note: &str) {
        self.end("✓", Ink::Green, n, of, note);
    }

    /// It did not.
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

fn bar(n: u64, of: u64) -> String {
    let full = if of == 0 { BAR } else { (n.min(of) as usize * BAR) / of as usize };
    format!("{}{}", "█".repeat(full), "░".repeat(BAR - full))
}

/// `about 1 min 15 s left`, once enough is done to tell.
fn time_left(elapsed: Duration, n: u64, of: u64) -> Option<String> {
    if n < 10 || n >= of || elapsed < Duration::from_secs(3) {
        return None;
    }
    let left = elapsed.as_millis() as u64 / n * (of - n);
    Some(format!("about {} left", duration(left)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_is_as_full_as_the_work() {
        assert_eq!(bar(12, 24), format!("{}{}", "█".repeat(12), "░".repeat(12)));
        assert_eq!(bar(0, 0), "█".repeat(24));
    }

    #[test]
    fn time_left_is_told_only_when_it_can_be() {
        assert_eq!(time_left(Duration::from_secs(1), 50, 100), None);
        assert_eq!(time_left(Duration::from_secs(10), 50, 100).as_deref(), Some("about 10 s left"));
    }
}
