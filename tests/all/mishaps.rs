//! What happened to others over the network, one test each: answers that are lost, lists that are cut, a run that is killed in the middle.

use super::{
    club::member_calls,
    project::{Answer, TestProject},
    terminal::TerminalSession,
    vendors::server::{Answer as Response, Request, StandIn, Switch, Then, Vendor},
};
use serde_json::{Value as Json, json};
use std::time::{Duration, Instant};

const SYSTEM: &str = concat!(
    r#"system town {
  setting base : text matches "^http://127\.0\.0\.1:[0-9]+$" as "Address"
  http setting.base {
    limit 600000 per min, 1 concurrent
    retry 1 times
  }
  collection people {
    key number
    list GET "/people" {
      query "page" = page.number
      page  by number from 1 size 10
      items $.items
      total $.total
    }
    attributes {
      number  : text at $.number
      account : text at $.account
      kind    : text at $.kind
      left    : bool at $.left
    }
  }
  collection teams {
    key id
    lists all
    list GET "/teams" { items $ }
    attributes { id : text at $.id }
  }
  collection players {
    key team, number
    lists all
    list for each teams GET "/teams/{teams.id}/players" where team == teams.id { items $.items }
    attributes {
      team   : text
      number : text at $.number
    }
  }
  collection members {
"#,
    member_calls!(),
    r#"    call mail POST "/members/{id}/mail" { never repeat }
    attributes {
      id     : text read only at $.id
      number : text unique at $.number
      active : bool opens at $.active
    }
  }
}
"#
);

const PEOPLE: &str = r#"
pipeline people_to_members {
  zone "Europe/Paris"
  from town.people as person
  to   town.members
  key  person.number
  match { number = person.number }
  mode create and update
  map {
    number = person.number
    active = true on create
  }
  leaver {
    when person.left == true as "left"
    when missing for 1 run
    set  active = false
  }
  guard { leavers at most 10% or 5 }
}
"#;

const PLAYERS: &str = r#"
pipeline players_to_members {
  zone "Europe/Paris"
  from town.players as player
  to   town.members
  match { number = "{player.team}-{player.number}" }
  mode create and update
  map {
    number = "{player.team}-{player.number}"
    active = true on create
  }
  leaver {
    when missing for 1 run
    set  active = false
  }
  guard { leavers at most 10% or 5 }
}
"#;

/// A pipeline for one kind of people, each with the account that the record names.
fn pipeline_of(name: &str, kind: &str) -> String {
    format!(
        r#"
pipeline {name} {{
  from town.people as person
  to   town.members
  include when person.kind == "{kind}" as "{kind}"
  key  person.number
  match {{ number = person.account }}
  mode update
  map {{ number = person.account }}
  leaver {{
    when person.left == true as "left"
    set  active = false
    call mail once
    on return {{ set active = true }}
  }}
  guard {{ leavers at most 50% or 5 }}
}}
"#
    )
}

/// People and teams on one side, members on the other. A member has a version, and a change of another one than it has is refused.
#[derive(Default)]
struct Town {
    people: Vec<Json>,
    teams: Vec<(&'static str, usize)>,
    members: Vec<Json>,
    /// The members to whom a letter was sent.
    mails: Vec<String>,
}

impl Town {
    fn of(people: usize) -> Self {
        let person = |n: usize| json!({ "number": format!("p{n}"), "account": format!("p{n}"), "kind": "person", "left": false });
        Self { people: (0..people).map(person).collect(), ..Self::default() }
    }

    fn closed(&self) -> usize {
        self.members.iter().filter(|member| member["active"] == false).count()
    }

    fn page(&self, target: &str) -> Json {
        let page: usize = target.split_once("page=").unwrap().1.parse().unwrap();
        let items: Vec<_> = self.people.iter().skip((page - 1) * 10).take(10).collect();
        json!({ "items": items, "total": self.people.len() })
    }

    fn players(&self, team: &str) -> Json {
        let size = self.teams.iter().find(|(id, _)| *id == team).unwrap().1;
        json!({ "items": (0..size).map(|n| json!({ "number": n.to_string() })).collect::<Vec<_>>() })
    }

