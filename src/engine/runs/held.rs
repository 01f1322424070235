//! What waits for a person: change sets that are held, and the records that the last judgement could not decide on.

use super::{decide::choices, run_session::held_words};
use crate::engine::{Workspace, error::EngineError};
use crate::{
    project::{Hint, Verb},
    run::{
        change_set::{
            ChangeSet, Finding, Operation, Reason, Verdict, call_of_effect,
            hash::Digester,
            ledger::{NEEDS_ATTENTION, WRITING},
        },
        plan::pending::refused_words,
    },
    state::{
        Store,
        approvals::Approval,
        change_sets::{ChangeSetRow, Status},
        decisions::{Choice, Decisions},
        link::Link,
        pending_steps::Refused,
        retention::Forgotten,
    },
    value::key::form,
};
use jiff::Timestamp;
use std::collections::{BTreeMap, HashMap};

/// What waits in one pipeline.
#[derive(Clone, Debug)]
pub struct HeldPipeline {
    pub pipeline: String,
    /// The change set that waits to be applied.
    pub change_set: Option<HeldChangeSet>,
    /// The change set whose findings these are, and when it was made; `None` if none is kept any more.
    pub judged: Option<(String, Timestamp)>,
    pub records: Vec<HeldRecord>,
}

/// A change set that waits to be applied.
#[derive(Clone, Debug)]
pub struct HeldChangeSet {
    pub id: String,
    pub made: Timestamp,
    /// How many records it would write, by verdict.
    pub counts: Vec<(Verdict, u64)>,
    /// `leavers 41 of 264, over "at most 10% or 5"`
    pub why: String,
    /// Why it can't be applied any more.
    pub expired: Option<String>,
    /// What a person has said about it: `approved by ada on 2026-03-09`.
    pub said: Option<String>,
    /// The commands that end the wait.
    pub commands: Vec<Hint>,
}

/// A record that is not written until somebody does something.
#[derive(Clone, Debug)]
pub struct HeldRecord {
    /// Empty where the record has no readable key; `label` is `id 918` then.
    pub key: String,
    pub label: Option<String>,
    pub verdict: Verdict,
    pub reason: Reason,
    pub detail: String,
    pub target: Option<String>,
    /// What ends the wait, in words.
    pub advice: &'static str,
    /// The accounts that it may be, where several are possible.
    pub accounts: Vec<String>,
    /// The commands that end it; several where a person has to choose.
    pub commands: Vec<Hint>,
}

/// How many of the possible accounts are offered as commands.
const NAMED: usize = 5;

/// A change set as it was saved.
type SavedChangeSet = (ChangeSetRow, ChangeSet);

/// What was judged last of a pipeline.
pub(super) struct Judgement {
    pub link_set: String,
    /// The newest change set, if its content is kept.
    pub set: Option<ChangeSet>,
    pub records: Vec<HeldRecord>,
}

/// What the state says by now, which may be more than the last change set knew.
struct Present {
    /// Calls that were sent and not answered, by key.
    perhaps: BTreeMap<String, Vec<String>>,
    refused: HashMap<String, Refused>,
    forgotten: Forgotten,
    decisions: Decisions,
}

impl Workspace {
    /// What waits for a person: in one pipeline, or in all of the folder.
    ///
    /// # Errors
    /// There was no run or plan, no such pipeline, or the state can't be read.
    pub fn held(&self, asked: Option<&str>) -> Result<Vec<HeldPipeline>, EngineError> {
        let mut all: Vec<String> = self.project.pipelines()?.into_iter().map(|pipeline| pipeline.name).collect();
        all.dedup();
        let several = all.len() > 1;
        if asked.is_some() {
            all = vec![self.project.choose(asked)?.name];
        }
        let store = self.state()?;
        all.into_iter().map(|pipeline| self.held_of(&store, pipeline, several)).collect()
    }

    fn held_of(&self, store: &Store, pipeline: String, several: bool) -> Result<HeldPipeline, EngineError> {
        let (saved, judged) = self.judged(store, &pipeline)?;
        let waits = store.held_change_set(&pipeline)?.filter(|row| !row.file.is_empty());
        let waits = waits.map(|row| self.change_set(&row.id)).transpose()?;
        let change_set = waits.as_ref().map(|(row, set)| self.held_change_set(store, row, set)).transpose()?;
        let held_leavers = waits.as_ref().map(|(_, set)| held_leavers(set)).unwrap_or_default();
        let mut records = Vec::new();
        if let Some(newest) = saved.first() {
            let present = Present::of(store, &newest.link_set)?;
            let set = judged.as_ref().map(|(_, set)| set);
            records = self.held_records(store, &newest.link_set, set, &present)?;
            records.extend(left_out(&records, &present));
            let (links, named) = (store.links(&newest.link_set)?, several.then_some(pipeline.as_str()));
            for record in &mut records {
                let calls = present.perhaps.get(&record.key).map_or(&[][..], Vec::as_slice);
                let link = links.of_key(&record.key);
                (record.advice, record.commands) = (advice(&record.reason), commands(record, calls, link, named));
            }
        }
        records.extend(held_leavers);
        let judged = judged.map(|(row, _)| (row.id, row.made));
        Ok(HeldPipeline { pipeline, change_set, judged, records })
    }

