//! The text of a new pipeline. Obvious lines are written; a comment names each decision that is left to the author.

use super::known::{Attribute, Side};
use crate::{cli::failure::Failure, syntax::format};
use std::fmt::Write;
use thiserror::Error;

/// Why no pipeline can be drafted from the answers.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum DraftError {
    #[error("`{0}`: write SOURCE=TARGET, as in employee_number=external_id")]
    NotAPair(String),
    #[error("`{collection}` has no attribute `{name}`; it has {all}")]
    NoAttribute { collection: String, name: String, all: String },
    #[error("`{name}` is {ty}, not a date: say --leavers none, and write the `leaver` block yourself")]
    NotADate { name: String, ty: String },
    #[error("`{0}` has no attribute that closes an account: say --leavers none, and write the `leaver` block yourself")]
    NothingCloses(String),
}

impl From<DraftError> for Failure {
    fn from(error: DraftError) -> Self {
        Self::command(error.to_string())
    }
}

fn collection(side: &Side) -> String {
    format!("{}.{}", side.system, side.collection)
}

/// The answers of the author.
#[derive(Clone, Debug)]
pub struct Answers {
    pub name: String,
    pub zone: String,
    /// `employee_number=external_id`
    pub who: String,
    /// An attribute, or `none`.
    pub leavers: String,
    /// `10% or 5`
    pub at_most: String,
}

/// A pipeline that passes `check` once its open lines are written.
#[derive(Clone, Debug)]
pub struct Draft {
    pub name: String,
    pub text: String,
    /// Attributes that the target needs and that no attribute of the source resembles: each has a comment in `map`.
    pub open: Vec<String>,
    /// The attribute that closes an account by a value that its declaration does not tell: it has a comment in `leaver`.
    pub closing: Option<String>,
}

impl Draft {
    /// Writes the pipeline from the answers.
    ///
    /// # Errors
    /// A side lacks an attribute.
    pub fn new(source: &Side, target: &Side, answers: &Answers) -> Result<Self, DraftError> {
        let (who, id) = pair(source, target, &answers.who)?;
        let key = key_of(source, who);
        let Mapping { lines, open } = mapping(source, target, key, (who, id));
        let mut text = uses(source, target);
        let _ = writeln!(
            text,
            "pipeline {} {{\n  title {:?}\n  zone {:?}\n",
            answers.name,
            format!("{} to {}", source.system, target.system),
            answers.zone
        );
        let _ = writeln!(text, "  from {}.{} as person\n  to {}.{}\n", source.system, source.collection, target.system, target.collection);
        for line in lines.iter().filter(|line| line.needs_presence) {
            let _ = writeln!(text, "  include when person.{} is present as \"has {}\"", line.source, line.source.replace('_', " "));
        }
        let _ = writeln!(text, "\n  key person.{}\n  match {{\n    {} = person.{}\n  }}\n", key.name, id.name, who.name);
        text.push_str("  mode create and update\n  map {\n");
        for line in &lines {
            let _ = writeln!(text, "    {} = {}{}", line.target, line.value, line.modifier);
        }
        for attribute in &open {
            let _ = writeln!(text, "    # {} = person.…   # {}, needed to create one; write this line", attribute.name, attribute.ty);
        }
        text.push_str("  }\n");
        let Leaver { text: leaver, closing } = leaver(source, target, answers)?;
        text.push_str(&leaver);
        text.push_str("}\n");
        let text = format(&text).unwrap_or(text);
        let open = open.into_iter().map(|attribute| attribute.name.clone()).collect();
        Ok(Self { name: answers.name.clone(), text, open, closing })
    }
}

/// The attributes of `employee_number=external_id`.
///
/// # Errors
/// One sentence: no `=`, or a side has no such attribute.
pub fn pair<'a>(source: &'a Side, target: &'a Side, who: &str) -> Result<(&'a Attribute, &'a Attribute), DraftError> {
    let (left, right) = who.split_once('=').ok_or_else(|| DraftError::NotAPair(who.to_owned()))?;
    Ok((find(source, left.trim())?, find(target, right.trim())?))
}

