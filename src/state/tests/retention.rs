//! What a person who is forgotten leaves behind, in one direction and in two.

use super::{
    super::{
        LinkSetIdentity, Store,
        cursors::Cursor,
        retention::{Keyed, Removed},
    },
    folder, link, now,
};
use std::collections::BTreeSet;

fn identity(pipeline: &str, source: &str, target: &str) -> LinkSetIdentity {
    LinkSetIdentity { pipeline: pipeline.into(), key: "person.id".into(), source: source.into(), target: target.into() }
}

fn out() -> LinkSetIdentity {
    identity("out", "w people", "a contacts")
}

fn back() -> LinkSetIdentity {
    identity("back", "a contacts", "w people")
}

fn keyed(pipeline: &str, key: &str) -> Keyed {
    Keyed { pipeline: pipeline.into(), key: key.into() }
}

/// Two directions over two linked pairs, w1 and 53, w10 and 54, with a row of each key in every table.
fn both_ways(folder: &std::path::Path) -> Store {
    let store = Store::open(folder).unwrap();
    let transaction = store.transaction().unwrap();
    transaction.pair_link_sets(&out(), &back(), now()).unwrap();
    for (key, target) in [("w1", "53"), ("w10", "54")] {
        transaction.put_link(&out().id(), &link(key, target)).unwrap();
    }
    for identity in [out(), back()] {
        let cursor = Cursor { plan: Some("p-1".into()), mark: Some("m-1".into()), ..Cursor::default() };
        transaction.set_cursor(&identity.id(), &cursor).unwrap();
    }
    transaction.set_missing_accounts(&out().id(), &[("w1".to_owned(), "53".to_owned())].into()).unwrap();
    transaction.commit().unwrap();
    for (set, keys) in [(1, ["w1", "w10"]), (2, ["53", "54"])] {
        for key in keys {
            let rows = format!(
                "INSERT INTO runs (number, pipeline, link_set, plan, binding, by, started, sentence)
                   SELECT coalesce(max(number), 0) + 1, (SELECT pipeline FROM link_sets WHERE number = {set}), {set}, 'p', 'b', 'x', '2026', '1 missing: {key}.' FROM runs;
                 INSERT INTO errors VALUES ((SELECT max(number) FROM runs), 1, '{key}', 'Ann', 'apply', NULL, 'W0907', 'refused', '', 1),
                   ((SELECT max(number) FROM runs), 2, 'other', NULL, 'apply', NULL, 'W0907', 'a finds m1, of {key}', '', 1);
                 INSERT INTO intents (link_set, run, lease, batch, key, step, kind, operation, attempt, token, opened, outcome, message)
                   VALUES ({set}, 1, 1, 1, '{key}', 0, 'update', 'x', 1, 'x', '2026', 'done', NULL),
                          ({set}, 1, 1, 1, 'other', 0, 'update', 'x', 1, 'x', '2026', 'conflict', '{key} has it');
                 INSERT INTO effects VALUES ({set}, '{key}', 1, 'call welcome', 1, 1, 'sent');
                 INSERT INTO pending VALUES ({set}, '{key}', '{key}', 'held', 1, '2026'), ({set}, '{key}', '9', 'held', 1, '2026');
                 INSERT INTO pending_steps VALUES ({set}, '{key}', '[]');
                 INSERT INTO refused VALUES ({set}, '{key}', 'x', 'taken', 1, '2026', '2026'),
                   ({set}, 'other {key}x', 'x', 'taken by ({key})', 1, '2026', '2026');
                 INSERT INTO claims (link_set, key, target) VALUES ({set}, '{key}', 'm7');
                 INSERT INTO decisions (link_set, key, choice, made_by, made, why) VALUES ({set}, '{key}', 'keep', 'x', '2026', ''),
                   ({set}, 'other', 'keep', 'x', '2026', 'as for {key}');
                 INSERT OR REPLACE INTO marks VALUES ((SELECT id FROM link_sets WHERE number = {set}), 'm-1', '/delta?after={key}', '2026');"
            );
            store.connection.execute_batch(&rows).unwrap();
        }
    }
    store
}

