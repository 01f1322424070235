//! What any failure, any success and any running job says of itself, so that it shows nothing of a record or an end.

use crate::{
    check::{
        model::{
            expr::{Comparator, Expr, ExprKind},
            unfinished::{FAILED, MADE, RUNNING, is_running, is_unfinished},
            usual::{
                self, END_NAMES, ENVELOPE, FAILURE_NAMES, FALSE, JOB_NAMES, KIND_NAMES, PROGRESS_NAMES, SUCCESS_NAMES, SUCCESS_WORDS,
                TROUBLES, Words, letters,
            },
            wrong_address,
        },
        system::elements::names_the_answer,
    },
    value::Value,
};
use regex::Regex;

/// Whether a comparison asks for what every refusal and outage may say: the status of one as a number, a word such as `error`, or that a
/// member such as `success` is false.
pub(super) fn says_of_any_failure(left: &Expr, right: &Expr) -> bool {
    let Some((named, items)) = asked(left, right) else { return false };
    items.iter().any(|item| is_of_failure(named, item))
}

/// What an envelope has in it is there whatever became of the request.
fn is_of_failure(named: &Expr, value: &Value) -> bool {
    let text = value.to_text().unwrap_or_default();
    let of = |name: &str| usual::says_failure(name, &text, matches!(value, Value::Text(_))) || usual::ENVELOPE.has(name);
    !value.is_missing()
        && named.any(&|part| match &part.kind {
            ExprKind::Answer(path) => of(&usual::last_name(path)),
            ExprKind::Header(_) => of(""),
            _ => false,
        })
}

/// Whether a comparison asks for what a server says of an address that it does not know.
pub(super) fn says_of_wrong_address(left: &Expr, right: &Expr) -> bool {
    asked(left, right).is_some_and(|(_, items)| items.iter().any(|item| item.to_text().is_some_and(|text| wrong_address::says(&text))))
}

/// Whether the usual words of an outage meet a pattern.
pub(super) fn is_met_by_outage(pattern: &Regex) -> bool {
    usual::texts_of_outages().any(|words| spellings(words).iter().any(|words| pattern.is_match(words)))
}

/// Whether the usual words of an outage begin or end with a text, or contain it.
pub(super) fn is_part_of_outage(how: Comparator, part: &str) -> bool {
    let has = |words: &String| how.holds(&Value::text(words.to_lowercase()), &Value::text(part.to_lowercase()));
    part.trim().is_empty() || usual::is_word_of_failure(part) || usual::texts_of_outages().any(|words| spellings(words).iter().any(has))
}

/// Whether what a job says that has failed meets a pattern.
pub(super) fn is_met_by_failed_job(pattern: &Regex) -> bool {
    FAILED.each().any(|word| spellings(word).iter().any(|word| pattern.is_match(word)))
}

/// Words as vendors write them: `Bad Gateway`, `bad gateway`, `BAD GATEWAY`, `bad_gateway`, `BAD_GATEWAY`, `BadGateway`.
pub(super) fn spellings(words: &str) -> [String; 6] {
    let (lower, upper) = (words.to_lowercase(), words.to_uppercase());
    let joined = |words: &str| words.replace(' ', "_");
    [words.to_owned(), joined(&lower), joined(&upper), words.replace(' ', ""), lower, upper]
}

/// Whether a comparison asks for what every success says of itself: `$.status == "ok"`, `$.code == 200`, `$.error == 0`.
pub(super) fn says_of_any_success(left: &Expr, right: &Expr) -> bool {
    asked(left, right).is_some_and(|(named, items)| items.iter().any(|item| is_of_success(named, item)))
}

fn is_of_success(named: &Expr, value: &Value) -> bool {
    let (yes, no) = verdict(value);
    let state = |name: &str| matches!(name, "status" | "state" | "result");
    let is_number = is_number(value);
    has_name(named, |name| {
        yes && SUCCESS_NAMES.has(name) && !END_NAMES.has(name) && !(is_number && state(name))
            || (no || is_nothing(value)) && FAILURE_NAMES.has(name)
            || is_nothing(value) && TROUBLES.has(name)
            || (no || is_nothing(value)) && usual::counts_trouble(name)
            || is_number && (no || is_zero(value)) && (name.ends_with("code") || matches!(name, "errno" | "ret" | "rc"))
    }) || is_word(value, |word| SUCCESS_WORDS.has(word))
        || value.to_text().is_some_and(|text| match text.trim() {
            "200" => true,
            // Elsewhere, they are codes of the vendor.
            "201" | "202" => has_name(named, is_of_status),
            _ => false,
        })
}

/// A number, also one that is written as a text.
fn is_number(value: &Value) -> bool {
    matches!(value, Value::Int(_)) || value.to_text().is_some_and(|text| text.trim().parse::<i64>().is_ok())
}

/// `0000`
fn is_zero(value: &Value) -> bool {
    value.to_text().is_some_and(|text| text.trim().parse() == Ok(0))
}

/// Whether a name is one of the status of an answer: `statusCode`, `code`, `http_code`.
fn is_of_status(name: &str) -> bool {
    name.contains("status") || matches!(name, "code" | "httpcode" | "responsecode" | "resultcode" | "returncode" | "state" | "result")
}

