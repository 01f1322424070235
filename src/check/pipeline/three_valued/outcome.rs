//! What an expression can come out as, and whether that rests on a value that is not there.

use crate::value::{Kind, Value};

/// What an outcome rests on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Basis {
    /// Values that are there, or an answer that was asked for: `is missing`, `== null`, `??`.
    Known,
    /// The absent value itself, handed on as it is: nothing has been decided by it yet.
    Absent,
    /// A decision that was taken although the value was absent.
    Decided,
}

impl Basis {
    /// The basis of a decision that used both.
    pub fn deciding(self, other: Self) -> Self {
        if self == Self::Known && other == Self::Known { Self::Known } else { Self::Decided }
    }

    /// The basis of an answer to a question about the presence of a value: it is an honest one, unless the value itself
    /// is there or not there because of an earlier decision.
    pub fn asking(self) -> Self {
        if self == Self::Decided { Self::Decided } else { Self::Known }
    }
}

/// What is known of a value before anything is read.
#[derive(Clone, Debug, PartialEq)]
pub enum Thing {
    Missing,
    Exactly(Value),
    /// Some value that is there. Of truths, both are listed instead.
    Present,
}

impl Thing {
    /// A value that is known.
    pub fn of(value: &Value) -> Self {
        if value.is_missing() { Self::Missing } else { Self::Exactly(value.clone()) }
    }

    pub fn value(&self) -> Option<Value> {
        match self {
            Self::Missing => Some(Value::Null),
            Self::Exactly(value) => Some(value.clone()),
            Self::Present => None,
        }
    }
}

#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    pub thing: Thing,
    pub basis: Basis,
}

/// More exact values than these become [`Thing::Present`].
const MOST: usize = 8;

/// All that an expression can come out as.
#[derive(Clone, Debug, Default)]
pub struct Outcomes(Vec<Outcome>);

impl Outcomes {
    pub fn one(thing: Thing, basis: Basis) -> Self {
        Self(vec![Outcome { thing, basis }])
    }

    /// Any value of a kind; missing as well where it is `optional`.
    pub fn any(kind: &Kind, optional: bool, basis: Basis) -> Self {
        let mut all = Self::default();
        all.add_any(kind, optional, basis);
        all
    }

    pub fn truths(truths: impl IntoIterator<Item = (bool, Basis)>) -> Self {
        let mut all = Self::default();
        truths.into_iter().for_each(|(truth, basis)| all.add(Thing::Exactly(Value::Bool(truth)), basis));
        all
    }

    pub fn add(&mut self, thing: Thing, basis: Basis) {
        let thing = if self.0.len() >= MOST && !is_plain(&thing) { Thing::Present } else { thing };
        let outcome = Outcome { thing, basis };
        if !self.0.contains(&outcome) {
            self.0.push(outcome);
        }
    }

    pub fn add_any(&mut self, kind: &Kind, optional: bool, basis: Basis) {
        if *kind == Kind::Bool {
            self.add(Thing::Exactly(Value::Bool(true)), basis);
            self.add(Thing::Exactly(Value::Bool(false)), basis);
        } else {
            self.add(Thing::Present, basis);
        }
        if optional {
            self.add(Thing::Missing, basis);
        }
    }

    pub fn extend(&mut self, other: &Self) {
        other.iter().for_each(|one| self.add(one.thing.clone(), one.basis));
    }

    pub fn iter(&self) -> impl Iterator<Item = &Outcome> + Clone {
        self.0.iter()
    }

    /// The same things on another basis.
    pub fn rebased(&self, basis: impl Fn(Basis) -> Basis) -> Self {
        let mut all = Self::default();
        self.iter().for_each(|one| all.add(one.thing.clone(), basis(one.basis)));
        all
    }

    /// As a condition: missing is no. What is not known to be a truth may be either.
    pub fn as_truths(&self) -> Vec<(bool, Basis)> {
        let mut truths = Vec::new();
        for one in self.iter() {
            match &one.thing {
                Thing::Missing => truths.push((false, one.basis)),
                Thing::Exactly(value) => truths.push((value.is_true(), one.basis)),
                Thing::Present => truths.extend([(true, one.basis), (false, one.basis)]),
            }
        }
        truths
    }

    /// Whether it can be this truth because a value is absent.
    pub fn can_be_by_absence(&self, wanted: bool) -> bool {
        self.as_truths().iter().any(|(truth, basis)| *truth == wanted && *basis != Basis::Known)
    }

    /// The two put together, one by one.
    pub fn with(&self, other: &Self, mut put: impl FnMut(&Outcome, &Outcome, &mut Self)) -> Self {
        let mut all = Self::default();
        for left in self.iter() {
            other.iter().for_each(|right| put(left, right, &mut all));
        }
        all
    }
}

const fn is_plain(thing: &Thing) -> bool {
    matches!(thing, Thing::Missing | Thing::Present | Thing::Exactly(Value::Bool(_)))
}
