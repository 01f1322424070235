//! The words of the language as people know them, and those they bring from other languages.

use super::grammar::Rule;

/// Signs that can only mean one thing here, the longer first.
const FOREIGN_SIGNS: [(&str, &str); 7] =
    [("|>", "|"), ("===", "=="), ("!==", "!="), ("&&", "and"), ("||", "or"), (":=", "="), ("<>", "!=")];

/// A sign of another language at the start of the text, and what it is here.
pub(super) fn foreign_sign(rest: &str) -> Option<(&'static str, &'static str)> {
    FOREIGN_SIGNS.into_iter().find(|(sign, _)| rest.starts_with(sign))
}

/// Words of other languages, and what they may be here: what fits the place is taken.
const FOREIGN_WORDS: [(&str, &[&str]); 56] = [
    ("import", &["use"]),
    ("include", &["use"]),
    ("load", &["use"]),
    ("source", &["from"]),
    ("target", &["to"]),
    ("destination", &["to"]),
    ("into", &["to"]),
    ("where", &["include when", "when"]),
    ("filter", &["include when"]),
    ("only", &["include when"]),
    ("if", &["when", "include when"]),
    ("unless", &["exclude when"]),
    ("ignore", &["exclude when"]),
    ("mapping", &["map"]),
    ("mappings", &["map"]),
    ("matching", &["match"]),
    ("guards", &["guard"]),
    ("limits", &["guard", "limit"]),
    ("leavers", &["leaver"]),
    ("offboarding", &["leaver"]),
    ("timezone", &["zone"]),
    ("name", &["title"]),
    ("description", &["title"]),
    ("let", &["field"]),
    ("var", &["field"]),
    ("const", &["field"]),
    ("param", &["setting"]),
    ("variable", &["setting"]),
    ("connector", &["system"]),
    ("connection", &["system"]),
    ("entity", &["collection"]),
    ("resource", &["collection"]),
    ("fields", &["attributes"]),
    ("columns", &["attributes"]),
    ("string", &["text"]),
    ("str", &["text"]),
    ("varchar", &["text"]),
    ("integer", &["int"]),
    ("number", &["int", "decimal"]),
    ("float", &["decimal"]),
    ("double", &["decimal"]),
    ("boolean", &["bool"]),
    ("timestamp", &["datetime"]),
    ("object", &["json"]),
    ("any", &["json"]),
    ("array", &["list of text"]),
    ("readonly", &["read only"]),
    ("null", &["missing"]),
    ("empty", &["missing"]),
    ("blank", &["missing"]),
    ("none", &["missing"]),
    ("nil", &["missing"]),
    ("like", &["contains"]),
    ("from", &["at"]),
    ("path", &["at"]),
    ("deny", &["exclude when"]),
];

/// What a word of another language may be here.
pub(super) fn native_words(word: &str) -> &'static [&'static str] {
    let lower = word.to_ascii_lowercase();
    FOREIGN_WORDS.iter().find(|(foreign, _)| *foreign == lower).map_or(&[], |(_, native)| native)
}

/// What other languages call a function or a row that gives a value where there is none.
pub(super) fn is_fallback(word: &str) -> bool {
    matches!(word, "default" | "otherwise" | "fallback")
}

/// Units of time as people write them, and the language's own.
pub(super) fn unit(word: &str) -> Option<&'static str> {
    Some(match word.to_ascii_lowercase().as_str() {
        "s" | "sec" | "secs" | "second" | "seconds" => "s",
        "m" | "min" | "mins" | "minute" | "minutes" => "min",
        "h" | "hr" | "hrs" | "hour" | "hours" => "h",
        "d" | "day" | "days" => "days",
        _ => return None,
    })
}

/// A text's content with what must be escaped between `"` escaped.
pub(super) fn escaped(content: &str) -> String {
    let mut escaped = String::with_capacity(content.len());
    for c in content.chars() {
        if matches!(c, '"' | '\\' | '{' | '}') {
            escaped.push('\\');
        }
        escaped.push(c);
    }
    escaped
}

/// The word of a keyword's rule.
pub(super) fn keyword(rule: Rule) -> Option<String> {
    format!("{rule:?}").strip_prefix("k_").map(str::to_owned)
}

/// The words that a rule can begin with, if it is one of words.
pub(super) fn spellings(rule: Rule) -> Vec<String> {
    if let Some(word) = keyword(rule) {
        return vec![word];
    }
    let words: &[&str] = match rule {
        Rule::type_name => &["text", "bool", "int", "decimal", "date", "datetime", "duration", "json", "schedule", "list"],
        Rule::http_method => &["GET", "POST", "PUT", "PATCH", "DELETE"],
        Rule::week_day => &["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"],
        Rule::duration_unit => &["s", "min", "h", "days"],
        Rule::wire_format => &["json", "json_api", "xml", "csv", "json_lines"],
        Rule::grant_word => &["client_credentials", "password", "refresh_token", "jwt_bearer"],
        Rule::limit_unit => &["second", "minute", "hour", "day"],
        Rule::retry_class => &["timeout", "5xx"],
        Rule::error_class => &["auth", "limit", "invalid", "conflict", "missing", "temporary"],
        Rule::place_any => &["header"],
        Rule::page_by => &["offset", "number", "link", "cursor", "last"],
        Rule::body_plain => &["json", "form", "csv", "scim_patch"],
        Rule::body_named => &["json_api", "xml", "xml_diff"],
        Rule::mode_words => &["create", "update", "append"],
        Rule::schedule_words => &["every", "daily", "weekly", "cron", "after"],
        Rule::guard_what => &["leavers", "creates", "updates", "returns", "rekeys", "clears", "failures"],
        Rule::verdict_words => &[
            "create",
            "update",
            "leave",
            "delete",
            "return",
            "unchanged",
            "waiting",
            "held",
            "missing",
            "rejected",
            "already",
            "unread",
            "done",
            "failed",
            "conflict",
        ],
        Rule::call_role => &["list", "get", "find", "create", "update", "delete", "call"],
        _ => &[],
    };
    words.iter().map(|word| (*word).to_owned()).collect()
}

