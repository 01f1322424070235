//! The scope of one record: resolves the names in expressions to values.

use crate::{
    compile::{
        ExecutionPlan, Side,
        program::{Name, Names, Program, TemplatePart},
    },
    value::{
        Fault, FaultCode, Text, Value,
        size::{LARGEST_RECORD, size, too_large},
        trie::{Cell, Row},
    },
};
use jiff::{Timestamp, civil::Date};
use std::{borrow::Cow, cell::OnceCell};

/// The instant of a run and its day in the pipeline's zone; fixed once.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    pub now: Timestamp,
    pub today: Date,
}

/// Resolves `x | counterpart`.
pub trait Refer {
    /// The target's id, missing, or [`Value::Pending`].
    ///
    /// # Errors
    /// A fault, if the links of that pipeline are not known here.
    fn refer(&self, pipeline: &str, key: &Value) -> Result<Value, Box<Fault>>;
}

/// One record, with its counterpart if it has one. Each field is computed when it is first used.
pub struct RecordScope<'a> {
    plan: &'a ExecutionPlan,
    clock: Clock,
    refer: &'a dyn Refer,
    source: Option<&'a Row>,
    current: Option<&'a Row>,
    fields: Box<[OnceCell<Cell>]>,
    /// Size of the computed fields, in bytes.
    taken: std::cell::Cell<usize>,
}

static MISSING: Value = Value::Null;

impl<'a> RecordScope<'a> {
    /// A record, or `None` for a linked record that was not read, and the present state of its counterpart.
    #[must_use]
    pub fn new(plan: &'a ExecutionPlan, clock: Clock, refer: &'a dyn Refer, source: Option<&'a Row>, current: Option<&'a Row>) -> Self {
        let fields = plan.fields.iter().map(|_| OnceCell::new()).collect();
        Self { plan, clock, refer, source, current, fields, taken: std::cell::Cell::new(0) }
    }

    /// The same record on another day.
    #[must_use]
    pub fn on(&self, today: Date) -> Self {
        Self::new(self.plan, Clock { today, ..self.clock }, self.refer, self.source, self.current)
    }

    /// The record's name for people: the `label` of its collection, in the source or else in the target.
    #[must_use]
    pub fn label(&self) -> Option<String> {
        label(&self.plan.source, self.source).or_else(|| label(&self.plan.target, self.current))
    }

    /// A value of the source's record, or why it can't be read.
    ///
    /// # Errors
    /// As [`cell`].
    pub fn source_value(&self, slot: usize) -> Result<&'a Value, &'a Fault> {
        self.source.map_or(Ok(&MISSING), |row| cell(row, slot))
    }

    /// The same, by an attribute of the source.
    ///
    /// # Errors
    /// As [`cell`].
    pub fn source_attribute(&self, attribute: usize) -> Result<&'a Value, &'a Fault> {
        self.plan.source.slot_of(attribute).map_or(Ok(&MISSING), |slot| self.source_value(slot))
    }

    fn field(&self, at: usize) -> Result<Cow<'_, Value>, Box<Fault>> {
        borrowed(self.fields[at].get_or_init(|| self.computed(at)))
    }
}

impl RecordScope<'_> {
    /// Computes a field, unless the fields of the record become too large together.
    fn computed(&self, at: usize) -> Cell {
        let value = self.plan.fields[at].value.run(self)?;
        let taken = self.taken.get() + size(&value);
        if taken > LARGEST_RECORD {
            return Err(too_large("the fields of one record", LARGEST_RECORD));
        }
        self.taken.set(taken);
        Ok(value)
    }
}

fn borrowed(cell: &Cell) -> Result<Cow<'_, Value>, Box<Fault>> {
    cell.as_ref().map(Cow::Borrowed).map_err(Clone::clone)
}

fn slot<'a>(side: &Side, row: Option<&'a Row>, at: usize) -> Result<Cow<'a, Value>, Box<Fault>> {
    match row.and_then(|row| row.get(at)) {
        Some(found) => borrowed(found).map_err(|fault| named(fault, &side.slots[at].name)),
        None => Ok(Cow::Borrowed(&MISSING)),
    }
}

