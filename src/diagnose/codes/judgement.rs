//! `E04`: who is who, who leaves, and how much may happen.

use super::Page;

pub(super) const PAGES: &[Page] = &[
    Page {
        code: "E0401",
        title: "nothing identifies a record",
        text: "Neither the pipeline nor the source's collection declares a `key`. Links hang on it: it has to be the same for a person in every \
               run, and never given to another one. A number serves, an e-mail address rarely does.",
        bad: "pipeline names {\n  from hr.names as name\n  to portal.members\n  match {\n    id = name.number\n  }\n  mode create and update\n  map {\n    id = name.number\n  }\n}",
        good: "pipeline names {\n  from hr.names as name\n  to portal.members\n  key name.number\n  match {\n    id = name.number\n  }\n  mode create and update\n  map {\n    id = name.number\n  }\n}",
    },
    Page {
        code: "E0402",
        title: "this can't be a key",
        text: "A key is a text or a whole number that tells one record from all others. A constant is the same for all; a decimal, a date or a list \
               has more than one way to be written.",
        bad: "key employee.hired",
        good: "key employee.number",
    },
    Page {
        code: "E0403",
        title: "nobody can be found by this",
        text: "A line of `match` compares an attribute that can be read with a value of the record. A `write only` attribute is never told, and a \
               constant would find the same account for everybody.",
        bad: "match {\n  welcome = employee.active\n}",
        good: "match {\n  id = employee.number\n}",
    },
    Page {
        code: "E0404",
        title: "nothing says how a record finds its counterpart",
        text: "A pipeline that creates or updates needs a `match` with at least one line, and a target that can be read: its `list`, or `match one \
               by one` with a `find by` for each line.",
        bad: "match {\n}",
        good: "match {\n  id = employee.number\n}",
    },
    Page {
        code: "E0405",
        title: "the target can't be asked for one record by this",
        text: "`match one by one` asks the target for each record, by the attribute on the left of the line, so the collection needs a `find by` for \
               it. Where the target can be read whole, plain `match` needs none.",
        bad: "to crm.contacts\nmatch one by one {\n  email = employee.email\n}\nmap {\n  number = employee.number\n}",
        good: "to crm.contacts\nmatch one by one {\n  number = employee.number\n}\nmap {\n  number = employee.number\n}",
    },
    Page {
        code: "E0406",
        title: "somebody would leave because nothing is known",
        text: "`!=`, `not` and `not in` turn a missing value into a yes. If the source one day hides the attribute, everybody would leave, so \
               `leaver when` and `protect when` take them only behind `is present and`.",
        bad: "leaver {\n  when employee.department != \"Sales\"\n  set active = false\n}\nguard {\n  leavers at most 10% or 5\n}",
        good: "leaver {\n  when employee.department is present and employee.department != \"Sales\"\n  set active = false\n}\nguard {\n  leavers at most 10% or 5\n}",
    },
    Page {
        code: "E0407",
        title: "nothing says by whose clocks",
        text: "`today`, `age` and a schedule at a time of day depend on the zone. Say which one counts for this pipeline.",
        bad: "keep when employee.hired <= today",
        good: "zone \"Europe/Paris\"\nkeep when employee.hired <= today",
    },
    Page {
        code: "E0408",
        title: "a join that asks nothing of one side",
        text: "`with … on COND` says which records belong together, so the condition names both: the joined record and the one it is joined to. Without that, every record would be joined to every other.",
        bad: "with crm.contacts as contact on contact.number == \"1\"",
        good: "with crm.contacts as contact on contact.number == employee.number",
    },
    Page {
        code: "E0409",
        title: "a guard with a limit that makes no sense",
        text: "A limit of 0 would hold every run that has anything to do, and a share over 100 % none. A share takes a floor beside it, so that \
               small numbers do not trip it and can't be emptied by it: `at most 10% or 5`.",
        bad: "guard {\n  creates at most 0\n}",
        good: "guard {\n  creates at most 500\n}",
    },
    Page {
        code: "E0410",
        title: "one thing is guarded twice",
        text: "Two lines of `guard` limit the same, and nothing says which one counts.",
        bad: "guard {\n  creates at most 500\n  creates at most 50\n}",
        good: "guard {\n  creates at most 50\n  updates at most 500\n}",
    },
    Page {
        code: "E0411",
        title: "an unanswered create could not be looked up",
        text: "When the answer to a POST is lost, nobody knows whether the account was made. It is looked up before it is sent again, so the \
               collection needs a `list` or a `find by`; or `create` says `repeatable` where the vendor drops doubles, or `on unknown report`.",
        bad: "system crm {\n  http \"https://crm.example.com\" {\n  }\n  collection contacts {\n    key id\n    get GET \"/contacts/{id}\"\n    create POST \"/contacts\"\n    update PATCH \"/contacts/{id}\"\n    attributes {\n      id     : text read only   at $.id\n      number : text unique      at $.number\n      email  : text?            at $.email\n    }\n  }\n}\nto crm.contacts\nmatch one by one {\n  number = employee.number\n}\nmap {\n  number = employee.number\n}",
        good: "system crm {\n  http \"https://crm.example.com\" {\n  }\n  collection contacts {\n    key id\n    get GET \"/contacts/{id}\"\n    find by number GET \"/contacts\" {\n      query \"number\" = number\n      items $.data\n    }\n    create POST \"/contacts\"\n    update PATCH \"/contacts/{id}\"\n    attributes {\n      id     : text read only   at $.id\n      number : text unique      at $.number\n      email  : text?            at $.email\n    }\n  }\n}\nto crm.contacts\nmatch one by one {\n  number = employee.number\n}\nmap {\n  number = employee.number\n}",
    },
    Page {
        code: "E0412",
        title: "a call that the pipeline needs is not declared",
        text: "What the pipeline may do has to be possible: `mode create` needs a `create` call in the target's collection, changes and `set` an \
               `update`, `delete` a `delete`, the source a `list`.",
        bad: "to crm.notes\nmode create and update\nmatch {\n  number = employee.number\n}\nmap {\n  number = employee.number\n}",
        good: "to crm.notes\nmode create\nmatch {\n  number = employee.number\n}\nmap {\n  number = employee.number\n}",
    },
    Page {
        code: "E0413",
        title: "the mode never does this",
        text: "A line is for a case that the `mode` rules out: `on create` in `mode update`, `on update` in `mode create`, `create again` where \
               nobody is created; or a setting chooses the mode and allows words that are none.",
        bad: "mode update\nmap {\n  id   = employee.number\n  name = \"{employee.last_name}\"   on create\n}",
        good: "mode create and update\nmap {\n  id   = employee.number\n  name = \"{employee.last_name}\"   on create\n}",
    },
    Page {
        code: "E0414",
        title: "a pipeline lacks a statement that it can't do without",
        text: "A pipeline says where its records come `from`, where they go `to`, its `mode`, and what it writes: a `map` or a `leaver`. What a run \
               may do stands in the file; it is never guessed.",
        bad: "pipeline names {\n  from hr.names as name\n  to portal.members\n  key name.number\n  match {\n    id = name.number\n  }\n  map {\n    id = name.number\n  }\n}",
        good: "pipeline names {\n  from hr.names as name\n  to portal.members\n  key name.number\n  match {\n    id = name.number\n  }\n  mode create and update\n  map {\n    id = name.number\n  }\n}",
    },
    Page {
        code: "E0415",
        title: "a leaver block that says too little",
        text: "A `leaver` says who leaves (`when …`) and what is done then (`set`, `call`, `delete`); `create again` stands only in its `on \
               return`. A block of `protect when` alone needs neither.",
        bad: "leaver {\n  when employee.active == false\n}\nguard {\n  leavers at most 10% or 5\n}",
        good: "leaver {\n  when employee.active == false\n  set active = false\n}\nguard {\n  leavers at most 10% or 5\n}",
    },
    Page {
        code: "E0416",
        title: "rows of one record that can't be told apart",
        text: "`each` makes a row for each element of a list, and a key tells one row from another. All rows of a record would have the same key, so the element has to be part of it.",
        bad: "each team in employee.teams\nkey employee.number",
        good: "each team in employee.teams\nkey \"{employee.number}-{team}\"",
    },
    Page {
        code: "E0417",
        title: "an incremental read that would miss something",
        text: "`since last run` reads what changed. Its source has to be asked for that (`since` in its `list`); and what happens without a change is only noticed by a full read: somebody missing, a joined record that changed, a day that has come for somebody who was left out until then, or for anybody where the collection has no `get`, the record that counts of two with one key (`one per key`). `from` is a day, and belongs to `mode append`.",
        bad: "since last run, lookback 1 h",
        good: "system hr {\n  http \"https://hr.example.com\" {\n  }\n  collection employees {\n    key number\n    list GET \"/employees\" {\n      query \"changed_after\" = since\n      items $.data\n    }\n    attributes {\n      number : text at $.number\n    }\n  }\n}\nsince last run, lookback 1 h",
    },
    Page {
        code: "E0418",
        title: "`mode append` never does this",
        text: "Events are sent once per key and never touched again: no counterpart is looked for, none is changed, none leaves. So there is no `match`, no `leaver` and no line `on update`.",
        bad: "mode append\nto crm.contacts\nmap {\n  number = employee.number\n}",
        good: "pipeline events {\n  from hr.employees as employee\n  to crm.contacts\n  mode append\n  map {\n    number = employee.number\n  }\n}",
    },
    Page {
        code: "E0419",
        title: "the links can't be asked by this",
        text: "`counterpart` turns the source's name of another record into the target's id of it. It is asked by the `key` of the source's \
               collection, and both collections declare one.",
        bad: "field manager = employee.floor | counterpart",
        good: "field manager = employee.manager | counterpart",
    },
    Page {
        code: "E0420",
        title: "nothing tells which events were sent",
        text: "An event is sent once. When an answer is lost, or the state is restored from an old copy, something else than this program has to tell what was sent: a `find by`, a `create` that is `repeatable by` a stable id, or a day before which nothing is sent (`since last run from 2026-03-01`).",
        bad: "pipeline events {\n  from hr.employees as employee\n  to crm.notes\n  mode append\n  map {\n    number = employee.number\n  }\n}",
        good: "pipeline events {\n  from hr.employees as employee\n  to crm.contacts\n  mode append\n  map {\n    number = employee.number\n  }\n}",
    },
    Page {
        code: "E0421",
        title: "nothing says who wins where both sides change",
        text: "Two pipelines go in opposite directions between the same two collections, and each writes what the other reads. When both sides have changed, one of them wins: `on conflict newest`, `this` (this direction writes), `other` or `hold`. One of the two lines says it; where both do, they agree.",
        bad: "pipeline out {\n  from hr.employees as employee\n  to portal.members\n  match {\n    id = employee.number\n  }\n  mode update\n  map {\n    email = employee.email   keep when missing\n  }\n}\npipeline back {\n  from portal.members as member\n  to hr.employees\n  match {\n    number = member.id\n  }\n  mode update\n  map {\n    email = member.email   keep when missing\n  }\n}",
        good: "pipeline out {\n  from hr.employees as employee\n  to portal.members\n  match {\n    id = employee.number\n  }\n  mode update\n  map {\n    email = employee.email   keep when missing on conflict this\n  }\n}\npipeline back {\n  from portal.members as member\n  to hr.employees\n  match {\n    number = member.id\n  }\n  mode update\n  map {\n    email = member.email   keep when missing\n  }\n}",
    },
    Page {
        code: "E0422",
        title: "two directions can't share their links by this",
        text: "Two directions between the same two collections share their links: each link is read from both ends, so each end is named by the `key` of its collection. A pipeline has one other direction.",
        bad: "pipeline out {\n  from hr.employees as employee\n  to portal.members\n  key employee.last_name\n  match {\n    id = employee.number\n  }\n  mode update\n  map {\n    name = employee.last_name\n  }\n}\npipeline back {\n  from portal.members as member\n  to hr.employees\n  match {\n    number = member.id\n  }\n  mode update\n  map {\n    room = member.division   keep when missing\n  }\n}",
        good: "pipeline out {\n  from hr.employees as employee\n  to portal.members\n  match {\n    id = employee.number\n  }\n  mode update\n  map {\n    name = employee.last_name\n  }\n}\npipeline back {\n  from portal.members as member\n  to hr.employees\n  match {\n    number = member.id\n  }\n  mode update\n  map {\n    room = member.division   keep when missing\n  }\n}",
    },
    Page {
        code: "E0423",
        title: "both directions delete",
        text: "A record that somebody deletes by mistake on one side would be deleted on the other side because of it. At most one of two directions deletes.",
        bad: "pipeline out {\n  from hr.employees as employee\n  to portal.members\n  match {\n    id = employee.number\n  }\n  mode update\n  map {\n    name = employee.last_name\n  }\n  leaver {\n    when employee.active == false\n    delete\n  }\n  guard {\n    leavers at most 10% or 5\n  }\n}\npipeline back {\n  from portal.members as member\n  to hr.employees\n  match {\n    number = member.id\n  }\n  mode update\n  map {\n    room = member.division   keep when missing\n  }\n  leaver {\n    when member.name == \"gone\"\n    delete\n  }\n  guard {\n    leavers at most 10% or 5\n  }\n}",
        good: "pipeline out {\n  from hr.employees as employee\n  to portal.members\n  match {\n    id = employee.number\n  }\n  mode update\n  map {\n    name = employee.last_name\n  }\n  leaver {\n    when employee.active == false\n    delete\n  }\n  guard {\n    leavers at most 10% or 5\n  }\n}\npipeline back {\n  from portal.members as member\n  to hr.employees\n  match {\n    number = member.id\n  }\n  mode update\n  map {\n    room = member.division   keep when missing\n  }\n}",
    },
    Page {
        code: "E0424",
        title: "nothing tells which side is the newest",
        text: "`on conflict newest` compares when each record was changed. Both collections name the attribute that tells it, of the type `datetime`: `changed modified_at`.",
        bad: "pipeline out {\n  from hr.employees as employee\n  to portal.members\n  match {\n    id = employee.number\n  }\n  mode update\n  map {\n    email = employee.email   keep when missing on conflict newest\n  }\n}\npipeline back {\n  from portal.members as member\n  to hr.employees\n  match {\n    number = member.id\n  }\n  mode update\n  map {\n    email = member.email   keep when missing\n  }\n}",
        good: "pipeline out {\n  from hr.employees as employee\n  to portal.members\n  match {\n    id = employee.number\n  }\n  mode update\n  map {\n    email = employee.email   keep when missing on conflict hold\n  }\n}\npipeline back {\n  from portal.members as member\n  to hr.employees\n  match {\n    number = member.id\n  }\n  mode update\n  map {\n    email = member.email   keep when missing\n  }\n}",
    },
    Page {
        code: "E0425",
        title: "two pipelines write the same",
        text: "An attribute has one owner over all files of the folder: two pipelines that write it would take it from each other in every run. They may both write it if no record is in the scope of both: a `keep` or `skip` on the same attribute, or `enabled when` on a shared setting, with values that exclude each other. What opens and closes accounts has one owner, too.",
        bad: "pipeline sales {\n  from hr.employees as employee\n  to portal.members\n  match {\n    id = employee.number\n  }\n  mode update\n  map {\n    name = employee.last_name\n  }\n}\npipeline others {\n  from hr.employees as employee\n  to portal.members\n  match {\n    id = employee.number\n  }\n  mode update\n  map {\n    name = employee.last_name\n  }\n}",
        good: "pipeline sales {\n  from hr.employees as employee\n  to portal.members\n  keep when employee.department == \"Sales\"\n  match {\n    id = employee.number\n  }\n  mode update\n  map {\n    name = employee.last_name\n  }\n}\npipeline others {\n  from hr.employees as employee\n  to portal.members\n  skip when employee.department == \"Sales\"\n  match {\n    id = employee.number\n  }\n  mode update\n  map {\n    name = employee.last_name\n  }\n}",
    },
    Page {
        code: "E0426",
        title: "a part can't be changed once it is there",
        text: "A part that calls of its own write is created by its `create` and changed by its `update`. Without an `update`, what is written into it is written once: the lines stand `on create`, and no `leaver` sets them.",
        bad: "system desk {\n  http \"https://desk.example.com\" {\n  }\n  collection people {\n    key id\n    list GET \"/people\" {\n      items $.people\n    }\n    attributes {\n      id : text unique at $.id\n    }\n    part phone {\n      at $.phone\n      create POST \"/people/{id}/phones\" {\n        body json\n      }\n      attributes {\n        id     : text read only at $.id\n        number : text at $.number\n      }\n    }\n  }\n}\nto desk.people\nmatch {\n  id = employee.number\n}\nmode update\nmap {\n  phone.number = employee.last_name\n}",
        good: "system desk {\n  http \"https://desk.example.com\" {\n  }\n  collection people {\n    key id\n    list GET \"/people\" {\n      items $.people\n    }\n    attributes {\n      id : text unique at $.id\n    }\n    part phone {\n      at $.phone\n      create POST \"/people/{id}/phones\" {\n        body json\n      }\n      update PATCH \"/phones/{phone.id}\" {\n        body json\n      }\n      attributes {\n        id     : text read only at $.id\n        number : text at $.number\n      }\n    }\n  }\n}\nto desk.people\nmatch {\n  id = employee.number\n}\nmode update\nmap {\n  phone.number = employee.last_name\n}",
    },
];
