//! Whether a page that is merely short, while everything else on it is as on a page that another one follows, is taken for the last.

use super::{
    expr::{Comparator, Expr, ExprKind as K, Operator, PageName},
    page_counts::{counts_page, limits_page},
    place::Place,
    request::Call,
    rules::Outcome,
    usual,
};
use crate::{
    syntax::tree::State,
    value::{Value, arithmetic, path::JsonPath},
};

/// The most records of a short page that is tried.
const MOST: u64 = 1_000;

impl Call<Expr> {
    /// Whether a `last page` rule holds for a page that is merely short.
    pub(crate) fn takes_short_page_for_last(&self) -> bool {
        let Some(size) = self.page.as_ref().map(|page| page.size) else { return false };
        let counts = || (1..size.min(MOST)).chain((size > MOST).then(|| size - 1));
        // What the vendor calls the limit may be how many there are.
        let read = |when: &Expr, count, limit| Short { list: self, count, size, limit }.holds(when) == Some(true);
        let holds = |when: &Expr| counts().any(|count| read(when, count, size) || read(when, count, count));
        self.rules.of(Outcome::LastPage).any(holds)
    }

    /// Where the list of its records may be.
    fn lists_at(&self) -> Vec<&JsonPath> {
        match &self.items {
            None | Some(Place::Header(_)) => Vec::new(),
            Some(Place::Path(path)) => vec![path],
            Some(Place::Made(made)) => {
                let mut all = Vec::new();
                made.walk(&mut |part| {
                    if let K::Answer(path) = &part.kind {
                        all.push(path);
                    }
                });
                all
            }
        }
    }
}

/// A page with fewer records than were asked for.
struct Short<'c> {
    list: &'c Call<Expr>,
    count: u64,
    size: u64,
    /// What a member such as `limit` says.
    limit: u64,
}

impl Short<'_> {
    /// Whether a condition holds; none where that is the vendor's to say, by a value that is there as well if another page follows.
    fn holds(&self, when: &Expr) -> Option<bool> {
        match &when.kind {
            K::Not(inner) => self.holds(inner).map(|holds| !holds),
            K::And(left, right) => both(self.holds(left), self.holds(right), false),
            K::Or(left, right) => both(self.holds(left), self.holds(right), true),
            K::Is(state, value) => self.is(*state, value),
            K::Compare(how, left, right) => match (self.value(left), self.value(right)) {
                (Some(left), Some(right)) => Some(how.holds(&left, &right)),
                _ if let Some(short) = counted(*how, left, right) => short,
                (None, Some(constant)) => usual(*how, &constant),
                (Some(constant), None) => usual(turned(*how), &constant),
                (None, None) => None,
            },
            K::In { negated, value, list } => {
                if let Some(short) = counted(if *negated { Comparator::NotEqual } else { Comparator::Equal }, value, list) {
                    return short;
                }
                let (value, list) = (self.value(value)?, self.value(list)?);
                crate::value::equal::holds_item(&list, &value).map(|holds| holds != *negated)
            }
            _ => self.value(when).map(|value| value.is_true()),
        }
    }

    /// Something is at each place that is asked for, but for the mark, which the last page alone has.
    fn is(&self, state: State, value: &Expr) -> Option<bool> {
        let is_mark = |path: &JsonPath| {
            let mark = self.list.since.as_ref().and_then(|since| since.place().path());
            mark.is_some_and(|mark| mark.text == path.text)
        };
        match (self.value(value), state, &value.kind) {
            (Some(value), ..) => Some(value.is_missing() != (state == State::Present)),
            (None, State::Present, K::Answer(path)) => (!is_mark(path)).then_some(true),
            (None, State::Present, K::Header(_)) => Some(true),
            _ => None,
        }
    }

    /// What an expression gives on such a page, where that is known.
    fn value(&self, expr: &Expr) -> Option<Value> {
        match &expr.kind {
            K::Constant(value) => Some(value.clone()),
            K::Status => Some(Value::Int(200)),
            K::Page(PageName::Count) => i64::try_from(self.count).ok().map(Value::Int),
            K::Page(PageName::Size) => i64::try_from(self.size).ok().map(Value::Int),
            K::Answer(path) if self.number(last_name(path)).is_some() => self.number(last_name(path)).map(Value::Int),
            K::Header(name) => self.number(name).map(|number| Value::text(number.to_string())),
            K::Answer(path) => self.list.lists_at().into_iter().find_map(|list| self.of_records(list, path)),
            K::Arithmetic(operator, left, right) => arithmetic::apply(*operator, &self.value(left)?, &self.value(right)?).ok(),
            K::Apply { value, function, args } => {
                let args: Option<Vec<_>> = args.iter().map(|arg| arg.as_constant().cloned()).collect();
                let value = self.value(value)?;
                if value.is_missing() { Some(Value::Null) } else { (function.0.bind)(&args?).ok()?(&value).ok() }
            }
            K::ReadAs { value, .. } | K::At { value, .. } => self.value(value),
            K::Default(value, default) => {
                self.value(value).and_then(|known| if known.is_missing() { self.value(default) } else { Some(known) })
            }
            _ => None,
        }
    }

    /// How many records the page has, or may have, if a member or a header of this name says so.
    fn number(&self, name: &str) -> Option<i64> {
        let number = if counts_page(name) { Some(self.count) } else { limits_page(name).then_some(self.limit) };
        i64::try_from(number?).ok()
    }

    /// The records, or one of them; a record that the page lacks is missing.
    fn of_records(&self, list: &JsonPath, path: &JsonPath) -> Option<Value> {
        let rest = path.text.strip_prefix(list.text.as_str())?;
        if rest.is_empty() {
            let records = (0..self.count).map(|_| serde_json::json!({ "record": true })).collect();
            return Some(Value::Json(Box::new(serde_json::Value::Array(records))));
        }
        let index: i64 = rest.strip_prefix('[')?.split(']').next()?.parse().ok()?;
        let least = if index < 0 { index.unsigned_abs() } else { index.unsigned_abs() + 1 };
        Some(if least > self.count { Value::Absent } else { Value::text("a value of a record") })
    }
}

