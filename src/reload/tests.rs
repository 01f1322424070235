//! Law 14, with real files and real events: whatever is done to the files, the last valid content is in force.

#![expect(clippy::disallowed_methods, reason = "tests write files, and measure how soon a save is answered")]

use super::*;
use crate::compile::{
    ExecutionPlan,
    pipeline::{CompileError, compile, pipelines},
    texts::Settings,
};
use std::{fmt::Write, fs, os::unix::fs::symlink, path::Path, time::Instant};

const LONG: Duration = Duration::from_secs(5);

/// The same throws in every run of the test.
struct Dice(u64);

impl Dice {
    /// A number below `sides`.
    fn throw(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % sides
    }

    /// A pause as an editor makes it, or none.
    fn pause(&mut self) {
        std::thread::sleep(Duration::from_millis(self.throw(20)));
    }
}

type Plans = Reload<ExecutionPlan, CompileError>;

/// The plan of the only pipeline, by its hash.
fn planned(project: &Project) -> Result<(String, ExecutionPlan), CompileError> {
    let name = pipelines(project).first().cloned().unwrap_or_default();
    compile(project, &name, &Settings(&[]), false).map(|plan| (plan.hash.clone(), plan))
}

/// A pipeline that uses a system in another file.
struct TestProject {
    folder: tempfile::TempDir,
    reload: Plans,
}

impl TestProject {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("systems")).unwrap();
        fs::write(folder.path().join("a.sync"), pipeline("0")).unwrap();
        fs::write(folder.path().join("systems/files.sync"), system("0")).unwrap();
        let (reload, answer) = Reload::open(
            &Host::real(),
            folder.path().join("a.sync"),
            disk::DiscoverySource::default(),
            Box::new(|_| ()),
            Box::new(planned),
        );
        assert_eq!(answer.swapped, Swapped::Taken(1), "{:?}", answer.checked.diagnostics);
        Self { folder, reload }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn title(&self) -> String {
        self.reload.live.current().unwrap().value.title.clone()
    }

    /// The title and the system's title in force.
    fn in_force(&self) -> [String; 2] {
        [self.title(), self.reload.live.current().unwrap().value.source.system.title.clone()]
    }
}

fn pipeline(title: &str) -> String {
    format!(
        "use \"systems/files.sync\"\npipeline a {{\n  title \"{title}\"\n  from files.people as person\n  to files.accounts\n  key person.id\n  match {{\n    id = person.id\n  }}\n  mode create and update\n  map {{\n    id = person.id\n  }}\n}}\n"
    )
}

fn system(title: &str) -> String {
    let collection = |name: &str, file: &str| {
        format!(
            "  collection {name} {{\n    file \"{file}\" json_lines\n    key id\n    attributes {{\n      id : text unique at $.id\n    }}\n  }}\n"
        )
    };
    format!(
        "system files {{\n  title \"{title}\"\n{}{}}}\n",
        collection("people", "people.jsonl"),
        collection("accounts", "accounts.jsonl")
    )
}

/// The ways in which editors and deployments save.
fn save(dice: &mut Dice, folder: &Path, file: &Path, text: &str) -> &'static str {
    let aside = folder.join(format!("aside-{}.tmp", dice.throw(1 << 30)));
    let ways = ["in place", "by rename", "emptied first", "in two writes", "through a link", "removed first", "moved away first"];
    let way = dice.throw(ways.len() as u64) as usize;
    match way {
        0 => fs::write(file, text).unwrap(),
        1 => {
            fs::write(&aside, text).unwrap();
            fs::rename(&aside, file).unwrap();
        }
        2 => {
            fs::write(file, "").unwrap();
            dice.pause();
            fs::write(file, text).unwrap();
        }
        3 => {
            fs::write(file, &text[..text.len() / 2]).unwrap();
            fs::write(file, text).unwrap();
        }
        4 => {
            fs::create_dir_all(folder.join("elsewhere")).unwrap();
            let real = folder.join("elsewhere").join(aside.file_name().unwrap());
            fs::write(&real, text).unwrap();
            symlink(&real, &aside).unwrap();
            fs::rename(&aside, file).unwrap();
        }
        5 => {
            let _ = fs::remove_file(file);
            dice.pause();
            fs::write(file, text).unwrap();
        }
        _ => {
            let _ = fs::rename(file, file.with_extension("sync~"));
            fs::write(file, text).unwrap();
        }
    }
    ways[way]
}

/// Breaks a file: wrong text, empty, gone, not UTF-8, a folder in its place.
fn break_it(dice: &mut Dice, folder: &Path, file: &Path, good: &str) -> &'static str {
    match dice.throw(5) {
        0 => save(dice, folder, file, &good.replacen("title", "titel", 1)),
        1 => {
            fs::write(file, &good[..good.len() / 2]).unwrap();
            "cut in half"
        }
        2 => {
            fs::write(file, "").unwrap();
            "emptied"
        }
        3 => {
            let _ = fs::remove_file(file);
            "removed"
        }
        _ => {
            fs::write(file, b"\xff\xfe").unwrap();
            "not UTF-8"
        }
    }
}

/// What the 200 saves have made of the files until now.
struct Scenario {
    dice: Dice,
    desk: TestProject,
    /// The titles that stand in the files, and those of the last moment when both were good.
    written: [String; 2],
    good: [String; 2],
    broken: [bool; 2],
    last_number: u64,
    latencies: Vec<Duration>,
}

