//! Registrations that become touchpoints: real state, real change sets. Both sides lie in files, so that they outlive a process.

use super::apply_fixture::error;
use crate::run::apply::{Applied, ApplyContext, NoWatcher, Recovered, Target, Watcher, apply, recover, settle_by_read};
use crate::{
    compile::{
        ExecutionPlan,
        system::ErrorClass,
        texts::{self, Texts},
    },
    run::{
        change_set::{ChangeSet, Outcome, hash::Digester},
        input::{Identity, Input},
        plan::{plan_changes, wanted},
        proofs::Proofs,
        read::{
            extract::{Delta, Extractor, Table},
            incremental::ReadScope,
            joins::relate,
        },
        record_scope::{Clock, own_key},
        run_state,
        tests::fixture::render,
    },
    state::{
        LinkSet, LinkSetIdentity, StateError, Store,
        link::Link,
        runs::{FinishedRun, NewRun, RunCounts, RunResult},
    },
    systems::{CallError, Effect, End, GetResult, Write, Written},
    value::Value,
};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value as Json, json};
use std::{
    cell::{Cell, RefCell},
    collections::{BTreeMap, HashSet},
    fs::{self, OpenOptions},
    io::Write as _,
    path::{Path, PathBuf},
};
use tokio::sync::watch;

const FILE: &str = r#"
system arlo {
  http "https://a.example.com" {
  }
  collection contacts {
    key     id
    changed modified_at
    list GET "/contacts" {
      query "since" = since
      items $.items
    }
    get GET "/contacts/{id}"
    attributes {
      id          : text               at $.id
      modified_at : datetime read only at $.modified_at
    }
  }
  collection registrations {
    key     id
    changed modified_at
    list GET "/registrations" {
      query "since" = since
      items $.items
    }
    get GET "/registrations/{id}"
    attributes {
      id          : int                at $.id
      contact     : text               at $.contact
      status      : text?              at $.status
      course      : text               at $.course
      modified_at : datetime read only at $.modified_at
    }
  }
}

system wicket {
  http "https://w.example.com" {
  }
  collection people {
    key id
    list GET "/people" {
      items $.items
    }
    find by id GET "/people" {
      query "id" = id
      items $.items
    }
    create POST "/people"
    attributes {
      id : text unique at $.id
    }
  }
  collection touchpoints {
    key event
    find by event GET "/touchpoints" {
      query "event" = event
      items $.items
    }
    create POST "/touchpoints" {
      # how a double is told
    }
    attributes {
      event  : text unique at $.event
      action : text        at $.action
      course : text?       at $.course
      person : text        at $.person
    }
  }
}

pipeline people {
  from arlo.contacts as contact
  to   wicket.people
  match {
    id = contact.id
  }
  mode create
  map {
    id = contact.id
  }
}

pipeline touchpoints {
  zone "UTC"
  from  arlo.registrations as registration
  since last run, lookback 1 h
  for each state in [
    "registered",
    if registration.status == "Completed" then "completed",
    if registration.status == "Cancelled" then "cancelled",
  ] | present
  to    wicket.touchpoints

  field event = "r-{registration.id}-{state}"

  exclude when registration.status == "Pending" as "not yet approved"

  key  event
  mode append
  map {
    event  = event
    action = state
    course = registration.course
    person = registration.contact | counterpart(people)
  }
  guard {
    creates at most 5000
  }
}
"#;

/// The target drops doubles, and can't be asked.
pub const DROPS: [(&str, &str); 2] = [FIND, ("# how a double is told", "idempotent by event")];
/// The target can't be asked, and takes each event as often as it is sent.
pub const NEITHER: [(&str, &str); 3] =
    [FIND, ("# how a double is told", "never repeat"), ("since last run, lookback 1 h", "since last run, lookback 1 h from 2026-03-01")];
const FIND: (&str, &str) = ("    find by event GET \"/touchpoints\" {\n      query \"event\" = event\n      items $.items\n    }\n", "");

/// What goes wrong with a request.
#[derive(Clone, Copy, Debug)]
pub enum Misbehaviour {
    /// It never arrived, and no response came.
    LostBefore,
    /// It was done, and the answer was lost.
    LostAfter,
    Refused,
    Busy,
    /// Refused for the sake of something else that is there.
    Conflicting,
}

type FailureRule = Box<dyn Fn(usize) -> Option<Misbehaviour>>;

