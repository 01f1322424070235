//! Leavers: which records leave, and when, by conditions, absence and stages. Pure.

use crate::run::change_set::{NextStage, hash};
use crate::run::record_scope::RecordScope;
use crate::{
    compile::{Action, ExecutionPlan, Leaver, LeaverCondition, LeaverKind, Stage, system::Collection},
    state::link::{Absence, Life, Link},
    value::{Fault, Span, Value},
};
use jiff::{SignedDuration, Timestamp, ToSpan, civil::Date};

/// Minimum time between two counts of absence, so that several runs on one day count once.
const HOURS_APART: i64 = 20;

/// Two machines that share a state may differ by as much.
const CLOCKS_DIFFER: SignedDuration = SignedDuration::from_mins(5);

/// The block and the condition by which a record leaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LeaveReason {
    pub block: usize,
    pub condition: usize,
}

impl LeaveReason {
    /// The condition itself.
    #[must_use]
    pub fn condition(self, plan: &ExecutionPlan) -> &LeaverCondition {
        &plan.leavers[self.block].conditions[self.condition]
    }
}

fn conditions(plan: &ExecutionPlan) -> impl Iterator<Item = (LeaveReason, &LeaverCondition)> {
    plan.leavers.iter().enumerate().flat_map(|(block, leaver)| {
        leaver.conditions.iter().enumerate().map(move |(condition, found)| (LeaveReason { block, condition }, found))
    })
}

/// The first `leaver { when … }` that holds.
///
/// # Errors
/// The fault of a value that a condition needs, and which condition, unless another one holds.
pub fn by_condition(plan: &ExecutionPlan, record: &RecordScope<'_>) -> Result<Option<LeaveReason>, (Box<Fault>, LeaveReason)> {
    let mut failed = None;
    for (because, condition) in conditions(plan) {
        let LeaverKind::When(program) = &condition.kind else { continue };
        match program.holds(record) {
            Ok(true) => return Ok(Some(because)),
            Ok(false) => {}
            // What has not changed decides nothing anew.
            Err(fault) if fault.is_unshown() => {}
            Err(fault) => failed = failed.or(Some((fault, because))),
        }
    }
    failed.map_or(Ok(None), Err)
}

/// `leaver { when out of scope }`
#[must_use]
pub fn by_scope(plan: &ExecutionPlan) -> Option<LeaveReason> {
    conditions(plan).find(|(_, condition)| matches!(condition.kind, LeaverKind::OutOfScope)).map(|(because, _)| because)
}

/// The first condition that becomes true on a day that is known.
#[must_use]
pub fn on_a_day(plan: &ExecutionPlan) -> Option<LeaveReason> {
    conditions(plan).find(|(_, condition)| condition.due.is_some()).map(|(because, _)| because)
}

/// The `when missing` that a counter has reached.
#[must_use]
pub fn by_absence(plan: &ExecutionPlan, absence: &Absence) -> Option<LeaveReason> {
    conditions(plan).find(|(_, condition)| reached(&condition.kind, absence)).map(|(because, _)| because)
}

/// Whether a record counts as gone that the source has not shown: by the pipeline's own rule, or by three reads where it has none.
#[must_use]
pub fn is_shown_gone(plan: &ExecutionPlan, absence: &Absence) -> bool {
    if counts_absence(plan) { by_absence(plan, absence).is_some() } else { absence.runs >= 3 }
}

/// Whether somebody who claimed an account counts as gone: as [`is_shown_gone`], and by two reads at least, because one that leaves
/// somebody out proves nothing.
#[must_use]
pub fn claimant_is_gone(plan: &ExecutionPlan, absence: &Absence) -> bool {
    absence.runs >= 2 && is_shown_gone(plan, absence)
}

/// Whether anything counts absence.
#[must_use]
pub fn counts_absence(plan: &ExecutionPlan) -> bool {
    conditions(plan).any(|(_, condition)| matches!(condition.kind, LeaverKind::MissingForRuns { .. } | LeaverKind::MissingFor(_)))
}

fn reached(kind: &LeaverKind, absence: &Absence) -> bool {
    match kind {
        LeaverKind::MissingForRuns { runs, .. } => u64::from(absence.runs) >= *runs,
        LeaverKind::MissingFor(span) => absence.runs >= 2 && between(absence) >= span.seconds(),
        LeaverKind::When(_) | LeaverKind::OutOfScope => false,
    }
}

fn between(absence: &Absence) -> i64 {
    absence.first.zip(absence.last).map_or(0, |(first, last)| last.as_second() - first.as_second())
}

