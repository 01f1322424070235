//! A first pipeline from a few answers: every question has a flag, and what is written passes `check`, or names the
//! lines that are left to write.

use crate::{
    cli::{
        args::{Common, New},
        exit::Exit,
        failure::Failure,
        terminal::{Ink, Terminal},
    },
    host::Host,
    project::{Hint, HintPlace, Verb, config::FILE},
    value::civil,
};
use std::{fs, io, path::Path};

mod columns;
mod draft;
mod known;

use draft::{Answers, Draft};
use known::{Attribute, Side};

/// Asks for the answers that no flag gives, and writes the files.
pub fn new(args: &New, common: &Common, terminal: &Terminal) -> Result<Exit, Failure> {
    let folder = common.folder.clone().unwrap_or_else(|| ".".into());
    let asker = Asker { terminal };
    args.name.as_deref().map(name).transpose()?;
    args.zone.as_deref().map(zone).transpose()?;
    let systems = known::choices(&folder);
    let source = asker.ask(&needed("source", "--source", &systems), args.source.as_deref(), |word| known::side(word, &folder, true))?;
    let target = asker.ask(&needed("target", "--target", &systems), args.target.as_deref(), |word| known::side(word, &folder, false))?;
    let same = |who: &str| Ok(draft::pair(&source, &target, who).map(|_| who.to_owned())?);
    let who = asker.ask(&needed("who is who", "--match", &who_hint(&source, &target)), args.who_is_who.as_deref(), same)?;
    let leavers = asker.leavers(args, &source, &target)?;
    let zone = asker.ask(&usually(&own_zone(), "zone", "such as Europe/Paris"), args.zone.as_deref(), zone)?;
    let usual = format!("{}_to_{}", source.system, target.system);
    let name = asker.ask(&usually(&usual, "name", "letters, digits and `_`"), args.name.as_deref(), name)?;
    let answers = Answers { name, zone, who, leavers, at_most: args.at_most.clone() };
    let draft = Draft::new(&source, &target, &answers)?;
    let settings = asker.settings(&source, &target, &args.set, &folder)?;
    write(&folder, &draft, &[&source, &target], &settings, common, terminal)
}

/// A time zone that the language accepts.
fn zone(word: &str) -> Result<String, Failure> {
    let why = || Failure::command(format!("`{word}` is not a time zone: write a region and a city, such as Europe/Paris, or UTC"));
    civil::zone(word).map(|_| word.to_owned()).ok_or_else(why)
}

/// A name that the language accepts for a pipeline.
fn name(word: &str) -> Result<String, Failure> {
    let plain = columns::name_of(word);
    let such = if columns::is_name(&plain) { format!(", such as {plain}") } else { String::new() };
    let why = || Failure::command(format!("a pipeline can't be called `{word}`: write a letter, then letters, digits and `_`{such}"));
    columns::is_name(word).then(|| word.to_owned()).ok_or_else(why)
}

fn own_zone() -> String {
    jiff::tz::TimeZone::system().iana_name().filter(|name| civil::zone(name).is_some()).unwrap_or("UTC").to_owned()
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
    match dates.as_slice() {
        [] => "the attribute with the last day: the source has no date, so none".to_owned(),
        dates => format!("the attribute with the last day ({}), or none", dates.join(", ")),
    }
}

const fn needed<'a>(text: &'a str, flag: &'a str, hint: &'a str) -> Question<'a> {
    Question { text, hint, unanswered: Unanswered::Needs(flag) }
}

const fn usually<'a>(usual: &'a str, text: &'a str, hint: &'a str) -> Question<'a> {
    Question { text, hint, unanswered: Unanswered::Takes(usual) }
}

/// Asks at a terminal; elsewhere names the flag.
struct Asker<'a> {
    terminal: &'a Terminal,
}

/// After this many empty answers to one question, `new` gives up.
const PATIENCE: usize = 3;

/// A question of `new`.
struct Question<'a> {
    text: &'a str,
    /// An example of an answer.
    hint: &'a str,
    unanswered: Unanswered<'a>,
}

