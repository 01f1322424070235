//! Whether a saved change set is still valid (*Saved change sets*). Refuses it before the first write.

use crate::run::{
    change_set::{ChangeSet, Operation, Reason, Verdict},
    classify::leavers,
    read::{extract::Extractor, sides::ask},
    record_scope::{Clock, RecordScope, Refer, key_equals_source_key},
};
use crate::{
    compile::{ExecutionPlan, LeaverKind},
    state::{
        StateError, Store,
        change_sets::{ChangeSetRow, Status},
    },
    systems::{CallError, Connection, GetResult},
    value::{Fault, FaultCode, Value},
};
use jiff::{SignedDuration, Timestamp};
use std::collections::HashMap;

/// How long a change set is valid.
const GOOD_FOR: SignedDuration = SignedDuration::from_hours(24);

/// Why a change set can't be applied any more. Nothing was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// One sentence about it: `one of its leavers no longer leaves`.
    pub why: String,
    /// What has changed, one line each: `source   00231 no longer leaves (contract ended 2026-02-28)`.
    pub moved: Vec<String>,
}

impl Refusal {
    fn new(why: impl Into<String>) -> Self {
        Self { why: why.into(), moved: Vec::new() }
    }
}

/// The present state that a change set has to agree with.
pub struct Present<'a> {
    pub plan: &'a ExecutionPlan,
    pub store: &'a Store,
    /// As [`ChangeSet::link_set`].
    pub link_set: &'a str,
    pub now: Timestamp,
    /// The run that died while it applied the change set, which is gone on with.
    pub resumes: Option<i64>,
}

/// Why a change set is out of date, without asking the systems. The first reason that applies is returned.
///
/// # Errors
/// The state can't be read.
pub fn out_of_date(set: &ChangeSet, row: &ChangeSetRow, present: &Present<'_>) -> Result<Option<Refusal>, StateError> {
    // Ordered from the most permanent reason to the most temporary one: an applied set, then one for other systems, another file or
    // another state, then age and later runs. The first reason is the one that would remain if the others were fixed.
    if !row.status.is_open() && present.resumes.is_none() {
        return Ok(Some(Refusal::new(spent(row))));
    }
    if set.head.link_set != present.link_set {
        return Ok(Some(Refusal::new("it was made for other systems, or for another key")));
    }
    if set.head.binding != present.plan.hash {
        return Ok(Some(edited(set, present.plan)));
    }
    if set.head.lineage != present.store.lineage()? {
        return Ok(Some(Refusal::new("it was made on another state")));
    }
    if let Some(day) = set.head.today.filter(|day| *day != present.plan.day(set.head.made_at)) {
        return Ok(Some(Refusal::new(format!("it was made for {day}, and shows what would be done on that day"))));
    }
    if let Some(why) = too_old(set, present.now) {
        return Ok(Some(Refusal::new(why)));
    }
    if let Some(key) = present.store.decided_since(present.link_set, set.head.made_at, present.now)? {
        return Ok(Some(Refusal::new(format!("a person has decided about {key} since"))));
    }
    let (made, follows) = (set.head.made_at, set.head.follows.max(present.resumes).unwrap_or_default());
    let later = present.store.wrote_since(present.link_set, made, (follows, present.now))?;
    Ok(later.map(|run| match run {
        // What was imported belongs to no run.
        0 => Refusal::new("links were imported since it was made"),
        run => Refusal::new(format!("run {run} has written since it was made")),
    }))
}

/// Takes the secrets, which are not saved, from a new change set, made on a new read: the whole operation, if its hash is the one that
/// was saved. The hash covers the secrets, so a secret that would be another one is refused like any other change.
#[must_use]
pub fn take_secrets(set: &mut ChangeSet, now: &ChangeSet) -> Option<Refusal> {
    if !now.head.source.end.is_complete() {
        return Some(Refusal::new("the source could not be read to its end, so the secrets that it writes can't be worked out again"));
    }
    let found: HashMap<&str, &Operation> = now.operations.iter().map(|operation| (operation.hash.as_str(), operation)).collect();
    let mut moved = Vec::new();
    for operation in set.operations.iter_mut().filter(|operation| operation.has_secret()) {
        match found.get(operation.hash.as_str()) {
            Some(now) if now.key == operation.key => *operation = (*now).clone(),
            _ => moved.push(format!("record   {} would be written with other values now", operation.key)),
        }
    }
    let why = match moved.len() {
        0 => return None,
        1 => "one of its records with a secret has changed".to_owned(),
        n => format!("{n} of its records with secrets have changed"),
    };
    Some(Refusal { why, moved })
}

