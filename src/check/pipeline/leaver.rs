//! `leaver { … }`: who leaves, and what is done to the account.

use super::{map::dynamic_attributes::Aim, three_valued::refuse_true_by_absence};
use crate::check::{
    model::{
        expr::{Comparator, Expr, ExprKind},
        pipeline::{Action, Chosen, Leaver, LeaverCondition, LeaverKind, ModeChoice, Protect, Stage},
        system::Attribute,
    },
    suggest::suggest,
    types::{Place, Typing},
};
use crate::{
    diagnose::{Diagnostic, Span},
    syntax::tree::{self, Absence, LeaverAction, LeaverLine as L, Target},
    value::{Type, Value},
};

pub(crate) fn leaver(typing: &Typing<'_>, written: &tree::Leaver, mode: Option<&ModeChoice>) -> Leaver {
    let mut leaver = Leaver {
        conditions: Vec::new(),
        actions: Vec::new(),
        stages: Vec::new(),
        on_return: None,
        create_again: false,
        protect: Vec::new(),
        enforce: false,
        span: written.span,
    };
    written.lines.iter().for_each(|line| take(typing, &mut leaver, line, mode));
    whole(typing, &leaver, written);
    leaver
}

fn take(typing: &Typing<'_>, leaver: &mut Leaver, line: &L, mode: Option<&ModeChoice>) {
    match line {
        L::When { condition, words, span } => leaver.conditions.push(when(typing, condition, words.as_ref(), *span)),
        L::WhenMissing { for_, at_least_apart, span } => leaver.conditions.push(absent(typing, *for_, *at_least_apart, *span)),
        L::WhenOutOfScope(span) => leaver.conditions.push(condition(typing, LeaverKind::OutOfScope, "out of scope", *span)),
        L::Action(one) => leaver.actions.extend(on_leaving(typing, std::slice::from_ref(one))),
        L::After { delay, lines, span } => {
            leaver.stages.push(Stage { delay: *delay, actions: on_leaving(typing, lines), span: typing.env.first_line(*span) });
        }
        L::OnReturn { lines, span } => on_return(typing, leaver, lines, *span, mode),
        L::Protect { when, words, span } => leaver.protect.push(protect(typing, when, words.as_ref(), *span)),
        L::Enforce(_) => leaver.enforce = true,
        L::Broken(_) => {}
    }
}

fn when(typing: &Typing<'_>, written: &tree::Expr, words: Option<&tree::Words>, span: Span) -> LeaverCondition {
    let value = typing.condition(written);
    refuse_true_by_absence(typing, &value, "nobody leaves");
    let text = typing.env.text(written.span);
    let due = due(&value);
    LeaverCondition {
        due,
        reason: words.map_or_else(|| text.clone(), |words| words.text.clone()),
        text,
        kind: LeaverKind::When(value),
        span,
    }
}

fn condition(typing: &Typing<'_>, kind: LeaverKind, reason: &str, span: Span) -> LeaverCondition {
    let text = typing.env.text(span);
    let text = text.strip_prefix("when ").unwrap_or(&text).to_owned();
    LeaverCondition { kind, reason: reason.to_owned(), text, due: None, span }
}

fn absent(typing: &Typing<'_>, absence: Absence, at_least_apart: Option<crate::value::Span>, span: Span) -> LeaverCondition {
    let kind = match absence {
        Absence::Runs(0) => {
            typing.env.report.error_help("E0415", span, "the number of runs must be at least 1", "write `when missing for 3 runs`");
            LeaverKind::MissingForRuns { runs: 1, at_least_apart }
        }
        Absence::Runs(runs) => LeaverKind::MissingForRuns { runs, at_least_apart },
        Absence::For(time) => LeaverKind::MissingFor(time),
    };
    condition(typing, kind, "missing", span)
}

fn protect(typing: &Typing<'_>, when: &tree::Expr, words: Option<&tree::Words>, span: Span) -> Protect {
    let condition = typing.condition(when);
    refuse_true_by_absence(typing, &condition, "nobody is protected");
    let reason = words.map_or_else(|| typing.env.text(when.span), |words| words.text.clone());
    Protect { condition, reason, span }
}