/// What applies to a question without an answer.
enum Unanswered<'a> {
    /// There is no usual answer: a flag has to give one.
    Needs(&'a str),
    /// The usual answer, which Enter takes at a terminal.
    Takes(&'a str),
}

impl Asker<'_> {
    /// The answer of a flag, or of the person at the terminal, who is asked again until the answer can be used.
    fn ask<T>(&self, question: &Question<'_>, given: Option<&str>, take: impl Fn(&str) -> Result<T, Failure>) -> Result<T, Failure> {
        let Question { text, hint, unanswered } = question;
        match (given, unanswered) {
            (Some(given), _) => take(given.trim()),
            (None, _) if self.terminal.can_ask => self.asked(question, take),
            (None, Unanswered::Takes(usual)) => take(usual),
            (None, Unanswered::Needs(flag)) => Err(Failure::command(format!("`{text}` has no answer: write {flag} ({hint})"))),
        }
    }

    fn leavers(&self, args: &New, source: &Side, target: &Side) -> Result<String, Failure> {
        let last_day = |leavers: &str| Ok(draft::leaving(source, target, leavers).map(|_| leavers.to_owned())?);
        let (given, hint) = (args.leavers.as_deref(), leaver_hint(source));
        let has_dates = source.attributes.iter().any(Attribute::is_date);
        let must_say = has_dates || !self.terminal.can_ask;
        let question = if must_say { needed("leavers", "--leavers", &hint) } else { usually("none", "leavers", &hint) };
        self.ask(&question, given, last_day)
    }

    fn asked<T>(&self, question: &Question<'_>, take: impl Fn(&str) -> Result<T, Failure>) -> Result<T, Failure> {
        let Question { text, hint, .. } = *question;
        let usual = if let Unanswered::Takes(usual) = question.unanswered { Some(usual) } else { None };
        let enter = usual.map_or_else(String::new, |usual| format!("; Enter takes {usual}"));
        self.terminal.err(&self.terminal.style.paint(Ink::Dim, &format!("{hint}{enter}")));
        let mut silent = 0;
        while silent < PATIENCE {
            let line = self.read(text)?;
            match (line.trim(), usual) {
                ("", Some(usual)) => return take(usual),
                ("", None) => {
                    silent += 1;
                    self.terminal.err(&format!("nothing was typed: {hint}"));
                }
                (answer, _) => match take(answer) {
                    Ok(taken) => return Ok(taken),
                    Err(why) => why.print(self.terminal),
                },
            }
        }
        Err(Failure::command(format!("`{text}` has no answer; nothing was written")))
    }

    fn read(&self, question: &str) -> Result<String, Failure> {
        self.terminal.ask(&format!("{question:<12} › ")).map_err(|error| Failure::unanswered(&error, "nothing was written"))
    }

    /// The settings that the systems need and that have no default: `(system, name, value)`. Nothing is asked where `counterpart.toml` exists.
    fn settings(&self, source: &Side, target: &Side, given: &[String], folder: &Path) -> Result<Vec<Given>, Failure> {
        let mut all = given.iter().map(|line| setting(line)).collect::<Result<Vec<_>, _>>()?;
        if !self.terminal.can_ask || exists(folder, FILE) {
            return Ok(all);
        }
        for side in [source, target] {
            for name in &side.settings {
                if !all.iter().any(|(system, given, _)| *system == side.system && given == name) {
                    let question = format!("{}.{name}", side.system);
                    let question = needed(&question, "--set", "kept in counterpart.toml");
                    let value = self.ask(&question, None, |value| Ok(value.to_owned()))?;
                    all.push((side.system.clone(), name.clone(), value));
                }
            }
        }
        Ok(all)
    }
}

/// System, name and value of a setting.
type Given = (String, String, String);

fn setting(line: &str) -> Result<Given, Failure> {
    let parts = line.split_once('=').and_then(|(name, value)| name.split_once('.').map(|(system, name)| (system, name, value)));
    let (system, name, value) =
        parts.ok_or_else(|| Failure::command(format!("`--set {line}`: write SYSTEM.NAME=VALUE, as in lucca.domain=acme.ilucca.net")))?;
    Ok((system.to_owned(), name.to_owned(), value.to_owned()))
}

fn exists(folder: &Path, name: &str) -> bool {
    Host::real().disk().exists(&folder.join(name))
}

/// Writes all files or none. An existing file is never replaced.
fn write(folder: &Path, draft: &Draft, sides: &[&Side], settings: &[Given], common: &Common, terminal: &Terminal) -> Result<Exit, Failure> {
    let files = files(folder, draft, sides, settings);
    if let Some((name, _)) = files.iter().find(|(name, _)| exists(folder, name)) {
        return Err(Failure::command(format!("`{name}` is there already; nothing was written. Give the pipeline another name")));
    }
    for (name, text) in &files {
        let path = folder.join(name);
        create(&path, text).map_err(|error| Failure::stopped(format!("`{}` can't be written: {error}", path.display())))?;
    }
    let names: Vec<&str> = files.iter().map(|(name, _)| name.as_str()).collect();
    terminal.print(&format!("wrote {}; changed nothing on either side\n", names.join(", ")));
    if !draft.open.is_empty() {
        let open: Vec<_> = draft.open.iter().map(|name| format!("`{name}`")).collect();
        terminal.say(&format!("left to write in `map`, because no attribute of the source has that name: {}", open.join(", ")));
    }
    if let Some(name) = &draft.closing {
        terminal
            .say(&format!("left to write in `leaver`, because the system does not say which values open and close an account: `{name}`"));
    }
    if !draft.open.is_empty() || draft.closing.is_some() {
        terminal.next(&Hint::of(Verb::Check, &draft.name));
        return Ok(Exit::Done);
    }
    let hint = Hint::of(Verb::Plan, &draft.name);
    let outside = !common.sandbox && !sides.iter().all(|side| side.is_file);
    terminal.next(&if outside { hint.in_place(HintPlace::Sandbox) } else { hint });
    Ok(Exit::Done)
}

/// New files get the permissions that the user's shell gives them, which the disk of a host does not know.
#[expect(clippy::disallowed_methods, reason = "the command creates files as an editor does")]
fn create(path: &Path, text: &str) -> io::Result<()> {
    path.parent().map_or(Ok(()), fs::create_dir_all).and_then(|()| fs::write(path, text))
}

/// The files to write: the pipeline, the systems that do not exist yet, the settings.
fn files(folder: &Path, draft: &Draft, sides: &[&Side], settings: &[Given]) -> Vec<(String, String)> {
    let systems = sides.iter().filter_map(|side| side.file.clone()).filter(|(path, _)| !exists(folder, path));
    let needed = sides.iter().any(|side| !side.settings.is_empty() || !side.secrets.is_empty());
    let own = (needed && !exists(folder, FILE)).then(|| (FILE.to_owned(), draft::configuration(sides, settings)));
    std::iter::once((format!("{}.sync", draft.name), draft.text.clone())).chain(systems).chain(own).collect()
}
