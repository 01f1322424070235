//! What must be true after every run, by the rules of judgement alone: this knows the company and the accounts as they are in truth,
//! and nothing of how the engine judges.

use super::{
    company::{Company, Row},
    files::{Files, Leaving, READS},
    vendor::{Account, Vendors, Write},
};
use counterpart::{
    engine::{RunEnd, RunReport, decide::Wish},
    run::change_set::{ChangeSet, Outcome, Reason, Verdict},
    state::decisions::Choice,
    systems::End,
};
use jiff::{SignedDuration, Timestamp, civil::Date};
use std::collections::{BTreeMap, BTreeSet};

/// What must never happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Invariant {
    /// No account of a person who is here is closed.
    ClosedWhoIsHere,
    /// No account is closed by absence before the declared number of reads.
    ClosedTooEarly,
    /// No person has two accounts, and no two accounts have one address.
    Twice,
    /// No person is taken for another.
    TakenForAnother,
    /// Protected accounts, those of strangers, and those closed by hand stay as they are.
    NotOurs,
    /// The account of a person who has left is closed.
    NotClosed,
    /// A person who is here has an account as the pipeline makes it.
    NotInStep,
    /// A record that waits has a reason that a person can read.
    NoReason,
    /// No person with an ordinary life is held.
    HeldForNothing,
    /// A second run writes nothing.
    WritesAgain,
    /// The rows of the ledger add up to the records read.
    DoesNotAddUp,
    /// A run on a good day ends well.
    Fails,
}

#[derive(Clone, Debug)]
pub struct Violation {
    pub invariant: Invariant,
    pub key: String,
    pub what: String,
}

fn violation(invariant: Invariant, key: &str, what: impl Into<String>) -> Violation {
    Violation { invariant, key: key.to_owned(), what: what.into() }
}

/// In how many complete reads in succession a key was missing: at least and at most, because a run that was killed may have counted.
#[derive(Clone, Copy, Debug, Default)]
struct Absent {
    least: (u64, Option<Timestamp>),
    most: (u64, Option<Timestamp>),
}

const APART: SignedDuration = SignedDuration::from_hours(20);

impl Absent {
    fn count(of: &mut (u64, Option<Timestamp>), now: Timestamp) {
        if of.1.is_none_or(|last| now.duration_since(last) >= APART) {
            *of = (of.0 + 1, Some(now));
        }
    }
}

/// What the model remembers between runs.
#[derive(Default)]
pub struct Model {
    absent: BTreeMap<String, Absent>,
    /// Keys that an applied run left with the account that they should have: no other key can be missing.
    linked: BTreeSet<String>,
    /// Keys of which a person decided that everything stays as it is: nothing has to be said of them.
    kept: BTreeSet<String>,
    /// Keys of which a person decided that they get a new account, and claim none that there is.
    new: BTreeSet<String>,
    /// Accounts of which a person decided that they leave, whoever else claims them.
    leaving: BTreeSet<String>,
    /// By account: the key of the record to which a person decided that it belongs.
    named: BTreeMap<String, String>,
    /// Days on which a person waited, by the reason.
    pub waits: BTreeMap<String, u64>,
}

/// A run as the model sees it.
pub struct Seen<'a> {
    pub vendors: &'a Vendors,
    pub files: &'a Files,
    pub now: Timestamp,
    pub today: Date,
}

impl Seen<'_> {
    fn company(&self) -> &Company {
        &self.vendors.company
    }

    fn is_here(&self, row: &Row) -> bool {
        match self.files.leaving {
            Leaving::ByDay => row.is_here(self.today),
            Leaving::ByAbsence => row.listed,
        }
    }

    fn in_scope(&self, row: &Row) -> bool {
        row.email.is_some() && self.files.takes(row.department.as_deref())
    }

    /// A current record whose account this is, or that claims it.
    fn claim<'a>(&'a self, account: &Account) -> Option<&'a Row> {
        let owns = |row: &&Row| account.external_id.as_deref() == Some(row.key.as_str());
        let wants = |row: &&Row| self.in_scope(row) && row.email.as_ref().is_some_and(|email| email.eq_ignore_ascii_case(&account.email));
        let here = || self.company().rows.iter().filter(|row| self.is_here(row));
        here().find(owns).or_else(|| here().find(wants))
    }
}