/// Whether a rule stands for an operator between values.
pub(super) fn is_operator(rule: Rule) -> bool {
    use Rule as R;
    matches!(
        rule,
        R::k_and
            | R::k_or
            | R::k_in
            | R::k_contains
            | R::o_default
            | R::o_equal
            | R::o_unequal
            | R::o_at_most
            | R::o_at_least
            | R::o_less
            | R::o_more
            | R::o_not_in
            | R::o_starts
            | R::o_ends
            | R::o_add
            | R::o_subtract
            | R::o_multiply
            | R::o_divide
            | R::p_pipe
            | R::pipe_postfix
            | R::is_postfix
            | R::matches_postfix
            | R::k_is
            | R::k_matches
            | R::k_starts
            | R::k_ends
    )
}

/// What the user would call what a rule stands for.
pub(super) fn described(rule: Rule) -> Option<String> {
    if is_operator(rule) {
        return Some("an operator".to_owned());
    }
    if let Some(word) = keyword(rule) {
        return Some(format!("`{word}`"));
    }
    sign(rule).map(|sign| format!("`{sign}`")).or_else(|| noun(rule).map(str::to_owned))
}

/// The sign of a punctuation's rule.
pub(super) fn sign(rule: Rule) -> Option<&'static str> {
    Some(match rule {
        Rule::p_open => "{",
        Rule::p_close => "}",
        Rule::p_lparen => "(",
        Rule::p_rparen => ")",
        Rule::p_lbracket => "[",
        Rule::p_rbracket => "]",
        Rule::p_comma => ",",
        Rule::p_colon => ":",
        Rule::p_eq => "=",
        Rule::p_optional => "?",
        _ => return None,
    })
}

fn noun(rule: Rule) -> Option<&'static str> {
    Some(match rule {
        Rule::expr_full | Rule::expr_value | Rule::if_expr | Rule::paren_expr => "a value",
        Rule::name_word | Rule::dotted_name | Rule::target_any => "a name",
        Rule::coll_name => "a collection such as `lucca.users`",
        Rule::setting_ref => "a setting such as `setting.frequency`",
        Rule::text_lit | Rule::text_plain | Rule::text_raw | Rule::pattern_lit => "a text in quotes",
        Rule::path_lit | Rule::foreign_path => "a path such as `$.id`",
        Rule::place_any => "a path such as `$.id`, or a header",
        Rule::type_name => "a type such as `text`",
        Rule::list_lit | Rule::choice_list => "a list in `[ ]`",
        Rule::int_lit => "a whole number",
        Rule::percent_lit => "a percentage such as `10%`",
        Rule::guard_limit => "a number or a percentage",
        Rule::decimal_lit => "a number",
        Rule::status_lit => "a status such as `404`",
        Rule::retry_class => "a status, `5xx` or `timeout`",
        Rule::date_lit | Rule::datetime_lit => "a day such as `2026-03-01`",
        Rule::time_lit => "a time of day such as `02:00`",
        Rule::duration_lit => "a length of time such as `30 s` or `7 days`",
        Rule::duration_unit => "a unit: `s`, `min`, `h` or `days`",
        Rule::http_method => "a method such as `GET`",
        Rule::week_day => "a day such as `monday`",
        Rule::schedule_words => "a schedule such as `daily at 02:00`",
        Rule::mode_words => "`create and update`, `create`, `update` or `append`",
        Rule::verdict_words => "what is expected, such as `create` or `leave`",
        Rule::guard_what => "what is guarded, such as `leavers`",
        Rule::limit_unit => "`second`, `minute`, `hour` or `day`",
        Rule::error_class => "`auth`, `limit`, `invalid`, `conflict`, `missing` or `temporary`",
        Rule::wire_format => "a format such as `json` or `xml`",
        Rule::body_plain | Rule::body_named => "a body such as `json` or `scim_patch`",
        Rule::page_by => "`offset`, `number`, `link`, `cursor` or `last`",
        Rule::grant_word => "a grant such as `client_credentials`",
        _ => return None,
    })
}

/// The rule that a statement of a block must meet, and what the block is called.
pub(super) fn statement_of(block: Rule) -> (Rule, &'static str) {
    match block {
        Rule::table_block => (Rule::only_table, "a table"),
        Rule::system_block => (Rule::only_system, "a system"),
        Rule::pipeline_block => (Rule::only_pipeline, "a pipeline"),
        Rule::test_block => (Rule::only_test, "a test"),
        Rule::http_block => (Rule::only_http, "an `http` block"),
        Rule::claims_block => (Rule::only_claim, "a block of claims"),
        Rule::oauth_block => (Rule::only_oauth, "an `auth` block"),
        Rule::error_block => (Rule::only_error, "an `error` block"),
        Rule::collection_block => (Rule::only_collection, "a collection"),
        Rule::attribute_block => (Rule::only_attribute, "a block of attributes"),
        Rule::discovered_block => (Rule::only_discovered, "a block of discovered attributes"),
        Rule::found_block => (Rule::only_found, "a block of types"),
        Rule::file_block => (Rule::only_file, "a `file` block"),
        Rule::call_block => (Rule::only_call, "a call"),
        Rule::body_block => (Rule::only_body, "a body"),
        Rule::results_block => (Rule::only_results, "a `results` block"),
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
        Rule::oauth_block,
        Rule::action_block,
        Rule::discovered_block,
    ]
    .map(statement_of)
}
