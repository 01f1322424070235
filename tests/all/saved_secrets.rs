//! A pipeline that writes secrets is adopted like any other: `apply` works out again what was not saved, and refuses what has changed.

use super::project::TestProject;

const PIPELINE: &str = r#"
table first_pins {
  "north" = "pin-north-1"
  else    = "pin-else-2"
}
system hr {
  collection employees {
    file "employees.csv" csv
    key  number
    attributes {
      number : text at $.number
      name   : text at $.name
      site   : text at $.site
    }
  }
}
system app {
  collection users {
    file  "users.jsonl" json_lines
    key   id
    lists all
    attributes {
      id       : text unique        at $.id
      name     : text               at $.name
      password : text? create only secret at $.password
      pin      : text? create only secret at $.pin
    }
  }
}
pipeline people {
  from hr.employees as e
  to   app.users
  key  e.number
  match { id = e.number }
  mode create and update
  map {
    id       = e.number
    name     = e.name
    password = "{e.number}{e.site}" | hash on create
    pin      = e.site | lookup(first_pins) on create
  }
}
"#;

const EMPLOYEES: &str = "number,name,site\n1,Ann,north\n2,Bob,south\n";

fn planned() -> (TestProject, String) {
    let project = TestProject::empty();
    project.write("people.sync", PIPELINE).write("employees.csv", EMPLOYEES).write("users.jsonl", "");
    let plan = project.counterpart(&["plan", "people"]);
    let id = plan.keys("id").first().unwrap_or_else(|| panic!("{plan:?}")).clone();
    assert_eq!((plan.code, plan.keys("create").len()), (0, 2), "{plan:?}");
    (project, id)
}

/// The secrets of a file of users.
fn secrets(users: &str) -> Vec<String> {
    let users = users.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
    users.flat_map(|user| ["password", "pin"].map(|name| user[name].as_str().unwrap().to_owned())).collect()
}

#[test]
fn a_change_set_with_secrets_is_applied_and_no_secret_is_saved_or_shown() {
    let (project, id) = planned();
    let shown = project.counterpart(&["show", &id, "--format", "json"]);
    let applied = project.counterpart(&["apply", &id]);
    assert_eq!((applied.code, applied.count("result", "created")), (0, 2), "{applied:?}");
    let made = secrets(&project.read("users.jsonl"));
    assert_eq!((made.len(), made[1].as_str(), made[3].as_str()), (4, "pin-north-1", "pin-else-2"));
    assert!(made[0].len() > 16 && made[0] != made[2], "{made:?}");
    for secret in &made {
        assert!(![&shown.out, &shown.err, &applied.out, &applied.err].iter().any(|text| text.contains(secret)), "{secret} is shown");
        let contains = |bytes: &[u8]| bytes.windows(secret.len()).any(|part| part == secret.as_bytes());
        let kept = project.everything().into_iter().filter(|(_, bytes)| contains(bytes));
        let kept: Vec<_> = kept.map(|(path, _)| path).filter(|path| path.starts_with(project.file(".counterpart"))).collect();
        assert!(kept.is_empty(), "{secret} is kept in {kept:?}");
    }
    assert_eq!(project.counterpart(&["run", "people"]).code, 0, "it is published");
    assert_eq!(secrets(&project.read("users.jsonl")), made, "a secret that is written on create stays");
}

/// What a change of the source since the plan makes of the change set.
#[track_caller]
fn refused_after(employees: &str, says: &str) {
    let (project, id) = planned();
    project.write("employees.csv", employees);
    let refused = project.counterpart(&["apply", &id]);
    assert_eq!((refused.code, project.read("users.jsonl").as_str()), (6, ""), "{refused:?}");
    assert!(refused.err.contains(says) && refused.err.contains("nothing was written"), "{}", refused.err);
    // What is planned on the source of now can be applied.
    let plan = project.counterpart(&["plan", "people"]);
    assert_eq!(project.counterpart(&["apply", &plan.keys("id")[0]]).code, 0);
}

#[test]
fn what_a_secret_is_made_of_must_not_have_changed() {
    // The field of a hash alone, which nothing else shows.
    refused_after("number,name,site\n1,Ann,north\n2,Bob,west\n", "one of its records with a secret has changed");
    // Both secrets of a person, and both persons.
    refused_after("number,name,site\n1,Ann,south\n2,Bob,north\n", "2 of its records with secrets have changed");
    // The rest of what is written.
    refused_after("number,name,site\n1,Anna,north\n2,Bob,south\n", "record   1 would be written with other values now");
    // Somebody who is no longer there.
    refused_after("number,name,site\n2,Bob,south\n", "one of its records with a secret has changed");
}

#[test]
fn a_table_that_makes_a_secret_must_not_have_changed() {
    let (project, id) = planned();
    project.write("people.sync", PIPELINE.replace("pin-else-2", "pin-else-3"));
    let refused = project.counterpart(&["apply", &id]);
    assert_eq!((refused.code, project.read("users.jsonl").as_str()), (6, ""), "{refused:?}");
    assert!(refused.err.contains("was changed since"), "{}", refused.err);
}

#[test]
fn a_source_that_cannot_be_read_again_gives_no_secrets() {
    let (project, id) = planned();
    project.write("employees.csv", "number,name,site\n1,Ann,north\n2,Bob");
    let refused = project.counterpart(&["apply", &id]);
    assert_eq!((refused.code, project.read("users.jsonl").as_str()), (6, ""), "{refused:?}");
    assert!(refused.err.contains("could not be read to its end"), "{}", refused.err);
}

#[test]
fn a_new_person_does_not_stand_in_the_way() {
    let (project, id) = planned();
    project.write("employees.csv", format!("{EMPLOYEES}3,Cleo,north\n"));
    let applied = project.counterpart(&["apply", &id]);
    assert_eq!((applied.code, applied.count("result", "created")), (0, 2), "{applied:?}");
}
