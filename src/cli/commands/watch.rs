//! `watch`: checks each save, plans again with the data of the last read, and prints a generation.
//!
//! After a mistake the last good plan is kept, with the mistake next to it, and what can't be read again is said. Sends no writing request.

use super::plan::print_change_set;
use crate::{
    check::Checked,
    cli::{
        args::{Common, Watch as Args},
        exit::Exit,
        failure::Failure,
        open, signals,
        terminal::{Format, Ink, Style, Terminal},
        views::{self, changes, count, diagnostics, duration, ledger, ledger::Tense, number},
    },
    diagnose::{layout, render::Tally, screen_text::printable},
    engine::{
        EngineError,
        watch::{Data, Watch, Watched},
    },
    project::ProjectError,
    reload::Swapped,
    run::change_set::{ChangeSet, Ledger, Verdict},
};
use jiff::Timestamp;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

/// A key that was pressed.
enum Input {
    Key(char),
    Stop,
}

/// Watches until the user quits.
pub async fn watch(args: &Args, common: &Common, terminal: &Terminal) -> Result<Exit, Failure> {
    let mut input = listen(terminal);
    let Some((mut watch, first)) = begin(args, common, terminal, &mut input).await? else { return Ok(Exit::Done) };
    first.iter().for_each(|first| Screen { watch: &watch, terminal }.show(first));
    loop {
        let change = tokio::select! {
            change = watch.next() => Ok(change),
            input = input.recv() => Err(input),
        };
        let watched = match change {
            Ok(Some(change)) => watch.take(change).await,
            Err(Some(Input::Key('r'))) => read_again(&mut watch, terminal).await,
            Err(Some(Input::Key(key))) if key != 'q' => {
                pressed(key, &watch, terminal)?;
                None
            }
            _ => return Ok(Exit::Done),
        };
        if let Some(watched) = watched {
            Screen { watch: &watch, terminal }.show(&watched);
        }
    }
}

/// Reads both systems for the first time. As long as the file has mistakes, they are shown and its next save is waited for; none if the
/// user quits before.
async fn begin(
    args: &Args,
    common: &Common,
    terminal: &Terminal,
    input: &mut UnboundedReceiver<Input>,
) -> Result<Option<(Watch, Option<Watched>)>, Failure> {
    let asked = args.pipeline.as_deref();
    let mut broken = None;
    loop {
        let (mut workspace, _) = open(common, terminal)?;
        let files = broken.clone().unwrap_or_else(|| workspace.watched_files(asked));
        // From before the files are read: a save that comes while they are checked is one to wait for no longer.
        let before = workspace.states(&files);
        let begun = tokio::select! {
            begun = workspace.watch(asked) => begun,
            () = quits(input) => return Ok(None),
        };
        let files =
            match begun {
                Ok(begun) => return Ok(Some(begun)),
                Err(EngineError::Project(ProjectError::WrongFiles(wrong))) => {
                    show_mistakes(&wrong, terminal);
                    wrong.iter().flat_map(|checked| checked.files.iter().cloned()).collect::<Vec<_>>()
                }
                // A file that is being saved may be empty for a moment, and have no pipeline.
                Err(EngineError::Project(
                    ProjectError::NoSuchPipeline { .. } | ProjectError::NoPipeline(_) | ProjectError::EmptyFile(_),
                )) if broken.is_some() => files,
                Err(other) => return Err(other.into()),
            };
        tokio::select! {
            () = workspace.saved(&files, &before) => broken = Some(files),
            () = quits(input) => return Ok(None),
        }
    }
}

fn show_mistakes(wrong: &[Checked], terminal: &Terminal) {
    if terminal.format != Format::Text {
        terminal.print("refused generation=0 live=0 execution_plan=none\n");
    }
    diagnostics::print(&wrong.iter().collect::<Vec<_>>(), terminal, Exit::File);
    terminal.say("nothing was read yet: waiting for the file to be fixed and saved");
}

/// Waits until the user wants to end it.
async fn quits(input: &mut UnboundedReceiver<Input>) {
    while matches!(input.recv().await, Some(Input::Key(key)) if key != 'q') {}
}

