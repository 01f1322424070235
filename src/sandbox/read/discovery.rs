//! The attributes that a system reports: those of a seed file, those of its records, and those that a pipeline's settings name.

use crate::sandbox::error::SandboxError;
use crate::{
    compile::system::{Collection, DiscoveredType, Discovery},
    sandbox::{
        answer::{Answer, Refusal, build, inverse},
        request::RequestContext,
        store::CollectionStore,
    },
    value::path::{Found, JsonPath, Step},
};
use serde_json::{Value as Json, json};

/// The answer to `attributes from …`.
pub fn answer(context: &RequestContext<'_>, part: Option<usize>) -> Result<Answer, Refusal> {
    let discovery = declared(context.collection(), part).ok_or_else(Refusal::not_found)?;
    let items = items(context.store, part, discovery)?;
    let mut body = Json::Null;
    inverse::give_list(&mut body, context.call.items.as_ref(), items, &[]);
    Ok(Answer::json(200, body))
}

/// How a collection, or a part of it, reports its attributes.
pub fn declared(collection: &Collection, part: Option<usize>) -> Option<&Discovery> {
    match part {
        Some(part) => collection.parts[part].discovery.as_ref(),
        None => collection.discovery.as_ref(),
    }
}

/// The name under which the attributes of a part are stored; of the collection itself none.
pub fn place(collection: &Collection, part: Option<usize>) -> &str {
    part.map_or("", |part| &collection.parts[part].name)
}

fn items(store: CollectionStore<'_>, part: Option<usize>, discovery: &Discovery) -> Result<Vec<Json>, SandboxError> {
    let mut items = store.discovered(place(store.collection, part))?;
    let name = |item: &Json| name_of(discovery, item);
    for record in store.page(0, i64::MAX)? {
        let whole = match part.map(|part| store.collection.parts[part].at.find(&record.json)) {
            Some(Found::One(element)) => element,
            Some(_) => continue,
            None => &record.json,
        };
        for found in discovery.types.iter().flat_map(|ty| drawn(discovery, ty, whole)) {
            if !items.iter().any(|item| name(item) == name(&found)) {
                items.push(found);
            }
        }
    }
    Ok(items)
}

/// The name of the attribute that an item describes.
pub fn name_of(discovery: &Discovery, item: &Json) -> Option<String> {
    if let Found::One(name) = discovery.name.find(item) { Some(build::text(name)) } else { None }
}

/// Adds an attribute of this name to the reports of a collection and its parts, unless they contain it already.
///
/// # Errors
/// The database fails.
pub fn report(store: CollectionStore<'_>, name: &str) -> Result<(), SandboxError> {
    let parts = (0..store.collection.parts.len()).map(Some).chain([None]);
    for (part, discovery) in parts.filter_map(|part| Some((part, declared(store.collection, part)?))) {
        let known = items(store, part, discovery)?.iter().any(|item| name_of(discovery, item).is_some_and(|known| known == name));
        if let Some(item) = made_up(discovery, store.collection, name).filter(|_| !known) {
            store.add_discovered(place(store.collection, part), name, &item)?;
        }
    }
    Ok(())
}

/// A made-up item that reports an attribute of this name; what else its path needs is always the same.
fn made_up(discovery: &Discovery, collection: &Collection, name: &str) -> Option<Json> {
    let ty = discovery.types.first()?;
    let mut item = json!({});
    for (_, placeholder) in placeholders(&ty.path) {
        build::put(&placeholder, &mut item, json!(format!("https://sandbox.invalid/{}/{name}/", collection.name)));
    }
    build::put(&discovery.name, &mut item, json!(name));
    build::put(&discovery.ty, &mut item, json!(ty.name));
    Some(item)
}

/// The items that report what a record has at the path of a type: `$.Field[?@.Name == {$.Name}].Value.String`.
fn drawn(discovery: &Discovery, ty: &DiscoveredType, record: &Json) -> Vec<Json> {
    let steps = ty.path.loose_steps().unwrap_or_default();
    let Some(at) = steps.iter().position(|step| matches!(step, Step::Where(_))) else { return Vec::new() };
    let list = steps[..at].iter().try_fold(record, |at, step| if let Step::Name(name) = step { at.get(name) } else { None });
    let elements: Vec<&Json> = match list {
        Some(Json::Array(items)) => items.iter().collect(),
        Some(one) => vec![one],
        None => Vec::new(),
    };
    let holds = |element: &Json| {
        let mut names = steps[at + 1..].iter().filter_map(|step| if let Step::Name(name) = step { Some(name) } else { None });
        names.try_fold(element, |at, name| at.get(name)).is_some()
    };
    elements.into_iter().filter(|element| holds(element)).filter_map(|element| item(discovery, ty, element)).collect()
}

fn item(discovery: &Discovery, ty: &DiscoveredType, element: &Json) -> Option<Json> {
    let mut item = json!({});
    for (names, placeholder) in placeholders(&ty.path) {
        let value = names.iter().try_fold(element, |at, name| at.get(name))?;
        build::put(&placeholder, &mut item, value.clone());
    }
    build::put(&discovery.ty, &mut item, json!(ty.name));
    name_of(discovery, &item).map(|_| item)
}

/// What the filters of a path take from the item, `{$.Name}`, and where it is in the element.
fn placeholders(path: &JsonPath) -> Vec<(Vec<String>, JsonPath)> {
    let steps = path.loose_steps().unwrap_or_default();
    let conditions = steps.into_iter().filter_map(|step| if let Step::Where(conditions) = step { Some(conditions) } else { None });
    let inner = |value: &Json| JsonPath::parse(value.as_str()?.strip_prefix('{')?.strip_suffix('}')?).ok();
    conditions.flat_map(|conditions| conditions.to_vec()).filter_map(|(names, value)| Some((names, inner(&value)?))).collect()
}