/// What can't be read of an account rejects no record of the source.
fn unreadable(fault: Box<Fault>) -> Box<Fault> {
    match fault.is_unread() {
        true => fault,
        false => Fault::unreadable(fault.at.as_deref().unwrap_or_default(), &fault),
    }
}

/// Reports name the attribute, not its path.
fn named(mut fault: Box<Fault>, name: &str) -> Box<Fault> {
    fault.at = Some(Text::from(name));
    fault
}

impl Names for RecordScope<'_> {
    fn value(&self, name: &Name) -> Result<Cow<'_, Value>, Box<Fault>> {
        match name {
            Name::Source(at) => slot(&self.plan.source, self.source, *at),
            Name::Current(at) => slot(&self.plan.target, self.current, *at).map_err(unreadable),
            Name::Field(at) => self.field(*at),
            Name::Today => Ok(Cow::Owned(Value::Date(self.clock.today))),
            Name::Now => Ok(Cow::Owned(Value::DateTime(self.clock.now))),
            _ => Err(Fault::new(FaultCode::NameUnavailable, "can't be asked of a record")),
        }
    }

    fn counterpart(&self, pipeline: &str, key: &Value) -> Result<Value, Box<Fault>> {
        self.refer.refer(pipeline, key)
    }
}

/// A record in the scope of its own system, in which its `label` is computed.
struct Own<'a> {
    side: &'a Side,
    row: &'a Row,
}

impl Names for Own<'_> {
    fn value(&self, name: &Name) -> Result<Cow<'_, Value>, Box<Fault>> {
        let Name::Own(attribute) = name else { return Err(Fault::new(FaultCode::NameUnavailable, "can't be asked of a record")) };
        match self.side.slot_of(*attribute) {
            Some(at) => slot(self.side, Some(self.row), at),
            None => Ok(Cow::Borrowed(&MISSING)),
        }
    }
}

fn label(side: &Side, row: Option<&Row>) -> Option<String> {
    let program: &Program = side.collection().label.as_ref()?;
    let value = program.run(&Own { side, row: row? }).ok()?;
    value.to_text().map(std::borrow::Cow::into_owned)
}

/// Whether the key of a link is the key of the source's collection, so that the source's `get` takes it.
#[must_use]
pub fn key_equals_source_key(plan: &ExecutionPlan) -> bool {
    let own = plan.source.collection().key.alone().and_then(|key| plan.source.slot_of(key));
    match &plan.key {
        Program::Name(Name::Source(slot)) => own == Some(*slot),
        Program::Key(_) => true,
        _ => false,
    }
}

/// Whether no two records of the source can have the same link key: it is the collection's own key, a field that is, or a text that
/// holds it as it is. A part of the key, or what a function makes of it, may be the same for several records.
#[must_use]
pub fn key_is_unique_per_record(plan: &ExecutionPlan) -> bool {
    let key = &plan.source.collection().key;
    let holds = |at: usize| plan.source.slot_of(at).is_some_and(|own| holds_slot(plan, &plan.key, own));
    !key.is_none() && key.attributes().all(holds)
}

fn holds_slot(plan: &ExecutionPlan, program: &Program, slot: usize) -> bool {
    match program {
        Program::Name(Name::Source(at)) => *at == slot,
        Program::Name(Name::Field(at)) => holds_slot(plan, &plan.fields[*at].value, slot),
        Program::Key(parts) => parts.iter().any(|(_, part)| holds_slot(plan, part, slot)),
        Program::Template(parts) => parts.iter().any(|part| matches!(part, TemplatePart::Program(inner) if holds_slot(plan, inner, slot))),
        _ => false,
    }
}

/// The key of a record in its own collection, as text.
#[must_use]
pub fn own_key(side: &Side, row: &Row) -> Option<Text> {
    side.collection().key_of(|at| row.get(side.slot_of(at)?)?.as_ref().ok())
}

/// A value of a record that was read, missing values included, or why there is one that can't be read. It is not missing: it is neither
/// overwritten nor cleared, and proves nothing.
///
/// # Errors
/// The fault of the value.
pub fn cell(row: &Row, slot: usize) -> Result<&Value, &Fault> {
    row.get(slot).map_or(Ok(&MISSING), |cell: &Cell| cell.as_ref().map_err(|fault| &**fault))
}
