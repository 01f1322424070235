//! HashiCorp Vault, its key-value engine in either version: <https://developer.hashicorp.com/vault/api-docs/secret/kv>.

use super::{
    SecretError,
    error::{Refusal, RefusalKind, VaultError},
    from_environment, from_file,
};
use crate::{
    host::{Host, HttpOptions, HttpReply, HttpRequest, NetErrorKind},
    systems::{encode::percent, is_loopback},
};
use reqwest::{
    Method, StatusCode,
    header::{HeaderMap, HeaderValue},
};
use serde_json::Value as Json;
use std::{path::Path, time::Duration};
use toml::{Table, Value as Toml};
use url::Url;

/// The longest wait for a secret.
const TIMEOUT: Duration = Duration::from_secs(20);

/// An answer beyond this does not come from a vault, in bytes.
const LARGEST: usize = 4 << 20;

/// A vault, and who we are there.
pub struct Vault {
    host: Host,
    address: Url,
    namespace: Option<String>,
    token: String,
}

impl Vault {
    /// What `[vault]` in the file says, else the variables that Vault's own tools read.
    ///
    /// # Errors
    /// There is no address or no token, or the address is not private.
    pub fn open(host: &Host, section: Option<&Table>, folder: &Path) -> Result<Self, VaultError> {
        let text = |name: &str| section.and_then(|section| section.get(name)).and_then(Toml::as_str).map(str::to_owned);
        let variable = |name: &str| from_environment(host, name).ok();
        let address = text("address").or_else(|| variable("VAULT_ADDR"));
        let address = address.ok_or(VaultError::NoAddress)?;
        let address = Url::parse(address.trim())?;
        if address.scheme() != "https" && !is_loopback(&address) {
            return Err(VaultError::InTheClear);
        }
        let token = match section.and_then(|section| section.get("token")) {
            None => from_environment(host, "VAULT_TOKEN").map_err(no_token)?,
            Some(reference) => token_from(host, reference, folder)?,
        };
        Ok(Self { host: host.clone(), address, namespace: text("namespace").or_else(|| variable("VAULT_NAMESPACE")), token })
    }

    /// The value of a key at a path.
    ///
    /// # Errors
    /// The vault can't be asked, or has no such value.
    pub fn read(&self, path: &str, key: &str) -> Result<String, VaultError> {
        // Secrets are fetched from async code and from blocking code: a separate thread works in both.
        let (answer, asked) = std::sync::mpsc::channel();
        let (request, host, name) = (self.request(path)?, self.host.clone(), self.name().to_owned());
        let work = move || drop(answer.send(exchange(&host, request, &name, is_loopback_name(&name))));
        let thread = self.host.thread("vault", Box::new(work)).map_err(|error| VaultError::NotAsked(error.to_string()))?;
        let reply = asked.recv().map_err(|_| VaultError::ThreadEnded)?;
        let _ = thread.join();
        let HttpReply { status, body, .. } = reply?;
        let body: Option<Json> = serde_json::from_slice(&body).ok();
        let status = StatusCode::from_u16(status).unwrap_or_default();
        if status.is_success() {
            value(body.as_ref(), path, key)
        } else {
            Err(refusal(status, body.as_ref(), self.name(), path, &self.token).into())
        }
    }

    fn name(&self) -> &str {
        self.address.host_str().unwrap_or_default()
    }

    fn request(&self, path: &str) -> Result<HttpRequest, VaultError> {
        let url = format!("{}/v1/{}", self.address.as_str().trim_end_matches('/'), percent(path, "/"));
        let url = Url::parse(&url)?;
        let mut headers = HeaderMap::new();
        headers.insert("x-vault-token", secret_header(&self.token)?);
        headers.insert("x-vault-request", HeaderValue::from_static("true"));
        if let Some(namespace) = &self.namespace {
            let namespace = HeaderValue::from_str(namespace).map_err(|_| VaultError::UnsendableNamespace)?;
            headers.insert("x-vault-namespace", namespace);
        }
        Ok(HttpRequest { method: Method::GET, url, headers, body: None })
    }
}

