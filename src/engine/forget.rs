//! Forgets one person: all that is kept here under a key. The target is left as it is.

use super::{EngineError, Workspace, change_sets::remove_files};
use crate::{
    diagnose::screen_text::printable,
    state::{
        Store, Transaction,
        retention::{Keyed, Removed, names},
    },
};
use serde_json::Value as Json;
use std::{
    io,
    path::{Path, PathBuf},
};

/// What was removed of a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ForgottenPerson {
    pub pipeline: String,
    /// The records of the other direction that are forgotten as well.
    pub also: Vec<Keyed>,
    pub removed: Removed,
    /// Saved change sets and error files that named the key.
    pub files: usize,
}

impl Workspace {
    /// Removes everything that is kept of a key, and remembers only that it is forgotten. Where there is another direction, the account is
    /// a record of it, and is forgotten as well. Nothing is sent to any system.
    ///
    /// # Errors
    /// No such pipeline, a run is under way, a request about the key has no known outcome yet, or the state can't be written.
    pub fn forget(&self, asked: Option<&str>, key: &str, by: &str) -> Result<ForgottenPerson, EngineError> {
        let pipeline = self.project.choose(asked)?.name;
        let (store, now) = (self.store_of(&pipeline)?, self.project.host.now());
        let mut leases = store.leases(&pipeline, by, now)?;
        for other in store.other_directions(&pipeline)? {
            leases.add(&other, by)?;
        }
        let people = store.same_person(&store.record(&pipeline, key)?)?;
        for record in &people {
            if store.is_under_way(record)? {
                return Err(EngineError::UnderWay { key: record.key.clone(), pipeline: record.pipeline.clone() });
            }
        }
        let transaction = store.transaction()?;
        let removed = transaction.forget(store.key(), &people, by, now)?;
        let mut files = 0;
        for record in &people {
            files += self.remove_files_with(&store, &transaction, record)?;
        }
        // The files are gone by now: after a kill before this line, the rows still say whose they were, and it can be done again.
        transaction.commit()?;
        drop(leases);
        store.scrub()?;
        Ok(ForgottenPerson { pipeline, also: people[1..].to_vec(), removed, files })
    }

    /// Lets a forgotten key be planned again. Returns whether it was forgotten.
    ///
    /// # Errors
    /// No such pipeline, or the state can't be written.
    pub fn remember(&self, asked: Option<&str>, key: &str) -> Result<(String, bool), EngineError> {
        let pipeline = self.project.choose(asked)?.name;
        let was = self.store_of(&pipeline)?.remember(&Keyed { pipeline: pipeline.clone(), key: key.to_owned() })?;
        Ok((pipeline, was))
    }

    fn store_of(&self, pipeline: &str) -> Result<Store, EngineError> {
        let store = Store::open_existing(&self.project.host, &self.project.state_folder())?;
        store.ok_or_else(|| EngineError::NothingKnown(pipeline.to_owned()))
    }

    /// Removes the saved change sets and the error files of a pipeline that name a key. Returns how many there were.
    fn remove_files_with(
        &self,
        store: &Store,
        transaction: &Transaction<'_>,
        Keyed { pipeline, key }: &Keyed,
    ) -> Result<usize, EngineError> {
        let (folder, disk) = (self.project.state_folder(), self.project.host.disk());
        let mut files: Vec<PathBuf> = Vec::new();
        for row in store.change_sets_of(pipeline)?.into_iter().filter(|row| !row.file.is_empty()) {
            let file = folder.join(&row.file);
            match disk.read_text(&file) {
                Ok(text) if !json_names(&text, key) => continue,
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                _ => files.push(file),
            }
            transaction.without_file(&row.id)?;
        }
        for run in store.runs(Some(pipeline), usize::MAX >> 1)? {
            let of_run = |kind: &str| folder.join(format!("errors/run-{}.{kind}", run.number));
            let has = |file: &Path, names: fn(&str, &str) -> bool| disk.read_text(file).is_ok_and(|text| names(&text, key));
            files.extend(Some(of_run("jsonl")).filter(|file| has(file, json_names)));
            files.extend(Some(of_run("csv")).filter(|file| has(file, csv_names)));
        }
        remove_files(disk, &files)?;
        Ok(files.len())
    }
}

/// Whether a text in JSON lines names a key. A line that can't be read is taken as if it did.
fn json_names(text: &str, key: &str) -> bool {
    text.lines().any(|line| serde_json::from_str(line).map_or(true, |line| value_names(&line, key)))
}

fn value_names(value: &Json, key: &str) -> bool {
    match value {
        Json::String(text) => names(text, key),
        Json::Array(values) => values.iter().any(|value| value_names(value, key)),
        Json::Object(members) => members.iter().any(|(name, value)| names(name, key) || value_names(value, key)),
        Json::Number(number) => number.to_string() == key,
        Json::Null | Json::Bool(_) => false,
    }
}

/// Whether a cell of a file for a spreadsheet names a key, which is made harmless there.
fn csv_names(text: &str, key: &str) -> bool {
    let shown = printable(key);
    let rows = ::csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(text.as_bytes()).into_records();
    rows.into_iter().any(|row| row.map_or(true, |row| row.iter().any(|cell| names(cell, &shown))))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnose::screen_text::{escaped_json, in_spreadsheet};
    use serde_json::json;

    #[test]
    fn a_key_is_found_however_a_file_writes_it() {
        for key in ["-5", "+5", "=5", "@5", "a\"b", "a,b", "a\\b", "a\tb", "a\u{202e}b", "##5", "group=7 account=ada", "é"] {
            let line = json!({ "operation": { "key": key } }).to_string();
            assert!(json_names(&escaped_json(&line), key), "{line}");
            let mut writer = ::csv::Writer::from_writer(Vec::new());
            writer.write_record(["key", &in_spreadsheet(key)]).unwrap();
            let text = String::from_utf8(writer.into_inner().unwrap()).unwrap();
            assert!(csv_names(&text, key), "{text}");
        }
    }

    #[test]
    fn a_key_is_found_within_a_sentence_and_not_within_another_key() {
        let line = |text: &str| json!({ "detail": text }).to_string();
        assert!(json_names(&line("email finds 83035, which belongs to 00041"), "00041"));
        assert!(!json_names(&line("email finds 83035, which belongs to 000412"), "00041"));
        assert!(!json_names(&line("key ä41"), "41") && !json_names(&line("x"), ""));
        assert!(json_names("{cut", "1"), "what can't be read may hold it");
    }
}
