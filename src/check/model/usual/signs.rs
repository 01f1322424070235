//! What a name or a text tells of a failure by the words that it is built of, where no list has it whole: `failed_count`,
//! `partialResults`, `queryStatus`, `completed_with_errors`.

use super::{Telling, Words, is_word_of_failure, letters, words_of};

/// The most words of a text that is no more than a sign.
const LONGEST_SIGN: usize = 6;

/// Words by which a text says that something was not done, or not wholly.
const FAILING: Words = Words(
    "error errors errored err fail fails failed failing failure failures fault exception aborted crashed rejected refused denied \
     timeout timedout incomplete partial unavailable unauthorized unauthorised unauthenticated forbidden invalid overloaded maintenance \
     ko nok",
);

/// What says of an element, or of a write, that it was passed over.
const PASSED_OVER: Words = Words("skipped notfound notupdated notcreated notdone notprocessed");

/// What turns such a word into its opposite: `no errors`, `0 failed`.
const NEGATIONS: Words = Words("no not none never without zero 0");

/// Words by which a text says that something was done.
const SUCCEEDED: Words = Words(
    "ok okay success successful successfully succeeded done completed created updated saved stored written deleted removed changed \
     listed found fetched retrieved loaded modified accepted approved added processed activated deactivated queued enqueued",
);

/// Members that have what became of a request, and of which the request is a part: `queryStatus`, `job_result`.
const OUTCOME_NAMES: Words = Words("status state result outcome");
const OF_REQUEST: Words = Words(
    "query search request response operation op job batch api call command action execution exec transaction process processing task \
     import update write service return overall final run completion",
);

/// Members that are false where it was not done.
const DONE: Words = Words(
    "accepted acknowledged processed done completed updated saved stored applied modified authenticated authorized authorised loggedin \
     valid",
);

/// Of what there is a number in `failed_records`, `numErrors`: what is counted, and how.
const COUNTED: Words = Words(
    "num number no n count counts total of with has is record records row rows line lines item items element elements entry entries user \
     users member members operation operations request requests result results object objects job jobs",
);
const FAILED_COUNTS: Words = Words("failed failures failure errors error errored faulty");
const REFUSED: Words = Words("rejected invalid refused");

/// Names of several errors, and the words before them that make a setting or a memory of it: `last_errors`, `maxErrors`.
const ERRORS: Words = Words("errors failures faults exceptions");
const NO_ERRORS: Words = Words("last previous old past recent known on max min allow allowed ignore ignored");

/// Flags of an answer that is not whole, and what may stand beside them.
const CUT: Words = Words("partial incomplete degraded stale exceeded");
const OF_ANSWER: Words = Words("result results response data list records items is are has was search query limit transfer size");

/// What has to come first where `login_required` is true.
const SIGN_IN: Words = Words("login auth authentication authorization signin reauth reauthentication");

/// Whether a short text says that something failed: `FAILED`, `search unavailable`, and not `no errors`.
pub(crate) fn says_failed(text: &str) -> bool {
    let words = words_of(text);
    let has = |all: &Words| words.iter().any(|word| all.has(word));
    words.len() <= LONGEST_SIGN && (has(&FAILING) && !has(&NEGATIONS) || FAILING.has(&letters(text)))
}

/// The same of one write, which may have been passed over as well.
pub(crate) fn says_not_done(text: &str) -> bool {
    says_failed(text) || PASSED_OVER.has(&letters(text))
}

/// Whether a message says that something failed. Of one word, `Locked` and `Offline` may be what was asked for.
pub(crate) fn complains(text: &str) -> bool {
    let words = words_of(text);
    let begins = words.first().is_some_and(|first| matches!(&**first, "error" | "fatal" | "exception")) && words.len() > 1;
    !succeeds(text) && (begins || says_failed(text) || words.len() > 1 && is_word_of_failure(text))
}

/// Whether a message or a code says that it was done: `Operation successful`, `USER_UPDATED`, `S0000`.
pub(crate) fn succeeds(text: &str) -> bool {
    let words = words_of(text);
    let has = |all: &Words| words.iter().any(|word| all.has(word));
    let whole = letters(text);
    let number = whole.trim_start_matches(char::is_alphabetic);
    let is_zero = !number.is_empty() && number.bytes().all(|digit| digit == b'0');
    is_zero
        || has(&SUCCEEDED) && !has(&FAILING) && !words.iter().any(|word| matches!(&**word, "already" | "cannot" | "no" | "not" | "never"))
}

