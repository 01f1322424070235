//! The engine without the command line: several projects in one process, its events, and the modules that it may use.

use super::project::{INTEGRATION_A, TestProject};
use counterpart::{
    engine::{Cancel, Class, Engine, EngineError, Event, Ran, RunEnd, Stage, Workspace},
    host::Host,
    project::{Overlay, ProjectError, ProjectOptions},
};
use std::{
    fs,
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
};

const PEOPLE: &str = "Number;First name;Last name;Email;Left on;Manager\n";
const QUICKSTART: &str = "quickstart";

type Heard = Arc<Mutex<Vec<Event>>>;

fn open(engine: &Engine, project: &TestProject, environment: &str, overlay: Overlay) -> (Workspace, Heard) {
    let heard = Heard::default();
    let told = Arc::clone(&heard);
    let listener = Arc::new(move |event| told.lock().unwrap().push(event));
    let environment = Some(environment.to_owned());
    let options = ProjectOptions { folder: Some(project.path().to_path_buf()), environment, overlay, ..ProjectOptions::default() };
    (engine.open(options, listener).unwrap(), heard)
}

/// A project with this many people and no account yet, whose first change set was applied in an environment.
fn people(initials: &str) -> String {
    let lines = initials.chars().enumerate().map(|(at, c)| format!("{at};{c};{c}son;{c}@example.com;;no\n"));
    PEOPLE.to_owned() + &lines.collect::<String>()
}

async fn publish(workspace: &mut Workspace, by: &str) -> u64 {
    let planned = workspace.plan(Some(QUICKSTART), None).await.unwrap();
    let (row, set, session) = workspace.publish(&planned.set.head.id).await.unwrap();
    let prepared = session.prepare(&row, set, by, Cancel::never()).await.unwrap();
    let report = prepared.apply(&[], false).await.unwrap();
    assert_eq!(report.end, RunEnd::Done);
    report.outcomes.len() as u64
}

#[test]
fn two_projects_of_one_process_share_nothing() {
    let config = "[env.north]\n[env.south]\n";
    let (first, second) = (TestProject::quickstart(&people("abc"), ""), TestProject::quickstart(&people("vwxyz"), ""));
    first.write("counterpart.toml", config);
    second.write("counterpart.toml", config);
    let engine = Engine::new(Host::real());
    let (mut north, north_heard) = open(&engine, &first, "north", Overlay::default());
    let (mut south, south_heard) = open(&engine, &second, "south", Overlay::default());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let written = runtime.block_on(async { tokio::join!(publish(&mut north, "anna"), publish(&mut south, "ben")) });
    assert_eq!(written, (3, 5), "each wrote its own people");

    let states = |project: &TestProject, environment: &str| project.file(&format!(".counterpart/{environment}/state.db")).is_file();
    assert!(states(&first, "north") && !states(&first, "south") && states(&second, "south") && !states(&second, "north"));
    assert_eq!((first.read("accounts.jsonl").lines().count(), second.read("accounts.jsonl").lines().count()), (3, 5));
    let by = |workspace: &Workspace| workspace.history(None, 10).unwrap().into_iter().map(|row| row.by).collect::<Vec<_>>();
    assert_eq!((by(&north), by(&south)), (vec!["anna".to_owned()], vec!["ben".to_owned()]));
    let sets = |heard: &Heard| {
        let judged = |event: &Event| if let Event::Judged { change_set, .. } = event { Some(change_set.clone()) } else { None };
        heard.lock().unwrap().iter().filter_map(judged).collect::<Vec<_>>()
    };
    assert!(!sets(&north_heard).is_empty() && sets(&north_heard).iter().all(|id| !sets(&south_heard).contains(id)));
}