    /// The change sets of a pipeline, the newest first, and the newest one whose content is kept.
    fn judged(&self, store: &Store, pipeline: &str) -> Result<(Vec<ChangeSetRow>, Option<SavedChangeSet>), EngineError> {
        let saved: Vec<ChangeSetRow> = store.change_sets_of(pipeline)?;
        let judged = saved.iter().find(|row| !row.file.is_empty()).map(|row| self.change_set(&row.id)).transpose()?;
        Ok((saved, judged))
    }

    /// What was judged last of a pipeline; `None` before the first plan.
    pub(super) fn last_judgement(&self, store: &Store, pipeline: &str) -> Result<Option<Judgement>, EngineError> {
        let (saved, judged) = self.judged(store, pipeline)?;
        let Some(newest) = saved.first() else { return Ok(None) };
        let present = Present::of(store, &newest.link_set)?;
        let set = judged.map(|(_, set)| set);
        let mut records = self.held_records(store, &newest.link_set, set.as_ref(), &present)?;
        records.iter_mut().for_each(|record| record.advice = advice(&record.reason));
        Ok(Some(Judgement { link_set: newest.link_set.clone(), set, records }))
    }

    fn held_change_set(&self, store: &Store, row: &ChangeSetRow, set: &ChangeSet) -> Result<HeldChangeSet, EngineError> {
        let count = |verdict: Verdict| set.operations.iter().filter(|operation| operation.verdict == verdict).count() as u64;
        // Of one whose leavers alone were held, the rest is done.
        let done = |verdict: &Verdict| row.run.is_some() && set.holds_leavers_only() && !matches!(verdict, Verdict::Leave | Verdict::Stage);
        let counts = WRITING
            .into_iter()
            .filter(|verdict| !done(verdict))
            .map(|verdict| (verdict, count(verdict)))
            .filter(|(_, count)| *count > 0)
            .collect();
        let why = if set.is_held() {
            held_words(set)
        } else {
            "it is the first of its systems, and waits to be applied after a review".to_owned()
        };
        let said = store.approval(&row.id)?.map(|approval| said(&approval));
        let expired = self.expired(row, set);
        let mut commands = Vec::new();
        let (follows, now) = (set.head.follows.unwrap_or_default(), self.project.host.now());
        if expired.is_none() && store.wrote_since(&row.link_set, set.head.made_at, (follows, now))?.is_none() {
            commands.push(Hint::of(Verb::Apply, &row.id));
        }
        if set.is_held() && row.status == Status::Held {
            commands.push(Hint::of(Verb::Approve, &row.id));
        }
        Ok(HeldChangeSet { id: row.id.clone(), made: row.made, counts, why, expired, said, commands })
    }

    /// The findings that still wait, and what waits since they were made.
    fn held_records(
        &self,
        store: &Store,
        link_set: &str,
        set: Option<&ChangeSet>,
        present: &Present,
    ) -> Result<Vec<HeldRecord>, EngineError> {
        let mut records = Vec::new();
        for finding in set.into_iter().flat_map(|set| &set.findings) {
            if waits_for_a_person(finding) && still_waits(finding, set, store, link_set, present)? {
                records.push(HeldRecord::of(finding));
            }
        }
        let label = |key: &str| {
            let operation = || set?.operations.iter().find(|operation| operation.key == key)?.label.clone();
            let finding = || set?.findings.iter().find(|finding| finding.key == key)?.label.clone();
            operation().or_else(finding)
        };
        let now = self.project.host.now();
        let mut refused: Vec<(&String, &Refused)> = present.refused.iter().filter(|(_, refused)| now < refused.next).collect();
        refused.sort_unstable_by_key(|(key, _)| *key);
        let digester = Digester::new(store.key());
        for (key, refused) in refused {
            let (reason, detail) = refused_words(refused);
            let kept = present.decisions.of_key(key).filter(|decision| decision.choice == Choice::Keep);
            let is_answered = kept.is_some_and(|decision| decision.answers(&digester.question(reason.word(), &detail)));
            if !is_answered && !records.iter().any(|record| record.key == *key) {
                records.push(HeldRecord::since(key, label(key), reason, detail));
            }
        }
        for (key, calls) in &present.perhaps {
            let detail = format!("sent and never answered: {}", calls.join(", "));
            records.push(HeldRecord::since(key, label(key), Reason::PerhapsNotSent, detail));
        }
        Ok(records)
    }
}

