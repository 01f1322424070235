//! The fixture of the judgement's tests, with a state, and a target whose members lie in a file.

use crate::run::apply::{Applied, ApplyContext, NoWatcher, Recovered, Target, Watcher, apply, recover, settle_by_read};
use crate::{
    compile::{
        ExecutionPlan,
        program::Program,
        system::{Batch, Call, ErrorClass},
    },
    run::{
        change_set::{ChangeSet, Head, Outcome},
        plan::pending,
        tests::fixture::{Fixture, T_EMAIL, T_EXTERNAL, digester, target_of},
    },
    state::{
        LinkSetIdentity, Store,
        link::Life,
        runs::{FinishedRun, NewRun, RunCounts, RunResult},
    },
    systems::{CallError, Effect, GetResult, Snapshot, Write, WriteKind, Written},
    value::Value,
};
use jiff::Timestamp;
use serde_json::{Map, Value as Json, json};
use std::{
    cell::{Cell, RefCell},
    fs,
    path::{Path, PathBuf},
};
use tokio::sync::watch;

/// What goes wrong with a write.
#[derive(Clone, Debug)]
pub enum Misbehaviour {
    /// Refused: nothing happened.
    Refused(ErrorClass, &'static str),
    /// No request could be made of it.
    NotMade(&'static str),
    /// Not sent, because another request was refused for all.
    Unsent(ErrorClass),
    /// Refused with a status.
    Status(u16, &'static str),
    /// The member is edited by somebody else just before.
    Overtaken(&'static str, Json),
    /// It never arrived, and no response came.
    LostBefore,
    /// It was done, and the answer was lost.
    LostAfter,
    /// It was done, and the response contains no id.
    NoId,
    /// It was not done, and the response shows the member as it is.
    Ignored,
    /// It was not done, and the response contains nothing.
    IgnoredInSilence,
    /// It was not done, and the response repeats what was sent.
    Parroted,
    /// It was done, and the response shows this record.
    Shows(Json),
    /// It was not done, and the response shows this record.
    ShowsOnly(Json),
    /// It arrived and was answered, and the answer proves nothing. Whether it was done.
    Babbled(bool),
}

type FailureRule = Box<dyn Fn(&Write, usize) -> Option<Misbehaviour>>;

/// The target: members as JSON objects, kept in a file, so that they outlive the process.
pub struct Members {
    file: PathBuf,
    plan_attributes: Vec<String>,
    /// By the number of the write, from 1.
    pub failure_rule: RefCell<FailureRule>,
    /// Runs after a write was done and before its answer leaves.
    pub struck: RefCell<Box<dyn Fn(usize)>>,
    pub writes: Cell<usize>,
    pub calls: Cell<usize>,
    pub at_once: usize,
    pub batch: usize,
    /// How many writes one request takes; `None` if each is a request of its own.
    pub gathers: Option<usize>,
    /// Members have a tag, and a write made from another state of one is refused.
    pub tags: bool,
    /// A change made from another state of a member is refused as not fitting.
    pub diffs: bool,
    /// Refuses twins. A target that does not is no excuse for making one.
    pub unique: bool,
    under_way: Cell<usize>,
    pub most_under_way: Cell<usize>,
    /// So many look-ups do not find a new account yet.
    pub lag: Cell<usize>,
    /// No look-up is answered.
    pub silent: Cell<bool>,
    /// Each look-up by a value is refused: a filter that is ignored.
    pub unfiltered: Cell<bool>,
    /// What every `get` answers once there were more than so many writes.
    pub blind: RefCell<Option<(usize, Result<Json, ErrorClass>)>>,
    /// A write is answered only when its job ends, which is never.
    pub endless: Cell<bool>,
    /// Calls delete the member.
    pub purges: Cell<bool>,
}

impl Members {
    pub fn new(folder: &Path, plan: &ExecutionPlan) -> Self {
        let attributes = plan.target.collection().attributes.iter().map(|attribute| attribute.name.clone()).collect();
        Self {
            file: folder.join("members.json"),
            plan_attributes: attributes,
            failure_rule: RefCell::new(Box::new(|_, _| None)),
            struck: RefCell::new(Box::new(|_| {})),
            writes: Cell::new(0),
            calls: Cell::new(0),
            at_once: 4,
            batch: 1,
            gathers: None,
            tags: false,
            diffs: false,
            unique: true,
            under_way: Cell::new(0),
            most_under_way: Cell::new(0),
            lag: Cell::new(0),
            silent: Cell::new(false),
            unfiltered: Cell::new(false),
            blind: RefCell::new(None),
            endless: Cell::new(false),
            purges: Cell::new(false),
        }
    }

    pub fn all(&self) -> Vec<Json> {
        fs::read(&self.file).map_or_else(|_| Vec::new(), |bytes| serde_json::from_slice(&bytes).unwrap())
    }

    pub fn put(&self, all: &[Json]) {
        let aside = self.file.with_extension("new");
        fs::write(&aside, serde_json::to_vec(all).unwrap()).unwrap();
        fs::rename(aside, &self.file).unwrap();
    }

    pub fn of(&self, external_id: &str) -> Json {
        let mut found: Vec<_> = self.all().into_iter().filter(|member| member["external_id"] == external_id).collect();
        assert!(found.len() < 2, "twice: {external_id}");
        found.pop().unwrap_or(Json::Null)
    }

    fn lines(&self) -> String {
        self.all().iter().map(|member| format!("{member}\n")).collect()
    }

    fn fields(&self, write: &Write) -> Map<String, Json> {
        let json = |value: &Value| match value {
            Value::Bool(truth) => json!(truth),
            Value::List(items) => items.iter().map(|item| json!(item.to_text())).collect(),
            value => value.to_text().map_or(Json::Null, |text| json!(text)),
        };
        write.values.iter().map(|(attribute, value)| (self.plan_attributes[*attribute].clone(), json(value))).collect()
    }

    fn place(&self, all: &[Json], write: &Write) -> Option<usize> {
        let id = write.id.as_ref().and_then(Value::canonical_key)?;
        all.iter().position(|member| member["id"] == id.as_str())
    }

    fn overtake(&self, write: &Write, field: &str, value: &Json) {
        let mut all = self.all();
        let at = self.place(&all, write).unwrap();
        all[at][field] = value.clone();
        self.put(&all);
    }

    fn snapshot(&self, member: &Json) -> Snapshot {
        let tag = self.tags.then(|| format!("\"{}\"", blake3::hash(member.to_string().as_bytes())));
        Snapshot { json: member.to_string().into_bytes().into(), tag }
    }

    /// Whether a change was made from the member as it is.
    fn fits(&self, write: &Write, member: &Json) -> Result<(), CallError> {
        let (now, Some(from)) = (self.snapshot(member), &write.record) else { return Ok(()) };
        if !member["merged_into"].is_null() {
            Err(status(308, "moved"))
        } else if from.tag.is_some() && from.tag != now.tag {
            Err(status(412, "the tag is stale"))
        } else if self.diffs && from.json != now.json {
            Err(status(400, "Element 'Email' not found"))
        } else {
            Ok(())
        }
    }

    fn carry_out(&self, write: &Write) -> Result<Json, CallError> {
        let mut all = self.all();
        let at = self.place(&all, write);
        if let (Some(at), WriteKind::Update) = (at, write.kind) {
            self.fits(write, &all[at])?;
        }
        let written = match (write.kind, at) {
            (WriteKind::Create, _) => self.create(&mut all, write)?,
            (_, None) => return Err(error(ErrorClass::Gone, "no such member", Effect::None)),
            (WriteKind::Update | WriteKind::Part(_), Some(at)) => {
                all[at].as_object_mut().unwrap().extend(self.fields(write));
                all[at].clone()
            }
            (WriteKind::Delete, Some(at)) => all.remove(at),
            (WriteKind::Call(_), Some(at)) if self.purges.get() => all.remove(at),
            (WriteKind::Call(_), Some(at)) => {
                let called = all[at]["called"].as_u64().unwrap_or(0) + 1;
                all[at]["called"] = json!(called);
                all[at].clone()
            }
        };
        self.put(&all);
        Ok(written)
    }

    /// A welcome e-mail is sent with each create that asks for one: the count stays with the address.
    fn create(&self, all: &mut Vec<Json>, write: &Write) -> Result<Json, CallError> {
        let mut fields = self.fields(write);
        let same = |name: &str| all.iter().any(|member| member[name] == fields[name] && !fields[name].is_null());
        if self.unique && (same("email") || same("external_id")) {
            return Err(error(ErrorClass::Conflict, "not unique", Effect::None));
        }
        let number = all.iter().filter_map(|member| member["id"].as_str()?.strip_prefix('m')?.parse::<u64>().ok()).max().unwrap_or(0) + 1;
        fields.insert("id".into(), json!(format!("m{number}")));
        if fields.remove("welcome_mail") == Some(json!(true)) {
            let mails = self.mails(fields["email"].as_str().unwrap()) + 1;
            fs::write(self.mail_file(fields["email"].as_str().unwrap()), mails.to_string()).unwrap();
        }
        all.push(Json::Object(fields));
        Ok(all.last().unwrap().clone())
    }

    fn mail_file(&self, email: &str) -> PathBuf {
        self.file.with_file_name(format!("mail-{email}"))
    }

    pub fn mails(&self, email: &str) -> u64 {
        fs::read_to_string(self.mail_file(email)).map_or(0, |count| count.parse().unwrap())
    }

    fn ignored(&self, write: &Write, how: &Misbehaviour) -> Written {
        let all = self.all();
        let mut member = self.place(&all, write).map_or(Json::Null, |at| all[at].clone());
        match how {
            Misbehaviour::Parroted => member.as_object_mut().unwrap().extend(self.fields(write)),
            Misbehaviour::Ignored => {}
            _ => return Written::default(),
        }
        Written { id: write.id.clone(), record: Some(member.to_string().into_bytes().into()) }
    }

    fn one(&self, write: &Write) -> Result<Written, CallError> {
        let number = self.writes.get() + 1;
        self.writes.set(number);
        let misbehaviour = (self.failure_rule.borrow())(write, number);
        match &misbehaviour {
            Some(Misbehaviour::Refused(class, message)) => {
                return Err(CallError { status: Some(422), ..error(*class, message, Effect::None) });
            }
            Some(Misbehaviour::NotMade(message)) => return Err(error(ErrorClass::Invalid, message, Effect::None)),
            Some(Misbehaviour::Unsent(class)) => return Err(error(*class, "token expired", Effect::Unsent)),
            Some(Misbehaviour::Status(number, message)) => return Err(status(*number, message)),
            Some(Misbehaviour::Overtaken(field, value)) => self.overtake(write, field, value),
            Some(ignored @ (Misbehaviour::Ignored | Misbehaviour::IgnoredInSilence | Misbehaviour::Parroted)) => {
                return Ok(self.ignored(write, ignored));
            }
            Some(Misbehaviour::ShowsOnly(record)) => return Ok(shown(record)),
            Some(Misbehaviour::Babbled(false)) => return Err(babble()),
            Some(Misbehaviour::LostBefore) => return Err(error(ErrorClass::Temporary, "no answer", Effect::Unknown)),
            _ => {}
        }
        let record = self.carry_out(write)?;
        (self.struck.borrow())(number);
        match misbehaviour {
            Some(Misbehaviour::LostAfter) => Err(error(ErrorClass::Temporary, "no answer", Effect::Unknown)),
            Some(Misbehaviour::NoId) => Ok(Written::default()),
            Some(Misbehaviour::Shows(record)) => Ok(shown(&record)),
            Some(Misbehaviour::Babbled(_)) => Err(babble()),
            _ => {
                Ok(Written { id: Some(Value::text(record["id"].as_str().unwrap())), record: Some(record.to_string().into_bytes().into()) })
            }
        }
    }
}

pub fn error(class: ErrorClass, message: &str, effect: Effect) -> CallError {
    CallError { class, status: None, code: None, message: message.to_owned(), effect }
}

fn shown(record: &Json) -> Written {
    Written { id: record["id"].as_str().map(Value::text), record: Some(record.to_string().into_bytes().into()) }
}

/// A web page with 200.
fn babble() -> CallError {
    CallError { status: Some(200), ..error(ErrorClass::Temporary, "answers with a web page", Effect::Unknown) }
}

/// A refusal with a status.
fn status(status: u16, message: &str) -> CallError {
    let class = if status == 412 { ErrorClass::Conflict } else { ErrorClass::Invalid };
    CallError { status: Some(status), ..error(class, message, Effect::None) }
}

impl Target for Members {
    /// Follows merges to the surviving account, over any number of them.
    async fn get(&self, id: &Value) -> Result<GetResult, CallError> {
        let blind = self.blind.borrow();
        match blind.as_ref().filter(|(after, _)| self.writes.get() > *after).map(|(_, look)| look) {
            Some(Ok(json)) => {
                let json = json.to_string().into_bytes().into();
                return Ok(GetResult::Record(Snapshot { json, tag: None }));
            }
            Some(Err(ErrorClass::Gone)) => return Ok(GetResult::Gone),
            Some(Err(class)) => return Err(error(*class, "no look", Effect::None)),
            None => {}
        }
        let id = id.canonical_key().unwrap();
        let all = self.all();
        let of = |id: &str| all.iter().find(|member| member["id"] == id);
        let Some(mut member) = of(&id) else { return Ok(GetResult::Gone) };
        while let Some(into) = member["merged_into"].as_str() {
            member = of(into).unwrap();
        }
        let record = self.snapshot(member);
        let own = member["id"].as_str().unwrap();
        Ok(if own == id.as_str() { GetResult::Record(record) } else { GetResult::Merged { id: Value::text(own), record } })
    }

    async fn find(&self, attribute: usize, value: &Value) -> Result<Vec<Box<[u8]>>, CallError> {
        if self.silent.get() {
            return Err(error(ErrorClass::Temporary, "no answer", Effect::None));
        }
        if self.unfiltered.get() {
            return Err(error(ErrorClass::Invalid, "it seems to ignore the filter", Effect::None));
        }
        if self.lag.get() > 0 {
            self.lag.set(self.lag.get() - 1);
            return Ok(Vec::new());
        }
        let (name, value) = (&self.plan_attributes[attribute], value.canonical_key().unwrap());
        let found = self.all().into_iter().filter(|member| member[name] == value.as_str());
        Ok(found.map(|member| member.to_string().into_bytes().into()).collect())
    }

    async fn write(&self, writes: &[Write]) -> Vec<Result<Written, CallError>> {
        self.under_way.set(self.under_way.get() + 1);
        self.most_under_way.set(self.most_under_way.get().max(self.under_way.get()));
        self.calls.set(self.calls.get() + 1);
        tokio::task::yield_now().await;
        let answers = writes.iter().map(|write| self.one(write)).collect();
        if self.endless.get() {
            std::future::pending::<()>().await;
        }
        tokio::task::yield_now().await;
        self.under_way.set(self.under_way.get() - 1);
        answers
    }

    fn batch(&self) -> usize {
        self.batch
    }

    fn gathers(&self, _kind: WriteKind) -> Option<Batch> {
        self.gathers.map(|size| Batch { size, by: None })
    }

    fn at_once(&self) -> usize {
        self.at_once
    }
}

pub fn call(method: &str) -> Call {
    Call::new(
        crate::compile::system::Method::parse(method).expect("a method"),
        Program::Constant(Value::text("/")),
        crate::diagnose::Span::default(),
    )
}

/// A fixture, its state and its members, over several runs.
pub struct ApplyFixture {
    pub planning: Fixture,
    pub store: Store,
    pub members: Members,
    pub cancel: watch::Sender<bool>,
    /// Changes the change set between plan and apply.
    pub meanwhile: Box<dyn Fn(&Members)>,
    /// The clock while it is applied.
    pub later: jiff::SignedDuration,
    /// The change set is loaded from a file before it is applied.
    pub saved: bool,
}

impl ApplyFixture {
    /// People as one JSON object a line; a folder that outlives a run.
    pub fn new(folder: &Path, people: &str) -> Self {
        Self::of(folder, Fixture::new(people, "", ""))
    }

    pub fn of(folder: &Path, mut fixture: Fixture) -> Self {
        let collection = target_of(&mut fixture.plan);
        collection.get = Some(call("GET"));
        collection.finds = vec![(T_EXTERNAL, call("GET")), (T_EMAIL, call("GET"))];
        collection.create = Some(call("POST"));
        collection.attributes[T_EXTERNAL].unique = true;
        collection.consistent_within = 0;
        fixture.guards_off();
        // The key of the fixture's own hashes.
        fs::write(folder.join("state.key"), "07".repeat(32)).unwrap();
        let store = Store::open(folder).unwrap();
        let members = Members::new(folder, &fixture.plan);
        let (cancel, later, saved) = (watch::Sender::new(false), jiff::SignedDuration::ZERO, false);
        Self { planning: fixture, store, members, cancel, meanwhile: Box::new(|_| {}), later, saved }
    }

    pub fn identity(&self) -> LinkSetIdentity {
        let text = str::to_owned;
        LinkSetIdentity { pipeline: text("fixture"), key: text("employee.number"), source: text("hr"), target: text("rewards") }
    }

    pub fn set(&self) -> String {
        self.identity().id()
    }

    pub fn run(&mut self) -> Ran {
        self.run_watched(&NoWatcher)
    }

    /// What a run does before it plans: recovers, and closes what the read shows.
    pub fn settle(&mut self) {
        let (now, set) = (self.planning.now, self.set());
        let identity = self.identity();
        let lease = self.store.lease("fixture", "test", now).unwrap();
        let run =
            self.store.begin_run(&lease, &NewRun { identity: &identity, plan: "p-1", binding: "b-1", by: "test", started: now }).unwrap();
        let (clock, host) = (move || now, crate::host::Host::real());
        let work = ApplyContext {
            store: &self.store,
            plan: &self.planning.plan,
            target: &self.members,
            lease: &lease,
            run,
            link_set: &set,
            clock: &clock,
            host: &host,
            watcher: &NoWatcher,
            beside: &[],
            held_back: None,
            cancel: self.cancel.subscribe(),
        };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let recovered = runtime.block_on(recover(&work)).unwrap();
        settle_by_read(&self.store, &set, &recovered, now).unwrap();
    }

    /// What a whole run does: recovers, reads, judges, applies.
    pub fn run_watched(&mut self, watcher: &dyn Watcher) -> Ran {
        let (now, set) = (self.planning.now, self.set());
        let identity = self.identity();
        let lease = self.store.lease("fixture", "test", now).unwrap();
        let new = NewRun { identity: &identity, plan: "p-1", binding: "b-1", by: "test", started: now };
        let run = self.store.begin_run(&lease, &new).unwrap();
        let later = self.later;
        let clock = move || now + later;
        let (fixture, store, members) = (&mut self.planning, &self.store, &self.members);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let recovered = {
            let host = crate::host::Host::real();
            let work = ApplyContext {
                store,
                plan: &fixture.plan,
                target: members,
                lease: &lease,
                run,
                link_set: &set,
                clock: &clock,
                host: &host,
                watcher,
                beside: &[],
                held_back: None,
                cancel: self.cancel.subscribe(),
            };
            runtime.block_on(recover(&work)).unwrap()
        };
        settle_by_read(store, &set, &recovered, now).unwrap();
        fixture.links = store.links(&set).unwrap();
        fixture.pending_work = pending::load(store, &fixture.plan, &set).unwrap();
        fixture.blocked = store.open_keys(&set).unwrap().into_iter().collect();
        fixture.target = members.lines();
        let mut change_set = fixture.plan_changes();
        change_set.is_fresh = !self.saved;
        (self.meanwhile)(members);
        let before = members.writes.get();
        let host = crate::host::Host::real();
        let work = ApplyContext {
            store,
            plan: &fixture.plan,
            target: members,
            lease: &lease,
            run,
            link_set: &set,
            clock: &clock,
            host: &host,
            watcher,
            beside: &[],
            held_back: None,
            cancel: self.cancel.subscribe(),
        };
        let applied = runtime.block_on(apply(&work, &change_set)).unwrap();
        let transaction = store.transaction().unwrap();
        crate::run::apply::refused::store(
            &transaction,
            &ChangeSet { head: Head { link_set: set.clone(), ..change_set.head.clone() }, ..change_set.clone() },
            &applied,
            &fixture.pending_work.refused,
            &digester(),
            now,
        )
        .unwrap();
        transaction.commit().unwrap();
        let finished = FinishedRun {
            finished: now,
            result: RunResult::Done,
            counts: RunCounts::default(),
            change_set: None,
            present: &[],
            whole: true,
            approved: Default::default(),
            reading: "",
            sentence: "",
        };
        store.finish_run(run, &finished).unwrap();
        store.release(lease, now).unwrap();
        Ran { change_set, applied, recovered, writes: members.writes.get() - before }
    }

    pub fn day(&mut self, day: &str) {
        self.planning.now = format!("{day}T09:00:00Z").parse::<Timestamp>().unwrap();
    }

    /// The state of the link of a key, in a word.
    pub fn life(&self, key: &str) -> String {
        match self.store.link(&self.set(), key).unwrap().map(|link| (link.target, link.life)) {
            None => "none".into(),
            Some((target, Life::Open)) => format!("{target} open"),
            Some((target, Life::Left { stage, next, .. })) => {
                format!("{target} left {stage}{}", next.map(|(day, _)| format!(", next {day}")).unwrap_or_default())
            }
            Some((target, Life::Retired { .. })) => format!("{target} retired"),
        }
    }
}

/// One run.
pub struct Ran {
    pub change_set: ChangeSet,
    pub applied: Applied,
    pub recovered: Recovered,
    pub writes: usize,
}

impl Ran {
    /// How the operations ended: `create 00001 done`, one a line.
    pub fn outcomes(&self) -> String {
        let word = |outcome: &Outcome| match outcome {
            Outcome::Done => "done".to_owned(),
            Outcome::Failed { class, message, attribute } => {
                format!("failed {class}{}: {message}", attribute.as_deref().map(|name| format!(" {name}")).unwrap_or_default())
            }
            Outcome::NotMade { message, attribute } => {
                format!("not made{}: {message}", attribute.as_deref().map(|name| format!(" {name}")).unwrap_or_default())
            }
            Outcome::Conflict { message, .. } => format!("conflict: {message}"),
            Outcome::Perhaps { call } => format!("perhaps not sent: {call}"),
            Outcome::NotKept { message, .. } => format!("not kept: {message}"),
            Outcome::NotShown { message } => format!("not shown: {message}"),
            Outcome::Unknown { message } => format!("unknown: {message}"),
            Outcome::NotAttempted { why } => format!("not attempted: {why}"),
        };
        let verdict = |verdict| serde_json::to_value(verdict).unwrap().as_str().unwrap().to_owned();
        let line = |(operation, outcome): (&crate::run::change_set::Operation, &Outcome)| {
            format!("{} {} {}", verdict(operation.verdict), operation.key, word(outcome))
        };
        self.change_set.operations.iter().zip(&self.applied.outcomes).map(line).collect::<Vec<_>>().join("\n")
    }
}

impl Fixture {
    fn guards_off(&mut self) {
        self.plan.guards.clear();
        self.plan.hold_leavers_only = false;
    }
}

/// A person of the source.
pub fn person(number: usize, more: &str) -> String {
    let comma = if more.is_empty() { "" } else { ", " };
    format!(r#"{{"id": {number}, "number": "{number:05}", "email": "p{number}@example.com", "last_name": "N{number}"{comma}{more}}}"#)
}

/// A member of the target.
pub fn member(number: usize, more: &Json) -> Json {
    let mut member = json!({
        "id": format!("m{number}"),
        "external_id": format!("{number:05}"),
        "email": format!("p{number}@example.com"),
        "last_name": format!("N{number}"),
        "active": true,
    });
    member.as_object_mut().unwrap().extend(more.as_object().cloned().unwrap_or_default());
    member
}

pub fn people(numbers: impl IntoIterator<Item = usize>) -> String {
    numbers.into_iter().map(|number| person(number, "") + "\n").collect()
}
