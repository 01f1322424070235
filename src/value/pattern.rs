//! Regular expressions, as `matches` and `replace_pattern` take them.

use regex::Regex;

/// Compiles a regular expression. This is the most expensive part of a check, so callers compile each text once.
///
/// # Errors
/// The error of the pattern.
pub fn compile(text: &str) -> Result<Regex, regex::Error> {
    #[cfg(test)]
    super::testing::compiled(text);
    Regex::new(text)
}
