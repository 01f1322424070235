//! What any API says, whatever it was asked for: words of outages and refusals, members of envelopes, and what each list and each job has.
//!
//! One list of each for all rules: of absence (E0524), of an empty list (E0552), of the last page (E0570) and of the end of a job (E0580).

pub(crate) mod signs;

use crate::{
    check::model::{rules::is_failure, unfinished},
    value::path::JsonPath,
};

/// Names or words in small letters alone, with blanks between them.
pub(crate) struct Words(pub(crate) &'static str);

impl Words {
    /// Whether a word is one of them.
    pub(crate) fn has(&self, word: &str) -> bool {
        !word.is_empty() && self.each().any(|known| known == word)
    }

    /// Each of them.
    pub(crate) fn each(&self) -> impl Iterator<Item = &'static str> {
        self.0.split(' ')
    }
}

/// What outages and refusals say as a whole: the reason phrases of HTTP for 4xx and 5xx, but for those of 404 and 410, and the usual ones
/// of vendors.
const PHRASES: &str = "Bad Request|Unauthorized|Payment Required|Forbidden|Method Not Allowed|Not Acceptable|Proxy Authentication Required|\
     Request Timeout|Conflict|Length Required|Precondition Failed|Content Too Large|Payload Too Large|URI Too Long|\
     Unsupported Media Type|Range Not Satisfiable|Expectation Failed|Misdirected Request|Unprocessable Content|\
     Unprocessable Entity|Locked|Failed Dependency|Too Early|Upgrade Required|Precondition Required|Too Many Requests|\
     Request Header Fields Too Large|Unavailable For Legal Reasons|Internal Server Error|Not Implemented|Bad Gateway|\
     Service Unavailable|Gateway Timeout|HTTP Version Not Supported|Insufficient Storage|Loop Detected|\
     Network Authentication Required|Error 500|Server Error|Internal Error|Unexpected Error|Unknown Error|System Error|\
     Network Error|An error occurred|Something went wrong|Unavailable|Not Available|Temporarily Unavailable|\
     Service Temporarily Unavailable|Maintenance|Under Maintenance|Timeout|Timed Out|Request Timed Out|Connection Refused|\
     Overloaded|Busy|Down|Offline|Outage|Try Again Later|Please Try Again Later|Throttled|Rate Limited|Rate Limit Exceeded|\
     Quota Exceeded|Limit Exceeded|Unauthenticated|Unauthorised|Not Authorized|Not Allowed|Authentication Failed|\
     Authentication Required|Access Denied|Permission Denied|Denied|Invalid Token|Token Expired|Session Expired|Expired|\
     Invalid Credentials|Bad Credentials|Invalid Request|Aborted|API Error|Application Error|Authorization Required|Backend Error|\
     Connection Aborted|Connection Closed|Connection Error|Connection Failed|Connection Reset|Connection Timed Out|\
     Connection Timeout|Database Error|Deadline Exceeded|Econnaborted|Econnrefused|Econnreset|Ehostunreach|Enetunreach|Epipe|\
     Esockettimedout|Etimedout|Fatal Error|Gateway Error|Host Unreachable|Insufficient Permissions|Insufficient Privileges|\
     Insufficient Scope|Internal Failure|Invalid Client|Invalid Grant|Login Required|Not Authenticated|Not Logged In|\
     Operation Failed|Proxy Error|Request Entity Too Large|Request Failed|Requested Range Not Satisfiable|Resource Exhausted|\
     Server Busy|Server Unavailable|Service Error|Slow Down|Socket Hang Up|Temporary Error|Temporary Failure|Unauthorized Client|\
     Unhandled Exception|Upstream Error|User Rate Limit Exceeded|EAI_AGAIN|ENOTFOUND|Authentication Missing Or Malformed|\
     Missing Authentication Token|Unknown Host|Database Down|Could Not Connect|Host Not Found|Server Not Found|Service Not Found|\
     Database Not Found|Session Not Found|Token Not Found|Tenant Not Found|Transaction Not Found";

/// Each of them.
pub(crate) fn phrases() -> impl Iterator<Item = &'static str> {
    PHRASES.split('|')
}

