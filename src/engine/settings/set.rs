//! `settings set`: judged as a run would judge it, then written; a wrong value changes nothing.

use super::Pipelines;
use super::choices::{self, Asking};
use super::choosing;
use crate::{
    cli::{
        args::SetSetting as Args,
        failure::{Exit, Failure},
        terminal::Terminal,
    },
    compile::{
        Live,
        pipeline::{self, CompileError},
    },
    engine::{requirements::broken_requires, settings::Entry},
    project::{
        config::{Config, FILE, text_of},
        config_edit,
        folder::Project,
        secrets::{self, Reference, keyring},
    },
    value::{Kind, show::shown},
};
use std::io::Read as _;
use toml_edit::Value as Toml;

/// A longer secret is something else.
const LONGEST_SECRET: u64 = 64 * 1024;

/// Sets one setting, or keeps one secret.
pub async fn set(args: &Args, mut project: Project, terminal: &Terminal) -> Result<Exit, Failure> {
    let pipelines = Pipelines::open(&project, terminal)?;
    let entries = pipelines.entries(&project);
    let (entry, values) = pipelines.named(&entries, &args.name, &args.values)?;
    if entry.used.secret {
        return set_secret(args, values, entry, &project, terminal);
    }
    if values.is_empty() {
        return Err(Failure::command(format!("say what `{}` is to be: counterpart settings set {} VALUE", entry.name, entry.name)));
    }
    if args.place.is_some() {
        return Err(Failure::command(format!("`{}` is no secret, so `--in` means nothing", entry.name)));
    }
    let value = config_edit::typed(values, &entry.used.kind);
    let text = with(entry, &project, config_edit::toml(&value))?;
    let pipelines = pipelines.told(&choosing(entry).into_iter().collect(), &mut project, terminal).await?;
    judged(entry, &text, &pipelines, &project).map_err(|failure| one_by_one(failure, values, entry))?;
    among_live_choices(entry, values, Asking::new(&pipelines, &project, terminal), terminal).await?;
    config_edit::replace(&project.folder, &text)?;
    terminal.print(&format!("{} = {}   {}\n", entry.name, shown(&value), place(&project)));
    Ok(Exit::Done)
}

fn place(project: &Project) -> String {
    format!("in {}, env {}", project.folder.join(FILE).display(), project.config.environment)
}

/// Several values that were given as one, `address,phone`, are refused with how to give them.
fn one_by_one(failure: Failure, values: &[String], entry: &Entry) -> Failure {
    match (&entry.used.kind, values) {
        (Kind::List(_), [one]) if one.contains(',') => {
            let parts: Vec<_> = one.split(',').map(str::trim).filter(|part| !part.is_empty()).collect();
            Failure { message: format!("{}; several values stand one after the other: {}", failure.message, parts.join(" ")), ..failure }
        }
        _ => failure,
    }
}

/// The text of the file with the value in it.
fn with(entry: &Entry, project: &Project, value: Toml) -> Result<String, Failure> {
    let text = text_of(&project.folder).map_err(Failure::command)?;
    config_edit::with(&text, &project.config.environment, entry.section(), &entry.used.name, value).map_err(Failure::command)
}

/// Compiles every pipeline that has the setting, with the new value.
fn judged(entry: &Entry, text: &str, pipelines: &Pipelines, project: &Project) -> Result<(), Failure> {
    let refused = |why: String| Failure::command(format!("`{}` stays as it was: {why}", entry.name));
    let config = Config::of(text, &project.folder, Some(&project.config.environment)).map_err(refused)?;
    for one in pipelines.all.iter().filter(|one| entry.pipelines.contains(&one.found.name)) {
        let compiled = |config: &Config| match pipelines.untold.contains_key(&one.found.name) {
            true => pipeline::compile_unasked(&one.checked, &one.found.name, config),
            false => pipeline::compile(&one.checked, &one.found.name, config, true),
        };
        let broken = |config: &Config| match compiled(config) {
            Ok(plan) => Ok(broken_requires(&plan)),
            Err(CompileError::Settings(problems)) => Err(problems),
            Err(CompileError::NoSuchPipeline(_)) => Ok(Vec::new()),
        };
        let before = broken(&project.config);
        match broken(&config) {
            Err(problems) => {
                let known = before.err().unwrap_or_default();
                if let Some((name, why)) = problems.into_iter().find(|problem| !known.contains(problem) || problem.0 == entry.name) {
                    let whose = if name == entry.name { String::new() } else { format!("`{name}` ") };
                    return Err(refused(format!("{whose}{}", in_words(why, entry))));
                }
            }
            Ok(after) => {
                let known = before.unwrap_or_default();
                if let Some((words, line)) = after.into_iter().find(|one| !known.contains(one)) {
                    return Err(refused(format!("the settings of `{}` would not go together: {words} ({line})", one.found.name)));
                }
            }
        }
    }
    Ok(())
}

