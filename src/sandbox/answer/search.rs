//! Solves several conditions on an answer at once: those that have to hold, and those that must not.
//!
//! Each way in which they can be met is tried: a choice of their parts, and for each place that these name the first value for which
//! all of them are as wanted. What comes out is asked again by the conditions themselves, so a wrong answer is never given.

use super::{
    Answer, Body,
    solve::{self, Place},
};
use crate::{
    compile::program::{Comparator, Name, Names, Program},
    value::{Fault, FaultCode, Value, path::Found},
};
use serde_json::{Value as Json, json};
use std::borrow::Cow;

/// What came of a search.
#[derive(Debug)]
pub enum Solved {
    Answer(Answer),
    /// No answer meets the conditions.
    Never,
    /// A condition can't be solved: a pattern, or two places compared.
    Unknown,
}

impl Solved {
    pub fn answer(self) -> Option<Answer> {
        if let Self::Answer(answer) = self { Some(answer) } else { None }
    }
}

/// A condition, and whether it has to hold.
pub type Wanted<'p> = (&'p Program, bool);

/// The most choices that are tried.
const MOST: usize = 200;

/// The smallest change of an answer after which all conditions are as wanted.
pub fn solve(base: &Answer, wanted: &[Wanted<'_>]) -> Solved {
    if meets(base, wanted) {
        return Solved::Answer(base.clone());
    }
    let mut search = Search { base, wanted, left: MOST, is_unsure: false };
    let mut rest = wanted.to_vec();
    rest.reverse();
    match search.choose(rest, Vec::new()) {
        Some(answer) => Solved::Answer(answer),
        None if search.is_unsure || search.left == 0 => Solved::Unknown,
        None => Solved::Never,
    }
}

struct Search<'p> {
    base: &'p Answer,
    wanted: &'p [Wanted<'p>],
    left: usize,
    /// Whether something was left untried that might have helped.
    is_unsure: bool,
}

impl<'p> Search<'p> {
    /// Takes conditions apart; where one part or the other is enough, each is tried.
    fn choose(&mut self, mut rest: Vec<Wanted<'p>>, mut leaves: Vec<Wanted<'p>>) -> Option<Answer> {
        while let Some((condition, holds)) = rest.pop() {
            match condition {
                Program::Constant(value) if value.is_true() == holds => {}
                Program::Constant(_) => return None,
                Program::Not(inner) => rest.push((inner, !holds)),
                Program::And(both) if holds => rest.extend([(&both.1, true), (&both.0, true)]),
                Program::Or(both) if !holds => rest.extend([(&both.1, false), (&both.0, false)]),
                Program::And(both) | Program::Or(both) => {
                    return [&both.0, &both.1].into_iter().find_map(|part| {
                        let rest = rest.iter().copied().chain([(part, holds)]).collect();
                        self.choose(rest, leaves.clone())
                    });
                }
                leaf => leaves.push((leaf, holds)),
            }
        }
        self.fill(&leaves)
    }

