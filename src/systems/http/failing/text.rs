//! What the body of an answer to a write says that is no object: a text, a bare value, or JSON that was cut.

use crate::{
    check::model::usual::{
        says_no_error,
        signs::{complains, says_failed},
    },
    systems::http::answers::Answer,
    value::encoding::without_mark,
};
use reqwest::header::CONTENT_TYPE;
use serde::de::IgnoredAny;
use serde_json::Value as Json;

/// What a body says of a failure.
#[derive(Debug, PartialEq, Eq)]
pub enum Said {
    /// A text, or a bare value.
    Words(String),
    /// It is not what it begins as: of which format.
    Broken(&'static str),
}

/// What the body of an answer says by itself, unless it is an object or a list.
pub fn in_text(answer: &Answer) -> Option<Said> {
    let body = without_mark(&answer.body).trim_ascii();
    if body.is_empty() || answer.is_html() {
        return None;
    }
    let words = |text: &str| Some(Said::Words(text.to_owned())).filter(|_| says_failed(text) || complains(text));
    match serde_json::from_slice::<Json>(body) {
        Ok(Json::Bool(false)) => Some(Said::Words("false".to_owned())),
        Ok(Json::Number(number)) if number.as_f64().is_some_and(|number| number < 0.0) => Some(Said::Words(number.to_string())),
        Ok(Json::String(text)) => words(&text),
        Ok(_) => None,
        Err(_) => {
            let text = String::from_utf8_lossy(body);
            let is_json = begins_like_json(&text) || answer.header(CONTENT_TYPE).is_some_and(|kind| kind.contains("json"));
            match () {
                () if text.starts_with('<') => None,
                () if is_json && !is_lines(body) && !says_no_error(&text) => Some(Said::Broken("JSON")),
                () => words(text.lines().next().unwrap_or_default()),
            }
        }
    }
}

/// `{"success": fal`, and not `[done] 1 record`.
fn begins_like_json(text: &str) -> bool {
    let inside = |open| text.strip_prefix(open).map(str::trim_start);
    let begins = |rest: &str, with: &[char]| rest.is_empty() || rest.starts_with(with);
    inside('{').is_some_and(|rest| begins(rest, &['"', '}'])) || inside('[').is_some_and(|rest| begins(rest, &['{', '[', '"', ']']))
}

/// Whether each line is JSON.
fn is_lines(body: &[u8]) -> bool {
    serde_json::Deserializer::from_slice(body).into_iter::<IgnoredAny>().all(|value| value.is_ok())
}
