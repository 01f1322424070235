//! Records inside records: their calls change the record that contains them.

use super::diff;
use crate::{
    compile::system::{BodyFormat, Part, WireFormat},
    sandbox::{
        answer::{Answer, Refusal, build, inverse},
        read::list::rooted,
        request::{RequestContext, bodies},
        store::Record,
        write,
    },
    systems::formats::lists::Lists,
    value::path::{Found, Step},
};
use serde_json::{Map, Value as Json, json};

/// Puts a new part into its record.
pub fn create(context: &RequestContext<'_>, part: usize, body: &[u8]) -> Result<Answer, Refusal> {
    let before = context.record()?;
    let mut element = bodies::record(context.collection(), Some(part), context.call, &lists(context, part), body)?;
    let declared = &context.collection().parts[part];
    let number = elements(declared, &before.json) + usize::try_from(before.version).unwrap_or(0);
    if context.format() == WireFormat::JsonApi {
        let id = write::id(context, &before.seq.to_string(), &declared.name, number);
        let mut resource = Map::from_iter([("type".to_owned(), element["type"].take()), ("id".to_owned(), json!(id))]);
        resource.extend(element.as_object().cloned().unwrap_or_default().into_iter().filter(|(name, _)| name != "type" && name != "id"));
        element = Json::Object(resource);
    }
    let mut after = before.json.clone();
    insert(declared, &mut after, element.clone());
    write::save(context, &before, after)?;
    Ok(answered(context, 201, element))
}

/// Changes a part of its record; an XML resource that is empty is there all the same.
pub fn update(context: &RequestContext<'_>, part: usize, body: &[u8]) -> Result<Answer, Refusal> {
    let before = context.record()?;
    let declared = &context.collection().parts[part];
    let element = match declared.at.find(&before.json) {
        Found::One(element) if element.is_object() => element.clone(),
        Found::Several(count) => return Err(Refusal::invalid("invalidValue", format!("there are {count} of `{}`", declared.name))),
        _ if context.format() == WireFormat::Xml => json!({}),
        _ => return Err(Refusal::not_found()),
    };
    let changed = changed(context, part, &element, body)?;
    let mut after = before.json.clone();
    build::put(&declared.at, &mut after, changed.clone());
    write::save(context, &before, after)?;
    Ok(answered(context, 200, changed))
}

fn changed(context: &RequestContext<'_>, part: usize, element: &Json, body: &[u8]) -> Result<Json, Refusal> {
    let lists = lists(context, part);
    if let Some(BodyFormat::XmlDiff(root)) = context.call.body.as_ref().map(|body| &body.format) {
        return diff::apply(root, element, body, &lists);
    }
    let new = bodies::record(context.collection(), Some(part), context.call, &lists, body)?;
    let other = new.get("id").filter(|id| element.get("id").is_some_and(|own| own != *id));
    match other {
        Some(id) => Err(Refusal::invalid("invalidValue", format!("the resource says that it is {id}"))),
        None if bodies::replaces_all(context.call) => Ok(new),
        None => Ok(bodies::merged(element, new, &context.call.replaces)),
    }
}

/// Takes a part out of its record.
pub fn delete(context: &RequestContext<'_>, part: usize) -> Result<Answer, Refusal> {
    let before: Record = context.record()?;
    let declared = &context.collection().parts[part];
    if matches!(declared.at.find(&before.json), Found::Nothing) {
        return Err(Refusal::not_found());
    }
    let mut after = before.json.clone();
    build::take(&declared.at, &mut after);
    write::save(context, &before, after)?;
    Ok(Answer { status: context.status(204), ..Answer::default() })
}

fn answered(context: &RequestContext<'_>, status: u16, element: Json) -> Answer {
    let body = match &context.call.item {
        Some(item) => inverse::with_record(item, element),
        None => rooted(context.call, context.format(), element),
    };
    Answer::json(context.status(status), body)
}

fn lists(context: &RequestContext<'_>, part: usize) -> Lists {
    match context.call.body.as_ref().map(|body| &body.format) {
        Some(BodyFormat::Xml(root) | BodyFormat::XmlDiff(root)) => bodies::lists(root, bodies::part_paths(context.collection(), part)),
        _ => Lists::default(),
    }
}

/// How many elements the list has that a part is one of.
fn elements(part: &Part, record: &Json) -> usize {
    let steps = part.at.loose_steps().unwrap_or_default();
    let names = steps.iter().map_while(|step| if let Step::Name(name) = step { Some(name) } else { None });
    names.fold(record, |at, name| &at[name.as_str()]).as_array().map_or(0, Vec::len)
}

/// Adds the element to the list where the part is one of several, with what identifies it as it was sent: a second primary number
/// takes that from the first. Elsewhere it is a single one.
fn insert(part: &Part, record: &mut Json, element: Json) {
    let steps = part.at.loose_steps().unwrap_or_default();
    let filter = steps.last().and_then(|last| if let Step::Where(conditions) = last { Some(conditions) } else { None });
    let Some(conditions) = filter.filter(|conditions| !conditions.is_empty()) else { return build::put(&part.at, record, element) };
    let mut list = json!([]);
    std::mem::swap(&mut list, list_at(record, &steps[..steps.len() - 1]));
    let items = list.as_array_mut().map(std::mem::take).unwrap_or_default();
    let demote = build::meets(&element, conditions);
    let others = items.into_iter().map(|item| if demote && build::meets(&item, conditions) { demoted(item, conditions) } else { item });
    build::put_at(&steps[..steps.len() - 1], record, others.chain([element]).collect());
}

fn list_at<'r>(record: &'r mut Json, steps: &[Step]) -> &'r mut Json {
    if steps.iter().try_fold(&*record, |at, step| if let Step::Name(name) = step { at.get(name) } else { None }).is_none() {
        build::put_at(steps, record, json!([]));
    }
    steps.iter().fold(record, |at, step| if let Step::Name(name) = step { &mut at[name.as_str()] } else { at })
}

fn demoted(mut item: Json, conditions: &[(Vec<String>, Json)]) -> Json {
    for (names, _) in conditions.iter().filter(|(_, value)| *value == Json::Bool(true)) {
        if let Some(place) = names.iter().try_fold(&mut item, |at, name| at.get_mut(name)) {
            *place = Json::Bool(false);
        }
    }
    item
}
