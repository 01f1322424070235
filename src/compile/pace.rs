//! How often a pipeline is meant to run, and from when on it has been silent for too long.

use super::ExecutionPlan;
use crate::{check::schedule::coming, syntax::tree::Schedule};
use jiff::{SignedDuration, Span, Timestamp, ToSpan, tz::TimeZone};

/// However short the interval is, a machine may be off for this long.
const AT_LEAST: SignedDuration = SignedDuration::from_hours(48);
/// Where no schedule says how often it runs.
const WITHOUT_SCHEDULE: SignedDuration = SignedDuration::from_hours(30 * 24);

impl ExecutionPlan {
    /// Whether so much time has passed between the end of the last run and now that the state may be an older copy: three intervals of the
    /// schedule and at least 48 hours, or 30 days without a schedule.
    #[must_use]
    pub fn was_silent(&self, last: Timestamp, now: Timestamp) -> bool {
        now.duration_since(last) > AT_LEAST && now > self.silent_from(last)
    }

    fn silent_from(&self, last: Timestamp) -> Timestamp {
        let unknown = last.saturating_add(WITHOUT_SCHEDULE).unwrap_or(Timestamp::MAX);
        match &self.pace {
            Some(Schedule::Every(time, _)) => {
                last.saturating_add(SignedDuration::from_secs(time.seconds().saturating_mul(3))).unwrap_or(Timestamp::MAX)
            }
            Some(Schedule::Daily(..)) => self.days_after(last, 3.days()),
            Some(Schedule::Weekly(..)) => self.days_after(last, 3.weeks()),
            // The fourth slot after a run: three intervals between slots have passed, however long each of them is.
            Some(Schedule::Cron(words)) => coming(&words.text, last).nth(3).unwrap_or(unknown),
            Some(Schedule::After(_) | Schedule::Setting(_)) | None => unknown,
        }
    }

    /// Days of the calendar, whose hours differ where clocks change.
    fn days_after(&self, last: Timestamp, days: Span) -> Timestamp {
        let zone = self.zone.clone().unwrap_or(TimeZone::UTC);
        last.to_zoned(zone).saturating_add(days).timestamp()
    }
}

#[cfg(test)]
mod tests {
    use crate::compile::texts::{self, Texts};
    use jiff::Timestamp;

    const SYSTEM: &str = r#"system files {
  collection people {
    file "people.csv" csv
    key  number
    attributes { number : text at $.number }
  }
  collection accounts {
    file "accounts.jsonl" json_lines
    key  id
    attributes { id : text unique at $.id }
  }
  collection others {
    file "others.jsonl" json_lines
    key  id
    attributes { id : text unique at $.id }
  }
}
"#;

    fn pipeline(name: &str, to: &str, schedule: &str) -> String {
        format!(
            "pipeline {name} {{\n  zone \"Europe/Paris\"\n  {schedule}\n  from files.people as person\n  to files.{to}\n  key person.number\n  \
             match {{ id = person.number }}\n  mode create and update\n  map {{ id = person.number }}\n}}\n"
        )
    }

    /// Whether it was silent for too long by then, since a run that ended on Friday, 6 March 2026, a minute after two in Paris.
    fn silent(schedule: &str, now: &str) -> bool {
        let text = format!("{SYSTEM}{}{}", pipeline("p", "accounts", schedule), pipeline("first", "others", "schedule daily at 02:00"));
        let plan = texts::plan(&Texts { files: vec![("p.sync", &text)], ..Texts::default() }.project(), "p", &[]);
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        plan.was_silent(at("2026-03-06T01:01:00Z"), at(now))
    }

    #[test]
    fn three_intervals_and_at_least_two_days_are_no_silence() {
        for (schedule, quiet, long) in [
            ("", "2026-04-05T01:00:00Z", "2026-04-05T01:02:00Z"),
            ("schedule every 15 min", "2026-03-08T01:00:00Z", "2026-03-08T01:02:00Z"),
            ("schedule every 20 h", "2026-03-08T13:00:00Z", "2026-03-08T13:02:00Z"),
            ("schedule daily at 02:00", "2026-03-09T01:00:00Z", "2026-03-09T01:02:00Z"),
            ("schedule weekly on friday at 02:00", "2026-03-27T01:00:00Z", "2026-03-27T01:02:00Z"),
            // Two slots were missed, of Monday and Tuesday; that of Thursday is the fourth.
            ("schedule cron \"0 2 * * 1-5\"", "2026-03-11T02:00:00Z", "2026-03-12T02:01:00Z"),
            ("schedule cron \"0 2 1 * *\"", "2026-06-30T00:00:00Z", "2026-07-01T02:01:00Z"),
            ("schedule after first", "2026-03-09T01:00:00Z", "2026-03-09T01:02:00Z"),
        ] {
            assert!(!silent(schedule, quiet), "{schedule}: {quiet}");
            assert!(silent(schedule, long), "{schedule}: {long}");
        }
    }

    /// The clocks change on 29 March: three days of the calendar are an hour less, or more.
    #[test]
    fn days_are_those_of_the_calendar() {
        let text = format!("{SYSTEM}{}", pipeline("p", "accounts", "schedule daily at 02:00"));
        let plan = texts::plan(&Texts { files: vec![("p.sync", &text)], ..Texts::default() }.project(), "p", &[]);
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        assert!(!plan.was_silent(at("2026-10-23T00:01:00Z"), at("2026-10-26T01:00:30Z")), "73 hours later, before the third day is over");
        assert!(plan.was_silent(at("2026-10-23T00:01:00Z"), at("2026-10-26T01:02:00Z")));
    }
}
