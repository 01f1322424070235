//! A diff of XML (RFC 5261), made from the current record, because a `replace` of a missing element or an `add` of an existing
//! one is refused.

use super::{
    BodyInput, Placed, flat, part_of,
    xml::{self, escaped},
};
use crate::{
    compile::system::{Attribute, ErrorClass},
    systems::{CallError, place::invalid},
    value::path::{self, Step},
};
use serde_json::{Map, Value as Json};
use thiserror::Error;

/// Why no selector names an element, worded to follow the attribute.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
enum SelectorError {
    #[error("has a path without a name before its filter")]
    NamelessFilter,
    #[error("can only be distinguished by something too deep for a selector: compare a child of the element")]
    TooDeep,
    #[error("can only be distinguished by a text with both kinds of quotes, which no selector can contain")]
    Quotes,
}

/// The diff of an update; `None` if nothing differs.
///
/// # Errors
/// The current record is unknown, or a value can't be expressed in XML.
pub fn diff(input: &BodyInput<'_>, root: &str) -> Result<Option<String>, CallError> {
    let record = input.record.ok_or_else(|| {
        CallError::unsent(ErrorClass::Invalid, "a diff is made from the record as it is, which needs a `get` in the collection")
    })?;
    let nothing = Json::Object(Map::new());
    let now = match input.write.part() {
        Some(part) => part_of(input.collection, part, record).unwrap_or(&nothing),
        None => record,
    };
    let mut placed = input.placed()?;
    placed.sort_by_key(|value| value.index);
    let mut diff = Diff { root, now, operations: Vec::new() };
    for value in placed {
        diff.change(input, value)?;
    }
    diff.text()
}

struct Diff<'a> {
    root: &'a str,
    now: &'a Json,
    operations: Vec<Operation>,
}

enum Operation {
    /// As it is sent.
    Ready(String),
    /// Elements that are not there yet, below the one selected.
    Add { sel: String, tree: Map<String, Json> },
}

/// Where a path leads in the current record.
enum Location<'a> {
    There {
        sel: String,
        json: &'a Json,
    },
    /// The deepest element that is there, and the steps that lead on from it.
    Missing {
        sel: String,
        rest: &'a [Step],
    },
}

impl<'a> Diff<'a> {
    fn change(&mut self, input: &BodyInput<'_>, value: Placed<'_>) -> Result<(), CallError> {
        let Some(steps) = value.path.steps.as_deref() else {
            return Err(invalid(value.attribute, &format!("can't be written at `{}`", value.path.text)));
        };
        let place = self.locate(steps).map_err(|what| invalid(value.attribute, &what.to_string()))?;
        match (place, value.json) {
            (Location::Missing { .. }, json) if is_empty(&json) => {}
            (Location::Missing { sel, rest }, json) => self.add(sel, rest, json),
            (Location::There { .. }, json) if is_empty(&json) => self.take_away(input, value.attribute, steps)?,
            (Location::There { sel, json: now }, json) => self.replace(steps, sel, now, &json)?,
        }
        Ok(())
    }

