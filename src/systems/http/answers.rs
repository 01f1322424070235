//! The answer of a system, and the meaning of an error.

use crate::{compile::system::ErrorClass, systems::redact::without_mailboxes, value::encoding::without_mark};
use jiff::Timestamp;
use reqwest::header::{CONTENT_TYPE, DATE, HeaderMap, HeaderName, LOCATION, RETRY_AFTER};
use serde_json::Value as Json;
use std::time::Duration;

/// The longest message that is kept of a vendor, in characters.
const LONGEST_MESSAGE: usize = 300;

/// The usual places of a vendor's message, if the declaration names none.
const USUAL_PLACES: [&str; 13] = [
    "detail",
    "message",
    "Message",
    "error_description",
    "error",
    "title",
    "errors",
    "description",
    "errorMessage",
    "msg",
    "reason",
    "text",
    "Errors",
];

/// An answer.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
    /// Whether something but the end of the connection says where the body ends.
    pub framed: bool,
    pub meaning: Meaning,
}

/// What an answer that can be used means.
#[derive(Debug, Default, PartialEq, Eq)]
pub enum Meaning {
    #[default]
    Done,
    /// A rule says that there is no such record.
    Gone(VendorError),
    /// Another record has taken this one over; it is at `Location`.
    Moved,
    /// The status alone says that there is no further page; the body is none.
    LastPage,
    /// The mark of the last read is not known any more.
    Full,
    /// Of a job: no rule says yet what became of it.
    UnderWay,
    /// Of a job: a rule of its own says that it has failed.
    Failed(VendorError),
}

/// What an answer says went wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VendorError {
    pub class: ErrorClass,
    pub code: Option<String>,
    /// The vendor's words, not redacted yet, as plain text of any length.
    pub message: Option<String>,
}

impl Answer {
    /// A header, as text.
    pub fn header(&self, name: impl reqwest::header::AsHeaderName) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The system's clock.
    pub fn date(&self) -> Option<Timestamp> {
        http_date(self.header(DATE)?)
    }

    /// How long the system asks to wait: seconds, or until a time by its own clock.
    pub fn retry_after(&self, now: Timestamp) -> Option<Duration> {
        let text = self.header(RETRY_AFTER)?.trim();
        if let Ok(seconds) = text.parse::<f64>() {
            return Duration::try_from_secs_f64(seconds.max(0.0).ceil()).ok();
        }
        let wait = http_date(text)?.duration_since(self.date().unwrap_or(now));
        Some(Duration::try_from(wait).unwrap_or_default())
    }

    /// How long the quota is used up, from the headers that count it down.
    pub fn spent_for(&self, now: Timestamp) -> Option<Duration> {
        ["x-ratelimit", "ratelimit", "x-rate-limit"].iter().find_map(|family| {
            let header = |what: &str| self.header(format!("{family}-{what}").as_str().parse::<HeaderName>().ok()?);
            let left: f64 = header("remaining")?.trim().parse().ok()?;
            let reset: i64 = header("reset")?.trim().parse().ok()?;
            // A small number is a delay in seconds, a large one a point in time.
            let wait = if reset > 1_000_000_000 { reset - self.date().unwrap_or(now).as_second() } else { reset };
            (left < 1.0).then(|| Duration::from_secs(u64::try_from(wait).unwrap_or_default()))
        })
    }

    /// A notice that the endpoint is deprecated or will be switched off.
    pub fn deprecation_notice(&self) -> Option<String> {
        if let Some(sunset) = self.header("sunset") {
            let day = http_date(sunset).map_or_else(|| tidy(sunset), |at| at.strftime("%Y-%m-%d").to_string());
            return Some(format!("is to be switched off on {day}"));
        }
        let since = self.header("deprecation").filter(|since| *since != "false")?.trim().trim_start_matches('@');
        let at = since.parse().ok().and_then(|seconds| Timestamp::from_second(seconds).ok()).or_else(|| http_date(since));
        Some(at.map_or_else(|| "is deprecated".to_owned(), |at| format!("is deprecated since {}", at.strftime("%Y-%m-%d"))))
    }

    /// The host that a redirect points to.
    pub fn redirects_to(&self) -> Option<String> {
        let to = self.header(LOCATION)?;
        Some(url::Url::parse(to).ok().and_then(|url| url.host_str().map(str::to_owned)).unwrap_or_else(|| "itself".to_owned()))
    }

