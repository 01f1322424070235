//! The blocks of a pipeline: `match`, `map`, `leaver` and `guard`.

use super::entry::Entry;
use crate::syntax::grammar::Rule as R;

const MAP: &[R] = &[R::map_block];
const LEAVER: &[R] = &[R::leaver_block];
const GUARD: &[R] = &[R::guard_block];

pub(super) const ENTRIES: &[Entry] = &[
    Entry::new("ignoring case", R::ignoring_case, &[R::match_block], "Compares without regard to upper and lower case.", "email = person.email ignoring case"),
    Entry::new("call", R::map_call, MAP, "Makes a call of the target in addition to the write.", "call invite on create once"),
    Entry::new("on create", R::mod_on_create, MAP, "Writes only when the record is created.", "welcome = true on create"),
    Entry::new("on update", R::mod_on_update, MAP, "Writes only when the record exists already.", "name = person.name on update"),
    Entry::new("on conflict", R::mod_on_conflict, MAP, "Says who wins where two pipelines write both ways and both sides have changed.", "email = person.email on conflict newest then this").with("newest then this other hold"),
    Entry::new("keep when missing", R::mod_keep, MAP, "Leaves the existing value in place where the new one is missing; `absent`: where it was not sent at all.", "name = person.name keep when missing").with("absent"),
    Entry::new("clear when missing", R::mod_clear, MAP, "Empties the attribute where the value is missing; `absent`: where it was not sent at all.", "name = person.name clear when missing").with("absent"),
    Entry::new("when", R::mod_when, MAP, "Writes only where the condition is true.", "name = person.name when person.active"),
    Entry::new("once", R::mod_once, MAP, "Writes once for each person and account.", "welcome = true once"),
    Entry::new("ignoring case", R::mod_case, MAP, "Ignores differences of upper and lower case.", "email = person.email ignoring case"),
    Entry::new("ignoring order", R::mod_order, MAP, "Ignores the order of a list.", "teams = person.teams ignoring order"),
    Entry::new("exactly", R::mod_exactly, MAP, "Owns the whole list: values that others added are removed.", "teams = person.teams exactly").default("what this pipeline added may be removed, what others added stays"),
    Entry::new("only add", R::mod_only_add, MAP, "Adds to a list and removes nothing.", "teams = person.teams only add"),
    Entry::new("when", R::leaver_when, LEAVER, "Gives a condition under which a linked record leaves.", "when person.left_on < today as \"left\"").with("as"),
    Entry::new("when missing for", R::leaver_missing, LEAVER, "Makes a record leave that is missing from this number of complete reads, or for this long.", "when missing for 3 runs at least 1 day apart").with("runs at least apart"),
    Entry::new("when out of scope", R::leaver_scope, LEAVER, "Makes a record leave that is no longer in scope.", "when out of scope"),
    Entry::new("after", R::leaver_after, LEAVER, "Adds a later step, this long after the first lines were carried out.", "after 60 days {\n  delete\n}"),
    Entry::new("on return", R::leaver_return, LEAVER, "Says what happens when a person comes back, before `map`.", "on return {\n  set active = true\n}").once(),
    Entry::new("protect when", R::leaver_protect, LEAVER, "Names accounts that nothing in this pipeline touches.", "protect when current.role == \"admin\" as \"administrator\"").with("as"),
    Entry::new("enforce", R::leaver_enforce, LEAVER, "Closes an account again that was opened after its owner left.", "enforce"),
    Entry::new("set", R::set_action, &[R::leaver_block, R::action_block, R::closed_block], "Writes one attribute of the account.", "set active = false"),
    Entry::new("call", R::call_action, &[R::leaver_block, R::action_block], "Makes a call of the target.", "call deactivate once").with("once"),
    Entry::new("delete", R::delete_action, &[R::leaver_block, R::action_block], "Deletes the account.", "delete"),
    Entry::new("create again", R::create_again, &[R::action_block, R::leaver_block], "Creates the account of a person who comes back, where it was deleted.", "create again"),
    Entry::new("at most", R::guard_most, GUARD, "Limits how many leavers, creates, updates, returns, changes of key, cleared values or failures one run may have; with `over`, all runs of that period.", "leavers at most 10% or 5 over 7 days").with("leavers creates updates of returns rekeys clears failures or over"),
    Entry::new("source at least", R::guard_source, GUARD, "Says how large the source must be, compared with the highest count of the last 30 days.", "source at least 80% of last run").with("of last run"),
    Entry::new("approve", R::guard_approve, GUARD, "Holds every run, or every run with leavers, until a person approves it.", "approve every run").with("every run leavers"),
    Entry::new("hold leavers", R::guard_hold, GUARD, "Holds only the leavers if a limit is exceeded, and lets the run do the rest.", "hold leavers"),
];
