//! People whose key changes: a contractor who is employed, somebody who is hired again, and a key that is an e-mail address. Nobody loses
//! the account, gets a second one or a second welcome; a person says who is who.

use super::project::{Answer, TestProject};

const PIPELINE: &str = r#"system files {
  collection people {
    file "people.csv" csv
    key  number
    attributes {
      number  : text  at $.number
      name    : text  at $.name
      email   : text  at $.email
      left_on : date? at $.left_on
    }
  }
  collection accounts {
    file  "accounts.jsonl" json_lines
    key   id
    attributes {
      id      : text unique               at $.id
      number  : text?                     at $.number
      name    : text                      at $.name
      email   : text unique ignoring case at $.email
      active  : bool opens                at $.active
      welcome : bool? write only effect "a welcome e-mail" at $.welcome
    }
  }
}

pipeline staff {
  title "Staff"
  zone  "Europe/Paris"
  from  files.people as person
  to    files.accounts
  key  person.number
  match {
    number = person.number
    email  = person.email
  }
  mode create and update
  map {
    id      = "n{person.number}" on create
    number  = person.number
    name    = person.name
    email   = person.email
    active  = true on create
    welcome = true on create
  }
  leaver {
    when person.left_on < today as "left the company"
    set  active = false
    on return { set active = true }
  }
  guard {
    leavers at most 50% or 5
    returns at most 50% or 5
  }
}
"#;

const OTHERS: &str = "O-1,Olaf,olaf@example.com,\nO-2,Otto,otto@example.com,\n";

/// People as lines of a file, beside two who never change.
fn people(lines: &str) -> String {
    format!("number,name,email,left_on\n{OTHERS}{lines}")
}

fn account(id: &str, number: &str, name: &str) -> String {
    let email = format!("{}@example.com", name.to_lowercase());
    format!("{}\n", serde_json::json!({ "id": id, "number": number, "name": name, "email": email, "active": true }))
}

/// Everybody linked; Anna has the account 501.
fn linked(pipeline: &str, anna: &str, number: &str) -> TestProject {
    let project = TestProject::empty();
    project.write("staff.sync", pipeline).write("people.csv", people(anna));
    project.write("accounts.jsonl", account("501", number, "Anna") + &account("502", "O-1", "Olaf") + &account("503", "O-2", "Otto"));
    let plan = project.counterpart(&["plan"]);
    let applied = project.counterpart(&["apply", &plan.keys("id")[0]]);
    assert_eq!(applied.code, 0, "{plan:?} {applied:?}");
    project
}

/// Runs, and says what was written, as `created updated left returned`.
#[track_caller]
fn run(project: &TestProject) -> (Answer, [u64; 4]) {
    run_to(project, 0)
}

/// A run that ends with this code: 4 as long as a doubt keeps the account of a leaver open.
#[track_caller]
fn run_to(project: &TestProject, code: i32) -> (Answer, [u64; 4]) {
    let run = project.counterpart(&["run"]);
    assert_eq!(run.code, code, "{run:?}");
    let counts = ["created", "updated", "left", "returned"].map(|what| run.count("result", what));
    (run, counts)
}

#[track_caller]
fn decided(project: &TestProject, args: &[&str]) {
    let decided = project.counterpart(&[&["decide"], args].concat());
    assert_eq!(decided.code, 0, "{decided:?}");
}

/// The key and the reason of everything that is held.
fn held(project: &TestProject) -> Vec<(String, String)> {
    let held = project.counterpart(&["held"]);
    let reason = |line: &str| line.split_once("reason=\"").and_then(|(_, rest)| Some(rest.split_once('"')?.0.to_owned()));
    let lines = held.out.lines().filter_map(|line| Some((line.strip_prefix("held ")?, reason(line)?)));
    let mut all: Vec<_> = lines.map(|(line, reason)| (line.split(' ').next().unwrap_or_default().to_owned(), reason)).collect();
    all.sort();
    all
}

#[track_caller]
fn waits(project: &TestProject, expected: &[(&str, &str)]) {
    let expected: Vec<_> = expected.iter().map(|(key, reason)| ((*key).to_owned(), (*reason).to_owned())).collect();
    assert_eq!(held(project), expected);
}

/// The account 501 as the target has it.
fn of_anna(project: &TestProject) -> serde_json::Value {
    let accounts = project.read("accounts.jsonl");
    let mut all = accounts.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
    all.find(|account| account["id"] == "501").unwrap()
}

