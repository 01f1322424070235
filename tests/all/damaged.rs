//! Damaged inputs of every format: nothing breaks the program, nothing hangs it, a plan writes nothing, and a person whose own record is
//! whole is not closed because something else is damaged.
//!
//! The long form: `SECONDS=3600 cargo test --release --test all -- --ignored --nocapture an_hour_of_damage`.

use super::{http::StandIn, links::given, project::TestProject};
use counterpart::{
    engine::{Engine, IgnoreEvents},
    host::Host,
    project::ProjectOptions,
    run::change_set::{ChangeSet, Verdict},
};
use std::{
    cell::Cell,
    collections::BTreeSet,
    fs,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

const PEOPLE: usize = 20;
const LONGEST: Duration = Duration::from_secs(10);

/// What damage inserts: the signs of all formats, numbers and texts beyond what anybody expects.
const TOKENS: [&[u8]; 34] = [
    b"\"",
    b"'",
    b"\n",
    b"\r",
    b"\0",
    b"{",
    b"}",
    b"[",
    b"]",
    b",",
    b";",
    b":",
    b"\\",
    b"<",
    b"/>",
    b"&amp;",
    b"&x;",
    b"<!--",
    b"-->",
    b"<![CDATA[",
    b"<!DOCTYPE a [<!ENTITY x \"&x;&x;\">]>",
    b"null",
    b"true",
    b"-0",
    b"1e400",
    b"99999999999999999999999",
    b"0001-01-01",
    b"9999-12-31",
    b"\xef\xbb\xbf",
    b"\xff\xfe",
    b"\xe2\x80\xae",
    b"\\ud800",
    b"#",
    b"$",
];

/// Damage that follows from a seed (SplitMix64).
struct Damage(u64);

impl Damage {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((mixed ^ (mixed >> 31)) % bound.max(1) as u64).unwrap()
    }

    fn range(&mut self, text: &[u8]) -> std::ops::Range<usize> {
        let start = self.below(text.len() + 1);
        let most = if self.below(4) == 0 { text.len() - start } else { (text.len() - start).min(12) };
        start..start + self.below(most + 1)
    }

    fn once(&mut self, text: &mut Vec<u8>) {
        let (range, at) = (self.range(text), self.below(text.len() + 1));
        let part = text[range.clone()].to_vec();
        match self.below(14) {
            0 => drop(text.splice(range, [])),
            1 => drop(text.splice(at..at, part)),
            2 => text.truncate(at),
            3 if at < text.len() => text[at] ^= 1 << self.below(8),
            4 => {
                let deep = TOKENS[self.below(TOKENS.len())].repeat(1 + self.below(3) * 400);
                text.splice(at..at, deep);
            }
            5 => {
                text.splice(range, []);
                let at = at.min(text.len());
                text.splice(at..at, part);
            }
            6..11 => {
                let digit = text.iter().cycle().skip(at).take(text.len()).position(u8::is_ascii_digit);
                if let Some(digit) = digit {
                    let digit = (at + digit) % text.len();
                    text[digit] = b'0' + u8::try_from(self.below(10)).unwrap();
                }
            }
            _ => drop(text.splice(at..at, TOKENS[self.below(TOKENS.len())].iter().copied())),
        }
    }

    fn of(&mut self, text: &[u8]) -> Vec<u8> {
        let mut damaged = text.to_vec();
        for _ in 0..1 + self.below(5) / 2 {
            self.once(&mut damaged);
        }
        damaged
    }
}

/// How the source or the target holds its records.
#[derive(Clone, Copy, Debug)]
struct Format {
    name: &'static str,
    /// The words behind the name of the file.
    words: &'static str,
    head: &'static str,
    foot: &'static str,
    /// A record, on a line of its own: N stands for its number.
    record: &'static str,
    between: &'static str,
}

const CSV: Format =
    Format { name: "csv", words: "csv", head: "number,name,ends,active", foot: "", record: "N,Name N,2099-12-31,true", between: "" };
