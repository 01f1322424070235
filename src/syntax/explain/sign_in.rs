//! Ways to sign in that had words of their own: a signed token was a block of claims, and each grant of OAuth 2 a block of lines.

use super::{Explained, Stop, token::*};
use crate::syntax::{faults, grammar::Rule};

impl Stop<'_> {
    /// `auth jwt hs256 KEY { … }`
    pub(super) fn old_sign_in(&self) -> Option<Explained> {
        let text = self.unit.text;
        if self.unit.block != Rule::http_block || !text.trim_start().starts_with("auth") {
            return None;
        }
        let words = &text[skip_blanks(text, self.found.start)..];
        let (old, new) = match &text[self.found.clone()] {
            "jwt" => ("auth jwt hs256", signed(words)?),
            _ => return None,
        };
        let whole = 0..text.trim_end().len();
        let begins = new.split(['\n', '{']).next().unwrap_or_default().trim_end().to_owned();
        let message = format!("`{old}` is now `{begins} …`");
        let explained = Explained::new(
            faults::FOREIGN,
            self.found.clone(),
            message,
            "sign the claims of a record: `{ sub = setting.user } | jwt(\"HS256\", secret.key)`",
        );
        Some(if self.parses_with(&whole, &new) { explained.edit(whole, new) } else { explained })
    }
}

/// `jwt hs256 KEY [when COND] { CLAIMS }` as a bearer that is signed.
fn signed(words: &str) -> Option<String> {
    let rest = words.strip_prefix("jwt")?.trim_start().strip_prefix("hs256")?;
    let (head, claims) = block(rest)?;
    let (key, when) = conditional(head);
    Some(format!("auth bearer {{{claims}}} | jwt(\"HS256\", {key}){when}"))
}

/// What stands before a block, and what in it.
fn block(text: &str) -> Option<(&str, &str)> {
    let open = text.find('{')?;
    let close = closing(text, open)?;
    text[close + 1..].trim().is_empty().then(|| (text[..open].trim(), &text[open + 1..close]))
}

/// A value and the condition after it, with `when`.
fn conditional(text: &str) -> (&str, String) {
    match text.find(" when ") {
        Some(at) => (text[..at].trim(), format!(" {}", text[at..].trim())),
        None => (text.trim(), String::new()),
    }
}

/// Where a brace that opens at a place is closed, texts skipped.
fn closing(text: &str, open: usize) -> Option<usize> {
    let (mut depth, mut quoted) = (0_usize, false);
    for (at, c) in text[open..].char_indices() {
        match c {
            '"' => quoted = !quoted,
            '{' if !quoted => depth += 1,
            '}' if !quoted => {
                depth -= 1;
                if depth == 0 {
                    return Some(open + at);
                }
            }
            _ => {}
        }
    }
    None
}
