//! Systems compiled alone, without a pipeline and without values of settings: to try what they declare, never to speak to them.

use super::{lower::Lowering, pipeline::compiled_table, settings::Settings, slots::Slots, system::System};
use crate::{
    check::{
        Project,
        model::{Owner, Setting, SettingId, system as checked},
    },
    diagnose::Span,
    value::{Kind, Value},
};
use std::sync::Arc;

/// A checked system of a project.
#[derive(Clone, Copy)]
pub struct Alone<'p> {
    project: &'p Project,
    pub system: &'p Arc<checked::System>,
}

/// The systems of a project, each to be compiled alone.
pub fn systems(project: &Project) -> impl Iterator<Item = Alone<'_>> {
    project.systems.iter().map(move |system| Alone { project, system })
}

impl Alone<'_> {
    /// Where its name is.
    pub fn span(&self) -> Span {
        self.system.span
    }

    /// The system, with a made-up value for each setting that has no default.
    pub fn compiled(&self) -> System {
        self.compiled_with(&|_, _| None)
    }

    /// The same, with values of settings by system and setting.
    pub fn compiled_with(&self, given: &dyn Fn(&str, &Setting) -> Option<Value>) -> System {
        let value = |one: &Setting| given(&self.system.name, one).unwrap_or_else(|| sample(one));
        let of_system = |one: &Setting| (id(Owner::System(self.system.name.clone()), one), value(one));
        let shared = |one: &Setting| (id(Owner::Shared, one), value(one));
        let values = self.system.settings.iter().map(of_system).chain(self.project.settings.iter().map(shared));
        let settings = Settings::made_up(values.collect());
        let tables: Vec<_> = self.project.tables.iter().map(|table| Arc::new(compiled_table(table))).collect();
        let slots = Slots { source: Vec::new(), raws: Vec::new(), joined: Vec::new(), target: Vec::new() };
        Lowering { systems: &self.project.systems, settings: &settings, tables: &tables, slots: &slots }.system(self.system)
    }
}

fn id(owner: Owner, setting: &Setting) -> SettingId {
    SettingId { owner, name: setting.name.clone() }
}

/// The default of a setting, else its first choice, else any value of its type.
fn sample(setting: &Setting) -> Value {
    let known = setting.default.clone().or_else(|| setting.choices.first().cloned());
    known.unwrap_or_else(|| match &setting.ty.kind {
        Kind::Text => Value::text("sample"),
        Kind::Int => Value::Int(1),
        Kind::Bool => Value::Bool(true),
        Kind::List(_) => Value::list(Vec::new()),
        _ => Value::Null,
    })
}
