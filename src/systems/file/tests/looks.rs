//! Looking up single records: a file is read once for many looks, and again once it has changed.

use super::*;
use std::time::SystemTime;

const JSON: FileFormat = FileFormat::Json { items: None };

/// A file of these records in a format, by their ids and names.
fn people_in(format: &FileFormat, people: &[(&str, &str)]) -> String {
    let object = |(id, name): &(&str, &str)| format!(r#"{{"id":"{id}","Full name":"{name}"}}"#);
    match format {
        FileFormat::Csv(_) => people.iter().fold("id;Full name\n".to_owned(), |text, (id, name)| text + &format!("\"{id}\";\"{name}\"\n")),
        FileFormat::JsonLines => people.iter().map(|one| object(one) + "\n").collect(),
        FileFormat::Json { .. } => format!("[{}]", people.iter().map(object).collect::<Vec<_>>().join(",")),
    }
}

fn folder_of(format: &FileFormat, people: &[(&str, &str)]) -> Folder {
    let mut folder = Folder::new("people", format.clone(), Some(people_in(format, people).as_bytes()));
    // As `check` makes it of the attribute that is the key.
    folder.attribute(0, |id| id.codec.as_key = true);
    folder
}

fn names_of(found: Vec<Box<[u8]>>) -> Vec<String> {
    found.iter().map(|record| serde_json::from_slice::<serde_json::Value>(record).unwrap()["id"].as_str().unwrap().to_owned()).collect()
}

impl Folder {
    fn attribute(&mut self, at: usize, change: impl FnOnce(&mut Attribute)) {
        change(&mut Arc::get_mut(&mut self.files.system).unwrap().collections[0].attributes[at]);
    }

    fn kept(&self) -> Option<Arc<Index>> {
        self.files.indexes.lock().unwrap().get(&0).cloned()
    }

    fn ids(&self, attribute: usize, wanted: &str) -> Vec<String> {
        names_of(self.files.find(0, attribute, &value(wanted)).unwrap())
    }
}

#[test]
fn a_file_is_read_once_for_many_looks() {
    for format in [CSV, FileFormat::JsonLines, JSON] {
        let rows: Vec<(String, String)> = (0..300).map(|number| (number.to_string(), format!("N{}", number % 100))).collect();
        let rows: Vec<_> = rows.iter().map(|(id, name)| (id.as_str(), name.as_str())).collect();
        let folder = folder_of(&format, &rows);
        assert_eq!(folder.ids(0, "0"), ["0"]);
        let first = folder.kept().unwrap();
        for (id, name) in &rows {
            assert_eq!(folder.ids(0, id), [*id]);
            assert_eq!(folder.ids(1, name).len(), 3, "{name}");
            assert!(folder.files.get(0, &value(id)).unwrap().is_some());
        }
        assert!(folder.files.get(0, &value("300")).unwrap().is_none());
        assert!(Arc::ptr_eq(&first, &folder.kept().unwrap()), "{format:?}");
    }
}

#[test]
fn a_look_sees_what_was_written_since() {
    for format in [CSV, FileFormat::JsonLines, JSON] {
        let folder = folder_of(&format, &[("1", "Ann"), ("2", "Bob")]);
        let path = folder.folder.path().join("people");
        assert_eq!(folder.ids(1, "Ann"), ["1"]);
        assert_eq!(classes(&folder.files.write(0, &[write(WriteKind::Update, Some("1"), &[(1, value("Cleo"))])])), [None]);
        assert_eq!((folder.ids(1, "Ann").len(), folder.ids(1, "Cleo")), (0, vec!["1".to_owned()]), "a write of its own");

        fs::write(&path, people_in(&format, &[("1", "Dan"), ("2", "Bob"), ("3", "Eve")])).unwrap();
        assert_eq!((folder.ids(1, "Cleo").len(), folder.ids(1, "Eve")), (0, vec!["3".to_owned()]), "somebody else's");

        let modified = fs::metadata(&path).unwrap().modified().unwrap();
        fs::write(&path, people_in(&format, &[("1", "Dan"), ("2", "Bob"), ("3", "Eva")])).unwrap();
        set_modified(&path, modified);
        assert_eq!((folder.ids(1, "Eve").len(), folder.ids(1, "Eva")), (0, vec!["3".to_owned()]), "one of the same size and time");

        fs::remove_file(&path).unwrap();
        assert!(folder.files.get(0, &value("1")).unwrap().is_none(), "a target that is not there is empty");
        fs::write(&path, people_in(&format, &[("1", "Dan")])).unwrap();
        assert!(folder.files.get(0, &value("1")).unwrap().is_some());
    }
}

fn set_modified(path: &Path, time: SystemTime) {
    fs::File::options().write(true).open(path).unwrap().set_modified(time).unwrap();
}

/// A file that was left alone is not hashed again: its size and time tell a change.
#[test]
fn a_file_that_was_left_alone_is_known_by_its_size_and_time() {
    let folder = folder_of(&CSV, &[("1", "Ann")]);
    let path = folder.folder.path().join("people");
    set_modified(&path, SystemTime::now() - std::time::Duration::from_secs(60));
    assert_eq!(folder.ids(0, "1"), ["1"]);
    let first = folder.kept().unwrap();
    set_modified(&path, SystemTime::now() - std::time::Duration::from_secs(30));
    assert_eq!(folder.ids(0, "1"), ["1"]);
    assert!(!Arc::ptr_eq(&first, &folder.kept().unwrap()));
}

#[test]
fn what_is_looked_up_is_what_is_the_same() {
    let names = ["Ann", "ann", "ANN", "a@X.com", "a@x.com", "A@x.com", "1", " 1", "\u{a0}1", "01", "", "\u{c9}", "E\u{301}", "\u{e9}"];
    let ids: Vec<String> = (0..names.len()).map(|at| at.to_string()).collect();
    let rows: Vec<_> = ids.iter().map(String::as_str).zip(names).collect();
    for how in [
        Comparison::default(),
        Comparison { ignoring_case: true, ..Comparison::default() },
        Comparison { as_key: true, ..Comparison::default() },
    ] {
        let mut folder = folder_of(&FileFormat::JsonLines, &rows);
        folder.attribute(1, |name| name.comparison = how);
        for wanted in names.map(value).into_iter().chain([Value::Int(1), Value::Null]) {
            let same: Vec<_> =
                rows.iter().filter(|(_, name)| is_same(&value(name), &wanted, how)).map(|(id, _)| (*id).to_owned()).collect();
            assert_eq!(names_of(folder.files.find(0, 1, &wanted).unwrap()), same, "{wanted:?} {how:?}");
        }
    }
}

#[test]
fn two_records_with_one_key_are_neither_looked_at_nor_written() {
    for format in [CSV, FileFormat::JsonLines, JSON] {
        for second in ["1", " 1", "1\u{a0}"] {
            let folder = folder_of(&format, &[("1", "Ann"), ("2", "Bob"), (second, "Cleo")]);
            let before = folder.text("people");
            let look = folder.files.get(0, &value("1")).unwrap_err();
            assert_eq!(look.class, ErrorClass::Conflict);
            assert_eq!(
                look.message,
                "two records of `people` have the key `1`, so neither is read or written alone: remove one of them, or correct its key"
            );
            let writes = [write(WriteKind::Update, Some("1"), &[(1, value("Dan"))]), write(WriteKind::Delete, Some("1"), &[])];
            let outcomes = folder.files.write(0, &writes);
            assert_eq!(classes(&outcomes), [Some(ErrorClass::Conflict); 2], "{format:?} {second:?}");
            assert!(outcomes[0].as_ref().unwrap_err().message.starts_with("two records of the file have the key `1`"), "{outcomes:?}");
            assert_eq!(folder.text("people"), before);

            let others =
                [create("1", "Eve"), write(WriteKind::Update, Some("2"), &[(0, value("1"))]), write(WriteKind::Delete, Some("2"), &[])];
            assert_eq!(classes(&folder.files.write(0, &others)), [Some(ErrorClass::Conflict), Some(ErrorClass::Conflict), None]);
            assert!(folder.text("people").contains("Ann") && folder.text("people").contains("Cleo"), "{}", folder.text("people"));
        }
    }
}
