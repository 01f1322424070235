//! The `map` of a plan, prepared for all records: names, lines, and what the target takes. Pure.

use super::identity;
use crate::{
    compile::{ExecutionPlan, Mapping, Missing, SourceLine, system::Attribute},
    diagnose::Span as Place,
    run::{
        change_set::{Stored, Written, hash::Digester},
        record_scope::RecordScope,
    },
    state::link::{Base, Link},
    value::{Fault, FaultCode, Value, canonical::same, nfc::nfc},
};
use jiff::SignedDuration;
use std::sync::Arc;

/// Names and lines of a plan, shared by all written values.
pub struct Map<'a> {
    pub(super) plan: &'a ExecutionPlan,
    pub(super) digester: &'a Digester,
    pub(super) names: Vec<Arc<str>>,
    /// Of each attribute, the hash of its name.
    hashes: Vec<u64>,
    /// Of each attribute, the hash of the name under which a link keeps what was seen of it.
    pub(super) seen: Vec<u64>,
    /// The attributes that tell people apart.
    pub(super) telling: Vec<usize>,
    pub(super) lines: Vec<Arc<SourceLine>>,
    /// Of each line, whether another line writes the same attribute.
    pub(super) doubled: Vec<bool>,
    /// Attributes whose writing has an effect on a person.
    effects: Vec<(Arc<str>, String)>,
    /// How close times of both systems may be before they count as the same.
    pub(super) slack: SignedDuration,
    /// The plan is not the one of the last applied run, so a value that was given up is tried again.
    pub(super) is_edited: bool,
}

/// Why a record can't be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WriteRefusal {
    pub fault: Box<Fault>,
    /// The line that needs the value.
    pub span: Place,
}

impl<'a> Map<'a> {
    /// For the `map` of a plan.
    #[must_use]
    pub fn new(plan: &'a ExecutionPlan, digester: &'a Digester, slack: SignedDuration, is_edited: bool) -> Self {
        let attributes = &plan.target.collection().attributes;
        let names: Vec<Arc<str>> = attributes.iter().map(|attribute| Arc::from(attribute.name.as_str())).collect();
        let hashes = names.iter().map(|name| digester.attribute(name)).collect();
        let seen = names.iter().map(|name| digester.attribute(&format!("(seen) {name}"))).collect();
        let lines = plan.map.iter().map(|mapping| Arc::new(plan.line(mapping.span))).collect();
        let effects =
            names.iter().zip(attributes).filter_map(|(name, attribute)| Some((name.clone(), attribute.effect.clone()?))).collect();
        let of = |mapping: &Mapping| plan.map.iter().filter(|other| other.attribute == mapping.attribute).count();
        let doubled = plan.map.iter().map(|mapping| of(mapping) > 1).collect();
        let telling = identity::telling(plan);
        Self { plan, digester, names, hashes, seen, telling, lines, doubled, effects, slack, is_edited }
    }

    pub(super) fn attribute(&self, at: usize) -> &Attribute {
        &self.plan.target.collection().attributes[at]
    }

    pub(super) fn base(&self, link: Option<&Link>, attribute: usize) -> Option<Base> {
        link?.bases.get(&self.hashes[attribute]).copied()
    }

    /// The value that a line wants; `None` if it leaves the attribute alone.
    pub(super) fn wanted(&self, mapping: &Mapping, record: &RecordScope<'_>) -> Result<Option<Value>, WriteRefusal> {
        let refuse = |fault| WriteRefusal { fault, span: mapping.span };
        let asked = mapping.when.as_ref().map_or(Ok(true), |condition| condition.holds(record));
        let value = match asked.and_then(|asked| if asked { mapping.value.run(record).map(Some) } else { Ok(None) }) {
            Ok(Some(value)) => value,
            Ok(None) => return Ok(None),
            Err(fault) if fault.is_unshown() => return Ok(None),
            // One that depends on what was not read is neither written nor cleared; which attribute that is, the person is told.
            Err(fault) if fault.is_unread() && fault.at.is_none() => return Err(refuse(fault.at(&*self.names[mapping.attribute]))),
            Err(fault) => return Err(refuse(fault)),
        };
        if !value.is_missing() {
            return Ok(Some(value));
        }
        match (mapping.missing, matches!(value, Value::Absent)) {
            (Missing::Never, _) => Err(refuse(Fault::new(FaultCode::RequiredMissing, "is missing").at(&*self.names[mapping.attribute]))),
            (Missing::Keep, _) | (Missing::KeepAbsent, true) | (Missing::ClearAbsent, false) => Ok(None),
            (Missing::Clear, _) | (Missing::ClearAbsent, true) | (Missing::KeepAbsent, false) => Ok(Some(Value::Null)),
        }
    }

