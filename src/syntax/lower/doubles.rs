//! Refuses lines that are given twice in a block where one of them would be ignored.

use super::{Lower, child, is_rest};
use crate::syntax::{
    faults,
    grammar::{Pair, Rule},
};
use std::collections::HashSet;

impl Lower<'_> {
    /// A block whose lines are told apart by their first words.
    pub(super) fn block_once<'p>(&mut self, pair: &Pair<'p>, rule: Rule) -> Option<Pair<'p>> {
        let block = child(pair, rule)?;
        self.no_doubles(&block.clone().into_inner().collect::<Vec<_>>());
        Some(block)
    }

    /// Refuses each line, or word of a line, that is said a second time.
    pub(super) fn no_doubles(&mut self, pairs: &[Pair<'_>]) {
        let mut seen = HashSet::new();
        for pair in pairs.iter().filter(|pair| !is_rest(pair)) {
            if let Some(word) = said_once(pair.as_rule())
                && !seen.insert(pair.as_rule())
            {
                self.faults.push(faults::said_twice(self.span(pair), word));
            }
        }
    }
}

/// The first words of what is said once, if at all.
fn said_once(rule: Rule) -> Option<&'static str> {
    of_http(rule).or_else(|| of_collection(rule)).or_else(|| of_attribute(rule)).or_else(|| of_call(rule)).or_else(|| of_test(rule))
}

const fn of_http(rule: Rule) -> Option<&'static str> {
    Some(match rule {
        Rule::format_stmt => "format",
        Rule::verify_stmt => "verify",
        Rule::limit_stmt => "limit",
        Rule::retry_stmt => "retry",
        Rule::oauth_token => "token",
        Rule::oauth_client => "client",
        Rule::oauth_user => "user",
        Rule::oauth_scope => "scope",
        Rule::oauth_refresh => "refresh",
        Rule::oauth_key => "key",
        Rule::oauth_claims => "claims",
        _ => return None,
    })
}

const fn of_collection(rule: Rule) -> Option<&'static str> {
    Some(match rule {
        Rule::coll_key => "key",
        Rule::coll_label => "label",
        Rule::coll_changed => "changed",
        Rule::coll_lists => "lists",
        Rule::coll_consistent => "consistent within",
        Rule::coll_requested_as | Rule::attr_requested_as => "requested as",
        Rule::coll_at | Rule::attr_at => "at",
        Rule::coll_written_at | Rule::attr_written_at => "written at",
        Rule::discovered_stmt => "attributes from",
        Rule::file_stmt => "file",
        Rule::file_delimiter => "delimiter",
        Rule::rows_stmt => "rows",
        Rule::entries_stmt => "entries",
        Rule::found_items | Rule::file_items | Rule::call_items => "items",
        Rule::found_name => "name",
        Rule::found_type => "type",
        _ => return None,
    })
}

const fn of_attribute(rule: Rule) -> Option<&'static str> {
    Some(match rule {
        Rule::attr_effect => "effect",
        Rule::attr_opens => "opens",
        Rule::attr_closes => "closes",
        Rule::attr_up_to => "up to",
        Rule::attr_one_of => "one of",
        Rule::attr_matches => "matches",
        Rule::attr_format => "format",
        Rule::attr_clear_as => "clear as",
        _ => return None,
    })
}

const fn of_call(rule: Rule) -> Option<&'static str> {
    Some(match rule {
        Rule::call_item => "item",
        Rule::call_total => "total",
        Rule::call_replaces => "replaces",
        Rule::call_merged => "merged",
        Rule::call_good => "good",
        Rule::call_idempotent => "idempotent",
        Rule::call_unknown => "on unknown",
        Rule::call_page => "page",
        Rule::call_body => "body",
        Rule::call_batch => "batch",
        Rule::call_results => "results",
        Rule::results_id => "id",
        Rule::results_error => "error",
        _ => return None,
    })
}

const fn of_test(rule: Rule) -> Option<&'static str> {
    Some(match rule {
        Rule::today_line => "today",
        Rule::now_line => "now",
        Rule::leaver_return => "on return",
        _ => return None,
    })
}
