//! A disk in memory for SQLite: what was written and not synced may be lost or torn when the power fails.
//!
//! Each thread has its own files. A file is created and removed at once and durably, which a real file system promises only after
//! a sync of its folder; a write that is torn ends at a multiple of 512 bytes, and damages nothing beside it.

#![expect(unsafe_code, reason = "SQLite asks for a table of C functions")]

use super::{power, random::Random};
use rusqlite::ffi;
use std::{
    cell::{Cell, RefCell},
    collections::BTreeMap,
    ffi::{CStr, c_char, c_int, c_void},
    mem, ptr,
    rc::Rc,
    sync::Once,
};

pub const NAME: &str = "simulated";
const C_NAME: &CStr = c"simulated";
const SECTOR: usize = 512;
const SLOTS: usize = 8;

thread_local! {
    static FILES: RefCell<BTreeMap<String, Rc<RefCell<Data>>>> = const { RefCell::new(BTreeMap::new()) };
    static DRAWN: Cell<u64> = const { Cell::new(0) };
}

/// A file, and its locks.
#[derive(Default)]
struct Data {
    /// As the running process sees it.
    bytes: Vec<u8>,
    durable: Vec<u8>,
    unsynced: Vec<Change>,
    shared: u32,
    reserved: bool,
    pending: bool,
    exclusive: bool,
    /// The index of the write-ahead log, which every connection maps.
    regions: Vec<Vec<u64>>,
    mapped: u32,
    slots: [Slot; SLOTS],
}

enum Change {
    Write(usize, Vec<u8>),
    Cut(usize),
}

#[derive(Clone, Copy, Default)]
struct Slot {
    shared: u32,
    exclusive: bool,
}

impl Change {
    fn make(&self, bytes: &mut Vec<u8>) {
        match self {
            Self::Write(at, written) => write(bytes, *at, written),
            Self::Cut(length) => bytes.truncate(*length),
        }
    }
}

fn write(bytes: &mut Vec<u8>, at: usize, written: &[u8]) {
    let end = at + written.len();
    if bytes.len() < end {
        bytes.resize(end, 0);
    }
    bytes[at..end].copy_from_slice(written);
}

impl Data {
    fn change(&mut self, change: Change) {
        change.make(&mut self.bytes);
        self.unsynced.push(change);
    }

    fn sync(&mut self) {
        for change in self.unsynced.drain(..) {
            change.make(&mut self.durable);
        }
    }

    /// Each change since the last sync is there, or lost, or torn.
    fn lose(&mut self, random: &mut Random) {
        for change in mem::take(&mut self.unsynced) {
            match (random.below(3), change) {
                (0, _) => {}
                (1, Change::Write(at, written)) if written.len() > SECTOR => {
                    let sectors = random.place(written.len() / SECTOR);
                    write(&mut self.durable, at, &written[..sectors * SECTOR]);
                }
                (_, change) => change.make(&mut self.durable),
            }
        }
        self.bytes = self.durable.clone();
    }
}

/// All connections are closed. A process that was killed leaves what it wrote to the system; a machine without power loses what was not
/// synced, some of it or all.
pub fn after_failure(lose: Option<&mut Random>) {
    FILES.with_borrow(|files| match lose {
        Some(random) => files.values().for_each(|file| file.borrow_mut().lose(random)),
        None => files.values().for_each(|file| file.borrow_mut().sync()),
    });
}

/// Forgets all files of this thread.
pub fn forget() {
    FILES.with_borrow_mut(BTreeMap::clear);
    DRAWN.set(0);
}

/// Gives SQLite the functions.
pub fn register() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let vfs = Box::new(ffi::sqlite3_vfs {
            iVersion: 1,
            szOsFile: c_int::try_from(size_of::<File>()).unwrap(),
            mxPathname: 1024,
            pNext: ptr::null_mut(),
            zName: C_NAME.as_ptr(),
            pAppData: ptr::null_mut(),
            xOpen: Some(open),
            xDelete: Some(delete),
            xAccess: Some(access),
            xFullPathname: Some(full_path),
            xDlOpen: None,
            xDlError: None,
            xDlSym: None,
            xDlClose: None,
            xRandomness: Some(randomness),
            xSleep: Some(sleep),
            xCurrentTime: Some(current_time),
            xGetLastError: None,
            xCurrentTimeInt64: None,
            xSetSystemCall: None,
            xGetSystemCall: None,
            xNextSystemCall: None,
        });
        // SAFETY: the table lives as long as the process, and SQLite alone uses it from here on.
        let registered = unsafe { ffi::sqlite3_vfs_register(Box::into_raw(vfs), 0) };
        assert_eq!(registered, ffi::SQLITE_OK);
    });
}

