//! Lists that an account shares with people: what others added stays, what we added goes once it is not wanted any more.

use super::apply_fixture::{ApplyFixture, member, person};
use crate::run::tests::fixture::{Fixture, render};
use serde_json::{Value as Json, json};

const GROUPS: [(&str, &str); 3] = [
    ("      manager      : int?  at $.manager", "      manager      : int?  at $.manager\n      groups       : list of text? at $.groups"),
    (
        "      manager      : text?                           at $.manager",
        "      manager      : text?                           at $.manager\n      groups       : list of text? at $.groups",
    ),
    (
        "    active       = true                             on create\n",
        "    active       = true                             on create\n    groups       = employee.groups clear when missing\n",
    ),
];

struct Shared {
    _folder: tempfile::TempDir,
    fixture: ApplyFixture,
}

fn groups(list: &Json) -> String {
    person(1, &format!(r#""groups": {list}"#))
}

impl Shared {
    fn new(words: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let fixture = Fixture::edited(&GROUPS, "", "", "").edit("groups clear", &format!("groups {words} clear"));
        let fixture = ApplyFixture::of(folder.path(), fixture);
        fixture.members.put(&[member(1, &json!({"groups": ["hand"]}))]);
        Self { _folder: folder, fixture }
    }

    /// What the account holds after a run that wants these.
    fn wants(&mut self, list: Json) -> Json {
        self.fixture.planning.source = groups(&list);
        self.fixture.run();
        let held = self.fixture.members.of("00001")["groups"].clone();
        assert_eq!(self.fixture.run().writes, 0, "{list}");
        held
    }

    fn by_hand(&self, list: Json) {
        let mut all = self.fixture.members.all();
        all[0]["groups"] = list;
        self.fixture.members.put(&all);
    }
}

#[test]
fn only_items_that_we_added_are_removed() {
    let mut shared = Shared::new("");
    assert_eq!(shared.wants(json!(["a", "b"])), json!(["hand", "a", "b"]));
    assert_eq!(shared.wants(json!(["b"])), json!(["hand", "b"]));
    assert_eq!(shared.wants(json!(["b", "hand"])), json!(["hand", "b"]));
    assert_eq!(shared.wants(json!(["c"])), json!(["hand", "c"]), "what is there by hand is not ours for being wanted once");
    shared.by_hand(json!(["hand", "c", "more"]));
    assert_eq!(shared.wants(Json::Null), json!(["hand", "more"]), "`clear when missing` clears what is ours");
    assert_eq!(shared.wants(json!(["a"])), json!(["hand", "more", "a"]));
    shared.by_hand(json!(["hand", "more"]));
    assert_eq!(shared.wants(json!(["a", "d"])), json!(["hand", "more", "a", "d"]), "what somebody took away is added again");
}

#[test]
fn what_a_record_has_twice_is_written_once() {
    let folder = tempfile::tempdir().unwrap();
    let mut fixture = ApplyFixture::of(folder.path(), Fixture::edited(&GROUPS, "", "", ""));
    fixture.planning.source = groups(&json!(["a", "b", "a"]));
    assert_eq!(fixture.run().outcomes(), "create 00001 done");
    assert_eq!(fixture.members.of("00001")["groups"], json!(["a", "b"]));
    assert_eq!(fixture.run().writes, 0);
    for words in ["", "only add"] {
        assert_eq!(Shared::new(words).wants(json!(["a", "a"])), json!(["hand", "a"]), "{words}");
    }
    assert_eq!(Shared::new("exactly").wants(json!(["a", "b", "a"])), json!(["a", "b"]));
}

#[test]
fn only_add_removes_nothing_and_exactly_owns_the_whole_list() {
    let mut adds = Shared::new("only add");
    assert_eq!(adds.wants(json!(["a"])), json!(["hand", "a"]));
    assert_eq!(adds.wants(json!(["b"])), json!(["hand", "a", "b"]));
    assert_eq!(adds.wants(Json::Null), json!(["hand", "a", "b"]));
    let mut exactly = Shared::new("exactly");
    assert_eq!(exactly.wants(json!(["a"])), json!(["a"]));
    assert_eq!(exactly.wants(Json::Null), Json::Null);
}

#[test]
fn nothing_is_removed_while_ownership_is_unknown() {
    let mut shared = Shared::new("");
    shared.wants(json!(["a", "b"]));
    let link = shared.fixture.store.link(&shared.fixture.set(), "00001").unwrap().unwrap();
    let transaction = shared.fixture.store.transaction().unwrap();
    transaction.put_link(&shared.fixture.set(), &crate::state::link::Link { added: Default::default(), ..link }).unwrap();
    transaction.commit().unwrap();
    assert_eq!(shared.wants(json!(["b"])), json!(["hand", "a", "b"]));
}

#[test]
fn many_items_removed_at_once_are_held() {
    let folder = tempfile::tempdir().unwrap();
    let fixture = Fixture::edited(&GROUPS, "", "", "");
    let mut fixture = ApplyFixture::of(folder.path(), fixture);
    let all = |list: &Json| (1..=20).map(|number| person(number, &format!(r#""groups": {list}"#)) + "\n").collect::<String>();
    fixture.planning.source = all(&json!(["a"]));
    fixture.run();
    fixture.planning.source = all(&json!([]));
    let past = |fixture: &ApplyFixture| {
        let set = render(&fixture.planning.plan_changes());
        set.lines().find(|line| line.starts_with("exceeded values")).map(str::to_owned)
    };
    fixture.planning.links = fixture.store.links(&fixture.set()).unwrap();
    fixture.planning.target = fixture.members.all().iter().map(|member| format!("{member}\n")).collect();
    assert_eq!(past(&fixture).as_deref(), Some("exceeded values removed from groups 20 of 20, at most 10% or 5"));
    fixture.planning.source = person(1, r#""groups": []"#) + "\n" + &all(&json!(["a"])).lines().skip(1).collect::<Vec<_>>().join("\n");
    assert_eq!(past(&fixture), None, "one is none too many");
}

/// The list that is sent was computed from an earlier read: an item added meanwhile is not in it.
#[test]
fn an_item_added_between_the_read_and_the_write_stays() {
    let mut shared = Shared::new("");
    assert_eq!(shared.wants(json!(["a"])), json!(["hand", "a"]));
    shared.fixture.planning.source = groups(&json!(["a", "b"]));
    shared.fixture.meanwhile = Box::new(|members| {
        let mut all = members.all();
        all[0]["groups"] = json!(["hand", "a", "more"]);
        members.put(&all);
    });
    assert_eq!(shared.fixture.run().outcomes(), "update 00001 conflict: `groups` was changed by somebody else meanwhile");
    shared.fixture.meanwhile = Box::new(|_| {});
    assert_eq!(shared.wants(json!(["a", "b"])), json!(["hand", "a", "more", "b"]));
    assert_eq!(shared.wants(json!(["a"])), json!(["hand", "a", "more"]));
}

/// `groups` holds whole seconds; more is wanted.
#[test]
fn a_list_whose_values_lose_something_in_their_format_does_not_grow() {
    let folder = tempfile::tempdir().unwrap();
    let times = [
        ("list of text? at $.groups", "list of datetime? at $.groups"),
        ("list of text? at $.groups", "list of datetime? at $.groups format unix_seconds"),
    ];
    let mut fixture = ApplyFixture::of(folder.path(), Fixture::edited(&GROUPS, "", "", "").edits(&times));
    let all = |fixture: &ApplyFixture| fixture.members.of("00001")["groups"].as_array().map_or(0, Vec::len);
    fixture.members.put(&[member(1, &json!({"groups": [1_700_000_000]}))]);
    for (list, length) in [(json!(["2026-03-01T09:00:00.5Z"]), 2), (json!(["2026-03-01T09:00:00.25Z", "2026-03-01T09:00:00.75Z"]), 2)] {
        fixture.planning.source = groups(&list);
        fixture.run();
        // The fake of these tests writes texts, so what it holds is put as the format has it.
        let held = fixture.members.of("00001")["groups"].as_array().cloned().unwrap();
        let second = |at: &Json| {
            at.as_str().map_or_else(
                || at.clone(),
                |text| json!(text.parse::<jiff::Timestamp>().map_or_else(|_| text.parse().unwrap_or(0), jiff::Timestamp::as_second)),
            )
        };
        let held: Vec<Json> = held.iter().map(second).collect();
        fixture.members.put(&[member(1, &json!({"groups": held}))]);
        for _ in 0..2 {
            assert_eq!(fixture.run().writes, 0, "{list}");
        }
        assert_eq!(all(&fixture), length, "{list}");
    }
}
