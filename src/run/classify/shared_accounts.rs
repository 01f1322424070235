//! Accounts that several records find: none of the records gets one.

use super::{
    classification::Classification,
    matching::{Contest, MatchResult},
    table::{LinkState, SourceState},
};
use crate::run::change_set::Reason;
use std::collections::HashMap;

impl Classification<'_> {
    /// If two records find one account, neither gets it.
    pub(super) fn hold_shared(&mut self) {
        let mut takers: HashMap<u32, Vec<usize>> = HashMap::new();
        for (at, entry) in self.entries.iter().enumerate() {
            if let MatchResult::One { row, rule } = entry.found
                && (entry.state != SourceState::Leaver || rule == 0)
            {
                takers.entry(row).or_default().push(at);
            }
        }
        takers.retain(|_, takers| takers.len() > 1);
        for (account, takers) in takers {
            self.share(account, &takers);
        }
    }

    fn share(&mut self, account: u32, takers: &[usize]) {
        let keys: Vec<&str> = takers.iter().map(|at| self.entries[*at].key.as_str()).collect();
        let keys = keys.join(" and ");
        for at in takers {
            let MatchResult::One { rule, .. } = self.entries[*at].found else { continue };
            let detail = format!("{} finds {} for {keys}", self.accounts.rule_word(rule), self.accounts.id(account));
            let contest = Contest { kind: Reason::Shared, detail, rules: vec![rule], rows: vec![account] };
            self.entries[*at].found = MatchResult::Contested(Box::new(contest));
            if self.entries[*at].link != LinkState::TargetUnread {
                self.entries[*at].link = LinkState::Contested;
            }
        }
    }
}
