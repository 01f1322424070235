//! What is said of one element of a list in an answer: a record that is read, or the result of one write of a batch.

use super::{
    lines::{Wanted, invents},
    rules::{RuleLine, answer_place},
    shown::made_at,
};
use crate::{
    check::{
        environment::Environment,
        model::{
            expr::{Expr, ExprKind},
            place::Place as AnswerPlace,
            request::{EachResult, Element},
            rules::{Outcome, Rules},
            system::{Call, Collection},
            wire::ErrorClass,
        },
        types::{Place, SystemPlace, Typing, a_kind},
    },
    syntax::tree,
    value::{Kind, Value},
};
use std::sync::Arc;

impl Environment<'_> {
    /// An expression over an answer, or over an element of one.
    fn in_answer(&self, written: &tree::Expr, place: &SystemPlace<'_>) -> Expr {
        let value = Typing::new(self, Place::System(answer_place(place))).expr(written);
        if !value.is_broken() {
            self.reads_backwards(&value);
        }
        value
    }

    /// What an answer tells, and no file: a value that is written would be the same for every record.
    pub(super) fn in_answer_alone(&self, written: &tree::Expr, place: &SystemPlace<'_>, what: &str) -> Expr {
        let value = self.in_answer(written, place);
        if invents(&value) && !self.report.has_error_in(written.span) {
            self.is_invented(what, &value);
        }
        value
    }

    /// `items … by … = … { … }`
    pub(super) fn each_result(&self, written: &tree::EachResult, call: &Call, place: &SystemPlace<'_>) -> Option<EachResult<Expr>> {
        let own = Typing::new(self, Place::System(*place)).expr(&written.own);
        self.tells_records_apart(&own);
        let element = &written.element;
        let fits = |outcome| matches!(outcome, Outcome::Done | Outcome::Removed | Outcome::Error(_));
        self.outcomes_of_elements(element, fits, "the result of a write is `done`, or an error such as `invalid`");
        let rules = self.element_rules(element, place);
        let tells_errors = !rules.errors.is_empty() || rules.outcomes.iter().any(|rule| matches!(rule.outcome, Outcome::Error(_)));
        let each = EachResult {
            items: self.in_answer_alone(&written.items, place, "the list of results"),
            by: self.in_answer_alone(&written.by, place, "what names a record"),
            own,
            item: element.item.as_ref().and_then(|item| self.answer_value(item, place, Wanted::Item)),
            key: element.key.as_ref().map(|key| self.in_answer_alone(key, place, "the key")),
            status: element.status.as_ref().map(|status| self.status(status, place)),
            rules: Arc::new(rules.before(&call.rules)),
            tells_errors,
        };
        let parts = [Some(&each.items), Some(&each.by), Some(&each.own), each.key.as_ref(), each.status.as_ref()];
        let broken = parts.into_iter().flatten().any(Expr::is_broken);
        (!broken).then_some(each)
    }

    /// `items EXPR { … }`
    pub(super) fn items(&self, call: &mut Call, written: &tree::Items, place: &SystemPlace<'_>) {
        call.items = self.answer_value(&written.at, place, Wanted::Items);
        let said = &written.element;
        if *said == tree::Element::default() {
            return;
        }
        let fits = |outcome| {
            matches!(outcome, Outcome::Done | Outcome::Removed | Outcome::Error(_)) && outcome != Outcome::Error(ErrorClass::Gone)
        };
        self.outcomes_of_elements(said, fits, "an element is `done`, `removed`, or an error such as `invalid`");
        self.key_is_an_attribute(said);
        call.element = Some(Element {
            item: said.item.as_ref().and_then(|item| self.answer_value(item, place, Wanted::Item)),
            status: said.status.as_ref().map(|status| self.status(status, place)).filter(|status| !status.is_broken()),
            rules: self.element_rules(said, place),
        });
    }

    fn element_rules(&self, said: &tree::Element, place: &SystemPlace<'_>) -> Rules<Expr> {
        self.rules(said.errors.iter().map(RuleLine::Error).chain(said.outcomes.iter().map(RuleLine::Outcome)), place)
    }

    /// What an element of a list can mean.
    fn outcomes_of_elements(&self, said: &tree::Element, fits: impl Fn(Outcome) -> bool, help: &str) {
        for rule in said.outcomes.iter().filter(|rule| !Outcome::of(&rule.outcome.text).is_some_and(&fits)) {
            let message = format!("`{}` does not fit an element of a list", rule.outcome.text);
            self.report.error_help("E0526", rule.span, message, help);
        }
    }

    fn key_is_an_attribute(&self, said: &tree::Element) {
        if let Some(key) = &said.key {
            let help = "the key of a record that is read is its attribute: make it by `item { … }`";
            self.report.error_help("E0522", key.span, "`key` does nothing in the elements of a list", help);
        }
    }

    /// A record that is made by `item` has its own key, not one that is written for all.
    pub(super) fn items_show_the_key(&self, collection: &Collection) {
        let Some(key) = collection.key.alone().map(|key| &collection.attributes[key].path) else { return };
        let elements = collection.all_lists().chain(collection.finds.iter().map(|(_, call)| call)).filter_map(|call| call.element.as_ref());
        let calls = [&collection.get, &collection.create, &collection.update].into_iter().flatten();
        let items = calls.filter_map(|call| call.item.as_ref()).chain(elements.filter_map(|element| element.item.as_ref()));
        for item in items {
            if let AnswerPlace::Made(item) = item
                && let Some(key) = made_at(item, key).filter(|key| invents(key))
            {
                self.is_invented("the key", key);
            }
        }
    }

    /// `by … = EXPR`: something of each record, by which its result is found.
    fn tells_records_apart(&self, own: &Expr) {
        let of_record = |part: &Expr| matches!(part.kind, ExprKind::Own(_) | ExprKind::Sent | ExprKind::Changes | ExprKind::Broken);
        if !own.any(&of_record) {
            let help = "name an attribute that each record has for itself, such as its key: `by $.id = id`";
            let message = "this is the same for every record of the batch, so no result can be matched to its record";
            self.report.error_help("E0521", own.span, message, help);
        }
    }

    /// `status EXPR` of an element.
    fn status(&self, written: &tree::Expr, place: &SystemPlace<'_>) -> Expr {
        let value = self.in_answer(written, place);
        if value.any(&Expr::is_broken) || self.report.has_error_in(written.span) {
            return value;
        }
        if !matches!(value.ty.kind, Kind::Json | Kind::Int | Kind::Text) {
            let message = format!("this is to give the status of an element, and it is {}", a_kind(&value.ty.kind));
            self.report.error_help("E0303", value.span, message, "write a path such as `$.status`");
        } else if !value.any(&names_the_answer) {
            self.is_invented("the status of an element", &value);
        } else {
            self.statuses_in(&value);
        }
        value
    }

    /// Statuses that are written for an element, in the expression or in a table that it asks.
    fn statuses_in(&self, value: &Expr) {
        value.walk(&mut |part| {
            let written: Vec<&Value> = match &part.kind {
                ExprKind::Constant(value) => vec![value],
                ExprKind::Lookup { table, .. } => {
                    let table = &self.tables[*table];
                    table.rows.iter().map(|(_, result)| result).chain(&table.default).collect()
                }
                _ => Vec::new(),
            };
            if let Some(wrong) = written.into_iter().filter(|value| !value.is_missing()).find(|value| !is_status(value)) {
                self.no_such_status(&wrong.to_text().unwrap_or_else(|| "this".into()), part.span);
            }
        });
    }
}

fn is_status(value: &Value) -> bool {
    value.to_text().and_then(|text| text.trim().parse::<u16>().ok()).is_some_and(|status| (100..600).contains(&status))
}

/// Whether an expression names something of the answer.
pub(super) const fn names_the_answer(part: &Expr) -> bool {
    matches!(part.kind, ExprKind::Answer(_) | ExprKind::Header(_))
}
