//! Integration B where Sage People is read by SOQL: a status of the tenant's pick list says who is active.

use super::{lines, wrote};
use crate::vendors::{VendorFixture, oomnitza::Oomnitza, sage_people::SagePeople, server::StandIn, tools::rsa_key};
use serde_json::{Value as Json, json};

const PIPELINE: &str = "sage_people_soql_to_oomnitza";

fn member(number: u32, first: &str, status: &str) -> Json {
    json!({ "Id": format!("a2G{number:012}AAA"), "Name": format!("{first} Martin"), "fHCM2__Unique_Id__c": format!("{number:05}"),
        "fHCM2__First_Name__c": first, "fHCM2__Surname__c": "Martin", "fHCM2__Email__c": format!("{first}.Martin@example.com"),
        "fHCM2__Employment_Status__c": status, "fHCM2__Job_Title__c": "Analyst", "fHCM2__Division__c": "Finance", "fHCM2__Country__c": "France",
        "fHCM2__Hire_Date__c": "2018-01-02", "fHCM2__Manager__r": null,
        "fHCM2__Current_Employment__r": { "Name": format!("2019.02 #{number}"), "fHCM2__Start_Date__c": "2018-02-01",
            "fHCM2__Work_Location__r": { "Name": "Paris HQ" } },
        "SystemModstamp": "2025-03-02T09:00:00.000+0000" })
}

struct Given {
    sage: StandIn<SagePeople>,
    oomnitza: StandIn<Oomnitza>,
    fixture: VendorFixture,
}

fn given(settings: &str, members: Vec<Json>) -> Given {
    let (sage, oomnitza) = (StandIn::new(SagePeople::new(Vec::new())), StandIn::new(Oomnitza::new()));
    let (pem, public) = rsa_key();
    sage.vendor().team_members = members;
    sage.vendor().public_key = public;
    let settings = format!("[env.production]\nroute = \"SOQL\"\n{settings}");
    let fixture =
        VendorFixture::new(&settings).served("oomnitza", &oomnitza).served("sage_people_soql", &sage).with_secret("private_key", &pem);
    Given { sage, oomnitza, fixture }
}

impl Given {
    fn status(&self, number: usize, status: Json) {
        self.sage.vendor().team_members[number - 1]["fHCM2__Employment_Status__c"] = status;
    }

    fn wrote(&self) -> Vec<String> {
        let line = |user: &Json, line: String| line.replace(user["user_id"].as_str().unwrap(), user["first_name"].as_str().unwrap());
        let users = self.oomnitza.vendor().users.clone();
        let mut all: Vec<_> =
            wrote(&self.oomnitza, "/api/v3/").into_iter().map(|one| users.iter().fold(one, |one, user| line(user, one))).collect();
        all.sort();
        all
    }
}

const NAMES: [&str; 8] = ["Jeanne", "Paul", "Nina", "Ann", "Leo", "Mia", "Zoe", "Eve"];

fn members(statuses: [&str; 8]) -> Vec<Json> {
    (1..).zip(NAMES.into_iter().zip(statuses)).map(|(number, (first, status))| member(number, first, status)).collect()
}

