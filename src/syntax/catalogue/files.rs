//! Statements at the top of a file, and settings, which systems and pipelines have too.

use super::entry::Entry;
use crate::syntax::grammar::Rule as R;

const FILE: &[R] = &[R::file_all];
const SETTINGS: &[R] = &[R::file_all, R::system_block, R::pipeline_block];

pub(super) const ENTRIES: &[Entry] = &[
    Entry::new("use", R::use_item, FILE, "Makes the systems, tables and settings of another file known in this one.", "use \"systems/staff.sync\""),
    Entry::new("system", R::system_item, FILE, "Describes a system once: its address, how to sign in, its limits and its collections.", "system staff {\n  title \"Staff list\"\n}"),
    Entry::new("extend", R::extend_item, FILE, "Adds attributes of one installation to a collection that others share.", "extend crm.contacts {\n  shoe_size : int? at $.custom.shoe_size\n}"),
    Entry::new("pipeline", R::pipeline_item, FILE, "Says how the records of one collection become, and stay, the records of another.", "pipeline readers {\n  from staff.people as person\n  to   library.readers\n  match { card = person.number }\n  mode update\n  map { name = person.name }\n}"),
    Entry::new("test", R::test_item, FILE, "Gives records to a pipeline and says what is expected to happen. Tests are checked, and not run yet.", "test \"nothing to do\" for readers {\n  expect no changes\n}"),
    Entry::new("require", R::require_item, &[R::file_all, R::pipeline_block], "States a condition on settings that must be true before a run; the text says what to do if it is not.", "require setting.limit > 0 as \"a limit above zero\""),
    Entry::new("table", R::table_item, FILE, "Lists values and what each becomes, for the function `lookup`; the rows may be read from a CSV file.", "table divisions from \"divisions.csv\" key \"Department\" value \"Code\"").with("from key value"),
    Entry::new("else", R::table_row, &[R::table_block], "Gives the row for all values that the table does not list.", "else = \"S0\"").default("a value that is not listed rejects the record, unless `??` follows `lookup`"),
    Entry::new("setting", R::setting_item, SETTINGS, "Declares what differs from one installation to the next: its type, and if wanted choices, a pattern, a default and a text for the person who fills it in.", "setting language : text = \"en\" one of [\"en\", \"fr\"] as \"Language\"").with("one of matches"),
    Entry::new("secret", R::secret_item, SETTINGS, "Declares a value that is never written in a file, such as a password; only the system that sends it uses it.", "secret token as \"API token\""),
    Entry::new("as", R::as_words, &[R::file_all, R::pipeline_block], "Adds the words that people read in reports and settings; after a collection it gives the record its name.", "setting prefix : text? as \"Prefix of numbers\""),
    Entry::new("attribute of", R::attribute_of, SETTINGS, "Lets a setting choose one of the attributes of a collection.", "setting where : text? attribute of portal.members"),
];
