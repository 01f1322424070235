//! New accounts.

use crate::{
    compile::On,
    run::{
        change_set::{Reason, Step, Verdict},
        classify::matching::MatchResult,
        plan::{
            compare::WriteRefusal,
            planner::{Candidate, Planner},
        },
    },
    state::{decisions::Choice, link::Life},
};

impl Planner<'_> {
    pub(crate) fn create(&mut self, candidate: &Candidate<'_>, life: Option<&str>) {
        match self.create_steps(candidate) {
            Ok(steps) => {
                let mut operation = self.operation(candidate, Verdict::Create, steps);
                operation.target = None;
                operation.linked_by = Some("created".into());
                operation.reason = life.map(str::to_owned);
                self.draft(candidate, operation, None);
            }
            Err(refusal) => self.refuse(candidate, refusal),
        }
    }

    fn create_steps(&self, candidate: &Candidate<'_>) -> Result<Vec<Step>, WriteRefusal> {
        let mut steps = vec![Step::Create { values: self.map.create(&candidate.record)? }];
        steps.extend(self.calls(candidate, On::Create)?);
        Ok(steps)
    }

    /// Why a person who was linked gets a new account, and what is not done to the earlier one any more.
    fn why_new(&self, candidate: &Candidate<'_>) -> String {
        let steps = candidate.link.filter(|link| matches!(link.life, Life::Left { next: Some(_), .. }));
        let ends = steps.map(|link| format!("; no further step of the leave is made for {} {}", self.noun(), link.target));
        format!("a person decided on a new account{}", ends.unwrap_or_default())
    }

    /// The earlier account is missing: match again, then create, or hold if another account could take its place.
    pub(crate) fn create_again_or_hold(&mut self, candidate: &Candidate<'_>) {
        let (of, key) = (self.classification, candidate.entry.key.as_str());
        if of.input.chose(key, Choice::New, None) {
            return self.create(candidate, Some(&self.why_new(candidate)));
        }
        match of.accounts.find(&candidate.record, of.input.links, of.not_its_account(key)) {
            Ok(MatchResult::Nobody) if !of.is_proof(&candidate.record, &MatchResult::Nobody) => {
                let why = of.why_unread(&candidate.record).unwrap_or_else(|| "nothing proves that there is no other one".to_owned());
                self.not_answered(candidate, &format!("cannot tell whether another account exists: {why}"));
            }
            Ok(MatchResult::Nobody) => self.create(candidate, Some("again: the earlier account is missing")),
            Ok(MatchResult::One { row, .. }) => {
                let detail = format!("{} {} could take the place of the missing one", self.noun(), self.classification.accounts.id(row));
                self.hold(candidate, Reason::ProbableRehire, detail, Vec::new());
            }
            Ok(MatchResult::Contested(contest)) => self.hold(candidate, contest.kind.clone(), contest.detail.clone(), Vec::new()),
            Err((fault, rule)) => self.refuse(candidate, WriteRefusal { fault, span: self.plan().rules[rule].span }),
        }
    }
}
