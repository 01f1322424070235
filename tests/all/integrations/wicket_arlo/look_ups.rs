//! Each way in which a look-up can fail: no account is created, the run says why, and the next run finds the existing ones.

use super::{Given, given};
use crate::{
    project::Answer,
    vendors::server::{
        Answer as Reply, Switch,
        Then::{self, Break, Cut, Lose, Refuse, Turn},
    },
};

/// People of Wicket become contacts of Arlo. The integration does not do this, because Arlo creates them itself.
const TO_ARLO: &str = r#"use "systems/wicket.sync"
use "systems/arlo.sync"

pipeline members {
  title "Members to contacts"

  from wicket.people as person
  to   arlo.contacts

  include when person.email.address is present as "has an address"

  match HOW {
    email = person.email.address
  }

  mode create and update
  map {
    first_name = person.first_name
    last_name  = person.last_name
    email      = person.email.address
  }

  guard {
    creates at most 100
    updates at most 100
  }
}
"#;

/// The other way.
const TO_WICKET: &str = r#"use "systems/wicket.sync"
use "systems/arlo.sync"

pipeline members {
  title "Contacts to members"

  from arlo.contacts as contact
  to   wicket.people

  include when contact.email is present as "has an address"

  match HOW {
    email.address = contact.email
  }

  mode create and update
  map {
    first_name    = contact.first_name
    last_name     = contact.last_name
    email.address = contact.email
    language      = "en" on create
  }

  guard {
    creates at most 100
    updates at most 100
  }
}
"#;

#[derive(Clone, Copy, Debug, PartialEq)]
enum To {
    Wicket,
    Arlo,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum How {
    Whole,
    OneByOne,
}

impl Given {
    /// Ann is known on both sides; Jeanne is on both without a link.
    #[track_caller]
    fn about_to_meet(to: To, how: How) -> Self {
        let given = given("");
        let project = &given.fixture.project;
        for system in ["wicket", "arlo"] {
            let file = format!("systems/{system}.sync");
            project.write(&file, crate::project::hasty(&project.read(&file)));
        }
        for other in
            ["wicket_people_to_arlo", "wicket_organisations_to_arlo", "arlo_contacts_to_wicket", "arlo_registrations_to_touchpoints"]
        {
            std::fs::remove_file(project.file(&format!("{other}.sync"))).unwrap();
        }
        let pipeline = if to == To::Wicket { TO_WICKET } else { TO_ARLO };
        project.write("members.sync", pipeline.replace(" HOW", if how == How::Whole { "" } else { " one by one" }));
        given.both(53, "Ann");
        given.publish("members");
        given.both(54, "Jeanne");
        given
    }

    fn both(&self, id: u64, first: &str) {
        [To::Wicket, To::Arlo].into_iter().for_each(|to| self.only(to, id, first));
    }

    fn only(&self, to: To, id: u64, first: &str) {
        let mail = format!("{first}.{id}@example.com").to_lowercase();
        match to {
            To::Wicket => drop(self.wicket.vendor().person(first, "Martin", &mail)),
            To::Arlo => self.contact(id, first, "Martin", &mail),
        }
    }

    fn fail(&self, to: To, how: How, then: Then) {
        let words = match (to, how) {
            (To::Wicket, How::Whole) => "sort=created_at",
            (To::Wicket, How::OneByOne) => "emails_address_eq%5D=jeanne.",
            (To::Arlo, How::Whole) => "orderby=",
            (To::Arlo, How::OneByOne) => "Email%20eq%20%27jeanne.",
        };
        let switch = Switch::next(words, then).times(1000);
        if to == To::Wicket { self.wicket.switch(switch) } else { self.arlo.switch(switch) }
    }

    /// The first names of created people, in alphabetical order.
    fn created(&self, to: To) -> Vec<&'static str> {
        let lines = if to == To::Wicket { self.to_wicket() } else { self.to_arlo() };
        let created = lines.iter().filter(|line| line.starts_with("POST"));
        created.map(|line| ["Ann", "Jeanne", "Paul"].into_iter().find(|first| line.contains(first)).unwrap_or("somebody else")).collect()
    }

    fn say(&self, answer: &Answer) -> String {
        let number = answer.fact("result", "exit").map(|_| answer.out.split_whitespace().nth(1).unwrap_or_default().to_owned());
        let errors = number
            .map_or_else(String::new, |number| self.fixture.counterpart(&["errors", &number, "--format", "json", "--people", "full"]).out);
        format!("{}{}{errors}", answer.out, answer.err)
    }
}

fn page(status: u16, media: &str, body: &str) -> Then {
    Then::Answer(Reply::new(status, media, body))
}

fn turned(mut answer: Reply, from: &str, to: &str) -> Reply {
    assert!(answer.body.contains(from), "{from} in {}", answer.body);
    answer.body = answer.body.replacen(from, to, 1);
    answer
}

