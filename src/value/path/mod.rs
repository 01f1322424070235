//! JSON paths: parsed once, checked, evaluated on borrowed trees, and used to place the values that are written.

mod fill;
mod find;
mod parse;
mod place;
mod sound;
#[cfg(test)]
mod tests;

pub use fill::FillError;
pub use place::{place, remove};

use jsonpath_rust::parser::model::JpQuery;
use serde_json::Value as Json;
use std::sync::Arc;

/// A JSON path (RFC 9535), parsed and found safe to evaluate.
#[derive(Clone, Debug)]
pub struct JsonPath {
    /// As written, from `$`.
    pub text: String,
    /// The steps, if it has none but names, indexes and equality filters that can build what they select.
    pub steps: Option<Vec<Step>>,
    /// Whether a value is still to be filled in: `{$.Name}`. Such a path finds nothing.
    pub placeholders: bool,
    /// The beginning, followed by our own code.
    walk: Vec<Walk>,
    /// The rest, which the library evaluates on each value that the beginning finds.
    tail: Option<Arc<JpQuery>>,
    /// `$.a ?? $.b`: where the value is if it is not here.
    otherwise: Option<Arc<Self>>,
}

/// One step of a path that can be written to.
#[derive(Clone, Debug, PartialEq)]
pub enum Step {
    Name(String),
    Index(i64),
    /// `[?@.type == "work"]`, one or several joined by `&&`.
    Where(Equalities),
}

/// One step of a path that leads to one value at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Passage<'p> {
    Name(&'p str),
    /// From the end, if it is negative.
    Index(i64),
}

/// What a filter asks of an element: `@.type == "work" && @.primary == true`, each with the names below the element.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Equalities {
    all: Vec<(Vec<String>, Json)>,
    ignoring_case: bool,
}

impl Equalities {
    /// Whether an element meets all of them.
    #[must_use]
    pub fn are_met(&self, element: &Json) -> bool {
        self.iter().all(|(names, wanted)| {
            let found = names.iter().try_fold(element, |at, name| at.as_object()?.get(name));
            found.is_some_and(|found| find::equal(found, wanted, self.ignoring_case))
        })
    }
}

impl std::ops::Deref for Equalities {
    type Target = [(Vec<String>, Json)];

    fn deref(&self) -> &Self::Target {
        &self.all
    }
}

/// One step that our own code walks.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::value) enum Walk {
    Name(String),
    Index(i64),
    All,
    Where(Equalities),
}

impl Walk {
    /// As a step, `*` as a filter without a condition.
    fn loose(&self) -> Step {
        match self {
            Self::Name(name) => Step::Name(name.clone()),
            Self::Index(index) => Step::Index(*index),
            Self::All => Step::Where(Equalities::default()),
            Self::Where(conditions) => Step::Where(conditions.clone()),
        }
    }
}

/// Why a path is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PathError {
    /// One sentence in lower case.
    pub message: String,
    /// Where in the path's text, in bytes.
    pub offset: usize,
    /// The replacement to suggest.
    pub help: Option<String>,
}

/// The result of a path in one record.
#[derive(Clone, Debug, PartialEq)]
pub enum Found<'a> {
    Nothing,
    One(&'a Json),
    /// How many, where one was wanted.
    Several(usize),
}

impl JsonPath {
    /// `$`: the path of the record itself.
    #[must_use]
    pub fn record() -> Self {
        Self { text: "$".to_owned(), steps: Some(Vec::new()), placeholders: false, walk: Vec::new(), tail: None, otherwise: None }
    }

