//! A target file that somebody edits between `plan` and `apply`: `apply` looks again, and what was written by hand stays.

use super::project::{Answer, TestProject};
use serde_json::{Value as Json, json};

/// The target as JSON lines and as CSV.
const FORMATS: [&str; 2] = ["json_lines", "csv"];

struct Club {
    project: TestProject,
    format: &'static str,
}

impl Club {
    /// Twenty people with an account each, matched by number or by e-mail.
    fn published(format: &'static str) -> Self {
        let project = TestProject::quickstart(&people(20, 0), "");
        let pipeline = project
            .read("quickstart.sync")
            .replace("match { id = person.number }", "match {\n    id    = person.number\n    email = email\n  }");
        let pipeline = if format == "csv" {
            project.write("accounts.csv", "id,name,email,manager,active,note\n");
            let flag = |line: &str| format!("{} format \"yes\" or \"no\"", line.trim_end());
            let lines = pipeline.lines().map(|line| match line.trim_start() {
                flagged if flagged.starts_with("manager : bool  ") || flagged.starts_with("active  : bool opens") => flag(line),
                _ => line.to_owned(),
            });
            lines.collect::<Vec<_>>().join("\n").replace("\"accounts.jsonl\" json_lines", "\"accounts.csv\" csv")
        } else {
            pipeline
        };
        project.write("quickstart.sync", pipeline);
        let club = Self { project, format };
        let applied = club.apply(&club.planned());
        assert_eq!((applied.code, applied.count("result", "created")), (0, 20), "{applied:?}");
        club
    }

    fn planned(&self) -> String {
        let plan = self.project.counterpart(&["plan", "quickstart"]);
        plan.keys("id").first().unwrap_or_else(|| panic!("{plan:?}")).clone()
    }

    fn apply(&self, id: &str) -> Answer {
        self.project.counterpart(&["apply", id])
    }

    fn file(&self) -> &str {
        if self.format == "csv" { "accounts.csv" } else { "accounts.jsonl" }
    }

    /// The rows that have a text.
    fn rows(&self, text: &str) -> Vec<String> {
        self.project.read(self.file()).lines().filter(|line| line.contains(text)).map(str::to_owned).collect()
    }

    fn edit(&self, from: &str, to: &str) {
        let before = self.project.read(self.file());
        assert!(before.contains(from), "{before}");
        self.project.write(self.file(), before.replace(from, to));
    }

    fn add(&self, row: &Json) {
        let text = |name: &str| row[name].as_str().unwrap().to_owned();
        let line = match self.format {
            "csv" => format!("{},{},{},no,yes,\n", text("id"), text("name"), text("email")),
            _ => format!("{row}\n"),
        };
        self.project.write(self.file(), self.project.read(self.file()) + &line);
    }
}

/// This many people, of whom the first `left` left long ago.
fn people(all: usize, left: usize) -> String {
    let person = |n: usize| format!("{n:05};Anna;Berg;p{n}@example.com;{};no\n", if n <= left { "31/12/2020" } else { "" });
    "Number;First name;Last name;Email;Left on;Manager\n".to_owned() + &(1..=all).map(person).collect::<String>()
}

#[test]
fn a_value_by_hand_in_a_file_is_kept() {
    for format in FORMATS {
        let club = Club::published(format);
        club.project.write("people.csv", people(20, 0).replace("00001;Anna", "00001;Eva").replace("00002;Anna", "00002;Eva"));
        let id = club.planned();
        let row = club.rows("p1@example.com")[0].clone();
        club.edit(&row, &row.replace("Anna Berg", "By hand"));
        let applied = club.apply(&id);
        assert_eq!((applied.code, applied.count("result", "updated")), (4, 1), "{format}: {applied:?}");
        assert!(club.rows("p1@example.com")[0].contains("By hand") && club.rows("p2@example.com")[0].contains("Eva Berg"), "{format}");
    }
}

#[test]
fn an_account_that_was_made_by_hand_in_a_file_gets_no_second_row() {
    for format in FORMATS {
        for (number, email) in [("00021", "p21@example.com"), ("00021", "other@example.com"), ("x-7", "P21@example.com")] {
            let club = Club::published(format);
            club.project.write("people.csv", people(22, 0));
            let id = club.planned();
            club.add(&json!({ "id": number, "name": "By hand", "email": email, "manager": false, "active": true }));
            let applied = club.apply(&id);
            let what = format!("{format} {number} {email}: {applied:?}");
            assert_eq!((applied.code, applied.count("result", "created")), (4, 1), "{what}");
            assert_eq!(club.rows("By hand").len(), 1, "{what}");
            assert_eq!(club.project.read(club.file()).lines().count(), 22 + usize::from(format == "csv"), "{what}");
        }
    }
}

/// A leaver's row that is gone, or that a `protect` line covers by now: the set is refused, and the next run closes the others alone.
#[test]
fn a_leaver_whose_row_is_another_by_now_is_left_alone() {
    for format in FORMATS {
        let club = Club::published(format);
        club.project.write("people.csv", people(20, 3));
        let protect = "    protect when current.name == \"Service\" as \"a service account\"\n    set  active = false";
        let pipeline = club.project.read("quickstart.sync").replacen("    set  active = false", protect, 1);
        club.project.write("quickstart.sync", pipeline);
        let id = club.planned();
        let (gone, protected) = (club.rows("p1@example.com")[0].clone() + "\n", club.rows("p2@example.com")[0].clone());
        club.edit(&gone, "");
        club.edit(&protected, &protected.replace("Anna Berg", "Service"));
        let before = club.project.read(club.file());
        let applied = club.apply(&id);
        assert_eq!((applied.code, applied.err.contains("2 of its leavers no longer leave")), (6, true), "{format}: {applied:?}");
        assert_eq!(club.project.read(club.file()), before, "{format}");
        let run = club.project.counterpart(&["run", "quickstart"]);
        let open = |row: &str| row.contains("\"active\":true") || row.contains(",yes,");
        assert!(club.rows("p1@example.com").is_empty() && open(&club.rows("p2@example.com")[0]), "{format}: {run:?}");
        assert!(!open(&club.rows("p3@example.com")[0]), "{format}: {run:?}");
    }
}

/// A second row with the key of somebody: nothing tells which of the two is meant, so neither is written.
#[test]
fn a_second_row_with_the_key_of_somebody_is_left_alone_like_the_first() {
    for format in FORMATS {
        for (number, leaves) in [("00001", false), (" 00001", false), ("00001", true)] {
            let club = Club::published(format);
            let all = people(20, usize::from(leaves)).replace("00002;Anna", "00002;Eva");
            club.project.write("people.csv", if leaves { all } else { all.replace("00001;Anna", "00001;Eva") });
            let id = club.planned();
            club.add(&json!({ "id": number, "name": "By hand", "email": "other@example.com", "manager": false, "active": true }));
            let before = [club.rows("p1@example.com"), club.rows("By hand")];
            let applied = club.apply(&id);
            let what = format!("{format} {number} {leaves}: {applied:?}");
            assert_eq!([club.rows("p1@example.com"), club.rows("By hand")], before, "{what}");
            if leaves {
                assert_eq!((applied.code, applied.err.contains("one of its leavers no longer leaves")), (6, true), "{what}");
                continue;
            }
            assert_eq!((applied.code, applied.count("result", "updated"), applied.keys("failed").len()), (4, 1, 1), "{what}");
            let errors = club.project.counterpart(&["errors", "--format", "json", "--people", "full"]);
            assert!(errors.out.contains("have the key `00001`, so neither is read or written alone"), "{errors:?}");
        }
    }
}
