//! Files as other programs leave them: in an old encoding, below a title, and as the newest of several.

use super::*;
use std::time::{Duration, SystemTime};

fn in_encoding(name: &str, skip: u64) -> FileFormat {
    let encoding = CharacterEncoding::parse(name).unwrap();
    FileFormat::Csv(CsvOptions { delimiter: b';', encoding, skip })
}

#[test]
fn an_encoding_is_read_as_it_is_declared() {
    let ann = r#"{"id":"1","Full name":"Hélène €"}"#;
    let latin = b"id;Full name\n1;H\xe9l\xe8ne \x80\n";
    assert_eq!(read("a.csv", in_encoding("windows-1252", 0), latin).unwrap(), [ann]);
    let text = "id;Full name\r\n1;Hélène €\r\n";
    let wide = |bytes: fn(u16) -> [u8; 2]| text.encode_utf16().flat_map(bytes).collect::<Vec<_>>();
    assert_eq!(read("a.csv", in_encoding("utf-16le", 0), &wide(u16::to_le_bytes)).unwrap(), [ann]);
    let marked = [b"\xfe\xff".to_vec(), wide(u16::to_be_bytes)].concat();
    assert_eq!(read("a.csv", in_encoding("utf-16", 0), &marked).unwrap(), [ann]);
    assert_eq!(
        read("a.csv", in_encoding("utf-16le", 0), &marked),
        refused_with("`a.csv` begins with the byte order mark of utf-16be, and `encoding` is `utf-16le`: correct one of the two")
    );
    assert_eq!(
        read("a.csv", in_encoding("windows-1252", 0), "\u{feff}id\n1\n".as_bytes()),
        refused_with("`a.csv` begins with the byte order mark of utf-8, and `encoding` is `windows-1252`: correct one of the two")
    );
}

#[test]
fn a_byte_that_is_no_character_breaks_the_read_and_names_its_line() {
    let utf8 = "id;Full name\n1;Ann\n2;Ágnes\n".as_bytes();
    let said = "`a.csv` can't be read: 0x81 in line 3 is no character of windows-1252: check that `encoding` is the one of the file";
    assert_eq!(read("a.csv", in_encoding("windows-1252", 0), utf8), refused_with(said));
    // Also where it is skipped: the file is not what it was declared to be.
    let titled = ["Á title\n".as_bytes(), utf8].concat();
    assert!(read("a.csv", in_encoding("windows-1252", 1), &titled).unwrap_err().contains("0x81 in line 1"));
}

