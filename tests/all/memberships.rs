//! People in groups, by keys of two attributes: the sandbox over several runs, and a process that is killed between its writes.

use super::{
    project::{Answer, TestProject},
    struck::{Records, Struck},
};
use serde_json::{Value as Json, json};
use std::collections::BTreeSet;

/// `CALLS` are those of memberships, and `MAP` has further lines.
const SYSTEMS: &str = r#"system staff {
  collection places {
    file "places.jsonl" json_lines
    key id
    attributes {
      id      : text at $.id
      person  : text at $.person
      team    : text at $.team
      rank    : text? at $.rank
    }
  }
}

system directory {
  http "https://directory.example.com" { limit 60000 per min, 1 concurrent }
  collection groups {
    key id
    lists all
    list GET "/groups" { items $ }
    attributes {
      id   : text at $.id
      name : text at $.name
    }
  }
  collection members {
    key group, account
    lists all
CALLS
  }
}

pipeline places_to_members {
  from staff.places as place
  to   directory.members
  key  place.id
  match { group = place.team and account = place.person }
  mode create and update
  map {
    group   = place.team   on create
    account = place.person on create
MAP
  }
  leaver {
    when place.rank == "left"
    delete
    on return { create again }
  }
  guard { leavers at most 100% }
}
"#;

const PLAIN: &str = r#"
    list for each groups GET "/groups/{groups.id}/members" where group == groups.id { items $ }
    create PUT "/groups/{group}/members/{account}" { body = {} }
    delete DELETE "/groups/{group}/members/{account}"
    attributes {
      group   : text create only
      account : text create only at $.id
    }
"#;

/// The pair in the query of the delete, as some vendors take it.
const QUERIES: &str = r#"
    list for each groups GET "/group/member" where group == groups.id {
      query "groupname" = groups.id
      items $.values
    }
    create POST "/group/user" {
      query "groupname" = group
      body = { accountId = account }
    }
    delete DELETE "/group/user" {
      query "groupname" = group
      query "accountId" = account
    }
    attributes {
      group   : text create only
      account : text create only at $.accountId
    }
"#;

/// A reference that is made of the key.
const REFERENCES: &str = r#"
    list for each groups GET "/groups/{groups.id}/members" where group == groups.id { items $.value }
    create POST "/groups/{group}/members/$ref" { body = { "@odata.id" = "https://directory.example.com/users/{account}" } }
    delete DELETE "/groups/{group}/members/{account}/$ref"
    attributes {
      group   : text create only
      account : text create only at $.id
    }
"#;

/// An enrolment has a role, which is updated in place.
const ROLES: &str = r#"
    list for each groups GET "/courses/{groups.id}/users" where group == groups.id { items $ }
    get GET "/courses/{group}/users/{account}"
    create POST "/courses/{group}/users"
    update PATCH "/courses/{group}/users/{account}"
    delete DELETE "/courses/{group}/users/{account}"
    attributes {
      group   : text create only
      account : text create only at $.user.id
      role    : text? at $.role
    }
"#;

/// Many members of one group at once.
const BATCHES: &str = r#"
    list for each groups GET "/groups/{groups.id}/members" where group == groups.id { items $ }
    create POST "/groups/{group}/add" {
      batch 20 by group
      body = { ids = [account for each record] }
      items $.results by $.id = account { error $.error }
    }
    delete POST "/groups/{group}/remove" {
      batch 20 by group
      body = { ids = [account for each record] }
      items $.results by $.id = account { error $.error }
    }
    attributes {
      group   : text create only
      account : text create only at $.id
    }
"#;

/// Values that a key could be confused by.
const ODD: [&str; 8] = ["ada", "a/b", "a,b", "a=b", "a b", "a\"b", "Zoë", "g%20 account=ada"];

struct Directory(TestProject);

impl Directory {
    fn new(calls: &str, map: &str) -> Self {
        let project = TestProject::empty();
        project.write("members.sync", SYSTEMS.replace("CALLS", calls).replace("MAP", map));
        let group = |id: &str| json!({"id": id, "name": format!("The {id}")}).to_string() + "\n";
        project.write("seed/directory.groups.jsonl", ["red", "a/b, c=\"d\"", "blue team"].map(group).concat());
        Self(project)
    }

    fn places(&self, places: &[(&str, &str, &str)]) -> &Self {
        let place = |(person, team, rank): &(&str, &str, &str)| {
            json!({"id": format!("{person}@{team}"), "person": person, "team": team, "rank": rank}).to_string() + "\n"
        };
        self.0.write("places.jsonl", places.iter().map(place).collect::<String>());
        self
    }

    #[track_caller]
    fn run(&self) -> Answer {
        let run = self.0.sandboxed(&["run", "places_to_members"]);
        assert_eq!(run.code, 0, "{}{}", run.out, run.err);
        run
    }

