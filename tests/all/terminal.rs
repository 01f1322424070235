//! The command at a terminal of its own: the questions that it asks there, and the hints that only a person sees.

use super::project::{INTEGRATION_A, TestProject};
use std::{
    fs::File,
    io::{Read as _, Write as _},
    os::{
        fd::{FromRawFd as _, OwnedFd},
        unix::process::CommandExt as _,
    },
    process::{Child, Stdio},
    sync::mpsc::{Receiver, channel},
    time::Duration,
};

/// Generous, because the machine may be busy.
const LONG: Duration = Duration::from_secs(20);

/// A process whose input and output are a pseudo-terminal.
pub struct TerminalSession {
    child: Child,
    keyboard: File,
    output: Receiver<String>,
    /// Everything printed so far.
    screen: String,
    /// How much of the screen earlier waits have used.
    used: usize,
}

/// Both ends of a new pseudo-terminal of this width: the keyboard's and the process's.
fn pseudo_terminal(columns: u16) -> (OwnedFd, OwnedFd) {
    let (mut ours, mut theirs) = (0, 0);
    let size = libc::winsize { ws_row: 50, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 };
    // SAFETY: the pointers are to locals; a name and settings are not asked for.
    let opened = unsafe { libc::openpty(&raw mut ours, &raw mut theirs, std::ptr::null_mut(), std::ptr::null(), &raw const size) };
    assert_eq!(opened, 0, "{}", std::io::Error::last_os_error());
    // SAFETY: `openpty` returned both descriptors, and nothing else owns them.
    unsafe { (OwnedFd::from_raw_fd(ours), OwnedFd::from_raw_fd(theirs)) }
}

impl TerminalSession {
    /// Starts the command in the project's folder, at a wide terminal.
    pub fn start(project: &TestProject, args: &[&str]) -> Self {
        Self::of(project, args, None)
    }

    /// The same where standard input is a text: the terminal is that of the process.
    pub fn with_input(project: &TestProject, args: &[&str], input: &str) -> Self {
        Self::of(project, args, Some(input))
    }

    fn of(project: &TestProject, args: &[&str], input: Option<&str>) -> Self {
        let (ours, theirs) = pseudo_terminal(200);
        let mut command = project.command(args);
        command.env("NO_COLOR", "1").env("TERM", "xterm").env("TZ", "UTC");
        let stdin = if input.is_some() { Stdio::piped() } else { theirs.try_clone().unwrap().into() };
        command.stdin(stdin).stdout(theirs.try_clone().unwrap()).stderr(theirs);
        // SAFETY: between fork and exec only two system calls are made, on a descriptor that is open.
        unsafe {
            command.pre_exec(|| {
                let taken = libc::setsid() != -1 && libc::ioctl(libc::STDERR_FILENO, libc::TIOCSCTTY, 0) != -1;
                if taken { Ok(()) } else { Err(std::io::Error::last_os_error()) }
            });
        }
        let mut child = command.spawn().unwrap();
        if let (Some(input), Some(mut stdin)) = (input, child.stdin.take()) {
            stdin.write_all(input.as_bytes()).unwrap();
        }
        // The command still holds the other end; the screen ends only when the process is the last to have it open.
        drop(command);
        let keyboard = File::from(ours);
        let mut reader = keyboard.try_clone().unwrap();
        let (sender, output) = channel();
        std::thread::spawn(move || {
            let mut bytes = [0; 4096];
            // When the process ends, reading fails or gives nothing.
            while let Ok(n @ 1..) = reader.read(&mut bytes) {
                if sender.send(String::from_utf8_lossy(&bytes[..n]).into_owned()).is_err() {
                    return;
                }
            }
        });
        Self { child, keyboard, output, screen: String::new(), used: 0 }
    }

    /// Waits until these words are printed after those of the last wait.
    #[track_caller]
    pub fn wait_for(&mut self, words: &str) -> &mut Self {
        loop {
            if let Some(at) = self.screen[self.used..].find(words) {
                self.used += at + words.len();
                return self;
            }
            let Ok(more) = self.output.recv_timeout(LONG) else { panic!("`{words}` does not come:\n{}", self.screen) };
            self.screen.push_str(&more.replace('\r', ""));
        }
    }

    /// Types a line.
    pub fn answer(&mut self, line: &str) -> &mut Self {
        writeln!(self.keyboard, "{line}").unwrap();
        self
    }

    /// Waits for the end, and gives the exit code with all that was printed.
    #[track_caller]
    pub fn end(mut self) -> (i32, String) {
        while let Ok(more) = self.output.recv_timeout(LONG) {
            self.screen.push_str(&more.replace('\r', ""));
        }
        (self.child.wait().unwrap().code().unwrap_or(-1), std::mem::take(&mut self.screen))
    }
}