/// Active, future and left are lists in settings, and two more statuses are in the file; a status in none of them rejects the person.
#[test]
fn a_status_says_who_is_active() {
    let given = given("", members(["Active", "Current", "Pre Joiner", "Leaver", "On Leave", "Zombie", "", "Active Employee"]));
    given.sage.vendor().page_size = 3;
    given.sage.vendor().team_members[1]["fHCM2__Current_Employment__r"] = Json::Null;
    given.sage.vendor().team_members[7]["fHCM2__Email__c"] = Json::Null;
    let plan = given.fixture.counterpart(&["plan", PIPELINE]);
    let people = ["create", "rejected", "already_left"].map(|verdict| plan.keys(verdict).iter().map(|key| name(key)).collect::<Vec<_>>());
    assert_eq!(people, [vec!["Jeanne", "Paul", "Leo"], vec!["Mia"], vec![]], "{plan:?}");
    let why = ["has an e-mail address", "has a status", "starts later"];
    assert!(why.iter().all(|why| plan.out.contains(why)) && plan.out.contains("out_of_scope=3"), "{plan:?}");
    assert!(plan.out.contains("code=R0215"), "{plan:?}");
    let first = given.fixture.publish(PIPELINE);
    assert_eq!((first.code, first.count("result", "created")), (0, 3), "{first:?}");
    let expected = r#"
        POST users {"username":"jeanne.martin@example.com","email":"jeanne.martin@example.com","sage_user_id":"a2G000000000001AAA","role":25,"position":"Employee","employment_active":true,"first_name":"Jeanne","last_name":"Martin","full_name":"Jeanne Martin","hr_department":"Finance","job_title":"Analyst","employment_name":"2019.02 #1","employment_start_date":1517443200,"work_location":"Paris HQ","country":"France"}
        POST users {"username":"leo.martin@example.com","email":"leo.martin@example.com","sage_user_id":"a2G000000000005AAA","role":25,"position":"Employee","employment_active":true,"first_name":"Leo","last_name":"Martin","full_name":"Leo Martin","hr_department":"Finance","job_title":"Analyst","employment_name":"2019.02 #5","employment_start_date":1517443200,"work_location":"Paris HQ","country":"France"}
        POST users {"username":"paul.martin@example.com","email":"paul.martin@example.com","sage_user_id":"a2G000000000002AAA","role":25,"position":"Employee","employment_active":true,"first_name":"Paul","last_name":"Martin","full_name":"Paul Martin","hr_department":"Finance","job_title":"Analyst","employment_start_date":1514851200,"country":"France"}
    "#;
    assert_eq!(given.wrote(), lines(expected));
    let again = given.fixture.counterpart(&["run", PIPELINE]);
    assert_eq!((again.code, again.count("result", "written"), given.wrote()), (0, 0, Vec::new()), "{again:?}");
    let read = given.sage.lines().join("\n");
    assert!(read.contains("/services/data/v58.0/query/01g000000000001AAA-3"), "the relative link is followed: {read}");
    assert!(!read.contains("OFFSET"), "{read}");
}

fn name(key: &str) -> &'static str {
    NAMES[key[3..15].parse::<usize>().unwrap() - 1]
}

#[test]
fn who_has_left_is_suspended_and_comes_back() {
    let given = given("", members(["Active"; 8]));
    given.fixture.publish(PIPELINE);
    given.oomnitza.forget();
    given.status(1, "Left".into());
    given.status(2, "Zombie".into());
    given.status(3, Json::Null);
    given.status(4, "Garden Leave".into());
    given.sage.vendor().team_members[4]["fHCM2__Job_Title__c"] = Json::Null;
    let run = given.fixture.counterpart(&["run", PIPELINE]);
    assert_eq!((run.code, run.count("result", "left"), run.count("result", "updated")), (0, 1, 1), "{run:?}");
    assert_eq!(given.wrote(), [r#"PATCH users/Jeanne {"suspended":true}"#, r#"PATCH users/Leo {"job_title":null}"#]);
    given.status(1, "Active".into());
    let run = given.fixture.counterpart(&["run", PIPELINE]);
    assert_eq!((run.count("result", "returned"), given.wrote()), (1, lines(r#"PATCH users/Jeanne {"suspended":false}"#)), "{run:?}");
}

/// What the tenant calls its statuses is a setting.
#[test]
fn statuses_are_settings() {
    let setting = format!("[env.production.{PIPELINE}]\nactive = [\"Aktiv\"]\nleft = [\"Active\"]\n");
    let given = given(&setting, members(["Aktiv", "Active", "Left", "Aktiv", "Aktiv", "Aktiv", "Aktiv", "Aktiv"]));
    let plan = given.fixture.counterpart(&["plan", PIPELINE]);
    assert_eq!((plan.keys("create").len(), plan.keys("rejected").len()), (6, 1), "{plan:?}");
}

/// Salesforce says 403 where its day is spent: a limit, not a question of rights.
#[test]
fn a_day_that_is_spent_is_a_limit() {
    let given = given("", members(["Active"; 8]));
    given.sage.vendor().daily = Some(1);
    let plan = given.fixture.counterpart(&["plan", PIPELINE]);
    assert!(plan.code == 5 && plan.err.contains("TotalRequests Limit exceeded"), "{plan:?}");
    assert!(!plan.err.contains("credentials"), "{plan:?}");
}
