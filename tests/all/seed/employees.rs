//! The seed data of integration B: employees of Sage People, users of Oomnitza and their accounts in SaaS products.

use super::lines;
use jiff::{civil::Date, tz::TimeZone};
use serde_json::{Value as Json, json};

/// The part that an employee plays on the first day and on the next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    /// In both systems, with equal values.
    Settled,
    /// Equal in both, and leaves on the next day.
    Leaver,
    /// Equal in both, and has another office on the next day.
    Mover,
    /// Has another job title than the user.
    Promoted,
    /// The user does not know the employee's id; the address finds it.
    ByAddress,
    /// Not a user yet.
    Joiner,
    /// Left before, and is suspended.
    Former,
    /// Left before, and comes back on the next day.
    Returner,
    /// Without an e-mail address.
    NoAddress,
    /// `currentEmployment` is null.
    NoEmployment,
    /// Left, and is an administrator there.
    Administrator,
    /// Only there from the next day on.
    Newcomer,
}

use Part as P;

const PARTS: &[(Part, usize)] = &[
    (P::Settled, 24),
    (P::Leaver, 3),
    (P::Mover, 2),
    (P::Promoted, 4),
    (P::ByAddress, 3),
    (P::Joiner, 4),
    (P::Former, 2),
    (P::Returner, 1),
    (P::NoAddress, 1),
    (P::NoEmployment, 2),
    (P::Administrator, 1),
    (P::Newcomer, 1),
];

const FIRST: &[&str] = &["Alice", "Bruno", "Chloe", "David", "Elena", "Farid", "Grace", "Hugo", "Ines", "Jonas", "Karin", "Liam"];
const LAST: &[&str] = &["Archer", "Bailey", "Carter", "Dixon", "Ellis", "Foster", "Grant", "Hayes", "Irwin", "Jarvis", "Keane"];
/// Name, street, city, region, post code, country.
type Office = (&'static str, &'static str, &'static str, Option<&'static str>, &'static str, &'static str);

const OFFICES: &[Office] = &[
    ("London HQ", "1 Example Street", "London", Some("Greater London"), "EC1A 1AA", "United Kingdom"),
    ("Leeds", "22 Mill Lane", "Leeds", Some("West Yorkshire"), "LS1 4AP", "United Kingdom"),
    ("Paris", "3 rue Exemple", "Paris", Some("IDF"), "75001", "France"),
    ("Dublin", "14 Quay Road", "Dublin", None, "D02 AF30", "Ireland"),
];
const DEPARTMENTS: &[&str] = &["Finance", "Sales", "Engineering", "Customer Care"];
const TITLES: &[&str] = &["Analyst", "Account Manager", "Engineer", "Team Lead", "Advisor"];

/// One employee.
#[derive(Clone, Debug)]
struct Employee {
    number: usize,
    part: Part,
    office: usize,
    active: bool,
}

fn employees() -> Vec<Employee> {
    let parts = PARTS.iter().flat_map(|(part, count)| std::iter::repeat_n(*part, *count));
    let active = |part| !matches!(part, P::Former | P::Returner | P::Administrator);
    parts.enumerate().map(|(at, part)| Employee { number: at + 1, part, office: (at + 1) % OFFICES.len(), active: active(part) }).collect()
}

impl Employee {
    fn id(&self) -> String {
        format!("a2G{:012}AAA", self.number)
    }

