use super::Span;

/// Replaces a stretch of text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    pub span: Span,
    pub text: String,
}

/// A way to mend a diagnostic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fix {
    /// What it does, if the edited line does not say it: `empties it`.
    pub words: String,
    pub edits: Vec<Edit>,
}

impl Fix {
    /// Replaces one stretch.
    #[must_use]
    pub fn replace(span: Span, text: impl Into<String>, words: impl Into<String>) -> Self {
        Self { words: words.into(), edits: vec![Edit { span, text: text.into() }] }
    }
}
