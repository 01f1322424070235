//! The statements of a pipeline.

use super::entry::Entry;
use crate::syntax::grammar::Rule as R;

const PIPELINE: &[R] = &[R::pipeline_block];

pub(super) const ENTRIES: &[Entry] = &[
    Entry::new("from", R::from_stmt, PIPELINE, "Names the collection that records are read from, and what a record is called in this pipeline.", "from staff.people as person").once_checked().with("as"),
    Entry::new("to", R::to_stmt, PIPELINE, "Names the collection that records are written to.", "to library.readers").once_checked(),
    Entry::new("zone", R::zone_stmt, PIPELINE, "Sets the time zone of `today`, of schedules and of days.", "zone \"Europe/Paris\"").once_checked(),
    Entry::new("enabled when", R::enabled_stmt, PIPELINE, "Switches the pipeline off while a condition on settings is false.", "enabled when setting.on").once_checked().default("always"),
    Entry::new("schedule", R::schedule_stmt, PIPELINE, "Says when the pipeline is meant to run: every so often, daily, weekly, by a cron line, or after another pipeline. This version has no scheduler.", "schedule daily at 02:00").once_checked().default("only when started by hand").with("every daily weekly at on cron after monday tuesday wednesday thursday friday saturday sunday"),
    Entry::new("since last run", R::since_stmt, PIPELINE, "Reads only what changed since the last run; `lookback` reads a little more, `full every` says how often everything is read.", "since last run, lookback 1 h, full every 7 days").once_checked().default("everything is read").with("lookback full every from"),
    Entry::new("join", R::join_stmt, PIPELINE, "Adds the record of another collection for which the condition is true, one or none; with `many`, all of them.", "join crm.contacts as contact on contact.number == person.number").with("as many on"),
    Entry::new("for each", R::for_each_stmt, PIPELINE, "Makes a row for each element of a list.", "for each team in person.teams").once_checked().with("in"),
    Entry::new("field", R::field_stmt, PIPELINE, "Gives a value a name.", "field email = person.email | trim | lower"),
    Entry::new("include when", R::include_stmt, PIPELINE, "Leaves only the records in scope for which the condition is true. Records out of scope are left alone.", "include when person.email is present as \"has an e-mail address\"").default("all records"),
    Entry::new("exclude when", R::exclude_stmt, PIPELINE, "Puts the records for which the condition is true out of scope.", "exclude when person.team == \"Contractors\" as \"contractor\"").default("no record"),
    Entry::new("key", R::key_stmt, PIPELINE, "Identifies a record of the source permanently. A personnel number does; an e-mail address can change.", "key person.number").once_checked().default("the key of the source collection"),
    Entry::new("one per key", R::one_per_key_stmt, PIPELINE, "Says which of two rows with the same key counts.", "one per key prefer person.active == true, then latest person.seen").once_checked().default("both are held").with("prefer then latest"),
    Entry::new("match", R::match_stmt, PIPELINE, "Finds the counterpart of a record that has no link yet. All lines are asked; where they disagree the record is held.", "match {\n  card = person.number\n}").once_checked().with("one by and"),
    Entry::new("mode", R::mode_stmt, PIPELINE, "Says what a run may do: create, update, both, or append events that are sent once.", "mode create and update").once_checked().with("create update append and"),
    Entry::new("map", R::map_stmt, PIPELINE, "Says what is written to each attribute of the target.", "map {\n  name = person.name\n}").once_checked(),
    Entry::new("leaver", R::leaver_stmt, PIPELINE, "Says who leaves, and what happens to the account.", "leaver {\n  when person.left_on < today as \"left\"\n  set active = false\n}").default("nobody leaves"),
    Entry::new("guard", R::guard_stmt, PIPELINE, "Limits what one run may do; if a limit is exceeded, nothing is written until a person approves.", "guard {\n  leavers at most 10% or 5\n}"),
    Entry::new("maximum age", R::maximum_age_stmt, PIPELINE, "Limits how old the records that were read may be when a change is written.", "maximum age 6 h").once_checked().default("6 hours to close an account, 24 hours for any other change"),
    Entry::new("show", R::show_stmt, PIPELINE, "Names attributes of the target that reports print with each record.", "show name, email"),
    Entry::new("notify", R::notify_stmt, PIPELINE, "Names who is to be notified after each run, after a failed run, or when something is held. This version sends no e-mail.", "notify \"it@example.com\" after failed run").with("after each failed run when held"),
    Entry::new("on lost counterpart", R::on_lost_stmt, PIPELINE, "Says what happens when a linked account is missing from the target: a person decides, it is created again, or the link is forgotten.", "on lost counterpart create again").once_checked().default("`hold`").with("hold create again unlink"),
    Entry::new("on closed by hand", R::on_closed_stmt, PIPELINE, "Says what happens when somebody closed the account of a person who is in scope.", "on closed by hand set active = true").once_checked().default("`hold`").with("hold set"),
    Entry::new("on incomplete read", R::on_incomplete_stmt, PIPELINE, "Says whether a run stops when the source was not read completely, or updates linked accounts only.", "on incomplete read continue").once_checked().default("`stop`").with("stop continue"),
];
