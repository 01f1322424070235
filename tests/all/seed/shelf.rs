//! The seed data of systems that no integration uses: employees in Odoo, and their accounts elsewhere.

use super::lines;
use serde_json::{Value as Json, json};

/// The part that an employee plays on the first day and on the next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    /// In all systems, with equal values.
    Settled,
    /// Has another last name in the other systems.
    Renamed,
    /// Has no account yet.
    Joiner,
    /// Is archived on the next day.
    Leaver,
    /// Left before; the account is closed.
    Former,
    /// Only there from the next day on.
    Newcomer,
}

use Part as P;

const PARTS: &[(Part, usize)] = &[(P::Settled, 6), (P::Renamed, 2), (P::Joiner, 3), (P::Leaver, 2), (P::Former, 1), (P::Newcomer, 1)];
const FIRST: &[&str] = &["Anna", "Boris", "Clara", "Deniz", "Emil", "Fatima", "Gita", "Hanna", "Ivan", "Julia", "Kofi", "Lena", "Marco"];
const LAST: &[&str] = &["Abel", "Berg", "Castro", "Dahl", "Eklund", "Fischer", "Gallo", "Holm", "Ito", "Jensen", "Kaya"];
const DEPARTMENTS: &[&str] = &["Sales", "Workshop", "Office"];

struct Employee {
    number: usize,
    part: Part,
    next_day: bool,
}

impl Employee {
    fn first(&self) -> &'static str {
        FIRST[self.number % FIRST.len()]
    }

    fn last(&self) -> &'static str {
        LAST[self.number % LAST.len()]
    }

    /// As other systems have it.
    fn known_last(&self) -> &'static str {
        if self.part == P::Renamed { "Young" } else { self.last() }
    }

    fn badge(&self) -> String {
        format!("{:05}", self.number)
    }

    fn department(&self) -> usize {
        self.number % DEPARTMENTS.len()
    }

    fn email(&self) -> String {
        format!("{}.{}{}@example.com", self.first(), self.last(), self.number).to_lowercase()
    }

    fn left(&self) -> bool {
        self.part == P::Former || self.part == P::Leaver && self.next_day
    }

    fn odoo(&self) -> Json {
        let department = json!([10 + self.department(), DEPARTMENTS[self.department()]]);
        json!({
            "id": self.number, "name": format!("{} {}", self.first(), self.last()), "work_email": self.email(), "barcode": self.badge(),
            "department_id": if self.number == 1 { json!(false) } else { department }, "active": !self.left(),
            "departure_date": if self.left() { json!("{today-2}") } else { json!(false) },
        })
    }

    fn snipeit(&self) -> Json {
        json!({
            "id": 100 + self.number, "name": format!("{} {}", self.first(), self.known_last()), "first_name": self.first(),
            "last_name": self.known_last(), "username": self.email(), "employee_num": self.badge(), "email": self.email(), "jobtitle": null,
            "manager": null, "department": { "id": 3 + self.department(), "name": DEPARTMENTS[self.department()] },
            "activated": self.part != P::Former, "start_date": null,
            "updated_at": { "datetime": "2025-03-02 09:00:00", "formatted": "2025-03-02 09:00 AM" }, "deleted_at": null,
        })
    }

    fn graph(&self) -> Json {
        json!({
            "id": format!("00000000-0000-4000-8000-{:012}", self.number), "userPrincipalName": self.email(),
            "displayName": format!("{} {}", self.first(), self.known_last()), "givenName": self.first(), "surname": self.known_last(),
            "employeeId": self.badge(), "department": self.department_name(), "businessPhones": [], "accountEnabled": true,
            "employeeLeaveDateTime": null,
        })
    }

    fn zoom(&self) -> Json {
        json!({
            "id": format!("zoom-{}", self.number), "email": self.email(), "first_name": self.first(), "last_name": self.known_last(), "type": 1,
            "dept": self.department_name(), "status": "active",
        })
    }

    fn department_name(&self) -> Json {
        if self.number == 1 { Json::Null } else { json!(DEPARTMENTS[self.department()]) }
    }
}

/// A user without an employee, who was invited and has not signed in yet.
fn invited() -> Json {
    json!({ "email": "guest@example.com", "first_name": "Guest", "last_name": "Alder", "type": 1, "dept": null, "status": "pending" })
}

/// Members of an organisation by login, role and state.
fn members() -> impl Iterator<Item = Json> {
    let all =
        [("octavia", "admin", "active"), ("bberg", "member", "active"), ("CCastro", "member", "active"), ("ddahl", "member", "pending")];
    all.into_iter().map(|(login, role, state)| json!({ "login": login, "role": role, "state": state }))
}

fn employees(next_day: bool) -> Vec<Employee> {
    let parts = PARTS.iter().flat_map(|(part, count)| std::iter::repeat_n(*part, *count));
    parts.enumerate().map(|(at, part)| Employee { number: at + 1, part, next_day }).collect()
}

/// The files by their path in the seed's folder.
pub fn files() -> Vec<(&'static str, String)> {
    let (all, tomorrow) = (employees(false), employees(true));
    let today = || all.iter().filter(|one| one.part != P::Newcomer);
    let known = || today().filter(|one| one.part != P::Joiner);
    let open = || known().filter(|one| one.part != P::Former);
    let moved = tomorrow.iter().filter(|one| matches!(one.part, P::Leaver | P::Newcomer));
    vec![
        ("odoo.employees.jsonl", lines(today().map(Employee::odoo))),
        ("next_day/odoo.employees.jsonl", lines(moved.map(Employee::odoo))),
        ("snipeit.users.jsonl", lines(known().map(Employee::snipeit))),
        ("graph.users.jsonl", lines(open().map(Employee::graph))),
        ("zoom.users.jsonl", lines(open().map(Employee::zoom).chain([invited()]))),
        ("github.members.jsonl", lines(members())),
    ]
}
