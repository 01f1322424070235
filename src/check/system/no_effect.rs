//! Rejects statements that have no effect in their block (E0522). Ignoring them would let their author rely on something that
//! never happens.

use crate::check::environment::Environment;
use crate::{
    diagnose::Span,
    syntax::{
        catalogue,
        tree::{self, CallItem as I, CollectionItem as C, HttpItem, Role, SystemItem},
    },
};
use std::borrow::Cow;

impl Environment<'_> {
    /// Rejects lines of a system that nothing uses.
    pub fn idle_lines(&self, written: &tree::System) {
        let connected = written.items.iter().any(|item| matches!(item, SystemItem::Http(_)));
        for item in &written.items {
            match item {
                SystemItem::Http(http) => self.idle_in_http(http),
                SystemItem::Collection(collection) => self.idle_in_collection(collection, connected),
                _ => {}
            }
        }
    }

    pub(crate) fn idle(&self, span: Span, word: &str, place: &str, belongs: &str) {
        let message = format!("`{word}` does nothing in {place}");
        self.report.error_help("E0522", span, message, format!("take it out: it belongs in {belongs}"));
    }

    /// `item` for a list and `items` for a single record: the other one says it.
    fn other_is_meant(&self, value: Span, word: &str, other: &str, role: &str) {
        let message = format!("`{word}` does nothing in `{role}`");
        let one = if other == "items" && role != "list" { ", where a single record may be, too" } else { "" };
        self.report.error_help("E0522", value, message, format!("write `{other} {}`{one}", self.text(value)));
    }

    fn idle_in_http(&self, http: &tree::Http) {
        for item in &http.items {
            if let HttpItem::Verify(call) = item {
                self.idle_in_call(call, false);
            }
        }
    }

    fn idle_in_collection(&self, written: &tree::Collection, connected: bool) {
        for item in &written.items {
            match item {
                C::Call(call) if !connected => {
                    self.idle(call.span, call.role.word(), "a system without `http`", "one that is spoken to over `http`");
                }
                C::Call(call) => self.idle_in_call(call, false),
                C::Part(part) => self.idle_in_part(part),
                item => {
                    if let Some((span, word)) = of_collection(item).filter(|(_, word)| belongs(word, "part")) {
                        self.idle(span, word, "a collection", "a `part`, or in the line of an attribute");
                    }
                }
            }
        }
    }

    fn idle_in_part(&self, part: &tree::Collection) {
        for item in &part.items {
            match item {
                C::Call(call) if matches!(call.role, Role::Create | Role::Update | Role::Delete) => self.idle_in_call(call, true),
                C::Call(call) => {
                    self.idle(call.span, call.role.word(), "a part, which has `create`, `update` and `delete`", "the collection");
                }
                C::Part(inner) => self.idle(inner.name.span, "part", "a part", "the collection: `part` beside `part`"),
                item => {
                    if let Some((span, word)) = of_collection(item).filter(|(_, word)| belongs(word, "collection")) {
                        self.idle(span, word, "a part", "the collection");
                    }
                }
            }
        }
    }

    fn idle_in_call(&self, call: &tree::Call, part: bool) {
        for item in &call.items {
            let Some((span, word)) = of_call(item) else { continue };
            let of_batch = matches!(item, I::Batch { .. } | I::Each(_) | I::Follow(_));
            let of = catalogue::only_in("a call", if of_batch { "batch" } else { word });
            let has_batch = !part || !of_batch;
            if !of.contains(&call.role.word()) {
                let is_path = self.text(span).starts_with('$');
                match other_word(word).filter(|other| is_path && catalogue::only_in("a call", other).contains(&call.role.word())) {
                    Some(other) => self.other_is_meant(span, word, other, call.role.word()),
                    None => self.idle(span, word, &format!("`{}`", call.role.word()), &listed(of)),
                }
            } else if !has_batch {
                self.idle(span, word, "a call of a part", "a call of the collection");
            }
        }
        self.idle_clauses(call);
    }

    /// A call without the lines that were refused because nothing uses them: what they say is not checked.
    pub(super) fn used<'t>(&self, call: &'t tree::Call) -> Cow<'t, tree::Call> {
        // Without its line, the names that `page` fills would be called unknown.
        let is_idle = |item: &I| of_call(item).is_some_and(|(span, _)| self.report.has_said("E0522", span));
        let is_used = |item: &I| matches!(item, I::Page(_)) || !is_idle(item);
        if call.items.iter().all(is_used) {
            return Cow::Borrowed(call);
        }
        let mut used = call.clone();
        used.items.retain(is_used);
        // What was meant by `item` in a look-up says where its records are.
        let shows = |role: &Role| matches!(role, Role::List | Role::Find(_));
        let item = call.items.iter().find_map(|item| if let I::Item(value) = item { Some(value) } else { None });
        if let Some(at) = item.filter(|_| shows(&call.role) && !used.items.iter().any(|item| matches!(item, I::Items(_)))) {
            used.items.push(I::Items(tree::Items { at: at.clone(), element: tree::Element::default() }));
        }
        Cow::Owned(used)
    }

    fn idle_clauses(&self, call: &tree::Call) {
        for item in &call.items {
            if let I::Page(page) = item
                && page.from.is_some()
                && !matches!(page.by, tree::PageBy::Offset | tree::PageBy::Number)
            {
                self.idle(page.span, "from", "pages that follow what the answer says", "`page by offset` and `page by number`");
            }
        }
    }
}

