//! Bad input: a clear sentence, the right exit code, nothing changed.

use super::project::{INTEGRATION_A, TestProject};
use std::{
    process::{Command, Stdio},
    time::{Duration, Instant},
};

const PEOPLE: &str = "Number;First name;Last name;Email;Left on;Manager\n00057;Jeanne;Martin;jeanne.martin@example.com;;no\n";

/// The quickstart pipeline over two small files.
fn quickstart() -> TestProject {
    TestProject::quickstart(PEOPLE, "")
}

/// The command ends with this code and says each of these on standard error or output.
#[track_caller]
pub fn refused(project: &TestProject, args: &[&str], code: i32, says: &[&str]) {
    let answer = project.counterpart(args);
    let all = format!("{}{}", answer.out, answer.err);
    assert_eq!(answer.code, code, "{args:?}: {all}");
    for words in says {
        assert!(all.contains(words), "{args:?} should say {words:?}:\n{all}");
    }
    assert!(!all.contains("panicked") && !all.contains("RUST_BACKTRACE"), "{all}");
}

#[test]
fn an_unreadable_an_empty_and_a_wrongly_encoded_file() {
    let project = quickstart();
    project.write("latin.sync", b"pipeline caf\xe9 {\n}\n").write("empty.sync", "");
    refused(&project, &["check", "latin.sync"], 1, &["latin.sync", "UTF-8"]);
    refused(&project, &["check", "nowhere.sync"], 1, &["nowhere.sync"]);
    refused(&project, &["plan", "empty.sync"], 1, &["empty.sync", "no pipeline"]);
    project.write("broken.csv", "").write("people.csv", b"Number;First name\n1;Ren\xe9\n");
    refused(&project, &["plan", "quickstart.sync"], 5, &["people.csv", "UTF-8"]);
}

#[test]
fn a_pipeline_that_uses_itself() {
    let project = quickstart();
    project.write("a.sync", "use \"b.sync\"\n").write("b.sync", "use \"a.sync\"\n");
    refused(&project, &["check", "a.sync"], 1, &["use each other"]);
}

#[test]
fn a_missing_setting_and_a_missing_secret_are_named_and_nothing_is_sent() {
    let project = TestProject::with_pipelines();
    let before = project.everything();
    project.write("counterpart.toml", "");
    refused(&project, &["plan", "lucca_to_reward_gateway"], 2, &["domain"]);
    project.write(
        "counterpart.toml",
        "[env.production.lucca]\ndomain = \"acme.ilucca.net\"\napi_key = { env = \"NOT_SET_ANYWHERE\" }\n[env.production.reward_gateway]\nbase_url = \"https://api.rewardgateway.net/11111111-2222-4333-8444-555555555555/scim/v2.0\"\n",
    );
    refused(&project, &["plan", "lucca_to_reward_gateway"], 2, &["api_key", "NOT_SET_ANYWHERE"]);
    let names = |files: Vec<(std::path::PathBuf, Vec<u8>)>| files.into_iter().map(|(path, _)| path).collect::<Vec<_>>();
    assert_eq!(names(project.everything()), names(before));
}

#[test]
fn a_foreign_domain_never_gets_the_key() {
    let project = TestProject::with_pipelines();
    project.write("counterpart.toml", "[env.production.lucca]\ndomain = \"evil.example.com\"\n");
    refused(&project, &["plan", "lucca_to_reward_gateway"], 2, &["domain", "evil.example.com"]);
}

#[test]
fn a_source_that_is_not_there_and_one_that_is_cut_short() {
    let project = quickstart();
    std::fs::remove_file(project.file("people.csv")).unwrap();
    refused(&project, &["plan", "quickstart.sync"], 5, &["people.csv"]);
    let project = quickstart();
    project
        .write("accounts.jsonl", "{\"id\": \"1\", \"name\": \"A\", \"email\": \"a@example.com\", \"active\": true}\n{\"id\": \"2\", \"na");
    refused(&project, &["plan", "quickstart.sync"], 5, &["accounts.jsonl", "line 2"]);
    assert!(project.read("accounts.jsonl").ends_with("\"na"));
}

