//! Properties over generated people: the ledger adds up, only linked records leave, a second run writes nothing.

use super::{
    fixture::{Fixture, render},
    model::Model,
};
use crate::run::change_set::{ChangeSet, Verdict};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

/// A record of the source; numbers and mails from few, so that they meet.
#[derive(Clone, Debug)]
struct RecordScope {
    number: Option<u8>,
    mail: Option<u8>,
    name: u8,
    department: Option<&'static str>,
    end: Option<&'static str>,
    manager: Option<u8>,
}

impl RecordScope {
    /// In scope, or rejected: not a leaver, and not left out by a filter.
    fn is_current(&self) -> bool {
        match self.end {
            Some("2026-02-01") => false,
            Some("nonsense") => true,
            _ => self.mail.is_some() && self.department != Some("Contractors"),
        }
    }
}

#[derive(Clone, Debug)]
struct Account {
    external: Option<u8>,
    mail: u8,
    name: u8,
    active: bool,
    division: Option<&'static str>,
}

fn any_person() -> impl Strategy<Value = RecordScope> {
    let department = prop_oneof![Just(None), Just(Some("Sales")), Just(Some("IT")), Just(Some("Contractors"))];
    let end = prop_oneof![6 => Just(None), 1 => Just(Some("2026-02-01")), 1 => Just(Some("2026-03-10")), 1 => Just(Some("nonsense"))];
    let number = prop::option::weighted(0.95, 0_u8..14);
    let mail = prop::option::weighted(0.9, 0_u8..14);
    (number, mail, 0_u8..2, department, end, prop::option::weighted(0.3, 0_u8..14))
        .prop_map(|(number, mail, name, department, end, manager)| RecordScope { number, mail, name, department, end, manager })
}

fn any_account() -> impl Strategy<Value = Account> {
    let division = prop_oneof![Just(None), Just(Some("Sales")), Just(Some("IT"))];
    (prop::option::weighted(0.7, 0_u8..14), 0_u8..14, 0_u8..2, prop::bool::weighted(0.85), division)
        .prop_map(|(external, mail, name, active, division)| Account { external, mail, name, active, division })
}

fn text(value: Option<impl ToString>) -> serde_json::Value {
    value.map_or(serde_json::Value::Null, |value| value.to_string().into())
}

fn source(people: &[RecordScope]) -> String {
    let line = |(at, person): (usize, &RecordScope)| {
        serde_json::json!({
            "id": person.number.map_or(500 + at, usize::from),
            "number": text(person.number.map(|number| format!("{number:03}"))),
            "email": text(person.mail.map(|mail| format!("P{mail}@x.com"))),
            "last_name": format!("N{}", person.name),
            "department": text(person.department),
            "contract_end": text(person.end),
            "manager": person.manager,
        })
        .to_string()
            + "\n"
    };
    people.iter().enumerate().map(line).collect()
}

fn target(accounts: &[Account]) -> String {
    let line = |(at, account): (usize, &Account)| {
        serde_json::json!({
            "id": format!("m{at}"),
            "external_id": text(account.external.map(|external| format!("{external:03}"))),
            "email": format!("p{}@x.com", account.mail),
            "last_name": format!("N{}", account.name),
            "division": text(account.division),
            "active": account.active,
        })
        .to_string()
            + "\n"
    };
    accounts.iter().enumerate().map(line).collect()
}

/// Links between the numbers and the accounts; some lost, some left.
fn links(pairs: &[(u8, u8, u8)], accounts: usize) -> String {
    let mut used = BTreeSet::new();
    let mut lines = BTreeMap::new();
    for (number, account, life) in pairs {
        let target = usize::from(*account) % (accounts + 2);
        if used.insert(target) {
            let life = match life % 5 {
                0 => " left 2026-02-01",
                1 if target >= accounts => " retired 2026-01-01",
                _ => "",
            };
            lines.entry(*number).or_insert(format!("{number:03}=m{target}{life}\n"));
        }
    }
    lines.into_values().collect()
}

fn scenario() -> impl Strategy<Value = Scenario> {
    let people = prop::collection::vec(any_person(), 0..16);
    let accounts = prop::collection::vec(any_account(), 0..14);
    let pairs = prop::collection::vec((0_u8..14, 0_u8..16, 0_u8..10), 0..12);
    (people, accounts, pairs, any::<bool>(), any::<bool>(), any::<bool>())
        .prop_map(|(people, accounts, pairs, missing, scope, stages)| Scenario { people, accounts, pairs, missing, scope, stages })
}

#[derive(Clone, Debug)]
struct Scenario {
    people: Vec<RecordScope>,
    accounts: Vec<Account>,
    pairs: Vec<(u8, u8, u8)>,
    missing: bool,
    scope: bool,
    stages: bool,
}

impl Scenario {
    fn fixture(&self) -> Fixture {
        let leaver = "as \"contract ended\"";
        let mut edits = Vec::new();
        edits.extend(self.missing.then_some((leaver, "as \"contract ended\"\n when missing for 1 runs")));
        edits.extend(self.scope.then_some((leaver, "as \"contract ended\"\n when out of scope")));
        edits.extend(self.stages.then_some(("on return", "after 30 days { delete }\n on return")));
        Fixture::edited(&edits, &source(&self.people), &target(&self.accounts), &links(&self.pairs, self.accounts.len()))
    }
}

