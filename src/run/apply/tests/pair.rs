//! Two systems that hold the same people, and a pipeline in each direction: real state, real change sets, records in memory.

use crate::run::apply::{Applied, ApplyContext, NoWatcher, Target, Watcher, apply, recover, settle_by_read};
use crate::{
    compile::{
        ExecutionPlan,
        texts::{self, Texts},
    },
    run::{
        change_set::{ChangeSet, Outcome, hash::Digester},
        input::{Identity, Input},
        plan::{plan_changes, wanted},
        proofs::Proofs,
        read::{
            extract::{Delta, Extractor, Table},
            incremental::{ReadScope, may_repeat},
            sides::loses_sight,
        },
        record_scope::{Clock, own_key},
        run_state,
        tests::fixture::render,
    },
    state::{
        LinkSetIdentity, Store,
        runs::{FinishedRun, NewRun, RunCounts, RunResult},
    },
    systems::{CallError, Effect, End, GetResult, Snapshot, Write, WriteKind, Written},
    value::Value,
};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value as Json, json};
use std::{
    cell::{Cell, RefCell},
    collections::{BTreeMap, BTreeSet, HashSet},
    path::Path,
};
use tokio::sync::watch;

const SYSTEMS: &str = r#"
system w {
  title "Members"
  http "https://w.example.com" {
  }
  collection people {
    key     id
    changed modified_at
    lists   all
    list GET "/people" {
      query "since" = since
      items $.items
    }
    get GET "/people/{id}"
    find by email GET "/people" {
      query "email" = email
      items $.items
    }
    create POST  "/people"
    update PATCH "/people/{id}"
    attributes {
      id          : text read only              at $.id
      email       : text unique ignoring case   at $.email
      first_name  : text?                       at $.first_name
      phone       : text?                       at $.phone
      title       : text?                       at $.title
      ends        : date?                       at $.ends
      modified_at : datetime? read only         at $.modified_at
    }
  }
}

system a {
  title "Training"
  http "https://a.example.com" {
  }
  collection contacts {
    key     id
    changed modified_at
    lists   all
    list GET "/contacts" {
      query "since" = since
      items $.items
    }
    get GET "/contacts/{id}"
    find by email GET "/contacts" {
      query "email" = email
      items $.items
    }
    create POST  "/contacts"
    update PATCH "/contacts/{id}"
    attributes {
      id          : text read only              at $.id
      email       : text unique ignoring case   at $.email
      first_name  : text?                       at $.first_name
      phone       : text?                       at $.phone
      title       : text?                       at $.title
      open        : bool? opens                 at $.open
      modified_at : datetime? read only         at $.modified_at
    }
  }
  collection events {
    key     id
    changed modified_at
    list GET "/events" {
      query "since" = since
      items $.items
    }
    get GET "/events/{id}"
    attributes {
      id          : text read only      at $.id
      contact     : text                at $.contact
      modified_at : datetime? read only at $.modified_at
    }
  }
}

system w_notes {
  title "Touchpoints"
  http "https://w.example.com" {
  }
  collection touchpoints {
    key     id
    lists   all
    list GET "/touchpoints" {
      items $.items
    }
    find by event GET "/touchpoints" {
      query "event" = event
      items $.items
    }
    create POST "/touchpoints"
    attributes {
      id     : text read only at $.id
      event  : text unique    at $.event
      person : text           at $.person
    }
  }
}
"#;

const PIPELINES: &str = r#"
pipeline out {
  zone "UTC"
  from w.people as person
  since last run, lookback 10 min
  to   a.contacts
  match {
    email = person.email
  }
  mode update
  map {
    phone = person.phone   clear when missing   on conflict newest then this
    title = person.title   keep when missing
  }
  guard {
    updates at most 100%
    updates of phone at most 100%
    updates of title at most 100%
    clears  at most 100%
  }
}

