//! Whether a schedule can be kept, in a file or in a configuration.

use crate::{
    diagnose::Span,
    syntax::tree::{Schedule, Weekday},
};
use cronexpr::{Crontab, FallbackTimezoneOption, MakeTimestamp, ParseOptions, parse_crontab_with};
use jiff::Timestamp;

/// What is wrong with a schedule.
pub(crate) struct Fault {
    pub code: &'static str,
    pub at: Span,
    pub message: String,
    pub help: &'static str,
}

const SHORTEST: i64 = 60;

/// What is wrong with a schedule by itself; the pipelines and settings that it names are looked up elsewhere.
pub(crate) fn fault(schedule: &Schedule) -> Option<Fault> {
    let fault = |code, at: &Span, message: &str, help| Some(Fault { code, at: *at, message: message.to_owned(), help });
    match schedule {
        Schedule::Every(time, at) if time.seconds() < SHORTEST => {
            fault("E0706", at, "a schedule is never shorter than a minute", "write `every 1 min` or longer")
        }
        Schedule::Weekly(day, ..) if Weekday::parse(&day.text).is_none() => {
            fault("E0213", &day.span, &format!("`{}` is not a day of the week", day.text), "write `monday` to `sunday`")
        }
        Schedule::Cron(words) if !is_cron(&words.text) => fault(
            "E0706",
            &words.span,
            &format!("`{}` is not a cron line", words.text),
            "its five parts are minute, hour, day of the month, month and day of the week: `cron \"0 2 * * 1-5\"`",
        ),
        Schedule::Cron(words) if !ever_comes(&words.text) => fault(
            "E0706",
            &words.span,
            &format!("`{}` names a day that never comes", words.text),
            "name a day that one of its months has: `30 2` is the 30th of February",
        ),
        _ => None,
    }
}

/// The library takes a time zone as a sixth part; the zone of a pipeline has a line of its own.
fn cron(text: &str) -> Option<Crontab> {
    let mut options = ParseOptions::default();
    options.fallback_timezone_option = FallbackTimezoneOption::UTC;
    parse_crontab_with(text, options).ok().filter(|_| text.split_whitespace().count() == 5)
}

fn is_cron(text: &str) -> bool {
    cron(text).is_some()
}

/// A leap year has every day that there is.
const LEAP_YEAR: &str = "2024-01-01T00:00:00Z";

/// Whether a cron line has a day: `0 2 30 2 *` would wait forever.
fn ever_comes(text: &str) -> bool {
    cron(text).is_some_and(|line| line.find_next(LEAP_YEAR).is_ok())
}

/// The times that a cron line names after an instant, as if its zone were UTC.
pub(crate) fn coming(text: &str, after: Timestamp) -> impl Iterator<Item = Timestamp> {
    let line = cron(text);
    let next = move |last: &Timestamp| Some(line.as_ref()?.find_next(MakeTimestamp::from(*last)).ok()?.timestamp());
    std::iter::successors(Some(after), next).skip(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cron_line_without_a_day_is_refused() {
        for never in ["0 2 30 2 *", "0 2 31 4,6,9,11 *"] {
            assert!(is_cron(never) && !ever_comes(never), "{never}");
        }
        for rare in ["0 2 29 2 *", "0 2 31 * *", "0 2 30 2,3 *"] {
            assert!(ever_comes(rare), "{rare}");
        }
    }

    #[test]
    fn cron_lines() {
        for right in ["0 2 * * 1-5", "*/15 * * * *", "0 0 1,15 * *", "30 6 * jan-mar sun", "0 0 * * 0", "0 0 * * 7"] {
            assert!(is_cron(right), "{right}");
        }
        for wrong in
            ["61 2 * * 1-5", "0 24 * * *", "0 2 0 * *", "0 2 * 13 *", "0 2 * * 8", "0 2 * *", "0 2 * * * UTC", "every day", "", "a b c d e"]
        {
            assert!(!is_cron(wrong), "{wrong}");
        }
    }
}
