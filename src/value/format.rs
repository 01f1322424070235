//! How an attribute is represented in JSON: type, formats and zone. Reading and writing use the same declaration, so that what
//! was written reads back equal.

use super::{
    Fault, FaultCode, Kind, Value, civil, day_patterns, is_blank,
    nfc::nfc,
    number::{DOUBLES_ARE_WHOLE, decimal_of, decimal_of_double, whole},
};
use jiff::{Timestamp, civil::Date, tz::TimeZone};
use rust_decimal::Decimal;
use serde_json::{Number, Value as Json};
use std::borrow::Cow;

/// One form of a value in JSON.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Form {
    /// A strftime pattern.
    Pattern(String),
    /// Seconds since 1970.
    UnixSeconds,
    /// Milliseconds since 1970.
    UnixMilliseconds,
    /// `"yes" or "no"`: the texts of true and of false.
    Truth(String, String),
}

impl Form {
    /// As the language has it.
    #[must_use]
    pub fn written(&self) -> String {
        match self {
            Self::Pattern(pattern) => pattern.clone(),
            Self::UnixSeconds => "unix_seconds".into(),
            Self::UnixMilliseconds => "unix_milliseconds".into(),
            Self::Truth(yes, no) => format!("\"{yes}\" or \"{no}\""),
        }
    }

    /// A value of one of two forms that the other one reads as another day or instant. Tried with days whose parts may stand for each
    /// other, such as 2 March 2001.
    #[must_use]
    pub fn read_differently(kind: &Kind, one: &Self, other: &Self) -> Option<String> {
        let codec = |form: &Self| Codec { forms: vec![form.clone()], zone: Some(TimeZone::UTC), ..Codec::natural(kind.clone()) };
        let (left, right) = (codec(one), codec(other));
        let differs = |text: &Json| matches!((left.read(Some(text)), right.read(Some(text))), (Ok(left), Ok(right)) if left != right);
        let shown = |text: Json| text.as_str().map_or_else(|| text.to_string(), str::to_owned);
        let written = samples(kind).flat_map(|value| [left.write(&value), right.write(&value)]).flatten();
        written.into_iter().find(differs).map(shown)
    }
}

fn samples(kind: &Kind) -> impl Iterator<Item = Value> + use<'_> {
    const YEARS: [i16; 6] = [2001, 2002, 2003, 2011, 2012, 2031];
    const DAYS: [i8; 6] = [1, 2, 3, 11, 12, 31];
    let days = YEARS.into_iter().flat_map(|year| (1..=12).flat_map(move |month| DAYS.into_iter().map(move |day| (year, month, day))));
    days.filter_map(|(year, month, day)| Date::new(year, month, day).ok()).filter_map(move |day| match kind {
        Kind::DateTime => civil::instant_at(day.at(1, 2, 3, 0), &TimeZone::UTC).map(Value::DateTime),
        _ => Some(Value::Date(day)),
    })
}

/// Reads and writes the values of one attribute.
#[derive(Clone, Debug, PartialEq)]
pub struct Codec {
    pub kind: Kind,
    /// `T` without `?`: a missing value is a fault (`R0202`). False for accounts, whose missing values are read as missing.
    pub required: bool,
    /// Tried in this order when reading; the first writes. Empty: the natural form of the kind.
    pub forms: Vec<Form>,
    /// Of times without an offset.
    pub zone: Option<TimeZone>,
    /// The format contains text only (XML, CSV), so numbers and truth values are read from text. In JSON, text is never a
    /// number.
    pub texts: bool,
    /// It is read and written in the form of a key, so that what is sent is what is compared.
    pub as_key: bool,
    /// `missing as "", false`: values that stand for one that is missing.
    pub missing_as: Vec<Json>,
    /// `at $.active ?? false`: the value of what is not there.
    pub absent: Option<Value>,
}

/// A JSON value that is neither a list nor an object.
#[derive(Clone, Copy, Debug)]
pub(super) enum Scalar<'a> {
    Null,
    Bool(bool),
    Int(i64),
    /// Above the largest [`i64`].
    Large(u64),
    Float(f64),
    Text(&'a str),
}

impl Codec {
    /// An optional value in its natural form.
    #[must_use]
    pub const fn natural(kind: Kind) -> Self {
        Self { kind, required: false, forms: Vec::new(), zone: None, texts: false, as_key: false, missing_as: Vec::new(), absent: None }
    }

