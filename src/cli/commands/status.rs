//! Bare `counterpart`: the pipelines here, what they last did, what waits.

use crate::{
    check::Checked,
    cli::{
        args::Common,
        failure::{Exit, Failure},
        terminal::{Format, Ink, Terminal},
        views::{count, history::run_json, ledger::attention, number},
    },
    compile::{
        ExecutionPlan,
        pipeline::{CompileError, compile},
    },
    diagnose::render::Tally,
    project::folder::{PipelineRef, Project, no_pipeline},
    state::{
        Store,
        runs::{RunResult, RunRow},
    },
};
use serde_json::json;

/// Prints the status of every pipeline of the folder.
pub fn status(common: &Common, terminal: &Terminal) -> Result<Exit, Failure> {
    let project = Project::open(common)?;
    let found = project.found()?;
    if found.is_empty() {
        return Err(no_pipeline(&project.folder));
    }
    let all = found.iter().map(|pipeline| Status::of(&project, pipeline)).collect::<Result<Vec<_>, _>>()?;
    terminal.print(&match terminal.format {
        Format::Json | Format::Jsonl => {
            format!("{:#}\n", json!({ "format": 1, "pipelines": all.iter().map(Status::json).collect::<Vec<_>>() }))
        }
        Format::Text => terminal.style.plainly(&all.iter().map(|status| status.text(&project, terminal)).collect::<String>()),
        _ => all.iter().map(Status::line).collect(),
    });
    let urgent = all.iter().find_map(Status::next).unwrap_or_else(|| format!("plan {}", found[0].name));
    terminal.next(&format!("counterpart {urgent}"));
    Ok(Exit::Done)
}

/// The plan of a pipeline, or why there is none: a setting, where the file is in order.
fn plan_of(project: &Project, pipeline: &PipelineRef, checked: &Checked) -> Result<ExecutionPlan, String> {
    let whole = checked.project.as_ref().ok_or_else(String::new)?;
    compile(whole, &pipeline.name, &project.config, true).map_err(|error| match error {
        CompileError::Settings(problems) => {
            let each = problems.iter().map(|(name, what)| format!("setting `{name}`: {what}"));
            each.collect::<Vec<_>>().join("; ")
        }
        CompileError::NoSuchPipeline(_) => String::new(),
    })
}

/// What is known of one pipeline without asking either system.
struct Status {
    name: String,
    tally: Tally,
    plan: Result<ExecutionPlan, String>,
    last: Option<RunRow>,
    /// The change set that waits.
    waits: Option<String>,
}

impl Status {
    fn of(project: &Project, pipeline: &PipelineRef) -> Result<Self, Failure> {
        let checked = project.check(&pipeline.file);
        let plan = plan_of(project, pipeline, &checked);
        let store = Store::open_existing(&project.state_folder())?;
        let last = store.as_ref().map(|store| store.runs(Some(&pipeline.name), 1)).transpose()?.and_then(|rows| rows.into_iter().next());
        let waits = store.as_ref().map(|store| store.held_change_set(&pipeline.name)).transpose()?.flatten().map(|row| row.id);
        Ok(Self { name: pipeline.name.clone(), tally: Tally::of(&checked.diagnostics), plan, last, waits })
    }

    /// The command that is most needed, if one is.
    fn next(&self) -> Option<String> {
        if self.tally.errors > 0 {
            return Some(format!("check {}", self.name));
        }
        if let Some(id) = &self.waits {
            return Some(format!("show {id}"));
        }
        self.last.as_ref().filter(|run| run.counts.failed > 0).map(|run| format!("errors {}", run.number))
    }

    fn text(&self, project: &Project, terminal: &Terminal) -> String {
        let style = terminal.style;
        let place = if project.sandbox { "SANDBOX".to_owned() } else { format!("env {}", project.config.environment.to_uppercase()) };
        let schedule = self
            .plan
            .as_ref()
            .ok()
            .and_then(|plan| plan.schedule.as_ref().map(|at| format!("   {at} {}", plan.zone_name.as_deref().unwrap_or(""))))
            .unwrap_or_default();
        let mut out = format!("{}     {place}{schedule}\n", style.paint(Ink::Bold, &self.name));
        if let (Some(id), Some(run)) = (&self.waits, &self.last) {
            out.push_str(&format!("  {} {} waits since run {}\n", style.paint(Ink::Yellow, "!"), style.paint(Ink::Cyan, id), run.number));
        }
        out.push_str(&format!("  {}\n", self.run_words(style)));
        out.push_str(&format!("  {}\n", self.file_words(style)));
        out
    }

    fn run_words(&self, style: crate::cli::terminal::Style) -> String {
        let Some(run) = &self.last else { return style.paint(Ink::Dim, "· never run") };
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

    fn file_words(&self, style: crate::cli::terminal::Style) -> String {
        let tally = format!("{}   {}", count(self.tally.errors as u64, "error"), count(self.tally.lints as u64, "lint"));
        match &self.plan {
            Ok(plan) => format!("{} the file is {}{}   {tally}", style.paint(Ink::Green, "✓"), plan.id, self.since(plan)),
            Err(why) if self.tally.errors == 0 => format!("{} {why}", style.paint(Ink::Red, "✗")),
            Err(_) => format!("{} the file can't be used   {tally}", style.paint(Ink::Red, "✗")),
        }
    }

    fn since(&self, plan: &ExecutionPlan) -> String {
        match &self.last {
            Some(run) if run.plan == plan.id => format!(", as in run {}", run.number),
            Some(run) => format!(", changed since run {}", run.number),
            None => String::new(),
        }
    }

    fn line(&self) -> String {
        let plan = self.plan.as_ref().map_or("none", |plan| plan.id.as_str());
        let last = self
            .last
            .as_ref()
            .map_or_else(|| "never".to_owned(), |run| format!("{} result={}", run.number, run.result.word().replace(' ', "_")));
        format!(
            "pipeline {} execution_plan={plan} errors={} lints={} waits={} last_run={last}\n",
            self.name,
            self.tally.errors,
            self.tally.lints,
            self.waits.as_deref().unwrap_or("none")
        )
    }

    fn json(&self) -> serde_json::Value {
        json!({
            "pipeline": self.name, "execution_plan": self.plan.as_ref().ok().map(|plan| &plan.id), "errors": self.tally.errors, "lints": self.tally.lints,
            "waits": self.waits, "last_run": self.last.as_ref().map(run_json),
        })
    }
}
