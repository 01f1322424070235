//! Requests and how their answers are read. `X` is the type of expressions, so that the checked and the compiled form share one
//! definition.

use super::{
    carried::Carried,
    hashed::{optional_path, path, shown},
    place::{Page, Place, SinceBy, records},
    rules::{Outcome, Rules},
    wire::{BodyFormat, Limit, Method, Repeat, WireFormat},
};
use crate::{
    diagnose::Span,
    value::{Type, path::JsonPath},
};
use serde::{Serialize, Serializer};
use std::sync::Arc;

/// `http BASE { … }`
#[derive(Debug, Serialize)]
pub struct Http<X> {
    pub base: X,
    pub auth: Vec<Auth<X>>,
    /// Of which one applies at most.
    #[serde(bound = "X: Serialize", skip_serializing_if = "Vec::is_empty")]
    pub tokens: Vec<TokenCall<X>>,
    pub headers: Vec<Parameter<X>>,
    pub queries: Vec<Parameter<X>>,
    pub format: WireFormat,
    /// Its `item` is the account that is signed in.
    #[serde(bound = "X: Serialize")]
    pub verify: Option<Call<X>>,
    pub limit: Option<Limit>,
    /// `retry N times`: how often a request is sent again that was refused for a limit, or failed for a passing reason.
    pub retries: u32,
    /// They hold for every answer of the system, after those of the call and of its collection.
    #[serde(bound = "X: Serialize")]
    pub rules: Arc<Rules<X>>,
}

/// `auth … [when COND]`
#[derive(Debug, Serialize)]
pub struct Auth<X> {
    pub when: Option<X>,
    pub kind: AuthKind<X>,
}

#[derive(Debug, Serialize)]
pub enum AuthKind<X> {
    Basic {
        user: X,
        password: X,
    },
    Bearer {
        token: X,
    },
    /// A client certificate and its private key, in PEM.
    Certificate {
        cert: X,
        key: X,
    },
}

/// `token METHOD "URL" [when COND] { … }`
#[derive(Debug, Serialize)]
#[serde(bound = "X: Serialize")]
pub struct TokenCall<X> {
    pub when: Option<X>,
    /// How it signs in itself.
    pub auth: Vec<Auth<X>>,
    /// Its path is a whole address.
    pub call: Call<X>,
    /// How long the answer is good for.
    pub lasts: Option<X>,
}

/// A header or a query: not sent where the value is missing or the condition does not hold.
#[derive(Debug, Serialize)]
pub struct Parameter<X> {
    pub name: String,
    pub value: X,
    pub when: Option<X>,
}

/// A call of the system.
#[derive(Debug, Serialize)]
pub struct Call<X> {
    pub method: Method,
    /// A template over the record in the call.
    pub path: X,
    pub queries: Vec<Parameter<X>>,
    pub headers: Vec<Parameter<X>>,
    /// Where the records are; without it the whole answer is their list.
    #[serde(serialize_with = "records", bound = "X: Serialize")]
    pub items: Option<Place<X>>,
    /// What `items` says of each element of a list.
    #[serde(skip_serializing_if = "Option::is_none", bound = "X: Serialize")]
    pub element: Option<Element<X>>,
    /// Where the one record is; without it the whole answer is the record.
    #[serde(serialize_with = "records", bound = "X: Serialize")]
    pub item: Option<Place<X>>,
    pub total: Option<Place<X>>,
    /// `total?`: a page may leave its total out.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub total_is_optional: bool,
    pub page: Option<Page<X>>,
    /// `since by link | cursor EXPR`
    #[serde(skip_serializing_if = "Option::is_none")]
    pub since: Option<SinceBy<X>>,
    /// What its answers mean; those of its collection and of `http` among them.
    #[serde(bound = "X: Serialize")]
    pub rules: Arc<Rules<X>>,
    /// `secret NAME = EXPR`: made again for each call.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub secrets: Vec<(String, X)>,
    pub body: Option<Body<X>>,
    /// Whether it may be sent again without a look-up.
    pub repeat: Repeat,
    /// `replaces $.path`: the vendor replaces everything there, so it is read, merged and sent whole.
    #[serde(serialize_with = "places")]
    pub replaces: Vec<JsonPath>,
    /// `key EXPR`: where the answer has the key of a new record.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<X>,
    /// `items … by … = …`: where the answer has the results of a batch; the first that has a record decides.
    #[serde(skip_serializing_if = "Vec::is_empty", bound = "X: Serialize")]
    pub each: Vec<EachResult<X>>,
    pub batch: Option<Batch>,
    /// `follow`: the job whose answer tells the outcome of a write.
    #[serde(skip_serializing_if = "Option::is_none", bound = "X: Serialize")]
    pub follow: Option<Box<Follow<X>>>,
    /// `list for each COLL`: the collection, by its index, to whose records the list belongs.
    pub for_each: Option<usize>,
    /// The values of `list for each NAME in LIST`: the list is read once for each.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub loop_values: Vec<X>,
    /// `where COND`: what every record of the list is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shows: Option<X>,
    /// The attributes that `where` fixes with `==`, and their values.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub fixed: Vec<(usize, X)>,
    /// What it brings of its record to the system.
    #[serde(skip)]
    pub carried: Carried,
    /// Whether a page that is merely short is its last by a `last page` rule.
    #[serde(skip)]
    pub ends_short: bool,
    #[serde(skip)]
    pub span: Span,
}