pipeline back {
  zone "UTC"
  from a.contacts as contact
  since last run, lookback 10 min
  to   w.people
  match {
    email = contact.email
  }
  mode create and update
  map {
    email      = contact.email         on create
    first_name = contact.first_name    keep when missing
    phone      = contact.phone         keep when missing
  }
  guard {
    updates at most 100%
    updates of phone at most 100%
    updates of first_name at most 100%
  }
}

pipeline notes {
  zone "UTC"
  from a.events as event
  since last run, lookback 10 min
  to   w_notes.touchpoints
  match {
    event = event.id
  }
  mode create
  map {
    event  = event.id
    person = event.contact | counterpart(back)
  }
}
"#;

/// The records of a collection, and what the system makes of them.
pub struct Records {
    attributes: Vec<String>,
    pub all: RefCell<BTreeMap<String, Map<String, Json>>>,
    prefix: &'static str,
    /// Its clock, ahead of ours.
    pub ahead: Cell<SignedDuration>,
    pub now: Cell<Timestamp>,
    /// Telephone numbers are kept in its own form.
    pub normalises: Cell<bool>,
    /// Answers of writes hold the record.
    pub tells: Cell<bool>,
    pub writes: Cell<usize>,
    /// Refuses every write.
    pub refuses: Cell<bool>,
    /// Shows each record as it was before it was written last.
    pub lags: Cell<bool>,
    before: RefCell<BTreeMap<String, Map<String, Json>>>,
    /// Look-ups by key since the last run began.
    pub gets: RefCell<Vec<String>>,
}

impl Records {
    fn new(plan: &crate::compile::Side, prefix: &'static str) -> Self {
        let attributes = plan.collection().attributes.iter().map(|attribute| attribute.name.clone()).collect();
        let all = RefCell::default();
        let (ahead, now) = (Cell::new(SignedDuration::ZERO), Cell::new(Timestamp::UNIX_EPOCH));
        let (normalises, tells, writes, refuses) = (Cell::new(false), Cell::new(true), Cell::new(0), Cell::new(false));
        let (lags, before, gets) = (Cell::new(false), RefCell::default(), RefCell::default());
        Self { attributes, all, prefix, ahead, now, normalises, tells, writes, refuses, lags, before, gets }
    }

    fn clock(&self) -> Timestamp {
        self.now.get() + self.ahead.get()
    }

    /// Edits or creates a record, as a person would.
    pub fn edit(&self, id: &str, attribute: &str, value: impl Into<Json>) {
        let mut all = self.all.borrow_mut();
        let record = all.entry(id.to_owned()).or_insert_with(|| Map::from_iter([("id".to_owned(), json!(id))]));
        record.insert(attribute.to_owned(), value.into());
        record.insert("modified_at".to_owned(), json!(self.clock().to_string()));
    }

    pub fn get(&self, id: &str, attribute: &str) -> String {
        let all = self.all.borrow();
        all.get(id).and_then(|record| record.get(attribute)).and_then(Json::as_str).unwrap_or("-").to_owned()
    }

    fn kept(&self, attribute: &str, value: &Value) -> Json {
        match (attribute, value, value.as_text()) {
            ("phone", _, Some(text)) if self.normalises.get() && text.starts_with('0') => json!(format!("+61{}", &text[1..])),
            (_, Value::Bool(truth), _) => json!(truth),
            _ => value.to_text().map_or(Json::Null, |text| json!(text)),
        }
    }

    fn one(&self, write: &Write) -> Result<Written, CallError> {
        self.writes.set(self.writes.get() + 1);
        if self.refuses.get() {
            let message = "no".to_owned();
            return Err(CallError {
                class: crate::compile::system::ErrorClass::Invalid,
                status: Some(422),
                code: None,
                message,
                effect: Effect::None,
            });
        }
        let id = match (&write.id, write.kind) {
            (Some(id), WriteKind::Update) => id.canonical_key().unwrap().to_string(),
            _ => format!("{}{}", self.prefix, self.all.borrow().len() + 1),
        };
        if let Some(record) = self.all.borrow().get(&id) {
            self.before.borrow_mut().insert(id.clone(), record.clone());
        }
        for (attribute, value) in &write.values {
            let name = &self.attributes[*attribute];
            self.edit(&id, name, self.kept(name, value));
        }
        let record = Json::Object(self.all.borrow()[&id].clone());
        let record = self.tells.get().then(|| record.to_string().into_bytes().into());
        Ok(Written { id: Some(Value::text(&id)), record })
    }

