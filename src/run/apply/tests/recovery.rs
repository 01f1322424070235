//! Answers that no run ever saw.

use super::world::{Trouble, World, member, people, person};
use crate::{plan::system::OnUnknown, run::tests::house::target_of, systems::WriteKind};
use serde_json::json;

fn world(folder: &std::path::Path, source: &str) -> World {
    let mut world = World::new(folder, source);
    world.members.at_once = 1;
    *world.members.trick.borrow_mut() = Box::new(|_, number| (number == 1).then_some(Trouble::LostAfter));
    world
}

#[test]
fn a_create_that_nobody_can_look_up_is_found_by_the_next_complete_read() {
    let folder = tempfile::tempdir().unwrap();
    let mut world = world(folder.path(), &people(1..=2));
    target_of(&mut world.house.plan).finds.clear();
    let first = world.run();
    assert_eq!(first.outcomes(), "join 00001 unknown: the target gave no answer; the next complete read will tell\njoin 00002 done");
    assert_eq!(world.store.open_keys(&world.set()).unwrap(), ["00001"]);

    let second = world.run();
    assert_eq!(second.recovered.by_read.len(), 1);
    assert_eq!((second.writes, world.life("00001").as_str()), (0, "m1 open"));
    assert_eq!((world.members.all().len(), world.members.mails("p1@example.com")), (2, 1));
    assert!(world.store.open_keys(&world.set()).unwrap().is_empty());
}

#[test]
fn a_create_that_never_arrived_is_made_by_the_next_run_with_its_welcome() {
    let folder = tempfile::tempdir().unwrap();
    let mut world = world(folder.path(), &people(1..=1));
    *world.members.trick.borrow_mut() = Box::new(|_, number| (number == 1).then_some(Trouble::LostBefore));
    target_of(&mut world.house.plan).finds.clear();
    assert_eq!(world.run().applied.counts.unknown, 1);
    let second = world.run();
    assert_eq!((second.outcomes().as_str(), world.members.mails("p1@example.com")), ("join 00001 done", 1));
}

#[test]
fn until_it_is_known_the_person_is_held() {
    let folder = tempfile::tempdir().unwrap();
    let mut world = world(folder.path(), &people(1..=1));
    target_of(&mut world.house.plan).create.as_mut().unwrap().on_unknown = OnUnknown::Report;
    *world.members.trick.borrow_mut() = Box::new(|_, _| Some(Trouble::LostBefore));
    assert_eq!(world.run().outcomes(), "join 00001 unknown: the target gave no answer");
    let second = world.run();
    assert_eq!(second.recovered.unknown, ["00001"]);
    assert_eq!((second.writes, second.change_set.findings[0].kind.as_str()), (0, "unknown"));
}

#[test]
fn a_leave_whose_answer_was_lost_is_recorded_once_it_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let mut world = World::new(folder.path(), &person(1, r#""contract_end": "2026-02-27""#));
    target_of(&mut world.house.plan).get = None;
    world.members.put(&[member(1, &json!({}))]);
    world.run();
    *world.members.trick.borrow_mut() = Box::new(|write, _| (write.kind == WriteKind::Update).then_some(Trouble::LostAfter));
    assert_eq!(world.run().applied.counts.unknown, 1);
    assert_eq!(world.life("00001"), "m1 open");
    let third = world.run();
    assert_eq!((third.outcomes().as_str(), third.writes), ("leave 00001 done", 0));
    assert_eq!(world.life("00001"), "m1 left 1");
}