const CONTRACTOR: &str = "C-17,Anna,anna@example.com,\n";
const ENDED: &str = "C-17,Anna,anna@example.com,2026-03-31\n";
const EMPLOYEE: &str = "E-204,Anna,anna@example.com,\n";

/// Contractor C-17 has ended, and E-204 has begun with the same e-mail address.
fn converted() -> TestProject {
    let project = linked(PIPELINE, CONTRACTOR, "C-17");
    project.write("people.csv", people(&format!("{ENDED}{EMPLOYEE}")));
    for _ in 0..2 {
        assert_eq!(run_to(&project, 4).1, [0; 4], "nobody guesses");
        waits(&project, &[("C-17", "same person?"), ("E-204", "taken")]);
        assert_eq!((&of_anna(&project)["active"], &of_anna(&project)["number"]), (&true.into(), &"C-17".into()));
    }
    project
}

/// Several nights over one state: the new record is corrected, or left out by the source, after a run that was applied or held.
#[test]
fn a_claim_outlives_a_correction_a_night_and_a_run_that_was_held() {
    let by_name =
        PIPELINE.replace("    email  = person.email\n  }\n  mode", "    email  = person.email and name = person.name\n  }\n  mode");
    assert_ne!(by_name, PIPELINE);
    let guarded = by_name.replace("returns at most", "creates at most 3\n    returns at most");
    let crowd: String = (0..9).map(|n| format!("N-{n},New,new{n}@example.com,\n")).collect();
    let corrected = "E-204,Annabel,anna@example.com,\n";
    for (pipeline, seen, code, later) in [
        (&by_name, String::new(), 4, corrected),
        (&by_name, String::new(), 4, ""),
        (&guarded, crowd.clone(), 3, ""),
        (&guarded, crowd, 3, corrected),
    ] {
        let project = linked(pipeline, CONTRACTOR, "C-17");
        project.write("people.csv", people(&format!("{ENDED}{EMPLOYEE}{seen}")));
        run_to(&project, code);
        for _ in 0..2 {
            project.write("people.csv", people(&format!("{ENDED}{later}")));
            run_to(&project, 4);
            assert_eq!(of_anna(&project)["active"], true, "{code}, {later}: {}", project.read("accounts.jsonl"));
        }
        decided(&project, &["C-17", "leave"]);
        project.counterpart(&["run"]);
        assert_eq!(of_anna(&project)["active"], false, "{code}, {later}");
    }
}

#[test]
fn a_contractor_who_is_employed_keeps_the_account_by_one_update_and_without_a_welcome() {
    let project = converted();
    decided(&project, &["E-204", "link", "501"]);
    assert_eq!(run(&project).1, [0, 1, 0, 0]);
    let anna = of_anna(&project);
    assert_eq!((&anna["number"], &anna["active"], &anna["welcome"]), (&"E-204".into(), &true.into(), &serde_json::Value::Null));
    assert_eq!(run(&project).1, [0; 4]);
    waits(&project, &[]);
}

#[test]
fn of_two_people_with_one_address_the_new_one_waits_until_the_address_is_free() {
    let project = converted();
    decided(&project, &["E-204", "new"]);
    assert_eq!(run(&project).1, [0, 0, 1, 0], "C-17 leaves");
    assert_eq!((&of_anna(&project)["active"], &of_anna(&project)["number"]), (&false.into(), &"C-17".into()));
    waits(&project, &[("E-204", "value taken")]);
    project.write("people.csv", people(&format!("{ENDED}E-204,Anna,anna.two@example.com,\n")));
    assert_eq!(run(&project).1, [1, 0, 0, 0], "with an address of her own");
    waits(&project, &[]);
}

/// E-1 has left, and E-9 is hired with the same address or under the same number of the old account.
#[test]
fn whoever_is_hired_again_under_another_number_gets_the_old_account_back_once_a_person_says_so() {
    let project = linked(PIPELINE, "E-1,Anna,anna@example.com,\n", "E-1");
    for (left, employed) in
        [("E-1,Anna,anna@example.com,2026-01-31\n", "E-9,Anna,anna@example.com,\n"), ("", "E-9,Anna,anna@example.com,\n")]
    {
        if !left.is_empty() {
            project.write("people.csv", people(left));
            assert_eq!(run(&project).1, [0, 0, 1, 0]);
        }
        project.write("people.csv", people(&format!("{left}{employed}")));
        assert_eq!(run(&project).1, [0; 4], "no second account, and the old one is not opened");
        waits(&project, &[("E-9", "probable rehire")]);
        assert_eq!(of_anna(&project)["active"], false);
    }
    decided(&project, &["E-9", "link", "501"]);
    let (ran, counts) = run(&project);
    assert_eq!(counts, [0, 0, 0, 1], "{ran:?}");
    let anna = of_anna(&project);
    assert_eq!((&anna["number"], &anna["active"], &anna["welcome"]), (&"E-9".into(), &true.into(), &serde_json::Value::Null));
    assert_eq!(run(&project).1, [0; 4]);
    waits(&project, &[]);
}