#[test]
fn two_environments_of_one_folder_run_at_once_in_threads() {
    let project = TestProject::quickstart(&people("abcd"), "");
    project.write("counterpart.toml", "[env.north]\n[env.south]\n");
    let engine = Engine::new(Host::real());
    let plan = |environment: &str| {
        let (mut workspace, heard) = open(&engine, &project, environment, Overlay::default());
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let planned = runtime.block_on(workspace.plan(Some(QUICKSTART), None)).unwrap();
        (planned.set.head.environment.clone(), planned.set.operations.len(), heard.lock().unwrap().len())
    };
    let (north, south) = std::thread::scope(|scope| {
        let north = scope.spawn(|| plan("north"));
        let south = scope.spawn(|| plan("south"));
        (north.join().unwrap(), south.join().unwrap())
    });
    assert_eq!((north.0.as_str(), north.1, south.0.as_str(), south.1), ("north", 4, "south", 4));
    assert_eq!(north.2, south.2, "the same happened to both, told to each alone");
}

#[test]
fn a_run_tells_its_stages_in_order_and_ends_typed() {
    let project = TestProject::with_pipelines();
    let heard = Heard::default();
    let told = Arc::clone(&heard);
    let options = ProjectOptions { folder: Some(project.path().to_path_buf()), sandbox: true, ..ProjectOptions::default() };
    let mut workspace = Engine::new(Host::real()).open(options, Arc::new(move |event| told.lock().unwrap().push(event))).unwrap();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let ran = runtime.block_on(workspace.run(Some(INTEGRATION_A), "anna", Cancel::never(), &|_| ())).unwrap();
    let Ran::Carried(report) = ran else { panic!("the sandbox needs no publishing") };
    let heard = heard.lock().unwrap();
    let at = |is: &dyn Fn(&Event) -> bool| heard.iter().position(is).unwrap_or_else(|| panic!("{heard:?}"));
    let read = at(&|event| matches!(event, Event::Begun(Stage::Read(name)) if name == "lucca.users"));
    let ended = at(&|event| matches!(event, Event::Ended { stage: Stage::Read(name), .. } if name == "lucca.users"));
    let judged = at(&|event| matches!(event, Event::Judged { .. }));
    let written = at(&|event| matches!(event, Event::Ended { stage: Stage::Write(_), .. }));
    let done = at(&|event| matches!(event, Event::Done { run: Some(run) } if *run == report.run));
    assert!(read < ended && ended < judged && judged < written && written < done && done == heard.len() - 1);
    assert!(heard.iter().any(|event| matches!(event, Event::Finding { .. })), "who needs attention is told");
}

#[test]
fn what_goes_wrong_is_typed() {
    let project = TestProject::quickstart(&people("ab"), "");
    let engine = Engine::new(Host::real());
    let options = |folder: &Path| ProjectOptions { folder: Some(folder.to_path_buf()), ..ProjectOptions::default() };
    let no_listener = || Arc::new(counterpart::engine::IgnoreEvents);
    let none = engine.open(options(&project.file("none")), no_listener()).err().unwrap();
    assert!(matches!(&none, ProjectError::NoFolder(folder) if *folder == project.file("none")));
    let mut workspace = engine.open(options(project.path()), no_listener()).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let no_such = runtime.block_on(workspace.plan(Some("quickstarts"), None)).unwrap_err();
    assert!(matches!(&no_such, EngineError::Project(ProjectError::NoSuchPipeline { near, .. }) if near == &["quickstart"]), "{no_such}");
    assert_eq!(no_such.class(), Class::Usage);
    let no_runs = workspace.history(None, 5).unwrap_err();
    assert!(matches!(no_runs, EngineError::NoRuns { sandbox: false, .. }) && no_runs.hint().is_some());
    project
        .write("quickstart.sync", project.read("quickstart.sync").replace("pipeline quickstart {", "pipeline quickstart {\n  lookup }{"));
    let wrong = runtime.block_on(workspace.plan(Some("quickstart"), None)).unwrap_err();
    let EngineError::Project(ProjectError::WrongFiles(files)) = &wrong else { panic!("{wrong}") };
    assert!(files[0].diagnostics.iter().any(counterpart::diagnose::Diagnostic::is_error) && wrong.class() == Class::File);
}