    /// The path that a redirect points to, if it is the one of the request but for a `/` at its end.
    pub fn redirects_to_slash(&self, asked: &url::Url) -> Option<String> {
        let to = asked.join(self.header(LOCATION)?).ok()?;
        let bare = |url: &url::Url| url.path().trim_end_matches('/').to_owned();
        let is_own = to.origin() == asked.origin() && bare(&to) == bare(asked) && to.path() != asked.path();
        is_own.then(|| to.path().to_owned())
    }

    /// Whether it is a web page, by its content type or its beginning.
    pub fn is_html(&self) -> bool {
        let start = self.text(256).trim_start().to_ascii_lowercase();
        let said = self.header(CONTENT_TYPE).is_some_and(|kind| kind.contains("html"));
        said || start.starts_with("<!doctype html") || start.starts_with("<html")
    }

    /// The beginning of the body, as text.
    pub fn text(&self, upto: usize) -> String {
        let start = self.body.get(..upto).unwrap_or(&self.body);
        String::from_utf8_lossy(without_mark(start)).into_owned()
    }

    /// The title of the web page that it is, if it has one.
    pub(super) fn page_title(&self) -> Option<String> {
        titled(&self.text(8_192))
    }

    /// What it is, without any value: `an object with `rows` (a list of 1)`. None if it is not JSON.
    pub(super) fn shape(&self) -> Option<String> {
        serde_json::from_slice(without_mark(&self.body)).ok().map(|json| shape(&json, 2))
    }

    /// What the vendor says at the usual places, or in the page that it sends.
    pub(super) fn usual_message(&self, json: Option<&Json>) -> Option<String> {
        match json {
            Some(json) => said(json).or_else(|| (has_words(json) && !has_records(json)).then(|| self.text(4_096))),
            None if self.is_html() => title(&self.text(8_192)),
            None => Some(self.text(4_096)).filter(|text| !text.trim().is_empty()),
        }
    }
}

/// What a vendor says in JSON, at one of the usual places.
pub fn said(json: &Json) -> Option<String> {
    problem(json).or_else(|| usual(json, 3)).or_else(|| usual(only_member(json)?, 3))
}

/// What is wrong with each member (RFC 9457, with the `errors` that many frameworks add), after the title if there is one.
fn problem(json: &Json) -> Option<String> {
    let inside = json.get("errors").filter(|inside| json.get("detail").is_none() && usual(inside, 2).is_none())?;
    let errors = inside.as_object()?;
    let each: Vec<_> = errors.iter().filter_map(|(name, why)| Some(format!("{name}: {}", usual(why, 1)?))).collect();
    let title = ["title", "message"]
        .iter()
        .find_map(|name| json.get(name)?.as_str())
        .map(|title| format!("{}: ", title.trim_end_matches(['.', ':'])));
    (!each.is_empty()).then(|| format!("{}{}", title.unwrap_or_default(), each.join(", ")))
}

/// Whether it contains any word.
fn has_words(json: &Json) -> bool {
    match json {
        Json::String(text) => !text.trim().is_empty(),
        Json::Array(items) => items.iter().any(has_words),
        Json::Object(members) => members.values().any(has_words),
        _ => false,
    }
}

/// Whether it may have records, which are of people: a list of objects.
fn has_records(json: &Json) -> bool {
    match json {
        Json::Array(items) => items.iter().any(|item| item.is_object() || has_records(item)),
        Json::Object(members) => members.values().any(has_records),
        _ => false,
    }
}

/// The content of the root of an XML document.
fn only_member(json: &Json) -> Option<&Json> {
    let mut members = json.as_object()?.values();
    members.next().filter(|_| members.next().is_none())
}

/// The first text at one of the usual places, down to the given depth.
pub(super) fn usual(json: &Json, depth: usize) -> Option<String> {
    match json {
        Json::String(text) => Some(text.clone()).filter(|text| !text.trim().is_empty()),
        Json::Array(items) if depth > 0 => items.first().and_then(|item| usual(item, depth - 1)),
        Json::Object(members) if depth > 0 => {
            USUAL_PLACES.iter().filter_map(|name| members.get(*name)).find_map(|inner| usual(inner, depth - 1))
        }
        _ => None,
    }
}

