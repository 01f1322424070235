//! `list … where COND`: what a list shows, and which values every record of it has.

use crate::{
    check::{
        environment::Environment,
        model::{
            expr::{Comparator, Expr, ExprKind, Operator},
            place::Place as AnswerPlace,
            system::{Attribute, Call},
        },
        types::{Place, SystemPlace, Typing},
    },
    diagnose::{Diagnostic, Span},
    syntax::tree,
    value::{
        Kind, Type, Value,
        equal::equal,
        format::Codec,
        path::{JsonPath, Step},
        show::shown,
    },
};
use serde_json::Value as Json;

impl Environment<'_> {
    /// The values of `list for each NAME in LIST`, and their type.
    pub fn loop_values(&self, written: &tree::Call, place: &SystemPlace<'_>) -> (Vec<Expr>, Type) {
        let typing = Typing::new(self, Place::System(*place));
        let values: Vec<Expr> = written.each_of.iter().flatten().map(|value| typing.expr(value)).collect();
        let kind = values.first().map_or(Kind::Nothing, |first| first.ty.kind.clone());
        if let (Some(list), true) = (&written.each_of, values.is_empty()) {
            debug_assert!(list.is_empty(), "each value is typed");
            self.report.error_help(
                "E0553",
                written.span,
                "a list for no value at all is never read",
                "write the values: `[\"active\", \"left\"]`",
            );
        }
        if let Some(other) = values.iter().find(|value| !value.is_broken() && value.ty.kind != kind) {
            self.report.error_help("E0553", other.span, "the values of one `for each` have one type", "write all of them alike");
        }
        (values, Type::present(kind))
    }

    /// Each round of `for each` asks for something else, or all of them would read the same records.
    pub fn rounds_differ(&self, call: &Call, written: &tree::Call) {
        let Some(name) = written.for_each.as_ref().filter(|_| call.for_each.is_some() || !call.loop_values.is_empty()) else { return };
        for (at, value) in call.loop_values.iter().enumerate() {
            if let Some(known) =
                value.as_constant().filter(|known| call.loop_values[..at].iter().any(|one| one.as_constant() == Some(known)))
            {
                let message = format!("`{}` is twice in this `for each`, so its records would be read twice", shown(known));
                self.report.error_help("E0553", value.span, message, "take one of the two out");
            }
        }
        let of_round = |expr: &Expr| expr.any(&|part| matches!(part.kind, ExprKind::LoopValue | ExprKind::Parent(_)));
        let conditions = call.queries.iter().chain(&call.headers).filter_map(|one| one.when.as_ref());
        if call.sent().chain(conditions).any(of_round) || self.report.has_error_in(written.span) {
            return;
        }
        let value = if call.for_each.is_some() { format!("{}.id", name.text) } else { name.text.clone() };
        let message = format!("nothing that is sent names `{}`, so each round would ask for the same records", name.text);
        let help = format!("name it in the address, a query, a header or the body: `query \"…\" = {value}`");
        self.report.error_help("E0553", name.span, message, help);
    }

    /// What `where` fixes is not contradicted by what `items` says of every element.
    pub fn made_as_shown(&self, call: &Call, place: &SystemPlace<'_>) {
        for (at, value) in &call.fixed {
            let attribute = &place.attributes.unwrap_or_default()[*at];
            let each = if matches!(value.kind, ExprKind::LoopValue) { &call.loop_values[..] } else { std::slice::from_ref(value) };
            let plain = attribute.codec.forms.is_empty() && attribute.codec.missing_as.is_empty();
            let Some((made, span)) = said_of_all(call, attribute).filter(|_| plain) else { continue };
            if let Some(known) = each.iter().filter_map(Expr::as_constant).find(|known| same(known, &made) == Some(false)) {
                let name = &attribute.name;
                let made = made.as_str().map_or_else(|| made.to_string(), str::to_owned);
                let message = format!("`{name}` is `{made}` in each element, and `where` says that it is `{}`", shown(known));
                self.report.error_help("E0554", span.unwrap_or(value.span), message, "let `where` say what the elements are");
            }
        }
    }

    /// `where COND`: the condition, and what it fixes.
    pub fn shows(&self, call: &mut Call, written: &tree::Call, place: &SystemPlace<'_>) {
        let Some(condition) = &written.shows else { return };
        if !matches!(written.role, tree::Role::List) {
            let help = "take it out, or move it to the `list`";
            return self.report.error_help("E0522", condition.span, "`where` says what a list shows, and this call is no list", help);
        }
        let place = SystemPlace { in_call: false, secrets: false, ..*place };
        let condition = Typing::new(self, Place::System(place)).condition(condition);
        if condition.is_broken() {
            return;
        }
        fixed_by(&condition, &mut call.fixed);
        let attributes = place.attributes.unwrap_or_default();
        self.nothing_twice(call, attributes);
        self.values_that_there_are(call, &condition, attributes);
        call.shows = Some(condition);
    }

    /// A value that an attribute never has, by its `one of` or by another part of the condition, shows nobody.
    fn values_that_there_are(&self, call: &Call, condition: &Expr, attributes: &[Attribute]) {
        for (at, value) in &call.fixed {
            let each = if matches!(value.kind, ExprKind::LoopValue) { &call.loop_values[..] } else { std::slice::from_ref(value) };
            each.iter().for_each(|value| self.is_one_of(&attributes[*at], value));
        }
        let mut listed = Vec::new();
        listed_by(condition, &mut listed);
        for (at, list) in listed {
            let Some(Value::List(items)) = list.as_constant() else { continue };
            let there = |item: &Value| attributes[at].one_of.is_empty() || attributes[at].one_of.iter().any(|one| equal(one, item));
            let fixed = call.fixed.iter().filter(|(known, _)| *known == at).filter_map(|(_, value)| value.as_constant());
            let other = fixed.into_iter().any(|value| !items.iter().any(|item| equal(item, value)));
            if other || !items.iter().any(there) {
                let message = format!("`{}` has none of these values, so this list would show nobody", attributes[at].name);
                self.report.error_help("E0554", list.span, message, "name values that the attribute can have");
            }
        }
    }

    fn is_one_of(&self, attribute: &Attribute, value: &Expr) {
        let Some(known) = value.as_constant().filter(|_| !attribute.one_of.is_empty()) else { return };
        if attribute.one_of.iter().any(|one| equal(one, known)) {
            return;
        }
        let message = format!("`{}` is never {}, so this list would show nobody", attribute.name, shown(known));
        let there_is: Vec<_> = attribute.one_of.iter().map(shown).collect();
        let help = format!("write one of its values: {}, or add it to `one of`", there_is.join(", "));
        self.report.say(Diagnostic::error("E0554", value.span, message).related(attribute.span, "its values").help(help));
    }

    fn nothing_twice(&self, call: &Call, attributes: &[Attribute]) {
        for (number, (at, value)) in call.fixed.iter().enumerate() {
            let other = call.fixed[..number].iter().find(|(known, _)| known == at);
            let differs = other.is_some_and(|(_, other)| match (other.as_constant(), value.as_constant()) {
                (Some(one), Some(other)) => one != other,
                _ => false,
            });
            if differs {
                let message = format!("`{}` can't have two values at once, so this list would show nobody", attributes[*at].name);
                self.report.error_help("E0554", value.span, message, "write two lists, or `for each`");
            }
        }
    }
}