#[test]
fn unsaved_texts_stand_in_place_of_the_files() {
    let project = TestProject::quickstart(&people("ab"), "");
    let file = project.file("quickstart.sync");
    let renamed = project.read("quickstart.sync").replace("pipeline quickstart {", "pipeline in_the_editor {");
    assert_ne!(renamed, project.read("quickstart.sync"));
    let overlay = Overlay::from([(file, renamed), (project.file("new.sync"), "pipeline beside {\n".to_owned())]);
    let (workspace, _) = open(&Engine::new(Host::real()), &project, "production", overlay);
    let names: Vec<_> = workspace.project.pipelines().unwrap().into_iter().map(|one| one.name).collect();
    assert_eq!(names, ["beside", "in_the_editor"]);
    assert!(workspace.compile(Some("in_the_editor")).is_ok());
    assert!(matches!(workspace.compile(Some("beside")), Err(ProjectError::WrongFiles(_))));
    assert!(project.read("quickstart.sync").contains("pipeline quickstart {"), "nothing was written");
}

fn of_tests(file: &Path) -> bool {
    file.ends_with("tests.rs") || file.components().any(|part| part.as_os_str() == "tests")
}

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { sources(&path, found) } else { found.push(path) }
    }
}

/// The rooms are recognised in the text of a file: a path that begins with one of these words.
#[test]
fn the_engine_knows_nothing_of_the_command_line_and_no_room_one_above_it() {
    const FLOORS: [&[&str]; 9] = [
        &["value", "diagnose", "host"],
        &["syntax", "state"],
        &["check"],
        &["compile", "reload"],
        &["systems"],
        &["run", "sandbox"],
        &["project"],
        &["engine"],
        &["cli"],
    ];
    let rooms = FLOORS.iter().enumerate().flat_map(|(floor, rooms)| rooms.iter().map(move |room| (floor, *room)));
    for (floor, room) in rooms.filter(|(_, room)| *room != "cli") {
        let beside = FLOORS[floor].iter().filter(|one| **one != room && floor > 0);
        let rooms_above: Vec<_> = FLOORS[floor + 1..].iter().copied().flatten().chain(beside).collect();
        let mut files = Vec::new();
        sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src").join(room), &mut files);
        assert!(files.len() > 2, "{room} has files");
        files.retain(|file| !of_tests(file));
        for file in files {
            let text = fs::read_to_string(&file).unwrap();
            let text = text.split("\nmod tests {").next().unwrap();
            let code: String = text.lines().filter(|line| !line.trim_start().starts_with("//")).map(|line| format!("{line}\n")).collect();
            let uses = |what: &str| uses(&code, what);
            for library in ["clap", "clap_complete", "indicatif", "console"] {
                // `console` measures texts there.
                let measures = (room, library) == ("diagnose", "console");
                assert!(measures || !uses(&format!("{library}::")), "{} uses {library}", file.display());
            }
            for above in &rooms_above {
                assert!(!uses(&format!("crate::{above}")) && !in_use_list(&code, above), "{} uses {above}", file.display());
            }
        }
    }
}

#[test]
fn nothing_is_printed_below_the_command_line() {
    let mut files = Vec::new();
    sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut files);
    let part_is = |file: &Path, name: &str| file.components().any(|part| part.as_os_str() == name);
    let is_main = |file: &Path| file.ends_with("src/main.rs");
    let below =
        files.iter().filter(|file| !part_is(file, "cli") && !part_is(file, "tests") && !part_is(file, "tests.rs") && !is_main(file));
    for file in below {
        let text = fs::read_to_string(file).unwrap();
        let code = text.split("#[cfg(test)]\nmod tests {").next().unwrap();
        for printing in ["println!", "eprintln!", "print!(", "eprint!(", "ExitCode", "process::exit"] {
            assert!(!code.contains(printing), "{} has {printing}", file.display());
        }
    }
}