    /// Follows steps until an element is missing.
    ///
    /// # Errors
    /// No selector can name one of the elements.
    fn locate<'s: 'a>(&self, steps: &'s [Step]) -> Result<Location<'s>, SelectorError>
    where
        'a: 's,
    {
        let (mut sel, mut json, mut at) = (self.root.to_owned(), self.now, 0);
        while let Some(step) = steps.get(at) {
            let Step::Name(name) = step else { return Err(SelectorError::NamelessFilter) };
            let (found, selector, taken) = child(json, name, steps.get(at + 1))?;
            match found {
                Some(found) => json = found,
                None => return Ok(Location::Missing { sel, rest: &steps[at..] }),
            }
            sel.push_str(&format!("/{selector}"));
            at += taken;
        }
        Ok(Location::There { sel, json })
    }

    /// Everything missing below one element is added together, so that it becomes one element.
    fn add(&mut self, sel: String, rest: &[Step], json: Json) {
        let same =
            |operation: &&mut Operation| matches!(operation, Operation::Add { sel: known, tree } if *known == sel && begins(tree, rest));
        if let Some(Operation::Add { tree, .. }) = self.operations.iter_mut().find(same) {
            *tree = grown(std::mem::take(tree), rest, json);
            return;
        }
        self.operations.push(Operation::Add { sel, tree: grown(Map::new(), rest, json) });
    }

    fn replace(&mut self, steps: &[Step], sel: String, now: &Json, json: &Json) -> Result<(), CallError> {
        if json.is_array() {
            return self.replace_list(steps, now, json);
        }
        let (before, after) = (flat::text(now), flat::text(json));
        if before == after && !now.is_object() {
            return Ok(());
        }
        let is_attribute = matches!(steps.last(), Some(Step::Name(name)) if name.starts_with('@'));
        let text = text(&after)?;
        self.operations.push(Operation::Ready(match (is_attribute, now) {
            (true, _) => format!("<replace sel=\"{}\">{text}</replace>", escaped(&sel)?),
            (false, Json::String(_) | Json::Number(_) | Json::Bool(_)) if !before.is_empty() => {
                format!("<replace sel=\"{}/text()[1]\">{text}</replace>", escaped(&sel)?)
            }
            _ => format!("<replace sel=\"{}\">{}</replace>", escaped(&sel)?, xml::document(last_name(steps), json)?),
        }));
        Ok(())
    }

    /// A list is replaced together with its parent element.
    fn replace_list(&mut self, steps: &[Step], now: &Json, json: &Json) -> Result<(), CallError> {
        let texts = |list: &Json| list.as_array().map_or_else(|| vec![flat::text(list)], |items| items.iter().map(flat::text).collect());
        if texts(now) == texts(json) {
            return Ok(());
        }
        let upto = steps.len().saturating_sub(1);
        let holder = &steps[..upto];
        if let (Ok(Location::There { sel, json: around }), Some(Step::Name(name))) = (self.locate(holder), holder.last()) {
            let mut around = around.clone();
            path::place(&steps[upto..], &mut around, json.clone());
            let element = xml::document(name, &around)?;
            self.operations.push(Operation::Ready(format!("<replace sel=\"{}\">{element}</replace>", escaped(&sel)?)));
            return Ok(());
        }
        let (root, name) = (self.root.to_owned(), last_name(steps));
        for at in (1..=texts(now).len()).rev() {
            self.operations.push(Operation::Ready(format!("<remove sel=\"{}\" />", escaped(&format!("{root}/{name}[{at}]"))?)));
        }
        self.add(root, &steps[upto..], json.clone());
        Ok(())
    }

    /// Removes the element that a filter selects, unless it contains another attribute as well.
    fn take_away(&mut self, input: &BodyInput<'_>, attribute: &Attribute, steps: &[Step]) -> Result<(), CallError> {
        let filter = steps.iter().rposition(|step| matches!(step, Step::Where(_))).map(|at| &steps[..=at]);
        let shared = |element: &&[Step]| {
            let others = input.collection.attributes.iter().filter(|other| other.name != attribute.name);
            others.filter_map(|other| input.path(other).steps.as_deref()).any(|other| other.starts_with(element))
        };
        let taken = filter.filter(|element| !shared(element)).unwrap_or(steps);
        if let Location::There { sel, .. } = self.locate(taken).map_err(|what| invalid(attribute, &what.to_string()))? {
            self.operations.push(Operation::Ready(format!("<remove sel=\"{}\" />", escaped(&sel)?)));
        }
        Ok(())
    }

    fn text(&self) -> Result<Option<String>, CallError> {
        if self.operations.is_empty() {
            return Ok(None);
        }
        let mut out = "<diff>\n".to_owned();
        for operation in &self.operations {
            let line = match operation {
                Operation::Ready(ready) => ready.clone(),
                Operation::Add { sel, tree } => added(sel, tree)?,
            };
            out.push_str(&format!("  {line}\n"));
        }
        out.push_str("</diff>");
        Ok(Some(out))
    }
}

fn added(sel: &str, members: &Map<String, Json>) -> Result<String, CallError> {
    match members.iter().next().filter(|(name, _)| name.starts_with('@')) {
        Some((name, value)) => Ok(format!("<add sel=\"{}\" type=\"{name}\">{}</add>", escaped(sel)?, text(&flat::text(value))?)),
        None => Ok(format!("<add sel=\"{}\">{}</add>", escaped(sel)?, xml::fragment(members)?)),
    }
}

/// One element below another: by its name, and where a filter or an index follows, the one that it selects. Returns the element, its
/// selector, and the number of steps taken.
fn child<'j>(json: &'j Json, name: &str, next: Option<&Step>) -> Result<(Option<&'j Json>, String, usize), SelectorError> {
    let found = json.get(name);
    match next {
        Some(Step::Where(conditions)) => {
            let element = found.and_then(|found| each(found).find(|element| conditions.are_met(element)));
            Ok((element, format!("{name}{}", predicates(conditions)?), 2))
        }
        Some(Step::Index(index)) => {
            let at = usize::try_from(*index).unwrap_or(0);
            Ok((found.and_then(|found| each(found).nth(at)), format!("{name}[{}]", at + 1), 2))
        }
        _ if name.starts_with('@') => Ok((found, name.to_owned(), 1)),
        // Where the list itself is what is written, it is taken as a whole.
        None => Ok((found, name.to_owned(), 1)),
        Some(Step::Name(_)) => Ok((found.and_then(|found| each(found).next()), name.to_owned(), 1)),
    }
}

