//! Which rule for `done` shows that an answer without its records is a page of the list all the same (E0552).

use super::{
    commonplace::{asked, is_met_by_outage},
    elements::names_the_answer,
};
use crate::{
    check::model::{
        expr::{Comparator, Expr, ExprKind, Pattern},
        page_counts::counts_page,
        usual,
    },
    syntax::tree::State,
    value::{Value, path::JsonPath},
};

/// Where the records may be, and what is around them.
pub(super) struct Lists<'p> {
    pub places: &'p [JsonPath],
    /// The address names one record, in which the list is, so that the answer has its id: `GET "/groups/{groups.id}"`.
    pub is_in_record: bool,
}

/// Whether each answer that meets a condition tells of the list: by a text of the vendor at a place that errors and envelopes do not
/// have, by a number of records or a page, or by what the list is in.
pub(super) fn tells_of_list(when: &Expr, lists: &Lists<'_>) -> bool {
    use ExprKind as K;
    match &when.kind {
        K::And(left, right) => tells_of_list(left, lists) || tells_of_list(right, lists),
        K::Or(left, right) => tells_of_list(left, lists) && tells_of_list(right, lists),
        K::Not(inner) => matches!(&inner.kind, K::Is(State::Missing, place) if is_there_with_list(place, lists)),
        K::Is(State::Present, place) => is_there_with_list(place, lists),
        K::Compare(how, left, right) => is_compared(*how, left, right),
        K::In { negated: false, value, list } => is_compared(Comparator::Equal, value, list),
        K::Matches(place, Pattern::Written(pattern)) => is_own(place) && !is_met_by_outage(pattern),
        _ => false,
    }
}

fn is_there_with_list(place: &Expr, lists: &Lists<'_>) -> bool {
    let ExprKind::Answer(path) = &place.kind else { return false };
    let inside = |outer: &str, inner: &str| inner.strip_prefix(outer).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']));
    let is_around = |list: &JsonPath| inside(&path.text, &list.text) || inside(&list.text, &path.text);
    let is_key = lists.is_in_record && &*path.text == "$.id";
    path.text != "$" && (is_key || is_of_page(path) || lists.places.iter().any(is_around))
}

fn is_compared(how: Comparator, left: &Expr, right: &Expr) -> bool {
    let Some((place, constants)) = asked(left, right).filter(|_| how != Comparator::NotEqual) else { return false };
    if place.any(&|part| matches!(&part.kind, ExprKind::Answer(path) if is_of_page(path))) {
        return constants.iter().all(|constant| !constant.is_missing());
    }
    let is_text = |constant: &Value| matches!(constant, Value::Text(text) if is_said_of_lists(text));
    is_own(place) && !how.is_order() && constants.iter().all(is_text)
}

/// Whether a text is one that neither a failure nor a success says in general.
fn is_said_of_lists(text: &str) -> bool {
    let (yes, no) = usual::verdict(text);
    !(text.trim().is_empty() || yes || no || usual::is_kind_of_failure(text) || usual::SUCCESS_WORDS.has(&usual::letters(text)))
}

/// Whether a place of the body is neither one of the envelope nor one of an outcome.
fn is_own(place: &Expr) -> bool {
    let is_common = |part: &Expr| match &part.kind {
        ExprKind::Answer(path) => usual::is_of_outcome(&usual::last_name(path)) || is_in_trouble(path),
        other => matches!(other, ExprKind::Header(_)),
    };
    place.any(&names_the_answer) && !place.any(&is_common)
}

/// Whether a place is inside of what tells an error: `$.error.source`, `$.errors[0].count`.
fn is_in_trouble(path: &JsonPath) -> bool {
    let names = usual::names(path);
    names.iter().rev().skip(1).any(|name| usual::FAILURE_NAMES.has(name) || usual::TROUBLES.has(name))
}

/// Whether a place tells how many records there are, or which of them, or of another page: `$.total`, `$.range`, `$.has_more`. How the list
/// was asked for, `$.limit` or `$.page`, may be repeated by an outage as well.
fn is_of_page(path: &JsonPath) -> bool {
    let name = usual::last_name(path);
    let is_listed = [&usual::MORE, &usual::BEFORE].iter().any(|all| all.has(&name));
    !(is_in_trouble(path) || usual::counts_trouble(&name))
        && (name == "range" || counts_page(&name) || usual::counts_all(&name) || is_listed || name.ends_with("count"))
}
