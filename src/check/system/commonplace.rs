//! What any failure, any success and any running job says of itself, so that it shows nothing of a record or an end.

use crate::{
    check::{
        model::{
            expr::{Comparator, Expr, ExprKind},
            rules::is_failure,
        },
        system::{elements::names_the_answer, wrong_address},
    },
    value::Value,
};

/// Words of outages and refusals: the reason phrases of HTTP for 4xx and 5xx, but for those of 404 and 410, and the usual ones of vendors.
pub(super) const WORDS: [&str; 135] = [
    "Bad Request",
    "Unauthorized",
    "Payment Required",
    "Forbidden",
    "Method Not Allowed",
    "Not Acceptable",
    "Proxy Authentication Required",
    "Request Timeout",
    "Conflict",
    "Length Required",
    "Precondition Failed",
    "Content Too Large",
    "Payload Too Large",
    "URI Too Long",
    "Unsupported Media Type",
    "Range Not Satisfiable",
    "Expectation Failed",
    "Misdirected Request",
    "Unprocessable Content",
    "Unprocessable Entity",
    "Locked",
    "Failed Dependency",
    "Too Early",
    "Upgrade Required",
    "Precondition Required",
    "Too Many Requests",
    "Request Header Fields Too Large",
    "Unavailable For Legal Reasons",
    "Internal Server Error",
    "Not Implemented",
    "Bad Gateway",
    "Service Unavailable",
    "Gateway Timeout",
    "HTTP Version Not Supported",
    "Insufficient Storage",
    "Loop Detected",
    "Network Authentication Required",
    "Error 500",
    "Server Error",
    "Internal Error",
    "Unexpected Error",
    "Unknown Error",
    "System Error",
    "Network Error",
    "An error occurred",
    "Something went wrong",
    "Unavailable",
    "Not Available",
    "Temporarily Unavailable",
    "Service Temporarily Unavailable",
    "Maintenance",
    "Under Maintenance",
    "Timeout",
    "Timed Out",
    "Request Timed Out",
    "Connection Refused",
    "Overloaded",
    "Busy",
    "Down",
    "Offline",
    "Outage",
    "Try Again Later",
    "Please Try Again Later",
    "Throttled",
    "Rate Limited",
    "Rate Limit Exceeded",
    "Quota Exceeded",
    "Limit Exceeded",
    "Unauthenticated",
    "Unauthorised",
    "Not Authorized",
    "Not Allowed",
    "Authentication Failed",
    "Authentication Required",
    "Access Denied",
    "Permission Denied",
    "Denied",
    "Invalid Token",
    "Token Expired",
    "Session Expired",
    "Expired",
    "Invalid Credentials",
    "Bad Credentials",
    "Invalid Request",
    "Aborted",
    "API Error",
    "Application Error",
    "Authorization Required",
    "Backend Error",
    "Connection Aborted",
    "Connection Closed",
    "Connection Error",
    "Connection Failed",
    "Connection Reset",
    "Connection Timed Out",
    "Connection Timeout",
    "Database Error",
    "Deadline Exceeded",
    "Econnaborted",
    "Econnrefused",
    "Econnreset",
    "Ehostunreach",
    "Enetunreach",
    "Epipe",
    "Esockettimedout",
    "Etimedout",
    "Fatal Error",
    "Gateway Error",
    "Host Unreachable",
    "Insufficient Permissions",
    "Insufficient Privileges",
    "Insufficient Scope",
    "Internal Failure",
    "Invalid Client",
    "Invalid Grant",
    "Login Required",
    "Not Authenticated",
    "Not Logged In",
    "Operation Failed",
    "Proxy Error",
    "Request Entity Too Large",
    "Request Failed",
    "Requested Range Not Satisfiable",
    "Resource Exhausted",
    "Server Busy",
    "Server Unavailable",
    "Service Error",
    "Slow Down",
    "Socket Hang Up",
    "Temporary Error",
    "Temporary Failure",
    "Unauthorized Client",
    "Unhandled Exception",
    "Upstream Error",
    "User Rate Limit Exceeded",
];

/// What the member `status` or `code` of any failure may be; the first ones are faults of SOAP.
const FAILURE_WORDS: [&str; 15] = [
    "server",
    "receiver",
    "client",
    "sender",
    "error",
    "errors",
    "err",
    "fail",
    "failed",
    "failure",
    "fault",
    "exception",
    "ko",
    "nok",
    "unknown",
];

