//! Which XML elements are read as lists even if they occur once: those that a path treats as a list. Otherwise one phone number
//! would have another shape than two.

use crate::value::path::JsonPath;
use std::collections::BTreeMap;

/// The elements that paths in use put an index, `*` or a filter after. Made once for a call.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lists {
    here: bool,
    inside: BTreeMap<String, Self>,
}

impl Lists {
    /// Takes a path from the root of the document.
    pub fn add(&mut self, path: &JsonPath) {
        self.add_below(None, path);
    }

    /// Takes a path below `base`, such as that of an attribute in its record.
    pub fn add_below(&mut self, base: Option<&JsonPath>, path: &JsonPath) {
        self.follow(base, path);
    }

    /// The same for a path that leads to a list itself.
    pub fn add_list(&mut self, base: Option<&JsonPath>, path: &JsonPath) {
        self.follow(base, path).here = true;
    }

    fn follow(&mut self, base: Option<&JsonPath>, path: &JsonPath) -> &mut Self {
        let base = base.map(JsonPath::outline).unwrap_or_default();
        let mut at = self;
        for step in base.into_iter().chain(path.outline()) {
            match step {
                Some(name) => at = at.inside.entry(name.to_owned()).or_default(),
                None => at.here = true,
            }
        }
        at
    }

    /// The lists inside an element.
    pub(crate) fn inside(&self, name: &str) -> Option<&Self> {
        self.inside.get(name)
    }

    /// Whether the element itself reads as a list.
    pub(crate) const fn is_list(&self) -> bool {
        self.here
    }
}

impl<'a> FromIterator<&'a JsonPath> for Lists {
    fn from_iter<I: IntoIterator<Item = &'a JsonPath>>(paths: I) -> Self {
        let mut lists = Self::default();
        paths.into_iter().for_each(|path| lists.add(path));
        lists
    }
}