#[test]
fn a_state_from_a_newer_version_is_left_alone() {
    let project = quickstart();
    assert_eq!(project.counterpart(&["plan", "quickstart.sync"]).code, 0);
    let database = project.file(".counterpart/production/state.db");
    rusqlite::Connection::open(&database).unwrap().pragma_update(None, "user_version", 9999).unwrap();
    refused(&project, &["plan", "quickstart.sync"], 5, &["newer version"]);
    let version: i64 = rusqlite::Connection::open(&database).unwrap().pragma_query_value(None, "user_version", |row| row.get(0)).unwrap();
    assert_eq!(version, 9999);
    std::fs::write(&database, "this is no database, but it is long enough to be looked at as one").unwrap();
    refused(&project, &["plan", "quickstart.sync"], 5, &["state.db"]);
}

#[test]
fn words_of_other_tools_get_the_right_verb() {
    let project = quickstart();
    refused(&project, &["lint"], 2, &["counterpart check"]);
    refused(&project, &["destroy"], 2, &["no `destroy`"]);
    refused(&project, &["chekc"], 2, &["did you mean `check`"]);
    refused(&project, &["explain", "E9999"], 2, &["E9999"]);
    refused(&project, &["plan", "quikstart"], 2, &["did you mean `quickstart`"]);
    refused(&project, &["plan", "quick"], 2, &["did you mean `quickstart`"]);
    refused(&project, &["plan", "nowhere.sync"], 2, &["there is no file `nowhere.sync`"]);
    refused(
        &project,
        &["sandbox", "quickstart", "--load", "tomorrow"],
        2,
        &["there is no seed `tomorrow` below `./seed`", "there is none"],
    );
    let asked = |answer| ["sandbox", "quickstart", "--answer", answer];
    refused(&project, &asked("create conflct"), 2, &["names no outcome", "`conflict`"]);
    let pipelines = TestProject::with_pipelines();
    let asked = |answer| ["sandbox", "lucca_to_reward_gateway", "--answer", answer];
    refused(&pipelines, &asked("leave conflict"), 2, &["names no call", "`members.create`"]);
    refused(&pipelines, &asked("create moved"), 2, &["`moved when …`"]);
    refused(&project, &["apply", "c-00000000"], 2, &["c-00000000"]);
    refused(&project, &["plan", "--filter", "nonsense"], 2, &["nonsense"]);
}

#[test]
fn no_flag_no_terminal_no_guess() {
    refused(&TestProject::empty(), &["new"], 2, &["--source"]);
    refused(&TestProject::empty(), &["plan"], 2, &["no pipeline here"]);
}

#[test]
fn a_folder_in_place_of_a_file_and_a_link_to_nowhere() {
    let project = quickstart();
    std::fs::create_dir(project.file("folder.sync")).unwrap();
    std::os::unix::fs::symlink("nowhere", project.file("link.sync")).unwrap();
    for (name, why) in [("folder.sync", "can't be read"), ("link.sync", "there is no file")] {
        refused(&project, &["check", name], 1, &[name, why]);
        refused(&project, &["plan", name], 1, &[name, why]);
    }
    std::fs::remove_file(project.file("accounts.jsonl")).unwrap();
    std::fs::create_dir(project.file("accounts.jsonl")).unwrap();
    refused(&project, &["plan", "quickstart"], 5, &["accounts.jsonl"]);
}

#[test]
fn a_file_that_uses_itself_or_what_is_not_there() {
    let project = quickstart();
    project.write("own.sync", "use \"own.sync\"\n").write("lost.sync", "use \"nowhere.sync\"\n");
    refused(&project, &["check", "own.sync"], 1, &["own.sync:1:", "itself"]);
    refused(&project, &["check", "lost.sync"], 1, &["lost.sync:1:", "nowhere.sync"]);
}

#[test]
fn columns_that_are_not_there_and_rows_that_are_cut() {
    let project = quickstart();
    project.write("people.csv", "Number;First name\n00057;Jeanne\n");
    refused(&project, &["plan", "quickstart"], 5, &["people.csv", "Last name"]);
    project.write("people.csv", format!("{PEOPLE}00058;Paul\n"));
    refused(&project, &["plan", "quickstart"], 5, &["people.csv", "line 3"]);
    project.write("people.csv", "");
    refused(&project, &["plan", "quickstart"], 5, &["people.csv", "empty"]);
    assert_eq!(project.read("accounts.jsonl"), "");
}

