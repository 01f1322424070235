//! What files declare beside pipelines: systems, tables and settings. Checked once for all files that use the same.

use super::used_files::{TableTexts, Unit, UnitKey, UsedFiles};
use crate::check::{
    environment::Environment,
    loader::Loader,
    model::{Setting, Table, system::System},
    report::Report,
};
use crate::{
    diagnose::{Diagnostic, Sources},
    syntax::tree::{self, Item, SystemItem},
};
use std::{collections::HashMap, sync::Arc};

/// What some files declare, with what was said of it.
#[derive(Debug)]
pub(crate) struct Declared {
    pub systems: Arc<Vec<System>>,
    pub tables: Arc<Vec<Table>>,
    pub settings: Arc<Vec<Setting>>,
    pub said: Vec<Diagnostic>,
}

/// The declarations of a folder, by the files that hold them: fifty pipelines over one source check its system once.
pub(crate) struct DeclaredOnce<'a> {
    loader: &'a dyn Loader,
    sources: &'a Sources,
    known: HashMap<(Vec<UnitKey>, bool), Arc<Declared>>,
}

impl<'a> DeclaredOnce<'a> {
    pub fn new(loader: &'a dyn Loader, sources: &'a Sources) -> Self {
        Self { loader, sources, known: HashMap::new() }
    }

    pub fn of(&mut self, used: &UsedFiles) -> Arc<Declared> {
        let units: Vec<&Unit> = used.units.iter().filter(|unit| unit.declares()).collect();
        let key = (units.iter().map(|unit| unit.key()).collect(), used.unread);
        let declared = self.known.entry(key).or_insert_with(|| Arc::new(declared(self.loader, self.sources, used, &units)));
        Arc::clone(declared)
    }
}

fn declared(loader: &dyn Loader, sources: &Sources, used: &UsedFiles, units: &[&Unit]) -> Declared {
    let report = Report::default();
    // What is broken is not reported again by what stands on it.
    report.say_all(used.mistakes.iter().filter(|one| units.iter().any(|unit| unit.file == one.span.file)));
    let mut env = Environment { unread: used.unread, ..Environment::new(loader, sources, &report) };
    env.declare(units, &used.texts);
    let Environment { systems, tables, settings, .. } = env;
    Declared { systems, tables, settings, said: report.into_said() }
}

impl Environment<'_> {
    /// Takes in what files declare, in the order in which one needs the other.
    fn declare(&mut self, units: &[&Unit], texts: &TableTexts) {
        let items = || units.iter().flat_map(|unit| &unit.tree.items);
        self.names_once(units);
        let settings: Vec<_> = items().filter_map(|item| if let Item::Setting(one) = item { Some(one) } else { None }).collect();
        self.settings = Arc::new(self.settings(settings.iter().copied()));
        let tables = items().filter_map(|item| if let Item::Table(one) = item { Some(self.table(one, texts)) } else { None });
        self.tables = Arc::new(tables.collect());
        let extends: Vec<_> = items().filter_map(|item| if let Item::Extend(one) = item { Some(one) } else { None }).collect();
        self.systems = Arc::new(self.systems_of(units, &extends));
        extends.iter().for_each(|extend| self.extended(extend));
        let of_systems = items().filter_map(|item| if let Item::System(one) = item { Some(&one.items) } else { None }).flatten();
        let of_systems = of_systems.filter_map(|item| if let SystemItem::Setting(one) = item { Some(one) } else { None });
        self.live_choices(settings.into_iter().chain(of_systems));
    }

    fn systems_of(&self, units: &[&Unit], extends: &[&tree::Extend]) -> Vec<System> {
        let items = units.iter().flat_map(|unit| &unit.tree.items);
        let written = items.filter_map(|item| if let Item::System(one) = item { Some(one) } else { None });
        let system = |system: &tree::System| {
            let own: Vec<_> = extends.iter().filter(|extend| extend.collection.system.text == system.name.text).copied().collect();
            self.system(system, &own)
        };
        written.map(system).collect()
    }

    /// Systems and tables have names of their own over all files.
    fn names_once(&self, units: &[&Unit]) {
        let items = || units.iter().flat_map(|unit| &unit.tree.items);
        let named = |pick: fn(&Item) -> Option<&tree::Ident>| items().filter_map(pick).map(|name| (name.text.as_str(), name.span));
        self.no_doubles("the system", named(|item| if let Item::System(one) = item { Some(&one.name) } else { None }));
        self.no_doubles("the table", named(|item| if let Item::Table(one) = item { Some(&one.name) } else { None }));
    }
}
