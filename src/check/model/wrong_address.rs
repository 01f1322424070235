//! What servers, gateways and frameworks say of an address that does not exist.

use super::usual::{Words, is_word_of_failure, words_of};
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

/// What the texts of an error are about where they have such a word, whatever stands beside it: an outage, a refusal, a limit.
const REFUSING: Words = Words(
    "unavailable unauthorized unauthorised unauthenticated unreachable authentication authorization forbidden denied maintenance offline \
     outage suspended disabled throttled throttling exceeded quota overloaded timeout upstream gateway",
);

/// What an address leads through before it comes to a record.
const ON_THE_WAY: Words = Words(
    "tenant application app proxy bucket api version method function host hostname server service database session token \
     subdomain site cluster backend realm instance environment subscription license action command operation module plugin",
);

/// What a record is called, where its own kind is not in the address.
const RECORD: Words = Words(
    "user users person people employee employees member members account accounts contact contacts worker workers profile identity record \
     resource object entity entry item row group groups",
);

/// Words of a code that any refusal may have: `REQUEST_ERROR`.
const ANY: Words =
    Words("request client sender api application response http error errors exception fault failure problem code status bad invalid");

/// Whether the texts of a 404 are about an outage, a refusal, or something on the way to the record: `tenant not found`, `NoSuchBucket`.
/// `path` is that of the request, which names the kind of its record.
pub(crate) fn is_of_no_record(texts: &[String], path: &str) -> bool {
    // An address and the name of a schema are of the protocol.
    let texts: Vec<&String> = texts.iter().filter(|text| !text.contains("://") && !text.starts_with("urn:")).collect();
    let words: Vec<String> = texts.iter().flat_map(|text| words_of(text)).collect();
    let own = path.trim_end_matches('/').rsplit('/').take(3).flat_map(words_of);
    let kinds: Vec<String> = own.filter(|word| !matches!(&**word, "api" | "rest")).collect();
    let is_kind = |word: &str| kinds.iter().any(|kind| kind.trim_end_matches('s') == word.trim_end_matches('s'));
    let is_in = |all: &Words| words.iter().any(|word| all.has(word) && !is_kind(word));
    let names_record = words.iter().any(|word| RECORD.has(word) || is_kind(word));
    let is_any = |text: &str| words_of(text).iter().all(|word| ANY.has(word));
    let is_outage = |text: &&String| words_of(text).len() > 1 && is_word_of_failure(text) && !says(text) && !is_any(text);
    is_in(&REFUSING) || texts.iter().any(is_outage) || is_in(&ON_THE_WAY) && !names_record
}

/// Whether a pattern matches what such an answer says.
pub(crate) fn is_met_by(pattern: &Regex) -> bool {
    let met = |text: &str| pattern.is_match(text) || pattern.is_match(&text.to_lowercase()) || pattern.is_match(&text.to_uppercase());
    WORDS.iter().any(|words| met(words)) || ["404", "410", "404 Not Found", "404 page not found", "410 Gone"].into_iter().any(met)
}
