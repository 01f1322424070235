//! `replace` and `replace_matching`: one text in place of another.

use super::declaration::{Apply, Argument, Checked, Misuse, kinds, optional, text_arg, text_to, try_on_text};
use crate::value::{Kind, Type, Value};
use crate::value::{is_blank, size};
use regex::Regex;
use std::{iter, sync::LazyLock};

/// A group that a replacement names, as the regex crate reads one, or `$$`.
static REFERENCE: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"\$(?:\$|\{([^}]*)\}|([0-9A-Za-z_]+))").expect("a regular expression"));

/// A text that is not blank remains so, unless the replacement is empty.
pub(super) fn result_of_text(input: &Type, args: &[Argument<'_>]) -> Checked<Type> {
    result(input, args, |to| to.may_be_blank())
}

/// As [`result_of_text`]; a group may be empty, so it can't be counted on, and a setting may hold nothing but groups.
pub(super) fn result_of_pattern(input: &Type, args: &[Argument<'_>]) -> Checked<Type> {
    result(input, args, |to| to.text().is_none_or(|text| is_blank(&without_groups(text))))
}

fn result(input: &Type, args: &[Argument<'_>], may_be_blank: impl Fn(&Argument<'_>) -> bool) -> Checked<Type> {
    kinds(args, 2, &[Kind::Text, Kind::Text])?;
    let result = text_to(input, Kind::Text)?;
    Ok(if may_be_blank(&args[1]) { optional(result) } else { result })
}

/// The literal text in a replacement, which does not depend on groups.
fn without_groups(to: &str) -> String {
    REFERENCE.replace_all(to, |found: &regex::Captures<'_>| if &found[0] == "$$" { "$" } else { "" }).into_owned()
}

pub(super) fn bind_text(args: &[Value]) -> Checked<Apply> {
    let (from, to) = (text_arg(args, 0)?, text_arg(args, 1)?);
    if from.is_empty() {
        return Err(Misuse::Argument(0, "must not be empty".to_owned()));
    }
    try_on_text(move |text| Ok(Value::text(size::replace(text, &from, &to)?)))
}

pub(super) fn bind_pattern(args: &[Value]) -> Checked<Apply> {
    let (pattern, to) = (text_arg(args, 0)?, text_arg(args, 1)?);
    let pattern = crate::value::pattern::compile(&pattern).map_err(|_| Misuse::Argument(0, "is not a regular expression".to_owned()))?;
    groups_exist(&pattern, &to)?;
    try_on_text(move |text| Ok(Value::text(size::replace_matching(text, &pattern, &to)?)))
}

/// The regex crate takes an unknown group for an empty one, which would silently drop a part of the text.
fn groups_exist(pattern: &Regex, to: &str) -> Checked<()> {
    let unknown = REFERENCE.captures_iter(to).find_map(|found| {
        let name = found.get(1).or_else(|| found.get(2))?.as_str();
        (!has_group(pattern, name)).then(|| (name.to_owned(), found[0].to_owned()))
    });
    let Some((name, written)) = unknown else { return Ok(()) };
    let meant = (1..name.len()).rev().filter(|end| name.is_char_boundary(*end)).find(|end| has_group(pattern, &name[..*end]));
    let why = match meant {
        Some(end) if !written.contains('{') => {
            let better = to.replacen(&written, &format!("${{{}}}{}", &name[..end], &name[end..]), 1);
            format!("names the group `{name}`, which the pattern does not have; write `\"\"\"{better}\"\"\"`")
        }
        _ => format!("names the group `{name}`, which the pattern does not have; it has {}", groups(pattern)),
    };
    Err(Misuse::Argument(1, why))
}

fn has_group(pattern: &Regex, name: &str) -> bool {
    match name.parse::<usize>() {
        Ok(number) => number < pattern.captures_len(),
        Err(_) => pattern.capture_names().flatten().any(|known| known == name),
    }
}

/// `$0`, `$1` and `$year`
fn groups(pattern: &Regex) -> String {
    let names = pattern.capture_names().enumerate().skip(1).map(|(at, name)| name.map_or_else(|| at.to_string(), str::to_owned));
    let all: Vec<_> = iter::once("0".to_owned()).chain(names).map(|name| format!("`${name}`")).collect();
    match all.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} and {last}", rest.join(", ")),
        _ => all.concat(),
    }
}