    /// Runs while memberships end, which no answer shows, and again: what the list shows then.
    #[track_caller]
    fn left(&self) -> Answer {
        let run = self.0.sandboxed(&["run", "places_to_members"]);
        assert_eq!((run.code, run.count("result", "left")), (4, 0), "{}{}", run.out, run.err);
        self.run()
    }

    /// The memberships that the stand-in has, as their keys.
    fn members(&self) -> Vec<String> {
        let keys = self.0.told("SELECT json_group_array(key) FROM records WHERE collection = 'members'");
        let mut keys: Vec<_> = keys.as_array().unwrap().iter().map(|key| key.as_str().unwrap().to_owned()).collect();
        keys.sort();
        keys
    }

    fn requests(&self, method: &str) -> Vec<String> {
        let paths = self.0.told(&format!("SELECT json_group_array(path) FROM requests WHERE method = '{method}' AND status < 300"));
        paths.as_array().unwrap().iter().map(|path| path.as_str().unwrap().to_owned()).collect()
    }
}

fn key(group: &str, account: &str) -> String {
    let written = |value: &str| {
        let plain = !value.contains(|one: char| one.is_whitespace() || matches!(one, '"' | '=' | ',' | '\\'));
        if plain { value.to_owned() } else { json!(value).to_string() }
    };
    format!("group={} account={}", written(group), written(account))
}

/// First run, second run, a leaver and one who comes back, with each form of the calls.
#[test]
fn people_become_members_once_and_leave_alone() {
    for (calls, created, deleted) in [
        (PLAIN, "/groups/red/members/ada", "/groups/red/members/bo"),
        (QUERIES, "/group/user?groupname=red", "/group/user?groupname=red&accountId=bo"),
        (REFERENCES, "/groups/red/members/$ref", "/groups/red/members/bo/$ref"),
    ] {
        let directory = Directory::new(calls, "");
        directory.places(&[("ada", "red", ""), ("bo", "red", ""), ("ada", "blue team", "")]).run();
        assert_eq!(directory.members(), [key("blue team", "ada"), key("red", "ada"), key("red", "bo")], "{calls}");
        let made = [directory.requests("PUT"), directory.requests("POST")].concat();
        assert_eq!((made.len(), made.contains(&created.to_owned())), (3, true), "{made:?}");
        let again = directory.run();
        assert_eq!((again.count("result", "written"), directory.0.writing_requests()), (0, 3), "{}", again.out);
        let left = directory.places(&[("ada", "red", ""), ("bo", "red", "left"), ("ada", "blue team", "")]).left();
        assert_eq!((left.count("result", "left"), directory.requests("DELETE")), (1, vec![deleted.to_owned()]), "{}", left.out);
        assert_eq!(directory.members(), [key("blue team", "ada"), key("red", "ada")]);
        assert_eq!(directory.run().count("result", "written"), 0);
    }
}

#[test]
fn many_members_of_one_group_go_together() {
    let directory = Directory::new(BATCHES, "");
    let run = directory.places(&[("ada", "red", ""), ("a b", "red", ""), ("cy", "red", ""), ("ada", "blue team", "")]).run();
    assert_eq!((run.count("result", "created"), directory.requests("POST").len()), (4, 2), "{}", run.out);
    let left = directory.places(&[("ada", "red", "left"), ("a b", "red", "left"), ("cy", "red", ""), ("ada", "blue team", "")]).left();
    assert_eq!((left.count("result", "left"), directory.requests("POST").len()), (2, 3), "{}", left.out);
    assert_eq!(directory.members(), [key("blue team", "ada"), key("red", "cy")]);
    assert_eq!(directory.run().count("result", "written"), 0);
}

/// What was there is linked by both attributes, and nothing is made twice.
#[test]
fn existing_memberships_are_adopted() {
    let directory = Directory::new(PLAIN, "");
    let members = [json!({"id": "ada", "_below": "red"}), json!({"id": "eve", "_below": "blue team"})];
    directory.0.write("seed/directory.members.jsonl", members.map(|member| format!("{member}\n")).concat());
    let run = directory.places(&[("ada", "red", ""), ("eve", "red", "")]).run();
    assert_eq!((run.count("result", "created"), directory.requests("PUT")), (1, vec!["/groups/red/members/eve".to_owned()]), "{}", run.out);
    assert_eq!(directory.members(), [key("blue team", "eve"), key("red", "ada"), key("red", "eve")]);
    let state = directory.0.remembered("SELECT json_group_array(target) FROM (SELECT target FROM links ORDER BY target)");
    assert_eq!(state, json!([key("red", "ada"), key("red", "eve")]));
}

