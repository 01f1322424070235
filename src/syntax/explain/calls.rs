//! Functions called as other languages call them: `lower(x)`, `x.trim()`, `today()`, `exists(x)`, `coalesce(a, b)`.

use super::{Explained, Stop, shortened, stop, token::*};
use crate::{
    syntax::{faults, grammar::Rule, words},
    value::functions,
};
use std::ops::Range;

/// A statement with more calls than this is not rewritten.
const MOST_CALLS: usize = 8;

impl Stop<'_> {
    /// A name followed by `(`, without a `|` before it.
    pub(super) fn called(&self) -> Option<Explained> {
        let call = Call::around(self.unit.text, self.at)?;
        let written = &self.unit.text[call.range.clone()];
        match call.native(self.unit.text) {
            Some(native) if self.helps(&call.range, &native) => Some(self.rewritten(&call, &native)),
            _ if begins_value(&self.unit.text[..call.range.start]) => {
                let message = format!("`{}` cannot be called like this", shortened(written));
                let help = match call.name {
                    "max" | "min" | "greatest" | "least" => "compare the two and choose: `if a > b then a else b`",
                    _ => "functions follow the value: `person.email | lower`; `counterpart explain functions` lists them",
                };
                Some(Explained::new(faults::FOREIGN, call.range, message, help))
            }
            _ => None,
        }
    }

    /// The call as it is written here, and the other calls of the statement with it: one edit for all.
    fn rewritten(&self, call: &Call<'_>, native: &str) -> Explained {
        let written = &self.unit.text[call.range.clone()];
        let message = format!("`{}` is written `{}` here", shortened(written), shortened(native));
        let explained = Explained::new(faults::FOREIGN, call.range.clone(), message, format!("write `{native}`"));
        match self.without_calls(self.repaired(&call.range, native)) {
            Some(text) => {
                let (at, native) = difference(self.unit.text, &text);
                explained.edit(at, native)
            }
            None => explained.edit(call.range.clone(), native),
        }
    }

    /// The statement without its other calls; none if it has none.
    fn without_calls(&self, mut text: String) -> Option<String> {
        let mut more = false;
        for _ in 0..MOST_CALLS {
            let Some((at, _)) = stop(self.only, &text) else { break };
            let call = Call::around(&text, at).and_then(|call| Some((call.range.clone(), call.native(&text)?)));
            let Some((range, native)) = call else { break };
            text.replace_range(range, &native);
            more = true;
        }
        more.then_some(text)
    }

    /// `default "x"` and `default("x")` after a pipe, where the first lacks its brackets as well.
    pub(super) fn default_without_brackets(&self) -> Option<Explained> {
        let text = self.unit.text;
        let function = token_before(text, self.at);
        let pipe = text[..function.start].trim_end();
        if !words::is_fallback(&text[function.clone()]) || !pipe.ends_with('|') || !self.is_complete() {
            return None;
        }
        let range = pipe.len() - 1..function.end;
        let message = format!("`| {}` is written `??` here", &text[function]);
        let help = format!("write `?? {}`", shortened(self.found()));
        self.parses_with(&range, "??").then(|| Explained::new(faults::FOREIGN, range.clone(), message, help).edit(range, "??"))
    }

    /// `in ("A", "B")`
    pub(super) fn list_in_parentheses(&self) -> Option<Explained> {
        let text = self.unit.text;
        if self.found() != "," {
            return None;
        }
        let open = text[..self.at].rfind('(')?;
        let close = closing(text, open)?;
        let before = token_before(text, open);
        let native = format!("[{}]", &text[open + 1..close]);
        let range = open..close + 1;
        (&text[before] == "in" && self.helps(&range, &native)).then(|| {
            let message = "the values after `in` are written in `[ ]`";
            Explained::new(faults::FOREIGN, range.clone(), message, format!("write `{native}`")).edit(range, native)
        })
    }

    /// `auth basic USER`
    pub(super) fn one_credential(&self) -> Option<Explained> {
        let mut words = self.unit.text.split_whitespace();
        let basic = words.next() == Some("auth") && words.next() == Some("basic");
        if !basic || self.unit.block != Rule::http_block || !self.expects(Rule::p_comma) {
            return None;
        }
        let before = token_before(self.unit.text, self.at);
        let message = "`auth basic` takes a user name and a password, and here is one value";
        Some(Explained::new(faults::NOT_UNDERSTOOD, before, message, "write `auth basic USER, PASSWORD`"))
    }
}