/// What a status means where nothing else is declared.
pub(super) const fn usual_class(status: u16) -> ErrorClass {
    match status {
        401 | 403 | 407 => ErrorClass::Auth,
        429 => ErrorClass::Limit,
        409 | 412 => ErrorClass::Conflict,
        404 | 410 => ErrorClass::Gone,
        // 501 (not implemented) does not go away by itself, so it is not repeated.
        501 | 505 => ErrorClass::Invalid,
        // A redirect is about the address or the sign-in, never about the record.
        300..=399 | 408 | 425 | 500.. => ErrorClass::Temporary,
        _ => ErrorClass::Invalid,
    }
}

/// A vendor's message on one line, without markup, control characters or the names of mailboxes, cut to a maximum length.
pub fn tidy(message: &str) -> String {
    let plain = if message.contains('<') { without_markup(message) } else { message.to_owned() };
    let plain = without_mailboxes(plain);
    let words = plain.split(|letter: char| letter.is_whitespace() || letter.is_control()).filter(|word| !word.is_empty());
    let line = words.collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(LONGEST_MESSAGE) {
        Some((end, _)) => format!("{}…", line[..end].trim_end()),
        None => line,
    }
}

/// The text of a page: no tags, no scripts, the common entities as letters. A `<` that opens no tag stays.
fn without_markup(text: &str) -> String {
    static HIDDEN: std::sync::LazyLock<[regex::Regex; 2]> = std::sync::LazyLock::new(|| {
        [r"(?is)<(?:script|style)\b.*?(?:</(?:script|style)\s*>|$)|<!--.*?-->", r"(?s)</?[A-Za-z!][^<>]*>"]
            .map(|pattern| regex::Regex::new(pattern).expect("a valid pattern"))
    });
    let plain = HIDDEN.iter().fold(text.to_owned(), |text, hidden| hidden.replace_all(&text, " ").into_owned());
    let entities = [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#39;", "'"), ("&nbsp;", " "), ("&amp;", "&")];
    entities.iter().fold(plain, |text, (entity, letter)| text.replace(entity, letter))
}

/// The longest name of a member that a shape tells.
const LONGEST_NAME: usize = 40;
/// The most members whose names it tells.
const MOST_MEMBERS: usize = 8;

/// What a value is, without the value. Names are told where they look like names: those of a map may be addresses of people.
fn shape(json: &Json, depth: usize) -> String {
    let is_name = |name: &String| name.chars().count() <= LONGEST_NAME && name.chars().all(|c| c.is_alphabetic() || "_-".contains(c));
    match json {
        Json::Null => "null".to_owned(),
        Json::Bool(_) => "true or false".to_owned(),
        Json::Number(_) => "a number".to_owned(),
        Json::String(_) => "a text".to_owned(),
        Json::Array(items) => format!("a list of {}", items.len()),
        Json::Object(members) if members.is_empty() => "an empty object".to_owned(),
        Json::Object(members) if depth == 0 || members.len() > MOST_MEMBERS || !members.keys().all(is_name) => {
            format!("an object of {} members", members.len())
        }
        Json::Object(members) => {
            let each = members.iter().map(|(name, inner)| format!("`{name}` ({})", shape(inner, depth - 1)));
            format!("an object with {}", each.collect::<Vec<_>>().join(", "))
        }
    }
}

/// The title of a page, else its words.
fn title(page: &str) -> Option<String> {
    titled(page).or_else(|| Some(without_markup(page).trim().to_owned())).filter(|text| !text.is_empty())
}

fn titled(page: &str) -> Option<String> {
    static TITLE: std::sync::LazyLock<regex::Regex> =
        std::sync::LazyLock::new(|| regex::Regex::new(r"(?is)<title[^>]*>(.*?)</title>").expect("a valid pattern"));
    TITLE.captures(page).map(|found| found[1].trim().to_owned()).filter(|text| !text.is_empty())
}

fn http_date(text: &str) -> Option<Timestamp> {
    jiff::fmt::rfc2822::DateTimeParser::new().relaxed_weekday(true).parse_timestamp(text.trim()).ok()
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "tests have a clock of their own")]
mod tests {
    use super::*;

    fn answer(status: u16, headers: &[(&str, &str)], body: &str) -> Answer {
        let pairs = headers.iter().map(|(name, value)| (name.parse::<HeaderName>().unwrap(), value.parse().unwrap()));
        Answer { status, headers: pairs.collect(), body: body.into(), framed: true, meaning: Meaning::Done }
    }

