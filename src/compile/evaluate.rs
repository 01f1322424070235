//! Evaluates expressions: conditions are true or false, a missing part makes the whole missing, and faults propagate up to
//! `??`.

use super::program::{Name, Names, Program, Table, TemplatePart};
use crate::value::{
    Fault, FaultCode, Kind, Value, arithmetic,
    canonical::{self, Comparison},
    civil,
    comparator::text_of,
    equal::{equal, holds_item},
    format::Codec,
    path::{Found, JsonPath},
    size::{LARGEST, bounded, size, too_large},
};
use std::borrow::Cow;

type Answer<'a> = Result<Cow<'a, Value>, Box<Fault>>;

impl Program {
    /// The value of the expression.
    ///
    /// # Errors
    /// The fault of a value it uses or of a function that failed, unless `??` takes over.
    pub fn run(&self, names: &dyn Names) -> Result<Value, Box<Fault>> {
        self.value(names).map(Cow::into_owned)
    }

    /// The expression as a condition: missing is false.
    ///
    /// # Errors
    /// As [`Program::run`].
    pub fn holds(&self, names: &dyn Names) -> Result<bool, Box<Fault>> {
        match self {
            Self::Not(inner) => inner.holds(names).map(|holds| !holds),
            Self::And(both) => Ok(both.0.holds(names)? && both.1.holds(names)?),
            Self::Or(both) => Ok(both.0.holds(names)? || both.1.holds(names)?),
            Self::Compare(how, both) => Ok(how.holds(&*both.0.value(names)?, &*both.1.value(names)?)),
            Self::In { negated, both } => Ok(is_in(&*both.0.value(names)?, &both.1, names)? != *negated),
            Self::Matches(value, pattern) => Ok(text_of(&*value.value(names)?).is_some_and(|text| pattern.is_match(text))),
            Self::IsMissing(value) => value.is_present(names).map(|present| !present),
            Self::IsPresent(value) => value.is_present(names),
            Self::IsAbsent(value) => value.value(names).map(|value| matches!(*value, Value::Absent)),
            other => other.value(names).map(|value| is_yes(&value)),
        }
    }

    /// Whether there is a value. Of an answer, several values at a place are there as well.
    fn is_present(&self, names: &dyn Names) -> Result<bool, Box<Fault>> {
        match self.value(names) {
            Err(fault) if fault.code == FaultCode::SeveralFound && matches!(self, Self::Name(Name::Answer(_))) => Ok(true),
            found => found.map(|value| !value.is_missing()),
        }
    }

    /// The text of a template with each interpolated value passed through `encode` (percent-encoding in a path or a query);
    /// `None` if a part is missing. Any other expression is one interpolated value, except that a constant is used as it is.
    ///
    /// # Errors
    /// As [`Program::run`].
    pub fn text(&self, names: &dyn Names, encode: &dyn Fn(&str) -> String) -> Result<Option<String>, Box<Fault>> {
        match self {
            Self::Template(parts) => template(parts, names, encode),
            Self::Constant(value) => part(value).map(|text| text.map(Cow::into_owned)),
            other => part(&*other.value(names)?).map(|text| text.map(|text| encode(&text))),
        }
    }

    /// Whether its text begins with a value, so that it may be a whole address.
    #[must_use]
    pub fn begins_with_a_value(&self) -> bool {
        match self {
            Self::Template(parts) => matches!(parts.first(), Some(TemplatePart::Program(_))),
            other => !matches!(other, Self::Constant(_)),
        }
    }

