//! The expected result of each run over the seed data.

use super::cast::{BAD_NAME, DOUBLE, Fate, Part, Person, changed};
use serde_json::{Value as Json, json};
use std::collections::{BTreeMap, BTreeSet};

/// The expected result of one run: the keys of each verdict.
#[derive(Default)]
struct Expected {
    unchanged: usize,
    keys: BTreeMap<&'static str, BTreeSet<String>>,
    change: BTreeMap<String, Vec<&'static str>>,
    rejected: BTreeMap<String, &'static str>,
    out_of_scope: BTreeMap<&'static str, BTreeSet<String>>,
}

const NO_MAIL: &str = "not has an e-mail address";
const CONTRACTOR: &str = "contractor or board";
const LATER: &str = "starts later";

impl Expected {
    fn put(&mut self, verdict: &'static str, person: &Person) {
        self.keys.entry(verdict).or_default().insert(person.key());
    }

    fn out(&mut self, reason: &'static str, person: &Person) {
        self.out_of_scope.entry(reason).or_default().insert(person.key());
    }

    fn changes(&mut self, person: &Person, attributes: &[&'static str]) {
        self.change.insert(person.key(), attributes.to_vec());
    }

    /// A person whose records do not change on any day.
    fn settled(&mut self, person: &Person) {
        match person.part {
            Part::LeaverByMail => self.put("leaver_with_account", person),
            Part::Former | Part::FormerWithoutMail => self.put("already_left", person),
            Part::NoMail | Part::NoMailMember => self.out(NO_MAIL, person),
            Part::Contractor | Part::ContractorMember | Part::Board => self.out(CONTRACTOR, person),
            Part::StartsLater => self.out(LATER, person),
            Part::RulesDisagree | Part::Shared | Part::ClosedByHand | Part::Administrator => self.put("held", person),
            Part::BadDate => drop(self.rejected.insert(person.key(), "R0204")),
            Part::NoNumber => drop(self.rejected.insert(person.key(), "R0301")),
            _ => self.unchanged += 1,
        }
    }

    fn first(&mut self, person: &Person) {
        match person.part {
            Part::OldDivision => self.changes(person, &["division"]),
            Part::OldName => self.changes(person, &["last_name"]),
            Part::OldMail => self.changes(person, &["email"]),
            Part::OldDivisionAndMail => self.changes(person, &["division", "email"]),
            Part::ByMail => self.changes(person, &["external_id", "user_name"]),
            Part::Joiner => self.put("create", person),
            Part::Leaver | Part::LeaverWithoutMail => self.put("already_left", person),
            _ => self.settled(person),
        }
    }

    fn second(&mut self, person: &Person) {
        match person.part {
            Part::Leaver | Part::LeaverWithoutMail => self.put("already_left", person),
            _ => self.settled(person),
        }
    }

    fn next_day(&mut self, person: &Person) {
        let now = changed(person).unwrap_or_else(|| person.clone());
        match person.fate {
            Fate::Moves => self.changes(person, &["division"]),
            Fate::Marries => self.changes(person, &["last_name"]),
            Fate::NewMail => self.changes(person, &["email"]),
            Fate::Leaves | Fate::LeavesWithoutMail => self.put("leave", person),
            Fate::Returns => self.put("return", person),
            Fate::GetsMail if person.is_member() => self.changes(person, &["division"]),
            Fate::GetsMail | Fate::IsHired | Fate::Starts | Fate::GetsNumber => self.put("create", &now),
            Fate::Vanishes => self.put("missing", person),
            Fate::Mended | Fate::Respelled => self.unchanged += 1,
            Fate::Same if matches!(person.part, Part::Leaver | Part::LeaverWithoutMail) => self.put("already_left", person),
            Fate::Same => self.settled(person),
        }
    }

    fn count(&self, verdict: &str) -> usize {
        self.keys.get(verdict).map_or(0, BTreeSet::len)
    }

    /// Records read: all rows of the ledger except the missing ones.
    fn read(&self) -> usize {
        let named: usize = self.keys.iter().filter(|(verdict, _)| **verdict != "missing").map(|(_, keys)| keys.len()).sum();
        named + self.change.len() + self.rejected.len() + self.out_of_scope.values().map(BTreeSet::len).sum::<usize>() + self.unchanged
    }

    /// As reports count: the rows add up to the records read.
    fn ledger(&self) -> Json {
        json!({
            "create": self.count("create"),
            "update": self.change.len(),
            "leave": self.count("leave"),
            "return": self.count("return"),
            "held": self.count("held"),
            "rejected": self.rejected.len(),
            "unchanged": self.unchanged,
            "already_left": self.count("already_left") + self.count("leaver_with_account"),
            "out_of_scope": self.out_of_scope.values().map(BTreeSet::len).sum::<usize>(),
        })
    }

    fn json(&self, members: usize) -> Json {
        let mut all = json!({
            "read": self.read(),
            "members": members,
            "unchanged": self.unchanged,
            "update": self.change.keys().collect::<Vec<_>>(),
            "changed_attributes": self.change,
            "rejected": self.rejected.keys().collect::<Vec<_>>(),
            "rejected_codes": self.rejected,
            "out_of_scope": self.out_of_scope,
            "welcome_mails": self.count("create"),
            "ledger": self.ledger(),
        });
        for verdict in ["create", "leave", "return", "held", "already_left", "missing", "leaver_with_account"] {
            all[verdict] = json!(self.keys.get(verdict).cloned().unwrap_or_default());
        }
        all
    }
}

pub fn expected(people: &[Person], new: &[Person], members: usize) -> Json {
    let (mut first, mut second, mut next_day) = (Expected::default(), Expected::default(), Expected::default());
    for person in people {
        first.first(person);
        second.second(person);
        next_day.next_day(person);
    }
    for (at, person) in new.iter().enumerate() {
        match at {
            BAD_NAME => drop(next_day.rejected.insert(person.key(), "R0303")),
            DOUBLE => next_day.put("held", person),
            _ => next_day.put("create", person),
        }
    }
    let after = members + first.count("create");
    json!({ "first_run": first.json(members), "second_run": second.json(after), "next_day": next_day.json(after) })
}
