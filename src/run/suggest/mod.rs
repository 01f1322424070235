//! Which source attribute goes where: evidence before opinion. Pure.
//!
//! In: pairs of records that belong together, every readable attribute of both sides. Out: for each target attribute that no line
//! of `map` writes yet, the source attribute that holds the same, and how sure that is.

mod names;
mod pairs;

pub use names::Names;
pub use pairs::{Pairs, pair};

use crate::{
    plan::{
        Plan, Side,
        system::{Attribute, Direction},
    },
    run::extract::held,
    value::{
        Kind, Value,
        canonical::{Comparison, index_key, same},
        functions::{Apply, by_name},
        trie::Row,
    },
};
use std::collections::HashSet;

/// Fewer values than this prove nothing.
const ENOUGH: usize = 8;

/// How many of the values must agree for a suggestion to be sure.
const SURE: f64 = 0.9;

/// So many different values agree by no accident, whatever the names are.
const MANY: usize = 20;

/// What is worth showing at all.
const LIKELY: f64 = 0.6;

/// Names nearer than this are the same.
const SAME_NAME: f64 = 0.99;

/// Changes that are tried on a text, the plainest first.
const CHANGES: &[&[&str]] =
    &[&[], &["trim"], &["lower"], &["trim", "lower"], &["title_case"], &["trim", "title_case"], &["upper"], &["unaccent"], &["digits"]];

/// One line for `map`, or none.
#[derive(Debug)]
pub struct Suggestion {
    /// The target attribute, by its index.
    pub target: usize,
    /// None: nothing fits.
    pub proposal: Option<Proposal>,
    /// Pairs in which the target holds a value.
    pub of: usize,
    /// The best that anything reached, where nothing fits.
    pub most: usize,
}

/// What to write after `=`, and why.
#[derive(Debug, Clone)]
pub struct Proposal {
    pub value: Proposed,
    /// Pairs in which both sides hold the same.
    pub equal: usize,
    /// The last function and how many would agree without it.
    pub without: Option<(&'static str, usize)>,
    pub same_name: bool,
    /// Enough values agree, and nothing else does as well.
    pub sure: bool,
    /// Other source attributes that fit as well.
    pub rivals: Vec<usize>,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Proposed {
    /// A source attribute, through functions; as text where the types differ.
    Attribute { source: usize, functions: &'static [&'static str], as_text: bool },
    /// Nearly all accounts hold the same value.
    Constant(Value),
}

/// The attributes that a suggestion is wanted for: written, not an opening or closing one, in no line of `map`.
#[must_use]
pub fn open_attributes(plan: &Plan) -> Vec<usize> {
    let attributes = plan.target.collection().attributes.iter().enumerate();
    let written = |at: usize| plan.map.iter().any(|mapping| mapping.attribute == at);
    let open = attributes.filter(|(at, attribute)| {
        attribute.direction == Direction::Both && attribute.access.is_none() && !attribute.secret && !written(*at)
    });
    open.map(|(at, _)| at).collect()
}

/// What goes where.
#[must_use]
pub fn suggest(plan: &Plan, pairs: &Pairs) -> Vec<Suggestion> {
    let names = Names::of([&plan.source.system.name, &plan.target.system.name]);
    open_attributes(plan).into_iter().map(|target| Weighing { pairs, names: &names, target }.suggestion()).collect()
}

/// One target attribute, weighed against all of the source.
struct Weighing<'a> {
    pairs: &'a Pairs,
    names: &'a Names,
    target: usize,
}

/// One source attribute with one change.
#[derive(Clone)]
struct Weighed {
    source: usize,
    functions: &'static [&'static str],
    as_text: bool,
    equal: usize,
    /// How many different values agree.
    different: usize,
    without: Option<(&'static str, usize)>,
    nearness: f64,
}

