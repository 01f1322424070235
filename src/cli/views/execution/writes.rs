//! The writes of an execution plan, their limits, and what the plan cannot do.

use super::{Page, span_words};
use crate::{
    compile::{
        Action, Conflict, ExecutionPlan, Guard, Guarded, ListOwnership, MapCall, Mapping, Missing, Mode, On, OnConflict, system::Repeat,
    },
    diagnose::{layout, style::Style},
};
use std::collections::BTreeSet;

pub fn compare(page: &mut Page<'_>, plan: &ExecutionPlan) {
    let name = |mapping: &Mapping| plan.target.collection().attributes[mapping.attribute].name.clone();
    let plain: Vec<&Mapping> = plan.map.iter().filter(|mapping| note(mapping).is_empty()).collect();
    let names: Vec<String> = plain.iter().map(|mapping| name(mapping)).collect();
    page.step(if plan.mode == Mode::Append { "send" } else { "compare" }, &names.join(" "), &[plan.map_span]);
    for mapping in plan.map.iter().filter(|mapping| !note(mapping).is_empty()) {
        page.more(&format!("{}, {}", name(mapping), note(mapping)), &[mapping.span]);
    }
    for call in &plan.map_calls {
        page.more(&call_words(call, plan), &[call.span]);
    }
}

/// `call invite, on create only, once`
fn call_words(call: &MapCall, plan: &ExecutionPlan) -> String {
    let name = &plan.target.collection().named[call.call].0;
    let notes = moment(call.on).into_iter().chain(call.when.is_some().then_some("on a condition")).chain(call.once.then_some("once"));
    notes.fold(format!("call {name}"), |words, note| format!("{words}, {note}"))
}

const fn moment(on: On) -> Option<&'static str> {
    match on {
        On::Create => Some("on create only"),
        On::Update => Some("on update only"),
        On::Both => None,
    }
}

/// The words after the value of a line of `map`.
pub fn note(mapping: &Mapping) -> String {
    let mut notes = Vec::new();
    notes.extend(moment(mapping.on));
    if mapping.when.is_some() {
        notes.push("on a condition");
    }
    match mapping.missing {
        Missing::Keep => notes.push("kept when missing"),
        Missing::Clear => notes.push("cleared when missing"),
        Missing::KeepAbsent => notes.push("kept when absent, else cleared"),
        Missing::ClearAbsent => notes.push("cleared when absent, else kept"),
        Missing::Never => {}
    }
    if mapping.once {
        notes.push("once");
    }
    match mapping.list {
        ListOwnership::Exactly => notes.push("exactly this list"),
        ListOwnership::OnlyAdd => notes.push("values are only added"),
        ListOwnership::Owned => {}
    }
    let conflict = mapping.on_conflict.map(conflict_words);
    notes.into_iter().map(str::to_owned).chain(conflict).collect::<Vec<_>>().join(", ")
}

/// `where both sides changed it: the newest, else this one`
fn conflict_words(on: OnConflict) -> String {
    let word = |one: Conflict| match one {
        Conflict::Newest => "the newest wins",
        Conflict::This => "this direction wins",
        Conflict::Other => "the other direction wins",
        Conflict::Hold => "it is held",
    };
    let then = on.then.map_or_else(String::new, |then| format!(", else {}", word(then)));
    format!("where both sides changed it {}{then}", word(on.first))
}

pub fn guards(page: &mut Page<'_>, plan: &ExecutionPlan) {
    for (at, guard) in plan.guards.iter().enumerate() {
        let default = if guard.span.is_none() { "   (in force until you say otherwise)" } else { "" };
        let text = guard_words(guard, plan) + default;
        let span: Vec<_> = guard.span.into_iter().collect();
        if at == 0 {
            page.step("guard", &text, &span);
        } else {
            page.more(&text, &span);
        }
    }
    if plan.hold_leavers_only {
        page.more("where exceeded, only closings and deletes are held", &[]);
    }
}

pub fn guard_words(guard: &Guard, plan: &ExecutionPlan) -> String {
    let what = match &guard.what {
        Guarded::Leavers => "leavers".to_owned(),
        Guarded::Creates => "creates".to_owned(),
        Guarded::Updates => "updates".to_owned(),
        Guarded::Returns => "returns".to_owned(),
        Guarded::Rekeys => "rekeys".to_owned(),
        Guarded::Clears => "clears of one attribute".to_owned(),
        Guarded::Failures => return "failures: without effect in this version".to_owned(),
        Guarded::UpdatesOf(attribute) => format!("updates of {}", plan.target.collection().attributes[*attribute].name),
        Guarded::Source => return format!("source at least {}% of the best of the last 30 days", guard.percent.unwrap_or_default()),
        Guarded::EveryRun => return "every run waits for approval".to_owned(),
        Guarded::EveryLeaver => return "every leaver waits for approval".to_owned(),
    };
    let limit = match (guard.percent, guard.number) {
        (Some(percent), Some(number)) => format!("{percent}% or {number} of the open links"),
        (Some(percent), None) => format!("{percent}% of the open links"),
        (None, number) => number.unwrap_or_default().to_string(),
    };
    let over = guard.over.map_or_else(String::new, |span| format!(" over {}", span_words(span)));
    format!("{what} at most {limit}{over}")
}

