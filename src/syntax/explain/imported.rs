//! Lines as SQL, jq, Terraform and HTTP clients have them: what is said here on another line, or with another sign.

use super::{Explained, Stop, token::*};
use crate::syntax::{faults, grammar::Rule};

impl Stop<'_> {
    /// `at .name`, `items .data[]`
    pub(super) fn jq_path(&self) -> Option<Explained> {
        let rest = self.unit.text[self.at..].strip_prefix('.')?;
        let length = rest.find([' ', '\t', '\n', '{', '}', ')']).unwrap_or(rest.len());
        let range = self.at..self.at + 1 + length;
        let native = format!("$.{}", rest[..length].trim_end_matches("[]"));
        (self.expects(Rule::path_lit) && self.helps(&range, &native)).then(|| {
            let help = format!("write `{native}`");
            Explained::new(faults::FOREIGN, range.clone(), "a path begins with `$`", help).edit(range, native)
        })
    }

    /// What belongs on a line or in a place of its own: a secret's value, a condition after `from`, the address of `http`.
    pub(super) fn on_another_line(&self) -> Option<Explained> {
        let text = self.unit.text;
        let begins = &text[token(text, skip_blanks(text, 0))];
        let rest = text[self.found.end..].trim();
        let told = |message: &str, help: String| Some(Explained::new(faults::FOREIGN, self.found.clone(), message, help));
        match (begins, self.found()) {
            ("secret", "=" | ":") => {
                let help = "end the line before it; the value is set with `counterpart.toml`, as `{ env = \"NAME\" }` under this name";
                told("the value of a secret is never in the file", help.to_owned())
            }
            ("from", "where" | "WHERE" | "when" | "if") => {
                told("which records count is said on a line of its own", format!("write `include when {rest}` below"))
            }
            ("file", "delimiter" | "separator" | "encoding" | "skip") => {
                let option = if self.found() == "separator" { "delimiter" } else { self.found() };
                let value = rest.trim_start_matches(['=', ' ']);
                told("the options of a format are in braces", format!("write `{{ {option} = {value} }}` after the format"))
            }

            (name, "primary" | "pk" | "PRIMARY") if self.unit.block == Rule::attribute_block => {
                told("the key of a collection is a line of the collection", format!("remove it, and write `key {name}` above `attributes`"))
            }
            _ => None,
        }
    }
}
