//! Later steps of leaves that come earlier, because the file has a shorter delay by now and a person wants it for those who have left too.

use super::held::Judgement;
use crate::engine::{Workspace, error::EngineError};
use crate::{
    compile::ExecutionPlan,
    run::classify::leavers::{EarlierStep, earlier_step},
    state::Store,
};
use jiff::civil::Date;
use std::collections::BTreeMap;

/// What comes earlier by the file than it was announced when these people left.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Restage {
    pub pipeline: String,
    pub today: Date,
    /// The steps, in their words, each with its people.
    pub steps: BTreeMap<String, Vec<Earlier>>,
}

/// A step of one person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Earlier {
    pub key: String,
    pub before: Date,
    pub after: Date,
}

impl Restage {
    /// How many people there are.
    #[must_use]
    pub fn people(&self) -> usize {
        self.steps.values().map(Vec::len).sum()
    }

    /// How many steps are due by now.
    #[must_use]
    pub fn due(&self) -> usize {
        self.steps.values().flatten().filter(|earlier| earlier.after <= self.today).count()
    }
}

impl Workspace {
    /// Which later steps would come earlier; and, if their number is confirmed, lets them. Nothing is sent to any system.
    ///
    /// # Errors
    /// The pipeline has mistakes, there was no run, a run is under way, or the state can't be written.
    pub async fn restage(&mut self, asked: Option<&str>, confirmed: Option<usize>, by: &str) -> Result<Restage, EngineError> {
        let pipeline = self.project.choose(asked)?;
        self.freshen(&pipeline).await?;
        let (plan, _) = self.project.compile(&pipeline, false)?;
        let clock = self.clock(&plan, None);
        let store = self.state()?;
        let leases = store.leases(&plan.name, by, clock.now)?;
        let Judgement { link_set, .. } = self.last_judgement(&store, &plan.name)?.ok_or_else(|| self.no_runs())?;
        let (restage, steps) = found(&store, &plan, &link_set, clock.today)?;
        if confirmed.is_some_and(|number| number > 0 && number == restage.people()) {
            let transaction = store.transaction()?;
            for (key, step) in &steps {
                transaction.set_next(&link_set, key, step.after)?;
            }
            transaction.read_everything(&link_set)?;
            transaction.commit()?;
        }
        drop(leases);
        Ok(restage)
    }
}

fn found(store: &Store, plan: &ExecutionPlan, link_set: &str, today: Date) -> Result<(Restage, Vec<(String, EarlierStep)>), EngineError> {
    let mut restage = Restage { pipeline: plan.name.clone(), today, steps: BTreeMap::new() };
    let mut steps = Vec::new();
    for link in store.links(link_set)?.iter() {
        if let Some(step) = earlier_step(plan, link) {
            let earlier = Earlier { key: link.key.clone(), before: step.before, after: step.after };
            restage.steps.entry(step.words.clone()).or_default().push(earlier);
            steps.push((link.key.clone(), step));
        }
    }
    Ok((restage, steps))
}