impl Weighing<'_> {
    fn attribute(&self) -> &Attribute {
        &self.pairs.target.collection().attributes[self.target]
    }

    fn suggestion(&self) -> Suggestion {
        let slot = self.pairs.target.slot_of(self.target);
        let targets: Vec<&Value> = self.pairs.rows.iter().map(|(_, target)| slot.map_or(&Value::Null, |slot| held(target, slot))).collect();
        let of = targets.iter().filter(|value| !value.is_missing()).count();
        let mut all: Vec<Weighed> = (0..self.pairs.source.slots.len()).filter_map(|slot| self.weigh(slot, &targets)).collect();
        all.sort_by(|left, right| right.rank().total_cmp(&left.rank()));
        let most = all.iter().map(|weighed| weighed.equal).max().unwrap_or(0);
        let proposal = self.by_evidence(&all, of).or_else(|| self.by_name(&all, of)).or_else(|| constant(&targets, of));
        Suggestion { target: self.target, proposal, of, most }
    }

    /// The source attribute that holds the same in most pairs.
    fn by_evidence(&self, all: &[Weighed], of: usize) -> Option<Proposal> {
        let best = all.first().filter(|best| of > 0 && best.equal as f64 >= LIKELY * of as f64)?;
        let alike = |other: &&Weighed| other.equal * 50 >= best.equal * 49 && other.nearness >= best.nearness - 0.01;
        let rivals: Vec<usize> = all[1..].iter().filter(alike).map(|other| other.source).collect();
        // One value that nearly all have agrees by accident: the odd pair tells.
        let varied = best.different >= 2 || best.equal == of;
        let telling = best.different >= 3 || best.nearness >= SAME_NAME && varied;
        let sure = of >= ENOUGH
            && best.equal as f64 >= SURE * of as f64
            && telling
            && rivals.is_empty()
            && (best.nearness > 0.2 || best.different >= MANY);
        Some(best.proposal(sure, rivals))
    }

    /// Nothing to compare: the same name and a type that fits.
    fn by_name(&self, all: &[Weighed], of: usize) -> Option<Proposal> {
        let mut named = all.iter().filter(|weighed| weighed.nearness >= SAME_NAME);
        let best = named.next().filter(|_| of < ENOUGH)?;
        let rivals: Vec<usize> = named.map(|other| other.source).collect();
        Some(best.proposal(false, rivals))
    }

    /// The plainest change of a source attribute that agrees most.
    fn weigh(&self, slot: usize, targets: &[&Value]) -> Option<Weighed> {
        let source = self.pairs.source.slots[slot].attribute?;
        let theirs = &self.pairs.source.collection().attributes[source];
        let as_text = fit(&theirs.ty.kind, &self.attribute().ty.kind)?;
        let nearness = self.names.nearness(&theirs.name, &self.attribute().name);
        let changes = if theirs.ty.kind == Kind::Text && !as_text { CHANGES } else { &CHANGES[..1] };
        let counts: Vec<(usize, usize)> = changes.iter().map(|functions| self.count(slot, functions, as_text, targets)).collect();
        let best = (0..changes.len()).max_by_key(|at| (counts[*at].0, std::cmp::Reverse(changes[*at].len()), std::cmp::Reverse(*at)))?;
        let functions = changes[best];
        let shorter = functions.split_last().and_then(|(last, rest)| Some((*last, changes.iter().position(|change| *change == rest)?)));
        let without = shorter.map(|(last, at)| (last, counts[at].0));
        let (equal, different) = counts[best];
        Some(Weighed { source, functions, as_text, equal, different, without, nearness })
    }

    /// In how many pairs both sides hold the same, and how many different values these are.
    fn count(&self, slot: usize, functions: &[&'static str], as_text: bool, targets: &[&Value]) -> (usize, usize) {
        let applies: Vec<Apply> = functions.iter().filter_map(|name| (by_name(name)?.bind)(&[]).ok()).collect();
        let how = Comparison { ignoring_case: false, ..self.attribute().comparison };
        let mut different = HashSet::new();
        let mut equal = 0;
        for ((source, _), target) in self.pairs.rows.iter().zip(targets) {
            if target.is_missing() {
                continue;
            }
            let value = changed(held(source, slot), &applies, as_text);
            if !value.is_missing() && same(&value, target, how) {
                equal += 1;
                different.extend(index_key(&value, how));
            }
        }
        (equal, different.len())
    }
}

fn changed(value: &Value, applies: &[Apply], as_text: bool) -> Value {
    if value.is_missing() {
        return Value::Null;
    }
    let begin = if as_text { value.to_text().map_or(Value::Null, Value::text) } else { value.clone() };
    applies.iter().fold(begin, |value, apply| if value.is_missing() { value } else { apply(&value).unwrap_or(Value::Null) })
}

impl Weighed {
    /// What agrees most comes first; of those that agree alike, the nearer name.
    fn rank(&self) -> f64 {
        self.equal as f64 * 1.02_f64.powf(self.nearness * 5.0) + self.nearness
    }

    fn proposal(&self, sure: bool, rivals: Vec<usize>) -> Proposal {
        let value = Proposed::Attribute { source: self.source, functions: self.functions, as_text: self.as_text };
        Proposal { value, equal: self.equal, without: self.without, same_name: self.nearness >= SAME_NAME, sure, rivals }
    }
}

/// Whether a value of one kind can be written into another: as it is (`false`), or as text.
fn fit(from: &Kind, to: &Kind) -> Option<bool> {
    match (from, to) {
        _ if from == to => Some(false),
        (Kind::Int | Kind::Decimal, Kind::Text) => Some(true),
        _ => None,
    }
}

/// Nearly all accounts hold one value, and nothing of the source explains it.
fn constant(targets: &[&Value], of: usize) -> Option<Proposal> {
    let first = targets.iter().find(|value| !value.is_missing())?;
    let plain = matches!(first, Value::Text(_) | Value::Int(_) | Value::Bool(_));
    let equal = targets.iter().filter(|value| **value == *first).count();
    let enough = plain && of >= ENOUGH && equal as f64 >= SURE * of as f64;
    let proposal =
        Proposal { value: Proposed::Constant((*first).clone()), equal, without: None, same_name: false, sure: false, rivals: Vec::new() };
    enough.then_some(proposal)
}

/// A side that reads every attribute there is.
fn everything(side: &Side) -> Side {
    let attributes = side.collection().attributes.iter().enumerate().filter(|(_, attribute)| attribute.direction != Direction::WriteOnly);
    let slot = |(at, attribute): (usize, &Attribute)| crate::plan::Slot {
        origin: crate::plan::Origin::Record,
        attribute: Some(at),
        name: attribute.name.clone(),
        path: attribute.path.clone(),
        codec: crate::value::format::Codec { required: false, ..attribute.codec.clone() },
        line: attribute.line.clone(),
    };
    Side {
        system: std::sync::Arc::clone(&side.system),
        collection: side.collection,
        alias: side.alias.clone(),
        slots: attributes.map(slot).collect(),
        line: side.line.clone(),
    }
}

/// A record of each side that belong together.
pub type Two = (Row, Row);
