//! Which values of each record a plan reads, in the order in which a row holds them.

use super::{Origin, Slot, lower::Lowering};
use crate::{
    check::model::{
        expr::{Expr, ExprKind as K},
        pipeline::{Action, Leaver, LeaverKind, Pipeline},
        system::{Attribute, Call, Collection, FormSource},
    },
    value::{
        civil,
        format::{Codec, Form},
    },
};
use std::collections::BTreeSet;

/// Attributes by their index in the collection, then raw paths by their index in the pipeline.
pub(super) struct Slots {
    source: Vec<usize>,
    raws: Vec<usize>,
    target: Vec<usize>,
}

impl Slots {
    pub fn of(pipeline: &Pipeline, source: &Collection, target: &Collection) -> Self {
        let mut names = Names::default();
        expressions(pipeline, &mut |expr| names.take(expr));
        names.source.extend(named_by(source));
        names.source.extend(pipeline.one_per_key.iter().filter_map(|one| one.latest));
        names.source.extend(source.get.iter().flat_map(own_names));
        let shares = pipeline.map.iter().any(|line| line.on_conflict.is_some());
        names.source.extend(source.changed.filter(|_| shares || pipeline.since.is_some()));
        names.current.extend(target.changed.filter(|_| shares));
        names.current.extend(named_by(target));
        names.current.extend(target.access().map(|(at, _)| at));
        names.current.extend(written(pipeline));
        names.current.extend(called(target, pipeline));
        let read = |of: &Collection, at: &usize| of.attributes[*at].is_read();
        Self {
            source: names.source.into_iter().filter(|at| read(source, at)).collect(),
            raws: names.raws.into_iter().collect(),
            target: names.current.into_iter().filter(|at| read(target, at)).collect(),
        }
    }

    pub fn source_of(&self, attribute: usize) -> Option<usize> {
        self.source.iter().position(|at| *at == attribute)
    }

    pub fn raw_of(&self, raw: usize) -> Option<usize> {
        self.raws.iter().position(|at| *at == raw).map(|at| at + self.source.len())
    }

    /// The slot of a joined record's attribute.
    pub fn joined(&self, _join: usize, _attribute: usize) -> Option<usize> {
        None
    }

    /// The slot of the element of `each`.
    pub fn element(&self) -> Option<usize> {
        None
    }

    pub fn target_of(&self, attribute: usize) -> Option<usize> {
        self.target.iter().position(|at| *at == attribute)
    }
}

#[derive(Default)]
struct Names {
    source: BTreeSet<usize>,
    raws: BTreeSet<usize>,
    current: BTreeSet<usize>,
}

impl Names {
    fn take(&mut self, expr: &Expr) {
        expr.walk(&mut |part| match part.kind {
            K::Source(at) => drop(self.source.insert(at)),
            K::Raw(at) => drop(self.raws.insert(at)),
            K::Current(at) => drop(self.current.insert(at)),
            _ => {}
        });
    }
}

/// Every expression that is asked of a record.
pub(super) fn expressions<'p>(pipeline: &'p Pipeline, see: &mut dyn FnMut(&'p Expr)) {
    pipeline.fields.iter().for_each(|field| see(&field.value));
    see(&pipeline.key);
    pipeline.scope.iter().for_each(|scope| see(&scope.condition));
    pipeline.one_per_key.iter().filter_map(|one| one.prefer.as_ref()).for_each(&mut *see);
    pipeline.rules.iter().flat_map(|rule| &rule.parts).for_each(|part| see(&part.value));
    pipeline.map.iter().flat_map(|line| std::iter::once(&line.value).chain(&line.when)).for_each(&mut *see);
    pipeline.leavers.iter().for_each(|leaver| of_leaver(leaver, see));
    pipeline.on_closed_by_hand.iter().flatten().filter_map(value_of).for_each(&mut *see);
}

fn of_leaver<'p>(leaver: &'p Leaver, see: &mut dyn FnMut(&'p Expr)) {
    for condition in &leaver.conditions {
        if let LeaverKind::When(when) = &condition.kind {
            see(when);
        }
        condition.due.iter().for_each(&mut *see);
    }
    leaver.protect.iter().for_each(|protect| see(&protect.condition));
    actions(leaver).filter_map(value_of).for_each(see);
}

