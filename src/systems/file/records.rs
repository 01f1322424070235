//! The records of a file in memory, while it is rewritten.

use super::{
    LocatedFile,
    csv_frame::CsvFrame,
    error::{FileError, FileProblem},
    read::{self, Named},
    scan,
};
use crate::{
    compile::system::{Collection, ErrorClass, File, FileFormat},
    host::Disk,
    systems::{CallError, Effect, Write, WriteKind, Written, http::items, keys::KeyReader, place},
    value::{Text, Value, path::Step},
};
use serde_json::{Value as Json, value::RawValue};
use std::collections::{HashMap, HashSet};

/// All records of a file, each as JSON text, in their order.
pub struct Records<'a> {
    collection: &'a Collection,
    frame: Frame<'a>,
    /// None where one was deleted.
    entries: Vec<Option<Vec<u8>>>,
    /// The places of those that were written.
    touched: HashSet<usize>,
    /// By the text of the key.
    index: HashMap<Text, usize>,
    /// The keys that several records have.
    doubled: HashSet<Text>,
}

/// The text around the records.
enum Frame<'a> {
    Lines,
    Json { file: &'a File, whole: Json, pretty: bool },
    Csv(CsvFrame),
}

impl<'a> Records<'a> {
    /// Reads a file; one that is not there yet has no records.
    ///
    /// # Errors
    /// As for reading.
    pub fn load(disk: &dyn Disk, place: &LocatedFile<'a>, collection: &'a Collection) -> Result<Self, FileError> {
        let named = Named(&place.name);
        let is_new = !disk.exists(&place.path) || read::ordinary(disk, &place.path, &named)?.length == 0;
        let (frame, entries) = if is_new { (Frame::new(place.file), Vec::new()) } else { Frame::read(disk, place)? };
        if collection.key.is_none() {
            return Err(named.whole(FileProblem::NoKey));
        }
        let keys = KeyReader::of(collection);
        let (mut index, mut doubled) = (HashMap::new(), HashSet::new());
        for (at, entry) in entries.iter().enumerate() {
            let Some(key) = keys.key_of(entry) else { continue };
            if index.insert(key.clone(), at).is_some() {
                doubled.insert(key);
            }
        }
        let entries = entries.into_iter().map(Some).collect();
        Ok(Self { collection, frame, entries, touched: HashSet::new(), index, doubled })
    }

    /// Makes one write in memory.
    ///
    /// # Errors
    /// Why this record can't be written; the others are untouched by that.
    pub fn apply(&mut self, write: &Write) -> Result<Written, CallError> {
        match write.kind {
            WriteKind::Create => self.create(write),
            WriteKind::Update => self.update(write),
            WriteKind::Delete => self.delete(write),
            WriteKind::Call(_) | WriteKind::Part(_) => Err(error(ErrorClass::Invalid, "a file has no calls")),
        }
    }

    fn create(&mut self, write: &Write) -> Result<Written, CallError> {
        let id = self.given_key(write).ok_or_else(|| self.keyless())?;
        let key = id.canonical_key().ok_or_else(|| self.keyless())?;
        if self.index.contains_key(&key) {
            return Err(taken(&key));
        }
        let record = self.changed(b"{}", &write.values, true)?;
        self.index.insert(key, self.entries.len());
        self.touched.insert(self.entries.len());
        self.entries.push(Some(record.clone()));
        Ok(Written { id: Some(id), record: Some(record.into()) })
    }

    fn update(&mut self, write: &Write) -> Result<Written, CallError> {
        let (key, at) = self.found(write)?;
        let id = self.given_key(write);
        let new_key = id.as_ref().and_then(Value::canonical_key).unwrap_or_else(|| key.clone());
        if new_key != key && self.index.contains_key(&new_key) {
            return Err(taken(&new_key));
        }
        let old = self.entries[at].clone().unwrap_or_default();
        let record = self.changed(&old, &write.values, false)?;
        self.index.remove(&key);
        self.index.insert(new_key, at);
        self.touched.insert(at);
        self.entries[at] = Some(record.clone());
        Ok(Written { id: id.or_else(|| write.id.clone()), record: Some(record.into()) })
    }