fn forget(store: &Store, record: &Keyed) -> Removed {
    let people = store.same_person(record).unwrap();
    let transaction = store.transaction().unwrap();
    let removed = transaction.forget(store.key(), &people, "admin", now()).unwrap();
    transaction.commit().unwrap();
    removed
}

/// Columns of texts whose rows name a key, as `table.column`.
fn places_of(store: &Store, key: &str) -> BTreeSet<String> {
    let sql = "SELECT tables.name, columns.name FROM sqlite_schema AS tables, pragma_table_info(tables.name) AS columns
               WHERE tables.type = 'table' AND columns.type = 'TEXT'";
    let mut statement = store.connection.prepare(sql).unwrap();
    let columns = statement.query_map([], |row| Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?))).unwrap();
    let names = |(table, column): &(String, String)| {
        let sql = format!("SELECT count(*) FROM {table} WHERE ' ' || \"{column}\" || ' ' GLOB ?1");
        let glob = format!("*[^0-9A-Za-z]{key}[^0-9A-Za-z]*");
        store.connection.query_row(&sql, [glob], |row| row.get::<_, i64>(0)).unwrap() > 0
    };
    columns.map(Result::unwrap).filter(names).map(|(table, column)| format!("{table}.{column}")).collect()
}

#[test]
fn a_person_is_forgotten_in_both_directions() {
    for record in [keyed("out", "w1"), keyed("back", "53")] {
        let folder = folder();
        let store = both_ways(folder.path());
        let before = (places_of(&store, "w10"), places_of(&store, "54"));
        assert!(before.0.len() > 12 && before.1.len() > 12, "{before:?}");
        let removed = forget(&store, &record);
        assert_eq!((removed.accounts.len(), removed.errors), (1, 2));
        assert_eq!((places_of(&store, "w1"), places_of(&store, "53")), Default::default(), "{record:?}");
        let without_marks = |places: &BTreeSet<String>| places.iter().filter(|place| !place.starts_with("marks")).cloned().collect();
        let kept: (BTreeSet<String>, BTreeSet<String>) = (without_marks(&before.0), without_marks(&before.1));
        assert_eq!((places_of(&store, "w10"), places_of(&store, "54")), kept, "another person is known as before");
        let forgotten = store.forgotten().unwrap();
        assert!(forgotten.holds("out", "w1") && forgotten.holds("back", "53"));
        assert!(!forgotten.holds("out", "53") && !forgotten.holds("out", "w10"));
    }
}

#[test]
fn both_directions_are_planned_again_together_and_read_everything() {
    for (asked, lifted) in [(keyed("out", "w1"), keyed("out", "w1")), (keyed("out", "w1"), keyed("back", "53"))] {
        let folder = folder();
        let store = both_ways(folder.path());
        forget(&store, &asked);
        assert!(!store.remember(&keyed("out", "w2")).unwrap());
        assert_eq!(store.cursor(&out().id()).unwrap().unwrap().plan.as_deref(), Some("p-1"));
        assert!(store.remember(&lifted).unwrap());
        let forgotten = store.forgotten().unwrap();
        assert!(!forgotten.holds("out", "w1") && !forgotten.holds("back", "53"), "{lifted:?}");
        for set in [out().id(), back().id()] {
            assert_eq!(store.cursor(&set).unwrap().unwrap().plan, None, "what was left out meanwhile is read again");
        }
        assert!(!store.remember(&lifted).unwrap());
    }
}

