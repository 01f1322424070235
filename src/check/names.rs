//! Attributes by their names, and what is declared twice.

use super::{
    environment::Environment,
    model::system::{Attribute, Collection, System},
    suggest::{closest, list, suggest},
    types::Typing,
};
use crate::{
    diagnose::{Diagnostic, Fix, Span},
    syntax::tree::Ident,
};
use std::collections::HashMap;

/// An attribute of a system that was never asked. `check` reads files only, so it does not report it as a mistake.
pub(crate) const UNASKED: &str = "E0218";

impl Environment<'_> {
    /// The index of an attribute of a collection; none once it has been reported.
    pub fn attribute(&self, of: (usize, usize), names: &[Ident]) -> Option<usize> {
        let collection = &self.systems[of.0].collections[of.1];
        let name = names.iter().map(|name| name.text.as_str()).collect::<Vec<_>>().join(".");
        let span = names[0].span.to(names[names.len() - 1].span);
        let found = collection.attribute(&name);
        match found {
            None if self.report.syntax.hides_block(collection.span) => {}
            None if self.report.has_said("E0203", collection.name_span) => self.report.follows(span),
            None => self.unknown_attribute(of, &name, span),
            Some(at) => {
                self.report.uses(collection.attributes[at].span);
                return Some(at);
            }
        }
        None
    }

    fn unknown_attribute(&self, of: (usize, usize), name: &str, span: Span) {
        let collection = &self.systems[of.0].collections[of.1];
        let declared = collection.attributes.iter().filter(|one| !one.discovered).map(|one| (one.name.as_str(), one.span));
        self.report.unknown(self.no_attribute(of, name, span), name, declared);
    }

    fn no_attribute(&self, of: (usize, usize), name: &str, span: Span) -> Diagnostic {
        let (system, collection) = (&self.systems[of.0], &self.systems[of.0].collections[of.1]);
        let message = format!("`{}.{}` has no attribute `{name}`", system.name, collection.name);
        let diagnostic = Diagnostic::error("E0203", span, message).label("not declared");
        if name.starts_with("setting.") {
            let help = format!("an attribute that a setting chooses is written in `[ ]`: write `[{name}]`");
            return diagnostic.help(help).fix(Fix::replace(span, format!("[{name}]"), ""));
        }
        if let Some(alone) = self.qualified(of, name) {
            let help = format!("an attribute of the target is named alone: `{alone}`");
            return diagnostic.help(help).fix(Fix::replace(span, alone, ""));
        }
        if let Some(of) = told_of(collection, name).filter(|_| meant(collection, name).is_none_or(|near| near.discovered)) {
            return self.not_told(diagnostic, (system, collection), of, name);
        }
        let Some(attribute) = meant(collection, name) else {
            let there_is: Vec<_> = collection.attributes.iter().map(|attribute| attribute.name.as_str()).collect();
            return suggest(diagnostic, name, span, there_is.iter().copied());
        };
        let place = self.sources.place(attribute.span);
        let help = format!("did you mean `{}`? {place} reads it at `{}`", attribute.name, attribute.path.text);
        diagnostic.help(help).fix(Fix::replace(span, attribute.name.clone(), ""))
    }

    /// `users.email`, `app.users.email`, `target.email`: the attribute without what is before it.
    fn qualified<'n>(&self, of: (usize, usize), name: &'n str) -> Option<&'n str> {
        let (system, collection) = (&self.systems[of.0].name, &self.systems[of.0].collections[of.1]);
        let before = [format!("{}.", collection.name), format!("{system}.{}.", collection.name), "target.".into(), "current.".into()];
        before.iter().find_map(|before| name.strip_prefix(&**before)).filter(|alone| collection.attribute(alone).is_some())
    }

    /// The system itself lists its attributes: which, and when it was asked; nothing is known before that.
    fn not_told(&self, diagnostic: Diagnostic, (system, of): (&System, &Collection), part: Option<&str>, name: &str) -> Diagnostic {
        let asked = self.loader.asked(&system.name, &of.name, part);
        let Some(told) = self.loader.discovered(&system.name, &of.name, part) else {
            let help = format!("`settings verify` asks `{}`, and so does each run", system.name);
            let message = format!("it is not known yet whether `{}.{}` has an attribute `{name}`", system.name, of.name);
            return Diagnostic::error(UNASKED, diagnostic.span, message).help(help);
        };
        let names: Vec<_> =
            told.into_iter().map(|one| part.map_or_else(|| one.name.clone(), |part| format!("{part}.{}", one.name))).collect();
        let names = || names.iter().map(String::as_str);
        let near = list(closest(name, names())).map(|near| format!("did you mean {near}?"));
        let there_is = || list(names()).map_or_else(|| "there is none;".to_owned(), |all| format!("there is {all};"));
        let day = asked.map_or_else(String::new, |at| format!(" on {}", at.strftime("%Y-%m-%d")));
        let words = near.unwrap_or_else(there_is);
        diagnostic.help(format!("{words} `{}` was asked{day}, and `settings verify` asks again", system.name))
    }

    /// Reports each name that is declared a second time.
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
        self.patterns
            .regex(&pattern.text)
            .map_err(|error| {
                let why = why_no_regex(&error);
                let help = "a sign that is meant literally has a `\\` before it: `\\.`, `\\(`";
                self.report.error_help("E0605", pattern.span, format!("this is not a regular expression: {why}"), help);
            })
            .ok()
    }
}

/// What is wrong with a regular expression, in one sentence.
pub(crate) fn why_no_regex(error: &regex::Error) -> String {
    let text = error.to_string();
    text.lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned()
}

pub(crate) fn declared_twice(what: &str, name: &str, span: Span, first: Span) -> Diagnostic {
    Diagnostic::error("E0210", span, format!("{what} `{name}` is declared twice"))
        .related(first, "first here")
        .help("take one of the two out")
}

/// Whether the system itself tells of attributes that are called so: those of the collection (`Some(None)`), or those of a part.
fn told_of<'n>(collection: &Collection, name: &'n str) -> Option<Option<&'n str>> {
    match name.split_once('.') {
        Some((part, _)) => collection.parts.iter().find(|known| known.name == part && known.discovery.is_some()).map(|_| Some(part)),
        None => collection.discovery.is_some().then_some(None),
    }
}

/// The attribute whose path ends in the name, else the one with the nearest name.
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
    /// Names that can't be declared, because they have a meaning already.
    pub fn reserved(name: &str) -> bool {
        matches!(name, "current" | "setting" | "secret" | "today" | "now")
    }
}
