//! Conditions judged over three values: true, false, and *not known*.
//!
//! A condition is always true or false when it is run, because a missing value is a value of its own. So it can come out
//! true although nothing is known: `status != "active"` holds of everybody once the source hides `status`. Where access is
//! taken from people by a condition, that must not happen. Each optional value that a condition depends on is therefore
//! taken as absent in turn, while all others may be anything, and the condition is worked out as the run would do it; along
//! the way each outcome remembers whether it rests on the absent value. An outcome that was *asked for* does not: `is
//! missing`, `is absent`, `is present`, `== null` and `??` say what is meant by an absent value.

mod compare;
mod outcome;
mod refuse;

pub(in crate::check) use refuse::{lint_out_of_scope_by_absence, refuse_true_by_absence};

use crate::{
    check::{
        model::expr::{Comparator, Expr, ExprKind as K, FunctionRef, Part, Pattern, Special},
        types::{Place, Subject, Typing, arguments},
    },
    diagnose::Span,
    syntax::tree::State,
    value::{Kind, Type, Value, arithmetic},
};
use outcome::{Basis, Outcome, Outcomes, Thing};
use std::{cell::RefCell, collections::HashMap};

/// Something that can be absent, and by which expression it is named.
#[derive(Clone, Debug)]
pub(in crate::check) struct Absentee {
    what: What,
    pub span: Span,
    /// A list of joined records: it is empty where none was found, and never missing.
    pub joined_list: bool,
    /// Such a list of which the records that were found may lack the value.
    without_values: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum What {
    Named(Subject),
    /// A member of raw JSON, by how it is written.
    Member(String),
    /// What a function, a table or another pipeline may leave missing although it was given a value, by how it is written.
    Made(String),
}

impl Absentee {
    /// Whether a value that is there was made into nothing, as `slice` does with a text that is too short.
    pub fn is_made(&self) -> bool {
        matches!(self.what, What::Made(_))
    }
}

/// The optional values because of which a condition can come out as `wanted` when they are absent.
pub(in crate::check) fn decided_by_absence(typing: &Typing<'_>, condition: &Expr, wanted: bool) -> Vec<Absentee> {
    let decides = |absentee: &Absentee| Assuming::absent(typing, absentee).outcomes(condition).can_be_by_absence(wanted);
    absentees(typing, condition).into_iter().filter(decides).collect()
}

/// Each optional value that a condition depends on, through the fields that it uses.
fn absentees(typing: &Typing<'_>, condition: &Expr) -> Vec<Absentee> {
    let (mut found, mut fields) = (Vec::<Absentee>::new(), Vec::new());
    let mut to_see = vec![condition];
    while let Some(expr) = to_see.pop() {
        if let Some(absentee) = absentee(typing, expr)
            && !found.iter().any(|one| one.what == absentee.what)
        {
            found.push(absentee);
        }
        if let K::Field(at) = expr.kind
            && !fields.contains(&at)
        {
            fields.push(at);
            to_see.extend(typing.of_field(at));
        }
        to_see.extend(expr.children().into_iter().rev());
    }
    found
}

fn absentee(typing: &Typing<'_>, expr: &Expr) -> Option<Absentee> {
    let joined_list = is_joined_list(typing, expr);
    let what = what(typing, expr)?;
    let known = matches!(&what, What::Named(subject) if typing.knows(subject));
    let without_values = matches!(expr.kind, K::Joined(join, at) if typing.joins_a_missing(join, at));
    let can_be_absent = joined_list || (expr.ty.optional && !known);
    can_be_absent.then_some(Absentee { what, span: expr.span, joined_list, without_values })
}

/// What an expression names, unless it is made of others: fields are looked into instead.
fn what(typing: &Typing<'_>, expr: &Expr) -> Option<What> {
    match &expr.kind {
        K::Field(_) => None,
        K::At { .. } => Some(What::Member(bare(&typing.env.text(expr.span)).to_owned())),
        K::Apply { .. } | K::Lookup { .. } | K::Counterpart { .. } => {
            makes_nothing(typing, expr).then(|| What::Made(bare(&typing.env.text(expr.span)).to_owned()))
        }
        _ => typing.subject(expr).map(What::Named),
    }
}

/// Whether something may be made into nothing although it is there itself.
fn makes_nothing(typing: &Typing<'_>, expr: &Expr) -> bool {
    match &expr.kind {
        K::Apply { value, function, args } => leaves_nothing(*function, &value.ty.kind, args),
        K::Lookup { table, .. } => typing.env.tables[*table].value.optional,
        K::Counterpart { .. } => true,
        _ => false,
    }
}

/// Whether a function may give nothing for a value of this kind.
fn leaves_nothing(function: FunctionRef, kind: &Kind, args: &[Expr]) -> bool {
    (function.0.result)(&Type::present(kind.clone()), &arguments(args)).map_or(true, |result| result.optional)
}

/// Without the parentheses around it.
fn bare(text: &str) -> &str {
    let text = text.trim();
    text.strip_prefix('(').and_then(|text| text.strip_suffix(')')).map_or(text, bare)
}

fn is_joined_list(typing: &Typing<'_>, expr: &Expr) -> bool {
    match (&expr.kind, &typing.place) {
        (K::Joined(join, _), Place::Pipeline(draft)) => draft.joins.get(*join).is_some_and(|join| join.many),
        _ => false,
    }
}

/// Expressions, worked out while one value is absent.
struct Assuming<'t, 'a> {
    typing: &'t Typing<'a>,
    absent: &'t Absentee,
    /// Fields may use one another many times over: each is worked out once.
    fields: RefCell<HashMap<usize, Outcomes>>,
}

impl<'t, 'a> Assuming<'t, 'a> {
    fn absent(typing: &'t Typing<'a>, absent: &'t Absentee) -> Self {
        Self { typing, absent, fields: RefCell::default() }
    }

