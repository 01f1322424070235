//! The real world.

use super::{About, Disk, Exchange, HttpClient, HttpOptions, HttpReply, HttpRequest, Kind, NetError, NetErrorKind, Platform, not_a_pipe};
use futures_util::future::BoxFuture;
use jiff::Timestamp;
use reqwest::redirect::Policy;
use ring::rand::{SecureRandom, SystemRandom};
use std::{
    fs,
    io::{self, BufWriter, Read, Write},
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
    sync::Arc,
    thread::JoinHandle,
    time::{Duration, Instant},
};
use tempfile::NamedTempFile;

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

    fn vfs(&self) -> Option<&str> {
        None
    }

    fn http(&self, options: &HttpOptions) -> Result<Arc<dyn HttpClient>, NetError> {
        let builder = http_client()
            .redirect(Policy::none())
            .referer(false)
            .connect_timeout(options.connect)
            .timeout(options.request)
            .user_agent(concat!("counterpart/", env!("CARGO_PKG_VERSION")));
        let builder = if options.proxy { builder } else { builder.no_proxy() };
        let client = builder.build().map_err(|error| kind(&error, None))?;
        Ok(Arc::new(Client { client, largest: options.largest }))
    }

    fn program(&self, name: &str, args: &[&str], input: &str) -> io::Result<Output> {
        let mut child = Command::new(name).args(args).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
        if let Some(mut stdin) = child.stdin.take() {
            // A program that does not read to the end says why on its own.
            let _ = stdin.write_all(input.as_bytes());
        }
        child.wait_with_output()
    }
}

impl Disk for Real {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        not_a_pipe(path)?;
        fs::read(path)
    }

    fn open(&self, path: &Path) -> io::Result<Box<dyn Read + Send>> {
        not_a_pipe(path)?;
        Ok(Box::new(fs::File::open(path)?))
    }

    fn replace_with(&self, path: &Path, write: &mut dyn FnMut(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
        let aside = NamedTempFile::new_in(folder_of(path))?;
        let mut writer = BufWriter::new(aside.as_file());
        write(&mut writer)?;
        writer.flush()?;
        drop(writer);
        if let Ok(before) = fs::metadata(path) {
            fs::set_permissions(aside.path(), before.permissions())?;
        }
        aside.persist(path)?;
        Ok(())
    }

    fn replace_private(&self, path: &Path, content: &[u8]) -> io::Result<()> {
        let folder = folder_of(path);
        private_folder(folder)?;
        let mut aside = NamedTempFile::new_in(folder)?;
        aside.write_all(content)?;
        aside.as_file().sync_all()?;
        aside.persist(path)?;
        Ok(())
    }

    fn make_folder(&self, path: &Path) -> io::Result<()> {
        super::own_folder::make(path)
    }

    fn remove_folder(&self, path: &Path) -> io::Result<()> {
        fs::remove_dir_all(path)
    }

    fn list(&self, folder: &Path) -> io::Result<Vec<PathBuf>> {
        let mut paths: Vec<_> = fs::read_dir(folder)?.flatten().map(|entry| entry.path()).collect();
        paths.sort();
        Ok(paths)
    }

    fn about(&self, path: &Path) -> io::Result<About> {
        let about = fs::metadata(path)?;
        let kind = if about.is_file() {
            Kind::File
        } else if about.is_dir() {
            Kind::Folder
        } else {
            Kind::Other
        };
        Ok(About { kind, length: about.len() })
    }

    fn is_taken(&self, path: &Path) -> bool {
        path.symlink_metadata().is_ok()
    }
}

fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

#[cfg(unix)]
fn private_folder(folder: &Path) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt as _;
    fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)
}

#[cfg(not(unix))]
fn private_folder(folder: &Path) -> io::Result<()> {
    fs::create_dir_all(folder)
}

struct Client {
    client: reqwest::Client,
    largest: usize,
}

impl HttpClient for Client {
    fn send(&self, request: HttpRequest) -> Exchange<'_> {
        Box::pin(async move {
            let mut sent = self.client.request(request.method, request.url).headers(request.headers);
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
            Ok(HttpReply { status: response.status().as_u16(), headers: response.headers().clone(), body })
        })
    }
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
    if std::ptr::addr_eq(inner, std::ptr::from_ref(error)) { "no more is known".to_owned() } else { inner.to_string() }
}

/// A client for HTTP, with the cryptography that TLS uses.
///
/// The provider is chosen once for the process; a program that embeds this library may have chosen its own, which then stays.
pub fn http_client() -> reqwest::ClientBuilder {
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder()
}
