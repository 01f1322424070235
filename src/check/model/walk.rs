//! Visits every expression and every action of a pipeline.

use super::{
    expr::Expr,
    pipeline::{Action, Conflict, Form, Leaver, LeaverKind, OnConflict, Pipeline},
};
use crate::diagnose::Span;

impl Pipeline {
    /// Calls `see` with every expression that is asked of a record.
    pub fn expressions<'p>(&'p self, see: &mut dyn FnMut(&'p Expr)) {
        self.joins.iter().for_each(|join| see(&join.on));
        self.each.iter().for_each(|each| see(&each.list));
        self.fields.iter().for_each(|field| see(&field.value));
        see(&self.key);
        self.scope.iter().for_each(|scope| see(&scope.condition));
        self.one_per_key.iter().filter_map(|one| one.prefer.as_ref()).for_each(&mut *see);
        self.rules.iter().flat_map(|rule| &rule.parts).for_each(|part| see(&part.value));
        self.map.iter().flat_map(|line| std::iter::once(&line.value).chain(&line.when)).for_each(&mut *see);
        self.map_calls.iter().filter_map(|call| call.when.as_ref()).for_each(&mut *see);
        self.leavers.iter().for_each(|leaver| leaver.expressions(see));
        self.on_closed_by_hand.iter().flatten().filter_map(Action::value).for_each(&mut *see);
    }

    /// Whether the times of both records decide who wins somewhere.
    pub fn tells_newest(&self) -> bool {
        let newest = |rule: &OnConflict| rule.first == Conflict::Newest;
        self.map.iter().any(|line| line.shared.is_some() && line.on_conflict.as_ref().is_some_and(newest))
    }
}

impl<F: Form> Pipeline<F> {
    /// All that the leaver blocks do, and what is done to accounts closed by hand.
    pub fn actions(&self) -> impl Iterator<Item = &Action<F::Expr, F::Attribute>> {
        self.leavers.iter().flat_map(Leaver::actions).chain(self.on_closed_by_hand.iter().flatten())
    }
}

impl Leaver {
    fn expressions<'p>(&'p self, see: &mut dyn FnMut(&'p Expr)) {
        for condition in &self.conditions {
            if let LeaverKind::When(when) = &condition.kind {
                see(when);
            }
            condition.due.iter().for_each(&mut *see);
        }
        self.protect.iter().for_each(|protect| see(&protect.condition));
        self.actions().filter_map(Action::value).for_each(see);
    }
}

impl<X, A> Leaver<X, A> {
    /// All that it does: at once, later, and on return.
    pub fn actions(&self) -> impl Iterator<Item = &Action<X, A>> {
        let stages = self.stages.iter().flat_map(|stage| &stage.actions);
        self.actions.iter().chain(stages).chain(self.on_return.iter().flatten())
    }
}

impl Action {
    const fn value(&self) -> Option<&Expr> {
        if let Self::Set { value, .. } = self { Some(value) } else { None }
    }
}

impl<X, A> Action<X, A> {
    /// Where it is written.
    #[must_use]
    pub const fn span(&self) -> Span {
        match self {
            Self::Set { span, .. } | Self::Call { span, .. } | Self::Delete { span } => *span,
        }
    }
}
