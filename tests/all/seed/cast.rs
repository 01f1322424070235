//! The people of the seed data, and their changes on the next day.

use std::collections::BTreeSet;
use unicode_normalization::UnicodeNormalization;

/// The part of a person on the first day. Members have an open account with their number, unless the variant says otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// A member, by number, and nothing differs.
    Settled,
    /// A member, by number, with an older division, name, address, or both of the first and last.
    OldDivision,
    OldName,
    OldMail,
    OldDivisionAndMail,
    /// A member without a number, found by e-mail address and last name.
    ByMail,
    Joiner,
    /// Left, and the account is closed: linked by the first run, remembered as left by the second.
    Leaver,
    /// The same, and the address was cleared when they left.
    LeaverWithoutMail,
    /// Left, with an open account that only the e-mail address finds: a person decides.
    LeaverByMail,
    Former,
    FormerWithoutMail,
    NoMail,
    NoMailMember,
    Contractor,
    ContractorMember,
    Board,
    StartsLater,
    RulesDisagree,
    /// Two who share one address and one account.
    Shared,
    ClosedByHand,
    Administrator,
    BadDate,
    NoNumber,
}

/// The change of a person on the next day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    Same,
    Moves,
    Marries,
    NewMail,
    /// The record is spelled differently, with the same meaning.
    Respelled,
    Leaves,
    LeavesWithoutMail,
    Returns,
    GetsMail,
    IsHired,
    Starts,
    GetsNumber,
    Mended,
    Vanishes,
}

/// Parts and fates, with the number of people that have them.
pub const CAST: &[(Part, Fate, usize)] = &[
    (Part::Settled, Fate::Same, 191),
    (Part::Settled, Fate::Moves, 2),
    (Part::Settled, Fate::Marries, 1),
    (Part::Settled, Fate::NewMail, 1),
    (Part::Settled, Fate::Respelled, 2),
    (Part::Settled, Fate::Leaves, 2),
    (Part::Settled, Fate::LeavesWithoutMail, 1),
    (Part::Settled, Fate::Vanishes, 1),
    (Part::OldDivision, Fate::Same, 22),
    (Part::OldName, Fate::Same, 4),
    (Part::OldMail, Fate::Same, 3),
    (Part::OldDivisionAndMail, Fate::Same, 1),
    (Part::ByMail, Fate::Same, 10),
    (Part::Joiner, Fate::Same, 11),
    (Part::Joiner, Fate::Leaves, 1),
    (Part::Leaver, Fate::Same, 4),
    (Part::Leaver, Fate::Returns, 1),
    (Part::LeaverWithoutMail, Fate::Same, 1),
    (Part::LeaverByMail, Fate::Same, 2),
    (Part::Former, Fate::Same, 16),
    (Part::FormerWithoutMail, Fate::Same, 5),
    (Part::NoMail, Fate::Same, 8),
    (Part::NoMail, Fate::GetsMail, 1),
    (Part::NoMailMember, Fate::Same, 4),
    (Part::NoMailMember, Fate::GetsMail, 1),
    (Part::Contractor, Fate::Same, 5),
    (Part::Contractor, Fate::IsHired, 1),
    (Part::ContractorMember, Fate::Same, 3),
    (Part::Board, Fate::Same, 3),
    (Part::StartsLater, Fate::Same, 4),
    (Part::StartsLater, Fate::Starts, 1),
    (Part::RulesDisagree, Fate::Same, 1),
    (Part::Shared, Fate::Same, 2),
    (Part::ClosedByHand, Fate::Same, 1),
    (Part::Administrator, Fate::Same, 1),
    (Part::BadDate, Fate::Mended, 1),
    (Part::NoNumber, Fate::GetsNumber, 1),
];

/// Two of the new people of the next day: a name that the vendor refuses, and a second record of a linked person.
pub const BAD_NAME: usize = 3;
pub const DOUBLE: usize = 4;