    #[test]
    fn messages_are_short_plain_and_on_one_line() {
        assert_eq!(tidy("a <b>bold</b> &amp; \u{1b}[31mred\r\nword"), "a bold & [31mred word");
        assert_eq!(tidy("must be < 50"), "must be < 50");
        assert_eq!(tidy("x <script>alert(1)</script> y"), "x y");
        assert_eq!(tidy(&"é".repeat(1000)).chars().count(), LONGEST_MESSAGE + 1);
    }

    #[test]
    fn a_shape_tells_no_value() {
        let shape = |body: &str| answer(200, &[], body).shape().unwrap_or_default();
        assert_eq!(
            shape(r#"{"rows": [{"salary": 5000}], "page": {"next": "Sick leave", "of": 3}, "ok": true}"#),
            "an object with `rows` (a list of 1), `page` (an object with `next` (a text), `of` (a number)), `ok` (true or false)"
        );
        assert_eq!(shape(r#"{"anna@example.com": {}, "b": 1}"#), "an object of 2 members");
        assert_eq!([shape("[1, 2]"), shape("\"x\""), shape("{}"), shape("<a/>")], ["a list of 2", "a text", "an empty object", ""]);
    }

    #[test]
    fn records_in_an_error_are_no_words_of_it() {
        let words = |body: &str| answer(501, &[], body).usual_message(serde_json::from_str(body).ok().as_ref());
        assert_eq!(words(r#"{"data": [{"number": "7", "name": "Ann"}], "code": 3}"#), None);
        assert_eq!(words(r#"[[{"name": "Ann"}]]"#), None);
        assert_eq!(words(r#"{"fault": "no quota", "code": 3}"#).as_deref(), Some(r#"{"fault": "no quota", "code": 3}"#));
        assert_eq!(words(r#"{"faults": ["no quota"]}"#).as_deref(), Some("no quota"));
        assert_eq!(words(r#"{"data": [{"name": "Ann"}], "message": "no quota"}"#).as_deref(), Some("no quota"));
    }

    #[test]
    fn waits_in_seconds_or_until_a_time_of_the_systems_clock() {
        let now = Timestamp::now();
        let wait = |headers: &[(&str, &str)]| answer(429, headers, "").retry_after(now).map(|wait| wait.as_secs());
        assert_eq!(wait(&[("retry-after", "11")]), Some(11));
        assert_eq!(wait(&[("retry-after", "0.2")]), Some(1));
        assert_eq!(wait(&[("date", "Sun, 01 Mar 2026 09:00:00 GMT"), ("retry-after", "Sun, 01 Mar 2026 09:01:30 GMT")]), Some(90));
        assert_eq!(wait(&[("date", "Sun, 01 Mar 2026 09:00:00 GMT"), ("retry-after", "Sun, 01 Mar 2026 08:00:00 GMT")]), Some(0));
        assert_eq!(wait(&[("retry-after", "soon")]), None);
        assert_eq!(wait(&[]), None);
    }

    #[test]
    fn what_will_be_switched_off_says_so() {
        let deprecation_notice = |headers: &[(&str, &str)]| answer(200, headers, "").deprecation_notice();
        assert_eq!(deprecation_notice(&[("deprecation", "@1688169599")]).as_deref(), Some("is deprecated since 2023-06-30"));
        assert_eq!(deprecation_notice(&[("deprecation", "true")]).as_deref(), Some("is deprecated"));
        assert_eq!(
            deprecation_notice(&[("deprecation", "true"), ("sunset", "Sun, 01 Mar 2026 09:00:00 GMT")]).as_deref(),
            Some("is to be switched off on 2026-03-01")
        );
        assert_eq!(deprecation_notice(&[]), None);
    }

    #[test]
    fn a_spent_budget_is_seen_in_the_headers() {
        let now = Timestamp::from_second(1_772_000_000).unwrap();
        let spent = |left, reset| answer(200, &[("x-ratelimit-remaining", left), ("x-ratelimit-reset", reset)], "").spent_for(now);
        assert_eq!(spent("0", "30"), Some(Duration::from_secs(30)));
        assert_eq!(spent("0", "1772000012"), Some(Duration::from_secs(12)));
        assert_eq!(spent("3", "30"), None);
        assert_eq!(answer(200, &[("ratelimit-remaining", "0"), ("ratelimit-reset", "2")], "").spent_for(now), Some(Duration::from_secs(2)));
    }
}
