//! What is kept of a person ends: on request, and after 30 days.

use super::project::TestProject;

const HEADER: &str = "Number;First name;Last name;Email;Left on;Manager\n";
const KEY: &str = "k-5f1c7a90";

fn people(first_name: &str) -> String {
    format!(
        "{HEADER}{KEY};{first_name};Berg;anna@example.com;;yes\n2;Paul;Durand;paul@example.com;;no\n{KEY}x;Eva;Lind;eva@example.com;soon;no\n"
    )
}

/// A published pipeline, with a run that had an error and a change set that waits.
fn project() -> TestProject {
    let project = TestProject::quickstart(&people("Anna"), "");
    let id = project.counterpart(&["plan"]).keys("id")[0].clone();
    assert_eq!(project.counterpart(&["apply", &id]).count("result", "failed"), 0);
    project.write("people.csv", people("Annabel").replace("Durand;paul@example.com;", "Durand;paul@example.com;never"));
    project.counterpart(&["run"]);
    project.write("people.csv", people("Anne"));
    project.counterpart(&["plan"]);
    project
}

/// The files of the state in which a text is.
fn files_with(project: &TestProject, text: &str) -> Vec<String> {
    let holds = |bytes: &[u8]| bytes.windows(text.len()).any(|window| window == text.as_bytes());
    let own = project.everything().into_iter().filter(|(path, bytes)| path.starts_with(project.file(".counterpart")) && holds(bytes));
    own.map(|(path, _)| path.display().to_string()).collect()
}

#[test]
fn a_person_who_is_forgotten_is_in_no_file_and_is_not_created_again() {
    let project = project();
    assert!(!files_with(&project, "Annabel Berg").is_empty() && !files_with(&project, KEY).is_empty());
    let forgotten = project.counterpart(&["forget", KEY]);
    assert!(forgotten.code == 0 && forgotten.out.contains(&format!("forgot {KEY} of quickstart: 1 link,")), "{forgotten:?}");
    assert!(
        forgotten.out.contains("accounts in the target, which stay as they are: ")
            && forgotten.out.contains("not reached: what both systems have, backups of this folder, "),
        "{forgotten:?}"
    );
    for text in ["Anna Berg", "Annabel Berg", "Anne Berg", "anna@example.com", &format!("{KEY}\""), &format!("{KEY},")] {
        assert_eq!(files_with(&project, text), [] as [String; 0], "{text}");
    }
    assert!(!files_with(&project, &format!("{KEY}x")).is_empty(), "another person is still known");

    let before = project.read("accounts.jsonl");
    let run = project.counterpart(&["run", "--format", "lines"]);
    assert_eq!((run.code, project.read("accounts.jsonl")), (0, before), "nothing is written to the account: {run:?}");
    let plan = project.counterpart(&["plan"]);
    assert!(plan.out.contains(&format!("held {KEY} ")) && plan.out.contains("reason=\"forgotten\""), "{plan:?}");

    let lifted = project.counterpart(&["forget", KEY, "--lift"]);
    assert_eq!((lifted.code, lifted.out.as_str()), (0, &*format!("{KEY} of quickstart is planned again\n")), "{lifted:?}");
    let plan = project.counterpart(&["plan"]);
    let has = |word: &str| plan.keys(word).contains(&KEY.to_owned());
    assert!(!has("held") && (has("link") || has("update")), "{plan:?}");
}

/// Files write such keys in their own ways: a spreadsheet would compute them, and JSON escapes them.
#[test]
fn a_key_that_files_write_in_another_way_is_forgotten_as_well() {
    for key in ["-5001", "+5001", "=5001", "@5001", "5\"00\"1", "5,001", "5\\001", "##5001"] {
        let row = |left: &str| format!("{HEADER}\"{}\";Anna;Berg;anna@example.com;{left};yes\n", key.replace('"', "\"\""));
        let project = TestProject::quickstart(&row(""), "");
        let id = project.counterpart(&["plan"]).keys("id")[0].clone();
        assert_eq!(project.counterpart(&["apply", &id]).count("result", "failed"), 0);
        project.write("people.csv", row("never"));
        project.counterpart(&["run"]);
        project.write("people.csv", row("").replace("Anna", "Anne"));
        project.counterpart(&["plan"]);
        let folder = project.file(".counterpart/production/errors");
        let error_files = || project.everything().iter().filter(|(path, _)| path.starts_with(&folder)).count();
        assert_eq!(error_files(), 2, "{key}");
        let forgotten = project.counterpart(&["forget", "--", key]);
        assert_eq!((forgotten.code, error_files()), (0, 0), "{key}: {forgotten:?}");
        for text in ["Anne Berg", "Anna Berg", "anna@example.com"] {
            assert_eq!(files_with(&project, text), [] as [String; 0], "{key}: {text}");
        }
    }
}

