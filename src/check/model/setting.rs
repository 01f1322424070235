//! Settings and secrets, as they are declared.

use super::system::Collection;
use crate::{
    diagnose::Span,
    syntax::tree::Schedule,
    value::{Type, Value, equal::equal},
};
use serde::Serialize;

/// `setting NAME : TYPE …` or `secret NAME`
#[derive(Clone, Debug)]
pub struct Setting {
    pub name: String,
    pub secret: bool,
    pub ty: Type,
    pub default: Option<Value>,
    pub schedule: Option<Schedule>,
    pub choices: Vec<Value>,
    pub matches: Option<regex::Regex>,
    pub words: Option<String>,
    pub span: Span,
    /// Where its choices come from, if a system has to be asked.
    pub live: Option<Live>,
    /// What the choices are called, beside their values.
    pub choice_words: Vec<Option<String>>,
}

/// Why a value of the right type is refused by its setting.
pub enum Misfit<'v> {
    /// It is not one of the choices.
    NotAChoice(&'v Value),
    /// The text does not match the pattern.
    NoMatch(&'v str),
}

impl Setting {
    /// What is wrong with a value of the right type. The check asks of the default, and each plan of what the configuration gives.
    pub fn misfit<'v>(&self, value: &'v Value) -> Option<Misfit<'v>> {
        let items = if let Value::List(items) = value { items.as_slice() } else { std::slice::from_ref(value) };
        items.iter().filter(|item| !item.is_missing()).find_map(|item| {
            let chosen = self.choices.is_empty() || self.choices.iter().any(|choice| equal(choice, item));
            match (item.as_text(), &self.matches) {
                _ if !chosen => Some(Misfit::NotAChoice(item)),
                (Some(text), Some(pattern)) if !pattern.is_match(text) => Some(Misfit::NoMatch(text)),
                _ => None,
            }
        })
    }
}

/// Choices that come from a system.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Live {
    /// `attribute of arlo.contacts`: one of the attributes that the system itself tells, by its bare name.
    AttributeOf { system: String, collection: String, span: Span },
    /// `one of wicket.services`: the key of one of its records.
    RecordOf { system: String, collection: String, span: Span },
}

/// Whose setting.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
pub enum Owner {
    System(String),
    Pipeline,
    Shared,
}

/// A setting by its owner and name.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
pub struct SettingId {
    pub owner: Owner,
    pub name: String,
}

/// A target attribute by its index, or one that a setting chooses.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub enum Chosen {
    Fixed(usize),
    /// `[setting.field]`: nothing chosen, nothing written.
    BySetting(SettingId),
}

impl Chosen {
    /// The attribute, if no setting chooses it.
    #[must_use]
    pub const fn fixed(&self) -> Option<usize> {
        if let Self::Fixed(at) = self { Some(*at) } else { None }
    }

    /// As messages name it.
    #[must_use]
    pub fn name<X, C>(&self, target: &Collection<X, C>) -> String {
        match self {
            Self::Fixed(at) => target.attributes[*at].name.clone(),
            Self::BySetting(id) => format!("[setting.{}]", id.name),
        }
    }

    /// The setting that chooses it.
    #[must_use]
    pub const fn setting(&self) -> Option<&SettingId> {
        if let Self::BySetting(id) = self { Some(id) } else { None }
    }
}
