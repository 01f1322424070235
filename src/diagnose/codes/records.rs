//! Faults of single records, met while a run reads, makes and compares values.

use super::{Page, plain};

pub(super) const PAGES: &[Page] = &[
    Page {
        code: "R0201",
        title: "a value is not a text",
        text: "Where the attribute reads a text, the record holds an object or a list. The record is rejected: nothing is written for it, and it \
               does not count as missing, so it does not leave. Let the path go on to the value that is meant, or read the value as `json` and \
               take what is needed with `at`.",
        bad: "field phone : text? = $.phones",
        good: "field phone : text? = $.phones[0]",
    },
    plain(
        "R0202",
        "a value that must be there is missing",
        "The attribute is declared without `?`, which says that every record has it, and this one does not. A record of the source is rejected: \
         nothing is written for it, and it does not leave. An account of the target is read and matched all the same. Fill the value in the \
         source, or add `?` to the type in the system's file and say in `map` what happens where it is missing.",
    ),
    Page {
        code: "R0203",
        title: "a value is not a number",
        text: "A number was to be read, and the value is none: a text with letters or thousands separators, a fraction where a whole number is \
               declared, a number beyond what fits. The record is rejected and left alone. Nothing turns a text into a number by itself; \
               `parse_int` and `parse_decimal` do, and `?? null` goes on without what they can't read.",
        bad: "field floor : int? = employee.room | parse_int",
        good: "field floor : int? = employee.room | parse_int ?? null",
    },
    Page {
        code: "R0204",
        title: "a value is not a date",
        text: "The value does not fit the `format` of the attribute or the pattern of `parse_date`, or no calendar has that day (30 February). The \
               record is rejected and left alone: a person with an unreadable end date does not leave because of it. Put the value right in the \
               source, write the format as the source does, or give a second one: `format \"%Y-%m-%d\" or \"%d/%m/%Y\"`.",
        bad: "field starts = employee.starts_text | parse_date(\"%Y-%m-%d\")",
        good: "field starts = employee.starts_text | parse_date(\"%d/%m/%Y\")",
    },
    plain(
        "R0205",
        "a value is not an instant",
        "A `datetime` was to be read, and the value does not fit its format, or it names no offset from UTC and the attribute no zone. The record \
         is rejected and left alone. Write the format as the system sends it, and where it sends no offset, the zone of its clocks: \
         `format \"%Y-%m-%dT%H:%M:%S\" in \"Europe/Paris\"`.",
    ),
    plain(
        "R0206",
        "a value is neither true nor false",
        "A `bool` was to be read, and the value is none. JSON's `true` and `false` are read as they are; a system that writes words for them says \
         which: `format \"yes\" or \"no\"`. Any other word rejects the record, and the record is left alone.",
    ),
    Page {
        code: "R0207",
        title: "a path finds several values where one is wanted",
        text: "The path matches more than once in this record, and none of the values is better than the others, so none is taken. The record is \
               rejected and left alone. Name the one that is meant, by its place or by a filter, or read the path as a list and say which of its \
               values is wanted.",
        bad: "field work_mail : text? = $.emails[*].value",
        good: "field work_mail : text? = $.emails[0].value",
    },
    plain(
        "R0208",
        "a value is not a list",
        "The attribute is declared as a list, and the record holds a single value or an object there. The record is rejected and left alone. \
         Declare the attribute as what it holds, or let its path end in `[*]`, which makes a list of whatever it finds.",
    ),
    Page {
        code: "R0210",
        title: "a text is not a phone number",
        text: "`e164` reads a phone number by the rules of the country that it is given, and this text is none there. The record is rejected and \
               left alone. `?? null` goes on without a number.",
        bad: "field phone = employee.phone | e164(\"FR\")",
        good: "field phone = employee.phone | e164(\"FR\") ?? null",
    },
    plain(
        "R0211",
        "a value can't be put between quotes",
        "The vendor's filter has no way to escape a quote, a backslash or a control character, and the value holds one, so it can't be asked for \
         without changing what is asked. The record is left alone. Let it be found by another attribute: a second line in `match`, or another \
         `find by` in the system.",
    ),
    Page {
        code: "R0212",
        title: "a list holds several values where one is wanted",
        text: "`only` takes the one value of a list, and this list has more. Nobody guesses which is meant: the record is rejected and left alone. \
               Filter the list, or take `first` where the order of the source says which one counts.",
        bad: "field team = employee.teams | only",
        good: "field team = employee.teams | first",
    },
    plain(
        "R0213",
        "a result is too large",
        "A sum, a product or a day lies outside what a number or a calendar can hold, or a text grew beyond the limit of a function. The record \
         is rejected and left alone. The value that was reckoned with is most likely wrong in the source.",
    ),
    Page {
        code: "R0214",
        title: "a division by zero",
        text: "The number after `/` is zero in this record. The record is rejected and left alone. Say what holds then: `?? null` for nothing, or \
               another value.",
        bad: "field share = employee.hours / employee.full_time_hours",
        good: "field share = employee.hours / employee.full_time_hours ?? null",
    },
    Page {
        code: "R0215",
        title: "a value is not in the table",
        text: "`lookup` found no row for the value, and the table has no `else`. The record is rejected and left alone, so that a new department is \
               seen before it is written anywhere. Add the row, or an `else` to the table, or `?? null` to go on without.",
        bad: "field division = employee.department | lookup(divisions)",
        good: "field division = employee.department | lookup(divisions) ?? \"Others\"",
    },
    plain(
        "R0301",
        "the key is missing",
        "The record has no value for the `key` of the pipeline, so nobody can say who it is: it is listed with what else names it, and rejected. \
         While such records are read nobody is counted as missing, because one of them may be the person in question. Fill the key in the \
         source, or leave such records out by name, before they are asked for it: `skip when employee.employee_number is missing as \"no number\"`.",
    ),
    plain(
        "R0302",
        "a value that the target requires is missing",
        "The attribute is declared without `?` in the target: it must be given on create and can never be emptied, and this record has no value \
         for it. The record is rejected and its account left as it is. Let only those in who have it (`keep when employee.email is present`), or \
         say what stands in (`?? …`).",
    ),
    plain(
        "R0303",
        "the target would refuse the value",
        "The value is longer than the attribute's `up to`, does not match its `matches`, or is none of its `one of`, as the system's file declares \
         them. It is not even sent: the record is rejected and its account left as it is. Put the value right in the source, change it on its \
         way, or loosen the declaration if the vendor takes more than it says.",
    ),
    plain(
        "R0305",
        "several joined records fit where one is wanted",
        "`with … as m on …` gives one record or none, and for this record several meet the condition. Nobody guesses which is meant: what is \
         taken from it has no value, and the record is rejected where a line needs one. Make the condition narrower, or write `many` and say what \
         to make of the list: `m.tier | present | unique | join(\", \")`.",
    ),
    plain(
        "R0306",
        "nothing tells when this event was",
        "The pipeline sends events from a day on (`since last run from …`), and this record lacks the time of its last change, so that nobody can \
         say whether it is older. It is neither sent nor set aside. Put the time right in the source.",
    ),
    plain(
        "R0901",
        "something can't be asked of this record",
        "An expression asks for something that does not exist where it is used: a link outside a pipeline, a page outside a call. The check \
         refuses such files, so this is a mistake in the program: report it, with the line that it names. The record is left alone.",
    ),
    plain(
        "R0903",
        "the other record has no counterpart yet",
        "The value is the target's id of another record, such as a manager, and that record is not linked: it is yet to be created, held, or out \
         of scope. By itself such an id is written as soon as it is known; here it is needed inside a text, a comparison or a function, where \
         nothing can stand in for it. The record is left alone and judged again in the next run.",
    ),
    plain(
        "R0904",
        "the links are not asked about a leaver",
        "Just before accounts are closed, each condition for leaving is asked once more, of the record alone. This one needs the links of other \
         records, so it can't be confirmed: nothing is closed because of it, and the next plan judges the record anew.",
    ),
    plain(
        "R0905",
        "what is needed here is not there",
        "A request lacks a token, a user or another part, so it is not sent: give the setting or the secret in `counterpart.toml`, beside the \
         pipelines; a secret is a reference there, such as `{ env = \"NAME\" }`. Or a condition is asked of the account alone, just before the \
         write, and names something of the source: then the account is left as it is, and the next run judges it anew.",
    ),
    plain(
        "R0906",
        "what the record is joined with was not read to its end",
        "A joined collection broke off, and the pipeline goes on with `on incomplete read continue`. Whether this record has a counterpart there \
         is not known, so nothing that hangs on it is written or cleared, and a record whose `keep`, `skip` or leaving asks for it stays unread. \
         The next complete read judges it.",
    ),
    plain(
        "R0999",
        "an internal error",
        "A value reached a function that the check should have kept from it. This is a mistake in the program, not in your file: report it, with \
         the line and the type of the value. The record is rejected and left alone.",
    ),
];