    fn delete(&mut self, write: &Write) -> Result<Written, CallError> {
        let (key, at) = self.found(write)?;
        self.index.remove(&key);
        self.entries[at] = None;
        Ok(Written { id: write.id.clone(), record: None })
    }

    fn found(&self, write: &Write) -> Result<(Text, usize), CallError> {
        let key =
            write.id.as_ref().and_then(Value::canonical_key).ok_or_else(|| error(ErrorClass::Invalid, "the record to write has no key"))?;
        if self.doubled.contains(&key) {
            return Err(super::doubled("the file", &key));
        }
        let at = self.index.get(&key).copied();
        at.map(|at| (key.clone(), at)).ok_or_else(|| error(ErrorClass::Gone, format!("there is no record `{key}` in the file any more")))
    }

    /// The key as the write leaves it.
    fn given_key(&self, write: &Write) -> Option<Value> {
        let before = write.id.iter().flat_map(|id| self.collection.key_values(id)).collect::<Vec<_>>();
        let values = || write.values.iter().chain(&before);
        self.collection.id_of(|at| values().find(|(index, value)| *index == at && !value.is_missing()).map(|(_, value)| value.clone()))
    }

    fn keyless(&self) -> CallError {
        let name = self.collection.key_name();
        error(ErrorClass::Invalid, format!("a file gives no keys, so `map` must write `{name}`"))
    }

    /// A record with other values. Everything else keeps its bytes, so that a number of thirty digits is not rounded.
    fn changed(&mut self, old: &[u8], values: &[(usize, Value)], new: bool) -> Result<Vec<u8>, CallError> {
        if let Frame::Csv(frame) = &mut self.frame {
            frame.fit(self.collection, values)?;
        }
        let no_record = |_| error(ErrorClass::Invalid, "the record is no JSON object");
        let mut record: Json = serde_json::from_slice(old).map_err(no_record)?;
        let before: HashMap<String, &RawValue> = serde_json::from_slice(old).map_err(no_record)?;
        place::place(&mut record, self.collection, values, new)?;
        let touched = |name: &str| values.iter().any(|(index, _)| begins_with(self.collection, *index, name));
        let members = record.as_object().into_iter().flatten().map(|(name, value)| {
            let kept = before.get(name).filter(|_| !touched(name)).map(|raw| raw.get().to_owned());
            format!("{}:{}", Json::from(name.as_str()), kept.unwrap_or_else(|| value.to_string()))
        });
        Ok(format!("{{{}}}", members.collect::<Vec<_>>().join(",")).into_bytes())
    }

    /// The whole file.
    ///
    /// # Errors
    /// A record cannot be written in its format.
    pub fn bytes(self) -> Result<Vec<u8>, FileError> {
        match self.frame {
            Frame::Lines => Ok(self.entries.into_iter().flatten().flat_map(|entry| [entry, b"\n".to_vec()]).flatten().collect()),
            Frame::Json { file, whole, pretty } => json_file(file, whole, pretty, self.entries.into_iter().flatten()),
            Frame::Csv(frame) => {
                let all = self.entries.iter().enumerate().filter_map(|(at, entry)| Some((at, entry.as_deref()?)));
                frame.file(all.map(|(at, entry)| (at, Some(entry).filter(|_| self.touched.contains(&at)))))
            }
        }
    }
}

impl<'a> Frame<'a> {
    /// Of a file that is made now.
    fn new(file: &'a File) -> Self {
        match &file.format {
            FileFormat::JsonLines => Self::Lines,
            FileFormat::Json { .. } => Self::Json { file, whole: Json::Null, pretty: true },
            FileFormat::Csv(options) => Self::Csv(CsvFrame::new(*options)),
        }
    }