    fn first(&self) -> &'static str {
        FIRST[self.number % FIRST.len()]
    }

    fn last(&self) -> &'static str {
        LAST[self.number % LAST.len()]
    }

    /// In mixed case; Oomnitza stores it in lower case.
    fn address(&self) -> String {
        format!("{}.{}{}@example.com", self.first(), self.last(), self.number)
    }

    fn title(&self) -> &'static str {
        TITLES[self.number % TITLES.len()]
    }

    fn started(&self) -> Date {
        jiff::civil::date(2015 + (self.number % 9) as i16, 1 + (self.number % 12) as i8, 1 + (self.number % 27) as i8)
    }

    /// The last day of people who left, and of people with a fixed term.
    fn ends(&self) -> Json {
        match (self.active, self.term()) {
            (false, _) => json!("{today-20}"),
            (true, Some(day)) => json!(day.to_string()),
            (true, None) => Json::Null,
        }
    }

    fn term(&self) -> Option<Date> {
        self.number.is_multiple_of(4).then(|| jiff::civil::date(2035 + (self.number % 3) as i16, 6, 30))
    }

    /// As Sage People's REST API returns it.
    fn sage(&self) -> Json {
        let (office, line, city, region, code, country) = OFFICES[self.office];
        let employment = json!({
            "name": format!("{} #{}", self.started().strftime("%Y.%m"), self.number), "active": self.active,
            "startDate": self.started().to_string(), "endDate": self.ends(),
            "jobTitle": self.title(),
        });
        json!({
            "id": self.id(), "fullName": format!("{} {}", self.first(), self.last()), "firstName": self.first(), "lastName": self.last(),
            "emailAddress": if self.part == P::NoAddress { Json::Null } else { json!(self.address()) },
            "hrDepartment": if self.number.is_multiple_of(11) { Json::Null } else { json!(DEPARTMENTS[self.number % DEPARTMENTS.len()]) },
            "currentEmployment": if self.part == P::NoEmployment { Json::Null } else { employment },
            "workAddress": { "name": office, "line1": line, "line2": if self.number.is_multiple_of(5) { json!("Floor 2") } else { Json::Null }, "line3": if self.number % 4 == 1 { json!(format!("Block {}", self.number % 3)) } else { Json::Null },
                "city": city, "region": region, "postalCode": code, "country": country },
            "additionalFields": if self.number.is_multiple_of(3) { json!([{ "name": "badge", "value": format!("B-{}", 100 + self.number), "source": "Badge__c" }]) } else { json!([]) },
        })
    }

    /// The same person as a result of Salesforce's query language. The status of a person without employment is in no list.
    fn team_member(&self) -> Json {
        let (office, .., country) = OFFICES[self.office];
        let status = match (self.active, self.part) {
            (false, _) => "Leaver",
            (true, P::NoEmployment) => "Seconded",
            (true, _) if self.number.is_multiple_of(7) => "On Leave",
            (true, _) => "Active",
        };
        let sage = self.sage();
        json!({
            "Id": self.id(), "Name": sage["fullName"], "fHCM2__Unique_Id__c": format!("{:05}", self.number),
            "fHCM2__First_Name__c": self.first(), "fHCM2__Surname__c": self.last(), "fHCM2__Email__c": sage["emailAddress"],
            "fHCM2__Employment_Status__c": status, "fHCM2__Job_Title__c": self.title(), "fHCM2__Division__c": sage["hrDepartment"],
            "fHCM2__Country__c": country, "fHCM2__Hire_Date__c": self.started().to_string(), "fHCM2__Manager__r": null,
            "fHCM2__Current_Employment__r": if self.part == P::NoEmployment { Json::Null } else {
                json!({ "Name": sage["currentEmployment"]["name"], "fHCM2__Start_Date__c": self.started().to_string(), "fHCM2__Work_Location__r": { "Name": office } })
            },
            "SystemModstamp": "2026-02-27T08:15:00.000+0000",
        })
    }

    fn user_id(&self) -> String {
        format!("{:032x}", 0x7d2c_0f3e_9a6b_4f6c_u128 * self.number as u128)
    }

    /// The user as Oomnitza's API returns it.
    fn user(&self) -> Json {
        let sage = self.sage();
        let (employment, address) = (&sage["currentEmployment"], &sage["workAddress"]);
        let title = if self.part == P::Promoted { json!("Trainee") } else { employment["jobTitle"].clone() };
        let seconds = |day: Date| day.to_zoned(TimeZone::UTC).expect("a day of this century").timestamp().as_second();
        json!({
            "user_id": self.user_id(), "uid": 1000 + self.number, "username": self.address().to_lowercase(), "email": self.address().to_lowercase(),
            "first_name": self.first(), "last_name": self.last(), "full_name": sage["fullName"],
            "position": "Employee", "role": if self.part == P::Administrator { 1 } else { 25 }, "phone_number": "", "address": "", "external_id": "",
            "suspended": matches!(self.part, P::Former | P::Returner), "deleted": "0", "version": 1,
            "creation_date": 1_735_689_600 + self.number as i64, "change_date": 1_740_906_000, "last_login_date": 0,
            "sage_user_id": if self.part == P::ByAddress { Json::Null } else { json!(self.id()) },
            "hr_department": sage["hrDepartment"], "job_title": title, "employment_name": employment["name"], "employment_active": employment["active"],
            "employment_start_date": if employment.is_null() { Json::Null } else { json!(seconds(self.started())) }, "employment_end_date": if employment.is_null() { Json::Null } else { json!(self.term().map(seconds)) },
            "work_location": address["name"], "address_line_1": address["line1"], "address_line_2": address["line2"], "address_line_3": address["line3"],
            "city": address["city"], "region": address["region"], "postal_code": address["postalCode"], "country": address["country"],
            "badge": sage["additionalFields"][0]["value"],
        })
    }

    /// Their accounts in SaaS products.
    fn accounts(&self) -> impl Iterator<Item = Json> {
        let products = if self.number.is_multiple_of(2) { &["crm", "design"][..] } else { &["crm"][..] };
        let (number, user, address) = (self.number, self.user_id(), self.address().to_lowercase());
        products.iter().map(move |product| {
            json!({ "saas_user_id": format!("{product}-{number}"), "saas_id": product, "user_id": user, "email": address, "active": true })
        })
    }

    /// The record on the next day, if it differs.
    fn next_day(&self) -> Option<Self> {
        Some(match self.part {
            P::Leaver => Self { active: false, ..self.clone() },
            P::Mover => Self { office: (self.office + 1) % OFFICES.len(), ..self.clone() },
            P::Returner => Self { active: true, ..self.clone() },
            P::Newcomer => self.clone(),
            _ => return None,
        })
    }
}

