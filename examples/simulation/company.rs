//! The people of a company as they are in truth, and what happens to them from day to day.

use super::{files::Leaving, random::Random};
use jiff::{ToSpan, civil::Date};
use std::collections::{BTreeMap, BTreeSet};

const DEPARTMENTS: [&str; 6] = ["Sales", "Support", "Finance", "Workshop", "Temps", "Board"];

/// A record of the source.
#[derive(Clone, Debug)]
pub struct Row {
    pub key: String,
    pub human: u32,
    pub name: String,
    pub email: Option<String>,
    pub department: Option<String>,
    pub end: Option<Date>,
    /// It is in the list.
    pub listed: bool,
    /// The source shows an impossible day.
    pub garbled: bool,
    /// The source shows it twice.
    pub doubled: bool,
    /// The source shows it without its number.
    pub nameless: bool,
}

impl Row {
    /// Whether the source shows it as it is.
    pub fn is_clear(&self) -> bool {
        !self.garbled && !self.doubled && !self.nameless
    }

    /// Whether the person works here by this record.
    pub fn is_here(&self, today: Date) -> bool {
        self.listed && self.end.is_none_or(|end| end >= today)
    }
}

/// All records, and what is known of each person.
#[derive(Clone, Debug)]
pub struct Company {
    pub leaving: Leaving,
    pub rows: Vec<Row>,
    /// People with one record, whose e-mail address is nobody else's.
    pub plain: BTreeSet<u32>,
    pub stories: BTreeMap<u32, Vec<String>>,
    humans: u32,
    numbers: u32,
    addresses: u32,
}

/// Something that happens to somebody on a day.
type Event = fn(&mut Company, &mut Random, Date);

impl Company {
    pub fn found(leaving: Leaving, people: u64, random: &mut Random, today: Date) -> Self {
        let (rows, plain, stories) = (Vec::new(), BTreeSet::new(), BTreeMap::new());
        let mut company = Self { leaving, rows, plain, stories, humans: 0, numbers: 0, addresses: 0 };
        for _ in 0..people {
            company.join(random, today);
        }
        company
    }

    pub fn tell(&mut self, human: u32, today: Date, what: &str) {
        self.stories.entry(human).or_default().push(format!("{today} {what}"));
    }

    pub fn row(&self, key: &str) -> Option<&Row> {
        self.rows.iter().find(|row| row.key == key)
    }

    pub fn human_of(&self, key: &str) -> Option<u32> {
        self.row(key).map(|row| row.human)
    }

    fn number(&mut self) -> String {
        self.numbers += 1;
        format!("{:05}", self.numbers)
    }

    fn address(&mut self) -> String {
        self.addresses += 1;
        format!("p{}@example.com", self.addresses)
    }

    /// One day: everything happens with some likelihood.
    pub fn live(&mut self, random: &mut Random, today: Date) {
        let here = self.here(today).len() as u64;
        self.repair(random);
        if random.chance(if here < 30 { 400 } else { 120 }) && here < 60 {
            self.join(random, today);
        }
        let events: [(u64, Event); 12] = [
            (4, Self::close_office),
            (if here > 20 { 150 } else { 30 }, Self::leave),
            (400, Self::change),
            (200, Self::change),
            (40, Self::cancel),
            (60, Self::come_back),
            (15, Self::rehire),
            (8, Self::rekey),
            (8, Self::hand_over),
            (15, Self::spoil),
            (10, Self::lose_address),
            (200, Self::purge),
        ];
        for (often, event) in events {
            if random.chance(often) {
                event(self, random, today);
            }
        }
    }

    fn places(&self, fits: impl Fn(&Row) -> bool) -> Vec<usize> {
        (0..self.rows.len()).filter(|at| fits(&self.rows[*at])).collect()
    }

    fn here(&self, today: Date) -> Vec<usize> {
        self.places(|row| row.is_here(today))
    }

    fn one(&self, random: &mut Random, fits: impl Fn(&Row) -> bool) -> Option<usize> {
        let places = self.places(fits);
        (!places.is_empty()).then(|| *random.pick(&places))
    }

    fn put(&mut self, human: u32, email: Option<String>, random: &mut Random, today: Date, how: &str) {
        let key = self.number();
        let department = random.chance(900).then(|| (*random.pick(&DEPARTMENTS)).to_owned());
        let name = format!("Person {human}");
        self.tell(human, today, &format!("{how} as {key}, {email:?}, {department:?}"));
        self.rows.push(Row {
            key,
            human,
            name,
            email,
            department,
            end: None,
            listed: true,
            garbled: false,
            doubled: false,
            nameless: false,
        });
    }

    fn join(&mut self, random: &mut Random, today: Date) {
        self.humans += 1;
        let email = self.address();
        let email = random.chance(950).then_some(email);
        self.plain.insert(self.humans);
        self.put(self.humans, email, random, today, "joins");
    }

    fn leave(&mut self, random: &mut Random, today: Date) {
        let Some(at) = self.one(random, |row| row.is_here(today) && row.end.is_none()) else { return };
        if self.leaving == Leaving::ByAbsence {
            self.rows[at].listed = false;
            return self.tell(self.rows[at].human, today, "leaves the list");
        }
        let days = i64::try_from(random.below(24)).unwrap_or(0) - 3;
        self.rows[at].end = Some(today + days.days());
        self.tell(self.rows[at].human, today, &format!("has {days} days until the contract ends"));
    }

