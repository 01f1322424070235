//! A shorter delay after the leave holds for those who leave from now on; for the others a person asks for it.

use super::project::{Answer, TestProject};

const PIPELINE: &str = r#"system files {
  collection people {
    file "people.csv" csv
    key  number
    attributes {
      number : text at $.number
      left   : text at $.left
    }
  }
  collection accounts {
    file  "accounts.jsonl" json_lines
    key   id
    lists all
    attributes {
      id     : text unique at $.id
      active : bool opens  at $.active
    }
  }
}

pipeline staff {
  title "Staff"
  zone  "UTC"
  from  files.people as person
  to    files.accounts
  key   person.number
  match { id = person.number }
  mode  create and update
  map {
    id     = person.number on create
    active = true on create
  }
  leaver {
    when person.left == "yes" as "left"
    set  active = false
    after 60 days {
      delete
    }
    on return { set active = true }
  }
  guard {
    leavers at most 100%
  }
}
"#;

fn people(project: &TestProject, left: &[u32]) {
    let person = |n: u32| format!("{n},{}\n", if left.contains(&n) { "yes" } else { "no" });
    project.write("people.csv", "number,left\n".to_owned() + &(1..=4).map(person).collect::<String>());
}

/// Two people have left, and their accounts are deleted in 60 days.
fn project() -> TestProject {
    let project = TestProject::empty();
    project.write("staff.sync", PIPELINE);
    project.write("accounts.jsonl", "");
    people(&project, &[]);
    let plan = project.counterpart(&["plan"]);
    let id = plan.keys("id").first().unwrap_or_else(|| panic!("{plan:?}")).clone();
    assert_eq!(project.counterpart(&["apply", &id]).code, 0);
    people(&project, &[1, 2]);
    assert_eq!(project.counterpart(&["run"]).code, 0);
    project
}

/// The file says so many days now.
fn after(project: &TestProject, days: u32) {
    project.write("staff.sync", project.read("staff.sync").replace("after 60 days", &format!("after {days} days")));
}

/// How many people take a step in so many days from now, as `plan` sees it.
fn steps_in(project: &TestProject, days: i64) -> u64 {
    let today = jiff::Zoned::now().with_time_zone(jiff::tz::TimeZone::UTC).date();
    let day = today.checked_add(jiff::Span::new().days(days)).unwrap();
    project.counterpart(&["plan", "--today", &day.to_string()]).count("count", "stage")
}

fn restage(project: &TestProject, args: &[&str]) -> Answer {
    project.counterpart(&[&["restage"], args].concat())
}

const NONE: &str = "no step of staff comes earlier by the file than it was announced\n";

#[test]
fn a_shorter_delay_holds_for_those_who_left_once_a_person_says_so() {
    let project = project();
    after(&project, 10);
    assert_eq!(steps_in(&project, 11), 0);
    let shown = restage(&project, &[]);
    let step = "step 2, `delete` after 10 days: 2 steps of staff\n";
    assert_eq!(shown.out, format!("{step}2 steps would come earlier, 0 of them due by today: nothing was changed\n"));
    let wrong = restage(&project, &["--confirm", "3"]);
    assert_eq!(wrong.code, 3);
    assert!(wrong.err.contains("nothing was changed: 2 steps come earlier"), "{wrong:?}");
    assert_eq!(steps_in(&project, 11), 0, "nothing was changed");

    let done = restage(&project, &["staff", "--confirm", "2"]);
    assert_eq!(done.out, format!("{step}2 steps come earlier now, 0 of them due by today: the next change set shows those\n"));
    assert_eq!([9, 10, 11].map(|days| steps_in(&project, days)), [0, 2, 2]);
    assert_eq!(restage(&project, &[]).out, NONE);
}

/// On another day other people are here: what is planned for one is looked at, and not done.
#[test]
fn what_is_planned_for_another_day_is_not_applied() {
    let project = TestProject::empty();
    project.write("staff.sync", PIPELINE).write("accounts.jsonl", "");
    people(&project, &[]);
    for day in ["2020-01-01", "2120-01-01"] {
        let planned = project.counterpart(&["plan", "--today", day]);
        let id = planned.keys("id").first().unwrap_or_else(|| panic!("{planned:?}")).clone();
        let applied = project.counterpart(&["apply", &id]);
        assert!(applied.code == 6 && applied.err.contains(&format!("it was made for {day}")), "{planned:?} {applied:?}");
        assert_eq!(project.read("accounts.jsonl"), "");
    }
}

#[test]
fn who_is_named_needs_people_on_the_screen() {
    let project = project();
    after(&project, 1);
    let named = restage(&project, &["--people", "full"]).out;
    println!("{named}");
    assert!(named.contains("\n  1  20") && named.contains(" instead of 20"), "{named}");
}

#[test]
fn a_longer_delay_or_another_step_is_none_that_comes_earlier() {
    let project = project();
    after(&project, 90);
    assert_eq!(restage(&project, &[]).out, NONE);
    assert_eq!(restage(&project, &["--confirm", "0"]).out, NONE);
    project.write("staff.sync", PIPELINE.replace("after 60 days {\n      delete", "after 5 days {\n      set active = false"));
    assert_eq!(restage(&project, &[]).out, NONE, "it is held as another step, once, with its names");
    assert_eq!(restage(&project, &["--confirm", "2"]).out, NONE);
}
