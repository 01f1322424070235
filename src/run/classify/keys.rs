//! The keys of records: unreadable ones, and those that occur more than once.

use super::{
    classification::{Classification, RowVerdict, finding},
    leavers,
};
use crate::{
    compile::{
        ExecutionPlan,
        program::{Name, Program},
    },
    run::{
        change_set::{Finding, Reason, Verdict},
        read::details::not_read,
        record_scope::{cell_or_null, own_key},
    },
    value::{Fault, FaultCode, Text, Value},
};
use std::collections::HashMap;

impl Classification<'_> {
    /// Reads all keys, and gives a verdict to rows without a key, with a key that occurs twice, or excluded before their key is read.
    pub(super) fn read_keys(&mut self) -> Vec<(u32, Text)> {
        let mut keyed = Vec::with_capacity(self.rows.len());
        let count = u32::try_from(self.rows.len()).expect("fewer than 2^32 rows are held in memory");
        for row in 0..count {
            if let Some(key) = self.read_key(row) {
                *self.keys.entry(key.clone()).or_insert(0) += 1;
                keyed.push((row, key));
            }
        }
        self.name_references(&keyed);
        self.set_duplicates_aside(keyed)
    }

    fn read_key(&mut self, row: u32) -> Option<Text> {
        let record = self.record_scope(Some(row), None);
        let skipped = self.plan().scope.iter().zip(0..).filter(|(scope, _)| scope.before_key);
        for (scope, at) in skipped {
            if scope.condition.holds(&record).is_ok_and(|holds| holds != scope.include) {
                self.rows[row as usize] = RowVerdict { verdict: Verdict::OutOfScope, scope: Some(at) };
                return None;
            }
        }
        let key = self.plan().key.run(&record);
        match key.as_ref().map(Value::canonical_key) {
            Ok(Some(key)) => return Some(key),
            Err(fault) if fault.is_unread() => self.leave_unkeyed(row, fault),
            Ok(None) => self.reject_unkeyed(row, None),
            Err(_) => self.reject_unkeyed(row, key.err()),
        }
        None
    }

    /// A row whose key was not read.
    fn leave_unkeyed(&mut self, row: u32, fault: &Fault) {
        self.unkeyed.push(row);
        if self.input.is_broken() {
            return;
        }
        let label = self.own_name(row);
        let detail = format!("its key is not known: {}", fault.message);
        self.findings.push(Finding {
            lines: vec![self.plan().line(self.plan().key_span)],
            ..finding(Verdict::Unread, "", label, Reason::NotAnswered, detail)
        });
    }

    /// A record by its key in the source: `id 918`.
    fn own_name(&self, row: u32) -> Option<String> {
        let source = &self.plan().source;
        let own = own_key(source, self.row(row))?;
        let several = source.collection().key.is_several();
        Some(if several { own.to_string() } else { format!("{} {own}", source.collection().key_name()) })
    }

    /// A row without a readable key: `id 918 (no key)`.
    fn reject_unkeyed(&mut self, row: u32, fault: Option<Box<Fault>>) {
        let plan = self.plan();
        let attribute = key_attribute(plan);
        let (code, detail) = match fault.filter(|fault| fault.value.is_some()) {
            Some(fault) => (fault.code, fault.to_string()),
            None => (FaultCode::KeyMissing, format!("{attribute} is missing")),
        };
        let label = self.own_name(row);
        self.rows[row as usize].verdict = Verdict::Rejected;
        self.unkeyed.push(row);
        self.findings.push(Finding {
            verdict: Verdict::Rejected,
            key: String::new(),
            label,
            kind: Reason::Fault(code),
            detail,
            attribute: Some(attribute),
            lines: vec![plan.line(plan.key_span)],
            target: None,
        });
    }

    fn name_references(&mut self, keyed: &[(u32, Text)]) {
        if self.plan().references.is_empty() {
            return;
        }
        for (row, key) in keyed {
            if let Some(own) = own_key(&self.plan().source, self.row(*row)) {
                self.refs.name(own, key.clone());
            }
        }
    }

    /// Of two rows with one key neither is classified, unless `one per key` names the winner.
    fn set_duplicates_aside(&mut self, keyed: Vec<(u32, Text)>) -> Vec<(u32, Text)> {
        if self.keys.len() == keyed.len() {
            return keyed;
        }
        let mut groups: HashMap<Text, Vec<u32>> = HashMap::new();
        for (row, key) in &keyed {
            if self.keys[key] > 1 && !self.is_sent(key) {
                groups.entry(key.clone()).or_default().push(*row);
            }
        }
        let winners: HashMap<&Text, u32> = groups.iter().filter_map(|(key, rows)| Some((key, self.winner(rows)?))).collect();
        self.doubled = groups.keys().filter(|key| !winners.contains_key(key)).cloned().collect();
        let mut kept = Vec::with_capacity(keyed.len());
        for (row, key) in keyed {
            match (groups.get(&key), winners.get(&key)) {
                (None, _) => kept.push((row, key)),
                (_, Some(winner)) if *winner == row => kept.push((row, key)),
                (_, Some(_)) => self.rows[row as usize].verdict = Verdict::OutOfScope,
                (Some(rows), None) => self.hold_duplicate(row, &key, rows.len()),
            }
        }
        kept
    }

    fn hold_duplicate(&mut self, row: u32, key: &Text, times: usize) {
        let label = self.record_scope(Some(row), None).label();
        self.rows[row as usize].verdict = Verdict::Held;
        self.unkeyed.push(row);
        let mut finding = finding(Verdict::Held, key, label, Reason::DuplicateKey, format!("{times} records have this key"));
        finding.lines = vec![self.plan().line(self.plan().key_span)];
        finding.target = self.link_of(key).map(|link| link.target.clone());
        self.findings.push(finding);
    }

    /// `one per key prefer COND, then latest ATTR`. In a tie there is no winner, nor if the winner leaves and another row of the key
    /// does not: one wrong row must not close an account.
    fn winner(&self, rows: &[u32]) -> Option<u32> {
        let rule = self.plan().one_per_key.as_ref()?;
        if rows.iter().any(|row| not_read(&self.plan().source, self.row(*row)).is_some()) {
            return None;
        }
        let preferred =
            |row: &u32| rule.prefer.as_ref().is_none_or(|prefer| prefer.holds(&self.record_scope(Some(*row), None)).unwrap_or(false));
        let mut left: Vec<u32> = rows.iter().copied().filter(preferred).collect();
        if left.is_empty() {
            left = rows.to_vec();
        }
        if let Some(slot) = rule.latest.and_then(|at| self.plan().source.slot_of(at)) {
            let latest = left.iter().map(|row| cell_or_null(self.row(*row), slot)).max_by(|left, right| compare(left, right)).cloned();
            left.retain(|row| Some(cell_or_null(self.row(*row), slot)) == latest.as_ref());
        }
        let [winner] = left[..] else { return None };
        let leaves = |row: u32| matches!(leavers::by_condition(self.plan(), &self.record_scope(Some(row), None)), Ok(Some(_)));
        let denied = leaves(winner) && rows.iter().any(|row| !leaves(*row));
        (!denied).then_some(winner)
    }
}

fn compare(left: &Value, right: &Value) -> std::cmp::Ordering {
    let missing = left.is_missing().cmp(&right.is_missing()).reverse();
    crate::value::canonical::order(left, right).unwrap_or(missing)
}

/// The name of the key in reports: its attribute, or its expression.
fn key_attribute(plan: &ExecutionPlan) -> String {
    match &plan.key {
        Program::Name(Name::Source(slot)) => plan.source.slots[*slot].name.clone(),
        _ => plan.key_text.lines().next().unwrap_or_default().to_owned(),
    }
}
