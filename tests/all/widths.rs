//! Every screen at every width: no line is longer than the screen, and no word is cut.

use super::project::{Answer, TestProject};
use std::collections::BTreeSet;
use unicode_width::UnicodeWidthStr as _;

const WIDTHS: [usize; 6] = [60, 80, 100, 120, 160, 200];

fn shown(project: &TestProject, args: &[&str], width: usize) -> Answer {
    let mut command = project.command(args);
    command.args(["--format", "text"]).env("COLUMNS", width.to_string()).output().unwrap().into()
}

fn words(text: &str) -> BTreeSet<&str> {
    text.split_whitespace().filter(|word| !word.starts_with('─') && !word.contains('…')).collect()
}

/// A line of one word, such as a path, may be longer than the screen.
fn fits(line: &str, width: usize) -> bool {
    line.width() <= width || line.split_whitespace().count() == 1
}

/// The same in colour, without the colours.
fn bleached(project: &TestProject, args: &[&str], width: usize) -> String {
    let colored = shown(project, &[args, &["--color", "always"]].concat(), width).out;
    let mut parts = colored.split("\u{1b}[");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |text, part| text + part.split_once('m').map_or(part, |(_, rest)| rest))
}

/// Narrow screens may omit words but never cut one: a piece of a number or an id would be a word that no wider screen has.
#[track_caller]
fn fits_all(project: &TestProject, args: &[&str]) {
    let wide = shown(project, args, 200).out;
    assert!(!wide.is_empty(), "{args:?}");
    let all: BTreeSet<&str> = words(&wide);
    for width in WIDTHS {
        let told = shown(project, args, width).out;
        for line in told.lines() {
            assert!(fits(line, width), "{args:?} at {width}: {} columns\n{line}\n\n{told}", line.width());
        }
        let new: Vec<&str> = words(&told).difference(&all).copied().collect();
        assert!(new.is_empty(), "{args:?} at {width}: {new:?}\n{told}\n{wide}");
    }
    assert_eq!(bleached(project, args, 100), shown(project, args, 100).out, "colours take no room: {args:?}");
}

#[test]
fn what_is_known_of_a_folder() {
    let project = TestProject::with_pipelines();
    for args in [
        &["check"][..],
        &[],
        &["show", "lucca_to_reward_gateway"],
        &["show", "wicket_people_to_arlo"],
        &["settings"],
        &["settings", "--sandbox"],
        &["explain", "E0311"],
        &["explain", "title_case"],
    ] {
        fits_all(&project, args);
    }
    let wrong = project.read("lucca_to_reward_gateway.sync").replace("keep when missing", "").replace("employee.email", "employee.mail");
    project.write("lucca_to_reward_gateway.sync", wrong);
    fits_all(&project, &["check"]);
}

#[test]
fn what_a_run_would_do_and_did() {
    let project = TestProject::with_pipelines();
    let pipeline = "lucca_to_reward_gateway";
    let first = project.sandboxed(&["plan", pipeline]);
    let first = first.keys("id")[0].clone();
    for args in [&["show", &first, "--people", "full"][..], &["show", &first, "--filter", "linked"]] {
        fits_all(&project, &[args, &["--sandbox"]].concat());
    }
    assert!(shown(&project, &["run", pipeline, "--sandbox", "--people", "full"], 80).out.lines().all(|line| fits(line, 80)));
    project.sandboxed(&["sandbox", pipeline, "--load", "next_day"]);
    assert!(shown(&project, &["run", pipeline, "--sandbox", "--people", "full"], 60).out.lines().all(|line| fits(line, 60)));
    // The duration differs each time.
    assert!(shown(&project, &["settings", "verify", pipeline, "--sandbox"], 60).out.lines().all(|line| fits(line, 60)));
    for args in [
        &["history"][..],
        &["errors", "1", "--people", "full"],
        &["errors", "2", "--people", "full"],
        &["show", "1"],
        &[],
        &["suggest", pipeline],
    ] {
        fits_all(&project, &[args, &["--sandbox"]].concat());
    }
}
