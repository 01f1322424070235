//! An execution plan, as `show` prints it: what is read, in which requests, and what each stage does.

mod leaves;
mod lines;
mod reads;
mod writes;

use super::{heading, pad, row};
use crate::{
    cli::terminal::{Ink, Style},
    compile::{ExecutionPlan, Mode, Side},
    diagnose::{Span, layout},
    run::change_set::ScopeRule,
};
pub use leaves::span_words;
use leaves::{leave, on_closed_by_hand};
pub use lines::lines;
use reads::{each, join, read, since};
use unicode_width::UnicodeWidthStr as _;
use writes::{apply, compare, guard_words, guards, note, powers};

/// The screen.
#[must_use]
pub fn text(plan: &ExecutionPlan, environment: &str, sandbox: bool, style: Style) -> String {
    let mut page =
        Page { plan, style, out: heading(style, &plan.title, &format!("execution plan {}", plan.id), environment, sandbox), step: 0 };
    page.out.push_str(&row(style, "", "line"));
    read(&mut page, &plan.source, plan, true);
    since(&mut page, plan);
    plan.joins.iter().for_each(|one| join(&mut page, one));
    if plan.mode != Mode::Append {
        read(&mut page, &plan.target, plan, false);
    }
    each(&mut page, plan);
    extract(&mut page, plan);
    link(&mut page, plan);
    for leaver in &plan.leavers {
        leave(&mut page, plan, leaver);
    }
    on_closed_by_hand(&mut page, plan);
    scope(&mut page, plan);
    if plan.mode != Mode::Append {
        matching(&mut page, plan);
    }
    compare(&mut page, plan);
    guards(&mut page, plan);
    apply(&mut page, plan);
    page.out.push('\n');
    page.out.push_str(&powers(plan, style));
    style.plainly(&page.out)
}

/// The same for programs; `"format": 1`.
#[must_use]
pub fn json(plan: &ExecutionPlan) -> serde_json::Value {
    let side = |side: &Side| {
        let by_get: Vec<_> = side.from_get().iter().map(|at| &side.slots[*at].name).collect();
        serde_json::json!({ "collection": side.name(), "reads": side.slots.iter().map(|slot| &slot.name).collect::<Vec<_>>(), "from_get": by_get })
    };
    let attribute = |at: usize| plan.target.collection().attributes[at].name.clone();
    serde_json::json!({
        "format": 1,
        "execution_plan": plan.id,
        "hash": plan.hash,
        "pipeline": plan.name,
        "title": plan.title,
        "zone": plan.zone_name,
        "schedule": plan.schedule_words,
        "files": plan.files,
        "source": side(&plan.source),
        "target": side(&plan.target),
        "since": plan.since.as_ref().map(|since| serde_json::json!({ "line": plan.line(since.span).line })),
        "joins": plan.joins.iter().map(|join| serde_json::json!({ "collection": join.end.name(), "name": join.end.alias, "many": join.many, "on": join.text, "line": plan.line(join.end.span).line })).collect::<Vec<_>>(),
        "each": plan.each.as_ref().map(|each| serde_json::json!({ "name": each.name, "list": each.text, "line": plan.line(each.span).line })),
        "other_direction": plan.twin.as_ref().map(|twin| &twin.pipeline),
        "key": plan.key_words(),
        "fields": plan.fields.iter().map(|field| serde_json::json!({ "name": field.name, "type": field.ty.to_string(), "value": field.text, "line": plan.line(field.span).line })).collect::<Vec<_>>(),
        "scope": plan.scope.iter().map(|scope| serde_json::json!({ "include": scope.include, "when": scope.text, "reason": scope.reason, "line": plan.line(scope.span).line })).collect::<Vec<_>>(),
        "match": plan.rules.iter().map(|rule| serde_json::json!({ "by": plan.rule_name(rule), "line": plan.line(rule.span).line })).collect::<Vec<_>>(),
        "map": plan.map.iter().map(|mapping| serde_json::json!({ "attribute": attribute(mapping.attribute), "value": mapping.text, "note": note(mapping), "line": plan.line(mapping.span).line })).collect::<Vec<_>>(),
        "calls": plan.map_calls.iter().map(|call| serde_json::json!({ "call": plan.target.collection().named[call.call].0, "once": call.once, "line": plan.line(call.span).line })).collect::<Vec<_>>(),
        "leavers": plan.leavers.iter().flat_map(|leaver| &leaver.conditions).map(|condition| serde_json::json!({ "when": condition.text, "reason": condition.reason, "line": plan.line(condition.span).line })).collect::<Vec<_>>(),
        "guards": plan.guards.iter().map(|guard| serde_json::json!({ "limit": guard_words(guard, plan), "line": guard.span.map(|span| plan.line(span).line) })).collect::<Vec<_>>(),
    })
}