/// What SQLite allocates for an open file.
#[repr(C)]
struct File {
    base: ffi::sqlite3_file,
    open: *mut Open,
}

/// A file as one connection has it open.
struct Open {
    /// Removed when it is closed.
    temporary: bool,
    data: Rc<RefCell<Data>>,
    level: c_int,
    mapped: bool,
    shared: [bool; SLOTS],
    exclusive: [bool; SLOTS],
}

static METHODS: ffi::sqlite3_io_methods = ffi::sqlite3_io_methods {
    iVersion: 2,
    xClose: Some(close),
    xRead: Some(read),
    xWrite: Some(write_at),
    xTruncate: Some(truncate),
    xSync: Some(sync),
    xFileSize: Some(size),
    xLock: Some(lock),
    xUnlock: Some(unlock),
    xCheckReservedLock: Some(check_reserved),
    xFileControl: Some(control),
    xSectorSize: Some(sector_size),
    xDeviceCharacteristics: Some(characteristics),
    xShmMap: Some(shm_map),
    xShmLock: Some(shm_lock),
    xShmBarrier: Some(shm_barrier),
    xShmUnmap: Some(shm_unmap),
    xFetch: None,
    xUnfetch: None,
};

/// SAFETY: `file` is one that [`open`] has filled, and SQLite uses a connection from one place at a time.
unsafe fn opened<'a>(file: *mut ffi::sqlite3_file) -> &'a mut Open {
    unsafe { &mut *(*file.cast::<File>()).open }
}

fn text(name: *const c_char) -> String {
    // SAFETY: SQLite hands in names that end with a zero.
    unsafe { CStr::from_ptr(name) }.to_string_lossy().into_owned()
}

fn place(number: impl TryInto<usize>) -> usize {
    number.try_into().unwrap_or(0)
}

unsafe extern "C" fn open(
    _: *mut ffi::sqlite3_vfs,
    name: ffi::sqlite3_filename,
    file: *mut ffi::sqlite3_file,
    flags: c_int,
    out: *mut c_int,
) -> c_int {
    let file = file.cast::<File>();
    // SAFETY: SQLite allocates as many bytes as the table asks for, and takes a file without methods as one that is not open.
    unsafe { (*file).base.pMethods = ptr::null() };
    let temporary = name.is_null();
    let data = if temporary {
        Rc::default()
    } else {
        let name = text(name);
        let known = FILES.with_borrow(|files| files.get(&name).cloned());
        match known {
            Some(known) => known,
            None if flags & ffi::SQLITE_OPEN_CREATE == 0 => return ffi::SQLITE_CANTOPEN,
            None => {
                if !power::moment() {
                    return ffi::SQLITE_IOERR;
                }
                let data = Rc::<RefCell<Data>>::default();
                FILES.with_borrow_mut(|files| files.insert(name, Rc::clone(&data)));
                data
            }
        }
    };
    let opened = Open { temporary, data, level: 0, mapped: false, shared: [false; SLOTS], exclusive: [false; SLOTS] };
    // SAFETY: as above.
    unsafe {
        (*file).open = Box::into_raw(Box::new(opened));
        (*file).base.pMethods = &raw const METHODS;
        if !out.is_null() {
            *out = flags;
        }
    }
    ffi::SQLITE_OK
}

unsafe extern "C" fn close(file: *mut ffi::sqlite3_file) -> c_int {
    // SAFETY: SQLite closes a file once.
    let mut open = unsafe { Box::from_raw((*file.cast::<File>()).open) };
    release(&mut open, ffi::SQLITE_LOCK_NONE);
    unmap(&mut open);
    ffi::SQLITE_OK
}

unsafe extern "C" fn read(file: *mut ffi::sqlite3_file, into: *mut c_void, length: c_int, at: ffi::sqlite3_int64) -> c_int {
    let data = unsafe { opened(file) }.data.borrow();
    let (length, at) = (place(length), place(at));
    let there = data.bytes.get(at..).unwrap_or_default();
    let known = there.len().min(length);
    // SAFETY: SQLite gives room for `length` bytes.
    unsafe {
        ptr::copy_nonoverlapping(there.as_ptr(), into.cast::<u8>(), known);
        ptr::write_bytes(into.cast::<u8>().add(known), 0, length - known);
    }
    if known == length { ffi::SQLITE_OK } else { ffi::SQLITE_IOERR_SHORT_READ }
}

unsafe extern "C" fn write_at(file: *mut ffi::sqlite3_file, from: *const c_void, length: c_int, at: ffi::sqlite3_int64) -> c_int {
    let open = unsafe { opened(file) };
    if !open.temporary && !power::moment() {
        return ffi::SQLITE_IOERR_WRITE;
    }
    // SAFETY: SQLite gives `length` bytes.
    let written = unsafe { std::slice::from_raw_parts(from.cast::<u8>(), place(length)) };
    open.data.borrow_mut().change(Change::Write(place(at), written.to_vec()));
    ffi::SQLITE_OK
}

