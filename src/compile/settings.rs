//! The values of settings: as the configuration gives them, or the default, fit for their type.

use super::SettingUse;
use crate::{
    check::{
        Project,
        model::{Owner, Setting, SettingId, pipeline::Pipeline},
    },
    syntax::tree::{Item, PipelineItem, Schedule},
    value::{Kind, Value, show::shown},
};
use std::{
    cell::RefCell,
    collections::{BTreeMap, BTreeSet},
};

/// Where the values of settings come from: by system (none for the pipeline's own) and name.
pub trait SettingValues {
    /// The value as the configuration gives it: text, bool, integer, or a list of texts; none if it gives none.
    /// The owner is a system or a pipeline, by its name; none for what pipelines share.
    fn setting(&self, owner: Option<&str>, name: &str) -> Option<Value>;
}

/// All settings that a plan may ask for, with their values.
pub(crate) struct Settings {
    values: BTreeMap<SettingId, Value>,
    schedules: BTreeMap<SettingId, Schedule>,
    /// As `show` lists them.
    pub uses: Vec<SettingUse>,
    /// What is missing or wrong: the setting as `lucca.domain`, and one sentence.
    pub wrong: RefCell<Vec<(String, String)>>,
}

impl Settings {
    /// Asks for the values of the settings of a pipeline, its two systems and, of the shared ones, those in `shared`.
    pub fn of(project: &Project, pipeline: &Pipeline, shared: &BTreeSet<String>, given: &dyn SettingValues, lenient: bool) -> Self {
        let of_pipeline = |name: &str| given.setting(Some(&pipeline.name), name).or_else(|| given.setting(None, name));
        let mut all = Self { values: BTreeMap::new(), schedules: BTreeMap::new(), uses: Vec::new(), wrong: RefCell::default() };
        let mut systems = Vec::new();
        for end in [&pipeline.source, &pipeline.target].into_iter().chain(pipeline.joins.iter().map(|join| &join.end)) {
            if !systems.contains(&end.system) {
                systems.push(end.system);
            }
        }
        for system in systems.into_iter().map(|at| &project.systems[at]) {
            let owner = Owner::System(system.name.clone());
            let of_system = |name: &str| given.setting(Some(&system.name), name);
            system.settings.iter().for_each(|one| all.take(one, &owner, &of_system, lenient));
        }
        pipeline.settings.iter().for_each(|one| all.take(one, &Owner::Pipeline, &of_pipeline, lenient));
        let used = project.settings.iter().filter(|one| shared.contains(&one.name));
        used.for_each(|one| all.take(one, &Owner::Shared, &|name: &str| given.setting(None, name), lenient));
        all
    }

    fn take(&mut self, setting: &Setting, owner: &Owner, given: &dyn Fn(&str) -> Option<Value>, lenient: bool) {
        let system = if let Owner::System(name) = owner { Some(name.as_str()) } else { None };
        let id = SettingId { owner: owner.clone(), name: setting.name.clone() };
        let given = if setting.secret { None } else { given(&setting.name) };
        let is_given = given.is_some();
        let value = if setting.secret { None } else { self.value_of(setting, &id, given) };
        let required = !setting.ty.optional && setting.default.is_none() && setting.schedule.is_none();
        if required && !setting.secret && value.is_none() && !lenient && !self.is_wrong(&id) {
            self.refuse(&id, "has no value");
        }
        self.uses.push(SettingUse {
            system: system.map(str::to_owned),
            shared: *owner == Owner::Shared,
            name: setting.name.clone(),
            secret: setting.secret,
            required,
            words: setting.words.clone(),
            kind: setting.ty.kind.clone(),
            value: value.as_ref().map(shown).or_else(|| self.schedules.get(&id).map(schedule_words)),
            given: is_given,
            choices: choices(setting),
            matches: setting.matches.as_ref().map(|pattern| pattern.as_str().to_owned()),
            live: setting.live.clone(),
            place: setting.span,
        });
        if let Some(value) = value {
            self.values.insert(id, value);
        }
    }

    fn value_of(&mut self, setting: &Setting, id: &SettingId, given: Option<Value>) -> Option<Value> {
        if setting.ty.kind == Kind::Schedule {
            self.schedule_of(setting, id, given);
            return None;
        }
        match given {
            None => setting.default.clone(),
            Some(given) => match fitting(&given, setting) {
                Ok(value) => Some(value),
                Err(why) => {
                    self.refuse(id, &why);
                    None
                }
            },
        }
    }

    fn schedule_of(&mut self, setting: &Setting, id: &SettingId, given: Option<Value>) {
        let schedule = match given {
            None => setting.schedule.clone(),
            Some(given) => {
                let read = given.as_text().and_then(read_schedule);
                if read.is_none() {
                    let text = shown(&given);
                    self.refuse(id, &format!("`{text}` is no schedule, such as `daily at 02:00` or `every 15 min`"));
                }
                read
            }
        };
        if let Some(schedule) = schedule {
            self.schedules.insert(id.clone(), schedule);
        }
    }

    /// Notes what is wrong with a setting, once.
    pub fn refuse(&self, id: &SettingId, why: &str) {
        self.wrong.borrow_mut().push((called(id), why.to_owned()));
    }

    /// Notes what a setting lacks, unless it has been refused already.
    pub fn lacks(&self, id: &SettingId, why: &str) {
        if !self.is_wrong(id) {
            self.refuse(id, why);
        }
    }

    fn is_wrong(&self, id: &SettingId) -> bool {
        self.wrong.borrow().iter().any(|(name, _)| *name == called(id))
    }

