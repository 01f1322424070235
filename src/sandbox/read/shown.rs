//! `list … where COND`: which records a list shows.

use crate::{
    compile::program::{Name, Names, Program},
    sandbox::{below::ParentRecord, request::RequestContext, store::read},
    value::{Fault, Value},
};
use serde_json::Value as Json;
use std::borrow::Cow;

/// Whether a list shows a record. A condition that can't be worked out shows nothing.
pub fn shows(context: &RequestContext<'_>, condition: &Program, record: &Json, parent: Option<&ParentRecord<'_>>) -> bool {
    condition.holds(&Shown { context, record, parent }).unwrap_or(false)
}

/// The names of a condition over a stored record.
struct Shown<'a> {
    context: &'a RequestContext<'a>,
    record: &'a Json,
    parent: Option<&'a ParentRecord<'a>>,
}

impl Names for Shown<'_> {
    fn value(&self, name: &Name) -> Result<Cow<'_, Value>, Box<Fault>> {
        Ok(Cow::Owned(match name {
            Name::Own(at) => self.context.collection().attributes.get(*at).map_or(Value::Null, |attribute| read(attribute, self.record)),
            Name::LoopValue => self.loop_value(),
            Name::Parent(at) => self.parent.map_or(Value::Null, |parent| parent.value(*at)),
            other => return self.context.scope.value(other).map(|value| Cow::Owned(value.into_owned())),
        }))
    }
}

impl Shown<'_> {
    /// The value that the request was made for.
    fn loop_value(&self) -> Value {
        let given = self.context.params.get(&Name::LoopValue);
        let values = self.context.call.loop_values.iter().filter_map(|program| program.run(self.context.scope).ok());
        values.into_iter().find(|value| value.to_text().as_deref() == given).unwrap_or(Value::Null)
    }
}
