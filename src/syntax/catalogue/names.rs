//! The names that a value may use without declaring them, and the signs between values.

/// A name, where it may be used, and what it gives.
pub type Name = (&'static str, &'static str, &'static str);

/// All of them but aliases, fields and what is declared by a statement.
pub const NAMES: &[Name] = &[
    ("today", "in a value", "Gives the day of the run in the pipeline's time zone."),
    ("now", "in a value", "Gives the instant at which the run began."),
    ("current", "in a pipeline", "Is the account as the target has it: `current.title`. Of a new account every value is missing."),
    ("since", "in a call", "Gives the instant from which changes are asked for; missing where everything is read."),
    ("page.offset", "in a call that is read by pages", "Gives how many records come before the page."),
    ("page.number", "in a call that is read by pages", "Gives the number of the page."),
    ("page.size", "in a call that is read by pages", "Gives how many records a page has at most: `size` in `page by`."),
    ("page.cursor", "in a call that is read by pages", "Gives the cursor that the page before it gave; missing on the first page."),
    ("requested.fields", "in a call", "Gives the attributes that the pipeline uses, as the system calls them."),
    ("requested.parts", "in a call", "Gives the parts that the pipeline uses, as the system calls them."),
    ("record", "in the body of a call", "Gives the record as it is sent: for a body that puts it somewhere else than at the top."),
    (
        "token",
        "in a system with a token call",
        "Gives a part of the last answer of the token call: `token.access_token`, `token.data.session`; all of it for `| at`, and the cookies that it set as `token.cookies`.",
    ),
    ("==", "in a value", "Is true where both sides are equal. A missing value equals nothing but `null`."),
    ("!=", "in a value", "Is true where the two sides differ, so also where one of them is missing."),
    ("<", "in a value", LESS),
    ("<=", "in a value", LESS),
    (">", "in a value", LESS),
    (">=", "in a value", LESS),
    ("|", "in a value", "Hands a value to a function, whose result may be handed on: `person.email | trim | lower`."),
    ("??", "in a value", "Gives the value on its right where the one on its left is missing or can't be read: `person.team ?? \"none\"`."),
    ("+", "in a value", "Adds numbers, joins lists, and moves a day or an instant by a length of time: `person.hired + 30 days`."),
    ("-", "in a value", "Takes one number from another, and moves a day or an instant back. Between two days it gives a length of time."),
    ("*", "in a value", "Multiplies two numbers, and a length of time by a whole number: `7 days * 2`."),
    (
        "/",
        "in a value",
        "Divides one number by another. The result is a decimal; a division by zero rejects the record, unless `??` follows.",
    ),
    ("unix_seconds", "after `format`", "Reads and writes an instant as the seconds since 1970, in UTC: `format unix_seconds`."),
];

const LESS: &str = "Compares two numbers, days, instants, lengths of time or texts. A missing value is neither less nor greater.";

/// The name that is called so; `token.scope` and `current.title` are explained by `token` and `current`.
#[must_use]
pub fn name(asked: &str) -> Option<&'static Name> {
    let first = asked.split('.').next();
    NAMES.iter().find(|one| one.0 == asked).or_else(|| NAMES.iter().find(|one| Some(one.0) == first && asked.contains('.')))
}
