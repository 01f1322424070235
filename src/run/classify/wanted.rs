//! The look-ups that a classification lacks: accounts by id or by attribute, and source records by key.

use super::{
    classification::{Classification, Entry, StateReason},
    leavers,
    table::{LinkState, SourceState},
};
use crate::{
    compile::{OnLost, RulePart, SourceLine},
    run::record_scope::RecordScope,
    state::{
        decisions::Choice,
        link::{Life, Link},
    },
    value::Value,
};

/// The look-ups to make.
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
    /// The look-ups that are needed before every record can be decided on.
    pub fn wanted(&self) -> Wanted {
        let mut wanted = Wanted::default();
        if self.input.is_broken() {
            return wanted;
        }
        for entry in &self.entries {
            match entry.link {
                LinkState::TargetUnread => wanted.finds.extend(self.finds(entry)),
                LinkState::LinkedUnread | LinkState::LeftUnlisted => {
                    wanted.gets.extend(self.get(entry));
                    wanted.finds.extend(self.leaver_finds(entry));
                }
                LinkState::AccountMissing | LinkState::LeftAccountMissing | LinkState::Retired if self.may_create_again(entry) => {
                    wanted.finds.extend(self.finds(entry));
                }
                LinkState::Left if self.input.chose(&entry.key, Choice::Recreate, None) => wanted.finds.extend(self.finds(entry)),
                _ => {}
            }
            wanted.source_gets.extend(self.source_get(entry));
            wanted.source_gets.extend(self.claimant_gets(entry));
            wanted.finds.extend(self.event_finds(entry));
        }
        wanted
    }

    /// Whether somebody whose account is missing may get another one, so that it has to be proved that there is none.
    fn may_create_again(&self, entry: &Entry) -> bool {
        let (plan, input, key) = (self.plan(), self.input, entry.key.as_str());
        plan.on_lost == OnLost::CreateAgain
            || plan.leavers.iter().any(|block| block.create_again)
            || input.chose(key, Choice::Recreate, None)
    }

    fn finds(&self, entry: &Entry) -> Vec<(usize, Value)> {
        let asks = entry.state == SourceState::InScope || (entry.state == SourceState::Leaver && self.plan().one_by_one);
        if !asks {
            return Vec::new();
        }
        let mut open = self.missing_look_ups(&self.record_scope(entry.row, None)).unwrap_or_default();
        open.retain(|look_up| self.input.proofs.failure(self.plan(), look_up).is_none());
        open
    }

    /// The account of a leaver that was not read, and can't be asked for by `get`: what `match` compares may find it.
    fn leaver_finds(&self, entry: &Entry) -> Vec<(usize, Value)> {
        if self.plan().target.collection().get.is_some() || entry.row.is_none() || !self.leave_waits(entry) {
            return Vec::new();
        }
        let mut open = self.look_ups_of_linked(&self.record_scope(entry.row, None));
        open.retain(|look_up| self.input.proofs.failure(self.plan(), look_up).is_none());
        open
    }

    /// Whether something is to be done now to the account of a person who leaves or left.
    pub(crate) fn leave_waits(&self, entry: &Entry) -> bool {
        let Some(link) = self.link_of(&entry.key) else { return false };
        let because = if let StateReason::Leaver(because) = entry.why { Some(because) } else { None };
        let leaves = entry.state == SourceState::Leaver
            || entry.state == SourceState::Missing && leavers::by_absence(self.plan(), &self.input.missing_again(link)).is_some();
        match &link.life {
            Life::Open | Life::Left { stage: 0, .. } => leaves,
            Life::Left { .. } => {
                let out = matches!(entry.state, SourceState::Leaver | SourceState::Missing);
                out && leavers::stage_is_due(self.plan(), because, link, self.input.clock.today)
            }
            Life::Retired { .. } => false,
        }
    }

    /// Why it is unknown whether an account exists for a record without a link.
    pub fn why_unread(&self, record: &RecordScope<'_>) -> Option<String> {
        let open = self.missing_look_ups(record).unwrap_or_default();
        let failed = open.iter().find_map(|look_up| self.input.proofs.failure(self.plan(), look_up));
        let not_listed = || {
            let (attribute, value) = self.not_listed(record)?;
            let name = &self.plan().target.attribute(attribute).name;
            Some(format!("no list was read for the {name} {}", crate::value::show::shown(&value)))
        };
        let weak = || self.input.target.weak.as_ref().map(ToString::to_string);
        failed.map(str::to_owned).or_else(not_listed).or_else(|| self.accounts.unreadable().map(str::to_owned)).or_else(weak)
    }

    /// Why nothing could prove that a record has no account, and the line of `match` that lacks a look-up.
    pub fn why_unprovable(&self) -> Option<(String, SourceLine)> {
        let (plan, target) = (self.plan(), &self.plan().target);
        let asks = |part: &RulePart| target.collection().find_by(part.attribute).is_some();
        let rule = plan.rules.iter().find(|rule| !self.input.lists_all() && !rule.parts.iter().any(asks))?;
        let (list, name) = (target.name(), &target.attribute(rule.parts.first()?.attribute).name);
        let why =
            format!("`{list}` may not list every account, and has no `find by {name}`: add that, or `lists all` if its list shows all");
        Some((why, plan.line(rule.span)))
    }

    fn get(&self, entry: &Entry) -> Option<String> {
        self.plan().target.collection().get.as_ref()?;
        let link = self.link_of(&entry.key)?;
        let because = if let StateReason::Leaver(because) = entry.why { Some(because) } else { None };
        let is_due = leavers::stage_is_due(self.plan(), because, link, self.input.clock.today);
        let life = if link.life.is_untouched() { &Life::Open } else { &link.life };
        let needed = match (life, entry.state) {
            (Life::Left { by_scope: true, .. }, SourceState::OutOfScope) => is_due,
            (_, SourceState::OutOfScope | SourceState::Rejected | SourceState::Unread) => false,
            // A list that shows closed accounts too, and lacks this one, says that it was deleted: asked once, then the link ends.
            (Life::Left { .. }, SourceState::Leaver | SourceState::Missing) => {
                is_due || entry.link == LinkState::LinkedUnread && self.input.target.end.is_complete()
            }
            _ => true,
        };
        (needed && !self.input.proofs.asked.contains(&link.target)).then(|| link.target.clone())
    }

    /// Who claimed the account of a leaver and is not in this read is looked up.
    fn claimant_gets(&self, entry: &Entry) -> Vec<String> {
        let leaves = matches!(entry.state, SourceState::Leaver | SourceState::Missing) && self.can_confirm_absence();
        let Some(link) = self.link_of(&entry.key).filter(|_| leaves && !self.input.pending_work.claims.is_empty()) else {
            return Vec::new();
        };
        let of_account = self.input.pending_work.claims.iter().filter(|claim| claim.target == link.target).map(|claim| &claim.key);
        let is_here = |key: &&String| self.entries.iter().any(|entry| entry.row.is_some() && entry.key.as_str() == key.as_str());
        of_account.filter(|key| !is_here(key) && !self.input.proofs.source_asked.contains(*key)).cloned().collect()
    }

    /// A record that would leave by absence, or whose leave would go on, is looked up, if the source can look it up by this key.
    fn source_get(&self, entry: &Entry) -> Option<String> {
        let link = self.link_of(&entry.key).filter(|_| entry.state == SourceState::Missing && self.can_confirm_absence())?;
        let absence = self.input.missing_again(link);
        let key = entry.key.to_string();
        let asked = self.input.proofs.source_asked.contains(&key);
        let leaves =
            leavers::by_absence(self.plan(), &absence).is_some() || self.day_has_passed(link) && leavers::on_a_day(self.plan()).is_some();
        (!asked && (leaves || self.leave_goes_on(link))).then_some(key)
    }

    /// Whether something more may happen to the account of a person who left.
    fn leave_goes_on(&self, link: &Link) -> bool {
        let Life::Left { stage: stage @ 1.., next, .. } = &link.life else { return false };
        let is_due = next.is_some_and(|(day, _)| day <= self.input.clock.today);
        let block = leavers::block_of_left(self.plan(), None, link).map(|block| &self.plan().leavers[block]);
        let calls = self.input.pending_work.steps.contains_key(&link.key);
        // An open account is closed again, or reported.
        let closes = block.is_some_and(|block| leavers::closes_until(self.plan(), block, *stage));
        is_due || calls || closes && self.accounts.row_of(&link.target).is_some_and(|account| !self.access(account).is_closed())
    }
}
