//! *Decisions by name*: what a person said about a record prevails over what the lines of `match` find.

use super::{
    classification::Classification,
    matching::MatchResult,
    table::{LinkState, SourceState},
};
use crate::state::decisions::Choice;

impl Classification<'_> {
    /// What a person decided about a record without a link, in place of a match: it has no account, or it leaves with the one named.
    pub(super) fn decided_match(&self, key: &str, state: SourceState) -> Option<MatchResult> {
        let decision = self.input.decided(key)?;
        match decision.choice {
            Choice::New | Choice::Recreate => Some(MatchResult::Nobody),
            Choice::Leave if state == SourceState::Leaver => {
                let account = decision.account.as_deref()?;
                let free = self.input.links.of_target(account).is_none();
                self.accounts.row_of(account).filter(|_| free).map(|row| MatchResult::One { row, rule: 0 })
            }
            Choice::Link | Choice::Leave | Choice::Unlink | Choice::Keep | Choice::Wait => None,
        }
    }

    /// The state of a link that a person decided on. It needs no proof, but what could not be read stays unread.
    pub(super) fn decided_state(&self, found: &MatchResult) -> LinkState {
        match found {
            _ if self.input.is_broken() => LinkState::TargetUnread,
            MatchResult::One { row, .. } if self.accounts.not_read(*row).is_some() => LinkState::TargetUnread,
            MatchResult::One { .. } => LinkState::FreeByFirst,
            MatchResult::Nobody | MatchResult::Contested(_) => LinkState::NoMatch,
        }
    }

    /// The account from which a person took a record off.
    pub(crate) fn not_its_account(&self, key: &str) -> Option<&str> {
        let decision = self.input.decided(key).filter(|decision| decision.choice == Choice::Unlink)?;
        decision.account.as_deref()
    }
}
