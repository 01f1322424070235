//! The values of settings: from the configuration or the default, converted to their type.

use super::{SettingUse, made_up};
use crate::{
    check::{
        Project,
        model::{Misfit, Owner, Setting, SettingId, pipeline::Pipeline},
        schedule,
    },
    syntax::tree::{Item, PipelineItem, Schedule},
    value::{Kind, Value, format::Codec, show::shown},
};
use std::{
    cell::RefCell,
    collections::{BTreeMap, BTreeSet},
};
use thiserror::Error;

/// Where the values of settings come from: by system (none for the pipeline's own) and name.
pub trait SettingValues {
    /// The configured value: text, bool, integer, or a list of texts; `None` if there is none.
    /// The owner is a system or a pipeline, by its name; none for what pipelines share.
    fn setting(&self, owner: Option<&str>, name: &str) -> Option<Value>;

    /// Whether values are made up that only say where a system is, and who signs in: in the sandbox, where a stand-in takes any.
    fn makes_up(&self) -> bool {
        false
    }
}

/// Why the value of a setting can't be used, worded to follow the setting.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub(crate) enum SettingFault {
    /// The value is not of the setting's type: what it must be.
    #[error("{0}")]
    Type(String),
    #[error("can't be `{value}`: it is one of {choices}")]
    NotAChoice { value: String, choices: String },
    #[error("`{text}` does not match `{pattern}`{words}")]
    NoMatch { text: String, pattern: String, words: String },
    #[error("`{0}` is not a schedule, such as `daily at 02:00` or `every 15 min`")]
    NotASchedule(String),
    #[error("`{text}` can't be kept: {why}; {help}")]
    BadSchedule { text: String, why: String, help: String },
}

/// All settings that a plan may ask for, with their values.
pub(crate) struct Settings {
    /// The pipeline whose settings these are.
    pipeline: String,
    /// For settings that are not given.
    made_up: BTreeMap<SettingId, Value>,
    values: BTreeMap<SettingId, Value>,
    schedules: BTreeMap<SettingId, Schedule>,
    /// As `show` lists them.
    pub uses: Vec<SettingUse>,
    /// What is missing or wrong: the setting as `lucca.domain`, and one sentence.
    pub wrong: RefCell<Vec<(String, String)>>,
}

impl Settings {
    /// Gets the values of the settings of a pipeline, its two systems and, of the shared ones, those in `shared`.
    pub fn of(project: &Project, pipeline: &Pipeline, shared: &BTreeSet<String>, given: &dyn SettingValues, lenient: bool) -> Self {
        let of_pipeline = |name: &str| given.setting(Some(&pipeline.name), name).or_else(|| given.setting(None, name));
        let mut all = Self {
            pipeline: pipeline.name.clone(),
            made_up: BTreeMap::new(),
            values: BTreeMap::new(),
            schedules: BTreeMap::new(),
            uses: Vec::new(),
            wrong: RefCell::default(),
        };
        let mut systems = Vec::new();
        for end in [&pipeline.source, &pipeline.target].into_iter().chain(pipeline.joins.iter().map(|join| &join.end)) {
            if !systems.contains(&end.system) {
                systems.push(end.system);
            }
        }
        for system in systems.into_iter().map(|at| &project.systems[at]) {
            let owner = Owner::System(system.name.clone());
            if given.makes_up() {
                all.made_up.extend(made_up::values(system));
            }
            let of_system = |name: &str| given.setting(Some(&system.name), name);
            system.settings.iter().for_each(|one| all.take(one, &owner, &of_system, lenient));
        }
        pipeline.settings.iter().for_each(|one| all.take(one, &Owner::Pipeline, &of_pipeline, lenient));
        let used = project.settings.iter().filter(|one| shared.contains(&one.name));
        used.for_each(|one| all.take(one, &Owner::Shared, &|name: &str| given.setting(None, name), lenient));
        all
    }

    /// Values of settings that nobody has configured.
    pub fn made_up(values: BTreeMap<SettingId, Value>) -> Self {
        Self {
            pipeline: String::new(),
            made_up: BTreeMap::new(),
            values,
            schedules: BTreeMap::new(),
            uses: Vec::new(),
            wrong: RefCell::default(),
        }
    }

