//! Collections, their parts, and the attributes of both.

use super::entry::Entry;
use crate::syntax::grammar::Rule as R;

const COLLECTION: &[R] = &[R::collection_block];
const ATTRIBUTES: &[R] = &[R::attribute_block];
const FOUND: &[R] = &[R::discovered_block];

pub(super) const ENTRIES: &[Entry] = &[
    Entry::new(
        "collection",
        R::collection_stmt,
        &[R::system_block],
        "Describes one kind of record of a system: its key, its calls or its file, and its attributes.",
        "collection people {\n  key id\n  attributes {\n    id : text at $.id\n  }\n}",
    ),
    Entry::new(
        "part",
        R::part_stmt,
        COLLECTION,
        "Describes a record inside the record, with attributes and, if wanted, calls of its own.",
        "part address {\n  at $.address\n  attributes {\n    city : text? at $.city\n  }\n}",
    )
    .only_in(&["collection"]),
    Entry::new(
        "key",
        R::coll_key,
        COLLECTION,
        "Names the attribute that identifies a record permanently, or several that do so together.",
        "key id",
    )
    .only_in(&["collection"])
    .once(),
    Entry::new("label", R::coll_label, COLLECTION, "Names what reports show next to the key.", "label email")
        .only_in(&["collection"])
        .once()
        .default("the key"),
    Entry::new("changed", R::coll_changed, COLLECTION, "Names the attribute with the time of the last change.", "changed updated_at")
        .only_in(&["collection"])
        .once(),
    Entry::new(
        "lists",
        R::coll_lists,
        COLLECTION,
        "Says whether the list shows closed accounts too: with `lists all` a record that is not listed has no account.",
        "lists all",
    )
    .only_in(&["collection"])
    .once()
    .default("unknown over HTTP; a file lists all")
    .with("all open only"),
    Entry::new(
        "consistent within",
        R::coll_consistent,
        COLLECTION,
        "Says how long a new record may take to appear in lists.",
        "consistent within 30 s",
    )
    .only_in(&["collection"])
    .once()
    .default("60 seconds"),
    Entry::new(
        "requested as",
        R::coll_requested_as,
        COLLECTION,
        "Gives the name that `requested.fields` has for a part.",
        "requested as \"address\"",
    )
    .only_in(&["part"])
    .once()
    .default("its path"),
    Entry::new("at", R::coll_at, COLLECTION, "Gives the path of a part in the record.", "at $.address").only_in(&["part"]).once(),
    Entry::new(
        "written at",
        R::coll_written_at,
        COLLECTION,
        "Gives the path at which a part is written, where it differs from the one at which it is read.",
        "written at $.address",
    )
    .only_in(&["part"])
    .once()
    .default("the path after `at`"),
    Entry::new(
        "attributes",
        R::attributes_stmt,
        COLLECTION,
        "Lists the attributes, each with its type and its path. A `?` after the type says that the value may be missing.",
        "attributes {\n  id    : text  at $.id\n  email : text? at $.email\n}",
    ),
    Entry::new(
        "attributes from",
        R::discovered_stmt,
        COLLECTION,
        "Asks the system which attributes there are.",
        "attributes from GET \"/fields\" {\n  items $.fields\n  name  $.name\n  type  $.type\n}",
    )
    .once(),
    Entry::new("items", R::found_items, FOUND, "Gives the path of the list of attributes in the answer.", "items $.fields").once(),
    Entry::new("name", R::found_name, FOUND, "Gives the path of the name of an attribute.", "name $.name").once(),
    Entry::new(
        "type",
        R::found_type,
        FOUND,
        "Gives the path of the vendor's type, and what each is here.",
        "type $.type {\n  \"string\" is text at $[{$.name}]\n}",
    )
    .once()
    .with("is"),
    Entry::new(
        "file",
        R::file_stmt,
        COLLECTION,
        "Names the file of the records and its format: `csv`, `json`, `json_lines` or `xml`, with options in `{ }`. Records are read from it and written to it. With `newest` the name is a pattern, and the file that fits it and was changed last is read, once nobody has written to it for 5 seconds.",
        "file \"people.csv\" csv { delimiter = \";\" }",
    )
    .only_in(&["collection"])
    .once()
    .with("newest"),
    Entry::new(
        "list",
        R::list_stmt,
        COLLECTION,
        "Names what a connection reads: a table or a query in three quotation marks, or the name of an entry of a directory, and a filter. Neither is supported yet.",
        "list \"employees\"",
    )
    .only_in(&["collection"])
    .once()
    .with("where"),
    Entry::new("unique", R::attr_unique, ATTRIBUTES, "Says that no two records have the same value.", "email : text unique at $.email"),
    Entry::new(
        "read only",
        R::attr_read_only,
        ATTRIBUTES,
        "Says that the vendor sets the value: it is never written.",
        "id : text read only at $.id",
    ),
    Entry::new(
        "write only",
        R::attr_write_only,
        ATTRIBUTES,
        "Says that the value can be written and is never read back.",
        "pin : text? write only at $.pin",
    ),
    Entry::new(
        "create only",
        R::attr_create_only,
        ATTRIBUTES,
        "Says that the value is written when the record is created, and never changed.",
        "login : text create only at $.login",
    ),
    Entry::new(
        "ignoring",
        R::attr_ignoring,
        ATTRIBUTES,
        "Ignores differences of case, or of the order of a list, when values are compared.",
        "email : text ignoring case at $.email",
    )
    .with("case order"),
    Entry::new("secret", R::attr_secret, ATTRIBUTES, "Says that the value is never printed.", "pin : text? secret at $.pin"),
    Entry::new(
        "public",
        R::attr_public,
        ATTRIBUTES,
        "Says that the value is not personal, so that it may be printed where personal values are not.",
        "team : text? public at $.team",
    ),
    Entry::new(
        "effect",
        R::attr_effect,
        ATTRIBUTES,
        "Says in words what the vendor does when the value is written.",
        "welcome : bool? effect \"sends a letter\" at $.welcome",
    )
    .once(),
    Entry::new(
        "opens",
        R::attr_opens,
        ATTRIBUTES,
        "Marks the attribute that gives access to the account: when it is true, or has the value after `when`.",
        "active : bool opens at $.active",
    )
    .once()
    .with("when"),
    Entry::new(
        "closes",
        R::attr_closes,
        ATTRIBUTES,
        "Marks the attribute that takes access away: when it is true, or has the value after `when`.",
        "suspended : bool closes at $.suspended",
    )
    .once()
    .with("when"),
    Entry::new(
        "up to",
        R::attr_up_to,
        ATTRIBUTES,
        "Limits the length of a text to what the vendor accepts.",
        "name : text up to 80 at $.name",
    )
    .once(),
    Entry::new(
        "one of",
        R::attr_one_of,
        ATTRIBUTES,
        "Lists the values that the vendor accepts.",
        "team : text? one of [\"L1\", \"L2\"] at $.team",
    )
    .once(),
    Entry::new(
        "matches",
        R::attr_matches,
        ATTRIBUTES,
        "Gives a regular expression for the values that the vendor accepts.",
        "code : text matches \"^[A-Z]+$\" at $.code",
    )
    .once(),
    Entry::new("at", R::attr_at, ATTRIBUTES, "Gives the path of the attribute in the record; after `??` another one, or the value of a record that leaves it out.", "active : bool at $.active ?? false").once(),
    Entry::new(
        "from get",
        R::attr_from_get,
        ATTRIBUTES,
        "Says that lists leave the attribute out: where a pipeline uses it, each record is asked for by the `get` of the collection.",
        "badge : text? from get at $.badge",
    )
    .once()
    .default("lists show it"),
    Entry::new(
        "written at",
        R::attr_written_at,
        ATTRIBUTES,
        "Gives the path at which the attribute is written, where it differs from the one at which it is read.",
        "team : text? at $.team.name written at $.team_name",
    )
    .once()
    .default("the path after `at`"),
    Entry::new(
        "format",
        R::attr_format,
        ATTRIBUTES,
        "Says how a date, a time or a truth value is written by the vendor; a second one after `or`, the zone after `in`.",
        "since : date? at $.since format \"%d/%m/%Y\"",
    )
    .once()
    .with("or in"),
    Entry::new(
        "missing as",
        R::attr_missing_as,
        ATTRIBUTES,
        "Lists values that the vendor writes where there is none. They are read as missing, and the first is sent to empty the attribute.",
        "left : date? at $.left missing as \"0000-00-00\"",
    )
    .once()
    .default("`null`, and a member that is not there"),
    Entry::new(
        "requested as",
        R::attr_requested_as,
        ATTRIBUTES,
        "Gives the name that `requested.fields` has for the attribute.",
        "city : text? at $.city requested as \"address.city\"",
    )
    .once()
    .default("its path"),
];
