//! `from get`: what only `get` shows can be asked for by the key alone, so nothing before that call may need it.

use crate::check::{
    environment::Environment,
    model::{
        expr::{Expr, ExprKind},
        system::{Call, Collection},
        wire::Direction,
    },
};
use crate::diagnose::{Diagnostic, Span};

impl Environment<'_> {
    /// Refuses attributes that no `get` can show, and calls that need what lists leave out.
    pub fn get_shows_what_lists_do_not(&self, collection: &Collection) {
        let mut shown = collection.attributes.iter().enumerate().filter(|(_, attribute)| attribute.from_get);
        if let (Some((at, first)), None, false) = (shown.next(), &collection.get, collection.broken) {
            let message = format!("`{}` is shown by `get` alone, and `{}` has no `get`", first.name, collection.name);
            let help = "add `get GET \"/…/{KEY}\"` to the collection, or take `from get` out";
            self.report.error_help("E0560", collection.attributes[at].span, message, help);
        }
        for (at, attribute) in collection.attributes.iter().enumerate().filter(|(_, attribute)| attribute.from_get) {
            if attribute.direction == Direction::WriteOnly {
                let message = format!("`{}` can't be both write only and shown by `get`", attribute.name);
                self.report.error_help("E0510", attribute.span, message, "leave one of the two out");
            }
            self.no_list_needs(collection, at);
        }
    }

    fn no_list_needs(&self, collection: &Collection, at: usize) {
        let name = &collection.attributes[at].name;
        if let Some(span) = collection.key_span.filter(|_| collection.key.has(at)) {
            self.shown_too_late(collection, at, span, &format!("`{name}` is the key that `get` asks with, so lists have to show it"));
        }
        for list in collection.all_lists() {
            let named = list.shows.as_ref().and_then(|shows| first_named(shows, at));
            if let Some(span) = named {
                self.shown_too_late(collection, at, span, &format!("`where` of this list names `{name}`, which lists leave out"));
            }
        }
    }

    fn shown_too_late(&self, collection: &Collection, at: usize, span: Span, message: &str) {
        let diagnostic = Diagnostic::error("E0560", span, message).related(collection.attributes[at].span, "`from get`");
        self.report.say(diagnostic.help("name an attribute that lists show, or take `from get` out"));
    }

    /// The lists below a record know what the list of that record shows.
    pub fn parents_are_listed(&self, call: &Call, above: &Collection) {
        for (at, attribute) in above.attributes.iter().enumerate().filter(|(_, attribute)| attribute.from_get) {
            let Some(span) = call
                .sent()
                .chain(&call.shows)
                .find_map(|expr| first(expr, &|kind| matches!(kind, ExprKind::Parent(named) if *named == at)))
            else {
                continue;
            };
            self.shown_too_late(above, at, span, &format!("this list needs `{}.{}`, which lists leave out", above.name, attribute.name));
        }
    }
}

fn first_named(expr: &Expr, at: usize) -> Option<Span> {
    first(expr, &|kind| matches!(kind, ExprKind::Own(named) if *named == at))
}

fn first(expr: &Expr, wanted: &impl Fn(&ExprKind) -> bool) -> Option<Span> {
    let mut found = None;
    expr.walk(&mut |part| {
        if wanted(&part.kind) {
            found.get_or_insert(part.span);
        }
    });
    found
}