#[test]
fn lines_before_the_header_are_skipped_and_lines_are_counted_from_the_first() {
    let titled = "\u{feff}People, \"unfinished\n\nid;Full name\n1;Ann\n";
    assert_eq!(read("a.csv", in_encoding("utf-8", 2), titled.as_bytes()).unwrap(), [r#"{"id":"1","Full name":"Ann"}"#]);
    assert_eq!(
        read("a.csv", in_encoding("utf-8", 2), format!("{titled}2;Bob;x\n").as_bytes()),
        refused_with(
            "`a.csv`, line 5: it has 3 of 2 cells, separated by `;`: a cell that contains the delimiter must be in quotation marks"
        )
    );
    assert_eq!(
        read("a.csv", in_encoding("utf-8", 3), b"one\ntwo"),
        refused_with("`a.csv` has 2 lines, and `skip` leaves out 3 before the header")
    );
    assert_eq!(
        read("a.csv", in_encoding("utf-8", 2), b"one\ntwo"),
        refused_with("`a.csv` is empty: a CSV file begins with a row of names")
    );
    let folder = Folder::new("a.csv", in_encoding("utf-8", 1), Some(b"title\nid;name\n1;Ann\n"));
    assert_eq!(
        folder.read_as(&ReadRequest { attributes: vec![1], ..ReadRequest::default() }),
        refused_with("`a.csv`, line 2: there is no column `Full name`; there are id, name")
    );
}

#[test]
fn a_rewritten_file_keeps_its_encoding_and_its_title() {
    let folder = Folder::new("a.csv", in_encoding("windows-1252", 1), Some(b"Soci\xe9t\xe9;\r\nid;Full name;active\r\n1;Ren\xe9e;no\r\n"));
    let outcomes = folder.files.write(0, &[create("2", "Zoë €"), create("3", "Łukasz"), create("4", "Dan")]);
    assert_eq!(classes(&outcomes), [None, Some(ErrorClass::Invalid), None]);
    let why = &outcomes[1].as_ref().unwrap_err().message;
    assert_eq!(why, "`name` has `Ł`, which cannot be written in windows-1252, the encoding of the file");
    let wanted = b"Soci\xe9t\xe9;\r\nid;Full name;active\r\n1;Ren\xe9e;no\r\n2;Zo\xeb \x80;yes\r\n4;Dan;yes\r\n";
    assert_eq!(fs::read(folder.folder.path().join("a.csv")).unwrap(), wanted);
}

#[test]
fn a_rewritten_file_keeps_columns_without_a_name_and_their_cells() {
    let before = ["id;;Full name; note ;  ;active\n", "1;a;Ann; x ;b;no\n", "2;c;Bob;\"y;z\";;\n"];
    let folder = Folder::new("a.csv", in_encoding("utf-8", 0), Some(before.concat().as_bytes()));
    assert_eq!(classes(&folder.files.write(0, &[create("3", "Cleo")])), [None]);
    assert_eq!(folder.text("a.csv"), format!("{}3;;Cleo;;;yes\n", before.concat()));
}

#[test]
fn a_new_file_is_read_as_it_was_written() {
    for (name, skip) in [("windows-1252", 0), ("windows-1252", 2), ("utf-16", 0), ("utf-16", 1), ("utf-16be", 3), ("utf-8", 1)] {
        let folder = Folder::new("a.csv", in_encoding(name, skip), None);
        assert_eq!(classes(&folder.files.write(0, &[create("1", "Zoë")])), [None]);
        assert_eq!(folder.read_as(&ReadRequest::default()).unwrap(), [r#"{"id":"1","Full name":"Zoë","active":"yes"}"#], "{name} {skip}");
        assert_eq!(classes(&folder.files.write(0, &[create("2", "Ann")])), [None]);
        assert_eq!(folder.read_as(&ReadRequest::default()).unwrap().len(), 2, "{name} {skip}");
    }
}

/// A folder of files, each so many seconds old.
fn dropped(pattern: &str, files: &[(&str, &str, u64)]) -> Folder {
    let folder = Folder::new(pattern, in_encoding("utf-8", 0), None);
    for (name, content, age) in files {
        let path = folder.folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, content).unwrap();
        let file = fs::File::options().write(true).open(&path).unwrap();
        file.set_modified(SystemTime::now() - Duration::from_secs(*age)).unwrap();
    }
    folder
}

fn ids(folder: &Folder) -> Result<Vec<String>, String> {
    folder.read_as(&ReadRequest::default())
}

#[test]
fn the_newest_file_is_read() {
    let one = |id: &str| vec![format!("{{\"id\":\"{id}\"}}")];
    let files = [
        ("drop/people-1.csv", "id\n1\n", 900),
        ("drop/people-2.csv", "id\n2\n", 300),
        ("drop/people-3.csv", "id\n3\n", 600),
        ("drop/people-4.csv.part", "id\n4\n", 60),
        ("drop/.people-5.csv", "id\n5\n", 60),
        ("drop/teams-6.csv", "id\n6\n", 60),
    ];
    let folder = dropped("drop/people-*.csv", &files);
    fs::create_dir(folder.folder.path().join("drop/people-7.csv")).unwrap();
    assert_eq!(ids(&folder), Ok(one("2")));
    assert_eq!(folder.files.identity(), Ok("files in drop".to_owned()));
    // What is looked up is looked up in the file that was read, whatever has come since.
    fs::write(folder.folder.path().join("drop/people-8.csv"), "id\n8\n").unwrap();
    assert!(folder.files.get(0, &value("2")).unwrap().is_some());
    assert!(folder.files.get(0, &value("8")).unwrap().is_none());
}

#[test]
fn of_files_of_one_time_the_last_by_name_is_read() {
    let folder = dropped("people-*.csv", &[("people-a.csv", "id\n1\n", 0), ("people-c.csv", "id\n3\n", 0), ("people-b.csv", "id\n2\n", 0)]);
    let then = SystemTime::now() - Duration::from_secs(3_600);
    for name in ["people-a.csv", "people-b.csv", "people-c.csv"] {
        fs::File::options().write(true).open(folder.folder.path().join(name)).unwrap().set_modified(then).unwrap();
    }
    assert_eq!(ids(&folder), Ok(vec!["{\"id\":\"3\"}".to_owned()]));
}

#[test]
fn no_file_that_fits_is_a_broken_read_even_of_a_target() {
    let folder = dropped("drop/people-*.csv", &[("drop/teams.csv", "id\n1\n", 60)]);
    let none = refused_with("no file fits `drop/people-*.csv`: put one there, or correct the pattern");
    assert_eq!(ids(&folder), none);
    assert_eq!(folder.read_as(&ReadRequest { may_be_new: true, ..ReadRequest::default() }), none);
    assert_eq!(
        ids(&dropped("nowhere/people-*.csv", &[])),
        refused_with("no file fits `nowhere/people-*.csv`: put one there, or correct the pattern")
    );
    assert_eq!(
        ids(&dropped("*/people.csv", &[("a/people.csv", "id\n1\n", 60)])),
        refused_with("`*/people.csv` has a `*` in the name of a folder: write it in the name of the file alone")
    );
    assert!(folder.files.get(0, &value("1")).is_err());
}

#[test]
fn the_newest_file_is_never_written() {
    let folder = dropped("people-*.csv", &[("people-1.csv", "id\n1\n", 60)]);
    assert_eq!(classes(&folder.files.write(0, &[create("2", "Bob")])), [Some(ErrorClass::Invalid)]);
    assert_eq!(folder.text("people-1.csv"), "id\n1\n");
}

/// A file is written to while a run waits for it to be left alone.
async fn read_while(folder: &Folder, write: impl FnOnce()) -> End {
    let mut sink = |_: &[&[u8]], _: Option<u64>| {};
    let ask = ReadRequest::default();
    let read = folder.files.read(0, &ask, &mut sink);
    let writes = async {
        tokio::time::sleep(Duration::from_millis(50)).await;
        write();
    };
    tokio::join!(read, writes).0.end
}

#[tokio::test]
async fn a_file_that_grows_is_not_taken_and_one_that_rests_is() {
    let folder = dropped("people-*.csv", &[("people-1.csv", "id\n1\n", 4)]);
    let path = folder.folder.path().join("people-1.csv");
    let grown = read_while(&folder, || fs::write(&path, "id\n1\n2\n").unwrap()).await;
    assert_eq!(
        grown,
        End::Broken { reason: "`people-1.csv` is still being written: run it again when it is finished".into(), class: None }
    );

    let folder = dropped("people-*.csv", &[("people-1.csv", "id\n1\n", 4)]);
    let newer = folder.folder.path().join("people-2.csv");
    let came = read_while(&folder, || fs::write(&newer, "id\n").unwrap()).await;
    assert_eq!(came, End::Broken { reason: "`people-2.csv` is still being written: run it again when it is finished".into(), class: None });

    let folder = dropped("people-*.csv", &[("people-1.csv", "id\n1\n", 4)]);
    assert!(read_while(&folder, || {}).await.is_complete());
}
