//! Sends a request: within the budget, again if that is safe, and never again if its effect is unknown.

use super::{
    Client,
    answers::{Answer, Meaning, VendorError, tidy},
    auth::token::Token,
    charset,
    judge::{Unproved, Verdict},
    limits::NotEntered,
    request::Request,
};
use crate::{
    compile::system::ErrorClass,
    host::{HttpClient, HttpReply, HttpRequest, NetError, NetErrorKind},
    systems::{CallError, Effect, encode::percent},
};
use jiff::{SignedDuration, Timestamp};
use reqwest::header::AUTHORIZATION;
use std::{
    sync::{Arc, atomic::Ordering},
    time::Duration,
};
use url::Url;

/// A longer Retry-After is an error, not a wait.
const LONGEST_WAIT: Duration = Duration::from_secs(15 * 60);

/// The longest wait of our own back-off.
const LONGEST_BACKOFF: Duration = Duration::from_secs(60);

/// How often a write is repeated whose answer was lost. After that its record is read, which tells more than another try.
const LOST_ANSWERS: u32 = 1;

/// What a read or a call cost.
#[derive(Debug, Default)]
pub struct RequestCount {
    pub requests: u64,
    /// The system's clock at the first request. Later pages may miss what changes from then on, so the next incremental read
    /// begins here.
    pub clock: Option<Timestamp>,
}

impl RequestCount {
    /// Adds what another call cost; the earlier clock counts.
    pub fn add(&mut self, other: &Self) {
        self.requests += other.requests;
        self.clock = self.clock.into_iter().chain(other.clock).min();
    }
}

/// Makes a request, from what is known at that time.
pub type Make<'m> = &'m (dyn Fn() -> Result<Request, CallError> + Send + Sync);

