//! What must not rest on a joined list whose end is weak (E0555): a record that was cut from it looks like one that is not there.

use super::required_calls::{no_proof, to_prove, weak_list};
use crate::{
    check::{
        environment::Environment,
        model::{
            expr::{Comparator, Expr, ExprKind as K, Special},
            pipeline::{Action, Leaver, LeaverKind, Mapping, Missing, ModeChoice, Rule, Scope},
        },
        pipeline::{judged::Said, statements::Statements},
        types::Draft,
    },
    diagnose::{Diagnostic, Span},
    syntax::tree::State,
};

pub(super) fn joins_are_proved(
    env: &Environment<'_>,
    draft: &Draft,
    statements: &Statements<'_>,
    said: &Said<'_>,
    mode: Option<&ModeChoice>,
) {
    for (at, join) in draft.joins.iter().enumerate().take(statements.joins.len()) {
        let Some((system, collection)) = join.at else { continue };
        let joined = &env.systems[system].collections[collection];
        let weak = weak_list(env, system, joined).filter(|_| !joined.broken && joined.is_listed());
        let cut = Cut { draft, at };
        if let Some((weak, (span, so))) = weak.and_then(|weak| Some((weak, cut.takes_away(said, mode)?))) {
            let message = format!("{}, so {so}", no_proof(weak));
            let diagnostic = Diagnostic::error("E0555", span, message).related(weak.name_span, "declared here");
            env.report.say(diagnostic.help(to_prove(weak)));
        }
    }
}

/// A join whose list may have been cut.
struct Cut<'d> {
    draft: &'d Draft,
    at: usize,
}