    /// The value of a setting as a regular expression; none if it has no value, or one that is none and is refused.
    pub fn pattern(&self, id: &SettingId) -> Option<regex::Regex> {
        let value = self.value(id);
        let text = value.as_text()?;
        let refuse =
            |error| self.refuse(id, &format!("can't be `{text}`: it is no regular expression: {}", crate::check::why_no_regex(&error)));
        regex::Regex::new(text).map_err(refuse).ok()
    }

    /// The value of a setting; missing if it has none.
    pub fn value(&self, id: &SettingId) -> Value {
        self.values.get(id).cloned().unwrap_or(Value::Null)
    }

    /// The schedule that a setting holds.
    pub fn schedule(&self, name: &str) -> Option<&Schedule> {
        self.schedules.iter().find(|(id, _)| id.name == name).map(|(_, schedule)| schedule)
    }

    /// All values, in an order that does not change.
    pub fn known(&self) -> impl Iterator<Item = (&SettingId, &Value)> {
        self.values.iter()
    }
}

/// What a setting may be, as shown, and what that is called.
fn choices(setting: &Setting) -> Vec<(String, Option<String>)> {
    let words = setting.choice_words.iter().cloned().chain(std::iter::repeat(None));
    setting.choices.iter().map(shown).zip(words).collect()
}

/// `lucca.domain`, or the name alone.
pub(crate) fn called(id: &SettingId) -> String {
    match &id.owner {
        Owner::System(system) => format!("{system}.{}", id.name),
        Owner::Pipeline | Owner::Shared => id.name.clone(),
    }
}

/// A given value as the setting's type, among its choices.
fn fitting(given: &Value, setting: &Setting) -> Result<Value, String> {
    let value = of_kind(given, &setting.ty.kind).ok_or_else(|| format!("must be {}", a_kind(&setting.ty.kind)))?;
    let items = if let Value::List(items) = &value { items.as_slice() } else { std::slice::from_ref(&value) };
    if let Some(strange) = items.iter().find(|item| !setting.choices.is_empty() && !setting.choices.contains(item)) {
        let choices = setting.choices.iter().map(|choice| format!("`{}`", shown(choice))).collect::<Vec<_>>().join(", ");
        return Err(format!("can't be `{}`: it is one of {choices}", shown(strange)));
    }
    if let (Some(matches), Some(text)) = (&setting.matches, value.as_text())
        && !matches.is_match(text)
    {
        let words = setting.words.as_ref().map_or_else(String::new, |words| format!(" ({words})"));
        return Err(format!("`{text}` does not match `{}`{words}", matches.as_str()));
    }
    Ok(value)
}

fn of_kind(given: &Value, kind: &Kind) -> Option<Value> {
    match (kind, given) {
        (Kind::Text, Value::Text(_)) | (Kind::Bool, Value::Bool(_)) | (Kind::Int, Value::Int(_)) | (Kind::Decimal, Value::Decimal(_)) => {
            Some(given.clone())
        }
        (Kind::Decimal, Value::Int(number)) => Some(Value::Decimal((*number).into())),
        (Kind::Decimal, Value::Text(text)) => text.parse().ok().map(Value::Decimal),
        (Kind::Date, Value::Date(_)) | (Kind::DateTime, Value::DateTime(_)) | (Kind::Duration, Value::Duration(_)) => Some(given.clone()),
        (Kind::Date, Value::Text(text)) => crate::value::civil::read_date(text).map(Value::Date),
        (Kind::DateTime, Value::Text(text)) => text.parse().ok().map(Value::DateTime),
        (Kind::List(item), Value::List(items)) => items.iter().map(|one| of_kind(one, item)).collect::<Option<_>>().map(Value::list),
        (Kind::List(item), one) => of_kind(one, item).map(|one| Value::list(vec![one])),
        _ => None,
    }
}

fn a_kind(kind: &Kind) -> String {
    match kind {
        Kind::Bool => "`true` or `false`".to_owned(),
        Kind::Int => "a whole number".to_owned(),
        Kind::Date => "a day, such as `2026-03-01`".to_owned(),
        Kind::List(item) => format!("a list of {item}"),
        other => format!("a {other}"),
    }
}

/// A schedule as the language writes it.
fn read_schedule(text: &str) -> Option<Schedule> {
    let (file, mistakes) = crate::syntax::parse(crate::diagnose::FileId::default(), &format!("pipeline p {{\n  schedule {text}\n}}\n"));
    let [Item::Pipeline(pipeline)] = &file.items[..] else { return None };
    match &pipeline.items[..] {
        [PipelineItem::Schedule(schedule)] if mistakes.is_empty() => Some(schedule.clone()),
        _ => None,
    }
}

/// A schedule as it is shown: `daily at 02:00`.
pub(crate) fn schedule_words(schedule: &Schedule) -> String {
    let clock = |time: &jiff::civil::Time| format!("{:02}:{:02}", time.hour(), time.minute());
    match schedule {
        Schedule::Every(time, _) => format!("every {}", shown(&Value::Duration(*time))),
        Schedule::Daily(time, _) => format!("daily at {}", clock(time)),
        Schedule::Weekly(day, time, _) => format!("weekly on {} at {}", day.text, clock(time)),
        Schedule::Cron(words) => format!("cron \"{}\"", words.text),
        Schedule::After(pipeline) => format!("after {}", pipeline.text),
        Schedule::Setting(_) => "by a setting".to_owned(),
    }
}