const LINES: Format = Format {
    name: "jsonl",
    words: "json_lines",
    head: "",
    foot: "",
    record: r#"{"number": "N", "name": "Name N", "ends": "2099-12-31", "active": true}"#,
    between: "",
};
const JSON: Format = Format { name: "json", words: "json", head: "[", foot: "]", between: ",", ..LINES };
const PAGE: Format = Format { head: "{\"total\": 20, \"items\": [", foot: "]}", ..JSON };
const XML: Format = Format {
    name: "xml",
    head: "<people total=\"20\">",
    foot: "</people>",
    record: "<person><number>N</number><name>Name N</name><ends>2099-12-31</ends></person>",
    between: "",
    ..JSON
};

impl Format {
    fn record(&self, number: usize) -> String {
        self.record.replace('N', &number.to_string()).replace(&format!("\"{number}ame"), "\"Name")
    }

    fn text(&self) -> String {
        let mut lines: Vec<String> =
            (1..=PEOPLE).map(|number| self.record(number) + if number < PEOPLE { self.between } else { "" }).collect();
        lines.insert(0, self.head.to_owned());
        lines.push(self.foot.to_owned());
        lines.retain(|line| !line.is_empty());
        lines.join("\n") + "\n"
    }

    /// Whose records are not in the text as they were.
    fn touched(&self, damaged: &[u8]) -> BTreeSet<String> {
        let lines: BTreeSet<&[u8]> = damaged.split(|byte| *byte == b'\n').collect();
        let whole = |number: usize| {
            let record = self.record(number);
            [record.clone(), record + self.between].iter().any(|record| lines.contains(record.as_bytes()))
        };
        (1..=PEOPLE).filter(|number| !whole(*number)).map(|number| number.to_string()).collect()
    }
}

const ATTRIBUTES: &str = "attributes {
      number : text unique at $.number
      name   : text  at $.name
      ends   : date? at $.ends
    }";

const PIPELINE: &str = r#"
system app {
  collection users {
    file "users.EXT" WORDS
    key  number
    lists all
    attributes {
      number : text unique at $.number
      name   : text        at $.name
      active : bool opens  at $.active
    }
  }
}
pipeline staff {
  zone "Europe/Paris"
  from hr.people as person
  to   app.users
  key  person.number
  match { number = person.number }
  mode create and update
  map {
    number = person.number
    name   = person.name
    active = true on create
  }
  leaver {
    when person.ends < today as "left"
    when missing for 2 runs
    set  active = false
  }
  guard { leavers at most 10% or 5 }
}
"#;

/// A pipeline whose people and accounts are linked, with the files that it reads.
struct Frame {
    project: TestProject,
    /// The answer of the source, where it is no file.
    answer: Arc<Mutex<Vec<u8>>>,
    source: Format,
    target: Format,
    standing: Option<StandIn>,
    /// How many damaged inputs were planned from, of how many, and how many of their own records they would close.
    tally: Cell<Tally>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Tally {
    inputs: usize,
    planned: usize,
    closed: usize,
}

impl Frame {
    fn of_files(source: Format, target: Format) -> Self {
        let words = source.words;
        let system = format!(
            "system hr {{\n  collection people {{\n    file \"people.{}\" {words}\n    key number\n    {ATTRIBUTES}\n  }}\n}}\n",
            source.name
        );
        let project = TestProject::empty();
        project.write(&format!("people.{}", source.name), source.text());
        Self { project, answer: Arc::default(), source, target, standing: None, tally: Cell::default() }.begun(&system, "")
    }

    fn of_answers(source: Format, kind: &'static str, items: &str, total: &str) -> Self {
        let answer = Arc::new(Mutex::new(source.text().into_bytes()));
        let given = Arc::clone(&answer);
        let standing = StandIn::new(move |_| {
            let body = given.lock().unwrap().clone();
            let head = format!("HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", body.len());
            [head.into_bytes(), body].concat()
        });
        let format = if source.name == "json" { String::new() } else { format!("    format {}\n", source.name) };
        let system = format!(
            "system hr {{\n  setting base : text matches \"^http://127\\.0\\.0\\.1:[0-9]+$\" as \"Address\"\n  http setting.base {{\n    \
             limit 600000 per min, 4 concurrent\n{format}  }}\n  collection people {{\n    key number\n    list GET \"/people\" {{\n      {items}\n      \
             {total}\n      never repeat\n    }}\n    {ATTRIBUTES}\n  }}\n}}\n"
        );
        let settings = format!("[env.production.hr]\nbase = \"{}\"\n", standing.origin());
        Self { project: TestProject::empty(), answer, source, target: LINES, standing: Some(standing), tally: Cell::default() }
            .begun(&system, &settings)
    }