#[test]
fn a_key_is_forgotten_in_every_spelling_and_hashes_of_older_states_still_count() {
    let folder = folder();
    let store = both_ways(folder.path());
    forget(&store, &store.record("out", "\u{feff}w1 ").unwrap());
    assert!(store.link(&out().id(), "w1").unwrap().is_none(), "the link has its own spelling");
    for spelling in ["w1", " w1", "w1\u{200b}"] {
        assert!(store.forgotten().unwrap().holds("out", spelling), "{spelling:?}");
    }
    assert!(!store.forgotten().unwrap().holds("out", "W1"), "case tells ids apart");
    assert!(store.remember(&keyed("out", "w1\u{a0}")).unwrap());
    // The hash as it was made once: of the key as it was written.
    for written in ["w2", "w3 "] {
        let mut hasher = blake3::Hasher::new_keyed(&store.key());
        hasher.update(b"forgotten\0out\0").update(written.as_bytes());
        let name = format!("forgotten {}", &hasher.finalize().to_hex()[..32]);
        store.connection.execute("INSERT INTO facts VALUES (?1, '{\"with\": []}')", [name]).unwrap();
    }
    let forgotten = store.forgotten().unwrap();
    assert!(forgotten.holds("out", "w2") && forgotten.holds("out", " w2") && forgotten.holds("out", "w3 "));
    assert!(store.remember(&keyed("out", " w2")).unwrap() && store.remember(&keyed("out", "w3 ")).unwrap());
    assert!(!store.forgotten().unwrap().holds("out", "w2"));
}

#[test]
fn a_former_account_of_a_person_goes_too_and_one_that_is_somebody_elses_stays() {
    let folder = folder();
    let store = both_ways(folder.path());
    let transaction = store.transaction().unwrap();
    // 53 was replaced by 99; 54 belongs to w2 by now.
    transaction.put_link(&out().id(), &link("w1", "99")).unwrap();
    transaction.put_link(&back().id(), &link("54", "w2")).unwrap();
    transaction.commit().unwrap();
    let of = |record: &Keyed| {
        let people = store.same_person(record).unwrap();
        people.into_iter().map(|record| format!("{} {}", record.pipeline, record.key)).collect::<BTreeSet<_>>()
    };
    let all = ["back 53", "back 99", "out w1"].map(str::to_owned).into();
    assert_eq!((of(&keyed("out", "w1")), of(&keyed("back", "99"))), (all, ["back 53", "back 99", "out w1"].map(str::to_owned).into()));
    assert_eq!(of(&keyed("out", "w10")), ["out w10".to_owned()].into(), "54 is the account of w2");
    assert_eq!(of(&keyed("out", "w7")), ["out w7".to_owned()].into(), "nothing is known of it");
}

#[test]
fn a_key_with_characters_of_a_pattern_is_found_as_it_is() {
    for key in ["a*b", "a?b", "a[1]b", "-5", "+5", "a'b", "a\"b", "é"] {
        let folder = folder();
        let store = both_ways(folder.path());
        let insert = "INSERT INTO errors VALUES (1, 9, 'other', NULL, 'apply', NULL, 'W0907', ?1, '', 1), (1, 10, 'other', NULL, 'apply', NULL, 'W0907', 'axb a1b 5', '', 1)";
        store.connection.execute(insert, [format!("it belongs to {key}, and")]).unwrap();
        forget(&store, &keyed("out", key));
        let words = |position: i64| {
            store.connection.query_row("SELECT message FROM errors WHERE position = ?1", [position], |row| row.get::<_, String>(0)).unwrap()
        };
        assert_eq!((words(9).as_str(), words(10).as_str()), ("", "axb a1b 5"), "{key}");
    }
}

/// Whoever adds a table with keys decides whether they are forgotten.
#[test]
fn each_table_with_a_key_is_forgotten() {
    let folder = folder();
    let store = both_ways(folder.path());
    let sql = "SELECT DISTINCT tables.name FROM sqlite_schema AS tables, pragma_table_info(tables.name) AS columns
               WHERE tables.type = 'table' AND columns.name IN ('key', 'own_key') ORDER BY 1";
    let mut statement = store.connection.prepare(sql).unwrap();
    let tables: Vec<String> = statement.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
    // `sent` has keyed hashes alone, and they keep an event from being sent twice.
    let forgotten: Vec<&String> = tables.iter().filter(|table| *table != "sent").collect();
    let with_rows = places_of(&store, "w1").into_iter().filter_map(|place| place.strip_suffix(".key").map(str::to_owned));
    assert_eq!(with_rows.collect::<Vec<_>>(), forgotten.into_iter().cloned().collect::<Vec<_>>(), "the test above has a row in each");
}