    /// The expressions it is made of, one level down.
    #[must_use]
    pub fn children(&self) -> Vec<&Self> {
        match self {
            Self::Constant(_) | Self::Name(_) => Vec::new(),
            Self::Template(parts) => {
                parts.iter().filter_map(|part| if let TemplatePart::Program(inner) = part { Some(inner) } else { None }).collect()
            }
            Self::List(items) => items.iter().collect(),
            Self::Record(members) | Self::Key(members) => members.iter().map(|(_, value)| value).collect(),
            Self::Jwt { claims, key, .. } => claims.iter().map(|(_, value)| value).chain([&**key]).collect(),
            Self::Each(value) | Self::Random(value) | Self::Age(value) | Self::Not(value) | Self::Matches(value, _) => vec![value],
            Self::IsMissing(value) | Self::IsPresent(value) | Self::IsAbsent(value) => vec![value],
            Self::Apply { value, .. } | Self::Lookup { value, .. } | Self::Counterpart { value, .. } => vec![value],
            Self::At { value, .. } | Self::ReadAs { value, .. } => vec![value],
            Self::And(both) | Self::Or(both) | Self::Compare(_, both) | Self::In { both, .. } => vec![&both.0, &both.1],
            Self::Arithmetic(_, both) | Self::Default(both) => vec![&both.0, &both.1],
            Self::If(parts) => [&parts.0, &parts.1].into_iter().chain(&parts.2).collect(),
        }
    }

    /// This and all that is inside it.
    #[must_use]
    pub fn parts(&self) -> Vec<&Self> {
        std::iter::once(self).chain(self.children().into_iter().flat_map(Self::parts)).collect()
    }

    /// Whether the expression uses such a name.
    #[must_use]
    pub fn uses(&self, wanted: impl Fn(&Name) -> bool) -> bool {
        let mut used = false;
        self.names(&mut |name| used |= wanted(name));
        used
    }

    /// Whether it uses a value that came with the token.
    #[must_use]
    pub fn names_token(&self) -> bool {
        self.uses(|name| matches!(name, Name::Token(_)))
    }

    /// Calls `see` with each path of the answer that the expression names.
    pub fn answer_paths(&self, see: &mut dyn FnMut(&JsonPath)) {
        self.names(&mut |name| {
            if let Name::Answer(path) = name {
                see(path);
            }
        });
    }

    /// Calls `see` with every name the expression uses.
    pub fn names(&self, see: &mut dyn FnMut(&Name)) {
        match self {
            Self::Constant(_) => {}
            Self::Name(name) => see(name),
            Self::Template(parts) => parts.iter().for_each(|part| {
                if let TemplatePart::Program(inner) = part {
                    inner.names(see);
                }
            }),
            Self::List(items) => items.iter().for_each(|item| item.names(see)),
            Self::Record(members) | Self::Key(members) => members.iter().for_each(|(_, value)| value.names(see)),
            Self::Jwt { claims, key, .. } => {
                claims.iter().for_each(|(_, value)| value.names(see));
                key.names(see);
            }
            Self::Each(value) | Self::Random(value) => value.names(see),
            Self::Age(value) => {
                see(&Name::Today);
                value.names(see);
            }
            Self::Not(value) | Self::Matches(value, _) | Self::IsMissing(value) | Self::IsPresent(value) | Self::IsAbsent(value) => {
                value.names(see)
            }
            Self::Apply { value, .. } | Self::Lookup { value, .. } | Self::Counterpart { value, .. } => value.names(see),
            Self::At { value, .. } | Self::ReadAs { value, .. } => value.names(see),
            Self::And(both) | Self::Or(both) | Self::Compare(_, both) | Self::In { both, .. } => both_names(both, see),
            Self::Arithmetic(_, both) | Self::Default(both) => both_names(both, see),
            Self::If(parts) => {
                parts.0.names(see);
                parts.1.names(see);
                parts.2.iter().for_each(|otherwise| otherwise.names(see));
            }
        }
    }