#[test]
fn any_value_may_be_in_a_key() {
    let directory = Directory::new(PLAIN, "");
    let places: Vec<_> = ODD.iter().flat_map(|account| [(*account, "red", ""), (*account, "a/b, c=\"d\"", "")]).collect();
    let run = directory.places(&places).run();
    assert_eq!(run.count("result", "created"), 16, "{}", run.out);
    let mut expected: Vec<_> = places.iter().map(|(account, group, _)| key(group, account)).collect();
    expected.sort();
    assert_eq!(directory.members(), expected);
    assert_eq!(directory.run().count("result", "written"), 0);
    let leaving: Vec<_> = places.iter().map(|(account, group, _)| (*account, *group, if *group == "red" { "left" } else { "" })).collect();
    let left = directory.places(&leaving).left();
    assert_eq!(left.count("result", "left"), 8, "{}", left.out);
    expected.retain(|key| !key.starts_with("group=red "));
    assert_eq!(directory.members(), expected);
}

/// Two records that want one membership are both held, because nothing says whose it is.
#[test]
fn one_membership_is_not_made_for_two_records() {
    let directory = Directory::new(PLAIN, "");
    directory.places(&[("ada", "red", "")]);
    let twice = directory.0.read("places.jsonl") + "{\"id\": \"9\", \"person\": \"ada\", \"team\": \"red\"}\n";
    directory.0.write("places.jsonl", twice + "{\"id\": \"10\", \"person\": \"ada\", \"team\": \"blue team\"}\n");
    let run = directory.0.sandboxed(&["run", "places_to_members"]);
    assert_eq!((run.count("result", "created"), run.count("result", "needs_attention")), (1, 2), "{}{}", run.out, run.err);
    assert_eq!(directory.members(), [key("blue team", "ada")]);
}

/// A group that is not listed proves nothing about its members.
#[test]
fn a_group_that_is_not_listed_proves_nothing() {
    let directory = Directory::new(PLAIN, "");
    directory.places(&[("ada", "red", ""), ("bo", "blue team", "")]).run();
    directory.0.write("seed/hidden/directory.groups.jsonl", "{\"id\": \"red\", \"_gone\": true}\n");
    let places = [("ada", "red", ""), ("bo", "blue team", ""), ("cy", "red", "")];
    assert_eq!(directory.0.counterpart(&["sandbox", "places_to_members", "--load", "hidden"]).code, 0);
    let run = directory.places(&places).0.sandboxed(&["plan", "places_to_members", "--people", "full"]);
    assert_eq!((run.count("count", "create"), run.count("count", "leave"), run.count("result", "to_write")), (0, 0, 0), "{}", run.out);
    assert!(run.out.contains("no list was read for the group red"), "{}", run.out);
}

#[test]
fn a_role_is_updated_in_place() {
    let directory = Directory::new(ROLES, "    role = place.rank clear when missing");
    directory.places(&[("ada", "red", "guest"), ("a/b", "red", "guest")]).run();
    let run = directory.places(&[("ada", "red", "guest"), ("a/b", "red", "owner")]).run();
    assert_eq!(
        (run.count("result", "updated"), directory.requests("PATCH")),
        (1, vec!["/courses/red/users/a%2Fb".to_owned()]),
        "{}",
        run.out
    );
    assert_eq!(directory.run().count("result", "written"), 0);
    let left = directory.places(&[("ada", "red", "guest"), ("a/b", "red", "left")]).run();
    assert_eq!((left.count("result", "left"), directory.members()), (1, vec![key("red", "ada")]), "{}", left.out);
    let back = directory.places(&[("ada", "red", "guest"), ("a/b", "red", "owner")]).run();
    assert_eq!(directory.members(), [key("red", "a/b"), key("red", "ada")], "{}", back.out);
    assert_eq!(directory.run().count("result", "written"), 0);
}

