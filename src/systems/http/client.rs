//! The client of one system: its state, and look-ups by key and by attribute.

use super::{
    answers::{self, Answer, Meaning},
    auth::SignIn,
    base::{self, Base},
    bodies, items,
    limits::Budget,
    list::{Listing, marks::Marks, seen::Repeats},
    member_names::MemberNames,
    reading::{self, Reading},
    request::Request,
    requested::Requested,
    send::RequestCount,
    write::sent_back::Listed,
};
use crate::{
    compile::system::{Attribute, Call, Collection, Connection, ErrorClass, Http, Outcome, Place, Repeat, System},
    host::{Host, HttpClient, HttpOptions},
    systems::{
        CallError, ConnectionConfig, Effect, GetResult, OpenError, ReadRequest, Snapshot,
        formats::lists::Lists,
        is_loopback,
        keys::{as_asked, completed, contradiction, hidden_key, id_of, shown_by},
        place::read_one,
        redact::{Learning, Redactor},
        scope::Scope,
    },
    value::{
        Kind, Value,
        canonical::{self, Comparison},
        path::JsonPath,
    },
};
use reqwest::header::ETAG;
use std::{
    sync::{Arc, OnceLock, atomic::AtomicBool},
    time::Duration,
};

/// How long things may take.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pace {
    pub(super) connect: Duration,
    pub(super) request: Duration,
    /// The first wait before a repeat; each further one is twice as long.
    pub(super) backoff: Duration,
}

const PACE: Pace = Pace { connect: Duration::from_secs(10), request: Duration::from_secs(60), backoff: Duration::from_secs(1) };

/// A stand-in on this machine recovers sooner, so tests need not wait.
const SANDBOX_BACKOFF: Duration = Duration::from_millis(50);

/// An answer beyond this is refused, in bytes.
const LARGEST_ANSWER: usize = 100 << 20;

/// A client of one system.
pub struct Client {
    pub(super) system: Arc<System>,
    pub(super) config: ConnectionConfig,
    pub(super) client: Arc<dyn HttpClient>,
    /// The base address: known at once, or with the first token.
    pub(super) base: OnceLock<Base>,
    pub(super) sign_in: SignIn,
    pub(super) scim: bool,
    /// Where the case of names does not count.
    pub(super) names: Option<MemberNames>,
    pub(super) budget: Arc<Budget>,
    pub(super) redactor: Learning,
    pub(super) pace: Pace,
    /// Whether the system has ever answered.
    pub(super) reached: AtomicBool,
    /// Why nothing more is sent: the credentials were refused, or a limit is used up.
    pub(super) refused: OnceLock<CallError>,
    /// What the lists of this run have shown of records that are sent back whole.
    pub(super) listed: Listed,
    /// Whether a deprecation notice was reported already.
    pub(super) noticed: AtomicBool,
}

impl Client {
    /// Opens a system. Nothing is sent yet.
    ///
    /// # Errors
    /// A secret is missing, or an address is not one.
    ///
    /// # Panics
    /// The system is one of files.
    pub fn open(system: &Arc<System>, config: ConnectionConfig) -> Result<Self, OpenError> {
        let backoff = if base::has_stand_in(&config) { SANDBOX_BACKOFF } else { PACE.backoff };
        Self::open_at(system, config, Pace { backoff, ..PACE })
    }

    pub(crate) const fn host(&self) -> &Host {
        &self.config.host
    }

    /// One that waits for an answer only so long.
    #[cfg(test)]
    pub(crate) fn impatient(system: &Arc<System>, config: ConnectionConfig, request: Duration) -> Self {
        Self::open_at(system, config, Pace { request, backoff: SANDBOX_BACKOFF, ..PACE }).expect("a system for tests")
    }