/// A single element is a list of one.
fn each(json: &Json) -> Box<dyn Iterator<Item = &Json> + '_> {
    match json {
        Json::Array(items) => Box::new(items.iter()),
        one => Box::new(std::iter::once(one)),
    }
}

/// Selectors know children and attributes by their value, and nothing deeper (RFC 5261, 4.1).
fn predicates(conditions: &[(Vec<String>, Json)]) -> Result<String, SelectorError> {
    let shallow: Vec<_> = conditions.iter().filter(|(names, _)| names.len() == 1).collect();
    if shallow.is_empty() {
        return Err(SelectorError::TooDeep);
    }
    shallow.iter().map(|(names, value)| Ok(format!("[{}={}]", names[0], literal(&flat::text(value))?))).collect()
}

fn literal(text: &str) -> Result<String, SelectorError> {
    match (text.contains('\''), text.contains('"')) {
        (false, _) => Ok(format!("'{text}'")),
        (true, false) => Ok(format!("\"{text}\"")),
        (true, true) => Err(SelectorError::Quotes),
    }
}

/// A text between tags, where quotes are letters like others.
fn text(text: &str) -> Result<String, CallError> {
    Ok(escaped(text)?.replace("&quot;", "\""))
}

fn last_name(steps: &[Step]) -> &str {
    steps.iter().rev().find_map(|step| if let Step::Name(name) = step { Some(name.as_str()) } else { None }).unwrap_or_default()
}

/// A tree with one value more.
fn grown(tree: Map<String, Json>, rest: &[Step], json: Json) -> Map<String, Json> {
    let mut tree = Json::Object(tree);
    path::place(rest, &mut tree, json);
    if let Json::Object(tree) = tree { tree } else { Map::new() }
}

/// Whether a tree of new elements begins as these steps do, with the same element.
fn begins(tree: &Map<String, Json>, rest: &[Step]) -> bool {
    match rest {
        [Step::Name(name), Step::Where(conditions), ..] => {
            tree.get(name).is_some_and(|found| each(found).any(|element| conditions.are_met(element)))
        }
        [Step::Name(name), _, ..] => tree.get(name).is_some(),
        _ => false,
    }
}

fn is_empty(json: &Json) -> bool {
    match json {
        Json::Null => true,
        Json::String(text) => text.is_empty(),
        Json::Array(items) => items.is_empty(),
        _ => false,
    }
}
