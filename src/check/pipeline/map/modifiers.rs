//! The modifiers after a line of `map`, or before a block.

use crate::check::{
    model::{
        expr::{Expr, ExprKind},
        pipeline::{Conflict, ListOwnership, Missing, ModeChoice, On, OnConflict},
    },
    types::Typing,
};
use crate::{
    diagnose::{Diagnostic, Span},
    syntax::tree::{Ident, Modifier, ModifierKind as M},
};

/// What happens when a value is missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Policy {
    Keep,
    Clear,
    KeepAbsent,
    ClearAbsent,
}

impl Policy {
    pub const fn missing(self) -> Missing {
        match self {
            Self::Keep => Missing::Keep,
            Self::Clear => Missing::Clear,
            Self::KeepAbsent => Missing::KeepAbsent,
            Self::ClearAbsent => Missing::ClearAbsent,
        }
    }

    pub const fn clears(self) -> bool {
        !matches!(self, Self::Keep)
    }
}

#[derive(Clone, Debug, Default)]
pub(crate) struct Modifiers {
    pub on: Option<On>,
    pub when: Option<Expr>,
    pub missing: Option<(Policy, Span)>,
    pub once: bool,
    pub ignoring_case: bool,
    pub ignoring_order: bool,
    pub list: Option<(ListOwnership, Span)>,
    pub on_conflict: Option<(OnConflict, Span)>,
}

impl Modifiers {
    pub fn of(typing: &Typing<'_>, written: &[Modifier], mode: Option<&ModeChoice>) -> Self {
        let mut own = Self::default();
        for modifier in written {
            own.take(typing, modifier, mode);
        }
        own
    }

    fn take(&mut self, typing: &Typing<'_>, modifier: &Modifier, mode: Option<&ModeChoice>) {
        let span = modifier.span;
        match &modifier.kind {
            M::OnCreate => self.on(typing, On::Create, span, mode.is_none_or(ModeChoice::may_create)),
            M::OnUpdate => self.on(typing, On::Update, span, mode.is_none_or(ModeChoice::may_update)),
            M::When(condition) => self.when = both(self.when.take(), Some(typing.condition(condition))),
            M::KeepWhenMissing => self.missing(typing, Policy::Keep, span),
            M::ClearWhenMissing => self.missing(typing, Policy::Clear, span),
            M::KeepWhenAbsent => self.missing(typing, Policy::KeepAbsent, span),
            M::ClearWhenAbsent => self.missing(typing, Policy::ClearAbsent, span),
            M::Once => self.once = true,
            M::IgnoringCase => self.ignoring_case = true,
            M::IgnoringOrder => self.ignoring_order = true,
            M::Exactly => self.list(typing, ListOwnership::Exactly, span),
            M::OnlyAdd => self.list(typing, ListOwnership::OnlyAdd, span),
            M::OnConflict { word, then } => self.on_conflict(typing, word, then.as_ref(), span),
        }
    }

    fn on(&mut self, typing: &Typing<'_>, on: On, span: Span, possible: bool) {
        if !possible {
            let help = "take it out, or change the mode";
            typing.env.report.error_help("E0413", span, "the mode never does this, so the line would never be written", help);
        }
        if self.on.is_some_and(|known| known != on) {
            typing.env.report.say(contradiction(span, "`on create` and `on update` together say nothing"));
        }
        self.on = Some(on);
    }

    fn missing(&mut self, typing: &Typing<'_>, policy: Policy, span: Span) {
        self.missing = match self.missing {
            None => Some((policy, span)),
            Some((known, first)) => match together(policy, known) {
                Some(both) => Some((both, first.to(span))),
                None => {
                    typing.env.report.say(contradiction(span, "a missing value can't be both kept and cleared"));
                    Some((known, first))
                }
            },
        };
    }

    fn list(&mut self, typing: &Typing<'_>, list: ListOwnership, span: Span) {
        if self.list.is_some_and(|(known, _)| known != list) {
            typing.env.report.say(contradiction(span, "`exactly` and `only add` contradict each other"));
        }
        self.list = Some((list, span));
    }

    fn on_conflict(&mut self, typing: &Typing<'_>, word: &Ident, then: Option<&Ident>, span: Span) {
        let Some(first) = conflict(typing, word, true) else { return };
        let then_word = then.and_then(|then| conflict(typing, then, false));
        if let Some(then) = then
            && first != Conflict::Newest
        {
            let help = format!("leave `then {}` out, or write `newest` before it", then.text);
            let message = format!("`{}` always decides, so nothing comes after it", word.text);
            typing.env.report.error_help("E0318", then.span, message, help);
        }
        if self.on_conflict.is_some() {
            typing.env.report.say(contradiction(span, "`on conflict` appears twice"));
        }
        self.on_conflict = Some((OnConflict { first, then: then_word }, span));
    }

    /// Whether it says something that only a value can be asked.
    pub const fn says_of_a_value(&self) -> bool {
        self.missing.is_some() || self.list.is_some() || self.on_conflict.is_some() || self.ignoring_case || self.ignoring_order
    }

    /// Combines a line with its block: the line's own modifiers win, and both conditions apply.
    pub fn within(self, around: &Self) -> Self {
        let missing = match (self.missing, around.missing) {
            (Some((own, span)), Some((outer, _))) => Some((together(own, outer).unwrap_or(own), span)),
            (own, outer) => own.or(outer),
        };
        Self {
            on: self.on.or(around.on),
            when: both(around.when.clone(), self.when),
            missing,
            once: self.once || around.once,
            ignoring_case: self.ignoring_case || around.ignoring_case,
            ignoring_order: self.ignoring_order || around.ignoring_order,
            list: self.list.or(around.list),
            on_conflict: self.on_conflict.or(around.on_conflict),
        }
    }
}

/// `absent` takes precedence: keep what is absent, clear what is null.
fn together(one: Policy, other: Policy) -> Option<Policy> {
    use Policy as P;
    match (one, other) {
        (P::KeepAbsent, P::Clear) | (P::Clear, P::KeepAbsent) => Some(P::KeepAbsent),
        (P::ClearAbsent, P::Keep) | (P::Keep, P::ClearAbsent) => Some(P::ClearAbsent),
        _ if one == other => Some(one),
        _ => None,
    }
}

fn both(first: Option<Expr>, second: Option<Expr>) -> Option<Expr> {
    match (first, second) {
        (Some(first), Some(second)) => {
            let span = second.span;
            Some(Expr::truth(ExprKind::And(Box::new(first), Box::new(second)), span))
        }
        (first, second) => first.or(second),
    }
}

fn conflict(typing: &Typing<'_>, word: &Ident, first: bool) -> Option<Conflict> {
    // After `newest then`, `newest` would decide nothing.
    let there_is = if first { Conflict::NAMES } else { &Conflict::NAMES[1..] };
    let known = Conflict::parse(&word.text).filter(|one| first || *one != Conflict::Newest);
    if known.is_none() {
        typing.env.no_such_word("way to decide", word, there_is);
    }
    known
}

fn contradiction(span: Span, message: &str) -> Diagnostic {
    Diagnostic::error("E0318", span, message).help("leave one of the two out")
}
