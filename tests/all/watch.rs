//! `watch`: each save is answered with a generation at once; after a mistake the last good one stays in force.

use super::{
    project::{INTEGRATION_A, TestProject},
    vendors::{VendorFixture, lucca::Lucca, reward_gateway::RewardGateway, server::StandIn},
};
use std::{
    fs,
    io::{BufRead, BufReader},
    process::{Child, Command, Stdio},
    sync::mpsc::{Receiver, channel},
    time::{Duration, Instant},
};

const FILE: &str = "lucca_to_reward_gateway.sync";
/// Generous, because the machine may be busy.
const LONG: Duration = Duration::from_secs(20);

/// `watch` as a process, with its answers.
pub struct Watching {
    child: Child,
    lines: Receiver<String>,
    /// The answer for the first generation.
    pub first: String,
}

impl Watching {
    /// Starts it in the sandbox and waits for the first generation.
    pub fn begin(project: &TestProject, pipeline: &str) -> Self {
        Self::of(&mut project.command(&["watch", pipeline, "--sandbox"]))
    }

    /// The same for a prepared command.
    pub fn of(command: &mut Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let (sender, lines) = channel();
        let out = BufReader::new(child.stdout.take().unwrap());
        std::thread::spawn(move || out.lines().map_while(Result::ok).try_for_each(|line| sender.send(line)));
        let mut watching = Self { child, lines, first: String::new() };
        watching.first = watching.answer();
        watching
    }

    /// The first screen of `watch` at a terminal.
    fn screen(project: &TestProject) -> String {
        let mut child =
            project.command(&["watch", "quickstart", "--format", "text"]).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let (sender, lines) = channel();
        let out = BufReader::new(child.stdout.take().unwrap());
        std::thread::spawn(move || out.lines().map_while(Result::ok).try_for_each(|line| sender.send(line)));
        let watching = Self { child, lines, first: String::new() };
        let mut screen = watching.line_with("live  ");
        while let Ok(line) = watching.lines.recv_timeout(Duration::from_millis(400)) {
            screen += &format!("\n{line}");
        }
        screen
    }

    /// The next answer to a save. Lines about mistakes in between are skipped.
    pub fn answer(&mut self) -> String {
        loop {
            let line = self.lines.recv_timeout(LONG).expect("an answer to the save");
            if line.starts_with("live ") || line.starts_with("refused ") {
                return line;
            }
        }
    }

    /// The line that begins with this, among those that follow an answer.
    fn line_with(&self, words: &str) -> String {
        loop {
            let line = self.lines.recv_timeout(LONG).expect("a line");
            if line.contains(words) {
                return line;
            }
        }
    }

    /// Whether it prints nothing for a while.
    fn is_silent(&self) -> bool {
        self.lines.recv_timeout(Duration::from_millis(400)).is_err()
    }