    fn open_at(system: &Arc<System>, config: ConnectionConfig, pace: Pace) -> Result<Self, OpenError> {
        let Connection::Http(http) = &system.connection else { unreachable!("only HTTP systems are opened as clients") };
        secrets_are_there(system, &config)?;
        let named = || system.name.clone();
        let base = base::known(http, &config).map_err(|why| OpenError::Base { system: named(), why })?;
        let options = HttpOptions { connect: pace.connect, request: pace.request, proxy: true, largest: LARGEST_ANSWER, identity: None };
        let sign_in = SignIn::open(system, http, &config, &options)?;
        let address = base.as_ref().map(|base| &base.url).or_else(|| sign_in.target()).ok_or_else(|| OpenError::NoToken(named()))?;
        let budget = match base::has_stand_in(&config) {
            // A stand-in enforces a budget of its own.
            true => Arc::new(Budget::unmetered(http.limit)),
            false => config.budgets.of(address.as_str(), http.limit),
        };
        let redactor = Learning::new(Redactor::new(config.secrets.values().map(String::as_str)));
        let options = HttpOptions { proxy: !is_loopback(address), identity: sign_in.identity.clone(), ..options };
        let client = config.host.http(&options).map_err(|error| OpenError::NoClient { system: named(), why: error.why })?;
        Ok(Self {
            scim: system.speaks_scim(),
            names: system.speaks_scim().then(|| MemberNames::of(system)),
            system: Arc::clone(system),
            reached: AtomicBool::new(false),
            refused: OnceLock::new(),
            noticed: AtomicBool::new(false),
            listed: Listed::default(),
            config,
            client,
            base: base.map_or_else(OnceLock::new, OnceLock::from),
            sign_in,
            budget,
            redactor,
            pace,
        })
    }

    pub(crate) fn destinations(&self) -> Vec<String> {
        if self.config.secrets.is_empty() {
            return Vec::new();
        }
        let base = self.base.get().map(|base| &base.url);
        let mut origins: Vec<String> =
            base.into_iter().chain(self.sign_in.target()).map(|url| url.origin().ascii_serialization()).collect();
        origins.dedup();
        origins
    }

    pub(super) fn http(&self) -> &Http {
        match &self.system.connection {
            Connection::Http(http) => http,
            Connection::Files => unreachable!("only HTTP systems are opened as clients"),
        }
    }

    pub(super) fn collection(&self, index: usize) -> &Collection {
        &self.system.collections[index]
    }

    /// The base address. With some systems it comes with the token.
    pub(super) fn base(&self) -> Result<&Base, CallError> {
        self.base.get().ok_or_else(|| {
            CallError::unsent(
                ErrorClass::Auth,
                format!("`{}` has given no token yet, which its base address is taken from", self.system.name),
            )
        })
    }

