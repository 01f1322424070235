//! `--filter leave`, `update:division`, `key:00112`, `line:17`, `held`: a comma is or, repeating is and. A key of several attributes is
//! written as it is shown: `key:group=7 account=ada`.

use super::changes;
use crate::{
    cli::failure::Failure,
    run::change_set::{ChangeSet, Finding, NewLink, Operation, Verdict},
};
use thiserror::Error;

/// Why a filter can't be used.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum FilterError {
    #[error("`line:{0}`: a line is a number, as in line:17")]
    Line(String),
    #[error(
        "unknown filter `{0}`; there are leave, return, create, update, held, rejected, waiting, linked, update:ATTRIBUTE, key:KEY and line:N"
    )]
    Unknown(String),
    /// Nothing matches: what could.
    #[error("nothing matches the filter; there is {0}")]
    NoMatch(String),
}

impl From<FilterError> for Failure {
    fn from(error: FilterError) -> Self {
        Self::command(error.to_string())
    }
}

/// One condition of a filter.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Pick {
    Verdict(Verdict, Option<String>),
    Key(String),
    Line(u32),
    /// Records that this change set links.
    Linked,
}

/// A parsed `--filter`: a record has to meet one condition of every group.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Picks(Vec<Vec<Pick>>);

impl Picks {
    /// Parses the flags.
    ///
    /// # Errors
    /// A word is not a filter.
    pub fn parse(flags: &[String]) -> Result<Self, FilterError> {
        let groups = flags.iter().map(|flag| words(flag).map(|word| pick(word.trim())).collect());
        groups.collect::<Result<Vec<_>, _>>().map(Self)
    }

    /// Whether there is nothing to filter by.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn all(&self, holds: impl Fn(&Pick) -> bool) -> bool {
        self.0.iter().all(|group| group.iter().any(&holds))
    }

    /// The change set with the selected records only; its counts remain those of the whole.
    ///
    /// # Errors
    /// Nothing matches.
    pub fn apply(&self, mut set: ChangeSet) -> Result<ChangeSet, FilterError> {
        if self.is_empty() {
            return Ok(set);
        }
        let could = could_match(&set);
        set.operations.retain(|operation| self.all(|pick| operation_is(operation, pick)));
        set.findings.retain(|finding| self.all(|pick| finding_is(finding, pick)));
        set.updates.links.retain(|link| self.all(|pick| link_is(link, pick)));
        set.head.coming.clear();
        if set.operations.is_empty() && set.findings.is_empty() && set.updates.links.is_empty() {
            Err(FilterError::NoMatch(could))
        } else {
            Ok(set)
        }
    }
}

fn could_match(set: &ChangeSet) -> String {
    let verdicts = set.operations.iter().map(|operation| operation.verdict).chain(set.findings.iter().map(|finding| finding.verdict));
    let linked = (!super::links::pairs(set).is_empty()).then_some("linked");
    let words: std::collections::BTreeSet<&str> = verdicts.map(Verdict::token).chain(linked).collect();
    if words.is_empty() { "nothing to list".to_owned() } else { words.into_iter().collect::<Vec<_>>().join(", ") }
}

/// The words of a flag: a comma between double quotes belongs to a value of a key.
fn words(flag: &str) -> impl Iterator<Item = &str> {
    let (mut quoted, mut escaped) = (false, false);
    flag.split(move |one: char| {
        quoted ^= one == '"' && !escaped;
        escaped = one == '\\' && quoted && !escaped;
        one == ',' && !quoted
    })
}

fn pick(word: &str) -> Result<Pick, FilterError> {
    let (head, tail) = word.split_once(':').map_or((word, None), |(head, tail)| (head, Some(tail)));
    match (head, tail) {
        ("linked", None) => Ok(Pick::Linked),
        ("key", Some(key)) => Ok(Pick::Key(key.to_owned())),
        ("line", Some(line)) => line.parse().map(Pick::Line).map_err(|_| FilterError::Line(line.to_owned())),
        _ => {
            let verdict = Verdict::ALL.into_iter().find(|verdict| verdict.token() == head.replace(' ', "_"));
            let pick = verdict.map(|verdict| Pick::Verdict(verdict, tail.map(str::to_owned)));
            pick.ok_or_else(|| FilterError::Unknown(word.to_owned()))
        }
    }
}

fn operation_is(operation: &Operation, pick: &Pick) -> bool {
    match pick {
        Pick::Verdict(verdict, attribute) => {
            operation.verdict == *verdict
                && attribute.as_ref().is_none_or(|name| changes::written(operation).any(|value| *value.attribute == **name))
        }
        Pick::Linked => operation.links_now,
        Pick::Key(key) => operation.key == *key,
        Pick::Line(line) => operation
            .lines
            .iter()
            .chain(changes::written(operation).map(|value| &*value.line))
            .any(|at| at.file.is_empty() && at.line == *line),
    }
}

fn link_is(link: &NewLink, pick: &Pick) -> bool {
    match pick {
        Pick::Linked => true,
        Pick::Key(key) => link.key == *key,
        Pick::Verdict(..) | Pick::Line(_) => false,
    }
}

fn finding_is(finding: &Finding, pick: &Pick) -> bool {
    match pick {
        Pick::Verdict(verdict, attribute) => {
            finding.verdict == *verdict && attribute.as_ref().is_none_or(|name| finding.attribute.as_ref() == Some(name))
        }
        Pick::Linked => false,
        Pick::Key(key) => finding.key == *key,
        Pick::Line(line) => finding.lines.iter().any(|at| at.file.is_empty() && at.line == *line),
    }
}