    /// Reads a JSON value; `None` is a path that finds nothing.
    /// A JSON number may be read as text; nothing else converts. Blank text is [`Value::Null`].
    /// A number keeps the 17 digits that a double holds; integers above 2^53 written with a fraction or an exponent are refused.
    ///
    /// # Errors
    /// A fault that names the value: not of the type, not in the format.
    pub fn read(&self, json: Option<&Json>) -> Result<Value, Box<Fault>> {
        let Some(json) = json else { return self.missing(Value::Absent) };
        if self.missing_as.contains(json) {
            return self.missing(Value::Null);
        }
        match (&self.kind, json) {
            (Kind::Json, Json::Null) => self.missing(Value::Null),
            (Kind::Json, Json::String(text)) if is_blank(text) => self.missing(Value::Null),
            (Kind::Json, json) => Ok(Value::Json(Box::new(json.clone()))),
            (Kind::List(item), Json::Array(items)) => self.read_items(item, items),
            (Kind::List(_), Json::Null) => self.missing(Value::Null),
            (Kind::List(_), Json::String(text)) if self.texts && is_blank(text) => self.missing(Value::Null),
            (Kind::List(_), other) => Err(Fault::new(FaultCode::NotList, "is not a list").of(brief(other))),
            (_, Json::Array(_) | Json::Object(_)) => Err(self.mismatch(&brief(json))),
            (_, scalar) => self.read_scalar(Scalar::of(scalar)),
        }
    }

    /// Reads what a path that may find several values has found: a list takes all of them, any other type needs exactly one.
    pub(super) fn read_found(&self, found: &[&Json]) -> Result<Value, Box<Fault>> {
        match (&self.kind, found) {
            (_, []) => self.read(None),
            (Kind::List(_), [list @ Json::Array(_)]) => self.read(Some(list)),
            (Kind::List(item), several) => {
                several.iter().map(|one| self.item(item).read(Some(one))).collect::<Result<_, _>>().map(without_missing)
            }
            (_, [one]) => self.read(Some(one)),
            (_, several) => Err(Fault::new(FaultCode::SeveralFound, format!("{} values where one is expected", several.len()))),
        }
    }

    /// Reads a scalar, as a kind that is a scalar.
    pub(super) fn read_scalar(&self, scalar: Scalar<'_>) -> Result<Value, Box<Fault>> {
        match scalar {
            Scalar::Null => self.missing(Value::Null),
            Scalar::Text(text) if is_blank(text) => self.missing(Value::Null),
            scalar if self.stands_for_missing(scalar) => self.missing(Value::Null),
            scalar if self.forms.is_empty() => self.natural_form(scalar).ok_or_else(|| self.unfit(scalar)),
            scalar => self.forms.iter().find_map(|form| self.in_form(form, scalar)).ok_or_else(|| self.mismatch(&scalar.text())),
        }
        .and_then(|value| civil::in_use(value, noun(&self.kind).0, &scalar.text()))
    }

    fn keyed(&self, value: Value) -> Value {
        if self.as_key { value.in_key_form() } else { value }
    }

    fn stands_for_missing(&self, scalar: Scalar<'_>) -> bool {
        self.missing_as.iter().any(|known| match (known, scalar) {
            (Json::String(known), Scalar::Text(text)) => known == text.trim(),
            (Json::Bool(known), Scalar::Bool(truth)) => *known == truth,
            (Json::Number(known), Scalar::Int(_) | Scalar::Large(_) | Scalar::Float(_)) => decimal_of(known) == scalar.number(),
            (known, Scalar::Text(text)) => {
                let written = known.to_string();
                self.texts && written == text.trim()
            }
            _ => false,
        })
    }

    /// A value that is not there.
    pub(super) fn missing(&self, value: Value) -> Result<Value, Box<Fault>> {
        if let Some(absent) = &self.absent {
            return Ok(absent.clone());
        }
        if self.required { Err(Fault::new(FaultCode::Missing, "is missing, and must be there")) } else { Ok(value) }
    }

    pub(super) fn is_scalar(&self) -> bool {
        !matches!(self.kind, Kind::List(_) | Kind::Json)
    }

    fn read_items(&self, item: &Kind, items: &[Json]) -> Result<Value, Box<Fault>> {
        let codec = self.item(item);
        items.iter().map(|one| codec.read(Some(one))).collect::<Result<_, _>>().map(without_missing)
    }

    fn item(&self, kind: &Kind) -> Self {
        Self { kind: kind.clone(), required: false, missing_as: Vec::new(), absent: None, ..self.clone() }
    }

