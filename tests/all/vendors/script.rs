//! A server that requires each request literally and returns the answer next to it, from `.http` files.

use super::{
    server::{Answer, Request, receive, send},
    tools::hs256_claims,
};
use std::{
    collections::BTreeSet,
    fs,
    net::{TcpListener, TcpStream},
    path::Path,
    sync::{Arc, Mutex},
};

/// Headers that say nothing of the system.
const UNTOLD: &[&str] = &["host", "user-agent", "content-length", "accept-encoding", "connection"];

/// A request and its answer. In a header, `{jwt}` matches any token with a valid signature.
#[derive(Clone, Debug)]
struct Exchange {
    request: Request,
    answer: Answer,
}

#[derive(Default)]
struct Course {
    left: Vec<Exchange>,
    heard: Vec<Request>,
    wrong: Vec<String>,
}

/// The server; it is content when every exchange was had, in this order.
pub struct Script {
    pub origin: String,
    course: Arc<Mutex<Course>>,
    secret: &'static str,
}

impl Script {
    /// Serves the exchanges of a file: `VENDOR/NAME`, below `tests/fixtures/exchanges`.
    pub fn of(name: &str, secret: &'static str) -> Self {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/exchanges").join(format!("{name}.http"));
        let text = fs::read_to_string(&path).unwrap_or_else(|_| panic!("there is no {name}.http"));
        let untitled =
            |(at, text): (usize, &str)| if at == 0 { text.to_owned() } else { text.split_once('\n').unwrap_or_default().1.to_owned() };
        let left = text.split("\n###").enumerate().map(untitled).map(|text| exchange(&text)).collect();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let origin = format!("http://{}", listener.local_addr().unwrap());
        let course = Arc::new(Mutex::new(Course { left, ..Course::default() }));
        let serving = Self { origin, course: Arc::clone(&course), secret };
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let course = Arc::clone(&course);
                std::thread::spawn(move || while receive(&stream).is_some_and(|request| answered(&stream, &request, &course, secret)) {});
            }
        });
        serving
    }

    /// The requests, in the order they came in.
    pub fn heard(&self) -> Vec<Request> {
        self.course.lock().unwrap().heard.clone()
    }

    /// Every request of the file was received literally, and none is left.
    #[track_caller]
    pub fn content(&self) {
        let course = self.course.lock().unwrap();
        assert!(course.wrong.is_empty(), "{}", course.wrong.join("\n\n"));
        assert!(course.left.is_empty(), "not asked: {}", course.left[0].request.line());
        assert!(!self.secret.is_empty());
    }
}

fn answered(stream: &TcpStream, request: &Request, course: &Mutex<Course>, secret: &str) -> bool {
    let mut course = course.lock().unwrap();
    course.heard.push(request.clone());
    if course.left.is_empty() {
        course.wrong.push(format!("one request too many: {}", shown(request)));
        return send(stream, &Answer::new(418, "text/plain", "not expected"), false);
    }
    let expected = course.left.remove(0);
    if !is(request, &expected.request, secret) {
        course.wrong.push(format!("expected\n{}\n\nand was asked\n{}", shown(&expected.request), shown(request)));
    }
    send(stream, &expected.answer, true)
}

fn is(request: &Request, expected: &Request, secret: &str) -> bool {
    let told = |request: &Request| -> BTreeSet<String> {
        let headers = request.headers.iter().map(|(name, value)| (name.to_lowercase(), value));
        headers
            .filter(|(name, _)| !UNTOLD.contains(&name.as_str()))
            .map(|(name, value)| format!("{name}: {}", without_jwt(value, secret)))
            .collect()
    };
    request.line() == expected.line() && told(request) == told(expected) && body_is(&request.body, &expected.body)
}

/// A valid token is replaced by its placeholder.
fn without_jwt(value: &str, secret: &str) -> String {
    match value.strip_prefix("Bearer ") {
        Some(token) if hs256_claims(token, secret).is_ok() => "Bearer {jwt}".to_owned(),
        _ => value.to_owned(),
    }
}

/// `{assertion}` matches any signed assertion, and `{random}` a password that is the same wherever it stands.
fn body_is(body: &str, expected: &str) -> bool {
    if let Some((before, _)) = expected.split_once("{random}") {
        let random = body.strip_prefix(before).and_then(|rest| rest.split('"').next()).unwrap_or_default();
        return random.len() >= 16 && body == expected.replace("{random}", random);
    }
    match expected.split_once("{assertion}") {
        None => body == expected,
        Some((before, after)) => {
            let inner = body.strip_prefix(before).and_then(|rest| rest.strip_suffix(after));
            inner.is_some_and(|inner| inner.split('.').count() == 3)
        }
    }
}

fn shown(request: &Request) -> String {
    let mut headers: Vec<_> = request.headers.iter().map(|(name, value)| (name.to_lowercase(), value)).collect();
    headers.retain(|(name, _)| !UNTOLD.contains(&name.as_str()));
    headers.sort();
    let headers: String = headers.iter().map(|(name, value)| format!("{name}: {value}\n")).collect();
    format!("{}\n{headers}\n{}", request.line(), request.body)
}

/// A request, and from the line that begins with `HTTP/1.1` on the answer.
fn exchange(text: &str) -> Exchange {
    let (request, answer) = text.trim().split_once("\nHTTP/1.1 ").unwrap_or_else(|| panic!("no answer in {text}"));
    let (line, headers, body) = taken(request);
    let mut words = line.split(' ');
    let (method, target) = (words.next().unwrap().to_owned(), words.next().unwrap().to_owned());
    let (status, answer_headers, answer_body) = taken(answer);
    let status = status.split(' ').next().unwrap().parse().unwrap();
    Exchange { request: Request { method, target, headers, body }, answer: Answer { status, headers: answer_headers, body: answer_body } }
}

fn taken(text: &str) -> (String, Vec<(String, String)>, String) {
    let (head, body) = text.trim().split_once("\n\n").unwrap_or((text.trim(), ""));
    let mut lines = head.lines();
    let first = lines.next().unwrap_or_default().to_owned();
    let headers = lines.filter_map(|line| line.split_once(": ")).map(|(name, value)| (name.into(), value.into())).collect();
    (first, headers, body.trim().to_owned())
}
