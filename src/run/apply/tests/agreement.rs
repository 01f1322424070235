//! For any edits on both sides and any order of both directions: the sides agree in the end, and no edit without a conflict is lost.

use super::pair::{
    Both, Ran,
    Way::{self, Back, Out},
};
use crate::run::{
    apply::NoWatcher,
    change_set::{Outcome, Step},
};
use proptest::prelude::*;
use std::collections::BTreeMap;

#[derive(Clone, Debug)]
enum Action {
    Members(u8, u8),
    Training(u8, u8),
    /// An attribute of theirs that only one direction writes.
    Title(u8, u8),
    FirstName(u8, u8),
    Run(Way),
    /// A run whose source breaks off.
    Broken(Way),
    /// From now on writes are refused, or are not.
    Refuses(bool),
    Later(i64),
}

fn action() -> impl Strategy<Value = Action> {
    let who = 0..3_u8;
    let way = || prop_oneof![Just(Out), Just(Back)];
    prop_oneof![
        4 => (who.clone(), 0..4_u8).prop_map(|(who, what)| Action::Members(who, what)),
        4 => (who.clone(), 0..4_u8).prop_map(|(who, what)| Action::Training(who, what)),
        1 => (who.clone(), 1..4_u8).prop_map(|(who, what)| Action::Title(who, what)),
        1 => (who, 1..4_u8).prop_map(|(who, what)| Action::FirstName(who, what)),
        6 => way().prop_map(Action::Run),
        1 => way().prop_map(Action::Broken),
        1 => any::<bool>().prop_map(Action::Refuses),
        3 => (0..90_i64).prop_map(Action::Later),
    ]
}

#[derive(Clone, Debug)]
struct Scenario {
    policy: &'static str,
    normalises: bool,
    tells: bool,
    /// How far the clock of training is ahead, in seconds.
    ahead: i64,
    actions: Vec<Action>,
}

fn scenario() -> impl Strategy<Value = Scenario> {
    let policy = prop::sample::select(vec!["this", "other", "hold", "newest", "newest then this", "newest then other"]);
    (policy, any::<bool>(), any::<bool>(), -120..120_i64, prop::collection::vec(action(), 1..24))
        .prop_map(|(policy, normalises, tells, ahead, actions)| Scenario { policy, normalises, tells, ahead, actions })
}

/// A number, in one form.
fn plain(number: &str) -> String {
    number.strip_prefix('0').map_or_else(|| number.to_owned(), |rest| format!("+61{rest}"))
}

/// What is known without asking the program: what both sides held when they last agreed.
struct Model {
    both: Both,
    policy: &'static str,
    agreed: BTreeMap<u8, (String, String)>,
}

impl Model {
    fn new(folder: &std::path::Path, scenario: &Scenario) -> Self {
        let rule = format!("on conflict {}", scenario.policy);
        let edits = [("on conflict newest then this", rule.as_str()), ("= contact.phone         keep", "= contact.phone         clear")];
        let both = Both::edited(folder, &edits);
        both.a.normalises.set(scenario.normalises);
        both.a.tells.set(scenario.tells);
        both.a.ahead.set(jiff::SignedDuration::from_secs(scenario.ahead));
        Self { both, policy: scenario.policy, agreed: BTreeMap::new() }
    }

    /// The ids of a person on both sides, if there are any.
    fn ids(&self, who: u8) -> [Option<String>; 2] {
        let mail = mail(who);
        [&self.both.w, &self.both.a].map(|side| {
            let all = side.all.borrow();
            all.iter().find(|(_, record)| record["email"].as_str() == Some(&mail)).map(|(id, _)| id.clone())
        })
    }

    fn edit(&self, who: u8, out: bool, attribute: &str, value: Option<String>) {
        let (side, id) = if out { (&self.both.w, &self.ids(who)[0]) } else { (&self.both.a, &self.ids(who)[1]) };
        let id = id.clone().unwrap_or_else(|| format!("p{who}"));
        side.edit(&id, "email", mail(who));
        self.both.open(&id);
        side.edit(&id, attribute, value.map_or(serde_json::Value::Null, Into::into));
    }

    /// The number on both sides, of who is on both.
    fn numbers(&self) -> BTreeMap<u8, (String, String)> {
        let number = |who| {
            let [Some(w), Some(a)] = self.ids(who) else { return None };
            Some((who, (self.both.w.get(&w, "phone"), self.both.a.get(&a, "phone"))))
        };
        (0..3).filter_map(number).collect()
    }

    /// Which sides changed since both agreed; before that, which have a value.
    fn changed(&self, who: u8, (w, a): &(String, String)) -> (bool, bool) {
        match self.agreed.get(&who) {
            Some((w_then, a_then)) => (w != w_then, a != a_then),
            None => (w != "-", a != "-"),
        }
    }