/// Why a change set can't be applied any more whatever the systems say: it was applied or replaced, or is too old. `None` if it may
/// still be valid.
#[must_use]
pub fn expired(set: &ChangeSet, row: &ChangeSetRow, now: Timestamp) -> Option<String> {
    if row.status.is_open() { too_old(set, now) } else { Some(spent(row)) }
}

/// Why a change set can't be applied or approved any more, whatever its age.
#[must_use]
pub fn expired_by_status(row: &ChangeSetRow) -> Option<String> {
    (!row.status.is_open()).then(|| spent(row))
}

fn too_old(set: &ChangeSet, now: Timestamp) -> Option<String> {
    let age = now.duration_since(set.head.made_at);
    (age > GOOD_FOR).then(|| format!("it is {} h old, and good for 24", age.as_hours()))
}

fn spent(row: &ChangeSetRow) -> String {
    let run = row.run.map(|run| format!(" in run {run}")).unwrap_or_default();
    match row.status {
        Status::Superseded => "a newer change set has taken its place".to_owned(),
        Status::Applying => format!("it is being applied{run}"),
        Status::Stopped | Status::Interrupted => format!("it was applied in part{run}; what is left is planned again"),
        _ => format!("it was applied{run}"),
    }
}

fn edited(set: &ChangeSet, plan: &ExecutionPlan) -> Refusal {
    let moved = format!("file     execution plan {} → {}", set.head.plan, plan.id);
    Refusal { why: "the pipeline, a file that it uses or a setting was changed since".to_owned(), moved: vec![moved] }
}

/// The operations that have to be confirmed: each that takes an account from a person, whichever line says so.
fn leavers<'s>(set: &'s ChangeSet, plan: &ExecutionPlan) -> impl Iterator<Item = &'s Operation> {
    let collection = plan.target.collection();
    set.operations.iter().filter(move |operation| operation.closes(collection))
}

/// How the leavers of a change set are confirmed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LeaverCheck {
    /// The change set has no leavers.
    Nobody,
    /// Each by the source's `get`: [`by_get`].
    Each,
    /// By a new complete read and a new plan: [`by_read`].
    Whole,
}

/// How to confirm the leavers: one by one if the source's `get` takes their key and leaving depends on conditions of the record
/// alone.
#[must_use]
pub fn leaver_check(set: &ChangeSet, plan: &ExecutionPlan) -> LeaverCheck {
    let conditions = plan.leavers.iter().flat_map(|leaver| &leaver.conditions);
    let only_conditions = conditions.into_iter().all(|condition| matches!(condition.kind, LeaverKind::When(_)));
    // What closes an account of somebody who does not leave is decided by lines that need the account too.
    let only_leaves = leavers(set, plan).all(|operation| matches!(operation.verdict, Verdict::Leave | Verdict::Stage));
    match leavers(set, plan).next() {
        None => LeaverCheck::Nobody,
        Some(_)
            if only_conditions
                && only_leaves
                && plan.joins.is_empty()
                && plan.each.is_none()
                && plan.source.collection().get.is_some()
                && key_equals_source_key(plan) =>
        {
            LeaverCheck::Each
        }
        Some(_) => LeaverCheck::Whole,
    }
}

/// Asks the source for each leaver.
///
/// # Errors
/// The source's error.
pub async fn by_get(set: &ChangeSet, plan: &ExecutionPlan, clock: Clock, source: &Connection) -> Result<Option<Refusal>, CallError> {
    let asked = ask(&plan.source);
    each(set, plan, clock, async |key| source.get(plan.source.collection, &key, &asked).await.map(GetResult::record)).await
}

