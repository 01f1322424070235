//! Keys, matches, leavers, guards, and lints.

use crate::diagnose::codes::{Page, plain};

pub(super) const PAGES: &[Page] = &[
    plain(
        "E0401",
        "no key",
        "The key identifies a source record for ever: links hang on it. By default it is the `key` of the source's collection; where that declares \
         none, the pipeline says it.",
    ),
    plain("E0402", "no key for records", "A key is a text or a whole number that differs from record to record."),
    plain(
        "E0403",
        "a match that can't find",
        "A line of `match` compares a readable attribute of the target with something of the source record.",
    ),
    plain(
        "E0404",
        "no way to find the counterpart",
        "Without `match` every record would get a new account. The target is read whole by its `list`; where there is none, `match one by one` \
         asks `find by` for each record.",
    ),
    plain(
        "E0405",
        "no call to find one record",
        "`match one by one` asks the target for each record, by a `find by` of one of the attributes of the line.",
    ),
    Page {
        code: "E0406",
        title: "somebody would leave because nothing is known",
        text: "`!=`, `not` and `not in` are true of a missing value. If a system stops sending the attribute, everybody would leave at once, \
               or be protected. Ask first whether the value is there, or ask for the value that means it.",
        bad: "leaver { when employee.status != \"active\" }",
        good: "leaver { when employee.status is present and employee.status != \"active\" }",
    },
    plain(
        "E0407",
        "a day without a zone",
        "`today`, and the hour of a schedule, are by somebody's clocks: `zone \"Europe/Paris\"` is a line of the pipeline wherever one of them is used.",
    ),
    plain("E0409", "a guard that makes no sense", "A guard is a share up to 100%, a number above 0, or both: `leavers at most 10% or 5`."),
    plain(
        "E0410",
        "guarded twice",
        "Two guards limit the same thing, and only one can be meant. A limit over a time (`over 7 days`) stands beside one for each run.",
    ),
    plain(
        "E0411",
        "a create that can't be repeated safely",
        "When the answer to a POST is lost, the account may exist. It is looked up before the request is repeated, by a `find by` or by the next \
         list; where there is neither, the call has to say `repeatable`, or `on unknown report`.",
    ),
    plain("E0412", "a call is missing", "The pipeline does something that the collection declares no call for."),
    plain(
        "E0413",
        "against the mode",
        "`mode update` never creates, `mode create` never changes; a line that asks for what the mode never does would never be used.",
    ),
    plain(
        "E0414",
        "a statement is missing",
        "A pipeline says where its records come from, where it writes, what, and whether it creates or updates.",
    ),
    plain(
        "E0415",
        "an incomplete leaver block",
        "A `leaver` block says who leaves (`when …`) and what is done to the account (`set`, `call`, `delete`).",
    ),
    plain(
        "E0419",
        "`counterpart` is asked by something else",
        "`x | counterpart` takes what the source's collection calls its records by, its `key`, and gives the target's key of that record.",
    ),
    Page {
        code: "L0701",
        title: "leavers without a guard",
        text: "People may leave, and nothing in the file says how many at most in one run. A default is in force: 10 % of the open links, or 5 where \
               that is more. Write it down, so that a reviewer sees it.",
        bad: "leaver { … }",
        good: "leaver { … }\nguard { leavers at most 10% or 5 }",
    },
    plain(
        "L0702",
        "closed accounts may be hidden",
        "Once an account is closed, the list of the target may no longer show it. Unless the collection says `lists closed`, or has a `get`, an account \
         that is not listed can't be told from one that is gone.",
    ),
];
