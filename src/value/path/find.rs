//! Evaluates paths. Our own code follows the names and indexes at the beginning, which need no tree; the library evaluates the rest.

use super::{Found, JsonPath, Walk};
use jsonpath_rust::query::js_path_process;
use serde_json::Value as Json;

impl JsonPath {
    /// The one value the path finds.
    #[must_use]
    pub fn find<'a>(&self, record: &'a Json) -> Found<'a> {
        self.find_from(0, record)
    }

    /// All values the path finds.
    #[must_use]
    pub fn find_all<'a>(&self, record: &'a Json) -> Vec<&'a Json> {
        self.find_all_from(0, record)
    }

    /// As [`JsonPath::find`], from a value that the first `done` steps lead to.
    pub(in crate::value) fn find_from<'a>(&self, done: usize, record: &'a Json) -> Found<'a> {
        if self.is_singular() {
            return self.walk[done..].iter().try_fold(record, child).map_or(Found::Nothing, Found::One);
        }
        match self.find_all_from(done, record)[..] {
            [] => Found::Nothing,
            [one] => Found::One(one),
            ref several => Found::Several(several.len()),
        }
    }

    /// As [`JsonPath::find_all`], from a value that the first `done` steps lead to.
    pub(in crate::value) fn find_all_from<'a>(&self, done: usize, record: &'a Json) -> Vec<&'a Json> {
        let mut found = Vec::new();
        if !self.placeholders {
            self.collect(&self.walk[done..], record, &mut found);
        }
        match &self.otherwise {
            Some(otherwise) if found.iter().all(|value| value.is_null()) => otherwise.find_all(record),
            _ => found,
        }
    }

    /// The names and indexes at its beginning that can be followed without the whole record.
    pub(in crate::value) fn beginning(&self) -> impl Iterator<Item = &Walk> {
        // Another place may be anywhere in the record.
        let walk = if self.otherwise.is_some() { &[] } else { self.walk.as_slice() };
        walk.iter().take_while(|step| matches!(step, Walk::Name(_) | Walk::Index(0..)))
    }

    /// How many steps our own code walks.
    pub(in crate::value) const fn length(&self) -> usize {
        self.walk.len()
    }

    /// How many elements its last filter selects; `None` if it has none, or ends in what the library evaluates.
    #[must_use]
    pub fn selected(&self, record: &Json) -> Option<usize> {
        let last = self.walk.iter().rposition(|step| matches!(step, Walk::All | Walk::Where(_)))?;
        if self.tail.is_some() || self.placeholders || !matches!(self.walk[last], Walk::Where(_)) {
            return None;
        }
        let mut found = Vec::new();
        self.collect(&self.walk[..=last], record, &mut found);
        Some(found.len())
    }

    fn collect<'a>(&self, walk: &[Walk], at: &'a Json, found: &mut Vec<&'a Json>) {
        let Some((step, rest)) = walk.split_first() else { return self.finish(at, found) };
        match step {
            Walk::All => members(at).for_each(|member| self.collect(rest, member, found)),
            Walk::Where(conditions) => {
                members(at).filter(|member| conditions.are_met(member)).for_each(|member| self.collect(rest, member, found));
            }
            Walk::Name(_) | Walk::Index(_) => {
                if let Some(next) = child(at, step) {
                    self.collect(rest, next, found);
                }
            }
        }
    }

    fn finish<'a>(&self, at: &'a Json, found: &mut Vec<&'a Json>) {
        match &self.tail {
            None => found.push(at),
            Some(tail) => found.extend(js_path_process(tail, at).into_iter().flatten().map(|result| result.val)),
        }
    }
}

/// The value that one name or index selects.
fn child<'a>(at: &'a Json, step: &Walk) -> Option<&'a Json> {
    match step {
        Walk::Name(name) => at.as_object()?.get(name),
        Walk::Index(index) => {
            let list = at.as_array()?;
            let from_end = || list.len().checked_sub(usize::try_from(index.unsigned_abs()).ok()?);
            list.get(usize::try_from(*index).ok().or_else(from_end)?)
        }
        Walk::All | Walk::Where(_) => None,
    }
}

/// The elements of a list, the values of an object.
fn members(at: &Json) -> Box<dyn Iterator<Item = &Json> + '_> {
    match at {
        Json::Array(list) => Box::new(list.iter()),
        Json::Object(object) => Box::new(object.values()),
        _ => Box::new(std::iter::empty()),
    }
}

pub(super) fn equal(left: &Json, right: &Json, ignoring_case: bool) -> bool {
    match (left, right) {
        (Json::String(left), Json::String(right)) if ignoring_case => left.to_lowercase() == right.to_lowercase(),
        (Json::Number(left), Json::Number(right)) => left == right || (left.is_f64() || right.is_f64()) && left.as_f64() == right.as_f64(),
        _ => left == right,
    }
}
