//! What a function declares, and what the bodies of functions share.

use crate::value::{Fault, FaultCode, Kind, Text, Type, Value, is_blank};

/// Applies a function with known arguments to one value. Never called with a missing value.
pub type Apply = Box<dyn Fn(&Value) -> Result<Value, Box<Fault>> + Send + Sync>;

/// One function.
#[derive(Clone, Copy)]
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
    /// Input, call and result, as text of the language: `("\" A \"", "trim", "\"A\"")`; the result `fails` is a fault.
    pub examples: &'static [(&'static str, &'static str, &'static str)],
    /// The type of the result, optional where the input is; an error is one sentence on the input or an argument.
    /// A result that is not optional is never missing where the input is not: a test runs every function over texts that try it.
    pub result: fn(input: &Type, args: &[Argument<'_>]) -> Result<Type, Misuse>,
    /// Binds the arguments, which are constants: literals, or settings whose values are known. A literal text is passed
    /// literally, as [`Value::Text`] even if it is blank, as in `join(" ")`.
    pub bind: fn(args: &[Value]) -> Result<Apply, Misuse>,
}

/// The function whose result depends on the day of the run.
pub(super) const AGE: &str = "age";

impl Function {
    /// Whether the result depends on the day of the run. Such a function can't be bound before the run.
    #[must_use]
    pub fn reads_today(&self) -> bool {
        self.name == AGE
    }
}

/// An argument as it is known when the file is checked.
#[derive(Clone, Copy, Debug)]
pub struct Argument<'a> {
    pub ty: &'a Type,
    /// The value of a literal; none for a setting.
    pub value: Option<&'a Value>,
}

impl<'a> Argument<'a> {
    /// The text of a literal.
    pub(super) fn text(&self) -> Option<&'a str> {
        match self.value? {
            Value::Text(text) => Some(text),
            value if value.is_missing() => Some(""),
            _ => None,
        }
    }

    pub(super) fn may_be_blank(&self) -> bool {
        self.text().map_or(self.ty.optional, is_blank)
    }
}

/// Why a function can't be used in this way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Misuse {
    /// The value before `|` is of the wrong type; what is needed: `text`.
    Input(String),
    /// An argument is wrong: which (from 0), and one sentence: `must be a whole number`.
    Argument(usize, String),
    /// How many arguments are needed: `1`, `1 or 2`.
    Count(String),
}

pub(super) type Checked<T> = Result<T, Misuse>;

/// The result of a function from one kind to another, that may be missing where its input may.
pub(super) fn from_kind(input: &Type, from: &Kind, to: Kind) -> Checked<Type> {
    if input.kind == *from { Ok(Type { kind: to, optional: input.optional }) } else { Err(Misuse::Input(from.to_string())) }
}

pub(super) fn text_to(input: &Type, to: Kind) -> Checked<Type> {
    from_kind(input, &Kind::Text, to)
}

pub(super) fn optional(result: Type) -> Type {
    Type::optional(result.kind)
}

pub(super) fn no_args<T>(args: &[T]) -> Checked<()> {
    count(args, 0, 0)
}

/// Refuses too few and too many arguments.
pub(super) fn count<T>(args: &[T], least: usize, most: usize) -> Checked<()> {
    if (least..=most).contains(&args.len()) {
        return Ok(());
    }
    Err(Misuse::Count(match (least, most) {
        (0, 0) => "none".to_owned(),
        (0, 1) => "none or 1".to_owned(),
        (least, most) if least == most => least.to_string(),
        (least, most) => format!("{least} or {most}"),
    }))
}

/// Refuses arguments of other kinds than these, of which the first `least` must be given.
pub(super) fn kinds(args: &[Argument<'_>], least: usize, kinds: &[Kind]) -> Checked<()> {
    count(args, least, kinds.len())?;
    match args.iter().zip(kinds).position(|(arg, kind)| arg.ty.kind != *kind && arg.ty.kind != Kind::Nothing) {
        Some(at) => Err(Misuse::Argument(at, format!("must be {}", noun(&kinds[at])))),
        None => Ok(()),
    }
}

fn noun(kind: &Kind) -> &'static str {
    if *kind == Kind::Int { "a whole number" } else { "a text" }
}

pub(super) fn text_arg(args: &[Value], at: usize) -> Checked<Text> {
    match args.get(at) {
        Some(Value::Text(text)) => Ok(text.clone()),
        Some(Value::Absent | Value::Null) | None => Ok(Text::default()),
        Some(_) => Err(Misuse::Argument(at, "must be a text".to_owned())),
    }
}

/// A number of characters or places.
pub(super) fn size_arg(args: &[Value], at: usize, most: usize) -> Checked<usize> {
    match args.get(at) {
        Some(Value::Int(number)) => usize::try_from(*number).ok().filter(|number| *number <= most),
        _ => None,
    }
    .ok_or_else(|| Misuse::Argument(at, format!("must be a whole number from 0 to {most}")))
}

/// A function from text to text; what is left blank is missing.
pub(super) fn on_text(change: impl Fn(&str) -> String + Send + Sync + 'static) -> Checked<Apply> {
    try_on_text(move |text| Ok(Value::text(change(text))))
}

pub(super) fn try_on_text(change: impl Fn(&str) -> Result<Value, Box<Fault>> + Send + Sync + 'static) -> Checked<Apply> {
    Ok(Box::new(move |value| value.as_text().map_or_else(|| Err(internal(value)), &change)))
}

/// A case that the checker refuses; the message would reveal a mistake in the checker.
pub(super) fn internal(value: &Value) -> Box<Fault> {
    Fault::new(FaultCode::Internal, "is of a type that the check should have refused: report this as an internal error")
        .of(value.to_text().unwrap_or_default())
}
