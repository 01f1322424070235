//! A hundred thousand people: time and memory. Run by hand: `cargo test --release --lib scale -- --ignored --nocapture`.

use super::fixture::Fixture;
use std::{fmt::Write, time::Instant};

const PEOPLE: usize = 100_000;

fn peak() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmHWM"));
    line.and_then(|line| line.split_whitespace().nth(1)?.parse().ok()).unwrap_or(0) / 1024
}

/// Seconds of processor time so far.
fn processor() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let after = stat.rsplit(')').next().unwrap_or_default();
    let ticks = |at: usize| after.split_whitespace().nth(at).and_then(|ticks| ticks.parse::<f64>().ok()).unwrap_or(0.0);
    (ticks(11) + ticks(12)) / 100.0
}

fn people() -> String {
    let mut text = String::new();
    for at in 0..PEOPLE {
        let _ = writeln!(
            text,
            r#"{{"id": {at}, "number": "{at:07}", "email": "First.Last{at}@example.com", "last_name": "Surname {at}", "department": "Customer Care", "contract_end": null, "manager": {}, "note": "nobody asks for this", "phone": "+33 1 23 45 67 89"}}"#,
            at / 10
        );
    }
    text
}

fn members() -> String {
    let mut text = String::new();
    for at in 0..PEOPLE {
        let _ = writeln!(
            text,
            r#"{{"id": "m{at}", "external_id": "{at:07}", "email": "first.last{at}@example.com", "last_name": "Surname {at}", "division": "Customer Care", "active": true, "manager": "m{}"}}"#,
            at / 10
        );
    }
    text
}

fn measure(what: &str, fixture: &Fixture) {
    let begun = Instant::now();
    let worked = processor();
    let set = fixture.plan_changes();
    let rate = PEOPLE as f64 / (processor() - worked);
    println!(
        "{what}: {} operations, {rate:.0} people per second of processor time, peak {} MB with the records' text",
        set.operations.len(),
        peak()
    );
    let mut counted = Counted(0);
    set.save(&mut counted).unwrap();
    println!("  saved: {} MB, in all {:.2} s", counted.0 >> 20, begun.elapsed().as_secs_f64());
}

struct Counted(usize);

impl std::io::Write for Counted {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0 += bytes.len();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[test]
#[ignore = "measures; see the head of the file"]
fn a_hundred_thousand_people() {
    let source = people();
    println!("text of the source: {} MB, peak {}", source.len() >> 20, peak());
    measure("all are new", &Fixture::new(&source, "", "").with(|fixture| fixture.adoption = true));
    let links: String = (0..PEOPLE).map(|at| format!("{at:07}=m{at}\n")).collect();
    measure("nothing differs", &Fixture::new(&source, &members(), &links));
    measure("all are found", &Fixture::new(&source, &members(), ""));
}
