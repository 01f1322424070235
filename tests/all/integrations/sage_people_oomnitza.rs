//! Integration B against the vendors' stand-ins: users of Oomnitza from the employees of Sage People.

use super::{lines, wrote};
use crate::{
    project::Answer,
    vendors::{
        VendorFixture,
        oomnitza::Oomnitza,
        sage_people::SagePeople,
        server::{StandIn, Switch, Then},
    },
};
use serde_json::{Value as Json, json};

const PIPELINE: &str = "sage_people_to_oomnitza";

/// The tracked fields, with their paths in an employee and in a user.
const TRACKED: &[(&str, &str)] = &[
    ("/id", "sage_user_id"),
    ("/firstName", "first_name"),
    ("/lastName", "last_name"),
    ("/fullName", "full_name"),
    ("/emailAddress", "email"),
    ("/hrDepartment", "hr_department"),
    ("/currentEmployment/name", "employment_name"),
    ("/currentEmployment/active", "employment_active"),
    ("/currentEmployment/startDate", "employment_start_date"),
    ("/currentEmployment/endDate", "employment_end_date"),
    ("/currentEmployment/jobTitle", "job_title"),
    ("/workAddress/name", "work_location"),
    ("/workAddress/line1", "address_line_1"),
    ("/workAddress/line2", "address_line_2"),
    ("/workAddress/line3", "address_line_3"),
    ("/workAddress/city", "city"),
    ("/workAddress/region", "region"),
    ("/workAddress/postalCode", "postal_code"),
    ("/workAddress/country", "country"),
];

/// An employee with a value in every field, whose employment ends in the far future.
fn employee(number: u32, first: &str, last: &str) -> Json {
    json!({ "id": id(number), "fullName": format!("{first} {last}"), "firstName": first, "lastName": last,
        "emailAddress": format!("{first}.{last}@example.com"), "hrDepartment": "Finance",
        "currentEmployment": { "name": format!("2019.02 #{number}"), "active": true, "startDate": "2018-01-02", "endDate": "2999-12-31", "jobTitle": "Analyst" },
        "workAddress": { "name": "Paris HQ", "line1": "1 rue Exemple", "line2": "Bâtiment B", "line3": "3e étage",
            "city": "Paris", "region": "IDF", "postalCode": "75001", "country": "France" },
        "additionalFields": [{ "name": "badge", "value": format!("B-{number}"), "source": "Badge__c" }] })
}

fn id(number: u32) -> String {
    format!("a2G{number:012}AAA")
}

fn user(email: &str, role: u32) -> Json {
    json!({ "username": email, "email": email, "role": role })
}

struct Given {
    sage: StandIn<SagePeople>,
    oomnitza: StandIn<Oomnitza>,
    fixture: VendorFixture,
}

fn given(settings: &str, employees: Vec<Json>, users: &[Json]) -> Given {
    let (sage, oomnitza) = (StandIn::new(SagePeople::new(employees)), StandIn::new(Oomnitza::new()));
    users.iter().for_each(|user| drop(oomnitza.vendor().add(user)));
    let fixture = VendorFixture::new(settings).served("sage_people", &sage).served("oomnitza", &oomnitza);
    Given { sage, oomnitza, fixture }
}

impl Given {
    fn change(&self, number: u32, at: &str, value: impl Into<Json>) {
        let mut sage = self.sage.vendor();
        let employee = sage.employees.iter_mut().find(|one| one["id"] == id(number)).expect("an employee");
        *employee.pointer_mut(at).expect("a field") = value.into();
    }

    #[track_caller]
    fn run(&self) -> Answer {
        let answer = self.fixture.counterpart(&["run", PIPELINE]);
        assert_eq!(answer.code, 0, "{answer:?}");
        answer
    }

    /// The writes since the last call; a user is named by its present address.
    fn wrote(&self) -> Vec<String> {
        let users = self.oomnitza.vendor().users.clone();
        let named = |line: String| {
            let name = |line: String, user: &Json| {
                line.replace(&format!("users/{}", user["user_id"].as_str().unwrap()), &format!("users/{}", user["email"].as_str().unwrap()))
            };
            users.iter().fold(line, name)
        };
        let mut wrote: Vec<String> = wrote(&self.oomnitza, "/api/v3/").into_iter().map(named).collect();
        wrote.sort();
        wrote
    }
}

