//! A server on loopback that answers like a vendor, records its requests, and can misbehave on demand.

use serde_json::Value as Json;
use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};
use url::form_urlencoded::parse;

/// A request as it was sent.
#[derive(Clone, Debug, Default)]
pub struct Request {
    pub method: String,
    /// Path and query, as sent.
    pub target: String,
    pub headers: Vec<(String, String)>,
    pub body: String,
}

impl Request {
    pub fn path(&self) -> &str {
        self.target.split('?').next().unwrap_or_default()
    }

    /// The steps of the path, without empty ones.
    pub fn steps(&self) -> Vec<&str> {
        self.path().split('/').filter(|step| !step.is_empty()).collect()
    }

    pub fn raw_query(&self) -> &str {
        self.target.split_once('?').map_or("", |(_, query)| query)
    }

    pub fn queries(&self) -> Vec<(String, String)> {
        parse(self.raw_query().as_bytes()).into_owned().collect()
    }

    pub fn query(&self, name: &str) -> Option<String> {
        self.queries().into_iter().find(|(key, _)| key == name).map(|(_, value)| value)
    }

    /// A query that is a number.
    pub fn number(&self, name: &str) -> Option<usize> {
        self.query(name)?.parse().ok()
    }

    /// A list with commas.
    pub fn list(&self, name: &str) -> Vec<String> {
        let list = self.query(name).unwrap_or_default();
        list.split(',').map(str::trim).filter(|one| !one.is_empty()).map(str::to_owned).collect()
    }

    pub fn form(&self, name: &str) -> Option<String> {
        parse(self.body.as_bytes()).find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// The credentials, as they came.
    pub fn signed_with(&self) -> &str {
        ["Authorization2", "Authorization"].iter().find_map(|name| self.header(name)).unwrap_or_default()
    }

    pub fn bearer(&self) -> Option<&str> {
        self.header("Authorization")?.strip_prefix("Bearer ")
    }

    pub fn json(&self) -> Option<Json> {
        serde_json::from_str(&self.body).ok()
    }

    pub fn line(&self) -> String {
        format!("{} {}", self.method, self.target)
    }

    /// Whether it may change a record: not a read, not a sign-in, not a query in a body.
    pub fn writes(&self) -> bool {
        let asks = self.method == "GET" || self.path().ends_with("/token") || self.path().ends_with("/query");
        !asks
    }
}

/// An answer as it will be sent.
#[derive(Clone, Debug, Default)]
pub struct Answer {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: String,
}

impl Answer {
    pub fn new(status: u16, media: &str, body: impl ToString) -> Self {
        Self { status, headers: vec![("Content-Type".into(), media.into())], body: body.to_string() }
    }

    pub fn empty(status: u16) -> Self {
        Self { status, ..Self::default() }
    }

    pub fn json(status: u16, body: impl ToString) -> Self {
        Self::new(status, "application/json", body)
    }

    pub fn with(mut self, name: &str, value: impl ToString) -> Self {
        self.headers.push((name.to_owned(), value.to_string()));
        self
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// The body as JSON, null where it is none.
    pub fn read(&self) -> Json {
        serde_json::from_str(&self.body).unwrap_or_default()
    }
}

/// What a vendor's service does.
pub trait Vendor: Send + 'static {
    fn answer(&mut self, request: &Request) -> Answer;

    /// Its way to say that there were too many requests.
    fn too_many(&self, seconds: u64) -> Answer;

    /// Its way to have trouble of its own.
    fn broken(&self) -> Answer;
}

/// What is done to a request instead of answering it well.
#[derive(Clone, Debug)]
pub enum Then {
    /// 429, with this `Retry-After`.
    Refuse(u64),
    /// The vendor's 5xx.
    Break,
    /// This answer, with `{sent}` in the body replaced by the credential of the request.
    Answer(Answer),
    /// It is carried out, and the connection closed without an answer.
    Lose,
    /// It is carried out, and the connection closed in the middle of the answer.
    Cut,
    /// It is carried out, and never answered.
    Hang,
    /// It is carried out, and the answer is another.
    Turn(fn(Answer) -> Answer),
}

/// A switch: which requests, and what becomes of them.
#[derive(Clone, Debug)]
pub struct Switch {
    words: Vec<String>,
    skip: usize,
    times: usize,
    then: Then,
}

impl Switch {
    /// The next request whose line or body contains these words.
    pub fn next(words: &str, then: Then) -> Self {
        Self { words: vec![words.to_owned()], skip: 0, times: 1, then }
    }