fn find<'a>(side: &'a Side, name: &str) -> Result<&'a Attribute, DraftError> {
    let names = || side.attributes.iter().map(|attribute| attribute.name.as_str()).collect::<Vec<_>>().join(", ");
    let found = side.attributes.iter().find(|attribute| attribute.name == name);
    found.ok_or_else(|| DraftError::NoAttribute { collection: collection(side), name: name.to_owned(), all: names() })
}

fn uses(source: &Side, target: &Side) -> String {
    let mut text = String::new();
    for side in [source, target] {
        if let Some((path, _)) = &side.file {
            let _ = writeln!(text, "use \"{path}\"");
        }
    }
    text.push('\n');
    for block in [source, target].into_iter().filter_map(|side| side.block.as_ref()) {
        text.push_str(block);
        text.push('\n');
    }
    text
}

/// One line of `map`.
struct MapLine {
    target: String,
    source: String,
    value: String,
    modifier: &'static str,
    /// The source value may be missing and the target needs it.
    needs_presence: bool,
}

/// The lines of `map`, and the attributes for which the author has to write one.
struct Mapping<'a> {
    lines: Vec<MapLine>,
    open: Vec<&'a Attribute>,
}

/// What a person is known by: what finds the account, unless it may be missing and the source has something that never is. An e-mail
/// address changes, and is handed on.
fn key_of<'a>(source: &'a Side, who: &'a Attribute) -> &'a Attribute {
    let better = || source.attributes.iter().find(|one| one.unique && !one.ty.optional);
    if who.ty.optional { better().unwrap_or(who) } else { who }
}

fn mapping<'a>(source: &Side, target: &'a Side, key: &Attribute, (who, id): (&Attribute, &Attribute)) -> Mapping<'a> {
    let (mut lines, mut open) = (Vec::new(), Vec::new());
    for attribute in target.attributes.iter().filter(|attribute| !attribute.read_only) {
        let from = if attribute.name == id.name { Some(who) } else { namesake(source, attribute) };
        match (attribute.access.as_ref().map(|access| access.open.as_ref()), from) {
            (Some(Some(value)), _) => lines.push(constant(attribute, value)),
            (Some(None), _) => open.push(attribute),
            (None, Some(from)) => lines.push(line(attribute, from, from.name == key.name)),
            (None, None) if attribute.ty.optional => {}
            (None, None) if attribute.unique && attribute.ty.kind == key.ty.kind => lines.push(line(attribute, key, true)),
            (None, None) => open.push(attribute),
        }
    }
    Mapping { lines, open }
}

/// The source attribute with the same meaning, by its name: `work_email` fits `email`.
fn namesake<'a>(source: &'a Side, wanted: &Attribute) -> Option<&'a Attribute> {
    const MAIL: [&str; 4] = ["email", "work_email", "e_mail", "mail"];
    let fitting = || source.attributes.iter().filter(|from| from.ty.kind == wanted.ty.kind);
    let other = || fitting().find(|from| MAIL.contains(&from.name.as_str()) && MAIL.contains(&wanted.name.as_str()));
    fitting().find(|from| from.name == wanted.name).or_else(other)
}

fn constant(attribute: &Attribute, value: &str) -> MapLine {
    MapLine {
        target: attribute.name.clone(),
        source: String::new(),
        value: value.to_owned(),
        modifier: " on create",
        needs_presence: false,
    }
}

fn line(attribute: &Attribute, from: &Attribute, is_key: bool) -> MapLine {
    let optional = from.ty.optional && !is_key;
    let modifier = if optional && attribute.ty.optional { " keep when missing" } else { "" };
    let value = format!("person.{}", from.name);
    MapLine {
        target: attribute.name.clone(),
        source: from.name.clone(),
        value,
        modifier,
        needs_presence: optional && !attribute.ty.optional,
    }
}

