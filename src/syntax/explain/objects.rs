//! Objects and documents of JSON and YAML where the language has records and blocks of its own.

use super::{Explained, Stop, stop, token::*};
use crate::syntax::{faults, grammar::Rule};
use std::ops::Range;

/// What is said once of a file that is YAML.
pub(in crate::syntax) const YAML: &str = "this is YAML: a `.sync` file encloses its blocks in `{ }`, and has no `:` behind a word";

impl Stop<'_> {
    /// `{ "email": "{email}" }` in a call, after `body`, or with `:` between names and values.
    pub(super) fn json_object(&self) -> Option<Explained> {
        let text = self.unit.text;
        let start = skip_blanks(text, 0);
        let calls = matches!(self.unit.block, Rule::call_block | Rule::http_block | Rule::token_block);
        let body = match &text[token(text, start)] {
            "{" if calls => Some("body = "),
            "body" if self.found() == "{" => Some("= "),
            _ => None,
        };
        let mut edits: Vec<(Range<usize>, String)> =
            colons(text).into_iter().map(|at| (before(text, at)..at + 1, " =".to_owned())).collect();
        let at_colon = self.found() == ":" && self.expects(Rule::p_eq) && edits.iter().any(|(at, _)| at.end == self.found.end);
        if body.is_none() && !at_colon {
            return None;
        }
        if let Some(body) = body {
            edits.insert(0, (self.at..self.at, body.to_owned()));
        }
        let put = |text: String, (at, new): &(Range<usize>, String)| format!("{}{new}{}", &text[..at.start], &text[at.end..]);
        let parses = stop(self.only, &edits.iter().rev().fold(text.to_owned(), put)).is_none();
        if !parses && body.is_none() {
            return None;
        }
        let (message, help) = match body {
            Some(_) => ("what a call sends is given by `body`", "write `body = { NAME = VALUE }`"),
            None => ("the members of an object have `=` before their value, not `:`", "write `{ NAME = VALUE }`"),
        };
        let explained = Explained::new(faults::FOREIGN, self.found.clone(), message, help);
        Some(Explained { edits: if parses { edits } else { Vec::new() }, ..explained })
    }

    /// `key: value` and `- name: value` outside of all blocks.
    pub(super) fn yaml(&self) -> Option<Explained> {
        let first = token(self.unit.text, skip_blanks(self.unit.text, 0));
        (self.unit.block == Rule::file_all && is_yaml(self.unit.text)).then(|| {
            let help = "begin with `system NAME { … }`, and write lines such as `key number` in its `collection NAME { … }`";
            Explained::new(faults::FOREIGN, first, YAML, help)
        })
    }
}

/// Whether a line reads like one of YAML.
pub(in crate::syntax) fn is_yaml(line: &str) -> bool {
    let line = line.trim();
    let said = line.strip_prefix("- ").unwrap_or(line);
    let (name, value) = said.split_once(':').unwrap_or(("", ""));
    let is_key = !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '"' | ' '));
    said.len() < line.len() || line == "---" || is_key && (value.is_empty() || value.starts_with(' '))
}

/// The colons behind the names of an object: outside of texts, inside of its braces.
fn colons(text: &str) -> Vec<usize> {
    let (mut depth, mut at, mut found) = (0_usize, 0, Vec::new());
    while at < text.len() {
        match text.as_bytes()[at] {
            b'"' => at = token(text, at).end.max(at + 1) - 1,
            b'{' => depth += 1,
            b'}' => depth = depth.saturating_sub(1),
            b':' if depth > 0 => found.push(at),
            _ => {}
        }
        at += 1;
    }
    found
}

/// Where the blanks before a place begin.
fn before(text: &str, at: usize) -> usize {
    text[..at].trim_end_matches([' ', '\t']).len()
}
