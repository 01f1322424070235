//! What a screen may print of data from elsewhere. A view takes [`Harmless`] data, which only the cleaner makes.

use crate::{
    diagnose::screen_text::{may_harm, printable},
    engine::{RunReport, held::HeldPipeline},
    run::change_set::{ChangeSet, OpenReference, Outcome, Rekey},
    state::{errors::ListedError, runs::RunRow},
};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value as Json;
use std::{
    io::{self, Write},
    ops::Deref,
};

/// Data in which every text is on one line and harmless, whatever a record, a file or a vendor put there. Formats for programs have
/// escapes of their own and print the data itself.
#[derive(Clone, Debug)]
pub struct Harmless<T>(T);

impl<T: Foreign> Harmless<T> {
    /// Cleans.
    #[must_use]
    pub fn of(data: &T) -> Self {
        Self(data.harmless())
    }
}

impl<T> Deref for Harmless<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

/// Data with texts from elsewhere.
pub trait Foreign {
    /// The same with every text as [`printable`] has it.
    #[must_use]
    fn harmless(&self) -> Self;
}

impl Foreign for String {
    fn harmless(&self) -> Self {
        printable(self).into_owned()
    }
}

impl<T: Foreign> Foreign for Option<T> {
    fn harmless(&self) -> Self {
        self.as_ref().map(T::harmless)
    }
}

impl<T: Foreign> Foreign for Vec<T> {
    fn harmless(&self) -> Self {
        self.iter().map(T::harmless).collect()
    }
}

/// These are saved as JSON and read back, so that no text of theirs can be forgotten.
macro_rules! foreign_by_json {
    ($($kind:ty),*) => {
        $(impl Foreign for $kind {
            fn harmless(&self) -> Self {
                by_json(self)
            }
        })*
    };
}

foreign_by_json!(ChangeSet, Outcome, Rekey, OpenReference);

impl Foreign for RunReport {
    fn harmless(&self) -> Self {
        let (outcomes, rekeyed, open_references) = (self.outcomes.harmless(), self.rekeyed.harmless(), self.open_references.harmless());
        let (stopped, held_back) = (self.stopped.harmless(), self.held_back.harmless());
        let Self { run, end, milliseconds, errors, .. } = *self;
        Self { run, end, set: self.set.harmless(), outcomes, rekeyed, open_references, milliseconds, stopped, held_back, errors }
    }
}

impl Foreign for RunRow {
    fn harmless(&self) -> Self {
        let (by, sentence, pipeline) = (self.by.harmless(), self.sentence.harmless(), self.pipeline.harmless());
        Self { by, sentence, pipeline, ..self.clone() }
    }
}

impl Foreign for ListedError {
    fn harmless(&self) -> Self {
        let mut listed = self.clone();
        let error = &mut listed.error;
        for text in [&mut error.key, &mut error.message, &mut error.file].into_iter().chain(&mut error.label).chain(&mut error.attribute) {
            *text = text.harmless();
        }
        listed
    }
}

impl Foreign for HeldPipeline {
    fn harmless(&self) -> Self {
        let mut held = self.clone();
        if let Some(set) = &mut held.change_set {
            (set.why, set.said) = (set.why.harmless(), set.said.harmless());
        }
        for record in &mut held.records {
            for text in [&mut record.key, &mut record.detail].into_iter().chain(&mut record.label).chain(&mut record.target) {
                *text = text.harmless();
            }
            record.commands.iter_mut().flat_map(|hint| &mut hint.args).for_each(|arg| *arg = arg.harmless());
        }
        held
    }
}

/// Cleans by way of JSON; what is harmless already is only copied.
fn by_json<T: Clone + Serialize + DeserializeOwned>(data: &T) -> T {
    let mut search = Search(false);
    let sought = serde_json::to_writer(&mut search, data);
    if sought.is_ok() && !search.0 {
        return data.clone();
    }
    let mut json = serde_json::to_value(data).expect("it is saved as JSON");
    clean(&mut json);
    serde_json::from_value(json).expect("it is read back from JSON, and texts stay texts")
}

fn clean(json: &mut Json) {
    match json {
        Json::String(text) if may_harm(text) => *text = printable(text).into_owned(),
        Json::Array(items) => items.iter_mut().for_each(clean),
        Json::Object(members) => {
            if members.keys().any(|name| may_harm(name)) {
                *members = std::mem::take(members).into_iter().map(|(name, value)| (name.harmless(), value)).collect();
            }
            members.values_mut().for_each(clean);
        }
        _ => {}
    }
}

/// Looks for texts that may harm in JSON that is written to it. An escape other than of a quote or a backslash is of a control character.
struct Search(bool);

impl Write for Search {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let harmless = |text: &str| !may_harm(text) && (!text.contains('\\') || matches!(text, "\\\"" | "\\\\"));
        self.0 |= !std::str::from_utf8(bytes).is_ok_and(harmless);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_text_of_a_failure_is_clean_and_its_numbers_stay() {
        let rekey = Rekey { key: "1\n::error::x".into(), from: "5\u{1b}[2J".into(), to: "7\u{202e}".into() };
        let shown = Harmless::of(&rekey);
        assert_eq!((shown.key.as_str(), shown.from.as_str(), shown.to.as_str()), ("1 : :error::x", "5\u{fffd}[2J", "7\u{fffd}"));
        let quoted = Outcome::Conflict { message: "\"a\\b\" is taken".into(), waits: false };
        assert_eq!(quoted.harmless(), quoted);
    }
}
