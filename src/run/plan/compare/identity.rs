//! What an account has of all that tells people apart, as it was seen and not written, so that an account which somebody gives to another
//! person is known although this pipeline never wrote to it. Pure.

use super::{
    map::Map,
    values::{is_called, is_named},
};
use crate::{
    compile::{ExecutionPlan, On},
    run::record_scope::{RecordScope, cell},
    state::link::{Base, Link},
    value::{Kind, Value, canonical::same, trie::Row},
};

impl Map<'_> {
    /// What an account has of all that tells people apart, as hashes of names and values. Of an account that is being linked that is
    /// everything; of one that is linked, what is in step with its record and was neither written nor seen as it is. `skipped`: the attribute
    /// that holds the key of another record, if there is one; asked for only where something is new.
    #[must_use]
    pub fn identity<'n>(
        &self,
        link: Option<&Link>,
        record: &RecordScope<'_>,
        account: &Row,
        skipped: impl FnOnce() -> Option<&'n str>,
    ) -> Vec<(u64, u64)> {
        let seen = |at: &usize| Some((self.seen[*at], self.hash_of(*at, account)?));
        let is_new = |at: &usize| link.is_none_or(|link| self.is_open(link, *at, account));
        let mut open: Vec<usize> = self.telling.iter().copied().filter(is_new).collect();
        if let Some(skipped) = (!open.is_empty()).then(skipped).flatten() {
            open.retain(|at| *self.names[*at] != *skipped);
        }
        let Some(link) = link.filter(|_| !open.is_empty()) else { return open.iter().filter_map(seen).collect() };
        let in_step: Vec<(usize, Option<bool>)> = self.telling.iter().map(|at| (*at, self.is_in_step(*at, record, account))).collect();
        let all = in_step.iter().all(|(_, is_in_step)| *is_in_step != Some(false));
        // What no line writes is believed where all else is in step, and is never put in place of what was seen before.
        let is_believed = |at: usize, is_in_step: Option<bool>| is_in_step.unwrap_or_else(|| all && self.seen_base(link, at).is_none());
        in_step
            .iter()
            .filter(|(at, is_in_step)| open.contains(at) && is_believed(*at, *is_in_step))
            .filter_map(|(at, _)| seen(at))
            .collect()
    }

    /// What is known of an attribute: what this pipeline wrote, or else what it saw.
    pub(super) fn known(&self, link: &Link, attribute: usize) -> Option<Base> {
        self.base(Some(link), attribute).or_else(|| self.seen_base(link, attribute))
    }

    /// Whether an attribute has what was seen, and no line writes it: that nobody changed it says nothing of whose account it is.
    pub(super) fn is_silent(&self, link: &Link, attribute: usize) -> bool {
        self.base(Some(link), attribute).is_none() && !self.is_mapped(attribute)
    }

    fn seen_base(&self, link: &Link, attribute: usize) -> Option<Base> {
        link.bases.get(&self.seen[attribute]).copied()
    }

    /// Whether nothing was written to an attribute, and it is not what was seen. What a new account got by itself stays unknown.
    fn is_open(&self, link: &Link, at: usize, account: &Row) -> bool {
        let is_unknown = |now: u64| self.seen_base(link, at).is_none_or(|base| base.held != Some(now));
        self.base(Some(link), at).is_none()
            && (self.is_mapped(at) || link.by != "created")
            && self.hash_of(at, account).is_some_and(is_unknown)
    }

    fn is_mapped(&self, attribute: usize) -> bool {
        self.plan.map.iter().any(|mapping| mapping.attribute == attribute)
    }

    /// The hash of what an account has; `None` of nothing, and of what can't be read.
    fn hash_of(&self, attribute: usize, account: &Row) -> Option<u64> {
        let now = cell(account, self.plan.target.slot_of(attribute)?).ok().filter(|now| !now.is_missing())?;
        Some(self.digester.value(now, self.plan.comparison(attribute)))
    }

    /// Whether an account has what the lines want; `None` where none says what it has to be.
    fn is_in_step(&self, at: usize, record: &RecordScope<'_>, account: &Row) -> Option<bool> {
        let now = cell(account, self.plan.target.slot_of(at)?).ok()?;
        let lines = self.plan.map.iter().filter(|mapping| mapping.attribute == at && mapping.on != On::Create);
        lines
            .filter_map(|mapping| match self.wanted(mapping, record) {
                Ok(Some(value)) => {
                    let is_there = |value: &Value| same(value, now, mapping.comparison);
                    Some(is_there(&value) || self.as_stored(at, &value).is_some_and(|stored| is_there(&stored)))
                }
                Ok(None) => None,
                Err(_) => Some(false),
            })
            .reduce(|left, right| left && right)
    }
}

/// The attributes that tell people apart: those that `match` compares or are unique, e-mail addresses, and what names people.
pub(super) fn telling(plan: &ExecutionPlan) -> Vec<usize> {
    let collection = plan.target.collection();
    let is_compared = |at: usize| plan.rules.iter().flat_map(|rule| &rule.parts).any(|part| part.attribute == at);
    let tells = |at: &usize| {
        let attribute = &collection.attributes[*at];
        let is_plain = !attribute.secret && !matches!(attribute.ty.kind, Kind::List(_));
        is_plain && (attribute.unique || is_compared(*at) || is_called(&attribute.name, "mail") || is_named(plan, *at))
    };
    let is_id = |at: &usize| collection.key.attributes().any(|key| key == *at);
    (0..collection.attributes.len()).filter(|at| !is_id(at)).filter(tells).collect()
}