/// A name, or several with dots, and `( )` right after it.
struct Call<'t> {
    /// From the name to the last bracket of the last call of a chain.
    range: Range<usize>,
    /// `e.name` in `e.name.trim()`; empty in `trim(e.name)`.
    receiver: &'t str,
    name: &'t str,
    args: Vec<&'t str>,
    /// `.lower()` in `e.name.trim().lower()`
    rest: Vec<(&'t str, Vec<&'t str>)>,
}

/// How strongly the parts of a rewritten call hold together.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Strength {
    Comparison,
    Pipe,
    Value,
}

type Native = (String, Strength);

impl<'t> Call<'t> {
    fn around(text: &'t str, open: usize) -> Option<Self> {
        let chain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '$');
        let before = text.get(..open)?;
        let start = before.trim_end_matches(chain).len();
        let (receiver, name) = before[start..].rsplit_once('.').unwrap_or(("", &before[start..]));
        if !text[open..].starts_with('(') || !name.starts_with(|c: char| c.is_ascii_alphabetic()) || before[..start].ends_with(']') {
            return None;
        }
        let mut end = closing(text, open)? + 1;
        let args = arguments(&text[open + 1..end - 1]);
        let mut rest = Vec::new();
        while let Some((name, args, next)) = chained(text, end) {
            rest.push((name, args));
            end = next;
        }
        Some(Self { range: start..end, receiver, name, args, rest })
    }

    /// As it is written here, in brackets where its neighbours would take a part of it.
    fn native(&self, text: &str) -> Option<String> {
        let (native, strength) = self.expression()?;
        let (before, after) = (text[..self.range.start].trim_end(), text[self.range.end..].trim_start());
        let needed = needed_before(before).max(needed_after(after));
        Some(if strength < needed { format!("({native})") } else { native })
    }

    fn expression(&self) -> Option<Native> {
        let first = if self.name.eq_ignore_ascii_case("lookup") {
            let both: Vec<&str> = Some(self.receiver).filter(|one| !one.is_empty()).into_iter().chain(self.args.iter().copied()).collect();
            looked_up(&both)?
        } else if self.receiver.is_empty() {
            free(self.name, &self.args)?
        } else {
            piped((self.receiver.to_owned(), Strength::Value), self.name, &self.args)?
        };
        self.rest.iter().try_fold(first, |value, (name, args)| piped(value, name, args))
    }
}

/// `.lower()` at a place: its name, its arguments, and where it ends.
fn chained(text: &str, at: usize) -> Option<(&str, Vec<&str>, usize)> {
    let rest = text[at..].strip_prefix('.')?;
    let length = rest.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_'))?;
    let open = at + 1 + length;
    if length == 0 || !text[open..].starts_with('(') {
        return None;
    }
    let close = closing(text, open)?;
    Some((&rest[..length], arguments(&text[open + 1..close]), close + 1))
}

/// `name(args)` without a receiver.
fn free(name: &str, args: &[&str]) -> Option<Native> {
    let key = name.to_ascii_lowercase().replace('_', "");
    let inner = args.iter().map(|arg| argument(arg)).collect::<Option<Vec<_>>>()?;
    match (key.as_str(), &inner[..]) {
        ("today" | "now", []) => Some((key, Strength::Value)),
        ("exists" | "isset" | "defined" | "ispresent" | "isnotnull" | "notnull" | "isnotempty" | "notempty", [one]) => {
            Some((format!("{} is present", at_least(one, Strength::Pipe)), Strength::Comparison))
        }
        ("isnull" | "isempty" | "empty" | "ismissing" | "isblank" | "isnone", [one]) => {
            Some((format!("{} is missing", at_least(one, Strength::Pipe)), Strength::Comparison))
        }
        ("coalesce" | "ifnull" | "nvl" | "isnull" | "default", [first, others @ ..]) if !others.is_empty() => {
            let others = others.iter().map(|one| format!(" ?? {}", at_least(one, Strength::Value)));
            Some((at_least(first, Strength::Pipe) + &others.collect::<String>(), Strength::Pipe))
        }
        ("concat" | "concatenate", [_, _, ..]) => together(&inner),
        (_, [first, ..]) => piped(first.clone(), name, &args[1..]),
        _ => None,
    }
}

/// `value | lookup(TABLE)`: other languages have the table before or after the value. It is the one that is a bare name; where both are,
/// which is which is not known.
fn looked_up(both: &[&str]) -> Option<Native> {
    let is_bare = |text: &str| text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    let (value, table) = match both {
        [table, value] if is_bare(table) && !is_bare(value) => (value, table),
        [value, table] if is_bare(table) && !is_bare(value) => (value, table),
        _ => return None,
    };
    Some((format!("{} | lookup({table})", at_least(&argument(value)?, Strength::Pipe)), Strength::Pipe))
}