type GetAnswer = Result<Option<Box<[u8]>>, CallError>;

async fn each(
    set: &ChangeSet,
    plan: &ExecutionPlan,
    clock: Clock,
    get: impl AsyncFn(Value) -> GetAnswer,
) -> Result<Option<Refusal>, CallError> {
    let extractor = Extractor::source(&plan.source, false);
    let collection = plan.source.collection();
    let mut moved = Vec::new();
    for operation in leavers(set, plan) {
        let record = get(collection.id_value(&operation.key)).await?;
        // Whoever has left already, and is no record any more, goes on leaving.
        if record.is_none() && operation.verdict == Verdict::Stage {
            continue;
        }
        let row = record.and_then(|record| extractor.row(&record).ok());
        let record = RecordScope::new(plan, clock, &NoLinks, row.as_ref(), None);
        if row.is_none() || !matches!(leavers::by_condition(plan, &record), Ok(Some(_))) {
            moved.push(no_longer(operation));
        }
    }
    Ok(refusal(moved))
}

/// Compares with a new change set, made on a new read.
#[must_use]
pub fn by_read(set: &ChangeSet, now: &ChangeSet, plan: &ExecutionPlan) -> Option<Refusal> {
    if !now.head.source.end.is_complete() {
        return Some(Refusal::new("the source could not be read to its end, so it can't be confirmed that its leavers still leave"));
    }
    let still = |operation: &Operation| {
        leavers(now, plan).any(|each| each.key == operation.key && each.target == operation.target && each.stage == operation.stage)
    };
    let held = |operation: &Operation| {
        let held = now.findings.iter().find(|finding| finding.key == operation.key && finding.kind == Reason::StillHeld);
        held.map(|held| format!("target   {} leaves, and {}", operation.key, held.detail))
    };
    let moved = leavers(set, plan).filter(|operation| !still(operation));
    refusal(moved.map(|operation| held(operation).unwrap_or_else(|| no_longer(operation))).collect())
}

fn no_longer(operation: &Operation) -> String {
    let reason = operation.reason.as_deref().map(|reason| format!(" ({reason})")).unwrap_or_default();
    format!("source   {} no longer leaves{reason}", operation.key)
}

fn refusal(moved: Vec<String>) -> Option<Refusal> {
    let why = match moved.len() {
        0 => return None,
        _ if moved.iter().any(|one| one.starts_with("target")) => "another pipeline holds an account that it would close".to_owned(),
        1 => "one of its leavers no longer leaves".to_owned(),
        n => format!("{n} of its leavers no longer leave"),
    };
    Some(Refusal { why, moved })
}

/// Leaver conditions are confirmed without the links of other people.
struct NoLinks;

impl Refer for NoLinks {
    fn refer(&self, _pipeline: &str, _key: &Value) -> Result<Value, Box<Fault>> {
        Err(Fault::new(FaultCode::LinksUnavailable, "needs links, which are not asked for a leaver"))
    }
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "tests run a task to its end")]
mod tests {
    use super::*;
    use crate::run::tests::fixture::{Fixture, digester, replaced};

    const LEAVER: &str = r#"{"id": 1, "number": "00001", "email": "p1@example.com", "last_name": "N1", "contract_end": "2026-02-27"}"#;
    const MEMBER: &str = r#"{"id": "m1", "external_id": "00001", "email": "p1@example.com", "last_name": "N1", "active": true}"#;

    fn fixture() -> Fixture {
        Fixture::new(LEAVER, MEMBER, "00001=m1")
    }

    struct Case {
        _folder: tempfile::TempDir,
        store: Store,
        fixture: Fixture,
        set: ChangeSet,
        row: ChangeSetRow,
        now: Timestamp,
        resumes: Option<i64>,
    }

