//! `body [FORMAT] = EXPR`: what a call sends, as one expression.

use crate::check::{
    environment::Environment,
    model::{
        expr::{Expr, ExprKind},
        system::{Body, Call},
        wire::{BodyFormat, ListStyle, Method},
    },
    types::{SystemPlace, Typing, a_kind, plain_text},
};
use crate::{
    diagnose::Span,
    syntax::{
        catalogue::formats::FormatUse,
        tree::{self, CallItem, DataFormat, ExprKind as T, Ident, Role, Words},
    },
    value::Kind,
};

/// Functions whose result is a whole body. The sandbox reads each of them backwards.
const WHOLE: [&str; 3] = ["json_api", "scim_patch", "xml_diff"];

impl Environment<'_> {
    /// The body of a call: its own, or what it sends by default, in the envelope of `http` if there is one.
    pub(crate) fn body_of(&self, written: &tree::Call, call: &Call, place: &SystemPlace<'_>, typing: &Typing<'_>) -> Option<Body> {
        let own = written.items.iter().find_map(|item| if let CallItem::Body(body) = item { Some(body) } else { None });
        let Some(envelope) = place.envelope else {
            return own.and_then(|body| self.body_expr(body, written, call, typing));
        };
        let inner = own.map(|body| body.value.clone()).or_else(|| by_default(&written.role, written.method.span))?;
        let value = around(&envelope.value, &inner);
        let format = own.and_then(|body| body.format.clone()).or_else(|| envelope.format.clone());
        let options = own.filter(|body| body.format.is_some()).map_or_else(|| envelope.options.clone(), |body| body.options.clone());
        self.body_expr(&tree::Body { format, options, value, span: envelope.span }, written, call, typing)
    }

    /// The body of a call that belongs to no record.
    pub(crate) fn body_alone(&self, written: &tree::Body, of: &tree::TokenCall, call: &Call, typing: &Typing<'_>) -> Option<Body> {
        let role = Role::Named(Ident { text: "token".to_owned(), span: of.method.span });
        let (method, path) = (of.method.clone(), of.address.clone());
        let around = tree::Call { role, for_each: None, each_of: None, shows: None, method, path, items: Vec::new(), span: of.span };
        self.body_expr(written, &around, call, typing)
    }

    fn body_expr(&self, written: &tree::Body, call_written: &tree::Call, call: &Call, typing: &Typing<'_>) -> Option<Body> {
        let format = self.format_of(written)?;
        let (format, inner) = match (&format, &written.value.kind) {
            (BodyFormat::Xml(_), T::Record(members)) if members.len() == 1 => (BodyFormat::Xml(members[0].0.text.clone()), &members[0].1),
            (BodyFormat::Xml(_), T::Broken) => return None,
            (BodyFormat::Xml(_), _) => {
                let help = "write a record of one member, whose name is that of the root: `body xml = { Contact = record }`";
                self.report.error_help("E0532", written.value.span, "an XML document has one root, and this does not name it", help);
                return None;
            }
            (BodyFormat::Json, T::Pipe { value, function, args }) if WHOLE.contains(&function.text.as_str()) => {
                (self.whole(function, args, call)?, &**value)
            }
            _ => (format, &written.value),
        };
        let value = typing.expr(inner);
        if value.is_broken() {
            return None;
        }
        let says_default = matches!((&call_written.role, &value.kind), (Role::Create, ExprKind::Sent) | (Role::Update, ExprKind::Changes));
        let is_default = says_default && call.batch.is_none();
        match &format {
            BodyFormat::ScimPatch | BodyFormat::XmlDiff(_) if !is_default || !matches!(call_written.role, Role::Update) => {
                let message = "only `changes` become a patch or a diff, and only in an `update`";
                self.report.error_help("E0532", value.span, message, "write `body = changes | scim_patch`, or another body");
                return None;
            }
            BodyFormat::Json | BodyFormat::ScimPatch | BodyFormat::XmlDiff(_) => {}
            _ if !matches!(value.ty.kind, Kind::Json | Kind::List(_)) => {
                let message = format!("a body in this format is made of a record, and this is {}", a_kind(&value.ty.kind));
                self.report.error_help("E0532", value.span, message, "write a record: `{ name = EXPR }`");
                return None;
            }
            _ => {}
        }
        if format == BodyFormat::Csv && !self.is_a_table(&value) {
            return None;
        }
        Some(Body { format, value: Some(value).filter(|_| !is_default) })
    }

    /// A table has a row for each record, and one value in each cell.
    fn is_a_table(&self, value: &Expr) -> bool {
        let rows: Vec<&Expr> = match &value.kind {
            ExprKind::List(rows) => rows.iter().collect(),
            ExprKind::Each(row) => vec![row],
            _ => vec![value],
        };
        let no_row = |row: &&Expr| row.ty.kind != Kind::Json || matches!(row.kind, ExprKind::List(_) | ExprKind::Each(_));
        let several = |cell: &&Expr| {
            let whole = matches!(cell.kind, ExprKind::Record(_) | ExprKind::Each(_) | ExprKind::Sent | ExprKind::Changes);
            whole || matches!(cell.ty.kind, Kind::List(_))
        };
        let wrong = rows.iter().copied().find(no_row).map(|row| (row, "a row of a table needs a record"));
        let cells = rows.into_iter().flat_map(cells);
        let wrong =
            wrong.or_else(|| cells.into_iter().find(several).map(|cell| (cell, "a cell of a table holds one value, and this is more")));
        if let Some((part, message)) = wrong {
            let help = "write a record of single values for each row: `body csv = [{ id = id } for each record]`";
            self.report.error_help("E0532", part.span, message, help);
        }
        wrong.is_none()
    }

    fn format_of(&self, written: &tree::Body) -> Option<BodyFormat> {
        let Some(name) = &written.format else { return Some(BodyFormat::Json) };
        let format = self.format_named(name, FormatUse::Body)?;
        let options = self.options(format, FormatUse::Body, &written.options);
        Some(match format.kind {
            DataFormat::Form => BodyFormat::Form(self.list_style(&options)),
            DataFormat::Csv => BodyFormat::Csv,
            DataFormat::Xml => BodyFormat::Xml(String::new()),
            DataFormat::Json | DataFormat::JsonLines => BodyFormat::Json,
        })
    }

    /// `form { lists = "numbered" }`
    fn list_style(&self, options: &[(&str, &tree::Expr)]) -> ListStyle {
        let Some((_, value)) = options.first() else { return ListStyle::Repeated };
        text_of(value).as_deref().and_then(ListStyle::of).unwrap_or_else(|| {
            let help = "write `\"repeated\"` (a=1&a=2), `\"bracketed\"` (a[]=1&a[]=2) or `\"numbered\"` (a[0]=1&a[1]=2)";
            self.report.error_help("E0533", value.span, "a form has no such way to write lists", help);
            ListStyle::Repeated
        })
    }

    /// `| json_api("people")`, `| scim_patch`, `| xml_diff("Contact")`
    fn whole(&self, function: &Ident, args: &[tree::Expr], call: &Call) -> Option<BodyFormat> {
        let name = || match args {
            [one] => text_of(one),
            _ => None,
        };
        let named = |make: fn(String) -> BodyFormat| {
            let name = name();
            if name.is_none() {
                let message = format!("`{}` takes one name, in quotes", function.text);
                self.report.error_help("E0532", function.span, message, format!("write `{}(\"Name\")`", function.text));
            }
            name.map(make)
        };
        match function.text.as_str() {
            "json_api" => named(BodyFormat::JsonApi),
            "xml_diff" => named(BodyFormat::XmlDiff),
            _ => {
                if call.method != Method::Patch {
                    let message = format!("a SCIM patch is sent by PATCH, not by {}", call.method);
                    self.report.error_help("E0515", function.span, message, "write `body = changes`, or make it a PATCH");
                }
                Some(BodyFormat::ScimPatch)
            }
        }
    }
}

