//! The base address of a system: from settings, or from the answer with its token.

use crate::{
    compile::{
        program::{Program, TemplatePart},
        system::Http,
    },
    systems::{ConnectionConfig, encode::percent, is_loopback, is_private, scope::Scope},
    value::Fault,
};
use std::net::IpAddr;
use thiserror::Error;
use url::{Host, ParseError, Url};

/// What is wrong with an address, worded to follow "the base address of `lucca`".
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum AddressError {
    /// A value of it can't be computed.
    #[error("{0}")]
    Value(Box<Fault>),
    #[error("has a part that is missing")]
    MissingPart,
    #[error("is no address: {0}")]
    NotAUrl(ParseError),
    #[error("begins neither with `https://` nor with `http://`")]
    NotHttp,
    #[error("holds credentials: put them into an `auth` line")]
    Credentials,
    #[error("holds a query: put it into a `query` line")]
    Query,
    #[error("can't be moved to `{origin}`: {error}")]
    NotMovable { origin: String, error: ParseError },
    #[error(
        "came with the token as `{host}`, outside the domain of `{own}`, and is not trusted: check the token address, or write the base address out"
    )]
    OutsideDomain { host: String, own: String },
    #[error("would get the credentials in the clear: begin it with `https://`")]
    InTheClear,
}

/// The base address of a system.
#[derive(Debug, PartialEq, Eq)]
pub struct Base {
    /// Where requests go: a stand-in's address in the sandbox.
    pub url: Url,
    /// As declared, even if a stand-in replaces it: links belong to it. Without a slash at its end.
    pub declared: String,
}

/// Second-level labels below which anybody can register a name: `co.uk`, `com.au`.
const PUBLIC_SECONDS: [&str; 14] = ["ac", "asso", "co", "com", "edu", "go", "gob", "gouv", "gov", "ne", "net", "nom", "or", "org"];

/// The base address from settings; `None` if it comes with the token.
///
/// # Errors
/// It is not an address that may be used.
pub fn known(http: &Http, config: &ConnectionConfig) -> Result<Option<Base>, AddressError> {
    if http.base.names_token() {
        return Ok(None);
    }
    let declared = evaluated(http, &Scope::new(config))?;
    let url = config.origin.as_deref().map_or_else(|| Ok(declared.clone()), |origin| moved(&declared, origin))?;
    if !config.secrets.is_empty() && !is_private(&url) {
        return Err(AddressError::InTheClear);
    }
    Ok(Some(Base { url, declared: trimmed(&declared) }))
}

/// The base address from the token's answer. A host in that answer is accepted only with TLS and in the domain of the token's
/// own address: an answer must not direct credentials and personal data to somebody else's server.
///
/// # Errors
/// As [`known`].
pub fn from_token(http: &Http, scope: &Scope<'_>, token: &Url) -> Result<Base, AddressError> {
    let given = evaluated(http, scope)?;
    if let Some(origin) = scope.config.origin.as_deref() {
        // A stand-in may name its own address; links still belong to the system.
        let url = moved(&given, origin)?;
        let declared = if url == given { moved(&given, &token.origin().ascii_serialization())? } else { given };
        return Ok(Base { url, declared: trimmed(&declared) });
    }
    let host = given.host_str().unwrap_or_default();
    if is_family(&given, token) {
        Ok(Base { declared: trimmed(&given), url: given })
    } else {
        let own = token.host_str().unwrap_or_default();
        Err(AddressError::OutsideDomain { host: host.to_owned(), own: own.to_owned() })
    }
}

/// A template that begins with a value begins with an address; all other values are parts of one.
fn evaluated(http: &Http, scope: &Scope<'_>) -> Result<Url, AddressError> {
    address(&http.base, scope).and_then(
        |url| {
            if url.query().is_some() || url.fragment().is_some() { Err(AddressError::Query) } else { Ok(url) }
        },
    )
}