    fn take(&mut self, setting: &Setting, owner: &Owner, given: &dyn Fn(&str) -> Option<Value>, lenient: bool) {
        let system = if let Owner::System(name) = owner { Some(name.as_str()) } else { None };
        let id = SettingId { owner: owner.clone(), name: setting.name.clone() };
        let given = if setting.secret { None } else { given(&setting.name) };
        let is_given = given.is_some();
        let value = if setting.secret { None } else { self.value_of(setting, &id, given) };
        let required = !setting.ty.optional && setting.default.is_none() && setting.schedule.is_none();
        let value = value.or_else(|| self.made_up.remove(&id).filter(|_| required && !is_given));
        let has_value = value.is_some() || self.schedules.contains_key(&id);
        if required && !setting.secret && !has_value && !lenient && !self.is_wrong(&id) {
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
                    self.refuse(id, &why.to_string());
                    None
                }
            },
        }
    }

    fn schedule_of(&mut self, setting: &Setting, id: &SettingId, given: Option<Value>) {
        let schedule = match given {
            None => setting.schedule.clone(),
            Some(given) => read_schedule(&given).map_err(|why| self.refuse(id, &why.to_string())).ok(),
        };
        if let Some(schedule) = schedule {
            self.schedules.insert(id.clone(), schedule);
        }
    }

    /// Records what is wrong with a setting, once.
    pub fn refuse(&self, id: &SettingId, why: &str) {
        self.wrong.borrow_mut().push((self.called(id), why.to_owned()));
    }

    /// Notes what a setting lacks, unless it has been refused already.
    pub fn lacks(&self, id: &SettingId, why: &str) {
        if !self.is_wrong(id) {
            self.refuse(id, why);
        }
    }

    /// The name that `counterpart settings set` knows a setting by: `lucca.domain`, or the name alone of one that pipelines share.
    fn called(&self, id: &SettingId) -> String {
        match &id.owner {
            Owner::System(system) => format!("{system}.{}", id.name),
            Owner::Pipeline => format!("{}.{}", self.pipeline, id.name),
            Owner::Shared => id.name.clone(),
        }
    }

    fn is_wrong(&self, id: &SettingId) -> bool {
        self.wrong.borrow().iter().any(|(name, _)| *name == self.called(id))
    }

    /// The value of a setting as a regular expression; `None` if it has no value, or an invalid one, which is refused.
    pub fn pattern(&self, id: &SettingId) -> Option<regex::Regex> {
        let value = self.value(id);
        let text = value.as_text()?;
        let refuse =
            |error| self.refuse(id, &format!("can't be `{text}`: it is not a regular expression: {}", crate::check::why_no_regex(&error)));
        crate::value::pattern::compile(text).map_err(refuse).ok()
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

/// The choices of a setting as shown, with their words.
fn choices(setting: &Setting) -> Vec<(String, Option<String>)> {
    let words = setting.choice_words.iter().cloned().chain(std::iter::repeat(None));
    setting.choices.iter().map(shown).zip(words).collect()
}

/// A given value as the setting's type, among its choices.
fn fitting(given: &Value, setting: &Setting) -> Result<Value, SettingFault> {
    let value = of_kind(given, &setting.ty.kind).ok_or_else(|| SettingFault::Type(unfit(given, &setting.ty.kind)))?;
    match setting.misfit(&value) {
        None => Ok(value),
        Some(Misfit::NotAChoice(item)) => {
            let choices = setting.choices.iter().map(|choice| format!("`{}`", shown(choice))).collect::<Vec<_>>().join(", ");
            Err(SettingFault::NotAChoice { value: shown(item), choices })
        }
        Some(Misfit::NoMatch(text)) => {
            let pattern = setting.matches.as_ref().map_or("", regex::Regex::as_str).to_owned();
            let words = setting.words.as_ref().map_or_else(String::new, |words| format!(" ({words})"));
            Err(SettingFault::NoMatch { text: text.to_owned(), pattern, words })
        }
    }
}

/// `` `12,5` is not a number; write `12.5` ``
fn unfit(given: &Value, kind: &Kind) -> String {
    if given.is_missing() {
        return format!("is blank: it must be {}", a_kind(kind));
    }
    let Value::Text(text) = given else { return format!("must be {}", a_kind(kind)) };
    let point = text.replace(',', ".");
    match point != **text && written(&point, kind).is_some() {
        true => format!("`{text}` is not {}; write `{point}`", a_kind(kind)),
        false => format!("must be {}", a_kind(kind)),
    }
}

fn of_kind(given: &Value, kind: &Kind) -> Option<Value> {
    match (kind, given) {
        (Kind::Text, Value::Text(_)) | (Kind::Bool, Value::Bool(_)) | (Kind::Int, Value::Int(_)) | (Kind::Decimal, Value::Decimal(_)) => {
            Some(given.clone())
        }
        (Kind::Decimal, Value::Int(number)) => Some(Value::Decimal((*number).into())),
        (Kind::Decimal | Kind::Date | Kind::DateTime | Kind::Duration, Value::Text(text)) => written(text, kind),
        (Kind::List(item), Value::List(items)) => items.iter().map(|one| of_kind(one, item)).collect::<Option<_>>().map(Value::list),
        (Kind::List(item), one) => of_kind(one, item).map(|one| Value::list(vec![one])),
        (Kind::Json, Value::Text(text)) => serde_json::from_str(text).ok().map(|json| Value::Json(Box::new(json))).filter(is_present),
        (Kind::Json, given) => Codec::natural(Kind::Json).write(given).ok().map(|json| Value::Json(Box::new(json))).filter(is_present),
        _ => None,
    }
}

/// Reads a value that is text in the configuration, like an attribute of its type in a text file.
fn written(text: &str, kind: &Kind) -> Option<Value> {
    let codec = Codec { texts: true, ..Codec::natural(kind.clone()) };
    codec.read(Some(&text.into())).ok().filter(is_present)
}

fn is_present(value: &Value) -> bool {
    !value.is_missing()
}

fn a_kind(kind: &Kind) -> String {
    match kind {
        Kind::Bool => "`true` or `false`".to_owned(),
        Kind::Int => "a whole number".to_owned(),
        Kind::Decimal => "a number".to_owned(),
        Kind::Date => "a day, such as `2026-03-01`".to_owned(),
        Kind::DateTime => "an instant, such as `2026-03-01T09:00:00Z`".to_owned(),
        Kind::Duration => "a length of time, such as `7 days` or `P7D`".to_owned(),
        Kind::Json => "JSON, such as `{\"a\": 1}` or `\"a\"`".to_owned(),
        Kind::List(item) => format!("a list of {item}"),
        other => format!("a {other}"),
    }
}

/// A schedule in the form of the language, checked like one in a file.
fn read_schedule(given: &Value) -> Result<Schedule, SettingFault> {
    let text = shown(given);
    let schedule = given.as_text().and_then(parse_schedule);
    let Some(schedule) = schedule else { return Err(SettingFault::NotASchedule(text)) };
    match schedule::fault(&schedule) {
        None => Ok(schedule),
        Some(fault) => Err(SettingFault::BadSchedule { text, why: fault.message.to_string(), help: fault.help.to_string() }),
    }
}

fn parse_schedule(text: &str) -> Option<Schedule> {
    let (file, mistakes) = crate::syntax::parse(crate::diagnose::FileId::default(), &format!("pipeline p {{\n  schedule {text}\n}}\n"));
    let [Item::Pipeline(pipeline)] = &file.items[..] else { return None };
    match &pipeline.items[..] {
        [PipelineItem::Schedule(schedule)] if mistakes.is_empty() && !matches!(schedule, Schedule::Setting(_)) => Some(schedule.clone()),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_decimal_comma_is_refused_with_the_right_form() {
        assert_eq!(unfit(&Value::text("12,5"), &Kind::Decimal), "`12,5` is not a number; write `12.5`");
        assert_eq!(unfit(&Value::text("many"), &Kind::Decimal), "must be a number");
        assert_eq!(unfit(&Value::Bool(true), &Kind::Int), "must be a whole number");
        assert_eq!(unfit(&Value::text(" "), &Kind::Text), "is blank: it must be a text");
    }
}
