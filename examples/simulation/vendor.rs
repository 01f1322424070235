//! Both systems on the simulated network, and their bad days.

use super::{
    company::{Company, Row},
    host::{Exchange, HttpClient, HttpReply, HttpRequest, NetError, NetErrorKind, simulation::Simulation},
    power,
    random::Random,
    trace::Trace,
};
use futures_util::future::pending;
use jiff::civil::Date;
use reqwest::header::{HeaderMap, HeaderValue, RETRY_AFTER};
use serde_json::{Map, Value as Json, json};
use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex},
    task::Poll,
    time::Duration,
};

/// An account of the target, with what only the simulation knows of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    pub id: u64,
    pub external_id: Option<String>,
    pub email: String,
    pub name: String,
    pub department: Option<String>,
    pub role: Option<String>,
    pub active: bool,
    /// The person that it belongs to; none for a stranger's.
    pub human: Option<u32>,
    /// The engine closed it last, not a person.
    pub closed_here: bool,
}

/// A write that was done in the target.
#[derive(Clone, Debug)]
pub struct Write {
    pub before: Option<Account>,
    pub after: Option<Account>,
    /// Of a create: the accounts that had its values.
    pub twins: Vec<u64>,
}

/// What goes wrong with one request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    Status(u16),
    TooMany,
    NotConnected,
    CutBefore,
    CutAfter,
    ErrorInside,
    ErrorBeside,
    LoginPage,
    ShortPage,
    SamePage,
    /// A write is answered as if it was made, and is not.
    Ignored,
}

const FAULTS: [Fault; 13] = [
    Fault::Status(403),
    Fault::Status(500),
    Fault::Status(503),
    Fault::TooMany,
    Fault::NotConnected,
    Fault::CutBefore,
    Fault::CutAfter,
    Fault::ErrorInside,
    Fault::ErrorBeside,
    Fault::LoginPage,
    Fault::ShortPage,
    Fault::SamePage,
    Fault::Ignored,
];

/// How a system is today.
#[derive(Clone, Debug, Default)]
pub struct Weather {
    /// Of a thousand requests.
    rate: u64,
    faults: Vec<Fault>,
    /// Records that the source does not show, without saying so.
    pub hidden: BTreeSet<String>,
    /// How many requests went wrong.
    pub struck: u64,
}

impl Weather {
    pub fn draw(random: &mut Random) -> Self {
        if !random.chance(200) {
            return Self::default();
        }
        let rate = *random.pick(&[30, 100, 300, 1000]);
        let faults = if random.chance(500) { FAULTS.to_vec() } else { vec![*random.pick(&FAULTS)] };
        Self { rate, faults, ..Self::default() }
    }
}

pub struct Vendors {
    pub company: Company,
    pub accounts: Vec<Account>,
    pub hr: Weather,
    pub crm: Weather,
    pub writes: Vec<Write>,
    pub trace: Trace,
    pub refuses_doubles: bool,
    pub today: Date,
    next_id: u64,
    random: Random,
}

/// The network: both systems behind it.
pub struct Network {
    pub machine: Simulation,
    pub vendors: Arc<Mutex<Vendors>>,
}

impl HttpClient for Network {
    fn send(&self, request: HttpRequest) -> Exchange<'_> {
        Box::pin(async move {
            let (turns, milliseconds) = {
                let random = &mut self.vendors.lock().unwrap().random;
                (random.below(3), 5 + random.below(120))
            };
            for _ in 0..turns {
                step().await;
            }
            if !power::moment() {
                pending::<()>().await;
            }
            self.machine.host().pause(Duration::from_millis(milliseconds));
            let answer = self.vendors.lock().unwrap().answer(&request);
            if !power::moment() {
                pending::<()>().await;
            }
            answer
        })
    }
}