/// The files go first: as long as one is there, the rows say whose it is, so that it can be done again.
#[test]
fn a_file_that_stays_keeps_the_rows_until_it_is_done_again() {
    let project = project();
    let id = project.counterpart(&["plan"]).keys("id")[0].clone();
    let file = project.file(&format!(".counterpart/production/changes/{id}.jsonl"));
    std::fs::remove_file(&file).unwrap();
    std::fs::create_dir(&file).unwrap();
    let failed = project.counterpart(&["forget", KEY]);
    assert_ne!(failed.code, 0, "{failed:?}");
    let database = rusqlite::Connection::open(project.file(".counterpart/production/state.db")).unwrap();
    let links = || database.query_row("SELECT count(*) FROM links WHERE key = ?1", [KEY], |row| row.get::<_, i64>(0)).unwrap();
    assert_eq!(links(), 1);
    std::fs::remove_dir(&file).unwrap();
    let forgotten = project.counterpart(&["forget", KEY]);
    assert_eq!((forgotten.code, links()), (0, 0), "{forgotten:?}");
    let shown = project.counterpart(&["show", &id]);
    assert!(shown.err.contains("its content was removed"), "a file that is gone is known to be gone: {shown:?}");
}

#[test]
fn a_request_without_an_outcome_is_not_forgotten() {
    let project = project();
    let database = rusqlite::Connection::open(project.file(".counterpart/production/state.db")).unwrap();
    let open = "INSERT INTO intents (link_set, run, lease, batch, key, step, kind, operation, attempt, token, content, opened)
                VALUES (1, 1, 1, 1, ?1, 0, 'update', 'x', 1, 'x', '{}', '2026-03-01T00:00:00.000000Z')";
    database.execute(open, [KEY]).unwrap();
    let refused = project.counterpart(&["forget", KEY]);
    assert!(refused.code == 5 && refused.err.contains("has no known outcome yet, nothing was removed"), "{refused:?}");
    assert!(!files_with(&project, KEY).is_empty());
    assert_eq!(project.unreleased_leases(), 0, "neither the refusal nor a run leaves one");
}

/// The source may write the key in another way from now on, and so may the person who asks.
#[test]
fn a_person_who_is_forgotten_does_not_come_back_under_another_spelling() {
    let row = |key: &str| format!("{HEADER}{key};Anna;Berg;anna@example.com;;yes\n");
    let project = TestProject::quickstart(&row("é-5001"), "");
    let id = project.counterpart(&["plan"]).keys("id")[0].clone();
    assert_eq!(project.counterpart(&["apply", &id]).count("result", "failed"), 0);
    let forgotten = project.counterpart(&["forget", "e\u{301}-5001"]);
    assert!(forgotten.code == 0 && forgotten.out.contains(": 1 link,"), "{forgotten:?}");
    project.write("accounts.jsonl", "");
    for key in ["é-5001", "e\u{301}-5001", "\u{feff}é-5001", "é-5001\u{200b} "] {
        project.write("people.csv", row(key));
        let plan = project.counterpart(&["plan"]);
        assert!(plan.out.contains("reason=\"forgotten\"") && plan.count("count", "create") == 0, "{key:?}: {plan:?}");
    }
    let lifted = project.counterpart(&["forget", " é-5001", "--lift"]);
    assert!(lifted.out.contains("is planned again"), "{lifted:?}");
    assert_eq!(project.counterpart(&["plan"]).count("count", "create"), 1);
}

#[test]
fn values_and_words_are_kept_for_thirty_days() {
    let project = project();
    let waits = project.counterpart(&[]).fact("pipeline", "waits");
    let plan = project.counterpart(&["plan"]).keys("id")[0].clone();
    project.counterpart(&["run"]);
    let database = rusqlite::Connection::open(project.file(".counterpart/production/state.db")).unwrap();
    let messages = |runs: &str| -> (u32, u32) {
        let sql = format!("SELECT count(*), count(nullif(message, '')) FROM errors WHERE run IN (SELECT number FROM runs WHERE {runs})");
        database.query_row(&sql, [], |row| Ok((row.get(0)?, row.get(1)?))).unwrap()
    };
    let (all, with_words) = messages("true");
    assert!(all > 0 && all == with_words, "{waits:?}");
    database
        .execute_batch(
            "UPDATE runs SET started = '2020-01-01T00:00:00.000000Z'; UPDATE change_sets SET made = '2020-01-01T00:00:00.000000Z';",
        )
        .unwrap();
    assert_eq!(project.counterpart(&["run"]).code, 0);
    assert_eq!(messages("started < '2021'"), (all, 0), "the rows stay, with key and code");
    assert_eq!(files_with(&project, "Annabel Berg"), [] as [String; 0]);
    let shown = project.counterpart(&["show", &plan]);
    assert!(shown.code == 6 && shown.err.contains("its content was removed: it is kept for 30 days"), "{shown:?}");
}
