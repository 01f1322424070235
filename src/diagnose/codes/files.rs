//! `E07`: files and settings. `L07`: what is allowed, and yet to be seen by a reviewer. `E09`: what is not supported yet.

use super::{Page, plain};

pub(super) const PAGES: &[Page] = &[
    Page {
        code: "E0701",
        title: "a file is not there",
        text: "`use` and `table … from` name files; the path counts from the folder of the file that names it.",
        bad: "use \"systems/crn.sync\"",
        good: "use \"systems/crm.sync\"",
    },
    plain(
        "E0702",
        "a file is not UTF-8",
        "Files are UTF-8 text; this one holds a byte that is none of it, most likely because it was saved in another encoding (Windows-1252, \
         UTF-16). Save it as UTF-8. Nothing was read of it.",
    ),
    plain(
        "E0703",
        "a file can't be read",
        "The file is there, and the system does not give it: its rights, a folder of that name, a broken disk. The message is the system's own.",
    ),
    Page {
        code: "E0704",
        title: "something waits for itself",
        text: "A file uses itself, alone or in a circle of files; or a pipeline's schedule is `after` itself.",
        bad: "schedule after people",
        good: "schedule every 1 h",
    },
    Page {
        code: "E0705",
        title: "`as` names a system, and the file has not exactly one",
        text: "`use FILE as NAME` gives the system of a file another name, so that one file can serve twice. It needs a file with one system.",
        bad: "use \"systems/both.sync\" as crm",
        good: "use \"systems/both.sync\"",
    },
    Page {
        code: "E0706",
        title: "a schedule or a table that can't be",
        text: "A schedule is never shorter than a minute, and a cron line has five parts; a table's file has the columns that are named, in its \
               first line.",
        bad: "schedule cron \"0 2 * *\"\nzone \"Europe/Paris\"",
        good: "schedule cron \"0 2 * * 1-5\"\nzone \"Europe/Paris\"",
    },
    Page {
        code: "E0707",
        title: "a setting contradicts itself",
        text: "The default or a choice is not of the setting's type, is none of its own choices, or does not match its own pattern.",
        bad: "setting size : int = \"100\"",
        good: "setting size : int = 100",
    },
    Page {
        code: "E0708",
        title: "a secret is never written in a file",
        text: "The value of a secret stands in no file of the language, so that files can be shared and reviewed. It is a reference in \
               `counterpart.toml`, to a variable of the environment or a file: `api_key = { env = \"API_KEY\" }`.",
        bad: "",
        good: "",
    },
    Page {
        code: "E0709",
        title: "a setting does not choose this",
        text: "`[setting.x] = …` writes the attribute that a setting chooses. The setting says so itself: it is declared as `attribute of` the very collection that the pipeline writes to.",
        bad: "setting where : text\nmap {\n  id = employee.number\n  [setting.where] = employee.badge   keep when missing\n}",
        good: "setting where : text attribute of portal.members\nmap {\n  id = employee.number\n  [setting.where] = employee.badge   keep when missing\n}",
    },
    Page {
        code: "L0701",
        title: "people may leave, and no guard says how many",
        text: "Without a guard on leavers the default is in force: 10 %, or 5 where that is more. It is right for most, but it stands nowhere, and a \
               reviewer can't see it. `check --fix` writes it down.",
        bad: "leaver {\n  when employee.active == false\n  set active = false\n}",
        good: "leaver {\n  when employee.active == false\n  set active = false\n}\nguard {\n  leavers at most 10% or 5\n}",
    },
    Page {
        code: "L0702",
        title: "nothing says whether closed accounts stay in the list",
        text: "Many systems leave closed accounts out of their lists. Then an account that we closed looks as if it were gone, unless the \
               collection has a `get`, by which each can be asked for. If closed accounts stay in the list, write `lists closed`.",
        bad: "to crm.contacts\nmap {\n  number = employee.number\n}\nmatch {\n  number = employee.number\n}\nleaver {\n  when employee.active == false\n  set email = \"closed@example.com\"\n}\nguard {\n  leavers at most 10% or 5\n}",
        good: "to crm.contacts\nmap {\n  number = employee.number\n}\nmatch {\n  number = employee.number\n}",
    },
    Page {
        code: "E0901",
        title: "a way to talk to systems that is not supported yet",
        text: "The file is understood, and this version can't do it yet: databases (`sqlite`, `postgres`, `rows`), directories (`ldap`, `entries`), \
               files of XML, and files beside `http` in one system. It is only said of what a pipeline uses.",
        bad: "system hr {\n  sqlite \"hr.db\"\n  collection employees {\n    key number\n    rows \"employees\"\n    attributes {\n      number : text at $.number\n    }\n  }\n}",
        good: "system hr {\n  collection employees {\n    file \"employees.csv\" csv\n    key number\n    attributes {\n      number : text at $.number\n    }\n  }\n}",
    },
];