    /// Ends it as Ctrl-C does.
    pub fn end(mut self) {
        // SAFETY: the child is ours and was not waited for, so its id is still its own.
        let sent = unsafe { libc::kill(self.child.id().try_into().unwrap(), libc::SIGINT) };
        assert_eq!(sent, 0);
        let begun = Instant::now();
        while begun.elapsed() < LONG {
            if let Some(status) = self.child.try_wait().unwrap() {
                assert_eq!(status.code(), Some(0), "Ctrl-C is how one ends it");
                return;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        panic!("it did not end");
    }
}

impl Drop for Watching {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn fact(line: &str, name: &str) -> String {
    let found = line.split(' ').find_map(|part| part.strip_prefix(&format!("{name}=")));
    found.unwrap_or_else(|| panic!("no {name} in {line}")).to_owned()
}

fn number(line: &str, name: &str) -> u64 {
    fact(line, name).parse().unwrap()
}

#[test]
fn a_mistake_keeps_the_last_good_generation_and_mending_it_goes_on() {
    let project = TestProject::with_pipelines();
    let mut watching = Watching::begin(&project, INTEGRATION_A);
    let good = project.read(FILE);
    let plan = fact(&watching.first, "execution_plan");
    assert_eq!((number(&watching.first, "generation"), number(&watching.first, "to_write")), (1, 52), "{}", watching.first);

    project.write(FILE, good.replace("employee.email | trim", "employee.mail | trim"));
    let refused = watching.answer();
    assert!(refused.starts_with("refused generation=2 live=1 "), "{refused}");
    assert_eq!(fact(&refused, "execution_plan"), plan, "a run now would use the last good one");
    assert!(watching.line_with("E0203").contains(&format!("{FILE}:25:")), "the mistake and its place");

    project.write(FILE, good.replace("| trim | lower", "| trim"));
    let fixed = watching.answer();
    assert!(fixed.starts_with("live generation="), "{fixed}");
    assert_ne!(fact(&fixed, "execution_plan"), plan);
    assert!(number(&fixed, "generation") >= 2);
    assert!(number(&fixed, "to_write") + number(&fixed, "needs_attention") > 0, "judged again on the data last read: {fixed}");

    project.write(FILE, &good);
    let back = watching.answer();
    assert_eq!((fact(&back, "execution_plan"), number(&back, "to_write")), (plan, 52), "{back}");
    watching.end();
}

#[test]
fn included_files_removal_and_return_are_seen() {
    let project = TestProject::with_pipelines();
    let mut watching = Watching::begin(&project, INTEGRATION_A);
    let (system, good) = (project.read("systems/lucca.sync"), project.read(FILE));
    project.write("systems/lucca.sync", system.replace("size 1000", "size 500"));
    let other = watching.answer();
    assert!(other.starts_with("live "), "{other}");
    assert_ne!(fact(&other, "execution_plan"), fact(&watching.first, "execution_plan"));
    project.write("systems/lucca.sync", system.replace("key     id", "key     identity"));
    assert!(watching.answer().starts_with("refused "));
    project.write("systems/lucca.sync", &system);
    assert_eq!(fact(&watching.answer(), "execution_plan"), fact(&watching.first, "execution_plan"));

    fs::remove_file(project.file(FILE)).unwrap();
    let gone = watching.answer();
    assert!(gone.starts_with("refused "), "{gone}");
    assert_eq!(fact(&gone, "execution_plan"), fact(&watching.first, "execution_plan"));
    project.write(FILE, &good);
    assert!(watching.answer().starts_with("live "));

    project.write("aside.sync.new", good.replace("at most 500", "at most 50"));
    project.write("aside.sync", "# of no interest\n");
    assert!(watching.is_silent(), "files that nothing uses");
    fs::rename(project.file("aside.sync.new"), project.file(FILE)).unwrap();
    assert!(watching.answer().starts_with("live "), "an editor that saves by renaming");
    watching.end();
}

#[test]
fn a_save_is_answered_at_once() {
    let project = TestProject::with_pipelines();
    let mut watching = Watching::begin(&project, INTEGRATION_A);
    let good = project.read(FILE);
    let mut felt = Vec::new();
    let mut said = Vec::new();
    for save in 0..10 {
        let text = if save % 3 == 2 {
            good.replace("field email", "feild email")
        } else {
            good.replace("at most 500", &format!("at most {}", 400 - save))
        };
        let saved = Instant::now();
        project.write(FILE, text);
        said.push(number(&watching.answer(), "milliseconds"));
        felt.push(saved.elapsed().as_millis());
        std::thread::sleep(Duration::from_millis(60));
    }
    watching.end();
    felt.sort_unstable();
    said.sort_unstable();
    println!(
        "ten saves, from the save to the answer: median {} ms, longest {} ms; said: median {} ms, longest {} ms",
        felt[5], felt[9], said[5], said[9]
    );
    assert!(felt[5] < 1000, "{felt:?}");
}

const PEOPLE: &str = "Number;First name;Last name;Email;Left on;Manager\n1;Ann;Lee;ann@example.com;;no\n2;Ben;Ray;ben@example.com;;no\n";

/// A quickstart that is published, and watched.
fn watched(project: &TestProject) -> Watching {
    let planned = project.counterpart(&["plan", "quickstart"]);
    let applied = project.counterpart(&["apply", &planned.fact("change_set", "id").unwrap_or_else(|| id_of(&planned.out))]);
    assert_eq!(applied.code, 0, "{applied:?}");
    Watching::of(&mut project.command(&["watch", "quickstart"]))
}

fn id_of(out: &str) -> String {
    let word = out.split(|c: char| c.is_whitespace() || c == '=').find(|word| word.starts_with("c-"));
    word.unwrap_or_else(|| panic!("no change set in {out}")).to_owned()
}

#[test]
fn records_that_are_saved_are_read_again() {
    let project = TestProject::quickstart(PEOPLE, "");
    let mut watching = watched(&project);
    assert_eq!(number(&watching.first, "to_write"), 0, "{}", watching.first);
    project.write("people.csv", format!("{PEOPLE}3;Cat;Fox;cat@example.com;;no\n"));
    assert_eq!(number(&watching.answer(), "to_write"), 1, "of the source");
    project.write("accounts.jsonl", "");
    let emptied = watching.answer();
    assert!(emptied.starts_with("live "), "of the target: {emptied}");
    watching.end();
}

/// What the command says is what `plan` says: why it would stop, and no counts of what could not be read.
#[track_caller]
fn stops_as_a_plan_does(project: &TestProject, answer: &str, says: &str) {
    let planned = project.counterpart(&["plan", "quickstart"]);
    assert_eq!(planned.code, 5, "{planned:?}");
    assert!(planned.err.contains(says), "{planned:?}");
    assert!(answer.starts_with("live generation=1 ") && answer.contains(" why=\"a run now would stop: "), "{answer}");
    assert!(answer.contains(says) && !answer.contains("to_write=") && !answer.contains("needs_attention="), "{answer}");
    let screen = Watching::screen(project);
    assert!(screen.contains("a run now would stop: ") && screen.contains(says), "{screen}");
    assert!(!screen.contains("to write") && !screen.contains("nothing to do"), "{screen}");
}

#[test]
fn a_read_that_breaks_is_said_and_nothing_counted_from_it() {
    let project = TestProject::quickstart(PEOPLE, "");
    let mut watching = watched(&project);
    let accounts = project.read("accounts.jsonl");
    fs::remove_file(project.file("people.csv")).unwrap();
    stops_as_a_plan_does(&project, &watching.answer(), "there is no file `people.csv`");
    project.write("people.csv", PEOPLE);
    assert_eq!(number(&watching.answer(), "to_write"), 0);
    project.write("people.csv", PEOPLE.replace("Number;", "Nummer;"));
    stops_as_a_plan_does(&project, &watching.answer(), "`Number`");
    project.write("people.csv", PEOPLE);
    assert_eq!(number(&watching.answer(), "to_write"), 0);
    project.write("accounts.jsonl", format!("{accounts}{{\"id\": \n"));
    stops_as_a_plan_does(&project, &watching.answer(), "`accounts.jsonl`, line 3");
    project.write("accounts.jsonl", &accounts);
    assert_eq!(number(&watching.answer(), "to_write"), 0);
    watching.end();
}

#[test]
fn a_file_that_is_as_before_says_that_the_generation_is_unchanged() {
    let project = TestProject::quickstart(PEOPLE, "");
    let mut watching = watched(&project);
    assert!(!watching.first.contains("unchanged"), "{}", watching.first);
    let good = project.read("quickstart.sync");
    project.write("quickstart.sync", good.replace("field email", "feild email"));
    assert!(watching.answer().starts_with("refused generation=2 live=1 "));
    project.write("quickstart.sync", &good);
    let back = watching.answer();
    assert!(back.starts_with("live generation=1 unchanged=true "), "{back}");
    project.write("quickstart.sync", good.replace("field email = ", "field email = null ?? "));
    let other = watching.answer();
    assert!(other.starts_with("live ") && !other.contains("unchanged"), "{other}");
    watching.end();
}

#[test]
fn another_source_is_read_and_judged() {
    let project = TestProject::quickstart(PEOPLE, "");
    project.write("people2.csv", format!("{PEOPLE}3;Cat;Fox;cat@example.com;;no\n4;Dan;Elk;dan@example.com;;no\n"));
    let mut watching = watched(&project);
    let good = project.read("quickstart.sync");
    project.write("quickstart.sync", good.replace("\"people.csv\"", "\"people2.csv\""));
    assert_eq!(number(&watching.answer(), "to_write"), 2);
    project.write("people2.csv", format!("{PEOPLE}3;Cat;Fox;cat@example.com;;no\n"));
    assert_eq!(number(&watching.answer(), "to_write"), 1, "the new source is watched too");
    project.write("quickstart.sync", &good);
    assert_eq!(number(&watching.answer(), "to_write"), 0);
    watching.end();
}

#[test]
fn the_configuration_is_watched_and_read_again() {
    let project = TestProject::quickstart(PEOPLE, "");
    let text = project.read("quickstart.sync");
    let with_setting = text.replace("  field email", "  setting prefix : text = \"a\"\n  field tag = setting.prefix\n  field email");
    project.write("quickstart.sync", with_setting);
    let mut watching = watched(&project);
    let plan = fact(&watching.first, "execution_plan");
    project.write("counterpart.toml", "[env.production.quickstart]\nprefix = \"b\"\n");
    let other = watching.answer();
    assert!(other.starts_with("live ") && fact(&other, "execution_plan") != plan, "{other}");
    let shown = project.counterpart(&["show", "quickstart", "--format", "json"]).out;
    assert!(shown.contains(&fact(&other, "execution_plan")), "the plan of a run now");
    project.write("counterpart.toml", "[env.production.quickstart\n");
    let broken = watching.answer();
    assert!(broken.starts_with("refused ") && broken.contains("counterpart.toml"), "{broken}");
    project.write("counterpart.toml", "");
    assert_eq!(fact(&watching.answer(), "execution_plan"), plan);
    watching.end();
}

#[test]
fn another_default_environment_is_refused_until_the_watch_starts_again() {
    let project = TestProject::quickstart(PEOPLE, "");
    let environments = "[env.production.quickstart]\n[env.test.quickstart]\n";
    project.write("counterpart.toml", format!("default = \"production\"\n{environments}"));
    let mut watching = watched(&project);
    project.write("counterpart.toml", format!("default = \"test\"\n{environments}"));
    let other = watching.answer();
    assert!(other.starts_with("refused ") && other.contains("selects the environment `test` now"), "{other}");
    project.write("counterpart.toml", format!("default = \"production\"\n{environments}"));
    assert!(watching.answer().starts_with("live "));
    watching.end();
}

#[test]
fn a_new_neighbour_that_clashes_is_told() {
    let project = TestProject::quickstart(PEOPLE, "");
    let text = project.read("quickstart.sync");
    let at = text.find("pipeline quickstart").unwrap();
    project.write("systems/files.sync", &text[..at]).write("quickstart.sync", format!("use \"systems/files.sync\"\n{}", &text[at..]));
    let mut watching = watched(&project);
    project.write("second.sync", project.read("quickstart.sync").replace("pipeline quickstart", "pipeline second"));
    let answer = watching.answer();
    assert!(answer.starts_with("refused "), "both write the same accounts: {answer}");
    assert!(watching.line_with("E0425").contains("quickstart"), "the mistake and its place");
    fs::remove_file(project.file("second.sync")).unwrap();
    assert!(watching.answer().starts_with("live "));
    watching.end();
}

/// Reading again would ask vendors, so a save that lists another way is judged on what was read before, and that is said.
#[test]
fn a_save_that_reads_another_way_says_what_it_was_judged_on() {
    let (lucca, reward) = (StandIn::new(Lucca::new(Vec::new())), StandIn::new(RewardGateway::new()));
    let fixture = VendorFixture::new("").served("lucca", &lucca).served("reward_gateway", &reward);
    let project = &fixture.project;
    let mut watching = Watching::of(&mut project.command(&["watch", INTEGRATION_A]));
    assert!(!watching.first.contains("data="), "it was read by the plan that judged: {}", watching.first);
    let asked = lucca.lines().len();

    let system = project.read("systems/lucca.sync");
    let other = system.replace("\"id,asc\"", "\"id,desc\"");
    assert_ne!(other, system);
    project.write("systems/lucca.sync", &other);
    let answer = watching.answer();
    assert!(answer.starts_with("live generation=2 ") && answer.ends_with(" data=other"), "{answer}");
    assert_eq!(lucca.lines().len(), asked, "nobody was asked");

    project.write("systems/lucca.sync", &system);
    let back = watching.answer();
    assert!(back.starts_with("live ") && !back.contains("data="), "{back}");
    let file = project.read(FILE);
    let mapped = file.replace("| trim | lower", "| trim");
    assert_ne!(mapped, file);
    project.write(FILE, mapped);
    let mapped = watching.answer();
    assert!(mapped.starts_with("live ") && !mapped.contains("data="), "another value of the same records: {mapped}");
    watching.end();
}

#[test]
fn a_watch_that_begins_on_a_broken_file_waits_until_it_is_fixed() {
    let project = TestProject::quickstart(PEOPLE, "");
    let good = project.read("quickstart.sync");
    project.write("quickstart.sync", good.replace("field email", "feild email"));
    let mut watching = Watching::of(&mut project.command(&["watch", "quickstart"]));
    assert_eq!(watching.first, "refused generation=0 live=0 execution_plan=none");
    assert!(watching.line_with("E0104").contains("quickstart.sync:"), "the mistake and its place");
    project.write("quickstart.sync", good.replace("field email", "fieldd email"));
    assert!(watching.answer().starts_with("refused generation=0 "), "another mistake");
    project.write("quickstart.sync", &good);
    assert!(watching.answer().starts_with("live generation=1 "));
    watching.end();
}

#[test]
fn a_watch_that_waits_for_a_fix_can_be_ended() {
    let project = TestProject::quickstart(PEOPLE, "");
    project.write("quickstart.sync", project.read("quickstart.sync").replace("field email", "feild email"));
    Watching::of(&mut project.command(&["watch", "quickstart"])).end();
}
