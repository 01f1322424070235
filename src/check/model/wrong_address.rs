//! What servers, gateways and frameworks say of an address that does not exist.

use regex::Regex;

/// The reason phrases of 404 and 410, and the usual words of servers for a route that they do not know.
const WORDS: [&str; 26] = [
    "Not Found",
    "Gone",
    "Error",
    "Page Not Found",
    "File Not Found",
    "URL Not Found",
    "Path Not Found",
    "Route Not Found",
    "Endpoint Not Found",
    "Resource Not Found",
    "Method Not Found",
    "Cannot GET",
    "Cannot POST",
    "No Route",
    "No Such Route",
    "No Route Matched",
    "No Matching Route",
    "no Route matched with those values",
    "No Handler Found",
    "Unknown Route",
    "Unknown Path",
    "Invalid URL",
    "Invalid Path",
    "The resource cannot be found",
    "The requested resource was not found",
    "The requested URL was not found on this server",
];

/// How messages begin that name an unknown route after these words: `Cannot GET /search`.
const BEGINNINGS: [&str; 6] = ["cannot get ", "cannot post ", "no route ", "no handler found ", "the requested url ", "default backend"];

/// Whether a constant may be from such an answer: its words, without regard to case and signs, or its status as a code. A code in one word,
/// such as `NOT_FOUND`, is the vendor's own.
pub(crate) fn says(text: &str) -> bool {
    let lower = text.to_lowercase();
    let words = lower.split_whitespace().map(|word| word.trim_matches(|c: char| !c.is_alphanumeric()));
    let words: Vec<&str> = words.filter(|word| !word.is_empty()).collect();
    let told: Vec<&str> = words.iter().copied().filter(|word| !matches!(*word, "404" | "410" | "http")).collect();
    let told = told.join(" ");
    let is_status = told.is_empty() && !words.is_empty();
    is_status
        || WORDS.iter().any(|known| known.to_lowercase() == told)
        || BEGINNINGS.iter().any(|begin| format!("{told} ").starts_with(begin))
}

/// Whether words are about a route, and not about a record: `Cannot GET /users/7`, `no Route matched with those values`. `Not Found` may be
/// about either.
pub(crate) fn names_a_route(words: &str) -> bool {
    let lower = words.to_lowercase();
    let unknown =
        ["no route", "no such route", "unknown route", "route not found", "no such endpoint", "unknown endpoint", "endpoint not found"];
    BEGINNINGS.iter().any(|begin| lower.trim_start().starts_with(begin)) || unknown.into_iter().any(|words| lower.contains(words))
}

/// Whether a pattern matches what such an answer says.
pub(crate) fn is_met_by(pattern: &Regex) -> bool {
    let met = |text: &str| pattern.is_match(text) || pattern.is_match(&text.to_lowercase()) || pattern.is_match(&text.to_uppercase());
    WORDS.iter().any(|words| met(words)) || ["404", "410", "404 Not Found", "404 page not found", "410 Gone"].into_iter().any(met)
}
