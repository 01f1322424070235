//! Whether the answer to a create is about the new record, or about one that was there before.

use super::Executor;
use crate::{
    run::{
        apply::{reader::Reader, target::Target},
        change_set::{Step, Written},
    },
    value::{Value, canonical::same, trie::Row},
};

impl<T: Target> Executor<'_, T> {
    /// The record that the answer to a create names, where it is not the new one, in words.
    pub(super) fn another(&self, at: usize, id: &str, row: Option<&Row>) -> Option<String> {
        let (key, target) = (&self.operation(at).key, self.context.plan.target.name());
        if let Ok(Some(link)) = self.context.store.link_of_target(self.context.link_set, id)
            && link.key != *key
        {
            return Some(format!("{id} of {target} is linked to {}", link.key));
        }
        if self.is_taken_in_this_run(at, id) {
            return Some(format!("{id} of {target} was created for another record in this run"));
        }
        let values = self.states[at].filled.as_ref().map_or(&[][..], Step::values);
        // Its values prove nothing: an answer may repeat what was sent beside the id of somebody else.
        if self.set.listed.has(id) {
            return Some(format!("{id} of {target} was there before"));
        }
        let (name, now) = contradicted(&self.resolver.reader, values, row?)?;
        Some(format!("{id} of {target} has `{name}` {now}"))
    }

    /// Whether an account was created or found for another record of this run.
    pub(super) fn is_taken_in_this_run(&self, at: usize, id: &str) -> bool {
        let own = self.created.get(self.operation(at).key.as_str());
        self.created_ids.contains(id) && own.is_none_or(|own| own != id)
    }
}

/// A value that identifies the record, and that the answer shows as another one, whatever the target makes of letters and blanks.
fn contradicted(reader: &Reader<'_>, values: &[Written], row: &Row) -> Option<(String, String)> {
    let plan = reader.plan();
    let identifies = |at: usize| {
        let alone = || plan.rules.iter().any(|rule| rule.parts.len() == 1 && rule.parts[0].attribute == at);
        reader.collection().attributes[at].unique || alone()
    };
    values.iter().find_map(|written| {
        let at = reader.attribute(&written.attribute).filter(|at| identifies(*at) && reader.can_be_seen(written))?;
        let now = reader.value(row, at).filter(|now| !now.is_missing() && !same(now, &written.after.0, reader.comparison(at)))?;
        let (now, sent) = (plain(now)?, plain(&written.after.0)?);
        (now != sent)
            .then(|| (written.attribute.to_string(), reader.value(row, at).and_then(Value::to_text).unwrap_or_default().into_owned()))
    })
}

/// Letters and digits alone, in lower case, without leading zeros.
fn plain(value: &Value) -> Option<String> {
    let text: String = value.to_text()?.chars().filter(|each| each.is_alphanumeric()).flat_map(char::to_lowercase).collect();
    Some(text.trim_start_matches('0').to_owned())
}
