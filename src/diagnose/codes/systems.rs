//! `E05` and `E06`: systems, their calls and attributes; paths, functions and patterns.

use super::Page;

pub(super) const PAGES: &[Page] = &[
    Page {
        code: "E0501",
        title: "nothing says where the records are",
        text: "A system is reached by `http`, or its collections are `file`s. This one says neither.",
        bad: "system staff {\n  collection people {\n    key id\n    attributes {\n      id : text at $.id\n    }\n  }\n}",
        good: "system staff {\n  collection people {\n    file \"staff.csv\" csv\n    key id\n    attributes {\n      id : text at $.id\n    }\n  }\n}",
    },
    Page {
        code: "E0502",
        title: "nothing says where the records stand in the answer",
        text: "`list` and `find by` give several records; `items` is the path of that list in the answer.",
        bad: "list GET \"/people\"",
        good: "list GET \"/people\" {\n  items $.data\n}",
    },
    Page {
        code: "E0503",
        title: "the pages do not turn",
        text: "`page by` says how pages follow one another, and a query has to send it: `page.offset` or `page.number`, with `page.size`. Without \
               one of the two every answer would be the first page.",
        bad: "list GET \"/people\" {\n  query \"limit\" = page.size\n  page by offset size 100\n  items $.data\n}",
        good: "list GET \"/people\" {\n  query \"offset\" = page.offset\n  query \"limit\"  = page.size\n  page by offset size 100\n  items $.data\n}",
    },
    Page {
        code: "E0505",
        title: "a format that does not fit its attribute",
        text: "Dates and datetimes have patterns (`\"%d/%m/%Y\"`) or `unix_seconds`, bools two words (`\"yes\" or \"no\"`); texts and numbers have no \
               format. A date needs its day, month and year, a datetime its time and an offset or a zone: `in \"Europe/Paris\"`.",
        bad: "hired : date? at $.hired format \"%m/%Y\"",
        good: "hired : date? at $.hired format \"%d/%m/%Y\"",
    },
    Page {
        code: "E0506",
        title: "there is no such time zone",
        text: "Zones bear the names of the tz database: a continent and a city, or `UTC`. Short names such as `CET` say nothing of summer time.",
        bad: "zone \"Europe/Pariss\"",
        good: "zone \"Europe/Paris\"",
    },
    Page {
        code: "E0508",
        title: "an attribute does not say where it stands",
        text: "Every attribute has a path in the record: `at $.mail`. It is read and written there, unless `written at` says another one.",
        bad: "email : text?",
        good: "email : text? at $.email",
    },
    Page {
        code: "E0509",
        title: "nothing can be written at this path",
        text: "A path that is written consists of names, indexes and equality filters, which build the element they look for: \
               `$.emails[?@.type == \"work\"].value`. Anything else may find nothing or several, so such an attribute is `read only`, or has a \
               `written at`.",
        bad: "email : text? at $.mail written at $.emails[*].value",
        good: "email : text? at $.mail written at $.emails[?@.type == \"work\"].value",
    },
    Page {
        code: "E0510",
        title: "an attribute contradicts itself",
        text: "The words after the type exclude each other or do not fit the type: `read only` with `create only`, `ignoring order` on what is no \
               list, `opens` on a text without the value that opens. One attribute of a collection opens or closes.",
        bad: "status : text opens at $.status",
        good: "status : text opens when \"Active\" at $.status",
    },
    Page {
        code: "E0513",
        title: "this can't name, label or date a record",
        text: "`key` names an attribute that can be read, a text or a whole number; `label` is a text; `changed` is a datetime, a date or a number \
               that grows.",
        bad: "key active\nattributes {\n  id     : text at $.id\n  active : bool at $.active\n}",
        good: "key id\nattributes {\n  id     : text at $.id\n  active : bool at $.active\n}",
    },
    Page {
        code: "E0514",
        title: "a limit of nothing",
        text: "`limit` is how many requests may be sent in a second, a minute, an hour or a day, and how many at once. With 0 none would ever be sent.",
        bad: "http \"https://api.example.com\" {\n  limit 0 per minute\n}",
        good: "http \"https://api.example.com\" {\n  limit 60 per minute, 4 at once\n}",
    },
    Page {
        code: "E0515",
        title: "a SCIM patch by another method",
        text: "`body scim_patch` sends what differs as SCIM's list of operations, which goes by PATCH. A PUT takes the record: `body json`.",
        bad: "update PUT \"/Users/{id}\" {\n  body scim_patch\n}",
        good: "update PATCH \"/Users/{id}\" {\n  body scim_patch\n}",
    },
    Page {
        code: "E0516",
        title: "a delimiter is one character",
        text: "The columns of a CSV file are parted by one character: `\",\"`, `\";\"` or `\"\\t\"`.",
        bad: "file \"people.csv\" csv {\n  delimiter \";;\"\n}",
        good: "file \"people.csv\" csv {\n  delimiter \";\"\n}",
    },
    Page {
        code: "E0518",
        title: "this is no address",
        text: "The base of `http` begins with `https://` (or `http://`, on a network of your own), and the path of a call with `/`: it is added to \
               the base.",
        bad: "http \"api.example.com\" {\n}",
        good: "http \"https://api.example.com\" {\n}",
    },
    Page {
        code: "E0520",
        title: "a sign-in lacks a line",
        text: "Each grant of OAuth 2 needs its own lines: all of them `token`, the address; `client_credentials` and `refresh_token` a `client`, \
               `password` also a `user`, `refresh_token` a `refresh`, and `jwt_bearer` a `key` with `claims`.",
        bad: "system hr {\n  setting client_id : text\n  secret  client_secret\n  http \"https://hr.example.com\" {\n    auth oauth2 client_credentials {\n      token  \"https://id.example.com/token\"\n    }\n  }\n  collection employees {\n    key number\n    list GET \"/employees\" {\n      items $.employees\n    }\n    attributes {\n      number : text at $.number\n    }\n  }\n}",
        good: "system hr {\n  setting client_id : text\n  secret  client_secret\n  http \"https://hr.example.com\" {\n    auth oauth2 client_credentials {\n      token  \"https://id.example.com/token\"\n      client setting.client_id, secret.client_secret\n    }\n  }\n  collection employees {\n    key number\n    list GET \"/employees\" {\n      items $.employees\n    }\n    attributes {\n      number : text at $.number\n    }\n  }\n}",
    },
    Page {
        code: "E0521",
        title: "a batch without the answer for each record, or with the values of one",
        text: "A call for many records may do some and refuse others, in one answer with a 200. `results` says where the answer for each stands, \
               which record it is about, and what went wrong. What is sent is one request for all: `batch.id` are the ids of all of them, a line of \
               `body` with `[*]` in its path is made for each, and `batch 100 by ATTR` gathers those that have one value there.",
        bad: "system hr {\n  setting client_id : text\n  secret  client_secret\n  http \"https://hr.example.com\" {\n  }\n  collection employees {\n    key number\n    list GET \"/employees\" {\n      items $.employees\n    }\n    call close PATCH \"/employees/close\" {\n      batch 100\n      body json { $.numbers = batch.number }\n    }\n    attributes {\n      number : text at $.number\n    }\n  }\n}",
        good: "system hr {\n  setting client_id : text\n  secret  client_secret\n  http \"https://hr.example.com\" {\n  }\n  collection employees {\n    key number\n    list GET \"/employees\" {\n      items $.employees\n    }\n    call close PATCH \"/employees/close\" {\n      batch 100\n      body json { $.numbers = batch.number }\n      results $ {\n        id    $.number\n        error $.error\n      }\n    }\n    attributes {\n      number : text at $.number\n    }\n  }\n}",
    },
    Page {
        code: "E0522",
        title: "a line that would do nothing where it stands",
        text: "Each call, part and way to sign in has lines of its own: `page` turns the pages of a `list`, `results` are those of a write, \
               `user` signs in by `password`. Elsewhere such a line would go unheard, and whoever wrote it counts on it.",
        bad: "system hr {\n  http \"https://hr.example.com\" {\n  }\n  collection employees {\n    key number\n    list GET \"/employees\" {\n      items $.employees\n    }\n    get GET \"/employees/{number}\" {\n      items $.employees\n    }\n    attributes {\n      number : text at $.number\n    }\n  }\n}",
        good: "system hr {\n  http \"https://hr.example.com\" {\n  }\n  collection employees {\n    key number\n    list GET \"/employees\" {\n      items $.employees\n    }\n    get GET \"/employees/{number}\" {\n      item $.employee\n    }\n    attributes {\n      number : text at $.number\n    }\n  }\n}",
    },
    Page {
        code: "E0601",
        title: "this is no JSON path, or one that is refused",
        text: "Paths are those of RFC 9535: `$.name`, `$[\"a name\"]`, `$.list[0]`, `$.list[?@.type == \"work\"].value`. Some forms of it are refused, \
               because libraries read them differently; the help says what to write.",
        bad: "field badge = $.extra[?@.name = \"badge\"].value",
        good: "field badge = $.extra[?@.name == \"badge\"].value",
    },
    Page {
        code: "E0602",
        title: "a function is given what it can't take",
        text: "The value before `|` is of a type that the function does not work on. Its page in the reference says what it takes and gives.",
        bad: "field floor = employee.floor | lower",
        good: "field floor = \"{employee.floor}\" | lower",
    },
    Page {
        code: "E0603",
        title: "an argument that the function can't use",
        text: "What stands in `( )` after a function is the same for every record: a literal or a setting, of the type that the signature shows.",
        bad: "field number = employee.number | pad(\"8\", \"0\")",
        good: "field number = employee.number | pad(8, \"0\")",
    },
    Page {
        code: "E0604",
        title: "too few or too many arguments",
        text: "The function takes another number of values in `( )`. Its signature stands in the help.",
        bad: "field number = employee.number | pad(8)",
        good: "field number = employee.number | pad(8, \"0\")",
    },
    Page {
        code: "E0605",
        title: "this is no regular expression",
        text: "The pattern after `matches` can't be read. What stands between its quotes is taken as it is; look-around and back references do not \
               exist here, so that no pattern can take for ever.",
        bad: "keep when employee.number matches \"^[0-9{5}$\"",
        good: "keep when employee.number matches \"^[0-9]{5}$\"",
    },
];
