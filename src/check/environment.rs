//! Everything that is declared, by name.

use super::{
    loader::Loader,
    model::{Setting, Table, pipeline::Reference, system::System},
    patterns::Patterns,
    report::Report,
    suggest::suggest,
};
use crate::{
    diagnose::{Diagnostic, Sources, Span},
    syntax::tree::{CollectionName, Ident},
    value::Kind,
};
use std::sync::Arc;

/// The names that expressions and statements may use.
pub(crate) struct Environment<'a> {
    pub loader: &'a dyn Loader,
    pub sources: &'a Sources,
    pub report: &'a Report,
    pub patterns: &'a Patterns,
    pub systems: Arc<Vec<Arc<System>>>,
    pub tables: Arc<Vec<Table>>,
    /// Settings at the top of a file.
    pub settings: Arc<Vec<Setting>>,
    pub pipelines: Pipelines<'a>,
    /// Whether a used file could not be read. Names are then not reported as unknown, because that file may declare them.
    pub unread: bool,
}

/// The pipelines that may be named: those of the file and of those that it uses, then those of the other files in the folder.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Pipelines<'a> {
    pub own: &'a [KnownPipeline],
    pub folder: &'a [KnownPipeline],
    /// The names of all in the folder, where more are known by name than were looked at.
    pub names: &'a [String],
}

/// A pipeline of this file, or of another one of the folder, as its header tells it.
#[derive(Clone, Debug)]
pub(crate) struct KnownPipeline {
    pub name: String,
    pub span: Span,
    /// None where it can't be understood: its collections are not known.
    pub links: Option<Links>,
}

/// The collections that its links connect.
#[derive(Clone, Debug)]
pub(crate) struct Links {
    pub reference: Reference,
    /// The kind of its key, if it is known.
    pub key: Option<Kind>,
    /// The kind of the key of its target; none if the target declares none.
    pub id: Option<Kind>,
    /// Whether several attributes name a record of its target together.
    pub id_is_several: bool,
}

impl<'a> Pipelines<'a> {
    pub fn iter(&self) -> impl Iterator<Item = &'a KnownPipeline> {
        self.own.iter().chain(self.folder)
    }

    pub fn named(&self, name: &str) -> Option<&'a KnownPipeline> {
        self.iter().find(|known| known.name == name)
    }
}

impl<'a> Environment<'a> {
    pub fn new(loader: &'a dyn Loader, sources: &'a Sources, report: &'a Report, patterns: &'a Patterns) -> Self {
        let (systems, tables, settings) = Default::default();
        Self { loader, sources, report, patterns, systems, tables, settings, pipelines: Pipelines::default(), unread: false }
    }
}

impl Environment<'_> {
    /// The indexes of a system and its collection.
    pub fn collection(&self, name: &CollectionName) -> Option<(usize, usize)> {
        let Some(system) = self.systems.iter().position(|system| system.name == name.system.text) else {
            if !self.unread {
                let declared = self.systems.iter().map(|system| (system.name.as_str(), system.span));
                self.report.unknown(self.no_system(&name.system), &name.system.text, declared);
            }
            return None;
        };
        self.report.uses(self.systems[system].span);
        let there_is = &self.systems[system].collections;
        let found = there_is.iter().position(|collection| collection.name == name.collection.text);
        if let Some(at) = found {
            self.report.uses(there_is[at].name_span);
        } else {
            let message = format!("`{}` has no collection `{}`", name.system.text, name.collection.text);
            let diagnostic = Diagnostic::error("E0202", name.collection.span, message).label("not declared");
            let diagnostic = suggest(diagnostic, &name.collection.text, name.collection.span, there_is.iter().map(|one| one.name.as_str()));
            let declared = there_is.iter().map(|one| (one.name.as_str(), one.name_span));
            self.report.unknown(diagnostic, &name.collection.text, declared);
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

    /// A pipeline of the folder; none once it has been reported.
    pub fn known_pipeline(&self, name: &str, span: Span) -> Option<&KnownPipeline> {
        let found = self.pipelines.named(name);
        if found.is_none() {
            let all = self.pipelines.iter().map(|known| &known.name).chain(self.pipelines.names);
            let mut there_is: Vec<_> = all.map(String::as_str).collect();
            there_is.sort_unstable();
            there_is.dedup();
            let diagnostic = Diagnostic::error("E0217", span, format!("there is no pipeline `{name}`")).label("not declared");
            let declared = self.pipelines.iter().map(|known| (known.name.as_str(), known.span));
            self.report.unknown(suggest(diagnostic, name, span, there_is.iter().copied()), name, declared);
        }
        found
    }

    /// The text of a stretch in one line, as reports show it.
    pub fn text(&self, span: Span) -> String {
        let text = self.sources.text(span);
        if !text.contains('\n') {
            return text.trim().to_owned();
        }
        text.lines().map(|line| line.split('#').next().unwrap_or(line).trim()).filter(|line| !line.is_empty()).collect::<Vec<_>>().join(" ")
    }
}
