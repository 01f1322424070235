//! Both systems as servers on loopback.

use super::{
    host::{HttpReply, HttpRequest},
    vendor::Vendors,
};
use reqwest::header::HeaderMap;
use std::{
    net::{TcpListener, TcpStream},
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::Duration,
};

#[allow(dead_code, reason = "the tests of whole processes use more of it")]
#[path = "../../tests/all/vendors/server.rs"]
mod exchange;

use exchange::{Answer, Request, receive, send};

/// The hosts that the files name.
const HOSTS: [&str; 2] = ["https://hr.example.com", "https://crm.example.com"];

pub struct Servers {
    /// The host in the files, and where its server listens.
    places: Vec<(&'static str, String)>,
    /// Connections that are open.
    open: Arc<AtomicUsize>,
}

impl Servers {
    pub fn start(vendors: &Arc<Mutex<Vendors>>) -> Self {
        let open = Arc::default();
        let places = HOSTS.iter().map(|host| (*host, listen(host, vendors, &open))).collect();
        Self { places, open }
    }

    /// A file with the addresses of the servers.
    pub fn placed(&self, text: &str) -> String {
        self.places.iter().fold(text.to_owned(), |text, (host, origin)| text.replace(host, origin))
    }

    /// Waits until nothing that a process has sent is under way: its connections end with it.
    pub fn settle(&self) {
        let mut quiet = 0;
        while quiet < 3 {
            thread::sleep(Duration::from_millis(2));
            quiet = if self.open.load(Ordering::SeqCst) == 0 { quiet + 1 } else { 0 };
        }
    }
}

fn listen(host: &'static str, vendors: &Arc<Mutex<Vendors>>, open: &Arc<AtomicUsize>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let origin = format!("http://{}", listener.local_addr().unwrap());
    let (vendors, open) = (Arc::clone(vendors), Arc::clone(open));
    thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            let (vendors, open) = (Arc::clone(&vendors), Arc::clone(&open));
            open.fetch_add(1, Ordering::SeqCst);
            thread::spawn(move || {
                while serve(&stream, host, &vendors) {}
                drop(stream);
                open.fetch_sub(1, Ordering::SeqCst);
            });
        }
    });
    origin
}

/// Answers one request, or closes the connection without an answer; whether another may come.
fn serve(stream: &TcpStream, host: &str, vendors: &Mutex<Vendors>) -> bool {
    let Some(request) = receive(stream) else { return false };
    let answer = vendors.lock().unwrap().answer(&asked(&request, host));
    answer.is_ok_and(|reply| send(stream, &answered(reply), true))
}

fn asked(request: &Request, host: &str) -> HttpRequest {
    HttpRequest {
        method: request.method.parse().unwrap(),
        url: format!("{host}{}", request.target).parse().unwrap(),
        headers: HeaderMap::new(),
        body: (!request.body.is_empty()).then(|| request.body.clone().into_bytes()),
    }
}

fn answered(reply: HttpReply) -> Answer {
    let headers = reply.headers.iter().map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned())).collect();
    Answer { status: reply.status, headers, body: String::from_utf8(reply.body).unwrap() }
}
