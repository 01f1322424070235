//! Attributes by their names, and what is declared twice.

use super::{
    model::system::{Attribute, Collection, System},
    suggest::{closest, suggest},
    types::Typing,
    world::World,
};
use crate::{
    diagnose::{Diagnostic, Fix, Span},
    syntax::tree::Ident,
};
use std::collections::HashMap;

impl World<'_> {
    /// The index of an attribute of a collection; none once it has been reported.
    pub fn attribute(&self, of: (usize, usize), names: &[Ident]) -> Option<usize> {
        let collection = &self.systems[of.0].collections[of.1];
        let name = names.iter().map(|name| name.text.as_str()).collect::<Vec<_>>().join(".");
        let span = names[0].span.to(names[names.len() - 1].span);
        let found = collection.attribute(&name);
        match found {
            None if collection.broken => {}
            None => self.report.say(self.no_attribute(of, &name, span)),
            Some(at) => return Some(at),
        }
        None
    }

    fn no_attribute(&self, of: (usize, usize), name: &str, span: Span) -> Diagnostic {
        let (system, collection) = (&self.systems[of.0], &self.systems[of.0].collections[of.1]);
        let message = format!("`{}.{}` has no attribute `{name}`", system.name, collection.name);
        let diagnostic = Diagnostic::error("E0203", span, message).label("not declared");
        if name.starts_with("setting.") {
            let help = format!("what a setting chooses stands in `[ ]`: write `[{name}]`");
            return diagnostic.help(help).fix(Fix::replace(span, format!("[{name}]"), ""));
        }
        if let Some(help) = self.asked_long_ago(system, collection, name) {
            return diagnostic.help(help);
        }
        let Some(attribute) = meant(collection, name) else {
            let there_is: Vec<_> = collection.attributes.iter().map(|attribute| attribute.name.as_str()).collect();
            return suggest(diagnostic, name, span, there_is.iter().copied());
        };
        let place = self.sources.place(attribute.span);
        let help = format!("did you mean `{}`? {place} reads it at `{}`", attribute.name, attribute.path.text);
        diagnostic.help(help).fix(Fix::replace(span, attribute.name.clone(), ""))
    }

    /// Where the system itself tells which attributes there are: how old that knowledge is.
    fn asked_long_ago(&self, system: &System, collection: &Collection, name: &str) -> Option<String> {
        let part_of = |name: &str| name.split_once('.').map(|(part, _)| part.to_owned());
        let part = part_of(name);
        let part = part.as_deref();
        let told = match part {
            Some(part) => collection.parts.iter().find(|known| known.name == part)?.discovery.is_some(),
            None => collection.discovery.is_some(),
        };
        if !told || meant(collection, name).is_some() {
            return None;
        }
        let of_part = |attribute: &&Attribute| attribute.discovered && part_of(&attribute.name).as_deref() == part;
        let known: Vec<_> = collection.attributes.iter().filter(of_part).map(|attribute| attribute.name.as_str()).collect();
        let asked = self.loader.asked(&system.name, &collection.name, part);
        Some(match (super::suggest::list(known), asked) {
            (None, _) => format!("`{}` has not been asked yet which attributes it has: `counterpart settings` asks", system.name),
            (Some(known), Some(at)) => {
                format!("there is {known}, as `{}` said on {}; `counterpart settings` asks again", system.name, at.strftime("%Y-%m-%d"))
            }
            (Some(known), None) => format!("there is {known}; `counterpart settings` asks `{}` again", system.name),
        })
    }

    /// Reports each name that stands a second time.
    pub fn no_doubles<'n>(&self, what: &str, names: impl IntoIterator<Item = (&'n str, Span)>) {
        let mut seen: HashMap<&str, Span> = HashMap::new();
        for (name, span) in names {
            match seen.get(name) {
                Some(first) if *first != span => self.report.say(declared_twice(what, name, span, *first)),
                _ => {
                    seen.insert(name, span);
                }
            }
        }
    }

    /// A regular expression, or none once it has been refused.
    pub fn regex(&self, pattern: &crate::syntax::tree::Words) -> Option<regex::Regex> {
        regex::Regex::new(&pattern.text)
            .map_err(|error| {
                let why = why_no_regex(&error);
                let help = "a sign that stands for itself has a `\\` before it: `\\.`, `\\(`";
                self.report.error_help("E0605", pattern.span, format!("this is no regular expression: {why}"), help);
            })
            .ok()
    }
}

/// What is wrong with a regular expression, in one sentence.
pub(crate) fn why_no_regex(error: &regex::Error) -> String {
    let text = error.to_string();
    text.lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned()
}

pub(super) fn declared_twice(what: &str, name: &str, span: Span, first: Span) -> Diagnostic {
    Diagnostic::error("E0210", span, format!("{what} `{name}` is declared twice"))
        .related(first, "first here")
        .help("take one of the two out")
}

/// The attribute that stands at a path ending in the name, else the one with the nearest name.
fn meant<'a>(collection: &'a Collection, name: &str) -> Option<&'a Attribute> {
    let at_path = |attribute: &&Attribute| attribute.path.text.strip_suffix(name).is_some_and(|before| before.ends_with('.'));
    let usable = || collection.attributes.iter();
    if let Some(attribute) = usable().find(at_path) {
        return Some(attribute);
    }
    match closest(name, usable().map(|attribute| attribute.name.as_str()))[..] {
        [near] => usable().find(|attribute| attribute.name == near),
        _ => None,
    }
}

impl Typing<'_> {
    /// What a name must not be, since it means something already.
    pub fn reserved(name: &str) -> bool {
        matches!(name, "current" | "setting" | "secret" | "today" | "now")
    }
}
