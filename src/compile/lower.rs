//! Checked expressions become programs: settings become constants, attributes slots, functions are bound.

use super::{
    program::{Name, Program, Table, TemplatePart},
    settings::Settings,
    slots::Slots,
};
use crate::{
    check::model::{
        SettingId,
        expr::{Expr, ExprKind as K, PageName, Part, Pattern},
        system::System,
    },
    syntax::tree::State,
    value::{
        Value,
        functions::{Algorithm, Misuse},
    },
};
use std::sync::Arc;

/// The context for the expressions of one plan.
pub(crate) struct Lowering<'a> {
    pub systems: &'a [Arc<System>],
    pub settings: &'a Settings,
    pub tables: &'a [Arc<Table>],
    pub slots: &'a Slots,
}

impl Lowering<'_> {
    pub fn program(&self, expr: &Expr) -> Program {
        match &expr.kind {
            K::Constant(value) => Program::Constant(value.clone()),
            K::Setting(id) => Program::Constant(self.settings.value(id)),
            K::Template(parts) => self.template(parts),
            K::List(items) => Program::List(items.iter().map(|item| self.program(item)).collect()),
            K::Each(one) => Program::Each(self.boxed(one)),
            K::Record(members) => Program::Record(members.iter().map(|(name, value)| (name.clone(), self.program(value))).collect()),
            K::Key(parts) => Program::Key(parts.iter().map(|(name, value)| (name.clone(), self.program(value))).collect()),
            K::Not(inner) => Program::Not(self.boxed(inner)),
            K::And(left, right) => Program::And(self.both(left, right)),
            K::Or(left, right) => Program::Or(self.both(left, right)),
            K::Compare(how, left, right) => Program::Compare(*how, self.both(left, right)),
            K::In { negated, value, list } => Program::In { negated: *negated, both: self.both(value, list) },
            K::Matches(value, pattern) => self.matches(value, pattern),
            K::Is(State::Missing, value) => Program::IsMissing(self.boxed(value)),
            K::Is(State::Present, value) => Program::IsPresent(self.boxed(value)),
            K::Is(State::Absent, value) => Program::IsAbsent(self.boxed(value)),
            K::Arithmetic(operator, left, right) => Program::Arithmetic(*operator, self.both(left, right)),
            K::Apply { value, function, args } => self.apply(value, function.0, args),
            K::Lookup { value, table } => Program::Lookup { value: self.boxed(value), table: Arc::clone(&self.tables[*table]) },
            K::Counterpart { value, pipeline } => Program::Counterpart { value: self.boxed(value), pipeline: pipeline.as_str().into() },
            K::At { value, path } => Program::At { value: self.boxed(value), path: path.clone() },
            K::ReadAs { value, kind } => Program::ReadAs { value: self.boxed(value), kind: kind.clone() },
            K::Default(left, right) => Program::Default(self.both(left, right)),
            K::If(condition, then, otherwise) => {
                Program::If(Box::new((self.program(condition), self.program(then), otherwise.as_ref().map(|other| self.program(other)))))
            }
            _ => self.name(expr).map_or(Program::Constant(Value::Null), Program::Name),
        }
    }

    fn boxed(&self, expr: &Expr) -> Box<Program> {
        Box::new(self.program(expr))
    }

    fn both(&self, left: &Expr, right: &Expr) -> Box<(Program, Program)> {
        Box::new((self.program(left), self.program(right)))
    }

    fn template(&self, parts: &[Part]) -> Program {
        let parts = parts.iter().map(|part| match part {
            Part::Text(text) => TemplatePart::Text(text.as_str().into()),
            Part::Expr(expr) => TemplatePart::Program(self.program(expr)),
        });
        Program::Template(parts.collect())
    }

    /// A pattern from a setting without a value matches nothing.
    fn matches(&self, value: &Expr, pattern: &Pattern) -> Program {
        let regex = match pattern {
            Pattern::Written(regex) => Some(regex.clone()),
            Pattern::Setting(setting) => setting_of(setting).and_then(|id| self.settings.pattern(id)),
        };
        regex.map_or(Program::Constant(Value::Bool(false)), |regex| Program::Matches(self.boxed(value), regex))
    }

    /// `None` for a slot that nothing reads, and for an expression that was refused.
    fn name(&self, expr: &Expr) -> Option<Name> {
        Some(match &expr.kind {
            K::Source(at) => Name::Source(self.slots.source_of(*at)?),
            K::Raw(at) => Name::Source(self.slots.raw_of(*at)?),
            K::Current(at) => Name::Current(self.slots.target_of(*at)?),
            K::Field(at) => Name::Field(*at),
            K::Own(at) => Name::Own(*at),
            K::Parent(at) => Name::Parent(*at),
            K::LoopValue => Name::LoopValue,
            K::Sent => Name::Sent,
            K::Changes => Name::Changes,
            K::Token(path) => Name::Token(path.clone()),
            K::Joined(join, at) => Name::Source(self.slots.joined(*join, *at)?),
            K::Element => Name::Source(self.slots.element()),
            K::Secret(name) => Name::Secret(name.clone()),
            K::Today => Name::Today,
            K::Now => Name::Now,
            K::Since => Name::Since,
            K::Page(PageName::Offset) => Name::PageOffset,
            K::Page(PageName::Number) => Name::PageNumber,
            K::Page(PageName::Size) => Name::PageSize,
            K::Page(PageName::Cursor) => Name::PageCursor,
            K::Page(PageName::Count) => Name::PageCount,
            K::RequestedFields => Name::RequestedFields,
            K::RequestedParts => Name::RequestedParts,
            K::Answer(path) => Name::Answer(path.clone()),
            K::Status => Name::Status,
            K::Header(name) => Name::Header(name.clone()),
            _ => return None,
        })
    }

    fn apply(&self, value: &Expr, function: &'static crate::value::functions::Function, args: &[Expr]) -> Program {
        let value = self.boxed(value);
        if function.reads_today() {
            return Program::Age(value);
        }
        if function.name == "random_text" {
            return Program::Random(value);
        }
        if let ("jwt", Program::Record(claims), [algorithm, key]) = (function.name, &*value, args)
            && let Some(algorithm) = Algorithm::of(&self.argument(algorithm))
        {
            return Program::Jwt { algorithm, claims: Arc::clone(claims), key: self.boxed(key) };
        }
        let values: Vec<_> = args.iter().map(|arg| self.argument(arg)).collect();
        match (function.bind)(&values) {
            Ok(apply) => Program::Apply { value, function: function.name, apply: Arc::new(apply) },
            Err(misuse) => {
                self.refuse(args, &misuse);
                Program::Constant(Value::Null)
            }
        }
    }

    fn argument(&self, arg: &Expr) -> Value {
        match &arg.kind {
            K::Constant(value) => value.clone(),
            K::Setting(id) => self.settings.value(id),
            _ => Value::Null,
        }
    }

    /// The checker has tried literal arguments, so an error here comes from the value of a setting.
    fn refuse(&self, args: &[Expr], misuse: &Misuse) {
        let why = match misuse {
            Misuse::Argument(_, why) | Misuse::Input(why) | Misuse::Count(why) => why,
        };
        args.iter().filter_map(setting_of).for_each(|id| self.settings.refuse(id, why));
    }
}

const fn setting_of(expr: &Expr) -> Option<&SettingId> {
    if let K::Setting(id) = &expr.kind { Some(id) } else { None }
}
