//! Bad input: a clear sentence, the right exit code, nothing changed.

use super::desk::Desk;

const PEOPLE: &str = "Number;First name;Last name;Email;Left on;Manager\n00057;Jeanne;Martin;jeanne.martin@example.com;;no\n";

/// The quickstart pipeline over two small files.
fn quickstart() -> Desk {
    let desk = Desk::empty();
    let pipeline = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/pipelines/quickstart.sync")).unwrap();
    desk.write("quickstart.sync", pipeline).write("people.csv", PEOPLE).write("accounts.jsonl", "");
    desk
}

/// The command ends with this code and says each of these on standard error or output.
#[track_caller]
fn refused(desk: &Desk, args: &[&str], code: i32, says: &[&str]) {
    let answer = desk.counterpart(args);
    let all = format!("{}{}", answer.out, answer.err);
    assert_eq!(answer.code, code, "{args:?}: {all}");
    for words in says {
        assert!(all.contains(words), "{args:?} should say {words:?}:\n{all}");
    }
    assert!(!all.contains("panicked") && !all.contains("RUST_BACKTRACE"), "{all}");
}

#[test]
fn an_unreadable_an_empty_and_a_wrongly_encoded_file() {
    let desk = quickstart();
    desk.write("latin.sync", b"pipeline caf\xe9 {\n}\n").write("empty.sync", "");
    refused(&desk, &["check", "latin.sync"], 1, &["latin.sync", "UTF-8"]);
    refused(&desk, &["check", "nowhere.sync"], 1, &["nowhere.sync"]);
    refused(&desk, &["plan", "empty.sync"], 1, &["empty.sync", "no pipeline"]);
    desk.write("broken.csv", "").write("people.csv", b"Number;First name\n1;Ren\xe9\n");
    refused(&desk, &["plan", "quickstart.sync"], 5, &["people.csv", "UTF-8"]);
}

#[test]
fn a_pipeline_that_uses_itself() {
    let desk = quickstart();
    desk.write("a.sync", "use \"b.sync\"\n").write("b.sync", "use \"a.sync\"\n");
    refused(&desk, &["check", "a.sync"], 1, &["use each other"]);
}

#[test]
fn a_missing_setting_and_a_missing_secret_are_named_and_nothing_is_sent() {
    let desk = Desk::with_pipelines();
    let before = desk.everything();
    desk.write("counterpart.toml", "");
    refused(&desk, &["plan", "lucca_to_reward_gateway"], 2, &["domain"]);
    desk.write(
        "counterpart.toml",
        "[env.production.lucca]\ndomain = \"acme.ilucca.net\"\napi_key = { env = \"NOT_SET_ANYWHERE\" }\n[env.production.reward_gateway]\nbase_url = \"https://api.rewardgateway.net/11111111-2222-4333-8444-555555555555/scim/v2.0\"\n",
    );
    refused(&desk, &["plan", "lucca_to_reward_gateway"], 2, &["api_key", "NOT_SET_ANYWHERE"]);
    let names = |files: Vec<(std::path::PathBuf, Vec<u8>)>| files.into_iter().map(|(path, _)| path).collect::<Vec<_>>();
    assert_eq!(names(desk.everything()), names(before));
}

#[test]
fn a_foreign_domain_never_gets_the_key() {
    let desk = Desk::with_pipelines();
    desk.write("counterpart.toml", "[env.production.lucca]\ndomain = \"evil.example.com\"\n");
    refused(&desk, &["plan", "lucca_to_reward_gateway"], 2, &["domain", "evil.example.com"]);
}

#[test]
fn a_source_that_is_not_there_and_one_that_is_cut_short() {
    let desk = quickstart();
    std::fs::remove_file(desk.file("people.csv")).unwrap();
    refused(&desk, &["plan", "quickstart.sync"], 5, &["people.csv"]);
    let desk = quickstart();
    desk.write("accounts.jsonl", "{\"id\": \"1\", \"name\": \"A\", \"email\": \"a@example.com\", \"active\": true}\n{\"id\": \"2\", \"na");
    refused(&desk, &["plan", "quickstart.sync"], 5, &["accounts.jsonl", "line 2"]);
    assert!(desk.read("accounts.jsonl").ends_with("\"na"));
}

#[test]
fn a_state_from_a_newer_version_is_left_alone() {
    let desk = quickstart();
    assert_eq!(desk.counterpart(&["plan", "quickstart.sync"]).code, 0);
    let database = desk.file(".counterpart/production/state.db");
    rusqlite::Connection::open(&database).unwrap().pragma_update(None, "user_version", 9999).unwrap();
    refused(&desk, &["plan", "quickstart.sync"], 5, &["newer version"]);
    let version: i64 = rusqlite::Connection::open(&database).unwrap().pragma_query_value(None, "user_version", |row| row.get(0)).unwrap();
    assert_eq!(version, 9999);
    std::fs::write(&database, "this is no database, but it is long enough to be looked at as one").unwrap();
    refused(&desk, &["plan", "quickstart.sync"], 5, &["state.db"]);
}

#[test]
fn words_of_other_tools_get_the_right_verb() {
    let desk = quickstart();
    refused(&desk, &["lint"], 2, &["counterpart check"]);
    refused(&desk, &["destroy"], 2, &["no `destroy`"]);
    refused(&desk, &["chekc"], 2, &["did you mean `check`"]);
    refused(&desk, &["explain", "E9999"], 2, &["E9999"]);
    refused(&desk, &["plan", "quikstart"], 2, &["did you mean `quickstart`"]);
    refused(&desk, &["apply", "c-00000000"], 2, &["c-00000000"]);
    refused(&desk, &["plan", "--filter", "nonsense"], 2, &["nonsense"]);
}

#[test]
fn no_flag_no_terminal_no_guess() {
    refused(&Desk::empty(), &["new"], 2, &["--source"]);
    refused(&Desk::empty(), &["plan"], 2, &["no pipeline here"]);
}
