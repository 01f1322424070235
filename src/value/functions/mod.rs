//! The functions that `|` applies, each declared once: signature, help, examples that run as tests.

mod ascii;
mod dates;
mod declaration;
pub mod headed;
mod links;
mod lists;
mod numbers;
mod phone;
mod quoting;
mod replacement;
mod signing;
#[cfg(test)]
mod tests;
mod text;

pub use ascii::unaccent;
pub use declaration::{Apply, Argument, Function, Misuse};
pub use links::{LONGEST_RANDOM, SHORTEST_RANDOM};
pub use signing::Algorithm;

use std::sync::LazyLock;

static ALL: LazyLock<Vec<Function>> = LazyLock::new(|| {
    [
        text::FUNCTIONS,
        dates::FUNCTIONS,
        numbers::FUNCTIONS,
        lists::FUNCTIONS,
        headed::FUNCTIONS,
        links::FUNCTIONS,
        links::BODIES,
        links::RANDOM,
        signing::FUNCTIONS,
        quoting::FUNCTIONS,
    ]
    .concat()
});

/// All functions, in the order of the reference. `lookup`, `counterpart`, `at` and `age` are listed for it, too:
/// their arguments are names and paths, or they need `today`, so they are bound elsewhere and their `bind` refuses.
#[must_use]
pub fn all() -> &'static [Function] {
    &ALL
}

/// A function by its name.
#[must_use]
pub fn by_name(name: &str) -> Option<&'static Function> {
    all().iter().find(|function| function.name == name)
}

/// The function that other languages call by another name, where it does the same with the same arguments.
#[must_use]
pub fn meant(name: &str) -> Option<&'static str> {
    Some(match name.to_ascii_lowercase().replace('_', "").as_str() {
        "lowercase" | "tolowercase" | "tolower" | "downcase" | "lcase" | "lower" => "lower",
        "uppercase" | "touppercase" | "toupper" | "upcase" | "ucase" | "upper" => "upper",
        "stripspaces" | "trimmed" | "strip" | "trim" => "trim",
        "capitalize" | "capitalise" | "titlecase" | "title" | "proper" => "title_case",
        "todate" | "date" | "parsedate" => "parse_date",
        "toint" | "int" | "number" | "parseint" => "parse_int",
        "phone" => "e164",
        "distinct" => "unique",
        "normalize" => "normalise",
        _ => return None,
    })
}
