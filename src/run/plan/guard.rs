//! Evaluates the guards of a run (*Guard arithmetic*). Pure arithmetic over counts.

use crate::run::change_set::{GuardLimit, GuardReport, Guarded as Counted};
use crate::{
    compile::{Guard, Guarded, SourceLine},
    diagnose::Span as Place,
    state::baselines::Baselines,
    value::Span,
};
use jiff::Timestamp;
use rust_decimal::{Decimal, prelude::ToPrimitive};
use std::collections::{BTreeMap, BTreeSet};

/// What the change set would do, in numbers.
#[derive(Clone, Debug, Default)]
pub struct Counts {
    /// Open links at the start of the run, without protected and without already left.
    pub open: u64,
    /// Records read from the source.
    pub read: u64,
    /// Only changed and pending records were read, so a share of them says nothing about the whole source.
    pub part: bool,
    /// Records are events, of which fewer than before are nothing unusual.
    pub events: bool,
    /// What takes accounts from people.
    pub leavers: u64,
    /// People who left by what an earlier run has sent, and this read shows: a window counts them, and nobody is asked about them again.
    pub shown: u64,
    pub creates: u64,
    pub updates: u64,
    pub returns: u64,
    /// Links that move to another account.
    pub rekeys: u64,
    /// By target attribute: how many accounts get another value, and the line that writes it.
    pub changes: BTreeMap<usize, (u64, SourceLine)>,
    /// By target attribute: how many lose their value.
    pub clears: BTreeMap<usize, (u64, SourceLine)>,
    /// By target attribute that is a list: how many values that we added are taken away, of how many, and the line.
    pub removed: BTreeMap<usize, (u64, u64, SourceLine)>,
    /// By target attribute that is `unique`, or that `match` compares: how many accounts get another value in place of one that they have, and
    /// the line.
    pub identifying: BTreeMap<usize, (u64, SourceLine)>,
    pub rejected: u64,
    /// Open links whose record is not in the read, or out of scope, and does not leave.
    pub unseen: u64,
}

/// The share and the number of a limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limit {
    pub percent: Option<Decimal>,
    pub number: Option<u64>,
}

impl Limit {
    /// More of the open links at once than by chance.
    pub const NO_CHANCE: Self = Self { percent: Some(Decimal::TEN), number: Some(5) };

    const fn of(guard: &Guard) -> Self {
        Self { percent: guard.percent, number: guard.number }
    }

    fn percent_or(percent: u64, number: u64) -> Self {
        Self { percent: Some(Decimal::from(percent)), number: Some(number) }
    }

    /// How many of `open` may be affected: max(floor(p × D), min(n, floor(D / 2))). Half of D limits the number, so that it
    /// can't empty a small set.
    #[must_use]
    pub fn allowed(self, open: u64) -> u64 {
        let number = self.number.unwrap_or(0).min(open / 2);
        share(self.percent, open).max(number)
    }

    /// As [`Limit::allowed`] where nothing can be emptied: the number is not capped.
    #[must_use]
    pub fn allowed_uncapped(self, open: u64) -> u64 {
        share(self.percent, open).max(self.number.unwrap_or(0))
    }

    const fn report(self) -> GuardLimit {
        GuardLimit::AtMost { percent: self.percent, number: self.number }
    }
}

fn share(percent: Option<Decimal>, whole: u64) -> u64 {
    let share = percent.unwrap_or_default() * Decimal::from(whole) / Decimal::ONE_HUNDRED;
    share.floor().to_u64().unwrap_or(0)
}

/// Evaluates the guards of the pipeline, and the default guards, which apply without being written.
///
/// `line` says where a guard is written, `names` gives the target's attributes; `adoption` is the first run of a link set, which is shown as a whole to a
/// person: shares of its open links mean nothing there.
#[must_use]
pub fn evaluate(
    guards: &[Guard],
    line: &dyn Fn(Place) -> SourceLine,
    counts: &Counts,
    baseline: &Baselines,
    now: Timestamp,
    names: &dyn Fn(usize) -> String,
    adoption: bool,
) -> Vec<GuardReport> {
    let evaluator = GuardEvaluator { guards, line, counts, baseline, now, names, adoption };
    let mut reports: Vec<GuardReport> = guards.iter().flat_map(|guard| evaluator.written(guard)).collect();
    let shrank = reports.iter().any(|report| report.what == Counted::Source && !report.within);
    reports.extend(evaluator.defaults(shrank));
    reports
}

