//! One target attribute against everything that could go there.

use super::{
    candidates::Candidate,
    names::Names,
    pairs::Pairs,
    proposal::{From, Proposal, Proposed, Suggestion},
};
use crate::{
    compile::system::Attribute,
    run::record_scope::cell,
    value::{
        Kind, Value,
        canonical::{Comparison, index_key, same},
        functions::{Apply, by_name},
    },
};
use std::collections::HashSet;

/// Fewer equal values than this prove nothing.
const ENOUGH: usize = 8;

/// How many of the values must agree for a suggestion to be sure.
const SURE: f64 = 0.9;

/// With this many different values, agreement is no accident, whatever the names are.
const MANY: usize = 20;

/// The least agreement that is worth showing.
const LIKELY: f64 = 0.6;

/// Names nearer than this are the same.
const SAME_NAME: f64 = 0.99;

/// Changes that are tried on a text, the plainest first.
const CHANGES: &[&[&str]] =
    &[&[], &["trim"], &["lower"], &["trim", "lower"], &["title_case"], &["trim", "title_case"], &["upper"], &["unaccent"], &["digits"]];

/// One target attribute, weighed against all of the source.
pub(crate) struct Weighing<'a> {
    pub pairs: &'a Pairs,
    pub names: &'a Names,
    pub candidates: &'a [Candidate],
    pub target: usize,
}

/// One candidate with one change.
#[derive(Clone)]
struct Weighed<'a> {
    candidate: &'a Candidate,
    functions: &'static [&'static str],
    as_text: bool,
    agreement: Agreement,
    without: Option<(&'static str, usize)>,
    nearness: f64,
}

/// How far two columns of values agree.
#[derive(Clone, Copy, Default)]
struct Agreement {
    equal: usize,
    /// Pairs in which both hold something.
    both: usize,
    /// How many different values agree.
    different: usize,
}

impl<'a> Weighing<'a> {
    fn attribute(&self) -> &Attribute {
        &self.pairs.target.collection().attributes[self.target]
    }

    pub fn suggestion(&self) -> Suggestion {
        let slot = self.pairs.target.slot_of(self.target);
        let targets: Vec<&Value> =
            self.pairs.rows.iter().map(|(_, target)| slot.and_then(|slot| cell(target, slot).ok()).unwrap_or(&Value::Null)).collect();
        let of = targets.iter().filter(|value| !value.is_missing()).count();
        let mut all: Vec<Weighed<'a>> = self.candidates.iter().filter_map(|candidate| self.weigh(candidate, &targets)).collect();
        all.sort_by(|left, right| right.rank().total_cmp(&left.rank()));
        let most = all.iter().map(|weighed| weighed.agreement.equal).max().unwrap_or(0);
        let proposal = self.by_evidence(&all, of).or_else(|| self.by_name(&all, of)).or_else(|| constant(&targets, of));
        Suggestion { target: self.target, proposal, of, most }
    }

    /// The value that most pairs have in common.
    fn by_evidence(&self, all: &[Weighed<'_>], of: usize) -> Option<Proposal> {
        let best = all.first().filter(|best| of > 0 && best.agreement.equal as f64 >= LIKELY * of as f64)?;
        let Agreement { equal, both, different } = best.agreement;
        let alike = |other: &&Weighed<'_>| {
            !other.candidate.is_kin_of(best.candidate) && other.agreement.equal * 50 >= equal * 49 && other.nearness >= best.nearness - 0.01
        };
        let rivals: Vec<From> = all[1..].iter().filter(alike).map(|other| other.candidate.from).collect();
        // One value that nearly all have agrees by accident: the odd pair decides.
        let varied = different >= 2 || equal == of;
        let telling = different >= 3 || best.nearness >= SAME_NAME && varied;
        // A table that fits was written for this purpose.
        let meant = best.nearness > 0.2 || different >= MANY || best.candidate.table.is_some();
        let sure = both >= ENOUGH && equal as f64 >= SURE * both as f64 && telling && rivals.is_empty() && meant;
        Some(best.proposal(sure, rivals))
    }