/// `2 of 3`, of who is missing.
#[must_use]
pub fn absence_words(plan: &ExecutionPlan, absence: &Absence) -> Option<String> {
    conditions(plan).find_map(|(_, condition)| match &condition.kind {
        LeaverKind::MissingForRuns { runs: 1, .. } => Some("1 run".to_owned()),
        LeaverKind::MissingForRuns { runs, .. } => Some(format!("{} of {runs} runs", absence.runs)),
        LeaverKind::MissingFor(span) => Some(time_words(between(absence), span.seconds())),
        LeaverKind::When(_) | LeaverKind::OutOfScope => None,
    })
}

/// `2 of 3 runs, counted once in 20 h`, of who is missing and does not leave yet.
#[must_use]
pub fn absence_so_far(plan: &ExecutionPlan, absence: &Absence) -> Option<String> {
    let counted = conditions(plan).find_map(|(_, condition)| match condition.kind {
        LeaverKind::MissingForRuns { runs: 2.., at_least_apart, .. } => Some(at_least_apart.map_or(HOURS_APART * 3600, Span::seconds)),
        _ => None,
    });
    let once = counted.filter(|apart| *apart > 0).map(|apart| format!(", counted once in {}", apart_words(apart))).unwrap_or_default();
    absence_words(plan, absence).map(|words| if words.ends_with("runs") { words + &once } else { words })
}

/// `20 h`, `30 min`
fn apart_words(seconds: i64) -> String {
    if seconds % 3600 == 0 { format!("{} h", seconds / 3600) } else { format!("{} min", seconds.div_euclid(60).max(1)) }
}

/// `3 of 14 days`; in hours where the limit is less than two days.
fn time_words(absent: i64, limit: i64) -> String {
    const HOUR: i64 = 3_600;
    let (unit, word) = if limit < 48 * HOUR { (HOUR, "h") } else { (24 * HOUR, "days") };
    format!("{} of {} {word}", absent / unit, limit / unit)
}

/// The counter after a complete read without the person: once in 20 hours at most, unless the pipeline says `at least D apart`.
#[must_use]
pub fn missing_again(plan: &ExecutionPlan, absence: &Absence, now: Timestamp) -> Absence {
    let apart = conditions(plan).find_map(|(_, condition)| match condition.kind {
        LeaverKind::MissingForRuns { at_least_apart, .. } => at_least_apart.map(Span::seconds),
        _ => None,
    });
    counted_again(absence, now, apart.unwrap_or(HOURS_APART * 3600))
}

/// The same counter of somebody who claimed an account: once in 20 hours at most, whatever the pipeline says.
#[must_use]
pub fn claimant_missing_again(plan: &ExecutionPlan, absence: &Absence, now: Timestamp) -> Absence {
    let twenty_hours = counted_again(absence, now, HOURS_APART * 3600);
    if twenty_hours == *absence { twenty_hours } else { missing_again(plan, absence, now) }
}

fn counted_again(absence: &Absence, now: Timestamp, apart: i64) -> Absence {
    match absence.last {
        // The clock was ahead when it was counted, so that nothing is known of how long that is ago.
        Some(last) if last > now + CLOCKS_DIFFER => Absence { runs: 1, first: Some(now), last: Some(now) },
        Some(last) if now.as_second() - last.as_second() < apart => absence.clone(),
        Some(_) => Absence { runs: absence.runs.saturating_add(1), first: absence.first, last: Some(now) },
        None => Absence { runs: 1, first: Some(now), last: Some(now) },
    }
}

/// The first `protect when` that holds, or can't be evaluated: its reason and line.
#[must_use]
pub fn protected<'p>(plan: &'p ExecutionPlan, record: &RecordScope<'_>) -> Option<&'p crate::compile::Protect> {
    let protects = plan.leavers.iter().flat_map(|leaver| &leaver.protect);
    protects.into_iter().find(|protect| protect.condition.holds(record).unwrap_or(true))
}

/// The earliest day on which a condition on `today` becomes true for a record, and the condition.
#[must_use]
pub fn due(plan: &ExecutionPlan, record: &RecordScope<'_>) -> Option<(Date, LeaveReason)> {
    let days = conditions(plan).filter_map(|(because, condition)| {
        let LeaverKind::When(program) = &condition.kind else { return None };
        let Value::Date(day) = condition.due.as_ref()?.run(record).ok()? else { return None };
        let holds = |day: Date| program.holds(&record.on(day)).unwrap_or(false);
        let next = day.tomorrow().ok()?;
        if holds(day) { Some((day, because)) } else { holds(next).then_some((next, because)) }
    });
    days.min_by_key(|(day, _)| *day)
}

/// The value that the condition spoke of, as a report says it: `contract ended 2026-02-27`.
#[must_use]
pub fn reason(plan: &ExecutionPlan, because: LeaveReason, record: &RecordScope<'_>) -> String {
    let condition = because.condition(plan);
    let day = condition.due.as_ref().and_then(|due| due.run(record).ok());
    match day {
        Some(Value::Date(day)) => format!("{} {day}", condition.reason),
        _ => condition.reason.clone(),
    }
}

