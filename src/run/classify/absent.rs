//! Linked records that were not among those read.

use super::{
    classification::{Classification, Entry, StateReason, finding},
    leavers::{self, LeaveReason},
    matching::MatchResult,
    table::SourceState,
};
use crate::{
    run::{
        change_set::{Finding, Reason, Verdict},
        record_scope::key_equals_source_key,
    },
    state::link::{Life, Link},
    systems::End,
    value::{Fault, Text},
};

impl Classification<'_> {
    /// Classifies linked records that were not read. After an unreadable key no record counts as absent, because the unreadable one may
    /// be the missing one. An incremental read proves absence only for records that were asked for one by one, and only those that the
    /// source named as removed count as missing.
    pub(super) fn classify_absent(&mut self) {
        let complete = self.shows_absence();
        let mut absent: Vec<&Link> = self.input.links.iter().filter(|link| !self.keys.contains_key(link.key.as_str())).collect();
        let delta = self.input.source.delta.as_ref();
        if let Some(delta) = delta {
            absent.retain(|link| delta.gone.contains(&link.key) && key_equals_source_key(self.plan()) && !self.input.is_broken());
        }
        absent.sort_by(|left, right| left.key.cmp(&right.key));
        let named_missing = |link: &Link| delta.is_none_or(|delta| delta.removed.contains(&link.key));
        for link in absent {
            let account = self.accounts.row_of(&link.target);
            let state_of_link = self.link_state(link, account);
            let key = Text::from(link.key.as_str());
            let weak = self.why_weak().filter(|_| link.life.is_untouched() && leavers::counts_absence(self.plan()));
            let shown = weak.is_none() && self.source_would_show(&link.key) || self.can_confirm_absence();
            let (state, why) = match (self.left_on_known_day(link), (complete && shown) || delta.is_some()) {
                (Some(because), true) => (SourceState::Leaver, StateReason::Leaver(because)),
                (None, true) if named_missing(link) || matches!(link.life, Life::Left { .. }) => {
                    (SourceState::Missing, StateReason::Nothing)
                }
                (_, true) => continue,
                (_, false) => (SourceState::Unread, weak.map_or(StateReason::Nothing, |weak| StateReason::NotRead(Fault::unread(weak)))),
            };
            self.entries.push(Entry { key, row: None, state, why, found: MatchResult::Nobody, link: state_of_link });
        }
    }

    /// Records of an incremental read that were asked for one by one and got no answer: they are unfinished, or the source named them as
    /// removed. Nothing is known of them in this run.
    pub(super) fn classify_unasked(&mut self) {
        let Some(delta) = self.input.source.delta.as_ref().filter(|_| !self.input.is_broken()) else { return };
        let own = key_equals_source_key(self.plan());
        for (key, why) in delta.unasked.iter().filter(|(key, _)| !own || !self.keys.contains_key(key.as_str())) {
            let why = format!("was not shown by its `get`: {why}");
            match self.input.links.of_key(key).filter(|_| own) {
                Some(link) => {
                    let link = self.link_state(link, self.accounts.row_of(&link.target));
                    let why = StateReason::NotRead(Fault::unread(why));
                    self.entries.push(Entry {
                        key: Text::from(key.as_str()),
                        row: None,
                        state: SourceState::Unread,
                        why,
                        found: MatchResult::Nobody,
                        link,
                    });
                }
                None => {
                    let label = format!("{} {key}", self.plan().source.collection().key_name());
                    let lines = vec![self.plan().line(self.plan().key_span)];
                    let unread = finding(Verdict::Unread, if own { key } else { "" }, Some(label), Reason::NotAnswered, why);
                    self.findings.push(Finding { lines, ..unread });
                    self.unasked += 1;
                }
            }
        }
    }

    /// Whether every record was read, and named itself.
    pub(crate) fn shows_absence(&self) -> bool {
        matches!(self.input.source.end, End::Complete { .. }) && !self.input.is_broken() && !self.nameless
    }

    /// A record that is missing after the day on which a condition became true leaves by that condition. If the source can be asked, it
    /// has to say that this one is not there, as it has of each record that is absent from an incremental read; otherwise its list has to
    /// have a proved end, since the day may have been put off on a page that was cut.
    fn left_on_known_day(&self, link: &Link) -> Option<LeaveReason> {
        let passed = self.day_has_passed(link);
        let confirmed = self.input.source.delta.is_some() || self.absence_is_confirmed(&link.key);
        (passed && confirmed).then(|| leavers::on_a_day(self.plan())).flatten()
    }

    /// Whether the lists of the source were read for the record above this one: what none of them would show is not missing.
    fn source_would_show(&self, key: &str) -> bool {
        let (source, read_for) = (&self.plan().source, &self.input.source.read_for);
        let values = || source.collection().key_values(&source.collection().id_value(key));
        read_for.0.is_empty() || key_equals_source_key(self.plan()) && read_for.shows(&values())
    }

    pub(crate) fn day_has_passed(&self, link: &Link) -> bool {
        link.life.is_untouched() && link.due.is_some_and(|day| day <= self.input.clock.today)
    }
}
