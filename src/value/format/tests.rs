use super::*;
use jiff::civil::date;
use proptest::prelude::*;
use serde_json::json;

fn codec(kind: Kind, forms: &[&str], zone: Option<&str>) -> Codec {
    let forms = forms.iter().map(|form| Form::Pattern((*form).to_owned())).collect();
    Codec { forms, zone: zone.and_then(civil::zone), ..Codec::natural(kind) }
}

fn read(codec: &Codec, json: Json) -> Result<Value, String> {
    codec.read(Some(&json)).map_err(|fault| format!("{} {fault}", fault.code))
}

#[test]
fn texts_take_numbers_alone_and_nothing_becomes_a_number() {
    let text = Codec::natural(Kind::Text);
    assert_eq!(read(&text, json!("00057")), Ok(Value::text("00057")));
    assert_eq!(read(&text, json!(57)), Ok(Value::text("57")));
    assert_eq!(read(&text, json!(12.5)), Ok(Value::text("12.5")));
    assert_eq!(read(&text, json!(1e3)), Ok(Value::text("1000")));
    assert_eq!(read(&text, json!(u64::MAX)), Ok(Value::text(u64::MAX.to_string())));
    assert_eq!(read(&text, json!(1e22)), Err(format!("R0201 {BEYOND_DOUBLES}")));
    for truth in [true, false] {
        assert_eq!(read(&text, json!(truth)), Err(format!("R0201 \"{truth}\" is not a text")));
        assert!(read(&Codec { as_key: true, texts: true, ..text.clone() }, json!(truth)).is_err());
        assert!(read(&Codec { missing_as: vec![json!(truth)], ..text.clone() }, json!(truth)) == Ok(Value::Null));
    }
    assert_eq!(read(&text, json!(" \t")), Ok(Value::Null));
    assert_eq!(read(&text, json!(["a"])), Err("R0201 \"[\"a\"]\" is not a text".to_owned()));
    assert_eq!(read(&Codec::natural(Kind::Int), json!("57")), Err("R0203 \"57\" is not a whole number".to_owned()));
    assert_eq!(read(&Codec::natural(Kind::Int), json!(5.0)), Ok(Value::Int(5)));
    assert_eq!(read(&Codec::natural(Kind::Int), json!(5.5)), Err("R0203 \"5.5\" is not a whole number".to_owned()));
    assert_eq!(read(&Codec::natural(Kind::Bool), json!("true")), Err("R0206 \"true\" is not true or false".to_owned()));
    assert_eq!(read(&Codec::natural(Kind::Decimal), json!(0.1)), Ok(Value::Decimal("0.1".parse().unwrap())));
}

#[test]
fn a_day_before_1900_is_none_only_where_that_is_said() {
    let day = Codec::natural(Kind::Date);
    let said = format!("R0204 \"0001-01-01\" {}", civil::TOO_EARLY);
    assert_eq!(read(&day, json!("0001-01-01")), Err(said.clone()));
    assert_eq!(read(&codec(Kind::Date, &["%Y-%m-%d"], None), json!("0001-01-01")), Err(said));
    let named = Codec { missing_as: vec![json!("0001-01-01")], ..day.clone() };
    assert_eq!(read(&named, json!("0001-01-01")), Ok(Value::Null));
    assert_eq!(read(&day, json!("1900-01-01")), Ok(Value::Date(date(1900, 1, 1))));
    assert_eq!(read(&day, json!("9999-12-31")), Ok(Value::Date(date(9999, 12, 31))));
    // The empty day of other programs: what stands for none is never a day that has passed.
    for text in ["0000-01-01", "-0001-12-31", "0001-01-01", "1899-12-31"] {
        for day in [day.clone(), codec(Kind::Date, &["%Y-%m-%d"], None), codec(Kind::DateTime, &["%Y-%m-%d"], Some("UTC"))] {
            let said = read(&day, json!(text)).unwrap_err();
            assert!(said.starts_with("R0204 ") || said.starts_with("R0205 "), "{text}: {said}");
        }
    }
    let unix = Codec { forms: vec![Form::UnixSeconds], ..Codec::natural(Kind::DateTime) };
    assert!(read(&unix, json!(-62_135_596_800_i64)).is_err_and(|why| why.contains("before 1900")));
}

const BEYOND_DOUBLES: &str = "is a number out of range: with a fraction or an exponent, numbers are exact up to 9007199254740991";

