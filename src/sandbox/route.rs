//! Matches a request with a call of a system's declaration.

use super::{
    answer::Refusal,
    request::{bodies, reverse},
    scope::Scope,
    template::{Pattern, Wanted},
};
use crate::{
    compile::{
        program::{Name, Program},
        system::{Attribute, BodyFormat, Call, Collection, Http, System},
    },
    value::{Kind, Value},
};
use std::cmp::Reverse;

/// A call with the patterns that requests are compared with.
#[derive(Debug)]
pub struct Route {
    /// None: the call that only verifies.
    pub collection: Option<usize>,
    pub action: Action,
    method: String,
    path: Pattern,
    queries: Vec<Query>,
    /// `body = EXPR`, of a call for one record or for none.
    body: Option<(BodyFormat, Program)>,
    /// The values of `for each`, as texts.
    each: Vec<String>,
    /// Whether the collection has a call that asks for parts.
    parts_can_be_asked: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// One of its lists.
    List(usize),
    Get,
    /// By an attribute.
    Find(usize),
    Create,
    Update,
    Delete,
    /// A named call.
    Named(usize),
    /// Calls of a part.
    CreatePart(usize),
    UpdatePart(usize),
    DeletePart(usize),
    /// Tells the attributes of the collection, or of a part.
    Discover(Option<usize>),
    Verify,
}

#[derive(Debug)]
struct Query {
    name: String,
    pattern: Pattern,
    wanted: Option<Wanted>,
    /// It has no condition.
    always: bool,
}

/// The values of a request, read back through the templates of its call.
#[derive(Debug, Default)]
pub struct RequestParams {
    values: Vec<(Name, String)>,
    /// Asked for by name; none if the call has no such parameter or the request left it out.
    pub fields: Option<Vec<String>>,
    /// Whether the call lets a client choose fields.
    pub chooses_fields: bool,
    /// Whether the request has everything that the declaration requires in addition to the fields.
    pub asked_all: bool,
    /// The requested parts.
    pub parts: Vec<String>,
    /// Whether the collection has a call that requests parts: parts that are not requested are left out.
    pub parts_can_be_asked: bool,
    /// Resources that JSON:API is to include, by their relationship.
    pub includes: Vec<String>,
}

impl RequestParams {
    /// A value by its name.
    pub fn get(&self, name: &Name) -> Option<&str> {
        self.values.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// All values, with what they are of.
    pub fn values(&self) -> impl Iterator<Item = (&Name, &str)> {
        self.values.iter().map(|(name, value)| (name, value.as_str()))
    }

    /// The attribute of the record that the request names, and its value.
    pub fn own(&self, collection: &Collection) -> Option<(usize, Value)> {
        self.owns(collection).next()
    }

    /// All of its attributes that the request gives.
    pub fn owns<'a>(&'a self, collection: &'a Collection) -> impl Iterator<Item = (usize, Value)> + 'a {
        self.values.iter().filter_map(|(name, value)| match name {
            Name::Own(at) => Some((*at, typed(&collection.attributes.get(*at)?.ty.kind, value)?)),
            _ => None,
        })
    }

    /// The record that a list is nested in: the attributes of its collection that the request gives, and their values.
    pub fn parents<'a>(&'a self, collection: &'a Collection) -> impl Iterator<Item = (usize, Value)> + 'a {
        self.values.iter().filter_map(|(name, value)| match name {
            Name::Parent(at) => Some((*at, typed(&collection.attributes.get(*at)?.ty.kind, value)?)),
            _ => None,
        })
    }

    fn want(&mut self, wanted: &Wanted, given: Option<&str>) {
        let names = given.map(|given| wanted.requested(split(given)));
        let asked = |name: &String| names.as_ref().is_some_and(|names| names.contains(name));
        self.asked_all &= wanted.fixed.iter().all(asked);
        if wanted.parts {
            self.parts.extend(names.into_iter().flatten());
        } else {
            self.chooses_fields = true;
            self.fields = names;
        }
    }

    /// A list of fields inside of a longer text, as in `SELECT Id,Name FROM …`.
    fn take_fields(&mut self) {
        if let Some(fields) = self.get(&Name::RequestedFields).map(split) {
            self.chooses_fields = true;
            self.fields = Some(fields);
        }
    }
}

fn split(given: &str) -> Vec<String> {
    given.split(',').map(|name| name.trim().to_owned()).filter(|name| !name.is_empty()).collect()
}

/// A value that came as text, as its kind.
pub(super) fn typed(kind: &Kind, text: &str) -> Option<Value> {
    match kind {
        Kind::Int => text.parse().ok().map(Value::Int),
        _ => Some(Value::text(text)),
    }
}

/// The parts of a request that routing needs.
pub struct RouteRequest<'a> {
    pub method: &'a str,
    pub path: &'a str,
    pub queries: &'a [(String, String)],
    pub body: &'a [u8],
}

