//! What files declare beside pipelines: systems, tables and settings. Checked once for all files that use the same.

use super::used_files::{TableTexts, Unit, UnitKey, UsedFiles};
use crate::check::{
    environment::Environment,
    loader::Loader,
    model::{Setting, Table, system::System},
    patterns::Patterns,
    report::{Report, Said},
    syntax_errors::SyntaxErrors,
};
use crate::{
    diagnose::{Sources, Span},
    syntax::tree::{self, Item, SystemItem},
};
use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

/// What some files declare, with what was said of it.
#[derive(Debug)]
pub(crate) struct Declared {
    pub systems: Arc<Vec<Arc<System>>>,
    pub tables: Arc<Vec<Table>>,
    pub settings: Arc<Vec<Setting>>,
    pub said: Said,
}

/// The declarations of a folder, by the files that hold them: fifty pipelines over one source check its system once.
pub(crate) struct DeclaredOnce<'a> {
    loader: &'a dyn Loader,
    sources: &'a Sources,
    patterns: &'a Patterns,
    known: HashMap<(Vec<UnitKey>, bool), Arc<Declared>>,
    systems: SystemsOnce,
}

/// Systems without a mistake, by all that their check depends on, each with the declarations that were used until it was checked.
type SystemsOnce = HashMap<SystemKey, (Arc<System>, HashSet<Span>)>;

/// What distinguishes two checks of one system: its file and name, and where everything outside of it is declared: what extends
/// it, the tables and the shared settings that its file mentions.
#[derive(PartialEq, Eq, Hash)]
struct SystemKey {
    unit: UnitKey,
    span: Span,
    outside: Vec<Span>,
    unread: bool,
}

impl<'a> DeclaredOnce<'a> {
    pub fn new(loader: &'a dyn Loader, sources: &'a Sources, patterns: &'a Patterns) -> Self {
        Self { loader, sources, patterns, known: HashMap::new(), systems: HashMap::new() }
    }

    pub fn of(&mut self, used: &UsedFiles) -> Arc<Declared> {
        let units: Vec<&Unit> = used.units.iter().filter(|unit| unit.declares()).collect();
        let key = (units.iter().map(|unit| unit.key()).collect(), used.unread);
        if let Some(known) = self.known.get(&key) {
            return Arc::clone(known);
        }
        let declared = Arc::new(self.declared(used, &units));
        self.known.insert(key, Arc::clone(&declared));
        declared
    }

    fn declared(&mut self, used: &UsedFiles, units: &[&Unit]) -> Declared {
        let report = Report::with(SyntaxErrors::of(&used.mistakes, self.sources));
        // Declarations that depend on a broken one do not report it again.
        report.say_all(used.mistakes.iter().filter(|one| units.iter().any(|unit| unit.file == one.span.file)));
        let mut env = Environment { unread: used.unread, ..Environment::new(self.loader, self.sources, &report, self.patterns) };
        env.declare(units, &used.texts, &mut self.systems);
        let Environment { systems, tables, settings, .. } = env;
        Declared { systems, tables, settings, said: report.into_said() }
    }
}

impl Environment<'_> {
    /// Takes in what files declare, in the order in which one needs the other.
    fn declare(&mut self, units: &[&Unit], texts: &TableTexts, once: &mut SystemsOnce) {
        let items = || units.iter().flat_map(|unit| &unit.tree.items);
        self.names_once(units);
        let settings: Vec<_> = items().filter_map(|item| if let Item::Setting(one) = item { Some(one) } else { None }).collect();
        self.settings = Arc::new(self.settings(settings.iter().copied()));
        let tables = items().filter_map(|item| if let Item::Table(one) = item { Some(self.table(one, texts)) } else { None });
        self.tables = Arc::new(tables.collect());
        let extends: Vec<_> = items().filter_map(|item| if let Item::Extend(one) = item { Some(one) } else { None }).collect();
        self.systems = Arc::new(self.systems_of(units, &extends, once));
        extends.iter().for_each(|extend| self.extended(extend));
        let of_systems = items().filter_map(|item| if let Item::System(one) = item { Some(&one.items) } else { None }).flatten();
        let of_systems = of_systems.filter_map(|item| if let SystemItem::Setting(one) = item { Some(one) } else { None });
        self.live_choices(settings.into_iter().chain(of_systems));
    }

    fn systems_of(&self, units: &[&Unit], extends: &[&tree::Extend], once: &mut SystemsOnce) -> Vec<Arc<System>> {
        let items = units.iter().flat_map(|unit| unit.tree.items.iter().map(move |item| (*unit, item)));
        let written = items.filter_map(|(unit, item)| if let Item::System(one) = item { Some((unit, one)) } else { None });
        written.map(|(unit, written)| self.system_once(unit, written, extends, once)).collect()
    }

    /// A system that was checked with the same around it, or is checked now. What is wrong with one is reported to every file that uses it.
    fn system_once(&self, unit: &Unit, written: &tree::System, extends: &[&tree::Extend], once: &mut SystemsOnce) -> Arc<System> {
        let own: Vec<_> = extends.iter().filter(|extend| extend.collection.system.text == written.name.text).copied().collect();
        let key = SystemKey { unit: unit.key(), span: written.name.span, outside: self.outside(unit, &own), unread: self.unread };
        if let Some((known, used)) = once.get(&key) {
            used.iter().for_each(|declaration| self.report.uses(*declaration));
            return Arc::clone(known);
        }
        let said = self.report.len();
        let system = Arc::new(self.system(written, &own));
        if self.report.len() == said {
            once.insert(key, (Arc::clone(&system), self.report.used()));
        }
        system
    }

    /// Where all is declared that a system of this file can name outside of it.
    fn outside(&self, unit: &Unit, extends: &[&tree::Extend]) -> Vec<Span> {
        let texts = extends.iter().map(|one| self.sources.text(one.span)).chain([&*self.sources.file(unit.file).text]);
        let texts: Vec<&str> = texts.collect();
        let mentioned = |name: &str| texts.iter().any(|text| text.contains(name));
        let tables = self.tables.iter().filter(|one| mentioned(&one.name)).map(|one| one.span);
        let settings = self.settings.iter().filter(|one| mentioned(&one.name)).map(|one| one.span);
        extends.iter().map(|one| one.span).chain(tables).chain(settings).collect()
    }

    /// Systems and tables have names of their own over all files.
    fn names_once(&self, units: &[&Unit]) {
        let items = || units.iter().flat_map(|unit| &unit.tree.items);
        let named = |pick: fn(&Item) -> Option<&tree::Ident>| items().filter_map(pick).map(|name| (name.text.as_str(), name.span));
        self.no_doubles("the system", named(|item| if let Item::System(one) = item { Some(&one.name) } else { None }));
        self.no_doubles("the table", named(|item| if let Item::Table(one) = item { Some(&one.name) } else { None }));
    }
}
