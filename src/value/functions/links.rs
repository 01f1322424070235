//! Functions that take names or paths. They are listed here for the reference and bound where these are known.

use super::declaration::{Argument, Checked, Function, Misuse, count};
use crate::value::{Kind, Type};

pub(super) const FUNCTIONS: &[Function] = &[
    Function {
        name: "lookup",
        signature: "lookup(TABLE)",
        types: "T → what the table holds",
        help: "Looks a value up in a table; a value that the table does not list gives its `else`.",
        fails: true,
        examples: &[],
        result: |input, args| any_to(input, args, Kind::Text),
        bind: |_| elsewhere(),
    },
    Function {
        name: "counterpart",
        signature: "counterpart, counterpart(PIPELINE)",
        types: "T → the target's id?",
        help: "Gives the target's id of another source record, by the links of this pipeline or of another one.",
        fails: false,
        examples: &[],
        result: |input, args| any_to(input, args, Kind::Text).map(|result| Type::optional(result.kind)),
        bind: |_| elsewhere(),
    },
    Function {
        name: "at",
        signature: "at($.path)",
        types: "json → json?",
        help: "Reads the value at a path inside raw JSON.",
        fails: true,
        examples: &[],
        result: |input, _| {
            if input.kind == Kind::Json { Ok(Type::optional(Kind::Json)) } else { Err(Misuse::Input("json".to_owned())) }
        },
        bind: |_| elsewhere(),
    },
];

/// The shortest text of `random_text`: a shorter one could not be masked in what comes back.
pub const SHORTEST_RANDOM: i64 = 4;

/// The longest text of `random_text`: no vendor takes longer passwords.
pub const LONGEST_RANDOM: i64 = 1024;

/// It differs each time, so it is made where a request is made.
pub(super) const RANDOM: &[Function] = &[Function {
    name: "random_text",
    signature: "random_text",
    types: "int → text",
    help: "Makes a text of so many random letters and digits, 4 to 1024, new in each call. It is never stored, shown or recorded.",
    fails: false,
    examples: &[],
    result: |input, args| {
        count(args, 0, 0)?;
        super::declaration::from_kind(input, &Kind::Int, Kind::Text)
    },
    bind: |_| elsewhere(),
}];

/// Functions whose result is the whole body of a call. They are bound where the call is known, and the sandbox reads them backwards.
pub(super) const BODIES: &[Function] = &[
    Function {
        name: "json_api",
        signature: "json_api(TYPE)",
        types: "json → a body",
        help: "Makes a document of JSON:API with one resource of a type, which has its id once it is known.",
        fails: false,
        examples: &[],
        result: |_, _| whole_body(),
        bind: |_| elsewhere(),
    },
    Function {
        name: "scim_patch",
        signature: "scim_patch",
        types: "json → a body",
        help: "Makes a SCIM patch of `changes`: one operation for each value (RFC 7644, 3.5.2).",
        fails: false,
        examples: &[],
        result: |_, _| whole_body(),
        bind: |_| elsewhere(),
    },
    Function {
        name: "xml_diff",
        signature: "xml_diff(ELEMENT)",
        types: "json → a body",
        help: "Makes an XML diff of `changes`, from the record as it is (RFC 5261).",
        fails: false,
        examples: &[],
        result: |_, _| whole_body(),
        bind: |_| elsewhere(),
    },
];

fn whole_body<T>() -> Checked<T> {
    Err(Misuse::Input("to be the last of a `body`, as in `body = changes | scim_patch`".to_owned()))
}

fn any_to(input: &Type, args: &[Argument<'_>], kind: Kind) -> Checked<Type> {
    count(args, 0, 1)?;
    Ok(Type { kind, optional: input.optional })
}

fn elsewhere<T>() -> Checked<T> {
    Err(Misuse::Argument(0, "must be a name or a path".to_owned()))
}