unsafe extern "C" fn truncate(file: *mut ffi::sqlite3_file, length: ffi::sqlite3_int64) -> c_int {
    let open = unsafe { opened(file) };
    if !open.temporary && !power::moment() {
        return ffi::SQLITE_IOERR_TRUNCATE;
    }
    open.data.borrow_mut().change(Change::Cut(place(length)));
    ffi::SQLITE_OK
}

unsafe extern "C" fn sync(file: *mut ffi::sqlite3_file, _: c_int) -> c_int {
    let open = unsafe { opened(file) };
    if !open.temporary && !power::moment() {
        return ffi::SQLITE_IOERR_FSYNC;
    }
    open.data.borrow_mut().sync();
    ffi::SQLITE_OK
}

unsafe extern "C" fn size(file: *mut ffi::sqlite3_file, out: *mut ffi::sqlite3_int64) -> c_int {
    let length = unsafe { opened(file) }.data.borrow().bytes.len();
    // SAFETY: SQLite gives a place for the result.
    unsafe { *out = length.try_into().unwrap_or(ffi::sqlite3_int64::MAX) };
    ffi::SQLITE_OK
}

unsafe extern "C" fn lock(file: *mut ffi::sqlite3_file, level: c_int) -> c_int {
    let open = unsafe { opened(file) };
    let mut data = open.data.borrow_mut();
    if open.level >= level {
        return ffi::SQLITE_OK;
    }
    if level == ffi::SQLITE_LOCK_SHARED {
        if data.pending || data.exclusive {
            return ffi::SQLITE_BUSY;
        }
        data.shared += 1;
    } else if level == ffi::SQLITE_LOCK_RESERVED {
        if data.reserved {
            return ffi::SQLITE_BUSY;
        }
        data.reserved = true;
    } else {
        if open.level < ffi::SQLITE_LOCK_RESERVED && (data.reserved || data.pending) {
            return ffi::SQLITE_BUSY;
        }
        data.reserved = true;
        data.pending = true;
        if data.shared > 1 {
            open.level = ffi::SQLITE_LOCK_PENDING;
            return ffi::SQLITE_BUSY;
        }
        data.exclusive = true;
    }
    open.level = level;
    ffi::SQLITE_OK
}

unsafe extern "C" fn unlock(file: *mut ffi::sqlite3_file, level: c_int) -> c_int {
    release(unsafe { opened(file) }, level);
    ffi::SQLITE_OK
}

fn release(open: &mut Open, level: c_int) {
    let mut data = open.data.borrow_mut();
    if open.level > ffi::SQLITE_LOCK_SHARED && level <= ffi::SQLITE_LOCK_SHARED {
        (data.reserved, data.pending, data.exclusive) = (false, false, false);
    }
    if open.level >= ffi::SQLITE_LOCK_SHARED && level == ffi::SQLITE_LOCK_NONE {
        data.shared -= 1;
    }
    open.level = open.level.min(level);
}

unsafe extern "C" fn check_reserved(file: *mut ffi::sqlite3_file, out: *mut c_int) -> c_int {
    // SAFETY: SQLite gives a place for the result.
    unsafe { *out = c_int::from(opened(file).data.borrow().reserved) };
    ffi::SQLITE_OK
}

unsafe extern "C" fn control(_: *mut ffi::sqlite3_file, _: c_int, _: *mut c_void) -> c_int {
    ffi::SQLITE_NOTFOUND
}

unsafe extern "C" fn sector_size(_: *mut ffi::sqlite3_file) -> c_int {
    c_int::try_from(SECTOR).unwrap_or(0)
}

unsafe extern "C" fn characteristics(_: *mut ffi::sqlite3_file) -> c_int {
    ffi::SQLITE_IOCAP_POWERSAFE_OVERWRITE
}

unsafe extern "C" fn shm_map(file: *mut ffi::sqlite3_file, region: c_int, length: c_int, extend: c_int, out: *mut *mut c_void) -> c_int {
    let open = unsafe { opened(file) };
    let mut data = open.data.borrow_mut();
    if !open.mapped {
        open.mapped = true;
        data.mapped += 1;
    }
    let region = place(region);
    while extend != 0 && data.regions.len() <= region {
        data.regions.push(vec![0; place(length) / size_of::<u64>()]);
    }
    let there = data.regions.get_mut(region).map_or(ptr::null_mut(), |region| region.as_mut_ptr().cast());
    // SAFETY: SQLite gives a place for the result; a region stays where it is until nobody maps it.
    unsafe { *out = there };
    ffi::SQLITE_OK
}

