//! What a person does at a desk by day, who knows the company in truth: decides about records that wait, approves, leaves somebody out,
//! lets those go on that were left out, and brings later steps forward.

use super::{
    model::Violation,
    random::Random,
    vendor::{Account, Vendors},
    world::{Ended, PIPELINE, World},
};
use counterpart::{
    engine::{
        EngineError, Ran, Workspace,
        decide::{DecisionsMade, Wish},
        held::HeldRecord,
    },
    run::change_set::{ChangeSet, Verdict},
    state::decisions::Choice,
};
use jiff::civil::Date;
use std::sync::{Arc, Mutex};

/// The most records that somebody decides about in a day.
const MOST: u64 = 3;

/// Everything that a decision is made by.
struct Truth {
    vendors: Arc<Mutex<Vendors>>,
    random: Random,
    today: Date,
    /// What was asked for, whether it was carried out or not.
    wishes: Arc<Mutex<Vec<Wish>>>,
}

impl World {
    /// On some days somebody looks at what waits.
    pub fn at_the_desk(&mut self) -> Result<(), Violation> {
        match self.random.below(1000) {
            0..90 => self.decides(),
            90..100 => self.retries(),
            100..110 => self.restages(),
            _ => Ok(()),
        }
    }

    fn decides(&mut self) -> Result<(), Violation> {
        let wishes = Arc::default();
        let (vendors, asked) = (self.vendors_of(), Arc::clone(&wishes));
        let mut truth = Truth { vendors, random: self.random.fork(), today: self.local_day(), wishes: asked };
        let moment = self.a_moment(60);
        let ended = self.drive(moment, |workspace| async move { truth.decide(&workspace?) })?;
        match ended {
            // Each of them may have become durable before.
            Ended::Killed => wishes.lock().unwrap().iter().for_each(|wish| self.model.decide(wish, false)),
            Ended::By(Ok(decided)) => decided.iter().for_each(|wish| self.has_decided(wish)),
            Ended::By(Err(error)) => self.count(&format!("a person can't decide: {error}")),
        }
        Ok(())
    }

    fn has_decided(&mut self, wish: &Wish) {
        self.note(&format!("a person decides: {} {} {:?}", wish.key, wish.choice, wish.account));
        self.count(&format!("a person decides: {}", wish.choice));
        let human = self.vendors().company.human_of(&wish.key);
        if let Some(human) = human {
            let today = self.today();
            self.vendors().company.tell(human, today, &format!("{} is decided: {} {:?}", wish.key, wish.choice, wish.account));
        }
        self.model.decide(wish, true);
    }

    /// Lets all go on that wait for it.
    fn retries(&mut self) -> Result<(), Violation> {
        let ended = self.drive(None, |workspace| async move { workspace?.retry(Some(PIPELINE), &[]) })?;
        if let Ended::By(Ok(count)) = ended
            && count > 0
        {
            self.count("a person retries");
        }
        Ok(())
    }

    fn restages(&mut self) -> Result<(), Violation> {
        let ended = self.drive(None, |workspace| async move {
            let mut workspace = workspace?;
            let found = workspace.restage(Some(PIPELINE), None, "person").await?.people();
            if found > 0 {
                workspace.restage(Some(PIPELINE), Some(found), "person").await?;
            }
            Ok::<_, EngineError>(found)
        })?;
        match ended {
            Ended::By(Ok(found)) if found > 0 => self.count("a person restages"),
            Ended::By(Err(error)) => self.count(&format!("a person can't restage: {error}")),
            _ => {}
        }
        Ok(())
    }

