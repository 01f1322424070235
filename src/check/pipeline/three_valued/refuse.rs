//! E0406: what is said of a condition that comes out because a value is absent.

use super::{Absentee, decided_by_absence};
use crate::{
    check::{
        model::{
            expr::{Expr, ExprKind as K},
            pipeline::Scope,
        },
        types::Typing,
    },
    diagnose::{Diagnostic, Fix, Span},
    value::{Kind, Value},
};

/// Refuses a condition that can come out true because nothing is known; `what` must not happen then.
pub(in crate::check) fn refuse_true_by_absence(typing: &Typing<'_>, condition: &Expr, what: &str) {
    for (part, absent) in blamed(typing, condition) {
        let name = written(typing, &absent[0]);
        let state = if absent[0].joined_list { "empty" } else { "missing" };
        let known = absent.iter().map(|one| present(typing, one)).collect::<Vec<_>>().join(" and ");
        let blank = matches!(part.kind, K::Compare(..) | K::Not(..)) && part.any(&is_blank);
        let help = if blank {
            format!("a blank text is missing, always: write `{name} is missing` if that is meant, or compare texts that are there")
        } else {
            format!("{what} because something is not known: put `{known} and` before it")
        };
        let diagnostic = Diagnostic::error("E0406", part.span, format!("`{name}` may be {state}, and this would then be true")).help(help);
        let here = !blank && absent.iter().all(|one| inside(one.span, part.span));
        let fix = here.then(|| Fix::replace(Span { end: part.span.start, ..part.span }, format!("{known} and "), ""));
        typing.env.report.say(fix.into_iter().fold(diagnostic, Diagnostic::fix));
    }
}

/// L0710: filters that can put a record out of scope because nothing is known, where being out of scope makes people leave.
/// They are judged together: a line that asks whether the value is present answers for the others. A lint and no error,
/// because the file says in so many words that whoever does not meet the filters leaves.
pub(in crate::check) fn lint_out_of_scope_by_absence(typing: &Typing<'_>, scope: &[Scope]) {
    let Some(whole) = scope.iter().map(in_scope).reduce(and) else { return };
    for absent in decided_by_absence(typing, &whole, false).into_iter().filter(|one| !one.is_made()) {
        let by = |line: &&Scope| super::Assuming::absent(typing, &absent).outcomes(&in_scope(line)).can_be_by_absence(false);
        let Some(line) = scope.iter().find(by) else { continue };
        let (name, known) = (written(typing, &absent), present(typing, &absent));
        let ask = if line.include { known.replace(" is present", " is missing or") } else { format!("{known} and") };
        let message = format!("`{name}` may be missing, and the person would then be out of scope, and leave");
        let help = format!("put `{ask}` before it, so that nobody leaves because something is not known");
        typing.env.report.say(Diagnostic::lint("L0710", line.condition.span, message).help(help));
    }
}

/// A filter as a condition that holds of who is in scope.
fn in_scope(line: &Scope) -> Expr {
    let condition = line.condition.clone();
    if line.include { condition } else { Expr::truth(K::Not(Box::new(condition)), line.span) }
}

fn and(left: Expr, right: Expr) -> Expr {
    let span = left.span;
    Expr::truth(K::And(Box::new(left), Box::new(right)), span)
}

/// The smallest parts between `and` and `or` that are decided by an absent value, each with all those values.
fn blamed<'e>(typing: &Typing<'_>, condition: &'e Expr) -> Vec<(&'e Expr, Vec<Absentee>)> {
    let mut blamed: Vec<(&Expr, Vec<Absentee>)> = Vec::new();
    for absent in decided_by_absence(typing, condition, true) {
        for part in parts(typing, condition, &absent) {
            match blamed.iter_mut().find(|(known, _)| std::ptr::eq(*known, part)) {
                Some((_, all)) => all.push(absent.clone()),
                None => blamed.push((part, vec![absent.clone()])),
            }
        }
    }
    blamed
}

fn parts<'e>(typing: &Typing<'_>, condition: &'e Expr, absent: &Absentee) -> Vec<&'e Expr> {
    let (K::And(left, right) | K::Or(left, right)) = &condition.kind else { return vec![condition] };
    let decided = |side: &Expr| super::Assuming::absent(typing, absent).outcomes(side).can_be_by_absence(true);
    let sides = [left, right].into_iter().filter(|side| decided(side));
    sides.flat_map(|side| parts(typing, side, absent)).collect()
}

/// `""` or `" "`, which a run reads as nothing.
fn is_blank(part: &Expr) -> bool {
    part.ty.kind == Kind::Text && part.as_constant().is_some_and(Value::is_missing)
}

fn inside(inner: Span, outer: Span) -> bool {
    inner.file == outer.file && inner.start >= outer.start && inner.end <= outer.end
}

/// How the value is written; a field that hides it may be elsewhere.
fn written(typing: &Typing<'_>, absent: &Absentee) -> String {
    let text = typing.env.text(absent.span);
    if text.contains('|') { format!("({})", super::bare(&text)) } else { text }
}

/// The question that has to be asked first.
fn present(typing: &Typing<'_>, absent: &Absentee) -> String {
    let name = written(typing, absent);
    if absent.joined_list { format!("({name} | first) is present") } else { format!("{name} is present") }
}