/// The key is the address: the old one is missing, and the new one is that of nobody or of somebody who is known by the number.
#[test]
fn a_changed_address_that_is_the_key_is_the_same_person() {
    let by_email = PIPELINE.replace("key  person.number", "key  person.email");
    let project = linked(&by_email, "A-1,Anna,anna@example.com,\n", "A-1");
    project.write("people.csv", people("A-1,Anna,anna.roux@example.com,\n"));
    for _ in 0..2 {
        assert_eq!(run(&project).1, [0; 4], "neither a leave nor a create");
        waits(&project, &[("anna.roux@example.com", "taken")]);
    }
    decided(&project, &["anna.roux@example.com", "link", "501"]);
    assert_eq!(run(&project).1, [0, 1, 0, 0]);
    assert_eq!((&of_anna(&project)["email"], &of_anna(&project)["active"]), (&"anna.roux@example.com".into(), &true.into()));
    assert_eq!(run(&project).1, [0; 4]);
    waits(&project, &[]);
}

/// The pipeline with the address as its key, where whoever is missing leaves.
fn by_email() -> String {
    let text = PIPELINE.replace("key  person.number", "key  person.email");
    text.replace("    set  active = false", "    when missing for 1 run\n    set  active = false")
}

/// What `export` says: the key and the account of each link.
fn links(project: &TestProject) -> Vec<String> {
    project.counterpart(&["export"]).out.lines().skip(1).map(|line| line.split(',').take(2).collect::<Vec<_>>().join(" ")).collect()
}

/// Both keys are worked out for the same records of one read, and the links move.
#[test]
fn links_move_to_the_key_that_the_same_records_have_now() {
    let project = linked(PIPELINE, "A-1,Anna,anna@example.com,\n", "A-1");
    let before = project.read("accounts.jsonl");
    project.write("staff.sync", by_email());
    let bound = project.counterpart(&["rebind"]);
    let words = "3 links of staff moved along to the key that the pipeline has now; the next change set waits until a person applies it\n";
    assert_eq!((bound.code, bound.out.as_str()), (0, words), "{bound:?}");
    assert_eq!(links(&project), ["anna@example.com 501", "olaf@example.com 502", "otto@example.com 503"]);
    assert_eq!(project.counterpart(&["run"]).code, 3, "a person looks first");
    let plan = project.counterpart(&["plan"]);
    let verdicts = ["held", "create", "leave", "update"].map(|verdict| plan.keys(verdict).len());
    assert_eq!(verdicts, [0; 4], "{plan:?}");
    assert_eq!(project.counterpart(&["apply", &plan.keys("id")[0]]).code, 0);
    assert_eq!(run(&project).1, [0; 4]);
    waits(&project, &[]);
    assert_eq!(project.read("accounts.jsonl"), before);
    project.write("people.csv", people(""));
    assert_eq!(run(&project).1, [0, 0, 1, 0], "who is missing now leaves, by the new key");
}

/// What one record was called another is called now.
#[test]
fn links_move_where_two_records_exchange_their_keys() {
    let badges = PIPELINE.replace(
        "      name    : text  at $.name\n      email   : text  at",
        "      badge : text? at $.badge\n      name    : text  at $.name\n      email   : text  at",
    );
    let project = linked(&badges, "A-1,Anna,anna@example.com,\n", "A-1");
    let rows = "O-1,Olaf,olaf@example.com,,O-2\nO-2,Otto,otto@example.com,,O-1\nA-1,Anna,anna@example.com,,A-1\n";
    project.write("people.csv", format!("number,name,email,left_on,badge\n{rows}"));
    project.write("staff.sync", badges.replace("key  person.number", "key  person.badge"));
    assert_eq!(project.counterpart(&["rebind"]).code, 0);
    assert_eq!(links(&project), ["A-1 501", "O-1 503", "O-2 502"]);
}

