//! Compares the engine's verdicts about the seed data with the parts of the seed, day by day. In memory, without server or command.

use crate::sandbox::{TODAY, integration_a_plan, pipelines};
use counterpart::{
    compile::{ExecutionPlan, Side},
    run::{
        change_set::{ChangeSet, Operation, Reason, Step, Verdict, hash::Digester},
        input::{Identity, Input},
        plan::plan_changes,
        proofs::Proofs,
        read::extract::{Extractor, Table},
        record_scope::Clock,
    },
    sandbox::Store,
    state::{
        baselines::{AppliedRun, Baselines},
        link::{Absence, Bases, Life, Link, Links},
    },
    systems::End,
};
use serde_json::{Value as Json, json};
use std::{
    collections::{BTreeMap, BTreeSet, HashSet},
    fs,
};

struct SeedFixture {
    plan: ExecutionPlan,
    source: Vec<Json>,
    target: Vec<Json>,
    links: Links,
    baseline: Baselines,
}

fn extracted(mut extractor: Extractor, records: &[Json]) -> Table {
    let texts: Vec<_> = records.iter().map(Json::to_string).collect();
    extractor.take(&texts.iter().map(String::as_bytes).collect::<Vec<_>>());
    extractor.finish(End::Complete { evidence: "given".to_owned() }, 1, 0)
}

impl SeedFixture {
    fn seeded() -> Self {
        let plan = integration_a_plan();
        let folder = tempfile::tempdir().unwrap();
        let sandbox = counterpart::sandbox::start_for(
            &counterpart::host::Host::real(),
            &plan,
            folder.path(),
            &pipelines().join("seed"),
            TODAY,
            &Default::default(),
        )
        .unwrap();
        let (source, target) = (records(&sandbox.store, &plan.source), records(&sandbox.store, &plan.target));
        Self { plan, source, target, links: Links::default(), baseline: Baselines::default() }
    }

    fn next_day(&mut self) {
        let folder = tempfile::tempdir().unwrap();
        let sandbox = counterpart::sandbox::start_for(
            &counterpart::host::Host::real(),
            &self.plan,
            folder.path(),
            &pipelines().join("seed"),
            TODAY,
            &Default::default(),
        )
        .unwrap();
        sandbox.load("next_day", TODAY).unwrap();
        self.source = records(&sandbox.store, &self.plan.source);
    }

    fn judged(&self) -> ChangeSet {
        let source = extracted(Extractor::source(&self.plan.source, false), &self.source);
        let target = extracted(Extractor::target(&self.plan.target, false), &self.target);
        let now = TODAY.at(3, 0, 0, 0).to_zoned(jiff::tz::TimeZone::UTC).unwrap().timestamp();
        let input = Input {
            plan: &self.plan,
            source: &source,
            target: &target,
            joined: &[],
            links: &self.links,
            proofs: &Proofs::default(),
            blocked: &HashSet::new(),
            baseline: &self.baseline,
            clock: Clock { now, today: TODAY },
            identity: Identity::default(),
            adoption: self.baseline.runs.is_empty(),
            events: &Default::default(),
            digester: &Digester::new([7; 32]),
            related: &Default::default(),
            pending_work: &Default::default(),
        };
        plan_changes(&input)
    }

    fn apply(&mut self, set: &ChangeSet) {
        let count = |verdict| set.of(verdict).count() as u64;
        let open = self.links.iter().filter(|link| link.life == Life::Open).count() as u64;
        self.baseline.runs.push(AppliedRun { at: set.head.made_at, left: count(Verdict::Leave), returned: count(Verdict::Return), open });
        for link in &set.updates.links {
            self.link(&link.key, &link.target, Life::Open);
        }
        for left in &set.updates.left {
            let target = self.links.of_key(&left.key).unwrap().target.clone();
            self.link(&left.key, &target, Life::Left { stage: 1, done: set.head.made_at, next: None, by_scope: left.by_scope });
        }
        for operation in &set.operations {
            let target = operation.target.clone().unwrap_or_else(|| format!("new {}", operation.key));
            operation.steps.iter().for_each(|step| self.write(&target, step));
            self.link(&operation.key, &target, life(operation, set));
        }
    }

    fn link(&mut self, key: &str, target: &str, life: Life) {
        let by = "external_id".to_owned();
        let (since, absence, bases) = (jiff::Timestamp::UNIX_EPOCH, Absence::default(), Bases::default());
        self.links.insert(Link {
            key: key.to_owned(),
            target: target.to_owned(),
            life,
            by,
            since_run: 1,
            since,
            absence,
            due: None,
            bases,
            agreed: Default::default(),
            added: Default::default(),
        });
    }

