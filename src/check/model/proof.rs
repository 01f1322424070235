//! What proves that a read of a collection is complete, derived from the lines of its lists.

use super::{
    expr::{Expr, ExprKind, Part},
    place::{PageBy, Place},
    rules::Outcome,
    system::{Call, Collection, Lists},
};
use crate::value::{Value, path::JsonPath};

/// The evidence that a list has come to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EndProof {
    /// As many records as the answer announces.
    Total,
    /// No link leads on.
    Link,
    /// No cursor leads on.
    Cursor,
    /// A `last page` rule holds.
    LastPage,
    /// The list has one page.
    OnePage,
    /// The page after the last record is empty.
    EmptyPage,
    /// A page with fewer records than were asked for: weak, since an answer that is cut looks the same.
    ShortPage,
}

/// What one list proves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListProof {
    /// `GET /users`
    pub request: String,
    pub end: EndProof,
    /// Where its records are.
    pub items: String,
    /// Whether other answers than those that a `done` rule tells are errors.
    pub closed: bool,
    /// For how many values of a `for each` it is read.
    pub values: usize,
    /// The collection, by its index, below whose records it is read.
    pub parent: Option<usize>,
}

/// Why the lists of a collection show every record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cover {
    /// `lists all`, or a file.
    Said,
    /// The `where` conditions take in every value of this attribute.
    Values(String),
    /// Open accounts alone.
    OpenOnly,
    /// A list leaves out the elements that this path does not select, and no `where` says which records it shows.
    Filtered(String),
    /// Some lists show a part of the records, and nothing says that they show all of them together.
    Part,
    /// Nothing says whether closed accounts are among them.
    Unsaid,
}

/// What the lists of a collection prove together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proof {
    pub lists: Vec<ListProof>,
    pub cover: Cover,
}

impl EndProof {
    /// As `explain` says it.
    #[must_use]
    pub const fn sentence(self) -> &'static str {
        match self {
            Self::Total => "the announced total is met, and is the same on each page",
            Self::Link => "no link leads to another page; where no page has one, a long first page is weak, unless a smaller page has one",
            Self::Cursor => {
                "no cursor leads to another page; where no page has one, a long first page is weak, unless a smaller page has one"
            }
            Self::LastPage => "a `last page` rule holds",
            Self::OnePage => "one answer holds all",
            Self::EmptyPage => "the page after the last record is empty",
            Self::ShortPage => {
                "a page is short, which is weak: each linked record that seems missing is asked for by `get`, and people without a link \
                 are looked up by `find by`"
            }
        }
    }
}

impl Proof {
    /// Whether the end of a list is no more than a short page.
    #[must_use]
    pub fn is_weak(&self) -> bool {
        self.lists.iter().any(|list| list.end == EndProof::ShortPage)
    }
}

impl Collection {
    /// What its lists prove.
    #[must_use]
    pub fn proof(&self) -> Proof {
        Proof { lists: self.all_lists().map(list_proof).collect(), cover: self.cover() }
    }

    fn cover(&self) -> Cover {
        if let Some(path) = self.all_lists().filter(|list| list.shows.is_none()).find_map(filter_of) {
            return Cover::Filtered(path);
        }
        if self.lists_all() {
            return Cover::Said;
        }
        let parts = self.all_lists().any(|list| list.shows.is_some()) && self.all_lists().all(|list| list.shows.is_some());
        let covered = || (0..self.attributes.len()).find(|at| self.covers(*at)).map(|at| Cover::Values(self.attributes[at].name.clone()));
        match self.lists {
            Some(Lists::OpenOnly) => Cover::OpenOnly,
            _ if parts => covered().unwrap_or(Cover::Part),
            _ => Cover::Unsaid,
        }
    }

    /// Whether the lists show every value that an attribute can have, each by fixing this attribute alone.
    fn covers(&self, at: usize) -> bool {
        let all = &self.attributes[at].one_of;
        let mut shown = Vec::new();
        for list in self.all_lists() {
            match list.fixed.as_slice() {
                [(fixed, value)] if *fixed == at && fixes_alone(list) => shown.extend(constants(list, value)),
                _ => {}
            }
        }
        !all.is_empty() && all.iter().all(|value| shown.contains(&value))
    }
}

/// The path by which a list takes some elements and leaves out others.
fn filter_of(list: &Call) -> Option<String> {
    let filters = |path: &JsonPath| path.filters().then(|| path.text.clone());
    match list.items.as_ref()? {
        Place::Path(path) => filters(path),
        Place::Header(_) => None,
        Place::Made(value) => {
            let mut found = None;
            value.walk(&mut |part| {
                if let ExprKind::Answer(path) = &part.kind {
                    found = found.take().or_else(|| filters(path));
                }
            });
            found
        }
    }
}

/// Whether the condition of a list is one equality.
fn fixes_alone(list: &Call) -> bool {
    list.shows.as_ref().is_some_and(|shows| matches!(shows.kind, ExprKind::Compare(..)))
}

/// The constants that a fixed value stands for.
fn constants<'c>(list: &'c Call, value: &'c Expr) -> Vec<&'c Value> {
    match &value.kind {
        ExprKind::LoopValue => list.loop_values.iter().filter_map(Expr::as_constant).collect(),
        _ => value.as_constant().into_iter().collect(),
    }
}

fn list_proof(list: &Call) -> ListProof {
    ListProof {
        request: format!("{} {}", list.method, as_written(&list.path)),
        end: end_of(list),
        items: list.items.as_ref().map_or_else(|| "$".to_owned(), place_text),
        closed: list.rules.are_closed(),
        values: list.loop_values.len(),
        parent: list.for_each,
    }
}

fn end_of(list: &Call) -> EndProof {
    let Some(page) = &list.page else { return EndProof::OnePage };
    // A rule about the status alone may never be met, so it takes no other evidence away.
    let last_page = list.rules.of(Outcome::LastPage).find(|when| when.any(&|part| names_more_than_status(part)));
    match (&page.by, last_page) {
        _ if list.total.is_some() && !list.total_is_optional => EndProof::Total,
        (_, Some(_)) if list.ends_short => EndProof::ShortPage,
        (_, Some(_)) => EndProof::LastPage,
        (PageBy::Link(_), None) => EndProof::Link,
        (PageBy::Cursor(_), None) => EndProof::Cursor,
        (PageBy::Last(_), None) => EndProof::EmptyPage,
        (PageBy::Offset | PageBy::Number, None) => EndProof::ShortPage,
    }
}

/// Whether it names anything of an answer but its status.
pub(crate) const fn names_more_than_status(part: &Expr) -> bool {
    matches!(part.kind, ExprKind::Answer(_) | ExprKind::Header(_) | ExprKind::Page(_))
}

/// The fixed text of an address, `…` where something is filled in.
fn as_written(path: &Expr) -> String {
    match &path.kind {
        ExprKind::Template(parts) => parts.iter().map(|part| if let Part::Text(text) = part { text.as_str() } else { "…" }).collect(),
        _ => path.as_constant().and_then(Value::as_text).unwrap_or("…").to_owned(),
    }
}

fn place_text(place: &Place<Expr>) -> String {
    match place {
        Place::Path(path) => path.text.clone(),
        Place::Header(name) => format!("header \"{name}\""),
        Place::Made(value) => {
            let mut paths = Vec::new();
            value.walk(&mut |part| {
                if let ExprKind::Answer(path) = &part.kind {
                    paths.push(path.text.clone());
                }
            });
            paths.join(" ?? ")
        }
    }
}
