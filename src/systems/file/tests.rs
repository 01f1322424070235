//! Files as they come and as they are left behind.

#![expect(clippy::disallowed_methods, reason = "tests write files of their own, and run a task to its end")]

use super::*;
use crate::{
    compile::system::{Attribute, Connection, CsvOptions, FileFormat},
    systems::{
        Observer, WriteKind,
        tests::build::{attribute, collection, path, text},
    },
    value::{Kind, Type, encoding::CharacterEncoding, format::Form},
};
use std::{collections::BTreeMap, fs};

mod drop_folder;
mod looks;

struct IgnoreEvents;

impl Observer for IgnoreEvents {}

struct Folder {
    folder: tempfile::TempDir,
    files: Files,
}

const CSV: FileFormat = FileFormat::Csv(OPTIONS);
const OPTIONS: CsvOptions = CsvOptions { delimiter: b';', encoding: CharacterEncoding::Utf8, skip: 0 };

fn people(format: &FileFormat) -> Vec<Attribute> {
    let active = if matches!(format, FileFormat::Csv(_)) { vec![Form::Truth("yes".into(), "no".into())] } else { Vec::new() };
    let mut truth = attribute("active", Type::optional(Kind::Bool), "$.active");
    truth.codec.forms = active;
    vec![
        attribute("id", Type::present(Kind::Text), "$.id"),
        attribute("name", Type::optional(Kind::Text), r#"$["Full name"]"#),
        truth,
        attribute("tags", Type::optional(Kind::List(Box::new(Kind::Text))), "$.tags"),
        attribute("city", Type::optional(Kind::Text), "$.address.city"),
    ]
}

impl Folder {
    fn new(name: &str, format: FileFormat, content: Option<&[u8]>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        if let Some(content) = content {
            fs::write(folder.path().join(name), content).unwrap();
        }
        let mut people = collection("people", people(&format));
        people.file = Some(File { path: text(name), newest: name.contains('*'), format });
        let system = System {
            name: "files".into(),
            title: "files".into(),
            connection: Connection::Files,
            collections: vec![people],
            settings: Vec::new(),
            later: Vec::new(),
            span: crate::diagnose::Span::default(),
        };
        let config = ConnectionConfig {
            secrets: BTreeMap::new(),
            origin: None,
            folder: folder.path().to_path_buf(),
            roots: crate::host::Roots::default(),
            tokens: None,
            now: jiff::Timestamp::UNIX_EPOCH,
            today: jiff::civil::date(2026, 3, 1),
            observer: Arc::new(IgnoreEvents),
            host: crate::host::Host::real(),
            budgets: crate::systems::Budgets::default(),
            stop: crate::systems::StopSignal::default(),
        };
        Self { files: Files::open(&Arc::new(system), config), folder }
    }

    fn text(&self, name: &str) -> String {
        fs::read_to_string(self.folder.path().join(name)).unwrap()
    }

    fn read_as(&self, ask: &ReadRequest) -> Result<Vec<String>, String> {
        let mut records = Vec::new();
        let mut sink =
            |page: &[&[u8]], _: Option<u64>| records.extend(page.iter().map(|record| String::from_utf8(record.to_vec()).unwrap()));
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        let read = runtime.block_on(self.files.read(0, ask, &mut sink));
        match read.end {
            End::Complete { .. } => {
                assert_eq!(read.records, records.len() as u64);
                Ok(records)
            }
            End::Broken { reason, .. } => Err(reason),
            End::Delta => panic!("a file has no since"),
        }
    }
}

fn read(name: &str, format: FileFormat, content: &[u8]) -> Result<Vec<String>, String> {
    Folder::new(name, format, Some(content)).read_as(&ReadRequest::default())
}

fn csv(content: impl AsRef<[u8]>) -> Result<Vec<String>, String> {
    read("people.csv", CSV, content.as_ref())
}

fn lines(content: impl AsRef<[u8]>) -> Result<Vec<String>, String> {
    read("people.jsonl", FileFormat::JsonLines, content.as_ref())
}

fn json(items: Option<&str>, content: &str) -> Result<Vec<String>, String> {
    read("people.json", FileFormat::Json { items: items.map(path) }, content.as_bytes())
}

fn refused_with(said: &str) -> Result<Vec<String>, String> {
    Err(said.to_owned())
}

#[test]
fn rows_of_csv_become_texts() {
    let rows = csv("\u{feff}id;Full name;;active\r\n00057;\"Martin; \"\"Jo\"\"\nMarie\";x;yes\r\n00058;;;\r\n;;;\r\n\r\n").unwrap();
    assert_eq!(
        rows,
        [r#"{"id":"00057","Full name":"Martin; \"Jo\"\nMarie","active":"yes"}"#, r#"{"id":"00058","Full name":null,"active":null}"#]
    );
    assert_eq!(csv("id;Full name\n"), Ok(vec![]), "names alone are nobody, and that is complete");
}

#[test]
fn csv_that_can_t_be_right_is_told_with_its_line() {
    assert_eq!(csv(""), refused_with("`people.csv` is empty: a CSV file begins with a row of names"));
    assert_eq!(
        csv("id;a\n1;x\n2"),
        refused_with("`people.csv`, line 3: it has 1 of 2 cells, separated by `;`: the row may end in the middle")
    );
    assert_eq!(
        csv("id;a\n1;x;y\n2;z\n"),
        refused_with(
            "`people.csv`, line 2: it has 3 of 2 cells, separated by `;`: a cell that contains the delimiter must be in quotation marks"
        )
    );
    let unclosed = refused_with("`people.csv` has a quotation mark that is never closed: close it, or double one that belongs to the text");
    assert_eq!(csv("id;a\n1;\"x\n2;y\n"), unclosed);
    assert_eq!(csv("id;a\n\"1;x\n2;y\n"), unclosed);
    assert_eq!(csv("id;id\n1;2\n"), refused_with("`people.csv`, line 1: the column `id` appears twice: rename one of them"));
    assert_eq!(
        csv("id,a\n1,2\n"),
        refused_with("`people.csv`, line 1: there is one column only: is it separated by `,`? Then write `delimiter = \",\"`")
    );
    assert_eq!(
        csv(b"id;a\n1;H\xe9l\xe8ne\n"),
        refused_with(
            "`people.csv`, line 2: it is not in UTF-8: write its encoding, such as `csv { encoding = \"windows-1252\" }`, or save it as UTF-8"
        )
    );
    assert_eq!(csv(b"\xff\xfei\0d\0"), refused_with("`people.csv` is in UTF-16: write `encoding = \"utf-16\"`, or save it as UTF-8"));
}

#[test]
fn json_lines_are_read_line_by_line() {
    assert_eq!(lines("\u{feff}{\"id\":\"1\"}\r\n\n  {\"id\":\"2\"}").unwrap(), [r#"{"id":"1"}"#, r#"{"id":"2"}"#]);
    assert_eq!(lines(""), Ok(vec![]));
    let cut = "`people.jsonl`, line 2: it ends in the middle: the file was not written to its end, so make it again";
    assert_eq!(lines("{\"id\":\"1\"}\n{\"id\":\"2"), refused_with(cut));
    assert_eq!(
        lines("{\"id\":1}\n{id:2}\n"),
        refused_with("`people.jsonl`, line 2: it is not JSON at column 2: each line is one JSON object")
    );
    assert_eq!(lines("[{\"id\":1}]"), refused_with("`people.jsonl`, line 1: it is not a record: each line must be one JSON object"));
    assert_eq!(
        lines(b"{\"id\":\"\xe9\"}"),
        refused_with("`people.jsonl`, line 1: it is not in UTF-8 (perhaps in Windows-1252 or Latin-1): save it as UTF-8")
    );
}

#[test]
fn many_lines_come_in_pages() {
    let content: String = (0..2_500).map(|id| format!("{{\"id\":\"{id}\"}}\n")).collect();
    let folder = Folder::new("people.jsonl", FileFormat::JsonLines, Some(content.as_bytes()));
    let mut pages = Vec::new();
    let mut sink = |page: &[&[u8]], _: Option<u64>| pages.push((page.len(), page.last().unwrap().to_vec()));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    runtime.block_on(folder.files.read(0, &ReadRequest::default(), &mut sink));
    assert_eq!(pages.iter().map(|(count, _)| *count).collect::<Vec<_>>(), [1_000, 1_000, 500]);
    assert_eq!(pages[2].1, br#"{"id":"2499"}"#);
}

#[test]
fn json_is_a_list_or_holds_one() {
    assert_eq!(json(None, "[ {\"id\": \"1\"} ]").unwrap(), [r#"{"id": "1"}"#]);
    assert_eq!(json(Some("$.data.people"), r#"{"data":{"people":[{"id":"1"}]}}"#).unwrap(), [r#"{"id":"1"}"#]);
    assert_eq!(json(Some("$.data"), r#"{"people":[]}"#), refused_with("`people.json` has no list at `$.data`: say where the records are"));
    assert_eq!(
        json(None, "[{\"id\":"),
        refused_with("`people.json` is not one whole JSON value: it ends in the middle, after 7 bytes; make it again")
    );
    assert_eq!(json(None, ""), refused_with("`people.json` is not one whole JSON value: it is empty; make it again"));
    assert_eq!(json(None, "[1]"), refused_with("`people.json` has something else than records in its list at `$`"));
}

#[test]
fn a_source_must_be_there_and_a_target_may_be_new() {
    let folder = Folder::new("people.jsonl", FileFormat::JsonLines, None);
    assert_eq!(folder.read_as(&ReadRequest::default()), refused_with("there is no file `people.jsonl`: put it there, or correct its name"));
    assert_eq!(folder.read_as(&ReadRequest { may_be_new: true, ..ReadRequest::default() }), Ok(vec![]));
    let folder = Folder::new("x", FileFormat::JsonLines, None);
    fs::create_dir(folder.folder.path().join("x")).unwrap();
    assert_eq!(folder.read_as(&ReadRequest::default()), refused_with("`x` is a folder, and a file is needed"));
    assert_eq!(folder.files.identity(), Ok("files in .".to_owned()));
}

fn value(text: &str) -> Value {
    Value::text(text)
}

fn write(kind: WriteKind, id: Option<&str>, values: &[(usize, Value)]) -> Write {
    Write { kind, id: id.map(Value::text), values: values.to_vec(), current: Vec::new(), token: None, record: None }
}

fn create(id: &str, name: &str) -> Write {
    write(WriteKind::Create, None, &[(0, value(id)), (1, value(name)), (2, Value::Bool(true))])
}

fn classes(outcomes: &[Result<Written, CallError>]) -> Vec<Option<ErrorClass>> {
    outcomes.iter().map(|outcome| outcome.as_ref().err().map(|error| error.class)).collect()
}

const LINES: &str = "{\"id\":\"1\",\"extra\":[1.50, 123456789012345678901234567890],\"Full name\":\"Ann\"}\n{\"id\":\"2\",\"active\":true}\n{\"id\":\"3\"}\n";

#[test]
fn a_file_keeps_what_nobody_wrote() {
    let folder = Folder::new("people.jsonl", FileFormat::JsonLines, Some(LINES.as_bytes()));
    let writes = [
        write(WriteKind::Update, Some("1"), &[(1, value("Anna")), (4, value("Paris"))]),
        write(WriteKind::Delete, Some("2"), &[]),
        create("4", "Dan"),
        write(WriteKind::Update, Some("4"), &[(1, Value::Null)]),
    ];
    let outcomes = folder.files.write(0, &writes);
    assert_eq!(classes(&outcomes), [None, None, None, None]);
    assert_eq!(outcomes[2].as_ref().unwrap().id, Some(value("4")));
    let wanted = [
        r#"{"id":"1","extra":[1.50, 123456789012345678901234567890],"Full name":"Anna","address":{"city":"Paris"}}"#,
        r#"{"id":"3"}"#,
        r#"{"id":"4","Full name":null,"active":true}"#,
    ];
    assert_eq!(folder.text("people.jsonl"), wanted.map(|line| format!("{line}\n")).concat());
}

#[test]
fn one_that_can_t_be_written_fails_alone() {
    let folder = Folder::new("people.jsonl", FileFormat::JsonLines, Some(LINES.as_bytes()));
    let writes = [
        create("1", "again"),
        write(WriteKind::Create, None, &[(1, value("no key"))]),
        write(WriteKind::Update, Some("9"), &[(1, value("nobody"))]),
        write(WriteKind::Update, Some("1"), &[(0, value("3"))]),
        write(WriteKind::Call(0), Some("1"), &[]),
        write(WriteKind::Update, Some("3"), &[(1, value("Cleo"))]),
    ];
    let outcomes = folder.files.write(0, &writes);
    use ErrorClass::{Conflict, Gone, Invalid};
    assert_eq!(classes(&outcomes), [Some(Conflict), Some(Invalid), Some(Gone), Some(Conflict), Some(Invalid), None]);
    assert_eq!(outcomes[1].as_ref().unwrap_err().message, "a file gives no keys, so `map` must write `id`");
    assert!(folder.text("people.jsonl").ends_with("{\"id\":\"3\",\"Full name\":\"Cleo\"}\n"));
}

#[test]
fn a_target_that_is_not_there_is_made() {
    for (name, format, wanted) in [
        ("new.jsonl", FileFormat::JsonLines, "{\"id\":\"1\",\"Full name\":\"Ann\",\"active\":true}\n"),
        ("new.csv", CSV, "id;Full name;active\n1;Ann;yes\n"),
        (
            "new.json",
            FileFormat::Json { items: None },
            "[\n  {\n    \"id\": \"1\",\n    \"Full name\": \"Ann\",\n    \"active\": true\n  }\n]\n",
        ),
    ] {
        let folder = Folder::new(name, format, None);
        assert_eq!(classes(&folder.files.write(0, &[create("1", "Ann")])), [None]);
        assert_eq!(folder.text(name), wanted);
        assert_eq!(fs::read_dir(folder.folder.path()).unwrap().count(), 1, "nothing else is left behind");
    }
}

#[test]
fn csv_keeps_its_columns_and_its_looks() {
    let folder = Folder::new("people.csv", CSV, Some("\u{feff}extra;id\r\n\"a;b\";1\r\nc;2\r\n".as_bytes()));
    let writes = [write(WriteKind::Update, Some("2"), &[(1, value("Bob \"B\""))]), create("3", "Cleo")];
    assert_eq!(classes(&folder.files.write(0, &writes)), [None, None]);
    assert_eq!(folder.text("people.csv"), "\u{feff}extra;id;Full name;active\r\n\"a;b\";1;;\r\nc;2;\"Bob \"\"B\"\"\";\r\n;3;Cleo;yes\r\n");
    let outcomes = folder.files.write(
        0,
        &[
            write(WriteKind::Update, Some("1"), &[(4, value("Paris"))]),
            write(WriteKind::Update, Some("1"), &[(3, Value::list(vec![value("x")]))]),
        ],
    );
    let messages: Vec<_> = outcomes.into_iter().map(|outcome| outcome.unwrap_err().message).collect();
    assert_eq!(
        messages,
        ["`city` is not a column: its path must be a single name", "`tags` is a list, and a cell holds one value: `join` it"]
    );
}

#[test]
fn what_stands_round_the_list_stays() {
    let format = FileFormat::Json { items: Some(path("$.data.people")) };
    let folder = Folder::new("people.json", format, Some(br#"{"version":2,"data":{"people":[{"id":"1"}],"more":true}}"#));
    assert_eq!(classes(&folder.files.write(0, &[create("2", "Bob")])), [None]);
    let wanted = r#"{"version":2,"data":{"people":[{"id":"1"},{"id":"2","Full name":"Bob","active":true}],"more":true}}"#;
    assert_eq!(folder.text("people.json"), format!("{wanted}\n"));
}

#[test]
fn a_file_that_can_t_be_read_is_not_written() {
    let folder = Folder::new("people.jsonl", FileFormat::JsonLines, Some(b"{\"id\":\"1\"}\n{\"id\":"));
    let outcomes = folder.files.write(0, &[create("2", "Bob"), create("3", "Cleo")]);
    assert_eq!(classes(&outcomes), [Some(ErrorClass::Temporary), Some(ErrorClass::Temporary)]);
    assert_eq!(folder.text("people.jsonl"), "{\"id\":\"1\"}\n{\"id\":");
}

#[test]
fn a_replacement_that_fails_leaves_the_old_file() {
    let folder = Folder::new("people.jsonl", FileFormat::JsonLines, None);
    let path = folder.folder.path().join("people.jsonl");
    fs::create_dir(&path).unwrap();
    fs::write(path.join("inside"), "kept").unwrap();
    assert!(replace::replace(Host::real().disk(), &path, b"new").is_err());
    assert_eq!(fs::read_to_string(path.join("inside")).unwrap(), "kept");
    assert_eq!(fs::read_dir(folder.folder.path()).unwrap().count(), 1, "the temporary file is gone");
    let full = unwritten("people.jsonl", &std::io::Error::from(std::io::ErrorKind::StorageFull));
    assert_eq!(full.message, "`people.jsonl` could not be replaced (the disk is full): it is as it was");
    assert_eq!(full.effect, Effect::None);
}

#[cfg(unix)]
#[test]
fn a_link_and_the_rights_of_a_file_stay() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let folder = tempfile::tempdir().unwrap();
    let (real, link) = (folder.path().join("real"), folder.path().join("link"));
    fs::write(&real, "old").unwrap();
    fs::set_permissions(&real, fs::Permissions::from_mode(0o604)).unwrap();
    symlink(&real, &link).unwrap();
    replace::replace(Host::real().disk(), &link, b"new").unwrap();
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    assert_eq!((fs::read_to_string(&real).unwrap().as_str(), fs::metadata(&real).unwrap().permissions().mode() & 0o777), ("new", 0o604));
}

#[test]
fn records_are_found_by_their_values() {
    let folder = Folder::new("people.jsonl", FileFormat::JsonLines, Some(LINES.as_bytes()));
    assert_eq!(folder.files.get(0, &value("3")).unwrap().as_deref(), Some(&br#"{"id":"3"}"#[..]));
    assert_eq!(folder.files.get(0, &value("4")).unwrap(), None);
    assert_eq!(folder.files.find(0, 1, &value("Ann")).unwrap().len(), 1);
    let broken = Folder::new("people.jsonl", FileFormat::JsonLines, Some(b"{\"id\":\"1\"}\n{"));
    assert!(broken.files.get(0, &value("3")).is_err(), "a failed look-up is not \"not there\"");
}

/// A pipe waits for ever, a device never ends, a file without a line end fills memory: each is refused with its cause.
#[test]
fn only_ordinary_files_with_ends_are_read() {
    let said = |name: &str, format: &FileFormat, path: &std::path::Path| {
        let mut sink = |_: &[&[u8]]| {};
        let file = File { path: text(name), newest: false, format: format.clone() };
        let place = LocatedFile { file: &file, path: path.to_path_buf(), name: name.to_owned(), needed: None };
        scan::scan(Host::real().disk(), &place, &[], &mut sink).expect_err("a refusal").to_string()
    };
    let folder = tempfile::tempdir().unwrap();
    let pipe = folder.path().join("pipe");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    for format in [FileFormat::JsonLines, CSV, FileFormat::Json { items: None }] {
        assert!(said("pipe", &format, &pipe).contains("is a pipe or a device"), "{format:?}");
        assert!(said("folder", &format, folder.path()).contains("is a folder"), "{format:?}");
        assert!(said("zero", &format, std::path::Path::new("/dev/zero")).contains("is a pipe or a device"), "{format:?}");
    }
    let endless = folder.path().join("endless");
    fs::File::create(&endless).unwrap().set_len(crate::value::csv::LONGEST + (1 << 20)).unwrap();
    for format in [FileFormat::JsonLines, CSV] {
        assert!(said("endless", &format, &endless).contains("the record is longer than 64 MB"), "{}", said("endless", &format, &endless));
    }
    let large = folder.path().join("large.json");
    fs::File::create(&large).unwrap().set_len(error::LARGEST_JSON + 1).unwrap();
    assert_eq!(
        said("large.json", &FileFormat::Json { items: None }, &large),
        "`large.json` is larger than 256 MB: save it as JSON lines, which are read one by one"
    );
}

#[test]
fn columns_without_a_name_of_their_own_keep_their_cells() {
    let file = "id;Full name;active;;\n1;Old;yes;x;y\n9;Zoe;yes;p;q\n";
    let folder = Folder::new("people.csv", CSV, Some(file.as_bytes()));
    folder.files.write(0, &[write(WriteKind::Update, Some("1"), &[(1, value("New"))])]);
    assert_eq!(folder.text("people.csv"), file.replace("Old", "New"));
    let twice = "note;id;note;Full name\na;1;b;Old\n";
    let folder = Folder::new("people.csv", CSV, Some(twice.as_bytes()));
    assert!(folder.files.write(0, &[write(WriteKind::Update, Some("1"), &[(1, value("New"))])])[0].is_ok(), "no attribute is there");
    assert_eq!(folder.text("people.csv"), twice.replace("Old", "New"));
}

/// Which of two columns a value is in can't be told; of columns that no attribute reads it need not be.
#[test]
fn two_columns_of_one_name_matter_where_an_attribute_reads_them() {
    let id = ReadRequest { attributes: vec![0], ..ReadRequest::default() };
    for fine in ["note;id;note\na;1;b\n", "note;note;id\na;b;1\n", "x;id;x;x\na;1;b;c\n"] {
        let read = Folder::new("people.csv", CSV, Some(fine.as_bytes())).read_as(&id).unwrap();
        assert!(read.len() == 1 && read[0].contains(r#""id":"1""#), "{fine}: {read:?}");
    }
    for (twice, column) in
        [("id;note;id\n1;a;2\n", "id"), ("id;active;active\n1;yes;no\n", "active"), ("id;address;address\n1;x;y\n", "address")]
    {
        let refused = format!("`people.csv`, line 1: the column `{column}` appears twice: rename one of them");
        for ask in [&id, &ReadRequest { may_be_new: true, ..ReadRequest::default() }] {
            let folder = Folder::new("people.csv", CSV, Some(twice.as_bytes()));
            assert_eq!(folder.read_as(ask), refused_with(&refused), "{twice}");
            assert!(folder.files.write(0, &[write(WriteKind::Update, Some("1"), &[(1, value("New"))])])[0].is_err(), "{twice}");
            assert_eq!(folder.text("people.csv"), twice);
        }
    }
}

/// A report is exported with a title, and the names of the columns are below it.
#[test]
fn a_title_above_the_names_is_told_with_the_lines_to_leave_out() {
    let skipping = |skip: u64| FileFormat::Csv(CsvOptions { skip, ..OPTIONS });
    let ask = ReadRequest { attributes: vec![0, 1], ..ReadRequest::default() };
    let read = |skip: u64, file: &str| Folder::new("people.csv", skipping(skip), Some(file.as_bytes())).read_as(&ask);
    for (file, skip) in [
        ("People of March\nid;Full name;mail\n1;A;a@x\n", 1),
        ("People of March;;\nid;Full name;mail\n1;A;a@x\n", 1),
        ("People of March\n\n\nid;Full name\n1;A\n", 3),
        ("People of March;\nAcme Corp;\n;\n id ;Full name\n1;A\n", 3),
    ] {
        let said = format!(
            "`people.csv`, line {}: it seems to have the names of the columns, below a title: write `csv {{ skip = {skip} }}`",
            skip + 1
        );
        assert_eq!(read(0, file), refused_with(&said), "{file}");
        assert_eq!(read(skip, file).unwrap().len(), 1, "{file}");
    }
    assert!(
        read(1, "x\nPeople of March\nid;Full name\n1;A\n")
            .unwrap_err()
            .contains("line 3: it seems to have the names of the columns, below a title: write `csv { skip = 2 }`")
    );
    assert!(read(0, "id;Full name\n1;x;y\n").unwrap_err().contains("a cell that contains the delimiter"), "the names are there");
    assert!(read(0, "number;Full name\n1;x\n").unwrap_err().contains("there is no column `id`"), "no row has them");
}

/// What is packed, or written in two bytes a character, is no text in an encoding that nobody has named.
#[test]
fn what_a_file_is_that_is_no_text_is_told() {
    let utf_16 = |text: &str, big: bool| -> Vec<u8> {
        text.encode_utf16().flat_map(|unit| if big { unit.to_be_bytes() } else { unit.to_le_bytes() }).collect()
    };
    let formats = [("people.csv", CSV), ("people.jsonl", FileFormat::JsonLines), ("people.json", FileFormat::Json { items: None })];
    for (name, format) in formats {
        assert_eq!(
            read(name, format.clone(), b"\x1f\x8b\x08\0\0\0\0\0\0\x03+"),
            refused_with(&format!("`{name}` is compressed (gzip): unpack it"))
        );
        let zip = format!("`{name}` is a ZIP archive, as workbooks of spreadsheets are: unpack it, or save it as CSV in UTF-8");
        assert_eq!(read(name, format.clone(), b"PK\x03\x04\x14\0\x06\0\x08\0"), refused_with(&zip));
        for (text, big) in
            [("id;Full name\n1;Ann\n", false), ("id;Full name\n1;Ann\n", true), ("{\"id\": \"1\", \"n\": \"Zoë\"}\n", false), ("[]", true)]
        {
            let encoding = if big { "utf-16be" } else { "utf-16le" };
            let said = match format {
                FileFormat::Csv(_) => format!(
                    "`{name}` seems to be in UTF-16 without a byte order mark: write `encoding = \"{encoding}\"`, or save it as UTF-8"
                ),
                _ => format!("`{name}` is in UTF-16: save it as UTF-8"),
            };
            assert_eq!(read(name, format.clone(), &utf_16(text, big)), refused_with(&said), "{text} {big}");
        }
    }
    let declared = FileFormat::Csv(CsvOptions { encoding: CharacterEncoding::Utf16Le, ..OPTIONS });
    assert_eq!(read("people.csv", declared, &utf_16("id;Full name\n1;Ann\n", false)).unwrap().len(), 1);
    for fine in ["id\n1\n", "id;Full name\n1;P\u{1f}K\n", "", "i"] {
        assert!(!csv(fine).is_err_and(|why| why.contains("UTF-16") || why.contains("ZIP")), "{fine:?}");
    }
}

#[test]
fn numbers_of_records_that_nobody_wrote_are_not_rounded() {
    let kept = r#"{"id":"9","n":12345678901234567890123,"f":1.10,"e":1e3}"#;
    let around = [(None, "[", "]"), (Some("$.w"), r#"{"w":["#, "]}"), (Some("$.w"), r#"{"note":"(the records)","w":["#, "]}")];
    for (items, before, after) in around {
        let file = format!("{before}{{\"id\":\"1\"}},{kept}{after}");
        let folder = Folder::new("people.json", FileFormat::Json { items: items.map(path) }, Some(file.as_bytes()));
        assert_eq!(classes(&folder.files.write(0, &[write(WriteKind::Update, Some("1"), &[(1, value("New"))])])), [None]);
        assert_eq!(folder.text("people.json"), format!("{before}{{\"id\":\"1\",\"Full name\":\"New\"}},{kept}{after}\n"));
    }
}

/// Quotation marks where none are needed, blanks, rows without a value, ends of lines of both kinds and none at the end.
#[test]
fn a_row_that_nobody_wrote_keeps_its_bytes() {
    let kept = "\"9\";\"Zoe \"\"Z\"\"\"; yes;\r\n\n;;;\n\"10\";\"two\nlines\";;x";
    let file = |first: &str| format!("\"id\"; Full name ;active;note\n{first}\n{kept}");
    let folder = Folder::new("people.csv", CSV, Some(file("1;\"Old\";yes;").as_bytes()));
    assert_eq!(classes(&folder.files.write(0, &[write(WriteKind::Update, Some("1"), &[(1, value("New"))])])), [None]);
    assert_eq!(folder.text("people.csv"), file("1;New;yes;"));
    assert_eq!(classes(&folder.files.write(0, &[create("11", "Bob")])), [None]);
    assert_eq!(folder.text("people.csv"), file("1;New;yes;") + "\n11;Bob;yes;\n");
    assert_eq!(classes(&folder.files.write(0, &[write(WriteKind::Delete, Some("11"), &[])])), [None]);
    assert_eq!(folder.text("people.csv"), file("1;New;yes;") + "\n");
}

/// A byte order mark, empty lines and a line for Excel are no part of the header, and stay before it.
#[test]
fn what_is_before_the_header_keeps_its_bytes() {
    let file = |before: &str, name: &str| format!("{before}id;Full name;active\n1;{name};yes\n");
    for before in ["", "\u{feff}", "\n\r\n", "\u{feff}\n\n", "\u{feff}\r\nsep=;\r\n", "\nsep=;\n"] {
        let folder = Folder::new("people.csv", CSV, Some(file(before, "Old").as_bytes()));
        assert_eq!(classes(&folder.files.write(0, &[write(WriteKind::Update, Some("1"), &[(1, value("New"))])])), [None], "{before:?}");
        assert_eq!(folder.text("people.csv"), file(before, "New"));
    }
}

#[test]
fn a_new_column_widens_the_rows_that_nobody_wrote() {
    let folder = Folder::new("people.csv", CSV, Some(b"id;note\n\"1\";\"a\"\n\"2\";\"b\"\n"));
    assert_eq!(classes(&folder.files.write(0, &[write(WriteKind::Update, Some("1"), &[(1, value("New"))])])), [None]);
    assert_eq!(folder.text("people.csv"), "id;note;Full name\n1;a;New\n\"2\";\"b\";\n");
}

#[test]
fn a_file_that_somebody_else_has_changed_is_known_until_it_is_read_again() {
    let folder = Folder::new("people.jsonl", FileFormat::JsonLines, Some(LINES.as_bytes()));
    assert!(!folder.files.is_changed(0), "it was not read yet");
    folder.read_as(&ReadRequest::default()).unwrap();
    folder.files.write(0, &[create("8", "Bob")]);
    assert!(!folder.files.is_changed(0), "a write of its own is none");
    let changed = folder.text("people.jsonl") + "{\"id\":\"9\"}\n";
    fs::write(folder.folder.path().join("people.jsonl"), changed).unwrap();
    assert!(folder.files.is_changed(0));
    folder.files.write(0, &[create("10", "Cleo")]);
    assert!(folder.files.is_changed(0), "another write does not hide it");
    assert!(folder.text("people.jsonl").contains("{\"id\":\"9\"}"), "what somebody else wrote stays");
    folder.read_as(&ReadRequest::default()).unwrap();
    assert!(!folder.files.is_changed(0));
}