    fn outcomes(&self, expr: &Expr) -> Outcomes {
        if matches!(self.absent.what, What::Made(_)) && self.is_absent(expr) {
            return Outcomes::one(Thing::Missing, Basis::Absent);
        }
        match &expr.kind {
            K::Constant(value) => Outcomes::one(Thing::of(value), Basis::Known),
            K::Source(_)
            | K::Current(_)
            | K::Raw(_)
            | K::Own(_)
            | K::Parent(_)
            | K::LoopValue
            | K::Sent
            | K::Changes
            | K::Record(_)
            | K::Key(_)
            | K::Each(_)
            | K::Status
            | K::Header(_)
            | K::Token(_)
            | K::Joined(..)
            | K::Element
            | K::Setting(_)
            | K::Secret(_)
            | K::Today
            | K::Now
            | K::Since
            | K::Page(_)
            | K::RequestedFields
            | K::RequestedParts
            | K::Answer(_)
            | K::Broken => self.named(expr),
            K::Field(at) => self.field(*at, &expr.ty),
            K::Template(parts) => self.template(parts),
            K::List(items) => self.list(items),
            K::Not(inner) => Outcomes::truths(self.truths(inner).into_iter().map(|(truth, basis)| (!truth, basis.deciding(basis)))),
            K::And(left, right) => both(&self.truths(left), &self.truths(right), false),
            K::Or(left, right) => both(&self.truths(left), &self.truths(right), true),
            K::Compare(how, left, right) => self.comparison(*how, left, right),
            K::In { negated, value, list } => self.membership(*negated, value, list),
            K::Matches(value, pattern) => self.matches(value, pattern),
            K::Is(state, value) => self.is(*state, value),
            K::Arithmetic(operator, left, right) => self.arithmetic(*operator, left, right, &expr.ty.kind),
            K::Apply { value, function, args } => self.apply(value, *function, args, &expr.ty.kind),
            K::Lookup { value, table } => self.lookup(value, *table, &expr.ty.kind),
            K::Counterpart { value, .. } => made_of(&self.outcomes(value), &expr.ty.kind, true),
            K::At { value, .. } => self.member(expr, value),
            K::ReadAs { value, .. } => made_of(&self.outcomes(value), &expr.ty.kind, false),
            K::Default(value, default) => self.default(value, default),
            K::If(condition, then, otherwise) => self.choice(condition, then, otherwise.as_deref()),
        }
    }

