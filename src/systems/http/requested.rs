//! The fields and parts that a call requests, and which elements of its answer are lists.

use super::Client;
use crate::{
    compile::system::{Call, Collection, Outcome, PageBy, Place, SinceBy, WireFormat},
    systems::{ReadRequest, formats::lists::Lists, scope::Scope},
    value::{Kind, path::JsonPath},
};
use std::collections::BTreeSet;

/// `requested.fields` and `requested.parts`, each once.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Requested {
    fields: Vec<String>,
    parts: Vec<String>,
}

impl Requested {
    /// Dotted paths of the attributes in use, or the names they are requested by; and the parts that some of them belong to.
    pub fn of(collection: &Collection, call: &Call, ask: &ReadRequest) -> Self {
        let last = call.page.as_ref().and_then(|page| if let PageBy::Last(attribute) = page.by { Some(attribute) } else { None });
        let used: Vec<_> =
            ask.attributes.iter().copied().chain(last).map(|at| &collection.attributes[at]).filter(|one| !one.unshown).collect();
        let mut seen = BTreeSet::new();
        let fields = used.iter().flat_map(|attribute| attribute.requested_names());
        let fields = fields.chain(ask.paths.iter().map(JsonPath::dotted));
        let fields = fields.filter(|name| !name.is_empty() && seen.insert(name.clone())).collect();
        let parts: BTreeSet<_> = used.iter().filter_map(|attribute| attribute.part.as_ref().map(|part| part.part)).collect();
        Self { fields, parts: parts.into_iter().map(|part| collection.parts[part].requested_as.clone()).collect() }
    }

    /// Adds them to a scope.
    pub fn scope<'a>(&'a self, scope: Scope<'a>) -> Scope<'a> {
        Scope { fields: &self.fields, parts: &self.parts, ..scope }
    }
}

impl Client {
    /// The elements of an answer that read as lists: those that paths in use treat as such. Only XML needs this.
    pub fn lists(&self, collection: &Collection, call: &Call, ask: &ReadRequest) -> Lists {
        let mut lists = self.answer_lists(call);
        if self.http().format != WireFormat::Xml {
            return lists;
        }
        let record = call.items_path().or_else(|| call.item_path());
        for attribute in &collection.attributes {
            match attribute.ty.kind {
                Kind::List(_) if attribute.path.is_singular() => lists.add_list(record, &attribute.path),
                _ => lists.add_below(record, &attribute.path),
            }
        }
        let inside = collection.parts.iter().map(|part| &part.at).chain(&ask.paths).chain(&call.replaces);
        inside.for_each(|path| lists.add_below(record, path));
        lists
    }

    /// The same for a call whose items are not records.
    pub fn answer_lists(&self, call: &Call) -> Lists {
        let mut lists = Lists::default();
        if self.http().format == WireFormat::Xml {
            in_answer(call, &mut |path| lists.add(path));
            call.items_path().into_iter().filter(|items| items.is_singular()).for_each(|items| lists.add_list(None, items));
        }
        lists
    }
}

/// The paths of a call that begin at the answer itself.
pub(super) fn in_answer(call: &Call, see: &mut dyn FnMut(&JsonPath)) {
    let page = call.page.as_ref().and_then(|page| match &page.by {
        PageBy::Link(place) | PageBy::Cursor(place) => Some(place),
        PageBy::Offset | PageBy::Number | PageBy::Last(_) => None,
    });
    let mark = call.since.as_ref().map(SinceBy::place);
    for place in call.items.iter().chain(&call.item).chain(page).chain(mark).chain(&call.total) {
        match place {
            Place::Path(path) => see(path),
            Place::Header(_) => {}
            Place::Made(value) => value.answer_paths(see),
        }
    }
    call.rules.of(Outcome::LastPage).for_each(|condition| condition.answer_paths(see));
}
