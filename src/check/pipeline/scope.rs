//! `include when` and `exclude when`

use super::{Checking, statements::ScopeLine};
use crate::check::{
    model::{expr::Expr, pipeline::Scope},
    types::{Facts, Subject, Typing},
};
use std::collections::BTreeSet;

impl Checking<'_> {
    /// The filters, and what is present in each record that they let in.
    pub fn scope(&self, key: &Expr) -> (Vec<Scope>, Facts) {
        let typing = self.typing();
        let of_key = typing.needed_for(key);
        let mut facts = Facts::default();
        for broken in self.statements.not_understood() {
            facts.are_unclear(&self.env.text(broken.span));
        }
        let mut scope = Vec::new();
        for line in &self.statements.scope {
            let condition = typing.condition(line.when);
            typing.learn(&mut facts, &condition, line.include);
            scope.push(self.filter(&typing, line, condition, &of_key));
        }
        (scope, facts)
    }

    fn filter(&self, typing: &Typing<'_>, line: &ScopeLine<'_>, condition: Expr, of_key: &BTreeSet<Subject>) -> Scope {
        let text = self.env.text(line.when.span);
        let words = line.words.map_or_else(|| text.clone(), |words| words.text.clone());
        Scope {
            include: line.include,
            before_key: tells_of_the_key(typing, &condition, line.include, of_key),
            reason: words,
            condition,
            text,
            span: line.span,
        }
    }
}

/// Whether a filter depends on the key alone, and excludes records without one.
fn tells_of_the_key(typing: &Typing<'_>, condition: &Expr, include: bool, of_key: &BTreeSet<Subject>) -> bool {
    let shows_it = !typing.shown_by(condition, include).is_disjoint(of_key);
    let of_record = |subject: &Subject| matches!(subject, Subject::Source(_) | Subject::Raw(_) | Subject::Joined(..) | Subject::Element);
    shows_it && typing.names_in(condition).iter().filter(|subject| of_record(subject)).all(|subject| of_key.contains(subject))
}