/// A number that can't be kept is not called something else, not quoted with other digits, and not written as 0.
#[test]
fn a_number_out_of_range_is_called_that() {
    let json = |text: &str| serde_json::from_str::<Json>(text).unwrap();
    let decimal = Codec::natural(Kind::Decimal);
    for large in ["12345678901234567.89", "1e40", "-1e40"] {
        assert_eq!(read(&decimal, json(large)), Err(format!("R0203 {BEYOND_DOUBLES}")), "{large}");
        assert_eq!(read(&Codec::natural(Kind::Int), json(large)), Err(format!("R0203 {BEYOND_DOUBLES}")), "{large}");
    }
    let tiny = "R0203 is a number out of range: it is too close to 0 for 28 places after the point";
    assert_eq!(read(&decimal, json("1e-30")), Err(tiny.to_owned()));
    assert_eq!(read(&decimal, json("0.0")), Ok(Value::Decimal(Decimal::ZERO)));
    assert_eq!(read(&decimal, json("1e-28")), Ok(Value::Decimal("0.0000000000000000000000000001".parse().unwrap())));
    let whole = "is a number out of range: whole numbers go up to 9223372036854775807";
    let digits = "12345678901234567890";
    assert_eq!(read(&Codec::natural(Kind::Int), json(digits)), Err(format!("R0203 \"{digits}\" {whole}")));
    let of_text = |kind| Codec { texts: true, ..Codec::natural(kind) };
    assert_eq!(read(&of_text(Kind::Int), json!(digits)), Err(format!("R0203 \"{digits}\" {whole}")));
    let (large, small) = ("1".repeat(30), format!("0.{}1", "0".repeat(29)));
    for text in [large, small] {
        let expected = format!("R0203 \"{text}\" is a number out of range: decimals have up to 28 digits");
        assert_eq!(read(&of_text(Kind::Decimal), json!(text)), Err(expected));
    }
    assert_eq!(read(&of_text(Kind::Decimal), json!("1-2")), Err("R0203 \"1-2\" is not a number".to_owned()));
}

#[test]
fn dates_and_times() {
    let natural = Codec::natural(Kind::Date);
    assert_eq!(read(&natural, json!("2026-03-01")), Ok(Value::Date(date(2026, 3, 1))));
    assert_eq!(read(&natural, json!("2026-02-30")), Err("R0204 \"2026-02-30\" is not a date".to_owned()));
    let vendor = codec(Kind::Date, &["%Y-%m-%dT%H:%M:%S%.f"], None);
    assert_eq!(read(&vendor, json!("2026-03-31T00:00:00.0000000")), Ok(Value::Date(date(2026, 3, 31))));
    assert_eq!(
        read(&vendor, json!("31/03/2026")),
        Err("R0204 \"31/03/2026\" is not a date in the format `%Y-%m-%dT%H:%M:%S%.f`; try the format `%d/%m/%Y`".to_owned())
    );
    let two = codec(Kind::Date, &["%d/%m/%Y", "%Y-%m-%d"], None);
    assert_eq!(read(&two, json!("2026-03-31")), Ok(Value::Date(date(2026, 3, 31))));
    assert_eq!(two.write(&Value::Date(date(2026, 3, 31))), Ok(json!("31/03/2026")));
    let paris = codec(Kind::DateTime, &["%Y-%m-%dT%H:%M:%S%.f"], Some("Europe/Paris"));
    assert_eq!(read(&paris, json!("2026-03-01T10:00:00")), Ok(Value::DateTime("2026-03-01T09:00:00Z".parse().unwrap())));
    let offset = codec(Kind::DateTime, &["%Y-%m-%dT%H:%M:%S%.f%z"], None);
    assert_eq!(read(&offset, json!("2026-03-01T10:00:00.000+0100")), Ok(Value::DateTime("2026-03-01T09:00:00Z".parse().unwrap())));
    assert!(read(&codec(Kind::DateTime, &["%Y-%m-%dT%H:%M:%S"], None), json!("2026-03-01T10:00:00")).is_err());
}

/// A day that is written with the offset of its zone, as XML does: whoever leaves on 30 June there leaves on no other day here.
#[test]
fn a_day_with_an_offset_stays_that_day_there_and_back() {
    let day = codec(Kind::Date, &["%Y-%m-%d%:z"], None);
    for offset in ["+08:00", "-11:00", "+14:00", "Z"] {
        let read = read(&day, json!(format!("2021-06-30{offset}"))).unwrap();
        assert_eq!(read, Value::Date(date(2021, 6, 30)), "{offset}");
        let written = day.write(&read).unwrap();
        assert_eq!(
            (written.as_str().map(|text| &text[..10]), self::read(&day, written.clone())),
            (Some("2021-06-30"), Ok(read)),
            "{offset}"
        );
    }
    let natural = read(&Codec::natural(Kind::Date), json!("2021-06-30+08:00"));
    assert_eq!(natural, Err("R0204 \"2021-06-30+08:00\" is not a date; try the format `%Y-%m-%d%:z`".to_owned()));
}