    fn begun(self, system: &str, settings: &str) -> Self {
        let pipeline = PIPELINE.replace("EXT", self.target.name).replace("WORDS", self.target.words);
        self.project.write("staff.sync", system.to_owned() + &pipeline).write("counterpart.toml", settings);
        self.project.write(&self.target_file(), self.target.text());
        let plan = self.project.counterpart(&["plan"]);
        let applied = self.project.counterpart(&["apply", plan.keys("id").first().unwrap_or_else(|| panic!("{plan:?}"))]);
        assert_eq!(applied.code, 0, "{plan:?} {applied:?}");
        self
    }

    fn target_file(&self) -> String {
        format!("users.{}", self.target.name)
    }

    fn source_file(&self) -> String {
        format!("people.{}", self.source.name)
    }

    /// What a plan would do; none where there is no plan, which is an answer too.
    fn planned(&self) -> Option<ChangeSet> {
        let options = ProjectOptions { folder: Some(self.project.path().to_path_buf()), ..ProjectOptions::default() };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let mut workspace = Engine::new(Host::real()).open(options, Arc::new(IgnoreEvents)).ok()?;
        runtime.block_on(workspace.plan(None, None)).ok().map(|planned| planned.set)
    }

    /// Plans, and asserts what holds of every plan: it takes its time, writes nothing, and closes nobody but whose own record is damaged.
    fn holds(&self, touched: &BTreeSet<String>, damaged: &[u8]) {
        let before = fs::read(self.project.file(&self.target_file())).unwrap();
        let begun = Instant::now();
        let planned = self.planned();
        let shown = || String::from_utf8_lossy(damaged).into_owned();
        assert!(begun.elapsed() < LONGEST, "{:?} for:\n{}", begun.elapsed(), shown());
        assert_eq!(fs::read(self.project.file(&self.target_file())).unwrap(), before, "a plan wrote:\n{}", shown());
        let mut tally = self.tally.get();
        (tally.inputs, tally.planned) = (tally.inputs + 1, tally.planned + usize::from(planned.is_some()));
        for leave in planned.iter().flat_map(|set| set.of(Verdict::Leave)) {
            tally.closed += 1;
            assert!(touched.contains(&leave.key), "{} would be closed by:\n{}", leave.key, shown());
        }
        self.tally.set(tally);
    }

    /// Damage that makes somebody leave is seen.
    fn another_date_closes(&self) {
        let record = self.source.record(3);
        let damaged = self.source.text().replace(&record, &record.replace("2099", "2009"));
        let before = self.tally.get().closed;
        self.source_is(damaged.as_bytes());
        assert_eq!(self.tally.get().closed, before + 1, "{damaged}");
    }

    fn damage_source(&self, damage: &mut Damage) {
        self.source_is(&damage.of(self.source.text().as_bytes()));
    }

    fn source_is(&self, damaged: &[u8]) {
        let whole = self.source.text().into_bytes();
        let touched = self.source.touched(damaged);
        if self.standing.is_some() {
            self.answer.lock().unwrap().splice(.., damaged.iter().copied());
            self.holds(&touched, damaged);
            *self.answer.lock().unwrap() = whole;
        } else {
            self.damaged(&self.source_file(), damaged, &touched);
        }
    }

    fn damage_file(&self, name: &str, damage: &mut Damage) {
        let damaged = damage.of(&fs::read(self.project.file(name)).unwrap());
        self.damaged(name, &damaged, &BTreeSet::new());
    }

