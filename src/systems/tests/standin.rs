//! A server that answers one request after the other as told, and keeps what it was sent.

use std::{
    io::{Read as _, Write as _},
    net::{TcpListener, TcpStream},
    sync::{Arc, Mutex},
    time::Duration,
};

#[derive(Clone, Debug, Default)]
pub struct Seen {
    pub method: String,
    /// With its query.
    pub target: String,
    pub host: String,
    /// As sent, without those of the transport (`Host`, `Content-Length`, `Accept-Encoding`), sorted.
    pub headers: Vec<String>,
    /// The codings in which the answer may be sent.
    pub codings: String,
    pub body: String,
}

impl Seen {
    pub fn line(&self) -> String {
        format!("{} {}", self.method, self.target)
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find_map(|line| line.split_once(": ").filter(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value))
    }

    /// Where it was sent to.
    pub fn origin(&self) -> String {
        format!("http://{}", self.host)
    }

    pub fn query(&self, name: &str) -> Option<String> {
        let query = self.target.split_once('?')?.1;
        url::form_urlencoded::parse(query.as_bytes()).find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
    }

    /// All of it, as the golden files show it.
    pub fn text(&self) -> String {
        format!("{}\n{}\n\n{}", self.line(), self.headers.join("\n"), self.body).trim_end().to_owned()
    }
}

/// What says where a body ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Framing {
    Length,
    Chunks,
    None,
}

#[derive(Clone, Debug)]
pub struct Reply {
    status: u16,
    headers: Vec<(String, String)>,
    body: String,
    /// In place of the body, where it is no text.
    bytes: Option<Vec<u8>>,
    /// Sends no more than so many bytes of the body, though it announces all of it.
    cut: Option<usize>,
    delay: Duration,
    /// Waits so long before each byte of the body.
    drip: Duration,
    /// Closes the connection without an answer.
    silent: bool,
    framing: Framing,
}

impl Reply {
    pub fn new(status: u16, body: impl ToString) -> Self {
        Self {
            status,
            headers: Vec::new(),
            body: body.to_string(),
            bytes: None,
            cut: None,
            delay: Duration::ZERO,
            drip: Duration::ZERO,
            silent: false,
            framing: Framing::Length,
        }
    }

    pub fn ok(body: impl ToString) -> Self {
        Self::new(200, body)
    }

    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// With another status.
    pub fn but(self, status: u16) -> Self {
        Self { status, ..self }
    }

    /// With something in place of a text in the body.
    pub fn filled(&self, place: &str, with: &str) -> Self {
        Self { body: self.body.replace(place, with), ..self.clone() }
    }

    /// With a body that is no text.
    pub fn bytes(self, body: Vec<u8>) -> Self {
        Self { bytes: Some(body), ..self }
    }

    pub fn cut(mut self, upto: usize) -> Self {
        self.cut = Some(upto);
        self
    }

    /// Without a length: its end is that of the connection.
    pub fn unframed(self) -> Self {
        Self { framing: Framing::None, ..self }
    }

    pub fn chunked(self) -> Self {
        Self { framing: Framing::Chunks, ..self }
    }

    pub fn late(mut self, delay: Duration) -> Self {
        self.delay = delay;
        self
    }

    /// Byte by byte, with a wait before each.
    pub fn dripping(mut self, drip: Duration) -> Self {
        self.drip = drip;
        self
    }

    pub fn silence() -> Self {
        Self { silent: true, ..Self::new(0, "") }
    }