    fn truths(&self, expr: &Expr) -> Vec<(bool, Basis)> {
        self.outcomes(expr).as_truths()
    }

    fn is_absent(&self, expr: &Expr) -> bool {
        what(self.typing, expr).is_some_and(|what| what == self.absent.what)
    }

    fn named(&self, expr: &Expr) -> Outcomes {
        if !self.is_absent(expr) {
            return Outcomes::any(&expr.ty.kind, expr.ty.optional, Basis::Known);
        }
        let thing = if self.absent.joined_list { Thing::Exactly(Value::list(Vec::new())) } else { Thing::Missing };
        let mut outcomes = Outcomes::one(thing, Basis::Absent);
        if self.absent.without_values {
            outcomes.add(Thing::Exactly(Value::list(vec![Value::Null])), Basis::Absent);
        }
        outcomes
    }

    fn field(&self, at: usize, ty: &Type) -> Outcomes {
        if let Some(known) = self.fields.borrow().get(&at) {
            return known.clone();
        }
        let value = self.typing.of_field(at);
        let made = value.map_or_else(|| Outcomes::any(&ty.kind, ty.optional, Basis::Known), |value| self.outcomes(value));
        self.fields.borrow_mut().insert(at, made.clone());
        made
    }

    /// A text with a missing part is missing.
    fn template(&self, parts: &[Part]) -> Outcomes {
        let start = Outcomes::one(Thing::Present, Basis::Known);
        let parts = parts.iter().filter_map(|part| if let Part::Expr(part) = part { Some(part) } else { None });
        parts.fold(start, |made, part| {
            made.with(&self.outcomes(part), |left, right, all| match missing_of(left, right) {
                Some(basis) => all.add(Thing::Missing, basis),
                None => all.add(Thing::Present, left.basis.max(right.basis)),
            })
        })
    }

    /// A list that is written out is there, whatever it holds.
    fn list(&self, items: &[Expr]) -> Outcomes {
        let start = Outcomes::one(Thing::Exactly(Value::list(Vec::new())), Basis::Known);
        items.iter().fold(start, |made, item| {
            made.with(&self.outcomes(item), |list, item, all| {
                let thing = match (&list.thing, item.thing.value()) {
                    (Thing::Exactly(Value::List(items)), Some(item)) => {
                        Thing::Exactly(Value::list(items.iter().cloned().chain([item]).collect()))
                    }
                    _ => Thing::Present,
                };
                all.add(thing, list.basis.max(item.basis));
            })
        })
    }

    fn comparison(&self, how: Comparator, left: &Expr, right: &Expr) -> Outcomes {
        let equality = matches!(how, Comparator::Equal | Comparator::NotEqual);
        // `== null` asks; `== ""` is the same to a run, and its author may mean a text that is there.
        let asks = equality && [left, right].into_iter().any(|side| side.ty.kind == Kind::Nothing);
        let kinds = [&left.ty.kind, &right.ty.kind];
        self.outcomes(left).with(&self.outcomes(right), |left, right, all| {
            let basis = if asks { left.basis.max(right.basis).asking() } else { left.basis.deciding(right.basis) };
            compare::answers(how, &left.thing, &right.thing, kinds).iter().for_each(|answer| all.add(truth(*answer), basis));
        })
    }

    fn membership(&self, negated: bool, value: &Expr, list: &Expr) -> Outcomes {
        let found = match &list.kind {
            K::List(items) => {
                let equal = items.iter().map(|item| self.comparison(Comparator::Equal, value, item).as_truths());
                let none = Outcomes::truths(self.outcomes(value).iter().map(|one| (false, one.basis.deciding(one.basis))));
                equal.fold(none, |found, equal| both(&found.as_truths(), &equal, true))
            }
            _ => self.among(value, list),
        };
        Outcomes::truths(found.as_truths().into_iter().map(|(truth, basis)| (truth != negated, basis)))
    }

