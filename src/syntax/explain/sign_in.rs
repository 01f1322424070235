//! Ways to sign in that had words of their own: a signed token was a block of claims, and each grant of OAuth 2 a block of lines.

use super::{Explained, Stop, old_blocks::lines_at, token::*};
use crate::syntax::{faults, grammar::Rule};

/// A longer body is written one member a line.
const WIDEST: usize = 106;

/// What the lines of a grant began with.
const LINES: [&str; 7] = ["token", "client", "user", "refresh", "scope", "key", "claims"];

impl Stop<'_> {
    /// `auth jwt hs256 KEY { … }` and `auth oauth2 GRANT { … }`
    pub(super) fn old_sign_in(&self) -> Option<Explained> {
        let text = self.unit.text;
        if self.unit.block != Rule::http_block || !text.trim_start().starts_with("auth") {
            return None;
        }
        let words = &text[skip_blanks(text, self.found.start)..];
        let (old, new, help) = match &text[self.found.clone()] {
            "jwt" => {
                ("auth jwt hs256", signed(words)?, "sign the claims of a record: `{ sub = setting.user } | jwt(\"HS256\", secret.key)`")
            }
            "oauth2" => (
                "auth oauth2",
                granted(words)?,
                "write the request as a token call, and send its answer by `auth bearer token.access_token`",
            ),
            _ => return None,
        };
        let whole = 0..text.trim_end().len();
        let begins = if old == "auth oauth2" { "token POST" } else { "auth bearer" };
        let message = format!("`{old}` is written `{begins} …` here");
        let explained = Explained::new(faults::FOREIGN, self.found.clone(), message, help);
        // Of two statements, each has to be understood.
        let parts = new.split_inclusive("\n}\n").all(|one| super::stop(self.only, one.trim_end()).is_none());
        Some(if parts { explained.edit(whole, new) } else { explained })
    }
}

/// `jwt hs256 KEY [when COND] { CLAIMS }` as a bearer that is signed.
fn signed(words: &str) -> Option<String> {
    let rest = words.strip_prefix("jwt")?.trim_start().strip_prefix("hs256")?;
    let (head, claims) = block(rest)?;
    let (key, when) = conditional(head);
    Some(format!("auth bearer {{{claims}}} | jwt(\"HS256\", {key}){when}"))
}

/// `oauth2 GRANT [when COND] { … }` as a token call, and a bearer with what it answers.
fn granted(words: &str) -> Option<String> {
    let (head, lines) = block(words.strip_prefix("oauth2")?)?;
    let (grant, when) = conditional(head);
    let grant = match grant {
        "jwt_bearer" => "urn:ietf:params:oauth:grant-type:jwt-bearer",
        "client_credentials" | "password" | "refresh_token" => grant,
        _ => return None,
    };
    // A line that is not understood may be what the vendor asks for.
    let known = |line: &str| LINES.contains(&line.split([' ', '\t', '{']).next().unwrap_or_default());
    if !lines_at(lines, 0).filter(|line| !line.is_empty()).all(known) {
        return None;
    }
    let line = |word: &str| line_of(lines, word);
    let pair = |word: &str| line(word).and_then(halves);
    let mut members = vec![format!("grant_type = \"{grant}\"")];
    if grant.starts_with("urn:") {
        let claims = lines.find("claims").and_then(|at| block_at(&lines[at..]))?;
        members.push(format!("assertion = {{ {} }} | jwt(\"RS256\", {})", listed(claims), line("key")?));
    }
    if let Some((id, secret)) = pair("client") {
        members.extend([format!("client_id = {id}"), format!("client_secret = {secret}")]);
    }
    if let Some((user, password)) = pair("user").filter(|_| grant == "password") {
        members.extend([format!("username = {user}"), format!("password = {password}")]);
    }
    if grant == "refresh_token" {
        members.push(format!("refresh_token = token.refresh_token ?? {}", line("refresh")?));
    }
    members.extend(line("scope").map(|scope| format!("scope = {scope}")));
    let address = line("token")?;
    let address = if address.starts_with('"') { address.to_owned() } else { format!("\"{{{address}}}\"") };
    let one = members.join(", ");
    let body = if one.len() <= WIDEST {
        format!("{{ {one} }}")
    } else {
        let lines: String = members.iter().map(|member| format!("    {member}\n")).collect();
        format!("{{\n{lines}  }}")
    };
    Some(format!("token POST {address}{when} {{\n  body form = {body}\n}}\nauth bearer token.access_token{when}"))
}

/// What follows a word at the beginning of a line, up to its end.
fn line_of<'t>(lines: &'t str, word: &str) -> Option<&'t str> {
    lines.lines().find_map(|line| line.trim().strip_prefix(word)?.strip_prefix([' ', '\t']).map(str::trim)).filter(|rest| !rest.is_empty())
}

/// The two values on both sides of the one comma that is in no text.
fn halves(text: &str) -> Option<(&str, &str)> {
    let mut quoted = false;
    let comma = text.char_indices().find(|(_, c)| {
        quoted ^= *c == '"';
        *c == ',' && !quoted
    })?;
    Some((text[..comma.0].trim(), text[comma.0 + 1..].trim()))
}

fn block_at(text: &str) -> Option<&str> {
    let open = text.find('{')?;
    Some(&text[open + 1..closing(text, open)?])
}

/// Lines as members on one line.
fn listed(lines: &str) -> String {
    let lines: Vec<_> = lines.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    lines.join(", ")
}

/// The text before a block, and the text in it.
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