    /// These words, too.
    pub fn and(mut self, words: &str) -> Self {
        self.words.push(words.to_owned());
        self
    }

    /// Only after so many of them.
    pub fn after(mut self, skip: usize) -> Self {
        self.skip = skip;
        self
    }

    pub fn times(mut self, times: usize) -> Self {
        self.times = times;
        self
    }

    fn takes(&mut self, request: &Request) -> Option<Then> {
        let (line, body) = (request.line(), &request.body);
        let meant = self.words.iter().all(|words| line.contains(words) || body.contains(words));
        if !meant || self.times == 0 {
            return None;
        }
        if self.skip > 0 {
            self.skip -= 1;
            return None;
        }
        self.times -= 1;
        Some(self.then.clone())
    }
}

struct Inner<V> {
    vendor: Mutex<V>,
    log: Mutex<Vec<Request>>,
    switches: Mutex<Vec<Switch>>,
    stop: AtomicBool,
}

/// A vendor's service on loopback; it goes down when this is dropped.
pub struct StandIn<V: Vendor> {
    pub origin: String,
    inner: Arc<Inner<V>>,
}

impl<V: Vendor> StandIn<V> {
    pub fn new(vendor: V) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let origin = format!("http://{}", listener.local_addr().unwrap());
        let (log, switches, stop) = (Mutex::default(), Mutex::default(), AtomicBool::new(false));
        let inner = Arc::new(Inner { vendor: Mutex::new(vendor), log, switches, stop });
        let serving = Arc::clone(&inner);
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                if serving.stop.load(Ordering::Relaxed) {
                    return;
                }
                let inner = Arc::clone(&serving);
                std::thread::spawn(move || while serve(&stream, &inner) {});
            }
        });
        Self { origin, inner }
    }

    /// The service itself: its records and its switches.
    pub fn vendor(&self) -> MutexGuard<'_, V> {
        locked(&self.inner.vendor)
    }

    pub fn switch(&self, switch: Switch) {
        locked(&self.inner.switches).push(switch);
    }

    /// The next requests are too many.
    pub fn refuse(&self, times: usize, retry_after: u64) {
        self.switch(Switch::next("", Then::Refuse(retry_after)).times(times));
    }

    pub fn log(&self) -> Vec<Request> {
        locked(&self.inner.log).clone()
    }

    pub fn lines(&self) -> Vec<String> {
        self.log().iter().map(Request::line).collect()
    }

    /// The requests that may have changed a record.
    pub fn writes(&self) -> Vec<Request> {
        self.log().into_iter().filter(Request::writes).collect()
    }

    /// Forgets its requests and its instructions.
    pub fn forget(&self) {
        locked(&self.inner.log).clear();
        locked(&self.inner.switches).clear();
    }

    /// Sends a request that was written by hand: its lines, an empty one, the body.
    pub fn say(&self, text: &str) -> Answer {
        let (head, body) = text.split_once("\n\n").unwrap_or((text, ""));
        let head: Vec<_> = head.lines().map(str::trim).collect();
        let length = body.len();
        let request = format!("{}\r\nHost: localhost\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}", head.join("\r\n"));
        let mut stream = TcpStream::connect(self.origin.trim_start_matches("http://")).unwrap();
        stream.write_all(request.as_bytes()).unwrap();
        let mut said = String::new();
        stream.read_to_string(&mut said).unwrap();
        understood(&said)
    }
}

impl<V: Vendor> Drop for StandIn<V> {
    fn drop(&mut self) {
        self.inner.stop.store(true, Ordering::Relaxed);
        let _ = TcpStream::connect(self.origin.trim_start_matches("http://"));
    }
}

