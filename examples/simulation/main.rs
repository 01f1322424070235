//! A company and its two systems, simulated day after day with the whole engine between them; clock, disk and network are handed in.
//!
//! `cargo run --release --example simulation -- --seeds 20 --days 1000`
//!
//! With `--processes` each run is a process of its own that is killed with SIGKILL, both systems are servers on loopback, and the disk is
//! that of this machine.
//!
//! Each seed is a world of its own: people join, move and leave, both systems have bad days, and runs are killed. After every run a model
//! of its own says what must be true; each violation is printed with the seed and the command that repeats it.

#![expect(clippy::disallowed_methods, reason = "the program measures how fast it is, and owns its threads")]

mod company;
mod desk;
mod files;
mod host;
mod machine;
mod model;
mod power;
mod process;
mod random;
mod server;
mod trace;
mod vendor;
mod vfs;
mod world;

use model::{Invariant, Violation};
use std::{
    collections::{BTreeMap, BTreeSet},
    env,
    process::ExitCode,
    time::Instant,
};
use world::{Tally, World};

/// The options of the command line.
#[derive(Clone, Debug)]
struct Options {
    seed: u64,
    seeds: u64,
    days: u64,
    kills: bool,
    processes: bool,
    /// Goes on with the next seed after a violation.
    all: bool,
    verbose: bool,
}

impl Options {
    fn parse(args: impl Iterator<Item = String>) -> Result<Self, String> {
        let mut options = Self { seed: 1, seeds: 1, days: 1000, kills: true, processes: false, all: false, verbose: false };
        let mut args = args.peekable();
        while let Some(name) = args.next() {
            let mut number = || args.next().and_then(|value| value.parse().ok()).ok_or(format!("{name} needs a number"));
            match name.as_str() {
                "--seed" => options.seed = number()?,
                "--seeds" => options.seeds = number()?,
                "--days" => options.days = number()?,
                "--no-kills" => options.kills = false,
                "--processes" => options.processes = true,
                "--all" => options.all = true,
                "--verbose" => options.verbose = true,
                _ => return Err(format!("{name} is unknown: --seed N, --seeds N, --days N, --no-kills, --processes, --all, --verbose")),
            }
        }
        Ok(options)
    }
}

/// A violation, and where it was met.
struct Met {
    seed: u64,
    day: u64,
    violation: Violation,
    report: String,
}

/// One world, to its end or to its first violation; and the hash of what happened.
fn live(options: &Options, seed: u64) -> (Tally, String, Option<Met>) {
    let mut world = World::new(seed, options.kills, options.processes);
    for day in 1..=options.days {
        if let Err(violation) = world.day() {
            let report = report(&world, options, seed, day, &violation);
            return (world.tally.clone(), world.vendors().trace.hash(), Some(Met { seed, day, violation, report }));
        }
    }
    let hash = world.vendors().trace.hash();
    (world.tally, hash, None)
}

fn report(world: &World, options: &Options, seed: u64, day: u64, violation: &Violation) -> String {
    let vendors = world.vendors();
    let Violation { invariant, key, what } = violation;
    let mut lines = vec![format!("seed {seed}, day {day} ({}): {invariant:?}, {key}: {what}", world.today())];
    let accounts: Vec<_> = vendors.accounts.iter().filter(|account| account.external_id.as_deref() == Some(key.as_str())).collect();
    let humans: BTreeSet<u32> = vendors.company.human_of(key).into_iter().chain(accounts.iter().filter_map(|one| one.human)).collect();
    for human in humans {
        lines.extend(vendors.company.stories[&human].iter().map(|line| format!("  person {human}: {line}")));
        lines.extend(vendors.company.rows.iter().filter(|row| row.human == human).map(|row| format!("  {row:?}")));
    }
    lines.extend(accounts.iter().map(|account| format!("  {account:?}")));
    if options.verbose {
        lines.extend(vendors.trace.last(400).map(|line| format!("  | {line}")));
    }
    let kills = if options.kills { "" } else { " --no-kills" };
    let kills = format!("{kills}{}", if options.processes { " --processes" } else { "" });
    lines.push(format!("  cargo run --release --example simulation -- --seed {seed} --days {day}{kills} --verbose"));
    lines.join("\n")
}

fn main() -> ExitCode {
    let args: Vec<String> = env::args().skip(1).collect();
    if args.first().is_some_and(|first| first == process::FLAG) {
        return process::run(&args[1..]);
    }
    let options = match Options::parse(args.into_iter()) {
        Ok(options) => options,
        Err(why) => {
            eprintln!("{why}");
            return ExitCode::from(2);
        }
    };
    let begun = Instant::now();
    let (mut tally, mut met) = (Tally::default(), Vec::new());
    for seed in options.seed..options.seed + options.seeds {
        let (lived, _, violation) = live(&options, seed);
        tally.add(&lived);
        if let Some(one) = violation {
            println!("{}", one.report);
            met.push(one);
            if !options.all {
                break;
            }
        }
    }
    summary(&tally, &met, begun.elapsed().as_secs_f64());
    if met.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn summary(tally: &Tally, met: &[Met], seconds: f64) {
    let Tally { days, runs, kills, held, approved, stopped, writes, .. } = tally;
    #[expect(clippy::cast_precision_loss, reason = "for people")]
    let speed = *days as f64 / seconds;
    println!(
        "{days} days, {speed:.0} a second; {runs} runs, {writes} writes, {kills} killed, {stopped} stopped, {held} held, {approved} applied by a person"
    );
    for (what, times) in &tally.desk {
        println!("  {times:>6}  {what}");
    }
    for (why, days) in &tally.waits {
        println!("  waiting, days of people: {days:>6}  {why}");
    }
    let mut by: BTreeMap<Invariant, (u64, u64, u64)> = BTreeMap::new();
    for Met { seed, day, violation, .. } in met {
        by.entry(violation.invariant).or_insert((0, *seed, *day)).0 += 1;
    }
    for (invariant, (count, seed, day)) in by {
        println!("  {invariant:?}: {count}, first in seed {seed} on day {day}");
    }
}

#[cfg(test)]
mod tests;
