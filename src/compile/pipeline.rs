//! Compiles a checked pipeline and the values of its settings into a plan.

pub use super::settings::SettingValues;
use super::{
    Action, Compiled, Condition, ExecutionPlan, Field, Leaver, LeaverCondition, MapCall, Mapping, Mode, On, OnePerKey, Protect, Require,
    Rule, RulePart, Scope, SettingUse, Side, Stage,
    dynamic_attributes::{self, Choices},
    identity,
    lower::Lowering,
    program::Table,
    settings::{Settings, schedule_words},
    slots::Slots,
};
use crate::{
    check::{
        Project,
        model::{
            self, Owner,
            expr::{Expr, ExprKind},
            pipeline::{self as checked, ModeChoice, Pipeline},
        },
    },
    syntax::tree::{ExprKind as T, Schedule},
    value::{
        Value,
        canonical::{self, Comparison},
        civil,
    },
};
use std::{
    collections::{BTreeSet, HashMap},
    sync::Arc,
};

/// Why a pipeline can't be compiled with these settings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CompileError {
    /// No pipeline of this name; the names there are.
    NoSuchPipeline(Vec<String>),
    /// Values that are missing or wrong: the setting as `lucca.domain`, and one sentence.
    Settings(Vec<(String, String)>),
}

/// The names of the pipelines in a project, beginning with those of its first file.
#[must_use]
pub fn pipelines(project: &Project) -> Vec<String> {
    project.pipelines.iter().map(|pipeline| pipeline.name.clone()).collect()
}

/// Compiles one pipeline. Settings without a value are left out of it and listed in [`ExecutionPlan::settings`]
/// where `lenient`; else they are an error.
///
/// # Errors
/// See [`CompileError`].
pub fn compile(project: &Project, pipeline: &str, settings: &dyn SettingValues, lenient: bool) -> Result<ExecutionPlan, CompileError> {
    let (pipeline, settings) = with_settings(project, pipeline, settings, lenient)?;
    let (_, target) = ends(project, pipeline);
    let target = (project.systems[pipeline.target.system].name.as_str(), target);
    let choices = Choices::of(pipeline, target, &settings);
    let plan = plan(project, pipeline, &settings, &choices);
    if !lenient {
        nobody_found_by_settings(pipeline, &plan, &settings);
    }
    let wrong = settings.wrong.take();
    if wrong.is_empty() { Ok(ExecutionPlan { setting_uses: settings.uses, ..plan }) } else { Err(CompileError::Settings(wrong)) }
}

/// Compiles only what is needed to open the systems and ask them: settings may be missing, and none chooses an attribute. Never
/// run the result.
///
/// # Errors
/// There is no such pipeline, or a value that does not fit its setting.
pub fn compile_unasked(project: &Project, pipeline: &str, settings: &dyn SettingValues) -> Result<ExecutionPlan, CompileError> {
    let (pipeline, settings) = with_settings(project, pipeline, settings, true)?;
    let plan = plan(project, pipeline, &settings, &Choices::none());
    let wrong = settings.wrong.take();
    if wrong.is_empty() { Ok(ExecutionPlan { setting_uses: settings.uses, ..plan }) } else { Err(CompileError::Settings(wrong)) }
}

fn with_settings<'p>(
    project: &'p Project,
    pipeline: &str,
    given: &dyn SettingValues,
    lenient: bool,
) -> Result<(&'p Pipeline, Settings), CompileError> {
    let Some(pipeline) = project.pipelines.iter().find(|one| one.name == pipeline) else {
        return Err(CompileError::NoSuchPipeline(pipelines(project)));
    };
    Ok((pipeline, Settings::of(project, pipeline, &shared_settings(project, pipeline), given, lenient)))
}

fn plan(project: &Project, pipeline: &Pipeline, settings: &Settings, choices: &Choices) -> ExecutionPlan {
    let tables: Vec<_> = project.tables.iter().map(|table| Arc::new(compiled_table(table))).collect();
    let slots = Slots::of(project, pipeline, choices);
    let lowering = Lowering { systems: &project.systems, settings, tables: &tables, slots: &slots };
    Compiling { project, pipeline, lowering: &lowering, choices }.plan()
}

/// The settings and secrets of a pipeline and its systems, with their values, even if other values are missing or wrong.
#[must_use]
pub fn settings(project: &Project, pipeline: &str, given: &dyn SettingValues) -> Vec<SettingUse> {
    let pipeline = project.pipelines.iter().find(|one| one.name == pipeline);
    pipeline.map(|one| Settings::of(project, one, &shared_settings(project, one), given, true).uses).unwrap_or_default()
}

