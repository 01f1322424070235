//! The documents lead somewhere, speak plainly, and show what is printed: every link has a target, no retired word comes back, and
//! the screens of the README and the guides are answers of the program.

use super::{
    project::{INTEGRATION_A, TestProject},
    suggest::without_map,
};
use regex::Regex;
use std::{
    fs,
    path::{Path, PathBuf},
};

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// Private words and turns of phrase that the documents had once (the better word is in the text that replaced them).
const RETIRED: &str = r"(?i)\b(had anew|is none of|mends?|mended|heeds?|nobody guesses|as far as that goes|besides:|told of their)\b";

/// Every Markdown document that is written by hand, or generated for readers.
fn documents() -> Vec<(PathBuf, String)> {
    let root = Path::new(ROOT);
    let mut all =
        vec![root.join("README.md"), root.join("CONTRIBUTING.md"), root.join("CHANGELOG.md"), root.join("pipelines/seed/README.md")];
    collect(&root.join("docs"), &mut all);
    all.into_iter().map(|path| (path.clone(), fs::read_to_string(path).unwrap())).collect()
}

fn collect(folder: &Path, all: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => collect(&path, all),
            false if path.extension().is_some_and(|extension| extension == "md") => all.push(path),
            false => {}
        }
    }
}

/// The anchor that a heading gets: lower case, blanks as hyphens, without other signs.
fn anchor(heading: &str) -> String {
    let kept = heading.trim_start_matches('#').trim().to_lowercase();
    kept.chars().filter(|sign| sign.is_alphanumeric() || " -_".contains(*sign)).map(|sign| if sign == ' ' { '-' } else { sign }).collect()
}

/// Why a link leads nowhere; none where it leads to a file, and to a heading of it.
fn broken(from: &Path, path: &str, heading: Option<&str>) -> Option<String> {
    let target = if path.is_empty() { from.to_path_buf() } else { from.parent().unwrap().join(path) };
    if !target.exists() {
        return Some(format!("{}: no file {path}", from.display()));
    }
    let heading = heading?;
    let text = fs::read_to_string(&target).unwrap();
    let there = text.lines().filter(|line| line.starts_with('#')).any(|line| anchor(line) == heading);
    (!there).then(|| format!("{}: no heading #{heading} in {}", from.display(), target.display()))
}

