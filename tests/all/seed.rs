//! The seed data of integration A: who is in it, what the two systems hold of them, and what must come of it.
//!
//! Everybody has a part to play on the first day and one on the next; the records and the expected verdicts both follow
//! from these parts, never from what the engine makes of them.

use serde_json::{Map, Value as Json, json};
use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
};
use unicode_normalization::UnicodeNormalization;

/// What somebody is on the first day. Members have an open account by their number, if nothing else is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Part {
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
    /// Left, with an open account: linked by the first run, closed by the second.
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

/// What becomes of somebody on the next day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    Same,
    Moves,
    Marries,
    NewMail,
    /// The record is written differently, and means the same.
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

/// Parts and fates, and how many play them.
const CAST: &[(Part, Fate, usize)] = &[
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

/// Among who is new on the next day: a name that the vendor refuses, and a second record of somebody who is linked.
const BAD_NAME: usize = 3;
const DOUBLE: usize = 4;

/// Members whom no record in Lucca knows.
const STRANGERS: usize = 8;

const FIRST: [&str; 53] = [
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

const LAST: [&str; 59] = [
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

/// Departments, and the divisions that the pipeline's table makes of them.
const DEPARTMENTS: [(&str, &str); 7] = [
    ("Sales", "Commercial"),
    ("IT", "Technology"),
    ("Customer Success", "Customer Care"),
    ("Human Resources", "People"),
    ("Finance", "Finance"),
    ("Logistics", "Other"),
    ("Legal", "Other"),
];

/// One person, as they really are.
#[derive(Clone)]
struct Person {
    index: usize,
    part: Part,
    fate: Fate,
    first: String,
    last: String,
    mail: String,
    department: usize,
    birth: (u16, u8, u8),
    start: String,
    end: Option<String>,
}

impl Person {
    fn id(&self) -> usize {
        if self.fate == Fate::GetsNumber { 918 } else { 401 + self.index }
    }

    fn number(&self) -> String {
        format!("{:05}", 7 + self.index)
    }

    /// As reports name the record.
    fn key(&self) -> String {
        if self.part == Part::NoNumber { format!("id {}", self.id()) } else { self.number() }
    }

    fn is_member(&self) -> bool {
        use Part::{Board, Contractor, Former, FormerWithoutMail, Joiner, NoMail, NoNumber, StartsLater};
        !matches!(self.part, Joiner | Former | FormerWithoutMail | NoMail | Contractor | Board | StartsLater | NoNumber)
    }

    fn lacks_mail(&self) -> bool {
        matches!(self.part, Part::LeaverWithoutMail | Part::FormerWithoutMail | Part::NoMail | Part::NoMailMember)
    }

    fn department_name(&self) -> Option<&'static str> {
        match self.part {
            Part::Contractor | Part::ContractorMember => Some("Contractors"),
            Part::Board => Some("Board"),
            Part::Settled if self.fate == Fate::Same && self.index.is_multiple_of(29) => None,
            _ => Some(DEPARTMENTS[self.department].0),
        }
    }

    fn has_birth_date(&self) -> bool {
        !self.index.is_multiple_of(11)
    }
}

/// A name without accents, as it stands in an address.
fn plain(name: &str) -> String {
    let base = name.replace('ł', "l").replace('ø', "o").replace(' ', "");
    base.nfd().filter(char::is_ascii).collect()
}

fn ascii(name: &str) -> String {
    plain(name).to_lowercase()
}

/// Everybody of the first day, and who is new on the next.
fn people() -> (Vec<Person>, Vec<Person>) {
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

fn person(index: usize, (part, fate): (Part, Fate), mails: &mut BTreeSet<String>) -> Person {
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

/// Spelling that means the same: upper-case names, mixed-case and padded addresses, decomposed accents.
struct Spelling {
    turn: usize,
}

impl Spelling {
    fn last(&self, name: &str) -> String {
        let name = if self.turn.is_multiple_of(6) { name.to_owned() } else { name.to_uppercase() };
        self.accents(&name)
    }

    fn accents(&self, name: &str) -> String {
        if self.turn.is_multiple_of(5) { name.nfd().collect() } else { name.to_owned() }
    }

    fn mail(&self, person: &Person, mail: &str) -> Json {
        match self.turn % 9 {
            2 => json!(mail.replace(&ascii(&person.last), &ascii(&person.last).to_uppercase())),
            4 => json!(format!("{} ", mail.replacen(&ascii(&person.first), &plain(&person.first), 1))),
            7 => json!(mail.replace("example.com", "Example.com")),
            _ => json!(mail),
        }
    }

    fn time(&self, day: &str) -> String {
        format!("{day}T00:00:00{}", ["", ".000", ".0", "", ".00"][self.turn % 5])
    }
}

/// A person as Lucca holds them. `day` is 0 or 1; records that nobody touched are the same on both.
fn lucca(person: &Person, day: usize) -> Json {
    let spelling = Spelling { turn: person.index + day };
    let mut record = Map::new();
    record.insert("id".to_owned(), json!(person.id()));
    record.insert("firstName".to_owned(), json!(spelling.accents(&person.first)));
    record.insert("lastName".to_owned(), json!(spelling.last(&person.last)));
    record.insert("displayName".to_owned(), json!(format!("{} {}", person.first, person.last)));
    put_mail(&mut record, person, &spelling);
    record.insert("login".to_owned(), json!(format!("{}{}", &ascii(&person.first)[..1], ascii(&person.last))));
    record.insert("employeeNumber".to_owned(), if person.part == Part::NoNumber { Json::Null } else { json!(person.number()) });
    record.insert("dtContractStart".to_owned(), json!(spelling.time(&person.start)));
    record.insert("dtContractEnd".to_owned(), person.end.as_ref().map_or(Json::Null, |end| json!(contract_end(person, &spelling, end))));
    let (year, month, day_of_month) = person.birth;
    record.insert(
        "birthDate".to_owned(),
        if person.has_birth_date() { json!(format!("{year}-{month:02}-{day_of_month:02}T00:00:00")) } else { Json::Null },
    );
    record.insert("jobTitle".to_owned(), json!((["Analyst", "Manager", "Engineer", "Assistant"][person.index % 4])));
    record.insert(
        "department".to_owned(),
        person.department_name().map_or(Json::Null, |name| json!({ "id": 10 + person.department, "name": name })),
    );
    record.insert(
        "legalEntity".to_owned(),
        json!({ "id": 1 + person.index % 2, "name": (["Acme France", "Acme Deutschland"][person.index % 2]) }),
    );
    record.insert("manager".to_owned(), if person.index < 9 { Json::Null } else { json!({ "id": 401 + person.index % 9 }) });
    record.insert("extendedData".to_owned(), json!({ "e_badge": format!("B-{:03}", person.index) }));
    let fraction = ["", ".583", ".03", ".5", ".120"][person.index % 5];
    let ago = if day == 0 { 20 + person.index % 300 } else { 1 };
    record.insert("modifiedAt".to_owned(), json!(format!("{{today-{ago}}}T10:20:06{fraction}")));
    Json::Object(record)
}

fn contract_end(person: &Person, spelling: &Spelling, end: &str) -> String {
    if person.part == Part::BadDate { format!("{end}T00:00:00") } else { spelling.time(end) }
}

/// Missing in all its ways: `null`, empty, blank, and no such member at all.
fn put_mail(record: &mut Map<String, Json>, person: &Person, spelling: &Spelling) {
    let mail = match (person.lacks_mail(), person.index % 4) {
        (false, _) => spelling.mail(person, &person.mail),
        (true, 0) => Json::Null,
        (true, 1) => json!(""),
        (true, 2) => json!("  "),
        (true, _) => return,
    };
    record.insert("mail".to_owned(), mail);
}

const CORE: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
const PROGRAMME: &str = "urn:ietf:params:scim:schemas:extension:rewardgateway:2.0:User";

/// What a member's record says.
struct Member {
    id: usize,
    external_id: Option<String>,
    first: String,
    last: String,
    mail: String,
    division: Option<String>,
    birth: Option<String>,
    active: bool,
}

impl Member {
    fn of(person: &Person) -> Self {
        let (year, month, day) = person.birth;
        Self {
            id: 83_001 + person.index,
            external_id: Some(person.number()),
            first: person.first.clone(),
            last: person.last.clone(),
            mail: person.mail.clone(),
            division: Some(person.department_name().map_or("Commercial", |_| DEPARTMENTS[person.department].1).to_owned()),
            birth: person.has_birth_date().then(|| format!("{day:02}/{month:02}/{year}")),
            active: true,
        }
    }

    fn json(&self) -> Json {
        let mut record = json!({
            "schemas": [CORE, ENTERPRISE, PROGRAMME],
            "id": self.id.to_string(),
            "userName": self.external_id.as_ref().unwrap_or(&self.mail),
            "name": { "givenName": self.first, "familyName": self.last },
            "emails": [{ "value": self.mail, "type": "work", "primary": true }],
            "active": self.active,
        });
        let fields = record.as_object_mut().expect("an object");
        fields.extend(self.external_id.iter().map(|id| ("externalId".to_owned(), json!(id))));
        fields.extend(self.division.iter().map(|name| (ENTERPRISE.to_owned(), json!({ "department": name }))));
        fields.extend(self.birth.iter().map(|birth| (PROGRAMME.to_owned(), json!({ "dateOfBirth": birth }))));
        fields.insert(
            "meta".to_owned(),
            json!({ "resourceType": "User", "created": "2024-09-07T10:20:06Z", "lastModified": "2025-03-02T09:00:00Z" }),
        );
        record
    }
}

/// The accounts of one person: none, one, or (where the rules disagree) two.
fn accounts(person: &Person, shared_taken: &mut bool) -> Vec<Member> {
    if !person.is_member() || (person.part == Part::Shared && std::mem::replace(shared_taken, true)) {
        return Vec::new();
    }
    let mut member = Member::of(person);
    match person.part {
        Part::OldDivision => member.division = Some("Customer Service".to_owned()),
        Part::OldName => member.last = "Tremblay".to_owned(),
        Part::OldMail => member.mail = member.mail.replace('@', ".old@"),
        Part::OldDivisionAndMail => {
            member.division = Some("Customer Service".to_owned());
            member.mail = member.mail.replace('@', ".old@");
        }
        Part::ByMail | Part::LeaverByMail | Part::Shared => member.external_id = None,
        Part::ClosedByHand => member.active = false,
        Part::NoMailMember if person.fate == Fate::GetsMail => member.division = Some("Customer Service".to_owned()),
        Part::Administrator => member.division = Some("Programme administrators".to_owned()),
        Part::RulesDisagree => {
            member.mail = member.mail.replace('@', ".old@");
            return vec![member, Member { id: 90_417, external_id: None, ..Member::of(person) }];
        }
        Part::Settled => respell(person, &mut member),
        _ => {}
    }
    vec![member]
}

/// A settled member may be written differently, and mean the same.
fn respell(person: &Person, member: &mut Member) {
    match person.index % 17 {
        3 => member.mail = member.mail.replacen(&ascii(&person.first), &plain(&person.first), 1),
        8 => member.last = member.last.nfd().collect(),
        _ => {}
    }
}

fn stranger(index: usize) -> Member {
    Member {
        id: 84_001 + index,
        external_id: Some(format!("X-{index:03}")),
        first: "Guest".to_owned(),
        last: ["Alder", "Birch", "Cedar", "Dogwood"][index % 4].to_owned(),
        mail: format!("guest{index}@example.com"),
        division: (index % 2 == 0).then(|| "Partners".to_owned()),
        birth: None,
        active: index != 3,
    }
}

/// A person on the next day, or nobody if nothing was touched.
fn changed(person: &Person) -> Option<Person> {
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

/// What one run must give: the keys of each verdict.
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

    /// Who stays as they are on every day, whatever was written for others.
    fn settled(&mut self, person: &Person) {
        match person.part {
            Part::LeaverByMail => self.put("leaver_with_account", person),
            Part::Former | Part::FormerWithoutMail => self.put("gone", person),
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
            Part::Joiner => self.put("join", person),
            Part::Leaver | Part::LeaverWithoutMail => self.put("linked_leaver", person),
            _ => self.settled(person),
        }
    }

    fn second(&mut self, person: &Person) {
        match person.part {
            Part::Leaver | Part::LeaverWithoutMail => self.put("leave", person),
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
            Fate::GetsMail | Fate::IsHired | Fate::Starts | Fate::GetsNumber => self.put("join", &now),
            Fate::Vanishes => self.put("missing", person),
            Fate::Mended | Fate::Respelled => self.unchanged += 1,
            Fate::Same if matches!(person.part, Part::Leaver | Part::LeaverWithoutMail) => self.put("gone", person),
            Fate::Same => self.settled(person),
        }
    }

    fn count(&self, verdict: &str) -> usize {
        self.keys.get(verdict).map_or(0, BTreeSet::len)
    }

    /// Records read: all rows of the ledger but the missing.
    fn read(&self) -> usize {
        let named: usize =
            self.keys.iter().filter(|(verdict, _)| !matches!(**verdict, "missing" | "failed")).map(|(_, keys)| keys.len()).sum();
        named + self.change.len() + self.rejected.len() + self.out_of_scope.values().map(BTreeSet::len).sum::<usize>() + self.unchanged
    }

    fn json(&self, members: usize) -> Json {
        let mut all = json!({
            "read": self.read(),
            "members": members,
            "unchanged": self.unchanged,
            "change": self.change,
            "rejected": self.rejected,
            "out_of_scope": self.out_of_scope,
            "welcome_mails": self.count("join") - self.count("failed"),
        });
        for verdict in ["join", "leave", "return", "held", "gone", "missing", "failed", "linked_leaver", "leaver_with_account"] {
            all[verdict] = json!(self.keys.get(verdict).cloned().unwrap_or_default());
        }
        all
    }
}

fn expected(people: &[Person], new: &[Person], members: usize) -> Json {
    let (mut first, mut second, mut next_day) = (Expected::default(), Expected::default(), Expected::default());
    for person in people {
        first.first(person);
        second.second(person);
        next_day.next_day(person);
    }
    for (at, person) in new.iter().enumerate() {
        next_day.put(if at == DOUBLE { "held" } else { "join" }, person);
    }
    next_day.put("failed", &new[BAD_NAME]);
    let after = members + first.count("join");
    json!({ "first_run": first.json(members), "second_run": second.json(after), "next_day": next_day.json(after) })
}

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
    vec![
        ("lucca.users.jsonl", lines(people.iter().map(|person| lucca(person, 0)))),
        ("reward_gateway.members.jsonl", lines(members.iter().map(Member::json))),
        ("next_day/lucca.users.jsonl", lines(moved.chain(gone))),
        ("expected.json", format!("{:#}\n", expected(&people, &new, members.len()))),
    ]
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("pipelines/seed")
}

/// `WRITE_SEED=1 cargo test seed` writes the files anew.
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
    let text = files().pop().unwrap().1;
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
