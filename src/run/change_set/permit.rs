//! What an approval permits (*Approval*): the operations that the exceeded guards counted, by name, the same or fewer, never more.

use super::{ChangeSet, Finding, Guarded, Operation, Reason, Verdict};
use crate::{compile::system::Collection, state::approvals::Approval};
use std::collections::BTreeSet;

/// The cause of a first run, which waits whatever the guards say.
const FIRST: &str = "the first change set";

/// What holds a change set: each guard that is exceeded, doubts, and that it is the first of its systems.
#[must_use]
pub fn causes(set: &ChangeSet) -> BTreeSet<String> {
    worded_causes(set).map(|(cause, _)| cause).collect()
}

/// Each cause as an approval keeps it, and in words. The sentence says which doubt it is; its numbers may be others tomorrow.
fn worded_causes(set: &ChangeSet) -> impl Iterator<Item = (String, String)> {
    let exceeded = set.head.guards.iter().filter(|guard| !guard.within);
    let guards = exceeded.map(|guard| (guard.what.to_string(), format!("{} {} of {}", guard.what, guard.count, guard.of)));
    let doubts = set.head.doubts.iter().map(|doubt| (doubt.replace(|c: char| c.is_ascii_digit(), ""), doubt.clone()));
    guards.chain(doubts).chain(set.waits_to_be_published().then(|| (FIRST.to_owned(), FIRST.to_owned())))
}

/// The operations that an approval of the change set names: those that the exceeded guards count, or all if its whole input is in doubt.
#[must_use]
pub fn guarded<'s>(set: &'s ChangeSet, target: &Collection) -> Vec<&'s Operation> {
    if doubts_the_input(set) {
        return set.operations.iter().collect();
    }
    let exceeded: Vec<&Guarded> = set.head.guards.iter().filter(|guard| !guard.within).map(|guard| &guard.what).collect();
    set.operations.iter().filter(|operation| exceeded.iter().any(|what| counts(what, operation, target))).collect()
}

/// Whether it is what was read that holds the change set, so that each operation of it has to be approved.
fn doubts_the_input(set: &ChangeSet) -> bool {
    let of_input =
        |what: &Guarded| matches!(what, Guarded::EveryRun | Guarded::Rejected | Guarded::Source | Guarded::Unseen | Guarded::Rekeys);
    let guards = set.head.guards.iter().any(|guard| !guard.within && of_input(&guard.what));
    guards || !set.head.doubts.is_empty() || set.waits_to_be_published()
}

fn counts(what: &Guarded, operation: &Operation, target: &Collection) -> bool {
    let writes = |attribute: &String| operation.written().any(|value| *value.attribute == **attribute);
    let changes = matches!(operation.verdict, Verdict::Update | Verdict::Return);
    match what {
        Guarded::Leavers { .. } | Guarded::EveryLeaver => operation.leaves(target),
        Guarded::Creates => matches!(operation.verdict, Verdict::Create | Verdict::Send),
        Guarded::Updates => operation.verdict == Verdict::Update,
        Guarded::Returns => operation.verdict == Verdict::Return,
        Guarded::UpdatesOf { attribute } | Guarded::ClearsOf { attribute } | Guarded::RemovedFrom { attribute } => {
            changes && writes(attribute)
        }
        Guarded::EveryRun | Guarded::Rejected | Guarded::Source | Guarded::Unseen | Guarded::Rekeys => true,
    }
}

/// What an approval lets a run do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Permitted {
    /// All of the change set.
    Whole,
    /// Of a change set whose input was in doubt: the operations that were approved. The rest waits for the next run.
    Approved,
    /// Nothing of this change set, but what was approved may come again: its record was not read, or is held.
    Later,
    /// Nothing: it holds for another file or state, or something else holds the change set.
    Nothing(String),
}

/// Whether a run may carry out a change set that is held. `named`: the hashes of the operations that were approved and are not spent.
#[must_use]
pub fn permitted(set: &ChangeSet, target: &Collection, approval: &Approval, named: &BTreeSet<String>) -> Permitted {
    if set.head.binding != approval.binding {
        return Permitted::Nothing("the pipeline, a file that it uses or a setting has changed since".to_owned());
    }
    if set.head.lineage != approval.lineage {
        return Permitted::Nothing("it was approved on another state".to_owned());
    }
    if let Some((_, other)) = worded_causes(set).find(|(cause, _)| !approval.causes.contains(cause)) {
        return Permitted::Nothing(format!("{other} holds it too, which nobody approved"));
    }
    let guarded = guarded(set, target);
    let new = guarded.iter().filter(|operation| !named.contains(&operation.hash)).count();
    match (new, doubts_the_input(set)) {
        (0, _) => Permitted::Whole,
        // What was not approved waits for the next run, and not for as long as an approval of nothing holds.
        (_, true) if named.is_empty() => Permitted::Nothing("all that was approved is done".to_owned()),
        (_, true) if new == guarded.len() => Permitted::Later,
        (_, true) => Permitted::Approved,
        (new, false) => Permitted::Nothing(format!("{} were approved before, {new} are new", guarded.len() - new)),
    }
}