    fn record(&self, id: &str) -> Option<Box<[u8]>> {
        self.all.borrow().get(id).map(|record| Json::Object(record.clone()).to_string().into_bytes().into())
    }

    /// The result of a read: all records, or the changed and the requested ones.
    fn read(&self, side: &crate::compile::Side, mut extractor: Extractor, asked: &ReadScope, end: &End) -> Table {
        let changed = |record: &Map<String, Json>| record["modified_at"].as_str().unwrap().parse::<Timestamp>().unwrap();
        let all = self.all.borrow();
        let named: Vec<_> = all.values().filter(|record| asked.since.is_none_or(|since| changed(record) >= since)).collect();
        named.iter().for_each(|record| extractor.take(&[Json::Object((*record).clone()).to_string().as_bytes()]));
        let mut delta = asked.since.map(|since| Delta { since, ..Delta::default() });
        assert!(may_repeat(side, true));
        let known: HashSet<_> = extractor.rows().iter().filter_map(|row| own_key(side, row)).collect();
        for key in asked.again.iter().filter(|key| !known.contains(key.as_str())) {
            self.gets.borrow_mut().push(key.clone());
            match (all.get(key), &mut delta) {
                (Some(record), Some(delta)) => {
                    extractor.take(&[Json::Object(record.clone()).to_string().as_bytes()]);
                    delta.again += 1;
                }
                (None, Some(delta)) => drop(delta.gone.insert(key.clone())),
                (_, None) => unreachable!("a full read asks for nobody"),
            }
        }
        if let Some(delta) = &mut delta {
            delta.lost_sight = loses_sight(side, &extractor, &asked.waiting, &BTreeSet::new());
        }
        let end = if delta.is_some() && end.is_complete() { End::Delta } else { end.clone() };
        Table { records: named.len() as u64, delta, clock: Some(self.clock()), ..extractor.finish(end, 1, 1) }
    }
}

impl Target for Records {
    async fn get(&self, id: &Value) -> Result<GetResult, CallError> {
        let id = id.canonical_key().unwrap();
        let before = self.before.borrow().get(&*id).filter(|_| self.lags.get()).cloned();
        let record = before.map(|record| Json::Object(record).to_string().into_bytes().into()).or_else(|| self.record(&id));
        Ok(record.map_or(GetResult::Gone, |json| GetResult::Record(Snapshot::of(json))))
    }

    async fn find(&self, attribute: usize, value: &Value) -> Result<Vec<Box<[u8]>>, CallError> {
        let (name, wanted) = (&self.attributes[attribute], value.to_text().unwrap().to_lowercase());
        let all = self.all.borrow();
        let found = all.values().filter(|record| record.get(name).and_then(Json::as_str).is_some_and(|text| text.to_lowercase() == wanted));
        Ok(found.map(|record| Json::Object(record.clone()).to_string().into_bytes().into()).collect())
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

/// Members, trainees and their events, and the three pipelines between them.
pub struct Both {
    pub out: ExecutionPlan,
    pub back: ExecutionPlan,
    pub notes: ExecutionPlan,
    pub w: Records,
    pub a: Records,
    pub events: Records,
    pub touchpoints: Records,
    pub store: Store,
    now: Timestamp,
}

/// Which pipeline runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    Out,
    Back,
    Notes,
}

/// One run.
pub struct Ran {
    pub set: ChangeSet,
    pub asked: ReadScope,
    pub outcomes: Vec<Outcome>,
}

impl Ran {
    /// What was done and found, without guards.
    pub fn lines(&self) -> String {
        render(&self.set)
    }

