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

impl Checking<'_> {
    /// `key EXPR`, else the key of the collection.
    pub fn key(&self) -> (Expr, String, Span) {
        let Some((written, span)) = self.statements.key else { return self.key_of_source() };
        let key = self.typing().expr(written);
        if matches!(key.kind, ExprKind::Constant(_)) {
            let help = "name an attribute that tells one record from another";
            self.env.report.error_help("E0402", written.span, "this key is the same for every record", help);
        }
        let text = self.key_words(&key, written.span);
        (self.fit_for_a_key(key), text, span)
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

    fn key_of_source(&self) -> (Expr, String, Span) {
        let span = self.statements.from.map_or(self.written.name.span, |(_, _, span)| span);
        let typing = self.typing();
        let Some(collection) = typing.collection(self.draft.source).filter(|_| !self.statements.broken("key")) else {
            return (Expr::broken(span), String::new(), span);
        };
        if collection.key.is_none() {
            if !collection.broken && collection.key_span.is_none() {
                let message = format!("`{}` declares no key, so the pipeline has to say what identifies a record", collection.name);
                self.env.report.error_help("E0401", span, message, "add a line such as `key employee.number`");
            }
            return (Expr::broken(span), String::new(), span);
        }
        let alias = self.draft.alias.as_deref().unwrap_or_default();
        let part = |at: usize| Expr::new(ExprKind::Source(at), collection.attributes[at].ty.clone(), span);
        let text = key_text(alias, collection);
        if let Some(only) = collection.key.alone() {
            return (part(only), text, span);
        }
        let parts = collection.key.attributes().map(|at| (collection.attributes[at].name.clone(), part(at))).collect();
        (Expr::new(ExprKind::Key(parts), Type::present(Kind::Text), span), text, span)
    }
}

/// The key of a source as a pipeline names it: `member.group, member.account`.
pub fn key_text(alias: &str, source: &Collection) -> String {
    source.key_names().iter().map(|name| format!("{alias}.{name}")).collect::<Vec<_>>().join(", ")
}