/// Whether a comparison asks for what a job says that is still running.
pub(super) fn says_of_running_job(how: Comparator, left: &Expr, right: &Expr) -> bool {
    let is_turned = !left.any(&names_the_answer);
    let Some((named, items)) = asked(left, right) else { return false };
    let is_running = |item: &Value| {
        let of = |value: i64| if is_turned { how.holds(item, &Value::Int(value)) } else { how.holds(&Value::Int(value), item) };
        let is_progress = has_name(named, |name| PROGRESS_NAMES.has(name));
        match item {
            Value::Int(_) | Value::Decimal(_) if of(0) && has_name(named, usual::counts_left) => true,
            // One is the end of what goes up to one, and the first percent of what goes up to a hundred.
            Value::Int(_) | Value::Decimal(_) if is_progress => [0, 1, 50, 99].into_iter().any(of),
            Value::Int(_) | Value::Decimal(_) if how != Comparator::Equal => has_grown(of),
            Value::Text(text) if looks_into_text(how) => is_said_in_part(how, text, is_turned) || is_of_running(named, item),
            Value::Text(_) if how != Comparator::Equal => !has_name(named, is_of_end),
            _ => is_of_running(named, item),
        }
    };
    items.iter().any(is_running)
}

const fn looks_into_text(how: Comparator) -> bool {
    matches!(how, Comparator::StartsWith | Comparator::EndsWith | Comparator::Contains)
}

/// Whether a part of a text is also one of what a running job says: `starts with "run"`, `ends with "ing"`.
fn is_said_in_part(how: Comparator, part: &str, is_turned: bool) -> bool {
    let part = Value::text(letters(part));
    let said = |word: &str| Value::text(letters(word));
    RUNNING.iter().any(|word| if is_turned { how.holds(&part, &said(word)) } else { how.holds(&said(word), &part) })
}

/// Whether a comparison of numbers holds for any number that counts something.
fn has_grown(of: impl Fn(i64) -> bool) -> bool {
    of(0) && of(1) && of(1_000_000)
}

fn is_of_running(named: &Expr, value: &Value) -> bool {
    let (yes, no) = verdict(value);
    let names = |fits: fn(&str) -> bool| named.any(&|part| matches!(&part.kind, ExprKind::Answer(path) if fits(&path.text)));
    let is_text = matches!(value, Value::Text(_));
    let told = |name: &str| {
        // A job that is queued does not run, and has nothing in its queue before it is.
        (yes || no || is_nothing(value)) && is_running(name)
            || yes && FAILURE_NAMES.has(name)
            || usual::telling(name) == Some(usual::Telling::Error)
            || is_number(value) && EXIT_CODES.has(name)
            || no && (END_NAMES.has(name) || FALSE.has(name))
            || is_text && KIND_NAMES.has(name)
            || ENVELOPE.has(name)
            || JOB_NAMES.has(name)
            || matches!(name, "message" | "msg" | "detail" | "description") && tells_of_running(value)
    };
    // The state of a job that has ended may be `success`, and its result `ok`.
    let is_of_end = has_name(named, |name| matches!(name, "state" | "result" | "outcome" | "succeeded" | "conclusion"))
        || is_word(value, |word| matches!(word, "success" | "successful" | "succeeded"));
    has_name(named, told)
        || is_text && value.to_text().is_some_and(|text| is_unfinished(&text))
        || is_word(value, |word| MADE.has(word)) && names(names_job)
        || is_word(value, |word| word == "open") && names(is_of_answer)
        || !is_of_end && is_of_success(named, value)
}

/// What a process ends with: 0 is there before the end as well, and any other number says that it failed.
const EXIT_CODES: Words = Words("exitcode exitstatus returncode returnstatus retcode rc errno errorcode errcode");

/// Whether a sentence has a word of a job that has not ended: `Your request has been queued`.
fn tells_of_running(value: &Value) -> bool {
    value.to_text().is_some_and(|text| usual::words_of(&text).iter().any(|word| is_running(word)))
}

/// Whether a place is one of a job: `$.job.state`.
fn names_job(path: &str) -> bool {
    let path = path.to_lowercase();
    ["job", "task", "operation", "batch", "process"].iter().any(|part| path.contains(part))
}

/// Whether a place is one of the answer itself, `$.status`, and of nothing in it: `$.account.status`.
fn is_of_answer(path: &str) -> bool {
    path.matches(['.', '[']).count() == 1
}

/// Whether a name is one of when something ended: `finished_at`.
fn is_of_end(name: &str) -> bool {
    ["finish", "complet", "end", "done", "stop", "clos", "result"].iter().any(|part| name.contains(part))
}

/// The place in an answer that is compared, and the constants that it is compared with.
pub(super) fn asked<'e>(left: &'e Expr, right: &'e Expr) -> Option<(&'e Expr, &'e [Value])> {
    let (named, constant) = if left.any(&names_the_answer) { (left, right) } else { (right, left) };
    let constant = constant.as_constant().filter(|_| named.any(&names_the_answer))?;
    Some((
        named,
        if let Value::List(items) = constant
            && !items.is_empty()
        {
            &items[..]
        } else {
            std::slice::from_ref(constant)
        },
    ))
}

/// Whether a constant says yes, and whether it says no.
fn verdict(value: &Value) -> (bool, bool) {
    usual::verdict(&value.to_text().unwrap_or_default())
}

/// `[]`, `{}` and `""`
fn is_nothing(value: &Value) -> bool {
    match value {
        Value::List(items) => items.is_empty(),
        Value::Json(json) => json.as_array().is_some_and(Vec::is_empty) || json.as_object().is_some_and(serde_json::Map::is_empty),
        Value::Text(text) => text.trim().is_empty(),
        _ => value.is_missing(),
    }
}

fn is_word(value: &Value, is_known: impl Fn(&str) -> bool) -> bool {
    matches!(value, Value::Text(_)) && value.to_text().is_some_and(|text| is_known(&letters(&text)))
}

/// Whether a place that is named has such a last name, in small letters alone and without `is` and `has`.
fn has_name(named: &Expr, fits: impl Fn(&str) -> bool) -> bool {
    named.any(&|part| {
        let ExprKind::Answer(path) = &part.kind else { return false };
        fits(usual::bare_name(&usual::last_name(path)))
    })
}