    /// Secrets, the day of the run and what came with the token: no record and no page.
    pub(super) fn scope(&self) -> Scope<'_> {
        Scope { token: Some(self.sign_in.answer()), redactor: Some(&self.redactor), ..Scope::new(&self.config) }
    }

    /// How many calls may be under way at once.
    pub fn at_once(&self) -> usize {
        self.budget.at_once()
    }

    /// The address that requests go to, where `origin` replaces the one that is declared.
    pub fn replacing_address(&self) -> Option<String> {
        let base = self.base.get().filter(|_| self.config.origin.is_some())?;
        Some(base.url.as_str().trim_end_matches('/').to_owned()).filter(|url| *url != base.declared)
    }

    /// Base address, and the account that `verify` reports.
    ///
    /// # Errors
    /// What the system answered.
    pub async fn identity(&self) -> Result<String, CallError> {
        self.ready().await?;
        let base = &self.base()?.declared;
        let Some(verify) = &self.http().verify else { return Ok(base.clone()) };
        let scope = self.scope();
        let make = || {
            let body = bodies::asking(verify, &scope, self.scim)?;
            Ok(Request { reads: true, repeatable: verify.repeat != Repeat::Never, ..self.request(verify, &scope, body)? })
        };
        let first: Request = make()?;
        let name = first.name();
        let sent = self.send_again(first, &make, &mut RequestCount::default()).await;
        let (request, answer) = sent.map_err(|error| self.of_verify(&name, error))?;
        match &answer.meaning {
            Meaning::Gone(error) => return Err(self.gone(error, answer.status)),
            Meaning::Moved => return Err(CallError::unsent(ErrorClass::Invalid, self.redirected(&answer))),
            _ => {}
        }
        let Some(place) = &verify.item else { return Ok(base.clone()) };
        let document = self.document(&answer, &self.answer_lists(verify), &request)?;
        let who = Reading { answer: &answer, document: &document, scope }.text(place).ok_or_else(|| {
            let (name, place) = (request.name(), reading::named(place));
            let what = format!("`{}` does not say who we are: its answer to {name} has nothing at `{place}`", self.system.name);
            CallError::unsent(ErrorClass::Invalid, what)
        })?;
        // Links belong to exactly this account, so its name is neither cut nor masked beyond secrets.
        Ok(format!("{base} as {}", self.redactor.redact(&who)))
    }

    /// The error of a `verify`, with its system and request, where it is no more than a status.
    fn of_verify(&self, request: &str, error: CallError) -> CallError {
        let name = &self.system.name;
        if error.status.is_none() || error.message.contains(name) {
            return error;
        }
        CallError { message: format!("`{name}` answers {request}, its `verify`, with {}", error.message), ..error }
    }

    /// One record by its key; gone where the system answers 404 or 410.
    ///
    /// # Errors
    /// What the system answered, or that it can't be asked.
    pub async fn get(&self, collection: usize, id: &Value, ask: &ReadRequest) -> Result<GetResult, CallError> {
        self.ready().await?;
        let collection = self.collection(collection);
        let call = self.declared(collection, "get", collection.get.as_ref())?;
        let own = collection.key_values(id);
        let ask = &ask.of_one(collection);
        let requested = Requested::of(collection, call, ask);
        let lists = self.lists(collection, call, ask);
        let scope = Scope { own: vec![&own], ..requested.scope(self.scope()) };
        let make = || {
            let body = bodies::asking(call, &scope, self.scim)?;
            Ok(Request {
                reads: true,
                repeatable: call.repeat != Repeat::Never,
                ..self.request(call, &scope, body)?.about(collection, &[])
            })
        };
        match self.send_made(&make, &mut RequestCount::default()).await {
            Ok((request, answer)) if answer.meaning == Meaning::Moved => {
                self.survivor(collection, call, (&lists, ask), request, answer).await
            }
            Ok((request, answer)) if matches!(answer.meaning, Meaning::Gone(_)) => {
                let contradicts = self.shows_all_the_same(collection, call, (&lists, &own), (&request, &answer));
                let what = "the record that was asked for, and says that it is gone";
                if contradicts { Err(self.of_another(&request, what)) } else { Ok(GetResult::Gone) }
            }
            Ok((request, answer)) => {
                self.whole(call, &answer, &request, "record")?;
                let snapshot = self.snapshot(call, &lists, &answer, &request)?;
                let shown = shown_by(collection, &snapshot.json);
                let another = || contradiction(collection, &shown, &own).map(|what| format!("another record: it {what}"));
                if let Some(what) = hidden_key(collection, &shown).or_else(another) {
                    return Err(self.of_another(&request, &what));
                }
                let json = as_asked(collection, completed(collection, &snapshot.json, &own), &shown, &own);
                Ok(GetResult::Record(Snapshot { json: json.into(), ..snapshot }))
            }
            Err(error) if error.class == ErrorClass::Gone && error.status.is_some() => Ok(GetResult::Gone),
            Err(error) => Err(error),
        }
    }

    /// Whether a success that a rule takes for an absence has the record at the place of `item`. What the record itself says of a deletion is
    /// no contradiction, and neither is it at the status of a failure, which may repeat what was asked.
    fn shows_all_the_same(
        &self,
        collection: &Collection,
        call: &Call,
        (lists, own): (&Lists, &[(usize, Value)]),
        (request, answer): (&Request, &Answer),
    ) -> bool {
        let Some(item) = call.item.as_ref().filter(|_| (200..300).contains(&answer.status)) else { return false };
        let below =
            |whole: &JsonPath, path: &JsonPath| path.text.strip_prefix(&*whole.text).is_some_and(|rest| rest.starts_with(['.', '[']));
        let mut told_by_record = false;
        let mut see = |path: &JsonPath| match item {
            Place::Path(whole) => told_by_record |= below(whole, path),
            Place::Made(made) => made.answer_paths(&mut |whole| told_by_record |= below(whole, path)),
            Place::Header(_) => {}
        };
        call.rules.of(Outcome::Error(ErrorClass::Gone)).for_each(|when| when.answer_paths(&mut see));
        call.rules.errors.iter().filter_map(|rule| rule.code.as_ref()).for_each(|code| code.answer_paths(&mut see));
        let is_it = |record: &[u8]| {
            let shown = shown_by(collection, record);
            !shown.is_empty() && contradiction(collection, &shown, own).is_none()
        };
        !told_by_record && self.one_record(call, lists, answer, request).is_ok_and(|record| is_it(&record))
    }

    /// The answer to a question is not about the record that was asked for, or does not say that it is.
    fn of_another(&self, request: &Request, what: &str) -> CallError {
        let name = self.redactor.redact(&request.name());
        let message = format!("`{}` answers {name} with {what}", self.system.name);
        CallError::unsent(ErrorClass::Temporary, message)
    }

    /// The records whose attribute has a value.
    ///
    /// # Errors
    /// What the system answered, or that it has no such look-up.
    pub async fn find(&self, collection: usize, attribute: usize, value: &Value, ask: &ReadRequest) -> Result<Vec<Box<[u8]>>, CallError> {
        self.ready().await?;
        let (index, collection) = (collection, self.collection(collection));
        let whole = ask;
        let ask = &ask.of_lists(collection);
        let name = format!("find by {}", collection.attributes[attribute].name);
        let call = self.declared(collection, &name, collection.find_by(attribute))?;
        let own = [(attribute, value.clone())];
        let requested = Requested::of(collection, call, ask);
        let scope = Scope { own: vec![&own], ..requested.scope(self.scope()) };
        Self::sends_what_it_looks_for(&name, call, attribute, &scope)?;
        let listing = Listing {
            collection,
            call,
            lists: self.lists(collection, call, ask),
            scope,
            marks: Marks::default(),
            repeats: Repeats::of(collection, call, ask),
        };
        let mut found: Vec<Box<[u8]>> = Vec::new();
        let mut keep =
            |records: &[&[u8]], _: Option<u64>| found.extend(records.iter().map(|record| Box::from(completed(collection, record, &own))));
        self.walk(&listing, &mut keep, &mut RequestCount::default()).await.map_err(|stop| nobody_by_status(stop.error, &name))?;
        let found = if whole.needs_get(collection) { self.got((index, &own), &found, whole).await? } else { found };
        if shows_others_only(&collection.attributes[attribute], value, &found) {
            Err(self.unfiltered(&name, collection, attribute))
        } else {
            Ok(found)
        }
    }

    /// A look-up that brings other records only is no look-up of the value: whether there is one that has it, the answer does not say.
    fn unfiltered(&self, call: &str, collection: &Collection, attribute: usize) -> CallError {
        let message = format!(
            "`{}` answers `{call}` of `{}` with records of which none has the `{}` that was asked for, so it seems to ignore the filter: \
             write the query as the system wants it",
            self.system.name, collection.name, collection.attributes[attribute].name
        );
        CallError::unsent(ErrorClass::Invalid, message)
    }

    /// The records of a look-up as `get` shows them. One that can't be shown leaves the look-up without an answer.
    async fn got(
        &self,
        (index, known): (usize, &[(usize, Value)]),
        found: &[Box<[u8]>],
        ask: &ReadRequest,
    ) -> Result<Vec<Box<[u8]>>, CallError> {
        let collection = self.collection(index);
        let mut records = Vec::new();
        for record in found {
            let key = id_of(collection, record, known);
            let none =
                |why: &str| CallError::unsent(ErrorClass::Temporary, format!("a record of `{}` was found, and {why}", collection.name));
            let key = key.ok_or_else(|| none("it has no key to ask for it by `get`"))?;
            match self.get(index, &key, ask).await? {
                GetResult::Record(shown) => records.push(shown.json),
                GetResult::Gone | GetResult::Merged { .. } => return Err(none("its `get` does not show it")),
            }
        }
        Ok(records)
    }

    pub(super) fn declared<'a>(&self, collection: &Collection, what: &str, call: Option<&'a Call>) -> Result<&'a Call, CallError> {
        call.ok_or_else(|| {
            CallError::unsent(ErrorClass::Invalid, format!("`{}.{}` declares no `{what}`", self.system.name, collection.name))
        })
    }

    /// The record in an answer, with its tag.
    pub(super) fn snapshot(&self, call: &Call, lists: &Lists, answer: &Answer, request: &Request) -> Result<Snapshot, CallError> {
        let json = self.one_record(call, lists, answer, request)?;
        Ok(Snapshot { json, tag: answer.header(ETAG).map(str::to_owned) })
    }

    /// The record in an answer.
    pub(super) fn one_record(&self, call: &Call, lists: &Lists, answer: &Answer, request: &Request) -> Result<Box<[u8]>, CallError> {
        let document = self.document(answer, lists, request)?;
        let record = Reading { answer, document: &document, scope: self.scope() }.record(call.item.as_ref());
        record.map_err(|unfit| self.unfit(answer, &unfit, &request.name()))
    }

    /// The error for a 200 whose body does not have the expected form.
    pub(super) fn unfit(&self, answer: &Answer, unfit: &items::BodyError, name: &str) -> CallError {
        let rules = &self.http().rules;
        let said = self.words_of(rules, answer).map(|message| answers::tidy(&self.redactor.redact(&message)));
        let name = self.redactor.redact(name);
        let message = match (unfit, said) {
            _ if answer.is_html() => {
                let title = answer.page_title().map(|title| answers::tidy(&self.redactor.redact(&title)));
                let title = title.map(|title| format!(", \"{title}\"")).unwrap_or_default();
                format!(
                    "`{}` answers {name} with a web page{title}: check the base address, and whether a sign-in page is in front of it",
                    self.system.name
                )
            }
            (items::BodyError::Broken(format, _), Some(said)) if self.has_declared_words(answer) => {
                format!("`{}` answers {name} with {} and what is not {format}: it says \"{said}\"", self.system.name, answer.status)
            }
            (items::BodyError::Broken(format, what), _) => {
                format!("`{}` answers {name} with what is not {format}: {what}", self.system.name)
            }
            // The answer is a page: what looks like the vendor's words may be those of a record.
            (unfit @ (items::BodyError::NoTotal(..) | items::BodyError::NoWay(..)), _) => {
                format!("`{}` answers {name} with {} {unfit}", self.system.name, answer.status)
            }
            (unfit, Some(said)) => format!("`{}` answers {name} with {} {unfit}: it says \"{said}\"", self.system.name, answer.status),
            (unfit, None) => {
                let shape = answer.shape().map(|shape| format!(": it is {shape}")).unwrap_or_default();
                format!("`{}` answers {name} with {} {unfit}{shape}", self.system.name, answer.status)
            }
        };
        CallError { class: ErrorClass::Temporary, status: Some(answer.status), code: None, message, effect: Effect::None }
    }
}