fn ends<'p>(project: &'p Project, pipeline: &Pipeline) -> (&'p model::system::Collection, &'p model::system::Collection) {
    let end = |end: &checked::End| &project.systems[end.system].collections[end.collection];
    (end(&pipeline.source), end(&pipeline.target))
}

/// Marks the plan if all lines of `match` depend on settings without a value, because no account could be found then.
fn nobody_found_by_settings(pipeline: &Pipeline, plan: &ExecutionPlan, settings: &Settings) {
    let chosen = pipeline.rules.iter().flat_map(|rule| &rule.parts).find_map(|part| part.attribute.setting());
    if let (true, Some(id)) = (plan.rules.is_empty(), chosen) {
        settings.lacks(id, "has no value, and nothing else finds a counterpart");
    }
}

/// The shared settings that the pipeline, or a requirement of all pipelines, uses.
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
    pipeline.expressions(&mut see);
    pipeline.since.iter().filter_map(|since| since.from.as_ref()).for_each(&mut see);
    pipeline.enabled.iter().for_each(|enabled| see(&enabled.value));
    pipeline.requires.iter().chain(&project.requires).for_each(|require| see(&require.condition));
    names.extend(named_setting(pipeline));
    let chosen = dynamic_attributes::uses(pipeline).filter_map(|one| one.setting()).filter(|id| id.owner == Owner::Shared);
    names.extend(chosen.map(|id| id.name.clone()));
    names
}

/// The setting that the mode or the schedule uses.
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

pub(super) fn compiled_table(table: &model::Table) -> Table {
    let key = |value: &Value| canonical::index_key(value, canonical::Comparison::default());
    let rows: HashMap<_, _> = table.rows.iter().filter_map(|(from, to)| Some((key(from)?, to.clone()))).collect();
    Table { name: table.name.clone(), rows, written: table.rows.clone(), default: table.default.clone() }
}

/// A comparison that ignores what either of the two ignores.
const fn both(one: Comparison, other: Comparison) -> Comparison {
    Comparison {
        ignoring_case: one.ignoring_case || other.ignoring_case,
        ignoring_order: one.ignoring_order || other.ignoring_order,
        as_key: one.as_key || other.as_key,
    }
}

/// A pipeline that is being compiled.
pub(crate) struct Compiling<'a> {
    pub project: &'a Project,
    pub pipeline: &'a Pipeline,
    pub lowering: &'a Lowering<'a>,
    choices: &'a Choices,
}

