//! Incremental reads that begin with a mark of the source, in whole runs: nothing is lost, and nobody leaves but by the leaver rules.

use super::{
    http::{StandIn, ok, reply},
    project::{Answer, TestProject},
};
use std::{
    process::Stdio,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

const TOKEN: &str = "SECRETMARK";

/// A directory with a feed of changes: by link, with a `get` that confirms what was removed.
fn by_link(get: bool) -> String {
    let get = if get { "get GET \"/users/{id}\"" } else { "" };
    let list = r#"list GET "/users/delta" {
      page by link $["@odata.nextLink"] size 100
      since by link $["@odata.deltaLink"]
      full when status == 410
      items $.value { removed when $["@removed"] is present }
    }"#;
    pipeline(&format!("{list}\n    {get}"), "id")
}

/// The same by a cursor, without a `get`.
fn by_cursor() -> String {
    let list = r#"list GET "/users/delta" {
      query "token" = page.cursor
      page by cursor $.cursor size 100
      last page when $.end_of_stream == true
      since by cursor $.cursor
      full when status == 410
      items $.value { removed when $["@removed"] is present }
    }"#;
    pipeline(list, "id")
}

fn pipeline(calls: &str, key: &str) -> String {
    format!(
        r#"system directory {{
  setting base : text matches "^http://127\.0\.0\.1:[0-9]+$" as "Address"
  http setting.base {{
    limit 6000 per min, 4 concurrent
    retry 1 times
  }}
  collection users {{
    key   id
    lists all
    {calls}
    attributes {{
      id     : text at $.id
      number : text at $.number
      name   : text at $.name
    }}
  }}
}}

system files {{
  collection accounts {{
    file "accounts.jsonl" json_lines
    key  id
    attributes {{
      id     : text unique at $.id
      name   : text        at $.name
      active : bool opens  at $.active
    }}
  }}
}}

pipeline directory {{
  zone "Europe/Paris"
  from directory.users as user
  since last run, full every 30 days
  to   files.accounts
  key  user.{key}
  match {{ id = user.{key} }}
  mode create and update
  map {{
    id     = user.{key}
    name   = user.name
    active = true on create
  }}
  leaver {{
    when missing for 1 runs
    set  active = false
  }}
  guard {{
    leavers at most 100%
    updates at most 100%
    updates of name at most 100%
  }}
}}
"#
    )
}

/// A log of changes: the id, and the name or none where it was removed.
#[derive(Default)]
struct Directory {
    log: Vec<(&'static str, Option<&'static str>)>,
    /// What the list and the `get` answer instead.
    list: Option<&'static str>,
    get: Option<&'static str>,
    /// How long a `get` takes.
    slow: Duration,
}