struct GuardEvaluator<'a> {
    guards: &'a [Guard],
    line: &'a dyn Fn(Place) -> SourceLine,
    counts: &'a Counts,
    baseline: &'a Baselines,
    now: Timestamp,
    names: &'a dyn Fn(usize) -> String,
    adoption: bool,
}

impl GuardEvaluator<'_> {
    fn written(&self, guard: &Guard) -> Vec<GuardReport> {
        let line = guard.span.map(self.line);
        let limit = Limit::of(guard);
        let counts = self.counts;
        match &guard.what {
            Guarded::Leavers => vec![self.leavers(limit, guard.over, line)],
            Guarded::Creates => vec![self.whole(Counted::Creates, counts.creates, limit, line)],
            Guarded::Updates => vec![self.whole(Counted::Updates, counts.updates, limit, line)],
            Guarded::Returns => vec![self.capped(Counted::Returns, counts.returns, limit, line)],
            Guarded::Rekeys => vec![self.capped(Counted::Rekeys, self.counts.rekeys, limit, line)],
            Guarded::Clears => self.clears(limit, line.as_ref()),
            Guarded::UpdatesOf(attribute) => vec![self.updates_of(*attribute, limit, line)],
            Guarded::Source => self.source(limit, line).into_iter().collect(),
            Guarded::EveryRun => vec![approval(Counted::EveryRun, self.operations(), counts.open, line)],
            Guarded::EveryLeaver => vec![approval(Counted::EveryLeaver, counts.leavers, counts.open, line)],
            Guarded::Failures => Vec::new(),
        }
    }

    /// In force until the pipeline says otherwise: leavers are shown where there are some, the others where they are exceeded. `shrank`: a line
    /// of the pipeline finds the source too small, so that the people who are no longer read are no second finding.
    fn defaults(&self, shrank: bool) -> Vec<GuardReport> {
        let ten = Limit::percent_or(10, 5);
        let mut reports = self.other_defaults(ten);
        reports.retain(|report| !report.within);
        if !shrank && reports.iter().all(|report| report.what != Counted::Source) {
            reports.extend(self.unseen());
        }
        if self.counts.leavers > 0 && !self.has(&Guarded::Leavers, false) {
            reports.insert(0, self.leavers(ten, None, None));
        }
        reports
    }

    fn other_defaults(&self, ten: Limit) -> Vec<GuardReport> {
        let mut reports = Vec::new();
        if !self.has(&Guarded::Source, false) && !self.counts.events {
            reports.extend(self.shrunk());
        }
        if !self.has(&Guarded::Leavers, true) {
            reports.push(self.leavers(Limit::percent_or(20, 10), Some(Span::Days(7)), None));
        }
        if !self.has(&Guarded::Returns, false) {
            reports.push(self.capped(Counted::Returns, self.counts.returns, ten, None));
        }
        if !self.has(&Guarded::Rekeys, false) {
            reports.push(self.capped(Counted::Rekeys, self.counts.rekeys, ten, None));
        }
        if !self.has(&Guarded::Clears, false) {
            reports.extend(self.clears(ten, None));
        }
        reports.extend(self.removed(ten));
        reports.extend(self.mass_changes());
        reports.push(self.rejected());
        reports
    }

    fn has(&self, what: &Guarded, over: bool) -> bool {
        self.guards.iter().any(|guard| guard.what == *what && guard.over.is_some() == over)
    }

    const fn operations(&self) -> u64 {
        let counts = self.counts;
        counts.leavers + counts.creates + counts.updates + counts.returns
    }

    fn leavers(&self, limit: Limit, over: Option<Span>, line: Option<SourceLine>) -> GuardReport {
        let Some(span) = over else { return self.capped(Counted::LEAVERS, self.counts.leavers, limit, line) };
        let (before, open) = self.window(span);
        let count = before.saturating_add_signed(-signed(self.counts.returns)) + self.counts.leavers + self.counts.shown;
        let what = Counted::Leavers { over_hours: Some(span.seconds() / 3600) };
        let report = limited(what, count, open, limit, limit.allowed(open), line);
        // A change set without leavers adds nothing to what others did.
        GuardReport { within: report.within || self.counts.leavers == 0, ..report }
    }

    /// People who left within the window and did not return, and the most links that were open in it, now included: while a
    /// pipeline grows, those who leave are a share of all who came.
    fn window(&self, span: Span) -> (u64, u64) {
        let since = self.now.as_second() - span.seconds();
        let runs = self.baseline.runs.iter().filter(|run| run.at.as_second() >= since);
        let left = runs.clone().map(|run| run.left).sum::<u64>();
        let returned = runs.clone().map(|run| run.returned).sum();
        (left.saturating_sub(returned), runs.map(|run| run.open).fold(self.counts.open, u64::max))
    }

    /// Values of lists are shares of those that we added, and not of links.
    fn removed(&self, limit: Limit) -> Vec<GuardReport> {
        let report = |(attribute, (count, of, line)): (&usize, &(u64, u64, SourceLine))| {
            let what = Counted::RemovedFrom { attribute: (self.names)(*attribute) };
            limited(what, *count, *of, limit, limit.allowed(*of), Some(line.clone()))
        };
        self.counts.removed.iter().map(report).collect()
    }

    fn capped(&self, what: Counted, count: u64, limit: Limit, line: Option<SourceLine>) -> GuardReport {
        limited(what, count, self.counts.open, limit, limit.allowed(self.counts.open), line)
    }

    fn whole(&self, what: Counted, count: u64, limit: Limit, line: Option<SourceLine>) -> GuardReport {
        let report = limited(what, count, self.counts.open, limit, limit.allowed_uncapped(self.counts.open), line);
        self.unless_adoption(limit, report)
    }

    /// A share of the open links means nothing while there are none.
    fn unless_adoption(&self, limit: Limit, mut report: GuardReport) -> GuardReport {
        if self.adoption && limit.percent.is_some() {
            report.within = true;
        }
        report
    }

    fn clears(&self, limit: Limit, line: Option<&SourceLine>) -> Vec<GuardReport> {
        let one = |(attribute, (count, at)): (&usize, &(u64, SourceLine))| {
            let what = Counted::ClearsOf { attribute: (self.names)(*attribute) };
            let report = self.capped(what, *count, limit, Some(line.unwrap_or(at).clone()));
            self.unless_adoption(limit, report)
        };
        self.counts.clears.iter().map(one).collect()
    }

    fn updates_of(&self, attribute: usize, limit: Limit, line: Option<SourceLine>) -> GuardReport {
        let count = self.counts.changes.get(&attribute).map_or(0, |(count, _)| *count);
        self.whole(self.changed(attribute), count, limit, line)
    }

    /// One attribute over many: more than 30 % of the open links and more than 10 records.
    fn mass_changes(&self) -> Vec<GuardReport> {
        let limit = Limit::percent_or(30, 10);
        let unguarded = |attribute: &usize| !self.has(&Guarded::UpdatesOf(*attribute), false);
        let changes = self.counts.changes.iter().filter(|(attribute, _)| !self.adoption && unguarded(attribute));
        let report = |(attribute, (_, line)): (&usize, &(u64, SourceLine))| self.updates_of(*attribute, limit, Some(line.clone()));
        let mut reports: Vec<GuardReport> = changes.map(report).collect();
        let exceeded = |attribute: usize| reports.iter().any(|known| known.what == self.changed(attribute) && !known.within);
        let half = self.counts.identifying.iter().filter(|(attribute, _)| !self.adoption && unguarded(attribute) && !exceeded(**attribute));
        let half: Vec<GuardReport> = half.map(|(attribute, (count, line))| self.half(*attribute, *count, line)).collect();
        reports.extend(half);
        reports
    }

    fn changed(&self, attribute: usize) -> Counted {
        Counted::UpdatesOf { attribute: (self.names)(attribute) }
    }

    /// What tells people apart, over more than half of the open links and more than 2 records: another list of people is likelier.
    fn half(&self, attribute: usize, count: u64, line: &SourceLine) -> GuardReport {
        let limit = Limit::percent_or(50, 2);
        limited(self.changed(attribute), count, self.counts.open, limit, limit.allowed_uncapped(self.counts.open), Some(line.clone()))
    }

    /// Unless the pipeline says otherwise: fewer than half of what was read before, and at least 5 fewer.
    fn shrunk(&self) -> Option<GuardReport> {
        let report = self.source(Limit { percent: Some(Decimal::from(50)), number: None }, None)?;
        Some(GuardReport { within: report.within || report.of - report.count < 5, ..report })
    }

    /// Linked people who are not in the read, or out of scope, since the last applied run: as of a source that shrank, more than half of
    /// them, and at least 5, are likelier an edit or a mistake in the data.
    fn unseen(&self) -> Option<GuardReport> {
        let (_, before) = self.baseline.present.as_ref().filter(|_| !self.counts.part && !self.counts.events && !self.adoption)?;
        let known = before.get(UNSEEN).copied().unwrap_or(0);
        let count = self.counts.unseen.saturating_sub(known);
        let of = self.counts.open.saturating_sub(known);
        let limit = Limit::percent_or(50, 4);
        (count > 0).then(|| limited(Counted::Unseen, count, of, limit, limit.allowed_uncapped(of), None))
    }

    /// `source at least P% of last run`: against the highest count of the last 30 days, so that one bad run is not forgotten.
    fn source(&self, limit: Limit, line: Option<SourceLine>) -> Option<GuardReport> {
        let before = self.baseline.highest_read.filter(|_| !self.counts.part)?;
        let percent = limit.percent.unwrap_or_default();
        let within = Decimal::from(self.counts.read) * Decimal::ONE_HUNDRED >= percent * Decimal::from(before);
        let least = (percent * Decimal::from(before) / Decimal::ONE_HUNDRED).ceil().to_u64().unwrap_or(0);
        let limit = GuardLimit::AtLeast { percent, of: before };
        Some(GuardReport { what: Counted::Source, count: self.counts.read, of: before, limit, allowed: least, within, line })
    }

    /// Rejected records above 20 %, and more than 10.
    fn rejected(&self) -> GuardReport {
        let limit = Limit::percent_or(20, 10);
        let read = if self.counts.part { self.counts.read.max(self.counts.open) } else { self.counts.read };
        limited(Counted::Rejected, self.counts.rejected, read, limit, limit.allowed_uncapped(read), None)
    }
}