    fn natural_form(&self, scalar: Scalar<'_>) -> Option<Value> {
        match (&self.kind, scalar) {
            (Kind::Int, Scalar::Text(text)) if self.texts => whole(decimal_in(text)?).map(Value::Int),
            (Kind::Decimal, Scalar::Text(text)) if self.texts => decimal_in(text).map(Value::Decimal),
            (Kind::Bool, Scalar::Text(text)) if self.texts => truth_in(text).map(Value::Bool),
            (Kind::Text, Scalar::Float(number)) => decimal_of_double(number).map(|number| Value::text(number.to_string())),
            (Kind::Text, Scalar::Bool(_)) => None,
            (Kind::Text, scalar) => Some(self.keyed(Value::text(scalar.text()))),
            (Kind::Bool, Scalar::Bool(truth)) => Some(Value::Bool(truth)),
            (Kind::Int, Scalar::Int(number)) => Some(Value::Int(number)),
            (Kind::Int, Scalar::Float(number)) => whole(decimal_of_double(number)?).map(Value::Int),
            (Kind::Decimal, Scalar::Int(number)) => Some(Value::Decimal(number.into())),
            (Kind::Decimal, Scalar::Large(number)) => Some(Value::Decimal(number.into())),
            (Kind::Decimal, Scalar::Float(number)) => decimal_of_double(number).map(Value::Decimal),
            (Kind::Date, Scalar::Text(text)) => civil::read_date(text.trim()).map(Value::Date),
            (Kind::DateTime, Scalar::Text(text)) => civil::read_instant(text.trim(), self.zone.as_ref()).map(Value::DateTime),
            (Kind::Duration, Scalar::Text(text)) => text.parse().ok().map(Value::Duration),
            _ => None,
        }
    }

    fn in_form(&self, form: &Form, scalar: Scalar<'_>) -> Option<Value> {
        match (form, &self.kind, scalar) {
            (Form::Pattern(pattern), Kind::Date, Scalar::Text(text)) => civil::parse_date(pattern, text.trim()).map(Value::Date),
            (Form::Pattern(pattern), Kind::DateTime, Scalar::Text(text)) => {
                civil::parse_instant(pattern, text.trim(), self.zone.as_ref()).map(Value::DateTime)
            }
            (Form::UnixSeconds, _, scalar) => self.unix_time(scalar, 1),
            (Form::UnixMilliseconds, _, scalar) => self.unix_time(scalar, 1000),
            (Form::Truth(yes, no), Kind::Bool, scalar) => match scalar.text() {
                text if text.trim() == yes => Some(Value::Bool(true)),
                text if text.trim() == no => Some(Value::Bool(false)),
                _ => None,
            },
            _ => None,
        }
    }

    /// A time since 1970 as a number, or as the digits of a text, in parts of a second.
    fn unix_time(&self, scalar: Scalar<'_>, per_second: i64) -> Option<Value> {
        let since = match scalar {
            Scalar::Int(since) => since,
            Scalar::Float(since) => whole(decimal_of_double(since)?.trunc())?,
            Scalar::Text(text) => text.trim().parse().ok()?,
            _ => return None,
        };
        let instant = civil::since_1970(since, per_second)?;
        match self.kind {
            Kind::DateTime => Some(Value::DateTime(instant)),
            Kind::Date => Some(Value::Date(civil::day_in(instant, &self.zone_or_utc()))),
            _ => None,
        }
    }

    fn zone_or_utc(&self) -> TimeZone {
        self.zone.clone().unwrap_or(TimeZone::UTC)
    }

    /// The fault of a scalar that is not in the natural form of the kind.
    fn unfit(&self, scalar: Scalar<'_>) -> Box<Fault> {
        match scalar.beyond(&self.kind, self.texts) {
            // A double does not have the digits that were sent, so quoting it would name another number.
            Some(message) if matches!(scalar, Scalar::Float(_)) => Fault::new(noun(&self.kind).0, message),
            Some(message) => Fault::new(noun(&self.kind).0, message).of(scalar.text()),
            None => self.mismatch(&scalar.text()),
        }
    }

    /// The fault of a value that does not fit, with the expected pattern if there is one.
    fn mismatch(&self, value: &str) -> Box<Fault> {
        let (code, noun) = noun(&self.kind);
        let pattern = self.forms.iter().find_map(|form| if let Form::Pattern(pattern) = form { Some(pattern) } else { None });
        let message = match (self.forms.first(), pattern) {
            (Some(Form::Truth(yes, no)), _) => format!("is neither `{yes}` nor `{no}`"),
            (_, Some(pattern)) => format!("is not {noun} in the format `{pattern}`"),
            _ => format!("is not {noun}"),
        };
        let hint = if self.kind == Kind::Date { day_patterns::hint(value) } else { String::new() };
        Fault::new(code, message + &hint).of(value)
    }