/// Whether the number of records of a short page meets a comparison with a place of the answer, whatever that is called: it is smaller than
/// the most that a page may have, which the vendor may say anywhere, and meets only how many there are in all. None where the number of
/// records is not compared with a place; nothing is known of one that is compared with how many there are in all.
fn counted(how: Comparator, left: &Expr, right: &Expr) -> Option<Option<bool>> {
    let names = |expr: &Expr, fits: &dyn Fn(&str) -> bool| {
        expr.any(&|part| match &part.kind {
            K::Answer(path) => fits(&usual::last_name(path)),
            K::Header(name) => fits(&usual::letters(name)),
            _ => false,
        })
    };
    let any = |fits: &dyn Fn(&str) -> bool| names(left, fits) || names(right, fits);
    // `$.n < page.size`: what is smaller than a full page is how many it has.
    let limit = |side: &Expr| matches!(side.kind, K::Page(PageName::Size)) || names(side, &limits_page);
    let all = any(&|name| usual::counts_all(name) || name.contains("remain") || name == "left");
    let how = match (sign(left), sign(right)) {
        (0, 0) if limit(right) && !all => how,
        (0, 0) if limit(left) && !all => turned(how),
        (one, other) if one > other => how,
        (one, other) if one < other => turned(how),
        _ => return None,
    };
    any(&|_| true).then(|| match how {
        Comparator::Less | Comparator::LessOrEqual | Comparator::NotEqual => Some(true),
        _ if all => None,
        _ => (sign(left) != sign(right)).then_some(true),
    })
}

/// Whether the number of records is added to an expression, or taken from it.
fn sign(expr: &Expr) -> i8 {
    match &expr.kind {
        K::Page(PageName::Count) => 1,
        K::Arithmetic(Operator::Subtract, left, right) => sign(left) - sign(right),
        K::Arithmetic(_, left, right) => sign(left) + sign(right),
        K::Apply { value, .. } | K::ReadAs { value, .. } | K::At { value, .. } | K::Default(value, _) => sign(value),
        K::List(items) => items.iter().map(sign).find(|sign| *sign != 0).unwrap_or(0),
        _ => 0,
    }
}

fn last_name(path: &JsonPath) -> &str {
    path.text.rsplit('.').next().unwrap_or_default()
}

/// `or` where `decisive` is true, else `and`: one decisive side is enough, whatever the vendor says of the other.
fn both(left: Option<bool>, right: Option<bool>, decisive: bool) -> Option<bool> {
    match (left, right) {
        (Some(one), _) | (_, Some(one)) if one == decisive => Some(decisive),
        (Some(_), Some(_)) => Some(!decisive),
        _ => None,
    }
}

/// What every page meets: `$.total >= 0`, `$.page >= 1`, `$.next != ""`.
fn usual(how: Comparator, constant: &Value) -> Option<bool> {
    let holds = match (how, constant) {
        (Comparator::NotEqual, constant) => constant.is_missing(),
        (Comparator::GreaterOrEqual, Value::Int(least)) => *least <= 1,
        (Comparator::Greater, Value::Int(least)) => *least <= 0,
        _ => false,
    };
    holds.then_some(true)
}

/// The comparison with its sides exchanged.
const fn turned(how: Comparator) -> Comparator {
    match how {
        Comparator::LessOrEqual => Comparator::GreaterOrEqual,
        Comparator::Less => Comparator::Greater,
        Comparator::GreaterOrEqual => Comparator::LessOrEqual,
        Comparator::Greater => Comparator::Less,
        other => other,
    }
}