/// The touchpoints, one JSON object a line.
pub struct Touchpoints {
    file: PathBuf,
    attributes: Vec<String>,
    /// The same event once more makes no second touchpoint.
    pub drops_doubles: bool,
    /// It knows a request by its token alone.
    pub knows_tokens: bool,
    tokens: RefCell<HashSet<String>>,
    /// It says so: `409 Conflict`.
    pub refuses_doubles: Cell<bool>,
    /// By the number of the request, from 1.
    pub failure_rule: RefCell<FailureRule>,
    /// Runs after a touchpoint was written, and before the answer leaves.
    pub struck: RefCell<Box<dyn Fn(usize)>>,
    pub requests: Cell<usize>,
    pub asked: Cell<usize>,
}

impl Touchpoints {
    fn all(&self) -> Vec<Json> {
        let text = fs::read_to_string(&self.file).unwrap_or_default();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// How often each event is there.
    pub fn counts(&self) -> BTreeMap<String, usize> {
        let mut counts = BTreeMap::new();
        for touchpoint in self.all() {
            *counts.entry(touchpoint["event"].as_str().unwrap().to_owned()).or_default() += 1;
        }
        counts
    }

    fn one(&self, write: &Write) -> Result<Written, CallError> {
        let number = self.requests.get() + 1;
        self.requests.set(number);
        let misbehaviour = (self.failure_rule.borrow())(number);
        match misbehaviour {
            Some(Misbehaviour::LostBefore) => return Err(error(ErrorClass::Temporary, "no answer", Effect::Unknown)),
            Some(Misbehaviour::Refused) => return Err(CallError { status: Some(422), ..error(ErrorClass::Invalid, "no", Effect::None) }),
            Some(Misbehaviour::Conflicting) => return Err(error(ErrorClass::Conflict, "the person is being merged", Effect::None)),
            Some(Misbehaviour::Busy) => return Err(error(ErrorClass::Temporary, "busy", Effect::None)),
            _ => {}
        }
        let value = |(attribute, value): &(usize, Value)| (self.attributes[*attribute].clone(), json!(value.to_text()));
        let touchpoint = Json::Object(write.values.iter().map(value).collect());
        let known = self.knows_tokens && !self.tokens.borrow_mut().insert(write.token.clone().unwrap());
        let double = known || self.drops_doubles && self.all().iter().any(|other| other["event"] == touchpoint["event"]);
        if double && self.refuses_doubles.get() {
            return Err(error(ErrorClass::Conflict, "has already been taken", Effect::None));
        }
        if !double {
            let mut file = OpenOptions::new().create(true).append(true).open(&self.file).unwrap();
            writeln!(file, "{touchpoint}").unwrap();
        }
        (self.struck.borrow())(number);
        match misbehaviour {
            Some(Misbehaviour::LostAfter) => Err(error(ErrorClass::Temporary, "no answer", Effect::Unknown)),
            // The response contains no id: an event needs no link.
            _ => Ok(Written::default()),
        }
    }
}

impl Target for Touchpoints {
    async fn get(&self, _id: &Value) -> Result<GetResult, CallError> {
        unreachable!("nobody asks for a touchpoint by its id")
    }

    async fn find(&self, attribute: usize, value: &Value) -> Result<Vec<Box<[u8]>>, CallError> {
        self.asked.set(self.asked.get() + 1);
        let (name, value) = (&self.attributes[attribute], value.canonical_key().unwrap());
        let found = self.all().into_iter().filter(|touchpoint| touchpoint[name] == value.as_str());
        Ok(found.map(|touchpoint| touchpoint.to_string().into_bytes().into()).collect())
    }

    async fn write(&self, writes: &[Write]) -> Vec<Result<Written, CallError>> {
        writes.iter().map(|write| self.one(write)).collect()
    }

    fn batch(&self) -> usize {
        1
    }

