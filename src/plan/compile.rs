//! A checked pipeline and the values of its settings make a plan.

use super::{
    Action, Field, Guard, Leaver, LeaverCondition, LeaverKind, Mapping, Mode, OnePerKey, Plan, Protect, Reference, Rule, RulePart, Scope,
    Side, Stage, identity,
    lower::Lowering,
    program::Table,
    settings::{Settings, schedule_words},
    slots::{self, Slots},
};
use crate::{
    check::{
        Project, mode_of,
        model::{
            self, Owner,
            expr::{Expr, ExprKind},
            pipeline::{self as checked, ModeChoice, Pipeline},
        },
    },
    syntax::tree::{ExprKind as T, Schedule},
    value::{Value, canonical, civil},
};
use std::{
    collections::{BTreeSet, HashMap},
    sync::Arc,
};

/// Where the values of settings come from: by system (none for the pipeline's own) and name.
pub trait SettingValues {
    /// The value as the configuration gives it: text, bool, integer, or a list of texts; none if it gives none.
    fn setting(&self, system: Option<&str>, name: &str) -> Option<Value>;
}

/// Why a pipeline can't be compiled with these settings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CompileError {
    /// No pipeline of this name; the names there are.
    NoSuchPipeline(Vec<String>),
    /// Values that are missing or wrong: the setting as `lucca.domain`, and one sentence.
    Settings(Vec<(String, String)>),
}

/// The names of the pipelines that a project declares, those of its first file first.
#[must_use]
pub fn pipelines(project: &Project) -> Vec<String> {
    project.pipelines.iter().map(|pipeline| pipeline.name.clone()).collect()
}

/// Compiles one pipeline. Settings without a value are left out of it and listed in [`Plan::settings`]
/// where `lenient`; else they are an error.
///
/// # Errors
/// See [`CompileError`].
pub fn compile(project: &Project, pipeline: &str, settings: &dyn SettingValues, lenient: bool) -> Result<Plan, CompileError> {
    let Some(pipeline) = project.pipelines.iter().find(|one| one.name == pipeline) else {
        return Err(CompileError::NoSuchPipeline(pipelines(project)));
    };
    let settings = Settings::of(project, pipeline, &shared_settings(project, pipeline), settings, lenient);
    let tables: Vec<_> = project.tables.iter().map(|table| Arc::new(compiled_table(table))).collect();
    let (source, target) = ends(project, pipeline);
    let slots = Slots::of(pipeline, source, target);
    let lowering = Lowering { sources: &project.sources, file: pipeline.file, settings: &settings, tables: &tables, slots: &slots };
    let plan = Compiling { project, pipeline, lowering: &lowering }.plan();
    let wrong = settings.wrong.take();
    if wrong.is_empty() { Ok(Plan { settings: settings.uses, ..plan }) } else { Err(CompileError::Settings(wrong)) }
}

fn ends<'p>(project: &'p Project, pipeline: &Pipeline) -> (&'p model::system::Collection, &'p model::system::Collection) {
    let end = |end: &checked::End| &project.systems[end.system].collections[end.collection];
    (end(&pipeline.source), end(&pipeline.target))
}

/// The shared settings that the pipeline, or something required of all, names.
fn shared_settings(project: &Project, pipeline: &Pipeline) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    let mut see = |expr: &Expr| {
        expr.walk(&mut |part| {
            if let ExprKind::Setting(id) = &part.kind
                && id.owner == Owner::Shared
            {
                names.insert(id.name.clone());
            }
        });
    };
    slots::expressions(pipeline, &mut see);
    pipeline.enabled.iter().for_each(|enabled| see(&enabled.value));
    pipeline.requires.iter().chain(&project.requires).for_each(|require| see(&require.condition));
    names.extend(named_setting(pipeline));
    names
}

/// The setting that the mode or the schedule names.
fn named_setting(pipeline: &Pipeline) -> Vec<String> {
    let mode = if let ModeChoice::Setting(id) = &pipeline.mode { Some(id.name.clone()) } else { None };
    let schedule = pipeline.schedule.as_ref().and_then(|(schedule, _)| schedule_setting(schedule)).map(str::to_owned);
    mode.into_iter().chain(schedule).collect()
}

fn schedule_setting(schedule: &Schedule) -> Option<&str> {
    let Schedule::Setting(expr) = schedule else { return None };
    let T::Name(names) = &expr.kind else { return None };
    names.last().map(|name| name.text.as_str())
}

fn compiled_table(table: &model::Table) -> Table {
    let key = |value: &Value| canonical::index_key(value, canonical::Comparison::default());
    let rows: HashMap<_, _> = table.rows.iter().filter_map(|(from, to)| Some((key(from)?, to.clone()))).collect();
    Table { name: table.name.clone(), rows, default: table.default.clone() }
}

/// One pipeline on its way to a plan.
struct Compiling<'a> {
    project: &'a Project,
    pipeline: &'a Pipeline,
    lowering: &'a Lowering<'a>,
}

