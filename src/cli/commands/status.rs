//! `counterpart` without a command: the pipelines of the folder, their last runs, and the change sets that wait.

use crate::{
    cli::{
        args::Common,
        exit::Exit,
        failure::Failure,
        open,
        terminal::{Format, Ink, Style, Terminal},
        views::{count, history::run_json, ledger::attention, number},
    },
    compile::ExecutionPlan,
    engine::{NoPlan, Status},
    project::{Hint, Project, Verb},
    state::runs::RunResult,
};
use serde_json::json;

/// Prints the status of every pipeline of the folder.
pub fn status(common: &Common, terminal: &Terminal) -> Result<Exit, Failure> {
    let (workspace, _) = open(common, terminal)?;
    let all = workspace.status()?;
    let shown: Vec<Shown<'_>> = all.iter().map(Shown).collect();
    terminal.print(&match terminal.format {
        Format::Jsonl => shown.iter().map(|one| format!("{}\n", one.json())).collect(),
        Format::Json => {
            format!("{:#}\n", json!({ "format": 1, "pipelines": shown.iter().map(Shown::json).collect::<Vec<_>>() }))
        }
        Format::Text => terminal.style.plainly(&shown.iter().map(|one| one.text(&workspace.project, terminal)).collect::<String>()),
        _ => shown.iter().map(Shown::line).collect(),
    });
    if all.iter().all(|one| one.last.is_none()) {
        workspace.runs_elsewhere().iter().for_each(|error| terminal.say(&format!("note: {error}")));
    }
    let plan = || Hint::of(Verb::Plan, &all[0].pipeline.name);
    terminal.next(&shown.iter().find_map(Shown::next).unwrap_or_else(plan));
    Ok(Exit::Done)
}

/// One pipeline as it is printed.
struct Shown<'s>(&'s Status);

impl Shown<'_> {
    /// The most urgent command, if there is one.
    fn next(&self) -> Option<Hint> {
        if self.0.tally.errors > 0 {
            return Some(Hint::of(Verb::Check, &self.0.pipeline.name));
        }
        if let Some(id) = &self.0.waits {
            return Some(Hint::of(Verb::Show, id));
        }
        let last = self.0.last.as_ref()?;
        let failed = (last.counts.not_done() > 0).then(|| Hint::of(Verb::Errors, last.number));
        failed.or_else(|| (last.counts.needs_attention > 0).then(|| Hint::of(Verb::Held, &self.0.pipeline.name)))
    }

    fn text(&self, project: &Project, terminal: &Terminal) -> String {
        let style = terminal.style;
        let place = if project.sandbox { "SANDBOX".to_owned() } else { format!("env {}", project.config.environment.to_uppercase()) };
        let schedule = self
            .0
            .plan
            .as_ref()
            .ok()
            .and_then(|plan| plan.schedule_words.as_ref().map(|at| format!("   {at} {}", plan.zone_name.as_deref().unwrap_or(""))))
            .unwrap_or_default();
        let mut out = format!("{}     {place}{schedule}\n", style.paint(Ink::Bold, &self.0.pipeline.name));
        if let Some(id) = &self.0.waits {
            out.push_str(&format!("  {} {} waits to be applied\n", style.paint(Ink::Yellow, "!"), style.paint(Ink::Cyan, id)));
        }
        out.push_str(&format!("  {}\n", self.run_words(style)));
        out.push_str(&format!("  {}\n", self.file_words(style)));
        out
    }

    fn run_words(&self, style: Style) -> String {
        let Some(run) = &self.0.last else { return style.paint(Ink::Dim, "· never run") };
        let counts = &run.counts;
        let ink = if matches!(run.result, RunResult::Done | RunResult::NothingToDo) { Ink::Green } else { Ink::Yellow };
        let sign = if ink == Ink::Green { "✓" } else { "!" };
        let need = if counts.needs_attention > 0 { format!(", {}", attention(counts.needs_attention)) } else { String::new() };
        let sent = if counts.sent > 0 { format!(", {} sent", number(counts.sent)) } else { String::new() };
        format!(
            "{} run {} {}: {} read, {} created, {} updated, {} left{sent}{need}",
            style.paint(ink, sign),
            run.number,
            run.result.word(),
            number(counts.read),
            number(counts.created),
            number(counts.updated),
            number(counts.left)
        )
    }

    fn file_words(&self, style: Style) -> String {
        let tally = format!("{}   {}", count(self.0.tally.errors as u64, "error"), count(self.0.tally.lints as u64, "lint"));
        match &self.0.plan {
            Ok(plan) => format!("{} the file is {}{}   {tally}", style.paint(Ink::Green, "✓"), plan.id, self.since(plan)),
            Err(why @ NoPlan::Settings(_)) if self.0.tally.errors == 0 => format!("{} {why}", style.paint(Ink::Red, "✗")),
            Err(_) => format!("{} the file can't be used   {tally}", style.paint(Ink::Red, "✗")),
        }
    }

    fn since(&self, plan: &ExecutionPlan) -> String {
        match &self.0.last {
            Some(run) if run.plan == plan.id => format!(", as in run {}", run.number),
            Some(run) => format!(", changed since run {}", run.number),
            None => String::new(),
        }
    }

    fn line(&self) -> String {
        let plan = self.0.plan.as_ref().map_or("none", |plan| plan.id.as_str());
        let last = self
            .0
            .last
            .as_ref()
            .map_or_else(|| "never".to_owned(), |run| format!("{} result={}", run.number, run.result.word().replace(' ', "_")));
        format!(
            "pipeline {} execution_plan={plan} errors={} lints={} waits={} last_run={last}\n",
            self.0.pipeline.name,
            self.0.tally.errors,
            self.0.tally.lints,
            self.0.waits.as_deref().unwrap_or("none")
        )
    }

    fn json(&self) -> serde_json::Value {
        json!({
            "pipeline": self.0.pipeline.name, "execution_plan": self.0.plan.as_ref().ok().map(|plan| &plan.id), "errors": self.0.tally.errors, "lints": self.0.tally.lints,
            "waits": self.0.waits, "last_run": self.0.last.as_ref().map(run_json),
        })
    }
}