    fn damaged(&self, name: &str, damaged: &[u8], touched: &BTreeSet<String>) {
        let whole = fs::read(self.project.file(name)).unwrap();
        self.project.write(name, damaged);
        self.holds(touched, damaged);
        self.project.write(name, whole);
    }

    /// A damaged list of decisions or links: all of it is taken, or nothing.
    fn damage_list(&self, args: &[&str], list: &str, damage: &mut Damage) {
        let damaged = String::from_utf8_lossy(&damage.of(list.as_bytes())).into_owned();
        let answer = given(&self.project, args, &damaged);
        assert!([0, 2, 3].contains(&answer.code), "{args:?} {answer:?} for:\n{damaged}");
        assert!(!answer.err.contains("panicked"), "{args:?} {answer:?} for:\n{damaged}");
    }

    /// A damaged change set is refused, or is the one that it was.
    fn damage_change_set(&self, damage: &mut Damage) {
        let plan = self.project.counterpart(&["plan"]);
        let id = plan.keys("id")[0].clone();
        let folder = self.project.file(".counterpart/production/changes");
        let file =
            fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).find(|path| path.to_string_lossy().contains(&id)).unwrap();
        let whole = fs::read(&file).unwrap();
        let damaged = damage.of(&whole);
        fs::write(&file, &damaged).unwrap();
        let shown = self.project.counterpart(&["show", &id]);
        assert!(shown.code == 0 || damaged != whole, "{shown:?}");
        assert!(!shown.err.contains("panicked"), "{shown:?}");
        let applied = self.project.counterpart(&["apply", &id]);
        assert!(!applied.err.contains("panicked"), "{applied:?}");
        assert!(damaged == whole || applied.code != 0 || applied.count("result", "written") == 0, "{applied:?}");
    }
}

/// One input after the other is damaged, so many times each.
fn damage_all(seed: u64, times: usize) -> Tally {
    let frames = [
        Frame::of_files(CSV, CSV),
        Frame::of_files(LINES, LINES),
        Frame::of_files(JSON, JSON),
        Frame::of_answers(PAGE, "application/json", "items $.items", "total $.total"),
        Frame::of_answers(XML, "application/xml", "items $.people.person", "total $.people[\"@total\"]"),
        Frame::of_answers(CSV, "text/csv", "", ""),
    ];
    frames.iter().for_each(Frame::another_date_closes);
    let mut damage = Damage(seed);
    for _ in 0..times {
        for frame in &frames {
            frame.damage_source(&mut damage);
            frame.damage_file(&frame.target_file(), &mut damage);
        }
        for name in ["staff.sync", "counterpart.toml"] {
            frames[3].damage_file(name, &mut damage);
        }
    }
    for _ in 0..times.div_ceil(10) {
        frames[1].damage_list(&["decide", "-"], "key,choice,why\n1,wait,\"not yet\"\n2,leave,\n", &mut damage);
        frames[1].damage_list(&["import"], "key,account\n21,21\n22,22\n", &mut damage);
        frames[1].damage_change_set(&mut damage);
    }
    frames.iter().map(|frame| frame.tally.get()).fold(Tally::default(), |all, one| Tally {
        inputs: all.inputs + one.inputs,
        planned: all.planned + one.planned,
        closed: all.closed + one.closed,
    })
}

#[test]
fn damaged_inputs_break_nothing_and_close_nobody_else() {
    let tally = damage_all(20_261_130, 25);
    assert!(tally.planned * 5 > tally.inputs, "enough of them can be planned from: {tally:?}");
}

#[test]
#[ignore = "takes an hour"]
#[expect(clippy::print_stdout, reason = "the figures are for whoever runs it")]
fn an_hour_of_damage() {
    let number = |name: &str, default: u64| std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default);
    let (begun, seconds) = (Instant::now(), number("SECONDS", 3600));
    for seed in number("SEED", 1).. {
        if begun.elapsed() >= Duration::from_secs(seconds) {
            break;
        }
        println!("seed {seed}: {:?}", damage_all(seed, 100));
    }
}
