//! Folders as they grow and as they break: each file is read and parsed once, and a mistake hides nothing but itself.

#![expect(clippy::disallowed_methods, reason = "links and large files lie on the disk, and a test measures time")]

use crate::check::{
    Checked, Folder, LoadError, Loader, PipelineRef, folder,
    tests::support::{Disk, rendered},
};
use crate::value::testing::all_compiled;
use std::{
    cell::RefCell,
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    time::Instant,
};

/// Files from a map; counts how often each is read.
#[derive(Default)]
struct Counted {
    files: BTreeMap<PathBuf, String>,
    reads: RefCell<BTreeMap<PathBuf, usize>>,
}

impl Loader for Counted {
    fn load(&self, path: &Path) -> Result<String, LoadError> {
        *self.reads.borrow_mut().entry(path.to_owned()).or_default() += 1;
        self.files.get(path).cloned().ok_or(LoadError::NotFound)
    }

    fn files_in(&self, folder: &Path) -> Vec<PathBuf> {
        self.files.keys().filter(|path| path.parent() == Some(folder)).cloned().collect()
    }
}

impl Counted {
    /// Pipelines over one source, each with its own target.
    fn over_one_source(pipelines: usize) -> Self {
        let collections: String = (0..pipelines).map(|at| collection(&format!("accounts{at}"))).collect();
        let system = format!("system files {{\n{}{collections}}}\n", collection("people"));
        let mut files = BTreeMap::from([(PathBuf::from("p/systems/files.sync"), system)]);
        files.extend((0..pipelines).map(|at| (file(at), pipeline(at))));
        Self { files, ..Self::default() }
    }

    fn with(mut self, path: &str, text: &str) -> Self {
        self.files.insert(PathBuf::from(path), text.to_owned());
        self
    }

    /// The most often that a file was read, and how many were; forgets them.
    fn reads(&self) -> (usize, usize) {
        let reads = self.reads.take();
        (reads.values().copied().max().unwrap_or_default(), reads.len())
    }
}

fn file(at: usize) -> PathBuf {
    PathBuf::from(format!("p/p{at:03}.sync"))
}

fn collection(name: &str) -> String {
    format!(
        "  collection {name} {{\n    file \"{name}.jsonl\" json_lines\n    key id\n    attributes {{\n      id : text unique at $.id\n      \
         name : text at $.name\n    }}\n  }}\n"
    )
}

fn pipeline(at: usize) -> String {
    format!("use \"systems/files.sync\"\n{}", body(&format!("p{at:03}"), &format!("accounts{at}")))
}

fn body(name: &str, target: &str) -> String {
    format!(
        "pipeline {name} {{\n  from files.people as person\n  to files.{target}\n  match {{\n    id = person.id\n  }}\n  mode create and \
         update\n  map {{\n    id = person.id\n    name = person.name\n  }}\n}}\n"
    )
}

fn said(checked: &[Checked]) -> String {
    checked.iter().map(rendered).collect()
}

#[test]
fn a_folder_is_read_and_parsed_once_however_many_pipelines_it_holds() {
    for pipelines in [10, 20, 40, 100] {
        let loader = Counted::over_one_source(pipelines);
        let opened = Folder::new(Path::new("p"));
        let checked = opened.check_all(&loader);
        assert_eq!(said(&checked.files), "");
        assert_eq!(checked.files.iter().filter(|one| one.project.is_some()).count(), pipelines);
        assert_eq!(loader.reads(), (1, pipelines + 1), "the system is read once, too");
        assert_eq!(opened.counts(), (pipelines + 1, pipelines + 1), "files read, and trees made");
        assert_eq!(checked.opened.len(), pipelines + 2, "all files and the folder: {:?}", checked.opened);
    }
}

#[test]
fn a_pipeline_by_name_reads_each_file_once_and_parses_what_has_to_do_with_it() {
    let loader = Counted::over_one_source(100);
    let opened = Folder::new(Path::new("p"));
    let found = opened.find(&loader, "p042").unwrap();
    assert_eq!(found, PipelineRef { name: "p042".to_owned(), file: file(42) });
    // As `plan` and `show` do: checked to be found, to be compiled, and once more when the systems were asked.
    for _ in 0..3 {
        assert!(opened.check(&loader, &found.file).project.is_some());
    }
    assert_eq!(loader.reads(), (1, 101));
    assert_eq!(opened.counts(), (101, 2), "itself and its system are parsed, nothing else");
}

