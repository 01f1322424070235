//! Days and instants.

use super::declaration::{AGE, Apply, Checked, Function, Misuse, from_kind, internal, kinds, no_args, text_arg, text_to, try_on_text};
use crate::value::{Fault, FaultCode, Kind, Value};
use crate::value::{
    civil::{self, PatternParts},
    day_patterns, is_blank,
};
use jiff::civil::Date;

pub(super) const FUNCTIONS: &[Function] = &[
    Function {
        name: "parse_date",
        signature: "parse_date(\"%d/%m/%Y\")",
        types: "text → date",
        help: "Reads a date by a pattern; a time of day is dropped.",
        fails: true,
        examples: &[("\"31/03/2026\"", "parse_date(\"%d/%m/%Y\")", "2026-03-31"), ("\"31/02/2026\"", "parse_date(\"%d/%m/%Y\")", "fails")],
        result: |input, args| {
            kinds(args, 1, &[Kind::Text])?;
            text_to(input, Kind::Date)
        },
        bind: |args| {
            let pattern = text_arg(args, 0)?;
            if !parts(&pattern)?.day {
                return Err(Misuse::Argument(0, "needs a day, a month and a year".to_owned()));
            }
            try_on_text(move |text| {
                let day = civil::parse_date(&pattern, text.trim()).map(Value::Date);
                civil::in_use(day.ok_or_else(|| not(FaultCode::NotDate, "a date", &pattern, text))?, FaultCode::NotDate, text)
            })
        },
    },
    Function {
        name: "parse_datetime",
        signature: "parse_datetime(\"%d/%m/%Y %H:%M\", \"Europe/Paris\")",
        types: "text → datetime",
        help: "Reads an instant by a pattern. A text without an offset needs the name of its time zone.",
        fails: true,
        examples: &[
            ("\"01/03/2026 10:00\"", "parse_datetime(\"%d/%m/%Y %H:%M\", \"Europe/Paris\")", "2026-03-01T09:00:00Z"),
            ("\"2026-03-01 10:00 +0100\"", "parse_datetime(\"%Y-%m-%d %H:%M %z\")", "2026-03-01T09:00:00Z"),
            ("\"tomorrow\"", "parse_datetime(\"%d/%m/%Y %H:%M\", \"Europe/Paris\")", "fails"),
        ],
        result: |input, args| {
            kinds(args, 1, &[Kind::Text, Kind::Text])?;
            text_to(input, Kind::DateTime)
        },
        bind: bind_parse_datetime,
    },
    Function {
        name: "format",
        signature: "format(\"%d/%m/%Y\")",
        types: "date or datetime → text",
        help: "Writes a date, or an instant in UTC, by a pattern.",
        fails: false,
        examples: &[
            ("2026-03-31", "format(\"%d/%m/%Y\")", "\"31/03/2026\""),
            ("2026-03-01T09:00:00Z", "format(\"%Y-%m-%dT%H:%M:%S\")", "\"2026-03-01T09:00:00\""),
        ],
        result: |input, args| {
            kinds(args, 1, &[Kind::Text])?;
            from_kind(input, &Kind::Date, Kind::Text)
                .or_else(|_| from_kind(input, &Kind::DateTime, Kind::Text))
                .map_err(|_| Misuse::Input("date or datetime".to_owned()))
        },
        bind: |args| {
            let pattern = text_arg(args, 0)?;
            civil::check_written_pattern(&pattern).map_err(not_a_pattern)?;
            if civil::format_date(&pattern, Date::constant(2026, 1, 1)).is_none_or(|midnight| is_blank(&midnight)) {
                return Err(Misuse::Argument(0, "writes nothing of a day".to_owned()));
            }
            Ok(Box::new(move |value| written(&pattern, value).map(Value::text).ok_or_else(|| out_of_range(&pattern, value))))
        },
    },
    Function {
        name: "day_in",
        signature: "day_in(\"Europe/Paris\")",
        types: "datetime → date",
        help: "Gives the date of an instant in a time zone.",
        fails: false,
        examples: &[("2026-03-01T23:30:00Z", "day_in(\"Europe/Paris\")", "2026-03-02")],
        result: |input, args| {
            kinds(args, 1, &[Kind::Text])?;
            from_kind(input, &Kind::DateTime, Kind::Date)
        },
        bind: |args| {
            let zone = zone_arg(args, 0)?;
            Ok(Box::new(move |value| match value {
                Value::DateTime(instant) => Ok(Value::Date(civil::day_in(*instant, &zone))),
                other => Err(internal(other)),
            }))
        },
    },
    Function {
        name: AGE,
        signature: "age",
        types: "date → int",
        help: "Counts the whole years from a date to today.",
        fails: false,
        examples: &[],
        result: |input, args| {
            no_args(args)?;
            from_kind(input, &Kind::Date, Kind::Int)
        },
        bind: |_| Err(Misuse::Count("none: it is bound to `today`".to_owned())),
    },
];

fn bind_parse_datetime(args: &[Value]) -> Checked<Apply> {
    let pattern = text_arg(args, 0)?;
    let said = parts(&pattern)?;
    if !said.day || !said.time {
        return Err(Misuse::Argument(0, "needs a day, a month, a year and a time".to_owned()));
    }
    let zone = if args.len() > 1 { Some(zone_arg(args, 1)?) } else { None };
    if zone.is_none() && !said.offset {
        return Err(Misuse::Argument(0, "has no offset (`%z`): name the zone after it, such as `\"Europe/Paris\"`".to_owned()));
    }
    try_on_text(move |text| {
        let instant = civil::parse_instant(&pattern, text.trim(), zone.as_ref()).map(Value::DateTime);
        civil::in_use(instant.ok_or_else(|| not(FaultCode::NotInstant, "a date and time", &pattern, text))?, FaultCode::NotInstant, text)
    })
}

fn parts(pattern: &str) -> Checked<PatternParts> {
    civil::check_pattern(pattern).map_err(not_a_pattern)
}

#[expect(clippy::needless_pass_by_value, reason = "it is passed to `map_err`")]
fn not_a_pattern(error: civil::PatternError) -> Misuse {
    Misuse::Argument(0, error.to_string())
}

fn zone_arg(args: &[Value], at: usize) -> Checked<jiff::tz::TimeZone> {
    civil::zone(&text_arg(args, at)?)
        .ok_or_else(|| Misuse::Argument(at, "is not the name of a time zone, such as `Europe/Paris`".to_owned()))
}

fn not(code: FaultCode, what: &str, pattern: &str, text: &str) -> Box<Fault> {
    let hint = if code == FaultCode::NotDate { day_patterns::hint(text) } else { String::new() };
    Fault::new(code, format!("is not {what} in the format `{pattern}`{hint}")).of(text)
}

/// No pattern writes a year before 0; a date gets there by arithmetic only.
fn out_of_range(pattern: &str, value: &Value) -> Box<Fault> {
    Fault::new(FaultCode::TooLarge, format!("is out of the range that the format `{pattern}` can write"))
        .of(value.to_text().unwrap_or_default())
}

fn written(pattern: &str, value: &Value) -> Option<String> {
    match value {
        Value::Date(date) => civil::format_date(pattern, *date),
        Value::DateTime(instant) => civil::format_instant(pattern, *instant, None),
        _ => None,
    }
}