    fn run(&mut self, way: Way, broken: bool) {
        let before = self.numbers();
        let ran = self.both.run_watched(way, &NoWatcher, broken.then_some("cut"));
        let after = self.numbers();
        for (who, now) in &after {
            if let Some(then) = before.get(who) {
                self.judge(way, *who, then, now);
                assert!(!broken || then == now, "a read that broke off writes nothing");
            }
            let written = before.get(who).is_none_or(|then| then != now) || self.has_written(way, *who, &ran);
            // Two forms of one number are told to be one only by who wrote the other, and by nobody who could not read.
            if !broken && (now.0 == now.1 || written && plain(&now.0) == plain(&now.1)) {
                self.agreed.insert(*who, now.clone());
            }
        }
    }

    /// Whether a run has written a number, which the other side may have held already in its own form.
    fn has_written(&self, way: Way, who: u8, ran: &Ran) -> bool {
        let [w, a] = self.ids(who);
        let key = if way == Out { w } else { a };
        let numbers = |step: &Step| matches!(step, Step::Update { values } if values.iter().any(|value| &*value.attribute == "phone"));
        let done = ran.set.operations.iter().zip(&ran.outcomes).filter(|(_, outcome)| **outcome == Outcome::Done);
        done.into_iter().any(|(operation, _)| Some(&operation.key) == key.as_ref() && operation.steps.iter().any(numbers))
    }

    /// Whatever a run has written was wanted by an edit on its own side, and lost none there unless the words say so.
    fn judge(&self, way: Way, who: u8, then: &(String, String), now: &(String, String)) {
        let (w, a) = self.changed(who, then);
        let (ours, theirs, source, target) = match way {
            Out => (w, a, (&then.0, &now.0), (&then.1, &now.1)),
            _ => (a, w, (&then.1, &now.1), (&then.0, &now.0)),
        };
        assert_eq!(source.0, source.1, "a run writes to its target alone");
        if plain(target.0) == plain(target.1) {
            return;
        }
        assert!(ours, "{who}: {way:?} wrote {} over {}, and nobody had changed it here", target.1, target.0);
        let may = match self.policy {
            "this" => way == Out,
            "other" => way == Back,
            "hold" => false,
            _ => true,
        };
        assert!(!theirs || may, "{who}: {way:?} wrote {} over an edit {}", target.1, target.0);
    }

    fn act(&mut self, action: &Action) {
        let number = |what: u8, lead: &str| (what > 0).then(|| format!("{lead}40000000{what}"));
        // People on the other side see their own form, too.
        let lead = if self.both.a.normalises.get() { "+61" } else { "0" };
        match *action {
            Action::Members(who, what) => self.edit(who, true, "phone", number(what, "0")),
            Action::Training(who, what) => self.edit(who, false, "phone", number(what, lead)),
            Action::Title(who, what) => self.edit(who, true, "title", Some(format!("T{what}"))),
            Action::FirstName(who, what) => self.edit(who, false, "first_name", Some(format!("N{what}"))),
            Action::Run(way) => self.run(way, false),
            Action::Broken(way) => self.run(way, true),
            Action::Refuses(refuses) => [&self.both.w, &self.both.a].into_iter().for_each(|side| side.refuses.set(refuses)),
            Action::Later(minutes) => self.both.later(minutes),
        }
    }

    fn quiet_round(&mut self) -> (usize, usize) {
        self.both.written();
        for way in [Out, Back] {
            self.both.later(15);
            self.run(way, false);
        }
        self.both.written()
    }

    fn comes_to_rest(&mut self) {
        self.act(&Action::Refuses(false));
        // What was refused is not tried again at once.
        self.both.later(60 * 24 * 10);
        // A number that the other side holds in its own form already reads as before once it is written, which is not kept: it is tried
        // three times.
        (0..3).for_each(|_| _ = self.quiet_round());
        for round in 0..3 {
            assert_eq!(self.quiet_round(), (0, 0), "round {round} after three quiet ones");
        }
        let both_changed = |way| self.both.run(way).set.head.conflicts.into_iter().filter(|one| one.why.is_none()).map(|one| one.key);
        let held: Vec<String> = [Out, Back].into_iter().flat_map(both_changed).collect();
        for (who, now) in self.numbers() {
            let ids = self.ids(who).map(Option::unwrap);
            let is_held = held.contains(&ids[0]) || held.contains(&ids[1]);
            let (w, a) = self.changed(who, &now);
            assert!(plain(&now.0) == plain(&now.1) || (is_held && w && a), "{who}: {now:?} and {held:?}");
            let own = |attribute| [self.both.w.get(&ids[0], attribute), self.both.a.get(&ids[1], attribute)];
            for attribute in ["title", "first_name"] {
                assert_eq!(own(attribute)[0], own(attribute)[1], "{attribute} of {who}");
            }
        }
    }
}

fn mail(who: u8) -> String {
    format!("p{who}@example.com")
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn two_directions_converge_and_lose_no_edit(scenario in scenario()) {
        let folder = tempfile::tempdir().unwrap();
        let mut model = Model::new(folder.path(), &scenario);
        scenario.actions.iter().for_each(|action| model.act(action));
        model.comes_to_rest();
    }
}