    /// Gives each place that the leaves name a value, in their order, else in the reverse one.
    fn fill(&mut self, leaves: &[Wanted<'p>]) -> Option<Answer> {
        if self.left == 0 {
            return None;
        }
        self.left -= 1;
        let mut places: Vec<(Place, Vec<Wanted<'p>>)> = Vec::new();
        for leaf in leaves {
            let Some(place) = solve::place_of_leaf(leaf.0) else { continue };
            match places.iter_mut().find(|(known, _)| *known == place) {
                Some((_, leaves)) => leaves.push(*leaf),
                None => places.push((place, vec![*leaf])),
            }
        }
        let opaque = places.iter().map(|(_, leaves)| leaves.len()).sum::<usize>() < leaves.len();
        let in_order = self.filled(&places);
        let found = in_order.or_else(|| {
            places.reverse();
            self.filled(&places)
        });
        self.is_unsure |= found.is_none() && (opaque || overlap(&places) || !places.iter().all(|(_, leaves)| is_complete(leaves)));
        found
    }

    fn filled(&self, places: &[(Place, Vec<Wanted<'p>>)]) -> Option<Answer> {
        let mut answer = self.base.clone();
        for (place, leaves) in places {
            answer = value_for(answer, place, leaves)?;
        }
        meets(&answer, self.wanted).then_some(answer)
    }
}

/// Whether all conditions are as wanted for an answer. What a page alone tells is not asked.
pub fn meets(answer: &Answer, wanted: &[Wanted<'_>]) -> bool {
    wanted.iter().all(|(condition, wanted)| counts_page(condition) || holds(answer, condition) == *wanted)
}

/// Whether a condition holds for an answer. One that can't be worked out does not.
pub fn holds(answer: &Answer, condition: &Program) -> bool {
    condition.holds(&Held(answer)).unwrap_or(false)
}

/// Whether a condition can't be worked out for an answer.
pub fn undecided(answer: &Answer, condition: &Program) -> bool {
    condition.holds(&Held(answer)).is_err()
}

/// Whether an expression finds anything in an answer.
pub fn finds(answer: &Answer, place: &Program) -> bool {
    place.run(&Held(answer)).is_ok_and(|value| !value.is_missing())
}

fn counts_page(condition: &Program) -> bool {
    condition.uses(|name| matches!(name, Name::PageCount | Name::PageSize))
}

/// The answer with the first value at a place for which all leaves are as wanted; it may stay as it is.
fn value_for(answer: Answer, place: &Place, leaves: &[Wanted<'_>]) -> Option<Answer> {
    if meets(&answer, leaves) {
        return Some(answer);
    }
    let mut without = answer.clone();
    if solve::take(&mut without, place) && meets(&without, leaves) {
        return Some(without);
    }
    candidates(place, leaves).into_iter().find_map(|value| {
        let mut with = answer.clone();
        (solve::put(&mut with, place, value) && meets(&with, leaves)).then_some(with)
    })
}

/// Statuses that mean something else than those that a condition names.
const STATUSES: [u16; 12] = [200, 201, 204, 400, 401, 404, 409, 410, 422, 429, 500, 503];

/// What a place may hold: what the leaves compare it with, what is next to that, and something else.
fn candidates(place: &Place, leaves: &[Wanted<'_>]) -> Vec<Json> {
    let constants: Vec<Json> = leaves.iter().flat_map(|(leaf, _)| solve::constants(leaf)).collect();
    let mut values = constants.clone();
    for constant in &constants {
        match constant {
            Json::Bool(truth) => values.push(json!(!truth)),
            Json::Number(number) => values.extend(number.as_i64().into_iter().flat_map(|number| [json!(number + 1), json!(number - 1)])),
            Json::String(text) => values.extend([json!(format!("not {text}")), json!([text])]),
            other => values.push(json!([other])),
        }
    }
    if *place == Place::Status {
        values.extend(STATUSES.map(|status| json!(status)));
        values.retain(|status| status.as_i64().is_some_and(|status| (100..600).contains(&status)));
    } else {
        values.extend([json!("1"), json!(true), json!(false), json!(0), json!([]), json!({}), json!("")]);
    }
    values
}

/// Whether the candidates are enough to say that no value of a place meets its leaves.
fn is_complete(leaves: &[Wanted<'_>]) -> bool {
    use Comparator as C;
    let fixed = |(leaf, holds): &Wanted<'_>| match leaf {
        Program::Compare(C::Equal, _) => *holds,
        Program::In { negated, .. } => negated != holds,
        _ => false,
    };
    let plain = |(leaf, _): &Wanted<'_>| !matches!(leaf, Program::Compare(C::StartsWith | C::EndsWith | C::Contains, _));
    leaves.iter().any(fixed) || leaves.iter().all(plain)
}

/// Whether one place is inside of another, so that a value of one changes the other.
fn overlap(places: &[(Place, Vec<Wanted<'_>>)]) -> bool {
    let inside = |one: &Place, other: &Place| matches!((one, other), (Place::Path(one), Place::Path(other)) if one.text != other.text && other.text.starts_with(&*one.text));
    places.iter().any(|(one, _)| places.iter().any(|(other, _)| inside(one, other)))
}

/// The names of a condition over an answer that is being made.
struct Held<'a>(&'a Answer);

impl Names for Held<'_> {
    fn value(&self, name: &Name) -> Result<Cow<'_, Value>, Box<Fault>> {
        Ok(Cow::Owned(match (name, &self.0.body) {
            (Name::Status, _) => Value::Int(self.0.status.into()),
            (Name::Header(name), _) => {
                let found = self.0.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
                found.map_or(Value::Absent, |(_, value)| Value::text(value))
            }
            (Name::Answer(path), Body::Json(body) | Body::Plain(body)) => match path.find(body) {
                Found::Nothing => Value::Absent,
                Found::One(found) => Value::Json(Box::new(found.clone())),
                Found::Several(count) => return Err(Fault::new(FaultCode::SeveralFound, format!("{count} values where one is expected"))),
            },
            (Name::Answer(_), _) => Value::Absent,
            _ => Value::Null,
        }))
    }
}