impl RouteRequest<'_> {
    /// A query by its name.
    pub fn query(&self, name: &str) -> Option<&str> {
        self.queries.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

/// The call of a collection by what it does.
pub fn call_of(collection: &Collection, action: Action) -> Option<&Call> {
    actions(collection).into_iter().find(|(known, _)| *known == action).map(|(_, call)| call)
}

/// Every call of a collection, and what it does.
pub fn actions(collection: &Collection) -> Vec<(Action, &Call)> {
    let mut all = Vec::new();
    let mut add = |action, call| all.push((action, call));
    collection.all_lists().enumerate().for_each(|(at, call)| add(Action::List(at), call));
    collection.get.iter().for_each(|call| add(Action::Get, call));
    collection.finds.iter().for_each(|(by, call)| add(Action::Find(*by), call));
    collection.create.iter().for_each(|call| add(Action::Create, call));
    collection.update.iter().for_each(|call| add(Action::Update, call));
    collection.delete.iter().for_each(|call| add(Action::Delete, call));
    collection.named.iter().enumerate().for_each(|(named, (_, call))| add(Action::Named(named), call));
    collection.discovery.iter().for_each(|discovery| add(Action::Discover(None), &discovery.call));
    for (at, part) in collection.parts.iter().enumerate() {
        part.create.iter().for_each(|call| add(Action::CreatePart(at), call));
        part.update.iter().for_each(|call| add(Action::UpdatePart(at), call));
        part.delete.iter().for_each(|call| add(Action::DeletePart(at), call));
        part.discovery.iter().for_each(|discovery| add(Action::Discover(Some(at)), &discovery.call));
    }
    all
}

/// Every call of a collection.
pub fn calls(collection: &Collection) -> impl Iterator<Item = &Call> {
    actions(collection).into_iter().map(|(_, call)| call)
}

/// Every request of a collection: its calls, and the questions of their jobs.
pub fn requests(collection: &Collection) -> impl Iterator<Item = &Call> {
    calls(collection).flat_map(|call| std::iter::once(call).chain(call.follow.as_ref().map(|follow| &follow.call)))
}

/// All routes of a system below its base path.
pub fn routes(system: &System, http: &Http, base: &str) -> Vec<Route> {
    let of = |at, collection| {
        let asks = asks_for_parts(collection);
        let names: Vec<_> = collection.attributes.iter().flat_map(Attribute::requested_names).collect();
        let route = move |(action, call)| Route { parts_can_be_asked: asks, ..Route::of(Some(at), action, call, base, &names) };
        actions(collection).into_iter().map(route)
    };
    let mut routes: Vec<_> = system.collections.iter().enumerate().flat_map(|(at, collection)| of(at, collection)).collect();
    if let Some(verify) = &http.verify {
        routes.push(Route::of(None, Action::Verify, verify, base, &[]));
    }
    routes
}

fn asks_for_parts(collection: &Collection) -> bool {
    calls(collection).flat_map(Call::sent).any(|program| program.uses(|name| *name == Name::RequestedParts))
}

impl Route {
    /// `names`: what a client may request of a record.
    fn of(collection: Option<usize>, action: Action, call: &Call, base: &str, names: &[String]) -> Self {
        let query = |query: &crate::compile::system::Parameter| Query {
            name: query.name.clone(),
            pattern: Pattern::of(&query.value),
            wanted: Wanted::of_names(&query.value, names),
            always: query.when.is_none(),
        };
        Self {
            collection,
            action,
            method: call.method.to_string(),
            path: Pattern::of_path(base, &call.path),
            queries: call.queries.iter().map(query).collect(),
            body: call.body.as_ref().filter(|_| call.batch.is_none()).and_then(|body| Some((body.format.clone(), body.value.clone()?))),
            each: call.loop_values.iter().filter_map(constant_text).collect(),
            parts_can_be_asked: false,
        }
    }

    /// How many of its fixed queries have another value in the request; how near it is; how many the request does not have, and how many it
    /// has; and how much of its body is fixed. Of two calls at one address, the one that says more of the request is meant. A link to the
    /// next page may leave out what the first request had.
    fn likeness(&self, asked: &RouteRequest<'_>) -> (usize, u8, usize, Reverse<usize>, Reverse<usize>) {
        let fixed = self.queries.iter().filter(|query| query.always && query.pattern.is_constant() && query.wanted.is_none());
        let (mut other, mut absent, mut like) = (0, 0, 0);
        for query in fixed {
            match asked.query(&query.name).map(|given| query.pattern.read(given).is_some()) {
                Some(true) => like += 1,
                Some(false) => other += 1,
                None => absent += 1,
            }
        }
        let constants = self.body.as_ref().map_or(0, |(_, program)| constants(program));
        (other, rank(self), absent, Reverse(like), Reverse(constants))
    }

    /// What a request on this route's path says; none if its queries or its body are not this call's.
    fn params(&self, asked: &RouteRequest<'_>) -> Option<RequestParams> {
        let values = percent_decoded(self.path.read(asked.path)?);
        let mut params = RequestParams {
            values,
            asked_all: true,
            includes: asked.query("include").map(split).unwrap_or_default(),
            ..RequestParams::default()
        };
        for (at, query) in self.queries.iter().enumerate() {
            let first = self.queries.iter().position(|other| other.name == query.name) == Some(at);
            if first {
                self.read(query, asked, &mut params)?;
            }
        }
        if let Some((format, program)) = &self.body
            && let Some(sent) = bodies::told(format, asked.body).ok()?
        {
            let taken = reverse::read(program, &sent).ok()?;
            params.values.extend(taken.values.into_iter().map(|(name, value)| (name, reverse::text_of(&value))));
        }
        if params.get(&Name::LoopValue).is_some_and(|value| !self.each.iter().any(|known| known == value)) {
            return None;
        }
        params.take_fields();
        params.parts_can_be_asked = self.parts_can_be_asked;
        Some(params)
    }

    /// Reads one parameter by whichever of its lines has made it: `query "q" = … when since is present`.
    fn read(&self, query: &Query, asked: &RouteRequest<'_>, params: &mut RequestParams) -> Option<()> {
        let given = asked.query(&query.name);
        if let Some(wanted) = &query.wanted {
            params.want(wanted, given);
            return Some(());
        }
        let mut lines = self.queries.iter().filter(|other| other.name == query.name);
        params.values.extend(lines.find_map(|line| line.pattern.tell(given))?);
        Some(())
    }
}

impl Pattern {
    /// The values in a text; none if it was made by something else, or names a record and is not given. What is fixed is not compared.
    fn tell(&self, given: Option<&str>) -> Option<Vec<(Name, String)>> {
        match given {
            _ if self.is_constant() => Some(Vec::new()),
            Some(given) => self.read(given),
            None if self.asks(|name| matches!(name, Name::Own(_) | Name::Parent(_))) => None,
            None => Some(Vec::new()),
        }
    }
}

/// How many constants a body has.
fn constants(program: &Program) -> usize {
    program.parts().into_iter().filter(|part| matches!(part, Program::Constant(_))).count()
}

fn constant_text(program: &Program) -> Option<String> {
    if let Program::Constant(value) = program { value.to_text().map(std::borrow::Cow::into_owned) } else { None }
}

fn percent_decoded(values: Vec<(Name, String)>) -> Vec<(Name, String)> {
    values.into_iter().map(|(name, value)| (name, decoded(&value))).collect()
}

/// A text of an address without its percent-encoding.
pub(super) fn decoded(text: &str) -> String {
    // In a path a plus is a plus; only in a query it means a blank.
    let escaped = text.replace('+', "%2B");
    url::form_urlencoded::parse(escaped.as_bytes()).map(|(name, _)| name.into_owned()).next().unwrap_or_default()
}

/// The route of a request and what it says.
///
/// # Errors
/// 404 where no call has the path, 405 where none has the method, 400 where no call knows a query.
pub fn find<'a>(routes: &'a [Route], asked: &RouteRequest<'_>) -> Result<(&'a Route, RequestParams), Refusal> {
    let here = nearest(routes, asked.path);
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
    let fitting = candidates.iter().filter_map(|route| Some((*route, route.params(asked)?)));
    let best = fitting
        .min_by_key(|(route, _)| route.likeness(asked))
        .ok_or_else(|| Refusal::invalid("invalidFilter", "this query is not understood"))?;
    if not_understood(&candidates, best.0, asked) {
        return Err(Refusal::invalid("invalidFilter", "this query is not understood"));
    }
    Ok(best)
}