#[test]
fn other_forms() {
    let seconds = Codec { forms: vec![Form::UnixSeconds], ..Codec::natural(Kind::DateTime) };
    assert_eq!(read(&seconds, json!(1_772_355_600)), Ok(Value::DateTime("2026-03-01T09:00:00Z".parse().unwrap())));
    assert!(read(&seconds, json!("soon")).is_err());
    let truth = Codec { forms: vec![Form::Truth("yes".into(), "no".into())], ..Codec::natural(Kind::Bool) };
    assert_eq!(read(&truth, json!("yes")), Ok(Value::Bool(true)));
    assert_eq!(read(&truth, json!("Yes")), Err("R0206 \"Yes\" is neither `yes` nor `no`".to_owned()));
    assert_eq!(truth.write(&Value::Bool(false)), Ok(json!("no")));
    let digits = Codec { forms: vec![Form::Truth("1".into(), "0".into())], ..Codec::natural(Kind::Bool) };
    assert_eq!(read(&digits, json!(1)), Ok(Value::Bool(true)));
}

#[test]
fn where_all_are_texts_numbers_and_truths_are_read_from_them() {
    let texts = |kind: Kind| Codec { texts: true, ..Codec::natural(kind) };
    assert_eq!(read(&texts(Kind::Int), json!(" 053 ")), Ok(Value::Int(53)));
    assert_eq!(read(&texts(Kind::Decimal), json!("-1.50")), Ok(Value::Decimal("-1.5".parse().unwrap())));
    assert_eq!(
        ["true", "1", "FALSE", "0"].map(|text| read(&texts(Kind::Bool), json!(text)).map(|truth| truth.is_true())),
        [true, true, false, false].map(Ok)
    );
    assert_eq!(read(&texts(Kind::Text), json!("00057")), Ok(Value::text("00057")));
    for (kind, text) in [(Kind::Int, "5.5"), (Kind::Int, "1_000"), (Kind::Int, "five"), (Kind::Decimal, "1e3"), (Kind::Bool, "yes")] {
        assert!(read(&texts(kind.clone()), json!(text)).is_err(), "{text}");
        assert_eq!(read(&texts(kind), json!("")), Ok(Value::Null));
    }
    assert_eq!(read(&texts(Kind::List(Box::new(Kind::Int))), json!(["1", "2"])), Ok(Value::list(vec![Value::Int(1), Value::Int(2)])));
    assert_eq!(read(&texts(Kind::List(Box::new(Kind::Int))), json!("")), Ok(Value::Null));
    assert!(read(&Codec::natural(Kind::Int), json!("53")).is_err() && read(&Codec::natural(Kind::Bool), json!("true")).is_err());
}

#[test]
fn lists_are_read_value_by_value() {
    let list = Codec::natural(Kind::List(Box::new(Kind::Text)));
    assert_eq!(read(&list, json!(["a", 1, ""])), Ok(Value::list(vec![Value::text("a"), Value::text("1")])));
    assert_eq!(read(&list, json!("a")), Err("R0208 \"\"a\"\" is not a list".to_owned()));
    let (one, two, both) = (json!("a"), json!("b"), json!(["a", "b"]));
    assert_eq!(list.read_found(&[&one, &two]), list.read(Some(&both)));
    assert_eq!(list.read_found(&[&both]), list.read(Some(&both)));
    assert_eq!(Codec::natural(Kind::Text).read_found(&[&one, &two]).unwrap_err().code, FaultCode::SeveralFound);
}

#[test]
fn what_is_not_there_has_the_value_that_absence_says() {
    let checkbox = Codec { required: true, absent: Some(Value::Bool(false)), ..Codec::natural(Kind::Bool) };
    assert_eq!(checkbox.read(None).unwrap(), Value::Bool(false));
    assert_eq!(checkbox.read(Some(&Json::Null)).unwrap(), Value::Bool(false));
    assert_eq!(checkbox.read(Some(&json!(true))).unwrap(), Value::Bool(true));
    assert!(checkbox.read(Some(&json!("no"))).is_err(), "what is there has to be read");
    assert_eq!(checkbox.write(&Value::Bool(false)).unwrap(), json!(false));
    let tags = Codec { absent: Some(Value::text("none")), ..Codec::natural(Kind::List(Box::new(Kind::Text))) };
    assert_eq!(tags.read(Some(&json!(["a", null]))).unwrap(), Value::list(vec![Value::text("a")]), "of the whole, not of an item");
}