    fn send(&self, stream: &mut TcpStream) {
        std::thread::sleep(self.delay);
        if self.silent {
            return;
        }
        let body = self.bytes.as_deref().unwrap_or(self.body.as_bytes());
        let mut head = format!("HTTP/1.1 {} X\r\nConnection: close\r\n", self.status);
        match self.framing {
            Framing::Length if self.status != 204 => head += &format!("Content-Length: {}\r\n", body.len()),
            Framing::Chunks => head += "Transfer-Encoding: chunked\r\n",
            Framing::Length | Framing::None => {}
        }
        for (name, value) in &self.headers {
            head += &format!("{name}: {value}\r\n");
        }
        let body = body[..self.cut.unwrap_or(body.len())].to_vec();
        if !self.drip.is_zero() {
            let _ = stream.write_all(&[head.as_bytes(), b"\r\n"].concat());
            for byte in body {
                std::thread::sleep(self.drip);
                if stream.write_all(&[byte]).and_then(|()| stream.flush()).is_err() {
                    return;
                }
            }
            return;
        }
        let body = match self.framing {
            Framing::Chunks => [format!("{:x}\r\n", body.len()).as_bytes(), &body, b"\r\n0\r\n\r\n"].concat(),
            Framing::Length | Framing::None => body,
        };
        // Who does not wait for us is gone.
        let _ = stream.write_all(&[head.as_bytes(), b"\r\n", &body].concat());
    }
}

type Answers = dyn FnMut(usize, &Seen) -> Reply + Send;

pub struct StandIn {
    pub origin: String,
    seen: Arc<Mutex<Vec<Seen>>>,
}

impl StandIn {
    /// Answers each request, which is counted from 0.
    pub fn new(answers: impl FnMut(usize, &Seen) -> Reply + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let origin = format!("http://{}", listener.local_addr().unwrap());
        let seen = Arc::new(Mutex::new(Vec::new()));
        let answers: Arc<Mutex<Box<Answers>>> = Arc::new(Mutex::new(Box::new(answers)));
        let kept = Arc::clone(&seen);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (kept, answers) = (Arc::clone(&kept), Arc::clone(&answers));
                std::thread::spawn(move || serve(stream, &kept, &answers));
            }
        });
        Self { origin, seen }
    }

    /// Gives these answers in their order, and the last of them for ever.
    pub fn giving(replies: impl Into<Vec<Reply>>) -> Self {
        let replies = replies.into();
        Self::new(move |at, _| replies[at.min(replies.len() - 1)].clone())
    }

    pub fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }

    pub fn lines(&self) -> Vec<String> {
        self.seen().iter().map(Seen::line).collect()
    }

    pub fn count(&self) -> usize {
        self.seen.lock().unwrap().len()
    }
}

fn serve(mut stream: TcpStream, kept: &Mutex<Vec<Seen>>, answers: &Mutex<Box<Answers>>) {
    let Some(seen) = receive(&mut stream) else { return };
    let at = {
        let mut kept = kept.lock().unwrap();
        kept.push(seen.clone());
        kept.len() - 1
    };
    let reply = answers.lock().unwrap()(at, &seen);
    reply.send(&mut stream);
}

fn receive(stream: &mut TcpStream) -> Option<Seen> {
    let mut bytes = Vec::new();
    let mut buffer = [0; 4096];
    let head = loop {
        if let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
            break end;
        }
        match stream.read(&mut buffer).ok()? {
            0 => return None,
            count => bytes.extend_from_slice(&buffer[..count]),
        }
    };
    let text = String::from_utf8(bytes[..head].to_vec()).unwrap();
    let mut lines = text.split("\r\n");
    let mut first = lines.next()?.split(' ').map(str::to_owned);
    let mut headers: Vec<_> = lines.map(str::to_owned).collect();
    let length = headers.iter().find_map(|line| line.to_lowercase().strip_prefix("content-length: ")?.parse().ok()).unwrap_or(0);
    while bytes.len() < head + 4 + length {
        match stream.read(&mut buffer).ok()? {
            0 => return None,
            count => bytes.extend_from_slice(&buffer[..count]),
        }
    }
    let host = headers.iter().find_map(|line| line.to_lowercase().strip_prefix("host: ").map(str::to_owned)).unwrap_or_default();
    let codings =
        headers.iter().find_map(|line| line.to_lowercase().strip_prefix("accept-encoding: ").map(str::to_owned)).unwrap_or_default();
    headers.retain(|line| !["host:", "content-length:", "accept-encoding:"].iter().any(|name| line.to_lowercase().starts_with(name)));
    headers.sort();
    Some(Seen {
        method: first.next()?,
        target: first.next()?,
        host,
        headers,
        codings,
        body: String::from_utf8(bytes[head + 4..].to_vec()).unwrap(),
    })
}
