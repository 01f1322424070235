//! A short walk, and that the simulation itself can be trusted: it repeats itself, its disk loses what was not synced, and its model objects.

use super::{
    Options,
    company::Company,
    files::{Files, Leaving},
    live,
    model::{Invariant, Model, Seen},
    power,
    random::Random,
    trace::Trace,
    vendor::{Account, Vendors, Write},
    vfs,
};
use jiff::civil::Date;
use rusqlite::{Connection, OpenFlags};
use std::env;

fn number(name: &str, otherwise: u64) -> u64 {
    env::var(name).ok().and_then(|value| value.parse().ok()).unwrap_or(otherwise)
}

fn options(days: u64) -> Options {
    Options { seed: 0, seeds: 1, days, kills: true, processes: false, all: false, verbose: true }
}

/// `SIMULATION_SEED`, `SIMULATION_SEEDS` and `SIMULATION_DAYS` say otherwise.
fn walk(first: u64) {
    let (seed, days) = (number("SIMULATION_SEED", first), number("SIMULATION_DAYS", 60));
    for seed in seed..seed + number("SIMULATION_SEEDS", 2) {
        let (tally, _, met) = live(&options(days), seed);
        assert!(met.is_none(), "{}", met.unwrap().report);
        assert!(tally.writes > 0 && tally.runs >= days / 2, "{tally:?}");
    }
}

#[test]
fn a_company_goes_on_for_months_and_no_rule_is_broken() {
    walk(1);
}

#[test]
fn another_company_goes_on_for_months_and_no_rule_is_broken() {
    walk(101);
}

#[test]
fn the_same_seed_gives_the_same_bytes() {
    let ((one, first, _), (other, second, _)) = (live(&options(40), 7), live(&options(40), 7));
    assert_eq!(first, second);
    assert_eq!(format!("{one:?}"), format!("{other:?}"));
    assert_ne!(first, live(&options(40), 8).1);
}

fn database() -> Connection {
    let connection = Connection::open_with_flags_and_vfs("/numbers.db", OpenFlags::default(), vfs::NAME).unwrap();
    connection.pragma_update(None, "journal_mode", "WAL").unwrap();
    connection.pragma_update(None, "synchronous", "FULL").unwrap();
    connection
}

fn numbers(connection: &Connection) -> Vec<i64> {
    let mut statement = connection.prepare("SELECT number FROM numbers ORDER BY number").unwrap();
    statement.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
}

/// Writes until the power fails; returns the last number that was committed.
fn written_until_it_fails(moment: u64) -> i64 {
    let connection = database();
    power::fail_at(Some(moment));
    let mut committed = 0;
    for number in 1..=40 {
        let done = connection.execute("INSERT INTO numbers VALUES (?1, zeroblob(3000))", [number]);
        if done.is_err() {
            break;
        }
        committed = number;
    }
    committed
}

#[test]
fn what_was_committed_outlives_every_failure_of_the_power_and_nothing_is_half_there() {
    vfs::register();
    let mut lost = 0;
    for moment in 0..120 {
        vfs::forget();
        power::fail_at(None);
        database().execute("CREATE TABLE numbers (number INTEGER PRIMARY KEY, filling)", []).unwrap();
        let committed = written_until_it_fails(moment);
        lost += u64::from(committed < 40);
        vfs::after_failure(Some(&mut Random::new(moment)));
        power::fail_at(None);
        let there = numbers(&database());
        let whole: Vec<i64> = (1..=i64::try_from(there.len()).unwrap()).collect();
        assert_eq!(there, whole, "after moment {moment}");
        // What was under way may have become durable.
        assert!([committed, committed + 1].contains(&(there.len() as i64)), "moment {moment}: {committed} of {}", there.len());
    }
    assert!(lost > 100, "{lost}");
}

const TODAY: &str = "2026-03-02";

/// Two people who are here; the first has an account.
fn office(leaving: Leaving) -> (Vendors, Files) {
    let (today, mut random) = (TODAY.parse::<Date>().unwrap(), Random::new(1));
    let mut files = Files::draw(&mut random);
    (files.leaving, files.excludes_temps, files.refuses_doubles, files.reopens) = (leaving, false, true, false);
    let mut company = Company::found(leaving, 2, &mut random, today);
    for (row, number) in company.rows.iter_mut().zip(1..) {
        (row.email, row.department) = (Some(format!("p{number}@example.com")), None);
    }
    let mut vendors = Vendors::new(company, false, today, random, Trace::default());
    let row = vendors.company.rows[0].clone();
    vendors.add(Some(&row), true);
    (vendors, files)
}

