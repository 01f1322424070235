//! Where incremental reads stand.

use super::{
    super::{
        Store,
        cursors::{Cursor, Pending},
    },
    days, folder, identity, now, store_with,
};

fn pending(key: &str, why: &str) -> Pending {
    Pending { key: key.into(), own_key: format!("own {key}"), why: why.into() }
}

fn set_pending(store: &Store, set: &str, run: i64, who: &[Pending], unasked: &[String]) {
    let transaction = store.transaction().unwrap();
    transaction.set_pending(set, run, days(run), who, unasked).unwrap();
    transaction.commit().unwrap();
}

#[test]
fn a_cursor_moves_whole_or_not_at_all() {
    let folder = folder();
    let (store, set) = store_with(folder.path(), &[]);
    assert_eq!(store.cursor(&set).unwrap(), None);
    let cursor = Cursor { since: Some(now()), last_full: Some(days(-1)), plan: Some("p-1".into()), mark: Some("m-1".into()) };
    let transaction = store.transaction().unwrap();
    transaction.set_cursor(&set, &cursor).unwrap();
    drop(transaction);
    assert_eq!(store.cursor(&set).unwrap(), None);
    let transaction = store.transaction().unwrap();
    transaction.set_cursor(&set, &cursor).unwrap();
    transaction.commit().unwrap();
    assert_eq!(store.cursor(&set).unwrap(), Some(cursor));
    assert_eq!(store.cursor("l-other").unwrap(), None);
}

#[test]
fn a_pending_record_keeps_its_first_time() {
    let folder = folder();
    let (store, set) = store_with(folder.path(), &[]);
    assert_eq!(set, identity().id());
    set_pending(&store, &set, 1, &[pending("a", "held"), pending("b", "waiting")], &[]);
    set_pending(&store, &set, 2, &[pending("b", "failed"), pending("c", "held")], &[]);
    assert_eq!(store.pending(&set).unwrap(), [(pending("b", "failed"), days(1)), (pending("c", "held"), days(2))]);
}

#[test]
fn a_record_that_could_not_be_read_again_stays_pending() {
    let folder = folder();
    let (store, set) = store_with(folder.path(), &[]);
    set_pending(&store, &set, 1, &[pending("a", "held"), pending("b", "waiting")], &[]);
    set_pending(&store, &set, 2, &[], &["own a".into()]);
    assert_eq!(store.pending(&set).unwrap(), [(pending("a", "held"), days(1))]);
}

/// A key that occurs twice, and two records whose keys differ only in their own: each is read again.
#[test]
fn two_records_of_one_key_are_pending_each_by_its_own_key() {
    let folder = folder();
    let (store, set) = store_with(folder.path(), &[]);
    let one = |own: &str, why: &str| Pending { own_key: own.into(), ..pending("a", why) };
    set_pending(&store, &set, 1, &[one("7", "held"), one("8", "held"), pending("b", "waiting")], &[]);
    assert_eq!(store.pending(&set).unwrap().len(), 3);
    set_pending(&store, &set, 2, &[one("8", "failed"), one("9", "held")], &["own b".into()]);
    let kept = [(one("8", "failed"), days(1)), (one("9", "held"), days(2)), (pending("b", "waiting"), days(1))];
    assert_eq!(store.pending(&set).unwrap(), kept);
    set_pending(&store, &set, 3, &[], &["7".into(), "9".into()]);
    assert_eq!(store.pending(&set).unwrap(), [(one("9", "held"), days(2))], "what is done stays done");
}

#[test]
fn a_mark_is_kept_as_long_as_a_cursor_or_a_change_set_may_name_it() {
    let folder = folder();
    let (store, set) = store_with(folder.path(), &[]);
    let known = |id: &str| store.mark(&set, id).unwrap();
    store.keep_mark(&set, "m-1", "/users?token=1", now()).unwrap();
    store.keep_mark(&set, "m-2", "/users?token=2", now()).unwrap();
    assert_eq!((known("m-1").as_deref(), store.mark("l-other", "m-1").unwrap()), (Some("/users?token=1"), None));
    let transaction = store.transaction().unwrap();
    transaction.set_cursor(&set, &Cursor { mark: Some("m-1".into()), ..Cursor::default() }).unwrap();
    transaction.commit().unwrap();
    store.keep_mark(&set, "m-3", "/users?token=3", days(3)).unwrap();
    assert_eq!((known("m-1").is_some(), known("m-2"), known("m-3").is_some()), (true, None, true), "no cursor names the second one");
}
