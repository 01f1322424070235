//! Field by field: what is wanted against what the account holds (semantics.md, rule 23). Pure.

use super::{
    changes::{Stored, Written},
    digest::Digester,
    extract::held,
    person::Person,
};
use crate::{
    plan::{Action, Line, ListOwnership, Mapping, Missing, On, Plan, program::Program, system::Attribute},
    state::link::Link,
    value::{
        Fault, Value,
        canonical::{Comparison, nfc, same},
        trie::Row,
    },
};
use std::sync::Arc;

/// How often a value is written in succession before we believe that the target will not keep it.
const TRIES: u8 = 3;

/// Names and lines of a plan, shared by all that is written.
pub struct Map<'a> {
    plan: &'a Plan,
    digester: &'a Digester,
    names: Vec<Arc<str>>,
    lines: Vec<Arc<Line>>,
    /// Attributes whose writing does something to a person besides.
    effects: Vec<(Arc<str>, String)>,
}

/// Why a record can't be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    pub fault: Box<Fault>,
    /// The line that needed the value.
    pub line: Line,
}

/// What differs.
#[derive(Debug, Default)]
pub struct Difference {
    pub written: Vec<Written>,
    /// By attribute: what the target made of a value whose write we never saw answered.
    pub observed: Vec<(Arc<str>, u64)>,
    /// Attributes that the target never keeps, with their lines.
    pub unsettled: Vec<(Arc<str>, Arc<Line>)>,
}

impl<'a> Map<'a> {
    /// For the `map` of a plan.
    #[must_use]
    pub fn new(plan: &'a Plan, digester: &'a Digester) -> Self {
        let attributes = &plan.target.collection().attributes;
        let names: Vec<Arc<str>> = attributes.iter().map(|attribute| Arc::from(attribute.name.as_str())).collect();
        let lines = plan.map.iter().map(|mapping| Arc::new(mapping.line.clone())).collect();
        let effects =
            names.iter().zip(attributes).filter_map(|(name, attribute)| Some((name.clone(), attribute.effect.clone()?))).collect();
        Self { plan, digester, names, lines, effects }
    }

    fn attribute(&self, at: usize) -> &Attribute {
        &self.plan.target.collection().attributes[at]
    }

    /// The values of a new account.
    ///
    /// # Errors
    /// A value that can't be computed, or that the target does not take.
    pub fn create(&self, person: &Person<'_>) -> Result<Vec<Written>, Refusal> {
        let mut written = Vec::with_capacity(self.plan.map.len());
        for (at, mapping) in self.plan.map.iter().enumerate().filter(|(_, mapping)| mapping.on != On::Update) {
            let Some(value) = self.wanted(mapping, person)? else { continue };
            self.admit(mapping.attribute, &value, &mapping.line)?;
            if !value.is_missing() {
                written.push(self.write(mapping.attribute, Value::Null, value, &self.lines[at]));
            }
        }
        Ok(written)
    }

    /// What differs between what is wanted and what the account holds.
    ///
    /// # Errors
    /// As [`Map::create`].
    pub fn update(&self, person: &Person<'_>, account: &Row, link: Option<&Link>) -> Result<Difference, Refusal> {
        let mut difference = Difference::default();
        for (at, mapping) in self.plan.map.iter().enumerate().filter(|(_, mapping)| mapping.on != On::Create) {
            if mapping.once && self.base(link, mapping.attribute).is_some() {
                continue;
            }
            let Some(value) = self.wanted(mapping, person)? else { continue };
            let before = mapping.slot.map_or(&Value::Null, |slot| held(account, slot));
            let value = owned_list(mapping, value, before);
            self.compare(at, value, before, link, &mut difference)?;
        }
        Ok(difference)
    }

    /// Compares one value; what may be written is checked only if it is.
    fn compare(&self, at: usize, value: Value, before: &Value, link: Option<&Link>, out: &mut Difference) -> Result<(), Refusal> {
        let mapping = &self.plan.map[at];
        let pending = matches!(value, Value::Pending(_));
        if !pending && same(&value, before, mapping.comparison) {
            return Ok(());
        }
        if !pending && self.settled(mapping, &value, before, link, at, out) {
            return Ok(());
        }
        self.admit(mapping.attribute, &value, &mapping.line)?;
        out.written.push(self.write(mapping.attribute, before.clone(), value, &self.lines[at]));
        Ok(())
    }