impl Model {
    /// What a person decided prevails (decision table, b), for this key and account alone (rule 7). Not `certain` if the process was
    /// killed meanwhile.
    pub fn decide(&mut self, wish: &Wish, certain: bool) {
        let key = wish.key.clone();
        if certain {
            self.kept.remove(&key);
            self.new.remove(&key);
        }
        match (wish.choice, &wish.account) {
            (Choice::Keep, _) => drop(self.kept.insert(key)),
            (Choice::New, _) => drop(self.new.insert(key)),
            (Choice::Leave, Some(account)) => drop(self.leaving.insert(account.clone())),
            (Choice::Link, Some(account)) => drop(self.named.insert(account.clone(), key)),
            _ => {}
        }
    }

    /// Whether a person decided that the record of another person has no claim on this account: the account leaves, or the record gets
    /// a new one (rule 7: `new`).
    fn is_decided(&self, account: &Account, row: &Row) -> bool {
        let decided = self.leaving.contains(&account.id.to_string()) || self.new.contains(&row.key);
        decided && account.human != Some(row.human)
    }

    /// A run has read the source; `applied` if it counted for certain.
    pub fn read(&mut self, seen: &Seen<'_>, applied: bool) {
        let rows = &seen.company().rows;
        let shown = |row: &&Row| row.listed && !row.nameless && !seen.vendors.hr.hidden.contains(&row.key);
        let listed: BTreeSet<&str> = rows.iter().filter(shown).map(|row| row.key.as_str()).collect();
        // A record without a key may be anybody's: the read proves the absence of nobody (rule 13).
        let proves = !rows.iter().any(|row| row.listed && row.nameless);
        for row in rows {
            let absent = self.absent.entry(row.key.clone()).or_default();
            let is_listed = listed.contains(row.key.as_str());
            match (is_listed, applied) {
                (true, true) => *absent = Absent::default(),
                (true, false) => absent.least = (0, None),
                (false, _) if !proves => {}
                (false, true) => {
                    Absent::count(&mut absent.least, seen.now);
                    Absent::count(&mut absent.most, seen.now);
                }
                (false, false) => Absent::count(&mut absent.most, seen.now),
            }
        }
    }

    /// What the writes of a run must not be.
    pub fn judge_writes(&self, seen: &Seen<'_>, writes: &[Write]) -> Vec<Violation> {
        writes.iter().flat_map(|write| self.judge_write(seen, write)).collect()
    }

    fn judge_write(&self, seen: &Seen<'_>, write: &Write) -> Vec<Violation> {
        let mut found = Vec::new();
        let account = write.before.as_ref().or(write.after.as_ref()).expect("a write has one or the other");
        let key = account.external_id.clone().unwrap_or_default();
        let closes = write.before.as_ref().is_some_and(|before| before.active) && write.after.as_ref().is_none_or(|after| !after.active);
        let deletes = write.after.is_none();
        if closes || deletes {
            if let Some(row) = seen.claim(account).filter(|row| !self.is_decided(account, row)) {
                let what = format!("account {} is {} while {} is here", account.id, if deletes { "deleted" } else { "closed" }, row.key);
                found.push(violation(Invariant::ClosedWhoIsHere, &row.key, what));
            } else if seen.files.leaving == Leaving::ByAbsence && !deletes {
                let absent = self.absent.get(&key).map_or(0, |absent| absent.most.0);
                if absent < READS {
                    let what = format!("account {} is closed after {absent} complete reads without {key}", account.id);
                    found.push(violation(Invariant::ClosedTooEarly, &key, what));
                }
            }
        }
        if let (true, Some(before)) = (deletes, &write.before)
            && before.active
        {
            found.push(violation(Invariant::NotOurs, &key, format!("account {} is deleted, and it is open", before.id)));
        }
        if let Some(before) = &write.before {
            found.extend(Self::not_ours(before, write, (&key, seen.files.reopens)));
        }
        if let Some(after) = &write.after {
            found.extend(Self::doubled(seen, write, after));
        }
        found
    }

    fn not_ours(before: &Account, write: &Write, (key, reopens): (&str, bool)) -> Vec<Violation> {
        let mut found = Vec::new();
        if before.role.as_deref() == Some("admin") {
            found.push(violation(Invariant::NotOurs, key, format!("account {} is an administrator's, and is written", before.id)));
        }
        if before.human.is_none() && write.after.as_ref().is_none_or(|after| after.human.is_none()) {
            found.push(violation(Invariant::NotOurs, key, format!("account {} is a stranger's, and is written", before.id)));
        }
        let opens = !before.active && write.after.as_ref().is_some_and(|after| after.active);
        if opens && !before.closed_here && !reopens {
            found.push(violation(Invariant::NotOurs, key, format!("account {} was closed by hand, and is opened", before.id)));
        }
        found
    }