/// The word for the other number of records.
fn other_word(word: &str) -> Option<&'static str> {
    match word {
        "item" => Some("items"),
        "items" => Some("item"),
        _ => None,
    }
}

/// Whether a line of a collection block belongs in a collection or a part alone.
fn belongs(word: &str, place: &str) -> bool {
    catalogue::only_in("a collection", word) == [place]
}

/// A line of a collection or of a part with its word.
fn of_collection(item: &C) -> Option<(Span, &'static str)> {
    Some(match item {
        C::Key(names) => (names.first()?.first()?.span, "key"),
        C::Label(label) => (label.span, "label"),
        C::Changed(name) => (name.span, "changed"),
        C::Lists { span, .. } => (*span, "lists"),
        C::ConsistentWithin { span, .. } => (*span, "consistent within"),
        C::File(file) => (file.span, "file"),
        C::List(list) => (list.span, "list"),
        C::At(path) => (path.span, "at"),
        C::WrittenAt(path) => (path.span, "written at"),
        C::RequestedAs(words) => (words.span, "requested as"),
        _ => return None,
    })
}

/// A line of a call with its word, where not all calls use it.
fn of_call(item: &I) -> Option<(Span, &'static str)> {
    Some(match item {
        I::Items(items) => (items.at.span, "items"),
        I::Total { at, .. } => (at.span, "total"),
        I::Page(page) => (page.span, "page"),
        I::Since(since) => (since.span, "since"),
        I::Item(value) => (value.span, "item"),
        I::Replaces(paths) => (paths.first()?.span, "replaces"),
        I::Key(key) => (key.span, "key"),
        I::Secret { span, .. } => (*span, "secret"),
        I::Batch { span, .. } => (*span, "batch"),
        I::Each(each) => (each.span, "items … by"),
        I::Follow(follow) => (follow.method.span, "follow"),
        I::Idempotent(_, span) => (*span, "idempotent"),
        I::Query(_) | I::Header(_) | I::NeverRepeat(_) | I::Body(_) | I::Error(_) | I::Outcome(_) | I::Broken(_) => {
            return None;
        }
    })
}

/// `a`, `b` and `c`
fn listed(words: &[&str]) -> String {
    match words {
        [] => String::new(),
        [one] => format!("`{one}`"),
        [others @ .., last] => format!("{} and `{last}`", others.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ")),
    }
}
