//! Edits `counterpart.toml`: comments and order are kept, and the file is replaced as a whole.

use crate::{
    project::error::ConfigError,
    value::{Kind, Value},
};
use toml_edit::{Array, DocumentMut, InlineTable, Item, Table, TableLike, Value as Toml};

/// The text with a setting of an owner (a system or a pipeline; none for what is shared) in an environment.
///
/// # Errors
/// The text is not TOML, or something else is in the place of a section.
pub fn with(text: &str, environment: &str, owner: Option<&str>, name: &str, value: Toml) -> Result<String, ConfigError> {
    let not_toml = |error: toml_edit::TomlError| ConfigError::NotEditable(error.message().to_owned());
    let mut document: DocumentMut = text.parse().map_err(not_toml)?;
    let mut section = below(document.as_table_mut(), "env", true)?;
    section = below(section, environment, owner.is_some())?;
    if let Some(owner) = owner {
        section = below(section, owner, false)?;
    }
    put(section, name, value);
    Ok(document.to_string())
}

/// A section, created if it is missing. `folded`: it gets no heading of its own, because the heading of its subsection names it.
fn below<'t>(parent: &'t mut dyn TableLike, name: &str, folded: bool) -> Result<&'t mut dyn TableLike, ConfigError> {
    if parent.get(name).is_none() {
        let mut table = Table::new();
        table.set_implicit(folded);
        parent.insert(name, Item::Table(table));
    }
    let section = parent.get_mut(name).and_then(Item::as_table_like_mut);
    section.ok_or_else(|| ConfigError::NotASection(name.to_owned()))
}

/// Puts a value in. The comment behind an earlier value stays.
fn put(section: &mut dyn TableLike, name: &str, mut value: Toml) {
    match section.get_mut(name).and_then(Item::as_value_mut) {
        Some(there) => {
            *value.decor_mut() = there.decor().clone();
            *there = value;
        }
        None => drop(section.insert(name, Item::Value(value))),
    }
}

/// How a command line writes a list without values.
const EMPTY_LIST: &str = "[]";

/// A value from the command line, read by its type. A word that does not fit stays text, which the check of the setting refuses.
pub fn typed(words: &[String], kind: &Kind) -> Value {
    match (kind, words) {
        (Kind::List(_), [word]) if word == EMPTY_LIST => Value::list(Vec::new()),
        (Kind::List(item), words) => Value::list(words.iter().map(|word| one(word, item)).collect()),
        (kind, [word]) => one(word, kind),
        (_, several) => Value::text(several.join(" ")),
    }
}

fn one(word: &str, kind: &Kind) -> Value {
    match kind {
        Kind::Bool => word.parse().map_or_else(|_| Value::text(word), Value::Bool),
        Kind::Int => word.parse().map_or_else(|_| Value::text(word), Value::Int),
        _ => Value::text(word),
    }
}

/// A value as the file contains it.
pub fn toml(value: &Value) -> Toml {
    match value {
        Value::Bool(truth) => Toml::from(*truth),
        Value::Int(number) => Toml::from(*number),
        Value::List(items) => Toml::Array(items.iter().map(toml).collect::<Array>()),
        other => Toml::from(other.to_text().unwrap_or_default().as_ref()),
    }
}

/// `{ keyring = "production/lucca.api_key" }`
pub fn reference(place: &str, what: &str) -> Toml {
    Toml::InlineTable(InlineTable::from_iter([(place, what)]))
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE_BEFORE: &str = "# ours\ndefault = \"production\"\n\n[env.production.lucca] # HR\n# the account\ndomain = \"old.ilucca.net\" # since 2024\napi_key = { env = \"KEY\" }\n";

    fn set(text: &str, owner: Option<&str>, name: &str, value: impl Into<Toml>) -> String {
        with(text, "production", owner, name, value.into()).unwrap()
    }

    #[test]
    fn a_list_can_be_set_to_nothing() {
        let list = Kind::List(Box::new(Kind::Text));
        assert_eq!(typed(&["[]".to_owned()], &list), Value::list(Vec::new()));
        assert_eq!(typed(&["[]".to_owned()], &Kind::Text), Value::text("[]"));
        assert_eq!(set("", Some("p"), "codes", toml(&Value::list(Vec::new()))), "[env.production.p]\ncodes = []\n");
    }

    #[test]
    fn what_somebody_wrote_stays() {
        let after = set(FILE_BEFORE, Some("lucca"), "domain", "new.ilucca.net");
        assert_eq!(after, FILE_BEFORE.replace("old.", "new."));
        let after = set(FILE_BEFORE, Some("lucca"), "pages", 7);
        assert_eq!(after, format!("{FILE_BEFORE}pages = 7\n"));
    }

    #[test]
    fn a_section_is_made_where_there_is_none() {
        assert_eq!(set("", Some("lucca"), "domain", "a"), "[env.production.lucca]\ndomain = \"a\"\n");
        assert_eq!(set("", None, "mode", "create"), "[env.production]\nmode = \"create\"\n");
        let after = set(FILE_BEFORE, None, "mode", "create");
        assert_eq!(after.parse::<toml::Table>().unwrap()["env"]["production"]["mode"].as_str(), Some("create"), "{after}");
        assert!(after.contains("# since 2024"));
        let inline = "[env.production]\nlucca = { domain = \"a\" }\n";
        assert_eq!(set(inline, Some("lucca"), "domain", "b"), "[env.production]\nlucca = { domain = \"b\" }\n");
    }

    #[test]
    fn what_is_no_section_is_left_alone() {
        let error = with("[env]\nproduction = 7\n", "production", None, "a", Toml::from(1)).unwrap_err();
        assert_eq!(error.to_string(), "`production` in `counterpart.toml` is a value where a section is wanted");
        assert!(
            with("a = ", "production", None, "a", Toml::from(1)).unwrap_err().to_string().starts_with("`counterpart.toml` is not TOML")
        );
    }
}
