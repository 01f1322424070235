//! The key of a pipeline: what identifies a record for ever.

use super::Checking;
use crate::check::{
    model::{
        expr::{Expr, ExprKind},
        system::Collection,
    },
    types::{Subject, a_kind},
};
use crate::{
    diagnose::{Diagnostic, Span},
    value::{Kind, Type},
};
use std::collections::BTreeMap;

impl Checking<'_> {
    /// `key EXPR`, else the key of the collection.
    pub fn key(&self) -> (Expr, KeyText, Span) {
        let Some((written, span)) = self.statements.key else { return self.key_of_source() };
        let key = self.typing().expr(written);
        if matches!(key.kind, ExprKind::Constant(_)) {
            let help = "name an attribute that tells one record from another";
            self.env.report.error_help("E0402", written.span, "this key is the same for every record", help);
        }
        let text = KeyText { written: self.key_words(&key, written.span), form: self.key_form(&key, written.span) };
        (self.fit_for_a_key(key), text, span)
    }

    /// What the key is made of, however it is written: paths of the source in place of names, without blanks and outer brackets.
    fn key_form(&self, key: &Expr, span: Span) -> String {
        let mut parts: BTreeMap<(u32, u32), String> = BTreeMap::new();
        key.walk(&mut |part| {
            if let Some(made_of) = self.form_of_name(part) {
                parts.insert((part.span.start, part.span.end), made_of);
            }
        });
        let (text, mut out, mut at) = (self.env.sources.text(span), String::new(), span.start);
        for ((start, end), made_of) in parts.into_iter().filter(|((start, end), _)| *start >= span.start && *end <= span.end) {
            if start >= at {
                out.push_str(&text[(at - span.start) as usize..(start - span.start) as usize]);
                out.push_str(&made_of);
                at = end;
            }
        }
        out.push_str(&text[(at - span.start) as usize..]);
        without_brackets(&without_blanks(&out)).to_owned()
    }

    fn form_of_name(&self, part: &Expr) -> Option<String> {
        match part.kind {
            ExprKind::Source(at) => {
                let typing = self.typing();
                let attribute = typing.collection(self.draft.source)?.attributes.get(at)?;
                Some(format!("{{{} {}}}", attribute.path.text, attribute.ty))
            }
            ExprKind::Raw(at) => Some(format!("{{{}}}", self.draft.raws.borrow().get(at)?.path.text)),
            ExprKind::Field(at) => {
                let value = &self.draft.fields.get(at)?.checked.as_ref()?.value;
                Some(format!("({})", self.key_form(value, value.span)))
            }
            _ => None,
        }
    }

    /// The key as written, and the fields that it is made of: another one of those makes another key.
    fn key_words(&self, key: &Expr, span: Span) -> String {
        let words = |span: Span| self.env.text(span).split_whitespace().collect::<Vec<_>>().join(" ");
        let made_of = |subject: &Subject| {
            let Subject::Field(at) = subject else { return None };
            let field = self.statements.fields.get(*at)?;
            Some(format!("\n{} = {}", field.name.text, words(field.value.span)))
        };
        let fields: String = self.typing().names_in(key).iter().filter_map(made_of).collect();
        self.env.text(span) + &fields
    }

    fn fit_for_a_key(&self, key: Expr) -> Expr {
        if key.is_broken() || matches!(key.ty.kind, Kind::Text | Kind::Int) {
            return key;
        }
        if key.ty.kind == Kind::Json {
            return self.typing().read_as(key, &Kind::Text);
        }
        let message = format!("a key is a text or a whole number, and this is {}", a_kind(&key.ty.kind));
        let diagnostic = Diagnostic::error("E0402", key.span, message).label(key.ty.to_string());
        self.env.report.say(diagnostic.help("name what the source calls the record by, such as a number"));
        Expr::broken(key.span)
    }

    fn key_of_source(&self) -> (Expr, KeyText, Span) {
        let span = self.statements.from.map_or(self.written.name.span, |(_, _, span)| span);
        let typing = self.typing();
        let Some(collection) = typing.collection(self.draft.source).filter(|_| !self.statements.broken("key")) else {
            return (Expr::broken(span), KeyText::default(), span);
        };
        if collection.key.is_none() {
            if !collection.broken && collection.key_span.is_none() {
                let message = format!("`{}` declares no key, so the pipeline has to say what identifies a record", collection.name);
                self.env.report.error_help("E0401", span, message, "add a line such as `key employee.number`");
            }
            return (Expr::broken(span), KeyText::default(), span);
        }
        let alias = self.draft.alias.as_deref().unwrap_or_default();
        let part = |at: usize| Expr::new(ExprKind::Source(at), collection.attributes[at].ty.clone(), span);
        let forms = collection.key.attributes().map(|at| {
            let attribute = &collection.attributes[at];
            format!("{{{} {}}}", attribute.path.text, attribute.ty)
        });
        let text = KeyText { written: key_text(alias, collection), form: forms.collect::<Vec<_>>().join(",") };
        if let Some(only) = collection.key.alone() {
            return (part(only), text, span);
        }
        let parts = collection.key.attributes().map(|at| (collection.attributes[at].name.clone(), part(at))).collect();
        (Expr::new(ExprKind::Key(parts), Type::present(Kind::Text), span), text, span)
    }
}

/// The key of a pipeline in two forms.
#[derive(Clone, Debug, Default)]
pub(crate) struct KeyText {
    /// As it is written.
    pub written: String,
    /// The same for every way to write it.
    pub form: String,
}

/// A text without blanks, except in quotes and between two words.
fn without_blanks(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let (mut quoted, mut blank) = (false, false);
    for c in text.chars() {
        quoted ^= c == '"';
        if c.is_whitespace() && !quoted {
            blank = true;
            continue;
        }
        let word = |c: char| c.is_alphanumeric() || c == '_';
        if std::mem::take(&mut blank) && word(c) && out.chars().last().is_some_and(word) {
            out.push(' ');
        }
        out.push(c);
    }
    out
}

/// A text without brackets that are around all of it.
fn without_brackets(text: &str) -> &str {
    let Some(inner) = text.strip_prefix('(').and_then(|text| text.strip_suffix(')')) else { return text };
    let mut depth = 0_i32;
    let opens_first = inner.chars().all(|c| {
        depth += i32::from(c == '(') - i32::from(c == ')');
        depth >= 0
    });
    if opens_first { without_brackets(inner) } else { text }
}

/// The key of a source as a pipeline names it: `member.group, member.account`.
pub fn key_text(alias: &str, source: &Collection) -> String {
    source.key_names().iter().map(|name| format!("{alias}.{name}")).collect::<Vec<_>>().join(", ")
}
