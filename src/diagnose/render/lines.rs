//! For a pipe: one diagnostic a line, never wrapped.

use super::{Tally, severity, text::place};
use crate::diagnose::{Diagnostic, Sources};

/// `file:line:col: error[E0203]: … (did you mean …)`
#[must_use]
pub fn diagnostic(diagnostic: &Diagnostic, sources: &Sources) -> String {
    let help = diagnostic.help.as_deref().map(|help| format!(" ({})", help.trim_end_matches('?'))).unwrap_or_default();
    format!("{}: {}[{}]: {}{help}\n", place(sources, diagnostic.span), severity(diagnostic.severity), diagnostic.code, diagnostic.message)
}

/// `result errors=2 lints=1 files=3 exit=1`
#[must_use]
pub fn result(tally: Tally, files: usize, exit: u8) -> String {
    format!("result errors={} lints={} files={files} exit={exit}\n", tally.errors, tally.lints)
}
