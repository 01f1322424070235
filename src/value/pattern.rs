//! Regular expressions, as `matches` and `replace_pattern` take them.

use regex::Regex;

/// Compiles a regular expression: the costliest thing a check does, so nobody should do it twice for one text.
///
/// # Errors
/// What is wrong with it.
pub fn compile(text: &str) -> Result<Regex, regex::Error> {
    #[cfg(test)]
    super::testing::compiled(text);
    Regex::new(text)
}