#[test]
fn a_file_that_is_saved_again_is_the_only_one_that_is_parsed_again() {
    let mut loader = Counted::over_one_source(3);
    let opened = Folder::new(Path::new("p"));
    let before = opened.check_all(&loader);
    loader.files.insert(file(1), pipeline(1).replace("person.name", "person.nam"));
    assert_eq!(said(&opened.check_all(&loader).files), "", "nothing is read before it is asked for");
    opened.read_again();
    let after = opened.check_all(&loader);
    assert_eq!(loader.reads(), (2, 4));
    let broken: Vec<_> = after.files.iter().map(|one| one.project.is_none()).collect();
    assert_eq!(broken, [false, true, false]);
    assert!(said(&after.files).contains("p001.sync:11:19 E0203"), "{}", said(&after.files));
    assert_eq!(said(&before.files), "", "what was checked before keeps its texts");
}

#[test]
fn one_broken_file_among_fifty_hides_no_other() {
    let broken = pipeline(7).replace("mode create and update", "mood create and update");
    let loader = Counted::over_one_source(50).with("p/p007.sync", &broken);
    let checked = folder(&loader, Path::new("p"));
    let without: Vec<_> = checked.files.iter().filter(|one| one.project.is_none()).map(|one| one.file()).collect();
    assert_eq!(without, [file(7)]);
    assert!(said(&checked.files).contains("p007.sync:8:3 E0101"), "{}", said(&checked.files));
    let names = Folder::new(Path::new("p")).pipelines(&loader);
    assert_eq!(names.len(), 50);
    assert_eq!(names[7], PipelineRef { name: "p007".to_owned(), file: file(7) });
}

#[test]
fn a_pipeline_is_found_by_name_whatever_is_wrong_around_it() {
    let first = body("first", "accounts0");
    let second = body("second", "accounts1");
    let head = "use \"systems/files.sync\"\n";
    let cases = [
        ("a mistake before it", format!("{head}{}{second}", first.replace("mode", "mood"))),
        ("a mistake in it", format!("{head}{first}{}", second.replace("mode", "mood"))),
        ("its own head", format!("{head}{first}{}", second.replace("pipeline second", "pipelin second"))),
        ("no brace", format!("{head}{first}{}", second.replace("second {", "second"))),
        ("a brace too many", format!("{head}{first}}}\n{second}")),
        ("a brace too few", format!("{head}{}{second}", first.trim_end().trim_end_matches('}'))),
    ];
    for (what, text) in cases {
        let loader = Counted::over_one_source(2).with("p/two.sync", &text);
        let opened = Folder::new(Path::new("p"));
        let found = opened.find(&loader, "second").unwrap_or_else(|| panic!("not found: {what}"));
        assert_eq!(found.file, Path::new("p/two.sync"), "{what}");
        let checked = opened.check(&loader, &found.file);
        assert!(checked.project.is_none() && checked.diagnostics.iter().any(|one| one.is_error()), "{what}");
        assert_eq!(opened.find(&loader, "third"), None, "{what}");
    }
}

#[test]
fn a_file_without_any_name_is_found_by_its_own() {
    let loader = Counted::over_one_source(2).with("p/people.sync", "}}} what is this");
    let opened = Folder::new(Path::new("p"));
    let found = PipelineRef { name: "people".to_owned(), file: PathBuf::from("p/people.sync") };
    assert_eq!(opened.pipelines(&loader).first(), Some(&PipelineRef { name: "p000".to_owned(), file: file(0) }));
    assert_eq!(opened.pipelines(&loader).last(), Some(&found));
    assert_eq!(opened.find(&loader, "people"), Some(found));
}

#[test]
fn two_pipelines_of_one_name_are_told_at_both_places() {
    let loader = Counted::over_one_source(3).with("p/twice.sync", &pipeline(1).replace("accounts1", "accounts2"));
    let checked = folder(&loader, Path::new("p"));
    let said = said(&checked.files);
    let twice = "E0210 the pipeline `p001` is declared twice";
    assert!(said.contains(&format!("p001.sync:2:10 {twice}")) && said.contains(&format!("twice.sync:2:10 {twice}")), "{said}");
    assert!(said.contains("see    twice.sync:2:") && said.contains("see    p001.sync:2:"), "{said}");
}

#[test]
fn a_copied_pipeline_is_reported_for_its_name_alone() {
    let loader = Counted::over_one_source(2).with("p/copy.sync", &pipeline(1));
    let checked = folder(&loader, Path::new("p"));
    let codes: Vec<_> = checked.files.iter().flat_map(|one| &one.diagnostics).map(|one| one.code).collect();
    assert_eq!(codes, ["E0210", "E0210"], "{}", said(&checked.files));
}

