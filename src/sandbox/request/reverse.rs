//! Reads the expression of a body backwards: from what a client sent to the record and the values that it was made of.

use crate::{
    compile::program::{Name, Operator, Program},
    sandbox::{answer::Refusal, template::Pattern},
    value::{Kind, Value, format::Codec},
};
use serde_json::{Map, Value as Json};

/// What a body was made of.
#[derive(Debug, Default, PartialEq)]
pub struct Taken {
    /// What was sent as `record` or `changes`.
    pub record: Option<Json>,
    pub values: Vec<(Name, Json)>,
    /// `[EXPR for each record]`: of each record.
    pub each: Option<Vec<Taken>>,
}

/// Reads a body backwards.
///
/// # Errors
/// 400: no record makes this body of the expression.
pub fn read(program: &Program, body: &Json) -> Result<Taken, Refusal> {
    let mut taken = Taken::default();
    take(program, body, &mut taken)?;
    Ok(taken)
}

fn take(program: &Program, json: &Json, taken: &mut Taken) -> Result<(), Refusal> {
    match program {
        Program::Name(Name::Sent | Name::Changes) => taken.record = Some(json.clone()),
        Program::Name(name) => taken.values.push((name.clone(), json.clone())),
        Program::Constant(value) => return constant(value, json),
        Program::Record(members) => return members_of(members, json, taken),
        Program::List(items) => return items_of(items, json, taken),
        Program::Each(one) => {
            let each = array(json)?.iter().map(|item| read(one, item)).collect::<Result<_, _>>()?;
            taken.each = Some(each);
        }
        Program::Arithmetic(Operator::Add, both) => {
            let (left, right) = split(json, &both.0, &both.1)?;
            take(&both.1, &right, taken)?;
            return take(&both.0, &left, taken);
        }
        Program::Default(both) => return take(&both.0, json, taken),
        Program::If(parts) => {
            let (then, otherwise) = (read(&parts.1, json), parts.2.as_ref().map(|other| read(other, json)));
            let found = then.or_else(|refusal| otherwise.unwrap_or(Err(refusal)))?;
            taken.record = found.record.or_else(|| taken.record.take());
            taken.values.extend(found.values);
        }
        Program::ReadAs { value, .. } => return take(value, json, taken),
        Program::Template(_) => return template(program, json, taken),
        Program::Apply { value, function, .. } => match *function {
            "json_quoted" | "doubled_quoted" | "soql_quoted" | "strictly_quoted" => return template(program, json, taken),
            // What has no inverse is not compared.
            "join" => return take(value, json, taken),
            _ => {}
        },
        _ => {}
    }
    Ok(())
}

fn members_of(members: &[(String, Program)], json: &Json, taken: &mut Taken) -> Result<(), Refusal> {
    let object = json.as_object().ok_or_else(|| refused("an object is expected in the body"))?;
    for (name, program) in members {
        match object.get(name) {
            Some(found) => take(program, found, taken).map_err(|refusal| within(name, refusal))?,
            None if may_lack(program) => {}
            None => return Err(refused(&format!("the body has no `{name}`"))),
        }
    }
    Ok(())
}

fn items_of(items: &[Program], json: &Json, taken: &mut Taken) -> Result<(), Refusal> {
    let found = array(json)?;
    if found.len() != items.len() {
        return Err(refused(&format!("a list of {} is expected in the body, and this one has {}", items.len(), found.len())));
    }
    items.iter().zip(found).try_for_each(|(item, json)| take(item, json, taken))
}

/// Whether a member may be left out of a body. What names a record never is.
fn may_lack(program: &Program) -> bool {
    match program {
        Program::Constant(value) => value.is_missing(),
        Program::Record(_) | Program::List(_) | Program::Each(_) | Program::Arithmetic(..) | Program::Random(_) => false,
        Program::Name(Name::Secret(_)) => false,
        Program::Name(name) => !matches!(name, Name::Own(_) | Name::Parent(_) | Name::Sent | Name::Changes),
        Program::Template(_) => !program.uses(|name| matches!(name, Name::Own(_) | Name::Parent(_))),
        _ => true,
    }
}

fn constant(value: &Value, json: &Json) -> Result<(), Refusal> {
    let expected = Codec::natural(Kind::Json).write(value).unwrap_or_default();
    // A form and a table hold texts alone.
    let same = expected == *json || json.as_str().is_some_and(|text| !expected.is_string() && text == text_of(&expected));
    if same { Ok(()) } else { Err(refused(&format!("`{}` is expected in the body, and this is `{}`", text_of(&expected), text_of(json)))) }
}

fn template(program: &Program, json: &Json, taken: &mut Taken) -> Result<(), Refusal> {
    let text = text_of(json);
    let values = Pattern::of(program).read(&text).ok_or_else(|| refused(&format!("`{text}` in the body is not made as declared")))?;
    taken.values.extend(values.into_iter().map(|(name, text)| (name, Json::String(text))));
    Ok(())
}