    fn doubled(seen: &Seen<'_>, write: &Write, after: &Account) -> Vec<Violation> {
        let mut found = Vec::new();
        let key = after.external_id.clone().unwrap_or_default();
        let changed = write.before.as_ref().is_none_or(|before| before.email != after.email || before.external_id != after.external_id);
        // Two people may have one address where the files do not call it unique.
        let counts = |twin: &&Account| seen.files.refuses_doubles || twin.human == after.human || twin.external_id == after.external_id;
        let twins = seen.vendors.accounts.iter().filter(|account| write.twins.contains(&account.id)).filter(counts);
        let twins: Vec<u64> = twins.map(|twin| twin.id).collect();
        if !twins.is_empty() && changed {
            found.push(violation(Invariant::Twice, &key, format!("account {} has what {twins:?} have", after.id)));
        }
        let row = seen.company().row(&key);
        if write.before.is_none() && !row.is_some_and(|row| seen.is_here(row) && seen.in_scope(row)) {
            found.push(violation(
                Invariant::TakenForAnother,
                &key,
                format!("account {} is created for a key without a person who is here", after.id),
            ));
        }
        let is_given = |before: &&Account| before.external_id != after.external_id;
        if let (Some(before), Some(row)) = (write.before.as_ref().filter(is_given), row)
            && let Some(human) = before.human.filter(|human| *human != row.human && is_told(seen, *human, before))
        {
            let what = format!("account {} of person {human} becomes that of person {}", after.id, row.human);
            found.push(violation(Invariant::TakenForAnother, &key, what));
        }
        found
    }

    /// What must be true after a run that was applied, on a day on which the source showed every record as it is.
    pub fn judge_end(&mut self, seen: &Seen<'_>, report: &RunReport) -> Vec<Violation> {
        let mut found = Vec::from_iter(add_up(&report.set));
        if report.end == RunEnd::Stopped || !is_complete(&report.set) {
            return found;
        }
        for row in &seen.company().rows {
            let account = seen.vendors.accounts.iter().find(|account| account.external_id.as_deref() == Some(row.key.as_str()));
            let wrong = if self.has_left(seen, row) {
                account.filter(|account| account.active).map(|account| (Invariant::NotClosed, format!("account {} is open", account.id)))
            } else if row.listed && row.is_clear() && seen.is_here(row) && seen.in_scope(row) {
                let wrong = out_of_step(row, account).map(|what| (Invariant::NotInStep, what));
                if wrong.is_none() {
                    self.linked.insert(row.key.clone());
                }
                wrong
            } else {
                None
            };
            let Some((invariant, what)) = wrong else { continue };
            let mut reasons = said_about(report, &row.key);
            if reasons.is_empty() && invariant == Invariant::NotClosed {
                // Whose number has changed is told of under the new one, once a person has linked it to the account.
                let is_named = |key: &String| account.is_some_and(|account| self.named.get(&account.id.to_string()) == Some(key));
                let other_numbers = seen.company().rows.iter().filter(|other| other.human == row.human && other.key != row.key);
                let other_numbers = other_numbers.filter(|other| other.listed || is_named(&other.key));
                reasons.extend(other_numbers.flat_map(|other| said_about(report, &other.key)));
            }
            match reasons.first() {
                None if self.kept.contains(&row.key) || account.is_some_and(|account| self.is_kept_by_another(seen, account, row)) => {}
                None => found.push(violation(invariant, &row.key, format!("{what}, and nothing is said about it"))),
                Some((_, words)) if words.trim().is_empty() => found.push(violation(Invariant::NoReason, &row.key, what)),
                Some((Some(kind), words)) if seen.company().plain.contains(&row.human) && !is_excuse(kind, seen.files) => {
                    found.push(violation(Invariant::HeldForNothing, &row.key, format!("{what}: {kind}, {words}")));
                }
                Some((kind, _)) => {
                    let kind = kind.as_ref().map_or_else(|| "not done".to_owned(), ToString::to_string);
                    *self.waits.entry(format!("{invariant:?}: {kind}")).or_default() += 1;
                }
            }
        }
        found
    }

    /// Whether the account is that of another record of the same person by now, of which a person decided that everything stays as it is.
    /// By *Decisions by name* the link of the old number has moved (`link`: "the link moves with all that is known of it"), so that nobody
    /// leaves with the account, and it waits no more (`keep`: "link and account stay as they are, and nobody is asked").
    fn is_kept_by_another(&self, seen: &Seen<'_>, account: &Account, row: &Row) -> bool {
        let kept = self.named.get(&account.id.to_string()).filter(|key| **key != row.key && self.kept.contains(*key));
        kept.and_then(|key| seen.company().row(key)).is_some_and(|other| other.human == row.human)
    }

