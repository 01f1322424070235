//! An execution plan in a pipe: one fact a line, a fixed first word, never wrapped or cut.

use super::writes::{guard_words, note};
use crate::compile::{ExecutionPlan, Leaver, Line, Side};

/// All of the plan.
#[must_use]
pub fn lines(plan: &ExecutionPlan, environment: &str, sandbox: bool) -> String {
    let environment = if sandbox { "sandbox" } else { environment };
    let head = format!("id {} pipeline={} env={environment} title={}\n", plan.id, plan.name, text(&plan.title));
    head + &reads(plan) + &judged(plan) + &written(plan)
}

fn reads(plan: &ExecutionPlan) -> String {
    let side = |side: &Side| {
        let names: Vec<&str> = side.slots.iter().map(|slot| slot.name.as_str()).collect();
        fact("read", &side.name(), &format!("attributes={}", names.join(",")), &side.line)
    };
    let join = |join: &crate::compile::Join| {
        let on = format!("as={} many={} on={}", join.side.alias, join.many, text(&join.text));
        fact("join", &join.side.name(), &on, &join.line)
    };
    let mut out = side(&plan.source) + &side(&plan.target);
    out.extend(plan.joins.iter().map(join));
    out.extend(plan.each.iter().map(|each| fact("each", &each.name, &format!("in={}", text(&each.text)), &each.line)));
    out
}

/// What decides about a record.
fn judged(plan: &ExecutionPlan) -> String {
    let mut out = String::new();
    for field in &plan.fields {
        out.push_str(&fact("field", &field.name, &format!("value={}", text(&field.text)), &field.line));
    }
    out.push_str(&fact("key", &text(plan.key_words()), "", &plan.key_line));
    for condition in plan.leavers.iter().flat_map(|leaver: &Leaver| &leaver.conditions) {
        out.push_str(&fact("leave", &text(&condition.reason), &format!("when={}", text(&condition.text)), &condition.line));
    }
    for scope in &plan.scope {
        let word = if scope.include { "include" } else { "exclude" };
        out.push_str(&fact(word, &text(&scope.reason), &format!("when={}", text(&scope.text)), &scope.line));
    }
    out.extend(plan.rules.iter().map(|rule| fact("match", &text(&rule.name), "", &rule.line)));
    out
}

/// What is written, and how much of it.
fn written(plan: &ExecutionPlan) -> String {
    let mut out = String::new();
    for mapping in &plan.map {
        let note = note(mapping);
        let note = if note.is_empty() { String::new() } else { format!(" note={}", text(note.trim())) };
        let name = &plan.target.collection().attributes[mapping.attribute].name;
        out.push_str(&fact("map", name, &format!("value={}{note}", text(&mapping.text)), &mapping.line));
    }
    for call in &plan.map_calls {
        let name = &plan.target.collection().named[call.call].0;
        out.push_str(&fact("call", name, &format!("once={}", call.once), &call.line));
    }
    for guard in &plan.guards {
        let words = guard_words(guard, plan);
        let limit = words.split("   (").next().unwrap_or(&words);
        out.push_str(&fact("guard", &text(limit), "", guard.line.as_ref().unwrap_or(&Line::default())));
    }
    out
}

/// `map email value="email" line=28`; a guard without a line is a default.
fn fact(word: &str, name: &str, more: &str, line: &Line) -> String {
    let place = match (line.line, line.file.as_str()) {
        (0, _) => "default".to_owned(),
        (line, "") => line.to_string(),
        (line, file) => format!("{file}:{line}"),
    };
    let more = if more.is_empty() { String::new() } else { format!(" {more}") };
    format!("{word} {name}{more} line={place}\n")
}

/// A text in quotes, as JSON writes it: one line whatever it holds.
fn text(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}
