//! Days, instants and time zones, and the conversions between them that the language offers.

use super::{Fault, FaultCode, Value};
use jiff::{
    Timestamp,
    civil::{Date, DateTime},
    fmt::strtime::{self, BrokenDownTime},
    tz::{Offset, TimeZone},
};
use thiserror::Error;

/// Earlier years stand for "no date" wherever they occur: `0001-01-01`, `1753-01-01`.
const FIRST_YEAR: i16 = 1900;
/// What follows a value of an earlier year.
pub(super) const TOO_EARLY: &str = "is before 1900; if it stands for no date, name it with `missing as` at its attribute";

/// Whether a day or an instant is of a year that stands for "no date".
fn is_too_early(value: &Value) -> bool {
    match value {
        Value::Date(day) => day.year() < FIRST_YEAR,
        Value::DateTime(instant) => TimeZone::UTC.to_datetime(*instant).year() < FIRST_YEAR,
        _ => false,
    }
}

/// A day or an instant, unless it is of a year that stands for "no date".
pub(super) fn in_use(value: Value, code: FaultCode, text: &str) -> Result<Value, Box<Fault>> {
    if is_too_early(&value) { Err(Fault::new(code, TOO_EARLY).of(text)) } else { Ok(value) }
}

/// The day of an instant in a zone.
#[must_use]
pub fn day_in(instant: Timestamp, zone: &TimeZone) -> Date {
    if instant == Timestamp::MAX { Date::MAX } else { zone.to_datetime(instant).date() }
}

/// Whole years from a birthday to a day; who was born on 29 February is a year older on 1 March.
#[must_use]
pub fn age(birth: Date, today: Date) -> i64 {
    let before_birthday = (today.month(), today.day()) < (birth.month(), birth.day());
    i64::from(today.year()) - i64::from(birth.year()) - i64::from(before_birthday)
}

/// A day in its natural form, `2026-03-01`, and no other.
#[must_use]
pub fn read_date(text: &str) -> Option<Date> {
    let bytes: &[u8; 10] = text.as_bytes().try_into().ok()?;
    let number = |range: std::ops::Range<usize>| {
        bytes[range].iter().try_fold(0_i16, |sum, byte| byte.is_ascii_digit().then(|| sum * 10 + i16::from(byte - b'0')))
    };
    if bytes[4] != b'-' || bytes[7] != b'-' {
        return None;
    }
    Date::new(number(0..4)?, i8::try_from(number(5..7)?).ok()?, i8::try_from(number(8..10)?).ok()?).ok()
}

/// An instant in its natural form, RFC 3339 with an offset; without one, the clock of the zone, if there is one.
#[must_use]
pub fn read_instant(text: &str, zone: Option<&TimeZone>) -> Option<Timestamp> {
    if text.as_bytes().get(4) != Some(&b'-') {
        return None;
    }
    if let Ok(instant) = text.parse::<Timestamp>() {
        return Some(instant);
    }
    let time = text.strip_suffix(['Z', 'z']).unwrap_or(text).parse::<DateTime>().ok()?;
    if has_offset(text) { after_all(time) } else { instant_at(time, zone?) }
}

/// Whether a text in RFC 3339 says its offset: `Z`, or a sign after its day.
fn has_offset(text: &str) -> bool {
    text.ends_with(['Z', 'z', ']']) || text.get(10..).is_some_and(|time| time.contains(['+', '-']))
}

/// The instant of a time on the clocks of a zone. A time that a clock change skips is taken after it, one that it doubles is the first.
pub(super) fn instant_at(time: DateTime, zone: &TimeZone) -> Option<Timestamp> {
    zone.to_ambiguous_timestamp(time).compatible().ok().or_else(|| after_all(time))
}

/// The greatest instant, for the last days of 9999, as systems write "no end": not every instant of them can be held.
fn after_all(time: DateTime) -> Option<Timestamp> {
    (time.date() >= Date::constant(9999, 12, 30)).then_some(Timestamp::MAX)
}

