//! The words of the language and those that people bring from others.

/// Signs that can only mean one thing here, the longer first.
const FOREIGN_SIGNS: [(&str, &str); 6] = [("===", "=="), ("!==", "!="), ("&&", "and"), ("||", "or"), (":=", "="), ("<>", "!=")];

/// A sign of another language at the start of the text, and what it is here.
pub(super) fn foreign_sign(rest: &str) -> Option<(&'static str, &'static str)> {
    FOREIGN_SIGNS.into_iter().find(|(sign, _)| rest.starts_with(sign))
}

/// A text's content with what must be escaped between `"` escaped.
pub(super) fn escaped(content: &str) -> String {
    let mut escaped = String::with_capacity(content.len());
    for c in content.chars() {
        if matches!(c, '"' | '\\' | '{' | '}') {
            escaped.push('\\');
        }
        escaped.push(c);
    }
    escaped
}
