//! `settings`: lists the settings with their values and origins; `settings set` and `settings verify`.

use crate::{
    cli::{
        args::{Common, SetSetting, Settings as Args, SettingsCommand, Trust, Verify},
        by,
        exit::Exit,
        failure::Failure,
        open,
        terminal::Terminal,
        views::settings as screen,
    },
    diagnose::screen_text::printable,
    engine::{
        Workspace,
        settings::{Entry, Pick, State},
    },
    project::config::FILE,
    value::show::shown,
};
use std::io::Read as _;

/// A longer input is not a secret but a wrong file.
const LONGEST_SECRET: u64 = 64 * 1024;

/// Lists settings and secrets, or runs the subcommand.
pub async fn settings(args: &Args, common: &Common, terminal: &Terminal) -> Result<Exit, Failure> {
    let (mut workspace, _) = open(common, terminal)?;
    match &args.command {
        Some(SettingsCommand::Set(args)) => set(args, &mut workspace, terminal).await,
        Some(SettingsCommand::Verify(args)) => verify(args, &mut workspace, terminal).await,
        Some(SettingsCommand::Trust(args)) => trust(args, &workspace, terminal),
        None => list(args, &mut workspace, terminal).await,
    }
}

async fn list(args: &Args, workspace: &mut Workspace, terminal: &Terminal) -> Result<Exit, Failure> {
    let pick = Pick { name: args.name.as_deref(), setting: args.setting.as_deref(), live: args.live };
    let entries = workspace.settings(pick).await?;
    terminal.print(&screen::list(&entries, &workspace.project, terminal));
    if let Some(open) = entries.iter().find(|entry| matches!(entry.state(workspace.project.sandbox), State::Missing)) {
        terminal.next(&open.set_by());
    }
    Ok(Exit::Done)
}

async fn verify(args: &Verify, workspace: &mut Workspace, terminal: &Terminal) -> Result<Exit, Failure> {
    let verification = workspace.verify(args.pipeline.as_deref()).await?;
    terminal.print(&screen::verified(&verification.systems, &verification.settings, &workspace.project, terminal));
    Ok(verification.trouble.map_or(Exit::Done, Exit::from))
}

/// Records that a person agrees to where secrets are sent, or lists what was agreed on.
fn trust(args: &Trust, workspace: &Workspace, terminal: &Terminal) -> Result<Exit, Failure> {
    let trusted = workspace.trust(&args.system, &args.origins, &by())?;
    terminal.print(&screen::trusted(&args.system, &trusted, terminal));
    Ok(Exit::Done)
}

/// Sets one setting, or stores one secret.
async fn set(args: &SetSetting, workspace: &mut Workspace, terminal: &Terminal) -> Result<Exit, Failure> {
    let (entry, values) = workspace.setting(&args.name, &args.values)?;
    if entry.used.secret {
        return set_secret(args, values, &entry, workspace, terminal);
    }
    if values.is_empty() {
        return Err(Failure::command(format!("say what `{}` is to be: {}", entry.name, terminal.command(&entry.set_by()))));
    }
    if args.place.is_some() {
        return Err(Failure::command(format!("`{}` is not a secret, so `--in` does not apply", entry.name)));
    }
    let value = workspace.set_setting(&entry, values).await?;
    terminal.print(&format!("{} = {}   {}\n", entry.name, shown(&value), place(workspace)));
    Ok(Exit::Done)
}

fn place(workspace: &Workspace) -> String {
    let project = &workspace.project;
    format!("in {}, env {}", project.folder.join(FILE).display(), project.config.environment)
}

/// Stores a secret, and writes its reference into the configuration.
fn set_secret(args: &SetSetting, values: &[String], entry: &Entry, workspace: &Workspace, terminal: &Terminal) -> Result<Exit, Failure> {
    if !values.is_empty() {
        return Err(Failure::command(format!(
            "a secret is never given as an argument, where the shell keeps it: {} < FILE, or without, to be asked for it",
            terminal.command(&entry.set_by())
        )));
    }
    let in_hand = workspace.is_handed_over(args.place.as_deref())?;
    let secret = if in_hand { Some(secret(entry, terminal)?) } else { None };
    let kept = workspace.keep_secret(entry, args.place.as_deref(), secret.as_deref())?;
    let text = format!("{} = ••••   {}; the reference is {}\n", entry.name, kept.0, place(workspace));
    terminal.print(&terminal.style.plainly(&text));
    Ok(Exit::Done)
}

/// Reads the secret from standard input; at a terminal it is asked for without an echo.
fn secret(entry: &Entry, terminal: &Terminal) -> Result<String, Failure> {
    let text = if terminal.can_ask {
        eprint!("{}: ", printable(entry.used.words.as_deref().unwrap_or(&entry.name)));
        console::Term::stderr().read_secure_line().map_err(|error| Failure::command(format!("nothing could be read: {error}")))?
    } else {
        let mut text = String::new();
        let read = std::io::stdin().lock().take(LONGEST_SECRET + 1).read_to_string(&mut text);
        read.map_err(|error| Failure::command(format!("the secret could not be read from standard input: {error}")))?;
        text
    };
    match text.trim() {
        "" => Err(Failure::command(format!(
            "`{}` stays as it was: nothing came on standard input; a key in a file: {} < FILE",
            entry.name,
            terminal.command(&entry.set_by())
        ))),
        text if text.len() as u64 > LONGEST_SECRET => Err(Failure::command("this is longer than any secret")),
        text => Ok(text.to_owned()),
    }
}
