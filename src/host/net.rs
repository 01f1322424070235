//! HTTP requests and responses, independent of the client that sends them.

use futures_util::future::BoxFuture;
use reqwest::{
    Method,
    header::{HeaderMap, HeaderValue},
};
use std::time::Duration;
use url::Url;

/// How a client behaves. Redirects are never followed: a response that points elsewhere is an error of its own.
#[derive(Clone, Debug)]
pub struct HttpOptions {
    pub connect: Duration,
    /// For the whole of an exchange.
    pub request: Duration,
    /// Whether the proxies of the environment are used.
    pub proxy: bool,
    /// The maximum size of a response, in bytes; a larger one is an error.
    pub largest: usize,
    /// The certificate that is shown to servers that ask for one.
    pub identity: Option<Identity>,
}

/// A client certificate and its private key, in PEM.
#[derive(Clone, PartialEq, Eq)]
pub struct Identity {
    pub certificate: String,
    pub key: String,
}

impl std::fmt::Debug for Identity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Identity")
    }
}

/// A request.
#[derive(Clone, Debug)]
pub struct HttpRequest {
    pub method: Method,
    pub url: Url,
    pub headers: HeaderMap<HeaderValue>,
    pub body: Option<Vec<u8>>,
}

/// A complete response.
#[derive(Clone, Debug)]
pub struct HttpReply {
    pub status: u16,
    pub headers: HeaderMap<HeaderValue>,
    pub body: Vec<u8>,
    /// Whether something but the end of the connection says where the body ends: its length, chunks, HTTP/2 or its compression.
    pub framed: bool,
}

/// Why an exchange failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NetErrorKind {
    /// The request itself is unusable: a retry can't help.
    Request,
    /// No connection was established; nothing was sent.
    Connect,
    Timeout,
    /// The connection broke.
    Broken,
    /// The response is larger than [`HttpOptions::largest`].
    TooLarge,
}

/// An exchange without a complete response.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NetError {
    pub kind: NetErrorKind,
    /// Bytes received before a response broke off; none if it never began.
    pub received: Option<usize>,
    /// The system's message, without the URL, which may contain secrets.
    pub why: String,
}

/// An exchange in progress.
pub type Exchange<'a> = BoxFuture<'a, Result<HttpReply, NetError>>;

/// Sends requests.
pub trait HttpClient: Send + Sync {
    /// Sends a request and waits for its response.
    fn send(&self, request: HttpRequest) -> Exchange<'_>;
}

/// Whether a URL is on this machine, where the connection can't be overheard.
#[must_use]
pub fn is_loopback(url: &url::Url) -> bool {
    matches!(url.host_str(), Some("127.0.0.1" | "localhost" | "[::1]"))
}

/// Whether a connection is private: TLS, or this machine.
#[must_use]
pub fn is_private(url: &url::Url) -> bool {
    url.scheme() == "https" || is_loopback(url)
}
