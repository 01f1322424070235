//! `E02`: what is named has to be declared, once, and be nameable where it stands.

use super::Page;

pub(super) const PAGES: &[Page] = &[
    Page {
        code: "E0201",
        title: "there is no such system",
        text: "No file that is read declares a system of this name. A pipeline names a system by the word after `system`, in a file that it \
               `use`s, or by the word after `use … as`.",
        bad: "from rh.employees as employee",
        good: "from hr.employees as employee",
    },
    Page {
        code: "E0202",
        title: "the system has no such collection",
        text: "The system is declared, and has no `collection` of this name.",
        bad: "from hr.employes as employee",
        good: "from hr.employees as employee",
    },
    Page {
        code: "E0203",
        title: "the collection has no such attribute",
        text: "An attribute is called by the name that its collection declares, not by the vendor's: the vendor's stands in its path, after `at`. \
               A tenant's own attributes are added by `extend`; what is needed once can be read by its path: `$.badge`.",
        bad: "field email = employee.mail | lower",
        good: "field email = employee.email | lower",
    },
    Page {
        code: "E0204",
        title: "a name stands for nothing here",
        text: "A bare name is a `field` of the pipeline, or inside a system an attribute of the record in the call. All else says where it is \
               from: `employee.email` by the alias after `as`, `current.email` for the counterpart as it is now, `setting.x`.",
        bad: "keep when email is present",
        good: "keep when employee.email is present",
    },
    Page {
        code: "E0205",
        title: "there is no such setting here",
        text: "A setting is declared where it is used: in the pipeline, in the system, or at the top of a file that the pipeline uses. A pipeline \
               does not see the settings of a system.",
        bad: "setting country : text = \"FR\"\nkeep when $.country == setting.contry",
        good: "setting country : text = \"FR\"\nkeep when $.country == setting.country",
    },
    Page {
        code: "E0206",
        title: "the system has no such secret",
        text: "A secret is declared by the system that sends it: `secret api_key`. Its value is a reference in `counterpart.toml`.",
        bad: "secret api_key\nhttp \"https://api.example.com\" {\n  auth bearer secret.token\n}",
        good: "secret api_key\nhttp \"https://api.example.com\" {\n  auth bearer secret.api_key\n}",
    },
    Page {
        code: "E0207",
        title: "there is no such function",
        text: "The functions that `|` applies are a fixed list, in the reference. There is no way to write one: what can't be said with them is to \
               be added to the language.",
        bad: "field email = employee.email | lowercase",
        good: "field email = employee.email | lower",
    },
    Page {
        code: "E0208",
        title: "the collection has no such call",
        text: "`call NAME` in a `leaver` names a `call` that the collection of the target declares, beside its `list`, `create` and `update`.",
        bad: "leaver {\n  when employee.active == false\n  call archive\n}\nguard {\n  leavers at most 10% or 5\n}",
        good: "leaver {\n  when employee.active == false\n  set active = false\n}\nguard {\n  leavers at most 10% or 5\n}",
    },
    Page {
        code: "E0209",
        title: "there is no such table",
        text: "`lookup` names a `table` of this file or of one that it uses: its rows say what becomes of each value, its `else` what of all others.",
        bad: "table divisions {\n  \"Sales\" = \"S1\"\n  else = \"S0\"\n}\nfield division = employee.department | lookup(division)",
        good: "table divisions {\n  \"Sales\" = \"S1\"\n  else = \"S0\"\n}\nfield division = employee.department | lookup(divisions)",
    },
    Page {
        code: "E0210",
        title: "something is declared twice",
        text: "Two of one name, or two statements of which there is one, and nothing says which counts. Take one out or give it another name.",
        bad: "field email = employee.email | lower\nfield email = employee.email | trim",
        good: "field email = employee.email | trim | lower",
    },
    Page {
        code: "E0211",
        title: "a name would mean two things",
        text: "A field can't bear the name of the source record, nor a word that means something in every pipeline, such as `current`, `setting`, \
               `today` or `now`.",
        bad: "field employee = $.name",
        good: "field name = $.name",
    },
    Page {
        code: "E0212",
        title: "a field is made from itself",
        text: "The field uses itself, or another field that uses it, so it has no beginning.",
        bad: "field email = other | lower\nfield other = email | trim",
        good: "field email = other | lower\nfield other = employee.email | trim",
    },
    Page {
        code: "E0213",
        title: "a word is none of those that can stand here",
        text: "The statement takes one of a few words, and this is none of them. The help lists them.",
        bad: "http \"https://api.example.com\" {\n  retry 200, timeout up to 3 times\n}",
        good: "http \"https://api.example.com\" {\n  retry 429, 5xx, timeout up to 3 times\n}",
    },
    Page {
        code: "E0214",
        title: "something can't be named here",
        text: "The name means something, but not at this place: a whole record where one of its attributes is needed, the counterpart before \
               `match` has found it, a record where only settings are known, a name where a value has to stand as it is.",
        bad: "keep when current.email is present",
        good: "keep when employee.email is present",
    },
    Page {
        code: "E0215",
        title: "a secret outside the calls of its system",
        text: "A secret is sent to its own system and nowhere else, so a pipeline can't name it: it could end in an attribute, a report or another \
               system.",
        bad: "field token = secret.api_key",
        good: "secret api_key\nhttp \"https://api.example.com\" {\n  auth bearer secret.api_key\n}",
    },
    Page {
        code: "E0216",
        title: "a write only attribute can't be read",
        text: "The attribute is declared `write only`: the system takes it and never tells it, so nothing can be asked of it.",
        bad: "map {\n  id       = employee.number\n  division = employee.department   keep when missing when current.welcome is missing\n}",
        good: "map {\n  id       = employee.number\n  division = employee.department   keep when missing when current.email is missing\n}",
    },
    Page {
        code: "E0217",
        title: "there is no such pipeline",
        text: "A `test` names the pipeline it is `for`, which has to stand in the same file or in one that it uses.",
        bad: "test \"nobody leaves\" for peple {\n  expect no changes\n}",
        good: "test \"nobody leaves\" for people {\n  expect no changes\n}",
    },
    Page {
        code: "E0218",
        title: "a system was not asked for its attributes yet",
        text: "The system itself tells which attributes there are (`attributes from`), and it was never asked. `counterpart settings verify` asks it, and so \
               do `plan` and `run` before anything is read; `check` reads nothing but the files, and says nothing of such names.",
        bad: "system desk {\n  http \"https://desk.example.com\" {\n  }\n  collection people {\n    key id\n    list GET \"/people\" {\n      items $.people\n    }\n    update PATCH \"/people/{id}\"\n    attributes {\n      id    : text unique at $.id\n      badge : text? at $.badge\n    }\n    part custom {\n      at $.custom\n      attributes from GET \"/fields\" {\n        items $.fields\n        name  $.name\n        type  $.type { \"text\" is text at $[{$.name}] }\n      }\n    }\n  }\n}\nto desk.people\nmatch {\n  id = employee.number\n}\nmode update\nmap {\n  custom.Badge = employee.last_name\n}",
        good: "system desk {\n  http \"https://desk.example.com\" {\n  }\n  collection people {\n    key id\n    list GET \"/people\" {\n      items $.people\n    }\n    update PATCH \"/people/{id}\"\n    attributes {\n      id    : text unique at $.id\n      badge : text? at $.badge\n    }\n    part custom {\n      at $.custom\n      attributes from GET \"/fields\" {\n        items $.fields\n        name  $.name\n        type  $.type { \"text\" is text at $[{$.name}] }\n      }\n    }\n  }\n}\nto desk.people\nmatch {\n  id = employee.number\n}\nmode update\nmap {\n  badge = employee.last_name\n}",
    },
];
