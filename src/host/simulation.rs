//! A platform for tests on one thread: a disk in memory, a clock that moves only by sleeping, and random bytes drawn from a counter.
//! Two simulations that start alike go on alike.

use super::{
    About, Access, Disk, FileLock, FolderWatcher, Host, HttpClient, HttpOptions, Kind, NetError, NetErrorKind, Platform, TemporaryFile,
};
use futures_util::future::BoxFuture;
use jiff::Timestamp;
use rusqlite::{Connection, OpenFlags};
use std::{
    collections::{BTreeMap, BTreeSet},
    io::{self, Cursor, Read, Write},
    mem,
    path::{Path, PathBuf},
    process::Output,
    sync::{
        Arc, Mutex, MutexGuard,
        atomic::{AtomicU64, Ordering},
    },
    thread::JoinHandle,
    time::{Duration, Instant, SystemTime},
};

/// SQLite's own VFS of databases in memory. A database lasts as long as a connection to it is open.
const VFS: &str = "memdb";

/// Databases in memory are shared by their path within a process, so each simulation has a folder of its own.
static SIMULATIONS: AtomicU64 = AtomicU64::new(0);

/// A simulated machine, shared by cloning.
#[derive(Clone)]
pub struct Simulation {
    folder: PathBuf,
    start: (Timestamp, Instant),
    vfs: &'static str,
    disk: MemoryDisk,
    machine: Arc<Machine>,
}

/// Asked before each change of the disk: an error is what the change meets instead.
pub type BeforeWrite = Arc<dyn Fn() -> io::Result<()> + Send + Sync>;

#[derive(Default)]
struct Machine {
    slept: Mutex<Duration>,
    drawn: AtomicU64,
    databases: Mutex<Vec<(PathBuf, Connection)>>,
    network: Mutex<Option<Arc<dyn HttpClient>>>,
}

impl Simulation {
    /// A machine with an empty disk, at a time.
    pub fn at(now: &str) -> Self {
        let folder = PathBuf::from(format!("/simulation-{}", SIMULATIONS.fetch_add(1, Ordering::Relaxed)));
        Self { folder, start: (now.parse().unwrap(), Instant::now()), vfs: VFS, disk: MemoryDisk::default(), machine: Arc::default() }
    }

    /// The same machine with another VFS for its databases.
    pub fn with_vfs(self, vfs: &'static str) -> Self {
        Self { vfs, ..self }
    }

    /// The same machine with other random bytes.
    pub fn with_seed(self, seed: u64) -> Self {
        self.machine.drawn.store(seed << 32, Ordering::Relaxed);
        self
    }

    /// From now on this is asked before each change of the disk.
    pub fn before_write(&self, asked: BeforeWrite) {
        self.disk.content().before_write = Some(asked);
    }

    pub fn host(&self) -> Host {
        Host::new(self.clone())
    }

    /// A folder that exists in this simulation and not on the disk of this machine.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    pub fn write(&self, name: &str, text: &str) {
        self.disk.content().put(&self.folder.join(name), text.as_bytes().to_vec());
    }

    pub fn text(&self, name: &str) -> String {
        Platform::disk(self).read_text(&self.folder.join(name)).unwrap()
    }

    /// Keeps a database until the simulation is dropped.
    pub fn keep_database(&self, path: &Path) {
        let connection = Connection::open_with_flags_and_vfs(path, OpenFlags::default(), VFS).unwrap();
        self.machine.databases.lock().unwrap().push((path.to_path_buf(), connection));
        self.disk.content().put(path, Vec::new());
    }

    /// A machine with the same disk, databases and time, to go on in another way.
    pub fn fork(&self) -> Self {
        let fork = Self::at(&Platform::now(self).to_string());
        let there = |path: &Path| fork.folder.join(path.strip_prefix(&self.folder).unwrap_or(path));
        for (path, (bytes, time)) in &self.disk.content().files {
            fork.disk.content().files.insert(there(path), (bytes.clone(), *time));
        }
        fork.disk.content().folders = self.disk.content().folders.iter().map(|folder| there(folder)).collect();
        fork.disk.content().writes = self.disk.content().writes;
        fork.machine.drawn.store(self.machine.drawn.load(Ordering::Relaxed), Ordering::Relaxed);
        for (path, connection) in self.machine.databases.lock().unwrap().iter() {
            fork.keep_database(&there(path));
            connection.execute("VACUUM INTO ?", [format!("file:{}?vfs={VFS}", there(path).display())]).unwrap();
        }
        fork
    }

    /// From now on requests go to this client.
    pub fn connect(&self, network: Arc<dyn HttpClient>) {
        *self.machine.network.lock().unwrap() = Some(network);
    }

    /// The accesses to the disk since the last call: the operation and the path below the folder.
    pub fn accesses(&self) -> BTreeSet<(&'static str, String)> {
        let all = mem::take(&mut self.disk.content().accesses);
        let below = |path: PathBuf| path.strip_prefix(&self.folder).unwrap_or(&path).display().to_string();
        all.into_iter().map(|(operation, path)| (operation, below(path))).collect()
    }
}