/// Reads both systems again, or says why not.
async fn read_again(watch: &mut Watch, terminal: &Terminal) -> Option<Watched> {
    let error = match watch.read_again().await {
        Ok(watched) => return Some(watched),
        Err(error) => error,
    };
    let why = match &error {
        EngineError::Project(ProjectError::WrongFiles(_)) => "the file has mistakes: fix them first".to_owned(),
        other => other.to_string(),
    };
    terminal.say(&failed(&format!("nothing was read again: {why}"), terminal.style));
    None
}

fn pressed(key: char, watch: &Watch, terminal: &Terminal) -> Result<(), Failure> {
    match (key, watch.set(), watch.obstacle()) {
        ('f', ..) => watch.fix()?,
        ('\n', Some(set), _) => print_change_set(set.clone(), None, None, terminal, Exit::Done),
        ('\n', None, Some(why)) => terminal.say(&would_stop(why, terminal.style)),
        _ => {}
    }
    Ok(())
}

/// Keys at a terminal, signals everywhere.
#[expect(clippy::disallowed_methods, reason = "keys and signals belong to the process")]
fn listen(terminal: &Terminal) -> UnboundedReceiver<Input> {
    let (sender, input) = unbounded_channel();
    let stop = sender.clone();
    tokio::spawn(async move {
        signals::stop().await;
        let _ = stop.send(Input::Stop);
    });
    if terminal.can_ask {
        std::thread::spawn(move || keys(&sender));
    }
    input
}

fn keys(sender: &UnboundedSender<Input>) {
    let terminal = console::Term::stdout();
    while let Ok(key) = terminal.read_key() {
        let input = match key {
            console::Key::Char(key) => Input::Key(key),
            console::Key::Enter => Input::Key('\n'),
            console::Key::CtrlC | console::Key::Escape => Input::Stop,
            _ => continue,
        };
        if sender.send(input).is_err() {
            return;
        }
    }
}

/// The screen of an answer.
struct Screen<'a> {
    watch: &'a Watch,
    terminal: &'a Terminal,
}