#[test]
fn a_missing_required_value_is_a_fault() {
    let required = Codec { required: true, ..Codec::natural(Kind::Text) };
    for json in [None, Some(json!(null)), Some(json!(" "))] {
        assert_eq!(required.read(json.as_ref()).unwrap_err().code, FaultCode::Missing);
    }
    assert_eq!(Codec::natural(Kind::Text).read(None), Ok(Value::Absent));
}

fn written() -> impl Strategy<Value = (Codec, Value)> {
    let day = (0_i64..40_000).prop_map(|days| date(1970, 1, 1) + jiff::ToSpan::days(days));
    let instant = (0_i64..4_000_000_000).prop_map(|seconds| Timestamp::from_second(seconds).unwrap());
    prop_oneof![
        "[a-zé0-9 ]{1,8}".prop_map(|text| (Codec::natural(Kind::Text), Value::text(text))),
        any::<i64>().prop_map(|number| (Codec::natural(Kind::Int), Value::Int(number))),
        (-1_000_000_i64..1_000_000, 0_u32..5)
            .prop_map(|(digits, scale)| { (Codec::natural(Kind::Decimal), Value::Decimal(Decimal::new(digits, scale).normalize())) }),
        (day.clone(), prop_oneof![Just("%d/%m/%Y"), Just("%Y%m%d"), Just("%Y-%m-%dT%H:%M:%S%.f"), Just("%d %B %Y")])
            .prop_map(|(day, pattern)| (codec(Kind::Date, &[pattern], None), Value::Date(day))),
        day.prop_map(|day| (Codec::natural(Kind::Date), Value::Date(day))),
        (instant.clone(), prop_oneof![Just("%Y-%m-%dT%H:%M:%S%z"), Just("%s"), Just("%d.%m.%Y %H:%M:%S%.f%:z")])
            .prop_map(|(instant, pattern)| (codec(Kind::DateTime, &[pattern], Some("Europe/Paris")), Value::DateTime(instant))),
        instant.prop_map(|instant| (codec(Kind::DateTime, &["%Y-%m-%dT%H:%M:%S"], Some("UTC")), Value::DateTime(instant))),
    ]
}

proptest! {
    #[test]
    fn what_is_written_is_read_back((codec, value) in written()) {
        let json = codec.write(&value).unwrap();
        prop_assert_eq!(codec.read(Some(&json)).unwrap(), value);
    }
}

/// The day that stands for no end.
#[test]
fn the_last_day_of_9999_is_written_and_read_back() {
    for last in [date(9999, 12, 31), date(9999, 12, 30)] {
        for form in ["%d/%m/%Y", "%Y-%m-%d", "%d.%m.%Y"] {
            let codec = codec(Kind::Date, &[form], None);
            let written = codec.write(&Value::Date(last)).unwrap();
            assert_eq!(codec.read(Some(&written)).unwrap(), Value::Date(last), "{form}");
        }
    }
}

/// As a number, which is beyond the greatest instant: the open end of SAP SuccessFactors is 253402214400000.
#[test]
fn no_end_is_read_and_written_as_a_number() {
    let of = |kind: &Kind, form: Form| Codec { forms: vec![form], ..Codec::natural(kind.clone()) };
    let (day, end) = (Value::Date(date(9999, 12, 31)), Value::DateTime(Timestamp::MAX));
    for (kind, last) in [(Kind::Date, &day), (Kind::DateTime, &end)] {
        let (seconds, milliseconds) = (of(&kind, Form::UnixSeconds), of(&kind, Form::UnixMilliseconds));
        for number in [253_402_214_400_i64, 253_402_300_799, 253_402_300_800] {
            assert_eq!(seconds.read(Some(&json!(number))).unwrap(), *last, "{number}");
            assert_eq!(seconds.read(Some(&json!(number.to_string()))).unwrap(), *last, "{number}");
            assert_eq!(milliseconds.read(Some(&json!(number * 1000 + 999))).unwrap(), *last, "{number}");
        }
        assert_eq!(
            (seconds.write(last).unwrap(), milliseconds.write(last).unwrap()),
            (json!(253_402_214_400_i64), json!(253_402_214_400_000_i64))
        );
        for codec in [&seconds, &milliseconds] {
            assert_eq!(codec.read(Some(&codec.write(last).unwrap())).unwrap(), *last, "{codec:?}");
            assert_eq!(
                codec.read(Some(&json!(253_402_214_400_000_000_i64))).unwrap_err().code.as_str(),
                if kind == Kind::Date { "R0204" } else { "R0205" }
            );
        }
        assert!(seconds.read(Some(&json!(253_402_214_400_000_i64))).is_err(), "milliseconds are no seconds");
    }
    let zone = Codec { zone: civil::zone("Europe/Paris"), ..of(&Kind::Date, Form::UnixSeconds) };
    assert_eq!(zone.read(Some(&zone.write(&day).unwrap())).unwrap(), day);
    let natural = Codec::natural(Kind::DateTime);
    assert_eq!(natural.write(&end).unwrap(), json!("9999-12-31T23:59:59Z"));
    assert_eq!(natural.read(Some(&json!("9999-12-31T23:59:59Z"))).unwrap(), end);
}