fn on_return(typing: &Typing<'_>, leaver: &mut Leaver, lines: &[LeaverAction], span: Span, mode: Option<&ModeChoice>) {
    if leaver.on_return.is_some() {
        let line = typing.env.first_line(span);
        typing.env.report.error_help("E0210", line, "`on return` appears twice in one `leaver`", "put the lines of both into one");
    }
    for line in lines {
        if let LeaverAction::CreateAgain(span) = line {
            leaver.create_again = true;
            if mode.is_some_and(|mode| !mode.may_create()) {
                typing.env.report.error_help(
                    "E0413",
                    *span,
                    "`mode update` never creates, so nothing can be created again",
                    "take the line out",
                );
            }
        }
    }
    let kept: Vec<_> = lines.iter().filter(|line| !matches!(line, LeaverAction::CreateAgain(_))).cloned().collect();
    leaver.on_return = Some(actions(typing, &kept));
}

/// What is done to the account of a person who leaves: nothing that opens it.
fn on_leaving(typing: &Typing<'_>, written: &[LeaverAction]) -> Vec<Action> {
    let actions = actions(typing, written);
    for action in &actions {
        if let Action::Set { attribute, value, text, span } = action
            && let Some(name) = opened_by(typing, attribute, value)
        {
            let message = format!("`{name} = {text}` opens the account of a person who leaves");
            typing.env.report.error_help("E0415", *span, message, "set the value that closes it, or move the line to `on return`");
        }
    }
    actions
}

/// The attribute that opens an account with this value.
fn opened_by(typing: &Typing<'_>, attribute: &Chosen, value: &Expr) -> Option<String> {
    let (Place::Pipeline(draft), Chosen::Fixed(at)) = (typing.place, attribute) else { return None };
    let attribute = typing.collection(draft.target)?.attributes.get(*at)?;
    let (access, value) = (attribute.access.as_ref()?, value.as_constant()?);
    let is_opened = if access.opens { *value == access.value } else { matches!(value, Value::Bool(_)) && *value != access.value };
    is_opened.then(|| attribute.name.clone())
}

/// What is done to an account.
pub(crate) fn actions(typing: &Typing<'_>, written: &[LeaverAction]) -> Vec<Action> {
    written.iter().filter_map(|one| action(typing, one)).collect()
}

fn action(typing: &Typing<'_>, written: &LeaverAction) -> Option<Action> {
    match written {
        LeaverAction::Set { target, value, span } => set(typing, target, value, *span),
        LeaverAction::Call { name, once, span } => {
            let call = named_call(typing, name)?;
            Some(Action::Call { call, once: *once, span: *span })
        }
        LeaverAction::Delete(span) => Some(Action::Delete { span: *span }),
        LeaverAction::CreateAgain(span) => {
            typing.env.report.error_help("E0415", *span, "`create again` can be used in `on return` only", "move it there");
            None
        }
    }
}

fn set(typing: &Typing<'_>, target: &Target, value: &tree::Expr, span: Span) -> Option<Action> {
    let typed = typing.expr(value);
    let aim = typing.aim(target)?;
    let typed = match &aim {
        Aim::Attribute(_, attribute) => for_attribute(typing, typed, attribute, target, value)?,
        Aim::BySetting(id) => typing.for_chosen(typed, id),
    };
    Some(Action::Set { attribute: aim.chosen(), value: typed, text: typing.env.text(value.span), span })
}

/// What to do in place of a line that the target does not take: a call of its collection may do the same.
fn without_line(typing: &Typing<'_>) -> String {
    let Place::Pipeline(draft) = typing.place else { return "take the line out".to_owned() };
    let calls = typing
        .collection(draft.target)
        .map(|collection| collection.named.iter().map(|(name, _)| format!("`call {name}`")).collect::<Vec<_>>());
    match calls.unwrap_or_default().as_slice() {
        [] => "take the line out".to_owned(),
        calls => format!("take the line out, or make a call of the target in its place: {}", calls.join(", ")),
    }
}

