//! The values that a record gives its account: all of them for a new account, what differs for an existing one.

use super::{
    difference::Difference,
    lists::{self, Ours},
    map::{Map, WriteRefusal},
};
use crate::{
    compile::{Action, Mapping, On, program::Program},
    diagnose::Span as Place,
    run::{
        change_set::Written,
        record_scope::{RecordScope, cell_or_null},
    },
    state::link::Link,
    value::{Fault, FaultCode, Kind, Value, canonical::same, trie::Row},
};
use std::sync::Arc;

/// After this many writes in succession a value that the target does not keep is given up.
const TRIES: u8 = 3;

/// Values of attributes that several lines write: the line that gave the value, and the value.
type Chosen = Vec<(usize, Value)>;

impl Map<'_> {
    /// The values of a new account.
    ///
    /// # Errors
    /// A value that can't be computed, or that the target does not take.
    pub fn create(&self, record: &RecordScope<'_>) -> Result<Vec<Written>, WriteRefusal> {
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

    /// Compares the wanted values with the account.
    ///
    /// # Errors
    /// As [`Map::create`].
    pub fn update(&self, record: &RecordScope<'_>, account: &Row, link: Option<&Link>) -> Result<Difference, WriteRefusal> {
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
                self.merge_shared(at, shared, value, (record, account, link), &mut difference)?;
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
    /// An earlier line gives it another value. The check refuses lines whose conditions overlap; if one passed, the value would change
    /// with every run.
    fn is_chosen(&self, at: usize, value: &Value, chosen: &mut Chosen) -> Result<bool, WriteRefusal> {
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
        Err(WriteRefusal { fault, span: mapping.span })
    }

    /// The list to write: the wanted items, and the items that others added.
    fn with_others(&self, mapping: &Mapping, value: Value, before: &Value, link: Option<&Link>) -> Value {
        if !matches!(self.attribute(mapping.attribute).ty.kind, Kind::List(_)) {
            return value;
        }
        let name = self.digester.attribute(&self.names[mapping.attribute]);
        let added = link.map_or(&[][..], |link| link.added.get(name));
        lists::merged(mapping, value, before, Ours { digester: self.digester, added, how: mapping.comparison })
    }

    /// Compares one value. Whether the target takes it is checked only if it differs.
    fn compare(&self, at: usize, value: Value, before: &Value, link: Option<&Link>, out: &mut Difference) -> Result<(), WriteRefusal> {
        let mapping = &self.plan.map[at];
        let pending = value.is_pending();
        if !pending && same(&value, before, mapping.comparison) {
            return Ok(());
        }
        if !pending && self.is_settled(mapping, &value, before, link, at, out) {
            return Ok(());
        }
        self.admit(mapping.attribute, &value, mapping.span)?;
        out.written.push(self.write(mapping.attribute, before.clone(), value, &self.lines[at]));
        Ok(())
    }

    /// Whether a value that differs needs no write. If it was sent before and the target still has what it stored then, it is unchanged:
    /// targets reformat values. If it was sent [`TRIES`] times and never kept, it is given up and reported, because each further
    /// write would be undone as well.
    fn is_settled(&self, mapping: &Mapping, value: &Value, before: &Value, link: Option<&Link>, at: usize, out: &mut Difference) -> bool {
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

    /// The value that one `set` of a leaver block writes; `None` if the account already has it.
    ///
    /// # Errors
    /// As [`Map::create`].
    pub fn set(&self, action: &Action, record: &RecordScope<'_>, account: &Row) -> Result<Option<Written>, WriteRefusal> {
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

    fn value(&self, program: &Program, record: &RecordScope<'_>, span: Place) -> Result<Value, WriteRefusal> {
        program.run(record).map_err(|fault| WriteRefusal { fault, span })
    }
}
