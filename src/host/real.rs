//! This machine: its clock, randomness, tasks, threads, network and programs.

use super::{
    Disk, Exchange, FolderWatcher, HttpClient, HttpOptions, HttpReply, HttpRequest, NetError, NetErrorKind, Platform, coding,
    watch::SystemWatcher,
};
use futures_util::future::BoxFuture;
use jiff::Timestamp;
use reqwest::{
    Version,
    header::{ACCEPT_ENCODING, CONTENT_LENGTH, HeaderValue, TRANSFER_ENCODING},
    redirect::Policy,
};
use ring::rand::{SecureRandom, SystemRandom};
use std::{
    io::{self, Write as _},
    process::{Command, Output, Stdio},
    sync::Arc,
    thread::JoinHandle,
    time::{Duration, Instant},
};

/// This machine.
#[derive(Clone, Copy, Debug, Default)]
pub struct Real;

impl Platform for Real {
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }

    fn instant(&self) -> Instant {
        Instant::now()
    }

    fn random(&self) -> [u8; 32] {
        let mut bytes = [0; 32];
        SystemRandom::new().fill(&mut bytes).expect("the system gives random bytes");
        bytes
    }

    fn sleep(&self, time: Duration) -> BoxFuture<'static, ()> {
        Box::pin(tokio::time::sleep(time))
    }

    fn pause(&self, time: Duration) {
        std::thread::sleep(time);
    }

    fn variable(&self, name: &str) -> Option<String> {
        std::env::var(name).ok()
    }

    fn spawn(&self, task: BoxFuture<'static, ()>) {
        drop(tokio::spawn(task));
    }

    fn spawn_blocking(&self, work: Box<dyn FnOnce() + Send>) {
        drop(tokio::task::spawn_blocking(work));
    }

    fn thread(&self, name: &str, work: Box<dyn FnOnce() + Send>) -> io::Result<JoinHandle<()>> {
        std::thread::Builder::new().name(name.to_owned()).spawn(work)
    }

    fn disk(&self) -> &dyn Disk {
        self
    }

    fn watcher(&self) -> io::Result<Box<dyn FolderWatcher>> {
        Ok(Box::new(SystemWatcher::new()?))
    }

    fn machine_name(&self) -> String {
        let name = ["/proc/sys/kernel/hostname", "/etc/hostname"].iter().find_map(|file| std::fs::read_to_string(file).ok());
        name.map_or_else(|| "this machine".to_owned(), |name| name.trim().to_owned())
    }

    fn vfs(&self) -> Option<&str> {
        None
    }

    fn http(&self, options: &HttpOptions) -> Result<Arc<dyn HttpClient>, NetError> {
        let client = client_of(options)?.build().map_err(|error| kind(&error, None))?;
        Ok(Arc::new(Client { client, largest: options.largest }))
    }

    fn program(&self, name: &str, args: &[&str], input: &str) -> io::Result<Output> {
        let mut child = Command::new(name).args(args).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
        if let Some(mut stdin) = child.stdin.take() {
            // A program that stops reading early reports why by itself.
            let _ = stdin.write_all(input.as_bytes());
        }
        child.wait_with_output()
    }
}

struct Client {
    client: reqwest::Client,
    largest: usize,
}

impl HttpClient for Client {
    fn send(&self, request: HttpRequest) -> Exchange<'_> {
        Box::pin(async move {
            let mut headers = request.headers;
            headers.entry(ACCEPT_ENCODING).or_insert(HeaderValue::from_static(coding::TAKEN));
            let mut sent = self.client.request(request.method, request.url).headers(headers);
            if let Some(body) = request.body {
                sent = sent.body(body);
            }
            let mut response = sent.send().await.map_err(|error| kind(&error, None))?;
            let announced = response.content_length().map_or(0, |length| usize::try_from(length).unwrap_or(0).min(self.largest));
            let mut body = Vec::with_capacity(announced);
            while let Some(chunk) = response.chunk().await.map_err(|error| kind(&error, Some(body.len())))? {
                if body.len() + chunk.len() > self.largest {
                    let received = Some(body.len() + chunk.len());
                    return Err(NetError { kind: NetErrorKind::TooLarge, received, why: String::new() });
                }
                body.extend_from_slice(&chunk);
            }
            let (status, framed) = (response.status().as_u16(), is_framed(&response));
            let mut headers = std::mem::take(response.headers_mut());
            let body = coding::undone(&mut headers, body, self.largest)?;
            Ok(HttpReply { status, headers, body, framed })
        })
    }
}

