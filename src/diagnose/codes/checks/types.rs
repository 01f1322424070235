//! Types, what may be missing, and the lines of `map`.

use crate::diagnose::codes::{Page, plain};

pub(super) const PAGES: &[Page] = &[
    Page {
        code: "E0301",
        title: "a condition is yes or no",
        text: "A condition is a comparison, a question such as `is present`, or a bool. A text or a number is none: say what is asked of it.",
        bad: "keep when employee.email",
        good: "keep when employee.email is present",
    },
    Page {
        code: "E0302",
        title: "two values that can't be compared",
        text: "Nothing converts by itself: a text is never a number (\"00057\" stays \"00057\"), a day is no text. Compare values of one type; \
               `| parse_int`, `| parse_date(\"…\")` and `\"{…}\"` make one of another.",
        bad: "skip when employee.employee_number == 57",
        good: "skip when employee.employee_number == \"00057\"",
    },
    plain(
        "E0303",
        "a value of the wrong type",
        "The operator or the place takes values of another type; the label shows what stands there.",
    ),
    Page {
        code: "E0304",
        title: "a value of another type than its attribute or field",
        text: "An attribute or a typed field takes values of its own type. Nothing converts by itself: a function or `\"{…}\"` does it, visibly.",
        bad: "map { role = employee.job_title }",
        good: "map { role = employee.level | parse_int }",
    },
    plain(
        "E0305",
        "a date beside a datetime",
        "A date is a day without a zone, a datetime is an instant. Which day an instant falls on depends on the clocks: say whose, \
         by `| day_in(\"Europe/Paris\")`.",
    ),
    plain(
        "E0306",
        "a field that may be missing",
        "The type of the field says that it is always there, and its value may be missing: add `?`, or say what stands in by `??`.",
    ),
    plain(
        "E0308",
        "values of different types together",
        "A list, both sides of `??`, `then` and `else`, and each side of a table hold values of one type.",
    ),
    plain(
        "E0310",
        "an attribute is written twice",
        "Two lines of `map` write the same attribute, and the last would win unseen. One `on create` and one `on update` may stand together, and so \
         may lines that each have a `when`.",
    ),
    Page {
        code: "E0311",
        title: "an optional value without a policy for when it is missing",
        text: "The value may be missing, and the line does not say what that means: `keep when missing` leaves what the target has, \
               `clear when missing` empties it. There is no default, because the wrong one empties thousands of records or never removes anything. \
               The words may also stand before a block of lines.",
        bad: "map { division = employee.department }",
        good: "map { division = employee.department   keep when missing }",
    },
    plain(
        "E0312",
        "a required attribute is not given on create",
        "An attribute whose type has no `?` is required by the target. A mode that creates has to map each of them; for an account's own switch \
         a constant `on create` is usual: `active = true on create`.",
    ),
    Page {
        code: "E0313",
        title: "a required attribute from a value that may be missing",
        text: "The target can't be without the attribute, and the value may be missing. Let only records in that have it, or say what stands in. \
               What a `keep`, the `key` or a `skip when … is missing` shows to be present is no longer optional in `match` and `map`.",
        bad: "map { email = employee.email }",
        good: "keep when employee.email is present\nmap { email = employee.email }",
    },
    plain(
        "E0314",
        "an attribute that can't be emptied",
        "What is written only on create, or never read back, can't be cleared later: leave the words out.",
    ),
    plain(
        "E0315",
        "an attribute that can't be written",
        "The system declares the attribute as `read only`, or as one that is written on create alone.",
    ),
    Page {
        code: "E0316",
        title: "an account is opened or closed in `map`",
        text: "An attribute marked `opens` or `closes` gives or takes access. In `map` it may be written on create only: a line for every run would \
               open again each night whom somebody closed by hand, and closings there would escape the guard. Closing and opening again stand in `leaver`.",
        bad: "map { active = true }",
        good: "map { active = true   on create }\nleaver {\n  when employee.contract_end < today\n  set active = false\n  on return { set active = true }\n}",
    },
    plain(
        "E0317",
        "an attribute that is only written on create",
        "A `create only` attribute is refused later, and of a `write only` one no run could tell whether it differs: both are written `on create`.",
    ),
    plain("E0318", "modifiers that contradict each other", "Two of the words after this line, or before its block, exclude each other."),
    plain(
        "E0319",
        "a constant that the attribute refuses",
        "The attribute lists its values (`one of`), its length (`up to`) or its form (`matches`), and this value is outside.",
    ),
    plain(
        "E0320",
        "a word for lists on something else",
        "`exactly` and `only add` say who owns the values of a list; the attribute is none.",
    ),
];
