//! Approves or declines a change set that is held. An approval names the operations that the exceeded guards count: runs may do the same or
//! fewer of them for a while, and never more.

use super::apply::{Confirmation, agreed, confirmation};
use crate::engine::{Workspace, error::EngineError};
use crate::{
    compile::ExecutionPlan,
    host::Host,
    run::{
        apply::preflight::expired_by_status,
        change_set::{ChangeSet, permit},
    },
    state::{
        Store,
        approvals::Approval,
        change_sets::{ChangeSetRow, Status},
        decisions::{Choice, Decision},
    },
    value::key::form,
};
use jiff::Timestamp;

/// A held change set that somebody is asked about.
pub struct HeldReview {
    row: ChangeSetRow,
    set: ChangeSet,
    plan: ExecutionPlan,
    /// The keys of the records that are left out.
    without: Vec<String>,
    store: Store,
    host: Host,
}

impl Workspace {
    /// Opens a held change set for approval. `without`: the keys of records that are left out, and wait by name.
    ///
    /// # Errors
    /// It is not held, is out of date, or does not have these records; else as [`Workspace::compile`].
    pub async fn review(&mut self, id: &str, without: &[String]) -> Result<HeldReview, EngineError> {
        let (row, set) = self.change_set(id)?;
        if row.status == Status::Ready {
            return Err(EngineError::NotHeld(row.id));
        }
        let pipeline = self.project.choose(Some(&row.pipeline))?;
        self.freshen(&pipeline).await?;
        let (plan, _) = self.project.compile(&pipeline, false)?;
        let store = self.state()?;
        let newer = store.held_change_set(&row.pipeline)?.map(|newer| newer.id);
        let moved = match (expired_by_status(&row), newer) {
            (Some(_), Some(newer)) if newer != row.id => Some(format!("{newer} has taken its place")),
            (Some(why), _) => Some(why),
            (None, _) if set.head.binding != plan.hash => {
                Some("the pipeline, a file that it uses or a setting has changed since".to_owned())
            }
            (None, _) if set.head.lineage != store.lineage()? => Some("it was made on another state".to_owned()),
            (None, _) => None,
        };
        if let Some(why) = moved {
            let made = set.head.made_at.strftime("%Y-%m-%d %H:%M UTC").to_string();
            return Err(EngineError::OutOfDate { id: row.id, pipeline: row.pipeline, made, why, moved: Vec::new() });
        }
        let has = |key: &str| set.operations.iter().any(|operation| form(&operation.key) == form(key));
        let unknown: Vec<String> = without.iter().filter(|key| !has(key)).map(|key| format!("{key} is not in {}", row.id)).collect();
        if !unknown.is_empty() {
            return Err(EngineError::NothingDecided(unknown));
        }
        Ok(HeldReview { row, set, plan, without: without.to_vec(), store, host: self.project.host.clone() })
    }

    /// Says that a held change set is not to be done, and ends an approval of it.
    ///
    /// # Errors
    /// It is not held, or was replaced; the state can't be written.
    pub fn decline(&self, id: &str, why: &str, by: &str) -> Result<ChangeSetRow, EngineError> {
        let (row, set) = self.change_set(id)?;
        let store = self.state()?;
        if let Some(why) = expired_by_status(&row) {
            let newer = store.held_change_set(&row.pipeline)?.map(|newer| newer.id).filter(|newer| *newer != row.id);
            let why = newer.map_or(why, |newer| format!("{newer} has taken its place"));
            let made = set.head.made_at.strftime("%Y-%m-%d %H:%M UTC").to_string();
            return Err(EngineError::NotDeclined { id: row.id, pipeline: row.pipeline, made, why });
        }
        if row.status != Status::Held {
            return Err(EngineError::NotHeld(row.id));
        }
        let approval = approval(&set, false, (by, why), self.project.host.now());
        let transaction = store.transaction()?;
        transaction.approve(&set.head.link_set, &approval, std::iter::empty())?;
        transaction.commit()?;
        Ok(row)
    }
}

impl HeldReview {
    /// What has to be confirmed: the numbers that the exceeded guards count, without those who are left out.
    #[must_use]
    pub fn needs(&self) -> Confirmation {
        let mut rest = self.set.clone();
        rest.operations.retain(|operation| !self.is_left_out(&operation.key));
        confirmation(&rest, self.plan.target.collection())
    }

    /// The pipeline.
    #[must_use]
    pub fn pipeline(&self) -> &str {
        &self.row.pipeline
    }

    /// Approves it; the next run may do what it names. `confirmed`: the numbers that a person gave, one for each question.
    ///
    /// # Errors
    /// A number is missing or another one; the state can't be written.
    pub fn approve(&self, confirmed: &[String], by: &str, why: &str) -> Result<(), EngineError> {
        agreed(self.needs(), confirmed)?;
        let now = self.host.now();
        let link_set = &self.set.head.link_set;
        let operations = permit::guarded(&self.set, self.plan.target.collection()).into_iter();
        let named = operations.filter(|operation| !self.is_left_out(&operation.key)).map(|operation| operation.hash.as_str());
        let transaction = self.store.transaction()?;
        transaction.approve(link_set, &approval(&self.set, true, (by, why), now), named)?;
        for operation in self.set.operations.iter().filter(|operation| self.is_left_out(&operation.key)) {
            let decision = Decision {
                key: operation.key.clone(),
                choice: Choice::Wait,
                account: operation.target.clone(),
                question: None,
                by: by.to_owned(),
                made: now,
                why: why.to_owned(),
            };
            transaction.decide(link_set, &decision)?;
        }
        transaction.commit()?;
        Ok(())
    }

    fn is_left_out(&self, key: &str) -> bool {
        self.without.iter().any(|without| form(without) == form(key))
    }
}

/// What a person says of a change set.
pub(super) fn approval(set: &ChangeSet, approved: bool, (by, why): (&str, &str), now: Timestamp) -> Approval {
    Approval {
        change_set: set.head.id.clone(),
        approved,
        binding: set.head.binding.clone(),
        lineage: set.head.lineage.clone(),
        causes: permit::causes(set),
        by: by.to_owned(),
        made: now,
        why: why.to_owned(),
        ended: None,
    }
}
