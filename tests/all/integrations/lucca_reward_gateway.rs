//! Integration A against the vendors' stand-ins: each person once, each welcome e-mail once, whatever the network does.

use crate::vendors::{
    VendorFixture,
    lucca::Lucca,
    reward_gateway::RewardGateway,
    server::{StandIn, Switch, Then},
};
use serde_json::{Value as Json, json};

fn people(count: u64) -> Vec<Json> {
    let sales = json!({ "name": "Sales" });
    let user = |id: u64| {
        let family = ["MARTIN", "DURAND", "LEROY", "PETIT"][id as usize % 4];
        json!({ "id": 400 + id, "displayName": format!("P {family}"), "firstName": "Zoé", "lastName": family, "mail": format!("User{id}@example.com"),
            "login": format!("u{id}"), "dtContractStart": "2014-09-01T00:00:00", "dtContractEnd": null, "employeeNumber": format!("{id:05}"),
            "birthDate": "1986-07-04T00:00:00", "department": sales, "legalEntity": null, "manager": null, "extendedData": {},
            "modifiedAt": "2024-09-07T10:20:06.58" })
    };
    (1..=count).map(user).collect()
}

struct Given {
    lucca: StandIn<Lucca>,
    reward: StandIn<RewardGateway>,
    fixture: VendorFixture,
}

fn given(count: u64) -> Given {
    let (lucca, reward) = (StandIn::new(Lucca::new(people(count))), StandIn::new(RewardGateway::new()));
    lucca.vendor().today = jiff::Zoned::now().date();
    let fixture = VendorFixture::new("").served("lucca", &lucca).served("reward_gateway", &reward);
    Given { lucca, reward, fixture }
}

const PIPELINE: &str = "lucca_to_reward_gateway";

#[test]
fn joined_once_then_nothing_then_a_leaver() {
    let Given { lucca, reward, fixture } = given(12);
    let first = fixture.publish(PIPELINE);
    assert_eq!((first.code, first.count("result", "created")), (0, 12), "{first:?}");
    assert_eq!(reward.vendor().welcomed.len(), 12);
    assert!(reward.vendor().users.iter().any(|user| user["emails"][0]["value"] == "user1@example.com"), "in lower case");
    reward.forget();
    let second = fixture.counterpart(&["run", PIPELINE]);
    assert_eq!((second.code, reward.writes().len()), (0, 0), "{second:?}");
    lucca.vendor().users[3]["dtContractEnd"] = "2025-03-31T00:00:00.5".into();
    let third = fixture.counterpart(&["run", PIPELINE]);
    assert_eq!((third.code, third.count("result", "left"), reward.writes().len()), (0, 1, 1), "{third:?}");
    assert_eq!(reward.vendor().users.iter().filter(|user| user["active"] == false).count(), 1);
    let said = lucca.lines();
    assert!(
        said.iter().all(|line| !line.contains("/users?") || line.contains("formerEmployees=true") || line.ends_with("paging=0,1")),
        "{said:?}"
    );
}

#[test]
fn a_lost_answer_makes_no_second_account_and_no_second_mail() {
    let Given { lucca: _lucca, reward, fixture } = given(6);
    reward.switch(Switch::next("POST", Then::Lose).after(2).times(2));
    let first = fixture.publish(PIPELINE);
    assert!(matches!(first.code, 0 | 4), "{first:?}");
    let again = fixture.counterpart(&["run", PIPELINE]);
    assert_eq!(again.code, 0, "{again:?}");
    let held = reward.vendor();
    assert_eq!((held.users.len(), held.welcomed.len()), (6, 6));
}

/// RFC 7643, 2.2: whether the type of an address is `work` or `Work` makes no difference.
#[test]
fn an_address_whose_type_the_service_spells_in_another_case_is_the_same_one() {
    let Given { lucca, reward, fixture } = given(3);
    assert_eq!(fixture.publish(PIPELINE).code, 0);
    for (user, kind) in reward.vendor().users.iter_mut().zip(["Work", "WORK", "work"]) {
        user["emails"][0]["type"] = kind.into();
    }
    reward.forget();
    let quiet = fixture.counterpart(&["run", PIPELINE]);
    assert_eq!((quiet.code, reward.writes().len()), (0, 0), "{quiet:?}");
    for user in &mut lucca.vendor().users[..2] {
        user["mail"] = format!("new-{}", user["mail"].as_str().unwrap()).into();
    }
    let changed = fixture.counterpart(&["run", PIPELINE]);
    assert_eq!((changed.code, changed.count("result", "updated")), (0, 2), "{changed:?}");
    let addresses =
        |user: &Json| user["emails"].as_array().unwrap().iter().map(|mail| mail["value"].as_str().unwrap().to_owned()).collect();
    let mut all: Vec<Vec<String>> = reward.vendor().users.iter().map(addresses).collect();
    all.sort();
    assert_eq!(all, ["new-user1", "new-user2", "user3"].map(|name| vec![format!("{name}@example.com")]));
    reward.forget();
    assert_eq!((fixture.counterpart(&["run", PIPELINE]).code, reward.writes().len()), (0, 0));
}

#[test]
fn a_page_that_breaks_writes_nothing() {
    let Given { lucca, reward, fixture } = given(4);
    lucca.switch(Switch::next("paging=0,1000", Then::Break).times(20));
    let plan = fixture.counterpart(&["plan", PIPELINE]);
    assert_eq!((plan.code, reward.writes().len()), (5, 0), "{plan:?}");
    assert!(plan.err.contains("500") && plan.err.contains("nothing was written"), "{}", plan.err);
}

#[test]
fn too_many_requests_are_waited_for() {
    let Given { lucca: _lucca, reward, fixture } = given(5);
    reward.switch(Switch::next("POST", Then::Refuse(0)).after(1).times(2));
    let run = fixture.publish(PIPELINE);
    assert_eq!((run.code, run.count("result", "created"), reward.vendor().welcomed.len()), (0, 5, 5), "{run:?}");
}

#[test]
fn one_bad_name_fails_alone() {
    let Given { lucca, reward, fixture } = given(5);
    lucca.vendor().users[2]["firstName"] = "Zo3".into();
    let run = fixture.publish(PIPELINE);
    assert_eq!(reward.vendor().users.len(), 4, "{run:?}");
}