impl ChangeSet {
    /// Leaves only the operations of these hashes, without those that wait for another one. The rest is held, and left to the next run.
    pub fn keep_approved(&mut self, approval: &Approval, named: &BTreeSet<String>) {
        let mut left: BTreeSet<String> = BTreeSet::new();
        let (kept, rest): (Vec<_>, Vec<_>) = std::mem::take(&mut self.operations).into_iter().partition(|operation| {
            let kept = named.contains(&operation.hash) && !operation.after.iter().any(|key| left.contains(key));
            if !kept {
                left.insert(operation.key.clone());
            }
            kept
        });
        self.operations = kept;
        for operation in rest {
            self.count_as_held(operation.verdict);
            self.findings.push(Finding {
                verdict: Verdict::Held,
                key: operation.key,
                label: operation.label,
                kind: Reason::LeftOut,
                detail: format!("it is not among what {} approved with {}", approval.by, approval.change_set),
                attribute: None,
                lines: operation.lines,
                target: operation.target,
                accounts: Vec::new(),
                leaves_open: false,
            });
        }
        self.updates.links.retain(|link| !left.contains(&link.key));
    }

    fn count_as_held(&mut self, before: Verdict) {
        // Whoever was not read has no place among the rows.
        let counts =
            if self.ledger.counts.get(&before).is_some_and(|count| *count > 0) { &mut self.ledger.counts } else { &mut self.ledger.absent };
        if let Some(count) = counts.get_mut(&before) {
            *count = count.saturating_sub(1);
            *counts.entry(Verdict::Held).or_default() += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::{
        change_set::{GuardLimit, GuardReport, NewLink},
        tests::{
            fixture::*,
            scenarios::{many, member, person},
        },
    };

    fn approved(set: &ChangeSet) -> (Approval, BTreeSet<String>) {
        let approval = Approval {
            change_set: set.head.id.clone(),
            approved: true,
            binding: set.head.binding.clone(),
            lineage: set.head.lineage.clone(),
            causes: causes(set),
            by: "ada".to_owned(),
            made: set.head.made_at,
            why: String::new(),
            ended: None,
        };
        (approval, BTreeSet::new())
    }

    /// Twenty people, of whom so many leave, and one more whose department changes.
    fn leaving(count: usize) -> Fixture {
        let (source, target, links) = many(20);
        let ends = |(at, line): (usize, &str)| match at {
            at if at < count => line.replacen('}', ", \"contract_end\": \"2026-02-01\"}", 1) + "\n",
            19 => line.replacen('}', ", \"department\": \"Sales\"}", 1) + "\n",
            _ => format!("{line}\n"),
        };
        Fixture::new(&source.lines().enumerate().map(ends).collect::<String>(), &target, &links)
    }

    fn judged(now: &Fixture, before: &Fixture) -> Permitted {
        let set = before.plan_changes();
        let target = before.plan.target.collection();
        let (approval, _) = approved(&set);
        let named = guarded(&set, target).iter().map(|operation| operation.hash.clone()).collect();
        permitted(&now.plan_changes(), target, &approval, &named)
    }

    #[test]
    fn the_same_or_fewer_are_permitted_and_no_more() {
        let before = leaving(9);
        let names = guarded(&before.plan_changes(), before.plan.target.collection()).len();
        assert_eq!(names, 9, "an update that no guard counts needs no approval");
        assert_eq!(judged(&leaving(9), &before), Permitted::Whole);
        assert_eq!(judged(&leaving(8), &before), Permitted::Whole);
        assert_eq!(judged(&leaving(10), &before), Permitted::Nothing("9 were approved before, 1 are new".to_owned()));
    }

    #[test]
    fn another_cause_another_file_and_another_state_are_not_approved() {
        let before = leaving(9);
        let held = before.plan_changes();
        let target = before.plan.target.collection();
        let (approval, _) = approved(&held);
        let named: BTreeSet<String> = guarded(&held, target).iter().map(|operation| operation.hash.clone()).collect();
        let judged = |change: &dyn Fn(&mut ChangeSet)| {
            let mut set = before.plan_changes();
            change(&mut set);
            permitted(&set, target, &approval, &named)
        };
        let doubts = judged(&|set| set.head.doubts.push("3 of 20 linked accounts are missing at once".to_owned()));
        assert!(
            matches!(&doubts, Permitted::Nothing(why) if why.starts_with("3 of 20 linked accounts are missing at once holds")),
            "{doubts:?}"
        );
        let edited = judged(&|set| set.head.binding.push('x'));
        assert!(matches!(&edited, Permitted::Nothing(why) if why.contains("has changed since")), "{edited:?}");
        let restored = judged(&|set| set.head.lineage.push('x'));
        assert!(matches!(&restored, Permitted::Nothing(why) if why.contains("another state")), "{restored:?}");
    }

    /// Of an input in doubt, each operation is approved by name, and the rest is held.
    #[test]
    fn what_was_not_approved_of_a_doubtful_input_is_held() {
        let (mut before, mut now) = (leaving(2).plan_changes(), leaving(3).plan_changes());
        let target = leaving(2);
        let target = target.plan.target.collection();
        before.head.doubts.push("5 of 20 linked accounts are missing at once".to_owned());
        now.head.doubts.push("6 of 20 linked accounts are missing at once".to_owned());
        let (approval, _) = approved(&before);
        let named: BTreeSet<String> = guarded(&before, target).iter().map(|operation| operation.hash.clone()).collect();
        assert_eq!(named.len(), 3, "two leave, one is updated");
        assert_eq!(permitted(&now, target, &approval, &named), Permitted::Approved);
        let done = permitted(&now, target, &approval, &BTreeSet::new());
        assert!(matches!(&done, Permitted::Nothing(why) if why.contains("is done")), "what is new waits for the next run alone: {done:?}");
        let mut waits = now.clone();
        waits.operations.retain(|operation| !named.contains(&operation.hash));
        assert_eq!(waits.operations.len(), 1);
        assert_eq!(permitted(&waits, target, &approval, &named), Permitted::Later, "what was approved is not here, and not done");
        now.keep_approved(&approval, &named);
        assert_eq!((now.operations.len(), now.ledger.count(Verdict::Held)), (3, 1));
        assert!(now.findings.iter().any(|finding| finding.key == "00003" && finding.kind == Reason::LeftOut), "{:?}", now.findings);
    }

    /// One who leaves, one whose department changes, one who returns and one who is new, with a department.
    fn one_of_each() -> Fixture {
        let source = person("1", "A", "a@x.com", r#""contract_end": "2026-02-01""#)
            + &person("2", "B", "b@x.com", r#""department": "Sales""#)
            + &person("3", "C", "c@x.com", "")
            + &person("4", "D", "d@x.com", r#""department": "Sales""#);
        let target = member("m1", "1", "A", "a@x.com", "")
            + &member("m2", "2", "B", "b@x.com", "")
            + &member("m3", "3", "C", "c@x.com", r#""active": false"#);
        Fixture::new(&source, &target, "1=m1\n2=m2\n3=m3 left 2026-01-31")
    }

    #[test]
    fn each_guard_names_the_operations_that_it_counts() {
        let fixture = one_of_each();
        let target = fixture.plan.target.collection();
        let names = |what: Guarded| {
            let mut set = fixture.plan_changes();
            assert_eq!(set.operations.len(), 4);
            let report = GuardReport { what, count: 1, of: 3, limit: GuardLimit::Approval, allowed: 0, within: false, line: None };
            set.head.guards = vec![GuardReport { within: true, what: Guarded::EveryRun, ..report.clone() }, report];
            let mut keys: Vec<String> = guarded(&set, target).iter().map(|operation| operation.key.clone()).collect();
            keys.sort_unstable();
            keys.concat()
        };
        let of = |attribute: &str| attribute.to_owned();
        assert_eq!(names(Guarded::LEAVERS), "1");
        assert_eq!(names(Guarded::EveryLeaver), "1");
        assert_eq!(names(Guarded::Updates), "2");
        assert_eq!(names(Guarded::Returns), "3");
        assert_eq!(names(Guarded::Creates), "4");
        assert_eq!(names(Guarded::UpdatesOf { attribute: of("division") }), "2", "who is new is no change");
        assert_eq!(names(Guarded::ClearsOf { attribute: of("active") }), "3", "who leaves is no change");
        assert_eq!(names(Guarded::RemovedFrom { attribute: of("manager") }), "");
        assert_eq!(names(Guarded::Rekeys), "1234", "what was read is in doubt");
    }

    /// The link of an operation that waits is made with it.
    #[test]
    fn whoever_waits_is_not_linked() {
        let mut set = one_of_each().plan_changes();
        let (approval, _) = approved(&set);
        let link = |key: &str| NewLink { key: key.to_owned(), target: format!("m{key}"), by: "email".to_owned() };
        set.updates.links = vec![link("2"), link("4"), link("5")];
        let named = set.operations.iter().filter(|operation| operation.key == "2").map(|operation| operation.hash.clone()).collect();
        set.keep_approved(&approval, &named);
        assert_eq!(set.updates.links.iter().map(|link| link.key.as_str()).collect::<Vec<_>>(), ["2", "5"]);
    }
}