/// The source attribute with the last day, and the target attribute that closes an account; none if nobody leaves.
///
/// # Errors
/// One sentence: there is no such attribute, it is not a date, or nothing closes an account.
pub fn leaving<'a>(source: &'a Side, target: &'a Side, leavers: &str) -> Result<Option<(&'a Attribute, &'a Attribute)>, DraftError> {
    if leavers == "none" {
        return Ok(None);
    }
    let last_day = find(source, leavers)?;
    if !last_day.is_date() {
        return Err(DraftError::NotADate { name: last_day.name.clone(), ty: last_day.ty.to_string() });
    }
    let closing = target.attributes.iter().find(|attribute| attribute.access.is_some());
    let closing = closing.ok_or_else(|| DraftError::NothingCloses(collection(target)))?;
    Ok(Some((last_day, closing)))
}

/// The blocks `leaver` and `guard`; nothing if nobody leaves.
#[derive(Default)]
struct Leaver {
    text: String,
    /// The attribute whose line is left to the author.
    closing: Option<String>,
}

fn leaver(source: &Side, target: &Side, answers: &Answers) -> Result<Leaver, DraftError> {
    let Some((last_day, closing)) = leaving(source, target, &answers.leavers)? else { return Ok(Leaver::default()) };
    let name = &closing.name;
    let set = |value: Option<&String>, which: &str| match value {
        _ if closing.read_only => format!("# call …   # `{name}` is read only: write the call that makes {which} account"),
        Some(value) => format!("set {name} = {value}"),
        None => format!("# set {name} = …   # {}, the value of {which} account; write this line", closing.ty),
    };
    let access = closing.access.as_ref();
    let (open, closed) = (access.and_then(|access| access.open.as_ref()), access.and_then(|access| access.closed.as_ref()));
    let text = format!(
        "\n  leaver {{\n    when person.{} < today as \"{} has passed\"\n    {}\n    on return {{\n      {}\n    }}\n  }}\n\n  guard {{\n    leavers at most {}\n  }}\n",
        last_day.name,
        last_day.name.replace('_', " "),
        set(closed, "a closed"),
        set(open, "an open"),
        answers.at_most,
    );
    let is_told = open.is_some() && closed.is_some() && !closing.read_only;
    Ok(Leaver { text, closing: (!is_told).then(|| name.clone()) })
}

/// `counterpart.toml` for a new pipeline: settings as answered, secrets as references.
pub fn configuration(sides: &[&Side], settings: &[(String, String, String)]) -> String {
    let mut text = String::from("# Values of settings, and where secrets are kept, for each environment.\ndefault = \"production\"\n");
    for (environment, sandbox) in [("production", false), ("sandbox", true)] {
        for side in sides.iter().filter(|side| !side.settings.is_empty() || !side.secrets.is_empty()) {
            let _ = writeln!(text, "\n[env.{environment}.{}]", side.system);
            for name in &side.settings {
                let value =
                    settings.iter().find(|(system, given, _)| *system == side.system && given == name).map(|(_, _, value)| value.as_str());
                let _ = match value {
                    Some(value) => writeln!(text, "{name} = {}", toml::Value::from(value)),
                    None => writeln!(text, "# {name} = \"\""),
                };
            }
            for name in side.secrets.iter().filter(|_| !sandbox) {
                let _ = writeln!(text, "{name} = {{ env = \"{}\" }}", format!("{}_{name}", side.system).to_uppercase());
            }
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_setting_is_read_as_it_was_answered() {
        let side = Side {
            system: "crm".to_owned(),
            collection: "people".to_owned(),
            attributes: Vec::new(),
            settings: vec!["name".to_owned()],
            secrets: Vec::new(),
            file: None,
            block: None,
            is_file: false,
        };
        for answer in ["plain", "two \"quotes\"", "a\\b", "zero\u{200b}width", "line\nbreak", "bell\u{7}", "é"] {
            let written = configuration(&[&side], &[("crm".to_owned(), "name".to_owned(), answer.to_owned())]);
            let read: toml::Table = written.parse().unwrap_or_else(|error| panic!("{written}\n{error}"));
            assert_eq!(read["env"]["production"]["crm"]["name"].as_str(), Some(answer), "{written}");
        }
    }
}