unsafe extern "C" fn shm_lock(file: *mut ffi::sqlite3_file, offset: c_int, count: c_int, flags: c_int) -> c_int {
    let open = unsafe { opened(file) };
    let mut data = open.data.borrow_mut();
    let range = place(offset)..place(offset + count);
    if flags & ffi::SQLITE_SHM_UNLOCK != 0 {
        for slot in range {
            data.slots[slot].shared -= u32::from(mem::take(&mut open.shared[slot]));
            if mem::take(&mut open.exclusive[slot]) {
                data.slots[slot].exclusive = false;
            }
        }
        return ffi::SQLITE_OK;
    }
    let exclusive = flags & ffi::SQLITE_SHM_EXCLUSIVE != 0;
    for slot in range.clone() {
        let (there, own) = (data.slots[slot], (u32::from(open.shared[slot]), open.exclusive[slot]));
        if there.exclusive && !own.1 || exclusive && there.shared > own.0 {
            return ffi::SQLITE_BUSY;
        }
    }
    for slot in range {
        if exclusive {
            (data.slots[slot].exclusive, open.exclusive[slot]) = (true, true);
        } else if !mem::replace(&mut open.shared[slot], true) {
            data.slots[slot].shared += 1;
        }
    }
    ffi::SQLITE_OK
}

unsafe extern "C" fn shm_barrier(_: *mut ffi::sqlite3_file) {}

unsafe extern "C" fn shm_unmap(file: *mut ffi::sqlite3_file, _: c_int) -> c_int {
    unmap(unsafe { opened(file) });
    ffi::SQLITE_OK
}

/// Gives back the locks and the mapping of a connection. After the last one, the next connection builds the index again.
fn unmap(open: &mut Open) {
    let mut data = open.data.borrow_mut();
    for slot in 0..SLOTS {
        data.slots[slot].shared -= u32::from(mem::take(&mut open.shared[slot]));
        if mem::take(&mut open.exclusive[slot]) {
            data.slots[slot].exclusive = false;
        }
    }
    if mem::take(&mut open.mapped) {
        data.mapped -= 1;
        if data.mapped == 0 {
            data.regions.clear();
        }
    }
}

unsafe extern "C" fn delete(_: *mut ffi::sqlite3_vfs, name: *const c_char, _: c_int) -> c_int {
    if !power::moment() {
        return ffi::SQLITE_IOERR_DELETE;
    }
    match FILES.with_borrow_mut(|files| files.remove(&text(name))) {
        Some(_) => ffi::SQLITE_OK,
        None => ffi::SQLITE_IOERR_DELETE_NOENT,
    }
}

unsafe extern "C" fn access(_: *mut ffi::sqlite3_vfs, name: *const c_char, _: c_int, out: *mut c_int) -> c_int {
    let is_there = FILES.with_borrow(|files| files.contains_key(&text(name)));
    // SAFETY: SQLite gives a place for the result.
    unsafe { *out = c_int::from(is_there) };
    ffi::SQLITE_OK
}

unsafe extern "C" fn full_path(_: *mut ffi::sqlite3_vfs, name: *const c_char, room: c_int, out: *mut c_char) -> c_int {
    // SAFETY: the name ends with a zero, and SQLite gives `room` bytes for it.
    let bytes = unsafe { CStr::from_ptr(name) }.to_bytes_with_nul();
    if bytes.len() > place(room) {
        return ffi::SQLITE_CANTOPEN;
    }
    unsafe { ptr::copy_nonoverlapping(bytes.as_ptr().cast(), out, bytes.len()) };
    ffi::SQLITE_OK
}

unsafe extern "C" fn randomness(_: *mut ffi::sqlite3_vfs, length: c_int, out: *mut c_char) -> c_int {
    let drawn = DRAWN.replace(DRAWN.get() + 1);
    let mut random = Random::new(drawn);
    // SAFETY: SQLite gives room for `length` bytes.
    let into = unsafe { std::slice::from_raw_parts_mut(out.cast::<u8>(), place(length)) };
    for part in into.chunks_mut(size_of::<u64>()) {
        part.copy_from_slice(&random.draw().to_le_bytes()[..part.len()]);
    }
    length
}

unsafe extern "C" fn sleep(_: *mut ffi::sqlite3_vfs, microseconds: c_int) -> c_int {
    microseconds
}

/// A day in 2026: the state stores no time of SQLite's.
unsafe extern "C" fn current_time(_: *mut ffi::sqlite3_vfs, out: *mut f64) -> c_int {
    // SAFETY: SQLite gives a place for the result.
    unsafe { *out = 2_461_000.0 };
    ffi::SQLITE_OK
}
