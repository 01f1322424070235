//! SCIM's PATCH (RFC 7644, 3.5.2), applied to a record.

use crate::sandbox::answer::Refusal;
use regex::Regex;
use serde_json::{Map, Value as Json, json};
use std::sync::LazyLock;

const PATCH: &str = "urn:ietf:params:scim:api:messages:2.0:PatchOp";
const CORE: &str = "urn:ietf:params:scim:schemas:core:2.0:";

/// Applies all operations of a PATCH body, or none.
pub fn patch(record: &Json, body: &Json) -> Result<Json, Refusal> {
    let fields = body.as_object().ok_or_else(|| syntax("the body is not an object"))?;
    let schemas = get(fields, "schemas").and_then(Json::as_array);
    if !schemas.is_some_and(|schemas| schemas.iter().any(|schema| schema == PATCH)) {
        return Err(syntax("`schemas` does not name PatchOp"));
    }
    let operations = get(fields, "Operations").and_then(Json::as_array).ok_or_else(|| syntax("`Operations` is not a list"))?;
    let mut patched = record.clone();
    operations.iter().try_for_each(|operation| apply(&mut patched, operation))?;
    Ok(patched)
}

fn syntax(message: &str) -> Refusal {
    Refusal::invalid("invalidSyntax", message)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Op {
    Add,
    Replace,
    Remove,
}

fn apply(record: &mut Json, operation: &Json) -> Result<(), Refusal> {
    let fields = operation.as_object().ok_or_else(|| syntax("an operation is not an object"))?;
    let op = match get(fields, "op").and_then(Json::as_str).map(str::to_ascii_lowercase).as_deref() {
        Some("add") => Op::Add,
        Some("replace") => Op::Replace,
        Some("remove") => Op::Remove,
        _ => return Err(syntax("`op` is not add, replace or remove")),
    };
    let value = get(fields, "value");
    match (get(fields, "path").and_then(Json::as_str), value) {
        (Some(path), Some(value)) if op != Op::Remove => at_path(record, op, path, value),
        (Some(path), _) if op == Op::Remove => at_path(record, op, path, &Json::Null),
        (Some(_), _) => Err(Refusal::invalid("invalidValue", "`value` is missing")),
        (None, Some(Json::Object(values))) if op != Op::Remove => {
            values.iter().try_for_each(|(name, value)| at_path(record, op, name, value))
        }
        (None, _) => Err(Refusal::invalid("noTarget", "`path` is missing")),
    }
}

/// Whose names are compared without case.
fn get<'a>(fields: &'a Map<String, Json>, name: &str) -> Option<&'a Json> {
    fields.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value)
}

fn own_name(fields: &Map<String, Json>, name: &str) -> String {
    fields.keys().find(|key| key.eq_ignore_ascii_case(name)).map_or_else(|| name.to_owned(), Clone::clone)
}

/// `emails[type eq "work"].value`, taken apart.
struct Target {
    /// The extension's URN, then names.
    names: Vec<String>,
    filter: Option<Filter>,
    sub: Option<String>,
}

fn at_path(record: &mut Json, op: Op, path: &str, value: &Json) -> Result<(), Refusal> {
    let target = Target::parse(record, path).ok_or_else(|| Refusal::invalid("invalidPath", format!("`{path}` is not a path")))?;
    let Some((last, parents)) = target.names.split_last() else {
        return Err(Refusal::invalid("invalidPath", format!("`{path}` is not a path")));
    };
    let mut at = record;
    for name in parents {
        if op == Op::Remove && at.get(name).is_none() {
            return Ok(());
        }
        at = member(at, name);
    }
    match &target.filter {
        Some(filter) => in_list(member(at, last), op, filter, target.sub.as_deref(), value)?,
        None => set(at, last, op, value),
    }
    drop_if_empty(at, last);
    Ok(())
}

impl Target {
    fn parse(record: &Json, path: &str) -> Option<Self> {
        static PATH: LazyLock<Regex> = LazyLock::new(|| {
            Regex::new(r"^([A-Za-z$][\w$-]*(?:\.[A-Za-z$][\w$-]*)*)(?:\[(.+)\](?:\.([\w$-]+))?)?$").expect("a valid pattern")
        });
        let (schema, rest) = split_urn(record, path);
        let mut names: Vec<_> = schema.map(str::to_owned).into_iter().collect();
        let Some(rest) = rest else { return Some(Self { names, filter: None, sub: None }) };
        let found = PATH.captures(rest)?;
        names.extend(found[1].split('.').map(str::to_owned));
        let filter = match found.get(2) {
            Some(text) => Some(Filter::parse(text.as_str())?),
            None => None,
        };
        Some(Self { names, filter, sub: found.get(3).map(|sub| sub.as_str().to_owned()) })
    }
}