/// What can stand there, with the words of the choices.
fn in_words(why: String, entry: &Entry) -> String {
    let words: Vec<_> =
        entry.used.choices.iter().filter_map(|(value, words)| words.as_ref().map(|words| format!("`{value}` is {words}"))).collect();
    if words.is_empty() { why } else { format!("{why} ({})", words.join(", ")) }
}

/// A value that the system does not have is refused; one that can't be looked up is taken, and said so.
async fn among_live_choices(entry: &Entry, values: &[String], mut asking: Asking<'_>, terminal: &Terminal) -> Result<(), Failure> {
    let several = matches!(entry.used.kind, Kind::List(_));
    let values = if several { values.to_vec() } else { vec![values.join(" ")] };
    let why = match asking.choices(entry).await {
        None => return Ok(()),
        Some(Err(why)) => {
            terminal.say(&format!("not looked up: {why}"));
            return Ok(());
        }
        // Whether an attribute does, its name in full or not, was judged with the whole of the pipeline.
        Some(Ok(_)) if matches!(entry.used.live, Some(Live::AttributeOf { .. })) => return Ok(()),
        Some(Ok(choices)) => choices::strange(&values, &choices),
    };
    why.map_or(Ok(()), |why| {
        Err(Failure::command(format!("`{}` stays as it was: {why}", entry.name)).next(format!("counterpart settings {}", entry.name)))
    })
}

/// Keeps a secret, and writes where.
fn set_secret(args: &Args, values: &[String], entry: &Entry, project: &Project, terminal: &Terminal) -> Result<Exit, Failure> {
    if !values.is_empty() {
        return Err(Failure::command(format!(
            "a secret is never given as an argument, where the shell keeps it: counterpart settings set {} < FILE, or without, to be asked for it",
            entry.name
        )));
    }
    let account = format!("{}/{}", project.config.environment, entry.name);
    let reference = match args.place.as_deref() {
        Some(place) if !matches!(place, "keyring" | "file") => elsewhere(place)?,
        place => keep(place, &account, &secret(entry, terminal)?, project, terminal)?,
    };
    let (word, what) = match &reference {
        Reference::Env(variable) => ("env", variable.clone()),
        Reference::File(file) => ("file", file.clone()),
        Reference::Keyring(account) => ("keyring", account.clone()),
        Reference::Vault { path, key } => ("vault", format!("{path}#{key}")),
    };
    let text = with(entry, project, config_edit::reference(word, &what))?;
    config_edit::replace(&project.folder, &text)?;
    terminal.print(&format!("{} = ••••   {reference}; the reference stands {}\n", entry.name, place(project)));
    Ok(Exit::Done)
}

/// `env:LUCCA_API_KEY` or `vault:PATH#KEY`: it is kept there already.
fn elsewhere(place: &str) -> Result<Reference, Failure> {
    let reference = place.split_once(':').and_then(|(word, what)| {
        let table = toml::Table::from_iter([(word.to_owned(), toml::Value::from(what))]);
        Reference::read(&table).ok().filter(|_| matches!(word, "env" | "vault"))
    });
    reference.ok_or_else(|| Failure::command(format!("`{place}` is no place for a secret: keyring, file, env:VARIABLE or vault:PATH#KEY")))
}

/// In the keyring, or in a file where there is none.
fn keep(place: Option<&str>, account: &str, secret: &str, project: &Project, terminal: &Terminal) -> Result<Reference, Failure> {
    if place != Some("file") {
        match keyring::set(account, secret) {
            Ok(()) => return Ok(Reference::Keyring(account.to_owned())),
            Err(why) if place.is_some() => return Err(Failure::stopped(format!("the secret was not kept: {why}"))),
            Err(why) => terminal.say(&format!("kept in a file, because {why}")),
        }
    }
    let file = format!("secrets/{account}");
    secrets::into_file(&project.folder, &file, secret).map_err(|why| Failure::stopped(format!("the secret was not kept: {why}")))?;
    secrets::not_for_git(&project.folder.join("secrets"));
    Ok(Reference::File(file))
}

/// The secret itself, from standard input: asked for without an echo where somebody is there.
fn secret(entry: &Entry, terminal: &Terminal) -> Result<String, Failure> {
    let text = if terminal.can_ask {
        eprint!("{}: ", entry.used.words.as_deref().unwrap_or(&entry.name));
        console::Term::stderr().read_secure_line().map_err(|error| Failure::command(format!("nothing could be read: {error}")))?
    } else {
        let mut text = String::new();
        let read = std::io::stdin().lock().take(LONGEST_SECRET + 1).read_to_string(&mut text);
        read.map_err(|error| Failure::command(format!("the secret could not be read from standard input: {error}")))?;
        text
    };
    match text.trim() {
        "" => Err(Failure::command(format!(
            "`{}` stays as it was: nothing came on standard input; a key in a file: counterpart settings set {} < FILE",
            entry.name, entry.name
        ))),
        text if text.len() as u64 > LONGEST_SECRET => Err(Failure::command("this is longer than any secret")),
        text => Ok(text.to_owned()),
    }
}
