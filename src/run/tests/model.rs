//! A target that accepts every write: change sets are applied to it, so that the next run can be checked.

use super::fixture::{Fixture, digester};
use crate::{
    run::change_set::{ChangeSet, Operation, Step, Verdict, Written},
    state::link::{Base, Life, Link},
    value::{Value, canonical::Comparison},
};
use serde_json::{Map, Value as Json};
use std::collections::BTreeMap;

/// The accounts of a fixture, by id.
pub(crate) struct Model {
    accounts: BTreeMap<String, Map<String, Json>>,
    /// What the target makes of a division: its own form.
    pub shouts: bool,
}

impl Model {
    pub fn of(fixture: &Fixture) -> Self {
        let account = |line: &str| {
            let Json::Object(account) = serde_json::from_str(line).unwrap() else { panic!("an account is an object") };
            (account["id"].as_str().unwrap().to_owned(), account)
        };
        let accounts = fixture.target.lines().filter(|line| !line.is_empty()).map(account).collect();
        Self { accounts, shouts: false }
    }

    /// Makes a change set, and remembers what a run remembers.
    pub fn apply(&mut self, set: &ChangeSet, fixture: &mut Fixture) {
        for link in &set.updates.links {
            fixture.links.insert(open(&link.key, &link.target));
        }
        for operation in &set.operations {
            for before in &operation.after {
                let at = |key: &str| set.operations.iter().position(|operation| operation.key == key);
                assert!(at(before) < at(&operation.key), "{} comes before what it waits for", operation.key);
            }
            self.make(operation, fixture, false);
        }
        for operation in set.operations.iter().filter(|operation| operation.verdict == Verdict::Create && operation.steps.len() > 1) {
            self.make(operation, fixture, true);
        }
        self.remember(set, fixture);
        fixture.target = self.accounts.values().map(|account| serde_json::to_string(account).unwrap() + "\n").collect();
    }

    fn remember(&self, set: &ChangeSet, fixture: &mut Fixture) {
        for left in &set.updates.left {
            let life = Life::Left { stage: 1, done: set.head.made_at, next: None, by_scope: left.by_scope };
            change(fixture, &left.key, |link| link.life = life);
        }
        for key in &set.updates.retired {
            change(fixture, key, |link| link.life = Life::Retired { since: set.head.made_at });
        }
        for (key, absence) in &set.updates.absences {
            change(fixture, key, |link| link.absence = absence.clone());
        }
        for seen in &set.updates.observed {
            change(fixture, &seen.key, |link| {
                let at = digester().attribute(&seen.attribute);
                let base = *link.bases.get(&at).unwrap();
                link.bases.insert(at, base.seen(seen.held));
            });
        }
    }

    fn make(&mut self, operation: &Operation, fixture: &mut Fixture, second: bool) {
        let id = operation.target.clone().unwrap_or_else(|| format!("n{}", operation.key));
        if operation.links_now || operation.target.is_none() && !second {
            fixture.links.insert(open(&operation.key, &id));
        }
        for step in operation.steps.iter().skip(usize::from(second)) {
            self.step(step, &id, &operation.key, fixture);
            if operation.verdict == Verdict::Create {
                break;
            }
        }
        if !second {
            live(operation, fixture);
        }
    }

    fn step(&mut self, step: &Step, id: &str, key: &str, fixture: &mut Fixture) {
        match step {
            Step::Create { values } => {
                assert!(!self.accounts.contains_key(id), "{id} is made twice");
                self.accounts.insert(id.to_owned(), Map::from_iter([("id".to_owned(), Json::from(id))]));
                self.write(values, id, key, fixture);
            }
            Step::Update { values } => self.write(values, id, key, fixture),
            Step::Delete => {
                self.accounts.remove(id);
                change(fixture, key, |link| link.life = Life::Retired { since: "2026-01-01T00:00:00Z".parse().unwrap() });
            }
            Step::Call { .. } => {}
        }
    }

    fn write(&mut self, values: &[Written], id: &str, key: &str, fixture: &mut Fixture) {
        for value in values {
            let after = match &value.after.0 {
                Value::Pending(pending) => Value::text(&fixture.links.of_key(&pending.key).expect("it was created before").target),
                value => value.clone(),
            };
            let account = self.accounts.get_mut(id).expect("it is there");
            let kept = match after.as_text() {
                Some(text) if self.shouts && &*value.attribute == "division" => Json::from(text.to_uppercase()),
                _ => crate::value::stored::to_json(&after),
            };
            if &*value.attribute != "welcome_mail" {
                account.insert(value.attribute.to_string(), kept);
            }
            let how = Comparison { ignoring_case: &*value.attribute == "email", ..Comparison::default() };
            change(fixture, key, |link| {
                let at = digester().attribute(&value.attribute);
                let base = Base::after_write(
                    link.bases.get(&at),
                    digester().value(&after, how),
                    Some(digester().value(&value.before.0, how)),
                    None,
                );
                link.bases.insert(at, base);
            });
        }
    }
}

fn live(operation: &Operation, fixture: &mut Fixture) {
    let (now, today) = (fixture.now, fixture.day());
    let deletes = operation.steps.iter().any(|step| matches!(step, Step::Delete));
    change(fixture, &operation.key, |link| match operation.verdict {
        _ if deletes => {}
        Verdict::Leave | Verdict::Stage => {
            let next = operation.next.map(|next| (crate::run::classify::leavers::days_after(today, next.days), next.hash));
            link.life = Life::Left { stage: operation.stage, done: now, next, by_scope: operation.by_scope };
        }
        Verdict::Return => link.life = Life::Open,
        _ => {}
    });
}

fn open(key: &str, target: &str) -> Link {
    super::fixture::link(&format!("{key}={target}"))
}

fn change(fixture: &mut Fixture, key: &str, change: impl FnOnce(&mut Link)) {
    let mut link = fixture.links.of_key(key).expect("it is linked").clone();
    change(&mut link);
    fixture.links.insert(link);
}
