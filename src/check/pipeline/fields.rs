//! `field NAME [: TYPE] = EXPR`

use super::{
    least_size::{least_size, too_large},
    statements::FieldLine,
};
use crate::check::{
    environment::Environment,
    model::{
        expr::{Expr, ExprKind},
        pipeline::Field,
    },
    types::{Place, Typing, a_kind},
};
use crate::{
    diagnose::Diagnostic,
    syntax::tree::{self, ExprKind as T},
    value::{Kind, Type},
};

/// Fields may be built on one another this deep: each level takes room on the stack of a run.
const DEEPEST: usize = 256;

/// The fields in an order in which each comes after those it uses. One that uses itself, or is built too deep, is reported
/// and left out.
pub(crate) fn order(env: &Environment<'_>, fields: &[FieldLine<'_>]) -> Vec<usize> {
    let uses: Vec<Vec<usize>> = fields.iter().map(|field| used_by(fields, field.value)).collect();
    let mut ordering =
        Ordering { env, fields, uses: &uses, state: vec![State::Untouched; fields.len()], order: Vec::new(), too_deep: false };
    for at in 0..fields.len() {
        ordering.visit(at, 1);
    }
    ordering.order
}

#[derive(Clone, Copy, PartialEq)]
enum State {
    Untouched,
    Open,
    /// It is built on so many others, one on another.
    Done(usize),
}

struct Ordering<'a> {
    env: &'a Environment<'a>,
    fields: &'a [FieldLine<'a>],
    uses: &'a [Vec<usize>],
    state: Vec<State>,
    order: Vec<usize>,
    /// A chain that is too deep is reported once.
    too_deep: bool,
}

impl Ordering<'_> {
    /// Takes in a field after those it uses. `from` is how many fields were left open on the way to it.
    fn visit(&mut self, at: usize, from: usize) {
        if self.state[at] != State::Untouched {
            return;
        }
        self.state[at] = State::Open;
        let mut below = 0;
        for used in &self.uses[at] {
            // What a name that is taken stands for is not known.
            if self.state[*used] == State::Open && Typing::reserved(&self.fields[at].name.text) {
                continue;
            }
            if self.state[*used] == State::Open {
                let message = format!("the field `{}` is made from itself", self.fields[at].name.text);
                self.refuse(at, "E0212", message, "make it from the record, or from other fields");
                return;
            }
            if from <= DEEPEST {
                self.visit(*used, from + 1);
            }
            below = below.max(if let State::Done(depth) = self.state[*used] { depth } else { DEEPEST });
        }
        if below < DEEPEST {
            self.state[at] = State::Done(below + 1);
            self.order.push(at);
            return;
        }
        if !std::mem::replace(&mut self.too_deep, true) {
            let message = format!("the field `{}` is built on more than {DEEPEST} fields, one on another", self.fields[at].name.text);
            self.refuse(at, "E0106", message, "make it from the record, or from fields that are");
        }
        self.state[at] = State::Done(DEEPEST);
    }

    /// Reports a field and leaves it out.
    fn refuse(&mut self, at: usize, code: &'static str, message: String, help: &str) {
        self.env.report.error_help(code, self.fields[at].name.span, message, help);
        self.state[at] = State::Done(0);
    }
}

fn used_by(fields: &[FieldLine<'_>], written: &tree::Expr) -> Vec<usize> {
    let mut names = Vec::new();
    single_names(written, &mut names);
    let position = |name: &str| fields.iter().position(|field| field.name.text == name);
    names.into_iter().filter_map(position).collect()
}

/// The names without a dot in an expression.
fn single_names<'t>(written: &'t tree::Expr, out: &mut Vec<&'t str>) {
    match &written.kind {
        T::Name(names) => out.extend((names.len() == 1).then(|| names[0].text.as_str())),
        T::Text(template) => {
            let parts = template.parts.iter().filter_map(|part| if let tree::TemplatePart::Expr(one) = part { Some(one) } else { None });
            parts.for_each(|part| single_names(part, out));
        }
        T::List(items) => items.iter().for_each(|item| single_names(item, out)),
        T::Not(one) | T::Matches { value: one, .. } | T::Is { value: one, .. } | T::Pipe { value: one, .. } => single_names(one, out),
        T::Binary { left, right, .. } | T::Default { value: left, default: right } => {
            single_names(left, out);
            single_names(right, out);
        }
        T::If { condition, then, otherwise } => {
            [Some(condition), Some(then), otherwise.as_ref()].into_iter().flatten().for_each(|part| single_names(part, out));
        }
        _ => {}
    }
}

pub(crate) fn field(typing: &Typing<'_>, written: &FieldLine<'_>) -> Option<Field> {
    let value = typing.expr(written.value);
    let (value, ty) = match written.ty {
        Some(declared) => declared_as(typing, written, value, &declared.ty),
        None => {
            let ty = value.ty.clone();
            (value, ty)
        }
    };
    let least_size = least_size(typing, &value);
    if too_large(typing, written, least_size) {
        return None;
    }
    Some(Field {
        name: written.name.text.clone(),
        text: typing.env.text(written.value.span),
        ty,
        least_size,
        value,
        name_span: written.name.span,
        span: written.span,
    })
}

/// The value as the type that the field declares.
fn declared_as(typing: &Typing<'_>, written: &FieldLine<'_>, value: Expr, declared: &Type) -> (Expr, Type) {
    if value.is_broken() || declared.kind == Kind::Schedule {
        return (Expr::broken(written.value.span), declared.clone());
    }
    if let (ExprKind::Raw(raw), Place::Pipeline(draft)) = (&value.kind, typing.place) {
        let raw = draft.raw_as(*raw, declared);
        return (Expr::new(ExprKind::Raw(raw), declared.clone(), value.span), declared.clone());
    }
    match typing.as_kind(value, &declared.kind) {
        Ok(value) => {
            if value.ty.optional && !declared.optional {
                missing_here(typing, written, &value, declared);
            }
            (value, declared.clone())
        }
        Err(value) => {
            let message = format!("`{}` is {}, and this is {}", written.name.text, a_kind(&declared.kind), a_kind(&value.ty.kind));
            let help = crate::check::system::writes::way_to(&declared.kind, &value.ty.kind, typing.own_zone());
            typing.env.report.say(Diagnostic::error("E0304", value.span, message).label(value.ty.to_string()).help(help));
            (Expr::broken(value.span), declared.clone())
        }
    }
}

fn missing_here(typing: &Typing<'_>, written: &FieldLine<'_>, value: &Expr, declared: &Type) {
    let message = format!("`{}` is always there, says its type, and this may be missing", written.name.text);
    typing.env.report.say(
        Diagnostic::error("E0306", value.span, message)
            .label(value.ty.to_string())
            .help(format!("let it be missing (`{}: {}?`), or give a fallback (`?? …`)", written.name.text, declared.kind)),
    );
}
