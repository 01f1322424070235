//! A company on a bad day: people join, change, leave and are deleted, the target fails at times, and the process is killed with SIGKILL at
//! random instants. However often it was, the next runs do the rest: nobody has two accounts or two letters, and nobody is forgotten.
//!
//! The long form: `KILLS=500 OPERATIONS=2000 cargo test --release --test all -- --ignored --nocapture killed_at_random`.

use super::club::member_calls;
use super::struck::{CUT, Records, Struck};
use serde_json::{Value as Json, json};
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
    time::{Duration, Instant},
};

const PIPELINE: &str = concat!(
    r#"system staff {
  collection people {
    file "people.jsonl" json_lines
    key number
    attributes {
      number : text at $.number
      team   : text at $.team
      status : text one of ["here", "left", "gone"] at $.status
    }
  }
}

system club {
  setting base : text matches "^http://127\.0\.0\.1:[0-9]+$" as "Address"
  http setting.base {
    limit 600000 per min, 8 concurrent
    retry 3 times
  }
  collection members {
"#,
    member_calls!(),
    r#"    delete DELETE "/members/{id}"
    call welcome POST "/members/{id}/welcome"
    call farewell POST "/members/{id}/farewell"
    attributes {
      id     : text read only at $.id
      number : text unique at $.number
      team   : text at $.team
      active : bool opens at $.active
    }
  }
}

pipeline staff_to_club {
  zone "Europe/Paris"
  from staff.people as person
  to   club.members
  key  person.number
  match { number = person.number }
  mode create and update
  map {
    number = person.number
    team   = person.team
    active = true on create
    call welcome on create once
  }
  leaver {
    when person.status == "left" as "left"
    set  active = false
    call farewell once
  }
  leaver {
    when person.status == "gone" as "gone"
    delete
  }
  guard {
    creates at most 90000
    leavers at most 100%
    leavers at most 100% over 7 days
    updates of team at most 100%
  }
}
"#
);

/// Numbers that follow from a seed (SplitMix64).
#[derive(Clone, Default)]
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }
}

/// The target: its accounts, and each letter that it sent.
#[derive(Clone, Default)]
struct Members {
    accounts: BTreeMap<String, Json>,
    made: usize,
    welcomes: Vec<String>,
    farewells: Vec<String>,
    /// Whoever ever had two accounts at once.
    twins: BTreeSet<String>,
    dice: Dice,
    /// One of so many requests fails; 0: none does.
    fails_each: u64,
}

/// How a request fails.
enum Fault {
    /// It is done, and the answer never comes.
    CutAfter,
    /// It is done, and the answer says that something went wrong.
    BrokenAfter,
    /// It is not done, and the connection is cut.
    CutBefore,
    /// It is not done, and the answer says that something went wrong.
    BrokenBefore,
}

impl Members {
    fn fault(&mut self) -> Option<Fault> {
        if self.fails_each == 0 || self.dice.below(self.fails_each) > 0 {
            return None;
        }
        Some(match self.dice.below(4) {
            0 => Fault::CutAfter,
            1 => Fault::BrokenAfter,
            2 => Fault::CutBefore,
            _ => Fault::BrokenBefore,
        })
    }

    fn create(&mut self, body: &Json) -> (u16, Json) {
        let number = body["number"].as_str().unwrap().to_owned();
        if self.accounts.values().any(|account| account["number"] == *number) {
            self.twins.insert(number);
        }
        self.made += 1;
        let mut account = body.clone();
        account["id"] = json!(format!("m{}", self.made));
        self.accounts.insert(format!("m{}", self.made), account.clone());
        (201, account)
    }