fn is_loopback_name(name: &str) -> bool {
    Url::parse(&format!("http://{name}/")).is_ok_and(|url| is_loopback(&url))
}

/// Secrets are fetched by calls that block, so that the order of their sources stays a plain loop.
#[expect(clippy::disallowed_methods, reason = "an exchange with a vault blocks its caller, who may have no runtime")]
fn runtime() -> std::io::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_current_thread().enable_all().build()
}

fn exchange(host: &Host, request: HttpRequest, name: &str, loopback: bool) -> Result<HttpReply, VaultError> {
    let options = HttpOptions { connect: TIMEOUT, request: TIMEOUT, proxy: !loopback, largest: LARGEST, identity: None };
    let client = host.http(&options).map_err(|error| VaultError::NotAsked(error.why))?;
    let runtime = runtime().map_err(|error| VaultError::NotAsked(error.to_string()))?;
    let host = name.to_owned();
    runtime.block_on(client.send(request)).map_err(|error| match (error.kind, error.received) {
        (NetErrorKind::Timeout, _) => VaultError::Timeout { host },
        (_, Some(_)) => VaultError::BrokenOff { host },
        _ => VaultError::Unreachable { host },
    })
}

/// The token is a reference too: an environment variable or a file.
fn token_from(host: &Host, reference: &Toml, folder: &Path) -> Result<String, VaultError> {
    let text = |place: &str| reference.get(place).and_then(Toml::as_str);
    match (text("env"), text("file")) {
        (Some(variable), _) => from_environment(host, variable).map_err(no_token),
        (_, Some(file)) => from_file(host, folder, file).map_err(no_token),
        _ => Err(VaultError::PlainToken),
    }
}

fn no_token(why: SecretError) -> VaultError {
    VaultError::NoToken(Box::new(why))
}

fn secret_header(token: &str) -> Result<HeaderValue, VaultError> {
    let mut header = HeaderValue::from_str(token).map_err(|_| VaultError::UnsendableToken)?;
    header.set_sensitive(true);
    Ok(header)
}

/// Version 2 wraps the keys in `data` once more.
fn value(body: Option<&Json>, path: &str, key: &str) -> Result<String, VaultError> {
    let (path, key) = (path.to_owned(), key.to_owned());
    let Some(data) = body.and_then(|body| body.get("data")) else { return Err(VaultError::NotKeyValue { path }) };
    let keys = data.get("data").filter(|inner| inner.is_object() || inner.is_null()).unwrap_or(data);
    match keys.get(&key) {
        Some(Json::String(text)) if !text.trim().is_empty() => Ok(text.trim().to_owned()),
        Some(Json::Number(number)) => Ok(number.to_string()),
        Some(_) => Err(VaultError::NotText { path, key }),
        None if keys.is_null() => Err(VaultError::Deleted { path }),
        None => Err(VaultError::NoKey { path, key }),
    }
}

fn refusal(status: StatusCode, body: Option<&Json>, host: &str, path: &str, token: &str) -> Refusal {
    let errors = body.and_then(|body| body.get("errors")).and_then(Json::as_array);
    let said: Vec<_> = errors.into_iter().flatten().filter_map(Json::as_str).map(|text| text.trim().replace(token, "••••")).collect();
    let said = if said.is_empty() { String::new() } else { format!(", \"{}\"", said.join(", ")) };
    let kind = match status.as_u16() {
        // Version 2 answers 404 with the history of a deleted secret.
        404 if body.is_some_and(|body| body.pointer("/data/metadata").is_some()) => RefusalKind::Destroyed,
        400 => RefusalKind::BadRequest,
        401 | 403 => RefusalKind::Forbidden,
        404 => RefusalKind::Missing,
        300..400 => RefusalKind::Redirect,
        503 => RefusalKind::Sealed,
        _ => RefusalKind::Other,
    };
    Refusal { host: host.to_owned(), path: path.to_owned(), kind, status, said }
}