/// The same, and each word by which a failure says what it was: what a part of a text, or a pattern, is looked for in.
pub(crate) fn texts_of_outages() -> impl Iterator<Item = &'static str> {
    phrases().chain(OUTAGE.each()).chain(FAILURE_WORDS.each())
}

/// Parts of a system of which a failure says that they are not there: `ROUTE_NOT_FOUND`, `no such host`. They are no records.
const PARTS: Words = Words(
    "route routes routing endpoint endpoints url uri path method host hostname server service services tenant database db table schema \
     session token api version app backend upstream dns domain realm cluster node handler controller procedure index shard gateway \
     proxy config configuration page connection",
);

/// How it is said that something is not there.
const LACKING: Words = Words(
    "not found no such unknown missing does doesnt do exist exists existing for matched matching requested this that the an a is was",
);

/// Words that say of a failure what it was: an outage, a limit, a refusal. Where all others are fillers, the text is about no record.
const OUTAGE: Words = Words(
    "access auth authenticated authentication authorization authorized available bad busy capacity captcha challenge connection crash \
     crashed circuit crashing credentials deadlock degraded denied deny dns down error errors exceeded exception exhausted expired \
     fatal fault fail failed failure forbidden gateway insufficient internal license limit limited limits maintenance network oauth \
     offline outage overloaded panic permission permissions privilege privileges problem proxy quota readonly refused rejected retry \
     server service session tenant throttle throttled throttling timeout token unauthenticated unauthorised unauthorized unavailable \
     undefined unexpected unspecified upstream warning critical",
);

/// What may stand beside them, and says nothing of a record either.
const BESIDE: Words = Words(
    "a activity again an and api application are at backend been breaker broken by code connect currently database db detected env \
     for from general generic has have healthy host http https id in invalid is later level malformed mode no not o of on only open \
     operation or out please reached receiver remote request requests response s sender client soap sorry status suspended system \
     temporarily temporary the this to too many try unable unknown was with you your rate read",
);

/// What the member `status` or `code` of any failure may be; the first ones are faults of SOAP.
pub(crate) const FAILURE_WORDS: Words =
    Words("server receiver client sender error errors err fail failed failure fault exception ko nok unknown invalid");

/// Members that are true after any failure.
pub(crate) const FAILURE_NAMES: Words = Words(
    "error errors haserror haserrors err fail failed failure fault exception timeout timedout retry maintenance offline throttled \
     ratelimited degraded partial stale unavailable",
);

/// Members beside [`FAILURE_NAMES`] in which systems tell of an error: those that have its words, its code, or several of them.
const ERROR_NAMES: Words = Words(
    "failures faults exceptions errno errorcode errorcodes errcode errorcount errormessage errormessages errormsg errmsg errordescription \
     errordetail errordetails errorsummary errorresponse errorinfo",
);

/// Of [`FAILURE_NAMES`], those that may be a setting or a count as well, so that only a plain yes tells of a failure.
const FLAG_NAMES: Words = Words("timeout timedout retry maintenance offline throttled ratelimited degraded partial stale unavailable");

/// What a member of an error has where there is none, beside the words of success.
const NO_ERROR: Words = Words("none null nil na noerror noerrors 200");

/// What a name says of a member: `error`, `hasErrors`, `odata.error`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Telling {
    /// Whatever is in it tells of an error.
    Error,
    /// If it is true, something failed.
    Flag,
    /// A number, a list or a yes in it tells that something failed, as in `failed_count` and `validationErrors`.
    Count,
    /// The same of what was rejected, which beside a list may be a number of its records.
    Refused,
}

/// What a member of this name tells of a failure; none where it is not about one. Of a name in parts, the last one may say it.
pub(crate) fn telling(name: &str) -> Option<Telling> {
    let last = name.rsplit(['.', ':']).next().unwrap_or_default();
    let of = |part: &str| {
        let whole = letters(part);
        let is_in = |all: &Words| all.has(&whole) || all.has(bare_name(&whole));
        match () {
            () if is_in(&FLAG_NAMES) => Some(Telling::Flag),
            () => (is_in(&FAILURE_NAMES) || is_in(&ERROR_NAMES)).then_some(Telling::Error),
        }
    };
    of(name).or_else(|| of(last)).or_else(|| signs::telling(name))
}