/// A key that two records have is nobody's: their links keep the old one, wait for a person, and nobody loses the account.
#[test]
fn a_link_keeps_its_key_where_the_new_one_is_not_the_record_s_alone() {
    for (anna, what) in [("A-1,Anna,olaf@example.com,\n", "shared"), ("A-1,Anna,,\n", "missing")] {
        let project = linked(PIPELINE, "A-1,Anna,anna@example.com,\n", "A-1");
        project.write("people.csv", people(anna));
        project.write("staff.sync", by_email().replace("when missing for 1 run", "when missing for 2 runs"));
        let bound = project.counterpart(&["rebind"]);
        assert!(bound.out.contains("under the old one, which wait until a person links them"), "{what}: {bound:?}");
        let own = links(&project);
        assert!(own.contains(&"A-1 501".to_owned()) && own.contains(&"otto@example.com 503".to_owned()), "{what}: {own:?}");
        let plan = project.counterpart(&["plan"]);
        assert_eq!((plan.keys("create").len(), plan.keys("leave").len()), (0, 0), "{what}: {plan:?}");
    }
}

/// A broken read shows no keys: nothing is bound, and the links are as they were.
#[test]
fn nothing_is_bound_to_another_key_where_the_source_can_t_be_read() {
    let project = linked(PIPELINE, "A-1,Anna,anna@example.com,\n", "A-1");
    let before = links(&project);
    project.write("staff.sync", by_email()).write("people.csv", "number,name,email,left_on\nO-1,\"Olaf\n");
    let bound = project.counterpart(&["rebind"]);
    assert_ne!(bound.code, 0, "{bound:?}");
    assert_eq!(links(&project), before);
    project.write("people.csv", people("A-1,Anna,anna@example.com,\n"));
    assert_eq!(project.counterpart(&["rebind"]).code, 0);
}

/// The pipeline of everybody, bound to the address as the key, with a file in which the old key can't be worked out; other lines may
/// change with it.
fn bound_again(other: &str, by: &str) -> TestProject {
    let project = linked(PIPELINE, "A-1,Anna,anna@example.com,\n", "A-1");
    let text = PIPELINE.replace("key  person.number", "key  person.email").replace(other, by);
    let text = text.replace("as person", "as worker").replace("person.", "worker.");
    project.write("staff.sync", text.replace("    set  active = false", "    when missing for 1 run\n    set  active = false"));
    assert_eq!(project.counterpart(&["run"]).code, 5, "nothing runs before a person says that they are the same people");
    assert_eq!(project.counterpart(&["rebind"]).code, 0);
    project
}

/// The accounts belong to the old keys until a person says whose they are: nobody gets a second one, and nobody is closed.
#[test]
fn accounts_that_are_linked_under_another_key_are_taken_until_a_person_links_them() {
    let project = bound_again("", "");
    let plan = project.counterpart(&["plan"]);
    assert_eq!((plan.keys("held").len(), plan.keys("create"), plan.keys("leave")), (3, vec![], vec![]), "{plan:?}");
    assert_eq!(project.counterpart(&["apply", &plan.keys("id")[0]]).code, 0);
    let before = project.read("accounts.jsonl");
    for _ in 0..2 {
        run_to(&project, 4);
        let reasons: Vec<_> = held(&project).into_iter().map(|(_, reason)| reason).collect();
        assert_eq!(reasons.iter().filter(|reason| *reason == "taken").count(), 3, "{reasons:?}");
        assert!(reasons.iter().all(|reason| reason == "taken" || reason == "same person?"), "{reasons:?}");
        assert_eq!(project.read("accounts.jsonl"), before);
    }
    for (key, account) in [("anna", "501"), ("olaf", "502"), ("otto", "503")] {
        decided(&project, &[&format!("{key}@example.com"), "link", account]);
    }
    run(&project);
    waits(&project, &[]);
    assert_eq!(project.read("accounts.jsonl"), before);
}

/// No line of `match` finds them any more: a person has to say how many new accounts there will be.
#[test]
fn people_whom_no_line_finds_under_another_key_get_no_second_account_unasked() {
    let project = bound_again("    number = person.number\n    email  = person.email\n", "    number = person.name\n");
    let not_unique = project.read("staff.sync").replace("text unique ignoring case at $.email", "text ignoring case at $.email");
    project.write("staff.sync", not_unique);
    let before = project.read("accounts.jsonl");
    let plan = project.counterpart(&["plan"]);
    assert_eq!((plan.code, plan.keys("create").len()), (3, 3), "{plan:?}");
    assert!(plan.out.contains("3 of 3 linked people are not among those read, and 3 would be created"), "{plan:?}");
    let applied = project.counterpart(&["apply", &plan.keys("id")[0]]);
    assert_eq!((applied.code, project.read("accounts.jsonl")), (3, before), "{applied:?}");
}