/// `value | function(args)`
fn piped(value: Native, name: &str, args: &[&str]) -> Option<Native> {
    let function = functions::by_name(name).map(|function| function.name).or_else(|| functions::meant(name))?;
    let given = if args.is_empty() { String::new() } else { format!("({})", args.join(", ")) };
    Some((format!("{} | {function}{given}", at_least(&value, Strength::Pipe)), Strength::Pipe))
}

/// Texts and values in one text.
fn together(parts: &[Native]) -> Option<Native> {
    let mut out = String::new();
    for (part, _) in parts {
        match part.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) {
            Some(text) if !text.contains('"') => out.push_str(text),
            _ if part.contains('"') => return None,
            _ => out.push_str(&format!("{{{part}}}")),
        }
    }
    Some((format!("\"{out}\""), Strength::Value))
}

/// What a call is given: another call, or something that is clear by itself.
fn argument(text: &str) -> Option<Native> {
    let open = text.find('(').filter(|_| !text.starts_with('"'));
    if let Some(call) = open.and_then(|open| Call::around(text, open)) {
        return if call.range == (0..text.len()) { call.expression() } else { None };
    }
    let plain = |c: char| c.is_alphanumeric() || matches!(c, '_' | '.' | '$');
    let is_text = text.len() > 1 && text.starts_with('"') && text.ends_with('"') && !text[1..text.len() - 1].contains('"');
    let strength = if is_text || text.chars().all(plain) { Strength::Value } else { Strength::Comparison };
    (!text.is_empty()).then(|| (text.to_owned(), strength))
}

/// Whether a value is what comes next.
fn begins_value(before: &str) -> bool {
    let before = before.trim_end();
    let word = &before[word_before(before, before.len()).start..];
    before.ends_with(['=', '<', '>', '(', '[', '{', ',', '|', '?', '+', '-', '*', '/'])
        || matches!(word, "when" | "not" | "and" | "or" | "if" | "then" | "else" | "in" | "contains" | "with")
}

fn at_least((text, strength): &Native, needed: Strength) -> String {
    if *strength < needed { format!("({text})") } else { text.clone() }
}

/// What the sign before a value takes of it.
fn needed_before(before: &str) -> Strength {
    let compares = ["==", "!=", "<", ">", "<=", ">=", " in", " contains", " with"].iter().any(|sign| before.ends_with(sign));
    match before.chars().next_back() {
        Some('+' | '-' | '*' | '/' | '|' | '?') => Strength::Value,
        _ if compares => Strength::Pipe,
        _ => Strength::Comparison,
    }
}

/// What the sign after a value takes of it.
fn needed_after(after: &str) -> Strength {
    let compares = ["==", "!=", "<", ">", "in ", "contains ", "starts ", "ends ", "is ", "matches "];
    match after.chars().next() {
        Some('+' | '-' | '*' | '/') => Strength::Value,
        Some('|' | '?') => Strength::Pipe,
        _ if compares.iter().any(|sign| after.starts_with(sign)) => Strength::Pipe,
        _ => Strength::Comparison,
    }
}

/// Where a bracket that opens at a place is closed, texts skipped.
fn closing(text: &str, open: usize) -> Option<usize> {
    let (mut depth, mut quoted) = (0_usize, false);
    for (at, c) in text[open..].char_indices() {
        match c {
            '"' => quoted = !quoted,
            '(' | '[' | '{' if !quoted => depth += 1,
            ')' | ']' | '}' if !quoted => {
                depth = depth.checked_sub(1)?;
                if depth == 0 {
                    return Some(open + at);
                }
            }
            _ => {}
        }
    }
    None
}

/// The text between the brackets, split at its commas.
fn arguments(text: &str) -> Vec<&str> {
    let (mut depth, mut quoted, mut start) = (0_i32, false, 0);
    let mut parts = Vec::new();
    for (at, c) in text.char_indices() {
        match c {
            '"' => quoted = !quoted,
            '(' | '[' | '{' if !quoted => depth += 1,
            ')' | ']' | '}' if !quoted => depth -= 1,
            ',' if !quoted && depth == 0 => {
                parts.push(text[start..at].trim());
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.push(text[start..].trim());
    if parts == [""] { Vec::new() } else { parts }
}

/// What of a text became what in another one.
fn difference(old: &str, new: &str) -> (Range<usize>, String) {
    let start = old.char_indices().zip(new.chars()).find(|((_, a), b)| a != b).map_or(old.len().min(new.len()), |((at, _), _)| at);
    let ends = old[start..].chars().rev().zip(new[start..].chars().rev());
    let end: usize = ends.take_while(|(a, b)| a == b).map(|(a, _)| a.len_utf8()).sum();
    (start..old.len() - end, new[start..new.len() - end].to_owned())
}
