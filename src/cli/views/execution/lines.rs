//! An execution plan in a pipe: one fact a line, a fixed first word, never wrapped or cut.

use super::writes::{guard_words, note};
use crate::{
    compile::{ExecutionPlan, Join, Side},
    diagnose::Span,
};

/// All of the plan.
#[must_use]
pub fn lines(plan: &ExecutionPlan, environment: &str, sandbox: bool) -> String {
    let environment = if sandbox { "sandbox" } else { environment };
    let head = format!("id {} pipeline={} env={environment} title={}\n", plan.id, plan.name, text(&plan.title));
    let mut facts = Facts { plan, out: head };
    facts.reads();
    facts.judged();
    facts.written();
    facts.out
}

struct Facts<'p> {
    plan: &'p ExecutionPlan,
    out: String,
}

impl Facts<'_> {
    fn reads(&mut self) {
        let plan = self.plan;
        self.side(&plan.source);
        self.side(&plan.target);
        for join in &plan.joins {
            self.join(join);
        }
        if let Some(each) = &plan.each {
            self.fact("each", &each.name, &format!("in={}", text(&each.text)), Some(each.span));
        }
    }

    fn side(&mut self, side: &Side) {
        let names: Vec<&str> = side.slots.iter().map(|slot| slot.name.as_str()).collect();
        let by_get: Vec<&str> = side.from_get().iter().map(|at| side.slots[*at].name.as_str()).collect();
        let by_get = if by_get.is_empty() { String::new() } else { format!(" from_get={}", by_get.join(",")) };
        self.fact("read", &side.name(), &format!("attributes={}{by_get}", names.join(",")), Some(side.span));
    }

    fn join(&mut self, join: &Join) {
        let on = format!("as={} many={} on={}", join.end.alias, join.many, text(&join.text));
        self.fact("join", &join.end.name(), &on, Some(join.end.span));
    }

    /// The lines that decide about a record.
    fn judged(&mut self) {
        let plan = self.plan;
        for field in &plan.fields {
            self.fact("field", &field.name, &format!("value={}", text(&field.text)), Some(field.span));
        }
        self.fact("key", &text(plan.key_words()), "", Some(plan.key_span));
        for condition in plan.leavers.iter().flat_map(|leaver| &leaver.conditions) {
            self.fact("leave", &text(&condition.reason), &format!("when={}", text(&condition.text)), Some(condition.span));
        }
        for scope in &plan.scope {
            let word = if scope.include { "include" } else { "exclude" };
            self.fact(word, &text(&scope.reason), &format!("when={}", text(&scope.text)), Some(scope.span));
        }
        for rule in &plan.rules {
            self.fact("match", &text(&plan.rule_name(rule)), "", Some(rule.span));
        }
    }

    /// The writes and their guards.
    fn written(&mut self) {
        let plan = self.plan;
        for mapping in &plan.map {
            let note = note(mapping);
            let note = if note.is_empty() { String::new() } else { format!(" note={}", text(note.trim())) };
            let name = &plan.target.attribute(mapping.attribute).name;
            self.fact("map", name, &format!("value={}{note}", text(&mapping.text)), Some(mapping.span));
        }
        for call in &plan.map_calls {
            let name = &plan.target.collection().named[call.call].0;
            self.fact("call", name, &format!("once={}", call.once), Some(call.span));
        }
        for guard in &plan.guards {
            self.fact("guard", &text(&guard_words(guard, plan)), "", guard.span);
        }
    }

    /// `map email value="email" line=28`; a guard without a line is a default.
    fn fact(&mut self, word: &str, name: &str, more: &str, span: Option<Span>) {
        let place = span.map(|span| self.plan.line(span)).map_or_else(
            || "default".to_owned(),
            |line| if line.file.is_empty() { line.line.to_string() } else { format!("{}:{}", line.file, line.line) },
        );
        let more = if more.is_empty() { String::new() } else { format!(" {more}") };
        self.out.push_str(&format!("{word} {name}{more} line={place}\n"));
    }
}

/// A text quoted as in JSON, so that it stays on one line.
fn text(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}