/// Whether a text is how systems write that there is no error.
pub(crate) fn says_no_error(text: &str) -> bool {
    let word = letters(text);
    let is_zero = word.bytes().all(|digit| digit == b'0');
    is_zero || verdict(text).1 || SUCCESS_WORDS.has(&word) || NO_ERROR.has(&word)
}

/// What tells how many pages there are, beside the number of all records.
pub(crate) const LAST_PAGES: Words =
    Words("lastpage lastpagenumber maxpage maxpages pages pagecount pagescount numpages nbpages numberofpages");

/// Members that are false after any failure.
pub(crate) const SUCCESS_NAMES: Words = Words(
    "success successful succeeded ok okay status state result valid done completed authenticated authorized authorised loggedin healthy \
     ready online connected available reachable permitted allowed granted accessible entitled licensed subscribed",
);

/// Members that any success has, and that say nothing of the records.
pub(crate) const TRUE: Words =
    Words("success successful succeeded ok okay valid authenticated authorized authorised loggedin healthy ready online");

/// Members that are false, empty or missing after any success.
pub(crate) const FALSE: Words = Words(
    "error errors err haserror haserrors failed failure fault exception warning warnings errno problems message messages errorcode \
     errorcount errormessage notices deprecated stale debug test",
);

/// What says nothing beside the words of an outage: `Service is unavailable`, `HTTP_500`, `soap:Server`.
pub(crate) const FILLERS: Words = Words("a an are code currently env has http is soap status the was sorry");

/// What any success says of itself.
pub(crate) const SUCCESS_WORDS: Words = Words("ok okay success successful succeeded");

/// Members in which a program says how it ended: zero where nothing failed.
pub(crate) const EXIT_NAMES: Words = Words("exitcode exitstatus");

/// Members in which an envelope has a code: zero, or that of a success, where nothing failed.
pub(crate) const CODE_NAMES: Words = Words("code errcode errorcode retcode returncode resultcode responsecode ret rc");

/// Members in which it has the status that its answer should have had.
pub(crate) const STATUS_NAMES: Words = Words("status statuscode httpcode httpstatus httpstatuscode");

/// Members in which it says why.
pub(crate) const WORD_NAMES: Words = Words("msg message errmsg errormessage description reason detail");

/// Members that say what kind of thing an answer is, and nothing of what became of it.
pub(crate) const KIND_NAMES: Words =
    Words("type kind object class resource version apiversion schema schemas jobtype format context entity");

/// Members in which an API repeats what was asked, and tells of its protocol, of itself, of the time and of the request.
pub(crate) const ENVELOPE: Words = Words(
    "jsonrpc version apiversion api schemaversion protocol protocolversion lang language locale env environment timestamp time date \
     datetime requestid reqid traceid spanid correlationid transactionid messageid logid path url uri method documentationurl docurl \
     docs documentation moreinfo help helpurl instance host hostname server node region took duration elapsed elapsedms latency ms \
     responsetime processingtime executiontime querytime cached service application app tenant tenantid realm debug retryable \
     retryafter severity supportid incident incidentid permission permissions privilege privileges scope scopes",
);

/// Members that tell of a success or a failure, and what else errors have.
const OUTCOMES: Words = Words(
    "status statuscode state code codes result resultcode returncode responsecode httpcode exception msg detail details description title \
     reason cause info note ret rc",
);

/// Members that are empty as long as nothing has gone wrong.
pub(crate) const TROUBLES: Words = Words("warning warnings problems message messages");

/// What a list repeats on each page: how it was asked for, and what comes with its records.
pub(crate) const REPEATED: Words =
    Words("sort sortby sortorder order orderby dir direction filter filters query q included links meta facets live");

/// Members that are true, or name a page, if another one follows.
pub(crate) const MORE: Words = Words(
    "more hasmore next hasnext nextpage hasnextpage morepages moreavailable morerecords truncated istruncated nextcursor nexttoken \
     nextpagetoken nextlink",
);

/// Members that are false until the last page.
pub(crate) const LAST: Words =
    Words("last islast lastpage islastpage done end isend ended eof final finished complete completed endofstream");