    /// How both-sided changes were decided.
    pub fn conflicts(&self) -> Vec<String> {
        let line = |one: &crate::run::change_set::Conflicted| {
            format!("{} {}: {}", one.key, one.attribute, one.why.as_deref().unwrap_or("nothing decides"))
        };
        self.set.head.conflicts.iter().map(line).collect()
    }
}

impl Both {
    pub fn new(folder: &Path) -> Self {
        Self::edited(folder, &[])
    }

    /// With edits of the pipelines.
    pub fn edited(folder: &Path, edits: &[(&str, &str)]) -> Self {
        let mut text = format!("{SYSTEMS}{PIPELINES}");
        for (from, to) in edits {
            assert!(text.contains(from), "{from}");
            text = text.replacen(from, to, 1);
        }
        let project = Texts { files: vec![("both.sync", &text)], ..Texts::default() }.project();
        let [out, back, notes] = ["out", "back", "notes"].map(|name| texts::plan(&project, name, &[]));
        assert_eq!(out.twin.as_ref().map(|twin| twin.pipeline.as_str()), Some("back"));
        let (w, a) = (Records::new(&out.source, "w"), Records::new(&out.target, "a"));
        let (events, touchpoints) = (Records::new(&notes.source, "e"), Records::new(&notes.target, "t"));
        std::fs::write(folder.join("state.key"), "07".repeat(32)).unwrap();
        let store = Store::open(folder).unwrap();
        let mut both = Self { out, back, notes, w, a, events, touchpoints, store, now: Timestamp::UNIX_EPOCH };
        both.at("2026-03-02T08:00:00Z");
        both
    }

    /// An account of training is open if it exists, unless it says otherwise.
    pub fn open(&self, id: &str) {
        if let Some(record) = self.a.all.borrow_mut().get_mut(id) {
            record.entry("open").or_insert(json!(true));
        }
    }

    pub fn at(&mut self, time: &str) {
        self.now = time.parse().unwrap();
        for records in [&self.w, &self.a, &self.events, &self.touchpoints] {
            records.now.set(self.now);
        }
    }

    pub fn later(&mut self, minutes: i64) {
        let now = self.now + SignedDuration::from_mins(minutes);
        self.at(&now.to_string());
    }

    fn plan(&self, way: Way) -> (&ExecutionPlan, &Records, &Records) {
        match way {
            Way::Out => (&self.out, &self.w, &self.a),
            Way::Back => (&self.back, &self.a, &self.w),
            Way::Notes => (&self.notes, &self.events, &self.touchpoints),
        }
    }

    fn identities(&self) -> BTreeMap<String, String> {
        ["w", "a", "w_notes"].map(|name| (name.to_owned(), format!("https://{}.example.com", &name[..1]))).into()
    }

    pub fn identity(&self, way: Way) -> LinkSetIdentity {
        let (plan, ..) = self.plan(way);
        let end = |side: &crate::compile::Side| format!("{} {}", self.identities()[&side.system.name], side.collection().name);
        LinkSetIdentity { pipeline: plan.name.clone(), key: plan.key_text.clone(), source: end(&plan.source), target: end(&plan.target) }
    }

    pub fn run(&self, way: Way) -> Ran {
        self.run_watched(way, &NoWatcher, None)
    }