impl Cut<'_> {
    /// What the lack of a joined record would do, and where, if it does anything that takes something away or makes something up.
    fn takes_away(&self, said: &Said<'_>, mode: Option<&ModeChoice>) -> Option<(Span, &'static str)> {
        self.leaves(said).or_else(|| self.finds(said, mode)).or_else(|| self.lets_in(said)).or_else(|| self.writes(said))
    }

    fn leaves(&self, said: &Said<'_>) -> Option<(Span, &'static str)> {
        let conditions = || said.leavers.iter().flat_map(|leaver| &leaver.conditions);
        let by_condition = conditions().find(|condition| matches!(&condition.kind, LeaverKind::When(when) if self.is_in(when)));
        if let Some(condition) = by_condition {
            return Some((condition.span, "nobody can leave by what it does not show"));
        }
        let by_absence =
            conditions().find(|condition| matches!(condition.kind, LeaverKind::MissingForRuns { .. } | LeaverKind::MissingFor(_)));
        if let Some(condition) = by_absence.filter(|_| self.draft.element.as_ref().is_some_and(|element| self.is_in(&element.list))) {
            return Some((condition.span, "nobody can be missing from what `for each` makes of it"));
        }
        let by_scope = conditions().any(|condition| matches!(condition.kind, LeaverKind::OutOfScope));
        if let Some(scope) = said.scope.iter().find(|scope| by_scope && self.is_in(&scope.condition)) {
            return Some((scope.span, "nobody can leave by what it does not show"));
        }
        let mut protects = said.leavers.iter().flat_map(|leaver| &leaver.protect);
        let protect = protects.find(|protect| self.is_in(&protect.condition))?;
        Some((protect.span, "nobody is protected by what it does not show"))
    }

    /// A line of `match` without its value is left out: whoever has an account is created again, or found by another line alone.
    fn finds(&self, said: &Said<'_>, mode: Option<&ModeChoice>) -> Option<(Span, &'static str)> {
        let decides = mode.is_none_or(ModeChoice::may_create) || said.rules.len() > 1;
        let uses = |rule: &&Rule| rule.parts.iter().any(|part| self.is_in(&part.value));
        if let Some(rule) = said.rules.iter().find(uses).filter(|_| decides) {
            return Some((rule.span, "nobody can be found, or taken for new, by what it does not show"));
        }
        (!self.is_handed_on(said.key)).then_some((said.key.span, "nobody can have another key by what it does not show"))
    }

    fn lets_in(&self, said: &Said<'_>) -> Option<(Span, &'static str)> {
        let lets_in = |scope: &&Scope| match scope.include {
            true => self.makes(&scope.condition, true),
            false => self.is_in(&scope.condition),
        };
        let scope = said.scope.iter().find(lets_in)?;
        Some((scope.span, "nobody can come into scope by what it does not show"))
    }

    fn writes(&self, said: &Said<'_>) -> Option<(Span, &'static str)> {
        let holds = |when: &Option<Expr>| when.as_ref().is_some_and(|when| self.makes(when, true));
        let replaces = |line: &&Mapping| !self.is_handed_on(&line.value) || holds(&line.when);
        if let Some(line) = said.map.iter().find(replaces) {
            return Some((line.span, "what it does not show can't be replaced by another value"));
        }
        if let Some(call) = said.calls.iter().find(|call| holds(&call.when)) {
            return Some((call.span, "nothing can be called for by what it does not show"));
        }
        let set = said.leavers.iter().flat_map(Leaver::actions).find_map(|action| match action {
            Action::Set { value, span, .. } if !self.is_handed_on(value) => Some(*span),
            _ => None,
        });
        if let Some(span) = set {
            return Some((span, "what it does not show can't be replaced by another value"));
        }
        let clears = |line: &&Mapping| self.is_many() || matches!(line.missing, Missing::Clear | Missing::KeepAbsent);
        let line = said.map.iter().filter(|line| self.is_in(&line.value)).find(clears)?;
        Some((line.span, "what it does not show can't be cleared or removed"))
    }

    fn is_many(&self) -> bool {
        self.draft.joins[self.at].many
    }

    /// What a field is made from.
    fn field(&self, at: usize) -> Option<&Expr> {
        self.draft.fields.get(at)?.checked.as_ref().map(|made| &made.value)
    }

    /// Whether a value is made from the join, through fields too.
    fn is_in(&self, value: &Expr) -> bool {
        value.any(&|part| match &part.kind {
            K::Joined(join, _) => *join == self.at,
            K::Field(field) => self.field(*field).is_some_and(|made| self.is_in(made)),
            _ => false,
        })
    }

    /// Whether a value is missing with the joined record, and otherwise what it would be: nothing has been decided on the way.
    fn is_handed_on(&self, value: &Expr) -> bool {
        if !self.is_in(value) {
            return true;
        }
        match &value.kind {
            K::Joined(..) => true,
            K::Field(field) => self.field(*field).is_some_and(|made| self.is_handed_on(made)),
            K::Template(_)
            | K::Apply { .. }
            | K::Lookup { .. }
            | K::Counterpart { .. }
            | K::At { .. }
            | K::ReadAs { .. }
            | K::Arithmetic(..) => value.children().iter().all(|part| self.is_handed_on(part)),
            // `x ?? null` says that a value which can't be made is missing.
            K::Default(value, default) => default.as_constant().is_some_and(|value| value.is_missing()) && self.is_handed_on(value),
            _ => false,
        }
    }

    /// Whether the lack of a joined record can make a condition come out like this.
    fn makes(&self, condition: &Expr, wanted: bool) -> bool {
        if !self.is_in(condition) {
            return false;
        }
        match &condition.kind {
            K::And(left, right) | K::Or(left, right) => self.makes(left, wanted) || self.makes(right, wanted),
            K::Not(inner) => self.makes(inner, !wanted),
            K::Field(field) if !self.is_lost(condition) => self.field(*field).is_none_or(|made| self.makes(made, wanted)),
            _ => self.answer(condition).is_none_or(|answer| answer == wanted),
        }
    }

    /// What a comparison answers, or is more likely to answer, without the joined record; none if that can't be told.
    fn answer(&self, condition: &Expr) -> Option<bool> {
        match &condition.kind {
            K::Is(state, value) => (self.is_lost(value) || self.is_of_list(value)).then_some(*state != State::Present),
            K::Compare(how @ (Comparator::Equal | Comparator::NotEqual), left, right) => {
                let is_equal = if self.is_lost(left) { self.equals_nothing(right) } else { self.equals_nothing(left) };
                let lost = self.is_lost(left) || self.is_lost(right);
                is_equal.filter(|_| lost).map(|equal| equal == (*how == Comparator::Equal))
            }
            K::Compare(how, left, right) => self.ordered(*how, left, right),
            K::In { negated, value, list } => {
                let found = if self.is_lost(value) { self.holds_nothing(list) } else { self.is_list(list).then_some(false) };
                found.map(|found| found != *negated)
            }
            K::Matches(value, _) => self.is_lost(value).then_some(false),
            K::Apply { value, function, .. } if function.special() == Some(Special::Any) && self.is_list(value) => Some(false),
            _ => self.is_lost(condition).then_some(false),
        }
    }

    /// What is missing is neither more nor less, and a number of records can only become less.
    fn ordered(&self, how: Comparator, left: &Expr, right: &Expr) -> Option<bool> {
        let (more, less) = match how {
            Comparator::Less | Comparator::LessOrEqual => (right, left),
            _ => (left, right),
        };
        let shrinks = match how {
            Comparator::Contains => self.is_list(left) && !self.is_in(right),
            Comparator::StartsWith | Comparator::EndsWith => false,
            _ => self.is_count(more) && !self.is_in(less),
        };
        let lost = self.is_lost(left) || self.is_lost(right) && how != Comparator::Contains;
        (shrinks || lost).then_some(false)
    }

    /// Whether a value is missing without the joined record.
    fn is_lost(&self, value: &Expr) -> bool {
        match &value.kind {
            K::Joined(join, _) => *join == self.at && !self.is_many(),
            K::Field(field) => self.field(*field).is_some_and(|made| self.is_lost(made)),
            K::Template(_) | K::Arithmetic(..) => value.children().iter().any(|part| self.is_lost(part)),
            K::Apply { value, .. }
            | K::Lookup { value, .. }
            | K::Counterpart { value, .. }
            | K::At { value, .. }
            | K::ReadAs { value, .. } => self.is_lost(value),
            K::Default(value, default) => self.is_lost(value) && (default.as_constant().is_some_and(|value| value.is_missing())),
            _ => false,
        }
    }

    /// The list of joined records.
    fn is_list(&self, value: &Expr) -> bool {
        match &value.kind {
            K::Joined(join, _) => *join == self.at && self.is_many(),
            K::Field(field) => self.field(*field).is_some_and(|made| self.is_list(made)),
            _ => false,
        }
    }

    /// What a function takes from the list, such as the first of it: as long as there is one, it is there.
    fn is_of_list(&self, value: &Expr) -> bool {
        matches!(&value.kind, K::Apply { value, .. } if self.is_of_list(value)) || self.is_list(value)
    }

    fn is_count(&self, value: &Expr) -> bool {
        match &value.kind {
            K::Apply { value, function, .. } => function.0.name == "count" && self.is_list(value),
            K::Field(field) => self.field(*field).is_some_and(|made| self.is_count(made)),
            _ => false,
        }
    }

    /// Whether a value equals one that is missing: always, never, or sometimes.
    fn equals_nothing(&self, value: &Expr) -> Option<bool> {
        match value.as_constant() {
            Some(constant) => Some(constant.is_missing()),
            None if self.is_lost(value) => Some(true),
            None => (!self.is_in(value) && !value.ty.optional).then_some(false),
        }
    }

    /// Whether a list holds a value that is missing.
    fn holds_nothing(&self, list: &Expr) -> Option<bool> {
        let all = |answers: &[Option<bool>]| match answers {
            answers if answers.contains(&Some(true)) => Some(true),
            answers => (!answers.contains(&None)).then_some(false),
        };
        match (&list.kind, list.as_constant()) {
            (_, Some(crate::value::Value::List(items))) => Some(items.iter().any(|item| item.is_missing())),
            (K::List(items), _) => all(&items.iter().map(|item| self.equals_nothing(item)).collect::<Vec<_>>()),
            // What a person enters as a list has no empty item.
            (K::Setting(_), _) => Some(false),
            _ => None,
        }
    }
}
