//! What people write by habit: list marks, a `?` after the name, JSON paths as other products write them, an assignment alone in `leaver`.

use super::{Explained, Stop, old_lines::words_of, token::*};
use crate::syntax::{faults, grammar::Rule};
use std::ops::Range;

impl Stop<'_> {
    /// Lines that say something the language says elsewhere, or by another word.
    pub(super) fn said_elsewhere(&self) -> Option<Explained> {
        let text = self.unit.text;
        let words = words_of(text);
        let said: Vec<&str> = words.iter().map(|word| &text[word.clone()]).collect();
        let told = |at: usize, message: &str, help: &str| Explained::new(faults::FOREIGN, words[at].clone(), message, help);
        let method = |word: &str| matches!(word, "DELETE" | "POST" | "PUT" | "PATCH");
        match (self.unit.block, &said[..]) {
            (Rule::collection_block, ["format", ..]) => {
                Some(told(0, "the format of a file is said behind its path", "remove the line, and write `file \"people.csv\" csv`"))
            }
            (Rule::collection_block, ["remove", verb, ..]) if method(verb) => {
                let delete = words[0].clone();
                Some(told(0, "the call that deletes a record is `delete`", "write `delete`").edit(delete, "delete"))
            }
            (Rule::collection_block, ["list", "all"]) => {
                let list = words[0].clone();
                Some(told(0, "`list all` is written `lists all` here", "write `lists all`").edit(list, "lists"))
            }
            (Rule::http_block, ["auth", "header", name, ..]) if name.starts_with('"') => {
                let help = format!("write `header {name} = secret.NAME` without `auth`, with the name of the secret");
                Some(told(1, "a secret that is sent in a header is a line of its own", &help))
            }
            (Rule::http_block | Rule::call_block, [word @ ("headers" | "queries" | "params"), "{" | "=" | ":", ..]) => {
                let line = if *word == "headers" { "header \"X-Name\" = …" } else { "query \"name\" = …" };
                Some(told(0, &format!("`{word}` have no block of their own here"), &format!("write a line for each of them: `{line}`")))
            }
            (Rule::http_block, [word @ ("secret" | "setting"), ..]) => {
                let message = format!("a `{word}` is declared in the system, not in `http`");
                Some(told(0, &message, "put the line in front of `http`"))
            }
            _ => None,
        }
    }

    /// `http { base_url "https://…" }`, which is `http "https://…" { }`.
    pub(super) fn address_in_block(&self) -> Option<Explained> {
        let text = self.unit.text;
        let words = words_of(text);
        let word = |at: usize| words.get(at).map_or("", |word| &text[word.clone()]);
        if self.unit.block != Rule::system_block || word(0) != "http" || word(1) != "{" {
            return None;
        }
        let message = "the address of a system is written after `http`";
        let explained = Explained::new(faults::FOREIGN, words[0].clone(), message, "write `http \"https://…\" { … }`");
        let value = if matches!(word(3), "=" | ":") { 4 } else { 3 };
        let name = word(2).to_lowercase();
        if !word(value).starts_with('"') || !["url", "base", "address", "host"].iter().any(|known| name.contains(known)) {
            return Some(explained);
        }
        let (after_http, line) = (words[0].end, words[1].end..words[value].end);
        Some(Explained { edits: vec![(after_http..after_http, format!(" {}", word(value))), (line, String::new())], ..explained })
    }

    /// `- id = person.id`
    pub(super) fn list_mark(&self) -> Option<Explained> {
        let begins = self.unit.text[..self.at].trim().is_empty();
        let end = skip_blanks(self.unit.text, self.found.end);
        let range = self.found.start..end;
        (begins && matches!(self.found(), "-" | "*") && self.helps(&range, "")).then(|| {
            let message = format!("the lines of a block have no `{}` before them", self.found());
            Explained::new(faults::FOREIGN, self.found.clone(), message, "remove it").edit(range, "")
        })
    }

    /// `2,5%`, `1,000`: a comma between the digits of a number. Whether it is a decimal or groups thousands is the author's to say.
    pub(super) fn comma_in_number(&self) -> Option<Explained> {
        let text = self.unit.text;
        let comma = if self.found() == "," { self.found.clone() } else { token_before(text, self.at) };
        let (before, after) = (&text[..comma.start], &text[comma.end..]);
        let digit = |c: char| c.is_ascii_digit();
        if &text[comma.clone()] != "," || !before.ends_with(digit) || !after.starts_with(digit) {
            return None;
        }
        let start = before.trim_end_matches(|c| digit(c) || c == ',').len();
        let end = text.len() - after.trim_start_matches(|c| digit(c) || c == ',').len();
        let number = &text[start..end];
        let native = number.replacen(',', ".", 1).replace(',', "");
        self.helps(&(start..end), &native).then(|| {
            let help = if number.matches(',').count() == 1 {
                format!("write `{}` for a decimal, or `{}` without the comma", native, number.replace(',', ""))
            } else {
                format!("write `{}`", number.replace(',', ""))
            };
            let mut explained = Explained::new(faults::FOREIGN, start..end, "a number is written without a comma", help);
            explained.offered = false;
            explained.edit(start..end, native)
        })
    }

    /// `* = "c"` in a table.
    pub(super) fn star_row(&self) -> Option<Explained> {
        let begins = self.unit.text[..self.at].trim().is_empty();
        (begins && self.unit.block == Rule::table_block && self.found() == "*" && self.parses_with(&self.found, "else"))
            .then(|| self.foreign(self.found.clone(), "else"))
    }

    /// `active = false` in `leaver`, which is `set active = false`.
    pub(super) fn without_set(&self) -> Option<Explained> {
        let start = skip_blanks(self.unit.text, 0);
        let name = token(self.unit.text, start);
        let sets = matches!(self.unit.block, Rule::leaver_block | Rule::action_block | Rule::closed_block);
        (sets && self.at <= skip_blanks(self.unit.text, name.end) && self.parses_with(&(start..start), "set ")).then(|| {
            let name = &self.unit.text[name.clone()];
            let message = "a value that `leaver` writes begins with `set`";
            Explained::new(faults::FOREIGN, start..start + name.len(), message, format!("write `set {name} = …`"))
                .edit(start..start, "set ")
        })
    }

    /// `name? : text`, which is `name : text?`; `x? = …`, where the type says it by itself.
    pub(super) fn optional_name(&self) -> Option<Explained> {
        if self.found() != "?" || !(self.expects(Rule::p_colon) || self.expects(Rule::p_eq)) {
            return None;
        }
        let after = &self.unit.text[self.found.end..];
        let (range, native) = match after.trim_start().strip_prefix(':') {
            Some(ty) => self.with_optional_type(ty)?,
            None => (self.found.clone(), String::new()),
        };
        self.helps(&range, &native).then(|| {
            let help = if native.is_empty() { "remove it".to_owned() } else { format!("write `{}`", native.trim()) };
            Explained::new(faults::FOREIGN, self.found.clone(), "a `?` follows the type, not the name", help).edit(range, native)
        })
    }

    /// From the `?` to the end of the type, and its replacement.
    fn with_optional_type(&self, ty: &str) -> Option<(Range<usize>, String)> {
        let start = self.unit.text.len() - ty.trim_start().len();
        let mut end = start;
        while let Some(list) = self.unit.text[end..].strip_prefix("list") {
            let of = list.trim_start().strip_prefix("of ")?;
            end = self.unit.text.len() - of.trim_start().len();
        }
        end = token(self.unit.text, end).end;
        let ty = self.unit.text[start..end].trim_end_matches('?');
        let rest = end + usize::from(self.unit.text[end..].starts_with('?'));
        (!ty.is_empty()).then(|| (self.found.start..rest, format!(" : {ty}?")))
    }

    /// `$.["First name"]`
    pub(super) fn dot_before_bracket(&self) -> Option<Explained> {
        let dot = self.found.start..self.found.start + 1;
        let path = self.path_before(self.at)?;
        (self.unit.text[self.at..].starts_with(".[") && self.helps(&dot, "")).then(|| {
            let rest = &self.unit.text[dot.end..];
            let end = rest.find(']').map_or(rest.len(), |end| end + 1);
            let native = format!("{}{}", &self.unit.text[path.clone()], &rest[..end]);
            Explained::new(faults::FOREIGN, dot.clone(), "the `[` of a path has no `.` before it", format!("write `{native}`"))
                .edit(dot, "")
        })
    }

    /// `$.a-b`
    pub(super) fn hyphen_in_path(&self) -> Option<Explained> {
        let segment = self.segment_before(self.at)?;
        let rest = &self.unit.text[self.at..];
        let length = rest.find(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | '-'))).unwrap_or(rest.len());
        let range = segment.start..self.at + length;
        let name = self.unit.text[range.clone()].trim_start_matches('.');
        let native = format!("[\"{name}\"]");
        (self.found().starts_with('-') && !name.ends_with('-') && self.helps(&range, &native)).then(|| {
            let message = format!("a name with a hyphen is written in `[ ]` in a path: `{name}`");
            Explained::new(faults::FOREIGN, range.clone(), message, format!("write `{}`", self.whole_path(&range, &native)))
                .edit(range, native)
        })
    }

    /// `$.First name`: the blank ends the path. The edit is offered for names that begin as no word of the language does.
    pub(super) fn blank_in_path(&self) -> Option<Explained> {
        let text = self.unit.text;
        let end = text[..self.at].trim_end().len();
        let segment = self.segment_before(end).filter(|_| end < self.at && self.is_word())?;
        let line = text[self.at..].split(['\n', '{', '}', '"', '$', ',']).next().unwrap_or_default().trim_end();
        let ends = line.char_indices().filter(|(_, c)| *c == ' ').map(|(at, _)| at).chain([line.len()]).take(4);
        let native = |end: usize| format!("[\"{}\"]", text[segment.start..self.at + end].trim_start_matches('.'));
        let end = ends.into_iter().find(|end| self.parses_with(&(segment.start..self.at + end), &native(*end)))?;
        let (range, native) = (segment.start..self.at + end, native(end));
        let message = format!("a path ends at a blank, and `{}` can't follow it", self.found());
        let help = format!("write `{}` for a name with a blank", self.whole_path(&range, &native));
        let mut explained = Explained::new(faults::FOREIGN, self.found.clone(), message, help);
        explained.offered = text[segment.start + 1..].starts_with(char::is_uppercase);
        Some(explained.edit(range, native))
    }

    /// The path that ends at a place, if one does.
    fn path_before(&self, end: usize) -> Option<Range<usize>> {
        let before = &self.unit.text[..end];
        let start = before.rfind([' ', '\t', '(', '{', ',', '='])? + 1;
        before[start..].starts_with('$').then_some(start..end)
    }

    /// Its last name, with the `.` before it.
    fn segment_before(&self, end: usize) -> Option<Range<usize>> {
        let path = self.path_before(end)?;
        let segment = path.start + self.unit.text[path.clone()].rfind('.')?..end;
        let name = &self.unit.text[segment.start + 1..end];
        (!name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || c == '_')).then_some(segment)
    }

    /// The path with an edit made.
    fn whole_path(&self, at: &Range<usize>, native: &str) -> String {
        let start = self.path_before(at.start).map_or(at.start, |path| path.start);
        format!("{}{native}", &self.unit.text[start..at.start])
    }
}
