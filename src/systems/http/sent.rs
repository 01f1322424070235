//! Whether a look-up sends the value that it looks for, once its expressions have their values.

use super::{Client, request::unsendable};
use crate::{
    compile::{
        program::{Name, Names, Program},
        system::{Call, Parameter},
    },
    systems::{CallError, scope::Scope},
    value::{Fault, Value, is_blank},
};

impl Client {
    /// Refuses a look-up of which a place that is made of the value is missing or blank: it would ask for something else, and its answer
    /// would prove nothing.
    pub(super) fn sends_what_it_looks_for(name: &str, call: &Call, by: usize, scope: &Scope<'_>) -> Result<(), CallError> {
        let body = call.body.iter().filter_map(|body| body.value.as_ref());
        let mut lost = std::iter::once(&call.path).chain(body).map(|place| is_lost(place, by, scope));
        let unsent = |one: &Parameter| match &one.when {
            Some(when) if !when.holds(scope)? => Ok(false),
            _ => is_lost(&one.value, by, scope),
        };
        let mut parameters = call.queries.iter().chain(&call.headers);
        let any = lost.try_fold(false, |any, one| Ok(any | one?));
        let any = any.and_then(|any: bool| parameters.try_fold(any, |any, one| Ok::<_, Box<Fault>>(any | unsent(one)?)));
        match any {
            Ok(false) => Ok(()),
            Ok(true) => Err(unsendable(format!("`{name}` would send nothing of the value that it looks for, so nothing was asked"))),
            Err(fault) => Err(unsendable(format!("`{name}`: {fault}"))),
        }
    }
}

/// Whether a part that is made of the attribute comes out missing or blank, or something else stands in for it.
fn is_lost(program: &Program, by: usize, names: &dyn Names) -> Result<bool, Box<Fault>> {
    use Program as P;
    if !names_it(program, by) {
        return Ok(false);
    }
    match program {
        // What stands in for a value that can't be worked out is another one.
        P::Default(both) if !names_it(&both.1, by) => Ok(is_lost(&both.0, by, names).unwrap_or(true)),
        P::If(parts) if parts.0.holds(names)? => is_lost(&parts.1, by, names),
        P::If(parts) => parts.2.as_ref().map_or(Ok(false), |otherwise| is_lost(otherwise, by, names)),
        P::Not(_) | P::And(_) | P::Or(_) | P::Compare(..) | P::In { .. } | P::Matches(..) => Ok(false),
        P::IsMissing(_) | P::IsPresent(_) | P::IsAbsent(_) => Ok(false),
        P::Template(_) | P::List(_) | P::Record(_) | P::Key(_) | P::Arithmetic(..) => is_any_lost(program, by, names),
        P::Default(_) | P::Name(_) => Ok(is_empty(&program.run(names)?)),
        _ => Ok(is_any_lost(program, by, names)? || is_empty(&program.run(names)?)),
    }
}

fn is_any_lost(program: &Program, by: usize, names: &dyn Names) -> Result<bool, Box<Fault>> {
    program.children().into_iter().try_fold(false, |any, part| Ok(any || is_lost(part, by, names)?))
}

fn names_it(program: &Program, by: usize) -> bool {
    program.uses(|name| *name == Name::Own(by))
}

fn is_empty(value: &Value) -> bool {
    let blank = |text: std::borrow::Cow<'_, str>| is_blank(&text);
    value.is_missing() || matches!(value, Value::List(items) if items.is_empty()) || value.to_text().is_some_and(blank)
}