/// The memberships of one directory, read with their own key, are made in another one; who is in another group is another membership.
#[test]
fn memberships_are_read_and_moved() {
    let text = SYSTEMS.replace("CALLS", PLAIN).replace("MAP", "") + COPY;
    let directory = Directory::new(PLAIN, "");
    directory.0.write("members.sync", text);
    let members = [json!({"id": "ada", "_below": "red"}), json!({"id": "bo", "_below": "red"})];
    directory.0.write("seed/directory.members.jsonl", members.map(|member| format!("{member}\n")).concat());
    let copy = || directory.0.sandboxed(&["run", "copies"]);
    let first = copy();
    assert_eq!((first.code, first.count("result", "created")), (0, 2), "{}{}", first.out, first.err);
    assert_eq!(copy().count("result", "written"), 0);
    let moved = [json!({"id": "bo", "(group)": "red", "_gone": true}), json!({"id": "bo", "_below": "blue team"})];
    directory.0.write("seed/moved/directory.members.jsonl", moved.map(|member| format!("{member}\n")).concat());
    assert_eq!(directory.0.counterpart(&["sandbox", "copies", "--load", "moved"]).code, 0);
    let run = copy();
    assert_eq!((run.code, run.count("result", "created")), (4, 1), "no answer has shown that the membership ended: {}{}", run.out, run.err);
    assert_eq!(copy().count("result", "left"), 1, "the list shows it");
    let keys = directory.0.told("SELECT json_group_array(key) FROM (SELECT key FROM records WHERE collection = 'seats' ORDER BY key)");
    assert_eq!(keys, json!([r#"team="blue team" person=bo"#, "team=red person=ada"]));
    assert_eq!(copy().count("result", "written"), 0);
}

const COPY: &str = r#"
system club {
  http "https://club.example.com" { limit 60000 per min }
  collection seats {
    key team, person
    lists all
    list GET "/seats" { items $ }
    create POST "/seats"
    delete DELETE "/seats" {
      query "team"   = team
      query "person" = person
    }
    attributes {
      team   : text create only at $.team
      person : text create only at $.person
    }
  }
}

pipeline copies {
  from directory.members as member
  to   club.seats
  match { team = member.group and person = member.account }
  mode create and update
  map {
    team   = member.group   on create
    person = member.account on create
  }
  leaver {
    when missing for 1 runs
    delete
  }
  guard { leavers at most 100% }
}
"#;

/// Groups and their members, as a system has them that is asked over real sockets.
#[derive(Default)]
struct Groups {
    members: BTreeSet<(String, String)>,
    /// Creates and deletes of what was there, or not there any more.
    needless: usize,
}

impl Records for Groups {
    fn answer(&mut self, method: &str, path: &str, _: &Json) -> (u16, Json) {
        let segments: Vec<&str> = path.trim_start_matches('/').split('/').collect();
        let plain = |text: &str| text.replace("%20", " ").replace("%2F", "/");
        match (method, &segments[..]) {
            ("GET", ["groups"]) => (200, json!([{"id": "red", "name": "Red"}, {"id": "blue team", "name": "Blue"}])),
            ("GET", ["groups", group, "members"]) => {
                let own = self.members.iter().filter(|(own, _)| *own == plain(group));
                (200, own.map(|(_, account)| json!({"id": account})).collect())
            }
            ("PUT", ["groups", group, "members", account]) => {
                self.needless += usize::from(!self.members.insert((plain(group), plain(account))));
                (204, Json::Null)
            }
            ("DELETE", ["groups", group, "members", account]) => {
                let there = self.members.remove(&(plain(group), plain(account)));
                self.needless += usize::from(!there);
                (if there { 204 } else { 404 }, json!({"message": "no such member"}))
            }
            _ => (404, json!({"message": "no such thing"})),
        }
    }
}

/// Killed after any write, the next run finds out what was done: nobody is missed, and no membership is made or taken away twice.
#[test]
fn killed_after_any_write_the_next_run_completes_what_is_left() {
    let at_once = "  collection members {\n    consistent within 0 s";
    let text = SYSTEMS.replace("CALLS", PLAIN).replace("MAP", "").replace("  collection members {", at_once).replace(
        "  http \"https://directory.example.com\"",
        "  setting base : text matches \"^http://127\\.0\\.0\\.1:[0-9]+$\" as \"Address\"\n  http setting.base",
    );
    let place = |person: &str, team: &str, rank: &str| {
        json!({"id": format!("{person}@{team}"), "person": person, "team": team, "rank": rank}).to_string() + "\n"
    };
    let pair = |group: &str, account: &str| (group.to_owned(), account.to_owned());
    let mut strikes = 0;
    for write in 1.. {
        let groups = Struck::<Groups>::new("members.sync", &text, "directory");
        groups.held().members.extend([pair("red", "ada"), pair("red", "a/b"), pair("blue team", "ada")]);
        let before = [place("ada", "red", ""), place("a/b", "red", ""), place("ada", "blue team", "")];
        groups.project.write("places.jsonl", before.concat());
        groups.publish("places_to_members");
        let after = [
            place("ada", "red", "left"),
            place("a/b", "red", ""),
            place("ada", "blue team", ""),
            place("bo", "red", ""),
            place("a/b", "blue team", ""),
        ];
        groups.project.write("places.jsonl", after.concat());
        if !groups.struck_at("places_to_members", write) {
            break;
        }
        strikes += 1;
        for run in 1..=3 {
            let next = groups.project.counterpart(&["run", "places_to_members"]);
            assert_eq!(next.code, 0, "run {run} after {write}: {next:?}");
        }
        let held = groups.held();
        let expected = [pair("blue team", "a/b"), pair("blue team", "ada"), pair("red", "a/b"), pair("red", "bo")];
        assert_eq!((held.members.clone(), held.needless), (expected.into(), 0), "killed after {write}");
    }
    assert_eq!(strikes, 3, "two creates and a delete");
}