    /// Approves what a run holds, without those who are here and would lose their account, and lets the next run do it.
    pub fn approves(&mut self, held: &ChangeSet) -> Result<(), Violation> {
        let without = self.wrong(held);
        if without.len() == held.operations.len() {
            return Ok(());
        }
        let (id, left_out) = (held.head.id.clone(), without.clone());
        let moment = self.a_moment(60);
        let ended = self.drive(moment, |workspace| async move {
            let mut workspace = workspace?;
            let review = workspace.review(&id, &left_out).await?;
            let numbers = review.needs().answers();
            review.approve(&numbers, "person", "it is right")
        })?;
        match ended {
            Ended::Killed => return Ok(()),
            Ended::By(Err(error)) => {
                self.count(&format!("a person can't approve: {error}"));
                return Ok(());
            }
            Ended::By(Ok(())) => {}
        }
        self.note(&format!("a person approves {} without {without:?}", held.head.id));
        self.count(if without.is_empty() { "a person approves" } else { "a person approves without some" });
        let was_good = self.is_good();
        if let Ended::By(Some(Ran::Held { set, .. })) = self.run(None)?
            && was_good
            && self.is_good()
        {
            let why: Vec<String> = set.head.guards.iter().filter(|guard| !guard.within).map(|guard| format!("{guard:?}")).collect();
            self.count(&format!("held again after an approval: {} {:?}", why.join(", "), set.head.doubts));
        }
        Ok(())
    }

    /// The keys of people who are here, and would lose their account.
    fn wrong(&self, set: &ChangeSet) -> Vec<String> {
        let vendors = self.vendors();
        let takes = |verdict: Verdict| matches!(verdict, Verdict::Leave | Verdict::Stage);
        let is_here = |key: &str| vendors.company.row(key).is_some_and(|row| row.is_here(self.today()));
        let wrong = set.operations.iter().filter(|operation| takes(operation.verdict) && is_here(&operation.key));
        wrong.map(|operation| operation.key.clone()).collect()
    }
}

impl Truth {
    /// Decides about a few records that wait, as it is in truth.
    fn decide(&mut self, workspace: &Workspace) -> Result<Vec<Wish>, EngineError> {
        let mut records: Vec<HeldRecord> = workspace.held(Some(PIPELINE))?.into_iter().flat_map(|held| held.records).collect();
        let mut decided = Vec::new();
        for _ in 0..=self.random.below(MOST) {
            if records.is_empty() {
                break;
            }
            let record = records.swap_remove(self.random.place(records.len()));
            let Some(wish) = self.wish(workspace, &record) else { continue };
            let account = wish.account.clone().or_else(|| record.target.clone());
            self.wishes.lock().unwrap().push(Wish { account, ..wish.clone() });
            let made: DecisionsMade = workspace.decide(Some(PIPELINE), std::slice::from_ref(&wish), "person")?;
            let account = made.made.first().and_then(|made| made.decision.account.clone());
            decided.push(Wish { account, ..wish });
        }
        Ok(decided)
    }

    /// What is right about a record that waits; `None` if nothing that is offered is.
    fn wish(&mut self, workspace: &Workspace, record: &HeldRecord) -> Option<Wish> {
        let choices = workspace.question(Some(PIPELINE), &record.key).ok()?.choices;
        let vendors = self.vendors.lock().unwrap();
        let row = vendors.company.row(&record.key)?;
        let here = vendors.company.rows.iter().any(|other| other.human == row.human && other.is_here(self.today));
        let own: Vec<&Account> = vendors.accounts.iter().filter(|account| account.human == Some(row.human)).collect();
        let wish = |choice: Choice, account: Option<&Account>| Wish {
            key: record.key.clone(),
            choice,
            account: account.map(|account| account.id.to_string()),
            why: String::new(),
            place: record.key.clone(),
        };
        let offers = |choice: Choice| choices.contains(&choice);
        let has = |account: &Account, key: &str| account.external_id.as_deref() == Some(key);
        let target = vendors.accounts.iter().find(|account| Some(account.id.to_string()) == record.target);
        match (&own[..], row.is_here(self.today)) {
            ([one], true) if offers(Choice::Link) && !has(one, &record.key) => Some(wish(Choice::Link, Some(one))),
            ([], true) if offers(Choice::New) => Some(wish(Choice::New, None)),
            ([], true) if offers(Choice::Recreate) => Some(wish(Choice::Recreate, None)),
            _ if !here && offers(Choice::Leave) && target.is_some_and(|account| account.human == Some(row.human)) => {
                Some(wish(Choice::Leave, None))
            }
            _ if offers(Choice::Unlink) && target.is_some_and(|account| account.human.is_some_and(|human| human != row.human)) => {
                Some(wish(Choice::Unlink, None))
            }
            _ if offers(Choice::Keep) && self.random.chance(200) => Some(wish(Choice::Keep, None)),
            _ => None,
        }
    }
}
