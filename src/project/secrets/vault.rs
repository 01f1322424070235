//! HashiCorp Vault, its key-value engine in either version: <https://developer.hashicorp.com/vault/api-docs/secret/kv>.

use super::from_environment;
use super::from_file;
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
    /// One sentence: no address, one in the clear, no token.
    pub fn open(host: &Host, section: Option<&Table>, folder: &Path) -> Result<Self, String> {
        let text = |name: &str| section.and_then(|section| section.get(name)).and_then(Toml::as_str).map(str::to_owned);
        let variable = |name: &str| from_environment(host, name).ok();
        let address = text("address").or_else(|| variable("VAULT_ADDR"));
        let address = address.ok_or("nothing says where the vault is: write address = \"https://…\" under [vault], or set VAULT_ADDR")?;
        let address = Url::parse(address.trim()).map_err(|error| format!("the address of the vault is not a URL: {error}"))?;
        if address.scheme() != "https" && !is_loopback(&address) {
            return Err("the vault would get its token in the clear: begin its address with https://".to_owned());
        }
        let token = match section.and_then(|section| section.get("token")) {
            None => from_environment(host, "VAULT_TOKEN"),
            Some(reference) => token_from(host, reference, folder),
        };
        let token = token.map_err(|why| format!("the token for the vault is missing: {why}"))?;
        Ok(Self { host: host.clone(), address, namespace: text("namespace").or_else(|| variable("VAULT_NAMESPACE")), token })
    }

    /// The value of a key at a path.
    ///
    /// # Errors
    /// One sentence, never the value.
    pub fn read(&self, path: &str, key: &str) -> Result<String, String> {
        // Secrets are fetched by steps that wait and by others: a thread of its own works inside of either.
        let (answer, asked) = std::sync::mpsc::channel();
        let (request, host, name) = (self.request(path)?, self.host.clone(), self.name().to_owned());
        let work = move || drop(answer.send(exchange(&host, request, &name, is_loopback_name(&name))));
        let thread = self.host.thread("vault", Box::new(work)).map_err(|error| format!("the vault can't be asked: {error}"))?;
        let reply = asked.recv().map_err(|_| "the vault could not be asked".to_owned())?;
        let _ = thread.join();
        let HttpReply { status, body, .. } = reply?;
        let body: Option<Json> = serde_json::from_slice(&body).ok();
        let status = StatusCode::from_u16(status).unwrap_or_default();
        if status.is_success() {
            value(body.as_ref(), path, key)
        } else {
            Err(refused(status, body.as_ref(), self.name(), path, &self.token))
        }
    }

    fn name(&self) -> &str {
        self.address.host_str().unwrap_or_default()
    }

    fn request(&self, path: &str) -> Result<HttpRequest, String> {
        let url = format!("{}/v1/{}", self.address.as_str().trim_end_matches('/'), percent(path, "/"));
        let url = Url::parse(&url).map_err(|error| format!("the address of the vault is not a URL: {error}"))?;
        let mut headers = HeaderMap::new();
        headers.insert("x-vault-token", secret_header(&self.token)?);
        headers.insert("x-vault-request", HeaderValue::from_static("true"));
        if let Some(namespace) = &self.namespace {
            let namespace =
                HeaderValue::from_str(namespace).map_err(|_| "the namespace of the vault holds a control character".to_owned())?;
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

fn exchange(host: &Host, request: HttpRequest, name: &str, loopback: bool) -> Result<HttpReply, String> {
    let options = HttpOptions { connect: TIMEOUT, request: TIMEOUT, proxy: !loopback, largest: LARGEST };
    let client = host.http(&options).map_err(|error| format!("the vault can't be asked: {}", error.why))?;
    let runtime = runtime().map_err(|error| error.to_string())?;
    runtime.block_on(client.send(request)).map_err(|error| match (error.kind, error.received) {
        (NetErrorKind::Timeout, _) => format!("the vault at `{name}` did not answer in time"),
        (_, Some(_)) => format!("the vault at `{name}` broke off its answer"),
        _ => format!("the vault at `{name}` can't be reached"),
    })
}

/// The token is a reference too: an environment variable or a file.
fn token_from(host: &Host, reference: &Toml, folder: &Path) -> Result<String, String> {
    let text = |place: &str| reference.get(place).and_then(Toml::as_str);
    match (text("env"), text("file")) {
        (Some(variable), _) => from_environment(host, variable),
        (_, Some(file)) => from_file(host, folder, file),
        _ => Err("write token = { env = \"…\" } or { file = \"…\" } under [vault], never the token itself".to_owned()),
    }
}

fn secret_header(token: &str) -> Result<HeaderValue, String> {
    let mut header =
        HeaderValue::from_str(token).map_err(|_| "the token for the vault holds a line break or a control character".to_owned())?;
    header.set_sensitive(true);
    Ok(header)
}

/// Version 2 wraps the keys in `data` once more.
fn value(body: Option<&Json>, path: &str, key: &str) -> Result<String, String> {
    let data = body
        .and_then(|body| body.get("data"))
        .ok_or_else(|| format!("the vault's answer for `{path}` is not one of its key-value engine"))?;
    let keys = data.get("data").filter(|inner| inner.is_object() || inner.is_null()).unwrap_or(data);
    match keys.get(key) {
        Some(Json::String(text)) if !text.trim().is_empty() => Ok(text.trim().to_owned()),
        Some(Json::Number(number)) => Ok(number.to_string()),
        Some(_) => Err(format!("`{key}` at `{path}` in the vault is empty, or no text")),
        None if keys.is_null() => Err(format!("the newest version of `{path}` in the vault was deleted")),
        None => Err(format!("`{path}` in the vault has no key `{key}`")),
    }
}

fn refused(status: StatusCode, body: Option<&Json>, host: &str, path: &str, token: &str) -> String {
    let errors = body.and_then(|body| body.get("errors")).and_then(Json::as_array);
    let said: Vec<_> = errors.into_iter().flatten().filter_map(Json::as_str).map(|text| text.trim().replace(token, "••••")).collect();
    let said = if said.is_empty() { String::new() } else { format!(", \"{}\"", said.join(", ")) };
    match status.as_u16() {
        // Version 2 answers 404 with the history of what is gone.
        404 if body.is_some_and(|body| body.pointer("/data/metadata").is_some()) => {
            format!("the newest version of `{path}` in the vault at `{host}` was deleted or destroyed (404)")
        }
        400 => format!("the vault at `{host}` can't read `{path}` (400{said}): check the path, and the namespace"),
        401 | 403 => format!("the vault at `{host}` forbids `{path}` (403{said}): check its token, and what the token may read"),
        404 => {
            format!("the vault at `{host}` has nothing at `{path}` (404{said}): with version 2 of the engine, `data/` comes after its name")
        }
        300..400 => format!("the vault at `{host}` points elsewhere ({status}), which is not followed: check its address"),
        503 => format!("the vault at `{host}` is sealed or under maintenance (503{said})"),
        other => format!("the vault at `{host}` answers {other}{said}"),
    }
}