/// Why a request may be repeated, and how long the system asks to wait.
pub type RetryAdvice = (&'static str, Option<Duration>);

/// A failed attempt.
pub struct Failure {
    pub error: CallError,
    pub again: Option<RetryAdvice>,
}

/// All attempts at one request may last so many times as long as one of them: an answer that comes drop by drop ends, too.
const LONGEST_ATTEMPTS: u32 = 3;

/// The attempts at one request so far.
#[derive(Default)]
pub struct Attempts {
    attempt: u32,
    /// How many of them were writes whose answer was lost.
    lost: u32,
    perhaps_done: bool,
    renewed: bool,
    /// How long they took, without the waits between them.
    spent: Duration,
}

impl Client {
    /// Sends a request until it is answered, refused for good, or tried often enough.
    pub async fn send(&self, request: &Request, tally: &mut RequestCount) -> Result<Answer, CallError> {
        self.until_answered(request, None, tally).await.map(|(answer, _)| answer)
    }

    /// The same for a request that is made again where a new token was fetched and it holds something of the old one.
    pub async fn send_made(&self, make: Make<'_>, tally: &mut RequestCount) -> Result<(Request, Answer), CallError> {
        self.send_again(make()?, make, tally).await
    }

    /// The same with the first request made already.
    pub async fn send_again(&self, first: Request, make: Make<'_>, tally: &mut RequestCount) -> Result<(Request, Answer), CallError> {
        let (answer, again) = self.until_answered(&first, Some(make), tally).await?;
        Ok((again.unwrap_or(first), answer))
    }

    async fn until_answered(
        &self,
        first: &Request,
        make: Option<Make<'_>>,
        tally: &mut RequestCount,
    ) -> Result<(Answer, Option<Request>), CallError> {
        let mut attempts = Attempts::default();
        let (mut again, mut stale) = (None, false);
        loop {
            if let Some(refused) = self.refused.get() {
                return Err(unsent_or(refused.clone(), &attempts));
            }
            let token = self.authorization().await.map_err(|error| finally(error, &Attempts { attempt: 0, ..attempts }))?;
            if let Some(make) = make.filter(|_| std::mem::take(&mut stale)) {
                again = Some(make()?);
            }
            let request = again.as_ref().unwrap_or(first);
            let failure = match self.attempt(request, token.as_deref(), tally, &mut attempts.spent).await {
                Ok(answer) => return Ok((answer, again)),
                Err(failure) => failure,
            };
            if failure.error.class == ErrorClass::Auth && failure.error.status.is_some() {
                if self.renews(&failure, &attempts, token.as_ref()) {
                    (attempts.renewed, stale) = (true, request.names_token);
                    continue;
                }
                self.stays_refused(&failure, &attempts);
            }
            if request.writes() && failure.error.status.is_none() && failure.error.effect == Effect::Unknown {
                if attempts.lost >= LOST_ANSWERS {
                    return Err(finally(failure.error, &Attempts { perhaps_done: true, ..attempts }));
                }
                attempts.lost += 1;
            }
            self.before_another(failure, &mut attempts, true).await?;
        }
    }

    /// A refusal proves that nothing was done, so even a write may be sent once more, with a new token.
    fn renews(&self, failure: &Failure, attempts: &Attempts, token: Option<&Arc<Token>>) -> bool {
        !attempts.renewed && token.is_some_and(|token| self.gives_up(token, failure.error.status))
    }

    /// After a 401 nothing else is sent: a wrong key costs one request, and does not lock the account.
    fn stays_refused(&self, failure: &Failure, attempts: &Attempts) {
        if failure.error.status == Some(401) {
            let _ = self.refused.set(failure.error.clone());
        } else if attempts.renewed {
            self.sign_in.renewal_is_useless();
        }
    }

    /// Waits until a failed attempt may be repeated. `all` of this system's requests wait where it says that there are too many.
    ///
    /// # Errors
    /// The error to end with, if it may not be repeated.
    pub(crate) async fn before_another(&self, failure: Failure, attempts: &mut Attempts, all: bool) -> Result<(), CallError> {
        attempts.perhaps_done |= failure.error.effect == Effect::Unknown;
        let Some((wait, why)) = self.next_wait(&failure, attempts) else {
            let limit = failure.error.class == ErrorClass::Limit;
            let error = finally(failure.error, attempts);
            if limit && all && (error.status != Some(429) || failure.again.is_some_and(|(_, asked)| asked > Some(LONGEST_WAIT))) {
                // The quota won't reset in time for any request of this run.
                let _ = self.refused.set(error.clone());
            }
            return Err(error);
        };
        if all && (failure.error.class == ErrorClass::Limit || failure.error.status == Some(429)) {
            self.budget.pause(self.host(), wait, why);
        } else {
            self.config.observer.waiting(&self.system.name, wait, why);
            if !self.config.stop.sleep(self.host(), wait).await {
                return Err(finally(failure.error, attempts));
            }
        }
        attempts.attempt += 1;
        Ok(())
    }

    fn next_wait<'a>(&self, failure: &Failure, attempts: &Attempts) -> Option<(Duration, &'a str)> {
        let (why, asked) = failure.again?;
        let attempt = attempts.attempt;
        let in_time = attempts.spent < self.pace.request.saturating_mul(LONGEST_ATTEMPTS);
        let times = self.http().retries;
        let step = self.pace.backoff.saturating_mul(2_u32.saturating_pow(attempt)).min(LONGEST_BACKOFF);
        let wait = asked.unwrap_or(step);
        (attempt < times && in_time && wait <= LONGEST_WAIT).then_some((wait, why))
    }

    async fn attempt(
        &self,
        request: &Request,
        token: Option<&Token>,
        tally: &mut RequestCount,
        spent: &mut Duration,
    ) -> Result<Answer, Failure> {
        let observer = &self.config.observer;
        let waits = (self.host(), &self.config.stop);
        let permit = self.budget.enter(waits, &|wait, why| observer.waiting(&self.system.name, wait, why)).await;
        let permit = permit.map_err(|why| self.not_entered(&why))?;
        tally.requests += 1;
        let began = self.host().instant();
        let answer = self.answered(&*self.client, request, token).await;
        drop(permit);
        *spent += self.host().since(began);
        let mut answer = answer?;
        let asked_at = |date: Timestamp| date.checked_sub(SignedDuration::try_from(self.host().since(began)).ok()?).ok();
        tally.clock = tally.clock.or_else(|| asked_at(answer.date()?));
        self.observe_rate_limit(&answer);
        self.notice(request, &answer);
        let verdict = self.judge_answer(request, &answer);
        let refused = matches!(&verdict, Verdict::Error(error) if error.class == ErrorClass::Auth);
        if let Some(token) = token.filter(|_| !refused) {
            token.prove();
        }
        match if let Some(own) = &request.polls { self.of_job(own, &answer, verdict) } else { verdict } {
            Verdict::Means(meaning) => {
                answer.meaning = meaning;
                Ok(answer)
            }
            Verdict::Error(trouble) => Err(self.refusal(request, &answer, trouble)),
            Verdict::Unproved(why) => Err(self.unproved(request, &answer, why)),
        }
    }

    /// The error for an answer that succeeds by its status and proves nothing: of a write it is not known whether it was done.
    fn unproved(&self, request: &Request, answer: &Answer, why: Unproved) -> Failure {
        let name = self.redactor.redact(&request.name());
        let says = |words: Option<String>| {
            let words = words.map(|words| tidy(&self.redactor.redact(&words))).filter(|words| !words.is_empty());
            words.map(|words| format!(": it says \"{words}\"")).unwrap_or_default()
        };
        let (what, said) = match why {
            Unproved::Words(error) => ("and a message, and no rule says that it was done", says(error.message)),
            Unproved::NoRule(words) => ("which none of the rules of the call covers", says(words)),
            Unproved::Broken(format) => ("and a body that was cut", format!(": it is not {format}")),
            Unproved::Undecided(why) => ("and a rule of an error can't be worked out", format!(": {why}")),
        };
        let message = format!("`{}` answers {name} with {} {what}{said}", self.system.name, answer.status);
        let effect = if request.writes() { Effect::Unknown } else { Effect::None };
        Failure { error: CallError { class: ErrorClass::Temporary, status: Some(answer.status), code: None, message, effect }, again: None }
    }

    /// One request and its answer, reported to the listener.
    pub(crate) async fn answered(&self, client: &dyn HttpClient, request: &Request, token: Option<&Token>) -> Result<Answer, Failure> {
        let began = self.host().instant();
        let answer = self.exchange(client, request, token).await;
        let status = answer.as_ref().ok().map(|answer| answer.status);
        let shown = self.redactor.redact(&without_values(&request.url));
        self.config.observer.requested(&self.system.name, request.method.as_str(), &shown, status, self.host().since(began));
        answer.map_err(|broken| self.broken(request, broken))
    }

    /// The error for a request that is not sent: a limit of our own is used up for too long, or the run is to stop.
    fn not_entered(&self, why: &NotEntered) -> Failure {
        let error = match why {
            NotEntered::Spent { what, wait } => {
                let hours = wait.as_secs().div_ceil(3_600);
                let message = format!("the {what} that is declared for `{}` is spent: run again in {hours} h", self.system.name);
                CallError::unsent(ErrorClass::Limit, message)
            }
            NotEntered::Stopped => CallError::unsent(ErrorClass::Temporary, "the run was stopped before it was sent"),
        };
        Failure { error, again: None }
    }

    /// Reports a deprecation notice (RFC 9745, RFC 8594) once.
    fn notice(&self, request: &Request, answer: &Answer) {
        if let Some(words) = answer.deprecation_notice()
            && !self.noticed.swap(true, Ordering::Relaxed)
        {
            let what = format!("{} {words}", self.redactor.redact(&request.name()));
            self.config.observer.noticed(&self.system.name, &what);
        }
    }

    /// Pauses while the system's headers say that the quota is used up.
    fn observe_rate_limit(&self, answer: &Answer) {
        if let Some(wait) = answer.spent_for(self.host().now()).filter(|wait| *wait <= LONGEST_WAIT) {
            self.budget.pause(self.host(), wait, "its budget is spent");
        }
    }

    async fn exchange(&self, client: &dyn HttpClient, request: &Request, token: Option<&Token>) -> Result<Answer, ExchangeError> {
        let mut headers = request.headers.clone();
        if let Some(header) = token.and_then(|token| token.header.clone()).filter(|_| !headers.contains_key(AUTHORIZATION)) {
            headers.insert(AUTHORIZATION, header);
        }
        let sent = HttpRequest { method: request.method.clone(), url: request.url.clone(), headers, body: request.body.clone() };
        let HttpReply { status, headers, body, framed } = client.send(sent).await.map_err(|error| {
            if error.received.is_some() {
                self.reached.store(true, Ordering::Relaxed);
            }
            ExchangeError::new(error)
        })?;
        self.reached.store(true, Ordering::Relaxed);
        let mut body = charset::in_utf8(&headers, body);
        self.names.iter().for_each(|names| names.spell(&mut body));
        Ok(Answer { status, headers, body, framed, meaning: Meaning::Done })
    }

    /// No answer.
    fn broken(&self, request: &Request, broken: ExchangeError) -> Failure {
        let effect = if request.writes() && broken.left { Effect::Unknown } else { Effect::None };
        let host = request.url.host_str().unwrap_or_default();
        let message = self.redactor.redact(&format!("`{}` {} at `{host}`: {}", self.system.name, broken.what, tidy(&broken.why)));
        // A system that was never reached is an error at once; later, a refused connection may be a passing failure.
        let safe = if broken.left { request.repeatable } else { self.reached.load(Ordering::Relaxed) };
        let again = (safe && !broken.for_good).then_some((broken.word, None));
        // What never left this machine, the system has not refused.
        let class = if broken.for_good && !request.writes() { ErrorClass::Invalid } else { ErrorClass::Temporary };
        Failure { error: CallError { class, status: None, code: None, message, effect }, again }
    }

    /// Handles an answer that is an error.
    pub(super) fn refusal(&self, request: &Request, answer: &Answer, trouble: VendorError) -> Failure {
        let vendor = trouble.message.map(|message| tidy(&self.redactor.redact(&message))).filter(|message| !message.is_empty());
        let status = answer.status;
        let message = match (status, trouble.class) {
            (300..400, _) if vendor.is_none() || answer.redirects_to().is_some() => self.redirected_call(request, answer),
            (_, ErrorClass::Auth) => self.unknown_here(status, vendor.as_deref()),
            (429, ErrorClass::Limit) => {
                let words = vendor.as_deref().unwrap_or("too many requests");
                format!("`{}` answers {status}: {words}{}", self.system.name, too_long(answer.retry_after(self.host().now())))
            }
            (_, ErrorClass::Limit) => {
                let words = vendor.map(|words| format!(", \"{words}\"")).unwrap_or_default();
                format!("`{}` says that its limit is spent ({status}{words}): run again when it is renewed", self.system.name)
            }
            _ => vendor.unwrap_or_else(|| {
                format!("`{}` answers {status} to {}, and says no more", self.system.name, self.redactor.redact(&request.name()))
            }),
        };
        let code = trouble.code.map(|code| tidy(&self.redactor.redact(&code)));
        let error = CallError { class: trouble.class, status: Some(status), code, message, effect: effect(request, status, trouble.class) };
        let again = self.may_repeat(request, answer, trouble.class);
        Failure { error, again }
    }

    pub(crate) fn may_repeat(&self, request: &Request, answer: &Answer, class: ErrorClass) -> Option<RetryAdvice> {
        let asked = answer.retry_after(self.host().now());
        match class {
            ErrorClass::Auth => None,
            ErrorClass::Limit if answer.status != 429 => Some(("its limit is spent", asked)),
            _ if answer.status == 429 => Some((if asked.is_some() { "429, Retry-After" } else { "429" }, asked)),
            // It would be redirected again.
            ErrorClass::Temporary if (300..400).contains(&answer.status) => None,
            ErrorClass::Temporary if request.repeatable => Some(("it has trouble of its own", asked)),
            _ => None,
        }
    }

    fn redirected_call(&self, request: &Request, answer: &Answer) -> String {
        if answer.status == 304 {
            return self.not_modified(request.writes());
        }
        let Some(path) = answer.redirects_to_slash(&request.url) else { return self.redirected(answer) };
        let (asked, path) = (self.redactor.redact(request.url.path()), self.redactor.redact(&path));
        format!(
            "`{}` answers {} to `{asked}` and points to `{path}`, which is not followed: write the path as it is there",
            self.system.name, answer.status
        )
    }

    pub(crate) fn redirected(&self, answer: &Answer) -> String {
        if answer.status == 304 {
            return self.not_modified(false);
        }
        let to = answer.redirects_to().unwrap_or_else(|| "nowhere".to_owned());
        let to = self.redactor.redact(&to);
        format!(
            "`{}` answers {} and points to `{to}`, which is not followed: check the base address, and whether a sign-in page is in front of it",
            self.system.name, answer.status
        )
    }

    /// What a 304 is to a write, and to a read: nothing that was read before is kept, so nothing is asked on the condition that it has
    /// changed.
    fn not_modified(&self, writes: bool) -> String {
        let what = if writes {
            "if that says that nothing had to be changed, add `done when status in [200, 304]` to the call"
        } else {
            "nothing is asked on a condition here, so take headers such as `If-None-Match` out, or pass by the cache that answers so"
        };
        format!("`{}` answers 304 (not modified), which has no content: {what}", self.system.name)
    }

    fn unknown_here(&self, status: u16, vendor: Option<&str>) -> String {
        let words = vendor.map(|words| format!(", \"{words}\"")).unwrap_or_default();
        let name = &self.system.name;
        match (status, self.token_call()) {
            (401, Some(_)) => {
                format!("`{name}` refuses a token that it has just given (401{words}): check what the application and its user may do")
            }
            (401 | 407, _) => format!("`{name}` refuses the credentials ({status}{words}): check {}", self.credentials_in_words()),
            _ => format!("`{name}` forbids this ({status}{words}): check {} and what it may do", self.credentials_in_words()),
        }
    }

    /// The secrets of the sign-in, in words that help to find them.
    pub(crate) fn credentials_in_words(&self) -> String {
        match self.credentials().as_slice() {
            [] => "the credentials".to_owned(),
            [one] => format!("the secret `{one}`"),
            several => {
                let several: Vec<_> = several.iter().map(|name| format!("`{name}`")).collect();
                format!("the secrets {}", several.join(" and "))
            }
        }
    }
}