/// The extension that a path begins with, and what follows it.
fn split_urn<'a>(record: &Json, path: &'a str) -> (Option<&'a str>, Option<&'a str>) {
    if !path.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("urn:")) {
        return (None, Some(path));
    }
    let known = record["schemas"].as_array().is_some_and(|schemas| schemas.iter().any(|schema| schema == path));
    if known || record.get(path).is_some() {
        return (Some(path), None);
    }
    // The name follows the last colon before a filter, whose values may hold colons of their own.
    let before_filter = path.find('[').unwrap_or(path.len());
    let Some(colon) = path[..before_filter].rfind(':') else { return (Some(path), None) };
    let schema = Some(&path[..colon]).filter(|schema| !schema.starts_with(CORE));
    (schema, Some(&path[colon + 1..]))
}

/// A member, made an object if it is not there.
fn member<'a>(at: &'a mut Json, name: &str) -> &'a mut Json {
    if !at.is_object() {
        *at = json!({});
    }
    let fields = at.as_object_mut().expect("it was made one");
    let name = own_name(fields, name);
    fields.entry(name).or_insert(Json::Null)
}

fn set(at: &mut Json, name: &str, op: Op, value: &Json) {
    if let Json::Array(items) = at {
        return items.iter_mut().for_each(|item| set(item, name, op, value));
    }
    let slot = member(at, name);
    match (op, &mut *slot) {
        (Op::Remove, slot) => *slot = Json::Null,
        (Op::Add, Json::Array(items)) => add_items(items, value),
        (Op::Add, Json::Object(fields)) if value.is_object() => merge(fields, value),
        (_, slot) => *slot = value.clone(),
    }
}

fn add_items(items: &mut Vec<Json>, value: &Json) {
    let new = value.as_array().cloned().unwrap_or_else(|| vec![value.clone()]);
    for item in new {
        if !items.contains(&item) {
            items.push(item);
        }
    }
}

fn merge(fields: &mut Map<String, Json>, value: &Json) {
    for (name, value) in value.as_object().into_iter().flatten() {
        let name = own_name(fields, name);
        fields.insert(name, value.clone());
    }
}

fn in_list(list: &mut Json, op: Op, filter: &Filter, sub: Option<&str>, value: &Json) -> Result<(), Refusal> {
    if !list.is_array() {
        *list = if list.is_null() { json!([]) } else { json!([list.take()]) };
    }
    let items = list.as_array_mut().expect("it was made one");
    let matching = items.iter().filter(|item| filter.holds(item)).count();
    match (op, sub) {
        (Op::Remove, None) => items.retain(|item| !filter.holds(item)),
        (Op::Replace, _) if matching == 0 => return Err(Refusal::invalid("noTarget", "no value matches the path's filter")),
        (Op::Add, _) if matching == 0 => items.push(filter.element(sub, value)),
        (_, Some(sub)) => items.iter_mut().filter(|item| filter.holds(item)).for_each(|item| {
            set(item, sub, op, value);
            drop_if_empty(item, sub);
        }),
        (_, None) => items.iter_mut().filter(|item| filter.holds(item)).for_each(|item| match item {
            Json::Object(fields) if value.is_object() => merge(fields, value),
            item => *item = value.clone(),
        }),
    }
    Ok(())
}

/// Null, an empty list and no member at all are one (RFC 7643, 2.5).
fn drop_if_empty(at: &mut Json, name: &str) {
    if let Json::Object(fields) = at {
        let name = own_name(fields, name);
        let empty =
            |value: &Json| value.is_null() || value.as_array().is_some_and(Vec::is_empty) || value.as_object().is_some_and(Map::is_empty);
        if fields.get(&name).is_some_and(empty) {
            fields.shift_remove(&name);
        }
    }
}

/// Comparisons joined by `and`.
struct Filter(Vec<(String, Comparison)>);

enum Comparison {
    Is(String, Json),
    Present,
}

