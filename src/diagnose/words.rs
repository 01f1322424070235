//! The words of the screens: one for each thing, everywhere.

const WORDS: &[(&str, &str)] = &[
    ("create", "a record that has no counterpart, is in scope, and would get one"),
    ("update", "a linked record whose counterpart differs in an attribute that the pipeline writes"),
    ("leave", "a linked record that meets a condition of `leaver`; its account is treated as that block says, under the guard"),
    ("return", "who left before, no longer meets the condition and is in scope: `on return` and the ordinary update, in one"),
    ("held", "nobody guesses: two answers are possible, or something was done by hand; nothing is written until a person decides"),
    ("next step", "a later stage of a leaver, some days after the first; `stage` in JSON"),
    ("account missing", "a linked account that is no longer in the target; `on lost counterpart` says what happens"),
    ("need attention", "held, rejected and unread: a person has to look"),
    ("waiting", "no counterpart yet, and this pipeline creates none; or a required reference names somebody who has none yet"),
    ("missing", "a linked record that was not in a complete read; nothing happens unless `leaver` says `when missing for …`"),
    (
        "rejected",
        "a record with a value that can't be read, or without a key; it is left alone, does not leave, and is listed with its line",
    ),
    ("unchanged", "linked, in scope, and nothing differs"),
    ("already left", "left before, with nothing left to do"),
    (
        "out of scope",
        "an `include` does not hold or an `exclude` does; nothing happens to who is out of scope, unless `leaver` says `when out of scope`",
    ),
    ("unread", "the other side was not read whole, so nothing is known; nothing is written"),
    ("link", "which source record and which target record are the same person; kept for ever, asked before any rule of `match`"),
    (
        "guard",
        "how much one change set may do, *within* or *exceeded*; where one is exceeded, the whole of it is held and nothing is written",
    ),
    (
        "ledger",
        "every record read, in exactly one of five rows: to write, failed, need attention, nothing to do, out of scope; they add up",
    ),
    ("execution plan", "a pipeline file, compiled: `p-…`; `show` prints it"),
    ("change set", "what one run would do: `c-…`; `plan` makes it, `apply` does exactly it or refuses"),
    ("adoption", "the first run over two systems: it links and shows, nobody leaves, and a person applies it"),
    ("sandbox", "both systems as their own stand-ins on loopback, from the same declarations, with data and state of their own"),
];

/// All words with their meanings.
pub fn all() -> impl Iterator<Item = (&'static str, &'static str)> {
    WORDS.iter().copied()
}

/// What a word means.
#[must_use]
pub fn meaning(word: &str) -> Option<&'static str> {
    let asked = word.replace('_', " ").to_lowercase();
    WORDS.iter().find(|(word, _)| *word == asked).map(|(_, meaning)| *meaning)
}
