//! Ten thousand organisations on either side, found by the UUID in a custom field that nothing can filter by.

use super::{
    Given, given,
    organisations::{PIPELINE, SETTINGS},
};
use crate::project::Answer;
use serde_json::json;
use std::time::Instant;

const MANY: u64 = 10_000;
/// 40 pages of 250; requests for the sign-in and the fields are allowed in addition.
const OF_ARLO: usize = 45;
/// 100 pages of 100, and the sign-in. Wicket publishes no largest page; its own client asks for 100.
const OF_WICKET: usize = 101;

impl Given {
    /// Runs a command, prints its duration, and returns the number of requests to Arlo and Wicket.
    fn timed(&self, args: &[&str]) -> (Answer, usize, usize) {
        self.arlo.forget();
        self.wicket.forget();
        let begun = Instant::now();
        let answer = self.fixture.counterpart(args);
        assert_eq!(answer.code, 0, "{answer:?}");
        let (took, to_arlo, to_wicket) = (begun.elapsed().as_secs_f32(), self.arlo.log().len(), self.wicket.log().len());
        println!("{}: {took:.1} s, {to_arlo} requests to Arlo, {to_wicket} to Wicket", args[0]);
        (answer, to_arlo, to_wicket)
    }
}

/// Matching needs no request of its own: the list is read once, however many organisations have a counterpart. All further requests
/// read Wicket's own list.
#[test]
fn ten_thousand_organisations_are_matched_by_45_requests() {
    let given = given(SETTINGS);
    for number in 1..=MANY {
        let about = json!({ "legal_name": format!("Organisation {number}"), "slug": number.to_string() });
        let id = given.wicket.vendor().store.insert("organizations", about, None, Vec::new());
        given.in_arlo(number, "Organisation", if number % 100 == 0 { "" } else { &id });
    }
    let moved = given.wicket.vendor().store.of("organizations").nth(776).expect("an organisation").id.clone();
    given.wicket.vendor().point("phones", &moved, json!({ "type": "work", "number": "+33122222222", "primary": true }));
    let (plan, to_arlo, to_wicket) = given.timed(&["plan", PIPELINE]);
    assert!(to_arlo <= OF_ARLO && to_wicket <= OF_WICKET, "{to_arlo} {to_wicket}");
    assert_eq!((plan.keys("update").len(), plan.keys("waiting").len()), (1, 100));
    let set = plan.out.split_whitespace().find(|word| word.starts_with("c-")).expect("a change set");
    let (applied, ..) = given.timed(&["apply", set]);
    assert_eq!((applied.count("result", "written"), given.to_arlo().len()), (1, 1));
    let (again, to_arlo, to_wicket) = given.timed(&["run", PIPELINE]);
    assert_eq!(again.count("result", "written"), 0);
    assert!(to_arlo <= OF_ARLO && to_wicket <= OF_WICKET, "{to_arlo} {to_wicket}");
}