/// What the left and the right side of a `+` have made of a body. A record literal made the members that it names.
/// What is sent beside the record is a part of it to the server.
fn split(json: &Json, left: &Program, right: &Program) -> Result<(Json, Json), Refusal> {
    if let Json::Array(items) = json {
        let at = match (length(left), length(right)) {
            (Some(left), _) => left,
            (None, Some(right)) => items.len().saturating_sub(right),
            _ => items.len(),
        };
        if at > items.len() {
            return Err(refused("a list in the body is too short"));
        }
        let (one, other) = items.split_at(at);
        return Ok((one.to_vec().into(), other.to_vec().into()));
    }
    let mut rest = json.clone();
    match (left, right) {
        (_, Program::Record(members)) => {
            let own = cut(members, &mut rest);
            Ok((rest, own))
        }
        (Program::Record(members), _) => {
            let own = cut(members, &mut rest);
            Ok((own, rest))
        }
        _ => Ok((rest.clone(), rest)),
    }
}

fn length(program: &Program) -> Option<usize> {
    match program {
        Program::List(items) => Some(items.len()),
        Program::Constant(Value::List(items)) => Some(items.len()),
        Program::Arithmetic(Operator::Add, both) => Some(length(&both.0)? + length(&both.1)?),
        _ => None,
    }
}

/// Whether a member is kept by no server: a password.
fn is_secret(program: &Program) -> bool {
    matches!(program, Program::Name(Name::Secret(_)) | Program::Random(_))
}

/// The named members. A server keeps them with the record, other than secrets.
fn cut(members: &[(String, Program)], json: &mut Json) -> Json {
    let mut own = Map::new();
    let Some(object) = json.as_object_mut() else { return Json::Object(own) };
    for (name, program) in members {
        if let (Program::Record(inner), Some(found @ Json::Object(_))) = (program, object.get_mut(name)) {
            own.insert(name.clone(), cut(inner, found));
        } else if is_secret(program) {
            own.extend(object.remove(name).map(|found| (name.clone(), found)));
        } else {
            own.extend(object.get(name).map(|found| (name.clone(), found.clone())));
        }
    }
    Json::Object(own)
}

fn array(json: &Json) -> Result<&Vec<Json>, Refusal> {
    json.as_array().ok_or_else(|| refused("a list is expected in the body"))
}

fn refused(message: &str) -> Refusal {
    Refusal::invalid("invalidSyntax", message)
}

fn within(name: &str, refusal: Refusal) -> Refusal {
    Refusal { message: format!("`{name}`: {}", refusal.message), ..refusal }
}

/// A value as the text that a query or a form would hold.
pub fn text_of(json: &Json) -> String {
    match json {
        Json::Null => String::new(),
        Json::String(text) => text.clone(),
        Json::Array(items) => items.iter().map(text_of).collect::<Vec<_>>().join(","),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn record(members: &[(&str, Program)]) -> Program {
        Program::Record(members.iter().map(|(name, program)| ((*name).to_owned(), program.clone())).collect())
    }

    fn words(text: &str) -> Program {
        Program::Constant(Value::text(text))
    }

    #[test]
    fn a_record_with_members_beside_it() {
        let beside = record(&[("profile", record(&[("kind", words("x"))])), ("source", words("sync"))]);
        let program = Program::Arithmetic(Operator::Add, Box::new((Program::Name(Name::Sent), beside)));
        let taken = read(&program, &json!({ "id": 1, "profile": { "kind": "x", "name": "Ann" }, "source": "sync" })).unwrap();
        assert_eq!(taken.record, Some(json!({ "id": 1, "profile": { "kind": "x", "name": "Ann" }, "source": "sync" })));
        assert_eq!(read(&program, &json!({ "profile": { "kind": "y" }, "source": "sync" })).unwrap_err().status, 400);
        assert_eq!(read(&program, &json!({ "profile": { "kind": "x" } })).unwrap_err().status, 400);
    }

    #[test]
    fn lists_are_read_from_both_ends() {
        let envelope = Program::List(vec![words("db"), words("key")].into());
        let own = Program::List(vec![words("read"), Program::List(vec![Program::Name(Name::Own(0))].into())].into());
        let program = Program::Arithmetic(Operator::Add, Box::new((envelope, own)));
        let taken = read(&program, &json!(["db", "key", "read", [7]])).unwrap();
        assert_eq!(taken.values, [(Name::Own(0), json!(7))]);
        assert_eq!(read(&program, &json!(["db", "key", "write", [7]])).unwrap_err().status, 400);
        assert_eq!(read(&program, &json!(["db"])).unwrap_err().status, 400);
    }

    #[test]
    fn each_record_of_a_batch() {
        let one = record(&[("id", Program::Name(Name::Own(0))), ("method", words("DELETE"))]);
        let program = record(&[("requests", Program::Each(Box::new(one)))]);
        let taken = read(&program, &json!({ "requests": [{ "id": "1", "method": "DELETE" }, { "id": "2", "method": "DELETE" }] })).unwrap();
        assert_eq!(taken.each.unwrap()[1].values, [(Name::Own(0), json!("2"))]);
        assert_eq!(read(&program, &json!({ "requests": [{ "id": "1", "method": "GET" }] })).unwrap_err().status, 400);
    }
}
