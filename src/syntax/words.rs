//! The words of the language as people know them, and those they bring from other languages.

use super::{catalogue, grammar::Rule, tree::Weekday};

/// Signs that can only mean one thing here, the longer first.
const FOREIGN_SIGNS: [(&str, &str); 7] =
    [("|>", "|"), ("===", "=="), ("!==", "!="), ("&&", "and"), ("||", "or"), (":=", "="), ("<>", "!=")];

/// A sign of another language at the start of the text, and what it is here.
pub(super) fn foreign_sign(rest: &str) -> Option<(&'static str, &'static str)> {
    FOREIGN_SIGNS.into_iter().find(|(sign, _)| rest.starts_with(sign))
}

/// Words of other languages, and what they may be here: what fits the place is taken.
const FOREIGN_WORDS: [(&str, &[&str]); 81] = [
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
    ("max", &["at most", "up to"]),
    ("maximum", &["at most", "up to"]),
    ("maxlength", &["up to"]),
    ("max_length", &["up to"]),
    ("length", &["up to"]),
    ("<=", &["at most"]),
    ("<", &["at most"]),
    ("=", &["at most"]),
    (":", &[" at most", " when"]),
    ("exists", &["is present"]),
    ("defined", &["is present", "present"]),
    ("set", &["present"]),
    ("notnull", &["is present"]),
    ("isnull", &["is missing"]),
    ("upsert", &["create and update"]),
    ("create_and_update", &["create and update"]),
    ("insert", &["create"]),
    ("times", &["runs"]),
    ("to", &["="]),
    ("enum", &["one of"]),
    ("pattern", &["matches"]),
    ("regex", &["matches"]),
    ("page", &["number"]),
    ("ping", &["verify"]),
    ("healthcheck", &["verify"]),
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

/// The time of day that people write as `2:00`, `2am`, `noon`.
fn time_meant(word: &str) -> Option<String> {
    let (digits, add) = match word.strip_suffix("pm") {
        Some(digits) => (digits, 12),
        None => (word.strip_suffix("am").unwrap_or(word), 0),
    };
    let twelve = digits.len() < word.len();
    let (hour, minute) = match (word, digits.split_once(':')) {
        ("midnight", _) => (0, 0),
        ("noon", _) => (12, 0),
        (_, Some((hour, minute))) => (hour.parse().ok()?, minute.parse().ok()?),
        _ if twelve => (digits.parse::<u8>().ok()?, 0),
        _ => return None,
    };
    let hour = if twelve { hour % 12 + add } else { hour };
    (hour < 24 && minute < 60).then(|| format!("{hour:02}:{minute:02}"))
}

/// The schedule that some words mean: `every day at 2am` is `daily at 02:00`.
pub(super) fn schedule_meant(phrase: &str) -> Option<String> {
    if phrase.starts_with('"') {
        return (phrase.split_whitespace().count() == 5).then(|| format!("cron {phrase}"));
    }
    let (mut day, mut time, mut period) = (None, None, None);
    for word in phrase.to_ascii_lowercase().split_whitespace() {
        let weekday = Weekday::ALL.iter().find(|day| word.trim_end_matches('s') == day.name() || word == &day.name()[..3]);
        match word {
            "every" | "each" | "on" | "at" | "once" | "a" | "the" => {}
            "hourly" | "hour" => period = Some("every 1 h"),
            "minutely" | "minute" => period = Some("every 1 min"),
            "daily" | "day" | "nightly" | "night" | "weekly" | "week" => period = Some(""),
            _ if weekday.is_some() => day = weekday,
            _ => time = Some(time_meant(word)?),
        }
    }
    Some(match (day, time, period) {
        (Some(day), Some(time), None | Some("")) => format!("weekly on {} at {time}", day.name()),
        (None, Some(time), None | Some("")) => format!("daily at {time}"),
        (None, None, Some(every)) if !every.is_empty() => every.to_owned(),
        _ => return None,
    })
}

/// The day that people write as `31.12.2026` or `2026-1-1`, as it is written here; inside, none if day and month may be either way
/// round. None for what is no day.
pub(crate) fn day_meant(text: &str) -> Option<Option<String>> {
    let sign = text.chars().find(|c| !c.is_ascii_digit()).filter(|c| matches!(c, '/' | '.' | '-'))?;
    let parts: Vec<&str> = text.split(sign).collect();
    let number = |part: &str| part.parse::<i16>().ok().filter(|_| part.len() <= 2 && !part.is_empty());
    let year = |part: &str| part.parse::<i16>().ok().filter(|_| part.len() == 4);
    let [first, second, third] = parts[..] else { return None };
    let (year, month, day) = match (year(first), year(third)) {
        (Some(year), None) => (year, number(second)?, number(third)?),
        (None, Some(year)) => {
            let (first, second) = (number(first)?, number(second)?);
            match (first > 12, second > 12 || first == second) {
                (true, _) => (year, second, first),
                (_, true) => (year, first, second),
                _ => return Some(None),
            }
        }
        _ => return None,
    };
    let is_day = (1..=12).contains(&month) && (1..=31).contains(&day);
    is_day.then(|| Some(format!("{year:04}-{month:02}-{day:02}")))
}

/// What to write for a day.
pub(crate) fn help_for_day(native: Option<&str>) -> String {
    native.map_or_else(
        || "a day is written as year, month and day: `2026-03-01`".to_owned(),
        |native| format!("a day is written as year, month and day: `{native}`"),
    )
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
    keyword(rule).map_or_else(|| catalogue::first_words(rule).map(str::to_owned).collect(), |word| vec![word])
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
    sign(rule).map(|sign| format!("`{sign}`")).or_else(|| catalogue::choice(rule).map(|choice| choice.noun.to_owned()))
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
