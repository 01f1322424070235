//! What has to be looked up before a record can be decided on, and whether a look-up proves anything.

use super::classification::{Classification, Entry, Rejection, RowVerdict, Why, finding};
use super::references::Refs;
use super::{
    leavers::{self, LeaveReason},
    matching::{Accounts, Contest, MatchResult, rule_values},
    table::{LinkState, SourceState},
};
use crate::run::input::{Input, looked_up_key};
use crate::run::record_scope::{RecordScope, key_is_own, key_names_own, own_key};
use crate::{
    compile::{
        ExecutionPlan,
        program::{Name, Program},
    },
    diagnose::Span,
    run::{
        change_set::{Finding, Reason, Verdict},
        record_scope::cell_or_null,
    },
    state::link::{Life, Link},
    systems::End,
    value::{Fault, FaultCode, Text, Value, trie::Row},
};
use std::collections::{HashMap, HashSet};

/// What has to be looked up.
#[derive(Debug, Default, PartialEq)]
pub struct Wanted {
    /// Accounts by id.
    pub gets: Vec<String>,
    /// Accounts by an attribute.
    pub finds: Vec<(usize, Value)>,
    /// Source records by key, to confirm that they are missing.
    pub source_gets: Vec<String>,
}

impl Wanted {
    /// Whether nothing has to be looked up.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.gets.is_empty() && self.finds.is_empty() && self.source_gets.is_empty()
    }
}

impl Classification<'_> {
    /// *No match is a proof*: a complete list that contains closed accounts and whose every record could be compared, or a
    /// successful look-up for each line. If nothing would be created, a complete list is enough. If the target is asked for
    /// each record, "one match" needs the same proof, because another line may find another account.
    pub(super) fn is_proof(&self, record: &RecordScope<'_>, found: &MatchResult) -> bool {
        let listed = self.input.target.end.is_complete();
        let nobody = *found == MatchResult::Nobody && self.plan().mode.creates();
        let suffices = !nobody || self.input.lists_all() && self.accounts.unreadable().is_none();
        listed && suffices || self.missing_look_ups(record).is_some_and(|open| open.is_empty())
    }

    /// The look-ups that are still to be made for a record; none where a line can't be looked up.
    pub(super) fn missing_look_ups(&self, record: &RecordScope<'_>) -> Option<Vec<(usize, Value)>> {
        let collection = self.plan().target.collection();
        let values = rule_values(self.plan(), record).ok()?;
        let mut open = Vec::new();
        for (rule, values) in self.plan().rules.iter().zip(values) {
            if values.iter().any(Value::is_missing) {
                continue;
            }
            let mut asked = rule.parts.iter().zip(values).filter(|(part, _)| collection.find_by(part.attribute).is_some());
            let (part, value) = asked.next()?;
            let key = looked_up_key(part.attribute, &value, self.plan())?;
            if !self.input.proofs.looked_up.contains(&key) {
                open.push((part.attribute, value));
            }
        }
        Some(open)
    }

    /// What has to be looked up before everybody can be judged.
    pub fn wanted(&self) -> Wanted {
        let mut wanted = Wanted::default();
        if self.input.is_broken() {
            return wanted;
        }
        for entry in &self.entries {
            match entry.link {
                LinkState::TargetUnread => wanted.finds.extend(self.finds(entry)),
                LinkState::LinkedUnread => wanted.gets.extend(self.get(entry)),
                _ => {}
            }
            wanted.source_gets.extend(self.source_get(entry));
            wanted.finds.extend(self.event_finds(entry));
        }
        wanted
    }

    pub(super) fn finds(&self, entry: &Entry) -> Vec<(usize, Value)> {
        let asks = entry.state == SourceState::InScope || (entry.state == SourceState::Leaver && self.plan().one_by_one);
        if !asks {
            return Vec::new();
        }
        let mut open = self.missing_look_ups(&self.record_scope(entry.row, None)).unwrap_or_default();
        open.retain(|look_up| self.input.proofs.failure(self.plan(), look_up).is_none());
        open
    }

    /// Why it is not known whether there is an account for a record that has none.
    pub fn why_unread(&self, record: &RecordScope<'_>) -> Option<String> {
        let open = self.missing_look_ups(record).unwrap_or_default();
        let failed = open.iter().find_map(|look_up| self.input.proofs.failure(self.plan(), look_up));
        failed.map(str::to_owned).or_else(|| self.accounts.unreadable().map(str::to_owned))
    }

    pub(super) fn get(&self, entry: &Entry) -> Option<String> {
        self.plan().target.collection().get.as_ref()?;
        let link = self.link_of(&entry.key)?;
        let needed = match (&link.life, entry.state) {
            (_, SourceState::OutOfScope | SourceState::Rejected | SourceState::Unread) => false,
            (Life::Left { next, .. }, SourceState::Leaver | SourceState::Missing) => {
                next.is_some_and(|(day, _)| day <= self.input.clock.today)
            }
            _ => true,
        };
        (needed && !self.input.proofs.asked.contains(&link.target)).then(|| link.target.clone())
    }

    /// Who would leave by absence is asked for, where the source can be asked by this key.
    pub(super) fn source_get(&self, entry: &Entry) -> Option<String> {
        let link = self.link_of(&entry.key).filter(|_| entry.state == SourceState::Missing && self.can_confirm_absence())?;
        let absence = leavers::missing_again(self.plan(), &link.absence, self.input.clock.now);
        let key = entry.key.to_string();
        let asked = self.input.proofs.source_asked.contains(&key);
        let leaves =
            leavers::by_absence(self.plan(), &absence).is_some() || self.day_has_passed(link) && leavers::on_a_day(self.plan()).is_some();
        (!asked && leaves).then_some(key)
    }

    /// Whether a link's key is what the source's `get` takes.
    pub fn can_confirm_absence(&self) -> bool {
        self.plan().source.collection().get.is_some() && key_is_own(self.plan())
    }
}