impl Filter {
    fn parse(text: &str) -> Option<Self> {
        static ONE: LazyLock<Regex> = LazyLock::new(|| {
            Regex::new(r#"^\s*([A-Za-z$][\w$-]*)\s+(?i:(pr)|(eq|ne|co|sw|ew)\s+("(?:[^"\\]|\\.)*"|true|false|null|-?\d+(?:\.\d+)?))\s*(?:(?i:and)\s+|$)"#).expect("a valid pattern")
        });
        let mut rest = text;
        let mut all = Vec::new();
        while !rest.trim().is_empty() {
            let found = ONE.captures(rest)?;
            let comparison = match found.get(4) {
                Some(value) => Comparison::Is(found[3].to_ascii_lowercase(), serde_json::from_str(value.as_str()).ok()?),
                None => Comparison::Present,
            };
            all.push((found[1].to_owned(), comparison));
            rest = &rest[found[0].len()..];
        }
        (!all.is_empty()).then_some(Self(all))
    }

    fn holds(&self, item: &Json) -> bool {
        self.0.iter().all(|(name, comparison)| {
            let value = item.as_object().and_then(|fields| get(fields, name)).unwrap_or(&Json::Null);
            match comparison {
                Comparison::Present => !value.is_null(),
                Comparison::Is(operator, wanted) => compare(operator, value, wanted),
            }
        })
    }

    /// The element that the filter describes.
    fn element(&self, sub: Option<&str>, value: &Json) -> Json {
        let mut fields = Map::new();
        for (name, comparison) in &self.0 {
            if let Comparison::Is(operator, wanted) = comparison
                && operator == "eq"
            {
                fields.insert(name.clone(), wanted.clone());
            }
        }
        match sub {
            Some(sub) => drop(fields.insert(sub.to_owned(), value.clone())),
            None => merge(&mut fields, value),
        }
        Json::Object(fields)
    }
}

fn compare(operator: &str, value: &Json, wanted: &Json) -> bool {
    let texts = || Some((value.as_str()?.to_lowercase(), wanted.as_str()?.to_lowercase()));
    match (operator, texts()) {
        ("eq", Some((value, wanted))) => value == wanted,
        ("ne", Some((value, wanted))) => value != wanted,
        ("eq", None) => value == wanted,
        ("ne", None) => value != wanted,
        ("co", Some((value, wanted))) => value.contains(&wanted),
        ("sw", Some((value, wanted))) => value.starts_with(&wanted),
        ("ew", Some((value, wanted))) => value.ends_with(&wanted),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

    fn member_record() -> Json {
        json!({ "schemas": [ENTERPRISE], "userName": "a", "active": true, "name": { "givenName": "Ann" },
                "emails": [{ "type": "work", "value": "a@example.com", "primary": true }] })
    }

    fn patched(operations: Json) -> Result<Json, (&'static str, u16)> {
        let body = json!({ "schemas": [PATCH], "Operations": operations });
        patch(&member_record(), &body).map_err(|refusal| (refusal.codes[0], refusal.status))
    }

    #[test]
    fn replaces_simple_nested_filtered_and_extension_values() {
        let new = patched(json!([
            { "op": "Replace", "path": "ACTIVE", "value": false },
            { "op": "replace", "path": "name.familyName", "value": "Lee" },
            { "op": "replace", "path": "emails[type eq \"work\"].value", "value": "b@example.com" },
            { "op": "replace", "path": format!("{ENTERPRISE}:department"), "value": "IT" },
            { "op": "replace", "path": format!("{ENTERPRISE}:manager.value"), "value": "12" },
        ]))
        .unwrap();
        assert_eq!(new["active"], json!(false));
        assert_eq!(new["name"], json!({ "givenName": "Ann", "familyName": "Lee" }));
        assert_eq!(new["emails"], json!([{ "type": "work", "value": "b@example.com", "primary": true }]));
        assert_eq!(new[ENTERPRISE], json!({ "department": "IT", "manager": { "value": "12" } }));
    }

    #[test]
    fn adds_lists_elements_and_whole_objects() {
        let new = patched(json!([
            { "op": "add", "path": "emails[type eq \"home\"].value", "value": "h@example.com" },
            { "op": "add", "path": "emails", "value": { "type": "other", "value": "o@example.com" } },
            { "op": "add", "value": { "title": "Dr", "name": { "familyName": "Lee" } } },
        ]))
        .unwrap();
        assert_eq!(new["emails"].as_array().unwrap().len(), 3);
        assert_eq!(new["emails"][1], json!({ "type": "home", "value": "h@example.com" }));
        assert_eq!((&new["title"], &new["name"]), (&json!("Dr"), &json!({ "givenName": "Ann", "familyName": "Lee" })));
    }

    #[test]
    fn removes_values_elements_and_what_becomes_empty() {
        let new = patched(json!([
            { "op": "remove", "path": "name.givenName" },
            { "op": "remove", "path": "emails[type eq \"work\"]" },
            { "op": "remove", "path": format!("{ENTERPRISE}:department") },
            { "op": "remove", "path": "nickName" },
        ]))
        .unwrap();
        assert_eq!((new.get("emails"), new.get("nickName"), new.get(ENTERPRISE)), (None, None, None));
        assert_eq!(new["name"], json!({}));
    }

    #[test]
    fn refusals_are_those_of_the_standard() {
        assert_eq!(patched(json!([{ "op": "remove" }])), Err(("noTarget", 400)));
        assert_eq!(patched(json!([{ "op": "replace", "path": "emails[type eq \"home\"].value", "value": "x" }])), Err(("noTarget", 400)));
        assert_eq!(patched(json!([{ "op": "replace", "path": "emails[type", "value": "x" }])), Err(("invalidPath", 400)));
        assert_eq!(patched(json!([{ "op": "replace", "path": "title" }])), Err(("invalidValue", 400)));
        assert_eq!(patched(json!([{ "op": "move", "path": "title" }])), Err(("invalidSyntax", 400)));
        assert_eq!(patch(&member_record(), &json!({ "Operations": [] })).unwrap_err().codes[0], "invalidSyntax");
    }

    #[test]
    fn one_bad_operation_changes_nothing() {
        let before = member_record();
        let body = json!({ "schemas": [PATCH], "Operations": [{ "op": "replace", "path": "active", "value": false }, { "op": "remove" }] });
        assert!(patch(&before, &body).is_err());
        assert_eq!(before, member_record());
    }
}