/// What a call sends if it does not say.
fn by_default(role: &Role, span: Span) -> Option<tree::Expr> {
    let name = match role {
        Role::Create => "record",
        Role::Update => "changes",
        _ => return None,
    };
    Some(tree::Expr { kind: T::Name(vec![Ident { text: name.to_owned(), span }]), span })
}

/// The envelope with the body of a call in the place of `body`.
fn around(envelope: &tree::Expr, body: &tree::Expr) -> tree::Expr {
    let again = |expr: &tree::Expr| Box::new(around(expr, body));
    let all = |each: &[tree::Expr]| each.iter().map(|one| around(one, body)).collect::<Vec<_>>();
    let kind = match &envelope.kind {
        T::Name(names) if matches!(&names[..], [name] if name.text == "body") => return body.clone(),
        T::Record(members) => {
            T::Record(members.iter().map(|(name, value)| (name.clone(), around(value, body))).collect::<Vec<(Words, _)>>())
        }
        T::List(items) => T::List(all(items)),
        T::Each(one) => T::Each(again(one)),
        T::Binary { op, op_span, left, right } => T::Binary { op: *op, op_span: *op_span, left: again(left), right: again(right) },
        T::Pipe { value, function, args } => T::Pipe { value: again(value), function: function.clone(), args: all(args) },
        T::Default { value, default } => T::Default { value: again(value), default: again(default) },
        other => other.clone(),
    };
    tree::Expr { kind, span: envelope.span }
}

/// The members of a row that are written out.
fn cells(row: &Expr) -> Vec<&Expr> {
    match &row.kind {
        ExprKind::Record(members) => members.iter().map(|(_, value)| value).collect(),
        ExprKind::Arithmetic(_, left, right) => [cells(left), cells(right)].concat(),
        _ => Vec::new(),
    }
}

fn text_of(written: &tree::Expr) -> Option<String> {
    if let T::Text(template) = &written.kind { plain_text(template) } else { None }
}

/// What of an expression is sent for each record of a batch, and what once.
pub(crate) fn outside_each(expr: &Expr) -> Vec<&Expr> {
    match &expr.kind {
        ExprKind::Each(_) => Vec::new(),
        _ => std::iter::once(expr).chain(expr.children().into_iter().flat_map(outside_each)).collect(),
    }
}