impl Platform for Simulation {
    fn now(&self) -> Timestamp {
        self.start.0 + *self.machine.slept.lock().unwrap()
    }

    fn instant(&self) -> Instant {
        self.start.1 + *self.machine.slept.lock().unwrap()
    }

    fn random(&self) -> [u8; 32] {
        *blake3::hash(&self.machine.drawn.fetch_add(1, Ordering::Relaxed).to_le_bytes()).as_bytes()
    }

    fn sleep(&self, time: Duration) -> BoxFuture<'static, ()> {
        self.pause(time);
        Box::pin(async {})
    }

    fn pause(&self, time: Duration) {
        *self.machine.slept.lock().unwrap() += time;
    }

    fn variable(&self, _: &str) -> Option<String> {
        None
    }

    fn spawn(&self, task: BoxFuture<'static, ()>) {
        drop(tokio::spawn(task));
    }

    fn spawn_blocking(&self, work: Box<dyn FnOnce() + Send>) {
        work();
    }

    fn thread(&self, _: &str, _: Box<dyn FnOnce() + Send>) -> io::Result<JoinHandle<()>> {
        Err(io::ErrorKind::Unsupported.into())
    }

    fn disk(&self) -> &dyn Disk {
        &self.disk
    }

    fn watcher(&self) -> io::Result<Box<dyn FolderWatcher>> {
        Err(io::ErrorKind::Unsupported.into())
    }

    fn machine_name(&self) -> String {
        "simulation".to_owned()
    }

    fn vfs(&self) -> Option<&str> {
        Some(self.vfs)
    }

    fn http(&self, _: &HttpOptions) -> Result<Arc<dyn HttpClient>, NetError> {
        let none = || NetError { kind: NetErrorKind::Connect, received: None, why: "the simulation has no network".to_owned() };
        self.machine.network.lock().unwrap().clone().ok_or_else(none)
    }

    fn program(&self, _: &str, _: &[&str], _: &str) -> io::Result<Output> {
        Err(io::ErrorKind::Unsupported.into())
    }
}

#[derive(Clone, Default)]
struct MemoryDisk(Arc<Mutex<Content>>);

#[derive(Default)]
struct Content {
    files: BTreeMap<PathBuf, (Vec<u8>, SystemTime)>,
    folders: BTreeSet<PathBuf>,
    locked: BTreeSet<PathBuf>,
    writes: u64,
    accesses: BTreeSet<(&'static str, PathBuf)>,
    before_write: Option<BeforeWrite>,
}

impl Content {
    fn put(&mut self, path: &Path, bytes: Vec<u8>) {
        self.writes += 1;
        // Each write has a time of its own, even if no simulated time passes between two.
        let time = SystemTime::UNIX_EPOCH + Duration::from_secs(self.writes);
        self.files.insert(path.to_path_buf(), (bytes, time));
    }

    fn is_folder(&self, path: &Path) -> bool {
        self.folders.contains(path) || self.files.keys().any(|file| file != path && file.starts_with(path))
    }
}

impl MemoryDisk {
    fn content(&self) -> MutexGuard<'_, Content> {
        self.0.lock().unwrap()
    }