    /// Writes a value; a missing one is `null`.
    ///
    /// # Errors
    /// A fault if the value can't be written in this form.
    pub fn write(&self, value: &Value) -> Result<Json, Box<Fault>> {
        match (&self.kind, value) {
            (_, Value::Absent | Value::Null) => Ok(Json::Null),
            (Kind::List(item), Value::List(items)) => {
                let codec = self.item(item);
                items.iter().map(|one| codec.write(one)).collect::<Result<_, _>>().map(Json::Array)
            }
            (_, Value::Pending(pending)) => Err(Fault::new(FaultCode::NoCounterpart, "has no counterpart yet").of(&pending.key)),
            (_, Value::Text(_)) if self.as_key => {
                self.to_json(&self.keyed(value.clone())).ok_or_else(|| self.mismatch(&value.to_text().unwrap_or_default()))
            }
            _ => self.to_json(value).ok_or_else(|| self.mismatch(&value.to_text().unwrap_or_default())),
        }
    }

    fn to_json(&self, value: &Value) -> Option<Json> {
        match (&self.kind, value, self.forms.first()) {
            (Kind::Date, Value::Date(date), Some(form)) => self.write_date(form, *date),
            (Kind::DateTime, Value::DateTime(instant), Some(form)) => self.write_instant(form, *instant),
            (Kind::Bool, Value::Bool(truth), Some(Form::Truth(yes, no))) => Some(Json::from(if *truth { yes.as_str() } else { no })),
            (Kind::Bool, Value::Bool(truth), _) => Some(Json::Bool(*truth)),
            (Kind::Int, Value::Int(number), _) => Some(Json::from(*number)),
            (Kind::Decimal, Value::Int(number), _) => Some(Json::from(*number)),
            (Kind::Decimal, Value::Decimal(number), _) => number_of(*number),
            (Kind::Date, Value::Date(_), None) | (Kind::DateTime, Value::DateTime(_), None) | (Kind::Duration, Value::Duration(_), _) => {
                text_of(value)
            }
            // Many systems refuse a decomposed letter, and we compare in NFC anyway.
            (Kind::Text, Value::Text(text), _) => Some(Json::from(nfc(text).into_owned())),
            (Kind::Json, value, _) => plain(value),
            (kind, Value::Json(json), _) if *kind != Kind::Json => {
                let read = Self::natural(kind.clone()).read(Some(json)).ok()?;
                self.to_json(&read)
            }
            _ => None,
        }
    }

    fn write_date(&self, form: &Form, date: Date) -> Option<Json> {
        match form {
            Form::Pattern(pattern) => civil::format_date(pattern, date).map(Json::from),
            Form::UnixSeconds => Some(Json::from(civil::after_1970(self.midnight(date)?, 1))),
            Form::UnixMilliseconds => Some(Json::from(civil::after_1970(self.midnight(date)?, 1000))),
            Form::Truth(..) => None,
        }
    }

    fn midnight(&self, date: Date) -> Option<Timestamp> {
        civil::instant_at(date.at(0, 0, 0, 0), &self.zone_or_utc())
    }

    fn write_instant(&self, form: &Form, instant: Timestamp) -> Option<Json> {
        match form {
            Form::Pattern(pattern) => civil::format_instant(pattern, instant, self.zone.as_ref()).map(Json::from),
            Form::UnixSeconds => Some(Json::from(civil::after_1970(instant, 1))),
            Form::UnixMilliseconds => Some(Json::from(civil::after_1970(instant, 1000))),
            Form::Truth(..) => None,
        }
    }
}

impl<'a> Scalar<'a> {
    fn of(json: &'a Json) -> Self {
        match json {
            Json::Bool(truth) => Self::Bool(*truth),
            Json::Number(number) => Self::of_number(number),
            Json::String(text) => Self::Text(text),
            Json::Null | Json::Array(_) | Json::Object(_) => Self::Null,
        }
    }

    fn of_number(number: &Number) -> Self {
        let float = || Self::Float(number.as_f64().unwrap_or(f64::NAN));
        number.as_i64().map(Self::Int).or_else(|| number.as_u64().map(Self::Large)).unwrap_or_else(float)
    }

    fn number(self) -> Option<Decimal> {
        match self {
            Self::Int(number) => Some(number.into()),
            Self::Large(number) => Some(number.into()),
            Self::Float(number) => decimal_of_double(number),
            _ => None,
        }
    }