/// The answer in a text; status 0 where the connection was closed without one.
pub fn understood(said: &str) -> Answer {
    let (head, body) = said.split_once("\r\n\r\n").unwrap_or((said, ""));
    let mut lines = head.lines();
    let status = lines.next().and_then(|line| line.split(' ').nth(1)).and_then(|status| status.parse().ok()).unwrap_or(0);
    let headers = lines.filter_map(|line| line.split_once(": ")).map(|(name, value)| (name.into(), value.into())).collect();
    Answer { status, headers, body: body.to_owned() }
}

/// Answers one request; whether another may come on the connection.
fn serve<V: Vendor>(stream: &TcpStream, inner: &Inner<V>) -> bool {
    let Some(request) = receive(stream) else { return false };
    let keep = request.header("Connection") != Some("close");
    locked(&inner.log).push(request.clone());
    let then = locked(&inner.switches).iter_mut().find_map(|switch| switch.takes(&request));
    let mut vendor = locked(&inner.vendor);
    let answer = match then {
        None => vendor.answer(&request),
        Some(Then::Refuse(seconds)) => vendor.too_many(seconds),
        Some(Then::Break) => vendor.broken(),
        Some(Then::Answer(answer)) => Answer { body: answer.body.replace("{sent}", request.signed_with()), ..answer },
        Some(Then::Turn(turned)) => turned(vendor.answer(&request)),
        Some(Then::Hang) => {
            vendor.answer(&request);
            drop(vendor);
            return receive(stream).is_some();
        }
        Some(Then::Cut) => {
            let answer = vendor.answer(&request);
            return cut(stream, &answer);
        }
        Some(Then::Lose) => {
            vendor.answer(&request);
            return false;
        }
    };
    drop(vendor);
    send(stream, &answer, keep) && keep
}

/// Reads a request as it came; none where the connection ended.
pub fn receive(stream: &TcpStream) -> Option<Request> {
    let mut reader = BufReader::new(stream);
    let mut line = || {
        let mut line = String::new();
        (reader.read_line(&mut line).ok()? > 0).then(|| line.trim_end().to_owned())
    };
    let first = line()?;
    let mut first = first.split(' ').map(str::to_owned);
    let (method, target) = (first.next()?, first.next()?);
    let mut headers = Vec::new();
    loop {
        let line = line()?;
        let Some((name, value)) = line.split_once(':') else { break };
        headers.push((name.to_owned(), value.trim().to_owned()));
    }
    let mut request = Request { method, target, headers, body: String::new() };
    let mut body = vec![0; request.header("Content-Length").and_then(|length| length.parse().ok()).unwrap_or(0)];
    reader.read_exact(&mut body).ok()?;
    request.body = String::from_utf8(body).ok()?;
    Some(request)
}

/// Sends an answer; whether it went out.
pub fn send(mut stream: &TcpStream, answer: &Answer, keep: bool) -> bool {
    stream.write_all(written(answer, keep).as_bytes()).is_ok()
}

/// Sends all but the last bytes of an answer, and no more.
fn cut(mut stream: &TcpStream, answer: &Answer) -> bool {
    let text = written(answer, false);
    let _ = stream.write_all(&text.as_bytes()[..text.len() - 5]);
    false
}

fn written(answer: &Answer, keep: bool) -> String {
    let mut text =
        format!("HTTP/1.1 {} {}\r\nConnection: {}\r\n", answer.status, reason(answer.status), if keep { "keep-alive" } else { "close" });
    text.push_str(&format!("Date: {}\r\n", jiff::Timestamp::now().strftime("%a, %d %b %Y %H:%M:%S GMT")));
    if answer.status != 204 {
        text.push_str(&format!("Content-Length: {}\r\n", answer.body.len()));
    }
    answer.headers.iter().for_each(|(name, value)| text.push_str(&format!("{name}: {value}\r\n")));
    format!("{text}\r\n{}", answer.body)
}

const fn reason(status: u16) -> &'static str {
    match status {
        200 => "OK",
        201 => "Created",
        204 => "No Content",
        308 => "Permanent Redirect",
        400 => "Bad Request",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        406 => "Not Acceptable",
        409 => "Conflict",
        415 => "Unsupported Media Type",
        422 => "Unprocessable Entity",
        429 => "Too Many Requests",
        500 => "Internal Server Error",
        503 => "Service Unavailable",
        _ => "Status",
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