pub const FIRST: [&str; 53] = [
    "Jeanne",
    "Paul",
    "Amélie",
    "Jonas",
    "Sofia",
    "Inès",
    "Tom",
    "Zoé",
    "Hugo",
    "Léa",
    "Marc",
    "Anna",
    "Noémie",
    "Théo",
    "Chloé",
    "Luís",
    "Małgorzata",
    "Søren",
    "Mia",
    "Émile",
    "Yara",
    "Karim",
    "Fatou",
    "Minh",
    "Priya",
    "Lukas",
    "Jürgen",
    "Åsa",
    "Björn",
    "Clémence",
    "Ivo",
    "Marta",
    "Niamh",
    "Oscar",
    "Pía",
    "Quentin",
    "Rosa",
    "Samuel",
    "Thérèse",
    "Ugo",
    "Victor",
    "Wanda",
    "Ximena",
    "Yves",
    "Zeynep",
    "Jean-Pierre",
    "Anne-Laure",
    "Benoît",
    "Agnès",
    "Félix",
    "Gaël",
    "Hélène",
    "Bea",
];

pub const LAST: [&str; 59] = [
    "Martin",
    "Durand",
    "Roux",
    "Weber",
    "Rossi",
    "Moreau",
    "Becker",
    "Lévêque",
    "Blanc",
    "Fontaine",
    "Petit",
    "Schneider",
    "Garnier",
    "Lefort",
    "Müller",
    "García",
    "Kowalski",
    "Nørgaard",
    "Nguyễn",
    "Pham",
    "Da Silva",
    "De La Tour",
    "Haddad",
    "Diallo",
    "Sharma",
    "Fischer",
    "Öztürk",
    "Lindström",
    "Barbier",
    "Chevalier",
    "Dupré",
    "Étienne",
    "Faure",
    "Guérin",
    "Huber",
    "Ibáñez",
    "Jansen",
    "Keller",
    "Lemaître",
    "Mercier",
    "Noël",
    "Olsen",
    "Perrin",
    "Quéré",
    "Renard",
    "Sauvage",
    "Tessier",
    "Urbain",
    "Vidal",
    "Wagner",
    "Xavier",
    "Yilmaz",
    "Zimmermann",
    "Martin-Leroy",
    "Saint-Jean",
    "Côté",
    "Bélanger",
    "Ruiz",
    "Kaya",
];

/// Departments, and their divisions in the pipeline's table.
pub const DEPARTMENTS: [(&str, &str); 7] = [
    ("Sales", "Commercial"),
    ("IT", "Technology"),
    ("Customer Success", "Customer Care"),
    ("Human Resources", "People"),
    ("Finance", "Finance"),
    ("Logistics", "Other"),
    ("Legal", "Other"),
];

/// One person, before the spelling of either system.
#[derive(Clone)]
pub struct Person {
    pub index: usize,
    pub part: Part,
    pub fate: Fate,
    pub first: String,
    pub last: String,
    pub mail: String,
    pub department: usize,
    pub birth: (u16, u8, u8),
    pub start: String,
    pub end: Option<String>,
}

impl Person {
    pub fn id(&self) -> usize {
        if self.fate == Fate::GetsNumber { 918 } else { 401 + self.index }
    }

    pub fn number(&self) -> String {
        format!("{:05}", 7 + self.index)
    }

    /// As reports name the record.
    pub fn key(&self) -> String {
        if self.part == Part::NoNumber { format!("id {}", self.id()) } else { self.number() }
    }

    pub fn is_member(&self) -> bool {
        use Part::{Board, Contractor, Former, FormerWithoutMail, Joiner, NoMail, NoNumber, StartsLater};
        !matches!(self.part, Joiner | Former | FormerWithoutMail | NoMail | Contractor | Board | StartsLater | NoNumber)
    }

    pub fn lacks_mail(&self) -> bool {
        matches!(self.part, Part::LeaverWithoutMail | Part::FormerWithoutMail | Part::NoMail | Part::NoMailMember)
    }

    pub fn department_name(&self) -> Option<&'static str> {
        match self.part {
            Part::Contractor | Part::ContractorMember => Some("Contractors"),
            Part::Board => Some("Board"),
            Part::Settled if self.fate == Fate::Same && self.index.is_multiple_of(29) => None,
            _ => Some(DEPARTMENTS[self.department].0),
        }
    }

    pub fn has_birth_date(&self) -> bool {
        !self.index.is_multiple_of(11)
    }
}