    fn read(disk: &dyn Disk, place: &LocatedFile<'a>) -> Result<(Self, Vec<Vec<u8>>), FileError> {
        let (named, mut entries) = (Named(&place.name), Vec::new());
        let open = || read::open(disk, &place.path, &named);
        let frame = match &place.file.format {
            FileFormat::JsonLines => {
                read::lines(open()?.input, &named, &mut |line| entries.push(line.to_vec()))?;
                Self::Lines
            }
            FileFormat::Json { .. } => {
                let bytes = read::read_json(open()?, &named)?;
                let whole = items::json(&bytes).ok().and_then(|body| serde_json::from_str(body.get()).ok());
                scan::scan(disk, place, &[], &mut |page| entries.extend(page.iter().map(|record| record.to_vec())))?;
                Self::Json { file: place.file, whole: whole.unwrap_or(Json::Null), pretty: bytes.contains(&b'\n') }
            }
            FileFormat::Csv(options) => {
                Self::Csv(CsvFrame::read(disk, &place.path, &named, (*options, place.needed.as_deref()), &mut entries)?)
            }
        };
        Ok((frame, entries))
    }
}

fn begins_with(collection: &Collection, attribute: usize, name: &str) -> bool {
    let steps = collection.attributes[attribute].write_path().steps.as_deref();
    matches!(steps, Some([Step::Name(first), ..]) if first == name)
}

/// Each record keeps its text, so that no number is rounded; what is around them is written again.
fn json_file(file: &File, mut whole: Json, pretty: bool, entries: impl Iterator<Item = Vec<u8>>) -> Result<Vec<u8>, FileError> {
    if let FileFormat::Json { items: Some(items) } = &file.format
        && !items.is_writable()
    {
        return Err(FileError::NotWritable(items.text.clone()));
    }
    let records: Vec<Box<RawValue>> = entries.map(|entry| serde_json::from_slice(&entry)).collect::<Result<_, _>>()?;
    // Stands in for the records; one that the file has itself is made longer.
    let mut mark = "(the records)".to_owned();
    let (around, quoted) = loop {
        match &file.format {
            FileFormat::Json { items: Some(items) } => items.place(&mut whole, Json::from(mark.as_str())),
            _ => whole = Json::from(mark.as_str()),
        }
        let around = if pretty { serde_json::to_string_pretty(&whole) } else { serde_json::to_string(&whole) }?;
        let quoted = format!("\"{mark}\"");
        if around.matches(&quoted).count() == 1 {
            break (around, quoted);
        }
        mark.push('.');
    };
    let list = serde_json::to_string(&records)?;
    let depth = around.lines().find(|line| line.contains(&quoted)).map_or(0, |line| (line.len() - line.trim_start().len()) / 2);
    let list = if pretty { indented(&list, depth) } else { list };
    Ok((around.replacen(&quoted, &list, 1) + "\n").into_bytes())
}

/// A list as JSON text, laid out over several lines without a change of its numbers and texts.
fn indented(json: &str, mut depth: usize) -> String {
    let mut out = String::with_capacity(json.len() * 2);
    let line = |out: &mut String, depth: usize| *out += &format!("\n{}", "  ".repeat(depth));
    let mut rest = json.trim_ascii_start();
    while let Some(first) = rest.chars().next() {
        let (token, after) = rest.split_at(if first == '"' { text_length(rest) } else { first.len_utf8() });
        rest = after.trim_ascii_start();
        if matches!(first, ']' | '}') && !out.ends_with(['[', '{']) {
            depth = depth.saturating_sub(1);
            line(&mut out, depth);
        }
        out += token;
        match first {
            '[' | '{' if !rest.starts_with([']', '}']) => {
                depth += 1;
                line(&mut out, depth);
            }
            ',' => line(&mut out, depth),
            ':' => out.push(' '),
            _ => {}
        }
    }
    out
}

/// How long the text is that some JSON begins with, with its quotes.
fn text_length(json: &str) -> usize {
    let mut escaped = false;
    let end = json.bytes().skip(1).position(|byte| {
        let ends = byte == b'"' && !escaped;
        escaped = byte == b'\\' && !escaped;
        ends
    });
    end.map_or(json.len(), |end| end + 2)
}

fn taken(key: &str) -> CallError {
    error(ErrorClass::Conflict, format!("the file has a record `{key}` already"))
}

fn error(class: ErrorClass, message: impl Into<String>) -> CallError {
    CallError { class, status: None, code: None, message: message.into(), effect: Effect::None }
}
