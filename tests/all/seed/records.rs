//! The records of the seed data in both systems.

use super::cast::{DEPARTMENTS, Fate, Part, Person, ascii, plain};
use serde_json::{Map, Value as Json, json};
use unicode_normalization::UnicodeNormalization;

/// Other spellings of equal values: upper-case names, mixed-case and padded addresses, decomposed accents.
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

/// A person's record in Lucca. `day` is 0 or 1; unchanged records are the same on both days.
pub fn lucca(person: &Person, day: usize) -> Json {
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

/// All forms of a missing value: `null`, empty, blank, and no such member.
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

/// The values of a member's record.
pub struct Member {
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

    pub fn json(&self) -> Json {
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
pub fn accounts(person: &Person, shared_taken: &mut bool) -> Vec<Member> {
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
        Part::ClosedByHand | Part::Leaver | Part::LeaverWithoutMail => member.active = false,
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

/// An unchanged member may be spelled differently with the same meaning.
fn respell(person: &Person, member: &mut Member) {
    match person.index % 17 {
        3 => member.mail = member.mail.replacen(&ascii(&person.first), &plain(&person.first), 1),
        8 => member.last = member.last.nfd().collect(),
        _ => {}
    }
}

pub fn stranger(index: usize) -> Member {
    Member {
        id: 84_001 + index,
        external_id: Some(format!("X-{index:03}")),
        first: "Guest".to_owned(),
        last: ["Alder", "Birch", "Cedar", "Dogwood"][index % 4].to_owned(),
        mail: format!("guest{index}@example.com"),
        division: index.is_multiple_of(2).then(|| "Partners".to_owned()),
        birth: None,
        active: index != 3,
    }
}
