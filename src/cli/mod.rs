//! The command line: arguments in, views and exit codes out. Each command reads its flags, calls the rooms below and prints a view.

pub mod args;
pub mod catalogue;
pub mod commands;
mod exit;
pub mod failure;
pub mod harmless;
mod hint;
mod listed;
pub mod progress;
mod signals;
pub mod terminal;
pub mod views;

use crate::{
    engine::{Cancel, Engine, Event, Listener, Notice, Workspace},
    host::Host,
    project::{Overlay, ProjectOptions},
};
use args::{Cli, Command, Common};
use commands::{
    apply, approve, check, decide, explain, fmt, forget, held, history, links, new, plan, restage, retry, run, sandbox, settings, shell,
    show, status, suggest, watch,
};
pub use exit::Exit;
use failure::Failure;
use progress::Shown;
use std::{process::ExitCode, sync::Arc};
use terminal::Terminal;

/// Runs the command that the arguments name and gives its exit code.
#[must_use]
pub fn main() -> ExitCode {
    // A bound for every parser of this process: a file of 4 MB needs far less.
    pest::set_call_limit(std::num::NonZeroUsize::new(500_000_000));
    let (cli, fits) = match catalogue::parse(std::env::args_os()) {
        Ok(parsed) => parsed,
        Err(error) => return usage(&error),
    };
    let terminal = Terminal::new(&cli.common);
    match fits.and_then(|()| dispatch(&cli, &terminal)) {
        Ok(exit) => exit.into(),
        Err(failure) => {
            failure.print(&terminal);
            failure.exit.into()
        }
    }
}

/// Prints clap's text. Only mistakes exit with an error; `--help` and `--version` do not.
fn usage(error: &clap::Error) -> ExitCode {
    let _ = error.print();
    if !error.use_stderr() {
        return Exit::Done.into();
    }
    if let Some(format) = catalogue::format_for_programs(std::env::args()) {
        let text = error.to_string();
        let message = text.lines().next().unwrap_or_default().trim_start_matches("error: ");
        print!("{}", failure::error_object(Exit::Command, message, None, format));
    }
    Exit::Command.into()
}

/// The commands and their flags, for the reference.
#[must_use]
pub fn command() -> clap::Command {
    catalogue::command()
}

fn dispatch(cli: &Cli, terminal: &Terminal) -> Result<Exit, Failure> {
    let common = &cli.common;
    let Some(command) = &cli.command else { return status::status(common, terminal) };
    match command {
        Command::New(args) => new::new(args, common, terminal),
        Command::Check(args) => check::check(args, common, terminal),
        Command::Fmt(args) => fmt::fmt(args, common, terminal),
        Command::Show(args) => show::show(args, common, terminal),
        Command::Plan(args) => block_on(plan::plan(args, common, terminal)),
        Command::Suggest(args) => block_on(suggest::suggest(args, common, terminal)),
        Command::Apply(args) => block_on(apply::apply(args, common, terminal)),
        Command::Approve(args) => block_on(approve::approve(args, common, terminal)),
        Command::Decline(args) => approve::decline(args, common, terminal),
        Command::Run(args) => block_on(run::run(args, common, terminal)),
        Command::Watch(args) => block_on(watch::watch(args, common, terminal)),
        Command::Settings(args) => block_on(settings::settings(args, common, terminal)),
        Command::History(args) => history::history(args, common, terminal),
        Command::Errors(args) => history::errors(args, common, terminal),
        Command::Held(args) => held::held(args, common, terminal),
        Command::Decide(args) => decide::decide(args, common, terminal),
        Command::Retry(args) => retry::retry(args, common, terminal),
        Command::Resend(args) => retry::resend(args, common, terminal),
        Command::Forget(args) => forget::forget(args, common, terminal),
        Command::Export(args) => links::export(args, common, terminal),
        Command::Import(args) => block_on(links::import(args, common, terminal)),
        Command::Rebind(args) => block_on(links::rebind(args, common, terminal)),
        Command::Restage(args) => block_on(restage::restage(args, common, terminal)),
        Command::Sandbox(args) => block_on(sandbox::sandbox(args, common, terminal)),
        Command::Explain(args) => explain::explain(args, common, terminal),
        Command::Completions(args) => shell::completions(args.shell),
        Command::Man(args) => shell::man(&args.into),
        Command::Other(words) => Err(shell::no_such_command(words)),
    }
}

/// Opens the project that the flags name, and shows its events on this terminal.
fn open(common: &Common, terminal: &Terminal) -> Result<(Workspace, Arc<Shown>), Failure> {
    opened(common, terminal, false)
}

/// The same for a command that runs nothing, and so needs no environment.
fn open_offline(common: &Common, terminal: &Terminal) -> Result<Workspace, Failure> {
    Ok(opened(common, terminal, true)?.0)
}

fn opened(common: &Common, terminal: &Terminal, offline: bool) -> Result<(Workspace, Arc<Shown>), Failure> {
    let options = ProjectOptions {
        folder: common.folder.clone(),
        environment: common.env.clone(),
        offline,
        sandbox: common.sandbox,
        answers: common.answer.clone(),
        overlay: Overlay::default(),
    };
    let shown = Shown::new(terminal);
    let listener = Arc::clone(&shown) as Arc<dyn Listener>;
    Ok((Engine::new(Host::real()).open(options, listener)?, shown))
}

/// Stops a run on Ctrl-C and when the process is to end: pending requests are finished, and no new ones are sent. A second signal ends
/// the process at once; the next run looks up what was under way.
#[expect(clippy::disallowed_methods, reason = "the task belongs to the process, as its signals do")]
fn interrupt(shown: &Arc<Shown>) -> Cancel {
    let (canceller, cancel) = Cancel::pair();
    let shown = Arc::clone(shown);
    tokio::spawn(async move {
        signals::stop().await;
        shown.on_event(Event::Notice(Notice::Finishing));
        canceller.cancel();
        signals::stop().await;
        std::process::exit(i32::from(signals::exit_code()));
    });
    cancel
}

/// The name of the user for the history.
#[expect(clippy::disallowed_methods, reason = "the name comes from the terminal's environment")]
fn by() -> String {
    std::env::var("COUNTERPART_BY").or_else(|_| std::env::var("USER")).unwrap_or_else(|_| "somebody".to_owned())
}

#[expect(clippy::disallowed_methods, reason = "the process owns the runtime")]
fn block_on<T>(work: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    let runtime = runtime.map_err(|error| Failure::new(Exit::Stopped, format!("the system gives no threads: {error}")))?;
    let result = runtime.block_on(work);
    // A blocking read of standard input must not keep the process alive.
    runtime.shutdown_background();
    result
}