/// Whether each of the records has another value of an attribute than the one that was asked for, so that the search was ignored. Case does
/// not count: a system that finds `A` for `a` has searched.
fn shows_others_only(attribute: &Attribute, asked: &Value, found: &[Box<[u8]>]) -> bool {
    let how = Comparison { ignoring_case: true, ..attribute.comparison };
    // What one of several values is asked for by is not compared with all of them.
    let is_one = !matches!(attribute.ty.kind, Kind::List(_) | Kind::Json);
    let other = |record: &[u8]| read_one(attribute, record).is_some_and(|value| !canonical::same(&value, asked, how));
    is_one && !found.is_empty() && found.iter().all(|record| other(record))
}

fn secrets_are_there(system: &System, config: &ConnectionConfig) -> Result<(), OpenError> {
    let missing = |name: &str| config.secrets.get(name).is_none_or(|secret| secret.trim().is_empty());
    let required = system.secrets().filter(|(name, required)| *required && missing(name));
    let secrets: Vec<_> = required.map(|(name, _)| name.to_owned()).collect();
    if secrets.is_empty() { Ok(()) } else { Err(OpenError::MissingSecrets { system: system.name.clone(), secrets }) }
}

/// A look-up that is refused because there is no such thing: that may be the record, or what is asked.
fn nobody_by_status(error: CallError, name: &str) -> CallError {
    match error.class {
        ErrorClass::Gone => {
            let message = format!("{}; if this says that nobody is found, add `gone when status == 404` to `{name}`", error.message);
            CallError { message, ..error }
        }
        _ => error,
    }
}