    fn case() -> Case {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path()).unwrap();
        let fixture = fixture();
        let mut set = fixture.plan_changes();
        set.head.lineage = store.lineage().unwrap();
        let row = ChangeSetRow {
            id: set.head.id.clone(),
            hash: set.head.hash.clone(),
            pipeline: set.head.pipeline.clone(),
            link_set: set.head.link_set.clone(),
            file: String::new(),
            status: Status::Ready,
            made: set.head.made_at,
            run: None,
        };
        let now = fixture.now + SignedDuration::from_hours(1);
        Case { _folder: folder, store, fixture, set, row, now, resumes: None }
    }

    impl Case {
        fn why(&self) -> Option<String> {
            let present = Present { plan: &self.fixture.plan, store: &self.store, link_set: "l-1", now: self.now, resumes: self.resumes };
            out_of_date(&self.set, &self.row, &present).unwrap().map(|refusal| refusal.why)
        }

        fn after(mut self, change: impl FnOnce(&mut Self)) -> Option<String> {
            change(&mut self);
            self.why()
        }
    }

    #[test]
    fn an_unchanged_change_set_may_be_applied() {
        assert_eq!(case().why(), None);
        let last_moment = |case: &mut Case| case.now = case.fixture.now + SignedDuration::from_hours(24);
        assert_eq!(case().after(last_moment), None);
    }

    #[test]
    fn a_change_since_the_plan_is_refused_and_named() {
        type Change = fn(&mut Case);
        let changes: [(Change, &str); 6] = [
            (|case| case.fixture.plan.hash = "other".into(), "the pipeline, a file that it uses or a setting was changed since"),
            (|case| case.set.head.link_set = "l-2".into(), "it was made for other systems, or for another key"),
            (|case| case.set.head.lineage = "another".into(), "it was made on another state"),
            (|case| case.now = case.fixture.now + SignedDuration::from_hours(25), "it is 25 h old, and good for 24"),
            (|case| case.row.status = Status::Superseded, "a newer change set has taken its place"),
            (|case| (case.row.status, case.row.run) = (Status::Done, Some(7)), "it was applied in run 7"),
        ];
        for (change, why) in changes {
            assert_eq!(case().after(change).as_deref(), Some(why));
        }
    }

    #[test]
    fn what_a_process_left_when_it_died_is_gone_on_with_and_nothing_else() {
        let half = |case: &mut Case| (case.row.status, case.row.run) = (Status::Applying, Some(7));
        assert_eq!(case().after(half).as_deref(), Some("it is being applied in run 7"));
        let dead = |case: &mut Case| {
            half(case);
            case.resumes = Some(7);
        };
        assert_eq!(case().after(dead), None);
        let edited = |case: &mut Case| {
            dead(case);
            case.fixture.plan.hash = "other".into();
        };
        assert!(case().after(edited).is_some_and(|why| why.contains("was changed since")));
    }

    #[test]
    fn a_leaver_who_no_longer_leaves_is_named() {
        let set = fixture().plan_changes();
        let plan = fixture().plan;
        assert_eq!(by_read(&set, &fixture().plan_changes(), &plan), None);
        let stays = |record: &str| Fixture::new(&replaced(LEAVER, "2026-02-27", record), MEMBER, "00001=m1").plan_changes();
        let refusal = by_read(&set, &stays("2026-12-31"), &plan).unwrap();
        assert_eq!(refusal.why, "one of its leavers no longer leaves");
        assert_eq!(refusal.moved, ["source   00001 no longer leaves (contract ended 2026-02-27)"]);
        assert_eq!(by_read(&set, &stays("2026-02-26"), &plan), None, "leaves all the same");
        assert_eq!(digester().operation(&set.operations[0]), set.operations[0].hash);
    }

    #[test]
    fn a_broken_read_proves_nothing() {
        let set = fixture().plan_changes();
        let broken = fixture().with(|fixture| fixture.source_end = crate::run::tests::fixture::broken()).plan_changes();
        assert!(by_read(&set, &broken, &fixture().plan).unwrap().why.starts_with("the source could not be read to its end"));
    }

    #[test]
    fn each_leaver_is_looked_up() {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let fixture = fixture();
        let clock = Clock { now: fixture.now, today: fixture.day() };
        let ask = |record: Option<String>| {
            let answer = async |_| Ok(record.clone().map(|record| record.into_bytes().into()));
            runtime.block_on(each(&fixture.plan_changes(), &fixture.plan, clock, answer)).unwrap()
        };
        assert_eq!(ask(Some(LEAVER.to_owned())), None);
        let moved = ["source   00001 no longer leaves (contract ended 2026-02-27)"];
        for record in
            [Some(replaced(LEAVER, "2026-02-27", "2026-12-31")), Some(replaced(LEAVER, ", \"contract_end\": \"2026-02-27\"", "")), None]
        {
            assert_eq!(ask(record).unwrap().moved, moved);
        }
    }

    #[test]
    fn a_later_step_of_somebody_whom_the_source_no_longer_has_goes_on() {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let fixture = fixture();
        let clock = Clock { now: fixture.now, today: fixture.day() };
        let mut set = fixture.plan_changes();
        (set.operations[0].verdict, set.operations[0].steps) = (Verdict::Stage, vec![crate::run::change_set::Step::Delete]);
        let ask = |record: Option<String>| {
            let answer = async |_| Ok(record.clone().map(|record| record.into_bytes().into()));
            runtime.block_on(each(&set, &fixture.plan, clock, answer)).unwrap()
        };
        assert_eq!(ask(None), None);
        for back in [replaced(LEAVER, "2026-02-27", "2026-12-31"), "{}".to_owned()] {
            assert!(ask(Some(back)).is_some(), "who is there again, or can't be read, is looked at by a person");
        }
    }

    /// A later step that writes, calls or closes, and an update that closes an account, take it from a person no less than a leave does.
    #[test]
    fn whatever_takes_an_account_is_confirmed() {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let fixture = fixture();
        let clock = Clock { now: fixture.now, today: fixture.day() };
        let closes = fixture.plan_changes().operations[0].steps.clone();
        let calls = vec![crate::run::change_set::Step::Call { name: "warn".into(), once: false }];
        let back = replaced(LEAVER, "2026-02-27", "2026-12-31");
        for (verdict, steps) in
            [(Verdict::Stage, closes.clone()), (Verdict::Stage, calls), (Verdict::Update, closes), (Verdict::Update, Vec::new())]
        {
            let mut set = fixture.plan_changes();
            (set.operations[0].verdict, set.operations[0].steps) = (verdict, steps.clone());
            let takes = !steps.is_empty();
            let answer = async |_| Ok(Some(back.clone().into_bytes().into()));
            let asked = runtime.block_on(each(&set, &fixture.plan, clock, answer)).unwrap();
            let now = Fixture::new(&back, MEMBER, "00001=m1").plan_changes();
            assert_eq!(asked.is_some(), takes, "{verdict:?} {steps:?}");
            assert_eq!(by_read(&set, &now, &fixture.plan).is_some(), takes, "{verdict:?} {steps:?}");
        }
    }

    #[test]
    fn leavers_are_looked_up_one_by_one_only_if_the_key_is_the_sources_own() {
        let fixture = fixture();
        assert_eq!(leaver_check(&fixture.plan_changes(), &fixture.plan), LeaverCheck::Whole);
        let nobody = Fixture::new("", "", "");
        assert_eq!(leaver_check(&nobody.plan_changes(), &nobody.plan), LeaverCheck::Nobody);
    }

    /// A change set is good for one run, and the refusal says what has become of it.
    #[test]
    fn one_that_is_spent_says_what_has_become_of_it() {
        let why = |status, run| {
            let mut case = case();
            (case.row.status, case.row.run) = (status, run);
            case.why()
        };
        let said = [
            (Status::Superseded, Some(7), "a newer change set has taken its place"),
            (Status::Applying, Some(7), "it is being applied in run 7"),
            (Status::Stopped, Some(7), "it was applied in part in run 7; what is left is planned again"),
            (Status::Interrupted, None, "it was applied in part; what is left is planned again"),
            (Status::Done, Some(7), "it was applied in run 7"),
        ];
        for (status, run, words) in said {
            assert_eq!(why(status, run).as_deref(), Some(words), "{status:?}");
        }
        assert_eq!(why(Status::Ready, None), None);
    }
}
