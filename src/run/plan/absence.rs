//! Absence counters, and the days on which people will leave: stored in addition to the writes.

use super::planner::{Candidate, Planner};
use crate::run::classify::classification::Entry;
use crate::{
    run::read::details::not_read,
    run::{
        change_set::{Coming, ComingWhen},
        classify::{
            leavers::{self, LeaveReason},
            table::SourceState,
        },
    },
    state::link::{Absence, Life, Link},
};
use jiff::civil::Date;

/// Leaves that are known for a later day are announced this many days ahead.
const HORIZON_DAYS: i64 = 31;

impl Planner<'_> {
    /// A record that was read resets its counter; a complete read without the record increments it.
    pub(crate) fn count_absence(&mut self, entry: &Entry, link: Option<&Link>) {
        let Some(link) = link else { return };
        let after = match link.life {
            ref life if life.is_untouched() && leavers::counts_absence(self.plan()) => self.absence_of_open(entry, link),
            Life::Left { .. } => self.absence_of_left(entry, link),
            _ => None,
        };
        if let Some(after) = after.filter(|after| *after != link.absence) {
            self.absences.push((link.key.clone(), after));
        }
    }

    fn absence_of_open(&self, entry: &Entry, link: &Link) -> Option<Absence> {
        match entry.state {
            SourceState::Unread => None,
            SourceState::Missing => Some(self.classification.input.missing_again(link)),
            _ => Some(Absence::default()),
        }
    }

    /// Whoever left and is there again is counted from then on, so that one list that leaves the record out neither closes nor deletes.
    fn absence_of_left(&self, entry: &Entry, link: &Link) -> Option<Absence> {
        let now = self.classification.input.clock.now;
        match entry.state {
            SourceState::InScope | SourceState::OutOfScope | SourceState::Rejected => {
                Some(Absence { runs: 0, first: Some(now), last: Some(now) })
            }
            SourceState::Missing if link.absence.first.is_some() && !leavers::is_shown_gone(self.plan(), &link.absence) => {
                // A list that may have been cut shows nobody gone.
                let shown = self.classification.can_confirm_absence() || !self.classification.may_be_cut();
                shown.then(|| self.classification.input.missing_again(link))
            }
            SourceState::Missing | SourceState::Leaver | SourceState::Unread => None,
        }
    }

    pub(crate) fn absence_now(&self, candidate: &Candidate<'_>) -> Absence {
        candidate.link.map(|link| self.classification.input.missing_again(link)).unwrap_or_default()
    }

    pub(crate) fn absence_reached(&self, candidate: &Candidate<'_>) -> bool {
        let missing = candidate.entry.state == SourceState::Missing;
        missing && leavers::by_absence(self.plan(), &self.absence_now(candidate)).is_some() && self.is_gone(candidate)
    }

    /// Whether somebody who is missing would leave in this run if nothing spoke against it.
    pub(crate) fn would_leave(&self, candidate: &Candidate<'_>) -> bool {
        let by_day =
            || candidate.link.is_some_and(|link| self.classification.day_has_passed(link)) && leavers::on_a_day(self.plan()).is_some();
        leavers::by_absence(self.plan(), &self.absence_now(candidate)).is_some() || by_day()
    }

    fn is_gone(&self, candidate: &Candidate<'_>) -> bool {
        self.classification.absence_is_confirmed(&candidate.entry.key)
    }

    /// Whether a person who left has not come back. One read without the record does not prove it: the person may be back without being in
    /// scope, and the list may have left the record out. So the source is asked, if it can be.
    pub(crate) fn leave_is_confirmed(&self, candidate: &Candidate<'_>) -> bool {
        if candidate.entry.state != SourceState::Missing {
            return candidate.entry.state != SourceState::Unread;
        }
        let seen_since =
            candidate.link.is_some_and(|link| matches!(link.life, Life::Left { stage: 1.., .. }) && link.absence.first.is_some());
        self.is_gone(candidate) && (!seen_since || leavers::is_shown_gone(self.plan(), &self.absence_now(candidate)))
    }

    /// Updates the known leave day of a linked record that was read. The day of a record that is no longer read is kept, because the
    /// record leaves by it once the day has passed.
    pub(crate) fn note_due(&mut self, candidate: &Candidate<'_>) {
        let Some(link) = candidate.link.filter(|link| link.life.is_untouched() && candidate.entry.row.is_some()) else { return };
        let row = candidate.entry.row.map(|row| self.classification.row(row));
        let unshown = row.is_some_and(|row| row.iter().any(|cell| cell.as_ref().is_err_and(|fault| fault.is_unshown())));
        let unread = unshown || row.is_some_and(|row| not_read(&self.plan().source, row).is_some());
        if leavers::on_a_day(self.plan()).is_none() || candidate.entry.state == SourceState::Rejected || unread {
            return;
        }
        let due = candidate.due(self.plan()).map(|(day, _)| day);
        if due != link.due {
            self.dues.push((link.key.clone(), due));
        }
    }

    pub(crate) fn announce(&mut self, candidate: &Candidate<'_>) {
        let due = candidate.due(self.plan()).filter(|(day, _)| *day > self.today());
        if let Some((day, because)) = due.filter(|(day, _)| *day <= leavers::days_after(self.today(), HORIZON_DAYS)) {
            let reason = leavers::reason(self.plan(), because, &candidate.record);
            self.come(candidate, (day, ComingWhen::OnDay), reason, because);
        }
    }

    pub(crate) fn come(&mut self, candidate: &Candidate<'_>, at: (Date, ComingWhen), reason: String, because: LeaveReason) {
        let line = self.plan().line(because.condition(self.plan()).span);
        let ((day, when), label) = (at, candidate.record.label());
        self.coming.push(Coming { key: candidate.entry.key.to_string(), label, day, when, reason, line });
    }
}
