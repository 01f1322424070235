//! Compares the wanted values with the account, attribute by attribute. Pure.

use super::{
    lists::{self, Ours},
    merge::{self, Flow, MergeInput, SideState},
};
use crate::run::{
    change_set::{SharedWrite, Stored, Written, hash::Digester},
    record_scope::{RecordScope, cell_or_null},
};
use crate::{
    compile::{
        Action, Conflict, ExecutionPlan, Mapping, Missing, On, OnConflict, Shared, Side, SourceLine, program::Program, system::Attribute,
    },
    diagnose::Span as Place,
    state::{
        agreed::{Agreed, Pair},
        link::Link,
    },
    value::{Fault, FaultCode, Kind, Value, canonical::same, nfc::nfc, trie::Row},
};
use jiff::{SignedDuration, Timestamp};
use std::sync::Arc;

/// After this many writes in succession a value that the target does not keep is given up.
const TRIES: u8 = 3;

/// Names and lines of a plan, shared by all that is written.
pub struct Map<'a> {
    plan: &'a ExecutionPlan,
    digester: &'a Digester,
    names: Vec<Arc<str>>,
    lines: Vec<Arc<SourceLine>>,
    /// Of each line, whether another line writes the same attribute.
    doubled: Vec<bool>,
    /// Attributes whose writing has an effect on a person.
    effects: Vec<(Arc<str>, String)>,
    /// How close times of both systems may be before they count as the same.
    slack: SignedDuration,
}

/// What lines have given to attributes that several lines write: the line, and the value.
type Chosen = Vec<(usize, Value)>;

/// Why a record can't be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    pub fault: Box<Fault>,
    /// What needed the value.
    pub span: Place,
}

/// What differs.
#[derive(Debug, Default)]
pub struct Difference {
    pub written: Vec<Written>,
    /// By attribute: what the target made of a value whose write we never saw answered.
    pub observed: Vec<(Arc<str>, u64)>,
    /// Attributes that the target never keeps, with their lines.
    pub unsettled: Vec<(Arc<str>, Arc<SourceLine>)>,
    /// Of attributes that two directions share: what both records hold, by a hash of both names.
    pub agreed: Vec<(u64, Pair)>,
    /// Attributes that only the target has changed, with their lines.
    pub changed_there: Vec<(Arc<str>, Arc<SourceLine>)>,
    /// Attributes that both sides changed, with their lines, and how that was decided; none where nothing decides.
    pub conflicts: Vec<(Arc<str>, Arc<SourceLine>, Option<&'static str>)>,
    /// The other direction wins but has not written yet. Until it has, its value may change, and with it the winner, so the
    /// record is looked at again.
    pub is_open: bool,
}

impl Difference {
    /// What both sides changed and nothing decides: `phone`.
    #[must_use]
    pub fn undecided(&self) -> Option<String> {
        let names: Vec<&str> = self.conflicts.iter().filter(|(.., why)| why.is_none()).map(|(name, ..)| &**name).collect();
        (!names.is_empty()).then(|| names.join(" and "))
    }
}

impl<'a> Map<'a> {
    /// For the `map` of a plan.
    #[must_use]
    pub fn new(plan: &'a ExecutionPlan, digester: &'a Digester, slack: SignedDuration) -> Self {
        let attributes = &plan.target.collection().attributes;
        let names: Vec<Arc<str>> = attributes.iter().map(|attribute| Arc::from(attribute.name.as_str())).collect();
        let lines = plan.map.iter().map(|mapping| Arc::new(plan.line(mapping.span))).collect();
        let effects =
            names.iter().zip(attributes).filter_map(|(name, attribute)| Some((name.clone(), attribute.effect.clone()?))).collect();
        let of = |mapping: &Mapping| plan.map.iter().filter(|other| other.attribute == mapping.attribute).count();
        let doubled = plan.map.iter().map(|mapping| of(mapping) > 1).collect();
        Self { plan, digester, names, lines, doubled, effects, slack }
    }

    fn attribute(&self, at: usize) -> &Attribute {
        &self.plan.target.collection().attributes[at]
    }

    /// The values of a new account.
    ///
    /// # Errors
    /// A value that can't be computed, or that the target does not take.
    pub fn create(&self, record: &RecordScope<'_>) -> Result<Vec<Written>, Refusal> {
        let mut written = Vec::with_capacity(self.plan.map.len());
        let mut chosen = Chosen::new();
        for (at, mapping) in self.plan.map.iter().enumerate().filter(|(_, mapping)| mapping.on != On::Update) {
            let Some(value) = self.wanted(mapping, record)? else { continue };
            if self.is_chosen(at, &value, &mut chosen)? {
                continue;
            }
            self.admit(mapping.attribute, &value, mapping.span)?;
            if !value.is_missing() {
                let mut value = self.write(mapping.attribute, Value::Null, value, &self.lines[at]);
                value.shared = self.shared_write(mapping, record);
                written.push(value);
            }
        }
        Ok(written)
    }