    fn among(&self, value: &Expr, list: &Expr) -> Outcomes {
        let whole = self.holds_values_only(list);
        let kinds = [&list.ty.kind, &value.ty.kind];
        self.outcomes(value).with(&self.outcomes(list), |value, list, all| {
            let basis = value.basis.deciding(list.basis);
            let never = whole && value.thing == Thing::Missing;
            let answers = if never { &[false] } else { compare::answers(Comparator::Contains, &list.thing, &value.thing, kinds) };
            answers.iter().for_each(|answer| all.add(truth(*answer), basis));
        })
    }

    /// A list that a setting gives holds no missing value, unless its default does; any other list may.
    fn holds_values_only(&self, list: &Expr) -> bool {
        let (K::Setting(id), Place::Pipeline(draft)) = (&list.kind, &self.typing.place) else { return false };
        let mut all = draft.settings.iter().chain(self.typing.env.settings.iter());
        let default = all.find(|setting| setting.name == id.name).and_then(|setting| setting.default.as_ref());
        !matches!(default, Some(Value::List(items)) if items.iter().any(Value::is_missing))
    }

    /// A pattern that a setting does not give is met by nothing.
    fn matches(&self, value: &Expr, pattern: &Pattern) -> Outcomes {
        let pattern = match pattern {
            Pattern::Written(_) => Outcomes::one(Thing::Present, Basis::Known),
            Pattern::Setting(setting) => self.outcomes(setting),
        };
        self.outcomes(value).with(&pattern, |value, pattern, all| {
            let basis = value.basis.deciding(pattern.basis);
            all.add(truth(false), basis);
            if missing_of(value, pattern).is_none() {
                all.add(truth(true), basis);
            }
        })
    }

    fn is(&self, state: State, value: &Expr) -> Outcomes {
        let mut all = Outcomes::default();
        for one in self.outcomes(value).iter() {
            let missing = one.thing == Thing::Missing;
            let answers: &[bool] = match state {
                State::Missing => &[missing],
                State::Present => &[!missing],
                // What is missing is either null or not there at all.
                State::Absent if missing => &[true, false],
                State::Absent => &[false],
            };
            answers.iter().for_each(|answer| all.add(truth(*answer), one.basis.asking()));
        }
        all
    }

    fn arithmetic(&self, operator: arithmetic::Operator, left: &Expr, right: &Expr, kind: &Kind) -> Outcomes {
        self.outcomes(left).with(&self.outcomes(right), |left, right, all| {
            let basis = left.basis.max(right.basis);
            match (missing_of(left, right), left.thing.value(), right.thing.value()) {
                (Some(basis), ..) => all.add(Thing::Missing, basis),
                (None, Some(left), Some(right)) => {
                    all.add(arithmetic::apply(operator, &left, &right).map_or(Thing::Missing, |made| Thing::of(&made)), basis);
                }
                _ => all.add_any(kind, false, basis),
            }
        })
    }

    /// A function is never asked about what is missing. What is known exactly is worked out by the function itself.
    fn apply(&self, value: &Expr, function: FunctionRef, args: &[Expr], kind: &Kind) -> Outcomes {
        if let (K::List(items), Some(special @ (Special::Any | Special::All))) = (&value.kind, function.special()) {
            return self.of_all(items, special == Special::Any);
        }
        let leaves_nothing = leaves_nothing(function, &value.ty.kind, args);
        let constants: Option<Vec<_>> = args.iter().map(|arg| arg.as_constant().cloned()).collect();
        let ready = constants.and_then(|args| (function.0.bind)(&args).ok());
        let mut all = Outcomes::default();
        let given = self.outcomes(value);
        if function.special() == Some(Special::All) && given.iter().any(|one| one.basis != Basis::Known) {
            // An item that is missing counts as a no.
            all.add(truth(false), Basis::Absent);
        }
        for one in given.iter() {
            match (&one.thing, &ready) {
                (Thing::Missing, _) => all.add(Thing::Missing, one.basis),
                (Thing::Exactly(value), Some(apply)) => {
                    all.add(apply(value).map_or(Thing::Missing, |made| Thing::of(&made)), one.basis);
                }
                _ => all.add_any(kind, leaves_nothing || one.basis != Basis::Known, one.basis),
            }
        }
        all
    }