    fn write(&mut self, target: &str, step: &Step) {
        let (Step::Create { values } | Step::Update { values }) = step else { panic!("{step:?}") };
        if matches!(step, Step::Create { .. }) {
            self.target.push(json!({ "id": target }));
        }
        let record = self.target.iter_mut().find(|record| record["id"] == target).unwrap();
        let collection = self.plan.target.collection();
        for written in values {
            let attribute = &collection.attributes[collection.attribute(&written.attribute).unwrap()];
            attribute.path.place(record, attribute.codec.write(&written.after.0).unwrap());
        }
    }
}

fn life(operation: &Operation, set: &ChangeSet) -> Life {
    match operation.verdict {
        Verdict::Leave => Life::Left { stage: 1, done: set.head.made_at, next: None, by_scope: false },
        _ => Life::Open,
    }
}

fn records(store: &Store, side: &Side) -> Vec<Json> {
    store.records(&side.system.name, &side.collection().name).unwrap()
}

/// A change set in the form of `expected.json`.
fn told(set: &ChangeSet) -> Json {
    let keys = |verdict| set.of(verdict).map(|operation| operation.key.clone()).collect::<BTreeSet<_>>();
    let found = |verdict| set.findings.iter().filter(move |finding| finding.verdict == verdict);
    let name = |finding: &counterpart::run::change_set::Finding| {
        if finding.key.is_empty() { finding.label.clone().unwrap() } else { finding.key.clone() }
    };
    let attributes = |operation: &Operation| operation.steps.iter().flat_map(written).collect::<BTreeSet<_>>();
    let count = |verdict| set.ledger.counts.get(&verdict).copied().unwrap_or(0);
    json!({
        "read": set.ledger.read,
        "members": set.head.target.records,
        "create": keys(Verdict::Create),
        "changed_attributes": set.of(Verdict::Update).map(|operation| (operation.key.clone(), attributes(operation))).collect::<BTreeMap<_, _>>(),
        "leave": keys(Verdict::Leave),
        "return": keys(Verdict::Return),
        "held": found(Verdict::Held).map(name).collect::<BTreeSet<_>>(),
        "rejected_codes": found(Verdict::Rejected).map(|finding| (name(finding), finding.kind.clone())).collect::<BTreeMap<_, _>>(),
        "missing": found(Verdict::Missing).map(name).collect::<BTreeSet<_>>(),
        "leaver_with_account": found(Verdict::AlreadyLeft).filter(|finding| finding.kind == Reason::LeaverWithAccount).map(name).collect::<BTreeSet<_>>(),
        "welcome_mails": set.operations.iter().flat_map(|operation| &operation.effects).count(),
        "ledger": {
            "create": count(Verdict::Create), "update": count(Verdict::Update), "leave": count(Verdict::Leave), "return": count(Verdict::Return),
            "held": count(Verdict::Held), "rejected": count(Verdict::Rejected), "unchanged": count(Verdict::Unchanged), "already_left": count(Verdict::AlreadyLeft),
            "out_of_scope": count(Verdict::OutOfScope),
        },
    })
}

fn written(step: &Step) -> Vec<String> {
    match step {
        Step::Create { values } | Step::Update { values } => values.iter().map(|value| value.attribute.to_string()).collect(),
        Step::Delete | Step::Call { .. } => Vec::new(),
    }
}

fn assert_as_expected(part: &str, set: &ChangeSet) {
    let text = fs::read_to_string(pipelines().join("seed/expected.json")).unwrap();
    let expected = serde_json::from_str::<Json>(&text).unwrap()[part].take();
    let told = told(set);
    for (name, value) in told.as_object().unwrap() {
        assert_eq!(value, &expected[name], "{part}, {name}\n{:#?}", set.findings);
    }
    let reasons = set.ledger.out_of_scope.iter().map(|out| (out.rule.words(&out.reason), out.count)).collect::<BTreeMap<_, _>>();
    let wanted =
        expected["out_of_scope"].as_object().unwrap().iter().map(|(reason, keys)| (reason.clone(), keys.as_array().unwrap().len() as u64));
    assert_eq!(reasons, wanted.collect(), "{part}");
    assert!(
        set.head.guards.iter().all(|guard| guard.within) && set.head.doubts.is_empty(),
        "{part}: {:?} {:?}",
        set.head.guards,
        set.head.doubts
    );
}

#[test]
fn each_run_gives_what_the_parts_say() {
    let mut fixture = SeedFixture::seeded();
    let first = fixture.judged();
    assert_as_expected("first_run", &first);
    fixture.apply(&first);
    let second = fixture.judged();
    assert_as_expected("second_run", &second);
    fixture.apply(&second);
    assert!(fixture.judged().operations.is_empty(), "a third run writes nothing");
    fixture.next_day();
    let next_day = fixture.judged();
    assert_as_expected("next_day", &next_day);
    fixture.apply(&next_day);
    assert!(fixture.judged().operations.is_empty());
}