    fn done(&mut self, method: &str, path: &str, body: &Json) -> (u16, Json) {
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        let steps: Vec<&str> = path.trim_start_matches('/').split('/').collect();
        let missing = (404, json!({"message": "no such member"}));
        match (method, &steps[..]) {
            ("GET", ["members"]) => {
                let number = query.strip_prefix("number=");
                let items: Vec<&Json> = self.accounts.values().filter(|one| number.is_none_or(|number| one["number"] == number)).collect();
                (200, json!({"total": items.len(), "items": items}))
            }
            ("POST", ["members"]) => self.create(body),
            ("GET", ["members", id]) => self.accounts.get(*id).map_or(missing, |account| (200, account.clone())),
            ("PATCH", ["members", id]) => self.accounts.get_mut(*id).map_or(missing, |account| {
                account.as_object_mut().unwrap().extend(body.as_object().unwrap().clone());
                (200, account.clone())
            }),
            ("DELETE", ["members", id]) => self.accounts.remove(*id).map_or(missing, |_| (204, Json::Null)),
            ("POST", ["members", id, letter]) => {
                let Some(account) = self.accounts.get(*id) else { return missing };
                let letters = if *letter == "welcome" { &mut self.welcomes } else { &mut self.farewells };
                letters.push(account["number"].as_str().unwrap().to_owned());
                (200, json!({}))
            }
            _ => missing,
        }
    }
}

impl Records for Members {
    fn answer(&mut self, method: &str, path: &str, body: &Json) -> (u16, Json) {
        let broken = (500, json!({"message": "something went wrong"}));
        match self.fault() {
            None => self.done(method, path, body),
            Some(Fault::CutBefore) => (CUT, Json::Null),
            Some(Fault::BrokenBefore) => broken,
            Some(Fault::CutAfter) => {
                self.done(method, path, body);
                (CUT, Json::Null)
            }
            Some(Fault::BrokenAfter) => {
                self.done(method, path, body);
                broken
            }
        }
    }
}

/// What becomes of everybody on that day, of so many operations: a quarter are creates and a quarter their letters, and the rest are
/// updates, leaves with a letter each, and deletes.
struct Day {
    join: usize,
    change: usize,
    leave: usize,
    delete: usize,
}

impl Day {
    fn of(operations: usize) -> Self {
        let tenth = operations / 20;
        Self { join: 5 * tenth, change: 3 * tenth, leave: 2 * tenth, delete: 3 * tenth }
    }

    fn before(&self) -> usize {
        self.change + self.leave + self.delete
    }

    fn person(number: usize, team: &str, status: &str) -> String {
        format!("{{\"number\": \"{number:05}\", \"team\": \"{team}\", \"status\": \"{status}\"}}\n")
    }

    fn people_before(&self) -> String {
        (0..self.before()).map(|number| Self::person(number, "red", "here")).collect()
    }

    fn people(&self) -> String {
        let all = 0..self.before() + self.join;
        all.map(|number| match number {
            _ if number < self.change => Self::person(number, "blue", "here"),
            _ if number < self.change + self.leave => Self::person(number, "red", "left"),
            _ if number < self.before() => Self::person(number, "red", "gone"),
            _ => Self::person(number, "red", "here"),
        })
        .collect()
    }

    /// The accounts that there should be, without their ids.
    fn accounts(&self) -> Vec<String> {
        let kept = (0..self.change + self.leave).chain(self.before()..self.before() + self.join);
        kept.map(|number| {
            let team = if number < self.change { "blue" } else { "red" };
            let active = !(self.change..self.change + self.leave).contains(&number);
            format!("{number:05} {team} {active}")
        })
        .collect()
    }
}

/// The project as it was on the evening before.
struct Evening {
    club: Struck<Members>,
    saved: tempfile::TempDir,
    members: Members,
    day: Day,
}

impl Evening {
    fn new(operations: usize) -> Self {
        let day = Day::of(operations);
        let club = Struck::<Members>::new("staff_to_club.sync", PIPELINE, "club");
        for number in 0..day.before() {
            club.held().create(&json!({"number": format!("{number:05}"), "team": "red", "active": true}));
        }
        club.project.write("people.jsonl", day.people_before());
        club.publish("staff_to_club");
        let saved = tempfile::tempdir().unwrap();
        copy(&club.project.path().join(".counterpart"), saved.path());
        let members = club.held().clone();
        club.project.write("people.jsonl", day.people());
        Self { club, saved, members, day }
    }

    fn restore(&self, seed: u64, fails_each: u64) {
        let state = self.club.project.path().join(".counterpart");
        fs::remove_dir_all(&state).unwrap();
        copy(self.saved.path(), &state);
        *self.club.held() = Members { dice: Dice(seed), fails_each, ..self.members.clone() };
    }

