//! Conflicts between operations: accounts that another record claims, values that must be unique, and references to records
//! without an account. Operations that can't be carried out are withdrawn, and both sides are named.

use super::pending;
use super::{
    decide::Planner,
    operations::pending_ops::{Draft, pending},
};
use crate::run::classify::classification::{Entry, RowVerdict, finding};
use crate::{
    compile::ListOwnership,
    run::{
        change_set::{Agreement, OpenReference, Operation, Reason, Step, Stored, Verdict, Written},
        classify::{matching::Buckets, table::SourceState},
        record_scope::cell_or_null,
    },
    value::{Pending, Text, Value, canonical},
};
use std::{
    collections::{BTreeMap, HashMap, HashSet},
    hash::{DefaultHasher, Hasher},
};

impl Planner<'_> {
    /// Withdraws operations that conflict. Only references need a loop: a withdrawn create can take the account away from the
    /// records that refer to it, and so on. Claims and unique values are looked at once, against all operations, because
    /// withdrawing one makes no other of them possible.
    ///
    /// The order matters. A claimed account comes first, because both sides of a claim are held and neither may take a value from the
    /// other. Then unique values, then what the target refused before. References come last and again and again: to withdraw a create takes
    /// the counterpart away from whoever names it, which may withdraw another create. Each round withdraws one at least, so it ends.
    pub fn withdraw(&mut self) {
        self.hold_claimed();
        self.hold_taken_values();
        self.hold_refused();
        while self.drop_references() {}
    }

    // ---- Same person: no account is closed while another current row matches it ----

    fn hold_claimed(&mut self) {
        let leaving: HashMap<u32, usize> = self
            .drafts
            .iter()
            .enumerate()
            .filter(|(_, draft)| draft.leaves())
            .filter_map(|(at, draft)| Some((draft.account?, at)))
            .collect();
        if leaving.is_empty() {
            return;
        }
        let claims = self.claims(&leaving);
        for (draft, claimants) in claims {
            self.same_person(draft, &claimants);
        }
    }

    /// By draft: rows that claim its account, and the line by which.
    fn claims(&self, leaving: &HashMap<u32, usize>) -> BTreeMap<usize, Vec<(u32, usize)>> {
        let accounts = &self.classification.accounts;
        let rules = &self.classification.plan().rules;
        let index: Vec<Buckets> = rules.iter().map(|rule| accounts.buckets(rule, |row| leaving.contains_key(&row))).collect();
        let mut claims: BTreeMap<usize, Vec<(u32, usize)>> = BTreeMap::new();
        for row in self.claimants() {
            let record = self.classification.record_scope(Some(row), None);
            for (at, rule) in rules.iter().enumerate() {
                // If a value can't be computed, only its line is skipped, so that the other lines still protect the account.
                let Ok(values) = rule.parts.iter().map(|part| part.value.run(&record)).collect::<Result<Vec<_>, _>>() else { continue };
                for account in accounts.candidates(&index[at], at, &values) {
                    let draft = leaving[&account];
                    let claimants = claims.entry(draft).or_default();
                    if self.drafts[draft].row != Some(row) && !claimants.iter().any(|(known, _)| *known == row) {
                        claimants.push((row, at));
                    }
                }
            }
        }
        claims.retain(|_, claimants| !claimants.is_empty());
        claims
    }

    /// Rows in scope, held or rejected, that are not leavers themselves.
    fn claimants(&self) -> impl Iterator<Item = u32> {
        let current = |entry: &&Entry| matches!(entry.state, SourceState::InScope | SourceState::Rejected);
        let entries = self.classification.entries.iter().filter(current).filter_map(|entry| entry.row);
        entries.chain(self.classification.unkeyed.iter().copied())
    }

    fn same_person(&mut self, at: usize, claimants: &[(u32, usize)]) {
        let noun = self.classification.accounts.noun();
        let leaver = self.drafts[at].key().to_owned();
        let target = self.drafts[at].operation.target.clone().unwrap_or_default();
        let mut names = Vec::new();
        for (row, rule) in claimants {
            let word = self.classification.accounts.rule_word(*rule).to_owned();
            let detail = format!("{word} finds {target}, which {leaver} would close on leaving");
            names.push(self.hold_row(*row, Reason::SamePerson, &detail));
        }
        let detail = format!("{} still {} {noun} {target}", names.join(" and "), if names.len() == 1 { "matches" } else { "match" });
        self.hold_draft(at, Reason::SamePerson, detail);
    }

    /// Holds a row whatever it was; gives its key, or its row where it has none.
    fn hold_row(&mut self, row: u32, kind: Reason, detail: &str) -> String {
        let Some(key) = self.classification.key_of_row(row).map(Text::to_string) else { return format!("record {}", row + 1) };
        // Drafts are in the order of their rows, too.
        let draft = self.drafts.binary_search_by_key(&row, |draft| draft.row.unwrap_or(u32::MAX));
        if let Some(at) = draft.ok().filter(|at| !self.drafts[*at].withdrawn) {
            self.hold_draft(at, kind, detail.to_owned());
        } else if !matches!(self.rows[row as usize].verdict, Verdict::Held | Verdict::Rejected) {
            self.rows[row as usize] = RowVerdict { verdict: Verdict::Held, scope: None };
            let label = self.classification.record_scope(Some(row), None).label();
            self.findings.push(finding(Verdict::Held, &key, label, kind, detail.to_owned()));
            self.links.retain(|link| link.key != key);
        }
        key
    }

    /// Withdraws a draft: its person is held instead.
    fn hold_draft(&mut self, at: usize, kind: Reason, detail: String) {
        self.take_back_draft(at, Verdict::Held, kind, detail);
    }

    fn take_back_draft(&mut self, at: usize, verdict: Verdict, kind: Reason, detail: String) {
        let draft = &mut self.drafts[at];
        if std::mem::replace(&mut draft.withdrawn, true) {
            return;
        }
        self.agreed.extend(agreements(&draft.operation));
        let mut finding = finding(verdict, &draft.operation.key, draft.operation.label.clone(), kind, detail);
        finding.lines.clone_from(&draft.operation.lines);
        finding.target.clone_from(&draft.operation.target);
        let (row, before) = (draft.row, draft.operation.verdict);
        self.findings.push(finding);
        self.remark(row, before, verdict);
    }

    fn remark(&mut self, row: Option<u32>, before: Verdict, after: Verdict) {
        if let Some(row) = row {
            self.rows[row as usize] = RowVerdict { verdict: after, scope: None };
            return;
        }
        if let Some(count) = self.absent.get_mut(&before) {
            *count -= 1;
        }
        self.absent.retain(|_, count| *count > 0);
        *self.absent.entry(after).or_default() += 1;
    }

    // ---- Give up before take: a unique value that another account holds ----

    fn hold_taken_values(&mut self) {
        let target = &self.classification.plan().target;
        for (at, attribute) in target.collection().attributes.iter().enumerate().filter(|(_, attribute)| attribute.unique) {
            let writes = |draft: &Draft| draft.operation.written().any(|value| *value.attribute == *attribute.name);
            if self.drafts.iter().any(writes) {
                self.hold_taken(&attribute.name, target.slot_of(at), attribute.comparison);
            }
        }
    }

    fn hold_taken(&mut self, name: &str, slot: Option<usize>, how: canonical::Comparison) {
        let (wanted_values, clashes) = self.wanted_values(name, how);
        let mut held_back: Vec<(usize, String)> = Vec::new();
        for drafts in clashes.values() {
            let other = |at: usize| self.drafts[if drafts[0] == at { drafts[1] } else { drafts[0] }].key();
            held_back.extend(drafts.iter().map(|at| (*at, format!("{name} is wanted by {} too", other(*at)))));
        }
        if let Some(slot) = slot {
            let givers = self.givers(name);
            for (holder, row) in self.classification.input.target.rows.iter().enumerate() {
                let wanted =
                    hash(cell_or_null(row, slot), how).filter(|hash| !clashes.contains_key(hash)).and_then(|hash| wanted_values.get(&hash));
                if let (Some(at), Ok(holder)) = (wanted, u32::try_from(holder)) {
                    held_back.extend(self.take_from(*at, holder, name, &givers));
                }
            }
        }
        held_back.sort_unstable();
        for (at, detail) in held_back {
            self.hold_draft(at, Reason::ValueTaken, detail);
        }
    }

    /// By hash of the wanted value: the draft that wants it, and those that several want.
    fn wanted_values(&self, name: &str, how: canonical::Comparison) -> (HashMap<u64, usize>, BTreeMap<u64, Vec<usize>>) {
        let mut wanted_values: HashMap<u64, usize> = HashMap::new();
        let mut clashes: BTreeMap<u64, Vec<usize>> = BTreeMap::new();
        for (at, draft) in self.drafts.iter().enumerate().filter(|(_, draft)| !draft.withdrawn) {
            for hash in draft.operation.written().filter(|value| *value.attribute == *name).filter_map(|value| hash(&value.after.0, how)) {
                let first = *wanted_values.entry(hash).or_insert(at);
                if first != at {
                    clashes.entry(hash).or_insert_with(|| vec![first]).push(at);
                }
            }
        }
        (wanted_values, clashes)
    }

    /// By account: the drafts that give up its value of an attribute.
    fn givers(&self, name: &str) -> HashMap<u32, usize> {
        let gives_up = |draft: &Draft| {
            !draft.withdrawn && (draft.operation.deletes() || draft.operation.written().any(|value| *value.attribute == *name))
        };
        let givers = self.drafts.iter().enumerate().filter(|(_, draft)| gives_up(draft));
        givers.filter_map(|(at, draft)| Some((draft.account?, at))).collect()
    }

    /// One account takes a value that another one holds: after that one has given it up in this change set, or not at all.
    fn take_from(&mut self, at: usize, holder: u32, name: &str, givers: &HashMap<u32, usize>) -> Option<(usize, String)> {
        let id = self.classification.accounts.id(holder).to_owned();
        if self.drafts[at].account.is_some_and(|own| self.classification.accounts.id(own) == id) {
            return None;
        }
        let Some(giver) = givers.get(&holder).map(|giver| self.drafts[*giver].key().to_owned()) else {
            return Some((at, format!("{name} is held by {} {id}", self.classification.accounts.noun())));
        };
        self.drafts[at].operation.after.push(giver);
        None
    }

    // ---- what the target refused, and would refuse again ----

    fn hold_refused(&mut self) {
        let input = self.classification.input;
        let waits = |draft: &Draft| {
            let known = input.pending_work.refused.get(draft.key()).filter(|_| !draft.withdrawn)?;
            pending::waits(known, &draft.operation, input.digester, input.clock.now)
        };
        let waiting: Vec<(usize, String)> = self.drafts.iter().enumerate().filter_map(|(at, draft)| Some((at, waits(draft)?))).collect();
        for (at, detail) in waiting {
            self.hold_draft(at, Reason::Failing, detail);
        }
    }

    // ---- references ----

    /// Drops references to records that will not be created in this change set; whether that took an operation away.
    fn drop_references(&mut self) -> bool {
        let joins: HashSet<Text> = self
            .drafts
            .iter()
            .filter(|draft| !draft.withdrawn && draft.operation.verdict == Verdict::Create)
            .map(|draft| Text::from(draft.key()))
            .collect();
        let mut changed = false;
        for at in 0..self.drafts.len() {
            if !self.drafts[at].withdrawn
                && self.drafts[at].operation.written().flat_map(pending).any(|pending| self.is_unusable(pending, &joins))
            {
                changed |= self.drop_from(at, &joins);
            }
        }
        changed
    }

    /// Whether a record names another that has no counterpart, and gets none in this change set.
    fn is_unusable(&self, pending: &Pending, joins: &HashSet<Text>) -> bool {
        *pending.pipeline != *self.classification.plan().name || !joins.contains(&pending.key)
    }

    /// Whether the target's record can't be without an attribute.
    pub(crate) fn is_required(&self, value: &Written) -> bool {
        let attributes = &self.classification.plan().target.collection().attributes;
        attributes.iter().any(|attribute| *attribute.name == *value.attribute && !attribute.ty.optional)
    }

    fn drop_from(&mut self, at: usize, joins: &HashSet<Text>) -> bool {
        let draft = &self.drafts[at];
        let lacking = || draft.operation.written().flat_map(|value| value.after.0.pending().map(move |pending| (value, pending)));
        let lacking: Vec<_> = lacking().filter(|(_, pending)| self.is_unusable(pending, joins)).collect();
        let creates = draft.operation.verdict == Verdict::Create;
        if let Some(detail) = lacking.iter().find(|(value, _)| creates && self.is_required(value)).map(|(value, it)| self.lacks(value, it))
        {
            self.take_back_draft(at, Verdict::Waiting, Reason::Reference, detail);
            return true;
        }
        let open: Vec<OpenReference> = lacking.iter().map(|(value, pending)| OpenReference::of(draft.key(), value, pending)).collect();
        let row = draft.row;
        self.open_references.extend(open);
        self.leave_out(at, joins);
        self.again.extend(row.map(|row| (row, "waits for a reference")));
        self.forget_if_empty(at);
        false
    }

    /// Removes references that lead nowhere from the values that are written.
    fn leave_out(&mut self, at: usize, joins: &HashSet<Text>) {
        let mut steps = std::mem::take(&mut self.drafts[at].operation.steps);
        for values in steps.iter_mut().filter_map(Step::values_mut) {
            values.retain_mut(|value| self.keeps_rest(value, joins));
        }
        self.drafts[at].operation.steps = steps;
    }

    /// Whether something is left to be written. A list that its line owns whole waits for all that it names: to write the rest would take
    /// away what is there.
    fn keeps_rest(&self, value: &mut Written, joins: &HashSet<Text>) -> bool {
        if !value.after.0.pending().any(|pending| self.is_unusable(pending, joins)) {
            return true;
        }
        let plan = self.classification.plan();
        let named = |at: usize| plan.target.collection().attributes[at].name == *value.attribute;
        let shared = plan.map.iter().find(|mapping| named(mapping.attribute) && mapping.list != ListOwnership::Exactly);
        let usable = |pending: &Pending| (!self.is_unusable(pending, joins)).then(|| Value::Pending(Box::new(pending.clone())));
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

    /// A change of which nothing is left is no change.
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
            self.links.push(crate::run::change_set::NewLink { key: draft.operation.key.clone(), target, by });
        }
        self.remark(row, before, Verdict::Unchanged);
    }
}

/// What both sides hold of attributes that an operation leaves alone: true whatever becomes of it.
fn agreements(operation: &Operation) -> impl Iterator<Item = Agreement> + '_ {
    operation.agreed.iter().map(|(attribute, pair)| Agreement { key: operation.key.clone(), attribute: *attribute, pair: *pair })
}

fn hash(value: &Value, how: canonical::Comparison) -> Option<u64> {
    let key = canonical::index_key(value, how)?;
    let mut hasher = DefaultHasher::new();
    hasher.write(&key);
    Some(hasher.finish())
}
