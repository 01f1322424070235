//! A joined record that does not tell whose it is: who has none is not known, so nobody's value is cleared, and nobody is created without.

use super::project::TestProject;

const PIPELINE: &str = r#"system files {
  collection staff {
    file "staff.csv" csv
    key  number
    attributes {
      number : text  at $.number
      name   : text? at $.name
    }
  }
  collection teams {
    file "teams.csv" csv
    key  id
    attributes {
      id     : text at $.id
      number : text at $.number
      team   : text? at $.team
    }
  }
  collection accounts {
    file "accounts.jsonl" json_lines
    key  id
    attributes {
      id   : text unique at $.id
      name : text? at $.name
      team : text? at $.team
    }
  }
}
pipeline staff {
  zone "Europe/Paris"
  from files.staff as person
  join files.teams as team on team.number == person.number
  to   files.accounts
  key  person.number
  match { id = person.number }
  mode create and update
  map {
    id   = person.number
    name = person.name clear when missing
    team = team.team clear when missing
  }
}
"#;

const STAFF: &str = "number,name\n1,Ann\n2,Bo\n3,Cy\n";
const TEAMS: &str = "id,number,team\nt1,1,Red\nt2,,Blue\n";
const ACCOUNTS: &str = concat!(r#"{"id":"1","name":"Ann","team":"Red"}"#, "\n", r#"{"id":"2","name":"Bo","team":"Green"}"#, "\n");

fn staged(pipeline: &str) -> TestProject {
    let project = TestProject::empty();
    project.write("staff.sync", pipeline).write("staff.csv", STAFF).write("teams.csv", TEAMS).write("accounts.jsonl", ACCOUNTS);
    project
}

/// Only `map` uses the join: what the account has stays, and it is said of whom nothing is known.
#[test]
fn a_value_of_a_join_that_is_not_known_is_neither_cleared_nor_left_out() {
    let project = staged(PIPELINE);
    let plan = project.counterpart(&["plan", "staff"]);
    assert_eq!((plan.keys("unread"), plan.count("count", "create"), plan.count("count", "update")), (vec!["2".into(), "3".into()], 0, 0));
    assert_eq!(plan.count("result", "needs_attention"), 2, "{plan:?}");
    project.write("teams.csv", TEAMS.replace("t2,,", "t2,3,"));
    let known = project.counterpart(&["plan", "staff"]);
    assert_eq!(
        (known.keys("create"), known.keys("update"), known.keys("unread")),
        (vec!["3".into()], vec!["2".into()], vec![]),
        "{known:?}"
    );
}

/// Other values of the same person are written, and what is not known is named.
#[test]
fn what_is_known_is_written() {
    let project = staged(PIPELINE);
    project.write("staff.csv", STAFF.replace("Bo", "Bob"));
    let plan = project.counterpart(&["plan", "staff"]);
    let line = plan.out.lines().find(|line| line.starts_with("update 2 ")).unwrap_or_else(|| panic!("{plan:?}"));
    assert!(line.contains("name=") && !line.contains(" team="), "{line}");
}

/// A list of joined records may lack one, for each person.
#[test]
fn of_a_list_nothing_is_removed() {
    let many = PIPELINE.replace("team on", "team many on").replace("team.team clear", "team.team | sort | join(\", \") clear");
    let plan = staged(&many).counterpart(&["plan", "staff"]);
    assert_eq!((plan.keys("unread"), plan.count("result", "to_write")), (vec!["1".into(), "2".into(), "3".into()], 0), "{plan:?}");
}