    /// Many leave in one day, so that a guard asks a person.
    fn close_office(&mut self, random: &mut Random, today: Date) {
        for at in self.here(today) {
            if random.chance(350) {
                let human = self.rows[at].human;
                match self.leaving {
                    Leaving::ByAbsence => self.rows[at].listed = false,
                    Leaving::ByDay => self.rows[at].end = Some(today - 1.days()),
                }
                self.tell(human, today, "leaves with the whole office");
            }
        }
    }

    fn change(&mut self, random: &mut Random, today: Date) {
        let Some(at) = self.one(random, |row| row.is_here(today)) else { return };
        let human = self.rows[at].human;
        match random.below(4) {
            0 => self.rows[at].name = format!("Person {human} {}", random.below(100)),
            1 => self.rows[at].department = random.chance(850).then(|| (*random.pick(&DEPARTMENTS)).to_owned()),
            2 => self.rows[at].email = Some(self.address()),
            _ => self.rows[at].email = self.rows[at].email.as_ref().map(|email| email.to_uppercase().replace("EXAMPLE.COM", "example.com")),
        }
        let Row { name, department, email, .. } = &self.rows[at];
        let words = format!("is now {name}, {department:?}, {email:?}");
        self.tell(human, today, &words);
    }

    fn lose_address(&mut self, random: &mut Random, today: Date) {
        let Some(at) = self.one(random, |row| row.listed && row.email.is_some()) else { return };
        self.rows[at].email = None;
        self.tell(self.rows[at].human, today, "has no e-mail address any more");
    }

    fn cancel(&mut self, random: &mut Random, today: Date) {
        let Some(at) = self.one(random, |row| row.is_here(today) && row.end.is_some()) else { return };
        self.rows[at].end = None;
        self.tell(self.rows[at].human, today, "stays after all");
    }

    /// A person with another record by now does not come back by the old one.
    fn come_back(&mut self, random: &mut Random, today: Date) {
        let newest: BTreeMap<u32, &str> = self.rows.iter().map(|row| (row.human, row.key.as_str())).collect();
        let newest: BTreeSet<String> = newest.into_values().map(str::to_owned).collect();
        let Some(at) = self.one(random, |row| !row.is_here(today) && newest.contains(&row.key)) else { return };
        (self.rows[at].end, self.rows[at].listed) = (None, true);
        self.tell(self.rows[at].human, today, "comes back");
    }

    fn rehire(&mut self, random: &mut Random, today: Date) {
        let here: BTreeSet<u32> = self.rows.iter().filter(|row| row.is_here(today)).map(|row| row.human).collect();
        let Some(at) = self.one(random, |row| !here.contains(&row.human)) else { return };
        let (human, old) = (self.rows[at].human, self.rows[at].email.clone());
        let email = if random.chance(600) { old } else { Some(self.address()) };
        self.plain.remove(&human);
        self.put(human, email, random, today, "is hired again");
    }

    fn rekey(&mut self, random: &mut Random, today: Date) {
        let Some(at) = self.one(random, |row| row.is_here(today)) else { return };
        let (human, email) = (self.rows[at].human, self.rows[at].email.clone());
        self.rows[at].listed = false;
        self.plain.remove(&human);
        self.put(human, email, random, today, "gets another number");
    }

    /// Gives the address of a leaver to a person who joins.
    fn hand_over(&mut self, random: &mut Random, today: Date) {
        let Some(at) = self.one(random, |row| !row.is_here(today) && row.email.is_some()) else { return };
        let (before, email) = (self.rows[at].human, self.rows[at].email.clone());
        let taken = |row: &Row| row.is_here(today) && row.email == email;
        if self.rows.iter().any(taken) {
            return;
        }
        self.humans += 1;
        self.plain.remove(&before);
        self.put(self.humans, email, random, today, &format!("joins with the address of person {before}"));
    }

    fn spoil(&mut self, random: &mut Random, today: Date) {
        let Some(at) = self.one(random, |row| row.listed) else { return };
        let (row, what) = (&mut self.rows[at], random.below(10));
        (row.doubled, row.nameless, row.garbled) = (what < 3, what == 3, what > 3);
        let words = ["is listed twice", "is listed without a number", "has a day that is none"];
        self.tell(self.rows[at].human, today, words[usize::try_from(what.saturating_sub(2).min(2)).unwrap_or(0)]);
    }

    fn repair(&mut self, random: &mut Random) {
        for row in self.rows.iter_mut().filter(|row| !row.is_clear()) {
            if random.chance(500) {
                (row.doubled, row.garbled, row.nameless) = (false, false, false);
            }
        }
    }

    /// Takes people who left long ago from the list.
    fn purge(&mut self, _: &mut Random, today: Date) {
        let old = self.places(|row| row.listed && row.end.is_some_and(|end| end + 60.days() < today));
        for at in old {
            self.rows[at].listed = false;
            self.tell(self.rows[at].human, today, "is taken from the list");
        }
    }
}