impl Drop for TerminalSession {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What the command prints at a terminal; it succeeds.
#[track_caller]
fn at_a_terminal(project: &TestProject, args: &[&str]) -> String {
    let (code, screen) = TerminalSession::start(project, args).end();
    assert_eq!(code, 0, "{args:?}\n{screen}");
    screen
}

const PEOPLE: &str = "number,name,last_day\n1,Anna Berg,\n2,Paul Durand,31/12/2019\n";
const ACCOUNTS: &str = "{\"id\":\"9\",\"name\":\"Old Account\"}\n";

#[test]
fn new_asks_for_each_answer_and_asks_again_after_one_it_cannot_use() {
    let project = TestProject::empty();
    project.write("people.csv", PEOPLE).write("accounts.jsonl", ACCOUNTS);
    let mut session = TerminalSession::start(&project, &["new"]);
    session.wait_for("a CSV or JSON lines file").wait_for("source       › ").answer("peopel.csv");
    session.wait_for("`peopel.csv` can't be read").wait_for("source       › ").answer("people.csv");
    session.wait_for("target       › ").answer("accounts.jsonl");
    session.wait_for("such as number=id").wait_for("who is who   › ").answer("number");
    session.wait_for("who is who   › ").answer("number=id");
    session.wait_for("the attribute with the last day (last_day), or none").wait_for("leavers      › ").answer("none");
    session.wait_for("Enter takes UTC").wait_for("zone         › ").answer("Europe/Pariss");
    session.wait_for("`Europe/Pariss` is not a time zone").wait_for("zone         › ").answer("");
    session.wait_for("Enter takes people_to_accounts").wait_for("name         › ").answer("");
    let (code, screen) = session.end();
    assert_eq!(code, 0, "{screen}");
    assert!(screen.contains("wrote people_to_accounts.sync; changed nothing on either side"), "{screen}");
    assert!(screen.contains("next: counterpart plan people_to_accounts"), "{screen}");
    let text = project.read("people_to_accounts.sync");
    assert!(text.contains("zone") && text.contains("UTC"), "{text}");
    assert_eq!(project.counterpart(&["check"]).code, 0, "{text}");
}

#[test]
fn new_gives_up_when_a_question_stays_without_an_answer_and_writes_nothing() {
    let project = TestProject::empty();
    project.write("people.csv", PEOPLE);
    let before = project.everything();
    let mut session = TerminalSession::start(&project, &["new"]);
    for _ in 0..3 {
        session.wait_for("source       › ").answer("");
        session.wait_for("nothing was typed");
    }
    let (code, screen) = session.end();
    assert_eq!(code, 2, "{screen}");
    assert!(screen.contains("`source` has no answer; nothing was written"), "{screen}");
    assert_eq!(project.everything(), before);
}

#[test]
fn verify_says_that_a_stand_in_answered() {
    let project = TestProject::with_pipelines();
    let screen = at_a_terminal(&project, &["settings", "verify", INTEGRATION_A, "--sandbox"]);
    for system in ["lucca", "reward_gateway"] {
        let row = screen.lines().find(|line| line.contains(&format!("✓ {system} "))).unwrap_or_else(|| panic!("{system}\n{screen}"));
        assert!(row.contains("the stand-in for "), "{row}");
    }
}

#[test]
fn a_run_with_held_records_hints_at_the_command_that_lists_them() {
    let people = "Number;First name;Last name;Email;Left on;Manager\n1;Anna;Berg;anna@example.com;;\n2;Paul;Durand;same@example.com;;\n3;Ada;Moreau;same@example.com;;\n";
    let project = TestProject::quickstart(people, "");
    let screen = at_a_terminal(&project, &["run", "quickstart", "--sandbox"]);
    let hint = screen.lines().find_map(|line| line.strip_prefix("next: counterpart ")).unwrap_or_else(|| panic!("no hint\n{screen}"));
    assert_eq!(hint, "held quickstart --sandbox");
    let listed = at_a_terminal(&project, &hint.split(' ').collect::<Vec<_>>());
    assert!(listed.contains("2 records wait for a person") && listed.contains("? 2 "), "{listed}");
}

#[test]
fn a_run_with_rejected_and_held_records_hints_at_what_waits_and_not_at_errors() {
    let project = TestProject::with_pipelines();
    let screen = at_a_terminal(&project, &["run", INTEGRATION_A, "--sandbox"]);
    assert!(screen.contains("next: counterpart held lucca_to_reward_gateway --sandbox"), "{screen}");
}

#[test]
fn the_command_after_a_history_without_runs_names_one_of_several_pipelines() {
    let project = TestProject::with_pipelines();
    let screen = at_a_terminal(&project, &["history", "--sandbox"]);
    assert!(screen.contains("next: counterpart plan arlo_contacts_to_wicket --sandbox"), "{screen}");
}

#[test]
fn the_status_says_that_the_runs_were_in_the_sandbox() {
    let project = TestProject::with_pipelines();
    let note = "the sandbox has one: select it with `--sandbox`";
    assert!(!at_a_terminal(&project, &[]).contains(note));
    assert_eq!(project.sandboxed(&["run", INTEGRATION_A]).code, 0);
    assert!(at_a_terminal(&project, &[]).contains(note));
    assert!(!at_a_terminal(&project, &["--sandbox"]).contains(note));
}

#[test]
fn history_counts_people_who_returned() {
    let project = TestProject::with_pipelines();
    project.sandboxed(&["run", INTEGRATION_A]);
    project.sandboxed(&["sandbox", INTEGRATION_A, "--load", "next_day"]);
    let run = project.sandboxed(&["run", INTEGRATION_A]);
    assert_eq!((run.code, run.count("result", "returned")), (0, 1), "{run:?}");
    let screen = at_a_terminal(&project, &["history", "--sandbox"]);
    let mut lines = screen.lines();
    let head = lines.next().unwrap_or_default();
    let right = |head: &str, name: &str| head.find(name).map(|at| at + name.len()).unwrap_or_else(|| panic!("no {name} in {head}"));
    // Numbers end below the end of their head.
    let cell = |line: &str| line[..right(head, "returned")].rsplit(' ').next().unwrap_or_default().to_owned();
    assert_eq!(lines.take(2).map(cell).collect::<Vec<_>>(), ["1", "0"], "{screen}");
}
