//! What a target does not do, or does not answer, is told by every run and every screen until it is settled.

use super::{
    club::member_calls,
    project::Answer,
    struck::{CUT, Records, Struck},
};
use serde_json::{Value as Json, json};

const PIPELINE: &str = concat!(
    r#"system staff {
  collection people {
    file "people.jsonl" json_lines
    key number
    attributes {
      number : text at $.number
      team   : text at $.team
      left   : bool at $.left
    }
  }
}

system club {
  setting base : text matches "^http://127\.0\.0\.1:[0-9]+$" as "Address"
  http setting.base {
    limit 600000 per min, 1 concurrent
    retry 1 times
  }
  collection members {
"#,
    member_calls!(),
    r#"    call welcome POST "/members/{id}/welcome"
    call farewell POST "/members/{id}/farewell"
    attributes {
      id     : text read only at $.id
      number : text unique at $.number
      team   : text at $.team
      active : bool opens at $.active
    }
  }
}

pipeline staff_to_club {
  zone "Europe/Paris"
  from staff.people as person
  to   club.members
  key  person.number
  match { number = person.number }
  mode create and update
  map {
    number = person.number
    team   = person.team
    active = true on create
    call welcome on create once
  }
  leaver {
    when person.left == true as "left"
    enforce
    set  active = false
    call farewell once
  }
  guard {
    leavers at most 100%
    updates of team at most 100%
  }
}
"#
);

#[derive(Default)]
struct Members {
    members: Vec<Json>,
    /// Changes are answered with 200 and the member as it is, and not made.
    ignores: bool,
    /// What answers in place of the member, where changes and deletes are ignored.
    says: Option<(u16, Json)>,
    /// Changes and deletes are made, and answered with nothing.
    silent: bool,
    /// Calls of this name get no answer, or this status.
    fails: Option<(&'static str, u16)>,
    calls: Vec<String>,
}

impl Members {
    fn of(&mut self, number: &str) -> &mut Json {
        self.members.iter_mut().find(|member| member["number"] == number).unwrap()
    }