fn for_attribute(typing: &Typing<'_>, typed: Expr, attribute: &Attribute, target: &Target, value: &tree::Expr) -> Option<Expr> {
    let report = typing.env.report;
    if !attribute.is_written() || attribute.create_only {
        let why = if attribute.create_only { "can only be written on create" } else { "is read only" };
        let diagnostic = Diagnostic::error("E0315", target.span(), format!("`{}` {why}", attribute.name));
        report.say(diagnostic.related(attribute.span, "declared here").help(without_line(typing)));
        return None;
    }
    if let Place::Pipeline(draft) = typing.place {
        typing.collection(draft.target).filter(|collection| typing.part_can_be_changed(collection, attribute, target.span()))?;
    }
    let typed = typing.for_attribute(typed, attribute);
    if !typed.is_broken() && typed.ty.optional && !attribute.ty.optional {
        let message = format!("`{}` is never empty, and `{}` may be missing", attribute.name, typing.env.text(value.span));
        let help = "give a fallback: `?? …`";
        report.say(
            Diagnostic::error("E0313", typed.span, message).label(typed.ty.to_string()).related(attribute.span, "declared here").help(help),
        );
    }
    Some(typed)
}

pub(crate) fn named_call(typing: &Typing<'_>, name: &tree::Ident) -> Option<usize> {
    let Place::Pipeline(draft) = typing.place else { return None };
    let target = typing.collection(draft.target)?;
    let found = target.named.iter().position(|(known, _)| *known == name.text);
    if found.is_none() && !target.broken {
        let diagnostic =
            Diagnostic::error("E0208", name.span, format!("`{}` has no call `{}`", target.name, name.text)).label("not declared");
        let there_is: Vec<_> = target.named.iter().map(|(name, _)| name.as_str()).collect();
        let declared = target.named.iter().map(|(name, call)| (name.as_str(), call.span));
        typing.env.report.unknown(suggest(diagnostic, &name.text, name.span, there_is.iter().copied()), &name.text, declared);
    }
    if let Some((_, call)) = found.and_then(|at| target.named.get(at)) {
        typing.env.used_call_names_one_record(target, name, call);
    }
    found
}

fn whole(typing: &Typing<'_>, leaver: &Leaver, written: &tree::Leaver) {
    let word = typing.env.first_word(written.span);
    if matches!(typing.place, Place::Pipeline(draft) if draft.target.is_none()) {
        return;
    }
    let broken = written.lines.iter().any(|line| matches!(line, L::Broken(_))) || typing.env.report.has_error_in(written.span);
    if broken {
        return;
    }
    let protects_alone = !leaver.protect.is_empty() && leaver.actions.is_empty() && leaver.stages.is_empty();
    if leaver.conditions.is_empty() && !protects_alone {
        let help = "add a line such as `when employee.contract_end < today`";
        typing.env.report.error_help("E0415", word, "nothing says who leaves", help);
    } else if leaver.actions.is_empty() && leaver.stages.is_empty() && !protects_alone {
        typing.env.report.error_help("E0415", word, "nothing is done to who leaves", "add a line such as `set active = false`");
    }
}

/// For `X < today` and its like: X, so that the day on which it becomes true is known; for `X <= today` the day before X.
fn due(condition: &Expr) -> Option<Expr> {
    match &condition.kind {
        ExprKind::Compare(Comparator::Less, day, today) | ExprKind::Compare(Comparator::Greater, today, day) if is_today(today) => {
            Some((**day).clone())
        }
        ExprKind::Compare(Comparator::LessOrEqual, day, today) | ExprKind::Compare(Comparator::GreaterOrEqual, today, day)
            if is_today(today) =>
        {
            Some(day_before(day))
        }
        ExprKind::And(left, right) => due(left).or_else(|| due(right)),
        _ => None,
    }
}

fn is_today(expr: &Expr) -> bool {
    matches!(expr.kind, ExprKind::Today)
}

fn day_before(day: &Expr) -> Expr {
    use crate::value::{Kind, Span as Time};
    let one = Expr::constant(Value::Duration(Time::Days(1)), Type::present(Kind::Duration), day.span);
    let operator = crate::check::model::expr::Operator::Subtract;
    Expr::new(ExprKind::Arithmetic(operator, Box::new(day.clone()), Box::new(one)), day.ty.clone(), day.span)
}