pub fn apply(page: &mut Page<'_>, plan: &ExecutionPlan) {
    let order = match (plan.leavers.is_empty(), plan.mode) {
        (_, Mode::Append) => "each event once",
        (true, Mode::Update) => "updates",
        (true, _) => "updates, creates",
        (false, Mode::Update) => "leavers, then returns, updates",
        (false, _) => "leavers, then returns, updates, creates",
    };
    page.step("apply", &format!("{order}; {}", unknown_outcome(plan)), &[]);
}

fn unknown_outcome(plan: &ExecutionPlan) -> String {
    let collection = plan.target.collection();
    let drops_doubles = collection.create.as_ref().is_some_and(|create| matches!(create.repeat, Repeat::Declared(_)));
    match collection.finds.first() {
        _ if plan.mode == Mode::Append && drops_doubles => {
            format!("one without an answer is sent again, and {} drops doubles", plan.target.system.name)
        }
        Some((by, _)) => format!("an unknown outcome is looked up by {}", collection.attributes[*by].name),
        None if plan.mode == Mode::Append => "one without an answer waits for a person".to_owned(),
        None => "an unknown outcome is looked up in the next read".to_owned(),
    }
}

/// The writes that the plan can make in the target, and those that it cannot.
pub fn powers(plan: &ExecutionPlan, style: Style) -> String {
    let mut can = vec![format!("{} attributes of {}, each listed above", written(plan).len(), plan.target.name())];
    let calls = called(plan);
    if !calls.is_empty() {
        can.push(format!("call {}", calls.join(" and ")));
    }
    if deletes(plan) {
        can.push("delete".to_owned());
    }
    layout::row(style, "can write  ", &can.join(", and "), "") + &layout::row(style, "cannot     ", &cannot(plan).join("; "), "")
}

fn cannot(plan: &ExecutionPlan) -> Vec<String> {
    let mut cannot = Vec::new();
    if !deletes(plan) {
        cannot.push("delete a record".to_owned());
    }
    if plan.mode == Mode::Append {
        cannot.push("change a record; send an event twice".to_owned());
    }
    if !plan.mode.creates() {
        cannot.push("create a record".to_owned());
    }
    let leavers = if plan.leavers.is_empty() { "treat a record as a leaver" } else { "treat an unread record as a leaver" };
    cannot.push(leavers.to_owned());
    let effects = plan.target.collection().attributes.iter().filter_map(|attribute| attribute.effect.as_ref());
    cannot.extend(effects.map(|effect| format!("send {effect} twice")));
    cannot
}

fn actions(plan: &ExecutionPlan) -> impl Iterator<Item = &Action> {
    let of_leavers = plan.leavers.iter().flat_map(|leaver| {
        leaver.actions.iter().chain(leaver.stages.iter().flat_map(|stage| &stage.actions)).chain(leaver.on_return.iter().flatten())
    });
    of_leavers.chain(plan.on_closed_by_hand.iter().flatten())
}

fn deletes(plan: &ExecutionPlan) -> bool {
    let named = &plan.target.collection().named;
    actions(plan).any(|action| match action {
        Action::Delete { .. } => true,
        Action::Call { call, .. } => named[*call].1.deletes_record(),
        Action::Set { .. } => false,
    })
}

fn written(plan: &ExecutionPlan) -> BTreeSet<usize> {
    let set = actions(plan).filter_map(|action| if let Action::Set { attribute, .. } = action { Some(*attribute) } else { None });
    plan.map.iter().map(|mapping| mapping.attribute).chain(set).collect()
}

/// The names of the calls that are made in addition to writes.
fn called(plan: &ExecutionPlan) -> Vec<&str> {
    let of_leavers = actions(plan).filter_map(|action| if let Action::Call { call, .. } = action { Some(*call) } else { None });
    let all: BTreeSet<usize> = plan.map_calls.iter().map(|call| call.call).chain(of_leavers).collect();
    all.into_iter().map(|call| plan.target.collection().named[call].0.as_str()).collect()
}