impl Compiling<'_> {
    fn plan(&self) -> Plan {
        let (pipeline, low) = (self.pipeline, self.lowering);
        let hash = identity::hash(self.project, pipeline, low.settings);
        let fields = self.fields();
        Plan {
            id: identity::id(&hash),
            hash,
            name: pipeline.name.clone(),
            title: pipeline.title.clone().unwrap_or_else(|| pipeline.name.clone()),
            files: self.files(),
            line: low.line(pipeline.span),
            zone: pipeline.zone.as_deref().and_then(civil::zone),
            zone_name: pipeline.zone.clone(),
            schedule: self.schedule(),
            since: None,
            twin: None,
            joins: Vec::new(),
            each: None,
            source: self.source(),
            target: self.target(),
            fields,
            key: low.program(&pipeline.key),
            key_line: low.line(pipeline.key_span),
            key_text: pipeline.key_text.clone(),
            scope: pipeline.scope.iter().map(|scope| self.scope(scope)).collect(),
            one_per_key: pipeline.one_per_key.as_ref().map(|one| self.one_per_key(one)),
            rules: pipeline.rules.iter().map(|rule| self.rule(rule)).collect(),
            one_by_one: pipeline.one_by_one,
            match_line: low.line(pipeline.match_span),
            mode: self.mode(),
            mode_line: low.line(pipeline.mode_span),
            map: pipeline.map.iter().map(|line| self.mapping(line)).collect(),
            map_calls: Vec::new(),
            map_line: low.line(pipeline.map_span),
            leavers: pipeline.leavers.iter().map(|leaver| self.leaver(leaver)).collect(),
            guards: pipeline.guards.iter().map(|guard| self.guard(guard)).collect(),
            hold_leavers_only: pipeline.hold_leavers_only,
            on_lost: pipeline.on_lost,
            on_closed_by_hand: pipeline.on_closed_by_hand.as_ref().map(|actions| self.actions(actions)),
            on_incomplete_read_continue: pipeline.on_incomplete_read_continue,
            fresh_for: pipeline.fresh_for,
            show: pipeline.show.clone(),
            enabled: pipeline.enabled.as_ref().map(|enabled| (low.program(&enabled.value), low.line(enabled.span))),
            requires: self.requires(),
            settings: Vec::new(),
            references: self.references(),
            uses_today: self.uses_today(),
        }
    }

    /// The pipeline's own file first.
    fn files(&self) -> Vec<std::path::PathBuf> {
        let own = &self.project.paths[self.pipeline.file.0 as usize];
        let others = self.project.files.iter().filter(|path| *path != own);
        std::iter::once(own).chain(others).cloned().collect()
    }

    fn schedule(&self) -> Option<String> {
        let (schedule, _) = self.pipeline.schedule.as_ref()?;
        let schedule = match schedule_setting(schedule) {
            Some(name) => self.lowering.settings.schedule(name)?,
            None => schedule,
        };
        Some(schedule_words(schedule))
    }

    fn source(&self) -> Side {
        let (source, _) = ends(self.project, self.pipeline);
        self.side(&self.pipeline.source, self.lowering.source_slots(self.pipeline, source))
    }

    fn target(&self) -> Side {
        let (_, target) = ends(self.project, self.pipeline);
        self.side(&self.pipeline.target, self.lowering.target_slots(target))
    }

    fn side(&self, end: &checked::End, slots: Vec<super::Slot>) -> Side {
        Side {
            system: Arc::new(self.lowering.system(&self.project.systems[end.system])),
            collection: end.collection,
            alias: end.alias.clone(),
            slots,
            line: self.lowering.line(end.span),
        }
    }

    fn fields(&self) -> Vec<Field> {
        let field = |field: &checked::Field| Field {
            name: field.name.clone(),
            ty: field.ty.clone(),
            program: self.lowering.program(&field.value),
            text: field.text.clone(),
            line: self.lowering.line(field.span),
        };
        self.pipeline.fields.iter().map(field).collect()
    }

    fn scope(&self, scope: &checked::Scope) -> Scope {
        Scope {
            keep: scope.keep,
            condition: self.lowering.program(&scope.condition),
            text: scope.text.clone(),
            reason: scope.reason.clone(),
            line: self.lowering.line(scope.span),
            before_key: scope.before_key,
        }
    }

    fn one_per_key(&self, one: &checked::OnePerKey) -> OnePerKey {
        OnePerKey {
            prefer: one.prefer.as_ref().map(|prefer| self.lowering.program(prefer)),
            latest: one.latest.and_then(|at| self.lowering.slots.source_of(at)),
            line: self.lowering.line(one.span),
        }
    }

    fn rule(&self, rule: &checked::Rule) -> Rule {
        let (_, target) = ends(self.project, self.pipeline);
        let part = |part: &checked::RulePart| RulePart {
            attribute: part.attribute,
            slot: self.lowering.slots.target_of(part.attribute).expect("what is matched is read"),
            value: self.lowering.program(&part.value),
            comparison: part.comparison,
        };
        let names = rule.parts.iter().map(|part| target.attributes[part.attribute].name.as_str());
        Rule {
            name: names.collect::<Vec<_>>().join(" and "),
            parts: rule.parts.iter().map(part).collect(),
            line: self.lowering.line(rule.span),
        }
    }

    fn mode(&self) -> Mode {
        match &self.pipeline.mode {
            ModeChoice::Fixed(mode) => *mode,
            ModeChoice::Setting(id) => self.lowering.settings.value(id).as_text().and_then(mode_of).unwrap_or(Mode::Update),
        }
    }

    fn mapping(&self, line: &checked::Mapping) -> Mapping {
        Mapping {
            attribute: line.attribute,
            slot: self.lowering.slots.target_of(line.attribute),
            value: self.lowering.program(&line.value),
            text: line.text.clone(),
            on: line.on,
            when: line.when.as_ref().map(|when| self.lowering.program(when)),
            missing: line.missing,
            once: line.once,
            comparison: line.comparison,
            list: line.list,
            on_conflict: line.on_conflict,
            shared: None,
            line: self.lowering.line(line.span),
        }
    }

    fn leaver(&self, leaver: &checked::Leaver) -> Leaver {
        Leaver {
            conditions: leaver.conditions.iter().map(|condition| self.leaver_condition(condition)).collect(),
            actions: self.actions(&leaver.actions),
            stages: leaver.stages.iter().map(|stage| self.stage(stage)).collect(),
            on_return: leaver.on_return.as_ref().map(|actions| self.actions(actions)),
            create_again: leaver.create_again,
            protect: leaver.protect.iter().map(|protect| self.protect(protect)).collect(),
            enforce: leaver.enforce,
            line: self.lowering.line(leaver.span),
        }
    }

    fn leaver_condition(&self, condition: &checked::LeaverCondition) -> LeaverCondition {
        LeaverCondition {
            kind: match &condition.kind {
                checked::LeaverKind::When(when) => LeaverKind::When(self.lowering.program(when)),
                checked::LeaverKind::MissingForRuns { runs, at_least_apart } => {
                    LeaverKind::MissingForRuns { runs: *runs, at_least_apart: *at_least_apart }
                }
                checked::LeaverKind::MissingFor(time) => LeaverKind::MissingFor(*time),
                checked::LeaverKind::OutOfScope => LeaverKind::OutOfScope,
            },
            reason: condition.reason.clone(),
            text: condition.text.clone(),
            line: self.lowering.line(condition.span),
            due: condition.due.as_ref().map(|due| self.lowering.program(due)),
        }
    }

    fn stage(&self, stage: &checked::Stage) -> Stage {
        Stage { delay: stage.delay, actions: self.actions(&stage.actions), line: self.lowering.line(stage.span) }
    }

    fn protect(&self, protect: &checked::Protect) -> Protect {
        Protect {
            condition: self.lowering.program(&protect.condition),
            reason: protect.reason.clone(),
            line: self.lowering.line(protect.span),
        }
    }

    fn actions(&self, actions: &[checked::Action]) -> Vec<Action> {
        actions.iter().map(|action| self.action(action)).collect()
    }

    fn action(&self, action: &checked::Action) -> Action {
        match action {
            checked::Action::Set { attribute, value, text, span } => Action::Set {
                attribute: *attribute,
                slot: self.lowering.slots.target_of(*attribute),
                value: self.lowering.program(value),
                text: text.clone(),
                line: self.lowering.line(*span),
            },
            checked::Action::Call { call, once, span } => Action::Call { call: *call, once: *once, line: self.lowering.line(*span) },
            checked::Action::Delete { span } => Action::Delete { line: self.lowering.line(*span) },
        }
    }

    fn guard(&self, guard: &checked::Guard) -> Guard {
        Guard {
            what: guard.what.clone(),
            percent: guard.percent,
            number: guard.number,
            over: guard.over,
            line: guard.span.map(|span| self.lowering.line(span)),
        }
    }

    fn requires(&self) -> Vec<(super::program::Program, String, super::Line)> {
        let all = self.pipeline.requires.iter().chain(&self.project.requires);
        all.map(|one| (self.lowering.program(&one.condition), one.words.clone(), self.lowering.line(one.span))).collect()
    }

    fn references(&self) -> Vec<Reference> {
        let mut names = BTreeSet::new();
        slots::expressions(self.pipeline, &mut |expr| {
            expr.walk(&mut |part| {
                if let ExprKind::Counterpart { pipeline, .. } = &part.kind {
                    names.insert(pipeline.clone());
                }
            });
        });
        names.into_iter().map(|pipeline| Reference { pipeline, source: Default::default(), target: Default::default() }).collect()
    }

    fn uses_today(&self) -> bool {
        let mut uses = false;
        let dated = |part: &Expr| match &part.kind {
            ExprKind::Today | ExprKind::Now => true,
            ExprKind::Apply { function, .. } => function.0.name == "age",
            _ => false,
        };
        slots::expressions(self.pipeline, &mut |expr| uses |= expr.any(&dated));
        uses
    }
}