impl Screen<'_> {
    fn show(&self, watched: &Watched) {
        let text = if self.terminal.format == Format::Text { self.screen(watched) } else { self.lines(watched) };
        self.terminal.print(&self.terminal.style.plainly(&text));
        if matches!(watched.swapped, Swapped::Refused(_)) {
            diagnostics::print(&[self.watch.checked()], self.terminal, Exit::File);
        }
        if self.terminal.format == Format::Text && self.terminal.can_ask {
            let fix = if Tally::of(&self.watch.checked().diagnostics).fixable > 0 { "f fix   " } else { "" };
            self.terminal.say(&self.terminal.style.paint(Ink::Dim, &format!("{fix}enter list   r read again   q quit")));
        }
    }

    fn screen(&self, watched: &Watched) -> String {
        let style = self.terminal.style;
        let took = duration(watched.took.as_millis() as u64);
        let mut out = self.head();
        if let Swapped::Refused(number) = watched.swapped {
            let errors = Tally::of(&self.watch.checked().diagnostics).errors;
            let why = watched.refusal.clone().unwrap_or_else(|| format!("has {}", count(errors as u64, "error")));
            out += &views::row(style, &style.paint(Ink::Red, &format!("✗ not taken: generation {number} {why}")), &took);
        }
        out + &self.live(watched, &took)
    }

    fn head(&self) -> String {
        let (style, project) = (self.terminal.style, self.watch.project());
        let place = if project.sandbox { "SANDBOX".to_owned() } else { project.config.environment.to_uppercase() };
        let title = style.paint(Ink::Bold, "counterpart watch");
        let left = format!("{title}   {}   data of {}, {place}, read only", self.watch.pipeline().name, clock(self.watch.read_at()));
        String::from("\n") + &views::row(style, &left, &clock(project.host.now()))
    }

    fn live(&self, watched: &Watched, took: &str) -> String {
        let style = self.terminal.style;
        let Some(generation) = self.watch.live() else { return String::new() };
        let since = format!("{}, generation {} since {}", generation.value.id, generation.number, clock(generation.since));
        let refused = matches!(watched.swapped, Swapped::Refused(_));
        let unchanged = if watched.swapped == Swapped::Same { ", unchanged" } else { "" };
        let note = if refused {
            ", kept for this screen: a run now would be refused".to_owned()
        } else {
            format!("{unchanged}    0 errors   {}", count(Tally::of(&self.watch.checked().diagnostics).lints as u64, "lint"))
        };
        let left = format!("{} {since}{note}", style.paint(Ink::Green, "✓ live  "));
        let mut out = views::row(style, &left, if refused { "" } else { took });
        if watched.data == Data::Other {
            let words = "the data are of another source or target than this generation reads: press r to read again";
            out += &format!("{} {words}\n", style.paint(Ink::Yellow, "!"));
        }
        match (self.watch.set(), self.watch.obstacle()) {
            (Some(set), _) if !refused => out + &self.effect(set),
            (None, Some(why)) if !refused => out + &would_stop(why, style) + "\n",
            _ => out,
        }
    }

    fn effect(&self, set: &ChangeSet) -> String {
        let style = self.terminal.style;
        let ledger = &set.ledger;
        let impact = ledger::impact(ledger, style, Tense::Future);
        let absent = ledger.in_rows().saturating_sub(ledger.read);
        let absent = if absent > 0 { format!(" + {} not read", number(absent)) } else { String::new() };
        let sum = format!(
            "  {}{absent} = {} to write + {} + {} nothing to do + {} out of scope\n",
            number(ledger.read),
            number(ledger.to_write()),
            ledger::attention(ledger.needs_attention()),
            number(ledger.nothing_to_do()),
            number(ledger.count(Verdict::OutOfScope))
        );
        let broken: String =
            set.broken_reads().iter().map(|why| format!("  {} {}\n", style.paint(Ink::Red, "!"), printable(why))).collect();
        views::row(style, &format!("  {impact}"), &changes::guard_summary(set)) + &sum + &broken
    }

    fn lines(&self, watched: &Watched) -> String {
        let milliseconds = watched.took.as_millis();
        let live = self.watch.live();
        let (plan, number) = live.as_ref().map_or(("none", 0), |live| (live.value.id.as_str(), live.number));
        if let Swapped::Refused(refused) = watched.swapped {
            let why = watched.refusal.as_deref().map(said).unwrap_or_default();
            return format!("refused generation={refused} live={number} execution_plan={plan} milliseconds={milliseconds}{why}\n");
        }
        let unchanged = if watched.swapped == Swapped::Same { " unchanged=true" } else { "" };
        let outcome = match (self.watch.set(), self.watch.obstacle()) {
            (Some(set), _) => counts(&set.ledger),
            (None, Some(why)) => said(&format!("a run now would stop: {why}")),
            (None, None) => String::new(),
        };
        let data = if watched.data == Data::Other { " data=other" } else { "" };
        format!("live generation={number}{unchanged} execution_plan={plan} milliseconds={milliseconds}{outcome}{data}\n")
    }
}

/// The reason why there are no counts.
fn would_stop(why: &EngineError, style: Style) -> String {
    failed(&format!("a run now would stop: {why}"), style)
}

fn failed(why: &str, style: Style) -> String {
    layout::hanging(style, &format!("  {} ", style.paint(Ink::Red, &style.plainly("✗"))), &printable(why))
}

/// ` why="…"`, on one line.
fn said(why: &str) -> String {
    format!(" why=\"{}\"", printable(why).replace('"', "'"))
}

/// ` to_write=52 …`
fn counts(ledger: &Ledger) -> String {
    format!(
        " to_write={} needs_attention={} nothing_to_do={} out_of_scope={}",
        ledger.to_write(),
        ledger.needs_attention(),
        ledger.nothing_to_do(),
        ledger.count(Verdict::OutOfScope)
    )
}

fn clock(at: Timestamp) -> String {
    at.to_zoned(jiff::tz::TimeZone::system()).strftime("%H:%M:%S").to_string()
}
