//! What tells the key of each record that a batch has made (L0713). Without it, an account is unknown until the next complete read.

use crate::{
    check::{
        environment::Environment,
        model::{
            expr::{Expr, ExprKind, all_names},
            request::EachResult,
            system::Collection,
            wire::Direction,
        },
    },
    diagnose::Diagnostic,
};

impl Environment<'_> {
    /// Asks for `key` in the results of a `create` where neither they, nor what was sent, nor a look-up tells the key.
    pub(super) fn batch_tells_keys(&self, collection: &Collection) {
        let (Some(create), Some(key)) = (&collection.create, collection.key.alone()) else { return };
        let each = create.follow.as_ref().map_or(&create.each, |follow| &follow.call.each);
        if !each.iter().all(|one| self.names_what_is_sent(collection, one)) {
            return;
        }
        let is_written = |at: usize| collection.attributes[at].direction != Direction::ReadOnly;
        let tells = |one: &EachResult<Expr>| {
            let by_key = matches!(one.own.kind, ExprKind::Own(at) if at == key && is_written(at));
            one.key.is_some() || one.item.is_some() || by_key
        };
        let is_known = each.iter().any(tells) || collection.finds.iter().any(|(by, _)| is_written(*by));
        let Some(results) = each.first().filter(|_| create.batch.is_some() && !is_known && !collection.broken) else { return };
        let attribute = &collection.attributes[key];
        if attribute.broken || self.report.has_error_in(create.span) {
            return;
        }
        let message = format!("nothing tells the `{}` of a new record, so each is unknown until the next complete read", attribute.name);
        let [items, by, own] = [&results.items, &results.by, &results.own].map(|part| self.text(part.span));
        let help = format!(
            "say where an element has it: `items {items} by {by} = {own} {{ key {} }}`, or add a `find by` to the collection",
            attribute.path.text
        );
        let diagnostic = Diagnostic::lint("L0713", results.items.span, message).related(attribute.span, "the key");
        self.report.say(diagnostic.help(help));
    }

    /// A new record has nothing that is read only yet, so by that no result would be found.
    fn names_what_is_sent(&self, collection: &Collection, each: &EachResult<Expr>) -> bool {
        let attributes = &collection.attributes;
        let unsent = |at: &usize| attributes[*at].direction == Direction::ReadOnly && !attributes[*at].broken;
        let Some((at, span)) = all_names(&each.own).into_iter().find(|(at, _)| unsent(at)) else { return true };
        let message =
            format!("`{}` is read only, so a new record has none when it is sent, and no result is found by it", attributes[at].name);
        let sent = attributes.iter().find(|one| one.direction != Direction::ReadOnly).map_or("email", |one| one.name.as_str());
        let help = format!("name something that is sent and that an element repeats, such as `by $.{sent} = {sent}`");
        let diagnostic = Diagnostic::error("E0521", span, message).related(attributes[at].span, "declared here");
        self.report.say(diagnostic.help(help));
        false
    }
}
