//! The seed data. For integration A: the people, their records in both systems, and the expected results; for B and C, and for other
//! systems that are shipped: the records.
//!
//! Each person has a part on the first day and one on the next. Records and expected verdicts are derived from these parts, never
//! from the results of the engine.
mod cast;
mod employees;
mod expected;
mod judged;
mod members;
mod records;
mod shelf;

use cast::{Fate, Person, changed, people};
use expected::expected;
use records::{Member, accounts, lucca, stranger};
use serde_json::{Value as Json, json};
use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
};

/// Members without a record in Lucca.
const STRANGERS: usize = 8;

fn lines(records: impl Iterator<Item = Json>) -> String {
    records.map(|record| format!("{record}\n")).collect()
}

/// The files by their path in the seed's folder.
fn files() -> Vec<(&'static str, String)> {
    let (people, new) = people();
    let mut shared_taken = false;
    let members: Vec<_> =
        people.iter().flat_map(|person| accounts(person, &mut shared_taken)).chain((0..STRANGERS).map(stranger)).collect();
    let moved = people.iter().filter_map(changed).chain(new.iter().cloned()).map(|person| lucca(&person, 1));
    let gone = people.iter().filter(|person| person.fate == Fate::Vanishes).map(|person| json!({ "id": person.id(), "_gone": true }));
    let a = vec![
        ("lucca.users.jsonl", lines(people.iter().map(|person| lucca(person, 0)))),
        ("reward_gateway.members.jsonl", lines(members.iter().map(Member::json))),
        ("next_day/lucca.users.jsonl", lines(moved.chain(gone))),
        ("expected.json", format!("{:#}\n", expected(&people, &new, members.len()))),
    ];
    [a, employees::files(), members::files(), shelf::files()].concat()
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("pipelines/seed")
}

/// `WRITE_SEED=1 cargo test seed` rewrites the files.
#[test]
fn the_seed_is_what_its_parts_say() {
    for (path, text) in files() {
        let path = folder().join(path);
        if std::env::var_os("WRITE_SEED").is_some() {
            std::fs::write(&path, &text).unwrap();
        }
        assert!(std::fs::read_to_string(&path).unwrap() == text, "{} is not what the seed's parts make of it", path.display());
    }
}

#[test]
fn the_ledger_of_each_day_adds_up() {
    let (people, new) = people();
    let text = files().into_iter().find(|(path, _)| *path == "expected.json").unwrap().1;
    let expected: Json = serde_json::from_str(&text).unwrap();
    assert_eq!(expected["first_run"]["read"], people.len());
    assert_eq!(expected["second_run"]["read"], people.len());
    assert_eq!(expected["next_day"]["read"], people.len() + new.len() - 1);
}

#[test]
fn numbers_and_addresses_tell_people_apart() {
    let (people, new) = people();
    let numbers: BTreeSet<_> = people.iter().chain(&new).map(Person::number).collect();
    assert_eq!(numbers.len(), people.len() + new.len());
    let mails: BTreeSet<_> = people.iter().map(|person| &person.mail).collect();
    assert_eq!(mails.len(), people.len() - 1, "but for the two who share one");
}