/// Runs with this much space on the disk, in blocks of 512 bytes.
fn with_room(project: &TestProject, blocks: u32, args: &str) -> (i32, String) {
    let command = project.command(&[]);
    let line = format!("trap '' XFSZ; ulimit -f {blocks}; exec {} {args} 2>&1", command.get_program().to_str().unwrap());
    let output = std::process::Command::new("sh").args(["-c", &line]).current_dir(project.path()).output().unwrap();
    (output.status.code().unwrap_or(-1), String::from_utf8(output.stdout).unwrap())
}

#[test]
fn a_full_disk_stops_a_run_and_leaves_the_target_whole() {
    let people: String = (1..=400).map(|n| format!("{n:05};Jeanne;Martin;p{n}@example.com;;no\n")).collect();
    let before = "{\"id\":\"admin\",\"name\":\"A\",\"email\":\"it@example.com\",\"manager\":true,\"active\":true}\n";
    let project = TestProject::quickstart(&format!("Number;First name;Last name;Email;Left on;Manager\n{people}"), before);
    for blocks in [0, 1, 16, 100] {
        let (code, said) = with_room(&project, blocks, "plan quickstart");
        assert_eq!(code, 5, "{blocks}: {said}");
        assert!(!said.contains("panicked") && said.contains("error: ") && !said.contains("the state failed"), "{blocks}: {said}");
        assert_eq!(project.read("accounts.jsonl"), before, "{blocks}");
    }
    let plan = project.counterpart(&["plan", "quickstart"]);
    assert_eq!(plan.count("result", "to_write"), 400, "{plan:?}");
    let id = plan.keys("id").remove(0);
    let (code, said) = with_room(&project, 100, &format!("apply {id}"));
    assert!(code == 4 || code == 5, "{code}: {said}");
    assert!(!said.contains("panicked"), "{said}");
    let accounts = project.read("accounts.jsonl");
    assert!(accounts.starts_with(before) && accounts.ends_with('\n'));
    assert!(accounts.lines().all(|line| serde_json::from_str::<serde_json::Value>(line).is_ok()), "no half line");

    let again = project.counterpart(&["run", "quickstart"]);
    assert!(again.code == 0 || again.code == 3, "{again:?}");
    let id = project.counterpart(&["plan", "quickstart"]).keys("id").remove(0);
    project.counterpart(&["apply", &id]);
    let accounts = project.read("accounts.jsonl");
    assert_eq!(accounts.lines().count(), 401, "everybody, and nobody twice");
}

#[test]
fn a_sandbox_that_can_t_be_kept_names_its_folder() {
    let project = TestProject::with_pipelines();
    project.write(".counterpart", "a file in the way");
    refused(&project, &["plan", "lucca_to_reward_gateway", "--sandbox"], 5, &["the sandbox's folder `", "stand-ins` can't be written"]);
}