    /// The `unique` attributes of the target.
    pub fn unique_attributes(&self) -> impl Iterator<Item = usize> + '_ {
        let attributes = self.plan.target.collection().attributes.iter().enumerate();
        attributes.filter(|(_, attribute)| attribute.unique).map(|(at, _)| at)
    }

    /// The values that the lines of `unique` attributes have for a record, whether they are written now or only with a new account; a
    /// line whose condition can't be evaluated counts as one that holds.
    pub fn wanted_unique<'r>(&'r self, record: &'r RecordScope<'_>) -> impl Iterator<Item = (usize, Value)> + 'r {
        let unique = self.plan.map.iter().filter(|mapping| self.attribute(mapping.attribute).unique);
        let applies = |mapping: &&Mapping| mapping.when.as_ref().is_none_or(|when| when.holds(record).unwrap_or(true));
        unique.filter(applies).filter_map(|mapping| Some((mapping.attribute, mapping.value.run(record).ok()?)))
    }

    /// Whether the target takes the value: `up to`, `one of`, `matches`; required is never cleared.
    pub(super) fn admit(&self, at: usize, value: &Value, span: Place) -> Result<(), WriteRefusal> {
        let attribute = self.attribute(at);
        match refused(attribute, value) {
            Some(fault) => Err(WriteRefusal { fault: fault.at(&attribute.name), span }),
            None => Ok(()),
        }
    }

    pub(super) fn write(&self, at: usize, before: Value, after: Value, line: &Arc<SourceLine>) -> Written {
        let secret = self.attribute(at).secret;
        Written {
            attribute: self.names[at].clone(),
            before: Stored(before),
            after: Stored(after),
            line: line.clone(),
            secret,
            shared: None,
        }
    }

    /// The effects of writing these values on a person: `a welcome e-mail`.
    #[must_use]
    pub fn effects<'w>(&self, written: impl Iterator<Item = &'w Written> + Clone) -> Vec<String> {
        let done = |written: &Written| !written.after.0.is_missing() && written.after.0 != Value::Bool(false);
        let caused = |(name, _): &&(Arc<str>, String)| written.clone().any(|written| written.attribute == *name && done(written));
        let mut effects: Vec<String> = self.effects.iter().filter(caused).map(|(_, effect)| effect.clone()).collect();
        effects.shrink_to_fit();
        effects
    }
}

fn refused(attribute: &Attribute, value: &Value) -> Option<Box<Fault>> {
    if value.is_missing() {
        let cleared = !attribute.ty.optional;
        return cleared.then(|| Fault::new(FaultCode::RequiredMissing, "is missing, and the target requires it"));
    }
    let fault =
        |message: String| Fault::new(FaultCode::Refused, message).of(if attribute.secret { "…" } else { value.as_text().unwrap_or("") });
    // Checked in the form in which it is written, so that a separate accent does not count as a character.
    let text = value.as_text().map(nfc);
    if let (Some(most), Some(text)) = (attribute.up_to, &text)
        && text.chars().count() as u64 > most
    {
        return Some(fault(format!("is longer than {most} characters")));
    }
    if let (Some(pattern), Some(text)) = (&attribute.matches, &text)
        && !pattern.is_match(text)
    {
        return Some(fault(format!("does not match {}", pattern.as_str())));
    }
    let known = attribute.one_of.is_empty() || attribute.one_of.iter().any(|one| same(one, value, attribute.comparison));
    (!known && !matches!(value, Value::Pending(_))).then(|| fault("is not one of the values that the target takes".into()))
}
