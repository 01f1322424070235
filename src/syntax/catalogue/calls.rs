//! Calls of a collection, and what they send and find.

use super::entry::Entry;
use crate::syntax::grammar::Rule as R;

const COLLECTION: &[R] = &[R::collection_block];
const CALL: &[R] = &[R::call_block];
const EACH: &[R] = &[R::each_block];
/// What is asked of a job, and what its answer means.
const JOB: &[R] = &[R::call_block, R::follow_block];
/// A line that holds for many calls is written once: in the collection, or in `http`.
const CALLS: &[R] = &[R::call_block, R::collection_block, R::http_block];
const SINCE: &[R] = &[R::call_block, R::collection_block];
/// The calls that read a list.
const LISTS: &[&str] = &["list", "find by"];
/// The calls that are answered with one record.
const ONE: &[&str] = &["get", "create", "update", "call", "verify"];
/// The calls that may be sent for several records at once.
const MANY: &[&str] = &["create", "update", "delete", "call"];

pub(super) const ENTRIES: &[Entry] = &[
    Entry::new(
        "list",
        R::call_stmt,
        COLLECTION,
        "Declares a call that reads records: all, those that `where` tells, or with `for each` those of each value, or below each record of another collection. Several lists are read together.",
        "list GET \"/people\" {\n  items $.data\n}",
    )
    .with("for each in where"),
    Entry::new(
        "where",
        R::call_where,
        COLLECTION,
        "Says which records a list shows. A value that it fixes with `==` is taken from there if the element does not show it.",
        "list GET \"/me\" where email == \"me@example.com\" {\n  items $.data\n}",
    ),
    Entry::new("get", R::call_stmt, COLLECTION, "Declares the call that reads one record by its key.", "get GET \"/people/{id}\""),
    Entry::new(
        "find by",
        R::call_stmt,
        COLLECTION,
        "Declares the call that finds records by one attribute.",
        "find by email GET \"/people\" {\n  query \"email\" = email\n  items $.data\n}",
    ),
    Entry::new("create", R::call_stmt, COLLECTION, "Declares the call that creates a record.", "create POST \"/people\""),
    Entry::new("update", R::call_stmt, COLLECTION, "Declares the call that writes what differs.", "update PATCH \"/people/{id}\""),
    Entry::new("delete", R::call_stmt, COLLECTION, "Declares the call that removes a record.", "delete DELETE \"/people/{id}\""),
    Entry::new(
        "call",
        R::call_stmt,
        COLLECTION,
        "Declares any other call, under a name that pipelines use.",
        "call invite POST \"/people/{id}/invite\"",
    ),
    Entry::new(
        "items",
        R::call_items,
        CALLS,
        "Says where the records are in the answer. An answer that has nothing there is an error, never an empty list, unless `??` says so.",
        "items $.data",
    )
    .only_in(LISTS)
    .once(),
    Entry::new("item", R::call_item, &[R::call_block, R::collection_block, R::http_block, R::follow_block], "Says where the one record is in the answer, or how it is made from it.", "item $.data")
        .only_in(ONE)
        .once(),
    Entry::new("total", R::call_total, CALLS, "Says where the answer says how many records there are; with `total?` a page may leave it out.", "total $.meta.count")
        .only_in(LISTS)
        .once(),
    Entry::new(
        "replaces",
        R::call_replaces,
        CALL,
        "Says that the vendor replaces everything at the path, so it is read, changed and sent as a whole.",
        "replaces $",
    )
    .only_in(&["update"])
    .once(),
    Entry::new(
        "never repeat",
        R::call_never_repeat,
        CALL,
        "Says that the call is never sent a second time after a failure. A create without an answer is left to a person, unless a look-up finds the record.",
        "never repeat",
    ),
    Entry::new(
        "idempotent",
        R::call_idempotent,
        CALL,
        "Says that sending the call twice does no harm; with `by`, because the vendor discards a second one with the same value.",
        "idempotent by request_id",
    )
    .only_in(MANY)
    .once()
    .with("by"),
    Entry::new("page", R::call_page, CALLS, "Says how the next page is asked for.", "page by offset size 100")
        .only_in(LISTS)
        .once()
        .with("by offset number link cursor from size"),
    Entry::new(
        "since",
        R::call_since,
        SINCE,
        "With `by`, says where the last page has the mark that the next incremental read begins with: as its first link, or as its first cursor.",
        "since by link $[\"@odata.deltaLink\"]",
    )
    .only_in(&["list"])
    .once()
    .with("by link cursor"),
    Entry::new("from", R::page_from, CALL, "Sets the number of the first page, or the first offset.", "page by number from 1 size 100"),
    Entry::new("size", R::page_size, CALL, "Says how many records a page has.", "page by offset size 100"),
    Entry::new(
        "body",
        R::call_body,
        &[R::call_block, R::http_block, R::token_block],
        "Says what is sent, as one expression in a format: `json`, `form`, `csv` or `xml`.",
        "body = record + { source = \"sync\" }",
    )
    .once()
    .default("`record` for a create, `changes` for an update, nothing for a delete or a `call`")
    ,
    Entry::new(
        "batch",
        R::call_batch,
        CALL,
        "Makes one call for up to this many records; with `by`, for those that share one value.",
        "batch 100",
    )
    .only_in(MANY)
    .once()
    .with("by"),
    Entry::new(
        "items",
        R::call_each,
        JOB,
        "With `by`, says where the answer has the results of a batch, and what names the record of each: each element is judged as an answer.",
        "items $.results by $.id = id {\n  status $.status\n}",
    )
    .only_in(MANY)
    .with("by"),
    Entry::new(
        "secret",
        R::call_secret,
        CALL,
        "Makes a secret for this call alone, such as a first password. It is new in each call, and never stored, shown or recorded.",
        "secret password = 24 | random_text",
    )
    .only_in(&["create", "update", "call"]),
    Entry::new("key", R::call_key, JOB, "Says where the answer has the key of the new record.", "key $.user_id").only_in(&["create"]).once(),
    Entry::new(
        "follow",
        R::call_follow,
        CALL,
        "Asks what became of a job that the answer names, until a rule in its block holds. It waits `every` so long between two questions. At the end of `up to` the outcome is unknown, as of a write without an answer.",
        "follow GET \"{$.job.url}\" every 2 s up to 10 min {\n  done when $.job.status == \"completed\"\n  error $.job.message when $.job.status == \"failed\"\n}",
    )
    .only_in(MANY)
    .once()
    .default("every 5 s up to 10 min")
    .with("every up to"),
    Entry::new(
        "item",
        R::call_item,
        EACH,
        "Says where an element has its record, or how the record is made from it.",
        "item { id = $.user.id, email = $.email }",
    )
    .once(),
    Entry::new("key", R::call_key, EACH, "Says where the result of a new record has its key.", "key $.id").once(),
    Entry::new("status", R::each_status, EACH, "Says what `status` is for an element.", "status $.status").once(),
];
