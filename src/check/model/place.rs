//! Where an answer has what a call reads: records, totals, and the way to the next page. `X` is the type of expressions.

use super::hashed::path;
use crate::value::path::JsonPath;
use serde::{Serialize, Serializer};

/// Where something is in an answer, or how it is made from it.
#[derive(Clone, Debug, Serialize)]
pub enum Place<X> {
    Path(#[serde(serialize_with = "path")] JsonPath),
    Header(String),
    /// Made of several places: `$.login ?? $.user.login`, `$ + { login = $.user.login }`.
    Made(X),
}

/// `page by …`
#[derive(Clone, Debug, Serialize)]
pub struct Page<X> {
    pub by: PageBy<X>,
    /// First offset or number.
    pub from: u64,
    pub size: u64,
    /// Whether the file says the size.
    #[serde(skip)]
    pub sized: bool,
}

#[derive(Clone, Debug, Serialize)]
pub enum PageBy<X> {
    Offset,
    Number,
    /// The answer holds the address of the next page, absolute or relative.
    Link(Place<X>),
    /// The answer holds what `page.cursor` is for the next page.
    Cursor(Place<X>),
    /// `page.cursor` is this attribute of the last record received: `page by cursor $.users[-1].id`.
    Last(usize),
}

/// `since by …`: where the last page has the mark that the next incremental read begins with.
#[derive(Clone, Debug, Serialize)]
pub enum SinceBy<X> {
    /// The read begins at this address.
    Link(Place<X>),
    /// The read begins with this as `since`, if the call names it, or else as `page.cursor`.
    Cursor(Place<X>),
}

impl<X> SinceBy<X> {
    /// Where the mark is.
    #[must_use]
    pub const fn place(&self) -> &Place<X> {
        match self {
            Self::Link(place) | Self::Cursor(place) => place,
        }
    }

    /// The same over other expressions.
    pub fn map<Y>(&self, to: &impl Fn(&X) -> Y) -> SinceBy<Y> {
        match self {
            Self::Link(place) => SinceBy::Link(place.map(to)),
            Self::Cursor(place) => SinceBy::Cursor(place.map(to)),
        }
    }
}

impl<X> Place<X> {
    /// The same over other expressions.
    pub fn map<Y>(&self, to: &impl Fn(&X) -> Y) -> Place<Y> {
        match self {
            Self::Path(path) => Place::Path(path.clone()),
            Self::Header(name) => Place::Header(name.clone()),
            Self::Made(value) => Place::Made(to(value)),
        }
    }

    /// The path, if it is one place of the body.
    #[must_use]
    pub const fn path(&self) -> Option<&JsonPath> {
        if let Self::Path(path) = self { Some(path) } else { None }
    }
}

impl<X> Page<X> {
    /// The same over other expressions.
    pub fn map<Y>(&self, to: &impl Fn(&X) -> Y) -> Page<Y> {
        let by = match &self.by {
            PageBy::Offset => PageBy::Offset,
            PageBy::Number => PageBy::Number,
            PageBy::Link(place) => PageBy::Link(place.map(to)),
            PageBy::Cursor(place) => PageBy::Cursor(place.map(to)),
            PageBy::Last(attribute) => PageBy::Last(*attribute),
        };
        Page { by, from: self.from, size: self.size, sized: self.sized }
    }
}

/// A path as its text, as plans have always been hashed.
pub(super) fn records<X: Serialize, S: Serializer>(of: &Option<Place<X>>, to: S) -> Result<S::Ok, S::Error> {
    match of {
        Some(Place::Path(path)) => Some(&path.text).serialize(to),
        other => other.serialize(to),
    }
}
