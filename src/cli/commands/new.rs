//! A first pipeline from a few answers: every question has a flag, and what is written passes `check`.

use crate::{
    cli::{
        args::{Common, New},
        failure::{Exit, Failure},
        terminal::{Ink, Terminal},
    },
    project::{Hint, Verb, config::FILE},
};
use std::{fs, path::Path};

mod draft;
mod known;

use draft::{Answers, Draft};
use known::Side;

/// Asks what no flag says, and writes the files.
pub fn new(args: &New, common: &Common, terminal: &Terminal) -> Result<Exit, Failure> {
    let folder = common.folder.clone().unwrap_or_else(|| ".".into());
    let asker = Asker { terminal };
    let source_word =
        asker.answer("source", "--source", args.source.as_deref(), &format!("{}, or a CSV or JSON lines file", known::names()))?;
    let source = known::side(&source_word, &folder, true)?;
    let target_word = asker.answer("target", "--target", args.target.as_deref(), &format!("{}, or a JSON lines file", known::names()))?;
    let target = known::side(&target_word, &folder, false)?;
    let who = asker.answer("who is who", "--match", args.who_is_who.as_deref(), &who_hint(&source, &target))?;
    let leavers = asker.answer("leavers", "--leavers", args.leavers.as_deref(), &leaver_hint(&source))?;
    let zone = args.zone.clone().unwrap_or_else(own_zone);
    let name = args.name.clone().unwrap_or_else(|| format!("{}_to_{}", source.system, target.system));
    let answers = Answers { name, zone, who, leavers, at_most: args.at_most.clone() };
    let draft = Draft::new(&source, &target, &answers).map_err(Failure::command)?;
    let settings = asker.settings(&source, &target, &args.set)?;
    write(&folder, &draft, &[&source, &target], &settings, terminal)
}

fn own_zone() -> String {
    jiff::tz::TimeZone::system().iana_name().unwrap_or("UTC").to_owned()
}

fn who_hint(source: &Side, target: &Side) -> String {
    let example = source
        .attributes
        .iter()
        .find(|attribute| attribute.unique)
        .or(source.attributes.first())
        .map_or("number", |attribute| &attribute.name);
    let other =
        target.attributes.iter().find(|attribute| attribute.unique && !attribute.read_only).map_or("id", |attribute| &attribute.name);
    format!("an attribute on each side, such as {example}={other}")
}

fn leaver_hint(source: &Side) -> String {
    let dates: Vec<&str> =
        source.attributes.iter().filter(|attribute| attribute.is_date()).map(|attribute| attribute.name.as_str()).collect();
    if dates.is_empty() { "none".to_owned() } else { format!("the attribute with the last day ({}), or none", dates.join(", ")) }
}

/// Asks at a terminal; elsewhere names the flag.
struct Asker<'a> {
    terminal: &'a Terminal,
}

impl Asker<'_> {
    fn answer(&self, question: &str, flag: &str, given: Option<&str>, hint: &str) -> Result<String, Failure> {
        if let Some(given) = given {
            return Ok(given.trim().to_owned());
        }
        if !self.terminal.can_ask {
            return Err(Failure::command(format!("`{question}` has no answer: say {flag} ({hint})")));
        }
        eprintln!("{}", self.terminal.style.paint(Ink::Dim, hint));
        eprint!("{}", self.terminal.style.plainly(&format!("{question:<12} › ")));
        let line = console::Term::stderr().read_line().map_err(|error| Failure::stopped(format!("the answer can't be read: {error}")))?;
        match line.trim() {
            "" => Err(Failure::command(format!("`{question}` has no answer; nothing was written"))),
            answer => Ok(answer.to_owned()),
        }
    }

    /// The settings that the systems need and that have no default: `(system, name, value)`.
    fn settings(&self, source: &Side, target: &Side, given: &[String]) -> Result<Vec<(String, String, String)>, Failure> {
        let mut all = Vec::new();
        for line in given {
            let parts = line.split_once('=').and_then(|(name, value)| name.split_once('.').map(|(system, name)| (system, name, value)));
            let Some((system, name, value)) = parts else {
                return Err(Failure::command(format!("`--set {line}`: write SYSTEM.NAME=VALUE, as in lucca.domain=acme.ilucca.net")));
            };
            all.push((system.to_owned(), name.to_owned(), value.to_owned()));
        }
        if self.terminal.can_ask {
            for side in [source, target] {
                for name in side
                    .settings
                    .iter()
                    .filter(|name| !all.iter().any(|(system, given, _)| *system == side.system && given == *name))
                    .cloned()
                    .collect::<Vec<_>>()
                {
                    let value = self.answer(&format!("{}.{name}", side.system), "--set", None, "kept in counterpart.toml")?;
                    all.push((side.system.clone(), name, value));
                }
            }
        }
        Ok(all)
    }
}

/// Writes all files or none: what is there already is never replaced.
fn write(
    folder: &Path,
    draft: &Draft,
    sides: &[&Side],
    settings: &[(String, String, String)],
    terminal: &Terminal,
) -> Result<Exit, Failure> {
    let mut files = vec![(format!("{}.sync", draft.name), draft.text.clone())];
    for side in sides {
        if let Some((path, text)) = &side.file
            && !folder.join(path).exists()
        {
            files.push((path.clone(), text.clone()));
        }
    }
    let needed = sides.iter().any(|side| !side.settings.is_empty() || !side.secrets.is_empty());
    if needed && !folder.join(FILE).exists() {
        files.push((FILE.to_owned(), draft::configuration(sides, settings)));
    }
    if let Some((name, _)) = files.iter().find(|(name, _)| folder.join(name).exists()) {
        return Err(Failure::command(format!("`{name}` is there already; nothing was written. Give the pipeline another name")));
    }
    for (name, text) in &files {
        let path = folder.join(name);
        let made = path.parent().map_or(Ok(()), fs::create_dir_all).and_then(|()| fs::write(&path, text));
        made.map_err(|error| Failure::stopped(format!("`{}` can't be written: {error}", path.display())))?;
    }
    let names: Vec<&str> = files.iter().map(|(name, _)| name.as_str()).collect();
    terminal.print(&format!("wrote {}; changed nothing on either side\n", names.join(", ")));
    let hint = Hint::of(Verb::Plan, &draft.name);
    let outside = !terminal.same.contains("--sandbox") && !sides.iter().all(|side| side.is_file);
    terminal.next(&if outside { hint.and("--sandbox") } else { hint });
    Ok(Exit::Done)
}
