//! References to records that have no account and get none in this change set.

use super::hold::agreements;
use crate::{
    compile::ListOwnership,
    run::{
        change_set::{NewLink, OpenReference, Reason, Step, Stored, Verdict, Written},
        plan::{draft::pending, planner::Planner},
    },
    value::{Pending, Text, Value, canonical},
};
use std::collections::HashSet;

impl Planner<'_> {
    /// Drops references to records that will not be created in this change set; returns whether an operation was withdrawn.
    pub(super) fn drop_references(&mut self) -> bool {
        let created: HashSet<Text> = self
            .drafts
            .iter()
            .filter(|draft| !draft.withdrawn && draft.operation.verdict == Verdict::Create)
            .map(|draft| Text::from(draft.key()))
            .collect();
        let mut changed = false;
        for at in 0..self.drafts.len() {
            if !self.drafts[at].withdrawn
                && self.drafts[at].operation.written().flat_map(pending).any(|pending| self.is_unusable(pending, &created))
            {
                changed |= self.drop_from(at, &created);
            }
        }
        changed
    }

    /// Whether a reference names a record that has no counterpart and gets none in this change set.
    fn is_unusable(&self, pending: &Pending, created: &HashSet<Text>) -> bool {
        *pending.pipeline != *self.classification.plan().name || !created.contains(&pending.key)
    }

    /// Whether the target requires an attribute.
    pub(crate) fn is_required(&self, value: &Written) -> bool {
        let attributes = &self.classification.plan().target.collection().attributes;
        attributes.iter().any(|attribute| *attribute.name == *value.attribute && !attribute.ty.optional)
    }

    fn drop_from(&mut self, at: usize, created: &HashSet<Text>) -> bool {
        let draft = &self.drafts[at];
        let lacking = || draft.operation.written().flat_map(|value| value.after.0.pending().map(move |pending| (value, pending)));
        let lacking: Vec<_> = lacking().filter(|(_, pending)| self.is_unusable(pending, created)).collect();
        let creates = draft.operation.verdict == Verdict::Create;
        if let Some(detail) = lacking.iter().find(|(value, _)| creates && self.is_required(value)).map(|(value, it)| self.lacks(value, it))
        {
            self.withdraw_draft(at, Verdict::Waiting, Reason::Reference, detail);
            return true;
        }
        let open: Vec<OpenReference> = lacking.iter().map(|(value, pending)| OpenReference::of(draft.key(), value, pending)).collect();
        let row = draft.row;
        self.open_references.extend(open);
        self.leave_out(at, created);
        self.again.extend(row.map(|row| (row, "waits for a reference")));
        self.forget_if_empty(at);
        false
    }

    /// Removes unusable references from the values that are written.
    fn leave_out(&mut self, at: usize, created: &HashSet<Text>) {
        let mut steps = std::mem::take(&mut self.drafts[at].operation.steps);
        for values in steps.iter_mut().filter_map(Step::values_mut) {
            values.retain_mut(|value| self.keeps_rest(value, created));
        }
        self.drafts[at].operation.steps = steps;
    }

    /// Whether something is left to write. A list that its line owns as a whole waits for all references in it, because writing the rest
    /// would remove the items that are in the account now.
    fn keeps_rest(&self, value: &mut Written, created: &HashSet<Text>) -> bool {
        if !value.after.0.pending().any(|pending| self.is_unusable(pending, created)) {
            return true;
        }
        let plan = self.classification.plan();
        let named = |at: usize| plan.target.collection().attributes[at].name == *value.attribute;
        let shared = plan.map.iter().find(|mapping| named(mapping.attribute) && mapping.list != ListOwnership::Exactly);
        let usable = |pending: &Pending| (!self.is_unusable(pending, created)).then(|| Value::Pending(Box::new(pending.clone())));
        let Some((rest, mapping)) = value.after.0.filled(usable).zip(shared) else { return false };
        let differs = !canonical::same(&rest, &value.before.0, mapping.comparison);
        value.after = Stored(rest);
        differs
    }

    /// `person needs the counterpart of 53, which has none yet`
    pub(crate) fn lacks(&self, value: &Written, pending: &Pending) -> String {
        let (attribute, key, pipeline) = (&value.attribute, &pending.key, &pending.pipeline);
        match self.classification.input.related.links.get(pipeline.as_str()) {
            Some(None) => format!("{attribute} needs the counterpart of {key}, and `{pipeline}` has linked nobody yet"),
            Some(Some(_)) => format!("{attribute} needs the counterpart of {key} in `{pipeline}`, which has none yet"),
            None => format!("{attribute} needs the counterpart of {key}, which has none yet"),
        }
    }

    /// Turns an update without remaining steps into an unchanged record, and keeps its new link.
    fn forget_if_empty(&mut self, at: usize) {
        let draft = &mut self.drafts[at];
        draft.operation.steps.retain(|step| !matches!(step, Step::Update { values } if values.is_empty()));
        if draft.operation.verdict != Verdict::Update || !draft.operation.steps.is_empty() {
            return;
        }
        draft.withdrawn = true;
        self.agreed.extend(agreements(&draft.operation));
        let (row, before) = (draft.row, draft.operation.verdict);
        if let (Some(target), Some(by)) = (draft.operation.target.clone(), draft.operation.linked_by.clone()) {
            self.links.push(NewLink { key: draft.operation.key.clone(), target, by });
        }
        self.change_verdict(row, before, Verdict::Unchanged);
    }
}