struct Page<'p> {
    plan: &'p ExecutionPlan,
    style: Style,
    out: String,
    step: usize,
}

impl Page<'_> {
    fn step(&mut self, word: &str, text: &str, spans: &[Span]) {
        self.step += 1;
        let lead = format!("{:<3}{}", self.step, self.style.paint(Ink::Bold, &pad(word, 9)));
        self.out.push_str(&layout::row(self.style, &lead, text, &self.numbers(spans)));
    }

    fn more(&mut self, text: &str, spans: &[Span]) {
        let inner = text.trim_start();
        let lead = " ".repeat(12 + text.len() - inner.len());
        self.out.push_str(&layout::row(self.style, &lead, inner, &self.numbers(spans)));
    }

    /// The source lines of a statement, each once.
    fn numbers(&self, spans: &[Span]) -> String {
        let mut seen: Vec<String> = Vec::new();
        for line in spans.iter().map(|span| self.plan.line(*span)) {
            let place = if line.file.is_empty() { line.line.to_string() } else { format!("{}:{}", line.file, line.line) };
            if !seen.contains(&place) {
                seen.push(place);
            }
        }
        seen.join(", ")
    }
}

fn bare<'a>(text: &'a str, alias: &str) -> &'a str {
    text.strip_prefix(alias).and_then(|rest| rest.strip_prefix('.')).unwrap_or(text)
}

/// How the links of earlier runs, or the events that were sent, are found.
fn link(page: &mut Page<'_>, plan: &ExecutionPlan) {
    let key = bare(plan.key_words(), &plan.source.alias);
    if plan.mode == Mode::Append {
        return page.step("know", &format!("what was sent already, by {key}"), &[plan.key_span]);
    }
    page.step("link", &format!("by {key}, before anything else is asked"), &[plan.key_span]);
    if let Some(twin) = &plan.twin {
        page.more(&format!("the links of `{}`, the other direction, are the same", twin.pipeline), &[twin.span]);
    }
    if let Some(one) = &plan.one_per_key {
        page.more("two records with one key: the preferred one counts", &[one.span]);
    }
}

fn extract(page: &mut Page<'_>, plan: &ExecutionPlan) {
    let width = plan.fields.iter().map(|field| field.name.width()).max().unwrap_or(0).clamp(10, 24);
    for (at, field) in plan.fields.iter().enumerate() {
        let text = format!("{}  {}", pad(&field.name, width), field.text);
        if at == 0 {
            page.step("extract", &text, &[field.span]);
        } else {
            page.more(&text, &[field.span]);
        }
    }
}

fn scope(page: &mut Page<'_>, plan: &ExecutionPlan) {
    let width = plan.scope.iter().map(|scope| scope.text.width()).max().unwrap_or(0).min(48);
    for (at, scope) in plan.scope.iter().enumerate() {
        let out = super::ledger::quoted(ScopeRule::of_line(scope.include), &scope.reason);
        let text = if scope.include {
            format!("include  {}   else out: {out}", pad(&scope.text, width))
        } else {
            format!("exclude  {}   out: {out}", pad(&scope.text, width))
        };
        if at == 0 {
            page.step("scope", &text, &[scope.span]);
        } else {
            page.more(&text, &[scope.span]);
        }
    }
}

fn matching(page: &mut Page<'_>, plan: &ExecutionPlan) {
    let names: Vec<String> = plan.rules.iter().map(|rule| plan.rule_name(rule)).collect();
    let spans: Vec<Span> = plan.rules.iter().map(|rule| rule.span).collect();
    if names.is_empty() {
        page.step("match", "nobody: only links of earlier runs", &[]);
    } else {
        page.step("match", &names.join(", then "), &spans);
    }
    page.more("held if several accounts or records match, or if two lines disagree", &[]);
}
