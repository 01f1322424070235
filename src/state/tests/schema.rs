//! States that earlier versions wrote, brought up to date.

use super::{super::schema, *};
use rusqlite::Connection;

/// A state as the schema with this number left it, with rows that a version of then wrote.
fn state_of(folder: &Path, version: usize, rows: &str) {
    let connection = Connection::open(folder.join("state.db")).unwrap();
    for sql in &schema::MIGRATIONS[..version] {
        connection.execute_batch(sql).unwrap();
    }
    connection.execute_batch(rows).unwrap();
    connection.pragma_update(None, "application_id", schema::APPLICATION).unwrap();
    connection.pragma_update(None, "user_version", version as i64).unwrap();
}

#[test]
fn the_words_of_an_earlier_version_are_renamed() {
    let folder = folder();
    let id = identity().id();
    state_of(
        folder.path(),
        3,
        &format!(
            r#"
            INSERT INTO link_sets (number, id, pipeline, key_expression, source, target, since)
              VALUES (1, '{id}', 'lucca_to_rg', 'employee.employee_number', 'a', 'b', '2026-03-01T00:00:00.000000Z');
            INSERT INTO runs (number, pipeline, link_set, plan, binding, by, started, finished, result, applied, read, joined, changed, left_, need_you, sent)
              VALUES (7, 'lucca_to_rg', 1, 'p-1', 'b-1', 'anna', '2026-03-01T02:00:00.000000Z', '2026-03-01T02:01:00.000000Z', 'done', 1, 317, 12, 40, 3, 4, 5);
            INSERT INTO intents (id, link_set, run, lease, batch, key, step, kind, operation, attempt, token, content, opened) VALUES
              (1, 1, 7, 1, 1, '00001', 0, 'create', 'h', 1, 't1', '{{"verdict":"join","key":"00001","amount":1.10}}', '2026-03-01T02:00:00.000000Z'),
              (2, 1, 7, 1, 1, '00002', 0, 'update', 'h', 1, 't2', '{{"verdict":"change","key":"00002"}}', '2026-03-01T02:00:00.000000Z'),
              (3, 1, 7, 1, 1, '00003', 0, 'create', 'h', 1, 't3', '{{"verdict":"append","key":"00003"}}', '2026-03-01T02:00:00.000000Z'),
              (4, 1, 7, 1, 1, '00004', 0, 'update', 'h', 1, 't4', '{{"verdict":"leave","key":"00004"}}', '2026-03-01T02:00:00.000000Z'),
              (5, 1, 7, 1, 1, '00005', 0, 'update', 'h', 1, 't5', '', '2026-03-01T02:00:00.000000Z');
            INSERT INTO pending (link_set, key, own_key, why, since_run, since) VALUES
              (1, '00006', '6', 'target gone', 7, '2026-03-01T02:00:00.000000Z'), (1, '00007', '7', 'both changed', 7, '2026-03-01T02:00:00.000000Z');
            INSERT INTO owed (link_set, key, steps) VALUES (1, '00008', '[]');"#
        ),
    );
    let store = Store::open(folder.path()).unwrap();
    let counts = RunCounts { read: 317, created: 12, updated: 40, left: 3, needs_attention: 4, sent: 5, ..RunCounts::default() };
    assert_eq!(store.run(7).unwrap().unwrap().counts, counts);
    let contents: Vec<String> = store.open_intents(&id).unwrap().into_iter().map(|open| open.intent.content).collect();
    let expected = [
        r#"{"verdict":"create","key":"00001","amount":1.10}"#,
        r#"{"verdict":"update","key":"00002"}"#,
        r#"{"verdict":"send","key":"00003"}"#,
        r#"{"verdict":"leave","key":"00004"}"#,
        "",
    ];
    assert_eq!(contents, expected, "what was sent is looked up by what it was");
    let why: Vec<String> = store.pending(&id).unwrap().into_iter().map(|(pending, _)| pending.why).collect();
    assert_eq!(why, ["account missing", "both changed"]);
    assert_eq!(store.pending_steps(&id).unwrap()["00008"], "[]");
}

#[test]
fn every_earlier_schema_becomes_the_newest() {
    let newest = |folder: &Path| -> Vec<String> {
        drop(Store::open(folder).unwrap());
        let connection = Connection::open(folder.join("state.db")).unwrap();
        let mut statement = connection.prepare("SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY name").unwrap();
        statement.query_map([], |row| row.get(0)).unwrap().collect::<Result<_, _>>().unwrap()
    };
    let fresh = folder();
    let expected = newest(fresh.path());
    for version in 1..schema::MIGRATIONS.len() {
        let folder = folder();
        state_of(folder.path(), version, "");
        assert_eq!(newest(folder.path()), expected, "from {version}");
    }
}

/// Whatever a file says of its version, nothing is changed that was not written by us as it is.
#[test]
fn a_database_without_a_version_and_one_of_another_program_are_left_as_they_are() {
    let damage = ["PRAGMA user_version = 0", "PRAGMA user_version = -3", "PRAGMA application_id = 7"];
    for damage in damage {
        let folder = folder();
        drop(Store::open(folder.path()).unwrap());
        let path = folder.path().join("state.db");
        Connection::open(&path).unwrap().execute_batch(damage).unwrap();
        let before = fs::read(&path).unwrap();
        let Err(error) = Store::open(folder.path()) else { panic!("{damage}") };
        let words = error.to_string();
        assert!(words.contains("nothing was changed") && words.contains("state.db") && words.len() < 400, "{damage}: {words}");
        assert!(fs::read(&path).unwrap() == before, "{damage}");
    }
}

#[test]
fn an_epoch_that_is_a_folder_is_said() {
    let folder = folder();
    let store = Store::open(folder.path()).unwrap();
    fs::create_dir(folder.path().join("epoch")).unwrap();
    let words = store.raise_epoch().unwrap_err().to_string();
    assert!(words.contains("epoch` is a folder") && words.contains("remove it"), "{words}");
    assert_eq!(store.epoch().unwrap(), 0, "nothing was raised");
}
