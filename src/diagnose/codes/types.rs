//! `E03`: types, what may be missing, and what `map` may write.

use super::Page;

pub(super) const PAGES: &[Page] = &[
    Page {
        code: "E0301",
        title: "a condition is yes or no",
        text: "What stands after `when`, `if`, `and`, `or` and `not` has to be true or false. A text, a number or a date is neither: ask something \
               of it.",
        bad: "keep when employee.email",
        good: "keep when employee.email is present",
    },
    Page {
        code: "E0302",
        title: "two values that can't be compared",
        text: "Nothing converts by itself, so a comparison needs two values of one type; whole numbers and decimals compare. A text is never a \
               number: `\"00057\"` and `57` differ, and that is what keeps a personnel number whole.",
        bad: "keep when employee.floor == \"3\"",
        good: "keep when employee.floor == 3",
    },
    Page {
        code: "E0303",
        title: "a value of the wrong type",
        text: "An operator or a statement is given a value that it can't work with. Texts are put together inside one text, not by `+`.",
        bad: "field name = employee.first_name + employee.last_name",
        good: "field name = \"{employee.first_name} {employee.last_name}\"",
    },
    Page {
        code: "E0304",
        title: "a value does not fit where it goes",
        text: "The attribute, field or setting is of one type and the value of another. Nothing converts by itself: say how it becomes what is \
               needed.",
        bad: "field floor : int? = employee.room",
        good: "field floor : int? = employee.room | parse_int",
    },
    Page {
        code: "E0305",
        title: "a date is compared with an instant",
        text: "A `date` is a day without a zone, a `datetime` an instant; on which day an instant falls depends on the clocks. Say by whose.",
        bad: "zone \"Europe/Paris\"\nkeep when employee.seen > today",
        good: "zone \"Europe/Paris\"\nkeep when (employee.seen | day_in(\"Europe/Paris\")) > today",
    },
    Page {
        code: "E0306",
        title: "a field is declared as always there, and its value may be missing",
        text: "The type after the field's name has no `?`, and what the field is made of may be missing. Add the `?`, or say with `??` what stands \
               in.",
        bad: "field room : text = employee.room",
        good: "field room : text? = employee.room",
    },
    Page {
        code: "E0308",
        title: "values of different types side by side",
        text: "The values of a list, the two sides of `??`, the branches of an `if` and the columns of a table are of one type each.",
        bad: "keep when employee.department in [\"Sales\", 7]",
        good: "keep when employee.department in [\"Sales\", \"Support\"]",
    },
    Page {
        code: "E0310",
        title: "an attribute is written twice",
        text: "Two lines of `map` write one attribute, and nothing says which one wins. One may be `on create` and the other `on update`; or each \
               has its own `when`.",
        bad: "map {\n  id   = employee.number\n  name = \"{employee.last_name}\"\n  name = \"{employee.first_name}\"\n}",
        good: "map {\n  id   = employee.number\n  name = \"{employee.first_name} {employee.last_name}\"\n}",
    },
    Page {
        code: "E0311",
        title: "a value may be missing, and nothing says what happens then",
        text: "Does a missing value leave the account as it is, or empty the attribute? Both are common, and one of them destroys data, so there is \
               no default and `--fix` does not choose. `keep when missing` leaves what is there, `clear when missing` empties it; before `{ }` they \
               hold for all lines inside. What a `keep`, the `key` or a `skip when … is missing` shows to be present is not asked about.",
        bad: "map {\n  id       = employee.number\n  division = employee.department\n}",
        good: "map {\n  id       = employee.number\n  division = employee.department   keep when missing\n}",
    },
    Page {
        code: "E0312",
        title: "what the target needs for a new record is not written",
        text: "The attribute is declared without `?`, so the target takes no new record without it, and no line of `map` writes it on create. Map \
               it, or use `mode update` if nobody is to be created.",
        bad: "map {\n  name = \"{employee.first_name} {employee.last_name}\"\n}",
        good: "map {\n  id   = employee.number\n  name = \"{employee.first_name} {employee.last_name}\"\n}",
    },
    Page {
        code: "E0313",
        title: "an attribute is never empty, and its value may be missing",
        text: "The target's attribute is declared without `?`, so there is always a value in it, and the value to be written may be missing. Let \
               only those in who have it, or say with `??` what stands in.",
        bad: "map {\n  id = employee.badge\n}",
        good: "keep when employee.badge is present as \"has a badge\"\nmap {\n  id = employee.badge\n}",
    },
    Page {
        code: "E0314",
        title: "an attribute that can't be emptied",
        text: "The attribute is only written on create, or never read back, so no later run can see that it would have to be emptied.",
        bad: "map {\n  id      = employee.number\n  welcome = employee.active   on create clear when missing\n}",
        good: "map {\n  id      = employee.number\n  welcome = employee.active   on create\n}",
    },
    Page {
        code: "E0315",
        title: "an attribute that can't be written here",
        text: "The attribute is declared `read only`: the target makes it, or takes it another way. In `leaver` the same goes for `create only`.",
        bad: "map {\n  id      = employee.number\n  made_at = employee.seen   keep when missing\n}",
        good: "map {\n  id = employee.number\n}",
    },
    Page {
        code: "E0316",
        title: "what opens and closes accounts is written only on create",
        text: "The attribute is declared `opens` or `closes`. Written in every run it would open again each account that somebody closed by hand, \
               and close accounts without a guard. `map` opens on create; `leaver` closes, and `on return` opens again.",
        bad: "map {\n  id     = employee.number\n  active = true\n}",
        good: "map {\n  id     = employee.number\n  active = true   on create\n}",
    },
    Page {
        code: "E0317",
        title: "an attribute that is only written on create",
        text: "The attribute is declared `create only`, or `write only`: no later run could tell whether it differs, so it would be sent every \
               time.",
        bad: "map {\n  id      = employee.number\n  welcome = true\n}",
        good: "map {\n  id      = employee.number\n  welcome = true   on create\n}",
    },
    Page {
        code: "E0318",
        title: "modifiers that contradict each other",
        text: "Two words after the value exclude each other, such as `keep when missing` and `clear when missing`. `keep when absent` and `clear \
               when missing` may stand together: what was not sent is kept, what was sent empty is cleared.",
        bad: "map {\n  id       = employee.number\n  division = employee.department   keep when missing clear when missing\n}",
        good: "map {\n  id       = employee.number\n  division = employee.department   keep when absent clear when missing\n}",
    },
    Page {
        code: "E0319",
        title: "a value that the attribute does not take",
        text: "The value stands in the file, and the attribute's declaration refuses it: it is none of its `one of`, longer than its `up to`, or \
               does not match its `matches`.",
        bad: "map {\n  id      = employee.number\n  country = \"FRA\"\n}",
        good: "map {\n  id      = employee.number\n  country = \"FR\"\n}",
    },
    Page {
        code: "E0320",
        title: "a word for lists on what is no list",
        text: "`exactly` and `only add` say how a list is owned; the attribute holds a single value.",
        bad: "map {\n  id       = employee.number\n  division = employee.department   keep when missing exactly\n}",
        good: "map {\n  id     = employee.number\n  badges = employee.teams   keep when missing exactly\n}",
    },
];