/// Parses a URL, and refuses one that contains credentials.
///
/// # Errors
/// What is wrong with it.
pub fn address(program: &Program, scope: &Scope<'_>) -> Result<Url, AddressError> {
    let begins_with_value = matches!(program, Program::Template(parts) if matches!(parts.first(), Some(TemplatePart::Program(_))));
    let is_value = !matches!(program, Program::Template(_));
    let first = std::cell::Cell::new(begins_with_value || is_value);
    let encode = |part: &str| if first.replace(is_value) { part.trim_end_matches('/').to_owned() } else { percent(part, "") };
    let text = program.text(scope, &encode).map_err(AddressError::Value)?.ok_or(AddressError::MissingPart)?;
    let url = Url::parse(text.trim()).map_err(AddressError::NotAUrl)?;
    match url {
        url if !matches!(url.scheme(), "https" | "http") || !url.has_host() => Err(AddressError::NotHttp),
        url if !url.username().is_empty() || url.password().is_some() => Err(AddressError::Credentials),
        url => Ok(url),
    }
}

/// The same path and query at another origin.
///
/// # Errors
/// The origin is not a URL.
pub fn moved(declared: &Url, origin: &str) -> Result<Url, AddressError> {
    let query = declared.query().map(|query| format!("?{query}")).unwrap_or_default();
    let moved = Url::parse(&format!("{}{}{query}", origin.trim_end_matches('/'), declared.path()));
    moved.map_err(|error| AddressError::NotMovable { origin: origin.to_owned(), error })
}

fn trimmed(url: &Url) -> String {
    url.as_str().trim_end_matches('/').to_owned()
}

/// Whether the system is replaced by a server on this machine. Any other replacement is a proxy, and the system's own limits
/// apply.
pub fn has_stand_in(config: &ConnectionConfig) -> bool {
    config.origin.as_deref().and_then(|origin| Url::parse(origin).ok()).is_some_and(|origin| is_loopback(&origin))
}

fn is_family(given: &Url, token: &Url) -> bool {
    let (Some(given_host), Some(token_host)) = (given.host_str(), token.host_str()) else { return false };
    let same = given_host == token_host;
    is_private(given) && (same || !is_ip(given) && !is_ip(token) && domain(given_host) == domain(token_host))
}

fn is_ip(url: &Url) -> bool {
    matches!(url.host(), Some(Host::Ipv4(_) | Host::Ipv6(_))) || url.host_str().is_some_and(|host| host.parse::<IpAddr>().is_ok())
}

/// The registered domain: the last two labels, or three below `co.uk` and similar suffixes.
fn domain(host: &str) -> Vec<&str> {
    let labels: Vec<_> = host.trim_end_matches('.').split('.').collect();
    let public = matches!(labels.as_slice(), [.., second, top] if top.len() == 2 && PUBLIC_SECONDS.contains(second));
    labels[labels.len().saturating_sub(if public { 3 } else { 2 })..].to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_from_an_answer_is_of_the_family_of_the_tokens_address() {
        let family = |given: &str, token: &str| is_family(&given.parse().unwrap(), &token.parse().unwrap());
        assert!(family("https://acme.my.salesforce.com", "https://login.salesforce.com/services/oauth2/token"));
        assert!(family("https://acme.my.salesforce.com/", "https://acme.my.salesforce.com/services/oauth2/token"));
        assert!(family("https://eu.example.co.uk", "https://login.example.co.uk/token"));
        assert!(family("http://127.0.0.1:8000", "http://127.0.0.1:8000/token"));
        for (given, token) in [
            ("https://acme.my.salesforce.com.example.net", "https://login.salesforce.com/token"),
            ("https://notsalesforce.com", "https://login.salesforce.com/token"),
            ("http://acme.my.salesforce.com", "https://login.salesforce.com/token"),
            ("https://a.co.uk", "https://b.co.uk/token"),
            ("https://10.0.0.1", "https://login.salesforce.com/token"),
            ("https://10.0.0.1", "https://10.1.0.1/token"),
            ("https://localhost", "https://login.salesforce.com/token"),
        ] {
            assert!(!family(given, token), "{given} by {token}");
        }
    }
}