#[derive(Debug, Serialize)]
pub struct Body<X> {
    pub format: BodyFormat,
    /// `body = EXPR`: all of it. Without it, the record or what changes of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<X>,
}

/// `batch N [by ATTR]`: one call for many records, all of one value of the attribute.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Batch {
    pub size: usize,
    pub by: Option<usize>,
}

/// `items EXPR by EXPR = EXPR { … }`: each element is an answer about one record of a batch.
#[derive(Debug, Serialize)]
pub struct EachResult<X> {
    /// The list in the answer.
    pub items: X,
    /// In an element: what names its record.
    pub by: X,
    /// The same of a record that was sent.
    pub own: X,
    /// Where it has its record.
    #[serde(skip_serializing_if = "Option::is_none", bound = "X: Serialize")]
    pub item: Option<Place<X>>,
    pub key: Option<X>,
    /// What `status` is for an element.
    pub status: Option<X>,
    /// Its own, then those of the call.
    #[serde(bound = "X: Serialize")]
    pub rules: Arc<Rules<X>>,
    /// Whether it has rules of its own for what went wrong.
    pub tells_errors: bool,
}

impl<X> EachResult<X> {
    fn map<Y>(&self, to: &impl Fn(&X) -> Y) -> EachResult<Y> {
        EachResult {
            items: to(&self.items),
            by: to(&self.by),
            own: to(&self.own),
            item: self.item.as_ref().map(|place| place.map(to)),
            key: self.key.as_ref().map(to),
            status: self.status.as_ref().map(to),
            rules: Arc::new(self.rules.map(to)),
            tells_errors: self.tells_errors,
        }
    }
}

/// `follow METHOD "URL" every D up to D { … }`: a job is asked for until a rule says what became of it.
#[derive(Debug, Serialize)]
pub struct Follow<X> {
    /// Its URL is made of the answer to the write. Its `item`, `key` and results are those of the write.
    #[serde(bound = "X: Serialize")]
    pub call: Call<X>,
    /// Those of its block alone: only they say that the job has failed. Those of `call` are these and the outer ones.
    #[serde(bound = "X: Serialize")]
    pub own: Arc<Rules<X>>,
    pub every_seconds: u64,
    pub up_to_seconds: u64,
}

impl<X> Follow<X> {
    fn map<Y>(&self, to: &impl Fn(&X) -> Y) -> Follow<Y> {
        Follow {
            call: self.call.map(to),
            own: Arc::new(self.own.map(to)),
            every_seconds: self.every_seconds,
            up_to_seconds: self.up_to_seconds,
        }
    }
}

/// `items EXPR { … }` of a list: how its record is made from an element, and what an element means.
#[derive(Debug, Serialize)]
pub struct Element<X> {
    #[serde(bound = "X: Serialize")]
    pub item: Option<Place<X>>,
    /// What `status` is for an element.
    pub status: Option<X>,
    /// Its own alone: those of the call are about the whole answer.
    #[serde(bound = "X: Serialize")]
    pub rules: Rules<X>,
}

impl<X> Element<X> {
    fn map<Y>(&self, to: &impl Fn(&X) -> Y) -> Element<Y> {
        Element { item: self.item.as_ref().map(|place| place.map(to)), status: self.status.as_ref().map(to), rules: self.rules.map(to) }
    }
}

