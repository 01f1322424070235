//! What a run remembers beside what it writes: counters of absence, and who will leave on a known day.

use super::decide::{Case, Desk};
use crate::run::classify::classification::Entry;
use crate::{
    run::{
        change_set::Coming,
        classify::{
            leavers::{self, Because},
            table::SourceState,
        },
    },
    state::link::{Absence, Life, Link},
};
use jiff::civil::Date;

/// Leaves that are known for a later day are announced this many days ahead.
const HORIZON_DAYS: i64 = 31;

impl Desk<'_> {
    /// A sighting resets the counter; a complete read without the person moves it.
    pub(crate) fn count_absence(&mut self, entry: &Entry, link: Option<&Link>) {
        let Some(link) = link.filter(|link| link.life == Life::Open && leavers::counts_absence(self.plan())) else { return };
        let after = match entry.state {
            SourceState::Unread => return,
            SourceState::Missing => leavers::missing_again(self.plan(), &link.absence, self.sheet.input.clock.now),
            _ => Absence::default(),
        };
        if after != link.absence {
            self.absences.push((link.key.clone(), after));
        }
    }

    pub(crate) fn absence_now(&self, case: &Case<'_>) -> Absence {
        case.link.map(|link| leavers::missing_again(self.plan(), &link.absence, self.sheet.input.clock.now)).unwrap_or_default()
    }

    pub(crate) fn absence_reached(&self, case: &Case<'_>) -> bool {
        let missing = case.entry.state == SourceState::Missing;
        let confirmed = || !self.sheet.can_confirm_absence() || self.sheet.input.proofs.source_gone.contains(case.entry.key.as_str());
        missing && leavers::by_absence(self.plan(), &self.absence_now(case)).is_some() && confirmed()
    }

    /// The day of a linked record that was read, where it is not the one that is remembered. A day that has passed, and whose record is not
    /// read any more, stays.
    pub(crate) fn note_due(&mut self, case: &Case<'_>) {
        let Some(link) = case.link.filter(|link| link.life == Life::Open && case.entry.row.is_some()) else { return };
        if leavers::on_a_day(self.plan()).is_none() || case.entry.state == SourceState::Rejected {
            return;
        }
        let due = case.due(self.plan()).map(|(day, _)| day);
        if due != link.due {
            self.dues.push((link.key.clone(), due));
        }
    }

    pub(crate) fn announce(&mut self, case: &Case<'_>) {
        let due = case.due(self.plan()).filter(|(day, _)| *day > self.today());
        if let Some((day, because)) = due.filter(|(day, _)| *day <= leavers::days_after(self.today(), HORIZON_DAYS)) {
            let reason = leavers::reason(self.plan(), because, &case.person);
            self.come(case, day, reason, because);
        }
    }

    pub(crate) fn come(&mut self, case: &Case<'_>, day: Date, reason: String, because: Because) {
        let line = because.condition(self.plan()).line.clone();
        self.coming.push(Coming { key: case.entry.key.to_string(), label: case.person.label(), day, reason, line });
    }
}
