//! The functions that `|` applies, each declared once: signature, help, examples that run as tests.

use super::{Fault, Type, Value};

/// What a function does to one value once its arguments are known.
pub type Apply = Box<dyn Fn(&Value) -> Result<Value, Box<Fault>> + Send + Sync>;

/// One function.
pub struct Function {
    pub name: &'static str,
    /// As the reference prints it: `pad(n, "0")`.
    pub signature: &'static str,
    /// `text → text?`
    pub types: &'static str,
    /// One sentence.
    pub help: &'static str,
    /// Marked `!`: what fails rejects the record unless `??` follows.
    pub fails: bool,
    /// Input, arguments and result, as text of the language: `("\" A \"", "trim", "\"A\"")`.
    pub examples: &'static [(&'static str, &'static str, &'static str)],
    /// The type of the result; an error is one sentence on the input or an argument.
    pub result: fn(input: &Type, args: &[Type]) -> Result<Type, Misuse>,
    /// Makes it ready. Arguments are constants: literals, or settings once their values are known.
    pub bind: fn(args: &[Value]) -> Result<Apply, Misuse>,
}

/// Why a function can't be used so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Misuse {
    /// The value before `|` is of the wrong type; what is needed.
    Input(String),
    /// An argument is wrong: which (from 0), and one sentence.
    Argument(usize, String),
    /// How many arguments are needed: `1`, `1 or 2`.
    Count(String),
}

/// All functions, in the order of the reference. `lookup`, `counterpart` and `at` are listed for it, too:
/// their arguments are names and paths, so the checker binds them itself.
#[must_use]
pub fn all() -> &'static [Function] {
    todo!()
}

/// A function by its name.
#[must_use]
pub fn by_name(name: &str) -> Option<&'static Function> {
    all().iter().find(|function| function.name == name)
}