/// The routes of a path. `/contacts/describe/customfields` is no contact named `describe`: a path without values is nearer.
fn nearest<'a>(routes: &'a [Route], path: &str) -> Vec<&'a Route> {
    let here: Vec<_> = routes.iter().filter(|route| route.path.read(path).is_some()).collect();
    let fewest = here.iter().map(|route| route.path.holes()).min();
    here.into_iter().filter(|route| Some(route.path.holes()) == fewest).collect()
}

/// A look-up is nearer than a list, and a verifying call the last that is meant.
const fn rank(route: &Route) -> u8 {
    match route.action {
        Action::Find(_) => 0,
        Action::Verify => 2,
        _ => 1,
    }
}

/// Whether the request has a parameter that only another call of this path knows.
fn not_understood(candidates: &[&Route], chosen: &Route, asked: &RouteRequest<'_>) -> bool {
    let knows = |route: &Route, name: &str| route.queries.iter().any(|query| query.name == name);
    asked.queries.iter().any(|(name, _)| !knows(chosen, name) && candidates.iter().any(|route| knows(route, name)))
}

/// The path of a system's base address, without a slash at its end; empty if there is no base address.
pub fn base_path(http: &Http, scope: &Scope<'_>) -> String {
    let address = scope.text(&http.base).and_then(|base| url::Url::parse(&base).ok());
    address.map(|address| address.path().trim_end_matches('/').to_owned()).unwrap_or_default()
}