/// The block whose later stages apply to a link that left: by the condition that is true now, else by the one it left by.
#[must_use]
pub fn block_of_left(plan: &ExecutionPlan, by: Option<LeaveReason>, link: &Link) -> Option<usize> {
    let Life::Left { by_scope: scope, .. } = link.life else { return None };
    let as_left = || if scope { by_scope(plan).map(|because| because.block) } else { None };
    by.map(|because| because.block).or_else(as_left).or(if plan.leavers.is_empty() { None } else { Some(0) })
}

/// The progress of a leave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LeaverStatus {
    /// No later step is left.
    Done,
    /// The next stage is due on this day.
    Waits(Date),
    /// The next stage is due: its number, counted from 1 for the block's own lines.
    Due(u32),
    /// The file says something else than when this person left.
    ProcedureChanged,
}

/// The next step of a leave (*Later steps of a leave*): after an edit the file decides what is done, and the later
/// of the old and the new day decides when, so that a shorter delay deletes no account early.
#[must_use]
pub fn leaver_status(plan: &ExecutionPlan, leaver: &Leaver, link: &Link, today: Date) -> LeaverStatus {
    let Life::Left { stage, done, next, .. } = &link.life else { return LeaverStatus::Done };
    let Some(wanted) = leaver.stages.get(stage.saturating_sub(1) as usize) else { return LeaverStatus::Done };
    let Some((day, hash)) = next else { return LeaverStatus::ProcedureChanged };
    if *hash != stage_hash(wanted) {
        return LeaverStatus::ProcedureChanged;
    }
    let by_file = days_after(plan.day(*done), delay_days(wanted.delay));
    let due = (*day).max(by_file);
    if due <= today { LeaverStatus::Due(stage + 1) } else { LeaverStatus::Waits(due) }
}

/// The next step of a leave where the file says another than when the person left: its number, and the later of the old and the new day.
#[must_use]
pub fn changed_stage(plan: &ExecutionPlan, leaver: &Leaver, link: &Link) -> Option<(u32, Date)> {
    let Life::Left { stage, done, next, .. } = &link.life else { return None };
    let wanted = leaver.stages.get(stage.saturating_sub(1) as usize)?;
    let by_file = days_after(plan.day(*done), delay_days(wanted.delay));
    Some((stage + 1, next.map_or(by_file, |(day, _)| day.max(by_file))))
}

/// A later step that the file has earlier than it was announced when the person left.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EarlierStep {
    /// ``step 2, `delete` after 6 days``
    pub words: String,
    /// The day that counts now.
    pub before: Date,
    /// The day by the file.
    pub after: Date,
}

/// The next step of a leave that the file has earlier than announced. Of several blocks with this step, the one with the latest day.
#[must_use]
pub fn earlier_step(plan: &ExecutionPlan, link: &Link) -> Option<EarlierStep> {
    let Life::Left { stage, done, next: Some((before, hash)), .. } = &link.life else { return None };
    let stages = plan.leavers.iter().filter_map(|block| block.stages.get(stage.saturating_sub(1) as usize));
    let day = |wanted: &Stage| days_after(plan.day(*done), delay_days(wanted.delay));
    let (after, wanted) =
        stages.filter(|wanted| stage_hash(wanted) == *hash).map(|wanted| (day(wanted), wanted)).max_by_key(|(day, _)| *day)?;
    let words = || format!("step {}, {}", stage + 1, words_of(plan, wanted));
    (after < *before).then(|| EarlierStep { words: words(), before: *before, after })
}

/// `` `set active = false` and `call farewell` after 6 days ``
fn words_of(plan: &ExecutionPlan, stage: &Stage) -> String {
    let target = plan.target.collection();
    let words = |action: &Action| match action {
        Action::Set { attribute, text, .. } => format!("`set {} = {text}`", target.attributes[*attribute].name),
        Action::Call { call, .. } => format!("`call {}`", target.named[*call].0),
        Action::Delete { .. } => "`delete`".to_owned(),
    };
    let actions = stage.actions.iter().map(words).collect::<Vec<_>>().join(" and ");
    let days = delay_days(stage.delay);
    format!("{actions} after {days} day{}", if days == 1 { "" } else { "s" })
}

/// ``the step after the leave is now `delete` after 6 days, and was another when this one left``
#[must_use]
pub fn changed_words(plan: &ExecutionPlan, leaver: &Leaver, link: &Link) -> String {
    let stage = if let Life::Left { stage, .. } = link.life { stage.saturating_sub(1) as usize } else { 0 };
    let now = leaver.stages.get(stage).map(|stage| words_of(plan, stage));
    format!("the step after the leave is now {}, and was another when this one left", now.unwrap_or_else(|| "none".to_owned()))
}

