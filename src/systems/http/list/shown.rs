//! `list … where COND`: gives the elements of a list the values that it fixes, and refuses one that contradicts it.

use super::{Listing, walk::doubt};
use crate::{
    compile::{
        program::{Name, Program},
        system::Collection,
    },
    systems::{CallError, scope::Scope},
    value::{
        FaultCode, Value, halves,
        trie::{Cell, Trie},
        unique,
    },
};
use serde_json::Value as Json;
use std::borrow::Cow;

impl Listing<'_> {
    /// The records of a page, each as the list shows it.
    ///
    /// # Errors
    /// An element is not what `where` says.
    pub fn as_shown<'d>(&self, records: Vec<Cow<'d, [u8]>>) -> Result<Vec<Cow<'d, [u8]>>, CallError> {
        let Some(condition) = &self.call.shows else { return Ok(records) };
        records.into_iter().map(|record| self.one_as_shown(record, condition)).collect()
    }

    fn one_as_shown<'d>(&self, record: Cow<'d, [u8]>, condition: &Program) -> Result<Cow<'d, [u8]>, CallError> {
        let text = String::from_utf8_lossy(&record);
        let (mut tree, twice) = unique::tree(&text).map_err(|error| doubt(format!("an element of the list is no JSON: {error}")))?;
        let mut added = false;
        for (at, program) in &self.call.fixed {
            if read_of(self.collection, &[*at], &tree).iter().any(|(_, cell)| is_left_out(cell)) {
                let attribute = &self.collection.attributes[*at];
                let value = program.run(&self.scope).map_err(|fault| doubt(format!("`where` of the list: {fault}")))?;
                let json = attribute.codec.write(&value).map_err(|fault| doubt(format!("`{}` {fault}", attribute.name)))?;
                attribute.path.place(&mut tree, json);
                added = true;
            }
        }
        self.contradicts(&tree, condition).map_or(Ok(()), Err)?;
        // Written anew, it would have one of the two, as if that was what came.
        if let Some(member) = twice.filter(|_| added) {
            return Err(doubt(format!("an element of the list has the member `{member}` more than once")));
        }
        let written = || if halves::any(&text) { halves::restored(&tree.to_string()) } else { tree.to_string() };
        Ok(if added { Cow::Owned(written().into_bytes()) } else { record })
    }

    /// That an element is not what the list shows. What it doesn't show contradicts nothing, and what can't be read stays as it is: it
    /// rejects the record where it is needed.
    fn contradicts(&self, tree: &Json, condition: &Program) -> Option<CallError> {
        let known = values_of(self.collection, &own_names(condition), tree);
        if known.iter().any(|(_, value)| value.is_missing()) {
            return None;
        }
        let scope = Scope { own: vec![&known], ..self.scope.clone() };
        if condition.holds(&scope).unwrap_or(false) {
            return None;
        }
        let shown: Vec<_> = known
            .iter()
            .map(|(at, value)| format!("`{}` {}", self.collection.attributes[*at].name, crate::value::show::shown(value)))
            .collect();
        let shown = shown.join(", ");
        Some(doubt(format!("an element has {shown}, which its list is declared not to show, so the list may be another one")))
    }
}

/// Attributes that a condition names.
pub fn own_names(condition: &Program) -> Vec<usize> {
    let mut named = Vec::new();
    condition.names(&mut |name| {
        if let Name::Own(at) = name {
            named.push(*at);
        }
    });
    named
}

/// Attributes of a record; missing where they can't be read.
pub fn values_of(collection: &Collection, attributes: &[usize], record: &Json) -> Vec<(usize, Value)> {
    read_of(collection, attributes, record).into_iter().map(|(at, cell)| (at, cell.unwrap_or(Value::Null))).collect()
}

/// Attributes of a record, as they are read.
fn read_of(collection: &Collection, attributes: &[usize], record: &Json) -> Vec<(usize, Cell)> {
    let slot = |at: &usize| (collection.attributes[*at].path.clone(), collection.attributes[*at].codec.clone());
    let row = Trie::new(&attributes.iter().map(slot).collect::<Vec<_>>()).read_value(record).into_vec();
    attributes.iter().copied().zip(row).collect()
}

/// Whether an element has no value: one that can't be read is there, and may be another than `where` says.
fn is_left_out(cell: &Cell) -> bool {
    match cell {
        Ok(value) => value.is_missing(),
        Err(fault) => fault.code == FaultCode::Missing,
    }
}