/// 9999-12-31, in seconds since 1970: the first day that has no instants.
const LAST_DAY: i64 = 253_402_214_400;
/// The end of that day, on the clocks that are the last to reach it.
const AFTER_LAST_DAY: i64 = LAST_DAY + 36 * 3600;

/// The instant at a number of parts of a second since 1970; the greatest one for the last day of 9999, as systems write "no end".
pub(super) fn since_1970(number: i64, per_second: i64) -> Option<Timestamp> {
    let instant = if per_second == 1 { Timestamp::from_second(number) } else { Timestamp::from_millisecond(number) };
    let is_last = || (Timestamp::MAX.as_second()..=AFTER_LAST_DAY).contains(&(number / per_second));
    instant.ok().or_else(|| is_last().then_some(Timestamp::MAX))
}

/// The number that is read as an instant.
pub(super) fn after_1970(instant: Timestamp, per_second: i64) -> i64 {
    match per_second {
        _ if instant == Timestamp::MAX => LAST_DAY * per_second,
        1 => instant.as_second(),
        _ => instant.as_millisecond(),
    }
}

/// A day read by a pattern; a time of day in it is cut.
#[must_use]
pub fn parse_date(pattern: &str, text: &str) -> Option<Date> {
    let day = |pattern: &str| parse(pattern, text)?.to_date().ok();
    day(pattern).or_else(|| day(&in_utc(pattern)?))
}

/// Reads by a pattern. A year has its four digits: `31/12/27` is not of the year 27.
fn parse(pattern: &str, text: &str) -> Option<BrokenDownTime> {
    let parts = BrokenDownTime::parse(pattern, text).ok()?;
    let is_whole = |at: usize| {
        let (_, used) = BrokenDownTime::parse_prefix(&pattern[..at], text).ok()?;
        text.as_bytes().get(used..used + 4).map(|year| year.iter().all(u8::is_ascii_digit))
    };
    years(pattern).all(|at| is_whole(at) == Some(true)).then_some(parts)
}

/// Where a pattern has a directive that begins with a year.
fn years(pattern: &str) -> impl Iterator<Item = usize> + '_ {
    let mut from = 0;
    std::iter::from_fn(move || {
        loop {
            let at = from + pattern[from..].find('%')?;
            let letters = pattern[at + 1..].trim_start_matches(|c: char| "-_0^#".contains(c) || c.is_ascii_digit());
            let letter = letters.chars().next()?;
            from = pattern.len() - letters.len() + letter.len_utf8();
            if matches!(letter, 'Y' | 'F' | 'G') {
                return Some(at);
            }
        }
    })
}

/// The pattern with the letter Z in place of an offset, as ISO 8601 writes UTC; `None` if it has no offset.
fn in_utc(pattern: &str) -> Option<String> {
    ["%z", "%:z"].iter().find(|offset| pattern.contains(**offset)).map(|offset| pattern.replace(offset, "Z"))
}

/// An instant read by a pattern; without an offset, in local time of the zone. A missing time is midnight.
#[must_use]
pub fn parse_instant(pattern: &str, text: &str, zone: Option<&TimeZone>) -> Option<Timestamp> {
    parse_local(pattern, text, zone).or_else(|| parse_local(&in_utc(pattern)?, text, Some(&TimeZone::UTC)))
}

fn parse_local(pattern: &str, text: &str, zone: Option<&TimeZone>) -> Option<Timestamp> {
    let parts = parse(pattern, text)?;
    if let Ok(instant) = parts.to_timestamp() {
        return Some(instant);
    }
    let time = parts.to_datetime().or_else(|_| parts.to_date().map(|date| date.at(0, 0, 0, 0))).ok()?;
    if parts.offset().is_some() { after_all(time) } else { instant_at(time, zone?) }
}

