//! Which paths the library evaluates as RFC 9535 requires. The others are refused, each with a replacement, because a path that
//! finds the wrong value would silently write it.

use jsonpath_rust::parser::model::{
    Comparable, Comparison, Filter, FilterAtom, FnArg, JpQuery, Literal, Segment, Selector, Test, TestFunction,
};

/// A form that the library would evaluate wrongly.
pub(super) struct Refusal {
    pub message: &'static str,
    pub help: &'static str,
    /// The text in the path that shows it; the last one if it occurs more than once.
    pub sign: &'static str,
}

const fn refuse(sign: &'static str, message: &'static str, help: &'static str) -> Result<(), Refusal> {
    Err(Refusal { message, help, sign })
}

const fn refuse_union() -> Result<(), Refusal> {
    refuse(",", "several selectors in one bracket after `..` or `*` come in another order", "write a path for each of them")
}

const fn refuse_argument() -> Result<(), Refusal> {
    refuse("(", "`count` and `value` need a path", "write `count(@.list[*])`")
}

/// Checks a parsed path whose first `walked` segments the library does not evaluate.
pub(super) fn check(query: &JpQuery, walked: usize) -> Result<(), Refusal> {
    segments(&query.segments, walked, false)
}

/// The library visits by selector, then by value; the standard by value, then by selector. They agree on one value.
fn segments(segments: &[Segment], walked: usize, inside_filter: bool) -> Result<(), Refusal> {
    let mut one = true;
    for (at, segment) in segments.iter().enumerate() {
        if at >= walked && !one && is_union(segment) {
            return refuse_union();
        }
        self::segment(segment, inside_filter)?;
        one = at < walked || one && is_singular(segment);
    }
    Ok(())
}

fn is_union(segment: &Segment) -> bool {
    match segment {
        Segment::Descendant(inner) => is_union(inner),
        Segment::Selectors(_) => true,
        Segment::Selector(_) => false,
    }
}

fn segment(segment: &Segment, inside_filter: bool) -> Result<(), Refusal> {
    match segment {
        Segment::Descendant(inner) if is_union(inner) => refuse_union(),
        Segment::Descendant(inner) => self::segment(inner, inside_filter),
        Segment::Selector(one) => selector(one, inside_filter),
        Segment::Selectors(several) => several.iter().try_for_each(|one| selector(one, inside_filter)),
    }
}

fn selector(selector: &Selector, inside_filter: bool) -> Result<(), Refusal> {
    match selector {
        Selector::Filter(_) if inside_filter => {
            refuse("?", "a filter cannot contain a filter", "name what the inner filter finds as a field of its own")
        }
        Selector::Filter(inner) => filter(inner),
        _ => Ok(()),
    }
}

fn filter(filter: &Filter) -> Result<(), Refusal> {
    match filter {
        Filter::Or(inner) | Filter::And(inner) => inner.iter().try_for_each(self::filter),
        Filter::Atom(FilterAtom::Filter { expr, .. }) => self::filter(expr),
        Filter::Atom(FilterAtom::Test { expr, .. }) => whole_test(expr),
        Filter::Atom(FilterAtom::Comparison(inner)) => comparison(inner),
    }
}

fn whole_test(test: &Test) -> Result<(), Refusal> {
    match test {
        Test::RelQuery(inner) => segments(inner, 0, true),
        Test::AbsQuery(inner) => segments(&inner.segments, 0, true),
        Test::Function(function) if matches!(**function, TestFunction::Match(..) | TestFunction::Search(..)) => self::function(function),
        Test::Function(function) if matches!(**function, TestFunction::Custom(..)) => self::function(function),
        Test::Function(_) => refuse("(", "`length`, `count` and `value` give a value, not a yes or no", "compare it: `length(@.a) > 0`"),
    }
}

fn comparison(comparison: &Comparison) -> Result<(), Refusal> {
    let (left, right) = comparison.vals();
    comparable(left)?;
    comparable(right)?;
    let counts = |side: &Comparable| matches!(side, Comparable::Function(TestFunction::Count(_)));
    if (counts(left) || counts(right)) && !none_is_zero(comparison) {
        return refuse("count", "a `count` of nothing is not compared as 0 here", "test for nothing instead: `!@.a`");
    }
    Ok(())
}

/// The library makes a missing value, not 0, of the count of nothing: fine where both give the same answer.
fn none_is_zero(comparison: &Comparison) -> bool {
    let number = |side: &Comparable| match side {
        Comparable::Literal(Literal::Int(number)) => Some(*number),
        _ => None,
    };
    let (left, right) = comparison.vals();
    let (zero_first, Some(number)) = (number(right).is_some(), number(right).or_else(|| number(left))) else { return false };
    match (comparison, zero_first) {
        (Comparison::Eq(..), _) => number != 0,
        (Comparison::Ne(..), _) => number != 0,
        (Comparison::Lt(..), true) | (Comparison::Gt(..), false) => number <= 0,
        (Comparison::Lte(..), true) | (Comparison::Gte(..), false) => number < 0,
        (Comparison::Gt(..), true) | (Comparison::Lt(..), false) => number >= 0,
        (Comparison::Gte(..), true) | (Comparison::Lte(..), false) => number > 0,
    }
}

fn comparable(comparable: &Comparable) -> Result<(), Refusal> {
    if let Comparable::Function(inner) = comparable { function(inner) } else { Ok(()) }
}

fn function(function: &TestFunction) -> Result<(), Refusal> {
    match function {
        TestFunction::Length(argument) => value_argument(argument),
        TestFunction::Match(text, pattern) | TestFunction::Search(text, pattern) => {
            value_argument(text)?;
            value_argument(pattern)
        }
        TestFunction::Value(argument) | TestFunction::Count(argument) => nodes_argument(argument),
        TestFunction::Custom(..) => {
            refuse("(", "this function is not part of JSON paths", "there are `length`, `count`, `value`, `match` and `search`")
        }
    }
}

/// A literal, one value of a path, or a function that gives a value.
fn value_argument(argument: &FnArg) -> Result<(), Refusal> {
    let one = |inner: &[Segment]| inner.iter().all(is_singular);
    match argument {
        FnArg::Literal(_) => Ok(()),
        FnArg::Test(test) => match &**test {
            Test::RelQuery(inner) if one(inner) => Ok(()),
            Test::AbsQuery(inner) if one(&inner.segments) => Ok(()),
            Test::Function(inner) if matches!(**inner, TestFunction::Length(_) | TestFunction::Value(_)) => function(inner),
            _ => refuse("(", "this function needs one value, and its path can find several", "use a path of names and indexes"),
        },
        FnArg::Filter(_) => refuse("(", "this function needs a value, not a condition", "use a path of names and indexes"),
    }
}

fn nodes_argument(argument: &FnArg) -> Result<(), Refusal> {
    let FnArg::Test(test) = argument else { return refuse_argument() };
    match &**test {
        Test::RelQuery(inner) => segments(inner, 0, true),
        Test::AbsQuery(inner) => segments(&inner.segments, 0, true),
        Test::Function(_) => refuse_argument(),
    }
}

const fn is_singular(segment: &Segment) -> bool {
    matches!(segment, Segment::Selector(Selector::Name(_) | Selector::Index(_)))
}
