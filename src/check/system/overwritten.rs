//! Lines that another one overwrites, or leaves without an effect.

use crate::check::{
    environment::Environment,
    model::{
        expr::Expr,
        request::Parameter,
        system::{Attribute, Call, Collection, Part},
        wire::Repeat,
    },
};
use crate::{
    diagnose::{Diagnostic, Span},
    syntax::tree::{self, CallItem as I, CollectionItem as C},
};

impl Environment<'_> {
    /// Of two headers of one name the last is sent, so one before it that is never left out has no effect. Queries are sent each.
    pub fn headers_have_effect(&self, headers: &[Parameter<Expr>], within: Span) {
        let own: Vec<_> = headers.iter().filter(|one| within.start <= one.value.span.start && one.value.span.end <= within.end).collect();
        for (at, last) in own.iter().enumerate() {
            let same = own[..at].iter().find(|first| first.name.eq_ignore_ascii_case(&last.name));
            if let Some(first) = same.filter(|_| last.when.is_none() && !last.value.ty.optional) {
                let message = format!("the header `{}` is overwritten by a later line", first.name);
                let diagnostic = Diagnostic::error("E0522", first.value.span, message).related(last.value.span, "sent in its place");
                self.report.say(diagnostic.help("take one of the two out, or give the later one a condition: `when …`"));
            }
        }
    }

    /// Two attributes that are written at one place would overwrite each other.
    pub fn no_place_twice(&self, attributes: &[Attribute]) {
        let placed = |one: &&Attribute| one.is_written() && one.is_in_body() && !one.discovered && !one.broken;
        let written: Vec<_> = attributes.iter().filter(placed).collect();
        for (at, second) in written.iter().enumerate() {
            let clashes = |first: &&&Attribute| first.name != second.name && first.write_path().text == second.write_path().text;
            if let Some(first) = written[..at].iter().find(clashes) {
                let message = format!("`{}` and `{}` are both written at `{}`", first.name, second.name, second.write_path().text);
                let diagnostic = Diagnostic::error("E0511", second.span, message).related(first.span, "written there too");
                self.report.say(diagnostic.help("make one of them `read only`, or take it out"));
            }
        }
    }

    /// Refuses lines of a collection that the others leave without an effect.
    pub fn has_an_effect(&self, collection: &Collection, written: &tree::Collection) {
        for item in &written.items {
            if let C::Call(tree::Call { role: tree::Role::Update, items, .. }) = item {
                items.iter().for_each(|line| self.replaces_what_is_written(collection, line));
            }
            if let (C::ConsistentWithin { span, .. }, None, false) = (item, &collection.create, collection.broken) {
                let help = "take it out: it says how long a record that was just created may be hidden";
                self.report.error_help("E0522", *span, "`consistent within` does nothing in a collection without `create`", help);
            }
        }
        collection.parts.iter().filter(|_| !collection.broken).for_each(|part| self.part_is_deleted(collection, part));
        let makes = collection.create.iter().map(|call| ("create", call)).chain(collection.update.iter().map(|call| ("update", call)));
        makes.for_each(|(name, call)| self.sends_what_tells_repeats(collection, name, call));
        let of_parts = collection.parts.iter().filter_map(|part| part.update.as_ref());
        collection.update.iter().chain(of_parts).for_each(|call| self.sends_what_it_replaces(call));
    }

    /// A part is deleted by an update that clears the last of its values, once the record was read.
    fn part_is_deleted(&self, collection: &Collection, part: &Part) {
        let Some(delete) = &part.delete else { return };
        let message = match (&part.update, &collection.get) {
            (None, _) => "`delete` does nothing in a part without `update`, because nothing is cleared in it",
            (_, None) => "`delete` of a part does nothing without a `get` in the collection, which shows what else the part has",
            _ => return,
        };
        self.report.error_help("E0522", delete.span, message, "add the call that is missing, or take `delete` out");
    }

    /// `idempotent by ATTR`: a vendor discards a second request by what it gets.
    fn sends_what_tells_repeats(&self, collection: &Collection, name: &str, call: &Call) {
        let Repeat::Declared(Some(by)) = call.repeat else { return };
        let attribute = &collection.attributes[by];
        if attribute.broken || call.carried.names(by) || call.carried.writes(by, attribute, true) {
            return;
        }
        let message = format!("`{}` is in no line of `{name}`, so it can't tell a repeat from another request", attribute.name);
        let diagnostic = Diagnostic::error("E0534", call.span, message).related(attribute.span, "declared here");
        self.report.say(diagnostic.help("put it into the body, the address, a query or a header, or write `idempotent` or `never repeat`"));
    }

    /// Only what is written below a place is sent whole; an `extend` may still add an attribute there.
    fn replaces_what_is_written(&self, collection: &Collection, line: &I) {
        let I::Replaces(paths) = line else { return };
        let tells = collection.discovery.is_some() || collection.parts.iter().any(|part| part.discovery.is_some());
        for (written, whole) in paths.iter().filter(|_| !tells).filter_map(|path| Some((path, self.patterns.path(&path.text).ok()?))) {
            let Some(whole) = whole.steps.as_deref() else { continue };
            let below = |one: &Attribute| one.write_path().steps.as_deref().is_none_or(|steps| steps.starts_with(whole));
            if !collection.attributes.iter().any(|one| one.is_written() && below(one)) {
                let message = format!("no attribute is written below `{}`, so nothing there is sent whole", written.text);
                let help = "name the place of an attribute, or take it out, unless an `extend` adds an attribute there";
                self.report.say(Diagnostic::lint("L0712", written.span, message).help(help));
            }
        }
    }

    /// `replaces` says what is read first and sent whole, as a part of `record` or `changes`.
    fn sends_what_it_replaces(&self, call: &Call) {
        let Some(path) = call.replaces.first().filter(|_| !call.carried.record) else { return };
        let message = format!("`replaces {}` does nothing here, because the body has neither `record` nor `changes`", path.text);
        let span = call.body.as_ref().and_then(|body| body.value.as_ref()).map_or(call.span, |value| value.span);
        self.report.error_help("E0522", span, message, "write `body = changes`, with what else is sent beside it, or take `replaces` out");
    }
}