/// Members that may be true or false on any page, since they are about something else than its place among all.
const FLAGS: Words = Words(
    "aborted interrupted expired limited readonly partial incomplete clipped capped cut throttled stale cached degraded sandbox locked \
     frozen suspended deprecated beta preview demo dry simulated live secure encrypted signed admin editable writable public private \
     sorted ordered filtered grouped exact estimated approximate approx cancelled canceled terminated dirty synced verified trusted \
     enabled enables active connected async queued retryable permitted allowed paged unpaged cacheable compressed anonymous sampled \
     disabled fallback visible hidden archived skipped blocked overloaded busy",
);

/// Words of the names of such members that are about the end all the same: `limited_to_last`, `has_cached_next`.
const OF_END: Words = Words("last more next done end ended complete completed finished exhausted eof final");

/// Whether either truth value of a member says nothing of the end of a list: `aborted`, `is_rate_limited`.
pub(crate) fn is_flag(path: &JsonPath) -> bool {
    let last = path.text.rsplit('.').next().unwrap_or_default();
    let words = words_of(last);
    let name = letters(last);
    (FLAGS.has(bare_name(&name)) || words.iter().any(|word| FLAGS.has(word))) && !words.iter().any(|word| OF_END.has(word))
}

/// Whether a place tells how many requests are left, and not how many records: `$.rate.remaining`, `$.quota_remaining`.
pub(crate) fn is_of_limits(path: &str) -> bool {
    const LIMITS: Words = Words("rate ratelimit ratelimits limits quota quotas throttle throttling credit credits budget allowance");
    let words = words_of(path);
    let is_left = words.iter().any(|word| matches!(&**word, "remaining" | "left" | "limit"));
    words.iter().any(|word| LIMITS.has(word)) || is_left && words.iter().any(|word| matches!(&**word, "requests" | "calls"))
}

/// Members that are true on the first page.
pub(crate) const FIRST: Words = Words("first isfirst firstpage isfirstpage");

/// Members that are false, empty or missing on the first page.
pub(crate) const BEFORE: Words = Words(
    "prev previous hasprev hasprevious prevpage previouspage hasprevpage haspreviouspage prevcursor previouscursor prevlink \
     previouslink prevurl previousurl prevtoken previouspagetoken before",
);

/// Where a page stands among all.
pub(crate) const POSITIONS: Words = Words(
    "page pagenumber pageno currentpage current pageindex offset skip start startindex startat startposition from firstitem firstresult \
     firstrecord firstindex fromindex begin position pos startrow startrecord rowstart",
);

/// What a name with `total` is about that does not count records or pages.
const MEASURES: Words = Words(
    "min minimum avg average mean time timems ms seconds duration elapsed cost price amount score weight bytes sizebytes error errors fail \
     failed failures skip skipped reject rejected invalid warnings retries",
);

/// What tells how many records there are in all.
const TOTALS: Words = Words("all available found hits matched matches matching numfound overall");

/// Members that are false until a job has ended.
pub(crate) const END_NAMES: Words = Words("done completed complete finished ended closed failed cancelled canceled");

/// How far a job has come.
pub(crate) const PROGRESS_NAMES: Words = Words("progress percent percentage percentcomplete percentdone progresspercent");

/// What is said of a job from its beginning on.
pub(crate) const JOB_NAMES: Words = Words("priority queue attempt attempts retry retries retrycount eta");

/// Headers that servers write by themselves, in small letters alone.
pub(crate) const HEADERS: Words = Words(
    "cachecontrol connection contentencoding contentlength contenttype date location pragma retryafter server setcookie \
     transferencoding vary via wwwauthenticate xcache ratelimit ratelimitlimit ratelimitremaining ratelimitreset ratelimitpolicy \
     xratelimitlimit xratelimitremaining xratelimitreset xrequestid xcorrelationid xtraceid xruntime xpoweredby xresponsetime \
     stricttransportsecurity",
);

/// Headers that servers and proxies write by themselves, so that their values say nothing about a record.
pub(crate) fn is_common_header(name: &str) -> bool {
    HEADERS.has(&letters(name))
}