    /// What is said of a number that is of the kind, and can't be kept; `None` if it is not of the kind. `texts`: digits are numbers.
    fn beyond(self, kind: &Kind, texts: bool) -> Option<&'static str> {
        match (kind, self) {
            (Kind::Int | Kind::Decimal | Kind::Text, Self::Float(number)) if number.abs() >= DOUBLES_ARE_WHOLE => {
                Some("is a number out of range: with a fraction or an exponent, numbers are exact up to 9007199254740991")
            }
            (Kind::Decimal, Self::Float(_)) => Some("is a number out of range: it is too close to 0 for 28 places after the point"),
            (Kind::Int, Self::Large(_)) => Some("is a number out of range: whole numbers go up to 9223372036854775807"),
            (Kind::Int, Self::Text(text)) if texts && is_digits(text.trim()) && !text.contains('.') => {
                Some("is a number out of range: whole numbers go up to 9223372036854775807")
            }
            (Kind::Decimal, Self::Text(text)) if texts && is_digits(text.trim()) => {
                Some("is a number out of range: decimals have up to 28 digits")
            }
            _ => None,
        }
    }

    fn text(self) -> Cow<'a, str> {
        match self {
            Self::Null => Cow::Borrowed("null"),
            Self::Bool(truth) => Cow::Borrowed(if truth { "true" } else { "false" }),
            Self::Int(number) => Cow::Owned(number.to_string()),
            Self::Large(number) => Cow::Owned(number.to_string()),
            Self::Float(number) => Cow::Owned(number.to_string()),
            Self::Text(text) => Cow::Borrowed(text),
        }
    }
}

/// The number that the digits of a text are.
fn decimal_in(text: &str) -> Option<Decimal> {
    let digits = text.trim();
    let is_zero = |number: &Decimal| number.is_zero() && digits.bytes().any(|one| matches!(one, b'1'..=b'9'));
    if is_digits(digits) { digits.parse().ok().filter(|number| !is_zero(number)) } else { None }
}

/// A sign at most, digits, and one point at most.
fn is_digits(text: &str) -> bool {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    digits.bytes().any(|one| one.is_ascii_digit()) && digits.splitn(2, '.').all(|part| part.bytes().all(|one| one.is_ascii_digit()))
}

/// `true` and `1`, `false` and `0`, as XML Schema writes them (part 2, 3.2.2), in any case, because spreadsheets use capitals.
fn truth_in(text: &str) -> Option<bool> {
    match text.trim().to_ascii_lowercase().as_str() {
        "true" | "1" => Some(true),
        "false" | "0" => Some(false),
        _ => None,
    }
}

fn number_of(number: Decimal) -> Option<Json> {
    whole(number).map(Json::from).or_else(|| Some(Json::Number(Number::from_f64(nearest(number)?)?)))
}

/// The double nearest to a decimal, so that 1/3 is written 0.3333333333333333; the conversion of the library may miss it by one digit.
fn nearest(number: Decimal) -> Option<f64> {
    number.to_string().parse().ok()
}

fn text_of(value: &Value) -> Option<Json> {
    value.to_text().map(|text| Json::from(text.into_owned()))
}

/// The JSON of a value that no attribute describes: a number, a text, a list.
fn plain(value: &Value) -> Option<Json> {
    match value {
        Value::Json(json) => Some((**json).clone()),
        Value::Bool(truth) => Some(Json::Bool(*truth)),
        Value::Int(number) => Some(Json::from(*number)),
        Value::Decimal(number) => number_of(*number),
        Value::List(items) => items.iter().map(plain).collect::<Option<_>>().map(Json::Array),
        Value::Absent | Value::Null => Some(Json::Null),
        other => text_of(other),
    }
}

const fn noun(kind: &Kind) -> (FaultCode, &'static str) {
    match kind {
        Kind::Bool => (FaultCode::NotTruth, "true or false"),
        Kind::Int => (FaultCode::NotNumber, "a whole number"),
        Kind::Decimal => (FaultCode::NotNumber, "a number"),
        Kind::Date => (FaultCode::NotDate, "a date"),
        Kind::DateTime => (FaultCode::NotInstant, "a date and time with an offset"),
        Kind::List(_) => (FaultCode::NotList, "a list"),
        Kind::Duration => (FaultCode::NotDuration, "a length of time, such as `7 days` or `P7D`"),
        Kind::Text | Kind::Json | Kind::Schedule | Kind::Nothing => (FaultCode::NotText, "a text"),
    }
}

/// A list without its missing items: `null` and blank texts.
fn without_missing(items: Vec<Value>) -> Value {
    Value::list(items.into_iter().filter(|item| !item.is_missing()).collect())
}

/// The beginning of a JSON value, enough to recognise it.
fn brief(json: &Json) -> String {
    let text = json.to_string();
    let mut end = text.len().min(40);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    if end < text.len() { format!("{}…", &text[..end]) } else { text }
}

#[cfg(test)]
mod tests;
