//! Guard arithmetic, as tables: what is asked on the left, what is allowed on the right.

use super::*;
use crate::state::baselines::AppliedRun;

fn limit(percent: i64, number: u64) -> Limit {
    Limit { percent: (percent >= 0).then(|| Decimal::from(percent)), number: Some(number) }
}

fn guard(what: Guarded, limit: Limit, over: Option<Span>) -> Guard {
    Guard { what, percent: limit.percent, number: limit.number, over, span: Some(Place::default()) }
}

fn at(day: i64) -> Timestamp {
    Timestamp::from_second(1_772_000_000 + day * 86_400).unwrap()
}

fn run(guards: &[Guard], counts: &Counts, baseline: &Baselines) -> String {
    let reports = evaluate(
        guards,
        &|_| SourceLine { file: String::new(), line: 43 },
        counts,
        baseline,
        at(0),
        &|attribute| format!("attribute {attribute}"),
        false,
    );
    let line = |report: &GuardReport| {
        let verdict = if report.within { "within" } else { "exceeded" };
        format!("{} {} of {}, {} ({}): {verdict}", report.what, report.count, report.of, report.limit, report.allowed)
    };
    reports.iter().map(line).collect::<Vec<_>>().join("\n")
}

#[test]
fn ten_percent_or_five_never_empties_a_small_set() {
    let open = [0, 1, 2, 3, 4, 9, 10, 11, 20, 50, 59, 60, 255, 4000];
    let allowed = open.map(|open| limit(10, 5).allowed(open));
    assert_eq!(allowed, [0, 0, 1, 1, 2, 4, 5, 5, 5, 5, 5, 6, 25, 400]);
}

#[test]
fn three_of_four_leave_and_three_of_four_thousand() {
    let leavers = |open| Counts { open, leavers: 3, ..Counts::default() };
    let guards = [guard(Guarded::Leavers, limit(10, 5), None)];
    let first = |text: String| text.lines().next().unwrap().to_owned();
    assert_eq!(first(run(&guards, &leavers(4), &Baselines::default())), "leavers 3 of 4, at most 10% or 5 (2): exceeded");
    assert_eq!(first(run(&guards, &leavers(4000), &Baselines::default())), "leavers 3 of 4000, at most 10% or 5 (400): within");
}

#[test]
fn default_guards_apply_unless_written() {
    let line = SourceLine { file: String::new(), line: 31 };
    let counts = Counts {
        removed: Default::default(),
        part: false,
        open: 100,
        read: 100,
        leavers: 11,
        creates: 50,
        updates: 40,
        returns: 11,
        rekeys: 0,
        changes: BTreeMap::from([(1, (31, line.clone())), (2, (30, line.clone()))]),
        clears: BTreeMap::from([(1, (11, line))]),
        rejected: 21,
        ..Counts::default()
    };
    assert_eq!(
        run(&[], &counts, &Baselines::default()),
        "leavers 11 of 100, at most 10% or 5 (10): exceeded\n\
         returns 11 of 100, at most 10% or 5 (10): exceeded\n\
         clears of attribute 1 11 of 100, at most 10% or 5 (10): exceeded\n\
         updates of attribute 1 31 of 100, at most 30% or 10 (30): exceeded\n\
         rejected 21 of 100, at most 20% or 10 (20): exceeded"
    );
}

#[test]
fn a_written_guard_takes_the_place_of_its_default() {
    let line = SourceLine { file: String::new(), line: 31 };
    let counts = Counts { open: 100, changes: BTreeMap::from([(1, (31, line))]), ..Counts::default() };
    let guards = [guard(Guarded::UpdatesOf(1), limit(50, 0), None), guard(Guarded::Leavers, limit(10, 5), None)];
    assert_eq!(
        run(&guards, &counts, &Baselines::default()),
        "updates of attribute 1 31 of 100, at most 50% or 0 (50): within\nleavers 0 of 100, at most 10% or 5 (10): within"
    );
}

#[test]
fn the_window_counts_recent_leavers_only() {
    let past = |day, left| AppliedRun { at: at(day), left, returned: 0, open: 100 };
    let baseline = Baselines { runs: vec![past(-9, 50), past(-3, 12), past(-1, 5)], ..Baselines::default() };
    let counts = Counts { open: 83, leavers: 4, ..Counts::default() };
    let guards = [guard(Guarded::Leavers, limit(20, 10), Some(Span::Days(7)))];
    let text = run(&guards, &counts, &baseline);
    assert_eq!(text.lines().next().unwrap(), "leavers over 7 days 21 of 100, at most 20% or 10 (20): exceeded");
}

#[test]
fn the_window_of_young_links_begins_where_there_were_any() {
    let adoption = AppliedRun { at: at(-2), left: 0, returned: 0, open: 0 };
    let baseline = Baselines { runs: vec![adoption], ..Baselines::default() };
    let counts = Counts { open: 260, leavers: 6, ..Counts::default() };
    let guards = [guard(Guarded::Leavers, limit(20, 10), Some(Span::Days(7)))];
    let text = run(&guards, &counts, &baseline);
    assert_eq!(text.lines().next().unwrap(), "leavers over 7 days 6 of 260, at most 20% or 10 (52): within");
}