fn actions(leaver: &Leaver) -> impl Iterator<Item = &Action> {
    leaver.actions.iter().chain(leaver.stages.iter().flat_map(|stage| &stage.actions)).chain(leaver.on_return.iter().flatten())
}

const fn value_of(action: &Action) -> Option<&Expr> {
    if let Action::Set { value, .. } = action { Some(value) } else { None }
}

/// How a collection names a record, and how people do.
fn named_by(collection: &Collection) -> impl Iterator<Item = usize> + '_ {
    collection.key.into_iter().chain(collection.label.iter().flat_map(own_in))
}

fn own_in(expr: &Expr) -> Vec<usize> {
    let mut own = Vec::new();
    expr.walk(&mut |part| {
        if let K::Own(at) = part.kind {
            own.push(at);
        }
    });
    own
}

/// The attributes that a call names of the record it is about.
fn own_names(call: &Call) -> Vec<usize> {
    call.sent().flat_map(own_in).collect()
}

/// The target attributes that the pipeline writes, compares or shows.
fn written(pipeline: &Pipeline) -> impl Iterator<Item = usize> + '_ {
    let mapped = pipeline.map.iter().map(|line| line.attribute);
    let matched = pipeline.rules.iter().flat_map(|rule| rule.parts.iter().map(|part| part.attribute));
    let by_hand = pipeline.on_closed_by_hand.iter().flatten();
    let set = pipeline.leavers.iter().flat_map(actions).chain(by_hand);
    let set = set.filter_map(|action| if let Action::Set { attribute, .. } = action { Some(*attribute) } else { None });
    mapped.chain(matched).chain(set).chain(pipeline.show.iter().copied())
}

/// What the target's own calls name of a record.
fn called(target: &Collection, pipeline: &Pipeline) -> Vec<usize> {
    let named = pipeline.leavers.iter().flat_map(actions).filter_map(|action| match action {
        Action::Call { call, .. } => Some(&target.named[*call].1),
        _ => None,
    });
    [&target.get, &target.update, &target.delete].into_iter().flatten().chain(named).flat_map(own_names).collect()
}

impl Lowering<'_> {
    /// What is read of each source record: attributes, then raw paths.
    pub fn source_slots(&self, pipeline: &Pipeline, source: &Collection) -> Vec<Slot> {
        let attributes = self.slots.source.iter().map(|at| self.slot(*at, &source.attributes[*at], !source.attributes[*at].ty.optional));
        let raws = self.slots.raws.iter().map(|at| &pipeline.raws[*at]).map(|raw| Slot {
            origin: Origin::Record,
            attribute: None,
            name: raw.path.text.clone(),
            path: raw.path.clone(),
            codec: Codec { required: !raw.ty.optional, ..Codec::natural(raw.ty.kind.clone()) },
            line: self.line(raw.span),
        });
        attributes.chain(raws).collect()
    }

    /// What is read of each target record: one that lacks a required attribute is read all the same.
    pub fn target_slots(&self, target: &Collection) -> Vec<Slot> {
        self.slots.target.iter().map(|at| self.slot(*at, &target.attributes[*at], false)).collect()
    }

    fn slot(&self, at: usize, attribute: &Attribute, required: bool) -> Slot {
        Slot {
            origin: Origin::Record,
            attribute: Some(at),
            name: attribute.name.clone(),
            path: attribute.path.clone(),
            codec: Codec { required, ..self.codec(attribute) },
            line: self.line(attribute.span),
        }
    }

    /// How an attribute stands in JSON, with the formats that settings name.
    pub fn codec(&self, attribute: &Attribute) -> Codec {
        let zone = attribute.zone.as_deref().and_then(civil::zone);
        let forms = attribute.forms.iter().filter_map(|form| self.form(form, attribute)).collect();
        Codec { kind: attribute.ty.kind.clone(), required: !attribute.ty.optional, forms, zone }
    }

    fn form(&self, form: &FormSource, attribute: &Attribute) -> Option<Form> {
        match form {
            FormSource::Fixed(form) => Some(form.clone()),
            FormSource::Setting(id) => {
                let value = self.settings.value(id);
                let pattern = value.as_text()?;
                if let Err(why) = crate::check::attributes::pattern_problem(pattern, &attribute.ty.kind, attribute.zone.is_some()) {
                    self.settings.refuse(id, &format!("`{pattern}` {why}"));
                }
                Some(Form::Pattern(pattern.to_owned()))
            }
        }
    }
}