fn limited(what: Counted, count: u64, of: u64, limit: Limit, allowed: u64, line: Option<SourceLine>) -> GuardReport {
    GuardReport { what, count, of, limit: limit.report(), allowed, within: count <= allowed, line }
}

fn approval(what: Counted, count: u64, of: u64, line: Option<SourceLine>) -> GuardReport {
    GuardReport { what, count, of, limit: GuardLimit::Approval, allowed: 0, within: count == 0, line }
}

fn signed(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// Where an applied run remembers [`Counts::unseen`], beside how many records have a value at each path: no path is empty.
pub const UNSEEN: &str = "";

/// From this many values on, none at all is no coincidence.
const FEW: u64 = 3;

/// Paths whose number of values fell by more than half, and by more than 20, against the last applied run (*Lost attribute*); of paths that
/// decide who is in scope, who leaves and who is protected, also those that had at least three values and have none.
#[must_use]
pub fn vanished(present: &[(String, u64)], deciding: &BTreeSet<String>, read: u64, baseline: &Baselines) -> Vec<String> {
    let Some((read_before, before)) = &baseline.present else { return Vec::new() };
    let vanished = |(path, now): &(String, u64)| {
        let was = *before.get(path)?;
        // Fewer records in total are the affair of other guards; here only the share counts.
        let expected = if read < *read_before { was * read / (*read_before).max(1) } else { was };
        let fell = now * 2 < expected && expected - now > 20;
        let none = *now == 0 && expected >= FEW && deciding.contains(path);
        (fell || none).then(|| format!("`{path}` has a value in {now} of {read} records; the last run found it in {was} of {read_before}"))
    };
    present.iter().filter_map(vanished).collect()
}

#[cfg(test)]
#[path = "../tests/guard.rs"]
mod tests;