    /// What differs between what is wanted and what the account holds.
    ///
    /// # Errors
    /// As [`Map::create`].
    pub fn update(&self, record: &RecordScope<'_>, account: &Row, link: Option<&Link>) -> Result<Difference, Refusal> {
        let mut difference = Difference::default();
        let mut chosen = Chosen::new();
        for (at, mapping) in self.plan.map.iter().enumerate().filter(|(_, mapping)| mapping.on != On::Create) {
            if mapping.once && self.base(link, mapping.attribute).is_some() {
                continue;
            }
            let value = self.wanted(mapping, record)?;
            if let Some(value) = &value
                && self.is_chosen(at, value, &mut chosen)?
            {
                continue;
            }
            let before = self.plan.target.slot_of(mapping.attribute).map_or(&Value::Null, |slot| cell_or_null(account, slot));
            if let Some(shared) = &mapping.shared {
                self.merge(at, shared, value, (record, account, link), &mut difference)?;
                continue;
            }
            let Some(value) = value else { continue };
            let value = self.with_others(mapping, value, before, link);
            self.compare(at, value, before, link, &mut difference)?;
        }
        Ok(difference)
    }

    /// Whether an earlier line has already said that an attribute gets this value.
    ///
    /// # Errors
    /// An earlier line gives it another value. The check refuses lines that are not apart; were one to slip through, the value
    /// would change with every run.
    fn is_chosen(&self, at: usize, value: &Value, chosen: &mut Chosen) -> Result<bool, Refusal> {
        if !self.doubled[at] {
            return Ok(false);
        }
        let mapping = &self.plan.map[at];
        let Some((first, known)) = chosen.iter().find(|(first, _)| self.plan.map[*first].attribute == mapping.attribute) else {
            chosen.push((at, value.clone()));
            return Ok(false);
        };
        if same(known, value, mapping.comparison) {
            return Ok(true);
        }
        let message = format!("is given two values: another one by {}", self.lines[*first]);
        let fault = Fault::new(FaultCode::TwoValues, message).at(&*self.names[mapping.attribute]);
        Err(Refusal { fault, span: mapping.span })
    }

    /// A list with the values that others added to it.
    fn with_others(&self, mapping: &Mapping, value: Value, before: &Value, link: Option<&Link>) -> Value {
        if !matches!(self.attribute(mapping.attribute).ty.kind, Kind::List(_)) {
            return value;
        }
        let name = self.digester.attribute(&self.names[mapping.attribute]);
        let added = link.map_or(&[][..], |link| link.added.get(name));
        lists::merged(mapping, value, before, Ours { digester: self.digester, added, how: mapping.comparison })
    }

    /// Compares one value; what may be written is checked only if it is.
    fn compare(&self, at: usize, value: Value, before: &Value, link: Option<&Link>, out: &mut Difference) -> Result<(), Refusal> {
        let mapping = &self.plan.map[at];
        let pending = value.is_pending();
        if !pending && same(&value, before, mapping.comparison) {
            return Ok(());
        }
        if !pending && self.settled(mapping, &value, before, link, at, out) {
            return Ok(());
        }
        self.admit(mapping.attribute, &value, mapping.span)?;
        out.written.push(self.write(mapping.attribute, before.clone(), value, &self.lines[at]));
        Ok(())
    }

    /// An attribute that both directions write: who changed it since both agreed decides, and not what it is.
    fn merge(
        &self,
        at: usize,
        shared: &Shared,
        value: Option<Value>,
        (record, account, link): (&RecordScope<'_>, &Row, Option<&Link>),
        out: &mut Difference,
    ) -> Result<(), Refusal> {
        let mapping = &self.plan.map[at];
        let before = self.plan.target.slot_of(mapping.attribute).map_or(&Value::Null, |slot| cell_or_null(account, slot));
        let (source, nothing) = (record.source_attribute(shared.attribute), Agreed::default());
        let agreed = link.map_or(&nothing, |link| &link.agreed);
        let name = self.pair(mapping, shared);
        let wanted = value.as_ref().filter(|value| !value.is_pending());
        let meeting = MergeInput {
            pair: agreed.get(name),
            source: self.held(source, &self.plan.source, |slot| record.source_value(slot), agreed.source_written),
            target: self.held(before, &self.plan.target, |slot| cell_or_null(account, slot), agreed.target_written),
            wanted: wanted.map(|value| self.hash(value)),
            same: wanted.is_some_and(|value| same(value, before, mapping.comparison)),
            rule: mapping.on_conflict.unwrap_or(OnConflict { first: Conflict::Hold, then: None }),
            slack: self.slack,
        };
        let (flow, pair) = merge::merge(&meeting);
        let writes = matches!(flow, Flow::Write | Flow::Decided { wins: true, .. });
        out.agreed.extend(pair.filter(|pair| !writes && agreed.get(name) != Some(*pair)).map(|pair| (name, pair)));
        out.is_open |= matches!(flow, Flow::Decided { wins: false, .. });
        let (named, line) = (self.names[mapping.attribute].clone(), self.lines[at].clone());
        match flow {
            Flow::Stay | Flow::Write => {}
            Flow::ChangedThere => out.changed_there.push((named, line)),
            Flow::Decided { why, .. } => out.conflicts.push((named, line, Some(why))),
            Flow::Held => out.conflicts.push((named, line, None)),
        }
        if let (true, Some(value)) = (writes, value) {
            self.admit(mapping.attribute, &value, mapping.span)?;
            let mut written = self.write(mapping.attribute, before.clone(), value, &self.lines[at]);
            written.shared = self.shared_write(mapping, record);
            out.written.push(written);
        }
        Ok(())
    }

    fn held<'v>(&self, value: &Value, side: &Side, at: impl Fn(usize) -> &'v Value, written: Option<Timestamp>) -> SideState {
        let changed = side.collection().changed.and_then(|changed| side.slot_of(changed)).map(at);
        let changed = if let Some(Value::DateTime(changed)) = changed { Some(*changed) } else { None };
        SideState { now: self.hash(value), missing: value.is_missing(), changed, written }
    }

