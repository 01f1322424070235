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

fn any_to(input: &Type, args: &[Argument<'_>], kind: Kind) -> Checked<Type> {
    count(args, 0, 1)?;
    Ok(Type { kind, optional: input.optional })
}

fn elsewhere<T>() -> Checked<T> {
    Err(Misuse::Argument(0, "must be a name or a path".to_owned()))
}