impl Present {
    fn of(store: &Store, link_set: &str) -> Result<Self, EngineError> {
        let mut perhaps: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for (key, effect) in store.perhaps(link_set)? {
            perhaps.entry(key).or_default().push(call_of_effect(&effect).to_owned());
        }
        for calls in perhaps.values_mut() {
            calls.sort_unstable();
            calls.dedup();
        }
        Ok(Self { perhaps, refused: store.refused(link_set)?, forgotten: store.forgotten()?, decisions: store.decisions(link_set)? })
    }
}

impl HeldRecord {
    fn of(finding: &Finding) -> Self {
        let Finding { verdict, key, label, kind, detail, target, accounts, .. } = finding.clone();
        Self { key, label, verdict, reason: kind, detail, target, accounts, advice: "", commands: Vec::new() }
    }

    /// What is known beyond the reason, where people may be named; which pipeline holds an account is nothing about people.
    #[must_use]
    pub fn shown_detail(&self, people: bool) -> &str {
        if people || self.reason == Reason::StillHeld { &self.detail } else { "" }
    }

    /// One that waits since the last change set was made.
    fn since(key: &str, label: Option<String>, reason: Reason, detail: String) -> Self {
        Self {
            key: key.to_owned(),
            label,
            verdict: Verdict::Held,
            reason,
            detail,
            target: None,
            accounts: Vec::new(),
            advice: "",
            commands: Vec::new(),
        }
    }
}

/// Those of whom a person said that they wait, and of whom nothing else is held: nothing is written for them, whatever a run finds.
fn left_out(records: &[HeldRecord], present: &Present) -> Vec<HeldRecord> {
    let is_listed = |key: &str| records.iter().any(|record| form(&record.key) == form(key));
    let waiting = present.decisions.all().into_iter().filter(|decision| decision.choice == Choice::Wait && !is_listed(&decision.key));
    waiting.map(|decision| HeldRecord::since(&decision.key, None, Reason::LeftOut, decision.left_out_words())).collect()
}

/// The people whose leave waits for an approval of the change set, while the rest of it is done.
fn held_leavers(set: &ChangeSet) -> Vec<HeldRecord> {
    if !set.is_held() || !set.holds_leavers_only() {
        return Vec::new();
    }
    let leavers = set.operations.iter().filter(|operation| matches!(operation.verdict, Verdict::Leave | Verdict::Stage));
    let record = |operation: &Operation| HeldRecord {
        target: operation.target.clone(),
        advice: advice(&Reason::GuardExceeded),
        commands: vec![Hint::of(Verb::Approve, &set.head.id)],
        ..HeldRecord::since(&operation.key, operation.label.clone(), Reason::GuardExceeded, held_words(set))
    };
    leavers.map(record).collect()
}

fn waits_for_a_person(finding: &Finding) -> bool {
    NEEDS_ATTENTION.contains(&finding.verdict) || matches!(finding.kind, Reason::LeaverWithAccount | Reason::StillHeld)
}

/// Whether a person has not decided since the change set was made. What the state itself has is taken from there.
fn still_waits(finding: &Finding, set: Option<&ChangeSet>, store: &Store, link_set: &str, present: &Present) -> Result<bool, EngineError> {
    let decided = present.decisions.of_key(&finding.key);
    if decided.is_some_and(|decided| set.is_none_or(|set| decided.made >= set.head.made_at)) {
        return Ok(false);
    }
    Ok(match finding.kind {
        Reason::LeftOut => decided.is_some_and(|decided| decided.choice == Choice::Wait),
        Reason::PerhapsNotSent => false,
        Reason::Failing | Reason::Exists => present.refused.contains_key(&finding.key),
        Reason::NotKept => store.link(link_set, &finding.key)?.is_some_and(|mut link| link.bases.try_again()),
        Reason::Forgotten => set.is_some_and(|set| present.forgotten.holds(&set.head.pipeline, &finding.key)),
        _ => true,
    })
}

/// `approved by ada on 2026-03-09: the department closes`
fn said(approval: &Approval) -> String {
    let Approval { approved, by, made, why, ended, .. } = approval;
    let word = if *approved { "approved" } else { "declined" };
    let why = if why.is_empty() { String::new() } else { format!(": {why}") };
    let ended = ended.as_ref().map(|(_, sentence)| format!("; no run may use it any more, because {sentence}")).unwrap_or_default();
    format!("{word} by {by} on {}{why}{ended}", made.strftime("%Y-%m-%d"))
}

