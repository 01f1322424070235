//! A change set as a file of JSON lines: one for the head, one for each operation, finding and link, and a last one with a checksum.
//!
//! The operations in a file are checked against their hashes, and all of them against the hash of the set, when it is read.

use super::{
    ChangeSet, Finding, Listed, NewLink, Operation, StateUpdates, Stored,
    hash::{self, Digester},
};
use crate::{diagnose::screen_text::escaped_json, value::Value};
use serde::{Deserialize, Serialize};
use std::io::{self, BufRead, Write};

/// The form of the lines below. A file of another form is not read: `counterpart plan` makes a new change set at no cost.
const FORM_VERSION: u32 = 4;

/// Why a saved change set can't be used.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    #[error("it can't be read: {0}")]
    Unreadable(#[source] io::Error),
    #[error("its file is not as it was saved")]
    Touched,
    #[error("its file is cut short")]
    CutShort,
    #[error("it was saved by an earlier version of counterpart, in another form: `plan` makes a new one")]
    EarlierForm,
    #[error("it was saved by a newer version of counterpart (form {0}, this version reads form {FORM_VERSION}): `plan` makes a new one")]
    NewerForm(u32),
}

#[derive(Serialize)]
#[serde(rename_all = "snake_case")]
enum Out<'a> {
    Head { form: u32, change_set: &'a ChangeSet },
    Operation(&'a Operation),
    Finding(&'a Finding),
    Link(&'a NewLink),
    End(&'a End),
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum In {
    Head {
        #[expect(dead_code, reason = "looked at by `form` before the rest is read")]
        form: u32,
        change_set: Box<ChangeSet>,
    },
    Operation(Box<Operation>),
    Finding(Finding),
    Link(NewLink),
    End(End),
}

/// The last line: without it, or with another sum, the file is not whole.
#[derive(Serialize, Deserialize)]
struct End {
    lines: u64,
    /// BLAKE3 over the lines before.
    sum: String,
}

/// Writes lines and sums them up.
struct Lines<'w> {
    writer: &'w mut dyn Write,
    hasher: blake3::Hasher,
    count: u64,
}

impl Lines<'_> {
    fn write(&mut self, line: &Out<'_>) -> io::Result<()> {
        let json = serde_json::to_string(line)? + "\n";
        let json = escaped_json(&json);
        self.hasher.update(json.as_bytes());
        self.count += 1;
        self.writer.write_all(json.as_bytes())
    }
}

impl ChangeSet {
    /// The same set without operations, findings and links, which have lines of their own.
    fn without_lines(&self) -> Self {
        let updates = StateUpdates { links: Vec::new(), ..self.updates.clone() };
        Self {
            head: self.head.clone(),
            operations: Vec::new(),
            findings: Vec::new(),
            ledger: self.ledger.clone(),
            updates,
            listed: Listed::default(),
            is_fresh: false,
        }
    }

    /// Writes it as JSON lines. Secret values stay out: who applies it works them out again.
    ///
    /// # Errors
    /// Those of the writer.
    pub fn save(&self, writer: &mut dyn Write) -> io::Result<()> {
        let mut lines = Lines { writer, hasher: blake3::Hasher::new(), count: 0 };
        lines.write(&Out::Head { form: FORM_VERSION, change_set: &self.without_lines() })?;
        for operation in &self.operations {
            match operation.has_secret() {
                true => lines.write(&Out::Operation(&without_secrets(operation)))?,
                false => lines.write(&Out::Operation(operation))?,
            }
        }
        self.findings.iter().try_for_each(|finding| lines.write(&Out::Finding(finding)))?;
        self.updates.links.iter().try_for_each(|link| lines.write(&Out::Link(link)))?;
        let end = End { lines: lines.count, sum: lines.hasher.finalize().to_hex().to_string() };
        lines.write(&Out::End(&end))
    }

    /// Reads one back, and checks that it is the one that was saved.
    ///
    /// # Errors
    /// The file is cut short, was touched, comes from a newer version, or can't be read.
    pub fn load(reader: &mut dyn BufRead) -> Result<Self, LoadError> {
        let mut hasher = blake3::Hasher::new();
        let mut set: Option<Self> = None;
        let mut bytes = Vec::new();
        for count in 0.. {
            bytes.clear();
            let read = reader.read_until(b'\n', &mut bytes).map_err(LoadError::Unreadable)?;
            if read == 0 {
                break;
            }
            if count == 0 {
                supported(&bytes)?;
            }
            match (parse(&bytes)?, &mut set) {
                (In::Head { change_set, .. }, None) => set = Some(*change_set),
                (In::Operation(operation), Some(set)) => set.operations.push(*operation),
                (In::Finding(finding), Some(set)) => set.findings.push(finding),
                (In::Link(link), Some(set)) => set.updates.links.push(link),
                (In::End(end), Some(_)) if end.lines == count && end.sum == hasher.finalize().to_hex().as_str() => {
                    return set.ok_or(LoadError::CutShort).and_then(verified);
                }
                _ => return Err(LoadError::Touched),
            }
            hasher.update(&bytes);
        }
        Err(LoadError::CutShort)
    }

    /// Whether it lacks secret values, which only the run that made it had.
    #[must_use]
    pub fn lacks_secrets(&self) -> bool {
        self.operations.iter().any(Operation::has_secret)
    }
}

fn parse(bytes: &[u8]) -> Result<In, LoadError> {
    serde_json::from_slice(bytes).map_err(|_| LoadError::Touched)
}

/// Checks the form of the file before anything else, because a file of another version may be unreadable without being damaged.
fn supported(first: &[u8]) -> Result<(), LoadError> {
    #[derive(Deserialize)]
    #[serde(rename_all = "snake_case")]
    enum First {
        Head {
            form: u32,
        },
        /// How the first line began before forms had a number.
        ChangeSet {},
    }
    match serde_json::from_slice(first) {
        Ok(First::Head { form: FORM_VERSION }) => Ok(()),
        Ok(First::Head { form }) if form > FORM_VERSION => Err(LoadError::NewerForm(form)),
        Ok(_) => Err(LoadError::EarlierForm),
        Err(_) => Err(LoadError::Touched),
    }
}

/// Checks the hash of each operation, and the hash of the set over all of them.
fn verified(set: ChangeSet) -> Result<ChangeSet, LoadError> {
    let digester = Digester::new([0; 32]);
    let sound = |operation: &Operation| operation.has_secret() || digester.operation(operation) == operation.hash;
    let whole =
        set.operations.iter().all(sound) && hash::change_set(&set) == set.head.hash && hash::change_set_id(&set.head.hash) == set.head.id;
    if whole { Ok(set) } else { Err(LoadError::Touched) }
}

fn without_secrets(operation: &Operation) -> Operation {
    let mut operation = operation.clone();
    for value in operation.written_mut().flatten().filter(|value| value.secret) {
        (value.before, value.after) = (Stored(Value::Null), Stored(Value::Null));
    }
    operation
}
