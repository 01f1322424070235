//! Writes that were not done, or of which nobody knows: `W`.

use super::{Page, plain};

pub(super) const PAGES: &[Page] = &[
    plain(
        "W0901",
        "the target refused the credentials",
        "The target answered that it does not know the key, or that the key may not do this. The run stops at once; what was not sent is not \
         attempted, and the next run plans it anew. Renew the secret, or have its rights widened on the target's side.",
    ),
    plain(
        "W0902",
        "the target refused the value as invalid",
        "The target read the request and refused it; its own words stand beside the code. The account is as it was. The record is tried again when \
         its data changes, else after 1, 2, 4 and 8 days. Put the value right in the source, or change it on its way; where the target always \
         refuses such values, write its rule into the system's file (`up to`, `matches`, `one of`), and they are rejected before they are sent.",
    ),
    plain(
        "W0903",
        "the target reports a conflict",
        "Another account holds a value that must be unique, or the account was changed between reading and writing. Nothing is overwritten. The \
         next run reads both sides again; if the same value is still taken, a person decides which account is meant.",
    ),
    plain(
        "W0904",
        "the account is not there any more",
        "The target does not know the id that the link names: the account was deleted or merged there. The link is kept, and nobody is created in \
         its place unless the pipeline says `on lost counterpart create again`.",
    ),
    plain(
        "W0905",
        "the target's limit is used up",
        "The target asked to wait, more often or for longer than the system's `retry` allows. The write was not done. The next run goes on from \
         there; if it happens often, lower the `limit` in the system's file to what the vendor grants.",
    ),
    plain(
        "W0906",
        "the target failed",
        "The target answered with an error of its own, or not at all before the write began, or when it was asked whether somebody is there. \
         Nothing was written, nobody was created, and the next run plans it anew. When many fail in a row, the run stops by itself.",
    ),
    plain(
        "W0907",
        "the account is no longer what was planned for",
        "Between plan and write the account changed in a way that matters: it was closed, protected, or given to another record. It was left as it \
         is, and the next run judges it anew.",
    ),
    plain(
        "W0908",
        "nobody knows whether it was done",
        "The request was sent, no answer came, and looking the account up could not settle it. It is not repeated blindly, because it may have been \
         done. The next run looks it up before anything else is written to this account.",
    ),
];