    /// `[a, b] | any` is `a or b`, and `[a, b] | all` is `a and b`.
    fn of_all(&self, items: &[Expr], any: bool) -> Outcomes {
        let start = Outcomes::truths([(!any, Basis::Known)]);
        items.iter().fold(start, |all, item| both(&all.as_truths(), &self.truths(item), any))
    }

    fn lookup(&self, value: &Expr, table: usize, kind: &Kind) -> Outcomes {
        made_of(&self.outcomes(value), kind, self.typing.env.tables[table].value.optional)
    }

    /// A member of raw JSON may be absent where the rest is there.
    fn member(&self, expr: &Expr, value: &Expr) -> Outcomes {
        if self.is_absent(expr) {
            return Outcomes::one(Thing::Missing, Basis::Absent);
        }
        made_of(&self.outcomes(value), &expr.ty.kind, true)
    }

    /// `??` gives the replacement for a missing value, and for one that could not be made. Without a replacement, as in
    /// `x ?? null`, the value is as absent as before.
    fn default(&self, value: &Expr, default: &Expr) -> Outcomes {
        let default = self.outcomes(default);
        let mut all = default.clone();
        for one in self.outcomes(value).iter() {
            match (&one.thing, one.basis) {
                (Thing::Missing, Basis::Decided) => all.extend(&default.rebased(|_| Basis::Decided)),
                (Thing::Missing, basis) => {
                    if default.iter().any(|one| one.thing == Thing::Missing) {
                        all.add(Thing::Missing, basis);
                    }
                }
                (thing, basis) => all.add(thing.clone(), basis),
            }
        }
        all
    }

    fn choice(&self, condition: &Expr, then: &Expr, otherwise: Option<&Expr>) -> Outcomes {
        let then = self.outcomes(then);
        let otherwise = otherwise.map_or_else(|| Outcomes::one(Thing::Missing, Basis::Known), |other| self.outcomes(other));
        let mut all = Outcomes::default();
        for (truth, chosen) in self.truths(condition) {
            let branch = if truth { &then } else { &otherwise };
            all.extend(&branch.rebased(|basis| if chosen == Basis::Known { basis } else { Basis::Decided }));
        }
        all
    }
}

const fn truth(truth: bool) -> Thing {
    Thing::Exactly(Value::Bool(truth))
}

/// On what two are missing together: one that is missing is enough.
fn missing_of(left: &Outcome, right: &Outcome) -> Option<Basis> {
    [left, right].into_iter().filter(|one| one.thing == Thing::Missing).map(|one| one.basis).min()
}

/// Something made of a value: missing where the value is, and where it `can_fail` to give anything.
fn made_of(value: &Outcomes, kind: &Kind, can_fail: bool) -> Outcomes {
    let mut all = Outcomes::default();
    for one in value.iter() {
        match one.thing {
            Thing::Missing => all.add(Thing::Missing, one.basis),
            Thing::Exactly(_) | Thing::Present => all.add_any(kind, can_fail, one.basis),
        }
    }
    all
}

/// `or` where `decisive` is true, else `and`: one known decisive side is enough, whatever the other one is.
fn both(left: &[(bool, Basis)], right: &[(bool, Basis)], decisive: bool) -> Outcomes {
    let pairs = left.iter().flat_map(|left| right.iter().map(move |right| (left, right)));
    Outcomes::truths(pairs.map(|((left, on_left), (right, on_right))| {
        let known = (*left == decisive && *on_left == Basis::Known) || (*right == decisive && *on_right == Basis::Known);
        let truth = if *left == decisive || *right == decisive { decisive } else { !decisive };
        (truth, if known { Basis::Known } else { on_left.deciding(*on_right) })
    }))
}
