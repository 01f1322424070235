//! `match { … }`: how a record finds its counterpart.

use super::{
    map::dynamic_attributes::Aim,
    statements::{Matching, Statements},
};
use crate::check::{
    model::{
        expr::Expr,
        pipeline::{Chosen, Rule, RulePart},
        system::{Attribute, Collection},
    },
    types::{Draft, Typing},
};
use crate::{
    diagnose::{Diagnostic, Span},
    syntax::tree::{MatchPart, MatchRule, ModeName},
    value::canonical::Comparison,
};

pub(crate) fn rules(typing: &Typing<'_>, statements: &Statements<'_>, draft: &Draft) -> Vec<Rule> {
    let Some(matching) = statements.matching else {
        none_said(typing, statements);
        return Vec::new();
    };
    if matching.rules.is_empty() {
        let word = typing.env.first_word(matching.span);
        typing.env.report.error_help("E0404", word, "this `match` finds nobody", "add a line such as `email = employee.email`");
    }
    let rules: Vec<_> = matching.rules.iter().filter_map(|rule| one_rule(typing, rule)).collect();
    if let Some(target) = typing.collection(draft.target).filter(|_| !appends(statements)) {
        can_be_asked(typing, &matching, &rules, target);
    }
    rules
}

fn none_said(typing: &Typing<'_>, statements: &Statements<'_>) {
    let Some((_, to)) = statements.to else { return };
    if !appends(statements) && !statements.broken("match") {
        let help = "add a `match { … }` with a line such as `email = employee.email`";
        typing.env.report.error_help("E0404", to, "nothing says how a record finds its counterpart", help);
    }
}

/// `mode append` matches no accounts; a `match` block there is reported elsewhere.
const fn appends(statements: &Statements<'_>) -> bool {
    matches!(statements.mode, Some((ModeName::Append, _)))
}

fn one_rule(typing: &Typing<'_>, written: &MatchRule) -> Option<Rule> {
    let parts: Vec<_> = written.parts.iter().map(|part| one_part(typing, part)).collect();
    let parts: Vec<RulePart> = parts.into_iter().collect::<Option<_>>()?;
    if parts.iter().all(|part| part.value.as_constant().is_some()) {
        let help = "name something of the source record";
        typing.env.report.error_help("E0403", written.span, "every record would look for the same account", help);
        return None;
    }
    Some(Rule { parts, span: written.span })
}

fn one_part(typing: &Typing<'_>, written: &MatchPart) -> Option<RulePart> {
    if typing.is_swapped(&written.attribute, &written.value) {
        return None;
    }
    let value = typing.expr(&written.value);
    match typing.aim(&written.attribute)? {
        Aim::Attribute(at, attribute) => by_attribute(typing, written, value, at, attribute),
        Aim::BySetting(id) => {
            let value = Some(typing.for_chosen(value, &id)).filter(|value| !value.is_broken())?;
            let comparison = Comparison { ignoring_case: written.ignoring_case, ..Comparison::default() };
            Some(RulePart { attribute: Chosen::BySetting(id), value, comparison })
        }
    }
}

fn by_attribute(typing: &Typing<'_>, written: &MatchPart, value: Expr, at: usize, attribute: &Attribute) -> Option<RulePart> {
    if attribute.broken {
        return None;
    }
    if !attribute.is_read() {
        let message = format!("`{}` is write only, so nobody can be found by it", attribute.name);
        typing.env.report.say(
            Diagnostic::error("E0403", written.attribute.span(), message)
                .related(attribute.span, "declared here")
                .help("match on an attribute that can be read"),
        );
        return None;
    }
    let value = Some(typing.for_attribute(value, attribute)).filter(|value| !value.is_broken())?;
    let comparison = Comparison { ignoring_case: attribute.comparison.ignoring_case || written.ignoring_case, ..attribute.comparison };
    Some(RulePart { attribute: Chosen::Fixed(at), value, comparison })
}

/// The target can be read whole, or asked for each record.
fn can_be_asked(typing: &Typing<'_>, matching: &Matching<'_>, rules: &[Rule], target: &Collection) {
    if matching.one_by_one {
        return rules.iter().for_each(|rule| can_be_found(typing, rule, target));
    }
    if !target.is_listed() && !target.broken {
        let message = format!("`{}` has no `list`, so its records can't be compared all at once", target.name);
        let span: Span = typing.env.first_word(matching.span);
        typing.env.report.error_help("E0404", span, message, "write `match one by one`, or add a `list` to the collection");
    }
}

fn can_be_found(typing: &Typing<'_>, rule: &Rule, target: &Collection) {
    let found = |part: &RulePart| target.finds.iter().any(|(by, _)| part.attribute.fixed() == Some(*by));
    if !rule.parts.iter().any(found) && !target.broken && target.file.is_none() {
        let message = match &rule.parts[0].attribute {
            Chosen::Fixed(at) => {
                format!("`{}` has no `find by {}`, so it can't be asked for one record", target.name, target.attributes[*at].name)
            }
            Chosen::BySetting(id) => format!("`{}` can't be asked for one record by what `{}` chooses", target.name, id.name),
        };
        typing.env.report.error_help("E0405", rule.span, message, "add the call to the collection, or leave `one by one` out");
    }
}
