//! Which call of a system's declaration a request is.

use super::{
    answer::Refusal,
    outside::Outside,
    template::{Pattern, fixed_fields},
};
use crate::{
    plan::{
        program::Name,
        system::{Call, Collection, Http, Parameter, System},
    },
    value::{Kind, Value},
};

/// A call, as requests are compared with it.
#[derive(Debug)]
pub struct Route {
    /// None: the call that only verifies.
    pub collection: Option<usize>,
    pub action: Action,
    method: String,
    path: Pattern,
    queries: Vec<Query>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    List,
    Get,
    /// By an attribute.
    Find(usize),
    Create,
    Update,
    Delete,
    /// A named call.
    Named(usize),
    Verify,
}

#[derive(Debug)]
struct Query {
    name: String,
    pattern: Pattern,
    /// What a list of requested fields holds besides.
    fixed_fields: Option<Vec<String>>,
}

/// What a request says, told back by the templates of its call.
#[derive(Debug, Default)]
pub struct Told {
    values: Vec<(Name, String)>,
    /// Asked for by name; none if the call has no such parameter or the request left it out.
    pub fields: Option<Vec<String>>,
    /// Whether the call lets a client choose fields.
    pub chooses_fields: bool,
    /// Whether everything that the declaration asks for besides the fields was asked for.
    pub asked_all: bool,
}

impl Told {
    /// A value by its name.
    pub fn get(&self, name: &Name) -> Option<&str> {
        self.values.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// The attribute of the record that the request names, and its value.
    pub fn own(&self, collection: &Collection) -> Option<(usize, Value)> {
        self.values.iter().find_map(|(name, value)| match name {
            Name::Own(at) => Some((*at, typed(&collection.attributes.get(*at)?.ty.kind, value)?)),
            _ => None,
        })
    }
}

fn typed(kind: &Kind, text: &str) -> Option<Value> {
    match kind {
        Kind::Int => text.parse().ok().map(Value::Int),
        _ => Some(Value::text(text)),
    }
}

/// A request, as far as routing needs it.
pub struct Asked<'a> {
    pub method: &'a str,
    pub path: &'a str,
    pub queries: &'a [(String, String)],
}

/// Every call of a collection.
pub fn calls(collection: &Collection) -> impl Iterator<Item = &Call> {
    let main = [&collection.list, &collection.get, &collection.create, &collection.update, &collection.delete];
    let parts = collection.parts.iter().flat_map(|part| [&part.create, &part.update, &part.delete]).flatten();
    let discoveries = collection.parts.iter().filter_map(|part| part.discovery.as_ref()).chain(&collection.discovery);
    let main = main.into_iter().flatten().chain(collection.finds.iter().map(|(_, call)| call));
    main.chain(collection.named.iter().map(|(_, call)| call)).chain(parts).chain(discoveries.map(|discovery| &discovery.call))
}

/// All routes of a system below its base path.
pub fn routes(system: &System, http: &Http, base: &str) -> Vec<Route> {
    let mut routes = Vec::new();
    for (at, collection) in system.collections.iter().enumerate() {
        let mut add = |action, call: &Call| routes.push(Route::of(Some(at), action, call, base));
        collection.list.iter().for_each(|call| add(Action::List, call));
        collection.get.iter().for_each(|call| add(Action::Get, call));
        collection.finds.iter().for_each(|(by, call)| add(Action::Find(*by), call));
        collection.create.iter().for_each(|call| add(Action::Create, call));
        collection.update.iter().for_each(|call| add(Action::Update, call));
        collection.delete.iter().for_each(|call| add(Action::Delete, call));
        collection.named.iter().enumerate().for_each(|(named, (_, call))| add(Action::Named(named), call));
    }
    if let Some(verify) = &http.verify {
        let path = Pattern::of_path(base, &verify.path);
        let verifies = Route { collection: None, action: Action::Verify, method: verify.method.clone(), path, queries: Vec::new() };
        routes.push(verifies);
    }
    routes
}