/// The lists of values that an attribute is in wherever a condition holds.
fn listed_by<'c>(condition: &'c Expr, listed: &mut Vec<(usize, &'c Expr)>) {
    match &condition.kind {
        ExprKind::And(left, right) => {
            listed_by(left, listed);
            listed_by(right, listed);
        }
        ExprKind::In { negated: false, value, list } => {
            if let ExprKind::Own(at) = value.kind {
                listed.push((at, list));
            }
        }
        _ => {}
    }
}

/// The attributes that the `where` of every list gives a value by `==`, so that no element has to show them.
pub fn fixed_by_all(written: &tree::Collection) -> Vec<String> {
    let lists = written.items.iter().filter_map(|item| match item {
        tree::CollectionItem::Call(call) if matches!(call.role, tree::Role::List) => Some(call),
        _ => None,
    });
    let mut each = lists.map(|call| call.shows.as_ref().map(named_by_equals).unwrap_or_default());
    let first = each.next().unwrap_or_default();
    let rest: Vec<_> = each.collect();
    first.into_iter().filter(|name| rest.iter().all(|other| other.contains(name))).collect()
}

/// The constant that `items` gives an attribute in every element, and where: a filter, or the record that is made of them.
fn said_of_all(call: &Call, attribute: &Attribute) -> Option<(Json, Option<Span>)> {
    let names = names_of(&attribute.path)?;
    match call.element.as_ref().and_then(|element| element.item.as_ref()) {
        Some(AnswerPlace::Made(made)) => {
            let member = member_at(made, &names)?;
            Some((Codec::natural(member.ty.kind.clone()).write(member.as_constant()?).ok()?, Some(member.span)))
        }
        Some(_) => None,
        None => {
            let Some(Step::Where(conditions)) = call.items_path()?.loose_steps()?.pop() else { return None };
            Some((conditions.iter().find(|(path, _)| *path == names)?.1.clone(), None))
        }
    }
}