/// A day written by a pattern; a time of day in it is midnight.
#[must_use]
pub fn format_date(pattern: &str, date: Date) -> Option<String> {
    written(pattern, date.at(0, 0, 0, 0), &TimeZone::UTC)
}

/// A time on the clocks of a zone, by a pattern. The last hours of 9999 have no instant, and are written without a zone.
fn written(pattern: &str, time: DateTime, zone: &TimeZone) -> Option<String> {
    if let Ok(zoned) = time.to_zoned(zone.clone()) {
        return strtime::format(pattern, &zoned).ok();
    }
    let mut parts = BrokenDownTime::from(time);
    parts.set_offset(Some(Offset::UTC));
    strtime::format(pattern, parts).ok()
}

/// An instant written by a pattern, in local time of the zone; in UTC without a zone.
#[must_use]
pub fn format_instant(pattern: &str, instant: Timestamp, zone: Option<&TimeZone>) -> Option<String> {
    if instant == Timestamp::MAX {
        return format_date(pattern, Date::MAX);
    }
    strtime::format(pattern, &instant.to_zoned(zone.cloned().unwrap_or(TimeZone::UTC))).ok()
}

/// The parts of a time that a pattern contains.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PatternParts {
    /// Year, month and day.
    pub day: bool,
    /// An hour at least.
    pub time: bool,
    /// `%z` or its like, so that no zone is needed.
    pub offset: bool,
}

/// Why a text is not a pattern of dates, worded to follow the pattern.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum PatternError {
    #[error("says the letter of `{0}` twice")]
    RepeatedLetter(String),
    #[error("has a directive that is not known")]
    UnknownDirective,
    #[error("has no directive such as `%Y` or `%d`")]
    NoDirective,
    #[error("can be written but not read back")]
    NotReadable,
}

/// Checks a pattern by writing an instant with it and reading it back.
///
/// # Errors
/// The text is not such a pattern.
pub fn check_pattern(pattern: &str) -> Result<PatternParts, PatternError> {
    let written = check_written_pattern(pattern)?;
    let parts = BrokenDownTime::parse(pattern, &written).map_err(|_| PatternError::NotReadable)?;
    Ok(PatternParts {
        day: parts.to_date().is_ok() || parts.to_timestamp().is_ok(),
        time: parts.hour().is_some() || parts.to_timestamp().is_ok(),
        offset: parts.offset().is_some() || parts.to_timestamp().is_ok(),
    })
}

/// Checks a pattern that is only written by, such as `%Z` and `%c`, and gives an instant written with it.
///
/// # Errors
/// The text is not such a pattern.
pub fn check_written_pattern(pattern: &str) -> Result<String, PatternError> {
    if let Some(directive) = repeated_directive(pattern) {
        return Err(PatternError::RepeatedLetter(directive));
    }
    let sample = Date::constant(2024, 11, 23).at(14, 5, 9, 123_456_789).to_zoned(TimeZone::UTC).expect("a day that exists in UTC");
    let written = strtime::format(pattern, &sample).map_err(|_| PatternError::UnknownDirective)?;
    if !pattern.contains('%') {
        return Err(PatternError::NoDirective);
    }
    Ok(written)
}

/// `%YY`, as other languages write a year: the second letter would be a letter of the date.
fn repeated_directive(pattern: &str) -> Option<String> {
    pattern.split('%').skip(1).find_map(|part| {
        let mut letters = part.trim_start_matches(['-', '_', '0', '^', '#']).chars();
        let letter = letters.next().filter(char::is_ascii_alphabetic)?;
        (letters.next() == Some(letter)).then(|| format!("%{letter}"))
    })
}

