//! Systems: how they are reached, how to sign in, their limits and errors.

use super::entry::Entry;
use crate::syntax::grammar::Rule as R;

const SYSTEM: &[R] = &[R::system_block];
const HTTP: &[R] = &[R::http_block];
const TOKEN: &[R] = &[R::token_block];
/// Where the meaning of answers is said: for all calls, those of a collection, or one.
const ANSWERED: &[R] = &[R::http_block, R::collection_block, R::call_block, R::follow_block, R::each_block, R::token_block];
/// The calls that read a list.
const LISTS: &[&str] = &["list", "find by"];

pub(super) const ENTRIES: &[Entry] = &[
    Entry::new("title", R::title_stmt, &[R::system_block, R::pipeline_block], "Gives the name that people read.", "title \"Service desk\"").once_checked(),
    Entry::new("http", R::http_stmt, SYSTEM, "Gives the base address of a system that is reached over HTTP, and what applies to each request.", "http \"https://api.example.com\" {\n  auth bearer secret.token\n}"),
    Entry::new("connect", R::connect_stmt, SYSTEM, "Gives the address of a database (`sqlite:`, `postgres://`) or of a directory (`ldaps://`). Neither is supported yet.", "connect \"sqlite:hr.db\""),
    Entry::new("auth", R::auth_stmt, &[R::http_block, R::token_block], "Says how to sign in. Of several lines with `when`, the first whose condition is true is used.", "auth basic setting.user, secret.password").with("basic bearer when"),
    Entry::new("auth certificate", R::auth_certificate, &[R::http_block, R::token_block], "Shows a client certificate where a connection is encrypted, beside whatever else signs in. Both are texts in PEM.", "auth certificate secret.certificate, secret.key"),
    Entry::new("token", R::token_stmt, HTTP, "Declares the call whose answer signs the others in: `token.access_token` is a part of its last answer, `token.cookies` the cookies that it set. It is made before it is first needed, again when its answer ends, and once more where a call is refused as `auth`.", "token POST \"https://example.com/token\" {\n  body form = { grant_type = \"client_credentials\", client_id = setting.id, client_secret = secret.secret }\n}").with("when"),
    Entry::new("lasts", R::token_lasts, TOKEN, "Says how long the answer is good for: a length of time, or a number of seconds in the answer.", "lasts 30 min").once().default("`$.expires_in`; without it, until it is refused"),
    Entry::new("header", R::header_stmt, &[R::http_block, R::collection_block, R::call_block, R::follow_block, R::token_block], "Sends a header with each request, with those of a collection, or with one call. A missing value is not sent.", "header \"X-Tenant\" = setting.tenant"),
    Entry::new("query", R::query_stmt, &[R::call_block, R::collection_block, R::http_block, R::follow_block, R::token_block], "Sends a query parameter. A missing value is not sent.", "query \"limit\" = page.size"),
    Entry::new("format", R::format_stmt, HTTP, "Sets the format of requests and answers: `json`, `json_api`, `xml`, `csv` or `json_lines`.", "format xml").once().default("`json`"),
    Entry::new("missing as", R::missing_stmt, HTTP, "Lists values that this vendor writes where there is none, in any attribute for whose type they are no ordinary value. The first is sent to empty an attribute.", "missing as false").once(),
    Entry::new("verify", R::verify_stmt, HTTP, "Declares the call that tests the credentials, before anything else is sent. Its `item` names the tenant, such as a company, for reports; links are bound to it, so it must not change with the user who signs in.", "verify GET \"/v2/me\" {\n  item $.company.id\n}").once(),
    Entry::new("limit", R::limit_stmt, HTTP, "Limits how many requests may be sent in a length of time, and how many at the same time.", "limit 60 per min, 4 concurrent").once().with("per s min h day concurrent"),
    Entry::new("retry", R::retry_stmt, HTTP, "Says how often a request is sent again that was refused for a limit, or that failed for a passing reason and does no harm when it is repeated.", "retry 6 times").once().default("6 times").with("times"),
    Entry::new("error", R::error_stmt, ANSWERED, "Says where the vendor's message and code are. A listed code decides wherever it is found, in any status: `auth` stops the run, `limit` waits, `temporary` is tried again, `gone` says that there is no such record, and the others fail the record. With `when`, the rule decides whenever the condition holds, as `invalid` unless a code says otherwise. Without either, a message in an answer that succeeds proves nothing.", "error $.message code $.code {\n  \"duplicate\" is conflict\n}").with("code when is auth limit invalid conflict gone temporary"),
    Entry::new("done", R::outcome_stmt, ANSWERED, "Says when an answer means that it was done. A call with such a rule treats every other answer as an error. It needs something that is in the answer.", "done when status in [200, 304]"),
    Entry::new("gone", R::outcome_stmt, ANSWERED, "Says when an answer means that there is no such record. It needs something that is in the answer, so that an outage makes nobody leave.", "gone when $.result == []"),
    Entry::new("moved", R::outcome_stmt, ANSWERED, "Says when an answer means that another record, the one at `Location`, has taken this one over.", "moved when status == 308"),
    Entry::new("last page", R::outcome_stmt, ANSWERED, "Says which page of a list is the last.", "last page when $.has_more == false").only_in(LISTS).default("no link or cursor, the total is reached, or a page is short"),
    Entry::new("removed", R::outcome_stmt, &[R::each_block], "Says when an element of a list names a record that was deleted.", "removed when $.deleted == true"),
    Entry::new("full", R::outcome_stmt, ANSWERED, "Says when an answer means that the mark of the last read is no longer known, so that everything has to be read.", "full when status == 410").only_in(LISTS),
    Entry::new("limit when", R::outcome_stmt, ANSWERED, "Says when an answer means that a limit is used up. The request waits and is sent again.", "limit when status == 403 and header \"retry-after\" is present").with("header"),
    Entry::new("temporary when", R::outcome_stmt, ANSWERED, "Says when an answer means a passing failure. The request is sent again if that does no harm.", "temporary when $.error == \"locked\""),
    Entry::new("auth when", R::outcome_stmt, ANSWERED, "Says when an answer means that signing in failed or has expired.", "auth when $.error == \"session expired\""),
    Entry::new("invalid when", R::outcome_stmt, ANSWERED, "Says when an answer means that the record was refused.", "invalid when $.ok == false"),
    Entry::new("conflict when", R::outcome_stmt, ANSWERED, "Says when an answer means that another record is in the way.", "conflict when status == 422 and $.error == \"exists\""),
    Entry::new("code", R::error_code, ANSWERED, "Gives the path of the vendor's error code.", "error $.message code $.code"),
];
