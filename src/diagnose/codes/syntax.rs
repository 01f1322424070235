use super::Page;

pub(super) const PAGES: &[Page] = &[
    Page {
        code: "E0101",
        title: "a statement is not understood",
        text: "The line was read up to the underlined place and can't go on with what stands there. The help says what can stand there. \
               A statement ends with its line; it goes on inside `( )` and `[ ]`, after a comma or an operator, and before a leading `|`, `??`, \
               `and`, `or`, `then` or `else`. What each block can hold stands in the reference of the language.",
        bad: "pipeline people {\n  keep email is present\n}",
        good: "pipeline people {\n  keep when email is present\n}",
    },
    Page {
        code: "E0102",
        title: "a brace, bracket or text is never closed",
        text: "The underlined sign opens something that is not closed: a text by the end of its line, a bracket before the next block, a block \
               before the end of the file. Where the braces of a file don't match, the indentation decides which one is taken for the open one.",
        bad: "pipeline people {\n  title \"People\n}",
        good: "pipeline people {\n  title \"People\"\n}",
    },
    Page {
        code: "E0103",
        title: "a closing sign closes nothing",
        text: "There is one `}`, `)` or `]` too many, or the line that should open it lost its sign.",
        bad: "pipeline people {\n  key (number))\n}",
        good: "pipeline people {\n  key (number)\n}",
    },
    Page {
        code: "E0104",
        title: "a word is not known here",
        text: "The word is none that can stand at this place, but it is close to one that can. `check --fix` puts it right.",
        bad: "pipeline people {\n  titel \"People\"\n}",
        good: "pipeline people {\n  title \"People\"\n}",
    },
    Page {
        code: "E0105",
        title: "something is written as in another language",
        text: "What is meant is clear, but it is written differently here: `and`, `or`, `not` for `&&`, `||`, `!`; `=` gives a value and `==` \
               compares two; texts stand between double quotes, comments begin with `#`, a statement ends with its line, a path begins with \
               `$`, lengths of time read `30 s`, `15 min`, `2 h`, `7 days`.",
        bad: "pipeline people {\n  keep when a = 'x' && b\n}",
        good: "pipeline people {\n  keep when a == \"x\" and b\n}",
    },
    Page {
        code: "E0106",
        title: "something is nested too deep",
        text: "Blocks, brackets, texts in texts and operators may nest 256 deep. Give the inner parts of an expression names of their own with \
               `field`, and use those.",
        bad: "",
        good: "",
    },
    Page {
        code: "E0107",
        title: "a value is out of range",
        text: "The value has the right form but can't exist: a day that no calendar has, an instant without its offset, a negative count, more \
               digits than a number holds.",
        bad: "test \"a day\" for people {\n  today 2026-02-30\n}",
        good: "test \"a day\" for people {\n  today 2026-02-28\n}",
    },
    Page {
        code: "E0108",
        title: "a text holds what it can't",
        text: "In a text `{…}` is an expression, and `\\` begins one of the escapes `\\\"`, `\\\\`, `\\{`, `\\}`, `\\n`, `\\t`, `\\r` and `\\u{…}`. Titles and \
               other words that are shown as they stand hold no expressions. A text between `\"\"\"` and the one after `matches` are taken as they are.",
        bad: "pipeline people {\n  title \"People {all}\"\n}",
        good: "pipeline people {\n  title \"People \\{all\\}\"\n}",
    },
    Page {
        code: "E0109",
        title: "a clause is said twice",
        text: "A statement has this clause once at most; two could contradict each other.",
        bad: "setting mail : bool = true = false",
        good: "setting mail : bool = true",
    },
    Page {
        code: "E0110",
        title: "two statements stand on one line",
        text: "A statement ends with its line, and the next one begins on its own.",
        bad: "pipeline people {\n  title \"People\" zone \"Europe/Paris\"\n}",
        good: "pipeline people {\n  title \"People\"\n  zone \"Europe/Paris\"\n}",
    },
];
