//! What a job says that has not ended, or that has ended without being done.

use super::usual::{Words, letters, words_of};

/// What a job says that has not ended.
pub(crate) const RUNNING: [&str; 58] = [
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
    "not started",
    "retrying",
    "retry",
    "paused",
    "suspended",
    "on hold",
    "held",
    "blocked",
    "busy",
    "idle",
    "loading",
    "validating",
    "initializing",
    "partial",
    "draft",
    "registered",
    "received",
    "acknowledged",
    "opened",
    "validated",
    "parsed",
    "uploaded",
    "prepared",
    "staged",
    "planned",
    "requested",
    "initiated",
    "triggered",
    "launched",
    "dispatched",
    "assigned",
    "deferred",
    "delayed",
    "resumed",
    "rescheduled",
    "in review",
    "under review",
    "in validation",
    "incomplete",
];

/// What a job says that has ended without being done.
pub(crate) const FAILED: Words = Words(
    "failed failing fail failure error errored errors exception fault cancelled canceled cancelling canceling skipped aborted aborting \
     expired timeout timedout rejected refused killed terminated stopped stopping crashed unknown invalid ko nok stalled stuck hung dead \
     halted interrupted abandoned broken",
);

/// What a job says that has not ended, and an account that was made.
pub(crate) const MADE: Words = Words("created active open");

/// Parts of what it says that was done in part, or badly: `completed_with_errors`, `partially_completed`.
const IN_PART: Words = Words("partial partially failures warning warnings issues problems exceptions rejects");

/// Words by which none of these is meant: `finished_without_errors`, `no_warnings`.
const NONE: Words = Words("no none without zero nothing 0");

/// The steps of a job before its work, whose end is not the end of the job: `UploadComplete`.
const STEPS: Words = Words(
    "upload uploads uploading download downloading transfer validation validating staging preparation preparing extraction submission \
     parsing queueing queuing fetch fetching scan scanning check part step stage phase first",
);

/// How an end is said.
const ENDED: Words = Words("complete completed done finished ended end succeeded success successful");

/// Words that end as those of something that goes on.
const THINGS: Words = Words("everything nothing something anything thing string missing existing");

/// Whether a word, in small letters alone, is what a job says that has not ended.
pub(crate) fn is_running(word: &str) -> bool {
    RUNNING.iter().any(|known| letters(known) == word)
}

/// Whether a job that says this is not done: it goes on, it has failed, or some of it has.
pub(crate) fn is_unfinished(text: &str) -> bool {
    let (whole, words) = (letters(text), words_of(text));
    let any = |known: &Words| words.iter().any(|word| known.has(word));
    let goes_on = |word: &String| word.ends_with("ing") && !THINGS.has(word);
    is_running(&whole)
        || FAILED.has(&whole)
        || IN_PART.has(&whole)
        || !any(&NONE) && (any(&FAILED) || any(&IN_PART))
        || words.len() <= 3 && words.iter().any(goes_on) && !any(&ENDED) && !any(&NONE)
        || words.len() == 2 && any(&STEPS) && any(&ENDED)
}
