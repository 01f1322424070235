//! JSON paths and regular expressions of a folder: each text is compiled once, whoever writes it.

use crate::value::{
    path::{JsonPath, PathError},
    pattern,
};
use regex::Regex;
use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

/// More texts than a folder has; a process that watches one for months forgets those of earlier versions.
const MOST: usize = 50_000;

/// What has been compiled, and what was wrong with the rest.
#[derive(Debug, Default)]
pub(crate) struct Patterns {
    paths: Known<JsonPath, PathError>,
    regexes: Known<Regex, regex::Error>,
}

#[derive(Debug)]
struct Known<T, E>(Mutex<HashMap<String, Result<T, E>>>);

impl<T, E> Default for Known<T, E> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<T: Clone, E: Clone> Known<T, E> {
    fn get(&self, text: &str, compile: fn(&str) -> Result<T, E>) -> Result<T, E> {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = known.get(text) {
            return known.clone();
        }
        if known.len() >= MOST {
            known.clear();
        }
        let compiled = compile(text);
        known.insert(text.to_owned(), compiled.clone());
        compiled
    }
}

impl Patterns {
    /// A JSON path.
    pub fn path(&self, text: &str) -> Result<JsonPath, PathError> {
        self.paths.get(text, JsonPath::parse)
    }

    /// A regular expression.
    pub fn regex(&self, text: &str) -> Result<Regex, regex::Error> {
        self.regexes.get(text, pattern::compile)
    }
}
