//! What vendors call the number of records of a page, and the most that it may have.

/// Members and headers that say how many records a page has. Some say there how many there are in all, but not that the page is the last.
const COUNTS: [&str; 21] = [
    "count",
    "counts",
    "returned",
    "returnedcount",
    "itemcount",
    "itemscount",
    "itemsperpage",
    "currentitemcount",
    "numberofelements",
    "numberofitems",
    "numberofresults",
    "numitems",
    "numresults",
    "length",
    "contentcount",
    "resultcount",
    "resultscount",
    "recordcount",
    "recordscount",
    "rowcount",
    "size",
];

/// Those that say how many it may have, or again how many it has.
const LIMITS: [&str; 8] = ["pagesize", "perpage", "limit", "maxresults", "maxitems", "maxpagesize", "resultsperpage", "recordsperpage"];

/// Whether a name is one of the number of records of a page, in whatever spelling: `itemsPerPage`, `item_count`, `X-Result-Count`.
pub(crate) fn counts_page(name: &str) -> bool {
    is_one_of(&COUNTS, name)
}

/// Whether a name is one of the most records that a page may have.
pub(crate) fn limits_page(name: &str) -> bool {
    is_one_of(&LIMITS, name)
}

fn is_one_of(names: &[&str], name: &str) -> bool {
    let letters: String = name.chars().filter(char::is_ascii_alphabetic).map(|letter| letter.to_ascii_lowercase()).collect();
    names.contains(&&*letters) || letters.strip_prefix('x').is_some_and(|rest| names.contains(&rest))
}