    fn shared_write(&self, mapping: &Mapping, record: &RecordScope<'_>) -> Option<SharedWrite> {
        let shared = mapping.shared.as_ref()?;
        Some(SharedWrite { pair: self.pair(mapping, shared), source: self.hash(record.source_attribute(shared.attribute)) })
    }

    fn hash(&self, value: &Value) -> u64 {
        self.digester.held(value)
    }

    /// The hash of both names of an attribute: the same from either end.
    fn pair(&self, mapping: &Mapping, shared: &Shared) -> u64 {
        let name = |side: &Side, attribute: usize| format!("{}.{}", side.name(), side.collection().attributes[attribute].name);
        let mut names = [name(&self.plan.source, shared.attribute), name(&self.plan.target, mapping.attribute)];
        names.sort();
        self.digester.attribute(&names.join(" = "))
    }

    /// Wanted equals last sent, and the target holds what it made of it: unchanged. Sent three times and never kept: given up, and named.
    fn settled(&self, mapping: &Mapping, value: &Value, before: &Value, link: Option<&Link>, at: usize, out: &mut Difference) -> bool {
        let Some(base) = self.base(link, mapping.attribute) else { return false };
        if base.sent != self.digester.value(value, mapping.comparison) || self.plan.target.slot_of(mapping.attribute).is_none() {
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
    fn wanted(&self, mapping: &Mapping, record: &RecordScope<'_>) -> Result<Option<Value>, Refusal> {
        let refuse = |fault| Refusal { fault, span: mapping.span };
        let asked = mapping.when.as_ref().map_or(Ok(true), |condition| condition.holds(record));
        let value = match asked.and_then(|asked| if asked { mapping.value.run(record).map(Some) } else { Ok(None) }) {
            Ok(Some(value)) => value,
            Ok(None) => return Ok(None),
            // A value that depends on a collection which was not read completely is neither written nor cleared.
            Err(fault) if fault.is_unread() => return Ok(None),
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

    /// Whether the target takes the value: `up to`, `one of`, `matches`; required is never cleared.
    fn admit(&self, at: usize, value: &Value, span: Place) -> Result<(), Refusal> {
        let attribute = self.attribute(at);
        match refused(attribute, value) {
            Some(fault) => Err(Refusal { fault: fault.at(&attribute.name), span }),
            None => Ok(()),
        }
    }

    fn write(&self, at: usize, before: Value, after: Value, line: &Arc<SourceLine>) -> Written {
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

    /// One `set` of a leaver block: what it would write, if the account does not hold it yet.
    ///
    /// # Errors
    /// As [`Map::create`].
    pub fn set(&self, action: &Action, record: &RecordScope<'_>, account: &Row) -> Result<Option<Written>, Refusal> {
        let Action::Set { attribute, value, span, .. } = action else { return Ok(None) };
        let value = self.value(value, record, *span)?;
        let slot = self.plan.target.slot_of(*attribute);
        let before = slot.map_or(&Value::Null, |slot| cell_or_null(account, slot));
        if slot.is_some() && same(&value, before, self.attribute(*attribute).comparison) {
            return Ok(None);
        }
        self.admit(*attribute, &value, *span)?;
        Ok(Some(self.write(*attribute, before.clone(), value, &Arc::new(self.plan.line(*span)))))
    }

    fn value(&self, program: &Program, record: &RecordScope<'_>, span: Place) -> Result<Value, Refusal> {
        program.run(record).map_err(|fault| Refusal { fault, span })
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