/// The command ends by itself within a time that is generous for a busy machine, and says this.
#[track_caller]
fn refused_in_time(project: &TestProject, args: &[&str], says: &str) {
    let mut child = project.command(args).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let begun = Instant::now();
    while child.try_wait().unwrap().is_none() {
        if begun.elapsed() > Duration::from_secs(120) {
            child.kill().unwrap();
            panic!("{args:?} waits");
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    let output = child.wait_with_output().unwrap();
    let said = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(!output.status.success() && said.contains(says), "{args:?} should say {says:?}: {said}");
}

#[test]
fn a_pipe_in_place_of_a_file_is_refused_at_once() {
    let project = quickstart();
    let pipe = |name: &str| assert!(Command::new("mkfifo").arg(project.file(name)).status().unwrap().success());
    ["pipe.sync", "codes.csv"].into_iter().for_each(pipe);
    project.write("uses.sync", "use \"pipe.sync\"\n").write("table.sync", "table codes from \"codes.csv\" key \"a\" value \"b\"\n");
    refused_in_time(&project, &["check", "pipe.sync"], "it is not an ordinary file");
    refused_in_time(&project, &["check", "uses.sync"], "uses.sync:1:5:");
    refused_in_time(&project, &["check", "table.sync"], "`codes.csv` can't be read: it is not an ordinary file");
    refused_in_time(&project, &["new", "x", "--source", "codes.csv", "--target", "accounts.jsonl"], "`codes.csv` is a pipe or a device");
    for name in ["people.csv", "accounts.jsonl"] {
        let project = quickstart();
        std::fs::remove_file(project.file(name)).unwrap();
        assert!(Command::new("mkfifo").arg(project.file(name)).status().unwrap().success());
        refused_in_time(&project, &["plan", "quickstart"], &format!("`{name}` is a pipe or a device"));
    }
}

#[test]
fn a_name_that_two_pipelines_have_is_said_once_with_the_mistake() {
    let text = quickstart().read("quickstart.sync");
    let pipeline = &text[text.find("pipeline quickstart").unwrap()..];
    let in_one_file = quickstart();
    in_one_file.write("quickstart.sync", format!("{text}\n{pipeline}"));
    let in_two = quickstart();
    in_two.write("second.sync", &text);
    for project in [in_one_file, in_two] {
        refused(&project, &["plan", "other"], 2, &["there is quickstart; `quickstart` is declared twice (E0210)"]);
        refused(&project, &["plan", "quickstrat"], 2, &["did you mean `quickstart`; `quickstart` is declared twice (E0210)"]);
        refused(&project, &["plan"], 1, &["error[E0210]: the pipeline `quickstart` is declared twice"]);
        project.write("third.sync", text.replace("pipeline quickstart", "pipeline third"));
        refused(&project, &["plan", "other"], 2, &["there are quickstart, third; `quickstart` is declared twice (E0210)"]);
        refused(&project, &["plan"], 2, &["there are 2 pipelines; name one: quickstart, third"]);
    }
}

/// Every file that is opened by its name, each replaced in turn.
#[test]
fn a_pipe_in_place_of_a_file_of_our_own_is_refused_at_once() {
    let pipe = |project: &TestProject, name: &str| {
        let _ = std::fs::remove_file(project.file(name));
        std::fs::create_dir_all(project.file(name).parent().unwrap()).unwrap();
        assert!(Command::new("mkfifo").arg(project.file(name)).status().unwrap().success());
    };
    let refused = |name: &str, args: &[&str]| {
        let project = quickstart();
        pipe(&project, name);
        refused_in_time(&project, args, "is a pipe or a device");
    };
    refused("counterpart.toml", &["plan", "quickstart"]);
    refused("counterpart.toml", &["settings", "set", "quickstart.x", "1"]);
    refused("counterpart.toml", &["check"]);
    refused(".counterpart/production/state.key", &["plan", "quickstart"]);
    refused(".counterpart/production/quickstart.lock", &["run", "quickstart"]);

    let project = quickstart();
    let planned = project.counterpart(&["plan", "quickstart", "--format", "json"]);
    let id = serde_json::from_str::<serde_json::Value>(&planned.out).unwrap()["id"].as_str().unwrap().to_owned();
    pipe(&project, &format!(".counterpart/production/changes/{id}.jsonl"));
    refused_in_time(&project, &["apply", &id], "is a pipe or a device");

    let project = TestProject::with_pipelines();
    pipe(&project, "seed/next_day/lucca.users.jsonl");
    refused_in_time(&project, &["sandbox", INTEGRATION_A, "--load", "next_day"], "is a pipe or a device");
    pipe(&project, "key");
    project.write("counterpart.toml", "[env.production.lucca]\napi_key = { file = \"key\" }\n");
    refused_in_time(&project, &["settings", "verify", INTEGRATION_A], "is a pipe or a device");
}

#[test]
fn large_files_answer_in_bounded_time() {
    let project = quickstart();
    project.write("five.sync", "# x\n".repeat(5 << 18));
    refused_in_time(&project, &["check", "five.sync"], "it has more than 4 MB");
    let rows: String = (0..50_000).map(|at| format!("  \"k{at}\" = \"v{at}\"\n")).collect();
    project.write("rows.sync", format!("table codes {{\n{rows}}}\n"));
    let begun = Instant::now();
    assert_eq!(project.counterpart(&["check", "rows.sync"]).code, 0);
    assert!(begun.elapsed() < Duration::from_secs(60), "{:?} for 50,000 rows", begun.elapsed());
    let broken: String = (0..50_000).map(|at| format!("  \"k{at}\" : \"v{at}\"\n")).collect();
    project.write("rows.sync", format!("table codes {{\n{broken}}}\n"));
    refused_in_time(&project, &["check", "rows.sync"], "rows.sync:2:");
    let same: String = (0..50_000).map(|at| format!("  \"k\" = \"v{at}\"\n")).collect();
    project.write("rows.sync", format!("table codes {{\n{same}}}\n"));
    refused_in_time(&project, &["check", "rows.sync"], "rows.sync:3:");
}
