//! Names: what is not declared, and what is declared twice.

use crate::diagnose::codes::{Page, plain};

pub(super) const PAGES: &[Page] = &[
    plain(
        "E0201",
        "no such system",
        "`from`, `to`, `with` and `extend` name a system and one of its collections. A system is declared by `system NAME { … }` in this file or in \
         one that it uses; a file used by `use \"…\" as NAME` declares its system under that name.",
    ),
    plain(
        "E0202",
        "no such collection",
        "The system is known and has no collection of this name. The collections stand in its `system` block.",
    ),
    Page {
        code: "E0203",
        title: "no such attribute",
        text: "An attribute is called by the name that the collection declares for it, not by the vendor's own: the vendor's stands in its path, \
               after `at`. Where the name is found in a path, that attribute is meant. A tenant's own attributes are added by `extend`.",
        bad: "field email = employee.mail",
        good: "field email = employee.email",
    },
    plain(
        "E0204",
        "a name stands for nothing here",
        "A bare name is a field of the pipeline; in a system file it is an attribute of the record in the call. Whatever else is meant says where \
         it is from: `employee.email` by the alias of the source, `current.email` of the counterpart, `setting.x`.",
    ),
    plain(
        "E0205",
        "no such setting",
        "A setting is declared where it is used: in the pipeline, in its system, or at the top of a file that the pipeline uses. \
         A pipeline does not see the settings of a system.",
    ),
    plain("E0206", "no such secret", "A secret is declared in its system: `secret api_key`. Its value is never written in a file."),
    plain(
        "E0207",
        "no such function",
        "What stands after `|` is one of the functions of the language; `counterpart explain` followed by a name tells how it is used.",
    ),
    plain("E0208", "no such call", "`call NAME` runs an operation that the target's collection declares as `call NAME METHOD \"/…\"`."),
    plain("E0209", "no such table", "`lookup(NAME)` asks a table of this file or of one that it uses: `table NAME { \"a\" = \"b\" }`."),
    plain(
        "E0210",
        "declared twice",
        "A name, a statement that stands once, or a row of a table is there two times, so that one of the two would be ignored.",
    ),
    plain(
        "E0211",
        "one name, two meanings",
        "The alias of a record and a field never share a name, and neither is called `current`, `setting`, `secret`, `today` or `now`: \
         a reader could not tell which is meant.",
    ),
    plain("E0212", "a field is made from itself", "A field may use other fields, but in the end each has to be made from the record."),
    plain("E0213", "a word is none of those that can stand here", "The place takes one of a few words, and the help lists them."),
    plain(
        "E0214",
        "not known at this place",
        "The name is right and means nothing here: no counterpart is known before `match`, no record in a `require` or a setting's default, \
         no day in a table.",
    ),
    plain(
        "E0215",
        "a secret outside of its system",
        "Secrets are used where a system is called, and nowhere else: a pipeline can neither read nor write one.",
    ),
    plain(
        "E0216",
        "a write-only attribute is read",
        "The system takes this attribute and never gives it back, so that nothing can be compared with it.",
    ),
    plain("E0217", "no such pipeline", "`test … for NAME` names a pipeline of this file or of one that it uses."),
];