/// `part NAME { … }`: a record inside the record, with calls of its own. Its attributes are among those of the collection.
#[derive(Debug, Serialize)]
pub struct Part<X> {
    pub name: String,
    /// What `requested.parts` calls it: its `requested as`, else its name.
    pub requested_as: String,
    /// Where it is in the record.
    #[serde(serialize_with = "path")]
    pub at: JsonPath,
    /// Where it is written inline, if elsewhere.
    #[serde(serialize_with = "optional_path")]
    pub written_at: Option<JsonPath>,
    /// Without it, the part is created inline, with the record.
    pub create: Option<Call<X>>,
    pub update: Option<Call<X>>,
    pub delete: Option<Call<X>>,
    pub discovery: Option<Discovery<X>>,
}

/// Where an attribute of a part is.
#[derive(Clone, Debug, Serialize)]
pub struct InPart {
    /// The part, by its index in the collection.
    pub part: usize,
    /// In the part.
    #[serde(serialize_with = "path")]
    pub path: JsonPath,
}

/// `attributes from METHOD "PATH" { … }`: the system itself tells which attributes there are.
#[derive(Debug, Serialize)]
pub struct Discovery<X> {
    /// With its items.
    pub call: Call<X>,
    #[serde(serialize_with = "path")]
    pub name: JsonPath,
    #[serde(serialize_with = "path")]
    pub ty: JsonPath,
    pub types: Vec<DiscoveredType>,
}

/// `"String" is text at $.Field[?@.Name == {$.Name}]`
#[derive(Clone, Debug, Serialize)]
pub struct DiscoveredType {
    /// As the system names it.
    pub name: String,
    #[serde(serialize_with = "shown")]
    pub ty: Type,
    /// In the part, or in the record where it is of the collection itself; `{$.Name}` is taken from the item.
    #[serde(serialize_with = "path")]
    pub path: JsonPath,
}

/// None, one, or a list of paths.
fn places<S: Serializer>(places: &[JsonPath], to: S) -> Result<S::Ok, S::Error> {
    match places {
        [] => to.serialize_none(),
        [one] => path(one, to),
        several => to.collect_seq(several.iter().map(|path| &path.text)),
    }
}

impl<X> Http<X> {
    /// The same over other expressions.
    pub fn map<Y>(&self, to: &impl Fn(&X) -> Y) -> Http<Y> {
        Http {
            base: to(&self.base),
            auth: self.auth.iter().map(|auth| auth.map(to)).collect(),
            tokens: self.tokens.iter().map(|token| token.map(to)).collect(),
            headers: self.headers.iter().map(|one| one.map(to)).collect(),
            queries: self.queries.iter().map(|one| one.map(to)).collect(),
            format: self.format,
            verify: self.verify.as_ref().map(|verify| verify.map(to)),
            limit: self.limit,
            retries: self.retries,
            rules: Arc::new(self.rules.map(to)),
        }
    }
}

impl<X> Call<X> {
    /// Whether the request may be sent twice without harm: its effect is the same, or the target drops the second.
    #[must_use]
    pub const fn may_repeat(&self) -> bool {
        match self.repeat {
            Repeat::Safe => self.method.may_repeat(),
            Repeat::Declared(_) => true,
            Repeat::Never => false,
        }
    }

    /// A call that says no more than where it goes.
    pub fn new(method: Method, path: X, span: Span) -> Self {
        Self {
            method,
            path,
            queries: Vec::new(),
            headers: Vec::new(),
            items: None,
            element: None,
            item: None,
            total: None,
            total_is_optional: false,
            page: None,
            since: None,
            rules: Arc::default(),
            secrets: Vec::new(),
            body: None,
            repeat: Repeat::Safe,
            replaces: Vec::new(),
            key: None,
            each: Vec::new(),
            batch: None,
            follow: None,
            for_each: None,
            loop_values: Vec::new(),
            shows: None,
            fixed: Vec::new(),
            carried: Carried::default(),
            ends_short: false,
            span,
        }
    }

    /// The conditions under which an element of a list names a record that was deleted.
    pub fn removed(&self) -> impl Iterator<Item = &X> {
        self.element.iter().flat_map(|element| element.rules.of(Outcome::Removed))
    }

    /// The path of the records, if they are at one place.
    #[must_use]
    pub fn items_path(&self) -> Option<&JsonPath> {
        self.items.as_ref().and_then(Place::path)
    }

    /// The path of the one record, if it is at one place.
    #[must_use]
    pub fn item_path(&self) -> Option<&JsonPath> {
        self.item.as_ref().and_then(Place::path)
    }

    /// What is sent: the path, queries, headers and the body.
    pub fn sent(&self) -> impl Iterator<Item = &X> {
        let parameters = self.queries.iter().chain(&self.headers).map(|one| &one.value);
        std::iter::once(&self.path).chain(parameters).chain(self.body.iter().filter_map(|body| body.value.as_ref()))
    }