    fn found(&self, target: &str) -> Json {
        let number = target.split_once("number=").map(|(_, number)| number);
        let items: Vec<_> = self.members.iter().filter(|member| number.is_none_or(|number| member["number"] == number)).collect();
        json!({ "items": items, "total": items.len() })
    }

    fn changed(&mut self, id: &str, request: &Request) -> Response {
        let member = self.members.iter_mut().find(|member| member["id"] == id).unwrap();
        if request.header("If-Match").is_some_and(|tag| tag != format!("\"{}\"", member["version"])) {
            return Response::json(412, json!({ "message": "another version" }));
        }
        member.as_object_mut().unwrap().extend(request.json().unwrap().as_object().unwrap().clone());
        member["version"] = json!(member["version"].as_u64().unwrap() + 1);
        Self::one(200, member)
    }

    fn one(status: u16, member: &Json) -> Response {
        Response::json(status, member).with("ETag", format!("\"{}\"", member["version"]))
    }
}

impl Vendor for Town {
    fn answer(&mut self, request: &Request) -> Response {
        match (request.method.as_str(), &request.steps()[..]) {
            ("GET", ["people"]) => Response::json(200, self.page(&request.target)),
            ("GET", ["teams"]) => Response::json(200, json!(self.teams.iter().map(|(id, _)| json!({ "id": id })).collect::<Vec<_>>())),
            ("GET", ["teams", team, _]) => Response::json(200, self.players(team)),
            ("GET", ["members"]) => Response::json(200, self.found(&request.target)),
            ("GET", ["members", id]) => Self::one(200, self.members.iter().find(|member| member["id"] == *id).unwrap()),
            ("PATCH", ["members", id]) => self.changed(id, request),
            ("POST", ["members", id, "mail"]) => {
                self.mails.push((*id).to_owned());
                Response::json(200, json!({}))
            }
            ("POST", ["members"]) => {
                let mut member = request.json().unwrap();
                member["id"] = json!(format!("m{}", self.members.len()));
                member["version"] = json!(1);
                self.members.push(member.clone());
                Self::one(201, &member)
            }
            _ => Response::json(404, json!({})),
        }
    }

    fn too_many(&self, seconds: u64) -> Response {
        Response::json(429, json!({ "message": "too many requests" })).with("Retry-After", seconds)
    }

