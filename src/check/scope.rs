//! `keep when` and `skip when`

use super::{
    model::{
        expr::{Expr, ExprKind},
        pipeline::Scope,
    },
    pipeline::Checking,
    statements::ScopeLine,
    types::{Facts, Place, Subject, Typing},
};

impl Checking<'_> {
    /// The filters, and what is present in each record that they let in.
    pub fn scope(&self, key: &Expr) -> (Vec<Scope>, Facts) {
        let typing = self.typing();
        let of_key = typing.needed_for(key);
        let mut facts = Facts::default();
        let mut scope = Vec::new();
        for line in &self.statements.scope {
            let condition = typing.condition(line.when);
            facts.extend(typing.shown_by(&condition, line.keep));
            scope.push(self.filter(&typing, line, condition, &of_key));
        }
        (scope, facts)
    }

    fn filter(&self, typing: &Typing<'_>, line: &ScopeLine<'_>, condition: Expr, of_key: &[Subject]) -> Scope {
        let text = self.world.text(line.when.span);
        let words = line.words.map_or_else(|| text.clone(), |words| words.text.clone());
        Scope {
            keep: line.keep,
            before_key: tells_of_the_key(typing, &condition, line.keep, of_key),
            reason: if line.keep { format!("not {words}") } else { words },
            condition,
            text,
            span: line.span,
        }
    }
}

/// Whether a filter asks of nothing but the key, and lets nobody in who has none.
fn tells_of_the_key(typing: &Typing<'_>, condition: &Expr, keep: bool, of_key: &[Subject]) -> bool {
    let shows_it = typing.shown_by(condition, keep).iter().any(|subject| of_key.contains(subject));
    shows_it && !condition.any(&|part| is_another_value(typing, part, of_key))
}

fn is_another_value(typing: &Typing<'_>, part: &Expr, of_key: &[Subject]) -> bool {
    match &part.kind {
        ExprKind::Source(_) | ExprKind::Raw(_) => !typing.needed_for(part).iter().all(|subject| of_key.contains(subject)),
        ExprKind::Field(at) => {
            let Place::Pipeline(draft) = typing.place else { return true };
            draft.field(*at).is_none_or(|field| field.value.any(&|inner| is_another_value(typing, inner, of_key)))
        }
        _ => false,
    }
}
