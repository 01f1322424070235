//! The usual ways to write a day, and which of them a text fits: for messages, and for files whose columns describe themselves.

use super::civil;
use std::fmt::Write as _;

/// How people write days. Both orders of day and month are here, so that a text that fits both is recognised as ambiguous.
const WRITTEN: [&str; 7] = ["%Y-%m-%d", "%d/%m/%Y", "%m/%d/%Y", "%d.%m.%Y", "%m.%d.%Y", "%d-%m-%Y", "%m-%d-%Y"];
/// How programs write days: as the midnight of an instant, without and with an offset, and as a day with the offset of its zone,
/// as XML does.
const OF_PROGRAMS: [&str; 3] = ["%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%dT%H:%M:%S%.f%:z", "%Y-%m-%d%:z"];
/// The longest text that a pattern fits: an instant with nanoseconds and an offset.
const LONGEST: usize = 35;

/// The patterns of days that a text fits. Its year needs four digits, because `01/02/26` does not say its century.
#[must_use]
pub fn written(text: &str) -> Vec<&'static str> {
    fitting(text, &WRITTEN)
}

fn fitting(text: &str, patterns: &[&'static str]) -> Vec<&'static str> {
    let has_year = text.len() <= LONGEST && text.split(|c: char| !c.is_ascii_digit()).any(|part| part.len() == 4);
    patterns.iter().copied().filter(|pattern| has_year && civil::parse_date(pattern, text).is_some()).collect()
}

/// The end of a message about a text that is not a date: ``; try the format `%d/%m/%Y` ``, or both readings where it has two.
/// Empty if no usual pattern fits. The text itself is not repeated, because messages are also shown without personal values.
#[must_use]
pub fn hint(text: &str) -> String {
    let text = text.trim();
    let patterns = [fitting(text, &WRITTEN), fitting(text, &OF_PROGRAMS)].concat();
    let mut hint = String::new();
    for (at, pattern) in patterns.iter().enumerate() {
        let lead = if at == 0 { "; try the format" } else { " or" };
        let reading = if patterns.len() > 1 { order(pattern) } else { "" };
        // Writing into a text does not fail.
        let _ = write!(hint, "{lead} `{pattern}`{reading}");
    }
    hint
}

fn order(pattern: &str) -> &'static str {
    if pattern.starts_with("%d") { " (day first)" } else { " (month first)" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_that_fits_one_pattern_is_given_that_pattern() {
        assert_eq!(hint("31/03/2026"), "; try the format `%d/%m/%Y`");
        assert_eq!(hint(" 03.31.2026 "), "; try the format `%m.%d.%Y`");
        assert_eq!(hint("2026-03-31"), "; try the format `%Y-%m-%d`");
        assert_eq!(hint("2026-03-31T00:00:00"), "; try the format `%Y-%m-%dT%H:%M:%S%.f`");
        assert_eq!(hint("2026-03-31T00:00:00Z"), "; try the format `%Y-%m-%dT%H:%M:%S%.f%:z`");
        assert_eq!(hint("2021-06-30+08:00"), "; try the format `%Y-%m-%d%:z`");
    }

    #[test]
    fn a_text_with_two_readings_is_given_both() {
        assert_eq!(hint("01/02/2026"), "; try the format `%d/%m/%Y` (day first) or `%m/%d/%Y` (month first)");
    }

    #[test]
    fn a_text_that_is_no_day_is_given_none() {
        for text in ["", "soon", "31/02/2026", "2026-02-30", "01/02/26", "20260331", "31/03/2026 or later", &"1".repeat(99)] {
            assert_eq!(hint(text), "", "{text}");
        }
    }
}