/// A table from a file, and what is said of it.
const CSV_TABLES: [(&str, &str, &str); 11] = [
    ("K,V\nFR,France\nES,Spain\n", "", ""),
    ("K,V\nFR,France\nFR,Francia\n", "E0210", "lines 2 and 3 of `data/d.csv` have the same `K`"),
    ("K,V\nFR,France\n\nES,Spain\n\" FR\",x\nFR,\"two\nlines\"\n", "E0210", "lines 2 and 6 of `data/d.csv` have the same `K`"),
    ("K,V\nFR,France\n,Spain\n", "E0706", "`data/d.csv`, line 3: there is no `K`"),
    ("K,V\nFR,France\nES, \n", "E0706", "`data/d.csv`, line 3: there is no `V`"),
    ("K,V\nFR,\"Fra\"nce\n", "E0706", "`data/d.csv`, line 2: there is text behind the quotation mark"),
    ("K,V\nFR,France\nES\n", "E0706", "`data/d.csv`, line 3: it has 1 of 2 cells"),
    ("K,V\nFR,\"France\nES,Spain\n", "E0706", "`data/d.csv` has a quotation mark that is never closed"),
    ("K,V,K\nFR,France,x\n", "E0706", "`data/d.csv`, line 1: the column `K` appears twice"),
    ("K|V\nFR|France\n", "E0706", "`data/d.csv` has one column only"),
    ("", "E0706", "`data/d.csv` is empty"),
];

#[test]
fn a_table_refuses_what_a_source_refuses_of_a_csv_file() {
    let table = format!("{}table names from \"data/d.csv\" key \"K\" value \"V\"\n", pipeline(0));
    for (csv, code, message) in CSV_TABLES {
        let loader = Counted::over_one_source(1).with("p/p000.sync", &table).with("p/data/d.csv", csv);
        let checked = folder(&loader, Path::new("p"));
        let errors: Vec<_> = checked.files.iter().flat_map(|one| &one.diagnostics).filter(|one| one.is_error()).collect();
        let codes: Vec<_> = errors.iter().map(|one| one.code).collect();
        assert_eq!(codes, if code.is_empty() { vec![] } else { vec![code] }, "{csv:?}: {}", said(&checked.files));
        assert!(errors.iter().all(|one| one.message.starts_with(message)), "{csv:?}: {}", said(&checked.files));
    }
}

/// Pipelines with a table each of their own: the system is the same for all that give it the same tables.
#[test]
fn a_system_is_checked_once_for_each_set_of_tables_that_it_names() {
    let system = |format: &str| {
        let call = format!("list GET \"/people\" {{ query \"kind\" = \"a\" | lookup(kinds) {format} items $ }}");
        format!(
            "system web {{ http \"https://example.com\" {{}} collection people {{ {call} key id attributes {{ id : text unique at $.id }} }} }}\n"
        )
    };
    let with = |table: &str, at: usize| {
        format!("use \"systems/web.sync\"\n{table}pipeline q{at} {{ from web.people as person to web.people mode create and update }}\n")
    };
    let own = |at: usize, name: &str| (PathBuf::from(format!("p/q{at}.sync")), with(&format!("table {name} {{ \"a\" = \"b\" }}\n"), at));
    let mut loader = Counted::default().with("p/systems/web.sync", &system(""));
    loader.files.extend([own(0, "kinds"), own(1, "kinds"), own(2, "others")]);
    let checked = folder(&loader, Path::new("p"));
    let unknown: Vec<_> = checked.files.iter().map(|one| rendered(one).contains("there is no table `kinds`")).collect();
    assert_eq!(unknown, [false, false, true], "each file gives the system its own tables: {}", said(&checked.files));
}

/// What a check of one file says is what a check of the whole folder says of it.
#[test]
fn a_file_alone_is_told_the_same_as_in_its_folder() {
    let fixtures = Disk(PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("src/check/tests/fixtures"));
    let shipped = Disk(PathBuf::from(env!("CARGO_MANIFEST_DIR")));
    let mut made = Counted::over_one_source(6).with("p/p001.sync", &pipeline(1).replace("accounts1", "accounts2"));
    made.files.get_mut(&file(3)).unwrap().push_str("pipeline later {\n  schedule after p002\n}\n");
    made.files.get_mut(&file(4)).unwrap().push_str("pipeline never {\n  schedule after p02\n}\n");
    let cases: [(&dyn Loader, &str); 4] =
        [(&fixtures, "folder"), (&shipped, "pipelines"), (&shipped, "tests/fixtures/language/pipelines"), (&made, "p")];
    for (loader, path) in cases {
        let all = folder(loader, Path::new(path));
        assert!(all.files.len() > 2, "{path}");
        for one in &all.files {
            let alone = crate::check::check(loader, one.file());
            assert_eq!(rendered(&alone), rendered(one), "{}", one.file().display());
            assert_eq!(alone.project.is_some(), one.project.is_some());
        }
    }
}

