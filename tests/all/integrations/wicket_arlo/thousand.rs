//! A thousand of Arlo's registrations, read three times with overlaps and killed twice: each state that one reaches is exactly one touchpoint.

use super::{Given, registrations::PIPELINE};
use jiff::{SignedDuration, Timestamp};
use std::{
    collections::{BTreeMap, BTreeSet},
    process::Stdio,
    time::{Duration, Instant},
};

impl Given {
    /// A registration that was made this long ago.
    fn register(&self, id: u64, contact: u64, hours_ago: i64) {
        self.registration(id, contact, ("Event", 12), &[("Status", "Approved"), ("Attendance", "Unknown")]);
        self.arlo.vendor().store.get_mut("registrations", id).expect("a registration").modified =
            Timestamp::now() - SignedDuration::from_hours(hours_ago);
    }

    /// Both vendors allow many requests.
    fn unhurried(self) -> Self {
        for system in ["arlo", "wicket"] {
            let file = format!("systems/{system}.sync");
            let project = &self.fixture.project;
            let unhurried = project.read(&file).replace("limit  120 per min", "limit  9000 per min").replace("limit  300", "limit  9000");
            project.write(&file, unhurried);
        }
        self
    }

    /// How often each event was sent, whatever Wicket answered.
    fn sent(&self) -> BTreeMap<String, usize> {
        let mut sent = BTreeMap::new();
        for request in self.wicket.writes() {
            let body: serde_json::Value = serde_json::from_str(&request.body).unwrap();
            *sent.entry(body["data"]["attributes"]["external_event_id"].as_str().unwrap().to_owned()).or_default() += 1;
        }
        sent
    }

    /// These events, each once.
    #[track_caller]
    fn assert_once(&self, expected: &BTreeSet<String>) {
        let all = self.touchpoints();
        let there: BTreeSet<_> = all.iter().cloned().collect();
        let missing: Vec<_> = expected.difference(&there).take(5).collect();
        let others: Vec<_> = there.difference(expected).take(5).collect();
        assert!(
            missing.is_empty() && others.is_empty() && all.len() == there.len(),
            "missing {missing:?}, others {others:?}, {} in all",
            all.len()
        );
    }

    /// Starts a command and kills it once this many touchpoints exist.
    fn killed(&self, args: &[&str], touchpoints: usize) {
        let mut run = self.fixture.project.command(args).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let begun = Instant::now();
        while self.wicket.vendor().touchpoints().len() < touchpoints {
            assert!(run.try_wait().unwrap().is_none(), "it ended before it was killed");
            assert!(begun.elapsed() < Duration::from_secs(120), "{} of {touchpoints}", self.wicket.vendor().touchpoints().len());
            std::thread::sleep(Duration::from_millis(1));
        }
        run.kill().unwrap();
        assert_eq!(run.wait().unwrap().code(), None, "killed");
    }
}

fn event(id: u64, state: &str) -> String {
    format!("{id}-{state}")
}

/// Read three times with overlaps, and killed twice in the middle.
#[test]
fn of_a_thousand_registrations_each_state_reached_is_exactly_one_touchpoint() {
    let given = Given::with_courses(20).unhurried();
    for id in 1..=1000 {
        given.register(id, id % 20 + 53, if id <= 700 { 3 } else { 0 });
    }
    let mut expected: BTreeSet<String> = (1..=1000).map(|id| event(id, "registered")).collect();
    let first = given.fixture.plan(PIPELINE);
    given.killed(&["apply", &first], 400);
    let after = given.touchpoints().len();
    assert!((400..1000).contains(&after), "{after}");
    let again = given.publish(PIPELINE);
    let known = again.count("result", "nothing_to_do") + again.count("result", "needs_attention");
    assert!((after as u64..after as u64 + 8).contains(&known), "{after} {again:?}");
    // A plan resolves nothing: requests that were in flight are held in it.
    given.run(PIPELINE);
    given.assert_once(&expected);

    for id in (1..=1000).step_by(5) {
        given.state(id, "Attendance", "Attended");
        expected.insert(event(id, "completed"));
    }
    for id in (2..=1000).step_by(10) {
        given.state(id, "Status", "Cancelled");
        expected.insert(event(id, "cancelled"));
    }
    given.arlo.forget();
    given.killed(&["run", PIPELINE], 1150);
    let third = given.run(PIPELINE);
    assert!((1..170).contains(&third.count("result", "sent")), "{third:?}");
    given.assert_once(&expected);
    let since = given.arlo.lines().iter().filter(|line| line.contains("/registrations/")).all(|line| line.contains("filter=LastModified"));
    assert!(since, "only what has changed was read: {:?}", given.arlo.lines());

    // The vendor discards duplicates; ours are only those whose answer the killed process never received.
    let twice: Vec<_> = given.sent().into_iter().filter(|(_, times)| *times > 1).collect();
    assert!(twice.len() <= 16 && twice.iter().all(|(_, times)| *times == 2), "{twice:?}");
    let last = given.run(PIPELINE);
    assert_eq!((last.count("result", "written"), given.touchpoints().len()), (0, expected.len()), "{last:?}");
}