    fn value<'a>(&'a self, names: &'a dyn Names) -> Answer<'a> {
        match self {
            Self::Constant(value) => Ok(Cow::Borrowed(value)),
            Self::Name(name) => names.value(name),
            Self::Template(parts) => owned(template(parts, names, &str::to_owned)?.map_or(Value::Null, Value::text)),
            Self::List(items) => owned(list(items, names)?),
            Self::Record(members) => owned(record(members, names)?),
            Self::Key(parts) => owned(key_of(parts, names)?),
            Self::Each(value) => owned(names.each_record(value)?),
            Self::Arithmetic(operator, both) => {
                owned(bounded(arithmetic::apply(*operator, &*both.0.value(names)?, &*both.1.value(names)?)?)?)
            }
            Self::Apply { value, apply, .. } => on_present(value.value(names)?, |value| bounded(apply(value)?)),
            Self::Age(value) => on_present(value.value(names)?, |birth| age(birth, &*names.value(&Name::Today)?)),
            Self::Random(length) => on_present(length.value(names)?, |length| match length {
                Value::Int(length) => names.random_text(*length),
                _ => Ok(Value::Null),
            }),
            Self::Jwt { algorithm, claims, key } => owned(names.signed(*algorithm, claims, key)?),
            Self::Lookup { value, table } => on_present(value.value(names)?, |value| table.find(value)),
            Self::Counterpart { value, pipeline } => counterpart(value.value(names)?, pipeline, names),
            Self::At { value, path } => at(value.value(names)?, path),
            Self::ReadAs { value, kind } => read_as(value.value(names)?, kind),
            Self::Default(both) => match both.0.value(names) {
                Ok(value) if !value.is_missing() => Ok(value),
                Err(fault) if fault.hides_a_value() => Err(fault),
                _ => both.1.value(names),
            },
            Self::If(parts) => match (parts.0.holds(names)?, &parts.2) {
                (true, _) => parts.1.value(names),
                (false, Some(otherwise)) => otherwise.value(names),
                (false, None) => owned(Value::Null),
            },
            condition => owned(Value::Bool(condition.holds(names)?)),
        }
    }
}

fn both_names(both: &(Program, Program), see: &mut dyn FnMut(&Name)) {
    both.0.names(see);
    both.1.names(see);
}

const fn owned<'a>(value: Value) -> Answer<'a> {
    Ok(Cow::Owned(value))
}

fn is_yes(value: &Value) -> bool {
    match value {
        Value::Json(json) => json.as_bool() == Some(true),
        other => other.is_true(),
    }
}

/// Whether a list contains a value. A list literal is not built for this; a missing list contains nothing.
fn is_in(value: &Value, list: &Program, names: &dyn Names) -> Result<bool, Box<Fault>> {
    if let Program::List(items) = list {
        for item in items.iter() {
            if equal(value, &*item.value(names)?) {
                return Ok(true);
            }
        }
        return Ok(false);
    }
    Ok(holds_item(&*list.value(names)?, value).unwrap_or(false))
}

/// The canonical text of a key of several attributes.
fn key_of(parts: &[(String, Program)], names: &dyn Names) -> Result<Value, Box<Fault>> {
    let mut values = Vec::with_capacity(parts.len());
    for (name, part) in parts {
        let Some(value) = part.value(names)?.canonical_key() else { return Ok(Value::Null) };
        values.push((name.as_str(), crate::value::Text::from(&*crate::value::key::form(&value))));
    }
    Ok(Value::Text(crate::value::key::joined(values)))
}

/// A function of what is missing is missing; of a counterpart that does not exist yet, it fails.
fn on_present<'a>(value: Cow<'_, Value>, change: impl FnOnce(&Value) -> Result<Value, Box<Fault>>) -> Answer<'a> {
    match &*value {
        value if value.is_missing() => owned(Value::Null),
        Value::Pending(pending) => {
            Err(Fault::new(FaultCode::NoCounterpart, "has no counterpart yet, so nothing can be made of its id").of(&pending.key))
        }
        value => change(value).map(Cow::Owned),
    }
}