    /// What a whole run does. `broken`: why the source's read stops.
    pub fn run_watched(&self, way: Way, watcher: &dyn Watcher, broken: Option<&str>) -> Ran {
        let (plan, source, target) = self.plan(way);
        let (identity, clock) = (self.identity(way), Clock { now: self.now, today: plan.day(self.now) });
        let twin = run_state::other_direction(&self.store, plan, &identity).unwrap();
        if let Some(twin) = &twin {
            run_state::share_links(&self.store, &identity, twin, self.now).unwrap();
        }
        let set = self.store.link_set(&identity).unwrap();
        let lease = self.store.lease(&plan.name, "test", self.now).unwrap();
        let new = NewRun { identity: &identity, plan: &plan.id, binding: &plan.hash, by: "test", started: self.now };
        let run = self.store.begin_run(&lease, &new).unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let (_cancelled, cancel) = watch::channel(false);
        let now = self.now;
        let clocked = move || now;
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
        source.gets.borrow_mut().clear();
        let asked = run_state::asked(&self.store, plan, &set.id, clock).unwrap();
        let complete = End::Complete { evidence: "all".into() };
        let end = broken.map_or(complete.clone(), |reason| End::Broken { reason: reason.into(), class: None });
        let from = source.read(&plan.source, Extractor::source(&plan.source, false), &asked, &end);
        let to = target.read(&plan.target, Extractor::target(&plan.target, false), &ReadScope::default(), &complete);
        settle_by_read(&self.store, &set.id, &recovered, now).unwrap();
        let change_set = self.judge((plan, source), &set.id, (from, to), clock, twin.as_ref());
        let applied = if broken.is_none() { runtime.block_on(apply(&work, &change_set)).unwrap() } else { Default::default() };
        self.finish(run, &change_set, &applied, plan, broken.is_none());
        self.store.release(lease, now).unwrap();
        Ran { set: change_set, asked, outcomes: applied.outcomes }
    }

    fn judge(
        &self,
        (plan, records): (&ExecutionPlan, &Records),
        set: &str,
        (source, target): (Table, Table),
        clock: Clock,
        twin: Option<&LinkSetIdentity>,
    ) -> ChangeSet {
        let (store, links) = (&self.store, self.store.links(set).unwrap());
        let blocked = store.open_keys(set).unwrap().into_iter().collect();
        let baseline = store.baselines(set, clock.now, clock.now - SignedDuration::from_hours(24 * 31)).unwrap();
        let beside = run_state::related_state(store, plan, twin, &self.identities()).unwrap();
        let mut proofs = Proofs::default();
        let input = |proofs: &Proofs| {
            let input = Input {
                plan,
                source: &source,
                target: &target,
                joined: &[],
                links: &links,
                proofs,
                blocked: &blocked,
                events: &Default::default(),
                baseline: &baseline,
                clock,
                identity: Identity { link_set: set.to_owned(), ..Identity::default() },
                adoption: false,
                digester: &Digester::new(store.key()),
                related: &beside,
                pending_work: &Default::default(),
            };
            (wanted(&input), plan_changes(&input))
        };
        let asked = input(&proofs).0;
        proofs.gone.extend(asked.gets.iter().cloned());
        proofs.asked.extend(asked.gets);
        proofs.source_gone.extend(asked.source_gets.iter().filter(|key| records.record(key).is_none()).cloned());
        proofs.source_asked.extend(asked.source_gets);
        input(&proofs).1
    }

    fn finish(&self, run: i64, set: &ChangeSet, applied: &Applied, plan: &ExecutionPlan, settled: bool) {
        let result = if settled { RunResult::Done } else { RunResult::Incomplete };
        let whole = set.head.source.since.is_none();
        let counts = RunCounts { read: set.ledger.read, ..RunCounts::default() };
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
        if settled {
            run_state::store_reads(&self.store, &transaction, plan, run, set, applied, self.now).unwrap();
        }
        self.store.finish_run(run, &finished).unwrap();
        transaction.commit().unwrap();
    }

    /// Writes on both sides since the last time it was asked.
    pub fn written(&self) -> (usize, usize) {
        (self.w.writes.take(), self.a.writes.take())
    }

    /// The records that the next run of a pipeline reads again, and why.
    pub fn pending(&self, way: Way) -> Vec<String> {
        let pending = self.store.pending(&self.identity(way).id()).unwrap();
        pending.into_iter().map(|(pending, _)| format!("{} {}", pending.key, pending.why)).collect()
    }
}