    fn at_once(&self) -> usize {
        4
    }
}

/// One desk of registrations, over several runs.
pub struct RegistrationFixture {
    pub plan: ExecutionPlan,
    people: ExecutionPlan,
    pub store: Store,
    pub registrations: BTreeMap<i64, Json>,
    pub touchpoints: Touchpoints,
    now: Timestamp,
    /// As it would be read by the next run.
    pub broken: bool,
    pub adoption: bool,
    /// Keys that were asked for by `get` in the last run.
    pub again: Vec<String>,
}

/// One run.
pub struct Ran {
    pub set: ChangeSet,
    pub outcomes: Vec<Outcome>,
    pub recovered: Recovered,
}

impl Ran {
    pub fn lines(&self) -> String {
        render(&self.set)
    }
}

impl RegistrationFixture {
    pub fn new(folder: &Path, edits: &[(&str, &str)]) -> Self {
        let mut text = FILE.to_owned();
        for (from, to) in edits {
            assert!(text.contains(from), "{from}");
            text = text.replacen(from, to, 1);
        }
        let project = Texts { files: vec![("registrations.sync", &text)], ..Texts::default() }.project();
        let [plan, people] = ["touchpoints", "people"].map(|name| texts::plan(&project, name, &[]));
        fs::write(folder.join("state.key"), "07".repeat(32)).unwrap();
        let attributes = plan.target.collection().attributes.iter().map(|attribute| attribute.name.clone()).collect();
        let touchpoints = Touchpoints {
            file: folder.join("touchpoints.jsonl"),
            attributes,
            drops_doubles: text.contains("idempotent by event"),
            knows_tokens: text.contains("idempotent\n"),
            tokens: RefCell::default(),
            refuses_doubles: Cell::new(false),
            failure_rule: RefCell::new(Box::new(|_| None)),
            struck: RefCell::new(Box::new(|_| {})),
            requests: Cell::new(0),
            asked: Cell::new(0),
        };
        let now = "2026-03-02T08:00:00Z".parse().unwrap();
        let (store, registrations, again) = (Store::open(folder).unwrap(), BTreeMap::new(), Vec::new());
        Self { plan, people, store, registrations, touchpoints, now, broken: false, adoption: false, again }
    }

    pub fn at(&mut self, time: &str) {
        self.now = time.parse().unwrap();
    }

    pub fn later(&mut self, minutes: i64) {
        self.now += SignedDuration::from_mins(minutes);
    }

    /// A person registers, or a registration continues.
    pub fn register(&mut self, id: i64, status: &str) {
        let modified_at = self.now.to_string();
        let record = json!({ "id": id, "contact": format!("c{id}"), "status": status, "course": "Safety 101", "modified_at": modified_at });
        self.registrations.insert(id, record);
    }

    /// The contact of a registration gets its person.
    pub fn link(&self, id: i64) {
        let identity = self.identity(&self.people);
        let transaction = self.store.transaction().unwrap();
        transaction.ensure_link_set(&identity, self.now).unwrap();
        let link = Link { key: format!("c{id}"), target: format!("w{id}"), ..crate::run::tests::fixture::link("a=b") };
        transaction.put_link(&identity.id(), &link).unwrap();
        transaction.commit().unwrap();
    }

    fn identities() -> BTreeMap<String, String> {
        ["arlo", "wicket"].map(|name| (name.to_owned(), format!("https://{}.example.com", &name[..1]))).into()
    }

    fn identity(&self, plan: &ExecutionPlan) -> LinkSetIdentity {
        let end = |side: &crate::compile::Side| format!("{} {}", Self::identities()[&side.system.name], side.collection().name);
        LinkSetIdentity { pipeline: plan.name.clone(), key: plan.key_text.clone(), source: end(&plan.source), target: end(&plan.target) }
    }

    /// The link set of its events, as a run looks for it.
    pub fn link_set(&self) -> Result<LinkSet, StateError> {
        self.store.link_set(&self.identity(&self.plan))
    }

    pub fn set(&self) -> String {
        self.identity(&self.plan).id()
    }

    /// What a read gives: all of it, or what has changed and who is asked for besides.
    fn read(&mut self, asked: &ReadScope) -> Table {
        let side = &self.plan.source;
        let mut extractor = Extractor::source(side, false);
        let changed = |record: &Json| record["modified_at"].as_str().unwrap().parse::<Timestamp>().unwrap();
        for record in self.registrations.values().filter(|record| asked.since.is_none_or(|since| changed(record) >= since)) {
            extractor.take(&[record.to_string().as_bytes()]);
        }
        let known: HashSet<_> = extractor.rows().iter().filter_map(|row| own_key(side, row)).collect();
        let mut delta = asked.since.map(|since| Delta { since, ..Delta::default() });
        self.again = asked.again.iter().filter(|key| !known.contains(key.as_str())).cloned().collect();
        for key in &self.again {
            extractor.take(&[self.registrations[&key.parse().unwrap()].to_string().as_bytes()]);
        }
        if let Some(delta) = &mut delta {
            delta.again = self.again.len() as u64;
        }
        let end = match (self.broken, &delta) {
            (true, _) => End::Broken { reason: "page 7 was answered with 500".into(), class: None },
            (_, Some(_)) => End::Delta,
            (_, None) => End::Complete { evidence: "all".into() },
        };
        let table = Table { delta, clock: Some(self.now), ..extractor.finish(end, 1, 1) };
        relate(&self.plan, table, &[], Clock { now: self.now, today: self.plan.day(self.now) })
    }