    /// Wanted equals last sent, and the target holds what it made of it: unchanged. Sent three times and never kept: given up, and named.
    fn settled(&self, mapping: &Mapping, value: &Value, before: &Value, link: Option<&Link>, at: usize, out: &mut Difference) -> bool {
        let Some(base) = self.base(link, mapping.attribute) else { return false };
        if base.sent != self.digester.value(value, mapping.comparison) || mapping.slot.is_none() {
            return base.sent == self.digester.value(value, mapping.comparison);
        }
        let now = self.digester.value(before, mapping.comparison);
        let name = &self.names[mapping.attribute];
        match base.held {
            None => out.observed.push((name.clone(), now)),
            Some(held) if held == now => {}
            Some(_) if base.tries >= TRIES => out.unsettled.push((name.clone(), self.lines[at].clone())),
            Some(_) => return false,
        }
        true
    }

    fn base(&self, link: Option<&Link>, attribute: usize) -> Option<crate::state::link::Base> {
        link.filter(|link| !link.bases.is_empty())?.bases.get(&self.digester.attribute(&self.names[attribute])).copied()
    }

    /// The value that a line wants; none where it leaves the attribute alone.
    fn wanted(&self, mapping: &Mapping, person: &Person<'_>) -> Result<Option<Value>, Refusal> {
        let refuse = |fault| Refusal { fault, line: mapping.line.clone() };
        if let Some(condition) = &mapping.when
            && !condition.holds(person).map_err(refuse)?
        {
            return Ok(None);
        }
        let value = mapping.value.run(person).map_err(refuse)?;
        if !value.is_missing() {
            return Ok(Some(value));
        }
        match (mapping.missing, matches!(value, Value::Absent)) {
            (Missing::Never, _) => Err(refuse(Fault::new("R0302", "is missing").at(&*self.names[mapping.attribute]))),
            (Missing::Keep, _) | (Missing::KeepAbsent, true) | (Missing::ClearAbsent, false) => Ok(None),
            (Missing::Clear, _) | (Missing::ClearAbsent, true) | (Missing::KeepAbsent, false) => Ok(Some(Value::Null)),
        }
    }

    /// Whether the target takes the value: `up to`, `one of`, `matches`; required is never cleared.
    fn admit(&self, at: usize, value: &Value, line: &Line) -> Result<(), Refusal> {
        let attribute = self.attribute(at);
        match refused(attribute, value) {
            Some(fault) => Err(Refusal { fault: fault.at(&attribute.name), line: line.clone() }),
            None => Ok(()),
        }
    }

    fn write(&self, at: usize, before: Value, after: Value, line: &Arc<Line>) -> Written {
        let secret = self.attribute(at).secret;
        Written { attribute: self.names[at].clone(), before: Stored(before), after: Stored(after), line: line.clone(), secret }
    }

    /// One `set` of a leaver block: what it would write, if the account does not hold it yet.
    ///
    /// # Errors
    /// As [`Map::create`].
    pub fn set(&self, action: &Action, person: &Person<'_>, account: &Row) -> Result<Option<Written>, Refusal> {
        let Action::Set { attribute, slot, value, line, .. } = action else { return Ok(None) };
        let value = self.value(value, person, line)?;
        let before = slot.map_or(&Value::Null, |slot| held(account, slot));
        if slot.is_some() && same(&value, before, self.attribute(*attribute).comparison) {
            return Ok(None);
        }
        self.admit(*attribute, &value, line)?;
        Ok(Some(self.write(*attribute, before.clone(), value, &Arc::new(line.clone()))))
    }

    fn value(&self, program: &Program, person: &Person<'_>, line: &Line) -> Result<Value, Refusal> {
        program.run(person).map_err(|fault| Refusal { fault, line: line.clone() })
    }

    /// What writing these values does to a person besides: `a welcome e-mail`.
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
        return cleared.then(|| Fault::new("R0302", "is missing, and the target requires it"));
    }
    let fault = |message: String| Fault::new("R0303", message).of(if attribute.secret { "…" } else { value.as_text().unwrap_or("") });
    // Judged as it will be written: an accent that stands apart is no character of its own.
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

/// A list that is shared with people: what we want is added, what others added stays. `exactly` owns it whole.
fn owned_list(mapping: &Mapping, wanted: Value, before: &Value) -> Value {
    let (Value::List(wanted_items), Value::List(items)) = (&wanted, before) else { return wanted };
    if mapping.list == ListOwnership::Exactly {
        return wanted;
    }
    let item_comparison = Comparison { ignoring_order: false, ..mapping.comparison };
    let has = |item: &Value| items.iter().any(|held| same(item, held, item_comparison));
    let added = wanted_items.iter().filter(|item| !has(item)).cloned();
    Value::list(items.iter().cloned().chain(added).collect())
}