/// Callers decide on the variants of an error; the sentence is its `Display`, for people only.
#[test]
fn no_function_returns_a_sentence_as_its_error() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = Vec::new();
    sources(&root.join("src"), &mut files);
    let mut found = Vec::new();
    for file in files.iter().filter(|file| !of_tests(file)) {
        let text = fs::read_to_string(file).unwrap();
        let code = text.split("#[cfg(test)]\nmod tests {").next().unwrap();
        let name = file.strip_prefix(root).unwrap().to_str().unwrap().replace('\\', "/");
        let errors = code.match_indices("Result<").filter_map(|(at, result)| error_type(&code[at + result.len()..]));
        found.extend(errors.filter(|error| matches!(*error, "String" | "&str" | "&'static str")).map(|_| name.clone()));
    }
    assert!(found.is_empty(), "give them an enum of errors: {found:?}");
}

/// The second type in the angle brackets that were opened before.
fn error_type(types: &str) -> Option<&str> {
    let (mut depth, mut comma, mut before) = (0_i32, None, ' ');
    for (at, letter) in types.char_indices() {
        match letter {
            '>' if before == '-' => {}
            '>' if depth == 0 => return comma.map(|comma: usize| types[comma..at].trim().trim_end_matches(',')),
            '<' | '(' | '[' => depth += 1,
            '>' | ')' | ']' => depth -= 1,
            ',' if depth == 0 && comma.is_none() => comma = Some(at + 1),
            _ => {}
        }
        before = letter;
    }
    None
}

#[test]
fn the_error_of_a_result_is_its_second_type() {
    assert_eq!(error_type("BTreeMap<String, String>, EngineError> {"), Some("EngineError"));
    assert_eq!(error_type("(Value, Option<u8>), String>"), Some("String"));
    assert_eq!(error_type("\n    Vec<u8>,\n    String,\n>"), Some("String"));
    assert_eq!((error_type("()>"), error_type("dyn Fn(u8) -> bool, String>")), (None, Some("String")));
}

/// Whether a path begins with this word, and the word is not the end of a longer one.
fn uses(code: &str, path: &str) -> bool {
    let word = |c: char| c.is_alphanumeric() || c == '_' || c == ':';
    code.match_indices(path).any(|(at, _)| {
        let (before, after) = (&code[..at], &code[at + path.len()..]);
        !before.ends_with(word) && (path.ends_with(':') || !after.starts_with(|c: char| c.is_alphanumeric() || c == '_'))
    })
}

/// Whether a room is named right below `use crate::{`, which rustfmt writes one a line.
fn in_use_list(code: &str, room: &str) -> bool {
    let list = code.split("use crate::{").skip(1).filter_map(|rest| rest.split("\n};").next());
    list.flat_map(str::lines).any(|line| {
        line.strip_prefix("    ")
            .is_some_and(|line| line == room || line.starts_with(&format!("{room}::")) || line.starts_with(&format!("{room},")))
    })
}

#[test]
fn what_an_import_is_told_from() {
    assert!(uses("use clap::Parser;", "clap::") && !uses("use my_clap::Parser;", "clap::"));
    assert!(uses("crate::cli::main()", "crate::cli") && !uses("crate::client::main()", "crate::cli"));
    assert!(
        in_use_list("use crate::{\n    cli::failure::Failure,\n    run,\n};", "cli")
            && !in_use_list("use crate::{\n    client,\n};", "cli")
    );
    assert!(in_use_list("use crate::{\n    cli::failure::Failure,\n    run,\n};", "run"));
}