    pub fn run(&mut self) -> Ran {
        self.run_watched(&NoWatcher)
    }

    /// What a whole run does; one that a guard, a doubt or the first publishing holds is published by hand.
    pub fn run_watched(&mut self, watcher: &dyn Watcher) -> Ran {
        let (identity, now) = (self.identity(&self.plan), self.now);
        let set = self.store.link_set(&identity).unwrap();
        self.adoption = set.new;
        let lease = self.store.lease("touchpoints", "test", now).unwrap();
        let new = NewRun { identity: &identity, plan: &self.plan.id, binding: &self.plan.hash, by: "test", started: now };
        let run = self.store.begin_run(&lease, &new).unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let clock = Clock { now, today: self.plan.day(now) };
        let asked = run_state::asked(&self.store, &self.plan, &set.id, clock).unwrap();
        let source = self.read(&asked);
        let (_cancelled, cancel) = watch::channel(false);
        let (plan, target, clocked) = (&self.plan, &self.touchpoints, move || now);
        let host = crate::host::Host::real();
        let work = ApplyContext {
            store: &self.store,
            plan,
            target,
            lease: &lease,
            run,
            link_set: &set.id,
            clock: &clocked,
            host: &host,
            watcher,
            beside: &[],
            held_back: None,
            cancel,
        };
        let recovered = runtime.block_on(recover(&work)).unwrap();
        settle_by_read(&self.store, &set.id, &recovered, now).unwrap();
        let change_set = runtime.block_on(self.judge(&set.id, &source, clock));
        let applied = if self.broken { Default::default() } else { runtime.block_on(apply(&work, &change_set)).unwrap() };
        self.finish(run, &change_set, &applied);
        self.store.release(lease, now).unwrap();
        Ran { set: change_set, outcomes: applied.outcomes, recovered }
    }

    async fn judge(&self, set: &str, source: &Table, clock: Clock) -> ChangeSet {
        let (store, plan) = (&self.store, &self.plan);
        let links = store.links(set).unwrap();
        let blocked = store.open_keys(set).unwrap().into_iter().collect();
        let baseline = store.baselines(set, clock.now, clock.now - SignedDuration::from_hours(24 * 31)).unwrap();
        let beside = run_state::related_state(store, plan, None, &Self::identities()).unwrap();
        let (events, digester) = (store.events(set).unwrap(), Digester::new(store.key()));
        let (mut proofs, mut target) = (Proofs::default(), Table::asked());
        loop {
            let input = Input {
                plan,
                source,
                target: &target,
                joined: &[],
                links: &links,
                proofs: &proofs,
                blocked: &blocked,
                events: &events,
                baseline: &baseline,
                clock,
                identity: Identity { link_set: set.to_owned(), ..Identity::default() },
                adoption: self.adoption,
                digester: &digester,
                related: &beside,
                pending_work: &Default::default(),
            };
            let asked = wanted(&input);
            if asked.is_empty() {
                return plan_changes(&input);
            }
            let extractor = Extractor::target(&plan.target, false);
            for (attribute, value) in &asked.finds {
                proofs.note_look_up(plan, *attribute, value);
                let found = self.touchpoints.find(*attribute, value).await.unwrap();
                target.rows.extend(found.iter().map(|record| extractor.row(record).unwrap()));
            }
        }
    }

    fn finish(&self, run: i64, set: &ChangeSet, applied: &Applied) {
        let result = if self.broken { RunResult::Incomplete } else { RunResult::Done };
        let (whole, counts) = (set.head.source.since.is_none(), RunCounts { read: set.ledger.read, ..RunCounts::default() });
        let finished = FinishedRun {
            finished: self.now,
            result,
            counts,
            change_set: None,
            present: &set.updates.present,
            whole,
            approved: Default::default(),
            reading: "",
            sentence: "",
        };
        let transaction = self.store.transaction().unwrap();
        if !self.broken {
            transaction.trust_events(&set.head.link_set).unwrap();
            run_state::store_reads(&self.store, &transaction, &self.plan, run, set, applied, self.now).unwrap();
        }
        self.store.finish_run(run, &finished).unwrap();
        transaction.commit().unwrap();
    }

    /// The records that the next run reads again, and why.
    pub fn pending(&self) -> Vec<String> {
        let pending = self.store.pending(&self.set()).unwrap();
        pending.into_iter().map(|(pending, _)| format!("{} {}", pending.key, pending.why)).collect()
    }
}