/// Letters and digits in small letters, as a person compares words.
pub(crate) fn letters(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// The last name of a place, in small letters alone and without the items of a list: `schemas` of `$.schemas[0]`.
pub(crate) fn last_name(path: &JsonPath) -> String {
    names(path).pop().unwrap_or_default()
}

/// All names of a place, in small letters alone.
pub(crate) fn names(path: &JsonPath) -> Vec<String> {
    let of = |part: &str| part.chars().filter(char::is_ascii_alphabetic).map(|each| each.to_ascii_lowercase()).collect::<String>();
    path.text.split(['.', '[']).map(of).filter(|name| !name.is_empty()).collect()
}

/// A name without `is` and `has`.
pub(crate) fn bare_name(name: &str) -> &str {
    ["is", "has"].iter().find_map(|prefix| name.strip_prefix(prefix)).unwrap_or(name)
}

/// Objects beside a list that tell of its pages.
const AROUND: Words = Words("meta metadata paging pagination page pageinfo pages links responsemetadata info cursor cursors");

/// How many records there are in all, and nothing else: `total_cost` is no such name.
const RECORD_TOTALS: Words = Words("total totalcount totalresults totalrecords totalitems totalelements numfound recordstotal");

/// Headers that say how many records there are in all.
pub(crate) const TOTAL_HEADERS: [&str; 3] = ["x-total-count", "x-total", "total-count"];

/// Whether an object of this name beside a list tells of its pages.
pub(crate) fn tells_of_pages(name: &str) -> bool {
    AROUND.has(&letters(name))
}

/// Whether a member of this name leads to another page, or says that there is one: `next`, `has_more`, `@odata.nextLink`.
pub(crate) fn leads_on(name: &str) -> bool {
    let last = name.rsplit(['.', ':']).next().unwrap_or_default();
    MORE.has(&letters(name)) || MORE.has(&letters(last))
}

/// Whether a member of this name says whether this is the last page: `last`, `isComplete`.
pub(crate) fn tells_last(name: &str) -> bool {
    let whole = letters(name);
    LAST.has(&whole) || LAST.has(bare_name(&whole))
}

/// Whether a member of this name is the number of records that a look-up found.
pub(crate) fn counts_found(name: &str) -> bool {
    const FOUND: Words = Words("count found matches resultcount resultscount recordcount itemcount usercount numresults numberofresults");
    FOUND.has(&letters(name))
}

/// Whether a member of this name is the number of all records.
pub(crate) fn counts_records(name: &str) -> bool {
    RECORD_TOTALS.has(&letters(name))
}

/// Whether a place tells how many records or pages there are in all. `total_min`, `totalSkipped` and `total_cost` tell something else.
pub(crate) fn counts_all(name: &str) -> bool {
    name.contains("total") && !MEASURES.has(&name.replace("total", "").replace("count", "")) || TOTALS.has(name)
}

/// Whether a place counts what went wrong, which is 0 before anything was done as well: `failed_count`, `totalErrors`.
pub(crate) fn counts_trouble(name: &str) -> bool {
    let told =
        ["error", "fail", "fault", "exception", "warn", "problem", "invalid", "reject", "skip", "drop", "retry", "retries", "timeout"];
    let counts = name.ends_with("count") || name.starts_with("num") || name.contains("total");
    counts && told.into_iter().any(|word| name.contains(word))
}

/// Whether a place counts what a job still has to do: `pending`, `remaining_items`. It is 0 before the first is queued as well.
pub(crate) fn counts_left(name: &str) -> bool {
    const LEFT: Words = Words("queue remaining left todo outstanding unprocessed backlog waiting inprogress open active");
    let ends = ["count", "total", "items", "jobs", "tasks", "records", "rows", "length", "size"];
    let bare = ["numberof", "total", "num"].iter().find_map(|begin| name.strip_prefix(begin)).unwrap_or(name);
    let bare = ends.iter().find_map(|end| bare.strip_suffix(end)).unwrap_or(bare);
    LEFT.has(bare) || unfinished::is_running(bare)
}

/// Whether a place is one of an envelope, or one where errors and successes say what became of a request.
pub(crate) fn is_of_outcome(name: &str) -> bool {
    let bare = bare_name(name);
    [&ENVELOPE, &OUTCOMES, &SUCCESS_NAMES, &FAILURE_NAMES, &TRUE, &FALSE, &TROUBLES].iter().any(|all| all.has(name) || all.has(bare))
        || name.ends_with("code")
        || name.ends_with("message")
}

/// Whether a constant says yes, and whether it says no.
pub(crate) fn verdict(text: &str) -> (bool, bool) {
    let text = text.trim().to_lowercase();
    (matches!(&*text, "true" | "1" | "yes" | "y"), matches!(&*text, "false" | "0" | "no" | "n"))
}

/// Whether a number is the status of a refusal or an outage, or a code that JSON-RPC has for any error.
pub(crate) fn is_status_of_failure(text: &str) -> bool {
    let is_of = |status: i64| (400..600).contains(&status) && is_failure(status) || (-32_768..=-32_000).contains(&status);
    text.trim().parse().is_ok_and(is_of)
}

/// Whether a text is what any outage or refusal says, as a person compares them: without case, blanks and signs, and without the status
/// beside the words. Of an address or a name in parts, the last part says it.
pub(crate) fn is_word_of_failure(text: &str) -> bool {
    let status = |word: &&str| !word.starts_with('-') && is_status_of_failure(word);
    let parts = || text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    let words: String = parts().filter(|word| !status(word)).collect();
    let telling: String = parts().filter(|word| !status(word) && !FILLERS.has(&word.to_lowercase())).collect();
    let (whole, words, telling) = (letters(text), letters(&words), letters(&telling));
    let is_known = |known: &str| known == whole || known == words || known == telling;
    telling.is_empty() && parts().any(|word| status(&word))
        || [&whole, &words, &telling].iter().any(|word| FAILURE_WORDS.has(word))
        || phrases().any(|known| is_known(&letters(known)))
        || tells_of_outage(text.rsplit([':', '/', '#', '.']).find(|part| !part.trim().is_empty()).unwrap_or_default())
        || lacks_a_part(text)
}

/// Whether a text says of a part of the system, and of nothing else, that it is not there.
fn lacks_a_part(text: &str) -> bool {
    let words = words_of(text);
    let (lacking, rest): (Vec<_>, Vec<_>) = words.iter().partition(|word| LACKING.has(word));
    let is_lack = lacking.iter().any(|word| matches!(&***word, "no" | "not" | "unknown" | "missing" | "doesnt"));
    is_lack && !rest.is_empty() && rest.into_iter().all(|word| PARTS.has(word))
}

/// Whether each word of a text is one of an outage or a refusal, or says nothing: `REQUEST_LIMIT_EXCEEDED`, `InvalidAuthenticationToken`.
fn tells_of_outage(text: &str) -> bool {
    let words = words_of(text);
    words.iter().all(|word| OUTAGE.has(word) || BESIDE.has(word)) && words.iter().any(|word| OUTAGE.has(word))
}

/// The words of a text or a code, in small letters.
pub(crate) fn words_of(text: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let letters: Vec<char> = text.chars().collect();
    for (at, letter) in letters.iter().enumerate() {
        let before = at.checked_sub(1).map(|before| letters[before]);
        let after = letters.get(at + 1);
        let begins = letter.is_uppercase()
            && before.is_some_and(|before| before.is_lowercase() || before.is_uppercase() && after.is_some_and(|c| c.is_lowercase()));
        if begins || !letter.is_alphanumeric() {
            words.push(String::new());
        }
        if let Some(word) = words.last_mut().filter(|_| letter.is_alphanumeric()) {
            word.extend(letter.to_lowercase());
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

/// Whether a member of an envelope says that something failed: `urn:ietf:params:scim:api:messages:2.0:Error`, `about:blank`.
pub(crate) fn is_kind_of_failure(text: &str) -> bool {
    matches!(&*letters(text), "status" | "aboutblank") || is_word_of_failure(text)
}

/// Whether a constant at a place of this name is what any failure says: a status, a word, that `success` is false.
pub(crate) fn says_failure(name: &str, text: &str, is_text: bool) -> bool {
    let (yes, no) = verdict(text);
    let bare = bare_name(name);
    is_status_of_failure(text)
        || bare.ends_with("code") && text.trim() == "-1"
        || is_text && is_word_of_failure(text)
        || KIND_NAMES.has(bare) && is_text && is_kind_of_failure(text)
        || yes && FAILURE_NAMES.has(bare)
        || no && SUCCESS_NAMES.has(bare)
}
