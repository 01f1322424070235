//! Requests and answers of HTTP, whoever carries them.

use futures_util::future::BoxFuture;
use reqwest::{
    Method,
    header::{HeaderMap, HeaderValue},
};
use std::time::Duration;
use url::Url;

/// How a client behaves. Redirects are never followed: an answer that points elsewhere is an error of its own.
#[derive(Clone, Debug)]
pub struct HttpOptions {
    pub connect: Duration,
    /// For the whole of an exchange.
    pub request: Duration,
    /// Whether the proxies of the environment are used.
    pub proxy: bool,
    /// A longer answer is refused, in bytes.
    pub largest: usize,
}

/// A request.
#[derive(Clone, Debug)]
pub struct HttpRequest {
    pub method: Method,
    pub url: Url,
    pub headers: HeaderMap<HeaderValue>,
    pub body: Option<Vec<u8>>,
}

/// An answer, whole.
#[derive(Clone, Debug)]
pub struct HttpReply {
    pub status: u16,
    pub headers: HeaderMap<HeaderValue>,
    pub body: Vec<u8>,
}

/// What went wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NetErrorKind {
    /// The request can't be made at all, and could not the next time.
    Request,
    /// Nobody was reached; nothing was sent.
    Connect,
    Timeout,
    /// The connection broke.
    Broken,
    /// The answer is longer than is allowed.
    TooLarge,
}

/// An exchange without an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NetError {
    pub kind: NetErrorKind,
    /// Bytes of an answer that had begun.
    pub received: Option<usize>,
    /// What the system says, without the address.
    pub why: String,
}

/// An exchange under way.
pub type Exchange<'a> = BoxFuture<'a, Result<HttpReply, NetError>>;

/// Sends requests.
pub trait HttpClient: Send + Sync {
    /// Sends one and waits for its answer.
    fn send(&self, request: HttpRequest) -> Exchange<'_>;
}