impl Compiling<'_> {
    fn plan(&self) -> ExecutionPlan {
        let (pipeline, low) = (self.pipeline, self.lowering);
        let hash = identity::hash(self.project, pipeline, low.settings, low.slots);
        ExecutionPlan {
            id: identity::id(&hash),
            source_basis: identity::source_basis(self.project, pipeline, low.settings),
            read_basis: identity::read_basis(self.project, pipeline, low.settings, low.slots),
            hash,
            files: self.files(),
            zone: pipeline.zone_name.as_deref().and_then(civil::zone),
            schedule_words: self.schedule().map(schedule_words),
            pace: self.pace(),
            setting_uses: Vec::new(),
            uses_today: self.uses_today(),
            pipeline: self.pipeline(),
            sources: self.project.sources.clone(),
        }
    }

    fn pipeline(&self) -> checked::Pipeline<Compiled> {
        let (pipeline, low) = (self.pipeline, self.lowering);
        checked::Pipeline {
            name: pipeline.name.clone(),
            file: pipeline.file,
            span: pipeline.span,
            title: pipeline.title.clone(),
            zone_name: pipeline.zone_name.clone(),
            enabled: pipeline.enabled.as_ref().map(|enabled| Condition { value: low.program(&enabled.value), span: enabled.span }),
            schedule: pipeline.schedule.clone(),
            settings: pipeline.settings.clone(),
            requires: self.requires(),
            source: self.source(),
            target: self.target(),
            since: self.since(),
            joins: self.joins(),
            each: self.each(),
            raws: pipeline.raws.clone(),
            fields: self.fields(),
            key: low.program(&pipeline.key),
            key_text: pipeline.key_text.clone(),
            key_form: pipeline.key_form.clone(),
            key_span: pipeline.key_span,
            scope: pipeline.scope.iter().map(|scope| self.scope(scope)).collect(),
            one_per_key: pipeline.one_per_key.as_ref().map(|one| self.one_per_key(one)),
            rules: pipeline.rules.iter().filter_map(|rule| self.rule(rule)).collect(),
            one_by_one: pipeline.one_by_one,
            match_span: pipeline.match_span,
            mode: self.mode(),
            mode_span: pipeline.mode_span,
            map: pipeline.map.iter().filter_map(|line| self.mapping(line)).collect(),
            map_calls: pipeline.map_calls.iter().map(|call| self.map_call(call)).collect(),
            map_span: pipeline.map_span,
            leavers: pipeline.leavers.iter().map(|leaver| self.leaver(leaver)).collect(),
            guards: pipeline.guards.clone(),
            hold_leavers_only: pipeline.hold_leavers_only,
            on_lost: pipeline.on_lost,
            on_closed_by_hand: pipeline.on_closed_by_hand.as_ref().map(|actions| self.actions(actions)),
            on_incomplete_read_continue: pipeline.on_incomplete_read_continue,
            maximum_age: pipeline.maximum_age,
            show: pipeline.show.clone(),
            references: pipeline.references.clone(),
            twin: pipeline.twin.clone(),
        }
    }

    /// The pipeline's own file first.
    fn files(&self) -> Vec<std::path::PathBuf> {
        let own = &self.project.paths[self.pipeline.file.0 as usize];
        let others = self.project.files.iter().filter(|path| *path != own);
        std::iter::once(own).chain(others).cloned().collect()
    }

    fn schedule(&self) -> Option<&Schedule> {
        let (schedule, _) = self.pipeline.schedule.as_ref()?;
        match schedule_setting(schedule) {
            Some(name) => self.lowering.settings.schedule(name),
            None => Some(schedule),
        }
    }

    /// The schedule by which it runs in the end: that of the pipeline after which it runs. What a setting of another pipeline says is
    /// unknown.
    fn pace(&self) -> Option<Schedule> {
        let mut schedule = self.schedule()?;
        // A circle is refused by the checker; this ends it anyway.
        for _ in &self.project.pipelines {
            let Schedule::After(other) = schedule else { break };
            let other = self.project.pipelines.iter().find(|pipeline| pipeline.name == other.text)?;
            schedule = &other.schedule.as_ref()?.0;
        }
        Some(schedule.clone())
    }

    fn source(&self) -> Side {
        let (source, _) = ends(self.project, self.pipeline);
        self.side(&self.pipeline.source, self.lowering.source_slots(self.pipeline, source))
    }

    fn target(&self) -> Side {
        let (_, target) = ends(self.project, self.pipeline);
        self.side(&self.pipeline.target, self.lowering.target_slots(target))
    }

    pub fn side(&self, end: &checked::End, slots: Vec<super::Slot>) -> Side {
        let system = Arc::new(self.lowering.system(&self.project.systems[end.system]));
        Side::new(system, end.collection, end.alias.clone(), slots, end.span)
    }

    fn fields(&self) -> Vec<Field> {
        let field = |field: &checked::Field| Field {
            name: field.name.clone(),
            ty: field.ty.clone(),
            value: self.lowering.program(&field.value),
            least_size: field.least_size,
            text: field.text.clone(),
            name_span: field.name_span,
            span: field.span,
        };
        self.pipeline.fields.iter().map(field).collect()
    }

    fn scope(&self, scope: &checked::Scope) -> Scope {
        Scope {
            include: scope.include,
            condition: self.lowering.program(&scope.condition),
            text: scope.text.clone(),
            reason: scope.reason.clone(),
            before_key: scope.before_key,
            span: scope.span,
        }
    }

    fn one_per_key(&self, one: &checked::OnePerKey) -> OnePerKey {
        OnePerKey { prefer: one.prefer.as_ref().map(|prefer| self.lowering.program(prefer)), latest: one.latest, span: one.span }
    }

    /// `None` if a setting that chooses an attribute has no value.
    fn rule(&self, rule: &checked::Rule) -> Option<Rule> {
        let (_, target) = ends(self.project, self.pipeline);
        let parts = rule.parts.iter().map(|part| self.rule_part(part, target)).collect::<Option<_>>()?;
        Some(Rule { parts, span: rule.span })
    }

    fn rule_part(&self, part: &checked::RulePart, target: &model::system::Collection) -> Option<RulePart> {
        let attribute = self.choices.resolve(&part.attribute)?;
        self.lowering.slots.target_of(attribute)?;
        let comparison = Comparison { as_key: true, ..both(part.comparison, target.attributes[attribute].comparison) };
        Some(RulePart { attribute, value: self.lowering.program(&part.value), comparison })
    }

    fn mode(&self) -> Mode {
        match &self.pipeline.mode {
            ModeChoice::Fixed(mode) => *mode,
            ModeChoice::Setting(id) => {
                self.lowering.settings.value(id).as_text().and_then(model::pipeline::Mode::of_words).unwrap_or(Mode::Update)
            }
        }
    }

    /// `None` if the setting that chooses the attribute has no value.
    fn mapping(&self, line: &checked::Mapping) -> Option<Mapping> {
        let attribute = self.choices.resolve(&line.attribute)?;
        let declared = ends(self.project, self.pipeline).1.attributes[attribute].comparison;
        let as_key = self.identifies(attribute);
        Some(Mapping {
            attribute,
            value: self.lowering.program(&line.value),
            text: line.text.clone(),
            // Another key would make another account of it, which no link leads to.
            on: if line.on == On::Both && self.is_key(attribute) && !self.pipeline.mode.appends() { On::Create } else { line.on },
            when: line.when.as_ref().map(|when| self.lowering.program(when)),
            missing: line.missing,
            once: line.once,
            comparison: Comparison { as_key, ..both(line.comparison, declared) },
            list: line.list,
            shared: line.shared.clone().filter(|shared| self.lowering.slots.source_of(shared.attribute).is_some()),
            on_conflict: line.on_conflict,
            span: line.span,
        })
    }

    fn is_key(&self, attribute: usize) -> bool {
        ends(self.project, self.pipeline).1.key.attributes().any(|at| at == attribute)
    }

    /// Whether an attribute of the target says whose record it is: it is of the key, unique, or compared by `match`.
    fn identifies(&self, attribute: usize) -> bool {
        let target = ends(self.project, self.pipeline).1;
        let mut matched = self.pipeline.rules.iter().flat_map(|rule| &rule.parts);
        target.attributes[attribute].unique
            || self.is_key(attribute)
            || matched.any(|part| self.choices.resolve(&part.attribute) == Some(attribute))
    }

    fn map_call(&self, call: &checked::MapCall) -> MapCall {
        MapCall {
            call: call.call,
            on: call.on,
            when: call.when.as_ref().map(|when| self.lowering.program(when)),
            once: call.once,
            span: call.span,
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
            span: leaver.span,
        }
    }

    fn leaver_condition(&self, condition: &checked::LeaverCondition) -> LeaverCondition {
        LeaverCondition {
            kind: condition.kind.map(&|when| self.lowering.program(when)),
            reason: condition.reason.clone(),
            text: condition.text.clone(),
            due: condition.due.as_ref().map(|due| self.lowering.program(due)),
            span: condition.span,
        }
    }

    fn stage(&self, stage: &checked::Stage) -> Stage {
        Stage { delay: stage.delay, actions: self.actions(&stage.actions), span: stage.span }
    }

    fn protect(&self, protect: &checked::Protect) -> Protect {
        Protect { condition: self.lowering.program(&protect.condition), reason: protect.reason.clone(), span: protect.span }
    }

    fn actions(&self, actions: &[checked::Action]) -> Vec<Action> {
        actions.iter().filter_map(|action| self.action(action)).collect()
    }

    /// `None` if the setting that chooses the attribute has no value.
    fn action(&self, action: &checked::Action) -> Option<Action> {
        Some(match action {
            checked::Action::Set { attribute, value, text, span } => Action::Set {
                attribute: self.choices.resolve(attribute)?,
                value: self.lowering.program(value),
                text: text.clone(),
                span: *span,
            },
            checked::Action::Call { call, once, span } => Action::Call { call: *call, once: *once, span: *span },
            checked::Action::Delete { span } => Action::Delete { span: *span },
        })
    }

    fn requires(&self) -> Vec<Require> {
        let all = self.pipeline.requires.iter().chain(&self.project.requires);
        let require =
            |one: &model::Require| Require { condition: self.lowering.program(&one.condition), words: one.words.clone(), span: one.span };
        all.map(require).collect()
    }

    fn uses_today(&self) -> bool {
        let mut uses = false;
        let dated = |part: &Expr| match &part.kind {
            ExprKind::Today | ExprKind::Now => true,
            ExprKind::Apply { function, .. } => function.0.reads_today(),
            _ => false,
        };
        self.pipeline.expressions(&mut |expr| uses |= expr.any(&dated));
        uses
    }
}
