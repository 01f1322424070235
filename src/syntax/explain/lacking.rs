//! A word, a block or a name that a statement lacks, or words in another order, where what is meant can be said in full.

use super::{Explained, Stop, stop, token::*};
use crate::syntax::{faults, grammar::Rule};

impl Stop<'_> {
    /// `match email = email`: the block around the lines.
    pub(super) fn without_block(&self) -> Option<Explained> {
        let text = self.unit.text;
        let word = token(text, skip_blanks(text, 0));
        let name = &text[word.clone()];
        if !matches!(name, "match" | "map" | "guard" | "leaver") || token_before(text, self.at) != word || self.found() == "{" {
            return None;
        }
        let range = self.at..text.trim_end().len();
        let inside = text[range.clone()].strip_prefix("on ").unwrap_or(&text[range.clone()]);
        let block = format!("{{ {inside} }}");
        let explained = |help| Explained::new(faults::NOT_UNDERSTOOD, word.clone(), format!("the lines of `{name}` are in a block"), help);
        let lines = match name {
            "match" => Rule::only_match,
            "map" => Rule::only_map,
            "guard" => Rule::only_guard,
            _ => Rule::only_leaver,
        };
        if stop(lines, inside).is_none() && self.parses_with(&range, &block) {
            let begin = range.end - inside.len();
            let edits = vec![(range.start..begin, "{ ".to_owned()), (range.end..range.end, " }".to_owned())];
            return Some(Explained { edits, ..explained(format!("write `{name} {block}`")) });
        }
        let is_one = !inside.is_empty() && !inside.contains(char::is_whitespace) && name == "match";
        let column = inside.rsplit('.').next().unwrap_or(inside);
        is_one.then(|| explained(format!("write `match {{ {column} = … }}`, with what the source record has for `{column}`")))
    }

    /// `mode update and create`, `mode create or update`
    pub(super) fn mode_words(&self) -> Option<Explained> {
        let text = self.unit.text;
        let start = text.len() - text.trim_start().strip_prefix("mode")?.trim_start_matches([' ', '=', ':']).len();
        let range = start..text.trim_end().len();
        let words: Vec<&str> = text[range.clone()].split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
        let native = "create and update";
        let says = |any: &[&str]| words.iter().any(|word| any.contains(word));
        let both = says(&["create", "insert", "add"]) && says(&["update", "change"]);
        if self.unit.block != Rule::pipeline_block || !both || self.comma_for_and().is_some() || &text[range.clone()] == native {
            return None;
        }
        let known = ["create", "insert", "add", "update", "change", "and", "or", "both"];
        let others: Vec<&str> = words.iter().filter(|word| !known.contains(word)).copied().collect();
        match &others[..] {
            [] => Some(self.foreign(range, native)),
            [other @ ("delete" | "remove" | "close" | "disable" | "deactivate")] => {
                let message = format!("`mode` has no word `{other}`: `leaver` says which accounts are closed or deleted");
                let help = "write `mode create and update`, and a block `leaver { … }`";
                Some(Explained { offered: false, ..Explained::new(faults::FOREIGN, range.clone(), message, help).edit(range, native) })
            }
            _ => None,
        }
    }

    /// `from hr.people person`, `join hr.teams on …`
    pub(super) fn without_as(&self) -> Option<Explained> {
        let text = self.unit.text;
        let word = &text[token(text, skip_blanks(text, 0))];
        if !self.is_word() || !matches!(word, "from" | "join") || !self.expects(Rule::k_as) {
            return None;
        }
        let here = self.at..self.at;
        if self.parses_with(&here, "as ") {
            let message = format!("`as` is missing before `{}`", self.found());
            return Some(Explained::new(faults::NOT_UNDERSTOOD, self.found.clone(), message, "write `as` before it").edit(here, "as "));
        }
        (self.found() == "on" && self.parses_with(&here, "as x ")).then(|| {
            let help = "write `as NAME` before `on`; its attributes are then `NAME.…`";
            Explained::new(faults::NOT_UNDERSTOOD, self.found.clone(), "the joined record has no name", help)
        })
    }

    /// `verify "/me"`, `get "/users/{id}"`, `verify { GET "/me" }`
    pub(super) fn without_method(&self) -> Option<Explained> {
        if !self.expects(Rule::http_method) {
            return None;
        }
        let text = self.unit.text;
        let call = text[..self.at].trim();
        let method = match call.split(' ').next().unwrap_or_default() {
            "create" | "call" | "token" => "POST",
            "update" => "PATCH",
            "delete" => "DELETE",
            _ => "GET",
        };
        let address = text[self.at..].split('"').nth(1).filter(|address| !address.contains('\n')).unwrap_or("/…");
        let found = if self.found.is_empty() { token_before(text, self.at) } else { self.found.clone() };
        let fits = self.found.is_empty() || text[self.at..].starts_with(['"', '{']);
        fits.then(|| {
            let message = format!("`{call}` is followed by the method and the address of its request");
            Explained::new(faults::NOT_UNDERSTOOD, found, message, format!("write `{call} {method} \"{address}\"`"))
        })
    }

    /// `at($.number)`
    pub(super) fn path_in_parentheses(&self) -> Option<Explained> {
        let rest = self.unit.text[self.at..].strip_prefix('(')?;
        let (path, _) = rest.split_once(')').filter(|(path, _)| path.trim_start().starts_with('$'))?;
        let range = self.at..self.at + path.len() + 2;
        let native = format!("{}{}", if self.unit.text[..self.at].ends_with(' ') { "" } else { " " }, path.trim());
        (self.expects(Rule::path_lit) && self.helps(&range, &native)).then(|| {
            let help = format!("write `{}`", path.trim());
            Explained::new(faults::FOREIGN, range.clone(), "a path is written without parentheses", help).edit(range, native)
        })
    }

    /// `"… {Full Name} …"`: names between braces, as formulas of other products have them.
    pub(super) fn name_in_braces(&self) -> Option<Explained> {
        let text = self.unit.text;
        let open = text[..self.at].rfind('{')?;
        let name = text[open + 1..].split('}').next().filter(|name| !name.contains(['"', '\n', '{']))?;
        let signs = |c: char| c.is_alphanumeric() || matches!(c, ' ' | '_' | '-');
        let range = open..(open + name.len() + 2).min(text.len());
        let quoted = text[..open].rsplit('\n').next().unwrap_or_default().matches('"').count() % 2 == 1;
        let is_name = name.trim().starts_with(char::is_uppercase) && name.chars().all(signs) && self.at <= range.end;
        (quoted && is_name).then(|| {
            let help = format!("write `\\{{{name}\\}}` for braces that belong to the text");
            let message = format!("`{{ }}` in a text holds an expression, and `{name}` is not one");
            Explained::new(faults::NOT_UNDERSTOOD, range, message, help)
        })
    }

    /// `$.fields.{Full Name}`
    pub(super) fn braces_in_path(&self) -> Option<Explained> {
        let text = self.unit.text;
        let at = if text[..self.at].ends_with('.') { self.at - 1 } else { self.at };
        let dot = usize::from(text[at..].starts_with('.'));
        let name = text[at + dot..].strip_prefix('{')?.split('}').next()?;
        let start = text[..at].rfind(' ')? + 1;
        let range = at..at + dot + name.len() + 2;
        let native = format!("[\"{}\"]", name.trim());
        let path = &text[start..at];
        (path.starts_with('$') && self.helps(&range, &native)).then(|| {
            let help = format!("write `{path}{native}`");
            Explained::new(faults::FOREIGN, range.clone(), "a path has no name in `{ }`", help).edit(range, native)
        })
    }
}