/// Whether the next stage of a leave is to be done today, or is another than the one that was announced.
#[must_use]
pub fn stage_is_due(plan: &ExecutionPlan, by: Option<LeaveReason>, link: &Link, today: Date) -> bool {
    let status = block_of_left(plan, by, link).map(|block| leaver_status(plan, &plan.leavers[block], link, today));
    matches!(status, Some(LeaverStatus::Due(_) | LeaverStatus::ProcedureChanged))
}

/// The stage that follows one that is done: stage 1 is the block's own lines.
#[must_use]
pub fn next_stage(leaver: &Leaver, stage: u32) -> Option<NextStage> {
    let next = leaver.stages.get(stage.saturating_sub(1) as usize)?;
    Some(NextStage { days: delay_days(next.delay), hash: stage_hash(next) })
}

/// The lines of a stage.
#[must_use]
pub fn actions(leaver: &Leaver, stage: u32) -> &[Action] {
    match stage {
        0 | 1 => &leaver.actions,
        _ => leaver.stages.get(stage as usize - 2).map_or(&[], |stage| &stage.actions),
    }
}

/// The lines of a stage and of those before it.
pub fn actions_until(leaver: &Leaver, stage: u32) -> impl Iterator<Item = &Action> {
    (1..=stage.max(1)).flat_map(|stage| actions(leaver, stage))
}

/// Whether a stage or one before it closes the account.
#[must_use]
pub fn closes_until(plan: &ExecutionPlan, leaver: &Leaver, stage: u32) -> bool {
    let access = plan.target.collection().access().map(|(at, _)| at);
    actions_until(leaver, stage).any(|action| matches!(action, Action::Set { attribute, .. } if Some(*attribute) == access))
}

/// Whether some lines delete the account, or may: by `delete`, or by a call that deletes something.
#[must_use]
pub fn may_delete(collection: &Collection, actions: &[Action]) -> bool {
    actions.iter().any(|action| match action {
        Action::Set { .. } => false,
        Action::Delete { .. } => true,
        Action::Call { call, .. } => collection.named[*call].1.deletes_record(),
    })
}

/// Whether a stage is the one whose calls are to close the account, or to delete it: no other line of the block does, no later stage calls
/// anything, and a read can show what became of it.
#[must_use]
pub fn closes_by_call(plan: &ExecutionPlan, leaver: &Leaver, stage: u32) -> bool {
    let collection = plan.target.collection();
    let access = collection.access().map(|(at, _)| at).filter(|at| plan.target.slot_of(*at).is_some());
    let is_shown = access.is_some() && (collection.get.is_some() || collection.lists_all());
    let last = u32::try_from(leaver.stages.len()).unwrap_or(u32::MAX).saturating_add(1);
    let takes = |action: &Action| match action {
        Action::Set { attribute, .. } => Some(*attribute) == access,
        Action::Delete { .. } => true,
        Action::Call { .. } => false,
    };
    let calls = |stage: u32| actions(leaver, stage).iter().any(|action| matches!(action, Action::Call { .. }));
    is_shown && calls(stage) && !(stage + 1..=last).any(calls) && !actions_until(leaver, last).any(takes)
}

/// Whether a stage or one before it has closed the account by its calls.
#[must_use]
pub fn closed_by_call_until(plan: &ExecutionPlan, leaver: &Leaver, stage: u32) -> bool {
    (1..=stage.max(1)).any(|stage| closes_by_call(plan, leaver, stage))
}

/// Whether a call is one of those that close the account.
#[must_use]
pub fn calls_to_close(plan: &ExecutionPlan, leaver: &Leaver, name: &str) -> bool {
    let last = u32::try_from(leaver.stages.len()).unwrap_or(u32::MAX).saturating_add(1);
    let named = |action: &Action| matches!(action, Action::Call { call, .. } if plan.target.collection().named[*call].0 == name);
    (1..=last).any(|stage| closes_by_call(plan, leaver, stage) && actions(leaver, stage).iter().any(named))
}

fn delay_days(delay: Span) -> i64 {
    match delay {
        Span::Days(days) => days,
        Span::Seconds(seconds) => seconds.div_euclid(86_400) + i64::from(seconds.rem_euclid(86_400) > 0),
    }
}

/// A day some days later; the last possible day, if that would be later.
#[must_use]
pub fn days_after(day: Date, days: i64) -> Date {
    day.checked_add(days.days()).unwrap_or(Date::MAX)
}

fn stage_hash(stage: &Stage) -> u64 {
    hash::words(&stage_words(stage))
}

fn stage_words(stage: &Stage) -> Vec<String> {
    let words = stage.actions.iter().map(|action| match action {
        Action::Set { attribute, text, .. } => format!("set {attribute} {text}"),
        Action::Call { call, .. } => format!("call {call}"),
        Action::Delete { .. } => "delete".to_owned(),
    });
    words.collect()
}