#[test]
fn a_command_in_a_message_means_the_same_environment_and_folder() {
    let project = TestProject::with_pipelines();
    let plain = project.counterpart(&["settings", "set", "lucca.domain"]);
    assert!(plain.err.contains("counterpart settings set lucca.domain VALUE\n"), "{plain:?}");
    let sandboxed = project.sandboxed(&["settings", "set", "lucca.domain"]);
    assert!(sandboxed.err.contains("counterpart settings set lucca.domain VALUE --sandbox"), "{sandboxed:?}");
    let project = TestProject::quickstart(&people("ab"), "");
    let text = project.read("quickstart.sync");
    let open = text.replace("  field email", "  setting prefix : text\n  field tag = setting.prefix\n  field email");
    assert_ne!(open, text);
    project.write("quickstart.sync", open);
    let elsewhere = project.counterpart(&["plan", QUICKSTART, "--env", "production", "--folder", "."]);
    assert!(
        elsewhere.err.contains("counterpart settings set ") && elsewhere.err.contains("VALUE --env production --folder .`"),
        "{elsewhere:?}"
    );
}

/// Commands that do not depend on the project, and commands that are examples.
const WITHOUT_A_PLACE: [&str; 2] = ["counterpart explain ", "counterpart NAME"];

/// A command in a message is made by `Terminal::command`, which adds `--sandbox`, `--env` and `--folder`.
#[test]
fn no_command_in_a_message_is_put_together_by_hand() {
    let command =
        regex::Regex::new("\"[^\"]*`?counterpart (check|fmt|show|plan|apply|run|history|errors|settings|suggest|sandbox|new)\\b").unwrap();
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = Vec::new();
    sources(&root.join("src"), &mut files);
    let examples = |file: &Path| {
        file.ends_with("tests.rs") || file.ends_with("catalogue.rs") || file.components().any(|part| part.as_os_str() == "tests")
    };
    for file in files.iter().filter(|file| !examples(file)) {
        let text = std::fs::read_to_string(file).unwrap();
        let shipped = text.split("#[cfg(test)]\nmod tests {").next().unwrap();
        for (line, number) in shipped.lines().zip(1..).filter(|(line, _)| !line.trim_start().starts_with("//")) {
            let found = command.find(line).map(|found| found.as_str());
            let free = found.is_none_or(|found| WITHOUT_A_PLACE.iter().any(|free| found.contains(free)));
            assert!(free, "{}:{number}: {line}", file.display());
        }
    }
}

#[test]
fn the_next_command_of_a_summary_means_the_same_folder_and_environment() {
    let project = TestProject::quickstart(&people("ab"), "");
    let summary = |more: &[&str]| project.counterpart(&[&["plan", QUICKSTART, "--format", "markdown"], more].concat()).out;
    let next = |summary: &str| summary.lines().find(|line| line.starts_with("Next: ")).unwrap().to_owned();
    assert!(next(&summary(&[])).ends_with('`') && !next(&summary(&[])).contains(" --"), "{}", summary(&[]));
    assert!(next(&summary(&["--sandbox"])).ends_with(" --sandbox`"), "{}", summary(&["--sandbox"]));
    let elsewhere = summary(&["--env", "production", "--folder", "."]);
    assert!(next(&elsewhere).ends_with(" --env production --folder .`"), "{elsewhere}");
}

#[test]
fn a_pipeline_in_a_file_with_a_mistake_is_found_and_the_mistake_told() {
    let project = TestProject::quickstart(&people("ab"), "");
    let good = project.read("quickstart.sync");
    let at = good.find("pipeline quickstart").unwrap();
    let broken = good[at..].replace("pipeline quickstart", "pipeline broken").replace("match {", "match }{");
    project.write("quickstart.sync", format!("{}{broken}\n{}", &good[..at], &good[at..]));
    for command in ["plan", "show"] {
        let answer = project.counterpart(&[command, "quickstart"]);
        assert_eq!(answer.code, 1, "{answer:?}");
        assert!(answer.out.contains("quickstart.sync:") && answer.out.contains("E0"), "the file's own mistake: {answer:?}");
        assert!(!answer.err.contains("there is no pipeline"), "{answer:?}");
    }
}
