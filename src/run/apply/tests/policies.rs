//! Which side wins if both have changed one attribute: each policy in each situation, in either order of the directions.

use super::pair::{
    Both,
    Way::{self, Back, Out},
};
use std::fmt::Write;

const POLICIES: [&str; 6] = ["this", "other", "hold", "newest", "newest then this", "newest then other"];

fn with_policy(folder: &std::path::Path, policy: &str) -> Both {
    let both = Both::edited(folder, &[("on conflict newest then this", &format!("on conflict {policy}"))]);
    both.w.edit("w1", "email", "ann@example.com");
    both.a.edit("a1", "email", "ann@example.com");
    both.a.edit("a1", "open", true);
    both
}

/// Both numbers after runs in this order, as `from members`, `from training` or `held`.
fn result(both: &mut Both, order: [Way; 2]) -> &'static str {
    both.written();
    for way in order {
        both.later(15);
        both.run(way);
    }
    let writes = both.written();
    let mut held = Vec::new();
    for way in [Out, Back] {
        both.later(15);
        held.extend(both.run(way).conflicts());
    }
    assert_eq!(both.written(), (0, 0), "at rest");
    let numbers = [&both.w, &both.a].map(|side| side.all.borrow().values().next().unwrap()["phone"].as_str().unwrap().to_owned());
    match (numbers.each_ref().map(String::as_str), writes) {
        (["1", "1"], (0, 1)) => "members",
        (["2", "2"], (1, 0)) => "training",
        (["1", "2"], (0, 0)) if held == ["w1 phone: nothing decides", "a1 phone: nothing decides"] => "held",
        other => panic!("{other:?}, {held:?}"),
    }
}

/// Two edits, by when they come: minutes after each other, training first where negative; or `own`, when our own write came last.
fn situation(both: &mut Both, name: &str) {
    both.w.edit("w1", "phone", "0");
    both.a.edit("a1", "phone", "0");
    both.run(Out);
    both.run(Back);
    both.later(60);
    let (first, second) = (|both: &Both| both.w.edit("w1", "phone", "1"), |both: &Both| both.a.edit("a1", "phone", "2"));
    match name {
        "training newer" => {
            first(both);
            both.later(10);
            second(both);
        }
        "members newer" => {
            second(both);
            both.later(10);
            first(both);
        }
        "at once" => {
            first(both);
            second(both);
        }
        "own write last" => {
            both.a.edit("a1", "first_name", "Ann");
            both.later(10);
            both.run(Back);
            both.later(10);
            // The next read of the members contains a change of ours and another one.
            both.w.all.borrow_mut().get_mut("w1").unwrap().insert("phone".into(), "1".into());
            second(both);
        }
        other => panic!("{other}"),
    }
}

fn table(situations: &[&str], arrange: impl Fn(&mut Both, &str)) -> String {
    let mut table = String::new();
    for policy in POLICIES {
        let cells: Vec<&str> = situations
            .iter()
            .map(|situation| {
                let [one, other] = [[Out, Back], [Back, Out]].map(|order| {
                    let folder = tempfile::tempdir().unwrap();
                    let mut both = with_policy(folder.path(), policy);
                    arrange(&mut both, situation);
                    result(&mut both, order)
                });
                assert_eq!(one, other, "{policy}, {situation}: it does not matter which runs first");
                one
            })
            .collect();
        writeln!(table, "{policy:<18}{}", cells.iter().map(|cell| format!("{cell:<10}")).collect::<String>().trim_end()).unwrap();
    }
    table
}

#[test]
fn each_policy_in_each_situation() {
    let table = table(&["members newer", "training newer", "at once", "own write last"], situation);
    let expected = "\
this              members   members   members   members
other             training  training  training  training
hold              held      held      held      held
newest            members   training  held      held
newest then this  members   training  members   members
newest then other members   training  training  training
";
    assert_eq!(table, expected);
}

/// Without a base it is unknown which side changed: differences are decided by the same rule.
#[test]
fn the_first_comparison() {
    let table = table(&["members newer", "training newer", "at once"], |both, situation| match situation {
        "training newer" => {
            both.w.edit("w1", "phone", "1");
            both.later(10);
            both.a.edit("a1", "phone", "2");
        }
        "members newer" => {
            both.a.edit("a1", "phone", "2");
            both.later(10);
            both.w.edit("w1", "phone", "1");
        }
        _ => {
            both.w.edit("w1", "phone", "1");
            both.a.edit("a1", "phone", "2");
        }
    });
    let expected = "\
this              members   members   members
other             training  training  training
hold              held      held      held
newest            members   training  held
newest then this  members   training  members
newest then other members   training  training
";
    assert_eq!(table, expected);
}

/// A blank is not a value that could lose: who has one fills it, whatever the words are.
#[test]
fn a_blank_at_the_first_comparison_is_filled_from_either_side() {
    for policy in POLICIES {
        for (side, order) in [("w", [Out, Back]), ("w", [Back, Out]), ("a", [Out, Back]), ("a", [Back, Out])] {
            let folder = tempfile::tempdir().unwrap();
            let mut both = with_policy(folder.path(), policy);
            if side == "w" {
                both.w.edit("w1", "phone", "7")
            } else {
                both.a.edit("a1", "phone", "7")
            }
            for way in order.into_iter().chain(order) {
                both.later(15);
                both.run(way);
            }
            assert_eq!((both.w.get("w1", "phone"), both.a.get("a1", "phone")), ("7".into(), "7".into()), "{policy}, {side}, {order:?}");
            assert_eq!(both.written(), if side == "w" { (0, 1) } else { (1, 0) }, "{policy}, {side}, {order:?}");
        }
    }
}