    fn broken(&self) -> Response {
        Response::json(503, json!({ "message": "down" }))
    }
}

fn project(town: &StandIn<Town>, pipeline: &str) -> TestProject {
    let project = TestProject::empty();
    project.write("town.sync", format!("{SYSTEM}{pipeline}"));
    project.write("counterpart.toml", format!("[env.production.town]\nbase = \"{}\"\n", town.origin));
    project
}

/// The first change set was applied: everybody is a member.
#[track_caller]
fn published(town: &StandIn<Town>, pipeline: &str) -> TestProject {
    let project = project(town, pipeline);
    let applied = first(&project);
    assert_eq!(applied.code, 0, "{applied:?}");
    town.forget();
    project
}

fn first(project: &TestProject) -> Answer {
    let plan = project.counterpart(&["plan"]);
    project.counterpart(&["apply", plan.keys("id").first().unwrap_or_else(|| panic!("{plan:?}"))])
}

/// Runs until so many requests of this method have come, and is killed then.
fn killed_at(project: &TestProject, town: &StandIn<Town>, words: &str, requests: usize) {
    let mut run = project.command(&["run"]).spawn().unwrap();
    until(town, words, requests);
    run.kill().unwrap();
    run.wait().unwrap();
}

fn until(town: &StandIn<Town>, words: &str, requests: usize) {
    let begun = Instant::now();
    while town.lines().iter().filter(|line| line.contains(words)).count() < requests {
        assert!(begun.elapsed() < Duration::from_secs(30), "{:?}", town.lines());
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// Thirty-seven of a hundred leave, a person has approved it, and the run that does it is killed after twelve answers.
fn approved_and_killed(town: &StandIn<Town>) -> (TestProject, String) {
    let project = published(town, PEOPLE);
    for person in &mut town.vendor().people[..37] {
        person["left"] = json!(true);
    }
    let held = project.counterpart(&["run"]);
    assert_eq!((held.code, town.vendor().closed()), (3, 0), "{held:?}");
    let id = project.counterpart(&["held"]).keys("waits").pop().unwrap();
    // The target is down, so that the run which the approval starts does nothing.
    town.switch(Switch::next("GET /members", Then::Break).times(9));
    let mut session = TerminalSession::start(&project, &["approve", &id]);
    session.wait_for("how many will leave?").answer("37");
    let (code, screen) = session.end();
    assert_eq!((code, town.vendor().closed()), (5, 0), "{screen}");
    town.forget();
    town.switch(Switch::next("PATCH", Then::Hang).after(12));
    killed_at(&project, town, "PATCH", 13);
    assert_eq!(town.vendor().closed(), 13, "the answer of the last one was on its way");
    town.forget();
    (project, id)
}

#[test]
fn a_run_that_is_killed_in_the_middle_of_approved_leaves_is_completed_under_the_same_approval() {
    let town = StandIn::new(Town::of(100));
    let (project, _) = approved_and_killed(&town);
    let run = project.counterpart(&["run"]);
    assert_eq!((run.code, town.vendor().closed()), (0, 37), "{run:?}");
    assert_eq!(town.writes().len(), 24, "nobody twice: {:?}", town.lines());
    let next = project.counterpart(&["run"]);
    assert_eq!((next.code, town.writes().len()), (0, 24), "{next:?}");
}

#[test]
fn after_a_kill_an_approval_is_of_those_who_are_left_of_it_and_of_nobody_else() {
    let town = StandIn::new(Town::of(100));
    let (project, id) = approved_and_killed(&town);
    town.vendor().people[50]["left"] = json!(true);
    let run = project.counterpart(&["run"]);
    assert_eq!((run.code, town.vendor().closed(), town.writes().len()), (3, 13, 0), "{run:?}");
    assert!(run.err.contains(&format!("the approval of {id} has ended: 24 were approved before, 1 are new")), "{run:?}");
    town.vendor().people[50]["left"] = json!(false);
    assert_eq!((project.counterpart(&["run"]).code, town.vendor().closed()), (3, 13), "it has ended for the others as well");
}

/// Thirty-seven of sixty leave, a person has confirmed their number, and the process is killed after twelve answers. The change set.
fn confirmed_and_killed(town: &StandIn<Town>) -> (TestProject, String) {
    let project = published(town, PEOPLE);
    for person in &mut town.vendor().people[..37] {
        person["left"] = json!(true);
    }
    let id = project.counterpart(&["plan"]).keys("id").pop().unwrap();
    town.forget();
    town.switch(Switch::next("PATCH", Then::Hang).after(12));
    let mut session = TerminalSession::start(&project, &["apply", &id]);
    session.wait_for("how many will leave?").answer("37");
    until(town, "PATCH", 13);
    drop(session);
    assert_eq!(town.vendor().closed(), 13, "the answer of the last one was on its way");
    town.forget();
    (project, id)
}

/// The next run asks nobody again, and neither does the one after it.
#[test]
fn a_confirmed_apply_that_was_killed_is_gone_on_with() {
    let town = StandIn::new(Town::of(60));
    let (project, id) = confirmed_and_killed(&town);
    let run = project.counterpart(&["run"]);
    assert_eq!((run.code, town.vendor().closed(), town.writes().len()), (0, 37, 24), "{run:?}");
    let history = project.counterpart(&["history", "--format", "json"]).out;
    assert!(history.contains(&format!("\"approval\": \"{id}\"")), "{history}");
    town.vendor().people[40]["left"] = json!(true);
    let next = project.counterpart(&["run"]);
    assert_eq!((next.code, town.vendor().closed()), (0, 38), "what a person confirmed is in no window: {next:?}");
}

#[test]
fn after_a_kill_what_was_confirmed_is_of_nobody_else() {
    let town = StandIn::new(Town::of(60));
    let (project, id) = confirmed_and_killed(&town);
    town.vendor().people[50]["left"] = json!(true);
    let run = project.counterpart(&["run"]);
    assert_eq!((run.code, town.vendor().closed(), town.writes().len()), (3, 13, 0), "{run:?}");
    assert!(run.err.contains(&format!("the approval of {id} has ended: 24 were approved before, 1 are new")), "{run:?}");
}

#[test]
fn the_same_apply_again_goes_on_where_the_process_died() {
    let town = StandIn::new(Town::of(60));
    let (project, id) = confirmed_and_killed(&town);
    let again = project.counterpart(&["apply", &id]);
    assert_eq!((again.code, town.vendor().closed(), town.writes().len()), (0, 37, 24), "{again:?}");
    let third = project.counterpart(&["apply", &id]);
    assert!(third.code == 6 && third.err.contains("it was applied in run"), "{third:?}");
    let next = project.counterpart(&["run"]);
    assert_eq!((next.code, town.writes().len()), (0, 24), "{next:?}");
}

/// Somebody who is back is not closed because a process died meanwhile.
#[test]
fn the_same_apply_again_looks_again_whether_the_others_still_leave() {
    let town = StandIn::new(Town::of(60));
    let (project, id) = confirmed_and_killed(&town);
    town.vendor().people[36]["left"] = json!(false);
    let again = project.counterpart(&["apply", &id]);
    assert_eq!((again.code, town.vendor().closed(), town.writes().len()), (6, 13, 0), "{again:?}");
    assert!(again.err.contains("no longer leaves"), "{again:?}");
}

/// What was confirmed and applied to its end permits nothing more.
#[test]
fn what_was_confirmed_is_no_approval_once_it_was_applied() {
    let town = StandIn::new(Town::of(60));
    let project = published(&town, PEOPLE);
    for person in &mut town.vendor().people[..37] {
        person["left"] = json!(true);
    }
    let id = project.counterpart(&["plan"]).keys("id").pop().unwrap();
    // Every close is refused, so that all of them leave again in the next run.
    town.switch(Switch::next("PATCH", Then::Answer(Response::json(400, json!({ "message": "not today" })))).times(1000));
    let mut session = TerminalSession::start(&project, &["apply", &id]);
    session.wait_for("how many will leave?").answer("37");
    let (code, screen) = session.end();
    assert_ne!(code, 0, "{screen}");
    town.forget();
    let run = project.counterpart(&["run"]);
    assert_eq!((run.code, town.vendor().closed()), (3, 0), "{run:?}");
}

/// The first request closes the account, and its answer is lost; the second is refused, because the first has changed the version.
#[test]
fn a_close_whose_answer_was_lost_is_done_although_its_repeat_is_refused() {
    let town = StandIn::new(Town::of(20));
    let project = published(&town, PEOPLE);
    town.vendor().people[3]["left"] = json!(true);
    town.switch(Switch::next("PATCH", Then::Lose));
    let run = project.counterpart(&["run"]);
    assert_eq!((run.code, run.count("result", "left"), run.count("result", "failed")), (0, 1, 0), "{run:?}");
    assert_eq!(town.vendor().closed(), 1);
    let tags: Vec<_> = town.writes().iter().map(|write| write.header("If-Match").map(str::to_owned)).collect();
    assert!(tags.iter().all(|tag| tag.as_deref() == Some("\"1\"")), "{tags:?}");
    assert_eq!(project.counterpart(&["run"]).code, 0);
    assert_eq!(town.vendor().closed(), 1);
}

/// The second run does not go on where the first one was: whoever is on an earlier page would be missing.
/// A review is the same wherever it is made, and sends nothing.
#[test]
fn a_plan_and_an_apply_judge_too_many_leavers_alike_and_write_nothing() {
    let town = StandIn::new(Town::of(100));
    let project = published(&town, PEOPLE);
    for person in &mut town.vendor().people[..37] {
        person["left"] = json!(true);
    }
    let plan = project.counterpart(&["plan"]);
    let id = plan.keys("id").pop().unwrap();
    let verdict = |answer: &Answer| ["leavers", "of", "verdict"].map(|name| answer.fact("guard", name));
    let past = [Some("37".to_owned()), Some("100".to_owned()), Some("exceeded".to_owned())];
    assert_eq!(verdict(&plan), past, "{plan:?}");
    assert_eq!(verdict(&project.counterpart(&["show", &id])), past);
    let applied = project.counterpart(&["apply", &id]);
    assert!(applied.code == 3 && applied.err.contains("leavers 37 of 100"), "{applied:?}");
    let run = project.counterpart(&["run"]);
    assert_eq!((run.code, verdict(&run)), (3, past), "{run:?}");
    assert_eq!((town.writes().len(), town.vendor().closed()), (0, 0), "{:?}", town.lines());
}

/// The source gives as many rows as it gives at once, and says so.
#[test]
fn by_a_list_that_was_cut_at_the_most_rows_nobody_leaves() {
    const CUT: [fn(Response) -> Response; 3] = [
        |page| Response::json(page.status, json!({ "items": page.read()["items"], "total": 10, "truncated": true })),
        |page| Response::json(page.status, json!({ "items": page.read()["items"], "total": 10, "has_more": true })),
        |page| Response::json(206, json!({ "items": page.read()["items"], "total": 10 })),
    ];
    for cut in CUT {
        let town = StandIn::new(Town::of(12));
        let project = published(&town, PEOPLE);
        town.switch(Switch::next("GET /people", Then::Turn(cut)));
        let run = project.counterpart(&["run"]);
        assert_eq!((run.code, town.vendor().closed(), town.writes().len()), (5, 0, 0), "{run:?}");
    }
}

#[test]
fn a_run_that_is_killed_while_it_reads_is_followed_by_one_that_reads_from_the_first_page() {
    let town = StandIn::new(Town::of(60));
    let project = published(&town, PEOPLE);
    town.switch(Switch::next("page=4", Then::Hang));
    killed_at(&project, &town, "page=4", 1);
    town.forget();
    let run = project.counterpart(&["run"]);
    assert_eq!((run.code, run.count("result", "left"), town.writes().len()), (0, 0, 0), "{run:?}");
    let pages: Vec<_> = town.lines().into_iter().filter(|line| line.contains("/people")).collect();
    assert_eq!((pages.len(), pages.first().map(String::as_str)), (6, Some("GET /people?page=1")), "{pages:?}");
}

#[test]
fn too_many_requests_in_the_middle_are_waited_for_and_nobody_is_lost() {
    let town = StandIn::new(Town::of(100));
    let project = project(&town, PEOPLE);
    town.switch(Switch::next("POST", Then::Refuse(1)).after(35));
    let begun = Instant::now();
    let applied = first(&project);
    assert_eq!((applied.code, applied.count("result", "created"), town.vendor().members.len()), (0, 100, 100), "{applied:?}");
    assert!(begun.elapsed() >= Duration::from_secs(1), "it waits as long as it is asked to");
    assert_eq!(town.writes().len(), 101);
}

#[test]
fn too_many_requests_for_a_day_end_the_run_with_exact_counts_and_the_next_one_does_the_rest() {
    let town = StandIn::new(Town::of(100));
    let project = project(&town, PEOPLE);
    town.switch(Switch::next("POST", Then::Refuse(86_400)).after(35).times(1000));
    let applied = first(&project);
    let counts = ["created", "failed", "not_attempted"].map(|what| applied.count("result", what));
    assert_eq!((counts[0], counts.iter().sum::<u64>(), town.vendor().members.len()), (35, 100, 35), "{applied:?}");
    assert_ne!(applied.code, 0, "{applied:?}");
    town.forget();
    let run = project.counterpart(&["run"]);
    assert_eq!((run.code, run.count("result", "created"), town.vendor().members.len()), (0, 65, 100), "{run:?}");
}

/// The list of teams is whole, and that of one team is empty, or refused.
#[test]
fn a_team_whose_list_is_empty_counts_as_many_leavers_and_one_that_fails_as_none() {
    let town = StandIn::new(Town { teams: vec![("red", 10), ("blue", 10), ("green", 10)], ..Town::default() });
    let project = published(&town, PLAYERS);
    town.vendor().teams[1].1 = 0;
    let run = project.counterpart(&["run"]);
    assert_eq!((run.code, town.vendor().closed(), town.writes().len()), (3, 0, 0), "{run:?}");
    assert!(run.out.contains("guard leavers=10 of=30 "), "{run:?}");
    town.vendor().teams[1].1 = 10;
    town.switch(Switch::next("/teams/blue/", Then::Break).times(9));
    let broken = project.counterpart(&["run"]);
    assert_eq!((broken.code, town.vendor().closed(), town.writes().len()), (5, 0, 0), "{broken:?}");
}

/// Employees 0 to 6 and contractors 7 to 13. The first of each is one person with one account.
fn two_kinds() -> StandIn<Town> {
    let mut town = Town::of(14);
    for (at, person) in town.people.iter_mut().enumerate() {
        person["kind"] = json!(if at < 7 { "employee" } else { "contractor" });
    }
    town.people[7]["account"] = json!("p0");
    let accounts = (0..14).filter(|at| *at != 7);
    let member = |at: usize| json!({ "id": format!("m{at}"), "number": format!("p{at}"), "active": true, "version": 1 });
    town.members = accounts.map(member).collect();
    StandIn::new(town)
}

fn linked_by_both(town: &StandIn<Town>) -> TestProject {
    let project = project(town, &(pipeline_of("employees", "employee") + &pipeline_of("contractors", "contractor")));
    for name in ["employees", "contractors"] {
        let plan = project.counterpart(&["plan", name]);
        let applied = project.counterpart(&["apply", &plan.keys("id")[0]]);
        assert_eq!((applied.code, town.writes().len()), (0, 0), "{applied:?}");
    }
    project
}

/// One request closes the account and one letter goes out, when the second of two pipelines lets go, whichever that is.
#[test]
fn an_account_of_two_pipelines_is_closed_once_and_told_once_when_the_last_of_them_lets_go() {
    for (first, second, left) in [("employees", "contractors", 0), ("contractors", "employees", 7)] {
        let town = two_kinds();
        let project = linked_by_both(&town);
        let run = |name: &str| {
            let run = project.counterpart(&["run", name]);
            assert_eq!(run.code, 0, "{run:?}");
            run.count("result", "left")
        };
        town.vendor().people[left]["left"] = json!(true);
        assert_eq!([run(first), run(second), run(first)], [0; 3], "{first}: the other one still has the account");
        assert_eq!((town.vendor().closed(), town.writes().len()), (0, 0), "{first}: {:?}", town.lines());
        town.vendor().people[7 - left]["left"] = json!(true);
        assert_eq!(run(second), 1, "{first}");
        for name in [first, second, first] {
            run(name);
        }
        let writes: Vec<_> = town.writes().iter().map(Request::line).collect();
        assert_eq!(writes, ["PATCH /members/m0", "POST /members/m0/mail"], "{first}");
        assert_eq!(town.vendor().mails, ["m0"], "{first}");
        assert_eq!(town.vendor().closed(), 1, "{first}");
    }
}

/// The letter of the pipeline that closed the account was never answered: neither of the two sends another one.
#[test]
fn a_letter_in_doubt_of_one_pipeline_is_not_sent_by_the_other() {
    let town = two_kinds();
    let project = linked_by_both(&town);
    for at in [0, 7] {
        town.vendor().people[at]["left"] = json!(true);
    }
    town.switch(Switch::next("/mail", Then::Lose).times(9));
    assert_eq!(project.counterpart(&["run", "employees"]).code, 0, "contractors have the account");
    let doubtful = project.counterpart(&["run", "contractors"]);
    assert_eq!((doubtful.code, doubtful.count("result", "not_known"), town.vendor().closed()), (4, 1, 1), "{doubtful:?}");
    let sent = town.vendor().mails.len();
    town.forget();
    for name in ["employees", "contractors", "employees"] {
        project.counterpart(&["run", name]);
    }
    assert_eq!((town.writes().len(), town.vendor().mails.len()), (0, sent), "{:?}", town.lines());
}

/// Sixty people with an account each, whose leave closes it and sends a letter; all requests go out at once.
fn sixty_with_letters() -> (StandIn<Town>, TestProject) {
    let mut town = Town::of(60);
    town.members = (0..60).map(|at| json!({ "id": format!("m{at}"), "number": format!("p{at}"), "active": true, "version": 1 })).collect();
    let town = StandIn::new(town);
    let project = project(&town, &pipeline_of("people", "person"));
    project.write("town.sync", project.read("town.sync").replace("1 concurrent", "60 concurrent"));
    let whole_week = "leavers at most 50% or 5\n    leavers at most 100% over 7 days";
    project.write("town.sync", project.read("town.sync").replace("leavers at most 50% or 5", whole_week));
    let applied = first(&project);
    assert_eq!((applied.code, town.writes().len()), (0, 0), "{applied:?}");
    town.forget();
    (town, project)
}

/// The run is killed while 26 requests wait for an answer: 13 of them close an account, which can be looked up, and 13 send a letter, which
/// can't. What is known and what is not are never one number.
#[test]
fn after_a_kill_with_many_requests_under_way_those_in_doubt_are_counted_alone() {
    let (town, project) = sixty_with_letters();
    for person in &mut town.vendor().people[..26] {
        person["left"] = json!(true);
    }
    town.switch(Switch::next("PATCH", Then::Hang).after(13).times(99));
    town.switch(Switch::next("/mail", Then::Hang).times(99));
    let mut run = project.command(&["run"]).spawn().unwrap();
    let begun = Instant::now();
    let came = |words: &str| town.lines().iter().filter(|line| line.contains(words)).count();
    while came("PATCH") < 26 || came("/mail") < 13 {
        assert!(begun.elapsed() < Duration::from_secs(30), "{:?}", town.lines());
        std::thread::sleep(Duration::from_millis(5));
    }
    run.kill().unwrap();
    run.wait().unwrap();
    assert_eq!(town.vendor().closed(), 26);
    assert_eq!(town.vendor().mails.len(), 13);
    town.forget();

    let next = project.counterpart(&["run"]);
    for words in [
        "looked up 13 requests of an earlier run: 13 had been made, 0 had not",
        "13 calls of an earlier run were never answered and can't be looked up: they are not made again",
    ] {
        assert!(next.err.contains(words), "{words}: {next:?}");
    }
    let mut mails = town.vendor().mails.clone();
    assert_eq!(mails.len(), 26, "{next:?}");
    mails.sort();
    mails.dedup();
    assert_eq!((mails.len(), town.vendor().closed()), (26, 26), "each letter once: {next:?}");
    let held = project.counterpart(&["held"]);
    assert_eq!(held.out.matches("perhaps not sent").count(), 13, "{held:?}");
    let before = town.writes().len();
    let last = project.counterpart(&["run"]);
    assert_eq!((last.count("result", "needs_attention"), town.writes().len()), (13, before), "{last:?}");
}

/// Every answer to a close is lost: each is sent twice at most, and then the account is looked at.
#[test]
fn lost_answers_cost_one_repeat_and_one_look_each() {
    for (then, closed) in [(Then::Lose, 19), (Then::Cut, 19)] {
        let (town, project) = sixty_with_letters();
        project.write("town.sync", project.read("town.sync").replace("    call mail once\n", ""));
        for person in &mut town.vendor().people[..19] {
            person["left"] = json!(true);
        }
        town.switch(Switch::next("PATCH", then.clone()).times(999));
        let run = project.counterpart(&["run"]);
        assert_eq!((run.code, run.count("result", "left"), town.vendor().closed()), (0, closed, 19), "{then:?}: {run:?}");
        let count = |of: &dyn Fn(&str) -> bool| town.lines().iter().filter(|line| of(line)).count();
        let (sent, looks) = (count(&|line| line.starts_with("PATCH")), count(&|line| line.starts_with("GET /members/")));
        assert!((19..=38).contains(&sent), "{then:?}: {sent} sent");
        assert!(looks <= 38, "{then:?}: one look before the write, and one after it: {looks}");
        town.forget();
        let next = project.counterpart(&["run"]);
        assert_eq!((next.code, town.writes().len()), (0, 0), "{then:?}: {next:?}");
    }
}