/// Whether an answer tells by itself that its body is whole; in HTTP/1.1 without a length and chunks (RFC 9112, 6.3) the end of the
/// connection is its end.
fn is_framed(response: &reqwest::Response) -> bool {
    let headers = response.headers();
    let told = headers.contains_key(CONTENT_LENGTH) || headers.contains_key(TRANSFER_ENCODING);
    told || response.version() >= Version::HTTP_2 || coding::ends_itself(headers)
}

fn kind(error: &reqwest::Error, received: Option<usize>) -> NetError {
    let kind = match error {
        error if error.is_builder() => NetErrorKind::Request,
        error if error.is_connect() => NetErrorKind::Connect,
        error if error.is_timeout() => NetErrorKind::Timeout,
        _ => NetErrorKind::Broken,
    };
    NetError { kind, received, why: innermost(error) }
}

/// What reqwest itself says would repeat the address, with its query.
fn innermost(error: &reqwest::Error) -> String {
    let mut inner: &dyn std::error::Error = error;
    while let Some(source) = inner.source() {
        inner = source;
    }
    if std::ptr::addr_eq(inner, std::ptr::from_ref(error)) { "no more is known".to_owned() } else { of_certificate(inner.to_string()) }
}

/// Why a certificate is refused, in plain words; what else it says is in the words of the library.
pub fn of_certificate(why: String) -> String {
    if !why.contains("invalid peer certificate") {
        return why;
    }
    let reasons: [(&[&str], &str); 4] = [
        (
            &["UnknownIssuer", "CaUsedAsEndEntity", "UnsupportedCertVersion", "BadSignature"],
            "its certificate is self-signed, or of an authority that this machine doesn't know: ask for one of a known authority, or have this \
             machine trust that authority",
        ),
        (&["Expired"], "its certificate has expired: ask whoever runs it to renew it, and see that the clock of this machine is right"),
        (&["NotValidYet"], "its certificate is not valid yet: see that the clock of this machine is right"),
        (&["NotValidForName"], "its certificate is for another host: correct the address"),
    ];
    let known = reasons.iter().find(|(names, _)| names.iter().any(|name| why.contains(name)));
    known.map_or(why, |(_, words)| (*words).to_owned())
}

/// A client as the options say.
///
/// # Errors
/// The certificate or its key can't be used.
pub fn client_of(options: &HttpOptions) -> Result<reqwest::ClientBuilder, NetError> {
    let builder = http_client()
        .redirect(Policy::none())
        .referer(false)
        .connect_timeout(options.connect)
        .timeout(options.request)
        .user_agent(concat!("counterpart/", env!("CARGO_PKG_VERSION")));
    let builder = if options.proxy { builder } else { builder.no_proxy() };
    let Some(identity) = &options.identity else { return Ok(builder) };
    let pem = format!("{}\n{}", identity.certificate.trim(), identity.key.trim());
    let identity = reqwest::Identity::from_pem(pem.as_bytes()).map_err(|error| kind(&error, None))?;
    Ok(builder.identity(identity))
}

/// A client for HTTP, with the cryptography that TLS uses.
///
/// The provider is chosen once for the process; a program that embeds this library may have chosen its own, which then stays.
pub fn http_client() -> reqwest::ClientBuilder {
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder()
}