#[test]
fn while_a_pipeline_grows_who_leaves_is_a_share_of_all() {
    let runs = [(-3, 0), (-2, 45)].map(|(day, open)| AppliedRun { at: at(day), left: 0, returned: 0, open });
    let baseline = Baselines { runs: runs.to_vec(), ..Baselines::default() };
    let counts = Counts { open: 245, leavers: 13, ..Counts::default() };
    assert_eq!(run(&[], &counts, &baseline), "leavers 13 of 245, at most 10% or 5 (24): within");
    let shrinks = [(-3, 245), (-1, 60)].map(|(day, open)| AppliedRun { at: at(day), left: 10, returned: 0, open });
    let baseline = Baselines { runs: shrinks.to_vec(), ..Baselines::default() };
    let counts = Counts { open: 50, leavers: 5, ..Counts::default() };
    assert_eq!(run(&[], &counts, &baseline), "leavers 5 of 50, at most 10% or 5 (5): within", "25 of 245");
}

#[test]
fn a_change_set_without_leavers_trips_no_guard_on_them() {
    let baseline = Baselines { runs: vec![AppliedRun { at: at(-1), left: 6, returned: 0, open: 10 }], ..Baselines::default() };
    let counts = |leavers| Counts { open: 4, creates: 1, leavers, ..Counts::default() };
    assert_eq!(run(&[], &counts(0), &baseline), "");
    assert!(run(&[], &counts(1), &baseline).contains("leavers over 7 days 7 of 10, at most 20% or 10 (5): exceeded"));
}

#[test]
fn a_source_that_shrank_is_doubted_without_a_line() {
    let baseline = |read| Baselines { highest_read: Some(read), ..Baselines::default() };
    let counts = |read| Counts { open: 100, read, ..Counts::default() };
    assert_eq!(run(&[], &counts(20), &baseline(200)), "source 20 of 200, at least 50% of 200 (100): exceeded");
    for (read, before) in [(100, 200), (4, 8), (1, 5), (300, 200)] {
        assert_eq!(run(&[], &counts(read), &baseline(before)), "", "{read} of {before}");
    }
    assert_eq!(run(&[], &counts(3), &baseline(8)), "source 3 of 8, at least 50% of 8 (4): exceeded");
    let written = [guard(Guarded::Source, Limit { percent: Some(Decimal::from(5)), number: None }, None)];
    assert_eq!(run(&written, &counts(20), &baseline(200)), "source 20 of 200, at least 5% of 200 (10): within");
    assert_eq!(run(&[], &Counts { events: true, ..counts(20) }, &baseline(200)), "", "events");
    assert_eq!(run(&[], &Counts { part: true, ..counts(20) }, &baseline(200)), "", "what changed");
}

#[test]
fn what_tells_people_apart_changes_for_half_of_them_at_most() {
    let line = SourceLine { file: String::new(), line: 31 };
    let counts = |open, count| Counts {
        open,
        changes: BTreeMap::from([(1, (count, line.clone()))]),
        identifying: BTreeMap::from([(1, (count, line.clone()))]),
        ..Counts::default()
    };
    assert_eq!(run(&[], &counts(8, 8), &Baselines::default()), "updates of attribute 1 8 of 8, at most 50% or 2 (4): exceeded");
    for (open, count) in [(8, 4), (2, 2), (1, 2), (0, 0)] {
        assert_eq!(run(&[], &counts(open, count), &Baselines::default()), "", "{count} of {open}");
    }
    let other = Counts { identifying: BTreeMap::new(), ..counts(8, 8) };
    assert_eq!(run(&[], &other, &Baselines::default()), "");
    let written = [guard(Guarded::UpdatesOf(1), limit(100, 0), None)];
    assert_eq!(run(&written, &counts(8, 8), &Baselines::default()), "updates of attribute 1 8 of 8, at most 100% or 0 (8): within");
}

#[test]
fn one_bad_run_does_not_lower_what_is_expected_of_the_source() {
    let counts = Counts { open: 900, read: 200, ..Counts::default() };
    let baseline = Baselines { highest_read: Some(1000), ..Baselines::default() };
    let guards = [guard(Guarded::Source, Limit { percent: Some(Decimal::from(80)), number: None }, None)];
    assert_eq!(run(&guards, &counts, &baseline), "source 200 of 1000, at least 80% of 1000 (800): exceeded");
}

#[test]
fn an_attribute_that_vanished_is_named_and_a_smaller_source_is_not() {
    let before = BTreeMap::from([("$.department".to_owned(), 400), ("$.badge".to_owned(), 30)]);
    let baseline = Baselines { present: Some((400, before)), ..Baselines::default() };
    let now = |department, badge| vec![("$.department".to_owned(), department), ("$.badge".to_owned(), badge)];
    let gone = "`$.department` has a value in 0 of 400 records; the last run found it in 400 of 400";
    let nothing = BTreeSet::new();
    assert_eq!(vanished(&now(0, 28), &nothing, 400, &baseline), [gone]);
    assert_eq!(vanished(&now(397, 11), &nothing, 400, &baseline), [""; 0]);
    assert_eq!(vanished(&now(100, 7), &nothing, 100, &baseline), [""; 0]);
}

/// `approval every run`: whatever a run would write counts, once each.
#[test]
fn every_run_waits_that_would_write_something() {
    let guards = [guard(Guarded::EveryRun, Limit { percent: None, number: None }, None)];
    let first = |counts: &Counts| run(&guards, counts, &Baselines::default()).lines().next().unwrap().to_owned();
    let counts = Counts { open: 100, leavers: 2, creates: 3, updates: 5, returns: 7, ..Counts::default() };
    assert_eq!(first(&counts), "every run 17 of 100, approved by a person (0): exceeded");
    assert_eq!(first(&Counts { open: 100, ..Counts::default() }), "every run 0 of 100, approved by a person (0): within");
}
