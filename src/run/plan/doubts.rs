//! Doubts: why a change set waits for a person although no guard is exceeded.

use super::{
    guard::{self, Limit},
    planner::Planner,
};
use crate::{
    compile::{
        ExecutionPlan, LeaverKind, Origin, Side,
        program::{Name, Program},
        system::Attribute,
    },
    run::{
        change_set::{Operation, Step, Verdict},
        classify::table::SourceState,
        read::extract::is_missing,
    },
    state::{
        link::Life,
        read_files::{ReadFile, ReadFiles},
    },
};
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeSet;

/// From this many accounts on, that none has a value is no coincidence.
const FEW_ACCOUNTS: usize = 3;

/// More than this between two clocks, and one of them is wrong.
const CLOCKS_APART: SignedDuration = SignedDuration::from_hours(1);

impl Planner<'_> {
    /// All doubts about a change set as a whole; `present`: how many records have a value at each path, of how many.
    pub(super) fn doubt(&mut self, operations: &[Operation], (present, read): (&[(String, u64)], u64), files: &ReadFiles) {
        let (input, plan) = (self.classification.input, self.classification.plan());
        if input.source.delta.is_none() {
            self.doubts.extend(guard::vanished(present, &deciding_paths(plan), read, input.baseline));
        }
        self.doubt_paths();
        self.doubt_edit(operations);
        self.doubts.extend(older_files(files, &input.baseline.files));
        self.doubt_recovery(operations);
        self.doubt_population();
        self.doubt_other_keys(operations);
        self.doubt_events(operations.iter().filter(|operation| operation.verdict == Verdict::Send).count());
    }

    /// What each account has by its declaration, and none has: the place is named wrongly, and every account would be written.
    fn doubt_paths(&mut self) {
        let (side, table) = (&self.classification.plan().target, self.classification.input.target);
        if table.rows.len() < FEW_ACCOUNTS || !table.end.is_complete() {
            return;
        }
        let is_required = |attribute: &Attribute| !attribute.ty.optional && attribute.codec.absent.is_none() && attribute.part.is_none();
        let of_record = side.slots.iter().enumerate().filter(|(_, slot)| slot.origin == Origin::Record);
        let required = of_record.filter(|(_, slot)| slot.attribute.is_some_and(|at| is_required(side.attribute(at))));
        let nowhere = required.filter(|(at, _)| table.rows.iter().all(|row| is_missing(&row[*at])));
        self.doubts.extend(nowhere.map(|(_, slot)| {
            let (accounts, path, name) = (table.rows.len(), &slot.path.text, &slot.name);
            format!("none of {accounts} accounts has anything at `{path}`, where each should have `{name}`: correct the path, or declare it with `?`")
        }));
    }

    /// Leaves by scope in the first run after an edit, where it is unclear whether the edit or the data caused them.
    fn doubt_edit(&mut self, operations: &[Operation]) {
        let leaves = operations.iter().filter(|operation| operation.verdict == Verdict::Leave && operation.by_scope).count();
        if self.classification.input.is_edited() && leaves > 0 {
            self.doubts.push(format!(
                "{leaves} would leave for being out of scope, and the file or a setting has changed since the last applied run"
            ));
        }
    }

    pub(super) fn open_links(&self) -> u64 {
        self.classification.input.links.iter().filter(|link| link.life == Life::Open).count() as u64
    }

    /// How many people are missing whose account is open.
    fn missing_people(&self) -> usize {
        let of = &self.classification;
        let open = |key: &str| of.link_of(key).is_some_and(|link| link.life == Life::Open);
        of.entries.iter().filter(|entry| entry.state == SourceState::Missing && open(&entry.key)).count()
    }

    /// Links that were imported, or bound to another key, may be those of people who are read under other keys by now: whoever no line of
    /// `match` finds would get a second account.
    fn doubt_other_keys(&mut self, operations: &[Operation]) {
        let input = self.classification.input;
        let created = operations.iter().filter(|operation| operation.verdict == Verdict::Create).count();
        let (open, missing) = (self.open_links(), self.missing_people() as u64);
        if input.adoption && created > 0 && missing > Limit::NO_CHANCE.allowed(open).max(1) {
            self.doubts.push(format!(
                "{missing} of {open} linked people are not among those read, and {created} would be created: if they are the same people \
                 under other keys, they would get second accounts"
            ));
        }
    }

    /// If other lists are read, somebody who is missing may have been left out by them.
    fn doubt_population(&mut self) {
        let (of, missing) = (&self.classification, self.missing_people());
        if missing > 0 && of.input.lists_others() {
            let people = of.plan().source.name();
            self.doubts.push(format!(
                "population changed: what `{people}` lists was edited since the last applied run, by its lines or a setting, and {missing} linked records are missing"
            ));
        }
    }

    /// *Recovery run*: what can't be taken back waits for a person where it is uncertain what was done before, or what the time is.
    fn doubt_recovery(&mut self, operations: &[Operation]) {
        let input = self.classification.input;
        let collection = self.classification.plan().target.collection();
        let once = |step: &Step| matches!(step, Step::Call { once: true, .. });
        let final_ones = operations.iter().filter(|operation| {
            operation.closes(collection)
                || operation.steps.iter().any(once)
                || operation.verdict == Verdict::Create && !operation.effects.is_empty()
        });
        let count = final_ones.count();
        if count > 0 {
            let reasons = input.baseline.recovery.iter().cloned().chain(self.clocks_apart());
            self.doubts.extend(reasons.map(|why| format!("{why}; {} can't be taken back", operations_words(count))));
        }
    }

    /// Systems whose clock is more than an hour from the one of this machine.
    fn clocks_apart(&self) -> Vec<String> {
        let (plan, input) = (self.classification.plan(), self.classification.input);
        let sides = [(&plan.source, input.source.clock), (&plan.target, input.target.clock)];
        let apart = |(side, clock): (&Side, Option<Timestamp>)| {
            let apart = clock?.duration_since(input.clock.now).abs();
            (apart > CLOCKS_APART).then(|| format!("the clock of `{}` is {} min from this machine's", side.system.name, apart.as_mins()))
        };
        sides.into_iter().filter_map(apart).collect()
    }
}