    fn has_left(&self, seen: &Seen<'_>, row: &Row) -> bool {
        match seen.files.leaving {
            Leaving::ByDay => row.listed && row.is_clear() && row.end.is_some_and(|end| end < seen.today),
            Leaving::ByAbsence => {
                !row.listed && self.linked.contains(&row.key) && self.absent.get(&row.key).is_some_and(|absent| absent.least.0 >= READS)
            }
        }
    }
}

/// Whether anything tells that an account is a person's: it was linked, or a record in scope finds it by its address. By rule 6 the
/// account is shared then. A record out of scope finds no account (rule 30, and the decision table: "not held"), nor does one with
/// another address by now; so an account that was never linked goes with an address that was handed on.
fn is_told(seen: &Seen<'_>, human: u32, account: &Account) -> bool {
    let finds = |row: &Row| row.email.as_ref().is_some_and(|email| email.eq_ignore_ascii_case(&account.email));
    let mut rows = seen.company().rows.iter().filter(|row| row.human == human && row.listed);
    account.external_id.is_some() || rows.any(|row| seen.in_scope(row) && finds(row))
}

fn is_complete(set: &ChangeSet) -> bool {
    [&set.head.source.end, &set.head.target.end].into_iter().all(|end| matches!(end, End::Complete { .. }))
}

fn add_up(set: &ChangeSet) -> Option<Violation> {
    let sum: u64 = set.ledger.counts.values().sum();
    let what = format!("{} records were read, and the ledger has {sum}", set.ledger.read);
    (sum != set.ledger.read).then(|| violation(Invariant::DoesNotAddUp, "", what))
}

fn out_of_step(row: &Row, account: Option<&Account>) -> Option<String> {
    let Some(account) = account else { return Some("there is no account".to_owned()) };
    let same_address = row.email.as_ref().is_some_and(|email| email.eq_ignore_ascii_case(&account.email));
    if !account.active {
        Some(format!("account {} is closed", account.id))
    } else if account.name != row.name || !same_address {
        Some(format!("account {} is {} {}", account.id, account.name, account.email))
    } else if row.department.is_some() && account.department != row.department {
        Some(format!("account {} has the department {:?}", account.id, account.department))
    } else {
        None
    }
}

/// Whether a reason may keep an ordinary person waiting: one with a single record and address, whose account nobody else changes.
fn is_excuse(kind: &Reason, files: &Files) -> bool {
    match kind {
        Reason::Return => !files.returns,
        Reason::Ambiguous
        | Reason::RulesDisagree
        | Reason::Taken
        | Reason::Shared
        | Reason::DuplicateKey
        | Reason::Merged
        | Reason::AccountMissing
        | Reason::ClosedByHand
        | Reason::OpenedAgain
        | Reason::BothChanged
        | Reason::ChangedHands
        | Reason::Protected
        | Reason::SamePerson
        | Reason::ValueTaken => false,
        _ => true,
    }
}

/// What a run says about a key.
fn said_about(report: &RunReport, key: &str) -> Vec<(Option<Reason>, String)> {
    let set = &report.set;
    let findings = set.findings.iter().filter(|finding| finding.key == key);
    let findings = findings.map(|finding| (Some(finding.kind.clone()), format!("{} {}", finding.kind, finding.detail)));
    let outcomes = set.operations.iter().zip(&report.outcomes).filter(|(operation, _)| operation.key == key);
    let outcomes = outcomes.filter_map(|(_, outcome)| words(outcome).map(|words| (None, words)));
    let coming = set.head.coming.iter().filter(|coming| coming.key == key).map(|coming| (None, coming.words()));
    let unsettled = set.head.unsettled.iter().filter(|one| one.key == key).map(|one| (None, format!("{} is not kept", one.attribute)));
    // An update may say what it leaves as it is: `closed by hand, stays closed`.
    let updates = set.of(Verdict::Update).filter(|operation| operation.key == key);
    let updates = updates.filter_map(|operation| operation.reason.clone().map(|words| (None, words)));
    findings.chain(outcomes).chain(coming).chain(unsettled).chain(updates).collect()
}

fn words(outcome: &Outcome) -> Option<String> {
    match outcome {
        Outcome::Done => None,
        Outcome::Failed { message, .. }
        | Outcome::Conflict { message, .. }
        | Outcome::Unknown { message }
        | Outcome::NotShown { message }
        | Outcome::NotMade { message, .. }
        | Outcome::NotKept { message, .. } => Some(message.clone()),
        Outcome::NotAttempted { why } => Some(why.clone()),
        Outcome::Perhaps { call } => Some(format!("{call} is perhaps not sent")),
    }
}