/// A fault, and a word of the run's message about it.
fn faults(to: To, how: How) -> Vec<(&'static str, Then, &'static str)> {
    let halved = |mut answer: Reply| {
        answer.body.truncate(answer.body.len() / 2);
        answer
    };
    let media = if to == To::Wicket { "application/vnd.api+json" } else { "application/xml" };
    let mut faults = vec![
        ("5xx", Break, "(tried 2 times)"),
        ("429 for ever", Refuse(0), "429"),
        ("408", page(408, "text/plain", ""), "408"),
        ("no answer", Lose, "broke"),
        ("cut off", Cut, "broke off its answer"),
        ("half a document", Turn(halved), "with what is not"),
        ("a web page", page(200, "text/html", "<html><title>Sign in</title></html>"), "with a web page"),
        ("nothing", page(200, media, ""), "it is empty"),
        ("no content", Then::Answer(Reply::empty(204)), "204"),
    ];
    faults.extend(match (to, how) {
        (To::Wicket, how) => of_wicket(how),
        (To::Arlo, how) => of_arlo(how),
    });
    // After a refused sign-in nothing more is asked, so these come last.
    faults.extend([
        ("429 for a day", Refuse(86_400), "it asks to wait 24 h"),
        ("403", page(403, "text/plain", "no"), "forbids this (403"),
        ("401", page(401, "text/plain", "no"), "401"),
    ]);
    faults
}

fn of_wicket(how: How) -> Vec<(&'static str, Then, &'static str)> {
    let error = page(200, "application/json", r#"{"errors":[{"detail":"busy"}]}"#);
    let mut faults = vec![("an error in a 200", error, "busy")];
    let far = |answer| turned(answer, r#""next":null"#, r#""next":"https://elsewhere.example.com/people?page=2""#);
    let again =
        |answer| turned(answer, r#""next":null"#, r#""next":"https://acme-api.wicketcloud.com/people?page[number]=1&sort=created_at""#);
    if how == How::Whole {
        faults.extend([
            ("a link to another host", Turn(far), "elsewhere.example.com"),
            ("a page that repeats", Turn(again), "as a page before it"),
            ("a total that disagrees", Turn(|answer| turned(answer, r#""total_items":2"#, r#""total_items":3"#)), "announced 3 and gave 2"),
        ]);
    } else {
        faults.push(("no id", Turn(|answer| turned(answer, r#""id":"9b1f"#, r#""it":"9b1f"#)), "no `id` that can be read"));
        let bare = |answer| turned(answer, r#""primary":true"#, r#""primary":false"#);
        faults.push(("no address", Turn(bare), "no `email.address` that can be read"));
    }
    faults
}

fn of_arlo(how: How) -> Vec<(&'static str, Then, &'static str)> {
    let error = page(200, "application/xml", "<ApiException><Message>busy</Message></ApiException>");
    let mut faults = vec![("an error in a 200", error, "busy")];
    let far =
        |answer| turned(answer, "</Contacts>", r#"<Link rel="next" href="https://elsewhere.example.com/contacts/?skip=2"/></Contacts>"#);
    let again = |answer| {
        turned(
            answer,
            "</Contacts>",
            r#"<Link rel="next" href="https://acme.arlo.co/api/2012-02-01/auth/resources/contacts/?expand=Contact&amp;orderby=ContactID"/></Contacts>"#,
        )
    };
    if how == How::Whole {
        faults.extend([("a link to another host", Turn(far), "elsewhere.example.com"), ("a page that repeats", Turn(again), "came twice")]);
    } else {
        let unknown = |answer| turned(answer, "<ContactID>54</ContactID>", "");
        faults.push(("no id", Turn(unknown), "no `id` that can be read"));
        let bare = |answer| turned(answer, "<Email>jeanne.54@example.com</Email>", "");
        faults.push(("no address", Turn(bare), "no `email` that can be read"));
    }
    faults
}

/// The deviations after a fault, with one more person on one side who is not on the other.
fn wrong(given: &Given, to: To, how: How, (name, then, word): (&'static str, Then, &'static str)) -> Option<String> {
    given.arlo.forget();
    given.wicket.forget();
    given.fail(to, how, then);
    let run = given.fixture.counterpart(&["run", "members"]);
    let said = given.say(&run);
    let (exit, expected): (i32, &[&str]) = match (how, name) {
        (How::Whole, _) | (_, "401" | "403") => (5, &[]),
        (_, "429 for a day") => (4, &[]),
        _ => (4, &["Paul"]),
    };
    let created = given.created(to);
    let right = run.code == exit && created == expected && said.contains(word);
    (!right).then(|| format!("{name}: exit {}, created {created:?}\n{said}", run.code))
}

/// In the end every person exists exactly once.
#[track_caller]
fn check(to: To, how: How) {
    let given = Given::about_to_meet(to, how);
    let from = if to == To::Wicket { To::Arlo } else { To::Wicket };
    let faults = faults(to, how);
    let all = faults.len() + 2;
    let one = |(id, fault)| {
        given.only(from, id, "Paul");
        wrong(&given, to, how, fault)
    };
    let wrong: Vec<_> = (100..).zip(faults).filter_map(one).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    given.arlo.forget();
    given.wicket.forget();
    given.run("members");
    assert!(!given.created(to).contains(&"Jeanne"), "{to:?} {how:?}");
    let there = (given.wicket.vendor().store.of("people").count(), given.arlo.vendor().store.of("contacts").count());
    assert_eq!(there, (all, all));
}

#[test]
fn nobody_is_created_in_wicket_after_a_list_that_failed() {
    check(To::Wicket, How::Whole);
}

#[test]
fn nobody_is_created_in_wicket_after_a_look_up_that_failed() {
    check(To::Wicket, How::OneByOne);
}

#[test]
fn nobody_is_created_in_arlo_after_a_list_that_failed() {
    check(To::Arlo, How::Whole);
}

#[test]
fn nobody_is_created_in_arlo_after_a_look_up_that_failed() {
    check(To::Arlo, How::OneByOne);
}