/// An address with the names of its query alone: the values of a look-up are of people.
fn without_values(url: &Url) -> String {
    let names: Vec<_> = url.query_pairs().map(|(name, _)| percent(&name, "$[]")).collect();
    let mut bare = url.clone();
    bare.set_query(None);
    if names.is_empty() { bare.into() } else { format!("{bare}?{}", names.join("&")) }
}

/// The error for a system that asks for too long a wait.
fn too_long(asked: Option<Duration>) -> String {
    let Some(wait) = asked.filter(|wait| *wait > LONGEST_WAIT) else { return String::new() };
    match wait.as_secs().div_ceil(60) {
        minutes @ 0..120 => format!(" (it asks to wait {minutes} min: run again then)"),
        minutes => format!(" (it asks to wait {} h: run again then)", minutes.div_ceil(60)),
    }
}

/// A refusal had no effect: the class tells one in any status. A 5xx may come from a proxy after the write was done, and 408 only says
/// that it took too long. A redirect may lead to what was made (303), and one that asks for the same request elsewhere (307, 308) refuses
/// nothing: some systems use it for what was taken in part.
fn effect(request: &Request, status: u16, class: ErrorClass) -> Effect {
    let refused = !matches!(class, ErrorClass::Temporary) || matches!(status, 400..=407 | 409..=499 | 501 | 505);
    if refused || !request.writes() { Effect::None } else { Effect::Unknown }
}

