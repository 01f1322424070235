//! Completes the change set: the ledger, the counts for the guards, and the head.

use super::{
    compare::lists,
    draft::pending,
    guard::{self, Counts},
    operations::{order, parts},
    planner::Planner,
};
use crate::{
    compile::{ExecutionPlan, SourceLine},
    run::{
        change_set::{
            ChangeSet, Head, Ledger, Listed, Operation, OutOfScope, ReadReport, Reason, ScopeRule, StateUpdates, TargetParts, Verdict,
            Written, hash,
        },
        classify::{
            classification::{Entry, finding},
            table::{LinkState, SourceState},
        },
        input::Input,
        read::extract::Table,
    },
    state::{link::Life, missing::MissingAccounts, read_files::ReadFiles},
    value::Kind,
};
use std::collections::{BTreeMap, HashSet};

impl Planner<'_> {
    /// Puts the change set together, evaluates the guards, and seals it with its hash.
    pub fn change_set(mut self) -> ChangeSet {
        let operations = self.final_operations();
        self.keep_decided();
        let input = self.classification.input;
        let plan = self.classification.plan();
        let ledger = self.ledger();
        let next_read = self.next_read(&operations);
        let counts = self.counts(&operations, &ledger);
        let attribute = |at: usize| plan.target.collection().attributes[at].name.clone();
        let guards =
            guard::evaluate(&plan.guards, &|span| plan.line(span), &counts, input.baseline, input.clock.now, &attribute, input.adoption);
        let mut present = self.present();
        let files = read_files(plan, input);
        self.doubt(&operations, (&present, ledger.read), &files);
        present.extend((counts.unseen > 0).then(|| (guard::UNSEEN.to_owned(), counts.unseen)));
        self.coming.sort_by(|left, right| (left.day, &left.key).cmp(&(right.day, &right.key)));
        self.links.sort_by(|left, right| left.key.cmp(&right.key));
        let target_parts = self.target_parts(&operations);
        let (decided, settled) = (self.decided(), self.settled(&operations));
        let missing = self.missing_accounts();
        let updates = StateUpdates {
            links: self.links,
            rekeys: input.proofs.rekeyed.clone(),
            retired: self.retired,
            unlinked: self.unlinked,
            left: self.left,
            shown: self.shown,
            let_go: self.let_go,
            taken_back: self.taken_back,
            seen: self.seen,
            absences: self.absences,
            claims: self.claims,
            dues: self.dues,
            next_read,
            observed: self.observed,
            identities: self.identities,
            agreed: self.agreed,
            missing: Some(missing).filter(|missing| *missing != input.baseline.missing),
            settled,
            present,
            files,
        };
        let head = Head {
            target_parts,
            open_links: counts.open,
            guards,
            doubts: self.doubts,
            coming: self.coming,
            conflicts: self.conflicts,
            changed_there: self.changed_there.into_iter().map(|(attribute, (line, count))| (attribute, line, count)).collect(),
            unsettled: self.unsettled,
            decided,
            open_references: self.open_references,
            ..head(plan, input)
        };
        let accounts = &self.classification.accounts;
        let creates = operations.iter().any(|operation| operation.verdict == Verdict::Create);
        let listed = Listed::of(accounts.all_ids().filter(|_| creates));
        let mut set = ChangeSet { head, operations, findings: self.findings, ledger, updates, listed, is_fresh: true };
        set.head.hash = hash::change_set(&set);
        set.head.id = hash::change_set_id(&set.head.hash);
        set
    }

    /// The operations that remain, sorted and sealed; operations that wait for each other are held.
    fn final_operations(&mut self) -> Vec<Operation> {
        let drafts = std::mem::take(&mut self.drafts);
        let remaining = drafts.into_iter().filter(|draft| !draft.withdrawn).map(|draft| draft.operation).collect();
        let (mut sorted, stuck) = order::sort(remaining, &|value| self.is_required(value));
        for operation in stuck {
            let row = self.classification.entries.iter().find(|entry| entry.key == operation.key).and_then(|entry| entry.row);
            self.hold_stuck(row, &operation);
        }
        for operation in &mut sorted {
            operation.steps = parts::split(self.classification.plan().target.collection(), std::mem::take(&mut operation.steps));
            operation.hash = self.classification.input.digester.operation(operation);
        }
        sorted
    }

    fn hold_stuck(&mut self, row: Option<u32>, operation: &Operation) {
        let others = operation.after.join(" and ");
        let (kind, detail) = if operation.written().flat_map(pending).next().is_some() {
            (Reason::Cycle, format!("waits for {others}, which waits for this one"))
        } else {
            (Reason::Swap, format!("wants a unique value that {others} has to give up first, and {others} waits for one of this account"))
        };
        let mut held = finding(Verdict::Held, &operation.key, operation.label.clone(), kind, detail);
        held.target.clone_from(&operation.target);
        held.leaves_open = matches!(operation.verdict, Verdict::Leave | Verdict::Stage);
        held.lines.clone_from(&operation.lines);
        self.findings.push(held);
        if let Some(row) = row {
            self.rows[row as usize].verdict = Verdict::Held;
        }
    }

    fn ledger(&self) -> Ledger {
        let read = self.rows.len() as u64 + self.unasked;
        let mut ledger = Ledger { read, absent: self.absent.clone(), ..Ledger::default() };
        ledger.counts.extend(Some((Verdict::Unread, self.unasked)).filter(|(_, unasked)| *unasked > 0));
        let mut scopes: BTreeMap<u16, u64> = BTreeMap::new();
        for row in &self.rows {
            *ledger.counts.entry(row.verdict).or_default() += 1;
            if let (Verdict::OutOfScope, Some(scope)) = (row.verdict, row.scope) {
                *scopes.entry(scope).or_default() += 1;
            }
        }
        let plan = self.classification.plan();
        let scope = |(at, count): (u16, u64)| match plan.scope.get(at as usize) {
            Some(scope) => {
                OutOfScope { rule: ScopeRule::of_line(scope.include), reason: scope.reason.clone(), line: plan.line(scope.span), count }
            }
            None => {
                let line = plan.since.as_ref().map(|since| plan.line(since.span)).unwrap_or_default();
                OutOfScope { rule: ScopeRule::Since, reason: self.before_words(), line, count }
            }
        };
        ledger.out_of_scope = scopes.into_iter().map(scope).collect();
        ledger.missing = self.absent.get(&Verdict::Missing).copied().unwrap_or(0);
        ledger
    }

    fn counts(&self, operations: &[Operation], ledger: &Ledger) -> Counts {
        let open = self.classification.input.links.iter().filter(|link| link.life == Life::Open).count() as u64;
        let open = if self.classification.input.sends_events() { self.classification.input.events.count() as u64 } else { open };
        let part = self.classification.input.source.delta.is_some();
        let shown = self.shown.len() as u64;
        let mut counts = Counts { open: open.saturating_sub(self.protected), read: ledger.read, part, shown, ..Counts::default() };
        counts.events = self.classification.input.sends_events();
        counts.rekeys = self.classification.input.proofs.rekeyed.len() as u64;
        counts.rejected = ledger.counts.get(&Verdict::Rejected).copied().unwrap_or(0);
        for operation in operations {
            self.count(operation, &mut counts);
        }
        counts.unseen = self.unseen(operations);
        counts
    }

    /// Open links whose record is not in the read, or out of scope, and does not leave.
    fn unseen(&self, operations: &[Operation]) -> u64 {
        let of = &self.classification;
        let leaving: HashSet<&str> =
            operations.iter().filter(|operation| operation.verdict == Verdict::Leave).map(|operation| operation.key.as_str()).collect();
        let is_open = |key: &str| of.link_of(key).is_some_and(|link| link.life == Life::Open);
        let unseen = |state| matches!(state, SourceState::OutOfScope | SourceState::Missing);
        of.entries.iter().filter(|one| unseen(one.state) && is_open(&one.key) && !leaving.contains(one.key.as_str())).count() as u64
    }

    fn count(&self, operation: &Operation, counts: &mut Counts) {
        counts.leavers += u64::from(operation.leaves(self.classification.plan().target.collection()));
        match operation.verdict {
            Verdict::Create | Verdict::Send => counts.creates += 1,
            Verdict::Return => counts.returns += 1,
            Verdict::Update => counts.updates += 1,
            _ => {}
        }
        if matches!(operation.verdict, Verdict::Update | Verdict::Return) {
            self.count_values(operation, counts);
        }
    }

    fn count_values(&self, operation: &Operation, counts: &mut Counts) {
        let collection = self.classification.plan().target.collection();
        for value in operation.written() {
            let Some(at) = collection.attribute(&value.attribute) else { continue };
            let line: SourceLine = (*value.line).clone();
            counts.changes.entry(at).or_insert((0, line.clone())).0 += 1;
            if !operation.links_now && !value.before.0.is_missing() && self.tells_apart(at) {
                counts.identifying.entry(at).or_insert((0, line.clone())).0 += 1;
            }
            self.count_removed(at, value, &mut counts.removed);
            if value.after.0.is_missing() && !value.before.0.is_missing() {
                counts.clears.entry(at).or_insert((0, line)).0 += 1;
            }
        }
    }

    /// Whether an attribute is `unique`, or `match` compares it.
    fn tells_apart(&self, at: usize) -> bool {
        let plan = self.classification.plan();
        plan.target.attribute(at).unique || plan.rules.iter().flat_map(|rule| &rule.parts).any(|part| part.attribute == at)
    }

    fn count_removed(&self, at: usize, value: &Written, counts: &mut BTreeMap<usize, (u64, u64, SourceLine)>) {
        let attribute = &self.classification.plan().target.collection().attributes[at];
        let count = lists::removed(&value.before.0, &value.after.0, attribute.comparison);
        if count == 0 || !matches!(attribute.ty.kind, Kind::List(_)) {
            return;
        }
        let name = self.classification.input.digester.attribute(&attribute.name);
        let of = || self.classification.input.links.iter().map(|link| link.added.get(name).len() as u64).sum();
        counts.entry(at).or_insert_with(|| (0, of(), (*value.line).clone())).0 += count;
    }

    /// The accounts that are proved to be missing, and those that were and have not been seen since.
    fn missing_accounts(&self) -> MissingAccounts {
        let of = &self.classification;
        let is_there = |target: &str| of.accounts.row_of(target).is_some();
        let still = |(key, target): &(&String, &String)| of.link_of(key).is_some_and(|link| link.target == **target) && !is_there(target);
        let before = of.input.baseline.missing.iter().filter(still).map(|(key, target)| (key.clone(), target.clone()));
        let gone = |entry: &&Entry| matches!(entry.link, LinkState::AccountMissing | LinkState::LeftAccountMissing);
        let proved = of.entries.iter().filter(gone).filter(|_| !self.gone_is_doubtful);
        let now = proved.filter_map(|entry| of.link_of(&entry.key)).map(|link| (link.key.clone(), link.target.clone()));
        before.chain(now).collect()
    }

    fn target_parts(&self, operations: &[Operation]) -> TargetParts {
        let accounts = &self.classification.accounts;
        let linked = self.classification.input.links.iter().filter(|link| accounts.row_of(&link.target).is_some()).count() as u64;
        let candidates = (operations.iter().filter(|operation| operation.links_now).count() + self.links.len()) as u64;
        TargetParts { linked, candidates, others: (accounts.count() as u64).saturating_sub(linked + candidates) }
    }

    /// How many records have a value at each path.
    fn present(&self) -> Vec<(String, u64)> {
        let plan = self.classification.plan();
        let rows = &self.classification.input.source.rows;
        let count = |at: usize| {
            rows.iter().filter(|row| row.get(at).is_some_and(|cell| cell.as_ref().map_or(true, |value| !value.is_missing()))).count() as u64
        };
        (0..plan.source.slots.len()).map(|at| (plan.place_of(at), count(at))).collect()
    }
}

