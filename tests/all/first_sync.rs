//! Integration A in the sandbox, over real HTTP: the first run, the run after it, the next day.

use super::desk::{Answer, Desk};
use serde_json::Value as Json;

const PIPELINE: &str = "lucca_to_reward_gateway";

fn sandboxed(desk: &Desk, args: &[&str]) -> Answer {
    let all: Vec<&str> = args.iter().copied().chain(["--sandbox", "--format", "lines"]).collect();
    desk.counterpart(&all)
}

fn expected(part: &str) -> Json {
    let text = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/pipelines/seed/expected.json")).unwrap();
    serde_json::from_str::<Json>(&text).unwrap()[part].clone()
}

/// Requests that write, counted by the sandbox itself.
fn writing_requests(desk: &Desk) -> u64 {
    let database = rusqlite::Connection::open(desk.file(".counterpart/stand-ins/sandbox.db")).unwrap();
    database.query_row("SELECT count(*) FROM requests WHERE method NOT IN ('GET', 'HEAD')", [], |row| row.get::<_, i64>(0)).unwrap() as u64
}

#[test]
fn the_first_run_joins_the_second_writes_nothing_the_next_day_gives_what_the_seed_says() {
    let desk = Desk::with_pipelines();
    let first = sandboxed(&desk, &["run", PIPELINE]);
    assert!(first.code == 0 || first.code == 4, "{first:?}");
    let wrote = writing_requests(&desk);
    assert!(wrote > 0);

    let second = sandboxed(&desk, &["run", PIPELINE]);
    assert_eq!(writing_requests(&desk), wrote, "the second run writes nothing: {second:?}");

    assert_eq!(sandboxed(&desk, &["sandbox", PIPELINE, "--load", "next_day"]).code, 0);
    let plan = sandboxed(&desk, &["plan", PIPELINE]);
    assert_eq!(writing_requests(&desk), wrote, "planning writes nothing");
    let day = expected("next_day");
    for verdict in ["join", "change", "leave", "return"] {
        let mut keys = plan.keys(verdict);
        keys.sort();
        let mut wanted: Vec<String> = day[verdict].as_array().unwrap().iter().map(|key| key.as_str().unwrap().to_owned()).collect();
        wanted.sort();
        assert_eq!(keys, wanted, "{verdict}\n{}", plan.out);
    }
}