/// A zone by the name of a region and a city, `Europe/Paris`, or `UTC`.
///
/// The tz database also has abbreviations such as `CET` and `EST`. They are refused: each names the clocks of one country of many,
/// some without summer time, and it is not the one that most people mean.
#[must_use]
pub fn zone(name: &str) -> Option<TimeZone> {
    let named = name.contains('/') || name.eq_ignore_ascii_case("UTC");
    if named { TimeZone::get(name).ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn a_natural_date_is_ten_characters_and_a_real_day() {
        assert_eq!(read_date("2026-03-01"), Some(date(2026, 3, 1)));
        for wrong in ["2026-3-1", "20260301", "2026-02-30", "2026-03-01T00:00:00", "01/03/2026", "2026-03-0x", "+026-03-01"] {
            assert_eq!(read_date(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_year_has_four_digits() {
        assert_eq!(parse_date("%d/%m/%Y", "31/12/2027"), Some(date(2027, 12, 31)));
        assert_eq!(parse_date("%Y%m%d", "20271231"), Some(date(2027, 12, 31)));
        assert_eq!(parse_date("100%% %d.%m.%Y", "100% 31.12.2027"), Some(date(2027, 12, 31)));
        assert_eq!(parse_date("%d/%m/%y", "31/12/27"), Some(date(2027, 12, 31)), "a year of two digits has its own letter");
        for (pattern, wrong) in [
            ("%d/%m/%Y", "31/12/27"),
            ("%d/%m/%Y", "31/12/-027"),
            ("%Y-%m-%d", "27-12-31"),
            ("%F", "27-12-31"),
            ("%d %B %Y", "31 December 027"),
        ] {
            assert_eq!(parse_date(pattern, wrong), None, "{wrong}");
            assert_eq!(parse_instant(&format!("{pattern} %H:%M"), &format!("{wrong} 00:00"), zone("UTC").as_ref()), None, "{wrong}");
        }
    }

    #[test]
    fn the_last_day_of_9999_is_a_day_like_others() {
        let last = date(9999, 12, 31);
        assert_eq!(format_date("%d/%m/%Y", last).as_deref(), Some("31/12/9999"));
        assert_eq!(format_date("%Y-%m-%dT%H:%M:%S%:z", last).as_deref(), Some("9999-12-31T00:00:00+00:00"));
        let paris = zone("Europe/Paris");
        for text in ["9999-12-31T00:00:00Z", "9999-12-31T23:59:59.999+01:00", "9999-12-31T00:00:00"] {
            let instant = read_instant(text, paris.as_ref()).unwrap_or_default();
            assert_eq!(
                (day_in(instant, &TimeZone::UTC), format_instant("%d/%m/%Y", instant, paris.as_ref()).unwrap()),
                (last, "31/12/9999".into())
            );
        }
        let read = parse_instant("%d/%m/%Y %H:%M", "31/12/9999 00:00", paris.as_ref());
        assert_eq!(read, Some(Timestamp::MAX));
        assert_eq!(parse_instant("%Y-%m-%dT%H:%M:%S%z", "9999-12-31T00:00:00Z", None), read);
        assert_eq!(parse_instant("%Y-%m-%dT%H:%M:%S%z", "9999-12-31T00:00:00+0000", None), read);
    }

    #[test]
    fn a_format_says_the_letter_of_a_directive_once() {
        for wrong in ["%YY-%m-%d", "%dd/%m/%Y", "%Y-%mm-%d", "%-dd.%m.%Y"] {
            assert!(check_pattern(wrong).is_err_and(|why| matches!(why, PatternError::RepeatedLetter(_))), "{wrong}");
        }
        for right in ["%Y-%m-%dT%H:%M:%SZ", "%d day of %m, %Y", "%Y%m%d", "%d%%d%m%Y"] {
            assert!(check_pattern(right).is_ok(), "{right}");
        }
    }

    #[test]
    fn an_instant_needs_an_offset_or_a_zone() {
        let nine: Timestamp = "2026-03-01T09:00:00Z".parse().unwrap();
        for right in ["2026-03-01T09:00:00Z", "2026-03-01T10:00:00+01:00", "2026-03-01T10:00:00+0100", "2026-03-01T10:00:00.000+01"] {
            assert_eq!(read_instant(right, None), Some(nine), "{right}");
        }
        assert_eq!(read_instant("2026-03-01T10:00:00", None), None);
        assert_eq!(read_instant("2026-03-01T10:00:00", zone("Europe/Paris").as_ref()), Some(nine));
        assert_eq!(read_instant("2026-03-01", None), None);
    }

    #[test]
    fn fractions_are_optional_and_up_to_nine_digits() {
        let pattern = "%Y-%m-%dT%H:%M:%S%.f";
        for text in ["2026-03-31T00:00:00", "2026-03-31T00:00:00.0", "2026-03-31T00:00:00.1234567", "2026-03-31T00:00:00.123456789"] {
            assert_eq!(parse_date(pattern, text), Some(date(2026, 3, 31)), "{text}");
        }
        assert_eq!(parse_date(pattern, "2026-03-31"), None);
        assert_eq!(parse_date("%d/%m/%Y", "31/02/2026"), None);
    }

    #[test]
    fn an_offset_may_be_the_letter_z() {
        let nine: Timestamp = "2026-03-01T09:00:00Z".parse().unwrap();
        for (pattern, texts) in [
            ("%Y-%m-%dT%H:%M:%S%z", &["2026-03-01T09:00:00Z", "2026-03-01T10:00:00+0100", "2026-03-01T04:00:00-0500"][..]),
            ("%Y-%m-%dT%H:%M:%S%.f%:z", &["2026-03-01T09:00:00.000Z", "2026-03-01T10:00:00+01:00"]),
            ("%H:%M %z, %d/%m/%Y", &["09:00 Z, 01/03/2026", "10:00 +0100, 01/03/2026"]),
        ] {
            for text in texts {
                assert_eq!(parse_instant(pattern, text, zone("Asia/Tokyo").as_ref()), Some(nine), "{text}");
                assert_eq!(parse_date(pattern, text), Some(date(2026, 3, 1)), "{text}");
            }
        }
        assert_eq!(parse_instant("%Y-%m-%d %H:%M", "2026-03-01 09:00Z", None), None);
    }

    #[test]
    fn a_zone_is_a_region_and_a_city_or_utc() {
        for known in ["Europe/Paris", "America/Argentina/Buenos_Aires", "Etc/UTC", "UTC", "Australia/Sydney"] {
            assert!(zone(known).is_some(), "{known}");
        }
        for wrong in ["CET", "EST", "MST", "GMT", "EST5EDT", "PST8PDT", "Japan", "Europe/Pariss", "+02:00", ""] {
            assert!(zone(wrong).is_none(), "{wrong}");
        }
    }

    #[test]
    fn patterns_are_known_by_what_they_say() {
        let parts = |day, time, offset| Ok(PatternParts { day, time, offset });
        assert_eq!(check_pattern("%d/%m/%Y"), parts(true, false, false));
        assert_eq!(check_pattern("%Y-%m-%dT%H:%M:%S%.f"), parts(true, true, false));
        assert_eq!(check_pattern("%Y-%m-%dT%H:%M:%S%.f%z"), parts(true, true, true));
        assert_eq!(check_pattern("%m/%Y").map(|parts| parts.day), Ok(false));
        assert!(check_pattern("%d/%m/%E").is_err());
        assert!(check_pattern("dd/mm/yyyy").is_err());
        assert_eq!(check_pattern("%d/%m/%Y %Z"), Err(PatternError::NotReadable));
        assert!(check_written_pattern("%d/%m/%Y %Z").is_ok(), "what is only written need not be readable");
    }

    #[test]
    fn years_of_age() {
        assert_eq!(age(date(1990, 3, 2), date(2026, 3, 1)), 35);
        assert_eq!(age(date(1990, 3, 1), date(2026, 3, 1)), 36);
        assert_eq!(age(date(2004, 2, 29), date(2025, 2, 28)), 20);
        assert_eq!(age(date(2004, 2, 29), date(2025, 3, 1)), 21);
    }
}