#[test]
fn tables_of_fifty_thousand_rows_take_no_square() {
    let rows: String = (0..50_000).map(|at| format!("key{at},value{at}\n")).collect();
    let text = format!("{}table names from \"names.csv\" key \"key\" value \"value\"\n", pipeline(0));
    let loader = Counted::over_one_source(1).with("p/p000.sync", &text).with("p/names.csv", &format!("key,value\n{rows}"));
    let begun = Instant::now();
    let checked = folder(&loader, Path::new("p"));
    assert!(begun.elapsed().as_secs() < 20);
    assert_eq!(checked.opened.iter().filter(|path| path.ends_with("names.csv")).count(), 1);
}

/// A folder on the disk with a pipeline in it, and a system beside it.
fn on_disk() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (path, text) in Counted::over_one_source(2).files {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    folder
}

#[cfg(unix)]
#[test]
fn links_in_a_circle_end_where_they_begin() {
    let disk = on_disk();
    let path = disk.path().join("p");
    std::os::unix::fs::symlink(".", path.join("again")).unwrap();
    std::os::unix::fs::symlink("loop.sync", path.join("loop.sync")).unwrap();
    fs::write(path.join("own.sync"), "use \"again/again/own.sync\"\nuse \"again/systems/files.sync\"\n").unwrap();
    let checked = folder(&crate::reload::disk::DiskLoader::default(), &path);
    let said = said(&checked.files);
    assert!(said.contains("loop.sync:1:1 E0703 `loop.sync` can't be read: too many levels of symbolic links"), "{said}");
    assert!(said.contains("own.sync:1:5 E0704 a file can't use itself"), "{said}");
    assert_eq!(checked.files.iter().filter(|one| one.project.is_none()).count(), 2, "{said}");
}

#[test]
fn a_file_of_five_megabytes_is_refused_and_hides_no_other() {
    let disk = on_disk();
    let path = disk.path().join("p");
    fs::write(path.join("large.sync"), "# words\n".repeat(5 * 1024 * 1024 / 8)).unwrap();
    let loader = crate::reload::disk::DiskLoader::default();
    let checked = folder(&loader, &path);
    let said = said(&checked.files);
    assert!(said.contains("large.sync:1:1 E0703 `large.sync` can't be read: it has more than 4 MB"), "{said}");
    assert_eq!(checked.files.iter().filter(|one| one.project.is_some()).count(), 2, "{said}");
    assert_eq!(Folder::new(&path).find(&loader, "large").map(|found| found.file), Some(path.join("large.sync")));
}

/// A system whose part has paths of its own and under those of the record, and two pipelines that use the same patterns.
fn with_patterns() -> Counted {
    let system = "system crm {\n  http \"https://crm.example.com\" { }\n  collection people {\n    key id\n    lists all\n    list GET \
                  \"/people\" { items $.data }\n    update PATCH \"/people/{id}\"\n    part home {\n      at $.home\n      written at \
                  $.address\n      attributes {\n        city : text? at $.city matches \"^[A-Z]+$\"\n        code : text? at $.code \
                  matches \"^[A-Z]+$\"\n      }\n    }\n    attributes {\n      id   : text unique read only at $.id\n      name : text? \
                  at $.name\n      city : text? at $.city\n    }\n  }\n}\n";
    let pipeline = |name: &str| {
        let text = body(name, "accounts0").replace(
            "  match {",
            "  field level : text? = $.levels[?@.of == \"main\"].name\n  include when \
                                                                  person.name matches \"^[A-Z]+$\"\n  match {",
        );
        format!("use \"systems/files.sync\"\nuse \"systems/crm.sync\"\n{text}")
    };
    Counted::over_one_source(1)
        .with("p/systems/crm.sync", system)
        .with("p/first.sync", &pipeline("first"))
        .with("p/second.sync", &pipeline("second"))
}