/// Members that are true after any failure.
const FAILURE_NAMES: [&str; 8] = ["error", "errors", "err", "fail", "failed", "failure", "fault", "exception"];

/// Members that are false after any failure.
const SUCCESS_NAMES: [&str; 11] =
    ["success", "successful", "succeeded", "ok", "okay", "status", "state", "result", "valid", "done", "completed"];

/// What says nothing beside the words of an outage: `Service is unavailable`, `HTTP_500`, `soap:Server`.
const FILLERS: [&str; 14] = ["a", "an", "are", "code", "currently", "env", "has", "http", "is", "soap", "status", "the", "was", "sorry"];

/// What any success says of itself.
const SUCCESS_WORDS: [&str; 5] = ["ok", "okay", "success", "successful", "succeeded"];

/// Members that say what kind of thing an answer is, and nothing of what became of it.
const KIND_NAMES: [&str; 9] = ["type", "kind", "object", "class", "resource", "version", "apiversion", "schema", "jobtype"];

/// Members that are empty as long as nothing has gone wrong.
const TROUBLES: [&str; 5] = ["warning", "warnings", "problems", "message", "messages"];

/// What a job says that has not ended.
pub(super) const RUNNING: [&str; 19] = [
    "running",
    "pending",
    "queued",
    "in queue",
    "in progress",
    "processing",
    "progressing",
    "started",
    "starting",
    "waiting",
    "scheduled",
    "new",
    "accepted",
    "working",
    "submitted",
    "executing",
    "preparing",
    "initialized",
    "enqueued",
];

/// What a job says that has not ended, and an account that was made.
const MADE: [&str; 3] = ["created", "active", "open"];

/// Members that are false until a job has ended.
const END_NAMES: [&str; 9] = ["done", "completed", "complete", "finished", "ended", "closed", "failed", "cancelled", "canceled"];

/// How far a job has come.
const PROGRESS_NAMES: [&str; 6] = ["progress", "percent", "percentage", "percentcomplete", "percentdone", "progresspercent"];

/// Whether a comparison asks for what every refusal and outage may say: the status of one as a number, a word such as `error`, or that a
/// member such as `success` is false.
pub(super) fn says_of_any_failure(left: &Expr, right: &Expr) -> bool {
    let Some((named, items)) = asked(left, right) else { return false };
    items.iter().any(|item| is_status_of_failure(item) || is_word_of_failure(item) || is_verdict_of_failure(named, item))
}

/// Whether a comparison asks for what a server says of an address that it does not know.
pub(super) fn says_of_wrong_address(left: &Expr, right: &Expr) -> bool {
    asked(left, right).is_some_and(|(_, items)| items.iter().any(|item| item.to_text().is_some_and(|text| wrong_address::says(&text))))
}

fn is_status_of_failure(value: &Value) -> bool {
    value.to_text().and_then(|text| text.trim().parse().ok()).is_some_and(|status: i64| (400..600).contains(&status) && is_failure(status))
}

/// As a person compares them: without case, blanks and signs, and without the status beside them.
fn is_word_of_failure(value: &Value) -> bool {
    let Some(text) = value.to_text().filter(|_| matches!(value, Value::Text(_))) else { return false };
    let status = |word: &&str| word.parse().is_ok_and(|status: i64| (400..600).contains(&status) && is_failure(status));
    let parts = || text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    let words: String = parts().filter(|word| !status(word)).collect();
    let telling: String = parts().filter(|word| !status(word) && !FILLERS.contains(&&*word.to_lowercase())).collect();
    let (whole, words, telling) = (letters(&text), letters(&words), letters(&telling));
    telling.is_empty() && parts().any(|word| status(&word))
        || FAILURE_WORDS.iter().chain(&WORDS).map(|known| letters(known)).any(|known| known == whole || known == words || known == telling)
}