/// Lets others go first, once.
async fn step() {
    let mut was_here = false;
    std::future::poll_fn(|context| {
        if std::mem::replace(&mut was_here, true) {
            return Poll::Ready(());
        }
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

pub type Answer = Result<HttpReply, NetError>;

fn reply(status: u16, body: &Json) -> HttpReply {
    let headers = HeaderMap::from_iter([(reqwest::header::CONTENT_TYPE, HeaderValue::from_static("application/json"))]);
    HttpReply { status, headers, body: body.to_string().into_bytes(), framed: true }
}

fn no_answer(kind: NetErrorKind) -> NetError {
    NetError { kind, received: None, why: "connection reset".to_owned() }
}

fn busy() -> Json {
    json!({"error": {"message": "busy, try again later", "code": "busy"}})
}

impl Vendors {
    pub fn new(company: Company, refuses_doubles: bool, today: Date, random: Random, trace: Trace) -> Self {
        let (hr, crm) = (Weather::default(), Weather::default());
        Self { company, accounts: Vec::new(), hr, crm, writes: Vec::new(), trace, refuses_doubles, today, next_id: 1000, random }
    }

    pub fn answer(&mut self, request: &HttpRequest) -> Answer {
        let of_hr = request.url.host_str() == Some("hr.example.com");
        let weather = if of_hr { &mut self.hr } else { &mut self.crm };
        let fault = (weather.rate > 0 && self.random.chance(weather.rate)).then(|| *self.random.pick(&weather.faults));
        weather.struck += u64::from(fault.is_some());
        let answer = self.weathered(request, of_hr, fault);
        let status = answer.as_ref().map_or_else(|error| format!("{:?}", error.kind), |reply| reply.status.to_string());
        let path = &request.url[url::Position::BeforeHost..url::Position::AfterQuery];
        let sent = request.body.as_deref().map(String::from_utf8_lossy).unwrap_or_default();
        self.trace.line(&format!("{} {path} {sent} {fault:?} {status}", request.method));
        answer
    }

    fn weathered(&mut self, request: &HttpRequest, of_hr: bool, fault: Option<Fault>) -> Answer {
        let is_list = request.method == reqwest::Method::GET && request.url.query().is_some_and(|query| query.contains("offset="));
        match fault {
            Some(Fault::Status(status)) => Ok(HttpReply { status, headers: HeaderMap::new(), body: Vec::new(), framed: true }),
            Some(Fault::TooMany) => {
                let headers = HeaderMap::from_iter([(RETRY_AFTER, HeaderValue::from_static("2"))]);
                Ok(HttpReply { status: 429, headers, body: Vec::new(), framed: true })
            }
            Some(Fault::NotConnected) => Err(no_answer(NetErrorKind::Connect)),
            Some(Fault::CutBefore) => Err(no_answer(NetErrorKind::Broken)),
            Some(Fault::CutAfter) => {
                self.done(request, of_hr, None);
                Err(no_answer(NetErrorKind::Timeout))
            }
            Some(Fault::ErrorInside) => Ok(reply(200, &busy())),
            Some(Fault::LoginPage) => {
                let headers = HeaderMap::from_iter([(reqwest::header::CONTENT_TYPE, HeaderValue::from_static("text/html"))]);
                Ok(HttpReply { status: 200, headers, body: b"<!doctype html><title>Sign in</title>".to_vec(), framed: true })
            }
            Some(Fault::Ignored) if !of_hr && request.method != reqwest::Method::GET && request.method != reqwest::Method::POST => {
                Ok(self.ignored(request))
            }
            Some(fault) if is_list => Ok(self.done(request, of_hr, Some(fault))),
            _ => Ok(self.done(request, of_hr, None)),
        }
    }

    fn done(&mut self, request: &HttpRequest, of_hr: bool, fault: Option<Fault>) -> HttpReply {
        let path = request.url.path().to_owned();
        let id = path.split('/').nth(2);
        let asked = |name: &str| request.url.query_pairs().find(|(known, _)| known == name).map(|(_, value)| value.into_owned());
        let number = |name: &str| asked(name).and_then(|value| value.parse::<usize>().ok());
        if let (Some(offset), Some(limit)) = (number("offset"), number("limit")) {
            let all = if of_hr { self.people() } else { self.accounts.iter().map(shown).collect() };
            return reply(200, &page(&all, offset, limit, fault));
        }
        if of_hr {
            let row = self.company.rows.iter().find(|row| row.listed && Some(row.key.as_str()) == id);
            return row.map_or_else(|| reply(404, &json!({})), |row| reply(200, &person(row)));
        }
        let body: Json = request.body.as_deref().and_then(|body| serde_json::from_slice(body).ok()).unwrap_or_default();
        let body = body.as_object().cloned().unwrap_or_default();
        match (request.method.as_str(), id) {
            ("GET", None) => {
                let found = self.accounts.iter().filter(|account| {
                    asked("external_id").is_none_or(|wanted| account.external_id.as_ref() == Some(&wanted))
                        && asked("email").is_none_or(|wanted| account.email.eq_ignore_ascii_case(&wanted))
                });
                let found: Vec<Json> = found.map(shown).collect();
                reply(200, &json!({"items": found, "total": found.len()}))
            }
            ("POST", _) => self.create(&body),
            (method, Some(id)) => {
                let Some(at) = self.accounts.iter().position(|account| account.id.to_string() == id) else {
                    return reply(404, &json!({}));
                };
                match method {
                    "PATCH" => self.change(at, &body),
                    "DELETE" => {
                        let before = Some(self.accounts.remove(at));
                        self.writes.push(Write { before, after: None, twins: Vec::new() });
                        HttpReply { status: 204, headers: HeaderMap::new(), body: Vec::new(), framed: true }
                    }
                    _ => reply(200, &shown(&self.accounts[at])),
                }
            }
            _ => reply(405, &json!({})),
        }
    }

    fn ignored(&self, request: &HttpRequest) -> HttpReply {
        let id = request.url.path().split('/').nth(2);
        let account = self.accounts.iter().find(|account| Some(account.id.to_string().as_str()) == id);
        match account {
            None => reply(404, &json!({})),
            Some(_) if request.method == reqwest::Method::DELETE => {
                HttpReply { status: 204, headers: HeaderMap::new(), body: Vec::new(), framed: true }
            }
            Some(account) => reply(200, &shown(account)),
        }
    }

    /// What the source lists today.
    fn people(&self) -> Vec<Json> {
        let rows = self.company.rows.iter().filter(|row| row.listed && !self.hr.hidden.contains(&row.key));
        rows.flat_map(|row| std::iter::repeat_n(person(row), if row.doubled { 2 } else { 1 })).collect()
    }

    fn twins(&self, account: &Account) -> Vec<u64> {
        let same = |other: &&Account| {
            other.id != account.id
                && (other.email.eq_ignore_ascii_case(&account.email)
                    || account.external_id.is_some() && other.external_id == account.external_id)
        };
        self.accounts.iter().filter(same).map(|other| other.id).collect()
    }

    fn duplicate() -> HttpReply {
        reply(409, &json!({"error": {"message": "an account has this value", "code": "duplicate"}}))
    }

    fn create(&mut self, body: &Map<String, Json>) -> HttpReply {
        self.next_id += 1;
        let mut account = Account {
            id: self.next_id,
            external_id: None,
            email: String::new(),
            name: String::new(),
            department: None,
            role: None,
            active: false,
            human: None,
            closed_here: false,
        };
        patch(&mut account, body);
        account.human = account.external_id.as_deref().and_then(|key| self.company.human_of(key));
        let twins = self.twins(&account);
        if self.refuses_doubles && !twins.is_empty() {
            return Self::duplicate();
        }
        self.accounts.push(account.clone());
        let answer = reply(201, &shown(&account));
        self.writes.push(Write { before: None, after: Some(account), twins });
        answer
    }

    fn change(&mut self, at: usize, body: &Map<String, Json>) -> HttpReply {
        let before = self.accounts[at].clone();
        let mut after = before.clone();
        patch(&mut after, body);
        let twins = self.twins(&after);
        if self.refuses_doubles && !twins.is_empty() && (after.email != before.email || after.external_id != before.external_id) {
            return Self::duplicate();
        }
        if after.active != before.active {
            after.closed_here = !after.active;
        }
        // An account becomes the person's whose number it is given; the model judges whether it may.
        if before.external_id != after.external_id {
            after.human = after.external_id.as_deref().and_then(|key| self.company.human_of(key));
        }
        self.accounts[at] = after.clone();
        let answer = reply(200, &shown(&after));
        self.writes.push(Write { before: Some(before), after: Some(after), twins });
        answer
    }

    /// An account that was there before the engine, or that somebody makes by hand.
    pub fn add(&mut self, row: Option<&Row>, with_key: bool) {
        self.next_id += 1;
        let id = self.next_id;
        let stranger = format!("stranger{id}@example.com");
        self.accounts.push(Account {
            id,
            external_id: row.filter(|_| with_key).map(|row| row.key.clone()),
            email: row.and_then(|row| row.email.clone()).unwrap_or(stranger),
            name: row.map_or_else(|| "Stranger".to_owned(), |row| row.name.clone()),
            department: None,
            role: None,
            active: true,
            human: row.map(|row| row.human),
            closed_here: false,
        });
    }

    /// Somebody changes something in the target by hand.
    pub fn meddle(&mut self, random: &mut Random) {
        if self.accounts.is_empty() || random.chance(100) {
            return self.add(None, false);
        }
        let at = random.place(self.accounts.len());
        let today = self.today;
        let account = &mut self.accounts[at];
        let human = account.human;
        let what = match random.below(8) {
            0 | 1 => {
                account.department = Some("By hand".to_owned());
                "department changed"
            }
            2 => {
                account.name = "By hand".to_owned();
                "name changed"
            }
            3 => {
                // One that is closed already stays closed by whoever closed it.
                (account.active, account.closed_here) = (false, account.closed_here && !account.active);
                "account closed"
            }
            4 => {
                account.active = true;
                "account opened"
            }
            5 => {
                account.role = if account.role.is_some() { None } else { Some("admin".to_owned()) };
                "administrator, or no more"
            }
            6 => {
                self.accounts.remove(at);
                "account deleted"
            }
            _ => {
                account.email = format!("hand{}@example.com", account.id);
                "e-mail address changed"
            }
        };
        self.trace.line(&format!("by hand: {what} {at}"));
        if let Some(human) = human {
            self.company.plain.remove(&human);
            self.company.tell(human, today, &format!("{what} by hand"));
        }
    }
}

fn patch(account: &mut Account, body: &Map<String, Json>) {
    let text = |name: &str| body.get(name).map(|value| value.as_str().map(str::to_owned));
    if let Some(value) = text("external_id") {
        account.external_id = value;
    }
    if let Some(Some(value)) = text("email") {
        account.email = value;
    }
    if let Some(Some(value)) = text("name") {
        account.name = value;
    }
    if let Some(value) = text("department") {
        account.department = value;
    }
    if let Some(value) = body.get("active").and_then(Json::as_bool) {
        account.active = value;
    }
}

fn shown(account: &Account) -> Json {
    json!({
        "id": account.id.to_string(), "external_id": account.external_id, "email": account.email, "name": account.name,
        "department": account.department, "role": account.role, "active": account.active,
    })
}

fn person(row: &Row) -> Json {
    let end = if row.garbled { Some("2026-13-45".to_owned()) } else { row.end.map(|end| end.to_string()) };
    let number = (!row.nameless).then_some(&row.key);
    json!({"number": number, "name": row.name, "email": row.email, "department": row.department, "end": end})
}

fn page(all: &[Json], offset: usize, limit: usize, fault: Option<Fault>) -> Json {
    let offset = if fault == Some(Fault::SamePage) { 0 } else { offset };
    let part = &all[offset.min(all.len())..(offset + limit).min(all.len())];
    let part = if fault == Some(Fault::ShortPage) { &part[..part.len() / 2] } else { part };
    let mut page = json!({"items": part, "total": all.len()});
    if fault == Some(Fault::ErrorBeside) {
        page["error"] = busy()["error"].clone();
    }
    page
}
