//! Words inside values, and types.

use super::entry::Entry;
use crate::syntax::grammar::Rule as R;

const ATTRIBUTES: &[R] = &[R::attribute_block];

const fn value(words: &'static str, help: &'static str, example: &'static str) -> Entry {
    Entry::new(words, R::expr_full, &[], help, example)
}

const fn a_type(words: &'static str, help: &'static str, example: &'static str) -> Entry {
    Entry::new(words, R::type_name, ATTRIBUTES, help, example)
}

pub(super) const ENTRIES: &[Entry] = &[
    value("and", "Is true where both sides are.", "person.active and person.email is present"),
    value("or", "Is true where one of the two sides is.", "person.active or person.team == \"Sales\""),
    value("not", "Is true where the condition is false, and false where it is true.", "not person.active"),
    value(
        "in",
        "Is true where a list contains the value; `not in` where it does not. In a text, `contains` searches.",
        "person.team in [\"Sales\", \"Support\"]",
    )
    .with("not"),
    value("contains", "Is true where a list or a text contains the value on the right.", "person.teams contains \"Sales\""),
    value("starts with", "Is true where a text begins with another.", "person.number starts with \"00\""),
    value("ends with", "Is true where a text ends with another.", "person.email ends with \".org\""),
    value("matches", "Is true where a text matches a regular expression.", "person.number matches \"^[0-9]+$\""),
    value(
        "is missing",
        "Is true where there is no value; `is present` where there is one, `is absent` where it was not even sent.",
        "person.email is missing",
    )
    .with("present absent"),
    value(
        "if",
        "Chooses between two values; without `else` the result is missing where the condition is false.",
        "if person.active then \"active\" else \"left\"",
    )
    .with("then else"),
    value(
        "for each record",
        "Makes a list with one item for each record of a batch, in the body of a call.",
        "[{ id = id } for each record]",
    ),
    value("true", "Is the result of a condition that is met.", "true"),
    value("false", "Is the result of a condition that is not met.", "false"),
    value("null", "Is a missing value.", "null"),
    value("day", "Is a unit of time, `days` if there are several; the others are `s`, `min` and `h`.", "person.hired + 1 day")
        .with("s min h"),
    a_type(
        "text",
        "Is the type of texts. Values are never converted automatically: a number in quotes stays a text.",
        "name : text at $.name",
    ),
    a_type("bool", "Is the type of `true` and `false`.", "active : bool at $.active"),
    a_type("int", "Is the type of whole numbers.", "floor : int? at $.floor"),
    a_type("decimal", "Is the type of numbers with decimals, exact to the last digit.", "hours : decimal? at $.hours"),
    a_type("date", "Is the type of days, which have no zone.", "hired : date? at $.hired"),
    a_type("datetime", "Is the type of instants.", "seen : datetime? at $.seen"),
    a_type("duration", "Is the type of lengths of time, such as `30 s` or `7 days`.", "notice : duration? at $.notice"),
    a_type("json", "Is the type of raw values, which may contain anything.", "extra : json? at $.extra"),
    a_type("list of", "Is the type of lists of one other type.", "teams : list of text at $.teams"),
    Entry::new(
        "schedule",
        R::type_name,
        &[R::file_all],
        "Is the type of a setting that holds a schedule.",
        "setting frequency : schedule = daily at 02:00",
    ),
];