    /// How long a run takes that nothing disturbs.
    fn undisturbed(&self) -> Duration {
        self.restore(0, 0);
        let begun = Instant::now();
        let run = self.club.project.counterpart(&["run", "staff_to_club"]);
        assert_eq!(self.shown(), self.day.accounts(), "{run:?}");
        begun.elapsed()
    }

    fn shown(&self) -> Vec<String> {
        let text = |value: &Json| value.as_str().unwrap().to_owned();
        let held = self.club.held();
        let mut all: Vec<String> =
            held.accounts.values().map(|one| format!("{} {} {}", text(&one["number"]), text(&one["team"]), one["active"])).collect();
        all.sort();
        all
    }

    /// Kills runs at random instants, and lets the next ones end. Returns what came of it, after everything was asserted.
    fn day_with_kills(&self, seed: u64, whole: Duration) -> Came {
        self.restore(seed, 400);
        let mut dice = Dice(seed ^ 0xd1ce);
        let mut came = Came::default();
        for _ in 0..=dice.below(3) {
            let instant = Duration::from_micros(dice.below(whole.as_micros() as u64 * 11 / 10));
            came.kills += usize::from(self.club.killed_after("staff_to_club", instant));
        }
        self.club.held().fails_each = 0;
        let mut last = String::new();
        while came.runs < 6 {
            came.runs += 1;
            let run = self.club.project.counterpart(&["run", "staff_to_club"]);
            let idle = run.count("result", "written") == 0;
            last = run.out;
            if idle {
                break;
            }
        }
        assert_eq!(self.shown(), self.day.accounts(), "seed {seed}: {last}");
        self.assert_told(seed, &mut came);
        came
    }

    /// Asserts that nobody has two accounts or two letters, and that a person is told of each letter that perhaps was not sent.
    fn assert_told(&self, seed: u64, came: &mut Came) {
        let waiting = self.club.project.counterpart(&["held"]).out;
        let held = self.club.held();
        assert_eq!(held.twins, BTreeSet::new(), "seed {seed}");
        for (letters, due) in [
            (&held.welcomes, self.day.before()..self.day.before() + self.day.join),
            (&held.farewells, self.day.change..self.day.change + self.day.leave),
        ] {
            let once: BTreeSet<&String> = letters.iter().collect();
            assert_eq!(once.len(), letters.len(), "seed {seed}: a letter was sent twice");
            for number in due.map(|number| format!("{number:05}")) {
                if !once.contains(&number) {
                    assert!(waiting.contains(&number), "seed {seed}: {number} has no letter, and nobody is told:\n{waiting}");
                    came.unsent += 1;
                }
            }
        }
    }
}

/// What came of a day.
#[derive(Debug, Default)]
struct Came {
    kills: usize,
    runs: usize,
    /// Letters of which nobody can say whether they were sent; a person is asked.
    unsent: usize,
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
        let to = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &to);
        } else {
            fs::copy(entry.path(), to).unwrap();
        }
    }
}

#[expect(clippy::print_stdout, reason = "the figures are for whoever runs it")]
fn killed(kills: usize, operations: usize, seed: u64) {
    let evening = Evening::new(operations);
    let whole = evening.undisturbed();
    let (mut all, mut days) = (Came::default(), 0);
    while all.kills < kills {
        let came = evening.day_with_kills(seed + days, whole);
        days += 1;
        all = Came { kills: all.kills + came.kills, runs: all.runs + came.runs, unsent: all.unsent + came.unsent };
    }
    println!("{days} days of {operations} operations ({whole:?} undisturbed), {all:?}: each account once, no letter twice");
}

#[test]
fn killed_at_random_instants_nothing_is_lost_and_nothing_twice() {
    killed(6, 200, 20_261_130);
}

#[test]
#[ignore = "takes an hour"]
fn killed_at_random_instants_of_many_operations() {
    let number = |name: &str, default: usize| std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default);
    killed(number("KILLS", 500), number("OPERATIONS", 2000), number("SEED", 20_261_130) as u64);
}