fn letters(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// Words as vendors write them: `Bad Gateway`, `bad gateway`, `BAD GATEWAY`, `bad_gateway`, `BAD_GATEWAY`, `BadGateway`.
pub(super) fn spellings(words: &str) -> [String; 6] {
    let (lower, upper) = (words.to_lowercase(), words.to_uppercase());
    let joined = |words: &str| words.replace(' ', "_");
    [words.to_owned(), joined(&lower), joined(&upper), words.replace(' ', ""), lower, upper]
}

/// `$.success == false`, `$.error == true`
fn is_verdict_of_failure(named: &Expr, value: &Value) -> bool {
    let (yes, no) = verdict(value);
    has_name(named, |name| yes && FAILURE_NAMES.contains(&name) || no && SUCCESS_NAMES.contains(&name))
}

/// Whether a comparison asks for what every success says of itself: `$.status == "ok"`, `$.code == 200`, `$.error == 0`.
pub(super) fn says_of_any_success(left: &Expr, right: &Expr) -> bool {
    asked(left, right).is_some_and(|(named, items)| items.iter().any(|item| is_of_success(named, item)))
}

fn is_of_success(named: &Expr, value: &Value) -> bool {
    let (yes, no) = verdict(value);
    let state = |name: &str| matches!(name, "status" | "state" | "result");
    let is_number = matches!(value, Value::Int(_)) || value.to_text().is_some_and(|text| text.trim().parse::<i64>().is_ok());
    has_name(named, |name| {
        yes && SUCCESS_NAMES.contains(&name) && !END_NAMES.contains(&name) && !(is_number && state(name))
            || (no || is_nothing(value)) && FAILURE_NAMES.contains(&name)
            || is_nothing(value) && TROUBLES.contains(&name)
            || is_number && no && (name.ends_with("code") || matches!(name, "errno" | "ret" | "rc"))
    }) || is_word(value, &SUCCESS_WORDS)
        || value.to_text().is_some_and(|text| match text.trim() {
            "200" => true,
            // Elsewhere, they are codes of the vendor.
            "201" | "202" => has_name(named, is_of_status),
            _ => false,
        })
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
        let is_progress = has_name(named, |name| PROGRESS_NAMES.contains(&name));
        match item {
            Value::Int(_) | Value::Decimal(_) if is_progress => of(0) || item != &Value::Int(1) && (of(50) || of(99)),
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
    let is_of_job = || named.any(&|part| matches!(&part.kind, ExprKind::Answer(path) if names_job(&path.text)));
    let told = |name: &str| {
        yes && RUNNING.iter().any(|word| letters(word) == name)
            || no && END_NAMES.contains(&name)
            || matches!(value, Value::Text(_)) && KIND_NAMES.contains(&name)
    };
    // The state of a job that has ended may be `success`, and its result `ok`.
    let is_of_end = has_name(named, |name| matches!(name, "state" | "result" | "outcome" | "succeeded" | "conclusion"))
        || is_word(value, &["success", "successful", "succeeded"]);
    has_name(named, told) || is_word(value, &RUNNING) || is_word(value, &MADE) && is_of_job() || !is_of_end && is_of_success(named, value)
}

/// Whether a place is one of a job: `$.job.state`.
fn names_job(path: &str) -> bool {
    let path = path.to_lowercase();
    ["job", "task", "operation", "batch", "process"].iter().any(|part| path.contains(part))
}

/// Whether a name is one of when something ended: `finished_at`.
fn is_of_end(name: &str) -> bool {
    ["finish", "complet", "end", "done", "stop", "clos", "result"].iter().any(|part| name.contains(part))
}

/// The place in an answer that is compared, and the constants that it is compared with.
fn asked<'e>(left: &'e Expr, right: &'e Expr) -> Option<(&'e Expr, &'e [Value])> {
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
    let text = value.to_text().map(|text| text.trim().to_lowercase()).unwrap_or_default();
    (matches!(&*text, "true" | "1" | "yes"), matches!(&*text, "false" | "0" | "no"))
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

fn is_word(value: &Value, words: &[&str]) -> bool {
    matches!(value, Value::Text(_)) && value.to_text().is_some_and(|text| words.iter().any(|word| letters(word) == letters(&text)))
}

/// Whether a place that is named has such a last name, in small letters alone and without `is` and `has`.
fn has_name(named: &Expr, fits: impl Fn(&str) -> bool) -> bool {
    named.any(&|part| {
        let ExprKind::Answer(path) = &part.kind else { return false };
        let name = path.text.rsplit(['.', '[']).next().unwrap_or_default();
        let name: String = name.chars().filter(char::is_ascii_alphabetic).map(|each| each.to_ascii_lowercase()).collect();
        fits(["is", "has"].iter().find_map(|prefix| name.strip_prefix(prefix)).unwrap_or(&name))
    })
}
