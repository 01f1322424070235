//! `[setting.x]`: the attributes that settings choose, once their values are known.

use super::settings::Settings;
use crate::check::{
    closest, fits, list_words,
    model::{
        SettingId,
        expr::Expr,
        pipeline::{Action, Chosen, Mapping, On, Pipeline},
        system::{Attribute, Collection},
    },
};
use std::collections::BTreeMap;
use thiserror::Error;

/// Why the value of a setting names no attribute.
#[derive(Debug, Error)]
enum NamingError {
    /// What there is instead.
    #[error("`{system}.{collection}` has no such attribute{instead}")]
    NoSuchAttribute { system: String, collection: String, instead: String },
    #[error("it could be {}: name one of them in full", .0.join(" or "))]
    Ambiguous(Vec<String>),
}

/// Attributes of the target by the setting that chooses them. A setting without a value chooses none.
pub(crate) struct Choices(BTreeMap<SettingId, usize>);

impl Choices {
    /// Refuses values that name no attribute, or an attribute that does not fit its use.
    pub fn of(pipeline: &Pipeline, target: (&str, &Collection), settings: &Settings) -> Self {
        let mut all = Self(BTreeMap::new());
        for chosen in uses(pipeline) {
            if let Some(id) = chosen.setting()
                && !all.0.contains_key(id)
                && let Some(name) = settings.value(id).as_text()
            {
                match named(name, target) {
                    Ok(at) => drop(all.0.insert(id.clone(), at)),
                    Err(why) => settings.refuse(id, &format!("can't be `{name}`: {why}")),
                }
            }
        }
        all.fit(pipeline, target.1, settings);
        all
    }

    /// No attribute is chosen, even if settings have values.
    pub const fn none() -> Self {
        Self(BTreeMap::new())
    }

    /// The chosen attribute; `None` if the setting has no value.
    pub fn resolve(&self, chosen: &Chosen) -> Option<usize> {
        match chosen {
            Chosen::Fixed(at) => Some(*at),
            Chosen::BySetting(id) => self.0.get(id).copied(),
        }
    }

    fn fit(&self, pipeline: &Pipeline, target: &Collection, settings: &Settings) {
        let check = |chosen: &Chosen, value: &Expr, misfit: &dyn Fn(&Attribute) -> Option<String>| {
            let Chosen::BySetting(id) = chosen else { return };
            let Some(attribute) = self.0.get(id).map(|at| &target.attributes[*at]) else { return };
            if let Some(why) = misfit(attribute).or_else(|| of_another_kind(attribute, value)) {
                settings.refuse(id, &format!("can't be `{}`: {why}", attribute.name));
            }
        };
        for part in pipeline.rules.iter().flat_map(|rule| &rule.parts) {
            check(&part.attribute, &part.value, &|attribute| (!attribute.is_read()).then(|| "it can't be read".to_owned()));
        }
        for line in &pipeline.map {
            check(&line.attribute, &line.value, &|attribute| self.not_mapped(attribute, line, pipeline));
        }
        for (attribute, value) in pipeline.actions().filter_map(set) {
            check(attribute, value, &not_set);
        }
    }

    /// Why a line of `map` can't write an attribute.
    fn not_mapped(&self, attribute: &Attribute, line: &Mapping, pipeline: &Pipeline) -> Option<String> {
        let at = self.resolve(&line.attribute);
        if !attribute.is_written() {
            return Some("it is read only".to_owned());
        }
        if line.on != On::Create && (attribute.access.is_some() || attribute.create_only || !attribute.is_read()) {
            return Some("it can only be written on create".to_owned());
        }
        if line.value.ty.optional && !attribute.ty.optional {
            return Some("it is never empty, and what is written there may be missing".to_owned());
        }
        let twice = pipeline.map.iter().any(|other| other.attribute != line.attribute && self.resolve(&other.attribute) == at);
        twice.then(|| "another line of `map` writes it".to_owned())
    }
}

/// Everything in a pipeline that names an attribute of the target, or the setting that does.
pub(crate) fn uses(pipeline: &Pipeline) -> impl Iterator<Item = &Chosen> {
    let mapped = pipeline.map.iter().map(|line| &line.attribute);
    let matched = pipeline.rules.iter().flat_map(|rule| rule.parts.iter().map(|part| &part.attribute));
    mapped.chain(matched).chain(pipeline.actions().filter_map(set).map(|(attribute, _)| attribute))
}

const fn set(action: &Action) -> Option<(&Chosen, &Expr)> {
    if let Action::Set { attribute, value, .. } = action { Some((attribute, value)) } else { None }
}

fn not_set(attribute: &Attribute) -> Option<String> {
    (!attribute.is_written() || attribute.create_only).then(|| "it can't be changed".to_owned())
}

fn of_another_kind(attribute: &Attribute, value: &Expr) -> Option<String> {
    let (is, wanted) = (&value.ty.kind, &attribute.ty.kind);
    (!fits(is, wanted)).then(|| format!("its type is {wanted}, and the value next to it has the type {is}"))
}

/// The attribute with a name: its full name, or the bare name of a discovered attribute of any part.
fn named(name: &str, (system, target): (&str, &Collection)) -> Result<usize, NamingError> {
    if let Some(at) = target.attribute(name) {
        return Ok(at);
    }
    let discovered = || target.attributes.iter().enumerate().filter(|(_, attribute)| attribute.discovered);
    let found: Vec<_> = discovered().filter(|(_, attribute)| attribute.bare_name() == name).collect();
    match &found[..] {
        [(at, _)] => Ok(*at),
        [] => Err(NamingError::NoSuchAttribute {
            system: system.to_owned(),
            collection: target.name.clone(),
            instead: there_is(name, target),
        }),
        several => Err(NamingError::Ambiguous(several.iter().map(|(_, attribute)| format!("`{}`", attribute.name)).collect())),
    }
}

fn there_is(instead: &str, target: &Collection) -> String {
    let discovered: Vec<_> = target.attributes.iter().filter(|attribute| attribute.discovered).map(Attribute::bare_name).collect();
    let discovers = target.discovery.is_some() || target.parts.iter().any(|part| part.discovery.is_some());
    if discovered.is_empty() && discovers {
        return ", and has reported none so far: `settings verify` asks it".to_owned();
    }
    let declared = target.attributes.iter().filter(|attribute| attribute.is_written()).map(|attribute| attribute.name.as_str());
    let names: Vec<_> = if discovered.is_empty() { declared.collect() } else { discovered };
    let meant = list_words(closest(instead, names.iter().copied())).map_or_else(String::new, |near| format!("; did you mean {near}?"));
    list_words(names).map_or_else(String::new, |names| format!("; there is {names}{meant}"))
}