#[test]
fn each_json_path_and_regular_expression_is_compiled_once() {
    let doubled = |all: &[String]| {
        let mut all = all.to_vec();
        all.sort();
        all.windows(2).filter(|pair| pair[0] == pair[1]).map(|pair| pair[0].clone()).collect::<Vec<_>>()
    };
    let (loader, opened) = (with_patterns(), Folder::new(Path::new("p")));
    all_compiled();
    let _ = opened.check_all(&loader);
    let compiled = all_compiled();
    assert_eq!(doubled(&compiled), Vec::<String>::new());
    for text in ["$.home", "$.home.city", "$.address.city", "$.city", "^[A-Z]+$", "$.levels[?@.of == \"main\"].name"] {
        assert!(compiled.iter().any(|one| one == text), "{text} is not among {compiled:?}");
    }
    let _ = (opened.check_all(&loader), opened.check(&loader, Path::new("p/first.sync")));
    assert_eq!(all_compiled(), Vec::<String>::new(), "the folder knows all of them by now");

    let shipped = Folder::new(Path::new("pipelines"));
    let _ = shipped.check_all(&Disk(PathBuf::from(env!("CARGO_MANIFEST_DIR"))));
    let compiled = all_compiled();
    assert!(compiled.len() > 150, "{}", compiled.len());
    assert_eq!(doubled(&compiled), Vec::<String>::new());
}

/// Two pipelines of one file, each with a target of its own, a test for each, and lines of one of the two replaced.
fn two_in_one_file(replaced: &[(&str, &str)]) -> Checked {
    let test = |of: &str| format!("test \"{of}\" for {of} {{\n  expect no changes\n}}\n");
    let parts = [body("bad", "accounts0"), body("good", "accounts1"), test("bad"), test("good")];
    let mut text = format!("use \"systems/files.sync\"\n{}", parts.concat());
    for (old, new) in replaced {
        assert!(text.contains(old), "{old}");
        text = text.replacen(old, new, 1);
    }
    let mut loader = Counted::over_one_source(3).with("p/two.sync", &text);
    loader.files.retain(|path, _| path.ends_with("two.sync") || path.ends_with("files.sync"));
    Folder::new(Path::new("p")).check(&loader, Path::new("p/two.sync"))
}

#[test]
fn a_mistake_in_a_pipeline_stops_no_other_of_its_file() {
    let mistakes = [
        ("name = person.name", "name = person.nam"),
        ("mode create and update", "mood create and update"),
        ("id = person.id\n    name", "id == person.id\n    name"),
        ("  match {\n    id = person.id", "  match {\n    id = "),
        ("name = person.name", "name = \"never closed"),
        ("pipeline bad {", "pipline bad {"),
        ("test \"bad\" for bad {\n  expect no changes", "test \"bad\" for bad {\n  expect nothing"),
        ("test \"bad\" for bad {\n", "test \"bad\" for bad {\n  given source { nam = \"x\" }\n"),
    ];
    for mistake in mistakes {
        let checked = two_in_one_file(&[mistake]);
        let said = rendered(&checked);
        assert!(checked.diagnostics.iter().any(crate::diagnose::Diagnostic::is_error), "{mistake:?}");
        let of = |name: &str| checked.project_of(name).is_some();
        assert_eq!((checked.project.is_some(), of("bad"), of("good")), (false, false, mistake.1 != "name = \"never closed"), "{said}");
    }
}

#[test]
fn a_mistake_stops_the_pipelines_that_depend_on_it_and_all_if_it_is_theirs_too() {
    let mistake = ("name = person.name", "name = person.nam");
    let second = |line: &'static str| ("pipeline good {\n", line);
    for changed in [
        vec![mistake, ("to files.accounts1", "to files.accounts0")],
        vec![mistake, second("pipeline good {\n  schedule after bad\n")],
        vec![mistake, second("pipeline good {\n  exclude when person.id | counterpart(bad) is present\n")],
        vec![mistake, second("pipeline good {\n  setting often : schedule = after bad\n  schedule setting.often\n")],
        // What the other direction writes decides over conflicts.
        vec![
            mistake,
            ("to files.accounts0", "to files.accounts1"),
            (
                "from files.people as person\n  to files.accounts1\n  match {\n    id = person.id\n  }\n  mode create and update\n  map {\n    id = person.id\n    name = person.name",
                "from files.accounts1 as person\n  to files.people\n  match {\n    id = person.id\n  }\n  mode create and update\n  map {\n    id = person.id\n    name = person.name",
            ),
        ],
        // Where the other writes to is not known.
        vec![("to files.accounts0", "tu files.accounts0 and more")],
        // What is declared for all, and where the pipeline ends.
        vec![mistake, ("use \"systems/files.sync\"", "use \"systems/files.sync\"\nrequire person.id is present")],
        vec![("  }\n}\npipeline good", "  }\npipeline good")],
        vec![("pipeline good", "pipeline bad")],
    ] {
        let checked = two_in_one_file(&changed);
        let of = |name: &str| checked.project_of(name).is_some();
        assert_eq!((checked.project.is_some(), of("bad"), of("good")), (false, false, false), "{changed:?}: {}", rendered(&checked));
    }
}
