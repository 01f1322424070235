//! Integration B, SaaS users: the SaaS accounts of a leaver are closed too, and opened again on return.

use super::wrote;
use crate::project::Answer;
use crate::vendors::{VendorFixture, oomnitza::Oomnitza, sage_people::SagePeople, server::StandIn};
use serde_json::{Value as Json, json};

const PIPELINE: &str = "sage_people_to_oomnitza_saas";

fn employee(number: u32) -> Json {
    json!({ "id": format!("a2G{number:012}AAA"), "fullName": "P N", "firstName": "P", "lastName": "N",
        "emailAddress": format!("P{number}@Example.com"), "hrDepartment": null,
        "currentEmployment": { "name": "1", "active": true, "startDate": "2018-01-02", "endDate": null, "jobTitle": null },
        "workAddress": null, "additionalFields": [] })
}

struct Given {
    sage: StandIn<SagePeople>,
    oomnitza: StandIn<Oomnitza>,
    fixture: VendorFixture,
}

/// Six people with an account in each of two products, and an account of another person.
fn given() -> Given {
    let (sage, oomnitza) = (StandIn::new(SagePeople::new((1..=6).map(employee).collect())), StandIn::new(Oomnitza::new()));
    let accounts = (1..=6).flat_map(|number| [("s", number), ("t", number)]).chain([("x", 99)]);
    let account = |(product, number)| json!({ "saas_user_id": format!("{product}{number}"), "saas_id": product, "user_id": null, "email": format!("p{number}@example.com"), "active": true });
    oomnitza.vendor().saas_users = accounts.map(account).collect();
    let fixture = VendorFixture::new("[env.production]\nsaas_account = true\n").served("sage_people", &sage).served("oomnitza", &oomnitza);
    Given { sage, oomnitza, fixture }
}

impl Given {
    fn employment(&self, number: usize, name: &str, value: impl Into<Json>) {
        self.sage.vendor().employees[number - 1]["currentEmployment"][name] = value.into();
    }

    /// The exit code of a run, and its writes.
    fn run(&self) -> (Answer, Vec<String>) {
        let answer = self.fixture.counterpart(&["run", PIPELINE, "--people", "full"]);
        let wrote = wrote(&self.oomnitza, "/api/v3/");
        (answer, wrote)
    }
}

#[test]
fn accounts_of_leavers_are_closed_together_and_opened_on_return() {
    let given = given();
    given.employment(3, "endDate", "2020-01-31");
    let first = given.fixture.publish(PIPELINE);
    assert_eq!((first.code, wrote(&given.oomnitza, "/api/v3/")), (0, Vec::new()), "a first run closes nobody: {first:?}");
    given.employment(2, "active", false);
    let (second, wrote) = given.run();
    assert_eq!((second.code, second.count("result", "left")), (0, 4), "{second:?}");
    assert_eq!(wrote, [r#"PATCH saas_users/deactivate {"saas_user_ids":["s2","s3","t2","t3"]}"#]);
    let open = |given: &Given| given.oomnitza.vendor().saas_users.iter().filter(|one| one["active"] == true).count();
    assert_eq!((given.run().1, open(&given)), (Vec::new(), 9));
    given.employment(3, "endDate", Json::Null);
    let (back, wrote) = given.run();
    assert_eq!(
        (back.count("result", "returned"), wrote),
        (2, vec![r#"PATCH saas_users/activate {"saas_user_ids":["s3","t3"]}"#.to_owned()])
    );
    assert_eq!((given.run().1, open(&given)), (Vec::new(), 11));
}

/// Oomnitza answers 200 with an error for one account: that account fails, is named, and is closed by a later run.
#[test]
fn an_error_inside_a_200_fails_one_account() {
    let given = given();
    given.fixture.publish(PIPELINE);
    given.oomnitza.vendor().stubborn = vec![("t2".into(), "The product does not answer".into())];
    given.employment(2, "active", false);
    let (run, wrote) = given.run();
    assert_eq!((run.code, run.count("result", "left"), run.keys("failed")), (4, 1, vec!["t2".to_owned()]), "{run:?}");
    assert!(run.out.contains("The product does not answer"), "{}", run.out);
    assert_eq!(wrote, [r#"PATCH saas_users/deactivate {"saas_user_ids":["s2","t2"]}"#]);
    let (run, wrote) = given.run();
    assert_eq!((run.code, run.keys("failed")), (4, vec!["t2".to_owned()]), "no run ends 0 while it is open: {run:?}");
    assert_eq!(wrote, [r#"PATCH saas_users/deactivate {"saas_user_ids":["t2"]}"#]);
    given.oomnitza.vendor().stubborn.clear();
    let (run, _) = given.run();
    assert_eq!((run.code, run.count("result", "left")), (0, 1), "{run:?}");
}

/// The accounts are source and target: one list shows both.
#[test]
fn the_list_that_is_source_and_target_is_read_once() {
    let given = given();
    given.fixture.publish(PIPELINE);
    for leaves in [false, true] {
        given.employment(2, "active", !leaves);
        given.oomnitza.forget();
        let run = given.fixture.counterpart(&["run", PIPELINE]);
        assert_eq!((run.code, run.count("result", "left")), (0, if leaves { 2 } else { 0 }), "{run:?}");
        let lists: Vec<_> = given.oomnitza.lines().into_iter().filter(|line| line.starts_with("GET /api/v3/saas_users?")).collect();
        let pages: std::collections::BTreeSet<_> = lists.iter().collect();
        assert!(!lists.is_empty() && lists.len() == pages.len(), "each page once: {lists:?}");
    }
}

#[test]
fn nothing_happens_where_it_is_switched_off() {
    let given = given();
    given.fixture.publish(PIPELINE);
    given.employment(2, "active", false);
    let fixture = VendorFixture::new("[env.production]\nsaas_account = false\n")
        .served("sage_people", &given.sage)
        .served("oomnitza", &given.oomnitza);
    let run = fixture.counterpart(&["run", PIPELINE]);
    assert!(run.code == 0 && run.err.contains("switched off by a setting"), "{run:?}");
    assert_eq!(wrote(&given.oomnitza, "/api/v3/"), Vec::<String>::new());
}
