//! All that is declared, by name.

use super::{
    folder::pipeline_index::KnownPipeline,
    model::{Setting, Table, system::System},
    report::Report,
    suggest::suggest,
};
use crate::{
    diagnose::{Diagnostic, Sources},
    syntax::tree::{CollectionName, Ident},
};

/// What expressions and statements may name.
pub(crate) struct Environment<'a> {
    pub loader: &'a dyn super::Loader,
    pub sources: &'a Sources,
    pub report: &'a Report,
    pub systems: Vec<System>,
    pub tables: Vec<Table>,
    /// Settings that stand at the top of a file.
    pub settings: Vec<Setting>,
    /// The pipelines of these files and of those in the folder that have to do with them.
    pub pipelines: Vec<KnownPipeline>,
    /// Whether a file that is used could not be read: what it declares is not called missing.
    pub unread: bool,
    /// The names of all other pipelines in the folder.
    pub elsewhere: Vec<String>,
}

impl<'a> Environment<'a> {
    pub fn new(loader: &'a dyn super::Loader, sources: &'a Sources, report: &'a Report) -> Self {
        Self {
            loader,
            sources,
            report,
            systems: Vec::new(),
            tables: Vec::new(),
            settings: Vec::new(),
            pipelines: Vec::new(),
            elsewhere: Vec::new(),
            unread: false,
        }
    }
}

impl Environment<'_> {
    /// The indexes of a system and its collection.
    pub fn collection(&self, name: &CollectionName) -> Option<(usize, usize)> {
        let Some(system) = self.systems.iter().position(|system| system.name == name.system.text) else {
            if !self.unread {
                self.report.say(self.no_system(&name.system));
            }
            return None;
        };
        let there_is = &self.systems[system].collections;
        let found = there_is.iter().position(|collection| collection.name == name.collection.text);
        if found.is_none() {
            let message = format!("`{}` has no collection `{}`", name.system.text, name.collection.text);
            let diagnostic = Diagnostic::error("E0202", name.collection.span, message).label("not declared");
            self.report.say(suggest(diagnostic, &name.collection.text, name.collection.span, there_is.iter().map(|one| one.name.as_str())));
        }
        found.map(|collection| (system, collection))
    }

    fn no_system(&self, name: &Ident) -> Diagnostic {
        let diagnostic = Diagnostic::error("E0201", name.span, format!("there is no system `{}`", name.text)).label("not declared");
        let there_is = self.systems.iter().map(|system| system.name.as_str());
        if there_is.clone().next().is_none() {
            return diagnostic.help(format!("declare it, or name its file: `use \"systems/{}.sync\"`", name.text));
        }
        suggest(diagnostic, &name.text, name.span, there_is)
    }

    /// The text of a stretch in one line, as reports show it.
    pub fn text(&self, span: crate::diagnose::Span) -> String {
        let text = self.sources.text(span);
        if !text.contains('\n') {
            return text.trim().to_owned();
        }
        text.lines().map(|line| line.split('#').next().unwrap_or(line).trim()).filter(|line| !line.is_empty()).collect::<Vec<_>>().join(" ")
    }
}