/// The head: the plan, and the reads that it is based on.
fn head(plan: &ExecutionPlan, input: &Input<'_>) -> Head {
    Head {
        format: 1,
        id: String::new(),
        hash: String::new(),
        pipeline: plan.name.clone(),
        title: plan.title.clone(),
        environment: input.identity.environment.clone(),
        sandbox: input.identity.sandbox,
        plan: plan.id.clone(),
        binding: plan.hash.clone(),
        link_set: input.identity.link_set.clone(),
        lineage: input.identity.lineage.clone(),
        reading: input.reading(),
        follows: input.baseline.last_applied,
        made_at: input.clock.now,
        today: plan.zone.as_ref().map(|_| input.clock.today),
        zone: plan.zone_name.clone(),
        adoption: input.adoption,
        events: input.sends_events(),
        source: report(plan.source.name(), input.source),
        target: report(plan.target.name(), input.target),
        joined: input.joined.iter().map(|one| report(one.collection.clone(), &one.table)).collect(),
        target_parts: TargetParts::default(),
        open_links: 0,
        guards: Vec::new(),
        doubts: Vec::new(),
        hold_leavers_only: plan.hold_leavers_only,
        coming: Vec::new(),
        conflicts: Vec::new(),
        changed_there: Vec::new(),
        unsettled: Vec::new(),
        decided: Vec::new(),
        open_references: Vec::new(),
    }
}

/// The files that were read, of collections that are the newest of several files.
fn read_files(plan: &ExecutionPlan, input: &Input<'_>) -> ReadFiles {
    let joined = input.joined.iter().map(|one| (one.collection.clone(), &one.table));
    let tables = [(plan.source.name(), input.source), (plan.target.name(), input.target)].into_iter().chain(joined);
    tables.filter_map(|(collection, table)| Some((collection, table.file.clone()?))).collect()
}

fn report(collection: String, table: &Table) -> ReadReport {
    let delta = table.delta.as_ref();
    ReadReport {
        collection,
        records: table.records,
        end: table.end.clone(),
        requests: table.requests,
        milliseconds: table.milliseconds,
        since: delta.map(|delta| delta.since),
        again: delta.map_or(0, |delta| delta.again),
        gets: table.gets,
        file: table.file.as_ref().map(|file| file.name.clone()),
    }
}