    /// The same over other expressions.
    pub fn map<Y>(&self, to: &impl Fn(&X) -> Y) -> Call<Y> {
        Call {
            method: self.method,
            path: to(&self.path),
            queries: self.queries.iter().map(|one| one.map(to)).collect(),
            headers: self.headers.iter().map(|one| one.map(to)).collect(),
            items: self.items.as_ref().map(|place| place.map(to)),
            element: self.element.as_ref().map(|element| element.map(to)),
            item: self.item.as_ref().map(|place| place.map(to)),
            total: self.total.as_ref().map(|place| place.map(to)),
            total_is_optional: self.total_is_optional,
            page: self.page.as_ref().map(|page| page.map(to)),
            since: self.since.as_ref().map(|since| since.map(to)),
            rules: Arc::new(self.rules.map(to)),
            secrets: self.secrets.iter().map(|(name, value)| (name.clone(), to(value))).collect(),
            body: self.body.as_ref().map(|body| body.map(to)),
            repeat: self.repeat.clone(),
            replaces: self.replaces.clone(),
            key: self.key.as_ref().map(to),
            each: self.each.iter().map(|each| each.map(to)).collect(),
            batch: self.batch.clone(),
            follow: self.follow.as_ref().map(|follow| Box::new(follow.map(to))),
            for_each: self.for_each,
            loop_values: self.loop_values.iter().map(to).collect(),
            shows: self.shows.as_ref().map(to),
            fixed: self.fixed.iter().map(|(at, value)| (*at, to(value))).collect(),
            carried: self.carried.clone(),
            ends_short: self.ends_short,
            span: self.span,
        }
    }
}

impl<X> TokenCall<X> {
    /// The same over other expressions.
    pub fn map<Y>(&self, to: &impl Fn(&X) -> Y) -> TokenCall<Y> {
        TokenCall {
            when: self.when.as_ref().map(to),
            auth: self.auth.iter().map(|auth| auth.map(to)).collect(),
            call: self.call.map(to),
            lasts: self.lasts.as_ref().map(to),
        }
    }
}

impl<X> AuthKind<X> {
    /// What it is made of.
    pub fn parts(&self) -> impl Iterator<Item = &X> {
        match self {
            Self::Basic { user: one, password: other } | Self::Certificate { cert: one, key: other } => vec![one, other].into_iter(),
            Self::Bearer { token } => vec![token].into_iter(),
        }
    }
}

impl<X> Auth<X> {
    /// What it is made of, without its condition.
    pub fn parts(&self) -> impl Iterator<Item = &X> {
        self.kind.parts()
    }

    /// The same over other expressions.
    pub fn map<Y>(&self, to: &impl Fn(&X) -> Y) -> Auth<Y> {
        let kind = match &self.kind {
            AuthKind::Basic { user, password } => AuthKind::Basic { user: to(user), password: to(password) },
            AuthKind::Bearer { token } => AuthKind::Bearer { token: to(token) },
            AuthKind::Certificate { cert, key } => AuthKind::Certificate { cert: to(cert), key: to(key) },
        };
        Auth { when: self.when.as_ref().map(to), kind }
    }
}

impl<X> Parameter<X> {
    /// The same over other expressions.
    pub fn map<Y>(&self, to: &impl Fn(&X) -> Y) -> Parameter<Y> {
        Parameter { name: self.name.clone(), value: to(&self.value), when: self.when.as_ref().map(to) }
    }
}

impl<X> Body<X> {
    fn map<Y>(&self, to: &impl Fn(&X) -> Y) -> Body<Y> {
        Body { format: self.format.clone(), value: self.value.as_ref().map(to) }
    }
}

impl<X> Part<X> {
    /// The same over other expressions.
    pub fn map<Y>(&self, to: &impl Fn(&X) -> Y) -> Part<Y> {
        let call = |call: &Option<Call<X>>| call.as_ref().map(|call| call.map(to));
        Part {
            name: self.name.clone(),
            requested_as: self.requested_as.clone(),
            at: self.at.clone(),
            written_at: self.written_at.clone(),
            create: call(&self.create),
            update: call(&self.update),
            delete: call(&self.delete),
            discovery: self.discovery.as_ref().map(|discovery| discovery.map(to)),
        }
    }
}

impl<X> Discovery<X> {
    /// The same over other expressions.
    pub fn map<Y>(&self, to: &impl Fn(&X) -> Y) -> Discovery<Y> {
        Discovery { call: self.call.map(to), name: self.name.clone(), ty: self.ty.clone(), types: self.types.clone() }
    }
}