#[test]
fn all_19_tracked_fields_arrive_and_a_second_run_writes_nothing() {
    let given = given("", vec![employee(1, "Jeanne", "Martin")], &[]);
    let first = given.fixture.publish(PIPELINE);
    assert_eq!((first.code, first.count("result", "created")), (0, 1), "{first:?}");
    let employee = given.sage.vendor().employees[0].clone();
    let made = given.oomnitza.vendor().users[0].clone();
    for (from, to) in TRACKED {
        let expected = match *to {
            "email" => "jeanne.martin@example.com".into(),
            "employment_start_date" => 1_514_851_200_i64.into(),
            "employment_end_date" => 32_503_593_600_i64.into(),
            _ => employee.pointer(from).expect("a field").clone(),
        };
        assert_eq!(made[to], expected, "{from}");
    }
    assert_eq!(
        [&made["username"], &made["role"], &made["position"], &made["badge"]],
        ["jeanne.martin@example.com", "25", "Employee", "B-1"].map(|text| if text == "25" { json!(25) } else { json!(text) }).each_ref()
    );
    given.oomnitza.forget();
    let second = given.run();
    assert_eq!((second.count("result", "nothing_to_do"), given.wrote()), (1, Vec::new()), "{second:?}");
}

/// A person without an address, a region or a known employment, or who left before, gets no user. An existing user is found by its address,
/// in any case, and completed. A leaver's user that only the address finds is left to a person.
#[test]
fn the_first_run_finds_who_is_there_and_makes_who_is_not() {
    let names = ["Jeanne", "Paul", "Nina", "Ann", "Leo", "Mia", "Zoe"];
    let employees = (1..).zip(names).map(|(number, first)| employee(number, first, "Martin")).collect();
    let users = [user("ann.martin@EXAMPLE.com", 40), user("mia.martin@example.com", 25), user("somebody@example.com", 1)];
    let given = given("[env.production]\nregion_only = true\nrole = 30\n", employees, &users);
    given.change(2, "/emailAddress", Json::Null);
    given.change(3, "/currentEmployment", Json::Null);
    given.change(5, "/currentEmployment/active", false);
    given.change(6, "/currentEmployment/active", false);
    given.change(7, "/workAddress", Json::Null);
    let first = given.fixture.publish(PIPELINE);
    let counted = ["created", "updated", "left", "out_of_scope"].map(|name| first.count("result", name));
    assert_eq!((first.code, counted), (0, [1, 1, 0, 3]), "{first:?}");
    let filled = |number: u32, first: &str| {
        format!(
            r#""first_name":"{first}","last_name":"Martin","full_name":"{first} Martin","employment_active":true,"hr_department":"Finance","job_title":"Analyst","employment_name":"2019.02 #{number}","employment_start_date":1514851200,"employment_end_date":32503593600,"work_location":"Paris HQ","address_line_1":"1 rue Exemple","address_line_2":"Bâtiment B","address_line_3":"3e étage","city":"Paris","region":"IDF","postal_code":"75001","country":"France","badge":"B-{number}"}}"#
        )
    };
    let expected = [
        format!(r#"PATCH users/ann.martin@EXAMPLE.com {{"sage_user_id":"{}",{}"#, id(4), filled(4, "Ann")),
        format!(
            r#"POST users {{"username":"jeanne.martin@example.com","email":"jeanne.martin@example.com","sage_user_id":"{}","role":30,"position":"Employee",{}"#,
            id(1),
            filled(1, "Jeanne")
        ),
    ];
    assert_eq!(given.wrote(), expected);
    assert_eq!(given.oomnitza.vendor().user("ann.martin@example.com").unwrap()["role"], 40, "a role is given once, on create");
    assert_eq!((given.run().count("result", "written"), given.wrote()), (0, Vec::new()));
}

#[test]
fn a_day_of_joins_changes_leavers_and_a_return() {
    let names = ["Jeanne", "Paul", "Nina", "Ann", "Leo", "Mia", "Eve"];
    let employees = (1..).zip(names).map(|(number, first)| employee(number, first, "Martin")).collect();
    let given = given("", employees, &[user("eve.martin@example.com", 1)]);
    given.fixture.publish(PIPELINE);
    given.oomnitza.forget();
    given.sage.vendor().employees.push(employee(8, "Ian", "Novak"));
    // Jeanne marries and moves; Paul has no line 2 and 3 any more, and a badge that no line reads.
    given.change(1, "/emailAddress", "Jeanne.ROUX@example.com");
    given.change(1, "/lastName", "Roux");
    given.change(1, "/fullName", "Jeanne Roux");
    given.change(1, "/workAddress/city", "Lyon");
    given.change(2, "/workAddress/line2", Json::Null);
    given.change(2, "/workAddress/line3", "");
    given.change(2, "/additionalFields", json!([]));
    // Nina and Leo leave, Leo without an address any more; Ann's employment is not known for a day; Eve is an administrator.
    given.change(3, "/currentEmployment/endDate", "2020-01-31");
    given.change(4, "/currentEmployment", Json::Null);
    given.change(5, "/currentEmployment/active", false);
    given.change(5, "/emailAddress", Json::Null);
    given.change(7, "/currentEmployment/active", false);
    let second = given.run();
    let counted = ["created", "updated", "left", "out_of_scope", "written"].map(|name| second.count("result", name));
    assert_eq!(counted, [1, 2, 2, 1, 5], "{second:?}");
    let expected = r#"
        PATCH users/jeanne.roux@example.com {"username":"jeanne.roux@example.com","email":"jeanne.roux@example.com","last_name":"Roux","full_name":"Jeanne Roux","city":"Lyon"}
        PATCH users/leo.martin@example.com {"suspended":true}
        PATCH users/nina.martin@example.com {"suspended":true}
        PATCH users/paul.martin@example.com {"address_line_2":null,"address_line_3":null}
        POST users {"username":"ian.novak@example.com","email":"ian.novak@example.com","sage_user_id":"a2G000000000008AAA","role":25,"position":"Employee","first_name":"Ian","last_name":"Novak","full_name":"Ian Novak","employment_active":true,"hr_department":"Finance","job_title":"Analyst","employment_name":"2019.02 #8","employment_start_date":1514851200,"employment_end_date":32503593600,"work_location":"Paris HQ","address_line_1":"1 rue Exemple","address_line_2":"Bâtiment B","address_line_3":"3e étage","city":"Paris","region":"IDF","postal_code":"75001","country":"France","badge":"B-8"}
    "#;
    assert_eq!(given.wrote(), lines(expected));
    assert_eq!((given.run().count("result", "written"), given.wrote()), (0, Vec::new()));
    given.change(3, "/currentEmployment/endDate", Json::Null);
    let third = given.run();
    assert_eq!(third.count("result", "returned"), 1, "{third:?}");
    assert_eq!(given.wrote(), [r#"PATCH users/nina.martin@example.com {"suspended":false,"employment_end_date":null}"#]);
    assert_eq!((given.run().count("result", "written"), given.wrote()), (0, Vec::new()));
}

#[test]
fn create_only_and_update_only_are_settings() {
    let wanted = |mode: &str| {
        let employees = vec![employee(1, "Jeanne", "Martin"), employee(2, "Ann", "Lee")];
        let setting = format!("[env.production.{PIPELINE}]\nwhat_to_do = \"{mode}\"\n");
        let given = given(&setting, employees, &[user("ann.lee@example.com", 25)]);
        given.fixture.publish(PIPELINE);
        given.wrote().iter().map(|line| line.split(' ').take(2).collect::<Vec<_>>().join(" ")).collect::<Vec<_>>()
    };
    assert_eq!(wanted("create and update"), ["PATCH users/ann.lee@example.com", "POST users"]);
    assert_eq!(wanted("create"), ["POST users"]);
    assert_eq!(wanted("update"), ["PATCH users/ann.lee@example.com"]);
}

/// A token without a lifetime is used until a 401, and then replaced once.
#[test]
fn tokens_expire_in_the_middle() {
    let given =
        given("", (1..=3).map(|number| employee(number, "P", &format!("N{}", ["a", "b", "c"][number as usize - 1]))).collect(), &[]);
    given.sage.vendor().page_size = 1;
    given.sage.switch(
        Switch::next(
            "marker=",
            Then::Answer(crate::vendors::server::Answer::json(
                401,
                r#"[{"message":"Session expired or invalid","errorCode":"INVALID_SESSION_ID"}]"#,
            )),
        )
        .after(1),
    );
    let plan = given.fixture.counterpart(&["plan", PIPELINE]);
    assert_eq!((plan.code, plan.keys("create").len(), given.sage.vendor().issued), (0, 3, 2), "{plan:?}");
}

/// Another user got the address since the plan: it is looked up after a 409, and reported in Oomnitza's words after a 400; the next run finds
/// the user by the address.
#[test]
fn an_address_that_is_taken_meanwhile() {
    for status in [409, 400] {
        let given = given("", vec![employee(1, "Jeanne", "Martin"), employee(2, "Ann", "Lee")], &[]);
        let set = given.fixture.plan(PIPELINE);
        given.oomnitza.vendor().duplicate = status;
        given.oomnitza.vendor().add(&user("ann.lee@example.com", 25));
        let first = given.fixture.counterpart(&["apply", &set, "--people", "full"]);
        assert_eq!((first.code, first.count("result", "created"), first.keys("failed")), (4, 1, vec![id(2)]), "{first:?}");
        assert!(first.out.contains("exists: 7d2c0f3e9a6b4f6c8e1a2b3c4d5e0001 of oomnitza.users"), "{}", first.out);
        let second = given.run();
        assert_eq!((second.count("result", "updated"), given.oomnitza.vendor().users.len()), (1, 2), "{second:?}");
    }
}

#[test]
fn a_choice_that_oomnitza_does_not_know() {
    let given = given("", vec![employee(1, "Jeanne", "Martin")], &[]);
    given.oomnitza.vendor().drop_downs = vec![("position", &["Worker"])];
    let first = given.fixture.publish(PIPELINE);
    assert_eq!((first.code, first.count("result", "failed")), (4, 1), "{first:?}");
    assert!(first.out.contains("position  invalid  ''Employee' is not a valid choice for position'"), "{}", first.out);
}
