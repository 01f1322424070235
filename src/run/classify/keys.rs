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
        record_scope::{cell, own_key},
    },
    value::{Fault, FaultCode, Text, Value, key},
};
use std::collections::{BTreeSet, HashMap};

impl Classification<'_> {
    /// Reads all keys, and gives a verdict to rows without a key, with a key that occurs twice, or excluded by their key.
    pub(super) fn read_keys(&mut self) -> Vec<(u32, Text)> {
        let mut keyed = Vec::with_capacity(self.rows.len());
        let mut excluded = Vec::new();
        let count = u32::try_from(self.rows.len()).expect("fewer than 2^32 rows are held in memory");
        for row in 0..count {
            let Some(key) = self.read_key(row) else { continue };
            match self.excluded_by_key(row) {
                None => keyed.push((row, key)),
                // *Leaver before scope*: it meets its link first, as it would with any other filter.
                Some(at) if self.link_of(&key).is_some() => excluded.push((row, key, at)),
                Some(at) => self.exclude(row, at),
            }
        }
        keyed.iter().for_each(|(_, key)| *self.keys.entry(key.clone()).or_insert(0) += 1);
        self.add_excluded(&mut keyed, excluded);
        self.name_references(&keyed);
        self.set_duplicates_aside(keyed)
    }

    /// Linked rows that a filter on the key excludes are judged like others, unless another row of their key is not excluded.
    fn add_excluded(&mut self, keyed: &mut Vec<(u32, Text)>, mut excluded: Vec<(u32, Text, u16)>) {
        if excluded.is_empty() {
            return;
        }
        for (row, _, at) in excluded.extract_if(.., |(_, key, _)| self.keys.contains_key(key)).collect::<Vec<_>>() {
            self.exclude(row, at);
        }
        for (row, key, _) in excluded {
            *self.keys.entry(key.clone()).or_insert(0) += 1;
            keyed.push((row, key));
        }
        keyed.sort_by_key(|(row, _)| *row);
    }

    fn exclude(&mut self, row: u32, at: u16) {
        self.rows[row as usize] = RowVerdict { verdict: Verdict::OutOfScope, scope: Some(at) };
    }

    /// The filter on the key alone that excludes a row.
    fn excluded_by_key(&self, row: u32) -> Option<u16> {
        let mut filters = self.plan().scope.iter().zip(0..).filter(|(scope, _)| scope.before_key).peekable();
        filters.peek()?;
        let record = self.record_scope(Some(row), None);
        filters.find(|(scope, _)| scope.condition.holds(&record).is_ok_and(|holds| holds != scope.include)).map(|(_, at)| at)
    }

    fn read_key(&mut self, row: u32) -> Option<Text> {
        let record = self.record_scope(Some(row), None);
        let key = self.plan().key.run(&record);
        let key = match key.as_ref().map(Value::canonical_key) {
            Ok(Some(key)) => return Some(self.known_key(&key)),
            _ => key.map(|_| ()),
        };
        match (self.excluded_by_key(row), key) {
            // Records without a key that the pipeline expects, and names.
            (Some(at), _) => self.exclude(row, at),
            (None, Err(fault)) if fault.is_unread() => self.leave_unkeyed(row, &fault),
            (None, key) => self.reject_unkeyed(row, key.err()),
        }
        None
    }

    /// A key as its link has it, else in the form in which keys are compared.
    fn known_key(&self, key: &str) -> Text {
        self.link_of(key).map_or_else(|| Text::from(&*key::form(key)), |link| Text::from(link.key.as_str()))
    }

    /// A row whose key was not read.
    fn leave_unkeyed(&mut self, row: u32, fault: &Fault) {
        self.unkeyed.push(row);
        self.nameless = true;
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
        let is_told = |fault: &Fault| fault.value.is_some() || matches!(fault.code, FaultCode::Undecodable | FaultCode::MemberTwice);
        let place = || format!("record {} of those that were read", row + 1);
        let label = self.own_name(row).or_else(|| fault.as_ref().is_some_and(|fault| is_told(fault)).then(place));
        let (code, detail) = match fault.filter(|fault| is_told(fault)) {
            Some(fault) => (fault.code, fault.to_string()),
            None => (FaultCode::KeyMissing, format!("{attribute} is missing")),
        };
        self.rows[row as usize].verdict = Verdict::Rejected;
        self.unkeyed.push(row);
        self.nameless = true;
        self.findings.push(Finding {
            verdict: Verdict::Rejected,
            key: String::new(),
            label,
            kind: Reason::Fault(code),
            detail,
            attribute: Some(attribute),
            lines: vec![plan.line(plan.key_span)],
            target: None,
            accounts: Vec::new(),
            leaves_open: false,
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
        let told: HashMap<&Text, String> = groups.iter().map(|(key, rows)| (key, self.duplicate_words(rows))).collect();
        let mut kept = Vec::with_capacity(keyed.len());
        for (row, key) in keyed {
            match (groups.get(&key), winners.get(&key)) {
                (None, _) => kept.push((row, key)),
                (_, Some(winner)) if *winner == row => kept.push((row, key)),
                (_, Some(_)) => self.rows[row as usize].verdict = Verdict::OutOfScope,
                (Some(_), None) => self.hold_duplicate(row, &key, &told[&key]),
            }
        }
        kept
    }

    /// How many there are, and how each of them writes the key, if that differs in what is hardly seen.
    fn duplicate_words(&self, rows: &[u32]) -> String {
        let count = rows.len();
        let key = |row: &u32| self.plan().key.run(&self.record_scope(Some(*row), None)).ok()?.canonical_key();
        let written: BTreeSet<Text> = rows.iter().filter_map(key).collect();
        if written.len() < 2 {
            return format!("{count} records have this key");
        }
        let written: Vec<String> = written.iter().map(|key| format!("{key:?}")).collect();
        format!("{count} records have this key, which they write as {}", written.join(", "))
    }

    fn hold_duplicate(&mut self, row: u32, key: &Text, words: &str) {
        let label = self.record_scope(Some(row), None).label();
        self.rows[row as usize].verdict = Verdict::Held;
        self.unkeyed.push(row);
        let mut finding = finding(Verdict::Held, key, label, Reason::DuplicateKey, words.to_owned());
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
            let values = left.iter().map(|row| cell(self.row(*row), slot)).collect::<Result<Vec<_>, _>>().ok()?;
            let latest = values.into_iter().max_by(|left, right| compare(left, right)).cloned();
            left.retain(|row| cell(self.row(*row), slot).ok() == latest.as_ref());
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