#[test]
fn every_link_leads_to_a_file_and_to_a_heading() {
    let link = Regex::new(r"\]\(([^)#:\s]*)(?:#([^)]+))?\)").unwrap();
    let mut faults = Vec::new();
    let mut links = 0;
    for (file, text) in documents() {
        for found in link.captures_iter(&text).filter(|found| found.get(0).unwrap().as_str() != "]()") {
            links += 1;
            faults.extend(broken(&file, &found[1], found.get(2).map(|heading| heading.as_str())));
        }
    }
    assert!(links > 150, "{links}");
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn no_retired_word_comes_back() {
    let retired = Regex::new(RETIRED).unwrap();
    let mut faults = Vec::new();
    // What the program prints is tested where it is printed: the reference, and blocks of code.
    for (file, text) in documents().into_iter().filter(|(file, _)| !file.ends_with("reference.md")) {
        let mut shown = false;
        for (line, number) in text.lines().zip(1..) {
            shown ^= line.starts_with("```");
            if let Some(word) = retired.find(line).filter(|_| !shown) {
                faults.push(format!("{}:{number}: {}", file.display(), word.as_str()));
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// The lines that a document shows below a command, up to the end of the block.
fn shown<'d>(document: &'d str, command: &str) -> impl Iterator<Item = &'d str> {
    let begin = document.find(&format!("$ counterpart {command}\n")).unwrap_or_else(|| panic!("{command} is not shown"));
    let lines = document[begin..].lines().skip(1).take_while(|line| *line != "```");
    lines.filter(|line| !line.is_empty() && *line != "…")
}

/// Without what differs each day and each time, and with single blanks.
fn usual(line: &str) -> String {
    let day = Regex::new(r"\d{4}-\d{2}-\d{2}").unwrap();
    let id = Regex::new("[cp]-[0-9a-f]{8}").unwrap();
    let line = day.replace_all(line, "DAY");
    id.replace_all(&line, "ID").split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Every line that a document shows is a line of the answer, in the same order.
#[track_caller]
fn is_shown(document: &str, command: &str, answer: &str) {
    let mut answered = answer.lines().map(usual);
    for line in shown(document, command) {
        assert!(answered.any(|there| there == usual(line)), "{line:?} is shown, and the answer is\n{answer}");
    }
}

#[test]
fn the_readme_shows_what_plan_prints_on_the_next_day() {
    let project = TestProject::with_pipelines();
    assert_eq!(project.sandboxed(&["run", INTEGRATION_A]).code, 0);
    assert_eq!(project.sandboxed(&["sandbox", INTEGRATION_A, "--load", "next_day"]).code, 0);
    let plan = project.sandboxed(&["plan", INTEGRATION_A, "--format", "text", "--people", "full"]);
    let readme = fs::read_to_string(Path::new(ROOT).join("README.md")).unwrap();
    is_shown(&readme, &format!("plan {INTEGRATION_A} --sandbox"), &plan.out);
}

#[test]
fn the_guide_to_suggestions_shows_what_suggest_prints() {
    let project = TestProject::with_pipelines();
    assert_eq!(project.sandboxed(&["run", INTEGRATION_A]).code, 0);
    let file = format!("{INTEGRATION_A}.sync");
    project.write(&file, without_map(&project.read(&file)));
    let answer = project.sandboxed(&["suggest", INTEGRATION_A, "--format", "text"]);
    let guide = fs::read_to_string(Path::new(ROOT).join("docs/suggest.md")).unwrap();
    is_shown(&guide, &format!("suggest {INTEGRATION_A} --sandbox"), &answer.out);
}

/// The map of CONTRIBUTING is true of the tree: every place that it names is there.
#[test]
fn the_map_of_the_tree_leads_to_files_and_folders() {
    let contributing = fs::read_to_string(Path::new(ROOT).join("CONTRIBUTING.md")).unwrap();
    let (_, map) = contributing.split_once("| to change | go to |").unwrap();
    let place = Regex::new(r"`((?:src|docs|grammar)/[^`]+)`").unwrap();
    let places: Vec<_> = place.captures_iter(map).map(|found| found[1].to_owned()).collect();
    assert!(places.len() > 20 && map.lines().count() > 20, "{places:?}");
    for place in places {
        assert!(Path::new(ROOT).join(&place).exists(), "{place} is not in the tree");
    }
}

/// What a row of the seed's table says of one run: created, updated, sent, left, returned.
fn counts(cell: &str) -> [u64; 5] {
    let of = |word: &str| {
        let number = Regex::new(&format!(r"(\d+) (?:is |are )?{word}\b")).unwrap();
        number.captures(cell).map_or(0, |found| found[1].parse().unwrap())
    };
    ["create", "update", "sent", "leave", "return"].map(of)
}

/// What a run of the sandbox did, in the same order.
#[track_caller]
fn did(project: &TestProject, pipeline: &str) -> [u64; 5] {
    let run = project.sandboxed(&["run", pipeline]);
    assert_eq!(run.code, 0, "{run:?}");
    ["created", "updated", "sent", "left", "returned"].map(|what| run.count("result", what))
}

/// Every number of the table is what the sandbox gives: four runs of each pipeline, in the order of the table.
#[test]
fn the_seeds_guide_gives_the_numbers_of_each_run() {
    let guide = fs::read_to_string(Path::new(ROOT).join("pipelines/seed/README.md")).unwrap();
    let row = |pipeline: &str| -> Vec<String> {
        let line = guide.lines().find(|line| line.starts_with(&format!("| `{pipeline}`"))).unwrap_or_else(|| panic!("{pipeline}"));
        line.split('|').skip(2).take(4).map(|cell| cell.trim().to_owned()).collect()
    };
    for family in [
        &["sage_people_to_oomnitza"][..],
        &["arlo_contacts_to_wicket", "wicket_people_to_arlo", "wicket_organisations_to_arlo", "arlo_registrations_to_touchpoints"],
    ] {
        let project = TestProject::with_pipelines();
        let day = |cells: [usize; 2]| {
            for at in cells {
                for pipeline in family {
                    let cell = &row(pipeline)[at];
                    assert_eq!(did(&project, pipeline), counts(cell), "{pipeline}: {cell}");
                }
            }
        };
        day([0, 1]);
        assert_eq!(project.sandboxed(&["sandbox", family[0], "--load", "next_day"]).code, 0);
        day([2, 3]);
    }
    let integration = fs::read_to_string(Path::new(ROOT).join("docs/integrations/sage_people_to_oomnitza.md")).unwrap();
    let sage = row("sage_people_to_oomnitza");
    let said = integration.split_whitespace().collect::<Vec<_>>().join(" ");
    for words in [format!("({})", sage[0]), format!("the same again: {}", sage[2])] {
        assert!(said.contains(&words), "the guide of the integration says {words}");
    }
}
