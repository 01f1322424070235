//! JSON paths: parsed once, refused where they are written.

use crate::check::environment::Environment;
use crate::{
    diagnose::{Diagnostic, Span},
    syntax::tree::PathText,
    value::path::{JsonPath, PathError},
};

impl Environment<'_> {
    /// The path, or none once it has been refused.
    pub fn path(&self, written: &PathText) -> Option<JsonPath> {
        let path = self.patterns.path(&written.text).map_err(|error| self.refuse_path(written, &error)).ok()?;
        self.braces_in(written);
        Some(path)
    }

    /// L0704: a text inside a path is compared as it is written, whatever it looks like. Only the paths of `attributes from` have holes, `{$.name}`.
    fn braces_in(&self, written: &PathText) {
        let Some(open) = written.text.find('{').filter(|open| !written.text[*open..].starts_with("{$")) else { return };
        let Some(length) = written.text[open..].find('}') else { return };
        let name = &written.text[open..=open + length];
        let message = format!("`{name}` in a path is compared literally: a path is the same for every record");
        let help = "read the list, and choose from it in a condition or in a row for each element";
        self.report.say(Diagnostic::lint("L0704", self.place_in(written, open), message).label("not a value").help(help));
    }

    /// The path; where it has been refused, another in its place.
    pub fn path_or_root(&self, written: &PathText) -> JsonPath {
        self.path(written).unwrap_or_else(JsonPath::record)
    }

    /// A path that begins where another ends.
    pub fn path_below(&self, at: Option<&JsonPath>, path: &JsonPath) -> JsonPath {
        let Some(at) = at else { return path.clone() };
        let below = |one: &JsonPath| self.patterns.path(&format!("{}{}", at.text, &one.first_text()[1..])).ok();
        let all: Option<Vec<_>> = path.alternatives().map(below).collect();
        all.and_then(|all| all.into_iter().rev().reduce(|last, one| one.or(last))).unwrap_or_else(|| path.clone())
    }

    fn refuse_path(&self, written: &PathText, error: &PathError) {
        let diagnostic = Diagnostic::error("E0601", self.place_in(written, error.offset), error.message.clone());
        self.report.say(match &error.help {
            Some(help) => diagnostic.help(help.clone()),
            None => diagnostic,
        });
    }

    /// From the offset to the end of the path, if the file has it as it was parsed.
    fn place_in(&self, written: &PathText, offset: usize) -> Span {
        let as_written = self.sources.text(written.span) == written.text && written.text.is_char_boundary(offset);
        if !as_written || offset >= written.text.len() {
            return written.span;
        }
        Span { start: written.span.start + u32::try_from(offset).unwrap_or(0), ..written.span }
    }
}
