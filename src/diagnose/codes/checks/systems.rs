//! Systems, paths, functions, files, settings, and what is not there yet.

use crate::diagnose::codes::{Page, plain};

pub(super) const PAGES: &[Page] = &[
    plain("E0501", "a system without a connection", "Records are behind `http`, or in a `file` that the collection names."),
    plain(
        "E0502",
        "no path to the records",
        "The answer to `list` and `find by` holds records somewhere: `items $.data` says where, `items $` that it is the list itself.",
    ),
    plain(
        "E0503",
        "pages that don't turn",
        "`page by …` and what is sent belong together: a call that sends `page.offset` says how pages follow, and one that has pages sends which it wants.",
    ),
    plain(
        "E0505",
        "a format that does not fit",
        "A date needs a day, a month and a year; a datetime a time besides, and an offset or a zone (`in \"UTC\"`); a bool two texts. \
         Patterns are written with `%Y %m %d %H %M %S %z` and their like.",
    ),
    plain("E0506", "no such time zone", "Zones have the names of the IANA database, such as `Europe/Paris` or `UTC`."),
    plain("E0508", "an attribute without a path", "`at $.path` says where the attribute stands in a record; it is read and written there."),
    plain(
        "E0509",
        "a path that can't be written",
        "Names, indexes and equality filters say where a value goes; `*`, `..` and other filters find values and can't place one.",
    ),
    plain(
        "E0510",
        "words of an attribute that do not go together",
        "The words after the type contradict each other, or do not go with the type.",
    ),
    plain("E0513", "not fit for this", "`key` names a text or a whole number that is read, `label` a text, `changed` a datetime."),
    plain("E0514", "a limit of nothing", "A limit of 0 requests would never send anything."),
    plain("E0515", "a SCIM patch is a PATCH", "`body scim_patch` lists operations as RFC 7644 has them, for the method PATCH alone."),
    plain("E0516", "not one character", "The delimiter of a CSV file is one character."),
    plain("E0518", "not an address", "The base of `http` begins with `https://`; the paths of calls begin with `/` and are added to it."),
    plain(
        "E0601",
        "a JSON path that can't be used",
        "Paths are those of RFC 9535: `$.a.b`, `$[\"a b\"]`, `$.list[0]`, `$.list[?@.type == \"work\"].value`. Forms that libraries read differently \
         are refused, so that a path never finds what nobody meant.",
    ),
    plain("E0602", "a function on a value it does not take", "The function works on another type; the label shows what stands before `|`."),
    plain(
        "E0603",
        "a wrong argument",
        "What stands in `( )` is the same for every record: a literal or a setting, of the type that the function wants.",
    ),
    plain("E0604", "too few or too many arguments", "The help shows how the function is written."),
    plain(
        "E0605",
        "not a regular expression",
        "Regular expressions have no look-around and no back-references, so that none can take for ever.",
    ),
    plain("E0701", "no such file", "The path in `use` and `table … from` counts from the folder of the file that it stands in."),
    plain("E0702", "not UTF-8", "Files are UTF-8 text; the byte at the named place is none of it."),
    plain("E0703", "a file can't be read", "The system refuses to give the file; it says why."),
    plain("E0704", "a pipeline that uses itself", "Files that use each other, or a schedule that waits for itself, have no beginning."),
    plain(
        "E0705",
        "`as` names one system",
        "`use \"…\" as NAME` gives the system of a file another name, so that two of its kind can be used; the file must declare exactly one.",
    ),
    plain(
        "E0706",
        "a table or schedule that can't be read",
        "A table from a file needs a CSV file with the two columns; a schedule has a shortest step of a minute; a cron line has five parts.",
    ),
    plain("E0707", "a default that does not fit", "The default of a setting is of its type, one of its choices, and matches its pattern."),
    plain(
        "E0708",
        "a secret in a file",
        "Secrets are references (`env`, `file`, …) in `counterpart.toml`, never values in a file that is shared.",
    ),
    plain(
        "E0901",
        "this way to talk to a system is not supported yet",
        "The file is right; this version can't do it. It is reported only where a pipeline needs it.",
    ),
    plain("E0902", "this statement is not supported yet", "The file is right; this version can't do it."),
    plain(
        "E0903",
        "this kind of attribute is not supported yet",
        "Attributes of parts, and those that a system tells of itself, can be declared and not used yet.",
    ),
    plain(
        "E0904",
        "this kind of setting is not supported yet",
        "Settings with live choices, or that name an attribute, can be declared and not used yet.",
    ),
];
