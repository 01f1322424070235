//! Classifies all records, in the order that the rest depends on: keys, then each row, then the linked records without a row,
//! then the accounts that several records find.

use super::{
    classification::{Classification, Entry, RowVerdict},
    given_up::WaitsByKey,
    matching::{Accounts, MatchResult},
    references::Refs,
    source_state::faulty,
    table::SourceState,
};
use crate::{
    run::{change_set::Verdict, input::Input},
    value::Text,
};
use std::collections::HashMap;

impl<'a> Classification<'a> {
    pub fn of(input: &'a Input<'a>) -> Self {
        let rows = vec![RowVerdict { verdict: Verdict::Unread, scope: None }; input.source.rows.len()];
        let mut classification = Self {
            input,
            accounts: Accounts::new(input.plan, input.target),
            refs: Refs::new(input),
            events_in_target: input.events_in_target(),
            entries: Vec::with_capacity(rows.len()),
            rows,
            findings: Vec::new(),
            unkeyed: Vec::new(),
            nameless: false,
            doubled: Vec::new(),
            unasked: 0,
            waits: WaitsByKey::new(),
            keys: HashMap::with_capacity(input.source.rows.len()),
        };
        let keyed = classification.read_keys();
        for (row, key) in keyed {
            let entry = classification.classify_row(row, key);
            classification.entries.push(entry);
        }
        classification.classify_absent();
        classification.classify_unasked();
        classification.keys = HashMap::new();
        classification.hold_shared();
        classification
    }

    fn classify_row(&self, row: u32, key: Text) -> Entry {
        let link = self.link_of(&key);
        let account = link.and_then(|link| self.accounts.row_of(&link.target));
        let record = self.record_scope(Some(row), account);
        let (mut state, mut why) = self.source_state(row, &record, link.is_some());
        let mut found = MatchResult::Nobody;
        let decided = self.decided_match(&key, state).filter(|_| link.is_none());
        if link.is_none() && decided.is_none() && state != SourceState::OutOfScope {
            match self.accounts.find(&record, self.input.links, self.not_its_account(&key)) {
                Ok(answer) => found = answer,
                Err(_) if state == SourceState::Rejected => {}
                Err((fault, rule)) => (state, why) = faulty(fault, self.plan().rules[rule].span),
            }
        }
        if state == SourceState::Leaver
            && link.is_none()
            && found != MatchResult::Nobody
            && self.is_shared()
            && let Err((fault, span)) = self.left_out_by(&record)
        {
            // Perhaps another pipeline has this leaver and the account.
            (state, why) = faulty(fault, span);
        }
        let state_of_link = match (link, decided) {
            (Some(link), _) => self.link_state(link, account),
            (None, Some(decided)) => {
                found = decided;
                self.decided_state(&found)
            }
            (None, None) => self.match_state(&record, &found, state),
        };
        Entry { key, row: Some(row), state, why, found, link: state_of_link }
    }
}