/// A year of two digits is of 1969 to 2068.
#[test]
fn a_year_of_two_digits_has_one_meaning() {
    let codec = codec(Kind::Date, &["%d.%m.%y"], None);
    for (text, year) in [("31.12.00", 2000), ("31.12.68", 2068), ("31.12.69", 1969), ("31.12.70", 1970), ("31.12.99", 1999)] {
        assert_eq!(read(&codec, json!(text)), Ok(Value::Date(date(year, 12, 31))), "{text}");
    }
}

/// Each of three forms reads its own texts.
#[test]
fn a_third_form_is_read_like_the_others() {
    let codec = codec(Kind::Date, &["%Y-%m-%d", "%d/%m/%Y", "%d.%m.%Y"], None);
    for text in ["2026-03-01", "01/03/2026", "01.03.2026"] {
        assert_eq!(read(&codec, json!(text)), Ok(Value::Date(date(2026, 3, 1))), "{text}");
    }
    assert!(read(&codec, json!("2026/03/01")).is_err_and(|why| why.starts_with("R0204")));
}

#[test]
fn forms_that_read_one_text_differently_are_found() {
    let pattern = |text: &str| Form::Pattern(text.into());
    let differ = |kind: &Kind, one: &Form, other: &Form| Form::read_differently(kind, one, other).is_some();
    for (one, other) in [("%d/%m/%Y", "%m/%d/%Y"), ("%d.%m.%y", "%y.%m.%d"), ("%Y-%m-%d", "%Y-%d-%m")] {
        assert!(differ(&Kind::Date, &pattern(one), &pattern(other)), "{one} {other}");
        assert!(differ(&Kind::Date, &pattern(other), &pattern(one)), "{other} {one}");
    }
    for (one, other) in [("%Y-%m-%d", "%d/%m/%Y"), ("%d/%m/%Y", "%d.%m.%Y"), ("%Y-%m-%dT%H:%M:%S%:z", "%Y-%m-%d"), ("%d/%m/%Y", "%d/%m/%Y")]
    {
        assert!(!differ(&Kind::Date, &pattern(one), &pattern(other)), "{one} {other}");
    }
    assert!(differ(&Kind::DateTime, &Form::UnixSeconds, &Form::UnixMilliseconds));
    assert!(differ(&Kind::DateTime, &pattern("%Y-%m-%d %H:%M"), &pattern("%Y-%m-%d %M:%H")));
    assert!(!differ(&Kind::DateTime, &pattern("%Y-%m-%d %H:%M"), &Form::UnixSeconds));
}

#[test]
fn a_list_has_no_item_where_a_value_is_missing() {
    let texts = Codec::natural(Kind::List(Box::new(Kind::Text)));
    for list in [json!(["a", null, "b"]), json!(["a", "", "b", " "]), json!([null, "a", "b"])] {
        assert_eq!(texts.read(Some(&list)).unwrap(), Value::list(vec![Value::text("a"), Value::text("b")]), "{list}");
    }
    assert_eq!(texts.read(Some(&json!([null, ""]))).unwrap(), Value::list(Vec::new()));
}

#[test]
fn the_text_of_a_key_is_read_and_written_in_its_form() {
    let key = Codec { as_key: true, ..Codec::natural(Kind::Text) };
    for text in ["7", " 7\u{a0}", "\u{200b}7 "] {
        assert_eq!(key.read(Some(&json!(text))), Ok(Value::text("7")), "{text:?}");
        assert_eq!(key.write(&Value::text(text)), Ok(json!("7")), "{text:?}");
    }
    assert_eq!(key.read(Some(&json!("\u{200b}"))), Ok(Value::Null));
    assert_eq!(Codec::natural(Kind::Text).read(Some(&json!(" 7"))), Ok(Value::text(" 7")));
}
