//! The blocks of the language: which rule a statement of each has to meet, and what messages call it.

use super::grammar::Rule;

/// The rule that a statement of a block must meet, and what the block is called.
pub(super) fn statement_of(block: Rule) -> (Rule, &'static str) {
    match block {
        Rule::table_block => (Rule::only_table, "a table"),
        Rule::system_block => (Rule::only_system, "a system"),
        Rule::pipeline_block => (Rule::only_pipeline, "a pipeline"),
        Rule::test_block => (Rule::only_test, "a test"),
        Rule::http_block => (Rule::only_http, "an `http` block"),
        Rule::token_block => (Rule::only_token, "a `token` block"),
        Rule::error_block => (Rule::only_error, "an `error` block"),
        Rule::collection_block => (Rule::only_collection, "a collection"),
        Rule::attribute_block => (Rule::only_attribute, "a block of attributes"),
        Rule::discovered_block => (Rule::only_discovered, "a block of discovered attributes"),
        Rule::found_block => (Rule::only_found, "a block of types"),
        Rule::call_block => (Rule::only_call, "a call"),
        Rule::follow_block => (Rule::only_follow, "a `follow` block"),
        Rule::each_block => (Rule::only_each, "an `items` block"),
        Rule::closed_block => (Rule::only_closed, "an `on closed by hand` block"),
        Rule::match_block => (Rule::only_match, "a `match` block"),
        Rule::map_block => (Rule::only_map, "a `map` block"),
        Rule::leaver_block => (Rule::only_leaver, "a `leaver` block"),
        Rule::action_block => (Rule::only_action, "a block of `leaver`"),
        Rule::guard_block => (Rule::only_guard, "a `guard` block"),
        Rule::record_block => (Rule::only_record, "a record"),
        _ => (Rule::only_item, "a file"),
    }
}

/// Every rule that a statement of some block must meet, with what the block is called.
pub(super) fn all_statements() -> [(Rule, &'static str); 13] {
    [
        Rule::file_all,
        Rule::pipeline_block,
        Rule::map_block,
        Rule::leaver_block,
        Rule::guard_block,
        Rule::test_block,
        Rule::system_block,
        Rule::http_block,
        Rule::collection_block,
        Rule::call_block,
        Rule::token_block,
        Rule::action_block,
        Rule::discovered_block,
    ]
    .map(statement_of)
}