impl Directory {
    fn now(&self, id: &str) -> Option<&'static str> {
        self.log.iter().rev().find(|(one, _)| *one == id).and_then(|(_, name)| *name)
    }

    fn element(&self, id: &str) -> String {
        match self.now(id) {
            Some(name) => format!(r#"{{"id": "{id}", "number": "n{id}", "name": "{name}"}}"#),
            None => format!(r#"{{"id": "{id}", "@removed": {{"reason": "deleted"}}}}"#),
        }
    }

    fn answer(&self, path: &str) -> String {
        if let Some(id) = path.strip_prefix("/users/").filter(|id| !id.starts_with("delta")) {
            return match (self.get, self.now(id)) {
                (Some(status), _) => reply(status, "application/json", "{}"),
                (None, Some(_)) => ok(&self.element(id)),
                (None, None) => reply("404 Not Found", "application/json", "{}"),
            };
        }
        let since: Option<usize> = path.split_once(TOKEN).and_then(|(_, rest)| rest.parse().ok());
        if let Some(status) = self.list.filter(|status| since.is_some() || !status.starts_with("410")) {
            return reply(status, "application/json", "{}");
        }
        let mut ids: Vec<&str> = self.log[since.unwrap_or(0)..].iter().map(|(id, _)| *id).collect();
        ids.sort_unstable();
        ids.dedup();
        let there = ids.iter().filter(|id| since.is_some() || self.now(id).is_some()).map(|id| self.element(id));
        let (value, at) = (there.collect::<Vec<_>>().join(", "), self.log.len());
        ok(&format!(
            r#"{{"value": [{value}], "@odata.deltaLink": "/users/delta?{TOKEN}{at}", "cursor": "{TOKEN}{at}", "end_of_stream": true}}"#
        ))
    }
}

struct World {
    directory: Arc<Mutex<Directory>>,
    standing: StandIn,
    project: TestProject,
}

impl World {
    /// Three people, each with an account.
    fn published(pipeline: &str) -> Self {
        let log = vec![("a", Some("Ada")), ("b", Some("Bo")), ("c", Some("Cy"))];
        let directory = Arc::new(Mutex::new(Directory { log, ..Directory::default() }));
        let answering = Arc::clone(&directory);
        let standing = StandIn::new(move |path| {
            let slow = answering.lock().unwrap().slow;
            if !path.contains("delta") {
                std::thread::sleep(slow);
            }
            answering.lock().unwrap().answer(path)
        });
        let project = TestProject::empty();
        project.write("directory.sync", pipeline).write("accounts.jsonl", "");
        project.write("counterpart.toml", format!("[env.production.directory]\nbase = \"{}\"\n", standing.origin()));
        let plan = project.counterpart(&["plan", "directory"]);
        let id = plan.keys("id").first().unwrap_or_else(|| panic!("{plan:?}")).clone();
        let applied = project.counterpart(&["apply", &id]);
        assert_eq!((applied.code, applied.count("result", "created")), (0, 3), "{applied:?}");
        Self { directory, standing, project }
    }

    fn set(&self, change: impl FnOnce(&mut Directory)) {
        change(&mut self.directory.lock().unwrap());
    }

    fn run(&self) -> Answer {
        self.project.counterpart(&["run", "directory"])
    }

    /// The lists that a run asks for, from the token on.
    fn asked(&self, run: impl FnOnce(&Self) -> Answer) -> (Answer, Vec<String>) {
        let before = self.standing.asked().len();
        let answer = run(self);
        let asked = self.standing.asked().split_off(before).into_iter().filter(|line| line.contains("delta"));
        let token = |line: String| line.split(' ').nth(1).unwrap().rsplit(['?', '=']).next().unwrap().to_owned();
        (answer, asked.map(token).collect())
    }

    fn open(&self) -> usize {
        self.project.read("accounts.jsonl").matches("\"active\":true").count()
    }
}

fn token(at: usize) -> Vec<String> {
    vec![format!("{TOKEN}{at}")]
}

#[test]
fn the_second_run_reads_the_increment_and_writes_nothing() {
    for pipeline in [by_link(true), by_link(false), by_cursor()] {
        let world = World::published(&pipeline);
        let (run, asked) = world.asked(World::run);
        assert_eq!((run.code, run.count("result", "written"), asked), (0, 0, token(3)), "{run:?}");
        world.set(|directory| directory.log.push(("b", Some("Bob"))));
        let (run, asked) = world.asked(World::run);
        assert_eq!((run.count("result", "updated"), world.open(), asked), (1, 3, token(3)), "{run:?}");
        let (run, asked) = world.asked(World::run);
        assert_eq!((run.count("result", "written"), asked), (0, token(4)), "{run:?}");
    }
}

#[test]
fn a_removed_record_leaves_by_the_leaver_rules_alone() {
    for pipeline in [by_link(true), by_link(false), by_cursor()] {
        let world = World::published(&pipeline);
        world.set(|directory| directory.log.push(("b", None)));
        let run = world.run();
        assert_eq!((run.count("result", "left"), world.open()), (1, 2), "{run:?}");
        let again = world.run();
        assert_eq!((again.count("result", "written"), world.open()), (0, 2), "{again:?}");
        let world = World::published(&pipeline.replace("when missing for 1 runs", "when user.name == \"left\""));
        world.set(|directory| directory.log.push(("b", None)));
        let run = world.run();
        assert_eq!((run.count("result", "written"), world.open()), (0, 3), "no rule says that who is missing leaves: {run:?}");
    }
}

/// Without a rule for who is missing, a removed record is seen once, and the mark moves on.
#[test]
fn a_removed_record_that_no_rule_acts_on_is_waited_for_by_nobody() {
    let by_a_value = |pipeline: &str| pipeline.replace("when missing for 1 runs", "when user.name == \"left\"");
    let without_leavers = |pipeline: &str| {
        let (before, after) = pipeline.split_once("  leaver {").unwrap();
        format!("{before}{}", after.split_once("  }\n").unwrap().1)
    };
    let by_number = |pipeline: &str| by_a_value(&pipeline.replace("user.id", "user.number"));
    for edit in [&by_a_value as &dyn Fn(&str) -> String, &without_leavers, &by_number] {
        for pipeline in [by_link(true), by_link(false), by_cursor()] {
            let world = World::published(&edit(&pipeline));
            world.set(|directory| directory.log.push(("b", None)));
            let (run, asked) = world.asked(World::run);
            assert_eq!((run.code, run.count("result", "written"), world.open(), asked), (0, 0, 3, token(3)), "{run:?}");
            world.set(|directory| directory.log.push(("c", Some("Cyd"))));
            let gets = world.standing.asked().len();
            let (run, asked) = world.asked(World::run);
            assert_eq!((run.code, run.count("result", "updated"), world.open(), asked), (0, 1, 3, token(4)), "{run:?}");
            assert_eq!(world.standing.asked().len() - gets, 1, "nobody asks for `b` again");
            world.set(|directory| directory.log.push(("b", Some("Bob"))));
            let run = world.run();
            assert_eq!((run.count("result", "written"), world.open()), (1, 3), "`b` is back: {run:?}");
        }
    }
}

/// Absence counts at most once in 20 hours, and the element that names the removed record comes once.
#[test]
fn a_removed_record_counts_as_missing_as_long_as_it_is_not_there() {
    let world = World::published(&by_link(true).replace("for 1 runs", "for 2 runs"));
    world.set(|directory| directory.log.push(("b", None)));
    for _ in 0..2 {
        let run = world.run();
        assert_eq!((run.count("result", "written"), world.open()), (0, 3), "{run:?}");
    }
    let asked = world.standing.asked().iter().filter(|line| line.contains("/users/b")).count();
    assert_eq!(asked, 2, "the next run asks again, though the increment says nothing more");
    world.set(|directory| directory.log.push(("b", Some("Bo"))));
    let run = world.run();
    assert_eq!((run.code, run.count("result", "written"), world.open()), (0, 0, 3), "{run:?}");
}

#[test]
fn what_get_finds_is_not_removed_and_what_it_cannot_say_waits() {
    let world = World::published(&by_link(true));
    world.set(|directory| {
        directory.log.push(("b", None));
        directory.get = Some("500 Internal Server Error");
    });
    for _ in 0..2 {
        let run = world.run();
        assert_eq!((run.code, run.count("result", "written"), world.open()), (4, 0, 3), "{run:?}");
        assert_eq!(run.count("result", "needs_attention"), 1, "{run:?}");
        let plan = world.project.counterpart(&["plan", "directory"]);
        assert!(plan.out.contains("\nunread b line=43 reason=\"not answered\" target=b"), "{plan:?}");
    }
    world.set(|directory| directory.get = None);
    let run = world.run();
    assert_eq!((run.count("result", "left"), world.open()), (1, 2), "the mark has moved, and the removed record was not lost: {run:?}");
}

/// Whoever is not linked, or not by the key of the source, is unread as well.
#[test]
fn a_removed_record_that_cannot_be_asked_for_is_unread_whatever_its_link() {
    for (pipeline, who) in [(by_link(true), "z"), (by_link(true).replace("user.id", "user.number"), "b")] {
        let world = World::published(&pipeline);
        world.set(|directory| {
            directory.log.push((who, None));
            directory.get = Some("500 Internal Server Error");
        });
        let run = world.run();
        assert_eq!((run.code, run.count("result", "written"), world.open()), (4, 0, 3), "{run:?}");
        assert_eq!(run.count("result", "needs_attention"), 1, "{run:?}");
        let plan = world.project.counterpart(&["plan", "directory"]);
        assert!(plan.out.contains("\nunread"), "{plan:?}");
        world.set(|directory| directory.get = None);
        world.run();
        let run = world.run();
        assert_eq!((run.code, world.open()), (0, if who == "b" { 2 } else { 3 }), "{run:?}");
    }
}

#[test]
fn an_outage_of_the_increment_moves_nothing() {
    let world = World::published(&by_link(true));
    world.set(|directory| {
        directory.log.extend([("b", Some("Bob")), ("d", Some("Di")), ("c", None)]);
        directory.list = Some("503 Service Unavailable");
    });
    let run = world.run();
    assert_eq!((run.code, world.open()), (5, 3), "{run:?}");
    world.set(|directory| directory.list = None);
    let (run, asked) = world.asked(World::run);
    let done = ["updated", "created", "left"].map(|what| run.count("result", what));
    assert_eq!((done, world.open(), asked), ([1, 1, 1], 3, token(3)), "{run:?}");
}

#[test]
fn a_mark_that_is_not_known_starts_a_complete_read_in_the_same_run() {
    let world = World::published(&by_link(true));
    world.set(|directory| {
        directory.log.extend([("b", Some("Bob")), ("c", None)]);
        directory.list = Some("410 Gone");
    });
    let (run, asked) = world.asked(World::run);
    let done = ["updated", "left"].map(|what| run.count("result", what));
    assert_eq!((done, asked), ([1, 1], vec![format!("{TOKEN}3"), "/users/delta".to_owned()]), "{run:?}");
    world.set(|directory| directory.list = None);
    let (run, asked) = world.asked(World::run);
    assert_eq!((run.count("result", "written"), asked), (0, token(5)), "{run:?}");
}

/// A link that has no key of the source leads to a complete read.
#[test]
fn a_removed_record_whose_link_is_not_known_by_its_key_is_found_by_a_complete_read() {
    let world = World::published(&by_link(true).replace("user.id", "user.number"));
    world.set(|directory| directory.log.push(("b", None)));
    let first = world.run();
    assert_eq!((first.count("result", "written"), world.open()), (0, 3), "{first:?}");
    let (next, asked) = world.asked(World::run);
    assert_eq!((next.count("result", "left"), world.open(), asked), (1, 2, vec!["/users/delta".to_owned()]), "{next:?}");
}

#[test]
fn an_edit_reads_everything_and_the_mark_is_shown_nowhere() {
    let world = World::published(&by_link(true));
    let mut shown = String::new();
    for arguments in [vec!["plan", "directory", "-v"], vec!["run", "directory", "-vv"], vec!["plan", "directory", "--format", "json"]] {
        let answer = world.project.counterpart(&arguments);
        shown.push_str(&(answer.out + &answer.err));
    }
    let text = world.project.counterpart(&["show", "directory", "--format", "text"]).out;
    assert!(!shown.contains(TOKEN), "{shown}");
    assert!(text.contains("what changed since the last run, by the mark that the list gives"), "{text}");
    let edited = by_link(true).replace("name   = user.name", "name   = user.name | upper");
    world.project.write("directory.sync", edited);
    let (run, asked) = world.asked(World::run);
    assert_eq!((run.count("result", "updated"), asked), (3, vec!["/users/delta".to_owned()]), "{run:?}");
}

#[test]
fn a_run_that_is_killed_before_it_stores_the_mark_loses_nothing() {
    let world = World::published(&by_link(true));
    world.set(|directory| {
        directory.log.extend([("b", None), ("a", Some("Anna"))]);
        directory.slow = Duration::from_secs(20);
    });
    let mut run = world.project.command(&["run", "directory"]).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let begun = Instant::now();
    while !world.standing.asked().iter().any(|line| line.contains("/users/b")) {
        assert!(begun.elapsed() < Duration::from_secs(20), "never confirmed");
        std::thread::sleep(Duration::from_millis(5));
    }
    run.kill().unwrap();
    run.wait().unwrap();
    world.set(|directory| directory.slow = Duration::ZERO);
    let plan = world.project.counterpart(&["plan", "directory"]);
    assert!(plan.out.contains("\nleave b "), "a plan reads and moves nothing: {plan:?}");
    let (run, asked) = world.asked(World::run);
    let done = ["updated", "left"].map(|what| run.count("result", what));
    assert_eq!((done, world.open(), asked), ([1, 1], 2, token(3)), "{run:?}");
}