    fn access(&self, operation: &'static str, path: &Path) -> MutexGuard<'_, Content> {
        let mut content = self.content();
        content.accesses.insert((operation, path.to_path_buf()));
        content
    }

    /// An access that changes something.
    fn change(&self, operation: &'static str, path: &Path) -> io::Result<MutexGuard<'_, Content>> {
        let content = self.access(operation, path);
        content.before_write.as_ref().map_or(Ok(()), |asked| asked())?;
        Ok(content)
    }
}

impl Disk for MemoryDisk {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        let content = self.access("read", path);
        content.files.get(path).map(|(bytes, _)| bytes.clone()).ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    fn open(&self, path: &Path) -> io::Result<Box<dyn Read + Send>> {
        Ok(Box::new(Cursor::new(self.read(path)?)))
    }

    fn replace_with(&self, path: &Path, write: &mut dyn FnMut(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
        let mut bytes = Vec::new();
        write(&mut bytes)?;
        self.change("replace", path)?.put(path, bytes);
        Ok(())
    }

    fn replace_private(&self, path: &Path, content: &[u8]) -> io::Result<()> {
        self.change("replace", path)?.put(path, content.to_vec());
        Ok(())
    }

    fn create_temporary(&self, folder: &Path) -> io::Result<Box<dyn TemporaryFile>> {
        drop(self.access("create temporary", folder));
        Ok(Box::new(Temporary { disk: self.clone(), bytes: Vec::new() }))
    }

    fn lock(&self, path: &Path) -> io::Result<FileLock> {
        self.try_lock(path)?.ok_or_else(|| io::ErrorKind::Deadlock.into())
    }

    fn try_lock(&self, path: &Path) -> io::Result<Option<FileLock>> {
        let is_free = self.access("lock", path).locked.insert(path.to_path_buf());
        Ok(is_free.then(|| FileLock::new(Unlock { disk: self.clone(), path: path.to_path_buf() })))
    }

    fn make_folder(&self, path: &Path) -> io::Result<()> {
        let mut content = self.access("make folder", path);
        content.folders.extend(path.ancestors().map(Path::to_path_buf));
        Ok(())
    }

    fn remove_file(&self, path: &Path) -> io::Result<()> {
        self.change("remove", path)?.files.remove(path).map(drop).ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    fn remove_folder(&self, path: &Path) -> io::Result<()> {
        let mut content = self.change("remove folder", path)?;
        content.files.retain(|file, _| !file.starts_with(path));
        content.folders.retain(|folder| !folder.starts_with(path));
        Ok(())
    }

    fn list(&self, folder: &Path) -> io::Result<Vec<PathBuf>> {
        let content = self.access("list", folder);
        let paths = content.files.keys().chain(&content.folders);
        let names: BTreeSet<_> = paths.filter_map(|path| path.strip_prefix(folder).ok()?.components().next()).collect();
        Ok(names.into_iter().map(|name| folder.join(name)).collect())
    }

    fn about(&self, path: &Path) -> io::Result<About> {
        let content = self.access("look", path);
        match content.files.get(path) {
            Some((bytes, modified)) => Ok(About { kind: Kind::File, length: bytes.len() as u64, modified: Some(*modified) }),
            None if content.is_folder(path) => Ok(About { kind: Kind::Folder, length: 0, modified: None }),
            None => Err(io::ErrorKind::NotFound.into()),
        }
    }

    fn real_path(&self, path: &Path) -> io::Result<PathBuf> {
        self.about(path).map(|_| path.to_path_buf())
    }

    fn is_taken(&self, path: &Path) -> bool {
        self.about(path).is_ok()
    }
}

struct Temporary {
    disk: MemoryDisk,
    bytes: Vec<u8>,
}

impl Write for Temporary {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.bytes.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl TemporaryFile for Temporary {
    fn publish(self: Box<Self>, path: &Path, _: Access) -> io::Result<()> {
        self.disk.change("publish", path)?.put(path, self.bytes);
        Ok(())
    }

    fn publish_new(self: Box<Self>, path: &Path) -> io::Result<()> {
        let mut content = self.disk.change("publish new", path)?;
        if content.files.contains_key(path) {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        content.put(path, self.bytes);
        Ok(())
    }
}

struct Unlock {
    disk: MemoryDisk,
    path: PathBuf,
}

impl Drop for Unlock {
    fn drop(&mut self) {
        self.disk.content().locked.remove(&self.path);
    }
}
