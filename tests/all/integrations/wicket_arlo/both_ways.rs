//! Contacts in and people out, over the same people: a value that came from one side is not sent back to it.

use super::{super::lines, Given, given};
use crate::vendors::server::{Switch, Then};
use serde_json::json;
use std::{
    process::Stdio,
    time::{Duration, Instant},
};

const IN: &str = "arlo_contacts_to_wicket";
const OUT: &str = "wicket_people_to_arlo";
const SETTINGS: &str = "[env.production.wicket_people_to_arlo]\nperson_fields = [\"address\", \"phone\", \"title\"]\n";

impl Given {
    /// Jeanne is in both systems, Ann and Leo in Arlo alone, Paul in Wicket alone; both directions have run once.
    #[track_caller]
    fn in_step() -> Self {
        Self::in_step_with(|_, text| text)
    }

    /// The same with edited pipelines.
    #[track_caller]
    fn in_step_with(edited: impl Fn(&str, String) -> String) -> Self {
        let given = given(SETTINGS);
        for pipeline in [IN, OUT] {
            let file = format!("{pipeline}.sync");
            given.fixture.project.write(&file, edited(pipeline, given.fixture.project.read(&file)));
        }
        let jeanne = given.wicket.vendor().person("Jeanne", "Martin", "jeanne@example.com");
        given.wicket.vendor().point("phones", &jeanne, json!({ "type": "mobile", "number": "+64411111111", "primary": true }));
        given.wicket.vendor().person("Paul", "Durand", "paul@example.com");
        (53..).zip(["Jeanne", "Ann", "Leo"]).for_each(|(id, first)| given.contact(id, first, "Martin", &format!("{first}@Example.com")));
        given.arlo.vendor().store.get_mut("contacts", 53).unwrap().own.set("PhoneWork", "04 1111 1111");
        given.arlo.vendor().store.get_mut("contacts", 54).unwrap().own.set("PhoneWork", "04 2222 2222");
        given.arlo.vendor().store.get_mut("contacts", 55).unwrap().own.set("PhoneWork", "switchboard");
        given.publish(IN);
        assert_eq!((given.to_wicket().len(), given.to_arlo()), (3, Vec::new()), "two people and a phone");
        given.publish(OUT);
        assert_eq!((given.to_wicket(), given.to_arlo()), (Vec::new(), Vec::new()), "nothing goes back");
        given
    }

    /// Runs each direction; returns the writes to Wicket and to Arlo.
    #[track_caller]
    fn there_and_back(&self) -> (Vec<String>, Vec<String>) {
        self.run(IN);
        self.run(OUT);
        (self.to_wicket(), self.to_arlo())
    }

    fn phone(&self, first: &str, number: &str) {
        let mut wicket = self.wicket.vendor();
        let person = wicket.store.of("people").find(|one| one.attributes["given_name"] == first).expect("a person").id.clone();
        let phone = wicket.store.owned("phones", &person).next().expect("a phone").id.clone();
        wicket.store.change(&phone, |own| own["number"] = number.into());
    }
}

/// Two spellings of one number are equal, and a number that Wicket would refuse is not removed.
#[test]
fn contacts_in_people_out_contacts_in() {
    let given = Given::in_step();
    for round in 1..=3 {
        assert_eq!(given.there_and_back(), (Vec::new(), Vec::new()), "round {round}");
    }
    assert_eq!(given.arlo.vendor().store.get("contacts", 53).unwrap().own.text_of("PhoneWork"), "04 1111 1111");
    assert_eq!(given.arlo.vendor().store.get("contacts", 55).unwrap().own.text_of("PhoneWork"), "switchboard");
}

#[test]
fn an_edit_on_each_side_crosses_once() {
    let given = Given::in_step();
    given.phone("Jeanne", "+64499999999");
    given.edit(54, "PhoneWork", "04 3333 3333");
    given.edit(54, "LastName", "Roux");
    let to_wicket = r#"
        PATCH people/ann {"data":{"type":"people","id":"ann","attributes":{"family_name":"Roux"}}}
        PATCH phones/of-ann {"data":{"type":"phones","id":"of-ann","attributes":{"number":"+64433333333"}}}
    "#;
    let to_arlo = r#"PATCH contacts/53/ <diff><replace sel="Contact/PhoneWork/text()[1]">+64499999999</replace></diff>"#;
    assert_eq!(given.there_and_back(), (lines(to_wicket), lines(to_arlo)));
    assert_eq!(given.there_and_back(), (Vec::new(), Vec::new()));
    given.phone("Ann", "+64455555555");
    let to_arlo = r#"PATCH contacts/54/ <diff><replace sel="Contact/PhoneWork/text()[1]">+64455555555</replace></diff>"#;
    assert_eq!(given.there_and_back(), (Vec::new(), lines(to_arlo)));
    assert_eq!(given.there_and_back(), (Vec::new(), Vec::new()));
}

