//! The places of the grammar that take one of several words, or a value: which words, and what messages call the place.

use crate::syntax::{
    grammar::Rule as R,
    tree::{ErrorClass, ExpectedVerdict, GuardedCount, LimitUnit, Method, Weekday},
};

/// A place of the grammar: its rule, the words that may be written there, and what messages call it.
#[derive(Clone, Copy, Debug)]
pub(in crate::syntax) struct Choice {
    pub rule: R,
    /// Empty for a value. Of several words, the first begins the place: `already left`.
    pub words: &'static [&'static str],
    /// What messages say is expected: `a name`.
    pub noun: &'static str,
}

const fn words(rule: R, words: &'static [&'static str], noun: &'static str) -> Choice {
    Choice { rule, words, noun }
}

const fn value(rule: R, noun: &'static str) -> Choice {
    words(rule, &[], noun)
}

const TYPES: &[&str] = &["text", "bool", "int", "decimal", "date", "datetime", "duration", "json", "schedule", "list"];

const OUTCOMES: &[&str] = &["done", "auth", "limit", "invalid", "conflict", "gone", "temporary", "moved", "last page", "removed", "full"];

const CHOICES: &[Choice] = &[
    words(R::type_name, TYPES, "a type such as `text`"),
    words(R::http_method, Method::NAMES, "a method such as `GET`"),
    words(R::week_day, Weekday::NAMES, "a day such as `monday`"),
    words(R::duration_unit, &["s", "min", "h", "day"], "a unit (`s`, `min`, `h`, `days`)"),
    words(R::limit_unit, LimitUnit::NAMES, "`s`, `min`, `h`, `day`, or a length of time such as `10 s`"),
    words(R::error_class, ErrorClass::NAMES, "`auth`, `limit`, `invalid`, `conflict`, `gone` or `temporary`"),
    words(R::outcome_word, OUTCOMES, "an outcome such as `done` or `gone`"),
    value(R::absent_value, "a value such as `false`"),
    value(R::missing_value, "a value such as `\"\"` or `false`"),
    words(R::since_by, &["link", "cursor"], "`link` or `cursor`"),
    words(R::page_by, &["offset", "number", "link", "cursor"], "`offset`, `number`, `link` or `cursor`"),
    words(R::mode_words, &["create and update", "create", "update", "append"], "`create and update`, `create`, `update` or `append`"),
    words(R::schedule_words, &["every", "daily at", "weekly on", "cron", "after"], "a schedule such as `daily at 02:00`"),
    words(R::guard_what, GuardedCount::NAMES, "what is guarded, such as `leavers`"),
    words(R::verdict_words, ExpectedVerdict::NAMES, "what is expected, such as `create` or `leave`"),
    words(R::call_role, &["list", "get", "find by", "create", "update", "delete", "call"], "a call such as `list`"),
    value(R::data_format, "a format such as `csv` or `json`"),
    value(R::expr_full, "a value"),
    value(R::expr_value, "a value"),
    value(R::if_expr, "a value"),
    value(R::paren_expr, "a value"),
    value(R::header_lit, "a value"),
    value(R::record_lit, "a record in `{ }`"),
    value(R::each_record, "`for each record`"),
    value(R::body_made, "`=` or a format such as `json`"),
    value(R::record_member, "a member such as `name = value`"),
    value(R::choice_item, "a value"),
    value(R::table_row, "a row such as `\"FR\" = \"France\"`"),
    value(R::name_word, "a name"),
    value(R::dotted_name, "a name"),
    value(R::target_any, "a name"),
    value(R::coll_name, "a collection such as `lucca.users`"),
    value(R::setting_ref, "a setting such as `setting.frequency`"),
    value(R::text_lit, "a text in quotes"),
    value(R::text_plain, "a text in quotes"),
    value(R::text_raw, "a text in quotes"),
    value(R::pattern_lit, "a text in quotes"),
    value(R::path_lit, "a path such as `$.id`"),
    value(R::foreign_path, "a path such as `$.id`"),
    value(R::list_lit, "a list in `[ ]`"),
    value(R::choice_list, "a list in `[ ]`"),
    value(R::int_lit, "a whole number"),
    value(R::percent_lit, "a percentage such as `10%`"),
    value(R::guard_limit, "a number or a percentage"),
    value(R::decimal_lit, "a number"),
    value(R::format_form, "a format such as `\"%d/%m/%Y\"`"),
    value(R::date_lit, "a day such as `2026-03-01`"),
    value(R::datetime_lit, "a day such as `2026-03-01`"),
    value(R::time_lit, "a time of day such as `02:00`"),
    value(R::duration_lit, "a length of time such as `30 s` or `7 days`"),
    value(R::map_group, "a modifier such as `keep when missing`"),
];

/// What the catalogue says of a place; none for a rule that is not one.
pub(in crate::syntax) fn choice(rule: R) -> Option<&'static Choice> {
    CHOICES.iter().find(|choice| choice.rule == rule)
}

/// The words that may begin a place.
pub(in crate::syntax) fn first_words(rule: R) -> impl Iterator<Item = &'static str> {
    let words = choice(rule).map_or(&[][..], |choice| choice.words);
    words.iter().map(|words| words.split(' ').next().unwrap_or(words))
}
