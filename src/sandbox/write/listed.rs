//! A new record is in one of the lists of its collection, as the vendor shows it in one of them.

use crate::{
    compile::{
        program::{Name, Names, Program},
        system::{Attribute, Call},
    },
    sandbox::{answer::build, request::RequestContext, scope::Scope, store::read},
    value::{Fault, Value},
};
use serde_json::Value as Json;
use std::borrow::Cow;

/// Gives a new record what `where` says of the first list that it may be in: a status that no request names, for example.
pub fn put_in_a_list(context: &RequestContext<'_>, record: &mut Json) {
    let mut shown = context.collection().all_lists().flat_map(|list| shown_by(context, list));
    let fitting = shown.find(|fixed| fixed.iter().all(|(attribute, value)| may_be(attribute, value, record)));
    for (attribute, value) in fitting.unwrap_or_default() {
        if read(attribute, record).is_missing()
            && let Ok(written) = attribute.codec.write(&value)
        {
            build::put(&attribute.path, record, written);
        }
    }
}

/// What a list fixes, for each value that it is read for. What depends on a parent is known of the record itself.
fn shown_by<'a>(context: &RequestContext<'a>, list: &'a Call) -> Vec<Vec<(&'a Attribute, Value)>> {
    let attributes = &context.collection().attributes;
    let values: Vec<Value> = match list.loop_values.is_empty() {
        true => vec![Value::Null],
        false => list.loop_values.iter().filter_map(|program| program.run(context.scope).ok()).collect(),
    };
    let fixed = |each: &Value| {
        let value = |program: &Program| program.run(&OneOf { each, scope: context.scope }).ok().filter(|value| !value.is_missing());
        list.fixed.iter().filter_map(|(at, program)| Some((&attributes[*at], value(program)?))).collect()
    };
    values.iter().map(fixed).collect()
}

fn may_be(attribute: &Attribute, value: &Value, record: &Json) -> bool {
    let known = read(attribute, record);
    known.is_missing() || known == *value
}

/// The names of what a list fixes, for one value of its `for each`.
struct OneOf<'a> {
    each: &'a Value,
    scope: &'a Scope<'a>,
}

impl Names for OneOf<'_> {
    fn value(&self, name: &Name) -> Result<Cow<'_, Value>, Box<Fault>> {
        match name {
            Name::LoopValue => Ok(Cow::Borrowed(self.each)),
            other => self.scope.value(other),
        }
    }
}