/// The invariants that the model finds violated by a write.
fn judged(vendors: &Vendors, files: &Files, before: Option<Account>, after: Option<Account>, twins: Vec<u64>) -> Vec<Invariant> {
    let now = "2026-03-02T03:00:00Z".parse().unwrap();
    let seen = Seen { vendors, files, now, today: TODAY.parse().unwrap() };
    let found = Model::default().judge_writes(&seen, &[Write { before, after, twins }]);
    found.into_iter().map(|one| one.invariant).collect()
}

#[test]
fn the_model_objects_to_what_must_not_happen() {
    let (mut vendors, files) = office(Leaving::ByDay);
    let account = vendors.accounts[0].clone();
    let closed = Account { active: false, closed_here: true, ..account.clone() };
    let is = |vendors: &Vendors, before: &Account, after: Option<&Account>| {
        judged(vendors, &files, Some(before.clone()), after.cloned(), vec![])
    };
    assert_eq!(is(&vendors, &account, Some(&closed)), [Invariant::ClosedWhoIsHere]);
    assert_eq!(is(&vendors, &closed, None), [Invariant::ClosedWhoIsHere]);
    // The second person wants the address of the first, who has left.
    vendors.company.rows[0].end = Some("2026-03-01".parse().unwrap());
    assert_eq!(is(&vendors, &account, Some(&closed)), []);
    assert_eq!(is(&vendors, &account, None), [Invariant::NotOurs], "open, and deleted");
    vendors.company.rows[1].email = Some("P1@example.com".to_owned());
    assert_eq!(is(&vendors, &account, Some(&closed)), [Invariant::ClosedWhoIsHere]);
    let admin = Account { role: Some("admin".to_owned()), ..account.clone() };
    assert_eq!(is(&vendors, &admin, Some(&admin)), [Invariant::NotOurs]);
    let by_hand = Account { closed_here: false, ..closed.clone() };
    assert_eq!(is(&vendors, &by_hand, Some(&account)), [Invariant::NotOurs]);
    let others = Account { external_id: vendors.company.rows[1].key.clone().into(), ..account.clone() };
    assert_eq!(is(&vendors, &account, Some(&others)), [Invariant::TakenForAnother]);
    // An account that was never linked goes with its address, unless a record in scope finds it too.
    let unlinked = Account { external_id: None, ..account.clone() };
    assert_eq!(is(&vendors, &unlinked, Some(&others)), [Invariant::TakenForAnother]);
    vendors.company.rows[0].email = Some("other@example.com".to_owned());
    assert_eq!(is(&vendors, &unlinked, Some(&others)), []);
    let new = Account { id: 9, human: Some(vendors.company.rows[1].human), ..others };
    assert_eq!(judged(&vendors, &files, None, Some(new.clone()), vec![]), []);
    assert_eq!(judged(&vendors, &files, None, Some(new), vec![account.id]), [Invariant::Twice]);
}

#[test]
fn the_model_counts_the_reads_without_somebody() {
    let (mut vendors, files) = office(Leaving::ByAbsence);
    vendors.company.rows[0].listed = false;
    let mut model = Model::default();
    let today = TODAY.parse().unwrap();
    let account = vendors.accounts[0].clone();
    let closed = Account { active: false, closed_here: true, ..account.clone() };
    let write = Write { before: Some(account), after: Some(closed), twins: vec![] };
    for (hour, allowed) in [(0, false), (1, false), (24, false), (48, true)] {
        let now = "2026-03-02T03:00:00Z".parse::<jiff::Timestamp>().unwrap() + jiff::SignedDuration::from_hours(hour);
        let seen = Seen { vendors: &vendors, files: &files, now, today };
        model.read(&seen, true);
        assert_eq!(model.judge_writes(&seen, std::slice::from_ref(&write)).is_empty(), allowed, "{hour}");
    }
}