impl Route {
    fn of(collection: Option<usize>, action: Action, call: &Call, base: &str) -> Self {
        let query = |query: &Parameter| Query {
            name: query.name.clone(),
            pattern: Pattern::of(&query.value),
            fixed_fields: fixed_fields(&query.value),
        };
        Self {
            collection,
            action,
            method: call.method.clone(),
            path: Pattern::of_path(base, &call.path),
            queries: call.queries.iter().map(query).collect(),
        }
    }

    /// What a request on this route's path says; none if its queries are not this call's.
    fn told(&self, asked: &Asked<'_>) -> Option<Told> {
        let mut told = Told { values: percent_decoded(self.path.read(asked.path)?), asked_all: true, ..Told::default() };
        for query in &self.queries {
            let given = asked.queries.iter().find(|(name, _)| *name == query.name).map(|(_, value)| value.as_str());
            match (given, &query.fixed_fields) {
                (given, Some(fixed)) => told.choose(given, fixed),
                (Some(given), None) if !query.pattern.is_constant() => told.values.extend(query.pattern.read(given)?),
                (None, None) if query.pattern.asks(|name| matches!(name, Name::Own(_))) => return None,
                _ => {}
            }
        }
        Some(told)
    }
}

impl Told {
    fn choose(&mut self, given: Option<&str>, fixed: &[String]) {
        let fields: Option<Vec<_>> = given.map(|given| given.split(',').map(|name| name.trim().to_owned()).collect());
        let asked = |name: &String| fields.as_ref().is_some_and(|fields| fields.contains(name));
        self.asked_all = fixed.iter().all(asked);
        self.chooses_fields = true;
        self.fields = fields;
    }
}

fn percent_decoded(values: Vec<(Name, String)>) -> Vec<(Name, String)> {
    values.into_iter().map(|(name, value)| (name, decoded(&value))).collect()
}

fn decoded(text: &str) -> String {
    // A plus is itself in a path; only in a query it is a blank.
    let escaped = text.replace('+', "%2B");
    url::form_urlencoded::parse(escaped.as_bytes()).map(|(name, _)| name.into_owned()).next().unwrap_or_default()
}

/// The route of a request and what it says.
///
/// # Errors
/// 404 where no call has the path, 405 where none has the method, 400 where a query is none that the calls know.
pub fn find<'a>(routes: &'a [Route], asked: &Asked<'_>) -> Result<(&'a Route, Told), Refusal> {
    let here: Vec<_> = routes.iter().filter(|route| route.path.read(asked.path).is_some()).collect();
    if here.is_empty() {
        return Err(Refusal::not_found());
    }
    let method = if asked.method == "HEAD" { "GET" } else { asked.method };
    let candidates: Vec<_> = here.iter().filter(|route| route.method == method).copied().collect();
    if candidates.is_empty() {
        let mut allowed: Vec<_> = here.iter().map(|route| route.method.as_str()).collect();
        allowed.dedup();
        return Err(Refusal::method(&allowed.join(", ")));
    }
    let fitting = candidates.iter().filter_map(|route| Some((*route, route.told(asked)?)));
    let best =
        fitting.min_by_key(|(route, _)| rank(route)).ok_or_else(|| Refusal::invalid("invalidFilter", "this query is not understood"))?;
    if not_understood(&candidates, best.0, asked) {
        return Err(Refusal::invalid("invalidFilter", "this query is not understood"));
    }
    Ok(best)
}

/// A look-up is nearer than a list, and a verifying call the last that is meant.
const fn rank(route: &Route) -> u8 {
    match route.action {
        Action::Find(_) => 0,
        Action::Verify => 2,
        _ => 1,
    }
}

/// Whether the request holds a parameter that a call of this path knows, but not the one it was taken for.
fn not_understood(candidates: &[&Route], chosen: &Route, asked: &Asked<'_>) -> bool {
    let knows = |route: &Route, name: &str| route.queries.iter().any(|query| query.name == name);
    asked.queries.iter().any(|(name, _)| !knows(chosen, name) && candidates.iter().any(|route| knows(route, name)))
}

/// The path of a system's base address, without a slash at its end; empty if it is none.
pub fn base_path(http: &Http, outside: &Outside<'_>) -> String {
    let address = outside.text(&http.base).and_then(|base| url::Url::parse(&base).ok());
    address.map(|address| address.path().trim_end_matches('/').to_owned()).unwrap_or_default()
}