/// Whether a code says that a search has come to nothing: `NO_RESULTS`, and not `NO_PERMISSION`.
pub(crate) fn finds_none(code: &str) -> bool {
    words_of(code).first().is_some_and(|first| NEGATIONS.has(first) || first == "empty") && !is_word_of_failure(code)
}

/// Whether a member of this name has what became of a request.
pub(crate) fn tells_outcome(name: &str) -> bool {
    let words = words_of(name);
    let Some((last, before)) = words.split_last() else { return false };
    OUTCOME_NAMES.has(last) && before.iter().all(|word| OF_REQUEST.has(word)) || OUTCOME_NAMES.has(&letters(name))
}

/// Whether a member of this name says whether something was done.
pub(crate) fn tells_done(name: &str) -> bool {
    DONE.has(super::bare_name(&letters(name)))
}

/// What a name in several words tells of a failure.
pub(super) fn telling(name: &str) -> Option<Telling> {
    let words = words_of(name);
    let (last, before) = words.split_last()?;
    let each = |all: &[&Words]| words.iter().all(|word| all.iter().any(|words| words.has(word)));
    let some = |all: &Words| words.iter().any(|word| all.has(word));
    let is_required = last == "required" && !before.is_empty() && before.iter().all(|word| SIGN_IN.has(word));
    match () {
        () if is_required || some(&CUT) && each(&[&CUT, &OF_ANSWER]) => Some(Telling::Flag),
        () if some(&FAILED_COUNTS) && each(&[&FAILED_COUNTS, &COUNTED]) => Some(Telling::Count),
        () if some(&REFUSED) && each(&[&REFUSED, &COUNTED]) => Some(Telling::Refused),
        () if ERRORS.has(last) && !before.iter().any(|word| NO_ERRORS.has(word)) => Some(Telling::Count),
        () => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_says_a_failure_by_its_words() {
        for text in ["FAILED", "timed out", "completed_with_errors", "search unavailable", "VALIDATION_FAILED", "KO", "Incomplete"] {
            assert!(says_failed(text) && complains(text), "{text}");
        }
        for text in ["active", "no errors", "0 failed", "done", "expired", "suspended", "not found", "partner", "Koch"] {
            assert!(!says_failed(text), "{text}");
        }
        for text in ["Internal server error", "Not authenticated.", "Error: the user could not be made because the name is too long"] {
            assert!(complains(text), "{text}");
        }
        for text in ["User has been updated successfully", "out of office", "Locked", "saved", "Welcome to the team"] {
            assert!(!complains(text), "{text}");
        }
    }

    #[test]
    fn a_code_says_a_success_by_its_words() {
        for text in ["SUCCESS", "USER_UPDATED", "user.updated", "OK-200", "A0000", "00", "Operation successful"] {
            assert!(succeeds(text), "{text}");
        }
        for text in ["INTERNAL", "INVALID", "NAME_ALREADY_ADDED", "UPDATE_FAILED", "not saved", "E1001", "denied"] {
            assert!(!succeeds(text), "{text}");
        }
    }

    #[test]
    fn a_name_tells_a_failure_by_its_words() {
        use Telling::{Count, Flag, Refused};
        for (name, tells) in [
            ("failed_count", Some(Count)),
            ("numberRecordsFailed", Some(Count)),
            ("with_errors", Some(Count)),
            ("rejected", Some(Refused)),
            ("invalid_rows", Some(Refused)),
            ("validationErrors", Some(Count)),
            ("user_errors", Some(Count)),
            ("partialResults", Some(Flag)),
            ("incomplete_results", Some(Flag)),
            ("login_required", Some(Flag)),
            ("exceededLimit", Some(Flag)),
            ("failedAttempts", None),
            ("failed_logins", None),
            ("failure_threshold", None),
            ("max_errors", None),
            ("error_rate", None),
            ("allow_partial", None),
            ("two_factor_required", None),
            ("last_errors", None),
            ("name", None),
        ] {
            assert_eq!(telling(name), tells, "{name}");
        }
        for (name, is) in
            [("queryStatus", true), ("@status", true), ("job_result", true), ("previous_status", false), ("employmentStatus", false)]
        {
            assert_eq!(tells_outcome(name), is, "{name}");
        }
    }
}