/// The refusal of all requests, for one that was not sent, or not sent again.
fn unsent_or(error: CallError, attempts: &Attempts) -> CallError {
    if attempts.attempt == 0 && !attempts.renewed { CallError { effect: Effect::Unsent, ..error } } else { finally(error, attempts) }
}

/// The error of the last attempt, given the earlier ones: a conflict may be caused by our own earlier attempt.
fn finally(mut error: CallError, attempts: &Attempts) -> CallError {
    if attempts.perhaps_done {
        error.effect = Effect::Unknown;
    }
    if attempts.attempt > 0 && matches!(error.class, ErrorClass::Limit | ErrorClass::Temporary) {
        error.message = format!("{} (tried {} times)", error.message, attempts.attempt + 1);
    }
    error
}

/// How an exchange ended without an answer.
#[derive(Debug)]
pub(crate) struct ExchangeError {
    what: &'static str,
    why: String,
    /// For a wait's reason.
    word: &'static str,
    /// Whether any byte may have been sent.
    left: bool,
    /// Whether a repeat would end the same way.
    for_good: bool,
}

impl ExchangeError {
    fn new(error: NetError) -> Self {
        let (what, word) = match (error.kind, error.received) {
            (NetErrorKind::TooLarge, _) => ("sends too large an answer", ""),
            (NetErrorKind::Timeout, Some(_)) => ("broke off its answer", "timeout"),
            (_, Some(_)) => ("broke off its answer", "broken connection"),
            (NetErrorKind::Connect, None) => ("can't be reached", "no connection"),
            (NetErrorKind::Timeout, None) => ("did not answer in time", "timeout"),
            (NetErrorKind::Request | NetErrorKind::Broken, None) => ("broke the connection", "broken connection"),
        };
        let why = match (error.kind, error.received) {
            (NetErrorKind::TooLarge, _) => "more than 100 MB: ask for smaller pages".to_owned(),
            (_, Some(received)) => format!("{} after {received} bytes", error.why),
            _ => error.why,
        };
        let for_good = matches!(error.kind, NetErrorKind::TooLarge | NetErrorKind::Request);
        Self { what, why, word, left: error.kind != NetErrorKind::Connect, for_good }
    }
}