fn age(birth: &Value, today: &Value) -> Result<Value, Box<Fault>> {
    match (birth, today) {
        (Value::Date(birth), Value::Date(today)) => Ok(Value::Int(civil::age(*birth, *today))),
        _ => Ok(Value::Null),
    }
}

fn counterpart<'a>(value: Cow<'_, Value>, pipeline: &str, names: &dyn Names) -> Answer<'a> {
    match &*value {
        value if value.is_missing() => owned(Value::Null),
        Value::List(items) => {
            let each = items.iter().map(|item| if item.is_missing() { Ok(Value::Null) } else { names.counterpart(pipeline, item) });
            owned(Value::list(each.collect::<Result<_, _>>()?))
        }
        value => names.counterpart(pipeline, value).map(Cow::Owned),
    }
}

fn at<'a>(value: Cow<'_, Value>, path: &JsonPath) -> Answer<'a> {
    let Value::Json(json) = &*value else { return owned(Value::Absent) };
    match path.find(json) {
        Found::Nothing => owned(Value::Absent),
        Found::One(found) if found.is_null() => owned(Value::Null),
        Found::One(found) => owned(Value::Json(Box::new(found.clone()))),
        Found::Several(count) => Err(Fault::new(FaultCode::SeveralFound, format!("{count} values where one is expected")).at(&path.text)),
    }
}

fn read_as<'a>(value: Cow<'a, Value>, kind: &Kind) -> Answer<'a> {
    match &*value {
        Value::Json(json) => Codec::natural(kind.clone()).read(Some(json)).map(Cow::Owned),
        _ => Ok(value),
    }
}

/// Builds a list of the values of its items, and measures it while doing so, because each of many items may be large.
fn list(items: &[Program], names: &dyn Names) -> Result<Value, Box<Fault>> {
    let (mut made, mut taken) = (Vec::with_capacity(items.len()), 0);
    for item in items {
        let value = item.run(names)?;
        taken += size(&value);
        if taken > LARGEST {
            return Err(too_large("a list", LARGEST));
        }
        made.push(value);
    }
    Ok(Value::list(made))
}

/// An object of its members that are not missing.
fn record(members: &[(String, Program)], names: &dyn Names) -> Result<Value, Box<Fault>> {
    let mut made = serde_json::Map::new();
    for (name, program) in members {
        let value = program.value(names)?;
        if !value.is_missing() {
            made.insert(name.clone(), Codec::natural(Kind::Json).write(&value)?);
        }
    }
    bounded(Value::Json(Box::new(made.into())))
}

fn template(parts: &[TemplatePart], names: &dyn Names, encode: &dyn Fn(&str) -> String) -> Result<Option<String>, Box<Fault>> {
    let mut out = String::new();
    for each in parts {
        match each {
            TemplatePart::Text(text) => out.push_str(text),
            TemplatePart::Program(program) => match part(&*program.value(names)?)? {
                Some(text) => out.push_str(&encode(&text)),
                None => return Ok(None),
            },
        }
        if out.len() > LARGEST {
            return Err(too_large("a text", LARGEST));
        }
    }
    Ok(Some(out))
}

fn part(value: &Value) -> Result<Option<Cow<'_, str>>, Box<Fault>> {
    if let Value::Pending(pending) = value {
        return Err(Fault::new(FaultCode::NoCounterpart, "has no counterpart yet, so no text can be made of its id").of(&pending.key));
    }
    Ok(value.to_text())
}

impl Table {
    /// The row for a value, else the table's default.
    fn find(&self, value: &Value) -> Result<Value, Box<Fault>> {
        let row = canonical::index_key(value, Comparison::default()).and_then(|key| self.rows.get(&key));
        row.or(self.default.as_ref()).cloned().ok_or_else(|| {
            Fault::new(FaultCode::NotInTable, format!("is not in the table `{}`", self.name)).of(value.to_text().unwrap_or_default())
        })
    }
}

#[cfg(test)]
mod tests;
