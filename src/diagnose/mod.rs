//! What is said about a file: diagnostics with a stable code, an exact span, what to do, and where possible an edit.
//!
//! In: [`Diagnostic`]s and the [`Sources`] they point into. Out: text for a terminal, lines, JSON, SARIF, GitHub annotations. Pure.

pub mod codes;
pub mod edit;
pub mod layout;
pub mod render;
pub mod screen_text;
pub mod source;
pub mod style;
pub mod words;

pub use edit::{Edit, Fix};
pub use source::{FileId, Source, Sources, Span};

/// How serious it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// The file can't be used.
    Error,
    /// The file can be used, but a reviewer should see this.
    Lint,
}

/// One thing to say about one place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// Stable code, `E0203` or `L0701`; it has a page in [`codes`].
    pub code: &'static str,
    pub severity: Severity,
    /// One sentence in lower case, no full stop, backticks round the user's words.
    pub message: String,
    /// Where.
    pub span: Span,
    /// The label next to the underline, if there is one.
    pub label: Option<String>,
    /// A second place: where the other one is declared, what opened here.
    pub related: Vec<(Span, String)>,
    /// What to do, one sentence.
    pub help: Option<String>,
    /// Edits that fix it. If there is one, `check --fix` makes it; if there are several, the author has to choose.
    pub fixes: Vec<Fix>,
    /// Whether the author has to choose although one edit is left: the others would not help here.
    pub is_choice: bool,
}

impl Diagnostic {
    /// An error with its code, place and sentence.
    #[must_use]
    pub fn error(code: &'static str, span: Span, message: impl Into<String>) -> Self {
        Self {
            code,
            severity: Severity::Error,
            message: message.into(),
            span,
            label: None,
            related: Vec::new(),
            help: None,
            fixes: Vec::new(),
            is_choice: false,
        }
    }

    /// A lint with its code, place and sentence.
    #[must_use]
    pub fn lint(code: &'static str, span: Span, message: impl Into<String>) -> Self {
        Self { severity: Severity::Lint, ..Self::error(code, span, message) }
    }

    /// The label next to the underline.
    #[must_use]
    pub fn label(mut self, label: impl Into<String>) -> Self {
        self.label = Some(label.into());
        self
    }

    /// What to do.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// A second place.
    #[must_use]
    pub fn related(mut self, span: Span, words: impl Into<String>) -> Self {
        self.related.push((span, words.into()));
        self
    }

    /// An edit that fixes it.
    #[must_use]
    pub fn fix(mut self, fix: Fix) -> Self {
        self.fixes.push(fix);
        self
    }

    /// Whether something is true of every error with its code.
    #[must_use]
    pub fn has(&self, one: codes::Trait) -> bool {
        codes::page(self.code).is_some_and(|page| page.traits.contains(&one))
    }

    /// Whether it is about how the file is written, not about what it means.
    #[must_use]
    pub fn is_syntax(&self) -> bool {
        self.has(codes::Trait::Unparsed) || self.has(codes::Trait::Understood)
    }

    /// Whether its edit takes a name for another: while a line is not understood, that line may say what the name is.
    #[must_use]
    pub fn guesses_a_name(&self) -> bool {
        self.has(codes::Trait::UnknownName) || self.has(codes::Trait::Spelling)
    }

    /// Whether it stops the file from being used.
    #[must_use]
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }
}