/// What a record that is made has at a path of names alone; the right side of `+` wins.
pub(super) fn made_at<'e>(made: &'e Expr, path: &JsonPath) -> Option<&'e Expr> {
    member_at(made, &names_of(path)?)
}

/// The names of a path that has nothing else.
fn names_of(path: &JsonPath) -> Option<Vec<String>> {
    let name = |step| if let Step::Name(name) = step { Some(name) } else { None };
    path.loose_steps()?.into_iter().map(name).collect()
}

fn member_at<'e>(made: &'e Expr, names: &[String]) -> Option<&'e Expr> {
    let [first, rest @ ..] = names else { return Some(made) };
    match &made.kind {
        ExprKind::Record(members) => member_at(&members.iter().find(|(name, _)| name == first)?.1, rest),
        ExprKind::Arithmetic(Operator::Add, left, right) => member_at(right, names).or_else(|| member_at(left, names)),
        _ => None,
    }
}

/// Whether a value is what JSON says, if both are of one kind.
fn same(value: &Value, json: &Json) -> Option<bool> {
    match (value, json) {
        (Value::Bool(value), Json::Bool(json)) => Some(value == json),
        (Value::Int(value), Json::Number(json)) => Some(Some(*value) == json.as_i64()),
        (value, Json::String(json)) => Some(value.as_text()? == json),
        _ => None,
    }
}

fn named_by_equals(condition: &tree::Expr) -> Vec<String> {
    let tree::ExprKind::Binary { op, left, right, .. } = &condition.kind else { return Vec::new() };
    match op {
        tree::Op::And => [named_by_equals(left), named_by_equals(right)].concat(),
        tree::Op::Equal => [left, right].into_iter().filter_map(|side| alone(side)).collect(),
        _ => Vec::new(),
    }
}

fn alone(expr: &tree::Expr) -> Option<String> {
    match &expr.kind {
        tree::ExprKind::Name(names) if names.len() == 1 => Some(names[0].text.clone()),
        _ => None,
    }
}

/// The attributes that have one value wherever a condition holds.
fn fixed_by(condition: &Expr, fixed: &mut Vec<(usize, Expr)>) {
    match &condition.kind {
        ExprKind::And(left, right) => {
            fixed_by(left, fixed);
            fixed_by(right, fixed);
        }
        ExprKind::Compare(Comparator::Equal, left, right) => match (&left.kind, &right.kind) {
            (ExprKind::Own(at), other) if !matches!(other, ExprKind::Own(_)) => fixed.push((*at, (**right).clone())),
            (other, ExprKind::Own(at)) if !matches!(other, ExprKind::Own(_)) => fixed.push((*at, (**left).clone())),
            _ => {}
        },
        _ => {}
    }
}
