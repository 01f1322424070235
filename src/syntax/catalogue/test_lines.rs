//! The lines of a test.

use super::entry::Entry;
use crate::syntax::grammar::Rule as R;

const TEST: &[R] = &[R::test_block];

pub(super) const ENTRIES: &[Entry] = &[
    Entry::new("today", R::today_line, TEST, "Sets the day on which the test takes place.", "today 2026-03-01").once(),
    Entry::new("now", R::now_line, TEST, "Sets the instant at which the test takes place.", "now 2026-03-01T09:00:00Z").once(),
    Entry::new("setting", R::test_setting_line, TEST, "Gives a setting a value.", "setting language = \"fr\""),
    Entry::new("given", R::given_line, TEST, "Gives a record to the source, the target or another collection; from a file, as raw JSON, or none at all.", "given source { number = \"112\" }").with("source target from none raw"),
    Entry::new("answers", R::answers_line, TEST, "Takes the answers of a system from a recorded file.", "answers staff from \"answers.json\"").with("from"),
    Entry::new("linked", R::linked_line, TEST, "Links two records before the run; with `left`, of a person who left on that day.", "linked \"112\" = \"83\" left 2026-01-01").with("left in"),
    Entry::new("first run", R::first_run_line, TEST, "Makes the test a first run, which links and closes nobody.", "first run"),
    Entry::new("expect", R::expect_line, TEST, "Says what is to happen to a record, or that nothing else changes.", "expect leave \"112\" { active = false }").with("no other changes incomplete read held by create update leave delete return unchanged waiting missing rejected already left unread out of scope done failed conflict after as"),
];
