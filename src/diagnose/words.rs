//! The words of the screens, one for each thing.

const WORDS: &[(&str, &str)] = &[
    ("create", "a record in scope has no account, and one is created"),
    ("update", "a linked account differs in an attribute that the pipeline writes"),
    ("leave", "a linked record meets a condition of `leaver`; its account is treated as that block says, under the guard"),
    (
        "return",
        "a person who left before no longer meets the condition and is in scope: `on return` and the ordinary update, as one operation",
    ),
    ("held", "two answers are possible, or somebody else changed the account; nothing is written until a person decides"),
    ("next step", "a later step of a leaver, some days after the first; `stage` in JSON"),
    ("account missing", "a linked account that is no longer in the target; `on lost counterpart` says what happens"),
    ("need attention", "held, rejected and unread: a person has to look"),
    ("waiting", "there is no account yet, and this pipeline creates none; or a required reference names a record without an account"),
    ("missing", "a linked record that was not in a complete read; nothing happens unless `leaver` says `when missing for …`"),
    (
        "rejected",
        "a record with a value that can't be read, or without a key; it is left alone, does not leave, and is listed with its line",
    ),
    ("unchanged", "linked, in scope, and nothing differs"),
    ("to write", "the records of which the run writes something: creates, updates, leaves, returns, links, sends"),
    (
        "nothing to do",
        "the records for which nothing has to be written: unchanged, already left, waiting; of a run, that it writes nothing at all",
    ),
    ("not attempted", "an operation of the change set that was never sent, because the run stopped before it"),
    ("coming", "the people who will leave on a known day; nothing is written for them before that day"),
    (
        "later",
        "an attribute that refers to a person without an account: the record is written without it, and the attribute once the account is linked",
    ),
    ("ambiguous", "one line of `match` finds several accounts for one record; the record is held until a person decides"),
    ("shared", "two records find the same account; both are held"),
    ("taken", "the account that `match` finds is linked to another record; the record is held"),
    ("value taken", "another account has a value that must be unique, or two records want the same one; the record is held"),
    (
        "procedure changed",
        "the later steps of `leaver` are not the ones that were planned when the person left; the step is held once, for a person to decide",
    ),
    (
        "account changed hands",
        "an account that is to be closed or deleted has the key or the values of another person, or one to be deleted is open again; \
         it is left alone until a person decides",
    ),
    ("already left", "left before, and nothing is left to do"),
    (
        "same person?",
        "a leave or a delete would take an account that another current record finds by `match`, or whose unique value it wants; both are held until a person decides",
    ),
    ("rules disagree", "two lines of `match` find different accounts for one record; the record is held until a person decides"),
    ("duplicate key", "several records have one key, and no `one per key` says which counts; all of them are held"),
    (
        "probable rehire",
        "a person is back whose account no longer exists and whose `on return` does not say `create again`, or `match` finds the account of somebody who left; held",
    ),
    (
        "key reused",
        "a record has the key of a person who left, but another name and other values by which `match` finds people, so it is probably \
         another person; held until a person decides",
    ),
    ("merged", "the target has merged the account into one that is linked to another record; the record is held"),
    ("closed by hand", "the account was closed, and not by this pipeline; the person is held, unless `on closed by hand` reopens it"),
    ("opened again", "the account of a person who left is open again; it is reported, and closed again only with `enforce`"),
    (
        "still held",
        "a person left whose account another pipeline has an open link to; the account is closed when the last of them lets go, or by `decide KEY leave`",
    ),
    (
        "guard exceeded",
        "more people would leave than a guard on leavers allows; with `hold leavers`, each waits by name until the change set is approved",
    ),
    ("both changed", "both directions changed an attribute, and no `on conflict` decides; the record is held"),
    ("protected", "`protect when` holds for the account, or could not be evaluated; nothing is written to it"),
    (
        "unknown",
        "a request was sent, and whether it had an effect is not known; the next run looks it up, and nothing else is written for the key before that",
    ),
    (
        "unreadable",
        "a value of the account can't be read, and what is planned depends on it; it is neither written nor cleared, and the record is held",
    ),
    (
        "not kept",
        "the target took a write, and then showed what was there before; the next run writes again, and after three times the record is held until something changes, or `retry KEY`",
    ),
    (
        "not shown",
        "the target took what closes or deletes an account, and nothing shows the account before the next read, which decides; until then nobody has left",
    ),
    (
        "perhaps not sent",
        "a call was sent and never answered, and can't be looked up; held until `resend KEY CALL` makes it, or with `--done` counts it as made",
    ),
    ("call waits", "a call of a leave is to be made after all (`resend`), and waits until the source shows that the person is still gone"),
    (
        "exists",
        "the target refused a create, because an account has one of its values; not sent again before something changes, or `retry KEY`",
    ),
    (
        "failing",
        "the target refused the same write as invalid before; tried again after 1, 2, 4 and then every 8 days, when it changes, or with `retry KEY`",
    ),
    ("unlinked", "a person took the record off its account; it gets no other one before `decide KEY link ID` or `decide KEY new`"),
    (
        "left out",
        "a person left it out of an approval, or decided that it waits; nothing is written for it until `decide` or `retry KEY` says otherwise",
    ),
    ("forgotten", "a person asked that the key is forgotten; nothing is created or linked for it until `counterpart forget KEY --lift`"),
    ("cycle", "records that need each other's accounts before their own can be created; all of them are held"),
    ("swap", "accounts that exchange unique values: none can be written before another has given its value up, and all of them are held"),
    ("no counterpart", "no account was found, and this pipeline creates none; the record waits"),
    ("reference", "a required attribute refers to a record that has no account yet; the record waits"),
    ("not answered", "a look-up failed, so that nothing is known of the record, and nothing is written for it in this run"),
    (
        "leaver with an account",
        "a leaver without a link, for whom only a later line of `match` finds an account, or one that is not free; it is left alone",
    ),
    (
        "population changed",
        "the lists of the source were edited, or a setting in them, and linked records are missing; the change set is held, because the edit may have left them out",
    ),
    (
        "doubt",
        "a reason to hold a change set that no guard counts, such as an attribute without values or an old copy of the state; `apply` asks for a number",
    ),
    (
        "out of scope",
        "an `include` is false or an `exclude` is true; nothing happens to the account, unless `leaver` says `when out of scope`",
    ),
    (
        "read again",
        "only a read of everything tells, such as whether another record of the key says that the person stays; the next run makes one",
    ),
    ("unread", "the record or its account was not read in this run, or an incomplete read proves nothing; nothing is written"),
    (
        "link",
        "the connection of a source record with its account; it is stronger than `match`, and stays until the account is given up (`on lost counterpart unlink`) or the person is forgotten (`counterpart forget`)",
    ),
    (
        "guard",
        "how much one change set may do, *within* or *exceeded*; if one is exceeded, the whole change set is held and nothing is written",
    ),
    (
        "ledger",
        "every record that was read, in exactly one of five rows: to write, failed, need attention, nothing to do, out of scope; the rows add up",
    ),
    ("execution plan", "a compiled pipeline file: `p-…`; `show` prints it"),
    ("change set", "what one run would do: `c-…`; `plan` makes it, and `apply` does exactly that or refuses"),
    ("adoption", "the first run over two systems: it links and shows, nobody leaves, and a person applies it"),
    ("sandbox", "both systems as stand-ins on this machine, from the same declarations, with data and state of their own"),
];

/// All words with their meanings.
pub fn all() -> impl Iterator<Item = (&'static str, &'static str)> {
    WORDS.iter().copied()
}

/// What a word means.
#[must_use]
pub fn meaning(word: &str) -> Option<&'static str> {
    let asked = word.replace('_', " ").to_lowercase();
    let asked = asked.trim_end_matches('?');
    WORDS.iter().find(|(word, _)| word.trim_end_matches('?') == asked).map(|(_, meaning)| *meaning)
}