    /// Nothing to compare: the same name and a type that fits.
    fn by_name(&self, all: &[Weighed<'_>], of: usize) -> Option<Proposal> {
        let mut named = all.iter().filter(|weighed| weighed.nearness >= SAME_NAME && weighed.candidate.table.is_none());
        let best = named.next().filter(|_| of < ENOUGH)?;
        let rivals: Vec<From> =
            named.filter(|other| !other.candidate.is_kin_of(best.candidate)).map(|other| other.candidate.from).collect();
        Some(best.proposal(false, rivals))
    }

    /// The plainest change of a candidate that agrees most.
    fn weigh(&self, candidate: &'a Candidate, targets: &[&Value]) -> Option<Weighed<'a>> {
        let as_text = fit(&candidate.kind, &self.attribute().ty.kind)?;
        let nearness = self.names.nearness(&candidate.name, &self.attribute().name);
        let plain = candidate.kind != Kind::Text || as_text || candidate.table.is_some();
        let changes = if plain { &CHANGES[..1] } else { CHANGES };
        let counts: Vec<Agreement> = changes.iter().map(|functions| self.count(candidate, functions, as_text, targets)).collect();
        let best =
            (0..changes.len()).max_by_key(|at| (counts[*at].equal, std::cmp::Reverse(changes[*at].len()), std::cmp::Reverse(*at)))?;
        let functions = changes[best];
        let shorter = functions.split_last().and_then(|(last, rest)| Some((*last, changes.iter().position(|change| *change == rest)?)));
        let without = shorter.map(|(last, at)| (last, counts[at].equal));
        Some(Weighed { candidate, functions, as_text, agreement: counts[best], without, nearness })
    }

    /// In how many pairs both sides hold the same.
    fn count(&self, candidate: &Candidate, functions: &[&'static str], as_text: bool, targets: &[&Value]) -> Agreement {
        let applies: Vec<Apply> = functions.iter().filter_map(|name| (by_name(name)?.bind)(&[]).ok()).collect();
        let how = Comparison { ignoring_case: false, ..self.attribute().comparison };
        let (mut different, mut agreement) = (HashSet::new(), Agreement::default());
        for (source, target) in candidate.values.iter().zip(targets).filter(|(_, target)| !target.is_missing()) {
            let value = changed(source, &applies, as_text);
            if value.is_missing() {
                continue;
            }
            agreement.both += 1;
            if same(&value, target, how) {
                agreement.equal += 1;
                different.extend(index_key(&value, how));
            }
        }
        Agreement { different: different.len(), ..agreement }
    }
}

fn changed(value: &Value, applies: &[Apply], as_text: bool) -> Value {
    if value.is_missing() {
        return Value::Null;
    }
    let begin = if as_text { value.to_text().map_or(Value::Null, Value::text) } else { value.clone() };
    applies.iter().fold(begin, |value, apply| if value.is_missing() { value } else { apply(&value).unwrap_or(Value::Null) })
}

impl Weighed<'_> {
    /// What agrees most comes first; of those that agree alike, the nearer name; of these what takes fewer changes, and a field,
    /// because the pipeline's filters speak of it.
    fn rank(&self) -> f64 {
        let steps = self.functions.len() + usize::from(self.candidate.table.is_some());
        let detour = steps as f64 + if matches!(self.candidate.from, From::Field(_)) { 0.0 } else { 0.5 };
        self.agreement.equal as f64 * 1.02_f64.powf(self.nearness * 5.0) + self.nearness - detour * 0.001
    }

    fn proposal(&self, sure: bool, rivals: Vec<From>) -> Proposal {
        let Candidate { from, table, .. } = self.candidate;
        let value = Proposed::Value { from: *from, table: table.clone(), functions: self.functions, as_text: self.as_text };
        let Agreement { equal, both, .. } = self.agreement;
        Proposal { value, equal, both, without: self.without, same_name: self.nearness >= SAME_NAME, sure, rivals }
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
    let proposal = Proposal {
        value: Proposed::Constant((*first).clone()),
        equal,
        both: of,
        without: None,
        same_name: false,
        sure: false,
        rivals: Vec::new(),
    };
    enough.then_some(proposal)
}
