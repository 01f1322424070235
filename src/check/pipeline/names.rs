//! Names in a pipeline that would have two meanings, and the places that messages point at.

use crate::check::{
    environment::Environment,
    types::{Draft, FieldSlot, Typing},
};
use crate::diagnose::{Diagnostic, Span};

impl Environment<'_> {
    /// The first line of a stretch: a block is pointed at by how it begins.
    pub fn first_line(&self, span: Span) -> Span {
        let text = self.sources.text(span);
        let length = text.find(['\n', '{']).map_or(text.len(), |end| text[..end].trim_end().len());
        Span { end: span.start + u32::try_from(length.max(1)).unwrap_or(1), ..span }
    }

    /// The first word of a stretch.
    pub fn first_word(&self, span: Span) -> Span {
        let text = self.sources.text(span);
        let length = text.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(text.len());
        Span { end: span.start + u32::try_from(length.max(1)).unwrap_or(1), ..span }
    }

    /// Names that would have two meanings.
    pub fn clashes(&self, draft: &Draft, alias: Option<Span>) {
        let source = draft.alias.as_deref().zip(alias);
        let joined = draft.joins.iter().map(|join| (join.alias.as_str(), join.alias_span));
        let records: Vec<_> = source.into_iter().chain(joined).collect();
        let element = draft.element.iter().map(|element| (&element.name, element.name_span, "an element of `for each`"));
        for (name, span, what) in draft.fields.iter().map(|field| (&field.name, field.name_span, "a field")).chain(element.clone()) {
            if let Some((_, record)) = records.iter().find(|(known, _)| known == name) {
                let message = format!("`{name}` is the name of a record and of {what}");
                let diagnostic = Diagnostic::error("E0211", span, message).help("give one of the two another name");
                self.report.say(diagnostic.related(*record, "the record"));
            } else if Typing::reserved(name) {
                self.report.error_help("E0211", span, format!("`{name}` means something already"), "give it another name");
            }
        }
        for (name, span, _) in element {
            let field = draft.fields.iter().find(|field| field.name == *name);
            let message = || format!("`{name}` is the name of a field and of an element of `for each`");
            let twice = |field: &FieldSlot| Diagnostic::error("E0210", field.name_span, message()).related(span, "the element");
            field.into_iter().for_each(|field| self.report.say(twice(field).help("give one of the two another name")));
        }
        for (alias, span) in records.iter().filter(|(alias, _)| Typing::reserved(alias)) {
            self.report.error_help(
                "E0211",
                *span,
                format!("`{alias}` means something already"),
                "call the record something else after `as`",
            );
        }
    }
}
