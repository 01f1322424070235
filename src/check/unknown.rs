//! Names that nothing declares: each is reported once, and a misspelt declaration at its own place.
//!
//! A name that is used and declared nowhere is misspelt at its use or at its declaration. The declaration is suspected if nothing uses
//! it and its other spelling is the more common one in the files.

use crate::diagnose::{Diagnostic, FileId, Fix, Sources, Span, codes::Trait};
use std::collections::{HashMap, HashSet};

use super::suggest::closest;

/// More uses of one unknown name than this are not listed.
const MOST_USES: usize = 3;

/// The use of a name that nothing declares.
#[derive(Clone, Debug)]
pub(crate) struct Unknown {
    pub diagnostic: Diagnostic,
    pub name: String,
    /// The names of its kind that are declared, each with its place.
    pub declared: Vec<(String, Span)>,
    /// Whether a declaration may be used on its own line, as the alias of a join is after `on`.
    pub used_on_own_line: bool,
}

/// The errors about unknown names, uses of one name taken together.
pub(super) fn settled(unknown: Vec<Unknown>, used: &HashSet<Span>, sources: &Sources, files: &[FileId]) -> Vec<Diagnostic> {
    if unknown.is_empty() {
        return Vec::new();
    }
    let words = Words::of(sources, files);
    let said = |group: Vec<Unknown>| match suspected(&group, used, sources) {
        Some(declared) => misspelt_declaration(&group, &declared, sources, &words).unwrap_or_else(|| either(group, &declared, &words)),
        None => once(group),
    };
    grouped(unknown).into_iter().map(said).collect()
}

/// Uses of one name among the same declarations.
fn grouped(unknown: Vec<Unknown>) -> Vec<Vec<Unknown>> {
    let mut groups: Vec<Vec<Unknown>> = Vec::new();
    let first = |one: &Unknown| one.declared.first().map(|(_, span)| *span);
    for one in unknown {
        let same = |group: &&mut Vec<Unknown>| {
            group[0].diagnostic.code == one.diagnostic.code && group[0].name == one.name && first(&group[0]) == first(&one)
        };
        match groups.iter_mut().find(same) {
            Some(group) => group.push(one),
            None => groups.push(vec![one]),
        }
    }
    groups
}

/// The one declaration of nearly that name that nothing uses.
fn suspected(group: &[Unknown], used: &HashSet<Span>, sources: &Sources) -> Option<(String, Span)> {
    let Unknown { name, declared, .. } = &group[0];
    let near = closest(name, declared.iter().map(|(name, _)| name.as_str()));
    let line = |span: Span| (span.file, sources.position(span).0);
    let apart = |span: &Span| group.iter().all(|one| one.used_on_own_line || line(one.diagnostic.span) != line(*span));
    let mut unused = declared.iter().filter(|(name, span)| near.contains(&name.as_str()) && !used.contains(span) && apart(span));
    let found = unused.next()?;
    unused.all(|(_, another)| *another == found.1).then(|| found.clone())
}

/// The error at the declaration, where that is the misspelt one.
fn misspelt_declaration(group: &[Unknown], (other, span): &(String, Span), sources: &Sources, words: &Words) -> Option<Diagnostic> {
    let Unknown { diagnostic, name, .. } = &group[0];
    let own = sources.text(*span);
    if own.is_empty() {
        return Some(forgotten_alias(name, *span));
    }
    let before = other.strip_suffix(own)?;
    // Several uses that agree with each other are more likely right than the one declaration.
    let agree = diagnostic.has(Trait::OwnName) && group.len() > 1 && group.iter().all(|one| one.diagnostic.span.file == span.file);
    // A spelling that is written elsewhere too is no slip, and nor is a plural or an id beside its own singular.
    let meant_so = words.weight(other) > 0 || one_begins_the_other(name, other);
    if !agree && (meant_so || words.weight(name) == 0) {
        return None;
    }
    let message = format!("`{other}` is declared and never used, while `{name}` is used and never declared");
    let mut said = Diagnostic::error(diagnostic.code, *span, message).label("misspelt here?").help(format!("did you mean `{name}`?"));
    for one in group.iter().take(MOST_USES) {
        said = said.related(one.diagnostic.span, "used here");
    }
    Some(match name.strip_prefix(before) {
        Some(meant) if !own.contains('.') => said.fix(Fix::replace(*span, meant, "")),
        _ => said,
    })
}

/// The error at the use. An edit is offered only if the declaration's spelling is the more common one: elsewhere either may be misspelt.
fn either(group: Vec<Unknown>, (other, span): &(String, Span), words: &Words) -> Diagnostic {
    // A pipeline that waits for one of another file says nothing of that one's spelling.
    if group[0].diagnostic.code == "E0217" && group[0].diagnostic.span.file != span.file {
        return once(group);
    }
    // What is declared in a file of its own was not written for these uses.
    let elsewhere = group.iter().all(|one| one.diagnostic.span.file != span.file) && words.weight(other) > 0;
    let equal = !elsewhere && words.weight(&group[0].name) >= words.weight(other);
    let mut said = once(group);
    if equal {
        said.fixes.clear();
        said = said.related(*span, format!("`{other}` is declared here and never used"));
    }
    said
}

/// A name that is only meant for the source's record, which `from` does not give it: reported there, and not at each use.
pub(super) fn forgotten_alias(name: &str, from: Span) -> Diagnostic {
    let message = format!("the lines below call the source record `{name}`, and `from` does not name it");
    let fix = Fix::replace(from.after(), format!(" as {name}"), "");
    Diagnostic::error("E0204", from, message).help(format!("add `as {name}`")).fix(fix)
}

/// One error for all uses of a name: at the first, with its edits at each.
fn once(mut group: Vec<Unknown>) -> Diagnostic {
    let others: Vec<_> = group.split_off(1).into_iter().map(|one| one.diagnostic).collect();
    let mut first = group.remove(0).diagnostic;
    for other in others.iter().take(MOST_USES) {
        first = first.related(other.span, "used here too");
    }
    for other in others {
        for (fix, same) in first.fixes.iter_mut().zip(other.fixes) {
            fix.edits.extend(same.edits);
        }
    }
    first
}

/// `team` and `teams`, `manager` and `manager_id`: two words that both exist.
fn one_begins_the_other(name: &str, other: &str) -> bool {
    let (name, other) = (plain(last(name)), plain(last(other)));
    let rest = name.strip_prefix(&*other).or_else(|| other.strip_prefix(&*name));
    matches!(rest, Some("s" | "es" | "id" | "ids"))
}

/// The last part of a dotted name.
fn last(name: &str) -> &str {
    name.rsplit('.').next().unwrap_or(name)
}

/// How often each word occurs in some files, whatever its case and its `_`: `firstName` is `first_name`.
struct Words(HashMap<String, usize>);

impl Words {
    fn of(sources: &Sources, files: &[FileId]) -> Self {
        let mut counts = HashMap::new();
        let mut seen = HashSet::new();
        for file in files.iter().filter(|file| seen.insert(**file)) {
            let text: &str = sources.file(*file).text.as_ref();
            for word in text.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|word| !word.is_empty()) {
                *counts.entry(plain(word)).or_default() += 1;
            }
        }
        Self(counts)
    }

    /// How often the last part of a name occurs besides the place in doubt.
    fn weight(&self, name: &str) -> usize {
        self.0.get(&plain(last(name))).copied().unwrap_or_default().saturating_sub(1)
    }
}

fn plain(word: &str) -> String {
    word.to_lowercase().replace('_', "")
}