    /// This path, or another where it finds nothing or null. It is written by the first.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        Self { text: format!("{} ?? {}", self.text, other.text), otherwise: Some(Arc::new(other)), ..self }
    }

    /// This path with filters that compare texts without case, as those of SCIM do (RFC 7643, 2.2: an attribute is not case-exact unless
    /// its schema says so, and `type` is not).
    #[must_use]
    pub fn ignoring_case(mut self) -> Self {
        let in_walk = self.walk.iter_mut().filter_map(|step| if let Walk::Where(filter) = step { Some(filter) } else { None });
        let in_steps = self.steps.iter_mut().flatten().filter_map(|step| if let Step::Where(filter) = step { Some(filter) } else { None });
        in_walk.chain(in_steps).for_each(|filter| filter.ignoring_case = true);
        let otherwise = self.otherwise.map(|other| Arc::new(Self::clone(&other).ignoring_case()));
        Self { otherwise, ..self }
    }

    /// The text of the first place alone.
    #[must_use]
    pub fn first_text(&self) -> &str {
        let rest = self.otherwise.as_ref().map(|other| format!(" ?? {}", other.text));
        rest.and_then(|rest| self.text.strip_suffix(&*rest)).unwrap_or(&self.text)
    }

    /// The path of the first place and those of the others.
    pub fn alternatives(&self) -> impl Iterator<Item = &Self> {
        std::iter::successors(Some(self), |path| path.otherwise.as_deref())
    }

    /// Whether it can't find more than one value: it has only names and indexes.
    #[must_use]
    pub fn is_singular(&self) -> bool {
        self.tail.is_none() && self.otherwise.is_none() && self.walk.iter().all(|step| matches!(step, Walk::Name(_) | Walk::Index(_)))
    }

    /// The names of a path that has nothing else.
    #[must_use]
    pub fn names(&self) -> Option<Vec<&str>> {
        self.steps
            .as_ref()
            .filter(|_| self.otherwise.is_none())?
            .iter()
            .map(|step| if let Step::Name(name) = step { Some(name.as_str()) } else { None })
            .collect()
    }

    /// Whether a value can be placed by it.
    #[must_use]
    pub fn is_writable(&self) -> bool {
        self.steps.is_some()
    }

    /// The dotted names up to the first `[` after which nothing can be asked for: `$.a.b[0].c` is `a.b`.
    #[must_use]
    pub fn dotted(&self) -> String {
        let names = self.walk.iter().map_while(|step| if let Walk::Name(name) = step { Some(name.as_str()) } else { None });
        names.collect::<Vec<_>>().join(".")
    }

    /// The steps, `*` as a filter without a condition; `None` if the library has to evaluate some of them.
    #[must_use]
    pub fn loose_steps(&self) -> Option<Vec<Step>> {
        self.tail.is_none().then(|| self.walk.iter().map(Walk::loose).collect())
    }

    /// The steps of each way that `||` in its filters leaves open, as [`Self::loose_steps`] gives those of a path with one; `None` if
    /// the library has to evaluate something else.
    #[must_use]
    pub fn ways(&self) -> Option<Vec<Vec<Step>>> {
        let mut ways = vec![self.walk.iter().map(Walk::loose).collect::<Vec<_>>()];
        for segment in self.tail.iter().flat_map(|tail| &tail.segments) {
            let choices = parse::choices(segment)?;
            let longer = |way: Vec<Step>| choices.iter().map(|step| [&way, std::slice::from_ref(step)].concat()).collect::<Vec<_>>();
            ways = ways.into_iter().flat_map(longer).collect();
        }
        Some(ways)
    }

    /// The path as SCIM writes it in a patch: `emails[type eq "work"].value`, `urn:…:User:department`.
    /// None for what SCIM has no path for: an index, the record itself, a path that can't be written.
    #[must_use]
    pub fn scim(&self) -> Option<String> {
        scim(self.steps.as_deref()?)
    }
}

/// Steps as SCIM writes them in a patch; `None` if it has no path for them.
#[must_use]
pub fn scim(steps: &[Step]) -> Option<String> {
    let mut out = String::new();
    let mut after_schema = false;
    for step in steps {
        match step {
            Step::Name(name) => {
                let separator = if after_schema { ":" } else { "." };
                out.push_str(if out.is_empty() { "" } else { separator });
                out.push_str(name);
                after_schema = name.starts_with("urn:");
            }
            Step::Where(conditions) => out.push_str(&scim_filter(conditions)),
            Step::Index(_) => return None,
        }
    }
    (!out.is_empty()).then_some(out)
}

fn scim_filter(conditions: &[(Vec<String>, Json)]) -> String {
    let tests: Vec<_> = conditions.iter().map(|(names, value)| format!("{} eq {value}", names.join("."))).collect();
    format!("[{}]", tests.join(" and "))
}

impl PartialEq for JsonPath {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl PathError {
    fn new(offset: usize, message: impl Into<String>) -> Self {
        Self { message: message.into(), offset, help: None }
    }

    fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}