fn operations_words(count: usize) -> String {
    if count == 1 { "1 operation".to_owned() } else { format!("{count} operations") }
}

/// The paths of the source that decide who is in scope, who leaves and who is protected.
fn deciding_paths(plan: &ExecutionPlan) -> BTreeSet<String> {
    let conditions = plan.leavers.iter().flat_map(|leaver| &leaver.conditions);
    let leaves = conditions.filter_map(|condition| if let LeaverKind::When(program) = &condition.kind { Some(program) } else { None });
    let protects = plan.leavers.iter().flat_map(|leaver| &leaver.protect).map(|protect| &protect.condition);
    let mut slots = BTreeSet::new();
    for program in leaves.chain(protects).chain(plan.scope.iter().map(|scope| &scope.condition)) {
        source_slots(plan, program, &mut slots);
    }
    slots.into_iter().map(|slot| plan.place_of(slot)).collect()
}

/// The values of the source that an expression uses, through fields too.
fn source_slots(plan: &ExecutionPlan, program: &Program, slots: &mut BTreeSet<usize>) {
    program.names(&mut |name| match name {
        Name::Source(slot) => drop(slots.insert(*slot)),
        Name::Field(field) => source_slots(plan, &plan.fields[*field].value, slots),
        _ => {}
    });
}

/// Files that are older than those that the last applied run read: the newer one was taken away, or its successor has not come.
fn older_files(read: &ReadFiles, before: &ReadFiles) -> Vec<String> {
    let time = |file: &ReadFile| file.modified.strftime("%Y-%m-%d %H:%M:%S UTC").to_string();
    let older = |(collection, file): (&String, &ReadFile)| {
        let before = before.get(collection).filter(|before| file < *before)?;
        Some(format!(
            "`{}` of {} is older than `{}` of {}, which the last applied run read: put that one back, or `apply` this at a terminal to go on from the older one",
            file.name,
            time(file),
            before.name,
            time(before)
        ))
    };
    read.iter().filter_map(older).collect()
}