    fn made(&self, call: &str) -> usize {
        self.calls.iter().filter(|made| *made == call).count()
    }
}

impl Records for Members {
    fn answer(&mut self, method: &str, path: &str, body: &Json) -> (u16, Json) {
        let words: Vec<&str> = path.split('/').collect();
        match (method, &words[..]) {
            ("POST", [_, _]) => {
                let mut member = body.clone();
                member["id"] = json!(format!("m{}", self.members.len()));
                self.members.push(member.clone());
                (201, member)
            }
            ("POST", [.., call]) => {
                self.calls.push((*call).to_owned());
                match self.fails.filter(|(fails, _)| fails == call) {
                    Some((_, status)) => (status, json!({})),
                    None => (200, json!({})),
                }
            }
            ("PATCH", [.., id]) => {
                let ignores = self.ignores;
                let member = self.members.iter_mut().find(|member| member["id"] == *id).unwrap();
                if !ignores {
                    body.as_object().unwrap().iter().for_each(|(name, value)| member[name.as_str()] = value.clone());
                }
                let member = if self.silent { (204, Json::Null) } else { (200, member.clone()) };
                self.says.clone().filter(|_| ignores).unwrap_or(member)
            }
            ("DELETE", [.., id]) => {
                if !self.ignores {
                    self.members.retain(|member| member["id"] != *id);
                }
                self.says.clone().unwrap_or((204, Json::Null))
            }
            (_, [_, list]) => {
                let wanted = list.split_once("number=").map(|(_, number)| number);
                let fits = |member: &&Json| wanted.is_none_or(|wanted| member["number"] == wanted);
                let items: Vec<_> = self.members.iter().filter(fits).collect();
                (200, json!({ "total": items.len(), "items": items }))
            }
            (_, [.., id]) => self.members.iter().find(|member| member["id"] == *id).map_or((404, json!({})), |one| (200, one.clone())),
            _ => (400, json!({})),
        }
    }
}

fn person(number: usize, team: &str, left: bool) -> String {
    json!({ "number": format!("p{number}"), "team": team, "left": left }).to_string() + "\n"
}

/// Twelve people; the first `moved` of them with another team, the last `left` of them as leavers.
fn people(moved: usize, left: usize) -> String {
    (0..12).map(|n| person(n, if n < moved { "blue" } else { "red" }, n >= 12 - left)).collect()
}

fn unpublished() -> Struck<Members> {
    let club = Struck::<Members>::new("staff_to_club.sync", PIPELINE, "club");
    club.project.write("people.jsonl", people(0, 0));
    club
}

fn published() -> Struck<Members> {
    let club = unpublished();
    club.publish("staff_to_club");
    club
}

fn asked(club: &Struck<Members>, args: &[&str]) -> Answer {
    club.project.counterpart(args)
}

fn run(club: &Struck<Members>) -> Answer {
    asked(club, &["run", "staff_to_club"])
}

/// How many operations failed, and of how many it is not known what became of them.
fn not_done(ran: &Answer) -> (u64, u64) {
    (ran.count("result", "failed"), ran.count("result", "not_known"))
}

#[test]
fn a_target_that_says_yes_and_does_nothing_is_told_until_it_does_it() {
    let club = published();
    club.held().ignores = true;
    club.project.write("people.jsonl", people(1, 1));
    for _ in 0..2 {
        let ran = run(&club);
        assert_eq!((ran.code, ran.count("result", "failed")), (4, 2), "{ran:?}");
        assert_eq!((ran.count("result", "updated"), ran.count("result", "left")), (0, 0), "{ran:?}");
        let errors = asked(&club, &["errors"]);
        assert!(errors.out.contains("p0") && errors.out.contains("p11") && errors.out.matches("W0909").count() == 2, "{errors:?}");
        assert!(!club.held().calls.contains(&"farewell".to_owned()), "the procedure stops there");
    }
    club.held().ignores = false;
    let ran = run(&club);
    assert_eq!((ran.code, ran.count("result", "updated"), ran.count("result", "left")), (0, 1, 1), "{ran:?}");
    assert_eq!(club.held().of("p11")["active"], json!(false));
    assert_eq!(club.held().of("p0")["team"], json!("blue"));
    assert_eq!(run(&club).code, 0);
}

/// An envelope may have members that are called like attributes, and what was only accepted is not done.
#[test]
fn nobody_has_left_by_an_answer_that_is_not_about_the_account() {
    let deletes = PIPELINE
        .replace("    enforce\n    set  active = false\n    call farewell once\n", "    delete\n")
        .replace("    call welcome POST", "    delete DELETE \"/members/{id}\"\n    call welcome POST");
    let calls = PIPELINE
        .replace("    enforce\n    set  active = false\n    call farewell once\n", "    call purge\n")
        .replace("    call welcome POST", "    call purge DELETE \"/members/{id}\"\n    call welcome POST");
    let member = json!({ "id": "m11", "number": "p11", "team": "red", "active": false });
    for (pipeline, says) in [
        (PIPELINE, (200, json!({ "active": false, "message": "done" }))),
        (PIPELINE, (202, member.clone())),
        (&deletes, (200, json!({ "id": "job-9001" }))),
        (&deletes, (202, json!({ "id": "m3", "queued": true }))),
        (&deletes, (202, member.clone())),
        (&calls, (204, Json::Null)),
        (&calls, (200, json!({ "active": false }))),
        (&calls, (202, member)),
    ] {
        let club = Struck::<Members>::new("staff_to_club.sync", pipeline, "club");
        club.project.write("people.jsonl", people(0, 0));
        club.publish("staff_to_club");
        club.held().ignores = true;
        club.held().says = Some(says.clone());
        club.project.write("people.jsonl", people(0, 1));
        for _ in 0..2 {
            let ran = run(&club);
            assert_eq!((ran.code, ran.count("result", "failed"), ran.count("result", "left")), (4, 1, 0), "{says:?}: {ran:?}");
        }
        club.held().ignores = false;
        let ran = run(&club);
        assert_eq!((ran.code, ran.count("result", "left")), (0, 1), "{says:?}: {ran:?}");
        assert_eq!(run(&club).code, 0);
    }
}

#[test]
fn enforce_that_never_takes_is_not_kept_in_each_run() {
    let club = published();
    club.project.write("people.jsonl", people(0, 1));
    assert_eq!(run(&club).code, 0);
    club.held().of("p11")["active"] = json!(true);
    club.held().ignores = true;
    for day in 0..5 {
        let ran = run(&club);
        assert_eq!((ran.code, ran.count("result", "failed"), ran.count("result", "updated")), (4, 1, 0), "{day}: {ran:?}");
    }
    club.held().ignores = false;
    assert_eq!(run(&club).code, 0);
    assert_eq!(club.held().of("p11")["active"], json!(false));
}

#[test]
fn a_call_in_doubt_is_named_by_each_screen_until_somebody_says_what_became_of_it() {
    for status in [CUT, 500, 503] {
        let club = published();
        club.held().fails = Some(("farewell", status));
        club.project.write("people.jsonl", people(0, 1));
        let ran = run(&club);
        assert_eq!((ran.code, ran.count("result", "left"), not_done(&ran)), (4, 0, (0, 1)), "{status}: {ran:?}");
        let errors = asked(&club, &["errors"]);
        assert!(errors.out.contains("error p11 ") && errors.out.contains("W0908"), "{status}: {errors:?}");
        club.held().fails = None;
        for _ in 0..2 {
            let next = run(&club);
            // The account is closed, so it needs attention and is no failure of this run.
            assert_eq!((next.code, next.count("result", "needs_attention")), (0, 1), "{status}: {next:?}");
        }
        for screen in ["plan", "held"] {
            let shown = asked(&club, &[screen, "staff_to_club"]);
            assert!(shown.out.contains("p11") && shown.out.contains("perhaps not sent"), "{status}: {shown:?}");
        }
        assert_eq!(club.held().made("farewell"), 1, "{status}: at most once");
        assert_eq!(asked(&club, &["resend", "p11", "farewell"]).code, 0);
        let last = run(&club);
        assert_eq!((last.code, club.held().made("farewell")), (0, 2), "{status}: {last:?}");
    }
}

#[test]
fn a_call_on_create_in_doubt_is_never_summed_with_those_that_were_made() {
    let club = published();
    club.held().fails = Some(("welcome", CUT));
    let more: String = (20..23).map(|n| person(n, "red", false)).collect();
    club.project.write("people.jsonl", people(0, 0) + &more);
    let ran = run(&club);
    assert_eq!((ran.code, ran.count("result", "created"), not_done(&ran)), (4, 0, (0, 3)), "{ran:?}");
    let history = asked(&club, &["history"]);
    assert!(history.out.contains(" failed=0 not_known=3 "), "{history:?}");
    let errors = asked(&club, &["errors", "--format", "text"]);
    assert!(errors.out.contains("0 failed, 3 not known, 0 rejected"), "{errors:?}");
    club.held().fails = None;
    let next = run(&club);
    // Nobody's account is open or closed by it: it needs attention, and is no failure of this run.
    assert_eq!((next.code, next.count("result", "created"), next.count("result", "needs_attention")), (0, 0, 3), "{next:?}");
    assert_eq!(asked(&club, &["held"]).out.matches("perhaps not sent").count(), 3);
    assert_eq!(club.held().members.len(), 15);
    assert_eq!(club.held().made("welcome"), 15);
    for (key, words) in [("p20", vec!["resend", "p20", "welcome", "--done"]), ("p21", vec!["resend", "p21", "welcome"])] {
        assert_eq!(asked(&club, &words).code, 0, "{key}");
    }
    let last = run(&club);
    assert_eq!((last.count("result", "needs_attention"), club.held().made("welcome")), (1, 16), "one still waits: {last:?}");
}

#[test]
fn a_first_apply_that_was_killed_is_gone_on_with() {
    for write in [1, 5, 11] {
        let club = unpublished();
        let id = asked(&club, &["plan", "staff_to_club"]).keys("id")[0].clone();
        assert!(club.apply_struck_at(&id, write * 2 - 1), "{write}");
        let made = club.held().members.len();
        let next = run(&club);
        assert_eq!(next.code, 0, "{write}, {made} made: {next:?}");
        let history = asked(&club, &["history"]);
        assert!(history.out.lines().any(|line| line.contains("interrupted") && line.contains(&format!(" created={made} "))), "{history:?}");
        assert_eq!(club.held().members.len(), 12, "{write}: {next:?}");
        let welcomed = club.held().calls.len();
        assert!((11..=12).contains(&welcomed), "{write}: {welcomed}");
        let again = asked(&club, &["apply", &id]);
        assert!(again.code == 6 && again.err.contains("run 2 has written since it was made"), "{write}: {again:?}");
        assert_eq!(run(&club).code, 0, "{write}");
        assert_eq!(club.held().members.len(), 12);
    }
}

/// The close was refused, by the status or by an error in a 200: it is tried in each run, and no run ends well before it is done.
#[test]
fn a_close_that_was_refused_once_is_tried_by_the_next_run() {
    let declared = PIPELINE.replace("    retry 1 times\n", "    retry 1 times\n    error $.error when $.error is present\n");
    for (pipeline, says) in [
        (declared.as_str(), (200, json!({ "error": "the account is locked" }))),
        (declared.as_str(), (400, json!({ "error": "the account is locked" }))),
        (PIPELINE, (422, json!({ "message": "the account is locked" }))),
    ] {
        let club = Struck::<Members>::new("staff_to_club.sync", pipeline, "club");
        club.project.write("people.jsonl", people(0, 0));
        club.publish("staff_to_club");
        club.held().ignores = true;
        club.held().says = Some(says.clone());
        club.project.write("people.jsonl", people(0, 1));
        for round in 0..3 {
            let ran = run(&club);
            assert_eq!((ran.code, not_done(&ran), ran.count("result", "left")), (4, (1, 0), 0), "{says:?}, {round}: {ran:?}");
        }
        club.held().ignores = false;
        let ran = run(&club);
        assert_eq!((ran.code, ran.count("result", "left")), (0, 1), "{says:?}: {ran:?}");
        assert_eq!(club.held().of("p11")["active"], json!(false), "{says:?}");
    }
}

/// The target can't be asked for one account, and its answers show none: whoever leaves has left in the run whose list shows it.
#[test]
fn a_leave_that_no_answer_shows_counts_in_the_run_whose_list_shows_it() {
    let without_get = PIPELINE.replace("    get GET \"/members/{id}\" {\n      gone when status == 404\n    }\n", "");
    assert_ne!(without_get, PIPELINE);
    let deletes = without_get
        .replace("    enforce\n    set  active = false\n    call farewell once\n", "    delete\n")
        .replace("    call welcome POST", "    delete DELETE \"/members/{id}\"\n    call welcome POST");
    for pipeline in [&without_get, &deletes] {
        let club = Struck::<Members>::new("staff_to_club.sync", pipeline, "club");
        club.project.write("people.jsonl", people(0, 0));
        club.publish("staff_to_club");
        club.held().silent = true;
        club.project.write("people.jsonl", people(0, 2));
        let sent = run(&club);
        assert_eq!((sent.code, sent.count("result", "left"), not_done(&sent)), (4, 0, (0, 2)), "{sent:?}");
        let seen = run(&club);
        assert_eq!((seen.code, seen.count("result", "left"), not_done(&seen)), (0, 2, (0, 0)), "{seen:?}");
        let history = asked(&club, &["history"]);
        assert_eq!([" left=0 ", " left=2 "].map(|left| history.out.matches(left).count()), [2, 1], "{history:?}");
        let last = run(&club);
        assert_eq!((last.code, last.count("result", "left")), (0, 0), "{last:?}");
        let errors = asked(&club, &["errors", &sent.keys("run")[0]]);
        assert_eq!((errors.out.matches("W0908").count(), errors.out.matches(" fixed_in=").count()), (2, 2), "{errors:?}");
    }
}