/// A user without an employee in Sage People.
fn stranger(at: usize) -> Json {
    let name = format!("service{at}");
    json!({
        "user_id": format!("{:032x}", 0xfeed_0000_u128 + at as u128), "uid": 9000 + at, "username": format!("{name}@example.com"), "email": format!("{name}@example.com"),
        "first_name": "Service", "last_name": format!("Account {at}"), "full_name": format!("Service Account {at}"), "position": "Contractor", "role": 25,
        "suspended": false, "deleted": "0", "version": 1, "creation_date": 1_700_000_000 + at as i64, "change_date": 1_700_000_000, "last_login_date": 0,
    })
}

/// The files of integration B by their path in the seed's folder.
pub fn files() -> Vec<(&'static str, String)> {
    let all = employees();
    let today: Vec<&Employee> = all.iter().filter(|one| one.part != P::Newcomer).collect();
    let users: Vec<&Employee> = today.iter().copied().filter(|one| !matches!(one.part, P::Joiner | P::NoAddress)).collect();
    vec![
        ("sage_people.employees.jsonl", lines(today.iter().map(|one| one.sage()))),
        ("sage_people_soql.team_members.jsonl", lines(today.iter().map(|one| one.team_member()))),
        ("oomnitza.users.jsonl", lines(users.iter().map(|one| one.user()).chain((1..=3).map(stranger)))),
        ("oomnitza.saas_users.jsonl", lines(users.iter().filter(|one| one.active).flat_map(|one| one.accounts()))),
        ("next_day/sage_people.employees.jsonl", lines(all.iter().filter_map(Employee::next_day).map(|one| one.sage()))),
        ("next_day/sage_people_soql.team_members.jsonl", lines(all.iter().filter_map(Employee::next_day).map(|one| one.team_member()))),
    ]
}