/// Each record exactly once, and the rows add up.
fn adds_up(set: &ChangeSet, rows: usize) -> Result<(), TestCaseError> {
    prop_assert_eq!(set.ledger.read, rows as u64);
    prop_assert_eq!(set.ledger.counts.values().sum::<u64>(), rows as u64, "{}", render(set));
    let mut keys = BTreeSet::new();
    for operation in &set.operations {
        prop_assert!(keys.insert(&operation.key), "{} twice: {}", operation.key, render(set));
    }
    let listed = [Verdict::Held, Verdict::Rejected, Verdict::Waiting, Verdict::Missing];
    let held: Vec<&String> = set.findings.iter().filter(|finding| listed.contains(&finding.verdict)).map(|finding| &finding.key).collect();
    prop_assert!(held.iter().all(|key| !keys.contains(*key)), "{}", render(set));
    for verdict in listed {
        let found = set.findings.iter().filter(|finding| finding.verdict == verdict).count() as u64;
        let of = |counts: &BTreeMap<Verdict, u64>| counts.get(&verdict).copied().unwrap_or(0);
        prop_assert_eq!(found, of(&set.ledger.counts) + of(&set.ledger.absent), "{:?}: {}", verdict, render(set));
    }
    let written = [Verdict::Leave, Verdict::Return, Verdict::Create, Verdict::Update, Verdict::Stage];
    let of = |counts: &BTreeMap<Verdict, u64>| written.iter().filter_map(|verdict| counts.get(verdict)).sum::<u64>();
    prop_assert_eq!(set.operations.len() as u64, of(&set.ledger.counts) + of(&set.ledger.absent), "{}", render(set));
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(250))]

    #[test]
    fn the_ledger_adds_up_and_counts_each_record_once(scenario in scenario()) {
        let fixture = scenario.fixture();
        adds_up(&fixture.plan_changes(), scenario.people.len())?;
    }

    #[test]
    fn only_linked_records_leave_and_no_account_is_written_twice(scenario in scenario()) {
        let fixture = scenario.fixture();
        let set = fixture.plan_changes();
        let mut accounts = BTreeSet::new();
        for operation in &set.operations {
            let linked = fixture.links.of_key(&operation.key);
            prop_assert!(!matches!(operation.verdict, Verdict::Leave | Verdict::Stage) || linked.is_some());
            if let Some(target) = &operation.target {
                prop_assert!(accounts.insert(target.clone()), "{}", render(&set));
                let owner = fixture.links.of_target(target);
                prop_assert!(owner.is_none_or(|owner| owner.key == operation.key), "{}", render(&set));
            }
        }
    }

    #[test]
    fn no_account_is_closed_that_another_current_row_claims(scenario in scenario()) {
        let set = scenario.fixture().plan_changes();
        for leave in set.of(Verdict::Leave).chain(set.of(Verdict::Stage)) {
            let target: usize = leave.target.as_deref().unwrap()[1..].parse().unwrap();
            let account = &scenario.accounts[target];
            let others = scenario.people.iter().filter(|person| person.number.map(|number| format!("{number:03}")).as_ref() != Some(&leave.key));
            for other in others.filter(|person| person.is_current()) {
                let by_number = other.number.is_some() && other.number == account.external;
                let by_mail = other.mail == Some(account.mail);
                prop_assert!(!by_number && !by_mail, "{:?} still has {:?}: {}", other, account, render(&set));
            }
        }
    }

    #[test]
    fn no_record_is_written_twice_and_runs_converge(scenario in scenario()) {
        let mut fixture = scenario.fixture();
        let mut model = Model::of(&fixture);
        let mut before = fixture.plan_changes();
        for _ in 0..12 {
            model.apply(&before, &mut fixture);
            let next = fixture.plan_changes();
            adds_up(&next, scenario.people.len())?;
            let quiet = !before.findings.iter().any(|finding| matches!(finding.verdict, Verdict::Held | Verdict::Waiting));
            if quiet {
                let announced: Vec<&String> = before.head.coming.iter().map(|coming| &coming.key).collect();
                let others: Vec<_> = next.operations.iter().filter(|operation| !announced.contains(&&operation.key)).collect();
                prop_assert!(others.is_empty(), "first: {}\nthen: {}", render(&before), render(&next));
            }
            if next.is_empty() {
                return Ok(());
            }
            before = next;
        }
        prop_assert!(false, "never at rest: {}", render(&before));
    }

    #[test]
    fn a_second_run_writes_nothing_but_the_leaves_that_the_first_announced(people in prop::collection::vec(any_person(), 0..14), kept in prop::collection::vec(0_u8..4, 14), shouts: bool) {
        // Numbers and mails belong together, as they mostly do.
        let mut people: Vec<RecordScope> = people;
        people.retain(|person| person.number.is_some() && person.end != Some("nonsense"));
        people.sort_by_key(|person| person.number);
        people.dedup_by_key(|person| person.number);
        for person in &mut people {
            person.mail = person.mail.and(person.number);
        }
        let known = people.iter().zip(&kept).filter(|(_, kept)| **kept > 0);
        let accounts: Vec<Account> = known.map(|(person, kept)| Account { external: person.number.filter(|_| *kept > 1), mail: person.number.unwrap(), name: person.name, active: true, division: None }).collect();
        let mut fixture = Fixture::new(&source(&people), &target(&accounts), "");
        let mut model = Model::of(&fixture);
        model.shouts = shouts;
        let first = fixture.plan_changes();
        model.apply(&first, &mut fixture);
        let second = fixture.plan_changes();
        let announced: BTreeSet<&String> = first.head.coming.iter().filter(|coming| coming.day == fixture.day()).map(|coming| &coming.key).collect();
        let leaves: BTreeSet<&String> = second.operations.iter().map(|operation| &operation.key).collect();
        prop_assert!(second.operations.iter().all(|operation| operation.verdict == Verdict::Leave), "{}", render(&second));
        prop_assert_eq!(&leaves, &announced, "{}", render(&second));
        model.apply(&second, &mut fixture);
        let third = fixture.plan_changes();
        prop_assert!(third.is_empty(), "{}", render(&third));
    }
}