/// What ends the wait.
const fn advice(reason: &Reason) -> &'static str {
    match reason {
        Reason::Ambiguous | Reason::RulesDisagree | Reason::Taken | Reason::Shared => {
            "correct the values that `match` compares, in the source or in the target"
        }
        Reason::DuplicateKey => "leave one record with this key in the source",
        Reason::ProbableRehire => "if it is the same person, `on return { create again }` in `leaver` lets a new account be created",
        Reason::KeyReused => "look whether it is the same person; if it is, link it with its account again",
        Reason::Unknown => "the next run looks up what became of it",
        Reason::Merged => "merge the records in the source, as their accounts were",
        Reason::AccountMissing => "`on lost counterpart create again` or `unlink` in the pipeline says what happens",
        Reason::Return => "`on return` in `leaver` says what comes back",
        Reason::ClosedByHand => "open the account in the target, or say `on closed by hand` in the pipeline",
        Reason::OpenedAgain => "close the account in the target, or say `enforce` in `leaver`",
        Reason::StillHeld => "the last pipeline that lets go of the account closes it",
        Reason::GuardExceeded => "check that these people really leave, then approve the change set",
        Reason::BothChanged => "make the values on both sides equal, or say in the pipeline which side wins",
        Reason::NotKept => "the target shows another value than it was sent: look there, then let the next run write it again",
        Reason::PerhapsNotSent => "look in the target whether the call was made, then say that it was, or let the next run make it",
        Reason::CallWaits => "the call is made once the source shows that this person is still gone",
        Reason::ProcedureChanged => "read what the later steps of `leaver` do now",
        Reason::ChangedHands => "look in the target whose account it is by now",
        Reason::Protected => "a `protect when` of the pipeline says so",
        Reason::SamePerson => "leave one of the records in the source, or correct the value that both want",
        Reason::ValueTaken => "give the value up in the target, or correct it in the source",
        Reason::Unreadable => "correct the value in the target, or the way in which its attribute is read",
        Reason::Failing => "correct what the target refuses; a changed record is tried at once",
        Reason::Exists => "make `match` find the account that has the values, or give them up in the target",
        Reason::Forgotten => "a person asked for it",
        Reason::Unlinked => "a person took it off its account",
        Reason::LeftOut => "a person left it out: `retry` lets the next run write it",
        Reason::Cycle => "break the circle of required references in the source",
        Reason::Swap => "give one of the accounts another value in the target by hand, and the next run writes them all",
        Reason::NoCounterpart | Reason::Reference => "it waits for another record",
        Reason::Missing => "`when missing for` in `leaver` says what happens",
        Reason::NotAnswered => "the next run asks again",
        Reason::ReadAgain => "the next run reads everything",
        Reason::Unread => "the system file lacks what would tell: `lists all`, a `find by` or a `get`",
        Reason::LeaverWithAccount => "close the account in the target, or let the first line of `match` find it",
        Reason::Fault(_) => "correct the value in the source, or the line of the pipeline",
    }
}

/// The commands that end the wait: what `decide` takes, and what else there is. A key that begins like an option has none that could be
/// pasted.
fn commands(record: &HeldRecord, calls: &[String], link: Option<&Link>, pipeline: Option<&str>) -> Vec<Hint> {
    if record.key.is_empty() || record.key.starts_with('-') {
        return Vec::new();
    }
    let in_pipeline = |hint: Hint| pipeline.map_or(hint.clone(), |name| hint.and("--pipeline").and(name));
    let of_key = |verb: Verb| Hint::of(verb, &record.key);
    let ids = || match record.accounts.as_slice() {
        [] => vec!["ID".to_owned()],
        all => all.iter().take(NAMED).cloned().collect(),
    };
    let decide = |choice: &Choice| {
        let hint = || of_key(Verb::Decide).and(choice);
        let named = *choice == Choice::Link || *choice == Choice::Leave && record.target.is_none() && link.is_none();
        if named { ids().into_iter().map(|id| hint().and(id)).collect() } else { vec![hint()] }
    };
    let others = match record.reason {
        Reason::PerhapsNotSent => {
            let each = |call: &String| {
                let hint = of_key(Verb::Resend).and(call);
                [hint.clone(), hint.and("--done")]
            };
            calls.iter().flat_map(each).collect()
        }
        Reason::NotKept | Reason::Failing | Reason::Exists | Reason::LeftOut => vec![of_key(Verb::Retry)],
        Reason::Forgotten => vec![of_key(Verb::Forget).and("--lift")],
        _ => Vec::new(),
    };
    choices(record, link).iter().flat_map(decide).chain(others).map(in_pipeline).collect()
}
