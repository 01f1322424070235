//! What a 404 is that says nothing of the record: one of a server that does not know the address, of an outage, or of another service.

use super::Judge;
use crate::{
    check::model::{
        usual::{ENVELOPE, letters},
        wrong_address,
    },
    systems::scope::AnswerBody,
};
use serde_json::Value as Json;

impl Judge<'_> {
    /// Whether a 404 is one of a server or a gateway that does not know the address, or of an outage. It says nothing of the record.
    pub(super) fn astray(&self) -> Option<&'static str> {
        if !matches!(self.answer.status, 404 | 410) {
            return None;
        }
        let words = || self.words();
        match () {
            () if self.answer.is_html() || words().is_some_and(|words| wrong_address::names_a_route(&words)) => {
                Some("is about the address")
            }
            () if self.is_foreign_text() => Some("is not how the system tells of a record"),
            () if wrong_address::is_of_no_record(&self.told_texts(), self.about.path) => Some("says nothing of the record"),
            () => None,
        }
    }

    pub(super) fn is_astray(&self) -> bool {
        self.astray().is_some()
    }

    /// Whether it is a text, of a system that answers with objects.
    fn is_foreign_text(&self) -> bool {
        !self.about.in_rows && matches!(self.scope.answer, AnswerBody::Nothing) && !self.answer.body.trim_ascii().is_empty()
    }

    /// What an error says of itself: its texts, without those that name the request and the place where it was made.
    fn told_texts(&self) -> Vec<String> {
        let tree = self.scope.answer.tree();
        tree.map(|tree| texts_of(&tree, 4)).unwrap_or_default()
    }
}

/// The texts in the members of an error, but for those that repeat the request.
fn texts_of(json: &Json, depth: usize) -> Vec<String> {
    match json {
        Json::String(text) => vec![text.clone()],
        Json::Object(members) if depth > 0 => {
            let telling = members.iter().filter(|(name, _)| !ENVELOPE.has(&letters(name)));
            telling.flat_map(|(_, value)| texts_of(value, depth - 1)).collect()
        }
        Json::Array(items) if depth > 0 => items.iter().take(10).flat_map(|item| texts_of(item, depth - 1)).collect(),
        _ => Vec::new(),
    }
}