impl Scenario {
    fn step(&mut self, step: u32) {
        let which = self.dice.throw(2) as usize;
        let breaks = self.dice.throw(3) == 0;
        let (file, text) = match which {
            0 => (self.desk.path("a.sync"), pipeline(&step.to_string())),
            _ => (self.desk.path("systems/files.sync"), system(&step.to_string())),
        };
        self.broken[which] = breaks;
        if !breaks {
            self.written[which] = step.to_string();
        }
        let wanted = (self.broken == [false, false]).then(|| self.written.clone());
        let told = self.saved_and_answered(&file, &text, breaks, wanted.as_ref());
        self.good = wanted.unwrap_or_else(|| self.good.clone());
        assert_eq!(self.desk.in_force(), self.good, "step {step}, {:?}, broken {:?}, {told}", file.file_name(), self.broken);
    }

    /// Saves while the watcher waits, and takes its answers.
    fn saved_and_answered(&mut self, file: &Path, text: &str, breaks: bool, wanted: Option<&[String; 2]>) -> String {
        let folder = self.desk.folder.path().to_owned();
        let dice = &mut self.dice;
        std::thread::scope(|scope| {
            let saving = scope.spawn(move || {
                dice.pause();
                let way = if breaks { break_it(dice, &folder, file, text) } else { save(dice, &folder, file, text) };
                (way, Instant::now())
            });
            let told = answered(&mut self.desk, wanted, &mut self.last_number);
            let (now, (way, saved)) = (Instant::now(), saving.join().unwrap());
            if wanted.is_some() {
                self.latencies.push(now.saturating_duration_since(saved));
            }
            format!("{way}, {told}")
        })
    }
}

#[test]
fn after_200_random_saves_breakages_renames_and_removals_the_last_valid_content_is_in_force() {
    let titles = || ["0".to_owned(), "0".to_owned()];
    let (written, good) = (titles(), titles());
    let mut course =
        Scenario { dice: Dice(14), desk: TestProject::new(), written, good, broken: [false; 2], last_number: 1, latencies: Vec::new() };
    (1..=200).for_each(|step| course.step(step));
    let mut latencies = course.latencies;
    latencies.sort();
    let at = |percent: usize| latencies[(latencies.len() - 1) * percent / 100].as_millis();
    println!("{} good saves answered: half within {} ms, 95 % within {} ms, all within {} ms", latencies.len(), at(50), at(95), at(100));
    assert!(latencies.len() > 50 && at(50) < 100, "half of the saves are answered within {} ms", at(50));
}

/// Takes answers until the one that the save calls for, or, if none is to be taken, until nothing more is said; numbers only grow.
fn answered(desk: &mut TestProject, wanted: Option<&[String; 2]>, last_number: &mut u64) -> String {
    let patience = if wanted.is_some() { LONG } else { Duration::from_millis(150) };
    let mut told = String::new();
    while let Some(answer) = desk.reload.wait(patience) {
        let _ = write!(told, "{:?} {:?}; ", answer.swapped, answer.checked.diagnostics.first().map(|one| &one.message));
        let refused = matches!(answer.swapped, Swapped::Refused(_));
        assert!(!refused || !answer.checked.diagnostics.is_empty() || answer.refusal.is_some(), "a refusal says why");
        if let Swapped::Taken(number) | Swapped::Refused(number) = answer.swapped {
            assert!(number > *last_number);
            *last_number = number;
        }
        if !refused && wanted.is_some_and(|wanted| desk.in_force() == *wanted) {
            break;
        }
    }
    told
}

#[test]
fn who_began_with_a_generation_ends_on_it() {
    let mut desk = TestProject::new();
    let running = desk.reload.live().current().unwrap();
    fs::write(desk.path("a.sync"), pipeline("1")).unwrap();
    assert!(matches!(desk.reload.wait(LONG).map(|answer| answer.swapped), Some(Swapped::Taken(2))));
    assert_eq!((running.number, running.value.title.as_str(), desk.title().as_str()), (1, "0", "1"));
}

#[test]
fn a_mistake_in_a_used_file_is_refused_and_mending_it_gives_back_what_was_in_force() {
    let mut desk = TestProject::new();
    let used = desk.path("systems/files.sync");
    fs::write(&used, system("0").replace("key id", "key idd")).unwrap();
    let answer = desk.reload.wait(LONG).unwrap();
    assert_eq!((answer.swapped, answer.checked.diagnostics[0].code), (Swapped::Refused(2), "E0203"));
    assert_eq!(desk.title(), "0");
    fs::write(&used, system("0")).unwrap();
    assert_eq!(desk.reload.wait(LONG).unwrap().swapped, Swapped::Same);
    assert_eq!(desk.reload.live().current().unwrap().number, 1);
}

#[test]
fn a_comment_or_the_layout_makes_no_generation() {
    let mut desk = TestProject::new();
    fs::write(desk.path("a.sync"), format!("# why\n{}", pipeline("0").replace("  title", "      title"))).unwrap();
    assert_eq!(desk.reload.wait(LONG).unwrap().swapped, Swapped::Same);
}

#[test]
fn a_save_in_the_middle_of_a_compilation_is_not_lost() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("systems")).unwrap();
    let file = folder.path().join("a.sync");
    fs::write(&file, pipeline("0")).unwrap();
    fs::write(folder.path().join("systems/files.sync"), system("0")).unwrap();
    let saved = file.clone();
    let mut first = true;
    let compile = move |project: &Project| {
        if std::mem::take(&mut first) {
            fs::write(&saved, pipeline("1")).unwrap();
        }
        planned(project)
    };
    let (mut reload, answer) = Reload::open(&Host::real(), file, disk::DiscoverySource::default(), Box::new(|_| ()), Box::new(compile));
    assert_eq!(answer.swapped, Swapped::Taken(1));
    assert_eq!(reload.wait(Duration::ZERO).unwrap().swapped, Swapped::Taken(2));
    assert_eq!(reload.live().current().unwrap().value.title, "1");
}
