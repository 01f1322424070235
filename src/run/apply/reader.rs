//! Reads single records of the target, and finds the target's attributes by name.

use crate::{
    compile::{ExecutionPlan, ListOwnership, system::Collection},
    run::{change_set::Written, read::extract::Extractor, record_scope::cell},
    value::{Fault, Value, canonical::Comparison, trie::Row},
};
use jiff::Timestamp;
use std::collections::HashMap;

pub(crate) struct Reader<'a> {
    plan: &'a ExecutionPlan,
    extractor: Extractor,
    attributes: HashMap<&'a str, usize>,
}

impl<'a> Reader<'a> {
    pub fn new(plan: &'a ExecutionPlan) -> Self {
        let collection = plan.target.collection();
        let attributes = collection.attributes.iter().enumerate().map(|(at, attribute)| (attribute.name.as_str(), at)).collect();
        Self { plan, extractor: Extractor::target(&plan.target, false), attributes }
    }

    pub fn collection(&self) -> &'a Collection {
        self.plan.target.collection()
    }

    pub fn plan(&self) -> &'a ExecutionPlan {
        self.plan
    }

    /// The row of a record; `None` if the record is not JSON.
    pub fn row(&self, record: &[u8]) -> Option<Row> {
        self.extractor.row(record).ok()
    }

    pub fn attribute(&self, name: &str) -> Option<usize> {
        self.attributes.get(name).copied()
    }

    /// Whether the target requires an attribute.
    pub fn is_required(&self, name: &str) -> bool {
        self.attribute(name).is_some_and(|at| !self.collection().attributes[at].ty.optional)
    }

    /// Whether a line owns a list as a whole, so that a part of the list must not be written.
    pub fn is_whole_list(&self, name: &str) -> bool {
        let at = self.attribute(name);
        self.plan.map.iter().any(|mapping| Some(mapping.attribute) == at && mapping.list == ListOwnership::Exactly)
    }

    /// How values of an attribute are compared.
    pub fn comparison(&self, attribute: usize) -> Comparison {
        self.plan.comparison(attribute)
    }

    /// The value of an attribute, or why it can't be read; `None` if it is not read.
    pub fn held<'r>(&self, row: &'r Row, attribute: usize) -> Option<Result<&'r Value, &'r Fault>> {
        self.plan.target.slot_of(attribute).map(|slot| cell(row, slot))
    }

    /// The value of an attribute; `None` if it was not read or can't be read.
    pub fn value<'r>(&self, row: &'r Row, attribute: usize) -> Option<&'r Value> {
        self.held(row, attribute)?.ok()
    }

    /// The value of an attribute that was written; `None` if the record does not contain one that can be read.
    pub fn written_value<'r>(&self, row: Option<&'r Row>, written: &Written) -> Option<&'r Value> {
        let attribute = self.attribute(&written.attribute)?;
        let value = self.value(row?, attribute).filter(|value| !matches!(value, Value::Absent));
        // A missing value does not say whether an account is open.
        let says = |value: &&Value| {
            !value.is_missing() || written.after.0.is_missing() || self.collection().attributes[attribute].access.is_none()
        };
        value.filter(says)
    }

    /// Whether a record shows that its account is closed; `None` if it does not say.
    pub fn is_closed(&self, row: Option<&Row>) -> Option<bool> {
        let (attribute, access) = self.collection().access()?;
        let value = self.value(row?, attribute).filter(|value| !value.is_missing())?;
        Some(!access.is_open(value))
    }

    /// Whether a read shows what a write makes of an attribute.
    pub fn can_be_seen(&self, written: &Written) -> bool {
        let slot = self.attribute(&written.attribute).and_then(|at| self.plan.target.slot_of(at));
        !written.secret && !written.after.0.is_pending() && slot.is_some()
    }

    /// The row of a complete record: an attribute that was cleared and is not in the record is missing.
    pub fn with_blanks(&self, mut row: Row, written: &[Written]) -> Row {
        let cleared = written.iter().filter(|written| written.after.0.is_missing());
        for slot in cleared.filter_map(|written| self.plan.target.slot_of(self.attribute(&written.attribute)?)) {
            if let Some(cell @ Ok(Value::Absent)) = row.get_mut(slot) {
                *cell = Ok(Value::Null);
            }
        }
        row
    }

    /// When a record was changed last, if the record says so.
    pub fn changed(&self, row: &Row) -> Option<Timestamp> {
        let changed = self.value(row, self.collection().changed?);
        if let Some(Value::DateTime(changed)) = changed { Some(*changed) } else { None }
    }

    /// All values of a record that are read and can be.
    pub fn values(&self, row: &Row) -> Vec<(usize, Value)> {
        let slots = self.plan.target.slots.iter().enumerate();
        slots.filter_map(|(at, slot)| Some((slot.attribute?, cell(row, at).ok()?.clone()))).collect()
    }

    /// The id of a record that was read.
    pub fn id(&self, row: &Row) -> Option<String> {
        self.collection().key_of(|at| self.value(row, at)).map(String::from)
    }

    /// An id as a value of the kind that the target uses.
    pub fn id_value(&self, id: &str) -> Value {
        self.collection().id_value(id)
    }
}
