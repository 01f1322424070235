//! The key of a collection: the attributes that name a record, one or several together.

use super::{
    expr::{Expr, ExprKind},
    system::Collection,
};
use crate::value::{Kind, Text, Value, key};
use serde::{Serialize, Serializer};

/// `key ATTR,…`: the attributes by their index, in the order in which they are declared; none if there is no key.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Key(pub Vec<usize>);

impl Key {
    /// The attributes.
    pub fn attributes(&self) -> impl Iterator<Item = usize> + '_ {
        self.0.iter().copied()
    }

    /// The one attribute of a key that has no more.
    #[must_use]
    pub fn alone(&self) -> Option<usize> {
        if let [only] = self.0[..] { Some(only) } else { None }
    }

    /// Whether an attribute belongs to it.
    #[must_use]
    pub fn has(&self, attribute: usize) -> bool {
        self.0.contains(&attribute)
    }

    /// Whether there is none.
    #[must_use]
    pub const fn is_none(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether several attributes name a record together.
    #[must_use]
    pub const fn is_several(&self) -> bool {
        self.0.len() > 1
    }
}

/// A key of one attribute counts in the hash of a plan as its index alone.
impl Serialize for Key {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        if self.is_several() { self.0.serialize(to) } else { self.alone().serialize(to) }
    }
}

impl<X, C> Collection<X, C> {
    /// The name of the key: `id`, or `group, account`.
    #[must_use]
    pub fn key_name(&self) -> String {
        self.key_names().join(", ")
    }

    /// The names of the attributes of the key.
    #[must_use]
    pub fn key_names(&self) -> Vec<&str> {
        self.key.attributes().map(|at| self.attributes[at].name.as_str()).collect()
    }

    /// Of what kind the key is as one value; of several attributes, a text.
    #[must_use]
    pub fn key_kind(&self) -> Kind {
        self.key.alone().map_or(Kind::Text, |at| self.attributes[at].ty.kind.clone())
    }

    /// The key as one value, in its canonical form, from the values of a record; `None` if one of them is missing.
    #[must_use]
    pub fn key_of<'v>(&self, value: impl Fn(usize) -> Option<&'v Value>) -> Option<Text> {
        if let Some(only) = self.key.alone() {
            return value(only)?.canonical_key();
        }
        let part = |at: usize| Some((self.attributes[at].name.as_str(), value(at)?.canonical_key()?));
        let parts = self.key.attributes().map(part).collect::<Option<Vec<_>>>()?;
        (!parts.is_empty()).then(|| key::joined(parts))
    }

    /// The key as one value, from its canonical text.
    #[must_use]
    pub fn id_value(&self, text: &str) -> Value {
        Value::of_key(&self.key_kind(), &key::form(text))
    }

    /// The values of the attributes of a key; none if it is not one of this collection.
    #[must_use]
    pub fn key_values(&self, id: &Value) -> Vec<(usize, Value)> {
        if let Some(only) = self.key.alone() {
            return vec![(only, id.clone())];
        }
        let values = id.as_text().and_then(|text| key::split(text, &self.key_names())).unwrap_or_default();
        let typed = |(at, text): (usize, Text)| (at, Value::of_key(&self.attributes[at].ty.kind, &text));
        self.key.attributes().zip(values).map(typed).collect()
    }

    /// The key as one value from the values of its attributes, each as the system tells it.
    #[must_use]
    pub fn id_of(&self, value: impl Fn(usize) -> Option<Value>) -> Option<Value> {
        if let Some(only) = self.key.alone() {
            return value(only).filter(|id| !id.is_missing());
        }
        let values: Vec<(usize, Value)> = self.key.attributes().map(|at| Some((at, value(at)?))).collect::<Option<_>>()?;
        let id = self.key_of(|at| values.iter().find(|(known, _)| *known == at).map(|(_, value)| value))?;
        Some(Value::Text(id))
    }

    /// Whether an expression of a pipeline is the key of this collection, its source.
    #[must_use]
    pub fn is_own_key(&self, key: &Expr) -> bool {
        match &key.kind {
            ExprKind::Source(at) => self.key.alone() == Some(*at),
            ExprKind::Key(_) => true,
            _ => false,
        }
    }
}