/// A name without accents, for an e-mail address.
pub fn plain(name: &str) -> String {
    let base = name.replace('ł', "l").replace('ø', "o").replace(' ', "");
    base.nfd().filter(char::is_ascii).collect()
}

pub fn ascii(name: &str) -> String {
    plain(name).to_lowercase()
}

/// All people of the first day, and the new people of the next.
pub fn people() -> (Vec<Person>, Vec<Person>) {
    let cast: Vec<_> = CAST.iter().flat_map(|(part, fate, count)| std::iter::repeat_n((*part, *fate), *count)).collect();
    let mut mails = BTreeSet::new();
    let mut people: Vec<_> = (0..cast.len()).map(|index| person(index, cast[index * 141 % cast.len()], &mut mails)).collect();
    for person in people.iter_mut().filter(|person| person.part == Part::Shared) {
        person.last = "Lefèvre".to_owned();
        person.mail = "lefevre.family@example.com".to_owned();
    }
    let mut new: Vec<_> = (cast.len()..cast.len() + 5).map(|index| person(index, (Part::Joiner, Fate::Same), &mut mails)).collect();
    new[BAD_NAME].last.push_str(" 2");
    let twin = people.iter().find(|person| person.part == Part::Settled && person.fate == Fate::Same).expect("many are settled");
    (new[DOUBLE].first, new[DOUBLE].last, new[DOUBLE].mail) = (twin.first.clone(), twin.last.clone(), twin.mail.clone());
    (people, new)
}

pub fn person(index: usize, (part, fate): (Part, Fate), mails: &mut BTreeSet<String>) -> Person {
    let first = FIRST[index % FIRST.len()].to_owned();
    let last = LAST[(index * 7 + index / FIRST.len()) % LAST.len()].to_owned();
    let mut mail = format!("{}.{}@example.com", ascii(&first), ascii(&last));
    if !mails.insert(mail.clone()) {
        mail = mail.replace('@', &format!("{index}@"));
        mails.insert(mail.clone());
    }
    let number = u16::try_from(index).expect("a few hundred");
    let day = |every: u16| u8::try_from(1 + number % every).expect("a day or a month");
    let birth = (1961 + number % 43, day(12), day(28));
    let start = if part == Part::StartsLater {
        format!("{{today+{}}}", 20 + index % 40)
    } else {
        format!("{}-{:02}-{:02}", 2005 + index % 18, day(11), day(27))
    };
    let end = match part {
        Part::Leaver | Part::LeaverWithoutMail | Part::LeaverByMail => Some(format!("{{today-{}}}", 3 + index % 5)),
        Part::Former | Part::FormerWithoutMail if index.is_multiple_of(2) => Some(format!("20{:02}-0{}-30", 19 + index % 5, 4 + index % 6)),
        Part::Former | Part::FormerWithoutMail => Some(format!("{{today-{}}}", 90 + index)),
        Part::BadDate => Some("2026-02-30".to_owned()),
        Part::Settled if fate == Fate::Same && index.is_multiple_of(40) => Some(format!("{{today+{}}}", 30 + index % 90)),
        _ => None,
    };
    Person { index, part, fate, first, last, mail, department: index % DEPARTMENTS.len(), birth, start, end }
}

/// A person on the next day; none if nothing changed.
pub fn changed(person: &Person) -> Option<Person> {
    let mut new = person.clone();
    match person.fate {
        Fate::Same | Fate::Vanishes => return None,
        Fate::Moves => new.department = (person.department + 1) % 5,
        Fate::Marries => new.last = "Beaumont".to_owned(),
        Fate::NewMail => new.mail = person.mail.replace('@', ".new@"),
        Fate::Respelled | Fate::Mended => new.end = None,
        Fate::Leaves | Fate::LeavesWithoutMail => new.end = Some("{today-3}".to_owned()),
        Fate::Returns => new.end = None,
        Fate::GetsMail => new.part = Part::Joiner,
        Fate::IsHired => new.part = Part::Joiner,
        Fate::Starts => new.start = "{today+2}".to_owned(),
        Fate::GetsNumber => new.part = Part::Joiner,
    }
    if person.fate == Fate::LeavesWithoutMail {
        new.part = Part::LeaverWithoutMail;
    }
    Some(new)
}