/// Both sides were edited, Arlo ten minutes before: the newer value is transferred, once.
#[test]
fn of_two_edits_the_newer_goes_over() {
    let given = Given::in_step();
    given.edit(53, "PhoneWork", "04 3333 3333");
    let before = jiff::Timestamp::now() - jiff::SignedDuration::from_mins(10);
    given.arlo.vendor().store.get_mut("contacts", 53).unwrap().modified = before;
    given.phone("Jeanne", "+64455555555");
    let to_arlo = r#"PATCH contacts/53/ <diff><replace sel="Contact/PhoneWork/text()[1]">+64455555555</replace></diff>"#;
    assert_eq!(given.there_and_back(), (Vec::new(), lines(to_arlo)));
    assert_eq!(given.there_and_back(), (Vec::new(), Vec::new()));
}

impl Given {
    /// Jeanne's phone is changed on both sides, in Arlo this many minutes before now.
    fn both_change(&self, minutes: i64) {
        self.edit(53, "PhoneWork", "04 3333 3333");
        self.arlo.vendor().store.get_mut("contacts", 53).unwrap().modified =
            jiff::Timestamp::now() - jiff::SignedDuration::from_mins(minutes);
        self.phone("Jeanne", "+64455555555");
    }

    /// Both phones of Jeanne: in Wicket, in Arlo.
    fn phones(&self) -> (String, String) {
        let (wicket, arlo) = (self.wicket.vendor(), self.arlo.vendor());
        let phone = wicket.store.of("phones").find(|one| one.attributes["type"] == "mobile").expect("Jeanne's");
        let number = phone.attributes["number"].as_str().unwrap_or_default().to_owned();
        (number, arlo.store.get("contacts", 53).unwrap().own.text_of("PhoneWork").to_owned())
    }
}

const OF_ARLO: (&str, &str) = ("+64433333333", "04 3333 3333");
const OF_WICKET: (&str, &str) = ("+64455555555", "+64455555555");
const BOTH_STAY: (&str, &str) = ("+64455555555", "04 3333 3333");

/// `this` is Arlo where the words are in the pipeline that reads Arlo. A decided value is transferred once; an undecided one is reported in both
/// directions.
#[test]
fn each_policy_decides_where_both_have_changed() {
    for (policy, minutes, left) in [
        ("newest", 10, OF_WICKET),
        ("newest", 0, BOTH_STAY),
        ("newest then this", 0, OF_ARLO),
        ("newest then other", 0, OF_WICKET),
        ("this", 10, OF_ARLO),
        ("other", 0, OF_WICKET),
        ("hold", 10, BOTH_STAY),
    ] {
        let given = Given::in_step_with(|pipeline, text| {
            let words = if pipeline == IN { format!(" on conflict {policy}") } else { String::new() };
            text.replace(" on conflict newest", &words)
        });
        given.both_change(minutes);
        let plan = given.fixture.counterpart(&["plan", OUT]);
        let (to_wicket, to_arlo) = given.there_and_back();
        let writes = if left == BOTH_STAY { 0 } else { 1 };
        assert_eq!(to_wicket.len() + to_arlo.len(), writes, "{policy}, {minutes} min: {to_wicket:?} {to_arlo:?}");
        assert_eq!(given.phones(), (left.0.to_owned(), left.1.to_owned()), "{policy}, {minutes} min");
        assert_eq!(plan.out.contains("both changed"), writes == 0, "{policy}: {plan:?}");
        assert_eq!(given.there_and_back(), (Vec::new(), Vec::new()), "{policy}, {minutes} min");
    }
}

/// Killed after Wicket or Arlo made the change and before the answer: the change is not made again, and is not sent back.
#[test]
fn a_run_that_is_killed_after_its_write_echoes_nothing() {
    for pipeline in [IN, OUT] {
        let given = Given::in_step();
        let written = || given.wicket.writes().len() + given.arlo.writes().len();
        match pipeline {
            IN => {
                given.edit(53, "PhoneWork", "04 3333 3333");
                given.wicket.switch(Switch::next("PATCH /phones", Then::Hang));
            }
            _ => {
                given.phone("Jeanne", "+64455555555");
                given.arlo.switch(Switch::next("PATCH", Then::Hang));
            }
        }
        let mut run = given.fixture.project.command(&["run", pipeline]).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let begun = Instant::now();
        while written() == 0 {
            assert!(run.try_wait().unwrap().is_none() && begun.elapsed() < Duration::from_secs(60), "{pipeline}: it wrote nothing");
            std::thread::sleep(Duration::from_millis(5));
        }
        run.kill().unwrap();
        run.wait().unwrap();
        assert_eq!((given.to_wicket().len() + given.to_arlo().len(), given.phones().0 == "+64411111111"), (1, false), "{pipeline}");
        let left = given.phones();
        for round in 1..=3 {
            assert_eq!(given.there_and_back(), (Vec::new(), Vec::new()), "{pipeline}, round {round}");
        }
        assert_eq!(given.phones(), left, "{pipeline}");
    }
}
