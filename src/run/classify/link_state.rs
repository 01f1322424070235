//! The state of a link: open, closed, missing, or not read well enough to say.

use super::{
    classification::Classification,
    matching::{MatchResult, rule_values},
    table::{LinkState, SourceState},
};
use crate::{
    compile::Rule,
    run::{proofs::looked_up_key, record_scope::RecordScope},
    state::link::{Life, Link},
    value::Value,
};

impl Classification<'_> {
    pub(super) fn match_state(&self, record: &RecordScope<'_>, found: &MatchResult, state: SourceState) -> LinkState {
        let asks = state == SourceState::InScope || (state == SourceState::Leaver && self.plan().one_by_one);
        if self.input.is_broken() || (asks && !self.is_proof(record, found)) {
            return LinkState::TargetUnread;
        }
        match found {
            MatchResult::One { row, .. } if self.accounts.not_read(*row).is_some() => LinkState::TargetUnread,
            MatchResult::Nobody => LinkState::NoMatch,
            MatchResult::One { rule: 0, .. } => LinkState::FreeByFirst,
            MatchResult::One { .. } => LinkState::FreeByLater,
            MatchResult::Contested(_) => LinkState::Contested,
        }
    }

    /// *No match is a proof*: a complete list that contains closed accounts, whose end is no short page alone, and whose every record
    /// could be compared, or a successful look-up for each line. If nothing would be created, a complete list is enough. If the target is asked for
    /// each record, "one match" needs the same proof, because another line may find another account.
    pub(crate) fn is_proof(&self, record: &RecordScope<'_>, found: &MatchResult) -> bool {
        let listed = self.input.target.end.is_complete();
        let nobody = *found == MatchResult::Nobody && self.plan().mode.creates();
        let suffices = !nobody
            || self.input.target.shows_absence()
                && self.input.lists_all()
                && self.accounts.unreadable().is_none()
                && self.not_listed(record).is_none();
        listed && suffices || self.missing_look_ups(record).is_some_and(|open| open.is_empty())
    }

    /// The look-ups that are still to be made for a record; `None` if a line can't be looked up.
    pub(super) fn missing_look_ups(&self, record: &RecordScope<'_>) -> Option<Vec<(usize, Value)>> {
        self.look_ups(record)?.into_iter().filter(|one| one.as_ref().is_none_or(|one| !self.is_looked_up(one))).collect()
    }

    /// The look-ups that may show an account that is linked, and have not been made.
    pub(super) fn look_ups_of_linked(&self, record: &RecordScope<'_>) -> Vec<(usize, Value)> {
        let all = self.look_ups(record).unwrap_or_default();
        all.into_iter().flatten().filter(|one| !self.is_looked_up(one)).collect()
    }

    fn is_looked_up(&self, (attribute, value): &(usize, Value)) -> bool {
        looked_up_key(*attribute, value, self.plan()).is_some_and(|key| self.input.proofs.looked_up.contains(&key))
    }

    /// The look-up of each line that has its values; `None` for one that can't be looked up.
    fn look_ups(&self, record: &RecordScope<'_>) -> Option<Vec<Option<(usize, Value)>>> {
        let collection = self.plan().target.collection();
        let values = rule_values(self.plan(), record).ok()?;
        let look_up = |(rule, values): (&Rule, Vec<Value>)| {
            let mut asked = rule.parts.iter().zip(values).filter(|(part, _)| collection.find_by(part.attribute).is_some());
            let (part, value) = asked.next()?;
            looked_up_key(part.attribute, &value, self.plan()).map(|_| (part.attribute, value))
        };
        let lines = self.plan().rules.iter().zip(values).filter(|(_, values)| !values.iter().any(Value::is_missing));
        Some(lines.map(look_up).collect())
    }

    pub(super) fn link_state(&self, link: &Link, account: Option<u32>) -> LinkState {
        if self.input.is_stopped() {
            return LinkState::LinkedUnread;
        }
        let gone = account.is_none() && self.is_gone(&link.target);
        let life = if link.life.is_untouched() { &Life::Open } else { &link.life };
        match (life, account) {
            (Life::Retired { .. }, _) => LinkState::Retired,
            (_, Some(row)) if self.accounts.not_read(row).is_some() => LinkState::LinkedUnread,
            (Life::Open, Some(row)) if self.access(row).is_closed() => LinkState::ClosedByHand,
            (Life::Open, Some(_)) => LinkState::Open,
            (Life::Left { .. }, Some(_)) => LinkState::Left,
            (Life::Open, None) if gone => LinkState::AccountMissing,
            (Life::Left { .. }, None) if gone => LinkState::LeftAccountMissing,
            (Life::Left { .. }, None) if self.hides_closed() => LinkState::LeftUnlisted,
            (Life::Open | Life::Left { .. }, None) => LinkState::LinkedUnread,
        }
    }

    /// Whether an account that was closed is expected not to be among those read: it is asked for when something is due.
    fn hides_closed(&self) -> bool {
        self.plan().one_by_one || self.input.target.end.is_complete() && !self.input.lists_all()
    }

    /// Whether the lists of the target were read for the record above this account.
    fn target_would_show(&self, id: &str) -> bool {
        let target = self.plan().target.collection();
        self.input.target.read_for.shows(&target.key_values(&target.id_value(id)))
    }

    /// The attribute and the value of a record that its target would not show: no list was read for the record above.
    pub(super) fn not_listed(&self, record: &RecordScope<'_>) -> Option<(usize, Value)> {
        let values = rule_values(self.plan(), record).ok()?;
        let parts =
            self.plan().rules.iter().zip(values).flat_map(|(rule, values)| rule.parts.iter().map(|part| part.attribute).zip(values));
        parts.into_iter().find(|one| !self.input.target.read_for.shows(std::slice::from_ref(one)))
    }

    /// *Missing account*: its `get` says that it does not exist or, without a `get`, a complete list that contains closed
    /// accounts lacks it. A record whose key can't be read may be the account.
    fn is_gone(&self, id: &str) -> bool {
        let by_list = self.input.target.shows_absence() && self.input.lists_all() && self.plan().target.collection().get.is_none();
        by_list && self.accounts.all_named() && self.target_would_show(id) || self.input.proofs.gone.contains(id)
    }
}
